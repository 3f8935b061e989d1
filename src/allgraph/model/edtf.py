"""Inexact dates in the field's own notation, EDTF (ISO 8601-2), and what they bound.

Read are Level 0 and Level 1 of <https://www.loc.gov/standards/datetime/>, and of Level 2 the
one-of-a-set ``[a, b..c, ..d, e..]``. A date says as much as its source and no more:

>>> parse("2012-02").span
((2012, 2, 1), (2012, 2, 29))
>>> parse("[..2013-06-30]").span
(None, (2013, 6, 30))
>>> bounds(parse("2011-01-01/2021-08-23"), "State").end_not_after
(2021, 8, 23)

A day is a tuple ``(year, month, day)`` of the proleptic Gregorian calendar, year 0 included,
so that days compare as tuples do. An unknown day is ``None``, never a far-away date.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from allgraph.errors import DateError

Day = tuple[int, int, int]
"""A day as year, month and day; the year may be before 1.

>>> import allgraph
>>> day: allgraph.Day = (2013, 10, 21)
"""
Span = tuple[Day | None, Day | None]
"""A first and a last day, each ``None`` where it is not known.

>>> import allgraph
>>> since_2013: allgraph.Span = ((2013, 1, 1), None)
"""
Aspect = Literal["Event", "State", "Timeless"]
"""What time means for a predicate: an event happens, a state holds, the timeless always is.

