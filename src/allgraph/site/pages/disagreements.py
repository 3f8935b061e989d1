"""The pages about disagreements: claims that cannot all be true, face to face, with sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup
from pyoxigraph import NamedNode

from allgraph.drawings.disagreement import axis, sides_of
from allgraph.graph import Graph
from allgraph.graph.claims import Claim, named
from allgraph.graph.rivals import Disagreement
from allgraph.render.table import comma_separated
from allgraph.site import claim_view, listing
from allgraph.site.claim_view import ClaimView
from allgraph.site.pages import cards
from allgraph.site.site import Site
from allgraph.site.templating import page

PAGE = 20
"""How many disagreements are on a page."""
SUFFIXES = ("json", "csv")
"""The formats of their data."""
_COLUMNS = (
    "disagreement", "about", "aboutName", "claim", "sentence", "when", "rank",
    "source", "sourceTitle", "place", "reading", "confidence",
)  # fmt: skip


@dataclass(frozen=True)
class DisagreementView:
    """A disagreement as a page shows it: its claims in order of time, and their dates as an image.

    `sentence` is the sentence of all claims without its date, ``""`` if they differ. `mark` is the
    ``id`` of its HTML element. `left` is how many claims are left out, and `number` the number of
    the disagreement, from 1.
    """

    sentence: Markup | str
    claims: list[ClaimView]
    image: Markup
    mark: str
    left: int
    number: int


def pages(site: Site) -> range:
    """Return the numbers of the pages about the disagreements of a site; there is at least one."""
    return listing.pages(len(site.disagreements), PAGE)


def on_page(site: Site, number: int) -> range:
    """Return the numbers of the disagreements on a page, both from 1."""
    return range((number - 1) * PAGE + 1, min(number * PAGE, len(site.disagreements)) + 1)


def data(site: Site, suffix: str, numbers: Sequence[int] | None = None) -> bytes:
    """Return disagreements as a file of one of `SUFFIXES`, by their numbers; by default all.

    The JSON has their claims as everywhere; the CSV has a row for each claim and source. Their
    claims are read.
    """
    chosen = range(1, len(site.disagreements) + 1) if numbers is None else numbers
    groups = [(number, site.disagreements[number - 1]) for number in chosen]
    claims = {number: _claims(site.graph, group.claims) for number, group in groups}
    if suffix == "csv":
        rows = (row for number, group in groups for row in _rows(number, group, claims[number]))
        return comma_separated(_COLUMNS, rows)
    shorten = site.graph.prefixes.shorten
    listed = [
        {
            "number": number,
            "about": shorten(group.topic),
            "name": group.name,
            "claims": [claim.as_dict() for claim in claims[number]],
        }
        for number, group in groups
    ]
    import json

    return json.dumps({"disagreements": listed}, ensure_ascii=False, indent=2).encode()


def _claims(graph: Graph, iris: Sequence[str]) -> list[Claim]:
    """Return the claims of a disagreement, by their IRIs: first those that pages show, in order."""
    shown = sides_of(graph, iris).claims
    others = {*iris} - {claim.iri for claim in shown}
    return [*shown, *named(graph, map(NamedNode, sorted(others)))]


def _rows(number: int, group: Disagreement, claims: Iterable[Claim]) -> Iterator[tuple[str, ...]]:
    """Yield a row of `_COLUMNS` for each source of each claim; one for a claim without a source."""
    for claim in claims:
        own = (str(number), group.topic, group.name, claim.iri, claim.sentence, claim.when)
        for evidence in claim.evidence:
            yield (
                *own,
                claim.rank,
                evidence.source,
                evidence.title,
                evidence.place,
                evidence.reading,
                evidence.confidence,
            )
        if not claim.evidence:
            yield *own, claim.rank, "", "", "", "", ""


def disagreements(site: Site, number: int = 1) -> bytes:
    """Return the HTML of a page about disagreements, by topic; `number` counts the pages from 1.

    It has `PAGE` of `Site.disagreements`. Only the claims of these are read.
    """
    shown = [(one, site.disagreements[one - 1]) for one in on_page(site, number)]
    topics = [
        (site.address(topic), name, [_view(site, *numbered) for numbered in groups])
        for (topic, name), groups in groupby(shown, key=lambda one: (one[1].topic, one[1].name))
    ]
    path = "/disagreements" + (f"/{number}" if number > 1 else "")
    last = pages(site)[-1]
    return page(
        site,
        "disagreements",
        path,
        "Where sources disagree",
        card=cards.of_graph(site, "disagreement") if number == 1 else None,
        count=len(site.disagreements),
        topic_count=len({group.topic for group in site.disagreements}),
        topics=topics,
        number=number,
        pages=[
            (n, f"{site.root}/disagreements" + (f"/{n}" if n > 1 else ""))
            for n in sorted({1, last, *range(max(1, number - 3), min(last, number + 3) + 1)})
            if last > 1
        ],
        suffixes=SUFFIXES,
        has_question="conflicts" in site.graph.queries,
    )


def _view(site: Site, number: int, group: Disagreement) -> DisagreementView:
    """Return a disagreement as a page shows it; those of its claims that are shown are read."""
    sides = sides_of(site.graph, group.claims)
    views = [claim_view.view_of(site, claim, {}) for claim in sides.claims]
    sentences = {view.sentence for view in views}
    return DisagreementView(
        views[0].sentence if len(sentences) == 1 else "",
        views,
        Markup(axis(site.graph, sides, site.address)),  # noqa: S704
        _mark(site, sides.claims[0]),
        sides.left,
        number,
    )


def _mark(site: Site, claim: Claim) -> str:
    """Return the ``id`` of the element of a disagreement: the end of the IRI of its first claim."""
    return claim.iri.removeprefix(site.graph.folder.base).replace("/", "-")
