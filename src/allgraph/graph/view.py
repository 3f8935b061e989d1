"""A graph as of one day: another graph, without the claims that do not hold then.

What holds is in `Columns.view`. The store of a view is made when something asks for it, from
that of the graph: of the claims that hold, all that belongs to them, and all that belongs to none.
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
"""What levels are called."""
_NAMES = (
    "described", "find", "find-among", "groups", "known", "members", "named", "named-among",
    "names", "ontology", "things",
)  # fmt: skip
"""The house's questions about names and kinds, which a view answers as the graph does."""
_ROWS = ("about", "evidence", "histories")
"""Those with a claim in each row."""
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
        given = {"base": base, "day": day, "possible": possible, "_lock": RLock(),
                 "folder": base.folder, "include_sensitive": base.include_sensitive}  # fmt: skip
        for name, value in given.items():
            object.__setattr__(self, name, value)

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
        """What answers SPARQL on this day; made when it is first asked for.

        Of an endpoint it needs a copy; see `download.copied`.
        """
        with self._lock:
            return self._engine

    @cached_property
    def _engine(self) -> Engine:
        whole = self._whole
        with store_errors():
            made: Engine = Embedded(extract(whole.store, self._columns), self.prefixes)
        over, timeouts = whole.engine, []
        while isinstance(over, Timed):
            timeouts.append(over.timeout)
            over = over.engine
        for timeout in reversed(timeouts):
            made = Timed(made, timeout)
        return made

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
        """Nothing: a view is answered from a copy, or by what its graph answers."""
        return None

    def _views(self) -> list[certainty.View]:
        before = self.base._views() if isinstance(self.base, View) else []
        return [*before, self._seen]

    def _held(self) -> str:
        """Of which day the graph is; what it holds then is counted by who asks."""
        kind = "certain or possible" if self.possible else "certain"
        return f"As of {edtf.iso(self.day)}: the claims that are {kind} then."

    def levels(self, claims: Iterable[str]) -> dict[str, int]:
        """How certain claims are, by their IRIs: `columns.POSSIBLE` or `CERTAIN`.

        Those that the view leaves out are not there. An endpoint is asked about these alone.
        """
        if self.is_remote and "_engine" not in self.__dict__:
            found = certainty.levels(self.root, claims, self._views())
        else:
            held = self._columns
            assert held.certainty is not None
            rows = {claim: held.claims.place(claim) for claim in dict.fromkeys(claims)}
            found = {c: int(held.certainty[row]) for c, row in rows.items() if row is not None}
        return {claim: level for claim, level in found.items() if level > NO}

    def ask(self, question: str, /, **parameters: object) -> Answer:
        """The answer to a named question on this day; see `Graph.ask`.

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
        told = tuple({**row, "certainty": _least(row, cited, levels)} for row in answer.rows)
        return replace(answer, columns=(*answer.columns, "certainty"), rows=told)

    def run(self, question: str, **values: Term | list[Term]) -> Answer:
        """The answer to one of the house's own questions; most need no store."""
        if question in _NAMES:
            return self.root.run(question, **values)
        if question in ("all", "certainties"):
            return self._all(question)
        if question in _ROWS or question == "claims":
            answer = self.root.run(question, **values)
            levels = self.levels(_claims(answer.rows, ["claim"]))
            rows = tuple(row for row in answer.rows if text(row["claim"]) in levels)
            return self._claims(answer, rows, levels) if question == "claims" else replace(
                answer, rows=rows)  # fmt: skip
        return super().run(question, **values)

    def rows(self, question: str, **values: Term | list[Term]) -> Iterator[Row]:
        """The rows of such an answer that may be long."""
        if question in _NAMES:
            return self.root.rows(question, **values)
        return iter(self.run(question, **values).rows)

    def _all(self, question: str) -> Answer:
        if self.is_remote and "_engine" not in self.__dict__:
            levels = self.levels(_claims(self.root.run("all").rows, ["claim"]))
        else:
            held = self._columns
            assert held.certainty is not None
            found = enumerate(held.certainty.tolist())
            levels = {held.claims[row]: level for row, level in found if level > NO}
        names = ("claim",) if question == "all" else ("claim", "certainty")
        cells = ((NamedNode(claim), LEVELS[level]) for claim, level in sorted(levels.items()))
        rows = tuple(dict(zip(names, row, strict=False)) for row in cells)
        return Answer(names, rows, prefixes=self.prefixes)

    def _claims(self, answer: Answer, rows: Sequence[Row], levels: dict[str, int]) -> Answer:
        """What claims say, as it is in the view; ``disputed`` tells of rivals in the base."""
        kept = self.levels(_claims(rows, ["rival"]))
        changed = (
            {
                **row,
                "certainty": LEVELS[levels[text(row["claim"])]],
                "rival": row["rival"] if text(row["rival"]) in kept else None,
                "disputed": _TRUE if row["rival"] else None,
            }
            for row in rows
        )
        columns = dict.fromkeys((*answer.columns, "certainty", "disputed"))
        return replace(answer, columns=tuple(columns), rows=tuple(changed))

    @cached_property
    def _predicates(self) -> Predicates:
        if isinstance(self.base, View):
            return self.base._predicates
        found: dict[str, set[str]] = {"claimed": set(), "leading": set()}
        for row in self.root.run("predicates").rows:
            found[text(row["how"])].add(text(row["predicate"]))
        return Predicates(**found)


@contextmanager
def held_here(
    graph: Graph, place: Path | None = None, progress: Progress | None = None
) -> Iterator[Graph]:
    """The graph itself; of an endpoint a graph in this process that holds the same, for a while.

    See `download.local`; a view is a view of that.
    """
    with local(graph.root, place, progress) as root:
        yield _over(root, graph) if graph.is_remote else graph


def _over(root: Graph, graph: Graph) -> Graph:
    if isinstance(graph, View):
        return View(_over(root, graph.base), graph.day, graph.possible)
    return root


def _claims(rows: Iterable[Row], columns: Sequence[str]) -> set[str]:
    return {term.value for row in rows for c in columns if isinstance(term := row[c], NamedNode)}


def _levels(row: Row, columns: Sequence[str], levels: dict[str, int]) -> list[int]:
    """The levels of the claims that a row cites; one without an IRI does not hold."""
    cells = [row[column] for column in columns]
    nameless = [NO for cell in cells if isinstance(cell, BlankNode)]
    return nameless + [levels[text(cell)] for cell in cells if text(cell) in levels]


def _least(row: Row, columns: Sequence[str], levels: dict[str, int]) -> Literal | None:
    found = _levels(row, columns, levels)
    return Literal(WORDS[min(found)]) if found else None
