"""How certain some claims of a graph are on days, without all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from allgraph.graph.graph import Graph
from allgraph.model import vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.model.facts import Facts, each
from allgraph.model.table_builder import columns_of

View = Callable[[Columns], Columns]
"""A function that returns a copy of columns with the certainty of claims on a day; see
`Columns.view`."""


def levels(graph: Graph, claims: Iterable[str], views: Iterable[View]) -> dict[str, int]:
    """Return how certain claims are, by IRI, in a graph seen through one view after another.

    A view, of which at least one is needed, is a function that returns a copy of columns with the
    certainty of claims on its day (`Columns.view`). A level is 0 (`columns.NO`), 1
    (``POSSIBLE``) or 2 (``CERTAIN``); a claim that lacks its subject, predicate or object has 0; an
    IRI that is no claim is not in the result. Only some claims are queried: those given, the claims
    that are their subjects or objects, and the rivals of all these; for each further view again the
    subjects, objects and rivals that are claims.
    """
    asked, views = list(dict.fromkeys(claims)), list(views)
    if not asked:
        return {}
    known = _KnownClaims(graph)
    needed = {*asked}
    for _ in views:
        needed = known.with_claims_below(needed)
        needed |= known.facts.linked(needed, vocabulary.CONFLICTS)
        known.ask(needed)
    columns = columns_of(known.facts)
    for view in views:
        columns = view(columns)
    assert columns.certainty is not None
    rows = {claim: columns.claims.place(claim) for claim in asked}
    return {
        claim: NO if row is None else int(columns.certainty[row])
        for claim, row in rows.items()
        if row is not None or known.is_claim(claim)
    }


class _KnownClaims:
    """The facts of the claims of a graph that were asked for."""

    def __init__(self, graph: Graph) -> None:
        """Query the aspects of predicates."""
        self._graph = graph
        self._asked: set[str] = set()
        self.facts = Facts()
        self.facts.add(
            f"{row['predicate']} {vocabulary.ASPECT} {row['aspect']} ."
            for row in graph.run("aspects").rows
        )

    def is_claim(self, iri: str) -> bool:
        """Whether an IRI is known to be that of a claim."""
        return str(vocabulary.CLAIM) in each(self.facts[vocabulary.TYPE].get(f"<{iri}>", ()))

    def ask(self, claims: set[str]) -> None:
        """Query the facts of claims that were not asked for yet, and which parts are claims."""
        fresh = sorted(claims - self._asked)
        self._asked |= claims
        self.facts.add(
            f"{row['subject']} {row['predicate']} {row['object']} ."
            for row in self._graph.run_for("facts", "claims", fresh)
        )

    def with_claims_below(self, claims: set[str]) -> set[str]:
        """Query claims, the claims that are their subjects or objects, and so on; return all."""
        below, fresh = set(claims), claims
        while fresh:
            self.ask(fresh)
            ends = self.facts.linked(fresh, vocabulary.SUBJECT, vocabulary.OBJECT)
            fresh = {*filter(self.is_claim, ends)} - below
            below |= fresh
        return below
