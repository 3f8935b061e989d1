"""SVG images of timelines: a row for each state or event, on an axis of years."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import (
    LABEL,
    SHAPES,
    SMALL,
    WIDTH,
    Dot,
    ems,
    image,
    node,
    short,
    text_lines,
    wrapped,
)

_ROW_LINE = 15  # from one line of a label to the next
_MARGIN = 330  # the greatest width of a label


Day = tuple[int, int, int]
"""Year, month and day."""


MOST_ROWS = 60
"""How many rows `spans` draws."""


class Span(NamedTuple):
    """A row of a timeline: a label and a time, which is drawn as a bar (a state) or dot (an event).

    `bounds` are four days: the first and last possible day of its begin, and those of its end;
    ``None`` for a day that is not known.
    """

    label: str
    bounds: Sequence[Day | None]
    is_state: bool = False
    href: str = ""
    sentence: str = ""


def spans(rows: Iterable[Span], name: str = "Timeline") -> str:
    """Return an SVG image of a timeline, with a row for each span that has a known bound.

    ``""`` when no span has one. The four bounds of a span are the first and last possible day of
    its begin, and those of its end; ``None`` if not known. A thick bar is the time for which a
    state certainly held, a dot an event of one day. A broken line, or a ring if the time is short,
    is the time in which it may have begun, ended or happened. The line ends in a stroke at the
    first or last possible day, and in an arrow where that day is not known. At most `MOST_ROWS`
    rows are drawn; a last line says how many more there are. A legend below explains the marks
    that are in the image. `name` is the title that screen readers read.
    """
    dated = [row for row in rows if any(row.bounds)]
    if not dated:
        return ""
    shown = dated[:MOST_ROWS]
    axis = _Axis([_number(day) for row in shown for day in row.bounds if day])
    top, inner = 12.0, []
    for row in shown:
        lines = wrapped(clean(row.label), (_MARGIN - 10) / SMALL, 2)
        inner.append(_row(row, lines, axis, top))
        top += _ROW_LINE * len(lines) + 10
    if len(dated) > len(shown):
        note = f"and {len(dated) - len(shown):,} more, which are not drawn"
        inner.append(text_lines([note], "0", top + 12, 0, LABEL))
        top += 24
    legend, height = _legend_of_marks("".join(inner), top + 44)
    parts = [*axis.drawn(top), *inner, legend]
    return image("spans", escaped(name), WIDTH, height, parts, SMALL)


def _legend_of_marks(rows: str, y: float) -> tuple[str, float]:
    """Return the SVG of a legend of a timeline, and the y below it, as the height of the image.

    It has each mark that is in `rows`, the SVG of all rows, with its meaning. `y` is the middle of
    its first line; it wraps like words in a text.
    """
    x, parts = 0.0, []
    for pattern, mark, meaning in _MARKS:
        if re.search(pattern, rows):
            width = ems(meaning) * SMALL + 54
            if x + width > WIDTH:
                x, y = 0.0, y + 20
            text = f'<text x="{x + 34:.1f}" y="{y + 4:g}">{meaning}</text>'
            parts.append(f'<g transform="translate({x:.1f} {y:g})">{mark}</g>{text}')
            x += width
    return f'<g class="ag-legend">{"".join(parts)}</g>', y + 12


_LINE_MARK = 'fill="none" stroke="currentColor" stroke-width="2"'


_MARKS = (
    ('<circle class="ag-sure"', '<circle cx="14" cy="0" r="5"/>', "day known"),
    (
        '<circle class="ag-possible"',
        f'<circle cx="14" cy="0" r="5" {_LINE_MARK}/>',
        "day not known exactly",
    ),
    ('<rect class="ag-sure"', '<path d="M2-5H26V5H2z"/>', "certain"),
    ("stroke-dasharray", f'<path d="M2 0H26" {_LINE_MARK} stroke-dasharray="4 3"/>', "possible"),
    (
        'd="[^"]*V',
        f'<path d="M2-5V5M2 0H26" {_LINE_MARK} stroke-dasharray="10 4 3 4 3 4"/>',
        "first or last possible day",
    ),
    (
        'd="[^"]*L',
        f'<path d="M2 0H20M21-4 26 0 21 4" {_LINE_MARK}/>',
        "no such day known",
    ),
)
"""Of each mark of a timeline: a pattern of its SVG, how a legend shows it, and what it means."""


class _Axis:
    """The horizontal axis of a timeline, from a round year at or before its first day.

    `numbers` are those of `_number` for all days on it. `step` is the number of years between
    two lines of the grid, `first` and `last` are the years at its ends.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        """Choose the smallest step of 1, 2, 5, 10, 20 … years that needs at most 7 steps or so.

        `numbers` are those of all days on the axis, at least one: days since the year 0, with 31
        days in each month.
        """
        first, last = min(numbers) // _YEAR, max(numbers) // _YEAR + 1
        steps: Iterator[int] = (step * 10**power for power in count() for step in (1, 2, 5))
        self.step = next(step for step in steps if last - first <= 7 * step)
        self.first = first // self.step * self.step
        self.last = -(-last // self.step) * self.step
        self.left, self.right = _MARGIN + 24, WIDTH - 34  # the x of both ends, in pixels

    def place(self, number: int) -> float:
        """Return the x of a day, given as days since the year 0 with 31 days in each month."""
        whole = (self.last - self.first) * _YEAR
        return self.left + (self.right - self.left) * (number - self.first * _YEAR) / whole

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Yield the x and the name of each line: a year, and within few years months too."""
        months = {1: {4: "April", 7: "July", 10: "October"}, 2: {7: "July"}}
        for year in range(self.first, self.last + 1, self.step):
            yield self.place(year * _YEAR), str(year) if year > 0 else f"{1 - year} BC"
            if year < self.last:
                for month, name in months.get(self.last - self.first, {}).items():
                    yield self.place(_number((year, month, 1))), name

    def drawn(self, bottom: float) -> Iterator[str]:
        """Yield the SVG of the grid: a vertical line for each step, and its name below `bottom`."""
        yield '<g class="ag-axis" text-anchor="middle">'
        ticks = [*self.ticks()]
        room = (self.right - self.left) / (len(ticks) - 1) - 4
        for x, name in ticks:
            yield (
                f'<line x1="{x:.1f}" y1="4" x2="{x:.1f}" y2="{bottom + 4:g}" '
                f'stroke="currentColor" stroke-opacity="0.2"/>'
                f'<text class="ag-year" x="{x:.1f}" y="{bottom + 19:g}">'
                f"{escaped(short(name, room / SMALL))}</text>"
            )
        yield "</g>"


_YEAR = 372
"""How many days a year has in this module: 12 months of 31 days are exact enough for an image."""


def _number(day: Day) -> int:
    """Return a day as the number of days since the year 0, with 31 days in each month."""
    year, month, number = day
    return year * _YEAR + (month - 1) * 31 + number - 1


def _row(row: Span, lines: Sequence[str], axis: _Axis, top: float) -> str:
    """Return the SVG of a row of a timeline: its label, and the drawing of its time.

    The label is in `lines`, which are escaped here; `top` is the y of the upper edge of the row.
    """
    texts = text_lines(lines, "0", top + 12, _ROW_LINE, LABEL)
    dot = Dot(row.sentence or row.label, row.href)  # only for the link and its title
    kind = "ag-row ag-state" if row.is_state else "ag-row ag-event"
    mark = "".join(_mark(row, axis, top + 8 + 7.5 * (len(lines) - 1)))
    # A row belongs to no group of things, so the class of the group is removed.
    return node(dot, escaped(dot.name), texts + mark, kind).replace(" ag-others", "", 1)


def _mark(row: Span, axis: _Axis, y: float) -> Iterator[str]:
    """Yield the SVG of the time of a row, at the height `y`.

    An event of less than 10 pixels is a dot (certain) or ring. All else is a broken line for the
    possible time, and on it a bar from the last possible begin to the first possible end, if both
    are known and in this order. At least one bound must be known.
    """
    # The x of the first and last possible begin, and of the first and last possible end.
    b1, b2, e1, e2 = (None if day is None else axis.place(_number(day)) for day in row.bounds)
    inner = [x for x in (b1, b2, e1, e2) if x is not None]
    low, high = (min(inner) if b1 is None else b1), (max(inner) if e2 is None else e2)
    colour = SHAPES["people" if row.is_state else "events"][0]
    if b1 is not None and e2 is not None and e2 - b1 < 10 and not row.is_state:
        fill = f'class="ag-sure" fill="{colour}"'
        if (b1, e1) != (b2, e2):  # the day of the event is not certain
            fill = f'class="ag-possible" fill="none" stroke="{colour}" stroke-width="2"'
        yield f'<circle {fill} cx="{(b1 + e2) / 2:.1f}" cy="{y:g}" r="5"/>'
        return
    ends = _end(b1, low, y, -1) + _end(e2, high, y, 1)
    reach = (low - (0 if b1 is not None else 18), high + (0 if e2 is not None else 18))
    yield (
        f'<g class="ag-possible" fill="none" stroke="{colour}" stroke-width="2">'
        f'<path d="M{reach[0]:.1f} {y:g}H{reach[1]:.1f}" stroke-dasharray="4 3"/>'
        f'<path d="{ends}"/></g>'
    )
    if b2 is not None and e1 is not None and b2 <= e1:
        yield (
            f'<rect class="ag-sure" x="{b2 - 1:.1f}" y="{y - 5:g}" width="{e1 - b2 + 2:.1f}" '
            f'height="10" rx="1" fill="{colour}"/>'
        )


def _end(bound: float | None, x: float, y: float, direction: int) -> str:
    """Return the path data for an end of a broken line at `x`.

    It is a stroke if there is a bound, else the head of an arrow, 20 pixels further to the left
    (`direction` -1) or right (1).
    """
    if bound is not None:
        return f"M{x:.1f} {y - 5:g}V{y + 5:g}"
    tip = x + 20 * direction
    back = tip - 5 * direction
    return f"M{back:.1f} {y - 4:g}L{tip:.1f} {y:g}L{back:.1f} {y + 4:g}"
