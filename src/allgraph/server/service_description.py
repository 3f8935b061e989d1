"""The description of an endpoint: a SPARQL 1.1 Service Description.

>>> from allgraph.graph import open_graph
>>> triples = service_description(open_graph(), "https://example.org/sparql")
>>> [triple.object.value for triple in triples if triple.predicate.value.endswith("#endpoint")]
['https://example.org/sparql']
"""

from __future__ import annotations

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
_TRIPLES = NamedNode(VOID + "triples")
_COUNT = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"


def service_description(
    graph: Graph, endpoint: str, *, allow_service: bool = False
) -> list[Triple]:
    """Return the description of an endpoint, with the number of triples of each graph.

    Its default graph is what is stated together with what is derived. That is not the union of
    the named graphs, as what is stated has no name; so there is no ``sd:UnionDefaultGraph``.
    """
    service = iri(endpoint)
    dataset, default, derived, named = (
        NamedNode(f"{service.value}#{part}")
        for part in ("dataset", "default-graph", "derived", "derived-graph")
    )
    features = [_sd("BasicFederatedQuery")] if allow_service else []
    statements: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (service, _TYPE, _sd("Service")),
        (service, _sd("endpoint"), service),
        (service, _sd("supportedLanguage"), _sd("SPARQL11Query")),
        *((service, _sd("resultFormat"), NamedNode(FORMATS + name)) for name in RESULTS),
        *((service, _sd("feature"), feature) for feature in features),
        (service, _sd("defaultDataset"), dataset),
        (dataset, _TYPE, _sd("Dataset")),
        (dataset, _sd("defaultGraph"), default),
        (default, _TYPE, _sd("Graph")),
    ]
    if graph.is_remote:  # its named graphs are not known
        statements.append((default, _TRIPLES, Literal(downloads.size(graph))))
    else:
        statements += [
            (default, _TRIPLES, _count(graph.store, DefaultGraph(), DERIVED)),
            (dataset, _sd("namedGraph"), named),
            (named, _TYPE, _sd("NamedGraph")),
            (named, _sd("name"), DERIVED),
            (named, _sd("graph"), derived),
            (derived, _TYPE, _sd("Graph")),
            (derived, _TRIPLES, _count(graph.store, DERIVED)),
        ]
    return [Triple(*statement) for statement in statements]


def description(
    graph: Graph, endpoint: str, type: str = "text/turtle", *, allow_service: bool = False
) -> TaskResult:
    """Return the description of an endpoint as a document of a media type of RDF.

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
    """The number of distinct triples in some graphs."""
    rows = store.query(_COUNT, default_graph=list(graphs))
    assert isinstance(rows, QuerySolutions)
    number = next(rows)["n"]
    assert isinstance(number, Literal)
    return number
