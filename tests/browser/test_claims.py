"""People read what sources say in a real browser, check it, and correct it, live and as files."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visitor, examine
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow

BOARD = "/page/claim/elson-served-on-advisory-board"
WORDS, START = "Karen Elson", 961
MOST_HEIGHT = 1800


def press_until(page: Page, focused: str, key: str = "Tab") -> None:
    """Press a key until an element with some text or label has the focus."""
    name = """() => { const on = document.activeElement;
        const label = on.getAttribute("aria-label") || on.labels?.[0]?.textContent;
        return (label || on.textContent).trim() }"""
    for _ in range(120):
        page.keyboard.press(key)
        if focused in page.evaluate(name):
            return
    raise AssertionError(f"the keyboard does not reach “{focused}”")


def test_check_a_quotation_with_the_keyboard(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/page/karen-elson")
    row = page.locator('[id="claim/elson-served-on-advisory-board"]')
    expect(row).to_contain_text("The Model Alliance Advisory Board")
    press_until(page, "Claim: Karen Elson has served on the Model Alliance Advisory Board")
    page.keyboard.press("Enter")
    page.wait_for_url(site + BOARD)
    expect(page.get_by_role("blockquote")).to_have_text(f"“{WORDS}”")
    opened = page.get_by_role("link", name="Open the source")
    expect(opened).to_have_attribute("href", re.compile("#:~:text=Karen%20Elson$"))
    press_until(page, "Check it yourself")
    page.keyboard.press("Enter")
    status = page.locator(".check").get_by_role("status")
    for before, said in (
        (START, "at the place that the claim states"),
        (40, "at characters 40 to"),
    ):
        press_until(page, "Text of the source", "Shift+Tab" if before == 40 else "Tab")
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(
            "\U0001f600" + "x " * ((before - 1) // 2) + "y" * ((before - 1) % 2)
        )
        page.keyboard.insert_text(f"{WORDS}, and others.")
        press_until(page, "Look for the words")
        page.keyboard.press("Enter")
        expect(status).to_contain_text(f"Found {said}")
        expect(page.locator(".found mark")).to_have_text(WORDS)
    press_until(page, "Text of the source", "Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("Somebody else served on it. " * 30)
    press_until(page, "Look for the words")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Not found")
    expect(page.locator(".found")).to_be_hidden()


def test_find_a_claim_and_suggest_a_correction_with_the_keyboard(
    visitor: Visitor, site: str
) -> None:
    page = visitor.open(f"{site}/page/model-alliance")
    press_until(page, "2 disputed")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#only-disputed$"))
    expect(page.locator(".row:visible")).to_have_count(2)
    press_until(page, "Claim: The Model Alliance was founded in 2011")
    page.keyboard.press("Enter")
    page.wait_for_url("**/page/claim/*")
    expect(page.get_by_role("region", name="Against it")).to_contain_text("in February 2012")
    press_until(page, "Suggest a correction")
    address = unquote(page.evaluate("document.activeElement.href"))
    assert "https://w3id.org/allgraph/claim/founding-2011" in address
    assert re.search(r"data/model-alliance\.ttl:[0-9]+$", address)


def test_a_person_finds_whom_to_write_to(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/page/karen-elson", scripts=False)
    link = page.get_by_role("link", name="Write to the publisher")
    expect(link).to_have_attribute("href", re.compile("id%2Fkaren-elson$"))


def test_filters_need_no_scripts_and_can_be_in_the_address(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/page/model-alliance", scripts=False)
    rows = page.locator(".row:visible")
    whole = rows.count()
    assert whole > 40
    page.get_by_text(re.compile("^[0-9]+ sources$")).click()
    page.locator('a[href="#only-1"]').click()
    expect(page).to_have_url(re.compile("#only-1$"))
    expect(rows).not_to_have_count(whole)
    assert 1 < rows.count() < whole
    page.get_by_role("link", name="All claims").locator("visible=true").click()
    expect(rows).to_have_count(whole)
    page = visitor.open(f"{site}/page/model-alliance?only=disputed")
    expect(page.locator(".row:visible")).to_have_count(2)


def test_forty_claims_fit_and_their_sources_open(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/page/model-alliance")
    rows = page.locator(".row")
    assert rows.count() >= 40
    box = rows.nth(39).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= MOST_HEIGHT
    row = page.locator('[id="claim/founding-2011"]')
    row.locator("summary").click()
    expect(row.locator(".behind")).to_be_visible()
    expect(row.locator(".behind")).to_contain_text("Conflicts with: The Model Alliance was founded")
    above = row.locator(".end").bounding_box()
    behind = row.locator(".behind").bounding_box()
    assert above is not None
    assert behind is not None
    assert behind["y"] >= above["y"] + above["height"] - 1  # below the row, and as wide
    assert behind["width"] > 0.9 * (row.bounding_box() or {"width": 0})["width"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("disputed", "/page/claim/founding-2011"),
        ("checked", BOARD),
        ("bill", "/page/ny-2013-s5486"),
    ],
)
def test_everybody_can_use_pages_of_claims(
    visitor: Visitor, live: str, name: str, path: str
) -> None:
    page = visitor.open(live + path)
    opened = "(all) => all.forEach((details) => details.open = true)"
    page.locator("main details").evaluate_all(opened)
    examine(page, f"claims-{name}")
