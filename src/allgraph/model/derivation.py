"""The triples derived from claims when a graph is loaded.

Each claim that is not deprecated gives its direct triple, and what its roles in an event yield.
All claims give their sources, their date bounds, and their conflicts in both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from allgraph.errors import DateError
from allgraph.model import edtf, sensitive, vocabulary
from allgraph.rdf.terms import DERIVED, XSD, Node, Term, local_name, text

_DATE = NamedNode(XSD + "date")
_TRUE = ("true", "1")
_BATCH = 200_000  # triples that are added to a store together

OF_CLAIM = (
    *vocabulary.PARTS,
    vocabulary.WHEN,
    vocabulary.RANK,
    vocabulary.PROSPECTIVE,
    vocabulary.ROLE,
    vocabulary.CONFLICTS,
    vocabulary.EVIDENCE,
)
"""The predicates of a claim that matter for what is derived from it."""
OF_EVIDENCE = (vocabulary.SOURCE, vocabulary.CURRENT)
"""The predicates of evidence that matter for what is derived."""
_TRACKED = {
    *OF_CLAIM,
    *OF_EVIDENCE,
    vocabulary.SENSITIVE,
    vocabulary.EARLIEST,
    vocabulary.LATEST,
    vocabulary.READ,
    vocabulary.YIELDS,
    vocabulary.ASPECT,
}
"""All predicates whose objects `Statements` keeps."""

Parts = tuple[Node, NamedNode, Term]
"""The subject, predicate and object of a derived triple."""


class Row(NamedTuple):
    """A triple as a tuple, which is quicker to make than one of pyoxigraph's."""

    subject: Node
    predicate: NamedNode
    object: Term


class Statement(NamedTuple):
    """A claim that has exactly one subject, predicate and object."""

    claim: Node
    subject: Node
    predicate: NamedNode
    object: Term


