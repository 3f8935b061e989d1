"""Terms as pages show them: names that are links, dates in words, texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.errors import DateError
from allgraph.model import edtf, vocabulary
from allgraph.rdf.terms import KNOWN, OWL, RDFS, SCHEMA, Term, local_name, text
from allgraph.site import claim_view
from allgraph.site.site import Site

_CALLED = {
    vocabulary.TYPE.value: "is a",
    RDFS + "subClassOf": "kind of",
    RDFS + "subPropertyOf": "kind of",
    RDFS + "seeAlso": "see also",
    OWL + "sameAs": "same as",
    SCHEMA + "domainIncludes": "said of",
    SCHEMA + "rangeIncludes": "leads to",
    KNOWN["prov"] + "specializationOf": "reading of",
    KNOWN["skos"] + "altLabel": "also called",
    KNOWN["skos"] + "closeMatch": "close to",
    KNOWN["skos"] + "exactMatch": "same as",
    KNOWN["dcterms"] + "isReplacedBy": "replaced by",
    KNOWN["dcterms"] + "license": "licence",
}
"""What some predicates of others are called, of which the graph has no labels."""


_LABEL = NamedNode(RDFS + "label")
_EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"


def labels(triples: Iterable[Triple]) -> dict[str, str]:
    """What the things that triples mention are called; of several names the first."""
    found: dict[str, str] = {}
    for triple in triples:
        if triple.predicate == _LABEL:
            name, iri = text(triple.object), text(triple.subject)
            found[iri] = min(found.get(iri, name), name)
    return found


def value(site: Site, term: Term, named: Mapping[str, str]) -> Any:
    """A term as a page shows it: a name that is a link, a date in words, or a text."""
    if isinstance(term, NamedNode):
        name = named.get(term.value) or site.graph.prefixes.shorten(term.value)
        return claim_view.linked(site, name, term.value)
    if isinstance(term, BlankNode):
        return "…"
    if isinstance(term, Literal) and term.datatype.value == _EDTF:
        try:
            return edtf.words(term.value)
        except DateError:
            return term.value
    return text(term)


def said(triples: Iterable[Triple]) -> dict[str, dict[str, list[Term]]]:
    """What triples say of each IRI, by predicate."""
    found: dict[str, dict[str, list[Term]]] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode):
            values = found.setdefault(triple.subject.value, {})
            values.setdefault(triple.predicate.value, []).append(triple.object)
    return found


def classes(triples: Iterable[Triple]) -> dict[str, list[str]]:
    """The classes of the things that triples mention."""
    found: dict[str, list[str]] = {}
    for triple in triples:
        if triple.predicate == vocabulary.TYPE:
            found.setdefault(text(triple.subject), []).append(text(triple.object))
    return found


def predicate(site: Site, iri: str, named: Mapping[str, str]) -> Any:
    """A predicate by what it is called, as a link."""
    return claim_view.linked(site, called(iri, named), iri)


def called(iri: str, named: Mapping[str, str]) -> str:
    """What a predicate is called: by the graph, by us, or by its own name in words.

    >>> called("http://www.w3.org/ns/shacl#targetClass", {})
    'target class'
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local_name(iri)).lower()
    return named.get(iri) or _CALLED.get(iri) or words
