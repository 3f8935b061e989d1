"""The document about one IRI, as linked data: what is known of it, and of the document itself.

Of a thing: its plain triples; the claims about it, from either side, each with its dates, rank,
bounds and evidence, the direct triple that follows from it, its rivals and the claims it speaks
of; and what all that is mentioned is called. Of a claim: the same, itself first. Of a source:
itself, and the claims whose evidence it is. Of a class, predicate or shape: what defines it. Of
an ontology: all of it. More than 200 claims are on several pages; what is more than 100,000 is
left out, and the document says so.

What was withheld at loading is in no document.

>>> from allgraph.graph import open_graph
>>> document = about(open_graph(), "https://w3id.org/allgraph/id/coco-rocha")
>>> print(document.write("turtle").decode().partition("id:coco-rocha a")[2].splitlines()[0])
 ag:Person ;
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pyoxigraph import Literal, NamedNode, Triple

from allgraph.errors import UnknownFormat, UnknownName
from allgraph.graph import Graph
from allgraph.linkeddata import definitions, publication
from allgraph.linkeddata.describe import (
    PART,
    Known,
    Steps,
    below,
    described,
    every,
    is_part,
    made,
    names,
    those_that_are_claims,
)
from allgraph.linkeddata.describe import claims as claims_of
from allgraph.linkeddata.publication import DCTERMS, FOAF, HYDRA, NOWHERE, VOID, Publication
from allgraph.model import vocabulary
from allgraph.model.addresses import SUFFIXES, path_of
from allgraph.rdf import terms
from allgraph.rdf.canonical import canonical
from allgraph.rdf.formats import named
from allgraph.rdf.jsonld import jsonld
from allgraph.rdf.rdfxml import sorted_document
from allgraph.rdf.serialize import trig
from allgraph.rdf.terms import OWL, RDFS, Prefixes, Term, text

PAGE = 200
"""How many claims, and how many other triples about a thing, are on a page."""
MOST = 100_000
"""How many claims, and how many other triples, all pages of a document have at most."""
FORMATS = tuple(named(suffix).name for suffix in SUFFIXES)
"""The names of the formats of documents."""

_REPLACED = NamedNode(DCTERMS + "isReplacedBy")
_MODIFIED = NamedNode(DCTERMS + "modified")
_PART_OF, _FORMAT = NamedNode(DCTERMS + "isPartOf"), NamedNode(DCTERMS + "hasFormat")
_DOCUMENT = NamedNode(FOAF + "Document")
_PRIMARY, _TOPIC = NamedNode(FOAF + "primaryTopic"), NamedNode(FOAF + "topic")
_IN_DATASET = NamedNode(VOID + "inDataset")
_ONTOLOGY = NamedNode(OWL + "Ontology")
_LONGEST = 20  # how often a thing is replaced, one after another
_TOPICS = 200  # documents that are planned together
_NODES = 500  # claims and documents that are described together

T = TypeVar("T")


@dataclass(frozen=True)
class Document:
    """What is said about one IRI, the `topic`, on one of `pages` pages.

    `claims` are the claims about the topic on this page, or from it as their source, in the order
    of their IRIs; to show them, read those of many documents, and the topics, which may be claims
    themselves, by one ``claims.named(graph, …)`` and put each document's by ``claims.in_order``.
    `replaced_by` is the IRI that stands for the same thing now, ``""`` unless it was merged or
    renamed. `whole` is false when more than `MOST` claims or triples are about the topic.
    """

    topic: NamedNode
    triples: tuple[Triple, ...]
    prefixes: Prefixes
    page: int = 1
    pages: int = 1
    claims: tuple[NamedNode, ...] = ()
    replaced_by: str = ""
    whole: bool = True

    def write(self, format: str = "turtle") -> bytes:
        """The document in a format, by its name or suffix; see `written`."""
        return written(self.triples, self.prefixes, format)


def about(
    graph: Graph, iri: str | NamedNode, *, page: int = 1, published: Publication = NOWHERE
) -> Document:
    """The document about an IRI, and what it says about itself.

    That is its topic, licence, publisher, dataset, formats and other pages, and when it was
    modified, where the data says so. An IRI outside the base has triples, but no document of
    its own. The IRI of evidence, or of any part of a claim or thing, gives the document that it
    is a part of. Of an endpoint, triples with blank nodes are left out. Raises `UnknownName`
    when nothing is said of the IRI, or there is no such page.

    >>> from allgraph.graph import open_graph
    >>> about(open_graph(), "https://w3id.org/allgraph/id/nobody")
    Traceback (most recent call last):
      ...
    allgraph.errors.UnknownName: nothing is said of <https://w3id.org/allgraph/id/nobody> here
    """
    known = Known(graph)
    [plan] = made(known, [_plan(graph, iri)])
    if not 1 <= page <= plan.pages:
        raise UnknownName(f"the document about <{plan.topic.value}> has no page {page}")
    [document] = made(known, [_document(graph, plan, page, _Home.of(graph, published))])
    if not document.triples:
        raise UnknownName(f"nothing is said of <{plan.topic.value}> here")
    return document


def several(
    graph: Graph, iris: Iterable[str | NamedNode], *, published: Publication = NOWHERE
) -> Iterator[Document]:
    """The documents about some IRIs, in their order, all pages of each; see `about`.

    They are made many at a time, which is much faster, and takes no more memory for more of
    them. What nothing is said of has no document.

    >>> from allgraph.graph import open_graph
    >>> spaces = ("ns", "id/coco-rocha", "id/nobody")
    >>> iris = [f"https://w3id.org/allgraph/{space}" for space in spaces]
    >>> [document.topic.value[26:] for document in several(open_graph(), iris)]
    ['ns', 'id/coco-rocha']
    """
    home, known = _Home.of(graph, published), Known(graph)
    for some in _batches(iris, lambda _: 1, _TOPICS):
        plans = made(known, [_plan(graph, iri) for iri in some])
        pages = ((plan, page) for plan in plans for page in range(1, plan.pages + 1))
        for group in _batches(pages, lambda each: 1 + len(each[0].claims_on(each[1])), _NODES):
            found = made(known, [_document(graph, plan, page, home) for plan, page in group])
            yield from (document for document in found if document.triples)


def write(graph: Graph, iri: str | NamedNode, format: str = "turtle", *, page: int = 1,
          published: Publication = NOWHERE) -> bytes:  # fmt: skip
    """The document about an IRI in a format: `about` and `written` in one."""
    chosen = check(format)
    return about(graph, iri, page=page, published=published).write(chosen)


def written(triples: Iterable[Triple], prefixes: Prefixes, format: str = "turtle") -> bytes:
    r"""Triples in a format: ``turtle ntriples rdfxml jsonld``, or its suffix.

    The same triples give the same bytes, whatever the labels of blank nodes. Raises
    `UnknownFormat` for another format, and when RDF/XML cannot say a triple.

    >>> written([Triple(NamedNode("http://x/a"), _REPLACED, Literal("b"))], Prefixes(), "nt")
    b'<http://x/a> <http://purl.org/dc/terms/isReplacedBy> "b" .\n'
    """
    chosen = check(format)
    if chosen == "ntriples":
        return canonical(triples)
    if chosen == "rdfxml":
        return sorted_document(triples, prefixes)
    return (jsonld if chosen == "jsonld" else trig)(triples, prefixes).encode()


def check(name: str) -> str:
    """The name of a format that documents have, or `UnknownFormat`."""
    chosen = named(name, "triples").name
    if chosen not in FORMATS:
        known = ", ".join(FORMATS)
        raise UnknownFormat(f"documents are not written as {chosen}; there are {known}")
    return chosen


def _batches(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Items in lists whose sizes have a sum of at most so much, unless one alone has more."""
    some: list[T] = []
    total = 0
    for item in items:
        own = size(item)
        if some and total + own > most:
            yield some
            some, total = [], 0
        some.append(item)
        total += own
    if some:
        yield some


