"""The server over HTTP, as a client meets it: the SPARQL 1.1 Protocol, questions, and headers.

Numbers in names are sections of the SPARQL 1.1 Protocol.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
)

from allgraph.graph import Graph
from allgraph.rdf.terms import DERIVED
from tests.conftest import BASE, MANIFEST, PREFIXES
from tests.support.commands import run
from tests.support.serving import Address, Answer, fetch, serving, without_own
from tests.support.waiting import until

QUERY, FORM = "application/sparql-query", "application/x-www-form-urlencoded"
UPDATE = "application/sparql-update"
ROWS = {
    "json": ("application/sparql-results+json", QueryResultsFormat.JSON),
    "xml": ("application/sparql-results+xml", QueryResultsFormat.XML),
    "csv": ("text/csv; charset=utf-8", None),
    "tsv": ("text/tab-separated-values; charset=utf-8", QueryResultsFormat.TSV),
}
TRIPLES = {
    "turtle": ("text/turtle", RdfFormat.TURTLE),
    "ntriples": ("application/n-triples", RdfFormat.N_TRIPLES),
    "rdfxml": ("application/rdf+xml", RdfFormat.RDF_XML),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
    "trig": ("application/trig", RdfFormat.TRIG),
    "nquads": ("application/n-quads", RdfFormat.N_QUADS),
}
SELECT = "SELECT ?x ?y { VALUES (?x ?y) { (1 'één “雪”'@nl) (<http://x/> UNDEF) } }"
CONSTRUCT = "CONSTRUCT { <http://x/s> <http://x/p> 'é', 3, <http://x/o> } {}"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
JSON, HTML, PROBLEM = "application/json", "text/html", "application/problem+json"
SPARQL_JSON = "application/sparql-results+json"
LEAKS = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|/work/|/usr/|/home/|/root/|/tmp/|httptools"
    r"|pyoxigraph|oxigraph|CPython|Python/|rdflib|0x[0-9a-f]{6,}",
    re.IGNORECASE,
)


def got(server: str, path: str, **parameters: Any) -> Answer:
    """A GET, with parameters; `accept` and `headers` are no parameters."""
    headers = dict(parameters.pop("headers", {}))
    if (accept := parameters.pop("accept", None)) is not None:
        headers["Accept"] = accept
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    tail = f"?{urlencode(named, doseq=True)}" if named else ""
    return fetch(f"{server}{path}{tail}", headers=headers)


def sparql(server: str, query: str, **parameters: Any) -> Answer:
    return got(server, "/sparql", query=query, **parameters)


def posted(server: str, body: str | bytes, type: str | None, tail: str = "") -> Answer:
    data = body.encode() if isinstance(body, str) else body
    headers = {} if type is None else {"Content-Type": type}
    return fetch(f"{server}/sparql{tail}", method="POST", headers=headers, body=data)


def number(answer: Answer) -> int:
    """The one number that an answer in JSON has."""
    assert answer.status == 200, answer.body
    (row,) = answer.json()["results"]["bindings"]
    return int(row["n"]["value"])


def refused(answer: Answer, status: int, sort: str) -> dict[str, Any]:
    """The problem that an answer is, which has to be of a sort and tell nothing of the inside."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"https://w3id.org/allgraph/problems#{sort}"
    assert found["status"] == status
    assert found["title"] and found["detail"]
    assert not LEAKS.search(answer.text), answer.text
    assert not {"etag", "last-modified"} & set(answer.headers)
    return found


# ---- SPARQL 1.1 Protocol: how a query comes


def test_2_1_1_a_query_by_get_is_percent_encoded(server: Address) -> None:
    found = sparql(server, SELECT).json()["results"]["bindings"]
    assert found[0]["y"] == {"type": "literal", "xml:lang": "nl", "value": "één “雪”"}
    assert "y" not in found[1]


def test_2_1_1_a_plus_in_the_address_is_a_space(server: Address) -> None:
    assert got(server, "/sparql?query=ASK+%7B+FILTER(1%2B1+%3D+2)+%7D").json()["boolean"] is True


def test_2_1_2_a_query_by_form(server: Address) -> None:
    for type in (FORM, f"{FORM}; charset=utf-8", FORM.upper()):
        answer = posted(server, urlencode({"query": SELECT}), type)
        assert answer.json() == sparql(server, SELECT).json()


def test_2_1_2_a_form_has_graphs_and_format_as_the_address_has(server: Address) -> None:
    form = urlencode({"query": COUNT, "default-graph-uri": DERIVED.value, "format": "csv"})
    by_form = posted(server, form, FORM)
    by_get = sparql(server, COUNT, default_graph_uri=DERIVED.value, format="csv")
    assert by_form.body == by_get.body
    assert by_form.type == "text/csv"


def test_2_1_3_a_query_as_the_body(server: Address) -> None:
    for type in (QUERY, f"{QUERY};charset=UTF-8", f'{QUERY}; charset="utf-8"'):
        assert posted(server, SELECT, type).json() == sparql(server, SELECT).json()


def test_2_1_3_the_graphs_of_a_body_are_in_the_address(server: Address) -> None:
    tail = "?" + urlencode({"default-graph-uri": DERIVED.value})
    direct = number(posted(server, COUNT, QUERY, tail))
    assert direct == number(sparql(server, COUNT, default_graph_uri=DERIVED.value))
    assert 0 < direct < number(sparql(server, COUNT))


