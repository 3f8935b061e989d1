"""The search index of a static site: names by the prefixes of their words, in small files.

Each file has the names with a word that begins with its prefix. A prefix with too many names has
files for longer prefixes too; its own file then has only some names and the number of the others.

=====================  ========================================================================
``index.json``         ``{"mode": "static", "prefixes": ["", "a", …], "passages": ["", …],``
                       ``"spelled": {"words-starts": ["ka", …], …}, "base": "https://…",``
                       ``"schemes": {"wikidata": "wikidata", …}, "addresses":``
                       ``[["https://www.wikidata.org/wiki/{id}", "wikidata"], …],``
                       ``"unsearched": 0}``
``words.json``         the file of the prefix ``""``, which is the only one where names are few
``words-PREFIX.json``  that of letters from a to z and digits
``words~HEX.json``     that of any other prefix, as the hexadecimal digits of its UTF-8
``texts….json``        the same for the sentences of claims and the titles of questions
``words-starts….json`` where names are many, their words by how they begin, as in `spelled`;
                       ``words-ends….json``, ``texts-starts….json`` and ``texts-ends….json``
=====================  ========================================================================

A file is ``{"entries": [[name, kind, path], …], "more": 0}``. After its path an entry may have
another name that finds the thing; then a line that tells it apart from its namesakes; then, if the
other name is an identifier, which finds it only as a whole, the name of its scheme, or 1. Empty
parts at the end are left out. A thing is also under the end of its path, for searches by IRI,
and under the words of its name together, so that the beginning of a long list is found.
``schemes`` has the names of each scheme, and ``addresses`` their templates; ``unsearched`` counts
claims that are in no file. Prefixes are those of folded names; ``web/src/search.js`` reads the
files, and finds what `Graph.find` and `Passages.find` do. Where names are too many for one file,
words have to begin words of the name.

>>> index = dict(files([Named("Gisele Bündchen", (), "person", "/page/gisele-bundchen")]))
>>> index["search/words.json"].decode()
'{"entries":[["Gisele Bündchen","person","/page/gisele-bundchen"]],"more":0}'
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from heapq import nsmallest
from typing import NamedTuple
from urllib.parse import unquote

from pyoxigraph import Literal

from allgraph.graph import Graph, Thing
from allgraph.model.name_index import words_in
from allgraph.model.names import Schemes, bare, words
from allgraph.rdf.terms import text
from allgraph.render.json import compact
from allgraph.render.table import comma_separated
from allgraph.site.search import spelled
from allgraph.site.search.passages import CLAIM, QUESTION, Passages, words_of_name

LARGEST = 100_000
"""How many bytes of names one file may have that has all of them, nearly."""
PART = 60_000
"""How many bytes any other file of names has at most, nearly."""
TEXTS = 25_000
"""How many bytes a file of claims and questions has at most, nearly."""
FEW = 200
"""How many names a file has that does not have all of them."""
_LONGEST_PREFIX, _LONGEST_NAME = 12, 200
_PLAIN = re.compile("[0-9a-z]+")


class Named(NamedTuple):
    """A thing in the index: its name, its other names, its kind, and the path of its page.

    `kind` is the label of a class, or ``""``. `line` tells it apart from things with the same name,
    or is ``""``. `identifiers` find it as a whole, each with the name of its scheme or ``""``.
    """

    name: str
    others: Sequence[str]
    kind: str
    path: str
    line: str = ""
    identifiers: Sequence[tuple[str, str]] = ()


_Record = tuple[str, str, str, str, str, str | int]
"""The parts of an entry: name, kind, path, other name, line, scheme, or 1, of an identifier."""
_OF_QUESTION, _FIRST, _LATER, _JOINED = range(4)
"""The ranks of a word: one of a question, the first of a main name, any other, and joined words."""
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
    identifiers: dict[str, set[tuple[str, str]]] = {}
    for row in graph.rows("site-identifiers", base=Literal(graph.folder.base)):
        value = row["value"]
        scheme = graph.schemes.name_of(value.datatype.value) if isinstance(value, Literal) else ""
        identifier = text(value), "" if ":" in scheme else scheme
        identifiers.setdefault(text(row["thing"]), set()).add(identifier)
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
    name_of, place_of = cache(graph.schemes.name_of), cache(path_of)
    rows = []
    for row in graph.rows("identifiers"):
        identifier, thing = row["identifier"], text(row["thing"])
        if isinstance(identifier, Literal):
            name = name_of(identifier.datatype.value)
            rows.append((name, identifier.value, thing, place_of(thing) or ""))
    return comma_separated(("scheme", "identifier", "thing", "page"), sorted(rows))


def files(
    things: Iterable[Named],
    base: str = "",
    passages: Passages | None = None,
    schemes: Schemes | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the index as (name, content), ``search/index.json`` last.

    That lists the prefixes, and has the base of the IRIs of things and the names and addresses of
    the `schemes`; each other file has, as JSON, the names, or the passages, with a word that
    begins with its prefix, and files for longer prefixes are made where these are too many for one.
    The same things give the same files. Nothing is written to disk.
    """
    passages = Passages(()) if passages is None else passages
    schemes = Schemes(()) if schemes is None else schemes
    records = {record for thing in things for record in _records(thing)}
    texts = {(one.text, one.kind, one.path, "", "", 0) for one in passages}
    prefixes: dict[str, list[str]] = {"words": [], "texts": []}
    spelling: dict[str, list[str]] = {}
    indexes = {"words": _Index(records, LARGEST, PART), "texts": _Index(texts, TEXTS, TEXTS)}
    for start, index in indexes.items():
        for prefix, content in index.files("", 0, len(index.words)):
            prefixes[start].append(prefix)
            yield f"search/{_file_name(start, prefix)}", content
        if len(prefixes[start]) > 1:
            for side, parts in spelled.files(index.distinct_words()):
                spelling[f"{start}-{side}"] = [prefix for prefix, _ in parts]
                for prefix, content in parts:
                    yield f"search/{_file_name(f'{start}-{side}', prefix)}", content
    about = {"mode": "static", "prefixes": prefixes["words"], "passages": prefixes["texts"]}
    named = {"spelled": spelling, "schemes": schemes.by_name, "addresses": schemes.addresses}
    rest = {"base": base, "unsearched": passages.unsearched}
    yield "search/index.json", compact(about | named | rest).encode()


