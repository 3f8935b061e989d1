"""Sharing of pages: frames for the pages of others, and what oEmbed says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allgraph.errors import UnknownName
from allgraph.graph.claims import Claim, source_titles
from allgraph.model.sentences import full_stop, is_stated
from allgraph.render.html import element
from allgraph.site.site import Site

WIDTH, HEIGHT = 600, 400
"""The pixels of a frame in the page of another site."""
Size = tuple[int, int]
"""Width and height in pixels."""
_SENTENCES = 3
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


def frame(address: str, title: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """Return the HTML that shows the page at an address in a page of another site.

    In the frame no script runs, and links open outside of it.

    >>> frame("https://example.org/embed/page/ada", '"Ada"')[:60]
    '<iframe src="https://example.org/embed/page/ada" title="&quo'
    """
    size = {"width": str(width), "height": str(height)}
    return element("iframe", src=address, title=title, **size, loading="lazy", sandbox=_SANDBOX)


def oembed(
    site: Site, path: str, title: str, most: Size = (0, 0), size: Size = (WIDTH, HEIGHT)
) -> dict[str, Any]:
    """Return what oEmbed says of the page with a path below ``/embed``, as values for JSON.

    `most` are the pixels that there is room for, 0 if that is not known, and `size` those wanted.
    """
    width, height = (min(room or pixels, pixels) for room, pixels in zip(most, size, strict=True))
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": site.graph.folder.title,
        "provider_url": site.home,
        "html": frame(f"{site.home}embed{path}", title, width, height),
        "width": width,
        "height": height,
    }


def description(kind: str, claims: Sequence[Claim]) -> str:
    """Return a line on a thing: its kind, and the first sentences about it.

    >>> description("person", [])
    'Person.'
    """
    sentences = (
        full_stop(str(claim) if is_stated(claim.date) else claim.sentence)
        for claim in claims[:_SENTENCES]
    )
    return " ".join([*([f"{kind.capitalize()}."] if kind else []), *sentences])


def description_of_claim(claim: Claim) -> str:
    """Return a line on a claim: the sources that say it."""
    titles = source_titles(claim.evidence)
    return f"According to {'; '.join(titles)}." if titles else "A claim without a source."


def path_shared(site: Site, address: str) -> str:
    """Return the path of the page, or the picture without suffix, that an address leads to.

    It may be that of the page or the file, of its frame, or an IRI.

    Raises `UnknownName` for an address that is not of this site.
    """
    address = address.partition("#")[0]
    for start in (f"{site.home}embed/", site.home):
        if address.startswith((f"{start}page/", f"{start}picture/")):
            return f"/{address[len(start) :].removesuffix('.svg')}"
    path = site.path(address)
    if path is None or not path.startswith("/page/"):
        raise UnknownName(f"{address} is no address of a page here that can be framed")
    return path
