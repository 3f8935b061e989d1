"""The things that surround a thing, step by step.

>>> from allgraph.graph import open_graph
>>> near = neighbourhood(open_graph(), "RESPECT Program", limit=1)
>>> near.neighbours[0].hops, near.complete
(1, False)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError
from allgraph.graph import Graph, Thing, prose
from allgraph.graph.claims import Claim
from allgraph.graph.listing import Listing
from allgraph.model.adjacency import is_forward, row_of
from allgraph.model.columns import Columns, Flags
from allgraph.model.sentences import full_stop
from allgraph.network import scope
from allgraph.network.groups import groups_of
from allgraph.network.lookup import claims_of, hubs_of, things_of
from allgraph.rdf.terms import Prefixes
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import items, joined, link, picture, table
from allgraph.render.neighbours import Spoke, around
from allgraph.render.svg import Dot


@dataclass(frozen=True, repr=False)
class Neighbour(Brief):
    """A thing that is reached from the start of a neighbourhood in `hops` steps.

    The last step leads from the thing `before` to `thing`, by `claim`. `before` is the subject of
    the claim if `forward`, else its object.

    >>> import allgraph
    >>> around = allgraph.neighbourhood(allgraph.open(), "Shalom Harlow")
    >>> neighbour = around.neighbours[0]
    >>> neighbour.hops, neighbour.sentence
    (1, 'Shalom Harlow has served on the Model Alliance Advisory Board')
    """

    thing: Thing
    hops: int
    before: Thing
    claim: Claim
    forward: bool
    group: str = "others"

    @property
    def sentence(self) -> str:
        """The claim as a sentence that begins with the thing `before`."""
        return self.claim.sentence if self.forward else self.claim.inverse_sentence

    def _facts(self) -> Iterator[str]:
        yield quoted(self.thing.name)
        yield count(self.hops, "step")
        yield quoted(self.sentence)

    def __str__(self) -> str:
        """The name and kind of the thing, and the claim as a sentence."""
        kind = f", {self.thing.kind}" if self.thing.kind else ""
        return f"{self.thing.name}{kind}: {full_stop(self.sentence)}"

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the neighbour as JSON has it.

        `prefixes` shorten IRIs; by default those of its graph.
        """
        prefixes = prefixes or self.thing.prefixes
        return {
            **self.thing.listed(prefixes),
            "hops": self.hops,
            "before": prefixes.shorten(self.before.iri),
            "forward": self.forward,
            "claim": self.claim.as_dict(prefixes),
        }


@dataclass(frozen=True, repr=False)
class Neighbourhood(Listing):
    """The things that surround a thing, the nearest first.

    >>> import allgraph
    >>> around = allgraph.neighbourhood(allgraph.open(), "Shalom Harlow", hops=2, limit=5)
    >>> around.thing.name, len(around.neighbours), around.complete
    ('Shalom Harlow', 5, False)
    """

    FORMATS = ("text", "json", "svg", "png")

    thing: Thing
    neighbours: tuple[Neighbour, ...]

    def __iter__(self) -> Iterator[Neighbour]:
        return iter(self.neighbours)

    def __len__(self) -> int:
        """The count of neighbours."""
        return len(self.neighbours)

    def _counts(self) -> Iterator[str]:
        yield quoted(self.thing.name)
        yield count(len(self), "neighbour")

    @property
    def _title(self) -> str:
        """The name of the thing."""
        return self.thing.name

    def _images(self) -> list[str]:
        """Return an SVG image of the things one step away; none if there are none."""
        spokes = [
            Spoke(_dot(one.thing, one.group), one.sentence)
            for one in self.neighbours
            if one.hops == 1
        ]
        return [around(_dot(self.thing), spokes)] if spokes else []

    def as_dict(self) -> dict[str, Any]:
        """Return the neighbourhood as JSON has it: what was cut, and the neighbours."""
        neighbours = [neighbour.as_dict(self.prefixes) for neighbour in self.neighbours]
        return {**self._completeness(), "neighbours": neighbours}

    def _blocks(self, width: int) -> Iterator[str]:
        """Yield a text for each distance, a list of the neighbours that far away.

        Without neighbours it is one sentence, which says that there are none.
        """
        if not self.neighbours:
            yield "No claim joins it to another thing."
        for hops, neighbours in groupby(self.neighbours, key=lambda neighbour: neighbour.hops):
            lines = [f"{prose.counted(hops, 'step')} away"]
            lines += (prose.item(str(one), width=width) for one in neighbours)
            yield "\n".join(lines)

    def _repr_html_(self) -> str:
        """The neighbours as HTML for notebooks, with the notes.

        It is a picture of those one step away, and a table, which `table` cuts when it is long.
        """
        rows = (
            (
                str(one.hops),
                link(one.thing.name, one.thing.iri),
                one.thing.kind,
                full_stop(one.sentence),
            )
            for one in self.neighbours
        )
        names, count = ("steps", "thing", "kind", "how"), len(self.neighbours)
        parts = [picture("".join(self._images())), table(names, rows, count, "thing")]
        return joined([*parts, items(self.notes())])


