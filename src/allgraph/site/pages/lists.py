"""Lists and searches, and pages for what does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from allgraph.errors import UnknownName
from allgraph.graph import Thing
from allgraph.site import listing
from allgraph.site.search.passages import SHOWN
from allgraph.site.search.results import Results
from allgraph.site.site import LISTED, Kind, Site
from allgraph.site.templating import page

MOST = 100_000
"""How many things of a kind are listed, which is the limit of the query ``site-things``."""
_PAGES = 24


def kinds(site: Site) -> bytes:
    """Return the HTML of the page that lists the kinds of things, which are classes, with counts.

    The property `Site.kinds` asks the graph for them once.
    """
    kinds = [(kind, listing.heading(kind.iri, kind.label)) for kind in site.kinds]
    return page(site, "kinds", "/things", "Things by kind", kinds=kinds)


@dataclass(frozen=True)
class Listed:
    """A list of things that has pages: all of a kind, or those with a value of a facet.

    `path` is that of its first page, and `chosen` says in words which value it is for, ``""`` for
    all.
    """

    kind: Kind
    things: Sequence[Thing]
    path: str
    chosen: str = ""

    @classmethod
    def of(cls, site: Site, kind: Kind) -> Listed:
        """Return the list of all things of a kind."""
        return cls(kind, site.things(kind), f"/things/{quote(kind.name)}")

    @classmethod
    def with_value(cls, site: Site, kind: Kind, facet: str, name: str) -> Listed:
        """Return the list of the things of a kind that have a value of a facet, by their names.

        Raises `UnknownName` if there is no such facet or value.
        """
        for value in (
            v for division in site.facets(kind) if division.name == facet for v in division.values
        ):
            if value.name == name:
                things = [thing for thing in site.things(kind) if thing.iri in value.things]
                path = f"/things/{quote(kind.name)}/{facet}/{quote(name)}"
                return cls(kind, things, path, f"{facet}: {value.label}")
        raise UnknownName(f"the things of the kind “{kind.name}” have no {facet} “{name}”")

    @property
    def numbers(self) -> range:
        """The numbers of its pages, from 1."""
        return listing.pages(len(self.things))

    @cached_property
    def letters(self) -> list[listing.Letter]:
        """The letters that names begin with, with their first places."""
        return listing.letters(self.things)

    @cached_property
    def spans(self) -> list[str]:
        """What each page is called, by the names that are first and last on it."""
        return listing.spans(self.things)

    def page_path(self, number: int) -> str:
        """Return the path of a page by its number."""
        return f"{self.path}/{number}" if number > 1 else self.path


def things(site: Site, listed: Listed, number: int = 1) -> bytes:
    """Return the HTML of one page of a list of things; `number` counts from 1.

    Namesakes are told apart by what is claimed about them, which is queried for those of the page.
    The first page of all things of a kind has their facets.
    """
    heading = listing.heading(listed.kind.iri, listed.kind.label)
    start = (number - 1) * listing.PAGE
    shown = listed.things[start : start + listing.PAGE]
    is_long = len(listed.things) > listing.FEW
    marks = {letter.name for letter in listed.letters if letter.page == number}
    return page(
        site,
        "things",
        listed.page_path(number),
        heading + (f", {listed.chosen}" if listed.chosen else ""),
        listed=listed,
        heading=heading,
        number=number,
        sections=listing.sections(shown) if is_long else [("", shown)],
        facets=site.facets(listed.kind) if number == 1 and not listed.chosen else (),
        letters=listed.letters if is_long else [],
        marks=marks,
        pager=_pager(listed, number),
        lines=site.graph.told_apart(shown),
        is_cut=len(listed.things) >= MOST,
    )


def _pager(listed: Listed, number: int) -> list[tuple[int, str]]:
    """Return the pages to which a page of a list leads: (number, what it is called).

    They are all, or of more than `_PAGES` the first, the last, and those near. A list of one page
    leads nowhere.
    """
    names = listed.spans
    if len(names) < 2:
        return []
    near = range(number - _PAGES // 2, number + _PAGES // 2 + 1)
    return [
        (place, name)
        for place, name in enumerate(names, 1)
        if len(names) <= _PAGES or place in near or place in (1, len(names))
    ]


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
        citation=None,
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
