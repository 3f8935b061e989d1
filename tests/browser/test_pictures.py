"""Journeys to pictures, live and as files: how two people are connected, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import Visitor, examine
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow


def test_connections_by_keyboard_have_a_picture(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/paths")
    page.get_by_label("From", exact=True).focus()
    page.keyboard.type("Karen Elson")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.type("Andrew Cuomo")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")  # to what can be asked besides
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Open letter to Victoria's Secret (2019)")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("via=Open"))
    picture = page.locator("figure svg.ag-paths")
    expect(picture).to_have_attribute("aria-label", re.compile("From Karen Elson to Andrew Cuomo"))
    expect(page.get_by_label("Through", exact=False).first).to_have_value(re.compile("Open letter"))
    first = page.get_by_role("region", name="Path 1", exact=True)
    expect(first).to_contain_text("the open letter to Victoria's Secret")
    picture.locator("a").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/page/"))


@pytest.mark.parametrize("day", ["2013-07-01", "2021-12-01"])
def test_on_a_day_the_same_paths_are_drawn_live_and_as_files(
    visitor: Visitor,
    static: str,
    live: str,
    day: str,
) -> None:
    query = f"/paths?from=Karen+Elson&to=Andrew+Cuomo&as-of={day}"
    drawn = []
    for address in (static, live):
        page = visitor.open(f"{address}{query}")
        expect(page.locator("#h-found")).to_be_visible()
        arrows = page.locator("svg.ag-paths .ag-step")
        hrefs = arrows.evaluate_all("(all) => all.map((each) => each.getAttribute('href'))")
        drawn.append([hrefs, page.locator(".path h3").all_text_contents()])
    assert drawn[0] == drawn[1]


def test_a_picture_of_paths_for_everybody(visitor: Visitor, static: str) -> None:
    examine(visitor.open(f"{static}/paths/1"), "picture-paths")