def test_2_1_one_query_and_no_more(server: Address) -> None:
    refused(got(server, "/sparql?query=ASK{}&query=ASK{}"), 400, "request")
    refused(posted(server, "default-graph-uri=http://x/", FORM), 400, "request")
    refused(posted(server, "ASK{}", QUERY, "?query=ASK{}"), 400, "request")
    refused(posted(server, "query=ASK{}", FORM, "?query=ASK{}"), 400, "request")
    refused(posted(server, "", FORM), 400, "request")
    assert got(server, "/sparql?default-graph-uri=http://x/").status == 400


def test_2_1_a_body_of_another_type_is_not_taken(server: Address) -> None:
    for type in (None, "text/plain", JSON, f"{QUERY}; charset=latin-1", "multipart/form-data"):
        answer = posted(server, "ASK {}", type)
        refused(answer, 415, "media-type")
        assert answer.headers["accept-post"] == f"{QUERY}, {FORM}"


def test_2_1_text_that_is_not_utf_8(server: Address) -> None:
    refused(got(server, "/sparql?query=ASK%ff"), 400, "request")
    refused(got(server, "/sparql?query=ASK%7"), 400, "request")
    refused(posted(server, b"ASK {} # \xff", QUERY), 400, "request")
    refused(posted(server, b"query=%C3", FORM), 400, "request")


def test_an_address_or_body_may_be_so_long(server: Address) -> None:
    fine = "ASK {} #" + "x" * 60_000
    assert sparql(server, fine).json()["boolean"] is True
    found = refused(sparql(server, fine + "x" * 2000), 414, "too-long")
    assert found["limit"] == "address"
    assert "POST" in found["detail"]
    refused(got(server, "/find", q="x" * 62_000), 414, "too-long")
    assert posted(server, fine * 10, QUERY).json()["boolean"] is True
    found = refused(posted(server, "ASK {} #" + "x" * 2**20, QUERY), 413, "too-large")
    assert found["limit"] == "body"


# ---- SPARQL 1.1 Protocol: graphs


def test_2_1_4_graphs_of_the_request_are_the_dataset(server: Address) -> None:
    derived = number(sparql(server, COUNT, default_graph_uri=DERIVED.value))
    assert derived > 0
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert number(sparql(server, named)) == 0
    assert number(sparql(server, named, default_graph_uri=DERIVED.value)) == 0
    assert number(sparql(server, named, named_graph_uri=DERIVED.value)) == derived
    assert number(sparql(server, COUNT, named_graph_uri=DERIVED.value)) == 0
    both = {"default_graph_uri": ["http://x/none", DERIVED.value], "named_graph_uri": "http://x/"}
    assert number(sparql(server, COUNT, **both)) == derived


def test_2_1_4_graphs_of_the_request_go_before_those_of_the_query(server: Address) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <http://x/none> { ?s ?p ?o }"
    assert number(sparql(server, query)) == 0
    derived = number(sparql(server, COUNT, default_graph_uri=DERIVED.value))
    assert number(sparql(server, query, default_graph_uri=DERIVED.value)) == derived


def test_2_1_4_a_graph_is_an_absolute_iri(server: Address) -> None:
    for wrong in ("relative", "", "http://x/<a>", "a b"):
        refused(sparql(server, COUNT, default_graph_uri=wrong), 400, "request")
        refused(sparql(server, COUNT, named_graph_uri=wrong), 400, "request")
    many = sparql(server, COUNT, default_graph_uri=[f"http://x/{i}" for i in range(101)])
    assert refused(many, 400, "request")["limit"] == "graphs"


# ---- SPARQL 1.1 Protocol: formats of answers


@pytest.mark.parametrize("name", ROWS)
def test_2_1_5_rows_in_each_format(server: Address, name: str) -> None:
    media_type, reader = ROWS[name]
    essence = media_type.partition(";")[0]
    by_name, by_accept = sparql(server, SELECT, format=name), sparql(server, SELECT, accept=essence)
    assert by_name.headers["content-type"] == by_accept.headers["content-type"] == media_type
    assert by_name.body == by_accept.body == sparql(server, SELECT, format=essence).body
    if reader is None:
        assert by_name.body == "x,y\r\n1,één “雪”\r\nhttp://x/,\r\n".encode()
        return
    found = parse_query_results(by_name.body, format=reader)
    assert isinstance(found, QuerySolutions)
    rows = [[str(term) for term in row] for row in found]
    assert rows[0][1] == '"één “雪”"@nl'
    assert rows[1] == ["<http://x/>", "None"]


@pytest.mark.parametrize("name", ROWS)
def test_2_1_5_yes_and_no_in_each_format(server: Address, name: str) -> None:
    media_type, reader = ROWS[name]
    for query, value in (("ASK {}", True), ("ASK { <a:a> <a:b> <a:c> }", False)):
        answer = sparql(server, query, format=name)
        if reader is None or name == "tsv":
            refused(answer, 406, "format") if answer.status != 200 else None
            if answer.status == 200:
                assert answer.text.strip() == str(value).lower()
            continue
        assert answer.headers["content-type"] == media_type
        found = parse_query_results(answer.body, format=reader)
        assert isinstance(found, QueryBoolean)
        assert bool(found) is value


