"""The picture of a timeline: of a thing, or of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from pyoxigraph import NamedNode

from allgraph.drawings.picture import Address, Picture
from allgraph.graph import Graph
from allgraph.graph import timeline as timelines
from allgraph.graph.claims import source_titles
from allgraph.graph.entries import Entry, Timeline, more_alike
from allgraph.model import edtf
from allgraph.model.edtf import MONTHS
from allgraph.model.sentences import NOT_STATED
from allgraph.render.timelines import MOST_ROWS, WIDE, spans
from allgraph.sparql.house import house

MOST = 2_000
"""From about how many claims the picture of the timeline of a graph is made at most."""


def timeline(
    graph: Graph,
    thing: str | NamedNode | None = None,
    *,
    address: Address = lambda iri: "",
    width: int = WIDE,
) -> Picture | None:
    """Return the picture of the timeline of a graph, or of a thing; ``None`` if nothing is dated.

    `thing` and the errors are those of `allgraph.timeline`. Of a graph with more than `MOST` dated
    claims, or a thing with more than `MOST` claims, the months up to these are read, and the limits
    say what comes later.

    >>> from allgraph.graph import open_graph
    >>> picture = timeline(open_graph(), "RESPECT Program")
    >>> picture.title, len(picture.rows)
    ('Timeline of RESPECT Program', 7)
    """
    about = None if thing is None else graph.resolve(thing)
    if about is not None and (graph.is_remote or len(graph.table.about(about.value)) <= MOST):
        return drawn(timelines.timeline(graph, about), address=address, width=width)
    months = timelines.months(graph, about)
    every = sum(months.values())
    if about is None and every <= MOST:
        return drawn(timelines.timeline(graph), address=address, width=width)
    if not months:
        return None
    sums = zip(months, accumulate(months.values()), strict=True)
    last, read = next((month, count) for month, count in sums if count >= min(MOST, every))
    content = timelines.timeline(graph, about, until=edtf.iso((*last, 1))[:-3])
    later = f"{every - read:,} claims that begin after {MONTHS[last[1] - 1]} {last[0]}"
    limits = (*([later] if every > read else []), "undated claims")
    return drawn(replace(content, limits=limits), address=address, width=width)


def drawn(
    content: Timeline, *, address: Address = lambda iri: "", width: int = WIDE
) -> Picture | None:
    """Return the picture of a timeline that is there already; ``None`` if nothing in it is dated.

    `address` gives the link to a claim by its IRI; `width` is that of the image in pixels. The
    table has all rows, drawn or not, and the query gives all dates of claims.
    """
    rows = content.rows(address)
    title = f"Timeline of {content.thing.name}" if content.thing else "Timeline"
    svg = spans(rows, title, width=width)
    if not svg:
        return None
    thing = content.thing
    values = {"thing": NamedNode(thing.iri)} if thing else {}
    dated = sum(any(row.bounds) for row in rows)
    more = f"{dated - MOST_ROWS:,} of {dated:,} rows"
    return Picture(
        "timeline",
        title,
        svg,
        ("when", "what", "sources"),
        tuple(_cells(alike) for alike, _ in content.folded()),
        (thing.iri,) if thing else (),
        house("dated-about" if thing else "dated").bind(values),
        (*content.limits, *([more] if dated > MOST_ROWS else [])),
    )


def _cells(alike: Sequence[Entry]) -> tuple[str, ...]:
    """Return the cells of alike entries: the date in words, the first sentence, the sources."""
    titles = source_titles(e for entry in alike for claim in entry.claims for e in claim.evidence)
    when = "" if alike[0].words == NOT_STATED else alike[0].words
    return when, alike[0].sentence + more_alike(alike), "; ".join(titles)
