"""The triples derived from the claims of a store on disk, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from allgraph.model import sensitive, vocabulary
from allgraph.model.derivation import OF_CLAIM, OF_EVIDENCE, Row, Statement, Statements
from allgraph.rdf.terms import BASE, Node, Prefixes, Term

_QUERY = Path(__file__).with_suffix(".rq")
"""Its columns are a claim, the objects of `OF_CLAIM`, and of `OF_EVIDENCE`, in this order."""
_EVIDENCE = OF_CLAIM.index(vocabulary.EVIDENCE)
_CACHED = 5_000  # nodes other than claims whose triples are kept in memory

Values = dict[NamedNode, list[Term]]
"""The objects of a node by predicate."""


class StoredStatements(Statements):
    """The claims of a store; its triples must not change while they are iterated over.

    >>> from allgraph.graph import open_graph
    >>> from allgraph.rdf.terms import DERIVED
    >>> graph = open_graph()
    >>> stored = {*StoredStatements(graph.store).derived()}
    >>> stored >= {tuple(quad.triple) for quad in
    ...            graph.store.quads_for_pattern(None, None, None, DERIVED)}
    True
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._current: dict[Term, Values] = {}  # of the claim at hand and its evidence

    def __len__(self) -> int:
        """The number of claims, incomplete ones included."""
        return sum(1 for _ in self.claims())

    def __iter__(self) -> Iterator[Statement]:
        """The claims that have exactly one subject, predicate and object."""
        text = _QUERY.read_text(encoding="utf-8")
        solutions = self._store.query(text, prefixes=Prefixes.of(BASE))
        assert isinstance(solutions, QuerySolutions)
        for claim, rows in groupby(map(tuple, solutions), itemgetter(0)):
            self._current = _values_of(claim, rows)
            statement = self.statement(claim)
            if statement is not None:
                yield statement

    def add(self, triples: Iterable[Triple | Quad | Row]) -> None:
        """Forget what was read before these triples were added to the store."""
        for cache in (self._current, self._values, self._aspects, self._latest_of):
            cache.clear()

    def without(self, nodes: set[Node]) -> Statements:
        """The same claims, after some nodes were removed from the store."""
        self.add(())
        return self

    def sensitive(self) -> set[Node]:
        """The claims, and other nodes, that are flagged as sensitive."""
        return sensitive.flagged(self._store)

    def claims(self) -> Iterable[Node]:
        """The claims, incomplete ones included."""
        quads = self._store.quads_for_pattern(
            None, vocabulary.TYPE, vocabulary.CLAIM, DefaultGraph()
        )
        return (quad.subject for quad in quads)  # type: ignore[misc]

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, complete or not."""
        return Quad(node, vocabulary.TYPE, vocabulary.CLAIM) in self._store

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of one predicate of a node."""
        values = self._current.get(node) or self._values.get(node)
        if values is None:
            if len(self._values) >= _CACHED:
                self._values.clear()
            values = self._values[node] = {}
            if isinstance(node, (NamedNode, BlankNode)):
                for quad in self._store.quads_for_pattern(node, None, None, DefaultGraph()):
                    values.setdefault(quad.predicate, []).append(quad.object)
        return values.get(predicate, [])


def _values_of(claim: Term, rows: Iterable[tuple[Term | None, ...]]) -> dict[Term, Values]:
    """The values of a claim and of its evidence, from the rows that `_QUERY` gives for it."""
    of_claim: Values = {}
    values = {claim: of_claim}
    for _, *objects in rows:
        _add(of_claim, OF_CLAIM, objects)
        evidence = objects[_EVIDENCE]
        if evidence is not None:
            _add(values.setdefault(evidence, {}), OF_EVIDENCE, objects[len(OF_CLAIM) :])
    return values


def _add(values: Values, predicates: Sequence[NamedNode], objects: Sequence[Term | None]) -> None:
    """Add the objects of some predicates to values, each once."""
    for predicate, term in zip(predicates, objects, strict=False):
        if term is None:
            continue
        terms = values.get(predicate)
        if terms is None:
            values[predicate] = [term]
        elif term not in terms:
            terms.append(term)
