"""SVG images of matrices: things in rows, things in columns, and a mark where one joins two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians, sin
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import (
    LABEL,
    SHAPES,
    Dot,
    ems,
    image,
    legend,
    legend_of_groups,
    linked,
    node,
    shape,
    short,
    text_lines,
    title_of,
    wrapped,
)

_ROW, _COLUMN = 24, 40  # from one row, and one column, to the next
_FONT, _LINE = 13, 15
_NAME, _HEAD = 230.0, 240.0  # greatest widths of names of rows, and of lines of names of columns
_SLOPE = radians(50)  # of the names of columns
_INK = SHAPES["people"][0]
_RING = f'fill="none" stroke="{_INK}" stroke-width="1.8"'
MARKS = {
    "stated": ("stated", f'<circle r="6" fill="{_INK}"/>'),
    "medium": ("less certain", f'<circle r="6" fill="{_INK}" fill-opacity="0.5"/>'),
    "interpreted": ("interpreted", f'<circle r="5.2" {_RING} stroke-dasharray="2.6 1.7"/>'),
    "no": ("no", f'<path d="M-4.5-4.5 4.5 4.5M-4.5 4.5 4.5-4.5" {_RING}/>'),
    "neither": ("neither yes nor no", f'<path d="M-5.5 0h11" {_RING}/>'),
}
"""The kinds of marks: what a legend says of each, and its SVG, with its centre at 0."""


class Mark(NamedTuple):
    """A mark where a row and a column meet: its kind in `MARKS`, address, and sentence."""

    kind: str = "stated"
    href: str = ""
    sentence: str = ""


def grid(
    name: str,
    rows: Sequence[Dot],
    columns: Sequence[Dot],
    marks: Mapping[tuple[int, int], Mark],
    note: str = "",
) -> str:
    """Return an SVG image of a matrix.

    A mark is at the numbers of its row and its column, from 0. Names of columns are slanted and
    all in the image; a longer name has two lines, and an ellipsis if they are too short. A legend
    below explains the marks and the shapes of the columns that are there; `note` is the last line.
    `name` is what screen readers read.
    """
    names = [short(clean(row.name), _NAME / _FONT) for row in rows]
    heads = [wrapped(clean(column.name), _HEAD / _FONT, 2) for column in columns]
    left = max(map(ems, names), default=0.0) * _FONT + 14
    ends = [max(map(ems, lines)) * _FONT + _LINE * len(lines) for lines in heads]
    top = round(max(ends, default=0.0) * sin(_SLOPE)) + 30.0
    xs = [left + _COLUMN * (place + 0.5) for place in range(len(columns))]
    width = max(
        [
            left + _COLUMN * len(columns),
            *(x + e * cos(_SLOPE) for x, e in zip(xs, ends, strict=True)),
        ]
    )
    bottom = top + _ROW * len(rows)
    inner = [_stripes(len(rows), top, left + _COLUMN * len(columns)), _lines(xs, top, bottom)]
    inner += [
        _head(column, lines, x, top) for column, lines, x in zip(columns, heads, xs, strict=True)
    ]
    for place, (row, text) in enumerate(zip(rows, names, strict=True)):
        y = top + _ROW * (place + 0.5)
        at = f'x="{left - 10:.1f}" y="{y + 4.5:g}" text-anchor="end"'
        label = f"<text{LABEL} {at}>{escaped(text)}</text>"
        inner.append(node(row, title_of(row), label))
    for (row_at, column_at), mark in sorted(marks.items()):
        inner.append(_mark(mark, xs[column_at], top + _ROW * (row_at + 0.5)))
    explained, height = _legends(columns, marks, bottom + 22)
    inner.append(explained)
    if note:
        inner.append(text_lines([note], "0", height + 14, 0, LABEL))
        height += 24
    least = max(ems(note) * _FONT, 320.0)
    return image("matrix", escaped(name), round(max(width, least) + 2), height, inner, _FONT)


def _stripes(count: int, top: float, width: float) -> str:
    """Return the SVG of a stripe behind each other row, from the first on."""
    stripes = (
        f'<rect y="{top + _ROW * place:g}" width="{width:.1f}" height="{_ROW}"/>'
        for place in range(0, count, 2)
    )
    return f'<g fill="currentColor" fill-opacity="0.05">{"".join(stripes)}</g>'


def _lines(xs: Sequence[float], top: float, bottom: float) -> str:
    """Return the SVG of a vertical line for each column."""
    path = "".join(f"M{x:.1f} {top:g}V{bottom:g}" for x in xs)
    return f'<path d="{path}" stroke="currentColor" stroke-opacity="0.15"/>'


def _head(column: Dot, lines: Sequence[str], x: float, top: float) -> str:
    """Return the SVG of the head of a column: its shape, and its name in slanted lines."""
    turned = f'<g transform="translate({x:.1f} {top - 24:g}) rotate(-50)">'
    texts = text_lines(lines, "2", 5 - _LINE * (len(lines) - 1), _LINE, LABEL)
    inner = f"{shape(column.group, x, top - 11)}{turned}{texts}</g>"
    return node(column, title_of(column), inner, "ag-head")


def _mark(mark: Mark, x: float, y: float) -> str:
    """Return the SVG of a mark at a place."""
    meaning, drawn = MARKS[mark.kind]
    inner = f'<g transform="translate({x:.1f} {y:g})">{drawn}</g>'
    title = escaped(mark.sentence or meaning)
    return linked(mark.href, title, inner, "ag-mark")


def _legends(
    columns: Sequence[Dot], marks: Mapping[tuple[int, int], Mark], y: float
) -> tuple[str, float]:
    """Return the SVG of what marks and shapes mean, from the height `y` on, and the y below it."""
    used = {mark.kind for mark in marks.values()}
    entries = ((drawn, meaning) for kind, (meaning, drawn) in MARKS.items() if kind in used)
    explained, below = legend(entries, y), y + 12
    groups = {column.group for column in columns} - {"others"}
    if groups:
        explained += legend_of_groups(groups, y + 22)
        below += 22
    return explained, below
