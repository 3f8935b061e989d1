"""The claims between two things, or around some, asked of a graph without reading all of it.

The search goes out from both ends, always from the side that has fewer ties, and asks for the
ties of a whole frontier of things at once. The claims become columns, in which a search for paths
finds what it would find in the columns of the whole graph.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> ends = [graph.resolve(name).value for name in ("Coco Rocha", "Model Alliance")]
>>> columns, report = between(graph, *ends, 2, Passing(hub_limit=200))
>>> len(columns) < len(graph.columns), report.limits, report.steps
(True, (), 2)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from allgraph.graph import Graph
from allgraph.model import vocabulary
from allgraph.model.adjacency import Network, row_of
from allgraph.model.columns import Columns
from allgraph.network.asked_claims import OF_TEXTS, AskedClaims
from allgraph.network.asked_ties import AskedTies, counted
from allgraph.network.passing import AskedKinds, Passing
from allgraph.network.requests import Requests
from allgraph.rdf.terms import text

MOST = 1000
"""The most things that the query of `degrees` counts ties of, claims about claims left out."""


@dataclass(frozen=True)
class SearchReport:
    """A report of a search at an endpoint: its requests, its limits, the length of paths covered.

    All paths of at most `steps` claims are there; `claims` is how many claims were looked at.
    `limits` say in words what was cut.
    """

    requests: int
    rows: int
    claims: int
    steps: int
    limits: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The numbers of requests, of rows in their answers, and of claims, in words."""
        return f"{self.requests} requests, {self.rows} rows, {self.claims} claims"


Enough = Callable[[Columns, int], bool]
"""Whether columns with all paths of at most so many steps suffice, so that no more is asked for."""
_ANYTHING = Passing()


def between(
    graph: Graph,
    a: str,
    b: str,
    max_hops: int,
    passing: Passing = _ANYTHING,
    *,
    enough: Enough | None = None,
) -> tuple[Columns, SearchReport]:
    """Return the claims on all paths of at most `max_hops` steps between two things, by IRIs.

    Runs the ``frontier-…`` queries on the graph. `passing` says which things paths may pass
    through, and the day of the columns, if any. After each step but the last, `enough` is called
    with the columns so far and the number of steps, and ends the search when it returns true. When
    `passing` leaves no path, the columns hold paths that break it, as far as they were met. When
    too much would be asked for, ``limits`` of the report say so. Raises `EngineError` when a query
    fails, `QueryError` when it is refused.
    """
    part = _Part(graph, passing)
    with part.requests.bounded():
        _search_from_both_ends(part, a, b, max_hops, enough)
    ways = part.claims_on_paths(a, b)
    if not ways and not part.requests.limits:
        with part.requests.bounded():
            part.ties.ask_rest(a, b)
    ways = ways or part.claims_on_paths(a, b, by_rules=False)
    return part.ask_columns(ways), part.report()


def _search_from_both_ends(
    part: _Part, a: str, b: str, max_hops: int, enough: Enough | None
) -> None:
    """Ask for ties until `part` has all paths of at most `max_hops` steps, or `enough` says so.

    Sets ``part.steps`` to the length up to which all paths are there. That is `max_hops` when a
    side has nothing left to ask about, or when an end is a claim, from which no path leads. Raises
    `Spent` when too much would have to be asked for.
    """
    fronts, met = [{a}, {b}], [{a}, {b}]
    part.ask_about_starts({a, b})
    while part.steps < max_hops and all(fronts) and not part.known.claims & {a, b}:
        side = int(part.ties.count_plain(fronts[1]) < part.ties.count_plain(fronts[0]))
        heads = part.ties.ask(fronts[side]) - met[side]
        met[side] |= heads
        part.steps += 1
        if part.steps == max_hops:
            return
        if enough is not None:
            columns = part.ask_columns(part.claims_on_paths(a, b))
            if len(columns) and enough(columns, part.steps):
                return
        fronts[side] = part.ask_passable(heads - {a, b})
    part.steps = max_hops


