"""The thing about which most is dated."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from allgraph.graph import Graph
from allgraph.model.columns import FAR
from allgraph.network.lookup import flags_of


def most_dated(graph: Graph, kinds: Iterable[str]) -> str | None:
    """Return the IRI of the thing of some classes, IRIs, with most dated claims.

    Dated are those with a first day on which they began or ended. ``None`` if fewer than two claims
    about any of these are, and for a graph at an endpoint.
    Reads the columns of the graph, and runs a query for each class.

    >>> from allgraph.graph import open_graph
    >>> most_dated(open_graph(), ["https://w3id.org/allgraph/ns#Campaign"])
    'https://w3id.org/allgraph/id/respect-program'
    """
    if graph.is_remote:
        return None
    columns = graph.columns
    begin, _, end, _ = np.abs(columns.bounds) < FAR
    dated = (begin | end) & ~columns.deprecated
    counts = np.zeros(len(columns.nodes), np.int64)
    for ends in (columns.subject, columns.object):
        counts += np.bincount(ends[dated & (ends >= 0)], minlength=len(counts))
    counts[~flags_of(graph, columns, kinds)] = 0
    if not len(counts) or counts.max() < 2:
        return None
    return columns.nodes[int(counts.argmax())]
