"""SVG images as PNG, drawn by the library of an extra."""

from __future__ import annotations

from functools import cache

from allgraph.errors import MissingExtra, TooMuch, WriteError, extra
from allgraph.render.svg import size_of

MOST_WIDTH, MOST_HEIGHT = 1200, 2400
"""How many pixels an image for a card has at most."""
LONGEST = 500_000
"""How many characters an SVG image may have to be drawn for a card."""
_FONTS = (
    "Arial, Helvetica, Liberation Sans, DejaVu Sans, Noto Sans, Segoe UI, Roboto, Open Sans, Ubuntu"
)
"""Fonts for texts, of which the first that the system has is used."""
_SCALE = 2.0  # pixels of the PNG for each of the SVG
_TEXT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    '<text y="9" font-family="system-ui, sans-serif">M</text></svg>'
)


def png(svg: str, scale: float = _SCALE) -> bytes:
    """Return an SVG image as PNG on a white background, `scale` times as wide and high.

    Raises `MissingExtra` without the library resvg_py, and `WriteError` when the system has no font
    to write texts with.
    """
    if "</text>" in svg:
        check()
    return _drawn(svg, scale)


def card(svg: str) -> bytes:
    """Return an SVG image as PNG with at most `MOST_WIDTH` and `MOST_HEIGHT` pixels.

    Raises `TooMuch` for one with more than `LONGEST` (500,000) characters, and the errors of `png`.
    """
    if len(svg) > LONGEST:
        raise TooMuch(f"an SVG image with more than {LONGEST:,} characters is not drawn as PNG")
    return png(svg, _card_scale(svg))


def card_size(svg: str) -> tuple[int, int]:
    """Return the width and height that an SVG image has as a card, in pixels.

    >>> card_size('<svg width="2400" height="100">')
    (1200, 50)
    """
    scale = _card_scale(svg)
    width, height = (int(int(length + 0.5) * scale + 0.5) for length in size_of(svg))
    return width, height


def check() -> None:
    """Raise `MissingExtra` without the library, and `WriteError` without a font for texts."""
    if not _has_font():
        raise WriteError(
            "a PNG needs a font, such as DejaVu Sans (Debian: fonts-dejavu-core); install one, or "
            "write SVG"
        )


def can_draw() -> bool:
    """Return True if the library is installed, and a font to write texts with."""
    try:
        return _has_font()
    except MissingExtra:
        return False


def _card_scale(svg: str) -> float:
    """Return by what an image is multiplied to be a card."""
    width, height = (int(length + 0.5) for length in size_of(svg))
    return min(_SCALE, MOST_WIDTH / width, MOST_HEIGHT / height)


@cache
def _has_font() -> bool:
    """Return True if the system has a font for texts; raises `MissingExtra` without the library."""
    return _drawn(_TEXT, 1) != _drawn(_TEXT.replace("M", " "), 1)


def _drawn(svg: str, scale: float) -> bytes:
    """Return an image as PNG; raises `MissingExtra` without the library."""
    with extra("png"):
        import resvg_py
    named = svg.replace('font-family="system-ui, sans-serif"', f'font-family="{_FONTS}"')
    return bytes(resvg_py.svg_to_bytes(svg_string=named, background="white", zoom=scale))
