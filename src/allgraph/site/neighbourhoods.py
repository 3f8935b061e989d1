"""The part of the network around each thing, in a file of its own, and the first view of all.

A script reads the files of the things that it shows; so a network has no greatest size. The content
is that of `network_data`, for one thing and those that it is tied to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote

from allgraph.errors import UnknownName
from allgraph.graph import Thing
from allgraph.graph.claims import Claim
from allgraph.linkeddata import routes
from allgraph.model.columns import Columns, Flags
from allgraph.model.names import fold
from allgraph.network import centrality, scope
from allgraph.network.groups import GROUPS, groups_of
from allgraph.network.lookup import claims_of, hubs_of
from allgraph.network.nearest import Around, around, count_beyond, lines_among, most_tied
from allgraph.render import network as drawing
from allgraph.render.svg import Dot
from allgraph.site import network_data
from allgraph.site.network_data import NetworkKind, NetworkSource, NetworkThing, NetworkTies
from allgraph.site.site import Site

NEAREST = 300
"""How many neighbours the file of a thing has at most: those with most ties."""
FIRST = 24
"""How many neighbours of the first thing are in the picture of the page."""


class FirstView(NamedTuple):
    """The first view of the page of the network: a picture, and the same as a list.

    The list has groups with their things, each with the claims that join it to others here, and
    whether each of these is read from its subject. `things` and `ties` are how many there are.
    """

    picture: str
    things: int
    ties: int
    groups: Sequence[tuple[str, Sequence[tuple[Thing, Sequence[tuple[Claim, bool]]]]]]


def neighbourhood(site: Site, iri: str) -> NetworkTies:
    """Return the part of the network around a thing, or raise `UnknownName` if it has no tie.

    Reads the claims and the names of neighbours. An endpoint is asked for the ties.

    >>> from allgraph.graph import open_graph
    >>> graph = open_graph()
    >>> near = neighbourhood(Site(graph), graph.resolve("Shalom Harlow").value)
    >>> [thing.name for thing in near.things]
    ['Model Alliance Advisory Board', 'Shalom Harlow']
    """
    for _, network in _networks(site, [iri], _columns(site, iri)):
        return network
    raise UnknownName(f"nothing is tied to {site.graph.prefixes.shorten(iri)} here")


def files(
    site: Site, iris: Sequence[str], known: Mapping[str, Claim] = MappingProxyType({})
) -> Iterator[tuple[str, bytes]]:
    """Yield the file of the part of the network around each thing that has ties, by its name.

    Claims that are not among the `known` ones, names and groups are read once for all `iris`; an
    endpoint is asked for each.
    """
    batches = [[iri] for iri in iris] if site.graph.is_remote else [iris]
    for batch in batches:
        for iri, network in _networks(site, batch, _columns(site, batch[0]), known):
            if name := unquote(site.path(iri) or "").removeprefix("/page/"):
                route = routes.BY_NAME["neighbourhood"]
                yield route.file(name=name), network_data.written(network)


def _columns(site: Site, iri: str) -> Columns:
    """Return the columns of a graph, but of a large one at an endpoint those around a thing."""
    graph = site.graph
    if graph.is_remote and not site.is_small:
        return scope.around(graph, iri, 1).columns
    return scope.whole(graph)


def _barred(site: Site, columns: Columns) -> Flags:
    """Return a flag for each node of the columns: whether it is closed, or a hub by its class."""
    if site.graph.is_remote:
        return columns.closed | hubs_of(site.graph, columns)
    return site.barred


def _networks(
    site: Site,
    iris: Iterable[str],
    columns: Columns,
    known: Mapping[str, Claim] = MappingProxyType({}),
) -> Iterator[tuple[str, NetworkTies]]:
    """Yield the part of the network around each thing that has ties, with the IRI of the thing.

    Claims that are not among the `known` ones, names and groups are read once for all `iris`.
    """
    graph = site.graph
    parts = [near for iri in iris if (near := around(columns, iri, NEAREST)) is not None]
    rows = sorted({row for of in parts for _, _, row in of.ties})
    claims = claims_of(graph, columns, rows, known)
    nodes = {node: columns.nodes[node] for of in parts for node in (of.node, *of.near)}
    things, groups = graph.described(nodes.values()), groups_of(graph, nodes.values())
    barred = _barred(site, columns)
    for near in parts:
        kinds = {
            node: NetworkKind(things[iri].kind, groups.get(iri, "others"))
            for node in (near.node, *near.near)
            for iri in (nodes[node],)
        }
        shown = {
            node: NetworkThing(
                things[nodes[node]].name,
                site.path(nodes[node]) or "",
                graph.prefixes.shorten(nodes[node]),
                bool(barred[node]),
            )
            for node in kinds
        }
        yield nodes[near.node], _network(site, columns, near, claims, shown, kinds)


def _network(
    site: Site,
    columns: Columns,
    near: Around,
    claims: Mapping[int, Claim],
    things: Mapping[int, NetworkThing],
    kinds: Mapping[int, NetworkKind],
) -> NetworkTies:
    """Return the network of a thing and its neighbours: `claims` by row, the others by node."""
    nodes = network_data.positions(sorted(things))
    rows = network_data.positions(sorted({row for _, _, row in near.ties}))
    titles = {e.source: e.title for row in rows for e in claims[row].evidence}
    sources = network_data.positions(sorted(titles))
    numbers = network_data.positions(sorted({*kinds.values()}))
    return NetworkTies(
        things=[things[node]._replace(kind=numbers[kinds[node]]) for node in nodes],
        claims=[network_data.claim_of(claims[row], sources, site.place) for row in rows],
        sources=[NetworkSource(titles[iri], site.path(iri) or "") for iri in sources],
        ties=[network_data.NetworkTie(nodes[a], nodes[b], rows[row]) for a, b, row in near.ties],
        hub_limit=site.graph.folder.hub_limit,
        kinds=[*numbers],
        times=network_data.times(columns, [*rows]),
        counts=columns.degrees[[*nodes]].tolist(),
        left=near.left,
    )


# ---- The first view


def first_view(site: Site) -> FirstView | None:
    """Return what the page of the network shows at first; ``None`` if nothing is tied to another.

    It is the thing with most ties that is opened unasked, and the `FIRST` of its neighbours with
    most ties. Ranks the things, and reads the claims between those shown and their names.
    """
    graph = site.graph
    start = _start(site)
    if start is None:
        return None
    columns = _columns(site, start)
    near = around(columns, start, FIRST)
    if near is None:
        return None
    nodes = sorted((near.node, *near.near))
    iris = [columns.nodes[node] for node in nodes]
    things, groups = graph.described(iris), groups_of(graph, iris)
    key = graph.prefixes.shorten
    iris.sort(key=key)
    lines = lines_among(columns, [columns.nodes.place(iri) or 0 for iri in iris])
    claims = claims_of(graph, columns, {row for ties in lines.values() for row, _ in ties})
    dots = [
        drawing.Node(
            Dot(things[iri].name, site.address(iri), things[iri].kind, groups.get(iri, "others")),
            key(iri),
            count_beyond(columns, columns.nodes.place(iri) or 0, nodes),
        )
        for iri in iris
    ]
    drawn = [
        drawing.Line(a, b, [claims[row].read(inverse=not forward) for row, forward in ties])
        for (a, b), ties in lines.items()
    ]
    claims_at: dict[str, list[tuple[Claim, bool]]] = {iri: [] for iri in iris}
    for (a, b), ties in lines.items():
        claims_at[iris[a]] += ((claims[row], forward) for row, forward in ties)
        claims_at[iris[b]] += ((claims[row], not forward) for row, forward in ties)
    by_name = sorted(iris, key=lambda iri: (fold(things[iri].name), iri))
    listed = [
        (
            group,
            [
                (things[iri], claims_at[iri])
                for iri in by_name
                if groups.get(iri, "others") == group
            ],
        )
        for group in GROUPS
    ]
    name = f"Network around {things[start].name}"
    return FirstView(
        drawing.network(dots, drawn, name),
        len(iris),
        len(claims),
        [(group, members) for group, members in listed if members],
    )


def _start(site: Site) -> str | None:
    """Return the IRI of the thing with most ties that is opened unasked, else of any.

    Of a large graph at an endpoint it is the thing with most ties.
    """
    graph = site.graph
    if graph.is_remote and not site.is_small:
        ranked = [one.thing.iri for one in centrality.rank(graph, limit=1).ranked]
        return ranked[0] if ranked else None
    columns = scope.whole(graph)
    if not len(columns.nodes):
        return None
    is_open = ~_barred(site, columns) & (columns.degrees <= graph.folder.hub_limit)
    return columns.nodes[most_tied(columns, is_open)]
