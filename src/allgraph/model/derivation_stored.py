"""The claims of a store on disk, one after another, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from allgraph.model import derivation, sensitive, vocabulary
from allgraph.model.derivation import Statement, Statements
from allgraph.rdf.terms import BASE, Node, Prefixes, Term

_QUERY = Path(__file__).parents[1] / "sparql/queries/stored-claims.rq"
_OF_CLAIM = (
    vocabulary.SUBJECT,
    vocabulary.PREDICATE,
    vocabulary.OBJECT,
    vocabulary.WHEN,
    vocabulary.RANK,
    vocabulary.PROSPECTIVE,
    vocabulary.ROLE,
    vocabulary.CONFLICTS,
    vocabulary.EVIDENCE,
)
_OF_EVIDENCE = (vocabulary.SOURCE, vocabulary.CURRENT)
"""What the columns of the query are, after the claim."""
_KEPT = 5_000  # nodes that are not claims, of which what is said is kept in memory

Said = dict[NamedNode, list[Term]]


class StoredStatements(Statements):
    """The claims of a store; nothing may be added to what they say while they are gone through.

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
        self._here: dict[Term, Said] = {}

    def __len__(self) -> int:
        """How many claims there are, whole or not."""
        return sum(1 for _ in self.claims())

    def __iter__(self) -> Iterator[Statement]:
        """The claims that have exactly one subject, predicate and object."""
        text = _QUERY.read_text(encoding="utf-8")
        rows = self._store.query(text, prefixes=Prefixes.of(BASE))
        assert isinstance(rows, QuerySolutions)
        for claim, some in groupby(map(tuple, rows), itemgetter(0)):
            self._here = _said(claim, some)
            said = self._here[claim]
            parts = [
                said[part] for part in (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
            ]
            if all(len(part) == 1 for part in parts):
                subject, predicate, obj = (part[0] for part in parts)
                if isinstance(predicate, NamedNode) and isinstance(subject, (NamedNode, BlankNode)):
                    yield Statement(claim, subject, predicate, obj)

    def add(self, triples: Iterable[Triple | Quad | derivation.Row]) -> None:
        """Forget what was read before some triples were added to the store."""
        for known in (self._here, self._values, self._aspects, self._latest_of):
            known.clear()

    def without(self, nodes: set[Node]) -> Statements:
        """The same, when some nodes are in the store no more."""
        self.add(())
        return self

    def sensitive(self) -> set[Node]:
        """The claims flagged sensitive, and whatever else is; all but ``false`` is a flag."""
        return sensitive.flagged(self._store)

    def claims(self) -> Iterable[Node]:
        """The claims, whole or not."""
        quads = self._store.quads_for_pattern(
            None, vocabulary.TYPE, vocabulary.CLAIM, DefaultGraph()
        )
        return (quad.subject for quad in quads)  # type: ignore[misc]

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, whole or not."""
        return Quad(node, vocabulary.TYPE, vocabulary.CLAIM) in self._store

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of one predicate of one node."""
        said = self._here.get(node) or self._values.get(node)
        if said is None:
            if len(self._values) >= _KEPT:
                self._values.clear()
            said = self._values[node] = {}
            if isinstance(node, (NamedNode, BlankNode)):
                for quad in self._store.quads_for_pattern(node, None, None, DefaultGraph()):
                    said.setdefault(quad.predicate, []).append(quad.object)
        return said.get(predicate, [])


def _said(claim: Term, rows: Iterable[tuple[Term | None, ...]]) -> dict[Term, Said]:
    """What the rows of a claim say of it and its evidence."""
    of_claim: Said = {}
    found: dict[Term, Said] = {claim: of_claim}
    for row in rows:
        for predicate, value in zip(_OF_CLAIM, row[1:10], strict=True):
            _add(of_claim, predicate, value)
        evidence = row[9]
        if evidence is not None:
            of_evidence = found.setdefault(evidence, {})
            for predicate, value in zip(_OF_EVIDENCE, row[10:], strict=True):
                _add(of_evidence, predicate, value)
    return found


def _add(said: Said, predicate: NamedNode, value: Term | None) -> None:
    if value is None:
        return
    known = said.get(predicate)
    if known is None:
        said[predicate] = [value]
    elif value not in known:
        known.append(value)
