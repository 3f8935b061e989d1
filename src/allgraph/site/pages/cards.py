"""The PNG images by which messengers and social networks show a page as a card.

The first page has one, and so have the pages that stories lead to. Others have none, unless a site
is published with all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from allgraph.drawings.picture import Picture
from allgraph.errors import DISTRIBUTION, TooMuch, UnknownFormat, UnknownName
from allgraph.graph import Thing
from allgraph.render import png
from allgraph.site.pages.pictures import drawn
from allgraph.site.site import Site

OF_GRAPH = ("disagreement", "matrix", "timeline")
"""The kinds of pictures of a graph that the first page and its stories may show."""
OF_THING = ("timeline", "neighbourhood")
"""The kinds of pictures of a thing for a card: the first that there is, of a story a timeline."""


class Card(NamedTuple):
    """The image of a page for a card: its path without the root, its size in pixels, its title."""

    path: str
    width: int
    height: int
    title: str


def card(site: Site, path: str, picture: Callable[[], Picture | None]) -> Card | None:
    """Return the card with the image at a path, without ``.png``; it is kept.

    ``None`` if there is no such picture, if it is too large, or if nothing can draw a PNG.
    """
    if not png.can_draw():
        return None
    if path not in site.cards:
        site.cards[path] = None
        drawing = picture()
        if drawing and len(drawing.framed) <= png.LONGEST:
            site.cards[path] = (*png.card_size(drawing.framed), drawing.title)
    kept = site.cards[path]
    return kept and Card(f"{path}.png", *kept)


def of_graph(site: Site, kind: str) -> Card | None:
    """Return the card with a picture of the whole graph."""
    if not site.has_picture(kind):
        return None
    return card(site, f"/picture/{kind}", partial(drawn, site, kind))


def of_thing(site: Site, thing: Thing) -> Card | None:
    """Return the card of a thing: of a story about its history, or of any if there are all PNG."""
    if thing.iri not in (site.pictured if site.all_png else site.histories):
        return None
    for kind in OF_THING if site.all_png else OF_THING[:1]:
        path = site.path_of_picture(kind, (thing.iri,))
        if path and (found := card(site, path, partial(drawn, site, kind, thing))):
            return found
    return None


def has_file(site: Site, picture: Picture) -> bool:
    """Return True if a published site has a picture, of a file in SVG, as PNG too."""
    if picture.topics:
        is_shown = picture.kind == OF_THING[0] and picture.topics[0] in site.histories
    else:
        is_shown = picture.kind in OF_GRAPH
    return png.can_draw() and (site.all_png or is_shown)


def file(picture: Picture) -> bytes | UnknownFormat:
    """Return the PNG of a picture, or an error for one that is too large."""
    try:
        return content(picture)
    except TooMuch as error:
        return UnknownFormat(error.message)


def content(picture: Picture) -> bytes:
    """Return the PNG of a picture.

    Raises `UnknownName` where nothing can draw it, and `TooMuch` for one that is too large.
    """
    if not png.can_draw():
        raise UnknownName(
            "no PNG can be drawn here: that needs a font, and the extra png, installed with: "
            f'pip install "{DISTRIBUTION}[png]"; pictures are there as SVG'
        )
    return png.card(picture.framed)
