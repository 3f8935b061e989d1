"""What an endpoint holds, if that is not too much: a graph in memory, or its claims as columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from allgraph import derive, processes, terms
from allgraph.answer import Row
from allgraph.columns import Columns
from allgraph.engine import Engine
from allgraph.engine.embedded import Embedded
from allgraph.engine.isolated import Timed
from allgraph.engine.remote import Remote
from allgraph.errors import EngineError, TooMuch
from allgraph.graph import Graph, log
from allgraph.terms import AG, DERIVED, RDFS, ag, text

MOST = 1_000_000
"""How many triples an endpoint may hold for a copy of them to be made."""
PAGE = 10_000
"""How many triples are asked for at a time; some endpoints give no more."""
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
    sizes = _sizes(graph)
    count = sum(sizes.values())
    if count > MOST:
        raise TooMuch(
            f"this needs a copy of what the endpoint holds, which is {count:,} triples, and "
            f"{MOST:,} are the most; ask a question in which each row cites all that it rests on, "
            "or open the graph from its folder"
        )
    log.info("copying the %d triples of the %s", count, endpoint.description)
    quads = set(_quads(graph, sizes))
    if len(quads) != count:
        raise EngineError(
            f"the {endpoint.description} gave {len(quads):,} of its {count:,} triples; it may "
            "cut its answers, or have changed meanwhile"
        )
    engine: Engine = Embedded(_placed(quads), graph.prefixes)
    if endpoint.seconds != float("inf"):
        engine = Timed(engine, endpoint.seconds)
    return Graph(graph.folder, engine, graph.include_sensitive)


@processes.without_collector()
def excerpt(graph: Graph) -> Columns:
    """The claims that the endpoint of a graph holds as columns, of the triples that tell of them.

    Raises `TooMuch` when these are more than `MOST`.
    """
    sizes = _sizes(graph)
    wanted = [predicate for predicate in _OF_COLUMNS if predicate in sizes]
    count = sum(sizes[predicate] for predicate in wanted)
    if count > MOST:
        raise TooMuch(
            f"this needs all claims of the endpoint, which are in {count:,} triples, and {MOST:,} "
            "are the most; open the graph from its folder"
        )
    store = Store()
    for predicate in wanted:
        store.bulk_extend(_quad(row["s"], predicate, row["o"]) for row in _rows(graph, predicate))
    return Columns.of_store(store)


def _sizes(graph: Graph) -> dict[terms.Term | None, int]:
    """How many triples each predicate has."""
    return {row["predicate"]: int(text(row["count"])) for row in graph.run("sizes").rows}


def _quads(graph: Graph, sizes: dict[terms.Term | None, int]) -> Iterator[Quad]:
    for row in graph.run("blank").rows:  # in one answer, since their labels hold for one alone
        yield _quad(row["s"], row["p"], row["o"])
    for predicate in sizes:
        assert isinstance(predicate, NamedNode)
        for row in _rows(graph, predicate):
            yield _quad(row["s"], predicate, row["o"])


def _rows(graph: Graph, predicate: NamedNode) -> Iterator[Row]:
    """The triples of a predicate, page by page, each from the last whole text on."""
    after: dict[str, terms.Term] = {}
    while True:
        rows = graph.run("page", predicate=predicate, **after).rows
        last = _key(rows[-1]) if len(rows) >= PAGE else None
        whole = [*takewhile(lambda row: _key(row) != last, rows)]  # noqa: B023
        yield from whole or rows
        if last is None:
            return
        subject, obj = _key((whole or rows)[-1])
        after = {"subject": Literal(subject), "object": Literal(obj)}


def _key(row: Row) -> tuple[str, str]:
    return text(row["s"]), text(row["o"])


def _quad(s: terms.Term | None, p: terms.Term | None, o: terms.Term | None) -> Quad:
    assert isinstance(s, (NamedNode, BlankNode))
    assert isinstance(p, NamedNode)
    assert o is not None
    return Quad(s, p, o, DefaultGraph())


def _placed(quads: set[Quad]) -> Store:
    """The quads in a store, those that follow from others in their graph."""
    statements = derive.Statements()
    statements.add(quads)
    derived = {Quad(s, p, o, DefaultGraph()) for s, p, o in statements.derived()} & quads
    store = Store()
    store.bulk_extend(quads - derived)
    store.bulk_extend(Quad(q.subject, q.predicate, q.object, DERIVED) for q in derived)
    return store
