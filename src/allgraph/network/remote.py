"""The part of a graph between two things, asked for in batches and not taken whole.

The search goes from both ends, always on from the side that has fewer ties, and asks for the
ties of a frontier of things at a time. What comes of it are columns, in which a search finds
what it would find in those of the whole graph.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> ends = [graph.resolve(name).value for name in ("Coco Rocha", "Model Alliance")]
>>> columns, report = between(graph, *ends, 2, hub_limit=200)
>>> len(columns) < len(graph.columns), report.complete, report.steps
(True, True, 2)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from pyoxigraph import Literal, NamedNode

from allgraph.graph import Graph
from allgraph.model import edtf, vocabulary
from allgraph.model.columns import CLOSED, NO, ClaimFacts, Columns, Flags, read_day
from allgraph.rdf.terms import AG, RDFS, XSD, Term, ag, local_name, text
from allgraph.sparql.answer import Row

REQUESTS, CLAIMS = 200, 200_000
"""How much is asked for at most, for one part."""
MOST = 1000
"""How many things `degrees` can tell at most."""
_KEPT = 60  # requests that are kept for what is to be known of the claims that were found
_BATCH = 500  # nodes asked about at once
_TIES = 20_000  # ties asked for at once, as far as things can be told apart

Pair = tuple[str, str]
Facts = dict[str, list[Term]]


@dataclass(frozen=True)
class SearchReport:
    """What was asked, and how far that reaches.

    `steps` is the length of the paths that are all there, `claims` how many were looked at.
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
    def told(self) -> str:
        """How much was asked for, in words."""
        return f"{self.requests} requests, {self.rows} rows, {self.claims} claims"


Enough = Callable[[Columns, SearchReport], bool]


def between(
    graph: Graph,
    a: str,
    b: str,
    max_hops: int,
    *,
    hub_limit: int | None = None,
    through: Collection[str] = (),
    with_closed: bool = False,
    day: edtf.Day | None = None,
    enough: Enough | None = None,
) -> tuple[Columns, SearchReport]:
    """The claims on all paths of at most `max_hops` steps between two things, by their IRIs.

    Things with more than `hub_limit` ties and members of `CLOSED` are not passed through, but
    for those that `through` names, or whose classes it names; `with_closed` lets all the latter
    be passed. Ties are counted on a `day`, if one is given. `enough` is asked with the paths of
    one step, of two and so on, and ends the search.

    When these rules leave no path, the columns hold those that break them, as far as they were
    met. Raises what the engine raises.
    """
    part = _Part(graph, day, _Passing(hub_limit, frozenset(through), with_closed))
    fronts, met = [{a}, {b}], [{a}, {b}]
    with part.bounded():
        part.begin({a, b})
        while part.steps < max_hops and all(fronts) and not part.are_claims(a, b):
            side = int(part.work(fronts[1]) < part.work(fronts[0]))
            heads = part.expanded(fronts[side]) - met[side]
            met[side] |= heads
            part.steps += 1
            if part.steps == max_hops:
                break
            if enough is not None:
                found = part.columns(part.ways(a, b))
                if len(found) and enough(found, part.report(found)):
                    break
            fronts[side] = part.passed(heads - {a, b})
        else:
            part.steps = max_hops
    ways = part.ways(a, b)
    if not ways and not part.limits:
        part.look_closer(a, b)
    ways = ways or part.ways(a, b, by_rules=False)
    columns = part.columns(ways)
    return columns, part.report(columns)


