"""The OpenAPI document of a server: it is valid, and it is true of what the server does.

Requests are generated from it, a seeded sample of them; ALLGRAPH_REQUESTS says how many, and
``ALLGRAPH_REQUESTS=5000 ./test tests/server/test_openapi.py`` is the long run.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import OpenAPIV31SpecValidator

from allgraph.graph import Graph
from allgraph.linkeddata.routes import ROUTES
from allgraph.server.http.problems import SORTS
from tests.support.serving import Address, fetch, serving

if TYPE_CHECKING:
    from schemathesis import GenerationMode

REQUESTS = int(os.environ.get("ALLGRAPH_REQUESTS", "250"))
OFTEN = {"/sparql": 8, "/paths": 4, "/show": 4, "/find": 3, "/timeline": 3, "/rank": 3,
         "/between": 3, "/page/{name}": 3, "/data/{name}.{suffix}": 3, "/id/{name}": 3}  # fmt: skip
"""How many times as often as others some addresses are asked."""
_THINGS = ["id:sara-ziff", "Coco Rocha", "id:model-alliance", "Alliance", "claim:x", "<a:b>", "ag:"]
_NAMES = ["sara-ziff", "model-alliance", "nothing"]
KNOWN: dict[str, list[Any]] = {
    **dict.fromkeys(("thing", "from", "to", "body", "person", "campaign", "speaker"), _THINGS),
    "name": _NAMES,
    "q": ["ziff", "a", "%"],
    "where": [["name:contains:a"], ["when:before:2013", "name:not-empty"], ["name:x"]],
    "sort": [["name"], ["-when,name"]],
    "scheme": ["wikidata", "ocd"],
    "value": ["Q5591303", "ocd-jurisdiction/country:us/government"],
    "query": [
        "ASK {}", "SELECT * { ?s ?p ?o } LIMIT 9", "CONSTRUCT WHERE { id:sara-ziff ?p ?o }",
        "DESCRIBE id:coco-rocha", "SELECT ?x {", "CLEAR ALL", "SELECT (1/0 AS ?x) {}",
        "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    ],
}  # fmt: skip
"""Values that mean something, by the names of parameters."""


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    """A server that is patient, for long answers are niced, and other tests run beside them."""
    with serving(before=["--timeout", "120"]) as address:
        yield address


@pytest.fixture(scope="module")
def document(server: Address) -> dict[str, Any]:
    answer = fetch(f"{server}/openapi.json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.1"
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()
    names = Counter(operation["operationId"] for _, _, operation in operations(document))
    assert set(names.values()) == {1}


def test_the_document_has_all_routes_and_questions(document: dict[str, Any], graph: Graph) -> None:
    documented = {route.path for route in ROUTES if route.tag} - {"/ask/{question}"}
    assert {*document["paths"]} == documented | {f"/ask/{name}" for name in graph.queries}
    assert set(document["paths"]["/sparql"]) == {"get", "post"}
    for query in graph.queries.values():
        operation = document["paths"][f"/ask/{query.name}"]["get"]
        said = {each["name"]: each for each in operation["parameters"]}
        for parameter in query.parameters:
            own = said[parameter.name.replace("_", "-")]
            assert own["required"] is parameter.required
            assert own["description"] == parameter.help
            if parameter.type == "date":
                assert own["schema"].items() >= {"type": "string", "format": "date"}.items()
            if parameter.choices:
                assert own["schema"]["enum"] == list(parameter.choices)
        assert {"sources", "as-of", "possible", "format"} <= set(said)


def test_the_document_says_nothing_that_is_not_so(
    server: Address, document: dict[str, Any]
) -> None:
    """Each type of each good answer can be had, at addresses with values that are there."""
    values = {
        "thing": "id:sara-ziff", "from": "id:sara-ziff", "to": "id:coco-rocha", "q": "ziff",
        "name": "sara-ziff", "suffix": "ttl", "file": "graph.ttl", "query": "ASK {}",
        "kind": "person", "number": "1", "scheme": "wikidata", "value": "Q5591303",
        "picture": "timeline", "url": "https://w3id.org/allgraph/page/sara-ziff", "of": "ziff",
    }  # fmt: skip
    facet = {"facet": "years", "value": "2010s"}
    frame = {"name": "timeline/sara-ziff"}
    ways = {"/sparql": ["ASK {}", "SELECT * {}", "CONSTRUCT {} {}"]}
    for method, path, operation in operations(document):
        if method == "post" or path.startswith(("/ask/", "/page/", "/data/", "/claim", "/source")):
            continue
        needed = [each for each in operation["parameters"] if each["required"]]
        given = {**values, **(facet if "{facet}" in path else {})}
        given |= frame if "/picture/{name}" in path else {}
        suffixes = {"image/svg+xml": "svg", "image/png": "png", "text/csv": "csv"}
        suffixes["application/json"] = "json"
        asked = "&".join(
            f"{each['name']}={values[each['name']]}" for each in needed if each["in"] == "query"
        )
        for type in operation["responses"].get("200", {}).get("content", {}):
            if path in ("/download/{file}", "/ns", "/shapes"):
                continue
            at = path.format_map({**given, "suffix": suffixes.get(type, "ttl")})
            tails = [f"query={each.replace(' ', '+')}" for each in ways.get(path, [])] or [asked]
            found = {fetch(f"{server}{at}?{tail}", headers={"Accept": type}).type for tail in tails}
            assert type in found, (path, type)


def test_all_problems_are_declared(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    assert {str(each.status) for each in SORTS.values()} | {"408", "431"} == set(responses)
    for _, path, operation in operations(document):
        assert {"400", "405", "406", "414", "429", "500", "503"} <= set(operation["responses"]), (
            path
        )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what the generator and its imports warn of is its own
def test_no_generated_request_gets_an_answer_that_is_not_declared(
    server: Address, document: dict[str, Any]
) -> None:
    import schemathesis  # here, since each process of the tests would take a second for it
    from schemathesis import GenerationMode
    from schemathesis.checks import load_all_checks
    from schemathesis.core.result import Ok
    from schemathesis.specs.openapi import checks as conform

    load_all_checks()
    checks = [
        schemathesis.checks.not_a_server_error,
        conform.status_code_conformance,
        conform.content_type_conformance,
        conform.response_headers_conformance,
        conform.response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=str(server))
    found = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == len(operations(document))
    shares = sum(OFTEN.get(each.path, 1) for each in found) * 2
    statuses: Counter[int] = Counter()
    rounds = 0
    while statuses.total() < REQUESTS:  # some operations have few cases, so another round
        for operation in found:
            times = -(-REQUESTS * OFTEN.get(operation.path, 1) // shares)
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                with suppress(Unsatisfiable):  # no request to a fixed address is wrong
                    statuses += asked(operation, mode, times, checks, rounds)
        rounds += 1
    print(f"{statuses.total()} requests: {json.dumps(statuses)}")
    assert {200, 400, 404} <= set(statuses)
    assert not [status for status in statuses if status >= 500]


def asked(
    operation: Any, mode: GenerationMode, times: int, checks: list[Any], start: int
) -> Counter[int]:
    """How often there was which status, for so many requests at most."""
    statuses: Counter[int] = Counter()

    @seed(20131021 + start)
    @settings(
        max_examples=times, deadline=None, database=None, derandomize=False,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        for part in (case.path_parameters, case.query, case.body):
            for name in KNOWN.keys() & set(part if isinstance(part, dict) else ()):
                if data.draw(st.booleans()):  # for few things have the names that are made up
                    part[name] = data.draw(st.sampled_from(KNOWN[name]))
        response = case.call_and_validate(checks=checks, timeout=150, allow_redirects=False)
        statuses[response.status_code] += 1

    ask()
    return statuses
