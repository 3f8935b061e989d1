"""What follows from the claims, and is derived at load rather than stated.

From each claim that is not deprecated: its direct triple. From all: their sources, their
date bounds, conflicts both ways, and what a role in an event amounts to. Blank nodes under
an IRI get IRIs made of that IRI and their content. Sensitive claims are withheld with all
that belongs to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from allgraph import dates
from allgraph.errors import DateError
from allgraph.terms import DERIVED, OA, RDF, XSD, Node, Term, ag, local_name, text

TYPE = NamedNode(RDF + "type")
SUBJECT, PREDICATE, OBJECT = (NamedNode(RDF + name) for name in ("subject", "predicate", "object"))
CLAIM, EVIDENCE, SOURCE = ag("Claim"), ag("evidence"), NamedNode(OA + "hasSource")
WHEN, RANK, ROLE, YIELDS = ag("when"), ag("rank"), ag("role"), ag("yields")
CONFLICTS, SENSITIVE, PROSPECTIVE = ag("conflictsWith"), ag("sensitive"), ag("prospective")
CURRENT, EARLIEST, LATEST, READ = ag("currentAsOf"), ag("earliest"), ag("latest"), ag("read")
UNDERWENT, TOOK_PART, ASPECT = ag("underwent"), ag("tookPart"), ag("aspect")
BOUNDS = tuple(
    ag(name) for name in ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")
)
_DATE = NamedNode(XSD + "date")
_TRUE = ("true", "1")
_TRACKED = frozenset(
    (SUBJECT, PREDICATE, OBJECT, EVIDENCE, SOURCE, WHEN, RANK, ROLE, CONFLICTS, SENSITIVE,
     PROSPECTIVE, CURRENT, EARLIEST, LATEST, READ, YIELDS, ASPECT)
)  # fmt: skip


class Statement(NamedTuple):
    """A claim as the triples give it; only claims with one of each part become one."""

    claim: Node
    subject: Node
    predicate: NamedNode
    object: Term


class Statements:
    """The claims of a graph, gathered from its triples in any order."""

    def __init__(self) -> None:
        self._claims: set[Node] = set()
        self._values: dict[Term, dict[NamedNode, list[Term]]] = {}

    def add(self, triples: Iterable[Triple]) -> None:
        """Take note of what some triples say of claims, evidence, sources and predicates."""
        for subject, predicate, obj in triples:
            if predicate in _TRACKED:
                self._values.setdefault(subject, {}).setdefault(predicate, []).append(obj)
            elif predicate == TYPE and obj == CLAIM:
                self._claims.add(subject)

    def __iter__(self) -> Iterator[Statement]:
        """The claims that have exactly one subject, predicate and object."""
        for claim in self._claims:
            parts = [set(self.values(claim, part)) for part in (SUBJECT, PREDICATE, OBJECT)]
            if all(len(part) == 1 for part in parts):
                subject, predicate, obj = (part.pop() for part in parts)
                if isinstance(predicate, NamedNode) and isinstance(subject, (NamedNode, BlankNode)):
                    yield Statement(claim, subject, predicate, obj)

    def __len__(self) -> int:
        """How many claims there are, whole or not."""
        return len(self._claims)

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of one predicate of one node."""
        return self._values.get(node, {}).get(predicate, [])

    def sensitive(self) -> set[Node]:
        """The claims flagged sensitive."""
        return {c for c in self._claims if any(_is_true(v) for v in self.values(c, SENSITIVE))}

    def without(self, nodes: set[Node]) -> Statements:
        """The same without some nodes."""
        kept = Statements()
        kept._claims = self._claims - nodes
        kept._values = {node: v for node, v in self._values.items() if node not in nodes}
        return kept

    def derived(
        self, unreadable: Callable[[Node, DateError], None] = lambda claim, error: None
    ) -> Iterator[Triple]:
        """All triples that follow; some may repeat.

        A claim with a date that cannot be read has no bounds, and `unreadable` is told.
        """
        underwent: dict[Term, list[Node]] = {}
        took_part: list[Statement] = []
        for statement in self:
            yield from self._of_claim(statement, unreadable)
            if self._is_deprecated(statement.claim):
                continue
            yield Triple(statement.subject, statement.predicate, statement.object)
            if statement.predicate == UNDERWENT:
                underwent.setdefault(statement.object, []).append(statement.subject)
            elif statement.predicate == TOOK_PART:
                took_part.append(statement)
        for claim, person, _, event in took_part:
            for role in self.values(claim, ROLE):
                for predicate in self.values(role, YIELDS):
                    if isinstance(predicate, NamedNode):
                        things = underwent.get(event, [])
                        yield from (Triple(person, predicate, thing) for thing in things)

    def bounds(self, statement: Statement) -> dates.Bounds:
        """When a claim can have begun and ended, by its date, aspect and sources.

        Raises `DateError` when a date cannot be read.
        """
        aspect = self.aspect(statement.predicate)
        claim = statement.claim
        whens = [dates.parse(text(when)) for when in self.values(claim, WHEN)]
        given = dates.bounds(whens[0] if len(whens) == 1 else None, aspect)
        evidence = self.values(claim, EVIDENCE)
        current = [day for e in evidence for day in self._firsts(e, CURRENT)]
        return dates.tighten(given, aspect, current=current, reported=self.reported(claim))

    def reported(self, claim: Node) -> list[dates.Day]:
        """The latest days that the sources of a claim can be from; none if it is prospective."""
        if any(_is_true(value) for value in self.values(claim, PROSPECTIVE)):
            return []
        days = (self._latest(evidence) for evidence in self.values(claim, EVIDENCE))
        return [day for day in days if day is not None]

    def aspect(self, predicate: NamedNode) -> dates.Aspect:
        """What the ontology says of a predicate's time; nothing said counts as timeless."""
        for value in self.values(predicate, ASPECT):
            name = local_name(text(value))
            if name in ("Event", "State"):
                return "Event" if name == "Event" else "State"
        return "Timeless"

    def _of_claim(
        self, statement: Statement, unreadable: Callable[[Node, DateError], None]
    ) -> Iterator[Triple]:
        claim = statement.claim
        for evidence in self.values(claim, EVIDENCE):
            for source in self.values(evidence, SOURCE):
                yield Triple(claim, ag("source"), source)
        for rival in self.values(claim, CONFLICTS):
            if rival in self._claims and isinstance(rival, (NamedNode, BlankNode)):
                yield Triple(rival, CONFLICTS, claim)
        try:
            for predicate, day in zip(BOUNDS, self.bounds(statement), strict=True):
                if day is not None:
                    yield Triple(claim, predicate, Literal(dates.iso(day), datatype=_DATE))
        except DateError as error:
            unreadable(claim, error)

    def _is_deprecated(self, claim: Node) -> bool:
        return ag("Deprecated") in self.values(claim, RANK)

    def _firsts(self, node: Term, predicate: NamedNode) -> Iterator[dates.Day]:
        for value in self.values(node, predicate):
            first = dates.parse(text(value)).span[0]
            if first is not None:
                yield first

    def _latest(self, evidence: Term) -> dates.Day | None:
        """The latest day that the source of some evidence can be from."""
        days = [
            dates.parse(text(value)).span[1]
            for source in self.values(evidence, SOURCE)
            for predicate in (LATEST, READ)
            for value in self.values(source, predicate)
        ]
        return dates.earliest(*days)


