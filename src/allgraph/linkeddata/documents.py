"""The document about one IRI as linked data: the triples about it, and about the document itself.

For a thing these are its plain triples; the claims about it, from either side, each with its dates,
rank, bounds and evidence, its direct triple, its rivals and the claims that it is about; and the
names of everything mentioned. For a claim they are the same, itself first. For a source: itself,
and the claims that have it as evidence. For a class, predicate or shape: its definition. For an
ontology: all of it. More than 200 claims are divided into pages, each of which reads its own claims
only. With more than 100,000 other triples, or at an endpoint claims, the others are left out, and
the document says so.

No document has what was withheld when the graph was loaded. A withdrawn claim has a document, and
is in no other.

>>> from allgraph.graph import open_graph
>>> document = about(open_graph(), "https://w3id.org/allgraph/id/coco-rocha")
>>> print(document.write("turtle").decode().partition("id:coco-rocha a")[2].splitlines()[0])
 schema:Person, ag:Agent, ag:Person ;
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, groupby
from typing import Any, TypeVar

from pyoxigraph import Literal, NamedNode, Triple

from allgraph.errors import UnknownFormat, UnknownName
from allgraph.graph import Graph
from allgraph.linkeddata import definitions, publication
from allgraph.linkeddata.describe import (
    PART,
    Steps,
    below,
    described,
    is_part,
    names,
    run,
    those_that_are_claims,
)
from allgraph.linkeddata.describe import claims as claims_of
from allgraph.linkeddata.publication import (
    DCTERMS,
    NOWHERE,
    Description,
    Facts,
    Publication,
)
from allgraph.linkeddata.results import MOST, TYPE, Results
from allgraph.model.addresses import SUFFIXES, TABLE, path_of
from allgraph.model.topics import is_large
from allgraph.rdf import terms
from allgraph.rdf.canonical import canonical_lines
from allgraph.rdf.formats import named
from allgraph.rdf.jsonld import json_of
from allgraph.rdf.nesting import Forest, Statement, statements, triples_of
from allgraph.rdf.ntriples import value
from allgraph.rdf.rdfxml import can_hold, sorted_document
from allgraph.rdf.serialize import turtle_of, with_labels
from allgraph.rdf.terms import OWL, Prefixes, text
from allgraph.render.brief import Brief, count, quoted
from allgraph.sparql.embedded import store_errors

PAGE = 200
"""How many claims, and how many other triples about a thing, are on a page."""
FORMATS = tuple(named(suffix).name for suffix in SUFFIXES)
"""The names of the formats of documents."""

_REPLACED, _MODIFIED = f"<{DCTERMS}isReplacedBy>", f"<{DCTERMS}modified>"
_ONTOLOGY = f"<{OWL}Ontology>"
_ITSELF = "<urn:itself>"
_MOST_REPLACEMENTS = 20  # how many replacements of a thing, one after another, are followed
_TOPICS = 200  # how many topics are planned together, so that they share queries
_NODES = 500  # how many claims and pages are made together, so that they share queries

T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Content(Brief):
    """Some statements, and the prefixes for their IRIs; written in each format of documents."""

    statements: tuple[Statement, ...]
    prefixes: Prefixes

    def _facts(self) -> Iterator[str]:
        yield count(len(self.statements), "triple")

    def __str__(self) -> str:
        """Return the content as Turtle."""
        return self.write().decode().rstrip("\n")

    def as_dict(self) -> dict[str, Any]:
        """Return the content as a dict for JSON: JSON-LD."""
        import json

        as_json_ld: dict[str, Any] = json.loads(self.write("jsonld"))
        return as_json_ld

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The statements as terms of pyoxigraph."""
        return tuple(triples_of(self.statements))

    @cached_property
    def forest(self) -> Forest:
        """The statements by subject."""
        return Forest(self.statements)

    @cached_property
    def _canonical(self) -> bytes:
        """The statements as canonical N-Triples."""
        return canonical_lines([f"{s} {p} {o}" for s, p, o, _ in self.statements])

    def write(self, format: str = "turtle") -> bytes:
        """Return the content in ``turtle ntriples rdfxml`` or ``jsonld``, or by their suffixes.

        The same triples give the same bytes, whatever the labels of blank nodes. Raises
        `UnknownFormat` for any other format, and when RDF/XML cannot express a triple;
        `EngineTimeout` or `EngineCrash` if it has blank nodes, and the child process that labels
        them takes too long or too much memory.
        """
        chosen = check(format)
        if chosen == "ntriples":
            return self._canonical
        if chosen == "rdfxml":
            used = {term for statement in self.statements for term in statement[:3]}
            return sorted_document(self._canonical, used, self.prefixes)
        write = json_of if chosen == "jsonld" else turtle_of
        return write(with_labels(self.forest), self.prefixes).encode()


