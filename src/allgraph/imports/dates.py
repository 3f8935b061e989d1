"""Dates of records as EDTF texts, by the forms that a mapping declares.

>>> forms = Forms(["M/D/YYYY time", "MMMM YYYY", "EDTF"])
>>> forms.read("5/26/2021 6:18:00"), forms.read("may 2021"), forms.read("2021-05~")
('2021-05-26', '2021-05', '2021-05~')

A form is made of tokens; what is between them stands for itself:

| token | is |
| --- | --- |
| ``YYYY`` | a year of four digits |
| ``YY`` | its last two: ``69`` to ``99`` are 1969 to 1999, ``00`` to ``68`` are 2000 to 2068 |
| ``MM``, ``M`` | the number of a month: two digits, or one or two |
| ``MMMM``, ``MMM`` | its English name; the name, or its abbreviation with or without a dot |
| ``DD``, ``D`` | a day of the month: two digits, or one or two |
| ``season`` | spring, summer, autumn or fall, winter |
| ``time`` | a time of day, after a space or ``T``; it is left out of the date |
| ``serial`` | alone: a day number of a spreadsheet (1900 system) from 1950 to 2099 |
| ``EDTF`` | alone: a date that is EDTF already |

Nothing else is read and nothing is guessed: a text that fits no form, or has several readings, is
an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache, partial

from allgraph.errors import DateError, ParameterError
from allgraph.model import edtf
from allgraph.model.edtf import MONTHS, Day

_NAMES = "|".join(MONTHS)
_TIME = (
    r"(?:\A|[T ])(?:(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?"
    r"|(?:0?[1-9]|1[0-2])(?::[0-5]\d){0,2} ?[ap]\.?m\.?)"
    r"(?: ?(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?"
)
_PATTERNS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<year>\d\d)",
    "MMMM": rf"(?P<month>{_NAMES})",
    "MMM": rf"(?P<month>{_NAMES}|Sept|{'|'.join(name[:3] for name in MONTHS)})\.?",
    "MM": r"(?P<month>\d\d)",
    "M": r"(?P<month>\d\d?)",
    "DD": r"(?P<day>\d\d)",
    "D": r"(?P<day>\d\d?)",
    "season": r"(?P<month>spring|summer|autumn|fall|winter)",
    "time": _TIME,
}
"""The regular expression of each token; a longer one before those that it begins with."""
_ALONE = ("serial", "EDTF")
_TOKEN = re.compile("|".join(_PATTERNS))
_NUMBERS = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)} | {
    "spr": 21,
    "sum": 22,
    "aut": 23,
    "fal": 23,
    "win": 24,
}
"""The number of a month, or of a season in EDTF, by its first letters."""
_FIRST_OF_1900S = 69  # of years of two digits, as in POSIX
_BEFORE_SERIAL_1 = date(1899, 12, 30)  # for days after the 29 February 1900 of spreadsheets
_SERIALS = range(18264, 73051)  # 1950-01-01 to 2099-12-31
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_MOST_CHARACTERS = 400
_SHOWN = 60


class Forms:
    """Some forms of dates, and the dates that texts have by them."""

    def __init__(self, forms: Sequence[str] = ("EDTF",)) -> None:
        """Prepare the forms; raises `ParameterError` for one that is not valid."""
        if not forms:
            raise ParameterError("give at least one form of dates, such as EDTF")
        self._readers = {form: _reader(form) for form in forms}
        self._found = lru_cache(maxsize=65_536)(self._find)

    def read(self, text: str) -> str | None:
        """Return the EDTF text of the one date that a text has; ``None`` for a blank text.

        The time of day is left out, except from EDTF. Raises `DateError` if no form fits, or if
        several fit and give different dates.

        >>> Forms(["M/D/YYYY", "D/M/YYYY"]).read("5/11/2021")
        Traceback (most recent call last):
          ...
        allgraph.errors.DateError: “5/11/2021” is 2021-05-11 or 2021-11-05, by the forms \
