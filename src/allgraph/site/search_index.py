"""The search index of a static site: names by the prefixes of their words, in small files.

Each file has the names with a word that begins with its prefix. A prefix with too many names has
files for longer prefixes too; its own file then has only some names and the number of the others.

=====================  ========================================================================
``index.json``         ``{"mode": "static", "prefixes": ["", "a", …], "base": "https://…"}``
``words.json``         the file of the prefix ``""``, which is the only one where names are few
``words-PREFIX.json``  that of letters from a to z and digits
``words~HEX.json``     that of any other prefix, as the hexadecimal digits of its UTF-8
=====================  ========================================================================

A file is ``{"entries": [[name, kind, path], …], "more": 0}``. After its path an entry may have
another name that finds the thing; then a line that tells it apart from its namesakes; then 1 if the
other name is an identifier, which finds it only as a whole. Empty parts at the end are left out.
Prefixes are those of folded names; ``web/src/search.js`` reads the files, and finds what
`Graph.find` does. Where names are too many for one file, words have to
begin words of the name, and a typo is in the second half of its word.

>>> index = dict(files([Named("Gisele Bündchen", (), "person", "/page/gisele-bundchen")]))
>>> index["search/words.json"].decode()
'{"entries":[["Gisele Bündchen","person","/page/gisele-bundchen"]],"more":0}'
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import nsmallest
from typing import Any, NamedTuple

from pyoxigraph import Literal

from allgraph.graph import Graph, Thing
from allgraph.model.names import bare, fold
from allgraph.rdf.terms import text
from allgraph.render.table import comma_separated

LARGEST = 100_000
"""How many bytes a file has at most, nearly."""
FEW = 200
"""How many names a file has that does not have all of them."""
_LONGEST_PREFIX, _LONGEST_NAME = 12, 200
_SEPARATORS = re.compile(
    "[\0-/:-@[-`{-\u00bf\u2000-\u206f\u3000-\u3004\u3008-\u301f\u3030\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffd]+"
)
_PLAIN = re.compile("[0-9a-z]+")


class Named(NamedTuple):
    """A thing in the index: its name, its other names, its kind, and the path of its page.

    `kind` is the label of a class, or ``""``. `line` tells it apart from things with the same name,
    or is ``""``. `identifiers` find it as a whole.
    """

    name: str
    others: Sequence[str]
    kind: str
    path: str
    line: str = ""
    identifiers: Sequence[str] = ()


_Record = tuple[str, str, str, str, str, int]
"""The parts of an entry: name, kind, path, other name, line, and 1 for an identifier."""
PathOf = Callable[[str], str | None]
"""The path of the page about an IRI, if there is one."""


def names(graph: Graph, path_of: PathOf) -> dict[str, Named]:
    """Return the things of a graph that have a label and a page, by their IRIs.

    Claims are left out. `path_of` gives the path of the page about an IRI, ``None`` if there is no
    page. Runs the query ``site-names``.

    >>> from allgraph.graph import open_graph
    >>> things = names(open_graph(), lambda iri: "/page/" + iri.rpartition("/")[2])
    >>> things["https://w3id.org/allgraph/id/coco-rocha"][:4]
    ('Coco Rocha', (), 'person', '/page/coco-rocha')
    """
    rows: dict[str, list[tuple[str, str, str]]] = {}
    for row in graph.rows("site-names", base=Literal(graph.folder.base)):
        label, kind, other = (text(row[column]) for column in ("label", "kind", "other"))
        rows.setdefault(text(row["thing"]), []).append((label, kind, other))
    paths = {iri: path for iri in rows if (path := path_of(iri)) is not None}
    return {iri: _named(rows[iri], path) for iri, path in paths.items()}


def _named(rows: Sequence[tuple[str, str, str]], path: str) -> Named:
    """Return a thing from its rows of (label, kind, other name), each of which may be ``""``.

    Its name and kind are the first labels in alphabetical order; further labels are other names.
    """
    labels, kinds, others = (sorted({*column} - {""}) for column in zip(*rows, strict=True))
    name = labels[0] if labels else ""
    other_names = sorted({*labels, *others} - {name})
    return Named(name, tuple(other_names), kinds[0] if kinds else "", path)


def searched(graph: Graph, path_of: PathOf) -> list[Named]:
    """Return what `names` does, with identifiers and with lines that tell namesakes apart.

    They are in no order. Queries the graph for these too.
    """
    things = names(graph, path_of)
    identifiers: dict[str, dict[str, None]] = {}
    for row in graph.rows("site-identifiers", base=Literal(graph.folder.base)):
        identifiers.setdefault(text(row["thing"]), {})[text(row["value"])] = None
    lines = graph.told_apart([Thing(iri, one.name, one.kind) for iri, one in things.items()])
    return [
        one._replace(line=lines.get(iri, ""), identifiers=sorted(identifiers.get(iri, ())))
        for iri, one in things.items()
    ]


def identifier_table(graph: Graph, path_of: PathOf) -> bytes:
    """Return the identifiers that others gave to things as CSV, sorted; they are queried.

    A row has the name of the scheme, the identifier, the IRI of the thing and the path of its page,
    which is empty where it has none. So a thing is found by an identifier on a site without a
    server.
    """
    named: dict[str, str] = {}
    rows = []
    for row in graph.rows("identifiers"):
        identifier, thing = row["identifier"], text(row["thing"])
        if isinstance(identifier, Literal):
            scheme = identifier.datatype.value
            name = named.setdefault(scheme, graph.schemes.name_of(scheme))
            rows.append((name, identifier.value, thing, path_of(thing) or ""))
    return comma_separated(("scheme", "identifier", "thing", "page"), sorted(rows))


def files(things: Iterable[Named], base: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield the files of the index as (name, content), ``search/index.json`` last.

    That lists the prefixes, and has the base of the IRIs of things; each other file has, as JSON,
    the names with a word that begins with its prefix, and files for longer prefixes are made where
    these are too many for one. The same things give the same files. Nothing is written to disk.
    """
    index = _Index(things)
    prefixes = []
    for prefix, content in index.files("", 0, len(index.words)):
        prefixes.append(prefix)
        yield f"search/{_file_name(prefix)}", content
    yield "search/index.json", _json({"mode": "static", "prefixes": prefixes, "base": base})


