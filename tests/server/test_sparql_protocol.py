"""The SPARQL 1.1 Protocol, section by section, and problems as RFC 9457 has them.

Numbers in names are sections of the protocol; 2.1.4, 2.1.6, 2.1.7 and 2.3 are about answers, and
in `test_server_answers`.
"""

from __future__ import annotations

import json
import time
from gzip import compress
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph import errors
from allgraph.errors import (
    AllgraphError,
    EngineCrash,
    EngineError,
    EngineTimeout,
    InputError,
    LoadError,
    QueryError,
    UnknownFormat,
    UnknownName,
)
from allgraph.server.http import sparql_protocol
from allgraph.server.http.problems import (
    LONGEST,
    SORTS,
    Problem,
    Rejected,
    problem,
    problem_of,
)
from allgraph.server.http.reply import TooLong
from allgraph.server.http.sparql_protocol import (
    FORM,
    QUERY,
    UPDATE,
    Ask,
    RequestLimits,
)
from allgraph.server.workers.pool import Busy

Q = "SELECT ?x { ?x ?p 'é & ü + 1' }"
ENCODED = quote(Q, safe="").encode()
GRAPHS = {"default-graph-uri": ["http://x/a", "http://x/b"], "named-graph-uri": ["urn:c"]}
ASKED = Ask(Q, ("http://x/a", "http://x/b"), ("urn:c",))


def encoded(**fields: str | list[str]) -> bytes:
    return urlencode({k.replace("_", "-"): v for k, v in fields.items()}, doseq=True).encode()


def read(*request: Any, **more: Any) -> Ask | Problem:
    try:
        return sparql_protocol.read(*request, **more)
    except Rejected as rejected:
        return rejected.problem


def status(*request: object, **more: object) -> int:
    found = read(*request, **more)
    assert isinstance(found, Problem), found
    assert found.detail and found.body()
    return found.status


# ---- 2.1 query operation


def test_2_1_a_query_comes_by_get_or_post() -> None:
    assert read("GET", b"query=" + ENCODED) == Ask(Q)
    assert read("POST", b"", FORM, b"query=" + ENCODED) == Ask(Q)
    assert read("POST", b"", QUERY, Q.encode()) == Ask(Q)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "get", "", "QUERY"])