>>> import allgraph
>>> {claim.aspect for claim in allgraph.claims(allgraph.open(), about="Shalom Harlow")}
{'State'}
"""

EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
MONTHS = (
    "January February March April May June July August September October November December"
).split()
_SEASONS = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}
_DATE = re.compile(
    r"(?P<year>-?\d{4}|-?\d{3}X|-?\d{2}XX|Y-?[1-9]\d{4,})"
    r"(?:-(?P<month>\d\d|XX)(?:-(?P<day>\d\d|XX))?)?"
    r"(?P<time>T\d\d:\d\d:\d\d(?:Z|[+-]\d\d(?::\d\d)?)?)?"
    r"(?P<qualifier>[?~%])?",
    re.ASCII,
)
_TIME = re.compile(r"T(\d\d):(\d\d):(\d\d)(?:Z|[+-](\d\d)(?::(\d\d))?)?", re.ASCII)
_DAY = re.compile(r"(?P<year>-?(?:\d{4}|[1-9]\d{4,400}))-(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)
_MOST_CHARACTERS = 400


class Date(NamedTuple):
    """One date, perhaps inexact: its text, and the first and last day that it covers.

    `qualifier` is ``?`` (uncertain), ``~`` (approximate), ``%`` (both) or ``""``.
    """

    text: str
    first: Day
    last: Day
    qualifier: str

    @property
    def span(self) -> Span:
        """First and last day; both ``None`` when the date is uncertain or approximate."""
        return (None, None) if self.qualifier else (self.first, self.last)


class OneOf(NamedTuple):
    """A date that is one of a set: ``[1667,1668..1670]``, ``[..2013-06-30]``, ``[1760..]``."""

    text: str
    span: Span


class Interval(NamedTuple):
    """An interval: from a date to a date; a side is ``None`` when it is blank or open (``..``)."""

    text: str
    begin: Date | None
    end: Date | None

    @property
    def span(self) -> Span:
        """The first day on which it can have begun, and the last on which it can have ended."""
        return (
            self.begin.span[0] if self.begin else None,
            self.end.span[1] if self.end else None,
        )


Edtf = Date | OneOf | Interval


class Bounds(NamedTuple):
    """When a state or an event can have begun and ended; ``None`` where that is not known.

    In this module the four are b1, b2 (the begin is from b1 to b2), e1 and e2 (so the end).

    >>> import allgraph
    >>> allgraph.Bounds(begin_not_before=(2013, 6, 1), begin_not_after=(2013, 6, 30)).possible
    True
    """

    begin_not_before: Day | None = None
    begin_not_after: Day | None = None
    end_not_before: Day | None = None
    end_not_after: Day | None = None

    @property
    def possible(self) -> bool:
        """True if there is a begin, and an end not before it, within the bounds.

        >>> import allgraph
        >>> allgraph.Bounds((2013, 1, 1), (2012, 1, 1)).possible
        False
        """
        b1, b2, e1, e2 = self
        return all(
            low is None or high is None or low <= high
            for low, high in ((b1, b2), (e1, e2), (b1, e2))
        )


def days_in_month(year: int, month: int) -> int:
    """Return how many days a month has, in the proleptic Gregorian calendar.

    >>> days_in_month(2012, 2), days_in_month(1900, 2), days_in_month(0, 2)
    (29, 28, 29)
    """
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@lru_cache(maxsize=65_536)
def parse(text: str) -> Edtf:
    """Parse an EDTF text as a `Date`, a set (`OneOf`) or an `Interval`; cached.

    Raises `DateError`, whose message says what is wrong and what to write instead.

    >>> parse("2011/..").end is None
    True
    >>> parse("2023-02-29")
    Traceback (most recent call last):
      ...
    allgraph.errors.DateError: “2023-02-29” is not a date: February 2023 has 28 days
    """
    if len(text) > _MOST_CHARACTERS:
        raise DateError(
            f"a date of {len(text)} characters is too long; the limit is {_MOST_CHARACTERS}"
        )
    try:
        if text.startswith("["):
            return _parse_set(text)
        return _parse_interval(text) if "/" in text else _parse_date(text)
    except _NotADate as error:
        raise _error(text, error) from None


class _NotADate(Exception):
    """A text, or a part of it, is not a date; the message is the reason."""


def _error(text: str, reason: _NotADate) -> DateError:
    """Return an error, to be raised, that quotes a whole text and gives the reason."""
    return DateError(f"“{text}” is not a date: {reason}")


@lru_cache(maxsize=65_536)
def _parse_date(text: str) -> Date:
    """Parse a single date; raises `_NotADate`. Cached: the sides of intervals recur."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise _NotADate(_syntax_hint(text))
    year, month, day = match["year"], match["month"], match["day"]
    if match["time"]:
        _check_time(match)
    if "X" in year and month:
        raise _NotADate("a year with X takes no month; write the year alone")
    if "Y" in year and month:
        raise _NotADate("a year of five digits or more stands alone")
    if year == "-0000":
        raise _NotADate("there is no year -0; write 0000")
    if month == "XX" and day not in (None, "XX"):
        raise _NotADate("a day needs its month; write the year alone")
    low, high = _years(year)
    qualifier = match["qualifier"] or ""
    if month in (None, "XX"):
        return Date(text, (low, 1, 1), (high, 12, 31), qualifier)
    return Date(text, *_days_of_month(low, int(month), day), qualifier)


def _years(year: str) -> tuple[int, int]:
    """Return the first and last year that a text covers: 201X is 2010 to 2019."""
    first, last = (int(year.lstrip("Y").replace("X", digit)) for digit in "09")
    return min(first, last), max(first, last)


def _days_of_month(year: int, month: int, day: str | None) -> tuple[Day, Day]:
    """Return the first and last day of a day, of a month without `day`, or of a season (21 to 24).

    In a month, a `day` of ``XX`` is as ``None``. Raises `_NotADate` if the calendar has none such.
    """
    if month in _SEASONS and day is None:
        return _days_of_season(year, month)
    if not 1 <= month <= 12:
        raise _NotADate(f"there is no month {month:02}")
    length = days_in_month(year, month)
    if day in (None, "XX"):
        return (year, month, 1), (year, month, length)
    if not 1 <= int(day) <= length:
        raise _NotADate(f"{MONTHS[month - 1]} {year} has {length} days")
    return (year, month, int(day)), (year, month, int(day))


def _days_of_season(year: int, season: int) -> tuple[Day, Day]:
    """Return the first and last day that a season (21 to 24) can have, on either hemisphere.

    Spring and autumn lie within their year on both; summer (in the south) and winter (in the
    north) run over its edge, and sources differ on which of the two years they then name.
    """
    if season in (21, 23):
        return (year, 1, 1), (year, 12, 31)
    return (year - 1, 12, 1), (year + 1, 3, 31)


