"""People search the site in a real browser, live and as files."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visitor, examine
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow

SEARCHES = (
    "elson karen", "karen elsen", "victoria secret", "bill 5486", "S5486", "A.7787",
    "id:karen-elson", "https://w3id.org/allgraph/id/karen-elson", "wikidata:Q5591303", "Q5591303",
    "BÜNDCHEN", "김연아", "claim:cuomo-signed-s5486", "karen signed letter", "who signed", "nobody",
    "the", "?!", "jaren elson", "kuomo", "karen signde", "https://www.wikidata.org/wiki/Q5591303",
    "www.nysenate.gov/legislation/bills/2013/S5486",
)  # fmt: skip

_STOP_CLICKS = """addEventListener("click", (event) => {
    window.isLeftToBrowser = !event.defaultPrevented;
    event.preventDefault();  // Chromium 150 of Debian 13 dies of opening another page
})"""
"""Has a page note whether a script took a click, and leads nowhere."""


def test_a_person_is_found_by_keyboard_alone(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/timeline")
    page.keyboard.press("/")
    box = page.get_by_role("banner").get_by_role("combobox")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.keyboard.insert_text("elson karen")
    expect(page.get_by_role("option").first).to_contain_text("Karen Elson")
    expect(page.get_by_role("group", name="Claims").get_by_role("option")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/page/karen-elson")


def test_a_slash_is_a_letter_while_one_types(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/find")
    page.keyboard.press("/")
    box = page.get_by_role("main").get_by_role("combobox")
    expect(box).to_be_focused()
    page.keyboard.type("a/b")
    expect(box).to_have_value("a/b")


def test_suggestions_are_links_below_headings(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/ask")
    page.get_by_role("banner").get_by_role("combobox").fill("5486")
    options = page.get_by_role("option")
    expect(options.first).to_have_attribute("href", "/page/ny-2013-s5486")
    groups = page.get_by_role("listbox").get_by_role("group")
    expect(groups.first).to_have_accessible_name("Sources")
    expect(groups.last).to_have_accessible_name("Claims")
    page.evaluate(_STOP_CLICKS)
    options.first.click(modifiers=["Control"])
    assert page.evaluate("isLeftToBrowser") is True  # which opens it in another page
    expect(page).to_have_url(f"{site}/ask")
    examine(page, "suggestions", is_full=False)


def test_a_claim_and_a_question_are_found(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/")
    page.get_by_role("combobox").fill("cuomo signed 5486 law")
    page.get_by_role("group", name="Claims").get_by_role("option").first.click()
    expect(page).to_have_url(re.compile("/page/claim/cuomo-signed-s5486$"))
    page.get_by_role("banner").get_by_role("combobox").fill("who founded")
    page.get_by_role("group", name="Questions").get_by_role("option").first.click()
    expect(page).to_have_url(re.compile("/ask/founders$"))


def results(page: Page) -> list[tuple[str, list[str]]]:
    """The headings of a page of results, each with the text and target of what is below it."""
    expect(page.locator("[data-results] h2").first).not_to_have_text("All names")
    found: list[tuple[str, list[str]]] = page.evaluate("""() => {
        const found = [];
        for (const each of document.querySelector("[data-results]").children) {
            if (each.matches("h2")) found.push([each.textContent, []]);
            else if (each.matches("ul")) found.at(-1)[1].push(
                ...Array.from(each.children, (one) => one.innerText + one.querySelector("a").href));
            else found.push([each.innerText, []]);
        }
        return found;
    }""")
    return found


def test_live_and_as_files_the_same_is_found(visitor: Visitor, static: str, live: str) -> None:
    pages = {site: visitor.open(f"{site}/find") for site in (static, live)}
    for text in SEARCHES:
        found = []
        for site, page in pages.items():
            page.get_by_role("main").get_by_role("combobox").fill(text)
            page.get_by_role("main").get_by_role("button", name="Search").click()
            expect(page).to_have_url(f"{site}/find?{urlencode({'q': text})}")
            page.wait_for_load_state()
            found.append([(heading, [one.replace(site, "") for one in some])
                          for heading, some in results(page)])  # fmt: skip
        if text == "the":  # which too many claims have for a file
            found = [[part for part in some if "claim" not in part[0]] for some in found]
        assert found[0] == found[1], text


def test_results_are_apart_by_what_they_are(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/find?q=respect")
    headings = [heading for heading, some in results(page) if some]
    kinds = [heading.split()[1] for heading in headings]
    assert kinds == ["things", "sources", "claims"]
    examine(page, "results")
