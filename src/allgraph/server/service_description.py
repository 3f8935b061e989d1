"""The description of an endpoint: a SPARQL 1.1 Service Description."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, cast

from pyoxigraph import DefaultGraph, NamedNode, QuerySolutions, RdfFormat, Store, Triple, parse

from allgraph.linkeddata.publication import SD, VOID
from allgraph.rdf.terms import DERIVED, XSD, Prefixes, iri, text
from allgraph.server.http.bodies import triples_document
from allgraph.server.http.negotiation import format_of
from allgraph.server.http.reply import TaskResult
from allgraph.site import downloads
from allgraph.sparql.dataset import QueriedStore

if TYPE_CHECKING:
    from allgraph.graph import Graph

FORMATS = "http://www.w3.org/ns/formats/"
_TEMPLATES = Path(__file__).with_name("descriptions")
MOST = 1_000
"""How many named graphs of the files are listed."""
_NAMED = f"""SELECT ?g (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(ISIRI(?g)) }}
GROUP BY ?g ORDER BY ?g LIMIT {MOST + 1}"""
_COUNT = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"


def description(
    graph: Graph, endpoint: str, type: str = "text/turtle", *, allow_service: bool = False
) -> TaskResult:
    """Return the description of an endpoint as a document in the media type `type` of RDF.

    Its triples are queried here, and written when it is sent. `endpoint` is the address of the
    endpoint; `allow_service` says that queries may use SERVICE. Raises `UnknownFormat`, and
    `ParameterError` if `endpoint` is no IRI.

    >>> from allgraph.graph import open_graph
    >>> document = description(open_graph(), "https://example.org/sparql")
    >>> document.send(lambda chunk: print(b"sd:SPARQL11Query" in chunk))
    True
    """
    format = format_of(type, "triples").engine
    assert isinstance(format, RdfFormat)
    prefixes = Prefixes(ag=graph.prefixes["ag"], sd=SD, void=VOID, formats=FORMATS, xsd=XSD)
    return triples_document(_triples(graph, endpoint, allow_service), type, format, prefixes)


def _triples(graph: Graph, endpoint: str, allow_service: bool) -> list[Triple]:
    """Return the description of the endpoint at an address, with the triples of each graph counted.

    Its default graph is what is stated together with what is derived. That is not the union of
    the named graphs, as what is stated has no name; so there is no ``sd:UnionDefaultGraph``. Its
    named graphs are those of the files, of which the first `MOST` are listed. What is derived is
    one that a query may name, by FROM or a parameter, and no part of the dataset of one that names
    none. All named graphs are left out if the data are at another endpoint. `allow_service` says
    that queries may use SERVICE. Runs the queries that count. Raises `ParameterError` if `endpoint`
    is no IRI.
    """
    feature = "sd:feature sd:BasicFederatedQuery ;" if allow_service else ""
    if graph.is_remote:  # its named graphs are not known
        return _from_template("service", endpoint, feature=feature, triples=downloads.size(graph))
    triples = _count(graph.store, DefaultGraph(), DERIVED)
    service = _from_template("service", endpoint, feature=feature, triples=triples)
    derived = _from_template("derived_graph", endpoint, triples=_count(graph.store, DERIVED))
    return service + derived + _named_graphs(graph.queried, endpoint)


def _named_graphs(store: QueriedStore, endpoint: str) -> list[Triple]:
    """Return the description of the first `MOST` named graphs of the files, by their names.

    If there are more, it says so. Runs a query that counts their triples.
    """
    rows = [*cast(QuerySolutions, store.query(_NAMED, {}))]
    triples = [
        triple
        for row in rows[:MOST]
        for triple in _from_template(
            "named_graph", endpoint, graph=str(row["g"]), triples=text(row["n"])
        )
    ]
    more = _from_template("more_graphs", endpoint, most=f"{MOST:,}") if len(rows) > MOST else []
    return triples + more


def _from_template(name: str, endpoint: str, **values: str | int) -> list[Triple]:
    """The triples of the template `name`, a file of Turtle, with `values` for its variables.

    They are put in as they are, so they must be Turtle. Relative IRIs are resolved against the IRI
    `endpoint`; `ParameterError` if it is none.
    """
    template = Template((_TEMPLATES / f"{name}.ttl").read_text(encoding="utf-8"))
    turtle = template.substitute(values)
    base = iri(endpoint).value
    quads = parse(turtle, RdfFormat.TURTLE, base_iri=base, rename_blank_nodes=True)
    return [quad.triple for quad in quads]


def _count(store: Store, *graphs: NamedNode | DefaultGraph) -> str:
    """The number of distinct triples in some graphs of a store, as a text; runs one query."""
    rows = store.query(_COUNT, default_graph=list(graphs))
    assert isinstance(rows, QuerySolutions)
    return text(next(rows)["n"])