class Statements:
    """The claims of a graph and what is derived from them, in memory; triples are added by `add`.

    A statement is here a complete claim. Subclasses read the claims from elsewhere.
    """

    def __init__(self) -> None:
        self._claims: set[Node] = set()
        self._values: dict[Term, dict[NamedNode, list[Term]]] = {}  # objects by predicate, by node
        self._aspects: dict[NamedNode, edtf.Aspect] = {}
        self._latest_of: dict[Term, edtf.Day | None] = {}  # see `latest`

    def add(self, triples: Iterable[Triple | Quad | Row]) -> None:
        """Keep those of the triples that derivation needs, and which nodes are claims.

        Their predicate decides: those of parts, dates, ranks, roles, conflicts and evidence of
        claims, of days of sources, aspects of predicates, what roles yield, and ``ag:sensitive``.
        Triples may come in any order and in several calls. Cached aspects and days are dropped.
        """
        values_of, rdf_type, claim_class = self._values, vocabulary.TYPE, vocabulary.CLAIM
        for triple in triples:
            predicate = triple.predicate
            if predicate in _TRACKED:
                values = values_of.get(triple.subject)
                if values is None:
                    values_of[triple.subject] = {predicate: [triple.object]}
                else:
                    values.setdefault(predicate, []).append(triple.object)
            elif predicate == rdf_type and triple.object == claim_class:
                self._claims.add(triple.subject)  # type: ignore[arg-type]
        self._aspects.clear()
        self._latest_of.clear()

    def __iter__(self) -> Iterator[Statement]:
        """Iterate over the claims with exactly one subject, predicate and object, in no order."""
        return filter(None, map(self.statement, self.claims()))

    def statement(self, claim: Node) -> Statement | None:
        """Return a claim with its subject, predicate and object; ``None`` if it is incomplete.

        Complete is a claim with exactly one of each, the subject no literal, the predicate an IRI.
        """
        subjects, predicates, objects = (self.values(claim, part) for part in vocabulary.PARTS)
        if not (_is_single(subjects) and _is_single(predicates) and _is_single(objects)):
            return None
        subject, predicate = subjects[0], predicates[0]
        if isinstance(predicate, NamedNode) and isinstance(subject, (NamedNode, BlankNode)):
            return Statement(claim, subject, predicate, objects[0])
        return None

    def __len__(self) -> int:
        """The number of claims, incomplete ones included."""
        return len(self._claims)

    def claims(self) -> Iterable[Node]:
        """Return the claims, incomplete ones included; not a copy."""
        return self._claims

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, complete or not."""
        return node in self._claims

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """Return the objects of a predicate of a node; empty for a predicate that is not tracked.

        Not a copy.
        """
        return self._values.get(node, {}).get(predicate, [])

    def sensitive(self) -> set[Node]:
        """Return the claims and other nodes that ``ag:sensitive`` flags."""
        return sensitive.flagged_nodes(
            (node, flag)
            for node, values in self._values.items()
            for flag in values.get(vocabulary.SENSITIVE, ())
        )

    def without(self, nodes: set[Node]) -> Statements:
        """Return a copy without the claims and other subjects that are in `nodes`."""
        kept = Statements()
        kept._claims = self._claims - nodes
        kept._values = {node: v for node, v in self._values.items() if node not in nodes}
        return kept

    def derived(
        self,
        unreadable: Callable[[Node, DateError], None] = lambda claim, error: None,
        seen: Callable[[Statement, edtf.Bounds | None], None] = lambda statement, bounds: None,
    ) -> Iterator[Parts]:
        """Yield all triples derived from the complete claims; some may be repeated.

        Complete is a claim with exactly one subject (no literal), predicate (an IRI) and object. It
        gives its sources, its conflicts reversed and its date bounds; unless it is deprecated, also
        its direct triple, and those that its roles in an event yield, from who took part to what
        underwent the event. A claim with a date that cannot be read gets no bounds, and
        `unreadable` is called with it and the error. `seen` is called with each complete claim and
        its bounds, or ``None``. Both are called while the caller iterates.
        """
        underwent: dict[Term, list[Node]] = {}
        took_part: list[Statement] = []
        for statement in self:
            bounds = self._readable_bounds(statement, unreadable)
            seen(statement, bounds)
            yield from self._sources_conflicts_bounds(statement.claim, bounds)
            if vocabulary.DEPRECATED in self.values(statement.claim, vocabulary.RANK):
                continue
            yield statement.subject, statement.predicate, statement.object
            if statement.predicate == vocabulary.UNDERWENT:
                underwent.setdefault(statement.object, []).append(statement.subject)
            elif statement.predicate == vocabulary.TOOK_PART:
                took_part.append(statement)
        # Who took part in an event in a role, with what underwent it: the role yields predicates.
        for claim, person, _, event in took_part:
            for role in self.values(claim, vocabulary.ROLE):
                for predicate in self.values(role, vocabulary.YIELDS):
                    if isinstance(predicate, NamedNode):
                        things = underwent.get(event, [])
                        yield from ((person, predicate, thing) for thing in things)

    def bounds(self, statement: Statement) -> edtf.Bounds:
        """Return when a claim can have begun and ended, by its date, aspect and sources.

        A claim with several dates has none. Raises `DateError` when a date cannot be read. Fills
        the caches of aspects and of sources' days.
        """
        claim = statement.claim
        whens = {text(when) for when in self.values(claim, vocabulary.WHEN)}
        for when in whens:
            edtf.parse(when)
        present_days = (
            first_day(date)
            for evidence in self.values(claim, vocabulary.EVIDENCE)
            for date in self.values(evidence, vocabulary.CURRENT)
        )
        current, reported = edtf.latest(*present_days), self.reported(claim)
        single_when = whens.pop() if len(whens) == 1 else None
        return claim_bounds(single_when, self.aspect(statement.predicate), current, reported)

    def reported(self, claim: Node) -> edtf.Day | None:
        """Return the last day on which the earliest source of a claim can have reported it.

        ``None`` if no source has a day, and for a prospective claim, about what was still to
        come. Raises `DateError`.
        """
        if any(map(is_true, self.values(claim, vocabulary.PROSPECTIVE))):
            return None
        return edtf.earliest(
            *(
                self.latest(source)
                for evidence in self.values(claim, vocabulary.EVIDENCE)
                for source in self.values(evidence, vocabulary.SOURCE)
            )
        )

    def aspect(self, predicate: NamedNode) -> edtf.Aspect:
        """Return the aspect that the ontology gives a predicate, else ``Timeless``; cached."""
        aspect = self._aspects.get(predicate)
        if aspect is None:
            names = {local_name(text(term)) for term in self.values(predicate, vocabulary.ASPECT)}
            aspect = self._aspects[predicate] = edtf.aspect_of(names)
        return aspect

    def latest(self, source: Term) -> edtf.Day | None:
        """Return the latest day that a source can be from, ``None`` if not known; cached.

        It is the earliest of the last days that its dates of ``ag:latest`` and ``ag:read``, when it
        was read, can mean. Raises `DateError`.
        """
        if source not in self._latest_of:
            dates = self.values(source, vocabulary.LATEST) + self.values(source, vocabulary.READ)
            days = [edtf.parse(text(date)).span[1] for date in dates]
            self._latest_of[source] = edtf.earliest(*days)
        return self._latest_of[source]

    def _readable_bounds(
        self, statement: Statement, unreadable: Callable[[Node, DateError], None]
    ) -> edtf.Bounds | None:
        """Return the bounds of a claim; on a `DateError` call `unreadable` and return ``None``."""
        try:
            return self.bounds(statement)
        except DateError as error:
            unreadable(statement.claim, error)
            return None

    def _sources_conflicts_bounds(self, claim: Node, bounds: edtf.Bounds | None) -> Iterator[Parts]:
        """Yield triples of a claim's sources, its conflicts reversed, and its `bounds`, if any.

        Reversed: “this conflicts with a rival” gives “the rival conflicts with this”.
        """
        for evidence in self.values(claim, vocabulary.EVIDENCE):
            for source in self.values(evidence, vocabulary.SOURCE):
                yield claim, vocabulary.CLAIM_SOURCE, source
        for rival in self.values(claim, vocabulary.CONFLICTS):
            if isinstance(rival, (NamedNode, BlankNode)) and self.is_claim(rival):
                yield rival, vocabulary.CONFLICTS, claim
        for predicate, day in zip(vocabulary.BOUNDS, bounds or (), strict=False):
            if day is not None:
                yield claim, predicate, day_literal(day)


@lru_cache(maxsize=65_536)
def claim_bounds(
    when: str | None, aspect: edtf.Aspect, current: edtf.Day | None, reported: edtf.Day | None
) -> edtf.Bounds:
    """Return the bounds of a claim by its date, and by what its sources imply (`edtf.tighten`).

    `when` is the date as text. `current` is the latest first day on which evidence speaks of the
    claim as present, and `reported` the last day on which its earliest source can have reported it.
    ``None`` stands for each that is not known. Results are cached. Raises `DateError`.
    """
    given = edtf.bounds(None if when is None else edtf.parse(when), aspect)
    current_days, reported_days = ([day] if day else [] for day in (current, reported))
    return edtf.tighten(given, aspect, current=current_days, reported=reported_days)


def first_day(date: Term) -> edtf.Day | None:
    """Return the first day that a date, an EDTF literal, can mean; ``None`` if that is open.

    Raises `DateError`.
    """
    return edtf.parse(text(date)).span[0]


@lru_cache(maxsize=4096)
def day_literal(day: edtf.Day) -> Literal:
    """Return a day as a literal of ``xsd:date``; cached."""
    return Literal(edtf.iso(day), datatype=_DATE)


def is_true(term: Term) -> bool:
    """Whether a term is the literal ``true``, in either form that XML Schema has for it."""
    return isinstance(term, Literal) and term.value in _TRUE


def _is_single(terms: list[Term]) -> bool:
    """Whether a list has exactly one distinct term."""
    return len(terms) == 1 or (len(terms) > 1 and len(set(terms)) == 1)


def described(store: Store) -> Iterator[Quad]:
    """Yield the triples of ``ag:aspect`` and ``ag:yields`` in a store: what an ontology adds.

    They describe predicates and roles, and derivation needs them beside the claims.
    """
    for predicate in (vocabulary.ASPECT, vocabulary.YIELDS):
        yield from store.quads_for_pattern(None, predicate, None)


def fill(store: Store, triples: Iterable[Parts]) -> None:
    """Add triples to the graph ``ag:derived`` of a store, but those that its default graph has.

    `triples` is consumed as it is added, in batches; a large store is not copied.
    """
    stated: dict[NamedNode, bool] = {}  # by predicate: whether the default graph has it

    def is_new(s: Node, p: NamedNode, o: Term) -> bool:
        """Whether the default graph of `store` lacks a triple.

        `stated`, to which this adds, has for predicates whether that graph has any triple of them.
        """
        if p not in stated:
            quads = store.quads_for_pattern(None, p, None, DefaultGraph())
            stated[p] = next(quads, None) is not None
        return not stated[p] or Quad(s, p, o, DefaultGraph()) not in store

    derived_quads = (Quad(s, p, o, DERIVED) for s, p, o in triples if is_new(s, p, o))
    while batch := [*islice(derived_quads, _BATCH)]:
        store.bulk_extend(batch)