@pytest.mark.parametrize("name", TRIPLES)
def test_2_1_5_triples_in_each_format(server: Address, name: str) -> None:
    media_type, reader = TRIPLES[name]
    by_name = sparql(server, CONSTRUCT, format=name)
    by_accept = sparql(server, CONSTRUCT, accept=media_type)
    assert by_name.headers["content-type"] == by_accept.headers["content-type"] == media_type
    found = {str(quad.triple) for quad in parse(by_name.body, format=reader)}
    assert found == {str(quad.triple) for quad in parse(by_accept.body, format=reader)}
    assert found == {
        "<http://x/s> <http://x/p> " + each
        for each in ('"é"', '"3"^^<http://www.w3.org/2001/XMLSchema#integer>', "<http://x/o>")
    }


def test_2_1_5_describe_gives_triples(server: Address) -> None:
    answer = sparql(server, "DESCRIBE id:sara-ziff", accept="application/n-triples")
    assert answer.type == "application/n-triples"
    assert b"sara-ziff" in answer.body


@pytest.mark.parametrize(
    ("accept", "rows", "triples"),
    [
        (None, SPARQL_JSON, "text/turtle"),
        ("*/*", SPARQL_JSON, "text/turtle"),
        ("*", SPARQL_JSON, "text/turtle"),
        ("", SPARQL_JSON, "text/turtle"),
        ("text/*", "text/csv", "text/turtle"),
        ("application/*", SPARQL_JSON, "application/ld+json"),
        ("text/csv;q=0.5, application/sparql-results+xml", "application/sparql-results+xml", None),
        ("text/csv;q=0.9, text/tab-separated-values;q=0.95", "text/tab-separated-values", None),
        ("*/*;q=0.1, text/csv, text/turtle;q=0", "text/csv", "application/ld+json"),
        ("application/json", JSON, JSON),
        ("text/turtle;q=0.2, application/n-triples;q=0.3", None, "application/n-triples"),
        ("TEXT/CSV; Q=1.000", "text/csv", None),
        ("image/png, */*;q=0.01", SPARQL_JSON, "text/turtle"),
        ("image/png", None, None),
        ("*/*;q=0", None, None),
    ],
)
def test_2_1_7_what_is_accepted(
    server: Address,
    accept: str | None,
    rows: str | None,
    triples: str | None,
) -> None:
    for query, type in ((SELECT, rows), (CONSTRUCT, triples)):
        answer = sparql(server, query, accept=accept)
        if type is None:
            found = refused(answer, 406, "format")
            assert "there are" in found["detail"]
        else:
            assert (answer.status, answer.type) == (200, type)
        assert "Accept" in answer.headers["vary"]


def test_a_format_goes_before_what_is_accepted(server: Address) -> None:
    assert sparql(server, SELECT, format="xml", accept="text/csv").type.endswith("results+xml")
    assert sparql(server, CONSTRUCT, format="xml", accept="text/csv").type == "application/rdf+xml"
    assert sparql(server, CONSTRUCT, format="ttl").type == "text/turtle"
    refused(sparql(server, SELECT, format="turtle"), 406, "format")
    refused(sparql(server, SELECT, format="exe"), 406, "format")
    names = ["tsv", "text/tab-separated-values"]  # as some clients have it
    assert sparql(server, SELECT, format=names).type == names[1]


# ---- SPARQL 1.1 Protocol: what fails


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * { ?s ?p }", 1, 18),
        ("SELECT *\n{\n  ?s ?p 'a\n}", 3, 9),
        ("SELECT ?x { ?x nope:p 1 }", 1, 16),
        ("", 1, 1),
    ],
)
def test_2_1_6_what_is_no_query_is_400_with_its_place(
    server: Address,
    query: str,
    line: int,
    column: int,
) -> None:
    for answer in (sparql(server, query), posted(server, query, QUERY)):
        found = refused(answer, 400, "query")
        assert (found["line"], found["column"]) == (line, column)
        assert found["detail"].startswith(f"line {line}, column {column}: ")


def test_a_wrong_query_fails_in_the_words_of_the_command_line(server: Address) -> None:
    query = "SELECT ?x {\n ?x nope:p 1 }"
    said = run("sparql", query).stderr.strip()
    assert refused(sparql(server, query), 400, "query")["detail"] in said


def test_a_query_about_nothing_has_a_warning_in_a_header(server: Address) -> None:
    for query in ("SELECT ?s { ?s a ag:Persn }", "ASK { ?s a ag:Persn }"):
        answer = sparql(server, query)
        assert answer.status == 200
        (warning,) = json.loads(answer.headers["allgraph-warnings"])
        assert warning.endswith("the graph has no ag:Persn; did you mean ag:Person?")
    assert "allgraph-warnings" not in sparql(server, "ASK { ?s a ag:Person }").headers
    query = "PREFIX e: <http://x/> ASK { ?s a e:é\u2028 , <http://x/é> }"
    assert sparql(server, query.replace("\u2028", "")).headers["allgraph-warnings"].isascii()


