"""Claims as pages show them: sentences whose names are links, dates, sources and rivals.

What is made here are plain values for templates; `Markup` is made of escaped text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import unquote

from markupsafe import Markup, escape
from pyoxigraph import NamedNode

from allgraph.graph.claims import Claim, Evidence
from allgraph.model.sentences import capitalised, parts, verb
from allgraph.rdf.terms import Term
from allgraph.site.site import Site

_LINK = Markup('<a href="{}"><bdi>{}</bdi></a>')
_NAME = Markup("<bdi>{}</bdi>")


@dataclass(frozen=True)
class EvidenceView:
    """A piece of evidence: its source, the place in it, and what one has to know of both."""

    title: str
    address: str
    place: str
    remarks: tuple[str, ...]
    note: str
    evidence: Evidence


@dataclass(frozen=True)
class ClaimView:
    """A claim as a page shows it, from one of its sides; `mark` is its id within the page."""

    claim: Claim
    sentence: Markup
    address: str
    sources: tuple[EvidenceView, ...]
    mark: str
    rivals: tuple[ClaimView, ...] = ()

    @property
    def date(self) -> str:
        """The date in words, or nothing."""
        return "" if self.claim.date == "date not stated" else self.claim.date

    @property
    def is_undated(self) -> bool:
        """Whether a date could be stated, and is not."""
        return self.claim.date == "date not stated"


@dataclass(frozen=True)
class Group:
    """Claims with one predicate, seen from the same side."""

    heading: str
    predicate: str
    claims: tuple[ClaimView, ...]


def linked(site: Site, name: str, iri: str) -> Markup:
    """A name, as a link if it leads anywhere."""
    address = site.address(iri)
    return _LINK.format(address, name) if address else _NAME.format(name)


def view_of(
    site: Site, claim: Claim, known: Mapping[str, Claim], *, inverse: bool = False,
    with_rivals: bool = True,
) -> ClaimView:  # fmt: skip
    """A claim for a page; its rivals are among those `known`."""
    rivals = [known[iri] for iri in claim.rivals if iri in known] if with_rivals else []
    return ClaimView(
        claim,
        _sentence(site, claim, claim.inverse_template if inverse else claim.template),
        site.address(claim.iri),
        tuple(_source(site, each) for each in claim.evidence),
        unquote((site.path(claim.iri) or claim.iri).removeprefix("/page/")),
        tuple(view_of(site, each, known, with_rivals=False) for each in rivals),
    )


def groups(
    site: Site, some: Iterable[Claim], known: Mapping[str, Claim], about: str
) -> list[Group]:
    """Claims about a thing by predicate and side: what it did first, then what was done to it."""

    def side(claim: Claim) -> tuple[bool, str]:
        return claim.subject.value != about, claim.predicate

    found = []
    for (inverse, predicate), same in groupby(sorted(some, key=side), key=side):
        claims = tuple(view_of(site, each, known, inverse=inverse) for each in same)
        one = claims[0].claim
        words, _ = verb(one.inverse_template if inverse else one.template)
        found.append(Group(capitalised(words), predicate, claims))
    return found


def _sentence(site: Site, claim: Claim, template: str) -> Markup:
    """A sentence with a capital at its start and a link for each of its things."""
    ends: Mapping[str, tuple[str, Term]] = {
        "subject": (claim.subject_name, claim.subject),
        "object": (claim.object_name, claim.object),
    }
    pieces: list[Markup] = []
    for part, is_slot in parts(template):
        name, term = ends[part] if is_slot else (part, None)
        if not pieces and name:
            name = capitalised(name)
        if isinstance(term, NamedNode):
            pieces.append(linked(site, name, term.value))
        elif name:
            pieces.append(_NAME.format(name) if is_slot else escape(name))
    if claim.roles:
        pieces.append(escape(f" as {' and '.join(claim.roles)}"))
    return Markup("").join(pieces)


def _source(site: Site, evidence: Evidence) -> EvidenceView:
    remarks = (
        f"confidence {evidence.confidence.lower()}" if evidence.confidence else "",
        "interpreted" if evidence.reading == "Interpreted" else "",
        f"says that {evidence.attributed_to} said so" if evidence.attributed_to else "",
        f"wording: “{evidence.wording}”" if evidence.wording else "",
        f"speaks of {evidence.current_as_of}" if evidence.current_as_of else "",
    )
    return EvidenceView(
        evidence.title,
        site.address(evidence.source),
        evidence.place,
        tuple(filter(None, remarks)),
        evidence.note,
        evidence,
    )
