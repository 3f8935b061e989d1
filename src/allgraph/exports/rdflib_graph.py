"""A graph as a graph of rdflib: a view of the store, or a copy."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from allgraph.errors import extra
from allgraph.exports.verbatim import Originals
from allgraph.graph import Graph
from allgraph.graph.download import is_local
from allgraph.graph.view import held_here
from allgraph.rdf import bridge, ntriples

if TYPE_CHECKING:
    import rdflib


def to_rdflib(graph: Graph, *, copy: bool = False) -> rdflib.Graph:
    """Return a graph of rdflib with all that questions see: the ontology, derived triples too.

    By default it is a view on the store of the graph, which takes no time and no memory; literals
    are in the engine's form, and to change it raises `ReadOnly`. With `copy` it is a graph in
    rdflib's own memory: it can be changed, and literals are in the forms in which the files write
    them, or as an endpoint gives them. Evidence has the IRIs that `claims` gives. A view needs
    oxrdflib, and raises `MissingExtra` without it, and `InputError` for a graph that an endpoint
    holds. A copy of such a graph is downloaded. A copy raises `LoadError` when a data file cannot
    be read, and `EngineError` when an endpoint does not give all.

    >>> import allgraph
    >>> view = allgraph.to_rdflib(allgraph.open())
    >>> view.query("ASK { id:coco-rocha rdfs:label 'Coco Rocha' }").askAnswer
    True
    """
    result = _copy(graph) if copy else _view(graph)
    for prefix, namespace in graph.prefixes.items():
        result.bind(prefix, namespace, replace=True)
    return result


def _copy(graph: Graph) -> rdflib.Graph:
    """Return a new graph of rdflib in memory, with literals as the data files write them.

    Reads the files of the graph again, or downloads the triples of an endpoint. Its namespaces are
    not bound yet. Raises `LoadError` for a file, `EngineError` when an endpoint does not give all.
    """
    import rdflib

    copy, convert = rdflib.Graph(bind_namespaces="none"), bridge.to_rdflib()
    with bridge.quiet(), held_here(graph) as local:
        originals = Originals(local, named=True, unfiled=is_local(local))
        parts = chain(originals.data(), originals.ontology(), originals.derived())
        for quad in ntriples.quads(written.line.decode() for written in parts):
            copy.add((convert(quad.subject), convert(quad.predicate), convert(quad.object)))
    return copy


def _view(graph: Graph) -> rdflib.Graph:
    """Return a graph of rdflib that reads the store of the graph and cannot be changed.

    Raises `InputError` for a graph of an endpoint, and `MissingExtra` without oxrdflib.
    """
    import rdflib

    store = graph.queried
    with extra("rdflib"):
        import oxrdflib  # noqa: F401
    from allgraph.exports.rdflib_store import ReadOnlyStore

    return rdflib.Graph(store=ReadOnlyStore(store), bind_namespaces="none")