def around(
    graph: Graph,
    things: Iterable[str],
    hops: int = 1,
    *,
    hub_limit: int | None = None,
    through: Collection[str] = (),
    with_closed: bool = False,
    day: edtf.Day | None = None,
) -> tuple[Columns, SearchReport]:
    """The claims that lead at most so many steps away from some things, by their IRIs.

    The rules are those of `between`.

    >>> from allgraph.graph import open_graph
    >>> graph = open_graph()
    >>> columns, report = around(graph, [graph.resolve("Coco Rocha").value])
    >>> columns.sentence(len(columns) - 1), report.complete
    ('Coco Rocha has served on the Model Alliance Advisory Board', True)
    """
    front = set(things)
    part = _Part(graph, day, _Passing(hub_limit, frozenset(through), with_closed))
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
    """The things with most ties, by claims with some predicates or with any; at most `MOST`.

    >>> from allgraph.graph import open_graph
    >>> found, report = degrees(open_graph(), limit=1)
    >>> found[0][0].rpartition("/")[2], report.requests
    ('model-alliance', 4)
    """
    wanted = list(dict.fromkeys(predicates))
    part = _Part(graph, None, _Passing())
    with part.bounded():
        if wanted:
            rows = part.ask("degrees-by", predicates=_terms(wanted))
        else:
            rows = part.ask("degrees")
        plain = {text(row["thing"]): _number(row["ties"]) for row in rows}
        least = min(plain.values()) if len(plain) >= MOST else 0
        nested = part.nested({text(row["claim"]) for row in part.ask("all-nested")}, wanted)
        if least:
            plain.update(part.plain(nested.keys() - plain.keys(), wanted))
        things = {*plain, *nested} - part.facts.keys()
        ties = {thing: plain.get(thing, 0) + nested.get(thing, 0) for thing in things}
        found = sorted(ties.items(), key=lambda item: (-item[1], item[0]))[:limit]
        if least and (len(found) < limit or found[-1][1] <= least):
            part.limits[f"others may have {least} ties too; ask for fewer things"] = None
        return found, part.report()
    return [], part.report()


class _Spent(Exception):
    """So much has been asked that no more may be."""


@dataclass(frozen=True)
class _Passing:
    """Which things may be passed through."""

    hub_limit: int | None = None
    through: frozenset[str] = frozenset()
    with_closed: bool = False


