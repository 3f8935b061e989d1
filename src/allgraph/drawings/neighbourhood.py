"""The picture of a thing with the things that claims join it to.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> picture = neighbourhood(graph, graph.thing(graph.resolve("Shalom Harlow")))
>>> picture.rows[0][:2]
('The Model Alliance Advisory Board', 'unit')
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pyoxigraph import NamedNode

from allgraph.drawings.kinds import sparql
from allgraph.drawings.picture import Address, Picture
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim, claims, in_order, in_rows
from allgraph.model.sentences import capitalised
from allgraph.network.groups import groups_of
from allgraph.render.neighbours import Spoke, around
from allgraph.render.svg import Dot

MOST = 24
"""How many neighbours a picture has at most."""
READ = 2_000
"""From how many claims about a thing a picture is made at most."""


def neighbourhood(graph: Graph, thing: Thing, *, address: Address = str) -> Picture | None:
    """Return the picture of a thing and its neighbours, ``None`` without any; see `of_claims`.

    Of a thing with more than `READ` claims the first are read, and the limits say so.
    """
    rows = () if graph.is_remote else graph.table.about(thing.iri).tolist()
    left = len(rows) - READ
    about = (
        in_order(in_rows(graph, rows[:READ]))
        if left > 0
        else claims(graph, about=NamedNode(thing.iri))
    )
    shown = [thing.iri, *[*neighbours(thing, about)][:MOST]]
    kinds = {iri: near.kind for iri, near in graph.described(shown).items()}
    groups = groups_of(graph, shown)

    def dot(iri: str, name: str) -> Dot:
        return Dot(name, address(iri), kinds.get(iri, ""), groups.get(iri, "others"))

    picture = of_claims(thing, about, dot)
    if picture is None or left <= 0:
        return picture
    return replace(picture, limits=(*picture.limits, f"{left:,} claims, which were not read"))


def of_claims(
    thing: Thing, claims: Iterable[Claim], dot: Callable[[str, str], Dot]
) -> Picture | None:
    """Return the picture of a thing with what claims join it to, the first `MOST` (24).

    The thing is the subject or object of a claim, or not in it. A neighbour is drawn once, with the
    sentence of its first claim; `dot` draws it, by its IRI and name. ``None`` without neighbours.
    """
    near = neighbours(thing, claims)
    if not near:
        return None
    shown = [
        Spoke(dot(iri, name), claim.read(inverse=claim.subject.value != thing.iri))
        for iri, (name, claim) in [*near.items()][:MOST]
    ]
    more = len(near) - len(shown)
    center = dot(thing.iri, thing.name)._replace(href="")
    return Picture(
        "neighbourhood",
        f"{thing.name} and what is around it",
        around(center, shown, more=more),
        ("thing", "kind", "what sources say"),
        tuple((spoke.dot.name, spoke.dot.kind, spoke.sentence) for spoke in shown),
        (thing.iri,),
        sparql("neighbours", thing=NamedNode(thing.iri)),
        (f"{more:,} more neighbours",) if more else (),
    )


def neighbours(thing: Thing, claims: Iterable[Claim]) -> Mapping[str, tuple[str, Claim]]:
    """Return the name and first claim of each thing that claims join a thing to, by its IRI."""
    near: dict[str, tuple[str, Claim]] = {}
    for claim in claims:
        forward = claim.subject.value == thing.iri
        other = claim.object if forward else claim.subject
        ends = {claim.subject.value, getattr(claim.object, "value", "")}
        if isinstance(other, NamedNode) and thing.iri in ends and other.value != thing.iri:
            name = claim.object_name if forward else claim.subject_name
            near.setdefault(other.value, (capitalised(name), claim))
    return near
