"""The stories of the first page: each a sentence that is filled in, and leads to a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from allgraph.errors import FolderError, InputError
from allgraph.folder.folder import MANIFEST
from allgraph.folder.front import Story
from allgraph.graph import timeline as timelines
from allgraph.linkeddata.routes import BY_NAME
from allgraph.network import paths
from allgraph.network.groups import groups_of
from allgraph.render import thumbnails
from allgraph.site.pages import questions
from allgraph.site.site import Site
from allgraph.site.templating import plural

MOST = 3
"""How many stories a first page has unless the manifest names them."""
_NAMED = 3  # topics of disagreements that are named


class StoryView(NamedTuple):
    """A story: the address that it leads to, its sentence, what is said below, and an image."""

    address: str
    sentence: Markup
    note: str
    image: Markup


def stories(site: Site) -> list[StoryView]:
    """Return the stories that the manifest names, or else the first `MOST` that there are.

    Raises `FolderError`, with the line of the manifest, for a story about what the graph does not
    have.
    """
    front = site.graph.folder.front
    if front.stories is not None:
        return [_of_manifest(site, story) for story in front.stories]
    views: list[StoryView] = []
    for story in _defaults(site):
        if len(views) < MOST and (view := _KINDS[story.kind](site, story.values)):
            views.append(view)
    return views


def _of_manifest(site: Site, story: Story) -> StoryView:
    """Return a story of the manifest; raises `FolderError` if there is nothing to tell."""
    try:
        view = _KINDS[story.kind](site, story.values)
    except InputError as error:
        reason = error.message
    else:
        reason = "the graph has nothing to tell of it"
        if view:
            title = story.values.get("title")
            return view._replace(sentence=Markup("{}").format(title)) if title else view
    path = site.graph.folder.root / MANIFEST
    raise FolderError(f"a story of the kind {story.kind}: {reason}", path=path, line=story.line)


def _defaults(site: Site) -> Iterator[Story]:
    """Yield stories that a graph may have, the best first."""
    for a, b in site.pairs[:1]:
        yield Story("connection", {"from": a.iri, "to": b.iri})
    if site.is_disputed:
        yield Story("disagreements", {})
    if site.most_dated:
        yield Story("history", {"thing": site.most_dated})
    for query, example in site.featured:
        yield Story("answer", {"question": query.name, "example": str(example)})


def _connection(site: Site, values: Mapping[str, str]) -> StoryView | None:
    """Return the story of the shortest path between two things; ``None`` if there is none."""
    ends = [site.graph.resolve(values[key]) for key in ("from", "to")]
    a, b = (site.graph.thing(end) for end in ends)
    connections = paths.paths(site.graph, *ends, limit=1)
    if not connections.paths:
        return None
    path = connections.paths[0]
    pairs = [(one.iri, other.iri) for one, other in site.pairs]
    query = {"from": a.name, "to": b.name}
    place = f"/paths/{pairs.index((a.iri, b.iri)) + 1}" if (a.iri, b.iri) in pairs else ""
    sentence = Markup("<b><bdi>{}</bdi></b> → {} → <b><bdi>{}</bdi></b>")
    between = ", ".join(thing.name for thing in path.things[1:-1])
    groups = groups_of(site.graph, [thing.iri for thing in path.things])
    return StoryView(
        f"{site.root}{place or '/paths?' + urlencode(query)}",
        sentence.format(a.name, plural(len(path), "step"), b.name),
        f"By way of {between}." if between else "By a claim about both.",
        Markup(thumbnails.chain([groups.get(thing.iri, "others") for thing in path.things])),  # noqa: S704
    )


def _disagreements(site: Site, values: Mapping[str, str]) -> StoryView | None:
    """Return the story of where sources disagree; ``None`` if they do nowhere."""
    groups = site.disagreements
    if not groups:
        return None
    names = list(dict.fromkeys(group.name for group in groups))
    more = len(names) - _NAMED
    rest = f", and {more:,} more" if more > 0 else ""
    return StoryView(
        f"{site.root}{BY_NAME['disagreements'].path}",
        Markup("<b>{}</b> on which sources disagree").format(plural(len(names), "thing")),
        f"{', '.join(names[:_NAMED])}{rest}.",
        Markup(thumbnails.rivals(len(groups))),  # noqa: S704
    )


def _history(site: Site, values: Mapping[str, str]) -> StoryView | None:
    """Return the story of what is dated about a thing; ``None`` for less than two dates."""
    iri = site.graph.resolve(values["thing"])
    entries = timelines.timeline(site.graph, iri).entries
    days = [day for entry in entries if (day := entry.begin or entry.end)]
    places = [year + (month - 1) / 12 + of_month / 372 for year, month, of_month in days]
    if len({*places}) < 2:
        return None
    first, span = min(places), max(places) - min(places)
    since, until = min(days)[0], max(days)[0]
    return StoryView(
        site.address(iri.value),
        Markup("The history of <b><bdi>{}</bdi></b>").format(site.graph.thing(iri).name),
        f"{plural(len(days), 'dated claim')}, "
        + (f"all of {since}." if since == until else f"from {since} to {until}."),
        Markup(thumbnails.moments((place - first) / span for place in places)),  # noqa: S704
    )


def _answer(site: Site, values: Mapping[str, str]) -> StoryView | None:
    """Return the story of the answer to an example of a question; ``None`` if it has no rows."""
    query = site.graph.queries[values["question"]]
    number = int(values.get("example", "1"))
    answer = questions.example(site, query, number).answer
    if answer is None or not len(answer):
        return None
    example = questions.example_values(site, query, number)
    sentence = Markup("{} <b><bdi>{}</bdi></b>") if example else Markup("{}{}")
    return StoryView(
        f"{site.root}/ask/{query.name}/{number}",
        sentence.format(query.title, example),
        f"{plural(len(answer), 'row')}, each with its sources.",
        Markup(thumbnails.rows(len(answer))),  # noqa: S704
    )


_KINDS: Mapping[str, Callable[[Site, Mapping[str, str]], StoryView | None]] = {
    "answer": _answer,
    "connection": _connection,
    "disagreements": _disagreements,
    "history": _history,
}
"""What makes a story of each kind, of the values of the manifest by key."""
