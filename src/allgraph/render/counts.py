"""SVG images of counts by time: a bar for each year, decade or month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import SHAPES, SMALL, ems, image, linked, short, text_lines

WIDE, HIGH = 960, 180
"""The width of an image in pixels, and the height of its bars at most."""
MOST_BARS = 120
"""How many bars `counts` draws."""
_BASE = 20 + HIGH
_MIDDLE = ' text-anchor="middle"'


class Count(NamedTuple):
    """The number of claims in a time: its name, and the address of what is in it."""

    name: str
    number: int
    href: str = ""


def counts(rows: Iterable[Count], name: str = "Counts") -> str:
    """Return an SVG image with a bar for each count, side by side; ``""`` if there are none.

    The names of some times and the numbers of all that have room stand below and above their bars;
    all are in the titles. At most `MOST_BARS` are drawn. `name` is the title that screen readers
    read.
    """
    rows = [*rows][:MOST_BARS]
    if not rows:
        return ""
    step, greatest = min(WIDE / len(rows), 80), max(row.number for row in rows)
    apart = _every(rows, step)
    parts = []
    for place, row in enumerate(rows):
        x, high = place * step, max(1.0, HIGH * row.number / max(greatest, 1))
        centre = x + step / 2
        middle, room = f"{centre:.1f}", min(apart * step, 2 * centre, 2 * (WIDE - centre)) - 2
        number = f"{row.number:,}"
        texts = text_lines(
            [number] * (ems(number) * SMALL < step - 2), middle, _BASE - high - 5, 0, _MIDDLE
        )
        label = short(clean(row.name), room / SMALL) if place % apart == 0 else ""
        texts += text_lines([label] * bool(label), middle, _BASE + 16, 0, _MIDDLE)
        bar = (
            f'<rect class="ag-value" x="{x + 1:.1f}" y="{_BASE - high:.1f}" '
            f'width="{max(step - 2, 1):.1f}" height="{high:.1f}" fill="{SHAPES["people"][0]}"/>'
        )
        title = f"{row.name}: {row.number:,}"
        parts.append(linked(row.href, escaped(title), bar + texts, "ag-count"))
    return image("counts", escaped(name), WIDE, _BASE + 24, parts, SMALL)


def _every(rows: Sequence[Count], step: float) -> int:
    """Return of how many bars one has its name, so that names stand apart and within the image."""
    widest = max(ems(row.name) for row in rows) * SMALL + 6
    return max(1, -int(-widest // step))
