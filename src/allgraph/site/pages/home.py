"""The first page: what the graph is about, a search, a picture, stories, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from allgraph.drawings.matrix import matrix
from allgraph.drawings.picture import Picture
from allgraph.drawings.timeline import timeline
from allgraph.errors import DateError
from allgraph.graph import Thing
from allgraph.model import edtf
from allgraph.rdf.terms import text
from allgraph.site.pages import cards
from allgraph.site.site import Kind, Site
from allgraph.site.stories import stories
from allgraph.site.templating import page

_PEOPLE = 24
"""How many people the matrix on the first page has at most."""
_ENTRIES = 400
"""With more claims a graph has no timeline on its first page unless the manifest says so."""


_NOUNS = {
    "people": ("person", "people"),
    "bodies": ("body", "bodies"),
    "campaigns": ("campaign",),
    "documents": ("document",),
    "laws": ("bill or law", "bills and laws"),
    "events": ("event",),
}
"""What the things of each group are called in the singular, and in the plural if it has no s."""


class Door(NamedTuple):
    """Something to do next: its name, what it is, a line to copy, and (path, words) of a page."""

    name: str
    words: str
    line: str
    path: str
    more: str


class Lately(NamedTuple):
    """The sources that were read last: the date in words, some of them, and how many more."""

    when: str
    sources: list[Thing]
    more: int


def home(site: Site) -> bytes:
    """Return the HTML of the first page.

    It has what the manifest says of it, see `Folder.front`, or what follows from the graph. The
    properties of the site ask its graph once; stories and the picture are made each time. Raises
    `FolderError` for a story about what the graph does not have.
    """
    folder = site.graph.folder
    picture = _picture(site)
    return page(
        site,
        "home",
        "/",
        folder.title,
        sentence=folder.front.sentence or folder.description or folder.title,
        counts=site.counts,
        lists=_lists(site),
        nouns=_NOUNS,
        picture=picture,
        card=cards.of_graph(site, picture.kind) if picture else None,
        stories=stories(site),
        lately=_lately(site),
        doors=_doors(site),
    )


def _lists(site: Site) -> list[Kind]:
    """Return the lists of the groups that the site has."""
    return [site.kind(group) for group in site.groups]


def _picture(site: Site) -> Picture | None:
    """Return the picture that the manifest names, else the first that the graph has."""
    kind = site.graph.folder.front.picture
    if kind:
        return _PICTURES[kind](site)
    return _PICTURES["matrix"](site) or (
        _PICTURES["timeline"](site) if site.counts["claims"] <= _ENTRIES else None
    )


_PICTURES: Mapping[str, Callable[[Site], Picture | None]] = {
    "matrix": lambda site: matrix(
        site.graph, most=_PEOPLE, address=site.address, kinds=site.node_kinds
    ),
    "timeline": lambda site: timeline(site.graph, address=site.address),
    "none": lambda site: None,
}
"""What draws the pictures of a first page, by their kinds."""


def _lately(site: Site) -> Lately | None:
    """Return the sources that were read last, ``None`` if no date of reading is known.

    Of the dates with the latest last day it is that of the most sources.
    """
    rows = site.graph.run("read-days").rows
    days = [(day, row) for row in rows if (day := _last_day(text(row["read"]))) is not None]
    if not days:
        return None
    _, last = max(days, key=lambda one: (one[0], int(text(one[1]["count"]))))
    read, count = last["read"], int(text(last["count"]))
    assert read is not None
    first = site.graph.run("read-then", when=read).rows
    sources = [Thing(text(row["source"]), text(row["title"]), "") for row in first]
    return Lately(edtf.words(text(read)), sources, count - len(sources))


def _last_day(read: str) -> edtf.Day | None:
    """Return the last day of a date, ``None`` if it is not known or the date is no EDTF."""
    try:
        return edtf.parse(read).span[1]
    except DateError:
        return None


def _doors(site: Site) -> list[Door]:
    """Return what readers can do next, in the order of effort."""
    folder, endpoint = site.graph.folder, site.published.endpoint
    publisher = f"{folder.publisher}: " if folder.publisher else ""
    version = f", version {folder.version}" if folder.version else ""
    example = "SELECT * { ?claim ?says ?what } LIMIT 9"
    query = f"curl -G {endpoint} --data-urlencode 'query={example}'"
    return [
        Door(
            "Quote it",
            "Each claim has an address, and its page says how to cite it.",
            f"{publisher}{folder.title}{version}. {site.home}",
            "/catalog",
            "Cite and download",
        ),
        Door(
            "Query it",
            "Questions have forms; SPARQL has all the rest.",
            query if endpoint else f"curl {site.home}catalog.{(*site.suffixes, 'ttl')[0]}",
            "/query",
            "Write SPARQL",
        ),
        Door(
            "Publish yours",
            "A folder of text files becomes a site like this one.",
            "pip install allgraph-kg && allgraph init my-graph",
            "",
            "Read how",
        ),
    ]
