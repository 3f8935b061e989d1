"""The triples derived from claims, worked out over columns of numbers for many claims at once.

They are those that `Statements.derived` gives.

>>> from pyoxigraph import Literal, Quad
>>> a, b, c, knows = (NamedNode(f"https://example.org/{name}") for name in "abck")
>>> triples = Triples()
>>> triples.add([Quad(c, vocabulary.TYPE, vocabulary.CLAIM), Quad(c, vocabulary.SUBJECT, a),
...              Quad(c, vocabulary.PREDICATE, knows), Quad(c, vocabulary.OBJECT, b)])
>>> rows = NumberedStatements(triples).numbers()
>>> [[triples.terms[number].value[-1] for number in row] for row in rows.tolist()]
[['a', 'k', 'b']]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from allgraph.errors import DateError
from allgraph.model import derivation, edtf, sensitive, vocabulary
from allgraph.model.derivation import Statements, first_day
from allgraph.model.triples import IRI, NONE, TEXT, Flags, Numbers, Relation, Triples
from allgraph.rdf.terms import Node, Term, text

_TripleColumns = tuple[Numbers, Numbers, Numbers]
"""Columns of subjects, predicates and objects."""
_Days = list[edtf.Day]
_UNREADABLE = -2
"""Stands for the number of a day that cannot be read, as `NONE` does for that of no day."""
_ASPECTS: tuple[edtf.Aspect, ...] = ("Timeless", "Event", "State")


class NumberedStatements(Statements):
    """The claims in a table of triples, all as term numbers; its derived triples do not count.

    Terms are their numbers in `triples`, in arrays. What is read is cached, so that stated
    triples must not be added after the first use; `numbers` adds terms to `triples`.
    """

    def __init__(self, triples: Triples) -> None:
        super().__init__()
        self._triples = triples
        self._relations: dict[NamedNode, Relation] = {}

    def __len__(self) -> int:
        """The number of claims, incomplete ones included."""
        return int(self._is_claim.sum())

    def claims(self) -> Iterable[Node]:
        """Yield the claims, incomplete ones included."""
        terms = self._triples.terms
        return (terms[number] for number in np.flatnonzero(self._is_claim))  # type: ignore[misc]

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, also one without a subject, predicate or object."""
        number = self._triples.number(node)
        return number < len(self._is_claim) and number != NONE and bool(self._is_claim[number])

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """Return the objects of a predicate of a node, stated ones only."""
        _, objects = self._relation(predicate).of(np.array([self._triples.number(node)]))
        return [self._triples.terms[number] for number in objects.tolist()]

    def sensitive(self) -> set[Node]:
        """Return the claims and other nodes that ``ag:sensitive`` flags."""
        flags, terms = self._relation(vocabulary.SENSITIVE), self._triples.terms
        numbers = zip(flags.subjects.tolist(), flags.objects.tolist(), strict=True)
        return sensitive.flagged_nodes((terms[node], terms[flag]) for node, flag in numbers)

    def _relation(self, predicate: NamedNode) -> Relation:
        """Return the distinct pairs of subject and object of a predicate's stated triples; cached.

        They are three arrays: the numbers of subjects, in ascending order, and of objects, and the
        row of each pair in the table.
        """
        if predicate not in self._relations:
            relation = self._triples.relation(predicate)
            kept = relation.rows < self._triples.stated
            columns = (relation.subjects, relation.objects, relation.rows)
            self._relations[predicate] = Relation(*(column[kept] for column in columns))
        return self._relations[predicate]

    def _has_object(self, predicate: NamedNode, obj: NamedNode) -> Flags:
        """Return a flag for each term number: whether it is the subject of a fitting triple.

        That is a stated triple with this predicate, and `obj` as its object.
        """
        relation = self._relation(predicate)
        has_object = relation.objects == self._triples.number(obj)
        return self._triples.among(relation.subjects[has_object])

    @cached_property
    def _is_claim(self) -> Flags:
        """For each term number, whether it is a claim, complete or not."""
        return self._has_object(vocabulary.TYPE, vocabulary.CLAIM)

    @cached_property
    def _complete_claims(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Four arrays with a place for each complete claim: claim, subject, predicate, object.

        Complete is a claim with exactly one of each, a subject that is no literal and a predicate
        that is an IRI.
        """
        claims = np.flatnonzero(self._is_claim)
        for part in vocabulary.PARTS:
            at, _ = self._relation(part).of(claims)
            claims = claims[np.bincount(at, minlength=len(claims)) == 1]
        parts = [self._relation(part).of(claims)[1] for part in vocabulary.PARTS]
        kinds = self._triples.kinds
        is_fit = (kinds[parts[0]] != TEXT) & (kinds[parts[1]] == IRI)
        subject, predicate, obj = (part[is_fit] for part in parts)
        return claims[is_fit], subject, predicate, obj

    def numbers(self) -> NDArray[np.int32]:
        """Return all derived triples as rows of three term numbers; some may be repeated.

        Each claim with exactly one subject (no literal), predicate (an IRI) and object gives its
        sources, its conflicts reversed and its date bounds; unless it is deprecated, also its
        direct triple, and those that its roles in an event yield. Other claims give nothing. A date
        that cannot be read gives no bounds. Terms that are new, such as days, get numbers in the
        `Triples`; the triples themselves are not added to it.
        """
        claims, _, predicate, _ = self._complete_claims
        columns = [
            self._source_triples(claims),
            self._conflict_triples(claims),
            *self._bound_triples(claims, predicate),
            *self._fact_triples(),
        ]
        return np.concatenate([np.stack(rows, axis=1) for rows in columns]).astype(np.int32)

    def derived_only_from(self, nodes: Set[Node]) -> set[tuple[int, ...]]:
        """Return the facts that do not follow from claims without some of these, `nodes`.

        A fact is the direct triple of a claim, or one that its role in an event yields: the three
        numbers of its terms. It may also be stated.
        """
        numbers = np.array([self._triples.number(node) for node in nodes], np.int64)
        flags = self._triples.among(numbers[numbers != NONE])
        every, public = (
            {row for columns in facts for row in zip(*map(np.ndarray.tolist, columns), strict=True)}
            for facts in (self._fact_triples(), self._fact_triples(without=flags))
        )
        return every - public

    def _fact_triples(self, without: Flags | None = None) -> Iterator[_TripleColumns]:
        """Yield the direct triples of claims that are not deprecated, and those of their roles.

        Claims (by number) that `without` flags are left out.
        """
        claims, *parts = self._complete_claims
        kept = ~self._has_object(vocabulary.RANK, vocabulary.DEPRECATED)[claims]
        if without is not None:
            kept &= ~without[claims]
        subject, predicate, obj = (part[kept] for part in parts)
        yield subject, predicate, obj
        yield from self._role_triples(claims[kept], subject, predicate, obj)

    def _source_triples(self, claims: Numbers) -> _TripleColumns:
        """Return triples with ``ag:source`` for the sources of the evidence of some claims.

        They are three arrays, of subjects, predicates and objects. `claims` and these are numbers
        of terms.
        """
        at, evidence = self._relation(vocabulary.EVIDENCE).of(claims)
        of_evidence, sources = self._relation(vocabulary.SOURCE).of(evidence)
        return self._with_predicate(claims[at[of_evidence]], vocabulary.CLAIM_SOURCE, sources)

    def _conflict_triples(self, claims: Numbers) -> _TripleColumns:
        """Return the conflicts of some claims reversed: rival, ``ag:conflictsWith``, claim.

        The result is three arrays, of rivals, predicates and claims, all as numbers of terms, as in
        `claims`. Rivals that are no claims are skipped.
        """
        at, rivals = self._relation(vocabulary.CONFLICTS).of(claims)
        is_claim = self._is_claim[rivals]
        return self._with_predicate(rivals[is_claim], vocabulary.CONFLICTS, claims[at[is_claim]])

    def _role_triples(
        self, claims: Numbers, subject: Numbers, predicate: Numbers, obj: Numbers
    ) -> Iterator[_TripleColumns]:
        """Yield triples between each who took part in an event and each thing that underwent it.

        Their predicates are the ``ag:yields`` of the role in which the claim says that one took
        part. The arguments are four columns of the same claims, as numbers of terms; so are the
        triples, in three arrays at a time.
        """
        triples = self._triples
        underwent = predicate == triples.number(vocabulary.UNDERWENT)
        order = np.argsort(obj[underwent], kind="stable")
        things_by_event = Relation(obj[underwent][order], subject[underwent][order], order)
        for row in np.flatnonzero(predicate == triples.number(vocabulary.TOOK_PART)).tolist():
            _, roles = self._relation(vocabulary.ROLE).of(claims[row : row + 1])
            _, yielded = self._relation(vocabulary.YIELDS).of(roles)
            _, things = things_by_event.of(obj[row : row + 1])
            for number in yielded[triples.kinds[yielded] == IRI].tolist():
                yield np.full_like(things, subject[row]), np.full_like(things, number), things

    def _bound_triples(self, claims: Numbers, predicate: Numbers) -> Iterator[_TripleColumns]:
        """Yield the derived date bounds of claims: columns of triples for each of the four bounds.

        `predicate` has the predicate of each claim, which gives its aspect; all are numbers of
        terms, and days get new ones. Bounds are worked out once for all claims with the same
        aspect, date and days of sources. Claims with a date that cannot be read are left out.
        """
        evidence = self._relation(vocabulary.EVIDENCE).of(claims)
        current, current_days = self._current_ranks(len(claims), *evidence)
        reported, reported_days = self._reported_ranks(claims, *evidence)
        keys = np.stack(
            [self._aspect_numbers(predicate), self._date_numbers(claims), current, reported]
        )
        is_readable = (keys != _UNREADABLE).all(axis=0)
        dated = claims[is_readable]
        distinct, places = np.unique(keys[:, is_readable], axis=1, return_inverse=True)
        places = places.reshape(-1)  # numpy 2.0 gives it two axes
        bounds = [
            derivation.claim_bounds(
                None if when == NONE else text(self._triples.terms[when]),
                _ASPECTS[aspect],
                None if first == NONE else current_days[first],
                None if last == NONE else reported_days[last],
            )
            for aspect, when, first, last in distinct.T.tolist()
        ]
        for name, days in zip(vocabulary.BOUNDS, zip(*bounds, strict=True), strict=False):
            literals = np.array([*map(self._number_of_day, days)], np.int64)[places]
            has_day = literals != NONE
            yield self._with_predicate(dated[has_day], name, literals[has_day])

    def _number_of_day(self, day: edtf.Day | None) -> int:
        """Return the term number of a day as a literal, a new one if need be; `NONE` for no day."""
        return NONE if day is None else self._triples.keep(derivation.day_literal(day))

    def _aspect_numbers(self, predicates: Numbers) -> Numbers:
        """Return the aspect of each predicate (a term number): 0 timeless, 1 event, 2 state."""
        distinct, places = np.unique(predicates, return_inverse=True)
        aspects = [self.aspect(self._triples.terms[number]) for number in distinct.tolist()]
        return np.array([*map(_ASPECTS.index, aspects)], np.int64)[places]

    def _date_numbers(self, claims: Numbers) -> Numbers:
        """Return for each claim (a term number) the term number of its date.

        `NONE` if it has no date or several, `_UNREADABLE` if any of its dates cannot be read.
        """
        terms = self._triples.terms
        at, dates = self._relation(vocabulary.WHEN).of(claims)
        days, places = self._days_of_terms(dates, first_day)
        is_unreadable = np.array([day == _UNREADABLE for day in days], bool)[places]
        whens = np.full(len(claims), NONE)
        whens[at] = dates
        for row in np.flatnonzero(np.bincount(at, minlength=len(claims)) > 1).tolist():
            if len({text(terms[number]) for number in dates[at == row].tolist()}) > 1:
                whens[row] = NONE
        whens[at[is_unreadable]] = _UNREADABLE
        return whens

    def _current_ranks(self, count: int, at: Numbers, evidence: Numbers) -> tuple[Numbers, _Days]:
        """Return the latest of the days on which evidence speaks of each claim as present.

        There are `count` claims; `evidence` are term numbers of pieces of evidence, and `at` has
        for each the place of its claim. The result is an array and a list of days: the array has
        for each claim a place in the list, or `NONE` (no day) or `_UNREADABLE`.
        """
        of_evidence, dates = self._relation(vocabulary.CURRENT).of(evidence)
        codes, days = self._ranks_of_days(dates, first_day)
        return _greatest_at(count, at[of_evidence], codes), days

    def _reported_ranks(
        self, claims: Numbers, at: Numbers, evidence: Numbers
    ) -> tuple[Numbers, _Days]:
        """Return the last day on which the earliest source of each claim can have reported it.

        `evidence` are term numbers of pieces of evidence, and `at` has for each the place of its
        claim in `claims`. The result is an array and a list of days: the array has for each claim a
        place in the list, or `NONE` (no day, as for prospective claims) or `_UNREADABLE`.
        """
        terms = self._triples.terms
        of_claim, flags = self._relation(vocabulary.PROSPECTIVE).of(claims)
        is_reported = np.ones(len(claims), bool)
        is_prospective = [derivation.is_true(terms[number]) for number in flags.tolist()]
        is_reported[of_claim[is_prospective]] = False
        at, evidence = at[is_reported[at]], evidence[is_reported[at]]
        of_evidence, sources = self._relation(vocabulary.SOURCE).of(evidence)
        codes, days = self._ranks_of_days(sources, self.latest, earliest_last=True)
        return _greatest_at(len(claims), at[of_evidence], codes), days

    def _ranks_of_days(
        self,
        numbers: Numbers,
        day_of: Callable[[Term], edtf.Day | None],
        *,
        earliest_last: bool = False,
    ) -> tuple[Numbers, _Days]:
        """Return for each term the place of its day in a sorted list of days, and that list.

        `numbers` are those of the terms, and `day_of` gives the day of a term. The list ascends, or
        descends if `earliest_last`, so that the greatest place is the day that is wanted. A term
        without a day has `NONE`, one with a `DateError` `_UNREADABLE`.
        """
        days_or_codes, places = self._days_of_terms(numbers, day_of)
        days = sorted({day for day in days_or_codes if not isinstance(day, int)})
        if earliest_last:
            days.reverse()
        ranks = {day: rank for rank, day in enumerate(days)}
        codes = [day if isinstance(day, int) else ranks[day] for day in days_or_codes]
        return np.array(codes, np.int64)[places], days

    def _days_of_terms(
        self, numbers: Numbers, day_of: Callable[[Term], edtf.Day | None]
    ) -> tuple[list[edtf.Day | int], Numbers]:
        """Return a list of the days of distinct terms, and for each term its place in the list.

        `numbers` are the numbers of the terms. `day_of` is called once for each distinct term.
        In the list, `NONE` stands for no day, and `_UNREADABLE` for a `DateError`.
        """
        distinct, places = np.unique(numbers, return_inverse=True)
        days: list[edtf.Day | int] = []
        for number in distinct.tolist():
            try:
                days.append(day_of(self._triples.terms[number]) or NONE)
            except DateError:
                days.append(_UNREADABLE)
        return days, places

    def _with_predicate(
        self, subjects: Numbers, predicate: NamedNode, objects: Numbers
    ) -> _TripleColumns:
        """Return triples as columns: a subject and an object at each place, and one predicate.

        They are three arrays of term numbers. The predicate gets a number if it has none.
        """
        return subjects, np.full_like(subjects, self._triples.keep(predicate)), objects


def _greatest_at(count: int, at: Numbers, codes: Numbers) -> Numbers:
    """Return an array of `count` numbers: at each place the greatest of the codes for it.

    `at` has the place that each code is for. `NONE` where there is no code, and `_UNREADABLE`
    where any code is that.
    """
    greatest = np.full(count, NONE)
    np.maximum.at(greatest, at, codes)
    greatest[at[codes == _UNREADABLE]] = _UNREADABLE
    return greatest
