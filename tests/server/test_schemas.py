"""The JSON Schemas of the OpenAPI document tell every key of the answers, and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from allgraph.graph import Graph
from allgraph.server import api, openapi, schemas, tasks
from allgraph.server.state import Served
from allgraph.sparql.questions import Query
from tests.support.serving import whole

DAY = ["as-of", "2014-01-01"]
ENDS = [["from", "Jeffrey Klein"], ["to", "Diane Savino"]]
ASKED: list[tuple[str, str, list[list[str]]]] = [
    ("ask", "Questions", []),
    ("find", "Things", [["q", "a"]]),
    ("show", "Shown", [["thing", "Coco Rocha"], ["hops", "1"]]),
    ("show", "Shown", [["thing", "claim:founding-2011"], DAY, ["possible", "true"]]),
    ("show", "Shown", [["thing", "source:model-alliance"]]),
    ("paths", "Paths", [*ENDS, DAY, ["together", "true"], ["withdrawn", "true"]]),
    ("paths", "Paths", [*ENDS, ["max-hops", "2"], ["hub-limit", "1"]]),
    ("between", "Between", [*ENDS, DAY]),
    ("timeline", "Timeline", []),
    ("rank", "Ranking", [["by", "pagerank"], ["limit", "3"]]),
]  # fmt: skip


@pytest.fixture(scope="module")
def served(graph: Graph) -> Served:
    return Served(graph, "http://127.0.0.1:8000/")


@pytest.fixture(scope="module")
def document(served: Served) -> dict[str, Any]:
    """The OpenAPI document, with schemas that let no other key pass."""
    return {"components": closed(openapi.document(served)["components"])}


def closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    is_open = schema.get("type") != "object" or "properties" not in schema
    return inner if is_open else {**inner, "additionalProperties": False}


def check(document: dict[str, Any], name: str, value: object) -> None:
    schema = {**schemas.ref(name), **document}
    Draft202012Validator(schema).validate(value)


@pytest.mark.parametrize(("route", "name", "pairs"), ASKED)
def test_answers_have_the_keys_of_their_schema(
    served: Served, document: dict[str, Any], route: str, name: str, pairs: list[list[str]]
) -> None:
    value = json.loads(whole(api.answer(served, route, pairs, "application/json")))
    check(document, name, value)
    one: dict[str, Any] = value[0] if isinstance(value, list) else value
    for wrong in ({**one, "more": 1}, dict([*one.items()][1:])):
        with pytest.raises(ValidationError):
            check(document, name, [wrong] if isinstance(value, list) else wrong)


def examples(graph: Graph) -> Iterator[tuple[Query, list[list[str]]]]:
    for query in graph.queries.values():
        for example in query.examples[:1]:
            yield query, [[name.replace("_", "-"), text] for name, text in example.items()]


def test_answers_to_questions_have_the_columns_of_their_schema(
    served: Served, document: dict[str, Any]
) -> None:
    names = schemas.names([*served.graph.queries.values()])
    types = {"rows": "application/sparql-results+json"}
    for query, pairs in examples(served.graph):
        given = [*pairs, ["withdrawn", "true"]]
        rows = json.loads(whole(tasks.ask(served, query.name, given, types, "")))
        check(document, f"{names[query.name]}Rows", rows)
        given.append(["sources", "true"])
        cited = json.loads(whole(tasks.ask(served, query.name, given, types, "")))
        check(document, f"{names[query.name]}Answer", cited)


def test_names_of_questions_are_not_the_same() -> None:
    queries = [Query(name, "", "ASK {}", "") for name in ("a-b", "a_b", "A-B", "–", "c")]
    assert [*schemas.names(queries).values()] == ["AB", "AB1", "AB2", "Question", "C"]


def test_a_long_title_is_cut() -> None:
    assert openapi.short_title("Votes") == "Votes"
    assert openapi.short_title("word " * 20) == "word " * 11 + "word…"
    title = "People of the city: members of the council and of all its committees since 1999"
    assert openapi.short_title(title) == "People of the city"
