"""Long files in pieces, with blank nodes named as if each file were read at once.

A blank node is named by all triples about it, so these must be in one piece. In Turtle they are in
one statement; in N-Triples they may be anywhere in the file.

>>> from pyoxigraph import Literal, NamedNode
>>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
>>> [piece] = named_pieces([Quad(a, p, b), Quad(b, p, Literal("1"))], "file")
>>> [str(quad.object) for quad in piece]
['<http://x/a#ab31398ead639bf5>', '"1"']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import BlankNode, Quad

from allgraph.model import skolem
from allgraph.rdf.terms import Term

AT_ONCE = 200_000
"""About how many triples are in a piece."""


class Scattered(Exception):
    """A blank node has triples in two pieces; the file has to be read with `named_at_once`."""


def named_pieces(quads: Iterable[Quad], file: str, at_once: int = AT_ONCE) -> Iterator[list[Quad]]:
    """Yield the quads of a file with names for its blank nodes, as `skolem.named_quads` gives them.

    A node counts as complete when the last quarter of a piece mentions neither it nor a node that
    is connected with it. Raises `Scattered` when that was wrong.
    """
    rest = iter(quads)
    waiting: list[Quad] = []
    numbers: dict[Term, int] = {}
    count = 0
    complete = _Complete()
    while piece := [*islice(rest, at_once)]:
        new_numbers = skolem.node_numbers(piece, numbers, count)
        complete.refuse(node for node in new_numbers if node not in numbers)
        count += len(new_numbers) - len(numbers)
        numbers = new_numbers
        waiting += piece
        is_last = len(piece) < at_once
        incomplete = set() if is_last else _connected(waiting, piece[-(at_once // 4) :])
        done = [quad for quad in waiting if not _mentions(quad, incomplete)]
        waiting = [quad for quad in waiting if _mentions(quad, incomplete)]
        if done:
            yield _named(done, file, numbers)
        complete.add(node for node in numbers if node not in incomplete)
        numbers = {node: numbers[node] for node in incomplete}
    if waiting:
        yield _named(waiting, file, numbers)


def named_at_once(quads: Iterable[Quad], file: str, at_once: int = AT_ONCE) -> Iterator[list[Quad]]:
    """Yield the same for nodes anywhere in the file; quads with blank nodes are kept in memory."""
    rest = iter(quads)
    with_nodes: list[Quad] = []
    numbers: dict[Term, int] = {}
    while piece := [*islice(rest, at_once)]:
        numbers = skolem.node_numbers(piece, numbers, len(numbers))
        with_nodes += (quad for quad in piece if _has_blank_node(quad))
        yield [quad for quad in piece if not _has_blank_node(quad)]
    yield _named(with_nodes, file, numbers)


def _has_blank_node(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


def _named(quads: list[Quad], file: str, numbers: dict[Term, int]) -> list[Quad]:
    return skolem.renamed_quads(quads, skolem.node_names(quads, file, numbers))


def _connected(quads: list[Quad], latest: list[Quad]) -> set[Term]:
    """Return the blank nodes of the latest quads, and all that quads connect them with."""
    neighbours: dict[Term, list[Term]] = {}
    for subject, _, obj, _ in quads:
        if isinstance(subject, BlankNode) and isinstance(obj, BlankNode):
            neighbours.setdefault(subject, []).append(obj)
            neighbours.setdefault(obj, []).append(subject)
    ends = (term for quad in latest for term in (quad.subject, quad.object))
    stack: list[Term] = [*{term for term in ends if isinstance(term, BlankNode)}]
    connected = set(stack)
    while stack:
        new = set(neighbours.get(stack.pop(), ())) - connected
        connected |= new
        stack += new
    return connected


def _mentions(quad: Quad, nodes: set[Term]) -> bool:
    return bool(nodes) and (quad.subject in nodes or quad.object in nodes)


class _Complete:
    """The blank nodes that are complete: a number of 64 bits for each."""

    def __init__(self) -> None:
        self._pieces: list[NDArray[np.int64]] = []

    def add(self, nodes: Iterable[Term]) -> None:
        """Add some nodes."""
        self._pieces.append(np.unique(np.fromiter(map(hash, nodes), np.int64)))

    def refuse(self, nodes: Iterable[Term]) -> None:
        """Raise `Scattered` if one of some nodes is among them."""
        hashes = np.fromiter(map(hash, nodes), np.int64)
        if any(np.isin(hashes, piece).any() for piece in self._pieces if len(piece)):
            raise Scattered
