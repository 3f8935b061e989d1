"""The pages about disagreements: claims that cannot all be true, face to face, with sources."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from allgraph.drawings.disagreement import axis, sides_of
from allgraph.graph.claims import Claim
from allgraph.graph.rivals import Disagreement
from allgraph.site import claim_view, listing
from allgraph.site.claim_view import ClaimView
from allgraph.site.pages import cards
from allgraph.site.site import Site
from allgraph.site.templating import page

PAGE = 20
"""How many disagreements are on a page."""


@dataclass(frozen=True)
class DisagreementView:
    """A disagreement as a page shows it: its claims in order of time, and their dates as an image.

    `sentence` is the sentence of all claims without its date, ``""`` if they differ. `mark` is the
    ``id`` of its HTML element. `left` is how many claims are left out.
    """

    sentence: Markup | str
    claims: list[ClaimView]
    image: Markup
    mark: str
    left: int


def pages(site: Site) -> range:
    """Return the numbers of the pages about the disagreements of a site; there is at least one."""
    return listing.pages(len(site.disagreements), PAGE)


def disagreements(site: Site, number: int = 1) -> bytes:
    """Return the HTML of a page about disagreements, by topic; `number` counts the pages from 1.

    It has `PAGE` of `Site.disagreements`. Only the claims of these are read.
    """
    shown = site.disagreements[(number - 1) * PAGE : number * PAGE]
    topics = [
        (site.address(topic), name, [_view(site, group) for group in groups])
        for (topic, name), groups in groupby(shown, key=lambda group: (group.topic, group.name))
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
        has_question="conflicts" in site.graph.queries,
    )


def _view(site: Site, group: Disagreement) -> DisagreementView:
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
    )


def _mark(site: Site, claim: Claim) -> str:
    """Return the ``id`` of the element of a disagreement: the end of the IRI of its first claim."""
    return claim.iri.removeprefix(site.graph.folder.base).replace("/", "-")
