"""The index of names in a snapshot, in files: written, and mapped into memory."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Store

from allgraph.folder.snapshot.files import read_texts, write_texts
from allgraph.model.facts import finder
from allgraph.model.name_index import NameIndex, Pair, names_in
from allgraph.rdf.terms import MERGED, WITH_WITHDRAWN
from allgraph.sorting import Sorter

_NAMES, _THINGS = "names", "named"  # the files of keys, and of the thing of each key


def read(place: Path) -> NameIndex:
    """Map the files that `write` made in `place`, and return the index; they are checked as read.

    Raises `EngineError` when one is missing, or has not as many checksums as it needs.
    """
    return NameIndex(read_texts(place / _NAMES), read_texts(place / _THINGS))


def write(place: Path, store: Store, *, with_withdrawn: bool = False) -> None:
    """Write the index of the names of all things of a store into the new directory `place`.

    Names of withdrawn claims, and of what only they mention, are in it only `with_withdrawn`.

    The distinct pairs of a name's key and the IRI of its thing, in order, go to two files. Reads
    the store, and sorts in a temporary file in `place`. The directory must not exist. Raises
    `OSError` and `WriteError`.
    """
    place.mkdir()
    with Sorter[Pair](place, distinct=True) as names:
        graphs = WITH_WITHDRAWN if with_withdrawn else MERGED
        names.extend(names_in(finder(store, graphs)))
        write_texts(place / _NAMES, (name for name, _ in names))
        write_texts(place / _THINGS, (thing for _, thing in names))
