r"""Triples as columns of numbers for subjects, predicates and objects, for checks of many.

Each term, a text of N-Triples, has a number, and each triple is a row: three numbers. Rows are
numbered from 0.

>>> builder = TriplesBuilder()
>>> builder.add(['<x:a> <x:p> <x:b> .\n<x:b> <x:p> "x" .\n'])
>>> triples = builder.built()
>>> [triples.texts[number] for number in triples.relation(NamedNode("x:p")).objects]
['<x:b>', '"x"']
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, count, islice
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import BlankNode, NamedNode, RdfFormat, parse

from allgraph.model import skolem, vocabulary
from allgraph.model.facts import Facts, each
from allgraph.rdf import ntriples
from allgraph.rdf.ntriples import Parts
from allgraph.rdf.terms import OA, XSD, Node, Term

Numbers = NDArray[np.signedinteger[Any]]
"""Numbers of terms, or of rows; those that are kept have 32 bits, all others 64."""
Flags = NDArray[np.bool_]
NONE = -1
"""The number of no term, and of no row."""
IRI, BLANK, TEXT = b'<_"'
"""The kinds of terms: the first characters of their texts."""


class Row(NamedTuple):
    """A triple as a tuple, which is quicker to make than one of pyoxigraph's."""

    subject: Node
    predicate: NamedNode
    object: Term


