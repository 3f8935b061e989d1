"""The best of many paths of one length, through layers of ties.

This is a beam search: the cheapest beginnings of paths are followed, ordered by their cost so far
and the least cost of their rest, which a pass backwards over the layers gives exactly. So the first
path to come out is the best. The cheapest beginning that was dropped says up to which cost that is
sure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allgraph.model.adjacency import Arcs, NumberedPath, Numbers, distinct, row_of

Costs = NDArray[np.int64]

NEVER = 2**62
"""The cost of a path that does not reach the end."""
UNSURE = 2**57
"""The cost of a step that is only possible; far more than any path that is certain."""
_APART = 2**56  # the cost of a path whose ties, all certain, need not have held together
_TOLL, _DIGEST = 2**24 - 1, 2**24 - 1
_WIDEST, _MOST = 2_000, 500_000


@dataclass(frozen=True, eq=False)
class PathCosts:
    """What a path costs, and what it has to have.

    `claim` gives the costs of claims by their rows; `thing` is that of passing through a thing.
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
    """Paths, best first, with their costs; those that cost less than `sure` surely are the best."""

    paths: list[NumberedPath]
    costs: Costs
    sure: int

    @property
    def is_sure(self) -> bool:
        """Whether no better path can have been dropped."""
        return bool((self.costs < self.sure).all()) if len(self.costs) else self.sure >= NEVER


@dataclass(eq=False)
class _Layer:
    """The ties of one step, in the order of the things where they start.

    `starts` are these things, `first` the place of the first tie of each, `after` the place of the
    head of each tie among the starts of the next layer; `least` is the least cost of the rest of a
    path from each start, by the bits that it has met before.
    """

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
        """Work out `least` from that of the next layer."""
        costs = [self.cost + then[self.after, met | self.bits] for met in range(then.shape[1])]
        least = [np.minimum.reduceat(of_ties, self.first) for of_ties in costs]
        self.least = np.minimum(np.stack(least, axis=1), NEVER)


def best_paths(layers: list[Arcs], costs: PathCosts, count: int) -> BestPaths:
    """Return the best `count` simple paths through layers, which begin and end in one thing."""
    layers = _thinned(layers)
    if not layers:
        return BestPaths([], np.empty(0, np.int64), NEVER)
    steps = _steps(layers, costs)
    beam = _Beam(steps, int(layers[0].tail[0]), costs, max(_WIDEST, 4 * count))
    for number in range(len(steps)):
        beam.grow(number)
    return beam.best(count)


