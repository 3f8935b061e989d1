"""The matrix of a graph: people in rows, what they signed, sat on, backed or voted in, in columns.

>>> from allgraph.graph import open_graph
>>> picture = matrix(open_graph())
>>> picture.columns, picture.limits[0]
(('person', 'thing', 'what sources say', 'mark'), '16 more people with fewer marks')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from pyoxigraph import NamedNode

from allgraph.drawings.kinds import PERSON, Kinds, Numbers, Pairs, joined, sparql
from allgraph.drawings.picture import Address, Picture, not_drawn
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim, named, sureness
from allgraph.model.names import fold
from allgraph.model.sentences import capitalised
from allgraph.render.matrices import MARKS, Mark, grid
from allgraph.render.svg import Dot

ROWS, COLUMNS = 40, 14
"""How many people, and how many things, a matrix has at most."""
_HEADS = ("person", "thing", "what sources say", "mark")
_ORDER = [*MARKS]


class Cell(NamedTuple):
    """A mark of a matrix: the thing in its row, that in its column, and what is between them."""

    row: Dot
    column: Dot
    mark: Mark = Mark()


def matrix(
    graph: Graph,
    thing: Thing | None = None,
    *,
    most: int = ROWS,
    address: Address = str,
    kinds: Kinds | None = None,
) -> Picture | None:
    """Return the matrix of a graph; with `thing`, of the people that claims join to it.

    A mark is a claim of a person and of a letter, body, bill or vote, a column. Drawn are the
    `COLUMNS` (14) with most people, at least two, in the order of their kinds and dates, and the
    `most` people with most marks; `limits` say what is left out. `thing` has to be a column, and is
    the first. ``None`` if there are fewer than two people or two columns, so that nothing is
    shared, and for a graph at an endpoint. `address` maps an IRI to a link; `kinds` are those of
    the graph.
    """
    if graph.is_remote:
        return None
    kinds = kinds or Kinds(graph)
    columns = graph.columns
    pairs = kinds.pairs
    first = None
    if thing is not None:
        first = columns.nodes.place(thing.iri)
        if first is None or kinds.numbers[first] <= PERSON:
            return None
        pairs = pairs.of_people(pairs.people[pairs.things == first])
    pairs = pairs.shared(first)
    things = _most(pairs.things, pairs.people, COLUMNS, first)
    shown = pairs.among(things)
    people = _most(shown.people, shown.things, most)
    if len(people) < 2 or len(things) < 2:
        return None
    limits = _left_out(
        len({*pairs.people.tolist()}) - len(people), len({*pairs.things.tolist()}) - len(things)
    )
    cells = _cells(graph, kinds, shown.of_people(np.array(people)), address)
    things = _in_order(kinds, things, first)
    dots = [_dot(graph, kinds, node, address) for node in things]
    query = sparql("matrix", things=[NamedNode(columns.nodes[node]) for node in things])
    title = (
        f"People of {thing.name}, and what they share" if thing else "People and what they share"
    )
    return of_cells(
        title, cells, dots, topics=(thing.iri,) if thing else (), query=query, limits=limits
    )


def of_cells(
    title: str,
    cells: Iterable[Cell],
    columns: Sequence[Dot] = (),
    *,
    topics: tuple[str, ...] = (),
    query: str = "",
    limits: tuple[str, ...] = (),
) -> Picture | None:
    """Return the matrix of some cells, such as those of an answer; ``None`` without a cell.

    Things with an equal name and address are one. Columns are in the order of `columns`, then as
    they come; the rows with most marks come first. Of several cells in one place the first of the
    kinds in `MARKS` is drawn, with the sentences of all. At most `ROWS` rows and `COLUMNS` columns
    are drawn; `limits` have further things that are not.
    """
    places: dict[tuple[Dot, Dot], list[Mark]] = {}
    for cell in cells:
        places.setdefault((cell.row, cell.column), []).append(cell.mark)
    if not places:
        return None
    counts = Counter(row for row, _ in places)
    rows = sorted(counts, key=lambda row: (-counts[row], fold(row.name), row))
    heads = [*dict.fromkeys([*columns, *(column for _, column in places)])]
    more = _left_out(len(rows) - ROWS, len(heads) - COLUMNS)
    rows, heads = rows[:ROWS], heads[:COLUMNS]
    at_row, at_column = ({dot: place for place, dot in enumerate(dots)} for dots in (rows, heads))
    marks = {
        (at_row[row], at_column[column]): _joined(parallel)
        for (row, column), parallel in places.items()
        if row in at_row and column in at_column
    }
    limits = (*limits, *more)
    return Picture(
        "matrix",
        title,
        grid(title, rows, heads, marks, not_drawn(limits)),
        _HEADS,
        tuple(
            (rows[row].name, heads[column].name, mark.sentence, MARKS[mark.kind][0])
            for (row, column), mark in sorted(marks.items())
        ),
        topics,
        query,
        limits,
    )


def mark_of(claim: Claim, sides: Mapping[str, str], href: str = "") -> Mark:
    """Return the mark of a claim: by the option of a voter, else by its best evidence.

    `sides` has ``yes``, ``no`` or ``neither`` for each option.
    """
    votes = [sides[role] for role in claim.roles if role in sides]
    kind = next((vote for vote in votes if vote in MARKS), "")
    kinds = map(sureness, claim.evidence)
    kind = kind or min(kinds, key=_ORDER.index, default="stated")
    disputed = ", disputed" if claim.disputed else ""
    return Mark(kind, href, f"{claim.read()}{disputed}")


def _joined(marks: Sequence[Mark]) -> Mark:
    """Return the marks of one place as one: the first by kind, with the sentences of all."""
    first = min(marks, key=lambda mark: _ORDER.index(mark.kind))
    return first._replace(sentence="; ".join(dict.fromkeys(mark.sentence for mark in marks)))


def _left_out(rows: int, columns: int) -> tuple[str, ...]:
    """Return in words how many rows and columns are left out, if any are."""
    more = ((rows, "person", "people"), (columns, "thing", "things"))
    return tuple(
        f"{count:,} more {one if count == 1 else many} with fewer marks"
        for count, one, many in more
        if count > 0
    )


def _most(pairs: Numbers, others: Numbers, most: int, first: int | None = None) -> list[int]:
    """Return those nodes in `pairs` that most of `others` are beside; `first` before all."""
    nodes, counts = joined(pairs, others)
    order = np.lexsort((nodes, -counts, nodes != first))
    nodes = nodes[order[:most]]
    return [int(node) for node in nodes]


def _in_order(kinds: Kinds, things: Iterable[int], first: int | None) -> list[int]:
    """Return things in the order of their kinds, and of the first known days of their claims."""

    def key(node: int) -> tuple[bool, int, int, int]:
        return node != first, int(kinds.numbers[node]), int(kinds.first_days[node]), node

    return sorted(things, key=key)


def _cells(graph: Graph, kinds: Kinds, pairs: Pairs, address: Address) -> list[Cell]:
    """Return the cells of some pairs, with their claims read."""
    iris = graph.columns.claims.taken(pairs.rows.tolist())
    claims = {claim.iri: claim for claim in named(graph, map(NamedNode, iris))}
    cells = []
    for iri, person, thing in zip(iris, pairs.people.tolist(), pairs.things.tolist(), strict=True):
        if iri in claims:
            row, column = (_dot(graph, kinds, node, address) for node in (person, thing))
            cells.append(Cell(row, column, mark_of(claims[iri], kinds.sides, address(iri))))
    return cells


def _dot(graph: Graph, kinds: Kinds, node: int, address: Address) -> Dot:
    """Return a thing as a row or column: its name, address and group."""
    iri = graph.columns.nodes[node]
    name = graph.columns.names[node] or graph.prefixes.shorten(iri)
    return Dot(capitalised(name), address(iri), "", kinds.group(node))
