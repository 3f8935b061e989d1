"""The register of names: finds the things that have a name, without a query over all names.

Names are stored as keys (`allgraph.model.names.key`), in order, with the thing of each. So a search
finds all things with a name, and perhaps others; the caller checks them with the engine.
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
from allgraph.model.names import key
from allgraph.model.strings import Texts
from allgraph.rdf.terms import AG, KNOWN, RDFS, ag, text
from allgraph.sorting import Sorter

PREDICATES = (NamedNode(RDFS + "label"), NamedNode(KNOWN["skos"] + "altLabel"), ag("hasName"))
"""The predicates of names, the same as in our queries about names."""
_NAMES, _THINGS = "names", "named"


class Register:
    """The names in a directory that `write` made."""

    def __init__(self, place: Path) -> None:
        self._keys = CheckedFile(place / _NAMES)
        self._starts = Places(CheckedFile(place / f"{_NAMES}.starts"))
        self._names = Texts(self._keys, self._starts)
        self._things = read_texts(place / _THINGS)

    def __len__(self) -> int:
        """The number of names."""
        return len(self._names)

    def named(self, name: str) -> list[str]:
        """Return the things with this name, or one that differs in case and accents alone."""
        first = bisect_left(self._names, key(name))
        last = bisect_right(self._names, key(name), lo=first)
        return [*dict.fromkeys(self._things[first:last])]

    def holding(self, part: str, most: int) -> list[tuple[str, str]] | None:
        """Return the keys that contain a text, with their things; ``None`` if more than `most`."""
        places = [*islice(self._places(key(part).encode("utf-8", "surrogatepass")), most + 1)]
        if len(places) > most:
            return None
        return [(self._names[place], self._things[place]) for place in places]

    def _places(self, part: bytes) -> Iterator[int]:
        """Yield the places of the keys that contain some bytes."""
        self._keys.whole()
        at = 0
        while (at := self._keys.find(part, at)) >= 0:
            place = bisect_right(self._starts, at) - 1
            end = self._starts[place + 1]
            if part and at + len(part) <= end:
                yield place
                at = end
            else:
                at += 1


def write(place: Path, store: Store) -> None:
    """Write the names of all things of a store into a new directory."""
    place.mkdir()
    with Sorter[tuple[str, str]](place, distinct=True) as names:
        names.extend(_keys_and_things(store))
        write_texts(place / _NAMES, (name for name, _ in names))
        write_texts(place / _THINGS, (thing for _, thing in names))


@contextmanager
def labels(store: Store, place: Path) -> Iterator[Iterator[tuple[str, str]]]:
    """Give each thing with its name in sentences, in the order of things; sorted in a directory."""
    with Sorter[tuple[str, int, str]](place) as names:
        for rank, predicate in enumerate((ag("nameInText"), PREDICATES[0])):
            quads = store.quads_for_pattern(None, predicate, None)
            names.extend((text(quad.subject), rank, text(quad.object)) for quad in quads)
        yield ((thing, next(of_thing)[2]) for thing, of_thing in groupby(names, itemgetter(0)))


def _keys_and_things(store: Store) -> Iterator[tuple[str, str]]:
    for predicate in PREDICATES:
        for quad in store.quads_for_pattern(None, predicate, None):
            thing = quad.subject
            if isinstance(thing, NamedNode) and not thing.value.startswith(AG):
                yield key(text(quad.object)), thing.value
