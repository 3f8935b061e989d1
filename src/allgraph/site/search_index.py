"""The index by which a static site is searched by name, as files of limited size.

Names are found by the beginnings of their words. Each file has the names with a word that begins
with its prefix; a prefix with too many names has longer ones beside it, and its own file then has
only some of them and says how many more there are.

=====================  ========================================================================
``index.json``         ``{"mode": "static", "prefixes": ["", "a", …]}``
``words.json``         the file of the prefix ``""``, which is the only one where names are few
``words-PREFIX.json``  that of letters from a to z and digits
``words~HEX.json``     that of any other prefix, as the hexadecimal digits of its UTF-8
=====================  ========================================================================

A file is ``{"entries": [[name, kind, path], [name, kind, path, other name], …], "more": 0}``.
Prefixes are of folded texts; ``web/src/search.js`` reads all this.

>>> made = dict(files([Named("Gisele Bündchen", (), "person", "/page/gisele-bundchen")]))
>>> made["search/words.json"].decode()
'{"entries":[["Gisele Bündchen","person","/page/gisele-bundchen"]],"more":0}'
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import Any, NamedTuple

from pyoxigraph import Literal

from allgraph.graph import Graph
from allgraph.model.names import fold
from allgraph.rdf.terms import text

LARGEST = 100_000
"""The most bytes of a file, nearly."""
FEW = 200
"""How many names are in a file that does not have all of them."""
_LONGEST_PREFIX, _LONGEST_NAME = 12, 200
_SEPARATORS = re.compile(
    "[\0-/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u301f\u3030\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffd]+"
)
_PLAIN = re.compile("[0-9a-z]+")


class Named(NamedTuple):
    """A thing to be found: its name, its other names, its kind, and the path of its page."""

    name: str
    others: Sequence[str]
    kind: str
    path: str


PathOf = Callable[[str], str | None]
"""The path of the page about an IRI, if there is one."""


def names(graph: Graph, path_of: PathOf) -> dict[str, Named]:
    """The things of a graph that have a page, by their IRIs.

    >>> from allgraph.graph import open_graph
    >>> found = names(open_graph(), lambda iri: "/page/" + iri.rpartition("/")[2])
    >>> found["https://w3id.org/allgraph/id/coco-rocha"]
    Named(name='Coco Rocha', others=(), kind='person', path='/page/coco-rocha')
    """
    said: dict[str, list[tuple[str, str, str]]] = {}
    for row in graph.rows("site-names", base=Literal(graph.folder.base)):
        label, kind, other = (text(row[column]) for column in ("label", "kind", "other"))
        said.setdefault(text(row["thing"]), []).append((label, kind, other))
    paths = {iri: path for iri in said if (path := path_of(iri)) is not None}
    return {iri: _named(said[iri], path) for iri, path in paths.items()}


def _named(said: Sequence[tuple[str, str, str]], path: str) -> Named:
    """A thing by what is said of it; its name is the first of its labels."""
    labels, kinds, others = (sorted({*some} - {""}) for some in zip(*said, strict=True))
    name = labels[0] if labels else ""
    every = sorted({*labels, *others} - {name})
    return Named(name, tuple(every), kinds[0] if kinds else "", path)


def files(things: Iterable[Named]) -> Iterator[tuple[str, bytes]]:
    """The files of the index: their paths and contents, the same for the same things."""
    index = _Index(things)
    prefixes = []
    for prefix, content in index.files("", 0, len(index.words)):
        prefixes.append(prefix)
        yield f"search/{_file(prefix)}", content
    yield "search/index.json", _json({"mode": "static", "prefixes": prefixes})


def words(folded: str) -> list[str]:
    """The words of a folded text; all of it, where there is nothing but signs.

    >>> words(fold("L’Oréal (Paris)")), words("?!")
    (['l', 'oreal', 'paris'], ['?!'])
    """
    found = [word for word in _SEPARATORS.split(folded) if word]
    whole = folded.strip(" ")
    return found or ([whole] if whole else [])


class _Index:
    """Every name of every thing, and every word of these in the order of the alphabet.

    A word is with the number of its name, and whether no name that is the thing's own begins
    with it.
    """

    def __init__(self, things: Iterable[Named]) -> None:
        records = sorted({record for thing in things for record in _records(thing)})
        self.paths = [record[2] for record in records]
        self.entries = [_json(record if record[3] else record[:3]) for record in records]
        self.words: list[tuple[str, bool, int]] = sorted(
            (word, bool(place or other), number)
            for number, (name, _, _, other) in enumerate(records)
            for place, word in enumerate(dict.fromkeys(words(fold(other or name))))
        )

    def files(self, prefix: str, start: int, end: int) -> Iterator[tuple[str, bytes]]:
        """The file of a prefix, which the words from `start` to `end` have, and of longer ones."""
        numbers = sorted({number for _, _, number in self.words[start:end]})
        size = sum(len(self.entries[number]) + 1 for number in numbers)
        if size <= LARGEST:
            yield prefix, self._file(numbers, 0)
            return
        some = self._best(prefix, start, end)
        hidden = {self.paths[number] for number in numbers}
        hidden.difference_update(self.paths[number] for number in some)
        yield prefix, self._file(some, len(hidden))
        if len(prefix) < _LONGEST_PREFIX:
            yield from self._longer(prefix, start, end)

    def _longer(self, prefix: str, start: int, end: int) -> Iterator[tuple[str, bytes]]:
        start = bisect_left(self.words, (prefix + "\0",), start, end)
        while start < end:
            size = len(prefix) + 1
            longer = self.words[start][0][:size]
            middle = bisect_right(self.words, longer, start, end, key=_start(size))
            yield from self.files(longer, start, middle)
            start = middle

    def _best(self, prefix: str, start: int, end: int) -> list[int]:
        """A few names: first those with the whole word, then those that begin with it."""
        best: dict[int, tuple[bool, bool, int]] = {}
        for word, is_later, number in self.words[start:end]:
            rank = (word != prefix, is_later, number)
            best[number] = min(rank, best.get(number, rank))
        found, room = [], LARGEST
        for _, _, number in nsmallest(FEW, best.values()):
            room -= len(self.entries[number]) + 1
            if room < 0:
                break
            found.append(number)
        return found

    def _file(self, numbers: Iterable[int], more: int) -> bytes:
        entries = b",".join(self.entries[number] for number in numbers)
        return b'{"entries":[%b],"more":%d}' % (entries, more)


def _start(size: int) -> Callable[[tuple[str, bool, int]], str]:
    return lambda one: one[0][:size]


def _records(thing: Named) -> Iterator[tuple[str, str, str, str]]:
    """An entry for the name of a thing, and one for each other name that it has."""
    name = _shown(thing.name)
    yield name, thing.kind, thing.path, ""
    for other in map(_shown, thing.others):
        if other != name:
            yield name, thing.kind, thing.path, other


def _shown(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def _file(prefix: str) -> str:
    """The name of the file of a prefix."""
    if not prefix:
        return "words.json"
    if _PLAIN.fullmatch(prefix):
        return f"words-{prefix}.json"
    return f"words~{prefix.encode().hex()}.json"


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
