"""Open a graph: a folder, a snapshot or an endpoint."""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Store

from allgraph.errors import EngineError, QueryError
from allgraph.folder import Folder, builtin, open_folder, prepared
from allgraph.folder.folder import SNAPSHOTS
from allgraph.graph.graph import Graph, Progress, log
from allgraph.rdf.terms import text
from allgraph.sparql import sandboxed
from allgraph.sparql.embedded import Embedded, OnDisk
from allgraph.sparql.engine import Engine

if TYPE_CHECKING:
    from allgraph.folder.snapshot.directory import Snapshot
    from allgraph.model.derivation import Derivation
    from allgraph.sparql.endpoint.engine import Remote

IN_MEMORY = 20_000
"""How many triples a graph with a snapshot may have to be read into memory, where it is asked
about three times as fast as on disk, but has to be read each time."""


def open_graph(
    folder: str | os.PathLike[str] | None = None,
    *,
    endpoint: str | None = None,
    include_sensitive: bool = False,
    withdrawn: bool = False,
    timeout: float | None = None,
    progress: Progress | None = None,
    in_memory: int = IN_MEMORY,
    login: tuple[str, str] | None = None,
) -> Graph:
    """Open a graph folder, or the built-in graph; or ask an `endpoint` by its address.

    Of an endpoint, the folder gives questions and prefixes alone. It has to hold the derived
    triples too, and no sensitive claims unless `include_sensitive`; of a folder those are left
    out. The same is true of claims that were `withdrawn`. A query may take `timeout` seconds: 60
    for an endpoint, else no limit. `progress` is called with a message for each file. A `login` is
    the user and password for an endpoint.

    A folder is read into memory, unless `allgraph build` has made a snapshot of its present files
    with more triples than `in_memory`: then the snapshot is queried on disk. Raises
    `FolderError`, `LoadError`, or `EngineError`, also for a snapshot that is damaged.

    >>> import allgraph
    >>> graph = allgraph.open()
    >>> graph.folder.title
    'The Model Alliance, the New York child model law and the RESPECT Program'
    >>> [row.text("name") for row in graph.ask("founders", body="Model Alliance")][0]
    'Sara Ziff'
    """
    opened = builtin() if folder is None else open_folder(Path(folder))
    if endpoint is not None:
        from allgraph.sparql.endpoint.engine import Remote

        remote = Remote(endpoint, opened.prefixes, login=login)
        remote = remote if timeout is None else remote.within(timeout)
        return _over_endpoint(opened, remote, include_sensitive, withdrawn)
    graph = _of_folder(opened, include_sensitive, timeout, progress, in_memory)
    return graph.including_withdrawn if withdrawn else graph


def _of_folder(
    opened: Folder,
    include_sensitive: bool,
    timeout: float | None,
    progress: Progress | None,
    in_memory: int,
) -> Graph:
    """Open the graph of a folder, in memory or on disk, as `open_graph` does."""
    snapshot = fresh(opened, include_sensitive)
    if snapshot is not None and len(snapshot) > in_memory:
        return on_disk(opened, snapshot, timeout=timeout)
    store, derivation = _in_memory(opened, include_sensitive, progress)
    engine = _timed(Embedded(store, opened.prefixes), timeout)
    return Graph(opened, engine, include_sensitive, snapshot, derivation)


def _in_memory(
    folder: Folder, include_sensitive: bool, progress: Progress | None
) -> tuple[Store, Derivation | None]:
    """Return a new store with the triples of a folder, and what follows from its claims.

    That is ``None`` for the built-in folder where it is prepared. Raises `LoadError`.
    """
    if folder.root == builtin().root and not include_sensitive:
        store = prepared.read(folder)
        if store is not None:
            return store, None
    from allgraph.folder.loading import loaded

    graph = loaded(folder, include_sensitive, progress)
    return graph.store, graph.derivation


def on_disk(folder: Folder, snapshot: Snapshot, *, timeout: float | None = None) -> Graph:
    """Return the graph of a snapshot, whose store is on disk, and opened at the first query.

    A query may take `timeout` seconds; with ``None`` there is no limit.
    """
    engine = _timed(OnDisk(snapshot.store, folder.prefixes), timeout)
    return Graph(folder, engine, snapshot.manifest.include_sensitive, snapshot)


def _timed(engine: Engine, timeout: float | None) -> Engine:
    """Return `engine`, wrapped so that queries end after `timeout` seconds if that is given."""
    return engine if timeout is None else sandboxed.Timed(engine, timeout)


def fresh(folder: Folder, include_sensitive: bool = False) -> Snapshot | None:
    """Return the snapshot of a folder if it was made from its present files, else ``None``.

    `include_sensitive` chooses the snapshot with sensitive claims. The snapshot is locked against
    removal as long as the object is in use. Logs a warning when there is one that cannot be used.
    Raises `EngineError` when it is damaged, `LoadError` when one of the files is gone meanwhile.
    """
    if not (folder.root / SNAPSHOTS).exists():
        return None
    from allgraph.folder.snapshot.directory import Directory

    directory = Directory(folder, include_sensitive)
    if directory.pointer() is None:
        return None
    why = directory.stale()
    if why:
        log.warning("the snapshot is not used, since %s; make it again with `allgraph build`", why)
        return None
    return directory.opened()


def _over_endpoint(
    folder: Folder, engine: Remote, include_sensitive: bool, with_withdrawn: bool
) -> Graph:
    """Return a graph over an endpoint, after a query about what the endpoint has.

    Raises `EngineError` when it cannot answer the query, has sensitive or withdrawn claims that are
    not wanted, or claims but no derived triples. Logs a warning when it has no claims.
    """
    graph = Graph(folder, engine, include_sensitive, with_withdrawn=with_withdrawn)
    name = f"the {engine.description}"
    try:
        contents = {text(row["what"]) for row in graph.run("held").rows}
    except QueryError as error:
        raise EngineError(f"{error.message}, which every endpoint can answer") from None
    if "sensitive" in contents and not include_sensitive:
        raise EngineError(
            f"{name} holds claims flagged sensitive, which cannot be left out of answers of an "
            "endpoint; open it with `include_sensitive` to see them"
        )
    if "withdrawn" in contents and not with_withdrawn:
        raise EngineError(
            f"{name} holds withdrawn claims, which cannot be left out of answers of an endpoint; "
            "open it with `withdrawn` to see them"
        )
    if "claim" in contents and "derived" not in contents:
        raise EngineError(f"{name} has claims, but {_missing_derived(contents)}")
    if "claim" not in contents:
        elsewhere = " in its default graph, only in named ones" * (
            "claim in a named graph" in contents
        )
        log.warning("%s has no claims%s; questions will have no rows", name, elsewhere)
    return graph


def _missing_derived(contents: Set[str]) -> str:
    """Return the part of a message that says why derived triples are missing, and what to do.

    `contents` says what an endpoint has, in the words of the package's query ``held``.
    """
    if "derived in a named graph" in contents:
        return (
            "the triples derived from them are in a named graph; make its default graph the union "
            "of all graphs, or load everything into the default graph"
        )
    return (
        "not the triples derived from them, such as ag:source and direct triples; export the graph "
        "with `derived`, and load that file"
    )
