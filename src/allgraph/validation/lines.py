r"""The file and the line of each triple that a rule or a shape complains about.

Lines are found in the text of a file, for the rows of triples that are asked for.

>>> text = "<http://x/a> <http://x/p> 1 ;\n  <http://x/q> 2, [ <http://x/r> 3 ] .\n"
>>> turtle_lines(text, {2, 3}, 4)
{2: (2, 1), 3: (2, 1)}
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyoxigraph import BlankNode, NamedNode, RdfFormat

from allgraph.errors import LoadError
from allgraph.folder import Folder
from allgraph.model import vocabulary
from allgraph.model.triples import NONE, Triples
from allgraph.rdf import turtle_reader
from allgraph.rdf.files import read_utf8, syntax
from allgraph.rdf.terms import DERIVED, Node
from allgraph.validation.report import Finding
from allgraph.validation.rules import RuleHit

Lines = dict[int, tuple[int, int]]
"""By row of a file: the line of its object, and that on which its statement begins."""

_QUOTED = r"""
      \#[^\r\n]*+
    | <[^\x00-\x20<>"{}|^`]*+>
    | \"\"\"(?:\"{0,2}(?:[^"\\]|\\.))*+\"\"\" | '''(?:'{0,2}(?:[^'\\]|\\.))*+'''
    | \"(?:[^"\\\r\n]|\\.)*+\" | '(?:[^'\\\r\n]|\\.)*+'
    | \\.
"""
_STATEMENT = re.compile(
    rf"""(?:[^<"'\#.\\]++ | {_QUOTED} | <
         | (?<=[\w.%-])\.(?=[\w:%\\.-]) | (?<=\s)\.(?=[0-9]))*+\.""",
    re.VERBOSE | re.DOTALL,
)
_APART = re.compile(_QUOTED, re.VERBOSE | re.DOTALL)
_VERB = re.compile(r"[;\[]\s*(?=[^;.\]\s])")
_TO_READ = re.compile(r"\s*(?:\[|(?:PREFIX|BASE)\b)", re.IGNORECASE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"\.\s*#.*$")
_IN_DERIVED = re.compile(rf"\s*{re.escape(str(DERIVED))}\s*\.$")


def lines(folder: Folder, path: Path, rows: Collection[int], count: int) -> Lines:
    """The lines of some rows of a file that has so many.

    A nested node stands where the statement around it begins. Nothing is known of a file with
    what `turtle` does not read.
    """
    try:
        text = read_utf8(path, path.name).decode()
        if syntax(path) == RdfFormat.TURTLE:
            return turtle_lines(text, rows, count)
        return _one_each(text, rows, count)
    except LoadError:
        return {}


def turtle_lines(text: str, rows: Collection[int], count: int) -> Lines:
    """The lines of some rows of a Turtle text: only their statements are read."""
    found: Lines = {}
    row, wanted = 0, deque(sorted(rows))
    for line, statement in _statements(text) if "\r" not in text else ():
        end = row + _count(statement)
        if wanted and wanted[0] < end:
            places = turtle_reader.object_lines(statement)
            if len(places) != end - row:
                break
            while wanted and wanted[0] < end:
                of_triple, of_statement = places[wanted[0] - row]
                found[wanted.popleft()] = of_triple + line - 1, of_statement + line - 1
        row = end
    return found if row == count else _all_lines(text, rows, count)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements and directives, as far as is told without reading them, and their lines."""
    line = 1
    for match in _STATEMENT.finditer(text):
        yield line, match[0]
        line += match[0].count("\n")


def _count(statement: str) -> int:
    """How many triples a statement has."""
    bare = _APART.sub('"', statement)
    if bare.lstrip(' \n\t"').startswith("@"):
        return 0
    if "(" in bare or _TO_READ.match(bare):
        return len(turtle_reader.object_lines(statement))
    return 1 + bare.count(",") + len(_VERB.findall(bare))


def _all_lines(text: str, rows: Collection[int], count: int) -> Lines:
    """The same by reading the whole text, which takes longer."""
    places = turtle_reader.object_lines(text)
    return {row: places[row] for row in rows} if len(places) == count else {}


def _one_each(text: str, rows: Collection[int], count: int) -> Lines:
    """The same of a text with a triple on each line; those in ``ag:derived`` do not count."""
    begun = text.startswith(("<", "_")) + text.count("\n<") + text.count("\n_")
    if begun == text.count("\n") == count and text.endswith("\n") and "\r" not in text:
        return {row: (row + 1, row + 1) for row in rows}
    told = [number for number, line in enumerate(_NEWLINE.split(text), 1) if _has_triple(line)]
    return {row: (told[row], told[row]) for row in rows} if len(told) == count else {}


def _has_triple(line: str) -> bool:
    bare = _COMMENT.sub(".", line).strip()
    return bare != "" and not bare.startswith("#") and not _IN_DERIVED.search(bare)


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

    def findings(self, some: Iterable[RuleHit]) -> set[Finding]:
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
        self, suspicion: RuleHit, location: Location | None, known: dict[int, Lines]
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

    def locate(self, suspicion: RuleHit) -> Location | None:
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
        self, suspicion: RuleHit, focus: int, path: int, value: int
    ) -> Iterator[tuple[int, int, int]]:
        """The triples that a suspicion may be about, the likeliest first."""
        triples = self._triples
        if focus == NONE or not isinstance(suspicion.focus, (NamedNode, BlankNode)):
            return
        if path != NONE and value != NONE:
            yield focus, path, value
            for claim in self._claims_of(focus, path, value):
                yield claim, triples.number(vocabulary.OBJECT), value
        about = (
            (vocabulary.WHEN,) if suspicion.path in vocabulary.BOUNDS
            else (suspicion.path,) if suspicion.path else suspicion.hints
        )  # fmt: skip
        for predicate in map(triples.number, about):
            for obj in triples.objects(focus, predicate):
                yield focus, predicate, obj
                for claim in self._claims_of(focus, predicate, obj):
                    yield claim, triples.number(vocabulary.SUBJECT), focus

    def _claims_of(self, subject: int, predicate: int, obj: int) -> list[int]:
        """The claims that a direct triple comes from."""
        parts = (
            (vocabulary.SUBJECT, subject),
            (vocabulary.PREDICATE, predicate),
            (vocabulary.OBJECT, obj),
        )
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
