"""The names of things that a shell offers while one is typed."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from allgraph.folder import Folder
from allgraph.graph import Graph, Thing
from allgraph.graph.opening import fresh
from allgraph.model.names import fold, pattern
from allgraph.rdf import terms
from allgraph.rdf.terms import text
from allgraph.sparql.answer import Row

MOST = 100
"""How many completions are offered at most."""
_BYTES = 8 * 2**20
"""The size of the data of a folder without a snapshot that is read to complete a word."""

_NAMES = 20_000
"""The number of names up to which all are compared."""


def is_quick(folder: Folder, include_sensitive: bool) -> bool:
    """Return True if a folder opens quickly: it is small, or has a fresh snapshot."""
    size = sum(os.path.getsize(path) for path in folder.data_files() if path.exists())
    return size <= _BYTES or fresh(folder, include_sensitive) is not None


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
    """Query things with their names: all of a small graph, else those that may match.

    Rows have ``thing``, an IRI, and ``name``. For an endpoint, the name or the IRI has to begin
    with `incomplete`, and at most 1,000 are returned; `pattern` makes it an expression that ignores
    accents. Of a large graph at most `MOST` are: those with a name that begins with it,
    or with the words that a CURIE has after its colon.
    """
    if graph.is_remote:
        iri = terms.literal(graph.prefixes.expand(incomplete) or incomplete)
        starting = terms.literal(f"^{pattern(incomplete)}")
        return graph.run("begin", pattern=starting, iri=iri).rows
    if graph.snapshot is None or len(graph.name_index) <= _NAMES:
        return graph.run("names").rows
    local = incomplete.partition(":")[2]
    iris = graph.name_index.beginning(incomplete, MOST)
    if local and graph.prefixes.expand(incomplete):
        iris += graph.name_index.beginning(local.replace("-", " "), MOST)
    things = (graph.thing(NamedNode(iri)) for iri in dict.fromkeys(iris))
    return [Row(thing=NamedNode(thing.iri), name=Literal(thing.name)) for thing in things]
