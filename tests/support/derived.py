"""What follows from the claims in some triples, and stores that have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyoxigraph import DefaultGraph, Quad, Store, Triple

from allgraph.errors import DateError
from allgraph.model.derivation import Derivation, fill, quad_of
from allgraph.model.facts import Facts


def derivation(
    triples: Iterable[Triple | Quad],
    unreadable: Callable[[str, DateError], None] = lambda claim, error: None,
) -> Derivation:
    facts = Facts()
    facts.add_quads(Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
    return Derivation(facts, unreadable)


def consequences(triples: Iterable[Triple | Quad]) -> set[Triple]:
    """The triples that follow from the claims."""
    return {quad_of(parts).triple for parts in derivation(triples).triples()}


def filled(
    triples: Iterable[Triple | Quad],
    unreadable: Callable[[str, DateError], None] = lambda claim, error: None,
) -> Store:
    """A store with the triples, and what follows from them in the graph of derived triples."""
    store, stated = Store(), [*triples]
    store.bulk_extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in stated)
    derived = derivation(stated, unreadable)
    fill(store, derived.triples(), derived.facts.predicates)
    return store
