"""Thumbnails are well-formed, and stay within their frames."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from allgraph.render import thumbnails
from allgraph.render.thumbnails import HEIGHT, WIDTH


@pytest.mark.parametrize(
    "image",
    [
        *(thumbnails.chain(["people"] * count) for count in (1, 2, 5)),
        thumbnails.moments([0, 0.5, 1]),
        *(thumbnails.rivals(count) for count in (1, 4, 9)),
        *(thumbnails.rows(count) for count in (1, 13, 60, 5000)),
    ],
)
def test_a_thumbnail_is_xml_within_its_frame(image: str) -> None:
    root = ElementTree.fromstring(image)
    assert root.get("aria-hidden") == "true"
    xs = [float(x) for x in re.findall(r'cx="([\d.]+)"|translate\(([\d.]+)', image) for x in x if x]
    ys = [float(y) for y in re.findall(r'cy="([\d.]+)"', image)]
    assert all(0 < x < WIDTH for x in xs) and all(0 < y < HEIGHT for y in ys)


def test_marks_are_as_many_as_rows_up_to_sixty() -> None:
    assert [thumbnails.rows(count).count("<circle") for count in (1, 60, 61)] == [1, 60, 60]


def test_a_history_has_one_mark_at_a_pixel() -> None:
    many = thumbnails.moments(number / 20_000 for number in range(20_001))
    assert many.count("<circle") == WIDTH - 24 + 1
    assert thumbnails.moments([0, 0, 0.5, 1]).count("<circle") == 3


def test_disagreements_are_pairs_up_to_four() -> None:
    assert [thumbnails.rivals(count).count("<path") for count in (1, 4, 5)] == [2, 8, 8]
