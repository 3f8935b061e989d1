"""The order of predicates for readers, by the ontology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from allgraph.rdf.terms import text
from allgraph.sparql.answer import Row


class Place(NamedTuple):
    """The place of a predicate: that of its group, that in the group, and the label of the group.

    The defaults are those of a predicate without a group, which comes before names.
    """

    group: float = 50.0
    place: float = 0.0
    label: str = ""


Places = Mapping[str, Place]
"""The places of predicates, by IRI."""
NO_PLACE = Place()


def places_of(rows: Iterable[Row]) -> Places:
    """Return where predicates come in the order for readers, if the ontology states that.

    These are ``sh:group``, whose own ``ag:readingOrder``, or else ``sh:order``, counts first, and
    ``sh:order``. Of several the first counts, so a folder can give a predicate another place.
    `rows` are those of the query ``predicate-order``.

    >>> from allgraph.graph import open_graph
    >>> from allgraph.rdf.terms import AG
    >>> places = open_graph().predicate_places
    >>> places[AG + "heldOffice"] < places[AG + "hasName"]
    True
    """
    places: dict[str, Place] = {}
    for row in rows:
        group, order = (float(text(row[name])) for name in ("group", "place"))
        place, predicate = Place(group, order, text(row["label"])), text(row["predicate"])
        places[predicate] = min(place, places.get(predicate, place))
    return places


def place_in(places: Places, predicate: str) -> tuple[float, float, str]:
    """Return the key by which predicates are sorted for readers: by place, then by IRI.

    Predicates without a place come after those of groups with an order below 50, and before names.
    """
    group, place, _ = places.get(predicate, NO_PLACE)
    return group, place, predicate
