"""SPARQL stores for tests, as processes of their own on loopback: Virtuoso and Oxigraph.

They listen on ports that are free, hold nothing, and are ended with the test. Each process of the
tests has its own.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, serialize

from allgraph.graph import Graph
from allgraph.sparql.endpoint.access import Login
from tests.support.tools import need
from tests.support.waiting import PATIENCE

OXIGRAPH = Path(sys.executable).parent / "oxigraph"
_VIRTUOSO = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 100
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
ServerThreads = 10
CheckpointInterval = 60
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
MaxClientConnections = 10
[SPARQL]
ResultSetMaxRows = {rows}
"""


@dataclass(frozen=True)
class Server:
    """A store that runs: where it is asked, its process, and who may write to it."""

    url: str
    process: subprocess.Popen[bytes]
    login: Login | None = None


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def virtuoso_server(rows: int = 200_000) -> Iterator[Server]:
    """A Virtuoso that gives at most so many rows."""
    program = need("virtuoso-t", "install it: apt-get install virtuoso-opensource-7-bin")
    with tempfile.TemporaryDirectory(prefix="virtuoso") as place:
        http, sql = free_port(), free_port()
        settings = Path(place, "virtuoso.ini")
        settings.write_text(_VIRTUOSO.format(http=http, sql=sql, rows=rows))
        command = [program, "-f", "-c", str(settings)]
        with _running(command, Path(place), http) as process:
            yield Server(f"http://127.0.0.1:{http}/sparql", process, ("dba", "dba"))


@contextmanager
def oxigraph_server(location: Path | None = None, port: int | None = None) -> Iterator[Server]:
    """An Oxigraph that takes updates; in memory unless it has a location."""
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="oxigraph") as place:
        command = [str(OXIGRAPH), "serve", "--bind", f"127.0.0.1:{port}"]
        command += ["--location", str(location or Path(place, "store"))]
        with _running(command, Path(place), port) as process:
            yield Server(f"http://127.0.0.1:{port}/query", process)


@contextmanager
def _running(command: list[str], place: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs until the end, once it listens."""
    log = place / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written, cwd=place)
    try:
        until = time.monotonic() + PATIENCE
        while not _listens(port):
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.kill()  # what it holds is not kept
        process.wait()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE):
        return True
    return False


@pytest.fixture(scope="session")
def virtuoso() -> Iterator[Server]:
    """A Virtuoso for all tests that write only into graphs of their own."""
    with virtuoso_server() as server:
        yield server


@pytest.fixture(scope="session")
def oxigraph() -> Iterator[Server]:
    """An Oxigraph for all tests that write only into graphs of their own."""
    with oxigraph_server() as server:
        yield server


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Iterator[str]:
    """A real endpoint, oxigraph, that holds the built-in graph with its derived triples.

    It goes on with a query that its client gives up, so tests of that use one of their own.
    """
    with endpoint_with(graph, tmp_path_factory.mktemp("endpoint")) as url:
        yield url


@contextmanager
def endpoint_with(graph: Graph, folder: Path) -> Iterator[str]:
    """An oxigraph with all triples of a graph, and its files in a folder."""
    file, store = folder / "graph.nt", folder / "store"
    file.write_bytes(serialize((q.triple for q in graph.store), format=RdfFormat.N_TRIPLES) or b"")
    load: list[str | Path] = [OXIGRAPH, "load", "--location", store, "--file", file]
    subprocess.run(load, check=True, capture_output=True)
    with oxigraph_server(store) as server:
        yield server.url
