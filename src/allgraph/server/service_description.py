"""What an endpoint says of itself: a SPARQL 1.1 Service Description.

>>> from allgraph.graph import open_graph
>>> triples = service_description(open_graph(), "https://example.org/sparql")
>>> [triple.object.value for triple in triples if triple.predicate.value.endswith("#endpoint")]
['https://example.org/sparql']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions, RdfFormat, Store, Triple

from allgraph.rdf.terms import DERIVED, RDF, XSD, Prefixes, iri
from allgraph.server.http.bodies import triples_document
from allgraph.server.http.negotiation import format_of
from allgraph.server.http.reply import TaskResult
from allgraph.site import downloads

if TYPE_CHECKING:
    from allgraph.graph import Graph

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
FORMATS = "http://www.w3.org/ns/formats/"
RESULTS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "JSON-LD",
    "N-Triples",
    "RDF_XML",
    "TriG",
    "N-Quads",
)
_TYPE = NamedNode(RDF + "type")
_COUNT = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"


def service_description(
    graph: Graph, endpoint: str, *, allow_service: bool = False
) -> list[Triple]:
    """What an endpoint at this IRI is and can do, with the number of triples of each graph.

    Its default graph is what is stated together with what is derived. That is not the union of
    the named graphs, for what is stated has no name; so no ``sd:UnionDefaultGraph`` is claimed.
    """
    return list(_described(graph, iri(endpoint), allow_service))


def _described(graph: Graph, service: NamedNode, allow_service: bool) -> Iterator[Triple]:
    dataset, default, derived, named = (
        NamedNode(f"{service.value}#{part}")
        for part in ("dataset", "default-graph", "derived", "derived-graph")
    )
    yield Triple(service, _TYPE, _sd("Service"))
    yield Triple(service, _sd("endpoint"), service)
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    for name in RESULTS:
        yield Triple(service, _sd("resultFormat"), NamedNode(FORMATS + name))
    if allow_service:
        yield Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    yield Triple(service, _sd("defaultDataset"), dataset)
    yield Triple(dataset, _TYPE, _sd("Dataset"))
    yield Triple(dataset, _sd("defaultGraph"), default)
    yield Triple(default, _TYPE, _sd("Graph"))
    if graph.is_remote:  # whose named graphs are its own affair
        yield Triple(default, NamedNode(VOID + "triples"), Literal(downloads.size(graph)))
        return
    store = graph.store
    yield Triple(default, NamedNode(VOID + "triples"), _count(store, DefaultGraph(), DERIVED))
    yield Triple(dataset, _sd("namedGraph"), named)
    yield Triple(named, _TYPE, _sd("NamedGraph"))
    yield Triple(named, _sd("name"), DERIVED)
    yield Triple(named, _sd("graph"), derived)
    yield Triple(derived, _TYPE, _sd("Graph"))
    yield Triple(derived, NamedNode(VOID + "triples"), _count(store, DERIVED))


def description(
    graph: Graph, endpoint: str, type: str = "text/turtle", *, allow_service: bool = False
) -> TaskResult:
    """The description of an endpoint as a document of a media type of RDF.

    >>> from allgraph.graph import open_graph
    >>> document = description(open_graph(), "https://example.org/sparql")
    >>> b"sd:SPARQL11Query" in b"".join(document.body)
    True
    """
    format = format_of(type, "triples").engine
    assert isinstance(format, RdfFormat)
    prefixes = Prefixes(ag=graph.prefixes["ag"], sd=SD, void=VOID, formats=FORMATS, xsd=XSD)
    triples = service_description(graph, endpoint, allow_service=allow_service)
    return triples_document(triples, type, format, prefixes)


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)


def _count(store: Store, *graphs: NamedNode | DefaultGraph) -> Literal:
    found = store.query(_COUNT, default_graph=list(graphs))
    assert isinstance(found, QuerySolutions)
    number = next(found)["n"]
    assert isinstance(number, Literal)
    return number
