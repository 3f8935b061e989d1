"""Long files piece by piece, their blank nodes named as if each file were read at once.

A blank node is named by all that is said of it, so a piece ends only where no node goes on. In
Turtle that is at the end of each statement; in N-Triples triples about one node may be anywhere.

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
"""How many triples are in a piece, about."""


class Scattered(Exception):
    """A blank node goes on after its piece has ended; the file has to be read at once."""


def named_pieces(quads: Iterable[Quad], file: str, at_once: int = AT_ONCE) -> Iterator[list[Quad]]:
    """The quads of a file with names for its blank nodes, as `skolem.named_quads` gives them.

    A node is taken to have ended when it is not mentioned in the last quarter of a piece, nor is
    any node that it is joined to. Raises `Scattered` when that was wrong.
    """
    rest = iter(quads)
    held: list[Quad] = []
    numbers: dict[Term, int] = {}
    count = 0
    ended = _Ended()
    while some := [*islice(rest, at_once)]:
        fresh = skolem.node_numbers(some, numbers, count)
        ended.refuse(node for node in fresh if node not in numbers)
        count += len(fresh) - len(numbers)
        numbers = fresh
        held += some
        going_on = _going_on(held, some[-(at_once // 4) :]) if len(some) == at_once else set()
        done = [quad for quad in held if not _mentions(quad, going_on)]
        held = [quad for quad in held if _mentions(quad, going_on)]
        if done:
            yield _named(done, file, numbers)
        ended.add(node for node in numbers if node not in going_on)
        numbers = {node: numbers[node] for node in going_on}
    if held:
        yield _named(held, file, numbers)


def named_at_once(quads: Iterable[Quad], file: str, at_once: int = AT_ONCE) -> Iterator[list[Quad]]:
    """The same, wherever in the file its nodes are; what mentions a node is held in memory."""
    rest = iter(quads)
    held: list[Quad] = []
    numbers: dict[Term, int] = {}
    while some := [*islice(rest, at_once)]:
        numbers = skolem.node_numbers(some, numbers, len(numbers))
        held += (quad for quad in some if _has_node(quad))
        yield [quad for quad in some if not _has_node(quad)]
    yield _named(held, file, numbers)


def _has_node(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


def _named(quads: list[Quad], file: str, numbers: dict[Term, int]) -> list[Quad]:
    return skolem.renamed_quads(quads, skolem.node_names(quads, file, numbers))


def _going_on(held: list[Quad], latest: list[Quad]) -> set[Term]:
    """The blank nodes of the latest quads, and all that they are joined to."""
    joined: dict[Term, list[Term]] = {}
    for quad in held:
        subject, obj = quad.subject, quad.object
        if isinstance(subject, BlankNode) and isinstance(obj, BlankNode):
            joined.setdefault(subject, []).append(obj)
            joined.setdefault(obj, []).append(subject)
    found = {t for quad in latest for t in (quad.subject, quad.object) if isinstance(t, BlankNode)}
    stack: list[Term] = [*found]
    while stack:
        fresh = [node for node in joined.get(stack.pop(), ()) if node not in found]
        found.update(fresh)  # type: ignore[arg-type]
        stack += fresh
    return set(found)


def _mentions(quad: Quad, nodes: set[Term]) -> bool:
    return bool(nodes) and (quad.subject in nodes or quad.object in nodes)


class _Ended:
    """The blank nodes that have ended: a number of 64 bits for each."""

    def __init__(self) -> None:
        self._pieces: list[NDArray[np.int64]] = []

    def add(self, nodes: Iterable[Term]) -> None:
        """Remember some nodes."""
        self._pieces.append(np.unique(np.fromiter(map(hash, nodes), np.int64)))

    def refuse(self, nodes: Iterable[Term]) -> None:
        """Raise `Scattered` when one of some nodes has ended."""
        wanted = np.fromiter(map(hash, nodes), np.int64)
        if any(np.isin(wanted, piece).any() for piece in self._pieces if len(piece)):
            raise Scattered
