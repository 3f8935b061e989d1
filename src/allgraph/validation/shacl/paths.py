"""Property paths of SHACL, followed for many nodes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import count
from typing import NamedTuple

import numpy as np
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.model.triples import Numbers, Relation, Triples
from allgraph.rdf.terms import RDFS, Term
from allgraph.validation.shacl.results import SH, sh
from allgraph.validation.shacl.shapes import (
    DEEPEST,
    FIRST,
    NIL,
    REST,
    Shapes,
    UnknownConstructError,
)

SUBCLASS = NamedNode(RDFS + "subClassOf")
Pairs = tuple[Numbers, Numbers]
"""The pairs of node and value that a path joins, as two arrays: places in an array of nodes, and
values (numbers of terms). Each pair is there once; they are in order."""


class Ends(NamedTuple):
    """The subjects and the objects of triples that were added or removed, as numbers of terms."""

    subjects: Numbers
    objects: Numbers


@dataclass(frozen=True)
class PredicateStep:
    """A path of one predicate, from subject to object, or from object to subject if `backwards`."""

    predicate: int
    backwards: bool = False

    @property
    def inverse(self) -> PredicateStep:
        """The same predicate the other way."""
        return PredicateStep(self.predicate, not self.backwards)

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """Return two arrays: for each value the place of its node in `nodes`, and the value.

        `nodes` has no node twice. Each pair is there once; they are sorted.
        """
        relation = triples.relation(self.predicate)
        return (relation.inverse if self.backwards else relation).of(nodes)

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """Return the nodes whose values may differ since triples with these `ends` were changed."""
        return ends.objects if self.backwards else ends.subjects


@dataclass(frozen=True)
class Sequence:
    """A path that follows several paths, one after the other (a list in SHACL)."""

    parts: tuple[ShapePath, ...]

    @property
    def inverse(self) -> Sequence:
        """The inverse of each part, the last part first."""
        return Sequence(tuple(part.inverse for part in reversed(self.parts)))

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """Return two arrays: for each value the place of its node in `nodes`, and the value.

        `nodes` has no node twice. Each pair is there once; they are sorted.
        """
        pairs: Pairs = np.arange(len(nodes)), nodes
        for part in self.parts:
            pairs = _extended(pairs, part, triples)
        return pairs

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """Return the nodes whose values may differ since triples with these `ends` were changed.

        `ends` are the subjects and objects of the triples. The nodes may be too many.
        """
        nodes = np.empty(0, np.int64)
        for part in reversed(self.parts):
            nodes = np.union1d(part.touched(triples, ends), leading_to(nodes, part, triples))
        return nodes


@dataclass(frozen=True)
class Choice:
    """A path that follows any one of several paths (sh:alternativePath)."""

    parts: tuple[ShapePath, ...]

    @property
    def inverse(self) -> Choice:
        """A choice of the inverse paths."""
        return Choice(tuple(part.inverse for part in self.parts))

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """Return two arrays: for each value the place of its node in `nodes`, and the value.

        `nodes` has no node twice. Each pair is there once; they are sorted.
        """
        pairs = [part.follow(triples, nodes) for part in self.parts]
        places, values = (np.concatenate(column) for column in zip(*pairs, strict=True))
        return _distinct(places, values, triples)

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """Return the nodes whose values may differ since triples with these `ends` were changed.

        `ends` are the subjects and objects of the triples. The nodes may be too many.
        """
        return reduce(np.union1d, (part.touched(triples, ends) for part in self.parts))


@dataclass(frozen=True)
class Repeated:
    """A path that follows its `part` once or, with `many`, any number of times in a row.

    With `from_nought` also zero times, so that each node is a value of itself.
    """

    part: ShapePath
    from_nought: bool
    many: bool

    @property
    def inverse(self) -> Repeated:
        """The inverse of the part, repeated in the same way."""
        return Repeated(self.part.inverse, self.from_nought, self.many)

    def follow(self, triples: Triples, nodes: Numbers) -> Pairs:
        """Return two arrays: for each value the place of its node in `nodes`, and the value.

        With `from_nought` each node is also a value of itself. `nodes` has no node twice. Each pair
        is there once; they are sorted.
        """
        size = triples.size
        start = np.arange(len(nodes)), nodes
        places, values = start if self.from_nought else self.part.follow(triples, nodes)
        reached = fresh = places * size + values  # a number for each pair
        while len(fresh):
            places, values = _extended(np.divmod(fresh, size), self.part, triples)
            fresh = np.setdiff1d(places * size + values, reached)
            reached = np.union1d(reached, fresh)
            if not self.many:
                break
        return np.divmod(reached, size)

    def touched(self, triples: Triples, ends: Ends) -> Numbers:
        """Return the nodes whose values may differ since triples with these `ends` were changed.

        `ends` are the subjects and objects of the triples. The nodes may be too many.
        """
        nodes = self.part.touched(triples, ends)
        return np.union1d(nodes, leading_to(nodes, self, triples))


ShapePath = PredicateStep | Sequence | Choice | Repeated
"""A path of SHACL, which leads from nodes to their values; all are numbers of terms.

