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


def home(site: Site) -> bytes:
    """The first page: what this is, how much there is, and where to begin."""
    graph = site.graph
    return page(
        site,
        "home",
        "/",
        graph.folder.title,
        counts=site.counts,
        kinds=site.kinds,
        questions=[(query, question_pages.values(site, query, n)) for query, n in site.featured],
        pairs=site.pairs,
    )


def kinds(site: Site) -> bytes:
    """The kinds of things, and how many there are of each."""
    return page(site, "kinds", "/things", "Things by kind", kinds=site.kinds)


def things(site: Site, kind: Kind, number: int, every: Sequence[Thing]) -> bytes:
    """A page of the things of a kind."""
    pages = max(1, -(-len(every) // PAGE))
    below = f"/{number}" if number > 1 else ""
    return page(
        site, "things", f"/things/{kind.name}{below}", kind.label.capitalize(),
        kind=kind, some=every[(number - 1) * PAGE : number * PAGE], number=number, pages=pages,
        is_cut=len(every) < kind.size,
    )  # fmt: skip


def find(site: Site, asked: str | None, found: Sequence[Thing]) -> bytes:
    """What a search found; without a search, what there is to find."""
    title = "Search" if asked is None else f"Search: {asked}"
    return page(site, "find", "/find", title, asked=asked, found=found[:LISTED],
                 more=max(0, len(found) - LISTED), kinds=site.kinds)  # fmt: skip


def told(site: Site, title: str, words: str) -> bytes:
    """What has no page of its own form: a title and a text of several lines."""
    return page(site, "told", "", title, words=words)


def missing(site: Site) -> bytes:
    """The page for what is not there."""
    return page(site, "missing", "", "Not found")


def problem(site: Site, title: str, detail: str) -> bytes:
    """A page that says what went wrong."""
    return page(site, "problem", "", title, detail=detail)
