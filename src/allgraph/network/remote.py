"""The claims between two things, or around some, asked of a graph without reading all of it.

The search goes out from both ends, always from the side that has fewer ties, and asks for the
ties of a whole frontier of things at once. The claims become columns, in which a search for paths
finds what it would find in the columns of the whole graph.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> ends = [graph.resolve(name).value for name in ("Coco Rocha", "Model Alliance")]
>>> columns, report = between(graph, *ends, 2, Passing(hub_limit=200))
>>> len(columns) < len(graph.columns), report.complete, report.steps
(True, True, 2)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
from pyoxigraph import Literal, NamedNode

from allgraph.graph import Graph
from allgraph.model import edtf, vocabulary
from allgraph.model.adjacency import row_of
from allgraph.model.columns import CLOSED, NO, Columns, Flags
from allgraph.model.facts import Facts
from allgraph.model.table_builder import columns_of
from allgraph.rdf.terms import XSD, Term, text
from allgraph.sparql.answer import Row

REQUESTS, CLAIMS = 200, 200_000
"""How many requests are sent for one part at most, and how many claims are asked for."""
MOST = 1000
"""The most things that the query of `degrees` counts ties of, claims about claims left out."""
_KEPT = 60  # requests that only `_Part.ask_columns` may send
_BATCH = 500  # nodes asked about in one request
_TIES = 20_000  # ties asked for in one request, unless one thing alone has more

Pair = tuple[str, str]
"""The IRIs of two things that a claim joins."""
Objects = dict[str, list[Term]]
"""The objects of the triples of one node, by the IRI of the predicate."""


@dataclass(frozen=True)
class SearchReport:
    """How much a graph was asked for, and which paths the claims that it gave are enough for.

    All paths of at most `steps` claims are there; `claims` is how many claims were looked at.
    `limits` say in words what was cut. `ties` has the number of ties that each thing of the columns
    has in the whole graph, on the day if one was given; `hubs` that of the things that were met and
    not passed through, since they have too many.
    """

    requests: int
    rows: int
    claims: int
    steps: int
    limits: tuple[str, ...] = ()
    ties: Mapping[str, int] = field(default_factory=dict, repr=False)
    hubs: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def complete(self) -> bool:
        """Whether nothing was cut."""
        return not self.limits

    @property
    def summary(self) -> str:
        """The numbers of requests, of rows in their answers, and of claims, in words."""
        return f"{self.requests} requests, {self.rows} rows, {self.claims} claims"


Enough = Callable[[Columns, SearchReport], bool]
"""Whether columns with all paths of ``report.steps`` steps suffice, so that the search may end."""


@dataclass(frozen=True)
class Passing:
    """Which things paths may pass through, and the `day` as of which ties are counted, if any.

    Things with more than `hub_limit` ties and closed things (members of a class in `CLOSED`) are
    not passed through, unless `through` has their IRI or that of their class. With `with_closed`,
    all closed things may be passed through.
    """

    hub_limit: int | None = None
    through: Collection[str] = ()
    with_closed: bool = False
    day: edtf.Day | None = None


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
    through. After each step but the last, `enough` is called with the columns so far and a report,
    and ends the search when it returns true. When `passing` leaves no path, the columns hold paths
    that break it, as far as they were met. When too much would be asked for, ``limits`` of the
    report say so. Raises `EngineError` when a query fails, `QueryError` when it is refused.
    """
    part = _Part(graph, passing)
    with part.bounded():
        _search_from_both_ends(part, a, b, max_hops, enough)
    ways = part.claims_on_paths(a, b)
    if not ways and not part.limits:
        part.ask_ties_of_ends(a, b)
    ways = ways or part.claims_on_paths(a, b, by_rules=False)
    columns = part.ask_columns(ways)
    return columns, part.report(columns)


