"""Loading the files of a folder into a store, with what is derived from them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from pyoxigraph import Store

from allgraph import sandbox
from allgraph.errors import DateError
from allgraph.folder.folder import Folder
from allgraph.model import sensitive, skolem, withdrawn
from allgraph.model.derivation import Derivation, fill
from allgraph.model.facts import Facts
from allgraph.rdf import ntriples
from allgraph.rdf.files import has_graphs
from allgraph.rdf.terms import WITHDRAWN, WITHDRAWN_DERIVED

log = logging.getLogger("allgraph")
Progress = Callable[[str], None]
"""Called with a message on what is being done."""
_MOST_WARNINGS = 10
"""How many files that are not read are named in warnings; the others are counted."""


@dataclass(frozen=True)
class Loaded:
    """A store with all triples of a graph, and the facts of its claims with what follows from them.

    `withheld` is how many nodes were left out because they are sensitive.
    """

    store: Store
    derivation: Derivation
    withheld: int


@sandbox.without_collector()
def loaded(folder: Folder, include_sensitive: bool, progress: Progress | None = None) -> Loaded:
    """Read the files of a folder, and return a new store in memory with all of its triples.

    These are the triples of data (with IRIs or stable labels for blank nodes), ontology, and those
    derived from claims (in the graph ``ag:derived``). Triples of named graphs are in the default
    graph, and once more in theirs. What ``ag:sensitive`` flags is left out with all that depends on
    it, unless `include_sensitive`. `progress` is called with a message before each data file. Logs
    warnings about invalid dates and about files that are not read. Raises `LoadError` for an
    invalid file.
    Python's garbage collector is off until it returns.
    """
    store, facts = Store(), Facts()
    paths = folder.data_files()
    for number, path in enumerate(paths, 1):
        if progress:
            progress(f"reading {folder.relative(path)} ({number:,} of {len(paths):,})")
        lines, in_graphs = named(folder, path)
        facts.add(lines)
        store.bulk_extend(ntriples.quads([*lines, *in_graphs]))
    return complete(store, folder, facts, include_sensitive)


def named(folder: Folder, path: Path) -> tuple[list[str], list[str]]:
    """Read a data file, and return its triples as lines of N-Triples, with names for blank nodes.

    The second list has those of named graphs once more, as lines of N-Quads. Raises `LoadError`.
    """
    base = folder.base_of(path)
    if has_graphs(path):
        return skolem.named_quads(folder.in_graphs(path), base, folder.ours)
    return [*skolem.named_lines(folder.lines(path), base, folder.ours)], []


def complete(store: Store, folder: Folder, facts: Facts, include_sensitive: bool) -> Loaded:
    """Change a store that has the data: add ontology and derived triples, remove sensitive ones.

    Withdrawn claims are moved to a graph of their own, and what is derived from them to another.
    `facts` are those of the data; the ontology is added to them. A claim whose date cannot be read
    is logged as a warning, as are files of the folder that are not read. Raises `LoadError` for an
    invalid ontology.
    """
    _warn_unread(folder)
    flagged = sensitive.flagged_in(facts)
    withheld = set() if include_sensitive else sensitive.withheld(store, flagged)
    partial = sensitive.remove(store, withheld)  # all quads with one of these nodes
    for path in folder.ontology_files():
        lines = [*folder.lines(path)]
        facts.add(lines)
        store.bulk_extend(ntriples.quads(lines))
    sensitive.remove(store, withheld)
    if not include_sensitive:
        withheld |= sensitive.flagged_since(store)  # what the ontology says is sensitive
        partial |= sensitive.remove(store, withheld)
    if withheld:
        facts = facts.without(withheld)
        sensitive.shorten(facts, partial)
    derivation = Derivation(facts, _warn)
    apart: set[str] = set()
    if derivation.withdrawn:
        apart = {*map(str, withdrawn.set_apart(store, derivation.withdrawn))}
    implied, of_things = derivation.implied()
    triples = chain(derivation.triples(), implied)
    classes = (triple for triple in of_things if triple[0] not in apart)
    fill(store, triples, facts.predicates, unstated=classes)  # into the graph ``ag:derived``
    if derivation.withdrawn:
        of_withdrawn = derivation.triples(of_withdrawn=True)
        classes = (triple for triple in derivation.implied()[1] if triple[0] in apart)
        fill(store, of_withdrawn, facts.predicates, WITHDRAWN_DERIVED, WITHDRAWN, classes)
    sensitive.remove(store, withheld)  # derived triples about withheld nodes, from other claims
    return Loaded(store, derivation, len(withheld))


def _warn_unread(folder: Folder) -> None:
    """Log a warning for each of the first files of a folder that are not read; count the others."""
    unread = [*folder.unread_files().items()]
    for path, message in unread[:_MOST_WARNINGS]:
        log.warning("%s: %s", folder.relative(path), message)
    if more := len(unread[_MOST_WARNINGS:]):
        log.warning("%d more files are not read; `allgraph validate` lists them", more)


def _warn(claim: str, error: DateError) -> None:
    """Log a warning about a claim whose date is invalid; `error` says why."""
    log.warning("%s: %s; run `allgraph validate`", claim, error)
