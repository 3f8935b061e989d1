"""What the scripts add to pages, in a real browser, on small pages made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from allgraph.graph import Graph
from allgraph.site.assets import asset, assets
from allgraph.site.network_data import network_ties, written
from allgraph.site.search.index import Named, files
from tests.support.browser import Visitor, examine, serving_folder
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor
from tests.support.waiting import until

pytestmark = pytest.mark.slow

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)
HEAD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<link rel="icon" href="/{icon}"><link rel="stylesheet" href="/{sheet}">
<script type="module" src="/{script}"></script>
<script type="module" src="/{finding}"></script></head><body>
<header><form role="search" class="search" action="/find" method="get" data-root="">
<label class="hidden" for="top-q">Search by name</label><input id="top-q" type="search" name="q">
<button>Search</button></form></header><main><h1>{title}</h1>{body}</main></body></html>"""
FIND = "<div data-results><p>All names</p></div>"
FIELD = '<p class="field"><label for="f-{0}">{0}</label><input id="f-{0}" name="{0}" data-find></p>'
PATHS = (
    '<form class="ask" action="/paths" method="get" data-connections="/connections.json">'
    f"{FIELD.format('from')}{FIELD.format('to')}<p><button>Find connections</button></p></form>"
    "<div data-found></div>"
)
LARGE = PATHS.replace(' data-connections="/connections.json"', "")
HOSTILE = "<img src=x onerror=alert(1)>"
NAMES = (
    Named("Coco Rocha", (), "person", "/page/coco-rocha"),
    Named("Gisele Bündchen", ("Gisele Caroline",), "person", "/page/gisele-bundchen"),
    Named("Karen Elson", (), "person", "/page/karen-elson"),
    Named("Karen Elson", (), "body", "/page/karen-elson-ltd"),
    Named(f"{HOSTILE} Rocha", (), HOSTILE, "/page/hostile"),
    Named("Rocha elsewhere", (), "person", "//evil.example/"),
    *(Named(f"Twin {number:02}", (), "person", f"/page/twin-{number}") for number in range(30)),
)


def write(folder: Path, pages: dict[str, str | bytes]) -> None:
    for path, content in pages.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)


