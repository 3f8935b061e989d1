"""A real server for tests: `allgraph serve` as a process of its own, on a free port."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from allgraph.server.http.reply import TaskResult
from tests.support.commands import ALLGRAPH
from tests.support.processes import stop
from tests.support.waiting import PATIENCE

_ADDRESS = re.compile(r"^serving on (http://\S+)/$", re.MULTILINE)


class Address(str):
    """The address of a server, such as ``http://127.0.0.1:4711``; no slash is at its end.

    `pid` is its process, and `log` the file with all that it writes.
    """

    pid: int
    log: Path


@contextmanager
def serving(
    *options: str, folder: Path | None = None, before: Sequence[str] = ()
) -> Iterator[Address]:
    """A server with some options, on the built-in graph or that of a `folder`.

    The options `before` go before the command, such as ``--timeout``. It has a free port, is
    told to stop at the end, and has to. Unless told it is patient, for the machine may be slow.
    """
    graph = [] if folder is None else ["--graph", str(folder)]
    if "--timeout" not in before:
        before = ("--timeout", f"{PATIENCE:g}", *before)
    if "--read-timeout" not in options:
        options = ("--read-timeout", f"{PATIENCE:g}", *options)
    with tempfile.TemporaryDirectory() as place:
        log = Path(place, "log")
        command = [ALLGRAPH, *graph, *before, "serve", "--port", "0", *options]
        with log.open("wb") as written:
            it = subprocess.Popen(command, stdout=written, stderr=written, cwd=place)
        try:
            address = Address(_address(it, log))
            address.pid, address.log = it.pid, log
            yield address
        finally:
            stop(it)


def _address(it: subprocess.Popen[bytes], log: Path) -> str:
    """The address that a server says it has, once it answers there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and it.poll() is None:
        match = _ADDRESS.search(log.read_text(errors="replace"))
        if match:
            try:
                if fetch(f"{match[1]}/health").status == 200:
                    return match[1]
            except OSError:
                pass
        time.sleep(0.05)
    raise AssertionError(f"the server did not start: {log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def server() -> Iterator[Address]:
    """A server on the built-in graph, for all tests that change nothing and stop nothing.

    It is known under an address of its own, and not under the one that it has.
    """
    with serving() as address:
        yield address


@dataclass(frozen=True)
class Answer:
    """What came back; the names of headers are in lower case, and each is there once."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    all_headers: tuple[tuple[str, str], ...]

    @property
    def type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


_OWN = re.compile(
    r'<script type="(?:module" src="[^"<]*"|application/ld\+json")>[^<]*</script>'
    r"|<b>(?:Note|Reading|Conflicts with):</b>"
)


def without_own(page: str) -> str:
    """A page without the scripts, the data and the bold words that are ours."""
    return _OWN.sub("", page)


def whole(result: TaskResult) -> bytes:
    """The whole body of the result of a task."""
    chunks: list[bytes] = []
    result.send(chunks.append)
    return b"".join(chunks)


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = 2 * PATIENCE,
) -> Answer:
    """What a server answers to one request, on a connection of its own; no 303 is followed."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    path = url[url.index(parts.netloc) + len(parts.netloc) :] or "/"
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        reply = connection.getresponse()
        found = tuple((name.lower(), value) for name, value in reply.getheaders())
        return Answer(reply.status, dict(found), reply.read(), found)
    finally:
        connection.close()
