"""The processes behind the server: the zygote, which loads the graph, and its workers.

The zygote is a fresh Python with one thread. It loads the graph once, and forks workers, which
share its memory. The server tells it by a letter and the number of a worker what to do: fork one
(its socket comes along), kill or slow one down. It alone may, for it alone knows whether a process
still has its id. It tells which process a worker is, and how it died. When the server goes away,
all of them do.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from struct import Struct
from types import TracebackType
from typing import Any

from allgraph import sandbox
from allgraph.errors import AllgraphError
from allgraph.server.http.reply import TaskResult, TooLong
from allgraph.server.workers import wire

Load = Callable[[], Any]
Task = Callable[..., TaskResult]

FORK, KILL, SLOW = b"F", b"K", b"S"
READY, FAILED, BORN, DEAD = b"R", b"X", b"B", b"D"
COMMAND = Struct("!cI")
REPORT = Struct("!cIi")
"""A letter, the number of a worker, and its process, how it died, or the length of an error."""
NO_FORK = 75  # how a worker "died" that could not be forked
NICE = 10
_BLOCK = 2**16  # bytes that a worker gathers before it sends them
_GROWN = 32 * 2**20  # a worker whose peak has grown by so many bytes is not kept
_COPIED = 128 * 2**20  # nor one that has copied so much of what it shared, or about that
_DIE_WITH_PARENT, _DUMPABLE = 1, 4  # of Linux's prctl


class _Gone(BaseException):
    """The server has gone away."""


@dataclass(frozen=True)
class Setup:
    """What a zygote is to do: which graph, which tasks, and how much a worker may take."""

    load: Load
    tasks: Mapping[str, Task]
    memory: int
    size: int


def main(descriptor: int) -> None:
    """Run a zygote, whose server is at the other end of a socket."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the server decides when to stop
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    server = socket.socket(fileno=descriptor)
    setup = _setup(server)
    graph = _loaded(setup.load, server)
    if graph is not None:
        _warm()
        server.sendall(REPORT.pack(READY, 0, 0))
        Zygote(server, graph, setup).run()


def _setup(server: socket.socket) -> Setup:
    import pickle

    sys.path[:] = wire.from_json(_received(server))
    setup: Setup = pickle.loads(_received(server))  # noqa: S301  the server's own words
    return setup


def _received(server: socket.socket) -> bytes:
    """What the server says, whose length it says first."""
    return _exactly(server, wire.LENGTH.unpack(_exactly(server, wire.LENGTH.size))[0])


