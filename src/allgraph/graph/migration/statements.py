"""Statements with deprecated terms, as texts of N-Triples, and what they become.

This says what a migration means: the other modules put it into files, and are compared with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import NamedTuple

from pyoxigraph import Literal, Quad

from allgraph.errors import AllgraphError
from allgraph.folder.deprecated import Deprecated, Table
from allgraph.model import vocabulary
from allgraph.rdf import ntriples
from allgraph.rdf.terms import KNOWN, XSD, Prefixes

SUBJECT, PREDICATE, OBJECT = map(str, vocabulary.PARTS)
TYPE, CLASSIFICATION = str(vocabulary.TYPE), str(vocabulary.CLASSIFICATION)
ABOUT_TERMS = {f"<{KNOWN['dcterms']}{name}>" for name in ("replaces", "isReplacedBy")}
QUERIES = {f"<{KNOWN['sh']}{name}>" for name in ("select", "ask", "construct")}
_STRING = f"^^<{XSD}string>"
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


Place = tuple[int, str]
"""A line of a text, from 1, and why a use on it is unclear."""


BY_HAND = "; rewrite it by hand"
"""The end of the messages of `Unclear`."""


class Unclear(AllgraphError):
    """An error of a use of a deprecated term that has to be rewritten by hand.

    `start` is the index of a character in the text, where it is known.
    """

    def __init__(self, message: str, start: int = 0) -> None:
        super().__init__(message + BY_HAND)
        self.start = start


class Statement(NamedTuple):
    """A triple and its graph, ``""`` for the default graph, as texts of N-Quads."""

    subject: str
    predicate: str
    object: str
    graph: str = ""


def statement(quad: Quad) -> Statement:
    """Return a quad as a statement."""
    subject, predicate, obj, graph = map(str, quad)
    return Statement(subject, predicate, obj, "" if graph == "DEFAULT" else graph)


@dataclass(frozen=True)
class Migration:
    """Deprecated terms with their replacements: `terms` by IRI, and `prefixes` for messages.

    `claims` has the scheme of each claim, by its text in N-Triples, whose predicate gets one. What
    is said about the terms in `declared`, in the ontology that deprecates them, stays. `rewrite`
    migrates the text of a query, and says what is unclear in it.
    """

    terms: Table
    prefixes: Prefixes
    claims: Mapping[str, str]
    declared: Set[str] = frozenset()
    rewrite: Callable[[str], tuple[str, list[Place]]] = lambda text: (text, [])

    def with_claims(self, claims: Mapping[str, str]) -> Migration:
        """Return the migration of a file, whose own claims are these."""
        return replace(self, claims={**self.claims, **claims})

    def term(self, text: str) -> Deprecated | None:
        """Return the deprecated term that a text of N-Triples is; ``None`` for what stays."""
        if text[:1] != "<":
            return None
        term = self.terms.get(iri_of(text))
        return term if term and term.replacement else None

    def has(self, text: str) -> bool:
        """Return True if N-Triples have an escape, or a deprecated term that is replaced."""
        return "\\" in text or any(f"<{iri}>" in text for iri in self.terms)

    def renamed(self, text: str) -> str:
        """Return a term of N-Triples, or the datatype of a literal, by its new name."""
        if text[:1] == '"' and text[-1:] == ">":
            content, datatype = text.rsplit("^^", 1)
            return f"{content}^^{self.renamed(datatype)}"
        term = self.term(text)
        return f"<{term.replacement}>" if term else text

    def migrated(self, old: Statement) -> list[Statement]:
        """Return the statements that one becomes, most often itself; raise `Unclear` if unclear."""
        subject, predicate = self.term(old.subject), self.term(old.predicate)
        if iri_of(old.subject) in self.declared:
            return [old]
        self._refuse_subject(subject)
        if predicate and predicate.classification:
            raise Unclear(f"{self._shown(predicate)} is a class, but is used as a predicate")
        obj = old.object if old.predicate in ABOUT_TERMS else self.renamed(old.object)
        if predicate and predicate.scheme:
            obj = self._typed(obj, predicate.scheme)
        elif old.predicate == OBJECT and old.subject in self.claims:
            obj = self._typed(obj, self.claims[old.subject])
        elif old.predicate in QUERIES and obj.endswith('"'):
            obj = str(Literal(self._rewritten(ntriples.value(obj))))
        new = Statement(self.renamed(old[0]), self.renamed(old[1]), obj, self.renamed(old.graph))
        term = self.term(old.object)
        if term and term.classification and old.predicate == TYPE:
            classified = f"<{term.classification}>"
            return [new, new._replace(predicate=CLASSIFICATION, object=classified)]
        is_predicate_of_claim = term and term.scheme and old.predicate == PREDICATE
        if term and not term.is_rename and not is_predicate_of_claim and obj != old.object:
            raise Unclear(f"{self._shown(term)} is the object of {self._name(old.predicate)}")
        return [new]

    def _refuse_subject(self, term: Deprecated | None) -> None:
        """Raise `Unclear` for a subject that is more than renamed."""
        if term and not term.is_rename:
            raise Unclear(f"{self._shown(term)} is the subject of a triple")

    def _rewritten(self, text: str) -> str:
        """Return the text of a query in a shape with new terms. Raises `Unclear`."""
        new, unclear = self.rewrite(text)
        for _, message in unclear[:1]:
            raise Unclear(f"in a query, {message.removesuffix(BY_HAND)}")
        return new

    def _typed(self, literal: str, scheme: str) -> str:
        """Return a text with a scheme as its datatype. Raises `Unclear` for another object."""
        new = f"^^<{scheme}>"
        if literal[:1] == '"' and literal.endswith(('"', _STRING, new)):
            return literal.removesuffix(_STRING).removesuffix(new) + new
        name = self.prefixes.shorten(scheme)
        raise Unclear(f"{literal} is not a plain string, so it cannot get the datatype {name}")

    def _name(self, text: str) -> str:
        """Return an IRI, perhaps in ``<>``, as a CURIE."""
        return self.prefixes.shorten(text.strip("<>"))

    def _shown(self, term: Deprecated) -> str:
        """Return the CURIE of a term."""
        return self._name(term.iri)


def claim_schemes(terms: Table, statements: Iterable[Statement]) -> dict[str, str]:
    """Return the schemes of the claims whose predicate is replaced by one with a scheme, by claim.

    Raises `Unclear` for a claim with two.
    """
    schemes: defaultdict[str, set[str]] = defaultdict(set)
    for statement in statements:
        if statement.predicate == PREDICATE:
            term = terms.get(iri_of(statement.object))
            if term and term.replacement and term.scheme:
                schemes[statement.subject].add(term.scheme)
    for claim, of_claim in schemes.items():
        if len(of_claim) > 1:
            raise Unclear(f"{claim} has two predicates with one replacement, but different schemes")
    return {claim: min(of_claim) for claim, of_claim in schemes.items()}


def iri_of(text: str) -> str:
    r"""Return the IRI in ``<>`` without escapes; ``""`` for another text.

    >>> iri_of(r"<x:\u0061>")
    'x:a'
    """
    if text[:1] != "<":
        return ""
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text[1:-1])
