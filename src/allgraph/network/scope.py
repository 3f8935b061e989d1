"""Get the columns that a question about connections needs: all, or a part from an endpoint."""

from __future__ import annotations

from dataclasses import dataclass, replace

from allgraph.errors import InputError
from allgraph.graph import Graph, download
from allgraph.graph.view import View
from allgraph.model.columns import Columns
from allgraph.network import remote
from allgraph.network.passing import Passing


@dataclass(frozen=True, eq=False)
class Part:
    """Columns for one question, with their certainty on a day if one was given.

    They are all claims, or those that an endpoint was asked for; then `limits` say in words what
    was cut, and `asked` how many requests, rows and claims that took.
    """

    columns: Columns
    limits: tuple[str, ...] = ()
    asked: str = ""


def whole(graph: Graph) -> Columns:
    """Return the columns of all claims of a graph or a view.

    Those of a graph at an endpoint are downloaded; `TooMuch` when they are more than a million
    triples, `EngineError` when not all come.
    """
    if not graph.is_remote:
        return graph.columns
    columns = download.excerpt(graph.root)
    return graph.on_day(columns) if isinstance(graph, View) else columns


def between(
    graph: Graph, a: str, b: str, most: int, passing: Passing, enough: remote.Enough | None = None
) -> Part:
    """Return the columns for paths of at most `most` steps between two things, by their IRIs.

    With them come texts that say what was cut, and how much was asked. For a graph in this process
    they are all its columns, on the day of `passing`, and nothing is cut. An endpoint is asked for
    claims step by step (`remote.between`), not beyond things that `passing` bars; after each step,
    `enough` is called with the columns so far and the number of steps, and ends this when it
    returns true. Raises `InputError` for a view of what an endpoint holds, if `passing` has a day
    too, or it is a view of a view, or without what is only possible.
    """
    if not graph.is_remote:
        columns, day = graph.columns, passing.day
        return Part(columns if day is None else columns.view(day, possible=True))
    passing = _on_one_day(graph, passing)
    return _part(remote.between(graph.root, a, b, most, passing, enough=enough))


def around(graph: Graph, thing: str, hops: int, *, hub_limit: int | None = None) -> Part:
    """Return the columns for what is at most `hops` steps from a thing, by its IRI.

    With them come texts that say what was cut, and how much was asked. For a graph in this process
    they are all its columns, and nothing is cut; an endpoint is asked (`remote.around`), and not
    beyond places, classes, sources, hubs and things with more than `hub_limit` ties, if given.
    Raises `InputError` for a view of what an endpoint holds, if it is a view of a view, or without
    what is only possible.
    """
    if not graph.is_remote:
        return Part(graph.columns)
    passing = _on_one_day(graph, Passing(hub_limit, hubs=graph.folder.hubs))
    return _part(remote.around(graph.root, [thing], hops, passing))


def _part(asked: tuple[Columns, remote.SearchReport]) -> Part:
    """Return columns from an endpoint as a part, with the limits and cost of the report."""
    columns, report = asked
    return Part(columns, report.limits, report.summary)


def _on_one_day(graph: Graph, passing: Passing) -> Passing:
    """Return `passing`, for a view a copy with the day of the view.

    An endpoint counts ties as of one day at most. Raises `InputError` for two days, and for a view
    without what is possible on its day.
    """
    if not isinstance(graph, View):
        return passing
    if passing.day is not None or isinstance(graph.base, View) or not graph.possible:
        raise InputError(
            "at an endpoint, the network on a day includes ties that are only possible; give a "
            "view with `possible`, made from the graph itself and not from another view"
        )
    return replace(passing, day=graph.day)
