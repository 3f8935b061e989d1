"""The network of numbered things as compressed sparse rows, and walks in it.

Things are joined by ties, one for each claim. Each tie is stored at both of its ends, so that
paths can go both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]
TieNumber = TypeVar("TieNumber", int, Numbers)
"""One tie as its number, or many as an array: twice the row of its claim, plus one when it is met
from the claim's object."""
_BLOCK, _FEW_GROUPS = 2**14, 64


def row_of(tie: TieNumber) -> TieNumber:
    """Return the row of a tie's claim, or an array of them for an array of ties.

    The number of a tie is twice this row, plus one when it is met from the claim's object.

    >>> row_of(14), row_of(15)
    (7, 7)
    """
    return tie >> 1


def is_forward(tie: int) -> bool:
    """Return True if a tie, given by its number, starts at the subject of its claim: it is even."""
    return not tie & 1


def turned(tie: TieNumber) -> TieNumber:
    """Return the number of the same tie met from its other end; for an array, those of all.

    >>> turned(14), turned(15)
    (15, 14)
    """
    return tie ^ 1


@dataclass(frozen=True, eq=False)
class Network:
    """An undirected graph in compressed sparse rows: things are nodes, claims join two of them.

    The ties of thing ``n`` are at the places from ``first[n]`` to ``first[n + 1]`` of two arrays:
    `head` has the thing at the other end, `tie` the number of the tie (see `TieNumber`).
    """

    first: NDArray[np.int64]
    head: Numbers
    tie: Numbers

    @classmethod
    def of(cls, things: int, tail: Numbers, head: Numbers, row: Numbers) -> Network:
        """Return a network of `things` things (a count), with one tie for each place of the arrays.

        A tie joins thing `tail` to thing `head`; `row` is the row number of its claim. Things
        are numbered from 0. The arguments are not changed.

        >>> import numpy
        >>> network = Network.of(3, *(numpy.array(ends, "i4") for ends in ([0, 1], [1, 2], [7, 8])))
        >>> network.first.tolist(), network.head.tolist(), network.tie.tolist()
        ([0, 1, 3, 4], [1, 2, 0, 1], [14, 16, 15, 17])
        """
        count = len(tail)
        orders = [_order_by_thing(ends, things) for ends in (tail, head)]
        starts = [_first_places(ends, things) for ends in (tail, head)]
        other, tie = np.empty(2 * count, np.int32), np.empty(2 * count, np.int32)
        # A thing has first the ties that it is the tail of, then those that it is the head of.
        sides = ((tail, head, starts[1]), (head, tail, starts[0][1:]))
        for inverse, (mine, theirs, before) in enumerate(sides):
            for at in range(0, count, _BLOCK):
                block = orders[inverse][at : at + _BLOCK]
                place = before.take(mine.take(block))
                place += np.arange(at, at + len(block), dtype=np.int32)
                other[place] = theirs.take(block)
                tie[place] = row.take(block) * 2 + inverse
        del orders
        first = np.add(*starts, dtype=np.int64)
        return cls(first, other, tie)

    def __len__(self) -> int:
        """The number of things."""
        return len(self.first) - 1

    @cached_property
    def views(self) -> tuple[memoryview, memoryview, memoryview, memoryview]:
        """Four memoryviews, which Python indexes faster than arrays: starts, ends, `head`, `tie`.

        Starts and ends are the places of the first tie of each thing, and after its last.
        """
        first = self.first.data
        return first, first[1:], self.head.data, self.tie.data

    @cached_property
    def ties(self) -> NDArray[np.int64]:
        """For each thing, how many distinct claims join it to others.

        This is less than its ties where a claim about a claim has several ties at it.
        """
        counts = np.diff(self.first)
        row = row_of(self.tie)
        several = np.flatnonzero(np.bincount(row)[row] > 2)  # a claim about a claim
        if len(several):
            tail = self.first.searchsorted(several, "right") - 1
            pairs = np.unique(np.stack((tail, row[several])), axis=1)
            counts -= np.bincount(tail, minlength=len(self))
            counts += np.bincount(pairs[0], minlength=len(self))
        return counts

    def forward(self) -> Arcs:
        """Return all ties, each once: the tail is the end at the subject of its claim.

        The result has three arrays: tails, heads and the numbers of the ties.

        >>> numbers = (np.array(each, "i4") for each in ([0, 1], [1, 2], [7, 8]))
        >>> [array.tolist() for array in Network.of(3, *numbers).forward()]
        [[0, 1], [1, 2], [14, 16]]
        """
        tail = np.arange(len(self), dtype=np.int32).repeat(np.diff(self.first))
        return Arcs(tail, self.head, self.tie).where((self.tie & 1) == 0)

    def arcs(self, things: Numbers, usable: Flags | None = None) -> Arcs:
        """Return all ties that have one of `things` as an end, which is their tail in the result.

        The result has three arrays: tails, heads and the numbers of the ties. A tie between two of
        `things` is there from either end. `usable` flags claims by row: ties of other claims are
        left out.
        """
        place = self.places(things)
        tail = things.repeat(self.first[1:].take(things) - self.first.take(things))
        tie = self.tie.take(place)
        if usable is not None:
            kept = usable[row_of(tie)]
            place, tail, tie = place[kept], tail[kept], tie[kept]
        return Arcs(tail, self.head[place], tie)

    def places(self, things: Numbers) -> NDArray[np.int64]:
        """Return the places in `head` and `tie` of all ties that leave some things, in order."""
        start = self.first.take(things)
        count = self.first[1:].take(things) - start
        start -= count.cumsum() - count
        place = start.repeat(count)
        place += np.arange(len(place))
        return place

    def work(self, things: Numbers) -> int:
        """Return the count of ties of `things`, which is the cost of searching on from there."""
        return int((self.first[things + 1] - self.first[things]).sum())

    def walks(
        self, a: int, b: int, most: int, *, passable: Flags | None = None,
        usable: Flags | None = None,
    ) -> Iterator[list[Arcs]]:  # fmt: skip
        """Yield, for each length from 1 to `most`, the ties of all walks from thing `a` to `b`.

        Each item is a list of layers: layer ``i`` has the ties that are step ``i`` of some walk
        of this length, their tails on the side of `a`. It is empty if there is none. Walks pass
        through neither `a` nor `b`, and only through things flagged in `passable` by claims flagged
        in `usable` (``None``: all), but may pass a thing more than once. Two searches, one from
        each end, meet; fewer items are yielded when a step of one of them reaches no thing that
        walks may pass through.
        """
        fronts = [[np.array([a], np.int32)], [np.array([b], np.int32)]]
        for _ in range(most):
            side = int(self.work(fronts[1][-1]) < self.work(fronts[0][-1]))
            arcs = self.arcs(fronts[side][-1], usable)
            crossing = self._leading_to(fronts[1 - side][-1], arcs)
            yield self._layers(crossing if side == 0 else crossing.back(), fronts, usable)
            fresh = distinct(arcs.head)
            fresh = fresh[(fresh != a) & (fresh != b)]
            fronts[side].append(fresh if passable is None else fresh[passable[fresh]])
            if not len(fronts[side][-1]):
                return

    def _leading_to(self, things: Numbers, arcs: Arcs) -> Arcs:
        """Return the ties that lead to one of some things."""
        marks = np.zeros(len(self), bool)
        marks[things] = True
        return arcs.where(marks[arcs.head])

    def _layers(
        self, crossing: Arcs, fronts: Sequence[Sequence[Numbers]], usable: Flags | None
    ) -> list[Arcs]:
        """Return all layers of the walks through `crossing`, the ties where two searches met.

        `fronts` has two lists, of the search from either end: the things that it reached at each
        step. The layers before and after `crossing` are found by going back through these, by ties
        of claims flagged in `usable`. Empty if nothing crosses.
        """
        if not len(crossing.tie):
            return []
        layers = [crossing]
        for things in reversed(fronts[0][:-1]):
            arcs = self.arcs(distinct(layers[0].tail), usable)
            layers.insert(0, self._leading_to(things, arcs).back())
        for things in reversed(fronts[1][:-1]):
            arcs = self.arcs(distinct(layers[-1].head), usable)
            layers.append(self._leading_to(things, arcs))
        return layers


