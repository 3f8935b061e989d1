"""Parsers of what a site sends: RDF, HTML, JSON-LD, sitemaps, and statistics of a dump.

Each runs in a child process with limits, for the documents are not trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, NamedTuple, TypeVar

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from allgraph import sandbox
from allgraph.errors import EngineError
from allgraph.model.vocabulary import REPLACED_BY, SUBCLASS, TYPE
from allgraph.rdf import canonical as labels
from allgraph.rdf.files import gunzipped
from allgraph.rdf.formats import FORMATS

TYPES: Mapping[str, RdfFormat] = {
    format.media_type: format.engine for format in FORMATS if isinstance(format.engine, RdfFormat)
}
"""The media types of RDF, and the formats of the engine."""
SECONDS, MEMORY = 60.0, 2**30
"""How many seconds and bytes of memory a child process may take."""
MOST_UNPACKED = 2**29
"""How many bytes a compressed dump may have when it is unpacked."""
MOST_THINGS = 1_000_000
"""How many IRIs the figures of a dump have at most."""

_REMOTE = "remote contexts"  # words of the engine's error for JSON-LD that it would have to fetch

S = TypeVar("S")
T = TypeVar("T")


class RdfDocument(NamedTuple):
    """An RDF document: its media type, its bytes, and its base IRI."""

    type: str
    body: bytes
    base: str


@dataclass(frozen=True)
class Reading:
    """The result of parsing an RDF document: its triples, or the `error` that it has.

    `lines` are the triples as N-Triples. `unread` is true of a document that may be right but
    cannot be read here, since it is too large or needs a context from elsewhere.
    """

    lines: bytes = b""
    error: str = ""
    unread: bool = False

    def triples(self) -> Iterator[Triple]:
        """Parse `lines`, and yield the triples."""
        for quad in parse(self.lines, format=RdfFormat.N_TRIPLES):
            yield quad.triple


@dataclass(frozen=True)
class Figures:
    """The content of a dump: its counts, the IRIs that it has triples about, and its triples.

    `counts` are by the names that `counts_by_name` gives. `things` are sorted IRIs without
    fragments. `lines` are the triples as N-Triples.
    """

    counts: Mapping[str, tuple[int, ...]]
    things: tuple[str, ...]
    lines: bytes


@dataclass
class Page:
    """The links and the JSON-LD of an HTML page."""

    links: list[tuple[frozenset[str], str, str]] = field(default_factory=list)
    """Its ``link`` elements: their ``rel``, ``type`` and ``href``."""
    references: list[str] = field(default_factory=list)
    """The addresses in its other elements, such as ``a`` and ``img``, as they are written."""
    blocks: list[str] = field(default_factory=list)
    """The texts of its ``script`` elements with JSON-LD."""
    base: str = ""
    """The address in its ``base`` element; ``""`` without one."""


def read(documents: Sequence[RdfDocument]) -> list[Reading]:
    """Parse RDF documents in a child process; return the triples or the error of each, in order.

    One that kills the process or takes too long gets an error too: if that happens, each document
    is parsed in a process of its own. The reading of such a document is `unread`, since it may be
    right; so is that of JSON-LD with a remote context, which is not fetched.
    """
    try:
        return _isolated(_map, _reading, documents, what="the reading of a document")
    except EngineError as error:
        if len(documents) > 1:  # find out which of them it was
            return [reading for document in documents for reading in read([document])]
        return [Reading(error=error.message, unread=True)]


def canonical(lines: bytes) -> bytes:
    """Return N-Triples with canonical labels of blank nodes, as sorted lines.

    Without blank nodes the lines are returned as they are. The labels are computed in a child
    process; raises `EngineError` if that takes too long or too much memory.
    """
    if b"_:" not in lines:
        return lines
    triples = (quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES))
    return labels.canonical(triples, timeout=SECONDS)


def figures(document: RdfDocument, bases: Sequence[str]) -> Figures:
    """Parse a dump, which may be compressed by gzip, in a child process with limits.

    Returns its counts, its triples as N-Triples, and its things: the sorted IRIs of subjects that
    begin with one of the bases, without fragments, at most `MOST_THINGS`. Raises `EngineError` if
    the dump is wrong or too large, or if the process dies or takes too long.
    """
    return _isolated(_figures, document, tuple(bases), what="the reading of a dump")


def counts_by_name(
    triples: int,
    subjects: int,
    objects: int,
    classes: Mapping[str, int],
    narrowest: Mapping[str, int],
    properties: Mapping[str, int],
) -> dict[str, tuple[int, ...]]:
    """Return counts by the local names of their VoID properties, such as ``distinctSubjects``.

    `classes` has the number of instances of each class, `narrowest` that of those which are not of
    a narrower one, and `properties` that of triples of each property; these counts have a name that
    ends with its IRI. A dataset may state either number of the instances, so there are two.
    """
    return {
        "triples": (triples,),
        "distinctSubjects": (subjects,),
        "distinctObjects": (objects,),
        "classes": (len(classes), len(narrowest)),
        "properties": (len(properties),),
        **{
            f"void:entities of the class {iri}": (n, narrowest.get(iri, 0))
            for iri, n in classes.items()
        },
        **{f"void:triples of the property {iri}": (n,) for iri, n in properties.items()},
    }


def page(body: bytes) -> Page:
    """Parse an HTML page in a child process with limits, and return its links and JSON-LD.

    Raises `EngineError` for a page that takes too long or too much memory.
    """
    return _isolated(_page, body, what="the reading of a page")


def json_problems(blocks: Sequence[str]) -> list[str]:
    """Parse the texts of JSON-LD, and return the error of each, ``""`` if it has none.

    Runs in a child process with limits. Remote contexts are not fetched: all their terms count as
    known. Raises `EngineError` if it takes too long or too much memory.
    """
    return _isolated(_map, _json_problem, blocks, what="the reading of JSON-LD")


def sitemap(body: bytes) -> tuple[str, list[str]]:
    """Parse a sitemap in a child process with limits.

    Returns its kind, ``urlset`` or ``sitemapindex``, and its addresses. Raises `EngineError` for
    any other document, and for one that takes too long or too much memory.
    """
    return _isolated(_sitemap, body, what="the reading of a sitemap")


def _isolated(parser: Callable[..., T], *arguments: object, what: str) -> T:
    """Call a parser in a child process with limits, and return what it returns.

    `what` is a noun for the work, for messages. Raises `EngineError` when the process dies or takes
    too long, and the parser's own `EngineError`.
    """
    return sandbox.run(parser, *arguments, what=what, timeout=SECONDS, memory=MEMORY)


# ---- In the child process: these functions have no effects outside


def _quads(document: RdfDocument) -> Iterator[Quad]:
    """Yield the quads of an RDF document, with new labels for blank nodes.

    Raises `SyntaxError` or `ValueError` at the first error.
    """
    format, base = TYPES[document.type], document.base or None
    return parse(document.body, format=format, base_iri=base, rename_blank_nodes=True)


def _lines(triples: Iterable[Triple]) -> bytes:
    """Return triples as sorted N-Triples, each once.

    Raises `SyntaxError` for terms that the parser of N-Triples does not accept.
    """
    lines = "".join(sorted({f"{triple} .\n" for triple in triples})).encode()
    for _ in parse(lines, format=RdfFormat.N_TRIPLES):
        pass
    return lines


def _map(parser: Callable[[S], T], documents: Sequence[S]) -> list[T]:
    """Return the results of a parser for several documents, as one call for a child process."""
    return [parser(document) for document in documents]


def _reading(document: RdfDocument) -> Reading:
    """Parse an RDF document, and return a reading with its triples, or one with its error.

    JSON-LD with a remote context, which is not fetched, gives a reading that is `unread`.
    """
    try:
        return Reading(_lines(quad.triple for quad in _quads(document)))
    except (SyntaxError, ValueError) as error:
        if _REMOTE in str(error):
            return Reading(error="its @context is elsewhere, and is not fetched", unread=True)
        return Reading(error=str(error))


def _figures(document: RdfDocument, bases: tuple[str, ...]) -> Figures:
    """Parse a dump, which may be compressed by gzip; return its counts, triples and things.

    The things are the IRIs of subjects that begin with one of the bases, without fragments, the
    first `MOST_THINGS` of them, sorted. Raises `EngineError` for a dump that is wrong or too large.
    """
    try:
        body = _unpacked(document.body)
        triples = {quad.triple for quad in _quads(document._replace(body=body))}
        lines = _lines(triples)
    except (SyntaxError, ValueError) as error:
        raise EngineError(str(error)) from None
    members = {(t.subject, t.object) for t in triples if t.predicate == TYPE}
    subjects = {t.subject for t in triples}
    counts = counts_by_name(
        triples=len(triples),
        subjects=len(subjects),
        objects=len({t.object for t in triples}),
        classes=_counted(kind for _, kind in members),
        narrowest=_counted(kind for _, kind in _narrowest(members, triples)),
        properties=_counted(t.predicate for t in triples),
    )
    iris = (subject.value for subject in subjects if isinstance(subject, NamedNode))
    things = {iri.partition("#")[0] for iri in iris if iri.startswith(bases)}
    return Figures(counts, tuple(sorted(things)[:MOST_THINGS]), lines)


def _narrowest(
    members: set[tuple[Any, Any]], triples: Iterable[Triple]
) -> Iterator[tuple[Any, Any]]:
    """Yield the members of classes that are not members of a narrower one or of what replaced it.

    `members` has pairs of a node and its class; `triples` say which classes are narrower.
    """
    narrower: dict[Any, list[Any]] = {}
    for triple in triples:
        if triple.predicate == SUBCLASS and triple.subject != triple.object:
            narrower.setdefault(triple.object, []).append(triple.subject)
        elif triple.predicate == REPLACED_BY:
            narrower.setdefault(triple.subject, []).append(triple.object)
    for node, kind in members:
        if not any((node, other) in members for other in narrower.get(kind, ())):
            yield node, kind


def _unpacked(body: bytes) -> bytes:
    """Return a body unpacked if it is compressed by gzip, or else as it is.

    Raises `ValueError` if it has more than `MOST_UNPACKED` bytes, or is cut off or broken.
    """
    if body[:2] != b"\x1f\x8b":
        return body
    unpacked = gunzipped(body, MOST_UNPACKED)
    if len(unpacked) > MOST_UNPACKED:
        raise ValueError(f"it has more than {MOST_UNPACKED / 2**20:g} MiB")
    return unpacked


def _counted(terms: Iterable[object]) -> dict[str, int]:
    """Return the count of each IRI among some terms; blank nodes and literals are left out."""
    return dict(Counter(term.value for term in terms if isinstance(term, NamedNode)))


class _PageReader(HTMLParser):
    """An HTML parser that collects the links and the JSON-LD of a page in `page`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        # the texts of the JSON-LD element that is open; `None` outside of one
        self._open_block: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add the link, base or reference of an element to `page`, and open a block of JSON-LD."""
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
            self._open_block = []

    def handle_data(self, data: str) -> None:
        """Add a text to the open block of JSON-LD, if there is one."""
        if self._open_block is not None:
            self._open_block.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close the open block of JSON-LD at the end of its ``script``, and add it to `page`."""
        if tag == "script" and self._open_block is not None:
            self.page.blocks.append("".join(self._open_block))
            self._open_block = None


