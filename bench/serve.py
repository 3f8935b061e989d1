"""How fast ``allgraph serve`` answers, beside ``oxigraph serve`` and ``rdflib-endpoint``.

Run it as ``python -m bench.serve [--claims N] [--rounds N] [--seconds N] [--rdflib PROGRAM]``,
with ``wrk`` (a package of Debian) and the dependency group ``dev``; ``rdflib-endpoint`` goes into
an environment of its own, for its program to be named. All serve the same generated triples
(`bench.folder`, with what is derived), and have to give the same answers before anything is
measured. Each round asks every server in turn, in an order that changes. The CPU time is that of
all processes of a server, as Linux counts it; the ratios are of the same round.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

from bench.folder import write
from bench.startup import ALLGRAPH, ENVIRONMENT

OXIGRAPH = str(Path(sys.executable).with_name("oxigraph"))
RESULTS = "application/sparql-results+json"
TURTLE = "text/turtle"
TICK = os.sysconf("SC_CLK_TCK")
CLIENTS = 8

OURS, DISK, MEMORY, RDFLIB = "allgraph", "oxigraph, disk", "oxigraph, memory", "rdflib-endpoint"

_PREFIXES = (
    "PREFIX claim: <https://example.org/big/claim/> PREFIX id: <https://example.org/big/id/> "
    "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
)
_ROWS = "?claim rdf:subject ?person . ?person rdfs:label ?name }"
# In each stands what a request puts into it; Lua puts there what it likes, distinct each time.
TEN = _PREFIXES + "SELECT ?claim ?person ?name { VALUES ?claim { @ } " + _ROWS
ALL = _PREFIXES + "SELECT ?claim ?person ?name ?n@ { " + _ROWS
DESCRIBE = _PREFIXES + "DESCRIBE id:p@"

_SAME = "+".join(f"claim:c{n * 7}" for n in range(10))
_TEN_CLAIMS = """
  local first, step, names = math.random(0, CLAIMS - 1), math.random(1, CLAIMS // 10), {}
  for n = 0, 9 do names[n + 1] = "claim:c" .. ((first + n * step) % CLAIMS) end
  local text = table.concat(names, "+")"""
_NUMBER = "\n  local text = math.random(1, 1000000000)"
_PERSON = "\n  local text = math.random(0, CLAIMS // 3 - 1)"
_LUA = """
math.randomseed(%(seed)d)
wrk.headers["Accept"] = "%(accept)s"
request = function()%(draw)s
  return wrk.format("GET", "%(before)s" .. text .. "%(after)s")
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%%d,"us":%%d,"p50":%%d,"p99":%%d,"errors":%%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


class Case(NamedTuple):
    """What is asked again and again: how a text is drawn, and where it goes."""

    name: str
    query: str
    draw: str
    goals: Mapping[str, float] = {}  # how much of each other's rate ours has to be, at least
    cpu: float = 0.0  # how much of the disk store's CPU time a request may take; 0: no goal
    accept: str = RESULTS
    path: str = ""  # of a document of ours that stands beside the query
    clients: int = CLIENTS


CASES = (
    Case("10 rows, distinct", TEN, _TEN_CLAIMS, {DISK: 0.5, RDFLIB: 20}, cpu=2),
    Case("10 rows, repeated", TEN, f'\n  local text = "{_SAME}"', {DISK: 1}),
    Case("10,000 rows, distinct", ALL, _NUMBER, {DISK: 1.5, RDFLIB: 20}, clients=4),
    Case("10,000 rows, repeated", ALL, '\n  local text = ""', {DISK: 50}, clients=4),
    Case("document, any", DESCRIBE, _PERSON, accept=TURTLE, path="/data/p@.ttl"),
    Case("document, one", DESCRIBE, '\n  local text = "7"', accept=TURTLE, path="/data/p@.ttl"),
)


class Load(NamedTuple):
    """What one server did in one run."""

    rate: float
    p50: float  # milliseconds
    p99: float
    cpu: float  # milliseconds of a request


@dataclass
class Server:
    """A server that runs, and its processes."""

    name: str
    process: subprocess.Popen[str]
    address: str
    endpoint: str

    def path(self, case: Case) -> str:
        """What a case asks this server, with ``@`` for what is drawn."""
        if case.path and self.name == OURS:
            return case.path
        return f"{self.endpoint}?query={quote_plus(case.query, safe='@')}"

    def get(self, path: str, accept: str) -> bytes:
        asked = Request(self.address + path, headers={"Accept": accept})
        with urlopen(asked, timeout=300) as reply:
            body: bytes = reply.read()
        return body

    def cpu(self) -> float:
        """Seconds that all of its processes have taken, also those that have ended."""
        return sum(sum(_times(each)) for each in _family(self.process.pid)) / TICK


def _stat(process: int) -> list[str]:
    text = Path(f"/proc/{process}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()


def _times(process: int) -> list[int]:
    """Of a process and of its children that have ended, in ticks; none when it is gone."""
    try:
        return [int(each) for each in _stat(process)[11:15]]
    except OSError:
        return []


def _family(process: int) -> Iterator[int]:
    yield process
    children: list[str] = []
    try:
        for each in Path(f"/proc/{process}/task").iterdir():
            children += (each / "children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


# ---- Starting


@contextmanager
def running(name: str, command: list[str], address: str, endpoint: str) -> Iterator[Server]:
    """A server, from when it answers until it is stopped. An empty address is told by itself."""
    process = subprocess.Popen(command, env=ENVIRONMENT, text=True, start_new_session=True,
                               stdout=subprocess.DEVNULL if address else subprocess.PIPE,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        if not address:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1].rstrip("/")
        server = Server(name, process, address, endpoint)
        _answers(server)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(server: Server) -> None:
    until = time.monotonic() + 300
    while True:
        try:
            server.get(f"{server.endpoint}?query=ASK+%7B%7D", RESULTS)
            if server.process.poll() is None:
                return
            raise SystemExit(f"{server.name}: another program has its port")
        except HTTPError as error:
            raise SystemExit(f"{server.name} answers {error.code}") from None
        except (URLError, ConnectionError):
            if server.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{server.name} does not start") from None
            time.sleep(0.2)


def _command(*words: str) -> None:
    subprocess.run(words, env=ENVIRONMENT, check=True, stderr=subprocess.DEVNULL)


def servers(place: Path, ours: str, rdflib: str, workers: int) -> Iterator[Callable[[], object]]:
    """What starts each server on the data in a place; `ours` and `rdflib` are programs."""
    triples = str(place / "graph.nt")
    here = "127.0.0.1"
    serve = [ours, "--graph", str(place / "graph"), "serve", "--port", "0", "--quiet",
             "--workers", str(workers)]  # fmt: skip
    yield lambda: running(OURS, serve, "", "/sparql")
    disk = str(place / "disk")
    _command(OXIGRAPH, "load", "--location", disk, "--file", triples)
    _command(OXIGRAPH, "optimize", "--location", disk)
    read_only = [OXIGRAPH, "serve-read-only", "--location", disk, "--bind", f"{here}:17878"]
    yield lambda: running(DISK, read_only, f"http://{here}:17878", "/query")

    @contextmanager
    def in_memory() -> Iterator[Server]:
        command = [OXIGRAPH, "serve", "--bind", f"{here}:17879"]
        with running(MEMORY, command, f"http://{here}:17879", "/query") as server:
            kind = {"Content-Type": "application/n-triples"}
            with open(triples, "rb") as file:
                store = Request(f"{server.address}/store?default", file.read(), kind)
            urlopen(store, timeout=300).close()
            yield server

    yield in_memory
    if rdflib:
        command = [rdflib, "serve", "--host", here, "--port", "17880", triples]
        yield lambda: running(RDFLIB, command, f"http://{here}:17880", "/")


# ---- Asking


def check(all_servers: list[Server], claims: int) -> None:
    """End the program unless all give the same rows, and as many as there should be."""
    for case, text, size in ((CASES[0], _SAME, 10), (CASES[2], "1", claims)):
        found = {}
        for server in all_servers:
            told = json.loads(server.get(server.path(case).replace("@", text), RESULTS))
            rows = told["results"]["bindings"]
            found[server.name] = sorted(json.dumps(row, sort_keys=True) for row in rows)
            if len(rows) != size or found[server.name] != found[OURS]:
                raise SystemExit(f"{case.name}: {server.name} gives other rows")
    for server in all_servers:
        if b"Person 7" not in server.get(server.path(CASES[4]).replace("@", "7"), TURTLE):
            raise SystemExit(f"{server.name} does not describe anybody")


def ask(server: Server, case: Case, claims: int, seconds: float, seed: int, place: Path) -> Load:
    """Ask one server for some seconds."""
    before, after = server.path(case).split("@")
    draw = case.draw.replace("CLAIMS // 10", str(claims // 10))
    draw = draw.replace("CLAIMS // 3", str(claims // 3)).replace("CLAIMS", str(claims))
    script = place / "ask.lua"
    script.write_text(_LUA % {"seed": seed, "accept": case.accept, "draw": draw,
                              "before": before, "after": after})  # fmt: skip
    command = ["wrk", "-t1", f"-c{case.clients}", f"-d{seconds:g}s", "--timeout", "60s",
               "-s", str(script), server.address]  # fmt: skip
    cpu = server.cpu()
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = server.cpu() - cpu
    found = re.search(r"^\{.*\}$", told, re.MULTILINE)
    assert found is not None, told
    run = json.loads(found[0])
    if run["errors"] or not run["requests"]:
        raise SystemExit(f"{case.name}: {server.name} has {run['errors']} errors\n{told}")
    rate = run["requests"] / run["us"] * 1e6
    return Load(rate, run["p50"] / 1000, run["p99"] / 1000, cpu / run["requests"] * 1000)


Runs = dict[str, list[Load]]


def measure(
    all_servers: list[Server], case: Case, claims: int, rounds: int, seconds: float, place: Path
) -> Runs:
    """Ask all in turn, in another order each round."""
    runs: Runs = {server.name: [] for server in all_servers}
    for round in range(-1, rounds):
        at = round % len(all_servers)
        order = all_servers[at:] + all_servers[:at]
        for server in order if round % 2 else order[::-1]:
            long = seconds if round >= 0 else 1.0
            if server.name == RDFLIB:
                if round not in (0, 1):
                    continue  # it is that much slower
                long = 3 * seconds
            seed = time.time_ns() % 2**31
            load = ask(server, case, claims, long, seed, place)
            if round >= 0:
                runs[server.name].append(load)
    return runs


def _ratio(runs: Runs, other: str, of: Callable[[Load], float]) -> float:
    """How ours compares with another, in the median round."""
    pairs = zip(runs[OURS], runs[other], strict=False)
    return statistics.median(of(ours) / of(theirs) for ours, theirs in pairs if of(theirs))


def show(case: Case, runs: Runs) -> None:
    """The rows of a case, and whether its goals are met."""
    for name, loads in runs.items():
        rate, p50, p99, cpu = (statistics.median(column) for column in zip(*loads, strict=True))
        ratios = "1 | 1"
        if name != OURS:
            ratios = f"{_ratio(runs, name, _rate):.2f} | {_ratio(runs, name, _cpu):.2f}"
        print(f"| {case.name} | {name} | {rate:,.1f} | {p50:.1f} | {p99:.1f} | {cpu:.3f} | "
              f"{ratios} |", flush=True)  # fmt: skip
    told = []
    for name, goal in case.goals.items():
        if name in runs:
            ratio = _ratio(runs, name, _rate)
            told.append(f"{'met' if ratio >= goal else 'MISSED'}: {ratio:.2f} of the rate of "
                        f"{name}, goal {goal:g}")  # fmt: skip
    if case.cpu:
        ratio = _ratio(runs, DISK, _cpu)
        told.append(f"{'met' if ratio <= case.cpu else 'MISSED'}: {ratio:.2f} of the CPU time of "
                    f"{DISK}, at most {case.cpu:g}")  # fmt: skip
    print("\n".join(f"  {case.name}: {each}" for each in told), file=sys.stderr, flush=True)


def _rate(load: Load) -> float:
    return load.rate


def _cpu(load: Load) -> float:
    return load.cpu


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and so all servers are stopped
    parser = argparse.ArgumentParser(description="Measure allgraph serve beside others.")
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    # Of one client, as all requests here are, all but one of the workers work at a time.
    parser.add_argument("--workers", type=int, default=1 + (os.cpu_count() or 1))
    parser.add_argument("--allgraph", default=ALLGRAPH, help="the program allgraph")
    parser.add_argument("--rdflib", default="", help="the program rdflib-endpoint")
    parser.add_argument("--only", default="", help="cases whose name begins so")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        place = Path(folder)
        write(place / "graph", options.claims)
        graph = ["--graph", str(place / "graph")]
        triples = place / "graph.nt"
        _command(ALLGRAPH, *graph, "export", "--derived", "-f", "ntriples", str(triples))
        with triples.open("rb") as file:
            count = sum(1 for _ in file)
        print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores, "
              f"load {os.getloadavg()[0]:.1f}; oxigraph {version('oxigraph')}, pyoxigraph "
              f"{version('pyoxigraph')}, httptools {version('httptools')}; {count:,} triples, "
              f"{options.rounds} rounds of {options.seconds:g} s\n")  # fmt: skip
        started = servers(place, options.allgraph, options.rdflib, options.workers)
        everybody: list[Server] = [stack.enter_context(start()) for start in started]  # type: ignore[arg-type]
        check(everybody, options.claims)
        print("| case | server | requests/s | p50 ms | p99 ms | CPU ms | rate: ours / its "
              "| CPU: ours / its |\n|---|---|---|---|---|---|---|---|", flush=True)  # fmt: skip
        for case in CASES:
            if case.name.startswith(options.only):
                runs = measure(everybody, case, options.claims, options.rounds, options.seconds,
                               place)  # fmt: skip
                show(case, runs)


if __name__ == "__main__":
    main()
