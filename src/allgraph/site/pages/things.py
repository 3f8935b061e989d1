"""The pages about things, claims and sources: the content of a document, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from allgraph.drawings import matrix, neighbourhood, track, votes
from allgraph.drawings.picture import Picture
from allgraph.drawings.timeline import drawn
from allgraph.evidence import citations
from allgraph.exports import tables
from allgraph.graph import Thing, timeline
from allgraph.graph.claims import Claim
from allgraph.linkeddata import describe
from allgraph.linkeddata.documents import Document
from allgraph.linkeddata.results import TYPE
from allgraph.model import addresses, edtf
from allgraph.rdf.nesting import Properties
from allgraph.rdf.ntriples import value
from allgraph.rdf.terms import AG, KNOWN, RDFS, SCHEMA, local_name, text
from allgraph.render.svg import Dot
from allgraph.site import claim_view, discovery, evidence_view, profile, term_view
from allgraph.site.pages import cards, sharing
from allgraph.site.site import Site
from allgraph.site.templating import page

NARROW = 300
"""The width of the timeline beside the claims, in pixels."""
LINKED_PAGES = 500
"""How many pages a document may have for each page to link to all."""

_SOURCE = f"<{AG}Source>"
_OPENED = (f"<{SCHEMA}url>", f"<{KNOWN['prov']}specializationOf>")
_OTHER_NAME = f"<{KNOWN['skos']}altLabel>"
_SHOWN_ELSEWHERE = {TYPE, f"<{RDFS}label>", f"<{AG}nameInText>"}
_BOUNDS = ("began not before", "began not after", "ended not before", "ended not after")


@dataclass(frozen=True)
class DocumentView:
    """A document of a site with its claims, from which its page and its tables are made.

    `claims` are those of the document in order of predicate and date. `by_iri` has them, their
    rivals, and the topic if it is a claim. `classes` has the class IRIs of the topic, and of
    subjects and objects, without broader ones. `namesakes` has those of the topic, if it is a
    thing.
    """

    site: Site
    document: Document
    claims: Sequence[Claim]
    by_iri: Mapping[str, Claim]
    classes: Mapping[str, Sequence[str]]
    namesakes: Mapping[str, profile.Namesakes]

    @property
    def topic(self) -> str:
        """The IRI of the thing that the document is about."""
        return self.document.topic.value

    @cached_property
    def labels(self) -> dict[str, str]:
        """The labels among the statements of the document, by IRI."""
        return term_view.labels(self.document.forest)

    @cached_property
    def thing(self) -> Thing:
        """The topic with its label, or CURIE, and the first label of its classes.

        Labels are those among the triples of the document.
        """
        kinds = sorted(self.labels.get(iri, "") for iri in self.topic_classes)
        name = self.labels.get(self.topic) or self.site.graph.prefixes.shorten(self.topic)
        return Thing(self.topic, name, next(filter(None, kinds), ""))

    @cached_property
    def embedded(self) -> str:
        """The path below ``/embed`` at which the topic is shown in frames; ``""`` without.

        The things of a small graph have one (`Site.is_small`), but claims and sources do not, live
        as published: there are many of them, and the frame of a claim takes a sixth of its work.
        """
        path = self.site.path(self.topic) or ""
        is_thing = self.topic not in self.by_iri and _SOURCE not in self.about_topic.get(TYPE, ())
        is_page = path.startswith("/page/") and self.document.page == 1
        return path if is_thing and is_page and self.site.is_small else ""

    @property
    def about_topic(self) -> Properties:
        """The objects of the topic by predicate, among the statements of the document."""
        return self.document.forest.properties.get(("", f"<{self.topic}>"), {})

    @property
    def topic_classes(self) -> Sequence[str]:
        """The IRIs of the classes of the topic; of a definition, those among its statements."""
        return self.classes.get(self.topic) or [*map(value, self.about_topic.get(TYPE, ()))]

    def page(self) -> bytes:
        """Return the HTML of the document: a page about a claim, a source, or any other thing.

        The page about a thing may ask the graph for the dates of events, and for classes.
        """
        if claim := self.by_iri.get(self.topic):
            return _claim_page(self, claim)
        is_source = _SOURCE in self.about_topic.get(TYPE, ())
        return (_source_page if is_source else _thing_page)(self, self.thing)

    def data(self, suffix: str) -> bytes:
        """Return the data of the document: its claims as a table for ``csv``, else its triples.

        Other suffixes are those of RDF formats. Raises `UnknownFormat` for an unknown one, and when
        RDF/XML cannot hold a triple.
        """
        if suffix != addresses.TABLE:
            return self.document.write(suffix)
        topic = self.by_iri.get(self.topic)
        table = tables.of_claims([topic, *self.claims] if topic else [*self.claims])
        return b"".join(tables.comma_separated(table))

    def views(self, claims: Iterable[Claim]) -> claim_view.Group:
        """Return claims as pages show them, in the same order, with rivals from `by_iri`."""
        views = (claim_view.view_of(self.site, claim, self.by_iri) for claim in claims)
        return claim_view.Group("", "", tuple(views))

    def names_people(self, claims: Iterable[Claim]) -> bool:
        """Return True if a subject or object of some claims is a person."""
        ends = (text(end) for claim in claims for end in (claim.subject, claim.object))
        return any(self.site.group(self.classes.get(end, ())) == "people" for end in ends)

    def claims_about_topic(self) -> list[Claim]:
        """Return the claims of the document that have its topic as their subject or object."""
        return [c for c in self.claims if self.topic in (c.subject.value, text(c.object))]


def _page(view: DocumentView, template: str, title: str, /, **values: Any) -> bytes:
    """Return the HTML of a template with `values`, and links to the data and other pages.

    The page is about the topic of the document, at its path.
    """
    site, document, topic = view.site, view.document, view.topic
    table = {addresses.TABLE} & {*site.published.suffixes}
    suffixes = (*document.suffixes, *table)
    paths = ((suffix, site.path(topic, suffix, document.page)) for suffix in suffixes)
    return page(
        site,
        template,
        site.path(topic, page=document.page) or "",
        title,
        document=document,
        iri=topic,
        links=[(suffix, site.root + path) for suffix, path in paths if path],
        pages=[(number, site.address(topic, page=number)) for number in _linked_pages(document)],
        **values,
    )


def _linked_pages(document: Document) -> list[int]:
    """Return the numbers of the pages that a page of a document links to, itself included.

    They are all up to `LINKED_PAGES`; of more the first, the last, and those at some steps from the
    page. Of a single page there are none.
    """
    page, last = document.page, document.pages
    if last <= LINKED_PAGES:
        return [*range(1, last + 1)] if last > 1 else []
    near = (page + sign * step for step in (0, 1, 2, 3, 10, 100, 1000) for sign in (-1, 1))
    return sorted({1, last, *(number for number in near if 1 <= number <= last)})


def _thing_page(view: DocumentView, thing: Thing) -> bytes:
    """Return the HTML of the page about a thing, the topic of the document.

    It has the claims about the thing, other claims of the document, a picture, JSON-LD, and
    a timeline if the document has a single page.
    """
    site, document = view.site, view.document
    claims = view.claims_about_topic()
    iris = {claim.iri for claim in claims}
    groups = claim_view.groups(site, view.topic, claims, view.by_iri)
    sources = profile.sources(site, claims)
    is_person = site.group(view.topic_classes) == "people"
    return _page(
        view,
        "thing",
        thing.name,
        description=sharing.description(thing.kind, claims),
        citation=citations.of_thing(site.graph, thing, site.published),
        embedded=view.embedded,
        card=cards.of_thing(site, thing) if document.page == 1 else None,
        thing=thing,
        curie=site.graph.prefixes.shorten(view.topic),
        namesakes=view.namesakes[view.topic],
        line=profile.line(site, view.topic, claims, is_person=is_person),
        categories=claim_view.categories(site, groups),
        shown=[shown for group in groups for shown in group.claims],
        sources=sources,
        contact=site.contact(view.topic) if is_person else "",
        numbers={s.evidence.source: s.number for s in sources if s.number},
        questions=profile.questions(
            site, view.topic, view.topic_classes, profile.name_in_sentences(thing, claims)
        ),
        others=view.views(claim for claim in view.claims if claim.iri not in iris),
        plain=_plain_facts(view),
        timeline=_timeline(view, thing, claims) if document.pages == 1 else None,
        drawings=_pictures(view, thing, claims),
        blocks=[discovery.script(_schema(view, thing))],
    )


def _claim_page(view: DocumentView, claim: Claim) -> bytes:
    """Return the HTML of the page about a claim: sentence, evidence, bounds, claims about it.

    The bounds are the known ones among the four days of the claim, in words, each with its phrase
    in `_BOUNDS`, such as “began not before”; there are none where all four are the same day.
    """
    site, graph = view.site, view.site.graph
    bounds = [
        (name, edtf.words(edtf.iso(day)).removeprefix("on "))
        for name, day in zip(_BOUNDS, claim.bounds, strict=True)
        if day and len({*claim.bounds}) > 1
    ]
    return _page(
        view,
        "claim",
        str(claim),
        description=sharing.description_of_claim(claim),
        view=claim_view.view_of(site, claim, view.by_iri),
        claim=claim,
        evidence=evidence_view.views(site, claim, view.document.statements),
        correction=site.correction(claim),
        contact=site.contact(claim.iri) if view.names_people([claim]) else "",
        bounds=bounds,
        citation=citations.of_claim(graph, claim, site.published, site.cited),
        about=view.views(c for c in view.claims if text(c.object) == claim.iri),
        subject=claim_view.linked(site, claim.subject_name, claim.subject.value),
        predicate=claim_view.linked(site, local_name(claim.predicate), claim.predicate),
        object=term_view.value(site, str(claim.object), {text(claim.object): claim.object_name}),
    )


def _source_page(view: DocumentView, thing: Thing) -> bytes:
    """Return the HTML of the page about a source: the claims that it supports, and claims about it.

    `thing` is the source.
    """
    topic = thing.iri
    supported = [
        replace(claim, evidence=tuple(evidence))
        for claim in view.claims
        if (evidence := claim.evidence_from(topic))
    ]
    groups = claim_view.groups(view.site, "", supported, view.by_iri)
    about = claim_view.groups(view.site, view.topic, view.claims_about_topic(), view.by_iri)
    shown = [shown for group in groups for shown in group.claims]
    if view.site.places:  # the page is the place of the claims, each to be marked once
        marked = {claim.mark for claim in shown}
        about = [claim_view.without_marks(group, marked) for group in about]
    return _page(
        view,
        "source",
        thing.name,
        description=sharing.description(thing.kind, supported),
        citation=citations.of_source(view.site.graph, view.document.topic, view.site.published),
        thing=thing,
        plain=_plain_facts(view),
        opened=_opened(view),
        supported=claim_view.categories(view.site, groups),
        shown=shown,
        groups=about,
    )


def _opened(view: DocumentView) -> str:
    """Return the address at which a source can be opened: of its state, or its page, or ``""``."""
    addresses = (value(term) for name in _OPENED for term in sorted(view.about_topic.get(name, ())))
    return next((address for address in addresses if claim_view.ADDRESS.fullmatch(address)), "")


def _plain_facts(view: DocumentView) -> list[tuple[Any, list[Any]]]:
    """Return the triples about the topic that follow from no claim, by predicate, for the template.

    They are (link to the predicate, values as a page shows them), in the order of the predicates'
    names. Types, labels and names in text are left out, since other parts of the page show them, as
    are broader and former predicates with a value that a claim about the topic has.
    """
    claimed = {*describe.direct(view.document.forest.properties.values())}
    topic, implied = f"<{view.topic}>", view.site.implied_predicates
    claimed_values = {value(obj) for subject, _, obj, _ in claimed if subject == topic}
    values = {
        predicate: [
            obj
            for obj in objects
            if (topic, predicate, obj, "") not in claimed
            and not (predicate in implied and value(obj) in claimed_values)
        ]
        for predicate, objects in view.about_topic.items()
        if predicate not in _SHOWN_ELSEWHERE
    }
    return term_view.facts(view.site, values, view.labels)


def _timeline(view: DocumentView, thing: Thing, claims: Sequence[Claim]) -> Picture | None:
    """Return a narrow timeline of claims about a thing, ``None`` for fewer than two entries.

    Runs the query ``histories`` for the dates of events that the claims are parts of.
    """
    entries = timeline.arranged(view.site.graph, claims, thing)
    return drawn(entries, address=view.site.address, width=NARROW) if len(entries) > 1 else None


def _pictures(view: DocumentView, thing: Thing, claims: Sequence[Claim]) -> list[Picture]:
    """Return the pictures of a thing: one of its kind, on the first page, and its neighbours."""
    of_kind = _picture_of_kind(view, thing) if view.document.page == 1 else None
    near = neighbourhood.of_claims(thing, claims, partial(_dot, view))
    return [picture for picture in (of_kind, near) if picture]


def _picture_of_kind(view: DocumentView, thing: Thing) -> Picture | None:
    """Return the track of a bill, the voters of a vote, or what those of a letter or body share.

    ``None`` for another kind. What people share is for small graphs, and not at an endpoint: the
    kinds of all things are read for it.
    """
    site = view.site
    classes = {iri.removeprefix(AG) for iri in site.classes(view.topic_classes)}
    if "Vote" in classes:
        return votes.votes(site.graph, thing, address=site.address, sides=site.node_kinds.sides)
    if classes & {"Bill", "Law", "LegislativeProposal"}:
        return track.track(site.graph, thing, address=site.address)
    if site.is_small and site.group(view.topic_classes) in ("bodies", "documents", "campaigns"):
        return matrix.matrix(site.graph, thing, address=site.address, kinds=site.node_kinds)
    return None


def _dot(view: DocumentView, iri: str, name: str) -> Dot:
    """Return a thing as a node of a picture: name, address, label of its class, and group.

    Its classes are those in `view.classes`; without any the label is ``""``, the group ``others``.
    """
    site, classes = view.site, view.classes.get(iri, ())
    return Dot(name, site.address(iri), site.label(classes), site.group(classes))


def _schema(view: DocumentView, thing: Thing) -> discovery.Json:
    """Return the topic as schema.org JSON-LD: its kind, label and other names, but no claim.

    Other names are its `skos:altLabel` values.
    """
    site = view.site
    return discovery.thing(
        thing.iri,
        thing.name,
        site.home + (site.path(thing.iri) or "/")[1:],
        discovery.reference(site.graph, site.published),
        kind=discovery.kind_of(site.classes(view.topic_classes)),
        also=sorted(map(value, view.about_topic.get(_OTHER_NAME, ()))),
    )
