"""The names of things that a shell offers while one is typed."""

from __future__ import annotations

from collections.abc import Iterable

from allgraph.graph import Graph, Thing
from allgraph.model.names import fold, pattern
from allgraph.rdf import terms
from allgraph.rdf.terms import text
from allgraph.sparql.answer import Row

MOST = 100
"""How many completions are offered at most."""


def completions(graph: Graph, incomplete: str) -> list[tuple[str, str]]:
    """Return completions for an incomplete word: things whose CURIE or name begins with it.

    Each is the text to complete with, and a text that describes it: CURIE and name, or name and
    CURIE, with a line that tells namesakes apart. A word with a colon is completed by CURIEs, any
    other by names, or by CURIEs if no name fits. At most `MOST` are returned. Queries the graph.

    >>> from allgraph.graph import open_graph
    >>> completions(open_graph(), "id:karen")
    [('id:karen-elson', 'Karen Elson')]
    """
    rows = {(text(row["thing"]), text(row["name"])) for row in _candidates(graph, incomplete)}
    things = [(graph.prefixes.shorten(iri), Thing(iri, name, "")) for iri, name in sorted(rows)]
    folded = fold(incomplete)
    by_name = [(curie, thing) for curie, thing in things if fold(thing.name).startswith(folded)]
    if ":" in incomplete or not by_name:
        by_curie = ((curie, thing.name) for curie, thing in things if curie.startswith(incomplete))
        return sorted(by_curie)[:MOST]
    lines = graph.told_apart([thing for _, thing in by_name])
    described = (", ".join(filter(None, (c, lines.get(thing.iri)))) for c, thing in by_name)
    names = (thing.name for _, thing in by_name)
    return sorted(zip(names, described, strict=True))[:MOST]


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
