"""Download what an endpoint holds: a graph on disk or in memory, or its claims as columns.

Triples are asked for predicate by predicate, and page by page in the order of their texts. Each
predicate is counted before, so an endpoint that cuts its answers, at any number of rows, gives all
the same, or an error. What has a blank node comes in one answer, since labels hold for one alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, takewhile
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from allgraph import sandbox
from allgraph.errors import EngineError, TooMuch, WriteError
from allgraph.graph.graph import Graph, Progress, log
from allgraph.model import derivation, skolem, vocabulary
from allgraph.model.columns import Columns
from allgraph.model.derivation_stored import StoredStatements
from allgraph.rdf import terms
from allgraph.rdf.terms import AG, DERIVED, RDFS, ag, text
from allgraph.sparql.answer import Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.engine import Engine
from allgraph.sparql.sandboxed import Timed

MOST = 1_000_000
"""How many triples an endpoint may hold for a copy of them to be made in memory."""
SMALL = 100_000
"""How many triples a local graph may have to be in memory, not on disk."""
MOST_BLANK = 500_000
"""How many triples with a blank node are asked for."""
_AT_ONCE = 50_000  # triples that are moved together
_OF_COLUMNS = (
    vocabulary.TYPE,
    vocabulary.SUBJECT,
    vocabulary.PREDICATE,
    vocabulary.OBJECT,
    vocabulary.RANK,
    vocabulary.ROLE,
    vocabulary.CONFLICTS,
    vocabulary.ASPECT,
    *vocabulary.BOUNDS,
    ag("sentence"),
    ag("inverseSentence"),
    NamedNode(RDFS + "label"),
    NamedNode(RDFS + "subClassOf"),
    NamedNode(AG + "nameInText"),
)
"""The predicates of the triples that columns are made of."""

Sizes = dict[terms.Term | None, int]
"""How many triples there are of each predicate."""


class Local(Graph):
    """A graph in this process that holds what an endpoint holds."""


def is_local(graph: Graph) -> bool:
    """Whether a graph, or the graph that it is a view of, was downloaded from an endpoint."""
    return isinstance(graph.root, Local)


@contextmanager
def local(
    graph: Graph, place: Path | None = None, progress: Progress | None = None
) -> Iterator[Graph]:
    """Give a graph in this process for a while: the graph itself, or a download on disk.

    The files are in a new directory in `place`, or in the system's directory for such files.
    Blank nodes under an IRI have the IRIs that `skolem.named_quads` gives. A triple counts as
    derived when it follows from the claims, even if it is stated too; but links between rivals
    count as stated, both ways. Raises `EngineError` when not all of what was counted comes.
    """
    if not graph.is_remote:
        yield graph
        return
    sizes = sizes_of(graph)
    try:
        with tempfile.TemporaryDirectory(prefix=".allgraph-", dir=place) as directory:
            store = Store() if sum(sizes.values()) <= SMALL else Store(directory)
            _fill(store, graph, sizes, progress)
            yield Local(graph.folder, Embedded(store, graph.prefixes), graph.include_sensitive)
            del store
    except OSError as error:
        raise WriteError(
            f"cannot be written, to hold what the endpoint gives: {error.strerror or error}",
            path=place or Path(tempfile.gettempdir()),
        ) from None


@sandbox.without_collector()
def copied(graph: Graph) -> Graph:
    """Return a copy in memory of what the endpoint of a graph holds.

    A direct triple that is stated too counts as derived. Raises `TooMuch` when there are more
    than `MOST` triples, and `EngineError` when not all of them come.
    """
    endpoint = graph.engine
    assert isinstance(endpoint, Remote)
    sizes = sizes_of(graph)
    _refuse_many(
        sizes,
        "a copy of what the endpoint holds",
        "ask a question in which each row cites all that it rests on, or open the graph from its "
        "folder",
    )
    log.info("copying the %d triples of the %s", sum(sizes.values()), endpoint.description)
    quads = {quad for batch in triples(graph, sizes) for quad in batch}
    engine: Engine = Embedded(_with_derived(quads), graph.prefixes)
    if endpoint.seconds != float("inf"):
        engine = Timed(engine, endpoint.seconds)
    return Graph(graph.folder, engine, graph.include_sensitive)


@sandbox.without_collector()
def excerpt(graph: Graph) -> Columns:
    """Return the claims that the endpoint of a graph holds as columns.

    Only the triples that columns are made of are asked for. Raises `TooMuch` when these are more
    than `MOST`.
    """
    sizes = sizes_of(graph)
    wanted: Sizes = {part: sizes[part] for part in _OF_COLUMNS if part in sizes}
    _refuse_many(wanted, "all claims of the endpoint", "open the graph from its folder")
    store = Store()
    for batch in triples(graph, wanted):
        store.bulk_extend(batch)
    return Columns.of_store(store)


def _refuse_many(sizes: Sizes, need: str, instead: str) -> None:
    """Raise `TooMuch` for more than `MOST` triples, with what to do instead."""
    count = sum(sizes.values())
    if count > MOST:
        raise TooMuch(
            f"this needs {need}, which is {count:,} triples, and {MOST:,} are the most; {instead}"
        )


# ---- Ask the endpoint


def sizes_of(graph: Graph) -> Sizes:
    """Ask how many triples an endpoint holds of each predicate."""
    return {row["predicate"]: int(text(row["count"])) for row in graph.run("sizes").rows}


def triples(graph: Graph, sizes: Sizes, progress: Progress | None = None) -> Iterator[list[Quad]]:
    """Yield all triples of these sizes in batches, as quads of the default graph.

    The first batch has all triples with blank nodes. Raises `EngineError` when there are more or
    fewer triples than the sizes say, or more than `MOST_BLANK` with blank nodes.
    """
    total, done = sum(sizes.values()), 0
    blank = _blank(graph)
    yield blank
    for predicate, size in sizes.items():
        assert isinstance(predicate, NamedNode)
        left = size - sum(quad.predicate == predicate for quad in blank)
        for rows in _pages(graph, predicate, left):
            yield [_quad(row["s"], predicate, row["o"]) for row in rows]
        done += size
        if progress:
            progress(f"asked for {done:,} of {total:,} triples")


def _blank(graph: Graph) -> list[Quad]:
    """Ask for all triples with a blank node, in one answer."""
    count = int(text(graph.run("blanks").rows[0]["count"]))
    if count > MOST_BLANK:
        raise EngineError(
            f"the {_name(graph)} holds {count:,} triples with a blank node, and {MOST_BLANK:,} "
            "are the most that are asked for; load it with what `allgraph export --derived` "
            "writes, which has IRIs instead"
        )
    rows = graph.run("blank").rows if count else ()
    _check(graph, len(rows), count)
    return [_quad(row["s"], row["p"], row["o"]) for row in rows]


def _pages(graph: Graph, predicate: NamedNode, left: int) -> Iterator[list[Row]]:
    """Ask for the `left` triples of a predicate that have no blank node, page by page.

    Each page begins after the last triple whose text was whole in the page before.
    """
    wanted, after = left, dict[str, terms.Term]()
    while left > 0:
        rows = [*graph.run("page", predicate=predicate, **after).rows]
        if len(rows) < left:  # what has the text of the last may go on in the next page
            last = _key(rows[-1]) if rows else None
            rows = [*takewhile(lambda row: _key(row) != last, rows)] or rows  # noqa: B023
        if not rows:
            break
        yield rows
        left -= len(rows)
        subject, obj = _key(rows[-1])
        after = {"subject": Literal(subject), "object": Literal(obj)}
    _check(graph, wanted - left, wanted, f" of the predicate {predicate.value}")


def _check(graph: Graph, given: int, wanted: int, of: str = "") -> None:
    """Raise `EngineError` when an endpoint gave other than so many triples."""
    if given != wanted:
        raise EngineError(
            f"the {_name(graph)} gave {given:,} of its {wanted:,} triples{of}; it may cut its "
            "answers, or have changed meanwhile"
        )


def _name(graph: Graph) -> str:
    return graph.root.engine.description


def _key(row: Row) -> tuple[str, str]:
    """Return the texts by which triples of one predicate are in order."""
    return text(row["s"]), text(row["o"])


def _quad(s: terms.Term | None, p: terms.Term | None, o: terms.Term | None) -> Quad:
    """Return the cells of a row as a quad of the default graph."""
    assert isinstance(s, (NamedNode, BlankNode))
    assert isinstance(p, NamedNode)
    assert o is not None
    return Quad(s, p, o, DefaultGraph())


# ---- Put triples into a store


def _fill(store: Store, graph: Graph, sizes: Sizes, progress: Progress | None) -> None:
    """Download all triples into a store; those that follow from others go into their own graph."""
    log.info("asking the %s for its %d triples", _name(graph), sum(sizes.values()))
    batches = triples(graph, sizes, progress)
    store.bulk_extend(_without_blank(next(batches)))
    for batch in batches:
        store.bulk_extend(batch)
    if progress:
        progress("telling what is derived from what is stated")
    derived = _derived(store)
    while moved := [*islice(derived, _AT_ONCE)]:
        store.bulk_extend(Quad(q.subject, q.predicate, q.object, DERIVED) for q in moved)
        for quad in moved:
            store.remove(quad)


def _derived(store: Store) -> Iterator[Quad]:
    """Yield the quads of a store that follow from others, but for links between rivals."""
    for s, p, o in StoredStatements(store).derived():
        quad = Quad(s, p, o, DefaultGraph())
        if p != vocabulary.CONFLICTS and quad in store:
            yield quad


def _without_blank(quads: list[Quad]) -> list[Quad]:
    """Return quads with IRIs for the blank nodes that are under one.

    Derived triples do not count: they would give a node a second place.
    """
    stated = (vocabulary.OBJECT, vocabulary.SOURCE)
    parts = {q.object for q in quads if q.predicate in stated and isinstance(q.object, BlankNode)}
    named = [quad for quad in quads if quad.predicate in stated or quad.object not in parts]
    names = skolem.node_names(named)
    return [
        Quad(names.get(q.subject, q.subject), q.predicate, names.get(q.object, q.object))
        for q in quads
    ]


def _with_derived(quads: set[Quad]) -> Store:
    """Return a store with quads, those that follow from others in their own graph."""
    statements = derivation.Statements()
    statements.add(quads)
    derived = {Quad(s, p, o, DefaultGraph()) for s, p, o in statements.derived()} & quads
    store = Store()
    store.bulk_extend(quads - derived)
    store.bulk_extend(Quad(q.subject, q.predicate, q.object, DERIVED) for q in derived)
    return store
