"""The network of a graph in one file, for the pages that find connections and explore them.

======== ========================================================================================
kinds    ``[label, group]``, one for all things that are alike in these
things   ``[name, path, CURIE, 1 if no path passes through it else 0, kind, other name, …]``
claims   ``[sentence, sentence from the other side, path, order, 1 if disputed else 0, source, …]``
sources  ``[title, path]``
ties     ``subject, object, claim, …``, numbers of things and claims; a claim about a claim is in
         several, between its own things and those of the other
times    ``[aspect, rank, b1, b2, e1, e2]`` of each claim in the order of the claims, then of those
         that decide whether these hold: aspect 0 timeless, 1 event, 2 state; rank -1 deprecated,
         1 preferred; the bounds as numbers of days, by `columns.number`, or ``null``
rivals   ``claim, rival, …``, numbers of times
about    ``claim, claim that it is about, …``, numbers of times
======== ========================================================================================

``web/src/connections.js`` reads it, and finds the same paths as `paths.paths` in the same order:
the shortest first, then by the ties of the things passed through, then by the `order` of their
claims. ``web/src/days.js`` decides like `Columns.on` which claims hold on a day.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar
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

T = TypeVar("T", bound=Hashable)

MOST = 20_000
"""How many claims a graph may have for this; with more the file would be too large for a page."""


class NetworkThing(NamedTuple):
    """A thing that claims connect; no path passes through one that `is_closed`.

    `kind` is the number of its kind.
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
    """A kind of things: its name, and the group that it is in."""

    label: str
    group: str


class Time(NamedTuple):
    """When a claim holds: its aspect, rank and bounds."""

    aspect: int
    rank: int
    bounds: tuple[int | None, ...]


class Times(NamedTuple):
    """The times of claims, which of them are rivals, and which are about which."""

    times: Sequence[Time] = ()
    rivals: Sequence[tuple[int, int]] = ()
    about: Sequence[tuple[int, int]] = ()


class NetworkTie(NamedTuple):
    """Two things and the claim that connects them, by their numbers."""

    subject: int
    object: int
    claim: int


class NetworkTies(NamedTuple):
    """The network of a graph. The claims are in the order of their IRIs."""

    things: Sequence[NetworkThing]
    claims: Sequence[NetworkClaim]
    sources: Sequence[NetworkSource]
    ties: Sequence[NetworkTie]
    hub_limit: int
    kinds: Sequence[NetworkKind] = ()
    times: Times = Times()


