"""The shortest paths between two things, by searching from both ends until the two meet.

Each step goes on from the side that has fewer ties to follow. A few ties are followed one by
one, many at once in arrays. A place is an index of `Network.head` and `Network.tie`: there each tie
has two places, one for each of its ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from allgraph.model.adjacency import Arcs, Flags, Network, NumberedPath, row_of, turned

Arc = tuple[int, int, int]
"""The things from which and to which a tie leads, and the tie."""
Step = Callable[[int, Collection[int]], tuple[list[Arc], Collection[int], int]]
"""One step of a side (0 or 1) from the things of its front. Returns the ties that reach the other
side, else the next front, and how many ties leave that."""
_FEW = 64  # ties that are followed one by one
_PROBED = 256  # of many ties, so many are looked at before all others


def shortest(
    network: Network, a: int, b: int, *, passable: Flags | None = None, usable: Flags | None = None
) -> NumberedPath | None:
    """Return a shortest path between two things, or ``None`` if there is no path.

    Only `passable` things are passed through, by `usable` claims (flags by number and by row),
    where these are given.

    >>> ties = [np.array(each, np.int32) for each in ([0, 1], [1, 2], [7, 8])]
    >>> shortest(Network.of(3, *ties), 2, 0)
    NumberedPath(things=[2, 1, 0], ties=[17, 15])
    """
    if a == b:
        return NumberedPath([a], [])
    search = _Search(network, passable, usable, every=False)
    return search.path(*search.meet(a, b))


def layers(
    network: Network, a: int, b: int, *, passable: Flags | None = None, usable: Flags | None = None
) -> list[list[Arc]]:
    """Return the ties of all shortest paths between two things, a layer for each step.

    A tie comes with the things from which and to which it leads. ``[]`` if there is no path; `a`
    and `b` have to differ. Only `passable` things are passed through, by `usable` claims (flags by
    number and by row), where these are given.

    >>> ties = [np.array(each, np.int32) for each in ([0, 0, 1, 2], [1, 2, 3, 3], [5, 6, 7, 8])]
    >>> [[head for _, head, _ in layer] for layer in layers(Network.of(4, *ties), 0, 3)]
    [[1, 2], [3, 3]]
    """
    search = _Search(network, passable, usable, every=True)
    return search.layers(*search.meet(a, b))


def every_shortest(
    network: Network, a: int, b: int, *, passable: Flags | None = None, usable: Flags | None = None
) -> list[Arcs]:
    """Return the ties of all shortest paths between two things as arrays, sorted in each layer.

    A layer for each step; ``[]`` if there is no path. Only `passable` things are passed through, by
    `usable` claims (flags by number and by row), where these are given; `a` and `b` have to differ.
    """
    of_steps = layers(network, a, b, passable=passable, usable=usable)
    return [Arcs(*np.array(sorted(layer), np.int32).T) for layer in of_steps]


class _Search:
    """One search from two ends (sides 0 and 1): `meet`, then `path` or `layers`.

    `fronts_before` has the fronts that each side has left, each with how many ties leave it.
    `reached` has, for each side, the things that were reached tie by tie, with the place of the tie
    (-1 for the end itself). Once a front is large, `seen` has 1 for all things reached by side 0,
    and 2 for those of side 1, and `came_by` the place of the tie that led to those reached since.
    With `every`, all ties where the sides meet are wanted. `first`, `ends`, `head`, `tie` are
    `Network.views`; `may_pass`, `may_use` are the flags again.
    """

    def __init__(
        self, network: Network, passable: Flags | None, usable: Flags | None, *, every: bool
    ) -> None:
        """Prepare a search; nothing is searched yet.

        Paths go only through things flagged in `passable`, by claims flagged in `usable`, by row;
        ``None`` flags all. With `every`, all ties where the sides meet are wanted, else one.
        """
        self.network, self.every = network, every
        self.passable, self.usable = passable, usable
        self.may_pass = None if passable is None else passable.data
        self.may_use = None if usable is None else usable.data
        self.first, self.ends, self.head, self.tie = network.views
        self.fronts_before: tuple[list[tuple[Collection[int], int]], ...] = ([], [])
        self.reached: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.seen: NDArray[np.int8] | None = None
        self.came_by = np.empty(0, np.int64)

    def meet(self, a: int, b: int) -> tuple[list[Arc], int]:
        """Search until the sides meet; return the ties between them, and the side that went last.

        The ties lead from that side to the other; there are none when there is no path. Ties are
        followed one by one until a side has more than `_FEW` to follow, from then on in arrays.
        Sets `reached`, `fronts_before`, `seen` and `came_by`. May be called once.
        """
        self.reached = {a: -1}, {b: -1}
        fronts: list[Collection[int]] = [[a], [b]]
        work = [self._tie_count([a]), self._tie_count([b])]
        step: Step = self._step_by_tie
        while work[0] and work[1]:
            side = 1 if work[1] < work[0] else 0
            if work[side] > _FEW and self.seen is None:
                step = self._switch_to_arrays()
            met, fresh, size = step(side, fronts[side])
            if met:
                return met, side
            self.fronts_before[side].append((fronts[side], work[side]))
            fronts[side], work[side] = fresh, size
        return [], 0

    def _tie_count(self, things: Collection[int]) -> int:
        """Return how many ties leave some things, unusable ones included."""
        first, ends = self.first.__getitem__, self.ends.__getitem__
        return sum(map(ends, things)) - sum(map(first, things))

    def _arcs(self, here: int) -> Iterator[tuple[int, int]]:
        """Return the usable ties of a thing: the place of each, and the thing at its other end.

        A place is an index of `Network.tie`.
        """
        start = self.first[here]
        arcs = enumerate(self.head[start : self.ends[here]].tolist(), start)
        if self.may_use is None:
            return arcs
        usable, tie = self.may_use, self.tie
        return ((place, there) for place, there in arcs if usable[row_of(tie[place])])

    def _step_by_tie(
        self, side: int, front: Collection[int]
    ) -> tuple[list[Arc], Collection[int], int]:
        """Take one step of a side tie by tie; add the new things, each with its tie, to `reached`.

        Returns the ties to things of the other side, the new things, and how many ties leave these;
        without `every` it stops at the first tie to the other side.
        `row_of` is written out as ``>> 1``, since this is the innermost loop.
        """
        mine, other, passable = self.reached[side], self.reached[1 - side], self.may_pass
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
        return met, fresh, self._tie_count(fresh)

    def _switch_to_arrays(self) -> Step:
        """Make `seen` and `came_by`; return the function for all later steps."""
        self.seen = np.zeros(len(self.network), np.int8)
        self.came_by = np.empty(len(self.network), np.int64)
        for side, reached in enumerate(self.reached):
            self.seen[np.fromiter(reached, np.int64, len(reached))] = side + 1
        return self._step_in_arrays

    def _step_in_arrays(
        self, side: int, front: Collection[int]
    ) -> tuple[list[Arc], Collection[int], int]:
        """Take one step of a side with all ties of its front at once.

        Returns the ties to things of the other side (the first, without `every`), or the new
        things, and how many ties leave these. New things get the mark of the side in `seen`, and in
        `came_by` the place of the tie that led there. Without
        `every`, the first `_PROBED` ties are tried before all are looked at.
        """
        assert self.seen is not None
        seen, came_by, head = self.seen, self.came_by, self.network.head
        place = self._usable_places(front)
        theirs = 2 - side  # the mark of the other side
        if not self.every:
            probed = place[:_PROBED]
            at = (seen.take(head.take(probed)) == theirs).nonzero()[0]
            if len(at):
                return [self._arc_at(int(probed[at[0]]))], [], 0
        heads = head.take(place)
        marks = seen.take(heads)
        at = (marks == theirs).nonzero()[0]
        if len(at):
            met = self._arcs_at(place.take(at)) if self.every else [self._arc_at(int(place[at[0]]))]
            return met, [], 0
        new = (marks == 0).nonzero()[0]
        fresh, place = heads.take(new), place.take(new)
        came_by[fresh] = place
        fresh = fresh[came_by.take(fresh) == place]  # each thing once
        if self.passable is not None:
            fresh = fresh[self.passable.take(fresh)]
        seen[fresh] = side + 1
        first = self.network.first
        return [], fresh, int(first[1:].take(fresh).sum() - first.take(fresh).sum())

    def _usable_places(self, front: Collection[int]) -> NDArray[np.int64]:
        """Return the places in `Network.tie` of all usable ties that leave things of a front."""
        things = np.asarray(front)
        start = self.network.first.take(things)
        count = self.network.first[1:].take(things) - start
        start -= count.cumsum() - count
        place = start.repeat(count)
        place += np.arange(len(place))
        if self.usable is not None:
            place = place[self.usable.take(row_of(self.network.tie.take(place)))]
        return place

    def _arc_at(self, place: int) -> Arc:
        """Return the tie at a place in `Network.tie`, with its two things."""
        return bisect_right(self.first, place) - 1, self.head[place], self.tie[place]

    def _arcs_at(self, place: NDArray[np.int64]) -> list[Arc]:
        """Return the ties at some places in `Network.tie`, each with its two things."""
        tails = self.network.first.searchsorted(place, "right") - 1
        heads, ties = self.network.head.take(place), self.network.tie.take(place)
        return list(zip(tails.tolist(), heads.tolist(), ties.tolist(), strict=True))

    def path(self, met: list[Arc], side: int) -> NumberedPath | None:
        """Return the path by the first tie of `met`, or ``None`` if this is empty.

        `met` and `side` are what `meet` returned.
        """
        if not met:
            return None
        middle = _turned_arcs(met[:1]) if side else met[:1]
        before = self._way_to(0, middle[0][0])
        after = _turned_arcs(self._way_to(1, middle[0][1]))
        arcs = [*reversed(before), *middle, *after]
        return NumberedPath([arcs[0][0], *(head for _, head, _ in arcs)], [tie for *_, tie in arcs])

    def _way_to(self, side: int, here: int) -> list[Arc]:
        """Return the ties by which a side came to a thing, from this back to the side's end.

        Each tie leads towards the thing. They are looked up in `reached`, else in `came_by`.
        """
        reached = self.reached[side]
        way: list[Arc] = []
        while True:
            place = reached[here] if here in reached else int(self.came_by[here])
            if place < 0:
                return way
            way.append(self._arc_at(place))
            here = way[-1][0]

    def layers(self, met: list[Arc], side: int) -> list[list[Arc]]:
        """Return the ties of all shortest paths, a layer for each step; ``[]`` if `met` is empty.

        `met` and `side` are what `meet` returned. The ties lead from end 0 to end 1. The layers
        beside `met` have the ties from each front that a side has left towards the next layer.
        """
        if not met:
            return []
        layers = [_turned_arcs(met) if side else met]
        for front, work in reversed(self.fronts_before[0]):
            ends = {tail for tail, _, _ in layers[0]}
            layers.insert(0, self._between(front, work, ends))
        for front, work in reversed(self.fronts_before[1]):
            ends = {head for _, head, _ in layers[-1]}
            layers.append(_turned_arcs(self._between(front, work, ends)))
        return layers

    def _between(self, front: Collection[int], work: int, things: set[int]) -> list[Arc]:
        """Return the usable ties that lead from the things of a front to some `things`.

        `work` is how many ties leave the front; they are looked for from where there are fewer.
        """
        if self._tie_count(things) < work:
            starts = {*(front.tolist() if isinstance(front, np.ndarray) else front)}
            back = ((here, *arc) for here in things for arc in self._arcs(here) if arc[1] in starts)
            return [(there, here, turned(self.tie[place])) for here, place, there in back]
        if work > 4 * _FEW:
            place = self._usable_places(front)
            is_met = np.isin(self.network.head.take(place), np.fromiter(things, np.int32))
            return self._arcs_at(place[is_met])
        ahead = (
            (int(here), *arc) for here in front for arc in self._arcs(here) if arc[1] in things
        )
        return [(here, there, self.tie[place]) for here, place, there in ahead]


def _turned_arcs(arcs: list[Arc]) -> list[Arc]:
    """Return the same ties, each met from its other end."""
    return [(head, tail, turned(tie)) for tail, head, tie in arcs]
