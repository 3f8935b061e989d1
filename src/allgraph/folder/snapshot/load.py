r"""Loading data files of any size into a store on disk, with little memory.

Plain N-Triples and N-Quads without blank nodes are loaded directly, by two threads where there are
two processors. All others are read in pieces, since IRIs are made for their blank nodes; those with
named graphs at once.

>>> without_graphs(b'<http://x/s> <http://x/p> "o" <http://x/g> .\n')
b'<http://x/s> <http://x/p> "o" .\n'
"""

from __future__ import annotations

import io
import mmap
import os
import re
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, pairwise
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store, parse

from allgraph.errors import LoadError
from allgraph.folder.folder import Folder
from allgraph.folder.snapshot.chunks import named_at_once, named_pieces
from allgraph.folder.snapshot.digest import DatasetDigest
from allgraph.model import skolem
from allgraph.model.facts import Facts
from allgraph.rdf import files, ntriples
from allgraph.rdf.files import Read, open_regular
from allgraph.rdf.terms import DERIVED

SMALL = 8 * 2**20
"""How many bytes of a file of lines are worth a thread at least."""
THREADS = 2
"""How many threads load one file; each takes up to 1.5 GiB of memory."""
_SPECIAL = (
    re.compile(rb"_:(?<=[\s>\"]_:)"),  # a blank node after white space, an IRI or a string
    re.compile(rb'"@[A-Za-z0-9-]++_:'),  # one after a language tag
    re.compile(rb"<<\("),  # a triple term of RDF 1.2
)
"""What makes a file special. Each begins with bytes to search for, which is fast."""
_PIECE = 2**20  # bytes that are read at once
_QUADS = 20_000  # and quads
_TRIPLE = rb"""
    ^([ \t]*+<[^>\n]*+>[ \t]*+<[^>\n]*+>[ \t]*+
     (?:<[^>\n]*+>|"(?:[^"\\\n]|\\.)*+"(?:@[A-Za-z0-9-]++|\^\^<[^>\n]*+>)?+)[ \t]*+)
    """
_PLAIN_IRI = rb"<https?://[a-z0-9.-]+(?::[0-9]{1,5})?/[\w/.~+=&?-]*+(?:\#[\w/.~+=&?-]*+)?>"
_IN_GRAPH = re.compile(_TRIPLE + _PLAIN_IRI + rb"[ \t]*\.", re.MULTILINE | re.VERBOSE)
_DERIVED = str(DERIVED).encode()
_IN_DERIVED = re.compile(_TRIPLE + re.escape(_DERIVED) + rb"[ \t]*\.", re.MULTILINE | re.VERBOSE)


def load(
    store: Store,
    facts: Facts,
    dataset: DatasetDigest,
    folder: Folder,
    paths: Iterable[Path],
    read: Read,
    scattered: Collection[str] = (),
) -> None:
    """Read data files, and add their triples to the default graph of a store on disk, and to facts.

    Those of named graphs are added to these graphs too. All are also added to `dataset`, as they
    are in the files, with their graphs. Blank nodes get IRIs or stable labels; triples of the graph
    ``ag:derived`` are left out. A file with blank nodes and named graphs is read at once. In other
    files the triples about a blank node may be anywhere if the base IRI of the file is in
    `scattered`; otherwise `Scattered` is raised when they are too far apart, and some were added
    already. `read` is called after each part of a file that was read, with its number of bytes;
    several threads may call it. Raises `LoadError` for an invalid file; some triples may have been
    added then.
    """

    def named(path: Path) -> Iterator[Iterable[Quad]]:
        """Yield the quads of a file with names for blank nodes, and add them to the facts.

        Up to the first blank node they are those that were parsed.
        """
        base = folder.base_of(path)
        if files.has_graphs(path):
            quads = [*folder.in_graphs(path, read)]
            dataset.add([line for line, _ in quads], base, [graph for _, graph in quads])
            triples, in_graphs = skolem.named_quads(quads, base, folder.ours)
            facts.add(triples)
            yield from map(ntriples.quads, (triples, in_graphs))
            return
        batches = files.parsed_and_written(path, base, folder.relative(path), read)
        rest: Iterable[str] = ()
        for parsed, text in batches:
            if "_:" in text:
                rest = chain((text,), (text for _, text in batches))
                break
            facts.add(chain.from_iterable(_noted((text,), dataset, base)))
            yield parsed
        lines = chain.from_iterable(_noted(rest, dataset, base))
        pieces = named_at_once if base in scattered else named_pieces
        for piece in pieces(lines, base, ours=folder.ours):
            facts.add(piece)
            yield ntriples.quads(piece)

    def in_graphs_of(path: Path) -> Iterator[str]:
        """Yield the quads of a file that are in named graphs; add its triples to the facts."""
        quads = folder.in_graphs(path)
        while batch := [*islice(quads, _QUADS)]:
            lines, graphs = ([*column] for column in zip(*batch, strict=True))
            facts.add(lines)
            dataset.add(lines, folder.base_of(path), graphs)
            yield from (ntriples.in_graph(line, graph) for line, graph in batch if graph)

    plain: list[Path] = []
    others: list[Path] = []
    for path in paths:
        is_plain = path.suffix in (".nt", ".nq") and not _is_special(path)
        (plain if is_plain else others).append(path)
    for path in plain:
        _in_parallel(store, path, folder.relative(path), read)
        if not files.has_graphs(path):
            for piece in _noted(folder.texts(path), dataset, folder.base_of(path)):
                facts.add(piece)
    lines_in_graphs = chain.from_iterable(
        map(in_graphs_of, (path for path in plain if files.has_graphs(path)))
    )
    store.bulk_extend(chain.from_iterable(chain.from_iterable(map(named, others))))
    for text in ntriples.in_bytes(lines_in_graphs):
        store.bulk_extend(parse(text, format=RdfFormat.N_QUADS))


