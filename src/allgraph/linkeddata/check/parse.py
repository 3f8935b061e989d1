"""Parsers of what a site sends: RDF, HTML, JSON-LD, sitemaps, and statistics of a dump.

Each runs in a child process with limits, for the documents are not trusted.
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
    format.media_type: format.engine for format in FORMATS if isinstance(format.engine, RdfFormat)
}
"""The media types of RDF, and the formats of the engine."""
SECONDS, MEMORY = 60.0, 2**30
MOST_UNPACKED = 2**29
MOST_THINGS = 1_000_000

_REMOTE = "remote contexts"
_SITEMAPS = ("urlset", "sitemapindex")
_TYPE = NamedNode(RDF + "type")

S = TypeVar("S")
T = TypeVar("T")


class RdfDocument(NamedTuple):
    """An RDF document: its media type, its bytes, and its base IRI."""

    type: str
    body: bytes
    base: str


@dataclass(frozen=True)
class Reading:
    """The triples of a document as N-Triples, or why there are none.

    `unread` is true of a document that may be right but cannot be read here.
    """

    lines: bytes = b""
    error: str = ""
    unread: bool = False

    def triples(self) -> Iterator[Triple]:
        """The triples."""
        for quad in parse(self.lines, format=RdfFormat.N_TRIPLES):
            yield quad.triple


class Counts(NamedTuple):
    """How many triples, subjects and objects there are, and how many of each class and property."""

    triples: int
    subjects: int
    objects: int
    classes: Mapping[str, int]
    properties: Mapping[str, int]

    def by_name(self) -> dict[str, int]:
        """The counts by the names that VoID has for them."""
        return {
            "triples": self.triples,
            "distinctSubjects": self.subjects,
            "distinctObjects": self.objects,
            "classes": len(self.classes),
            "properties": len(self.properties),
            **{f"void:entities of the class {iri}": n for iri, n in self.classes.items()},
            **{f"void:triples of the property {iri}": n for iri, n in self.properties.items()},
        }


@dataclass(frozen=True)
class Figures:
    """The counts of a dump, the IRIs that it has triples about, and its triples as N-Triples."""

    counts: Counts
    things: tuple[str, ...]
    lines: bytes


@dataclass
class Page:
    """The links and the JSON-LD of an HTML page."""

    links: list[tuple[frozenset[str], str, str]] = field(default_factory=list)
    """Its ``link`` elements: their ``rel``, ``type`` and ``href``."""
    references: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    base: str = ""


def read(documents: Sequence[RdfDocument]) -> list[Reading]:
    """Parse RDF documents. One that is too deep or too large gets a reading with the error."""
    try:
        return _isolated(_each, _reading, documents, what="the reading of a document")
    except EngineError as error:
        if len(documents) > 1:  # find out which of them it was
            return [reading for document in documents for reading in read([document])]
        return [Reading(error=error.message, unread=True)]


def canonical(lines: bytes) -> bytes:
    """Return N-Triples with canonical labels of blank nodes. Raises `EngineError` if it is slow."""
    if b"_:" not in lines:
        return lines
    triples = (quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))
    return labels.canonical(triples, timeout=SECONDS)


def figures(document: RdfDocument, bases: Sequence[str]) -> Figures:
    """Return the figures of a dump; its things are those under `bases`. Raises `EngineError`."""
    outcome = _isolated(_figures, document, tuple(bases), what="the reading of a dump")
    if isinstance(outcome, str):
        raise EngineError(outcome)
    return outcome


def page(body: bytes) -> Page:
    """Parse a page. Raises `EngineError` for one that takes too long."""
    return _isolated(_page, body, what="the reading of a page")


def json_problems(blocks: Sequence[str]) -> list[str]:
    """Return what is wrong with each block of JSON-LD, ``""`` for nothing.

    Remote contexts are not fetched: all their terms count as known. Raises `EngineError`.
    """
    return _isolated(_each, _json_problem, blocks, what="the reading of JSON-LD")


def sitemap(body: bytes) -> tuple[str, list[str]]:
    """Return the kind of a sitemap, ``urlset`` or ``sitemapindex``, and its addresses.

    Raises `EngineError` for another document.
    """
    kind, addresses = _isolated(_sitemap, body, what="the reading of a sitemap")
    if kind not in _SITEMAPS:
        raise EngineError(kind)
    return kind, addresses


def _isolated(parser: Callable[..., T], *arguments: object, what: str) -> T:
    """Call a parser in a child process with limits. Raises `EngineError` when it fails."""
    return sandbox.run(parser, *arguments, what=what, timeout=SECONDS, memory=MEMORY)


# ---- In the child process


def _quads(document: RdfDocument) -> Iterator[Quad]:
    format, base = TYPES[document.type], document.base or None
    return parse(document.body, format=format, base_iri=base, rename_blank_nodes=True)


def _lines(triples: Iterable[Triple]) -> bytes:
    """Return sorted N-Triples; raise `SyntaxError` for terms that only some parsers accept."""
    lines = "".join(sorted({f"{triple} .\n" for triple in triples})).encode()
    for _ in parse(lines, format=RdfFormat.N_TRIPLES):
        pass
    return lines


def _each(parser: Callable[[S], T], documents: Sequence[S]) -> list[T]:
    return [parser(document) for document in documents]


def _reading(document: RdfDocument) -> Reading:
    try:
        return Reading(_lines(quad.triple for quad in _quads(document)))
    except (SyntaxError, ValueError) as error:
        if _REMOTE in str(error):
            return Reading(error="its @context is elsewhere, and is not fetched", unread=True)
        return Reading(error=str(error))


def _figures(document: RdfDocument, bases: tuple[str, ...]) -> Figures | str:
    """Return the figures of a dump, which may be compressed by gzip, or what is wrong with it."""
    try:
        body = _unpacked(document.body)
        triples = {quad.triple for quad in _quads(document._replace(body=body))}
        lines = _lines(triples)
    except zlib.error as error:
        return f"it cannot be unpacked: {error}"
    except (SyntaxError, ValueError) as error:
        return str(error)
    members = {(t.subject, t.object) for t in triples if t.predicate == _TYPE}
    subjects = {t.subject for t in triples}
    counts = Counts(
        triples=len(triples),
        subjects=len(subjects),
        objects=len({t.object for t in triples}),
        classes=_counted(kind for _, kind in members),
        properties=_counted(t.predicate for t in triples),
    )
    iris = (subject.value for subject in subjects if isinstance(subject, NamedNode))
    things = {iri.partition("#")[0] for iri in iris if iri.startswith(bases)}
    return Figures(counts, tuple(sorted(things)[:MOST_THINGS]), lines)


def _unpacked(body: bytes) -> bytes:
    """Return a body without its compression; raise `ValueError` if it is too large then."""
    if body[:2] != b"\x1f\x8b":
        return body
    unpacker = zlib.decompressobj(wbits=31)
    unpacked = unpacker.decompress(body, MOST_UNPACKED)
    if unpacker.unconsumed_tail:
        raise ValueError(f"it has more than {MOST_UNPACKED / 2**20:g} MiB")
    return unpacked


def _counted(terms: Iterable[object]) -> dict[str, int]:
    return dict(Counter(term.value for term in terms if isinstance(term, NamedNode)))


class _PageReader(HTMLParser):
    """Collects the links and the JSON-LD of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._block: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        href = attributes.get("href", attributes.get("src", ""))
        kind = attributes.get("type", "").lower()
        if tag == "link":
            rels = frozenset(attributes.get("rel", "").lower().split())
            self.page.links.append((rels, kind, href))
        elif tag == "base" and not self.page.base:
            self.page.base = href
        elif tag in ("a", "area", "img", "script", "iframe", "source") and href:
            self.page.references.append(href)
        if tag == "script" and kind.strip() == "application/ld+json":
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


def _json_problem(block: str) -> str:
    import json

    try:
        local = json.dumps(json.loads(block, object_hook=_with_local_context)).encode()
        for _ in parse(local, format=RdfFormat.JSON_LD, base_iri="https://example.org/"):
            pass
    except (SyntaxError, ValueError, RecursionError) as error:
        return str(error)
    return ""


def _with_local_context(node: dict[str, Any]) -> dict[str, Any]:
    """Return an object of JSON-LD in which remote contexts are vocabularies."""
    return {key: _local(value) if key == "@context" else value for key, value in node.items()}


def _local(context: Any) -> Any:
    if isinstance(context, list):
        return [_local(part) for part in context]
    return {"@vocab": context} if isinstance(context, str) else context


def _sitemap(body: bytes) -> tuple[str, list[str]]:
    """Return the kind of a sitemap and its addresses, or what is wrong with it and none."""
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - in a process that may die
    except ElementTree.ParseError as error:
        return f"it is no XML: {error}", []
    kind = _local_name(root.tag)
    if kind not in _SITEMAPS:
        return f"its root is {kind[:50]}, not urlset or sitemapindex", []
    return kind, [e.text.strip() for e in root.iter() if _local_name(e.tag) == "loc" and e.text]


def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]
