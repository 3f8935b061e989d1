"""People cite, share and frame pages, live and as files, with the keyboard alone."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Visitor, examine, serving_folder, tab_to, type_and_choose
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor
from tests.support.commands import run
from tests.support.sites import HOME

pytestmark = pytest.mark.slow

_MOST = 400  # steps with the key Tab


def copied(page: Page, button: str) -> str:
    """Open what a button is in, press it by keyboard, and return what the clipboard then has."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cite = page.locator("#cite")
    label = button.removeprefix("Copy ")
    inside = {"link": "Link", "HTML": "In another page"}.get(label, label)
    tab_to(page, cite.locator("summary", has_text=inside).first, _MOST)
    page.keyboard.press("Enter")
    tab_to(page, cite.get_by_role("button", name=button), _MOST)
    page.keyboard.press("Enter")
    expect(cite.get_by_role("status")).to_have_text("Copied.")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_find_a_person_and_cite_a_claim(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/")
    tab_to(page, page.locator('form[role="search"] input').first, _MOST)
    type_and_choose(page, "karen elson")
    page.wait_for_url(f"{site}/page/karen-elson")
    expect(page.get_by_role("heading", level=1)).to_have_text("Karen Elson")
    tab_to(page, page.locator("main .row > a.cite").first, _MOST)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/page/claim/*")
    name = page.url.rpartition("/page/")[2].replace("/", ":", 1)
    command = f"cite {shlex.quote(name)} --format bibtex"
    assert copied(page, "Copy BibTeX") == run(*shlex.split(command)).stdout
    examine(page, "cite", is_full=True)


def test_share_an_answer(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/ask/founders/1")
    assert copied(page, "Copy link") == f"{HOME}ask/founders/1"
    expect(page.locator("#cite-text")).to_contain_text("Who founded the Model Alliance, and when?")


def test_share_a_story(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/")
    tab_to(page, page.locator(".stories a", has_text="disagree"), _MOST)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/disagreements")
    assert copied(page, "Copy link") == f"{HOME}disagreements"


def test_who_else_signed(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/page/karen-elson")
    tab_to(page, page.locator("main .row a", has_text="The RESPECT open letter").first, _MOST)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("RESPECT open letter")
    tab_to(page, page.locator("aside a", has_text="Who signed").first, _MOST)
    page.keyboard.press("Enter")
    answer = page.locator("table", has_text="Milla Jovovich")
    expect(answer).to_be_visible()
    expect(answer).to_contain_text("Doutzen Kroes")


def test_how_to_cite_is_there_without_scripts(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/page/coco-rocha", scripts=False)
    page.locator("#cite summary", has_text="RIS").click()
    expect(page.locator("#cite-ris")).to_contain_text("TI  - Coco Rocha")
    expect(page.get_by_role("button", name="Copy RIS")).to_be_hidden()


def test_a_page_is_framed_by_another_site(
    visitor: Visitor, browser: Browser, site: str, tmp_path: Path
) -> None:
    line = copied(visitor.open(f"{site}/page/karen-elson"), "Copy HTML")
    assert line.startswith(f'<iframe src="{HOME}embed/page/karen-elson"')
    ordinary = line.replace("embed/", "")
    (tmp_path / "index.html").write_text(f"{line}{ordinary}".replace(HOME, f"{site}/"))
    with serving_folder(tmp_path) as elsewhere:
        context = browser.new_context()
        page = context.new_page()
        page.goto(elsewhere)
        frame = page.frame_locator("iframe").first
        expect(frame.get_by_role("heading", name="Karen Elson")).to_be_visible()
        expect(frame.locator("main")).to_have_css("padding-left", "16px")  # by the stylesheet
        if '"live"' in page.request.get(f"{site}/search/index.json").text():
            second = page.frame_locator("iframe").nth(1)
            expect(second.get_by_role("heading", name="Karen Elson")).to_have_count(0)
        with context.expect_page() as opened:
            frame.get_by_role("link", name="Karen Elson").first.click()
        assert opened.value.url.startswith((HOME, "chrome-error:", site))
        context.close()


def test_the_page_for_frames_is_for_everybody(visitor: Visitor, site: str) -> None:
    examine(visitor.open(f"{site}/embed/page/karen-elson"), "frame")


def test_a_timeline_is_framed_by_another_site(
    visitor: Visitor, browser: Browser, site: str, tmp_path: Path
) -> None:
    page = visitor.open(f"{site}/page/karen-elson")
    share = page.locator("#picture-timeline summary", has_text="Share")
    tab_to(page, share, _MOST)
    page.keyboard.press("Enter")
    line = page.locator("#picture-timeline code", has_text="<iframe").inner_text()
    assert f'src="{HOME}embed/picture/timeline/karen-elson"' in line
    (tmp_path / "index.html").write_text(line.replace(HOME, f"{site}/"))
    with serving_folder(tmp_path) as elsewhere:
        context = browser.new_context()
        other = context.new_page()
        other.goto(elsewhere)
        picture = other.frame_locator("iframe").locator("svg")
        expect(picture).to_contain_text("signed the RESPECT open letter")
        context.close()
