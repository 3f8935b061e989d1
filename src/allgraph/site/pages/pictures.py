"""The files of pictures: those of the graph, and of the things that the site features."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

from pyoxigraph import NamedNode

from allgraph.drawings import paths
from allgraph.drawings.draw import KINDS, OF_GRAPH, draw
from allgraph.drawings.picture import Picture
from allgraph.errors import TooMuch, UnknownName
from allgraph.graph import Thing
from allgraph.model import addresses
from allgraph.network.path_results import Paths
from allgraph.site.site import PAGES, Site


def drawn(site: Site, kind: str, thing: Thing | None = None) -> Picture | None:
    """Return a picture of the graph of a site, or of a thing; ``None`` without anything to draw."""
    return draw(site.graph, kind, thing, address=site.address, kinds=site.node_kinds)


def of_graph(site: Site, kind: str) -> Picture:
    """Return a picture of the whole graph.

    Raises `UnknownName` if there is nothing to draw, and `TooMuch` where the graph is too large.
    """
    if not site.has_picture(kind):
        raise TooMuch(f"the graph is too large for a picture “{kind}” of all of it")
    return _existing(drawn(site, kind), kind)


def of_thing(site: Site, kind: str, name: str) -> Picture:
    """Return a picture of the thing whose page has a path with `name` at its end.

    Raises `UnknownName` if there is no such thing, or nothing to draw.
    """
    place = addresses.read(f"{PAGES}{quote(name)}", site.graph.folder.base, site.digests)
    if place is None or place.page > 1 or not site.graph.knows(place.iri):
        raise UnknownName(f"there is no thing “{name}” here")
    return _existing(drawn(site, kind, site.graph.thing(place.iri)), kind)


def at(site: Site, path: str) -> Picture:
    """Return the picture with a path below ``/picture``: a kind, and perhaps the name of a thing.

    Raises what `of_graph` and `of_thing` raise, and `UnknownName` for another kind.
    """
    kind, _, name = path.partition("/")
    if kind not in (KINDS if name else OF_GRAPH):
        raise UnknownName(f"there is no picture {path} here")
    return of_thing(site, kind, name) if name else of_graph(site, kind)


def of_paths(site: Site, connections: Paths) -> Picture:
    """Return the picture of paths; `UnknownName` if there are none."""
    return _existing(paths.paths(site.graph, connections, address=site.address), "paths")


def published(site: Site) -> Iterator[Picture]:
    """Yield the pictures that a published site has files of, but for those of paths.

    They are of the graph, and of the things in `Site.pictured`.
    """
    things = map(site.graph.thing, map(NamedNode, site.pictured))
    of_graph = (drawn(site, kind) for kind in OF_GRAPH if site.has_picture(kind))
    of_things = (drawn(site, kind, thing) for thing in things for kind in KINDS)
    yield from filter(None, chain(of_graph, of_things))


def _existing(picture: Picture | None, kind: str) -> Picture:
    """Return a picture; `UnknownName` for ``None``."""
    if picture is None:
        raise UnknownName(f"there is nothing to draw here as “{kind}”")
    return picture
