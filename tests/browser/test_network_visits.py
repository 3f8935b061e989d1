"""People walk through the network in a real browser, live and on a site of files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from allgraph.graph import Graph
from allgraph.linkeddata.publication import Publication
from allgraph.model.columns import NO, number
from allgraph.site import neighbourhoods
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
from allgraph.site.pages.network import network
from allgraph.site.search.index import files, searched
from allgraph.site.site import Site
from tests.browser.test_islands import write
from tests.support.browser import PHONE, Visitor, examine, serving_folder, tab_to
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor
from tests.support.serving import fetch

pytestmark = pytest.mark.slow

JULY = (2013, 7, 1)
DRAWN = ".map [role=application] .node"
"""What is there when the script has drawn the view of the address, beside its list."""
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


def said(page: Page) -> Locator:
    return page.locator("[data-said]")


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Selected")


def node(page: Page, name: str) -> Locator:
    return page.locator(".map .node").filter(
        has=page.locator("title", has_text=re.compile(f"^{re.escape(name)}(,|$)"))
    )


def nodes(page: Page) -> set[str]:
    """The names of the things in the picture that the script has drawn; there have to be some."""
    expect(page.locator(DRAWN)).not_to_have_count(0)
    titles = page.locator(".map .node title").all_text_contents()
    kinds = page.locator("[data-list] li > p > .quiet").all_text_contents()
    return {re.sub(f", ({'|'.join(map(re.escape, kinds))})$", "", title) for title in titles}


def places(page: Page) -> list[str]:
    script = "(some) => some.map((each) => each.getAttribute('transform')).sort()"
    found: list[str] = page.locator(".map .node").evaluate_all(script)
    return found


def expect_list_and_picture_alike(page: Page) -> None:
    listed = page.locator("[data-list] .things > li")
    expect(listed).to_have_count(page.locator(".map .node").count())
    names = [each.split("\n")[0] for each in page.locator("[data-list] .name").all_inner_texts()]
    assert nodes(page) == {*names}
    titles = page.locator(".map .tie > title").all_text_contents()
    sentences = [sentence for title in titles for sentence in title.split("\n")]
    told = page.locator("[data-list] .sentences > li > bdi:first-child").all_text_contents()
    assert {*sentences} <= {*told}
    assert len(told) == 2 * len(sentences)  # from either end


def claims(page: Page) -> set[str]:
    """The paths of the claims in the list that the script has written."""
    expect(page.locator(DRAWN)).not_to_have_count(0)
    script = "links => links.map(link => link.getAttribute('href'))"
    found: list[str] = page.locator("[data-list] a.cite").evaluate_all(script)
    return {*found}


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


def test_walk_by_keyboard_on_a_day_go_back_and_share_the_view(
    visitor: Visitor, site: str, graph: Graph
) -> None:
    page = visitor.open(f"{site}/network?nodes=id:coco-rocha")
    first = node(page, "Coco Rocha")
    expect(first).to_have_attribute("tabindex", "0")
    begun = nodes(page)
    assert "Model Alliance Advisory Board" in begun
    tab_to(page, first)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    node(page, "Model Alliance Advisory Board").focus()
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("heading")).to_have_text("Model Alliance Advisory Board")
    expect(said(page)).to_contain_text("claims here")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text(re.compile(r"^Added \d+ things? tied to .+: .+"))
    grown = nodes(page)
    assert grown > begun
    assert page.evaluate("document.activeElement.classList.contains('node')")
    tab_to(page, page.get_by_label("Day", exact=True))
    page.keyboard.type("07012013")
    expect(page).to_have_url(re.compile("day=2013-07-01"))
    on_day = nodes(page)
    expect_list_and_picture_alike(page)
    assert claims(page) == expected(graph, page, least=NO + 1)
    there = page.url
    copied = visitor.open(there)
    assert nodes(copied) == on_day
    assert copied.url == there
    assert places(copied) == places(page)
    expect(copied.get_by_label("Day", exact=True)).to_have_value("2013-07-01")
    while "day=" in page.url:
        before = page.url
        page.go_back()
        expect(page).not_to_have_url(before)
    expect(page.locator(".map .node")).to_have_count(len(grown))
    page.go_back()
    expect(page.locator(".map .node")).to_have_count(len(begun))
    assert nodes(page) == begun
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_role("button", name="Redo").press("Enter")
    expect(page.locator(".map .node")).to_have_count(len(grown))
    page.reload()
    assert nodes(page) == grown
    examine_view(page, "network-walk")


def examine_view(page: Page, name: str) -> None:
    """Everybody can use the page; it is opened anew, since lists are cut for this."""
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(DRAWN)).not_to_have_count(0)
    other.locator(".map .node").first.focus()
    other.keyboard.press("Enter")
    examine(other, name)
    other.close()


def test_walk_by_mouse(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/network")
    begun = nodes(page)
    node(page, "Coco Rocha").click()
    expect(panel(page).get_by_role("heading")).to_have_text("Coco Rocha")
    expect(panel(page)).to_contain_text("Coco Rocha was listed as a key person")
    expect(panel(page).get_by_role("link", name="claim").first).to_be_visible()
    expect(panel(page).locator(".sources a").first).to_be_visible()
    assert nodes(page) == begun
    node(page, "Coco Rocha").dblclick()
    expect(said(page)).to_contain_text("tied to Coco Rocha")
    assert nodes(page) > begun
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".map .node")).to_have_count(len(begun))
    page.locator(".map .tie").first.dispatch_event("click")
    expect(panel(page).get_by_role("heading")).to_contain_text(" – ")
    expect(panel(page).locator(".sentences > li").first).to_be_visible()
    page.get_by_role("button", name="Close").click()
    picture = page.locator(".map [role=application]")
    page.get_by_role("button", name="Fit").click()
    whole = picture.get_attribute("viewBox")
    box = picture.bounding_box()
    assert whole is not None and box is not None
    x, y = box["x"] + 500, box["y"] + box["height"] - 15
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 40, steps=3)
    page.mouse.up()
    left, _, width, _ = map(float, (picture.get_attribute("viewBox") or "").split())
    assert left < float(whole.split()[0])
    assert width == float(whole.split()[2])
    page.keyboard.down("Control")
    page.mouse.wheel(0, -80)
    page.keyboard.up("Control")
    expect(picture).not_to_have_attribute("viewBox", re.compile(f" {width:.1f} "))
    phrases = page.locator(".map .phrase")
    expect(phrases.first).to_be_visible()  # as it is near
    expect(phrases.filter(has_text="has served on")).not_to_have_count(0)
    page.get_by_role("button", name="Fit").click()
    expect(picture).to_have_attribute("viewBox", whole)
    expect(phrases.first).to_be_hidden()


def test_only_certain_ties(visitor: Visitor, static: str, graph: Graph) -> None:
    page = visitor.open(f"{static}/network")
    everything = nodes(page)
    page.get_by_label("Day", exact=True).fill("2013-07-01")
    expect(page).to_have_url(re.compile("day="))
    possible = claims(page)
    assert possible == expected(graph, page, least=NO + 1)
    dashed = page.locator(".tie.possible")
    expect(dashed).not_to_have_count(0)
    page.get_by_label("only certain ones").check()
    expect(dashed).to_have_count(0)
    assert claims(page) == expected(graph, page, least=NO + 2) < possible
    expect(said(page)).to_contain_text("more without a tie here on that day")
    expect_list_and_picture_alike(page)
    page.get_by_role("button", name="Any day").click()
    assert nodes(page) == everything
    page.get_by_label("Day, by sliding").press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"day=\d{4}-\d\d-\d\d"))
    page.get_by_label("people").uncheck()
    assert "Coco Rocha" not in nodes(page)
    expect(page).to_have_url(re.compile("without=people"))


def test_things_are_added_opened_and_taken_away(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/network?nodes=id:coco-rocha,Karen%20Elson")
    assert nodes(page) == {"Coco Rocha", "Karen Elson"}
    page.get_by_label("Add a thing").fill("sara zi")
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(said(page)).to_contain_text("Sara Ziff is added. 3 things")
    page.get_by_role("button", name=re.compile("^Add .* tied to Sara Ziff")).last.click()
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
    page.get_by_label("Add a thing").fill("nobody at all")
    page.get_by_label("Add a thing").press("Enter")
    expect(said(page)).to_have_text("Nothing is named “nobody at all” here.")
    page = visitor.open(f"{site}/network?nodes=nobody,id:coco-rocha,id:sara-ziff")
    expect(said(page)).to_contain_text("“nobody” is the name of no thing here")
    assert nodes(page) == {"Coco Rocha", "Sara Ziff"}


def test_steps_tell_a_story_in_one_address(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/network?nodes=id:coco-rocha")
    nodes(page)
    page.get_by_text("Title and steps", exact=True).click()
    page.get_by_label("Title").fill("A story & more")
    page.get_by_label("A sentence on what").fill("Coco Rocha; and those around")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Step 1 of 1 is added.")
    node(page, "Model Alliance").dblclick()
    expect(said(page)).to_contain_text("Added")
    grown = len(nodes(page))
    page.get_by_label("A sentence on what").fill("The Model Alliance")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Step 2 of 2 is added.")
    other = visitor.open(page.url)
    expect(other.get_by_role("heading", level=1)).to_have_text("A story & more")
    expect(other).to_have_title(re.compile("^A story & more – "))
    steps = other.get_by_role("group", name="Steps")
    expect(steps).to_contain_text("The Model Alliance")
    expect(other.locator(".map .node")).to_have_count(grown)
    steps.get_by_role("button", name="Previous").focus()
    other.keyboard.press("ArrowLeft")
    expect(steps).to_contain_text("Coco Rocha; and those around")
    expect(steps).to_contain_text("1 of 2")
    assert len(nodes(other)) < grown
    other.keyboard.press("ArrowRight")
    expect(steps).to_contain_text("2 of 2")
    examine(other, "network-story")


def test_the_picture_is_saved_as_a_file(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/network?nodes=id:coco-rocha")
    shown = nodes(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as SVG").click()
    root = ET.fromstring(download.value.path().read_bytes())
    texts = [text for text in root.itertext() if text.strip()]
    assert page.url in texts
    assert {"Coco Rocha"} <= {*texts} & shown
    assert "var(" not in ET.tostring(root, encoding="unicode")
    links = [link.get("href") for link in root.iter("{http://www.w3.org/2000/svg}a")]
    assert f"{static}/page/coco-rocha" in links


@pytest.mark.parametrize("scripts", [True, False])
def test_the_picture_is_first_and_nothing_shifts(
    visitor: Visitor, site: str, scripts: bool
) -> None:
    page = visitor.open(f"{site}/network", scripts=scripts)
    picture = page.locator(".map").bounding_box()
    assert picture is not None
    assert picture["y"] < 200
    assert picture["width"] > 1200
    if not scripts:
        expect(page.locator(".map svg")).to_have_attribute("role", "group")
        page.locator(".map").get_by_role("link", name="Sara Ziff").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sara Ziff")
        return
    drawn = visitor.open(f"{site}/network", scripts=False)
    ours = drawn.evaluate(
        """[...document.querySelectorAll('.map .node, .map line')].map((each) =>
            [each.querySelector?.('title')?.textContent, each.getAttribute('transform'),
             each.getAttribute('x1'), each.getAttribute('y2')].join())"""
    )
    page.add_init_script(SHIFTS)
    page.goto(f"{site}/network")
    nodes(page)
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifted") < 0.05
    theirs = page.evaluate(
        """[...document.querySelectorAll('.map .node, .map line:not(.wide)')].map((each) =>
            [each.querySelector?.('title')?.textContent, each.getAttribute('transform'),
             each.getAttribute('x1'), each.getAttribute('y2')].join())"""
    )
    assert theirs == ours  # the script draws what was there


def test_on_a_phone_the_panel_is_below(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/network?nodes=id:coco-rocha")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.reload()
    assert "Coco Rocha" in nodes(page)
    node(page, "Coco Rocha").click()
    expect(panel(page)).to_be_visible()
    picture, below = page.locator(".map").bounding_box(), panel(page).bounding_box()
    assert picture is not None and below is not None
    assert below["y"] >= picture["y"] + picture["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_live_and_as_files_the_page_and_the_ties_are_the_same(static: str, live: str) -> None:
    for path in ("/network", "/connections.json"):
        assert fetch(f"{static}{path}").text == fetch(f"{live}{path}").text


# ---- A network that is too large for one file


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Iterator[str]:
    """The page and the files of the built-in graph, as if it were too large for one file."""
    folder = tmp_path_factory.mktemp("large")
    site = Site(graph, Publication("https://example.org/"))
    site.__dict__["is_small"] = False
    write(folder, {f"assets/{each.name}": each.content for each in assets()})
    write(folder, {"network/index.html": network(site)})
    write(folder, dict(neighbourhoods.files(site, site.iris)))
    write(folder, dict(files(searched(graph, site.path), graph.folder.base)))
    with serving_folder(folder) as address:
        yield address


def test_a_large_network_is_walked_by_the_files_of_its_things(
    visitor: Visitor, large: str, static: str
) -> None:
    small, page = visitor.open(f"{static}/network"), visitor.open(f"{large}/network")
    assert nodes(page) == nodes(small)
    expect(said(page)).to_have_text(said(small).inner_text())
    for each in (small, page):
        node(each, "Karen Elson").focus()
        each.keyboard.press("Enter")
        each.keyboard.press("Enter")
        expect(said(each)).to_contain_text("tied to Karen Elson")
        each.get_by_label("Add a thing").fill("Gustavo Rivera")
        each.get_by_label("Add a thing").press("Enter")
        expect(said(each)).to_contain_text("Gustavo Rivera is added")
        each.get_by_label("Day", exact=True).fill("2013-07-01")
        expect(each).to_have_url(re.compile("day="))
    assert urlsplit(page.url).fragment == urlsplit(small.url).fragment
    assert places(page) == places(small)
    assert claims(page) == claims(small)
    page.reload()
    assert claims(page) == claims(small)
    page.go_back()
    expect(page).not_to_have_url(re.compile("day="))
    examine_view(page, "network-large")


# ---- A network that is too large to be drawn whole

LEAVES = 500
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
        NetworkClaim(str(n), f"{n} is tied", f"The hub has {n}", f"/page/claim/{n}")
        for n in range(LEAVES + 1)
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
            "network/index.html": network(Site(graph, Publication("https://example.org/"))),
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
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text(f"do so again to add {LEAVES + 1:,} things")
    assert nodes(page) == {"The hub"}
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("No more than 400 things are shown at once.")
    expect(said(page)).to_contain_text(f"{LEAVES + 2 - 400} things had no room.")
    expect(page.locator(".map .node")).to_have_count(400)
    expect(page.locator("[data-list] .things > li")).to_have_count(400)
    copied = visitor.open(page.url)
    expect(copied.locator(".map .node")).to_have_count(400)


def test_names_and_addresses_are_hostile(visitor: Visitor, hub: str) -> None:
    page = visitor.open(f"{hub}/network?nodes=id:hub,id:x,id:1")
    assert HOSTILE in nodes(page)
    assert not page.locator("main img").count()
    assert not page.locator("[href*='evil.example']").count()
    examine(page, "network-hostile")
    odd = f"#nodes=id:hub,id:1&title={HOSTILE}&step={HOSTILE};x;;;%E0%A4%A&at=1&day=%00&without=%"
    page = visitor.open(f"{hub}/network{odd}")
    assert nodes(page) == {"The hub", "Leaf 1"}
    expect(page.get_by_role("group", name="Steps")).to_contain_text("<img")
    assert not page.locator("main img").count()


def test_a_file_that_is_missing_is_said(visitor: Visitor, hub: str) -> None:
    page = visitor.open(f"{hub}/network?nodes=id:hub,id:1")
    nodes(page)
    page.route("**/connections.json", lambda route: route.fulfill(status=404, body=""))
    page.reload()
    expect(page.get_by_role("alert")).to_have_text("The network cannot be read just now.")
    assert all("404" in fault for fault in visitor.faults), visitor.faults
    visitor.faults.clear()
