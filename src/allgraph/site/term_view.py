"""Terms as pages show them: names that are links, dates in words, texts.

Terms are given as texts of N-Triples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from allgraph.errors import DateError
from allgraph.model import edtf, vocabulary
from allgraph.rdf import ntriples
from allgraph.rdf.nesting import Forest, Properties, is_blank
from allgraph.rdf.terms import KNOWN, OWL, RDFS, SCHEMA, local_name
from allgraph.site import claim_view
from allgraph.site.site import Site

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
    KNOWN["skos"] + "prefLabel": "in other languages",
    KNOWN["skos"] + "closeMatch": "close to",
    KNOWN["skos"] + "exactMatch": "same as",
    KNOWN["dcterms"] + "isReplacedBy": "replaced by",
    KNOWN["dcterms"] + "license": "licence",
    KNOWN["dcterms"] + "publisher": "publisher",
    SCHEMA + "url": "address of this state",
    SCHEMA + "version": "version",
}
"""Names of predicates of other vocabularies, for which the graph has no labels."""

_LABEL, _EDTF = f"<{RDFS}label>", f"^^<{edtf.EDTF}>"


def labels(forest: Forest) -> dict[str, str]:
    """Return the `rdfs:label` of each subject of a forest, by IRI.

    Of several labels it is the first in alphabetical order.
    """
    return {
        ntriples.value(subject): min(map(ntriples.value, objects[_LABEL]))
        for (_, subject), objects in forest.properties.items()
        if _LABEL in objects
    }


def value(site: Site, term: str, labels: Mapping[str, str]) -> Any:
    """Return a term as a page shows it; `labels` has names by IRI.

    An IRI gives a link with its name or CURIE, a blank node ``…``, an EDTF date its words if it
    is valid, and any other literal its text, which is not yet escaped.
    """
    text = ntriples.value(term)
    if ntriples.is_iri(term):
        return claim_view.linked(site, labels.get(text) or site.graph.prefixes.shorten(text), text)
    if is_blank(term):
        return "…"
    if term.endswith(_EDTF):
        try:
            return edtf.words(text)
        except DateError:
            return text
    return text


def facts(site: Site, values: Properties, labels: Mapping[str, str]) -> list[tuple[Any, list[Any]]]:
    """Return the values of a node as (link to the predicate, its values as a page shows them).

    `values` are those of the node by predicate; they are sorted by the name of the predicate. One
    without values is left out. `labels` has names by IRI.
    """
    names = {
        predicate: predicate_name(predicate[1:-1], labels)
        for predicate, objects in values.items()
        if objects
    }
    return [
        (
            claim_view.linked(site, names[predicate], predicate[1:-1]),
            [value(site, term, labels) for term in sorted(values[predicate])],
        )
        for predicate in sorted(names, key=names.__getitem__)
    ]


def predicate_name(iri: str, labels: Mapping[str, str]) -> str:
    """Return the name of a predicate: its label, its name in `_NAMES`, or the end of its IRI.

    `labels` has labels by IRI, `_NAMES` words for some predicates of common vocabularies.

    >>> predicate_name("http://www.w3.org/ns/shacl#targetClass", {})
    'target class'
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local_name(iri)).lower()
    return labels.get(iri) or _NAMES.get(iri) or words
