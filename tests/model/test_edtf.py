"""Dates: what is read and refused, what it bounds, and what that says of a day."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable, Iterable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.errors import DateError
from allgraph.model import edtf
from allgraph.model.edtf import Aspect, Bounds, Date, Day, Interval, OneOf
from tests.support.verdicts import Verdict, verdict

# ---- What is read, by the examples of the specification ---------------------

LEVEL_0_AND_1 = {
    # Level 0
    "1985-04-12": ((1985, 4, 12), (1985, 4, 12)),
    "1985-04": ((1985, 4, 1), (1985, 4, 30)),
    "1985": ((1985, 1, 1), (1985, 12, 31)),
    "1985-04-12T23:20:30": ((1985, 4, 12), (1985, 4, 12)),
    "1985-04-12T23:20:30Z": ((1985, 4, 12), (1985, 4, 12)),
    "1985-04-12T23:20:30-04": ((1985, 4, 12), (1985, 4, 12)),
    "1985-04-12T23:20:30+04:30": ((1985, 4, 12), (1985, 4, 12)),
    "1964/2008": ((1964, 1, 1), (2008, 12, 31)),
    "2004-06/2006-08": ((2004, 6, 1), (2006, 8, 31)),
    "2004-02-01/2005-02-08": ((2004, 2, 1), (2005, 2, 8)),
    "2004-02-01/2005-02": ((2004, 2, 1), (2005, 2, 28)),
    "2004-02-01/2005": ((2004, 2, 1), (2005, 12, 31)),
    "2005/2006-02": ((2005, 1, 1), (2006, 2, 28)),
    "0000": ((0, 1, 1), (0, 12, 31)),
    # Level 1
    "Y170000002": ((170000002, 1, 1), (170000002, 12, 31)),
    "Y-170000002": ((-170000002, 1, 1), (-170000002, 12, 31)),
    "2001-21": ((2001, 1, 1), (2001, 12, 31)),
    "2001-22": ((2000, 12, 1), (2002, 3, 31)),
    "2001-23": ((2001, 1, 1), (2001, 12, 31)),
    "2001-24": ((2000, 12, 1), (2002, 3, 31)),
    "1984?": (None, None),
    "2004-06~": (None, None),
    "2004-06-11%": (None, None),
    "201X": ((2010, 1, 1), (2019, 12, 31)),
    "20XX": ((2000, 1, 1), (2099, 12, 31)),
    "2004-XX": ((2004, 1, 1), (2004, 12, 31)),
    "1985-04-XX": ((1985, 4, 1), (1985, 4, 30)),
    "1985-XX-XX": ((1985, 1, 1), (1985, 12, 31)),
    "1985-04-12/..": ((1985, 4, 12), None),
    "1985-04/..": ((1985, 4, 1), None),
    "1985/..": ((1985, 1, 1), None),
    "../1985-04-12": (None, (1985, 4, 12)),
    "../1985-04": (None, (1985, 4, 30)),
    "../1985": (None, (1985, 12, 31)),
    "1985-04-12/": ((1985, 4, 12), None),
    "1985-04/": ((1985, 4, 1), None),
    "1985/": ((1985, 1, 1), None),
    "/1985-04-12": (None, (1985, 4, 12)),
    "/1985-04": (None, (1985, 4, 30)),
    "/1985": (None, (1985, 12, 31)),
    "1984~/2004-06": (None, (2004, 6, 30)),
    "1984/2004-06~": ((1984, 1, 1), None),
    "1984?/2004%": (None, None),
    "1984-06-02?/2004-08-08~": (None, None),
    "-1985": ((-1985, 1, 1), (-1985, 12, 31)),
    # Not among the examples, but of the same levels
    "-0001-02-28": ((-1, 2, 28), (-1, 2, 28)),
    "0000-02-29": ((0, 2, 29), (0, 2, 29)),
    "2000-02-29": ((2000, 2, 29), (2000, 2, 29)),
    "-201X": ((-2019, 1, 1), (-2010, 12, 31)),
    "-000X": ((-9, 1, 1), (0, 12, 31)),
    "9999-12-31": ((9999, 12, 31), (9999, 12, 31)),
    "201X?": (None, None),
    "2001-21~": (None, None),
    "Y12345%": (None, None),
    # Level 2: one of a set, which is read
    "[1667,1668, 1670..1672]": ((1667, 1, 1), (1672, 12, 31)),
    "[..1760-12-03]": (None, (1760, 12, 3)),
    "[1760-12..]": ((1760, 12, 1), None),
    "[1760-01, 1760-02, 1760-12..]": ((1760, 1, 1), None),
    "[1667, 1760-12]": ((1667, 1, 1), (1760, 12, 31)),
    "[..1984]": (None, (1984, 12, 31)),
    "[1984]": ((1984, 1, 1), (1984, 12, 31)),
    "[1670,1667]": ((1667, 1, 1), (1670, 12, 31)),
    "[..1984, 1990]": (None, (1990, 12, 31)),
    "[1984?, 1990]": (None, None),
}


@pytest.mark.parametrize(("text", "span"), LEVEL_0_AND_1.items())
def test_reads_levels_0_and_1(text: str, span: edtf.Span) -> None:
    when = edtf.parse(text)
    assert when.span == span
    assert when.text == text


def test_kinds_of_dates_are_told_apart() -> None:
    assert isinstance(edtf.parse("2012"), Date)
    assert isinstance(edtf.parse("2012/"), Interval)
    assert isinstance(edtf.parse("[2012]"), OneOf)


LEVEL_2 = [
    "Y-17E7",
    "1950S2",
    "Y171010000S3",
    "Y3388E2S3",
    "2001-34",
    "2001-25",
    "2001-41",
    "{1667,1668, 1670..1672}",
    "{1960,1961-12}",
    "{..1984}",
    "{2012}",
    "2004-06-11%x",
    "2004-06~-11",
    "2004?-06-11",
    "?2004-06-~11",
    "2004-%06-11",
    "2004-06?-11",
    "156X-12-25",
    "15XX-12-25",
    "XXXX-12-XX",
    "1XXX-XX",
    "1XXX-12",
    "1984-1X",
    "1XXX",
    "XXXX",
    "2004-06-~01/2004-06-~20",
    "2004-06-XX/2004-07-03",
    "201X/2020",
    "2004-XX-01",
    "2004-06-0X",
]


@pytest.mark.parametrize("text", LEVEL_2)
def test_refuses_level_2(text: str) -> None:
    with pytest.raises(DateError) as caught:
        edtf.parse(text)
    assert text in str(caught.value)


REFUSED = {
    "2023-02-29": "February 2023 has 28 days",
    "1900-02-29": "February 1900 has 28 days",
    "2012-04-31": "April 2012 has 30 days",
    "2012-01-00": "January 2012 has 31 days",
    "2012-13": "there is no month 13",
    "2012-00": "there is no month 00",
    "2012-20": "there is no month 20",
    "2012-21-05": "there is no month 21",
    "2012-1-1": "write it like",
    "12-01-01": "write it like",
    "20120101": "write it like",
    "2012-01-01-01": "write it like",
    "01.02.2012": "write year-month-day",
    "1/2/2012": "one slash",
    "{2012, 2013}": "one claim for each",
    "2004-06?-11": "at the end of the date",
    "2013/2012": "ends before it begins",
    "2013-06/2013-05-31": "ends before it begins",
    "/": "neither side",
    "../..": "neither side",
    "/..": "neither side",
    "../": "neither side",
    "2012/2013/2014": "one slash",
    "[]": "a set is written",
    "[ ]": "write it like",
    "[..]": "at least one date",
    "[2012": "a set is written",
    "[2012,]": "write it like",
    "[2014..2012]": "ends before it begins",
    "[2012/2013]": "write it like",
    "[2012\u00a0]": "write it like",
    "[2012\n]": "write it like",
    "": "write it like",
    " 2012": "write it like",
    "2012 ": "write it like",
    "2012\n": "write it like",
    "\u0662\u0660\u0661\u0662": "write it like",
    "\uff12\uff10\uff11\uff12": "write it like",
    "2012-0²": "write it like",
    "-0000": "write 0000",
    "-0000-01": "write 0000",
    "Y2012": "write it like",
    "Y012345": "write it like",
    "12345": "write it like",
    "Y12345-02": "stands alone",
    "2012-01-01T25:00:00": "no such time of day",
    "2012-01-01T23:60:00": "no such time of day",
    "2012-01-01T23:00:00+15": "no such time of day",
    "2012-01-01T23:00:00+02:60": "no such time of day",
    "2012-01-01T25:00": "write it like",
    "2012-01-01T10:00:00?": "a time needs an exact day",
    "2012-01T10:00:00": "a time needs an exact day",
    "2012-01-XXT10:00:00": "a time needs an exact day",
    "2012-01-01T10:00:00/2013": "belongs to a single date",
    "[2012-01-01T10:00:00, 2013]": "belongs to a single date",
    "[..2012-01-01T10:00:00]": "belongs to a single date",
    "201X-05": "write the year alone",
    "2012-XX-01": "a day needs its month",
    "circa 1900": "write it like",
    "..": "write it like",
    "2012-06..": "write it like",
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_refuses_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(DateError) as caught:
        edtf.parse(text)
    assert reason in str(caught.value)
    assert f"“{text}” is not a date: " in str(caught.value)


def test_a_very_long_text_is_refused_without_being_repeated() -> None:
    with pytest.raises(
        DateError, match="a date of 100000 characters is too long; the limit is 400"
    ):
        edtf.parse("9" * 100_000)
    assert edtf.parse("Y" + "9" * 399).span[0] is not None


@given(st.text(max_size=30) | st.text("0123456789XY-/.,[]?~%TZ: ", max_size=24))
@settings(max_examples=1000)
def test_any_text_is_read_or_refused_and_never_crashes(text: str) -> None:
    try:
        when = edtf.parse(text)
    except DateError as error:
        assert str(error)
    else:
        first, last = when.span
        assert first is None or last is None or first <= last
        assert edtf.words(text)


# ---- Texts of dates, made rather than parsed --------------------------------


def last_day(year: int, month: int) -> int:
    """From the standard library, not from what is tested."""
    if month == 12:
        return 31
    return (datetime.date(year, month + 1, 1) - datetime.timedelta(days=1)).day


class Made(NamedTuple):
    """A date as text, with the days that it covers; ``None`` where it does not say."""

    text: str
    first: Day | None
    last: Day | None


@st.composite
def made_dates(draw: st.DrawFn, low: int = 2010, high: int = 2014) -> Made:
    year, month = draw(st.integers(low, high)), draw(st.integers(1, 12))
    day = draw(st.integers(1, last_day(year, month)))
    whole_year = ((year, 1, 1), (year, 12, 31))
    whole_month = ((year, month, 1), (year, month, last_day(year, month)))
    decade = year // 10 * 10
    return draw(
        st.sampled_from(
            [
                Made(f"{year:04}", *whole_year),
                Made(f"{year:04}-{month:02}", *whole_month),
                Made(f"{year:04}-{month:02}-{day:02}", (year, month, day), (year, month, day)),
                Made(f"{year:04}-{month:02}-XX", *whole_month),
                Made(f"{year:04}-XX", *whole_year),
                Made(f"{decade // 10:03}X", (decade, 1, 1), (decade + 9, 12, 31)),
                Made(f"{year:04}-{month:02}-{day:02}~", None, None),
                Made(f"{year:04}?", None, None),
            ]
        )
    )


def exact_dates() -> st.SearchStrategy[Made]:
    return made_dates().filter(lambda made: made.first is not None)


class When(NamedTuple):
    """A date, set or interval, as text and as what section on time says of it."""

    text: str | None
    begin: tuple[Day | None, Day | None]
    end: tuple[Day | None, Day | None]
    interval: bool


UNKNOWN: tuple[None, None] = (None, None)


def single(made: Made) -> When:
    return When(made.text, made[1:], made[1:], False)


@st.composite
def made_sets(draw: st.DrawFn) -> When:
    members = draw(st.lists(exact_dates(), min_size=1, max_size=3))
    texts = [made.text for made in members]
    first: Day | None = min(made.first for made in members if made.first)
    last: Day | None = max(made.last for made in members if made.last)
    if draw(st.booleans()):
        texts[0], first = f"..{texts[0]}", None
    if draw(st.booleans()) and (len(texts) > 1 or first is not None):
        texts[-1], last = f"{texts[-1]}..", None
    comma = draw(st.sampled_from([",", ", "]))
    return When(f"[{comma.join(texts)}]", (first, last), (first, last), False)


@st.composite
def made_intervals(draw: st.DrawFn) -> When:
    sides = [draw(made_dates().filter(lambda made: "X" not in made.text)) for _ in "xy"]
    begin, end = sorted(sides, key=lambda made: made.text)
    blank = draw(st.sampled_from(["neither", "neither", "begin", "end"]))
    dots = draw(st.sampled_from(["", ".."]))
    if blank == "begin":
        return When(f"{dots}/{end.text}", UNKNOWN, end[1:], True)
    if blank == "end":
        return When(f"{begin.text}/{dots}", begin[1:], UNKNOWN, True)
    return When(f"{begin.text}/{end.text}", begin[1:], end[1:], True)


def in_order(when: When) -> bool:
    try:
        edtf.parse(when.text or "2012")
    except DateError as error:
        assert "ends before it begins" in str(error)
        return False
    return True


made_whens = st.one_of(made_dates().map(single), made_sets(), made_intervals()).filter(
    in_order
) | st.just(When(None, UNKNOWN, UNKNOWN, False))
aspects: st.SearchStrategy[Aspect] = st.sampled_from(["Event", "State"])


@given(made_whens)
def test_a_date_covers_the_days_that_it_says(when: When) -> None:
    if when.text is not None:
        assert edtf.parse(when.text).span == (when.begin[0], when.end[1])


# ---- Verdicts against an enumeration of all readings ------------------------

Reading = tuple[int, int]
Allows = Callable[[Reading], bool]


def ordinal(day: Day) -> int:
    return datetime.date(*day).toordinal()


def from_ordinal(number: int) -> Day:
    day = datetime.date.fromordinal(number)
    return (day.year, day.month, day.day)


def within(number: int, low: Day | None, high: Day | None) -> bool:
    return (low is None or number >= ordinal(low)) and (high is None or number <= ordinal(high))


def reading_rule(when: When, aspect: Aspect) -> Allows:
    """Which begin and end a date allows; written from the design, without bounds."""

    def allows(reading: Reading) -> bool:
        begin, end = reading
        if when.interval:
            return within(begin, *when.begin) and within(end, *when.end)
        first, last = when.begin
        if aspect == "Event":
            return within(begin, first, last) and within(end, first, last)
        return within(begin, None, last) and within(end, first, None)

    return allows


class World:
    """All readings over the days that matter, and far days for what is not known."""

    def __init__(self, *edges: Day | None) -> None:
        known = {ordinal(day) for day in edges if day is not None}
        inner = {day + step for day in known for step in (-1, 0, 1)} or {ordinal((2012, 1, 1))}
        self.days = sorted(inner)
        every = [self.days[0] - 500, *self.days, self.days[-1] + 500]
        self.readings = [(b, e) for b in every for e in every if b <= e]

    def verdict(self, allowed: Iterable[Reading], aspect: Aspect, day: int) -> Verdict:
        held = {e <= day if aspect == "Event" else b <= day <= e for b, e in allowed}
        assert held, "a date that can be read allows some reading"
        return "possible" if len(held) == 2 else "certain" if True in held else "no"


def bounds_of(when: When, aspect: Aspect) -> Bounds:
    return edtf.bounds(None if when.text is None else edtf.parse(when.text), aspect)


@given(made_whens, aspects)
@settings(max_examples=400)
def test_verdicts_equal_an_enumeration_of_all_readings(when: When, aspect: Aspect) -> None:
    world = World(*when.begin, *when.end)
    bounds = bounds_of(when, aspect)
    assert bounds.possible
    allowed = list(filter(reading_rule(when, aspect), world.readings))
    for day in world.days:
        expected = world.verdict(allowed, aspect, day)
        assert verdict(bounds, aspect, from_ordinal(day)) == expected


def days_of_sources() -> st.SearchStrategy[list[Day]]:
    return st.lists(exact_dates().map(lambda made: made.first or (2012, 1, 1)), max_size=3)


@given(made_whens, aspects, days_of_sources(), days_of_sources())
@settings(max_examples=400)
def test_what_sources_imply_equals_an_enumeration(
    when: When, aspect: Aspect, current: list[Day], reported: list[Day]
) -> None:
    """A source that speaks of a state as present, or reports something, narrows the readings;
    what would leave none is not applied."""
    world = World(*when.begin, *when.end, *current, *reported)
    given_rule = reading_rule(when, aspect)

    def narrowed(reading: Reading) -> bool:
        begin, end = reading
        if aspect == "Event":
            return given_rule(reading) and all(end <= ordinal(day) for day in reported)
        return (
            given_rule(reading)
            and all(begin <= ordinal(day) for day in reported)
            and all(end >= ordinal(day) for day in current)
        )

    allowed = list(filter(narrowed, world.readings)) or list(filter(given_rule, world.readings))
    tight = edtf.tighten(bounds_of(when, aspect), aspect, current=current, reported=reported)
    for day in world.days:
        expected = world.verdict(allowed, aspect, day)
        assert verdict(tight, aspect, from_ordinal(day)) == expected


@given(made_whens, aspects, days_of_sources(), days_of_sources())
def test_tightening_only_tightens(
    when: When, aspect: Aspect, current: list[Day], reported: list[Day]
) -> None:
    wide = bounds_of(when, aspect)
    tight = edtf.tighten(wide, aspect, current=current, reported=reported)
    assert tight.possible
    for low in (0, 2):
        assert edtf.latest(wide[low], tight[low]) == tight[low]
        assert edtf.earliest(wide[low + 1], tight[low + 1]) == tight[low + 1]
    again = edtf.tighten(tight, aspect, current=current[::-1], reported=reported[::-1])
    assert again == tight
    assert edtf.tighten(wide, aspect) == wide
    for day in filter(None, (*wide, *tight, *current)):
        before = verdict(wide, aspect, day)
        assert before == "possible" or verdict(tight, aspect, day) == before


@given(made_whens, days_of_sources(), days_of_sources())
def test_the_timeless_has_no_bounds(when: When, current: list[Day], reported: list[Day]) -> None:
    bounds = edtf.tighten(
        bounds_of(when, "Timeless"), "Timeless", current=current, reported=reported
    )
    assert bounds == Bounds()
    assert verdict(bounds, "Timeless", (2013, 1, 1)) == "certain"


def test_closing_keeps_begin_before_end() -> None:
    assert edtf.bounds(edtf.parse("/2013"), "State") == Bounds(
        None, (2013, 12, 31), (2013, 1, 1), (2013, 12, 31)
    )
    assert edtf.bounds(edtf.parse("2013/"), "Event") == Bounds(
        (2013, 1, 1), (2013, 12, 31), (2013, 1, 1), None
    )


# ---- Exactness --------------------------------------------------------------


@st.composite
def ever_more_exact(draw: st.DrawFn) -> list[str]:
    """The same moment, from a decade to a day, or a season to a day."""
    year, month = draw(st.integers(2001, 2015)), draw(st.integers(1, 12))
    day = draw(st.integers(1, last_day(year, month)))
    exact = [f"{year}-{month:02}", f"{year}-{month:02}-{day:02}"]
    season = {12: 24, 1: 24, 2: 24}.get(month, 21 + (month - 3) // 3)
    return draw(
        st.sampled_from(
            [
                [f"20{year % 100 // 10}X", f"{year}", f"[{exact[0]}]", *exact],
                [f"{year}-{season}", *exact],
                [f"20{year % 100 // 10}X", f"{year}-XX", f"{exact[0]}-XX", exact[1]],
                [f"[..{year}]", f"[{year - 1}, {year}]", f"{year}", *exact],
            ]
        )
    )


@st.composite
def more_exact_pairs(draw: st.DrawFn) -> tuple[str, str]:
    chain = draw(ever_more_exact())
    coarse = draw(st.integers(0, len(chain) - 1))
    fine = draw(st.integers(coarse, len(chain) - 1))
    return chain[coarse], chain[fine]


def plain(pair: tuple[str, str]) -> bool:
    return not any(sign in text for text in pair for sign in "X[")


@given(more_exact_pairs(), more_exact_pairs(), aspects, exact_dates())
@settings(max_examples=400)
def test_more_exact_dates_never_overturn_a_verdict(
    begins: tuple[str, str], ends: tuple[str, str], aspect: Aspect, day: Made
) -> None:
    pairs = [begins, ("", begins[1])]
    if plain(begins) and plain(ends):
        pairs = [
            (f"{begins[0]}/{ends[0]}", f"{begins[1]}/{ends[1]}"),
            (f"{begins[0]}/", f"{begins[1]}/.."),
            (f"/{ends[0]}", f"{begins[1]}/{ends[1]}"),
        ]
    assert day.first is not None
    for coarse, fine in pairs:
        try:
            before, after = (
                verdict(edtf.bounds(edtf.parse(text) if text else None, aspect), aspect, at)
                for text, at in ((coarse, day.first), (fine, day.first))
            )
        except DateError as error:
            assert "ends before it begins" in str(error)
            continue
        assert before in ("possible", after)


# ---- The table of verdicts --------------------------------------------------

DAYS = [
    (2011, 12, 31),
    (2012, 1, 1),
    (2012, 5, 1),
    (2012, 5, 10),
    (2012, 5, 31),
    (2012, 12, 31),
    (2014, 6, 15),
    (2016, 1, 1),
    (2016, 9, 1),
    (2016, 9, 20),
    (2016, 9, 30),
    (2016, 12, 31),
    (2017, 1, 1),
]
STATES = {
    "2012-05-10/2016-09-20": "nnncccccccnnn",
    "2012-05-10/2016-09": "nnnccccccppnn",
    "2012-05-10/2016": "nnncccccppppn",
    "2012-05-10/": "nnncppppppppp",
    "2012-05-10/..": "nnncppppppppp",
    "2012-05/2016-09-20": "nnppccccccnnn",
    "2012-05/2016-09": "nnppcccccppnn",
    "2012-05/2016": "nnppccccppppn",
    "2012-05/": "nnppppppppppp",
    "2012-05/..": "nnppppppppppp",
    "2012/2016-09-20": "nppppcccccnnn",
    "2012/2016-09": "nppppccccppnn",
    "2012/2016": "nppppcccppppn",
    "2012/": "npppppppppppp",
    "2012/..": "npppppppppppp",
    "/2016-09-20": "pppppppppcnnn",
    "/2016-09": "pppppppppppnn",
    "/2016": "ppppppppppppn",
    "../2016-09-20": "pppppppppcnnn",
    "../2016-09": "pppppppppppnn",
    "../2016": "ppppppppppppn",
    "2012-05-10": "pppcppppppppp",
    "2012-05": "ppppppppppppp",
    "2012": "ppppppppppppp",
    "[..2012-05-10]": "ppppppppppppp",
    "[2012-05-10..]": "ppppppppppppp",
    "2012-05-10?": "ppppppppppppp",
    "": "ppppppppppppp",
}
EVENTS = {
    "2012-05-10/2016-09-20": "nnnnnnnnncccc",
    "2012-05-10/2016-09": "nnnnnnnnppccc",
    "2012-05-10/2016": "nnnnnnnppppcc",
    "2012-05-10/": "nnnpppppppppp",
    "2012-05-10/..": "nnnpppppppppp",
    "2012-05/2016-09-20": "nnnnnnnnncccc",
    "2012-05/2016-09": "nnnnnnnnppccc",
    "2012-05/2016": "nnnnnnnppppcc",
    "2012-05/": "nnppppppppppp",
    "2012-05/..": "nnppppppppppp",
    "2012/2016-09-20": "nnnnnnnnncccc",
    "2012/2016-09": "nnnnnnnnppccc",
    "2012/2016": "nnnnnnnppppcc",
    "2012/": "npppppppppppp",
    "2012/..": "npppppppppppp",
    "/2016-09-20": "nnnnnnnnncccc",
    "/2016-09": "nnnnnnnnppccc",
    "/2016": "nnnnnnnppppcc",
    "../2016-09-20": "nnnnnnnnncccc",
    "../2016-09": "nnnnnnnnppccc",
    "../2016": "nnnnnnnppppcc",
    "2012-05-10": "nnncccccccccc",
    "2012-05": "nnppccccccccc",
    "2012": "nppppcccccccc",
    "[..2012-05-10]": "pppcccccccccc",
    "[2012-05-10..]": "nnnpppppppppp",
    "2012-05-10?": "ppppppppppppp",
    "": "ppppppppppppp",
}


@pytest.mark.parametrize(
    ("aspect", "text", "expected"),
    [("State", *row) for row in STATES.items()] + [("Event", *row) for row in EVENTS.items()],
)
def test_table_of_verdicts(aspect: Aspect, text: str, expected: str) -> None:
    bounds = edtf.bounds(edtf.parse(text) if text else None, aspect)
    assert "".join(verdict(bounds, aspect, day)[0] for day in DAYS) == expected


# ---- A peer -----------------------------------------------------------------


@st.composite
def texts_for_the_peer(draw: st.DrawFn) -> str:
    """Level 0 and 1 where two readers can agree: no seasons, no doubt, no open sides."""
    first, second = sorted((draw(made_dates(1, 9999)), draw(made_dates(1, 9999))))
    sign = draw(st.sampled_from(["", "", "-"]))
    year, month = draw(st.integers(1, 9999)), draw(st.integers(1, 12))
    day = draw(st.integers(1, 28))
    plain_interval = f"{first.text}/{second.text}"
    return draw(
        st.sampled_from(
            [
                first.text,
                f"{sign}{year:04}",
                f"{sign}{year:04}-{month:02}-{day:02}",
                f"{sign}{year // 100:02}XX",
                f"{year:04}-{month:02}-{day:02}T23:20:30Z",
                f"Y{sign}{year + 9999}",
                f"[{year:04}, {year + 1:04}-{month:02}]" if year < 9999 else first.text,
                first.text if "X" in plain_interval else plain_interval,
            ]
        ).filter(lambda text: not set("?~%") & set(text))
    )


@pytest.mark.slow
@given(texts_for_the_peer())
@settings(max_examples=150)
def test_agrees_with_the_edtf_package(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from edtf import parse_edtf

        theirs = parse_edtf(text)
        expected = tuple(theirs.lower_strict()[:3]), tuple(theirs.upper_strict()[:3])
    try:
        span = edtf.parse(text).span
    except DateError as error:
        assert "ends before it begins" in str(error), text
    else:
        assert span == expected


# ---- In words ---------------------------------------------------------------

WORDS = {
    "2012": "in 2012",
    "2012-02": "in February 2012",
    "2013-10-21": "on 21 October 2013",
    "2013-10-01": "on 1 October 2013",
    "2013-10-21T10:00:00Z": "on 21 October 2013",
    "2012-XX": "in 2012",
    "2012-02-XX": "in February 2012",
    "2012-XX-XX": "in 2012",
    "201X": "in one of the years 2010 to 2019",
    "20XX": "in one of the years 2000 to 2099",
    "2012-21": "in spring 2012",
    "2012-22": "in summer 2012",
    "2012-23": "in autumn 2012",
    "2012-24": "in winter 2012",
    "2012?": "in 2012 (uncertain)",
    "2012-02~": "in February 2012 (approximate)",
    "2012-02-06~": "on 6 February 2012 (approximate)",
    "2012%": "in 2012 (uncertain, approximate)",
    "2012-21~": "in spring 2012 (approximate)",
    "2011-01-01/2021-08-23": "from 1 January 2011 to 23 August 2021",
    "2013/..": "from 2013, no end stated",
    "2013-05/": "from May 2013, no end stated",
    "/2018-12-31": "until 31 December 2018, no beginning stated",
    "../2018": "until 2018, no beginning stated",
    "2012?/2013-02": "from 2012 (uncertain) to February 2013",
    "[..2013-06-30]": "by 30 June 2013",
    "[..2013-06]": "in or before June 2013",
    "[2013-06-30..]": "on or after 30 June 2013",
    "[2013..]": "in or after 2013",
    "[2013]": "in 2013",
    "[1667, 1668]": "in 1667 or in 1668",
    "[1667,1668-05-01, 1670..1672]": "in 1667, on 1 May 1668 or between 1670 and 1672",
    "[..1660, 1668~]": "in or before 1660 or in 1668 (approximate)",
    "Y170000002": "in 170000002",
    "-0043-03-15": "on 15 March 44 BC",
    "-0043-21": "in spring 44 BC",
    "0000": "in 1 BC",
    "0033": "in 33",
    "-000X": "in one of the years 10 BC to 1 BC",
    "Y-12344": "in 12345 BC",
}


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_words(text: str, words: str) -> None:
    assert edtf.words(text) == words


@given(made_whens)
def test_every_date_has_words(when: When) -> None:
    if when.text is not None:
        words = edtf.words(when.text)
        assert words == words.strip()
        assert len(words.split()) >= 2
        assert not set("[]X~%") & set(words)


def test_words_refuse_what_is_no_date() -> None:
    with pytest.raises(DateError):
        edtf.words("soon")


# ---- Days -------------------------------------------------------------------

days = st.builds(
    lambda year, month, day: (year, month, min(day, edtf.days_in_month(year, month))),
    st.integers(-(10**12), 10**12) | st.integers(-10, 10) | st.integers(1900, 2100),
    st.integers(1, 12),
    st.integers(1, 31),
)


@given(days)
def test_days_come_back_from_their_text(day: Day) -> None:
    assert edtf.day(edtf.iso(day)) == day


@given(days, days)
def test_texts_of_days_are_told_apart(one: Day, other: Day) -> None:
    assert (edtf.iso(one) == edtf.iso(other)) == (one == other)


@pytest.mark.parametrize(
    "text",
    [
        "2013",
        "2013-07",
        "2013-07-01?",
        "2013-07-XX",
        "2013-07-01/2013-07-01",
        "[2013-07-01]",
        "2013-07-01T10:00:00",
        "",
        " 2013-07-01",
        "2013-07-01\n",
        "-0000-01-01",
        "02013-07-01",
        "2013-7-1",
        "\u0662\u0660\u0661\u0663-07-01",
        "today",
    ],
)
def test_day_wants_one_exact_day(text: str) -> None:
    with pytest.raises(DateError, match="is not one day; write it like 2013-07-01"):
        edtf.day(text)


def test_day_refuses_days_that_are_not() -> None:
    with pytest.raises(DateError, match="February 2013 has 28 days"):
        edtf.day("2013-02-29")
    with pytest.raises(DateError, match="there is no month 13"):
        edtf.day("2013-13-01")
    with pytest.raises(DateError):
        edtf.day("1" * 5000 + "-01-01")


@given(st.integers(1, 9999), st.integers(1, 12))
def test_days_in_month_agrees_with_the_standard_library(year: int, month: int) -> None:
    assert edtf.days_in_month(year, month) == last_day(year, month)


def test_earliest_and_latest_ignore_what_is_not_known() -> None:
    assert edtf.earliest(None, (2013, 1, 1), (2012, 1, 1)) == (2012, 1, 1)
    assert edtf.latest(None, (2013, 1, 1), (2012, 1, 1)) == (2013, 1, 1)
    assert edtf.earliest(None) is edtf.latest() is None
