"""What is near things: what two of them share, and what surrounds one.

>>> from allgraph.network.shared import between
>>> from allgraph.graph import open_graph
>>> found = between(open_graph(), "Coco Rocha", "Karen Elson")
>>> [shared.thing.name for shared in found.shared]
['Model Alliance Advisory Board', 'Model Alliance']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError
from allgraph.graph import Graph, Thing, prose
from allgraph.graph.claims import Claim, named
from allgraph.model.columns import Columns
from allgraph.network import scope
from allgraph.network.groups import groups_of
from allgraph.rdf.terms import Prefixes
from allgraph.render.html import element, joined, link, picture, table
from allgraph.render.svg import Dot, Spoke, around


@dataclass(frozen=True)
class Neighbour:
    """A thing near another: in how many steps, from which thing, and by which claim."""

    thing: Thing
    hops: int
    before: Thing
    claim: Claim
    forward: bool
    group: str = "others"

    @property
    def sentence(self) -> str:
        """The claim, read from the nearer thing."""
        return self.claim.sentence if self.forward else self.claim.inverse_sentence

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The neighbour as JSON has it."""
        return {
            "thing": prefixes.shorten(self.thing.iri),
            "name": self.thing.name,
            "kind": self.thing.kind,
            "hops": self.hops,
            "before": prefixes.shorten(self.before.iri),
            "forward": self.forward,
            "claim": self.claim.as_dict(prefixes),
        }


@dataclass(frozen=True)
class Neighbourhood:
    """What surrounds a thing, the nearest first; `limits` tells where it was cut.

    `asked` says how much an endpoint was asked for.
    """

    thing: Thing
    neighbours: tuple[Neighbour, ...]
    prefixes: Prefixes = field(repr=False)
    limits: tuple[str, ...] = ()
    asked: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "asked": self.asked or None,
            "complete": not self.limits,
            "limits": list(self.limits),
            "neighbours": [each.as_dict(self.prefixes) for each in self.neighbours],
        }

    def text(self, *, width: int = 80) -> str:
        """The neighbours for people, by their distance."""
        blocks = []
        for hops, some in groupby(self.neighbours, key=lambda each: each.hops):
            lines = [f"{hops} step{'s' if hops > 1 else ''} away"]
            for one in some:
                kind = f", {one.thing.kind}" if one.thing.kind else ""
                lines.append(prose.item(f"{one.thing.name}{kind}: {one.sentence}.", width=width))
            blocks.append("\n".join(lines))
        blocks = blocks or ["Nothing is joined to it."]
        blocks.append(prose.notes((), self.limits, self.asked, width=width))
        return "\n\n".join(filter(None, blocks))

    def _repr_html_(self) -> str:
        """The neighbours as notebooks show them: a picture of the nearest, and a table."""
        spokes = [
            Spoke(_dot(each.thing, each.group), each.sentence)
            for each in self.neighbours
            if each.hops == 1
        ]
        rows = (
            (str(n.hops), link(n.thing.name, n.thing.iri), n.thing.kind, f"{n.sentence}.")
            for n in self.neighbours
        )
        names, count = ("steps", "thing", "kind", "how"), len(self.neighbours)
        parts = [picture(around(_dot(self.thing), spokes)), table(names, rows, count, "thing")]
        return joined([*parts, *(element("p", f"Cut: {each}.") for each in self.limits)])


def neighbourhood(
    graph: Graph,
    thing: str | NamedNode,
    *,
    hops: int = 1,
    limit: int = 200,
    hub_limit: int | None = None,
) -> Neighbourhood:
    """What is at most so many steps from a thing, each by one of the claims that lead there.

    Places, classes, sources and things with more than `hub_limit` ties (by default that of the
    manifest) are shown and not passed through. Raises `UnknownName` and `ParameterError`.
    """
    if hops < 1 or limit < 1:
        raise ParameterError("hops and limit are numbers of 1 or more")
    most = graph.folder.hub_limit if hub_limit is None else hub_limit
    start = graph.thing(thing if isinstance(thing, NamedNode) else graph.resolve(thing))
    part = scope.around(graph, start.iri, hops, hub_limit=most)
    columns, network = part.columns, part.columns.network
    passable = ~columns.closed & (columns.degrees <= most)
    place = columns.nodes.place(start.iri)
    seen = np.zeros(len(network), bool)
    front = np.array([] if place is None else [place], np.int32)
    seen[front] = True
    found: list[tuple[int, int, int, int]] = []
    for hop in range(1, hops + 1):
        arcs = network.arcs(front)
        arcs = arcs.where(~seen[arcs.head])
        fresh, first = np.unique(arcs.head, return_index=True)
        found += ((int(arcs.head[i]), hop, int(arcs.tail[i]), int(arcs.tie[i])) for i in first)
        seen[fresh] = True
        front = fresh[passable[fresh]]
        if len(found) > limit:
            break
    limits = part.limits
    if len(found) > limit:
        limits = (*limits, f"the {limit} nearest are shown of {len(found)} or more")
    shown = found[:limit]
    claims = _claims(graph, columns, dict.fromkeys(tie >> 1 for *_, tie in shown))
    iris = {node: columns.nodes[node] for one in shown for node in (one[0], one[2])}
    described = graph.described(iris.values())
    things = {node: described[iri] for node, iri in iris.items()}
    groups = groups_of(graph, [columns.nodes[node] for node, *_ in shown])
    neighbours = tuple(
        Neighbour(
            things[node],
            hop,
            things[before],
            claims[tie >> 1],
            not tie & 1,
            groups.get(columns.nodes[node], "others"),
        )
        for node, hop, before, tie in shown
    )
    return Neighbourhood(start, neighbours, graph.prefixes, limits, part.asked)


def _claims(graph: Graph, columns: Columns, rows: Iterable[int]) -> Mapping[int, Claim]:
    iris = {columns.claims[row]: row for row in rows}
    return {iris[claim.iri]: claim for claim in named(graph, map(NamedNode, iris))}


def _dot(thing: Thing, group: str = "others") -> Dot:
    return Dot(thing.name, thing.iri, thing.kind, group)


def _json(value: object) -> bytes:
    import json

    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
