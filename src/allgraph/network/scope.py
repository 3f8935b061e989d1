"""The columns that a question about relationships needs: all, or a part from an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from allgraph.errors import InputError
from allgraph.graph import Graph, download
from allgraph.graph.view import View
from allgraph.model import edtf
from allgraph.model.columns import Columns
from allgraph.network import remote


@dataclass(frozen=True, eq=False)
class Part:
    """Columns, on a day if one was asked for; `asked` says in words what an endpoint was asked.

    `limits` tell what was cut there.
    """

    columns: Columns
    limits: tuple[str, ...] = ()
    asked: str = ""


def whole(graph: Graph) -> Columns:
    """The columns of all claims; of an endpoint those that `download.excerpt` makes."""
    if not graph.is_remote:
        return graph.columns
    if isinstance(graph, View):
        return whole(graph.base).view(graph.day, possible=graph.possible)
    return download.excerpt(graph)


def between(
    graph: Graph, a: str, b: str, most: int, *, day: edtf.Day | None = None,
    hub_limit: int | None = None, through: Collection[str] = (), with_closed: bool = False,
    enough: Callable[[Columns, int], bool] | None = None,
) -> Part:  # fmt: skip
    """The columns for paths of at most so many steps between two things, by their IRIs.

    The rules are those of `remote.between`, where an endpoint holds the graph; `enough` is
    told how long the paths are that are all there.
    """
    if not graph.is_remote:
        return Part(_on(graph.columns, day))
    day = _day(graph, day)

    def is_enough(columns: Columns, report: remote.SearchReport) -> bool:
        return enough is not None and enough(_counted(columns, report, day), report.steps)

    columns, report = remote.between(
        graph.root, a, b, most, hub_limit=hub_limit, through=through, with_closed=with_closed,
        day=day, enough=None if enough is None else is_enough,
    )  # fmt: skip
    return _part(columns, report, day)


def around(graph: Graph, thing: str, hops: int, *, hub_limit: int | None = None) -> Part:
    """The columns of what is at most so many steps from a thing."""
    if not graph.is_remote:
        return Part(graph.columns)
    day = _day(graph, None)
    columns, report = remote.around(graph.root, [thing], hops, hub_limit=hub_limit, day=day)
    return _part(columns, report, day)


def _part(columns: Columns, report: remote.SearchReport, day: edtf.Day | None) -> Part:
    return Part(_counted(columns, report, day), report.limits, report.told)


def _counted(columns: Columns, report: remote.SearchReport, day: edtf.Day | None) -> Columns:
    ties = np.array([report.ties.get(node, 0) for node in columns.nodes], np.int64)
    return replace(_on(columns, day), counted=ties)


def _on(columns: Columns, day: edtf.Day | None) -> Columns:
    return columns if day is None else columns.view(day, possible=True)


def _day(graph: Graph, day: edtf.Day | None) -> edtf.Day | None:
    """The day of a view on an endpoint, which counts ties as of one day, and possible ones."""
    if not isinstance(graph, View):
        return day
    if day is not None or isinstance(graph.base, View) or not graph.possible:
        raise InputError(
            "an endpoint is asked about ties as of one day, with what is possible then; say "
            "--possible, or in Python give a view of the graph itself with possible=True"
        )
    return graph.day
