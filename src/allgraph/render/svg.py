"""SVG images of a thing with its neighbours, of a path, and of a timeline.

An image needs no stylesheet: colours suit light and dark pages, and each group of things has a
shape besides its colour. A stylesheet can change an image by its classes, which all begin with
``ag-``; there are no ids, so a page can have many images. Texts are escaped. The same input gives
the same bytes. All functions here return a text and touch nothing else.

>>> ada = Dot("Ada", "/page/ada", "person", "people")
>>> picture = around(ada, [Spoke(Dot("Bill A.1", group="laws"), "Ada signed bill A.1")])
>>> picture[:5], "<title>Bill A.1: Ada signed bill A.1</title>" in picture
('<svg ', True)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from math import ceil, sqrt
from typing import NamedTuple
from unicodedata import category, east_asian_width

from allgraph.render.html import address, clean, escaped

Day = tuple[int, int, int]
"""Year, month and day."""

MOST = 40
"""How many neighbours `around` draws."""
MOST_ROWS = 60
"""How many rows `spans` draws."""
WIDTH = 760
"""The greatest width of an image, in pixels."""
SHAPES = {
    "people": ("#2a7ab9", "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z"),
    "bodies": ("#b8651b", "M-5.5-5.5h11v11h-11z"),
    "campaigns": ("#9a5fc0", "M0-7 6.5 5h-13z"),
    "laws": ("#2c8658", "M0-7.5 7 0 0 7.5-7 0z"),
    "events": (
        "#c94f7c",
        "M0-8 1.9-2.6 7.6-2.5 3.1 1 4.7 6.5 0 3.2-4.7 6.5-3.1 1-7.6-2.5-1.9-2.6z",
    ),
    "others": ("#7c7c7c", "M-3 0h-3L0-6 6 0 0 6-6 0h3L0 3 3 0 0-3z"),
}
"""The colour and outline of each group of things; all colours can be seen on white and black."""

_SIZE, _SMALL = 14, 12  # of fonts
_LINE, _SMALL_LINE, _ROW_LINE = 17, 14, 15  # from one line of a text to the next
_STEP = 24  # from one neighbour to the next
# Greatest widths of texts: the name in the centre, in a box, on an arrow, and before a timeline.
_PILL, _BOX, _ARROW, _MARGIN = 160, 160, 130, 330
_ELLIPSE = 125.0  # how far neighbours are from the centre at most, sideways
_TITLE, _FRAME = 18, 16  # the font of a title, and the margin of a picture of its own
_SIZES = re.compile(r' width="([\d.]+)" height="([\d.]+)"')
_LABEL = ' class="ag-label"'  # an attribute of text elements
_WIDTHS = {  # of characters, in ems
    " ',.:;Iijl|": 0.34,
    "!()-/J[\\]frt": 0.42,
    "#%+<=>@MW^mw~": 1.0,
    "&": 0.79,
    "acekosvxyz": 0.62,
}


class Dot(NamedTuple):
    """A thing to be drawn: its name, address and kind, if any, and its group in `SHAPES`.

    It is drawn as a link when the address is http(s) or a path from the root.
    """

    name: str
    href: str = ""
    kind: str = ""
    group: str = "others"


class Spoke(NamedTuple):
    """A neighbour to be drawn, and a sentence on how it is connected to the thing in the centre."""

    dot: Dot
    sentence: str = ""


class Arrow(NamedTuple):
    """A step of a path to be drawn: a label, and a sentence for when it is pointed at.

    `forward` is whether its arrow points to the next thing; else it points to the one before.
    """

    label: str
    forward: bool = True
    sentence: str = ""


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


def around(center: Dot, spokes: Sequence[Spoke], *, more: int = 0, more_href: str = "") -> str:
    """Return an SVG image of a thing with its neighbours: half of them on its left, half right.

    `center` and the dot of each spoke have the name, address, kind and group of a thing; a spoke
    also has a sentence, shown when it is pointed at. At most `MOST` neighbours are drawn. If there
    are more, a last node says how many, and links to `more_href`, unless it is ``""``; `more` is
    the number of neighbours that are not in `spokes`. A legend names the groups of the neighbours,
    unless all are ``others``.
    """
    count = len(spokes) + more
    shown = list(spokes[:MOST])
    if count > len(shown):
        shown.append(Spoke(Dot(f"and {count - len(shown):,} more", more_href)))
    places, half = _neighbour_positions(len(shown))
    lines = _wrapped(clean(center.name), _PILL / _SIZE, 3)
    height = max(half * 2, len(lines) * _LINE + 40)
    middle = height / 2
    titles = [_title(spoke.dot, spoke.sentence) for spoke in shown]
    ties = "".join(
        f'<line class="ag-tie" x1="{WIDTH / 2:g}" y1="{middle:g}" x2="{WIDTH / 2 + x:.1f}" '
        f'y2="{middle + y:g}"><title>{title}</title></line>'
        for (x, y), title in zip(places, titles, strict=True)
    )
    inner = [
        f'<g stroke="currentColor" stroke-opacity="0.4" stroke-width="1.5">{ties}</g>',
        _node(center, _title(center), _pill(lines, middle), "ag-center"),
    ]
    for (x, y), spoke, title in zip(places, shown, titles, strict=True):
        inner.append(_node(spoke.dot, title, _labelled(spoke.dot, x, middle + y)))
    groups = {spoke.dot.group for spoke in shown} & SHAPES.keys()
    if groups - {"others"}:
        inner.append(_legend([group for group in SHAPES if group in groups], height + 18))
        height += 32
    name = f"{escaped(center.name)} and what is around it: {count:,}"
    return _svg("around", name, WIDTH, height, inner)


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
        lines = _wrapped(clean(dot.name), _BOX / _SIZE, 2)
        kind = _short(clean(dot.kind), _BOX / _SMALL)
        text_width = max(*(_ems(line) * _SIZE for line in lines), _ems(kind) * _SMALL)
        box = text_width + _text_offset(dot) + 10  # the width of the box
        if place:
            arrow = arrows[place - 1]
            words = _wrapped(clean(arrow.label), _ARROW / _SMALL, 2)
            length = max(max(map(_ems, words), default=0.0) * _SMALL + 26, 50)
            if x + length + box > WIDTH - 1:
                x, y = 1.0, y + 80
            inner.append(_arrow(arrow, words, x, y, length))
            x += length
        inner.append(_node(dot, _title(dot), _boxed(dot, lines, kind, x, y, box)))
        x += box
        width = max(width, x)
    steps = f"{len(arrows)} step{'s' if len(arrows) != 1 else ''}"
    name = f"From {escaped(dots[0].name)} to {escaped(dots[-1].name)} in {steps}"
    return _svg("chain", name, ceil(width + 1), y + 35, inner)


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
        lines = _wrapped(clean(row.label), (_MARGIN - 10) / _SMALL, 2)
        inner.append(_row(row, lines, axis, top))
        top += _ROW_LINE * len(lines) + 10
    if len(dated) > len(shown):
        note = f"and {len(dated) - len(shown):,} more, which are not drawn"
        inner.append(_texts([note], "0", top + 12, 0, _LABEL))
        top += 24
    legend, height = _legend_of_marks("".join(inner), top + 44)
    parts = [*axis.drawn(top), *inner, legend]
    return _svg("spans", escaped(name), WIDTH, height, parts, _SMALL)


def framed(images: Sequence[str], title: str) -> str:
    """Return one SVG image with a title, and images of this module one below the other.

    It has a margin, for a file of its own. Raises `ValueError` without images.

    >>> one = chain([Dot("Ada"), Dot("A.1")], [Arrow("signed")])
    >>> framed([one, one], "Two paths").count("<svg ")
    3
    """
    sizes = [tuple(map(float, _SIZES.findall(image)[0])) for image in images]
    width = max(width for width, _ in sizes)
    lines = _wrapped(clean(title), width / _TITLE, 2)
    inner = [f'<g font-size="{_TITLE}">{_texts(lines, f"{_FRAME}", _FRAME + 14, 22, _LABEL)}</g>']
    top = _FRAME + 22.0 * len(lines) + 10
    for image, (_, height) in zip(images, sizes, strict=True):
        inner.append(image.replace("<svg ", f'<svg x="{_FRAME}" y="{top:g}" ', 1))
        top += height + _STEP
    return _svg("framed", escaped(title), width + 2 * _FRAME, top - _STEP + _FRAME, inner)


def _svg(
    kind: str, name: str, width: float, height: float, inner: Iterable[str], size: int = _SIZE
) -> str:
    """Return an SVG element of a width and height, with the elements `inner` in it.

    `name`, which screen readers read, must be escaped already; `kind` is the end of a class, and
    `size` that of the font.
    """
    body = "".join(inner)
    role = "group" if "<a " in body else "img"  # what is within an img is not read out
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ag-picture ag-{kind}" role="{role}" '
        f'aria-label="{name}" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="system-ui, sans-serif" '
        f'font-size="{size}" fill="currentColor" direction="ltr">{body}</svg>'
    )


def _texts(lines: Sequence[str], x: str, y: float, step: float, attributes: str = "") -> str:
    """Return a text element for each line, escaped here; the first at `y`, then `step` apart.

    `x` is a number as it stands in SVG. `attributes` are further ones as XML, with a space before
    each.
    """
    return "".join(
        f'<text{attributes} x="{x}" y="{y + place * step:g}">{escaped(line)}</text>'
        for place, line in enumerate(lines)
    )


def _node(dot: Dot, title: str, inner: str, kind: str = "ag-node") -> str:
    """Return the element of a thing, drawn as `inner`: a link if it has an address, else a group.

    It is a group too if the address is neither http(s) nor a path from the root. `title` (shown
    when pointed at) and `inner` must be escaped already; `kind` is its class.
    """
    group = dot.group if dot.group in SHAPES else "others"
    href = dot.href and address(dot.href)
    tag, more = ("a", f' href="{href}" color="inherit"') if href else ("g", "")
    return f'<{tag} class="{kind} ag-{group}"{more}><title>{title}</title>{inner}</{tag}>'


def _title(dot: Dot, sentence: str = "") -> str:
    """Return the escaped text that appears when a thing is pointed at: name, kind, sentence."""
    head = f"{escaped(dot.name)}, {escaped(dot.kind)}" if dot.kind else escaped(dot.name)
    return f"{head}: {escaped(sentence)}" if sentence else head


def _shape(group: str, x: float, y: float) -> str:
    """Return a path element: the shape of a group of things, with its centre at `x` and `y`.

    An unknown group has the shape of the group ``others``.
    """
    colour, outline = SHAPES.get(group) or SHAPES["others"]
    place = f"translate({x:.1f} {y:g})"
    return f'<path class="ag-dot" transform="{place}" d="{outline}" fill="{colour}"/>'


def _labelled(dot: Dot, offset: float, y: float) -> str:
    """Return the SVG of a neighbour, `offset` pixels right of the middle: its shape and name.

    A negative offset is to the left. The name is outward of the shape, cut to the space there,
    and escaped here.
    """
    x = WIDTH / 2 + offset
    room = WIDTH / 2 - abs(offset) - 16
    at = f'x="{x - 12:.1f}" text-anchor="end"' if offset < 0 else f'x="{x + 12:.1f}"'
    name = escaped(_short(clean(dot.name), room / _SIZE))
    return f'{_shape(dot.group, x, y)}<text class="ag-label" {at} y="{y + 5:g}">{name}</text>'


@lru_cache(maxsize=MOST + 2)
def _neighbour_positions(count: int) -> tuple[list[tuple[float, float]], float]:
    """Return the position of each of `count` neighbours, and half of the height they take.

    A position is x and y in pixels from the centre. The first half is on the left, from top to
    bottom, the others on the right. The list is cached and must not be changed.
    """
    left = count // 2
    half = max((count - left) * _STEP / 2 + 6, 30.0)
    radius_y = max(half + _STEP, 70.0)  # of the ellipse on which they are
    places = []
    for side, many in ((-1, left), (1, count - left)):
        for place in range(many):
            y = (place - (many - 1) / 2) * _STEP
            places.append((side * _ELLIPSE * sqrt(1 - (y / radius_y) ** 2), y))
    return places, half


def _pill(lines: Sequence[str], middle: float) -> str:
    """Return the SVG of the name of the thing in the centre, on a coloured rectangle.

    The name is in `lines`, which are escaped here; `middle` is the y of its centre.
    """
    width = max(max(map(_ems, lines), default=0.0) * _SIZE + 24, 40)
    height = len(lines) * _LINE + 12
    left, top = (WIDTH - width) / 2, middle - height / 2
    texts = _texts(lines, f"{WIDTH / 2:g}", top + 19, _LINE)
    return (
        f'<rect x="{left:.1f}" y="{top:g}" width="{width:.1f}" height="{height}" rx="8" '
        f'fill="#2b6cb0"/><g class="ag-name" fill="#fff" text-anchor="middle">{texts}</g>'
    )


def _legend(groups: Iterable[str], y: float) -> str:
    """Return the SVG of a legend at the height `y`: the shape and name of each group, in a row."""
    parts = [
        f'{_shape(group, 10 + place * 110, y)}<text x="{22 + place * 110}" y="{y + 4:g}">'
        f"{group}</text>"
        for place, group in enumerate(groups)
    ]
    return f'<g class="ag-legend" font-size="{_SMALL}">{"".join(parts)}</g>'


def _legend_of_marks(rows: str, y: float) -> tuple[str, float]:
    """Return the SVG of a legend of a timeline, and the y below it, as the height of the image.

    It has each mark that is in `rows`, the SVG of all rows, with its meaning. `y` is the middle of
    its first line; it wraps like words in a text.
    """
    x, parts = 0.0, []
    for pattern, mark, meaning in _MARKS:
        if re.search(pattern, rows):
            width = _ems(meaning) * _SMALL + 54
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


def _boxed(dot: Dot, lines: Sequence[str], kind: str, x: float, y: float, width: float) -> str:
    """Return the SVG of a box with the name of a thing, its shape, and its `kind` if not empty.

    Things of the group ``others`` have no shape. The name is in `lines`; both are escaped here. `x`
    is the left edge, and `y` the middle.
    """
    colour = (SHAPES.get(dot.group) or SHAPES["others"])[0]
    left, first = _text_offset(dot), y + 5 - (len(lines) - 1 + bool(kind)) * _LINE / 2
    texts = _texts(lines, f"{x + left:.1f}", first, _LINE, _LABEL)
    if left > 10:
        texts += _shape(dot.group, x + 15, y)
    if kind:
        of_kind = f' class="ag-kind" font-size="{_SMALL}" fill-opacity="0.75"'
        texts += _texts([kind], f"{x + left:.1f}", first + len(lines) * _LINE, 0, of_kind)
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
    texts = _texts(words, f"{x + length / 2:.1f}", first, _SMALL_LINE)
    return (
        f'<g class="ag-step"><title>{escaped(arrow.sentence or arrow.label)}</title>'
        f'<path class="ag-arrow" d="M{left:.1f} {y:g}H{right:.1f}M{tip + 7 * turn:.1f} {y - 5:g}'
        f'L{tip:.1f} {y:g}L{tip + 7 * turn:.1f} {y + 5:g}" fill="none" stroke="currentColor" '
        f'stroke-width="1.5"/><g class="ag-verb" font-size="{_SMALL}" text-anchor="middle">'
        f"{texts}</g></g>"
    )


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
                f"{escaped(_short(name, room / _SMALL))}</text>"
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
    texts = _texts(lines, "0", top + 12, _ROW_LINE, _LABEL)
    dot = Dot(row.sentence or row.label, row.href)  # only for the link and its title
    kind = "ag-row ag-state" if row.is_state else "ag-row ag-event"
    mark = "".join(_mark(row, axis, top + 8 + 7.5 * (len(lines) - 1)))
    # A row belongs to no group of things, so the class of the group is removed.
    return _node(dot, escaped(dot.name), texts + mark, kind).replace(" ag-others", "", 1)


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


def _short(text: str, room: float) -> str:
    """Return a text cut to a width of `room` ems; an ellipsis stands for what is cut off."""
    if len(text) <= room * 6 and _ems(text) <= room:
        return text
    return text[: _fitting(text, room - 1)].rstrip() + "…"


def _wrapped(text: str, room: float, most: int) -> list[str]:
    """Return a text as at most `most` lines, none wider than `room` ems, broken between words.

    A longer word is broken too, and the last line is cut with an ellipsis if there is more text.
    """
    lines: list[str] = []
    while len(lines) < most - 1 and (fitting := _fitting(text, room)) < len(text):
        cut = text.rfind(" ", 1, fitting + 1)
        cut = cut if cut > 0 else max(fitting, 1)
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, _short(text, room)]


def _fitting(text: str, room: float) -> int:
    """Return how many of the first characters of a text fit into a width of `room` ems.

    They are at most six for each em. No combining mark is cut from its letter, and no joined emoji
    in two.
    """
    width, most = 0.0, int(room * 6)
    for place, char in enumerate(text):
        width += _em(char)
        if width > room or place == most:
            while place and (_em(text[place]) < 0.2 or text[place - 1] == "\u200d"):
                place -= 1
            return place
    return len(text)


def _ems(text: str) -> float:
    """Return the width of a text in ems, as it is in a wide font."""
    if text.isascii():
        return sum(text.encode().translate(_ASCII)) / 100  # which has hundredths of an em
    return sum(map(_em, text))


@lru_cache(maxsize=4096)
def _em(char: str) -> float:
    """Return the width of a character in ems, as measured with wide fonts."""
    if char.isascii():
        return _ASCII[ord(char)] / 100
    if category(char) in ("Mn", "Me", "Cf"):
        return 0.1
    if char in "—…æœ" or east_asian_width(char) in ("W", "F"):
        return 1.4 if char > "\uffff" else 1.05
    if char < "\u0590":
        return 1.1 if char.isupper() else 0.7 if char < "\u0370" else 0.95
    return 1.2 if char < "\U00010000" else 1.6


_ASCII = bytes(
    next((int(wide * 100) for chars, wide in _WIDTHS.items() if char in chars), 0)
    or (79 if char.isupper() else 65)
    for char in map(chr, range(128))
) + bytes(128)
"""The widths of the characters of ASCII, in hundredths of an em."""
