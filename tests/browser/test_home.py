"""People come in by the first page, the menu and the lists, live and as files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, SHEET, Visitor
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow


def has_focus(page: Page, name: str) -> bool:
    focused = page.evaluate("document.activeElement.textContent.trim()")
    return bool(focused == name)


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until what has this text has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if has_focus(page, name):
            return
    raise AssertionError(f"Tab does not lead to {name}")


def test_a_story_of_the_first_page_leads_to_what_it_tells(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/")
    expect(page.locator("figure svg")).to_be_visible()
    page.get_by_role("link", name="The history of S.5486").click()
    expect(page).to_have_url(f"{site}/page/ny-2013-s5486")


def test_a_line_of_a_door_is_copied(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=static)
    page.locator("[data-copy=door-1]").click()
    section = page.get_by_role("region", name="What to do with it")
    expect(section.get_by_role("status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#door-1").inner_text()


def test_the_menu_of_a_phone_opens_by_keyboard_and_leads_to_lists(
    visitor: Visitor, site: str
) -> None:
    page = visitor.open(f"{site}/about")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    expect(page.get_by_role("link", name="Laws", exact=True)).to_be_hidden()
    head = page.get_by_role("banner").bounding_box()
    assert head is not None and head["height"] <= 64
    tab_to(page, "Menu")
    page.keyboard.press("Enter")
    tab_to(page, "Laws")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/things/laws")
    expect(page.get_by_role("heading", level=1)).to_have_text("Laws")


def test_the_row_of_the_menu_works_without_scripts(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/things/people", scripts=False)
    current = page.get_by_role("navigation", name="Main").locator("[aria-current=page]")
    expect(current).to_have_text("People")
    page.get_by_role("group").filter(has_text="Data").locator("summary").last.click()
    page.get_by_role("link", name="Shapes", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shapes")
    expect(page.locator(".term[open]")).to_have_count(0)


def test_a_facet_leads_to_a_shorter_list(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/things/people", scripts=False)
    page.get_by_role("link", name="New York State Senate").click()
    expect(page).to_have_url(re.compile(f"^{re.escape(site)}/things/people/chamber/"))
    expect(page.get_by_role("link", name="Diane Savino")).to_be_visible()
    expect(page.get_by_role("link", name="Coco Rocha")).to_have_count(0)


def test_a_term_is_opened_by_its_address(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/ns#Person")
    expect(page.locator("#Person")).to_be_visible()


def test_print_has_sources_and_no_controls(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/page/coco-rocha")
    page.set_viewport_size({"width": SHEET[0], "height": SHEET[1]})
    page.emulate_media(media="print")
    expect(page.locator("figure .scrolls").first).to_be_hidden()  # a sheet cannot be scrolled
    expect(page.get_by_role("search")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    sources = page.locator("details .sources")
    assert sources.count() > 1
    for source in sources.all():
        expect(source).to_be_visible()


def test_a_printed_claim_has_the_addresses_of_its_sources(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/page/claim/cuomo-signed-s5486")
    page.emulate_media(media="print")
    source = page.get_by_role("link", name="Open the source").first
    expect(source).to_be_visible()
    assert "https://www.lawandtheworkplace.com/" in source.evaluate(
        "(link) => getComputedStyle(link, '::after').content"
    )
    expect(page.get_by_role("link", name="Suggest a correction")).to_be_hidden()
