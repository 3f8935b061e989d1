"""The remote engine: it does what the embedded one does, and whatever fails is one clear line."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from allgraph.cli.output import as_options
from allgraph.errors import (
    AllgraphError,
    EngineError,
    EngineTimeout,
    InputError,
    QueryError,
    UnknownName,
)
from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims
from allgraph.rdf.terms import BASE, DERIVED, XSD, Prefixes, Term, ag, text
from allgraph.sparql.answer import Answer, Row, read, results_json
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.endpoint import retry
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.questions import Query
from allgraph.validation.validate import validate
from tests.support.commands import run
from tests.support.stores import endpoint_with, free_port
from tests.support.waiting import PATIENCE

PREFIXES = Prefixes.of(BASE)
QUESTIONS = sorted(path.stem for path in (builtin().root / "queries").glob("*.rq"))
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
OPENING = 'SELECT ("sensitive" AS ?what)'  # what only the question at opening has in it

# ---- Endpoints


def all_triples(graph: Graph) -> list[Triple]:
    assert isinstance(graph.engine, Embedded)
    return [quad.triple for quad in graph.engine.store]


@pytest.fixture(params=["embedded", "remote"])
def either(request: pytest.FixtureRequest) -> Graph:
    """The built-in graph, in memory and at an endpoint."""
    if request.param == "embedded":
        graph: Graph = request.getfixturevalue("graph")
        return graph
    return open_graph(endpoint=request.getfixturevalue("endpoint"))


Script = Callable[[socket.socket, bytes], None]
"""What a small server does with a connection, once it has read the request."""


@contextmanager
def serving(script: Script, *, listens: bool = True) -> Iterator[str]:
    """A server on loopback that does with each connection what a script says.

    Unless it `listens`, it does not wait for a request.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server, script, listens), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/sparql"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=PATIENCE)


def serve(server: socket.socket, script: Script, listens: bool) -> None:
    with suppress(OSError):
        while True:
            with closing(server.accept()[0]) as connection, suppress(OSError):
                connection.settimeout(PATIENCE)
                script(connection, request_on(connection) if listens else b"")


