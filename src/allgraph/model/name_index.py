"""An index of the names of things: finds things by name without a query over all names.

>>> index = NameIndex.of([("coco rocha", "http://x/1"), ("sara ziff", "http://x/2")])
>>> index.named("Coco Rocha"), index.holding(["sara", "ziff"], 10)
(['http://x/1'], [('sara ziff', 'http://x/2')])
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import NamedNode

from allgraph.model.facts import LABEL, NAME_IN_TEXT, Find
from allgraph.model.names import Words, bare
from allgraph.model.strings import Texts
from allgraph.rdf.terms import AG, KNOWN, ag, text

_SKOS = KNOWN["skos"]
PREDICATES = (
    LABEL,
    NamedNode(_SKOS + "prefLabel"),
    NamedNode(_SKOS + "altLabel"),
    ag("hasName"),
    NAME_IN_TEXT,
)
"""The predicates of names, the same as in our queries about names."""
Pair = tuple[str, str]
"""The key of a name, and the IRI of a thing that has it."""


class NameIndex:
    """The distinct pairs of the key of a name (`bare`) and the IRI of its thing, in order.

    Different names may have one key, so the caller compares the names of the things. Where files
    of a snapshot have the pairs, every method raises `EngineError` if they are damaged.
    """

    def __init__(self, keys: Texts, things: Texts) -> None:
        """Keep the keys, and the IRI of the thing of each key."""
        self._keys, self._things = keys, things

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> NameIndex:
        """Return an index in memory of pairs, in any order."""
        ordered = sorted({*pairs})
        return cls(Texts.of(key for key, _ in ordered), Texts.of(thing for _, thing in ordered))

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self._keys)

    def named(self, name: str) -> list[str]:
        """Return the IRIs of things with a name that has the same key as `name`, each once."""
        wanted = bare(name)
        first = bisect_left(self._keys, wanted)
        last = bisect_right(self._keys, wanted, lo=first)
        return [*dict.fromkeys(self._things[first:last])]

    def beginning(self, name: str, most: int) -> list[str]:
        """Return the IRIs of the first `most` things with a name that begins like `name`.

        Case, accents, full stops, apostrophes and hyphens do not matter.
        """
        things: dict[str, None] = {}
        for _, thing in self.pairs_beginning(name):
            if len(things) == most:
                break
            things[thing] = None
        return [*things]

    def pairs_beginning(self, name: str) -> Iterator[Pair]:
        """Yield, in order, the pairs whose key begins like `name`."""
        wanted = bare(name)
        place = bisect_left(self._keys, wanted)
        while place < len(self) and self._keys[place].startswith(wanted):
            yield self._keys[place], self._things[place]
            place += 1

    def holding(self, texts: Sequence[str], most: int) -> list[Pair] | None:
        """Return the pairs whose key contains the rarest of some texts, which have to be `bare`.

        ``None`` when these are more than `most`, or without texts. All texts are searched together,
        so that the rarest ends the search.
        """
        searches = [(self._keys.containing(text), list[int]()) for text in texts]
        for _ in range(most + 1):
            for search, places in searches:
                place = next(search, None)
                if place is None:
                    return [(self._keys[place], self._things[place]) for place in places]
                places.append(place)
        return None

    def matching(self, words: Words, most: int) -> list[str] | None:
        """Return the sorted IRIs of things with a name that has some words.

        ``None`` when more than `most` names would have to be compared.
        """
        pairs = self.matching_pairs(words, most)
        return None if pairs is None else sorted({thing for _, thing in pairs})

    def matching_pairs(self, words: Words, most: int) -> set[Pair] | None:
        """Return the pairs whose key has some words.

        ``None`` when more than `most` names would have to be compared.
        """
        matching: set[Pair] = set()
        for texts in words.alternatives:
            pairs = self.holding(texts, most)
            if pairs is None:
                return None
            matching.update(pair for pair in pairs if words.match_key(pair[0]))
        return matching


def names_in(quads: Find) -> Iterator[Pair]:
    """Yield the key of each name in a store, and the IRI of its thing; no terms of our ontology.

    Names are the objects of `PREDICATES`, such as ``rdfs:label``; `quads` finds their triples.
    """
    for predicate in PREDICATES:
        for quad in quads(None, predicate, None):
            thing = quad.subject
            if isinstance(thing, NamedNode) and not thing.value.startswith(AG):
                yield bare(text(quad.object)), thing.value
