"""Claims on pages: variants of a text in one line, with each claim and its sources below."""

from __future__ import annotations

from markupsafe import Markup

from allgraph.graph import open_graph
from allgraph.graph.claims import claims
from allgraph.site.claim_view import ClaimView, Group
from allgraph.site.documents import document_views
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.graph.test_claim_order import folder


def test_folds_have_all_claims_in_order(make_folder: MakeFolder) -> None:
    about = claims(open_graph(folder(make_folder)), about="Ann")
    views = tuple(ClaimView(claim, Markup(), "", (), "") for claim in about)
    folds = Group("", "", views).folds
    assert [view for _, alike in folds for view in alike] == [*views]
    assert [names for names, alike in folds if len(alike) > 1] == ["A., Ann · Ann A. · Anna"]
    assert all(bool(names) == (len(alike) > 1) for names, alike in folds)


def test_a_page_has_offices_first_and_names_in_one_line(make_folder: MakeFolder) -> None:
    graph = open_graph(folder(make_folder))
    [view] = document_views(Site(graph), [graph.resolve("Ann").value])
    page = view.page().decode()
    said = page.index("What sources say")
    places = [page.index(f"<h3><bdi>{verb}", said) for verb in ("Held", "Has been a member")]
    line = page.index('<p class="sentence"><bdi>A., Ann · Ann A. · Anna</bdi></p>', said)
    assert [*places, line, page.index("has the identifier", line)] == sorted(
        [*places, line, page.index("has the identifier", line)]
    )
    folded = page[line : page.index("</details>", line)]
    assert "<summary>3 claims and sources</summary>" in folded
    assert folded.count('class="cite"') == 3 and "a list" in folded
