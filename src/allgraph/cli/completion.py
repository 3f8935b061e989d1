"""The names of things that a shell offers while one is typed."""

from __future__ import annotations

from collections.abc import Iterable

from allgraph.graph import Graph
from allgraph.model.names import fold, pattern
from allgraph.rdf import terms
from allgraph.rdf.terms import text
from allgraph.sparql.answer import Row

MOST = 100
"""How many are offered at once."""


def completions(graph: Graph, incomplete: str) -> list[tuple[str, str]]:
    """The things whose CURIE or name begins with what is typed: the completion, and the other.

    >>> from allgraph.graph import open_graph
    >>> completions(open_graph(), "id:karen")
    [('id:karen-elson', 'Karen Elson')]
    """
    shorten = graph.prefixes.shorten
    things = {
        (shorten(text(row["thing"])), text(row["name"])) for row in _candidates(graph, incomplete)
    }
    folded = fold(incomplete)
    by_curie = [(curie, name) for curie, name in things if curie.startswith(incomplete)]
    by_name = [(name, curie) for curie, name in things if fold(name).startswith(folded)]
    return sorted(by_curie if ":" in incomplete or not by_name else by_name)[:MOST]


def _candidates(graph: Graph, incomplete: str) -> Iterable[Row]:
    """All things with their names; of an endpoint only some that may match."""
    if not graph.is_remote:
        return graph.run("names").rows
    iri = terms.literal(graph.prefixes.expand(incomplete) or incomplete)
    starting = terms.literal(f"^{pattern(incomplete)}")
    return graph.run("begin", pattern=starting, iri=iri).rows
