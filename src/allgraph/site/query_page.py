"""The page on which SPARQL is written, with examples that answer something.

>>> from allgraph.graph import open_graph
>>> edition = Site(open_graph())
>>> some = {each.name: each.sparql for each in examples(edition)}
>>> print(some["founders"].splitlines()[0])
# Who founded a body, and when?
>>> "<https://w3id.org/allgraph/id/model-alliance>" in some["founders"]
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

GENERAL = ("shelf-claims", "shelf-kinds", "shelf-predicates", "shelf-sources", "shelf-triples",
           "shelf-yes-no")  # fmt: skip
"""Examples that fit any graph."""

_HEADER = re.compile(r"(?:#[^\n]*\n)+\s*")


class Example(NamedTuple):
    """A query to begin with: what it is called, what it asks, and its text."""

    name: str
    title: str
    sparql: str


def editor(edition: Site) -> bytes:
    """The page: a form, examples, and the prefixes, which need not be declared."""
    general = [_example(house(name), {}, edition) for name in GENERAL]
    endpoint = edition.published.endpoint
    return page(
        edition,
        "query",
        "/query",
        "Ask in SPARQL",
        general=general,
        questions=[*examples(edition)],
        prefixes=edition.graph.prefixes,
        store=f"{edition.root}/download/{downloads.WHOLE}"
        if edition.triples <= downloads.SMALL
        else "",
        triples=edition.triples,
        most=downloads.SMALL,
        endpoint=endpoint,
        is_own=endpoint == f"{edition.home}sparql",
    )


def examples(edition: Site) -> Iterator[Example]:
    """The questions of a graph, with the values of their first tested example.

    Those that need a value and have no example about this graph are left out.
    """
    for query in edition.graph.queries.values():
        values = next(iter(edition.examples(query)), None)
        if values is None and any(each.required for each in query.parameters):
            continue
        try:
            yield _example(query, values or {}, edition)
        except InputError:  # a wrong example, as `allgraph test` tells
            continue


def _example(query: Query, values: Mapping[str, str], edition: Site) -> Example:
    bound = query.bind(query.values(values, edition.graph.resolve))
    sparql = _HEADER.sub("", bound, count=1).rstrip()
    return Example(query.name, query.title, f"# {query.title}\n{sparql}")
