"""What is read out of foreign documents: graphs, pages, sitemaps, and the figures of a dump.

All of it is read in a process of its own, which may take too long, ask too much, or die.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, NamedTuple, TypeVar

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from allgraph import sandbox
from allgraph.errors import EngineError
from allgraph.rdf import canonical as labels
from allgraph.rdf.formats import FORMATS
from allgraph.rdf.terms import RDF

TYPES: Mapping[str, RdfFormat] = {
    each.media_type: each.engine for each in FORMATS if isinstance(each.engine, RdfFormat)
}
"""Media types of RDF, and what the engine calls them."""
SECONDS, MEMORY = 60.0, 2**30
MOST_UNPACKED = 2**29
MOST_THINGS = 1_000_000

_REMOTE = "remote contexts"
_TYPE = NamedNode(RDF + "type")

T = TypeVar("T")


class RdfDocument(NamedTuple):
    """A document of RDF: its media type, its bytes, and what its references are relative to."""

    type: str
    body: bytes
    base: str


@dataclass(frozen=True)
class Reading:
    """The triples of a document as N-Triples, or why there are none.

    `unread` is of what is not wrong and cannot be read here.
    """

    lines: bytes = b""
    error: str = ""
    unread: bool = False

    def triples(self) -> Iterator[Triple]:
        """The triples."""
        for quad in parse(self.lines, format=RdfFormat.N_TRIPLES):
            yield quad.triple


@dataclass(frozen=True)
class Figures:
    """What can be counted in a dump, and the IRIs it says something of."""

    triples: int
    subjects: int
    objects: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]
    things: tuple[str, ...]
    lines: bytes


@dataclass
class Page:
    """What a page of HTML holds."""

    links: list[tuple[frozenset[str], str, str]] = field(default_factory=list)
    """Its ``link`` elements: their ``rel``, ``type`` and ``href``."""
    references: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    base: str = ""

    def linked(self, rel: str) -> Iterator[tuple[str, str]]:
        """The type and address of links of a relation."""
        return ((kind, href) for rels, kind, href in self.links if rel in rels)


def apart(work: Callable[..., T], *given: object, what: str) -> T:
    """What a function gives in a process of its own. Raises `EngineError` when it gives nothing."""
    return sandbox.run(work, *given, what=what, timeout=SECONDS, memory=MEMORY)


def read(documents: Sequence[RdfDocument]) -> list[Reading]:
    """The graphs of documents. What is nested too deeply, or too large, is an error of all."""
    try:
        return apart(_read, documents, what="the reading of a document")
    except EngineError as error:
        if len(documents) > 1:  # which of them?
            return [reading for each in documents for reading in read([each])]
        return [Reading(error=error.message, unread=True)]


def canonical(lines: bytes) -> bytes:
    """Triples, given as N-Triples, under labels that depend on what is said alone.

    Raises `EngineError` for what takes too long.
    """
    if b"_:" not in lines:
        return lines
    found = (quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))
    return labels.canonical(found, timeout=SECONDS)


def figures(document: RdfDocument, bases: Sequence[str]) -> Figures:
    """The figures of a dump. Raises `EngineError`."""
    found = apart(_figures, document, tuple(bases), what="the reading of a dump")
    if isinstance(found, str):
        raise EngineError(found)
    return found


def page(body: bytes) -> Page:
    """What a page holds. Raises `EngineError` for what takes too long."""
    return apart(_page, body, what="the reading of a page")


def json_problems(blocks: Sequence[str]) -> list[str]:
    """What is wrong with each block of JSON-LD; ``""`` for nothing.

    Contexts that are elsewhere are not fetched: their terms count as known.
    """
    return apart(_json_problems, blocks, what="the reading of JSON-LD")


def sitemap(body: bytes) -> tuple[str, list[str]]:
    """The kind of a sitemap, ``urlset`` or ``sitemapindex``, and its addresses.

    Raises `EngineError` for what is no sitemap.
    """
    kind, found = apart(_sitemap, body, what="the reading of a sitemap")
    if kind not in ("urlset", "sitemapindex"):
        raise EngineError(kind)
    return kind, found


# ---- In the process apart


def _quads(document: RdfDocument) -> Iterator[Quad]:
    format = TYPES[document.type]
    base = document.base or None
    return parse(document.body, format=format, base_iri=base, rename_blank_nodes=True)


def _lines(triples: Iterable[Triple]) -> bytes:
    """N-Triples; `SyntaxError` for what some parser let through and another would not."""
    lines = "".join(sorted({f"{triple} .\n" for triple in triples})).encode()
    for _ in parse(lines, format=RdfFormat.N_TRIPLES):
        pass
    return lines


def _read(documents: Sequence[RdfDocument]) -> list[Reading]:
    return [_one(each) for each in documents]


def _one(document: RdfDocument) -> Reading:
    try:
        lines = _lines(quad.triple for quad in _quads(document))
    except (SyntaxError, ValueError) as error:
        text = str(error)
        if _REMOTE in text:
            return Reading(error="its @context is elsewhere, and is not fetched", unread=True)
        return Reading(error=text)
    return Reading(lines)


def _figures(document: RdfDocument, bases: tuple[str, ...]) -> Figures | str:
    if document.body[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body = unpacker.decompress(document.body, MOST_UNPACKED)
        except zlib.error as error:
            return f"it cannot be unpacked: {error}"
        if unpacker.unconsumed_tail:
            return f"it has more than {MOST_UNPACKED / 2**20:g} MiB"
        document = document._replace(body=body)
    try:
        triples = {quad.triple for quad in _quads(document)}
        lines = _lines(triples)
    except (SyntaxError, ValueError) as error:
        return str(error)
    members = {(t.subject, t.object) for t in triples if t.predicate == _TYPE}
    things = {
        t.subject.value.partition("#")[0]
        for t in triples
        if isinstance(t.subject, NamedNode) and t.subject.value.startswith(bases)
    }
    return Figures(
        triples=len(triples),
        subjects=len({t.subject for t in triples}),
        objects=len({t.object for t in triples}),
        classes=_counted(kind for _, kind in members),
        properties=_counted(t.predicate for t in triples),
        things=tuple(sorted(things)[:MOST_THINGS]),
        lines=lines,
    )


def _counted(some: Iterable[object]) -> dict[str, int]:
    return dict(Counter(each.value for each in some if isinstance(each, NamedNode)))


class _PageReader(HTMLParser):
    """Takes note of what a page links to, and of its JSON-LD."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._block: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        href = said.get("href", said.get("src", ""))
        if tag == "link":
            rels = frozenset(said.get("rel", "").lower().split())
            self.page.links.append((rels, said.get("type", "").lower(), href))
        elif tag == "base" and not self.page.base:
            self.page.base = href
        elif tag in ("a", "area", "img", "script", "iframe", "source") and href:
            self.page.references.append(href)
        if tag == "script" and said.get("type", "").lower().strip() == "application/ld+json":
            self._block = []

    def handle_data(self, data: str) -> None:
        if self._block is not None:
            self._block.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._block is not None:
            self.page.blocks.append("".join(self._block))
            self._block = None


