"""Graphs for other libraries: rdflib and networkx.

Data frames are made by answers: `Answer.to_pandas`, `to_polars` and `to_arrow`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

from pyoxigraph import Store

from allgraph.errors import QueryError, ReadOnly, extra
from allgraph.exports.verbatim import Originals, quads
from allgraph.graph import Graph
from allgraph.graph.download import is_local
from allgraph.graph.view import held_here
from allgraph.rdf.bridge import quiet
from allgraph.rdf.bridge import to_rdflib as translator
from allgraph.sparql.syntax import syntax_error
from allgraph.sparql.tokens import is_calm, refuse_service

if TYPE_CHECKING:
    import rdflib


def to_rdflib(graph: Graph, *, copy: bool = False) -> rdflib.Graph:
    """A graph as rdflib has it: all that questions see, the ontology and derived triples too.

    It is a view on the store that answers, which takes no time and no memory; literals are in
    the engine's form, and to change it raises `ReadOnly`. A `copy` is rdflib's own and all in
    memory: it can be changed, and literals are in the forms in which the files write them, or as
    an endpoint gives them. Evidence has the IRIs that `claims` gives. A view needs oxrdflib, and
    raises `MissingExtra` without it, and `InputError` for a graph that an endpoint holds.

    >>> from allgraph.graph import open_graph
    >>> view = to_rdflib(open_graph())
    >>> [str(row.name) for row in view.query("SELECT ?name { id:coco-rocha rdfs:label ?name }")]
    ['Coco Rocha']
    """
    found = _copy(graph) if copy else _view(graph)
    for prefix, space in graph.prefixes.items():
        found.bind(prefix, space, replace=True)
    return found


def _copy(graph: Graph) -> rdflib.Graph:
    import rdflib

    found, convert = rdflib.Graph(bind_namespaces="none"), translator()
    with quiet(), held_here(graph) as held:
        originals = Originals(held, named=True, unfiled=is_local(held))
        parts = chain(originals.data(), originals.ontology(), originals.derived())
        for quad in quads(written.line for written in parts):
            found.add((convert(quad.subject), convert(quad.predicate), convert(quad.object)))
    return found


def _view(graph: Graph) -> rdflib.Graph:
    import rdflib

    store = graph.store
    with extra("rdflib"):
        from oxrdflib.store import OxigraphStore

    class View(OxigraphStore):
        """A store that is read, its graphs merged."""

        def triples(self, triple_pattern: Any, context: Any = None) -> Any:
            """The triples of all graphs."""
            for triple, _ in super().triples(triple_pattern):
                yield tuple(map(_plain, triple)), iter(())

        def __len__(self, context: Any = None) -> int:
            return super().__len__()

        def query(self, query: Any, *given: Any, **more: Any) -> Any:
            """The answer to SPARQL over all graphs, or `QueryError`."""
            spaces, bindings, _ = given
            if not isinstance(query, str):  # rdflib has parsed it, and answers it itself
                raise NotImplementedError
            refuse_service(query)
            if not is_calm(query):
                raise QueryError("the query is too long or nested for a view; take graph.sparql")
            try:
                found = super().query(query, spaces, bindings, "__UNION__", **more)
            except SyntaxError as error:
                raise syntax_error(str(error), query, spaces) from None
            return _plain_result(found)

        def remove(self, *given: Any, **more: Any) -> NoReturn:
            """Refused."""
            _refuse()

        def destroy(self, configuration: str) -> NoReturn:
            """Refused."""
            _refuse()

    reading: Any = _ReadOnlyStore(store)
    return rdflib.Graph(store=View(store=reading), bind_namespaces="none")


def _plain(term: Any) -> Any:
    """A term as rdflib reads it from files: plain texts without their datatype."""
    import rdflib

    is_text = isinstance(term, rdflib.Literal) and term.datatype == rdflib.XSD.string
    return rdflib.Literal(str(term)) if is_text else term


def _plain_result(found: Any) -> Any:
    if found.type == "SELECT":
        found.bindings = [
            {name: _plain(term) for name, term in row.items()} for row in found.bindings
        ]
    elif found.type == "CONSTRUCT":
        given, found.graph = found.graph, type(found.graph)()
        for triple in given:
            found.graph.add(tuple(map(_plain, triple)))
    return found


class _ReadOnlyStore:
    """What reads a store; all else is refused."""

    def __init__(self, store: Store) -> None:
        self.quads_for_pattern = store.quads_for_pattern
        self.named_graphs = store.named_graphs
        self.query = store.query

    def __getattr__(self, name: str) -> NoReturn:
        _refuse()


def _refuse() -> NoReturn:
    raise ReadOnly("this is a view, which cannot be changed; take to_rdflib(graph, copy=True)")
