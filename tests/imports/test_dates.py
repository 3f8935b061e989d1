"""Dates by declared forms: what is read, what fits none, and what has several readings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import DateError, ParameterError
from allgraph.imports.dates import Forms, interval
from allgraph.model import edtf
from allgraph.model.edtf import MONTHS

SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}

READ = [
    ("YYYY-MM-DD", "2021-05-26", "2021-05-26"),
    ("YYYYMMDD", "20210526", "2021-05-26"),
    ("M/D/YYYY", "5/26/2021", "2021-05-26"),
    ("M/D/YYYY", "05/06/2021", "2021-05-06"),
    ("M/D/YYYY time", "5/26/2021 6:18:00", "2021-05-26"),
    ("M/D/YYYY time", "5/26/2021  6:18 pm", "2021-05-26"),
    ("M/D/YYYY, time", "5/26/2021, 6 p.m.", "2021-05-26"),
    ("YYYY-MM-DD time", "2021-05-26T06:18:00.123Z", "2021-05-26"),
    ("YYYY-MM-DD time", "2021-05-26 06:18:00 +0530", "2021-05-26"),
    ("time D.M.YYYY", "18:00 26.5.2021", "2021-05-26"),
    ("D.M.YYYY", " 03.05.2021\u00a0", "2021-05-03"),
    ("DD/MM/YY", "19/04/21", "2021-04-19"),
    ("D.M.YY", "1.1.68", "2068-01-01"),
    ("D.M.YY", "1.1.69", "1969-01-01"),
    ("MMMM YYYY", "may 2021", "2021-05"),
    ("MMMM D, YYYY", "April 8, 2021", "2021-04-08"),
    ("MMM. D, YYYY", "Apr. 8, 2021", "2021-04-08"),
    ("MMM. D, YYYY", "Sept 8, 2021", "2021-09-08"),
    ("MMM. D, YYYY", "June 8, 2021", "2021-06-08"),
    ("D-MMM-YYYY", "8-apr-2021", "2021-04-08"),
    ("D.MMM.YYYY", "8.Apr.2021", "2021-04-08"),
    ("YYYY", "2021", "2021"),
    ("MM/YYYY", "05/2021", "2021-05"),
    ("season YYYY", "Fall  2021", "2021-23"),
    ("serial", "44342", "2021-05-26"),
    ("serial", "44342.75", "2021-05-26"),
    ("EDTF", "[..2013-06-30]", "[..2013-06-30]"),
    ("EDTF", "2013~", "2013~"),
    ("EDTF", "2011/2013", "2011/2013"),
    ("YYYY-MM-DD", " ", None),
    ("YYYY-MM-DD", "", None),
]


@pytest.mark.parametrize(("form", "text", "when"), READ)
def test_a_text_is_read(form: str, text: str, when: str | None) -> None:
    assert Forms([form]).read(text) == when


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("YYYY-MM-DD", "2021-5-26"),
        ("YYYY-MM-DD", "2021-02-29"),
        ("YYYY-MM-DD", "2021-13-01"),
        ("YYYY-MM-DD", "2021-00-01"),
        ("YYYY-MM-DD", "2021-01-00"),
        ("YYYY-MM-DD", "0000-01-01"),
        ("YYYY-MM-DD", "2021-05-26 06:18"),
        ("YYYY-MM-DD", "2021-05-26\n2021-05-27"),
        ("YYYY-MM-DD", "\u0662\u0660\u0662\u0661-\u0660\u0665-\u0662\u0666"),
        ("M/D/YYYY", "5/26/21"),
        ("M/D/YYYY", "26/5/2021"),
        ("M/D/YYYY", "5-26-2021"),
        ("M/D/YYYY time", "5/26/2021"),
        ("M/D/YYYY time", "5/26/2021 24:00"),
        ("M/D/YYYY time", "5/26/2021 13:00 pm"),
        ("MMMM YYYY", "Sept. 2021"),
        ("MMM YYYY", "Janu 2021"),
        ("MMM. D, YYYY", "Apr. 8"),
        ("season YYYY", "monsoon 2021"),
        ("serial", "2021"),
        ("serial", "18263"),
        ("serial", "73051"),
        ("serial", "044342"),
        ("EDTF", "5/26/2021"),
        ("EDTF", "2021-02-29"),
        ("EDTF", "?"),
    ],
)
def test_a_text_that_does_not_fit_is_an_error(form: str, text: str) -> None:
    with pytest.raises(DateError, match="fits none of the forms: "):
        Forms([form]).read(text)


def test_errors_quote_the_text_and_say_the_forms() -> None:
    with pytest.raises(DateError) as error:
        Forms(["YYYY-MM-DD", "MMM. D, YYYY"]).read(" Apr.  8")
    assert str(error.value) == "“Apr. 8” fits none of the forms: YYYY-MM-DD, MMM. D, YYYY"
    with pytest.raises(DateError) as error:
        Forms(["YY/MM/DD", "DD/MM/YY", "D/M/YY", "MM/DD/YY"]).read("01/02/03")
    assert str(error.value) == (
        "“01/02/03” is 2001-02-03, 2003-02-01 or 2003-01-02,"
        " by the forms YY/MM/DD, DD/MM/YY and MM/DD/YY"
    )
    with pytest.raises(DateError) as error:
        Forms().read("1" * 100_000)
    assert str(error.value) == f"“{'1' * 60}…” fits none of the forms: EDTF"


def test_a_day_and_the_same_day_with_its_time_are_one_date() -> None:
    text = "2021-05-26T06:18:00"
    assert Forms(["EDTF", "YYYY-MM-DD time"]).read(text) == text
    assert Forms(["YYYY-MM-DD time", "EDTF"]).read(text) == "2021-05-26"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("yyyy-mm-dd", "yyyy is none of the tokens YYYY, YY, MMMM"),
        ("YYYY-MM-DDTHH:mm", "DDTHH is none of the tokens"),
        ("2021-MM-DD", "2021 is none of the tokens"),
        ("MMMMM YYYY", "two tokens for"),
        ("M/M/YYYY", "two tokens for"),
        ("YYYY YY", "two tokens for"),
        ("season M YYYY", "two tokens for"),
        ("serial EDTF", "forms by themselves"),
        ("EDTF time", "forms by themselves"),
        ("M/D", "no year"),
        ("time", "no year"),
        ("", "no year"),
        ("D YYYY", "needs a month"),
        ("D season YYYY", "needs a month"),
        ("(YYYY [", ""),
    ],
)
def test_a_form_that_is_not_valid_is_an_error(form: str, words: str) -> None:
    if not words:
        assert Forms([form]).read("(2021 [") == "2021"
        return
    with pytest.raises(ParameterError, match=words) as error:
        Forms(["EDTF", form])
    assert f"“{form}” is not a form of dates: " in str(error.value)


def test_no_form_at_all_is_an_error() -> None:
    with pytest.raises(ParameterError, match="such as EDTF"):
        Forms([])


def test_day_numbers_are_those_of_a_spreadsheet() -> None:
    forms = Forms(["serial"])
    for number in range(18264, 73051):  # 43831 is 2020-01-01
        day = date(2020, 1, 1) + timedelta(number - 43831)
        assert forms.read(str(number)) == day.isoformat()


# ---- Every form, by what writes it ------------------------------------------

WRITERS: dict[str, Callable[[date], list[str]]] = {
    "YYYY": lambda day: [f"{day.year:04}"],
    "YY": lambda day: [f"{day.year % 100:02}"],
    "MMMM": lambda day: [MONTHS[day.month - 1], MONTHS[day.month - 1].upper()],
    "MMM": lambda day: [MONTHS[day.month - 1][:3], f"{MONTHS[day.month - 1][:3]}."],
    "MM": lambda day: [f"{day.month:02}"],
    "M": lambda day: [f"{day.month}", f"{day.month:02}"],
    "DD": lambda day: [f"{day.day:02}"],
    "D": lambda day: [f"{day.day}", f"{day.day:02}"],
}
"""All texts that a token has for a day."""


def written(form: list[str], day: date) -> list[str]:
    """All texts that a form has for a day; the form is a list of tokens and what is between."""
    texts = [""]
    for part in form:
        ways = WRITERS[part](day) if part in WRITERS else [part]
        texts = [text + way for text in texts for way in ways]
    return texts


orders = st.permutations(["y", "m", "d"])
tokens = st.fixed_dictionaries(
    {
        "y": st.sampled_from(["YYYY", "YY"]),
        "m": st.sampled_from(["M", "MM", "MMM", "MMMM"]),
        "d": st.sampled_from(["D", "DD"]),
    }
)
separators = st.sampled_from(["-", "/", " ", ", ", "(", "+", "*", "\\"])
days = st.dates(date(1969, 1, 1), date(2068, 12, 31))


@given(orders, tokens, separators, separators, days, st.data())
def test_what_a_form_writes_it_reads(
    order: list[str], token: dict[str, str], one: str, two: str, day: date, data: st.DataObject
) -> None:
    form = [token[order[0]], one, token[order[1]], two, token[order[2]]]
    text = data.draw(st.sampled_from(written(form, day)))
    assert Forms(["".join(form)]).read(text) == day.isoformat()


@given(st.integers(1, 9999), st.sampled_from([*SEASONS]), st.booleans())
def test_seasons_are_those_of_edtf(year: int, season: str, upper: bool) -> None:
    text = f"{season.upper() if upper else season} {year:04}"
    when = Forms(["season YYYY", "MMMM YYYY", "MMM YYYY"]).read(text)
    assert when == f"{year:04}-{SEASONS[season]}"
    edtf.parse(when)


ALL = [
    "M/D/YYYY",
    "D/M/YYYY",
    "YYYY/MM/DD",
    "MM/DD/YY",
    "DD/MM/YY",
    "YY/MM/DD",
    "D/MM/YY",
    "MM/YYYY",
]


@cache
def readings() -> dict[str, dict[str, str]]:
    """The dates by form of all texts that the forms `ALL` have for the days of some years.

    The years are those that a day can be taken for, so that no reading of a text is left out.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    parts = [(form, form.replace("/", " / ").split()) for form in ALL]
    for number in range((date(2032, 1, 1) - date(2000, 1, 1)).days):
        day = date(2000, 1, 1) + timedelta(number)
        for form, split in parts:
            for text in written(split, day):
                found[text][form] = day.isoformat() if "D" in form else day.isoformat()[:7]
    return found


