r"""Loading data files into a store on disk, in memory that does not grow with them.

Plain N-Triples and N-Quads without blank nodes are loaded directly, by two threads where there are
two processors. All other files are read in pieces, since blank nodes get names.

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
from itertools import pairwise
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store

from allgraph.errors import LoadError
from allgraph.folder.folder import Folder
from allgraph.folder.snapshot.chunks import named_at_once, named_pieces
from allgraph.rdf import files
from allgraph.rdf.files import Read
from allgraph.rdf.terms import DERIVED

SMALL = 8 * 2**20
"""Bytes of N-Triples that are too few for a thread of their own."""
THREADS = 2
"""How many threads load one file; each takes up to 1.5 GiB of memory."""
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
    `Scattered` is raised when some are too far apart. `read` is called with the number of bytes
    each time that more of the file was read.
    """
    if path.suffix in (".nt", ".nq") and not _is_special(path):
        _in_parallel(store, path, folder.relative(path), read)
        return
    named = named_at_once if scattered else named_pieces
    for piece in named(folder.streamed(path, read), folder.base_of(path)):
        store.bulk_extend(piece)


def _is_special(path: Path) -> bool:
    """Whether a file may have blank nodes or RDF 1.2; texts that look like them count too."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        begins = data[:3] == b"\xef\xbb\xbf" or data[:2] == b"_:"
        return begins or any(data.find(mark) >= 0 for mark in _SPECIAL)


def _in_parallel(store: Store, path: Path, name: str, read: Read) -> None:
    """Load the parts of a file of lines at the same time; the first error in it is raised."""
    parts, form = _parts(path), files.syntax(path)

    def run(part: tuple[int, int]) -> LoadError | None:
        pieces = _pieces(path, *part, read)
        triples = pieces if form == RdfFormat.N_TRIPLES else map(without_graphs, pieces)
        lines = io.BufferedReader(files.Stream(triples), _PIECE)
        try:
            with files.syntax_errors(name, form), lines:
                store.bulk_load(lines, format=form)
        except LoadError as error:
            before = sum(piece.count(b"\n") for piece in _pieces(path, 0, part[0]))
            line = None if error.line is None else error.line + before
            return LoadError(error.message, path=name, line=line)
        return None

    with ThreadPoolExecutor(len(parts)) as threads:
        errors = [error for error in threads.map(run, parts) if error is not None]
    if errors:
        raise errors[0]
    for graph in [*store.named_graphs()]:  # whose name `without_graphs` has left
        if graph != DERIVED:
            quads = store.quads_for_pattern(None, None, None, graph)
            store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        store.remove_graph(graph)


def without_graphs(lines: bytes) -> bytes:
    """Return N-Quads without the names of their graphs and without derived ones; line for line.

    The name of a graph that is not a plain address stays.
    """
    if _DERIVED in lines:
        lines = _IN_DERIVED.sub(b"#", lines)
    return _IN_GRAPH.sub(rb"\1.", lines)


def _parts(path: Path) -> list[tuple[int, int]]:
    """Return where the parts of a file of lines begin and end."""
    size = path.stat().st_size
    count = max(1, min(os.cpu_count() or 1, THREADS, size // SMALL))
    limits = [0]
    with path.open("rb") as file:
        for number in range(1, count):
            file.seek(size * number // count)
            file.readline()
            limits.append(file.tell())
    limits.append(size)
    return [(start, end) for start, end in pairwise(limits) if start < end or not size]


def _pieces(path: Path, start: int, end: int, read: Read = lambda _: None) -> Iterator[bytes]:
    """Yield the lines between two places of a file, whole ones and many at a time."""
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(min(_PIECE, end - file.tell())):
            if file.tell() < end:
                piece += file.readline()
            read(len(piece))
            yield piece
