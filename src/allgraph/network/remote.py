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
from allgraph.graph.facts import aspect_of, claim_facts, iris_of
from allgraph.model import edtf, vocabulary
from allgraph.model.adjacency import row_of
from allgraph.model.columns import CLOSED, NO, Columns, Flags
from allgraph.rdf.terms import AG, RDFS, XSD, Term, local_name, text
from allgraph.sparql.answer import Row

REQUESTS, CLAIMS = 200, 200_000
"""How many requests are sent for one part at most, and how many claims are asked for."""
MOST = 1000
"""How many things `degrees` can tell at most."""
_KEPT = 60  # requests that are kept for the facts of the claims that were found
_BATCH = 500  # nodes asked about at once
_TIES = 20_000  # ties asked for at once, as far as things can be told apart

Pair = tuple[str, str]
Facts = dict[str, list[Term]]


@dataclass(frozen=True)
class SearchReport:
    """How much a graph was asked for, and how far that reaches.

    All paths of at most `steps` claims are there; `claims` is how many claims were looked at.
    `limits` say in words what was cut. `ties` are those that each thing of the columns has in
    the whole graph, on the day if one was given; `hubs` were met and not passed through.
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
        """How much was asked for, in words."""
        return f"{self.requests} requests, {self.rows} rows, {self.claims} claims"


Enough = Callable[[Columns, SearchReport], bool]


@dataclass(frozen=True)
class Passing:
    """Which things paths may pass through, and on which `day` ties are counted, if on one.

    Things with more than `hub_limit` ties and members of `CLOSED` are not passed through, but
    for those that `through` names, or whose classes it names; `with_closed` lets all the latter
    be passed.
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

    `enough` is asked with the paths of one step, of two and so on, and ends the search. When the
    rules leave no path, the columns hold those that break them, as far as they were met. Raises
    what the engine raises.
    """
    part = _Part(graph, passing)
    with part.bounded():
        _search_from_both_ends(part, a, b, max_hops, enough)
    ways = part.ways(a, b)
    if not ways and not part.limits:
        part.look_closer(a, b)
    ways = ways or part.ways(a, b, by_rules=False)
    columns = part.columns(ways)
    return columns, part.report(columns)


def _search_from_both_ends(
    part: _Part, a: str, b: str, max_hops: int, enough: Enough | None
) -> None:
    """Ask for ties until all paths of `max_hops` steps are there, or there are enough."""
    fronts, met = [{a}, {b}], [{a}, {b}]
    part.begin({a, b})
    while part.steps < max_hops and all(fronts) and not part.are_claims(a, b):
        side = int(part.work(fronts[1]) < part.work(fronts[0]))
        heads = part.expanded(fronts[side]) - met[side]
        met[side] |= heads
        part.steps += 1
        if part.steps == max_hops:
            return
        if enough is not None:
            columns = part.columns(part.ways(a, b))
            if len(columns) and enough(columns, part.report(columns)):
                return
        fronts[side] = part.passed(heads - {a, b})
    part.steps = max_hops


def around(
    graph: Graph, things: Iterable[str], hops: int = 1, passing: Passing = _ANYTHING
) -> tuple[Columns, SearchReport]:
    """Return the claims that lead at most `hops` steps away from things, by their IRIs.

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
        part.begin(front)
        while part.steps < hops and front and not part.are_claims(*front):
            inner |= front
            heads = part.expanded(front) - met
            met |= heads
            part.steps += 1
            front = part.passed(heads) if part.steps < hops else set()
        part.steps = hops
    columns = part.columns([c for c, pairs in part.arcs.items() if inner & {*sum(pairs, ())}])
    return columns, part.report(columns)


