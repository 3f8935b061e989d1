"""The table of the rules about sense, and the function that checks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from allgraph.validation.rules import RuleHit
from allgraph.validation.sense import counts, identifiers, legislation, offices, order, sources
from allgraph.validation.sense.claims import ClaimColumns
from allgraph.validation.sense.plain import plain_fact

RULES: dict[str, Callable[[ClaimColumns], Iterator[RuleHit]]] = {
    rule.__name__.replace("_", "-"): rule
    for rule in (
        order.order_of_actions,
        order.outside_session,
        order.outside_life,
        order.signed_before_publication,
        order.announced_early,
        order.undeclared_rivals,
        order.rivals_agree,
        order.about_itself,
        offices.not_in_office,
        offices.two_holders,
        legislation.other_jurisdiction,
        legislation.number_of_other_chamber,
        legislation.same_bill_number,
        legislation.substituted_across_sessions,
        legislation.circle,
        counts.number_out_of_range,
        counts.more_votes_than_counted,
        counts.more_votes_than_seats,
        counts.count_falls,
        identifiers.unknown_scheme,
        identifiers.identifier_pattern,
        identifiers.shared_identifier,
        identifiers.role_of_other_kind,
        sources.source_days,
        plain_fact,
    )
}
"""The functions by the names of their rules; each takes the claims and yields hits."""
COMPARING = frozenset({"plain-fact", "number-of-other-chamber", "circle", "outside-life"})
"""The rules of which a change of one node may give a hit at any other."""


def check(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield a hit for each claim that contradicts another, or cannot be right."""
    for rule in RULES.values():
        yield from rule(claims)
