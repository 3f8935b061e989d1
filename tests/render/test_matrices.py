"""Images of matrices: sound whatever the names, and every name within the image."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from math import cos, radians, sin

from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.render.matrices import MARKS, Mark, grid
from allgraph.render.svg import Dot
from tests.render.test_svg import DEJAVU, SVG, addresses, check_sound, dots, names, plain

marks = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.builds(Mark, st.sampled_from([*MARKS]), addresses, names),
)
SLOPE = radians(50)


def three(name: st.SearchStrategy[str]) -> st.SearchStrategy[list[Dot]]:
    return st.lists(dots(name), min_size=3, max_size=3)


def wide(text: str | None, size: float) -> float:
    ems = (2048 if char == "…" else DEJAVU[ord(char) - 32] for char in text or "")
    return sum(ems) * size / 2048


@given(names, three(names), three(names), marks, names)
@settings(max_examples=60, deadline=None)
def test_a_matrix_is_sound_whatever_the_names(
    name: str, rows: list[Dot], columns: list[Dot], some: dict[tuple[int, int], Mark], note: str
) -> None:
    check_sound(grid(f"A matrix {name}", rows, columns, some, note))


@given(three(plain), three(plain))
@settings(max_examples=60, deadline=None)
def test_no_name_is_cut_at_the_edge(rows: list[Dot], columns: list[Dot]) -> None:
    root = ET.fromstring(grid("x", rows, columns, {(0, 0): Mark()}))
    width, size = float(root.attrib["width"]), float(root.attrib["font-size"])
    for head in root.iter():
        for turned in (each for each in head if "rotate" in each.get("transform", "")):
            place = re.findall(r"-?[\d.]+", turned.attrib["transform"])
            x, y = float(place[0]), float(place[1])
            for line in turned.iter(SVG + "text"):
                text = line.text or ""
                along = (
                    2 + sum(2048 if c == "…" else DEJAVU[ord(c) - 32] for c in text) * size / 2048
                )
                rise = float(line.attrib["y"]) - size * 0.8
                assert x + along * cos(SLOPE) + max(rise, 0) * sin(SLOPE) <= width
                assert y - along * sin(SLOPE) + rise * cos(SLOPE) >= 0
    for name in root.iter(SVG + "text"):
        if name.get("text-anchor") == "end":
            assert float(name.attrib["x"]) - wide(name.text, size) >= 0


def test_a_legend_has_the_marks_that_are_there() -> None:
    rows, columns = [Dot("Ada"), Dot("Bo")], [Dot("A.1", "", "", "laws")]
    image = grid("x", rows, columns, {(0, 0): Mark("no"), (1, 0): Mark("stated")})
    assert ">no</text>" in image and ">stated</text>" in image and ">laws</text>" in image
    assert ">interpreted</text>" not in image and ">bodies</text>" not in image
