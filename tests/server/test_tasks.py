"""Tasks of a server, called in this process: the answers to questions, and their pages."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

import pytest

from allgraph.errors import ParameterError
from allgraph.graph import Graph, open_graph
from allgraph.graph.timeline import timeline
from allgraph.model.names import fold
from allgraph.rdf.formats import Kind
from allgraph.server import api, openapi, tasks
from allgraph.server.http.negotiation import wanted
from allgraph.server.http.reply import WARNINGS, TaskResult
from allgraph.server.state import Served
from tests.conftest import MakeFolder
from tests.support.endpoints import holding
from tests.support.serving import whole

TYPES = {"rows": "text/csv; charset=utf-8"}
CAMPAIGN = {"campaign": "RESPECT Program"}
REVERSED = {"first": "2013-01-01", "last": "2012-12-31"}
SENSELESS: dict[str, dict[str, str]] = {
    "last: 2012-12-31 is before first, 2013-01-01; nothing can be between them": REVERSED,
    "first: 1700-01-01 is before all dates in this graph; the first is 1995-01-01": {
        "first": "1700-01-01", "last": "2013-01-01", "thing": "Coco Rocha",
        "as-of": "2000-01-01", "possible": "true",
    },
    "as-of: 1700-01-01 is before all dates in this graph; the first is 1995-01-01": {
        "first": "2013-01-01", "last": "2013-01-01", "as-of": "1700-01-01"
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def served(graph: Graph) -> Served:
    return Served(graph, "/")


def asked(served: Served, question: str, values: Mapping[str, str], shown: str = "") -> TaskResult:
    return tasks.ask(served, question, [*values.items()], TYPES, shown)


def body(reply: TaskResult) -> str:
    return whole(reply).decode()


def page(served: Served, question: str, values: Mapping[str, str]) -> tuple[int, str, str]:
    """The status, text and HTML of the page of a question that is asked."""
    reply = tasks.question(served, question, [*values.items()], is_asked=True)
    markup = body(reply)
    return reply.status, html.unescape(re.sub(r"<[^>]*>", "", markup)), markup


def warnings(reply: TaskResult) -> list[str]:
    written = reply.headers.get(WARNINGS, "[]")
    assert written.isascii()
    return list(json.loads(written))


@pytest.mark.parametrize("remark", SENSELESS)
def test_dates_that_make_no_sense_are_remarked_on_in_each_form(served: Served, remark: str) -> None:
    values = SENSELESS[remark]
    for options, shown in (({}, ""), ({}, "text"), ({"sources": "true"}, "")):
        reply = asked(served, "happened-between", {**values, **options}, shown)
        assert warnings(reply) == [remark]
    status, text, _ = page(served, "happened-between", values)
    assert (status, f"{remark}." in text) == (200, True)


EARLY = "as-of: 1700-01-01 is before all dates in this graph; the first is 1995-01-01"


@pytest.mark.parametrize("type", ["application/json", "text/plain", "text/html"])
@pytest.mark.parametrize("route", ["show", "between", "paths", "timeline", "rank"])
def test_a_day_before_all_dates_is_remarked_on_at_each_route(
    graph: Graph, route: str, type: str
) -> None:
    served = Served(graph, "https://example.org/")
    ends = {"from": "Coco Rocha", "to": "Andrew Cuomo"}
    names = {"show": {"thing": "Coco Rocha"}, "timeline": {}, "rank": {}}.get(route, ends)
    for day, remarks in (("1700-01-01", [EARLY]), ("2014-01-01", [])):
        pairs = [*{**names, "as-of": day}.items()]
        assert warnings(api.answer(served, route, pairs, type)) == remarks


def test_an_answer_that_makes_sense_has_no_warning(served: Served) -> None:
    reply = asked(served, "campaign-signatories", {**CAMPAIGN, "since": "1700-01-01"})
    assert body(reply).count("\n") > 10 and warnings(reply) == []


def test_rows_may_be_limited_and_what_is_cut_is_said(served: Served) -> None:
    whole = asked(served, "campaign-signatories", CAMPAIGN)
    count = body(whole).count("\r\n") - 1
    note = f"the first 2 rows of {count}; ask for more with `limit`"
    cut = asked(served, "campaign-signatories", {**CAMPAIGN, "limit": "2"})
    assert body(whole).startswith(body(cut)) and body(cut).count("\r\n") == 3
    assert warnings(cut) == [note] and warnings(whole) == []
    cited = asked(served, "campaign-signatories", {**CAMPAIGN, "limit": "2", "sources": ""})
    document = json.loads(body(cited))
    assert (len(document["rows"]), document["complete"]) == (2, False)
    assert document["limits"] == warnings(cited) == [note]
    enough = asked(served, "campaign-signatories", {**CAMPAIGN, "limit": str(count)})
    assert body(enough) == body(whole) and warnings(enough) == []


def next_values(reply: TaskResult) -> dict[str, str]:
    """The parameters of the address of the rows that follow; empty if there are none."""
    link = re.fullmatch(r'<\?(.*)>; rel="next"', reply.headers.get("Link", '<?>; rel="next"'))
    assert link
    return dict(parse_qsl(link[1]))


@pytest.mark.parametrize("options", [{}, {"as-of": "2018-12-31", "possible": "true"}])
def test_pages_of_rows_are_the_whole_answer_in_its_order(
    served: Served, options: Mapping[str, str]
) -> None:
    values = {**CAMPAIGN, **options}
    header, *whole = body(asked(served, "campaign-signatories", values)).splitlines()
    rows, given, notes = [], {**values, "limit": "4"}, []
    while given:
        reply = asked(served, "campaign-signatories", given)
        assert body(reply).splitlines()[0] == header
        rows += body(reply).splitlines()[1:]
        given = next_values(reply)
        notes += warnings(reply)
    assert rows == whole and len(notes) == -(-len(whole) // 4)
    assert notes[1] == f"rows 5 to 8 of {len(whole)}"


def test_json_with_sources_has_the_cursor_too(served: Served) -> None:
    reply = asked(served, "campaign-signatories", {**CAMPAIGN, "limit": "2", "sources": "true"})
    document = json.loads(body(reply))
    assert document["next"] == next_values(reply)["cursor"]
    rest = {**CAMPAIGN, "cursor": document["next"], "sources": "true"}
    last = json.loads(body(asked(served, "campaign-signatories", rest)))
    assert "next" not in last and not last["complete"] and last["rows"]


def test_a_file_is_named_after_the_question_and_has_the_sources_of_its_rows(
    served: Served,
) -> None:
    pairs = [("body", "Model Alliance"), ("day", "2014-05-01")]
    plain = tasks.ask(served, "board-on-day", pairs, TYPES, "", format="csv")
    name = "board-on-day_body-model-alliance_day-2014-05-01"
    assert plain.headers["Content-Disposition"] == f'inline; filename="{name}.csv"'
    cited = [*pairs, ("sources", "true")]
    reply = tasks.ask(served, "board-on-day", cited, TYPES, "", format="csv")
    named = f'inline; filename="{name}_with-sources.csv"'
    assert reply.headers["Content-Disposition"] == named
    rows = [*csv.DictReader(body(reply).splitlines())]
    assert len(rows) > len(body(plain).splitlines())
    assert all(row["name"] and row["citedClaim"] and row["citedTitle"] for row in rows)
    assert tasks.ask(served, "board-on-day", cited, TYPES, "").type == "application/json"


def test_the_server_sends_no_more_rows_than_it_may_and_says_so(served: Served) -> None:
    pairs = [*CAMPAIGN.items()]
    reply = tasks.ask(served, "campaign-signatories", pairs, TYPES, "", format="csv", most_rows=3)
    assert body(reply).count("\r\n") == 4 and "the first 3 rows of" in warnings(reply)[0]
    assert next_values(reply).keys() == {"campaign", "cursor", "format"}


ARRANGED = [
    *CAMPAIGN.items(), ("where", "name:contains:a"), ("where", "name:after:b"), ("sort", "-name"),
]  # fmt: skip


def names(format: str, text: str) -> list[str]:
    """The names in the rows of an answer, in their order."""
    if format == "xml":
        return re.findall(r'name="name"><literal[^>]*>([^<]*)<', text)
    if format == "json":
        bindings = json.loads(text)["results"]["bindings"]
        return [row["name"]["value"] for row in bindings]
    if format == "sources":
        return [row["values"]["name"] for row in json.loads(text)["rows"]]
    if format == "text":
        return re.findall(r"^who +(.*)$", text, re.MULTILINE)
    header, *lines = (re.split(r"\t|,", line) for line in text.splitlines())
    place = [column.strip("?") for column in header].index("name")
    return [line[place].strip('"') for line in lines]


@pytest.mark.parametrize("format", ["csv", "tsv", "json", "xml", "text", "sources"])
def test_rows_are_filtered_sorted_and_paged_alike_in_each_format(
    served: Served, format: str
) -> None:
    whole_answer = names("csv", body(asked(served, "campaign-signatories", CAMPAIGN)))
    kept = [name for name in whole_answer if "a" in name.lower() and name.lower() > "b"]
    expected = sorted(kept, key=str.lower, reverse=True)
    types = {"rows": negotiated(format)} if format not in ("text", "sources") else {}
    shown = "text/plain" if format == "text" else ""
    given = [*ARRANGED, ("limit", "5"), *([("sources", "true")] if format == "sources" else [])]
    rows: list[str] = []
    while given:
        reply = tasks.ask(served, "campaign-signatories", given, types, shown)
        rows += names(format, body(reply))
        link = re.fullmatch(r'<\?(.*)>; rel="next"', reply.headers.get("Link", ""))
        given = parse_qsl(link[1]) if link else []
    assert rows == expected and len(expected) > 10


def negotiated(format: str) -> str:
    return wanted(None, format)["rows"]


def test_a_cursor_is_that_of_the_same_order_and_conditions(served: Served) -> None:
    given = [*ARRANGED, ("limit", "2")]
    cursor = next_values(tasks.ask(served, "campaign-signatories", given, TYPES, ""))["cursor"]
    same = [*given, ("where", "name:not-empty"), ("cursor", cursor)]
    assert body(tasks.ask(served, "campaign-signatories", same, TYPES, ""))
    for changed in ([*CAMPAIGN.items()], given[:-2], [*given, ("where", "name:not-contains:b")]):
        pairs = [*changed, ("cursor", cursor)]
        with pytest.raises(ParameterError, match="cursor: it belongs to another answer"):
            tasks.ask(served, "campaign-signatories", pairs, TYPES, "")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("where", "nobody:is:x"), "the answer has no column “nobody”; there are thing, name"),
        (("sort", "name,-nobody"), "the answer has no column “nobody”; there are thing, name"),
        (("where", "name~:x"), "“name~:x” is no condition; write COLUMN:RELATION:VALUE"),
    ],
)
def test_a_wrong_column_or_condition_is_told(
    served: Served, option: tuple[str, str], message: str
) -> None:
    with pytest.raises(ParameterError) as told:
        tasks.ask(served, "campaign-signatories", [*CAMPAIGN.items(), option], TYPES, "")
    assert message in told.value.message
    status, text, _ = page(served, "campaign-signatories", {**CAMPAIGN, **dict([option])})
    assert status == 400 and message in text


def test_the_heads_of_columns_sort_a_page(served: Served) -> None:
    values = {**CAMPAIGN, "where": "name:contains:an", "limit": "2"}
    _, text, markup = page(served, "campaign-signatories", values)
    assert "where: name:contains:an" in text
    for sort, order in (("name", "ascending"), ("-name", "descending")):
        link = re.search(r'href="[^"?]*\?([^"]*)">who</a></th>', markup)
        assert link
        given = dict(parse_qsl(html.unescape(link[1])))
        assert given == {**values, "sort": sort, "format": "html"}
        del given["format"]
        _, _, markup = page(served, "campaign-signatories", given)
        assert f'aria-sort="{order}"' in markup and markup.count('aria-sort="none"') > 0


def test_sort_and_where_of_the_question_go_before_those_of_all(make_folder: MakeFolder) -> None:
    question = (
        "# Q\n# $sort  text  S.\n# $where  text  W.\n"
        "SELECT ?x ?y { VALUES ?y { 2 1 } BIND(CONCAT($sort, $where) AS ?x) } ORDER BY DESC(?y)"
    )
    served = Served(open_graph(make_folder({"queries/of.rq": question})), "/")
    reply = asked(served, "of", {"sort": "y", "where": "z"})
    assert body(reply) == "x,y\r\nyz,2\r\nyz,1\r\n"


def listed(served: Served, route: str, given: list[tuple[str, str]], type: str) -> list[str]:
    """What an answer lists, page by page: names of things or sentences of entries."""
    items: list[str] = []
    while given:
        reply = api.answer(served, route, given, type)
        text = body(reply)
        if type == "text/csv":
            items += [row["sentence"] for row in csv.DictReader(text.splitlines())]
        elif route == "find":
            found = json.loads(text) if type == "application/json" else text.splitlines()[2:]
            items += [each["name"] if isinstance(each, dict) else each[:20] for each in found]
        else:
            document = json.loads(text)
            items += [each["sentence"] for each in document["entries"] + document["undated"]]
            assert document["complete"] is (not warnings(reply))
        link = re.fullmatch(r'<\?(.*)>; rel="next"', reply.headers.get("Link", ""))
        assert warnings(reply) or not link
        given = parse_qsl(link[1]) if link else []
    return items


def test_a_search_is_filtered_sorted_and_paged(served: Served) -> None:
    found = listed(served, "find", [("q", "a")], "application/json")
    people = {thing.name for thing in served.graph.find("a") if thing.kind == "person"}
    given = [("q", "a"), ("where", "kind:is:Person"), ("sort", "-name"), ("limit", "7")]
    expected = sorted((name for name in found if name in people), key=fold, reverse=True)
    assert listed(served, "find", given, "application/json") == expected and len(expected) > 20
    shown = listed(served, "find", given, "text/plain")
    assert len(shown) == len(expected)
    assert all(line.startswith(name[:8]) for line, name in zip(shown, expected, strict=True))


@pytest.mark.parametrize("type", ["application/json", "text/csv"])
def test_a_timeline_is_filtered_sorted_and_paged(served: Served, type: str) -> None:
    whole_timeline = timeline(served.graph)
    first = [("where", "when:before:2013"), ("where", "sentence:contains:alliance")]
    dated = [
        entry for entry in whole_timeline.entries
        if entry.end and entry.end < (2013, 1, 1) and "alliance" in entry.sentence.lower()
    ]  # fmt: skip
    asked_for = listed(served, "timeline", [*first, ("limit", "3")], type)
    surely = [entry.sentence for entry in dated if "?" not in entry.when and "~" not in entry.when]
    assert asked_for == surely and len(surely) > 3
    ordered = listed(served, "timeline", [*first, ("sort", "-sentence"), ("limit", "3")], type)
    assert ordered == sorted(surely, key=lambda sentence: (fold(sentence), sentence), reverse=True)


def test_pages_of_a_timeline_are_all_of_it(served: Served) -> None:
    whole_timeline = timeline(served.graph, "Model Alliance")
    given = [("thing", "Model Alliance"), ("limit", "4")]
    entries = listed(served, "timeline", given, "application/json")
    dated = [entry.sentence for entry in whole_timeline.entries]
    undated = [entry.sentence for entry in whole_timeline.undated]
    assert sorted(entries) == sorted([*dated, *undated]) and len(dated) > 8
    with pytest.raises(ParameterError, match="cursor: "):
        api.answer(served, "timeline", [*given, ("cursor", "4.0.0123456789abcdef")], "text/csv")


@pytest.mark.parametrize("cursor", ["x", "0.0123456789abcdef", "99999.0123456789abcdef"])
def test_a_cursor_of_another_answer_is_an_error(served: Served, cursor: str) -> None:
    with pytest.raises(ParameterError, match="cursor: "):
        asked(served, "campaign-signatories", {**CAMPAIGN, "cursor": cursor})
    status, text, _ = page(served, "campaign-signatories", {**CAMPAIGN, "cursor": cursor})
    assert status == 400 and "cursor: " in text


def test_a_cursor_holds_as_long_as_the_answer_is_the_same(served: Served, graph: Graph) -> None:
    given = next_values(asked(served, "campaign-signatories", {**CAMPAIGN, "limit": "2"}))
    reopened = Served(open_graph(), "/")
    same = body(asked(reopened, "campaign-signatories", given))
    assert same == body(asked(served, "campaign-signatories", given))
    with pytest.raises(ParameterError, match="the data have changed since"):
        asked(served, "campaign-signatories", {**given, "as-of": "2018-12-31"})


def test_a_page_leads_to_the_rows_that_follow(served: Served) -> None:
    _, _, markup = page(served, "campaign-signatories", {**CAMPAIGN, "limit": "2"})
    link = re.search(r'href="[^"?]*\?([^"]*)" rel="next"', markup)
    assert link
    given = dict(parse_qsl(html.unescape(link[1])))
    assert given.pop("format") == "html"
    _, text, _ = page(served, "campaign-signatories", given)
    assert re.search(r"Rows 3 to 4 of \d\d+\.", text)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "10000000"])
def test_a_limit_is_a_number_from_1(served: Served, limit: str) -> None:
    values = {**CAMPAIGN, "limit": limit}
    with pytest.raises(ParameterError, match="limit"):
        asked(served, "campaign-signatories", values)
    status, text, markup = page(served, "campaign-signatories", values)
    assert status == 400 and "limit" in text
    assert f'name="limit" value="{limit}"' in markup


def test_a_page_says_what_is_cut_and_its_downloads_are_the_same_answer(served: Served) -> None:
    options = {"as-of": "2018-12-31", "possible": "true", "limit": "2"}
    given = {**CAMPAIGN, **options, "sources": "true"}
    status, text, markup = page(served, "campaign-signatories", given)
    assert markup.count("sources=true") == 1  # the file with the sources
    assert status == 200 and re.search(r"The first 2 rows of \d\d+: \d+ certain", text)
    assert "as of: 2018-12-31, possible: true, limit: 2" in text
    for option in ("as-of=2018-12-31", "possible=true", "limit=2"):
        assert f"{option}&amp;" in markup.partition("This answer as:")[2]
    assert 'name="limit" value="2"' in markup


def test_a_query_of_graphs_of_an_endpoint_gets_no_warning(graph: Graph) -> None:
    types: dict[Kind, str] = {"yes-no": "text/csv"}
    with holding(graph.store) as endpoint:
        served = Served(open_graph(endpoint=endpoint.url), "/")
        reply = tasks.query(served, "ASK { ?s a ag:Persn }", types, [], [])
        assert warnings(reply) == [
            "line 1, column 12: the graph has no ag:Persn; did you mean ag:Person?"
        ]
        reply = tasks.query(served, "ASK { ?s a ag:Persn }", types, ["http://x.org/g"], [])
        assert warnings(reply) == []


def test_a_limit_of_the_question_goes_before_that_of_all(make_folder: MakeFolder) -> None:
    question = (
        "# Q\n# $limit  number  L. [7]\nSELECT ?x ?y { VALUES ?y { 1 2 } BIND($limit AS ?x) }"
    )
    served = Served(open_graph(make_folder({"queries/of.rq": question})), "/")
    reply = asked(served, "of", {"limit": "1"})
    assert body(reply) == "x,y\r\n1,1\r\n1,2\r\n" and warnings(reply) == []
    parameters = openapi.document(served)["paths"]["/ask/of"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters].count("limit") == 1
    assert page(served, "of", {"limit": "1"})[2].count('id="f-limit"') == 1


def test_a_question_with_a_cursor_of_its_own_has_no_next(make_folder: MakeFolder) -> None:
    question = "# Q\n# $cursor  text  C.\nSELECT ?x ?y { VALUES ?y { 2 1 } BIND($cursor AS ?x) }"
    served = Served(open_graph(make_folder({"queries/of.rq": question})), "/")
    reply = asked(served, "of", {"cursor": "c", "limit": "1"})
    assert body(reply) == "x,y\r\nc,1\r\n" and warnings(reply)
    assert "Link" not in reply.headers


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"q": "a" * 3000}, "q may have at most 2000 characters"),
        ({"q": "a" * 1001}, "the name has 1001 characters; the limit is 1000"),
        ({"name": "Coco"}, "there is no parameter “name” here; there are q, where, sort, limit"),
        ({"q": "a", "where": "x:is:y"}, "the answer has no column “x”; there are iri, curie, name"),
    ],
)
def test_the_page_of_a_search_says_what_is_wrong(
    served: Served, given: dict[str, str], message: str
) -> None:
    reply = api.answer(served, "find", [*given.items()], "text/html")
    text = html.unescape(body(reply))
    assert reply.status == 400 and message in text
    assert "Nothing is named so" not in text and "All names" not in text
    assert f'name="q" value="{given.get("q", "")}"' in text


def test_a_wrong_kind_of_thing_is_an_error_with_the_way_out(served: Served) -> None:
    values = {"person": "id:ny-2013-s5486"}  # which has ties, so there would be rows
    with pytest.raises(ParameterError, match=r"is a bill, not a person; .*: take id:andrew-cuomo"):
        asked(served, "shared-ties", values)
    status, text, _ = page(served, "shared-ties", values)
    assert status == 400 and "is a bill, not a person; " in text
