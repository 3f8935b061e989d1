"""Virtuoso, started for a measurement: a server of its own in a directory of its own.

It takes the programs ``virtuoso-t`` and ``isql-vt`` (Debian: virtuoso-opensource-7-bin).
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

PROGRAMS = ("virtuoso-t", "isql-vt")
PATIENCE = 120  # seconds in which it has to start
BUFFERS = 100_000  # of 8 KiB each
_SETTINGS = """\
[Database]
DatabaseFile = {place}/virtuoso.db
ErrorLogFile = {place}/virtuoso.log
LockFile = {place}/virtuoso.lck
TransactionFile = {place}/virtuoso.trx
xa_persistent_file = {place}/virtuoso.pxa

[TempDatabase]
DatabaseFile = {place}/virtuoso-temp.db
TransactionFile = {place}/virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 10
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
DirsAllowed = {data}

[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 4

[SPARQL]
ResultSetMaxRows = 1000000
"""


class Broken(Exception):
    """Virtuoso is not there, does not start, or refuses something."""


@dataclass(frozen=True)
class Virtuoso:
    """A server that runs."""

    sql: int
    http: http.client.HTTPConnection
    process: int

    def execute(self, statement: str) -> str:
        """What isql prints for a statement."""
        done = subprocess.run(
            ["isql-vt", f"127.0.0.1:{self.sql}", "dba", "dba", "VERBOSE=OFF", "BANNER=OFF",
             f"EXEC={statement}"], capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode or "*** Error" in done.stderr + done.stdout:
            said = (done.stderr + done.stdout).strip().splitlines()
            raise Broken(f"Virtuoso: {said[0] if said else done.returncode}")
        return done.stdout

    def load(self, file: Path, graph: str) -> None:
        """Load a file with its bulk loader, until all is on disk."""
        self.execute(f"ld_dir('{file.parent}', '{file.name}', '{graph}');")
        self.execute("rdf_loader_run();")
        self.execute("checkpoint;")
        wrong = self.execute("SELECT ll_error FROM DB.DBA.load_list WHERE ll_error IS NOT NULL;")
        if "error" in wrong.lower():
            raise Broken(f"Virtuoso: {wrong.strip()[:200]}")

    def rows(self, query: str) -> int:
        """How many rows the answer to a SELECT has, read whole."""
        asked = urlencode({"query": query, "format": "application/sparql-results+json"})
        self.http.request("POST", "/sparql", asked,
                          {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
        reply = self.http.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise Broken(f"Virtuoso: {body.decode(errors='replace').splitlines()[0][:200]}")
        return len(json.loads(body)["results"]["bindings"])


@contextmanager
def running(place: Path, data: Path, buffers: int = BUFFERS) -> Iterator[Virtuoso]:
    """Start it on the database in a directory, new or not, and stop it; it may read `data`."""
    for name in PROGRAMS:
        if shutil.which(name) is None:
            raise Broken(f"{name} is missing: apt-get install virtuoso-opensource-7-bin")
    place.mkdir(parents=True, exist_ok=True)
    sql, web = _free_ports()
    settings = place / "virtuoso.ini"
    settings.write_text(_SETTINGS.format(place=place, data=data, sql=sql, http=web,
                                         buffers=buffers, dirty=buffers * 3 // 4))  # fmt: skip
    process = subprocess.Popen(["virtuoso-t", "-f", "-c", str(settings)], cwd=place,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=600)
    try:
        _answers(web, process)
        server = Virtuoso(sql, connection, process.pid)
        yield server
        server.execute("shutdown;")
        process.wait(PATIENCE)
    finally:
        connection.close()
        if process.poll() is None:
            process.kill()
            process.wait()


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it takes requests."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise Broken("Virtuoso does not start") from None
            time.sleep(0.1)