M/D/YYYY and D/M/YYYY
        """
        text = " ".join(text.split())
        if not text:
            return None
        form_of = self._found(text) if len(text) <= _MOST_CHARACTERS else {}
        if len(form_of) == 1:
            return next(iter(form_of))
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        if not form_of:
            raise DateError(f"“{shown}” fits none of the forms: {', '.join(self._readers)}")
        *dates, last_date = form_of
        *forms, last_form = form_of.values()
        raise DateError(
            f"“{shown}” is {', '.join(dates)} or {last_date},"
            f" by the forms {', '.join(forms)} and {last_form}"
        )

    def _find(self, text: str) -> dict[str, str]:
        """Return the dates that a text has, each with the first form that gives it.

        A day with its time is the same date as the day.
        """
        dates: dict[str, tuple[str, str]] = {}
        for form, read in self._readers.items():
            for when in read(text):
                dates.setdefault(when.partition("T")[0], (when, form))
        return dict(dates.values())


def _reader(form: str) -> partial[Iterator[str]]:
    """Return the function that gives the date of a text by a form, if the text fits.

    Raises `ParameterError` for a form that is not valid.
    """
    if form in _ALONE:
        return partial(_read_serial if form == "serial" else _read_edtf)
    for word in re.findall(r"[^\W_]+", form):
        if not re.fullmatch(f"(?:{_TOKEN.pattern})+", word):
            raise _wrong(
                form,
                f"{word} is none of the tokens {', '.join(_PATTERNS)}; {' and '.join(_ALONE)} are "
                "forms by themselves",
            )
    plain = re.sub(r"(?<=MMM)\.(?= |$)| (?=time)", "", form)  # the token has the dot or space
    try:
        pattern = _TOKEN.sub(lambda match: _PATTERNS[match[0]], re.escape(plain))
        compiled = re.compile(pattern, re.ASCII | re.IGNORECASE)
    except re.error:
        raise _wrong(form, "it has two tokens for the year, the month or the day") from None
    parts = compiled.groupindex.keys()
    if "year" not in parts:
        raise _wrong(form, "it has no year")
    if "day" in parts and ("month" not in parts or "season" in form):
        raise _wrong(form, "a day needs a month")
    return partial(_read_pattern, compiled)


def _wrong(form: str, reason: str) -> ParameterError:
    """Return an error, to be raised, of a form that is not valid."""
    return ParameterError(f"“{form}” is not a form of dates: {reason}")


def _read_pattern(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Give the date of a text that a pattern matches, if there is such a day."""
    match = pattern.fullmatch(text)
    if match is None:
        return
    parts = match.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= _FIRST_OF_1900S else 2000
    written = parts.get("month") or ""
    month = int(written) if written.isdigit() else _NUMBERS.get(written[:3].lower(), 1)
    day = int(parts.get("day") or 1)
    is_season = not written.isdigit() and month > 12
    if year and (is_season or (1 <= month <= 12 and 1 <= day <= edtf.days_in_month(year, month))):
        numbers = [month][: bool(written)] + [day][: "day" in parts]
        yield "-".join([f"{year:04}", *(f"{number:02}" for number in numbers)])


def _read_serial(text: str) -> Iterator[str]:
    """Give the date of a day number of a spreadsheet, if it is one; its fraction is the time."""
    match = _SERIAL.fullmatch(text)
    if match and int(match[1]) in _SERIALS:
        yield (_BEFORE_SERIAL_1 + timedelta(int(match[1]))).isoformat()


def _read_edtf(text: str) -> Iterator[str]:
    """Give a text as it is, if it is EDTF."""
    try:
        yield edtf.parse(text).text
    except DateError:
        return


@lru_cache(maxsize=65_536)
def interval(start: str | None, end: str | None, latest: Day | None = None) -> str | None:
    """Return the EDTF interval of two dates (EDTF texts), a side of which may be ``None``; cached.

    ``None`` if both are. An end after `latest`, the last day that the source can be from, is a
    plan: it becomes uncertain. Times of day are left out. Raises `DateError` if the end is before
    the start, or if a side is no single date.

    >>> interval("2013-01-03", None), interval(None, "2021")
    ('2013-01-03/', '/2021')
    >>> interval("2025-01-03", "2027-01-03", (2026, 11, 20))
    '2025-01-03/2027-01-03?'
    """
    if not start and not end:
        return None
    sides = [(side or "").partition("T")[0] for side in (start, end)]
    when = edtf.parse("/".join(sides))
    last = when.end if isinstance(when, edtf.Interval) else None
    if last and latest and last.first > latest:
        sides[1] = sides[1].rstrip("?~%") + ("%" if last.qualifier in ("~", "%") else "?")
    return "/".join(sides)
