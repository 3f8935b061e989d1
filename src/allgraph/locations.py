"""Where suspicions stand: from a node that looks wrong to the file and line that say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyoxigraph import BlankNode, NamedNode

from allgraph import derive
from allgraph.folder import Folder
from allgraph.places import Lines, lines
from allgraph.reports import Finding
from allgraph.rules import Suspicion
from allgraph.terms import Node
from allgraph.triples import NONE, Triples


class Location(NamedTuple):
    """The row of a triple in the file with a number, or the statement that it stands in."""

    file: int
    row: int
    of_statement: bool = False


class Finder:
    """Finds the triples that suspicions are about, and their lines in the files that have some."""

    def __init__(
        self, folder: Folder, triples: Triples, paths: Sequence[Path], withheld: set[Node]
    ) -> None:
        self._folder = folder
        self._triples = triples
        self._paths = paths
        self._withheld = withheld

    def file(self, location: Location | None) -> str:
        """The name of the file, or of the folder when nothing in a file is known."""
        path = self._folder.root if location is None else self._paths[location.file]
        return self._folder.relative(path)

    def findings(self, some: Iterable[Suspicion]) -> set[Finding]:
        """Suspicions with their files and lines; those that say the same are one."""
        located = [(each, self.locate(each)) for each in some]
        wanted: dict[int, set[int]] = defaultdict(set)
        for _, location in located:
            if location is not None:
                wanted[location.file].add(location.row)
        known = {
            file: lines(self._folder, self._paths[file], rows, self._triples.length(file))
            for file, rows in wanted.items()
        }
        return {self._finding(each, location, known) for each, location in located}

    def _finding(
        self, suspicion: Suspicion, location: Location | None, known: dict[int, Lines]
    ) -> Finding:
        name, line = self.file(location), None
        if location is not None and location.row in known[location.file]:
            of_triple, of_statement = known[location.file][location.row]
            line = of_statement if location.of_statement else of_triple
        rule, severity = suspicion.rule, suspicion.severity
        if suspicion.focus in self._withheld or suspicion.value in self._withheld:
            message = f"a sensitive claim does not keep the rule “{rule}”"
            return Finding(name, line, severity, message, shape=rule)
        show = self._folder.prefixes.show
        terms = suspicion.terms
        shown = show(terms[0]), show(terms[1]), show(terms[2])
        message = suspicion.message
        for slot, text in zip(("focus", "path", "value"), shown, strict=True):
            message = message.replace(f"{{{slot}}}", text)
        return Finding(
            name, line, severity, message, *shown, rule, suspicion.component, terms
        )  # fmt: skip

    def locate(self, suspicion: Suspicion) -> Location | None:
        """The triple concerned, else the statement about its subject."""
        numbers = [self._triples.number(term) for term in suspicion.terms]
        for subject, predicate, obj in self._candidates(suspicion, *numbers):
            row = self._triples.row(subject, predicate, obj)
            whole = suspicion.path is None and obj != numbers[2]
            if row is not None and whole and subject == numbers[0]:
                return self._statement(subject, self._triples.file_of(row)[0])
            if row is not None:
                return Location(*self._triples.file_of(row))
        return None if suspicion.focus is None else self._statement(numbers[0])

    def _statement(self, subject: int, file: int | None = None) -> Location | None:
        """The first statement about a node; the first in a file if there is one given."""
        row = self._triples.row_of(subject, file)
        return None if row is None else Location(*self._triples.file_of(row), of_statement=True)

    def _candidates(
        self, suspicion: Suspicion, focus: int, path: int, value: int
    ) -> Iterator[tuple[int, int, int]]:
        """The triples that a suspicion may be about, the likeliest first."""
        triples = self._triples
        if focus == NONE or not isinstance(suspicion.focus, (NamedNode, BlankNode)):
            return
        if path != NONE and value != NONE:
            yield focus, path, value
            for claim in self._claims_of(focus, path, value):
                yield claim, triples.number(derive.OBJECT), value
        about = (
            (derive.WHEN,) if suspicion.path in derive.BOUNDS
            else (suspicion.path,) if suspicion.path else suspicion.hints
        )  # fmt: skip
        for predicate in map(triples.number, about):
            for obj in triples.objects(focus, predicate):
                yield focus, predicate, obj
                for claim in self._claims_of(focus, predicate, obj):
                    yield claim, triples.number(derive.SUBJECT), focus

    def _claims_of(self, subject: int, predicate: int, obj: int) -> list[int]:
        """The claims that a direct triple comes from."""
        parts = ((derive.SUBJECT, subject), (derive.PREDICATE, predicate), (derive.OBJECT, obj))
        found: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        for part, number in parts:
            _, claims = self._triples.relation(part).inverse.of(np.array([number]))
            found.append(claims)
        few = min(found, key=len)
        return [
            claim
            for claim in few.tolist()
            if all(number in self._triples.objects(claim, self._triples.number(part))
                   for part, number in parts)
        ]  # fmt: skip
