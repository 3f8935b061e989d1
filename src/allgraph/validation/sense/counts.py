"""Numbers that cannot be right: percentages, counts of votes, of seats and of signatures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import numpy as np
from pyoxigraph import NamedNode

from allgraph.model import vocabulary
from allgraph.model.triples import NONE, TEXT, Numbers
from allgraph.rdf.terms import KNOWN, ag
from allgraph.validation.rules import RuleHit
from allgraph.validation.sense.claims import (
    BROADER,
    ClaimColumns,
    Keyed,
    matches,
    together,
)

_VALUE, _UNIT = ag("value"), ag("unit")
_RANGE = NamedNode(KNOWN["schema"] + "rangeIncludes")
_INTEGER = NamedNode(KNOWN["xsd"] + "integer")
_PERCENT = ("percent", "%", "per cent")
_MOST = 2**40  # larger counts are read as this


def number_out_of_range(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield percentages of observations below 0 or above 100, and counts below 0."""
    triples = claims.triples
    units, values = triples.relation(_UNIT), triples.relation(_VALUE)
    of_percent = [
        unit
        for unit in np.unique(units.objects).tolist()
        if triples.value(unit).strip().lower() in _PERCENT
    ]
    nodes = np.unique(units.subjects[np.isin(units.objects, of_percent)])
    nodes = nodes[claims.of_kind("Observation")[nodes]]
    places, objects = values.of(nodes)
    for place, number in zip(places.tolist(), objects.tolist(), strict=True):
        value = _decimal(triples.value(number))
        if value is not None and not 0 <= value <= 100:
            message = f"{claims.show(number)} is not between 0 and 100, and the unit is percent"
            terms = triples.term(int(nodes[place])), _VALUE, triples.term(number)
            yield RuleHit(*terms, "number-out-of-range", "Violation", message)
    counts = triples.relation(_RANGE)
    counting = counts.subjects[counts.objects == triples.number(_INTEGER)]
    rows = np.flatnonzero(np.isin(claims.predicates, counting))
    for row in rows[_counts(claims, rows) < 0].tolist():
        message = f"{claims.tell(row)}: a count cannot be below 0"
        yield claims.hit(
            "number-out-of-range", (row,), message, path=vocabulary.OBJECT, severity="Violation"
        )


def _decimal(text: str) -> Decimal | None:
    """Return a text as a number; ``None`` if it is no number, or not finite."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _counts(claims: ClaimColumns, rows: Numbers) -> Numbers:
    """Return the objects of some rows as whole numbers, 0 for those that are none."""
    objects, places = np.unique(claims.objects[rows], return_inverse=True)
    values = np.zeros(len(objects), np.int64)
    for place, number in enumerate(objects.tolist()):
        value = (
            _decimal(claims.triples.value(number)) if claims.triples.kinds[number] == TEXT else None
        )
        if value is not None:
            values[place] = int(max(min(value, Decimal(_MOST)), Decimal(-_MOST)))
    return values[places.reshape(-1)]


def more_votes_than_counted(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield counts of an option in a vote that are smaller than the number of its named voters.

    Those who chose a narrower option that is not counted itself count for the broader one. Of
    several counts of one option the largest is compared.
    """
    keys, counted, counts = _counted(claims)
    most = claims.one_each(counted, counts, least=False)
    for place, voters in _named_voters(claims, keys).items():
        row = int(most.rows[place])
        if len(voters) > counts[row]:
            sentences = "; ".join(claims.tell(voter) for voter in voters[:3])
            message = (
                f"{claims.tell(row)} for {claims.show(int(claims.roles[row]))}; but {len(voters)} "
                f"are named, such as: {sentences} ({{places}})"
            )
            yield claims.hit(
                "more-votes-than-counted", (row, *voters), message, path=vocabulary.OBJECT
            )


def _counted(claims: ClaimColumns) -> tuple[Numbers, Keyed, Numbers]:
    """Return the options that are counted, the claims that count them, and the counts of all rows.

    The options are pairs of a vote and a role, sorted, each as one number; the claims have the
    place of theirs as keys.
    """
    rows = claims.saying("voteCount")
    counts = np.zeros(len(claims.nodes), np.int64)
    counts[rows] = _counts(claims, rows)
    rows = rows[claims.roles[rows] != NONE]
    pairs = claims.subjects[rows] * claims.triples.size + claims.roles[rows]
    keys, places = np.unique(pairs, return_inverse=True)
    return keys, Keyed(places.reshape(-1), rows), counts