def words(folded: str) -> list[str]:
    """Return the words of a text that `fold` has returned; a text of separators only is one word.

    >>> words(fold("L’Oréal (Paris)")), words("?!")
    (['l', 'oreal', 'paris'], ['?!'])
    """
    letters = [word for word in _SEPARATORS.split(folded) if word]
    whole = folded.strip(" ")
    return letters or ([whole] if whole else [])


def _words_of_name(name: str) -> dict[str, None]:
    """Return the words by which a name is found, with and without apostrophes and the like in them.

    >>> [*_words_of_name("bill S.5486")]
    ['bill', 's', '5486', 's5486']
    """
    return dict.fromkeys([*words(fold(name)), *words(bare(name))])


class _Index:
    """The entries for all names of all things, and the words of the names, sorted.

    `entries` are lines of JSON, `paths` the page of the thing of each entry. `words` has (word,
    whether it matches worse, number of the entry); the first word of a main name matches better
    than a later word or a word of another name.
    """

    def __init__(self, things: Iterable[Named]) -> None:
        """Make an entry for each name of each thing, numbered from 0 in alphabetical order.

        `entries` has its JSON, and `paths` the page of its thing. `words` has (word, whether it is
        not the first word of a main name, number of the entry).
        """
        records = sorted({record for thing in things for record in _records(thing)})
        self.paths = [record[2] for record in records]
        self.entries = [_json(_without_empty_end(record)) for record in records]
        self.words: list[tuple[str, bool, int]] = sorted(
            (word, bool(place or other), number)
            for number, (name, _, _, other, _, _) in enumerate(records)
            for place, word in enumerate(_words_of_name(other or name))
        )

    def files(self, prefix: str, start: int, end: int) -> Iterator[tuple[str, bytes]]:
        """Yield (prefix, content) for a prefix, and for longer prefixes if one file is too large.

        ``words[start:end]`` have to be the words that begin with the prefix. A file that would have
        more than `LARGEST` bytes has only the entries that match best, at most `FEW` (200), and
        the number of the other things.
        """
        numbers = sorted({number for _, _, number in self.words[start:end]})
        size = sum(len(self.entries[number]) + 1 for number in numbers)
        if size <= LARGEST:
            yield prefix, self._file_content(numbers, 0)
            return
        best = self._best(prefix, start, end)
        hidden = {self.paths[number] for number in numbers}
        hidden.difference_update(self.paths[number] for number in best)
        yield prefix, self._file_content(best, len(hidden))
        if len(prefix) < _LONGEST_PREFIX:
            yield from self._longer(prefix, start, end)

    def _longer(self, prefix: str, start: int, end: int) -> Iterator[tuple[str, bytes]]:
        """Yield (prefix, content) for each prefix longer by one letter, and for longer ones.

        ``words[start:end]`` are the words that begin with the shorter prefix.
        """
        start = bisect_left(self.words, (prefix + "\0",), start, end)  # after the prefix itself
        size = len(prefix) + 1
        while start < end:
            longer = self.words[start][0][:size]
            middle = bisect_right(self.words, longer, start, end, key=lambda word: word[0][:size])
            yield from self.files(longer, start, middle)
            start = middle

    def _best(self, prefix: str, start: int, end: int) -> list[int]:
        """Return the numbers of at most `FEW` entries whose JSON is within `LARGEST` bytes.

        ``words[start:end]`` are the words that begin with the prefix. First are entries with the
        prefix as a whole word, then those with a word that begins so; among either, those where it
        is the first word of a main name.
        """
        ranks: dict[int, tuple[bool, bool, int]] = {}
        for word, is_later, number in self.words[start:end]:
            rank = (word != prefix, is_later, number)
            ranks[number] = min(rank, ranks.get(number, rank))
        best, room = [], LARGEST
        for _, _, number in nsmallest(FEW, ranks.values()):
            room -= len(self.entries[number]) + 1
            if room < 0:
                break
            best.append(number)
        return best

    def _file_content(self, numbers: Iterable[int], more: int) -> bytes:
        """Return the JSON of a file with these entries; `more` is how many things it leaves out."""
        entries = b",".join(self.entries[number] for number in numbers)
        return b'{"entries":[%b],"more":%d}' % (entries, more)


