"""What notebooks show: sound HTML whatever the names, with what a reader has to know."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

import allgraph
from allgraph.errors import EngineError
from allgraph.graph import Graph, open_graph
from allgraph.rdf.terms import Term
from allgraph.render.html import MOST, Fragment, element, items, joined, link, table
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.answer import cell as as_cell
from allgraph.sparql.endpoint.engine import Remote
from allgraph.validation.report import Finding, Report
from tests.conftest import BASE, PREFIXES, MakeFolder

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "</td></table><script>alert(1)</script> & \" ' \u202eback\u2066"
TAGS = {
    "a", "b", "bdi", "code", "details", "div", "li", "ol", "p", "summary", "table", "tbody", "td",
    "th", "thead", "tr", "ul",
}  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"
STYLES = {"text-align:left", "overflow-x:auto"}


def shown(value: Any) -> ET.Element:
    """What a notebook shows of a value, which must be sound and do nothing."""
    html = value._repr_html_()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", html)
    root = ET.fromstring(f"<div>{html}</div>")
    for node in root.iter():
        is_drawn = node.tag.startswith(SVG)
        assert is_drawn or node.tag in TAGS, node.tag
        allowed = {"href", "style", "title"}
        assert is_drawn or node.attrib.keys() <= allowed, node.attrib
        assert "src" not in node.attrib and node.get("style", "text-align:left") in STYLES
        assert re.match(r"https?://[^/]", node.get("href", "https://x"))
    return root


def words(value: Any) -> str:
    return " ".join(" ".join(shown(value).itertext()).split())


def cells(value: Any) -> list[list[str]]:
    rows = shown(value).iter("tr")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def links(value: Any) -> dict[str, str]:
    return {"".join(a.itertext()): a.attrib["href"] for a in shown(value).iter("a")}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A graph in which every name and note is an attack."""
    name = Literal(HOSTILE)
    root = tmp_path_factory.mktemp("hostile")
    (root / "data").mkdir()
    (root / "allgraph.toml").write_text(
        f"format = 1\ntitle = '''{HOSTILE}'''\ndescription = '''{HOSTILE}'''\nbase = \"{BASE}\"\n"
    )
    (root / "data" / "a.ttl").write_text(
        PREFIXES
        + f"""
id:ada a ag:Person ; rdfs:label {name} . id:bea a ag:Person ; rdfs:label {name} .
id:board a ag:Unit ; rdfs:label {name} .
source:s a ag:Source ; rdfs:label {name} ; ag:read "2020-01-01"^^edtf:EDTF .
claim:a a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:when "2010/2012"^^edtf:EDTF ; ag:note {name} ;
    ag:evidence [ oa:hasSource source:s ; ag:note {name} ; ag:wording {name} ; ag:section {name} ] .
claim:b a ag:Claim ; rdf:subject id:bea ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:evidence [ oa:hasSource source:s ] .
"""
    )
    (root / "queries").mkdir()
    (root / "queries" / "attack.rq").write_text(f"# Is it {HOSTILE}?\nASK {{ ?s ?p ?o }}\n")
    return open_graph(root)


def test_names_are_texts_wherever_they_are_shown(hostile: Graph) -> None:
    ada, bea = NamedNode(BASE + "id/ada"), NamedNode(BASE + "id/bea")
    found = allgraph.paths(hostile, ada, bea)
    values = [
        hostile,
        allgraph.as_of(hostile, "2011-01-01"),
        hostile.sparql("SELECT ?name { id:ada rdfs:label ?name }"),
        hostile.sparql("CONSTRUCT WHERE { id:ada ?p ?o }"),
        found,
        found[0],
        allgraph.timeline(hostile),
        allgraph.between(hostile, ada, bea),
        allgraph.neighbourhood(hostile, ada, hops=2),
        allgraph.rank(hostile),
        allgraph.claims(hostile),
        hostile.find("script"),
        hostile.queries,
        hostile.queries["attack"],
        *allgraph.claims(hostile),
        *(evidence for claim in allgraph.claims(hostile) for evidence in claim.evidence),
        Report((Finding(HOSTILE, 1, "Warning", HOSTILE, HOSTILE, shape=HOSTILE),), 1),
    ]
    for value in values:
        assert "<script>alert(1)</script>" in words(value), type(value)
    assert len(values) == 19


