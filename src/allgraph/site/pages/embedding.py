"""The pages that other sites may show in a frame: a thing, claim or source in short, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from allgraph.model.sentences import full_stop
from allgraph.site import claim_view
from allgraph.site.claim_view import ClaimView
from allgraph.site.pages import sharing
from allgraph.site.pages.things import DocumentView, title_of
from allgraph.site.templating import page

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
        claims=[*islice(_claims(view), SHOWN)],
        more=max(0, len(view.claims) - SHOWN),
    )


def _claims(view: DocumentView) -> Iterator[ClaimView]:
    """Yield the claims of a document as pages show them; a claim itself comes first."""
    if claim := view.by_iri.get(view.topic):
        yield claim_view.view_of(view.site, claim, view.by_iri)
    for group in claim_view.groups(view.site, view.topic, view.claims, view.by_iri):
        yield from group.claims


def about_frame(view: DocumentView, width: int = 0, height: int = 0) -> bytes:
    """Return what oEmbed says of a document in a frame, as JSON; see `sharing.oembed`."""
    import json

    path = view.site.path(view.topic) or ""
    words = sharing.oembed(view.site, path, title_of(view), width, height)
    return json.dumps(words, ensure_ascii=False).encode()
