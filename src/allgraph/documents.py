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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from allgraph import definitions, derive, publications, terms
from allgraph.addresses import SUFFIXES, path_of
from allgraph.answer import Answer, with_xml_names
from allgraph.descriptions import (
    PART,
    below,
    described,
    every,
    is_part,
    names,
    those_that_are_claims,
    triples_of,
)
from allgraph.descriptions import claims as claims_of
from allgraph.errors import UnknownFormat, UnknownName
from allgraph.formats import named
from allgraph.graph import Graph
from allgraph.labels import canonical
from allgraph.publications import DCTERMS, FOAF, HYDRA, NOWHERE, VOID, Publication
from allgraph.terms import OWL, RDFS, Prefixes
from allgraph.writers import jsonld, sound, trig

PAGE = 200
"""How many claims, and how many other triples about a thing, are on a page."""
MOST = 100_000
"""How many claims, and how many other triples, all pages of a document have at most."""
FORMATS = tuple(named(suffix).name for suffix in SUFFIXES)
"""The names of the formats of documents."""

_REPLACED = NamedNode(DCTERMS + "isReplacedBy")
_MODIFIED = NamedNode(DCTERMS + "modified")
_ONTOLOGY = NamedNode(OWL + "Ontology")
_LONGEST = 20  # how often a thing is replaced, one after another


