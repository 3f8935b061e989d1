"""The pages about things, claims and sources: the content of a document, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from pyoxigraph import NamedNode, Triple

from allgraph.exports import tables
from allgraph.graph import Thing, timeline
from allgraph.graph.claims import Claim
from allgraph.graph.entries import Timeline
from allgraph.linkeddata import describe
from allgraph.linkeddata.documents import Document
from allgraph.model import addresses, edtf, vocabulary
from allgraph.model.sentences import capitalised, dated
from allgraph.rdf.terms import AG, KNOWN, RDFS, local_name, text
from allgraph.render import svg
from allgraph.site import claim_view, discovery, term_view
from allgraph.site.site import Site
from allgraph.site.templating import page

NEIGHBOURS = 24
"""How many neighbours the picture of a thing has at most."""

_SOURCE = NamedNode(AG + "Source")
_OTHER_NAME = NamedNode(KNOWN["skos"] + "altLabel")
_SHOWN_ELSEWHERE = {vocabulary.TYPE.value, RDFS + "label", AG + "nameInText"}
_BOUNDS = ("began not before", "began not after", "ended not before", "ended not after")


@dataclass(frozen=True)
class DocumentView:
    """A document with the claims on it, in the order in which people read them.

    `by_iri` has these claims, their rivals and the topic if it is one; `classes` are those of the
    things that they are about.
    """

    site: Site
    document: Document
    claims: Sequence[Claim]
    by_iri: Mapping[str, Claim]
    classes: Mapping[str, Sequence[str]]

    @property
    def topic(self) -> str:
        """The IRI of what the document is about."""
        return self.document.topic.value

    def page(self) -> bytes:
        """Return the page for people."""
        if claim := self.by_iri.get(self.topic):
            return _claim_page(self, claim)
        is_source = Triple(self.document.topic, vocabulary.TYPE, _SOURCE) in self.document.triples
        return (_source_page if is_source else _thing_page)(self, _thing(self))

    def data(self, suffix: str) -> bytes:
        """Return the data by a suffix: RDF, or the claims as a table."""
        if suffix != addresses.TABLE:
            return self.document.write(suffix)
        topic = self.by_iri.get(self.topic)
        table = tables.of_claims([topic, *self.claims] if topic else [*self.claims])
        return b"".join(tables.comma_separated(table))

    def views(self, claims: Sequence[Claim]) -> list[claim_view.ClaimView]:
        """Return claims as pages show them."""
        return [claim_view.view_of(self.site, claim, self.by_iri) for claim in claims]

    def claims_about_topic(self) -> list[Claim]:
        """Return the claims with the topic as their subject or object."""
        return [c for c in self.claims if self.topic in (c.subject.value, text(c.object))]


def _page(view: DocumentView, template: str, title: str, /, **values: Any) -> bytes:
    """A page about the topic of a document, with links to its data and its other pages."""
    site, document, topic = view.site, view.document, view.topic
    numbers = range(1, document.pages + 1) if document.pages > 1 else ()
    suffixes = (*addresses.SUFFIXES, addresses.TABLE)
    paths = ((suffix, site.path(topic, suffix, document.page)) for suffix in suffixes)
    return page(
        site,
        template,
        site.path(topic, page=document.page) or "",
        title,
        document=document,
        iri=topic,
        links=[(suffix, site.root + path) for suffix, path in paths if path],
        pages=[(number, site.address(topic, page=number)) for number in numbers],
        **values,
    )


def _thing_page(view: DocumentView, thing: Thing) -> bytes:
    site, document = view.site, view.document
    claims = view.claims_about_topic()
    iris = {claim.iri for claim in claims}
    return _page(
        view,
        "thing",
        thing.name,
        thing=thing,
        groups=claim_view.groups(site, view.topic, claims, view.by_iri),
        others=view.views([claim for claim in view.claims if claim.iri not in iris]),
        plain=_plain_facts(view),
        timeline=_timeline(view, thing, claims) if document.pages == 1 else None,
        picture=_picture(view, thing, claims),
        blocks=[discovery.script(_schema(view, thing))],
    )


def _claim_page(view: DocumentView, claim: Claim) -> bytes:
    site = view.site
    bounds = [
        (name, edtf.words(edtf.iso(day)).removeprefix("on "))
        for name, day in zip(_BOUNDS, claim.bounds, strict=True)
        if day
    ]
    return _page(
        view,
        "claim",
        str(claim),
        view=claim_view.view_of(site, claim, view.by_iri),
        claim=claim,
        bounds=bounds,
        about=view.views([other for other in view.claims if text(other.object) == claim.iri]),
        subject=claim_view.linked(site, claim.subject_name, claim.subject.value),
        predicate=claim_view.linked(site, local_name(claim.predicate), claim.predicate),
        object=term_view.value(site, claim.object, {text(claim.object): claim.object_name}),
    )


def _source_page(view: DocumentView, thing: Thing) -> bytes:
    supported = []
    for claim in view.claims:
        evidence = [piece for piece in claim.evidence if piece.source == thing.iri]
        if evidence:
            supported.append((claim_view.view_of(view.site, claim, view.by_iri), evidence))
    about = view.claims_about_topic()
    return _page(
        view,
        "source",
        thing.name,
        thing=thing,
        plain=_plain_facts(view),
        supported=supported,
        groups=claim_view.groups(view.site, view.topic, about, view.by_iri),
    )


def _thing(view: DocumentView) -> Thing:
    """The topic of a document, with its name and kind."""
    labels = term_view.labels(view.document.triples)
    kinds = sorted(labels.get(iri, "") for iri in _classes_of_topic(view))
    name = labels.get(view.topic) or view.site.graph.prefixes.shorten(view.topic)
    return Thing(view.topic, name, next(filter(None, kinds), ""))


def _classes_of_topic(view: DocumentView) -> list[str]:
    topic, triples = view.document.topic, view.document.triples
    return [
        text(t.object) for t in triples if t.subject == topic and t.predicate == vocabulary.TYPE
    ]


def _plain_facts(view: DocumentView) -> list[tuple[Any, list[Any]]]:
    """The plain statements about the topic, without those that follow from claims."""
    triples = view.document.triples
    claimed = {*describe.direct(describe.by_subject(triples))}
    plain = (
        triple
        for triple in triples
        if triple.subject == view.document.topic
        and triple.predicate.value not in _SHOWN_ELSEWHERE
        and triple not in claimed
    )
    values = term_view.by_iri(plain).get(view.topic, {})
    return term_view.facts(view.site, values, term_view.labels(triples))


def _timeline(view: DocumentView, thing: Thing, claims: Sequence[Claim]) -> Timeline | None:
    """The timeline of a thing, if it has several entries."""
    entries = timeline.arranged(view.site.graph, claims, thing)
    return entries if len(entries) > 1 else None


def _picture(view: DocumentView, thing: Thing, claims: Sequence[Claim]) -> Markup | None:
    """A picture of the things that claims connect to this one, if there are any."""
    spokes: dict[str, svg.Spoke] = {}
    for claim in claims:
        forward = claim.subject.value == thing.iri
        other = claim.object if forward else claim.subject
        if not isinstance(other, NamedNode) or other.value in spokes or other.value == thing.iri:
            continue
        name = capitalised(claim.object_name if forward else claim.subject_name)
        sentence = claim.sentence if forward else claim.inverse_sentence
        spokes[other.value] = svg.Spoke(_dot(view, other.value, name), dated(sentence, claim.date))
    if not spokes:
        return None
    shown = [*spokes.values()][:NEIGHBOURS]
    center = _dot(view, thing.iri, thing.name)._replace(href="")
    return Markup(svg.around(center, shown, more=len(spokes) - len(shown)))  # noqa: S704


def _dot(view: DocumentView, iri: str, name: str) -> svg.Dot:
    site, classes = view.site, view.classes.get(iri, ())
    return svg.Dot(name, site.address(iri), site.label(classes), site.group(classes))


def _schema(view: DocumentView, thing: Thing) -> discovery.Json:
    """A thing in the terms of schema.org: its kind and our names for it, and no claim."""
    site, document = view.site, view.document
    names = (t for t in document.triples if t.subject == document.topic)
    return discovery.thing(
        thing.iri,
        thing.name,
        site.home + (site.path(thing.iri) or "/")[1:],
        discovery.reference(site.graph, site.published),
        kind=discovery.kind_of(site.classes(_classes_of_topic(view))),
        also=sorted(text(t.object) for t in names if t.predicate == _OTHER_NAME),
    )
