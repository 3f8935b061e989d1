"""The most connected things of a graph.

>>> from allgraph.graph import open_graph
>>> rank(open_graph(), limit=1).ranked[0].thing.name
'Model Alliance'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.graph import Graph, Thing, prose
from allgraph.model.adjacency import Network
from allgraph.model.columns import NO, Columns
from allgraph.network import remote, scope
from allgraph.rdf.terms import Prefixes
from allgraph.render.table import layout

Measure = Literal["degree", "betweenness", "pagerank"]
MEASURES: dict[Measure, str] = {
    "degree": "claims that join a thing to others",
    "betweenness": "share of the shortest paths between others that pass through a thing",
    "pagerank": "share of the time that a walk from subjects to objects spends at a thing",
}
SAMPLED = 1_000
"""From how many things betweenness is measured exactly; of more, from a sample of so many."""
_DAMPING, _NEAR = 0.85, 1e-10


@dataclass(frozen=True)
class Ranked:
    """A thing with its score, and its place: equal scores share one."""

    place: int
    thing: Thing
    score: float


@dataclass(frozen=True)
class Ranking:
    """The highest scores of a measure; `limits` tells where it was cut or estimated.

    `asked` says how much an endpoint was asked for.
    """

    by: Measure
    ranked: tuple[Ranked, ...]
    prefixes: Prefixes = field(repr=False)
    limits: tuple[str, ...] = ()
    asked: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The ranking as JSON has it."""
        return {
            "by": self.by,
            "asked": self.asked or None,
            "complete": not self.limits,
            "limits": list(self.limits),
            "things": [
                {
                    "place": each.place,
                    "thing": self.prefixes.shorten(each.thing.iri),
                    "name": each.thing.name,
                    "kind": each.thing.kind,
                    "score": each.score,
                }
                for each in self.ranked
            ],
        }

    def write(self, format: str = "text", *, width: int = 80) -> bytes:
        """The ranking as ``text`` or ``json``; else `UnknownFormat`."""
        if format == "json":
            import json

            return (json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n").encode()
        if format != "text":
            raise UnknownFormat(f"a ranking is written as text or json, not “{format}”")
        rows = [
            [
                str(e.place),
                e.thing.name,
                e.thing.kind,
                f"{e.score:.4g}",
                self.prefixes.shorten(e.thing.iri),
            ]
            for e in self.ranked
        ]
        table = layout(["", "name", "kind", self.by, "iri"], rows, width=width)
        notes = prose.notes((), self.limits, self.asked, width=width)
        return ("\n\n".join(filter(None, [table, notes])) + "\n").encode()


def rank(
    graph: Graph,
    *,
    by: Measure = "degree",
    predicates: Iterable[str | NamedNode] | str = (),
    limit: int = 20,
) -> Ranking:
    """The most connected things: by `degree`, `betweenness` or `pagerank`.

    Only claims with some `predicates` count, if any are given. Between places, classes and
    sources and other things no path goes, and no walk. Betweenness (Brandes 2001, by networkx)
    is estimated from a sample in a graph of more than `SAMPLED` things; PageRank (Page and others
    1999) has a damping of 0.85 and goes from subjects to objects. An endpoint counts degrees; for
    the others, and on a day, it is asked for all claims. Raises `ParameterError`, and `TooMuch`
    when those are too many (`download.MOST`).
    """
    if by not in MEASURES:
        raise ParameterError(f"“{by}” is no measure; there are {', '.join(MEASURES)}")
    if limit < 1:
        raise ParameterError("limit is a number of things, 1 or more")
    names = [predicates] if isinstance(predicates, (str, NamedNode)) else [*predicates]
    wanted = [(n if isinstance(n, NamedNode) else graph.term(n)).value for n in names]
    if graph.is_remote and by == "degree" and graph is graph.root:
        return _at_endpoint(graph, wanted, limit)
    columns = scope.whole(graph)
    network = _ties(columns, wanted, columns.closed if by != "degree" else None)
    things = np.flatnonzero(np.diff(network.first) > 0)
    if by == "degree":
        scores = network.ties.astype(np.float64)
    elif by == "pagerank":
        scores = pagerank(network)
    else:
        scores = _betweenness(network, things)
    order = things[np.argsort(-scores[things], kind="stable")]
    order = order[scores[order] > 0][: limit + 1]
    limits = [f"the first {limit}; ask for more with --limit"] if len(order) > limit else []
    if by == "betweenness" and len(things) > SAMPLED:
        limits.append(f"estimated from {SAMPLED} of {len(things)} things")
    top = [(columns.nodes[thing], float(scores[thing])) for thing in order[:limit].tolist()]
    return _ranking(graph, by, top, limits)


def _ranking(
    graph: Graph, by: Measure, top: Iterable[tuple[str, float]], limits: Iterable[str]
) -> Ranking:
    ranked: list[Ranked] = []
    top = [*top]
    things = graph.described(iri for iri, _ in top)
    for number, (iri, score) in enumerate(top, 1):
        place = ranked[-1].place if ranked and ranked[-1].score == score else number
        ranked.append(Ranked(place, things[iri], score))
    return Ranking(by, tuple(ranked), graph.prefixes, tuple(limits))


def _at_endpoint(graph: Graph, predicates: list[str], limit: int) -> Ranking:
    """The degrees that an endpoint counts."""
    found, report = remote.degrees(graph, predicates, limit + 1)
    limits = [*report.limits]
    if len(found) > limit:
        limits.append(f"the first {limit}; ask for more with --limit")
    top = ((iri, float(ties)) for iri, ties in found[:limit])
    return replace(_ranking(graph, "degree", top, limits), asked=report.told)


def _ties(columns: Columns, predicates: list[str], closed: NDArray[np.bool_] | None) -> Network:
    """The ties with some predicates, or with all; none at `closed` things, if these are given."""
    kept = ~columns.deprecated
    if columns.certainty is not None:
        kept &= columns.certainty > NO
    if closed is not None:
        kept &= ~closed[columns.subject] & ~((columns.object >= 0) & closed[columns.object])
    if predicates:
        numbers = [number for number, iri in enumerate(columns.predicates) if iri in predicates]
        kept &= np.isin(columns.predicate, numbers)
    return columns.ties(kept)


def pagerank(network: Network) -> NDArray[np.float64]:
    """The PageRank of each thing, by iteration until all change by less than 1e-10 in sum.

    What leads nowhere leads anywhere; things without ties have none.

    >>> import numpy
    >>> star = Network.of(3, *(numpy.array(each, "i4") for each in ([0, 1], [2, 2], [0, 1])))
    >>> pagerank(star).round(3).tolist()
    [0.213, 0.213, 0.574]
    """
    counts = np.diff(network.first)
    is_tied = counts > 0
    tail = np.repeat(np.arange(len(network)), counts)[network.tie & 1 == 0]
    head = network.head[network.tie & 1 == 0]
    out = np.bincount(tail, minlength=len(network))
    start = is_tied / max(int(is_tied.sum()), 1)
    scores = start
    for _ in range(1000):
        share = np.divide(scores, out, out=np.zeros(len(network)), where=out > 0)
        flow = np.bincount(head, weights=share[tail], minlength=len(network))
        lost = scores[(out == 0) & is_tied].sum()
        then: NDArray[np.float64] = _DAMPING * (flow + lost * start) + (1 - _DAMPING) * start
        if np.abs(then - scores).sum() < _NEAR:
            return then
        scores = then
    return scores


def _betweenness(network: Network, things: NDArray[np.intp]) -> NDArray[np.float64]:
    import networkx

    plain: networkx.Graph[int] = networkx.Graph()
    tail = np.repeat(np.arange(len(network)), np.diff(network.first))
    plain.add_edges_from(zip(tail.tolist(), network.head.tolist(), strict=True))
    sample = SAMPLED if len(things) > SAMPLED else None
    found = networkx.betweenness_centrality(plain, k=sample, seed=1)
    scores = np.zeros(len(network))
    scores[[*found.keys()]] = [*found.values()]
    return scores
