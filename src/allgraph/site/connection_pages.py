"""How things are connected, and what happened when, as pages."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from markupsafe import Markup
from pyoxigraph import NamedNode

from allgraph.errors import UnknownName
from allgraph.graph import prose
from allgraph.graph import timeline as chronology
from allgraph.graph.entries import Entry, Timeline
from allgraph.model import edtf
from allgraph.network import centrality, paths
from allgraph.network.groups import GROUPS
from allgraph.network.path_results import Path, Paths, arrow
from allgraph.render import svg
from allgraph.site import claim_view, network_data
from allgraph.site.site import Site
from allgraph.site.templating import page

PATHS = 5
"""How many paths a page shows."""
RANKED = 30
"""How many things the page of the network names."""
ENTRIES = 1000
"""How many entries the timeline of everything has."""


def ways(
    edition: Site, values: Mapping[str, str], found: Paths | None = None, number: int = 0,
    error: str = "",
) -> bytes:  # fmt: skip
    """How two things are connected: a form, and what was found if anything was asked."""
    title = "How is A connected to B?"
    if found is not None:
        title = f"How is {found.source.name} connected to {found.target.name}?"
        values = {"from": found.source.name, "to": found.target.name, **values}
    path = f"/paths/{number}" if number else "/paths"
    is_page = number > 0 or not values
    return page(
        edition, "connections", path if is_page else "", title,
        values=values, found=found, error=error, pairs=edition.pairs,
        is_small=edition.is_small,
        paths=[_path(edition, path) for path in found] if found is not None else [],
    )  # fmt: skip


def _path(edition: Site, path: Path) -> dict[str, Any]:
    known = {claim.iri: claim for claim in path.claims}
    dots = [svg.Dot(thing.name, edition.address(thing.iri), thing.kind)
            for thing in path.things]  # fmt: skip
    arrows = [*map(arrow, path.steps, pairwise(path.things))]
    return {
        "path": path,
        "span": prose.within(path.span) if path.span is not None else "",
        "picture": Markup(svg.chain(dots, arrows)),  # noqa: S704
        "steps": [
            claim_view.saying(edition, step.claim, known, inverse=not step.forward)
            for step in path.steps
        ],
    }


def pair(edition: Site, number: int) -> Paths:
    """The paths between one of the pairs of an edition, counted from 1; else `UnknownName`."""
    if not 1 <= number <= len(edition.pairs):
        raise UnknownName(f"there is no pair {number} here")
    a, b = (NamedNode(thing.iri) for thing in edition.pairs[number - 1])
    return paths.paths(edition.graph, a, b, limit=PATHS)


def network(edition: Site) -> bytes:
    """The page to walk through the network; without its script a list of where to begin."""
    ranked = centrality.rank(edition.graph, limit=RANKED).ranked if edition.is_small else ()
    return page(
        edition, "network", "/network", "Network",
        ranked=ranked, is_small=edition.is_small, most=network_data.MOST,
        groups=[(group, svg.SHAPES[group]) for group in GROUPS],
    )  # fmt: skip


def whole_timeline(edition: Site) -> bytes:
    """The timeline of everything; of a large graph only what to do instead."""
    if edition.is_small:
        return timeline(edition, chronology.timeline(edition.graph, limit=ENTRIES), {})
    limit = (
        f"{network_data.MOST:,} claims are the most for a timeline of everything; "
        "each thing has one"
    )
    return timeline(edition, Timeline((), limits=(limit,)), {})


def timeline(edition: Site, found: Timeline, values: Mapping[str, str]) -> bytes:
    """What is dated, in order."""
    title = f"Timeline of {found.thing.name}" if found.thing else "Timeline"
    return page(
        edition, "timeline", "" if values else "/timeline", title,
        found=found, values=values, entries=[_entry(edition, each) for each in found.entries],
        undated=[_entry(edition, each) for each in found.undated],
    )  # fmt: skip


def _entry(edition: Site, entry: Entry) -> dict[str, Any]:
    return {
        "words": entry.words,
        "begin": edtf.iso(entry.begin) if entry.begin else "",
        "certainty": entry.certainty,
        "disputed": entry.disputed,
        "sentence": entry.sentence,
        "address": edition.address(entry.claims[0].iri),
        "sources": [each for claim in entry.claims for each in claim.evidence],
    }
