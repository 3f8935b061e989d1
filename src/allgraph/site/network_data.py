"""All the ties of a graph in one file, for the pages that look for connections and walk along them.

======== ========================================================================================
kinds    ``[label, group]``, one for all things that are alike in these
things   ``[name, path, CURIE, 1 if no path passes through it else 0, kind, other name, …]``
claims   ``[sentence, sentence from the other side, path, order, 1 if disputed else 0, source, …]``
sources  ``[title, path]``
ties     ``subject, object, claim, …``, numbers of things and claims; a claim about a claim is in
         several, between its own things and those of the other
times    ``[aspect, rank, b1, b2, e1, e2]`` of each claim in the order of the claims, then of those
         on which their verdicts rest: aspect 0 timeless, 1 event, 2 state; rank -1 deprecated, 1
         preferred; the bounds as numbers of days, as `columns.number` has them, or ``null``
rivals   ``claim, rival, …``, numbers of times
about    ``claim, claim that it is about, …``, numbers of times
======== ========================================================================================

``web/src/connections.js`` reads it, and finds the paths that `paths.paths` finds, in the
same order: the shortest first, then by the ties of the things passed through, then by the
`order` of their claims. ``web/src/days.js`` finds the verdicts that `Columns.on` finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple
from zlib import crc32

from pyoxigraph import NamedNode

from allgraph.graph import Graph
from allgraph.graph.claims import Claim, named
from allgraph.model.adjacency import row_of
from allgraph.model.columns import FAR, Columns
from allgraph.model.sentences import dated
from allgraph.network import best, scope
from allgraph.network.groups import groups_of
from allgraph.rdf.terms import text
from allgraph.site.search_index import Named, PathOf, names

MOST = 20_000
"""How many claims a graph may have for this; one file of more would be too large for a page."""


class NetworkThing(NamedTuple):
    """A thing that claims join: `is_closed` says that no path passes through it, `kind`
    is the number of its kind.
    """

    name: str
    path: str
    curie: str
    is_closed: bool = False
    kind: int = 0
    others: Sequence[str] = ()


class NetworkClaim(NamedTuple):
    """A claim that is a step of a path: its IRI, sentences, and sources by their numbers."""

    iri: str
    sentence: str
    inverse: str
    path: str
    is_disputed: bool = False
    sources: Sequence[int] = ()


class NetworkSource(NamedTuple):
    """A source: its title, and the path of its page."""

    title: str
    path: str


class NetworkKind(NamedTuple):
    """What things are, in a word, and the group that they are in."""

    label: str
    group: str


class Time(NamedTuple):
    """When a claim was so: its aspect, rank and bounds."""

    aspect: int
    rank: int
    bounds: tuple[int | None, ...]


class Times(NamedTuple):
    """The times of claims, and which are rivals, and which about which."""

    times: Sequence[Time] = ()
    rivals: Sequence[tuple[int, int]] = ()
    about: Sequence[tuple[int, int]] = ()


class NetworkTie(NamedTuple):
    """What joins two things by a claim: the numbers of all three."""

    subject: int
    object: int
    claim: int


class NetworkTies(NamedTuple):
    """What joins the things of a graph. The claims are in the order of their IRIs."""

    things: Sequence[NetworkThing]
    claims: Sequence[NetworkClaim]
    sources: Sequence[NetworkSource]
    ties: Sequence[NetworkTie]
    hub_limit: int
    kinds: Sequence[NetworkKind] = ()
    times: Times = Times()


def written(ties: NetworkTies) -> bytes:
    """The file.

    >>> ada, person = NetworkThing("Ada", "/page/ada", "id:ada"), NetworkKind("person", "people")
    >>> written(NetworkTies([ada], [], [], [], 200, [person])).decode()[:88]
    '{"hubLimit":200,"kinds":[["person","people"]],"things":[["Ada","/page/ada","id:ada",0,0]'
    """
    import json

    said: Mapping[str, Any] = {
        "hubLimit": ties.hub_limit,
        "kinds": ties.kinds,
        "things": [[*one[:3], int(one.is_closed), one.kind, *one.others] for one in ties.things],
        "sources": ties.sources,
        "claims": [
            [one.sentence, one.inverse, one.path, _order(one.iri), int(one.is_disputed),
             *one.sources]
            for one in ties.claims
        ],
        "ties": [*chain.from_iterable(ties.ties)],
        "times": [[one.aspect, one.rank, *one.bounds] for one in ties.times.times],
        "rivals": [*chain.from_iterable(ties.times.rivals)],
        "about": [*chain.from_iterable(ties.times.about)],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def is_small(graph: Graph) -> bool:
    """Whether a graph has such a file: it has not too many claims."""
    return int(text(graph.run("many").rows[0]["count"])) <= MOST


def ties_of(graph: Graph, path_of: PathOf) -> NetworkTies | None:
    """What joins the things of a graph; `path_of` gives the path of the page about an IRI.

    ``None`` where there is no such file; see `is_small`.

    >>> from allgraph.graph import open_graph
    >>> ties = ties_of(open_graph(), lambda iri: "")
    >>> first = ties.ties[0]
    >>> ties.things[first.subject].name in ties.claims[first.claim].sentence
    True
    """
    if not is_small(graph):
        return None
    columns = scope.whole(graph)
    arcs = list(_arcs(columns))
    rows = sorted({row for _, _, row in arcs})
    found = named(graph, [NamedNode(columns.claims[row]) for row in rows])
    titles = {each.source: each.title for claim in found for each in claim.evidence}
    places = {iri: place for place, iri in enumerate(sorted(titles))}
    nodes = [node for node, claim in enumerate(columns.claim_of) if claim < 0]
    node_of = {node: place for place, node in enumerate(nodes)}
    claim_of = {row: place for place, row in enumerate(rows)}
    known = names(graph, path_of)
    groups = groups_of(graph, [columns.nodes[node] for node in nodes])
    things = [
        (_thing(graph, iri, known.get(iri), bool(columns.closed[node])),
         NetworkKind(known[iri].kind if iri in known else "", groups.get(iri, "others")))
        for node, iri in ((node, columns.nodes[node]) for node in nodes)
    ]  # fmt: skip
    kinds = {kind: place for place, kind in enumerate(sorted({kind for _, kind in things}))}
    return NetworkTies(
        things=[thing._replace(kind=kinds[kind]) for thing, kind in things],
        claims=[_step(claim, places, path_of) for claim in found],
        sources=[NetworkSource(titles[iri], path_of(iri) or "") for iri in places],
        ties=[NetworkTie(node_of[a], node_of[b], claim_of[row]) for a, b, row in sorted(arcs)],
        hub_limit=graph.folder.hub_limit,
        kinds=[*kinds],
        times=_times(columns, rows),
    )


def _times(columns: Columns, rows: Sequence[int]) -> Times:
    """The times of some claims, and of those on which their verdicts rest."""
    about = _sorted(
        (row, int(columns.claim_of[node]))
        for row in range(len(columns))
        for node in (int(columns.subject[row]), int(columns.object[row]))
        if node >= 0 and columns.claim_of[node] >= 0
    )
    rivals = _sorted(map(tuple, columns.rivals.T.tolist()))
    places = {row: place for place, row in enumerate(rows)}
    for pairs in (about, rivals):
        places |= {row: place for place, row in enumerate(_reached(places, pairs))}
    return Times(
        [_time(columns, row) for row in places],
        [(places[a], places[b]) for a, b in rivals if a in places and b in places],
        [(places[a], places[b]) for a, b in about if a in places and b in places],
    )


def _sorted(pairs: Iterable[tuple[int, ...]]) -> list[tuple[int, int]]:
    return sorted({(a, b) for a, b in pairs})


def _reached(some: Iterable[int], pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Some numbers, and those that pairs lead to from them, at any depth."""
    found = dict.fromkeys(some)
    following: dict[int, list[int]] = {}
    for a, b in pairs:
        following.setdefault(a, []).append(b)
    stack = [*found]
    while stack:
        fresh = [each for each in following.get(stack.pop(), ()) if each not in found]
        found |= dict.fromkeys(fresh)
        stack += fresh
    return [*found]


