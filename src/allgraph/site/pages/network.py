"""The page of the network: a picture of its first view, which a script lets people explore."""

from __future__ import annotations

from markupsafe import Markup

from allgraph.network import centrality
from allgraph.network.groups import GROUPS
from allgraph.render import svg
from allgraph.site import neighbourhoods
from allgraph.site.site import Site
from allgraph.site.templating import page

RANKED = 30
"""How many things the page lists as the most connected."""


def network(site: Site) -> bytes:
    """Return the HTML of the page on which a script draws the network.

    It has the first view as a picture and as a list, and the `RANKED` most connected things, which
    `centrality.rank` finds. The script reads all ties at once where the site has a file of them,
    else those of each thing that it shows.
    """
    first = neighbourhoods.first_view(site)
    groups = {*site.groups, "others"}  # things may be of no class
    return page(
        site,
        "network",
        "/network",
        "Network",
        first=first,
        picture=Markup(first.picture) if first else "",  # noqa: S704
        ranked=centrality.rank(site.graph, limit=RANKED).ranked,
        is_small=site.is_small,
        signs=[(group, *svg.SHAPES[group]) for group in GROUPS if group in groups],
    )