@given(
    st.deferred(lambda: st.sampled_from([*readings()])),
    st.lists(st.sampled_from(ALL), min_size=1, max_size=5, unique=True),
)
def test_readings_are_those_of_all_days_written_by_all_forms(text: str, forms: list[str]) -> None:
    expected: dict[str, str] = {}
    for form in forms:
        if form in readings()[text]:
            expected.setdefault(readings()[text][form], form)
    if len(expected) == 1:
        assert Forms(forms).read(text) == next(iter(expected))
        return
    with pytest.raises(DateError) as error:
        Forms(forms).read(text)
    message = str(error.value)
    if expected:
        shown = message.partition(" is ")[2].replace(" or ", ", ").replace(" and ", ", ")
        dates, _, names = shown.partition(", by the forms ")
        assert (dates.split(", "), names.split(", ")) == ([*expected], [*expected.values()])
    else:
        assert message == f"“{text}” fits none of the forms: {', '.join(forms)}"


@given(st.text(max_size=30) | st.text("0123456789/-. ", max_size=12))
def test_what_is_read_is_edtf_and_all_else_is_an_error(text: str) -> None:
    forms = [form for form, _, _ in READ]
    try:
        when = Forms(forms).read(text)
    except DateError as error:
        assert str(error).startswith("“")
    else:
        assert when is None or edtf.parse(when).text == when


