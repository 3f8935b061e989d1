"""Identifiers and roles: whether they are of the kind that the ontology says."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

import numpy as np

from allgraph.model import vocabulary
from allgraph.model.triples import NONE, TEXT, Numbers
from allgraph.rdf import ntriples
from allgraph.rdf.terms import XSD, ag
from allgraph.validation.rules import RuleHit
from allgraph.validation.rules_compiled import instances_of
from allgraph.validation.sense.claims import ClaimColumns, Keyed
from allgraph.validation.shacl import patterns
from allgraph.validation.shacl.paths import subclasses

_ROLES = ag("roles")


def unknown_scheme(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield identifiers whose datatype is no scheme of the ontology."""
    triples = claims.triples
    known = instances_of(triples, vocabulary.IDENTIFIER_SCHEME)
    names = {claims.show(number): number for number in np.flatnonzero(known).tolist()}
    for scheme, keyed in _by_scheme(claims).items():
        number = triples.numbers.get(f"<{scheme}>", NONE)
        if number != NONE and known[number]:
            continue
        name = claims.prefixes.shorten(scheme)
        close = get_close_matches(name, names, 1)
        is_plain = scheme in ("", f"{XSD}string")
        what = "this identifier has no scheme" if is_plain else f"{name} is no known scheme"
        hint = (
            f"did you mean {close[0]}?" if close and not is_plain
            else 'write it as in "Q42"^^ag:WikidataId, or describe the scheme as an '
            "ag:IdentifierScheme in the ontology"
        )  # fmt: skip
        for row in keyed.rows.tolist():
            message = f"{what}; {hint}"
            yield claims.hit("unknown-scheme", (row,), message, path=vocabulary.OBJECT)


def identifier_pattern(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield identifiers that the pattern of their scheme does not match as a whole.

    A pattern that cannot be read is left to the shapes. Raises `EngineTimeout` for one that takes
    too long.
    """
    triples = claims.triples
    of_schemes = triples.relation(vocabulary.PATTERN)
    for scheme, keyed in _by_scheme(claims).items():
        number = triples.numbers.get(f"<{scheme}>", NONE)
        for pattern in map(triples.value, of_schemes.of(np.array([number]))[1].tolist()):
            whole = f"^(?:{pattern})$"
            if patterns.problem(pattern, "") or patterns.problem(whole, ""):
                continue
            literals, places = np.unique(keyed.keys, return_inverse=True)
            texts = [triples.value(literal) for literal in literals.tolist()]
            fits = np.array(patterns.matching(whole, "", texts, "ag:pattern"), bool)
            for row in keyed.rows[~fits[places.reshape(-1)]].tolist():
                message = (
                    f"“{claims.show(int(claims.objects[row]))}” is no identifier of "
                    f"{claims.prefixes.shorten(scheme)}, which must match {pattern}"
                )
                yield claims.hit(
                    "identifier-pattern",
                    (row,),
                    message,
                    path=vocabulary.OBJECT,
                    severity="Violation",
                )


def shared_identifier(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield identifiers of a thing that another thing has too, unless a claim joins the two."""
    left, right = claims.beside_first(claims.by_object("identifier"))
    subjects = claims.subjects
    is_shared = (subjects[left] != subjects[right]) & ~claims.are_rivals(left, right)
    for row, other in zip(left[is_shared].tolist(), right[is_shared].tolist(), strict=True):
        things = int(subjects[row]), int(subjects[other])
        if not (_are_joined(claims, *things) or _are_joined(claims, *reversed(things))):
            message = (
                f"{claims.tell(row)}; but {claims.tell(other)} ({{places}}): an identifier belongs "
                "to one thing"
            )
            yield claims.hit("shared-identifier", (row, other), message, path=vocabulary.OBJECT)


def _are_joined(claims: ClaimColumns, subject: int, obj: int) -> bool:
    """Return True if a claim joins two things, in this direction."""
    rows = claims.about(subject, vocabulary.SUBJECT)
    return bool((claims.objects[rows] == obj).any())


def _by_scheme(claims: ClaimColumns) -> dict[str, Keyed]:
    """Return the claims with identifiers, with these as keys, by the IRI of the scheme.

    The scheme of a text without one is ``""``; what is no text is left out, since a shape finds it.
    """
    rows = claims.saying("identifier")
    rows = rows[claims.triples.kinds[claims.objects[rows]] == TEXT]
    literals, places = np.unique(claims.objects[rows], return_inverse=True)
    schemes = [ntriples.literal_parts(claims.triples.texts[n])[2] for n in literals.tolist()]
    distinct = {scheme: number for number, scheme in enumerate(dict.fromkeys(schemes))}
    numbers = np.array([distinct[scheme] for scheme in schemes], np.int64)
    of_rows: Numbers = numbers[places.reshape(-1)]
    return {
        scheme: Keyed(claims.objects[rows], rows).where(of_rows == number)
        for scheme, number in distinct.items()
    }


def role_of_other_kind(claims: ClaimColumns) -> Iterator[RuleHit]:
    """Yield roles that are of no class of roles that their predicate takes.

    A predicate that takes none is left to the shapes, and so is a role that nothing describes.
    """
    triples = claims.triples
    taken, types = triples.relation(_ROLES), triples.relation(vocabulary.TYPE)
    for predicate in np.unique(taken.subjects).tolist():
        kinds = taken.objects[taken.subjects == predicate].tolist()
        classes = np.concatenate([subclasses(triples, kind) for kind in kinds])
        fits = triples.among(types.subjects[np.isin(types.objects, classes)])
        rows = np.flatnonzero((claims.predicates == predicate) & (claims.roles != NONE))
        roles = claims.roles[rows]
        rows = rows[~fits[roles] & triples.described[roles]]
        for row in rows.tolist():
            role = int(claims.roles[row])
            message = (
                f"{claims.show(role)} is no role that {claims.show(predicate)} takes; its class "
                f"has to be {' or '.join(map(claims.show, kinds))}"
            )
            yield claims.hit("role-of-other-kind", (row,), message, path=vocabulary.ROLE)