def _check_time(match: re.Match[str]) -> None:
    """Raise `_NotADate` unless the time in a match of `_DATE` exists and follows an exact day."""
    if match["day"] in (None, "XX") or match["qualifier"]:
        raise _NotADate("a time needs an exact day")
    parts = _TIME.fullmatch(match["time"])
    numbers = [int(part or 0) for part in parts.groups()] if parts else [99]
    if any(n > most for n, most in zip(numbers, (23, 59, 59, 14, 59), strict=False)):
        raise _NotADate("there is no such time of day")


def _parse_interval(text: str) -> Interval:
    """Parse two dates with a slash between them; raises `_NotADate`."""
    sides = text.split("/")
    if len(sides) != 2:
        raise _NotADate("an interval has one slash")
    begin, end = (None if side in ("", "..") else _parse_side(side) for side in sides)
    if begin is None and end is None:
        raise _NotADate("an interval that gives neither side says nothing; leave it out")
    if begin and end and begin.first > end.last:
        raise _NotADate("the interval ends before it begins")
    return Interval(text, begin, end)


def _parse_side(text: str) -> Date:
    """Parse one side of an interval, which takes no X and no time of day; raises `_NotADate`."""
    date = _parse_without_time(text)
    if "X" in text:
        raise _NotADate("an interval takes no X; write 2004-06 for 2004-06-XX")
    return date


def _parse_without_time(text: str) -> Date:
    """Parse a single date that has no time of day; raises `_NotADate`."""
    date = _parse_date(text)
    if "T" in date.text:
        raise _NotADate("a time of day belongs to a single date; write the day alone")
    return date


def _parse_set(text: str) -> OneOf:
    """Parse ``[…]``: its span goes from the earliest to the latest member. Raises `_NotADate`."""
    if not text.endswith("]") or len(text) < 3:
        raise _NotADate("a set is written [a,b..c]")
    spans = [_parse_member(item) for item in _set_items(text)]
    firsts, lasts = zip(*spans, strict=True)
    first = None if None in firsts else min(day for day in firsts if day)
    last = None if None in lasts else max(day for day in lasts if day)
    return OneOf(text, (first, last))


def _set_items(text: str) -> list[str]:
    """Return the texts between the commas of a set in brackets."""
    return [item.strip(" ") for item in text[1:-1].split(",")]


def _parse_member(item: str) -> Span:
    """Return the first and last day of a member of a set: ``a``, ``a..b``, ``..b`` or ``a..``.

    Raises `_NotADate`.
    """
    low, dots, high = item.partition("..")
    if not dots:
        return _parse_without_time(item).span
    begin, end = (_parse_without_time(side) if side else None for side in (low, high))
    if begin is None and end is None:
        raise _NotADate("a set needs at least one date")
    if begin and end and begin.first > end.last:
        raise _NotADate(f"{item} ends before it begins")
    return (begin.span[0] if begin else None, end.span[1] if end else None)


def _syntax_hint(text: str) -> str:
    """Return advice on what to write instead of a text that is not of the form `_DATE`."""
    if text.startswith("{"):
        return "{…} is a set of dates, but a claim has one; write one claim for each date"
    if re.search(r"\d[?~%]-|[?~%]\d", text):
        return "?, ~ and % stand at the end of the date (EDTF Level 1)"
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}", text):
        return "write year-month-day, as in 2012-02-06"
    return "write it like 2012, 2012-02, 2012-02-06, 2012~, 2011/2013, 2011/.. or [..2013-06]"


def aspect_of(names: Collection[str]) -> Aspect:
    """Return the aspect of a predicate for which aspects with these names are stated.

    “Event” comes before “State”; without any it is “Timeless”.

    >>> aspect_of(["State", "Event"]), aspect_of([])
    ('Event', 'Timeless')
    """
    return "Event" if "Event" in names else "State" if "State" in names else "Timeless"


