"""Things, and the claims that join two of them: what networks, and their files, are made of.

>>> from allgraph.graph import open_graph
>>> ties = read(open_graph())
>>> rocha = "https://w3id.org/allgraph/id/coco-rocha"
>>> ties.things[rocha].name, len([tie for tie in ties.ties if tie.source == rocha]) > 2
('Coco Rocha', True)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pyoxigraph import Literal

from allgraph import dates, markup
from allgraph.claims import Claim, claims
from allgraph.graph import Graph, Thing
from allgraph.terms import Prefixes, text

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

    def counts(self) -> Mapping[str, int]:
        """How many ties each thing has, at either end."""
        return Counter(end for tie in self.ties for end in {tie.source, tie.target})


def read(graph: Graph) -> Ties:
    """All things and claims of a graph, those that are deprecated or have rivals too.

    What a claim is about is a thing here, even one without a name or kind. A claim that another
    is about is a thing of the kind claim, named by its sentence.
    """
    things: dict[str, Thing] = {}
    for row in graph.run("things").rows:
        iri = text(row["thing"])
        things.setdefault(iri, Thing(iri, text(row["name"]), text(row["kind"])))
    some = sorted(claims(graph), key=lambda claim: claim.iri)
    sentences = {claim.iri: claim.sentence for claim in some}
    rows = graph.run("certainties").rows
    certain = {text(row["claim"]): text(row["certainty"]) for row in rows}
    ties: list[Tie] = []
    values: dict[str, list[Said]] = {}
    for claim in some:
        said = said_of(claim, certain.get(claim.iri))
        ends = [(claim.subject.value, claim.subject_name)]
        if isinstance(claim.object, Literal):
            values.setdefault(claim.subject.value, []).append(said | _value(claim.object))
        else:
            ends.append((text(claim.object), claim.object_name))
            ties.append(Tie(ends[0][0], ends[1][0], said))
        for iri, name in ends:
            if iri not in things:
                kind = "claim" if iri in sentences else ""
                things[iri] = Thing(iri, sentences.get(iri, name) or iri, kind)
    return Ties(dict(sorted(things.items())), ties, values)


def plain(said: Said) -> dict[str, str]:
    """What is said, for what holds texts alone: IRIs apart by a space, and nothing for ``None``.

    >>> plain({"when": None, "rank": "Normal", "sources": ("urn:a", "urn:b")})
    {'rank': 'Normal', 'sources': 'urn:a urn:b'}
    """
    texts = {name: " ".join(v) if isinstance(v, tuple) else v for name, v in said.items()}
    return {name: value for name, value in texts.items() if value}


def graphml(ties: Ties, prefixes: Prefixes) -> bytes:
    """The network as GraphML: ids are CURIEs, where there are some, and the IRIs attributes."""

    def shorten(iri: str) -> str:
        found = prefixes.shorten(iri)
        scheme, _, rest = found.partition(":")
        is_like_one = found == iri and scheme in prefixes  # of another IRI
        return f"{scheme}%{rest}" if is_like_one else found

    keys = ("iri", "label", "kind")
    return markup.graphml(_nodes(ties), _edges(ties), keys, SAID, shorten)


def gexf(ties: Ties, title: str) -> bytes:
    """The network as GEXF; the kind of an edge is its predicate, its label the sentence."""
    return markup.gexf(_nodes(ties), _edges(ties), ("kind",), SAID, title)


def _nodes(ties: Ties) -> Iterator[markup.Node]:
    for thing in ties.things.values():
        said = {"iri": thing.iri, "label": thing.name, "kind": thing.kind}
        yield markup.Node(thing.iri, said)


def _edges(ties: Ties) -> Iterator[markup.Edge]:
    for source, target, said in ties.ties:
        claim, predicate, sentence = said["claim"], said["predicate"], said["sentence"]
        yield markup.Edge(claim, source, target, predicate, sentence, plain(said))


def said_of(claim: Claim, certainty: str | None) -> Said:
    """What is said of a claim: `SAID`."""
    days = (dates.iso(day) if day else None for day in claim.bounds)
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
