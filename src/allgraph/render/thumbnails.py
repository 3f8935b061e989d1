"""Small images that stand beside a sentence and repeat what it says: they have no text to read.

Each is an SVG element of `WIDTH` by `HEIGHT` pixels that screen readers pass over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allgraph.render.svg import shape

WIDTH, HEIGHT = 168, 72
_MOST = 60
_COLUMNS, _GAP = 12, 13
_LINE = 'stroke="currentColor" stroke-opacity="0.45" stroke-width="1.5"'


def chain(groups: Sequence[str]) -> str:
    """Return an image of a path: the shape of the group of each thing, joined by lines.

    >>> chain(["people", "bodies"]).count("<path")
    2
    """
    step = (WIDTH - 32) / max(len(groups) - 1, 1)
    places = [
        (16 + number * step, 36 + (-14 if number % 2 else 14)) for number in range(len(groups))
    ]
    line = " ".join(f"{x:g},{y}" for x, y in places)
    dots = (shape(group, x, y) for group, (x, y) in zip(groups, places, strict=True))
    return _image([f'<polyline points="{line}" fill="none" {_LINE}/>', *dots])


def moments(places: Iterable[float]) -> str:
    """Return an image of a history: a mark for each event, at a place from 0 to 1 in time.

    Events at the same pixel have one mark.
    """
    pixels = dict.fromkeys(round(12 + place * (WIDTH - 24)) for place in places)
    marks = (
        f'<circle cx="{pixel}" cy="36" r="5" fill="var(--link, #2a7ab9)" fill-opacity="0.7"/>'
        for pixel in pixels
    )
    return _image([f'<path d="M6 36H{WIDTH - 6}" {_LINE}/>', *marks])


def rivals(count: int) -> str:
    """Return an image of so many disagreements, at most four: two bars each that do not meet."""
    rows = min(count, 4)
    top = 36 - (rows - 1) * 8
    bars = (
        f'<path d="M{8 + number * 6} {top + number * 16}h56" stroke="var(--link, #2a7ab9)" '
        f'stroke-width="7"/><path d="M{104 - number * 3} {top + number * 16}h56" '
        'stroke="var(--bad, #c94f7c)" stroke-width="7"/>'
        for number in range(rows)
    )
    return _image(bars)


def rows(count: int) -> str:
    """Return an image of so many rows of an answer: a mark for each of the first 60."""
    shown = min(count, _MOST)
    top = 36 - ((shown - 1) // _COLUMNS) * _GAP / 2
    marks = (
        f'<circle cx="{12 + number % _COLUMNS * _GAP}" cy="{top + number // _COLUMNS * _GAP:g}" '
        'r="4" fill="var(--link, #2a7ab9)"/>'
        for number in range(shown)
    )
    return _image(marks)


def _image(inner: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="thumbnail" aria-hidden="true" '
        f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(inner)}</svg>'
    )
