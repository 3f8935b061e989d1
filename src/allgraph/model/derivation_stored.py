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
    """The claims of a store, read from it when asked for; for graphs larger than memory.

    The store must not change during an iteration; after a change, `add` drops what is cached.

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
        # The values of the claim that the iteration has reached, and of its evidence:
        self._at_hand: dict[Term, Values] = {}

    def __len__(self) -> int:
        """The number of claims, incomplete ones included; counts them in the store."""
        return sum(1 for _ in self.claims())

    def __iter__(self) -> Iterator[Statement]:
        """Yield the complete claims: those with exactly one subject, predicate and object.

        Runs the query in the file `_QUERY`, whose solutions are streamed, claim by claim. `values`
        answers from memory about the claim that was yielded last and its evidence.
        """
        text = _QUERY.read_text(encoding="utf-8")
        solutions = self._store.query(text, prefixes=Prefixes.of(BASE))
        assert isinstance(solutions, QuerySolutions)
        for claim, rows in groupby(map(tuple, solutions), itemgetter(0)):
            self._at_hand = _claim_and_evidence(claim, rows)
            statement = self.statement(claim)
            if statement is not None:
                yield statement

    def add(self, triples: Iterable[Triple | Quad | Row]) -> None:
        """Clear all caches; `triples` are not read, since the caller has put them in the store."""
        for cache in (self._at_hand, self._values, self._aspects, self._latest_of):
            cache.clear()

    def without(self, nodes: set[Node]) -> Statements:
        """Clear all caches and return this object; the caller removed `nodes` from the store."""
        self.add(())
        return self

    def sensitive(self) -> set[Node]:
        """Return the claims and other nodes that ``ag:sensitive`` flags in the store."""
        return sensitive.flagged(self._store)

    def claims(self) -> Iterable[Node]:
        """Yield the claims in the default graph, incomplete ones included."""
        quads = self._store.quads_for_pattern(
            None, vocabulary.TYPE, vocabulary.CLAIM, DefaultGraph()
        )
        return (quad.subject for quad in quads)  # type: ignore[misc]

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, complete or not."""
        return Quad(node, vocabulary.TYPE, vocabulary.CLAIM) in self._store

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """Return the objects of a predicate of a node.

        For the claim that an iteration has reached, and its evidence, they are in memory, of the
        predicates that derivation needs. Of other nodes all triples are read from the default graph
        and cached; the cache is emptied when it has `_CACHED` nodes.
        """
        values = self._at_hand.get(node) or self._values.get(node)
        if values is None:
            if len(self._values) >= _CACHED:
                self._values.clear()
            values = self._values[node] = {}
            if isinstance(node, (NamedNode, BlankNode)):
                for quad in self._store.quads_for_pattern(node, None, None, DefaultGraph()):
                    values.setdefault(quad.predicate, []).append(quad.object)
        return values.get(predicate, [])


def _claim_and_evidence(claim: Term, rows: Iterable[tuple[Term | None, ...]]) -> dict[Term, Values]:
    """Return the values of a claim, and of each piece of its evidence, by node.

    `rows` are the solutions of `_QUERY` for this claim: the claim, then the objects of the
    predicates in `OF_CLAIM`, then of those in `OF_EVIDENCE`; ``None`` for no object.
    """
    of_claim: Values = {}
    values = {claim: of_claim}
    for _, *objects in rows:
        _add_objects(of_claim, OF_CLAIM, objects)
        evidence = objects[_EVIDENCE]
        if evidence is not None:
            _add_objects(values.setdefault(evidence, {}), OF_EVIDENCE, objects[len(OF_CLAIM) :])
    return values


def _add_objects(
    values: Values, predicates: Sequence[NamedNode], objects: Sequence[Term | None]
) -> None:
    """Add each object to `values` under the predicate at its place, unless it is there.

    ``None`` stands for no object, and is skipped.
    """
    for predicate, term in zip(predicates, objects, strict=False):
        if term is None:
            continue
        terms = values.get(predicate)
        if terms is None:
            values[predicate] = [term]
        elif term not in terms:
            terms.append(term)
