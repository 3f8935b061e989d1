"""The reference of the terms and of the shapes, as pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allgraph.errors import UnknownName
from allgraph.linkeddata import documents
from allgraph.linkeddata.documents import Document
from allgraph.linkeddata.results import TYPE
from allgraph.rdf.nesting import Properties, is_blank
from allgraph.rdf.ntriples import is_iri, value
from allgraph.rdf.terms import BASE, RDFS, local_name
from allgraph.site import term_view
from allgraph.site.site import Site
from allgraph.site.templating import data_links, page

_COMMENT = f"<{RDFS}comment>"
_SHOWN_ELSEWHERE = {_COMMENT, f"<{RDFS}label>", f"<{RDFS}isDefinedBy>"}


def whole(site: Site, name: str) -> Document:
    """Return the document about all terms (`name` is ``ns``) or all shapes (``shapes``).

    It is that of the graph's own base, or if the graph has no triples about it that of allgraph.
    Raises `UnknownName` if there is neither.
    """
    graph = site.graph
    try:
        return documents.about(graph, graph.folder.base + name, published=site.published)
    except UnknownName:
        return documents.about(graph, BASE + name, published=site.published)


def shown(site: Site, name: str, document: Document) -> bytes:
    """Return the HTML of the reference of terms (`name` is ``ns``) or of shapes (``shapes``).

    `document` is what `whole` returns for this name. Of its IRIs, those with a type and a fragment
    are listed with label, comment and properties, sorted by label, in the sections Classes,
    Predicates and Values, or Shapes (`_SECTIONS`).
    """
    path, title = ("/shapes", "Shapes") if name == "shapes" else ("/ns", "Ontology")
    by_iri = {s[1:-1]: values for (_, s), values in document.forest.properties.items() if is_iri(s)}
    labels = term_view.labels(document.forest)
    namespace = document.topic.value.rstrip("#")
    sections: dict[str, list[dict[str, Any]]] = {}
    for iri in sorted(by_iri, key=lambda iri: (str(labels.get(iri, iri)).casefold(), iri)):
        space, _, mark = iri.partition("#")
        if mark and space == namespace and TYPE in by_iri[iri]:
            section = "Shapes" if name == "shapes" else _section(by_iri[iri])
            sections.setdefault(section, []).append(_term(site, iri, by_iri[iri], labels))
    return page(
        site,
        "terms",
        path,
        title,
        sections={section: sections[section] for section in _SECTIONS if section in sections},
        iri=document.topic.value,
        links=data_links(site, path),
    )


_SECTIONS = ("Classes", "Predicates", "Values", "Shapes")


def _section(values: Properties) -> str:
    """Return the section for a term by its types: ``Classes``, ``Predicates`` or ``Values``.

    `values` are those of the term by predicate, among them its types.
    """
    types = {local_name(term[1:-1]) for term in values[TYPE]}
    if "Class" in types:
        return "Classes"
    return "Predicates" if any("Property" in name for name in types) else "Values"


def _term(site: Site, iri: str, values: Properties, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return a term as values for the template, without values that are blank nodes.

    `values` are those of the term by predicate, `labels` the names of all terms by IRI. Its label,
    comment and document (`_SHOWN_ELSEWHERE`) are not among the facts.
    """
    named = {
        predicate: [term for term in terms if not is_blank(term)]
        for predicate, terms in values.items()
        if predicate not in _SHOWN_ELSEWHERE
    }
    return {
        "mark": iri.partition("#")[2],
        "curie": site.graph.prefixes.shorten(iri),
        "label": labels.get(iri, local_name(iri)),
        "comment": " ".join(sorted(map(value, values.get(_COMMENT, ())))),
        "facts": term_view.facts(site, named, labels),
    }
