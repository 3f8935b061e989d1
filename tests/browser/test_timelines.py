"""Timelines in a browser: of a thing, and of some years, live and as files, by keyboard alone."""

from __future__ import annotations

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


def test_a_name_that_nothing_has_is_told(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/timeline?thing=zzyzx")
    expect(page.get_by_role("alert")).to_contain_text("Nothing is named “zzyzx”.")