@pytest.mark.slow
def test_notebooks_give_the_outputs_that_they_show() -> None:
    """In a process of its own, as the kernel and its client warn of much that is not ours."""
    done = subprocess.run([sys.executable, ROOT / "docs" / "notebook.py"], capture_output=True)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


@pytest.mark.parametrize("path", [*(ROOT / "docs" / "notebooks").glob("*.ipynb")], ids=str)
def test_notebooks_are_kept_with_their_pictures(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text and 'execution_count": 1' not in text
    shown = []
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            [output] = cell["outputs"]
            shown.append("".join(output["data"]["text/html"]))
    assert all(re.search("<t[dh]|<svg|<li>", html) for html in shown)
    assert sum(html.count("<svg ") for html in shown) >= 2


@given(st.text(), st.text())
def test_what_is_no_fragment_is_escaped(text: str, href: str) -> None:
    inner = joined([text, element("b", text, title=text), link(text, href)], text)
    html = joined([table([text], [[text], [inner]], 2), items([text, inner])])
    ET.fromstring(f"<div>{html}</div>")
    assert "<script" not in html.lower()
    assert isinstance(html, Fragment) and joined([html]) == html


def test_a_graph_says_what_it_holds_and_how_to_ask_it(graph: Graph) -> None:
    counts = graph.run("counts").rows[0]
    told = words(graph)
    assert graph.folder.title in told
    for kind in ("claims", "sources", "things"):
        assert f"{int(counts[kind].value)} {kind}" in told  # type: ignore[union-attr]
    listed = [row[0] for row in cells(graph)[1:]]
    assert listed == list(graph.queries)[:MOST]
    assert "As of 2013-07-01: the claims that are certain then." in words(
        allgraph.as_of(graph, "2013-07-01")
    )


def test_questions_are_a_table_with_their_parameters(graph: Graph) -> None:
    rows = cells(graph.queries)
    assert [row[0] for row in rows[1:]] == list(graph.queries)[:MOST]
    [row] = [row for row in rows if row[0] == "campaign-signatories"]
    query = graph.queries["campaign-signatories"]
    assert row[1] == query.title
    named = [f"{p.name}{'' if p.required else ' (optional)'}" for p in query.parameters]
    assert row[2] == ", ".join(named)


def test_a_question_says_what_it_needs_and_gives(graph: Graph) -> None:
    query = graph.queries["campaign-signatories"]
    assert [row[0] for row in cells(query)[1:]] == [each.name for each in query.parameters]
    assert [row[3] for row in cells(query)[1:]] == ["needed", "none"]
    assert query.help in words(query)
    assert words(query).endswith("Columns: " + ", ".join(query.columns).replace(",", " ,"))


def test_what_is_found_is_a_table_and_a_part_of_it_too(graph: Graph) -> None:
    found = graph.find("alliance")
    for things in (found, found[2:5], found[:0]):
        assert cells(things)[1:] == [[each.name, each.kind, each.iri] for each in things]
        assert words(things).endswith(f"{len(things)} thing{'s' * (len(things) != 1)}")
    assert links(found)[found[0].iri] == found[0].iri
    assert found[0] in found and [*found] == found


def test_claims_are_a_table_with_their_sources(graph: Graph) -> None:
    about = allgraph.claims(graph, about="Model Alliance")
    rows = cells(about)[1:]
    assert len(rows) == min(len(about), MOST)
    for row, claim in zip(rows, about, strict=False):
        assert row[0].startswith(str(claim)) and ("Disputed" in row[0]) == claim.disputed
        assert {each.title for each in claim.evidence} == {*row[1].split("; ")} - {""}
    assert words(about[:3]).endswith("3 claims")
    assert words(allgraph.claims(graph)).endswith(f"of {len(allgraph.claims(graph)):,} claims")


def test_a_ranking_is_a_table_that_says_what_is_counted(graph: Graph) -> None:
    found = allgraph.rank(graph, by="pagerank", limit=3)
    assert cells(found)[0] == ["", "name", "kind", "pagerank"]
    assert [row[1] for row in cells(found)[1:]] == [each.thing.name for each in found.ranked]
    assert "share of the time" in words(found)
    assert found.limits and all(limit in words(found) for limit in found.limits)


def test_a_broken_question_does_not_hide_the_graph(make_folder: MakeFolder) -> None:
    made = open_graph(make_folder({"queries/broken.rq": "SELECT nonsense"}))
    row = next(row for row in cells(made) if row[0] == "broken")
    assert "queries/broken.rq" in row[1]


def test_a_graph_elsewhere_is_not_counted(endpoint: str) -> None:
    remote = open_graph(endpoint=endpoint)
    assert endpoint in words(remote)
    gone = Graph(remote.folder, Remote("http://127.0.0.1:9/", remote.prefixes))
    with pytest.raises(EngineError):
        gone.run("counts")
    assert "127.0.0.1:9" in words(gone)


def test_rows_are_a_table_whose_iris_lead_there(graph: Graph) -> None:
    answer = graph.ask("founders", body="Model Alliance")
    table = cells(answer)
    assert table[0] == [answer.labels.get(name, name) for name in answer.columns]
    assert len(table) == len(answer) + 1
    for shown_row, row in zip(table[1:], answer.rows, strict=True):
        assert shown_row == [as_cell(graph.prefixes, row[column]) for column in answer.columns]
    assert [row[2] for row in table] == ["when", "2011", "February 2012"]
    assert links(answer)["id:sara-ziff"] == "https://w3id.org/allgraph/id/sara-ziff"
    assert f"{len(answer)} row" in words(answer)


def test_only_web_addresses_are_links() -> None:
    terms: list[Term | None] = [
        NamedNode("urn:x:y"),
        NamedNode("javascript:alert(1)"),
        BlankNode("b"),
        None,
    ]
    answer = Answer(("x",), tuple(Row(x=term) for term in terms))
    assert [row[0] for row in cells(answer)] == ["x", "urn:x:y", "javascript:alert(1)", "_:b", ""]
    assert not links(answer)


@pytest.mark.parametrize("count", [0, 1, MOST, MOST + 1, 12_345])
def test_a_long_answer_is_cut_and_says_so(count: int) -> None:
    rows = tuple(Row(n=Literal(n)) for n in range(count))
    answer = Answer(("n",), rows)
    assert [row[0] for row in cells(answer)[1:]] == [str(n) for n in range(min(count, MOST))]
    told = {0: "0 rows", 1: "1 row", MOST: "50 rows", MOST + 1: "The first 50 of 51 rows"}
    assert words(answer).endswith(told.get(count, "The first 50 of 12,345 rows"))


def test_a_long_text_is_cut() -> None:
    (cell,) = cells(Answer(("n",), (Row(n=Literal("x" * 10_000)),)))[1]
    assert cell.endswith("x…") and len(cell) < 1000


def test_yes_no_and_triples_are_told() -> None:
    assert words(Answer(value=True)) == "yes" and words(Answer(value=False)) == "no"
    triple = Triple(NamedNode(BASE), NamedNode("urn:p"), Literal("o"))
    answer = Answer(triples=(triple,))
    assert cells(answer) == [["subject", "predicate", "object"], [BASE, "urn:p", "o"]]
    assert words(answer).endswith("1 triple")


def test_a_path_is_drawn_and_told_with_its_sources(graph: Graph) -> None:
    found = allgraph.paths(graph, "Coco Rocha", "Andrew Cuomo", limit=3)
    for path in found:
        told = words(path)
        for step in path.steps:
            assert str(step) in told
        for evidence in path.evidence:
            assert evidence.title in told
            assert links(path)[evidence.title] in {
                each.page or each.source for each in path.evidence
            }
        drawn = list(shown(path).iter(SVG + "rect"))
        assert len(drawn) == len(path.things)
        assert len(re.findall('class="ag-arrow"', path._repr_html_())) == len(path)
    told = words(found)
    assert told.startswith("Coco Rocha to Andrew Cuomo: 3 paths")
    assert all(limit in told for limit in found.limits)
    assert len([*shown(found).iter(SVG + "svg")]) == 1  # of all paths


def test_an_arrow_of_a_path_leads_from_who_does_to_what_is_done(graph: Graph) -> None:
    """Whichever way the path is walked, and whichever name comes first in the sentence."""
    ends = ("Sara Ziff", "id:model-alliance-study")
    there, back = (allgraph.paths(graph, *some, limit=1)[0] for some in (ends, ends[::-1]))
    drawn = r'class="ag-arrow" d="M([\d.]+) [\d.]+L([\d.]+) '
    wing, tip = map(float, re.findall(drawn, there._repr_html_())[0])
    assert wing < tip
    wing, tip = map(float, re.findall(drawn, back._repr_html_())[0])
    assert tip < wing
    assert ">is an author of</text>" in there._repr_html_()


def test_what_was_said_in_a_claim_is_not_put_into_a_mouth_by_half(graph: Graph) -> None:
    path = allgraph.paths(graph, "Model Alliance", "Andrew Cuomo", limit=1)[0]
    assert path.steps[0].sentence.startswith("The Model Alliance announced that Andrew Cuomo")
    texts = " ".join(re.findall("<text[^>]*>([^<]*)</text>", path._repr_html_()))
    assert "announced that Andrew Cuomo" in texts


def test_where_there_is_no_path_the_reason_is_told(graph: Graph) -> None:
    found = allgraph.paths(graph, "Coco Rocha", "Andrew Cuomo", max_hops=1)
    assert not found and found.reasons
    told = words(found)
    assert "not connected" in told and all(str(reason)[1:] in told for reason in found.reasons)


def test_a_timeline_is_drawn_and_listed(graph: Graph) -> None:
    found = allgraph.timeline(graph, "Model Alliance")
    rows = cells(found)
    assert [row[0] for row in rows[1:]] == [entry.words for entry in found]
    assert all(
        row[1].startswith(entry.sentence) for row, entry in zip(rows[1:], found, strict=True)
    )
    assert any("(disputed)" in row[1] for row in rows)
    html = found._repr_html_()
    assert len(re.findall('class="ag-row ', html)) == len(found)
    told = words(found)
    assert found.undated and all(entry.sentence in told for entry in found.undated)
    cut = allgraph.timeline(graph, limit=2)
    assert all(limit in words(cut) for limit in cut.limits) and cut.limits


def test_a_timeline_of_what_has_no_date_is_a_list(graph: Graph) -> None:
    undated = allgraph.timeline(graph, "Shalom Harlow")
    assert not undated.entries and undated.undated
    assert "Nothing is dated." in words(undated) and "<svg" not in undated._repr_html_()


def test_what_two_things_share_is_a_table(graph: Graph) -> None:
    found = allgraph.between(graph, "Coco Rocha", "Karen Elson")
    rows = cells(found)
    assert rows[0][-2:] == ["Coco Rocha", "Karen Elson"]
    assert [row[1] for row in rows[1:]] == [each.thing.name for each in found.shared]
    for row, each in zip(rows[1:], found.shared, strict=True):
        assert all(str(claim) in row[3] for claim in each.first)
        assert all(str(claim) in row[4] for claim in each.second)
    nothing = allgraph.between(graph, "Shalom Harlow", "Andrew Cuomo")
    assert not nothing and "Nothing is tied to both" in words(nothing)


def test_neighbours_are_drawn_by_their_groups(graph: Graph) -> None:
    found = allgraph.neighbourhood(graph, "Model Alliance", hops=2, limit=60)
    html = found._repr_html_()
    near = [each for each in found.neighbours if each.hops == 1]
    assert {each.group for each in near} >= {"people", "bodies", "laws", "events", "others"}
    for group in {each.group for each in near}:
        drawn = len(re.findall(f'class="ag-node ag-{group}"', html))
        assert drawn == sum(each.group == group for each in near)
    assert all(each.group == "people" for each in near if each.thing.kind == "person")
    assert [row[1] for row in cells(found)[1:]] == [n.thing.name for n in found.neighbours][:MOST]
    assert all(limit in words(found) for limit in found.limits) and found.limits


def test_a_claim_says_what_must_be_known(graph: Graph) -> None:
    for claim in allgraph.claims(graph):
        told = words(claim)
        assert str(claim) in told
        assert ("Disputed" in told) == claim.disputed
        assert claim.note in told
        assert all(str(each.title) in told and each.note in told for each in claim.evidence)


def test_a_report_is_counted_and_listed() -> None:
    findings = tuple(
        Finding("a.ttl", n, "Violation" if n % 2 else "Warning", f"message {n}", "id:a", shape="S")
        for n in range(60)
    )
    report = Report(findings, 7)
    assert words(report).startswith("7 claims checked: 30 violations, 30 warnings")
    assert cells(report)[2] == ["Violation", "a.ttl:1", "message 1", "id:a", "S"]
    assert words(report).endswith("The first 50 of 60 findings")
    assert words(Report((), 7)) == "7 claims checked: no findings"
