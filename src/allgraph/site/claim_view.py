"""Claims as pages show them: sentences whose names are links, dates, sources and rivals.

The views have plain values for templates. `Markup` is made of escaped text only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import unquote

from markupsafe import Markup, escape
from pyoxigraph import NamedNode

from allgraph.graph import claim_order
from allgraph.graph.claims import SURENESS, Claim, Evidence, sureness
from allgraph.model.implications import address_of
from allgraph.model.sentences import (
    after,
    beside_date,
    capitalised,
    is_stated,
    names_of,
    parts,
    pieces,
    verb,
)
from allgraph.rdf.terms import AG, Term
from allgraph.site.site import Site
from allgraph.site.templating import plural

SIGNS = {"stated": "stated", "pale": "medium or low confidence", "ring": "interpreted"}
"""The signs of what a source may do with a claim, in the order of `SURENESS`, and their words."""


class ShownSource(NamedTuple):
    """A source beside claims: its IRI, title, and the sign of `SIGNS` of the best it does there."""

    iri: str
    title: str
    sign: str

    @property
    def words(self) -> str:
        """What the source does with the claims, such as “stated”."""
        return SIGNS[self.sign]


RIVALS = 20
"""How many rivals of a claim are shown at most: the first by their IRIs."""
_MOST_DOTS = 8
_WEBSITE = AG + "hasWebsite"
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}(?:/[\w./~-]*)?", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x1f]{1,2000}")
"""An address on the web that a page links to."""


@dataclass(frozen=True)
class ClaimView:
    """A claim as a page shows it; `sentence` is HTML and begins with its subject or its object.

    `end` is the thing or text at the other end of the claim, the object where the sentence begins
    with the subject, as HTML. `comma` is what the date follows, ``,`` after the words of a literal
    and else ``""``. `correction` is the address at which one is suggested, if the claim has no page
    of its own, which has that.

    `address` is the link to the page of the claim, `mark` the ``id`` of its HTML element,
    `sources` its evidence, each with the link to the page of its source, and `rivals` the claims
    that cannot be true together with it, of which `rivals_left` are left out.
    """

    claim: Claim
    sentence: Markup
    address: str
    sources: tuple[tuple[Evidence, str], ...]
    mark: str
    rivals: tuple[ClaimView, ...] = ()
    is_date_first: bool = False
    comma: str = ""
    correction: str = ""
    end: Markup = Markup()  # noqa: RUF009  (which cannot change)
    rivals_left: int = 0

    @property
    def dots(self) -> tuple[ShownSource, ...]:
        """The sources of the claim, each once, the best first."""
        return shown_sources(self.claim.evidence)

    @property
    def drawn_dots(self) -> Markup:
        """The sources of the claim as dots in HTML, with words for screen readers."""
        return _drawn_dots(self.dots)

    @property
    def source_iris(self) -> list[str]:
        """The IRIs of the sources of the claim, each once, in the order of its evidence."""
        return [*dict.fromkeys(evidence.source for evidence in self.claim.evidence)]

    @property
    def is_undated(self) -> bool:
        """True if the claim is a matter of time, and no source states its date."""
        return bool(self.remark)

    @property
    def leading_date(self) -> str:
        """The date to show before the sentence; ``""`` where it comes after it, or there is none.

        It is where the object is a claim, which a date after it would seem to date.
        """
        return capitalised(self.date) if self.is_date_first else ""

    @cached_property
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
    def rows(self) -> list[tuple[ClaimView, str]]:
        """The claims in order, each with its date, or the remark in place of one that it lacks.

        The same remark is there once for claims that follow each other.
        """
        rows, before = [], ""
        for view in self.claims:
            date = "" if view.date else view.claim.date
            remark = date.replace("date not stated", "no date stated")
            rows.append((view, view.date or (remark if remark != before else "")))
            before = remark
        return rows


@dataclass(frozen=True)
class Category:
    """Groups of claims under one heading of a page, which is the label of a group of predicates."""

    heading: str
    groups: tuple[Group, ...]


def shown_sources(evidence: Iterable[Evidence]) -> tuple[ShownSource, ...]:
    """Return the sources of some evidence, each once, with the sign of the best that it does.

    They are in the order of these, then of their titles.
    """
    titles: dict[str, str] = {}
    best: dict[str, int] = {}
    for piece in evidence:
        sure = SURENESS.index(sureness(piece))
        titles.setdefault(piece.source, piece.title)
        best[piece.source] = min(sure, best.get(piece.source, sure))
    signs = [*SIGNS]
    order = sorted(titles, key=lambda iri: (best[iri], titles[iri]))
    return tuple(ShownSource(iri, titles[iri], signs[best[iri]]) for iri in order)


def linked(site: Site, name: str, iri: str) -> Markup:
    """Return a name as escaped HTML: a link to `site.address(iri)`, without one the name alone."""
    return _link(site.address(iri), name)


@lru_cache(1_000)
def _drawn_dots(sources: tuple[ShownSource, ...]) -> Markup:
    """Return the dots of sources as HTML, with words for screen readers. Cached: see `_link`."""
    shown, more = sources[:_MOST_DOTS], len(sources) - _MOST_DOTS
    dots = Markup("").join(
        Markup('<span class="dot {}" title="{}: {}"></span>').format(s.sign, s.title, s.words)
        for s in shown
    )
    words = f"{plural(len(sources), 'source')}: {', '.join(source.words for source in shown)}"
    return Markup(
        '<span class="dots" aria-hidden="true">{}{}</span><span class="hidden">{}</span>'
    ).format(dots, f"+{more}" if more > 0 else "", words)


@lru_cache(10_000)
def _link(address: str, name: str) -> Markup:
    """Return a name as a link; without an address the name alone. Cached: pages have many again."""
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
    that it lacks are left out, as are those after the first `RIVALS`. With `inverse` the sentence
    is the one that begins with the object. The views of rivals have no rivals.
    """
    shown = claim.rivals[:RIVALS] if with_rivals else ()
    rivals = [claims[iri] for iri in shown if iri in claims]
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
        site.correction(claim) if site.places else "",
        _end(site, claim, inverse=inverse),
        len(claim.rivals) - len(shown) if with_rivals else 0,
    )