@dataclass(frozen=True)
class _Plan:
    """What the pages of a document are made of: claims, other triples, or definitions alone."""

    topic: NamedNode
    claims: Sequence[Term] = ()
    others: Sequence[Triple] = ()
    defined: Sequence[Triple] = ()

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, *(-(-min(len(each), MOST) // PAGE) for each in (self.claims, self.others)))

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return max(len(self.claims), len(self.others)) <= MOST

    def claims_on(self, page: int) -> list[NamedNode]:
        """The claims on a page."""
        return [claim for claim in self.claims[_part(page)] if isinstance(claim, NamedNode)]

    def others_on(self, page: int) -> Sequence[Triple]:
        """The other triples on a page."""
        return self.others[_part(page)]


def _part(page: int) -> slice:
    return slice((page - 1) * PAGE, min(page * PAGE, MOST))


def _plan(graph: Graph, iri: str | NamedNode) -> Steps[_Plan]:
    """What there is to say of an IRI."""
    topic = yield from _topic(iri if isinstance(iri, NamedNode) else terms.iri(iri))
    claims = sorted((yield "document-claims", [topic])[topic], key=text)
    others = (yield "document-others", [topic])[topic]
    others = sorted(others, key=lambda triple: _order(triple, topic))
    if not (claims or others) or Triple(topic, vocabulary.TYPE, _ONTOLOGY) in others:
        if defined := definitions.of(graph, topic):
            return _Plan(topic, defined=defined)
    return _Plan(topic, claims, others)


def _order(triple: Triple, topic: NamedNode) -> tuple[bool, str, str, str, str]:
    """Where a triple stands among others about a topic; engines leave ties as they fall."""
    subject, predicate, obj = triple
    return subject != topic, predicate.value, text(subject), text(obj), str(obj)


def _topic(iri: NamedNode) -> Steps[NamedNode]:
    """What an IRI is part of, if it was made for a part; else the IRI itself."""
    match = PART.fullmatch(iri.value)
    if match is not None and iri in (yield from described([NamedNode(match[1])])):
        return NamedNode(match[1])
    return iri


def _document(graph: Graph, plan: _Plan, page: int, home: _Home) -> Steps[Document]:
    """A page of a document; without triples when nothing is said."""
    topic, others, claims = plan.topic, plan.others_on(page), plan.claims_on(page)
    if plan.defined:
        triples = [*plan.defined]
    else:
        nodes = claims
        if plan.claims or plan.others:
            nodes = claims + (yield from those_that_are_claims([topic]))
        triples = [*others, *(yield from claims_of(nodes))]
        parts = [t.object for t in others if t.subject == topic and is_part(t.object, topic)]
        triples += every((yield from described(parts, whole=topic)))
        triples += below(graph, triples)
    found = Document(topic, (), home.prefixes, page, plan.pages, tuple(claims), "", plan.whole)
    if not triples:
        return found
    replaced = yield from _replaced_by(topic, triples)
    itself = _itself(found, triples, home)
    triples = [*triples, *(yield from names(triples)), *itself]
    return replace(found, triples=tuple(dict.fromkeys(triples)), replaced_by=replaced)


def _replaced_by(topic: NamedNode, triples: Iterable[Triple]) -> Steps[str]:
    """What stands for a thing now, however often that was replaced; not if it goes in a circle."""
    seen, here, said = {topic}, topic, [*triples]
    while True:
        found = {t.object for t in said if t.predicate == _REPLACED and t.subject == here}
        target = found.pop() if len(found) == 1 else None
        if not isinstance(target, NamedNode):
            return "" if here == topic or found else here.value
        if target in seen or len(seen) > _LONGEST:
            return ""
        seen.add(target)
        here, said = target, every((yield from described([target])))


@dataclass(frozen=True)
class _Home:
    """Where documents are published, and what they all say of themselves."""

    url: str
    base: str
    prefixes: Prefixes
    dataset: NamedNode
    rights: tuple[tuple[NamedNode | None, NamedNode, Term], ...]

    @classmethod
    def of(cls, graph: Graph, published: Publication) -> _Home:
        """The home of a publication of a graph."""
        itself = NamedNode("urn:itself")
        rights = publication.rights(graph, itself, published)
        return cls(
            publication.home_of(graph, published), graph.folder.base,
            publication.prefixes(graph), publication.dataset_iri(graph, published),
            tuple((None if s == itself else s, p, o) for s, p, o in rights),
        )  # fmt: skip

    def node(self, topic: NamedNode, page: int, suffix: str = "") -> NamedNode:
        """The IRI of the page about a topic, or of its data."""
        path = path_of(topic, self.base, suffix=suffix, page=page) or "/"
        return NamedNode(self.url + path[1:])


def _itself(document: Document, triples: Iterable[Triple], home: _Home) -> Iterator[Triple]:
    """What a document says about itself; nothing when its topic is not under the base."""
    topic, page = document.topic, document.page
    if path_of(topic, home.base) is None:
        return
    here = home.node(topic, page)
    is_main = "#" not in topic.value.removeprefix(home.base)
    if here != topic:
        yield Triple(here, vocabulary.TYPE, _DOCUMENT)
        yield Triple(here, _PRIMARY if is_main else _TOPIC, topic)
    yield Triple(here, _PART_OF, home.dataset)
    yield Triple(here, _IN_DATASET, home.dataset)
    yield from (Triple(s or here, p, o) for s, p, o in home.rights)
    for suffix in SUFFIXES:
        yield Triple(here, _FORMAT, home.node(topic, page, suffix))
    if here != topic:
        said = (t.object for t in triples if t.predicate == _MODIFIED and t.subject == topic)
        yield from (Triple(here, _MODIFIED, when) for when in said)
    if document.pages > 1:
        yield from _pages(document, home, here)
    if not document.whole:
        words = f"More than {MOST:,} claims or triples are about this; the others are left out."
        yield Triple(here, NamedNode(RDFS + "comment"), Literal(words, language="en"))


def _pages(document: Document, home: _Home, here: NamedNode) -> Iterator[Triple]:
    """The links from one page of a document to others."""
    last = document.pages
    numbers = {"first": 1, "previous": document.page - 1, "next": document.page + 1, "last": last}
    yield Triple(here, vocabulary.TYPE, NamedNode(HYDRA + "PartialCollectionView"))
    for name, number in numbers.items():
        if 1 <= number <= last:
            yield Triple(here, NamedNode(HYDRA + name), home.node(document.topic, number))
