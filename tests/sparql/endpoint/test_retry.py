"""Requests that are sent again, elsewhere, or as somebody: all in time, and to nobody else."""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import suppress
from hashlib import md5, sha256
from pathlib import Path
from urllib.request import parse_http_list, parse_keqv_list

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.cli.logins import login_for
from allgraph.errors import AllgraphError, EngineError, EngineTimeout
from allgraph.exports.push import push
from allgraph.graph import Graph, open_graph
from allgraph.sparql.endpoint import retry
from allgraph.sparql.endpoint.access import Access, is_same_or_safer_origin
from allgraph.sparql.endpoint.engine import Remote
from tests.sparql.endpoint.test_engine import (
    BOOLEAN,
    PREFIXES,
    Script,
    dripping,
    query_in,
    reply,
    serving,
)
from tests.support.commands import run
from tests.support.stores import Server, free_port, virtuoso_server
from tests.support.waiting import PATIENCE

YES = reply(BOOLEAN)
LOGIN = ("ada", "open-sesame")


def in_turn(*replies: bytes, asked: list[bytes] | None = None) -> Script:
    """Give these replies one after another, and the last one for ever."""
    left = list(replies)

    def answer(connection: socket.socket, request: bytes) -> None:
        if asked is not None:
            asked.append(request)
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return answer


def header(request: bytes, name: str) -> str | None:
    lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    found = [line.partition(": ")[2] for line in lines if line.lower().startswith(name + ":")]
    return found[0] if found else None


# ---- Again


@pytest.mark.parametrize("first", [429, 502, 503, 504, 0])
def test_what_fails_in_passing_is_asked_again(first: int, caplog: pytest.LogCaptureFixture) -> None:
    failed = reply(b"secret", status=f"{first} X") if first else b""
    asked: list[bytes] = []
    with (
        caplog.at_level(logging.INFO),
        serving(in_turn(failed, failed, YES, asked=asked)) as url,
    ):
        assert Remote(f"{url}?key=hush", PREFIXES).query("ASK {}").value is True
    assert len(asked) == 3 and len({query_in(request) for request in asked}) == 1
    assert f"asking {url} again in " in caplog.text
    assert "hush" not in caplog.text and "secret" not in caplog.text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500])
def test_what_fails_for_good_is_asked_once(status: int) -> None:
    asked: list[bytes] = []
    with serving(in_turn(reply(b"", status=f"{status} X"), asked=asked)) as url:
        with pytest.raises(AllgraphError):
            Remote(url, PREFIXES).query("ASK {}")
    assert len(asked) == 1


def test_an_answer_that_broke_off_is_not_asked_again() -> None:
    asked: list[bytes] = []
    with serving(in_turn(reply(BOOLEAN, length=99), asked=asked)) as url:
        with pytest.raises(EngineError, match="broke off"):
            Remote(url, PREFIXES).query("ASK {}")
    assert len(asked) == 1


@pytest.mark.parametrize("after", ["", "Retry-After: 0\r\n", "Retry-After: soon\r\n"])
def test_an_endpoint_that_is_busy_for_ever(after: str) -> None:
    asked: list[bytes] = []
    with serving(in_turn(reply(b"", status="503 Busy", more=after), asked=asked)) as url:
        with pytest.raises(EngineError, match="is busy or down"):
            Remote(url, PREFIXES, seconds=PATIENCE).query("ASK {}")
    assert len(asked) == retry.AGAIN + 1


@pytest.mark.parametrize(
    "after", ["3600", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "1" * 5000]
)
def test_a_long_wait_is_not_waited(after: str) -> None:
    asked: list[bytes] = []
    busy = reply(b"", status="503 Busy", more=f"Retry-After: {after}\r\n")
    with serving(in_turn(busy, asked=asked)) as url:
        with pytest.raises(EngineError, match="is busy or down; try again"):
            Remote(url, PREFIXES, seconds=PATIENCE).query("ASK {}")
    assert len(asked) == 1


def test_a_short_wait_is_waited() -> None:
    busy = reply(b"", status="429 Slow", more="Retry-After: 1\r\n")
    with serving(in_turn(busy, YES)) as url:
        started = time.monotonic()
        assert Remote(url, PREFIXES, seconds=PATIENCE).query("ASK {}").value is True
        assert time.monotonic() - started >= 1


