"""Quads of long files in pieces (lists), with IRIs for blank nodes as if a file were read at once.

The IRI of a blank node is made from all triples about it, so these must be in one piece. In Turtle
they usually stand together; in N-Triples they may be anywhere in the file.

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
from allgraph.rdf.canonical import has_blank
from allgraph.rdf.terms import Term

AT_ONCE = 200_000
"""About how many triples are in a piece."""
IN_LIST = 50_000
"""How many quads are in a list at most: a store takes 600 bytes for each while it adds a list."""


class Scattered(Exception):
    """A signal: a blank node has triples in two pieces, so `named_at_once` must read the file."""


def named_pieces(quads: Iterable[Quad], file: str, at_once: int = AT_ONCE) -> Iterator[list[Quad]]:
    """Yield all quads of a file in lists, with IRIs or stable labels in place of blank nodes.

    `skolem.named_quads` would give the same names; `file` is the base IRI of the file, and
    `at_once` the number of quads read for a piece. A blank node counts as complete, and its quads
    are yielded, when the last quarter of a piece mentions neither it nor a blank node that quads
    connect with it. Raises `Scattered` when a later piece mentions it after all; what was yielded
    is then void, and `named_at_once` has to read the file.
    """
    remaining = iter(quads)
    waiting: list[Quad] = []  # quads that mention an incomplete node
    numbers: dict[Term, int] = {}  # of incomplete nodes, in order of appearance in the file
    count = 0  # nodes numbered so far
    complete = _Complete()
    while piece := [*islice(remaining, at_once)]:
        new_numbers = skolem.node_numbers(piece, numbers, count)  # `numbers`, and new nodes
        complete.refuse(node for node in new_numbers if node not in numbers)  # or `Scattered`
        count += len(new_numbers) - len(numbers)
        numbers = new_numbers
        waiting += piece
        is_last = len(piece) < at_once
        incomplete = set() if is_last else _connected(waiting, piece[-(at_once // 4) :])
        completed = [quad for quad in waiting if not _mentions(quad, incomplete)]
        waiting = [quad for quad in waiting if _mentions(quad, incomplete)]
        yield from _renamed(completed, file, numbers)
        complete.add(node for node in numbers if node not in incomplete)
        numbers = {node: numbers[node] for node in incomplete}
    yield from _renamed(waiting, file, numbers)


def named_at_once(quads: Iterable[Quad], file: str, at_once: int = AT_ONCE) -> Iterator[list[Quad]]:
    """Yield the same quads as `named_pieces`, in another order, from a file in any order.

    `file` is the base IRI of the file; `at_once` quads are read for each list. All quads with blank
    nodes are kept in memory, and come in the last list. A list may be empty.
    """
    remaining = iter(quads)
    with_nodes: list[Quad] = []
    numbers: dict[Term, int] = {}  # of blank nodes, in order of appearance
    while piece := [*islice(remaining, at_once)]:
        numbers = skolem.node_numbers(piece, numbers, len(numbers))
        with_nodes += (quad for quad in piece if has_blank(quad))
        yield [quad for quad in piece if not has_blank(quad)]
    yield from _renamed(with_nodes, file, numbers)


def _renamed(quads: list[Quad], file: str, numbers: dict[Term, int]) -> Iterator[list[Quad]]:
    """Yield lists of quads with IRIs or stable labels in place of their blank nodes.

    They are made from `file`, the base IRI of the file, and from all quads about a node, which must
    be in `quads`. `numbers` has the number of each blank node in its file, for labels.
    """
    names = skolem.node_names(quads, file, numbers)
    for start in range(0, len(quads), IN_LIST):
        yield skolem.renamed_quads(quads[start : start + IN_LIST], names)


def _connected(quads: list[Quad], latest: list[Quad]) -> set[Term]:
    """Return the blank nodes of the `latest` quads, and all that `quads` connect with them.

    Two blank nodes are connected if one is the subject and the other the object of a quad, and
    also by way of further blank nodes.
    """
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
    """Whether the subject or object of a quad is one of the nodes."""
    return bool(nodes) and (quad.subject in nodes or quad.object in nodes)


class _Complete:
    """A set of the blank nodes whose quads were yielded; it holds only a hash of each."""

    def __init__(self) -> None:
        self._hashes: list[NDArray[np.int64]] = []  # an array for each call of `add`

    def add(self, nodes: Iterable[Term]) -> None:
        """Add nodes to this set."""
        self._hashes.append(np.unique(np.fromiter(map(hash, nodes), np.int64)))

    def refuse(self, nodes: Iterable[Term]) -> None:
        """Raise `Scattered` if any of the nodes is in this set (or has the hash of one)."""
        hashes = np.fromiter(map(hash, nodes), np.int64)
        if any(np.isin(hashes, added).any() for added in self._hashes if len(added)):
            raise Scattered
