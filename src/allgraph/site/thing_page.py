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
    site: Site, found: Document, said: Sequence[Claim], known: Mapping[str, Claim],
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
        "links": _formats(site, found),
        "alternates": _alternates(site, found),
        "pages": _pages(site, found),
    }
    path = site.path(topic, page=found.page) or ""
    if itself is not None:
        return _claim(site, path, itself, said, known, values)
    thing = _thing(site, found)
    if Triple(found.topic, vocabulary.TYPE, _SOURCE) in found.triples:
        return _source(site, path, thing, found, said, known, values)
    about = [one for one in said if topic in (one.subject.value, text(one.object))]
    others = [one for one in said if one not in about]
    return page(
        site, "thing", path, thing.name,
        thing=thing,
        groups=claim_view.groups(site, about, known, topic),
        others=[claim_view.view_of(site, one, known) for one in others],
        plain=_plain(site, found),
        timeline=_timeline(site, thing, about) if found.pages == 1 else None,
        picture=_neighbours(site, thing, about, classes),
        blocks=[block(_schema(site, thing, found))],
        **values,
    )  # fmt: skip


def _claim(
    site: Site, path: str, one: Claim, said: Sequence[Claim], known: Mapping[str, Claim],
    values: dict[str, Any],
) -> bytes:  # fmt: skip
    shown = claim_view.view_of(site, one, known)
    about = [each for each in said if text(each.object) == one.iri]
    return page(
        site, "claim", path, str(one),
        shown=shown,
        one=one,
        bounds=[(name, edtf.words(edtf.iso(day)).removeprefix("on "))
                for name, day in zip(_BOUNDS, one.bounds, strict=True) if day],
        about=[claim_view.view_of(site, each, known) for each in about],
        subject=claim_view.linked(site, one.subject_name, one.subject.value),
        predicate=claim_view.linked(site, local_name(one.predicate), one.predicate),
        object=term_view.value(site, one.object, {text(one.object): one.object_name}),
        **values,
    )  # fmt: skip


_BOUNDS = ("began not before", "began not after", "ended not before", "ended not after")


def _source(
    site: Site, path: str, thing: Thing, found: Document, said: Sequence[Claim],
    known: Mapping[str, Claim], values: dict[str, Any],
) -> bytes:  # fmt: skip
    supported = [one for one in said if any(each.source == thing.iri for each in one.evidence)]
    about = [one for one in said if thing.iri in (one.subject.value, text(one.object))]
    return page(
        site, "source", path, thing.name,
        thing=thing,
        plain=_plain(site, found),
        supported=[(claim_view.view_of(site, one, known),
                    [each for each in one.evidence if each.source == thing.iri])
                   for one in supported],
        groups=claim_view.groups(site, about, known, thing.iri),
        **values,
    )  # fmt: skip


def _thing(site: Site, found: Document) -> Thing:
    """What a document is about: its name and kind, from its triples."""
    labels = term_view.labels(found.triples)
    topic = found.topic
    kinds = sorted(
        labels.get(text(t.object), "") for t in found.triples
        if t.subject == topic and t.predicate == vocabulary.TYPE
    )  # fmt: skip
    kind = next(filter(None, kinds), "")
    shorten = site.graph.prefixes.shorten
    return Thing(topic.value, labels.get(topic.value) or shorten(topic.value), kind)


def _plain(site: Site, found: Document) -> list[tuple[Any, list[Any]]]:
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
            term_view.predicate(site, predicate, labels),
            [term_view.value(site, each, labels) for each in sorted(said[predicate], key=str)],
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


def _formats(site: Site, found: Document) -> list[tuple[str, str]]:
    """The formats that a document has, and where they are."""
    topic = found.topic.value
    suffixes = (*addresses.SUFFIXES, addresses.TABLE)
    links = ((suffix, site.path(topic, suffix, found.page)) for suffix in suffixes)
    return [(NAMES[suffix], site.root + path) for suffix, path in links if path]


def _alternates(site: Site, found: Document) -> list[tuple[str, str]]:
    """The media types of the data of a document, and where they are."""
    topic = found.topic.value
    links = ((s, site.path(topic, s, found.page)) for s in addresses.SUFFIXES)
    return [(TYPES[suffix], site.root + path) for suffix, path in links if path]


def _pages(site: Site, found: Document) -> list[tuple[int, str]]:
    """The numbers and addresses of the pages of a document, if there are several."""
    numbers = range(1, found.pages + 1) if found.pages > 1 else ()
    return [(n, site.address(found.topic.value, page=n)) for n in numbers]


def _timeline(site: Site, thing: Thing, said: Sequence[Claim]) -> Timeline | None:
    """What is dated about a thing, if there is enough for an order."""
    found = timeline.arranged(site.graph, said, thing)
    return found if len(found) > 1 else None


def _neighbours(
    site: Site, thing: Thing, said: Sequence[Claim], classes: Mapping[str, Sequence[str]]
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
        dot = _dot(site, other.value, name, classes)
        spokes[other.value] = svg.Spoke(dot, dated(sentence, claim.date))
    if not spokes:
        return None
    shown = [*spokes.values()][:NEIGHBOURS]
    center = _dot(site, thing.iri, thing.name, classes)._replace(href="")
    return Markup(svg.around(center, shown, more=len(spokes) - len(shown)))  # noqa: S704


def _dot(site: Site, iri: str, name: str, classes: Mapping[str, Sequence[str]]) -> svg.Dot:
    """A thing as a picture has it."""
    kinds = classes.get(iri, ())
    return svg.Dot(name, site.address(iri), site.label(kinds), site.group(kinds))


def _schema(site: Site, thing: Thing, found: Document) -> discovery.Json:
    """A thing in the terms of schema.org: its kind and our names for it, and no claim."""
    classes = site.classes(term_view.classes(found.triples).get(thing.iri, ()))
    labels = (t for t in found.triples if t.subject == found.topic and t.predicate == _OTHER)
    return discovery.thing(
        thing.iri, thing.name, site.home + (site.path(thing.iri) or "/")[1:],
        discovery.reference(site.graph, site.published),
        kind=discovery.kind_of(classes), also=sorted(text(each.object) for each in labels),
    )  # fmt: skip