def _search_from_both_ends(
    part: _Part, a: str, b: str, max_hops: int, enough: Enough | None
) -> None:
    """Ask for ties until `part` has all paths of at most `max_hops` steps, or `enough` says so.

    Sets ``part.steps`` to the length up to which all paths are there. That is `max_hops` when a
    side has nothing left to ask about, or when an end is a claim, from which no path leads. Raises
    `_Spent` when too much would have to be asked for.
    """
    fronts, met = [{a}, {b}], [{a}, {b}]
    part.ask_about_starts({a, b})
    while part.steps < max_hops and all(fronts) and not part.any_is_claim(a, b):
        side = int(part.count_plain_ties(fronts[1]) < part.count_plain_ties(fronts[0]))
        heads = part.ask_ties(fronts[side]) - met[side]
        met[side] |= heads
        part.steps += 1
        if part.steps == max_hops:
            return
        if enough is not None:
            columns = part.ask_columns(part.claims_on_paths(a, b))
            if len(columns) and enough(columns, part.report(columns)):
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
    >>> columns.sentence(len(columns) - 1), report.complete
    ('Coco Rocha has served on the Model Alliance Advisory Board', True)
    """
    front = set(things)
    part = _Part(graph, passing)
    met, inner = set(front), set[str]()
    with part.bounded():
        part.ask_about_starts(front)
        while part.steps < hops and front and not part.any_is_claim(*front):
            inner |= front
            heads = part.ask_ties(front) - met
            met |= heads
            part.steps += 1
            front = part.ask_passable(heads) if part.steps < hops else set()
        part.steps = hops
    columns = part.ask_columns([c for c, pairs in part.arcs.items() if inner & {*sum(pairs, ())}])
    return columns, part.report(columns)


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
    ('model-alliance', 4)
    """
    wanted = list(dict.fromkeys(predicates))
    part = _Part(graph)
    with part.bounded():
        rows = part.ask("degrees-by", predicates=wanted) if wanted else part.ask("degrees")
        plain = {text(row["thing"]): _number(row["ties"]) for row in rows}
        least = min(plain.values()) if len(plain) >= MOST else 0  # the query gives at most `MOST`
        nested = part.ask_nested_counts(
            {text(row["claim"]) for row in part.ask("all-nested")}, wanted
        )
        if least:
            plain.update(part.ask_plain_counts(nested.keys() - plain.keys(), wanted))
        things = {*plain, *nested} - part.facts.keys()
        ties = {thing: plain.get(thing, 0) + nested.get(thing, 0) for thing in things}
        top = sorted(ties.items(), key=lambda item: (-item[1], item[0]))[:limit]
        if least and (len(top) < limit or top[-1][1] <= least):
            part.limits[f"others may have {least} ties too; ask for fewer things"] = None
        return top, part.report()
    return [], part.report()


class _Spent(Exception):
    """The request budget of a `_Part` is used up; the message says what was cut."""