def test_2_1_no_other_method_will_do(method: str) -> None:
    found = read(method, b"query=" + ENCODED)
    assert isinstance(found, Problem)
    assert (found.status, found.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_2_1_head_is_as_get() -> None:
    assert read("HEAD", b"query=" + ENCODED) == Ask(Q)


def test_2_1_there_is_exactly_one_query() -> None:
    two = b"query=ASK%7B%7D&query=ASK%7B%7D"
    assert status("GET", two) == 400
    assert status("POST", b"", FORM, two) == 400
    assert status("POST", b"query=ASK%7B%7D", QUERY, b"ASK {}") == 400
    assert status("POST", b"query=ASK%7B%7D", FORM, b"query=ASK%7B%7D") == 400
    for none in (b"", b"default-graph-uri=http://x/", b"format=json"):
        assert status("POST", b"", FORM, none) == 400
    assert status("GET", b"default-graph-uri=http://x/") == 400


def test_2_1_a_query_may_be_empty_and_is_then_for_the_parser() -> None:
    assert read("GET", b"query=") == read("GET", b"query") == Ask("")
    assert read("POST", b"", QUERY, b"") == Ask("")


def test_2_1_there_are_any_number_of_graphs() -> None:
    assert read("GET", encoded(query=Q)) == Ask(Q)
    assert read("GET", encoded(query=Q, **GRAPHS)) == ASKED


@pytest.mark.parametrize(
    "iri", ["", "a", "/a", "//x/a", "#a", "http://x/a b", "<http://x/>", "a:b\n"]
)
@pytest.mark.parametrize("name", GRAPHS)
def test_2_1_a_graph_is_an_absolute_iri(iri: str, name: str) -> None:
    request = urlencode({"query": Q, name: iri}).encode()
    assert status("GET", request) == status("POST", b"", FORM, request) == 400


def test_2_1_a_graph_may_have_an_iri_beyond_ascii() -> None:
    assert read("GET", encoded(query=Q, default_graph_uri="http://x/é")) == Ask(Q, ("http://x/é",))


# ---- 2.1.1 query via GET


def test_2_1_1_parameters_are_percent_encoded() -> None:
    assert read("GET", b"query=ASK%20%7b%7D") == read("GET", b"query=ASK+%7B}") == Ask("ASK {}")
    assert read("GET", b"%71uery=ASK{}&un%6bnown=%41") == Ask("ASK{}")


@given(st.lists(st.integers(0, 255).map(lambda n: b"%%%02x" % n) | st.sampled_from(
    [b"=", b"=41", b"=\n", b"==", b"+", b"\r\n", b"\t ", b"_", b"%3D", b"%25", b"a"]
)).map(b"".join))  # fmt: skip
def test_2_1_1_what_is_encoded_is_any_bytes(text: bytes) -> None:
    decoded = unquote_to_bytes(text.replace(b"+", b" "))
    try:
        query = decoded.decode()
    except UnicodeDecodeError:
        assert status("POST", b"", FORM, b"query=" + text) == 400
    else:
        assert read("POST", b"", FORM, b"query=" + text) == Ask(query)


@pytest.mark.parametrize("bad", [b"%", b"%4", b"%zz", b"a%2", b"%%41", b"%u0041", b"% 1"])
def test_2_1_1_what_is_not_is_refused(bad: bytes) -> None:
    for text in (b"query=" + bad, bad + b"=x&query=ASK{}", b"query=ASK{}&format=" + bad):
        assert status("GET", text) == status("POST", b"", FORM, text) == 400


@pytest.mark.parametrize("bad", [b"%ff", b"%C3", b"%ED%A0%80", b"%C0%80", b"%F5%80%80%80", b"\xff"])
def test_2_1_1_what_is_encoded_is_utf_8(bad: bytes) -> None:
    assert status("GET", b"query=" + bad) == status("POST", b"", FORM, b"query=" + bad) == 400


def test_2_1_1_parameters_are_separated_with_an_ampersand() -> None:
    assert read("GET", b"&&query=ASK{};default-graph-uri=http://x/&") == Ask(
        "ASK{};default-graph-uri=http://x/"
    )


def test_2_1_1_their_order_does_not_matter() -> None:
    assert read("GET", b"named-graph-uri=urn:c&query=ASK{}&default-graph-uri=urn:a") == read(
        "GET", b"default-graph-uri=urn:a&named-graph-uri=urn:c&query=ASK{}"
    )


def test_2_1_1_there_is_no_body() -> None:
    assert status("GET", b"query=ASK{}", None, b"x") == 400
    assert status("GET", b"", QUERY, b"ASK{}") == 400


# ---- 2.1.2 query via POST with URL-encoded parameters


def test_2_1_2_parameters_are_in_the_body() -> None:
    assert read("POST", b"", FORM, encoded(query=Q, **GRAPHS)) == ASKED
    assert read("POST", b"", FORM, encoded(**GRAPHS, query=Q)) == ASKED
    assert status("POST", b"query=ASK{}", FORM, b"") == 400
    both = read("POST", b"named-graph-uri=urn:a", FORM, b"query=ASK{}&named-graph-uri=urn:b")
    assert both == Ask("ASK{}", (), ("urn:b", "urn:a"))  # as the tests of the W3C do


@pytest.mark.parametrize(
    "type", [FORM.upper(), FORM + ";charset=UTF-8", FORM + ' ; charset="utf-8"', FORM + ";a=b"]
)
def test_2_1_2_the_content_type_says_form(type: str) -> None:
    assert read("POST", b"", type, b"query=ASK{}") == Ask("ASK{}")


@pytest.mark.parametrize(
    "type", [None, "", "text/plain", "application/json", "multipart/form-data", FORM + "x",
             FORM + ";charset=latin1", FORM + "; charset=utf-16", QUERY + ";charset=iso-8859-1"],
)  # fmt: skip
def test_2_1_2_another_content_type_is_not_taken(type: str | None) -> None:
    found = read("POST", b"", type, b"query=ASK{}")
    assert isinstance(found, Problem)
    assert (found.status, found.headers["Accept-Post"]) == (415, f"{QUERY}, {FORM}")


# ---- 2.1.3 query via POST directly


def test_2_1_3_the_body_is_the_query_and_nothing_else() -> None:
    assert read("POST", b"", QUERY, b"query=ASK%7B%7D") == Ask("query=ASK%7B%7D")
    assert read("POST", b"", QUERY, Q.encode()) == Ask(Q)


def test_2_1_3_graphs_are_in_the_address() -> None:
    assert read("POST", encoded(**GRAPHS), QUERY, Q.encode()) == ASKED
    assert status("POST", b"default-graph-uri=x", QUERY, b"ASK{}") == 400


@pytest.mark.parametrize("type", [QUERY + ";charset=utf-8", QUERY + "; version=1.2", QUERY.title()])
def test_2_1_3_the_content_type_says_query(type: str) -> None:
    assert read("POST", b"", type, b"ASK{}") == Ask("ASK{}")


def test_2_1_3_utf_8_is_the_only_charset() -> None:
    assert status("POST", b"", QUERY, "ASK { ?s ?p 'é' }".encode("latin-1")) == 400
    assert status("POST", b"", QUERY, b"\xed\xa0\x80") == 400
    assert status("POST", b"", QUERY + ";charset=utf-16", b"ASK{}") == 415


# ---- Content codings of a body (RFC 9110, 8.4)


@pytest.mark.parametrize("coding", ["gzip", "GZip", " x-gzip "])
def test_a_body_may_be_packed(coding: str) -> None:
    whole = compress(Q.encode())
    assert read("POST", encoded(**GRAPHS), QUERY, whole, encoding=coding) == ASKED
    form = compress(encoded(query=Q)) + compress(b"&" + encoded(**GRAPHS))
    assert read("POST", b"", FORM, form, encoding=coding) == ASKED
    for broken in (Q.encode(), whole[:-1], whole[:5], whole[:-8] + bytes(8), whole + b"x"):
        assert status("POST", b"", QUERY, broken, encoding=coding) == 400
    assert read("POST", b"", QUERY, Q.encode(), encoding="identity") == Ask(Q)


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "gzip;q=1", "*"])
def test_a_body_may_be_packed_in_no_other_way(coding: str) -> None:
    found = read("POST", b"", QUERY, compress(b"ASK {}"), encoding=coding)
    assert isinstance(found, Problem)
    assert (found.status, found.headers) == (415, {"Accept-Encoding": "gzip"})


