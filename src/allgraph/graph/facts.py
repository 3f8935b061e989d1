"""The facts that an endpoint gives about claims, put together as columns."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pyoxigraph import NamedNode

from allgraph.model import edtf, vocabulary
from allgraph.model.columns import ClaimFacts, read_day
from allgraph.rdf.terms import Term, ag, text

Facts = Mapping[str, Collection[Term]]
"""The triples of one node as subject: objects by the IRI of their predicate."""


def claim_facts(facts: Mapping[str, Facts], aspects: Mapping[str, edtf.Aspect]) -> ClaimFacts:
    """Return the parts of claims from which columns are made; nothing is queried.

    `facts` has the triples of each claim, by its IRI: objects by the IRI of their predicate.
    `aspects` has the aspects of predicates by IRI. A claim with two subjects, predicates or objects
    has none of that part. Roles, names, templates and closed things stay empty.
    """
    subject, predicate, obj = (_only_values(facts, part) for part in vocabulary.PARTS)
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
            for claim, claim_triples in facts.items()
            for rival in iris_of(claim_triples, vocabulary.CONFLICTS)
        },
    )


def iris_of(facts: Facts, predicate: NamedNode) -> set[str]:
    """Return the IRIs among the objects of one predicate of a node.

    `facts` has the objects of the node by the IRI of their predicate.
    """
    values = facts.get(predicate.value, ())
    return {value.value for value in values if isinstance(value, NamedNode)}


def _only_values(facts: Mapping[str, Facts], predicate: NamedNode) -> dict[str, Term]:
    """Return by claim the object of a predicate, for each claim that has exactly one."""
    values = {
        claim: {*claim_triples.get(predicate.value, ())} for claim, claim_triples in facts.items()
    }
    return {claim: objects.pop() for claim, objects in values.items() if len(objects) == 1}


def _days(facts: Mapping[str, Facts], bound: NamedNode) -> dict[str, int]:
    """Return by claim the day, as a number, that is the object of the predicate `bound`.

    Texts that are no day are skipped, and claims without a day are left out. If a claim has several
    days, any one of them is taken.
    """
    days = (
        (claim, read_day(text(day)))
        for claim, claim_triples in facts.items()
        for day in claim_triples.get(bound.value, ())
    )
    return {claim: day for claim, day in days if day is not None}


def _with_rank(facts: Mapping[str, Facts], rank: NamedNode) -> set[str]:
    """Return the IRIs of the claims whose ``ag:rank`` is `rank`."""
    rank_of = vocabulary.RANK.value
    return {
        claim for claim, claim_triples in facts.items() if rank in claim_triples.get(rank_of, ())
    }
