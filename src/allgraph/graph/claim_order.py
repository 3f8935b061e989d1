"""Claims about a thing for readers: in the order of the ontology, and alike ones together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal

from allgraph.rdf.terms import text

if TYPE_CHECKING:
    from allgraph.graph.claims import Claim
    from allgraph.graph.graph import Graph

Places = Mapping[str, tuple[float, float]]
"""The places of predicates, by IRI: that of the group, and that in the group."""
_NO_PLACE = (50.0, 0.0)  # of predicates without a group, which come before names


def places_of(graph: Graph) -> Places:
    """Return the places of the predicates whose group and order the ontology states.

    These are ``sh:group``, whose own ``sh:order`` counts first, and ``sh:order``; but names and
    identifiers (``ag:NamesGroup``) come last. Runs the query ``predicate-order``.

    >>> from allgraph.graph import open_graph
    >>> from allgraph.rdf.terms import AG
    >>> places = places_of(open_graph())
    >>> places[AG + "heldOffice"] < places[AG + "hasName"]
    True
    """
    return {
        text(row["predicate"]): (float(text(row["group"])), float(text(row["place"])))
        for row in graph.root.run("predicate-order").rows
    }


def place_in(places: Places, predicate: str) -> tuple[float, float, str]:
    """Return the key by which predicates are sorted for readers: by place, then by IRI.

    Predicates without a place come after those of groups with an order below 50, and before names.
    """
    return (*places.get(predicate, _NO_PLACE), predicate)


def folded(claims: Iterable[Claim]) -> list[list[Claim]]:
    """Return claims in order, with those together that follow each other and are alike.

    Alike claims differ in their literals and evidence alone, such as the variants of a name, and
    there is nothing else to say of them: no rival, note or withdrawal.
    """
    return [[*alike] for _, alike in groupby(claims, key=_alike)]


def _alike(claim: Claim) -> tuple[Any, ...]:
    """Return a key that alike claims have in common, and other claims with no claim."""
    has_more = claim.remarks or claim.disputed or claim.is_about_claim
    if has_more or not isinstance(claim.object, Literal):
        return (claim.iri,)
    words = (claim.template, claim.inverse_template, claim.date, claim.roles, claim.rank)
    return (claim.subject.value, claim.predicate, *words)
