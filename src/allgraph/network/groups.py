"""The groups in which neighbours are listed."""

from __future__ import annotations

from collections.abc import Iterable

from allgraph.graph import Graph
from allgraph.rdf.terms import local_name

GROUPS = {
    "people": ("Person",),
    "bodies": ("Body",),
    "campaigns": ("Campaign",),
    "documents": ("Document", "Appeal", "Study", "Report", "Posting"),
    "laws": ("LegislativeProposal", "Bill", "Law", "LawSection"),
    "events": ("Event",),
    "others": (),
}
"""The groups in their order, each with the local names of its classes."""


def groups_of(graph: Graph, things: Iterable[str]) -> dict[str, str]:
    """Return the group of each thing, by its IRI; things whose classes are in none are left out.

    A group is a key of `GROUPS`: people, bodies, campaigns, documents, laws or events. A thing in
    several gets the first of these. Runs the query ``groups``.

    >>> from allgraph.graph import open_graph
    >>> groups_of(open_graph(), ["https://w3id.org/allgraph/id/coco-rocha"])
    {'https://w3id.org/allgraph/id/coco-rocha': 'people'}
    """
    found = graph.said_of_types("groups", things)
    kinds = {iri: {*map(local_name, classes)} for iri, classes in found.items()}
    return {
        iri: next(group for group, names in GROUPS.items() if of & {*names})
        for iri, of in kinds.items()
    }
