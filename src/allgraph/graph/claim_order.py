"""The order of predicates for readers, by the ontology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from allgraph.rdf.terms import text
from allgraph.sparql.answer import Row

Places = Mapping[str, tuple[float, float]]
"""The places of predicates, by IRI: that of the group, and that in the group."""
_NO_PLACE = (50.0, 0.0)  # of predicates without a group, which come before names


def places_of(rows: Iterable[Row]) -> Places:
    """Return where predicates come in the order for readers, if the ontology states that.

    These are ``sh:group``, whose own ``sh:order`` counts first, and ``sh:order``; but names and
    identifiers (``ag:NamesGroup``) come last. `rows` are those of the query ``predicate-order``.

    >>> from allgraph.graph import open_graph
    >>> from allgraph.rdf.terms import AG
    >>> places = open_graph().predicate_places
    >>> places[AG + "heldOffice"] < places[AG + "hasName"]
    True
    """
    return {
        text(row["predicate"]): (float(text(row["group"])), float(text(row["place"])))
        for row in rows
    }


def place_in(places: Places, predicate: str) -> tuple[float, float, str]:
    """Return the key by which predicates are sorted for readers: by place, then by IRI.

    Predicates without a place come after those of groups with an order below 50, and before names.
    """
    return (*places.get(predicate, _NO_PLACE), predicate)
