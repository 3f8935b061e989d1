"""Open a graph: a folder, a snapshot or an endpoint."""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path

from allgraph.errors import EngineError, QueryError
from allgraph.folder import Folder, builtin, open_folder
from allgraph.folder.loading import loaded
from allgraph.folder.snapshot.directory import Directory, Snapshot
from allgraph.graph.graph import Graph, Progress, log
from allgraph.rdf.terms import text
from allgraph.sparql import sandboxed
from allgraph.sparql.embedded import Embedded, OnDisk
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.engine import Engine

IN_MEMORY = 20_000
"""How many triples a graph with a snapshot may have to be read into memory, where it is asked
about three times as fast as on disk, but has to be read each time."""


def open_graph(folder: str | os.PathLike[str] | None = None, *, endpoint: str | None = None,
               include_sensitive: bool = False, timeout: float | None = None,
               progress: Progress | None = None, in_memory: int = IN_MEMORY,
               login: tuple[str, str] | None = None) -> Graph:  # fmt: skip
    """Open a graph folder, or the built-in graph; or ask an `endpoint` by its address.

    Of an endpoint, the folder gives questions and prefixes alone. It has to hold the derived
    triples too, and no sensitive claims unless `include_sensitive`; of a folder those are left
    out. A query may take `timeout` seconds: 60 for an endpoint, else no limit. `progress` is
    told, in words, which file is read. A `login` is the user and password for an endpoint.

    A folder is read into memory, unless `allgraph build` has made a snapshot of its files as they
    are, with more than so many triples `in_memory`: that is asked where it lies, on disk. Raises
    `FolderError`, `LoadError`, or `EngineError`, also for a snapshot that is damaged.
    """
    found = builtin() if folder is None else open_folder(Path(folder))
    if endpoint is not None:
        remote = Remote(endpoint, found.prefixes, login=login)
        return _opened(found, remote if timeout is None else remote.within(timeout),
                       include_sensitive)  # fmt: skip
    snapshot = fresh(found, include_sensitive)
    if snapshot is not None and len(snapshot) > in_memory:
        return on_disk(found, snapshot, timeout=timeout)
    engine: Engine = Embedded(loaded(found, include_sensitive, progress), found.prefixes)
    if timeout is not None:
        engine = sandboxed.Timed(engine, timeout)
    return Graph(found, engine, include_sensitive, snapshot)


def on_disk(folder: Folder, snapshot: Snapshot, *, timeout: float | None = None) -> Graph:
    """The graph of a snapshot, asked where it lies; `timeout` as for `open_graph`."""
    engine: Engine = OnDisk(snapshot.store, folder.prefixes)
    if timeout is not None:
        engine = sandboxed.Timed(engine, timeout)
    return Graph(folder, engine, snapshot.manifest.include_sensitive, snapshot)


def fresh(folder: Folder, include_sensitive: bool = False) -> Snapshot | None:
    """The snapshot of a folder if it is that of its files as they are; a warning if it is not."""
    shelf = Directory(folder, include_sensitive)
    if shelf.pointer() is None:
        return None
    why = shelf.stale()
    if why:
        log.warning("the snapshot is not used, since %s; make it again with `allgraph build`", why)
        return None
    return shelf.opened()


def _opened(folder: Folder, engine: Remote, include_sensitive: bool) -> Graph:
    """A graph over an endpoint, or `EngineError` when it cannot answer as it should."""
    graph = Graph(folder, engine, include_sensitive)
    name = f"the {engine.description}"
    try:
        held = {text(row["what"]) for row in graph.run("held").rows}
    except QueryError as error:
        raise EngineError(f"{error.message}, which every endpoint can answer") from None
    if "sensitive" in held and not include_sensitive:
        raise EngineError(
            f"{name} holds claims flagged sensitive, which nobody can leave out from here; "
            "say --include-sensitive if you mean to see them"
        )
    if "claim" in held and "derived" not in held:
        raise EngineError(f"{name} has claims, but {_missing(held)}")
    if "claim" not in held:
        elsewhere = " in its default graph, only in named ones" * ("claim in a named graph" in held)
        log.warning("%s has no claims%s; questions will have no rows", name, elsewhere)
    return graph


def _missing(held: Set[str]) -> str:
    if "derived in a named graph" in held:
        return (
            "what is derived from them is in a named graph; make its default graph the union "
            "of all, or load everything into that one"
        )
    return (
        "not what is derived from them: ag:source and direct triples; write all of it with "
        "`allgraph export graph.nt --derived` and load that"
    )
