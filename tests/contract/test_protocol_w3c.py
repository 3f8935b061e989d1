"""The W3C's tests of the SPARQL 1.1 Protocol, by their names, on the data that they name.

What they send and expect is that of the manifest ``sparql/sparql11/protocol`` in
https://github.com/w3c/rdf-tests (W3C test suite licence, or BSD with three clauses), told in a
table. All of its queries and mistakes are here; its updates have to be refused.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from pyoxigraph import NamedNode, Quad

from allgraph.errors import QueryError
from allgraph.graph import Graph
from allgraph.rdf.terms import RDF
from allgraph.server.http.negotiation import wanted
from allgraph.server.http.problems import Rejected
from allgraph.server.http.sparql_protocol import FORM, QUERY, UPDATE, read
from allgraph.server.sparql import answer
from tests.server.test_cache import holding
from tests.support.serving import whole

PLACE = "http://kasei.us/2009/09/sparql/data/"
FIRST, SECOND, THIRD = (f"<{PLACE}data{n}.rdf> a ?type ." for n in (1, 2, 3))
PLAIN = f"ASK {{ {FIRST} {SECOND} }}"
NAMED = f"{{ GRAPH ?g1 {{ {FIRST} }} GRAPH ?g2 {{ {SECOND} }} }}"
FULL = f"ASK {{ {THIRD} GRAPH ?g1 {{ {FIRST} }} GRAPH ?g2 {{ {SECOND} }} }}"

Request = tuple[str, bytes, str | None, bytes]


def graphs(default: tuple[int, ...] = (), named: tuple[int, ...] = (), **more: str) -> bytes:
    """Parameters: the numbers are those of documents."""
    fields = [("default-graph-uri", f"{PLACE}data{n}.rdf") for n in default]
    fields += [("named-graph-uri", f"{PLACE}data{n}.rdf") for n in named]
    return urlencode([*more.items(), *fields]).encode()


def posted(body: str, tail: bytes = b"", type: str | None = QUERY) -> Request:
    return "POST", tail, type, body.encode()


def got(tail: bytes) -> Request:
    return "GET", tail, None, b""


ANSWERED: dict[str, Request] = {
    "query_post_form": posted("query=ASK%20%7B%7D", graphs((0,)), FORM),
    "query_dataset_default_graphs_get": got(graphs((1, 2), query=PLAIN)),
    "query_dataset_default_graphs_post": posted(PLAIN, graphs((1, 2))),
    "query_dataset_named_graphs_post": posted("ASK " + NAMED, graphs((), (1, 2))),
    "query_dataset_named_graphs_get": got(graphs((), (1, 2), query="ASK " + NAMED)),
    "query_dataset_full": posted(FULL, graphs((3,), (1, 2))),
    "query_multiple_dataset": posted(f"ASK FROM <{PLACE}data3.rdf> {NAMED}", graphs((), (1, 2))),
    "query_get": got(graphs((0,), query="ASK {}")),
    "query_content_type_select": posted("SELECT (1 AS ?value) {}", graphs((0,))),
    "query_content_type_ask": posted("ASK {}", graphs((0,))),
    "query_content_type_describe": posted("DESCRIBE <http://example.org/>", graphs((0,))),
    "query_content_type_construct": posted("CONSTRUCT { <s> <p> 1 } WHERE {}", graphs((0,))),
    "query_post_direct": posted("ASK {}"),
}
TYPES = {
    "query_content_type_describe": "text/turtle",
    "query_content_type_construct": "text/turtle",
}
REFUSED: dict[str, Request] = {
    "bad_query_method": ("PUT", graphs((0,), query="ASK {}"), FORM, b""),
    "bad_multiple_queries": got(b"query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D"),
    "bad_query_wrong_media_type": posted("ASK {}", b"", "text/plain"),
    "bad_query_missing_form_type": posted("query=ASK%20%7B%7D", b"", None),
    "bad_query_missing_direct_type": posted("ASK {}", b"", None),
    "bad_query_non_utf8": ("POST", b"", QUERY + "; charset=UTF-16", "ASK {}".encode("utf-16")),
    "bad_query_syntax": got(b"query=ASK%20%7B"),
    "bad_update_get": got(b"update=CLEAR%20ALL"),
    "bad_multiple_updates": posted("update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", b"", FORM),
    "bad_update_wrong_media_type": posted("CLEAR NAMED", b"", "text/plain"),
    "bad_update_missing_form_type": posted("update=CLEAR%20NAMED", b"", None),
    "bad_update_non_utf8": (
        "POST", b"", UPDATE + "; charset=UTF-16", "CLEAR NAMED".encode("utf-16"),
    ),
    "bad_update_syntax": posted("update=CLEAR%20XYZ", b"", FORM),
    "bad_update_dataset_conflict": posted(
        "WITH <http://example/a> DELETE { ?s ?p ?o } INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
        b"using-named-graph-uri=http%3A%2F%2Fexample%2Fpeople", UPDATE,
    ),
}  # fmt: skip
UPDATES: dict[str, Request] = {
    "update_dataset_default_graph": posted("CLEAR ALL", b"using-graph-uri=http://x/1", UPDATE),
    "update_dataset_default_graphs": posted(
        "DROP ALL", b"using-graph-uri=http://x/1&using-graph-uri=http://x/2", UPDATE),
    "update_dataset_named_graphs": posted("DROP ALL", b"using-named-graph-uri=http://x/1", UPDATE),
    "update_dataset_full": posted(
        "DROP ALL", b"using-graph-uri=http://x/1&using-named-graph-uri=http://x/2", UPDATE),
    "update_post_form": posted("update=CLEAR+ALL", b"", FORM),
    "update_post_direct": posted("CLEAR ALL", b"", UPDATE),
    "update_base_uri": posted("CLEAR SILENT GRAPH <http://example.org/x>", b"", UPDATE),
}  # fmt: skip


@pytest.fixture(scope="module")
def documents() -> Graph:
    """Three documents, each of which says in a graph of its name that it is one."""
    names = [NamedNode(f"{PLACE}data{n}.rdf") for n in (1, 2, 3)]
    kind, document = NamedNode(RDF + "type"), NamedNode("http://xmlns.com/foaf/0.1/Document")
    return holding(*(Quad(name, kind, document, name) for name in names))


@pytest.mark.parametrize("name", ANSWERED)
def test_queries_are_answered(documents: Graph, name: str) -> None:
    asked = read(*ANSWERED[name])
    assert asked.query is not None
    found = answer(documents, asked.query, wanted(None), asked.default_graphs, asked.named_graphs)
    assert found.type == TYPES.get(name, "application/sparql-results+json")
    body = whole(found)
    if asked.query.startswith("ASK"):
        assert json.loads(body)["boolean"] is True


@pytest.mark.parametrize("name", REFUSED)
def test_mistakes_are_refused(documents: Graph, name: str) -> None:
    if name == "bad_query_syntax":
        with pytest.raises(QueryError, match="the query ends"):
            answer(documents, read(*REFUSED[name]).query or "", wanted(None))
    else:
        with pytest.raises(Rejected) as refused:
            read(*REFUSED[name])
        assert 400 <= refused.value.problem.status < 500


@pytest.mark.parametrize("name", UPDATES)
def test_updates_are_refused(name: str) -> None:
    with pytest.raises(Rejected) as refused:
        read(*UPDATES[name])
    assert refused.value.problem.status == 403
