"""The things that two things have in common, and the claims that tie them to both.

>>> from allgraph.graph import open_graph
>>> common = between(open_graph(), "Coco Rocha", "Karen Elson")
>>> [shared.thing.name for shared in common.shared]
['Model Alliance Advisory Board', 'Model Alliance']
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any

import numpy as np
from pyoxigraph import NamedNode

from allgraph.graph import Graph, Thing, prose
from allgraph.graph.claims import Claim
from allgraph.graph.listing import Listing
from allgraph.graph.view import WORDS
from allgraph.model import edtf
from allgraph.model.adjacency import row_of
from allgraph.model.columns import Columns
from allgraph.model.sentences import capitalised
from allgraph.network import scope
from allgraph.network.common_time import pairs_together
from allgraph.network.groups import GROUPS, groups_of
from allgraph.network.lookup import claims_of, day_of, hubs_of, things_of, two_things
from allgraph.network.passing import Passing
from allgraph.rdf.terms import Prefixes
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import element, items, joined, link, table
from allgraph.render.table import fill

Sides = tuple[list[int], list[int]]
"""The rows of the claims that tie a shared thing to the first end, and to the second."""
_OVERLAPS = {
    "certain": "at a common time",
    "possible": "possibly at a common time",
    "no": "not at the same time",
}
_NOTHING = "Nothing is tied to both; longer paths may connect them."


@dataclass(frozen=True, repr=False)
class Shared(Brief):
    """A thing to which both ends are tied; `first` and `second` are the claims that do so.

    `overlap` says whether a claim of `first` and one of `second` held at a common time
    (``certain``, ``possible`` or ``no``), and `periods` all days on which they can have, as spans
    in order and apart; none for ``no``. `is_hub` says whether it is a hub by its class. `certainty`
    is that on the day that was asked for; ``None`` if no day was.

    >>> import allgraph
    >>> between = allgraph.between(allgraph.open(), "Coco Rocha", "Karen Elson")
    >>> shared = between.shared[0]
    >>> shared.thing.name, shared.group, shared.overlap, len(shared.first), len(shared.second)
    ('Model Alliance Advisory Board', 'bodies', 'possible', 3, 1)
    """

    thing: Thing
    group: str
    first: tuple[Claim, ...]
    second: tuple[Claim, ...]
    overlap: str
    periods: tuple[edtf.Span, ...]
    certainty: str | None = None
    is_hub: bool = False

    @property
    def heading(self) -> str:
        """Its group, or “hubs” for a hub."""
        return "hubs" if self.is_hub else self.group

    @property
    def span(self) -> edtf.Span:
        """The first and the last day of all `periods`; ``None`` where not known, or for none."""
        return (self.periods[0][0], self.periods[-1][1]) if self.periods else (None, None)

    @property
    def when(self) -> str:
        """The words for `overlap` and `periods`, such as “possibly at a common time”."""
        return _OVERLAPS[self.overlap] + prose.within(*self.periods)

    def _facts(self) -> Iterator[str]:
        yield quoted(self.thing.name)
        yield quoted(self.when)
        yield count(len(self.first) + len(self.second), "claim")

    def __str__(self) -> str:
        """The name and kind of the thing, and when both were tied to it."""
        kind = f", {self.thing.kind}" if self.thing.kind else ""
        return f"{self.thing.name}{kind} ({self.when})"

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the shared thing as JSON has it.

        `prefixes` shorten IRIs; by default those of its graph.
        """
        prefixes = prefixes or self.thing.prefixes
        since, until = (day and edtf.iso(day) for day in self.span)
        return {
            **self.thing.listed(prefixes),
            "group": self.group,
            "isHub": self.is_hub,
            "certainty": self.certainty,
            "overlap": {"certainty": self.overlap, "notBefore": since, "notAfter": until},
            "from": [claim.as_dict(prefixes) for claim in self.first],
            "to": [claim.as_dict(prefixes) for claim in self.second],
        }


