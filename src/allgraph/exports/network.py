"""Things, and the claims that join two of them: what networks, and their files, are made of.

>>> from allgraph.graph import open_graph
>>> ties = read(open_graph())
>>> rocha = "https://w3id.org/allgraph/id/coco-rocha"
>>> ties.things[rocha].name, len([tie for tie in ties.ties if tie.source == rocha]) > 2
('Coco Rocha', True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from allgraph.exports import graphml as markup
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim, every, store_of
from allgraph.graph.graph import Progress
from allgraph.model import edtf, vocabulary
from allgraph.rdf.terms import RDFS, Prefixes, text
from allgraph.sorting import Sorter

BOUNDS = ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")
SAID = (
    "claim", "predicate", "sentence", "when", *BOUNDS, "rank", "certainty", "rivals", "sources",
)  # fmt: skip
"""What is said of a claim: texts, ``None`` where there is none; the last two are tuples of IRIs."""

Said = dict[str, Any]


class Tie(NamedTuple):
    """A claim that joins two things: their IRIs, and what is said of the claim (`SAID`)."""

    source: str
    target: str
    said: Said


class Ties(NamedTuple):
    """The things of a graph by IRI, the ties in the order of their claims, and the rest.

    `values` has for a thing the claims that say something of it with a literal, and so join it
    to nothing: `SAID`, and ``value``, ``datatype`` and ``language``.
    """

    things: Mapping[str, Thing]
    ties: list[Tie]
    values: Mapping[str, list[Said]]


class Streamed:
    """The things and ties of a graph, however many, in the order of `Ties`."""

    def __init__(self, place: Path | None, values: dict[str, list[Said]] | None) -> None:
        self._things = Sorter[tuple[Any, ...]](place)
        self._ties = Sorter[tuple[Any, ...]](place)
        self._values = values

    def things(self) -> Iterator[tuple[Thing, int]]:
        """The things, each with how many ties it has at either end."""
        for iri, rows in groupby(self._things, lambda row: row[0]):
            some = [*rows]
            of = {kind: row for row in reversed(some) for kind in [row[1]]}
            count = sum(1 for row in some if row[1] == _TIED)
            if _NAMED in of:
                yield Thing(iri, *of[_NAMED][3:]), count
            elif _END in of:
                claim = of.get(_CLAIM)
                name = claim[3] if claim else of[_END][3]
                yield Thing(iri, name or iri, "claim" if claim else ""), count

    def ties(self) -> Iterator[Tie]:
        """The ties."""
        return (Tie(source, target, said) for _, source, target, said in self._ties)

    def close(self) -> None:
        """Give back what is taken on disk."""
        self._things.close()
        self._ties.close()

    def _read(self, graph: Graph, claims: Iterable[Claim]) -> None:
        self._things.extend(_named(graph))
        rows = graph.run("certainties").rows
        certain = {text(row["claim"]): text(row["certainty"]) for row in rows}
        for number, claim in enumerate(claims):
            self._take(claim, certain.get(claim.iri), number)

    def _take(self, claim: Claim, certainty: str | None, number: int) -> None:
        said = said_of(claim, certainty)
        ends = [(claim.subject.value, claim.subject_name)]
        if not isinstance(claim.object, Literal):
            ends.append((text(claim.object), claim.object_name))
            source, target = ends[0][0], ends[1][0]
            self._ties.add((claim.iri, source, target, said))
            self._things.extend((end, _TIED, number, "", "") for end in {source, target})
        elif self._values is not None:
            value = said | _value(claim.object)
            self._values.setdefault(claim.subject.value, []).append(value)
        places = enumerate(ends, 2 * number)
        self._things.extend((iri, _END, place, name, "") for place, (iri, name) in places)
        self._things.add((claim.iri, _CLAIM, 0, claim.sentence, ""))


_NAMED, _END, _CLAIM, _TIED = range(4)
"""What a row of things tells: its name and kind, what a claim calls it, that it is a claim or has
a tie."""
_TOLD = 10_000  # claims after which progress is told
_LABEL = NamedNode(RDFS + "label")


@contextmanager
def streamed(
    graph: Graph,
    place: Path | None = None,
    progress: Progress | None = None,
    *,
    values: dict[str, list[Said]] | None = None,
) -> Iterator[Streamed]:
    """All things and claims of a graph; what is too much for memory is sorted in a `place`.

    What they are is told at `read`. Where there are `values`, claims with literals are put there.
    """
    claims = _told(every(graph, place=place), progress)
    with streamed_from(graph, claims, place, values=values) as found:
        yield found


@contextmanager
def streamed_from(
    graph: Graph,
    claims: Iterable[Claim],
    place: Path | None = None,
    *,
    values: dict[str, list[Said]] | None = None,
) -> Iterator[Streamed]:
    """The same for the claims of a graph as they come, in the order of their IRIs."""
    found = Streamed(place, values)
    try:
        found._read(graph, claims)
        yield found
    finally:
        found.close()


def _told(claims: Iterable[Claim], progress: Progress | None) -> Iterator[Claim]:
    for number, claim in enumerate(claims, 1):
        if progress and number % _TOLD == 0:
            progress(f"read {number:,} claims")
        yield claim


def read(graph: Graph) -> Ties:
    """All things and claims of a graph, those that are deprecated or have rivals too.

    What a claim is about is a thing here, even one without a name or kind. A claim that another
    is about is a thing of the kind claim, named by its sentence.
    """
    values: dict[str, list[Said]] = {}
    with streamed(graph, values=values) as found:
        return Ties({thing.iri: thing for thing, _ in found.things()}, [*found.ties()], values)


def _named(graph: Graph) -> Iterator[tuple[str, int, int, str, str]]:
    """The rows of things with a name and kind; a view has those of its graph."""
    store = store_of(graph.root)
    if store is None:
        for number, row in enumerate(graph.run("things").rows):
            yield text(row["thing"]), _NAMED, number, text(row["name"]), text(row["kind"])
        return
    for row in graph.root.run("kinds").rows:
        for quad in store.quads_for_pattern(None, vocabulary.TYPE, row["class"]):
            thing = text(quad.subject)
            for named in store.quads_for_pattern(quad.subject, _LABEL, None):
                yield thing, _NAMED, 0, text(named.object), text(row["kind"])


def plain(said: Said) -> dict[str, str]:
    """What is said, for what holds texts alone: IRIs apart by a space, and nothing for ``None``.

    >>> plain({"when": None, "rank": "Normal", "sources": ("urn:a", "urn:b")})
    {'rank': 'Normal', 'sources': 'urn:a urn:b'}
    """
    texts = {name: " ".join(v) if isinstance(v, tuple) else v for name, v in said.items()}
    return {name: value for name, value in texts.items() if value}


def graphml(ties: Ties, prefixes: Prefixes) -> bytes:
    """The network as GraphML: ids are CURIEs, where there are some, and the IRIs attributes."""
    return b"".join(_graphml(ties.things.values(), ties.ties, prefixes))


def graphml_lines(network: Streamed, prefixes: Prefixes) -> Iterator[bytes]:
    """The lines of `graphml`."""
    return _graphml((thing for thing, _ in network.things()), network.ties(), prefixes)


def gexf(ties: Ties, title: str) -> bytes:
    """The network as GEXF; the kind of an edge is its predicate, its label the sentence."""
    return b"".join(_gexf(ties.things.values(), ties.ties, title))


def gexf_lines(network: Streamed, title: str) -> Iterator[bytes]:
    """The lines of `gexf`."""
    return _gexf((thing for thing, _ in network.things()), network.ties(), title)


def _graphml(things: Iterable[Thing], ties: Iterable[Tie], prefixes: Prefixes) -> Iterator[bytes]:
    def shorten(iri: str) -> str:
        found = prefixes.shorten(iri)
        scheme, _, rest = found.partition(":")
        is_like_one = found == iri and scheme in prefixes  # of another IRI
        return f"{scheme}%{rest}" if is_like_one else found

    keys = ("iri", "label", "kind")
    return markup.graphml_lines(map(_node, things), map(_edge, ties), keys, SAID, shorten)


def _gexf(things: Iterable[Thing], ties: Iterable[Tie], title: str) -> Iterator[bytes]:
    return markup.gexf_lines(map(_node, things), map(_edge, ties), ("kind",), SAID, title)


def _node(thing: Thing) -> markup.Node:
    return markup.Node(thing.iri, {"iri": thing.iri, "label": thing.name, "kind": thing.kind})


def _edge(tie: Tie) -> markup.Edge:
    source, target, said = tie
    claim, predicate, sentence = said["claim"], said["predicate"], said["sentence"]
    return markup.Edge(claim, source, target, predicate, sentence, plain(said))


def said_of(claim: Claim, certainty: str | None) -> Said:
    """What is said of a claim: `SAID`."""
    days = (edtf.iso(day) if day else None for day in claim.bounds)
    return {
        "claim": claim.iri,
        "predicate": claim.predicate,
        "sentence": claim.sentence,
        "when": claim.when or None,
        **dict(zip(BOUNDS, days, strict=True)),
        "rank": claim.rank,
        "certainty": certainty or None,
        "rivals": claim.rivals,
        "sources": tuple(dict.fromkeys(each.source for each in claim.evidence)),
    }


def _value(term: Literal) -> dict[str, str | None]:
    return {"value": term.value, "datatype": term.datatype.value, "language": term.language}
