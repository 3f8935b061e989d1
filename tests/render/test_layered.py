"""Images of merged paths: nothing over anything else, shared steps once, and alike in the page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.render.layered import Arrow, chain, merged
from allgraph.render.svg import Dot
from tests.render.test_svg import (
    SVG,
    Box,
    addresses,
    boxes,
    check_apart,
    check_sound,
    dots,
    names,
    plain,
)
from tests.support.layered import FILE, written

Case = tuple[list[Dot], list[Arrow], list[list[int]]]


@st.composite
def cases(draw: st.DrawFn, name: st.SearchStrategy[str] = plain) -> Case:
    """Paths between the first and the last of some things."""
    count = draw(st.integers(2, 7))
    some = [draw(dots(name)) for _ in range(count)]
    arrows = draw(
        st.lists(st.builds(Arrow, name, st.booleans(), name, addresses), min_size=1, max_size=6)
    )
    paths = []
    for _ in range(draw(st.integers(1, 6))):
        inner = draw(st.permutations(range(1, count - 1)))[: draw(st.integers(0, 4))]
        path = [0]
        for thing in [*inner, count - 1]:
            path += [draw(st.integers(0, len(arrows) - 1)), thing]
        paths.append(path)
    return some, arrows, paths


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+", path)]


def flat(svg: str) -> list[Box]:
    """The boxes and texts of a picture."""
    return [box for box in boxes(svg) if box.what.strip()]


@given(cases(names))
@settings(max_examples=60, deadline=None)
def test_merged_paths_are_sound_whatever_the_names(case: Case) -> None:
    check_sound(merged(*case, note="The last line"))


@given(cases())
@settings(max_examples=150, deadline=None)
def test_nothing_is_over_anything_else(case: Case) -> None:
    svg = merged(*case)
    check_apart(svg, flat(svg))


@given(cases())
@settings(max_examples=100, deadline=None)
def test_lines_go_from_left_to_right_and_through_no_box(case: Case) -> None:
    svg = merged(*case)
    grounds = [box for box in flat(svg) if box.what == "rect"]
    for line in ET.fromstring(svg).iter(SVG + "path"):
        if line.get("class") != "ag-tie":
            continue
        x, y = numbers(line.attrib["d"].partition("C")[0])
        for kind, rest in re.findall(r"([CH])([^CH]*)", line.attrib["d"]):
            given_ = numbers(rest)
            end_x, end_y = (given_[0], y) if kind == "H" else (given_[4], given_[5])
            assert end_x > x
            for box in grounds:  # a bend is between columns, where no box is
                low, high = sorted((y, end_y))
                crosses = box.left < end_x and x < box.right and box.top < high and low < box.bottom
                assert not crosses, (line.attrib["d"], box)
            x, y = end_x, end_y


@given(cases())
@settings(max_examples=60, deadline=None)
def test_a_step_that_paths_share_is_drawn_once(case: Case) -> None:
    some, arrows, paths = case
    again = merged(some, arrows, [*paths, paths[0]])
    assert again.count('class="ag-arrow"') == merged(*case).count('class="ag-arrow"')


def test_a_shared_step_is_wider_and_arrows_point_as_claims_do() -> None:
    some = [Dot(name) for name in ("Ada", "Board", "Letter", "Bo")]
    arrows = [Arrow("sat on"), Arrow("signed"), Arrow("wrote"), Arrow("chaired", False)]
    svg = merged(some, arrows, [[0, 0, 1, 3, 3], [0, 1, 2, 2, 1, 3, 3]])
    widths = re.findall(r'class="ag-tie"[^>]*stroke-width="(\d)"', svg)
    assert sorted(widths) == ["2", "2", "2", "3"]
    heads = [numbers(d) for d in re.findall(r'class="ag-arrow" d="([^"]*)"', svg)]
    points_back = [tip < back for back, _, tip, *_ in heads]
    assert sorted(points_back) == [False, False, False, True]
    assert svg.count("<rect") == 4


def test_things_in_opposite_orders_have_two_boxes() -> None:
    some = [Dot(name) for name in "abcd"]
    svg = merged(some, [Arrow("x")], [[0, 0, 1, 0, 2, 0, 3], [0, 0, 2, 0, 1, 0, 3]])
    assert svg.count("<rect") == 5


def test_a_label_of_usual_length_is_whole() -> None:
    label = "announced that Andrew Cuomo signed New York's child model legislation of 2013 into law"
    svg = merged([Dot("a"), Dot("b")], [Arrow(label)], [[0, 0, 1]])
    lines = re.findall(
        "<text[^>]*>([^<]*)</text>", svg.partition("ag-verb")[2].partition("</g>")[0]
    )
    assert " ".join(lines).replace("&#39;", "'") == label


def test_without_a_path_there_is_no_picture() -> None:
    for paths in ([], [[0]]):
        with pytest.raises(ValueError, match="at least one step"):
            merged([Dot("a")], [], paths)
    with pytest.raises(ValueError, match="2 things take 1 arrows, not 0"):
        chain([Dot("A"), Dot("B")], [])


def test_the_page_draws_the_same() -> None:
    # the tests of the page compare what it draws with this file
    assert FILE.read_text(encoding="utf-8") == written(), "run python -m tests.support.layered"
