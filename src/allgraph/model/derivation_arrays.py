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

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from allgraph.errors import DateError
from allgraph.model import derivation, edtf, sensitive, vocabulary
from allgraph.model.derivation import Statements, first_day
from allgraph.model.triples import IRI, NONE, TEXT, Flags, Numbers, Relation, Triples
from allgraph.rdf.terms import Node, Term, text

_Rows = tuple[Numbers, Numbers, Numbers]
"""Columns of subjects, predicates and objects."""
_Days = list[edtf.Day]
_UNREADABLE = -2
"""The code of a day that cannot be read; that of no day is `NONE`."""
_ASPECTS: tuple[edtf.Aspect, ...] = ("Timeless", "Event", "State")


class NumberedStatements(Statements):
    """The claims that the stated triples of `triples` make; the derived ones do not count."""

    def __init__(self, triples: Triples) -> None:
        super().__init__()
        self._triples = triples
        self._relations: dict[NamedNode, Relation] = {}

    def __len__(self) -> int:
        """The number of claims, incomplete ones included."""
        return int(self._is_claim.sum())

    def claims(self) -> Iterable[Node]:
        """The claims, incomplete ones included."""
        terms = self._triples.terms
        return (terms[number] for number in np.flatnonzero(self._is_claim))  # type: ignore[misc]

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, complete or not."""
        number = self._triples.number(node)
        return number < len(self._is_claim) and number != NONE and bool(self._is_claim[number])

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of one predicate of a node."""
        _, objects = self._relation(predicate).of(np.array([self._triples.number(node)]))
        return [self._triples.terms[number] for number in objects.tolist()]

    def sensitive(self) -> set[Node]:
        """The claims, and other nodes, that are flagged as sensitive."""
        flags, terms = self._relation(vocabulary.SENSITIVE), self._triples.terms
        numbers = zip(flags.subjects.tolist(), flags.objects.tolist(), strict=True)
        return sensitive.flagged_nodes((terms[node], terms[flag]) for node, flag in numbers)

    def _relation(self, predicate: NamedNode) -> Relation:
        """The stated pairs that a predicate joins."""
        if predicate not in self._relations:
            relation = self._triples.relation(predicate)
            kept = relation.rows < self._triples.stated
            columns = (relation.subjects, relation.objects, relation.rows)
            self._relations[predicate] = Relation(*(column[kept] for column in columns))
        return self._relations[predicate]

    def _subjects(self, predicate: NamedNode, obj: NamedNode) -> Flags:
        """Whether each term has an object with a predicate."""
        relation = self._relation(predicate)
        has_object = relation.objects == self._triples.number(obj)
        return self._triples.among(relation.subjects[has_object])

    @cached_property
    def _is_claim(self) -> Flags:
        return self._subjects(vocabulary.TYPE, vocabulary.CLAIM)

    @cached_property
    def _complete(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """The claims with exactly one subject, predicate and object, and those parts."""
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
        """All derived triples, each a row of the numbers of its terms; some may be repeated.

        A claim with a date that cannot be read has no bounds.
        """
        claims, subject, predicate, obj = self._complete
        kept = ~self._subjects(vocabulary.RANK, vocabulary.DEPRECATED)[claims]
        direct = subject[kept], predicate[kept], obj[kept]
        columns = [
            self._of_sources(claims),
            self._of_rivals(claims),
            *self._of_bounds(claims, predicate),
            direct,
            *self._of_roles(claims[kept], *direct),
        ]
        return np.concatenate([np.stack(rows, axis=1) for rows in columns]).astype(np.int32)

    def _of_sources(self, claims: Numbers) -> _Rows:
        """The sources of claims."""
        at, evidence = self._relation(vocabulary.EVIDENCE).of(claims)
        of_evidence, sources = self._relation(vocabulary.SOURCE).of(evidence)
        return self._rows(claims[at[of_evidence]], vocabulary.CLAIM_SOURCE, sources)

    def _of_rivals(self, claims: Numbers) -> _Rows:
        """The conflicts of claims, from the other side."""
        at, rivals = self._relation(vocabulary.CONFLICTS).of(claims)
        is_claim = self._is_claim[rivals]
        return self._rows(rivals[is_claim], vocabulary.CONFLICTS, claims[at[is_claim]])

    def _of_roles(
        self, claims: Numbers, subject: Numbers, predicate: Numbers, obj: Numbers
    ) -> Iterator[_Rows]:
        """The triples between those who took part in an event and what underwent it."""
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

    def _of_bounds(self, claims: Numbers, predicate: Numbers) -> Iterator[_Rows]:
        """The date bounds of claims, worked out once for all that are dated alike."""
        evidence = self._relation(vocabulary.EVIDENCE).of(claims)
        current, current_days = self._current(len(claims), *evidence)
        reported, reported_days = self._reported(claims, *evidence)
        keys = np.stack([self._aspects_of(predicate), self._whens(claims), current, reported])
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
            literals = np.array([*map(self._literal, days)], np.int64)[places]
            has_day = literals != NONE
            yield self._rows(dated[has_day], name, literals[has_day])

    def _literal(self, day: edtf.Day | None) -> int:
        """The number of the literal of a day."""
        return NONE if day is None else self._triples.keep(derivation.day_literal(day))

    def _aspects_of(self, predicates: Numbers) -> Numbers:
        """The aspects of predicates, as places in `_ASPECTS`."""
        distinct, places = np.unique(predicates, return_inverse=True)
        aspects = [self.aspect(self._triples.terms[number]) for number in distinct.tolist()]
        return np.array([*map(_ASPECTS.index, aspects)], np.int64)[places]

    def _whens(self, claims: Numbers) -> Numbers:
        """The number of the date of each claim that has just one; all its dates are read."""
        terms = self._triples.terms
        at, dates = self._relation(vocabulary.WHEN).of(claims)
        days, places = self._days(dates, first_day)
        is_unreadable = np.array([day == _UNREADABLE for day in days], bool)[places]
        whens = np.full(len(claims), NONE)
        whens[at] = dates
        for row in np.flatnonzero(np.bincount(at, minlength=len(claims)) > 1).tolist():
            if len({text(terms[number]) for number in dates[at == row].tolist()}) > 1:
                whens[row] = NONE
        whens[at[is_unreadable]] = _UNREADABLE
        return whens

    def _current(self, count: int, at: Numbers, evidence: Numbers) -> tuple[Numbers, _Days]:
        """The latest first day on which evidence speaks of each claim as present.

        Of `count` claims, `at` says which one each piece of evidence is of. The days of claims
        are places in the list of days that is returned with them.
        """
        of_evidence, dates = self._relation(vocabulary.CURRENT).of(evidence)
        codes, days = self._ranked(dates, first_day)
        return _greatest(count, at[of_evidence], codes), days

    def _reported(self, claims: Numbers, at: Numbers, evidence: Numbers) -> tuple[Numbers, _Days]:
        """The last day on which the earliest source can have reported each claim; as `_current`."""
        terms = self._triples.terms
        of_claim, flags = self._relation(vocabulary.PROSPECTIVE).of(claims)
        is_reported = np.ones(len(claims), bool)
        is_prospective = [derivation.is_true(terms[number]) for number in flags.tolist()]
        is_reported[of_claim[is_prospective]] = False
        at, evidence = at[is_reported[at]], evidence[is_reported[at]]
        of_evidence, sources = self._relation(vocabulary.SOURCE).of(evidence)
        codes, days = self._ranked(sources, self.latest, earliest_last=True)
        return _greatest(len(claims), at[of_evidence], codes), days

    def _ranked(
        self,
        numbers: Numbers,
        day_of: Callable[[Term], edtf.Day | None],
        *,
        earliest_last: bool = False,
    ) -> tuple[Numbers, _Days]:
        """The days of terms as places in a list of days, sorted with the latest or earliest last.

        What has no day, or none that can be read, has the code for that instead.
        """
        days_or_codes, places = self._days(numbers, day_of)
        days = sorted({day for day in days_or_codes if not isinstance(day, int)})
        if earliest_last:
            days.reverse()
        ranks = {day: rank for rank, day in enumerate(days)}
        codes = [day if isinstance(day, int) else ranks[day] for day in days_or_codes]
        return np.array(codes, np.int64)[places], days

    def _days(
        self, numbers: Numbers, day_of: Callable[[Term], edtf.Day | None]
    ) -> tuple[list[edtf.Day | int], Numbers]:
        """The days of distinct terms, or their codes, and the place there of each term."""
        distinct, places = np.unique(numbers, return_inverse=True)
        days: list[edtf.Day | int] = []
        for number in distinct.tolist():
            try:
                days.append(day_of(self._triples.terms[number]) or NONE)
            except DateError:
                days.append(_UNREADABLE)
        return days, places

    def _rows(self, subjects: Numbers, predicate: NamedNode, objects: Numbers) -> _Rows:
        """Rows with one predicate."""
        return subjects, np.full_like(subjects, self._triples.keep(predicate)), objects


def _greatest(count: int, at: Numbers, codes: Numbers) -> Numbers:
    """The greatest code at each of `count` places; `_UNREADABLE` where any code is that."""
    greatest = np.full(count, NONE)
    np.maximum.at(greatest, at, codes)
    greatest[at[codes == _UNREADABLE]] = _UNREADABLE
    return greatest
