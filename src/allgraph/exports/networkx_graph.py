"""A graph as a network of NetworkX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allgraph import sandbox
from allgraph.exports import network
from allgraph.exports.graphml import plain as texts
from allgraph.graph import Graph
from allgraph.graph.view import held_here

if TYPE_CHECKING:
    import networkx


@sandbox.without_collector()
def to_networkx(graph: Graph, *, plain: bool = False) -> networkx.MultiDiGraph[str]:
    """Return a new NetworkX graph: things are nodes, claims that join two of them are edges.

    A node is an IRI, with ``name``, ``kind`` and ``claims``: the claims about it whose object is a
    literal, such as a number. The key of an edge is the IRI of its claim. An edge, and each of
    ``claims``, has ``claim``, ``predicate``, ``sentence``, ``when``, ``beginNotBefore``,
    ``beginNotAfter``, ``endNotBefore``, ``endNotAfter`` (days such as ``2013-10-21``, ``None``
    where there is none), ``rank``, ``certainty`` (of a view of a day, else ``None``), ``withdrawn``
    (the day, or ``None``), ``rivals`` and ``sources`` (tuples of IRIs); ``claims`` have ``value``,
    ``datatype`` and ``language`` too. All claims are there, also those that are deprecated or have
    rivals. A claim that is the subject or object of another claim is a node of the kind ``claim``.

    All of it is in memory: of a graph larger than that, `export` the tables of ``parquet-dataset``
    and read a part. A graph that an endpoint holds is downloaded; `EngineError` when not all comes.

    With `plain` the result is for networkx's own writers, which take only texts: there is no
    ``claims``, IRIs are joined with spaces instead of in tuples, and attributes that would be
    ``None`` are absent. See also `export`, which writes GraphML and GEXF itself.

    >>> import allgraph
    >>> network = allgraph.to_networkx(allgraph.open())
    >>> rocha = "https://w3id.org/allgraph/id/coco-rocha"
    >>> network.nodes[rocha]["name"], network.out_degree(rocha) > 2
    ('Coco Rocha', True)
    """
    import networkx

    with held_here(graph) as local:
        things, ties, values = network.read(local)
    result: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for iri, thing in things.items():
        attributes: dict[str, Any] = {"name": thing.name, "kind": thing.kind}
        if not plain:
            attributes["claims"] = tuple(values.get(iri, ()))
        result.add_node(iri, **attributes)
    for source, target, attributes in ties:
        key = attributes["claim"]
        result.add_edge(source, target, key, **(texts(attributes) if plain else attributes))
    return result
