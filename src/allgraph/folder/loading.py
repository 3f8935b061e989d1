"""What goes into a store from the files of a folder, and in what order."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pyoxigraph import Store

from allgraph import sandbox
from allgraph.errors import DateError
from allgraph.folder.folder import Folder
from allgraph.model import derivation, edtf, sensitive, skolem
from allgraph.rdf.terms import Node

log = logging.getLogger("allgraph")
Progress = Callable[[str], None]


@sandbox.without_collector()
def loaded(folder: Folder, include_sensitive: bool, progress: Progress | None = None) -> Store:
    """A store in memory with what the files of a folder state, and what follows from it."""
    store, statements = Store(), derivation.Statements()
    for path in folder.data_files():
        if progress:
            progress(f"reading {folder.relative(path)}")
        quads = skolem.named_quads(folder.quads(path), folder.base_of(path))
        statements.add(quads)
        store.bulk_extend(quads)
    complete(store, folder, statements, include_sensitive)
    return store


def complete(
    store: Store,
    folder: Folder,
    statements: derivation.Statements,
    include_sensitive: bool,
    seen: Callable[[derivation.Statement, edtf.Bounds | None], None] = lambda statement, bounds: (
        None
    ),
) -> int:
    """Add the ontology, and what follows, to a store that has the data; take out what is sensitive.

    `seen` is told each claim and its bounds. Returns how many nodes were withheld.
    """
    gone = set() if include_sensitive else sensitive.withheld(store, statements.sensitive())
    sensitive.remove(store, gone)
    statements = statements.without(gone) if gone else statements
    for path in folder.ontology_files():
        folder.bulk_load(store, path)
    sensitive.remove(store, gone)
    more = set() if include_sensitive else sensitive.flagged_since(store)
    sensitive.remove(store, more)
    statements = statements.without(more) if more else statements
    statements.add(derivation.described(store))
    derivation.fill(store, statements.derived(_warn, seen))
    sensitive.remove(store, gone | more)  # what a claim that stays has from its source, say
    return len(gone | more)


def _warn(claim: Node, error: DateError) -> None:
    log.warning("%s: %s; run `allgraph validate`", claim, error)
