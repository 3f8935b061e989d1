"""The things that two things have in common, and the claims that tie them to both.

>>> from allgraph.graph import open_graph
>>> common = between(open_graph(), "Coco Rocha", "Karen Elson")
>>> [shared.thing.name for shared in common.shared]
['Model Alliance Advisory Board', 'Model Alliance']
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby, product
from typing import Any

import numpy as np
from pyoxigraph import NamedNode

from allgraph.graph import Graph, Thing, prose
from allgraph.graph.claims import Claim
from allgraph.graph.listing import Listing
from allgraph.graph.view import WORDS
from allgraph.model import edtf
from allgraph.model.adjacency import row_of
from allgraph.model.columns import NO, Columns, number
from allgraph.model.sentences import capitalised
from allgraph.network import scope
from allgraph.network.groups import GROUPS, groups_of
from allgraph.network.lookup import claims_of, day_of, things_of, two_things
from allgraph.network.remote import Passing
from allgraph.network.search import together
from allgraph.rdf.terms import Prefixes
from allgraph.render.html import element, items, joined, link, table
from allgraph.render.table import fill

Sides = tuple[list[int], list[int]]
"""The rows of the claims that tie a shared thing to the first end, and to the second."""
_OVERLAPS = {
    "certain": "at a common time",
    "possible": "possibly at a common time",
    "no": "not at the same time",
}
_NOTHING = "Nothing is tied to both; try `allgraph paths`."


@dataclass(frozen=True)
class Shared:
    """A thing to which two others are both tied, and the claims that tie it to either.

    `overlap` says whether two of these ties held at a common time (``certain``, ``possible`` or
    ``no``), and `span` the first and last day on which they can have.
    """

    thing: Thing
    group: str
    first: tuple[Claim, ...]
    second: tuple[Claim, ...]
    overlap: str
    span: edtf.Span
    certainty: str | None = None

    @property
    def when(self) -> str:
        """Whether the two were tied to the thing at a common time, in words."""
        return _OVERLAPS[self.overlap] + prose.within(self.span)

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """Return the shared thing as JSON has it."""
        since, until = (day and edtf.iso(day) for day in self.span)
        return {
            **self.thing.as_dict(prefixes),
            "group": self.group,
            "certainty": self.certainty,
            "overlap": {"certainty": self.overlap, "notBefore": since, "notAfter": until},
            "from": [claim.as_dict(prefixes) for claim in self.first],
            "to": [claim.as_dict(prefixes) for claim in self.second],
        }


@dataclass(frozen=True)
class Between(Listing):
    """What two things share, by groups; and the claims that join the two themselves."""

    source: Thing
    target: Thing
    direct: tuple[Claim, ...]
    shared: tuple[Shared, ...]
    as_of: str = ""

    def __bool__(self) -> bool:
        """Whether anything joins them."""
        return bool(self.direct or self.shared)

    def as_dict(self) -> dict[str, Any]:
        """Return what they share as JSON has it."""
        return {
            "from": self.prefixes.shorten(self.source.iri),
            "to": self.prefixes.shorten(self.target.iri),
            "asOf": self.as_of or None,
            **self._completeness(),
            "direct": [claim.as_dict(self.prefixes) for claim in self.direct],
            "shared": [shared.as_dict(self.prefixes) for shared in self.shared],
        }

    def _blocks(self, width: int) -> Iterator[str]:
        """Yield the title, the claims that join the two, and the shared things by groups."""
        yield fill(self._title, width=width)
        if self.direct:
            claims = prose.claims(self.direct, self.prefixes, width=width, indent="  ")
            yield f"Joined by\n{claims}"
        for group, things in groupby(self.shared, key=lambda shared: shared.group):
            yield capitalised(group)
            yield from (self._block(shared, width) for shared in things)
        if not self:
            yield _NOTHING

    def _block(self, shared: Shared, width: int) -> str:
        """Return a shared thing with the claims that tie it to either end, as text."""
        kind = f", {shared.thing.kind}" if shared.thing.kind else ""
        lines = [fill(f"{shared.thing.name}{kind} ({shared.when})", width=width, indent="  ")]
        lines += (
            prose.claims(claims, self.prefixes, width=width, about=end.iri, indent="    ")
            for claims, end in ((shared.first, self.source), (shared.second, self.target))
        )
        return "\n".join(lines)

    @property
    def _title(self) -> str:
        """What was asked, and how many things are shared."""
        day = f" as of {self.as_of}" if self.as_of else ""
        return f"{self.source.name} and {self.target.name}{day}: {len(self.shared)} shared"

    def _repr_html_(self) -> str:
        """What they share as notebooks show it."""
        parts = [element("p", element("b", self._title))]
        if self.direct:
            joining = [claim.fragment() for claim in self.direct]
            parts += [element("p", "Joined by"), items(joining)]
        if self.shared:
            names = ("", "shared", "tied to both", self.source.name, self.target.name)
            parts.append(table(names, map(_cells, self.shared), len(self.shared), "thing"))
        if not self:
            parts.append(element("p", _NOTHING))
        return joined(parts)


def between(
    graph: Graph,
    a: str | NamedNode,
    b: str | NamedNode,
    *,
    as_of: str | edtf.Day | None = None,
) -> Between:
    """Return what two things share: people, bodies, campaigns, laws, events that both are tied to.

    Places, classes and sources do not count. Things with fewer ties come first in their group.
    With `as_of`, claims that were not so on that day are left out. Raises `UnknownName`,
    `DateError`, and `ParameterError` when both are one thing.
    """
    source, target = two_things(graph, a, b)
    day = day_of(as_of)
    part = scope.between(graph, source.iri, target.iri, 2, Passing(with_closed=True, day=day))
    columns = part.columns
    ends = [columns.nodes.place(end.iri) for end in (source, target)]
    first, second = (_ties_of(columns, end) for end in ends)
    direct = first.get(-1 if ends[1] is None else ends[1], [])
    shared = _shared_ties(columns, first, second, ends)
    claims = claims_of(graph, columns, chain(direct, *chain.from_iterable(shared.values())))
    return Between(
        source,
        target,
        tuple(claims[row] for row in direct),
        tuple(_grouped(graph, columns, shared, claims)),
        edtf.iso(day) if day else "",
        prefixes=graph.prefixes,
        limits=part.limits,
        asked=part.asked,
    )


def _ties_of(columns: Columns, thing: int | None) -> dict[int, list[int]]:
    """Return the rows of the claims that tie a thing to each of its neighbours."""
    rows: dict[int, list[int]] = {}
    if thing is not None:
        arcs = columns.network.arcs(np.array([thing], np.int32))
        for neighbour, row in zip(arcs.head.tolist(), row_of(arcs.tie).tolist(), strict=True):
            rows.setdefault(neighbour, []).append(row)
    return rows


def _shared_ties(
    columns: Columns,
    first: Mapping[int, list[int]],
    second: Mapping[int, list[int]],
    ends: Collection[int | None],
) -> dict[int, Sides]:
    """Return the things tied to both ends by different claims, those with fewer ties first."""
    things = sorted(first.keys() & second, key=lambda thing: (columns.degrees[thing], thing))
    return {
        thing: (first[thing], second[thing])
        for thing in things
        if thing not in ends
        and not columns.closed[thing]
        and len({*first[thing], *second[thing]}) > 1
    }


def _grouped(
    graph: Graph, columns: Columns, shared: Mapping[int, Sides], claims: Mapping[int, Claim]
) -> list[Shared]:
    """Return shared things with their claims, by groups."""
    things = things_of(graph, columns, shared)
    groups = groups_of(graph, (thing.iri for thing in things.values()))
    described = []
    for node, sides in shared.items():
        thing = things[node]
        level, span = _overlap(columns, sides)
        first, second = (tuple(claims[row] for row in rows) for rows in sides)
        group, certainty = groups.get(thing.iri, "others"), _certainty(columns, sides)
        described.append(Shared(thing, group, first, second, WORDS[level], span, certainty))
    order = [*GROUPS]
    return sorted(described, key=lambda shared: order.index(shared.group))


def _overlap(columns: Columns, sides: Sides) -> tuple[int, edtf.Span]:
    """Return whether two ties, one of each side, held at a common time, and when; the best pair."""
    pairs = [together(columns, (one, other)) for one, other in product(*sides) if one != other]
    level, span = max(pairs, key=lambda pair: (pair[0], *_exactness(pair[1])))
    return level, span if level > NO else (None, None)


def _certainty(columns: Columns, sides: Sides) -> str | None:
    """Return how certain it is on the day that both sides held; ``None`` without a day."""
    if columns.certainty is None:
        return None
    levels = columns.certainty
    return WORDS[min(max(int(levels[row]) for row in rows) for rows in sides)]


def _exactness(span: edtf.Span) -> tuple[bool, bool, float]:
    """Return a number that is larger for a span of which more is known, then for a shorter one."""
    since, until = (day and number(day) for day in span)
    known = (since is not None, until is not None)
    return *known, -float((until or 0) - (since or 0)) if all(known) else 0.0


def _cells(shared: Shared) -> list[str]:
    """Return a shared thing as a row of HTML."""
    sides = (
        joined(element("div", f"{claim}.") for claim in claims)
        for claims in (shared.first, shared.second)
    )
    return [shared.group, link(shared.thing.name, shared.thing.iri), shared.when, *sides]
