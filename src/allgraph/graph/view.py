"""A graph as of one day: another graph, without the claims that do not hold then.

`Columns.view` says which claims hold. The store of a view is made when it is first needed, from
the store of the graph: it has the claims that hold, what belongs to them, and what belongs to no
claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import FrozenInstanceError, replace
from functools import cached_property
from pathlib import Path
from threading import RLock

from pyoxigraph import BlankNode, Literal, NamedNode, Store

from allgraph.graph.coverage import Predicates, carried
from allgraph.graph.download import copied, local
from allgraph.graph.extract import HeldTriples, extract
from allgraph.graph.graph import Graph, Progress, asked_facts
from allgraph.model import edtf, vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.model.facts import Find
from allgraph.model.table import ClaimTable
from allgraph.model.table_builder import columns_of
from allgraph.model.topics import Topics
from allgraph.rdf.terms import Term, text
from allgraph.render.brief import quoted
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Closed, Embedded, store_errors
from allgraph.sparql.engine import Engine
from allgraph.sparql.questions import Catalogue, Query
from allgraph.sparql.sandboxed import Timed

WORDS = ("no", "possible", "certain")
"""The names of the levels of certainty in `columns`, 0 to 2."""
_NAME_QUESTIONS = (
    "described", "find", "find-among", "groups", "identified", "implied-predicates", "known",
    "languages", "members", "named", "named-among", "names", "ontology", "site-classes",
    "site-groups", "site-kinds-of", "source-references", "things", "told-apart",
)  # fmt: skip
"""The house questions about names and kinds, which a view answers as its graph does."""
_CLAIM_QUESTIONS = ("about", "all", "histories")
"""The house questions with a claim in each row."""


class View(Graph):
    """A graph as of one day: `base` without the claims that are not certain on that day.

    With `possible`, the claims that are possible then stay too. Names stand for what they stand for
    in the base, whatever the day. It does not change; its engine and columns are made when first
    needed.

    >>> import allgraph
    >>> then = allgraph.as_of(allgraph.open(), "2013-07-01")
    >>> then.day, then.possible, isinstance(then, allgraph.Graph)
    ((2013, 7, 1), False, True)
    """

    base: Graph
    day: edtf.Day
    possible: bool
    _lock: RLock

    def __init__(self, base: Graph, day: edtf.Day, possible: bool = False) -> None:
        """Make a view; with `possible`, claims that are only possible on the day are in it too."""
        # attributes cannot be set otherwise
        self.__dict__.update(base=base, day=day, possible=possible, _lock=RLock())
        self.__dict__.update(folder=base.folder, include_sensitive=base.include_sensitive)
        self.__dict__.update(with_withdrawn=base.with_withdrawn)

    def __setattr__(self, name: str, value: object) -> None:
        """Raise `FrozenInstanceError`: a view does not change."""
        raise FrozenInstanceError(f"a view is read-only; {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and (
            (self.base, self.day, self.possible) == (other.base, other.day, other.possible)
        )

    def __hash__(self) -> int:
        return hash((self.day, self.possible))

    def _facts(self) -> Iterator[str]:
        yield quoted(self.root.folder.title)
        yield f"{'possible' if self.possible else 'certain'} on {edtf.iso(self.day)}"

    def close(self) -> None:
        """Let go of the store and the columns of the view; its base stays open."""
        names = "day", "possible", "_lock", "folder", "include_sensitive", "with_withdrawn"
        kept = {name: vars(self)[name] for name in names}
        closed = Graph(self.folder, Closed(self.prefixes), self.include_sensitive)
        vars(self).clear()
        vars(self).update(kept, base=closed)

    @property
    def root(self) -> Graph:
        """The graph that is no view, on which this view, or the view that is its base, is made."""
        return self.base.root

    @property
    def queries(self) -> Catalogue:
        """The named questions of the root graph, by name."""
        return self.root.queries

    @property
    def store(self) -> Store:
        """The store of the view, made when first needed; `InputError` when an endpoint holds it."""
        return self.root.store if self.is_remote else super().store  # the former raises

    @property
    def including_withdrawn(self) -> View:
        """The same view of the graph with its withdrawn claims."""
        return View(self.base.including_withdrawn, self.day, self.possible)

    @cached_property
    def columns(self) -> Columns:
        """The claims as columns, with their certainty on the day; `InputError` as for `store`."""
        return self.on_day(self.root.columns)

    @property
    def quads(self) -> Find:
        """The function that finds quads by a pattern, in the store of this view once it is made.

        Until then each is looked up in the store of the root; `InputError` as for `store`.
        """
        return super().quads if "_engine" in vars(self) or self.is_remote else self._held.find

    @cached_property
    def _held(self) -> HeldTriples:
        """The triples of the view, found in the store of the root."""
        return HeldTriples(lambda: self.root.queried, self.columns)

    @cached_property
    def topics(self) -> Topics:
        """The triples about things with very many of them, found in the store of the root."""
        return self.root.topics.held(self.columns, self._held.of)

    @property
    def table(self) -> ClaimTable:
        """The table of the root graph, or of the copy of what its endpoint holds."""
        return self._in_memory.root.table

    @property
    def engine(self) -> Engine:
        """The engine that answers SPARQL on this day, made at its first use, in one thread.

        Other threads wait until it is made. What an endpoint holds is downloaded for it into
        memory, which raises `TooMuch` when that is too much, and `EngineError` when not all comes.
        """
        with self._lock:
            return self._engine

    @cached_property
    def _engine(self) -> Engine:
        """The engine over a store of the triples of the view, with the timeout of the root; cached.

        The store has the claims that hold, what belongs to them, and what belongs to no claim.
        """
        if self.is_remote:
            return self._copy.engine
        with store_errors():
            engine = Embedded(extract(self.root.queried, self.columns), self.prefixes)
        timed = self.root.engine
        return replace(timed, engine=engine) if isinstance(timed, Timed) else engine

    @cached_property
    def _copy(self) -> View:
        """The same view of a copy of the graph at the endpoint, downloaded when first needed."""
        base = self.base._copy if isinstance(self.base, View) else copied(self.base)
        return View(base, self.day, self.possible)

    @property
    def _in_memory(self) -> View:
        """The view itself, or where an endpoint holds the graph, `_copy`."""
        return self._copy if self.is_remote else self

    @property
    def _endpoint_client(self) -> None:
        """``None``: a view asks its root graph, or reads a copy, and queries no endpoint itself."""
        return None

    def on_day(self, columns: Columns) -> Columns:
        """Return a copy of columns of the root graph with the certainty of claims in this view."""
        of_base = self.base.on_day(columns) if isinstance(self.base, View) else columns
        return of_base.view(self.day, possible=self.possible)

    def _size_sentence(self) -> str:
        """Return a sentence with the day, and which claims hold; they are not counted."""
        kind = "certain or possible" if self.possible else "certain"
        return f"As of {edtf.iso(self.day)}: the claims that are {kind} then."

    def levels(self, claims: Iterable[str]) -> dict[str, int]:
        """Return how certain claims are, by their IRIs: 1 for possible, 2 for certain.

        Claims that do not hold are left out. An endpoint of which there is no copy yet is queried
        about these claims alone.
        """
        if self._is_without_copy:
            levels = self._asked_levels(claims)
        else:
            levels = self._in_memory.columns.levels(claims)
        return {claim: level for claim, level in levels.items() if level > NO}

    def _asked_levels(self, claims: Iterable[str]) -> dict[str, int]:
        """Query how certain claims are, and return it by IRI: 0 to 2.

        A claim that lacks its subject, predicate or object has 0; what is no claim is left out.
        """
        wanted, links = [*claims], (vocabulary.SUBJECT, vocabulary.OBJECT, vocabulary.CONFLICTS)
        facts = asked_facts(self.root, "facts", wanted, *links)
        known = facts.having(vocabulary.TYPE, vocabulary.CLAIM)
        of_known = dict.fromkeys((claim for claim in wanted if f"<{claim}>" in known), NO)
        return of_known | self.on_day(columns_of(facts)).levels(wanted)

    @property
    def _is_without_copy(self) -> bool:
        """True if an endpoint holds the graph, and this view has made no copy of it yet."""
        return self.is_remote and "_copy" not in self.__dict__

    def bound(
        self,
        query: Query,
        values: Mapping[str, Term | list[Term]],
        among: Sequence[Sequence[Term]] | None = None,
    ) -> Answer:
        """Return the answer to a question on this day, with `values` as for `Graph.bound`.

        A row is as certain as the least certain of the claims that it cites: the last column,
        ``certainty``, is “certain” or “possible”, unless the question has one of that name or cites
        none. Rows that are certain come first, then those that are possible, then those that cite
        no claim; within each, the order is that of the question. Where an endpoint holds the graph,
        questions whose rows rest only on cited claims are sent to it, and rows with a claim that
        does not hold are removed; for others all that it holds is downloaded first. Raises what
        `Graph.bound` raises, and `TooMuch` for a download that is too large.
        """
        cited = query.claim_columns
        is_carried = self.is_remote and carried(
            query.bind(values), cited, self._predicates, self.prefixes
        )
        bound = self.root.bound if is_carried else super().bound
        answer = bound(query, values, among)
        if not cited:
            return answer
        claims = _claim_iris(answer.rows, cited)
        levels = self._asked_levels(claims) if is_carried else self.levels(claims)
        rows = [(row, _cited_levels(row, cited, levels)) for row in answer.rows]
        if is_carried:
            rows = [(row, own) for row, own in rows if NO not in own]
        if "certainty" in answer.columns:
            return replace(answer, rows=tuple(row for row, _ in rows))
        rows.sort(key=lambda marked: -min(marked[1], default=NO))
        marked = tuple(
            Row(row, certainty=Literal(WORDS[min(own)]) if own else None) for row, own in rows
        )
        return replace(answer, columns=(*answer.columns, "certainty"), rows=marked)

    def remarks(self, question: str, answered: bool = False, /, **parameters: object) -> list[str]:
        """Return what `Graph.remarks` returns, and `day_remarks`; it raises the same errors."""
        return [*super().remarks(question, answered, **parameters), *self.day_remarks()]

    def day_remarks(self) -> list[str]:
        """Return a sentence if the day of this view is before all dates of the graph.

        Queries the root graph.
        """
        return [*self._before_all({"as-of": edtf.iso(self.day)})]

    def run(self, question: str, **values: Term | list[Term]) -> Answer:
        """Return the answer on this day to a house question, one of the package (see `Graph.run`).

        The root graph answers those about names and kinds, such as ``find`` and ``described``, and
        ``all``, ``about`` and ``histories``; from answers to these three, rows with claims that do
        not hold are removed. Other questions need the store of the view. Raises what `Graph.run`
        and `engine` raise.
        """
        if question in _NAME_QUESTIONS:
            return self.root.run(question, **values)
        if question in _CLAIM_QUESTIONS:
            answer = self.root.run(question, **values)
            levels = self.levels(_claim_iris(answer.rows, ["claim"]))
            rows = tuple(row for row in answer.rows if text(row["claim"]) in levels)
            return replace(answer, rows=rows)
        return super().run(question, **values)

    def rows(self, question: str, **values: Term | list[Term]) -> Iterator[Row]:
        """Run a house question, one of this package, and return an iterator over its rows.

        Those about names and kinds, which no day changes, are run on the graph of all days, `root`,
        and give an endpoint's rows page by page; others are run as by `run`, all at once.
        """
        if question in _NAME_QUESTIONS:
            return self.root.rows(question, **values)
        return iter(self.run(question, **values).rows)

    @cached_property
    def _predicates(self) -> Predicates:
        """The predicates of the root graph whose triples depend on claims, queried once.

        `claimed` are the predicates of triples that claims yield, `leading` those with claims as
        objects; these without the rdf:subject and rdf:object by which a claim is about a claim.
        """
        predicates: dict[str, set[str]] = {"claimed": set(), "leading": set()}
        for row in self.root.run("predicates").rows:
            predicates[text(row["how"])].add(text(row["predicate"]))
        return Predicates(**predicates)


@contextmanager
def held_here(
    graph: Graph, place: Path | None = None, progress: Progress | None = None
) -> Iterator[Graph]:
    """Give a graph that is in this process, for a ``with``: itself, or an endpoint's download.

    The download goes to a new directory in `place` if it is large, and is removed afterwards;
    `progress` is called with messages. A view becomes the same view of the downloaded graph. Raises
    `EngineError` when not all comes. With a download, an `OSError`, of the block too, becomes a
    `WriteError`.
    """
    with local(graph.root, place, progress) as root:
        yield _same_view_of(root, graph) if graph.is_remote else graph


def _same_view_of(root: Graph, graph: Graph) -> Graph:
    """Return `root` if `graph` is no view, else views of `root` for the same days as `graph`."""
    if isinstance(graph, View):
        return View(_same_view_of(root, graph.base), graph.day, graph.possible)
    return root


def _claim_iris(rows: Iterable[Row], columns: Sequence[str]) -> set[str]:
    """Return the IRIs in some columns of rows; blank nodes and empty cells are skipped."""
    return {term.value for row in rows for c in columns if isinstance(term := row[c], NamedNode)}


def _cited_levels(row: Row, columns: Sequence[str], levels: dict[str, int]) -> list[int]:
    """Return the levels of certainty of the claims in some columns of a row; `levels` is by IRI.

    A blank node has the level `NO`; a cell that is not in `levels`, since it is no claim, has none.
    """
    cells = [row[column] for column in columns]
    nameless = [NO for cell in cells if isinstance(cell, BlankNode)]
    return nameless + [levels[text(cell)] for cell in cells if text(cell) in levels]