def test_the_limit_of_a_body_is_that_of_what_is_unpacked() -> None:
    limits = RequestLimits(body=1000)
    for size, expected in ((1000, Ask("ASK {}" + " " * 994)), (1001, None), (10**7, None)):
        body = compress(b"ASK {}".ljust(size))
        found = read("POST", b"", QUERY, body, encoding="gzip", limits=limits)
        if expected is None:
            assert isinstance(found, Problem)
            assert (found.status, found.limit) == (413, "body")
        else:
            assert found == expected


# ---- 2.1.5 and 2.1.7: formats, failures; what is ours


def test_2_1_5_a_format_may_be_named_beside_accept() -> None:
    assert read("GET", b"query=ASK{}&format=csv") == Ask("ASK{}", format="csv")
    assert read("POST", b"format=csv", FORM, b"query=ASK{}") == Ask("ASK{}", format="csv")
    assert read("POST", b"format=csv", QUERY, b"ASK{}") == Ask("ASK{}", format="csv")
    assert read("GET", b"query=ASK{}&format=csv&format=text/csv") == Ask("ASK{}", format="csv")


def test_parameters_of_others_are_passed_over() -> None:
    wrapper = b"query=ASK{}&format=json&output=json&results=json&timeout=3&version=1.2&=x&y"
    assert read("GET", wrapper) == Ask("ASK{}", format="json")


def test_no_query_asks_for_the_description_of_the_service() -> None:
    assert read("GET", b"") == read("HEAD", b"&") == read("GET", b"x=y") == Ask()
    assert read("GET", b"format=ttl") == Ask(format="ttl")


