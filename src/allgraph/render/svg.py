"""Parts of all SVG images: shapes of the groups of things, texts that fit, links and legends.

An image needs no stylesheet: colours suit light and dark pages, and each group of things has a
shape besides its colour. A stylesheet can change an image by its classes, which all begin with
``ag-``; there are no ids, so a page can have many images. Texts are escaped. The same input gives
the same bytes. All functions here return a text and touch nothing else.

>>> wrapped("The Model Alliance", 8, 2)
['The Model', 'Alliance']
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, east_asian_width

from allgraph.render.html import address, clean, escaped

WIDTH = 760
"""The greatest width of an image, in pixels."""
SHAPES = {
    "people": ("#2a7ab9", "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z"),
    "bodies": ("#b8651b", "M-5.5-5.5h11v11h-11z"),
    "campaigns": ("#9a5fc0", "M0-7 6.5 5h-13z"),
    "documents": ("#8a7613", "M-5-7h6l4 4V7H-5zM-2-1v1.5H2V-1zM-2 2.5V4H2V2.5z"),
    "laws": ("#2c8658", "M0-7.5 7 0 0 7.5-7 0z"),
    "events": (
        "#c94f7c",
        "M0-8 1.9-2.6 7.6-2.5 3.1 1 4.7 6.5 0 3.2-4.7 6.5-3.1 1-7.6-2.5-1.9-2.6z",
    ),
    "others": ("#7c7c7c", "M-3 0h-3L0-6 6 0 0 6-6 0h3L0 3 3 0 0-3z"),
}
"""The colour and outline of each group of things; all colours can be seen on white and black."""

SIZE, SMALL = 14, 12  # of fonts
LINE = 17  # from one line of a text to the next
STEP = 24  # from one neighbour to the next
_TITLE, _FRAME = 18, 16  # the font of a title, and the margin of a picture of its own
_SIZES = re.compile(r' width="([\d.]+)" height="([\d.]+)"')
LABEL = ' class="ag-label"'  # an attribute of text elements
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


def size_of(image: str) -> tuple[float, float]:
    """Return the width and height of an image of this module, in pixels."""
    width, height = _SIZES.findall(image)[0]
    return float(width), float(height)


def framed(images: Sequence[str], title: str) -> str:
    """Return one SVG image with a title, and images of this module one below the other.

    It has a margin and is on white, for a file of its own. Raises `ValueError` without images.

    >>> one = image("chain", "A path", 100, 50, ["<path d='M0 0H9'/>"])
    >>> framed([one, one], "Two paths").count("<svg ")
    3
    """
    sizes = [*map(size_of, images)]
    width = max(width for width, _ in sizes)
    lines = wrapped(clean(title), width / _TITLE, 2)
    inner = [
        f'<g font-size="{_TITLE}">{text_lines(lines, f"{_FRAME}", _FRAME + 14, 22, LABEL)}</g>'
    ]
    top = _FRAME + 22.0 * len(lines) + 10
    for part, (_, height) in zip(images, sizes, strict=True):
        inner.append(part.replace("<svg ", f'<svg x="{_FRAME}" y="{top:g}" ', 1))
        top += height + STEP
    whole, height = width + 2 * _FRAME, top - STEP + _FRAME
    ground = f'<path d="M0 0H{whole:g}V{height:g}H0z" fill="#fff"/>'
    return image("framed", escaped(title), whole, height, [ground, *inner])


def image(
    kind: str, name: str, width: float, height: float, inner: Iterable[str], size: int = SIZE
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


def text_lines(lines: Sequence[str], x: str, y: float, step: float, attributes: str = "") -> str:
    """Return a text element for each line, escaped here; the first at `y`, then `step` apart.

    `x` is a number as it stands in SVG. `attributes` are further ones as XML, with a space before
    each.
    """
    return "".join(
        f'<text{attributes} x="{x}" y="{y + place * step:g}">{escaped(line)}</text>'
        for place, line in enumerate(lines)
    )


def node(dot: Dot, title: str, inner: str, kind: str = "ag-node") -> str:
    """Return the element of a thing, drawn as `inner`: a link if it has an address, else a group.

    It is a group too if the address is neither http(s) nor a path from the root. `title` (shown
    when pointed at) and `inner` must be escaped already; `kind` is its class.
    """
    group = dot.group if dot.group in SHAPES else "others"
    return linked(dot.href, title, inner, f"{kind} ag-{group}")


def linked(href: str, title: str, inner: str, classes: str, attributes: str = "") -> str:
    """Return an element drawn as `inner`: a link if it has an address as in `node`, else a group.

    `title` and `inner` must be escaped already. `attributes` are further ones as XML, with a space
    before each.
    """
    href = href and address(href)
    tag, more = ("a", f' href="{href}" color="inherit"') if href else ("g", "")
    return f'<{tag} class="{classes}"{attributes}{more}><title>{title}</title>{inner}</{tag}>'


def title_of(dot: Dot, sentence: str = "") -> str:
    """Return the escaped text that appears when a thing is pointed at: name, kind, sentence."""
    head = f"{escaped(dot.name)}, {escaped(dot.kind)}" if dot.kind else escaped(dot.name)
    return f"{head}: {escaped(sentence)}" if sentence else head


def shape(group: str, x: float, y: float) -> str:
    """Return a path element: the shape of a group of things, with its centre at `x` and `y`.

    An unknown group has the shape of the group ``others``.
    """
    colour, outline = SHAPES.get(group) or SHAPES["others"]
    place = f"translate({x:.1f} {y:g})"
    return f'<path class="ag-dot" transform="{place}" d="{outline}" fill="{colour}"/>'


def legend(entries: Iterable[tuple[str, str]], y: float) -> str:
    """Return the SVG of a legend at the height `y`: drawings and what they mean, in a row.

    A drawing is SVG with its centre at 0.
    """
    x, parts = 8.0, []
    for drawing, words in entries:
        parts.append(
            f'<g transform="translate({x:.1f} {y:g})">{drawing}</g>'
            f'<text x="{x + 12:.1f}" y="{y + 4:g}">{words}</text>'
        )
        x += ems(words) * SMALL + 36
    return f'<g class="ag-legend" font-size="{SMALL}">{"".join(parts)}</g>' if parts else ""


def legend_of_groups(groups: Collection[str], y: float) -> str:
    """Return the SVG of a legend at the height `y`: the shapes of groups, with their names."""
    return legend(((shape(group, 0, 0), group) for group in SHAPES if group in groups), y)


def short(text: str, room: float) -> str:
    """Return a text cut to a width of `room` ems; an ellipsis stands for what is cut off."""
    if len(text) <= room * 6 and ems(text) <= room:
        return text
    return text[: _fitting(text, room - 1)].rstrip() + "…"


def wrapped(text: str, room: float, most: int) -> list[str]:
    """Return a text as at most `most` lines, none wider than `room` ems, broken between words.

    A longer word is broken too, and the last line is cut with an ellipsis if there is more text.
    """
    lines: list[str] = []
    while len(lines) < most - 1 and (fitting := _fitting(text, room)) < len(text):
        cut = text.rfind(" ", 1, fitting + 1)
        cut = cut if cut > 0 else max(fitting, 1)
        lines.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*lines, short(text, room)]


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


@lru_cache(maxsize=10_000)
def ems(text: str) -> float:
    """Return the width of a text in ems, as it is in a wide font; cached, as many come again."""
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