def test_2_2_updates_are_refused(server: Address) -> None:
    update = "INSERT DATA { <a:a> <a:b> <a:c> }"
    refused(posted(server, update, UPDATE), 403, "read-only")
    refused(posted(server, urlencode({"update": update}), FORM), 403, "read-only")
    refused(got(server, "/sparql", update=update), 403, "read-only")
    refused(got(server, "/sparql", update=update, query="ASK {}"), 400, "request")
    form = urlencode({"update": update, "using-graph-uri": "http://x/"})
    refused(posted(server, form, FORM), 403, "read-only")
    found = refused(sparql(server, update), 400, "query")  # as a query it is none
    assert "updates are refused" in found["detail"]
    assert sparql(server, "ASK { <a:a> <a:b> <a:c> }").json()["boolean"] is False


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_methods_that_are_not_there(server: Address, method: str) -> None:
    for path, allowed in (
        ("/sparql", "GET, HEAD, POST, OPTIONS"),
        ("/ask", "GET, HEAD, OPTIONS"),
        ("/id/sara-ziff", "GET, HEAD, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
    ):
        answer = fetch(server + path, method=method)
        refused(answer, 405, "method")
        assert answer.headers["allow"] == allowed


def test_only_the_endpoint_takes_a_post(server: Address) -> None:
    for path in ("/ask/advocacy", "/find", "/", "/health", "/catalog"):
        answer = fetch(server + path, method="POST", body=b"q=x")
        refused(answer, 405, "method")
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


# ---- Service description


@pytest.mark.parametrize("name", TRIPLES)
def test_without_a_query_the_endpoint_describes_itself(server: Address, name: str) -> None:
    media_type, reader = TRIPLES[name]
    answer = got(server, "/sparql", accept=media_type)
    assert (answer.status, answer.headers["content-type"]) == (200, media_type)
    assert got(server, "/sparql", format=name).headers["content-type"] == media_type
    triples = [str(quad.triple) for quad in parse(answer.body, format=reader)]
    space = "http://www.w3.org/ns/sparql-service-description#"
    assert any(f"{space}Service>" in each for each in triples)
    assert any(f"<{space}supportedLanguage> <{space}SPARQL11Query>" in each for each in triples)
    told = {
        each.rpartition("<")[2].rstrip(">") for each in triples if f"<{space}resultFormat>" in each
    }
    assert len(told) >= 10


def test_the_description_is_of_triples(server: Address) -> None:
    refused(got(server, "/sparql", format="csv"), 406, "format")
    refused(got(server, "/sparql", accept="text/csv"), 406, "format")
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert got(server, "/sparql", accept=browser).headers["location"] == "/query"
    assert got(server, "/sparql", accept="*/*").type == "text/turtle"


# ---- HEAD, OPTIONS, and pages of other sites


@pytest.mark.parametrize(
    "path",
    ["/", "/ask", "/find?q=ziff", "/sparql", "/sparql?query=ASK%7B%7D", "/sparql?query=nonsense",
     "/nowhere", "/health", "/catalog", "/openapi.json", "/show?thing=id:sara-ziff", "/find"],
)  # fmt: skip
def test_head_has_the_head_of_get(server: Address, path: str) -> None:
    fetch(server + path)  # a large answer has a length once it is known
    whole, head = (fetch(server + path, method=method) for method in ("GET", "HEAD"))
    changes = {"date", "x-request-id"}
    assert head.status == whole.status
    assert [each for each in head.all_headers if each[0] not in changes] == [
        each for each in whole.all_headers if each[0] not in changes
    ]
    assert head.body == b""
    assert int(head.headers["content-length"]) == len(whole.body) > 0


def test_options_says_what_is_allowed(server: Address) -> None:
    for path, allowed in (("/sparql", "GET, HEAD, POST, OPTIONS"), ("/ask", "GET, HEAD, OPTIONS")):
        answer = fetch(server + path, method="OPTIONS")
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["allow"] == allowed
        assert "access-control-allow-origin" not in answer.headers


def test_pages_of_any_site_may_read_answers(server: Address) -> None:
    origin = {"Origin": "https://a.example"}
    for path in ("/sparql?query=ASK%7B%7D", "/sparql?query=x", "/ask", "/nowhere", "/health"):
        answer = fetch(server + path, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
        assert "Origin" in answer.headers["vary"]
    asked = {**origin, "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "content-type"}  # fmt: skip
    answer = fetch(f"{server}/sparql", method="OPTIONS", headers=asked)
    assert answer.status == 204
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert int(answer.headers["access-control-max-age"]) > 0
    answer = fetch(f"{server}/ask", method="OPTIONS", headers=asked)
    assert "POST" not in answer.headers["access-control-allow-methods"]


# ---- A small graph with hostile names, elsewhere, for pages of one site

EVIL = "<script>alert('1')</script> & \"<b>\""
HOSTILE = (
    PREFIXES
    + """
id:evil a ag:Person ; rdfs:label "<script>alert('1')</script> & \\"<b>\\"" .
claim:evil a ag:Claim ; rdf:subject id:evil ; rdf:predicate ag:founded ; rdf:object id:club ;
  ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:page ;
    oa:hasSelector [ a oa:TextQuoteSelector ; oa:exact "<img src=x onerror=alert(1)>" ] ] .
id:club a ag:Organization ; rdfs:label "A club" .
source:page a ag:Source ; rdfs:label "</pre><h1>Page</h1>" ;
  prov:specializationOf <javascript:alert(1)> .
"""
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A server with an address of its own, one site that may read, and a limit on rows."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "data").mkdir()
    (folder / "allgraph.toml").write_text(MANIFEST)
    (folder / "data" / "all.ttl").write_text(HOSTILE)
    options = ["--cors", "https://one.example", "--max-rows", "5", "--workers", "1"]
    with serving(*options, "--base", "https://data.example/", folder=folder) as address:
        yield address


def test_pages_of_one_site_may_read_answers(small: Address) -> None:
    one = fetch(f"{small}/ask", headers={"Origin": "https://one.example"})
    assert one.headers["access-control-allow-origin"] == "https://one.example"
    for other in ("https://one.example.evil", "http://one.example", "null", "*", "https://one"):
        for method in ("GET", "OPTIONS"):
            answer = fetch(f"{small}/ask", method=method, headers={"Origin": other})
            assert not [name for name in answer.headers if name.startswith("access-control")]
            assert "Origin" in answer.headers["vary"]


def test_names_are_escaped_in_pages(small: Address) -> None:
    paths = ("/show?thing=id:evil", "/find?q=script", "/timeline", "/rank", "/id/evil",
             "/page/id/evil", "/between?from=id:evil&to=id:club",
             "/paths?from=id:evil&to=id:club", "/show?thing=%3Cscript%3Ealert(1)%3C/script%3E",
             "/%3Cscript%3E", "/ask/%3Cscript%3E", "/show?thing=id:evil&format=%3Cscript%3E",
             "/show?%3Cscript%3E=1", "/", "/ask")  # fmt: skip
    for path in paths:
        answer = fetch(small + path, headers={"Accept": HTML})
        if answer.status == 303:
            answer = fetch(small + answer.headers["location"], headers={"Accept": HTML})
        assert answer.headers["content-type"] == "text/html; charset=utf-8", path
        text = without_own(answer.text).lower()
        assert "<script" not in text, path
        assert "<img" not in text
        assert "<b>" not in text.replace("<b><bdi>", ""), path  # which stories have
        assert 'href="javascript:' not in text
        assert not re.search(r"\son\w+=|\sstyle=", re.sub(r"<pre>.*?</pre>", "", text, flags=re.S))
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert not LEAKS.search(answer.text), path
    assert "&lt;script&gt;" in got(small, "/show", thing="id:evil", accept=HTML).text


def test_names_are_whole_in_data(small: Address) -> None:
    assert [each["name"] for each in got(small, "/find", q="script").json()] == [EVIL]
    for name, (_, reader) in TRIPLES.items():
        answer = sparql(small, "DESCRIBE id:evil", format=name)
        assert any(getattr(quad.object, "value", "") == EVIL for quad in parse(answer.body, reader))


def test_the_address_that_is_told(small: Address) -> None:
    text = got(small, "/sparql", accept="text/turtle").text
    assert "https://data.example/sparql" in text
    assert "127.0.0.1" not in text
    assert got(small, "/openapi.json").json()["servers"] == [{"url": "https://data.example"}]


def test_more_rows_than_there_may_be(small: Address) -> None:
    answer = sparql(small, "SELECT * { ?s ?p ?o }")
    assert refused(answer, 413, "too-large")["limit"] == "rows"
    assert len(sparql(small, "SELECT * { ?s ?p ?o } LIMIT 5").json()["results"]["bindings"]) == 5


def test_relative_iris_are_those_of_the_graph(small: Address) -> None:
    query = "SELECT ?name { <id/evil> rdfs:label ?name }"
    assert sparql(small, query).json()["results"]["bindings"]
    assert sparql(small, f"ASK {{ <{BASE}id/evil> ?p ?o }}").json()["boolean"] is True


# ---- Questions, as the command line answers them


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/ask", "ask"),
        ("/find?q=ziff", "find ziff"),
        ("/find?q=SARA%20z", "find|SARA z"),
        ("/find?q=a&where=kind:is:committee&where=name:not-contains:labor&sort=-name",
         "find a --where kind:is:committee --where name:not-contains:labor --sort=-name"),
        ("/show?thing=id:sara-ziff", "show id:sara-ziff"),
        ("/show?thing=Sara+Ziff&hops=1", "show|Sara Ziff|--hops|1"),
        ("/show?thing=id:sara-ziff&as-of=2013-07-01", "show id:sara-ziff --as-of 2013-07-01"),
        ("/show?thing=id:sara-ziff&as-of=2013-07-01&possible=true",
         "show id:sara-ziff --as-of 2013-07-01 --possible"),
        ("/paths?from=id:sara-ziff&to=id:coco-rocha", "paths id:sara-ziff id:coco-rocha"),
        ("/paths?from=id:sara-ziff&to=id:coco-rocha&max-hops=3&limit=2&without=ag:signed&together",
         "paths id:sara-ziff id:coco-rocha --max-hops 3 --limit 2 --without ag:signed --together"),
        ("/paths?from=id:sara-ziff&to=id:coco-rocha&as-of=2013-07-01&hub-limit=50",
         "paths id:sara-ziff id:coco-rocha --as-of 2013-07-01 --hub-limit 50"),
        ("/between?from=id:sara-ziff&to=id:coco-rocha", "between id:sara-ziff id:coco-rocha"),
        ("/between?from=id:sara-ziff&to=id:coco-rocha&as-of=2014-01-01",
         "between id:sara-ziff id:coco-rocha --as-of 2014-01-01"),
        ("/timeline", "timeline"),
        ("/timeline?thing=id:sara-ziff&limit=3", "timeline id:sara-ziff --limit 3"),
        ("/timeline?where=when:before:2013&sort=-sentence,when&limit=3",
         "timeline --where when:before:2013 --sort=-sentence,when --limit 3"),
        ("/timeline?thing=id:sara-ziff&as-of=2013-07-01",
         "timeline id:sara-ziff --as-of 2013-07-01"),
        ("/rank", "rank"),
        ("/rank?by=pagerank&limit=5", "rank --by pagerank --limit 5"),
        ("/rank?by=betweenness&as-of=2014-01-01", "rank --by betweenness --as-of 2014-01-01"),
        ("/ask/advocacy?body=id:model-alliance", "ask advocacy --body id:model-alliance"),
        ("/ask/advocacy?body=Model+Alliance&sources=true",
         "ask|advocacy|--body|Model Alliance|--sources"),
        ("/ask/board-on-day?body=id:model-alliance&day=2013-07-01",
         "ask board-on-day --body id:model-alliance --day 2013-07-01"),
        ("/ask/board-members?body=id:model-alliance&as-of=2013-07-01",
         "ask board-members --body id:model-alliance --as-of 2013-07-01"),
        ("/ask/by-confidence?confidence=low", "ask by-confidence --confidence low"),
        ("/ask/without-identifier", "ask without-identifier"),
    ],
)  # fmt: skip
def test_json_is_that_of_the_command_line(server: Address, path: str, command: str) -> None:
    words = command.split("|") if "|" in command else command.split()
    done = run(*words, "--format", "json")
    assert not done.stderr.startswith("allgraph: "), done.stderr
    answer = fetch(server + path)
    assert answer.status == 200, answer.body
    assert answer.type in (JSON, SPARQL_JSON)
    assert answer.json() == json.loads(done.stdout)


def test_every_question_is_at_its_address(server: Address, graph: Graph) -> None:
    for query in graph.queries.values():
        answer = fetch(f"{server}/ask/{query.name}")
        if any(parameter.required for parameter in query.parameters):
            said = refused(answer, 400, "parameter")["detail"]
            assert said.startswith(f"“{query.name}” needs ")
        else:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "command", "status", "sort"),
    [
        ("/show?thing=nobody+at+all", "show|nobody at all", 404, "name"),
        ("/show?thing=Alliance&as-of=2013", "show|Alliance|--as-of|2013", 400, "parameter"),
        ("/show?thing=id:sara-ziff&as-of=2013-99-99", "show|id:sara-ziff|--as-of|2013-99-99", 400,
         "parameter"),
        ("/paths?from=id:sara-ziff&to=nobody", "paths|id:sara-ziff|nobody", 404, "name"),
        ("/timeline?thing=nobody", "timeline|nobody", 404, "name"),
        ("/rank?predicate=nothing", "rank|--predicate|nothing", 404, "name"),
        ("/ask/advocac", "ask|advocac", 404, "question"),
        ("/ask/advocacy?body=nobody", "ask|advocacy|--body|nobody", 404, "name"),
        ("/ask/advocacy", "ask|advocacy", 400, "parameter"),
        ("/ask/board-on-day?body=id:model-alliance&day=soon",
         "ask|board-on-day|--body|id:model-alliance|--day|soon", 400, "parameter"),
        ("/ask/by-confidence?confidence=none", "ask|by-confidence|--confidence|none", 400,
         "parameter"),
    ],
)  # fmt: skip
def test_errors_are_in_the_words_of_the_command_line(
    server: Address,
    path: str,
    command: str,
    status: int,
    sort: str,
) -> None:
    done = run(*command.split("|"))
    assert done.returncode == 2
    assert done.stdout == ""
    found = refused(fetch(server + path), status, sort)
    if sort != "question":  # there the command line has the words of a command
        said = done.stderr.strip().splitlines()[-1].removeprefix("allgraph: ")
        assert said == found["detail"]


