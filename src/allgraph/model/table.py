"""The table of claims: a row for each claim, and a row for each piece of its evidence.

All that lists, shows, exports, dates or counts claims reads it. What paths and days need is in
`columns`; the rest are numbers of texts in one dictionary, `terms`. `allgraph.model.table_builder`
makes the table of facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allgraph.model.columns import FAR, Columns, Flags, Numbers
from allgraph.model.strings import Texts
from allgraph.model.withdrawn import Withdrawal
from allgraph.rdf.terms import AG

NO_TEXT = -1
"""The number that stands for no text."""
EVIDENCE_FIELDS = (
    "iri", "source", "title", "page", "start", "end", "context_start", "context_end", "section",
    "page_number", "row", "line", "entry", "fragment", "template", "sha256", "reading",
    "confidence", "attributed_to", "wording", "current_as_of", "note",
)  # fmt: skip
"""The columns of evidence."""


@dataclass(frozen=True, eq=False)
class ClaimTable:
    """The claims of a graph and their evidence as arrays of numbers.

    The number of a text is its place in `terms`, where texts are sorted; `NO_TEXT` stands for none.
    `columns` has the rows of claims, in the order of their IRIs. Beside them, by row: `value` is
    the object where it is no IRI, as a text of N-Triples; `when`, `rank`, `note`, `certainty` and
    `ordinal` are texts as stated; `sensitive` is a flag. `rivals` has the IRIs of all that a claim
    is in conflict with, by row, also where these have no row; `withdrawals` has those claims, by
    row, that are withdrawn, where the table has these. `schemes` has the labels of the datatypes
    that are schemes of identifiers. The evidence of the claim in row r is in the columns of
    `evidence` from ``first[r]`` to before ``first[r + 1]``; it has a line for each of
    `EVIDENCE_FIELDS`. `incomplete` claims have no row: they lack an IRI or a part.
    """

    columns: Columns
    terms: Texts
    value: Numbers
    when: Numbers
    rank: Numbers
    note: Numbers
    certainty: Numbers
    ordinal: Numbers
    sensitive: Flags
    first: NDArray[np.int64]
    evidence: NDArray[np.int32]
    rivals: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    withdrawals: Mapping[int, Withdrawal] = field(default_factory=dict)
    schemes: Mapping[str, str] = field(default_factory=dict)
    incomplete: int = 0

    def __len__(self) -> int:
        """The number of claims."""
        return len(self.columns)

    def text(self, number: int) -> str:
        """Return the text with a number; ``""`` for `NO_TEXT`."""
        return self.terms[number] if number >= 0 else ""

    def field(self, name: str) -> Numbers:
        """Return one of the `EVIDENCE_FIELDS` of all evidence, as numbers of `terms`."""
        column: Numbers = self.evidence[EVIDENCE_FIELDS.index(name)]
        return column

    def whole(self) -> ClaimTable:
        """Return this table after all bytes of its texts are checked, so that they read fast."""
        columns = self.columns
        for texts in (columns.claims, columns.nodes, columns.names, self.terms):
            texts.whole()
        return self

    def about(self, iri: str) -> NDArray[np.int64]:
        """Return the rows of the claims that have a thing as subject or object, in order.

        Of claims that are about such claims too.
        """
        columns = self.columns
        node = columns.nodes.place(iri)
        if node is None:
            return np.empty(0, np.int64)
        direct = (columns.subject == node) | (columns.object == node)
        is_about = np.zeros(len(columns.nodes), bool)
        is_about[:] = columns.claim_of >= 0
        is_about &= direct[columns.claim_of]
        outer = (columns.object >= 0) & is_about[columns.object]
        return np.flatnonzero(direct | outer)

    def of_each(self, iris: Sequence[str]) -> dict[str, set[int]]:
        """Return the rows of the claims of each of some things that has any, by one pass.

        They are those `about` it, and those with evidence from it as a source.
        """
        columns = self.columns
        found: dict[str, set[int]] = {}
        topics: dict[int, list[str]] = {}  # the things that are ends of a claim, by its row
        for numbers in (columns.subject, columns.object):
            for iri, row in _having(iris, columns.nodes, numbers):
                found.setdefault(iri, set()).add(row)
                topics.setdefault(row, []).append(iri)
        for outer, inner in self._about_claims:
            for iri in topics.get(inner, ()):
                found[iri].add(outer)
        sourced = [*_having(iris, self.terms, self.field("source"))]
        rows = self.claims_of(np.array([place for _, place in sourced], np.int64)).tolist()
        for (iri, _), row in zip(sourced, rows, strict=True):
            found.setdefault(iri, set()).add(row)
        return found

    @cached_property
    def _about_claims(self) -> list[tuple[int, int]]:
        """The rows of claims whose object is a claim, each with the row of that one."""
        ends = self.columns.object
        inner = np.where(ends >= 0, self.columns.claim_of[ends], -1)
        rows = np.flatnonzero(inner >= 0)
        return [*zip(rows.tolist(), inner[rows].tolist(), strict=True)]

    def dates(self, rows: NDArray[np.int64] | None = None) -> dict[str, int]:
        """Return how many claims state each date, by its text, of those that are about time.

        Deprecated claims and timeless ones are left out, and all but those in `rows`, if given.
        """
        columns = self.columns
        is_timeless = ~columns.event & (columns.bounds[1] == -FAR)
        when = np.where((self.when >= 0) & ~columns.deprecated & ~is_timeless, self.when, -1)
        kept = when if rows is None else when[rows]
        kept = kept[kept >= 0]
        numbers, counts = np.unique(kept, return_counts=True)
        texts = self.terms.taken(numbers.tolist())
        return dict(zip(texts, counts.tolist(), strict=True))

    def with_histories(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return some rows and those of all claims about histories, which may date events."""
        columns = self.columns
        numbers = [n for n, iri in enumerate(columns.predicates) if iri == AG + "underwent"]
        return self.union(rows, np.flatnonzero(np.isin(columns.predicate, numbers)))

    def with_dates(self, dates: Iterable[str]) -> NDArray[np.int64]:
        """Return the rows of the claims that state one of some dates, or whose events have one.

        The dates are texts. A claim about a part in an event that states no date has those of the
        claims with the predicate ``ag:underwent`` and this event as object.
        """
        columns, known = self.columns, {iri: n for n, iri in enumerate(self.columns.predicates)}
        numbers = [number for date in dates if (number := self.terms.place(date)) is not None]
        is_stated = np.isin(self.when, numbers)
        events = columns.object[is_stated & (columns.predicate == known.get(AG + "underwent", -1))]
        is_part = np.zeros(len(columns), bool)
        for name, ends in (("tookPart", "object"), ("participantsDescribedAs", "subject")):
            is_about = columns.predicate == known.get(AG + name, -1)
            is_part |= is_about & np.isin(getattr(columns, ends), events)
        return np.flatnonzero(is_stated | (is_part & (self.when < 0)))

    def of_source(self, iri: str) -> NDArray[np.int64]:
        """Return the rows of claims with evidence from a source, or from the source at a page."""
        return self.union(self.with_evidence("source", iri), self.with_evidence("page", iri))

    def evidence_from(self, iri: str) -> tuple[NDArray[np.int64], list[int]]:
        """Return the places in `evidence` of pieces from a source, by its IRI or that of its page.

        They are in the order of their places in the source, then of their claims. The second list
        says where evidence of another place or claim begins, and has their number at the end.
        """
        field, number = self.field, self.terms.place(iri)
        if number is None:
            return np.empty(0, np.int64), [0]
        at = np.flatnonzero((field("source") == number) | (field("page") == number))
        keys = np.stack(
            [
                *(self._values(field(name)[at]) for name in ("start", "end", "page_number")),
                field("section")[at],
                *(self._values(field(name)[at]) for name in ("row", "line")),
                self.claims_of(at),
            ]
        )
        order = np.lexsort(keys[::-1])
        is_other = np.diff(keys[:, order], prepend=-2).any(axis=0)
        return at[order], [*np.flatnonzero(is_other).tolist(), len(at)]

    def _values(self, texts: Numbers) -> Numbers:
        """Return numbers that are in the order of the integers written by texts; -1 for others."""
        distinct, inverse = np.unique(texts, return_inverse=True)
        values = [int(d) if d.isdecimal() else -1 for d in map(self.text, distinct.tolist())]
        ranks = {value: rank for rank, value in enumerate(sorted({*values} - {-1}))} | {-1: -1}
        return np.array([ranks[value] for value in values], np.int32)[inverse]

    def claims_of(self, evidence: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the claims that pieces of evidence, by their places, belong to."""
        return np.searchsorted(self.first, evidence, "right") - 1

    def with_evidence(self, field: str, text: str) -> NDArray[np.int64]:
        """Return the rows of the claims that have evidence with a text in one field, in order."""
        number = self.terms.place(text)
        if number is None:
            return np.empty(0, np.int64)
        rows = self.claims_of(np.flatnonzero(self.field(field) == number))
        return rows[np.diff(rows, prepend=-1) > 0]

    def union(self, *some: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows that are among some, in order; much faster than sets of numbers."""
        flags = np.zeros(len(self), bool)
        for rows in some:
            flags[rows] = True
        return np.flatnonzero(flags)


def _having(iris: Sequence[str], texts: Texts, numbers: Numbers) -> list[tuple[str, int]]:
    """Return the places in an array with the number of an IRI among texts, each with the IRI."""
    by_number = {number: iri for iri in iris if (number := texts.place(iri)) is not None}
    flags = np.zeros(len(texts) + 1, bool)  # the last is for -1, no text
    flags[[*by_number]] = True
    places = np.flatnonzero(flags[numbers])
    found = zip(numbers[places].tolist(), places.tolist(), strict=True)
    return [(by_number[number], place) for number, place in found]
