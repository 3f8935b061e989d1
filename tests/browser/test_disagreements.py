"""Disagreements in a browser: from the first page to both sources, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visitor
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow


def press_until(page: Page, selector: str, key: str = "Tab", most: int = 200) -> None:
    """Press a key until the focus is on an element, as somebody without a mouse does."""
    for _ in range(most):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached with {most} times {key}")


def test_a_disagreement_is_followed_to_both_sources_by_keyboard(
    visitor: Visitor, site: str
) -> None:
    page = visitor.open(f"{site}/")
    press_until(page, 'nav a[href$="/disagreements"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where sources disagree")
    article = page.locator("article", has_text="The Model Alliance was founded")
    expect(article.locator(".side")).to_have_count(2)
    expect(article.locator("svg")).to_be_visible()
    expect(article.locator("svg")).to_contain_text("sources disagree")
    mark = article.get_attribute("id")
    for place, (date, source) in enumerate(
        [
            ("in 2011", "The Epoch Times, article of 16 February 2012"),
            ("in February 2012", "Model Alliance, an article (text as given)"),
        ],
        1,
    ):
        side = f'article[id="{mark}"] .side:nth-child({place})'
        expect(page.locator(f"{side} .differs")).to_contain_text(date)
        press_until(page, f"{side} .said-by a", most=400)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(source)
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Where sources disagree")


def test_a_disagreement_has_an_address(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/disagreements", scripts=False)
    article = page.locator("article", has_text="The Model Alliance was founded")
    article.get_by_role("link", name="Link to this disagreement").click()
    mark = article.get_attribute("id")
    expect(page).to_have_url(f"{site}/disagreements#{mark}")
