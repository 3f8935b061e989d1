"""The days of sources and of what they say of the present."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import DateError
from allgraph.model import edtf, vocabulary
from allgraph.model.triples import TEXT, Numbers, Triples
from allgraph.validation.rules import RuleHit
from allgraph.validation.sense.claims import NEVER_AFTER, NEVER_BEFORE, ClaimColumns

_DATES = (vocabulary.EARLIEST, vocabulary.LATEST, vocabulary.READ)


def source_days(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield sources whose content is from after they were read: ag:earliest or ag:latest.

    And evidence that speaks of a present (ag:currentAsOf) after the latest day of its source, or
    after that on which it was read.
    """
    triples = claims.triples
    for predicate in (vocabulary.EARLIEST, vocabulary.LATEST):
        dated = triples.relation(predicate)
        yield from _late(
            claims, dated.subjects, predicate, dated.subjects, dated.objects, (vocabulary.READ,)
        )
    current, sources = triples.relation(vocabulary.CURRENT), triples.relation(vocabulary.SOURCE)
    places, of_evidence = sources.of(current.subjects)
    yield from _late(
        claims, current.subjects[places], vocabulary.CURRENT, of_evidence,
        current.objects[places], (vocabulary.LATEST, vocabulary.READ),
    )  # fmt: skip


def _late(
    claims: ClaimColumns,
    nodes: Numbers,
    path: NamedNode,
    sources: Numbers,
    dates: Numbers,
    limits: tuple[NamedNode, ...],
) -> Iterator[RuleHit]:
    """Yield hits for nodes with a date that is after one of the dates `limits` of their source."""
    triples = claims.triples
    firsts = _days(triples, dates, 0)
    for limit in limits:
        places, ends = triples.relation(limit).of(sources)
        is_late = firsts[places] > _days(triples, ends, 1)
        for place, end in zip(places[is_late].tolist(), ends[is_late].tolist(), strict=True):
            node, source, date = (triples.term(int(c[place])) for c in (nodes, sources, dates))
            name = claims.prefixes.shorten(path.value)
            message = (
                f"{name} is {claims.show(int(dates[place]))}, which is after "
                f"{claims.prefixes.shorten(limit.value)} of its source, {claims.show(end)} "
                "({places})"
            )
            others = ((source, limit, triples.term(end)),)
            yield RuleHit(node, path, date, "source-days", "Warning", message, others=others)


def _days(triples: Triples, dates: Numbers, side: int) -> Numbers:
    """Return the first day (`side` 0) or the last (`side` 1) of each date, which is a literal.

    One that cannot be read, or is open on that side, is in no contradiction.
    """
    unknown = (NEVER_BEFORE, NEVER_AFTER)[side]
    numbers, places = np.unique(dates, return_inverse=True)
    days = [_day(triples, number, side, unknown) for number in numbers.tolist()]
    of_dates: Numbers = np.array(days, np.int64)[places.reshape(-1)]
    return of_dates


def _day(triples: Triples, number: int, side: int, unknown: int) -> int:
    """Return the first or the last day of one date; `unknown` if there is none."""
    if triples.kinds[number] != TEXT:
        return unknown
    try:
        day = edtf.parse(triples.value(number)).span[side]
    except DateError:
        return unknown
    if day is None or not 1 <= day[0] <= 9999:
        return unknown
    return int(np.datetime64(edtf.iso(day), "D").astype(np.int64))
