"""What follows from the claims in some triples, and stores that have it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from pyoxigraph import DefaultGraph, Quad, Store, Triple

from allgraph.errors import DateError
from allgraph.model.derivation import Derivation, fill, quad_of
from allgraph.model.facts import Facts


def stated(triple: Triple | Quad) -> tuple[Quad, str]:
    """A triple as a quad of the graph of what is stated, and as a line of N-Triples."""
    quad = Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
    return quad, f"{triple.subject} {triple.predicate} {triple.object} ."


def consequences(triples: Iterable[Triple | Quad]) -> set[Triple]:
    """The triples that follow from the claims."""
    facts = Facts()
    facts.add(line for _, line in map(stated, triples))
    return {quad_of(parts).triple for parts in Derivation(facts).triples()}


def filled(
    triples: Iterable[Triple | Quad],
    unreadable: Callable[[str, DateError], None] = lambda claim, error: None,
) -> Store:
    """A store with the triples, and what follows from them in the graph of derived triples."""
    return filled_with([*map(stated, triples)], unreadable)


def filled_with(
    pairs: Collection[tuple[Quad, str]],
    unreadable: Callable[[str, DateError], None] = lambda claim, error: None,
) -> Store:
    """As `filled`, of what `stated` gives, which takes most of the time."""
    store, facts = Store(), Facts()
    store.bulk_extend(quad for quad, _ in pairs)
    facts.add(line for _, line in pairs)
    fill(store, Derivation(facts, unreadable).triples(), facts.predicates)
    return store
