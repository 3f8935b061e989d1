"""An index of the names of things: finds things by name without a query over all names.

>>> index = NameIndex.of([("coco rocha", "http://x/1"), ("sara ziff", "http://x/2")])
>>> index.named("Coco Rocha"), index.holding(["sara", "ziff"], 10)
(['http://x/1'], [('sara ziff', 'http://x/2')])
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pyoxigraph import NamedNode

from allgraph.model.facts import LABEL, NAME_IN_TEXT, Find
from allgraph.model.names import Words, bare, is_one_typo, swapped, words
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
FEWEST = 3
"""How many letters a word has at least that can be meant by one with a typo."""


class Spelling:
    """The words of names, among which those are found that a word with a typo may mean.

    A typo leaves one half of a word as it is, or swaps the letters where the halves meet. So the
    words are sorted, and sorted again with their letters from the last to the first.

    >>> Spelling.of(["karen elson", "helen nelson"]).near("eslon")
    ['elson']
    """

    def __init__(self, forwards: Sequence[str], backwards: Sequence[str]) -> None:
        """Keep the words, and the words with their letters from the last to the first."""
        self._forwards, self._backwards = forwards, backwards

    @classmethod
    def of(cls, folded: Iterable[str]) -> Spelling:
        """Return the words of texts, each as `bare` returns it, in memory."""
        distinct = {word for text in folded for word in words_in(text)}
        backwards = sorted(word[::-1] for word in distinct)
        return cls(Texts.of(sorted(distinct)), Texts.of(backwards))

    def near(self, word: str) -> list[str]:
        """Return the words that are equal to a word or differ from it by one typo, sorted."""
        middle = len(word) // 2
        beginning, end = word[:middle], word[: middle - 1 : -1] if middle else ""
        candidates = {
            *_beginning(self._forwards, beginning),
            *(other[::-1] for other in _beginning(self._backwards, end)),
            swapped(word, middle - 1),
        }
        return sorted(other for other in candidates if self._is_near(word, other))

    def _is_near(self, word: str, other: str) -> bool:
        """Return True if `other` is one of the words and differs from a word by one typo."""
        if not is_one_typo(word, other):
            return False
        place = bisect_left(self._forwards, other)
        return place < len(self._forwards) and self._forwards[place] == other


class NameIndex:
    """The distinct pairs of the key of a name (`bare`) and the IRI of its thing, in order.

    Different names may have one key, so the caller compares the names of the things. Where files
    of a snapshot have the pairs, every method raises `EngineError` if they are damaged.
    """

    def __init__(self, keys: Texts, things: Texts, spelling: Spelling) -> None:
        """Keep the keys, the IRI of the thing of each key, and the words of the keys."""
        self._keys, self._things, self._spelling = keys, things, spelling

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> NameIndex:
        """Return an index in memory of pairs, in any order."""
        ordered = sorted({*pairs})
        keys, things = ([pair[place] for pair in ordered] for place in (0, 1))
        return cls(Texts.of(keys), Texts.of(things), Spelling.of(keys))

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

        ``None`` when more than `most` names match, or more would have to be compared for one of the
        ways in which the words may be spelled.
        """
        matching: set[Pair] = set()
        for texts in words.alternatives(self._spelling.near):
            pairs = self.holding(texts, most)
            if pairs is None:
                return None
            matching.update(pair for pair in pairs if words.match_key(pair[0]))
            if len(matching) > most:
                return None
        return matching

    def first_pairs(self, words: Words, most: int) -> Iterator[Pair]:
        """Yield the first `most` pairs of those whose key begins with the words, as written.

        There are as many for each of the ways in which the words may be spelled.
        """
        spelled = words.alternatives(self._spelling.near) if words.is_lenient else [[words.text]]
        for texts in spelled:
            yield from islice(self.pairs_beginning(" ".join(texts)), most)


def names_in(quads: Find) -> Iterator[Pair]:
    """Yield the key of each name in a store, and the IRI of its thing; no terms of our ontology.

    Names are the objects of `PREDICATES`, such as ``rdfs:label``; `quads` finds their triples.
    """
    for predicate in PREDICATES:
        for quad in quads(None, predicate, None):
            thing = quad.subject
            if isinstance(thing, NamedNode) and not thing.value.startswith(AG):
                yield bare(text(quad.object)), thing.value


def words_in(folded: str) -> Iterator[str]:
    """Yield the words of a text, as `bare` returns it, that a word with a typo may mean.

    >>> [*words_in("the bill s5486 of ny")]
    ['the', 'bill', 's5486']
    """
    return (word for word in words(folded) if len(word) >= FEWEST)


def _beginning(ordered: Sequence[str], beginning: str) -> Iterator[str]:
    """Yield the sorted texts that begin so."""
    place = bisect_left(ordered, beginning)
    while place < len(ordered) and (text := ordered[place]).startswith(beginning):
        yield text
        place += 1
