"""The groups of the things of a graph, by their numbers, for pictures that read many claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allgraph.graph import Graph
from allgraph.model.columns import FAR, Columns
from allgraph.network.groups import GROUPS
from allgraph.network.lookup import flags_of
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
        graph, columns = self.graph.root, self.graph.root.columns
        numbers = np.zeros(len(columns.nodes), np.int8)
        kinds = [*enumerate(COLUMNS.values(), PERSON + 1)]
        for number, names in [*reversed(kinds), (NONE, LEFT_OUT), (PERSON, GROUPS["people"])]:
            numbers[flags_of(graph, columns, [AG + name for name in names])] = number
        return numbers

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
