"""The picture of disagreements: claims that cannot all be true, with their sources, on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pyoxigraph import NamedNode

from allgraph.drawings import statistic
from allgraph.drawings.picture import Address, Picture
from allgraph.graph import Graph
from allgraph.graph.claims import Claim, named, source_titles
from allgraph.graph.entries import Entry
from allgraph.graph.rivals import disagreements
from allgraph.graph.timeline import arranged
from allgraph.model.sentences import capitalised
from allgraph.render.timelines import Span, spans
from allgraph.sparql.house import house

MOST = 12
"""How many disagreements a picture has."""
MOST_CLAIMS = 50
"""How many claims of one disagreement are shown at most: the first by their IRIs."""
SMALL = 560
"""The width of the image in pixels."""


def disagreement(
    graph: Graph, thing: str | NamedNode | None = None, *, address: Address = lambda iri: ""
) -> Picture | None:
    """Return the picture of the disagreements of a graph, or about a thing; ``None`` without any.

    It has those whose claims have dates. Each claim is a row with its source; those that cannot all
    be true are joined by a bracket. `thing` is an IRI, a CURIE, an exact name or a term; `address`
    gives the link to a claim by its IRI. Raises `UnknownName`.

    >>> from allgraph.graph import open_graph
    >>> picture = disagreement(open_graph(), "Model Alliance")
    >>> [when for _, when, _ in picture.rows]
    ['in 2011', 'in February 2012']
    """
    about = None if thing is None else graph.thing(graph.resolve(thing))
    groups = [group for group in disagreements(graph) if not about or group.topic == about.iri]
    every = [sides_of(graph, group.claims) for group in groups[:MOST]]
    rows = [row for sides in every for row in _rows(sides, address, is_whole=True)]
    title = f"Where sources disagree on {about.name}" if about else "Where sources disagree"
    svg = spans(rows, title)
    if not svg:
        return None
    more, left = len(groups) - MOST, sum(sides.left for sides in every)
    limits = [f"{more:,} more disagreements"] * (more > 0)
    limits += [f"{left:,} more claims of these disagreements"] * (left > 0)
    return Picture(
        "disagreement",
        title,
        svg,
        ("claim", "when", "sources"),
        tuple(_cells(claim) for sides in every for claim in sides.claims),
        (about.iri,) if about else (),
        house("rivals").bind({}),
        tuple(limits),
    )


class Sides(NamedTuple):
    """The claims of a disagreement in order of time, those without a date last, and their entries.

    Deprecated and timeless claims have no entry. `left` is how many claims are left out.
    """

    claims: list[Claim]
    entries: list[Entry]
    left: int


def sides_of(graph: Graph, iris: Sequence[str]) -> Sides:
    """Return the first `MOST_CLAIMS` claims of a disagreement, with their entries on a timeline.

    `iris` are those of all its claims.
    """
    claims = named(graph, map(NamedNode, iris[:MOST_CLAIMS]))
    timeline = arranged(graph, claims)
    entries = [*timeline.entries, *timeline.undated]
    in_order = (entry.claims[0] for entry in entries)
    ordered = [*{claim.iri: claim for claim in (*in_order, *claims)}.values()]
    return Sides(ordered, entries, max(0, len(iris) - MOST_CLAIMS))


def axis(graph: Graph, sides: Sides, address: Address = lambda iri: "") -> str:
    """Return the SVG image of claims that cannot all be true; ``""`` if there is nothing to draw.

    Dates are on an axis of years, numbers on a scale, each with its source.
    """
    rows = _rows(sides, address)
    if sum(any(row.bounds) for row in rows) > 1:
        return spans(rows, "The dates of the claims", width=SMALL)
    return statistic.image(graph, sides.claims, address)


def _rows(sides: Sides, address: Address, *, is_whole: bool = False) -> list[Span]:
    """Return claims that cannot all be true as rows of an image: the date, and the source.

    If `is_whole`, the sentence stands after the date.
    """
    return [
        Span(
            f"{capitalised(entry.words)}: {entry.sentence}" if is_whole else entry.words,
            entry.bounds,
            entry.aspect == "State",
            address(entry.claims[0].iri),
            str(entry),
            sides.claims[0].iri,
            entry.source,
        )
        for entry in sides.entries
    ]


def _cells(claim: Claim) -> tuple[str, ...]:
    """Return the cells of a claim: its sentence, its date in words, the titles of its sources."""
    return claim.sentence, claim.date, "; ".join(source_titles(claim.evidence))
