"""Search the columns of claims for paths between two things, by rules.

A rule leaves out things or claims. When there is no path, each rule is set aside in turn to see
which of them stands in the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from allgraph.model import edtf
from allgraph.model.adjacency import Network, NumberedPath, distinct
from allgraph.model.columns import CERTAIN, NO, POSSIBLE, Columns, Flags, Numbers, day_of
from allgraph.network import shortest
from allgraph.network.best import NEVER, UNSURE, PathCosts, best_paths, digest, toll

LONGEST = 16
"""The most steps that a path can be asked to have."""


@dataclass(frozen=True, eq=False)
class PathFilter:
    """A predicate, a thing, or the members of a class, as named by `via` or `without`."""

    name: str
    things: Numbers
    predicate: int = -1

    def is_met(self, path: NumberedPath, columns: Columns) -> bool:
        """Whether a path uses such a claim, or passes through such a thing."""
        is_used = any(columns.predicate[row] == self.predicate for row in path.claims)
        return is_used or bool(np.isin(path.inner, self.things).any())


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules for a path. The last three set aside rules that `paths` always has."""

    most: int = 4
    via: tuple[PathFilter, ...] = ()
    without: tuple[PathFilter, ...] = ()
    together: bool = False
    hub_limit: int | None = None
    with_closed: bool = False
    with_deprecated: bool = False
    on_any_day: bool = False


@dataclass(frozen=True)
class BrokenRule:
    """A rule that a path breaks, and by what: the number of a thing, a claim or a filter."""

    rule: str
    number: int = -1


