"""What follows from the claims of many triples: the same as `Statements` derives, over columns.

>>> from pyoxigraph import Literal, Quad
>>> a, b, c, knows = (NamedNode(f"https://example.org/{name}") for name in "abck")
>>> triples = Triples()
>>> triples.add([Quad(c, derivation.TYPE, derivation.CLAIM), Quad(c, derivation.SUBJECT, a),
...              Quad(c, derivation.PREDICATE, knows), Quad(c, derivation.OBJECT, b)])
>>> rows = NumberedStatements(triples).numbers()
>>> [[triples.terms[number].value[-1] for number in row] for row in rows.tolist()]
[['a', 'k', 'b']]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import BlankNode, NamedNode

from allgraph.errors import DateError
from allgraph.model import derivation, edtf, sensitive, vocabulary
from allgraph.model.derivation import Statements
from allgraph.model.triples import IRI, NONE, TEXT, Flags, Numbers, Relation, Triples
from allgraph.rdf.terms import Node, Term, text

_Rows = tuple[Numbers, Numbers, Numbers]
_Days = list[edtf.Day]
_UNREADABLE = -2
"""What stands for a day that cannot be read; `NONE` stands for no day."""
_ASPECTS: tuple[edtf.Aspect, ...] = ("Timeless", "Event", "State")
_PARTS = (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)


class NumberedStatements(Statements):
    """The claims that `triples` state; what is derived is of no account here."""

    def __init__(self, triples: Triples) -> None:
        super().__init__()
        self._triples = triples
        self._relations: dict[NamedNode, Relation] = {}

    def __len__(self) -> int:
        """How many claims there are, whole or not."""
        return int(self._is_claim.sum())

    def claims(self) -> Iterable[Node]:
        """The claims, whole or not."""
        terms = self._triples.terms
        return (terms[number] for number in np.flatnonzero(self._is_claim))  # type: ignore[misc]

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, whole or not."""
        number = self._triples.number(node)
        return number < len(self._is_claim) and number != NONE and bool(self._is_claim[number])

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of one predicate of one node."""
        _, found = self._relation(predicate).of(np.array([self._triples.number(node)]))
        return [self._triples.terms[number] for number in found.tolist()]

    def sensitive(self) -> set[Node]:
        """The claims flagged sensitive, and whatever else is; all but ``false`` is a flag."""
        flags, terms = self._relation(vocabulary.SENSITIVE), self._triples.terms
        found = (
            terms[subject]
            for subject, value in zip(flags.subjects.tolist(), flags.objects.tolist(), strict=True)
            if sensitive.is_flag(terms[value])
        )
        return {node for node in found if isinstance(node, (NamedNode, BlankNode))}

    def _relation(self, predicate: NamedNode) -> Relation:
        """The stated pairs that a predicate joins."""
        if predicate not in self._relations:
            found = self._triples.relation(predicate)
            kept = found.rows < self._triples.stated
            some = (column[kept] for column in (found.subjects, found.objects, found.rows))
            self._relations[predicate] = Relation(*some)
        return self._relations[predicate]

    @cached_property
    def _is_claim(self) -> Flags:
        types = self._relation(vocabulary.TYPE)
        is_kind = types.objects == self._triples.number(vocabulary.CLAIM)
        found: Flags = self._triples.among(types.subjects[is_kind])
        return found

    @cached_property
    def _whole(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """The claims with exactly one subject, predicate and object, and these."""
        claims = np.flatnonzero(self._is_claim)
        for part in _PARTS:
            relation = self._relation(part)
            at, _ = relation.of(claims)
            claims = claims[np.bincount(at, minlength=len(claims)) == 1]
        parts = [self._relation(part).of(claims)[1] for part in _PARTS]
        kinds = self._triples.kinds
        fit = (kinds[parts[0]] != TEXT) & (kinds[parts[1]] == IRI)
        subject, predicate, obj = (part[fit] for part in parts)
        return claims[fit], subject, predicate, obj

    # ---- What follows

    def numbers(self) -> NDArray[np.int32]:
        """All triples that follow, a row each of the numbers of its terms; some may repeat.

        A claim with a date that cannot be read has no bounds.
        """
        triples = self._triples
        claims, subject, predicate, obj = self._whole
        kept = ~triples.among(self._deprecated)[claims]
        direct = subject[kept], predicate[kept], obj[kept]
        found = [
            *self._of_sources(claims),
            *self._of_rivals(claims),
            *self._of_bounds(claims, predicate),
            direct,
            *self._of_roles(claims[kept], *direct),
        ]
        return np.concatenate([np.stack(row, axis=1) for row in found]).astype(np.int32)

    @cached_property
    def _deprecated(self) -> Numbers:
        ranks = self._relation(vocabulary.RANK)
        found: Numbers = ranks.subjects[
            ranks.objects == self._triples.number(vocabulary.DEPRECATED)
        ]
        return found

    def _of_sources(self, claims: Numbers) -> Iterator[_Rows]:
        at, evidence = self._relation(vocabulary.EVIDENCE).of(claims)
        of_evidence, sources = self._relation(vocabulary.SOURCE).of(evidence)
        yield self._rows(claims[at[of_evidence]], vocabulary.CLAIM_SOURCE, sources)

    def _of_rivals(self, claims: Numbers) -> Iterator[_Rows]:
        at, rivals = self._relation(vocabulary.CONFLICTS).of(claims)
        known = self._is_claim[rivals]
        yield self._rows(rivals[known], vocabulary.CONFLICTS, claims[at[known]])

    def _of_roles(
        self, claims: Numbers, subject: Numbers, predicate: Numbers, obj: Numbers
    ) -> Iterator[_Rows]:
        """What those who took part in an event have to do with what underwent it."""
        triples = self._triples
        underwent = predicate == triples.number(vocabulary.UNDERWENT)
        order = np.argsort(obj[underwent], kind="stable")
        things = Relation(obj[underwent][order], subject[underwent][order], order)
        for row in np.flatnonzero(predicate == triples.number(vocabulary.TOOK_PART)).tolist():
            _, roles = self._relation(vocabulary.ROLE).of(claims[row : row + 1])
            _, yielded = self._relation(vocabulary.YIELDS).of(roles)
            _, found = things.of(obj[row : row + 1])
            for number in yielded[triples.kinds[yielded] == IRI].tolist():
                yield np.full_like(found, subject[row]), np.full_like(found, number), found

    def _of_bounds(self, claims: Numbers, predicate: Numbers) -> Iterator[_Rows]:
        """The date bounds of claims, worked out once for all that are dated alike."""
        evidence = self._relation(vocabulary.EVIDENCE).of(claims)
        current, current_days = self._current(len(claims), *evidence)
        reported, reported_days = self._reported(claims, *evidence)
        keys = np.stack([self._aspects_of(predicate), self._whens(claims), current, reported])
        is_readable = (keys != _UNREADABLE).all(axis=0)
        dated = claims[is_readable]
        different, alike = np.unique(keys[:, is_readable], axis=1, return_inverse=True)
        alike = alike.reshape(-1)  # numpy 2.0 gives it two axes
        known = [
            derivation.dated(
                None if when == NONE else text(self._triples.terms[when]),
                _ASPECTS[aspect],
                None if first == NONE else current_days[first],
                None if last == NONE else reported_days[last],
            )
            for aspect, when, first, last in different.T.tolist()
        ]
        for name, days in zip(vocabulary.BOUNDS, zip(*known, strict=True), strict=False):
            literals = np.array([*map(self._literal, days)], np.int64)[alike]
            has_day = literals != NONE
            yield self._rows(dated[has_day], name, literals[has_day])

    def _literal(self, day: edtf.Day | None) -> int:
        return NONE if day is None else self._triples.keep(derivation.day_literal(day))

    def _aspects_of(self, predicates: Numbers) -> Numbers:
        """The aspects of predicates, as places in `_ASPECTS`."""
        different, places = np.unique(predicates, return_inverse=True)
        terms = self._triples.terms
        found = [self.aspect(terms[each]) for each in different.tolist()]
        return np.array([*map(_ASPECTS.index, found)], np.int64)[places]

    def _whens(self, claims: Numbers) -> Numbers:
        """The number of the date of each claim, if there is one date alone."""
        terms = self._triples.terms
        at, whens = self._relation(vocabulary.WHEN).of(claims)
        days, places = self._days(whens, _first)
        is_unreadable = np.array([day == _UNREADABLE for day in days], bool)[places]
        found = np.full(len(claims), NONE)
        found[at] = whens
        for row in np.flatnonzero(np.bincount(at, minlength=len(claims)) > 1).tolist():
            if len({text(terms[each]) for each in whens[at == row].tolist()}) > 1:
                found[row] = NONE
        found[at[is_unreadable]] = _UNREADABLE
        return found

    def _current(self, count: int, at: Numbers, evidence: Numbers) -> tuple[Numbers, _Days]:
        """The latest of the first days on which evidence spoke of each claim as present."""
        of_evidence, values = self._relation(vocabulary.CURRENT).of(evidence)
        codes, days = self._ranked(values, _first)
        return _greatest(count, at[of_evidence], codes), days

    def _reported(self, claims: Numbers, at: Numbers, evidence: Numbers) -> tuple[Numbers, _Days]:
        """The earliest of the last days that the sources of each claim can be from."""
        terms = self._triples.terms
        of_claim, values = self._relation(vocabulary.PROSPECTIVE).of(claims)
        is_told = np.ones(len(claims), bool)
        is_told[of_claim[[derivation.is_true(terms[each]) for each in values.tolist()]]] = False
        of_evidence, sources = self._relation(vocabulary.SOURCE).of(evidence[is_told[at]])
        codes, days = self._ranked(sources, self.latest, earliest_last=True)
        return _greatest(len(claims), at[is_told[at]][of_evidence], codes), days

    def _ranked(
        self,
        numbers: Numbers,
        day_of: Callable[[Term], edtf.Day | None],
        *,
        earliest_last: bool = False,
    ) -> tuple[Numbers, _Days]:
        """The days of terms as places in a list of days, the latest or the earliest last."""
        found, places = self._days(numbers, day_of)
        days = sorted({day for day in found if not isinstance(day, int)}, reverse=earliest_last)
        ranks = {day: rank for rank, day in enumerate(days)}
        codes = [day if isinstance(day, int) else ranks[day] for day in found]
        return np.array(codes, np.int64)[places], days

    def _days(
        self, numbers: Numbers, day_of: Callable[[Term], edtf.Day | None]
    ) -> tuple[list[edtf.Day | int], Numbers]:
        """The days of terms, those of the same term once, and the place there of each."""
        different, places = np.unique(numbers, return_inverse=True)
        found: list[edtf.Day | int] = []
        for number in different.tolist():
            try:
                found.append(day_of(self._triples.terms[number]) or NONE)
            except DateError:
                found.append(_UNREADABLE)
        return found, places

    def _rows(self, subjects: Numbers, predicate: NamedNode, objects: Numbers) -> _Rows:
        return subjects, np.full_like(subjects, self._triples.keep(predicate)), objects


def _first(date: Term) -> edtf.Day | None:
    """The first day that a date can mean."""
    return edtf.parse(text(date)).span[0]


def _greatest(count: int, at: Numbers, codes: Numbers) -> Numbers:
    """The greatest code at each of so many places; `_UNREADABLE` where one is that."""
    found = np.full(count, NONE)
    np.maximum.at(found, at, codes)
    found[at[codes == _UNREADABLE]] = _UNREADABLE
    return found
