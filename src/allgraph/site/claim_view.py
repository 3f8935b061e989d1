"""Claims as pages show them: sentences whose names are links, dates, sources and rivals.

The views have plain values for templates. `Markup` is made of escaped text only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import unquote

from markupsafe import Markup, escape
from pyoxigraph import NamedNode

from allgraph.graph import claim_order
from allgraph.graph.claims import Claim, Evidence, folded
from allgraph.model.sentences import beside_date, capitalised, is_stated, names_of, pieces, verb
from allgraph.rdf.terms import Term
from allgraph.site.site import Site


@dataclass(frozen=True)
class ClaimView:
    """A claim as a page shows it; `sentence` is HTML and begins with its subject or its object.

    `comma` is what the date follows, ``,`` after the words of a literal and else ``""``.

    `address` is the link to the page of the claim, `mark` the ``id`` of its HTML element,
    `sources` its evidence, each with the link to the page of its source, and `rivals` the claims
    that cannot be true together with it.
    """

    claim: Claim
    sentence: Markup
    address: str
    sources: tuple[tuple[Evidence, str], ...]
    mark: str
    rivals: tuple[ClaimView, ...] = ()
    is_date_first: bool = False
    comma: str = ""

    @property
    def leading_date(self) -> str:
        """The date to show before the sentence; ``""`` where it comes after it, or there is none.

        It is where the object is a claim, which a date after it would seem to date.
        """
        return capitalised(self.date) if self.is_date_first else ""

    @property
    def date(self) -> str:
        """The date of the claim in words; ``""`` if no source states one."""
        return self.claim.date if is_stated(self.claim.date) else ""

    @property
    def remark(self) -> str:
        """The remark in place of a missing date, such as “Date not stated”, or ``""``."""
        return "" if self.date else capitalised(self.claim.date)


@dataclass(frozen=True)
class Group:
    """Claims under one heading of a page: same predicate and verb, the topic on the same side.

    The topic of the page is the subject of all of them, or of none. `heading` is the verb of
    their sentences, `predicate` an IRI.
    """

    heading: str
    predicate: str
    claims: tuple[ClaimView, ...]

    @property
    def folds(self) -> list[tuple[str, list[ClaimView]]]:
        """The claims in order, alike ones together, with their texts in one line.

        The line is ``""`` for a claim that is alike no other; see `claims.folded`.
        """
        views = iter(self.claims)
        folds = []
        for alike in folded(view.claim for view in self.claims):
            names = " · ".join(claim.object_name for claim in alike) if len(alike) > 1 else ""
            folds.append((names, [next(views) for _ in alike]))
        return folds


def linked(site: Site, name: str, iri: str) -> Markup:
    """Return a name as escaped HTML: a link to `site.address(iri)`, without one the name alone."""
    address = site.address(iri)
    link = f'<a href="{escape(address)}">{_name(name)}</a>' if address else _name(name)
    return Markup(link)  # noqa: S704


def _name(name: str) -> Markup:
    """Return a name, which may be in any language, as escaped HTML."""
    return Markup(f"<bdi>{escape(name)}</bdi>")  # noqa: S704


def view_of(
    site: Site,
    claim: Claim,
    claims: Mapping[str, Claim],
    *,
    inverse: bool = False,
    with_rivals: bool = True,
) -> ClaimView:
    """Return a claim as a page shows it.

    `claims` has claims by IRI, among them its rivals, which cannot be true together with it; those
    that it lacks are left out. With `inverse` the sentence is the one that begins with the object.
    The views of rivals have no rivals.
    """
    rivals = [claims[iri] for iri in claim.rivals if iri in claims] if with_rivals else []
    template = claim.inverse_template if inverse else claim.template
    template = beside_date(template, claim.date)
    is_date_first = is_stated(claim.date) and claim.is_about_claim
    return ClaimView(
        claim,
        _sentence(site, claim, template, is_whole=not is_date_first),
        site.address(claim.iri),
        tuple((evidence, site.address(evidence.source)) for evidence in claim.evidence),
        unquote((site.path(claim.iri) or claim.iri).removeprefix("/page/")),  # the HTML id
        tuple(view_of(site, rival, claims, with_rivals=False) for rival in rivals),
        is_date_first,
        "," if claim.ends_in_text(inverse=inverse) else "",
    )


def groups(
    site: Site, topic: str, claims: Iterable[Claim], by_iri: Mapping[str, Claim]
) -> list[Group]:
    """Return claims about a topic, an IRI, in groups by predicate and verb.

    They are in the order of their predicates for readers (`claim_order.place_in`); of one predicate
    first is the group of claims that have the topic as their subject, then the others, whose
    sentences begin with the object; then in that of headings. A group has the verb of its sentences
    as heading, and views of its claims in the given order. `by_iri` has the rivals of claims by
    IRI.
    """
    places = site.graph.root.predicate_places

    def side(claim: Claim) -> tuple[Any, bool, str]:
        """Return the place of a claim's predicate, whether `topic` is its object, and its verb."""
        inverse = claim.subject.value != topic
        words, _ = verb(claim.inverse_template if inverse else claim.template, claim.roles)
        return claim_order.place_in(places, claim.predicate), inverse, capitalised(words)

    return [
        Group(
            heading,
            place[-1],
            tuple(view_of(site, claim, by_iri, inverse=inverse) for claim in same),
        )
        for (place, inverse, heading), same in groupby(sorted(claims, key=side), key=side)
    ]


def without_marks(group: Group, marks: Collection[str]) -> Group:
    """Return a group whose claims have no mark, ``""``, if theirs is among some."""
    claims = (replace(view, mark="") if view.mark in marks else view for view in group.claims)
    return replace(group, claims=tuple(claims))


def _sentence(site: Site, claim: Claim, template: str, *, is_whole: bool = True) -> Markup:
    """Return the sentence of a claim as HTML.

    `template` is the text of the sentence with its slots. The sentence begins with a capital letter
    if it `is_whole`, so that nothing comes before it. A subject or object that is an IRI is a link;
    where the sentence does not name the object, its words are. All texts are escaped.
    """
    ends: dict[str, Term] = {"subject": claim.subject, "object": claim.object}
    if "{object}" not in template:
        ends[""] = claim.object
    names = names_of(claim.subject_name, claim.object_name, claim.roles)
    shown: list[Markup] = []
    for text, slot in pieces(template, names):
        words = capitalised(text) if is_whole and not shown else text
        end = ends.get(slot)
        if isinstance(end, NamedNode):
            before, after = (" " * space for space in (words[:1] == " ", words[-1:] == " "))
            shown += [escape(before), linked(site, words.strip(" "), end.value), escape(after)]
        else:
            shown.append(_name(words) if slot in ends else escape(words))
    return Markup("").join(shown)