def page(title: str, body: str = "") -> str:
    sheet, script, icon = (asset(name).name for name in ("site.css", "site.js", "icon.svg"))
    finding = asset("finding.js").name
    return HEAD.format(
        title=title,
        policy=POLICY,
        body=body,
        sheet=sheet,
        script=script,
        finding=finding,
        icon=icon,
    )


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Iterator[str]:
    """A small static site, with the connections of the built-in graph."""
    folder = tmp_path_factory.mktemp("static")
    base = graph.folder.base
    ties = network_ties(graph, lambda iri: f"/page/{iri.removeprefix(base).removeprefix('id/')}")
    assert ties is not None
    write(folder, {each.name: each.content for each in assets()})
    write(folder, dict(files(NAMES)))
    write(folder, {"connections.json": written(ties)})
    write(
        folder, {f"page{n.path[5:]}/index.html": page("A page") for n in NAMES if n.path[1] == "p"}
    )
    write(folder, {"index.html": page("Home"), "find/index.html": page("Search", FIND),
                   "paths/index.html": page("Connections", PATHS),
                   "large/paths/index.html": page("Connections", LARGE),
                   })  # fmt: skip
    with serving_folder(folder) as address:
        yield address


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site that says a server answers; its answer is always the same."""
    folder = tmp_path_factory.mktemp("live")
    things = [
        {"curie": f"id:{n.path[6:]}", "name": n.name, "kind": n.kind, "path": n.path}
        for n in NAMES[2:4]
    ]
    texts = {"claims": [], "claimsMore": 0, "questions": [], "questionsMore": 0, "unsearched": 0}
    found = {"things": things, "more": 0, **texts}
    write(folder, {each.name: each.content for each in assets()})
    write(folder, {"search/index.json": json.dumps({"mode": "live"}),
                   "suggest/index.html": json.dumps(found),
                   "paths/index.html": page("Connections", PATHS)})  # fmt: skip
    with serving_folder(folder) as address:
        yield address


def test_search_offers_names_while_one_types(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/")
    box = page.get_by_role("combobox", name="Search by name")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("BUND")
    expect(page.get_by_role("option")).to_have_text(["Gisele Bündchen person"])
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("status")).to_have_text("1 thing.")
    page.get_by_role("option").click()
    expect(page).to_have_url(f"{static}/page/gisele-bundchen")


def test_search_works_by_keyboard_alone(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("twin")
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    expect(options).to_have_count(10)
    expect(page.get_by_role("status")).to_have_text("30 things; 10 things shown.")
    page.keyboard.press("ArrowUp")
    expect(options.nth(9)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert active == options.nth(0).get_attribute("id")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("twin")
    page.keyboard.press("ArrowDown")
    expect(options).to_have_count(10)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{static}/page/twin-0")


def test_the_list_goes_with_the_field(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/")
    page.get_by_role("combobox").fill("twin")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.get_by_role("combobox").fill("nobody")
    expect(page.get_by_role("status")).to_have_text("Nothing is named so.")
    page.get_by_role("combobox").fill("")
    expect(page.get_by_role("status")).to_have_text("")


def test_names_are_text_and_no_path_leaves_the_host(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/")
    page.get_by_role("combobox").fill("rocha")
    expect(page.get_by_role("option")).to_have_text(
        [f"{HOSTILE} Rocha {HOSTILE}", "Coco Rocha person"]
    )
    page = visitor.open(f"{static}/find?q=rocha")
    expect(page.locator("[data-results] li")).to_have_text(
        [f"{HOSTILE} Rocha {HOSTILE}", "Coco Rocha person"]
    )


def test_enter_without_a_choice_opens_the_page_of_results(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/")
    page.get_by_role("combobox").fill("gisele caroline")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{static}/find?q=gisele+caroline")
    expect(page.get_by_role("heading", level=2)).to_have_text(
        "1 thing named like “gisele caroline”"
    )
    page.get_by_role("link", name="Gisele Bündchen").click()
    expect(page).to_have_url(f"{static}/page/gisele-bundchen")


def test_a_page_of_results_without_any(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/find?q=%3Cb%3Enobody")
    expect(page.get_by_role("heading", level=2)).to_have_text("0 things named like “<b>nobody”")
    page = visitor.open(f"{static}/find?q=%20")
    expect(page.get_by_text("All names")).to_be_visible()


def test_connections_are_found_in_the_page(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/paths")
    page.get_by_role("combobox", name="from").fill("coco")
    page.get_by_role("option").first.click()
    expect(page.get_by_role("combobox", name="from")).to_have_value("Coco Rocha")
    page.get_by_label("to").fill("andrew cuomo")
    page.get_by_role("button", name="Find connections").click()
    expect(page).to_have_url(f"{static}/paths?from=Coco+Rocha&to=andrew+cuomo")
    expect(page).to_have_title("How is Coco Rocha connected to Andrew Cuomo?")
    expect(page.get_by_role("combobox", name="from")).to_have_value("Coco Rocha")
    first = page.get_by_role("region", name="Path 1", exact=True)
    expect(first.get_by_role("listitem").first).to_contain_text("Coco Rocha")
    page.reload()
    claim = page.get_by_role("link", name="This claim").first
    assert (claim.get_attribute("href") or "").startswith("/page/claim/")
    examine(page, "island-paths")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=nobody&to=Coco+Rocha", "Nothing is named “nobody”."),
        ("from=coco+rache&to=Coco+Rocha", "Did you mean one of these?"),
        ("from=Coco+Rocha&to=id:coco-rocha", "this is one: Coco Rocha"),
        ("from=Coco+Rocha", "Nothing is named “”."),
    ],
)
def test_what_cannot_be_connected_says_why(
    visitor: Visitor, static: str, query: str, words: str
) -> None:
    page = visitor.open(f"{static}/paths?{query}")
    expect(page.get_by_role("alert")).to_contain_text(words)


def test_a_name_that_is_unknown_offers_others(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/paths?from=coco+rache&to=Andrew+Cuomo")
    page.get_by_role("link", name="Coco Rocha").click()
    expect(page.get_by_role("region", name="Path 1", exact=True)).to_be_visible()


def test_a_graph_that_is_too_large_says_so(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/large/paths?from=Coco+Rocha&to=x")
    expect(page.get_by_role("alert")).to_contain_text("the graph is too large")
    expect(page.get_by_label("from")).to_have_value("Coco Rocha")


def test_where_a_server_answers_the_forms_are_left_to_it(visitor: Visitor, live: str) -> None:
    page = visitor.open(f"{live}/paths?from=a&to=b")
    page.get_by_label("from").fill("karen")
    expect(page.get_by_role("option")).to_have_text(["Karen Elson person", "Karen Elson body"])
    page.get_by_role("option").last.click()
    expect(page.get_by_label("from")).to_have_value("id:karen-elson-ltd")  # the name is of two
    assert not page.locator("[data-found] *").count()


def test_an_index_that_is_missing_is_said(visitor: Visitor, tmp_path: Path) -> None:
    write(tmp_path, {each.name: each.content for each in assets()})
    write(tmp_path, {"index.html": page("Home"), "find/index.html": page("Search", FIND)})
    with serving_folder(tmp_path) as address:
        opened = visitor.open(f"{address}/find?q=x")
        expect(opened.get_by_role("alert")).to_have_text("This cannot be read just now.")
        opened.get_by_role("combobox").fill("x")
        expect(opened.get_by_text("No suggestions can be had just now.")).to_be_attached()
    assert all("404" in fault for fault in visitor.faults), visitor.faults
    visitor.faults.clear()


def test_the_list_can_be_used_by_everybody(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/")
    page.get_by_role("combobox").fill("twin")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option")).to_have_count(10)
    examine(page, "island-search", is_full=False)


def test_without_scripts_the_fields_are_plain(visitor: Visitor, static: str) -> None:
    page = visitor.open(f"{static}/", scripts=False)
    page.get_by_role("searchbox", name="Search by name").fill("coco")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{static}/find?q=coco")
    expect(page.get_by_text("All names")).to_be_visible()


def test_faults_are_found(visitor: Visitor, tmp_path: Path) -> None:
    body = '<p style="color:red">x</p><script>1</script><img src="https://evil.example/x" alt="">'
    write(tmp_path, {each.name: each.content for each in assets()})
    write(tmp_path, {
        "index.html": page("Bad", body + '<script src="/bad.js"></script>'),
        "bad.js": "console.error('no'); throw new Error('broken');",
        "other.html": '<link rel="icon" href="/bad.js"><img src="http://127.0.0.2:1/x" alt="">',
    })  # fmt: skip
    with serving_folder(tmp_path) as address:
        visitor.open(f"{address}/")
        last = visitor.open(f"{address}/other.html")
        wanted = {"style-src", "script-src", "img-src", "console: no", "error: broken",
                  "127.0.0.2:1/x"}  # fmt: skip

        def told() -> set[str]:
            last.wait_for_timeout(20)
            return {words for words in wanted if words in "\n".join(visitor.faults)}

        until(lambda: told() == wanted)
    visitor.faults.clear()