@dataclass(frozen=True)
class Document:
    """What is said about one IRI, the `topic`, on one of `pages` pages.

    `replaced_by` is the IRI that stands for the same thing now, ``""`` unless it was merged or
    renamed. `whole` is false when more than `MOST` claims or triples are about the topic.
    """

    topic: NamedNode
    triples: tuple[Triple, ...]
    prefixes: Prefixes
    page: int = 1
    pages: int = 1
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
    modified, where `published` says so. An IRI outside the base has triples, but no document of
    its own. The IRI of evidence, or of any part of a claim or thing, gives the document that it
    is a part of. Of an endpoint, triples with blank nodes are left out. Raises `UnknownName`
    when nothing is said of the IRI, or there is no such page.

    >>> from allgraph.graph import open_graph
    >>> about(open_graph(), "https://w3id.org/allgraph/id/nobody")
    Traceback (most recent call last):
      ...
    allgraph.errors.UnknownName: nothing is said of <https://w3id.org/allgraph/id/nobody> here
    """
    topic = _topic(graph, iri if isinstance(iri, NamedNode) else terms.iri(iri))
    found = _thing(graph, topic, max(page, 1))
    if not found.triples or Triple(topic, derive.TYPE, _ONTOLOGY) in found.triples:
        defined = definitions.of(graph, topic)
        found = Document(topic, tuple(defined), found.prefixes) if defined else found
    if not 1 <= page <= found.pages:
        raise UnknownName(f"the document about <{topic.value}> has no page {page}")
    if not found.triples:
        raise UnknownName(f"nothing is said of <{topic.value}> here")
    named = names(graph, found.triples)
    triples = [*found.triples, *named, *_itself(graph, found, published)]
    replaced = _replaced_by(topic, found.triples, graph)
    return replace(found, triples=tuple(dict.fromkeys(triples)), replaced_by=replaced)


def write(graph: Graph, iri: str | NamedNode, format: str = "turtle", *, page: int = 1,
          published: Publication = NOWHERE) -> bytes:  # fmt: skip
    """The document about an IRI in a format: `about` and `written` in one."""
    chosen = _format(format)
    return about(graph, iri, page=page, published=published).write(chosen)


def written(triples: Iterable[Triple], prefixes: Prefixes, format: str = "turtle") -> bytes:
    r"""Triples in a format: ``turtle ntriples rdfxml jsonld``, or its suffix.

    The same triples give the same bytes, whatever the labels of blank nodes. Raises
    `UnknownFormat` for another format, and when RDF/XML cannot say a triple.

    >>> written([Triple(NamedNode("http://x/a"), _REPLACED, Literal("b"))], Prefixes(), "nt")
    b'<http://x/a> <http://purl.org/dc/terms/isReplacedBy> "b" .\n'
    """
    chosen = _format(format)
    quads = [Quad(*triple) for triple in triples]
    if chosen == "ntriples":
        return canonical(quads)
    if chosen == "rdfxml":
        in_order = parse(canonical(quads), format=RdfFormat.N_TRIPLES)
        plain = (with_xml_names(quad.triple) for quad in in_order)
        fit = {p: space for p, space in sound(prefixes).items() if p[:3].lower() != "xml"}
        return Answer(triples=tuple(plain), prefixes=Prefixes(fit)).write("rdfxml")
    return (jsonld if chosen == "jsonld" else trig)(quads, prefixes).encode()


def _format(name: str) -> str:
    """The name of a format that documents have."""
    chosen = named(name, "triples").name
    if chosen not in FORMATS:
        known = ", ".join(FORMATS)
        raise UnknownFormat(f"documents are not written as {chosen}; there are {known}")
    return chosen


def _topic(graph: Graph, iri: NamedNode) -> NamedNode:
    """What an IRI is part of, if it was made for a part; else the IRI itself."""
    match = PART.fullmatch(iri.value)
    if match is not None and iri in described(graph, [NamedNode(match[1])]):
        return NamedNode(match[1])
    return iri


def _thing(graph: Graph, topic: NamedNode, page: int) -> Document:
    """What the graph says of a thing, claim, source or term."""
    claims = [row["claim"] for row in graph.run("document-claims", thing=topic).rows]
    others = triples_of(graph, graph.run("document-others", thing=topic).rows)
    pages = max(1, *(-(-min(len(each), MOST) // PAGE) for each in (claims, others)))
    part = slice((page - 1) * PAGE, min(page * PAGE, MOST))
    nodes = [claim for claim in claims[part] if isinstance(claim, NamedNode)]
    if claims or others:
        nodes += those_that_are_claims(graph, [topic])
    triples = [*others[part], *claims_of(graph, nodes)]
    parts = [t.object for t in others[part] if t.subject == topic and is_part(t.object, topic)]
    triples += every(described(graph, parts, whole=topic))
    triples += below(graph, triples)
    whole = max(len(claims), len(others)) <= MOST
    return Document(topic, tuple(triples), publications.prefixes(graph), page, pages, "", whole)


def _replaced_by(topic: NamedNode, triples: Iterable[Triple], graph: Graph) -> str:
    """What stands for a thing now, however often that was replaced; not if it goes in a circle."""
    seen, here, said = {topic}, topic, [*triples]
    while True:
        found = {t.object for t in said if t.subject == here and t.predicate == _REPLACED}
        target = found.pop() if len(found) == 1 else None
        if not isinstance(target, NamedNode):
            return "" if here == topic or found else here.value
        if target in seen or len(seen) > _LONGEST:
            return ""
        seen.add(target)
        here, said = target, every(described(graph, [target]))


def _itself(graph: Graph, document: Document, published: Publication) -> Iterator[Triple]:
    """What a document says about itself; nothing when its topic is not under the base."""
    if path_of(document.topic, graph.folder.base) is None:
        return
    topic, home = document.topic, publications.home_of(graph, published)
    here = NamedNode(home + _path(graph, topic, document.page)[1:])
    is_main = "#" not in topic.value.removeprefix(graph.folder.base)
    if here != topic:
        yield Triple(here, derive.TYPE, NamedNode(FOAF + "Document"))
        yield Triple(here, NamedNode(FOAF + ("primaryTopic" if is_main else "topic")), topic)
    dataset = publications.dataset_iri(graph, published)
    yield Triple(here, NamedNode(DCTERMS + "isPartOf"), dataset)
    yield Triple(here, NamedNode(VOID + "inDataset"), dataset)
    yield from publications.rights(graph, here, published)
    for suffix in SUFFIXES:
        data = NamedNode(home + _path(graph, topic, document.page, suffix)[1:])
        yield Triple(here, NamedNode(DCTERMS + "hasFormat"), data)
    if here != topic and published.modified:
        yield Triple(here, _MODIFIED, publications.moment(published.modified))
    elif here != topic:
        said = (t for t in document.triples if t.subject == topic and t.predicate == _MODIFIED)
        yield from (Triple(here, _MODIFIED, t.object) for t in said)
    if document.pages > 1:
        yield from _pages(graph, document, home, here)
    if not document.whole:
        words = f"More than {MOST:,} claims or triples are about this; the others are left out."
        yield Triple(here, NamedNode(RDFS + "comment"), Literal(words, language="en"))


def _pages(graph: Graph, document: Document, home: str, here: NamedNode) -> Iterator[Triple]:
    """The links from one page of a document to others."""
    last = document.pages
    numbers = {"first": 1, "previous": document.page - 1, "next": document.page + 1, "last": last}
    yield Triple(here, derive.TYPE, NamedNode(HYDRA + "PartialCollectionView"))
    for name, number in numbers.items():
        if 1 <= number <= last:
            there = NamedNode(home + _path(graph, document.topic, number)[1:])
            yield Triple(here, NamedNode(HYDRA + name), there)


def _path(graph: Graph, topic: NamedNode, page: int, suffix: str = "") -> str:
    return path_of(topic, graph.folder.base, suffix=suffix, page=page) or "/"
