"""Limits and options of a server, each as a client or whoever runs it meets it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from gzip import compress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from allgraph.server import run
from allgraph.server.app import App
from allgraph.server.http import connection
from allgraph.server.settings import Settings
from tests.conftest import MANIFEST, PREFIXES, MakeFolder
from tests.support.commands import ALLGRAPH
from tests.support.hostile import LONG, listener
from tests.support.serving import Address, Answer, fetch, serving
from tests.support.waiting import PATIENCE, until

PRODUCT = "{ ?a ?b ?c . ?d ?e ?f }"
TYPES = {"Content-Type": "application/sparql-query"}


def asked(home: str, query: str, **headers: str) -> Answer:
    return fetch(f"{home}/sparql?query={quote(query)}", headers=headers)


def told(answer: Answer, status: int, sort: str) -> dict[str, Any]:
    assert answer.status == status, answer.body
    found: dict[str, Any] = answer.json()
    assert found["type"] == f"https://w3id.org/allgraph/problems#{sort}"
    return found


def statuses(home: Address, source: str, count: int, **headers: str) -> list[tuple[int, str]]:
    """What so many requests from an address get: the status, and when to come again."""
    found = []
    for _ in range(count):
        port = int(home.rpartition(":")[2])
        connection = http.client.HTTPConnection(
            "127.0.0.1", port, PATIENCE, source_address=(source, 0)
        )
        connection.request("GET", "/health", headers=headers)
        reply = connection.getresponse()
        reply.read()
        found.append((reply.status, reply.getheader("Retry-After") or ""))
        connection.close()
    return found


def refused(home: Address, source: str, rate: float, **headers: str) -> str:
    """Ask until no more may be asked, which is after ten seconds' worth; when to come again."""
    start, most = time.monotonic(), round(10 * rate)
    assert [status for status, _ in statuses(home, source, most, **headers)] == [200] * most
    more = 0
    while (found := statuses(home, source, 1, **headers)[0])[0] == 200:
        more += 1
        assert more <= rate * (time.monotonic() - start)
    assert found[0] == 429
    return found[1]


def test_a_client_may_ask_so_often(make_folder: MakeFolder) -> None:
    """Ten seconds' worth at once, then so many a second; others are not concerned."""
    options = ("--rate", "0.5", "--workers", "1")
    with serving(*options, folder=make_folder()) as home:  # that it answers has cost one
        assert refused(home, "127.0.0.5", 0.5) in ("1", "2")
        assert statuses(home, "127.0.0.6", 1) == [(200, "")]
        until(lambda: statuses(home, "127.0.0.5", 1) == [(200, "")])
        while (answer := fetch(f"{home}/health")).status == 200:
            pass
        assert told(answer, 429, "rate")["limit"] == "rate"


def test_a_proxy_says_who_the_client_is_and_nobody_else_does(make_folder: MakeFolder) -> None:
    options = ("--rate", "0.3", "--workers", "1", "--proxy", "127.0.0.7")
    with serving(*options, folder=make_folder()) as home:
        for client in ("192.0.2.1", "192.0.2.2"):
            refused(home, "127.0.0.7", 0.3, **{"X-Forwarded-For": client})
        for number in range(3):
            stray = statuses(home, "127.0.0.8", 1, **{"X-Forwarded-For": f"192.0.2.{number}"})
            assert stray == [(200, "")]
        until(lambda: statuses(home, "127.0.0.8", 1)[0][0] == 429)
        log = home.log.read_text()
    clients = set(re.findall(r'"client": "([^"]*)"', log)) - {"127.0.0.1"}
    assert clients == {"192.0.2.1", "192.0.2.2", "127.0.0.8"}


@pytest.fixture(scope="module")
def narrow() -> Iterator[Address]:
    """A server with little of everything."""
    options = ("--max-rows", "20000", "--memory", "0.1", "--workers", "1", "--cache", "0")
    with serving(*options) as home:
        yield home


def raw(home: Address, path: str, *headers: str, version: str = "1.1") -> bytes:
    """All that comes for one request, to the end of the connection."""
    with socket.create_connection(
        ("127.0.0.1", int(home.rpartition(":")[2])), PATIENCE
    ) as connection:
        lines = (f"GET {path} HTTP/{version}", "Host: x", "Connection: close", *headers, "", "")
        connection.sendall("\r\n".join(lines).encode())
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def test_an_answer_that_ends_early_never_looks_whole(narrow: Address) -> None:
    """The status was sent before the limit was met: the body then has no end, and clients see."""
    path = "/sparql?format=csv&query=" + quote(f"SELECT * {PRODUCT}")
    reply = raw(narrow, path)
    head, _, body = reply.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK") and b"transfer-encoding: chunked" in head.lower()
    assert len(body) > 100_000 and not body.endswith(b"0\r\n\r\n")
    connection = http.client.HTTPConnection("127.0.0.1", int(narrow.rpartition(":")[2]), PATIENCE)
    connection.request("GET", path)
    got = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead):
        got.read()
    got.close()
    connection.close()
    done = subprocess.run(["curl", "-s", "-o", "/dev/null", narrow + path], timeout=PATIENCE)
    assert done.returncode == 18
    until(lambda: '"cut": true' in narrow.log.read_text())
    whole = raw(narrow, path + quote(" LIMIT 20000"))
    assert whole.endswith(b"0\r\n\r\n")


