"""SVG images as PNG, drawn by the library of an extra."""

from __future__ import annotations

from allgraph.errors import WriteError, extra

_FONTS = (
    "Arial, Helvetica, Liberation Sans, DejaVu Sans, Noto Sans, Segoe UI, Roboto, Open Sans, Ubuntu"
)
"""Fonts for texts, of which the first that the system has is used."""
_SCALE = 2  # pixels of the PNG for each of the SVG


def png(svg: str) -> bytes:
    """Return an SVG image as PNG on a white background, at twice its width and height.

    Raises `MissingExtra` without the library resvg_py, and `WriteError` when the system has no font
    to write texts with.
    """
    with extra("png"):
        import resvg_py
    named = svg.replace('font-family="system-ui, sans-serif"', f'font-family="{_FONTS}"')
    drawn, wordless = (
        resvg_py.svg_to_bytes(
            svg_string=named, background="white", zoom=_SCALE, skip_system_fonts=skipped
        )
        for skipped in (False, True)
    )
    if drawn == wordless and "</text>" in svg:
        raise WriteError(
            "a PNG needs a font, such as DejaVu Sans (Debian: fonts-dejavu-core); install one, or "
            "write SVG"
        )
    return bytes(drawn)
