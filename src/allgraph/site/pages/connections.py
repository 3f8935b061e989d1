"""Connections between things, as pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyoxigraph import NamedNode

from allgraph.drawings import paths as drawings
from allgraph.errors import UnknownName
from allgraph.evidence import citations
from allgraph.graph import prose
from allgraph.network import paths
from allgraph.network.path_results import Path, Paths
from allgraph.site import claim_view
from allgraph.site.pages import cards
from allgraph.site.site import Site
from allgraph.site.templating import page

PATHS = 5
"""How many paths a page shows."""


def connections_page(
    site: Site,
    values: Mapping[str, str],
    connections: Paths | None = None,
    number: int = 0,
    error: str = "",
) -> bytes:
    """Return the HTML of the page about connections: a form, and the paths that were found.

    `values` are those of the form: the things ``from`` and ``to``, as texts; those that are missing
    are taken from `connections`, the paths, ``None`` before a search. `error` is a message, or
    ``""``. `number` is that of the pair of things in `Site.pairs` which the page is for, and 0 for
    any other page. The page of a pair, and the one with neither values nor paths, have a canonical
    address. Nothing is searched here; `Site.pairs` and `Site.is_small` ask the graph once.
    """
    title = "How is A connected to B?"
    path = "" if values or connections is not None else "/paths"  # the canonical one, or none
    if number:
        path = f"/paths/{number}"
    citation = citations.of_page(site.graph, site.published, title, path) if path else None
    if connections is not None:
        ends = {"from": connections.source.iri, "to": connections.target.iri}
        ends = {name: site.graph.prefixes.shorten(iri) for name, iri in ends.items()}
        more = {name: values[name] for name in ("via", "as-of") if values.get(name)}
        citation = citations.of_connections(site.graph, {**ends, **more}, site.published)
        source, target = connections.source.name, connections.target.name
        title = f"How is {source} connected to {target}?"
        values = {"from": source, "to": target, **values}
    picture = connections and drawings.paths(site.graph, connections, address=site.address)
    return page(
        site,
        "connections",
        path,
        title,
        citation=citation,
        values=values,
        connections=connections,
        error=error,
        pairs=site.pairs,
        is_small=site.is_small,
        picture=picture,
        card=cards.card(site, f"/picture/paths/{number}", lambda: picture or None)
        if number
        else None,
        number=number,
        paths=[_path(site, path) for path in connections or ()],
    )


def _path(site: Site, path: Path) -> dict[str, Any]:
    """Return a path as values for the template, by name.

    They are the path, the views of its claims, one a step, and as ``span``, in words, the days on
    which all its claims can hold, ``""`` unless a common time was asked for.
    """
    by_iri = {claim.iri: claim for claim in path.claims}
    return {
        "path": path,
        "span": prose.within(path.span) if path.span is not None else "",
        "steps": [
            claim_view.view_of(site, step.claim, by_iri, inverse=not step.forward)
            for step in path.steps
        ],
    }


def pair(site: Site, number: int) -> Paths:
    """Find the paths between the two things of a pair in `Site.pairs`, by its number from 1.

    Searches the graph by `paths.paths` for at most `PATHS`. Raises `UnknownName` when there is no
    pair of this number.
    """
    if not 1 <= number <= len(site.pairs):
        raise UnknownName(f"there is no pair {number} here")
    a, b = (NamedNode(thing.iri) for thing in site.pairs[number - 1])
    return paths.paths(site.graph, a, b, limit=PATHS)
