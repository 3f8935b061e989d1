"""The results of a search of a site: things, sources, claims and questions, apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from allgraph.graph import Thing
from allgraph.site.search.passages import CLAIM, QUESTION, Passage
from allgraph.site.site import LISTED, Site

SUGGESTED = 20
"""How many things, claims and questions a search field is sent at most."""


class Results(NamedTuple):
    """The results of a search, the best match of each sort first.

    `more` is how many things there are beside these, ``None`` if more than were compared. `lines`
    tell things with the same name apart, by IRI. `unsearched` is the number of claims whose
    sentences are not searched.
    """

    things: Sequence[Thing]
    sources: Sequence[Thing]
    claims: Sequence[Passage]
    questions: Sequence[Passage]
    more: int | None
    lines: Mapping[str, str]
    unsearched: int

    def as_dict(self, site: Site) -> dict[str, Any]:
        """Return them as a dict for JSON, at most `SUGGESTED` of each, and the number of others."""
        more = len(self.things) + len(self.sources) - SUGGESTED
        shown = [*self.things, *self.sources][:SUGGESTED]
        return {
            "things": [self._thing(site, thing) for thing in shown],
            "more": -1 if self.more is None else self.more + max(0, more),
            **_passages("claims", self.claims),
            **_passages("questions", self.questions),
            "unsearched": self.unsearched,
        }

    def _thing(self, site: Site, thing: Thing) -> dict[str, Any]:
        """Return a thing as a dict, with the path of its page here and what tells it apart."""
        path = site.path(thing.iri)
        line = self.lines.get(thing.iri, "")
        return {**thing.as_dict(), "path": path, "other": thing.found_as, "line": line}


def _passages(name: str, passages: Sequence[Passage]) -> dict[str, Any]:
    """Return the first passages as a part of a dict, and the number of the others."""
    shown = [{"text": one.text, "path": one.path} for one in passages[:SUGGESTED]]
    return {name: shown, f"{name}More": len(passages) - len(shown)}


def results(site: Site, text: str, most: int = LISTED) -> Results:
    """Search a site for a text, and return at most `most` things, and claims and questions.

    Queries the graph. Raises `ParameterError` for a text that is too long, or that too many names
    of an endpoint have.

    >>> from allgraph.graph import open_graph
    >>> found = results(Site(open_graph()), "karen elson signed letter")
    >>> len(found.things), found.claims[0].text
    (0, 'Karen Elson signed or supported the RESPECT open letter')
    """
    things, more = site.graph.first(text, most)
    return of_things(site, text, things, more)


def of_things(site: Site, text: str, things: Sequence[Thing], more: int | None) -> Results:
    """Return the results of a search that found some things, and `more` that are not given.

    The first `LISTED` with a page are results. Claims and questions are searched too.
    """
    things = [thing for thing in things if site.path(thing.iri)]
    more = None if more is None else more + max(0, len(things) - LISTED)
    things = things[:LISTED]
    sources = [thing for thing in things if _is_source(site, thing)]
    known = site.graph.known(text.strip()) if len(text.split()) == 1 else None
    passages = site.passages.find(text, "" if known is None else known.value)
    return Results(
        [thing for thing in things if not _is_source(site, thing)],
        sources,
        [one for one in passages if one.kind == CLAIM],
        [one for one in passages if one.kind == QUESTION],
        more,
        site.graph.told_apart(things),
        site.passages.unsearched,
    )


def _is_source(site: Site, thing: Thing) -> bool:
    """Return True if the page of a thing is one of those of sources."""
    return (site.path(thing.iri) or "").startswith("/page/source/")