def _exactly(server: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        try:
            more = server.recv(size - len(data))
        except ConnectionError:
            more = b""
        if not more:
            raise _Gone
        data += more
    return bytes(data)


def _loaded(load: Load, server: socket.socket) -> Any:
    """The graph; or None, when it cannot be loaded and the server has been told why."""
    try:
        with _dying_with(server), sandbox.without_collector():
            return load()
    except AllgraphError as error:
        words = wire.write_error(error)
    server.sendall(REPORT.pack(FAILED, 0, len(words)) + words)
    return None


@contextmanager
def _dying_with(server: socket.socket) -> Iterator[None]:
    """Die at once if the server does, though nobody listens to it meanwhile."""
    import fcntl

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    flags = fcntl.fcntl(server, fcntl.F_GETFL)
    fcntl.fcntl(server, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(server, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        yield
    finally:
        fcntl.fcntl(server, fcntl.F_SETFL, flags)


def _warm() -> None:
    """What every worker needs is made once, and left alone, lest its memory be copied."""
    wire.from_json(wire.to_json({}))
    gc.collect()
    gc.freeze()


class Zygote:
    """The process that holds the graph and forks workers."""

    def __init__(self, server: socket.socket, graph: Any, setup: Setup) -> None:
        self.server = server
        self.graph = graph
        self.setup = setup
        self.processes: dict[int, int] = {}  # number of each living worker, by process
        self.prctl = _prctl()

    def run(self) -> None:
        """Do as the server says until it goes away, then end with all workers."""
        deaths, death = os.pipe()
        os.set_blocking(death, False)
        signal.set_wakeup_fd(death, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(deaths, select.POLLIN)
        poll.register(self.server, select.POLLIN)
        alive = True
        while alive:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if deaths in ready:
                os.read(deaths, 4096)
                alive = self._bury()
            if self.server.fileno() in ready:
                alive = self._command() and alive
        for process in self.processes:
            os.kill(process, signal.SIGKILL)
        for process in self.processes:
            os.waitpid(process, 0)
        os._exit(0)

    def _report(self, kind: bytes, number: int, value: int) -> bool:
        try:
            self.server.sendall(REPORT.pack(kind, number, value))
        except ConnectionError:
            return False
        return True

    def _command(self) -> bool:
        """Do one thing that the server says; False when it has gone away."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.server, COMMAND.size, 1)
        except ConnectionError:
            return False
        if len(data) < COMMAND.size:
            return False
        verb, number = COMMAND.unpack(data)
        if verb == FORK:
            return self._fork(number, socket.socket(fileno=descriptors[0]))
        for process in [p for p, n in self.processes.items() if n == number]:
            if verb == KILL:
                os.kill(process, signal.SIGKILL)
            else:
                nice = os.getpriority(os.PRIO_PROCESS, process) + NICE
                os.setpriority(os.PRIO_PROCESS, process, min(nice, 19))
        return True

    def _bury(self) -> bool:
        """Tell the server of the workers that have died."""
        alive = True
        while self.processes:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                break
            number = self.processes.pop(process)
            alive = self._report(DEAD, number, os.waitstatus_to_exitcode(status)) and alive
        return alive

    def _fork(self, number: int, end: socket.socket) -> bool:
        parent = os.getpid()
        with end:
            try:
                process = os.fork()
            except OSError as error:
                sys.stderr.write(f"allgraph: no worker could be started: {error.strerror}\n")
                return self._report(DEAD, number, NO_FORK)
            if process == 0:
                with _Life():
                    self._be_worker(parent, end)
        self.processes[process] = number
        return self._report(BORN, number, process)

    def _be_worker(self, parent: int, end: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.server.close()
        if self.prctl is not None:
            self.prctl(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)
            _die_first()
            self.prctl(_DUMPABLE, 0, 0, 0, 0)  # no core file, and no other process looks in
        sandbox.limit_process(self.setup.memory)
        if os.getppid() == parent:
            Worker(end, self.graph, self.setup).run()


class _Life:
    """A worker's whole life: however it ends, it never gets back into the zygote's code."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None or error is None or kind is _Gone:
            os._exit(0)
        sys.excepthook(kind, error, trace)
        os._exit(1)


class Worker:
    """The process that does the work: one call after the other, until the server goes away.

    A bug in a task ends it, with a traceback for whoever runs the server.
    """

    def __init__(self, server: socket.socket, graph: Any, setup: Setup) -> None:
        self.server = server
        self.graph = graph
        self.setup = setup
        self.use = _Use()

    def run(self) -> None:
        """Answer calls."""
        last = False
        while not last:
            name, arguments, seconds = wire.from_json(_received(self.server))
            signal.setitimer(signal.ITIMER_REAL, seconds + 1)  # should the server not stop it
            last = self._answer(name, arguments)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _answer(self, name: str, arguments: dict[str, Any]) -> bool:
        """Answer a call; whether it was the last that this process may take."""
        body = _Body(self.server, self.setup.size)
        fits = self._fill(body, name, arguments)
        if not fits:
            body.fail(sandbox.crash("the request", -signal.SIGABRT, self.setup.memory))
        last = not fits or self.use.is_enough()
        body.end(last)
        return last

    def _fill(self, body: _Body, name: str, arguments: dict[str, Any]) -> bool:
        """Fill a body with what the task gives; whether it fits into memory."""
        try:
            document = self.setup.tasks[name](self.graph, **arguments)
            body.begin(document)
            document.send(body.add)
        except AllgraphError as error:
            body.fail(error)
        except MemoryError:
            return False
        return True


class _Body:
    """A reply on its way: gathered into blocks, the head with the first of them."""

    def __init__(self, server: socket.socket, most: int) -> None:
        self.server = server
        self.left = most
        self.most = most
        self.head = b""
        self.pieces: list[bytes] = []
        self.size = 0

    def begin(self, document: TaskResult) -> None:
        head = {
            "status": document.status,
            "type": document.type,
            "headers": dict(document.headers),
        }
        self.head = wire.frame(wire.HEAD, wire.to_json(head))

    def add(self, piece: bytes) -> None:
        self.left -= len(piece)
        if self.left < 0:
            raise TooLong(
                f"the answer has more than {self.most:,} bytes, the most that one may have; "
                "ask for less, with LIMIT say"
            )
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size >= _BLOCK:
            self._send(b"")

    def fail(self, error: AllgraphError) -> None:
        """Say why, in place of the head if that has not gone."""
        self.pieces, self.size, self.head = [], 0, b""
        self._send(wire.frame(wire.ERROR, wire.write_error(error)))

    def end(self, last: bool) -> None:
        self._send(wire.frame(wire.END, b"bye" if last else b""))

    def _send(self, more: bytes) -> None:
        start = self.head + wire.block_header(self.size) if self.size else self.head
        try:
            self.server.sendall(b"".join([start, *self.pieces, more]))
        except ConnectionError:
            raise _Gone from None
        self.head, self.pieces, self.size = b"", [], 0


class _Use:
    """How much memory a process has taken since it began, of its own or by changing shared pages.

    To read an in-memory store is to count references in it, so that pages that were shared are
    copied: each is a fault, which the system counts.
    """

    def __init__(self) -> None:
        import resource

        self._usage = partial(resource.getrusage, resource.RUSAGE_SELF)
        self._peak, self._faults = self._now()
        self._most_faults = _COPIED // resource.getpagesize()

    def is_enough(self) -> bool:
        """Whether a fresh process should take the place of this one."""
        peak, faults = self._now()
        return peak - self._peak > _GROWN or faults - self._faults > self._most_faults

    def _now(self) -> tuple[int, int]:
        usage = self._usage()
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return peak, usage.ru_minflt


def _prctl() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    found: Callable[..., int] = ctypes.CDLL(None).prctl
    return found


def _die_first() -> None:
    """When the machine has no memory left, let the system stop a worker, not the server."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    except OSError:
        pass  # it is a wish