def _named_voters(claims: ClaimColumns, keys: Numbers) -> dict[int, list[int]]:
    """Return the claims by which voters chose the options that are counted, one for each voter.

    `keys` are the pairs of a vote and an option, sorted, each as one number; the result is by the
    place there.
    """
    size = claims.triples.size
    parts = claims.saying("tookPart")
    parts = parts[np.isin(claims.objects[parts], keys // size) & (claims.roles[parts] != NONE)]
    votes = Keyed(claims.roles[parts], parts)
    broader = claims.triples.relation(BROADER)
    at, wider = broader.of(votes.keys)
    is_apart = np.isin(claims.objects[parts] * size + votes.keys, keys)[at]
    votes = together(votes, Keyed(wider, parts[at]).where(~is_apart))
    pairs = claims.objects[votes.rows] * size + votes.keys
    is_counted = np.isin(pairs, keys)
    places, rows = np.searchsorted(keys, pairs[is_counted]), votes.rows[is_counted]
    _, first = np.unique(np.stack([places, claims.subjects[rows]]), axis=1, return_index=True)
    voters: dict[int, list[int]] = {}
    of_voters = zip(places[first].tolist(), rows[first].tolist(), strict=True)
    for place, row in sorted(of_voters):
        voters.setdefault(place, []).append(row)
    return voters


def more_votes_than_seats(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield votes with more votes than the body that voted has seats.

    Of several counts of one option the smallest counts, and of the seats the largest. An option
    that is narrower than another is left out, since the other may include it.
    """
    _, counted, counts = _counted(claims)
    least = claims.one_each(counted, counts, least=True)
    narrow = claims.triples.relation(BROADER).subjects
    rows = least.rows[~np.isin(claims.roles[least.rows], narrow)]
    seats = claims.by_subject("seatCount")
    of_seats = np.zeros(len(claims.nodes), np.int64)
    of_seats[seats.rows] = _counts(claims, seats.rows)
    seats = claims.one_each(seats, of_seats, least=False)
    acting = claims.saying("tookPart")
    acting = acting[claims.roles[acting] == claims.number("ActingBody")]
    at, seat = matches(claims.subjects[acting], seats.keys)
    rows = rows[np.argsort(claims.subjects[rows], kind="stable")]
    votes, starts, group = np.unique(claims.subjects[rows], return_index=True, return_inverse=True)
    ends = np.append(starts[1:], len(rows))
    sums = np.bincount(group.reshape(-1), weights=counts[rows], minlength=len(votes))
    for body, row_of_seats in zip(acting[at].tolist(), seats.rows[seat].tolist(), strict=True):
        vote = int(claims.objects[body])
        place = int(np.searchsorted(votes, vote))
        if place < len(votes) and votes[place] == vote and sums[place] > of_seats[row_of_seats]:
            of_vote = rows[starts[place] : ends[place]].tolist()
            message = (
                f"{int(sums[place])} votes are counted in {claims.show(vote)}; but "
                f"{claims.tell(row_of_seats)} ({{places}})"
            )
            shown = (of_vote[0], row_of_seats, *of_vote[1:], body)
            yield claims.hit("more-votes-than-seats", shown, message, path=vocabulary.OBJECT)


def count_falls(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield counts of signatures that are smaller than one that is certainly of an earlier day."""
    keyed = claims.by_subject("signatureCount")
    values = np.zeros(len(claims.nodes), np.int64)
    values[keyed.rows] = _counts(claims, keyed.rows)
    for row, other in _falls(claims, keyed, values):
        message = (
            f"{claims.tell(row)}; but {claims.tell(other)} ({{places}}): the number of signatures "
            "cannot fall"
        )
        yield claims.hit("count-falls", (row, other), message)


def _falls(claims: ClaimColumns, keyed: Keyed, values: Numbers) -> Iterator[tuple[int, int]]:
    """Yield a row and an earlier row of the same key that has a greater value.

    The earlier row is that with the greatest value of all whose state was over before.
    """
    first, last = claims.e1[keyed.rows], claims.b2[keyed.rows]
    keys, rows = keyed
    # Both the days on which a count can be of, and those from which it is of the past, in order.
    days, is_past = np.concatenate([first, last]), np.repeat([False, True], len(rows))
    keys = np.concatenate([keys, keys])
    order = np.lexsort((is_past, days, keys))
    both, past = np.concatenate([rows, rows])[order], is_past[order]
    _, start_of, group = np.unique(keys[order], return_index=True, return_inverse=True)
    starts = start_of[group.reshape(-1)]
    ranks = np.unique(values[rows], return_inverse=True)[1].reshape(-1) if len(rows) else rows
    rank_of = np.zeros(len(claims.nodes), np.int64)
    rank_of[rows] = ranks
    codes = group.reshape(-1) * (len(claims.nodes) + 1) + np.where(past, rank_of[both] + 1, 0)
    greatest = np.maximum.accumulate(codes) if len(codes) else codes
    earlier = greatest - group.reshape(-1) * (len(claims.nodes) + 1)
    falls = np.flatnonzero(~past & (earlier > rank_of[both] + 1))
    for place in falls.tolist():
        row = int(both[place])
        before = slice(starts[place], place)
        of_key = both[before][past[before]]
        rivals = claims.are_rivals(of_key, np.full(len(of_key), row))
        of_key = of_key[(values[of_key] > values[row]) & ~rivals]
        if len(of_key):
            yield row, int(of_key[np.argmax(values[of_key])])
