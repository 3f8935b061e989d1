"""What goes into a store from the files of a folder, and in what order."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pyoxigraph import Store

from allgraph import dates, derive, processes
from allgraph.errors import DateError
from allgraph.folder import Folder
from allgraph.terms import Node

log = logging.getLogger("allgraph")
Progress = Callable[[str], None]


@processes.without_collector()
def loaded(folder: Folder, include_sensitive: bool, progress: Progress | None = None) -> Store:
    """A store in memory with what the files of a folder state, and what follows from it."""
    store, statements = Store(), derive.Statements()
    for path in folder.data_files():
        if progress:
            progress(f"reading {folder.relative(path)}")
        quads = derive.named_quads(folder.quads(path), folder.base_of(path))
        statements.add(quads)
        store.bulk_extend(quads)
    complete(store, folder, statements, include_sensitive)
    return store


def complete(
    store: Store,
    folder: Folder,
    statements: derive.Statements,
    include_sensitive: bool,
    seen: Callable[[derive.Statement, dates.Bounds | None], None] = lambda statement, bounds: None,
) -> int:
    """Add the ontology, and what follows, to a store that has the data; take out what is sensitive.

    `seen` is told each claim and its bounds. Returns how many nodes were withheld.
    """
    gone = set() if include_sensitive else derive.withheld(store, statements.sensitive())
    derive.remove(store, gone)
    statements = statements.without(gone) if gone else statements
    for path in folder.ontology_files():
        folder.bulk_load(store, path)
    derive.remove(store, gone)
    more = set() if include_sensitive else derive.flagged_since(store)
    derive.remove(store, more)
    statements = statements.without(more) if more else statements
    statements.add(derive.described(store))
    derive.fill(store, statements.derived(_warn, seen))
    derive.remove(store, gone | more)  # what a claim that stays has from its source, say
    return len(gone | more)


def _warn(claim: Node, error: DateError) -> None:
    log.warning("%s: %s; run `allgraph validate`", claim, error)
