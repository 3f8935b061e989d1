"""Numbers beside each other: sound images, nothing over anything else, lengths that are true."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.render.svg import WIDTH
from allgraph.render.values import MOST_VALUES, Value, values
from tests.render.test_svg import HOSTILE, addresses, check_no_overlap, check_sound, names, plain

numbers = st.floats(-1e300, 1e300)


def some(text: st.SearchStrategy[str]) -> st.SearchStrategy[list[Value]]:
    rivalries = st.sampled_from(["", "one"])
    kinds = st.sampled_from(["signatures", "percent of models"])
    value = st.builds(Value, kinds, numbers, text, text, addresses, text, rivalries)
    return st.lists(value, max_size=9)


@given(some(names))
@settings(max_examples=60, deadline=None)
def test_an_image_is_sound_whatever_the_names(rows: list[Value]) -> None:
    picture = values(rows, HOSTILE[1])
    if rows:
        check_sound(picture)
    else:
        assert picture == ""


@given(some(plain))
@settings(max_examples=60, deadline=None)
def test_nothing_overlaps(rows: list[Value]) -> None:
    if rows:
        check_no_overlap(values(rows))


def test_bars_are_as_long_as_their_numbers_on_the_scale_of_their_kind() -> None:
    rows = [Value("a", 10, "ten"), Value("a", 5, "five"), Value("b", 1, "one"), Value("a", -3, "x")]
    picture = values(rows)
    lengths = [float(w) for w in re.findall(r'class="ag-value"[^>]* width="([\d.]+)"', picture)]
    assert lengths == [WIDTH - 24, (WIDTH - 24) / 2, 1, WIDTH - 24]


def test_neighbours_that_are_rivals_have_a_bracket_and_the_rest_is_counted() -> None:
    rows = [Value("a", n, str(n), rivalry="r" if n < 2 else "") for n in range(MOST_VALUES + 3)]
    picture = values(rows)
    assert picture.count("ag-bracket") == 1
    assert picture.count('class="ag-value"') == MOST_VALUES
    assert ">and 3 more, not drawn</text>" in picture
