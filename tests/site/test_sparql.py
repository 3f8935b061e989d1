"""SPARQL is written, mended, shared and answered in a page, live and without any server."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from allgraph.graph import Graph, open_graph
from allgraph.model import addresses
from allgraph.rdf.terms import BASE
from allgraph.site.pages.sparql import GENERAL, bound
from allgraph.site.publisher import publish
from allgraph.site.site import Site
from tests.support.browser import Visitor, examine, serving_folder
from tests.support.browser import browser as browser  # fixtures
from tests.support.browser import visitor as visitor
from tests.support.serving import fetch
from tests.support.sites import HOME
from tests.support.tools import need

pytestmark = pytest.mark.slow

WEB = Path(__file__).resolve().parents[2] / "web" / "src"
RESTS = (
    "id/a", "id/a/b", "id/claim/x", "id/iri", "id/", "id", "claim/x#0f", "source/ü", "ns",
    "ns#Claim", "shapes", "other/x", "", "id/.b", "id/ü%20", "id/a%20b", "id/x.ttl", "id/x.ttl/y",
    "id/x.json/y", "id/x.svg/y", "id//x", "/x", "id/index.html", "iri/~x", "~x",
    "id/" + "a" * 300, "id/日本", "id/a?b=c", "id/a+b&c=d;e,f@g$h!i'j(k)*",
)  # fmt: skip
ROWS = 9_000
MANY = """SELECT ?a ?b ?c ?claim ?kind {
  { SELECT ?claim ?kind { ?claim a ?kind } ORDER BY ?claim LIMIT 9 }
  VALUES ?a { 0 1 2 3 4 5 6 7 8 9 } VALUES ?b { 0 1 2 3 4 5 6 7 8 9 }
  VALUES ?c { 0 1 2 3 4 5 6 7 8 9 }
}"""
PAINT = """() => new Promise((resolve) => {
    const before = performance.now();
    const watch = new MutationObserver(() => {
        if (!document.querySelector(".answer tbody tr")) return;
        watch.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() =>
            resolve(performance.now() - before)));
    });
    watch.observe(document.querySelector(".answer"), {childList: true, subtree: true});
    [...document.querySelectorAll("form.query button")].find((b) => b.type === "submit").click();
})"""


def opened(visitor: Visitor, site: str, query: str = "") -> Page:
    """The page, when it can answer."""
    page = visitor.open(f"{site}/query" + (f"?{urlencode({'query': query})}" if query else ""))
    is_ready(page)
    return page


def is_ready(page: Page) -> None:
    expect(page.locator("form[data-mode]")).to_be_visible()
    if page.locator("form[data-mode=static]").count():
        expect(page.locator("form.query")).to_contain_text("This page answers by itself")


def write(page: Page, query: str) -> None:
    """Write another query, as with a keyboard."""
    page.get_by_role("textbox", name="Query").focus()  # which has the editor loaded
    page.locator(".cm-content").focus()
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)


def forgive(visitor: Visitor) -> None:
    """Forget that the browser itself reports each wrong query that a server refuses."""
    refused = re.compile("console: Failed to load resource: .* 400 .*/sparql'")
    visitor.faults = [fault for fault in visitor.faults if not refused.match(fault)]


def test_write_complete_break_mend_and_share(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site)
    held: list[Route] = []
    page.route("**/void.jsonld", lambda route: held.append(route))
    page.reload()
    is_ready(page)
    write(page, "SELECT ?person WHERE {\n  ?person a ag:Pers")
    page.keyboard.press("Control+Space")  # before the page knows what there is
    page.wait_for_timeout(200)
    held[0].continue_()
    option = page.get_by_role("option", name=re.compile("^ag:Person"))
    expect(option).to_contain_text(re.compile("[0-9]+ things"))
    page.wait_for_timeout(200)  # what is chosen at once is not meant
    page.keyboard.press("Enter")
    page.keyboard.insert_text(" ; ag:nosuch( ")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text(
        re.compile("^Line 2, column [0-9]+: not SPARQL")
    )
    expect(page.locator(".cm-lintRange-error")).to_have_count(1)
    write(page, "SELECT ?person WHERE {\n  ?person a ag:Person ; xy:z ?p }")
    page.get_by_role("button", name="Run").click()
    said = "Line 2, column 25: the prefix “xy:” is not declared"
    expect(page.get_by_role("alert")).to_contain_text(said)
    forgive(visitor)
    write(page, 'SELECT ?person WHERE {\n  ?person a ag:Person ; rdfs:label "Coco Rocha" }')
    page.get_by_role("button", name="Run").click()
    answer = page.get_by_role("region", name="The answer")
    expect(answer).to_contain_text("1 row.")
    expect(page.get_by_role("alert")).to_have_text("")
    shared = page.url
    assert "Coco Rocha" in parse_qs(urlsplit(shared).query)["query"][0]
    other = visitor.open(shared)
    other.get_by_role("region", name="The answer").get_by_role("link", name="Coco Rocha").click()
    expect(other).to_have_url(f"{site}/page/coco-rocha")


def test_a_query_about_nothing_gets_a_warning(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site, "SELECT ?s { ?s a ag:Persn }")
    answer = page.get_by_role("region", name="The answer")
    expect(answer).to_contain_text("No rows")
    warning = "Warning: line 1, column 18: the graph has no ag:Persn; did you mean ag:Person?"
    expect(answer).to_contain_text(warning)
    write(page, "SELECT ?s { ?s a ag:Person }")
    page.get_by_role("button", name="Run").click()
    expect(answer).not_to_contain_text("Warning")


def test_a_site_of_files_reads_named_graphs_as_a_server_does(
    visitor: Visitor, tmp_path: Path
) -> None:
    quad = '<http://x/s> <http://x/p> "1" <http://x/g{}> .\n'
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.nq").write_text(quad.format(1) + quad.format(2))
    (tmp_path / "allgraph.toml").write_text(f'format = 1\ntitle = "N"\nbase = "{HOME}"\n')
    publish(open_graph(tmp_path), tmp_path / "site", base=HOME, jobs=1)
    with serving_folder(tmp_path / "site") as site:
        page = opened(visitor, site, "SELECT (COUNT(*) AS ?n) { ?s <http://x/p> ?o }")
        answer = page.get_by_role("region", name="The answer")
        expect(answer.locator("tbody")).to_have_text("1")
        write(page, "SELECT ?g { GRAPH ?g { ?s ?p ?o } }")
        page.get_by_role("button", name="Run").click()
        expect(answer).to_contain_text("2 rows")
        expect(answer).not_to_contain_text("derived")
        both = "FROM <http://x/g1> # one\nFROM <http://x/g2> FROM NAMED x:g1"
        for text, count in (("?s ?p ?o", "1"), ("GRAPH ?g { ?s ?p ?o }", "1"), ("?s a ?o", "0")):
            counted = f"SELECT (COUNT(*) AS ?n) {both} {{ {text} }}"
            write(page, f"PREFIX x: <http://x/> {counted}")
            page.get_by_role("button", name="Run").click()
            expect(answer.locator("tbody")).to_have_text(count)
        write(page, "SELECT * FROM <http://x/g1> FROM ?g { ?s ?p ?o }")
        page.get_by_role("button", name="Run").click()
        said = re.compile("^Line 1, column [0-9]+: not SPARQL")
        expect(page.get_by_role("alert")).to_contain_text(said)
        forgive(visitor)


def test_many_rows_are_painted_soon(
    visitor: Visitor, site: str, record_property: Any, capsys: Any
) -> None:
    page = opened(visitor, site, "ASK {}")
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Yes.")
    write(page, MANY)
    took = page.evaluate(PAINT)
    expect(page.get_by_role("region", name="The answer")).to_contain_text("9,000 rows.")
    with capsys.disabled():
        print(f"\n{ROWS} rows painted in {took:.0f} ms at {site}")
    record_property("milliseconds", took)
    assert took < 3_000  # under 1,000 where nothing else runs
    assert page.locator(".answer tbody tr").count() == 50
    page.get_by_role("button", name="Next rows").click()
    expect(page.get_by_text("51 to 100 of 9,000")).to_be_visible()
    page.get_by_role("button", name="a", exact=True).click()
    page.get_by_role("button", name="a", exact=True).click()
    expect(page.locator(".answer tbody td").first).to_have_text("9")


SIGNED = """SELECT ?person ?letter ?when {
  ?claim rdf:subject ?person ; rdf:predicate ag:signed ; rdf:object ?letter ; ag:when ?when
}"""


def test_the_first_view_loads_neither_editor_nor_engine(visitor: Visitor, site: str) -> None:
    page = visitor.open(f"{site}/about")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/query")
    is_ready(page)
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if re.search("editor|worker|wasm|views|void|graph", url)]
    area = page.get_by_role("textbox", name="Query")
    page.route("**/editor.*", lambda route: route.abort())
    area.fill("ASK {}")
    area.press("Control+Enter")
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Yes.")
    visitor.faults.clear()  # what was aborted


def test_cells_have_names_and_files_have_iris(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site, "SELECT ?person { ?person rdfs:label 'Karen Elson' }")
    cell = page.get_by_role("region", name="The answer").get_by_role("link", name="Karen Elson")
    iri = "https://w3id.org/allgraph/id/karen-elson"
    expect(cell).to_have_attribute("title", iri)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert iri in download.value.path().read_text()


def test_things_are_completed_by_name(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site)
    write(page, "SELECT * { ")
    page.keyboard.type("Karen")
    expect(page.get_by_role("option", name=re.compile("Karen Elson"))).to_contain_text("person")
    page.wait_for_timeout(200)  # what is chosen at once is not meant
    page.keyboard.press("Enter")
    expect(page.locator(".cm-content")).to_contain_text("SELECT * { id:karen-elson")


def test_an_answer_is_a_graph_and_a_timeline_too(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site, SIGNED)
    answer = page.get_by_role("region", name="The answer")
    answer.get_by_role("button", name="Timeline").click()
    expect(answer.locator("svg").get_by_role("link", name="Karen Elson").first).to_be_visible()
    answer.get_by_role("button", name="Graph").click()
    expect(answer.locator("figcaption")).to_contain_text("ties; the table has the same as text")
    expect(answer.locator("svg a").first).to_have_attribute("href", re.compile("^/page/"))
    examine(page, f"query-graph-{'live' if page.locator('[data-mode=live]').count() else 'static'}")
    shared = visitor.open(page.url)
    expect(shared.get_by_role("button", name="Graph")).to_have_attribute("aria-pressed", "true")
    write(page, "CONSTRUCT { ?a ag:signed ?b } { ?a ag:signed ?b }")
    page.keyboard.press("Control+Enter")
    expect(answer.locator("svg")).to_contain_text("signed")


def test_the_last_queries_are_kept_here_and_can_be_cleared(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site, "# Is anything here?\nASK {}")
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Yes.")
    page.goto(f"{site}/query")
    page.get_by_text("Last queries").click()
    page.get_by_role("button", name="Is anything here?").click()
    expect(page.get_by_role("textbox", name="Query")).to_contain_text("ASK {}")
    page.get_by_role("button", name="Clear the list").click()
    expect(page.get_by_text("Last queries")).to_be_hidden()
    page.reload()
    expect(page.get_by_text("Last queries")).to_be_hidden()


def test_an_old_answer_is_marked_while_a_new_one_runs(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site, "ASK {}")
    answer = page.get_by_role("region", name="The answer")
    expect(answer).to_contain_text("Yes.")
    slow = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(5))
    write(page, f"SELECT (COUNT(*) AS ?n) {{ {slow} }}")
    page.get_by_role("button", name="Run").click()
    expect(answer).to_have_attribute("aria-busy", "true")
    expect(answer.get_by_role("status")).to_contain_text("the new one is being answered")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alert")).to_have_text("Stopped.")
    expect(answer).to_have_attribute("aria-busy", "false")
    expect(answer.get_by_role("status")).to_have_text("This is the answer to a former query.")
    write(page, "ASK { id:x id:x id:x }")
    page.get_by_role("button", name="Run").click()
    expect(answer).to_contain_text("No: nothing here says so")


def test_an_error_says_what_to_do(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site, "ASK { xy:z ?p ?o }")
    expect(page.get_by_role("alert")).to_contain_text("Begin the query with PREFIX xy:")
    write(page, "ASK { ?s ?p }")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("The place is marked.")
    expect(page.locator(".cm-lintRange-error")).to_have_count(1)
    forgive(visitor)


def test_the_keyboard_can_leave_the_editor(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site)
    write(page, "ASK {}")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Yes.")


def test_answers_can_be_had_as_files(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site)
    for query, name, begin in (
        ("SELECT ?x { VALUES ?x { 1 2 } }", "CSV", "x\r\n1\r\n2"),
        ("SELECT ?x { VALUES ?x { 1 2 } }", "TSV", "?x\n1\n2"),
        ("SELECT ?x { VALUES ?x { 1 2 } }", "JSON", '{"head":'),
        ("CONSTRUCT { id:a ag:p 1 } {}", "N-Triples", "<https://w3id.org/allgraph/id/a> <"),
        ("CONSTRUCT { id:a ag:p 1 } {}", "Turtle", ""),
    ):
        write(page, query)
        page.keyboard.press("Control+Enter")
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        assert download.value.path().read_bytes().decode().startswith(begin)


def test_an_example_is_put_in_the_editor_and_answered(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site)
    page.get_by_text("Which sources do most claims rest on?", exact=True).click()
    page.get_by_role("button", name="Put it in the editor").locator("visible=true").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="The answer")).to_contain_text("50 rows.")
    page.get_by_role("button", name="claims", exact=True).focus()
    examine(
        page, f"query-answer-{'live' if page.locator('[data-mode=live]').count() else 'static'}"
    )


def test_a_question_is_opened_in_the_editor_with_its_values(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site)
    page.get_by_role("link", name="Who founded a body, and when?", exact=True).click()
    page.get_by_role("link", name="Open in the SPARQL editor").click()
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Sara Ziff")


def test_everybody_can_use_the_page(visitor: Visitor, site: str) -> None:
    page = opened(visitor, site)
    examine(page, f"query-{'live' if page.locator('[data-mode=live]').count() else 'static'}")
    page = opened(visitor, site, "SELECT * {\n  ?s ?p }")
    expect(page.get_by_role("alert")).to_contain_text("Line 2, column")
    forgive(visitor)
    examine(page, "query-wrong", is_full=False)


def test_it_can_be_read_and_asked_without_scripts(visitor: Visitor, live: str) -> None:
    page = visitor.open(f"{live}/query", scripts=False)
    page.get_by_label("Query").fill("SELECT ?x { VALUES ?x { 7 } }")
    page.get_by_label("Answer as").select_option("csv")
    with page.expect_download() as download:
        page.get_by_role("button", name="Run").click()
    assert download.value.path().read_text() == "x\n7\n"


def test_a_browser_at_the_endpoint_is_sent_to_the_page(live: str) -> None:
    page = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    found = fetch(f"{live}/sparql", headers={"Accept": page})
    assert (found.status, found.headers["location"]) == (303, "/query")
    assert fetch(f"{live}/sparql").status == 200
    assert fetch(f"{live}/sparql", headers={"Accept": "text/turtle"}).status == 200


def test_without_a_network_the_page_answers_as_the_command_line_does(
    visitor: Visitor, static: str, graph: Graph
) -> None:
    page = opened(visitor, static, "ASK {}")
    write(page, "")  # in the editor, which is loaded with the graph
    expect(page.get_by_role("region", name="The answer")).to_contain_text("Yes.")
    general = page.locator("[data-example]").all_text_contents()[: len(GENERAL)]
    page.context.set_offline(True)
    site = Site(graph)
    asked = [bound(site, each, next(iter(each.examples), {})) for each in graph.queries.values()]
    for query in (*asked, *general):
        write(page, query)
        page.keyboard.press("Control+Enter")
        answer = graph.engine.query(query)  # in this process: a fork of it would hang
        button = "N-Triples" if answer.kind == "triples" else "JSON"
        expect(page.get_by_role("button", name="Run")).to_be_enabled()
        expect(page.get_by_role("alert")).to_have_text("")
        page.evaluate(GIVEN)
        page.get_by_role("button", name=button, exact=True).click()
        found = given(page)
        if answer.kind == "triples":
            assert {*found.splitlines()} == {*answer.write("nt").decode().splitlines()}
        else:
            assert rows(found) == rows(answer.write("json").decode()), query
    icon = re.compile("console: Failed .*ERR_INTERNET_DISCONNECTED.*/assets/icon")
    visitor.faults = [fault for fault in visitor.faults if not icon.match(fault)]  # the browser's


GIVEN = """() => {
    const make = URL.createObjectURL;
    window.given = null;
    HTMLAnchorElement.prototype.click = () => {};
    URL.createObjectURL = (blob) => {
        URL.createObjectURL = make;
        blob.text().then((text) => { window.given = text; });
        return make.call(URL, blob);
    };
}"""
"""Keeps what a button gives as a file, for a browser may take its time to save hundreds."""


def given(page: Page) -> str:
    """The file that a button has given."""
    for _ in range(600):
        text: str | None = page.evaluate("() => window.given")
        if text is not None:
            return text
        page.wait_for_timeout(50)
    raise AssertionError("no file was given")


def rows(text: str) -> Any:
    """The rows of an answer in JSON, in whatever order; blank nodes have any names."""
    said = json.loads(text)
    if "boolean" in said:
        return said["boolean"]
    found: Counter[str] = Counter()
    for row in said["results"]["bindings"]:
        for term in row.values():
            if term["type"] == "bnode":
                term["value"] = ""
        found[json.dumps(row, sort_keys=True)] += 1
    return said["head"]["vars"], found


def test_links_lead_where_addresses_are() -> None:
    base = HOME
    iris = [f"{HOME}{rest}" for rest in RESTS] + [f"{BASE}ns#Claim", "https://elsewhere.org/a b#c"]
    code = """import { addressOf } from "./sparql.js";
        const [base, iris] = JSON.parse(process.argv[1]);
        console.log(JSON.stringify(iris.map((iri) => addressOf(iri, base, "/r"))));"""
    node = need("node", "install it: apt-get install nodejs")
    command = [node, "--input-type=module", "--eval", code, json.dumps([base, iris])]
    said = subprocess.run(command, cwd=WEB, check=True, capture_output=True, text=True).stdout
    for iri, address in zip(iris, json.loads(said), strict=True):
        path = addresses.path_of(iri, base)
        if path is not None and path.startswith("/page/iri/~"):
            meant = addresses.meant(address.removeprefix("/r"), base) if address else []
            assert not address or any(each.value == iri for each in meant), iri
        elif path is not None:
            mark = iri.partition("#")[2]
            assert address == f"/r{path}" + (f"#{quote(mark)}" if mark else ""), iri
    assert json.loads(said)[-2:] == ["/r/ns#Claim", "https://elsewhere.org/a b#c"]