@dataclass(eq=False)
class _Part:
    """What is known of a graph so far, and what was asked for that.

    `facts` are those of claims, `things` nodes that are none, `spoken` claims about claims.
    `arcs` are the pairs of things that a claim joins, `near` what a thing is tied to. `load`
    is the number of ties of a thing on any day, `ties` that on the day.
    """

    graph: Graph
    day: edtf.Day | None = None
    rules: _Passing = field(default_factory=_Passing)
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
        """End what is done here when too much was asked, and say so."""
        try:
            yield
        except _Spent as spent:
            self.limits[str(spent)] = None

    def ask(self, question: str, **values: Term | list[Term]) -> Sequence[Row]:
        """The rows of an answer, unless that is one too many."""
        if self.requests >= self.most:
            raise _Spent(f"the search was cut after {self.requests} requests; ask for fewer steps")
        self.requests += 1
        rows = self.graph.run(f"frontier-{question}", **values).rows
        self.rows += len(rows)
        return rows

    def report(self, columns: Columns | None = None) -> SearchReport:
        """What was asked, with the ties of the things in some columns."""
        nodes = () if columns is None else columns.nodes
        ties = {node: self.ties[node] for node in nodes if node in self.ties}
        return SearchReport(self.requests, self.rows, len({*self.arcs, *self.facts}), self.steps,
                      tuple(self.limits), ties, dict(self.hubs))  # fmt: skip

    # ---- The search

    def begin(self, things: set[str]) -> None:
        """Ask about the things from which the search goes out."""
        self.classify(things)
        self.learn(sorted(things & self.stated))
        self.nested(things & self.facts.keys())
        self.count(things)

    def work(self, front: set[str]) -> int:
        """How many ties leave a frontier."""
        return sum(self.load[thing] for thing in front)

    def expanded(self, front: set[str]) -> set[str]:
        """Ask for the ties of a frontier; what they lead to."""
        if len(self.arcs) + self.work(front) > CLAIMS:
            raise _Spent(
                f"the search was cut, since more than {CLAIMS} claims are on the way; ask for "
                "fewer steps, or lower the hub limit"
            )
        self.asked |= front
        for some in self._by_load(front):
            for row in self.ask("ties", things=_terms(some)):
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
        some: list[str] = []
        for thing in sorted(front):
            if some and (len(some) == _BATCH or self.work({*some, thing}) > _TIES):
                yield some
                some = []
            some.append(thing)
        if some:
            yield some

    def _join(self, claim: str, pairs: Iterable[Pair], is_deprecated: bool) -> None:
        self.arcs.setdefault(claim, set()).update(pairs)
        if is_deprecated:
            self.deprecated.add(claim)
            return
        for one, other in pairs:
            self.near.setdefault(one, set()).add(other)
            self.near.setdefault(other, set()).add(one)

    def passed(self, heads: set[str]) -> set[str]:
        """Those things that may be passed through."""
        self.classify(heads)
        front = {head for head in heads if not self._is_barred(head)}
        self.count(front)
        found = {thing for thing in front if not self._is_barred(thing)}
        self.hubs.update({thing: self.ties[thing] for thing in front - found})
        return found

    def _is_barred(self, thing: str) -> bool:
        """Whether a thing may not be passed through, as far as is known."""
        rules = self.rules
        if thing in self.named:
            return False
        if self.closed.get(thing) and not rules.with_closed:
            return True
        return rules.hub_limit is not None and self.ties.get(thing, 0) > rules.hub_limit

    def ways(self, a: str, b: str, *, by_rules: bool = True) -> list[str]:
        """The claims that can be on a path of so many steps, those of shorter ones first."""
        if self.are_claims(a, b):
            return [claim for claim in self.facts if {a, b} & {*self.ends(claim)}]
        near: dict[str, set[str]] = {}
        used = [c for c in self.arcs if not (by_rules and c in self.deprecated)]
        for one, other in (pair for claim in used for pair in self.arcs[claim]):
            near.setdefault(one, set()).add(other)
            near.setdefault(other, set()).add(one)
        from_a, from_b = (self._distances(near, end, by_rules, {a, b}) for end in (a, b))
        far = self.steps + 1
        lengths = {
            claim: 1 + min(
                from_a.get(one, far) + from_b.get(other, far)
                for pair in self.arcs[claim] for one, other in (pair, pair[::-1])
            )
            for claim in used
        }  # fmt: skip
        found = ((length, claim) for claim, length in lengths.items() if length < far)
        return [claim for _, claim in sorted(found)]

    def _distances(
        self, near: Mapping[str, set[str]], start: str, by_rules: bool, ends: set[str]
    ) -> dict[str, int]:
        """How many steps things that may be passed through are away from an end."""
        found = {start: 0}
        front = {start}
        for step in range(1, self.steps):
            heads = set().union(*(near.get(thing, ()) for thing in front)) - found.keys() - ends
            front = {head for head in heads if not (by_rules and self._is_barred(head))}
            found.update(dict.fromkeys(front, step))
        return found

    # ---- What is known

    def are_claims(self, *things: str) -> bool:
        """Whether one of some things is a claim."""
        return any(thing in self.facts for thing in things)

    def ends(self, claim: str) -> Iterator[str]:
        """The nodes that a claim joins."""
        for key in (vocabulary.SUBJECT, vocabulary.OBJECT):
            for node in self.facts[claim].get(key.value, ()):
                if isinstance(node, NamedNode):
                    yield node.value

    def rivals(self, claim: str) -> set[str]:
        """What a claim is in conflict with."""
        found = self.facts[claim].get(vocabulary.CONFLICTS.value, ())
        return {node.value for node in found if isinstance(node, NamedNode)}

    def learn(self, nodes: Iterable[str]) -> None:
        """Ask what some nodes say as claims, and those that they are about."""
        fresh = [node for node in nodes if not self._is_known(node)]
        while fresh:
            claims: set[str] = set()  # those that something is about
            before = self.facts.keys() - {""}
            for some in _batches(fresh):
                for row in self.ask("said", claims=_terms(some)):
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
        """Ask what some things are called, and what is to be known of predicates."""
        for some in _batches(sorted({*things} - self.texts.keys())):
            self.texts.update((thing, {}) for thing in some)
            for row in self.ask("texts", things=_terms(some)):
                _note(self.texts, row, "thing")

    def classify(self, things: Iterable[str]) -> None:
        """Ask which of some things are closed, and which are named to be passed through."""
        if not self.classes:
            self._find_classes()
        for some in _batches(sorted({*things} - self.closed.keys())):
            rows = self.ask("kinds", things=_terms(some))
            self.closed.update(dict.fromkeys(some, False))
            for row in rows:
                thing, kind = text(row["thing"]), text(row["class"])
                above = self.classes.get(kind, set())
                self.closed[thing] |= not kind or not above.isdisjoint(CLOSED)
                if not above.isdisjoint(self.rules.through):
                    self.named.add(thing)
                if kind == vocabulary.CLAIM.value:
                    self.stated.add(thing)
        self.named |= self.rules.through

    def _find_classes(self) -> None:
        """Ask for all classes below those that matter."""
        fresh = {*CLOSED, *self.rules.through}
        self.classes = {each: {each} for each in fresh}
        while fresh:
            below = set()
            for row in self.ask("below", classes=_terms(sorted(fresh))):
                found = self.classes.setdefault(text(row["class"]), set())
                above = self.classes[text(row["above"])]
                if isinstance(row["class"], NamedNode) and not above <= found:
                    found |= above
                    below.add(row["class"].value)
            fresh = below

    def count(self, things: Iterable[str]) -> None:
        """Ask how many ties some things have."""
        for some in _batches(sorted({*things} - self.ties.keys())):
            plain = self.plain(some)
            claims = {text(row["claim"]) for row in self.ask("nested", things=_terms(some))}
            nested = self.nested(claims)
            gone: dict[str, int] = {}
            if self.day:
                day = Literal(edtf.iso(self.day), datatype=NamedNode(XSD + "date"))
                rows = self.ask("counts-not-on", things=_terms(some), day=day)
                gone = {text(row["thing"]): _number(row["ties"]) for row in rows}
            for thing in some:
                self.load[thing] = plain.get(thing, 0)
                self.ties[thing] = plain.get(thing, 0) - gone.get(thing, 0) + nested.get(thing, 0)

    def plain(self, things: Iterable[str], predicates: Collection[str] = ()) -> dict[str, int]:
        """How many claims join things to others that are no claims, on any day."""
        found: dict[str, int] = {}
        for some in _batches(sorted(things)):
            for row in self.ask("counts", things=_terms(some)):
                if not predicates or text(row["predicate"]) in predicates:
                    thing = text(row["thing"])
                    found[thing] = found.get(thing, 0) + _number(row["ties"])
        return found

    def nested(self, claims: set[str], predicates: Collection[str] = ()) -> dict[str, int]:
        """How many claims about claims join things, with those about these at any depth."""
        found: set[str] = set()
        fresh = claims
        while fresh:
            self.learn(sorted(fresh))
            found |= fresh
            rows = [
                row
                for some in _batches(sorted(fresh & self.facts.keys()))
                for row in self.ask("above", claims=_terms(some))
            ]
            fresh = {text(row["claim"]) for row in rows} - found
        if not found:
            return {}
        self.spoken |= found
        with_inner = self._with_inner(found)
        if self.day:
            self.describe(self._terms_of(with_inner))
        columns = self._told(with_inner)
        kept = np.array([claim in found for claim in columns.claims], np.bool_)
        self._join_all(columns, kept)
        kept &= ~columns.deprecated
        if self.day:
            certainty = columns.view(self.day, possible=True).certainty
            assert certainty is not None
            kept &= certainty > NO
        if predicates:
            asked = np.array([each in predicates for each in columns.predicates], np.bool_)
            kept &= asked[columns.predicate]
        ties = columns.ties(kept).ties.tolist()
        return {node: count for node, count in zip(columns.nodes, ties, strict=True) if count}

    def _join_all(self, columns: Columns, kept: Flags) -> None:
        network = columns.ties(kept)
        tails = np.arange(len(network)).repeat(np.diff(network.first))
        for tail, head, tie in zip(
            tails.tolist(), network.head.tolist(), network.tie.tolist(), strict=True
        ):
            if not tie & 1:
                pair = (columns.nodes[tail], columns.nodes[head])
                self._join(columns.claims[tie >> 1], {pair}, bool(columns.deprecated[tie >> 1]))

    # ---- The columns

    def columns(self, claims: Sequence[str]) -> Columns:
        """The columns of some claims, those that matter most first, and of what bears on them."""
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
        return self._told(chosen)

    def _is_whole(self, claim: str, chosen: set[str]) -> bool:
        """Whether all is known that bears on a claim."""
        ends = all(e in chosen if e in self.facts else e in self.ties for e in self.ends(claim))
        rivals = all(r in chosen or r in self.things for r in self.rivals(claim))
        terms = self.facts[claim].get(vocabulary.PREDICATE.value, ())
        return ends and rivals and all(text(term) in self.texts for term in terms)

    def _with_inner(self, claims: Iterable[str]) -> set[str]:
        """Claims, and those that they are about."""
        found: set[str] = set()
        fresh = {claim for claim in claims if claim in self.facts}
        while fresh:
            found |= fresh
            ends = {end for claim in fresh for end in self.ends(claim)}
            fresh = {end for end in ends if end in self.facts} - found
        return found

    def _terms_of(self, claims: Iterable[str]) -> set[str]:
        """The predicates and roles of some claims."""
        keys = (vocabulary.PREDICATE.value, vocabulary.ROLE.value)
        found = (
            term for claim in claims for key in keys for term in self.facts[claim].get(key, ())
        )
        return {term.value for term in found if isinstance(term, NamedNode)}

    def _told(self, claims: Collection[str]) -> Columns:
        """The columns of some claims of which all is known."""
        facts = {claim: self.facts[claim] for claim in claims}
        subject, predicate, obj = (
            _only(facts, key)
            for key in (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
        )
        labels, names = (_texts(self.texts, key) for key in (RDFS + "label", AG + "nameInText"))
        one, other = (_texts(self.texts, AG + key) for key in ("sentence", "inverseSentence"))
        said = ClaimFacts(
            subject={c: each.value for c, each in subject.items() if isinstance(each, NamedNode)},
            predicate={c: e.value for c, e in predicate.items() if isinstance(e, NamedNode)},
            object={c: e.value if isinstance(e, NamedNode) else None for c, e in obj.items()},
            days=[_days(facts, bound.value) for bound in vocabulary.BOUNDS],
            aspects={iri: _aspect(known) for iri, known in self.texts.items()},
            deprecated=_ranked(facts, vocabulary.DEPRECATED),
            preferred=_ranked(facts, ag("Preferred")),
            rivals={(claim, rival) for claim in claims for rival in self.rivals(claim)},
            roles={claim: _roles(known, labels) for claim, known in facts.items()
                   if vocabulary.ROLE.value in known},
            names={**labels, **names},
            templates={each: (one[each], other[each]) for each in one.keys() & other},
            closed={thing for thing, is_closed in self.closed.items() if is_closed},
        )  # fmt: skip
        return Columns.of(said)


def _batches(some: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(some), _BATCH):
        yield list(some[start : start + _BATCH])


def _terms(iris: Iterable[str]) -> list[Term]:
    return [NamedNode(iri) for iri in iris]


def _number(term: Term | None) -> int:
    return int(text(term))


def _note(known: dict[str, Facts], row: Row, name: str) -> None:
    """Take down one fact of a node."""
    value = row["value"]
    if value is not None:
        known.setdefault(text(row[name]), {}).setdefault(text(row["key"]), []).append(value)


def _only(facts: Mapping[str, Facts], key: NamedNode) -> dict[str, Term]:
    """The value that each claim has, if it has just one."""
    found = {claim: set(known.get(key.value, ())) for claim, known in facts.items()}
    return {claim: values.pop() for claim, values in found.items() if len(values) == 1}


def _texts(facts: Mapping[str, Facts], key: str) -> dict[str, str]:
    """The first text, by the alphabet, of each that has one."""
    return {iri: min(map(text, known[key])) for iri, known in facts.items() if key in known}


def _days(facts: Mapping[str, Facts], key: str) -> dict[str, int]:
    found = {
        claim: read_day(text(day)) for claim, known in facts.items() for day in known.get(key, ())
    }
    return {claim: day for claim, day in found.items() if day is not None}


def _aspect(known: Facts) -> edtf.Aspect:
    names = {local_name(text(value)) for value in known.get(vocabulary.ASPECT.value, ())}
    return "Event" if "Event" in names else "State" if "State" in names else "Timeless"


def _ranked(facts: Mapping[str, Facts], rank: Term) -> set[str]:
    return {claim for claim, known in facts.items() if rank in known.get(vocabulary.RANK.value, ())}


def _roles(known: Facts, labels: Mapping[str, str]) -> tuple[str, ...]:
    roles = map(text, known[vocabulary.ROLE.value])
    return tuple(sorted({labels[role] for role in roles if role in labels}))
