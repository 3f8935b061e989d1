"""The shortest paths between two things, by searching from both ends until the two meet.

Each step goes on from the side that has fewer ties to follow. A few ties are followed one by
one, many at once in arrays, which are kept from search to search, so that nothing as long as
the network is cleared for a search.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from allgraph.model.adjacency import Arcs, Flags, Network, NumberedPath

Arc = tuple[int, int, int]
"""A tie: from, to, and which."""
_FEW = 64  # ties that are followed one by one
_PROBED = 256  # of many ties, so many are looked at before all others


def shortest(
    network: Network, a: int, b: int, *, passable: Flags | None = None, usable: Flags | None = None
) -> NumberedPath | None:
    """One shortest path between two things, or ``None`` if there is no path.

    Only `passable` things are passed through, by `usable` claims, where these are given.

    >>> ties = [np.array(each, np.int32) for each in ([0, 1], [1, 2], [7, 8])]
    >>> shortest(Network.of(3, *ties), 2, 0)
    Route(things=[2, 1, 0], ties=[17, 15])
    """
    if a == b:
        return NumberedPath([a], [])
    search = _Search(network, passable, usable, every=False)
    found = search.route(*search.meet(a, b))
    search.close()
    return found


def layers(
    network: Network, a: int, b: int, *, passable: Flags | None = None, usable: Flags | None = None
) -> list[list[Arc]]:
    """The ties of all shortest paths between two things, a layer for each step.

    >>> ties = [np.array(each, np.int32) for each in ([0, 0, 1, 2], [1, 2, 3, 3], [5, 6, 7, 8])]
    >>> [[head for _, head, _ in layer] for layer in layers(Network.of(4, *ties), 0, 3)]
    [[1, 2], [3, 3]]
    """
    search = _Search(network, passable, usable, every=True)
    found = search.layers(*search.meet(a, b))
    search.close()
    return found


def every_shortest(
    network: Network, a: int, b: int, *, passable: Flags | None = None, usable: Flags | None = None
) -> list[Arcs]:
    """The same as `layers`, as arrays."""
    found = layers(network, a, b, passable=passable, usable=usable)
    return [Arcs(*np.array(sorted(layer), np.int32).T) for layer in found]


class Scratch:
    """Marks on things, which need no clearing: each search has marks of its own."""

    def __init__(self, things: int) -> None:
        self.seen = np.zeros(things, np.int32)
        self.came = np.empty(things, np.int64)
        self._mark = 1

    def marks(self) -> int:
        """The first of two marks that stand nowhere yet; all marks before are lower."""
        if self._mark > 2**31 - 3:
            self.seen[:] = 0
            self._mark = 1
        self._mark += 2
        return self._mark - 2


class _Search:
    """One search: what each side has reached, front by front."""

    def __init__(
        self, network: Network, passable: Flags | None, usable: Flags | None, *, every: bool
    ) -> None:
        self.network, self.every = network, every
        self.passable, self.usable = passable, usable
        self.may_pass = None if passable is None else passable.data
        self.may_use = None if usable is None else usable.data
        self.first, self.ends, self.head, self.tie = network.views
        self.before: tuple[list[tuple[Collection[int], int]], ...] = ([], [])
        self.known: tuple[dict[int, int], dict[int, int]] = ({}, {})  # and by which tie's place
        self.scratch: Scratch | None = None
        self.mark = 0

    def meet(self, a: int, b: int) -> tuple[list[Arc], int]:
        """The ties at which the two sides meet, as the side sees them that went on; or none."""
        self.known = {a: -1}, {b: -1}
        fronts: list[Collection[int]] = [[a], [b]]
        work = [self._work([a]), self._work([b])]
        step: Callable[[int, Collection[int]], tuple[list[Arc], Collection[int], int]] = self._few
        while work[0] and work[1]:
            side = 1 if work[1] < work[0] else 0
            if work[side] > _FEW and self.scratch is None:
                step = self._widened()
            met, fresh, size = step(side, fronts[side])
            if met:
                return met, side
            self.before[side].append((fronts[side], work[side]))
            fronts[side], work[side] = fresh, size
        return [], 0

    def close(self) -> None:
        """Hand the arrays on to the next search."""
        if self.scratch is not None:
            self.network.idle.append(self.scratch)

    def _work(self, things: Collection[int]) -> int:
        first, ends = self.first.__getitem__, self.ends.__getitem__
        return sum(map(ends, things)) - sum(map(first, things))

    def _arcs(self, here: int) -> Iterator[tuple[int, int]]:
        """The places of the ties of a thing, and the things at their other ends."""
        start = self.first[here]
        found = enumerate(self.head[start : self.ends[here]].tolist(), start)
        if self.may_use is None:
            return found
        usable, tie = self.may_use, self.tie
        return ((place, there) for place, there in found if usable[tie[place] >> 1])

    def _few(self, side: int, front: Collection[int]) -> tuple[list[Arc], Collection[int], int]:
        """One step in plain Python."""
        mine, other, passable = self.known[side], self.known[1 - side], self.may_pass
        first, ends, head, tie, usable = self.first, self.ends, self.head, self.tie, self.may_use
        met: list[Arc] = []
        fresh: list[int] = []
        for here in front:
            start = first[here]
            for place, there in enumerate(head[start : ends[here]].tolist(), start):
                if there in mine or (usable is not None and not usable[tie[place] >> 1]):
                    continue
                if there in other:
                    met.append((here, there, tie[place]))
                    if not self.every:
                        return met, fresh, 0
                elif passable is None or passable[there]:
                    mine[there] = place
                    fresh.append(there)
        return met, fresh, self._work(fresh)

    def _widened(self) -> Callable[[int, Collection[int]], tuple[list[Arc], Collection[int], int]]:
        """Go on in arrays: note there what has been reached."""
        self.scratch = self.network.idle.pop() if self.network.idle else Scratch(len(self.network))
        self.mark = self.scratch.marks()
        for side, known in enumerate(self.known):
            self.scratch.seen[np.fromiter(known, np.int64, len(known))] = self.mark + side
        return self._many

    def _many(self, side: int, front: Collection[int]) -> tuple[list[Arc], Collection[int], int]:
        """One step in arrays."""
        assert self.scratch is not None
        seen, came, head = self.scratch.seen, self.scratch.came, self.network.head
        place = self._places(front)
        theirs = self.mark + 1 - side
        if not self.every:
            probed = place[:_PROBED]
            at = (seen.take(head.take(probed)) == theirs).nonzero()[0]
            if len(at):
                return [self._arc(int(probed[at[0]]))], [], 0
        heads = head.take(place)
        marks = seen.take(heads)
        at = (marks == theirs).nonzero()[0]
        if len(at):
            some = self._met(place.take(at)) if self.every else [self._arc(int(place[at[0]]))]
            return some, [], 0
        new = (marks < self.mark).nonzero()[0]
        fresh, place = heads.take(new), place.take(new)
        came[fresh] = place
        fresh = fresh[came.take(fresh) == place]  # each thing once
        if self.passable is not None:
            fresh = fresh[self.passable.take(fresh)]
        seen[fresh] = self.mark + side
        first = self.network.first
        return [], fresh, int(first[1:].take(fresh).sum() - first.take(fresh).sum())

    def _places(self, front: Collection[int]) -> NDArray[np.int64]:
        things = np.asarray(front)
        start = self.network.first.take(things)
        count = self.network.first[1:].take(things) - start
        start -= count.cumsum() - count
        place = start.repeat(count)
        place += np.arange(len(place))
        if self.usable is not None:
            place = place[self.usable.take(self.network.tie.take(place) >> 1)]
        return place

    def _arc(self, place: int) -> Arc:
        return bisect_right(self.first, place) - 1, self.head[place], self.tie[place]

    def _met(self, place: NDArray[np.int64]) -> list[Arc]:
        tails = self.network.first.searchsorted(place, "right") - 1
        heads, ties = self.network.head.take(place), self.network.tie.take(place)
        return list(zip(tails.tolist(), heads.tolist(), ties.tolist(), strict=True))

    def route(self, met: list[Arc], side: int) -> NumberedPath | None:
        """The path over the first tie where the searches met."""
        if not met:
            return None
        tail, head, tie = met[0]
        if side:
            tail, head, tie = head, tail, tie ^ 1
        before, after = self._home(0, tail), self._home(1, head)
        things = [*(arc[0] for arc in reversed(before)), tail, head, *(arc[0] for arc in after)]
        ties = [*(arc[2] for arc in reversed(before)), tie, *(arc[2] ^ 1 for arc in after)]
        return NumberedPath(things, ties)

    def _home(self, side: int, here: int) -> list[Arc]:
        """The ties by which a side came to a thing, the last first."""
        way = self.known[side]
        found: list[Arc] = []
        while True:
            place = way.get(here)
            if place is None:
                assert self.scratch is not None
                place = int(self.scratch.came[here])
            if place < 0:
                return found
            found.append(self._arc(place))
            here = found[-1][0]

    def layers(self, met: list[Arc], side: int) -> list[list[Arc]]:
        """The layers of all shortest paths on both sides of the ties where the searches met."""
        if not met:
            return []
        layers = [_back(met) if side else met]
        for front, work in reversed(self.before[0]):
            ends = {tail for tail, _, _ in layers[0]}
            layers.insert(0, self._between(front, work, ends))
        for front, work in reversed(self.before[1]):
            ends = {head for _, head, _ in layers[-1]}
            layers.append(_back(self._between(front, work, ends)))
        return layers

    def _between(self, front: Collection[int], work: int, things: set[int]) -> list[Arc]:
        """The ties from a front to some things, looked for where there are fewer."""
        found: Iterator[Arc]
        if self._work(things) < work:
            near: set[int] = {*(front if isinstance(front, list) else front.tolist())}  # type: ignore[attr-defined]
            found = (
                (there, here, self.tie[place] ^ 1)
                for here in things
                for place, there in self._arcs(here)
                if there in near
            )
        elif work > 4 * _FEW:
            place = self._places(front)
            is_met = np.isin(self.network.head.take(place), np.fromiter(things, np.int32))
            found = iter(self._met(place[is_met]))
        else:
            found = (
                (int(here), there, self.tie[place])
                for here in front
                for place, there in self._arcs(here)
                if there in things
            )
        return list(found)


def _back(arcs: list[Arc]) -> list[Arc]:
    return [(head, tail, tie ^ 1) for tail, head, tie in arcs]
