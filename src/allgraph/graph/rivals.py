"""Disagreements of a graph: groups of claims that cannot all be true.

>>> from allgraph.graph import open_graph
>>> [group.name for group in disagreements(open_graph())][:3]
['Diane Savino', 'Grace Meng', 'Grace Meng']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pyoxigraph import NamedNode

from allgraph.graph import Graph
from allgraph.graph.claims import named
from allgraph.model.names import fold
from allgraph.model.sentences import capitalised
from allgraph.rdf.terms import text

Node = TypeVar("Node", int, str)


@dataclass(frozen=True)
class Disagreement:
    """Claims that cannot all be true, by their IRIs, and the thing that they are about.

    `topic` is the IRI of the thing, `name` its name.
    """

    topic: str
    name: str
    claims: tuple[str, ...]


def disagreements(graph: Graph) -> list[Disagreement]:
    """Return the disagreements of a graph, sorted by the name of what they are about.

    Two claims that are in conflict are in one group, as are those in conflict with either of them.
    Conflicts with a claim that is known to be wrong are left out. The thing is the subject that all
    claims share, else the object, else the subject of the first. Reads the columns of the graph;
    an endpoint is queried.
    """
    groups = _at_endpoint(graph) if graph.is_remote else _in_columns(graph)
    return sorted(groups, key=lambda group: (fold(group.name), group.topic, group.claims))


def _in_columns(graph: Graph) -> Iterator[Disagreement]:
    """Yield the disagreements of a graph whose claims are columns."""
    columns = graph.columns
    pairs = columns.rivals[:, ~columns.deprecated[columns.rivals].any(axis=0)]
    for rows in components(pairs.T.tolist()):
        ends = [(int(columns.subject[row]), int(columns.object[row])) for row in rows]
        topic = shared([(subject, end if end >= 0 else None) for subject, end in ends])
        name = columns.names[topic] or graph.prefixes.shorten(columns.nodes[topic])
        claims = tuple(columns.claims[row] for row in rows)
        yield Disagreement(columns.nodes[topic], capitalised(name), claims)


def _at_endpoint(graph: Graph) -> Iterator[Disagreement]:
    """Yield the disagreements of a graph at an endpoint, which is queried for all pairs."""
    groups = components((text(row["claim"]), text(row["rival"])) for row in graph.rows("rivals"))
    iris = (NamedNode(iri) for group in groups for iri in group)
    claims = {claim.iri: claim for claim in named(graph, iris)}
    for group in groups:
        known = [claims[iri] for iri in group if iri in claims]
        if len(known) > 1:
            names: dict[str, str] = {}
            for claim in known:
                names |= {text(claim.object): claim.object_name}
                names |= {claim.subject.value: claim.subject_name}
            objects = (claim.object for claim in known)
            ends = (text(end) if isinstance(end, NamedNode) else None for end in objects)
            topic = shared([*zip((claim.subject.value for claim in known), ends, strict=True)])
            yield Disagreement(topic, capitalised(names[topic]), tuple(c.iri for c in known))


def shared(ends: Sequence[tuple[Node, Node | None]]) -> Node:
    """Return what claims share, given the subject and object of each, ``None`` for a literal.

    It is the subject of all, else the object of all, else the subject of the first.
    """
    subjects, objects = {subject for subject, _ in ends}, {end for _, end in ends}
    end = next(iter(objects))
    return end if len(subjects) > 1 and len(objects) == 1 and end is not None else ends[0][0]


def components(pairs: Iterable[Sequence[Node]]) -> list[list[Node]]:
    """Return the groups of what pairs join, directly or through others, each in order of its nodes.

    >>> components([(1, 2), (4, 3), (3, 5)])
    [[1, 2], [3, 4, 5]]
    """
    groups: dict[Node, list[Node]] = {}
    for one, other in pairs:
        left, right = groups.setdefault(one, [one]), groups.setdefault(other, [other])
        if left is not right:
            left += right
            groups.update(dict.fromkeys(right, left))
    distinct = {id(group): group for group in groups.values()}
    return [sorted(group) for group in distinct.values()]
