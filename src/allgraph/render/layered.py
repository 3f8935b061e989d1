"""SVG images of several paths as one graph, from left to right, with shared steps drawn once.

Columns of boxes and columns of labels take turns. Lines bend only between columns, so that nothing
is drawn over anything else. ``web/src/layered.js`` draws the same; both use whole pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import (
    LABEL,
    LINE,
    SHAPES,
    SIZE,
    SMALL,
    Dot,
    ems,
    image,
    linked,
    node,
    shape,
    short,
    text_lines,
    title_of,
    wrapped,
)

_LANE, _GAP, _GUTTER = 66, 12, 26  # between paths, items of a column, and columns
_SMALL_LINE, _KIND_LINE = 14, 15
_ROOMY, _TIGHT = (150, 124), (122, 100)  # greatest widths of names and labels; tight from 4 columns
_NAME_LINES, _LABEL_LINES = 5, 9


class Arrow(NamedTuple):
    """A step of a path to be drawn: a label, a sentence for when it is pointed at, an address.

    `forward` is whether its arrow points to the next thing; else it points to the one before.
    """

    label: str
    forward: bool = True
    sentence: str = ""
    href: str = ""


@dataclass(eq=False)
class _Item:
    """A box, a label, or the item of a line in a column: what it shows, and where.

    `paths` are the numbers of the paths that it is on. `y` is the middle of a box, and the height
    of the line of a label. `above` and `below` are how far it reaches from there.
    """

    paths: list[int]
    lines: list[str] = field(default_factory=list)
    kind: str = ""
    width: int = 0
    above: int = 3
    below: int = 3
    y: int = 0


@dataclass(eq=False)
class _Box(_Item):
    """A thing in a box, with the boxes that arrows lead to, and its layer from the left."""

    thing: int = 0
    next: list[_Box] = field(default_factory=list)
    layer: int = 0


@dataclass(eq=False)
class _Tie:
    """An arrow between two boxes, by its number, and the items that its line passes."""

    tail: _Box
    head: _Box
    arrow: int
    paths: list[int] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)


def merged(
    dots: Sequence[Dot],
    arrows: Sequence[Arrow],
    paths: Sequence[Sequence[int]],
    note: str = "",
) -> str:
    """Return an SVG image of paths from one thing to another, merged into one graph.

    A path is the number of its first thing in `dots`, that of an arrow in `arrows`, that of the
    next thing, and so on; all paths have the same ends. An arrow that several paths share is drawn
    once, and the wider the more of them there are; it points as `Arrow.forward` says. A thing that
    paths pass in opposite orders has two boxes. `note` is the last line. Raises `ValueError`
    without a path of a step.
    """
    if not paths or any(len(path) < 3 for path in paths):
        raise ValueError("a picture of paths needs a path of at least one step")
    boxes, ties = _joined(paths)
    _set_layers(boxes, ties)
    columns = _columns(boxes, ties, dots, arrows)
    height = _set_heights(columns)
    xs, width = _places(columns)
    parts = [_line(tie, xs) for tie in ties]
    parts += [_label(tie, arrows[tie.arrow], xs) for tie in ties]
    parts += [_boxed(box, dots[box.thing], xs) for box in boxes]
    if note:
        parts.append(text_lines([note], "0", height + 14, 0, LABEL))
        width, height = max(width, ceil(ems(note) * SIZE)), height + 22
    ends = escaped(dots[paths[0][0]].name), escaped(dots[paths[0][-1]].name)
    count = f"{len(paths)} path{'s' if len(paths) != 1 else ''}"
    return image("paths", f"From {ends[0]} to {ends[1]}: {count}", width, height, parts)


def chain(dots: Sequence[Dot], arrows: Sequence[Arrow]) -> str:
    """Return an SVG image of one path: things in boxes with an arrow between each two.

    Raises `ValueError` unless there is one arrow less than things, and at least one.

    >>> chain([Dot("Ada"), Dot("A.1")], [Arrow("signed", False)]).count('class="ag-arrow"')
    1
    """
    if len(dots) != len(arrows) + 1:
        raise ValueError(f"{len(dots)} things take {len(dots) - 1} arrows, not {len(arrows)}")
    steps = (number for at in range(len(arrows)) for number in (at, at + 1))
    return merged(dots, arrows, [[0, *steps]])


# ---- The graph


def _joined(paths: Sequence[Sequence[int]]) -> tuple[list[_Box], list[_Tie]]:
    """Return the boxes and ties of paths, both in the order in which they are first passed.

    A path goes to a box of a thing that is there already, unless that would close a circle.
    """
    boxes: list[_Box] = []
    ties: dict[tuple[int, int, int], _Tie] = {}
    for number, path in enumerate(paths):
        here = _box(boxes, path[0], None)
        _pass(here, number)
        for arrow, thing in zip(path[1::2], path[2::2], strict=True):
            there = _box(boxes, thing, here)
            if there not in here.next:
                here.next.append(there)
            key = (boxes.index(here), arrow, boxes.index(there))
            tie = ties.setdefault(key, _Tie(here, there, arrow))
            tie.paths.append(number)
            _pass(there, number)
            here = there
    return boxes, [*ties.values()]


def _pass(box: _Box, path: int) -> None:
    """Note that a path passes a box."""
    if path not in box.paths:
        box.paths.append(path)


def _box(boxes: list[_Box], thing: int, before: _Box | None) -> _Box:
    """Return the first box of a thing that does not lead to the box `before`, or a new one."""
    for box in boxes:
        if box.thing == thing and (before is None or not _leads(box, before)):
            return box
    boxes.append(_Box([], thing=thing))
    return boxes[-1]


def _leads(box: _Box, other: _Box) -> bool:
    """Return True if arrows lead from one box to another, or both are the same."""
    return box is other or any(_leads(after, other) for after in box.next)


def _set_layers(boxes: Sequence[_Box], ties: Sequence[_Tie]) -> None:
    """Set the layers of boxes, so that each arrow leads to a later one; the last end is last."""
    for _ in boxes:
        for tie in ties:
            tie.head.layer = max(tie.head.layer, tie.tail.layer + 1)
    last = max(box.layer for box in boxes)
    for box in boxes:
        if not box.next:
            box.layer = last


# ---- The places


def _columns(
    boxes: Sequence[_Box], ties: Sequence[_Tie], dots: Sequence[Dot], arrows: Sequence[Arrow]
) -> list[list[_Item]]:
    """Return the columns from left to right: boxes in the even ones, labels in the odd ones.

    A tie has a place in each column that it passes: its label in the first, and then lines.
    """
    layers = max(box.layer for box in boxes) + 1
    columns: list[list[_Item]] = [[] for _ in range(2 * layers - 1)]
    name_room, label_room = _ROOMY if layers < 4 else _TIGHT
    for box in boxes:
        dot = dots[box.thing]
        box.lines = wrapped(clean(dot.name), name_room / SIZE, _NAME_LINES)
        box.kind = short(clean(dot.kind), name_room * 1.25 / SMALL)
        text = max(max(map(ems, box.lines)) * SIZE, ems(box.kind) * SMALL)
        box.width = ceil(text) + _left(dot) + 10
        whole = LINE * len(box.lines) + (_KIND_LINE if box.kind else 0) + 14
        box.above = whole // 2
        box.below = whole - box.above
        columns[2 * box.layer].append(box)
    for tie in ties:
        words = wrapped(clean(arrows[tie.arrow].label), label_room / SMALL, _LABEL_LINES)
        width = ceil(max(map(ems, words)) * SMALL) + 8
        tie.items.append(_Item(tie.paths, words, width=width, above=_SMALL_LINE * len(words) + 6))
        columns[2 * tie.tail.layer + 1].append(tie.items[0])
        for column in range(2 * tie.tail.layer + 2, 2 * tie.head.layer):
            tie.items.append(_Item(tie.paths))
            columns[column].append(tie.items[-1])
    return columns


def _set_heights(columns: Sequence[list[_Item]]) -> int:
    """Set the heights of all items, and return that of the image.

    Each item is near the middle of its paths, and none is over another of its column.
    """
    for column in columns:
        column.sort(key=lambda place: (_wanted(place), place.paths[0]))
        moved, bottom = 0, -(10**9)
        for place in column:
            place.y = max(_wanted(place), bottom + _GAP + place.above)
            bottom = place.y + place.below
            moved += place.y - _wanted(place)
        for place in column:
            place.y -= moved // len(column)
    items = [place for column in columns for place in column]
    top = min(place.y - place.above for place in items) - 2
    for place in items:
        place.y -= top
    return max(place.y + place.below for place in items) + 2


def _wanted(place: _Item) -> int:
    """Return the height in the middle of the paths of an item."""
    return floor(_LANE * sum(place.paths) / len(place.paths) + 0.5)


def _places(columns: Sequence[Sequence[_Item]]) -> tuple[list[tuple[int, int]], int]:
    """Return where each column begins and ends, and the width of the image."""
    places, x = [], 1
    for column in columns:
        end = x + max(24, *(place.width for place in column))
        places.append((x, end))
        x = end + _GUTTER
    return places, x - _GUTTER + 1


# ---- The image


def _left(dot: Dot) -> int:
    """Return where the name of a thing begins in its box; before it is its shape, if it has one."""
    return 28 if dot.group in SHAPES and dot.group != "others" else 10


def _line(tie: _Tie, xs: Sequence[tuple[int, int]]) -> str:
    """Return the SVG of the line of a tie, from box to box through its items."""
    column = 2 * tie.tail.layer
    x, y = xs[column][1], tie.tail.y
    path = f"M{x} {y}"
    for place in [*tie.items, tie.head]:
        column += 1
        left, right = xs[column]
        middle = (x + left) // 2
        path += f"C{middle} {y} {middle} {place.y} {left} {place.y}"
        if place is not tie.head:
            path += f"H{right}"
        x, y = right, place.y
    width = min(1 + len(tie.paths), 6)
    return (
        f'<path class="ag-tie" d="{path}" fill="none" stroke="currentColor" '
        f'stroke-opacity="0.4" stroke-width="{width}"/>'
    )


def _label(tie: _Tie, arrow: Arrow, xs: Sequence[tuple[int, int]]) -> str:
    """Return the SVG of the label of a tie above its line, and of the head of its arrow."""
    place = tie.items[0]
    left, right = xs[2 * tie.tail.layer + 1]
    tip, back = (right, right - 7) if arrow.forward else (left, left + 7)
    first = place.y - 6 - _SMALL_LINE * (len(place.lines) - 1)
    texts = text_lines(place.lines, f"{(left + right) // 2}", first, _SMALL_LINE)
    inner = (
        f'<path class="ag-arrow" d="M{back} {place.y - 5}L{tip} {place.y}L{back} {place.y + 5}" '
        f'fill="none" stroke="currentColor" stroke-width="1.5"/>'
        f'<g class="ag-verb" font-size="{SMALL}" text-anchor="middle">{texts}</g>'
    )
    title = escaped(arrow.sentence or arrow.label)
    return linked(arrow.href, title, inner, "ag-step")


def _boxed(box: _Box, dot: Dot, xs: Sequence[tuple[int, int]]) -> str:
    """Return the SVG of a box, as wide as its column, with the shape, name and kind of a thing."""
    left, right = xs[2 * box.layer]
    top = box.y - box.above
    colour = (SHAPES.get(dot.group) or SHAPES["others"])[0]
    x, first = f"{left + _left(dot)}", top + 19
    texts = text_lines(box.lines, x, first, LINE, LABEL)
    if _left(dot) > 10:
        texts += shape(dot.group, left + 15, box.y)
    if box.kind:
        of_kind = f' class="ag-kind" font-size="{SMALL}" fill-opacity="0.75"'
        texts += text_lines([box.kind], x, first + len(box.lines) * LINE - 1, 0, of_kind)
    inner = (
        f'<rect class="ag-box" x="{left}" y="{top}" width="{right - left}" '
        f'height="{box.above + box.below}" rx="8" fill="{colour}" fill-opacity="0.08" '
        f'stroke="{colour}"/>{texts}'
    )
    return node(dot, title_of(dot), inner)
