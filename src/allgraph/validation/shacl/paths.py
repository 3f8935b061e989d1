"""Property paths of SHACL, followed for many nodes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from pyoxigraph import NamedNode

from allgraph.model.triples import Numbers, Triples
from allgraph.rdf.terms import Term
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError

Pairs = tuple[Numbers, Numbers]
"""Places in an array of nodes, and what is found from each; each pair once, in order."""


class Ends(NamedTuple):
    """The subjects and the objects of triples that came or went."""

    subjects: Numbers
    objects: Numbers


class ShapePath(Protocol):
    """How to get from nodes to their values."""

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """What the path leads to from some nodes, which are different."""
        ...

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """The nodes from which the path may lead elsewhere than before some triples changed."""
        ...

    def leading(self, triples: Triples, nodes: Numbers) -> Numbers:
        """The nodes from which the path leads to some nodes."""
        ...


@dataclass(frozen=True)
class PredicateStep:
    """One predicate, perhaps backwards."""

    predicate: int
    backwards: bool

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """What the path leads to from some nodes, which are different."""
        relation = triples.relation(self.predicate)
        return (relation.inverse if self.backwards else relation).of(nodes)

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """The nodes from which it may lead elsewhere than before some triples changed."""
        return ends.objects if self.backwards else ends.subjects

    def leading(self, triples: Triples, nodes: Numbers) -> Numbers:
        """The nodes from which it leads to some nodes."""
        return np.unique(
            PredicateStep(self.predicate, not self.backwards).follow(triples, nodes)[1]
        )


@dataclass(frozen=True)
class Sequence:
    """One path after another."""

    parts: tuple[ShapePath, ...]

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """What the path leads to from some nodes, which are different."""
        at, values = np.arange(len(nodes)), nodes
        for part in self.parts:
            here, back = np.unique(values, return_inverse=True)
            at, values = _joined(triples, (at, back), part.follow(triples, here))
        return at, values

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """The nodes from which it may lead elsewhere than before some triples changed."""
        found = _NO_NODES
        for part in reversed(self.parts):
            found = np.union1d(part.touched(triples, ends), part.leading(triples, found))
        return found

    def leading(self, triples: Triples, nodes: Numbers) -> Numbers:
        """The nodes from which it leads to some nodes."""
        for part in reversed(self.parts):
            nodes = part.leading(triples, nodes)
        return nodes


@dataclass(frozen=True)
class Choice:
    """Any of some paths."""

    parts: tuple[ShapePath, ...]

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """What the path leads to from some nodes, which are different."""
        found = [part.follow(triples, nodes) for part in self.parts]
        at, values = (np.concatenate([pair[side] for pair in found]) for side in (0, 1))
        return _distinct(triples, at, values)

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """The nodes from which it may lead elsewhere than before some triples changed."""
        return np.unique(np.concatenate([part.touched(triples, ends) for part in self.parts]))

    def leading(self, triples: Triples, nodes: Numbers) -> Numbers:
        """The nodes from which it leads to some nodes."""
        return np.unique(np.concatenate([part.leading(triples, nodes) for part in self.parts]))


@dataclass(frozen=True)
class Repeated:
    """A path any number of times, or at most once; perhaps not at all."""

    part: ShapePath
    from_nought: bool
    many: bool

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """What the path leads to from some nodes, which are different."""
        at, values = (
            (np.arange(len(nodes)), nodes) if self.from_nought else self.part.follow(triples, nodes)
        )
        fresh = at, values
        while len(fresh[0]):
            here, back = np.unique(fresh[1], return_inverse=True)
            ends = _joined(triples, (fresh[0], back), self.part.follow(triples, here))
            known, ahead = (a * triples.size + v for a, v in ((at, values), ends))
            fresh = divmod(np.setdiff1d(ahead, known), triples.size)
            at, values = _distinct(
                triples, np.concatenate([at, fresh[0]]), np.concatenate([values, fresh[1]])
            )
            if not self.many:
                break
        return at, values

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """The nodes from which it may lead elsewhere than before some triples changed."""
        return self.leading(triples, self.part.touched(triples, ends))

    def leading(self, triples: Triples, nodes: Numbers) -> Numbers:
        """The nodes from which it leads to some nodes, or is on the way there."""
        found = fresh = nodes
        while len(fresh):
            fresh = np.setdiff1d(self.part.leading(triples, fresh), found)
            found = np.union1d(found, fresh)
        return found


def _joined(triples: Triples, firsts: Pairs, seconds: Pairs) -> Pairs:
    """Where pairs lead by further pairs: the values of the first are places in the second."""
    at, middle = firsts
    places, values = seconds
    start = np.searchsorted(places, middle, "left")
    lengths = np.searchsorted(places, middle, "right") - start
    shift = np.repeat(np.cumsum(lengths) - lengths - start, lengths)
    return _distinct(triples, np.repeat(at, lengths), values[np.arange(int(lengths.sum())) - shift])


def _distinct(triples: Triples, at: Numbers, values: Numbers) -> Pairs:
    at, values = np.divmod(np.unique(at * triples.size + values), triples.size)
    return at, values


def path(
    shapes: Shapes, node: Term, number: Callable[[Term], int], *, back: bool = False
) -> ShapePath:
    """The path that a node of a shapes graph describes."""
    if isinstance(node, NamedNode):
        return PredicateStep(number(node), back)
    said = shapes.said(node)
    items = shapes.items(node)
    if items:
        parts = [path(shapes, item, number, back=back) for item in items]
        return Sequence(tuple(reversed(parts) if back else parts))
    kinds = [name for name in _KINDS if name in said]
    if len(kinds) != 1 or len(said) != 1 or len(said[kinds[0]]) != 1:
        raise UnknownConstructError("a path that is none of SHACL's")
    inner = said[kinds[0]][0]
    if kinds[0] == "inversePath":
        return path(shapes, inner, number, back=not back)
    if kinds[0] == "alternativePath":
        return Choice(tuple(path(shapes, i, number, back=back) for i in shapes.items(inner)))
    from_nought, many = _KINDS[kinds[0]]
    return Repeated(path(shapes, inner, number, back=back), from_nought, many)


_NO_NODES = np.empty(0, np.int64)
_KINDS = {
    "inversePath": (False, False),
    "alternativePath": (False, False),
    "zeroOrMorePath": (True, True),
    "oneOrMorePath": (False, True),
    "zeroOrOnePath": (True, False),
}
