"""Warnings about queries: terms that the graph does not have, and dates that are subtractions."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allgraph.cli import cli
from allgraph.graph import Graph, open_graph
from allgraph.graph.timeline import as_of
from allgraph.rdf.terms import text
from allgraph.server.http.reply import WARNINGS
from allgraph.sparql.tokens import tokens, whole
from allgraph.validation import query_warnings
from allgraph.validation.validate import validate
from tests.conftest import MANIFEST, MakeFolder
from tests.site.test_search_index import ask_script
from tests.support.endpoints import holding
from tests.support.serving import fetch, serving

NONE = [
    "SELECT ?s { ?s a ag:Person ; ag:founded id:model-alliance }",
    "ASK { ?s ag:when '2013'^^edtf:Nope, '2013'^^xsd:date FILTER(xsd:date(?s) = ex:f(1)) }",
    "PREFIX ex: <http://x.org/> CONSTRUCT { ?s ex:a [ ex:b ex:c ] } WHERE { ?s a ag:Person }",
    "PREFIX ex: <http://x.org/> ASK FROM ex:g FROM NAMED <http://x.org/g> { GRAPH ?g {} }",
    "SELECT ?s (COUNT(?o) AS ?n) $o { $s ?p ?o } GROUP BY ?s ?o ORDER BY ?n",
    "SELECT ?s ?x { ?s a ag:Person } VALUES ?x { 1 }",
    "SELECT * { { SELECT ?s { ?s a ag:Person } } }",
    "BASE <http://x.org/> ASK { ?s ag:founded+ <a> } # ag:nope",
    "ASK { ?s ?p 'ag:nope', \"<http://x.org/a>\" FILTER(STRSTARTS(STR(?s), STR(ag:))) }",
    "ASK { ?s ?p 2013, -07, 3.5 FILTER(?a - 1 > 2013 - 7) }",
    "ASK { SERVICE <http://x.org/sparql> { ?s ag:nope 1 } }",
    "ASK { ?s ag:founded id:model-alliance.?s a ag:Person. }",
    "ASK { ?s ag:nope 1 }" + " " * 20_000,  # too long to be looked through
]
DATE = 'write "2013-07-01"^^xsd:date for the day'
SOME = [
    ("ASK { ?s a ag:Persn }", "1, column 12: the graph has no ag:Persn; did you mean ag:Person?"),
    (
        "ASK {\n ?s ^ag:fonded 1 }",
        "2, column 6: the graph has no ag:fonded; did you mean ag:founded?",
    ),
    (
        "ASK { ?s rdfs:labl ?o }",
        "1, column 10: the graph has no rdfs:labl; did you mean rdfs:label?",
    ),
    ("DESCRIBE id:nope", "1, column 10: the graph has no id:nope"),
    ("ASK { ?s a ag:Nope }", "1, column 12: the graph has no ag:Nope"),
    (
        "ASK { ?s ?p ?o FILTER(?p = ag:fonded) }",
        "1, column 28: the graph has no ag:fonded; did you mean ag:founded?",
    ),
    ("SELECT ?s ?nme { ?s a ag:Person }", "1, column 11: ?nme is selected, and nowhere in WHERE"),
    (
        "ASK { GRAPH <http://x.org/g> { ?s ?p ?o } }",
        "1, column 13: there is no graph <http://x.org/g> here",
    ),
    (
        "ASK { GRAPH ag:derived { ?s ?p ?o } }",
        "1, column 13: there is no graph ag:derived here",
    ),
    ("ASK { id:coco ?p ?o }", "1, column 7: the graph has no id:coco"),
    (
        "ASK { id:coco-roca ?p 1 }",
        "1, column 7: the graph has no id:coco-roca; did you mean id:coco-rocha?",
    ),
    (
        "ASK { ?s <https://w3id.org/allgraph/ns#FOUNDED> ?o }",
        "1, column 10: the graph has no <https://w3id.org/allgraph/ns#FOUNDED>; "
        "did you mean ag:founded?",
    ),
    (
        "PREFIX ag: <http://x.org/ns#> ASK { ?s a ag:Person }",
        "1, column 42: the graph has no ag:Person; the prefix ag: of the graph stands for "
        "<https://w3id.org/allgraph/ns#>",
    ),
    (
        "PREFIX ex: <http://x.org/> CONSTRUCT { ?s ex:a 1 } WHERE { ?s ex:zzz 1, ex:zzz }",
        "1, column 63: the graph has no ex:zzz",
    ),
    ("CONSTRUCT WHERE { ?s ag:zzzzzz 1 }", "1, column 22: the graph has no ag:zzzzzz"),
    (
        "ASK { ?s ag:read ?d FILTER(?d > 2013-07-01) }",
        f"1, column 33: 2013-07-01 is a subtraction of numbers; {DATE}",
    ),
]  # fmt: skip


@pytest.mark.parametrize("sparql", NONE)
def test_what_is_right_gets_no_warning(graph: Graph, sparql: str) -> None:
    assert query_warnings.of(graph, sparql) == []


@pytest.mark.parametrize(("sparql", "warning"), SOME)
def test_unknown_terms_and_bare_dates_get_a_warning(
    graph: Graph, sparql: str, warning: str
) -> None:
    assert query_warnings.of(graph, sparql) == [f"line {warning}"]


PARTS = st.lists(
    st.sampled_from(
        ["SELECT", "ASK", "CONSTRUCT", "WHERE", "{", "}", "?s", "?o", "$s", "?only", "a", ";", ".",
         "ag:Person", "ag:Persn", "id:sara-ziff", "ex:a", "ex:", "PREFIX", "PREFIX ex: <http://x.org/>",
         "PREFIX ex:<https://w3id.org/allgraph/ns#>", "prefix ag: <http://x.org/>", "BASE <http://x/>",
         "<http://x.org/a>", "<https://w3id.org/allgraph/ns#Person>", "<a>", "GRAPH", "FROM",
         "'ag:x'", "# ag:x\n", "2013-07-01", "2013", "-07", "'2013'^^xsd:date", "^^", "ex:f(1)",
         "SERVICE", "ex:Person", "_:b", "\n", "(COUNT(?o) AS ?n)", "ag:a\\-b", "é:é", "<"]
    ),
    max_size=12,
).map(" ".join)  # fmt: skip


@given(PARTS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_short_look_finds_no_less_than_a_long_one(graph: Graph, sparql: str) -> None:
    if query_warnings._is_surely_right(graph, sparql):
        parts = [*whole(tokens(sparql))]
        for look in (query_warnings._bare_dates, query_warnings._unbound):
            assert [*look(sparql, parts)] == []
        assert [*query_warnings._unknown(graph, sparql, parts)] == []


def test_a_short_look_is_enough_for_usual_queries(graph: Graph) -> None:
    for sparql in (
        NONE[0],
        "PREFIX ex: <https://w3id.org/allgraph/ns#> ASK { ?s a ex:Person ; ?p ?s ; ?p 'x' }",
    ):
        assert query_warnings._is_surely_right(graph, sparql)


def test_the_script_of_a_page_without_a_server_warns_of_the_same(graph: Graph) -> None:
    queries = [*NONE, *(sparql for sparql, _ in SOME)]
    given = {"prefixes": graph.prefixes, "queries": queries}
    asked = ask_script(  # as much as it asks when no IRI is known
        """(async () => {
            const asked = new Set(), select = async (query) => asked.add(query) && [];
            for (const query of value.queries) await warningsOf(query, value.prefixes, select);
            return [...asked];
        })()""",
        given,
    )
    given["answers"] = {
        query: [text(row["term"]) for row in graph.sparql(query).rows] for query in asked
    }
    warnings = ask_script(
        """Promise.all(value.queries.map((query) =>
            warningsOf(query, value.prefixes, async (asked) => value.answers[asked])))""",
        given,
    )
    assert warnings == [query_warnings.of(graph, query) for query in queries]


def test_a_graph_that_only_from_names_gets_no_warning(graph: Graph) -> None:
    query = "ASK FROM NAMED ag:derived { GRAPH ag:derived { ?s ?p ?o } }"
    assert query_warnings.of(graph, query) == []
    assert graph.sparql(query).value is True


def test_there_are_few_and_short_warnings(graph: Graph) -> None:
    terms = " ".join(f"?p <http://x.org/{number}{'x' * 900}> ." for number in range(9))
    warnings = query_warnings.of(graph, f"ASK {{ {terms} }}".replace("?p <", "?s ?p <"))
    assert len(warnings) == query_warnings.MOST
    assert max(map(len, warnings)) < 200


def test_each_part_of_a_triple_is_looked_up(make_folder: MakeFolder) -> None:
    data = "<http://x.org/s> <http://x.org/p> <http://x.org/o> ."
    graph = open_graph(make_folder({"data/a.ttl": data}))
    sparql = "ASK { ?a ?b <http://x.org/s>, <http://x.org/p>, <http://x.org/o>, <http://x.org/q> }"
    warnings = ["line 1, column 67: the graph has no <http://x.org/q>"]
    assert query_warnings.of(graph, sparql) == warnings


def test_a_view_is_a_graph_too(graph: Graph) -> None:
    assert query_warnings.of(as_of(graph, "2013-07-01"), "ASK { ?s a ag:Persn }")


def test_an_endpoint_is_asked_about_the_terms_at_once(graph: Graph) -> None:
    with holding(graph.store) as endpoint:
        remote = open_graph(endpoint=endpoint.url)
        for sparql in NONE:
            assert query_warnings.of(remote, sparql) == []
        assert query_warnings.of(remote, "ASK { GRAPH ?g { ?s ag:nope 1 } }") == []
        assert query_warnings.of(remote, "ASK FROM <http://x.org/g> { ?s ag:nope 1 }") == []
        assert len(endpoint.asked) <= len(NONE)
        for sparql, warning in SOME:
            endpoint.asked.clear()
            # of things, whose names may be very many, none is suggested
            expected = f"line {warning}".replace("; did you mean id:coco-rocha?", "")
            here = [expected] if "GRAPH" not in sparql else []  # whose graphs are not looked up
            assert query_warnings.of(remote, sparql) == here
            assert len(endpoint.asked) <= 2


def test_an_endpoint_that_does_not_answer_gives_no_warning(graph: Graph) -> None:
    with holding(()) as endpoint:
        remote = open_graph(endpoint=endpoint.url)
        assert query_warnings.of(remote, "ASK { ?s a ag:Persn }") == []  # nothing is known there
        endpoint.status = 500
        assert query_warnings.of(remote, "ASK { ?s a ag:Persn }") == []


DEPRECATION = """
@prefix ag: <https://w3id.org/allgraph/ns#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
ag:hadBacked owl:deprecated true ; dcterms:isReplacedBy ag:hasBacked .
ag:hasBacked a owl:ObjectProperty .
"""
DEPRECATED = "line 1, column 10: ag:hadBacked is deprecated; use ag:hasBacked"


@pytest.fixture
def older(make_folder: MakeFolder) -> Graph:
    """A graph whose ontology has a deprecated term, and a question that uses it."""
    question = "# Who?\n#\n# Absence\nSELECT ?s WHERE {%s ?s ag:hadBacked ?o }"
    files = {
        "ontology/own.ttl": DEPRECATION,
        "queries/backers.rq": question % "",
        "queries/misspelt.rq": question % " ?s a ag:Persn, ag:derived, id:nobody ;\n ag:zzzz 1 .",
    }
    return open_graph(make_folder(files))


def test_a_deprecated_term_gets_a_warning(older: Graph) -> None:
    for graph in (older, as_of(older, "2020-01-01"), older.including_withdrawn):
        assert query_warnings.of(graph, "ASK { ?s ag:hadBacked ?s ; ag:hadBacked ?s }") == [
            DEPRECATED
        ]
        whole = "ASK { ?s <https://w3id.org/allgraph/ns#hadBacked> ?s }"
        assert query_warnings.of(graph, whole) == [DEPRECATED]
        assert (
            query_warnings.of(graph, "ASK { ?s ag:hasBacked ?s FILTER(?s = 'ag:hadBacked') }") == []
        )
    (warning,) = query_warnings.of(older, "ASK { ?s ag:haBacked ?s }")
    assert warning.endswith("did you mean ag:hasBacked?")


def test_a_deprecated_term_at_an_endpoint_gets_a_warning(older: Graph) -> None:
    with holding(older.store) as endpoint:
        remote = open_graph(older.folder.root, endpoint=endpoint.url)
        assert query_warnings.of(remote, "ASK { ?s ag:hadBacked ?s }") == [DEPRECATED]


def test_a_question_with_a_deprecated_term_says_so(older: Graph) -> None:
    advice = "ag:hadBacked is deprecated; use ag:hasBacked"
    assert query_warnings.of_question(older, older.queries["backers"]) == [advice]
    run = CliRunner().invoke(cli, ["--graph", str(older.folder.root), "ask", "backers"])
    assert f"allgraph: warning: {advice}\n" in run.stderr
    with serving(folder=older.folder.root) as server:
        for path, warning in (
            ("ask/backers?format=json", advice),
            ("sparql?query=" + quote("ASK { ?s ag:hadBacked ?s }"), DEPRECATED),
        ):
            assert warning in json.loads(fetch(f"{server}/{path}").headers[WARNINGS.lower()])


def test_a_question_with_an_unknown_term_says_so(older: Graph) -> None:
    for graph in (older, as_of(older, "2020-01-01")):
        assert query_warnings.of_question(graph, older.queries["misspelt"]) == [
            "the graph has no ag:Persn; did you mean ag:Person?",
            "the graph has no ag:zzzz",
            "ag:hadBacked is deprecated; use ag:hasBacked",
        ]
    found = [f for f in validate(older).findings if f.shape == "unknown-term"]
    assert [(f.severity, f.line, f.message) for f in found] == [
        ("Warning", 4, "the graph has no ag:Persn; did you mean ag:Person?"),
        ("Warning", 5, "the graph has no ag:zzzz"),
    ]


def test_no_question_of_the_package_has_an_unknown_or_deprecated_term(graph: Graph) -> None:
    for query in (*graph.queries.values(), *graph.profile_files.values()):
        assert query_warnings.of_question(graph, query) == []


def test_nothing_of_the_ontology_is_known(make_folder: MakeFolder) -> None:
    files = {"data/a.ttl": "<x:a> <x:b> <x:c> .", "queries/q.rq": "# A?\nASK { ?s ag:nope 1 }"}
    graph = open_graph(make_folder(files, manifest=MANIFEST + "extends = false\n"))
    assert query_warnings.of_question(graph, graph.queries["q"]) == []
    assert [f.shape for f in validate(graph).findings if "term" in f.shape] == []
