"""The digest of a dataset: the SHA-256 of the triples of its files in canonical form (RDFC-1.0).

Without blank nodes the canonical form is the sorted lines of N-Quads, which may be any number. With
blank nodes it needs the whole graph in memory and may take very long; so a dataset with blank nodes
and more than `MOST` triples has no digest.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Quad

from allgraph.errors import AllgraphError, EngineCrash, EngineError
from allgraph.folder.folder import Folder
from allgraph.model import skolem
from allgraph.rdf import ntriples
from allgraph.rdf.canonical import canonical, has_blank
from allgraph.sorting import Sorter

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MOST = 300_000
"""How many triples a dataset with blank nodes may have."""

Keep = Callable[[Quad], bool]
"""Whether a quad counts."""
Wait = Callable[[], "str | None"]
"""Waits for a digest that another process makes, and returns it."""
Start = Callable[[Path], Wait]
"""Starts a digest, which sorts in a directory, and returns the function to wait for it."""


class DatasetLines:
    """The lines of the data files of a folder, of which a digest is made if these are all lines.

    `is_whole` says so. It is false once a file may have blank nodes: their labels may change.
    """

    def __init__(self, place: Path) -> None:
        """Start without lines; those too many for memory are sorted in a file in `place`."""
        self.is_whole = True
        self._lines = Sorter[str](place, distinct=True)

    def add(self, lines: Iterable[str]) -> None:
        """Add lines of N-Triples; raises `WriteError` when the disk is full."""
        self._lines.extend(lines)

    def digest(self) -> str:
        """Return the SHA-256 of the sorted lines, in hexadecimal, and free the lines."""
        total = sha256()
        for piece in ntriples.in_bytes(self._lines):
            total.update(piece)
        self._lines.close()
        return total.hexdigest()


def digest(folder: Folder, place: Path, keep: Keep | None = None) -> str | None:
    """Read the data files of a folder, and return the SHA-256 of their triples, in hexadecimal.

    It is that of their canonical form: sorted N-Quads, with labels by RDFC-1.0. ``None`` when there
    are blank nodes and too many triples, or their canonical form takes too long. Lines that do not
    fit into memory are sorted in a temporary file in the directory `place`. With `keep`, only quads
    for which it returns true count; it gets them with IRIs or stable labels in place of blank
    nodes. Raises `LoadError` for an invalid file, and `WriteError` when the disk is full.
    """
    total = sha256()
    with Sorter[bytes](place, distinct=True) as lines:
        for path in folder.data_files():
            for quad in folder.streamed(path):
                if has_blank(quad):
                    return _with_blank_nodes(folder, keep)
                if keep is None or keep(quad):
                    lines.add(f"{quad} .\n".encode())
        for line in lines:
            total.update(line)
    return total.hexdigest()


def _with_blank_nodes(folder: Folder, keep: Keep | None) -> str | None:
    """Return the SHA-256 of the data files' triples in canonical form; keeps them all in memory.

    ``None`` when there are more than `MOST` triples (300,000), or their canonical form takes too
    long or too much memory. With `keep`, only quads for which it returns true count; it gets them
    with IRIs or stable labels in place of blank nodes, which stay in the digest. Raises `LoadError`
    for an invalid file.
    """
    quads: list[Quad] = []
    for path in folder.data_files():
        of_file = [*islice(folder.streamed(path), MOST - len(quads) + 1)]
        if len(quads) + len(of_file) > MOST:
            return None
        base = folder.base_of(path)
        names = skolem.node_names(of_file, base)  # an IRI or stable label for each blank node
        labels = skolem.own_labels(names, base)  # so that no two files share a label
        for quad, renamed in zip(of_file, skolem.renamed_quads(of_file, names), strict=True):
            if keep is None or keep(renamed):
                quads += skolem.renamed_quads([quad], labels)
    try:
        return sha256(canonical(quads)).hexdigest()
    except EngineError:
        return None


@contextmanager
def in_process(folder: Folder) -> Iterator[Start]:
    """Fork a process that can make the digest of a folder during this block.

    Enter it before a store starts threads, which a fork would not survive. The block gets a
    `Start`: called with a directory for sorting, it tells the process to begin, and returns a
    `Wait`, a function. That waits, and returns the digest (``None`` if none can be made) or raises
    the error of the process; `EngineCrash` if it died. At the end of the block the process is
    killed. Where the system cannot fork, the digest is made in this process, by `Wait`.
    """
    if not hasattr(os, "fork"):
        yield lambda place: partial(digest, folder, place)
        return
    import multiprocessing

    context = multiprocessing.get_context("fork")
    parent_end, child_end = context.Pipe()
    process = context.Process(target=_serve, args=(child_end, parent_end, folder))
    process.start()
    child_end.close()

    def wait() -> str | None:
        """Wait for the digest of `_serve` at `parent_end` of the pipe, or raise the error sent.

        ``None`` means that no digest can be made (see `digest`). Raises `EngineCrash` when the
        process has died without sending. May be called once for each `start`.
        """
        try:
            outcome = parent_end.recv()
        except EOFError:
            raise EngineCrash("the process for the digest of the dataset has died") from None
        if isinstance(outcome, AllgraphError):
            raise outcome
        return outcome if outcome is None else str(outcome)

    def start(place: Path) -> Wait:
        """Send a directory for sorting to the process at `parent_end` of the pipe; return `wait`.

        With that the process begins to make the digest, and `wait` is called to get it.
        """
        parent_end.send(place)
        return wait

    try:
        yield start
    finally:
        process.kill()
        process.join()
        parent_end.close()


def _serve(child_end: Connection, parent_end: Connection, folder: Folder) -> None:
    """Run in the forked process: wait for a directory, make the digest, send it or its error.

    `child_end` and `parent_end` are the ends of one pipe; the copy of `parent_end` is closed, so
    that the death of the parent is noticed. Returns, which ends the process, also when the parent
    has died. Ignores SIGINT from the start on.
    """
    parent_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError):
        place = child_end.recv()
        try:
            child_end.send(digest(folder, place))
        except AllgraphError as error:
            child_end.send(error)
