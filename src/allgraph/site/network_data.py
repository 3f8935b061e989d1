"""The network of a graph, or of a part, in a file for pages that find and explore connections.

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
labels   ``[what joins the subject and object, 1 if the subject is first else 0]``
verbs    the number of the label of each claim
rivals   ``claim, rival, …``, numbers of times
about    ``claim, claim that it is about, …``, numbers of times
counts   how many ties each thing has, in a file of the part around one thing
left     how many of its neighbours such a file leaves out
======== ========================================================================================

``web/src/connections.js`` reads it, and finds the same paths as `paths.paths` in the same order:
the shortest first, then by the ties of the things passed through, then by the `order` of their
claims. ``web/src/days.js`` decides like `Columns.on` which claims hold on a day.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar
from zlib import crc32

from pyoxigraph import NamedNode

from allgraph.graph import Graph
from allgraph.graph.claims import Claim, named
from allgraph.model.adjacency import row_of
from allgraph.model.columns import FAR, Columns
from allgraph.network import best, scope
from allgraph.network.groups import groups_of
from allgraph.network.lookup import hubs_of
from allgraph.network.path_results import label_of
from allgraph.rdf.terms import text
from allgraph.render.json import compact
from allgraph.site.search.index import Named, PathOf, names

T = TypeVar("T", bound=Hashable)

MOST = 20_000
"""How many claims a graph may have for this; with more the file would be too large for a page."""


class NetworkThing(NamedTuple):
    """A thing that is the subject or object of a claim: a node of the network.

    `path` is that of its page, `curie` its short IRI, `others` its other names, and `kind` the
    number of its kind in `NetworkTies.kinds`. No path passes through a thing that `is_closed`.
    """

    name: str
    path: str
    curie: str
    is_closed: bool = False
    kind: int = 0
    others: Sequence[str] = ()


class NetworkClaim(NamedTuple):
    """A claim that joins two things: its IRI, its sentences from either end, and its sources.

    `path` is that of its page; `sources` are numbers in `NetworkTies.sources`; `label` is that of
    `label_of`.
    """

    iri: str
    sentence: str
    inverse: str
    path: str
    is_disputed: bool = False
    sources: Sequence[int] = ()
    label: tuple[str, bool] = ("", True)


class NetworkSource(NamedTuple):
    """A source: its title, and the path of its page, ``""`` if it has none."""

    title: str
    path: str


class NetworkKind(NamedTuple):
    """A kind of things: its label, and its group in `network.groups`, such as ``people``."""

    label: str
    group: str


class Time(NamedTuple):
    """The time, aspect and rank of a claim, which decide whether it holds on a day.

    `aspect` is 0 for timeless, 1 for an event, 2 for a state; `rank` is -1 for deprecated, 0, or 1
    for preferred. `bounds` are the four bounds of its date as numbers of days, ``None`` if open.
    """

    aspect: int
    rank: int
    bounds: tuple[int | None, ...]


class Times(NamedTuple):
    """The times of claims; `rivals` and `about` are pairs of positions in `times`.

    Of `about`, the first is a claim that has the second as its subject or object.
    """

    times: Sequence[Time] = ()
    rivals: Sequence[tuple[int, int]] = ()
    about: Sequence[tuple[int, int]] = ()


class NetworkTie(NamedTuple):
    """A claim that joins two things: positions in the lists of a `NetworkTies`."""

    subject: int
    object: int
    claim: int


class NetworkTies(NamedTuple):
    """The network of a graph, ready to be written as the file of the pages.

    Claims are in the order of their IRIs. No path passes through a thing with more than
    `hub_limit` ties. If this is the part around one thing, `counts` has the number of ties of each
    thing in the whole graph, and `left` how many neighbours are left out.
    """

    things: Sequence[NetworkThing]
    claims: Sequence[NetworkClaim]
    sources: Sequence[NetworkSource]
    ties: Sequence[NetworkTie]
    hub_limit: int
    kinds: Sequence[NetworkKind] = ()
    times: Times = Times()
    counts: Sequence[int] = ()
    left: int = 0


def written(network: NetworkTies) -> bytes:
    """Return a network as the JSON that the scripts of the pages read; nothing goes to disk.

    Things, claims, sources and times are lists in lists, which refer to one another by position;
    ``ties`` (three numbers each), ``rivals`` and ``about`` (two each) are flat lists of positions.

    >>> ada, person = NetworkThing("Ada", "/page/ada", "id:ada"), NetworkKind("person", "people")
    >>> written(NetworkTies([ada], [], [], [], 200, [person])).decode()[:88]
    '{"hubLimit":200,"kinds":[["person","people"]],"things":[["Ada","/page/ada","id:ada",0,0]'
    """
    of_claims, rivals, about = network.times
    labels = {label: at for at, label in enumerate(sorted({c.label for c in network.claims}))}
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
        "labels": [[words, int(is_forward)] for words, is_forward in labels],
        "verbs": [labels[claim.label] for claim in network.claims],
        "times": [[time.aspect, time.rank, *time.bounds] for time in of_claims],
        "rivals": [*chain.from_iterable(rivals)],
        "about": [*chain.from_iterable(about)],
    }
    if network.counts:
        content |= {"counts": network.counts, "left": network.left}
    return compact(content).encode()


def is_small(graph: Graph) -> bool:
    """Return whether a graph has at most `MOST` claims, by the query ``many``.

    Only such a graph has a network file, and pages about all claims at once.
    """
    return int(text(graph.run("many").rows[0]["count"])) <= MOST


def network_ties(graph: Graph, path_of: PathOf) -> NetworkTies | None:
    """Return the network of a graph, or ``None`` if it has more than `MOST` (20,000) claims.

    `path_of` gives the path of the page about an IRI, ``None`` if there is no page. All claims are
    read: as columns (arrays with a place for each claim), which an endpoint has to send, and then
    those that join two things, with their sources.

    >>> from allgraph.graph import open_graph
    >>> network = network_ties(open_graph(), lambda iri: "")
    >>> first = network.ties[0]
    >>> network.things[first.subject].name in network.claims[first.claim].sentence
    True
    """
    if not is_small(graph):
        return None
    columns = scope.whole(graph)
    arcs = sorted(_subject_object_row(columns))
    rows = sorted({row for _, _, row in arcs})  # the claims, by their rows in the columns
    claims = named(graph, [NamedNode(columns.claims[row]) for row in rows])
    titles = {evidence.source: evidence.title for c in claims for evidence in c.evidence}
    source_numbers = positions(sorted(titles))
    nodes = [node for node, claim in enumerate(columns.claim_of) if claim < 0]  # but claims
    node_numbers, claim_numbers = positions(nodes), positions(rows)
    things, kinds = _things_and_kinds(graph, columns, nodes, path_of)
    return NetworkTies(
        things=things,
        claims=[claim_of(claim, source_numbers, path_of) for claim in claims],
        sources=[NetworkSource(titles[iri], path_of(iri) or "") for iri in source_numbers],
        ties=[
            NetworkTie(node_numbers[a], node_numbers[b], claim_numbers[row]) for a, b, row in arcs
        ],
        hub_limit=graph.folder.hub_limit,
        kinds=kinds,
        times=times(columns, rows),
    )


def positions(items: Iterable[T]) -> dict[T, int]:
    """Return the position of each item, from 0; the items are distinct."""
    return {item: number for number, item in enumerate(items)}


def _things_and_kinds(
    graph: Graph, columns: Columns, nodes: Sequence[int], path_of: PathOf
) -> tuple[list[NetworkThing], list[NetworkKind]]:
    """Return the things at some nodes of the columns, in their order, and the list of their kinds.

    `nodes` are positions in `columns.nodes`, which has IRIs. No path passes through those that are
    closed, or hubs by their class. A thing without a class in `GROUPS` is in the group ``others``.
    Runs the queries ``site-names`` and ``groups``, and one for each thing without a page.
    """
    pages = names(graph, path_of)
    groups = groups_of(graph, [columns.nodes[node] for node in nodes])
    closed = columns.closed | hubs_of(graph, columns)
    things: list[tuple[NetworkThing, NetworkKind]] = []
    for node in nodes:
        iri, is_closed = columns.nodes[node], bool(closed[node])
        kind = NetworkKind(pages[iri].kind if iri in pages else "", groups.get(iri, "others"))
        things.append((_thing(graph, iri, pages.get(iri), is_closed), kind))
    numbers = positions(sorted({kind for _, kind in things}))
    return [thing._replace(kind=numbers[kind]) for thing, kind in things], [*numbers]


def times(columns: Columns, rows: Sequence[int]) -> Times:
    """Return the times of claims, and of all other claims that decide whether these hold.

    `rows` are the rows of the claims in the columns; their times are first, in this order. Then
    come the claims that these are about, at any depth, and then the rivals of all of them, also at
    any depth; a rival that is about another claim does not bring that in. In the result, pairs of
    rivals, and of a claim and one that it is about, are positions in the list of times.
    """

    def about(row: int) -> list[int]:
        """Return the rows of the claims that are the subject or object of one."""
        ends = (int(columns.subject[row]), int(columns.object[row]))
        return sorted({int(columns.claim_of[end]) for end in ends if end >= 0} - {-1})

    def rivals(row: int) -> list[int]:
        """Return the rows of the rivals of a claim."""
        return sorted({*columns.rivals[1][columns.rivals[0] == row].tolist()})

    numbers = positions(_with_reachable(_with_reachable(rows, about), rivals))
    ordered, row_pairs = sorted(numbers), []
    for following in (rivals, about):
        pairs = ((row, other) for row in ordered for other in following(row) if other in numbers)
        row_pairs.append([(numbers[row], numbers[other]) for row, other in pairs])
    return Times([_time(columns, row) for row in numbers], *row_pairs)


def _with_reachable(rows: Iterable[int], following: Callable[[int], Iterable[int]]) -> list[int]:
    """Return `rows` in their order, then all other rows that `following` leads to, at any depth."""
    reached = dict.fromkeys(rows)
    stack = [*reached]
    while stack:
        new = [row for row in following(stack.pop()) if row not in reached]
        reached |= dict.fromkeys(new)
        stack += new
    return [*reached]


def _time(columns: Columns, row: int) -> Time:
    """Return the time of the claim at a row of the columns: aspect, rank and four bounds in days.

    The aspect is 0 for timeless, 1 for an event, 2 for a state; the rank -1 for deprecated, 1 for
    preferred, else 0. A bound that is not known (`FAR`), or of a timeless claim, is ``None``.
    """
    bounds = [int(bound) for bound in columns.bounds[:, row]]
    is_timeless = not columns.event[row] and bounds == [-FAR, -FAR, FAR, FAR]
    return Time(
        0 if is_timeless else 1 if columns.event[row] else 2,
        -1 if columns.deprecated[row] else int(columns.preferred[row]),
        tuple(None if is_timeless or abs(bound) == FAR else bound for bound in bounds),
    )


def _subject_object_row(columns: Columns) -> Iterator[tuple[int, int, int]]:
    """Yield each tie between two things as (node at the subject, node at the object, claim's row).

    Nodes are positions in `columns.nodes`. A claim about a claim has a tie between each pair of
    things that the two join; a deprecated claim has none. `row_of` turns numbers of ties into rows.
    """
    tails, heads, ties = columns.network.forward()
    return zip(tails.tolist(), heads.tolist(), row_of(ties).tolist(), strict=True)


def _thing(graph: Graph, iri: str, page: Named | None, is_closed: bool) -> NetworkThing:
    """Return a node as a thing of kind 0; its real kind is set by `_things_and_kinds`.

    `page` is its entry in the search index; without one it has no path, and the graph is asked
    for its name.
    """
    curie = graph.prefixes.shorten(iri)
    if page is None:  # a thing from elsewhere
        return NetworkThing(graph.thing(NamedNode(iri)).name, "", curie, is_closed)
    return NetworkThing(page.name or curie, page.path, curie, is_closed, others=page.others)


def claim_of(claim: Claim, source_numbers: Mapping[str, int], path_of: PathOf) -> NetworkClaim:
    """Return a claim for the network file: IRI, sentences from either end, path, sources.

    Both sentences have the date. `source_numbers` has the numbers of sources by IRI. A claim for
    which `path_of` gives ``None`` has the path ``""``.
    """
    return NetworkClaim(
        claim.iri,
        claim.read(),
        claim.read(inverse=True),
        path_of(claim.iri) or "",
        claim.disputed,
        sorted({source_numbers[evidence.source] for evidence in claim.evidence}),
        label_of(claim),
    )


def _order(iri: str) -> int:
    """Return the lower 24 bits of the CRC of an IRI, which order paths that are equal otherwise.

    The search of `paths.paths` takes the same number.
    """
    return best.digest(crc32(iri.encode()))
