r"""The file and the line of each triple that breaks a rule or a shape.

`Finder` finds the triple that a hit is about, and its row (its place among the triples of its
file); `lines` finds the lines of rows in the text of a file.

>>> text = "<http://x/a> <http://x/p> 1 ;\n  <http://x/q> 2, [ <http://x/r> 3 ] .\n"
>>> turtle_lines(text, {2, 3}, 4)
{2: (2, 1), 3: (2, 1)}
"""

from __future__ import annotations

import io
import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyoxigraph import BlankNode, NamedNode, RdfFormat

from allgraph.errors import LoadError
from allgraph.folder import Folder
from allgraph.model import vocabulary
from allgraph.model.triples import NONE, Triples
from allgraph.rdf import turtle_reader
from allgraph.rdf.files import opened, read_utf8, syntax
from allgraph.rdf.terms import DERIVED, Node
from allgraph.validation.records import Records
from allgraph.validation.report import RULE_COMPONENT, Finding, Place
from allgraph.validation.rules import RuleHit
from allgraph.validation.shacl.results import Failure

Lines = dict[int, tuple[int, int]]
"""By row of a file: the line of the object, and that on which the Turtle statement begins."""

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
_OPAQUE = re.compile(_QUOTED, re.VERBOSE | re.DOTALL)
"""Comments, IRIs, texts and escapes, in which the punctuation of Turtle means nothing."""
_VERB = re.compile(r"[;\[]\s*(?=[^;.\]\s])")
"""The punctuation after which another predicate follows."""
_TO_PARSE = re.compile(r"\s*(?:\[|(?:PREFIX|BASE)\b)", re.IGNORECASE)
"""The starts of statements whose triples cannot be counted by punctuation."""
_PLACES = 3  # in a message; the finding has all
_COMMENT = re.compile(r"\.\s*#.*$")
_IN_DERIVED = re.compile(rf"\s*{re.escape(str(DERIVED))}\s*\.$")


def lines(path: Path, rows: Collection[int], count: int) -> Lines:
    """Read a file with `count` triples; return the lines of some rows (triples by number, from 0).

    By row: the line of its object, and that on which its Turtle statement begins; lines count from
    1. ``{}`` for a file that cannot be read or parsed, or has another number of triples. A file
    that is neither Turtle nor TriG is read as N-Quads.
    """
    try:
        if (form := syntax(path)) in (RdfFormat.TURTLE, RdfFormat.TRIG):
            text = read_utf8(path, path.name).decode()
            turtle = text if form == RdfFormat.TURTLE else turtle_reader.without_graphs(text)
            return turtle_lines(turtle, rows, count)
        with opened(path, path.name) as file, io.TextIOWrapper(file, "utf-8-sig") as quads:
            return _nquads_lines(quads, rows, count)
    except (LoadError, UnicodeDecodeError):
        return {}


