"""People ask questions with values of their own, live and where no server is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Visitor, examine, tab_to, type_and_choose
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow

OLD = "/ask/board-on-day?body=Model+Alliance&day=2014-05-01"


def answer(page: Page) -> Locator:
    return page.get_by_role("region", name="The answer")


def rows(page: Page) -> str:
    """The rows of the answer as HTML, without the space between its elements."""
    markup = answer(page).locator("tbody").inner_html()
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", markup)).strip()


def test_who_else_signed_is_asked_with_the_keyboard(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/ask/letters-of-a-person?who=Karen+Elson")
    expect(page.get_by_role("heading", level=1)).to_contain_text("has Karen Elson signed")
    expect(
        answer(page).get_by_role("link", name="RESPECT open letter (2018)").first
    ).to_be_visible()
    page.goto(f"{site}/ask/campaign-signatories")
    page.get_by_label("Campaign").focus()
    type_and_choose(page, "respect open")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("the RESPECT open letter?")
    expect(answer(page)).to_contain_text("Milla Jovovich")
    expect(answer(page).get_by_role("link", name="Karen Elson").first).to_have_attribute(
        "href", re.compile("/page/karen-elson$")
    )


def test_other_values_are_answered_in_the_page_and_back_undoes(visitor: Visitor, site: str) -> None:
    page = visitor.open(site + OLD)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Who was on a board of the Model Alliance on 1 May 2014?"
    )
    expect(answer(page)).to_contain_text("possible")
    page.get_by_label("Day").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2012-01-28")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("on 28 January 2012?")
    expect(page).to_have_url(re.compile("day=2012-01-28"))
    expect(answer(page)).to_contain_text("certain")
    asked = rows(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("on 1 May 2014?")
    page.goto(f"{site}/ask/board-on-day/1")
    assert rows(page) == asked  # the table that was published


def test_what_is_wrong_is_said_beside_the_form(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/ask/board-on-day?body=Coco+Rocha&day=2014-05-01")
    expect(page.get_by_role("alert")).to_contain_text("Coco Rocha is a person, not a body")
    expect(page.get_by_label("Body")).to_have_value("Coco Rocha")
    expect(page.locator("#cite")).to_be_hidden()
    page = visitor.open(f"{static}/ask/founders?body=Model+Alliance&as-of=2014-05-01")
    expect(page.get_by_role("alert")).to_contain_text("as-of: this page answers by itself")
    page = visitor.open(f"{static}/ask/board-on-day?body=%3Cb%3Ex%3C%2Fb%3E&day=2014-05-01")
    expect(page.get_by_role("alert")).to_contain_text("nothing is named “<b>x</b>”")


def test_rows_are_sorted_filtered_and_paged(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/ask/from-source/3")
    expect(page.locator("[data-answered]")).to_contain_text("The first 50 rows of 80")
    page.get_by_role("link", name="Next rows").click()
    expect(page.locator("[data-answered]")).to_contain_text("Rows 51 to 80 of 80")
    page.get_by_label("Only rows with").fill("elson")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Only rows with elson")).to_be_visible()
    expect(answer(page).locator("tbody tr").first).to_contain_text("Elson")
    page.get_by_role("link", name="what", exact=True).click()
    expect(answer(page).get_by_role("columnheader", name="what")).to_have_attribute(
        "aria-sort", "ascending"
    )
    page.get_by_role("link", name="All rows, without “elson”").click()
    expect(page.locator("[data-answered]")).to_contain_text("The first 50 rows of 80")


def test_what_the_page_said_of_other_values_is_gone(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/ask/board-on-day/1")
    expect(page.locator("#share")).to_have_count(1)
    page.get_by_label("Day").fill("2014-05-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("on 1 May 2014?")
    editor = page.get_by_role("link", name="Open in the SPARQL editor")
    expect(editor).to_have_attribute("href", re.compile("/query\\?query=.*2014-05-01"))
    expect(page.locator("#cite-text")).to_contain_text("on 1 May 2014?")
    expect(page.locator("#share, #share-frame, figure, main [aria-current]")).to_have_count(0)


@pytest.mark.parametrize("path", [
    "/ask/shared-ties?person=Coco+Rocha", "/ask/life-of-a-bill?bill=A.7787",
    "/ask/campaign-signatories?campaign=RESPECT+Program&sort=-name&where=elson",
    "/ask/happened-between?last=2013-12-31&first=2013-01-01",
    "/ask/campaign-signatories?limit=7&campaign=RESPECT+Program&sort=when",
])  # fmt: skip
def test_an_answer_of_the_page_is_that_of_the_server(
    visitor: Visitor, live: str, static: str, path: str
) -> None:
    ours, theirs = visitor.open(live + path), visitor.open(static + path)
    expect(theirs.get_by_text("This page answered by itself")).to_be_visible()
    assert theirs.title() == ours.title()
    for part in ("h1", "[data-answered]", "#cite"):
        assert markup(theirs, part) == markup(ours, part), part


@pytest.mark.parametrize(("path", "parts"), [
    ("/paths?from=karen-elson&to=Andrew+Cuomo&as-of=2014-05-01",
     ["h1", "#picture-paths svg", "#cite"]),
    ("/timeline?thing=karen-elson", ["h1", "#cite"]),
])  # fmt: skip
def test_what_is_found_in_a_page_is_pictured_and_cited_as_by_the_server(
    visitor: Visitor, live: str, static: str, path: str, parts: list[str]
) -> None:
    ours, theirs = visitor.open(live + path), visitor.open(static + path)
    expect(theirs.locator("#cite-text")).to_have_text(ours.locator("#cite-text").inner_text())
    assert theirs.title() == ours.title()
    for part in parts:
        assert markup(theirs, part) == markup(ours, part), part
    examine(theirs, "found-in-the-page")


def markup(page: Page, part: str) -> str:
    """A part of a page as HTML: attributes in order; files have no address, cursors no digest."""
    html = re.sub(r"cursor=(\d+\.\d+)\.\w+", r"cursor=\1", page.locator(part).inner_html())
    html = re.sub(r"<a [^>]*download=[^>]*>([^<]*)</a>(?:\s*·)?", r"<i>\1</i>", html)
    html = re.sub(r'<button type="button" class="plain">([^<]*)</button>', r"<i>\1</i>", html)
    name = r'[\w-]+(?:="[^"]*")?'
    tags = re.compile(rf"<(\w+)((?: {name})+)>")
    html = tags.sub(lambda tag: f"<{tag[1]} {sorted(re.findall(name, tag[2]))}>", html)
    return re.sub(r"\s+", " ", html).replace("> <", "><").strip()


def test_an_answer_is_cited_and_pictured_by_keyboard(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/ask/shared-ties?person=Coco+Rocha")
    picture = page.get_by_role("region", name="Matrix of this answer")
    expect(picture.get_by_role("link", name="Karen Elson, person")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab_to(page, page.locator("#cite summary").first, most=200)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Copy BibTeX"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-copied]")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "title = {{Who shares a board, letter, bill, study or event with Coco Rocha?}}" in copied
    assert "/ask/shared-ties?person=Coco+Rocha}," in copied
    examine(page, "answer-with-a-picture")


def test_an_answer_is_a_file_with_its_name(visitor: Visitor, site: str, tmp_path: Path) -> None:
    page = visitor.open(site + OLD)
    expect(answer(page)).to_be_visible()
    with page.expect_download() as download:
        page.locator(".formats").get_by_text("CSV", exact=True).click()
    assert download.value.suggested_filename == (
        "board-on-day_body-model-alliance_day-2014-05-01.csv"
    )
    download.value.save_as(tmp_path / "answer.csv")
    text = (tmp_path / "answer.csv").read_text("utf-8")
    assert text.startswith("thing,name,certainty,claim,unitClaim,rivalClaim\n")
    assert "https://w3id.org/allgraph/id/karen-elson,Karen Elson,possible," in text
    with page.expect_download() as download:
        page.locator(".formats").get_by_text("CSV with sources", exact=True).click()
    assert download.value.suggested_filename == (
        "board-on-day_body-model-alliance_day-2014-05-01_with-sources.csv"
    )


def test_everybody_can_use_an_answer_of_the_page(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/ask/conflicts?thing=Keith+Wright&format=html")
    expect(answer(page)).to_contain_text("Keith Wright held the office")
    page.locator(".behind summary").first.click()
    examine(page, "answer-in-the-page")
