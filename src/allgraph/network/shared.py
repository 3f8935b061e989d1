"""What two things have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.graph import Graph, Thing, prose
from allgraph.graph.claims import Claim
from allgraph.model import edtf
from allgraph.model.columns import CERTAIN, NO, POSSIBLE, Columns, number
from allgraph.model.sentences import capitalised
from allgraph.network import scope
from allgraph.network.groups import GROUPS, groups_of
from allgraph.network.neighbourhood import _claims, _json
from allgraph.network.search import together
from allgraph.rdf.terms import Prefixes
from allgraph.render.html import element, items, joined, link, table
from allgraph.render.table import fill

_OVERLAPS = {
    "certain": "at a common time",
    "possible": "possibly at a common time",
    "no": "not at the same time",
}
_NOTHING = "Nothing is tied to both; try `allgraph paths`."
_WORDS = {NO: "no", POSSIBLE: "possible", CERTAIN: "certain"}


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

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The shared thing as JSON has it."""
        since, until = (day and edtf.iso(day) for day in self.span)
        return {
            "thing": prefixes.shorten(self.thing.iri),
            "name": self.thing.name,
            "kind": self.thing.kind,
            "group": self.group,
            "certainty": self.certainty,
            "overlap": {"certainty": self.overlap, "notBefore": since, "notAfter": until},
            "from": [claim.as_dict(prefixes) for claim in self.first],
            "to": [claim.as_dict(prefixes) for claim in self.second],
        }


@dataclass(frozen=True)
class Between:
    """What two things share, by groups; and the claims that join the two themselves.

    `limits` tell where it was cut, and `asked` how much an endpoint was asked for.
    """

    source: Thing
    target: Thing
    direct: tuple[Claim, ...]
    shared: tuple[Shared, ...]
    prefixes: Prefixes = field(repr=False)
    as_of: str = ""
    limits: tuple[str, ...] = ()
    asked: str = ""

    def __bool__(self) -> bool:
        """Whether anything joins them."""
        return bool(self.direct or self.shared)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "from": self.prefixes.shorten(self.source.iri),
            "to": self.prefixes.shorten(self.target.iri),
            "asOf": self.as_of or None,
            "asked": self.asked or None,
            "complete": not self.limits,
            "limits": list(self.limits),
            "direct": [claim.as_dict(self.prefixes) for claim in self.direct],
            "shared": [each.as_dict(self.prefixes) for each in self.shared],
        }

    def write(self, format: str = "text", *, width: int = 80) -> bytes:
        """What they share as ``text`` or ``json``; else `UnknownFormat`."""
        if format == "json":
            return _json(self.as_dict())
        if format != "text":
            raise UnknownFormat(f"this is written as text or json, not “{format}”")
        return _told(self, width).encode()

    def _repr_html_(self) -> str:
        """What they share as notebooks show it."""
        parts = [element("p", element("b", _head(self)))]
        if self.direct:
            joining = [claim.fragment() for claim in self.direct]
            parts += [element("p", "Joined by"), items(joining)]
        if self.shared:
            names = ("", "shared", "tied to both", self.source.name, self.target.name)
            rows = map(_cells, self.shared)
            parts.append(table(names, rows, len(self.shared), "thing"))
        return joined([*parts, *([] if self else [element("p", _NOTHING)])])


def between(
    graph: Graph,
    a: str | NamedNode,
    b: str | NamedNode,
    *,
    as_of: str | edtf.Day | None = None,
) -> Between:
    """What two things share: people, bodies, campaigns, laws, events that both are tied to.

    Places, classes and sources do not count. Things with fewer ties come first in their group.
    With `as_of`, claims that were not so on that day are left out. Raises `UnknownName`,
    `DateError`, and `ParameterError` when both are one thing.
    """
    source, target = (
        graph.thing(end if isinstance(end, NamedNode) else graph.resolve(end)) for end in (a, b)
    )
    if source == target:
        raise ParameterError(f"two things share others, and this is one: {source.name}")
    day = edtf.day(as_of) if isinstance(as_of, str) else as_of
    part = scope.between(graph, source.iri, target.iri, 2, day=day, with_closed=True)
    columns = part.columns
    ends = [columns.nodes.place(end.iri) for end in (source, target)]
    mine, yours = (_ties_of(columns, end) for end in ends)
    things = [thing for thing in mine.keys() & yours if _are_apart(mine[thing], yours[thing])]
    things = [thing for thing in things if not columns.closed[thing] and thing not in ends]
    things.sort(key=lambda thing: (columns.degrees[thing], thing))
    direct = mine.get(-1 if ends[1] is None else ends[1], [])
    rows = dict.fromkeys([*direct, *(row for t in things for row in (*mine[t], *yours[t]))])
    claims = _claims(graph, columns, rows)
    groups = groups_of(graph, [columns.nodes[thing] for thing in things])
    shared = [
        _shared(graph, columns, claims, groups, thing, mine[thing], yours[thing])
        for thing in things
    ]
    order = [*GROUPS]
    return Between(
        source,
        target,
        tuple(claims[row] for row in direct),
        tuple(sorted(shared, key=lambda each: order.index(each.group))),
        graph.prefixes,
        edtf.iso(day) if day else "",
        part.limits,
        part.asked,
    )