def neighbourhood(
    graph: Graph,
    thing: str | NamedNode,
    *,
    hops: int = 1,
    limit: int = 200,
    hub_limit: int | None = None,
) -> Neighbourhood:
    """Return the things at most `hops` steps from a thing, the nearest `limit`.

    Each is there once, with one of the claims by which it is reached in the fewest steps.

    Places, classes, sources, hubs (members of the classes in ``hubs`` of the manifest) and things
    with more than `hub_limit` ties (by default that of the manifest) are shown and not passed
    through. Runs queries on the graph. Raises `UnknownName`,
    `ParameterError` for `hops` or a `limit` below 1, and `InputError` for a view of what an
    endpoint holds that is of a second day, or leaves out what is only possible.

    >>> import allgraph
    >>> around = allgraph.neighbourhood(allgraph.open(), "Shalom Harlow")
    >>> [neighbour.thing.name for neighbour in around.neighbours]
    ['Model Alliance Advisory Board']
    """
    if hops < 1 or limit < 1:
        raise ParameterError("`hops` and `limit` must be 1 or more")
    most_ties = graph.folder.hub_limit if hub_limit is None else hub_limit
    start = graph.thing(graph.resolve(thing))
    part = scope.around(graph, start.iri, hops, hub_limit=most_ties)
    columns = part.columns
    passable = ~columns.closed & (columns.degrees <= most_ties) & ~hubs_of(graph, columns)
    reached = _reached(columns, start, hops, limit, passable)
    limits = part.limits
    if len(reached) > limit:
        limits = (*limits, f"the {limit} nearest are shown of {len(reached)} or more")
    neighbours = tuple(_neighbours(graph, columns, reached[:limit]))
    return Neighbourhood(
        start, neighbours, prefixes=graph.prefixes, limits=limits, asked=part.asked
    )


class _ReachedNode(NamedTuple):
    """A node that was reached in `hops` steps, the last from the node `before` by `tie`.

    All four are numbers: nodes are rows of `Columns.nodes`, ties as in `TieNumber`.
    """

    node: int
    hops: int
    before: int
    tie: int


def _reached(
    columns: Columns, start: Thing, hops: int, limit: int, passable: Flags
) -> list[_ReachedNode]:
    """Return the nodes around a thing by breadth-first search, the nearest first, each once.

    The search ends after `hops` steps, or after the step with which there are more than `limit`
    nodes. It follows the claims that are not deprecated and, in a view, not `NO` on its day.
    Things are passed through only if they are flagged in `passable`. The list is empty if the
    columns do not have the thing.
    """
    network = columns.network
    place = columns.nodes.place(start.iri)
    front = np.array([] if place is None else [place], np.int32)
    seen = np.zeros(len(network), bool)
    seen[front] = True
    reached: list[_ReachedNode] = []
    for hop in range(1, hops + 1):
        arcs = network.arcs(front)
        arcs = arcs.where(~seen[arcs.head])
        fresh, first = np.unique(arcs.head, return_index=True)
        ties = zip(fresh.tolist(), arcs.tail[first].tolist(), arcs.tie[first].tolist(), strict=True)
        reached += (_ReachedNode(node, hop, before, tie) for node, before, tie in ties)
        seen[fresh] = True
        front = fresh[passable[fresh]]
        if len(reached) > limit:
            break
    return reached


def _neighbours(graph: Graph, columns: Columns, reached: list[_ReachedNode]) -> Iterator[Neighbour]:
    """Yield a neighbour for each node that was reached.

    Runs queries on the graph for the claims, the things and their groups.
    """
    claims = claims_of(graph, columns, [row_of(one.tie) for one in reached])
    things = things_of(graph, columns, [node for one in reached for node in (one.node, one.before)])
    groups = groups_of(graph, [things[one.node].iri for one in reached])
    for one in reached:
        thing = things[one.node]
        yield Neighbour(
            thing,
            one.hops,
            things[one.before],
            claims[row_of(one.tie)],
            is_forward(one.tie),
            groups.get(thing.iri, "others"),
        )


def _dot(thing: Thing, group: str = "others") -> Dot:
    """Return the dot that stands for a thing in a picture; its group is a key of `GROUPS`."""
    return Dot(thing.name, thing.iri, thing.kind, group)
