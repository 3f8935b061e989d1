"""Plain facts: triples about things that no claim says, so that nothing tells their source."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pyoxigraph import NamedNode

from allgraph.model import vocabulary
from allgraph.model.facts import LABEL, NAME_IN_TEXT, NOTE
from allgraph.model.triples import Flags, Numbers
from allgraph.rdf.terms import KNOWN, RDFS, Term, ag
from allgraph.validation.rules import RuleHit
from allgraph.validation.sense.claims import ClaimColumns

SHOWN = 3
"""How many places of plain facts with one predicate are told."""
_SKOS = KNOWN["skos"]
_ALLOWED = (
    vocabulary.TYPE,
    LABEL,
    NAME_IN_TEXT,
    NOTE,
    vocabulary.CLASSIFICATION,
    vocabulary.SENSITIVE,
    NamedNode(_SKOS + "altLabel"),
    NamedNode(_SKOS + "prefLabel"),
    NamedNode(RDFS + "seeAlso"),
    NamedNode(KNOWN["dcterms"] + "isReplacedBy"),
)
"""What is ours, and plain on any thing."""
_MINTED = ("Observation", "PostalAddress", "ContactPoint", "Donation")
"""The kinds of nodes that belong to one claim, which hold its content as plain triples."""
_OF_MINTED = ("value", "unit", "measuredProperty", "population", "amount", "currency")
_OF_ADDRESSES = (
    "streetAddress", "addressLocality", "addressRegion", "addressCountry", "postalCode",
    "postOfficeBoxNumber", "extendedAddress", "telephone", "faxNumber", "email", "contactType",
    "hoursAvailable", "areaServed", "availableLanguage", "url", "address", "name",
)  # fmt: skip


def plain_fact(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield one hit for each predicate with plain facts: the first, with their number.

    A plain fact is a stated triple about a thing that no claim says, with a predicate that is
    neither ours, nor in `ClaimColumns.plain`, nor claimable, which is another rule. Without claims
    nothing is yielded. Facts about withheld things are counted apart.
    """
    triples = claims.triples
    if not len(claims.nodes):
        return
    is_thing, is_minted = claims.of_kind("Thing"), claims.of_kind(*_MINTED)
    of_minted = {
        triples.number(term)
        for term in (*map(ag, _OF_MINTED), *(NamedNode(KNOWN["schema"] + n) for n in _OF_ADDRESSES))
    }
    is_ours = {triples.number(predicate) for predicate in (*_ALLOWED, *claims.plain)}
    is_ours |= {*triples.relation(vocabulary.ASPECT).subjects.tolist()}
    for predicate in triples.predicates:
        if predicate in is_ours:
            continue
        relation = triples.relation(predicate)
        is_plain = (relation.rows < triples.stated) & is_thing[relation.subjects]
        if predicate in of_minted:
            is_plain &= ~is_minted[relation.subjects]
        if not is_plain.any():
            continue
        is_plain &= ~_are_claimed(claims, predicate, relation.subjects, relation.objects)
        hidden = claims.is_hidden[relation.subjects]
        for facts in (np.flatnonzero(is_plain & ~hidden), np.flatnonzero(is_plain & hidden)):
            if len(facts):
                by_row = facts[np.argsort(relation.rows[facts])][:SHOWN]
                ends = zip(
                    relation.subjects[by_row].tolist(),
                    relation.objects[by_row].tolist(),
                    strict=True,
                )
                terms = [
                    (triples.term(s), triples.term(predicate), triples.term(o)) for s, o in ends
                ]
                yield _hit(claims, terms, len(facts))


def _are_claimed(
    claims: ClaimColumns, predicate: int, subjects: Numbers, objects: Numbers
) -> Flags:
    """Return a flag for each pair of subject and object: whether a claim states that triple."""
    size = claims.triples.size
    rows = np.flatnonzero(claims.predicates == predicate)
    claimed = claims.subjects[rows] * size + claims.objects[rows]
    return np.isin(subjects.astype(np.int64) * size + objects, claimed)


def _hit(claims: ClaimColumns, terms: list[tuple[Term, Term, Term]], count: int) -> RuleHit:
    """Return a hit for the first of some plain facts, of which there are `count`."""
    first, *others = terms
    name = claims.prefixes.show(first[1])
    more = f"; {count} such triples in all, also at {{places}}" if others else ""
    message = (
        f"{name} is stated of a thing without a claim, so it has no source{more}. "
        f'Write a claim with its evidence, or allow it: plain = ["{name}"] in allgraph.toml'
    )
    return RuleHit(
        *first, rule="plain-fact", severity="Warning", message=message, others=tuple(others)
    )
