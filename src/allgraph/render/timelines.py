"""SVG images of timelines: an axis of years, and what happened or held packed in lanes below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import LABEL, SHAPES, SMALL, ems, image, linked, short, text_lines

WIDE = 960
"""The width of a timeline in pixels, if no other is given."""
MOST_ROWS = 60
"""How many rows with a date `spans` draws."""
MOST_UNDATED = 12
"""How many rows without a date `spans` names, of narrower images fewer."""

_LANE, _LINE = 22, 14  # the height of a row with one line of text, and of each further line
_PAD = 30  # from an end of the axis to the edge of the image, where no day is known
_LABEL, _LEAST = 48, 18  # the greatest width of a label, and where it is cut at least, in ems
_GAP = 8  # from a mark to its bracket, and from a row to the next in its lane
_QUIET = f'{LABEL} opacity="0.75"'

Day = tuple[int, int, int]
"""Year, month and day."""


class Span(NamedTuple):
    """A row of a timeline: a label and a time, which is drawn as a bar (a state) or dot (an event).

    `bounds` are four days: the first and last possible day of its begin, and those of its end;
    ``None`` for a day that is not known. Rows with the same `rivalry`, if it is not ``""``, are
    rivals: they cannot all be true. `source` says who says it, which is shown of rivals.
    """

    label: str
    bounds: Sequence[Day | None]
    is_state: bool = False
    href: str = ""
    sentence: str = ""
    rivalry: str = ""
    source: str = ""


def spans(rows: Iterable[Span], name: str = "Timeline", *, width: int = WIDE) -> str:
    """Return an SVG image of a timeline, with a mark and a label for each span with a known bound.

    ``""`` when no span has one. A span stands in the first lane that has room for it. A full bar is
    the time for which a state certainly held, a dot an event of one day. A bar in outline, or a
    ring if the time is short, is the time in which it may have begun, ended or happened; it fades
    out where no first or last day is known. Rivals stand one below the other, joined by a bracket,
    each with its source. Spans without any bound are named below the axis.

    At most `MOST_ROWS` dated and `MOST_UNDATED` other spans are drawn; a text says how many more
    there are. A legend explains the marks that are in the image. `name` is the title that screen
    readers read; `width` is in pixels.
    """
    rows = [*rows]
    dated = [*_beside_rivals([row for row in rows if any(row.bounds)])]
    if not dated:
        return ""
    shown = dated[:MOST_ROWS]
    axis = _Axis([_number(day) for row in shown for day in row.bounds if day], width)
    blocks = [*_blocks(shown, axis)]
    tops = packed([(block.left, block.right, block.height) for block in blocks])
    bottom = 26.0 + max(top + block.height for top, block in zip(tops, blocks, strict=True))
    inner = [block.drawn(26 + top) for top, block in zip(tops, blocks, strict=True)]
    y = bottom + 6
    if more := len(dated) - len(shown):
        inner.append(text_lines([f"and {more:,} more, which are not drawn"], "0", y + 12, 0, LABEL))
        y += 22
    tray, y = _tray([row for row in rows if not any(row.bounds)], width, y)
    legend, height = _legend_of_marks("".join(inner), width, y + 14)
    return image(
        "spans", escaped(name), width, height, [axis.drawn(bottom), *inner, tray, legend], SMALL
    )


def packed(sizes: Sequence[tuple[float, float, float]]) -> list[float]:
    """Return the top of each of some boxes, so that none overlaps: as high as there is room.

    A box has a left, a right and a height. Those that are earlier in the list get their place
    first.

    >>> packed([(0, 50, 20), (40, 90, 20), (60, 99, 20)])
    [0.0, 20.0, 0.0]
    """
    placed: list[tuple[float, float, float, float]] = []
    for left, right, height in sizes:
        near = [box for box in placed if box[0] < right and left < box[1]]
        tops = sorted({0.0, *(bottom for *_, bottom in near)})
        top = next(
            top
            for top in tops
            if not any(other < top + height and top < end for *_, other, end in near)
        )
        placed.append((left, right, top, top + height))
    return [top for *_, top, _ in placed]


def _beside_rivals(rows: Sequence[Span]) -> Iterator[Span]:
    """Yield rows in their order, but rivals directly after the first of them."""
    rivals: dict[str, list[Span]] = {}
    for row in rows:
        rivals.setdefault(row.rivalry, []).append(row)
    for row in rows:
        yield from rivals.pop(row.rivalry, []) if row.rivalry else [row]


def _blocks(rows: Sequence[Span], axis: _Axis) -> Iterator[_Block]:
    """Yield the blocks of some rows: rivals, which are neighbours, together, the others alone."""
    start = 0
    for place, row in enumerate(rows, 1):
        if place == len(rows) or not row.rivalry or rows[place].rivalry != row.rivalry:
            yield _Block(rows[start:place], axis)
            start = place


class _Block:
    """A row, or rivals one below the other, with their texts.

    `left` and `right` are the ends of all that it draws, `height` is its height, in pixels.
    """

    def __init__(self, rows: Sequence[Span], axis: _Axis) -> None:
        """Choose on which side of the marks the texts stand: right, else left, else below.

        It is the first that has room for all texts of the block. Where none beside the marks has,
        `_LEAST` ems are enough for long texts, which are cut.
        """
        self._rows, self._marks = rows, [_Mark(row, axis) for row in rows]
        texts = [[*_texts(row)] for row in rows]
        whole = max(ems(text) for of_row in texts for text in of_row) * SMALL
        least = min(whole, _LEAST * SMALL)
        indent = 2.0 * _GAP if len(rows) > 1 else 0.0  # of texts below, for the bracket
        starts = [mark.left for mark in self._marks]
        ends = [mark.right for mark in self._marks]
        right, left = axis.width - max(ends) - 6, min(starts) - 6
        if right >= least and (right >= whole or left < whole):
            self._side, self._xs, room = "right", [end + 6 for end in ends], right
        elif left >= least:
            self._side, self._xs, room = "left", [start - 6 for start in starts], left
        else:
            self._side, self._xs, room = "below", starts, axis.width - indent
        self._texts = [[short(text, room / SMALL) for text in of_row] for of_row in texts]
        wide = [max(map(ems, of_row)) * SMALL for of_row in self._texts]
        if self._side == "below":
            places = zip(starts, wide, strict=True)
            self._xs = [max(indent, min(x, axis.width - wide)) for x, wide in places]
        sign = -1 if self._side == "left" else 1
        reach = [x + sign * wide for x, wide in zip(self._xs, wide, strict=True)]
        spine = [self._spine] if len(rows) > 1 else []
        everything = [*starts, *ends, *self._xs, *reach, *spine]
        self.left, self.right = min(everything), max(everything) + _GAP
        self._heights = [
            _LANE + _LINE * (len(of_row) - (self._side != "below")) for of_row in self._texts
        ]
        self.height = float(sum(self._heights))

    @property
    def _spine(self) -> float:
        """The x of the bracket of rivals, on the side of the marks that has no texts."""
        if self._side == "left":
            return max(mark.right for mark in self._marks) + _GAP
        texts = self._xs if self._side == "below" else ()
        return min(*(mark.left for mark in self._marks), *texts) - _GAP

    def drawn(self, top: float) -> str:
        """Return the SVG of the block with its upper edge at `top`."""
        parts, arms, y = [], [], top + _LANE / 2
        anchor = ' text-anchor="end"' if self._side == "left" else ""
        parts_of = zip(self._rows, self._marks, self._texts, self._xs, self._heights, strict=True)
        for row, mark, (label, *source), x, height in parts_of:
            first = y + 4 + (_LINE + 1) * (self._side == "below")
            words = text_lines([label], f"{x:.1f}", first, 0, LABEL + anchor)
            words += text_lines(source, f"{x:.1f}", first + _LINE, 0, _QUIET + anchor)
            title = escaped(row.sentence or row.label)
            kind = "ag-row ag-state" if row.is_state else "ag-row ag-event"
            parts.append(linked(row.href, title, mark.drawn(y) + words, kind))
            arms.append((y, mark.right + 2 if self._side == "left" else mark.left - 2))
            y += height
        return "".join(parts) + (self._bracket(arms) if len(arms) > 1 else "")

    def _bracket(self, arms: Sequence[tuple[float, float]]) -> str:
        """Return the SVG of a bracket with an arm to each mark, given by its y and end."""
        path = f"M{self._spine:.1f} {arms[0][0]:g}V{arms[-1][0]:g}"
        path += "".join(f"M{self._spine:.1f} {y:g}H{x:.1f}" for y, x in arms)
        return f'<path class="ag-bracket" d="{path}" {_LINE_MARK}/>'


def _texts(row: Span) -> Iterator[str]:
    """Yield the label of a row, and of a rival its source, cut to `_LABEL` ems."""
    yield short(clean(row.label), _LABEL)
    if row.rivalry and row.source:
        yield short(clean(row.source), _LABEL)


class _Axis:
    """The horizontal axis of a timeline, from a round year at or before its first day.

    `numbers` are those of `_number` for all days on it. `step` is the number of years between
    two lines of the grid, `first` and `last` are the years at its ends; `width` is that of the
    image.
    """

    def __init__(self, numbers: Sequence[int], width: int) -> None:
        """Choose the smallest step of 1, 2, 5, 10, 20 … years whose names stand apart.

        `numbers` are those of all days on the axis, at least one: days since the year 0, with 31
        days in each month.
        """
        first, last = min(numbers) // _YEAR, max(numbers) // _YEAR + 1
        self.left, self.right, self.width = _PAD, width - _PAD, width  # in pixels
        names = max(1, (width - 2 * _PAD) // 48)
        steps: Iterator[int] = (step * 10**power for power in count() for step in (1, 2, 5))
        self.step = next(step for step in steps if last - first <= names * step)
        self.first = first // self.step * self.step
        self.last = -(-last // self.step) * self.step

    def place(self, number: int) -> float:
        """Return the x of a day, given as days since the year 0 with 31 days in each month."""
        whole = (self.last - self.first) * _YEAR
        return self.left + (self.right - self.left) * (number - self.first * _YEAR) / whole

    def _ticks(self) -> Iterator[tuple[float, str]]:
        """Yield the x and the name of each line: a year, and within few years months too."""
        months = {1: {4: "April", 7: "July", 10: "October"}, 2: {7: "July"}}
        for year in range(self.first, self.last + 1, self.step):
            yield self.place(year * _YEAR), str(year) if year > 0 else f"{1 - year} BC"
            if year < self.last:
                for month, name in months.get(self.last - self.first, {}).items():
                    yield self.place(_number((year, month, 1))), name

    def drawn(self, bottom: float) -> str:
        """Return the SVG of the grid: a line for each step down to `bottom`, its name above."""
        ticks = [*self._ticks()]
        room = min((self.right - self.left) / (len(ticks) - 1) - 4, 2 * _PAD)
        lines = "".join(
            f'<line x1="{x:.1f}" y1="20" x2="{x:.1f}" y2="{bottom:g}" '
            f'stroke="currentColor" stroke-opacity="0.2"/>'
            f'<text class="ag-year" x="{x:.1f}" y="13">{escaped(short(name, room / SMALL))}</text>'
            for x, name in ticks
        )
        return f'<g class="ag-axis" text-anchor="middle">{lines}</g>'


_YEAR = 372
"""How many days a year has in this module: 12 months of 31 days are exact enough for an image."""


def _number(day: Day) -> int:
    """Return a day as the number of days since the year 0, with 31 days in each month."""
    year, month, number = day
    return year * _YEAR + (month - 1) * 31 + number - 1


_FADE = 20  # the width in which a bar fades out


class _Mark:
    """The drawing of the time of a row: a dot, a ring, or a bar; `left` and `right` are its ends.

    An event of less than 10 pixels is a dot (certain) or ring. All else is an outline for the
    possible time, and in it a bar from the last possible begin to the first possible end, if both
    are known and in this order. At least one bound must be known.
    """

    def __init__(self, row: Span, axis: _Axis) -> None:
        # The x of the first and last possible begin, and of the first and last possible end.
        self._bounds = [None if day is None else axis.place(_number(day)) for day in row.bounds]
        self._colour = SHAPES["people" if row.is_state else "events"][0]
        b1, _, _, e2 = self._bounds
        inner = [x for x in self._bounds if x is not None]
        self._low, self._high = min(inner) if b1 is None else b1, max(inner) if e2 is None else e2
        self._is_dot = None not in (b1, e2) and self._high - self._low < 10 and not row.is_state
        if self._is_dot:
            middle = (self._low + self._high) / 2
            self.left, self.right = middle - 6, middle + 6
        else:
            self.left = self._low - (_FADE if b1 is None else 1)
            self.right = self._high + (_FADE if e2 is None else 1)

    def drawn(self, y: float) -> str:
        """Return the SVG of the mark at the height `y`."""
        b1, b2, e1, e2 = self._bounds
        if self._is_dot:
            fill = f'class="ag-sure" fill="{self._colour}"'
            if (b1, e1) != (b2, e2):  # the day of the event is not certain
                fill = (
                    f'class="ag-possible" {self._pale} stroke="{self._colour}" stroke-width="1.5"'
                )
            return f'<circle {fill} cx="{self.left + 6:.1f}" cy="{y:g}" r="5"/>'
        parts = []
        if not (b1 == b2 and e1 == e2 and None not in self._bounds):  # something is not certain
            parts.append(self._outline(y))
        if b2 is not None and e1 is not None and b2 <= e1:
            parts.append(
                f'<rect class="ag-sure" x="{b2 - 1:.1f}" y="{y - 5:g}" width="{e1 - b2 + 2:.1f}" '
                f'height="10" rx="1" fill="{self._colour}"/>'
            )
        return "".join(parts)

    @property
    def _pale(self) -> str:
        """The attributes of a pale surface."""
        return f'fill="{self._colour}" fill-opacity="0.25"'

    def _outline(self, y: float) -> str:
        """Return the SVG of the possible time: a pale bar, with strokes that fade out at an end.

        They are at an end for which no day is known, and grow thinner. At the other ends, above and
        below, the bar has a line.
        """
        b1, _, _, e2 = self._bounds
        low, high, top, bottom = f"{self._low:.1f}", f"{self._high:.1f}", f"{y - 5:g}", f"{y + 5:g}"
        path = f"M{low} {top}H{high}{'V' if e2 is not None else f'M{high} '}{bottom}H{low}"
        path += f"V{top}" if b1 is not None else ""
        fades = [(self._low, -1)] * (b1 is None) + [(self._high, 1)] * (e2 is None)
        strokes = "".join(
            f"M{x + sign * at:.1f} {top}V{bottom}H{x + sign * (at + wide):.1f}V{top}z"
            for x, sign in fades
            for at, wide in ((3, 4), (9, 2.5), (14, 1.5), (18, 0.8))
        )
        surface = f'<path d="M{low} {top}H{high}V{bottom}H{low}z" {self._pale}/>'
        line = f'd="{path}" fill="none" stroke="{self._colour}" stroke-width="1.2"'
        fading = f'<path class="ag-open" d="{strokes}" fill="{self._colour}"/>' if strokes else ""
        return f'{surface}<path class="ag-possible" {line}/>{fading}'


def _tray(rows: Sequence[Span], width: int, y: float) -> tuple[str, float]:
    """Return the SVG of the rows without a date, and the y below it; ``""`` if there are none.

    `y` is its upper edge. At most `MOST_UNDATED` are named, side by side; in proportion fewer if
    `width` is less than `WIDE`.
    """
    if not rows:
        return "", y
    head = "Not dated:"
    x, parts = ems(head) * SMALL + 10, [text_lines([head], "0", y + 16, 0, _QUIET)]
    most = MOST_UNDATED * width // WIDE
    room = min(_LABEL, width / SMALL)
    labels = [(row, short(clean(row.label), room)) for row in rows[:most]]
    if (more := len(rows) - most) > 0:
        labels.append((Span("", ()), f"and {more:,} more"))
    for row, label in labels:
        wide = ems(label) * SMALL
        if x + wide > width:
            x, y = 0.0, y + 18
        text = text_lines([label], f"{x:.1f}", y + 16, 0, LABEL)
        parts.append(linked(row.href, escaped(row.sentence or label), text, "ag-undated"))
        x += wide + 16
    return "".join(parts), y + 24


def _legend_of_marks(rows: str, width: int, y: float) -> tuple[str, float]:
    """Return the SVG of a legend of a timeline, and the y below it, as the height of the image.

    It has each mark that is in `rows`, the SVG of all rows, with its meaning. `y` is the middle of
    its first line; it wraps like words in a text.
    """
    x, parts = 0.0, []
    for pattern, mark, meaning in _MARKS:
        if re.search(pattern, rows):
            wide = ems(meaning) * SMALL + 54
            if x + wide > width:
                x, y = 0.0, y + 20
            text = f'<text x="{x + 34:.1f}" y="{y + 4:g}">{meaning}</text>'
            parts.append(f'<g transform="translate({x:.1f} {y:g})">{mark}</g>{text}')
            x += wide
    return f'<g class="ag-legend">{"".join(parts)}</g>', y + 12


_LINE_MARK = 'fill="none" stroke="currentColor" stroke-width="1.2"'
_PALE_MARK = 'fill-opacity="0.25" stroke="currentColor" stroke-width="1.2"'

_MARKS = (
    ('<circle class="ag-sure"', '<circle cx="14" cy="0" r="5"/>', "day known"),
    (
        '<circle class="ag-possible"',
        f'<circle cx="14" cy="0" r="5" {_PALE_MARK}/>',
        "day not known exactly",
    ),
    ('<rect class="ag-sure"', '<path d="M2-5H26V5H2z"/>', "certain"),
    ('<path class="ag-possible"', f'<path d="M2-5H26V5H2z" {_PALE_MARK}/>', "possible"),
    (
        "ag-open",
        '<path d="M6-5h4V5H6zM12-5h2.5V5H12zM17-5h1.5V5H17zM21-5h.8V5H21z"/>',
        "no first or last day known",
    ),
    ("ag-bracket", f'<path d="M22-6H10V6H22" {_LINE_MARK}/>', "sources disagree"),
)
"""Of each mark of a timeline: a pattern of its SVG, how a legend shows it, and what it means."""