@dataclass(frozen=True)
class Relation:
    """The distinct pairs of subject and object of one predicate, as numbers of terms.

    They are sorted by subject, then object. `rows` has the first row of `Triples` with each pair.
    All are numbers of 32 bits, which must not be multiplied.
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
        return places, self.objects[at].astype(np.int64)

    def places(self, nodes: Numbers) -> tuple[Numbers, Numbers]:
        """Return all pairs with one of `nodes` as subject, as two arrays of the same length.

        The first has the place of the subject in `nodes`, the second the place of the pair in
        `subjects`, `objects` and `rows`.
        """
        nodes = nodes.astype(self.subjects.dtype)  # else all subjects would be converted
        first = np.searchsorted(self.subjects, nodes, "left")
        lengths = np.searchsorted(self.subjects, nodes, "right") - first
        places = np.repeat(np.arange(len(nodes)), lengths)
        skipped = np.cumsum(lengths) - lengths
        return places, np.arange(len(places)) - np.repeat(skipped - first, lengths)


_END = " .\n"  # of a line of N-Triples
_DAY = f'"YYYY-MM-DD"^^<{XSD}date>'


class TriplesBuilder:
    """Collects the triples of files, and makes `Triples` of them."""

    def __init__(self, ours: tuple[str, ...] = skolem.ANY) -> None:
        """Start without files; `ours` has the beginnings of IRIs that are ours, see `skolem`."""
        self._ours = ours
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__  # the next number
        self._blocks: list[NDArray[np.int32]] = []  # of each file, three numbers for each triple
        self._files: list[File] = []

    def add(self, pieces: Iterable[str], base: str = "") -> None:
        """Add the triples of the next file, given as N-Triples in the form of `ntriples.written`.

        Each of the `pieces` has whole lines. With a `base`, the IRI of the file, blank nodes get
        labels that are different for each file; without it they keep their own. They stay blank;
        `Triples.loaded` gives their IRIs. Nothing is added if `pieces` raises an error.
        """
        file = File(base, len(self._numbers))
        labels = map(f"_:{skolem.label_prefix(base)}n{{}}".format, count())
        own: defaultdict[str, str] = defaultdict(labels.__next__)
        blocks = []
        for piece in pieces:
            parts: list[Iterable[str]] = [line.split(" ", 2) for line in piece.split(_END)[:-1]]
            if base and "_:" in piece:
                parts = [
                    (own[s] if s[0] == "_" else s, p, own[o] if o[0] == "_" else o)
                    for s, p, o in parts
                ]
            numbers = map(self._numbers.__getitem__, chain.from_iterable(parts))
            blocks.append(np.fromiter(numbers, np.int32, len(parts) * 3))
        self._blocks.append(np.concatenate([np.empty(0, np.int32), *blocks]))
        self._files.append(file)

    def add_unparsed(self, pieces: Iterable[str], base: str = "") -> bool:
        """Add the triples of the next file as `add` does, and return whether that was possible.

        The `pieces` may be any text with whole lines, which is not parsed: each different term in
        it is parsed once, alone. Nothing is added if the text is not in the form that `add` takes,
        has blank nodes, or cannot be decoded.
        """
        known = len(self._numbers)
        try:
            self.add(self._checked(pieces), base)
            texts, rows = [*self._numbers], self._blocks[-1].reshape(-1, 3)
            nodes, predicates = ({texts[n][0] for n in np.unique(c)} for c in rows.T[:2])
            if nodes | predicates <= {"<"}:
                self._files[-1] = self._files[-1]._replace(is_unparsed=True)
                return True
            del self._blocks[-1], self._files[-1]
        except (SyntaxError, ValueError, MemoryError):  # of the parser, the decoder or `_checked`
            pass
        while len(self._numbers) > known:
            self._numbers.popitem()
        return False

    def _checked(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield pieces of text; when the terms of one have got numbers, parse those that are new.

        Raises what the parser does, and `ValueError` where a line is not in the form that `add`
        takes, although its terms may be.
        """
        for piece in pieces:
            if not piece.endswith(_END) or " <<(" in piece or "_:" in piece:
                raise ValueError(
                    "a line is not complete, or has terms other than IRIs and literals"
                )
            known = len(self._numbers)
            yield piece
            terms = islice(reversed(self._numbers), len(self._numbers) - known)
            lines = "".join(f"<x:s> <x:p> {term}{_END}" for term in terms).encode()
            if ntriples.written(parse(lines, format=RdfFormat.N_TRIPLES)) != lines:
                raise ValueError("a term is not in the canonical form of N-Triples")

    def built(self) -> Triples:
        """Return the triples of all files so far."""
        rows = np.concatenate([np.empty(0, np.int32), *self._blocks]).reshape(-1, 3)
        firsts = np.cumsum([0, *(len(block) // 3 for block in self._blocks)]).tolist()
        columns = np.ascontiguousarray(rows.T)
        return Triples(
            self._numbers, [*self._numbers], columns, (*self._files,), firsts, self._ours
        )


class File(NamedTuple):
    """A file of triples: its IRI, or ``""``, and the number of the first term that is new in it.

    If it is unparsed, each of its lines is a triple.
    """

    base: str
    first_new: int
    is_unparsed: bool = False


@dataclass(frozen=True)
class Triples:
    """A table of triples as rows of term numbers: those of files, then the derived ones.

    `numbers` has the number of each term, a text of N-Triples, and `texts` the terms by number;
    terms may get numbers later (`keep`). `columns` are three arrays: the numbers of the subjects,
    predicates and objects of all rows. `first_rows` has the first row of each file, and where the
    stated triples end; `ours` the beginnings of IRIs that are ours.
    """

    numbers: defaultdict[str, int]
    texts: list[str]
    columns: NDArray[np.int32]
    files: tuple[File, ...]
    first_rows: list[int]
    ours: tuple[str, ...] = skolem.ANY
    _terms: dict[int, Term] = field(default_factory=dict)  # the cache of `term`
    _names_by_file: dict[int, dict[str, str]] = field(default_factory=dict)  # that of `_names`

    def with_derived(self, triples: Iterable[Parts]) -> Triples:
        """Return these triples with derived ones, which follow them.

        Those with a bound (a day) before the year 1 or after 9999, which rdflib cannot compare, are
        left out.
        """
        numbers = map(self.numbers.__getitem__, chain.from_iterable(triples))
        derived = np.fromiter(numbers, np.int32).reshape(-1, 3).T
        texts = [*self.numbers]
        is_bound = np.isin(derived[1], [self.number(bound) for bound in vocabulary.BOUNDS])
        days = np.unique(derived[2, is_bound]).tolist()
        odd = [day for day in days if len(texts[day]) != len(_DAY)]
        is_kept = ~(is_bound & np.isin(derived[2], odd))
        columns = np.concatenate([self.columns, derived[:, is_kept]], axis=1)
        return replace(self, columns=columns, texts=texts)

    def loaded(self, term: Term) -> Term:
        """Return a stated term as `skolem.BlankNodes` names it in a graph that is loaded.

        That is another one for a blank node that hangs under an IRI only: an IRI if that is ours,
        which nodes of equal content share. Blank nodes of files without a base stay as they are.
        """
        if not isinstance(term, BlankNode):
            return term
        firsts = [file.first_new for file in self.files]
        name = self._names(bisect(firsts, self.number(term)) - 1).get(str(term))
        return term if name is None else ntriples.term(name)

    def _names(self, file: int) -> dict[str, str]:
        """Return the names that the blank nodes of a file get when it is loaded; cached."""
        base = self.files[file].base
        if file not in self._names_by_file:
            first, end = self.first_rows[file : file + 2] if base else (0, 0)
            has_blank = (self.kinds[self.columns[::2, first:end]] == BLANK).any(axis=0)
            rows = self.columns[:, first:end][:, has_blank].T.tolist()
            triples = ((self.texts[s], self.texts[p], self.texts[o]) for s, p, o in rows)
            self._names_by_file[file] = skolem.names_of(triples, base, ours=self.ours)
        return self._names_by_file[file]

    def facts(self, predicates: Iterable[NamedNode]) -> Facts:
        """Return the stated triples with some predicates as facts.

        Of nodes with a class of Web Annotation, such as evidence, the class is left out.
        """
        facts, text = Facts(predicates), self.texts.__getitem__
        for predicate in predicates:
            relation, objects_of = self.relation(predicate), facts[predicate]
            is_kept = relation.rows < self.stated
            if predicate == vocabulary.TYPE:
                kinds = np.unique(relation.objects).tolist()
                of_evidence = [kind for kind in kinds if self.texts[kind].startswith(f"<{OA}")]
                is_kept &= ~np.isin(relation.objects, of_evidence)
            subjects, objects = relation.subjects[is_kept], relation.objects[is_kept]
            is_first = np.diff(subjects, prepend=NONE) != 0
            firsts = (map(text, column[is_first].tolist()) for column in (subjects, objects))
            objects_of.update(zip(*firsts, strict=True))
            others = (map(text, column[~is_first].tolist()) for column in (subjects, objects))
            for subject, obj in zip(*others, strict=True):
                objects_of[subject] = (*each(objects_of[subject]), obj)
        return facts

    @property
    def stated(self) -> int:
        """The number of rows from files; the rows from this number on are derived."""
        return self.first_rows[-1]

    @cached_property
    def size(self) -> int:
        """One more than the largest number of a term, when this is first used."""
        return len(self.numbers)

    @cached_property
    def kinds(self) -> NDArray[np.uint8]:
        """For each term number its kind: `IRI`, `BLANK` or `TEXT` (a literal).

        A term that `keep` gives a number later has no place here.
        """
        firsts = "".join(map(itemgetter(0), self.texts[: self.size]))
        return np.frombuffer(firsts.encode(), np.uint8)

    def term(self, number: int) -> Term:
        """Return the term with a number; cached."""
        if number not in self._terms:
            self._terms[number] = ntriples.term(self.texts[number])
        return self._terms[number]

    def value(self, number: int) -> str:
        """Return an IRI without brackets, or the text of a literal, given its number."""
        return ntriples.value(self.texts[number])

    def keep(self, term: Term) -> int:
        """Return the number of a term; one that has none gets a new number."""
        text = str(term)
        number = self.numbers[text]
        if number == len(self.texts):
            self.texts.append(text)
        return number

    def number(self, term: Term | None) -> int:
        """Return the number of a term, `NONE` for ``None`` and for a term without a number."""
        return NONE if term is None else self.numbers.get(str(term), NONE)

    @cached_property
    def predicates(self) -> list[int]:
        """The numbers of the predicates of all triples."""
        distinct: list[int] = np.unique(self.columns[1]).tolist()
        return distinct

    @cached_property
    def _relations(self) -> dict[int, Relation]:
        """The cache of `relation`, by the predicate's number."""
        return {}

    def relation(self, predicate: Term | int) -> Relation:
        """Return the distinct pairs of subject and object of a predicate, derived ones included.

        They are three arrays of numbers: subjects, objects, and the first row with each pair.
        `predicate` is a term or its number. Cached; empty for a predicate that no triple has.
        """
        number = predicate if isinstance(predicate, int) else self.number(predicate)
        if number not in self._relations:
            rows = np.flatnonzero(self.columns[1] == number)
            subjects, objects = self.columns[0][rows].astype(np.int64), self.columns[2][rows]
            pairs, firsts = np.unique(subjects * self.size + objects, return_index=True)
            columns = np.stack([*np.divmod(pairs, self.size), rows[firsts]]).astype(np.int32)
            self._relations[number] = Relation(*columns)
        return self._relations[number]

    @cached_property
    def described(self) -> Flags:
        """For each term number, whether it is the subject of a triple."""
        return self.among(self.columns[0])

    @cached_property
    def mentioned(self) -> Flags:
        """For each term number, whether it is the object of a triple."""
        return self.among(self.columns[2])

    def among(self, numbers: Numbers) -> Flags:
        """Return an array with a flag for each term number, true for those in `numbers`."""
        flags = np.zeros(self.size, bool)
        flags[numbers] = True
        return flags

    @cached_property
    def _stated_subjects(self) -> tuple[Numbers, Numbers]:
        """The subjects of the stated triples in ascending order, and the row of each."""
        subjects = self.columns[0][: self.stated]
        rows = np.argsort(subjects, kind="stable").astype(np.int32)
        return subjects[rows], rows

    def row_of(self, subject: int, file: int | None = None) -> int | None:
        """Return the first stated row with a subject, at or after the start of a file if given.

        ``None`` if there is none. `file` is the file's number.
        """
        subjects, rows = self._stated_subjects
        wanted = np.array([subject], np.int32)  # of another size, all subjects would be converted
        first, last = (int(np.searchsorted(subjects, wanted, s)[0]) for s in ("left", "right"))
        start = 0 if file is None else self.first_rows[file]
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
        objects: list[int] = self.relation(predicate).of(np.array([subject]))[1].tolist()
        return objects

    def subjects(self, predicate: int, obj: int) -> list[int]:
        """Return the nodes that have an object of a predicate, all as numbers."""
        subjects: list[int] = self.relation(predicate).inverse.of(np.array([obj]))[1].tolist()
        return subjects

    def file_of(self, row: int) -> tuple[int, int]:
        """Return the number of the file that a stated row is from, and the row's place in it."""
        file = int(np.searchsorted(self.first_rows, row, "right")) - 1
        return file, row - self.first_rows[file]

    def rows_of(self, file: int) -> Iterator[tuple[int, int, int]]:
        """Return an iterator over the triples of a file, each as three term numbers."""
        part = self.columns[:, self.first_rows[file] : self.first_rows[file + 1]]
        return zip(*part.tolist(), strict=True)

    def length(self, file: int) -> int:
        """Return how many rows a file has."""
        return self.first_rows[file + 1] - self.first_rows[file]

    def rows(self, places: Numbers | slice) -> Iterator[Row]:
        """Yield the rows with these numbers (or in this slice), as terms."""
        for row in zip(*(column[places].tolist() for column in self.columns), strict=True):
            yield Row(*map(self.term, row))  # type: ignore[arg-type]