def test_all_attempts_have_one_deadline() -> None:
    replies = iter((reply(b"", status="503 Busy"), None))

    def answer(connection: socket.socket, request: bytes) -> None:
        said = next(replies)
        if said is None:
            return dripping(b"HTTP/1.1 200 OK\r\n")(connection, request)
        return connection.sendall(said)

    with serving(answer) as url:
        with pytest.raises(EngineTimeout, match="within 1 s"):
            Remote(url, PREFIXES, seconds=1).query("ASK {}")


def test_a_server_that_is_just_starting() -> None:
    from threading import Timer

    port = free_port()
    running: list[socket.socket] = []

    def start() -> None:
        running.append(socket.create_server(("127.0.0.1", port)))
        with suppress(OSError):
            connection = running[0].accept()[0]
            connection.recv(65536)
            connection.sendall(YES)
            connection.close()

    timer = Timer(0.3, start)
    timer.start()
    assert Remote(f"http://127.0.0.1:{port}/sparql", PREFIXES).query("ASK {}").value is True
    timer.join()
    running[0].close()


# ---- Elsewhere


def moved(there: str, status: int = 307) -> bytes:
    return reply(b"", status=f"{status} Moved", more=f"Location: {there}\r\n")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_within_one_origin_is_followed(status: int) -> None:
    asked: list[bytes] = []
    with serving(in_turn(moved("/other?a=b", status), YES, asked=asked)) as url:
        assert Remote(url, PREFIXES, login=LOGIN).query("ASK {}").value is True
    assert asked[1].startswith(b"POST /other?a=b HTTP/1.1\r\n")
    assert query_in(asked[1]) == "ASK {}"
    assert header(asked[0], "authorization") == header(asked[1], "authorization") is not None


def test_redirects_in_a_circle_end() -> None:
    asked: list[bytes] = []
    turns = [moved("/a"), moved("/b")] * 20
    with serving(in_turn(*turns, asked=asked)) as url:
        with pytest.raises(EngineError, match="redirects to"):
            Remote(url, PREFIXES).query("ASK {}")
    assert len(asked) <= retry.REDIRECTS + 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://x.org/a", "http://x.org:80/b", True),
        ("http://x.org/a", "https://x.org/a", True),
        ("http://x.org:80/a", "https://x.org:443/a", True),
        ("https://x.org/a", "http://x.org/a", False),
        ("http://x.org:8080/a", "https://x.org/a", False),
        ("http://x.org/a", "https://x.org:8443/a", False),
        ("http://x.org/a", "http://x.org:81/a", False),
        ("http://x.org/a", "http://y.org/a", False),
        ("http://x.org/a", "http://x.org.y.org/a", False),
        ("http://x.org/a", "http://X.ORG/a", True),
        ("http://x.org/a", "http://x.org@y.org/a", False),
    ],
)
def test_what_is_the_same_place(one: str, other: str, same: bool) -> None:
    assert is_same_or_safer_origin(one, other) is same


@pytest.mark.parametrize(
    "there", ["http://ada:secret@{}/x", "http://[::1", "", "javascript:x", "//y.invalid/", "\x7f"]
)
def test_a_redirect_that_is_not_followed(there: str) -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        connection.sendall(moved(there.format(header(request, "host"))))

    with serving(answer) as url, pytest.raises(EngineError, match="redirects to") as caught:
        Remote(url, PREFIXES, login=LOGIN).query("ASK {}")
    assert len(asked) == 1 and "secret" not in str(caught.value)


# ---- As somebody


