"""A picture of things and the ties between them, placed by forces; for SVG.

The same things and ties always give the same places: only sums, products and square roots of
numbers are taken, in one order. ``web/src/map.js`` does the same, so that a script draws
what is there already.

>>> places([(64.0, 35.0), (64.0, 35.0)], [(0, 1)])
[(-118, 0), (133, 0)]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import SHAPES, Dot, image, linked, title_of

FONT = 13
"""The size of the font, in pixels."""
_TICKS, _MANY = 150, 300  # rounds of forces; for more things there are fewer
_LETTER, _LONGEST = 7.2, 22  # the width of most letters; letters of a line
_ABOVE, _LINE = 10, 15  # pixels of a sign above its place, and of a line of its label
_ROUNDS, _GAP, _HIGHEST = 120, 6, 60  # of moving labels apart
_WIDER = 1.75
_MORE = 48  # pixels beside a sign for the number of those that can be added
_DISTANCE, _FAR, _CHARGE = 140, 640_000, 60_000  # of ties; of things, squared, that do not repel
_WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60\U0001f000-\U0003ffff]"
)


class Line(NamedTuple):
    """A line between two things, by their places in a list; `sentences` are those of its claims."""

    a: int
    b: int
    sentences: Sequence[str]


class Node(NamedTuple):
    """A thing of a network: its dot, its key in scripts, and how many more are tied to it."""

    dot: Dot
    key: str
    more: int = 0


def network(nodes: Sequence[Node], lines: Sequence[Line], name: str) -> str:
    """Return the SVG of a network: a sign with a label for each thing, and lines between them.

    Things that have an address are links. `name` is read by screen readers. Raises `ValueError`
    without nodes.
    """
    labels = [label(node.dot.name) for node in nodes]
    sizes = [*map(size, labels)]
    at = places(sizes, [(line.a, line.b) for line in lines])
    left, top, width, height = frame(at, sizes)
    inner = [f'<g transform="translate({-left:g} {-top:g})">']
    inner += (_line(line, at) for line in lines)
    inner += map(_sign, nodes, labels, at)
    return image("network", escaped(name), width, height, [*inner, "</g>"], FONT)


def _line(line: Line, at: Sequence[tuple[int, int]]) -> str:
    """Return the SVG of a line between two places, with the sentences of its claims as title."""
    (x1, y1), (x2, y2) = at[line.a], at[line.b]
    title = escaped("\n".join(f"{sentence}." for sentence in line.sentences))
    return (
        f'<g class="tie"><title>{title}</title><line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" '
        'stroke="currentColor" stroke-opacity="0.4"/></g>'
    )


def _sign(node: Node, lines: Sequence[str], at: tuple[int, int]) -> str:
    """Return the SVG of a thing at a place: its sign and the lines of its label."""
    colour, outline = SHAPES.get(node.dot.group) or SHAPES["others"]
    texts = "".join(
        f'<text y="{22 + _LINE * number}" text-anchor="middle">{escaped(line)}</text>'
        for number, line in enumerate(lines)
    )
    if node.more:
        texts += f'<text class="more" x="10" y="-5">+{node.more}</text>'
    inner = f'<path d="{outline}" fill="{colour}"/>{texts}'
    more = f' data-key="{escaped(node.key)}" transform="translate({at[0]} {at[1]})"'
    return linked(node.dot.href, title_of(node.dot), inner, "node", more)


def label(name: str) -> list[str]:
    """Return a name as the lines of a label: at most two, with the end left out of a longer one."""
    lines = [""]
    for word in clean(name).split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > _LONGEST:
            lines.append(word)
        else:
            lines[-1] = longer
    return [*map(_shortened, filter(None, (lines[0], " ".join(lines[1:]))))]


def _shortened(line: str) -> str:
    """Return a line of at most `_LONGEST` letters."""
    return f"{line[: _LONGEST - 1].strip()}…" if len(line) > _LONGEST else line


def size(lines: Sequence[str]) -> tuple[float, float]:
    """Return the width and height of a sign with the lines of its label."""
    widths = (sum(2 if _WIDE.match(c) else 1 for c in line) * _LETTER + 8 for line in lines)
    return max([64.0, *widths]), float(2 * _ABOVE + _LINE * len(lines))


def places(
    sizes: Sequence[tuple[float, float]], lines: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return places for things by their sizes and the lines between them, no label on another."""
    count = len(sizes)
    x, y = _spiral(count)
    u, v = [0.0] * count, [0.0] * count  # speeds
    degree = [0] * count
    for a, b in lines:
        degree[a] += 1
        degree[b] += 1
    ticks = _TICKS if count <= _MANY else _TICKS * _MANY // count
    for tick in range(ticks):
        heat = 1 - tick / ticks
        for a, b in lines:
            dx, dy = x[b] - x[a], y[b] - y[a]
            far = sqrt(dx * dx + dy * dy) or 1.0
            pull = (far - _DISTANCE) / far * heat / min(degree[a], degree[b])
            share = degree[b] / (degree[a] + degree[b])
            u[a] += dx * pull * share
            v[a] += dy * pull * share
            u[b] -= dx * pull * (1 - share)
            v[b] -= dy * pull * (1 - share)
        for a in range(count):
            xa, ya = x[a], y[a]
            for b in range(a + 1, count):
                dx, dy = x[b] - xa, y[b] - ya
                squared = dx * dx + dy * dy
                if squared < _FAR:
                    push = _CHARGE * heat / max(squared, 100.0) / sqrt(max(squared, 100.0))
                    u[a] -= dx * push
                    v[a] -= dy * push
                    u[b] += dx * push
                    v[b] += dy * push
        for n in range(count):
            u[n] = (u[n] - x[n] * 0.02 * heat) * 0.6
            v[n] = (v[n] - y[n] * 0.2 * heat) * 0.6
            x[n] += u[n]
            y[n] += v[n]
    x = [number * _WIDER for number in x]  # pages are wider than they are high
    for _ in range(_ROUNDS):
        if not _part(x, y, sizes):
            break
    return [(_rounded(x[n]), _rounded(y[n])) for n in range(count)]