def turtle_lines(text: str, rows: Collection[int], count: int) -> Lines:
    """Return the lines of some rows (triples by number, from 0) of a Turtle text.

    By row: the line of its object, and that on which its statement begins, from 1. Only the
    statements that have these rows are parsed; the triples of the others are counted by their
    punctuation. The whole text is parsed instead if the text has CR, or if the triples counted are
    not `count`, or not those of a parsed statement; ``{}`` when that does not give `count` either.
    Raises `LoadError` where a parsed part is not Turtle; its prefixes need not be declared.
    """
    lines_of_rows: Lines = {}
    row, wanted = 0, deque(sorted(rows))
    for line, statement in statements(text) if "\r" not in text else ():
        end = row + _count_triples(statement)
        if wanted and wanted[0] < end:
            pairs = turtle_reader.object_lines(statement)  # the two lines of each triple, from 1
            if len(pairs) != end - row:
                break
            while wanted and wanted[0] < end:
                of_triple, of_statement = pairs[wanted[0] - row]
                lines_of_rows[wanted.popleft()] = of_triple + line - 1, of_statement + line - 1
        row = end
    if row == count:
        return lines_of_rows
    pairs = turtle_reader.object_lines(text)  # parses all of it
    return {row: pairs[row] for row in rows} if len(pairs) == count else {}


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each Turtle statement or directive that ends in a dot.

    Its text begins with the white space and comments before it, and the line, counted from 1, is
    the one on which these begin. The whole is split by the regex `_STATEMENT`, without parsing;
    what follows the last dot is left out.
    """
    line = 1
    for match in _STATEMENT.finditer(text):
        yield line, match[0]
        line += match[0].count("\n")


def _count_triples(statement: str) -> int:
    """Return how many triples a Turtle statement has; 0 for a directive.

    They are counted by commas and `_VERB` (a ``;`` or ``[`` with a predicate after it). Statements
    with ``(``, and those that begin with ``[``, PREFIX or BASE (`_TO_PARSE`), are parsed; this
    raises `LoadError` where they are not Turtle.
    """
    bare = _OPAQUE.sub('"', statement)  # without comments, IRIs, texts and escapes
    if bare.lstrip(' \n\t"').startswith("@"):
        return 0
    if "(" in bare or _TO_PARSE.match(bare):
        return len(turtle_reader.object_lines(statement))
    return 1 + bare.count(",") + len(_VERB.findall(bare))


def _nquads_lines(lines: Iterable[str], rows: Collection[int], count: int) -> Lines:
    """Return the line, twice, of each of some rows (triples by number, from 0) of N-Quads.

    Lines count from 1. Triples in the graph ``ag:derived`` are not counted as rows. ``{}`` when
    there are not `count` triples.
    """
    numbers = np.fromiter((n for n, line in enumerate(lines, 1) if _has_triple(line)), np.int64)
    return {row: (int(numbers[row]),) * 2 for row in rows} if len(numbers) == count else {}


def _has_triple(line: str) -> bool:
    """Return True if a line of N-Quads has a triple, outside the graph ``ag:derived``."""
    if line[0] == "<" and DERIVED.value not in line:
        return True
    bare = _COMMENT.sub(".", line).strip()
    return bare != "" and not bare.startswith("#") and not _IN_DERIVED.search(bare)


class Location(NamedTuple):
    """The place of a triple: the number of its file in `Finder.paths`, and its row in this file.

    With `of_statement`, the first line of the Turtle statement with this triple is meant.
    """

    file: int
    row: int
    of_statement: bool = False


@dataclass(frozen=True)
class Finder:
    """Finds the triples that hits of rules and shapes are about, and their lines in files.

    `paths` are the files of `triples`, in that order. Findings about the nodes in `withheld`, which
    belong to sensitive claims, name the file, the line and the rule only; so do those about the
    triples in `secret`, which follow from such claims alone, unless they are also stated.
    """

    folder: Folder
    triples: Triples
    paths: Sequence[Path]
    withheld: Set[Node]
    secret: Set[tuple[int, ...]] = frozenset()

    def file(self, location: Location | None) -> str:
        """Return the path of the file of a location, or of the folder when there is none.

        It is relative to the working directory if it is below it.
        """
        path = self.folder.root if location is None else self.paths[location.file]
        return self.folder.relative(path)

    def files(self, hit: RuleHit) -> set[str]:
        """Return the paths of the files of a hit and of claims that it contradicts; see `file`."""
        return {self.file(location) for location in (self.locate(hit), *self._others(hit))}

    def _others(self, hit: RuleHit) -> list[Location | None]:
        """Return the places that a hit contradicts; none if they are withheld."""
        if self._names_withheld(hit):
            return []
        return [self.locate(RuleHit(*terms, hit.rule, hit.severity, "")) for terms in hit.others]

    def findings(self, hits: Mapping[RuleHit, Sequence[Failure]]) -> list[Finding]:
        """Return a finding with file and line for each hit, equal ones once.

        `hits` has for each hit the validation results that its finding gets; one of a sensitive
        claim gets one without terms. Reads the files that have the triples of hits; the line is
        ``None`` where it is not found. A hit for which no stated triple is found gives a finding in
        the folder, without a line.
        """
        located = [(hit, self.locate(hit), self._others(hit)) for hit in hits]
        rows: dict[int, set[int]] = defaultdict(set)
        for _, of_hit, of_others in located:
            for location in (of_hit, *of_others):
                if location is not None:
                    rows[location.file].add(location.row)
        lines_by_file = {
            file: {row: (row + 1, row + 1) for row in rows_of_file}
            if self.triples.files[file].is_unparsed
            else lines(self.paths[file], rows_of_file, self.triples.length(file))
            for file, rows_of_file in rows.items()
        }
        results: dict[Finding, list[Failure]] = defaultdict(list)
        for hit, of_hit, of_others in located:
            place, *others = (
                Place(self.file(location), _line(location, lines_by_file))
                for location in (of_hit, *of_others)
            )
            finding = self._finding(hit, hits[hit][0], place, tuple(dict.fromkeys(others)))
            if finding.results:
                results[finding] = [*finding.results]
            else:
                results[finding] += hits[hit]
        return [replace(f, results=tuple(failures)) for f, failures in results.items()]

    def _finding(
        self, hit: RuleHit, result: Failure, place: Place, others: tuple[Place, ...]
    ) -> Finding:
        """Return a hit as a finding at a place, with the terms as CURIEs also in its message.

        `others` are the places of what it contradicts, of which the message has the first.
        When it names nodes of sensitive claims, or follows from these alone, the finding has no
        terms, a message that names the rule alone, and of the `result` of the hit the shape.
        """
        rule, severity, message = hit.rule, hit.severity, hit.message
        if self._names_withheld(hit) or self._follows_from_secret(hit):
            message = f"a sensitive claim breaks the rule “{rule}”"
            terms = None, None, None
            unnamed = Failure(*terms, result.shape, result.severity, RULE_COMPONENT, "")
            return Finding(*place, severity, message, shape=rule, results=(unnamed,))
        is_shown = not hit.component  # the label of a blank node, in a finding of a rule
        focus, path, value = (
            self.folder.prefixes.show(term if is_shown or type(term) is not BlankNode else None)
            for term in (term and self.triples.loaded(term) for term in hit.terms)
        )
        places = ", ".join(map(str, others[:_PLACES])) + ("…" if len(others) > _PLACES else "")
        slots = {"{focus}": focus, "{path}": path, "{value}": value, "{places}": places}
        for slot, text in slots.items():
            message = message.replace(slot, text)
        named = focus, path, value, rule, hit.component
        record = self._records.of(hit)
        return Finding(*place, severity, message, *named, others=others, record=record)

    @cached_property
    def _records(self) -> Records:
        """The records of sources that nodes are from."""
        return Records(self.triples, self.withheld, self.folder.prefixes)

    def _follows_from_secret(self, hit: RuleHit) -> bool:
        """Return True if a hit follows from sensitive claims alone, and names none of their nodes.

        That is when the triple of the hit does, or all triples of its focus with its path, or all
        with its hints, by which its shape is for the focus.
        """
        if not self.secret or self._names_withheld(hit):
            return False
        number = self.triples.number
        focus, path, value = map(number, hit.terms)
        below, above = self.triples.objects, self.triples.subjects
        causes = (
            [(focus, path, value)],
            [(focus, path, obj) for obj in below(focus, path)],
            [(focus, p, obj) for p in map(number, hit.hints) for obj in below(focus, p)],
            [(s, p, focus) for p in map(number, hit.object_hints) for s in above(p, focus)],
        )
        return any(cause and all(map(self._is_secret, cause)) for cause in causes)

    def _names_withheld(self, hit: RuleHit) -> bool:
        """Return True if one of the nodes of a hit is in `withheld`."""
        return not self.withheld.isdisjoint(hit.nodes)

    def _is_secret(self, triple: tuple[int, int, int]) -> bool:
        """Return True if a triple follows from sensitive claims alone, and is not stated."""
        return triple in self.secret and self.triples.row(*triple) is None

    def locate(self, hit: RuleHit) -> Location | None:
        """Return where the triple is that a hit is about, or the first statement about its focus.

        Of the triples that the hit may be about (`_candidates`), it is the first that is stated. If
        the hit has no path, and this triple has its focus but not its value, the first statement
        about the focus in the same file is returned instead. If the hit follows from sensitive
        claims alone, only triples of these count. ``None`` if there is no focus, or nothing is
        stated about it. A location has the number of a file, and that of a triple in it. Reads no
        file.
        """
        numbers = [self.triples.number(term) for term in hit.terms]
        is_secret = self._follows_from_secret(hit)
        for subject, predicate, obj in self._candidates(hit, *numbers):
            row = self.triples.row(subject, predicate, obj)
            if row is None or (is_secret and self.triples.term(subject) not in self.withheld):
                continue
            location = Location(*self.triples.file_of(row))
            is_of_statement = hit.path is None and obj != numbers[2] and subject == numbers[0]
            return self._first_statement(subject, location.file) if is_of_statement else location
        return None if hit.focus is None or is_secret else self._first_statement(numbers[0])

    def _first_statement(self, subject: int, file: int | None = None) -> Location | None:
        """Return where the first statement with a subject (the number of a term) is.

        The location stands for the line on which the Turtle statement begins. With the number of a
        `file`, triples before this file are passed over. ``None`` if there is no such triple.
        """
        row = self.triples.row_of(subject, file)
        return None if row is None else Location(*self.triples.file_of(row), of_statement=True)

    def _candidates(
        self, hit: RuleHit, focus: int, path: int, value: int
    ) -> Iterator[tuple[int, int, int]]:
        """Yield the triples that a hit may be about, the likeliest first; not all are stated.

        `focus`, `path` and `value` are the numbers of its terms, or `NONE`. First comes the triple
        of all three, unless one is `NONE`, then each triple of the focus with the path as its
        predicate, or without a path with each of the hit's `hints`, which are predicates. Each
        may be derived from claims, so after it come triples of these claims: those with rdf:object
        after the first, with rdf:subject after the others. Nothing for a focus that is no IRI or
        blank node.
        """
        triples = self.triples
        if focus == NONE or not isinstance(hit.focus, (NamedNode, BlankNode)):
            return
        if path != NONE and value != NONE:
            yield focus, path, value
            for claim in self._claims_of(focus, path, value):
                yield claim, triples.number(vocabulary.OBJECT), value
        predicates = (hit.path,) if hit.path else hit.hints
        if hit.path in vocabulary.BOUNDS:  # these days are derived from ag:when
            predicates = (vocabulary.WHEN,)
        for predicate in map(triples.number, predicates):
            for obj in triples.objects(focus, predicate):
                yield focus, predicate, obj
                for claim in self._claims_of(focus, predicate, obj):
                    yield claim, triples.number(vocabulary.SUBJECT), focus

    def _claims_of(self, *terms: int) -> list[int]:
        """Return the claims with this subject, predicate and object, all as numbers of terms.

        `terms` are these three. The fewest claims with one of them are looked up first.
        """
        parts = (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
        relations = [self.triples.relation(part) for part in parts]
        claims = min(
            (
                relation.inverse.of(np.array([term]))[1]
                for relation, term in zip(relations, terms, strict=True)
            ),
            key=len,
        )
        for relation, term in zip(relations, terms, strict=True):
            places, values = relation.of(claims)
            claims = claims[np.unique(places[values == term])]
        return [int(claim) for claim in claims]


def _line(location: Location | None, lines_by_file: dict[int, Lines]) -> int | None:
    """Return the line of a location, of its triple or statement; ``None`` if it is not known.

    `lines_by_file` has, by the number of a file and by row, the line of the triple's object and
    that on which its statement begins; it has an entry for the file of the location.
    """
    if location is None or location.row not in lines_by_file[location.file]:
        return None
    of_triple, of_statement = lines_by_file[location.file][location.row]
    return of_statement if location.of_statement else of_triple
