"""Facets of a list of things: their parties, chambers and the like, and the years of claims."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from allgraph.graph import Graph
from allgraph.model.columns import FAR, Columns
from allgraph.model.names import fold
from allgraph.network.lookup import flags_of, things_of
from allgraph.rdf.terms import AG, local_name

CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "party": "Party",
        "chamber": "Chamber",
        "committee": "Committee",
        "session": "Session",
        "jurisdiction": "Jurisdiction",
    }
)
"""The facets that are ties to the members of a class: the local name of the class by facet."""
YEARS = "years"
"""The facet of the decades in which claims about a thing began or ended."""
MOST = 150
"""A facet with more values is left out, as is one with less than two."""
_LEAST = 5
"""A facet is left out if fewer than one thing in so many has it."""
_A_YEAR = 16 * 32  # in the numbers of days, see `columns.number`
_FIRST, _LAST = 1000, 2999


class Value(NamedTuple):
    """A value of a facet: the last part of its path, its name, and the IRIs of the things."""

    name: str
    label: str
    things: frozenset[str]


class Facet(NamedTuple):
    """A facet: its name, which is its part of the path too, and its values in order."""

    name: str
    values: tuple[Value, ...]


def facets(graph: Graph, things: Collection[str]) -> list[Facet]:
    """Return the facets of things, IRIs, that divide them: those with 2 to `MOST` values.

    One that few of the things have is left out. A tie to an office counts as a tie to the chamber
    of the office; claims that are known to be wrong do not count. None for a graph at an endpoint.
    Reads the columns of the graph, and runs a query for each of `CLASSES`.
    """
    if graph.is_remote or not things:
        return []
    columns = graph.columns
    known = _Known.of(columns, frozenset(things))
    divisions = [
        Facet(name, _members(graph, columns, known, AG + cls)) for name, cls in CLASSES.items()
    ]
    divisions.append(Facet(YEARS, _decades(columns, known)))
    return [facet for facet in divisions if _is_useful(facet, len(things))]


class _Known(NamedTuple):
    """The things of a list: a flag for each node of the columns, and the IRIs by node."""

    flags: NDArray[np.bool_]
    iris: Mapping[int, str]

    @classmethod
    def of(cls, columns: Columns, things: frozenset[str]) -> _Known:
        """Return the things with these IRIs."""
        iris = {place: iri for iri, place in columns.nodes.places(things).items()}
        flags = np.zeros(len(columns.nodes), bool)
        flags[[*iris]] = True
        return cls(flags, iris)

    def grouped(self, pairs: NDArray[np.int64]) -> dict[int, frozenset[str]]:
        """Return the IRIs of the first nodes of pairs, as far as known, by the second number."""
        kept = pairs[:, self.flags[pairs[0]]]
        distinct = np.unique(kept[1] << 32 | kept[0])
        grouped: dict[int, list[str]] = {}
        for pair in distinct.tolist():
            grouped.setdefault(pair >> 32, []).append(self.iris[pair & 0xFFFFFFFF])
        return {member: frozenset(iris) for member, iris in grouped.items()}


def _is_useful(facet: Facet, count: int) -> bool:
    """Return True if a facet divides a list of `count` things."""
    if not 2 <= len(facet.values) <= MOST:
        return False
    covered = frozenset[str]().union(*(value.things for value in facet.values))
    return len(covered) * _LEAST >= count


def _members(graph: Graph, columns: Columns, known: _Known, kind: str) -> tuple[Value, ...]:
    """Return the members of a class that things are tied to, by name, each with the things."""
    flags = flags_of(graph, columns, [kind])
    if not flags.any():
        return ()
    pairs = _joined(columns, flags)
    offices = flags_of(graph, columns, [AG + "Office"])
    of_office = pairs[:, offices[pairs[0]]]
    pairs = np.concatenate([pairs, _through(columns, of_office, offices)], axis=1)
    by_member = known.grouped(pairs)
    members = things_of(graph, columns, by_member)
    names: set[str] = set()
    values = []
    for node in sorted(by_member, key=lambda node: (fold(members[node].name), members[node].iri)):
        name = fold(local_name(members[node].iri)) or "value"
        while name in names:
            name += "~"
        names.add(name)
        values.append(Value(name, members[node].name, by_member[node]))
    return tuple(values)


def _joined(columns: Columns, flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return pairs of nodes that claims join: another node, and one that is flagged."""
    subject, obj = columns.subject, columns.object
    joins = (obj >= 0) & ~columns.deprecated
    ahead = np.flatnonzero(joins & flags[obj])
    back = np.flatnonzero(joins & flags[subject])
    pairs = [(subject[ahead], obj[ahead]), (obj[back], subject[back])]
    return np.concatenate([np.array(pair, np.int64) for pair in pairs], axis=1)


def _through(
    columns: Columns, of_office: NDArray[np.int64], offices: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return pairs of nodes and members: of those that claims join to the office of a member.

    `of_office` are pairs of an office and a member.
    """
    member = dict(zip(*of_office.tolist(), strict=True))
    holders = _joined(columns, offices)
    kept = [(node, member[office]) for node, office in holders.T.tolist() if office in member]
    return np.array(kept, np.int64).reshape(-1, 2).T


def _decades(columns: Columns, known: _Known) -> tuple[Value, ...]:
    """Return the decades in which claims about things began or ended, with the things of each."""
    rows = np.flatnonzero(~columns.deprecated)
    pairs = []
    for bound in (columns.bounds[0], columns.bounds[3]):
        days = bound[rows]
        year = days // _A_YEAR
        dated = (np.abs(days) < FAR) & (year >= _FIRST) & (year <= _LAST)
        for ends in (columns.subject[rows], columns.object[rows]):
            kept = dated & (ends >= 0)
            pairs.append(np.array([ends[kept], year[kept] // 10 * 10], np.int64))
    by_decade = known.grouped(np.concatenate(pairs, axis=1))
    return tuple(
        Value(f"{decade}s", f"{decade}s", by_decade[decade]) for decade in sorted(by_decade)
    )
