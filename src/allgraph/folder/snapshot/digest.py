"""The digest of a dataset: the SHA-256 of what its files state, in canonical form (RDFC-1.0).

Without blank nodes that is the lines of N-Quads in order, however many there are. With them it
needs the whole graph at once, and may take longer than anyone waits; then there is none.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Quad

from allgraph.errors import AllgraphError, EngineCrash, EngineError
from allgraph.folder.folder import Folder
from allgraph.model import skolem
from allgraph.rdf.canonical import canonical
from allgraph.sorting import Sorter

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MOST = 300_000
"""How many triples a dataset with blank nodes may have."""

Keep = Callable[[Quad], bool]
Start = Callable[[Path], Callable[[], "str | None"]]


def digest(folder: Folder, place: Path, keep: Keep | None = None) -> str | None:
    """The digest of the data of a folder, or ``None`` where blank nodes do not allow it.

    What does not fit into memory is sorted in a directory, the `place`. With `keep`, only quads
    count for which it is true; it is given them with names for their blank nodes.
    """
    total = sha256()
    with Sorter[bytes](place, distinct=True) as lines:
        for path in folder.data_files():
            for quad in folder.streamed(path):
                if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
                    return _with_blank_nodes(folder, keep)
                if keep is None or keep(quad):
                    lines.add(f"{quad} .\n".encode())
        for line in lines:
            total.update(line)
    return total.hexdigest()


def _with_blank_nodes(folder: Folder, keep: Keep | None) -> str | None:
    quads: list[Quad] = []
    for path in folder.data_files():
        some = []
        for quad in folder.streamed(path):
            some.append(quad)
            if len(quads) + len(some) > MOST:
                return None
        base = folder.base_of(path)
        names = skolem.node_names(some, base)
        labels = skolem.own_labels(names, base)
        for quad, named in zip(some, skolem.renamed_quads(some, names), strict=True):
            if keep is None or keep(named):
                quads += skolem.renamed_quads([quad], labels)
    try:
        return sha256(canonical(quads)).hexdigest()
    except EngineError:
        return None


@contextmanager
def beside(folder: Folder) -> Iterator[Start]:
    """Make the digest in a process of its own, which is there before any store has threads.

    Gives what starts it, with a place for what is sorted, and gives what waits for it.
    """
    if not hasattr(os, "fork"):
        yield lambda place: lambda: digest(folder, place)
        return
    import multiprocessing

    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_wait, args=(theirs, ours, folder))
    process.start()
    theirs.close()

    def wait() -> str | None:
        try:
            outcome = ours.recv()
        except EOFError:
            raise EngineCrash("the process that made the digest of the dataset died") from None
        if isinstance(outcome, AllgraphError):
            raise outcome
        return outcome if outcome is None else str(outcome)

    def start(place: Path) -> Callable[[], str | None]:
        ours.send(place)
        return wait

    try:
        yield start
    finally:
        process.kill()
        process.join()
        ours.close()


def _wait(told: Connection, other: Connection, folder: Folder) -> None:
    """Make the digest once told to; end when whoever asked is gone."""
    other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        place = told.recv()
        try:
            told.send(digest(folder, place))
        except AllgraphError as error:
            told.send(error)
    except (EOFError, BrokenPipeError):
        return
