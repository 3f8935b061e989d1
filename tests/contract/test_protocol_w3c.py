"""The W3C's tests of the SPARQL 1.1 Protocol, by their names, and datasets of further requests.

What they send and expect is that of the manifest ``sparql/sparql11/protocol`` in
https://github.com/w3c/rdf-tests (W3C test suite licence, or BSD with three clauses), told in a
table. All of its queries and mistakes are here; its updates have to be refused. A server before an
endpoint gives the same as one of a folder. `tests/long/test_w3c_protocol.py` reads the manifest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from pyoxigraph import NamedNode, Quad

from allgraph.rdf.terms import RDF
from allgraph.server.http.sparql_protocol import FORM, QUERY, UPDATE
from tests.support.datasets import WAYS, served
from tests.support.serving import Address, Answer, fetch

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
REFUSED_WITH = {
    "bad_query_method": 405,
    "bad_update_get": 403,
    "bad_multiple_updates": 403,
    "bad_update_syntax": 403,
    "bad_update_dataset_conflict": 403,
} | dict.fromkeys(
    ["bad_query_wrong_media_type", "bad_query_missing_form_type", "bad_query_missing_direct_type",
     "bad_query_non_utf8", "bad_update_wrong_media_type", "bad_update_missing_form_type",
     "bad_update_non_utf8"], 415,
)  # fmt: skip
"""The status where it is not 400."""
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


CLAUSES = {
    "": ((), ()),
    "FROM <{0}data1.rdf>": ((1,), ()),
    "FROM <{0}data1.rdf> FROM <{0}data2.rdf>": ((1, 2), ()),
    "FROM NAMED <{0}data1.rdf> FROM NAMED <{0}data2.rdf>": ((), (1, 2)),
    "FROM <{0}data3.rdf> FROM NAMED <{0}data1.rdf>": ((3,), (1,)),
    "FROM <{0}data0.rdf>": ((0,), ()),
}
"""Clauses of a query, and the documents that they name; there is no document 0."""
DATASETS = [*CLAUSES.values(), ((), (0,)), ((1, 1), (2, 2))]
ROWS = "SELECT ?g ?s %s WHERE { { ?s a ?type } UNION { GRAPH ?g { ?s a ?type } } } ORDER BY ?g ?s"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Address]]:
    """Servers of three documents, each of which says in a graph of its name that it is one."""
    names = [NamedNode(f"{PLACE}data{n}.rdf") for n in (1, 2, 3)]
    kind, document = NamedNode(RDF + "type"), NamedNode("http://xmlns.com/foaf/0.1/Document")
    quads = [Quad(name, kind, document, name) for name in names]
    with served(quads, tmp_path_factory.mktemp("datasets")) as addresses:
        yield addresses


def send(server: str, request: Request) -> Answer:
    """What a server answers to a request."""
    method, tail, type, body = request
    headers = {} if type is None else {"Content-Type": type}
    return fetch(
        f"{server}/sparql?{tail.decode()}", method=method, headers=headers, body=body or None
    )


def same(servers: Mapping[str, Address], request: Request) -> Answer:
    """What each server answers, which is the same."""
    first, *others = (send(servers[way], request) for way in WAYS)
    for other in others:
        assert (other.status, other.type, other.body) == (first.status, first.type, first.body)
    return first


@pytest.mark.parametrize("name", ANSWERED)
def test_queries_are_answered(servers: Mapping[str, Address], name: str) -> None:
    answer = same(servers, ANSWERED[name])
    assert (answer.status, answer.type) == (200, TYPES.get(name, "application/sparql-results+json"))
    if answer.type.endswith("json") and name != "query_content_type_select":
        assert answer.json()["boolean"] is True


@pytest.mark.parametrize("name", REFUSED)
def test_mistakes_are_refused(servers: Mapping[str, Address], name: str) -> None:
    answer = same(servers, REFUSED[name])
    assert (answer.status, answer.type) == (REFUSED_WITH.get(name, 400), "application/problem+json")


@pytest.mark.parametrize("name", UPDATES)
def test_updates_are_refused(servers: Mapping[str, Address], name: str) -> None:
    answer = same(servers, UPDATES[name])
    assert (answer.status, answer.json()["title"]) == (403, "This server is read-only")


@pytest.mark.parametrize("clauses", CLAUSES)
def test_a_query_reads_the_graphs_that_are_named(
    servers: Mapping[str, Address], clauses: str
) -> None:
    """Those of the request go before those of the query; a graph that is named twice is one."""
    query = ROWS % clauses.format(PLACE)
    everything = (1, 2, 3)
    for requested in DATASETS:
        default, named = requested if any(requested) else CLAUSES[clauses]
        if not default and not named:
            default = named = everything
        rows = same(servers, posted(query, graphs(*requested))).json()["results"]["bindings"]
        assert [{name: row[name]["value"] for name in row} for row in rows] == [
            *({"s": f"{PLACE}data{n}.rdf"} for n in sorted({*default} & {*everything})),
            *(
                {"g": f"{PLACE}data{n}.rdf", "s": f"{PLACE}data{n}.rdf"}
                for n in sorted({*named} & {*everything})
            ),
        ]
