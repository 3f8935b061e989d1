"""Questions asked for a page: tested examples, and what people put into forms."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import NamedNode

from allgraph import listings, relations
from allgraph.catalogue import Query
from allgraph.errors import UnknownName
from allgraph.graph import Graph
from allgraph.relations import Paths
from allgraph.site.edition import Edition
from allgraph.site.pages import Asked

PATHS = 5
"""How many paths a page shows."""


def example(graph: Graph, query: Query, number: int) -> Asked:
    """A tested example of a question, counted from 1; `UnknownName` when there is none."""
    if not 1 <= number <= len(query.examples):
        raise UnknownName(f"“{query.name}” has no example {number}")
    return asked(graph, query, query.examples[number - 1], number=number)


def asked(
    graph: Graph, query: Query, values: Mapping[str, str], *, number: int = 0, as_of: str = ""
) -> Asked:
    """A question with some values, answered, with the claims behind each row."""
    answer = graph.ask(query.name, **values)
    behind = listings.behind(graph, query, answer) if answer.kind == "rows" else []
    return Asked(values, answer, behind, number, as_of)


def pair(edition: Edition, number: int) -> Paths:
    """The paths between one of the pairs of an edition, counted from 1; else `UnknownName`."""
    if not 1 <= number <= len(edition.pairs):
        raise UnknownName(f"there is no pair {number} here")
    a, b = (NamedNode(thing.iri) for thing in edition.pairs[number - 1])
    return relations.paths(edition.graph, a, b, limit=PATHS)