def written(network: NetworkTies) -> bytes:
    """Return the content of the file.

    >>> ada, person = NetworkThing("Ada", "/page/ada", "id:ada"), NetworkKind("person", "people")
    >>> written(NetworkTies([ada], [], [], [], 200, [person])).decode()[:88]
    '{"hubLimit":200,"kinds":[["person","people"]],"things":[["Ada","/page/ada","id:ada",0,0]'
    """
    import json

    times, rivals, about = network.times
    content = {
        "hubLimit": network.hub_limit,
        "kinds": network.kinds,
        "things": [
            [*thing[:3], int(thing.is_closed), thing.kind, *thing.others]
            for thing in network.things
        ],
        "sources": network.sources,
        "claims": [
            [c.sentence, c.inverse, c.path, _order(c.iri), int(c.is_disputed), *c.sources]
            for c in network.claims
        ],
        "ties": [*chain.from_iterable(network.ties)],
        "times": [[time.aspect, time.rank, *time.bounds] for time in times],
        "rivals": [*chain.from_iterable(rivals)],
        "about": [*chain.from_iterable(about)],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def is_small(graph: Graph) -> bool:
    """Whether a graph has such a file: it has not too many claims."""
    return int(text(graph.run("many").rows[0]["count"])) <= MOST


def network_ties(graph: Graph, path_of: PathOf) -> NetworkTies | None:
    """Return the network of a graph, ``None`` for one that is too large; see `is_small`.

    `path_of` gives the path of the page about an IRI.

    >>> from allgraph.graph import open_graph
    >>> network = network_ties(open_graph(), lambda iri: "")
    >>> first = network.ties[0]
    >>> network.things[first.subject].name in network.claims[first.claim].sentence
    True
    """
    if not is_small(graph):
        return None
    columns = scope.whole(graph)
    arcs = sorted(_arcs(columns))
    rows = sorted({row for _, _, row in arcs})
    claims = named(graph, [NamedNode(columns.claims[row]) for row in rows])
    titles = {evidence.source: evidence.title for c in claims for evidence in c.evidence}
    source_numbers = _numbers(sorted(titles))
    nodes = [node for node, claim in enumerate(columns.claim_of) if claim < 0]
    node_numbers, claim_numbers = _numbers(nodes), _numbers(rows)
    things, kinds = _things(graph, columns, nodes, path_of)
    return NetworkTies(
        things=things,
        claims=[_claim(claim, source_numbers, path_of) for claim in claims],
        sources=[NetworkSource(titles[iri], path_of(iri) or "") for iri in source_numbers],
        ties=[
            NetworkTie(node_numbers[a], node_numbers[b], claim_numbers[row]) for a, b, row in arcs
        ],
        hub_limit=graph.folder.hub_limit,
        kinds=kinds,
        times=_times(columns, rows),
    )


def _numbers(items: Iterable[T]) -> dict[T, int]:
    """The place of each item."""
    return {item: number for number, item in enumerate(items)}


def _things(
    graph: Graph, columns: Columns, nodes: Sequence[int], path_of: PathOf
) -> tuple[list[NetworkThing], list[NetworkKind]]:
    """The things that some nodes of the columns are, and their kinds."""
    pages = names(graph, path_of)
    groups = groups_of(graph, [columns.nodes[node] for node in nodes])
    things: list[tuple[NetworkThing, NetworkKind]] = []
    for node in nodes:
        iri, is_closed = columns.nodes[node], bool(columns.closed[node])
        kind = NetworkKind(pages[iri].kind if iri in pages else "", groups.get(iri, "others"))
        things.append((_thing(graph, iri, pages.get(iri), is_closed), kind))
    numbers = _numbers(sorted({kind for _, kind in things}))
    return [thing._replace(kind=numbers[kind]) for thing, kind in things], [*numbers]


def _times(columns: Columns, rows: Sequence[int]) -> Times:
    """The times of some claims, and of those that decide whether these hold."""
    about = _distinct(
        (row, int(columns.claim_of[node]))
        for row in range(len(columns))
        for node in (int(columns.subject[row]), int(columns.object[row]))
        if node >= 0 and columns.claim_of[node] >= 0
    )
    rivals = _distinct(map(tuple, columns.rivals.T.tolist()))
    numbers = _numbers(_reachable(_reachable(rows, about), rivals))
    return Times(
        [_time(columns, row) for row in numbers],
        [(numbers[a], numbers[b]) for a, b in rivals if a in numbers and b in numbers],
        [(numbers[a], numbers[b]) for a, b in about if a in numbers and b in numbers],
    )


def _distinct(pairs: Iterable[tuple[int, ...]]) -> list[tuple[int, int]]:
    return sorted({(a, b) for a, b in pairs})


def _reachable(rows: Iterable[int], pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Some rows, and those that pairs lead to from them, at any depth."""
    reached = dict.fromkeys(rows)
    targets: dict[int, list[int]] = {}
    for source, target in pairs:
        targets.setdefault(source, []).append(target)
    stack = [*reached]
    while stack:
        new = [row for row in targets.get(stack.pop(), ()) if row not in reached]
        reached |= dict.fromkeys(new)
        stack += new
    return [*reached]


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


def _thing(graph: Graph, iri: str, page: Named | None, is_closed: bool) -> NetworkThing:
    curie = graph.prefixes.shorten(iri)
    if page is None:  # a thing from elsewhere
        return NetworkThing(graph.thing(NamedNode(iri)).name, "", curie, is_closed)
    return NetworkThing(page.name or curie, page.path, curie, is_closed, others=page.others)


def _claim(claim: Claim, source_numbers: Mapping[str, int], path_of: PathOf) -> NetworkClaim:
    return NetworkClaim(
        claim.iri,
        dated(claim.sentence, claim.date),
        dated(claim.inverse_sentence, claim.date),
        path_of(claim.iri) or "",
        claim.disputed,
        sorted({source_numbers[evidence.source] for evidence in claim.evidence}),
    )


def _order(iri: str) -> int:
    """The number that orders paths which are equal otherwise, the same as in `paths.paths`."""
    return best.digest(crc32(iri.encode()))