def test_sizes_are_limited() -> None:
    limits = RequestLimits(address=100, body=200, fields=10, graphs=2)
    assert read("GET", b"query=" + b"x" * 94, limits=limits) == Ask("x" * 94)
    assert status("GET", b"query=" + b"x" * 95, limits=limits) == 414
    assert status("POST", b"x" * 101, QUERY, b"ASK{}", limits=limits) == 414
    assert read("POST", b"", QUERY, b"x" * 200, limits=limits) == Ask("x" * 200)
    for type in (QUERY, FORM, UPDATE, "x/y"):
        assert status("POST", b"", type, b"x" * 201, limits=limits) == 413
    found = read("POST", b"", QUERY, b"x" * 201, limits=limits)
    assert isinstance(found, Problem) and found.limit == "body"
    assert status("GET", b"&a" * 10 + b"&query=ASK{}", limits=limits) == 400
    two = b"query=ASK{}&default-graph-uri=a:a&named-graph-uri=a:b"
    assert isinstance(read("GET", two, limits=limits), Ask)
    assert status("GET", two + b"&named-graph-uri=a:c", limits=limits) == 400


# ---- 2.2 update operation


UPDATES = {
    "2.2.1 form": ("POST", b"", FORM, b"update=DROP+ALL"),
    "2.2.1 form with graphs": ("POST", b"", FORM, b"update=DROP+ALL&using-graph-uri=a:a"),
    "2.2.2 directly": ("POST", b"", UPDATE, b"DROP ALL"),
    "2.2.2 directly with graphs": ("POST", b"using-graph-uri=a:a", UPDATE, b"DROP ALL"),
    "2.2 by GET": ("GET", b"update=DROP+ALL", None, b""),
    "2.2 in the address": ("GET", b"update=", None, b""),
}


@pytest.mark.parametrize("case", UPDATES)
def test_2_2_updates_are_refused(case: str) -> None:
    assert status(*UPDATES[case]) == 403


def test_2_2_a_query_and_an_update_in_one() -> None:
    assert status("POST", b"", FORM, b"update=DROP+ALL&query=ASK{}") == 400
    assert status("GET", b"update=DROP+ALL&query=ASK{}") == 400
    assert status("POST", b"update=DROP+ALL", QUERY, b"ASK{}") == 400
    assert status("POST", b"update=DROP+ALL", FORM, b"query=ASK{}") == 400
    assert status("POST", b"", UPDATE + ";charset=latin1", b"DROP ALL") == 415


# ---- Any request


methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "X"])
types = st.none() | st.sampled_from([FORM, QUERY, UPDATE, "text/plain"]) | st.text(max_size=40)
pieces = st.sampled_from(
    [b"query", b"update", b"=", b"&", b"%", b"%41", b"%ff", b"+", b"\xc3\xa9", b"\xff", b"http://x/",
     b"default-graph-uri", b"named-graph-uri", b"format", b"ASK{}", b"\x00", b"\r\n"],
)  # fmt: skip
texts = st.binary(max_size=60) | st.lists(pieces, max_size=15).map(b"".join)


@given(methods, texts, types, texts)
def test_any_request_is_one_of_three(
    method: str, query_string: bytes, type: str | None, body: bytes
) -> None:
    found = read(method, query_string, type, body)
    if isinstance(found, Problem):
        assert found.status in (400, 403, 405, 415)
        assert json.loads(found.body())["status"] == found.status
    else:
        assert isinstance(found, Ask)


@given(st.text(), st.lists(st.sampled_from(["http://x/", "urn:é", "a:b?c=d&e#f"]), max_size=3))
def test_a_query_comes_out_as_it_went_in(query: str, graphs: list[str]) -> None:
    fields = [("query", query), *(("named-graph-uri", each) for each in graphs)]
    wanted = Ask(query, (), tuple(graphs))
    assert read("GET", urlencode(fields).encode()) == wanted
    assert read("POST", b"", FORM, urlencode(fields).encode()) == wanted
    rest = urlencode(fields[1:]).encode()
    assert read("POST", rest, QUERY, query.encode()) == wanted


