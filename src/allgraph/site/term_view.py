"""Terms as pages show them: names that are links, dates in words, texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.errors import DateError
from allgraph.model import edtf, vocabulary
from allgraph.rdf.terms import KNOWN, OWL, RDFS, SCHEMA, Term, local_name, text
from allgraph.site import claim_view
from allgraph.site.site import Site

Values = Mapping[str, Sequence[Term]]
"""The values of a node by predicate."""

_NAMES = {
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
"""Names of predicates of other vocabularies, for which the graph has no labels."""

_LABEL = NamedNode(RDFS + "label")


def labels(triples: Iterable[Triple]) -> dict[str, str]:
    """Return the `rdfs:label` of each subject in triples, by IRI.

    Of several labels it is the first in alphabetical order.
    """
    names: dict[str, str] = {}
    for triple in triples:
        if triple.predicate == _LABEL:
            name, iri = text(triple.object), text(triple.subject)
            names[iri] = min(names.get(iri, name), name)
    return names


def value(site: Site, term: Term, labels: Mapping[str, str]) -> Any:
    """Return a term as a page shows it; `labels` has names by IRI.

    An IRI gives a link with its name or CURIE, a blank node ``…``, an EDTF date its words if it
    is valid, and any other literal its text, which is not yet escaped.
    """
    if isinstance(term, NamedNode):
        name = labels.get(term.value) or site.graph.prefixes.shorten(term.value)
        return claim_view.linked(site, name, term.value)
    if isinstance(term, BlankNode):
        return "…"
    if isinstance(term, Literal) and term.datatype.value == edtf.EDTF:
        try:
            return edtf.words(term.value)
        except DateError:
            return term.value
    return text(term)


def facts(site: Site, values: Values, labels: Mapping[str, str]) -> list[tuple[Any, list[Any]]]:
    """Return the values of a node as (link to the predicate, its values as a page shows them).

    `values` are those of the node by the IRI of the predicate; they are sorted by the name of the
    predicate. `labels` has names by IRI.
    """
    return [
        (
            claim_view.linked(site, predicate_name(predicate, labels), predicate),
            [value(site, term, labels) for term in sorted(values[predicate], key=str)],
        )
        for predicate in sorted(values, key=lambda iri: predicate_name(iri, labels))
    ]


def by_iri(triples: Iterable[Triple]) -> dict[str, dict[str, list[Term]]]:
    """Return the objects of triples by the IRI of the subject, then by that of the predicate.

    Triples whose subject is a blank node are left out.
    """
    nodes: dict[str, dict[str, list[Term]]] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode):
            values = nodes.setdefault(triple.subject.value, {})
            values.setdefault(triple.predicate.value, []).append(triple.object)
    return nodes


def predicate_name(iri: str, labels: Mapping[str, str]) -> str:
    """Return the name of a predicate: its label, its name in `_NAMES`, or the end of its IRI.

    `labels` has labels by IRI, `_NAMES` words for some predicates of common vocabularies.

    >>> predicate_name("http://www.w3.org/ns/shacl#targetClass", {})
    'target class'
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local_name(iri)).lower()
    return labels.get(iri) or _NAMES.get(iri) or words