def bounds(when: Edtf | None, aspect: Aspect) -> Bounds:
    """Return the bounds of begin and end that a date gives, by the aspect of the predicate.

    An event begins and ends within the date; a state was true on some day of it. An interval
    gives begin and end of either. Without a date, or if timeless, nothing is known.

    >>> bounds(parse("2013"), "Event")
    Bounds(begin_not_before=(2013, 1, 1), begin_not_after=(2013, 12, 31), \
end_not_before=(2013, 1, 1), end_not_after=(2013, 12, 31))
    >>> bounds(parse("2013"), "State")
    Bounds(begin_not_before=None, begin_not_after=(2013, 12, 31), \
end_not_before=(2013, 1, 1), end_not_after=None)
    """
    if when is None or aspect == "Timeless":
        return Bounds()
    if isinstance(when, Interval):
        begin = when.begin.span if when.begin else (None, None)
        end = when.end.span if when.end else (None, None)
        return close(Bounds(*begin, *end))
    first, last = when.span
    if aspect == "Event":
        return Bounds(first, last, first, last)
    return Bounds(None, last, first, None)


def close(given: Bounds) -> Bounds:
    """Return the bounds that follow since begin is not after end: b2 at most e2, e1 at least b1."""
    b1, b2, e1, e2 = given
    if (e2 and (not b2 or e2 < b2)) or (b1 and (not e1 or e1 < b1)):
        return Bounds(b1, earliest(b2, e2), latest(e1, b1), e2)
    return given


def tighten(
    given: Bounds,
    aspect: Aspect,
    *,
    current: Iterable[Day | None] = (),
    reported: Iterable[Day | None] = (),
) -> Bounds:
    """Return bounds with what the sources imply added.

    `current` are the first days on which sources spoke of the claim as present: a state then
    ended no earlier. `reported` are the last days from which sources can be that report it:
    an event had then happened, and a state begun. Neither replaces a stricter date, and what
    would leave no possible reading is not applied.

    >>> tighten(Bounds(), "State", current=[(2018, 5, 1)], reported=[(2026, 11, 23)])
    Bounds(begin_not_before=None, begin_not_after=(2026, 11, 23), \
end_not_before=(2018, 5, 1), end_not_after=None)
    """
    if aspect == "Timeless":
        return given
    b1, b2, e1, e2 = given
    if aspect == "State":
        e1 = latest(e1, *current)
    last = earliest(*reported)
    b2 = earliest(b2, last)
    if aspect == "Event":
        e2 = earliest(e2, last)
    tightened = Bounds(b1, b2, e1, e2)
    if tightened == given:
        return given
    tightened = close(tightened)
    return tightened if tightened.possible else given


def earliest(*days: Day | None) -> Day | None:
    """Return the earliest of the days that are not ``None``; ``None`` if there is none."""
    return min(filter(None, days), default=None)


def latest(*days: Day | None) -> Day | None:
    """Return the latest of the days that are not ``None``; ``None`` if there is none."""
    return max(filter(None, days), default=None)


@lru_cache(maxsize=65_536)
def iso(day: Day) -> str:
    """Return a day as ``xsd:date`` writes it.

    >>> iso((2013, 6, 3)), iso((-44, 3, 15))
    ('2013-06-03', '-0044-03-15')
    """
    year, month, number = day
    return f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{number:02}"


def day(text: str) -> Day:
    """Parse one exact day, as `iso` writes it; raises `DateError` for another text.

    >>> day("2013-07-01")
    (2013, 7, 1)
    """
    match = _DAY.fullmatch(text)
    if match is None or match["year"] == "-0000":
        raise DateError(f"“{text}” is not one day; write it like 2013-07-01")
    try:
        return _days_of_month(int(match["year"]), int(match["month"]), match["day"])[0]
    except _NotADate as error:
        raise _error(text, error) from None


def is_iso_day(text: str) -> bool:
    """Return True if a text is one exact day, as `iso` writes it.

    >>> is_iso_day("2013-07-01"), is_iso_day("2013-02-30"), is_iso_day("2013")
    (True, False, False)
    """
    try:
        return bool(day(text))
    except DateError:
        return False