def _time(columns: Columns, row: int) -> Time:
    bounds = [int(bound) for bound in columns.bounds[:, row]]
    is_timeless = not columns.event[row] and bounds == [-FAR, -FAR, FAR, FAR]
    return Time(
        0 if is_timeless else 1 if columns.event[row] else 2,
        -1 if columns.deprecated[row] else int(columns.preferred[row]),
        tuple(None if is_timeless or abs(bound) == FAR else bound for bound in bounds),
    )


def _arcs(columns: Columns) -> Iterator[tuple[int, int, int]]:
    """The ties from subjects to objects, with the rows of their claims."""
    tails, heads, ties = columns.network.forward()
    return zip(tails.tolist(), heads.tolist(), row_of(ties).tolist(), strict=True)


def _thing(graph: Graph, iri: str, named: Named | None, is_closed: bool) -> NetworkThing:
    curie = graph.prefixes.shorten(iri)
    if named is None:  # one from elsewhere
        return NetworkThing(graph.thing(NamedNode(iri)).name, "", curie, is_closed)
    return NetworkThing(named.name or curie, named.path, curie, is_closed, others=named.others)


def _step(claim: Claim, places: Mapping[str, int], path_of: PathOf) -> NetworkClaim:
    return NetworkClaim(
        claim.iri,
        dated(claim.sentence, claim.date),
        dated(claim.inverse_sentence, claim.date),
        path_of(claim.iri) or "",
        claim.disputed,
        sorted({places[each.source] for each in claim.evidence}),
    )


def _order(iri: str) -> int:
    """What orders paths that nothing else does, as `searches` has it."""
    return best.digest(crc32(iri.encode()))