def test_a_name_of_several_has_candidates(server: Address) -> None:
    found = refused(got(server, "/show", thing="Alliance"), 404, "name")
    assert len(found["candidates"]) > 1
    assert all(each.startswith("https://") for each in found["candidates"])


@pytest.mark.parametrize(
    "path",
    ["/show", "/find", "/find?q=", "/paths?from=id:sara-ziff", "/find?q=a&q=b", "/find?q=a&p=b",
     "/show?thing=id:sara-ziff&hops=9", "/show?thing=id:sara-ziff&hops=one", "/rank?by=beauty",
     "/rank?limit=0", "/rank?limit=-1", "/rank?limit=1e9", "/rank?limit=٣", "/timeline?possible=1",
     "/rank?possible=perhaps", "/find?q=%ff", "/find?q=%7", "/find?format=json&format=json&q=a",
     f"/find?q={'x' * 2001}", "/ask/advocacy?body=a&body=b", "/ask/advocacy?body=id:x&more=1",
     f"/ask/advocacy?body={'x' * 2001}", f"/find?{'&'.join('q=a' for _ in range(200))}"],
)  # fmt: skip
def test_wrong_parameters(server: Address, path: str) -> None:
    refused(fetch(server + quote(path, safe="/?&=%+:-")), 400, "parameter")


