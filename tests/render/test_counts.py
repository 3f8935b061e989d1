"""Counts by time: sound images, nothing over anything else, bars as high as their numbers."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.render.counts import HIGH, MOST_BARS, Count, counts
from tests.render.test_svg import HOSTILE, addresses, check_no_overlap, check_sound, names, plain


def rows(name: st.SearchStrategy[str]) -> st.SearchStrategy[list[Count]]:
    return st.lists(st.builds(Count, name, st.integers(0, 10**9), addresses), max_size=60)


@given(rows(names))
@settings(max_examples=60, deadline=None)
def test_an_image_is_sound_whatever_the_names(some: list[Count]) -> None:
    picture = counts(some, HOSTILE[1])
    if some:
        check_sound(picture)
    else:
        assert picture == ""


@given(rows(plain))
@settings(max_examples=60, deadline=None)
def test_nothing_overlaps(some: list[Count]) -> None:
    if some:
        check_no_overlap(counts(some))


def test_bars_are_as_high_as_their_numbers() -> None:
    picture = counts([Count("2012", 10), Count("2013", 5), Count("2014", 0)])
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" fill=', picture)]
    assert heights == [HIGH, HIGH / 2, 1]
    assert [*re.findall(r">(20\d\d)</text>", picture)] == ["2012", "2013", "2014"]
    assert "<title>2013: 5</title>" in picture
    many = counts([Count(str(n), n) for n in range(MOST_BARS + 5)])
    assert many.count('class="ag-value"') == MOST_BARS
