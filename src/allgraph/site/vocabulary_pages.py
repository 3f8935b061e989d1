"""The reference of the terms and of the shapes, as pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyoxigraph import BlankNode

from allgraph.errors import UnknownName
from allgraph.linkeddata import documents
from allgraph.linkeddata.documents import Document
from allgraph.model import addresses, vocabulary
from allgraph.rdf.terms import BASE, RDFS, Term, local_name, text
from allgraph.site import term_view
from allgraph.site.site import Site
from allgraph.site.templating import NAMES, TYPES, page


def whole(site: Site, name: str) -> Document:
    """All terms, or shapes: those of the graph, or if it has none those that it uses."""
    graph = site.graph
    try:
        return documents.about(graph, graph.folder.base + name, published=site.published)
    except UnknownName:
        return documents.about(graph, BASE + name, published=site.published)


def shown(site: Site, name: str, found: Document) -> bytes:
    """The page of all terms, or shapes."""
    return (_shapes if name == "shapes" else _terms)(site, found)


def _terms(site: Site, found: Document) -> bytes:
    """The reference of the ontology: classes and predicates, each with what defines it."""
    said = term_view.said(found.triples)
    labels = term_view.labels(found.triples)
    sorts: dict[str, list[dict[str, Any]]] = {"Classes": [], "Predicates": [], "Values": []}
    for iri in sorted(said, key=lambda iri: (str(labels.get(iri, iri)).casefold(), iri)):
        if "#" not in iri or not iri.partition("#")[2]:
            continue
        kinds = {local_name(text(o)) for o in said[iri].get(vocabulary.TYPE.value, [])}
        is_term = vocabulary.TYPE.value in said[iri]
        is_predicate = any("Property" in kind for kind in kinds)
        sort = "Classes" if "Class" in kinds else "Predicates" if is_predicate else "Values"
        if is_term and _is_here(site, iri, found):
            sorts[sort].append(_term(site, iri, said[iri], labels))
    return _reference(site, "terms", "/ns", "Ontology", found, sorts)


def _shapes(site: Site, found: Document) -> bytes:
    """The reference of the shapes: what each checks, and what it says."""
    said = term_view.said(found.triples)
    labels = term_view.labels(found.triples)
    some = [
        _term(site, iri, said[iri], labels)
        for iri in sorted(said, key=lambda iri: (str(labels.get(iri, iri)).casefold(), iri))
        if "#" in iri and vocabulary.TYPE.value in said[iri] and _is_here(site, iri, found)
    ]
    return _reference(site, "terms", "/shapes", "Shapes", found, {"Shapes": some})


def _reference(
    site: Site, template: str, path: str, title: str, found: Document,
    sorts: Mapping[str, Sequence[Any]],
) -> bytes:  # fmt: skip
    return page(
        site, template, path, title,
        sorts={name: some for name, some in sorts.items() if some}, iri=found.topic.value,
        links=[(NAMES[s], f"{site.root}{path}.{s}") for s in addresses.SUFFIXES],
        alternates=[(TYPES[s], f"{site.root}{path}.{s}") for s in addresses.SUFFIXES],
    )  # fmt: skip


def _is_here(site: Site, iri: str, found: Document) -> bool:
    """Whether a term is in the namespace that the document is about."""
    return iri.partition("#")[0] == found.topic.value.rstrip("#")


def _term(
    site: Site, iri: str, said: Mapping[str, Sequence[Term]], labels: Mapping[str, str]
) -> dict[str, Any]:
    """A term as the reference shows it."""
    shown = {RDFS + "label", RDFS + "comment", RDFS + "isDefinedBy"}
    comments = sorted(text(each) for each in said.get(RDFS + "comment", ()))
    return {
        "mark": iri.partition("#")[2],
        "curie": site.graph.prefixes.shorten(iri),
        "label": labels.get(iri, local_name(iri)),
        "comment": " ".join(comments),
        "said": [
            (
                term_view.predicate(site, predicate, labels),
                [term_view.value(site, each, labels) for each in sorted(said[predicate], key=str)
                 if not isinstance(each, BlankNode)],
            )
            for predicate in sorted(said, key=lambda iri: term_view.called(iri, labels))
            if predicate not in shown
            and not all(isinstance(each, BlankNode) for each in said[predicate])
        ],
    }  # fmt: skip
