"""The pages that other sites may show in a frame: a thing, claim or source in short, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from markupsafe import Markup

from allgraph.drawings.picture import Picture
from allgraph.model.sentences import full_stop
from allgraph.render import svg as images
from allgraph.site import claim_view
from allgraph.site.claim_view import ClaimView
from allgraph.site.pages import sharing
from allgraph.site.pages.things import DocumentView, title_of
from allgraph.site.site import Site
from allgraph.site.templating import page

_MARGIN, _HEAD = 40, 140  # pixels beside a picture in its frame, and above and below it
SHOWN = 6
"""How many claims a frame shows."""


def frame_page(view: DocumentView) -> bytes:
    """Return the HTML of a document for a frame: its name, kind, and first claims with sources."""
    return page(
        view.site,
        "embedded",
        "",
        full_stop(title_of(view)) if view.topic in view.by_iri else title_of(view),
        address=f"{view.site.home}{(view.site.path(view.topic) or '/')[1:]}",
        kind=view.kind,
        picture="",
        claims=[*islice(_claims(view), SHOWN)],
        more=max(0, len(view.claims) - SHOWN),
    )


def _claims(view: DocumentView) -> Iterator[ClaimView]:
    """Yield `SHOWN` claims of a document as pages show them; a claim itself comes first."""
    if claim := view.by_iri.get(view.topic):
        yield claim_view.view_of(view.site, claim, view.by_iri)
    for group in claim_view.groups(view.site, view.topic, view.claims, view.by_iri, SHOWN):
        yield from group.claims


def about_frame(view: DocumentView, most: sharing.Size = (0, 0)) -> bytes:
    """Return what oEmbed says of a document in a frame, as JSON; see `sharing.oembed`."""
    path = view.site.path(view.topic) or ""
    return _json(sharing.oembed(view.site, path, title_of(view), most))


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
