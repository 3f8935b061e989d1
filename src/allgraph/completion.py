"""What a shell offers while a name is typed."""

from __future__ import annotations

from allgraph.graph import Graph
from allgraph.names import fold
from allgraph.terms import text

MOST = 100
"""How many are offered at once."""


def completions(graph: Graph, incomplete: str) -> list[tuple[str, str]]:
    """Each thing whose CURIE or name goes on as typed: what to type, and its name.

    >>> from allgraph.graph import open_graph
    >>> completions(open_graph(), "id:karen")
    [('id:karen-elson', 'Karen Elson')]
    """
    shorten = graph.prefixes.shorten
    things = {(shorten(text(row["thing"])), text(row["name"])) for row in graph.run("names").rows}
    folded = fold(incomplete)
    by_curie = [(curie, name) for curie, name in things if curie.startswith(incomplete)]
    by_name = [(name, curie) for curie, name in things if fold(name).startswith(folded)]
    return sorted(by_curie if ":" in incomplete or not by_name else by_name)[:MOST]