class Guarded:
    """An endpoint that lets in who answers its Digest challenge, as RFC 7616 has it."""

    def __init__(
        self, algorithm: str = "MD5", qop: str | None = "auth", *, mute: bool = False
    ) -> None:
        self.algorithm, self.qop, self.mute = algorithm, qop, mute
        self.asked: list[bytes] = []
        self.counts: set[str] = set()

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        self.asked.append(request)
        given = header(request, "authorization")
        if given is not None and given.startswith("Digest ") and self._is_right(given, request):
            return connection.sendall(YES)
        more = f'WWW-Authenticate: Digest realm="a, b", nonce="n0", algorithm={self.algorithm}'
        more += f', qop="{self.qop}"' if self.qop else ""
        told = "" if self.mute and given else f'{more}, opaque="o=1"\r\n'
        return connection.sendall(reply(b"", status="401 Who", more=told))

    def _is_right(self, given: str, request: bytes) -> bool:
        said = parse_keqv_list(parse_http_list(given.removeprefix("Digest ")))
        make = sha256 if "256" in self.algorithm else md5

        def hashed(*parts: str) -> str:
            return make(":".join(parts).encode()).hexdigest()

        secret = hashed(LOGIN[0], "a, b", LOGIN[1])
        if self.algorithm.endswith("-sess"):
            secret = hashed(secret, "n0", said["cnonce"])
        path = request.split(b" ")[1].decode()
        middle = [said["nc"], said["cnonce"], "auth"] if self.qop else []
        fresh = not self.qop or said["nc"] not in self.counts
        self.counts.add(said.get("nc", ""))
        right = hashed(secret, "n0", *middle, hashed("POST", path))
        return said["response"] == right and said["uri"] == path and fresh


@pytest.mark.parametrize("mute", [False, True])
@pytest.mark.parametrize("qop", ["auth", "auth-int,auth", None])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "MD5-sess"])
def test_a_digest_challenge_is_answered(algorithm: str, qop: str | None, mute: bool) -> None:
    if algorithm.endswith("-sess") and qop is None:
        return
    guard = Guarded(algorithm, qop, mute=mute)
    with serving(guard) as url:
        remote = Remote(f"{url}?a=b", PREFIXES, login=LOGIN)
        for _ in range(3):
            assert remote.query("ASK {}").value is True
    assert len(guard.asked) == (5 if mute else 4)  # only the first is challenged
    assert b"open-sesame" not in b"".join(guard.asked)


NONSENSE = [
    "Digest", "Digest realm", 'Digest realm="x"', 'Digest nonce="n", algorithm=ROT13', "Ba" * 9,
    'Digest nonce="n", qop="auth-int"', 'Digest nonce="a\\"b", realm="x"', "Negotiate", ",,,=,",
    'Digest nonce="n", realm="é"', "Digest " + 'a="' * 500, "Bearer x, Digest nonce", "",
]  # fmt: skip


@pytest.mark.parametrize("challenge", NONSENSE)
def test_a_challenge_that_is_nonsense_is_a_refusal(challenge: str) -> None:
    asked: list[bytes] = []
    no = reply(b"", status="401 No", more=f"WWW-Authenticate: {challenge}\r\n")
    with serving(in_turn(no, asked=asked)) as url:
        with pytest.raises(
            EngineError, match="refuses access; put user and password into"
        ) as caught:
            Remote(url, PREFIXES, login=LOGIN).query("ASK {}")
    assert len(asked) <= 3 and "open-sesame" not in str(caught.value)


@given(st.text(max_size=60))
def test_no_challenge_is_an_exception(challenge: str) -> None:
    for text in (challenge, f"Digest {challenge}", f'Digest nonce="n", {challenge}'):
        access = Access("http://127.0.0.1/", LOGIN)
        access.take_challenge(text)
        for value in access.authorization("POST", "http://127.0.0.1/x").values():
            assert "\n" not in value and value.encode("latin-1")


def test_a_wrong_password_ends(caplog: pytest.LogCaptureFixture) -> None:
    guard = Guarded()
    with serving(guard) as url, pytest.raises(EngineError, match="refuses access"):
        Remote(url, PREFIXES, login=("ada", "wrong")).query("ASK {}")
    assert len(guard.asked) <= 4 and "wrong" not in caplog.text


def test_a_password_goes_over_http_to_another_machine_only_when_asked_for() -> None:
    access = Access("http://example.org/sparql", LOGIN)
    assert access.authorization("POST", access.url) == {}
    assert access.take_challenge('Basic realm="x"')
    assert access.authorization("POST", access.url)["Authorization"].startswith("Basic ")
    assert not access.take_challenge('Basic realm="x"')
    assert Access("https://example.org/", LOGIN).authorization("POST", "https://example.org/x")
    for there in ("https://example.org.evil/", "http://example.org/", "https://example.org:8443/"):
        assert Access("https://example.org/", LOGIN).authorization("POST", there) == {}


