"""A graph in memory that holds what an endpoint holds, if that is not too much."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, Quad, Store

from allgraph import derive, harvest, processes
from allgraph.engine import Engine
from allgraph.engine.embedded import Embedded
from allgraph.engine.isolated import Timed
from allgraph.engine.remote import Remote
from allgraph.errors import EngineError
from allgraph.graph import Graph, log
from allgraph.terms import DERIVED

MOST = 1_000_000
"""How many triples an endpoint may hold for a copy of them to be made."""


@processes.without_collector()
def copied(graph: Graph) -> Graph:
    """A copy in memory of what the endpoint of a graph holds.

    A direct triple that is stated too counts as derived. Raises `EngineError` when there are
    more than `MOST` triples, or when not all of them come.
    """
    endpoint = graph.engine
    assert isinstance(endpoint, Remote)
    sizes = harvest.sizes_of(graph)
    count = sum(sizes.values())
    if count > MOST:
        raise EngineError(
            f"this needs a copy of what the {endpoint.description} holds, which is {count:,} "
            f"triples, and {MOST:,} are the most; ask a question in which each row cites all that "
            "it rests on, or open the graph from its folder"
        )
    log.info("copying the %d triples of the %s", count, endpoint.description)
    quads = {quad for some in harvest.triples(graph, sizes) for quad in some}
    engine: Engine = Embedded(_placed(quads), graph.prefixes)
    if endpoint.seconds != float("inf"):
        engine = Timed(engine, endpoint.seconds)
    return Graph(graph.folder, engine, graph.include_sensitive)


def _placed(quads: set[Quad]) -> Store:
    """The quads in a store, those that follow from others in their graph."""
    statements = derive.Statements()
    statements.add(quads)
    derived = {Quad(s, p, o, DefaultGraph()) for s, p, o in statements.derived()} & quads
    store = Store()
    store.bulk_extend(quads - derived)
    store.bulk_extend(Quad(q.subject, q.predicate, q.object, DERIVED) for q in derived)
    return store
