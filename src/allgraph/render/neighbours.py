"""SVG images of a thing with its neighbours around it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import (
    LINE,
    SHAPES,
    SIZE,
    STEP,
    Dot,
    ems,
    image,
    legend_of_groups,
    node,
    shape,
    short,
    text_lines,
    title_of,
    wrapped,
)

_WIDTH = 840  # of the image
_PILL = 160  # the greatest width of the name in the centre
_ELLIPSE = 125.0  # how far neighbours are from the centre at most, sideways


MOST = 40
"""How many neighbours `around` draws."""


class Spoke(NamedTuple):
    """A neighbour to be drawn, and a sentence on how it is connected to the thing in the centre."""

    dot: Dot
    sentence: str = ""


def around(center: Dot, spokes: Sequence[Spoke], *, more: int = 0) -> str:
    """Return an SVG image of a thing with its neighbours: half of them on its left, half right.

    `center` and the dot of each spoke have the name, address, kind and group of a thing; a spoke
    also has a sentence, shown when it is pointed at. At most `MOST` neighbours are drawn. If there
    are more, a last node says how many; `more` is the number of neighbours that are not in
    `spokes`. A legend names the groups of the neighbours,
    unless all are ``others``.
    """
    count = len(spokes) + more
    shown = list(spokes[:MOST])
    if count > len(shown):
        shown.append(Spoke(Dot(f"and {count - len(shown):,} more")))
    places, half = _neighbour_positions(len(shown))
    lines = wrapped(clean(center.name), _PILL / SIZE, 3)
    height = max(half * 2, len(lines) * LINE + 40)
    middle = height / 2
    titles = [title_of(spoke.dot, spoke.sentence) for spoke in shown]
    ties = "".join(
        f'<line class="ag-tie" x1="{_WIDTH / 2:g}" y1="{middle:g}" x2="{_WIDTH / 2 + x:.1f}" '
        f'y2="{middle + y:g}"><title>{title}</title></line>'
        for (x, y), title in zip(places, titles, strict=True)
    )
    inner = [
        f'<g stroke="currentColor" stroke-opacity="0.4" stroke-width="1.5">{ties}</g>',
        node(center, title_of(center), _pill(lines, middle), "ag-center"),
    ]
    for (x, y), spoke, title in zip(places, shown, titles, strict=True):
        inner.append(node(spoke.dot, title, _labelled(spoke.dot, x, middle + y)))
    groups = {spoke.dot.group for spoke in shown} & SHAPES.keys()
    if groups - {"others"}:
        inner.append(legend_of_groups(groups, height + 18))
        height += 32
    name = f"{escaped(center.name)} and what is around it: {count:,}"
    return image("around", name, _WIDTH, height, inner)


def _labelled(dot: Dot, offset: float, y: float) -> str:
    """Return the SVG of a neighbour, `offset` pixels right of the middle: its shape and name.

    A negative offset is to the left. The name is outward of the shape, cut to the space there,
    and escaped here.
    """
    x = _WIDTH / 2 + offset
    room = _WIDTH / 2 - abs(offset) - 16
    at = f'x="{x - 12:.1f}" text-anchor="end"' if offset < 0 else f'x="{x + 12:.1f}"'
    name = escaped(short(clean(dot.name), room / SIZE))
    return f'{shape(dot.group, x, y)}<text class="ag-label" {at} y="{y + 5:g}">{name}</text>'


@lru_cache(maxsize=MOST + 2)
def _neighbour_positions(count: int) -> tuple[list[tuple[float, float]], float]:
    """Return the position of each of `count` neighbours, and half of the height they take.

    A position is x and y in pixels from the centre. The first half is on the left, from top to
    bottom, the others on the right. The list is cached and must not be changed.
    """
    left = count // 2
    half = max((count - left) * STEP / 2 + 6, 30.0)
    radius_y = max(half + STEP, 70.0)  # of the ellipse on which they are
    places = []
    for side, many in ((-1, left), (1, count - left)):
        for place in range(many):
            y = (place - (many - 1) / 2) * STEP
            places.append((side * _ELLIPSE * sqrt(1 - (y / radius_y) ** 2), y))
    return places, half


def _pill(lines: Sequence[str], middle: float) -> str:
    """Return the SVG of the name of the thing in the centre, on a coloured rectangle.

    The name is in `lines`, which are escaped here; `middle` is the y of its centre.
    """
    width = max(max(map(ems, lines), default=0.0) * SIZE + 24, 40)
    height = len(lines) * LINE + 12
    left, top = (_WIDTH - width) / 2, middle - height / 2
    texts = text_lines(lines, f"{_WIDTH / 2:g}", top + 19, LINE)
    return (
        f'<rect x="{left:.1f}" y="{top:g}" width="{width:.1f}" height="{height}" rx="8" '
        f'fill="#2b6cb0"/><g class="ag-name" fill="#fff" text-anchor="middle">{texts}</g>'
    )
