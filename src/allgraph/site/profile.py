"""The page of a thing beside its claims: a line, filters, and where to go from here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote_plus

from pyoxigraph import Literal, NamedNode

from allgraph.graph import Thing
from allgraph.graph.claim_order import place_in
from allgraph.graph.claims import Claim, Evidence
from allgraph.graph.namesakes import Tie, lines
from allgraph.model.facts import LABEL
from allgraph.rdf.terms import AG, text
from allgraph.site.site import Site
from allgraph.sparql.embedded import store_errors

NUMBERED = 20
"""How many sources of a page have a filter of their own; the stylesheet has as many."""
NAMESAKES = 6
"""How many other things with the same name a page has at most."""

_SAYING_WHAT = ("hasOccupation", "describedAs", "hasPurpose", "hasShortTitle", "hasTitle")
_WORDS, _LONGEST = 2, 200  # how many of these are in the line, and its characters


class SourceCount(NamedTuple):
    """A source of a page: its number in the filters, 0 if it has none, and how often it is used."""

    number: int
    evidence: Evidence
    address: str
    claims: int


def sources(site: Site, claims: Iterable[Claim]) -> list[SourceCount]:
    """Return the sources of claims with the number of claims of each, the most used first."""
    first: dict[str, Evidence] = {}
    counts: Counter[str] = Counter()
    for claim in claims:
        of_claim = {evidence.source: evidence for evidence in claim.evidence}
        first = of_claim | first
        counts.update(of_claim.keys())
    ranked = sorted(first, key=lambda iri: (-counts[iri], first[iri].title, iri))
    return [
        SourceCount(number if number <= NUMBERED else 0, first[iri], site.address(iri), counts[iri])
        for number, iri in enumerate(ranked, 1)
    ]


def line(site: Site, topic: str, claims: Sequence[Claim], *, is_person: bool) -> str:
    """Return a line that says what a thing is, by its claims; ``""`` if they do not say.

    It has words for it, such as an occupation, or else a title, and for a person what tells it
    apart from its namesakes, by the first of its predicates for readers, such as an office. Claims
    that are deprecated or withdrawn do not count.
    """
    own = [
        claim
        for claim in claims
        if claim.subject.value == topic and claim.rank != "Deprecated" and not claim.withdrawal
    ]
    words = [
        {claim.object_name: None for claim in own if claim.predicate == AG + predicate}
        for predicate in _SAYING_WHAT
    ]
    parts = [*next(filter(None, words), ())][:_WORDS]
    if is_person:
        ties = [claim for claim in own if isinstance(claim.object, NamedNode)]
        places = site.graph.root.predicate_places
        first = min((place_in(places, claim.predicate) for claim in ties), default=())
        best = (
            Tie(topic, claim.object_name, claim.aspect, claim.when)
            for claim in ties
            if place_in(places, claim.predicate) == first
        )
        parts += filter(None, [lines(best).get(topic)])
    whole = " · ".join(parts)
    return whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST]}…"


class Namesake(NamedTuple):
    """Another thing with the same name: the link to it, its kind, and what tells it apart."""

    address: str
    kind: str
    line: str


Namesakes = tuple[list[Namesake], bool]
"""The first `NAMESAKES` other things with the name of a thing, and True if these are all."""


def namesakes_of(site: Site, topics: Iterable[str]) -> dict[str, Namesakes]:
    """Return the namesakes of each of some things, by IRI; their kinds are read together."""
    iris_by_topic = {topic: _namesakes(site, topic) for topic in topics}
    every = dict.fromkeys(iri for iris in iris_by_topic.values() for iri in iris[:NAMESAKES])
    described = site.graph.described(every)
    namesakes: dict[str, Namesakes] = {}
    for topic, iris in iris_by_topic.items():
        shown = iris[:NAMESAKES]
        told = site.graph.ties(shown)
        others = [Namesake(site.address(i), described[i].kind, told.get(i, "")) for i in shown]
        namesakes[topic] = others, len(iris) <= NAMESAKES
    return namesakes


@store_errors()
def _namesakes(site: Site, topic: str) -> list[str]:
    """Return the IRIs of the first things with a document and the name of a thing, one too many.

    They are read from the store, which takes a tenth of the time of a query; an endpoint is asked.
    """
    graph, thing, base = site.graph, NamedNode(topic), site.graph.folder.base
    if graph.is_remote:
        rows = graph.run("namesakes-of", thing=thing, base=Literal(base)).rows
        return [text(row["other"]) for row in rows]
    quads = graph.quads
    named = (quad for own in quads(thing, LABEL, None) for quad in quads(None, LABEL, own.object))
    iris = {quad.subject.value for quad in named if isinstance(quad.subject, NamedNode)} - {topic}
    return sorted(iri for iri in iris if iri.startswith(base))[: NAMESAKES + 1]


def questions(site: Site, topic: str, classes: Iterable[str], name: str) -> list[tuple[str, str]]:
    """Return (title, address) of each question that needs a thing of such classes and no more.

    The title is filled in with the `name` of the thing in sentences, and the address has the thing
    as the value of the parameter.
    """
    kinds, value = site.classes(classes), quote_plus(site.graph.prefixes.shorten(topic))
    return [
        (
            query.title_for({parameter.name: name}),
            f"{site.root}/ask/{query.name}?{quote_plus(parameter.name.replace('_', '-'))}={value}",
        )
        for query, parameter in site.questions_about_things
        if kinds & {*parameter.kinds}
    ]


def name_in_sentences(topic: Thing, claims: Iterable[Claim]) -> str:
    """Return the name of a thing as claims about it have it, such as “the Model Alliance”.

    Without a claim it is the name of the thing.
    """
    for claim in claims:
        if claim.subject.value == topic.iri:
            return claim.subject_name
        if text(claim.object) == topic.iri:
            return claim.object_name
    return topic.name