@dataclass(frozen=True, repr=False)
class Document(Content):
    """One page of the document about an IRI: its `topic`, and the `statements` about it.

    `page` is the number of this page, from 1, and `pages` how many the document has. `claims` are
    the claims about the topic on this page, or those with it as their source, in the order of
    their IRIs. To show many documents, read the claims of all, and the topics, which may be claims
    themselves, by one ``claims.named(graph, …)``, and sort those of each document by
    ``claims.in_order``. `replaced_by` is the IRI that stands for the same thing now, ``""`` unless
    it was merged or renamed. `whole` is false when more than `MOST` claims or triples are about
    the topic. `published` are the suffixes of the formats that it is published in, and `suffixes`
    those of RDF among them that can hold the triples; RDF/XML may not.

    >>> import allgraph
    >>> document = allgraph.profiled(allgraph.open(), "id:coco-rocha", "org")
    >>> document.topic.value, document.pages, document.write("turtle").startswith(b"@prefix")
    ('https://w3id.org/allgraph/id/coco-rocha', 1, True)
    """

    topic: NamedNode
    page: int = 1
    pages: int = 1
    claims: tuple[NamedNode, ...] = ()
    replaced_by: str = ""
    whole: bool = True
    published: tuple[str, ...] = (*SUFFIXES, TABLE)
    suffixes: tuple[str, ...] = SUFFIXES

    def _facts(self) -> Iterator[str]:
        yield quoted(self.prefixes.shorten(self.topic.value))
        yield count(len(self.statements), "triple")
        if self.pages > 1:
            yield f"page {self.page} of {self.pages}"


def about(
    graph: Graph, iri: str | NamedNode, *, page: int = 1, published: Publication = NOWHERE
) -> Document:
    """Return one page of the document about an IRI, made by queries to the graph.

    The triples about the document itself state its topic, licence, publisher, dataset, formats and
    other pages, and when it was modified, if the data say so; for an IRI outside the base of the
    graph there are none. The IRI of evidence, or of any part of a claim or thing, gives the
    document about the claim or thing. From an endpoint, triples with blank nodes are left out.
    `published` says where the graph is published, by default at its base. Raises `UnknownName` when
    there are no triples about the IRI or no page with this number, `ParameterError` for a text or
    home that is no IRI, `LoadError` when a file of the ontology or shapes cannot be read, and the
    errors of the engine.

    >>> from allgraph.graph import open_graph
    >>> about(open_graph(), "https://w3id.org/allgraph/id/nobody")
    Traceback (most recent call last):
      ...
    allgraph.errors.UnknownName: there are no triples about <https://w3id.org/allgraph/id/nobody>
    """
    return Documents(graph, published).about(iri, page)


