"""A graph on a day, and what happened in the order of time.

>>> from allgraph.graph.opening import open_graph
>>> graph = open_graph()
>>> then = as_of(graph, "2012-01-28")
>>> [row["name"].value for row in then.ask("founders", body="Model Alliance").rows]
[]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby

from pyoxigraph import NamedNode

from allgraph.errors import DateError, TooMuch
from allgraph.graph.claims import DATED_BY_EVENT, Claim, in_rows, named, place_within_day
from allgraph.graph.entries import Entry, Timeline
from allgraph.graph.graph import Graph
from allgraph.graph.names import Thing
from allgraph.graph.view import View
from allgraph.model import edtf
from allgraph.model.sentences import NOT_STATED
from allgraph.rdf.terms import AG, Term, text

__all__ = ["MOST", "Entry", "Timeline", "View", "as_of", "months", "span_of", "timeline"]

MOST = 20_000
"""How many claims a timeline over an endpoint may be made from."""
_ALWAYS: edtf.Span = (None, None)


def as_of(graph: Graph, day: str, *, possible: bool = False) -> View:
    """Return a graph as of a `day` such as ``2013-07-01``: a view, which is used like the graph.

    It has the claims that are certain on that day, by the dates as stated, or with `possible` also
    those that are possible; what belongs to other claims is not in it. Timeless claims always hold.
    Deprecated claims hold by their dates, and yield no direct triple. A view is about what held,
    not about what was known then. It is computed when it is first queried.

    Raises `DateError` for what is no day. Where an endpoint holds the graph, the view downloads all
    of it for a question that the endpoint cannot answer for the day.

    >>> import allgraph
    >>> then = allgraph.as_of(allgraph.open(), "2013-12-01")
    >>> answer = then.ask("bill-makers", bill="S.5486")
    >>> answer.columns[-1], {row.text("certainty") for row in answer}
    ('certainty', {'certain'})
    """
    return View(graph, edtf.day(day), possible)


def timeline(
    graph: Graph,
    thing: str | NamedNode | None = None,
    *,
    since: str = "",
    until: str = "",
    kind: Iterable[str | NamedNode] | str = (),
    limit: int | None = None,
) -> Timeline:
    """Return the events and states of a graph, or those about one thing, in order of their dates.

    The place of an entry is by the first day that its date names, or else by the last; then by the
    ordinals of claims, if they have any, and by sentence and IRI. Which of two came first is known
    only where one surely ended before the other began, or where all that is dated the same happened
    to one thing and has ordinals. A part in an event is
    dated by the event, an entry for each of its dates. Deprecated claims and timeless ones are left
    out. Claims without a date, or with one that bounds nothing such as ``2017~``, are in
    `Timeline.undated`; the day on which a source was read is not used.

    `thing` is an IRI, a CURIE, an exact name or a term; `limit` is the most entries, and the most
    undated ones. With `since` or `until`, dates such as ``2013`` or ``2013-07-01``, only entries
    are in it that have their place from the first day of the one to the last of the other; with
    `kind`, one or several classes, only those about a member of one. Queries the graph. Raises
    `UnknownName`, `ParameterError`, `DateError`, and `TooMuch` when an endpoint would have to send
    more than `MOST` claims.

    >>> import allgraph
    >>> first = allgraph.timeline(allgraph.open(), "RESPECT Program").entries[0]
    >>> first.words, first.sentence
    ('in May 2018', 'The RESPECT Program was launched by the RESPECT open letter')
    """
    about = None if thing is None else graph.thing(graph.resolve(thing))
    span = span_of(since, until)
    classes = [kind] if isinstance(kind, (str, NamedNode)) else [*kind]
    terms = [graph.term(name) for name in classes]
    claims = _of_kind(graph, _claims(graph, about, span), terms)
    return arranged(graph, claims, about, limit=limit, span=span)


def span_of(since: str, until: str) -> edtf.Span:
    """Return the first day of a date and the last day of another; ``None`` for ``""``.

    Raises `DateError` for a text that is no EDTF, or names no such day.
    """
    first, last = (edtf.parse(date).span if date else _ALWAYS for date in (since, until))
    for written, day in ((since, first[0]), (until, last[1])):
        if written and day is None:
            raise DateError(f"“{written}” names no day; write a year or a day, such as 2013-07-01")
    return first[0], last[1]


def months(graph: Graph, thing: NamedNode | None = None) -> dict[tuple[int, int], int]:
    """Return how many claims have their place in each month, by year and month.

    Those about a `thing`, if it is given; not at an endpoint.

    The place of a claim is the first day of its own date, or else the last. Claims without a date
    of their own are not counted, nor are deprecated and timeless ones. Reads the table of claims,
    or queries an endpoint.

    >>> from allgraph.graph.opening import open_graph
    >>> months(open_graph())[2012, 2]  # the founding, and the launch
    2
    """
    if graph.is_remote:
        rows = graph.rows("dates")
        dates = {text(row["when"]): int(text(row["count"])) for row in rows}
    else:
        dates = graph.table.dates(None if thing is None else graph.table.about(thing.value))
    counts: dict[tuple[int, int], int] = {}
    for when, count in dates.items():
        if day := _place_of(when):
            counts[day[:2]] = counts.get(day[:2], 0) + count
    return dict(sorted(counts.items()))


def _place_of(when: str) -> edtf.Day | None:
    """Return the day by which a date has its place: its first day, else its last, or ``None``."""
    try:
        first, last = edtf.parse(when).span
    except DateError:
        return None
    return first or last


def _is_in(day: edtf.Day | None, span: edtf.Span) -> bool:
    """Return True if a day is in a span, whose sides may be open."""
    first, last = span
    return bool(day and (first is None or first <= day) and (last is None or day <= last))


def _of_kind(graph: Graph, claims: list[Claim], classes: Sequence[NamedNode]) -> list[Claim]:
    """Return the claims with a subject or object that is a member of one of some classes.

    Without classes all. Queries the members among the subjects and objects.
    """
    if not classes:
        return claims
    ends = [
        {end.value for end in (claim.subject, claim.object) if isinstance(end, NamedNode)}
        for claim in claims
    ]
    things = {end for both in ends for end in both}
    members = {
        text(row["thing"])
        for one in classes
        for row in graph.run_for("members-among", "things", sorted(things), kind=one)
    }
    return [claim for claim, both in zip(claims, ends, strict=True) if both & members]


def arranged(
    graph: Graph,
    claims: Iterable[Claim],
    thing: Thing | None = None,
    *,
    limit: int | None = None,
    span: edtf.Span = _ALWAYS,
) -> Timeline:
    """Return claims as a timeline: dated entries in order, and those that no date places.

    Deprecated claims and timeless ones are left out. A sentence begins with the subject, or with
    the object if that is `thing`. `limit` is the most entries of each of the two kinds, ``None``
    for all; those without a place in `span` are left out. Queries the claims that date the events
    of claims without a date.
    """
    datable_claims = [c for c in claims if c.aspect != "Timeless" and c.rank != "Deprecated"]
    entries = sorted(
        _entries(graph, datable_claims, thing),
        key=lambda e: (*place_within_day(e.dating), e.sentence, e.claims[0].iri),
    )
    dated = sorted((e for e in entries if _is_in(e.place, span)), key=Entry.order)
    of_dates = ([*group] for _, group in groupby(dated, key=Entry.order))
    groups = enumerate(chain.from_iterable(map(_in_turn, of_dates)), 1)
    ordered = [replace(entry, position=n) for n, group in groups for entry in group]
    undated = [e for e in entries if e.place is None and span == _ALWAYS]
    whole = Timeline(tuple(ordered), tuple(undated), thing, prefixes=graph.prefixes)
    return whole if limit is None else whole.part(limit, None)[0]


def _in_turn(group: list[Entry]) -> list[list[Entry]]:
    """Return the entries of one date in groups of which it is known that they are in this order.

    It is if all are about what happened to one thing and have ordinals.
    """
    claims = [entry.dating for entry in group]
    if None in {claim.ordinal for claim in claims} or len({claim.subject for claim in claims}) > 1:
        return [group]
    return [[*same] for _, same in groupby(group, key=lambda entry: entry.dating.ordinal)]


def _claims(graph: Graph, thing: Thing | None, span: edtf.Span = _ALWAYS) -> list[Claim]:
    """Return the claims about a thing, or all; raise `TooMuch` where an endpoint has over `MOST`.

    Reads the table of claims, without those that have no place in a `span`; or queries an endpoint.
    """
    if not graph.is_remote:
        return in_rows(graph, _rows(graph, thing, span))
    about: dict[str, Term] = {} if thing is None else {"thing": NamedNode(thing.iri)}
    question = "about" if about else "all"
    if about:
        count = len(graph.root.run(question, **about))
    else:
        count = int(text(graph.root.run("many").rows[0]["count"]))
    if count > MOST:
        raise TooMuch(
            f"a timeline would need {count:,} claims of the endpoint, and the limit is "
            f"{MOST:,}; name a thing with fewer, or open the graph from its folder"
        )
    return named(graph, (row["claim"] for row in graph.run(question, **about).rows))


def _rows(graph: Graph, thing: Thing | None, span: edtf.Span) -> Sequence[int]:
    """Return the rows of the claims about a thing, or of all, that may have their place in a span.

    The graph is not at an endpoint.
    """
    table = graph.table
    about = None if thing is None else table.about(thing.iri)
    rows = range(len(table)) if about is None else about.tolist()
    if span == _ALWAYS:
        return rows
    known = table.dates(None if about is None else table.with_histories(about))
    dates = [when for when in known if _is_in(_place_of(when), span)]
    return sorted({*rows} & {*table.with_dates(dates).tolist()})


def _entries(graph: Graph, claims: list[Claim], thing: Thing | None) -> Iterator[Entry]:
    """Yield an entry for each claim, or one for each date of the event that dates the claim.

    Queries the claims that date events.
    """
    histories = _histories(graph, claims)
    for claim in claims:
        event_claims = [] if claim.when else histories.get(_event_of(claim), [])
        dates: dict[str, list[Claim]] = {}
        for event_claim in event_claims:
            if event_claim.when and event_claim.iri != claim.iri:
                dates.setdefault(event_claim.when, []).append(event_claim)
        if not dates:
            yield _entry((claim,), claim, thing)
        for _, datings in sorted(dates.items()):
            yield _entry((claim, *datings), datings[0], thing)


def _event_of(claim: Claim) -> str:
    """Return the IRI of the event that a claim about a part in an event has its date from.

    ``""`` for a claim with another predicate. Whether the claim has its own date is not looked at.
    """
    if claim.predicate not in DATED_BY_EVENT:
        return ""
    return text(claim.object if claim.predicate == AG + "tookPart" else claim.subject)


def _histories(graph: Graph, claims: list[Claim]) -> dict[str, list[Claim]]:
    """Query the claims that date events, and return them by the IRI of the event.

    These have the predicate ``ag:underwent`` and the event as object. The events are those of
    `claims` without a date; deprecated claims date nothing.
    """
    events = sorted({_event_of(claim) for claim in claims if not claim.when} - {""})
    rows = [*graph.run_for("histories", "events", events)]
    by_iri = {claim.iri: claim for claim in named(graph, (row["claim"] for row in rows))}
    histories: dict[str, list[Claim]] = {}
    for row in rows:
        claim = by_iri.get(text(row["claim"]))
        if claim is not None and claim.rank != "Deprecated":
            histories.setdefault(text(row["event"]), []).append(claim)
    return histories


def _entry(claims: tuple[Claim, ...], dating: Claim, thing: Thing | None) -> Entry:
    """Return the entry of `claims`, with the date of `dating`, which is one of them.

    Its sentence is that of the first claim, and begins with the subject, or with the object if that
    is `thing`. A date that is no EDTF is shown as it is, and gives no days.
    """
    is_object = thing is not None and text(claims[0].object) == thing.iri
    sentence = claims[0].inverse_sentence if is_object else claims[0].sentence
    if not dating.when:
        return Entry(claims, sentence, words=claims[0].date or NOT_STATED)
    try:
        begin, end = edtf.parse(dating.when).span
        words = edtf.words(dating.when)
    except DateError:
        return Entry(claims, sentence, dating.when, dating.when)
    return Entry(claims, sentence, dating.when, words, begin, end, dating.bounds)
