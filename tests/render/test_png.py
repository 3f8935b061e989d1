"""Pictures as PNG: with text where there is a font, and an error where there is none."""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from allgraph.errors import MissingExtra, TooMuch, WriteError
from allgraph.render.layered import Arrow, chain
from allgraph.render.png import LONGEST, _has_font, can_draw, card, card_size, png
from allgraph.render.svg import Dot, image


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Whether there is a font is looked up anew, before and after."""
    _has_font.cache_clear()
    yield
    _has_font.cache_clear()


def pixels(data: bytes) -> tuple[int, int, bytes]:
    """The width and height of a PNG, and its rows, filtered as they are in the file."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position, packed, size = 8, b"", (0, 0)
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        content = data[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            size = struct.unpack(">II", content[:8])
        packed += content if kind == b"IDAT" else b""
        position += 12 + length
    return *size, zlib.decompress(packed)


def picture(name: str) -> str:
    return chain([Dot(name), Dot("S.1")], [Arrow("signed")])


def test_text_is_drawn_on_white_at_twice_the_size() -> None:
    svg = picture("Ada")
    width, height, rows = pixels(png(svg))
    assert f'width="{width // 2}" height="{height // 2}"' in svg
    assert rows[1:5] == b"\xff" * 4  # after the filter of its row, the first pixel: white
    # the width of a box is that of a name, so both pictures are as large, and only texts differ
    assert pixels(png(picture("MMM")))[:2] == pixels(png(picture("WWW")))[:2]
    assert png(picture("MMM")) != png(picture("WWW"))


def test_without_a_font_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import resvg_py

    draw = resvg_py.svg_to_bytes

    def fontless(**options: Any) -> bytes:
        return bytes(draw(**{**options, "skip_system_fonts": True}))

    monkeypatch.setattr(resvg_py, "svg_to_bytes", fontless)
    with pytest.raises(WriteError, match="a PNG needs a font"):
        png(picture("Ada"))
    assert not can_draw()


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtra, match=r"\[png\]"):
        png(picture("Ada"))
    assert not can_draw()


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (100, 50, (200, 100)),
        (2400, 1200, (1200, 600)),
        (300, 9600, (75, 2400)),
        (851, 1261.36, (1200, 1778)),
        (828.49, 2688, (739, 2400)),
        (497.5, 3580.86, (334, 2400)),
    ],
)
def test_a_card_is_of_the_size_that_is_told(
    width: float, height: float, size: tuple[int, int]
) -> None:
    svg = image("chain", "A", width, height, ["<path d='M0 0H9'/>"])
    assert pixels(card(svg))[:2] == card_size(svg) == size


def test_an_image_that_is_too_large_is_no_card() -> None:
    with pytest.raises(TooMuch, match="more than 500,000 characters"):
        card(picture("Ada").replace("</svg>", f"<!--{'x' * LONGEST}--></svg>"))