def _page(body: bytes) -> Page:
    reader = _PageReader()
    reader.feed(body.decode("utf-8", "replace"))
    reader.close()
    return reader.page


def _json_problems(blocks: Sequence[str]) -> list[str]:
    return [_json_problem(block) for block in blocks]


def _json_problem(block: str) -> str:
    import json

    try:
        said = json.dumps(_local(json.loads(block))).encode()
        for _ in parse(said, format=RdfFormat.JSON_LD, base_iri="https://example.org/"):
            pass
    except (SyntaxError, ValueError, RecursionError) as error:
        return str(error)
    return ""


def _local(said: Any) -> Any:
    """JSON-LD whose contexts elsewhere are vocabularies."""
    if isinstance(said, list):
        return [_local(each) for each in said]
    if isinstance(said, dict):
        return {k: _context(v) if k == "@context" else _local(v) for k, v in said.items()}
    return said


def _context(said: Any) -> Any:
    if isinstance(said, list):
        return [_context(each) for each in said]
    return {"@vocab": said} if isinstance(said, str) else said


def _sitemap(body: bytes) -> tuple[str, list[str]]:
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - in a process that may die
    except ElementTree.ParseError as error:
        return f"it is no XML: {error}", []
    kind = root.tag.rpartition("}")[2]
    if kind not in ("urlset", "sitemapindex"):
        return f"its root is {kind[:50]}, not urlset or sitemapindex", []
    found = [e.text.strip() for e in root.iter() if e.tag.rpartition("}")[2] == "loc" and e.text]
    return kind, found
