"""People walk through the network in a real browser, live and on a site of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from allgraph.graph import Graph
from allgraph.linkeddata.publication import Publication
from allgraph.model.columns import NO, number
from allgraph.site.assets import assets
from allgraph.site.network_data import (
    NetworkClaim,
    NetworkKind,
    NetworkThing,
    NetworkTie,
    NetworkTies,
    Time,
    Times,
    network_ties,
    written,
)
from allgraph.site.pages import connections
from allgraph.site.site import Site
from tests.browser.test_islands import write
from tests.browser.test_visits import tab_to
from tests.support.browser import Visitor, examine, serving_folder
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor
from tests.support.serving import fetch

pytestmark = pytest.mark.slow

JULY = (2013, 7, 1)


def said(page: Page) -> Locator:
    return page.locator("[data-said]")


def node(page: Page, name: str) -> Locator:
    return page.locator("[data-map] .node").filter(
        has=page.locator("title", has_text=re.compile(f"^{re.escape(name)}(,|$)"))
    )


def nodes(page: Page) -> set[str]:
    """The names of the things in the picture; there have to be some."""
    expect(page.locator("[data-map] .node")).not_to_have_count(0)
    titles = page.locator("[data-map] .node title").all_text_contents()
    kinds = page.locator("[data-list] li > p > .quiet").all_text_contents()
    return {re.sub(f", ({'|'.join(map(re.escape, kinds))})$", "", title) for title in titles}


def expect_list_and_picture_alike(page: Page) -> None:
    listed = page.locator("[data-list] .things > li")
    expect(listed).to_have_count(page.locator("[data-map] .node").count())
    names = [each.split("\n")[0] for each in page.locator("[data-list] .name").all_inner_texts()]
    assert nodes(page) == {*names}
    titles = page.locator("[data-map] .tie > title").all_text_contents()
    sentences = [sentence for title in titles for sentence in title.split("\n")]
    told = page.locator("[data-list] .sentences > li > bdi:first-child").all_text_contents()
    assert {*sentences} <= {*told}
    assert len(told) == 2 * len(sentences)  # from either end


def claims(page: Page) -> set[str]:
    """The paths of the claims in the list."""
    links = page.locator("[data-list] a.cite").all()
    return {link.get_attribute("href") or "" for link in links}


def expected(graph: Graph, page: Page, *, least: int) -> set[str]:
    """The paths of the claims between the things in the address of a page, so certain that day."""
    site = Site(graph, Publication("https://example.org/"))
    ties = network_ties(graph, site.path)
    assert ties is not None
    fragment = unquote(urlsplit(page.url).fragment)
    asked = fragment.removeprefix("nodes=").partition("&")[0].split(",")
    levels = graph.columns.on(JULY)
    rows = [graph.columns.claims.place(claim.iri) for claim in ties.claims]
    return {
        ties.claims[tie.claim].path
        for tie in ties.ties
        if {ties.things[tie.subject].curie, ties.things[tie.object].curie} <= {*asked}
        and levels[rows[tie.claim]] >= least
    }


def test_walk_by_keyboard_on_a_day_and_share_the_view(
    visitor: Visitor, site: str, graph: Graph
) -> None:
    page = visitor.open(f"{site}/page/coco-rocha")
    link = page.get_by_role("link", name="Explore the network from here")
    tab_to(page, link)
    page.keyboard.press("Enter")
    first = node(page, "Coco Rocha")
    expect(first).to_have_attribute("tabindex", "0")
    assert "Model Alliance Advisory Board" in nodes(page)
    tab_to(page, page.get_by_label("Day", exact=True))
    page.keyboard.type("07012013")
    expect(said(page)).to_contain_text("tie")
    expect(page).to_have_url(re.compile("day=2013-07-01"))
    tab_to(page, first)
    before = nodes(page)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    node(page, "Model Alliance Advisory Board").focus()
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text(re.compile(r"^Added \d+ things? tied to .+: .+"))
    after = nodes(page)
    assert after > before
    focused = page.evaluate("document.activeElement.dataset.node")
    assert focused is not None  # the same thing has the focus
    expect_list_and_picture_alike(page)
    assert claims(page) == expected(graph, page, least=NO + 1)
    examine_view(page, "network-july")
    copied = visitor.open(page.url)
    assert nodes(copied) == after
    expect(copied.get_by_label("Day", exact=True)).to_have_value("2013-07-01")
    assert copied.url == page.url
    places = "[...document.querySelectorAll('.node')].map((n) => n.getAttribute('transform'))"
    assert copied.evaluate(places) == page.evaluate(places)


def examine_view(page: Page, name: str) -> None:
    """Everybody can use the page; it is opened anew, since lists are cut for this."""
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("[data-map] .node")).not_to_have_count(0)
    examine(other, name)
    other.close()


def test_only_certain_ties(visitor: Visitor, static: str, graph: Graph) -> None:
    page = visitor.open(f"{static}/network")
    everything = nodes(page)
    page.get_by_label("Day", exact=True).fill("2013-07-01")
    possible = claims(page)
    assert possible == expected(graph, page, least=NO + 1)
    dashed = page.locator(".tie.possible")
    expect(dashed).not_to_have_count(0)
    page.get_by_label("only certain ones").check()
    expect(dashed).to_have_count(0)
    assert claims(page) == expected(graph, page, least=NO + 2) < possible
    expect(said(page)).to_contain_text("more without a tie here on that day")
    expect_list_and_picture_alike(page)
    copied = visitor.open(page.url)
    expect(copied.get_by_label("only certain ones")).to_be_checked()
    assert nodes(copied) == nodes(page)
    page.get_by_role("button", name="Any day").click()
    assert nodes(page) == everything
    page.get_by_label("Day, by sliding").press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"day=\d{4}-\d\d-\d\d"))


def test_kinds_are_left_out(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/network?nodes=id:coco-rocha,id:model-alliance")
    assert {"Coco Rocha", "Model Alliance"} <= nodes(page)
    page.get_by_label("people").uncheck()
    assert "Coco Rocha" not in nodes(page)
    expect_list_and_picture_alike(page)
    expect(page).to_have_url(re.compile("without=people$"))
    assert nodes(visitor.open(page.url)) == nodes(page)


def test_things_are_added_opened_and_taken_away(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/network?nodes=id:coco-rocha,Karen%20Elson")
    assert nodes(page) == {"Coco Rocha", "Karen Elson"}
    page.get_by_label("Add a thing").fill("sara zi")
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(said(page)).to_contain_text("Sara Ziff is added. 3 things")
    node(page, "Coco Rocha").click()
    expect(said(page)).to_contain_text("tied to Coco Rocha: ")
    assert len(nodes(page)) > 3
    button = page.get_by_role("button", name=re.compile("^Add .* tied to Sara Ziff"))
    button.click()
    expect(said(page)).to_contain_text("tied to Sara Ziff")
    node(page, "Sara Ziff").focus()
    page.keyboard.press("Delete")
    assert "Sara Ziff" not in nodes(page)
    page.get_by_role("link", name="Skip to the content").press("Enter")
    expect(page).to_have_url(re.compile("#nodes="))  # the view is kept
    node(page, "Coco Rocha").focus()
    page.keyboard.press("Shift+Enter")
    expect(page).to_have_url(f"{site}/page/coco-rocha")
    page.go_back()
    assert "Coco Rocha" in nodes(page)
    page.get_by_role("main").get_by_role("link", name="Karen Elson", exact=True).last.click()
    expect(page).to_have_url(re.compile("/page/karen-elson"))


def test_what_is_unknown_is_told(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/network?nodes=nobody,id:coco-rocha,id:sara-ziff")
    expect(said(page)).to_contain_text("“nobody” is the name of no thing here")
    assert nodes(page) == {"Coco Rocha", "Sara Ziff"}
    page.get_by_label("Add a thing").fill("nobody at all")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Nothing is named “nobody at all” here.")


def test_without_scripts_there_are_the_most_connected(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/network", scripts=False)
    expect(page.get_by_text("With JavaScript this page draws")).to_be_visible()
    expect(page.locator("[data-network]")).to_be_hidden()
    page.get_by_role("main").get_by_role("link", name="Model Alliance", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Model Alliance")


def test_live_and_as_files_the_page_and_the_ties_are_the_same(static: str, live: str) -> None:
    for path in ("/network", "/connections.json"):
        assert fetch(f"{static}{path}").text == fetch(f"{live}{path}").text


@pytest.mark.parametrize("query", ["", "?nodes=Coco%20Rocha"])
def test_everybody_can_use_the_network(visitor: Visitor, live: str, query: str) -> None:
    page = visitor.open(f"{live}/network{query}")
    assert len(nodes(page)) > 3
    expect_list_and_picture_alike(page)
    examine(page, f"network{'-one' * bool(query)}")


# ---- A network that is too large to be drawn whole

LEAVES = 1100
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Iterator[str]:
    """A site with the page alone, and a star of more things than are drawn."""
    folder = tmp_path_factory.mktemp("hub")
    things = [
        NetworkThing("The hub", "/page/hub", "id:hub"),
        NetworkThing(HOSTILE, "//evil.example/", "id:x"),
    ]
    things += [NetworkThing(f"Leaf {n}", f"/page/{n}", f"id:{n}", kind=1) for n in range(LEAVES)]
    steps = [
        NetworkClaim(str(n), f"{n} is tied", f"The hub has {n}", "") for n in range(LEAVES + 1)
    ]
    days = (number((2012, 1, 1)),) * 4
    ties = NetworkTies(
        things, steps, [], [NetworkTie(n + 1, 0, n) for n in range(LEAVES + 1)], 200,
        [NetworkKind("hub", "bodies"), NetworkKind("leaf", "people")],
        Times([Time(1, 0, days)] * (LEAVES + 1)),
    )  # fmt: skip
    write(folder, {f"assets/{each.name}": each.content for each in assets()})
    write(
        folder,
        {
            "network/index.html": connections.network(
                Site(graph, Publication("https://example.org/"))
            ),
            "connections.json": written(ties),
            "search/index.json": '{"mode":"static","prefixes":[]}',
        },
    )
    with serving_folder(folder) as address:
        yield address


def test_a_hub_is_opened_when_asked_twice_and_there_is_an_end(visitor: Visitor, hub: str) -> None:
    page = visitor.open(f"{hub}/network?nodes=id:hub")
    assert nodes(page) == {"The hub"}
    node(page, "The hub").focus()
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text(f"press again to add {LEAVES + 1:,} things")
    assert nodes(page) == {"The hub"}
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("No more than 1,000 things are shown at once.")
    expect(said(page)).to_contain_text(f"{LEAVES + 2 - 1000} things had no room.")
    expect(page.locator("[data-map] .node")).to_have_count(1000)
    expect(page.locator("[data-list] .things > li")).to_have_count(1000)
    copied = visitor.open(page.url)  # however long it is
    expect(copied.locator("[data-map] .node")).to_have_count(1000)


def test_names_are_hostile(visitor: Visitor, hub: str) -> None:
    page = visitor.open(f"{hub}/network?nodes=id:hub,id:x,id:1")
    assert HOSTILE in nodes(page)
    assert not page.locator("main img").count()
    assert not page.locator("[href*='evil.example']").count()
    examine(page, "network-hostile")


def test_a_file_that_is_missing_is_said(visitor: Visitor, hub: str, tmp_path: Path) -> None:
    write(tmp_path, {f"assets/{each.name}": each.content for each in assets()})
    page = visitor.open(f"{hub}/network?nodes=id:hub,id:1")
    page.route("**/connections.json", lambda route: route.fulfill(status=404, body=""))
    page.reload()
    expect(page.get_by_role("alert")).to_have_text("The network cannot be read just now.")
    assert all("404" in fault for fault in visitor.faults), visitor.faults
    visitor.faults.clear()