@dataclass(frozen=True, eq=False)
class Search:
    """A search for paths from thing `a` to thing `b`."""

    columns: Columns
    a: int
    b: int
    rules: Rules

    @cached_property
    def network(self) -> Network:
        """The ties that a path may use, apart from what `usable` leaves out."""
        columns, rules = self.columns, self.rules
        is_view = columns.certainty is not None
        if not rules.with_deprecated and not (rules.on_any_day and is_view):
            return columns.network
        if rules.with_deprecated and not is_view:
            return columns.whole_network
        kept = np.ones(len(columns), bool) if rules.with_deprecated else ~columns.deprecated
        if columns.certainty is not None and not rules.on_any_day:
            kept &= columns.certainty > NO
        return columns.ties(kept)

    @cached_property
    def passable(self) -> Flags:
        """The things that a path may pass through."""
        rules = self.rules
        passable = np.ones(len(self.network), bool) if rules.with_closed else ~self.columns.closed
        if rules.hub_limit is not None:
            passable &= self.columns.degrees <= rules.hub_limit
        for wanted in rules.via:
            passable[wanted.things] = True
        for avoided in rules.without:
            passable[avoided.things] = False
        return passable

    @cached_property
    def usable(self) -> Flags | None:
        """The claims that a path may use; ``None`` for all."""
        left_out = [avoided.predicate for avoided in self.rules.without if avoided.predicate >= 0]
        return ~np.isin(self.columns.predicate, left_out) if left_out else None

    def best(self, count: int) -> tuple[list[NumberedPath], bool]:
        """Return the best paths, at most so many, and whether they surely are the best."""
        masks = {"passable": self.passable, "usable": self.usable}
        first = shortest.every_shortest(self.network, self.a, self.b, **masks)
        if not first or len(first) > self.rules.most:
            return [], True
        best = best_paths(first, self._costs, count)
        paths, is_sure = best.paths, best.is_sure
        walks = self.network.walks(self.a, self.b, self.rules.most, **masks)
        for layers in islice(walks, len(first), None) if len(paths) < count else ():
            if layers:
                best = best_paths(layers, self._costs, count - len(paths))
                paths, is_sure = paths + best.paths, is_sure and best.is_sure
            if len(paths) >= count:
                break
        return paths, is_sure

    @cached_property
    def _costs(self) -> PathCosts:
        """What a path costs by these rules, and what it has to meet."""
        rules, columns = self.rules, self.columns
        costs = PathCosts(
            claim=self._claim_costs,
            thing=toll(columns.degrees),
            bounds=columns.bounds if rules.together else None,
        )
        if not rules.via:
            return costs
        claim_bits = np.zeros(len(columns), np.uint8)
        thing_bits = np.zeros(len(columns.nodes), np.uint8)
        for number, wanted in enumerate(rules.via):
            claim_bits[columns.predicate == wanted.predicate] |= 1 << number
            thing_bits[wanted.things] |= 1 << number
        full = 2 ** len(rules.via) - 1
        return replace(costs, claim_bits=claim_bits, thing_bits=thing_bits, full=full)

    def _claim_costs(self, rows: Numbers) -> NDArray[np.int64]:
        """Return the costs of claims by their rows."""
        claims = self.columns.claims
        costs = np.array([digest(crc32(claims[row].encode())) for row in rows.tolist()], np.int64)
        if self.columns.certainty is not None:
            costs += (self.columns.certainty[rows] == POSSIBLE) * UNSURE
        return costs

    def first(self) -> NumberedPath | None:
        """Return the best path by these rules, if there is one."""
        return next(iter(self.best(1)[0]), None)

    def shortest(self) -> NumberedPath | None:
        """Return a shortest path by these rules, but of any length where that is quick to find."""
        if self.rules.via or self.rules.together:
            return replace(self, rules=replace(self.rules, most=LONGEST)).first()
        return shortest.shortest(
            self.network, self.a, self.b, passable=self.passable, usable=self.usable
        )

    def hubs(self) -> list[tuple[int, int]]:
        """Return the things near both ends that have too many ties, with how many."""
        ties, limit = self.columns.degrees, self.rules.hub_limit
        if limit is None or not (ties > limit).any():
            return []
        is_hub = (ties > limit) & ~self.passable
        near_a, near_b = (self._around(end, self.rules.most - 1) for end in (self.a, self.b))
        both = np.flatnonzero(is_hub & near_a & near_b)
        both = both[(both != self.a) & (both != self.b)]
        order = np.argsort(-ties[both], kind="stable")
        return [(int(hub), int(ties[hub])) for hub in both[order]]

    def _around(self, end: int, steps: int) -> Flags:
        """Flag the things that are at most so many steps from one, through passable things."""
        seen = np.zeros(len(self.network), bool)
        front = np.array([end], np.int32)
        for _ in range(steps):
            fresh = distinct(self.network.arcs(front, self.usable).head)
            fresh = fresh[~seen[fresh]]
            seen[fresh] = True
            front = fresh[self.passable[fresh]]
        return seen

    def obstacles(self) -> list[tuple[NumberedPath, list[BrokenRule]]]:
        """Return what stands in the way: paths that break one rule, or one that breaks several."""
        searches = (replace(self, rules=relaxed) for relaxed in self._relaxed())
        paths = [
            search.shortest() if search.rules.most > self.rules.most else search.first()
            for search in searches
        ]
        if not any(paths):
            every = Rules(most=LONGEST, with_closed=True, with_deprecated=True, on_any_day=True)
            paths = [replace(self, rules=every).shortest()]
        return [(path, list(self.broken(path))) for path in paths if path is not None]

    def _relaxed(self) -> Iterator[Rules]:
        """Yield these rules without one of them, for each in turn."""
        rules = self.rules
        yield replace(rules, most=LONGEST)
        if rules.hub_limit is not None:
            yield replace(rules, hub_limit=None)
        yield replace(rules, with_closed=True)
        if rules.together:
            yield replace(rules, together=False)
        if self.columns.certainty is not None:
            yield replace(rules, on_any_day=True)
        for avoided in rules.without:
            yield replace(rules, without=tuple(f for f in rules.without if f is not avoided))
        for wanted in rules.via:
            yield replace(rules, via=tuple(f for f in rules.via if f is not wanted))
        yield replace(rules, with_deprecated=True)

    def broken(self, path: NumberedPath) -> Iterator[BrokenRule]:
        """Yield the rules that a path, found by another search, breaks."""
        rules, columns = self.rules, self.columns
        if len(path.ties) > rules.most:
            yield BrokenRule("max-hops", len(path.ties))
        yield from self._broken_by_things(path)
        for row in path.claims:
            if columns.deprecated[row]:
                yield BrokenRule("deprecated", row)
            elif columns.certainty is not None and columns.certainty[row] == NO:
                yield BrokenRule("as-of", row)
        for number, avoided in enumerate(rules.without):
            if avoided.is_met(path, columns):
                yield BrokenRule("without", number)
        for number, wanted in enumerate(rules.via):
            if not wanted.is_met(path, columns):
                yield BrokenRule("via", number)
        if rules.together and together(columns, path.claims)[0] == NO:
            yield BrokenRule("together")

    def _broken_by_things(self, path: NumberedPath) -> Iterator[BrokenRule]:
        """Yield the rules that a path breaks by the things that it passes through."""
        rules, columns = self.rules, self.columns
        wanted = {int(thing) for one in rules.via for thing in one.things}
        for thing in path.inner:
            if thing in wanted:
                continue
            if columns.closed[thing] and not rules.with_closed:
                yield BrokenRule("kind", thing)
            elif rules.hub_limit is not None and columns.degrees[thing] > rules.hub_limit:
                yield BrokenRule("hub", thing)


def together(columns: Columns, rows: Sequence[int]) -> tuple[int, edtf.Span]:
    """Return whether claims held at a common time, and the first and last day when they may have.

    It is `CERTAIN` when each had begun, at the latest, before any other can have ended.
    """
    b1, b2, e1, e2 = columns.bounds[:, list(rows)]
    since, until = int(b1.max()), int(e2.min())
    span = (day_of(since), day_of(until))
    if since > until:
        return NO, span
    others = [(b2[i], np.delete(e1, i).min(initial=NEVER)) for i in range(len(rows))]
    return CERTAIN if all(begin <= end for begin, end in others) else POSSIBLE, span