def _noted(texts: Iterable[str], dataset: DatasetDigest, base: str) -> Iterator[list[str]]:
    """Yield texts of N-Triples as lists of lines, and add these to `dataset`."""
    for text in texts:
        lines = text.split("\n")[:-1]
        dataset.add(lines, base)
        yield lines


def _is_special(path: Path) -> bool:
    """Return True if a file of lines may have blank nodes, triple terms, or a byte order mark.

    It searches the bytes of the file for `_SPECIAL`, so it is also true for literals and comments
    that have these. White space need not come before a blank node, as in ``<a><b>_:c``.
    """
    if path.stat().st_size == 0:
        return False
    with (
        open_regular(path) as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        has_special_start = content[:3] == b"\xef\xbb\xbf" or content[:2] == b"_:"
        return has_special_start or any(mark.search(content) for mark in _SPECIAL)


def _in_parallel(store: Store, path: Path, name: str, read: Read) -> None:
    """Add a file of N-Triples or N-Quads to the default graph of a store, in several threads.

    Each thread loads a part of the file, and calls `read` with the number of bytes after each piece
    that it has read. Of the errors of all parts, the first in the file is raised, a `LoadError`
    with its line. `name` is the file in messages. At the end all named graphs of the store are
    removed: their triples are moved to the default graph, but for those of ``ag:derived``.
    """
    parts, form = _parts(path), files.syntax(path)  # the start and end of each part; by suffix

    def run(part: tuple[int, int]) -> LoadError | None:
        """Load the part of `path` between two positions into `store`; return its first error.

        ``None`` without an error. The line in the error is that in the whole file.
        """
        pieces = _pieces(path, *part, read)
        triples = pieces if form == RdfFormat.N_TRIPLES else map(without_graphs, pieces)
        lines = io.BufferedReader(files.Stream(triples), _PIECE)
        try:
            with files.syntax_errors(name, form), lines:
                store.bulk_load(lines, format=form)
        except LoadError as error:
            lines_before = sum(piece.count(b"\n") for piece in _pieces(path, 0, part[0]))
            line = None if error.line is None else error.line + lines_before
            return LoadError(error.message, path=name, line=line)
        return None

    with ThreadPoolExecutor(len(parts)) as threads:
        errors = [error for error in threads.map(run, parts) if error is not None]
    if errors:
        raise errors[0]
    for graph in [*store.named_graphs()]:  # graphs whose names `without_graphs` did not remove
        if graph != DERIVED:
            quads = store.quads_for_pattern(None, None, None, graph)
            store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        store.remove_graph(graph)


def without_graphs(lines: bytes) -> bytes:
    """Return lines of N-Quads without the names of graphs that are plain http(s) IRIs.

    Others stay, so that the result is N-Triples only if there are none. A quad of the graph of
    derived triples becomes an empty comment, so the number of lines is the same.
    """
    if _DERIVED in lines:
        lines = _IN_DERIVED.sub(b"#", lines)
    return _IN_GRAPH.sub(rb"\1.", lines)


def _parts(path: Path) -> list[tuple[int, int]]:
    """Return the start and end of each part of a file, one for each thread that may load it.

    There is one for each `SMALL` bytes, but at least one, and no more than `THREADS` or processors.
    The parts have whole lines, about the same size, and cover the file. Raises `OSError`.
    """
    size = path.stat().st_size
    count = max(1, min(os.cpu_count() or 1, THREADS, size // SMALL))
    limits = [0]
    with open_regular(path) as file:
        for number in range(1, count):
            file.seek(size * number // count)
            file.readline()
            limits.append(file.tell())
    limits.append(size)
    return [(start, end) for start, end in pairwise(limits) if start < end or not size]


def _pieces(path: Path, start: int, end: int, read: Read = lambda _: None) -> Iterator[bytes]:
    """Read a file from `start` to `end`, and yield its bytes in pieces of whole lines.

    Both are positions where a line begins, or the end of the file. `read` is called with the number
    of bytes of each piece, before it is yielded.
    """
    with open_regular(path) as file:
        file.seek(start)
        while piece := file.read(min(_PIECE, end - file.tell())):
            if file.tell() < end:
                piece += file.readline()
            read(len(piece))
            yield piece
