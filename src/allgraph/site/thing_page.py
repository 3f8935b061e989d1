"""The pages about things, claims and sources: what a document says, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup
from pyoxigraph import NamedNode, Triple

from allgraph.graph import Thing, timeline
from allgraph.graph.claims import Claim
from allgraph.graph.entries import Timeline
from allgraph.linkeddata.documents import Document
from allgraph.model import addresses, edtf, vocabulary
from allgraph.model.sentences import capitalised, dated
from allgraph.rdf.terms import AG, KNOWN, RDFS, Term, local_name, text
from allgraph.render import svg
from allgraph.site import claim_view, discovery, term_view
from allgraph.site.site import Site
from allgraph.site.templating import NAMES, TYPES, block, page

NEIGHBOURS = 24
"""How many neighbours the picture of a thing has at most."""
ROWS, TRIPLES = ("csv", "tsv", "json", "xml"), ("ttl", "nt", "jsonld", "rdf")
_SOURCE = NamedNode(AG + "Source")
_OTHER = NamedNode(KNOWN["skos"] + "altLabel")
_FOLDED = {vocabulary.TYPE.value, RDFS + "label", AG + "nameInText"}


def portrait(
    edition: Site, found: Document, said: Sequence[Claim], known: Mapping[str, Claim],
    classes: Mapping[str, Sequence[str]],
) -> bytes:  # fmt: skip
    """The page about a thing, claim or source: a document, the claims on it, and their rivals.

    `classes` are those of the things that the claims join.
    """
    topic = found.topic.value
    itself = known.get(topic)
    values = {
        "found": found,
        "iri": topic,
        "links": _formats(edition, found),
        "alternates": _alternates(edition, found),
        "pages": _pages(edition, found),
    }
    path = edition.path(topic, page=found.page) or ""
    if itself is not None:
        return _claim(edition, path, itself, said, known, values)
    thing = _thing(edition, found)
    if Triple(found.topic, vocabulary.TYPE, _SOURCE) in found.triples:
        return _source(edition, path, thing, found, said, known, values)
    about = [one for one in said if topic in (one.subject.value, text(one.object))]
    others = [one for one in said if one not in about]
    return page(
        edition, "thing", path, thing.name,
        thing=thing,
        groups=claim_view.groups(edition, about, known, topic),
        others=[claim_view.saying(edition, one, known) for one in others],
        plain=_plain(edition, found),
        timeline=_timeline(edition, thing, about) if found.pages == 1 else None,
        picture=_neighbours(edition, thing, about, classes),
        blocks=[block(_schema(edition, thing, found))],
        **values,
    )  # fmt: skip


def _claim(
    edition: Site, path: str, one: Claim, said: Sequence[Claim], known: Mapping[str, Claim],
    values: dict[str, Any],
) -> bytes:  # fmt: skip
    shown = claim_view.saying(edition, one, known)
    about = [each for each in said if text(each.object) == one.iri]
    return page(
        edition, "claim", path, str(one),
        shown=shown,
        one=one,
        bounds=[(name, edtf.words(edtf.iso(day)).removeprefix("on "))
                for name, day in zip(_BOUNDS, one.bounds, strict=True) if day],
        about=[claim_view.saying(edition, each, known) for each in about],
        subject=claim_view.linked(edition, one.subject_name, one.subject.value),
        predicate=claim_view.linked(edition, local_name(one.predicate), one.predicate),
        object=term_view.value(edition, one.object, {text(one.object): one.object_name}),
        **values,
    )  # fmt: skip


_BOUNDS = ("began not before", "began not after", "ended not before", "ended not after")


def _source(
    edition: Site, path: str, thing: Thing, found: Document, said: Sequence[Claim],
    known: Mapping[str, Claim], values: dict[str, Any],
) -> bytes:  # fmt: skip
    supported = [one for one in said if any(each.source == thing.iri for each in one.evidence)]
    about = [one for one in said if thing.iri in (one.subject.value, text(one.object))]
    return page(
        edition, "source", path, thing.name,
        thing=thing,
        plain=_plain(edition, found),
        supported=[(claim_view.saying(edition, one, known),
                    [each for each in one.evidence if each.source == thing.iri])
                   for one in supported],
        groups=claim_view.groups(edition, about, known, thing.iri),
        **values,
    )  # fmt: skip


def _thing(edition: Site, found: Document) -> Thing:
    """What a document is about: its name and kind, from its triples."""
    labels = term_view.labels(found.triples)
    topic = found.topic
    kinds = sorted(
        labels.get(text(t.object), "") for t in found.triples
        if t.subject == topic and t.predicate == vocabulary.TYPE
    )  # fmt: skip
    kind = next(filter(None, kinds), "")
    shorten = edition.graph.prefixes.shorten
    return Thing(topic.value, labels.get(topic.value) or shorten(topic.value), kind)


def _plain(edition: Site, found: Document) -> list[tuple[Any, list[Any]]]:
    """What is said of a thing beside claims: predicates with their values."""
    labels = term_view.labels(found.triples)
    claimed = {
        (t.subject, t.predicate, t.object)
        for t in _direct(found.triples)
    }  # fmt: skip
    said: dict[str, list[Term]] = {}
    for triple in found.triples:
        is_said = triple.subject == found.topic and triple.predicate.value not in _FOLDED
        if is_said and (triple.subject, triple.predicate, triple.object) not in claimed:
            said.setdefault(triple.predicate.value, []).append(triple.object)
    return [
        (
            term_view.predicate(edition, predicate, labels),
            [term_view.value(edition, each, labels) for each in sorted(said[predicate], key=str)],
        )
        for predicate in sorted(said, key=lambda iri: term_view.called(iri, labels))
    ]


def _direct(triples: Iterable[Triple]) -> list[Triple]:
    """The direct triples of the claims among some triples."""
    parts: dict[Term, dict[str, Term]] = {}
    for triple in triples:
        if triple.predicate in (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT):
            parts.setdefault(triple.subject, {})[triple.predicate.value] = triple.object
    names = (vocabulary.SUBJECT.value, vocabulary.PREDICATE.value, vocabulary.OBJECT.value)
    whole = ([part[name] for name in names] for part in parts.values() if len(part) == 3)
    return [
        Triple(s, p, o)
        for s, p, o in whole
        if isinstance(s, NamedNode) and isinstance(p, NamedNode)
    ]


def _formats(edition: Site, found: Document) -> list[tuple[str, str]]:
    """The formats that a document has, and where they are."""
    topic = found.topic.value
    suffixes = (*addresses.SUFFIXES, addresses.TABLE)
    links = ((suffix, edition.path(topic, suffix, found.page)) for suffix in suffixes)
    return [(NAMES[suffix], edition.root + path) for suffix, path in links if path]


def _alternates(edition: Site, found: Document) -> list[tuple[str, str]]:
    """The media types of the data of a document, and where they are."""
    topic = found.topic.value
    links = ((s, edition.path(topic, s, found.page)) for s in addresses.SUFFIXES)
    return [(TYPES[suffix], edition.root + path) for suffix, path in links if path]


def _pages(edition: Site, found: Document) -> list[tuple[int, str]]:
    """The numbers and addresses of the pages of a document, if there are several."""
    numbers = range(1, found.pages + 1) if found.pages > 1 else ()
    return [(n, edition.address(found.topic.value, page=n)) for n in numbers]


def _timeline(edition: Site, thing: Thing, said: Sequence[Claim]) -> Timeline | None:
    """What is dated about a thing, if there is enough for an order."""
    found = timeline.arranged(edition.graph, said, thing)
    return found if len(found) > 1 else None


def _neighbours(
    edition: Site, thing: Thing, said: Sequence[Claim], classes: Mapping[str, Sequence[str]]
) -> Markup | None:
    """A picture of what a thing is tied to."""
    spokes: dict[str, svg.Spoke] = {}
    for claim in said:
        forward = claim.subject.value == thing.iri
        other = claim.object if forward else claim.subject
        if not isinstance(other, NamedNode) or other.value in spokes or other.value == thing.iri:
            continue
        name = capitalised(claim.object_name if forward else claim.subject_name)
        sentence = claim.sentence if forward else claim.inverse_sentence
        dot = _dot(edition, other.value, name, classes)
        spokes[other.value] = svg.Spoke(dot, dated(sentence, claim.date))
    if not spokes:
        return None
    shown = [*spokes.values()][:NEIGHBOURS]
    center = _dot(edition, thing.iri, thing.name, classes)._replace(href="")
    return Markup(svg.around(center, shown, more=len(spokes) - len(shown)))  # noqa: S704


def _dot(edition: Site, iri: str, name: str, classes: Mapping[str, Sequence[str]]) -> svg.Dot:
    """A thing as a picture has it."""
    kinds = classes.get(iri, ())
    return svg.Dot(name, edition.address(iri), edition.label(kinds), edition.group(kinds))


def _schema(edition: Site, thing: Thing, found: Document) -> discovery.Json:
    """A thing in the terms of schema.org: its kind and our names for it, and no claim."""
    classes = edition.classes(term_view.classes(found.triples).get(thing.iri, ()))
    labels = (t for t in found.triples if t.subject == found.topic and t.predicate == _OTHER)
    return discovery.thing(
        thing.iri, thing.name, edition.home + (edition.path(thing.iri) or "/")[1:],
        discovery.reference(edition.graph, edition.published),
        kind=discovery.kind_of(classes), also=sorted(text(each.object) for each in labels),
    )  # fmt: skip
