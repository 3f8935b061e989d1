"""The index of names in a snapshot, in files: written, and mapped into memory."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Store

from allgraph.folder.snapshot.files import read_texts, write_texts
from allgraph.model.facts import finder
from allgraph.model.name_index import NameIndex, Pair, Spelling, names_in, words_in
from allgraph.rdf.terms import MERGED, WITH_WITHDRAWN
from allgraph.sorting import Sorter

_NAMES, _THINGS = "names", "named"  # the files of keys, and of the thing of each key
_WORDS, _BACKWARDS = "words", "backwards"  # of the words of keys, and of these from their ends


def read(place: Path) -> NameIndex:
    """Map the files that `write` made in `place`, and return the index; they are checked as read.

    Raises `EngineError` when one is missing, or has not as many checksums as it needs.
    """
    spelling = Spelling(read_texts(place / _WORDS), read_texts(place / _BACKWARDS))
    return NameIndex(read_texts(place / _NAMES), read_texts(place / _THINGS), spelling)


def write(place: Path, store: Store, *, with_withdrawn: bool = False) -> None:
    """Write the index of the names of all things of a store into the new directory `place`.

    Names of withdrawn claims, and of what only they mention, are in it only `with_withdrawn`.

    The distinct pairs of a name's key and the IRI of its thing, in order, go to two files, and the
    words of the keys to two more. Reads the store, and sorts in a temporary file in `place`. The
    directory must not exist. Raises `OSError` and `WriteError`.
    """
    place.mkdir()
    with Sorter[Pair](place, distinct=True) as names:
        graphs = WITH_WITHDRAWN if with_withdrawn else MERGED
        names.extend(names_in(finder(store, graphs)))
        write_texts(place / _NAMES, (name for name, _ in names))
        write_texts(place / _THINGS, (thing for _, thing in names))
        with Sorter[str](place, distinct=True) as words:
            words.extend(word for name, _ in names for word in words_in(name))
            write_texts(place / _WORDS, words)
            with Sorter[str](place, distinct=True) as backwards:
                backwards.extend(word[::-1] for word in words)
                write_texts(place / _BACKWARDS, backwards)
