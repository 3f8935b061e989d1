"""People visit the site in a real browser, live and as files."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from pyoxigraph import Literal

from allgraph.graph import open_graph
from allgraph.site.publisher import publish
from tests.conftest import MakeFolder
from tests.support.browser import (
    Visitor,
    examine,
    photograph_without_scripts,
    serving_folder,
    tab_to,
    type_and_choose,
)
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor
from tests.support.serving import fetch
from tests.support.sites import HOME

pytestmark = pytest.mark.slow

TYPES = {
    "home": "/",
    "thing": "/page/coco-rocha",
    "law": "/page/ny-child-model-law",
    "claim": "/page/claim/cuomo-signed-s5486",
    "source": "/page/source/model-alliance",
    "kinds": "/things",
    "things": "/things/person",
    "questions": "/ask",
    "question": "/ask/board-on-day",
    "answer": "/ask/board-on-day/1",
    "find": "/find",
    "connections": "/paths",
    "paths": "/paths/1",
    "timeline": "/timeline",
    "ontology": "/ns",
    "shapes": "/shapes",
    "dataset": "/catalog",
    "about": "/about",
    "disagreements": "/disagreements",
}


def is_live(site: str) -> bool:
    return '"live"' in fetch(f"{site}/search/index.json").text


def expect_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_search_and_open_a_person(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/")
    page.get_by_role("combobox", name="Search by name").fill("bundchen")
    page.get_by_role("option", name="Gisele Bündchen person").click()
    expect(page).to_have_url(f"{site}/page/gisele-bundchen")
    expect_heading(page, "Gisele Bündchen")


def test_a_search_has_a_page_of_results(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/find")
    page.get_by_role("main").get_by_role("combobox").fill("model alliance")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/find?q=model+alliance")
    heading = page.get_by_role("heading", level=2).first
    expect(heading).to_contain_text("named like “model alliance”")
    page.get_by_role("main").get_by_role("link", name="Model Alliance", exact=True).click()
    expect_heading(page, "Model Alliance")


def test_ask_a_question_with_a_parameter(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/ask/campaign-signatories")
    page.get_by_label("campaign").fill("respect")
    page.get_by_role("option").first.click()
    expect(page.get_by_label("campaign")).to_have_value("RESPECT Program")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Karen Elson")
    expect_heading(page, "Who signed or supported the RESPECT Program?")
    expect(page.get_by_label("campaign")).to_have_value("RESPECT Program")
    page.locator(".behind summary").first.click()
    expect(page.locator("details[open] .sources a").first).to_be_visible()


def test_find_how_two_people_are_connected(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/paths")
    for label, text, name in (("From", "rocha", "Coco Rocha"), ("To", "cuomo", "Andrew Cuomo")):
        page.get_by_label(label, exact=True).fill(text)
        page.get_by_role("option", name=name).first.click()
    page.get_by_role("button", name="Find connections").click()
    expect(page).to_have_url(f"{site}/paths?from=Coco+Rocha&to=Andrew+Cuomo")
    expect_heading(page, "How is Coco Rocha connected to Andrew Cuomo?")
    first = page.get_by_role("region", name="Path 1", exact=True)
    expect(first.get_by_role("heading")).to_have_text("2 steps")
    expect(first).to_contain_text("Coco Rocha was listed as a key person of the Model Alliance")
    first.get_by_role("link", name="This claim").first.click()
    expect(page).to_have_url(re.compile(f"^{re.escape(site)}/page/claim/"))


def test_live_and_as_files_the_same_paths_are_found(
    visitor: Visitor, static: str, live: str
) -> None:
    query = "/paths?from=Karen+Elson&to=Andrew+Cuomo"
    said = []
    for site in (static, live):
        page = visitor.open(f"{site}{query}")
        expect(page.get_by_role("region", name="Path 1", exact=True)).to_be_visible()
        links = page.locator(".path .sentence a.cite")
        said.append(links.evaluate_all("(all) => all.map((each) => each.getAttribute('href'))"))
    assert said[0] == said[1]
    assert len(said[0]) > 5


def test_follow_a_claim_to_its_source(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/page/coco-rocha")
    claims = page.get_by_role("main").get_by_role("link", name=re.compile("^Claim: "))
    claims.first.click()
    expect(page).to_have_url(re.compile(f"^{re.escape(site)}/page/claim/"))
    page.locator(".evidence a").first.click()
    expect(page).to_have_url(re.compile(f"^{re.escape(site)}/page/source/"))
    expect(page.get_by_role("main")).to_contain_text("Coco Rocha")


def test_all_of_it_works_without_scripts(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/", scripts=False)
    search = page.get_by_role("main").get_by_role("searchbox")
    search.fill("gisele")
    search.press("Enter")
    expect(page).to_have_url(f"{site}/find?q=gisele")
    page.get_by_role("link", name="Gisele Bündchen", exact=True).click()
    expect_heading(page, "Gisele Bündchen")
    page.get_by_role("link", name="Questions", exact=True).click()
    page.get_by_role("link", name=re.compile("^Who signed")).first.click()
    page.get_by_role("main").locator("ol a").first.click()
    expect(page.get_by_role("region", name="The answer")).to_be_visible()
    page.get_by_role("link", name="Connections", exact=True).click()
    page.get_by_role("link", name="Coco Rocha and Andrew Cuomo").click()
    page.get_by_role("link", name=re.compile("^This claim")).first.click()
    page.locator(".evidence a").first.click()
    expect(page).to_have_url(re.compile(f"^{re.escape(site)}/page/source/"))


def test_forms_work_without_scripts_where_a_server_answers(visitor: Visitor, live: str) -> None:
    page = visitor.open(f"{live}/paths", scripts=False)
    page.get_by_label("From").fill("Coco Rocha")
    page.get_by_label("To", exact=True).fill("Andrew Cuomo")
    page.get_by_role("button", name="Find connections").click()
    expect(page.get_by_role("region", name="Path 1", exact=True)).to_be_visible()
    page = visitor.open(f"{live}/ask/campaign-signatories", scripts=False)
    page.get_by_label("campaign").fill("RESPECT Program")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Karen Elson")


def test_the_keyboard_alone_is_enough(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab_to(page, page.get_by_role("combobox", name="Search by name"))
    type_and_choose(page, "coco")
    page.wait_for_url(f"{site}/page/coco-rocha")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips to the content
    links = page.get_by_role("main").get_by_role("link", name=re.compile("^Claim: "))
    tab_to(page, links.first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/page/claim/*")
    tab_to(page, page.locator(".evidence a").first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/page/source/"))


def test_every_link_of_a_picture_can_be_followed(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/page/coco-rocha")
    links = page.locator("svg a")
    assert links.count() > 1
    href = links.last.get_attribute("href")
    links.last.click()
    expect(page).to_have_url(f"{static}{href}")


@pytest.mark.parametrize("name", TYPES)
def test_everybody_can_use_each_type_of_page(visitor: Visitor, static: str, name: str) -> None:
    examine(visitor.open(f"{static}{TYPES[name]}"), name)
    photograph_without_scripts(visitor, f"{static}{TYPES[name]}", name)


ANSWERED = {
    "asked": "/ask/board-on-day?body=Model+Alliance&day=2013-12-03",
    "found": "/find?q=model",
    "connected": "/paths?from=Karen+Elson&to=Andrew+Cuomo",
    "ranked": "/rank",
    "timeline-of": "/timeline?thing=Coco+Rocha",
}


@pytest.mark.parametrize("name", ANSWERED)
def test_everybody_can_use_what_a_server_answers(visitor: Visitor, live: str, name: str) -> None:
    examine(visitor.open(f"{live}{ANSWERED[name]}"), name)


def test_everybody_can_use_a_page_that_says_what_is_wrong(visitor: Visitor, live: str) -> None:
    page = visitor.open(f"{live}/paths?from=nobody&to=Coco+Rocha", status=404)
    expect(page.get_by_role("alert")).to_contain_text("nobody")
    examine(page, "unknown")


def test_everybody_can_use_the_page_of_what_is_not_there(visitor: Visitor, site: str) -> None:
    examine(visitor.open(f"{site}/page/nobody-at-all", status=404), "missing")


HOSTILE = (
    "<script>document.title = 1</script>", "<img src=x onerror=alert(1)>", "\u202egnp.exe",
    "javascript:alert(1)", "\"><svg onload=alert(1)>", "{{ 7 * 7 }}", "💥" * 300,
)  # fmt: skip


def test_a_site_below_a_path_with_hostile_names(
    visitor: Visitor, make_folder: MakeFolder, tmp_path: Path
) -> None:
    lines = ["source:s a ag:Source ; rdfs:label 'A source' ."]
    for number, name in enumerate(HOSTILE):
        lines += [
            f"id:h{number} a ag:Person ; rdfs:label {Literal(name)} ; skos:altLabel 'hostile' .",
            f"claim:c{number} a ag:Claim ; rdf:subject id:h{number} ; rdf:predicate ag:signed ; "
            f"rdf:object id:letter ; ag:evidence [ oa:hasSource source:s ] .",
        ]
    lines.append("id:letter a ag:Letter ; rdfs:label 'The letter' .")
    graph = open_graph(make_folder({"data/x.ttl": "\n".join(lines)}, prefixes=True))
    publish(graph, tmp_path / "site" / "my" / "graph", base=f"{HOME}my/graph/", jobs=1)
    with serving_folder(tmp_path / "site") as address:
        page = visitor.open(f"{address}/my/graph/")
        for number, name in enumerate(HOSTILE):
            page.get_by_role("combobox", name="Search by name").fill("hostile")
            options = page.get_by_role("option")
            expect(options).to_have_count(len(HOSTILE))
            options.filter(has_text=name[:20]).click()
            expect(page).to_have_url(f"{address}/my/graph/page/h{number}")
            expect(page.get_by_role("heading", level=1)).to_contain_text(name[:20])
        examine(page, "hostile")
        query = urlencode({"from": HOSTILE[0], "to": HOSTILE[4]})
        page = visitor.open(f"{address}/my/graph/paths?{query}")
        path = page.get_by_role("region", name="Path 1", exact=True)
        expect(path).to_contain_text(HOSTILE[0])
        path.get_by_role("link", name="A source").first.click()
        expect(page).to_have_url(f"{address}/my/graph/page/source/s")
