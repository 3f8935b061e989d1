"""Triples that follow from claims: direct ones, sources, date bounds, conflicts both ways.

Each claim that is not deprecated gives its direct triple, and what its roles in an event yield.
What the ontology says follows from these, and of what classes things are, comes apart from them.
All claims give their sources, their date bounds, and their conflicts in both directions; what
follows from withdrawn claims is kept apart, without direct triples. Bounds follow from dates and
sources, and from the claims that tell of the beginning or the end of a thing: those whose predicate
has ``ag:lifetime``, of their object, and events of such a class, of what underwent them.

>>> facts = Facts()
>>> parts = zip((vocabulary.TYPE, *vocabulary.PARTS), (vocabulary.CLAIM, "<x:a>", "<x:p>", '"1"'))
>>> facts.add(f"<x:claim> {part} {term} ." for part, term in parts)
>>> [" ".join(triple) for triple in Derivation(facts).triples()]
['<x:a> <x:p> "1"']
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from allgraph.errors import DateError
from allgraph.model import edtf, vocabulary
from allgraph.model.facts import Facts, Values, each
from allgraph.model.implications import Implications
from allgraph.model.withdrawn import withdrawn_in
from allgraph.rdf import ntriples
from allgraph.rdf.ntriples import Parts, is_iri, is_node, value
from allgraph.rdf.terms import DERIVED, XSD, local_name

_AT_ONCE = 750_000  # derived triples that a store adds together; each takes it about a kilobyte
_SOURCE, _CONFLICTS = str(vocabulary.CLAIM_SOURCE), str(vocabulary.CONFLICTS)
_UNDERWENT, _TOOK_PART = str(vocabulary.UNDERWENT), str(vocabulary.TOOK_PART)
_BOUNDS = tuple(map(str, vocabulary.BOUNDS))
_DEFAULT = DefaultGraph()


class Statement(NamedTuple):
    """The statement of a claim: subject (no literal), predicate (an IRI) and object."""

    subject: str
    predicate: str
    object: str


class Derivation:
    """The triples that follow from the claims in some facts; terms are texts of N-Triples.

    `claims` are all claims, and `statements` what the complete ones say, by claim: those with
    exactly one subject (no literal), predicate (an IRI) and object. `bounds` are when each of these
    can have begun and ended; a claim with a date that cannot be read has none. `withdrawn` are the
    claims that are withdrawn (`withdrawn_in`).
    """

    def __init__(
        self, facts: Facts, unreadable: Callable[[str, DateError], None] = lambda claim, error: None
    ) -> None:
        """Work out statements and bounds; `unreadable` is called for a claim with a wrong date."""
        self.facts = facts
        self.claims = facts.having(vocabulary.TYPE, vocabulary.CLAIM)
        self.statements = statements_of(facts, self.claims)
        self.bounds: dict[str, edtf.Bounds] = {}
        self.withdrawn = withdrawn_in(facts)
        self._aspects = aspects_of(facts)
        self._evidence, self._sources = facts[vocabulary.EVIDENCE], facts[vocabulary.SOURCE]
        self._dates, self._currents = facts[vocabulary.WHEN], facts[vocabulary.CURRENT]
        self._is_current = facts.true_of(vocabulary.IS_CURRENT)
        self._prospective = facts.true_of(vocabulary.PROSPECTIVE)
        self._earliest = facts[vocabulary.EARLIEST]
        self._latest: dict[str, edtf.Day | None] = {}  # by source, see `latest`
        for claim, statement in self.statements.items():
            try:
                self.bounds[claim] = self._bounds_of(claim, statement)
            except DateError as error:
                unreadable(claim, error)
        self._bound_by_lifetimes()

    def _bound_by_lifetimes(self) -> None:
        """Tighten the bounds of claims about things that other claims begin or end.

        Those of claims about what was still to come stay as they are.
        """
        deprecated = self.facts.having(vocabulary.RANK, vocabulary.DEPRECATED)
        left_out = {*self.withdrawn, *deprecated}
        lifetimes = lifetimes_of(self.facts, self.statements, self.bounds, left_out)
        if not lifetimes:
            return
        for claim, given in self.bounds.items():
            says = self.statements[claim]
            ends = [lifetimes[end] for end in (says.subject, says.object) if end in lifetimes]
            if ends and claim not in self._prospective:
                self.bounds[claim] = within(given, self.aspect(says.predicate), *ends)

    def triples(self, *, of_withdrawn: bool = False) -> Iterator[Parts]:
        """Yield all that follows from the claims that are not withdrawn, or from those that are.

        Some triples may be repeated. Withdrawn and deprecated claims give no direct triple, and
        yield nothing by their roles. A conflict with a withdrawn claim follows from that.
        """
        withdrawn = self.withdrawn
        for claim in self.statements:
            if (claim in withdrawn) is not of_withdrawn:
                continue
            for source in self._sources_of(claim):
                yield claim, _SOURCE, source
            for predicate, day in zip(_BOUNDS, self.bounds.get(claim, ()), strict=False):
                if day is not None:
                    yield claim, predicate, day_literal(day)
        for claim, rivals in self.facts[vocabulary.CONFLICTS].items():
            for rival in each(rivals) if claim in self.statements else ():
                is_withdrawn = claim in withdrawn or rival in withdrawn
                if rival in self.claims and is_withdrawn is of_withdrawn:
                    yield rival, _CONFLICTS, claim
        if not of_withdrawn:
            yield from self.direct()

    def direct(self, without: Collection[str] = ()) -> Iterator[Parts]:
        """Yield the direct triples of claims that are neither withdrawn nor deprecated.

        With them comes what the roles of these claims yield. A role in which somebody took part in
        an event yields triples from them to each thing that underwent the event. Claims in
        `without` are left out.
        """
        deprecated = self.facts.having(vocabulary.RANK, vocabulary.DEPRECATED)
        underwent: dict[str, list[str]] = {}
        took_part: list[tuple[str, Statement]] = []
        for claim, statement in self.statements.items():
            if claim in deprecated or claim in without or claim in self.withdrawn:
                continue
            yield statement
            if statement.predicate == _UNDERWENT:
                underwent.setdefault(statement.object, []).append(statement.subject)
            elif statement.predicate == _TOOK_PART:
                took_part.append((claim, statement))
        roles, yields = self.facts[vocabulary.ROLE], self.facts[vocabulary.YIELDS]
        for claim, (person, _, event) in took_part:
            yielded = (each(yields.get(role, ())) for role in each(roles.get(claim, ())))
            for predicate in filter(is_iri, chain.from_iterable(yielded)):
                yield from ((person, predicate, thing) for thing in underwent.get(event, ()))

    def implied(
        self, without: Collection[str] = (), *, also_stated: bool = False
    ) -> tuple[Iterator[Parts], Iterator[Parts]]:
        """Return what follows from direct triples by the ontology, and the classes of things.

        The second are not among those stated, unless `also_stated`; see `Implications`. Claims in
        `without` are left out. Validation reads neither.
        """
        implications = Implications(self.facts)
        classified = self.direct(without)
        return (
            implications.of_direct(self.direct(without)),
            implications.of_things(classified, also_stated=also_stated),
        )

    def aspect(self, predicate: str) -> edtf.Aspect:
        """Return the aspect that the ontology gives a predicate, else ``Timeless``."""
        return self._aspects.get(predicate, "Timeless")

    def latest(self, source: str) -> edtf.Day | None:
        """Return the latest day that a source can be from, ``None`` if not known; cached.

        It is the earliest of the last days that its dates of ``ag:latest`` and ``ag:read``, when it
        was read, can mean. Raises `DateError`.
        """
        if source not in self._latest:
            relations = self.facts[vocabulary.LATEST], self.facts[vocabulary.READ]
            dates = chain.from_iterable(each(of.get(source, ())) for of in relations)
            self._latest[source] = edtf.earliest(*(edtf.parse(value(d)).span[1] for d in dates))
        return self._latest[source]

    def reported(self, claim: str) -> edtf.Day | None:
        """Return the last day on which the earliest source of a claim can have reported it.

        ``None`` if no source has a day, and for a prospective claim, about what was still to
        come. Raises `DateError`.
        """
        if claim in self._prospective:
            return None
        return edtf.earliest(*map(self.latest, self._sources_of(claim)))

    def _sources_of(self, claim: str) -> list[str]:
        """Return the sources of the evidence of a claim; some may be repeated."""
        evidence = each(self._evidence.get(claim, ()))
        return [source for e in evidence for source in each(self._sources.get(e, ()))]

    def _presents_of(self, claim: str) -> Iterator[str]:
        """Yield the days on which evidence of a claim speaks of it as present, some repeated.

        They are its dates of ``ag:currentAsOf``, and if ``ag:current`` is true of it, those of
        ``ag:earliest`` of its source.
        """
        for evidence in each(self._evidence.get(claim, ())):
            yield from each(self._currents.get(evidence, ()))
            if evidence in self._is_current:
                for source in each(self._sources.get(evidence, ())):
                    yield from each(self._earliest.get(source, ()))

    def _bounds_of(self, claim: str, statement: Statement) -> edtf.Bounds:
        """Return when a claim can have begun and ended, by its date, aspect and sources.

        Raises `DateError` when a date cannot be read.
        """
        currents = tuple(self._presents_of(claim))
        when, aspect = self._dates.get(claim, ()), self.aspect(statement.predicate)
        return claim_bounds(when, aspect, currents, self.reported(claim))


def statements_of(facts: Facts, claims: Iterable[str]) -> dict[str, Statement]:
    """Return the statements of the complete claims among some, by claim, in the order of IRIs.

    Complete is one with exactly one subject (no literal), predicate (an IRI) and object.
    """
    subjects, predicates, objects = (facts[part] for part in vocabulary.PARTS)
    statements: dict[str, Statement] = {}
    for claim in sorted(claims, key=lambda term: term.rstrip(">")):
        subject, predicate = subjects.get(claim), predicates.get(claim)
        obj = objects.get(claim)
        if isinstance(subject, str) and isinstance(predicate, str) and isinstance(obj, str):
            if is_node(subject) and is_iri(predicate):
                statements[claim] = Statement(subject, predicate, obj)
    return statements


def aspects_of(facts: Facts) -> dict[str, edtf.Aspect]:
    """Return the aspects that an ontology gives predicates; all others are timeless."""
    return {
        predicate: edtf.aspect_of({local_name(value(term)) for term in each(aspects)})
        for predicate, aspects in facts[vocabulary.ASPECT].items()
    }


@lru_cache(maxsize=65_536)
def claim_bounds(
    when: Values, aspect: edtf.Aspect, currents: tuple[str, ...], reported: edtf.Day | None
) -> edtf.Bounds:
    """Return the bounds of a claim by its date, and by what its sources imply (`edtf.tighten`).

    `when` are its dates, of which several count as none. `currents` are the dates on which evidence
    speaks of it as present, and `reported` is the last day on which its earliest source can have
    reported it, ``None`` if that is not known. Results are cached. Raises `DateError`.
    """
    dates = [edtf.parse(text) for text in {*map(value, each(when))}]
    given = edtf.bounds(dates[0] if len(dates) == 1 else None, aspect)
    days = [edtf.parse(value(date)).span[0] for date in currents]
    return edtf.tighten(given, aspect, current=days, reported=[reported])


class Lifetime(NamedTuple):
    """The first day on which a thing can have begun, and the last on which it can have ended.

    ``None`` stands for a day that is not known.
    """

    first: edtf.Day | None = None
    last: edtf.Day | None = None


def lifetimes_of(
    facts: Facts,
    statements: Mapping[str, Statement],
    bounds: Mapping[str, edtf.Bounds],
    left_out: Collection[str],
) -> dict[str, Lifetime]:
    """Return the lifetimes of the things that claims begin or end, as texts of N-Triples.

    `statements` and `bounds` are by claim; claims in `left_out` do not count. Of several claims
    that begin a thing the earliest day counts, and none if one of them has none; of several that
    end it the latest.
    """
    begins: dict[str, list[edtf.Day | None]] = {}
    ends: dict[str, list[edtf.Day | None]] = {}
    for claim, thing, mark in _marked(facts, statements):
        if claim not in left_out and claim in bounds:
            of_claim = bounds[claim]
            if mark == "begin":
                begins.setdefault(thing, []).append(of_claim.begin_not_before)
            elif mark == "end":
                ends.setdefault(thing, []).append(of_claim.end_not_after)
    return {
        thing: Lifetime(
            None if None in (firsts := begins.get(thing, [])) else edtf.earliest(*firsts),
            None if None in (lasts := ends.get(thing, [])) else edtf.latest(*lasts),
        )
        for thing in {*begins, *ends}
    }


def _marked(facts: Facts, statements: Mapping[str, Statement]) -> Iterator[tuple[str, str, str]]:
    """Yield each claim that begins or ends a thing, the thing, and the text of ``ag:lifetime``."""
    marks = {
        term: value(text)
        for term, texts in facts[vocabulary.LIFETIME].items()
        for text in each(texts)
    }
    of_events = {
        event: mark
        for term, mark in marks.items()
        for event in facts.having(vocabulary.TYPE, NamedNode(term[1:-1]))
    }
    if marks:
        for claim, says in statements.items():
            if says.predicate in marks:
                yield claim, says.object, marks[says.predicate]
            elif says.predicate == _UNDERWENT and says.object in of_events:
                yield claim, says.subject, of_events[says.object]


def within(given: edtf.Bounds, aspect: edtf.Aspect, *lifetimes: Lifetime) -> edtf.Bounds:
    """Return the bounds of a claim with what the lifetimes of its ends imply.

    Nothing happened or began before a thing had begun, and no state held after it had ended. Only
    bounds that are not known are set; where they would leave no possible reading, none is.

    >>> within(edtf.Bounds(), "State", Lifetime((2018, 5, 1))).begin_not_before
    (2018, 5, 1)
    """
    first = edtf.latest(*(lifetime.first for lifetime in lifetimes))
    last = edtf.earliest(*(lifetime.last for lifetime in lifetimes))
    b1, b2, e1, e2 = given
    if aspect == "Event":
        bounded = edtf.close(edtf.Bounds(b1 or first, b2, e1, e2))
    elif aspect == "State":
        bounded = edtf.close(edtf.Bounds(b1 or first, b2, e1, e2 or last))
    else:
        return given
    return bounded if bounded.possible else given


@lru_cache(maxsize=65_536)
def day_literal(day: edtf.Day) -> str:
    """Return a day as a literal of ``xsd:date``; cached."""
    return f'"{edtf.iso(day)}"^^<{XSD}date>'


def fill(
    store: Store,
    triples: Iterable[Parts],
    stated: Collection[str],
    graph: NamedNode = DERIVED,
    other: NamedNode | DefaultGraph = _DEFAULT,
    unstated: Iterable[Parts] = (),
) -> None:
    """Add derived triples to a graph of a store, but those that another graph states.

    `stated` are the predicates that the other graph may have; only triples with one of them are
    looked up there, and none of those in `unstated`. Both are consumed as they are added, together,
    which leaves the store less to order; a large store is not copied.
    """
    new_ones = (t for t in triples if t[1] not in stated or quad_of(t, other) not in store)
    new = (f"{s} {p} {o} {graph} ." for s, p, o in chain(new_ones, unstated))
    while batch := [*islice(new, _AT_ONCE)]:
        # Not `bulk_load`, which gives blank nodes new labels.
        store.bulk_extend(parse("\n".join(batch), format=RdfFormat.N_QUADS))


def quad_of(triple: Parts, graph: NamedNode | DefaultGraph = _DEFAULT) -> Quad:
    """Return a triple, whose object is no triple, as a quad of a graph."""
    subject, predicate, obj = triple
    node = NamedNode(subject[1:-1]) if subject[0] == "<" else BlankNode(subject[2:])
    return Quad(node, NamedNode(predicate[1:-1]), ntriples.term(obj), graph)
