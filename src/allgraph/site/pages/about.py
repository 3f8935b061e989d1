"""Pages about the data as a whole: statistics, downloads, and what is missing or in dispute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pyoxigraph import Triple

from allgraph.evidence import citations
from allgraph.linkeddata.publication import VOID, Download
from allgraph.rdf.terms import Term, text
from allgraph.site import claim_view, discovery, downloads
from allgraph.site.site import Site
from allgraph.site.templating import data_links, page

_STATISTICS = {
    "triples": "triples",
    "entities": "things with a document",
    "classes": "classes",
    "properties": "properties",
    "distinctSubjects": "subjects",
    "distinctObjects": "objects",
}
"""The statistics of VoID that the page shows, and what they count."""
_IN_FILES = {
    "people.csv": "a row for each person",
    "bodies.csv": "a row for each body",
    "bills.csv": "a row for each bill and proposal",
    "votes.csv": "a row for each vote",
    "graph.xlsx": "all tables, claims and sources, as an Excel workbook",
    "graph.sqlite": "all tables, claims and sources, as a SQLite database",
    downloads.CROSSWALK: "what others call our things by, as mappings in SSSOM",
}
"""What is in the downloads that are tables."""
_NAMES = {
    "turtle": "Turtle", "ntriples": "N-Triples", "nquads": "N-Quads", "trig": "TriG",
    "rdfxml": "RDF/XML", "jsonld": "JSON-LD",
}  # fmt: skip
"""The names of the formats of all other downloads."""


def dataset(site: Site) -> bytes:
    """Return the HTML of the page about the dataset: licence, version, counts, downloads, citation.

    The counts are those of `Site.description`. Runs the query ``dataset-period``. The JSON-LD on
    the page has no day of modification.
    """
    schema = discovery.dataset(site.graph, replace(site.published, modified=""))
    return page(
        site,
        "dataset",
        "/catalog",
        "The data",
        counts=_counts(site.description),
        classes=_partitions(site, site.description, "class", "entities"),
        properties=_partitions(site, site.description, "property", "triples"),
        blocks=[discovery.script(schema)],
        downloads=_downloads(site),
        without=_without(site),
        endpoint=site.published.endpoint,
        citation=citations.of_graph(site.graph, site.published),
        links=data_links(site, "/catalog"),
    )


def _downloads(site: Site) -> dict[str, list[tuple[str, str, Download]]]:
    """Return the downloads by what they are for, as (name of the file, what is in it, download).

    RDF comes last.
    """
    by_use: dict[str, list[tuple[str, str, Download]]] = {"Tables": [], "RDF": []}
    for download in site.published.downloads:
        name = download.url.rpartition("/")[2]
        what = _IN_FILES.get(name.removesuffix(".gz"), "")
        in_rdf = f"all the data, in {_NAMES.get(download.format, download.format)}"
        by_use["Tables" if what else "RDF"].append((name, what or in_rdf, download))
    return {title: files for title, files in by_use.items() if files}


def _without(site: Site) -> list[str]:
    """Return the tables that are no downloads since they have no rows; none without downloads."""
    names = {
        download.url.rpartition("/")[2].removesuffix(".gz") for download in site.published.downloads
    }
    return [table for name, table in downloads.TABLES.items() if names and name not in names]


def _counts(description: Iterable[Triple]) -> list[tuple[str, int]]:
    """Return the statistics of the whole dataset in a VoID description: (what is counted, number).

    They are those of `_STATISTICS`, which has the words by the name of the VoID property, in its
    order; one that the description does not have is left out.
    """
    dataset = [triple for triple in description if text(triple.subject).endswith("#dataset")]
    values = {t.predicate.value.removeprefix(VOID): text(t.object) for t in dataset}
    return [(words, int(values[name])) for name, words in _STATISTICS.items() if name in values]


def _partitions(
    site: Site, description: Iterable[Triple], kind: str, count: str
) -> list[tuple[Any, int]]:
    """Return the partitions in a VoID description as (link to the class or property, count) pairs.

    `kind` and `count` are names of VoID: ``class`` and ``entities``, or ``property`` and
    ``triples``. The largest partition is first.
    """
    iris: dict[Term, str] = {}
    numbers: dict[Term, int] = {}
    for triple in description:
        if triple.predicate.value == VOID + kind:
            iris[triple.subject] = text(triple.object)
        elif triple.predicate.value == VOID + count:
            numbers[triple.subject] = int(text(triple.object))
    shorten = site.graph.prefixes.shorten
    ranked = sorted(iris, key=lambda part: (-numbers[part], iris[part]))
    return [(claim_view.linked(site, shorten(iris[p]), iris[p]), numbers[p]) for p in ranked]


def about(site: Site) -> bytes:
    """Return the HTML of the page about what is missing, and how many disagreements there are.

    The page also lists the questions whose files say that they are about what is missing
    (`Query.absence`).
    """
    graph = site.graph
    return page(
        site,
        "about",
        "/about",
        "About the data",
        facts=site.gaps,
        questions=[query for query in graph.queries.values() if query.absence is not None],
    )