@pytest.mark.parametrize("piece", [b"&", b"&a", b"%", b"%41", b"+", b"=", b"query=&", b"\xff"])
def test_large_requests_take_no_time(piece: bytes) -> None:
    body = piece * (2**20 // len(piece))
    start = time.process_time()
    read("POST", b"", FORM, body)
    read("GET", body[: 2**16])
    read("POST", b"", FORM + ";charset" * 5000, body)
    assert time.process_time() - start < 2


# ---- Problems


FOREIGN = "error in /srv/secret/a.rs:12 at 0x7ffe"
STATUSES = {
    QueryError("x"): 400,
    errors.ParameterError("x"): 400,
    errors.DateError("x"): 400,
    InputError("x"): 400,
    UnknownName("x"): 404,
    errors.UnknownQuestion("x"): 404,
    UnknownFormat("x"): 406,
    TooLong(1, "bytes"): 413,
    EngineTimeout("x"): 504,
    EngineCrash("x"): 503,
    EngineError("x"): 503,
    errors.FolderError("x"): 500,
    LoadError("x"): 500,
    errors.WriteError("x"): 500,
    errors.ReadOnly("x"): 500,
    errors.MissingExtra("x"): 500,
    AllgraphError("x"): 500,
}


@pytest.mark.parametrize("error", STATUSES, ids=lambda error: type(error).__name__)
def test_each_error_has_its_status(error: AllgraphError) -> None:
    found = problem_of(error)
    assert found.status == STATUSES[error]
    sort = found.type.partition("#")[2]
    assert SORTS[sort].status == found.status and SORTS[sort].title == found.title
    assert (found.status, found.headers) == (STATUSES[error], {})


def test_when_to_come_back_is_told() -> None:
    found = problem_of(Busy("too many wait", retry_after=3))
    assert (found.status, found.headers) == (503, {"Retry-After": "3"})
    assert found.detail == "too many wait"


def test_every_class_of_error_is_thought_of() -> None:
    kinds = {each for each in vars(errors).values() if isinstance(each, type)}
    for kind in kinds:
        if issubclass(kind, AllgraphError):
            assert problem_of(kind("x")).status >= 400


def test_the_words_are_those_of_the_command_line() -> None:
    error = QueryError("line 3, column 14: not SPARQL here; expected “}”")
    body = json.loads(problem_of(error).body())
    assert body == {
        "type": "https://w3id.org/allgraph/problems#query",
        "title": "The query is wrong",
        "status": 400,
        "detail": str(error),
        "line": 3,
        "column": 14,
    }
    candidates = ["https://x/a", "https://x/b"]
    body = json.loads(problem_of(UnknownName("two have it", candidates)).body())
    assert body["candidates"] == candidates
    assert problem_of(TooLong(1, "rows")).limit == "rows"
    assert problem_of(EngineTimeout("stopped after 3 s")).limit == "seconds"


@pytest.mark.parametrize(
    "error",
    [
        EngineError(f"the engine failed: {FOREIGN}"),
        LoadError(FOREIGN, path="/srv/secret/a.ttl", line=3),
        QueryError(FOREIGN, path="/srv/secret/q.rq", line=3),
        errors.FolderError(FOREIGN),
        errors.MissingExtra(FOREIGN),
        AllgraphError(FOREIGN),
    ],
)
def test_nothing_of_the_server_is_told(error: AllgraphError) -> None:
    body = problem_of(error).body()
    assert b"secret" not in body and b"0x7" not in body and b"srv" not in body


@given(st.text())
def test_a_problem_is_json_in_ascii_without_controls_or_markup(detail: str) -> None:
    body = problem("request", detail).body()
    assert all(0x20 <= byte < 0x7F and byte not in b"<>&" for byte in body)
    shown = json.loads(body)["detail"]
    assert shown == detail or len(detail) > LONGEST


def test_surrogates_and_long_texts() -> None:
    assert json.loads(problem("request", "\ud800").body())["detail"] == "\ud800"
    assert len(problem("request", "é" * 10**6).detail) == LONGEST
