"""The best of many paths of one length, through layers of ties.

This is a beam search: the cheapest beginnings of paths are followed, ordered by their cost so far
and the least cost of their rest, which a pass backwards over the layers gives exactly. So the first
path to come out is the best. The cheapest beginning that was dropped says up to which cost that is
sure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allgraph.model.adjacency import Arcs, NumberedPath, Numbers, distinct, row_of
from allgraph.model.columns import NO
from allgraph.network.common_time import CommonTimes

Costs = NDArray[np.int64]

NEVER = 2**62
"""The cost of a path that does not reach the end."""
UNSURE = 2**57
"""The cost of a step that is only possible; far more than any path that is certain."""
_APART = 2**56  # the cost of a path whose ties, all certain, need not have held together
_MOST_DAYS = 2**40  # days of a common time; more are counted as so many
_MOST_TIES, _DIGEST_MASK = 2**24 - 1, 2**24 - 1
_LEAST_WIDTH = 2_000  # beginnings of paths that are kept after a step, or more
_MOST_PAIRS = 500_000  # pairs of a beginning and a tie that are looked at in one step


@dataclass(frozen=True, eq=False)
class PathCosts:
    """The costs of claims and things, whose sum is the cost of a path, and what paths must meet.

    `claim` returns the costs of claims, given their rows, and `thing` those of passing through
    things, given their numbers. `claim_bits` and `thing_bits` have, for each claim and thing, the
    bits of the conditions that it meets; a path has to meet all bits of `full`. Where `bounds`
    are given (b1, b2, e1 and e2 of each claim), all claims of a path must be possible on one day,
    and of equally certain paths those come first that have the longest certain common time.
    """

    claim: Callable[[Numbers], Costs]
    thing: Callable[[Numbers], Costs]
    claim_bits: NDArray[np.uint8]
    thing_bits: NDArray[np.uint8]
    full: int
    bounds: Costs | None


@dataclass(frozen=True, eq=False)
class BestPaths:
    """Paths, best first.

    `is_sure` says whether no better path can have been dropped; without paths, whether none was.
    """

    paths: list[NumberedPath]
    is_sure: bool


@dataclass(frozen=True, eq=False)
class _Layer:
    """The ties of one step of all paths, sorted by the things that they leave (their tails).

    `cost` and `bits` are those of each tie with its head. `starts` are the different tails, and
    `first` the place in `arcs` of the first tie of each. `next_start` is the place of each tie's
    head in `starts` of the next layer, and ``next_rest[start, bits]`` the least cost from there to
    the end, given the bits of the conditions met before.
    """

    arcs: Arcs
    cost: Costs
    bits: NDArray[np.uint8]
    starts: Numbers
    first: NDArray[np.intp]
    next_start: NDArray[np.intp]
    next_rest: Costs

    def least_rest(self) -> Costs:
        """Return the least cost from each start to the end, by the bits met before: `next_rest`."""
        costs = [
            self.cost + self.next_rest[self.next_start, met | self.bits]
            for met in range(self.next_rest.shape[1])
        ]
        least = [np.minimum.reduceat(of_ties, self.first) for of_ties in costs]
        rest: Costs = np.minimum(np.stack(least, axis=1), NEVER)  # `NEVER`: no way to the end
        return rest


def best_paths(layers: list[Arcs], costs: PathCosts, count: int) -> BestPaths:
    """Return the best `count` simple paths through layers of ties, one layer for each step.

    The best cost least: `costs` has the cost of each claim and of passing through each thing, and
    conditions that paths have to meet. All ties of the first layer leave one thing, and all of the
    last lead to one thing; no layer may be empty. Only the cheapest beginnings of paths are
    followed, so a better path may be missing; ``is_sure`` of the result says whether none is. The
    arguments are not changed.
    """
    layers = _thinned(layers)
    if not layers:
        return BestPaths([], True)
    steps = _steps(layers, costs)
    beam = _Beam(steps, int(layers[0].tail[0]), costs, max(_LEAST_WIDTH, 4 * count))
    for number in range(len(steps)):
        beam.grow(number)
    return beam.best(count)


def _thinned(layers: list[Arcs]) -> list[Arcs]:
    """Return layers without ties that no simple path can use; ``[]`` if no path is left.

    Where all ties of a step lead to one thing, all paths meet it there, so the ties that lead to
    it at other steps, or leave it, are left out; and this again until there is nothing more to
    leave out. No layer may be empty. The argument is not changed.
    """
    while True:
        heads = [arcs.head for arcs in layers[:-1]]
        forced = {n: ends[0] for n, ends in enumerate(heads) if (ends == ends[0]).all()}
        if not forced:
            return layers
        size = sum(len(arcs.tie) for arcs in layers)
        for place, thing in forced.items():
            layers = [
                arcs.where(
                    ((arcs.head != thing) | (number == place))
                    & ((arcs.tail != thing) | (number == place + 1))
                )
                for number, arcs in enumerate(layers)
            ]
        layers = _joined(layers)
        if not all(len(arcs.tie) for arcs in layers):
            return []
        if size == sum(len(arcs.tie) for arcs in layers):
            return layers


def _joined(layers: list[Arcs]) -> list[Arcs]:
    """Return new layers with only the ties that are on a walk from the first layer to the last."""
    kept = [layers[0]]
    for arcs in layers[1:]:
        kept.append(arcs.where(np.isin(arcs.tail, kept[-1].head)))
    for number in reversed(range(len(kept) - 1)):
        kept[number] = kept[number].where(np.isin(kept[number].head, kept[number + 1].tail))
    return kept


def toll(ties: NDArray[np.int64]) -> Costs:
    """Return the cost of passing through each thing, given the number of its ties.

    More than `_MOST_TIES` (16,777,215) ties cost no more. A toll is above the sum of the digests of
    a path, which decide only between equal tolls.
    """
    return np.minimum(ties, _MOST_TIES) << 28


def digest(checksum: int) -> int:
    """Return the cost of a claim: the lower 24 bits of the checksum of its IRI.

    It says nothing of the claim; it gives paths that are equally good the same order each time.
    """
    return checksum & _DIGEST_MASK


def _steps(layers: list[Arcs], costs: PathCosts) -> list[_Layer]:
    """Return a `_Layer` for each layer of ties.

    The cost of a tie is that of its claim and, but in the last layer, of the thing at its head.
    Its bits are those of the conditions in `costs` that the claim or this thing meets.
    """
    rows = distinct(row_of(np.concatenate([arcs.tie for arcs in layers])))
    claim_costs = costs.claim(rows)
    steps: list[_Layer] = []  # from the last to the first
    next_rest, heads = _end(costs.full), distinct(layers[-1].head)
    for arcs in reversed(layers):
        order = np.argsort(arcs.tail, kind="stable")
        arcs = Arcs(*(array[order] for array in arcs))
        row = row_of(arcs.tie)
        cost = claim_costs[np.searchsorted(rows, row)]
        bits = costs.claim_bits[row]
        if steps:
            cost = cost + costs.thing(arcs.head)
            bits |= costs.thing_bits[arcs.head]
        starts = distinct(arcs.tail)
        first, next_start = np.searchsorted(arcs.tail, starts), np.searchsorted(heads, arcs.head)
        steps.append(_Layer(arcs, cost, bits, starts, first, next_start, next_rest))
        next_rest, heads = steps[-1].least_rest(), starts
    return steps[::-1]


class _Beam:
    """The cheapest beginnings of paths after some steps, at most `width` of them, best first.

    `things` and `ties` have a row for each beginning; `cost` is its cost so far, `estimate` that
    with the least cost of its rest, and `met` the bits of the conditions that it meets. `times` has
    the common time of the ties of each. `rank` comes before `estimate` in the order of beginnings:
    where `costs` has `bounds`, it has how certain a path can be, then the days of its common time.
    `sure` is the least rank and estimate of a beginning that was dropped. Only `grow` changes them,
    and `best` reads them.
    """

    def __init__(self, steps: list[_Layer], start: int, costs: PathCosts, width: int) -> None:
        """Begin with one path of no ties, at the thing `start`, which the first step leaves.

        At most `width` beginnings are kept after each later step. `costs` has the conditions that
        paths must meet.
        """
        self.steps, self.costs, self.width = steps, costs, width
        self.things = np.array([[start]], np.int32)
        self.ties = np.empty((1, 0), np.int32)
        self.times = CommonTimes.of_nothing()
        self.cost = self.estimate = self.rank = self.met = np.zeros(1, np.int64)
        self.sure = (NEVER, NEVER)

    def grow(self, number: int) -> None:
        """Replace all beginnings by those that are longer by one tie of the layer `number`.

        `number` is 0 at the first call, then 1 and so on. Beginnings that cannot reach the end are
        left out, and those that would meet a thing or a claim twice or, where `costs` has `bounds`
        (the days of claims), have no day on which all their ties are possible. Of the others, the
        `width` with the least `rank` and `estimate` are kept, in that order. The estimate is the
        cost so far and the least cost of the rest. Where all claims are certain, but not certain to
        have held together, `_APART` is added, which is more than all other costs of such a path.
        `sure` is lowered to the least rank and estimate among what is dropped.
        """
        step, is_last = self.steps[number], number == len(self.steps) - 1
        parent, place = self._extensions(step)
        head, tie = step.arcs.head[place], step.arcs.tie[place]
        met = self.met[parent] | step.bits[place]
        cost = self.cost[parent] + step.cost[place]
        estimate = cost + step.next_rest[step.next_start[place], met]
        kept = estimate < NEVER
        if not is_last:
            for column in range(1, self.things.shape[1]):
                kept &= head != self.things[parent, column]
        for column in range(self.ties.shape[1]):
            kept &= row_of(tie) != row_of(self.ties[parent, column])
        times, rank = self.times.at(parent), estimate
        if self.costs.bounds is not None:
            times = times.with_claims(self.costs.bounds[:, row_of(tie)])
            kept &= times.levels > NO
            estimate = estimate + (times.is_unsure & (estimate < UNSURE)) * _APART
            rank = _rank(estimate, times)
        chosen = self._first(np.flatnonzero(kept), rank, estimate)
        parent = parent[chosen]
        self.things = np.column_stack((self.things[parent], head[chosen]))
        self.ties = np.column_stack((self.ties[parent], tie[chosen]))
        self.cost, self.estimate, self.met = cost[chosen], estimate[chosen], met[chosen]
        self.times, self.rank = times.at(chosen), rank[chosen]

    def _extensions(self, step: _Layer) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Return all pairs of a beginning and a tie that leaves its last thing, as two arrays.

        They are places of beginnings in the beam, and places of ties in the layer. When there are
        more than `_MOST_PAIRS` (500,000), the last beginnings are left out, but never the first,
        and `sure` is lowered to the rank and estimate of the first of those.
        """
        start = np.searchsorted(step.starts, self.things[:, -1])
        ends = np.append(step.first[1:], len(step.cost))
        count = ends[start] - step.first[start]
        total = np.cumsum(count)
        if len(total) and total[-1] > _MOST_PAIRS:
            fit = max(int(np.searchsorted(total, _MOST_PAIRS, "right")), 1)
            if fit < len(total):
                self.sure = min(self.sure, (int(self.rank[fit]), int(self.estimate[fit])))
            start, count, total = start[:fit], count[:fit], total[:fit]
        parent = np.repeat(np.arange(len(start)), count)
        offset = step.first[start] - (total - count)
        return parent, np.arange(len(parent)) + np.repeat(offset, count)

    def _first(self, kept: NDArray[np.intp], rank: Costs, estimate: Costs) -> NDArray[np.intp]:
        """Return the `width` places of `kept` with the least rank, then estimate, in this order.

        When places are dropped, `sure` is lowered to the least rank and estimate among them.
        """
        if len(kept) > self.width:  # sort no more than needed
            ranks = rank[kept]
            kept = kept[ranks <= np.partition(ranks, self.width)[self.width]]
        kept = kept[np.lexsort((estimate[kept], rank[kept]))]
        for dropped in kept[self.width : self.width + 1]:
            self.sure = min(self.sure, (int(rank[dropped]), int(estimate[dropped])))
        return kept[: self.width]

    def best(self, count: int) -> BestPaths:
        """Return the first `count` beginnings as paths, once `grow` has taken every step.

        Those of equal cost are ordered by the rows of their claims, from either end. A claim about
        a claim joins several things, so two paths may have the same claims; the first is kept.
        """
        once = np.sort(np.unique(self.ties, axis=0, return_index=True)[1])
        keys = [*zip(self.rank[once].tolist(), self.estimate[once].tolist(), strict=True)]
        if not keys:
            return BestPaths([], self.sure == (NEVER, NEVER))
        once = once[: bisect_right(keys, keys[:count][-1])]
        things, ties = self.things[once].tolist(), self.ties[once].tolist()
        rows = row_of(self.ties[once]).tolist()
        ordered = sorted(
            range(len(once)), key=lambda i: (keys[i], min(rows[i], rows[i][::-1]), ties[i])
        )[:count]
        paths = [NumberedPath(things[i], ties[i]) for i in ordered]
        return BestPaths(paths, keys[ordered[-1]] < self.sure)


def _end(full: int) -> Costs:
    """Return the cost of a path that ends here, by the bits of conditions that it has met.

    One row: 0 for a path that has met all bits of `full`, `NEVER` for others.
    """
    least = np.full((1, full + 1), NEVER, np.int64)
    least[0, full] = 0
    return least


def _rank(estimate: Costs, times: CommonTimes) -> Costs:
    """Return what comes before the estimates of paths in their order, when time matters.

    It is less for a path that can be more certain, then for one with more days in common.
    """
    return (estimate // _APART) * _MOST_DAYS - np.minimum(times.certain_days, _MOST_DAYS - 1)
