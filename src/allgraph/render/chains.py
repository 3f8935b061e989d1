"""SVG images of a path: things in boxes, with an arrow between each two."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import (
    LABEL,
    LINE,
    SHAPES,
    SIZE,
    SMALL,
    WIDTH,
    Dot,
    ems,
    image,
    node,
    shape,
    short,
    text_lines,
    title_of,
    wrapped,
)

_SMALL_LINE = 14  # from one line of a label to the next
_BOX, _ARROW = 160, 130  # greatest widths of texts: in a box, on an arrow


class Arrow(NamedTuple):
    """A step of a path to be drawn: a label, and a sentence for when it is pointed at.

    `forward` is whether its arrow points to the next thing; else it points to the one before.
    """

    label: str
    forward: bool = True
    sentence: str = ""


def chain(dots: Sequence[Dot], arrows: Sequence[Arrow]) -> str:
    """Return an SVG image of a path: things in boxes with an arrow between each two.

    `dots` are the things. The boxes stand in rows and wrap like words in a text. Raises
    `ValueError` unless there is one arrow less than things.

    An arrow points as its claim does: backward where the path goes from object to subject.

    >>> chain([Dot("Ada"), Dot("A.1")], [Arrow("signed", False)]).count('class="ag-arrow"')
    1
    """
    if len(dots) != len(arrows) + 1:
        raise ValueError(f"{len(dots)} things take {len(dots) - 1} arrows, not {len(arrows)}")
    x, y, width, inner = 1.0, 35.0, 0.0, []
    for place, dot in enumerate(dots):
        lines = wrapped(clean(dot.name), _BOX / SIZE, 2)
        kind = short(clean(dot.kind), _BOX / SMALL)
        text_width = max(*(ems(line) * SIZE for line in lines), ems(kind) * SMALL)
        box = text_width + _text_offset(dot) + 10  # the width of the box
        if place:
            arrow = arrows[place - 1]
            words = wrapped(clean(arrow.label), _ARROW / SMALL, 2)
            length = max(max(map(ems, words), default=0.0) * SMALL + 26, 50)
            if x + length + box > WIDTH - 1:
                x, y = 1.0, y + 80
            inner.append(_arrow(arrow, words, x, y, length))
            x += length
        inner.append(node(dot, title_of(dot), _boxed(dot, lines, kind, x, y, box)))
        x += box
        width = max(width, x)
    steps = f"{len(arrows)} step{'s' if len(arrows) != 1 else ''}"
    name = f"From {escaped(dots[0].name)} to {escaped(dots[-1].name)} in {steps}"
    return image("chain", name, ceil(width + 1), y + 35, inner)


def _boxed(dot: Dot, lines: Sequence[str], kind: str, x: float, y: float, width: float) -> str:
    """Return the SVG of a box with the name of a thing, its shape, and its `kind` if not empty.

    Things of the group ``others`` have no shape. The name is in `lines`; both are escaped here. `x`
    is the left edge, and `y` the middle.
    """
    colour = (SHAPES.get(dot.group) or SHAPES["others"])[0]
    left, first = _text_offset(dot), y + 5 - (len(lines) - 1 + bool(kind)) * LINE / 2
    texts = text_lines(lines, f"{x + left:.1f}", first, LINE, LABEL)
    if left > 10:
        texts += shape(dot.group, x + 15, y)
    if kind:
        of_kind = f' class="ag-kind" font-size="{SMALL}" fill-opacity="0.75"'
        texts += text_lines([kind], f"{x + left:.1f}", first + len(lines) * LINE, 0, of_kind)
    return (
        f'<rect class="ag-box" x="{x:.1f}" y="{y - 31:g}" width="{width:.1f}" height="62" rx="8" '
        f'fill="{colour}" fill-opacity="0.08" stroke="{colour}"/>'
        f"{texts}"
    )


def _text_offset(dot: Dot) -> int:
    """Return how many pixels after the left edge of its box the name of a thing begins.

    That is 28 with a shape before the name, and 10 for the group ``others``, which has none.
    """
    return 28 if dot.group in SHAPES and dot.group != "others" else 10


def _arrow(arrow: Arrow, words: Sequence[str], x: float, y: float, length: float) -> str:
    """Return the SVG of an arrow, `length` pixels long from `x` on, and of its label above it.

    `y` is the height of the arrow. The label is in the lines `words`, which are escaped here.
    """
    left, right = x + 5, x + length - 5
    tip, turn = (right, -1) if arrow.forward else (left, 1)
    first = y - 7 - _SMALL_LINE * (len(words) - 1)
    texts = text_lines(words, f"{x + length / 2:.1f}", first, _SMALL_LINE)
    return (
        f'<g class="ag-step"><title>{escaped(arrow.sentence or arrow.label)}</title>'
        f'<path class="ag-arrow" d="M{left:.1f} {y:g}H{right:.1f}M{tip + 7 * turn:.1f} {y - 5:g}'
        f'L{tip:.1f} {y:g}L{tip + 7 * turn:.1f} {y + 5:g}" fill="none" stroke="currentColor" '
        f'stroke-width="1.5"/><g class="ag-verb" font-size="{SMALL}" text-anchor="middle">'
        f"{texts}</g></g>"
    )
