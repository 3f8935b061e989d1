"""The groups that neighbours are told in."""

from __future__ import annotations

from collections.abc import Iterable

from allgraph.graph import Graph, certainty
from allgraph.rdf.terms import local_name, text

GROUPS = {
    "people": ("Person",),
    "bodies": ("Body",),
    "campaigns": ("Campaign",),
    "laws": ("Measure", "Bill", "Law", "LawSection"),
    "events": ("Event",),
    "others": (),
}
"""What shared things are grouped as, and the classes of each group."""


def groups_of(graph: Graph, things: Iterable[str]) -> dict[str, str]:
    """The groups that things are in, by their IRIs; those in none are left out.

    >>> from allgraph.graph import open_graph
    >>> groups_of(open_graph(), ["https://w3id.org/allgraph/id/coco-rocha"])
    {'https://w3id.org/allgraph/id/coco-rocha': 'people'}
    """
    rows = (
        row for some in certainty.batches(things) for row in graph.run("groups", things=some).rows
    )
    kinds = {(text(row["thing"]), local_name(text(row["kind"]))) for row in rows}
    return {
        iri: group
        for group in reversed(GROUPS)
        for iri, kind in sorted(kinds)
        if kind in GROUPS[group]
    }
