"""All the ties of a graph in one file, for the page that looks for connections without a server.

======== ========================================================================================
things   ``[name, path, CURIE, 1 if no path passes through it else 0, other name, …]``
claims   ``[sentence, sentence from the other side, path, order, 1 if disputed else 0, source, …]``
sources  ``[title, path]``
ties     ``subject, object, claim, …``, numbers of things and claims; a claim about a claim is in
         several, between its own things and those of the other
======== ========================================================================================

``web/src/connections.js`` reads it, and finds the paths that `relations.paths` finds, in the
same order: the shortest first, then by the ties of the things passed through, then by the
`order` of their claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from pyoxigraph import NamedNode

from allgraph import routes
from allgraph.claims import Claim, named
from allgraph.graph import Graph
from allgraph.sentences import dated
from allgraph.site.search import Named, PathOf, names
from allgraph.terms import text

MOST = 20_000
"""How many claims a graph may have for this; one file of more would be too large for a page."""


class Thing(NamedTuple):
    """A thing that claims join: `is_closed` says that no path passes through it."""

    name: str
    path: str
    curie: str
    is_closed: bool = False
    others: Sequence[str] = ()


class Step(NamedTuple):
    """A claim that is a step of a path: its IRI, sentences, and sources by their numbers."""

    iri: str
    sentence: str
    inverse: str
    path: str
    is_disputed: bool = False
    sources: Sequence[int] = ()


class Source(NamedTuple):
    """A source: its title, and the path of its page."""

    title: str
    path: str


class Tie(NamedTuple):
    """What joins two things by a claim: the numbers of all three."""

    subject: int
    object: int
    claim: int


class Ties(NamedTuple):
    """What joins the things of a graph. The claims are in the order of their IRIs."""

    things: Sequence[Thing]
    claims: Sequence[Step]
    sources: Sequence[Source]
    ties: Sequence[Tie]
    hub_limit: int


def written(ties: Ties) -> bytes:
    """The file.

    >>> written(Ties([Thing("Ada", "/page/ada", "id:ada")], [], [], [], 200)).decode()
    '{"hubLimit":200,"things":[["Ada","/page/ada","id:ada",0]],"sources":[],"claims":[],"ties":[]}'
    """
    import json

    said: Mapping[str, Any] = {
        "hubLimit": ties.hub_limit,
        "things": [[*one[:3], int(one.is_closed), *one.others] for one in ties.things],
        "sources": ties.sources,
        "claims": [
            [one.sentence, one.inverse, one.path, _order(one.iri), int(one.is_disputed),
             *one.sources]
            for one in ties.claims
        ],
        "ties": [number for tie in ties.ties for number in tie],
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def is_small(graph: Graph) -> bool:
    """Whether a graph has such a file: it is in this process, and has not too many claims."""
    return not graph.is_remote and int(text(graph.run("many").rows[0]["count"])) <= MOST


def ties_of(graph: Graph, path_of: PathOf) -> Ties | None:
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
    columns = graph.columns
    arcs = list(_arcs(graph))
    rows = sorted({row for _, _, row in arcs})
    found = named(graph, [NamedNode(columns.claims[row]) for row in rows])
    titles = {each.source: each.title for claim in found for each in claim.evidence}
    places = {iri: place for place, iri in enumerate(sorted(titles))}
    nodes = [node for node, claim in enumerate(columns.claim_of) if claim < 0]
    node_of = {node: place for place, node in enumerate(nodes)}
    claim_of = {row: place for place, row in enumerate(rows)}
    known = names(graph, path_of)
    return Ties(
        things=[
            _thing(graph, iri, known.get(iri), bool(columns.closed[node]))
            for node, iri in ((node, columns.nodes[node]) for node in nodes)
        ],
        claims=[_step(claim, places, path_of) for claim in found],
        sources=[Source(titles[iri], path_of(iri) or "") for iri in places],
        ties=[Tie(node_of[a], node_of[b], claim_of[row]) for a, b, row in sorted(arcs)],
        hub_limit=graph.folder.hub_limit,
    )


def _arcs(graph: Graph) -> Iterator[tuple[int, int, int]]:
    """The ties from subjects to objects, with the rows of their claims."""
    first, ends, heads, ties = graph.columns.network.views
    for node, (start, end) in enumerate(zip(first, ends, strict=False)):
        for head, tie in zip(heads[start:end], ties[start:end], strict=True):
            if not tie & 1:
                yield node, head, tie >> 1


def _thing(graph: Graph, iri: str, named: Named | None, is_closed: bool) -> Thing:
    curie = graph.prefixes.shorten(iri)
    if named is None:  # one from elsewhere
        return Thing(graph.thing(NamedNode(iri)).name, "", curie, is_closed)
    return Thing(named.name or curie, named.path, curie, is_closed, named.others)


def _step(claim: Claim, places: Mapping[str, int], path_of: PathOf) -> Step:
    return Step(
        claim.iri,
        dated(claim.sentence, claim.date),
        dated(claim.inverse_sentence, claim.date),
        path_of(claim.iri) or "",
        claim.disputed,
        sorted({places[each.source] for each in claim.evidence}),
    )


def _order(iri: str) -> int:
    """What orders paths that nothing else does, as `searches` has it."""
    return routes.digest(crc32(iri.encode()))