def around(
    graph: Graph, things: Iterable[str], hops: int = 1, passing: Passing = _ANYTHING
) -> tuple[Columns, SearchReport]:
    """Return the claims that lead at most `hops` steps away from things, by their IRIs.

    Runs the ``frontier-…`` queries on the graph, breadth first. `passing` says which things are
    passed through. When too much would be asked for, ``limits`` of the report say so. Raises
    `EngineError` when a query fails, `QueryError` when it is refused.

    >>> from allgraph.graph import open_graph
    >>> graph = open_graph()
    >>> columns, report = around(graph, [graph.resolve("Coco Rocha").value])
    >>> columns.claims[0].rpartition("/")[2], report.limits
    ('rocha-at-press-conference', ())
    """
    front = set(things)
    part = _Part(graph, passing)
    met, inner = set(front), set[str]()
    with part.requests.bounded():
        part.ask_about_starts(front)
        while part.steps < hops and front and not part.known.claims & front:
            inner |= front
            heads = part.ties.ask(front) - met
            met |= heads
            part.steps += 1
            front = part.ask_passable(heads) if part.steps < hops else set()
        part.steps = hops
    arcs = part.ties.directed(with_deprecated=True)
    columns = part.ask_columns([*dict.fromkeys(claim for claim, tail, _ in arcs if tail in inner)])
    return columns, part.report()


def degrees(
    graph: Graph, predicates: Iterable[str] = (), limit: int = 20
) -> tuple[list[tuple[str, int]], SearchReport]:
    """Return the IRIs of the things with most ties and the number of these, at most `limit` things.

    Ties are the claims that join a thing to others, but for deprecated ones; only those with one of
    `predicates` (IRIs) count, if any are given. Runs the ``frontier-…`` queries on the graph. When
    the request budget is used up there are no things; ``limits`` of the report say so, and whether
    things that are left out may have as many ties. Raises `EngineError` when a query fails,
    `QueryError` when it is refused.

    >>> from allgraph.graph import open_graph
    >>> things, report = degrees(open_graph(), limit=1)
    >>> things[0][0].rpartition("/")[2], report.requests
    ('new-york-state', 4)
    """
    wanted = list(dict.fromkeys(predicates))
    part = _Part(graph)
    ask = part.requests.ask
    with part.requests.bounded():
        plain = counted(ask("degrees-by", predicates=wanted) if wanted else ask("degrees"))
        least = min(plain.values()) if len(plain) >= MOST else 0  # the query gives at most `MOST`
        nested = part.ties.ask_nested({text(row["claim"]) for row in ask("all-nested")}, wanted)
        fresh = sorted(nested.keys() - plain.keys()) if least else ()
        for _, rows in part.requests.ask_in_batches("counts", "things", fresh):
            plain |= counted(rows, wanted)
        things = {*plain, *nested} - part.known.claims
        ties = {thing: plain.get(thing, 0) + nested.get(thing, 0) for thing in things}
        top = sorted(ties.items(), key=lambda item: (-item[1], item[0]))[:limit]
        if least and (len(top) < limit or top[-1][1] <= least):
            limits = part.requests.limits
            limits[f"others may have {least} ties too; ask for fewer things"] = None
        return top, part.report()
    return [], part.report()


