"""The page to write SPARQL on, with examples that have results.

>>> from allgraph.graph import open_graph
>>> site = Site(open_graph())
>>> query = site.graph.queries["founders"]
>>> sparql = bound(site, query, {"body": "Model Alliance"})
>>> print(sparql.splitlines()[0])
# Who founded a body, and when?
>>> "<https://w3id.org/allgraph/id/model-alliance>" in sparql
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from allgraph.site import downloads
from allgraph.site.site import Site
from allgraph.site.templating import page
from allgraph.sparql.house import house
from allgraph.sparql.questions import Query

GENERAL = (
    "shelf-claims",
    "shelf-kinds",
    "shelf-predicates",
    "shelf-sources",
    "shelf-triples",
    "shelf-yes-no",
)
"""Examples that fit any graph."""

_HEADER = re.compile(r"(?:#[^\n]*\n)+\s*")


class Example(NamedTuple):
    """A query to start from: its name, its title, and its text."""

    name: str
    title: str
    sparql: str


class Link(NamedTuple):
    """A question whose page has its SPARQL: its title, and the path of that page."""

    title: str
    path: str


def editor(site: Site) -> bytes:
    """Return the HTML of the SPARQL page: a form, examples, and prefixes that need no declaration.

    The examples are the package's own queries `GENERAL`; the pages of the questions have theirs. If
    the graph has at most `downloads.SMALL` triples, the script of the page may download and query
    it.
    """
    endpoint = site.published.endpoint
    store = f"{site.root}/download/{downloads.WHOLE}" if site.triples <= downloads.SMALL else ""
    return page(
        site,
        "query",
        "/query",
        "Ask in SPARQL",
        general=[_example(site, house(name)) for name in GENERAL],
        questions=[*_questions(site)],
        prefixes=site.graph.prefixes,
        store=store,
        triples=site.triples,
        most=downloads.SMALL,
        endpoint=endpoint,
        is_own=endpoint == f"{site.home}sparql",
    )


def bound(site: Site, query: Query, values: Mapping[str, str]) -> str:
    """Return the SPARQL of a query with `values`, its first comment replaced by its title.

    `values` are texts by the name of the parameter, which `Query.values` turns into terms. Names
    in them are looked up in the graph. Raises `InputError` for a wrong value.
    """
    sparql = query.bind(query.values(values, site.graph.resolve))
    return f"# {query.title}\n{_HEADER.sub('', sparql, count=1).rstrip()}"


def _example(site: Site, query: Query) -> Example:
    return Example(query.name, query.title, bound(site, query, {}))


def _questions(site: Site) -> Iterator[Link]:
    """Yield the questions of a graph, each with its first tested example if it has any.

    Those that need a value and have no example about this graph are left out.
    """
    for query in site.graph.queries.values():
        if site.examples(query):
            yield Link(query.title, f"/ask/{query.name}/1")
        elif not any(parameter.required for parameter in query.parameters):
            yield Link(query.title, f"/ask/{query.name}")
