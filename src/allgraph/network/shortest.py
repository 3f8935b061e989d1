"""A shortest path between two things, of any length, by searching from both ends until they meet.

Each step goes on from the side that has fewer ties to follow. A few ties are followed one by
one, many at once in arrays. A place is an index of `Network.head` and `Network.tie`: there each tie
has two places, one for each of its ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from allgraph.model.adjacency import Flags, Network, NumberedPath, row_of, turned

Step = Callable[[int, Collection[int]], tuple[int, Collection[int], int]]
"""One step of a side (0 or 1) from the things of its front. Returns the place of a tie that reaches
the other side, or `_NONE`, the next front, and how many ties leave that."""
_NONE = -1
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
    return _Search(network, passable, usable).path(a, b)


class _Search:
    """One search from two ends (sides 0 and 1).

    `reached` has, for each side, the things that were reached tie by tie, with the place of the tie
    (`_NONE` for the end itself). Once a front is large, `seen` has 1 for all things reached by side
    0 and 2 for those of side 1, and `came_by` the place of the tie that led to those reached since.
    `first`, `ends`, `head`, `tie` are `Network.views`; `may_pass`, `may_use` are the flags again.
    """

    def __init__(self, network: Network, passable: Flags | None, usable: Flags | None) -> None:
        """Prepare a search; nothing is searched yet.

        Paths go only through things flagged in `passable`, by claims flagged in `usable`, by row;
        ``None`` flags all.
        """
        self.network = network
        self.passable, self.usable = passable, usable
        self.may_pass = None if passable is None else passable.data
        self.may_use = None if usable is None else usable.data
        self.first, self.ends, self.head, self.tie = network.views
        self.reached: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.seen: NDArray[np.int8] | None = None
        self.came_by = np.empty(0, np.int64)

    def path(self, a: int, b: int) -> NumberedPath | None:
        """Return a shortest path from `a` to `b`; ``None`` if there is none. May be called once."""
        place, side = self._meet(a, b)
        if place == _NONE:
            return None
        ends, tie = (self._tail(place), self.head[place]), self.tie[place]
        if side == 1:
            ends, tie = ends[::-1], turned(tie)
        before, ties_before = self._way_back(0, ends[0])
        after, ties_after = self._way_back(1, ends[1])
        ties = [*ties_before[::-1], tie, *map(turned, ties_after)]
        return NumberedPath([*before[::-1], *after], ties)

    def _meet(self, a: int, b: int) -> tuple[int, int]:
        """Search until the sides meet; return the place of a tie between them, and a side.

        The tie leads from that side to the other; there is none (`_NONE`) when there is no path.
        Ties are followed one by one until a side has more than `_FEW` to follow, from then on in
        arrays. Sets `reached`, `seen` and `came_by`.
        """
        self.reached = {a: _NONE}, {b: _NONE}
        fronts: list[Collection[int]] = [[a], [b]]
        work = [self._tie_count([a]), self._tie_count([b])]
        step: Step = self._step_by_tie
        while work[0] and work[1]:
            side = 1 if work[1] < work[0] else 0
            if work[side] > _FEW and self.seen is None:
                step = self._switch_to_arrays()
            place, fronts[side], work[side] = step(side, fronts[side])
            if place != _NONE:
                return place, side
        return _NONE, 0

    def _tie_count(self, things: Collection[int]) -> int:
        """Return how many ties leave some things, unusable ones included."""
        first, ends = self.first.__getitem__, self.ends.__getitem__
        return sum(map(ends, things)) - sum(map(first, things))

    def _step_by_tie(self, side: int, front: Collection[int]) -> tuple[int, Collection[int], int]:
        """Take one step of a side tie by tie; add the new things, each with its tie, to `reached`.

        Returns the place of the first tie to the other side, else the new things, and how many ties
        leave these. `row_of` is written out as ``>> 1``, since this is the innermost loop.
        """
        mine, other, passable = self.reached[side], self.reached[1 - side], self.may_pass
        first, ends, head, tie, usable = self.first, self.ends, self.head, self.tie, self.may_use
        fresh: list[int] = []
        for here in front:
            start = first[here]
            for place, there in enumerate(head[start : ends[here]].tolist(), start):
                if there in mine or (usable is not None and not usable[tie[place] >> 1]):
                    continue
                if there in other:
                    return place, fresh, 0
                if passable is None or passable[there]:
                    mine[there] = place
                    fresh.append(there)
        return _NONE, fresh, self._tie_count(fresh)

    def _switch_to_arrays(self) -> Step:
        """Make `seen` and `came_by`; return the function for all later steps."""
        self.seen = np.zeros(len(self.network), np.int8)
        self.came_by = np.empty(len(self.network), np.int64)
        for side, reached in enumerate(self.reached):
            self.seen[np.fromiter(reached, np.int64, len(reached))] = side + 1
        return self._step_in_arrays

    def _step_in_arrays(
        self, side: int, front: Collection[int]
    ) -> tuple[int, Collection[int], int]:
        """Take one step of a side with all ties of its front at once.

        Returns the place of the first tie to the other side, else the new things, and how many ties
        leave these. New things get the mark of the side in `seen`, and in `came_by` the place of
        the tie that led there. The first `_PROBED` ties are tried before all are looked at.
        """
        assert self.seen is not None
        seen, came_by, head = self.seen, self.came_by, self.network.head
        place = self.network.places(np.asarray(front))
        if self.usable is not None:
            place = place[self.usable.take(row_of(self.network.tie.take(place)))]
        for part in (place[:_PROBED], place):
            heads = head.take(part)
            marks = seen.take(heads)
            at = (marks == 2 - side).nonzero()[0]
            if len(at):
                return int(part[at[0]]), [], 0
        new = (marks == 0).nonzero()[0]
        fresh, place = heads.take(new), place.take(new)
        came_by[fresh] = place
        fresh = fresh[came_by.take(fresh) == place]  # each thing once
        if self.passable is not None:
            fresh = fresh[self.passable.take(fresh)]
        seen[fresh] = side + 1
        first = self.network.first
        return _NONE, fresh, int(first[1:].take(fresh).sum() - first.take(fresh).sum())

    def _tail(self, place: int) -> int:
        """Return the thing that the tie at a place leaves."""
        return bisect_right(self.first, place) - 1

    def _way_back(self, side: int, here: int) -> tuple[list[int], list[int]]:
        """Return the things from one that a side reached back to the end of the side, and the ties.

        The ties, one less, lead towards the thing.
        """
        things, ties, reached = [here], list[int](), self.reached[side]
        while True:
            place = reached[here] if here in reached else int(self.came_by[here])
            if place == _NONE:
                return things, ties
            here = self._tail(place)
            things.append(here)
            ties.append(self.tie[place])
