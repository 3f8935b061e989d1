"""What an endpoint holds, if that is not too much: a graph in memory, or its claims as columns."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from allgraph import derive, harvest, processes
from allgraph.columns import Columns
from allgraph.engine import Engine
from allgraph.engine.embedded import Embedded
from allgraph.engine.isolated import Timed
from allgraph.engine.remote import Remote
from allgraph.errors import TooMuch
from allgraph.graph import Graph, log
from allgraph.terms import AG, DERIVED, RDFS, ag

MOST = 1_000_000
"""How many triples an endpoint may hold for a copy of them to be made."""
_OF_COLUMNS = (
    derive.TYPE, derive.SUBJECT, derive.PREDICATE, derive.OBJECT, derive.RANK, derive.ROLE,
    derive.CONFLICTS, derive.ASPECT, *derive.BOUNDS, ag("sentence"), ag("inverseSentence"),
    NamedNode(RDFS + "label"), NamedNode(RDFS + "subClassOf"), NamedNode(AG + "nameInText"),
)  # fmt: skip


@processes.without_collector()
def copied(graph: Graph) -> Graph:
    """A copy in memory of what the endpoint of a graph holds.

    A direct triple that is stated too counts as derived. Raises `TooMuch` when there are more
    than `MOST` triples, and `EngineError` when not all of them come.
    """
    endpoint = graph.engine
    assert isinstance(endpoint, Remote)
    sizes = harvest.sizes_of(graph)
    count = sum(sizes.values())
    if count > MOST:
        raise TooMuch(
            f"this needs a copy of what the endpoint holds, which is {count:,} triples, and "
            f"{MOST:,} are the most; ask a question in which each row cites all that it rests on, "
            "or open the graph from its folder"
        )
    log.info("copying the %d triples of the %s", count, endpoint.description)
    quads = {quad for some in harvest.triples(graph, sizes) for quad in some}
    engine: Engine = Embedded(_placed(quads), graph.prefixes)
    if endpoint.seconds != float("inf"):
        engine = Timed(engine, endpoint.seconds)
    return Graph(graph.folder, engine, graph.include_sensitive)


@processes.without_collector()
def excerpt(graph: Graph) -> Columns:
    """The claims that the endpoint of a graph holds as columns, of the triples that tell of them.

    Raises `TooMuch` when these are more than `MOST`.
    """
    sizes = harvest.sizes_of(graph)
    wanted: harvest.Sizes = {each: sizes[each] for each in _OF_COLUMNS if each in sizes}
    count = sum(wanted.values())
    if count > MOST:
        raise TooMuch(
            f"this needs all claims of the endpoint, which are in {count:,} triples, and {MOST:,} "
            "are the most; open the graph from its folder"
        )
    store = Store()
    for some in harvest.triples(graph, wanted):
        store.bulk_extend(some)
    return Columns.of_store(store)


def _placed(quads: set[Quad]) -> Store:
    """The quads in a store, those that follow from others in their graph."""
    statements = derive.Statements()
    statements.add(quads)
    derived = {Quad(s, p, o, DefaultGraph()) for s, p, o in statements.derived()} & quads
    store = Store()
    store.bulk_extend(quads - derived)
    store.bulk_extend(Quad(q.subject, q.predicate, q.object, DERIVED) for q in derived)
    return store
