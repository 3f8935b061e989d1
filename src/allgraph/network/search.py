"""Search the columns of claims for paths between two things, by rules.

A rule leaves out things or claims. When there is no path, each rule is set aside in turn to see
which of them stands in the way. Nothing here asks a graph: things and claims are numbers of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from allgraph.model.adjacency import Network, NumberedPath, distinct
from allgraph.model.columns import NO, POSSIBLE, Columns, Flags, Numbers
from allgraph.network import shortest
from allgraph.network.best import UNSURE, PathCosts, best_paths, digest, toll
from allgraph.network.common_time import together

LONGEST = 16
"""The most steps that a path can be asked to have."""


@dataclass(frozen=True, eq=False)
class PathFilter:
    """The meaning of a name in `via` or `without`: a predicate, a thing, or members of a class.

    `things` are numbers of nodes; `predicate` is the number of the predicate, or -1.
    """

    name: str
    things: Numbers
    predicate: int = -1

    def is_met(self, path: NumberedPath, columns: Columns) -> bool:
        """Return True if a path has the predicate, or passes through one of the things."""
        is_used = any(columns.predicate[row] == self.predicate for row in path.claims)
        return is_used or bool(np.isin(path.inner, self.things).any())


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules for a path; those of `paths.paths`, but `most` is the most steps of a path.

    `hubs` flags the things that are hubs by their class, which are not passed through. The last
    three set aside rules that `paths` always has: that closed things are not passed through, that
    deprecated claims are not used, and that claims hold on the day of a view.
    """

    most: int = 4
    via: tuple[PathFilter, ...] = ()
    without: tuple[PathFilter, ...] = ()
    together: bool = False
    hub_limit: int | None = None
    hubs: Flags | None = None
    with_closed: bool = False
    with_deprecated: bool = False
    on_any_day: bool = False


@dataclass(frozen=True)
class BrokenRule:
    """A rule that a path breaks: its name in `reasons`, and the thing or claim that breaks it.

    `number` is that of the thing (hub, hub-class, kind), the row of the claim (deprecated, as-of),
    the place of the filter in its rule (via, without), or the length of the path (max-hops); else
    -1.
    """

    rule: str
    number: int = -1