def test_answers_in_other_types(server: Address) -> None:
    ask = "/ask/advocacy?body=id:model-alliance"
    for path, format, type, begins in (
        ("/timeline?limit=2", "csv", "text/csv", "position,words,when"),
        ("/timeline?limit=2", "text", "text/plain", ""),
        ("/find?q=ziff", "txt", "text/plain", "name"),
        ("/find?q=ziff", "html", HTML, "<!DOCTYPE html>"),
        ("/paths?from=id:sara-ziff&to=id:coco-rocha", "graphml", "application/graphml+xml", "<"),
        (ask, "csv", "text/csv", "how,what,when,claim"),
        (ask, "xml", "application/sparql-results+xml", "<?xml"),
        (ask, "text", "text/plain", ""),
        (ask, "html", HTML, "<!DOCTYPE html>"),
        ("/", "json", JSON, "{"),
    ):
        joined = f"{path}{'&' if '?' in path else '?'}"
        by_name = fetch(f"{server}{joined}format={format}")
        by_accept = fetch(server + path, headers={"Accept": type})
        for answer in (by_name, by_accept):
            assert (answer.status, answer.type) == (200, type), (path, format, answer.body)
            assert answer.text.startswith(begins)
        by_type = fetch(f"{server}{joined}{urlencode({'format': type})}")
        assert by_type.type == type
    refused(got(server, "/find", q="a", format="exe"), 406, "format")
    refused(got(server, "/find", q="a", accept="image/png"), 406, "format")


