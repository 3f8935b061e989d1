"""Pictures of claims: an SVG image, with the same content as a table.

>>> picture = Picture("votes", "The vote on A.1", "<svg/>", ("option", "members"), (("yes", "2"),))
>>> picture
Picture('votes', 'The vote on A.1', 1 row)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allgraph.errors import UnknownFormat
from allgraph.render import svg as images
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import Fragment, element, items, joined, picture, table
from allgraph.render.png import png
from allgraph.writing import put

FORMATS = ("svg", "png", "json", "text")
"""The formats that a picture can be written in; ``png`` needs the extra of this name."""
_SUFFIXES = {"txt": "text"}
Address = Callable[[str], str]
"""A function from an IRI to the link to it, ``""`` for none."""


def not_drawn(limits: Sequence[str]) -> str:
    """Return what a picture leaves out, in words, as a line in it; ``""`` for nothing."""
    return f"Not drawn: {'; '.join(limits)}" if limits else ""


@dataclass(frozen=True, repr=False)
class Picture(Brief):
    """A picture: its kind, its title, an SVG image, and the rows of a table with the same content.

    `topics` are the IRIs of the things that it is about, none if it is about the graph. `query` is
    SPARQL for its data, ``""`` if there is none. `limits` say in words what is not drawn.

    >>> import allgraph
    >>> picture = allgraph.picture(allgraph.open(), "timeline", "RESPECT Program")
    >>> picture.kind, picture.svg[:5]
    ('timeline', '<svg ')
    """

    kind: str
    title: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    topics: tuple[str, ...] = ()
    query: str = ""
    limits: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """The width of the image in pixels."""
        return images.size_of(self.svg)[0]

    @property
    def framed(self) -> str:
        """The image with its title and a margin, for a file of its own."""
        return images.framed([self.svg], self.title)

    @property
    def complete(self) -> bool:
        """True if all is drawn."""
        return not self.limits

    def _facts(self) -> Iterator[str]:
        yield from (quoted(self.kind), quoted(self.title), count(len(self.rows), "row"))

    def __str__(self) -> str:
        """The title and the table as text, cells with tabs between them."""
        return "\n".join([self.title, *("\t".join(row) for row in (self.columns, *self.rows))])

    def _repr_svg_(self) -> str:
        """The image; notebooks that show no HTML call this."""
        return self.svg

    def _repr_html_(self) -> str:
        """The title, the image, the first rows of the table, and the limits; Jupyter calls this."""
        rows = table(self.columns, iter(self.rows), len(self.rows), "row")
        content = element("details", element("summary", "As a table"), Fragment(rows))
        head = element("p", element("b", self.title))
        return joined([head, picture(self.svg), content, items(self.limits)])

    def as_dict(self) -> dict[str, Any]:
        """Return the picture as JSON has it, with a dict for each row of the table."""
        return {
            "kind": self.kind,
            "title": self.title,
            "topics": list(self.topics),
            "complete": self.complete,
            "limits": list(self.limits),
            "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows],
            "query": self.query or None,
            "svg": self.svg,
        }

    def content(self, format: str = "svg") -> bytes:
        """Return the picture in one of `FORMATS`.

        As an image it has its title and a margin; ``json`` and ``text`` have its table.

        Raises `UnknownFormat` for a format other than `FORMATS`, and for ``png`` the errors of
        `allgraph.render.png.png`.
        """
        if format not in FORMATS:
            raise UnknownFormat(f"unknown format “{format}”; choose one of {', '.join(FORMATS)}")
        if format == "text":
            return f"{self}\n".encode()
        if format == "json":
            import json

            return f"{json.dumps(self.as_dict(), ensure_ascii=False, indent=2)}\n".encode()
        return png(self.framed) if format == "png" else f"{self.framed}\n".encode()

    def write(self, path: str | Path) -> None:
        """Write the picture to a file, in the format of the suffix of its name.

        A file that is there is replaced. Raises `UnknownFormat` for another suffix, `WriteError`
        when the file cannot be written, and the errors of `content`.
        """
        suffix = Path(path).suffix.lower().removeprefix(".")
        put(Path(path), self.content(_SUFFIXES.get(suffix, suffix)), follow=True)