def _is_true(term: Term) -> bool:
    return isinstance(term, Literal) and term.value in _TRUE


def described(store: Store) -> Iterator[Quad]:
    """What an ontology says of predicates and roles, as far as claims need it."""
    for predicate in (ASPECT, YIELDS):
        yield from store.quads_for_pattern(None, predicate, None)


def name_nodes(triples: Iterable[Triple]) -> list[Triple]:
    """The triples of one file, with IRIs for blank nodes that hang under an IRI.

    A blank node that is the object of exactly one triple, on the way down from an IRI, is
    named by that IRI and the SHA-256 of its content; equal content under one IRI is one
    node. Others, shared or in a circle, stay blank.

    >>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
    >>> [str(t.object) for t in name_nodes([Triple(a, p, b), Triple(b, p, Literal("1"))])]
    ['<http://x/a#ab31398ead639bf5>', '"1"']
    """
    triples = list(triples)
    names = node_names(triples)
    if not names:
        return triples
    return [Triple(names.get(s, s), p, names.get(o, o)) for s, p, o in triples]


def node_names(triples: list[Triple]) -> dict[Term, NamedNode]:
    """The IRIs that `name_nodes` gives, by blank node."""
    content: dict[Term, list[tuple[NamedNode, Term]]] = {}
    parents: dict[Term, list[Node]] = {}
    for subject, predicate, obj in triples:
        if isinstance(subject, BlankNode):
            content.setdefault(subject, []).append((predicate, obj))
        if isinstance(obj, BlankNode):
            parents.setdefault(obj, []).append(subject)
    anchors: dict[Term, NamedNode | None] = {}
    digests: dict[Term, str] = {}
    names = {}
    for node in parents:
        anchor = _anchor(node, parents, anchors)
        if anchor is not None:
            mark = "-" if "#" in anchor.value else "#"
            name = f"{anchor.value}{mark}{_digest(node, content, digests)[:16]}"
            names[node] = NamedNode(name)
    return names


