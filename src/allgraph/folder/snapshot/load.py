r"""The data files of a folder into a store on disk, in memory that does not grow with them.

Plain N-Triples and N-Quads without blank nodes go into the engine as they are, by two threads
where there are two processors. All else is read piece by piece, since its blank nodes get names.

>>> without_graphs(b'<http://x/s> <http://x/p> "o" <http://x/g> .\n')
b'<http://x/s> <http://x/p> "o" .\n'
"""

from __future__ import annotations

import io
import mmap
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, RdfFormat, Store

from allgraph.errors import LoadError
from allgraph.folder.folder import Folder
from allgraph.folder.snapshot.chunks import named_at_once, named_pieces
from allgraph.rdf import files
from allgraph.rdf.files import Read
from allgraph.rdf.terms import DERIVED

SMALL = 8 * 2**20
"""Bytes of N-Triples that are not worth a thread of their own."""
THREADS = 2
"""How many load a file at a time; each takes up to 1.5 GiB of memory."""
_SPECIAL = (b"\n_:", b" _:", b"\t_:", b"<<(")  # blank nodes, and what is not RDF 1.1
_PIECE = 2**20
_TRIPLE = rb"""
    ^([ \t]*+<[^>\n]*+>[ \t]*+<[^>\n]*+>[ \t]*+
     (?:<[^>\n]*+>|"(?:[^"\\\n]|\\.)*+"(?:@[A-Za-z0-9-]++|\^\^<[^>\n]*+>)?+)[ \t]*+)
    """
_PLAIN_IRI = rb"<https?://[a-z0-9.-]+(?::[0-9]{1,5})?/[\w/.~+=&?-]*+(?:\#[\w/.~+=&?-]*+)?>"
_IN_GRAPH = re.compile(_TRIPLE + _PLAIN_IRI + rb"[ \t]*\.", re.MULTILINE | re.VERBOSE)
_DERIVED = str(DERIVED).encode()
_IN_DERIVED = re.compile(_TRIPLE + re.escape(_DERIVED) + rb"[ \t]*\.", re.MULTILINE | re.VERBOSE)


def load(store: Store, folder: Folder, path: Path, read: Read, *, scattered: bool) -> None:
    """Add a data file to a store on disk; errors as those of `Folder.triples`.

    The triples about a blank node may be anywhere in the file if it is `scattered`; otherwise
    `Scattered` is raised when some are too far apart.
    """
    if path.suffix in (".nt", ".nq") and not _is_special(path):
        return _in_parallel(store, path, folder.relative(path), read)
    named = named_at_once if scattered else named_pieces
    for piece in named(folder.streamed(path, read), folder.base_of(path)):
        store.bulk_extend(piece)
    return None


def _is_special(path: Path) -> bool:
    """Whether lines may have what has to be looked at; a text that looks so is taken for it."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begins = data[:3] == b"\xef\xbb\xbf" or data[:2] == b"_:"
        return begins or any(data.find(each) >= 0 for each in _SPECIAL)


def _in_parallel(store: Store, path: Path, name: str, read: Read) -> None:
    """Load lines of triples in parts at the same time; the first error is raised."""
    parts, form = _parts(path), files.syntax(path)

    def run(part: tuple[int, int]) -> LoadError | None:
        lines = _FilePart(path, *part, read)
        whole = lines if form == RdfFormat.N_TRIPLES else files.Stream(_without_graphs(lines))
        try:
            with files.syntax_errors(name, form), io.BufferedReader(whole, _PIECE) as file:
                store.bulk_load(file, format=form)
        except LoadError as error:
            line = None if error.line is None else error.line + _lines(path, part[0])
            return LoadError(error.message, path=name, line=line)
        return None

    with ThreadPoolExecutor(len(parts)) as threads:
        errors = [error for error in threads.map(run, parts) if error is not None]
    if errors:
        raise errors[0]
    for graph in [*store.named_graphs()]:  # with a name that is not plain
        if graph != DERIVED:
            quads = store.quads_for_pattern(None, None, None, graph)
            store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        store.remove_graph(graph)


def without_graphs(lines: bytes) -> bytes:
    """N-Quads with the names of their graphs left out, and the derived ones; line for line.

    Where the name of a graph is not a plain address, it stays.
    """
    if _DERIVED in lines:
        lines = _IN_DERIVED.sub(b"#", lines)
    return _IN_GRAPH.sub(rb"\1.", lines)


def _parts(path: Path) -> list[tuple[int, int]]:
    """Where the parts of a file of lines begin and end."""
    size = path.stat().st_size
    count = max(1, min(os.cpu_count() or 1, THREADS, size // SMALL))
    starts = [0]
    with path.open("rb") as file:
        for number in range(1, count):
            file.seek(size * number // count)
            file.readline()
            starts.append(file.tell())
    ends = [*starts[1:], size]
    return [
        (start, end) for start, end in zip(starts, ends, strict=True) if start < end or not size
    ]


def _lines(path: Path, end: int) -> int:
    """How many lines end before a place in a file."""
    count = 0
    with path.open("rb") as file:
        while file.tell() < end:
            count += file.read(min(_PIECE, end - file.tell())).count(b"\n")
    return count


class _FilePart(io.FileIO):
    """A part of a file, which tells how much of it is read."""

    def __init__(self, path: Path, start: int, end: int, read: Read) -> None:
        super().__init__(path)
        self.seek(start)
        self._left = end - start
        self._told = read

    def readinto(self, buffer: Any) -> int | None:
        """Fill a buffer, up to the end of the part."""
        count = super().readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= count
        self._told(count)
        return count


def _without_graphs(lines: io.RawIOBase) -> Iterator[bytes]:
    with io.BufferedReader(lines, _PIECE) as file:
        while piece := file.read(_PIECE):
            yield without_graphs(piece + file.readline())
