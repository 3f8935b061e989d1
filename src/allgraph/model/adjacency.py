"""The network of numbered things as compressed sparse rows, and walks in it.

Things are joined by ties, one for each claim. Each tie is stored at both of its ends, so that
paths can go both ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]
TieNumber = TypeVar("TieNumber", int, Numbers)
"""One tie as its number, or many as an array: twice the row of its claim, plus one when it is met
from the claim's object."""
_BLOCK, _FEW_GROUPS = 2**14, 64


def row_of(tie: TieNumber) -> TieNumber:
    """Return the row of a tie's claim.

    >>> row_of(14), row_of(15)
    (7, 7)
    """
    return tie >> 1


def is_forward(tie: int) -> bool:
    """Whether a tie is met from the subject of its claim."""
    return not tie & 1


def turned(tie: TieNumber) -> TieNumber:
    """Return the same tie met from its other end.

    >>> turned(14), turned(15)
    (15, 14)
    """
    return tie ^ 1


@dataclass(frozen=True, eq=False)
class Network:
    """Which things are joined by which claims.

    The ties of thing ``n`` are those from ``first[n]`` to ``first[n + 1]``: `head` is the other
    end, `tie` the number of the tie (see `row_of` and `is_forward`).
    """

    first: NDArray[np.int64]
    head: Numbers
    tie: Numbers

    @classmethod
    def of(cls, things: int, tail: Numbers, head: Numbers, row: Numbers) -> Network:
        """Return the network of so many things, with ties from `tail` to `head` by claims in `row`.

        >>> import numpy
        >>> network = Network.of(3, *(numpy.array(ends, "i4") for ends in ([0, 1], [1, 2], [7, 8])))
        >>> network.first.tolist(), network.head.tolist(), network.tie.tolist()
        ([0, 1, 3, 4], [1, 2, 0, 1], [14, 16, 15, 17])
        """
        count = len(tail)
        orders = [_sorted(ends, things) for ends in (tail, head)]
        starts = [_starts(ends, things) for ends in (tail, head)]
        other, tie = np.empty(2 * count, np.int32), np.empty(2 * count, np.int32)
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
        """Where the ties of each thing begin and end, `head`, and `tie`, all quick to index."""
        first = self.first.data
        return first, first[1:], self.head.data, self.tie.data

    @cached_property
    def idle(self) -> list[Any]:
        """Scratch arrays that no search is using."""
        return []

    @cached_property
    def ties(self) -> NDArray[np.int64]:
        """The number of claims that join each thing to others."""
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
        """Return every tie once, from the subject of its claim to the object.

        >>> numbers = (np.array(each, "i4") for each in ([0, 1], [1, 2], [7, 8]))
        >>> [array.tolist() for array in Network.of(3, *numbers).forward()]
        [[0, 1], [1, 2], [14, 16]]
        """
        tail = np.arange(len(self), dtype=np.int32).repeat(np.diff(self.first))
        return Arcs(tail, self.head, self.tie).where((self.tie & 1) == 0)

    def arcs(self, things: Numbers, usable: Flags | None = None) -> Arcs:
        """Return the ties that leave some things, of the `usable` claims only where given."""
        if len(things) == 1:
            start, end = self.first[things[0]], self.first[things[0] + 1]
            place, tail = np.arange(start, end), things.repeat(end - start)
        else:
            starts = self.first[things]
            counts = self.first[things + 1] - starts
            ends = counts.cumsum()
            whole = int(ends[-1]) if len(ends) else 0
            place = np.arange(whole) + (starts - ends + counts).repeat(counts)
            tail = things.repeat(counts)
        tie = self.tie[place]
        if usable is not None:
            kept = usable[row_of(tie)]
            place, tail, tie = place[kept], tail[kept], tie[kept]
        return Arcs(tail, self.head[place], tie)

    def work(self, things: Numbers) -> int:
        """Return how many ties leave some things."""
        return int((self.first[things + 1] - self.first[things]).sum())

    def walks(
        self, a: int, b: int, most: int, *, passable: Flags | None = None,
        usable: Flags | None = None,
    ) -> Iterator[list[Arcs]]:  # fmt: skip
        """Yield, for each length from 1 to `most`, the ties of all walks from `a` to `b`.

        There is a layer for each step of the walks, and no layers where there is no walk. Walks
        pass through neither end, and only through `passable` things, but perhaps more than once.
        """
        inner = np.ones(len(self), bool) if passable is None else passable.copy()
        inner[[a, b]] = False
        reached = [[np.array([a], np.int32)], [np.array([b], np.int32)]]
        marks = [[self._mark(layers[0])] for layers in reached]
        for _ in range(most):
            side = int(self.work(reached[1][-1]) < self.work(reached[0][-1]))
            arcs = self.arcs(reached[side][-1], usable)
            crossing = arcs.where(marks[1 - side][-1][arcs.head])
            yield self._layers(crossing if side == 0 else crossing.back(), marks, usable)
            fresh = distinct(arcs.head[inner[arcs.head]])
            reached[side].append(fresh)
            marks[side].append(self._mark(fresh))
            if not len(fresh):
                return

    def _mark(self, things: Numbers) -> Flags:
        """Return a flag for each thing in the network."""
        marks = np.zeros(len(self), bool)
        marks[things] = True
        return marks

    def _layers(
        self, crossing: Arcs, marks: Sequence[Sequence[Flags]], usable: Flags | None
    ) -> list[Arcs]:
        """Return the layers on both sides of the ties where two searches met."""
        if not len(crossing.tie):
            return []
        layers = [crossing]
        for mark in reversed(marks[0][:-1]):
            arcs = self.arcs(distinct(layers[0].tail), usable)
            layers.insert(0, arcs.where(mark[arcs.head]).back())
        for mark in reversed(marks[1][:-1]):
            arcs = self.arcs(distinct(layers[-1].head), usable)
            layers.append(arcs.where(mark[arcs.head]))
        return layers


class NumberedPath(NamedTuple):
    """A path: its things from end to end, and the ties between them."""

    things: list[int]
    ties: list[int]

    @property
    def claims(self) -> list[int]:
        """The rows of its claims."""
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
        """Return the ties that are flagged in `kept`."""
        return Arcs(self.tail[kept], self.head[kept], self.tie[kept])

    def back(self) -> Arcs:
        """The same the other way round."""
        return Arcs(self.head, self.tail, turned(self.tie))


def _sorted(ends: Numbers, things: int) -> Numbers:
    """Return the stable order of ends by their things.

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


def _starts(ends: Numbers, things: int) -> Numbers:
    """Return how many ends are at the things before each thing, and at all."""
    starts = np.zeros(things + 1, np.int32)
    np.cumsum(np.bincount(ends, minlength=things), out=starts[1:])
    return starts


def distinct(numbers: Numbers) -> Numbers:
    """Return numbers in order, each once.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(numbers)
    is_new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    return ordered[is_new]
