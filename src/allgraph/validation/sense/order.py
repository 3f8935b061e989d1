"""Rules about order in time: actions on a bill, the life of a body or a person, dates.

A hit is given only where the bounds leave no doubt: the first day on which one can have begun is
after the last day on which the other can have ended.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pyoxigraph import NamedNode

from allgraph.model import vocabulary
from allgraph.model.triples import NONE, Numbers
from allgraph.rdf.ntriples import is_true
from allgraph.rdf.terms import KNOWN, ag
from allgraph.validation.rules import RuleHit
from allgraph.validation.sense.claims import (
    NEVER_AFTER,
    NEVER_BEFORE,
    ClaimColumns,
    Keyed,
    matches,
    together,
)

DAYS_TO_SIGN = 60
"""How long after the end of its session a bill may be signed, vetoed or become law."""
LEVELS = 8
"""How many levels of units in units are looked through for those who serve in a body."""
_EVENT_KIND = ag("eventKind")
_DOMAIN = NamedNode(KNOWN["schema"] + "domainIncludes")
_SERVICES = ("servedOn", "heldOffice", "memberOf")
_IN_CHAMBERS = ("Introduced", "Referred", "Reported", "Passed", "Substituted")
_BY_EXECUTIVE = ("SignedByExecutive", "Vetoed", "BecameLaw")
_IN_FORCE = "EntryIntoForce"
_STEPS = {
    "Introduced": "is introduced",
    "Referred": "is referred to a committee",
    "Reported": "is reported by a committee",
    "Passed": "is passed",
    "Substituted": "is replaced by another",
    "Vetoed": "is vetoed",
    "SignedByExecutive": "is signed",
    "BecameLaw": "becomes law",
    _IN_FORCE: "is in force",
}
"""What happens to a bill, in words, by the kind of action."""
_ORDER = (
    *(("Introduced", kind) for kind in _STEPS if kind != "Introduced"),
    *(("Passed", kind) for kind in (*_BY_EXECUTIVE, _IN_FORCE)),
    ("SignedByExecutive", _IN_FORCE),
    ("BecameLaw", _IN_FORCE),
)
"""The pairs of kinds of actions of which the first comes before the second."""
_LIMITS_OF_LIFE = {
    "Founding": "nothing is done there before the founding",
    "Birth": "nobody acts before being born",
    "Dissolution": "nothing is done there after the dissolution",
    "Death": "nobody acts after death",
}
"""Why nothing is beyond an event, by the kind of event."""
_ONCE = ("Founding", "Dissolution", "Birth", "Death")
"""The kinds of events that a thing undergoes once."""


def order_of_actions(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield actions on a bill that are certainly earlier than one that comes before them.

    Several bills may carry one legislative proposal, and a bill may pass again over a veto. So for
    a proposal, and for the passages and vetoes of a bill, a hit is given only if all actions of one
    kind are earlier than all of the other.
    """
    actions = _actions(claims)
    is_bill = claims.of_kind("Bill")
    reported: set[int] = set()  # one finding is enough for each claim
    for first, later in _ORDER:
        firsts, laters = actions[first], actions[later]
        several = np.zeros(len(is_bill), bool) if later == "Vetoed" else is_bill
        firsts = together(
            firsts.where(several[firsts.keys]),
            claims.one_each(firsts.where(~several[firsts.keys]), claims.b1, least=True),
        )
        laters = together(
            laters.where(several[laters.keys]),
            claims.one_each(laters.where(~several[laters.keys]), claims.e2, least=False),
        )
        why = f"a bill {_STEPS[first]} before it {_STEPS[later]}"
        yield from _in_wrong_order(claims, "order-of-actions", firsts, laters, why, reported)
    yield from _referred_after_passage(claims, actions, reported)


