"""Timelines in a browser: of a thing, and of some years, live and as files, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_disagreements import press_until
from tests.support.browser import Visitor, examine
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow


def test_the_timeline_of_a_thing_is_found_by_keyboard(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/timeline")
    expect(page.locator("[data-timeline] svg")).to_be_visible()
    press_until(page, "#f-thing")
    page.keyboard.type("Model Alliance")
    page.keyboard.press("Escape")  # closes what is offered
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Timeline of Model Alliance")
    expect(page.locator("[data-timeline] svg")).to_contain_text("sources disagree")
    expect(page.locator("#f-thing")).to_have_value("Model Alliance")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Timeline of Model Alliance")


def test_years_are_chosen_by_address(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/timeline?since=2012&until=2013")
    expect(page.locator(".year:visible")).to_have_count(2)
    expect(page.locator("#y2012")).to_be_visible()
    expect(page.locator(".years li:visible")).to_have_text(["2012", "2013"])
    examine(page, "timeline-of-years")


def test_a_part_is_drawn_and_cited_as_by_the_server(
    visitor: Visitor, live: str, static: str
) -> None:
    path = "/timeline?since=2013-06&until=2014"
    ours, theirs = (visitor.open(address + path) for address in (live, static))
    expect(theirs.locator("#cite-text")).to_have_text(ours.locator("#cite-text").inner_text())
    expect(theirs.locator("[data-timeline] details")).to_have_count(1)
    expect(theirs.locator(".year[open]:visible")).to_have_count(ours.locator(".year[open]").count())
    first = ours.locator("[data-timeline] .ag-year").first.text_content() or ""
    expect(theirs.locator("[data-timeline] .ag-year").first).to_have_text(first)  # it is drawn
    drawn = [page.locator("[data-timeline] svg").inner_html() for page in (ours, theirs)]
    assert drawn[0] == drawn[1]
    assert "Jeffrey Klein" in drawn[0]


def test_a_thing_has_its_timeline_by_the_end_of_its_address(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/timeline?thing=karen-elson")
    expect(page.get_by_role("heading", level=1)).to_have_text("Timeline of Karen Elson")
    expect(page.locator("[data-timeline] svg")).to_contain_text("RESPECT open letter")


def test_a_name_that_nothing_has_is_told_beside_the_form(
    visitor: Visitor, live: str, static: str
) -> None:
    for address, status in ((static, 200), (live, 404)):
        page = visitor.open(f"{address}/timeline?thing=zzyzx", status=status)
        expect(page.get_by_role("alert")).to_contain_text(re.compile("othing is named “zzyzx”"))
        expect(page.locator("#f-thing")).to_have_value("zzyzx")