@dataclass(frozen=True, repr=False)
class Between(Listing):
    """The things that `source` and `target` share, sorted by group, and hubs last.

    `direct` are the claims that join the two themselves; `as_of` is the day that was asked for.

    >>> import allgraph
    >>> between = allgraph.between(allgraph.open(), "Coco Rocha", "Karen Elson")
    >>> between.source.name, between.target.name, len(between.shared), len(between.direct)
    ('Coco Rocha', 'Karen Elson', 2, 0)
    """

    source: Thing
    target: Thing
    direct: tuple[Claim, ...]
    shared: tuple[Shared, ...]
    as_of: str = ""

    def __iter__(self) -> Iterator[Shared]:
        return iter(self.shared)

    def __len__(self) -> int:
        """The number of things that both share."""
        return len(self.shared)

    def _counts(self) -> Iterator[str]:
        yield quoted(self.source.name)
        yield quoted(self.target.name)
        yield f"{len(self)} shared"
        if self.direct:
            yield count(len(self.direct), "direct claim")

    def __bool__(self) -> bool:
        """Return True if a claim joins the two, or anything is shared."""
        return bool(self.direct or self.shared)

    def as_dict(self) -> dict[str, Any]:
        """Return the shared things for JSON, with the limits that cut them."""
        return {
            "from": self.prefixes.shorten(self.source.iri),
            "to": self.prefixes.shorten(self.target.iri),
            "asOf": self.as_of or None,
            **self._completeness(),
            "direct": [claim.as_dict(self.prefixes) for claim in self.direct],
            "shared": [shared.as_dict(self.prefixes) for shared in self.shared],
        }

    def _blocks(self, width: int) -> Iterator[str]:
        """Yield the title, the claims that join the two, and the shared things by groups.

        If there are neither, a sentence says so after the title.
        """
        yield fill(self._title, width=width)
        if self.direct:
            claims = prose.claims(self.direct, self.prefixes, width=width, indent="  ")
            yield f"Joined by\n{claims}"
        for heading, things in groupby(self.shared, key=lambda shared: shared.heading):
            yield capitalised(heading)
            yield from (self._block(shared, width) for shared in things)
        if not self:
            yield _NOTHING

    def _block(self, shared: Shared, width: int) -> str:
        """Return a shared thing with the claims that tie it to either end, as text."""
        lines = [fill(str(shared), width=width, indent="  ")]
        lines += (
            prose.claims(claims, self.prefixes, width=width, about=end.iri, indent="    ")
            for claims, end in ((shared.first, self.source), (shared.second, self.target))
        )
        return "\n".join(lines)

    @property
    def _title(self) -> str:
        """The names of both ends, the day if one was asked for, and how many things are shared."""
        day = f" as of {self.as_of}" if self.as_of else ""
        return f"{self.source.name} and {self.target.name}{day}: {len(self.shared)} shared"

    def _repr_html_(self) -> str:
        """The claims that join the two and a table of what they share, as HTML for notebooks."""
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
    """Return what two things share: people, bodies, and more that both are tied to.

    Places, classes and sources do not count. Things with fewer ties come first in their group, and
    hubs (members of the classes in ``hubs`` of the manifest) after all groups.
    With `as_of`, claims that were not so on that day are left out. Runs queries on the graph.
    Raises `UnknownName`, `DateError`, `ParameterError` when both are one thing, and `InputError`
    for a view of what an endpoint holds, with a second day or without what is only possible.

    >>> import allgraph
    >>> between = allgraph.between(allgraph.open(), "Coco Rocha", "Karen Elson")
    >>> [shared.thing.name for shared in between.shared]
    ['Model Alliance Advisory Board', 'Model Alliance']
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
    """Return, for each neighbour of a thing, the rows of the claims that tie the two.

    Things are numbers. Deprecated claims are left out, and those that do not hold on the day of the
    columns. ``{}`` for ``None``, a thing that is in no claim of the columns.
    """
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
    """Return the things tied to both ends, each with the claims that tie it to either.

    Things are numbers, in the order of their ties, the fewest first; claims are rows. `first` and
    `second` have the rows of claims by neighbour, for the two `ends`. The ends themselves, places,
    classes and sources are left out, and a thing that only one claim ties to both.
    """
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
    """Return the shared things with their claims, sorted by group, and hubs last.

    `shared` has, by thing, the rows of the claims of both sides; `claims` are by row. Runs queries
    on the graph for the things and their groups.
    """
    things = things_of(graph, columns, shared)
    groups = groups_of(graph, (thing.iri for thing in things.values()))
    hubs, shared_things = hubs_of(graph, columns), []
    for node, sides in shared.items():
        thing = things[node]
        level, periods = _overlap(columns, sides)
        first, second = (tuple(claims[row] for row in rows) for rows in sides)
        group, certainty = groups.get(thing.iri, "others"), _certainty(columns, sides)
        overlap = WORDS[level], tuple(periods)
        is_hub = bool(hubs[node])
        shared_things.append(Shared(thing, group, first, second, *overlap, certainty, is_hub))
    order = [*GROUPS]
    return sorted(shared_things, key=lambda shared: (shared.is_hub, order.index(shared.group)))


def _overlap(columns: Columns, sides: Sides) -> tuple[int, list[edtf.Span]]:
    """Return whether a claim of one side and one of the other held at a common time, and when.

    No claim is paired with itself. See `pairs_together`.
    """
    first, second = (np.array(rows) for rows in sides)
    bounds = columns.bounds
    return pairs_together(bounds[:, first], bounds[:, second], first[:, None] != second)


def _certainty(columns: Columns, sides: Sides) -> str | None:
    """Return in a word how certain it is that both sides held on the day of the columns.

    It is that of the less certain side, by the most certain claim of each. ``None`` without a day.
    """
    if columns.certainty is None:
        return None
    levels = columns.certainty
    return WORDS[min(max(int(levels[row]) for row in rows) for rows in sides)]


def _cells(shared: Shared) -> list[str]:
    """Return the cells of the HTML table row for a shared thing."""
    sides = (
        joined(element("div", f"{claim}.") for claim in claims)
        for claims in (shared.first, shared.second)
    )
    return [shared.heading, link(shared.thing.name, shared.thing.iri), shared.when, *sides]
