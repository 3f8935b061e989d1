"""What follows from the claims, and is derived at load rather than stated.

From each claim that is not deprecated: its direct triple. From all: their sources, their
date bounds, conflicts both ways, and what a role in an event amounts to. Blank nodes under
an IRI get IRIs made of that IRI and their content. Sensitive claims are withheld with all
that belongs to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from allgraph.errors import DateError
from allgraph.model import edtf
from allgraph.model.sensitive import _TRUE, is_flag
from allgraph.model.vocabulary import (
    ASPECT,
    BOUNDS,
    CLAIM,
    CLAIM_SOURCE,
    CONFLICTS,
    CURRENT,
    DEPRECATED,
    EARLIEST,
    EVIDENCE,
    LATEST,
    OBJECT,
    PREDICATE,
    PROSPECTIVE,
    RANK,
    READ,
    ROLE,
    SENSITIVE,
    SOURCE,
    SUBJECT,
    TOOK_PART,
    TYPE,
    UNDERWENT,
    WHEN,
    YIELDS,
)
from allgraph.rdf.terms import DERIVED, XSD, Node, Term, local_name, text

_PARTS = (SUBJECT, PREDICATE, OBJECT)
_DATE = NamedNode(XSD + "date")
TRACKED = frozenset(
    (SUBJECT, PREDICATE, OBJECT, EVIDENCE, SOURCE, WHEN, RANK, ROLE, CONFLICTS, SENSITIVE,
     PROSPECTIVE, CURRENT, EARLIEST, LATEST, READ, YIELDS, ASPECT)
)  # fmt: skip
"""The predicates that claims need."""

_AT_ONCE = 200_000  # triples that are added to a store together

Parts = tuple[Node, NamedNode, Term]


class Row(NamedTuple):
    """A triple whose parts are at hand."""

    subject: Node
    predicate: NamedNode
    object: Term


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
        self._aspects: dict[NamedNode, edtf.Aspect] = {}
        self._latest_of: dict[Term, edtf.Day | None] = {}

    def add(self, triples: Iterable[Triple | Quad | Row]) -> None:
        """Take note of what some triples say of claims, evidence, sources and predicates."""
        values = self._values
        for triple in triples:
            predicate = triple.predicate
            if predicate in TRACKED:
                known = values.get(triple.subject)
                if known is None:
                    values[triple.subject] = {predicate: [triple.object]}
                else:
                    known.setdefault(predicate, []).append(triple.object)
            elif predicate == TYPE and triple.object == CLAIM:
                self._claims.add(triple.subject)  # type: ignore[arg-type]
        self._aspects.clear()
        self._latest_of.clear()

    def __iter__(self) -> Iterator[Statement]:
        """The claims that have exactly one subject, predicate and object."""
        for claim in self.claims():
            statement = self.statement(claim)
            if statement is not None:
                yield statement

    def statement(self, claim: Node) -> Statement | None:
        """What a claim says, if it has exactly one subject, predicate and object."""
        subjects, predicates, objects = (self.values(claim, part) for part in _PARTS)
        if not (_is_one(subjects) and _is_one(predicates) and _is_one(objects)):
            return None
        subject, predicate = subjects[0], predicates[0]
        if isinstance(predicate, NamedNode) and isinstance(subject, (NamedNode, BlankNode)):
            return Statement(claim, subject, predicate, objects[0])
        return None

    def __len__(self) -> int:
        """How many claims there are, whole or not."""
        return len(self._claims)

    def claims(self) -> Iterable[Node]:
        """The claims, whole or not."""
        return self._claims

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, whole or not."""
        return node in self._claims

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of one predicate of one node."""
        return self._values.get(node, {}).get(predicate, [])

    def sensitive(self) -> set[Node]:
        """The claims flagged sensitive, and whatever else is; all but ``false`` is a flag."""
        return {
            node
            for node, said in self._values.items()
            if any(map(is_flag, said.get(SENSITIVE, ())))
            and isinstance(node, (NamedNode, BlankNode))
        }

    def without(self, nodes: set[Node]) -> Statements:
        """The same without some nodes."""
        kept = Statements()
        kept._claims = self._claims - nodes
        kept._values = {node: v for node, v in self._values.items() if node not in nodes}
        return kept

    def derived(
        self,
        unreadable: Callable[[Node, DateError], None] = lambda claim, error: None,
        seen: Callable[[Statement, edtf.Bounds | None], None] = lambda statement, bounds: None,
    ) -> Iterator[Parts]:
        """All triples that follow, as subject, predicate and object; some may repeat.

        A claim with a date that cannot be read has no bounds, and `unreadable` is told. `seen` is
        told each claim and its bounds.
        """
        underwent: dict[Term, list[Node]] = {}
        took_part: list[Statement] = []
        for statement in self:
            bounds = self._readable(statement, unreadable)
            seen(statement, bounds)
            yield from self._of_claim(statement.claim, bounds)
            if self._is_deprecated(statement.claim):
                continue
            yield statement.subject, statement.predicate, statement.object
            if statement.predicate == UNDERWENT:
                underwent.setdefault(statement.object, []).append(statement.subject)
            elif statement.predicate == TOOK_PART:
                took_part.append(statement)
        for claim, person, _, event in took_part:
            for role in self.values(claim, ROLE):
                for predicate in self.values(role, YIELDS):
                    if isinstance(predicate, NamedNode):
                        things = underwent.get(event, [])
                        yield from ((person, predicate, thing) for thing in things)

    def bounds(self, statement: Statement) -> edtf.Bounds:
        """When a claim can have begun and ended, by its date, aspect and sources.

        Raises `DateError` when a date cannot be read.
        """
        claim = statement.claim
        whens = {text(each) for each in self.values(claim, WHEN)}
        for when in whens:
            edtf.parse(when)
        evidence = self.values(claim, EVIDENCE)
        current = edtf.latest(*(day for e in evidence for day in self._firsts(e, CURRENT)))
        reported = edtf.earliest(*self.reported(claim))
        only = whens.pop() if len(whens) == 1 else None
        return dated(only, self.aspect(statement.predicate), current, reported)

    def reported(self, claim: Node) -> list[edtf.Day]:
        """The latest days that the sources of a claim can be from; none if it is prospective."""
        if any(is_true(value) for value in self.values(claim, PROSPECTIVE)):
            return []
        days = (
            self.latest(source)
            for evidence in self.values(claim, EVIDENCE)
            for source in self.values(evidence, SOURCE)
        )
        return [day for day in days if day is not None]

    def aspect(self, predicate: NamedNode) -> edtf.Aspect:
        """What the ontology says of a predicate's time; nothing said counts as timeless."""
        known = self._aspects.get(predicate)
        if known is None:
            names = {local_name(text(value)) for value in self.values(predicate, ASPECT)}
            known = "Event" if "Event" in names else "State" if "State" in names else "Timeless"
            self._aspects[predicate] = known
        return known

    def _readable(
        self, statement: Statement, unreadable: Callable[[Node, DateError], None]
    ) -> edtf.Bounds | None:
        try:
            return self.bounds(statement)
        except DateError as error:
            unreadable(statement.claim, error)
            return None

    def _of_claim(self, claim: Node, bounds: edtf.Bounds | None) -> Iterator[Parts]:
        for evidence in self.values(claim, EVIDENCE):
            for source in self.values(evidence, SOURCE):
                yield claim, CLAIM_SOURCE, source
        for rival in self.values(claim, CONFLICTS):
            if isinstance(rival, (NamedNode, BlankNode)) and self.is_claim(rival):
                yield rival, CONFLICTS, claim
        for predicate, day in zip(BOUNDS, bounds or (), strict=False):
            if day is not None:
                yield claim, predicate, day_literal(day)

    def _is_deprecated(self, claim: Node) -> bool:
        return DEPRECATED in self.values(claim, RANK)

    def _firsts(self, node: Term, predicate: NamedNode) -> Iterator[edtf.Day]:
        for value in self.values(node, predicate):
            first = edtf.parse(text(value)).span[0]
            if first is not None:
                yield first

    def latest(self, source: Term) -> edtf.Day | None:
        """The latest day that a source can be from."""
        if source not in self._latest_of:
            said = (*self.values(source, LATEST), *self.values(source, READ))
            days = [edtf.parse(text(value)).span[1] for value in said]
            self._latest_of[source] = edtf.earliest(*days)
        return self._latest_of[source]


