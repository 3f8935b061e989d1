"""The common time of claims, against a count of days."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.model.columns import CERTAIN, FAR, NO, POSSIBLE, TIMELESS_DAYS, number, ordinal
from allgraph.network.common_time import CommonTimes, pairs_together, together

FIRST = datetime.date(2011, 12, 25)
DAYS = [FIRST + datetime.timedelta(days=n) for n in range(80)]  # over a year's end and a leap day
NUMBERS = [number((d.year, d.month, d.day)) for d in DAYS]
exact = st.tuples(*[st.integers(0, len(DAYS) - 1)] * 2).map(sorted)
Period = list[int]  # places in DAYS of the first and the last day


def bounds(periods: list[Period]) -> np.ndarray:
    """The bounds of states whose first and last day are known."""
    return np.array([[NUMBERS[a], NUMBERS[a], NUMBERS[b], NUMBERS[b]] for a, b in periods]).T


def held(period: Period) -> set[int]:
    return {*range(period[0], period[1] + 1)}


@given(st.lists(exact, min_size=1, max_size=4), st.lists(exact, min_size=1, max_size=4))
def test_periods_are_all_days_that_a_claim_of_either_side_held(
    first: list[Period], second: list[Period]
) -> None:
    common = set().union(*map(held, first)) & set().union(*map(held, second))
    every = np.ones((len(first), len(second)), bool)
    level, periods = pairs_together(bounds(first), bounds(second), every)
    days = {
        n for n, day in enumerate(DAYS)
        if any(a and b and a <= (day.year, day.month, day.day) <= b for a, b in periods)
    }  # fmt: skip
    assert days == common
    assert level == (CERTAIN if common else NO)
    starts = [n for n in common if n - 1 not in common]
    assert len(periods) == len(starts)  # none can be joined to the next


@given(st.lists(exact, min_size=1, max_size=4))
def test_certain_days_are_those_on_which_all_held(periods: list[Period]) -> None:
    times = CommonTimes.of_nothing()
    for row in range(len(periods)):
        times = times.with_claims(bounds(periods)[:, [row]])
    common = set.intersection(*map(held, periods))
    assert times.certain_days.tolist() == [len(common)]
    level, span = together(bounds(periods), range(len(periods)))
    assert level == (CERTAIN if common else NO)
    if common:
        days = (DAYS[min(common)], DAYS[max(common)])
        assert span == tuple((day.year, day.month, day.day) for day in days)


@pytest.mark.parametrize(
    ("first", "second", "level", "days"),
    [
        ((-FAR, FAR, -FAR, FAR), (-FAR, FAR, -FAR, FAR), POSSIBLE, 0),
        ((-FAR, NUMBERS[5], NUMBERS[3], FAR), (*NUMBERS[:1] * 2, *NUMBERS[9:10] * 2), CERTAIN, 0),
        (TIMELESS_DAYS, (*NUMBERS[:1] * 2, *NUMBERS[9:10] * 2), CERTAIN, 10),
    ],
)
def test_what_is_not_known_is_not_certain(
    first: tuple[int, ...], second: tuple[int, ...], level: int, days: int
) -> None:
    times = CommonTimes.of_nothing().with_claims(np.array([first]).T)
    times = times.with_claims(np.array([second]).T)
    assert times.levels.tolist() == [level]
    assert times.certain_days.tolist() == [days]


def test_what_has_no_end_is_longest() -> None:
    [days] = CommonTimes.of_nothing().with_claims(np.array([TIMELESS_DAYS]).T).certain_days
    assert days > 10**15


@given(st.dates(), st.dates())
def test_ordinals_count_days(one: datetime.date, other: datetime.date) -> None:
    days = [ordinal(number((d.year, d.month, d.day))) for d in (one, other)]
    assert days[1] - days[0] == (other - one).days
