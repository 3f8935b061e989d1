"""Searching the columns of claims for paths between two things, by rules.

A rule leaves out things or claims; when nothing is found, each rule is set aside in turn to see
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
from allgraph.network import best as routes
from allgraph.network import shortest

LONGEST = 16
"""The most steps that a path can be asked to have."""


@dataclass(frozen=True, eq=False)
class PathFilter:
    """What `via` or `without` names: a predicate, a thing, or the members of a class."""

    name: str
    things: Numbers
    predicate: int = -1

    def is_met(self, route: NumberedPath, columns: Columns) -> bool:
        """Whether a path uses such a claim, or passes through such a thing."""
        is_used = any(columns.predicate[row] == self.predicate for row in route.claims)
        return is_used or bool(np.isin(route.inner, self.things).any())


@dataclass(frozen=True, eq=False)
class Rules:
    """What a path may be. The last three leave out what `paths` always does."""

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
    """A rule that a path breaks, and by what: the number of a thing, a claim or a mark."""

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
        """The ties that may be used at all."""
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
        found = np.ones(len(self.network), bool) if rules.with_closed else ~self.columns.closed
        if rules.hub_limit is not None:
            found &= self.columns.degrees <= rules.hub_limit
        for mark in rules.via:
            found[mark.things] = True
        for mark in rules.without:
            found[mark.things] = False
        return found

    @cached_property
    def usable(self) -> Flags | None:
        """The claims that a path may use, unless all."""
        left_out = [mark.predicate for mark in self.rules.without if mark.predicate >= 0]
        return ~np.isin(self.columns.predicate, left_out) if left_out else None

    def best(self, count: int) -> tuple[list[NumberedPath], bool]:
        """The best so many paths, and whether that is sure to be so."""
        masks = {"passable": self.passable, "usable": self.usable}
        first = shortest.every_shortest(self.network, self.a, self.b, **masks)
        if not first or len(first) > self.rules.most:
            return [], True
        best = routes.best(first, self._wanted, count)
        found, sure = best.routes, best.is_sure
        walks = self.network.walks(self.a, self.b, self.rules.most, **masks)
        for layers in islice(walks, len(first), None) if len(found) < count else ():
            if layers:
                best = routes.best(layers, self._wanted, count - len(found))
                found, sure = found + best.routes, sure and best.is_sure
            if len(found) >= count:
                break
        return found, sure

    @cached_property
    def _wanted(self) -> routes.Wanted:
        rules, columns = self.rules, self.columns
        wanted = routes.Wanted(
            claim=self._cost,
            thing=routes.toll(columns.degrees),
            bounds=columns.bounds if rules.together else None,
        )
        if not rules.via:
            return wanted
        claim_bits, thing_bits = (
            np.zeros(length, np.uint8) for length in (len(columns), len(columns.nodes))
        )
        for number, mark in enumerate(rules.via):
            claim_bits[columns.predicate == mark.predicate] |= 1 << number
            thing_bits[mark.things] |= 1 << number
        full = 2 ** len(rules.via) - 1
        return replace(wanted, claim_bits=claim_bits, thing_bits=thing_bits, full=full)

    def _cost(self, rows: Numbers) -> NDArray[np.int64]:
        claims = self.columns.claims
        cost = np.array([routes.digest(crc32(claims[row].encode())) for row in rows.tolist()])
        if self.columns.certainty is not None:
            cost = cost + (self.columns.certainty[rows] == POSSIBLE) * routes.UNSURE
        return cost.astype(np.int64)

    def shortest(self) -> NumberedPath | None:
        """A shortest path by these rules, of any length unless one has to look closer."""
        if self.rules.via or self.rules.together:
            found, _ = replace(self, rules=replace(self.rules, most=LONGEST)).best(1)
            return found[0] if found else None
        return shortest.shortest(
            self.network, self.a, self.b, passable=self.passable, usable=self.usable
        )

    def hubs(self) -> list[tuple[int, int]]:
        """Things tied to both ends' surroundings that have too many ties, with how many."""
        ties, limit = self.columns.degrees, self.rules.hub_limit
        if limit is None or not (ties > limit).any():
            return []
        is_hub = (ties > limit) & ~self.passable
        met = [is_hub & self._around(end, self.rules.most - 1) for end in (self.a, self.b)]
        both = np.flatnonzero(met[0] & met[1])
        both = both[(both != self.a) & (both != self.b)]
        order = np.argsort(-ties[both], kind="stable")
        return [(int(hub), int(ties[hub])) for hub in both[order]]

    def _around(self, end: int, steps: int) -> Flags:
        """What is tied to a thing, or to what is passed through on the way, in so many steps."""
        seen = np.zeros(len(self.network), bool)
        front = np.array([end], np.int32)
        for _ in range(steps):
            fresh = distinct(self.network.arcs(front, self.usable).head)
            fresh = fresh[~seen[fresh]]
            seen[fresh] = True
            front = fresh[self.passable[fresh]]
        return seen

    def obstacles(self) -> list[tuple[NumberedPath, list[BrokenRule]]]:
        """What stands in the way: paths that break one rule, or one that breaks several."""
        found = []
        for relaxed in self._relaxed():
            search = replace(self, rules=relaxed)
            route = search.shortest() if relaxed.most > self.rules.most else search._any()
            if route is not None:
                found.append((route, list(self.broken(route))))
        if found:
            return found
        every = Rules(most=LONGEST, with_closed=True, with_deprecated=True, on_any_day=True)
        search = replace(self, rules=every)
        route = search.shortest()
        return [] if route is None else [(route, list(self.broken(route)))]

    def _any(self) -> NumberedPath | None:
        found, _ = self.best(1)
        return found[0] if found else None

    def _relaxed(self) -> Iterator[Rules]:
        """These rules without one of them."""
        rules = self.rules
        yield replace(rules, most=LONGEST)
        if rules.hub_limit is not None:
            yield replace(rules, hub_limit=None)
        yield replace(rules, with_closed=True)
        if rules.together:
            yield replace(rules, together=False)
        if self.columns.certainty is not None:
            yield replace(rules, on_any_day=True)
        for mark in rules.without:
            yield replace(rules, without=tuple(m for m in rules.without if m is not mark))
        for mark in rules.via:
            yield replace(rules, via=tuple(m for m in rules.via if m is not mark))
        yield replace(rules, with_deprecated=True)

    def broken(self, route: NumberedPath) -> Iterator[BrokenRule]:
        """The rules that a path, found by another search, breaks."""
        rules, columns = self.rules, self.columns
        if len(route.ties) > rules.most:
            yield BrokenRule("max-hops", len(route.ties))
        asked = {int(thing) for mark in rules.via for thing in mark.things}
        for thing in route.inner:
            if thing not in asked:
                if columns.closed[thing] and not rules.with_closed:
                    yield BrokenRule("kind", thing)
                elif rules.hub_limit is not None and columns.degrees[thing] > rules.hub_limit:
                    yield BrokenRule("hub", thing)
        for row in route.claims:
            if columns.deprecated[row]:
                yield BrokenRule("deprecated", row)
            elif columns.certainty is not None and columns.certainty[row] == NO:
                yield BrokenRule("as-of", row)
        for number, mark in enumerate(rules.without):
            if mark.is_met(route, columns):
                yield BrokenRule("without", number)
        for number, mark in enumerate(rules.via):
            if not mark.is_met(route, columns):
                yield BrokenRule("via", number)
        if rules.together and together(columns, route.claims)[0] == NO:
            yield BrokenRule("together")


def together(columns: Columns, rows: Sequence[int]) -> tuple[int, edtf.Span]:
    """Whether some claims held at a common time, and the first and last day when they can have.

    It is `CERTAIN` when each had begun, at the latest, before any other can have ended.
    """
    b1, b2, e1, e2 = columns.bounds[:, list(rows)]
    since, until = int(b1.max()), int(e2.min())
    span = (day_of(since), day_of(until))
    if since > until:
        return NO, span
    others = [(b2[i], np.delete(e1, i).min(initial=routes.NEVER)) for i in range(len(rows))]
    return CERTAIN if all(begin <= end for begin, end in others) else POSSIBLE, span