def _thinned(layers: list[Arcs]) -> list[Arcs]:
    """Return the layers without what no simple path can use; none if there is no such path.

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
    """Return the ties that still lead from the first layer to the last."""
    kept = [layers[0]]
    for arcs in layers[1:]:
        kept.append(arcs.where(np.isin(arcs.tail, kept[-1].head)))
    for number in reversed(range(len(kept) - 1)):
        kept[number] = kept[number].where(np.isin(kept[number].head, kept[number + 1].tail))
    return kept


def toll(ties: NDArray[np.int64]) -> Costs:
    """Return what it costs to pass through things with so many ties."""
    return np.minimum(ties, _TOLL) << 28


def digest(number: int) -> int:
    """Return the cost that orders claims that are alike otherwise, from a number of their own."""
    return number & _DIGEST


def _steps(layers: list[Arcs], costs: PathCosts) -> list[_Layer]:
    """Return the layers with their costs, and with the least cost of what follows them."""
    rows = distinct(row_of(np.concatenate([arcs.tie for arcs in layers])))
    claim_costs = costs.claim(rows)
    steps = []
    for number, arcs in enumerate(layers):
        order = np.argsort(arcs.tail, kind="stable")
        arcs = Arcs(*(array[order] for array in arcs))
        row, is_last = row_of(arcs.tie), number == len(layers) - 1
        cost = claim_costs[np.searchsorted(rows, row)]
        bits = np.zeros(len(row), np.int64)
        if costs.claim_bits is not None:
            bits |= costs.claim_bits[row]
        if not is_last:
            cost = cost + costs.thing[arcs.head]
            if costs.thing_bits is not None:
                bits |= costs.thing_bits[arcs.head]
        steps.append(_Layer(arcs, cost, bits))
    _look_ahead(steps, costs.full)
    return steps


def _look_ahead(steps: list[_Layer], full: int) -> None:
    """Work out the least cost of what follows each start, from the last layer to the first."""
    then, heads = _end(full), distinct(steps[-1].arcs.head)
    for step in reversed(steps):
        step.after = np.searchsorted(heads, step.arcs.head)
        step.look_ahead(then)
        then, heads = step.least, step.starts


class _Beam:
    """The best beginnings of paths so far, in order, and the cheapest that was dropped.

    `things` and `ties` have a row for each beginning, `whole` its cost with the least that is to
    come, `met` its bits. `span` is the latest b1 and earliest e2, then the latest b2 and earliest
    e1 of its ties, and `unsure` whether these need not have held together.
    """

    def __init__(self, steps: list[_Layer], start: int, costs: PathCosts, width: int) -> None:
        self.steps, self.costs, self.width = steps, costs, width
        self.things = np.array([[start]], np.int32)
        self.ties = np.empty((1, 0), np.int32)
        self.cost = np.zeros(1, np.int64)
        self.whole = steps[0].least[:, 0]
        self.met = np.zeros(1, np.int64)
        self.sure = NEVER
        self.span = np.array([[-NEVER, NEVER, -NEVER, NEVER]], np.int64)
        self.unsure = np.zeros(1, bool)

    def grow(self, number: int) -> None:
        """Go one step on, along every tie that leads to the end and meets nothing twice."""
        step, is_last = self.steps[number], number == len(self.steps) - 1
        parent, place = self._ways(step)
        head, tie = step.arcs.head[place], step.arcs.tie[place]
        met = self.met[parent] | step.bits[place]
        cost = self.cost[parent] + step.cost[place]
        rest = self.steps[number + 1].least if not is_last else _end(self.costs.full)
        after = step.after[place]
        whole = cost + rest[after, met]
        kept = whole < NEVER
        if not is_last:
            for column in range(1, self.things.shape[1]):
                kept &= head != self.things[parent, column]
        for column in range(self.ties.shape[1]):
            kept &= row_of(tie) != row_of(self.ties[parent, column])
        span, unsure = self.span[parent], self.unsure[parent]
        if self.costs.bounds is not None:
            span, unsure, possible = _together(span, unsure, self.costs.bounds[:, row_of(tie)])
            kept &= possible
            whole = whole + (unsure & (whole < UNSURE)) * _APART
        chosen = self._chosen(np.flatnonzero(kept), whole)
        parent = parent[chosen]
        self.things = np.column_stack((self.things[parent], head[chosen]))
        self.ties = np.column_stack((self.ties[parent], tie[chosen]))
        self.cost, self.whole, self.met = cost[chosen], whole[chosen], met[chosen]
        self.span, self.unsure = span[chosen], unsure[chosen]

    def _ways(self, step: _Layer) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Return the beginnings, and the places of the ties that go on from them, in pairs.

        The dearest beginnings are dropped when there are more than `_MOST` pairs.
        """
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
        """Return the cheapest of those kept, in order; note the cheapest that is dropped."""
        costs = whole[kept]
        if len(kept) > self.width:
            order = np.argpartition(costs, self.width)
            self.sure = min(self.sure, int(costs[order[self.width]]))
            kept = kept[order[: self.width]]
            costs = whole[kept]
        return kept[np.argsort(costs, kind="stable")]

    def best(self, count: int) -> BestPaths:
        """Return the best paths; those of equal cost are ordered by their claims, from either end.

        A claim about a claim joins several things, so two paths may have the same claims; they
        read the same, and count once.
        """
        once = np.sort(np.unique(self.ties, axis=0, return_index=True)[1])
        whole = self.whole[once]
        last = whole[min(count, len(whole)) - 1] if len(whole) else 0
        once = once[: int(np.searchsorted(whole, last, "right"))]
        things, ties = self.things[once].tolist(), self.ties[once].tolist()
        rows = row_of(self.ties[once]).tolist()
        ordered = sorted(
            range(len(once)), key=lambda i: (whole[i], min(rows[i], rows[i][::-1]), ties[i])
        )[:count]
        paths = [NumberedPath(things[i], ties[i]) for i in ordered]
        return BestPaths(paths, whole[ordered], self.sure)


def _end(full: int) -> Costs:
    """Return the cost of the rest of a path at its end, by the bits that it has met."""
    least = np.full((1, full + 1), NEVER, np.int64)
    least[0, full] = 0
    return least


def _together(
    span: Costs, unsure: NDArray[np.bool_], bounds: Costs
) -> tuple[Costs, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the spans of beginnings with one more tie, whether they are unsure, and possible."""
    b1, b2, e1, e2 = bounds
    since, until, latest_begin, earliest_end = span.T
    unsure = unsure | (b2 > earliest_end) | (latest_begin > e1)
    since, until = np.maximum(since, b1), np.minimum(until, e2)
    latest_begin = np.maximum(latest_begin, b2)
    earliest_end = np.minimum(earliest_end, e1)
    grown = np.stack((since, until, latest_begin, earliest_end), axis=1)
    return grown, unsure, since <= until
