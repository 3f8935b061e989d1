"""The facts that an endpoint gives about claims, put together as columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pyoxigraph import NamedNode

from allgraph.model import edtf, vocabulary
from allgraph.model.columns import ClaimFacts, read_day
from allgraph.rdf.terms import Term, ag, text

Facts = Mapping[str, Collection[Term]]
"""What is said of one node: values by the IRI of their predicate."""


def claim_facts(facts: Mapping[str, Facts], aspects: Mapping[str, edtf.Aspect]) -> ClaimFacts:
    """Return what columns are made of, from the facts of claims and the aspects of predicates.

    A claim with two subjects, predicates or objects has none.
    """
    subject, predicate, obj = (
        _only_values(facts, part)
        for part in (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
    )
    return ClaimFacts(
        subject={c: term.value for c, term in subject.items() if isinstance(term, NamedNode)},
        predicate={c: term.value for c, term in predicate.items() if isinstance(term, NamedNode)},
        object={c: t.value if isinstance(t, NamedNode) else None for c, t in obj.items()},
        days=[_days(facts, bound) for bound in vocabulary.BOUNDS],
        aspects=aspects,
        deprecated=_with_rank(facts, vocabulary.DEPRECATED),
        preferred=_with_rank(facts, ag("Preferred")),
        rivals={
            (claim, rival)
            for claim, of_claim in facts.items()
            for rival in iris_of(of_claim, vocabulary.CONFLICTS)
        },
    )


def iris_of(facts: Facts, predicate: NamedNode) -> set[str]:
    """Return the IRIs that a predicate leads to from a node."""
    values = facts.get(predicate.value, ())
    return {value.value for value in values if isinstance(value, NamedNode)}


def aspect_of(names: Collection[str]) -> edtf.Aspect:
    """Return the aspect of a predicate that has aspects of these names.

    >>> aspect_of(["State", "Event"]), aspect_of([])
    ('Event', 'Timeless')
    """
    return "Event" if "Event" in names else "State" if "State" in names else "Timeless"


def _only_values(facts: Mapping[str, Facts], predicate: NamedNode) -> dict[str, Term]:
    """Return the value of each claim that has just one."""
    values = {claim: {*of_claim.get(predicate.value, ())} for claim, of_claim in facts.items()}
    return {claim: some.pop() for claim, some in values.items() if len(some) == 1}


def _days(facts: Mapping[str, Facts], bound: NamedNode) -> dict[str, int]:
    """Return a bound of each claim that has it, as a number."""
    days = (
        (claim, read_day(text(day)))
        for claim, of_claim in facts.items()
        for day in of_claim.get(bound.value, ())
    )
    return {claim: day for claim, day in days if day is not None}


def _with_rank(facts: Mapping[str, Facts], rank: NamedNode) -> set[str]:
    rank_of = vocabulary.RANK.value
    return {claim for claim, of_claim in facts.items() if rank in of_claim.get(rank_of, ())}
