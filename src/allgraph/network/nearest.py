"""The nearest neighbours of a thing, and the ties among some things, by their numbers in columns.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> found = around(graph.columns, graph.resolve("Shalom Harlow").value, 5)
>>> [graph.columns.names[node] for node in found.near], found.left
(['the Model Alliance Advisory Board'], 0)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from allgraph.model.adjacency import is_forward, row_of
from allgraph.model.columns import Columns, Flags


class Around(NamedTuple):
    """A thing by its node, its nearest neighbours, how many are left out, and the ties to them.

    The ties are (node at the subject, node at the object, row of the claim).
    """

    node: int
    near: Sequence[int]
    left: int
    ties: Sequence[tuple[int, int, int]]


def around(columns: Columns, iri: str, most: int) -> Around | None:
    """Return a thing with its nearest neighbours; ``None`` for a claim, and for one without ties.

    The nearest, at most `most`, are those with most ties, and of equal ones the first by IRI.
    """
    node = columns.nodes.place(iri)
    if node is None or columns.claim_of[node] >= 0:
        return None
    arcs = columns.network.arcs(np.array([node], np.int32))
    near = np.unique(arcs.head)
    if not len(near):
        return None
    order = np.argsort(-columns.degrees[near], kind="stable")
    kept = {*near[order][:most].tolist()}
    ties = sorted(
        {
            (node, head, row_of(tie)) if is_forward(tie) else (head, node, row_of(tie))
            for head, tie in zip(arcs.head.tolist(), arcs.tie.tolist(), strict=True)
            if head in kept
        }
    )
    return Around(node, sorted(kept), len(near) - len(kept), ties)


def most_tied(columns: Columns, chosen: Flags) -> int:
    """Return the node with most ties of those that are flagged, else of all; there is one."""
    degrees = np.where(chosen, columns.degrees, -1)
    return int(degrees.argmax() if degrees.max() > 0 else columns.degrees.argmax())


def lines_among(
    columns: Columns, nodes: Sequence[int]
) -> dict[tuple[int, int], list[tuple[int, bool]]]:
    """Return the ties among nodes: by places in `nodes`, the lower first, rows of claims.

    With each row comes whether the claim is read from its subject, seen from the lower place.
    """
    place = {node: number for number, node in enumerate(nodes)}
    arcs = columns.network.arcs(np.array(nodes, np.int32))
    arcs = arcs.where(np.isin(arcs.head, nodes))
    lines: dict[tuple[int, int], list[tuple[int, bool]]] = {}
    for tail, head, tie in zip(*(array.tolist() for array in arcs), strict=True):
        if place[tail] < place[head]:
            lines.setdefault((place[tail], place[head]), []).append((row_of(tie), is_forward(tie)))
    return {pair: sorted(lines[pair]) for pair in sorted(lines)}


def count_beyond(columns: Columns, node: int, nodes: Sequence[int]) -> int:
    """Return how many neighbours a node has that are not among some nodes."""
    arcs = columns.network.arcs(np.array([node], np.int32))
    return len({*arcs.head.tolist()} - {*nodes})
