"""The documentation builds into a website that has every page, and nothing that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

import website

DOCS = website.ROOT / "docs"
MARKDOWN = [place for place in website.places().values() if place.suffix == ".md"]


class Links(HTMLParser):
    """What a page leads to, what it loads, and the names in it that others lead to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.to: list[str] = []
        self.loaded: list[str] = []
        self.names = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.names |= {given.get("id", ""), given.get("name", "")}
        if tag in ("a", "area") and "href" in given:
            self.to.append(given["href"])
        elif address := given.get("src") or given.get("href"):
            self.loaded.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    assert website.build(folder) == ""
    return folder / "site"


def in_navigation(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        for name in entry.values() if isinstance(entry, dict) else [entry]:
            yield from [name] if isinstance(name, str) else in_navigation(name)


def test_every_page_is_in_the_navigation_once() -> None:
    text = (website.ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8")
    assert sorted(in_navigation(yaml.safe_load(text)["nav"])) == sorted(map(str, MARKDOWN))


def test_the_first_page_leads_to_every_page() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert {name for name in pages if f"({name})" not in text} == {"index.md"}


def test_every_page_is_there_and_leads_to_what_is_there(site: Path) -> None:
    pages = {page: Links(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    made = {site / place.with_suffix(".html") for place in MARKDOWN}
    assert made | {site / "404.html"} == pages.keys()
    faults = []
    for page in made:
        for address in (*pages[page].to, *pages[page].loaded):
            url = urlsplit(address)
            if url.scheme or url.netloc:
                continue
            there = (page.parent / unquote(url.path)).resolve() if url.path else page
            there = there / "index.html" if there.is_dir() else there
            names = pages[there].names if there in pages else {""}
            if not there.exists() or unquote(url.fragment) not in names:
                faults.append(f"{page.relative_to(site)}: {address}")
    assert not faults


def test_no_page_loads_what_is_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        for address in Links(page.read_text(encoding="utf-8")).loaded:
            assert not urlsplit(address).netloc, f"{page.name} loads {address}"


def test_only_pages_are_published(site: Path) -> None:
    assert not [*site.rglob("*.py"), *site.rglob("*.yml")]


@pytest.mark.parametrize("link", ["nowhere.md", "tutorial.md#nowhere"])
def test_a_link_that_leads_nowhere_stops_it(
    link: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (page := tmp_path / "page.md").write_text(f"# A page\n\n[there]({link})\n", encoding="utf-8")
    few = {page: Path("index.md"), website.ROOT / "docs" / "tutorial.md": Path("tutorial.md")}
    monkeypatch.setattr(website, "places", lambda: few)
    assert "does not exist" in website.build(tmp_path / "built")


def test_links_lead_from_a_page_to_where_they_led() -> None:
    file = website.ROOT / "docs" / "how-to" / "serve-in-public.md"
    text = (
        "[a](../../deploy/allgraph.service) [b](../../CONTRIBUTING.md#words) [c](serve.md)\n"
        "```python file=a.py\n[d](../../CONTRIBUTING.md)\n```\n"
    )
    service = f"{website.FORGE}/deploy/allgraph.service"
    assert website.moved(text, file, Path("how-to/serve-in-public.md")) == (
        f"[a]({service}) [b](../contributing.md#words) [c](serve.md)\n"
        '```python title="a.py"\n[d](../../CONTRIBUTING.md)\n```\n'
    )
