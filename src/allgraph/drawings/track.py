"""The track of a bill: its dated steps in order, in lanes for chambers, offices and the rest.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> picture = track(graph, graph.thing(graph.resolve("id:ny-2013-s5486")))
>>> picture.rows[0][:2]
('16 May 2013', 'New York State Senate')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pyoxigraph import NamedNode

from allgraph.drawings.kinds import sparql
from allgraph.drawings.picture import Address, Picture, not_drawn
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim, named, place_within_day
from allgraph.model.sentences import capitalised
from allgraph.rdf.terms import AG, text
from allgraph.render.svg import Dot
from allgraph.render.tracks import Step
from allgraph.render.tracks import track as drawn
from allgraph.sparql.answer import Row

STEPS = 60
"""How many steps a track has at most."""
ELSEWHERE = "No chamber or office stated"
"""The name of the lane of steps that are in no other."""
_NEVER = (10**9, 1, 1)


class Lane(NamedTuple):
    """The place of a step: whether it is an office, its name and IRI."""

    is_office: bool
    name: str
    iri: str


def track(graph: Graph, thing: Thing, *, address: Address = str) -> Picture | None:
    """Return the track of a bill or law, or of the legislation that bills are of.

    Its steps are claims about events with a date, also those about the legislation and the law. A
    step is in the lane of the chamber or office that it names, whose committee it names, or that
    took part in it; the signature of a bill in that of the only office. At most `STEPS` (60) are
    drawn, the first. ``None`` if there are fewer than three with a date.
    """
    rows = graph.run("bill-steps", bill=NamedNode(thing.iri)).rows
    claims = sorted(named(graph, (row["claim"] for row in rows)), key=_place)
    dated = [claim for claim in claims if claim.when and any(claim.bounds)]
    if len(dated) < 3:
        return None
    limits = _left_out(len(dated) - STEPS, len(claims) - len(dated))
    places = graph.run_for("step-places", "claims", (claim.iri for claim in dated))
    lanes = _lanes(graph, places)
    of_claims = [_lane(claim, lanes) for claim in dated[:STEPS]]
    order = [*dict.fromkeys(of_claims)]
    order.sort(key=lambda lane: (not lane.iri, lane.is_office))
    steps = [
        _step(claim, order.index(lane), thing.iri, address(claim.iri))
        for claim, lane in zip(dated, of_claims, strict=False)
    ]
    title = f"The track of {thing.name}"
    dots = [Dot(lane.name, lane.iri and address(lane.iri)) for lane in order]
    return Picture(
        "track",
        title,
        drawn(title, dots, steps, not_drawn(limits)),
        ("date", "where", "step", "what sources say"),
        tuple((step.date, order[step.lane].name, step.label, step.sentence) for step in steps),
        (thing.iri,),
        sparql("bill-steps", bill=NamedNode(thing.iri)),
        limits,
    )


def _left_out(later: int, undated: int) -> tuple[str, ...]:
    """Return in words how many later steps, and steps without a date, are left out."""
    counts = ((later, "later steps"), (undated, "steps without a date"))
    return tuple(
        f"{count:,} {words if count > 1 else words.replace('steps', 'step')}"
        for count, words in counts
        if count > 0
    )


def _place(claim: Claim) -> tuple[Any, ...]:
    """Return the key by which steps are sorted: days, then ordinals, those without one last."""
    first, _, _, last = claim.bounds
    day = first or last or _NEVER
    return day, last or _NEVER, *place_within_day(claim), claim.iri


def _lanes(graph: Graph, rows: Iterable[Row]) -> dict[str, Lane]:
    """Return the lane of each claim, by IRI, that has one in the rows of ``step-places``."""
    lanes: dict[str, Lane] = {}
    for row in rows:
        is_office = text(row["kind"]) == f"{AG}Office"
        name = text(row["placeName"]) or graph.prefixes.shorten(text(row["place"]))
        lanes.setdefault(text(row["claim"]), Lane(is_office, name, text(row["place"])))
    return lanes


def _lane(claim: Claim, lanes: Mapping[str, Lane]) -> Lane:
    """Return the lane of a step; a signature is in that of the only office."""
    if claim.iri in lanes:
        return lanes[claim.iri]
    offices = {lane for lane in lanes.values() if lane.is_office}
    if claim.predicate == f"{AG}signedIntoLaw" and len(offices) == 1:
        return offices.pop()
    return Lane(False, ELSEWHERE, "")


def _step(claim: Claim, lane: int, topic: str, href: str) -> Step:
    """Return a claim as a step in a lane, by its number; `topic` is the IRI of the bill.

    The label is what was done, without the name of the bill before it; of an event that it
    underwent it is the name.
    """
    first, _, _, last = claim.bounds
    label, name = claim.sentence, capitalised(claim.subject_name)
    if claim.predicate == f"{AG}underwent":
        label = capitalised(claim.object_name)
    elif claim.subject.value == topic and label.startswith(f"{name} "):
        label = capitalised(label.removeprefix(f"{name} "))
    date = claim.date.removeprefix("on ").removeprefix("in ")
    label += " (disputed)" * claim.disputed
    return Step(lane, date, label, first is not None and first == last, href, claim.read())