@dataclass(frozen=True, eq=False)
class Search:
    """A search for paths by `rules` in columns, from the node `a` to the node `b`, as numbers.

    Searching changes only its cached properties.
    """

    columns: Columns
    a: int
    b: int
    rules: Rules

    @cached_property
    def network(self) -> Network:
        """The network of the claims that paths may use; `usable` leaves out more of them.

        They are not deprecated and, in a view, not `NO` on its day, unless `rules` set this aside.
        """
        columns, rules = self.columns, self.rules
        is_view = columns.certainty is not None
        if not rules.with_deprecated and not (rules.on_any_day and is_view):
            return columns.network
        if rules.with_deprecated and not is_view:
            return columns.whole_network
        kept = np.ones(len(columns), bool) if rules.with_deprecated else ~columns.deprecated
        return columns.ties(kept if rules.on_any_day else kept & columns.held)

    @cached_property
    def passable(self) -> Flags:
        """A flag for each thing: whether a path may pass through it. Ends need not be flagged.

        Not flagged are closed things (places, classes and sources), hubs by class and things above
        the hub limit, unless `via` names them, and all that `without` names.
        """
        rules = self.rules
        passable = np.ones(len(self.network), bool) if rules.with_closed else ~self.columns.closed
        if rules.hub_limit is not None:
            passable &= self.columns.degrees <= rules.hub_limit
        if rules.hubs is not None:
            passable &= ~rules.hubs
        for wanted in rules.via:
            passable[wanted.things] = True
        for avoided in rules.without:
            passable[avoided.things] = False
        return passable

    @cached_property
    def usable(self) -> Flags | None:
        """A flag for each claim: whether its predicate is in no `without`; ``None`` for all."""
        left_out = [avoided.predicate for avoided in self.rules.without if avoided.predicate >= 0]
        return ~np.isin(self.columns.predicate, left_out) if left_out else None

    def best(self, count: int) -> tuple[list[NumberedPath], bool]:
        """Return at most `count` paths, best first, and whether no better one can be missing.

        Paths of fewer steps come first, then more certain ones, then with ``rules.together`` those
        with the longest certain common time, then those through things with fewer ties; none has
        more steps than ``rules.most``. Longer ones are searched for only while there are fewer than
        `count`.
        """
        paths, is_sure = list[NumberedPath](), True
        walks = self.network.walks(
            self.a, self.b, self.rules.most, passable=self.passable, usable=self.usable
        )
        for layers in filter(None, walks):
            best = best_paths(layers, self._costs, count - len(paths))
            paths, is_sure = paths + best.paths, is_sure and best.is_sure
            if len(paths) >= count:
                break
        return paths, is_sure

    @cached_property
    def _costs(self) -> PathCosts:
        """The costs of claims and things; and as conditions to meet, a bit for each of `via`.

        A path meets the condition of a `via` by a claim with its predicate, or one of its things.
        """
        rules, columns = self.rules, self.columns
        claim_bits = np.zeros(len(columns), np.uint8)
        thing_bits = np.zeros(len(columns.nodes), np.uint8)
        for number, wanted in enumerate(rules.via):
            claim_bits[columns.predicate == wanted.predicate] |= 1 << number
            thing_bits[wanted.things] |= 1 << number
        return PathCosts(
            claim=self._claim_costs,
            thing=lambda things: toll(columns.degrees[things]),
            claim_bits=claim_bits,
            thing_bits=thing_bits,
            full=2 ** len(rules.via) - 1,
            bounds=columns.bounds if rules.together else None,
        )

    def _claim_costs(self, rows: Numbers) -> NDArray[np.int64]:
        """Return the cost of the claim in each of some rows.

        It is 24 bits of a checksum of its IRI, for a fixed order, plus `UNSURE` if the claim is
        only possible, which is more than any path of certain claims costs.
        """
        claims = self.columns.claims
        costs = np.array([digest(crc32(claims[row].encode())) for row in rows.tolist()], np.int64)
        if self.columns.certainty is not None:
            costs += (self.columns.certainty[rows] == POSSIBLE) * UNSURE
        return costs

    def first(self) -> NumberedPath | None:
        """Return the best path by these rules, or ``None`` if there is no path."""
        return next(iter(self.best(1)[0]), None)

    def shortest(self) -> NumberedPath | None:
        """Return a shortest path by these rules apart from `most`, or ``None`` if there is no path.

        It may be of any length; with `via` or `together`, at most `LONGEST` steps.
        """
        if self.rules.via or self.rules.together:
            return replace(self, rules=replace(self.rules, most=LONGEST)).first()
        return shortest.shortest(
            self.network, self.a, self.b, passable=self.passable, usable=self.usable
        )

    def hubs(self) -> list[tuple[int, int]]:
        """Return the things that are not passed through as hubs, with the number of their ties.

        They are hubs by class, or have more ties than the hub limit. Only those that are fewer than
        ``rules.most`` steps from the one end and from the other; those with most ties first.
        """
        ties, is_hub = self.columns.degrees, np.zeros(len(self.network), bool)
        if self.rules.hub_limit is not None:
            is_hub |= ties > self.rules.hub_limit
        if self.rules.hubs is not None:
            is_hub |= self.rules.hubs
        is_hub &= ~self.passable
        if not is_hub.any():
            return []
        near_a, near_b = (self._around(end, self.rules.most - 1) for end in (self.a, self.b))
        both = np.flatnonzero(is_hub & near_a & near_b)
        both = both[(both != self.a) & (both != self.b)]
        order = np.argsort(-ties[both], kind="stable")
        return [(int(hub), int(ties[hub])) for hub in both[order]]

    def _around(self, end: int, steps: int) -> Flags:
        """Return a flag for each thing: whether at most `steps` lead there from a thing `end`.

        The steps use only `usable` claims and pass only through `passable` things.
        """
        seen = np.zeros(len(self.network), bool)
        front = np.array([end], np.int32)
        for _ in range(steps):
            fresh = distinct(self.network.arcs(front, self.usable).head)
            fresh = fresh[~seen[fresh]]
            seen[fresh] = True
            front = fresh[self.passable[fresh]]
        return seen

    def obstacles(self) -> list[tuple[NumberedPath, list[BrokenRule]]]:
        """Return paths that do not keep the rules, each with the rules that it breaks.

        For each rule a path is searched for that breaks no other one. If there is none at all, the
        path is one by no rules; the list is empty when even that does not exist. Searches anew for
        each rule.
        """
        searches = (replace(self, rules=relaxed) for relaxed in self._relaxed())
        paths = [
            search.shortest() if search.rules.most > self.rules.most else search.first()
            for search in searches
        ]
        if not any(paths):
            no_rules = Rules(most=LONGEST, with_closed=True, with_deprecated=True, on_any_day=True)
            paths = [replace(self, rules=no_rules).shortest()]
        return [(path, list(self.broken(path))) for path in paths if path is not None]

    def _relaxed(self) -> Iterator[Rules]:
        """Yield copies of these rules, each with a different one set aside."""
        rules = self.rules
        yield replace(rules, most=LONGEST)
        if rules.hub_limit is not None:
            yield replace(rules, hub_limit=None)
        if rules.hubs is not None:
            yield replace(rules, hubs=None)
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
        """Yield the rules of this search that a path breaks; it may come from another search.

        With each comes a number: of the thing, the row of the claim, or the place in `without` or
        `via` by which the rule is broken; for too many steps their number; for `together` none. A
        deprecated claim is not reported for its day too.
        """
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
        if rules.together and together(columns.bounds, path.claims)[0] == NO:
            yield BrokenRule("together")

    def _broken_by_things(self, path: NumberedPath) -> Iterator[BrokenRule]:
        """Yield the rules that a path breaks by the things between its ends.

        A thing breaks the rule ``kind`` if it is closed (a place, class or source) and the rules do
        not allow these, else ``hub-class`` if it is a hub by its class, else ``hub`` if it has too
        many ties; none if `via` names it. The number of each is that of the thing.
        """
        rules, columns = self.rules, self.columns
        wanted = {int(thing) for one in rules.via for thing in one.things}
        for thing in path.inner:
            if thing in wanted:
                continue
            if columns.closed[thing] and not rules.with_closed:
                yield BrokenRule("kind", thing)
            elif rules.hubs is not None and rules.hubs[thing]:
                yield BrokenRule("hub-class", thing)
            elif rules.hub_limit is not None and columns.degrees[thing] > rules.hub_limit:
                yield BrokenRule("hub", thing)
