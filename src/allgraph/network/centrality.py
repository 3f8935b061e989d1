"""The most connected things of a graph, and the one of which most is dated.

>>> from allgraph.graph import open_graph
>>> rank(open_graph(), limit=1).ranked[0].thing.name
'State of New York'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError, renamed
from allgraph.graph import Graph, Thing
from allgraph.graph.listing import Listing
from allgraph.model.adjacency import Flags, Network
from allgraph.model.columns import FAR, Columns
from allgraph.network import remote, scope
from allgraph.network.lookup import flags_of, hubs_of, terms_of
from allgraph.rdf.terms import Prefixes
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import element, items, joined, link, table
from allgraph.render.table import layout

Measure = Literal["degree", "neighbours", "betweenness", "pagerank"]
"""What `rank` orders things by.

>>> import typing
>>> import allgraph
>>> typing.get_args(allgraph.Measure)
('degree', 'neighbours', 'betweenness', 'pagerank')
"""
MEASURES: dict[Measure, str] = {
    "degree": "claims that join a thing to others",
    "neighbours": "other things that claims join a thing to, each counted once",
    "betweenness": "share of the shortest paths between others that pass through a thing",
    "pagerank": "share of the time that a walk from subjects to objects spends at a thing",
}
SAMPLED = 1_000
"""Above this number of things betweenness is estimated, from a sample of this many of them."""
MOST_DATED = 1_000
"""The thing with most dated claims is one that has at most this many, which are read at once."""
_DAMPING, _TOLERANCE = 0.85, 1e-10


@dataclass(frozen=True, repr=False)
class Ranked(Brief):
    """A thing with its score, and its place from 1; things with equal scores share a place.

    >>> import allgraph
    >>> ranked = allgraph.rank(allgraph.open(), by="pagerank", limit=1).ranked[0]
    >>> ranked.place, 0 < ranked.score < 1
    (1, True)
    """

    place: int
    thing: Thing
    score: float

    def _facts(self) -> Iterator[str]:
        yield from (str(self.place), quoted(self.thing.name), f"{self.score:.4g}")

    def __str__(self) -> str:
        """The place, the name and the score."""
        return f"{self.place}. {self.thing.name}, {self.score:.4g}"

    def as_dict(self, prefixes: Prefixes | None = None) -> dict[str, Any]:
        """Return the ranked thing as JSON has it.

        `prefixes` shorten IRIs; by default those of its graph.
        """
        thing = self.thing.listed(prefixes or self.thing.prefixes)
        return {"place": self.place, **thing, "score": self.score}


@dataclass(frozen=True, repr=False)
class Ranking(Listing):
    """The things with the highest scores of the measure `by`, the highest first.

    `limits` say in words what was cut or estimated.

    >>> import allgraph
    >>> ranking = allgraph.rank(allgraph.open(), kind="Person", limit=3)
    >>> ranking.by, len(ranking.ranked), ranking.complete
    ('degree', 3, False)
    """

    by: Measure
    ranked: tuple[Ranked, ...]

    def __iter__(self) -> Iterator[Ranked]:
        return iter(self.ranked)

    def __len__(self) -> int:
        """The count of things."""
        return len(self.ranked)

    def _counts(self) -> Iterator[str]:
        yield quoted(self.by)
        yield count(len(self), "thing")

    def as_dict(self) -> dict[str, Any]:
        """Return the ranking as JSON has it: the measure, what was cut, and the things."""
        things = [one.as_dict(self.prefixes) for one in self.ranked]
        return {"by": self.by, **self._completeness(), "things": things}

    def _blocks(self, width: int) -> Iterator[str]:
        """Yield one text: the ranking as a table, for a terminal of `width` columns."""
        things = [(str(one.place), one.thing, f"{one.score:.4g}") for one in self.ranked]
        rows = [
            [place, thing.name, thing.kind, score, self.prefixes.shorten(thing.iri)]
            for place, thing, score in things
        ]
        yield layout(["", "name", "kind", self.by, "iri"], rows, width=width)

    def _repr_html_(self) -> str:
        """Return the ranking as HTML for notebooks: what is counted, and a table of the things."""
        cells = (
            (str(entry.place), link(entry.thing.name, entry.thing.iri), entry.thing.kind,
             f"{entry.score:.4g}")
            for entry in self.ranked
        )  # fmt: skip
        shown = table(("", "name", "kind", self.by), cells, len(self.ranked), "thing")
        meaning = element("p", element("b", self.by), f": {MEASURES[self.by]}")
        return joined([meaning, shown, items(self.notes())])


@renamed(predicates="predicate", kinds="kind")
def rank(
    graph: Graph,
    *,
    by: Measure = "degree",
    predicate: Iterable[str | NamedNode] | str = (),
    kind: Iterable[str | NamedNode] | str = (),
    limit: int = 20,
) -> Ranking:
    """Return the most connected things, by `degree`, `neighbours`, `betweenness` or `pagerank`.

    Deprecated claims do not count. With `predicate`, one or several, only the claims with these
    do; with `kind`, one or several classes, only their members are ranked, scored among all things.
    The degree is the number of claims with the thing as subject or object. The other measures leave
    out claims that join a place, class, source, or a hub (a member of a class in ``hubs`` of the
    manifest), unless it is of a `kind`. The neighbours are the other things that claims join
    it to, each counted once. Betweenness (Brandes 2001, by
    networkx) ignores directions, and is estimated from a sample in a graph of more than `SAMPLED`
    things. PageRank (Page and others 1999) has a damping of 0.85 and goes from subjects to objects.
    An endpoint counts degrees of all kinds; for all else, and on a day (when `graph` is a view), it
    is asked for all claims. Runs queries on the graph. What was cut or estimated is in `limits` of
    the result. Raises `UnknownName`, `ParameterError` for another measure or a limit below 1,
    `EngineError` when an endpoint fails or does not give all claims, and `TooMuch` when these are
    more than a million triples.

    >>> import allgraph
    >>> ranking = allgraph.rank(allgraph.open(), kind="Law", limit=1)
    >>> [(ranked.thing.name, ranked.score) for ranked in ranking.ranked]
    [('New York State Fashion Workers Act', 9.0)]
    """
    if by not in MEASURES:
        raise ParameterError(f"unknown measure “{by}”; choose one of {', '.join(MEASURES)}")
    if limit < 1:
        raise ParameterError("`limit` must be 1 or more things")
    wanted = [term.value for term in terms_of(graph, predicate)]
    classes = [term.value for term in terms_of(graph, kind)]
    if graph.is_remote and by == "degree" and not classes and graph is graph.root:
        top, report = remote.degrees(graph, wanted, limit + 1)
        limits = (*report.limits, *_cut(top, limit))
        return _ranking(graph, by, top[:limit], limits, report.summary)
    columns = scope.whole(graph)
    ranked = flags_of(graph, columns, classes) if classes else np.ones(len(columns.nodes), bool)
    closed = (columns.closed | hubs_of(graph, columns)) & ~(ranked & bool(classes))
    network = _ties(columns, wanted, closed if by != "degree" else None)
    things = np.flatnonzero(np.diff(network.first) > 0)
    scores = _scores(network, things, by)
    order = things[np.argsort(-scores[things], kind="stable")]
    order = order[ranked[order]]
    order = order[scores[order] > 0][: limit + 1].tolist()
    limits = _cut(order, limit)
    if by == "betweenness" and len(things) > SAMPLED:
        limits = (*limits, f"estimated from {SAMPLED} of {len(things)} things")
    best = [(columns.nodes[thing], float(scores[thing])) for thing in order[:limit]]
    return _ranking(graph, by, best, limits)


def _cut(things: Sequence[object], limit: int) -> tuple[str, ...]:
    """Return ``()``, or for more things than `limit` a text that says that only these are shown."""
    return (f"the first {limit}; ask for more with `limit`",) if len(things) > limit else ()


def _ranking(
    graph: Graph,
    by: Measure,
    scores: Sequence[tuple[str, float]],
    limits: tuple[str, ...],
    asked: str = "",
) -> Ranking:
    """Return the ranking of pairs of IRI and score, given the highest score first.

    Things with the same score have the same place, and the next place is as much higher. `limits`
    say in words what was cut, and `asked` what an endpoint was asked. Runs the query ``described``
    for the names of things.
    """
    ranked: list[Ranked] = []
    things = graph.described(iri for iri, _ in scores)
    for number, (iri, score) in enumerate(scores, 1):
        place = ranked[-1].place if ranked and ranked[-1].score == score else number
        ranked.append(Ranked(place, things[iri], float(score)))
    return Ranking(by, tuple(ranked), prefixes=graph.prefixes, limits=limits, asked=asked)


def _scores(network: Network, things: NDArray[np.intp], by: Measure) -> NDArray[np.float64]:
    """Return the score of each thing by the measure `by`, in an array in the order of the network.

    `things` are the numbers of those with ties; the others have a score of 0.
    """
    if by == "degree":
        return network.ties.astype(np.float64)
    if by == "neighbours":
        return _neighbours(network)
    return pagerank(network) if by == "pagerank" else _betweenness(network, things)


def _ties(columns: Columns, predicates: list[str], closed: Flags | None) -> Network:
    """Return the network of the claims with some `predicates` (IRIs), or of all if none is given.

    Deprecated claims are left out, claims that do not hold on the day of a view, and claims whose
    subject or object is flagged in `closed`, which has a flag for each node, or is ``None``.
    """
    kept = columns.held & ~columns.deprecated
    if closed is not None:
        kept &= ~closed[columns.subject] & ~((columns.object >= 0) & closed[columns.object])
    if predicates:
        numbers = [number for number, iri in enumerate(columns.predicates) if iri in predicates]
        kept &= np.isin(columns.predicate, numbers)
    return columns.ties(kept)


def _neighbours(network: Network) -> NDArray[np.float64]:
    """Return how many different things each thing is tied to, in the order of the network."""
    tails = np.repeat(np.arange(len(network), dtype=np.int64), np.diff(network.first))
    pairs = np.unique(tails * len(network) + network.head)
    return np.bincount(pairs // max(len(network), 1), minlength=len(network)).astype(np.float64)


def pagerank(network: Network) -> NDArray[np.float64]:
    """Return the PageRank of each thing: iterated until the changes are below 1e-10 in sum.

    The damping is 0.85. It stops after 1,000 rounds in any case. From a thing that is the subject
    of no claim, a walk goes on to any thing with ties; things without ties have a rank of 0.

    >>> import numpy
    >>> star = Network.of(3, *(numpy.array(each, "i4") for each in ([0, 1], [2, 2], [0, 1])))
    >>> pagerank(star).round(3).tolist()
    [0.213, 0.213, 0.574]
    """
    is_tied = np.diff(network.first) > 0
    tail, head, _ = network.forward()
    out = np.bincount(tail, minlength=len(network))
    uniform = is_tied / max(int(is_tied.sum()), 1)
    scores = uniform
    for _ in range(1000):
        share = np.divide(scores, out, out=np.zeros(len(network)), where=out > 0)
        flow = np.bincount(head, weights=share[tail], minlength=len(network))
        lost = scores[(out == 0) & is_tied].sum()
        following: NDArray[np.float64] = (
            _DAMPING * (flow + lost * uniform) + (1 - _DAMPING) * uniform
        )
        if np.abs(following - scores).sum() < _TOLERANCE:
            return following
        scores = following
    return scores


def _betweenness(network: Network, things: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the betweenness of each thing, in an array in the order of the network.

    It is the share of the shortest paths between others that pass through the thing, whatever the
    direction of ties; 0 without ties. `things` are the numbers of those with ties: if they are more
    than `SAMPLED` (1,000), it is estimated from paths from so many of them, the same each time.
    """
    import networkx

    plain: networkx.Graph[int] = networkx.Graph()
    tail = np.repeat(np.arange(len(network)), np.diff(network.first))
    plain.add_edges_from(zip(tail.tolist(), network.head.tolist(), strict=True))
    sample = SAMPLED if len(things) > SAMPLED else None
    by_thing = networkx.betweenness_centrality(plain, k=sample, seed=1)
    scores = np.zeros(len(network))
    scores[[*by_thing.keys()]] = [*by_thing.values()]
    return scores


def most_dated(graph: Graph, kinds: Iterable[str]) -> str | None:
    """Return the IRI of the thing of some classes, IRIs, with most dated claims.

    Those with more than `MOST_DATED` are left out. Dated are those with a first day on which they
    began or ended. ``None`` if fewer than two claims about any of these are, and for a graph at an
    endpoint. Reads the columns of the graph, and runs a query for each class.

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
    counts[counts > MOST_DATED] = 0
    if not len(counts) or counts.max() < 2:
        return None
    return columns.nodes[int(counts.argmax())]
