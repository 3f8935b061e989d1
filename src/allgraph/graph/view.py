"""A graph as of one day: another graph, without the claims that do not hold then.

`Columns.view` says which claims hold. The store of a view is made when it is first needed, from
the store of the graph: it has the claims that hold, what belongs to them, and what belongs to no
claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import FrozenInstanceError, replace
from functools import cached_property
from pathlib import Path
from threading import RLock

from pyoxigraph import BlankNode, Literal, NamedNode, Store

from allgraph.graph import certainty
from allgraph.graph.coverage import Predicates, carried
from allgraph.graph.download import copied, local
from allgraph.graph.extract import LEVELS, extract
from allgraph.graph.graph import Graph, Progress
from allgraph.model import edtf
from allgraph.model.columns import NO, Columns
from allgraph.rdf.terms import Term, text
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded, store_errors
from allgraph.sparql.engine import Engine
from allgraph.sparql.questions import Catalogue
from allgraph.sparql.sandboxed import Timed

WORDS = ("no", "possible", "certain")
"""The names of the levels of `columns`."""
_NAMES = (
    "described", "find", "find-among", "groups", "known", "members", "named", "named-among",
    "names", "ontology", "things",
)  # fmt: skip
"""The house questions about names and kinds, which a view answers as its graph does."""
_ROWS = ("about", "evidence", "histories")
"""The house questions with a claim in each row."""
_TRUE = Literal(True)


class View(Graph):
    """A graph as of one day: `base` without what is not certain then, or not even `possible`.

    Names stand for what they stand for in the base, whatever the day.
    """

    base: Graph
    day: edtf.Day
    possible: bool
    _lock: RLock

    def __init__(self, base: Graph, day: edtf.Day, possible: bool = False) -> None:
        self.__dict__.update(
            base=base,
            day=day,
            possible=possible,
            _lock=RLock(),
            folder=base.folder,
            include_sensitive=base.include_sensitive,
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"a view does not change; {name} cannot be set")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.day, self.possible))

    def _key(self) -> tuple[Graph, edtf.Day, bool]:
        return self.base, self.day, self.possible

    def __repr__(self) -> str:
        kind = "possible" if self.possible else "certain"
        return f"View({self.root.folder.title!r}, {kind} on {edtf.iso(self.day)})"

    @property
    def root(self) -> Graph:
        """The graph that this is a view of, through other views."""
        return self.base.root

    @property
    def queries(self) -> Catalogue:
        """The named questions, by name."""
        return self.root.queries

    @property
    def store(self) -> Store:
        """The store of the view; `InputError` when an endpoint holds the graph."""
        return self.root.store if self.is_remote else super().store

    @cached_property
    def columns(self) -> Columns:
        """The claims as columns, with their certainty; `InputError` as for `store`."""
        return self.root.columns if self.is_remote else self._columns

    @property
    def engine(self) -> Engine:
        """The engine that answers SPARQL on this day; made when it is first needed.

        It needs a copy of what an endpoint holds; see `download.copied`.
        """
        with self._lock:
            return self._engine

    @cached_property
    def _engine(self) -> Engine:
        """The engine over an extract, with the timeouts of the graph's engine."""
        whole = self._whole
        with store_errors():
            engine: Engine = Embedded(extract(whole.store, self._columns), self.prefixes)
        timed, timeouts = whole.engine, []
        while isinstance(timed, Timed):
            timeouts.append(timed.timeout)
            timed = timed.engine
        for timeout in reversed(timeouts):
            engine = Timed(engine, timeout)
        return engine

    @property
    def _whole(self) -> Graph:
        """The graph in memory: the root itself, or a copy of what its endpoint holds."""
        return self.base._whole if isinstance(self.base, View) else self._copy

    @cached_property
    def _copy(self) -> Graph:
        return copied(self.base) if self.base.is_remote else self.base

    @cached_property
    def _columns(self) -> Columns:
        base = self.base._columns if isinstance(self.base, View) else self._whole.columns
        return self._seen(base)

    def _seen(self, columns: Columns) -> Columns:
        return columns.view(self.day, possible=self.possible)

    @property
    def _asking(self) -> None:
        """``None``: a view is answered from a copy, or from the answers of its graph."""
        return None

    def _views(self) -> list[certainty.View]:
        """Return what each view leaves out of columns, from the graph up to this view."""
        before = self.base._views() if isinstance(self.base, View) else []
        return [*before, self._seen]

    def _held(self) -> str:
        """The day of the view, and which claims it has; they are not counted."""
        kind = "certain or possible" if self.possible else "certain"
        return f"As of {edtf.iso(self.day)}: the claims that are {kind} then."

    def levels(self, claims: Iterable[str]) -> dict[str, int]:
        """Return how certain claims are, by their IRIs: `columns.POSSIBLE` or `CERTAIN`.

        Claims that the view leaves out are not among them. An endpoint is asked about these
        claims alone.
        """
        if self._is_asked:
            levels = certainty.levels(self.root, claims, self._views())
        else:
            columns = self._columns
            assert columns.certainty is not None
            rows = {claim: columns.claims.place(claim) for claim in dict.fromkeys(claims)}
            levels = {c: int(columns.certainty[row]) for c, row in rows.items() if row is not None}
        return {claim: level for claim, level in levels.items() if level > NO}

    @property
    def _is_asked(self) -> bool:
        """Whether an endpoint is asked about claims, since there is no copy yet."""
        return self.is_remote and "_engine" not in self.__dict__

    def ask(self, question: str, /, **parameters: object) -> Answer:
        """Return the answer to a named question on this day; see `Graph.ask`.

        A row is as certain as the least certain of the claims that it cites: the last column,
        ``certainty``, is “certain” or “possible”, unless the question has one of that name or
        cites none. An endpoint answers questions that `coverage.carried` lets it answer.
        """
        query = self.queries[question]
        cited = query.claim_columns
        sparql = query.bind(query.values(parameters, self.resolve))
        if self.is_remote and carried(sparql, cited, self._predicates, self.prefixes):
            answer = self.root._answer(sparql)
            levels = certainty.levels(self.root, _claims(answer.rows, cited), self._views())
            rows = (row for row in answer.rows if NO not in _levels(row, cited, levels))
            answer = replace(answer, rows=tuple(rows))
        else:
            answer = self._answer(sparql)
            levels = self.levels(_claims(answer.rows, cited)) if cited else {}
        if not cited or "certainty" in answer.columns:
            return answer
        marked = tuple({**row, "certainty": _least(row, cited, levels)} for row in answer.rows)
        return replace(answer, columns=(*answer.columns, "certainty"), rows=marked)

    def run(self, question: str, **values: Term | list[Term]) -> Answer:
        """Return the answer to one of the house questions; most need no store."""
        if question in _NAMES:
            return self.root.run(question, **values)
        if question in ("all", "certainties"):
            return self._all(question)
        if question in _ROWS or question == "claims":
            answer = self.root.run(question, **values)
            levels = self.levels(_claims(answer.rows, ["claim"]))
            rows = tuple(row for row in answer.rows if text(row["claim"]) in levels)
            answer = replace(answer, rows=rows)
            return self._marked(answer, levels) if question == "claims" else answer
        return super().run(question, **values)

    def rows(self, question: str, **values: Term | list[Term]) -> Iterator[Row]:
        """Return the rows of the answer to a house question that may be long."""
        if question in _NAMES:
            return self.root.rows(question, **values)
        return iter(self.run(question, **values).rows)

    def _all(self, question: str) -> Answer:
        """Return the answer about all claims that hold, with their certainty or without."""
        if self._is_asked:
            levels = self.levels(_claims(self.root.run("all").rows, ["claim"]))
        else:
            columns = self._columns
            assert columns.certainty is not None
            rows_and_levels = enumerate(columns.certainty.tolist())
            levels = {columns.claims[row]: level for row, level in rows_and_levels if level > NO}
        names = ("claim",) if question == "all" else ("claim", "certainty")
        cells = ((NamedNode(claim), LEVELS[level]) for claim, level in sorted(levels.items()))
        rows = tuple(dict(zip(names, row, strict=False)) for row in cells)
        return Answer(names, rows, prefixes=self.prefixes)

    def _marked(self, answer: Answer, levels: dict[str, int]) -> Answer:
        """Return an answer about claims with their certainty, and without rivals left out here.

        The column ``disputed`` says which claims have rivals in the base.
        """
        kept = self.levels(_claims(answer.rows, ["rival"]))
        rows = tuple(
            {
                **row,
                "certainty": LEVELS[levels[text(row["claim"])]],
                "rival": row["rival"] if text(row["rival"]) in kept else None,
                "disputed": _TRUE if row["rival"] else None,
            }
            for row in answer.rows
        )
        columns = dict.fromkeys((*answer.columns, "certainty", "disputed"))
        return replace(answer, columns=tuple(columns), rows=rows)

    @cached_property
    def _predicates(self) -> Predicates:
        """The predicates of the graph that come and go with claims."""
        if isinstance(self.base, View):
            return self.base._predicates
        predicates: dict[str, set[str]] = {"claimed": set(), "leading": set()}
        for row in self.root.run("predicates").rows:
            predicates[text(row["how"])].add(text(row["predicate"]))
        return Predicates(**predicates)


