"""Download what an endpoint holds: a graph on disk or in memory, or its claims as columns.

Triples are asked for predicate by predicate, and page by page in the order of their texts. Each
predicate is counted before, so an endpoint that cuts its answers, at any number of rows, gives all
the same, or an error. What has a blank node comes in one answer, since labels hold for one alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice, takewhile
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from allgraph import sandbox
from allgraph.errors import EngineError, TooMuch, WriteError
from allgraph.graph.graph import Graph, Progress, log
from allgraph.model import skolem, vocabulary
from allgraph.model.columns import Columns
from allgraph.model.derivation import Derivation, quad_of
from allgraph.model.facts import OF_DERIVATION, Facts
from allgraph.model.table_builder import columns_of
from allgraph.rdf import ntriples, terms
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
_BATCH = 50_000  # triples that are moved together
_COLUMN_PREDICATES = (
    vocabulary.TYPE,
    *vocabulary.PARTS,
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
    """A graph in this process that has what was downloaded from an endpoint."""


def is_local(graph: Graph) -> bool:
    """Return whether a graph, or the root graph of a view, is a download that `local` made.

    A copy that `copied` made is none.
    """
    return isinstance(graph.root, Local)


@contextmanager
def local(
    graph: Graph, place: Path | None = None, progress: Progress | None = None
) -> Iterator[Graph]:
    """Give the graph itself, or a download of what its endpoint holds, for a ``with``.

    `graph` must be no view. The download is in memory if it has at most `SMALL` triples, else in
    files in a new directory in `place`, or in the system's directory for such files, which is
    removed after the ``with``; `progress` is called with messages. What is derived is told from
    what is stated, see `_fill`. Raises `EngineError` when not all of what was counted comes. Where
    there is a download, an `OSError`, of the block too, becomes a `WriteError`.
    """
    if not graph.is_remote:
        yield graph
        return
    sizes = sizes_of(graph)
    try:
        with tempfile.TemporaryDirectory(prefix=".allgraph-", dir=place) as directory:
            count = sum(sizes.values())
            store = Store() if count <= SMALL else Store(directory)
            log.info("downloading the %d triples of the %s", count, _endpoint_name(graph))
            _fill(store, graph, sizes, progress)
            yield Local(graph.folder, Embedded(store, graph.prefixes), graph.include_sensitive)
            del store
    except OSError as error:
        raise WriteError(
            f"cannot be written, for the download from the endpoint: {error.strerror or error}",
            path=place or Path(tempfile.gettempdir()),
        ) from None


@sandbox.without_collector()
def copied(graph: Graph) -> Graph:
    """Download the triples at the endpoint of a graph, and return them as a graph in memory.

    `graph` must be held by an endpoint, and be no view. Queries of the copy have the same time
    limit as those of the endpoint. The garbage collector is off meanwhile. Raises `TooMuch` when
    there are more than `MOST` triples, and `EngineError` when not all come.
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
    store = Store()
    _fill(store, graph, sizes)
    engine: Engine = Embedded(store, graph.prefixes)
    if endpoint.seconds != float("inf"):
        engine = Timed(engine, endpoint.seconds)
    return Graph(graph.folder, engine, graph.include_sensitive)


@sandbox.without_collector()
def excerpt(graph: Graph) -> Columns:
    """Download the claims that the endpoint of a graph holds, and return them as columns.

    Only triples with the predicates that columns are made of are queried, and all with blank nodes.
    The garbage collector is off meanwhile. Raises `TooMuch` when those with these predicates are
    more than `MOST`, and `EngineError` when not all come.
    """
    sizes = sizes_of(graph)
    wanted: Sizes = {part: sizes[part] for part in _COLUMN_PREDICATES if part in sizes}
    _refuse_many(wanted, "all claims of the endpoint", "open the graph from its folder")
    facts = Facts()
    for batch in triples(graph, wanted):
        facts.add_quads(batch)
    return columns_of(facts)


def _refuse_many(sizes: Sizes, need: str, instead: str) -> None:
    """Raise `TooMuch` if there are more than `MOST` triples.

    In the message, `need` says what these triples are, and `instead` what the user can do.
    """
    count = sum(sizes.values())
    if count > MOST:
        raise TooMuch(
            f"this needs {need}, which is {count:,} triples, and the limit is {MOST:,}; {instead}"
        )


# ---- Ask the endpoint


def sizes_of(graph: Graph) -> Sizes:
    """Query how many triples the endpoint of a graph holds, and return counts by predicate."""
    return {row["predicate"]: int(text(row["count"])) for row in graph.run("sizes").rows}


def triples(graph: Graph, sizes: Sizes, progress: Progress | None = None) -> Iterator[list[Quad]]:
    """Query all triples of the predicates in `sizes`; yield them in batches, in the default graph.

    The first batch has all triples with blank nodes, whatever their predicates; it may be empty.
    `progress` is called with a message after each predicate. Raises `EngineError` when there are
    more or fewer triples than the sizes say, or more than `MOST_BLANK` with blank nodes.
    """
    total, done = sum(sizes.values()), 0
    blank = _triples_with_blank_nodes(graph)
    yield blank
    for predicate, size in sizes.items():
        assert isinstance(predicate, NamedNode)
        without_blank = size - sum(quad.predicate == predicate for quad in blank)
        for rows in _pages(graph, predicate, without_blank):
            yield [_quad(row["s"], predicate, row["o"]) for row in rows]
        done += size
        if progress:
            progress(f"asked for {done:,} of {total:,} triples")