class _Index:
    """The entries for all names of all things, and the words of the names, sorted.

    `entries` are lines of JSON, `paths` the page of the thing of each entry, `names` their names.
    `words` has (word, rank, number of the entry); the first word of a main name matches better than
    a later word or a word of another name, and joined words match worst.
    """

    def __init__(self, records: Iterable[_Record], largest: int, part: int) -> None:
        """Number the records from 0 in alphabetical order, and sort their words.

        The file of all entries may have `largest` bytes, and any other file `part`.
        """
        ordered = sorted(records, key=lambda record: (*record[:5], str(record[5])))
        self.largest, self.part = largest, part
        self.names = {other or name for name, _, _, other, _, scheme in ordered if not scheme}
        self.paths = [record[2] for record in ordered]
        self.entries = [compact(_without_empty_end(record)).encode() for record in ordered]
        self.words = sorted(
            (word, rank, number)
            for number, record in enumerate(ordered)
            for word, rank in _ranked_words(record)
        )

    def distinct_words(self) -> set[str]:
        """Return the words of all names, which a word with a typo may mean."""
        return {word for name in self.names for word in words_in(bare(name))}

    def files(self, prefix: str, start: int, end: int) -> Iterator[tuple[str, bytes]]:
        """Yield (prefix, content) for a prefix, and for longer prefixes if one file is too large.

        ``words[start:end]`` have to be the words that begin with the prefix. A file that would be
        too large has only the entries that match best, at most `FEW` (200), and the number of the
        other things with such a word in a name.
        """
        numbers = sorted({number for _, _, number in self.words[start:end]})
        size = sum(len(self.entries[number]) + 1 for number in numbers)
        if size <= (self.part if prefix else self.largest):
            yield prefix, self._file_content(numbers, 0)
            return
        best = self._best(prefix, start, end)
        named = (number for _, rank, number in self.words[start:end] if rank != _JOINED)
        hidden = {self.paths[number] for number in named}
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
        """Return the numbers of at most `FEW` entries whose JSON is within `part` bytes.

        ``words[start:end]`` are the words that begin with the prefix. First are questions, which
        are few; then entries with the prefix as a whole word, then those with a word that begins
        so; among either, those where it is the first word of a main name.
        """
        ranks: dict[int, tuple[bool, bool, int, int]] = {}
        for word, later, number in self.words[start:end]:
            rank = (later != _OF_QUESTION, word != prefix, later, number)
            ranks[number] = min(rank, ranks.get(number, rank))
        best, room = [], self.part
        for *_, number in nsmallest(FEW, ranks.values()):
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
    for identifier, scheme in thing.identifiers:
        if len(identifier) <= _LONGEST_NAME:
            yield name, thing.kind, thing.path, identifier, thing.line, scheme or 1


def _ranked_words(record: _Record) -> Iterator[tuple[str, int]]:
    """Yield each word by which a record is found, with its rank, such as `_FIRST` or `_LATER`.

    Joined are all words of a name of a thing, and the words at the end of its path.
    """
    name, kind, path, other, *_ = record
    own = words_of_name(other or name)
    for place, word in enumerate(own):
        later = _LATER if place or other else _FIRST
        yield word, _OF_QUESTION if kind == QUESTION else later  # so that no claims hide questions
    joined = [] if kind in (CLAIM, QUESTION) else ["".join(words(bare(other or name)))]
    if not other:
        joined += words(bare(unquote(path.rpartition("/")[2])))
    yield from ((word, _JOINED) for word in dict.fromkeys(joined) if word and word not in own)


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


def _file_name(start: str, prefix: str) -> str:
    """Return the name of the file of a prefix, without its folder; `start` is how it begins.

    A prefix that has more than digits and letters from a to z is written in hexadecimal digits.
    """
    if not prefix:
        return f"{start}.json"
    if _PLAIN.fullmatch(prefix):
        return f"{start}-{prefix}.json"
    return f"{start}~{prefix.encode().hex()}.json"
