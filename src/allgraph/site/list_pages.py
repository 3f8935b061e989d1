"""The first page, lists and searches, and pages for what is not there."""

from __future__ import annotations

from collections.abc import Sequence

from allgraph.graph import Thing
from allgraph.site import question_pages
from allgraph.site.site import PAGE, Kind, Site
from allgraph.site.templating import page

"""The suffixes of the files with an answer, which has rows (or yes or no), or triples."""
LISTED = 1000
"""How many names the page of the search lists, and entries that of the timeline."""


def home(edition: Site) -> bytes:
    """The first page: what this is, how much there is, and where to begin."""
    graph = edition.graph
    return page(
        edition,
        "home",
        "/",
        graph.folder.title,
        counts=edition.counts,
        kinds=edition.kinds,
        questions=[
            (query, question_pages.values(edition, query, n)) for query, n in edition.featured
        ],
        pairs=edition.pairs,
    )


def kinds(edition: Site) -> bytes:
    """The kinds of things, and how many there are of each."""
    return page(edition, "kinds", "/things", "Things by kind", kinds=edition.kinds)


def things(edition: Site, kind: Kind, number: int, every: Sequence[Thing]) -> bytes:
    """A page of the things of a kind."""
    pages = max(1, -(-len(every) // PAGE))
    below = f"/{number}" if number > 1 else ""
    return page(
        edition, "things", f"/things/{kind.name}{below}", kind.label.capitalize(),
        kind=kind, some=every[(number - 1) * PAGE : number * PAGE], number=number, pages=pages,
        is_cut=len(every) < kind.size,
    )  # fmt: skip


def find(edition: Site, asked: str | None, found: Sequence[Thing]) -> bytes:
    """What a search found; without a search, what there is to find."""
    title = "Search" if asked is None else f"Search: {asked}"
    return page(edition, "find", "/find", title, asked=asked, found=found[:LISTED],
                 more=max(0, len(found) - LISTED), kinds=edition.kinds)  # fmt: skip


def told(edition: Site, title: str, words: str) -> bytes:
    """What has no page of its own form: a title and a text of several lines."""
    return page(edition, "told", "", title, words=words)


def missing(edition: Site) -> bytes:
    """The page for what is not there."""
    return page(edition, "missing", "", "Not found")


def problem(edition: Site, title: str, detail: str) -> bytes:
    """A page that says what went wrong."""
    return page(edition, "problem", "", title, detail=detail)
