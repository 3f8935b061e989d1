"""The names of things that a shell offers while one is typed."""

from __future__ import annotations

from collections.abc import Iterable

from allgraph.graph import Graph
from allgraph.model.names import fold, pattern
from allgraph.rdf import terms
from allgraph.rdf.terms import text
from allgraph.sparql.answer import Row

MOST = 100
"""How many completions are offered at most."""


def completions(graph: Graph, incomplete: str) -> list[tuple[str, str]]:
    """Return completions for an incomplete word: things whose CURIE or name begins with it.

    Each is the text to complete with, and a text that describes it: CURIE and name, or name and
    CURIE. A word with a colon is completed by CURIEs, any other by names, or by CURIEs if no name
    fits. At most `MOST` are returned. Queries the graph.

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
    """Query things with their names: all, or of an endpoint those that may match, at most 1,000.

    Rows have ``thing``, an IRI, and ``name``. For an endpoint, the name or the IRI has to begin
    with `incomplete`; `pattern` makes it an expression that ignores accents.
    """
    if not graph.is_remote:
        return graph.run("names").rows
    iri = terms.literal(graph.prefixes.expand(incomplete) or incomplete)
    starting = terms.literal(f"^{pattern(incomplete)}")
    return graph.run("begin", pattern=starting, iri=iri).rows
