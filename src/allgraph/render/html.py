r"""HTML for notebooks, with all texts escaped.

Texts are escaped wherever they are put; a `Fragment` is HTML already.

>>> escaped("<b>Ada\x00\u202e & \"Co\"</b>")
'&lt;b&gt;Ada &amp; &quot;Co&quot;&lt;/b&gt;'
>>> address("https://example.org/a?b&c"), address("javascript:alert(1)")
('https://example.org/a?b&amp;c', '')
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, ClassVar, Self, SupportsIndex, TypeVar, overload

T = TypeVar("T")

MOST = 50
"""How many rows of a table, or items of a list, are in the HTML at most."""
_NO_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"  # they can reverse the text that follows
_REMOVED = re.compile(f"[{_NO_XML}{_BIDI_CONTROLS}]")
_HREF = re.compile(rf"(?:(?i:https?)://(?!$)|/)(?!/)[^{_NO_XML}{_BIDI_CONTROLS}\s\\]*")
_LONGEST_HREF, _LONGEST_CELL = 2000, 500
_LEFT = "text-align:left"  # notebooks have the cells of tables on the right


class Fragment(str):
    """A text that is HTML already; the functions here escape all other texts, but not this."""

    __slots__ = ()


def clean(text: str) -> str:
    r"""Return a text on one line, without characters that XML forbids or that reverse what follows.

    Runs of white space become one space.

    >>> clean("two\n lines\x07, \u202eturned")
    'two lines, turned'
    """
    if text.isprintable() and "  " not in text:
        return text
    return " ".join(_REMOVED.sub("", text).split())


def escaped(text: str) -> str:
    """Return a text cleaned by `clean`, and escaped for HTML and XML.

    It can stand between tags and in a quoted attribute.
    """
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


def address(href: str) -> str:
    """Return an address escaped for an attribute.

    ``""`` unless it is http or https, or a path that begins with one ``/``; also for one that is
    longer than 2,000 characters, or has white space, a backslash or a control character.

    >>> address("/page/ada"), address("//evil.example/"), address("page/ada")
    ('/page/ada', '', '')
    """
    is_sound = len(href) <= _LONGEST_HREF and _HREF.fullmatch(href)
    return escaped(href) if is_sound else ""


def element(tag: str, /, *inner: str, **attributes: str) -> Fragment:
    """Return an HTML element; its content and the values of its attributes are escaped here.

    A `Fragment` in the content is not escaped.

    >>> element("p", "1 < 2 ", element("b", "Ada"), title='"')
    '<p title="&quot;">1 &lt; 2 <b>Ada</b></p>'
    """
    more = "".join(f' {name}="{escaped(value)}"' for name, value in attributes.items())
    return Fragment(f"<{tag}{more}>{joined(inner)}</{tag}>")


def joined(parts: Iterable[str], between: str = "") -> Fragment:
    """Return texts joined into one HTML fragment; all that are not a `Fragment` are escaped."""
    return Fragment(_piece(between).join(map(_piece, parts)))


def link(text: str, href: str) -> Fragment:
    """Return a text as a link; without a link when `address` rejects its address.

    >>> link("Ada", "https://x.org/ada"), link("Ada", "urn:ada")
    ('<a href="https://x.org/ada"><bdi>Ada</bdi></a>', '<bdi>Ada</bdi>')
    """
    inner = element("bdi", text)
    return element("a", inner, href=href) if address(href) else inner


def table(
    columns: Sequence[str], rows: Iterable[Iterable[str]], count: int, kind: str = "row"
) -> Fragment:
    """Return an HTML table of the first `MOST` rows, and a paragraph with the number of rows.

    `count` is the number of all rows, and `kind` the noun for one. Cells are escaped, and cut if
    long, unless they are a `Fragment`. No more rows are read than are in the table.

    >>> table(["a"], [["1"], ["2"]], 2).partition("</table>")[2]
    '<p>2 rows</p>'
    """
    head = element("tr", *(element("th", column, style=_LEFT) for column in columns))
    body = (
        element("tr", *(element("td", _cut(cell), style=_LEFT) for cell in row))
        for row in islice(rows, MOST)
    )
    inner = element("thead", head), element("tbody", *body)
    return joined([element("table", *inner), element("p", counted(count, kind))])


def items(pieces: Sequence[str], tag: str = "ul") -> Fragment:
    """Return an HTML list of the first `MOST` pieces, and a paragraph on how many more there are.

    Pieces are escaped unless they are a `Fragment`. ``""`` when there are none.
    """
    if not pieces:
        return Fragment()
    shown = element(tag, *(element("li", piece) for piece in pieces[:MOST]))
    more = len(pieces) - MOST
    return joined([shown, element("p", f"and {more:,} more")]) if more > 0 else shown


def counted(count: int, kind: str, most: int = MOST) -> str:
    """Return a count with its noun, such as ``2 rows``; if over `most`, that the first are shown.

    `kind` is the noun in the singular.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', 'The first 50 of 1,200 rows')
    """
    many = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    words = f"{count:,} {kind if count == 1 else many}"
    return words if count <= most else f"The first {most} of {words}"


def picture(svg: str) -> Fragment:
    """Return an SVG image, which must be escaped already, in an element that scrolls sideways.

    ``""`` without an image.
    """
    return element("div", Fragment(svg), style="overflow-x:auto") if svg else Fragment()


class Listed(list[T]):
    """A list that notebooks show as a table, and its slices too.

    A subclass has the names of the columns, the noun for an item, and the cells of an item.
    """

    COLUMNS: ClassVar[tuple[str, ...]]
    KIND: ClassVar[str]

    def cells(self, item: T) -> Iterable[str]:
        """Return the cells of an item; all that are not a `Fragment` are escaped later."""
        raise NotImplementedError

    @overload
    def __getitem__(self, at: SupportsIndex) -> T: ...

    @overload
    def __getitem__(self, at: slice) -> Self: ...

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        """Return an item, or a list of the same class for a slice."""
        if isinstance(at, slice):
            return type(self)(super().__getitem__(at))
        return super().__getitem__(at)

    def __repr__(self) -> str:
        """Return the name of the class with the number of items; `str` has all of them."""
        return f"{type(self).__name__}({counted(len(self), self.KIND, len(self))})"

    def __str__(self) -> str:
        """Return the items as text for people, each on a line of its own."""
        return "\n".join(map(str, self))

    def _repr_html_(self) -> str:
        """Return the list as an HTML table of its first items; Jupyter calls this."""
        return table(self.COLUMNS, map(self.cells, self), len(self), self.KIND)


def _piece(text: str) -> str:
    """Return a text escaped, unless it is a `Fragment`."""
    return text if isinstance(text, Fragment) else escaped(text)


def _cut(text: str) -> str:
    """Return a text cut to `_LONGEST_CELL` characters, unless it is a `Fragment`."""
    is_long = len(text) > _LONGEST_CELL and not isinstance(text, Fragment)
    return f"{text[:_LONGEST_CELL]}…" if is_long else text