@lru_cache(maxsize=65_536)
def dated(
    when: str | None, aspect: edtf.Aspect, current: edtf.Day | None, reported: edtf.Day | None
) -> edtf.Bounds:
    """The bounds of a claim with a date, told as present on one day, and reported by another."""
    given = edtf.bounds(None if when is None else edtf.parse(when), aspect)
    told = [current] if current else []
    return edtf.tighten(given, aspect, current=told, reported=[reported] if reported else [])


def _is_one(values: list[Term]) -> bool:
    return len(values) == 1 or (len(values) > 1 and len(set(values)) == 1)


@lru_cache(maxsize=4096)
def day_literal(day: edtf.Day) -> Literal:
    """A day as ``xsd:date``."""
    return Literal(edtf.iso(day), datatype=_DATE)


def is_true(term: Term) -> bool:
    """Whether a term is the literal that says so."""
    return isinstance(term, Literal) and term.value in _TRUE


def described(store: Store) -> Iterator[Quad]:
    """What an ontology says of predicates and roles, as far as claims need it."""
    for predicate in (ASPECT, YIELDS):
        yield from store.quads_for_pattern(None, predicate, None)


def fill(store: Store, triples: Iterable[Parts]) -> None:
    """Add derived triples to a store, in their graph; stated ones are not repeated."""
    stated: dict[NamedNode, bool] = {}  # whether any triple with the predicate is

    def fresh(s: Node, p: NamedNode, o: Term) -> bool:
        if p not in stated:
            found = store.quads_for_pattern(None, p, None, DefaultGraph())
            stated[p] = next(found, None) is not None
        return not stated[p] or Quad(s, p, o, DefaultGraph()) not in store

    quads = (Quad(s, p, o, DERIVED) for s, p, o in triples if fresh(s, p, o))
    while some := [*islice(quads, _AT_ONCE)]:
        store.bulk_extend(some)
