"""People read and search the documentation in a real browser, from a server and from a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import website
from tests.support.browser import Visitor, examine, serving_folder
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    assert website.build(folder) == ""
    return folder / "site"


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    with serving_folder(folder) as address:
        yield address


@pytest.mark.parametrize("page", ["index", "how-to/find-connections", "reference/json"])
def test_everybody_can_read_a_page(page: str, site: str, visitor: Visitor) -> None:
    name = f"docs-{page.replace('/', '-')}"
    examine(visitor.open(f"{site}/{page}.html"), name, is_full=False)


@pytest.mark.parametrize("where", ["server", "folder"])
def test_a_search_leads_to_a_page(where: str, site: str, folder: Path, visitor: Visitor) -> None:
    page = visitor.open(f"{site if where == 'server' else folder.as_uri()}/index.html")
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Search").fill("resumed batch")
    page.locator("a[href*='?h=']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Push a graph into a store")


@pytest.mark.parametrize(
    ("page", "number", "begins", "omits"),
    [
        ("tutorials/researcher", 1, 'allgraph find "respect letter"\n', "id:respect-open-letter"),
        ("how-to/use-from-python", 0, "import allgraph\ngraph = ", ">>>"),
        ("how-to/use-from-python", 1, "answer = graph.ask(", "certain'"),
        ("how-to/use-from-python", 7, ">>> with allgraph.open()", "$"),
        ("tutorials/developer", 2, "$ cat > signatories.py <<'END'\n", "nothing"),
    ],
)
def test_copying_takes_what_is_typed(
    page: str, number: int, begins: str, omits: str, site: str, visitor: Visitor
) -> None:
    shown = visitor.open(f"{site}/{page}.html")
    shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = shown.locator(".highlight").nth(number)
    block.hover()
    block.get_by_role("button", name="Copy to clipboard").click()
    expect(shown.get_by_text("Copied to clipboard")).to_be_visible()
    text = shown.evaluate("navigator.clipboard.readText()")
    assert text.startswith(begins)
    assert omits not in text