@contextmanager
def held_here(
    graph: Graph, place: Path | None = None, progress: Progress | None = None
) -> Iterator[Graph]:
    """Give a graph in this process for a while: the graph itself, or what its endpoint holds.

    See `download.local`; a view becomes the same view of that graph.
    """
    with local(graph.root, place, progress) as root:
        yield _over(root, graph) if graph.is_remote else graph


def _over(root: Graph, graph: Graph) -> Graph:
    """Return a graph as the same views of another root."""
    if isinstance(graph, View):
        return View(_over(root, graph.base), graph.day, graph.possible)
    return root


def _claims(rows: Iterable[Row], columns: Sequence[str]) -> set[str]:
    """Return the IRIs in these columns of rows."""
    return {term.value for row in rows for c in columns if isinstance(term := row[c], NamedNode)}


def _levels(row: Row, columns: Sequence[str], levels: dict[str, int]) -> list[int]:
    """Return the levels of the claims that a row cites; one without an IRI does not hold."""
    cells = [row[column] for column in columns]
    nameless = [NO for cell in cells if isinstance(cell, BlankNode)]
    return nameless + [levels[text(cell)] for cell in cells if text(cell) in levels]


def _least(row: Row, columns: Sequence[str], levels: dict[str, int]) -> Literal | None:
    """Return the certainty of the least certain claim that a row cites, if it cites any."""
    of_row = _levels(row, columns, levels)
    return Literal(WORDS[min(of_row)]) if of_row else None