def _end(site: Site, claim: Claim, *, inverse: bool) -> Markup:
    """Return the object of a claim as HTML, or `inverse` its subject: a link, or the words."""
    end, name = claim.object, claim.object_name
    if inverse:
        end, name = claim.subject, claim.subject_name
    else:  # of “founded {object after founding of}” the words that the sentence has
        words = (after(name, prefix) for _, _, prefix in parts(claim.template) if prefix)
        name = next(filter(None, words), name)
    if isinstance(end, NamedNode):
        return linked(site, capitalised(name), end.value)
    address = _address_of(site, end)
    if not address and claim.predicate == _WEBSITE and _HOST.fullmatch(name):
        address = f"https://{name}"
    link = Markup('<a href="{}" rel="nofollow"><bdi>{}</bdi></a>')
    return link.format(address, name) if address else _name(name)


def _address_of(site: Site, text: Any) -> str:
    """Return the address on the web that a literal is, or that its scheme gives it, or ``""``."""
    templates = sorted(site.graph.root.schemes.templates(text.datatype.value), reverse=True)
    addresses = [text.value, *(address_of(t, text.value)[1:-1] for t in templates)]
    return next(filter(ADDRESS.fullmatch, addresses), "")


def groups(
    site: Site,
    topic: str,
    claims: Iterable[Claim],
    by_iri: Mapping[str, Claim],
    most: int | None = None,
) -> list[Group]:
    """Return claims about a topic, an IRI, in groups by predicate and verb.

    Without a topic, ``""``, every sentence begins with its subject. `most` is how many claims are
    in all groups at most, the first ones; ``None`` for all.

    They are in the order of their predicates for readers (`claim_order.place_in`); of one predicate
    first is the group of claims that have the topic as their subject, then the others, whose
    sentences begin with the object; then in that of headings. A group has the verb of its sentences
    as heading, and views of its claims in the given order. `by_iri` has the rivals of claims by
    IRI.
    """
    places = site.graph.root.predicate_places

    def side(claim: Claim) -> tuple[Any, bool, str]:
        """Return the place of a claim's predicate, whether `topic` is its object, and its verb."""
        inverse = topic not in ("", claim.subject.value)
        words, _ = verb(claim.inverse_template if inverse else claim.template, claim.roles)
        heading = capitalised(words.rstrip(":"))
        return claim_order.place_in(places, claim.predicate), inverse, heading

    by_side = sorted(((side(claim), claim) for claim in claims), key=itemgetter(0))
    return [
        Group(
            heading,
            place[-1],
            tuple(view_of(site, claim, by_iri, inverse=inverse) for _, claim in same),
        )
        for (place, inverse, heading), same in groupby(by_side[:most], key=itemgetter(0))
    ]


def categories(site: Site, groups: Iterable[Group]) -> list[Category]:
    """Return groups, in the order for readers, under the labels of their groups of predicates.

    The ontology gives these; predicates without one are under “Other”.
    """
    places = site.graph.root.predicate_places

    def category(group: Group) -> tuple[float, str]:
        """Return the place and the heading of the category of a group."""
        place = places.get(group.predicate, claim_order.NO_PLACE)
        return place.group, capitalised(place.label) or "Other"

    return [Category(key[1], tuple(same)) for key, same in groupby(groups, key=category)]


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
    shown: list[str] = []
    for text, slot in pieces(template, names):
        words = capitalised(text) if is_whole and not shown else text
        end = ends.get(slot)
        if isinstance(end, NamedNode):
            before, after = (" " * space for space in (words[:1] == " ", words[-1:] == " "))
            shown += [before, linked(site, words.strip(" "), end.value), after]
        else:
            shown.append(_name(words) if slot in ends else escape(words))
    return Markup("".join(shown))  # noqa: S704
