"""Pictures by their kinds: of a graph, or of a thing.

>>> from allgraph.graph import open_graph
>>> picture(open_graph(), "track", "id:ny-2013-s5486").title
'The track of S.5486 (New York, 2013–2014)'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyoxigraph import NamedNode

from allgraph.drawings import (
    disagreement,
    matrix,
    neighbourhood,
    statistic,
    timeline,
    track,
    votes,
)
from allgraph.drawings.kinds import Kinds
from allgraph.drawings.picture import Address, Picture
from allgraph.errors import InputError, ParameterError
from allgraph.graph import Graph, Thing

OF_GRAPH = ("disagreement", "matrix", "statistic", "timeline")
"""The kinds of pictures of a whole graph; a thing has each of them too."""
KINDS = (*OF_GRAPH, "neighbourhood", "track", "votes")
"""All kinds of pictures of a thing."""


def picture(graph: Graph, kind: str, thing: str | NamedNode | None = None) -> Picture:
    """Return a picture of a graph, or of a thing in it: an image, with its content as a table.

    `kind` is one of `KINDS`; without `thing`, of `OF_GRAPH`. `thing` is an IRI, a CURIE, an exact
    name or a term. Raises `ParameterError` for another kind, `UnknownName`, and `InputError` when
    there is nothing to draw.

    >>> import allgraph
    >>> picture = allgraph.picture(allgraph.open(), "votes", "id:s5486-labor-committee-vote")
    >>> picture.rows[0][:3]
    ('yes', '', '15 votes')
    """
    if kind not in KINDS:
        raise ParameterError(f"there is no picture “{kind}”; choose one of {', '.join(KINDS)}")
    if thing is None and kind not in OF_GRAPH:
        raise ParameterError(f"the picture “{kind}” is of a thing; name one")
    about = None if thing is None else graph.thing(graph.resolve(thing))
    drawn = draw(graph, kind, about)
    if drawn is None:
        of = f" for {about.name}" if about else ""
        raise InputError(f"there is nothing to draw{of} as “{kind}”")
    return drawn


def draw(
    graph: Graph,
    kind: str,
    thing: Thing | None = None,
    *,
    address: Address = str,
    kinds: Kinds | None = None,
) -> Picture | None:
    """Return the picture of a kind, of a graph or of a thing; ``None`` if there is nothing to draw.

    `address` maps an IRI to a link; `kinds` are those of the nodes of the graph.
    """
    if kind == "matrix":
        return matrix.matrix(graph, thing, address=address, kinds=kinds)
    if thing is not None and kind in _OF_THING:
        return _OF_THING[kind](graph, thing, address=address)
    about = None if thing is None else NamedNode(thing.iri)
    return _OF_ANY[kind](graph, about, address=address)


_OF_THING: Mapping[str, Callable[..., Picture | None]] = {
    "neighbourhood": neighbourhood.neighbourhood,
    "track": track.track,
    "votes": votes.votes,
}
_OF_ANY: Mapping[str, Callable[..., Picture | None]] = {
    "disagreement": disagreement.disagreement,
    "statistic": statistic.statistic,
    "timeline": timeline.timeline,
}