def _spiral(count: int) -> tuple[list[float], list[float]]:
    """Return where things begin: on a square spiral, so that no two are in one place."""
    x, y = [0.0] * count, [0.0] * count
    column, row, way_x, way_y = 0, 0, 0, -1
    for n in range(count):
        x[n], y[n] = column * 90.0, row * 50.0
        if column == row or (column < 0 and column == -row) or (column > 0 and column == 1 - row):
            way_x, way_y = -way_y, way_x
        column += way_x
        row += way_y
    return x, y


def _part(x: list[float], y: list[float], sizes: Sequence[tuple[float, float]]) -> bool:
    """Move those apart that are on each other; return whether any were."""
    is_moved = False
    order = sorted(range(len(x)), key=lambda n: (y[n], n))
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            if y[other] - y[one] > _HIGHEST:
                break  # those that were moved meanwhile are met in the next round
            dx = x[other] - x[one]
            dy = y[other] - y[one] + (sizes[other][1] - sizes[one][1]) / 2
            over_x = (sizes[one][0] + sizes[other][0]) / 2 + _GAP - abs(dx)
            over_y = (sizes[one][1] + sizes[other][1]) / 2 + _GAP - abs(dy)
            if over_x <= 0.5 or over_y <= 0.5:
                continue
            is_moved = True
            if over_x < over_y:
                move = over_x / 2 * (-1 if dx < 0 else 1)
                x[one] -= move
                x[other] += move
            else:
                move = over_y / 2 * (-1 if dy < 0 else 1)
                y[one] -= move
                y[other] += move
    return is_moved


def _rounded(number: float) -> int:
    """Return the nearest whole number, of two the greater: as scripts round."""
    return int((number + 0.5) // 1)


def frame(
    at: Sequence[tuple[int, int]], sizes: Sequence[tuple[float, float]]
) -> tuple[float, float, float, float]:
    """Return the left and upper edge, the width and the height of the box around all places."""
    boxes = [(x, y, width, height) for (x, y), (width, height) in zip(at, sizes, strict=True)]
    left = min(x - width / 2 for x, _, width, _ in boxes) - 12
    top = min(y for _, y, _, _ in boxes) - 22.0
    right = max(x + max(width / 2, _MORE) for x, _, width, _ in boxes) + 12
    bottom = max(y + height for _, y, _, height in boxes) + 2
    return left, top, right - left, bottom - top
