"""The picture of the paths between two things, merged into one graph.

>>> from allgraph.graph import open_graph
>>> from allgraph.network.paths import paths as find
>>> graph = open_graph()
>>> picture = paths(graph, find(graph, "Coco Rocha", "Andrew Cuomo", limit=1))
>>> picture.rows[0]
('1', 'Coco Rocha', 'was listed as a key person of', 'Model Alliance', '')
"""

from __future__ import annotations

from itertools import pairwise

from allgraph.drawings.picture import Address, Picture
from allgraph.graph import Graph
from allgraph.network.groups import groups_of
from allgraph.network.path_results import DRAWN, Path, Paths, label_of, picture_of


def paths(graph: Graph, connections: Paths, *, address: Address = str) -> Picture | None:
    """Return the picture of paths that were found, the first `DRAWN` (12); ``None`` without any.

    A row of its table is a step, read from subject to object of its claim.
    """
    if not connections.paths:
        return None
    groups = groups_of(graph, {thing.iri for path in connections for thing in path.things})
    more = len(connections) - DRAWN
    return Picture(
        "paths",
        f"How {connections.source.name} is connected to {connections.target.name}",
        picture_of(connections.paths, address, groups),
        ("path", "from", "what joins them", "to", "date"),
        tuple(row for number, path in enumerate(connections, 1) for row in _rows(number, path)),
        (connections.source.iri, connections.target.iri),
        limits=(f"{more:,} more paths",) if more > 0 else (),
    )


def _rows(number: int, path: Path) -> list[tuple[str, ...]]:
    """Return the rows of a path, by its number from 1: one for each step."""
    rows: list[tuple[str, ...]] = []
    for step, ends in zip(path.steps, pairwise(path.things), strict=True):
        names = [end.name for end in ends]
        if not step.forward:
            names.reverse()
        label, is_forward = label_of(step.claim)
        first, last = names if is_forward else names[::-1]
        date = step.claim.date if step.claim.when else ""
        rows.append((str(number), first, label, last, date))
    return rows
