"""What strangers may send to a server, and how another client fares meanwhile.

Each hostile request is sent from one address, while a client at another address goes on asking
small questions, each of them new.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.support.serving import Address
from tests.support.waiting import PATIENCE, until

HOSTILE, OTHER = "127.0.0.3", "127.0.0.2"
TYPES = {"Content-Type": "application/sparql-query"}
DEADLY = (200, 400, 413, 503, 504)
BUSY = (200, 503, 504)


@dataclass(frozen=True)
class Place:
    """Where a server is: its port, and the process that is at it."""

    port: int
    process: int
    seconds: float = PATIENCE
    read_timeout: float = PATIENCE

    @classmethod
    def of(cls, home: Address, seconds: float = PATIENCE, read_timeout: float = PATIENCE) -> Place:
        """The place of a server that was started for a test, and its limits of time."""
        return cls(int(home.rpartition(":")[2]), home.pid, seconds, read_timeout)

    def children(self) -> dict[int, str]:
        """The processes below the server's, and the state of each; a zombie's is Z."""
        parents: dict[int, list[tuple[int, str]]] = {}
        for each in Path("/proc").iterdir():
            if each.name.isdigit():
                with suppress(OSError):
                    state, parent, *_ = (each / "stat").read_text().rpartition(")")[2].split()
                    parents.setdefault(int(parent), []).append((int(each.name), state))
        found: dict[int, str] = {}
        todo = [self.process]
        while todo:
            for process, state in parents.get(todo.pop(), []):
                found[process] = state
                todo.append(process)
        return found

    def workers(self) -> list[int]:
        """The worker processes, the one that has worked most first."""
        below = [p for p in self.children() if _stat(p)[1] != str(self.process)]
        return sorted(below, key=lambda p: -int(_stat(p)[11]))

    def cpu(self) -> float:
        """The CPU seconds of the server and all processes below it, those that are dead too."""
        fields = (_stat(p)[11:15] for p in (self.process, *self.children()))
        return sum(int(ticks) for part in fields for ticks in part) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """The resident memory of the server process, in bytes."""
        text = Path(f"/proc/{self.process}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) * 1024

    def files(self) -> int:
        """How many files the server process has open."""
        return len(os.listdir(f"/proc/{self.process}/fd"))

    def health(self) -> int:
        """The status of ``/health``."""
        return request(self, "GET", "/health").status


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["X"] + ["0"] * 20


@dataclass(frozen=True)
class End:
    """How a request ended; the status is 0 when nothing came, and -1 for an answer cut short."""

    status: int
    seconds: float
    body: bytes = b""


def request(
    place: Place,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    source: str = HOSTILE,
) -> End:
    """One request on a connection of its own, from an address."""
    start = time.monotonic()
    connection = http.client.HTTPConnection(
        "127.0.0.1", place.port, timeout=PATIENCE, source_address=(source, 0)
    )
    status, read = 0, b""
    try:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body=body, headers=headers or {})
        reply = connection.getresponse()
        status = reply.status
        read = reply.read()
    except (http.client.HTTPException, OSError):
        status = -1 if status else 0
    finally:
        connection.close()
    return End(status, time.monotonic() - start, read)


def asked(query: str | bytes) -> Callable[[Place], End]:
    """Somebody who posts a query, which nobody has asked before."""
    data = query.encode() if isinstance(query, str) else query

    def ask(place: Place) -> End:
        text = data + b"\n# %d %d" % (time.monotonic_ns(), threading.get_ident())
        return request(place, "POST", "/sparql", text, TYPES)

    return ask


def raw(place: Place, *pieces: bytes, pause: float = 0.0, half: bool = False) -> End:
    """Bytes on a connection, with pauses between, until the other end closes it."""
    start, came = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", place.port), PATIENCE, (HOSTILE, 0)) as connection:
        with suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
                if pause:
                    connection.settimeout(pause)
                    with suppress(TimeoutError):
                        came = connection.recv(65536)
                        break
            connection.settimeout(PATIENCE)
            if half:
                connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65536):
                came += data
    found = re.match(rb"HTTP/1.1 (\d+)", came)
    return End(int(found[1]) if found else 0, time.monotonic() - start, came)


@dataclass(frozen=True)
class Attack:
    """Something hostile: what is done, and the statuses that are truthful."""

    name: str
    work: Callable[[Place], End]
    statuses: Sequence[int] = DEADLY
    slow: bool = False  # takes as long as it may
    copies: int = 0  # at once, whatever is told

    @property
    def is_cut(self) -> bool:
        """Whether a limit of time may end it, or has to; others are answered, however late."""
        return bool({0, 408, 504} & {*self.statuses})


def _nested(before: str, inner: str, after: str, depth: int) -> str:
    return before * depth + inner + after * depth


COUNT = "SELECT (COUNT(*) AS ?n) "
PRODUCT = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
GROWN = " ".join(
    f"BIND(CONCAT(?x{i},?x{i},?x{i},?x{i},?x{i},?x{i},?x{i},?x{i}) AS ?x{i + 1})" for i in range(12)
)
REPLACED = " ".join(f'BIND(REPLACE(?x{i}, "a", "aaaaaaaaaaaaaaaa") AS ?x{i + 1})' for i in range(9))
LONG = b'SELECT * { ?s ?p ?o FILTER(?o = "' + b"x" * 2**20 + b'") }'
SLOW_GET = b"GET /sparql?query=" + quote(COUNT + PRODUCT).encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n"

QUERIES: dict[str, tuple[str, Sequence[int]]] = {
    "catastrophic regex": (
        COUNT + "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
        'FILTER regex(concat(str(?a),str(?d),str(?g)), "((.*)*x)*((.*)*y)*$z") }', BUSY),
    "regex of great size": (
        'ASK { ?s ?p ?o FILTER regex(str(?o), "((((a{0,99}){0,99}){0,99}){0,99}){0,99}$") }', BUSY),
    "cartesian count": (COUNT + PRODUCT, BUSY),
    "cartesian sort": ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f DESC(?i)", BUSY),
    "cartesian distinct": ("SELECT DISTINCT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
                           (*BUSY, 413, -1)),
    "nested * paths": (COUNT + "{ ?a ((((!<x:a>)*)*/(!<x:b>)*)*)* ?b . ?c (!<x:c>|^!<x:d>)* ?d }",
                       BUSY),
    "GROUP_CONCAT": ('SELECT (GROUP_CONCAT(CONCAT(str(?a),str(?d)); separator="------------") '
                     "AS ?n) { ?a ?b ?c . ?d ?e ?f }", (*BUSY, 413)),
    "CONCAT growth": (f'SELECT ?x12 {{ BIND("aaaaaaaa" AS ?x0) {GROWN} }}', (*BUSY, 413)),
    "REPLACE growth": (f'SELECT (STRLEN(?x9) AS ?n) {{ BIND("aaaa" AS ?x0) {REPLACED} }}', BUSY),
    "braces, 2,400": ("SELECT * " + _nested("{", "", "}", 2400), (400,)),
    "braces, 10,000": ("SELECT * " + _nested("{", "", "}", 10_000), (400,)),
    "braces, open": ("SELECT * " + "{" * 10_000, (400,)),
    "parentheses, 5,000": ("ASK { FILTER " + _nested("(", "1", ")", 5000) + " }", (400,)),
    "parentheses, 10,000": ("ASK { FILTER " + _nested("(", "1", ")", 10_000) + " }", (400,)),
    "OPTIONALs, 3,000 deep": (
        "SELECT * {" + _nested("?s ?p ?o OPTIONAL {", "", "}", 3000) + "}", (400,)),
    "NOTs, 10,000": ("ASK { FILTER(" + "!" * 10_000 + " true) }", DEADLY),
    "minuses, 10,000": ("ASK { FILTER(" + "- " * 10_000 + " 1) }", DEADLY),
    "EXISTS, 2,400 deep": (
        "ASK {" + _nested("FILTER EXISTS { ?s ?p ?o ", "", "}", 2400) + "}", (400,)),
    "paths, 10,000 deep": ("ASK { ?a " + _nested("(", "<x:a>", ")*", 10_000) + " ?b }", (400,)),
    "path of ^, 10,000": ("ASK { ?a " + "^" * 10_000 + "<x:a> ?b }", DEADLY),
    "path steps, 5,000": ("ASK { ?a " + "/".join(["<x:a>"] * 5000) + " ?b }", DEADLY),
    "blank nodes, 5,000 deep": ("ASK { " + _nested("[ <x:p> ", "1", "]", 5000) + " }", (400,)),
    "blank nodes, 200 deep": ("ASK { " + _nested("[ <x:p> ", "1", "]", 200) + " }", DEADLY),
    "lists, 5,000 deep": ("ASK { " + _nested("( ", "1", ")", 5000) + " <x:p> 1 }", (400,)),
    "sub-selects, 2,400 deep": (
        "SELECT * {" + _nested("{ SELECT * {", "?s ?p ?o", "} }", 2400) + "}", (400,)),
    "UNIONs, 10,000": ("ASK { " + " UNION ".join(["{ ?s ?p ?o }"] * 10_000) + " }", DEADLY),
    "+ chain, 10,000": ("ASK { FILTER(" + "+".join(["1"] * 10_000) + " > 0) }", DEADLY),
    "|| chain, 5,000": (
        "ASK { ?s ?p ?o FILTER(" + " || ".join(f"?o = {i}" for i in range(5000)) + ") }", DEADLY),
    "BINDs, 5,000": (
        "ASK { " + " ".join(f"BIND({i} AS ?x{i})" for i in range(5000)) + " }", DEADLY),
    "200 OPTIONALs in a row": (
        "SELECT * { " + " ".join(f"OPTIONAL {{ ?s ?p{i} ?o{i} }}" for i in range(200)) + " }",
        (*DEADLY, -1)),
    "100,000 variables": (
        "SELECT " + " ".join(f"?v{i}" for i in range(100_000)) + " { ?s ?p ?o }", (*DEADLY, -1)),
    "100,000 VALUES": (
        COUNT + "{ VALUES ?x {" + "1 " * 100_000 + "} VALUES ?y {" + "1 " * 100_000 + "} }", BUSY),
    "row flood": ("SELECT * { ?a ?b ?c . ?d ?e ?f }", (*BUSY, 413, -1)),
    "CONSTRUCT flood": ("CONSTRUCT { ?a ?b ?c . ?d ?e ?f } { ?a ?b ?c . ?d ?e ?f }",
                        (*BUSY, 413, -1)),
    "DESCRIBE all": ("DESCRIBE * { ?a ?b ?c . ?d ?e ?f }", (*BUSY, 413, -1)),
}  # fmt: skip
SLOW = {
    "catastrophic regex", "cartesian count", "cartesian sort", "cartesian distinct",
    "nested * paths", "GROUP_CONCAT", "REPLACE growth", "200 OPTIONALs in a row", "100,000 VALUES",
    "row flood", "CONSTRUCT flood", "DESCRIBE all", "path steps, 5,000", "|| chain, 5,000",
    "100,000 variables", "BINDs, 5,000", "UNIONs, 10,000",
}  # fmt: skip


def slow_head(place: Place) -> End:
    """Headers that come a byte at a time, and never end."""
    return raw(place, *[b"GET /health HTTP/1.1\r\nHost: x\r\nA: "] + [b"a"] * 200, pause=0.1)


def slow_body(place: Place) -> End:
    """A body that comes a byte at a time."""
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 1000\r\n\r\n"
    )
    return raw(place, *[head] + [b"a"] * 200, pause=0.1)


def slow_chunks(place: Place) -> End:
    """A body in chunks of a byte."""
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    return raw(place, *[head] + [b"1\r\na\r\n"] * 200, pause=0.1)


def slow_reader(place: Place) -> End:
    """Somebody who asks for much and reads nothing; nothing comes to an end for them."""
    start = time.monotonic()
    query = quote("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 200000")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.bind((HOSTILE, 0))
        connection.connect(("127.0.0.1", place.port))
        connection.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(place.seconds + 0.5)
    return End(0, time.monotonic() - start)


def endless_head(place: Place) -> End:
    """A header of 20 MB."""
    return raw(place, b"GET / HTTP/1.1\r\nHost: x\r\nA: ", *[b"a" * 2**20] * 20)


def murder(place: Place) -> End:
    """A worker is killed while it works."""
    before = {p: int(_stat(p)[11]) for p in place.workers()}

    def busiest() -> tuple[int, int]:
        """How long the worker that does most has worked since then, in hundredths, and which."""
        worked = ((int(_stat(p)[11]) - before.get(p, 0), p) for p in place.workers())
        return max(worked, default=(0, 0))

    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(asked(COUNT + PRODUCT), place)
        while not end.done():  # a worker that others keep busy may be the first to be killed
            until(lambda: end.done() or busiest()[0] > 20)
            work, worker = busiest()
            if work > 20:
                with suppress(ProcessLookupError):
                    os.kill(worker, 9)
            wait([end], 2)
        return end.result()


def crowd(place: Place) -> End:
    """One of 200 who come at once; each asks something small of their own."""
    query = f"SELECT * {{ ?s ?p ?o }} LIMIT 5 # {time.monotonic_ns()} {threading.get_ident()}"
    return request(place, "GET", "/sparql?query=" + quote(query))


def attacks() -> list[Attack]:
    """All of them."""
    found = [
        Attack(name, asked(query), statuses, name in SLOW)
        for name, (query, statuses) in QUERIES.items()
    ]
    five = LONG.replace(b"x" * 100, b"x" * 500)
    heads = (0, 400, 408, 413, 431)
    return [
        *found,
        Attack("1 MB query", asked(LONG[: 2**20 - 100] + b'") }'), (200,)),
        Attack("more than 1 MB", asked(LONG), (413,)),
        Attack("5 MB query", asked(five), (413,)),
        Attack("a header of 20 MB", endless_head, (431,)),
        Attack("slow-loris, headers", slow_head, (408,), slow=True, copies=50),
        Attack("slow-loris, body", slow_body, (408,), slow=True, copies=50),
        Attack("slow-loris, chunks", slow_chunks, (408,), slow=True, copies=50),
        Attack("half-closed, slow query", lambda p: raw(p, SLOW_GET, half=True), (408, 503, 504)),
        Attack("half-closed, no request", lambda p: raw(p, b"GET /h", half=True), heads),
        Attack("does not read", slow_reader, (0,), slow=True),
        Attack("kill -9 of a worker", murder, (503,), slow=True, copies=1),
        Attack("200 clients at once", crowd, (200, 503), copies=200),
    ]


SERVICES = {
    "plain": "SELECT * { SERVICE <IRI> { ?s ?p ?o } }",
    "odd case": "SELECT * { sErViCe <IRI> { ?s ?p ?o } }",
    "silent": "SELECT * { SERVICE SILENT <IRI> { ?s ?p ?o } }",
    "comment between": "SELECT * { SERVICE # <x:a>\n # {\n <IRI> { ?s ?p ?o } }",
    "no spaces": "SELECT*{SERVICE<IRI>{?s ?p ?o}}",
    "after a string with a quote": "SELECT * { BIND('it\\'s #' AS ?x) SERVICE <IRI> { ?s ?p ?o } }",
    "after a long string": 'SELECT * { BIND("""a"" # """ AS ?x) SERVICE <IRI> { ?s ?p ?o } }',
    "after an IRI with #": "SELECT * { <x:a#b> ?q ?r . SERVICE <IRI> { ?s ?p ?o } }",
    "after a comparison": "SELECT * { FILTER(1 <2 && 3>2) SERVICE <IRI> { ?s ?p ?o } }",
    "after a carriage return": "SELECT * { # \r SERVICE <IRI> { ?s ?p ?o } }",
    "unicode escape in the word": "SELECT * { \\u0053ERVICE <IRI> { ?s ?p ?o } }",
    "unicode escapes all over": (
        "SELECT * { \\u0053\\u0045\\u0052\\u0056\\u0049\\u0043\\u0045 <IRI> { ?s ?p ?o } }"
    ),
    "unicode escape in the IRI": "SELECT * { SERVICE <\\u0068ttp://127.0.0.1:PORT/> { ?s ?p ?o } }",
    "of a variable": "SELECT * { VALUES ?e { <IRI> } SERVICE ?e { ?s ?p ?o } }",
    "of a prefixed name": "PREFIX a: <IRI> SELECT * { SERVICE a: { ?s ?p ?o } }",
    "of a relative IRI": "BASE <IRI> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "in EXISTS": "ASK { ?s ?p ?o FILTER EXISTS { SERVICE <IRI> { ?s ?p ?o } } }",
    "in a sub-select": "SELECT * { { SELECT * { SERVICE <IRI> { ?s ?p ?o } } } }",
    "in OPTIONAL": "SELECT * { OPTIONAL { SERVICE SILENT <IRI> { ?s ?p ?o } } }",
    "in CONSTRUCT": "CONSTRUCT { ?s ?p ?o } { SERVICE <IRI> { ?s ?p ?o } }",
    "in DESCRIBE": "DESCRIBE ?s { SERVICE <IRI> { ?s ?p ?o } }",
    "a form feed": "SELECT * { SERVICE\f<IRI> { ?s ?p ?o } }",
    "a byte order mark": "\ufeffSELECT * { SERVICE <IRI> { ?s ?p ?o } }",
    "a no-break space": "SELECT * { SERVICE\u00a0<IRI> { ?s ?p ?o } }",
    "a Kelvin-like letter": "SELECT * { \u017fERVICE <IRI> { ?s ?p ?o } }",
    "LOAD": "LOAD <IRI>",
    "INSERT with SERVICE": "INSERT { ?s ?p ?o } WHERE { SERVICE <IRI> { ?s ?p ?o } }",
}
HARMLESS = {
    "unicode escape of a quote": (
        'SELECT * { BIND("a\\u0022) SERVICE <IRI> { ?s ?p ?o } #" AS ?x) }'
    ),
    "in a comment": "SELECT * { } # SERVICE <IRI> { ?s ?p ?o }",
    "in a string": 'SELECT ("SERVICE <IRI> { }" AS ?x) { }',
    "in an IRI": "ASK { <IRISERVICE> ?p ?o }",
    "FROM": "SELECT * FROM <IRI> { ?s ?p ?o }",
    "FROM NAMED": "SELECT * FROM NAMED <IRI> { GRAPH ?g { ?s ?p ?o } }",
    "FROM a file": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "FROM NAMED a file": "SELECT * FROM NAMED <file:///etc/passwd> { GRAPH ?g { ?s ?p ?o } }",
    "GRAPH": "SELECT * { GRAPH <IRI> { ?s ?p ?o } }",
    "a literal": 'SELECT * { BIND("<IRI>"^^<IRI> AS ?x) }',
}


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port that nobody should come to, and who came."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                with suppress(TimeoutError):
                    connection, peer = server.accept()
                    came.append(str(peer))
                    connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield server.getsockname()[1], came
        finally:
            done.set()
            thread.join()