def _ties_of(columns: Columns, thing: int | None) -> dict[int, list[int]]:
    """The claims that tie a thing to each of its neighbours."""
    found: dict[int, list[int]] = {}
    if thing is not None:
        arcs = columns.network.arcs(np.array([thing], np.int32))
        for head, tie in zip(arcs.head.tolist(), arcs.tie.tolist(), strict=True):
            found.setdefault(head, []).append(tie >> 1)
    return found


def _are_apart(first: list[int], second: list[int]) -> bool:
    """Whether two things are tied to a third by different claims."""
    return len({*first, *second}) > 1


def _shared(
    graph: Graph, columns: Columns, claims: Mapping[int, Claim], groups: Mapping[str, str],
    thing: int, mine: list[int], yours: list[int],
) -> Shared:  # fmt: skip
    """A shared thing; its overlap is that of the two ties that overlap best."""
    pairs = [together(columns, (one, other)) for one in mine for other in yours if one != other]
    level, span = max(pairs, key=lambda pair: (pair[0], *_exactness(pair[1])))
    certainty = None
    if columns.certainty is not None:
        levels = columns.certainty
        certainty = _WORDS[min(max(int(levels[row]) for row in some) for some in (mine, yours))]
    iri = columns.nodes[thing]
    return Shared(
        graph.thing(NamedNode(iri)),
        groups.get(iri, "others"),
        tuple(claims[row] for row in mine),
        tuple(claims[row] for row in yours),
        _WORDS[level],
        span if level > NO else (None, None),
        certainty,
    )


def _exactness(span: edtf.Span) -> tuple[bool, bool, float]:
    """What is larger for a span of which more is known, and then for a shorter one."""
    since, until = (day and number(day) for day in span)
    known = (since is not None, until is not None)
    return *known, -float((until or 0) - (since or 0)) if all(known) else 0.0


def _told(found: Between, width: int) -> str:
    blocks = [fill(_head(found), width=width)]
    if found.direct:
        blocks.append(
            "Joined by\n" + prose.claims(found.direct, found.prefixes, width=width, indent="  ")
        )
    for group, some in groupby(found.shared, key=lambda each: each.group):
        blocks.append(capitalised(group))
        blocks += (_thing(each, found, width) for each in some)
    if not found:
        blocks.append(_NOTHING)
    blocks.append(prose.notes((), found.limits, found.asked, width=width))
    return "\n\n".join(filter(None, blocks)) + "\n"


def _head(found: Between) -> str:
    day = f" as of {found.as_of}" if found.as_of else ""
    return f"{found.source.name} and {found.target.name}{day}: {len(found.shared)} shared"


def _cells(shared: Shared) -> list[str]:
    """A shared thing as a row of HTML."""
    sides = (
        joined(element("div", f"{claim}.") for claim in some)
        for some in (shared.first, shared.second)
    )
    return [shared.group, link(shared.thing.name, shared.thing.iri), _when(shared), *sides]


def _thing(shared: Shared, found: Between, width: int) -> str:
    kind = f", {shared.thing.kind}" if shared.thing.kind else ""
    head = fill(f"{shared.thing.name}{kind} ({_when(shared)})", width=width, indent="  ")
    lines = [
        prose.claims(some, found.prefixes, width=width, about=end.iri, indent="    ")
        for some, end in ((shared.first, found.source), (shared.second, found.target))
    ]
    return "\n".join([head, *lines])


def _when(shared: Shared) -> str:
    """Whether two things were tied to a third at a common time."""
    return _OVERLAPS[shared.overlap] + prose.within(shared.span)