def several(
    graph: Graph, iris: Iterable[str | NamedNode], *, published: Publication = NOWHERE
) -> Iterator[Document]:
    """Yield the documents about some IRIs, as `about` makes them, in this order, page by page.

    They are made in batches, by queries for many IRIs at once. That is much faster than one by
    one, and the memory it needs does not grow with the number of IRIs. For an IRI without triples
    nothing is yielded. `published` says where the graph is published, by default at its base.
    Raises `ParameterError` for a text or home that is no IRI, `LoadError` when a file of the
    ontology or shapes cannot be read, and the errors of the engine.

    >>> from allgraph.graph import open_graph
    >>> spaces = ("ns", "id/coco-rocha", "id/nobody")
    >>> iris = [f"https://w3id.org/allgraph/{space}" for space in spaces]
    >>> [document.topic.value[26:] for document in several(open_graph(), iris)]
    ['ns', 'id/coco-rocha']
    """
    return Documents(graph, published).several(iris)


class Documents:
    """The documents of a graph, which may not change; keeps a part of what it has read for them.

    `published` says where the graph is published. Raises `ParameterError` for a home that is no
    IRI.
    """

    def __init__(self, graph: Graph, published: Publication = NOWHERE) -> None:
        self._graph, self._published = graph, published
        self._home = _Home.of(graph, published)
        self._results = Results.of(graph)

    @cached_property
    def _of_withdrawn(self) -> Documents:
        """The documents of withdrawn claims."""
        return Documents(self._graph.including_withdrawn, self._published)

    def _is_withdrawn(self, iri: str | NamedNode) -> bool:
        """Return True if an IRI names a withdrawn claim, or a part of one, that the graph lacks."""
        node = iri if isinstance(iri, NamedNode) else terms.iri(iri)
        return self._graph.showing(node) is not self._graph

    def about(self, iri: str | NamedNode, page: int = 1) -> Document:
        """Return one page of the document about an IRI, as the function `about` does."""
        if self._is_withdrawn(iri):
            return self._of_withdrawn.about(iri, page)
        [plan] = run(self._results, [_plan(self._graph, iri)])
        if not 1 <= page <= plan.pages:
            raise UnknownName(f"the document about <{plan.topic.value}> has no page {page}")
        [document] = run(self._results, [_document(self._graph, plan, page, self._home)])
        if not document.statements:
            raise UnknownName(f"there are no triples about <{plan.topic.value}>")
        return document

    def several(self, iris: Iterable[str | NamedNode]) -> Iterator[Document]:
        """Yield the documents about some IRIs, as the function `several` does."""
        for is_withdrawn, alike in groupby(iris, self._is_withdrawn):
            documents = self._of_withdrawn if is_withdrawn else self
            yield from documents._several(alike)

    def _several(self, iris: Iterable[str | NamedNode]) -> Iterator[Document]:
        """Yield the documents about some IRIs, none of which is left out of the graph."""
        graph, results = self._graph, self._results
        for topics in _batches(iris, lambda _: 1, _TOPICS):
            plans = run(results, [_plan(graph, iri) for iri in topics])
            pages = ((plan, page) for plan in plans for page in range(1, plan.pages + 1))
            for batch in _batches(
                pages, lambda item: 1 + len(item[0].claims[_slice(item[1])]), _NODES
            ):
                works = [_document(graph, plan, page, self._home) for plan, page in batch]
                yield from (document for document in run(results, works) if document.statements)


def written(triples: Iterable[Triple], prefixes: Prefixes, format: str = "turtle") -> bytes:
    r"""Return triples as bytes in a format, as `Content.write` does, and raises the same errors.

    >>> a = NamedNode("http://x/a")
    >>> written([Triple(a, a, Literal("b"))], Prefixes(), "nt")
    b'<http://x/a> <http://x/a> "b" .\n'
    """
    return Content(tuple(statements(triples)), prefixes).write(format)


def suffixes_for(
    statements: Sequence[Statement], prefixes: Prefixes, published: Sequence[str] = SUFFIXES
) -> tuple[str, ...]:
    """Return the suffixes, of those published, of the formats that can hold some statements."""
    return tuple(
        suffix
        for suffix in SUFFIXES
        if suffix in published and (suffix != "rdf" or can_hold(statements, prefixes))
    )


