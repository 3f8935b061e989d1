"""Triples as columns of numbers for subjects, predicates and objects, for checks of many.

Each term has a number, and each triple is a row: three numbers. Rows are numbered from 0.

>>> a, p, b = (NamedNode(f"https://example.org/{name}") for name in "apb")
>>> triples = Triples()
>>> triples.add([Quad(a, p, b), Quad(b, p, Literal("x"))])
>>> [str(triples.terms[n]) for n in triples.relation(p).objects]
['<https://example.org/b>', '"x"']
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain, count, takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from allgraph.model import skolem, vocabulary
from allgraph.model.derivation import Parts
from allgraph.model.facts import Facts
from allgraph.rdf import ntriples
from allgraph.rdf.terms import Node, Term

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE = -1
"""The number of no term, and of no row."""
IRI, BLANK, TEXT = 0, 1, 2
"""The kinds of terms."""


class Row(NamedTuple):
    """A triple as a tuple, which is quicker to make than one of pyoxigraph's."""

    subject: Node
    predicate: NamedNode
    object: Term


@dataclass(frozen=True)
class Relation:
    """The distinct pairs of subject and object of one predicate, as numbers of terms.

    They are sorted by subject, then object. `rows` has the first row of `Triples` with each pair.
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
        """Return the objects of some subjects: places in `nodes`, and an object for each.

        A node with no object has no place there, one with several has its place repeated.
        """
        places, at = self.places(nodes)
        return places, self.objects[at]

    def places(self, nodes: Numbers) -> tuple[Numbers, Numbers]:
        """Return all pairs with one of `nodes` as subject, as two arrays of the same length.

        The first has the place of the subject in `nodes`, the second the place of the pair in
        `subjects`, `objects` and `rows`.
        """
        first = np.searchsorted(self.subjects, nodes, "left")
        lengths = np.searchsorted(self.subjects, nodes, "right") - first
        places = np.repeat(np.arange(len(nodes)), lengths)
        skipped = np.cumsum(lengths) - lengths
        return places, np.arange(len(places)) - np.repeat(skipped - first, lengths)


_EMPTY = np.empty(0, np.int64)
_NOTHING = Relation(_EMPTY, _EMPTY, _EMPTY)


class Triples:
    """A table of triples as rows of term numbers: those of files, then the derived ones.

    `numbers` has the number of each term, and gives a new one to a term that it lacks. Files are
    numbered as they are added. All files are added first (`add`), then the derived triples
    (`derive`). Columns and indexes are made at first use, and dropped by both.
    """

    def __init__(self) -> None:
        """Make a table without triples."""
        self._next_number = count()
        self.numbers: defaultdict[Term, int] = defaultdict(self._next_number.__next__)
        self._first_rows = [0]  # of each file, and where the stated triples end
        self._blocks: list[NDArray[np.int32]] = []  # the rows of each file, then derived ones
        self._bases: list[str] = []  # of each file, its IRI, or ""
        self._blank_bounds: list[int] = []  # two of each file; its blank nodes are between them
        self._names_by_file: dict[int, dict[Term, Node]] = {}  # the cache of `_names`

    def add(self, quads: Sequence[Quad], base: str | None = None) -> None:
        """Add the triples of the next file, and numbers for its terms.

        With a `base`, the IRI of the file, blank nodes get labels that are different for each file.
        Without it they keep their own. They stay blank; `loaded` gives their IRIs.
        """
        numbers = self.numbers
        new_above = next(self._next_number)  # no term's: those that are new now have greater ones
        terms = chain.from_iterable(quads)  # four for each
        part = np.fromiter(map(numbers.__getitem__, terms), np.int32, len(quads) * 4)
        part = np.delete(part.reshape(-1, 4), 3, axis=1)
        below = next(self._next_number)
        if base is not None:
            rows = self._rows_with_blanks(part, new_above)
            labels = skolem.own_labels(skolem.node_numbers(quads[row] for row in rows), base)
            if labels:
                self._replace_blanks(part, labels, new_above)
        self._blank_bounds += below, next(self._next_number)
        self._bases.append(base or "")
        self._blocks.append(part)
        self._first_rows.append(self._first_rows[-1] + len(quads))
        self._clear_cached()

    def _rows_with_blanks(self, part: NDArray[np.int32], first: int) -> list[int]:
        """Return the places in the array `part` of the triples with a blank node.

        `part` has a row of three term numbers for each triple of a file. The blank nodes are those
        with numbers above `first`, new in this file, and those of earlier files, whose labels may
        be in this one too.
        """
        fresh = takewhile(lambda item: item[1] > first, reversed(self.numbers.items()))
        blank = [number for term, number in fresh if type(term) is BlankNode]
        ends = part[:, ::2]
        is_earlier = np.searchsorted(self._blank_bounds, ends, "right") % 2 == 1
        return np.flatnonzero((np.isin(ends, blank) | is_earlier).any(axis=1)).tolist()

    def _replace_blanks(
        self, part: NDArray[np.int32], labels: dict[Term, Node], first: int
    ) -> None:
        """Replace numbers of blank nodes by those of new ones, in place in the array `part`.

        `labels` has the new by the old; they get numbers if they have none. The old ones lose their
        numbers, since other files have the same labels for other nodes; but one with a number below
        `first` is a node of an earlier file.
        """
        numbers = self.numbers
        old_numbers = {node: numbers.pop(node) for node in labels}
        numbers.update((node, number) for node, number in old_numbers.items() if number < first)
        old = np.array([*old_numbers.values()], np.int32)
        new = np.array([numbers[node] for node in labels.values()], np.int32)
        order = np.argsort(old)
        old, new = old[order], new[order]
        at = np.minimum(np.searchsorted(old, part), len(old) - 1)
        np.copyto(part, new[at], where=old[at] == part)

    def loaded(self, term: Term) -> Term:
        """Return a stated term as `skolem.node_names` names it in a graph that is loaded.

        That is another one for a blank node that hangs under an IRI only: an IRI, which nodes of
        equal content under it share. Blank nodes of files without a base stay as they are.
        """
        place = bisect(self._blank_bounds, self.number(term)) if type(term) is BlankNode else 0
        return self._names(place // 2).get(term, term) if place % 2 else term

    def _names(self, file: int) -> dict[Term, Node]:
        """Return the names that the blank nodes of a file get when it is loaded; cached."""
        if file not in self._names_by_file:
            first, end = self._first_rows[file : file + 2]
            has_blank = (self.kinds[self.columns[::2, first:end]] == BLANK).any(axis=0)
            places = np.flatnonzero(has_blank) + first
            quads = [Quad(*row) for row in self.rows(places)]
            self._names_by_file[file] = skolem.node_names(quads, self._bases[file])
        return self._names_by_file[file]

    def facts(self, predicates: Iterable[NamedNode]) -> Facts:
        """Return the stated triples with some predicates as facts."""
        facts, terms = Facts(predicates), self.terms
        for predicate in predicates:
            relation = self.relation(predicate)
            stated = relation.rows < self.stated
            pairs = relation.subjects[stated].tolist(), relation.objects[stated].tolist()
            facts.add(f"{terms[s]} {predicate} {terms[o]} ." for s, o in zip(*pairs, strict=True))
        return facts

    def numbers_of(self, triples: Iterable[Parts]) -> NDArray[np.int32]:
        """Return triples, texts of N-Triples, as rows of three term numbers.

        Terms that have none get new numbers.
        """
        number = cache(lambda term: self.keep(ntriples.term(term)))
        rows = [(number(s), number(p), number(o)) for s, p, o in triples]
        return np.array(rows, np.int32).reshape(-1, 3)

    def derive(self, rows: NDArray[np.int32]) -> None:
        """Add derived triples, in an array with a row of three term numbers for each.

        The array is kept, not copied. Cached properties are dropped.
        """
        self._blocks.append(rows)
        self._clear_cached()

    def _clear_cached(self) -> None:
        """Delete all cached properties of this object, since triples were added."""
        for name in [*self.__dict__]:
            if isinstance(getattr(type(self), name, None), cached_property):
                del self.__dict__[name]

    @property
    def stated(self) -> int:
        """The number of rows from files; the rows from this number on are derived."""
        return self._first_rows[-1]

    @cached_property
    def columns(self) -> NDArray[np.int32]:
        """Three arrays of term numbers: the subjects, predicates and objects of all rows.

        Made at the first access, when `_blocks` becomes one block.
        """
        whole = np.concatenate([np.empty((0, 3), np.int32), *self._blocks])
        self._blocks = [whole]
        return np.ascontiguousarray(whole.T)

    @cached_property
    def size(self) -> int:
        """One more than the largest number of a term."""
        return max(self.numbers.values(), default=NONE) + 1

    @cached_property
    def terms(self) -> list[Term]:
        """The terms by number; an unused number has an arbitrary term."""
        terms: list[Term] = [vocabulary.TYPE] * self.size
        for term, number in self.numbers.items():
            terms[number] = term
        return terms

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        """For each term number its kind: `IRI`, `BLANK`, `TEXT` (a literal), or `NONE`.

        `NONE` is that of the default graph, which has a number too. A term that `keep` gives a
        number later has no place here.
        """
        kind_of: dict[type, int] = {
            NamedNode: IRI,
            BlankNode: BLANK,
            Literal: TEXT,
            DefaultGraph: NONE,
        }
        return np.fromiter((kind_of[type(term)] for term in self.terms), np.int8, self.size)

    def keep(self, term: Term) -> int:
        """Return the number of a term; one that has none gets a new number.

        A new term is also appended to `terms`, if that was made already; before it, if need be,
        arbitrary terms for numbers that are not used.
        """
        number = self.numbers[term]
        if "terms" in self.__dict__ and number >= len(self.terms):
            self.terms += [vocabulary.TYPE] * (number - len(self.terms)) + [term]
        return number

    def number(self, term: Term | None) -> int:
        """Return the number of a term, `NONE` for ``None`` and for a term without a number."""
        return NONE if term is None else self.numbers.get(term, NONE)

    @cached_property
    def _rows_by_predicate(self) -> dict[int, Numbers]:
        """The ascending rows of each predicate, by its number."""
        predicates = self.columns[1]
        order = np.argsort(predicates, kind="stable").astype(np.int64)
        distinct, firsts = np.unique(predicates[order], return_index=True)
        parts = np.split(order, firsts[1:])
        return dict(zip(distinct.tolist(), parts, strict=True)) if len(distinct) else {}

    @cached_property
    def _known_relations(self) -> dict[int, Relation]:
        """The cache of `relation`, by the predicate's number; dropped with the other properties."""
        return {}

    @property
    def predicates(self) -> list[int]:
        """The numbers of the predicates of all triples."""
        return list(self._rows_by_predicate)

    def relation(self, predicate: Term | int) -> Relation:
        """Return the distinct pairs of subject and object of a predicate, derived ones included.

        They are three arrays of numbers: subjects, objects, and the first row with each pair.
        `predicate` is a term or its number. Cached; empty for a predicate that no triple has.
        """
        number = predicate if isinstance(predicate, int) else self.number(predicate)
        if number not in self._rows_by_predicate:
            return _NOTHING
        if number not in self._known_relations:
            rows = self._rows_by_predicate[number]
            subjects, _, objects = (column[rows].astype(np.int64) for column in self.columns)
            pairs, firsts = np.unique(subjects * self.size + objects, return_index=True)
            self._known_relations[number] = Relation(*np.divmod(pairs, self.size), rows[firsts])
        return self._known_relations[number]

    @cached_property
    def described(self) -> Flags:
        """For each term number, whether it is the subject of a triple."""
        return self.among(self.columns[0])

    @cached_property
    def mentioned(self) -> Flags:
        """For each term number, whether it is the object of a triple."""
        return self.among(self.columns[2])

    def among(self, numbers: Numbers | NDArray[np.int32]) -> Flags:
        """Return an array with a flag for each term number, true for those in `numbers`."""
        flags = np.zeros(self.size, bool)
        flags[numbers] = True
        return flags

    @cached_property
    def _stated_subjects(self) -> tuple[Numbers, Numbers]:
        """The subjects of the stated triples in ascending order, and the row of each."""
        subjects = self.columns[0][: self.stated].astype(np.int64)
        rows = np.argsort(subjects, kind="stable")
        return subjects[rows], rows

    def row_of(self, subject: int, file: int | None = None) -> int | None:
        """Return the first stated row with a subject, at or after the start of a file if given.

        ``None`` if there is none. `file` is the file's number.
        """
        subjects, rows = self._stated_subjects
        first, last = (int(np.searchsorted(subjects, subject, side)) for side in ("left", "right"))
        start = 0 if file is None else self._first_rows[file]
        first += int(np.searchsorted(rows[first:last], start))
        return int(rows[first]) if first < last else None

    def row(self, subject: int, predicate: int, obj: int) -> int | None:
        """Return the first stated row with these three numbers; ``None`` if there is none."""
        relation = self.relation(predicate)
        _, places = relation.places(np.array([subject]))
        fitting = places[relation.objects[places] == obj]
        row = int(relation.rows[fitting[0]]) if len(fitting) else self.stated
        return row if row < self.stated else None

    def objects(self, subject: int, predicate: int) -> list[int]:
        """Return the objects of a predicate of a node, all as numbers."""
        _, objects = self.relation(predicate).of(np.array([subject]))
        return [int(number) for number in objects]

    def file_of(self, row: int) -> tuple[int, int]:
        """Return the number of the file that a stated row is from, and the row's place in it."""
        file = int(np.searchsorted(self._first_rows, row, "right")) - 1
        return file, row - self._first_rows[file]

    def rows_of(self, file: int) -> Iterator[tuple[int, int, int]]:
        """Return an iterator over the triples of a file, each as three term numbers."""
        part = self.columns[:, self._first_rows[file] : self._first_rows[file + 1]]
        return zip(*part.tolist(), strict=True)

    def length(self, file: int) -> int:
        """Return how many rows a file has."""
        return self._first_rows[file + 1] - self._first_rows[file]

    def rows(self, places: Numbers | slice) -> Iterator[Row]:
        """Yield the rows with these numbers (or in this slice), as terms."""
        terms = self.terms
        for s, p, o in zip(*(column[places].tolist() for column in self.columns), strict=True):
            yield Row(terms[s], terms[p], terms[o])
