"""The digest of a dataset: the SHA-256 of the triples of its files in canonical form (RDFC-1.0).

Without blank nodes that is the sorted lines of N-Quads, however many there are. With blank nodes it
needs the whole graph in memory and may take very long; then there is no digest.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from itertools import islice
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
Wait = Callable[[], "str | None"]
Start = Callable[[Path], Wait]


def digest(folder: Folder, place: Path, keep: Keep | None = None) -> str | None:
    """Return the digest of the data of a folder, or ``None`` where blank nodes do not allow it.

    Lines are sorted in a directory (`place`), since they may not fit into memory. With `keep`, only
    quads for which it returns true count; it gets them with names for their blank nodes.
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
        of_file = [*islice(folder.streamed(path), MOST - len(quads) + 1)]
        if len(quads) + len(of_file) > MOST:
            return None
        base = folder.base_of(path)
        names = skolem.node_names(of_file, base)
        labels = skolem.own_labels(names, base)
        for quad, named in zip(of_file, skolem.renamed_quads(of_file, names), strict=True):
            if keep is None or keep(named):
                quads += skolem.renamed_quads([quad], labels)
    try:
        return sha256(canonical(quads)).hexdigest()
    except EngineError:
        return None


@contextmanager
def in_process(folder: Folder) -> Iterator[Start]:
    """Make the digest in a process of its own, forked before a store starts threads.

    Gives a function that starts it, with a directory for sorting, and returns another one that
    waits for the digest.
    """
    if not hasattr(os, "fork"):
        yield lambda place: partial(digest, folder, place)
        return
    import multiprocessing

    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, ours, folder))
    process.start()
    theirs.close()

    def wait() -> str | None:
        try:
            outcome = ours.recv()
        except EOFError:
            raise EngineCrash("the process for the digest of the dataset has died") from None
        if isinstance(outcome, AllgraphError):
            raise outcome
        return outcome if outcome is None else str(outcome)

    def start(place: Path) -> Wait:
        ours.send(place)
        return wait

    try:
        yield start
    finally:
        process.kill()
        process.join()
        ours.close()


def _serve(requests: Connection, other_end: Connection, folder: Folder) -> None:
    """Receive a directory and send the digest or an error; end when the other process is gone."""
    other_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError):
        place = requests.recv()
        try:
            requests.send(digest(folder, place))
        except AllgraphError as error:
            requests.send(error)
