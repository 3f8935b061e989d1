"""Withdrawn claims: those that their source or we take back, kept apart from all others.

Their triples are in the graph ``ag:withdrawnClaims`` of a store, which queries do not read unless
withdrawn claims are included.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple

from pyoxigraph import Quad, Store

from allgraph.model import sensitive, vocabulary
from allgraph.model.facts import LABEL, Facts, each
from allgraph.rdf import ntriples
from allgraph.rdf.terms import WITHDRAWN, Node, ag

_CONTENT = (ag("Observation"), ag("PostalAddress"))
"""The classes of nodes that hold the content of one claim, and go with it."""
_TOGETHER = 20_000  # nodes whose quads are moved together


class Withdrawal(NamedTuple):
    """When a claim was withdrawn, by whom (an IRI and a name), and why; ``""`` where not stated.

    >>> import allgraph
    >>> withdrawal = allgraph.Withdrawal("2026-11-20", name="Example Weekly", because="corrected")
    >>> withdrawal.as_dict()["day"]
    '2026-11-20'
    """

    day: str = ""
    by: str = ""
    name: str = ""
    because: str = ""

    def __str__(self) -> str:
        """Return it as a sentence.

        >>> print(Withdrawal("2026-11-20", "https://example.org/a", "Almanac", "It is gone there."))
        Withdrawn on 2026-11-20 by Almanac: It is gone there.
        """
        parts = ("on " * bool(self.day) + self.day, "by " * bool(self.name) + self.name)
        sentence = " ".join(filter(None, ("Withdrawn", *parts)))
        return f"{sentence}: {self.because}" if self.because else f"{sentence}."

    def as_dict(self) -> dict[str, str | None]:
        """Return it as a dict for JSON; ``None`` where nothing is stated."""
        return {"day": self.day or None, "by": self.name or None, "because": self.because or None}


def withdrawn_in(facts: Facts) -> dict[str, str]:
    """Return the claims that facts say are withdrawn, and the claims about these, at any depth.

    Each has the claim that was withdrawn: itself, or the one that it is about. Terms are texts of
    N-Triples.
    """
    marked = facts[vocabulary.WITHDRAWN]
    if not marked:
        return {}
    claims = facts.having(vocabulary.TYPE, vocabulary.CLAIM)
    fresh = {claim: claim for claim in marked if claim in claims}
    withdrawn = dict(fresh)
    while fresh:
        about = {
            claim: fresh[end]
            for part in (vocabulary.SUBJECT, vocabulary.OBJECT)
            for claim, ends in facts[part].items()
            for end in each(ends)
            if end in fresh and claim in claims and claim not in withdrawn
        }
        withdrawn |= about
        fresh = about
    return withdrawn


def set_apart(store: Store, claims: Iterable[str]) -> set[Node]:
    """Move all quads with some claims, or nodes of theirs, to the graph of withdrawn claims.

    The claims are texts of N-Triples. Nodes of theirs are their evidence, and what else only they
    mention, but not things and sources with a label: these stay, with their labels and kinds.
    Returns all these nodes.
    """
    stays = lru_cache(_TOGETHER)(partial(_has_own_page, store))
    apart = sensitive.withheld(store, ntriples.nodes(claims), stays)
    nodes = iter(apart)
    while batch := [*islice(nodes, _TOGETHER)]:
        quads = {quad for node in batch for quad in sensitive.quads_with(store, node)}
        for quad in quads:
            store.remove(quad)
        store.bulk_extend(
            Quad(quad.subject, quad.predicate, quad.object, WITHDRAWN) for quad in quads
        )
    return apart


def is_stated(store: Store, quad: Quad) -> bool:
    """Return True if a store has a quad, or its triple among those of withdrawn claims."""
    return quad in store or Quad(quad.subject, quad.predicate, quad.object, WITHDRAWN) in store


def _has_own_page(store: Store, node: Node) -> bool:
    """Return True if a node is a thing or source with a label, and not the content of a claim."""
    is_named = next(store.quads_for_pattern(node, LABEL, None), None) is not None
    return is_named and not any(Quad(node, vocabulary.TYPE, kind) in store for kind in _CONTENT)
