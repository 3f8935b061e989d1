"""The groups of the things of a graph, by their numbers, for pictures that read many claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from allgraph.graph import Graph
from allgraph.model.columns import FAR, Columns
from allgraph.model.strings import Texts
from allgraph.model.vocabulary import TYPE
from allgraph.network.groups import GROUPS
from allgraph.rdf.terms import AG, Term, text
from allgraph.sparql.house import house

COLUMNS = {
    "bodies": GROUPS["bodies"],
    "documents": GROUPS["documents"],
    "laws": GROUPS["laws"],
    "events": ("Vote",),
}
"""The groups of what people are joined to in a matrix, each with the local names of its classes."""
LEFT_OUT = ("Party", "Jurisdiction")
"""Classes of bodies that are no columns of a matrix: very many people belong to them."""
_SIDES = {f"{AG}votedFor": "yes", f"{AG}votedAgainst": "no"}
NONE, PERSON = 0, 1
"""The numbers of things that are neither rows nor columns of a matrix, and of people."""


Numbers = NDArray[np.int64]


class Kinds:
    """The kinds of the nodes of the columns of a graph that is not at an endpoint.

    All is read once, when it is first needed.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def numbers(self) -> NDArray[np.int8]:
        """For each node `NONE`, `PERSON`, or 2 and more, in the order of `COLUMNS`."""
        quads, nodes = self.graph.root.queried.quads, self.graph.root.columns.nodes.whole()
        numbers = np.zeros(len(nodes), np.int8)
        kinds = [*enumerate(COLUMNS.values(), PERSON + 1)]
        for number, names in [*reversed(kinds), (NONE, LEFT_OUT), (PERSON, GROUPS["people"])]:
            members = {
                text(quad.subject)
                for name in names
                for kind in self.below[AG + name]
                for quad in quads(None, TYPE, NamedNode(kind))
            }
            numbers[flags_of(nodes, members)] = number
        return numbers

    @cached_property
    def below(self) -> Mapping[str, set[str]]:
        """The classes below each class, itself included, by IRI."""
        below: dict[str, set[str]] = defaultdict(set)
        for row in self.graph.root.run("site-classes").rows:
            below[text(row["above"])].add(text(row["class"]))
        return below

    @cached_property
    def sides(self) -> dict[str, str]:
        """``yes``, ``no`` or ``neither`` for the label of each option that voters have."""
        return sides_of(self.graph)

    @cached_property
    def first_days(self) -> Numbers:
        """The first known day of the claims about each node, `FAR` without one."""
        columns = self.graph.columns
        days = np.where(columns.bounds[0] == -FAR, FAR, columns.bounds[0])
        first = np.full(len(columns.nodes), FAR, np.int64)
        for ends in (columns.subject, columns.object):
            np.minimum.at(first, ends[ends >= 0], days[ends >= 0])
        return first

    @cached_property
    def pairs(self) -> Pairs:
        """The claims that join a person and a thing that is a column."""
        return Pairs.of(self.graph.columns, self.numbers)

    def group(self, node: int) -> str:
        """Return the group of a node in `COLUMNS`, or ``people`` or ``others``."""
        groups = ("others", "people", *COLUMNS)
        return groups[int(self.numbers[node])]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Claims of a person and of a thing that is a column, by row, with the nodes of both."""

    rows: Numbers
    people: Numbers
    things: Numbers

    @classmethod
    def of(cls, columns: Columns, kinds: NDArray[np.int8]) -> Pairs:
        """Return the pairs of the claims that hold and are not deprecated."""
        subjects, objects = (
            np.where(ends >= 0, kinds[ends], 0) for ends in (columns.subject, columns.object)
        )
        forward = (subjects == PERSON) & (objects > PERSON)
        backward = (objects == PERSON) & (subjects > PERSON)
        rows = np.flatnonzero((forward | backward) & columns.held & ~columns.deprecated)
        ahead = forward[rows]
        ends = columns.subject[rows].astype(np.int64), columns.object[rows].astype(np.int64)
        return cls(rows, np.where(ahead, *ends), np.where(ahead, *ends[::-1]))

    def kept(self, flags: NDArray[np.bool_]) -> Pairs:
        """Return the pairs that are flagged."""
        return Pairs(self.rows[flags], self.people[flags], self.things[flags])

    def of_people(self, people: Numbers) -> Pairs:
        """Return the pairs of some people."""
        return self.kept(np.isin(self.people, people))

    def among(self, things: Sequence[int]) -> Pairs:
        """Return the pairs of some things."""
        return self.kept(np.isin(self.things, things))

    def shared(self, first: int | None) -> Pairs:
        """Return the pairs of things that at least two people are joined to, and of `first`."""
        nodes, counts = joined(self.things, self.people)
        return self.kept(np.isin(self.things, nodes[(counts > 1) | (nodes == first)]))


def flags_of(nodes: Texts, members: Collection[str]) -> NDArray[np.bool_]:
    """Return a flag for each node: whether it is among some IRIs."""
    flags = np.zeros(len(nodes), bool)
    if len(members) * 20 < len(nodes):  # few are looked up, of many all nodes are read
        places = map(nodes.place, members)
        flags[[place for place in places if place is not None]] = True
    else:
        flags[:] = [node in members for node in nodes.taken(range(len(nodes)))]
    return flags


def joined(nodes: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
    """Return the distinct nodes, and with how many distinct ones of `others` each is paired."""
    paired = np.sort(nodes << 32 | others)
    firsts = paired[np.diff(paired, prepend=-1) != 0] >> 32
    starts = np.flatnonzero(np.diff(firsts, prepend=-1))
    return firsts[starts], np.diff(starts, append=len(firsts))


def sides_of(graph: Graph) -> dict[str, str]:
    """Return ``yes``, ``no`` or ``neither`` for the label of each option of voters; queried."""
    sides: dict[str, str] = {}
    for row in graph.root.run("vote-options").rows:
        label, side = text(row["label"]), _SIDES.get(text(row["yields"]), "neither")
        if sides.get(label, "neither") == "neither":
            sides[label] = side
    return sides


def sparql(name: str, **values: Term | list[Term]) -> str:
    """Return the text of a house question with values, without the comment at its head."""
    lines = house(name).bind(values).splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))
