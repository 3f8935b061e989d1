"""Triples as columns of numbers for subjects, predicates and objects, for checks of many.

>>> a, p, b = (NamedNode(f"https://example.org/{name}") for name in "apb")
>>> triples = Triples()
>>> triples.add([Quad(a, p, b), Quad(b, p, Literal("x"))])
>>> [str(triples.terms[n]) for n in triples.relation(p).objects]
['<https://example.org/b>', '"x"']
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, count, takewhile

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from allgraph.model import skolem, vocabulary
from allgraph.model.derivation import Row
from allgraph.rdf.terms import Node, Term

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE = -1
"""The number of no term, and of no row."""
IRI, BLANK, TEXT = 0, 1, 2
"""The kinds of terms."""


@dataclass(frozen=True)
class Relation:
    """The subjects and objects of one predicate: distinct pairs, in their order.

    `rows` has the first row of triples with each pair.
    """

    subjects: Numbers
    objects: Numbers
    rows: Numbers

    @cached_property
    def inverse(self) -> Relation:
        """The same pairs with subjects and objects exchanged."""
        order = np.lexsort((self.subjects, self.objects))
        return Relation(self.objects[order], self.subjects[order], self.rows[order])

    def of(self, nodes: Numbers) -> tuple[Numbers, Numbers]:
        """Return the pairs of some nodes: places in `nodes`, and their objects."""
        places, at = self.places(nodes)
        return places, self.objects[at]

    def places(self, nodes: Numbers) -> tuple[Numbers, Numbers]:
        """Return the pairs of some nodes: places in `nodes`, and places in the relation."""
        first = np.searchsorted(self.subjects, nodes, "left")
        lengths = np.searchsorted(self.subjects, nodes, "right") - first
        places = np.repeat(np.arange(len(nodes)), lengths)
        skipped = np.cumsum(lengths) - lengths
        return places, np.arange(len(places)) - np.repeat(skipped - first, lengths)


_EMPTY = np.empty(0, np.int64)
_NOTHING = Relation(_EMPTY, _EMPTY, _EMPTY)


class Triples:
    """The triples of some files, in the order of the files, and then the derived ones.

    All files are added, and then the derived triples, before the other methods are used.
    """

    def __init__(self) -> None:
        self._fresh = count()
        self.numbers: defaultdict[Term, int] = defaultdict(self._fresh.__next__)
        self._starts = [0]
        self._parts: list[NDArray[np.int32]] = []
        self._blank_names: list[int] = []

    def add(self, quads: Sequence[Quad], base: str | None = None) -> None:
        """Add the triples of a file. With a `base`, blank nodes are named as loading does."""
        numbers = self.numbers
        first = next(self._fresh)
        terms = chain.from_iterable(quads)  # four for each
        part = np.fromiter(map(numbers.__getitem__, terms), np.int32, len(quads) * 4)
        part = np.delete(part.reshape(-1, 4), 3, axis=1)
        if base is not None:
            names = skolem.node_names([quads[row] for row in self._blank_rows(part, first)], base)
            if names:
                self._rename(part, names, first)
        self._parts.append(part)
        self._starts.append(self._starts[-1] + len(quads))
        self._forget()

    def _blank_rows(self, part: NDArray[np.int32], first: int) -> list[int]:
        """Return the rows of a file that have blank nodes; its new terms begin at `first`."""
        fresh = takewhile(lambda item: item[1] > first, reversed(self.numbers.items()))
        blank = [number for term, number in fresh if type(term) is BlankNode]
        has_blank = np.isin(part[:, ::2], [*blank, *self._blank_names]).any(axis=1)
        return np.flatnonzero(has_blank).tolist()

    def _rename(self, part: NDArray[np.int32], names: dict[Term, Node], first: int) -> None:
        """Replace blank nodes by their names in a part, and forget them: other files reuse them.

        One with a number below `first` is the name of a node in an earlier file, and stays.
        """
        numbers = self.numbers
        before = {node: numbers.pop(node) for node in names}
        numbers.update((node, number) for node, number in before.items() if number < first)
        old = np.array([*before.values()], np.int32)
        new = np.array([numbers[name] for name in names.values()], np.int32)
        self._blank_names += [numbers[name] for name in names.values() if type(name) is BlankNode]
        order = np.argsort(old)
        old, new = old[order], new[order]
        at = np.minimum(np.searchsorted(old, part), len(old) - 1)
        np.copyto(part, new[at], where=old[at] == part)

    def derive(self, rows: NDArray[np.int32]) -> None:
        """Add derived triples, as numbers of terms."""
        self._parts.append(rows)
        self._forget()

    def _forget(self) -> None:
        """Forget the cached properties of the triples before there were more."""
        for name in [*self.__dict__]:
            if isinstance(getattr(type(self), name, None), cached_property):
                del self.__dict__[name]

    @property
    def stated(self) -> int:
        """The number of rows from files; the rows after those are derived."""
        return self._starts[-1]

    @cached_property
    def columns(self) -> NDArray[np.int32]:
        """The columns of subjects, predicates and objects."""
        whole = np.concatenate([np.empty((0, 3), np.int32), *self._parts])
        self._parts = [whole]
        return np.ascontiguousarray(whole.T)

    @cached_property
    def size(self) -> int:
        """One more than the largest number of a term."""
        return max(self.numbers.values(), default=NONE) + 1

    @cached_property
    def terms(self) -> list[Term]:
        """The terms by number; numbers that are not used have any term."""
        terms: list[Term] = [vocabulary.TYPE] * self.size
        for term, number in self.numbers.items():
            terms[number] = term
        return terms

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        """Whether each term is an IRI, a blank node or a literal."""
        kind_of: dict[type, int] = {
            NamedNode: IRI,
            BlankNode: BLANK,
            Literal: TEXT,
            DefaultGraph: NONE,
        }
        return np.fromiter((kind_of[type(term)] for term in self.terms), np.int8, self.size)

    def keep(self, term: Term) -> int:
        """Return the number of a term; one that no triple has gets a new number."""
        number = self.numbers[term]
        if "terms" in self.__dict__ and number == len(self.terms):
            self.terms.append(term)
        return number

    def number(self, term: Term | None) -> int:
        """Return the number of a term, `NONE` for one that no triple has."""
        return NONE if term is None else self.numbers.get(term, NONE)

    @cached_property
    def _by_predicate(self) -> dict[int, Numbers]:
        """The rows of each predicate."""
        predicates = self.columns[1]
        order = np.argsort(predicates, kind="stable").astype(np.int64)
        distinct, firsts = np.unique(predicates[order], return_index=True)
        parts = np.split(order, firsts[1:])
        return dict(zip(distinct.tolist(), parts, strict=True)) if len(distinct) else {}

    @cached_property
    def _relations(self) -> dict[int, Relation]:
        return {}

    @property
    def predicates(self) -> list[int]:
        """The numbers of all predicates."""
        return list(self._by_predicate)

    def relation(self, predicate: Term | int) -> Relation:
        """Return the pairs of subjects and objects of a predicate."""
        number = predicate if isinstance(predicate, int) else self.number(predicate)
        if number not in self._by_predicate:
            return _NOTHING
        if number not in self._relations:
            rows = self._by_predicate[number]
            subjects, _, objects = (column[rows].astype(np.int64) for column in self.columns)
            pairs, firsts = np.unique(subjects * self.size + objects, return_index=True)
            self._relations[number] = Relation(*np.divmod(pairs, self.size), rows[firsts])
        return self._relations[number]

    @cached_property
    def described(self) -> Flags:
        """Whether each term is the subject of a triple."""
        return self.among(self.columns[0])

    @cached_property
    def mentioned(self) -> Flags:
        """Whether each term is the object of a triple."""
        return self.among(self.columns[2])

    def among(self, numbers: Numbers | NDArray[np.int32]) -> Flags:
        """Return for each term whether its number is one of some numbers."""
        flags = np.zeros(self.size, bool)
        flags[numbers] = True
        return flags

    @cached_property
    def _by_subject(self) -> tuple[Numbers, Numbers]:
        """The stated subjects in order, with their rows."""
        subjects = self.columns[0][: self.stated].astype(np.int64)
        rows = np.argsort(subjects, kind="stable")
        return subjects[rows], rows

    def row_of(self, subject: int, file: int | None = None) -> int | None:
        """Return the first row, or the first row of a file, with a subject."""
        subjects, rows = self._by_subject
        first, last = (int(np.searchsorted(subjects, subject, side)) for side in ("left", "right"))
        start = 0 if file is None else self._starts[file]
        first += int(np.searchsorted(rows[first:last], start))
        return int(rows[first]) if first < last else None

    def row(self, subject: int, predicate: int, obj: int) -> int | None:
        """Return the first stated row with a triple."""
        relation = self.relation(predicate)
        _, places = relation.places(np.array([subject]))
        fitting = places[relation.objects[places] == obj]
        row = int(relation.rows[fitting[0]]) if len(fitting) else self.stated
        return row if row < self.stated else None

    def objects(self, subject: int, predicate: int) -> list[int]:
        """Return the objects of a predicate of a node."""
        _, objects = self.relation(predicate).of(np.array([subject]))
        return [int(number) for number in objects]

    def file_of(self, row: int) -> tuple[int, int]:
        """Return the number of the file that a row is in, and its place there."""
        file = int(np.searchsorted(self._starts, row, "right")) - 1
        return file, row - self._starts[file]

    def rows_of(self, file: int) -> Iterator[tuple[int, int, int]]:
        """Return the triples of a file, as numbers of terms."""
        part = self.columns[:, self._starts[file] : self._starts[file + 1]]
        return zip(*part.tolist(), strict=True)

    def length(self, file: int) -> int:
        """Return how many rows a file has."""
        return self._starts[file + 1] - self._starts[file]

    def rows(self, places: Numbers | slice) -> Iterator[Row]:
        """Yield rows as terms."""
        terms = self.terms
        for s, p, o in zip(*(column[places].tolist() for column in self.columns), strict=True):
            yield Row(terms[s], terms[p], terms[o])