# ---- Intervals ---------------------------------------------------------------

LATEST = (2026, 11, 20)


@pytest.mark.parametrize(
    ("start", "end", "when"),
    [
        (None, None, None),
        ("", "", None),
        ("2013", None, "2013/"),
        (None, "2013", "/2013"),
        ("2013-05", "2013", "2013-05/2013"),
        ("2013", "2013", "2013/2013"),
        ("2025-01-03", "2026-11-20", "2025-01-03/2026-11-20"),
        ("2025-01-03", "2026-11-21", "2025-01-03/2026-11-21?"),
        ("2025-01-03", "2026", "2025-01-03/2026"),
        ("2025-01-03", "2027?", "2025-01-03/2027?"),
        ("2025-01-03", "2027~", "2025-01-03/2027%"),
        ("2025-01-03", "2027%", "2025-01-03/2027%"),
        ("2027-01-03", None, "2027-01-03/"),
        ("2021-05-26T06:18:00", "2022", "2021-05-26/2022"),
        ("2013", "..", "2013/.."),
    ],
)
def test_two_dates_are_an_interval(start: str | None, end: str | None, when: str | None) -> None:
    assert interval(start, end, LATEST) == when


@pytest.mark.parametrize(
    ("start", "end"),
    [("2014", "2013"), ("2013/2014", "2015"), ("[..2013]", "2014"), ("201X", "2020")],
)
def test_an_interval_that_is_none_is_an_error_that_says_both(start: str, end: str) -> None:
    with pytest.raises(DateError, match="is not a date: ") as error:
        interval(start, end)
    assert f"“{start}/{end}”" in str(error.value)


@given(st.dates(), st.dates(), st.dates())
def test_an_end_is_uncertain_just_when_it_is_after_the_reading(
    one: date, two: date, read: date
) -> None:
    start, end = sorted([one, two])
    when = interval(start.isoformat(), end.isoformat(), (read.year, read.month, read.day))
    assert when == f"{start}/{end}{'?' if end > read else ''}"
    if start < end:
        with pytest.raises(DateError, match=f"{end}/{start}.*ends before it begins"):
            interval(end.isoformat(), start.isoformat())
