"""Lists and searches, and pages for what does not exist."""

from __future__ import annotations

from collections.abc import Sequence

from allgraph.graph import Thing
from allgraph.site.passages import SHOWN
from allgraph.site.results import Results
from allgraph.site.site import LISTED, PAGE, Kind, Site
from allgraph.site.templating import page


def kinds(site: Site) -> bytes:
    """Return the HTML of the page that lists the kinds of things, which are classes, with counts.

    The property `Site.kinds` asks the graph for them once.
    """
    return page(site, "kinds", "/things", "Things by kind", kinds=site.kinds)


def things(site: Site, kind: Kind, number: int, all_things: Sequence[Thing]) -> bytes:
    """Return the HTML of one page of the list of things of a kind; `number` counts from 1.

    `all_things` are those of all pages; each page has `PAGE` of them.
    """
    below = f"/{number}" if number > 1 else ""
    return page(
        site,
        "things",
        f"/things/{kind.name}{below}",
        kind.label.capitalize(),
        kind=kind,
        things=all_things[(number - 1) * PAGE : number * PAGE],
        number=number,
        pages=max(1, -(-len(all_things) // PAGE)),
        is_cut=len(all_things) < kind.size,  # whether the list does not have all things
    )


def find(site: Site, query: str | None, results: Results | None = None, error: str = "") -> bytes:
    """Return the HTML of the search page with its results.

    `query` is the text that was searched, ``None`` for the page that lists the first `LISTED` names
    of things, which are queried. With an `error` message the page shows it in place of results.
    """
    title = "Search" if query is None else f"Search: {query}"
    path = "" if error else "/find"  # which the canonical address is made of
    names = site.names if query is None else ()
    shown = names[:LISTED]
    return page(
        site,
        "find",
        path,
        title,
        query=query,
        results=results,
        most_shown=SHOWN,
        names=shown,
        lines=site.graph.told_apart(shown) if shown else {},
        is_cut=len(names) > LISTED,
        error=error,
    )


def text_page(site: Site, title: str, words: str) -> bytes:
    """Return the HTML of a page with a title and plain text, whose line breaks are kept.

    It is for results that have no template of their own.
    """
    return page(site, "text", "", title, words=words)


def missing(site: Site) -> bytes:
    """Return the HTML of the page for an address with no page (404)."""
    return page(site, "missing", "", "Not found")


def problem(site: Site, title: str, detail: str) -> bytes:
    """Return the HTML of a page with an error: its title, and `detail` in a sentence."""
    return page(site, "problem", "", title, detail=detail)