`follow` does so for many nodes; `inverse` leads from the values back to the nodes; `touched` are
the nodes whose values may differ since some triples were added or removed.
"""


def leading_to(nodes: Numbers, path: ShapePath, triples: Triples) -> Numbers:
    """Return the different nodes from which a path leads to one of `nodes`.

    Both are numbers of terms. `nodes` has no number twice.
    """
    return np.unique(path.inverse.follow(triples, nodes)[1])


def subclasses(triples: Triples, kind: int) -> Numbers:
    """Return the numbers of a class and of all classes below it, by rdfs:subClassOf."""
    below = triples.relation(SUBCLASS).inverse
    classes = fresh = np.array([kind])
    while len(fresh):
        fresh = np.setdiff1d(below.of(fresh)[1], classes)
        classes = np.union1d(classes, fresh)
    return classes


def _extended(pairs: Pairs, path: ShapePath, triples: Triples) -> Pairs:
    """Return pairs in which each value is replaced by those to which a path leads from it.

    `pairs` are two arrays: places, which are kept, and the values from which the path is followed.
    The result is like them, sorted, each pair once.
    """
    places, values = pairs
    starts, places_of_starts = np.unique(values, return_inverse=True)
    # From places in `starts`; `of` does not use the rows.
    onward = Relation(*path.follow(triples, starts), rows=starts)
    places_of_pairs, values = onward.of(places_of_starts)  # places in `pairs`, new values
    return _distinct(places[places_of_pairs], values, triples)


def _distinct(places: Numbers, values: Numbers, triples: Triples) -> Pairs:
    """Return pairs of place and value, as two arrays, sorted and each once."""
    return np.divmod(np.unique(places * triples.size + values), triples.size)


_REPEATED = {  # `from_nought` and `many` of Repeated
    "zeroOrMorePath": (True, True),
    "oneOrMorePath": (False, True),
    "zeroOrOnePath": (True, False),
}
_NAMES = ("inversePath", "alternativePath", *_REPEATED)
"""The predicates that a path has one of, unless it is an IRI or a list; by local names."""


def path(
    shapes: Shapes, node: Term, number: Callable[[Term], int], within: tuple[Term, ...] = ()
) -> ShapePath:
    """Return the path that a node of a shapes graph describes.

    `number` is called for the number of each predicate, and may give it a new one. `_REPEATED` has
    sh:zeroOrMorePath, sh:oneOrMorePath and sh:zeroOrOnePath. `within` are the paths that this one
    is a part of. Raises `UnknownConstructError` for a node that is no path, for one that contains
    itself, and for one that is nested more than `DEEPEST` deep.
    """
    if isinstance(node, Literal) or node == NIL:
        raise UnknownConstructError("a literal, or an empty list, that is no path")
    if isinstance(node, NamedNode):
        return PredicateStep(number(node))
    if node in within:
        raise UnknownConstructError("a path that contains itself")
    if len(within) == DEEPEST:
        raise UnknownConstructError(f"a path that is nested more than {DEEPEST} deep")

    def part(inner: Term) -> ShapePath:
        """Return the path of a node that is a part of this path."""
        return path(shapes, inner, number, (*within, node))

    def parts(members: list[Term]) -> tuple[ShapePath, ...]:
        """Return the paths of the members of a list."""
        if len(members) < 2:
            raise UnknownConstructError("a list of paths has to have two members or more")
        return tuple(map(part, members))

    if members := shapes.items(node):
        return Sequence(parts(members))
    properties = shapes.properties(node)
    match [(name, properties[name]) for name in _NAMES if name in properties]:
        case [("inversePath", [inner])]:
            return part(inner).inverse
        case [("alternativePath", [choices])]:
            return Choice(parts(shapes.items(choices)))
        case [(name, [inner])]:
            return Repeated(part(inner), *_REPEATED[name])
    raise UnknownConstructError("a path that is none of SHACL's")


def path_triples(shapes: Shapes, node: Term) -> Iterator[Triple]:
    """Yield the triples that describe the path of a node; none for a path that is an IRI.

    Blank nodes are labelled n0 (that of the whole path), n1 and so on; a part that stands in the
    path twice is described twice. What else is said of the blank nodes is left out.
    """
    labels = (BlankNode(f"n{place}") for place in count())
    parts = [(node, next(labels))] if isinstance(node, BlankNode) else []
    while parts:
        node, label = parts.pop()
        is_list = bool(shapes.values(node, FIRST.value))
        for predicate in (FIRST, REST) if is_list else map(sh, _NAMES):
            for part in shapes.values(node, predicate.value.removeprefix(SH)):
                inner = part
                if isinstance(part, BlankNode):
                    inner = next(labels)
                    parts.append((part, inner))
                yield Triple(label, predicate, inner)