@dataclass(eq=False)
class _Part:
    """The part of a graph known so far. Methods named ask… run queries, add to it, raise `_Spent`.

    They raise it when the request budget is used up, unless they say otherwise. Paths of at most
    `steps` claims are all there. All keys and members are IRIs:

    - `requests` were sent, at most `request_limit`; `rows` came back; `limits` say what was cut;
    - `facts` of each claim; `texts` of things and predicates: names, sentences, aspects;
    - `things`: the nodes known to be no claims; `about_claims`: the claims about claims;
    - `arcs`: the pairs of things that each claim joins; `deprecated`: the deprecated among them;
    - `neighbours`: the things that are tied to each thing by claims that are not deprecated;
    - `classes`: the classes of `CLOSED` and `Passing.through` that each class is, or is below;
    - `closed`: whether each thing is closed;
    - `always_passable`: things that `Passing.through` names, by themselves or by their classes;
    - `typed_claims`: nodes with the class ag:Claim; `ties_asked`: things whose ties are in `arcs`;
    - `plain_ties`: how many claims join each thing to others that are no claims, on any day;
    - `ties`: how many claims join each thing to others, on the day if there is one;
    - `hubs`: the ties of things that `ask_passable` left out for having too many.
    """

    graph: Graph
    rules: Passing = _ANYTHING
    steps: int = 0
    requests: int = 0
    rows: int = 0
    request_limit: int = field(default_factory=lambda: REQUESTS - _KEPT)
    limits: dict[str, None] = field(default_factory=dict)
    facts: dict[str, Objects] = field(default_factory=dict)
    things: set[str] = field(default_factory=set)
    about_claims: set[str] = field(default_factory=set)
    texts: dict[str, Objects] = field(default_factory=dict)
    arcs: dict[str, set[Pair]] = field(default_factory=dict)
    neighbours: dict[str, set[str]] = field(default_factory=dict)
    deprecated: set[str] = field(default_factory=set)
    classes: dict[str, set[str]] = field(default_factory=dict)
    closed: dict[str, bool] = field(default_factory=dict)
    always_passable: set[str] = field(default_factory=set)
    typed_claims: set[str] = field(default_factory=set)
    ties_asked: set[str] = field(default_factory=set)
    plain_ties: dict[str, int] = field(default_factory=dict)
    ties: dict[str, int] = field(default_factory=dict)
    hubs: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Catch `_Spent` within the block, which it ends, and add its message to `limits`."""
        try:
            yield
        except _Spent as spent:
            self.limits[str(spent)] = None

    def ask(self, question: str, **values: Term | list[str]) -> Sequence[Row]:
        """Return the rows of the answer to the query ``frontier-QUESTION``, with `values` in it.

        A list in `values` is of IRIs. Counts the request and its rows. Raises `_Spent` when the
        request budget is used up.
        """
        if self.requests >= self.request_limit:
            raise _Spent(f"the search was cut after {self.requests} requests; ask for fewer steps")
        self.requests += 1
        terms: dict[str, Term | list[Term]] = {
            name: [NamedNode(iri) for iri in value] if isinstance(value, list) else value
            for name, value in values.items()
        }
        rows = self.graph.run(f"frontier-{question}", **terms).rows
        self.rows += len(rows)
        return rows

    def ask_in_batches(self, question: str, name: str, iris: Collection[str]) -> Iterator[Row]:
        """Yield the rows of the answers about many IRIs, which are the values of parameter `name`.

        Each batch is a request, sent when its first row is taken; it may raise `_Spent`.
        """
        for batch in _batches(iris):
            yield from self.ask(question, **{name: batch})

    def report(self, columns: Columns | None = None) -> SearchReport:
        """Return how much was asked so far, with the `ties` of the things in columns.

        These are how many claims join each to others; things for which that is not known are left
        out.
        """
        nodes = () if columns is None else columns.nodes
        ties = {node: self.ties[node] for node in nodes if node in self.ties}
        return SearchReport(self.requests, self.rows, len({*self.arcs, *self.facts}), self.steps,
                      tuple(self.limits), ties, dict(self.hubs))  # fmt: skip

    # ---- The search

    def ask_about_starts(self, things: set[str]) -> None:
        """Ask for the kinds, facts and numbers of ties of the things where the search begins.

        Facts are the triples of a claim, asked for only of things with the class ag:Claim, and of
        claims about these. Sets `closed`, `ties` and `plain_ties` of the things, and adds the
        claims about claims near them to `facts` and `arcs`, as `ask_nested_counts` does.
        """
        self.ask_kinds(things)
        self.ask_facts(sorted(things & self.typed_claims))
        self.ask_nested_counts(things & self.facts.keys())
        self.ask_tie_counts(things)

    def count_plain_ties(self, front: set[str]) -> int:
        """Return the sum of `plain_ties` of some things, which have to be known.

        It has for each thing how many claims join it to others that are no claims. Asks for
        nothing.
        """
        return sum(self.plain_ties[thing] for thing in front)

    def ask_ties(self, front: set[str]) -> set[str]:
        """Ask for the ties of the things in `front`; return the things that they are tied to.

        Those tied by deprecated claims alone are not returned. The `plain_ties` of `front` have to
        be known. Adds `front` to `ties_asked`, the two ends of each tie to `things`, and the pair
        of them to `arcs` by claim, and to `neighbours` (the claim to `deprecated` instead, if it
        is). Claims about claims are left out, since `ask_nested_counts` adds these. Raises `_Spent`
        also before more than `CLAIMS` (200,000) claims are asked for.
        """
        if len(self.arcs) + self.count_plain_ties(front) > CLAIMS:
            raise _Spent(
                f"the search was cut, since more than {CLAIMS} claims are on the way; ask for "
                "fewer steps, or lower the hub limit"
            )
        self.ties_asked |= front
        for things in self._batches_by_ties(front):
            for row in self.ask("ties", things=things):
                claim, one, other = (text(row[name]) for name in ("claim", "subject", "object"))
                if claim not in self.about_claims and one != other:
                    self.things |= {one, other}
                    rank = row["rank"]
                    self._add_pairs(claim, {(one, other)}, rank == vocabulary.DEPRECATED)
        return set().union(*(self.neighbours.get(thing, ()) for thing in front))

    def ask_ties_of_ends(self, *ends: str) -> None:
        """Ask for the ties of those ends whose ties were not asked for, unless they are too many.

        An end has too many when its `plain_ties` are more than `_TIES`. Adds the ties to `arcs`,
        and the rest that `ask_ties` adds. Does not raise `_Spent`, but adds its message to
        `limits`.
        """
        with self.bounded():
            for end in ends:
                if end not in self.ties_asked and self.plain_ties.get(end, 0) <= _TIES:
                    self.ask_ties({end})

    def _batches_by_ties(self, front: set[str]) -> Iterator[list[str]]:
        """Yield the things of a frontier in batches of at most `_BATCH` things and `_TIES` ties.

        A thing that has more ties is a batch of its own.
        """
        batch: list[str] = []
        for thing in sorted(front):
            if batch and (len(batch) == _BATCH or self.count_plain_ties({*batch, thing}) > _TIES):
                yield batch
                batch = []
            batch.append(thing)
        if batch:
            yield batch

    def _add_pairs(self, claim: str, pairs: Iterable[Pair], is_deprecated: bool) -> None:
        """Add the pairs of things that a claim joins to `arcs`, by claim, and to `neighbours`.

        `neighbours` has a set for each thing; both things of a pair are added to the set of the
        other. A deprecated claim is added to `deprecated` and not to `neighbours`.
        """
        self.arcs.setdefault(claim, set()).update(pairs)
        if is_deprecated:
            self.deprecated.add(claim)
            return
        for one, other in pairs:
            self.neighbours.setdefault(one, set()).add(other)
            self.neighbours.setdefault(other, set()).add(one)

    def ask_passable(self, heads: set[str]) -> set[str]:
        """Ask for the kinds and numbers of ties of things; return those that may be passed through.

        Adds to `hubs` those that have too many ties, with their number, and what `ask_kinds` and
        `ask_tie_counts` add. Ties are not counted of things that are barred whatever their ties:
        closed ones, such as places and classes.
        """
        self.ask_kinds(heads)
        front = {head for head in heads if not self._is_barred(head)}
        self.ask_tie_counts(front)
        passable = {thing for thing in front if not self._is_barred(thing)}
        self.hubs.update({thing: self.ties[thing] for thing in front - passable})
        return passable

    def _is_barred(self, thing: str) -> bool:
        """Whether `closed` or `ties` say that a thing may not be passed through.

        That is so for a closed thing (a class, or a member of a class in `CLOSED`, as places and
        sources are), unless `rules` allow these, and for one with more ties than their hub limit.
        ``False`` for a thing in `always_passable`, and for one of which nothing is known. Asks for
        nothing.
        """
        rules = self.rules
        if thing in self.always_passable:
            return False
        if self.closed.get(thing) and not rules.with_closed:
            return True
        return rules.hub_limit is not None and self.ties.get(thing, 0) > rules.hub_limit

    def claims_on_paths(self, a: str, b: str, *, by_rules: bool = True) -> list[str]:
        """Return the claims that can be on a path from `a` to `b` of at most `steps` steps.

        They are claims of `arcs`, which has the pairs of things that each joins. Those on shorter
        paths come first. Without `by_rules`, paths may have deprecated claims and pass through
        anything. When an end is a claim, they are the claims that join it, as far as their facts
        are known. Asks for nothing.
        """
        if self.any_is_claim(a, b):
            return [claim for claim in self.facts if {a, b} & self.ends(claim)]
        neighbours: dict[str, set[str]] = {}
        used = [c for c in self.arcs if not (by_rules and c in self.deprecated)]
        for one, other in (pair for claim in used for pair in self.arcs[claim]):
            neighbours.setdefault(one, set()).add(other)
            neighbours.setdefault(other, set()).add(one)
        from_a, from_b = (self._distances(neighbours, end, by_rules, {a, b}) for end in (a, b))
        far = self.steps + 1  # as if a thing that is not reached were too far away
        lengths = {
            claim: 1
            + min(
                from_a.get(one, far) + from_b.get(other, far)
                for pair in self.arcs[claim]
                for one, other in (pair, pair[::-1])
            )
            for claim in used
        }
        near_enough = ((length, claim) for claim, length in lengths.items() if length < far)
        return [claim for _, claim in sorted(near_enough)]

    def _distances(
        self, neighbours: Mapping[str, set[str]], start: str, by_rules: bool, ends: set[str]
    ) -> dict[str, int]:
        """Return how many steps (less than `steps`) things are away from the end `start`, by thing.

        `neighbours` are by thing, and `ends` are both ends. Things that may not be passed through
        are left out if `by_rules`, and the other end.
        """
        distances = {start: 0}
        front = {start}
        for step in range(1, self.steps):
            heads = set().union(*(neighbours.get(thing, ()) for thing in front))
            heads -= distances.keys() | ends
            front = {head for head in heads if not (by_rules and self._is_barred(head))}
            distances.update(dict.fromkeys(front, step))
        return distances

    # ---- The facts of nodes

    def any_is_claim(self, *nodes: str) -> bool:
        """Whether one of these nodes is a claim whose facts are known."""
        return any(node in self.facts for node in nodes)

    def ends(self, claim: str) -> set[str]:
        """Return the IRIs of the subject and the object of a claim whose facts are known.

        A literal is left out.
        """
        facts = self.facts[claim]
        return iris_of(facts, vocabulary.SUBJECT) | iris_of(facts, vocabulary.OBJECT)

    def rivals(self, claim: str) -> set[str]:
        """Return the claims with which a claim, whose facts are known, is in conflict."""
        return iris_of(self.facts[claim], vocabulary.CONFLICTS)

    def ask_facts(self, nodes: Iterable[str]) -> None:
        """Ask for the facts of those nodes that are claims, and of the claims that these are about.

        At any depth. Facts are triples with the claim as subject; they are added to `facts`. Adds
        to `things` the nodes and the ends of claims that turn out to be no claims. Nodes that are
        in `facts` or `things` already are not asked about.
        """
        fresh = [node for node in nodes if not self._is_known(node)]
        while fresh:
            claims: set[str] = set()  # those that other claims are about
            before = set(self.facts)
            for row in self.ask_in_batches("said", "claims", fresh):
                if row["key"] is None:  # the value is a claim that is an end of another
                    claims.add(text(row["value"]))
                else:
                    _add_fact(self.facts, row, "claim")
            self.things.update(node for node in fresh if node not in self.facts)
            ends = {end for claim in self.facts.keys() - before for end in self.ends(claim)}
            self.things |= ends - claims - self.facts.keys()
            fresh = sorted(claims - self.facts.keys())

    def _is_known(self, node: str) -> bool:
        """Whether it is known of a node that it is a claim, or that it is none."""
        return node in self.facts or node in self.things

    def ask_texts(self, things: Iterable[str]) -> None:
        """Ask for the names of things and for the sentences and aspects of predicates, by IRI.

        Adds them to `texts`, which has the texts of a thing by predicate; a thing without any gets
        an empty entry. Things that are there already are not asked for.
        """
        for batch in _batches(sorted({*things} - self.texts.keys())):
            rows = self.ask("texts", things=batch)
            self.texts.update((thing, {}) for thing in batch)
            for row in rows:
                _add_fact(self.texts, row, "thing")

    def ask_kinds(self, things: Iterable[str]) -> None:
        """Ask for the classes of things that are not in `closed`.

        Sets `closed` for each: ``True`` for a class, and for a member of a class that is in or
        below `CLOSED`, such as a place or a source. Adds to `always_passable` what
        ``rules.through`` names, and members of the classes named there; to `typed_claims` the
        members of ag:Claim. The first call asks for `classes` too.
        """
        if not self.classes:
            self._ask_classes()
        for batch in _batches(sorted({*things} - self.closed.keys())):
            rows = self.ask("kinds", things=batch)
            self.closed.update(dict.fromkeys(batch, False))
            for row in rows:
                thing, kind = text(row["thing"]), text(row["class"])
                above = self.classes.get(kind, set())
                # a row without a class is for a thing that is a class itself
                self.closed[thing] |= not kind or not above.isdisjoint(CLOSED)
                if not above.isdisjoint(self.rules.through):
                    self.always_passable.add(thing)
                if kind == vocabulary.CLAIM.value:
                    self.typed_claims.add(thing)
        self.always_passable.update(self.rules.through)

    def _ask_classes(self) -> None:
        """Ask for all classes below `CLOSED` and ``rules.through``; set `classes` to them.

        `classes` has for each the set of those in `CLOSED` and ``rules.through`` that it is or is
        below, at any depth.
        """
        fresh = {*CLOSED, *self.rules.through}
        classes = {iri: {iri} for iri in fresh}
        while fresh:
            below = set()
            for row in self.ask("below", classes=sorted(fresh)):
                all_above = classes.setdefault(text(row["class"]), set())
                above = classes[text(row["above"])]
                if isinstance(row["class"], NamedNode) and not above <= all_above:
                    all_above |= above
                    below.add(row["class"].value)
            fresh = below
        self.classes = classes

    def ask_tie_counts(self, things: Iterable[str]) -> None:
        """Ask for the numbers of ties of things that are not in `ties`.

        Sets for each `plain_ties`, how many claims join it to others that are no claims, on any
        day; and `ties`, how many join it to anything, on the day of `rules` if there is one. The
        claims about claims near them are asked for too, with their facts, and added as
        `ask_nested_counts` does.
        """
        for batch in _batches(sorted({*things} - self.ties.keys())):
            plain = self.ask_plain_counts(batch)
            claims = {text(row["claim"]) for row in self.ask("nested", things=batch)}
            nested = self.ask_nested_counts(claims)
            not_on_day: dict[str, int] = {}
            if self.rules.day:
                day = Literal(edtf.iso(self.rules.day), datatype=NamedNode(XSD + "date"))
                rows = self.ask("counts-not-on", things=batch, day=day)
                not_on_day = {text(row["thing"]): _number(row["ties"]) for row in rows}
            for thing in batch:
                count = plain.get(thing, 0)
                self.plain_ties[thing] = count
                self.ties[thing] = count - not_on_day.get(thing, 0) + nested.get(thing, 0)

    def ask_plain_counts(
        self, things: Iterable[str], predicates: Collection[str] = ()
    ) -> dict[str, int]:
        """Ask how many claims join things to others that are no claims, on any day; return that.

        Only claims with some `predicates` count, if any are given. Things without such claims are
        left out. Changes nothing but the counts of `ask`.
        """
        counts: dict[str, int] = {}
        for row in self.ask_in_batches("counts", "things", sorted(things)):
            if not predicates or text(row["predicate"]) in predicates:
                thing = text(row["thing"])
                counts[thing] = counts.get(thing, 0) + _number(row["ties"])
        return counts

    def ask_nested_counts(
        self, claims: set[str], predicates: Collection[str] = ()
    ) -> dict[str, int]:
        """Ask for the claims that are about `claims`, at any depth, and for their facts.

        Returns for each thing how many claims, of `claims` and these, join it to others: those that
        are not deprecated, may hold on the day, and have one of `predicates`, if any are given.
        Things that none joins are left out. Adds to `about_claims`, `facts`, `things`, `arcs`,
        `neighbours`, `deprecated` and `texts`.
        """
        about_claims = self._ask_claims_about(claims)
        if not about_claims:
            return {}
        with_inner = self._with_inner(about_claims)
        if self.rules.day:
            self.ask_texts(self._predicates_and_roles(with_inner))
        columns = self._columns_of(with_inner)
        kept = np.array([claim in about_claims for claim in columns.claims], np.bool_)
        self._add_pairs_of_columns(columns, kept)
        kept &= ~columns.deprecated
        if self.rules.day:
            certainty = columns.view(self.rules.day, possible=True).certainty
            assert certainty is not None
            kept &= certainty > NO
        if predicates:
            is_wanted = np.array([iri in predicates for iri in columns.predicates], np.bool_)
            kept &= is_wanted[columns.predicate]
        ties = columns.ties(kept).ties.tolist()
        return {node: count for node, count in zip(columns.nodes, ties, strict=True) if count}

    def _ask_claims_about(self, claims: set[str]) -> set[str]:
        """Ask for the claims that are about `claims`, at any depth, and for the facts of all.

        Returns `claims` and these, and adds them to `about_claims`; adds what `ask_facts` adds.
        """
        about_claims, fresh = set[str](), claims
        while fresh:
            self.ask_facts(sorted(fresh))
            about_claims |= fresh
            rows = self.ask_in_batches("above", "claims", sorted(fresh & self.facts.keys()))
            fresh = {text(row["claim"]) for row in rows} - about_claims
        self.about_claims |= about_claims
        return about_claims

    def _add_pairs_of_columns(self, columns: Columns, kept: Flags) -> None:
        """Call `_add_pairs` for each tie of the claims of columns that are flagged in `kept`.

        So the pairs of things are added to `arcs` and `neighbours`, or `deprecated`.
        """
        tails, heads, ties = (array.tolist() for array in columns.ties(kept).forward())
        for tail, head, row in zip(tails, heads, map(row_of, ties), strict=True):
            pair = (columns.nodes[tail], columns.nodes[head])
            self._add_pairs(columns.claims[row], {pair}, bool(columns.deprecated[row]))

    # ---- The columns

    def ask_columns(self, claims: Sequence[str]) -> Columns:
        """Ask for all that columns need of claims; return the columns of these.

        They also have the claims that these are about or in conflict with, at any depth. May send
        requests until there are `REQUESTS` (200) in all, more than other methods may. Does not
        raise `_Spent`: when that does not suffice, `limits` say so and the columns have only the
        claims that all is known of. Adds to `facts`, `closed`, `ties`, `texts` and others, as
        `ask_facts`, `ask_kinds`, `ask_tie_counts` and `ask_texts` do.
        """
        before, self.request_limit = self.request_limit, REQUESTS
        chosen: set[str] = set()
        with self.bounded():
            fresh: Iterable[str] = claims
            while fresh:
                self.ask_facts(fresh)
                chosen |= self._with_inner(fresh)
                fresh = sorted({r for c in chosen for r in self.rivals(c)} - self.things - chosen)
            things = {end for claim in chosen for end in self.ends(claim)} - self.facts.keys()
            self.ask_kinds(things)
            self.ask_tie_counts(things)
            self.ask_texts(self._predicates_and_roles(chosen) | things)
        self.request_limit = before
        while cut := {claim for claim in chosen if not self._is_whole(claim, chosen)}:
            chosen -= cut
        return self._columns_of(chosen)

    def _is_whole(self, claim: str, chosen: set[str]) -> bool:
        """Whether all that columns need of a claim in `facts` is known: ends, rivals and predicate.

        Those of its ends and rivals that are claims have to be in `chosen`.
        """
        ends = all(e in chosen if e in self.facts else e in self.ties for e in self.ends(claim))
        rivals = all(r in chosen or r in self.things for r in self.rivals(claim))
        terms = self.facts[claim].get(vocabulary.PREDICATE.value, ())
        return ends and rivals and all(text(term) in self.texts for term in terms)

    def _with_inner(self, claims: Iterable[str]) -> set[str]:
        """Return those claims whose facts are known, and the claims that they are about.

        At any depth. Asks for nothing.
        """
        with_inner: set[str] = set()
        fresh = self.facts.keys() & claims
        while fresh:
            with_inner |= fresh
            ends = {end for claim in fresh for end in self.ends(claim)}
            fresh = (ends & self.facts.keys()) - with_inner
        return with_inner

    def _predicates_and_roles(self, claims: Iterable[str]) -> set[str]:
        """Return the IRIs of the predicates and roles of claims whose facts are known."""
        parts = (vocabulary.PREDICATE, vocabulary.ROLE)
        return {
            iri for claim in claims for part in parts for iri in iris_of(self.facts[claim], part)
        }

    def _columns_of(self, claims: Collection[str]) -> Columns:
        """Return the columns of claims whose facts are known, from `facts`, `texts`, `closed`."""
        facts = Facts()
        facts.add(f"<{claim}> {vocabulary.TYPE} {vocabulary.CLAIM} ." for claim in claims)
        for nodes, known in ((claims, self.facts), (self.texts, self.texts)):
            facts.add(
                f"<{node}> <{predicate}> {obj} ."
                for node in nodes
                for predicate, objects in known[node].items()
                for obj in objects
            )
        columns = columns_of(facts)
        closed = [self.closed.get(node, False) for node in columns.nodes]
        return replace(columns, closed=np.array(closed, np.bool_))


def _batches(iris: Iterable[str]) -> Iterator[list[str]]:
    """Yield lists of IRIs, each of at most `_BATCH`, as many as one request asks about."""
    remaining = iter(iris)
    while batch := [*islice(remaining, _BATCH)]:
        yield batch


def _number(term: Term | None) -> int:
    """Return the whole number that is the text of a literal; `ValueError` for another text."""
    return int(text(term))


def iris_of(objects: Objects, predicate: NamedNode) -> set[str]:
    """Return the IRIs among the objects of one predicate of a node."""
    values = objects.get(predicate.value, ())
    return {value.value for value in values if isinstance(value, NamedNode)}


def _add_fact(facts: dict[str, Objects], row: Row, name: str) -> None:
    """Add the object of a row (column ``value``) to `facts`, if it has one.

    `facts` has a list of objects by node and predicate; `name` is the column with the IRI of the
    node, ``key`` that with the predicate.
    """
    value = row["value"]
    if value is not None:
        facts.setdefault(text(row[name]), {}).setdefault(text(row["key"]), []).append(value)