def _anchor(
    node: Term, parents: dict[Term, list[Node]], known: dict[Term, NamedNode | None]
) -> NamedNode | None:
    """The IRI that a blank node hangs under, if it hangs under just one."""
    way: list[Term] = []
    here: Term = node
    while isinstance(here, BlankNode) and here not in known:
        known[here] = None  # met again on the same way: a circle
        way.append(here)
        above = parents.get(here, [])
        if len(above) != 1:
            return None
        here = above[0]
    anchor = here if isinstance(here, NamedNode) else known.get(here)
    known.update(dict.fromkeys(way, anchor))
    return anchor


def _digest(
    node: Term, content: dict[Term, list[tuple[NamedNode, Term]]], known: dict[Term, str]
) -> str:
    """The SHA-256 of what a tree of blank nodes says, in any order; no recursion."""
    stack = [node]
    while stack:
        top = stack[-1]
        below = [o for _, o in content.get(top, []) if isinstance(o, BlankNode) and o not in known]
        if below:
            stack += below
            continue
        lines = sorted(f"{p} {known.get(o, o)}\n" for p, o in content.get(top, []))
        known[top] = sha256("".join(lines).encode()).hexdigest()
        stack.pop()
    return known[node]


def withheld(store: Store, sensitive: set[Node]) -> set[Node]:
    """The sensitive claims of a store, and all that must stay away with them.

    That is their evidence, claims about them, and things that only they mention.
    """
    gone: set[Node] = set()
    fresh = set(sensitive)
    while fresh:
        gone |= fresh
        fresh = {
            node
            for each in fresh
            for node in _claims_about(store, each) | _mentioned_by(store, each)
            if node not in gone and (_is_about(store, node, gone) or _only_in(store, node, gone))
        }
    return gone


def remove(store: Store, nodes: set[Node]) -> None:
    """Take every triple that has one of the nodes as subject or object out of a store."""
    for node in nodes:
        for quad in [
            *store.quads_for_pattern(node, None, None),
            *store.quads_for_pattern(None, None, node),
        ]:
            store.remove(quad)


def fill(store: Store, triples: Iterable[Triple]) -> None:
    """Add derived triples to a store, in their graph; stated ones are not repeated."""
    store.bulk_extend(
        Quad(s, p, o, DERIVED) for s, p, o in triples if Quad(s, p, o, DefaultGraph()) not in store
    )


def _claims_about(store: Store, node: Node) -> set[Node]:
    return {
        quad.subject
        for part in (SUBJECT, OBJECT)
        for quad in store.quads_for_pattern(None, part, node)
        if isinstance(quad.subject, (NamedNode, BlankNode))
    }


def _mentioned_by(store: Store, node: Node) -> set[Node]:
    return {
        quad.object
        for quad in store.quads_for_pattern(node, None, None)
        if isinstance(quad.object, (NamedNode, BlankNode))
    }


def _is_about(store: Store, node: Node, gone: set[Node]) -> bool:
    """Whether a node is a claim whose subject or object is gone."""
    return any(
        quad.object in gone
        for part in (SUBJECT, OBJECT)
        for quad in store.quads_for_pattern(node, part, None)
    )


def _only_in(store: Store, node: Node, gone: set[Node]) -> bool:
    """Whether a node is described here, and nothing that stays mentions it."""
    if next(iter(store.quads_for_pattern(node, None, None)), None) is None:
        return False
    return all(quad.subject in gone for quad in store.quads_for_pattern(None, None, node))