def _page(body: bytes) -> Page:
    """Parse an HTML page; return its links, other references, base and texts of JSON-LD.

    Errors of its syntax are ignored, as browsers do.
    """
    reader = _PageReader()
    reader.feed(body.decode("utf-8", "replace"))
    reader.close()
    return reader.page


def _json_problem(block: str) -> str:
    """Parse a text of JSON-LD; return its error, ``""`` if it has none. Nothing is fetched."""
    import json

    try:
        local = json.dumps(json.loads(block, object_hook=_with_local_context)).encode()
        for _ in parse(local, format=RdfFormat.JSON_LD, base_iri="https://example.org/"):
            pass
    except (SyntaxError, ValueError, RecursionError) as error:
        return str(error)
    return ""


def _with_local_context(node: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a JSON-LD object with a ``@context`` for which nothing is fetched.

    Each address in the context becomes ``{"@vocab": address}``, so that all terms are known.
    Objects in the context, and the other values of `node`, stay as they are.
    """
    return {
        key: _local_context(value) if key == "@context" else value for key, value in node.items()
    }


def _local_context(context: Any) -> Any:
    """The value of ``@context`` with ``{"@vocab": address}`` in place of each address.

    Addresses in lists are replaced too. Any other value is returned as it is.
    """
    if isinstance(context, list):
        return [_local_context(part) for part in context]
    return {"@vocab": context} if isinstance(context, str) else context


def _sitemap(body: bytes) -> tuple[str, list[str]]:
    """Parse a sitemap; return its kind and addresses, or raise `EngineError`."""
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - in a process that may die
    except ElementTree.ParseError as error:
        raise EngineError(f"it is no XML: {error}") from None
    kind = _local_name(root.tag)
    if kind not in ("urlset", "sitemapindex"):
        raise EngineError(f"its root is {kind[:50]}, not urlset or sitemapindex")
    return kind, [e.text.strip() for e in root.iter() if _local_name(e.tag) == "loc" and e.text]


def _local_name(tag: str) -> str:
    """The name of an XML element without the namespace, which is in braces before it."""
    return tag.rpartition("}")[2]