def test_a_client_of_http_1_0_gets_no_chunks_and_sees_where_an_answer_ends_early(
    narrow: Address,
) -> None:
    path = "/sparql?format=csv&query=" + quote(f"SELECT * {PRODUCT}")
    whole = raw(narrow, path + quote(" LIMIT 20000"), version="1.0")
    head, _, body = whole.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower() and b"Connection: close" in head
    with urllib.request.urlopen(narrow + path + quote(" LIMIT 20000"), timeout=PATIENCE) as reply:
        assert body == reply.read()
    with pytest.raises(ConnectionResetError):
        raw(narrow, path, version="1.0")


def test_an_answer_that_is_known_to_be_too_long_is_refused(narrow: Address) -> None:
    few = "SELECT ?x { VALUES ?x { " + "1 " * 20_001 + "} }"
    reply = fetch(f"{narrow}/sparql?format=csv", method="POST", headers=TYPES, body=few.encode())
    assert told(reply, 413, "too-large")["limit"] == "rows"


def test_an_answer_that_takes_too_long_is_504(make_folder: MakeFolder) -> None:
    endless = f"SELECT (COUNT(*) AS ?n) {PRODUCT[:-1]} . ?g ?h ?i }}"
    with serving("--workers", "1", before=("--timeout", "2"), folder=make_folder()) as home:
        start = time.monotonic()
        found = told(asked(home, endless), 504, "timeout")
        assert 1.9 < time.monotonic() - start
    assert (found["limit"], found["detail"]) == (
        "seconds",
        "the request was stopped after 2 s; ask for less",
    )


def test_an_answer_that_wants_too_much_memory_is_503(narrow: Address) -> None:
    grow = " ".join(f"BIND(CONCAT(?x{n},?x{n},?x{n},?x{n}) AS ?x{n + 1})" for n in range(14))
    answer = asked(narrow, f'SELECT (STRLEN(?x14) AS ?n) {{ BIND("aaaa" AS ?x0) {grow} }}')
    assert "needed more than 0.1 GiB of memory" in told(answer, 503, "engine")["detail"]
    assert asked(narrow, "ASK {}").json()["boolean"] is True


def test_a_body_may_be_announced(narrow: Address) -> None:
    """Who waits for leave to send gets it at once, as curl does for long bodies."""
    head = (
        "POST /sparql HTTP/1.1", "Host: x", "Content-Type: application/sparql-query",
        "Content-Length: 6", "Expect: 100-continue", "Connection: close", "", "",
    )  # fmt: skip
    with socket.create_connection(
        ("127.0.0.1", int(narrow.rpartition(":")[2])), PATIENCE
    ) as connection:
        connection.sendall("\r\n".join(head).encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ASK {}")
        reply = b""
        while piece := connection.recv(1000):
            reply += piece
    assert reply.startswith(b"HTTP/1.1 200 OK") and reply.endswith(b'"boolean":true}')
    assert fetch(f"{narrow}/sparql", method="POST", headers=TYPES, body=LONG).status == 413


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [("gzip", b"ASK {}", 200), ("gzip", b"ASK {}".ljust(2**20 + 1), 413), ("br", b"ASK {}", 415)],
)
def test_a_body_may_come_in_gzip(narrow: Address, coding: str, body: bytes, status: int) -> None:
    headers = {**TYPES, "Content-Encoding": coding}
    reply = fetch(f"{narrow}/sparql", method="POST", headers=headers, body=compress(body))
    assert reply.status == status
    assert reply.headers.get("accept-encoding") == ("gzip" if status == 415 else None)


# ---- SERVICE


def test_an_endpoint_that_is_allowed_is_asked_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "allgraph.toml").write_text(MANIFEST)
    (tmp_path / "data" / "a.ttl").write_text(PREFIXES + 'id:a a ag:Person ; rdfs:label "Far" .\n')
    query = "SELECT ?name { SERVICE <%s> { ?thing rdfs:label ?name ; a ag:Person } }"
    with serving("--workers", "1", folder=tmp_path) as other, listener() as (port, came):
        allowed = f"{other}/sparql"
        with serving("--workers", "2", "--allow-service", allowed, folder=tmp_path) as home:
            answer = asked(home, query % allowed, Accept="text/csv")
            assert answer.text.split("\r\n") == ["name", "Far", ""]
            for stray in (f"http://127.0.0.1:{port}/", allowed + "/", allowed.upper()):
                detail = told(asked(home, query % stray), 400, "query")["detail"]
                assert f"other than {allowed}" in detail
            assert b"BasicFederatedQuery" in fetch(f"{home}/sparql").body
        assert came == []


