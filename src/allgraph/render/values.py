"""SVG images of numbers beside each other: a bar for each, on one scale from zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import LABEL, SHAPES, SMALL, WIDTH, ems, image, linked, short, text_lines

MOST_VALUES = 40
"""How many values `values` draws."""
_LEFT, _ROW, _BAR = 24, 40, 12  # where bars begin, the height of a row, and that of a bar
_HEAD = 26  # the height of a heading
_QUIET = f'{LABEL} opacity="0.75"'


class Value(NamedTuple):
    """A number that a source gives, of one kind: what it is of, the words for it, and who says so.

    Values with the same `rivalry`, if it is not ``""``, are rivals: they cannot all be true.
    """

    kind: str
    number: float
    words: str
    source: str = ""
    href: str = ""
    sentence: str = ""
    rivalry: str = ""


def values(rows: Iterable[Value], name: str = "Values") -> str:
    """Return an SVG image of values, those of a kind below its name; ``""`` if there are none.

    A bar is as long as its number on the scale of its kind, which begins at zero; a number below
    zero has none. Neighbours that are rivals are joined by a bracket. At most `MOST_VALUES` are
    drawn; a text says how many more there are. `name` is the title that screen readers read.
    """
    rows = [*rows]
    if not rows:
        return ""
    kinds: dict[str, list[Value]] = {}
    for row in rows[:MOST_VALUES]:
        kinds.setdefault(row.kind, []).append(row)
    y, parts = 0.0, []
    for kind, of_kind in kinds.items():
        parts.append(text_lines([short(clean(kind), WIDTH / SMALL)], "0", y + 16, 0, LABEL))
        y += _HEAD
        parts += _rows(of_kind, y)
        y += _ROW * len(of_kind) + 6
    if more := len(rows) - MOST_VALUES:
        if more > 0:
            parts.append(text_lines([f"and {more:,} more, not drawn"], "0", y + 12, 0, LABEL))
            y += 20
    return image("values", escaped(name), WIDTH, y + 4, parts, SMALL)


def _rows(rows: Sequence[Value], top: float) -> list[str]:
    """Return the SVG of the values of a kind, one below the other, with brackets for rivals."""
    parts, greatest = [], max(row.number for row in rows)
    for place, row in enumerate(rows):
        y = top + place * _ROW
        parts.append(_row(row, greatest, y))
        if place and row.rivalry and rows[place - 1].rivalry == row.rivalry:
            path = f"M18 {y - _ROW + 23:g}H8V{y + 23:g}H18"
            line = 'fill="none" stroke="currentColor" stroke-width="1.2"'
            parts.append(f'<path class="ag-bracket" d="{path}" {line}/>')
    return parts


def _row(row: Value, greatest: float, top: float) -> str:
    """Return the SVG of a value: the words and the source, and its bar below."""
    words = short(clean(row.words), 30)
    x = _LEFT + ems(words) * SMALL + 14
    source = short(clean(row.source), (WIDTH - x) / SMALL)
    texts = text_lines([words], f"{_LEFT}", top + 12, 0, f'{LABEL} font-weight="bold"')
    texts += text_lines([source] if source else [], f"{x:.1f}", top + 12, 0, _QUIET)
    wide = (WIDTH - _LEFT) * row.number / greatest if greatest > 0 < row.number else 0
    bar = (
        f'<rect class="ag-value" x="{_LEFT}" y="{top + 17:g}" width="{max(wide, 1):.1f}" '
        f'height="{_BAR}" fill="{SHAPES["people"][0]}"/>'
    )
    return linked(row.href, escaped(row.sentence or row.words), bar + texts, "ag-row")
