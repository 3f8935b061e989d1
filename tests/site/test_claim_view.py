"""Claims on pages: rows in categories, each with its date and a sign for each source."""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from allgraph.graph import open_graph
from allgraph.graph.claims import claims
from allgraph.site.claim_view import ClaimView, Group, groups
from allgraph.site.documents import document_views
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.graph.test_claim_order import folder


def test_a_page_has_offices_first_and_names_last(make_folder: MakeFolder) -> None:
    graph = open_graph(folder(make_folder))
    [view] = document_views(Site(graph), [graph.resolve("Ann").value])
    page = view.page().decode()
    said = page.index("What sources say")
    wanted = [
        "<h3><bdi>Offices and memberships",
        "<h4><bdi>Held the office of",
        "<h4><bdi>Has been a member of",
        "<h3><bdi>Work, aims and contact",
        '<a href="https://ann.example" rel="nofollow">',
        "<h3><bdi>Other",
        "<h3><bdi>Names and identifiers",
        "<bdi>A., Ann</bdi>",
        "<bdi>Ann A.</bdi>",
        '<a href="https://www.wikidata.org/wiki/Q1" rel="nofollow"><bdi>Q1 (Wikidata)',
    ]
    places = [page.index(words, said) for words in wanted]
    assert places == sorted(places)
    assert page.count("<h4><bdi>Has been called") == 1
    assert page.count("no date stated") == 4  # once for each of the groups that are dated
    assert page.count('class="cite"') == 8 and page.count('class="dot stated" title="a list') == 1


def test_a_row_tells_of_each_source_what_it_does_with_the_claim(make_folder: MakeFolder) -> None:
    more = """
    claim:c7 ag:evidence
        [ oa:hasSource source:book ; ag:confidence ag:Medium ; ag:page "2" ],
        [ oa:hasSource source:list ; ag:reading ag:Interpreted ; ag:confidence ag:Low ] .
    """
    about = claims(open_graph(folder(make_folder, more)), about="Ann")
    [club] = [claim for claim in about if claim.iri.endswith("c7")]
    view = ClaimView(club, Markup(), "", (), "")
    assert [(dot.sign, dot.title) for dot in view.dots] == [
        ("stated", "a book"),  # the best that it does with the claim
        ("ring", "a list"),
    ]
    assert [dot.words for dot in view.dots] == ["stated", "interpreted"]


def test_no_heading_ends_with_a_colon() -> None:
    graph = open_graph()
    purposes = [claim for claim in claims(graph) if "purpose: " in claim.read()]
    [group, *_] = groups(Site(graph), "", purposes, {})
    assert group.heading == "Has had the purpose"


def test_a_remark_in_place_of_a_date_is_there_once(make_folder: MakeFolder) -> None:
    about = claims(open_graph(folder(make_folder)), about="Ann")
    names = [claim for claim in about if claim.predicate.endswith("hasName")]
    dated = replace(names[0], when="2012-02")
    views = tuple(ClaimView(claim, Markup(), "", (), "") for claim in (dated, *names))
    dates = [date for _, date in Group("", "", views).rows]
    assert dates == ["in February 2012", "no date stated", "", ""]