def disguised(place: Place) -> tuple[dict[str, int], list[str]]:
    """The status of each query that would have the server open a connection, and who came."""
    found: dict[str, int] = {}
    with listener() as (port, came):
        iri = f"http://127.0.0.1:{port}/"
        for name, query in {**SERVICES, **HARMLESS}.items():
            text = query.replace("IRI", iri).replace("PORT", str(port))
            found[name] = asked(text)(place).status
        for name in ("default-graph-uri", "named-graph-uri"):
            for value in (iri, "file:///etc/passwd"):
                path = f"/sparql?query={quote('SELECT * { ?s ?p ?o }')}&{name}={quote(value)}"
                end = request(place, "GET", path)
                found[f"{name} {value[:4]}"] = end.status
                assert b"root:" not in end.body
        time.sleep(0.2)
    return found, came


class Neighbour:
    """Somebody at another address who asks small new questions all the time, in a process apart.

    `times` are when each was asked and how many seconds it took, by the clock of this machine.
    """

    def __init__(self, place: Place) -> None:
        self.times: list[tuple[float, float]] = []
        self.failed: list[str] = []
        self._place = place

    def __enter__(self) -> Neighbour:
        command = [sys.executable, "-m", "tests.support.hostile", str(self._place.port)]
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._reader.join()
        self._process.stdout.close()
        self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            at, took, status = line.split()
            self.times.append((float(at), float(took)))
            if status != b"200":
                self.failed.append(status.decode())

    def percentile(self, start: float, end: float, part: float = 0.99) -> float:
        """A percentile of the seconds that what was asked in a span of time took."""
        took = sorted(took for at, took in self.times if start <= at < end)
        return took[min(int(len(took) * part), len(took) - 1)] if took else 0.0


