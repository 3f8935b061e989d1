"""The register of names in a snapshot: finds things by name without a query over all names.

It has the key (`allgraph.model.names.bare`: folded case, no accents, no full stops, apostrophes and
hyphens) of each name, sorted, and the IRI of its thing. Different names may have one key, so the
caller checks the things with the engine.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

from pyoxigraph import NamedNode, Store

from allgraph.folder.snapshot.files import CheckedFile, Places, read_texts, write_texts
from allgraph.model.names import bare
from allgraph.model.strings import Texts
from allgraph.rdf.terms import AG, KNOWN, RDFS, ag, text
from allgraph.sorting import Sorter

LABEL, NAME_IN_TEXT = NamedNode(RDFS + "label"), ag("nameInText")
PREDICATES = (LABEL, NamedNode(KNOWN["skos"] + "altLabel"), ag("hasName"), NAME_IN_TEXT)
"""The predicates of names, the same as in our queries about names."""
_NAMES, _THINGS = "names", "named"  # the files of keys, and of the thing of each key


class Register:
    """A register of the names of things, to search them by, in a directory that `write` made.

    The files are mapped into memory; every method raises `EngineError` where they are damaged.
    """

    def __init__(self, place: Path) -> None:
        """Map the files in `place`, which are checked when they are read.

        Raises `EngineError` when one is missing, or has not as many checksums as it needs.
        """
        self._key_bytes = CheckedFile(place / _NAMES)
        self._key_starts = Places(CheckedFile(place / f"{_NAMES}.starts"))
        self._keys = Texts(self._key_bytes, self._key_starts)  # sorted
        self._things = read_texts(place / _THINGS)  # the IRI of the thing of each key

    def __len__(self) -> int:
        """The number of distinct pairs of a name's key and the IRI of its thing."""
        return len(self._keys)

    def named(self, name: str) -> list[str]:
        """Return the IRIs of things with a name that has the same key as `name`, each once.

        Raises `EngineError` for damaged files.
        """
        wanted = bare(name)
        first = bisect_left(self._keys, wanted)
        last = bisect_right(self._keys, wanted, lo=first)
        return [*dict.fromkeys(self._things[first:last])]

    def holding(self, part: str, most: int) -> list[tuple[str, str]] | None:
        """Return the keys that contain the key of a text, each with the IRI of its thing.

        ``None`` when there are more than `most`; an empty list if the key of the text is empty.
        Raises `EngineError` for damaged files.
        """
        places = [*islice(self._containing(bare(part).encode("utf-8", "surrogatepass")), most + 1)]
        if len(places) > most:
            return None
        return [(self._keys[place], self._things[place]) for place in places]

    def _containing(self, part: bytes) -> Iterator[int]:
        """Yield the index of each key that contains the bytes `part`; none for ``b""``.

        Searches the bytes of all keys, which stand one after another in a file.
        """
        self._key_bytes.whole()  # checks all; raises `EngineError` if the file is damaged
        at = 0
        while (at := self._key_bytes.find(part, at)) >= 0:
            place = bisect_right(self._key_starts, at) - 1
            end = self._key_starts[place + 1]
            if part and at + len(part) <= end:  # not across the border of two keys
                yield place
                at = end
            else:
                at += 1


def write(place: Path, store: Store) -> None:
    """Write a register of the names of all things of a store into the new directory `place`.

    The distinct pairs of a name's key and the IRI of its thing, in order, go to two files. Reads
    the store, and sorts in a temporary file in `place`. The directory must not exist. Raises
    `OSError` and `WriteError`.
    """
    place.mkdir()
    with Sorter[tuple[str, str]](place, distinct=True) as names:
        names.extend(_keys_and_things(store))
        write_texts(place / _NAMES, (name for name, _ in names))
        write_texts(place / _THINGS, (thing for _, thing in names))


@contextmanager
def labels(store: Store, place: Path) -> Iterator[Iterator[tuple[str, str]]]:
    """Give the block an iterator over each thing and its name in sentences, sorted by IRI.

    That is its ``ag:nameInText``, else its label; of several, the first in order of text. Reads
    the store, and sorts in a temporary file in the directory `place`, which is gone after the
    block.
    """
    with Sorter[tuple[str, int, str]](place) as names:
        for rank, predicate in enumerate((NAME_IN_TEXT, LABEL)):
            quads = store.quads_for_pattern(None, predicate, None)
            names.extend((text(quad.subject), rank, text(quad.object)) for quad in quads)
        yield ((thing, next(of_thing)[2]) for thing, of_thing in groupby(names, itemgetter(0)))


def _keys_and_things(store: Store) -> Iterator[tuple[str, str]]:
    """Yield the key of each name in a store, and the IRI of its thing; no terms of our ontology.

    Names are the objects of `PREDICATES`, such as ``rdfs:label``.
    """
    for predicate in PREDICATES:
        for quad in store.quads_for_pattern(None, predicate, None):
            thing = quad.subject
            if isinstance(thing, NamedNode) and not thing.value.startswith(AG):
                yield bare(text(quad.object)), thing.value
