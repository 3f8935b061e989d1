"""The page to write SPARQL on, with examples that have results.

>>> from allgraph.graph import open_graph
>>> site = Site(open_graph())
>>> sparql = {example.name: example.sparql for example in examples(site)}
>>> print(sparql["founders"].splitlines()[0])
# Who founded a body, and when?
>>> "<https://w3id.org/allgraph/id/model-alliance>" in sparql["founders"]
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from allgraph.errors import InputError
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


def editor(site: Site) -> bytes:
    """Return the HTML of the SPARQL page: a form, examples, and prefixes that need no declaration.

    The examples are the package's own queries `GENERAL` and the questions of the graph. If the
    graph has at most `downloads.SMALL` triples, the script of the page may download and query it.
    Names in the values of examples are looked up in the graph.
    """
    endpoint = site.published.endpoint
    store = f"{site.root}/download/{downloads.WHOLE}" if site.triples <= downloads.SMALL else ""
    return page(
        site,
        "query",
        "/query",
        "Ask in SPARQL",
        general=[_example(house(name), {}, site) for name in GENERAL],
        questions=[*examples(site)],
        prefixes=site.graph.prefixes,
        store=store,
        triples=site.triples,
        most=downloads.SMALL,
        endpoint=endpoint,
        is_own=endpoint == f"{site.home}sparql",
    )


def examples(site: Site) -> Iterator[Example]:
    """Yield the questions of a graph as SPARQL, with the values of their first tested example.

    Questions that need a value and have no example about this graph are left out, and those with
    a wrong example. Names in the values are looked up in the graph; the questions are not asked.
    """
    for query in site.graph.queries.values():
        values = next(iter(site.examples(query)), None)
        if values is None and any(parameter.required for parameter in query.parameters):
            continue
        try:
            yield _example(query, values or {}, site)
        except InputError:  # a wrong example, which `allgraph test` reports
            continue


def _example(query: Query, values: Mapping[str, str], site: Site) -> Example:
    """Return a query with `values` in its text, its first comment replaced by its title.

    `values` are texts by the name of the parameter, which `Query.values` turns into terms. Names
    in them are looked up in the graph. Raises `InputError` for a wrong value.
    """
    bound = query.bind(query.values(values, site.graph.resolve))
    sparql = _HEADER.sub("", bound, count=1).rstrip()
    return Example(query.name, query.title, f"# {query.title}\n{sparql}")
