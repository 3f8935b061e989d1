"""The register of names: which things have a name, found without asking the engine of them all.

Names are kept as `names.key` makes them, in order, with the thing of each. So what is found is
never too little, but may be too much, and the engine has the last word on it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from pyoxigraph import NamedNode, Store

from allgraph.folder.snapshot.files import CheckedFile, Places, read_texts, write_texts
from allgraph.model.names import key
from allgraph.model.strings import Texts
from allgraph.rdf.terms import AG, KNOWN, RDFS, ag, text
from allgraph.sorting import Sorter

PREDICATES = (NamedNode(RDFS + "label"), NamedNode(KNOWN["skos"] + "altLabel"), ag("hasName"))
"""What names things, as the house's questions about names have it."""
_NAMES, _THINGS = "names", "named"


class Register:
    """The names in a directory, as `write` has put them there."""

    def __init__(self, place: Path) -> None:
        self._keys = CheckedFile(place / _NAMES)
        self._starts = Places(CheckedFile(place / f"{_NAMES}.starts"))
        self._names = Texts(self._keys, self._starts)
        self._things = read_texts(place / _THINGS)

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._names)

    def named(self, name: str) -> list[str]:
        """The things with this name, or one that differs in case and accents alone."""
        wanted = key(name)
        first = bisect_left(self._names, wanted)
        last = bisect_right(self._names, wanted, lo=first)
        return [*dict.fromkeys(self._things[first:last])]

    def holding(self, part: str, most: int) -> list[tuple[str, str]] | None:
        """The names (folded) that hold a text and their things, or ``None`` for over `most`."""
        found: list[tuple[str, str]] = []
        for place in self._places(key(part).encode("utf-8", "surrogatepass")):
            if len(found) == most:
                return None
            found.append((self._names[place], self._things[place]))
        return found

    def _places(self, part: bytes) -> Iterator[int]:
        """Where names that hold some bytes are."""
        self._keys.whole()
        here = 0
        while (here := self._keys.find(part, here)) >= 0:
            place = bisect_right(self._starts, here) - 1
            end = self._starts[place + 1]
            if part and here + len(part) <= end:
                yield place
                here = end
            else:
                here += 1


def write(place: Path, store: Store) -> None:
    """Put the names of all things of a store into a directory."""
    place.mkdir()
    with Sorter[tuple[str, str]](place, distinct=True) as names:
        names.extend(_named(store))
        write_texts(place / _NAMES, (name for name, _ in names))
        write_texts(place / _THINGS, (thing for _, thing in names))


@contextmanager
def labels(store: Store, place: Path) -> Iterator[Iterator[tuple[str, str]]]:
    """Each thing with what sentences call it, in the order of things; sorted in a directory."""
    with Sorter[tuple[str, int, str]](place) as found:
        for rank, predicate in enumerate((ag("nameInText"), PREDICATES[0])):
            quads = store.quads_for_pattern(None, predicate, None)
            found.extend((text(quad.subject), rank, text(quad.object)) for quad in quads)
        yield ((thing, next(some)[2]) for thing, some in groupby(found, lambda each: each[0]))


def _named(store: Store) -> Iterator[tuple[str, str]]:
    for predicate in PREDICATES:
        for quad in store.quads_for_pattern(None, predicate, None):
            thing = quad.subject
            if isinstance(thing, NamedNode) and not thing.value.startswith(AG):
                yield key(text(quad.object)), thing.value