def request_on(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0].strip()
    while len(body) < int(length or 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def query_in(request: bytes) -> str:
    return parse_qs(request.partition(b"\r\n\r\n")[2].decode())["query"][0]


def reply(body: bytes, type: str = "application/sparql-results+json", *, status: str = "200 OK",
          length: int | None = None, more: str = "") -> bytes:  # fmt: skip
    """The bytes of a reply over HTTP."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {type}\r\n{more}"
    return (
        f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body
    )


def sending(data: bytes) -> Script:
    return lambda connection, request: connection.sendall(data)


def dripping(first: bytes) -> Script:
    """Send a beginning, and then a byte ten times a second, for ever."""

    def drip(connection: socket.socket, request: bytes) -> None:
        connection.sendall(first)
        while True:
            time.sleep(0.1)
            connection.sendall(b" ")

    return drip


def endless(connection: socket.socket, request: bytes) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    connection.sendall(head)
    while True:
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


def silent(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)  # until the other side hangs up


def holding(*quads: Quad) -> Script:
    """A SPARQL endpoint over some quads."""
    store = Store()
    store.extend(quads)

    def answer(connection: socket.socket, request: bytes) -> None:
        found = read(store.query(query_in(request)), PREFIXES)
        connection.sendall(reply(results_json(found)))

    return answer


def after_opening(then: Script) -> Script:
    """An endpoint that has what allgraph needs, and then does as a script says."""
    opened = Answer(("what",), tuple(Row(what=Literal(w)) for w in ("claim", "derived")))

    def answer(connection: socket.socket, request: bytes) -> None:
        if OPENING in query_in(request):
            return connection.sendall(reply(results_json(opened)))
        return then(connection, request)

    return answer


# ---- The contract: what both engines do alike


def rows(graph: Graph, sparql: str) -> list[tuple[str | None, ...]]:
    """The cells as N-Triples writes them, in the order in which they come."""
    return [
        tuple(None if cell is None else str(cell) for cell in row.values())
        for row in graph.sparql(sparql).rows
    ]


def test_the_forms_of_queries(either: Graph) -> None:
    assert either.sparql("ASK { id:coco-rocha a ag:Person }").value is True
    assert either.sparql("ASK { id:coco-rocha a ag:Bill }").value is False
    answer = either.sparql("SELECT ?name { id:coco-rocha rdfs:label ?name }")
    assert (answer.kind, answer.columns, len(answer)) == ("rows", ("name",), 1)
    built = either.sparql("CONSTRUCT { ?x rdfs:label 'a' } WHERE { ?x a ag:Bill }")
    assert built.kind == "triples" and 1 < len(built) < 20
    described = either.sparql("DESCRIBE id:coco-rocha")
    assert NamedNode(BASE + "id/coco-rocha") in {t.subject for t in described.triples or ()}


LITERALS = {
    "'x'": '"x"',
    "'x'@en": '"x"@en',
    "'x'@de-AT": '"x"@de-at',
    "1": f'"1"^^<{XSD}integer>',
    "1.5": f'"1.5"^^<{XSD}decimal>',
    "1e3": f'"1000"^^<{XSD}double>',
    "true": f'"true"^^<{XSD}boolean>',
    "'2013-10-21'^^xsd:date": f'"2013-10-21"^^<{XSD}date>',
    "'[..2013]'^^edtf:EDTF": '"[..2013]"^^<http://id.loc.gov/datatypes/edtf/EDTF>',
    "'a b'^^xsd:integer": f'"a b"^^<{XSD}integer>',
    "'Bündchen “雪” 😀 \\u0065\\u0301'": '"Bündchen “雪” 😀 e\u0301"',
    "'a\\nb\\t\\'\"\\\\'": '"a\\nb\\t\'\\"\\\\"',
    "''": '""',
    "<http://x/é>": "<http://x/é>",
}


@pytest.mark.parametrize("term", LITERALS)
def test_terms_come_as_they_are(term: str, either: Graph) -> None:
    assert rows(either, f"SELECT ?x {{ VALUES ?x {{ {term} }} }}") == [(LITERALS[term],)]


def test_numbers_come_in_the_form_of_the_engine(either: Graph) -> None:
    found = rows(either, "SELECT (1 + 0.50 AS ?a) (SUM(?n) AS ?b) { VALUES ?n { 1 2.50 } }")
    assert found == [(f'"1.5"^^<{XSD}decimal>', f'"3.5"^^<{XSD}decimal>')]


def test_nothing_found_and_nothing_bound(either: Graph) -> None:
    empty = either.sparql("SELECT ?a ?b { ?a id:none ?b }")
    assert (empty.columns, empty.rows) == (("a", "b"), ())
    assert either.sparql("CONSTRUCT WHERE { ?a id:none ?b }").triples == ()
    assert rows(either, "SELECT ?a ?b { VALUES (?a ?b) { (UNDEF 'x') ('y' UNDEF) } }") == [
        (None, '"x"'),
        ('"y"', None),
    ]
    assert either.sparql("SELECT * { }").rows == ({},)


def test_blank_nodes_that_are_one_stay_one(either: Graph) -> None:
    row = either.sparql(
        "SELECT ?a ?b ?c { BIND(BNODE() AS ?a) BIND(?a AS ?b) BIND(BNODE() AS ?c) }"
    )
    a, b, c = row.rows[0].values()
    assert isinstance(a, BlankNode) and a == b != c


@pytest.mark.parametrize(
    "query",
    [
        "PREFIX id: <http://x/> ASK { id:coco-rocha a ag:Person }",
        "prefix id: <http://x/>ASK{id:coco-rocha a ag:Person}",
    ],
)
def test_own_declarations_come_first(query: str, either: Graph) -> None:
    assert either.sparql(query).value is False


@pytest.mark.parametrize(
    "query",
    [
        "ASK { id:coco-rocha a ag:Person # PREFIX id: <http://x/>\n}",
        "# PREFIX ag: <http://x/>\nASK { id:coco-rocha a ag:Person }",
        "ASK { id:coco-rocha a ag:Person FILTER('PREFIX id: <x>' != 'a') }",
        "BASE <http://x/> ASK { id:coco-rocha a ag:Person }",
        "PREFIX x: <http://x/> ASK { id:coco-rocha a ag:Person }",
        "# DELETE\nASK { id:coco-rocha a ag:Person }",
        "PREFIX delete: <http://x/> ASK { id:coco-rocha a ag:Person }",
        "SELECT * { VALUES (?a ?c) { (1 id:d) } FILTER(?c=id:d&&?a<2||?c>ag:x) }",
    ],
)
def test_known_prefixes_need_no_declaration(query: str, either: Graph) -> None:
    assert either.sparql(query)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * {\n ?s ag:signed }", "2:"),
        ("ASK { ex:a ?p ?o }", "line 1, column 7: the prefix “ex:” is not declared"),
        ("SELECT ?x\n{ ?x ag:signed nope:a }", "line 2, column 16: the prefix “nope:”"),
        ("", ""),
        ("DELETE WHERE { ?s ?p ?o }", ""),
        ("INSERT DATA { id:a id:b id:c }", ""),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
    ],
)
def test_a_wrong_text_is_a_query_error(query: str, words: str, either: Graph) -> None:
    with pytest.raises(QueryError) as caught:
        either.sparql(query)
    assert words in str(caught.value).replace("line 2, column", "2:") + str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_column_on_the_first_line_is_that_of_the_text(either: Graph) -> None:
    with pytest.raises(QueryError) as caught:
        either.sparql("SELECT * { ?s ag:signed }")
    assert "1:25" in str(caught.value) or "column 25" in str(caught.value)


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_give_the_same_rows(name: str, graph: Graph, endpoint: str) -> None:
    example = graph.queries[name].examples[0]
    there = open_graph(endpoint=endpoint)
    ours, theirs = (each.ask(name, **example) for each in (graph, there))
    assert ours.columns == theirs.columns
    assert multiset(ours) == multiset(theirs)


def multiset(answer: Answer) -> Counter[tuple[Term | None, ...]]:
    return Counter(tuple(row[column] for column in answer.columns) for row in answer.rows)


def test_claims_and_things_are_the_same(graph: Graph, endpoint: str) -> None:
    there = open_graph(endpoint=endpoint)
    assert claims(graph, about="Karen Elson") == claims(there, about="Karen Elson") != []
    assert claims(graph) == claims(there)
    for name in ("bundchen", "alliance", "no such thing", "(", " "):
        assert graph.find(name) == there.find(name)
    iri = graph.resolve("coco rocha")
    assert there.resolve("coco rocha") == there.resolve("id:coco-rocha") == iri
    assert graph.thing(iri) == there.thing(iri)


def test_an_unknown_name_is_said_with_a_near_one(either: Graph) -> None:
    with pytest.raises(UnknownName, match="did you mean Karen Elson"):
        either.resolve("Karen Elsen")


@pytest.mark.parametrize(
    "command",
    [
        ("ask", "founders", "--body", "Model Alliance", "--sources"),
        ("ask", "office-on-day", "--day", "2013-10-21", "-f", "csv"),
        (
            "sparql",
            "SELECT ?n { ?p ag:signedIntoLaw ?l ; rdfs:label ?n } ORDER BY ?n",
            "-f",
            "json",
        ),
        ("sparql", "DESCRIBE id:coco-rocha", "-f", "ntriples"),
        ("find", "rocha"),
        ("find", "no such thing"),
        ("show", "Shalom Harlow", "-f", "json"),
        ("sparql", "ASK { id:coco-rocha a ag:Bill }"),
    ],
)
def test_commands_give_the_same(command: tuple[str, ...], endpoint: str) -> None:
    here, there = run(*command), run("--endpoint", endpoint, *command)
    assert there.returncode == here.returncode
    assert sorted(there.stdout.splitlines()) == sorted(here.stdout.splitlines())
    assert f"graph: endpoint {endpoint}\n" in there.stderr
    assert run(*command, ALLGRAPH_ENDPOINT=endpoint).stderr == there.stderr


def test_a_query_that_takes_too_long_is_given_up(graph: Graph, tmp_path: Path) -> None:
    with endpoint_with(graph, tmp_path) as endpoint:
        remote = open_graph(endpoint=endpoint)
        with pytest.raises(EngineTimeout, match=r"within 0\.5 s"):
            remote.sparql(ENDLESS, timeout=0.5)
        assert remote.sparql("ASK {}", timeout=float("inf")).value is True
        assert not isinstance(remote.engine, Embedded)


# ---- What goes over the wire


def sent(url_of: Callable[[str], str], query: str) -> bytes:
    """The request that a query becomes."""
    requests: list[bytes] = []

    def note(connection: socket.socket, request: bytes) -> None:
        requests.append(request)
        connection.sendall(reply(b'{"boolean": true}'))

    with serving(note) as url, suppress(EngineError):
        Remote(url_of(url), PREFIXES).query(query)
    return requests[0]


def test_a_query_is_sent_as_a_form_and_nothing_else() -> None:
    request = sent(lambda url: url, "# DELETE\nSELECT * { ?s ag:signed 'é+&' }")
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /sparql HTTP/1.1\r\n")
    assert b"application/sparql-results+json" in head and b"allgraph/" in head
    assert set(parse_qs(body.decode())) == {"query"}
    query = "PREFIX ag: <https://w3id.org/allgraph/ns#> # DELETE\nSELECT * { ?s ag:signed 'é+&' }"
    assert query_in(request) == query
    assert b"turtle" in sent(lambda url: url, "CONSTRUCT WHERE { ?s ?p ?o }")


def test_user_and_password_go_into_a_header() -> None:
    request = sent(lambda url: url.replace("//", "//a%40b:p%3Aw@") + "?key=1", "ASK {}")
    head = request.partition(b"\r\n\r\n")[0]
    assert head.startswith(b"POST /sparql?key=1 HTTP/1.1\r\n")
    assert b"Authorization: Basic YUBiOnA6dw==" in head  # a@b:p:w
    assert b"a%40b" not in head


def test_a_redirect_is_said_and_not_followed() -> None:
    asked: list[bytes] = []
    with serving(lambda _, request: asked.append(request)) as other:
        there = other.replace("//", "//ada:secret@") + "?key=secret"
        for status in (301, 302, 303, 307, 308):
            moved = reply(b"", status=f"{status} Moved", more=f"Location: {there}\r\n")
            with serving(sending(moved)) as url, pytest.raises(EngineError) as caught:
                Remote(url, PREFIXES).query("ASK {}")
            assert f"redirects to {other};" in str(caught.value)
            assert "secret" not in str(caught.value)
    assert not asked


# ---- What goes wrong

BOOLEAN = b'{"head": {}, "boolean": true}'
ROWS = b'{"head": {"vars": ["s"]}, "results": {"bindings": []}}'
UNIT = b'{"head": {"vars": ["s"]}, "results": {"bindings": [{"s": %s}]}}'
DEEP = UNIT % (b'{"type": "triple", "value": {"subject": ' * 20_000)
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
DEEP_TURTLE = b"<a:b> <a:b> " + b"<<( <a:b> <a:b> " * 50_000 + b"<a:b> " + b")>> " * 50_000 + b"."
TURTLE = "text/turtle"
HTML = b"<!DOCTYPE html>\n<html><title>Welcome</title></html>"

BROKEN: dict[str, tuple[Script, str, type[AllgraphError], str]] = {
    "slow": (silent, "ASK {}", EngineTimeout, "no whole answer within 0.5 s"),
    "dripping headers": (dripping(b"HTTP/1.1 200 OK\r\nX-A: "), "ASK {}", EngineTimeout, "0.5 s"),
    "dripping body": (dripping(reply(b"", length=999)), "ASK {}", EngineTimeout, "0.5 s"),
    "dripping without length": (
        dripping(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + BOOLEAN), "ASK {}",
        EngineTimeout, "0.5 s",
    ),
    "dripping error": (
        dripping(reply(b"", status="500 Oops", length=9999)), "ASK {}", EngineTimeout, "0.5 s",
    ),
    "dripping chunks": (dripping(CHUNKED), "ASK {}", EngineTimeout, "0.5 s"),
    "endless": (endless, "ASK {}", EngineError, "more than 1 MiB"),
    "too large": (sending(reply(b" " * 2**21)), "ASK {}", EngineError, "more than 1 MiB"),
    "no answer": (sending(b""), "ASK {}", EngineError, "closed the connection without an answer"),
    "not HTTP": (sending(b"SSH-2.0-x\r\n"), "ASK {}", EngineError, "does not speak HTTP"),
    "long header": (
        sending(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999), "ASK {}", EngineError, "not speak HTTP",
    ),
    "HTML": (sending(reply(HTML, "text/html")), "ASK {}", EngineError, "sent text/html, which is"),
    "HTML for triples": (
        sending(reply(HTML, "text/html")), "DESCRIBE <a:b>", EngineError, "sent text/html, which",
    ),
    "HTML said to be JSON": (sending(reply(HTML)), "ASK {}", EngineError, "cannot be read"),
    "no type": (
        sending(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "ASK {}", EngineError,
        "sent text/plain",
    ),
    "CSV": (sending(reply(b"s\n", "text/csv")), "SELECT * {}", EngineError, "sent text/csv"),
    "cut JSON": (sending(reply(ROWS[:-9])), "SELECT * {}", EngineError, "cannot be read"),
    "cut body": (sending(reply(BOOLEAN, length=99)), "ASK {}", EngineError, "broke off in the"),
    "cut chunk": (
        sending(CHUNKED + b"ff\r\n" + BOOLEAN), "ASK {}", EngineError, "broke off in the middle",
    ),
    "no last chunk": (
        sending(CHUNKED + b"1d\r\n" + BOOLEAN + b"\r\n"), "ASK {}", EngineError, "broke off",
    ),
    "bad chunk": (sending(CHUNKED + b"zz\r\n{}"), "ASK {}", EngineError, "broke off"),
    "cut Turtle": (
        sending(reply(b"<a:b> <a:b> <a:b", TURTLE)), "DESCRIBE <a:b>", EngineError, "cannot be",
    ),
    "no JSON": (sending(reply(b"nonsense")), "ASK {}", EngineError, "cannot be read"),
    "empty": (sending(reply(b"")), "ASK {}", EngineError, "cannot be read"),
    "other JSON": (sending(reply(b'{"a": 1}')), "ASK {}", EngineError, "of SPARQL results"),
    "JSON list": (sending(reply(b"[1]")), "ASK {}", EngineError, "of SPARQL results"),
    "JSON number": (sending(reply(b"1")), "ASK {}", EngineError, "of SPARQL results"),
    "odd boolean": (sending(reply(b'{"boolean": "no"}')), "ASK {}", EngineError, "SPARQL results"),
    "odd cell": (
        sending(reply(UNIT % b'{"type": "literal", "value": 5}')), "SELECT * {}", EngineError,
        "format of SPARQL results",
    ),
    "odd kind": (
        sending(reply(UNIT % b'{"type": "what", "value": "x"}')), "SELECT * {}", EngineError,
        "format of SPARQL results",
    ),
    "bad IRI": (
        sending(reply(UNIT % b'{"type": "uri", "value": "a b"}')), "SELECT * {}", EngineError,
        "cannot be read: Invalid IRI",
    ),
    "half a character": (
        sending(reply(UNIT % b'{"type": "literal", "value": "\\ud800"}')), "SELECT * {}",
        EngineError, "cannot be read",
    ),
    "deep JSON": (sending(reply(DEEP)), "SELECT * {}", EngineError, "nested too deeply"),
    "deep Turtle": (
        sending(reply(DEEP_TURTLE, TURTLE)), "DESCRIBE <a:b>", EngineError, "nested too deeply",
    ),
    "not UTF-8": (
        sending(reply(UNIT % b'{"type": "literal", "value": "\xff"}')), "SELECT * {}", EngineError,
        "cannot be read",
    ),
    "Turtle that is not UTF-8": (
        sending(reply(b"<a:b> <a:b> '\xff' .", TURTLE)), "DESCRIBE <a:b>", EngineError,
        "cannot be read",
    ),
    "packed": (
        sending(reply(BOOLEAN, more="Content-Encoding: gzip\r\n")), "ASK {}", EngineError,
        "compressed its answer as gzip",
    ),
    "rows to ASK": (sending(reply(ROWS)), "ASK {}", EngineError, "sent rows as an answer to ASK"),
    "yes to SELECT": (sending(reply(BOOLEAN)), "SELECT * {}", EngineError, "sent yes-no"),
    "refused query": (
        sending(reply(b"Bad \x1b[31mthing\nin line 2", status="400 Bad")), "ASK {}", QueryError,
        "refused the query: Bad [31mthing in line 2",
    ),
    "refused in silence": (
        sending(reply(b"<html>", status="400 Bad")), "ASK {}", QueryError, "does not say why",
    ),
    "failed": (
        sending(reply(b"Out of\nmemory", status="500 Oops")), "ASK {}", EngineError,
        "failed with HTTP 500: Out of memory",
    ),
    "failed at length": (
        sending(reply(b"x" * 99_999, status="500 Oops")), "ASK {}", EngineError, "HTTP 500: xxx",
    ),
    "cut error": (
        sending(reply(b"Oops", status="500 Oops", length=99)), "ASK {}", EngineError,
        "failed with HTTP 500: Oops",
    ),
    "busy": (
        sending(reply(b"", status="503 Busy", more="Retry-After: 30\r\n")), "ASK {}", EngineError,
        "try again in 30 s",
    ),
    "too often": (
        sending(reply(b"", status="429 X", more="Retry-After: \xb2\r\n")), "ASK {}", EngineError,
        "asked too often; try again later",
    ),
    "gave up": (sending(reply(b"", status="504 X")), "ASK {}", EngineTimeout, "took too long"),
    "moved nowhere": (
        sending(reply(b"", status="302 X")), "ASK {}", EngineError, "redirects to another address",
    ),
    "moved to no address": (
        sending(reply(b"", status="302 X", more="Location: http://[x/\r\n")), "ASK {}", EngineError,
        "redirects to another address",
    ),
    "moved out of HTTP": (
        sending(reply(b"", status="302 X", more="Location: ftp://x/\r\n")), "ASK {}", EngineError,
        "redirects to another address",
    ),
    "a part": (sending(reply(BOOLEAN, status="206 X")), "ASK {}", EngineError, "only a part"),
    "a bomb": (
        sending(reply(b"\x1f\x8b" + b"\0" * 999, more="Content-Encoding: gzip\r\n")), "ASK {}",
        EngineError, "compressed its answer as gzip",
    ),
    "packed in an unknown way": (
        sending(reply(BOOLEAN, more="Content-Encoding: x\r\n")), "ASK {}", EngineError,
        "compressed its answer as x, which was not requested",
    ),
    "less than announced, then more": (
        sending(reply(BOOLEAN, length=5)), "ASK {}", EngineError, "cannot be read",
    ),
    "a part in Virtuoso": (
        sending(reply(BOOLEAN, more="X-SPARQL-Anytime: timeout=1\r\n")), "ASK {}", EngineError,
        "only a part",
    ),
}  # fmt: skip
STATUSES = {
    401: "user and password", 403: "refuses access", 404: "is not there", 405: "by POST",
    406: "neither in JSON nor in Turtle", 410: "no longer there", 413: "as long as this one",
    414: "as long as this one", 415: "as a form", 418: "failed with HTTP 418: no",
    204: "failed with HTTP 204", 502: "failed with HTTP 502: no",
}  # fmt: skip
BROKEN |= {
    f"status {n}": (sending(reply(b"no", status=f"{n} X")), "ASK {}", EngineError, words)
    for n, words in STATUSES.items()
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_fails_is_one_clear_line_in_time(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "sleep", lambda _: None)  # between one attempt and the next
    script, query, kind, words = BROKEN[case]
    seconds = 0.5 if kind is EngineTimeout else PATIENCE
    with serving(script) as url:
        with pytest.raises(AllgraphError) as caught:
            Remote(url, PREFIXES, seconds=seconds, bytes=2**20).query(query)
    said = str(caught.value)
    assert type(caught.value) is kind, said
    assert words in said and f"the endpoint {url} " in said
    assert len(said) < 500 and said.isprintable()


def test_nobody_there() -> None:
    url = f"http://127.0.0.1:{free_port()}/sparql"
    with pytest.raises(EngineError, match="the connection was refused"):
        Remote(url, PREFIXES).query("ASK {}")
    with pytest.raises(EngineError, match="no host has this name"):
        Remote(f"http://{'x' * 70}.invalid/", PREFIXES).query("ASK {}")


def test_https_where_there_is_none() -> None:
    plain = sending(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with serving(plain, listens=False) as url, pytest.raises(EngineError, match="speak HTTPS"):
        Remote(url.replace("http:", "https:"), PREFIXES).query("ASK {}")


def test_a_shaken_hand_that_takes_too_long() -> None:
    slow = dripping(b"\x16\x03\x03\x40\x00")  # a record of TLS, of which little comes
    with serving(slow, listens=False) as url:
        with pytest.raises(EngineTimeout):
            Remote(url.replace("http:", "https:"), PREFIXES, seconds=0.5).query("ASK {}")


@pytest.mark.parametrize("type", ["application/sparql-results+json", "application/json; x=y"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_under_both_its_names(type: str, mark: bytes) -> None:
    with serving(sending(reply(mark + BOOLEAN, type))) as url:
        assert Remote(url, PREFIXES).query("ASK {}").value is True


def test_the_ways_of_virtuoso() -> None:
    head = b'{"head": {"link": [], "vars": ["%s"]}, "results": {"distinct": false, "bindings": ['
    number = b'{"type": "typed-literal", "datatype": "http://www.w3.org/2001/XMLSchema#integer", '
    yes = head % b"__ASK_RETVAL" + b'{"__ASK_RETVAL": ' + number + b'"value": "1"}}]}}'
    with serving(sending(reply(yes))) as url:
        assert Remote(url, PREFIXES).query("ASK {}").value is True
    with serving(sending(reply(yes.replace(b'"1"', b'"0"')))) as url:
        assert Remote(url, PREFIXES).query("ASK {}").value is False
    nodes = head % b"s" + b'{"s": {"type": "bnode", "value": "nodeID://b10001"}}]}}'
    with serving(sending(reply(nodes))) as url:
        assert Remote(url, PREFIXES).query("SELECT ?s {}").rows == ({"s": BlankNode("b0")},)


def test_rows_that_a_limit_may_have_cut_are_no_answer() -> None:
    one = ROWS.replace(b"[]", b"[{}]")
    limited = reply(one, more="X-SPARQL-MaxRows: 1\r\n")
    with serving(sending(limited)) as url:
        remote = Remote(url, PREFIXES)
        for query in ("SELECT * {}", "SELECT * {} LIMIT 2", "SELECT * { { SELECT * {} LIMIT 1 } }"):
            with pytest.raises(EngineError, match="gives at most 1 rows, and may have more"):
                remote.query(query)
        assert len(remote.query("SELECT * {} LIMIT 1")) == 1  # more was not asked for
    with serving(sending(reply(one, more="X-SPARQL-MaxRows: 2\r\n"))) as url:
        assert len(Remote(url, PREFIXES).query("SELECT * {}")) == 1


def test_a_question_that_an_engine_gets_wrong_is_not_asked_of_it() -> None:
    query = "# Who?\n#\n# Wrong on Virtuoso: it loses rows.\nASK {}"
    for server, words in (("Virtuoso/07.20 (Linux)", "it loses rows"), ("Other/1", "")):
        with serving(sending(reply(BOOLEAN, more=f"Server: {server}\r\n"))) as url:
            if not words:
                assert Remote(url, PREFIXES).query(query).value is True
                continue
            with pytest.raises(EngineError, match=f"is Virtuoso, .* wrong .{words}"):
                Remote(url, PREFIXES).query(query)


def test_triples_within_triples() -> None:
    part = b'{"type": "uri", "value": "a:b"}'
    inner = b'{"subject": %s, "predicate": %s, "object": %s}' % (part, part, part)
    body = UNIT % (b'{"type": "triple", "value": %s}' % inner)
    node = NamedNode("a:b")
    with serving(sending(reply(body))) as url:
        assert Remote(url, PREFIXES).query("SELECT * {}").rows == ({"s": Triple(node, node, node)},)
    many = b"<a:b'#> <a:b> '<<', \"<\\\"<\", '''<'<''' . <a:b> <a:c> <<( <a:b> <a:b> 1 )>> . # <<\n"
    many *= 300
    with serving(sending(reply(many, TURTLE))) as url:
        assert len(Remote(url, PREFIXES).query("CONSTRUCT WHERE {}")) == 1200


BAD_ADDRESSES = [
    "", "localhost:7878", "ftp://ada:secret@example.org/", "file:///etc/passwd", "http://",
    "http://ada:secret@", "http://ada:secret@host:port/", "http://ada:secret@host:99999/",
    "http://ada:secret@[::1/", "http://ada:sec ret@host/", "http://ada:secret@host/\r\nX: y",
    "http://bücher.example/sparql", "javascript:secret",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD_ADDRESSES)
def test_what_is_no_address_is_said_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError, match="the address of an endpoint must begin with") as caught:
        Remote(url, PREFIXES)
    assert "secret" not in str(caught.value)


def test_nothing_secret_is_ever_shown(caplog: pytest.LogCaptureFixture) -> None:
    echo = b"no such thing as /sparql?key=hush for ada:open-sesame"
    with serving(sending(reply(echo, status="400 Bad"))) as plain:
        url = plain.replace("//", "//ada:open-sesame@") + "?key=hush#frag"
        remote = Remote(url, PREFIXES)
        with pytest.raises(QueryError) as caught:
            remote.query("ASK {}")
        shown = run("--endpoint", url, "sparql", "ASK {}")
    for text_of in (str(caught.value), repr(remote), remote.description, caplog.text, shown.stderr):
        assert "open-sesame" not in text_of and "hush" not in text_of
    assert plain in remote.description and plain in shown.stderr


def test_a_surrogate_is_no_text() -> None:
    with pytest.raises(QueryError, match="not Unicode"):
        Remote("http://127.0.0.1:1/", PREFIXES).query("ASK { ?s ?p '\ud800' }")


# ---- Opening

CLAIM, ADA, CLUB = (NamedNode(f"https://example.org/{name}") for name in ("claim", "ada", "club"))
RDF_SPACE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def claim(graph: NamedNode | None = None, *, sensitive: Term | None = None) -> list[Quad]:
    pairs: list[tuple[NamedNode, Term]] = [
        (NamedNode(RDF_SPACE + "type"), ag("Claim")),
        (NamedNode(RDF_SPACE + "subject"), ADA),
        (NamedNode(RDF_SPACE + "predicate"), ag("founded")),
        (NamedNode(RDF_SPACE + "object"), CLUB),
        (ag("evidence"), NamedNode("https://example.org/evidence")),
    ]
    if sensitive is not None:
        pairs.append((ag("sensitive"), sensitive))
    return [Quad(CLAIM, p, o, graph) if graph else Quad(CLAIM, p, o) for p, o in pairs]


def derived(graph: NamedNode | None = None) -> list[Quad]:
    triples = [(CLAIM, ag("source"), ADA), (ADA, ag("founded"), CLUB)]
    return [Quad(*triple, graph) if graph else Quad(*triple) for triple in triples]


TRUE = Literal(True)
ELSEWHERE = NamedNode("https://example.org/graph")
REFUSED = {
    "no derived triples": (claim(), "export the graph with `derived`"),
    "derived triples apart": ([*claim(), *derived(DERIVED)], "in a named graph; make its default"),
    "no direct triples": ([*claim(), *derived()[:1]], "such as ag:source"),
    "sensitive": ([*claim(sensitive=TRUE), *derived()], "open it with `include_sensitive`"),
    "sensitive as text": ([*claim(sensitive=Literal("1")), *derived()], "`include_sensitive`"),
    "sensitive elsewhere": (
        [*claim(), *derived(), *claim(ELSEWHERE, sensitive=TRUE)], "with `include_sensitive`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_an_endpoint_that_cannot_answer_as_it_should_is_refused(case: str) -> None:
    quads, words = REFUSED[case]
    with serving(holding(*quads)) as url:
        with pytest.raises(EngineError) as caught:
            open_graph(endpoint=url)
        done = run("--endpoint", url, "find", "ada")
    assert words in str(caught.value) and f"the endpoint {url} " in str(caught.value)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1] == f"allgraph: {as_options(str(caught.value))}"


def test_sensitive_claims_are_shown_to_those_who_ask() -> None:
    with serving(holding(*claim(sensitive=TRUE), *derived())) as url:
        graph = open_graph(endpoint=url, include_sensitive=True)
        assert graph.include_sensitive and graph.sparql("ASK { ?c ag:sensitive true }").value
    with serving(holding(*claim(sensitive=Literal(False)), *derived())) as url:
        assert open_graph(endpoint=url).sparql("ASK { ?c a ag:Claim }").value


def test_an_endpoint_without_claims_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with serving(holding()) as url:
        assert open_graph(endpoint=url).ask("conflicts").rows == ()
    assert "has no claims; questions will have no rows" in caplog.text
    caplog.clear()
    with serving(holding(*claim(ELSEWHERE), *derived(ELSEWHERE))) as url:
        open_graph(endpoint=url)
        assert "WARNING: the endpoint" in run("--endpoint", url, "find", "x").stderr
    assert "no claims in its default graph, only in named ones" in caplog.text


def test_an_endpoint_that_refuses_the_first_question_has_failed() -> None:
    with serving(sending(reply(b"No", status="400 Bad"))) as url, pytest.raises(EngineError):
        open_graph(endpoint=url)


def test_an_endpoint_that_answers_something_else_has_failed() -> None:
    with serving(sending(reply(ROWS))) as url, pytest.raises(EngineError, match="other columns"):
        open_graph(endpoint=url)


def test_an_endpoint_needs_what_export_writes(graph: Graph, tmp_path: Path) -> None:
    assert run("export", str(tmp_path / "graph.nt"), "--derived").returncode == 0
    triples = parse((tmp_path / "graph.nt").read_bytes(), format=RdfFormat.N_TRIPLES)
    with serving(holding(*triples)) as url:
        there = open_graph(endpoint=url)
        for name, example in (("founders", {"body": "Model Alliance"}), ("conflicts", {})):
            assert multiset(there.ask(name, **example)) == multiset(graph.ask(name, **example))


def test_questions_and_prefixes_are_those_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "allgraph.toml").write_text(
        'format = 1\ntitle = "T"\nbase = "https://example.org/"\nprefixes = {ex = "https://ex/"}\n'
    )
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "all.rq").write_text(
        "# What is there?\nSELECT ?claim { ?claim ?p ?o }\n"
    )
    with serving(holding(*claim(), *derived())) as url:
        graph = open_graph(tmp_path, endpoint=url)
        assert isinstance(graph.queries["all"], Query)
        assert CLAIM in {row["claim"] for row in graph.ask("all").rows}
        assert text(graph.sparql("SELECT (ex:a AS ?a) {}").rows[0]["a"]) == "https://ex/a"


def test_a_namespace_that_is_no_iri_is_bad_input() -> None:
    with pytest.raises(InputError, match="is not an IRI"):
        Remote("http://127.0.0.1:1/", Prefixes(x="a> b")).query("ASK { x:a ?p ?o }")


def test_an_endpoint_has_no_files_to_validate() -> None:
    with serving(holding(*claim(), *derived())) as url:
        graph = open_graph(endpoint=url)
    with pytest.raises(InputError, match="an endpoint has no files"):
        validate(graph)


# ---- The command line


@pytest.mark.parametrize("command", ["validate", "fmt", "init x", "test --update"])
def test_commands_about_files_say_so(command: str) -> None:
    done = run("--endpoint", "http://127.0.0.1:1/sparql", *command.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"“{command.removesuffix(' x')}” is for folders, not endpoints" in done.stderr


COMMANDS: dict[str, tuple[Script, tuple[str, ...], int, str]] = {
    "dead": (sending(b""), ("find", "x"), 3, "closed the connection"),
    "slow": (silent, ("--timeout", "0.5", "find", "x"), 3, "within 0.5 s"),
    "slow for sparql": (silent, ("--timeout", "0.5", "sparql", "ASK {}"), 3, "within 0.5 s"),
    "slow after opening": (
        after_opening(silent), ("--timeout", "0.5", "sparql", "ASK {}"), 3, "within 0.5 s",
    ),
    "HTML": (sending(reply(HTML, "text/html")), ("show", "x"), 3, "sent text/html"),
    "no access": (sending(reply(b"", status="401 No")), ("find", "x"), 3, "user and password"),
    "wrong query": (
        after_opening(sending(reply(b"Oops", status="400 No"))), ("sparql", "ASK {"), 2, "Oops",
    ),
    "update": (after_opening(silent), ("sparql", "DROP ALL"), 2, "this is DROP"),
    "odd rows": (
        after_opening(sending(reply(ROWS))), ("ask", "founders", "--body", "x"), 3, "other columns",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_commands_fail_in_one_line(case: str) -> None:
    script, arguments, code, words = COMMANDS[case]
    with serving(script) as url:
        done = run("--endpoint", url, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr and done.stdout == ""
    assert len([line for line in done.stderr.splitlines() if line.startswith("allgraph:")]) == 1
    assert "Traceback" not in done.stderr


def test_no_address_and_nobody_there_on_the_command_line() -> None:
    done = run("--endpoint", "ftp://ada:secret@x/", "find", "x")
    assert done.returncode == 2 and "must begin with http:// or https://" in done.stderr
    assert "secret" not in done.stderr
    done = run("--endpoint", f"http://127.0.0.1:{free_port()}/", "find", "x")
    assert done.returncode == 3 and "refused" in done.stderr


def test_a_list_of_questions_needs_no_endpoint() -> None:
    done = run("--endpoint", "http://127.0.0.1:1/", "ask")
    assert done.returncode == 0 and "founders" in done.stdout


@pytest.mark.parametrize("seconds", ["0", "1e300"])
def test_no_limit_of_time(seconds: str, endpoint: str) -> None:
    for more in ((), ("--endpoint", endpoint)):
        for command in (("sparql", "ASK {}"), ("find", "rocha")):
            assert run(*more, "--timeout", seconds, *command).returncode == 0


def test_logging_is_quiet_otherwise(endpoint: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        open_graph(endpoint=endpoint).find("rocha")
    assert not caplog.records


def test_json_is_read_as_pyoxigraph_reads_it() -> None:
    from pyoxigraph import QueryResultsFormat, parse_query_results

    from allgraph.sparql.endpoint.results import read_json

    body = json.dumps(
        {
            "head": {"vars": ["a", "b"]},
            "results": {
                "bindings": [
                    {"a": {"type": "literal", "value": "x", "xml:lang": "en-GB"}},
                    {"b": {"type": "literal", "value": "01", "datatype": XSD + "integer"}},
                    {
                        "a": {"type": "uri", "value": "http://x/é"},
                        "b": {"type": "literal", "value": ""},
                    },
                    {"a": {"type": "literal", "value": "x", "xml:lang": "ar", "its:dir": "rtl"}},
                ]
            },
        }
    ).encode()
    theirs = read(parse_query_results(body, format=QueryResultsFormat.JSON), PREFIXES)
    assert read_json(body, PREFIXES) == theirs