@lru_cache(maxsize=10_000)
def words(text: str) -> str:
    """Return an EDTF text in English words, with a preposition; cached. Raises `DateError`.

    >>> words("2012-02"), words("2013-10-21"), words("[..2013-06-30]")
    ('in February 2012', 'on 21 October 2013', 'by 30 June 2013')
    >>> words("2011-01-01/2021-08-23"), words("2013/..")
    ('from 1 January 2011 to 23 August 2021', 'from 2013, no end stated')
    """
    when = parse(text)
    if isinstance(when, Date):
        return _date_in_words(when)
    if isinstance(when, Interval):
        return _interval_in_words(when)
    members = [_member_in_words(item) for item in _set_items(text)]
    return " or ".join(part for part in (", ".join(members[:-1]), members[-1]) if part)


def cell(text: str) -> str:
    """Return an EDTF text in words for a cell of a table, or as it is if it is not valid.

    >>> cell("2012-02"), cell("2013-10-21"), cell("2013/.."), cell("[..2013-06-30]")
    ('February 2012', '21 October 2013', 'from 2013', 'by 30 June 2013')
    >>> cell("2011/2012-02"), cell("soon")
    ('2011 to February 2012', 'soon')
    """
    try:
        in_words = words(text)
    except DateError:
        return text
    if " to " in in_words:
        in_words = in_words.removeprefix("from ")
    return _BESIDE_DATES.sub("", in_words) or text


def _date_in_words(when: Date) -> str:
    """Return a date in words after “on” or “in”."""
    return f"{'on' if _is_day(when) else 'in'} {_bare_words(when)}"


def _is_day(when: Date) -> bool:
    """Return True if a date is one exact day."""
    return when.first == when.last


def _interval_in_words(when: Interval) -> str:
    """Return an interval in words, such as “from 2011 to 2013” or “from 2011, no end stated”."""
    if when.begin is None:
        return f"until {_bare_words(when.end)}, no beginning stated" if when.end else ""
    if when.end is None:
        return f"from {_bare_words(when.begin)}, no end stated"
    return f"from {_bare_words(when.begin)} to {_bare_words(when.end)}"


def _member_in_words(item: str) -> str:
    """Return a member of a set in words: a date, or ``a..b`` (between), ``..b`` (by), ``a..``."""
    low, dots, high = item.partition("..")
    if not dots:
        return _date_in_words(_parse_date(item))
    if low and high:
        begin, end = (_bare_words(_parse_date(side)) for side in (low, high))
        return f"between {begin} and {end}"
    date = _parse_date(low or high)
    if low:
        return f"{'on' if _is_day(date) else 'in'} or after {_bare_words(date)}"
    return f"{'by' if _is_day(date) else 'in or before'} {_bare_words(date)}"


_BESIDE_DATES = re.compile(r"\b[io]n (?!or )|, no (?:beginning|end) stated")
_QUALIFIED = {"": "", "?": " (uncertain)", "~": " (approximate)", "%": " (uncertain, approximate)"}


def _bare_words(when: Date) -> str:
    """Return a date in words without a preposition, such as “21 October 2013 (uncertain)”."""
    match = _DATE.fullmatch(when.text)
    assert match is not None
    low, high = _years(match["year"])
    month, number = match["month"], match["day"]
    if low != high:
        spoken = f"one of the years {_year_in_words(low)} to {_year_in_words(high)}"
    elif month in (None, "XX"):
        spoken = _year_in_words(low)
    elif int(month) in _SEASONS:
        spoken = f"{_SEASONS[int(month)]} {_year_in_words(low)}"
    else:
        spoken = f"{MONTHS[int(month) - 1]} {_year_in_words(low)}"
    if number not in (None, "XX"):
        spoken = f"{int(number)} {spoken}"
    return spoken + _QUALIFIED[when.qualifier]


def _year_in_words(year: int) -> str:
    """Return a year as people write it: year 0 is “1 BC”."""
    return str(year) if year > 0 else f"{1 - year} BC"
