"""SVG images of tracks: steps in the order of time, in the lanes of those who took them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from allgraph.render.html import clean, escaped
from allgraph.render.svg import (
    LABEL,
    SHAPES,
    WIDTH,
    Dot,
    ems,
    image,
    legend,
    linked,
    node,
    short,
    text_lines,
    title_of,
    wrapped,
)

_FONT, _LINE, _LANE = 13, 16, 28
_DATE = 150.0  # the greatest width of a date
_INK = SHAPES["people"][0]


class Step(NamedTuple):
    """A step of a track: the number of its lane from 0, its date, and what was done.

    A step whose day `is_exact` is a disc, any other a ring.
    """

    lane: int
    date: str
    label: str
    is_exact: bool = True
    href: str = ""
    sentence: str = ""


def track(name: str, lanes: Sequence[Dot], steps: Sequence[Step], note: str = "") -> str:
    """Return an SVG image of steps, one below the other, joined by a line from lane to lane.

    The names of the lanes are above them, each on a line of its own. `name` is what screen readers
    read, `note` the last line.
    """
    dates = [short(clean(step.date), _DATE / _FONT) for step in steps]
    left = max(map(ems, dates), default=0.0) * _FONT + 22
    xs = [left + _LANE * place for place in range(len(lanes))]
    right = left + _LANE * len(lanes)
    room = (WIDTH - right - 2) / _FONT
    top = 26.0 + 20 * len(lanes)
    ys, texts, y = [], [], top
    for step, date in zip(steps, dates, strict=True):
        lines = wrapped(clean(step.label), room, 3)
        ys.append(y)
        texts.append(_step(step, date, lines, (left, xs[step.lane], right), y))
        y += _LINE * len(lines) + 10
    bottom = y - 16
    heads = enumerate(zip(lanes, xs, strict=True))
    inner = [_head(lane, x, 14 + 20 * at, bottom) for at, (lane, x) in heads]
    inner.append(_line([(xs[step.lane], y) for step, y in zip(steps, ys, strict=True)]))
    inner += [*texts, _legend(steps, bottom + 22)]
    height = bottom + 34
    if note:
        inner.append(text_lines([note], "0", height + 14, 0, LABEL))
        height += 26
    return image("track", escaped(name), WIDTH, height, inner, _FONT)


def _head(lane: Dot, x: float, y: float, bottom: float) -> str:
    """Return the SVG of a lane: its name at `x`, and a line from there down to `bottom`."""
    room = (WIDTH - x - 12) / _FONT
    label = text_lines([short(clean(lane.name), room)], f"{x + 8:.1f}", y, 0, LABEL)
    line = f'<path d="M{x:.1f} {y - 9:g}V{bottom:g}" stroke="currentColor" stroke-opacity="0.2"/>'
    return line + node(lane, title_of(lane), label, "ag-lane")


def _line(places: Sequence[tuple[float, float]]) -> str:
    """Return the SVG of the line that joins the places of steps, bent where it changes lanes."""
    if not places:
        return ""
    path = f"M{places[0][0]:.1f} {places[0][1]:g}"
    for (x, y), (next_x, next_y) in pairwise(places):
        middle = (y + next_y) / 2
        bent = f"C{x:.1f} {middle:g} {next_x:.1f} {middle:g} {next_x:.1f} {next_y:g}"
        path += f"V{next_y:g}" if x == next_x else bent
    return f'<path d="{path}" fill="none" stroke="{_INK}" stroke-opacity="0.5" stroke-width="2"/>'


def _step(
    step: Step, date: str, lines: Sequence[str], xs: tuple[float, float, float], y: float
) -> str:
    """Return the SVG of a step at the height `y`: date, mark and label, in `lines`.

    `xs` are where the date ends, the mark is, and the label begins.
    """
    left, x, right = xs
    fill = f'fill="{_INK}"' if step.is_exact else _soft(_INK)
    inner = (
        f'<text class="ag-date" x="{left - 14:.1f}" y="{y + 4:g}" text-anchor="end">'
        f'{escaped(date)}</text><circle cx="{x:.1f}" cy="{y:g}" r="5.5" {fill}/>'
        f"{text_lines(lines, f'{right:.1f}', y + 4, _LINE, LABEL)}"
    )
    title = escaped(step.sentence or step.label)
    return linked(step.href, title, inner, "ag-step")


def _soft(colour: str) -> str:
    """Return the attributes of the ring of a step whose day is not known exactly."""
    return f'fill="#8882" stroke="{colour}" stroke-width="1.8" stroke-dasharray="2.6 1.7"'


def _legend(steps: Sequence[Step], y: float) -> str:
    """Return the SVG of a legend at the height `y`; ``""`` if the day of each step is known."""
    if all(step.is_exact for step in steps):
        return ""
    known, unknown = (f'<circle r="5.5" {fill}/>' for fill in (f'fill="{_INK}"', _soft(_INK)))
    return legend([(known, "day known"), (unknown, "day not known exactly")], y)