def _referred_after_passage(
    claims: ClaimColumns, actions: dict[str, Keyed], reported: set[int]
) -> Iterator[RuleHit]:
    """Yield the last passages by a chamber that are before all referrals to its committees."""
    referred, passed = actions["Referred"], actions["Passed"]
    chambers = claims.links(back=["hasUnit"])
    at, link = matches(claims.objects[referred.rows], chambers[0])
    of_referred = referred.keys[at], chambers[1][link], referred.rows[at]
    of_passed = passed.keys, claims.objects[passed.rows], passed.rows
    bills, places = (
        np.concatenate(part) for part in zip(of_referred[:2], of_passed[:2], strict=True)
    )
    _, keys = np.unique(np.stack([bills, places]), axis=1, return_inverse=True)
    keys = keys.reshape(-1)
    firsts = claims.one_each(Keyed(keys[: len(at)], of_referred[2]), claims.b1, least=True)
    laters = claims.one_each(Keyed(keys[len(at) :], of_passed[2]), claims.e2, least=False)
    why = "a chamber refers a bill to its committee before it passes the bill"
    yield from _in_wrong_order(claims, "order-of-actions", firsts, laters, why, reported)


def _in_wrong_order(
    claims: ClaimColumns,
    rule: str,
    first: Keyed,
    later: Keyed,
    why: str,
    reported: set[int],
) -> Iterator[RuleHit]:
    """Yield hits for the rows of `later` that are before what comes first, but those in `reported`.

    The rows of all hits are added to `reported`.
    """
    for other, row in claims.contradictions(first, claims.b1, later, claims.e2):
        if reported.isdisjoint((row, other)):
            reported |= {row, other}
            message = f"{claims.tell(row)}; but {claims.tell(other)} ({{places}}): {why}"
            yield claims.hit(rule, (row, other), message)


def _actions(claims: ClaimColumns) -> dict[str, Keyed]:
    """Return the claims that tell of an action on a bill, with the bill, by the kind of action.

    The kind is that of the event that the bill underwent, or of the predicate, which has the bill
    as its subject if its domain says so, else as its object.
    """
    kinds = claims.triples.relation(vocabulary.CLASSIFICATION)
    domains = claims.triples.relation(_DOMAIN)
    bills = [claims.number("Bill"), claims.number("LegislativeProposal")]
    forward = np.isin(claims.predicates, domains.subjects[np.isin(domains.objects, bills)])
    events = claims.by_subject("underwent")
    places, of_events = kinds.of(claims.objects[events.rows])
    rows, of_predicates = kinds.of(claims.predicates)
    keys = np.where(forward, claims.subjects, claims.objects)[rows]
    occurrences = together(Keyed(events.keys[places], events.rows[places]), Keyed(keys, rows))
    kind_of = np.concatenate([of_events, of_predicates])
    actions = {
        kind: occurrences.where(np.isin(kind_of, claims.narrower(kind)))
        for kind in _STEPS
        if kind != _IN_FORCE
    }
    laws = claims.links(forward=["becameLaw"])
    begins = _undergone(claims, _IN_FORCE)
    at, link = matches(begins.keys, laws[1])
    return {**actions, _IN_FORCE: Keyed(laws[0][link], begins.rows[at])}


def _undergone(claims: ClaimColumns, kind: str) -> Keyed:
    """Return the claims that tell of an event of a kind, with the thing that underwent it.

    A claim whose predicate has this kind of event tells of it too; its object underwent it.
    """
    events = claims.by_subject("underwent")
    kinds = claims.triples.relation(_EVENT_KIND)
    predicates = kinds.subjects[kinds.objects == claims.number(kind)]
    rows = np.flatnonzero(np.isin(claims.predicates, predicates))
    return together(
        events.where(claims.of_kind(kind)[claims.objects[events.rows]]),
        Keyed(claims.objects[rows], rows),
    )


