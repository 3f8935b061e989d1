"""Look up things and claims by their names, and by their numbers in columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim, named
from allgraph.model import edtf
from allgraph.model.columns import Columns, Flags
from allgraph.rdf.terms import text


def two_things(graph: Graph, a: str | NamedNode, b: str | NamedNode) -> tuple[Thing, Thing]:
    """Return the things that two names stand for, looked up in the graph with `Graph.resolve`.

    Raises `UnknownName`, and `ParameterError` when both names stand for the same thing.
    """
    source, target = (graph.thing(graph.resolve(name)) for name in (a, b))
    if source == target:
        raise ParameterError(f"choose two different things; this is one: {source.name}")
    return source, target


def terms_of(
    graph: Graph, names: Iterable[str | NamedNode] | str, most: int | None = None
) -> list[NamedNode]:
    """Return the thing, class or predicate that each name stands for, looked up in the graph.

    One name may be given without a list. Raises `UnknownName`, and `ParameterError` for more than
    `most` names.
    """
    names = [names] if isinstance(names, (str, NamedNode)) else [*names]
    if most is not None and len(names) > most:
        raise ParameterError(f"at most {most} names can be given here, not {len(names)}")
    return [graph.term(name) for name in names]


def day_of(as_of: str | edtf.Day | None) -> edtf.Day | None:
    """Return a text as a day, a day or ``None`` as it is; `DateError` for a text that is no day."""
    return edtf.day(as_of) if isinstance(as_of, str) else as_of


def claims_of(
    graph: Graph,
    columns: Columns,
    rows: Iterable[int],
    known: Mapping[str, Claim] = MappingProxyType({}),
) -> dict[int, Claim]:
    """Return the claims that are in some rows of the columns of a graph, by row.

    Those that are not among the `known` ones, which are given by IRI, are queried with their
    evidence. Claims that the graph does not have, such as those that do not hold on the day of a
    view, are left out.
    """
    row_of = {columns.claims[row]: row for row in rows}
    asked = named(graph, (NamedNode(iri) for iri in row_of if iri not in known))
    by_row = {row_of[claim.iri]: claim for claim in asked}
    return by_row | {row: known[iri] for iri, row in row_of.items() if iri in known}


def things_of(graph: Graph, columns: Columns, nodes: Iterable[int]) -> dict[int, Thing]:
    """Return things by their numbers, which are those of `columns.nodes`.

    Runs the query ``described`` for their names and kinds.
    """
    iris = {node: columns.nodes[node] for node in nodes}
    things = graph.described(iris.values())
    return {node: things[iri] for node, iri in iris.items()}


def members_of(graph: Graph, columns: Columns, kind: NamedNode) -> Iterator[str]:
    """Return the IRIs of the members of a class; at an endpoint only those that are in the columns.

    Runs the query ``members``. At an endpoint it is ``members-among``, in batches, each of which is
    run when its first member is taken.
    """
    if graph.is_remote:
        rows = graph.run_for("members-among", "things", columns.nodes, kind=kind)
    else:
        rows = iter(graph.run("members", kind=kind).rows)
    return (text(row["thing"]) for row in rows)


def flags_of(graph: Graph, columns: Columns, kinds: Iterable[str]) -> Flags:
    """Return a flag for each node of the columns: whether it is a member of one of some classes.

    `kinds` are the IRIs of the classes; members of the classes below them count too. Runs a query
    for each, see `members_of`.
    """
    flags = np.zeros(len(columns.nodes), bool)
    for kind in kinds:
        members = [*members_of(graph, columns, NamedNode(kind))]
        flags[[*columns.nodes.places(members).values()]] = True
    return flags


def hubs_of(graph: Graph, columns: Columns) -> Flags:
    """Return a flag for each node of the columns: whether it is a hub by its class.

    The classes are the `hubs` of the manifest. Runs a query for each of them.
    """
    return flags_of(graph, columns, graph.folder.hubs)