def _records(thing: Named) -> Iterator[_Record]:
    """Yield the parts of an entry for each name and identifier of a thing.

    The other name is ``""`` for the main name. Names are cut where they are long; another name that
    is then the main one is left out.
    """
    name = _shortened(thing.name)
    yield name, thing.kind, thing.path, "", thing.line, 0
    for other in map(_shortened, thing.others):
        if other != name:
            yield name, thing.kind, thing.path, other, thing.line, 0
    for identifier in thing.identifiers:
        if len(identifier) <= _LONGEST_NAME:
            yield name, thing.kind, thing.path, identifier, thing.line, 1


def _without_empty_end(record: _Record) -> Sequence[str | int]:
    """Return the parts of an entry without those at its end that are empty.

    >>> _without_empty_end(("A", "", "/page/a", "", "", 0))
    ('A', '', '/page/a')
    """
    return record[: 3 + max((place for place, part in enumerate(record[3:], 1) if part), default=0)]


def _shortened(name: str) -> str:
    """Return a name with single spaces, cut to `_LONGEST_NAME` characters and ``…``."""
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def _file_name(prefix: str) -> str:
    """Return the name of the file of a prefix, without its folder.

    A prefix that has more than digits and letters from a to z is written in hexadecimal digits.
    """
    if not prefix:
        return "words.json"
    if _PLAIN.fullmatch(prefix):
        return f"words-{prefix}.json"
    return f"words~{prefix.encode().hex()}.json"


def _json(value: Any) -> bytes:
    """Return a value as JSON in UTF-8, without spaces."""
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