def check(name: str) -> str:
    """Return the name in `FORMATS` of a format, given by name or suffix.

    Raises `UnknownFormat` if there is none.
    """
    chosen = named(name, "triples").name
    if chosen not in FORMATS:
        formats = ", ".join(FORMATS)
        raise UnknownFormat(f"documents cannot be written as {chosen}; the formats are {formats}")
    return chosen


def _batches(items: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Yield consecutive items in lists whose sizes add up to at most `most`.

    An item that is larger than `most` is a list of its own. Items are drawn from the iterable only
    as far as a list needs them.
    """
    batch: list[T] = []
    total = 0
    for item in items:
        item_size = size(item)
        if batch and total + item_size > most:
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += item_size
    if batch:
        yield batch


@dataclass(frozen=True)
class _Plan:
    """The contents of all pages of a document: IRIs of claims and statements, or a definition.

    `claims` are the sorted IRIs of the claims of the topic, `others` the other statements, as the
    queries ``document-claims`` and ``document-others`` give them. `definition` has the triples of
    `definitions.of`, and then there are no claims and others. `is_whole` is false when some of the
    claims or triples are left out.
    """

    topic: NamedNode
    claims: Sequence[NamedNode] = ()
    others: Sequence[Statement] = ()
    definition: Sequence[Statement] = ()
    is_whole: bool = True

    @property
    def pages(self) -> int:
        """The count of pages of the document, at least 1.

        A page has at most `PAGE` claims and `PAGE` other triples.
        """
        return max(1, -(-max(len(self.claims), len(self.others)) // PAGE))


def _slice(page: int) -> slice:
    """The slice of a list that a page has, given by its number from 1: `PAGE` items."""
    return slice((page - 1) * PAGE, page * PAGE)


def _plan(graph: Graph, iri: str | NamedNode) -> Steps[_Plan]:
    """Plan the document about an IRI, or about the claim or thing that the IRI is a part of.

    The plan has the IRIs of its claims and its other triples, both sorted, or else the triples of
    its definition in the files of ontology or shapes.

    A generator for `describe.run`: it yields ``document-claims``, ``document-others`` or
    ``document-said``, names of queries, with nodes, and is sent the results by node. The claims and
    triples of a large topic are read from the store. Also reads the files of ontology and shapes if
    the IRI has no claims and no other triples, or is an ontology. Raises `ParameterError` for a
    text that is no IRI, and `LoadError` when a file cannot be read.
    """
    topic = yield from _topic(iri if isinstance(iri, NamedNode) else terms.iri(iri))
    plan = _plan_of_large(graph, topic) or (yield from _plan_by_queries(topic))
    is_ontology = (str(topic), TYPE, _ONTOLOGY, "") in plan.others
    if is_ontology or not (plan.claims or plan.others):
        if definition := definitions.of(graph, topic):
            return _Plan(topic, definition=statements(definition))
    return plan


def _plan_by_queries(topic: NamedNode) -> Steps[_Plan]:
    """Plan a document by two queries, for all claims and all other triples of the topic.

    At most `MOST` of each are kept. A generator for `describe.run`: it yields ``document-claims``
    and ``document-others``, the names of the queries, with the topic.
    """
    node = str(topic)
    claims = [NamedNode(claim[1:-1]) for claim in (yield "document-claims", [node])[node]]
    claims.sort(key=text)
    others = _sorted((yield "document-others", [node])[node], node)
    is_whole = max(len(claims), len(others)) <= MOST
    return _Plan(topic, claims[:MOST], others[:MOST], is_whole=is_whole)


@store_errors()
def _plan_of_large(graph: Graph, topic: NamedNode) -> _Plan | None:
    """Plan the document about a large topic by reading the store; ``None`` for any other topic.

    Which claims are on a page is known without reading the others. At most `MOST` of the other
    triples are kept. No topic of an endpoint is large.
    """
    if graph.is_remote or not is_large(graph.root.queried.quads, topic):
        return None
    others = _sorted(statements(graph.topics.others(topic, MOST)), str(topic))
    is_whole = len(others) <= MOST
    return _Plan(topic, graph.topics.claims(topic), others[:MOST], is_whole=is_whole)


def _sorted(others: Iterable[Statement], topic: str) -> list[Statement]:
    """Return the other statements of a document about a topic in order, those about it first."""
    return sorted(others, key=lambda s: (s[0] != topic, s[1][1:-1], value(s[0]), value(s[2]), s[2]))


def _topic(iri: NamedNode) -> Steps[NamedNode]:
    """Return the IRI of the claim or thing that an IRI is a part of, or else the IRI itself.

    A part is evidence, or any other former blank node, which has the IRI of the whole with a
    digest. A generator for `describe.run`: it yields ``document-said``, the name of a query, with
    nodes, and is sent the statements about each.
    """
    match = PART.fullmatch(part := str(iri))
    if match is not None and part in (yield from described([f"{match[1]}>"])):
        return NamedNode(match[1][1:])
    return iri


def _document(graph: Graph, plan: _Plan, page: int, home: _Home) -> Steps[Document]:
    """Make one page of a document; without triples when there are none about its topic.

    `plan` has the claims and other triples, or the definition, of all pages. `page` is the number
    of this one, from 1; `home` has the addresses and triples that are the same for all documents. A
    generator for `describe.run`: it yields names of queries with nodes, and is sent the results by
    node. Triples about blank nodes are read from the store of the graph, or left out for one at an
    endpoint.
    """
    document = Document(
        (),
        home.prefixes,
        plan.topic,
        page,
        plan.pages,
        tuple(plan.claims[_slice(page)]),
        whole=plan.is_whole,
        published=home.suffixes,
    )
    topic = str(plan.topic)
    statements = [*plan.definition] or (yield from _statements(plan, page))
    if not statements:
        return document
    about_topic = [statement for statement in statements if statement[0] == topic]
    replaced_by = yield from _replaced_by(topic, about_topic)
    terms = _terms(statements)
    if not plan.definition:
        inner = below(graph, terms)
        statements += inner
        terms |= _terms(inner)
    statements += yield from names(terms)
    suffixes = suffixes_for([*statements, *home.rights], home.prefixes, home.suffixes)
    document = replace(document, replaced_by=replaced_by, suffixes=suffixes)
    metadata = _metadata(document, about_topic, home)
    return replace(document, statements=tuple(dict.fromkeys([*statements, *metadata])))


def _terms(statements: Iterable[Statement]) -> dict[str, None]:
    """Return the terms of statements, each once."""
    return dict.fromkeys(term for s, p, o, _ in statements for term in (s, p, o))


def _statements(plan: _Plan, page: int) -> Steps[list[Statement]]:
    """Return the statements on one page of a plan without a definition.

    They are the other statements of the plan; those about its claims, and about the topic if it is
    a claim itself; and those about the parts of the topic. A generator for `describe.run`: it
    yields names of queries with nodes, and is sent the results by node.
    """
    topic, others = str(plan.topic), plan.others[_slice(page)]
    nodes = [*map(str, plan.claims[_slice(page)])]
    if plan.claims or plan.others:
        nodes += yield from those_that_are_claims([topic])
    statements = [*others, *(yield from claims_of(nodes))]
    parts = [obj for subject, _, obj, _ in others if subject == topic and is_part(obj, topic)]
    by_part = yield from described(parts, whole=topic)
    return [*statements, *chain.from_iterable(by_part.values())]


def _replaced_by(topic: str, statements: Iterable[Statement]) -> Steps[str]:
    """Follow ``dcterms:isReplacedBy`` from a thing, and return the last IRI.

    `statements` are about the thing. Returns ``""`` if the thing is not replaced, if an IRI on the
    way has several replacements, for a circle, and after more than 20 replacements. A generator for
    `describe.run`: it yields ``document-said``, the name of a query, with nodes, and is sent the
    statements about each.
    """
    seen, node = {topic}, topic
    while True:
        targets = {o for s, p, o, _ in statements if p == _REPLACED and s == node}
        target = targets.pop() if len(targets) == 1 else ""
        if not target.startswith("<"):
            return "" if node == topic or targets else node[1:-1]
        if target in seen or len(seen) > _MOST_REPLACEMENTS:
            return ""
        seen.add(target)
        node = target
        statements = chain.from_iterable((yield from described([target])).values())


@dataclass(frozen=True)
class _Home:
    """The addresses of documents, and the triples that each of them states about itself.

    `url` is the address that the paths of documents are added to, `base` that of the graph's IRIs,
    `dataset` the IRI of the graph as a dataset. `rights` are statements about the licence and the
    publisher, with `_ITSELF` in place of the document as their subject. `suffixes` are those of the
    formats that documents are published in.
    """

    url: str
    base: str
    prefixes: Prefixes
    dataset: NamedNode
    rights: tuple[Statement, ...]
    suffixes: tuple[str, ...]

    @classmethod
    def of(cls, graph: Graph, published: Publication) -> _Home:
        """Return the home of the documents of a published graph; no query is run.

        Raises `ParameterError` if the home of `published` is no IRI.
        """
        return cls(
            publication.home_of(graph, published),
            graph.folder.base,
            publication.prefixes(graph),
            publication.dataset_iri(graph, published),
            tuple(statements(publication.rights(graph, NamedNode(_ITSELF[1:-1]), published))),
            published.suffixes,
        )

    def node(self, topic: NamedNode, page: int, suffix: str = "") -> NamedNode:
        """Return the IRI of a page about a topic, or with the `suffix` of a format, of its data.

        For a topic that is not under the base it is the address of the home.
        """
        path = path_of(topic, self.base, suffix=suffix, page=page) or "/"
        return NamedNode(self.url + path[1:])


def _metadata(document: Document, about_topic: Iterable[Statement], home: _Home) -> list[Statement]:
    """Return the statements about a document itself; none when its topic is not under the base.

    They state its topic, dataset, licence, publisher, formats and other pages, and that statements
    are left out, if so. ``dcterms:modified`` is taken from those about the topic.
    """
    topic, page = document.topic, document.page
    if path_of(topic, home.base) is None:
        return []
    node = home.node(topic, page)
    own = [(str(node) if s == _ITSELF else s, p, o, "") for s, p, o, _ in home.rights]
    description = Description(home.dataset)
    if node != topic:  # the document of an ontology has the same IRI as the ontology
        is_main = "#" not in topic.value.removeprefix(home.base)
        relation = "foaf:primaryTopic" if is_main else "foaf:topic"
        description.add(node, {"a": "foaf:Document", relation: topic})
        own += [(str(node), p, o, "") for _, p, o, _ in about_topic if p == _MODIFIED]
    description.add(node, {"dcterms:isPartOf": home.dataset, "void:inDataset": home.dataset})
    for suffix in document.suffixes:
        description.add(node, {"dcterms:hasFormat": home.node(topic, page, suffix)})
    if document.pages > 1:
        description.add(node, _page_links(document, home))
    if not document.whole:
        words = f"More than {MOST:,} claims or triples are about this; the rest is left out."
        description.add(node, {"rdfs:comment": Literal(words, language="en")})
    return [*own, *statements(description.triples)]


def _page_links(document: Document, home: _Home) -> Facts:
    """The links from one page of a document to its first, previous, next and last page.

    By predicate, for `Description.add`. A first page has no previous one, a last page no next one.
    """
    page, last = document.page, document.pages
    numbers = {"first": 1, "previous": page - 1, "next": page + 1, "last": last}
    links: Facts = {
        f"hydra:{name}": home.node(document.topic, number)
        for name, number in numbers.items()
        if 1 <= number <= last
    }
    return {"a": "hydra:PartialCollectionView", **links}