class NumberedPath(NamedTuple):
    """A path through a network: its things in order, and the tie after each but the last."""

    things: list[int]
    ties: list[int]

    @property
    def claims(self) -> list[int]:
        """The rows of the claims along the path."""
        return [row_of(tie) for tie in self.ties]

    @property
    def inner(self) -> list[int]:
        """The things between the ends."""
        return self.things[1:-1]


class Arcs(NamedTuple):
    """Ties as three arrays: the things they leave, the things they reach, and the ties."""

    tail: Numbers
    head: Numbers
    tie: Numbers

    def where(self, kept: Flags) -> Arcs:
        """Return the ties that are flagged in `kept`, which has a flag for each of them."""
        return Arcs(self.tail[kept], self.head[kept], self.tie[kept])

    def back(self) -> Arcs:
        """Return the same ties walked the other way: tail and head exchanged, numbers `turned`."""
        return Arcs(self.head, self.tail, turned(self.tie))


def _order_by_thing(ends: Numbers, things: int) -> Numbers:
    """Return the places of `ends` in the stable order of the things there; an argsort.

    `things` is how many things there are: each end is less than it.

    numpy has a fast radix sort for 16 bits; so the lower half of the numbers is sorted first,
    then the upper.
    """
    order = ends.astype(np.uint16).argsort(kind="stable").astype(np.int32)
    if things > 1 << 16:
        key = (ends >> 16).astype(np.uint16).take(order)
        if things <= _FEW_GROUPS << 16:  # less memory than sorting again
            groups = range((things - 1 >> 16) + 1)
            return np.concatenate([order[key == high] for high in groups])
        order = order.take(key.argsort(kind="stable"))
    return order


def _first_places(ends: Numbers, things: int) -> Numbers:
    """Return for each thing how many of `ends` are at things with lower numbers.

    `ends` are numbers of things, of which there are `things`. One place more, at the end of the
    array, has the number of all `ends`.
    """
    starts = np.zeros(things + 1, np.int32)
    np.cumsum(np.bincount(ends, minlength=things), out=starts[1:])
    return starts


def distinct(numbers: Numbers) -> Numbers:
    """Return the distinct numbers in ascending order, as a new array.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    return ordered[is_new]