def degrees(
    graph: Graph, predicates: Iterable[str] = (), limit: int = 20
) -> tuple[list[tuple[str, int]], SearchReport]:
    """Return the things with most ties, by claims with these predicates or any; at most `MOST`.

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
        least = min(plain.values()) if len(plain) >= MOST else 0
        nested = part.nested({text(row["claim"]) for row in part.ask("all-nested")}, wanted)
        if least:
            plain.update(part.plain(nested.keys() - plain.keys(), wanted))
        things = {*plain, *nested} - part.facts.keys()
        ties = {thing: plain.get(thing, 0) + nested.get(thing, 0) for thing in things}
        top = sorted(ties.items(), key=lambda item: (-item[1], item[0]))[:limit]
        if least and (len(top) < limit or top[-1][1] <= least):
            part.limits[f"others may have {least} ties too; ask for fewer things"] = None
        return top, part.report()
    return [], part.report()


class _Spent(Exception):
    """The request budget is used up."""


@dataclass(eq=False)
class _Part:
    """The part of a graph that has been asked for so far, and how much was asked.

    `facts` are those of claims, `things` nodes that are no claims, `spoken` claims about claims.
    `arcs` are the pairs of things that a claim joins, `near` what a thing is tied to. `load`
    is the number of ties of a thing on any day, `ties` that on the day.
    """

    graph: Graph
    rules: Passing = _ANYTHING
    steps: int = 0
    requests: int = 0
    rows: int = 0
    most: int = field(default_factory=lambda: REQUESTS - _KEPT)
    limits: dict[str, None] = field(default_factory=dict)
    facts: dict[str, Facts] = field(default_factory=dict)
    things: set[str] = field(default_factory=set)
    spoken: set[str] = field(default_factory=set)
    texts: dict[str, Facts] = field(default_factory=dict)
    arcs: dict[str, set[Pair]] = field(default_factory=dict)
    near: dict[str, set[str]] = field(default_factory=dict)
    deprecated: set[str] = field(default_factory=set)
    classes: dict[str, set[str]] = field(default_factory=dict)
    closed: dict[str, bool] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    load: dict[str, int] = field(default_factory=dict)
    ties: dict[str, int] = field(default_factory=dict)
    hubs: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """Catch the end of the request budget within the block, and note it in `limits`."""
        try:
            yield
        except _Spent as spent:
            self.limits[str(spent)] = None

    def ask(self, question: str, **values: Term | list[str]) -> Sequence[Row]:
        """Return the rows of an answer; `_Spent` when the request budget is used up."""
        if self.requests >= self.most:
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
        """Yield the rows of the answers about many IRIs, which are the parameter of that name."""
        for batch in _batches(iris):
            yield from self.ask(question, **{name: batch})

    def report(self, columns: Columns | None = None) -> SearchReport:
        """Return how much was asked, with the ties of the things in columns."""
        nodes = () if columns is None else columns.nodes
        ties = {node: self.ties[node] for node in nodes if node in self.ties}
        return SearchReport(self.requests, self.rows, len({*self.arcs, *self.facts}), self.steps,
                      tuple(self.limits), ties, dict(self.hubs))  # fmt: skip

    # ---- The search

    def begin(self, things: set[str]) -> None:
        """Ask for the facts of the things from which the search goes out."""
        self.classify(things)
        self.learn(sorted(things & self.stated))
        self.nested(things & self.facts.keys())
        self.count(things)

    def work(self, front: set[str]) -> int:
        """Return how many ties leave a frontier."""
        return sum(self.load[thing] for thing in front)

    def expanded(self, front: set[str]) -> set[str]:
        """Ask for the ties of a frontier, and return the things that they lead to."""
        if len(self.arcs) + self.work(front) > CLAIMS:
            raise _Spent(
                f"the search was cut, since more than {CLAIMS} claims are on the way; ask for "
                "fewer steps, or lower the hub limit"
            )
        self.asked |= front
        for things in self._by_load(front):
            for row in self.ask("ties", things=things):
                claim, one, other = (text(row[name]) for name in ("claim", "subject", "object"))
                if claim not in self.spoken and one != other:
                    self.things |= {one, other}
                    rank = row["rank"]
                    self._join(claim, {(one, other)}, rank == vocabulary.DEPRECATED)
        return set().union(*(self.near.get(thing, ()) for thing in front))

    def look_closer(self, *ends: str) -> None:
        """Ask for the ties of the ends that were not needed, unless they are too many."""
        with self.bounded():
            for end in ends:
                if end not in self.asked and self.load.get(end, 0) <= _TIES:
                    self.expanded({end})

    def _by_load(self, front: set[str]) -> Iterator[list[str]]:
        """Yield a frontier in batches, none with more than `_TIES` ties where it can be split."""
        batch: list[str] = []
        for thing in sorted(front):
            if batch and (len(batch) == _BATCH or self.work({*batch, thing}) > _TIES):
                yield batch
                batch = []
            batch.append(thing)
        if batch:
            yield batch

    def _join(self, claim: str, pairs: Iterable[Pair], is_deprecated: bool) -> None:
        """Note the pairs of things that a claim joins."""
        self.arcs.setdefault(claim, set()).update(pairs)
        if is_deprecated:
            self.deprecated.add(claim)
            return
        for one, other in pairs:
            self.near.setdefault(one, set()).add(other)
            self.near.setdefault(other, set()).add(one)

    def passed(self, heads: set[str]) -> set[str]:
        """Return the things that may be passed through, and note the hubs among the others."""
        self.classify(heads)
        front = {head for head in heads if not self._is_barred(head)}
        self.count(front)
        passable = {thing for thing in front if not self._is_barred(thing)}
        self.hubs.update({thing: self.ties[thing] for thing in front - passable})
        return passable

    def _is_barred(self, thing: str) -> bool:
        """Whether a thing may not be passed through, as far as is known."""
        rules = self.rules
        if thing in self.named:
            return False
        if self.closed.get(thing) and not rules.with_closed:
            return True
        return rules.hub_limit is not None and self.ties.get(thing, 0) > rules.hub_limit

    def ways(self, a: str, b: str, *, by_rules: bool = True) -> list[str]:
        """Return the claims that can be on a path of so many steps, those of shorter ones first."""
        if self.are_claims(a, b):
            return [claim for claim in self.facts if {a, b} & self.ends(claim)]
        near: dict[str, set[str]] = {}
        used = [c for c in self.arcs if not (by_rules and c in self.deprecated)]
        for one, other in (pair for claim in used for pair in self.arcs[claim]):
            near.setdefault(one, set()).add(other)
            near.setdefault(other, set()).add(one)
        from_a, from_b = (self._distances(near, end, by_rules, {a, b}) for end in (a, b))
        far = self.steps + 1
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
        self, near: Mapping[str, set[str]], start: str, by_rules: bool, ends: set[str]
    ) -> dict[str, int]:
        """Return how many steps the things that may be passed through are away from an end."""
        distances = {start: 0}
        front = {start}
        for step in range(1, self.steps):
            heads = set().union(*(near.get(thing, ()) for thing in front)) - distances.keys() - ends
            front = {head for head in heads if not (by_rules and self._is_barred(head))}
            distances.update(dict.fromkeys(front, step))
        return distances

    # ---- The facts of nodes

    def are_claims(self, *things: str) -> bool:
        """Whether one of these things is a claim."""
        return any(thing in self.facts for thing in things)

    def ends(self, claim: str) -> set[str]:
        """Return the nodes that a claim joins."""
        facts = self.facts[claim]
        return iris_of(facts, vocabulary.SUBJECT) | iris_of(facts, vocabulary.OBJECT)

    def rivals(self, claim: str) -> set[str]:
        """Return the claims that a claim is in conflict with."""
        return iris_of(self.facts[claim], vocabulary.CONFLICTS)

    def learn(self, nodes: Iterable[str]) -> None:
        """Ask for the facts of nodes that are claims, and of the claims that these are about."""
        fresh = [node for node in nodes if not self._is_known(node)]
        while fresh:
            claims: set[str] = set()  # those that something is about
            before = self.facts.keys() - {""}
            for row in self.ask_in_batches("said", "claims", fresh):
                if row["key"] is None:
                    claims.add(text(row["value"]))
                else:
                    _note(self.facts, row, "claim")
            self.things.update(node for node in fresh if node not in self.facts)
            ends = {end for claim in self.facts.keys() - before for end in self.ends(claim)}
            self.things |= ends - claims - self.facts.keys()
            fresh = sorted(claims - self.facts.keys())

    def _is_known(self, node: str) -> bool:
        return node in self.facts or node in self.things

    def describe(self, things: Iterable[str]) -> None:
        """Ask for the names of things, and for the sentences and aspects of predicates."""
        for batch in _batches(sorted({*things} - self.texts.keys())):
            self.texts.update((thing, {}) for thing in batch)
            for row in self.ask("texts", things=batch):
                _note(self.texts, row, "thing")

    def classify(self, things: Iterable[str]) -> None:
        """Ask which things are closed, and which are of a class that may be passed through."""
        if not self.classes:
            self._find_classes()
        for batch in _batches(sorted({*things} - self.closed.keys())):
            rows = self.ask("kinds", things=batch)
            self.closed.update(dict.fromkeys(batch, False))
            for row in rows:
                thing, kind = text(row["thing"]), text(row["class"])
                above = self.classes.get(kind, set())
                self.closed[thing] |= not kind or not above.isdisjoint(CLOSED)
                if not above.isdisjoint(self.rules.through):
                    self.named.add(thing)
                if kind == vocabulary.CLAIM.value:
                    self.stated.add(thing)
        self.named.update(self.rules.through)

    def _find_classes(self) -> None:
        """Ask for all classes below those that decide whether a thing may be passed through."""
        fresh = {*CLOSED, *self.rules.through}
        self.classes = {iri: {iri} for iri in fresh}
        while fresh:
            below = set()
            for row in self.ask("below", classes=sorted(fresh)):
                all_above = self.classes.setdefault(text(row["class"]), set())
                above = self.classes[text(row["above"])]
                if isinstance(row["class"], NamedNode) and not above <= all_above:
                    all_above |= above
                    below.add(row["class"].value)
            fresh = below

    def count(self, things: Iterable[str]) -> None:
        """Ask how many ties things have."""
        for batch in _batches(sorted({*things} - self.ties.keys())):
            plain = self.plain(batch)
            claims = {text(row["claim"]) for row in self.ask("nested", things=batch)}
            nested = self.nested(claims)
            not_on_day: dict[str, int] = {}
            if self.rules.day:
                day = Literal(edtf.iso(self.rules.day), datatype=NamedNode(XSD + "date"))
                rows = self.ask("counts-not-on", things=batch, day=day)
                not_on_day = {text(row["thing"]): _number(row["ties"]) for row in rows}
            for thing in batch:
                count = plain.get(thing, 0)
                self.load[thing] = count
                self.ties[thing] = count - not_on_day.get(thing, 0) + nested.get(thing, 0)

    def plain(self, things: Iterable[str], predicates: Collection[str] = ()) -> dict[str, int]:
        """Return how many claims join things to others that are no claims, on any day."""
        counts: dict[str, int] = {}
        for row in self.ask_in_batches("counts", "things", sorted(things)):
            if not predicates or text(row["predicate"]) in predicates:
                thing = text(row["thing"])
                counts[thing] = counts.get(thing, 0) + _number(row["ties"])
        return counts

    def nested(self, claims: set[str], predicates: Collection[str] = ()) -> dict[str, int]:
        """Return how many claims join things that are about these claims, at any depth."""
        spoken = self._spoken_from(claims)
        if not spoken:
            return {}
        with_inner = self._with_inner(spoken)
        if self.rules.day:
            self.describe(self._terms_of(with_inner))
        columns = self._columns_of(with_inner)
        kept = np.array([claim in spoken for claim in columns.claims], np.bool_)
        self._join_all(columns, kept)
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

    def _spoken_from(self, claims: set[str]) -> set[str]:
        """Ask for the claims about claims, at any depth, and note and return all of them."""
        spoken, fresh = set[str](), claims
        while fresh:
            self.learn(sorted(fresh))
            spoken |= fresh
            rows = self.ask_in_batches("above", "claims", sorted(fresh & self.facts.keys()))
            fresh = {text(row["claim"]) for row in rows} - spoken
        self.spoken |= spoken
        return spoken

    def _join_all(self, columns: Columns, kept: Flags) -> None:
        """Note the pairs of things that the flagged claims of columns join."""
        tails, heads, ties = (array.tolist() for array in columns.ties(kept).forward())
        for tail, head, row in zip(tails, heads, map(row_of, ties), strict=True):
            pair = (columns.nodes[tail], columns.nodes[head])
            self._join(columns.claims[row], {pair}, bool(columns.deprecated[row]))

    # ---- The columns

    def columns(self, claims: Sequence[str]) -> Columns:
        """Return the columns of claims, and of the claims on which their verdicts rest.

        The first claims are kept when the request budget does not suffice for all.
        """
        before, self.most = self.most, REQUESTS
        chosen: set[str] = set()
        with self.bounded():
            fresh: Iterable[str] = claims
            while fresh:
                self.learn(fresh)
                chosen |= self._with_inner(fresh)
                fresh = sorted({r for c in chosen for r in self.rivals(c)} - self.things - chosen)
            things = {end for claim in chosen for end in self.ends(claim)} - self.facts.keys()
            self.classify(things)
            self.count(things)
            self.describe(self._terms_of(chosen) | things)
        self.most = before
        while cut := {claim for claim in chosen if not self._is_whole(claim, chosen)}:
            chosen -= cut
        return self._columns_of(chosen)

    def _is_whole(self, claim: str, chosen: set[str]) -> bool:
        """Whether the ends, the rivals and the predicate of a claim have been asked for."""
        ends = all(e in chosen if e in self.facts else e in self.ties for e in self.ends(claim))
        rivals = all(r in chosen or r in self.things for r in self.rivals(claim))
        terms = self.facts[claim].get(vocabulary.PREDICATE.value, ())
        return ends and rivals and all(text(term) in self.texts for term in terms)

    def _with_inner(self, claims: Iterable[str]) -> set[str]:
        """Return claims, and those that they are about, at any depth."""
        with_inner: set[str] = set()
        fresh = self.facts.keys() & claims
        while fresh:
            with_inner |= fresh
            ends = {end for claim in fresh for end in self.ends(claim)}
            fresh = (ends & self.facts.keys()) - with_inner
        return with_inner

    def _terms_of(self, claims: Iterable[str]) -> set[str]:
        """Return the predicates and roles of claims."""
        parts = (vocabulary.PREDICATE, vocabulary.ROLE)
        return {
            iri for claim in claims for part in parts for iri in iris_of(self.facts[claim], part)
        }

    def _columns_of(self, claims: Collection[str]) -> Columns:
        """Return the columns of claims whose facts have been asked for."""
        facts = {claim: self.facts[claim] for claim in claims}
        labels, names = (_texts(self.texts, key) for key in (RDFS + "label", AG + "nameInText"))
        forward, inverse = (_texts(self.texts, AG + key) for key in ("sentence", "inverseSentence"))
        return Columns.of(
            replace(
                claim_facts(facts, {iri: _aspect(about) for iri, about in self.texts.items()}),
                roles={
                    claim: _roles(about, labels)
                    for claim, about in facts.items()
                    if vocabulary.ROLE.value in about
                },
                names={**labels, **names},
                templates={
                    iri: (forward[iri], inverse[iri]) for iri in forward.keys() & inverse.keys()
                },
                closed={thing for thing, is_closed in self.closed.items() if is_closed},
            )
        )


def _batches(iris: Iterable[str]) -> Iterator[list[str]]:
    """Yield IRIs, as many at a time as one request asks about."""
    rest = iter(iris)
    while batch := [*islice(rest, _BATCH)]:
        yield batch


def _number(term: Term | None) -> int:
    return int(text(term))


def _note(facts: dict[str, Facts], row: Row, name: str) -> None:
    """Add one fact of a node, whose IRI is in the column of that name."""
    value = row["value"]
    if value is not None:
        facts.setdefault(text(row[name]), {}).setdefault(text(row["key"]), []).append(value)


def _texts(facts: Mapping[str, Facts], key: str) -> dict[str, str]:
    """Return the first text, by the alphabet, of each node that has one."""
    return {iri: min(map(text, about[key])) for iri, about in facts.items() if key in about}


def _aspect(facts: Facts) -> edtf.Aspect:
    """Return the aspect of a predicate."""
    return aspect_of([local_name(text(a)) for a in facts.get(vocabulary.ASPECT.value, ())])


def _roles(facts: Facts, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the labels of the roles that a claim names."""
    roles = map(text, facts[vocabulary.ROLE.value])
    return tuple(sorted({labels[role] for role in roles if role in labels}))