def test_nothing_shows_a_login(tmp_path: Path) -> None:
    echo = reply(b"no such thing, open-sesame", status="500 Oops")
    with serving(in_turn(echo)) as url:
        remote = Remote(url, PREFIXES, login=LOGIN)
        with pytest.raises(EngineError) as caught:
            remote.query("ASK {}")
        done = run("--endpoint", url, "find", "x", ALLGRAPH_USER="ada", ALLGRAPH_PASSWORD=LOGIN[1])
    for text in (str(caught.value), repr(remote), repr(remote.access), done.stderr, done.stdout):
        assert "open-sesame" not in text


def sent_by(tmp_path: Path, netrc: str | None, **more: str) -> tuple[str | None, str]:
    """Who the command line says it is, and what it says on standard error."""
    asked: list[bytes] = []
    if netrc is not None:
        (tmp_path / "netrc").write_text(netrc)
        (tmp_path / "netrc").chmod(0o600)
        more["NETRC"] = str(tmp_path / "netrc")
    with serving(in_turn(reply(b"", status="500 X"), asked=asked)) as url:
        done = run("--endpoint", url, "find", "x", HOME=str(tmp_path), **more)
    return (header(asked[0], "authorization") if asked else None), done.stderr


def test_logins_of_the_command_line(tmp_path: Path) -> None:
    both = {"ALLGRAPH_USER": "ada", "ALLGRAPH_PASSWORD": "p"}
    here = "machine 127.0.0.1 login ada password p\n"
    basic = "Basic YWRhOnA="
    assert sent_by(tmp_path, None)[0] is None
    assert sent_by(tmp_path, None, **both)[0] == basic
    assert sent_by(tmp_path, here)[0] == basic
    assert sent_by(tmp_path, here.replace("ada", "eve"), **both)[0] == basic
    assert sent_by(tmp_path, here.replace("127.0.0.1", "example.org"))[0] is None
    assert sent_by(tmp_path, "default login ada password p\n")[0] is None
    assert "go together" in sent_by(tmp_path, None, ALLGRAPH_USER="ada")[1]
    assert "does not exist" in sent_by(tmp_path, None, NETRC=str(tmp_path / "none"))[1]
    broken = sent_by(tmp_path, "machine 127.0.0.1 login ada\nopen-sesame p\n")
    assert broken[0] is None and ":2" in broken[1] and "open-sesame" not in broken[1]


def test_a_pipe_as_the_usual_netrc_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    os.mkfifo(tmp_path / ".netrc")
    with pytest.raises(click.UsageError, match=r"\.netrc cannot be read: it is no file"):
        login_for("https://example.org/sparql")


# ---- The real thing


@pytest.mark.slow
def test_virtuoso_says_when_it_cuts_an_answer(graph: Graph) -> None:
    with virtuoso_server(rows=1_000) as server:
        done = push(graph, server.url, to="https://example.org/all", login=server.login)
        there = open_graph(endpoint=done.address)
        with pytest.raises(EngineError, match="at most 1000 rows, and may have more"):
            there.sparql("SELECT * { ?s ?p ?o }")
        with pytest.raises(EngineError, match="at most 1000 rows"):
            there.sparql("SELECT * { ?s ?p ?o } LIMIT 5000")
        with pytest.raises(EngineError):
            there.sparql("CONSTRUCT WHERE { ?s ?p ?o }")
        assert len(there.sparql("SELECT * { ?s ?p ?o } LIMIT 1000")) == 1000


@pytest.mark.slow
def test_virtuoso_and_its_graphs(virtuoso: Server, graph: Graph) -> None:
    with pytest.raises(AllgraphError, match=r"holds .* already"):  # all of its graphs together
        push(graph, virtuoso.url, login=virtuoso.login)
    with pytest.raises(EngineError, match="refuses access"):
        push(graph, virtuoso.url, to="https://example.org/nobody")
    with pytest.raises(EngineError, match="refuses access"):
        push(graph, virtuoso.url, to="https://example.org/nobody", login=("dba", "wrong"))
    place = "https://example.org/by-update"
    done = push(graph, virtuoso.url, to=place, login=virtuoso.login, by="update")
    again = push(graph, virtuoso.url, to=place, login=virtuoso.login, replace=True)
    assert (done.by, again.by) == ("update", "gsp") and done.triples == again.triples
