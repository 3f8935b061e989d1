"""Tasks for the tests of the pool, which do what strangers' queries do."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from allgraph.errors import EngineError, FolderError, QueryError, UnknownName
from allgraph.server.http.reply import TaskResult
from tests.support.waiting import FOREVER, until


class Private(QueryError):
    """A class of error that the server process need not know."""


def load(size: int = 100, name: str = "first") -> Store:
    p = NamedNode("https://example.org/p")
    store = Store()
    store.extend(
        Quad(NamedNode(f"https://example.org/{i}"), p, Literal(str(i))) for i in range(size)
    )
    store.add(Quad(p, p, Literal(name)))
    return store


def memory_limit() -> int:
    return resource.getrlimit(resource.RLIMIT_DATA)[0]


def load_file(path: str) -> Store:
    """What a user's folder is: changed between two loads, and perhaps wrong."""
    text = Path(path).read_text()
    if text == "wrong":
        raise FolderError("this folder is wrong", path=path, line=7)
    if text == "bug":
        raise RuntimeError("a secret of the loader")
    if text == "slow":
        Path(f"{path}.loading").touch()
        time.sleep(FOREVER)
    return load(name=text)


def text(value: object) -> TaskResult:
    return TaskResult("text/plain", [str(value).encode()])


def echo(store: Store, value: object) -> TaskResult:
    return TaskResult("text/plain", [str(value).encode()], {"x-pid": str(os.getpid())}, 201)


def name(store: Store) -> TaskResult:
    p = NamedNode("https://example.org/p")
    return text(next(store.quads_for_pattern(p, p, None)).object.value)  # type: ignore[union-attr]


def loaded(graph: object) -> TaskResult:
    return text(graph)


def count(store: Store) -> TaskResult:
    return text(len(store))


def sleep(store: Store, seconds: float) -> TaskResult:
    time.sleep(seconds)
    return text(os.getpid())


def spin(store: Store) -> TaskResult:
    while True:
        pass


def gate(store: Store, path: str) -> TaskResult:
    """Wait until a file is there; how nice the worker is by then."""
    until(Path(path).exists)
    return text(os.getpriority(os.PRIO_PROCESS, 0))


def allocate(store: Store, size: int, keep: bool = True) -> TaskResult:
    held = bytearray(size)
    return text(len(held))


def product(store: Store) -> TaskResult:
    all_of = " ".join(f"?a{i} ?p{i} ?b{i} ." for i in range(4))
    return text(len(list(store.query(f"SELECT * {{ {all_of} }} ORDER BY ?a1 ?b2 ?a3"))))  # type: ignore


def deep(store: Store) -> TaskResult:
    return text(store.query("ASK" + "{" * 20_000 + "}" * 20_000))


def die(store: Store, number: int) -> TaskResult:
    os.kill(os.getpid(), number)
    time.sleep(FOREVER)
    return text("")


def fail(store: Store, kind: str) -> TaskResult:
    if kind == "name":
        raise UnknownName("nothing is named so", ["https://example.org/1"])
    if kind == "private":
        raise Private("not so", path="q.rq", line=3)
    if kind == "exit":
        sys.exit(3)
    raise RuntimeError("a secret of the server")


def stream(
    store: Store, chunk: int = 1000, number: int = 1 << 60, then: str = "", pause: float = 0
) -> TaskResult:
    def body() -> Iterator[bytes]:
        for _ in range(number):
            yield b"x" * chunk
            time.sleep(pause)
        if then == "error":
            raise EngineError("the disk is gone")
        if then == "die":
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGSEGV)
        if then == "bug":
            raise RuntimeError("a secret of the server")

    return TaskResult("text/plain", body())


def pushed(store: Store, number: int) -> TaskResult:
    def work(send: Callable[[bytes], object]) -> None:
        for i in range(number):
            send(b"%d " % i)

    return TaskResult("text/plain", work)


TASKS = {
    each.__name__: each
    for each in (
        echo, name, loaded, count, sleep, spin, gate, allocate, product, deep, die, fail, stream,
        pushed,
    )
}  # fmt: skip