# ---- What is counted


def test_metrics_are_as_prometheus_reads_them(narrow: Address) -> None:
    def read() -> dict[str, float]:
        answer = fetch(f"{narrow}/metrics")
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
        form = r'[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? [0-9.e+-]+'
        assert all(re.fullmatch(form, line) for line in lines)
        pairs = [line.rsplit(" ", 1) for line in lines]
        assert len({name for name, _ in pairs}) == len(pairs)
        return {name: float(value) for name, value in pairs}

    before = read()
    asked(narrow, "ASK {}")
    asked(narrow, "ASK {")
    after = read()
    for status, more in (("200", 1), ("400", 1)):
        name = f'allgraph_requests_total{{route="sparql",status="{status}"}}'
        assert after[name] - before.get(name, 0) == more
    buckets = [value for name, value in after.items() if '_bucket{route="sparql"' in name]
    assert buckets == sorted(buckets) and len(buckets) == 8
    assert buckets[-1] == after['allgraph_request_seconds_count{route="sparql"}']
    assert after["allgraph_data_generation"] == 1
    health = fetch(f"{narrow}/health").json()
    assert health["status"] == "ok" and health["workers"] >= 1


# ---- Options


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--base", "foo"], "“foo” is not an address such as https://example.org/"),
        (["--base", "ftp://example.org/"], "is not an address"),
        (["--base", "https://example.org/#a"], "is not an address"),
        (
            ["--cors", "example.org"],
            "“example.org” is not an origin such as https://example.org, nor *",
        ),
        (["--cors", "https://example.org/"], "is not an origin"),
        (["--allow-service", "sparql"], "is not an address"),
        (["--proxy", "nginx"], "“nginx” is not an address such as 127.0.0.1"),
        (["--workers", "0"], "0 is not in the range"),
        (["--processes", "0"], "0 is not in the range"),
        (["--port", "70000"], "70000 is not in the range"),
        (["--memory", "much"], "'much' is not a valid float"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1 port 8000"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: list[str], words: str) -> None:
    done = subprocess.run(
        [ALLGRAPH, "serve", *options], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_stops_the_log_and_not_the_server(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    errors = tmp_path / "errors"
    with errors.open("wb") as file, open("/dev/full", "wb") as full:
        command = [ALLGRAPH, "--graph", str(make_folder()), "serve", "--port", port]
        server = subprocess.Popen(command, stdout=full, stderr=file)
    try:
        until(lambda: "cannot be printed: No space left on device" in errors.read_text())
        assert server.poll() is None
        for _ in range(3):
            assert fetch(f"http://127.0.0.1:{port}/health").status == 200
    finally:
        server.terminate()
        server.wait(PATIENCE)
    said = errors.read_text()
    assert said.count("requests cannot be logged: No space left on device") == 1
    assert "Traceback" not in said


def test_two_that_want_one_port(make_folder: MakeFolder, tmp_path: Path) -> None:
    """The one that is later says so, and never gets as far as to serve."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    logs = [tmp_path / "one", tmp_path / "two"]
    both, folder = [], str(make_folder())
    for log in logs:
        with log.open("wb") as file:
            command = [ALLGRAPH, "--graph", folder, "serve", "--port", port]
            both.append(subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT))
    try:
        until(lambda: any(each.poll() is not None for each in both))
        loser = next(n for n, each in enumerate(both) if each.poll() is not None)
        assert both[loser].returncode == 2
        said = logs[loser].read_text()
        assert "cannot listen" in said and "Traceback" not in said
        assert json.loads(fetch(f"http://127.0.0.1:{port}/health").body)["status"] == "ok"
    finally:
        for each in both:
            each.terminate()
            each.wait(PATIENCE)


@pytest.mark.parametrize("status", connection._DETAILS)
def test_what_the_connection_refuses_is_a_plain_problem(status: int) -> None:
    head, _, body = connection._response(status).partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["title"] == HTTPStatus(status).phrase and problem["detail"]
    assert f"Content-Length: {len(body)}\r\n".encode() in head


@pytest.mark.parametrize(("read_timeout", "patience"), [(1.0, 3.0), (60.0, 30.0)])
def test_a_client_that_stops_reading_has_30_seconds_at_most(
    read_timeout: float, patience: float
) -> None:
    app = App(Settings(read_timeout=read_timeout))
    assert run._connections(app, None).patience == patience