class _Part:
    """The part of a graph known so far: claims, `kinds` and `ties`. Keys and members are IRIs.

    Paths of at most `steps` claims are all there. Methods named ask… send `requests`, and may raise
    `Spent` unless they say otherwise; others ask for nothing.
    """

    def __init__(self, graph: Graph, passing: Passing = _ANYTHING) -> None:
        """Start with nothing known of a graph; no request is sent yet."""
        self.requests = Requests(graph)
        self.known = AskedClaims(self.requests)
        self.kinds = AskedKinds(self.requests, passing)
        self.ties = AskedTies(self.requests, self.known, passing.day)
        self.steps = 0
        self._day = passing.day

    def report(self) -> SearchReport:
        """Return a report of the requests so far."""
        asked, claims = self.requests, {*self.ties.pairs, *self.known.claims}
        return SearchReport(asked.sent, asked.rows, len(claims), self.steps, tuple(asked.limits))

    def ask_about_starts(self, things: set[str]) -> None:
        """Ask for the kinds and numbers of ties of the things where the search begins.

        Also for the facts of those that are claims, and of claims about these.
        """
        self.kinds.ask(things)
        self.known.ask(sorted(things & self.kinds.typed_claims))
        self.ties.ask_nested(things & self.known.claims)
        self.ties.ask_counts(things)

    def ask_passable(self, heads: set[str]) -> set[str]:
        """Ask for the kinds and numbers of ties of things; return those that may be passed through.

        Ties are not counted of things that are barred whatever their ties: closed ones, such as
        places and classes.
        """
        self.kinds.ask(heads)
        front = {head for head in heads if not self._is_barred(head)}
        self.ties.ask_counts(front)
        return {thing for thing in front if not self._is_barred(thing)}

    def _is_barred(self, thing: str) -> bool:
        """Return True if the known facts about a thing forbid a path through it."""
        return self.kinds.is_barred(thing, self.ties.counts.get(thing, 0))

    def claims_on_paths(self, a: str, b: str, *, by_rules: bool = True) -> list[str]:
        """Return the claims that can be on a path from `a` to `b` of at most `steps` steps.

        Those on shorter paths come first. Without `by_rules`, paths may have deprecated claims and
        pass through anything. When an end is a claim, they are the known claims that join it.
        """
        if self.known.claims & {a, b}:
            return sorted(c for c in self.known.claims if {a, b} & self.known.ends([c]))
        arcs = [*self.ties.directed(with_deprecated=not by_rules)]
        things = dict.fromkeys((a, b, *(tail for _, tail, _ in arcs)))
        number = {thing: place for place, thing in enumerate(things)}
        ties = [(number[tail], number[head], row) for row, (_, tail, head) in enumerate(arcs)]
        network = Network.of(len(things), *np.array(ties, np.int32).reshape(-1, 3).T)
        passable = np.array([not (by_rules and self._is_barred(thing)) for thing in things])
        lengths: dict[str, int] = {}
        for length, layers in enumerate(network.walks(0, 1, self.steps, passable=passable), 1):
            for row in (row for layer in layers for row in row_of(layer.tie).tolist()):
                lengths.setdefault(arcs[row][0], length)
        return sorted(lengths, key=lambda claim: (lengths[claim], claim))

    def ask_columns(self, claims: Sequence[str]) -> Columns:
        """Ask for all that columns need of claims; return the columns of these, on the day if any.

        They also have the claims that these are about or in conflict with, at any depth, and in
        `counted` the ties of each thing in the whole graph, so that hubs are known as such. May
        send the requests that others have to leave. Does not raise `Spent`: when they do not
        suffice, limits say so and the columns have only the claims that all is known of.
        """
        known, chosen = self.known, set[str]()
        with self.requests.bounded(kept=0):
            fresh: Iterable[str] = claims
            while fresh:
                known.ask(fresh)
                chosen |= known.with_inner(fresh)
                fresh = sorted(
                    known.facts.linked(chosen, vocabulary.CONFLICTS) - known.things - chosen
                )
            things = known.ends(chosen) - known.claims
            self.kinds.ask(things)
            self.ties.ask_counts(things)
            known.ask_texts(known.facts.linked(chosen, *OF_TEXTS) | things)
        while cut := {claim for claim in chosen if not self._is_whole(claim, chosen)}:
            chosen -= cut
        columns = known.columns(chosen)
        closed = [self.kinds.closed.get(node, False) for node in columns.nodes]
        ties = [self.ties.counts.get(node, 0) for node in columns.nodes]
        columns = replace(columns, closed=np.array(closed, bool), counted=np.array(ties, np.int64))
        return columns if self._day is None else columns.view(self._day, possible=True)

    def _is_whole(self, claim: str, chosen: set[str]) -> bool:
        """Return True if the ends, the rivals and the predicate of a known claim are known too.

        Those of its ends and rivals that are claims have to be in `chosen`.
        """
        known = self.known
        ends = known.ends([claim]) - chosen
        return (
            ends <= self.ties.counts.keys()
            and ends.isdisjoint(known.claims)
            and known.facts.linked([claim], vocabulary.CONFLICTS) - chosen <= known.things
            and known.facts.linked([claim], vocabulary.PREDICATE) <= known.with_texts
        )
