"""The changes that rewrite a graph folder from deprecated terms to their replacements."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from difflib import unified_diff
from functools import partial
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat

from allgraph.errors import AllgraphError, InputError, LoadError, QueryError
from allgraph.folder import Folder, deprecated
from allgraph.folder.folder import MANIFEST
from allgraph.folder.formatting import layout
from allgraph.graph.migration import query
from allgraph.graph.migration.names import Edit, edited
from allgraph.graph.migration.ontology import copies
from allgraph.graph.migration.statements import Migration, Place, Unclear, claim_schemes
from allgraph.graph.migration.turtle import TurtleText, line_claims, migrated_lines
from allgraph.rdf import files
from allgraph.rdf.files import read_regular, read_utf8
from allgraph.rdf.terms import KNOWN, Prefixes, text
from allgraph.sparql.questions import parse_query, read_query

LONGEST = 20_000
"""How many lines a file may have whose difference is shown."""
_PREFIX, _NAMESPACE = (NamedNode(KNOWN["sh"] + name) for name in ("prefix", "namespace"))
_MARK = b"\xef\xbb\xbf"  # the byte order mark
_CELL = re.compile(r'("(?:[^"]|"")*"|[^,\r\n"]*)(?:,|\r?\n|\r|\Z)')
_STRING_OF_TOML = re.compile(
    r"#[^\n]*|\"{3}.*?\"{3}|'{3}.*?'{3}|(\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')", re.DOTALL
)
_OF_LINES = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)


@dataclass(frozen=True)
class Change:
    """The old and the new content of a file; `name` is its path for messages."""

    path: Path
    name: str
    old: bytes
    new: bytes

    def difference(self) -> Iterator[str]:
        """Yield the lines of a unified diff, as ``patch -p1`` takes it.

        Of a file of more than `LONGEST` lines there is only one that says how many differ.
        """
        old, new = (re.split(r"(?<=\n)", text.decode()) for text in (self.old, self.new))
        if max(len(old), len(new)) > LONGEST:
            count = len({*new} - {*old})
            yield f"{self.name}: {count} lines differ; the file is too long to show them\n"
            return
        old, new = ([line for line in lines if line] for lines in (old, new))
        a, b = (f"{side}/{self.name.lstrip('/')}" for side in "ab")
        a = a if self.old else "/dev/null"
        for line in unified_diff(old, new, a, b):
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def changes(folder: Folder, only: Sequence[Path] = ()) -> list[Change]:
    """Return the changes that replace deprecated terms in a folder, or in `only` some files.

    The ontology of the folder, with what it inherits, says which terms these are; an older copy of
    the built-in one is replaced by this version's, see `copies`, which says it then. Files of the
    folder are its data, ontology, shapes, questions with their expected rows, and manifest. Changes
    no file. Raises `InputError` with file and line for a file that cannot be parsed, and for a use
    of a term that has to be rewritten by hand; further ones are its notes.
    """
    errors: list[AllgraphError] = []
    replaced = copies(folder, errors)
    kept = [path for path in folder.ontology_files() if path not in replaced]
    ontology = (triple for path in (*kept, *replaced.values()) for triple in folder.triples(path))
    terms = deprecated.table(ontology)
    if not any(term.replacement for term in terms.values()):
        return []
    own = [path for path in kept if path.parent.parent == folder.root]
    declared = deprecated.table(triple for path in own for triple in folder.triples(path)).keys()
    ontologies = {path.resolve() for path in own}
    migration = Migration(terms, folder.prefixes, {})
    in_shapes = replace(migration, prefixes=Prefixes({**_of_shapes(folder), **folder.prefixes}))
    migration = replace(migration, rewrite=partial(query.migrated, migration=in_shapes))
    source = _Source(folder, migration, errors, ontologies, declared, replaced)
    paths = list(only) or [*dict.fromkeys((*own_files(folder), *replaced))]
    source.read_claims({*folder.data_files(), *(path for path in paths if files.suffix(path))})
    file_changes = [change for path in paths if (change := source.change(path))]
    if errors:
        first = InputError(errors[0].message, path=errors[0].path, line=errors[0].line)
        for other in errors[1:]:
            first.add_note(str(other))
        raise first
    return file_changes


def _of_shapes(folder: Folder) -> dict[str, str]:
    """Return the prefixes that shapes declare for their queries; reads the files of shapes."""
    declared: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path in folder.shape_files():
        for triple in folder.triples(path):
            if triple.predicate in (_PREFIX, _NAMESPACE):
                declared[str(triple.subject)][triple.predicate.value] = text(triple.object)
    pairs = ((d.get(_PREFIX.value), d.get(_NAMESPACE.value)) for d in declared.values())
    return {prefix: space for prefix, space in pairs if prefix and space}


def own_files(folder: Folder) -> list[Path]:
    """Return the paths of the files of a folder that may name terms; lists directories."""
    triples = dict.fromkeys((*folder.own_turtle_files(), *folder.data_files()))
    rows = sorted(folder.root.glob("queries/*.csv"))
    return [*triples, *folder.own_query_files(), *rows, *folder.root.glob(MANIFEST)]


@dataclass
class _Source:
    """The files of a folder, and the `migration` for them; `errors` collects what is wrong.

    `ontologies` are those of the folder itself, which deprecate the terms that are `declared`.
    Files that are `replaced` become those of this version.
    """

    folder: Folder
    migration: Migration
    errors: list[AllgraphError]
    ontologies: Set[Path]
    declared: Set[str]
    replaced: Mapping[Path, Path]

    def read_claims(self, paths: set[Path]) -> None:
        """Read the claims, named by IRIs, in some files whose predicate gets a scheme."""
        if not any(term.scheme for term in self.migration.terms.values()):
            return
        claims: dict[str, str] = {}
        for path in sorted(paths):
            try:
                text = self._text(path)
                if files.syntax(path) in _OF_LINES:
                    claims |= line_claims(text, self.migration)
                else:
                    statements = self._turtle(path, text).statements()
                    claims |= claim_schemes(self.migration.terms, statements)
            except AllgraphError:
                continue  # it is raised where the file is changed
        claims = {claim: scheme for claim, scheme in claims.items() if claim[0] == "<"}
        self.migration = self.migration.with_claims(claims)

    def change(self, path: Path) -> Change | None:
        """Return the change of a file, or ``None``; problems are added to `errors`."""
        name = self.folder.relative(path)
        try:
            if source := self.replaced.get(path.parent.resolve() / path.name):
                before, after = read_regular(path) if path.exists() else b"", read_regular(source)
                return Change(path, name, before, after) if before != after else None
            old = self._text(path)
            new = self._migrated(path, name, old)
            if new == old:
                return None
            if path.suffix in (".gz", ".zst"):
                raise LoadError("has deprecated terms; decompress it to rewrite it", path=name)
            content = read_regular(path)
            if path.suffix == ".ttl" and content == layout(old, path=name).encode():
                new = layout(new, path=name)
            mark = _MARK if content.startswith(_MARK) else b""
            return Change(path, name, content, mark + new.encode())
        except Unclear as error:
            self.errors.append(InputError(error.message, path=name))
        except AllgraphError as error:
            self.errors.append(error)
        return None

    def _text(self, path: Path) -> str:
        """Return the text of a file. Raises `LoadError`."""
        return read_utf8(path, self.folder.relative(path)).decode()

    def _turtle(self, path: Path, text: str) -> TurtleText:
        """Return the text of a file as Turtle or TriG."""
        name, base = self.folder.relative(path), self.folder.base_of(path)
        return TurtleText(text, files.syntax(path), name, base)

    def _migrated(self, path: Path, name: str, text: str) -> str:
        """Return the text of a file with new terms.

        What is unclear goes to `errors`. Raises `LoadError`, `QueryError`, and `InputError` for a
        file of another kind.
        """
        unclear: list[Place] | None = None
        if path.suffix == ".rq":
            new, unclear = query.migrated(text, self.migration)
            self._check_query(path, name, text, new)
        elif files.suffix(path) and files.syntax(path) in _OF_LINES:
            new, unclear = migrated_lines(text, self.migration)
        elif files.suffix(path):
            is_ontology = path.resolve() in self.ontologies
            declared = self.declared if is_ontology else frozenset[str]()
            migration = replace(self.migration, declared=declared)
            new, unclear = self._turtle(path, text).migrated(migration)
        if unclear is not None:
            self.errors += [InputError(why, path=name, line=line) for line, why in unclear]
            return new
        if path.suffix == ".csv":
            return edited(text, self._cells(text, _CELL))
        if path.name == MANIFEST:
            return edited(text, self._cells(text, _STRING_OF_TOML))
        raise InputError("is no data, query or manifest of a graph folder", path=name)

    def _check_query(self, path: Path, name: str, old: str, new: str) -> None:
        """Raise `QueryError` if a question or profile that is rewritten is invalid, or was."""
        if new == old:
            return
        columns = read_query(path, name, self.folder.prefixes).columns
        lines = io.StringIO(new, newline=None).read()
        if parse_query(lines, path.stem, name, self.folder.prefixes).columns != columns:
            message = "deprecated terms cannot be replaced here; rewrite them by hand"
            raise QueryError(message, path=name)

    def _cells(self, text: str, pattern: re.Pattern[str]) -> Iterator[Edit]:
        """Yield edits for the matches of a pattern, without quotes, that are deprecated terms."""
        prefixes = self.folder.prefixes
        for match in pattern.finditer(text):
            cell = match[1] or ""
            written = cell[1:-1] if cell[:1] in ("'", '"') else cell
            term = self.migration.term(f"<{prefixes.expand(written) or written}>")
            if written and term:
                start = match.start(1) + (written != cell)
                new = prefixes.shorten(term.replacement)
                yield Edit(start, start + len(written), new)