def outside_session(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield actions on a bill before its session begins or after it ends.

    What is left to the executive may come up to `DAYS_TO_SIGN` days later. If a bill is in several
    sessions, all count; a session whose days nothing says leaves it open.
    """
    actions = _actions(claims)
    of_bills = claims.links(forward=["inSession"])
    sessions = claims.by_object("hasSession")
    at, link = matches(of_bills[1], sessions.keys)
    session_claims = Keyed(of_bills[0][at], sessions.rows[link])
    begins = claims.one_each(session_claims, claims.b1, least=True)
    ends = claims.one_each(session_claims, claims.e2, least=False)
    for kinds, grace in ((_IN_CHAMBERS, 0), (_BY_EXECUTIVE, DAYS_TO_SIGN)):
        acts = together(*(actions[kind] for kind in kinds))
        pairs = [
            *claims.contradictions(begins, claims.b1, acts, claims.e2),
            *claims.contradictions(ends, -(claims.e2 + grace), acts, -claims.b1),
        ]
        for session, row in pairs:
            message = (
                f"{claims.tell(row)}; that is not in the session of this bill: "
                f"{claims.tell(session)} ({{places}})"
            )
            yield claims.hit("outside-session", (row, session), message)


def outside_life(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield service in a body before its founding or after its dissolution, also in its units.

    And service and acts of people before their birth or after their death. If several dates are
    told of these events, the earliest and the latest count.
    """
    kinds = claims.triples.relation(vocabulary.CLASSIFICATION)
    acts = np.flatnonzero(np.isin(claims.predicates, kinds.subjects))
    acts = np.concatenate([acts, claims.saying(*_SERVICES, "signed", "sponsored", "supported")])
    lives = Keyed(claims.subjects[acts], acts)
    for kind, why in _LIMITS_OF_LIFE.items():
        events = _undergone(claims, kind)
        is_begin = kind in ("Founding", "Birth")
        low, high = (claims.b1, claims.b2) if is_begin else (-claims.e2, -claims.e1)
        dated = events.where(low[events.rows] != NEVER_BEFORE)
        limits = claims.one_each(dated, low, least=True)
        done = lives if kind in ("Birth", "Death") else _services(claims, limits.keys)
        for event, row in claims.contradictions(limits, low, done, high):
            message = f"{claims.tell(row)}; but {claims.tell(event)} ({{places}}): {why}"
            yield claims.hit("outside-life", (row, event), message)


def _services(claims: ClaimColumns, bodies: Numbers) -> Keyed:
    """Return the claims of service in some bodies, their units and offices, each with the body."""
    links = claims.links(forward=["postIn"], back=["hasUnit"])
    reached = fresh = np.unique(bodies) * (claims.triples.size + 1)  # a body, and what is in it
    for _ in range(LEVELS):
        whole, part = np.divmod(fresh, claims.triples.size)
        at, link = matches(part, links[1])
        onward = np.unique(whole[at] * claims.triples.size + links[0][link])
        fresh = np.setdiff1d(onward, reached, assume_unique=True)
        reached = np.union1d(reached, fresh)
    whole, part = np.divmod(reached, claims.triples.size)
    services = claims.by_object(*_SERVICES)
    at, place = matches(services.keys, part)
    return Keyed(whole[place], services.rows[at])


def signed_before_publication(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield signings of a letter or petition before it was published or released."""
    appeals = claims.of_kind("Appeal")
    public = together(claims.by_object("published", "released"), _undergone(claims, "Release"))
    first = claims.one_each(public.where(appeals[public.keys]), claims.b1, least=True)
    signings = _undergone(claims, "Signing")
    signings = signings.where(appeals[signings.keys])
    why = "a letter or petition is signed once it is public"
    yield from _in_wrong_order(claims, "signed-before-publication", first, signings, why, set())


def announced_early(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield announcements of something that certainly happened later.

    What is announced as still to come is prospective, and left out.
    """
    is_prospective = np.zeros(claims.triples.size, bool)
    flags = claims.triples.relation(vocabulary.PROSPECTIVE)
    for number in np.unique(flags.objects).tolist():
        if is_true(claims.triples.texts[number]):
            is_prospective[flags.subjects[flags.objects == number]] = True
    rows = np.flatnonzero(~is_prospective[claims.nodes])
    actual = Keyed(claims.nodes[rows], rows)
    why = "if it was only planned then, say ag:prospective true of it"
    announced = claims.by_object("announced")
    yield from _in_wrong_order(claims, "announced-early", actual, announced, why, set())


def undeclared_rivals(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield claims about what happens once that have incompatible dates and no declared conflict.

    That is the founding and the end of a body, birth and death, an entry into force (one event),
    and the introduction and signing of a bill, and that it became law.
    """
    actions, is_bill = _actions(claims), claims.of_kind("Bill")
    begins = _undergone(claims, _IN_FORCE)
    groups = [
        *(_undergone(claims, kind) for kind in _ONCE),
        Keyed(claims.objects[begins.rows], begins.rows),
        *(
            actions[kind].where(is_bill[actions[kind].keys])
            for kind in ("Introduced", "SignedByExecutive", "BecameLaw")
        ),
    ]
    for group in groups:
        for other, row in claims.contradictions(group, claims.b1, group, claims.e2):
            message = (
                f"{claims.tell(row)}; but {claims.tell(other)} ({{places}}): it happens once; "
                "correct one of them, or join them by ag:conflictsWith"
            )
            yield claims.hit("undeclared-rivals", (row, other), message)


def rivals_agree(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield claims in conflict with one that says the same, and whose dates fit theirs."""
    conflicts = claims.triples.relation(vocabulary.CONFLICTS)
    left, right = claims.rows[conflicts.subjects], claims.rows[conflicts.objects]
    known = (left != NONE) & (right != NONE)
    left, right = left[known], right[known]
    same = left < right
    for column in (claims.subjects, claims.predicates, claims.objects, claims.roles):
        same &= column[left] == column[right]

    def fit(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
        """Return flags: whether the ranges are known of both, and whether they have a day."""
        both = np.ones(len(left), bool)
        for rows in (left, right):
            both &= (low[rows] != NEVER_BEFORE) & (high[rows] != NEVER_AFTER)
        return both, (low[left] <= high[right]) & (low[right] <= high[left])

    (is_begin, begins_fit), (is_end, ends_fit) = (
        fit(claims.b1, claims.b2),
        fit(claims.e1, claims.e2),
    )
    agree = same & is_begin & begins_fit & (ends_fit | ~is_end)
    for row, other in zip(left[agree].tolist(), right[agree].tolist(), strict=True):
        message = (
            f"{claims.tell(row)}; and {claims.tell(other)} ({{places}}): both can be true, so "
            "there is no conflict; leave ag:conflictsWith out"
        )
        yield claims.hit("rivals-agree", (row, other), message, path=vocabulary.CONFLICTS)


def about_itself(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield claims that join a thing to itself, or that tell of themselves.

    And those by which a body takes part in its own founding.
    """
    objects = claims.objects
    is_circle = (claims.subjects == objects) | (objects == claims.nodes)
    is_circle |= claims.subjects == claims.nodes
    for row in np.flatnonzero(is_circle).tolist():
        what = (
            "a claim tells of itself"
            if claims.subjects[row] != objects[row]
            else (f"this joins {claims.show(int(objects[row]))} to itself")
        )
        message = f"{claims.tell(row)}: {what}, which cannot be"
        yield claims.hit(
            "about-itself", (row,), message, path=vocabulary.OBJECT, severity="Violation"
        )
    founded, parts = _undergone(claims, "Founding"), claims.saying("tookPart")
    at, part = matches(objects[founded.rows], objects[parts])
    is_own = founded.keys[at] == claims.subjects[parts[part]]
    for row, other in zip(
        parts[part][is_own].tolist(), founded.rows[at][is_own].tolist(), strict=True
    ):
        message = (
            f"{claims.tell(row)}; but {claims.tell(other)} ({{places}}): nothing founds itself"
        )
        yield claims.hit(
            "about-itself", (row, other), message, path=vocabulary.OBJECT, severity="Violation"
        )
