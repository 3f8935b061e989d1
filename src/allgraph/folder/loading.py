"""Loading the files of a folder into a store, with what is derived from them."""

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
"""Called with a message on what is being done."""
_MOST_WARNINGS = 10
"""How many files that are not read are named in warnings; the others are counted."""


@sandbox.without_collector()
def loaded(folder: Folder, include_sensitive: bool, progress: Progress | None = None) -> Store:
    """Read the files of a folder, and return a new store in memory with all of its triples.

    These are the triples of data (with IRIs or stable labels for blank nodes), ontology, and those
    derived from claims (in the graph ``ag:derived``). What ``ag:sensitive`` flags is left out with
    all that depends on it, unless `include_sensitive`. `progress` is called with a message before
    each data file. Logs warnings about invalid dates and about files that are not read. Raises
    `LoadError` for an invalid file.
    Python's garbage collector is off until it returns.
    """
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
    seen: Callable[[derivation.Statement, edtf.Bounds | None], None] = lambda *_: None,
) -> int:
    """Change a store that has the data: add ontology and derived triples, remove sensitive ones.

    `statements` are the claims of the data, and may be changed: they get what the ontology states.
    `seen` is called with each claim that is left, deprecated or not, if it has exactly one subject,
    predicate and object; and with the bounds of its date, ``None`` if that is invalid, which is
    also logged as a warning, as are files of the folder that are not read. Returns the number of
    nodes that were withheld: removed, because they are sensitive. Raises `LoadError` for an invalid
    ontology.
    """
    _warn_unread(folder)
    withheld = set() if include_sensitive else sensitive.withheld(store, statements.sensitive())
    sensitive.remove(store, withheld)  # all quads with one of these nodes
    for path in folder.ontology_files():
        folder.bulk_load(store, path)
    sensitive.remove(store, withheld)
    if not include_sensitive:
        withheld |= sensitive.flagged_since(store)  # what the ontology says is sensitive
        sensitive.remove(store, withheld)
    if withheld:
        statements = statements.without(withheld)
    statements.add(derivation.described(store))
    derivation.fill(store, statements.derived(_warn, seen))  # into the graph ``ag:derived``
    sensitive.remove(store, withheld)  # derived triples about withheld nodes, from other claims
    return len(withheld)


def _warn_unread(folder: Folder) -> None:
    """Log a warning for each of the first files of a folder that are not read; count the others."""
    unread = [*folder.unread_files().items()]
    for path, message in unread[:_MOST_WARNINGS]:
        log.warning("%s: %s", folder.relative(path), message)
    if more := len(unread[_MOST_WARNINGS:]):
        log.warning("%d more files are not read; `allgraph validate` lists them", more)


def _warn(claim: Node, error: DateError) -> None:
    """Log a warning about a claim whose date is invalid; `error` says why."""
    log.warning("%s: %s; run `allgraph validate`", claim, error)
