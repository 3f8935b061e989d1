"""The claims of a graph as columns: numbers for claims, things and days, in numpy arrays.

A claim is a row, in the order of IRIs, and so is a thing. A day is a number that grows with
time, and a missing bound is one beyond all days on its side (`FAR`). A timeless claim holds from
the first day to the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from allgraph.model import edtf
from allgraph.model.adjacency import Network
from allgraph.model.sentences import Templates
from allgraph.model.strings import Texts
from allgraph.rdf.terms import AG, KNOWN, OWL, RDF, RDFS, local_name

Numbers = NDArray[np.int32]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]
DayNumber = TypeVar("DayNumber", int, Days)
Levels = NDArray[np.int8]

FAR = 2**62
"""A number beyond every day: an unknown bound is ``-FAR`` or ``FAR`` (see `_bounds`)."""
UNKNOWN_DAYS, TIMELESS_DAYS = (-FAR, FAR, -FAR, FAR), (-FAR, -FAR, FAR, FAR)
"""The four bounds of a date that is not known, and of a timeless claim, which holds on all days."""
NO, POSSIBLE, CERTAIN = 0, 1, 2
"""The levels of certainty of a claim on a day."""
CLOSED = (
    AG + "Place",
    AG + "Source",
    OWL + "Class",
    RDFS + "Class",
    RDF + "Property",
    KNOWN["skos"] + "Concept",
)
"""The classes whose members paths do not pass through unless asked to."""


@dataclass(frozen=True, eq=False)
class Columns:
    """A table of claims as arrays: a row for each claim with one subject, predicate and object.

    The number of a claim is its row, the place of its IRI in `claims`; the number of a thing, or of
    a claim that others are about, is a place in `nodes`. `object` is -1 for a literal. `reading` is
    the place in `templates` of the sentences of a claim. `bounds` has four arrays, in the order of
    `edtf.Bounds`. `rivals` has two, with pairs of rows that conflict, in both orders. `claim_of` is
    the row of a node that is itself a claim, else -1. `certainty`, if not ``None``, is the level of
    each claim on one day: these columns are a `view`. If they are a part of a graph, `counted` has
    the degree of each node in the whole.
    """

    claims: Texts
    nodes: Texts
    names: Texts
    predicates: Sequence[str]
    templates: Sequence[Templates]
    subject: Numbers
    predicate: Numbers
    reading: Numbers
    object: Numbers
    bounds: Days
    event: Flags
    deprecated: Flags
    preferred: Flags
    rivals: Numbers
    claim_of: Numbers
    closed: Flags
    roles: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    certainty: Levels | None = None
    counted: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """The number of claims."""
        return len(self.claims)

    @property
    def held(self) -> Flags:
        """A flag for each claim: whether it holds on the day of the view; without a day, all do."""
        return np.ones(len(self), bool) if self.certainty is None else self.certainty > NO

    @cached_property
    def network(self) -> Network:
        """The network of the claims that hold and are not deprecated, made at the first access."""
        return self.ties(self.held & ~self.deprecated)

    @cached_property
    def whole_network(self) -> Network:
        """The network of all claims, deprecated ones and those not in the view included."""
        if self.certainty is None and not self.deprecated.any():
            return self.network
        return self.ties(np.ones(len(self), bool))

    @property
    def degrees(self) -> NDArray[np.int64]:
        """For each node, how many claims join it to others: `counted`, or else those in `network`.

        `counted` is set for a part of a graph, and has the numbers in the whole.
        """
        return self.network.ties if self.counted is None else self.counted

    def ties(self, kept: Flags) -> Network:
        """Return a new network of the claims flagged in `kept`, by row.

        A claim joins its subject and object, unless these are the same or the object is a literal.
        If one of these is itself a claim, flagged or not, the things that this claim joins, at any
        depth, take its place, with a tie between each pair.
        """
        subject, obj = self.subject, self.object
        joins = kept & (obj >= 0) & (subject != obj)
        nested = joins & ((self.claim_of[subject] >= 0) | (self.claim_of[obj] >= 0))
        plain = np.flatnonzero(joins & ~nested).astype(np.int32)
        nested_ties = {
            (tail, head, row)
            for row in np.flatnonzero(nested).tolist()
            for tail in self._things_joined_by(int(subject[row]))
            for head in self._things_joined_by(int(obj[row]))
            if tail != head
        }
        more = np.array(sorted(nested_ties), np.int32).reshape(-1, 3)
        return Network.of(
            len(self.nodes),
            np.concatenate((subject[plain], more[:, 0])),
            np.concatenate((obj[plain], more[:, 1])),
            np.concatenate((plain, more[:, 2])),
        )

    def _things_joined_by(self, node: int) -> set[int]:
        """Return the node itself if it is a thing; if it is a claim, the things that it joins.

        A claim that it is about stands for the things that it joins in turn, at any depth.
        """
        things, visited = set[int](), set[int]()
        stack = [node]
        while stack:
            here = stack.pop()
            row = int(self.claim_of[here])
            if row < 0:
                things.add(here)
            elif row not in visited:
                visited.add(row)
                stack += [int(n) for n in (self.subject[row], self.object[row]) if n >= 0]
        return things

    def on(self, day: edtf.Day) -> Levels:
        """Return how certain each claim is on a day: `NO`, `POSSIBLE` or `CERTAIN`, by row.

        A claim in conflict is `POSSIBLE` at most, except where it is preferred and no rival is,
        or where each rival is `CERTAIN` by its own dates. Deprecated rivals, and rivals not in
        the view, do not count. A claim about a claim is never more certain than that claim.
        """
        dated_levels = levels_by_dates(self.bounds, self.event, number(day))
        claim, rival = self.rivals
        counts = (self.held & ~self.deprecated)[rival]
        claim, rival = claim[counts], rival[counts]
        has_preferred_rival = np.zeros(len(self), bool)
        has_preferred_rival[claim[self.preferred[rival]]] = True
        is_only_preferred = self.preferred & ~has_preferred_rival
        disputed = (dated_levels[rival] < CERTAIN) & ~is_only_preferred[claim]
        levels = dated_levels.copy()
        levels[claim[disputed]] = np.minimum(levels[claim[disputed]], POSSIBLE)
        return self._limited_by_nested(levels)

    def _limited_by_nested(self, levels: Levels) -> Levels:
        """Lower each level to that of the claims that the claim is about; return `levels`.

        The array is changed, again and again until nothing falls any more.
        """
        nested = []
        for ends in (self.subject, self.object):
            claim = np.where(ends >= 0, self.claim_of[ends], -1)
            rows = np.flatnonzero(claim >= 0)
            nested.append((rows, claim[rows]))
        while True:
            before = levels.copy()
            for rows, claims in nested:
                levels[rows] = np.minimum(levels[rows], levels[claims])
            if np.array_equal(before, levels):
                return levels

    def view(self, day: edtf.Day, *, possible: bool = False) -> Columns:
        """Return a copy of these columns with `certainty` set to the levels on a day.

        A claim that is only `POSSIBLE` gets `NO`, unless `possible`. In a view of a view the
        lower level counts.
        """
        levels = self.on(day)
        if self.certainty is not None:
            levels = np.minimum(levels, self.certainty)
        if not possible:
            levels = np.where(levels == CERTAIN, levels, NO).astype(np.int8)
        return replace(self, certainty=levels)

    def levels(self, claims: Iterable[str]) -> dict[str, int]:
        """Return how certain claims are in this view, by IRI; those without a row are left out."""
        assert self.certainty is not None
        rows = ((claim, self.claims.place(claim)) for claim in claims)
        return {claim: int(self.certainty[row]) for claim, row in rows if row is not None}

    def aspect(self, row: int) -> edtf.Aspect:
        """Return the aspect of the predicate of a claim, by its row."""
        if self.event[row]:
            return "Event"
        return "Timeless" if self.bounds[1, row] == -FAR else "State"

    def days(self, row: int) -> edtf.Bounds:
        """Return the bounds of a claim, by its row; a timeless claim has none."""
        return edtf.Bounds(*map(day_of, self.bounds[:, row].tolist()))

    def between(self, kind: str, first: edtf.Day, last: edtf.Day) -> list[int]:
        """Return the rows of claims of a kind that may hold between two days, by bounds alone.

        The kind is the IRI of their predicate, or ``ag:Event`` for all events of which a first and
        a last day is known.
        """
        begin, end = self.bounds[0], self.bounds[3]
        if kind == AG + "Event":
            kept = self.event & (begin > -FAR) & (end < FAR)
        else:
            kept = np.isin(self.predicate, [n for n, p in enumerate(self.predicates) if p == kind])
        return np.flatnonzero(kept & (begin <= number(last)) & (end >= number(first))).tolist()

    def by_day(self) -> Iterator[tuple[tuple[int, int], int]]:
        """Yield all rows by the local name of the predicate, then by the first day that is known.

        Of the bounds in their order; without a day, a claim comes with those of the last day of
        year 9999. A row comes after a pair of numbers that is the same for equal names and days.
        """
        _, ranks = np.unique([*map(local_name, self.predicates)], return_inverse=True)
        name = ranks.reshape(-1)[self.predicate] if len(self) else self.predicate
        day = np.full(len(self), number((9999, 12, 31)))
        for bound in self.bounds[::-1]:
            np.copyto(day, bound, where=np.abs(bound) < FAR - 1)
        order = np.lexsort((day, name))
        yield from zip(
            zip(name[order].tolist(), day[order].tolist(), strict=True), order.tolist(), strict=True
        )


def levels_by_dates(bounds: Days, event: Flags, day: int) -> Levels:
    """Return the level of each claim on a day (as a number) by its bounds, whatever its rivals.

    A claim begins between b1 and b2 and ends between e1 and e2; an unknown bound is beyond all
    days. A state is `CERTAIN` from b2 to e1, and `NO` before b1 and after e2; an event is
    `CERTAIN` from e2 on, and `NO` before e1. Else they are `POSSIBLE`.
    """
    b1, b2, e1, e2 = bounds
    state_no, state_yes = (day < b1) | (day > e2), (b2 <= day) & (day <= e1)
    event_no, event_yes = e1 > day, e2 <= day
    levels = np.full(len(event), POSSIBLE, np.int8)
    levels[np.where(event, event_no, state_no)] = NO
    levels[np.where(event, event_yes, state_yes)] = CERTAIN
    return levels


def number(day: edtf.Day) -> int:
    """Return a day as an integer, greater for a later day; its inverse is `day_of`.

    Days too far away are cut to the greatest or least number within `FAR`.

    >>> number((2013, 7, 1)) > number((2013, 6, 30)) > number((-44, 3, 15))
    True
    """
    year, month, of_month = day
    return max(-FAR + 1, min(FAR - 1, (year * 16 + month) * 32 + of_month))


@lru_cache(maxsize=65_536)
def day_of(number: int) -> edtf.Day | None:
    """Return the day that a number from `number` stands for; ``None`` for one beyond all days.

    >>> day_of(number((-44, 3, 15))), day_of(-FAR)
    ((-44, 3, 15), None)
    """
    if abs(number) >= FAR - 1:
        return None
    months, of_month = divmod(number, 32)
    year, month = divmod(months, 16)
    return year, month, of_month


def ordinal(number: DayNumber) -> DayNumber:
    """Return the number of days from a fixed day to that of a number from `number`, or an array.

    So the difference of two is how many days are between them. Numbers as far as `FAR` are allowed.

    >>> ordinal(number((2012, 3, 1))) - ordinal(number((2012, 2, 28)))
    2
    """
    months, of_month = number // 32, number % 32
    month = months % 16
    since_march = (month + 9) % 12  # so that the leap day is the last of a year
    year = months // 16 - (month < 3)
    return (
        year * 365
        + year // 4
        - year // 100
        + year // 400
        + ((since_march * 153 + 2) // 5 + of_month)
    )