def _triples_with_blank_nodes(graph: Graph) -> list[Quad]:
    """Query all triples with a blank node, in one answer.

    Raises `EngineError` when there are more than `MOST_BLANK`, or when not all come.
    """
    count = int(text(graph.run("blanks").rows[0]["count"]))
    if count > MOST_BLANK:
        raise EngineError(
            f"the {_endpoint_name(graph)} holds {count:,} triples with a blank node, and "
            f"{MOST_BLANK:,} are the most that are asked for; load it with what an export "
            "with `derived` writes, which has IRIs instead"
        )
    rows = graph.run("blank").rows if count else ()
    _check_count(graph, len(rows), count)
    return [_quad(row["s"], row["p"], row["o"]) for row in rows]


def _pages(graph: Graph, predicate: NamedNode, count: int) -> Iterator[list[Row]]:
    """Query the triples of a predicate that have no blank node; yield their rows page by page.

    `count` is how many there are. Rows at the end of a page whose texts equal those of its last row
    are left to the next page, which begins after the last row that was yielded. Raises
    `EngineError` when other than `count` triples come.
    """
    total, after = count, dict[str, terms.Term]()
    while count > 0:
        rows = [*graph.run("page", predicate=predicate, **after).rows]
        if len(rows) < count:  # more triples with the texts of the last row may follow
            last = _texts_of_row(rows[-1]) if rows else None
            rows = [*takewhile(lambda row: _texts_of_row(row) != last, rows)] or rows  # noqa: B023
        if not rows:
            break
        yield rows
        count -= len(rows)
        subject, obj = _texts_of_row(rows[-1])
        after = {"subject": Literal(subject), "object": Literal(obj)}
    _check_count(graph, total - count, total, f" of the predicate {predicate.value}")


def _check_count(graph: Graph, given: int, wanted: int, of: str = "") -> None:
    """Raise `EngineError` unless an endpoint gave as many triples as it counted before.

    `of` says in the message which triples these are, such as “ of the predicate …”.
    """
    if given != wanted:
        raise EngineError(
            f"the {_endpoint_name(graph)} gave {given:,} of its {wanted:,} triples{of}; it may cut "
            "its answers, or have changed meanwhile"
        )


def _endpoint_name(graph: Graph) -> str:
    """Return the description of the endpoint of a graph, for messages."""
    return graph.root.engine.description


def _texts_of_row(row: Row) -> tuple[str, str]:
    """Return subject and object of a row as texts, by which triples of a predicate are sorted."""
    return text(row["s"]), text(row["o"])


def _quad(s: terms.Term | None, p: terms.Term | None, o: terms.Term | None) -> Quad:
    """Return subject, predicate and object as a quad of the default graph."""
    assert isinstance(s, (NamedNode, BlankNode))
    assert isinstance(p, NamedNode)
    assert o is not None
    return Quad(s, p, o, DefaultGraph())


# ---- Put triples into a store


def _fill(store: Store, graph: Graph, sizes: Sizes, progress: Progress | None = None) -> None:
    """Download all triples into a store, and move those that are derived into ``ag:derived``.

    Blank nodes have the names that `skolem.named_lines` gives. A triple counts as
    derived when it follows from the claims, even if it is stated too; but links between rivals
    count as stated, both ways. Queries the endpoint of `graph`, changes `store`, and calls
    `progress` with messages. Raises `EngineError` when not all triples come.
    """
    batches = triples(graph, sizes, progress)
    store.bulk_extend(_named(next(batches), graph.folder.ours))
    for batch in batches:
        store.bulk_extend(batch)
    if progress:
        progress("separating derived from stated triples")
    derived = _derived_quads(store)
    while batch_to_move := [*islice(derived, _BATCH)]:
        store.bulk_extend(Quad(q.subject, q.predicate, q.object, DERIVED) for q in batch_to_move)
        for quad in batch_to_move:
            store.remove(quad)


def _derived_quads(store: Store) -> Iterator[Quad]:
    """Yield the quads of the default graph of a store that follow from the claims there.

    Links between rivals (``ag:conflictsWith``) are left out. Some may be repeated.
    """
    derivation = Derivation(Facts.of(store.quads_for_pattern, OF_DERIVATION))
    implied = derivation.implied(also_stated=True)
    for quad in map(quad_of, chain(derivation.triples(), *implied)):
        if quad.predicate != vocabulary.CONFLICTS and quad in store:
            yield quad


def _named(quads: list[Quad], ours: tuple[str, ...]) -> list[Quad]:
    """Return quads with names for their blank nodes, see `skolem.BlankNodes`.

    A node may get an IRI if just one triple has it as object; where that is a claim's object or
    source, derived triples with the same object are not counted.
    """
    stated = (vocabulary.OBJECT, vocabulary.SOURCE)
    stated_nodes = {
        q.object for q in quads if q.predicate in stated and isinstance(q.object, BlankNode)
    }
    counted = [
        quad for quad in quads if quad.predicate in stated or quad.object not in stated_nodes
    ]
    names = skolem.names_of(skolem.divided(ntriples.lines(counted))[1], ours=ours)
    return [*ntriples.quads(skolem.renamed_lines(ntriples.lines(quads), names))]
