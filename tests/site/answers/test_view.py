"""Answers as tables that a person can read."""

from __future__ import annotations

from dataclasses import replace

from pyoxigraph import Literal, NamedNode

from allgraph.graph import as_json, open_graph
from allgraph.site.answers import view as answer_view
from allgraph.site.answers.view import ShownRow, ShownTable
from allgraph.site.claim_view import ShownSource
from allgraph.site.site import Site
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.questions import parse_query

GRAPH = open_graph()
SITE = Site(GRAPH)


def shown(name: str, **values: str) -> ShownTable:
    query, answer = GRAPH.queries[name], GRAPH.ask(name, **values)
    behind = as_json.behind(GRAPH, query, answer)
    return answer_view.table(SITE, query, answer, behind, 1000)


def test_the_name_of_a_thing_is_a_link_and_its_iri_has_no_column() -> None:
    table = shown("founders", body="Model Alliance")
    assert [label for _, label in table.columns] == ["who", "when"]
    assert str(table.rows[0].cells[0]) == (
        f'<a href="{SITE.root}/page/sara-ziff"><bdi>Sara Ziff</bdi></a>'
    )
    assert [row.cells[1] for row in table.rows] == ["2011", "February 2012"]


def test_equal_rows_are_one_with_the_claims_and_sources_of_all() -> None:
    table = shown("board-on-day", body="Model Alliance", day="2014-05-01")
    assert len(table.rows) < table.count
    names = [str(row.cells[0]) for row in table.rows]
    assert len(names) == len({*names})
    elson = next(row for row in table.rows if "Karen Elson" in row.cells[0])
    claims = [view.claim.iri for view in elson.claims]
    assert len(claims) == len({*claims}) > 2
    cited = {evidence.title for view in elson.claims for evidence in view.claim.evidence}
    assert {source.title for source in elson.sources} == cited


def test_columns_without_values_are_left_out_and_named() -> None:
    table = shown("letters-of-a-person", who="Edie Campbell")
    columns = {label for _, label in table.columns} | {*table.empty}
    assert columns == {"letter or petition", "how", "when"}
    query = parse_query("# Q\nSELECT ?thing ?name ?when {}", "q", "q.rq", GRAPH.prefixes)
    row = Row(thing=NamedNode("https://example.org/a"), name=None, when=None)
    table = answer_view.table(SITE, query, Answer(query.columns, (row,)), [], 10)
    assert table.empty == ("when",)
    assert [column for column, _ in table.columns] == ["name"]  # a thing without a name has an IRI


def test_a_sentence_leads_to_its_claim_and_a_rival_to_its_own() -> None:
    row = shown("conflicts", thing="Keith Wright").rows[0]
    claims = [view.address for view in row.claims]
    assert len(claims) == 2
    assert [
        f'href="{claim}"' in str(row.cells[at]) for at, claim in zip((0, 2), claims, strict=True)
    ]
    assert row.cells[0] != row.cells[2]


def test_a_hostile_text_is_not_yet_html() -> None:
    query = parse_query("# Q\nSELECT ?what {}", "q", "q.rq", GRAPH.prefixes)
    answer = Answer(("what",), (Row(what=Literal("<img src=x onerror=alert(1)>")),))
    (cell,) = answer_view.table(SITE, query, answer, [], 10).rows[0].cells
    assert type(cell) is str
    iri = NamedNode("javascript:alert(1)")
    answer = replace(answer, rows=(Row(what=iri),))
    (cell,) = answer_view.table(SITE, query, answer, [], 10).rows[0].cells
    assert "href" not in str(cell)


def test_the_summary_of_sources_is_short() -> None:
    source = ShownSource(
        "", f"A very long title of an article, {'very ' * 6}much longer than a line", "ring"
    )
    assert (
        ShownRow((), sources=(source,)).summary
        == f"A very long title of an article, {'very ' * 6}much…"
    )
    assert ShownRow((), sources=(source, source)).summary.endswith("much… and 1 more")
    assert ShownRow(()).summary == "no source"
    assert source.words == "interpreted"
