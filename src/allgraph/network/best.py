"""The best of many paths: those of one length, through layers of ties.

A beam of the best beginnings is followed, ordered by what they cost and will at least cost yet,
which is known exactly from a first pass backwards. So what comes out first is the best, and a
beginning that was dropped says how far that is sure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allgraph.model.adjacency import Arcs, NumberedPath, Numbers, distinct

Costs = NDArray[np.int64]

NEVER = 2**62
"""What a path costs that does not reach the end."""
UNSURE = 2**57
"""What a step costs that is only possible; far more than any path that is certain."""
_APART = 2**56  # what a path costs whose ties, all certain, need not have held together
_TOLL, _DIGEST = 2**24 - 1, 2**24 - 1
_WIDEST, _MOST = 2_000, 500_000


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a path costs, and what it has to have.

    `claim` gives the cost of claims by their rows; `thing` is that of passing through a thing.
    A path has to meet all bits of `full`, each by a claim or a thing that has it. Where
    `bounds` are given (b1, b2, e1 and e2 of each claim), all its ties have to be possible on
    one day.
    """

    claim: Callable[[Numbers], Costs]
    thing: Costs
    claim_bits: NDArray[np.uint8] | None = None
    thing_bits: NDArray[np.uint8] | None = None
    full: int = 0
    bounds: Costs | None = None


@dataclass(frozen=True, eq=False)
class BestPaths:
    """Paths, best first, with their costs; those below `sure` are the best for certain."""

    routes: list[NumberedPath]
    costs: Costs
    sure: int

    @property
    def is_sure(self) -> bool:
        """Whether no better path can have been dropped."""
        return bool((self.costs < self.sure).all()) if len(self.costs) else self.sure >= NEVER


@dataclass(eq=False)
class _Layer:
    """The ties of one step, in the order of where they start."""

    arcs: Arcs
    cost: Costs
    bits: NDArray[np.int64]
    starts: Numbers = field(init=False)
    first: NDArray[np.intp] = field(init=False)
    after: NDArray[np.intp] = field(init=False)
    least: Costs = field(init=False)

    def __post_init__(self) -> None:
        self.starts = distinct(self.arcs.tail)
        self.first = np.searchsorted(self.arcs.tail, self.starts)

    def look_ahead(self, then: Costs) -> None:
        """Find the least cost from each start, by which bits have been met until there."""
        ways = [self.cost + then[self.after, met | self.bits] for met in range(then.shape[1])]
        least = [np.minimum.reduceat(way, self.first) for way in ways]
        self.least = np.minimum(np.stack(least, axis=1), NEVER)


def best(layers: list[Arcs], wanted: Wanted, count: int) -> BestPaths:
    """The best `count` simple paths through some layers, which begin and end in one thing."""
    layers = thinned(layers)
    if not layers:
        return BestPaths([], np.empty(0, np.int64), NEVER)
    steps = _steps(layers, wanted)
    beam = _Beam(steps, int(layers[0].tail[0]), wanted, max(_WIDEST, 4 * count))
    for number in range(len(steps)):
        beam.grow(number)
    return beam.found(count)


def thinned(layers: list[Arcs]) -> list[Arcs]:
    """The same layers without what no simple path can use; none if there is no such path.

    Where all paths have to meet one thing at one step, they cannot meet it at another.
    """
    while True:
        forced = {n: arcs.head[0] for n, arcs in enumerate(layers[:-1]) if _is_one(arcs.head)}
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


def _is_one(things: Numbers) -> bool:
    return bool((things == things[0]).all())


def _joined(layers: list[Arcs]) -> list[Arcs]:
    """The ties that still lead from the first layer to the last."""
    found = [layers[0]]
    for arcs in layers[1:]:
        found.append(arcs.where(np.isin(arcs.tail, found[-1].head)))
    for number in reversed(range(len(found) - 1)):
        found[number] = found[number].where(np.isin(found[number].head, found[number + 1].tail))
    return found


def toll(ties: NDArray[np.int64]) -> Costs:
    """What it costs to pass through things with so many ties."""
    return np.minimum(ties, _TOLL) << 28


def digest(number: int) -> int:
    """A cost that orders claims that nothing else does, by a number that is their own."""
    return number & _DIGEST


def _steps(layers: list[Arcs], wanted: Wanted) -> list[_Layer]:
    rows = distinct(np.concatenate([arcs.tie for arcs in layers]) >> 1)
    costs = wanted.claim(rows)
    steps = []
    for number, arcs in enumerate(layers):
        order = np.argsort(arcs.tail, kind="stable")
        arcs = Arcs(*(each[order] for each in arcs))
        row, inner = arcs.tie >> 1, number < len(layers) - 1
        cost = costs[np.searchsorted(rows, row)]
        bits = np.zeros(len(row), np.int64)
        if wanted.claim_bits is not None:
            bits |= wanted.claim_bits[row]
        if inner:
            cost = cost + wanted.thing[arcs.head]
            if wanted.thing_bits is not None:
                bits |= wanted.thing_bits[arcs.head]
        steps.append(_Layer(arcs, cost, bits))
    then = np.full((1, wanted.full + 1), NEVER, np.int64)
    then[0, wanted.full] = 0
    for number in reversed(range(len(steps))):
        is_last = number == len(steps) - 1
        heads = distinct(steps[number].arcs.head) if is_last else steps[number + 1].starts
        steps[number].after = np.searchsorted(heads, steps[number].arcs.head)
        steps[number].look_ahead(then)
        then = steps[number].least
    return steps


