"""What strangers may do to a server: each thing ends in time, and others are served meanwhile."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import BASE, MANIFEST, PREFIXES
from tests.support.commands import ALLGRAPH
from tests.support.hostile import (
    COUNT,
    HARMLESS,
    HOSTILE,
    PRODUCT,
    SERVICES,
    SLOW_GET,
    Attack,
    Neighbour,
    Place,
    attacked,
    attacks,
    disguised,
    raw,
    request,
    settled,
)
from tests.support.serving import Address, fetch, serving
from tests.support.soak import soak
from tests.support.waiting import FOREVER, PATIENCE, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

ATTACKS = {attack.name: attack for attack in attacks()}
ALWAYS = {"catastrophic regex", "row flood", "200 OPTIONALs in a row", "slow-loris, headers",
          "slow-loris, body", "kill -9 of a worker"}  # fmt: skip
QUIET = 200
"""How many questions the other client asks before the attacks begin."""


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """A server that gives a query a second, and a request a second and a half to come."""
    options = ("--read-timeout", "1.5", "--quiet", "--cache", "1")
    with serving(*options, before=("--timeout", "1")) as home:
        yield Place.of(home, 1.0, 1.5)


@pytest.fixture(scope="module")
def patient() -> Iterator[Place]:
    """A server that gives everybody more time than a slow machine needs."""
    with serving("--quiet", "--cache", "1", before=("--timeout", f"{FOREVER:g}")) as home:
        yield Place.of(home, FOREVER)


def withstood(place: Place, chosen: list[Attack], copies: int = 1) -> None:
    """Make attacks, one after the other; others are served meanwhile, and nothing is left."""
    wrong: list[str] = []
    with Neighbour(place) as other:
        until(lambda: len(other.times) >= QUIET)
        memory, files, started = place.memory(), place.files(), time.monotonic()
        quiet = other.percentile(0, started)
        for attack in chosen:
            outcome = attacked(place, attack, copies)
            wrong += [f"{attack.name}: {each}" for each in outcome.wrong]
            served = [
                at for at, took in other.times if outcome.start < at < at + took < outcome.end
            ]
            if outcome.end - outcome.start > place.seconds and not served:
                wrong.append(f"{attack.name}: nobody else is served meanwhile")
            print(f"{attack.name:<26} {outcome.statuses:<22} {outcome.slowest:>6.2f} s "
                  f"{other.percentile(outcome.start, outcome.end) * 1000:>6.1f} ms")  # fmt: skip
        busy = other.percentile(started, time.monotonic())
        settled(place, files)
    print(f"p99 {quiet * 1000:.1f} ms when quiet, {busy * 1000:.1f} ms of {len(other.times)}")
    print(f"memory {memory / 2**20:.1f} MiB, then {place.memory() / 2**20:.1f} MiB")
    assert wrong == []
    assert other.failed == []
    assert place.memory() < 1.2 * memory
    assert place.files() <= files
    assert "Z" not in place.children().values()


def test_hostile_requests_end_and_others_are_served(place: Place, patient: Place) -> None:
    chosen = [each for each in ATTACKS.values() if not each.slow or each.name in ALWAYS]
    withstood(place, [each for each in chosen if each.is_cut])
    withstood(patient, [each for each in chosen if not each.is_cut])


@pytest.mark.slow
def test_hostile_requests_that_take_all_the_time_they_may(place: Place) -> None:
    withstood(place, [each for each in ATTACKS.values() if each.slow and each.name not in ALWAYS])


def test_no_query_opens_a_connection_or_a_file(patient: Place) -> None:
    found, came = disguised(patient)
    assert came == []
    assert {name for name in SERVICES if found[name] != 400} == set()
    assert {name for name in HARMLESS if found[name] != 200} == set()
    assert {status for name, status in found.items() if "graph-uri" in name} == {200}


HEAD = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
HEALTH = b"GET /health" + HEAD + b"\r\n"
POST = b"POST /sparql" + HEAD + b"Content-Type: application/sparql-query\r\n"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param(b"GET /health" + HEAD + b"\r\n", 200, id="plain"),
        pytest.param(b"GET /health HTTP/1.0\r\n\r\n", 200, id="HTTP/1.0"),
        pytest.param(b"GET /health HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(HEALTH.replace(b"Host: x", b"hOST:"), 200, id="empty"),
        *(
            pytest.param(HEALTH.replace(b" x", b" " + host), status, id=f"{host!r}")
            for status, hosts in {
                200: (b"a.example:80", b"[::1]:8000", b"a_b-c", b"a%2C:"),
                400: (b"a b", b"a,b", b"<x>", b"a/b", b"u@a", b"a:b", b"[x", b"\xe9"),
            }.items()
            for host in hosts
        ),
        pytest.param(b"GET /health" + HEAD + b"host: x\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"GET /health HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400, id="two, old"),
        pytest.param(b"GET http://x/health HTTP/1.1\r\n\r\n", 400, id="absolute, no host"),
        pytest.param(b"GET http://evil.example/health" + HEAD + b"\r\n", 200, id="absolute"),
        pytest.param(b"GET http://evil.example" + HEAD + b"\r\n", 400, id="absolute, no path"),
        pytest.param(b"CONNECT evil.example:443" + HEAD + b"\r\n", 400, id="CONNECT"),
        pytest.param(b"TRACE /health" + HEAD + b"\r\n", 405, id="TRACE"),
        pytest.param(b"BREW /health" + HEAD + b"\r\n", 400, id="BREW"),
        pytest.param(b"GET /a\0b" + HEAD + b"\r\n", 400, id="NUL in the path"),
        pytest.param(b"GET /page/a%00b" + HEAD + b"\r\n", 404, id="%00 in the path"),
        pytest.param(b"GET /page/%zz%ff" + HEAD + b"\r\n", 404, id="wrong escapes"),
        pytest.param("GET /page/é".encode() + HEAD + b"\r\n", 400, id="not ASCII"),
        pytest.param(b"GET /../../etc/passwd" + HEAD + b"\r\n", 404, id="upwards"),
        pytest.param(b"GET /download/..%2f..%2fetc/passwd" + HEAD + b"\r\n", 404, id="and below"),
        pytest.param(b"GET /health" + HEAD + b"A: b\0c\r\n\r\n", 400, id="NUL in a header"),
        pytest.param(b"GET /health" + HEAD + b"A : b\r\n\r\n", 400, id="space before a colon"),
        pytest.param(b"GET /health" + HEAD + b"A: b\r\n c\r\n\r\n", 400, id="folded"),
        pytest.param(b"GET /health" + HEAD + b"A: b\r\n" * 20_000 + b"\r\n", 431, id="headers"),
        pytest.param(b"GET /health" + HEAD + b"A: " + b"b" * 10**7, 431, id="endless header"),
        pytest.param(b"GET /" + b"b" * 100_000 + HEAD + b"\r\n", 414, id="long address"),
        pytest.param(b"GET /" + b"b" * 10**7 + HEAD + b"\r\n", 414, id="endless address"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, id="HTTP/2"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9, 400, id="TLS"),
        pytest.param(
            b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nx",
            200, id="upgrade",
        ),
        pytest.param(
            POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400, id="two lengths",
        ),
        pytest.param(POST + b"Content-Length: 6\r\nContent-Length: 5\r\n\r\n", 400, id="again"),
        pytest.param(POST + b"Transfer-Encoding: xchunked\r\n\r\n", 400, id="another coding"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, id="no chunk"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", 400, id="less than nothing"),
        pytest.param(POST + b"Content-Length: 6\r\n\r\nASK {}", 200, id="a query"),
        pytest.param(POST + b"Content-Length: 3000000\r\n\r\n" + b"x" * 3 * 10**6, 413, id="large"),
        pytest.param(
            b"POST /find" + HEAD + b"Content-Length: 3000000\r\n\r\n" + b"x" * 3 * 10**6, 405,
            id="large, and not taken",
        ),
    ],
)  # fmt: skip
def test_odd_requests_have_truthful_answers(patient: Place, text: bytes, status: int) -> None:
    """An answer comes whole, though the client still sends; and tells nothing of the server."""
    end = raw(patient, text)
    assert end.status == status
    head, _, body = end.body.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    assert length is not None and len(body) == int(length[1])
    assert not re.search(rb"Traceback|httptools|[Pp]ython|/src/", end.body)
    if status >= 400:
        assert b"application/problem+json" in head


def test_requests_that_do_not_come_whole_are_closed(place: Place) -> None:
    wanted = {
        b"": 0, b"\r\n\r\n": 0, b"GET /health HTTP/1.1\r\nHost": 408,
        POST + b"Content-Length: 99\r\n\r\nASK": 408,
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /hea": 200,
    }  # fmt: skip
    with ThreadPoolExecutor(len(wanted)) as pool:
        ends = dict(zip(wanted, pool.map(partial(raw, place), wanted), strict=True))
    assert {text: end.status for text, end in ends.items()} == wanted


def test_a_slow_answer_is_not_cut_by_a_slow_request_after_it(place: Place) -> None:
    end = raw(place, SLOW_GET + b"GET /hea")
    assert end.status == 504
    assert end.body.count(b"HTTP/1.1") == 2  # 408 for the second


def test_requests_may_come_in_one_piece(patient: Place) -> None:
    one = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    end = raw(patient, one * 500 + b"GET /health" + HEAD + b"\r\n")
    assert end.body.count(b"HTTP/1.1 200 OK") == 501
    assert b"HTTP/1.1 4" not in end.body
    assert raw(patient, one, b"nonsense\r\n\r\n").status in (200, 400)


def test_a_client_that_is_done_sending_has_its_answer(place: Place, patient: Place) -> None:
    end = raw(patient, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", half=True)
    assert end.status == 200
    assert raw(place, SLOW_GET, half=True).status == 408


def test_work_for_a_client_that_has_gone_ends(patient: Place) -> None:
    """Its worker is free again for its next request, which does not wait for the first to end."""
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", patient.port), 10, (HOSTILE, 0)) as connection:
            connection.sendall(SLOW_GET.replace(b"?l", b"?l%d" % time.monotonic_ns()))
            time.sleep(0.1)
        query = quote(f"ASK {{}} # {time.monotonic()}")
        assert request(patient, "GET", f"/sparql?query={query}").status == 200


def test_a_client_that_goes_away_is_no_error_of_the_server(tmp_path: Path) -> None:
    with serving(folder=data(tmp_path, "one")) as home:
        with socket.create_connection(("127.0.0.1", Place.of(home).port)) as connection:
            connection.sendall(SLOW_GET)
            until(lambda: "allgraph_workers_busy 1" in fetch(f"{home}/metrics").text)
        until(lambda: '"status": 499' in home.log.read_text())
        fetch(f"{home}/health")
        assert "Traceback" not in home.log.read_text()


def test_a_client_that_reads_slowly_has_the_whole_answer(tmp_path: Path) -> None:
    """The end is sent, and the connection closed, when there is room again."""
    query = quote("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000 #")
    with serving("--quiet", folder=data(tmp_path, "one")) as home:
        for number in range(3):
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(PATIENCE)
                connection.connect(("127.0.0.1", Place.of(home).port))
                connection.sendall(b"GET /sparql?query=" + query.encode() + HEAD + b"\r\n")
                time.sleep(0.2)
                end = b""
                while piece := connection.recv(65536):
                    end = (end + piece)[-9:]
            assert end.endswith(b"}\r\n0\r\n\r\n")
            query += str(number)
        assert fetch(f"{home}/health").status == 200
        assert "Traceback" not in home.log.read_text()


def test_one_client_has_a_part_of_all_connections(patient: Place) -> None:
    """More are refused; others are not, and the first are let go in time."""
    many: list[socket.socket] = []
    try:
        with suppress(OSError):
            for _ in range(300):
                address = ("127.0.0.1", patient.port)
                many.append(socket.create_connection(address, PATIENCE, (HOSTILE, 0)))
        assert many[-1].recv(12) == b"HTTP/1.1 503"
        assert request(patient, "GET", "/health", source="127.0.0.4").status == 200
    finally:
        for each in many:
            each.close()
    until(lambda: request(patient, "GET", "/health").status == 200)


# ---- Stop, start, and data that changes


def test_a_stop_lets_requests_finish(tmp_path: Path) -> None:
    folder = data(tmp_path, "one")
    with serving("--quiet", before=("--timeout", "3"), folder=folder) as home:
        place, ends = Place.of(home), []
        query = quote(COUNT + PRODUCT)
        thread = threading.Thread(
            target=lambda: ends.append(request(place, "GET", f"/sparql?query={query}"))
        )
        idle = socket.create_connection(("127.0.0.1", place.port))
        thread.start()
        until(lambda: "allgraph_workers_busy 1" in fetch(f"{home}/metrics").text)
        os.kill(place.process, signal.SIGTERM)
        until(lambda: not is_open(place.port))
        thread.join()
        idle.close()
        assert ends[0].status == 504  # what it would have been anyway
        assert b"stopped after 3 s" in ends[0].body


def is_open(port: int) -> bool:
    """Whether something listens on a port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE):
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_a_success_and_leaves_no_process(tmp_path: Path, number: int) -> None:
    folder = data(tmp_path / "graph", "one")
    with started(tmp_path, "--graph", str(folder)) as it:
        log = tmp_path / "log"
        until(lambda: b"serving on" in log.read_bytes())
        place = Place(0, it.pid)
        until(lambda: len(place.children()) == 3)  # it answers before its second worker runs
        children = place.children()
        assert len(children) == 3
        it.send_signal(number)
        assert it.wait(PATIENCE) == 0
        assert not any(Path(f"/proc/{each}").exists() for each in children)
        assert b"Traceback" not in log.read_bytes()


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([ALLGRAPH, "serve", "--port", port], capture_output=True, text=True)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_folder_is_said(tmp_path: Path) -> None:
    folder = data(tmp_path / "graph", "one")
    (folder / "data" / "a.ttl").write_text(PREFIXES + "id:a rdfs:label .\n")
    command = [ALLGRAPH, "--graph", str(folder), "serve", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "a.ttl:2" in done.stderr and "Traceback" not in done.stderr
    assert "serving on" not in done.stdout
    shutil.rmtree(folder)
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "Traceback" not in done.stderr


def data(folder: Path, name: str) -> Path:
    """A folder with one thing of some name."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "allgraph.toml").write_text(MANIFEST)
    (folder / "data" / "a.ttl").write_text(PREFIXES + f'id:a a ag:Person ; rdfs:label "{name}" .\n')
    return folder


def test_data_that_changed_is_loaded_without_losing_a_request(tmp_path: Path) -> None:
    folder = data(tmp_path / "graph", "name 0")
    query = quote(f"SELECT ?name {{ <{BASE}id/a> rdfs:label ?name }}")
    with serving(folder=folder) as home:
        place = Place.of(home)
        seen: list[str] = []
        wrong: list[str] = []
        done = threading.Event()

        def ask(source: str) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=PATIENCE)
            try:
                while not done.is_set():
                    nonce = f"%23{source}{time.monotonic_ns()}" if source == "new" else ""
                    connection.request("GET", f"/sparql?format=csv&query={query}{nonce}")
                    reply = connection.getresponse()
                    text = reply.read().decode().split("\r\n")
                    if reply.status != 200:
                        wrong.append(f"{reply.status} {text}")
                    elif source == "new":
                        seen.append(text[1])
            except (OSError, http.client.HTTPException) as error:
                wrong.append(repr(error))
            finally:
                connection.close()

        threads = [threading.Thread(target=ask, args=(each,)) for each in ("new", "same")]
        for thread in threads:
            thread.start()
        try:
            for number in range(1, 4):
                data(folder, f"name {number}")
                os.kill(place.process, signal.SIGHUP)
                until(lambda number=number: seen[-1:] == [f"name {number}"])  # type: ignore[misc]
            (folder / "data" / "a.ttl").write_text(PREFIXES + "id:a rdfs:label .\n")
            os.kill(place.process, signal.SIGHUP)
            until(lambda: "the former data is still served" in home.log.read_text())
            time.sleep(0.3)
            assert seen[-1] == "name 3"
        finally:
            done.set()
            for thread in threads:
                thread.join()
        assert wrong == []
        assert [*dict.fromkeys(seen)] == [f"name {number}" for number in range(4)]
        assert "a.ttl:2" in home.log.read_text()
        answer = fetch(f"{home}/sparql?format=csv&query={query}")
        assert "name 3" in answer.text  # nothing old is kept
        until(lambda: len(place.children()) == 3)


def test_several_processes_serve_at_one_port(tmp_path: Path) -> None:
    """One that dies is replaced, each loads changed data, and a stop ends them all."""
    folder = data(tmp_path / "graph", "one")
    query = quote(f"SELECT ?name {{ <{BASE}id/a> rdfs:label ?name }}")

    def seen(home: Address) -> dict[str, str]:
        """The name that each process knows, by its number; each request has a connection."""
        found = {}
        for _ in range(20):
            connection = http.client.HTTPConnection(
                "127.0.0.1", Place.of(home).port, timeout=PATIENCE
            )
            said = []
            for path in ("/metrics", f"/sparql?format=csv&query={query}"):
                connection.request("GET", path)
                said.append(connection.getresponse().read().decode())
            connection.close()
            number = re.search(r'data_generation{process="(.)"}', said[0])
            assert number is not None
            found[number[1]] = said[1].split("\r\n")[1]
        return found

    with serving("--processes", "2", "--workers", "1", "--quiet", folder=folder) as home:
        place = Place.of(home)
        assert len(place.children()) == 6
        assert home.log.read_text().count("serving on") == 1
        until(lambda: seen(home) == {"1": "one", "2": "one"})
        data(folder, "two")
        os.kill(home.pid, signal.SIGHUP)
        until(lambda: seen(home) == {"1": "two", "2": "two"})
        first = min(each for each in place.children() if _parent(each) == home.pid)
        os.kill(first, signal.SIGKILL)
        until(lambda: "died; another takes its place" in home.log.read_text())
        assert set(seen(home).values()) == {"two"}
        until(lambda: len(place.children()) == 6 and len(seen(home)) == 2)
        children = place.children()
        log = home.log.read_text()
    assert not any(Path(f"/proc/{each}").exists() for each in children)
    assert "Traceback" not in log


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_several_processes_end_with_their_parent(tmp_path: Path) -> None:
    folder = data(tmp_path / "graph", "one")
    with started(tmp_path, "--graph", str(folder), after=("--processes", "2")) as it:
        until(lambda: b"serving on" in (tmp_path / "log").read_bytes())
        children = Place(0, it.pid).children()
        it.kill()
        until(lambda: not any(Path(f"/proc/{each}").exists() for each in children))
    (folder / "data" / "a.ttl").write_text(PREFIXES + "id:a rdfs:label .\n")
    with started(tmp_path, "--graph", str(folder), after=("--processes", "2")) as it:
        assert it.wait(PATIENCE) == 2
        assert b"a.ttl:2: not Turtle" in (tmp_path / "log").read_bytes()


def test_data_that_are_loaded_again_after_a_death_are_known(tmp_path: Path) -> None:
    """So replies have an ETag, and are cached."""
    with serving(folder=data(tmp_path, "one")) as home:
        before = fetch(f"{home}/page/a").headers["etag"]
        place = Place.of(home)
        until(lambda: len(place.children()) == 3)  # it answers before its second worker runs
        (zygote,) = place.children().keys() - {*place.workers()}
        os.kill(zygote, signal.SIGKILL)
        until(lambda: "allgraph_data_generation 2" in fetch(f"{home}/metrics").text)
        assert fetch(f"{home}/page/a").headers["etag"] == before
        assert fetch(f"{home}/things").headers["etag"]


class started:
    """A server as a bare process, killed at the end if need be."""

    def __init__(self, folder: Path, *before: str, after: Sequence[str] = ()) -> None:
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [ALLGRAPH, *before, "serve", "--port", "0", *after],
            stdout=self.log, stderr=self.log, cwd=folder,
        )  # fmt: skip

    def __enter__(self) -> subprocess.Popen[bytes]:
        return self.process

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


@pytest.mark.slow
def test_many_requests_leave_nothing_behind() -> None:
    """A part of what tests/long/test_soak.py asks, as much as takes some seconds."""
    with serving("--quiet", "--cache", "1") as home:
        tally, before, after = soak(Place.of(home), SOAK)
        print(f"before: {before}\nafter:  {after}")
        assert tally.failed == []
        assert after.server < 1.1 * before.server
        assert after.zygote < 1.1 * before.zygote
        assert (after.files, after.processes) == (before.files, before.processes)


SOAK = 600