def test_problems_are_pages_for_browsers(server: Address) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for path, status in (("/nowhere", 404), ("/show", 400), ("/sparql?query=x", 400)):
        answer = fetch(server + path, headers={"Accept": browser})
        assert (answer.status, answer.type) == (status, HTML)
        assert not LEAKS.search(answer.text)
        for accept in ("*/*", JSON, PROBLEM, "text/turtle", ""):
            assert fetch(server + path, headers={"Accept": accept}).type == PROBLEM


def test_a_question_that_has_rows_is_not_there_as_triples(server: Address) -> None:
    path = f"{server}/ask/founders?body=Model+Alliance"
    for reply in (fetch(path, headers={"Accept": "text/turtle"}), fetch(f"{path}&format=ttl")):
        assert reply.status == 406
        assert reply.json()["type"].endswith("#format")
        assert reply.json()["detail"].startswith("rows are not available in the format asked for")


# ---- Caches


@pytest.mark.parametrize(
    "path", ["/sparql?query=ASK%7B%7D", "/sparql", "/ask", "/find?q=ziff", "/catalog", "/",
             "/.well-known/void", "/openapi.json", "/ask/undated", "/download/graph.nt"]
)  # fmt: skip
def test_an_answer_that_a_client_has_is_not_sent_again(server: Address, path: str) -> None:
    whole = fetch(server + path)
    etag, modified = whole.headers["etag"], whole.headers["last-modified"]
    assert re.fullmatch(r'"[0-9a-f]{24}"', etag)
    assert parsedate_to_datetime(modified).tzinfo is not None
    assert whole.headers["cache-control"].startswith("public, max-age=")
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        for method in ("GET", "HEAD"):
            answer = fetch(server + path, method=method, headers={"If-None-Match": known})
            assert (answer.status, answer.body) == (304, b"")
            assert answer.headers["etag"] == etag
            assert {"vary", "cache-control", "last-modified"} <= set(answer.headers)
            assert "content-type" not in answer.headers
    assert fetch(server + path, headers={"If-Modified-Since": modified}).status == 304
    for stale in ({"If-None-Match": '"other"'},
                  {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
                  {"If-Modified-Since": "yesterday"},
                  {"If-None-Match": '"other"', "If-Modified-Since": modified}):  # fmt: skip
        assert fetch(server + path, headers=stale).body == whole.body


def test_each_answer_has_a_tag_of_its_own(server: Address) -> None:
    answers = [sparql(server, SELECT, format=name) for name in ROWS]
    answers += [
        sparql(server, SELECT + " LIMIT 1"),
        got(server, "/ask"),
        got(server, "/", accept=HTML),
    ]
    answers += [got(server, "/", accept=JSON)]
    assert len({answer.headers["etag"] for answer in answers}) == len(answers)
    again = sparql(server, SELECT, format="xml").headers["etag"]
    assert again == answers[1].headers["etag"]


def test_what_fails_has_no_tag(server: Address) -> None:
    for path in ("/nowhere", "/find", "/sparql?query=x", "/ask/nothing"):
        for known in (
            {"If-None-Match": "*"},
            {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        ):
            answer = fetch(server + path, headers=known)
            assert answer.status in (400, 404)
            assert "etag" not in answer.headers


def test_what_changes_by_itself_is_not_kept(server: Address) -> None:
    for call in ("NOW()", "rand ()", "StrUUID()", "UUID()"):
        answer = sparql(server, f"SELECT ({call} AS ?x) {{}}")
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        assert sparql(server, f"SELECT ({call} AS ?x) {{}}").body != answer.body
    for path in ("/health", "/metrics"):
        assert got(server, path).headers["cache-control"] == "no-store"


def test_an_answer_to_a_post_is_that_of_a_get(server: Address) -> None:
    answer = posted(server, SELECT, QUERY)
    assert "etag" not in answer.headers
    assert posted(server, SELECT, QUERY).body == answer.body == sparql(server, SELECT).body


# ---- Headers, and what is not told


PATHS = (
    "/", "/sparql", "/sparql?query=ASK%7B%7D", "/sparql?query=x", "/ask", "/ask/undated",
    "/ask/nothing", "/find?q=a", "/find", "/nowhere", "/health", "/catalog", "/openapi.json",
    "/id/sara-ziff", "/page/id/sara-ziff", "/data/id/sara-ziff.ttl", "/download/none",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_headers_of_every_answer(server: Address, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = fetch(server + path, method=method)
        names = [name for name, _ in answer.all_headers]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])
        assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Profile, Origin"
        assert not SimpleCookie(answer.headers.get("set-cookie"))
        assert not {"set-cookie", "server", "x-powered-by"} & set(names)
        assert sorted(set(names)) == sorted(names)
        assert not LEAKS.search(str(answer.all_headers))


def test_a_request_keeps_its_id(server: Address) -> None:
    given = got(server, "/ask", headers={"X-Request-Id": "a.B_9-"})
    assert given.headers["x-request-id"] == "a.B_9-"
    for wrong in ("a b", "é", "x" * 65, "a;b", "<script>", ""):
        answer = got(server, "/ask", headers={"X-Request-Id": wrong.encode("latin-1")})
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


def raw(server: str, data: bytes) -> bytes:
    """All that a server says to some bytes, and the end of the connection."""
    parts = urlsplit(server)
    with socket.create_connection((str(parts.hostname), parts.port or 80), 30) as connection:
        connection.sendall(data)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


@pytest.mark.parametrize(
    "path",
    ["/a%0d%0aSet-Cookie:%20x=1", "/id/sara-ziff%0d%0aX-Evil:%201", "/%0a%0aX-Evil:1",
     "/sparql?query=%0d%0aX-Evil:%201", "/find?q=%0d%0aX-Evil:%201&format=%0d%0aX-Evil:1",
     "/download/graph.ttl%0d%0aX-Evil:1", "/ask/%0d%0aX-Evil:1", "/id/%E5%98%8D%E5%98%8AX-Evil:1",
     "/data/id/sara-ziff.ttl%0aX-Evil:1", "/\\r\\nX-Evil:1"],
)  # fmt: skip
def test_no_header_gets_in_by_an_address(server: Address, path: str) -> None:
    for accept in ("*/*", HTML, "text/turtle"):
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
        reply = raw(server, head.encode("latin-1")).partition(b"\r\n\r\n")[0].lower()
        lines = reply.split(b"\r\n")
        assert not [line for line in lines if line.startswith((b"x-evil", b"set-cookie"))]
        assert b"\n" not in reply.replace(b"\r\n", b"")


def test_no_header_gets_in_by_a_header(server: Address) -> None:
    for line in (b"Origin: https://a\rX-Evil: 1", b"X-Request-Id: a\nX-Evil: 1",
                 b"Origin: https://a\x00X-Evil: 1", b"Host: x\r\n X-Evil: 1"):  # fmt: skip
        data = b"GET /ask HTTP/1.1\r\nHost: x\r\n" + line + b"\r\nConnection: close\r\n\r\n"
        lines = raw(server, data).partition(b"\r\n\r\n")[0].lower().replace(b"\r", b"\n")
        assert not [each for each in lines.split(b"\n") if each.strip().startswith(b"x-evil")]


@pytest.mark.parametrize(
    "path",
    ["/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/data/..%2f..%2fetc/passwd.ttl",
     "/data/id/../../allgraph.toml", "/download/..%2f..%2fallgraph.toml", "/download//etc/passwd",
     "/download/graph.ttl%00.nt", "/page/..\\..\\windows", "//etc/passwd", "/id/%00", "/ns/../data",
     "/ask/..%2f..%2fqueries%2fadvocacy.rq", "/ask/../advocacy", "/shapes/../../data",
     "/.git/config",
     "/%ff", "/id/%ff%fe", "/%", "/id/%zz", "/id/%F0%9F%98%80", "/id/" + "a" * 5000],
)  # fmt: skip
def test_no_file_is_reached_by_an_address(server: Address, path: str) -> None:
    data = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1")
    head, _, body = raw(server, data).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] in (b"400", b"404")
    assert b"root:" not in body
    assert b"[graph" not in body
    found = json.loads(body)
    said = str(found["detail"]).replace(path, "").replace(path.rpartition("/")[2], "")
    assert not LEAKS.search(said)


def test_what_a_proxy_says_is_not_believed(server: Address) -> None:
    told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher",
            "X-Forwarded-For": "1.2.3.4", "Host": "evil.example"}  # fmt: skip
    for path in ("/", "/id/sara-ziff", "/catalog", "/openapi.json", "/sparql"):
        answer = fetch(server + path, headers=told)
        assert "evil" not in answer.text + str(answer.all_headers)
        assert "gopher" not in answer.text + str(answer.all_headers)
    assert '"client": "1.2.3.4"' not in server.log.read_text()


def test_the_log_has_a_line_for_each_request(server: Address) -> None:
    got(server, "/find", q="a secret", headers={"X-Request-Id": "one-request"})
    got(server, "/nowhere%0d%0a{}", headers={"X-Request-Id": "other-request"})

    def found() -> list[dict[str, Any]]:
        lines = server.log.read_text().splitlines()
        return [json.loads(line) for line in lines if '-request"' in line and line[-1:] == "}"]

    until(lambda: len(found()) == 2)  # a line comes after its answer
    one, other = found()
    assert (one["id"], one["method"], one["path"], one["status"], one["route"], one["cut"]) == (
        "one-request", "GET", "/find", 200, "find", False
    )  # fmt: skip
    assert other["status"] == 404
    assert "secret" not in str(one)
