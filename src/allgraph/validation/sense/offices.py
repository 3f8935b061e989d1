"""Who held an office when: who acts has to be in office, and some offices have one seat."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from allgraph.model import vocabulary
from allgraph.model.triples import Numbers
from allgraph.validation.rules import RuleHit
from allgraph.validation.sense.claims import NEVER_AFTER, NEVER_BEFORE, ClaimColumns

_ACTS = ("signedIntoLaw", "vetoed", "introduced", "sponsored")


def not_in_office(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield signings, vetoes, introductions and sponsorships by people who were not in office.

    That is where the graph has terms of office of the person, and each of them certainly ended
    before or began after that day. Without terms nothing is said.
    """
    acts = claims.saying(*_ACTS)
    acts = acts[claims.of_kind("Person")[claims.subjects[acts]]]
    terms = claims.saying("heldOffice")
    # A state of one day began by its last day, and ended not before its first.
    first = np.where(claims.e1[acts] <= claims.b2[acts], claims.e1[acts], claims.b1[acts])
    persons = claims.subjects[acts]
    ended = _before(claims.subjects[terms], claims.e2[terms], persons, first)
    begun = _before(claims.subjects[terms], -claims.b1[terms], persons, -claims.b2[acts])
    own = np.sort(claims.subjects[terms])
    term_counts = np.searchsorted(own, persons, "right") - np.searchsorted(own, persons, "left")
    for place in np.flatnonzero((term_counts > 0) & (term_counts == ended + begun)).tolist():
        row, person = int(acts[place]), int(persons[place])
        about = claims.about(person, vocabulary.SUBJECT)
        others = about[claims.predicates[about] == claims.number("heldOffice")].tolist()
        sentences = "; ".join(claims.tell(other) for other in others[:3])
        message = (
            f"{claims.tell(row)}; but the terms of office of {claims.show(person)} in the graph "
            f"are on other days: {sentences} ({{places}})"
        )
        yield claims.hit("not-in-office", (row, *others), message)


def _before(keys: Numbers, days: Numbers, of: Numbers, limits: Numbers) -> Numbers:
    """Return for each key of `of` how many of the days with this key are before its limit."""
    scale = 4 * NEVER_AFTER
    codes = np.sort(keys * scale + days + 2 * NEVER_AFTER)
    starts = np.searchsorted(codes, of * scale)
    ends: Numbers = np.searchsorted(codes, of * scale + limits + 2 * NEVER_AFTER)
    return ends - starts


def two_holders(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield terms of two people that certainly overlap, in an office with one seat.

    How many seats an office has, a claim with ag:seatCount says. A day on which one term ends and
    another begins is no overlap.
    """
    seats = claims.by_subject("seatCount")
    number = [claims.triples.value(n) for n in claims.objects[seats.rows].tolist()]
    single = seats.where(np.array([text.lstrip("+0") == "1" for text in number], bool))
    terms = claims.by_object("heldOffice")
    is_known = (claims.b2[terms.rows] != NEVER_AFTER) & (claims.e1[terms.rows] != NEVER_BEFORE)
    is_known &= claims.b2[terms.rows] < claims.e1[terms.rows]
    terms = terms.where(is_known & np.isin(terms.keys, single.keys))
    of_seats = dict(zip(single.keys.tolist(), single.rows.tolist(), strict=True))
    for office, rows in _overlapping(claims, terms.keys, terms.rows):
        for other, row in _pairs(claims, rows):
            message = (
                f"{claims.tell(row)}; but {claims.tell(other)} ({{places}}), and the office has "
                "one seat"
            )
            shown = (row, other, of_seats[office])
            yield claims.hit("two-holders", shown, message)


def _overlapping(
    claims: ClaimColumns, keys: Numbers, rows: Numbers
) -> Iterator[tuple[int, list[int]]]:
    """Yield the keys of which some rows may overlap, with all of their rows by their begin."""
    order = np.lexsort((claims.b2[rows], keys))
    keys, rows = keys[order], rows[order]
    begins, ends = claims.b2[rows], claims.e1[rows]
    _, group = np.unique(keys, return_inverse=True)
    shift = group.reshape(-1) * (8 * NEVER_AFTER)  # keeps the groups apart
    before = np.concatenate([[NEVER_BEFORE], np.maximum.accumulate(ends + shift)[:-1]])
    suspects = np.isin(keys, keys[begins + shift < before])
    by_key: dict[int, list[int]] = defaultdict(list)
    for key, row in zip(keys[suspects].tolist(), rows[suspects].tolist(), strict=True):
        by_key[key].append(row)
    yield from by_key.items()


def _pairs(claims: ClaimColumns, rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield for each row an earlier one of another person whose term overlaps with it.

    The rows are sorted by their begin; pairs of rivals are left out.
    """
    latest: list[tuple[int, int]] = []  # the negative end of a term, and its row
    for row in rows:
        for end, other in latest:
            if -end <= claims.b2[row]:
                break
            is_other = claims.subjects[other] != claims.subjects[row]
            if is_other and not claims.are_rivals(np.array([other]), np.array([row]))[0]:
                yield other, row
                break
        insort(latest, (-int(claims.e1[row]), row))
