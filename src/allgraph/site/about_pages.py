"""The data as a whole, as pages: what there is of it, and what is missing or in dispute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pyoxigraph import Triple

from allgraph.graph.claims import named
from allgraph.linkeddata import dataset as datasets
from allgraph.linkeddata import publication
from allgraph.model import addresses
from allgraph.rdf.terms import Term, text
from allgraph.site import claim_view, discovery
from allgraph.site.site import Site
from allgraph.site.templating import TYPES, block, page


def dataset(site: Site) -> bytes:
    """The dataset: licence, version, statistics, downloads, how to cite."""
    said = datasets.void(site.graph, site.published)
    return page(
        site, "dataset", "/catalog", "The data",
        counts=_counts(said), classes=_partitions(site, said, "class"),
        properties=_partitions(site, said, "property"),
        blocks=[block(discovery.dataset(site.graph, replace(site.published, modified="")))],
        downloads=site.published.downloads, endpoint=site.published.endpoint,
        alternates=[(TYPES[s], f"{site.root}/catalog.{s}") for s in addresses.SUFFIXES],
    )  # fmt: skip


_VOID = publication.VOID
_FIGURES = {"triples": "triples", "entities": "things with a document", "classes": "classes",
            "properties": "properties", "distinctSubjects": "subjects",
            "distinctObjects": "objects"}  # fmt: skip


def _counts(said: Iterable[Triple]) -> list[tuple[str, int]]:
    whole = [triple for triple in said if text(triple.subject).endswith("#dataset")]
    values = {t.predicate.value.removeprefix(_VOID): text(t.object) for t in whole}
    return [(words, int(values[name])) for name, words in _FIGURES.items() if name in values]


def _partitions(site: Site, said: Iterable[Triple], kind: str) -> list[tuple[Any, int]]:
    """How much there is of each class or property, the largest first."""
    count = {"class": "entities", "property": "triples"}[kind]
    terms: dict[Term, str] = {}
    numbers: dict[Term, int] = {}
    for triple in said:
        if triple.predicate.value == _VOID + kind:
            terms[triple.subject] = text(triple.object)
        elif triple.predicate.value == _VOID + count:
            numbers[triple.subject] = int(text(triple.object))
    shorten = site.graph.prefixes.shorten
    ranked = sorted(terms, key=lambda part: (-numbers[part], terms[part]))
    return [(claim_view.linked(site, shorten(terms[p]), terms[p]), numbers[p]) for p in ranked]


def about(site: Site) -> bytes:
    """About the data: what is missing, where sources conflict, what is kept back."""
    graph = site.graph
    facts = {k: int(text(v)) for k, v in graph.run("site-gaps").rows[0].items()}
    rows = graph.run("site-conflicts").rows
    iris = [row["claim"] for row in rows] + [row["rival"] for row in rows]
    known = {claim.iri: claim for claim in named(graph, iris)}
    rivals = [
        [claim_view.view_of(site, known[text(row[end])], {}, with_rivals=False)
         for end in ("claim", "rival")]
        for row in rows if text(row["claim"]) in known and text(row["rival"]) in known
    ]  # fmt: skip
    absent = [query for query in graph.queries.values() if query.absence is not None]
    return page(site, "about", "/about", "About the data", facts=facts, rivals=rivals,
                 questions=absent)  # fmt: skip