class _Beam:
    """The best beginnings of paths so far, in order, and the cheapest that was dropped."""

    def __init__(self, steps: list[_Layer], start: int, wanted: Wanted, width: int) -> None:
        self.steps, self.wanted, self.width = steps, wanted, width
        self.things = np.array([[start]], np.int32)
        self.ties = np.empty((1, 0), np.int32)
        self.cost = np.zeros(1, np.int64)
        self.whole = steps[0].least[:, 0]  # with the least that is to come
        self.met = np.zeros(1, np.int64)
        self.sure = NEVER
        #   the latest b1 and earliest e2, then the latest b2 and earliest e1, of the ties so far
        self.span = np.array([[-NEVER, NEVER, -NEVER, NEVER]], np.int64)
        self.unsure = np.zeros(1, bool)

    def grow(self, number: int) -> None:
        """Take one step more, in every way that leads to the end and meets nothing twice."""
        step, is_last = self.steps[number], number == len(self.steps) - 1
        parent, place = self._ways(step)
        head, tie = step.arcs.head[place], step.arcs.tie[place]
        met = self.met[parent] | step.bits[place]
        cost = self.cost[parent] + step.cost[place]
        rest = self.steps[number + 1].least if not is_last else _end(self.wanted.full)
        after = step.after[place]
        whole = cost + rest[after, met]
        kept = whole < NEVER
        if not is_last:
            for column in range(1, self.things.shape[1]):
                kept &= head != self.things[parent, column]
        for column in range(self.ties.shape[1]):
            kept &= tie >> 1 != self.ties[parent, column] >> 1
        span, unsure = self.span[parent], self.unsure[parent]
        if self.wanted.bounds is not None:
            span, unsure, possible = _together(span, unsure, self.wanted.bounds[:, tie >> 1])
            kept &= possible
            whole = whole + (unsure & (whole < UNSURE)) * _APART
        chosen = self._chosen(np.flatnonzero(kept), whole)
        parent = parent[chosen]
        self.things = np.column_stack((self.things[parent], head[chosen]))
        self.ties = np.column_stack((self.ties[parent], tie[chosen]))
        self.cost, self.whole, self.met = cost[chosen], whole[chosen], met[chosen]
        self.span, self.unsure = span[chosen], unsure[chosen]

    def _ways(self, step: _Layer) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Every beginning with every tie that goes on from it; not more than can be held."""
        at = np.searchsorted(step.starts, self.things[:, -1])
        ends = np.append(step.first[1:], len(step.cost))
        count = ends[at] - step.first[at]
        total = np.cumsum(count)
        if len(total) and total[-1] > _MOST:
            fit = max(int(np.searchsorted(total, _MOST, "right")), 1)
            if fit < len(total):
                self.sure = min(self.sure, int(self.whole[fit]))
            at, count, total = at[:fit], count[:fit], total[:fit]
        parent = np.repeat(np.arange(len(at)), count)
        offset = step.first[at] - (total - count)
        return parent, np.arange(len(parent)) + np.repeat(offset, count)

    def _chosen(self, kept: NDArray[np.intp], whole: Costs) -> NDArray[np.intp]:
        """The best of those kept, in order."""
        costs = whole[kept]
        if len(kept) > self.width:
            order = np.argpartition(costs, self.width)
            self.sure = min(self.sure, int(costs[order[self.width]]))
            kept = kept[order[: self.width]]
            costs = whole[kept]
        return kept[np.argsort(costs, kind="stable")]

    def _keep(self, some: NDArray[np.intp]) -> None:
        self.things, self.ties, self.whole = self.things[some], self.ties[some], self.whole[some]

    def found(self, count: int) -> BestPaths:
        """The best paths; among equals by their claims, read from either end.

        A claim about a claim joins several things, so two paths may have the same claims; they
        read the same, and count once.
        """
        _, once = np.unique(self.ties, axis=0, return_index=True)
        self._keep(np.sort(once))
        last = self.whole[min(count, len(self.whole)) - 1] if len(self.whole) else 0
        some = range(int(np.searchsorted(self.whole, last, "right")))
        rows = (self.ties[: len(some)] >> 1).tolist()
        ordered = sorted(
            some, key=lambda i: (self.whole[i], min(rows[i], rows[i][::-1]), self.ties[i].tolist())
        )[:count]
        found = [NumberedPath(self.things[i].tolist(), self.ties[i].tolist()) for i in ordered]
        return BestPaths(found, self.whole[ordered], self.sure)


def _end(full: int) -> Costs:
    least = np.full((1, full + 1), NEVER, np.int64)
    least[0, full] = 0
    return least


def _together(
    span: Costs, unsure: NDArray[np.bool_], bounds: Costs
) -> tuple[Costs, NDArray[np.bool_], NDArray[np.bool_]]:
    """The span that ties share with one more each, and whether that is unsure, and possible."""
    b1, b2, e1, e2 = bounds
    since, until, latest_begin, earliest_end = span.T
    unsure = unsure | (b2 > earliest_end) | (latest_begin > e1)
    since, until = np.maximum(since, b1), np.minimum(until, e2)
    latest_begin = np.maximum(latest_begin, b2)
    earliest_end = np.minimum(earliest_end, e1)
    grown = np.stack((since, until, latest_begin, earliest_end), axis=1)
    return grown, unsure, since <= until
