"""The file and the line on which a graph folder states each thing that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from allgraph.errors import LoadError
from allgraph.folder import Folder
from allgraph.rdf.files import read_utf8
from allgraph.rdf.terms import Prefixes
from allgraph.validation.lines import statements

LARGEST = 2**25
"""How many bytes the data files of a folder have at most to be searched."""

_PREFIX = re.compile(r"\s*(?:@prefix|PREFIX)\s+([\w.-]*):\s*<([^<>]*)>", re.IGNORECASE)
_BEFORE = re.compile(r"(?:\s|#[^\n]*\n)*")
_SUBJECT = re.compile(r"<([^\x00-\x20<>]*)>|([\w.-]*):((?:[\w:%-]|\.(?=[\w:%-]))*)")


class Line(NamedTuple):
    """A place in a folder: the path of a file from its root, and a line from 1."""

    file: str
    line: int


def lines_of(folder: Folder) -> Mapping[str, Line]:
    """Return by IRI where the data files of a folder first state something of it.

    These are the files in Turtle and N-Triples; ``{}`` if they are too large to be searched, or one
    cannot be read.
    """
    paths = [path for path in folder.data_files() if path.suffix in (".ttl", ".nt")]
    lines: dict[str, Line] = {}
    try:
        if sum(path.stat().st_size for path in paths) > LARGEST:
            return {}
        for path in paths:
            file = path.relative_to(folder.root).as_posix()
            for iri, line in _subjects(path, folder.prefixes):
                lines.setdefault(iri, Line(file, line))
    except (OSError, LoadError):
        return {}
    return lines


def _subjects(path: Path, prefixes: Prefixes) -> Iterator[tuple[str, int]]:
    """Yield the IRI that each statement of a file is about, and the line on which it begins."""
    known = dict(prefixes)
    for line, statement in statements(read_utf8(path, path.name).decode()):
        if prefix := _PREFIX.match(statement):
            known[prefix[1]] = prefix[2]
            continue
        before = _BEFORE.match(statement)
        start = before.end() if before else 0
        if subject := _SUBJECT.match(statement, start):
            iri = subject[1] or known.get(subject[2], "") + subject[3]
            yield iri, line + statement.count("\n", 0, start)
