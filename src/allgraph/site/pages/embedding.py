"""The pages that other sites may show in a frame: a thing in short, or a picture; no scripts."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from allgraph.drawings.picture import Picture
from allgraph.errors import UnknownName
from allgraph.render import svg as images
from allgraph.site import claim_view
from allgraph.site.network_data import MOST
from allgraph.site.pages import sharing
from allgraph.site.pages.things import DocumentView
from allgraph.site.site import Site
from allgraph.site.templating import page

_MARGIN, _HEAD = 40, 140  # pixels beside a picture in its frame, and above and below it
SHOWN = 6
"""How many claims a frame shows."""


def frame_page(view: DocumentView) -> bytes:
    """Return the HTML of a thing for a frame: its name, kind, and first claims with sources.

    Raises `UnknownName` for what has none; see `DocumentView.embedded`.
    """
    site = view.site
    groups = claim_view.groups(site, view.topic, view.claims, view.by_iri, SHOWN)
    return page(
        site,
        "embedded",
        "",
        view.thing.name,
        address=f"{site.home}{_path(view)[1:]}",
        kind=view.thing.kind,
        picture="",
        claims=[claim for group in groups for claim in group.claims],
        more=max(0, len(view.claims) - SHOWN),
    )


def about_frame(view: DocumentView, most: sharing.Size = (0, 0)) -> bytes:
    """Return what oEmbed says of a thing in a frame, as JSON; see `sharing.oembed`.

    Raises `UnknownName` as `frame_page` does.
    """
    return _json(sharing.oembed(view.site, _path(view), view.thing.name, most))


def _path(view: DocumentView) -> str:
    """Return the path of a document below ``/embed``; raises `UnknownName` if it has none."""
    if not view.embedded:
        raise UnknownName(
            f"<{view.topic}> has no page for frames: claims and sources have none, nor have the "
            f"things of a graph with more than {MOST:,} claims"
        )
    return view.embedded


def picture_frame(site: Site, picture: Picture) -> bytes:
    """Return the HTML of a picture for a frame; its title leads to the page of what it is about."""
    path = site.path(picture.topics[0]) if len(picture.topics) == 1 else "/"
    return page(
        site,
        "embedded",
        "",
        picture.title,
        address=f"{site.home}{(path or '/')[1:]}",
        kind="",
        picture=Markup(picture.svg),  # noqa: S704
        claims=[],
        more=0,
    )


def about_picture(site: Site, path: str, picture: Picture, most: sharing.Size = (0, 0)) -> bytes:
    """Return what oEmbed says of a picture in a frame, as JSON; `path` is that of its file.

    The file is named without its suffix.
    """
    width, height = images.size_of(picture.svg)
    size = (round(width) + _MARGIN, round(height) + _HEAD)
    return _json(sharing.oembed(site, path, picture.title, most, size))


def _json(words: dict[str, Any]) -> bytes:
    """Return values as JSON."""
    import json

    return json.dumps(words, ensure_ascii=False).encode()