def neighbour(port: int) -> None:
    """Ask until standard input ends."""
    done = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        done.set()

    threading.Thread(target=listen, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", port, PATIENCE, source_address=(OTHER, 0))
    number = 0
    while not done.is_set():
        number += 1
        query = quote(f"SELECT * {{ ?s a ?o }} LIMIT 10 # {os.getpid()} {number}")
        path = "/ask/founders?body=Model+Alliance" if number % 5 == 0 else f"/sparql?query={query}"
        start = time.monotonic()
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            reply.read()
            status = str(reply.status)
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            status = type(error).__name__
        print(f"{start:.4f} {time.monotonic() - start:.5f} {status}", flush=True)
        time.sleep(0.005)
    connection.close()


@dataclass
class Outcome:
    """How an attack ended for those who made it."""

    attack: Attack
    start: float
    end: float
    ends: list[End]
    health: int
    cpu: float  # seconds that the server worked
    wrong: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        return max(each.seconds for each in self.ends)

    @property
    def statuses(self) -> str:
        count = Counter(each.status for each in self.ends)
        return " ".join(f"{n} x {status}" if n > 1 else str(status) for status, n in count.items())


def attacked(place: Place, attack: Attack, copies: int = 1) -> Outcome:
    """Make an attack, and see whether it ends as it should.

    No more is done for it than the limits allow, measured in CPU time: of an attack and of the
    small questions that others ask meanwhile.
    """
    copies = attack.copies or copies
    start, before = time.monotonic(), place.cpu()
    with ThreadPoolExecutor(copies) as pool:
        ends = [*pool.map(lambda _: attack.work(place), range(copies))]
    cpu = place.cpu() - before
    outcome = Outcome(attack, start, time.monotonic(), ends, place.health(), cpu)
    for each in ends:
        if each.status not in (*attack.statuses, *((503, 504) if copies > 1 else ())):
            outcome.wrong.append(f"status {each.status}")
        if each.status >= 400 and each.body.startswith(b"{"):
            said = json.loads(each.body)
            if said["status"] != each.status or "Traceback" in said["detail"]:
                outcome.wrong.append(f"says {said}")
    if outcome.cpu > 2 * copies * (1 + max(place.seconds, place.read_timeout)):
        outcome.wrong.append(f"took {outcome.cpu:.2f} s of CPU time")
    if outcome.health != 200:
        outcome.wrong.append(f"health {outcome.health}")
    return outcome


def settled(place: Place, files: int) -> None:
    """Wait until the server has no more files open than at the start, and all workers rest."""

    def rests() -> bool:
        is_idle = json.loads(request(place, "GET", "/health").body)["waiting"] == 0
        return is_idle and place.files() <= files and "Z" not in place.children().values()

    until(rests, f"the server does not rest; it has {place.files()} files open, {files} at first")


if __name__ == "__main__":
    neighbour(int(sys.argv[1]))
