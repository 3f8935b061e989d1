"""The processes behind the server: the zygote, which loads the graph, and its workers.

The zygote is a fresh Python with one thread. It loads the graph once, and forks workers, which
share its memory. The server sends it commands, each a letter and the number of a worker: fork one
(with its socket), kill or slow one down. Only the zygote does so, as only it knows whether a
process still has its id. It reports the process of each worker, and how it died. When the server
ends, all of them do.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from struct import Struct
from types import TracebackType
from typing import Any, NoReturn

from allgraph import sandbox
from allgraph.errors import AllgraphError
from allgraph.server.http.reply import TaskResult, TooLong
from allgraph.server.workers import wire

Load = Callable[[], Any]
Task = Callable[..., TaskResult]

FORK, KILL, SLOW = b"F", b"K", b"S"
COMMAND = Struct("!cI")
NO_FORK = 75  # the exit code of a worker that could not be forked
NICE = 10  # how much nicer a slow worker is
_BLOCK = 2**16  # bytes that a worker gathers before it sends them
_MOST_GROWTH = 32 * 2**20  # bytes by which the peak of a worker may grow before it is replaced
_MOST_COPIED = 128 * 2**20  # bytes of shared memory, about, that it may copy before that
_DUMPABLE = 4  # of Linux's prctl


class _Gone(BaseException):
    """Raised in a zygote or worker when the server has closed the socket, as it has ended."""


@dataclass(frozen=True)
class Setup:
    """The settings that a zygote gets from the server at its start.

    `load` returns the graph, and `tasks` are functions of it by name. A worker may take `memory`
    bytes beside the graph, and a body have `size` bytes.
    """

    load: Load
    tasks: Mapping[str, Task]
    memory: int
    size: int


def main(descriptor: int) -> None:
    """Run this process as a zygote, until the server ends, which is at the other end of a socket.

    `descriptor` is that of the socket. Ignores the signals that stop a server. Loads the graph, for
    which it may take `sandbox.share_of_machine` of memory, forks workers as the server commands,
    and exits; returns if loading raises an `AllgraphError`, which is sent to the server. Raises
    `_Gone` if the server ends before the setup has come.
    """
    import pickle

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the server decides when to stop
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    server = socket.socket(fileno=descriptor)
    setup: Setup = pickle.loads(_receive(server))  # noqa: S301  the server wrote it
    sandbox.limit_process(sandbox.share_of_machine() + setup.memory)
    graph = _load(setup.load, server)
    if graph is not None:
        _prepare_fork()
        server.sendall(wire.frame(wire.READY))
        Zygote(server, graph, setup).run()


def _receive(server: socket.socket) -> bytes:
    """Wait for the next message from a socket, which follows its length, and return it.

    A process that is killed while it waits has read the length at most, so that the server can see
    that the message was not read.
    Raises `_Gone` if the server ends before.
    """
    (size,) = wire.LENGTH.unpack(_receive_exactly(server, wire.LENGTH.size))
    return _receive_exactly(server, size)


def _receive_exactly(server: socket.socket, size: int) -> bytes:
    """Wait for `size` bytes from a socket; raise `_Gone` if the server ends before they come."""
    try:
        received = server.recv(size, socket.MSG_WAITALL)
    except ConnectionError:
        raise _Gone from None
    if len(received) < size:
        raise _Gone
    return received


def _load(load: Load, server: socket.socket) -> Any:
    """Return the graph that `load` returns; other errors than `AllgraphError` are raised.

    If it raises an `AllgraphError`, that is sent to the server and None is returned. If the server
    ends meanwhile, this process is killed.
    """
    try:
        with _dying_with(server), sandbox.without_collector():
            return load()
    except AllgraphError as error:
        server.sendall(wire.frame(wire.ERROR, wire.write_error(error)))
        return None


@contextmanager
def _dying_with(server: socket.socket) -> Iterator[None]:
    """Within this context, a signal kills this process when the server closes the socket.

    It is for work during which the socket is not read; any data from the server kills it too.
    """
    import fcntl

    signal.signal(signal.SIGIO, signal.SIG_DFL)
    flags = fcntl.fcntl(server, fcntl.F_GETFL)
    fcntl.fcntl(server, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(server, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        yield
    finally:
        fcntl.fcntl(server, fcntl.F_SETFL, flags)


def _prepare_fork() -> None:
    """Prepare this process for forks: use the functions for JSON once, and collect garbage.

    Freezes all objects, so that the garbage collector of a worker does not copy shared memory.
    """
    wire.from_json(wire.to_json({}))
    gc.collect()
    gc.freeze()


class Zygote:
    """The process that holds the graph and forks workers, as it runs in itself.

    `numbers` has the number that the server gave to each living worker, by process id. `prctl` is
    the function of Linux, or None.
    """

    def __init__(self, server: socket.socket, graph: Any, setup: Setup) -> None:
        self.server = server  # the socket to the server process
        self.graph = graph
        self.setup = setup  # the tasks, and limits on memory and bodies
        self.numbers: dict[int, int] = {}  # of the living workers, by process id
        self.prctl = sandbox.prctl()

    def run(self) -> None:
        """Follow the commands of the server until it ends, then kill all workers and exit.

        Never returns. Sets a handler for SIGCHLD, which wakes it when a worker has died.
        """
        deaths, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(deaths, select.POLLIN)
        poll.register(self.server, select.POLLIN)
        with suppress(_Gone):
            while True:
                ready = {descriptor for descriptor, _ in poll.poll()}
                if deaths in ready:
                    os.read(deaths, 4096)
                    self._report_deaths()
                if self.server.fileno() in ready:
                    self._follow_command()
        for process in self.numbers:
            os.kill(process, signal.SIGKILL)
        for process in self.numbers:
            os.waitpid(process, 0)
        os._exit(0)

    def _report(self, kind: bytes, number: int, value: int) -> None:
        """Send a report about the worker with a number to the server; `_Gone` when that has ended.

        `kind` is `wire.BORN`, with its process id as the `value`, or `DEAD`, with its exit code.
        """
        try:
            self.server.sendall(wire.frame(kind, wire.to_json([number, value])))
        except ConnectionError:
            raise _Gone from None

    def _follow_command(self) -> None:
        """Wait for a command and follow it: fork a worker, kill one or lower its priority.

        The worker is named by the number that the server gave it; one that is no longer in
        `numbers` is passed over. In a forked worker this never returns. Raises `_Gone` when the
        server has ended.
        """
        try:
            command, descriptors, _, _ = socket.recv_fds(self.server, COMMAND.size, 1)
        except ConnectionError:
            raise _Gone from None
        if len(command) < COMMAND.size:
            raise _Gone
        verb, number = COMMAND.unpack(command)
        if verb == FORK:
            return self._fork(number, socket.socket(fileno=descriptors[0]))
        for process, other in self.numbers.items():
            if other == number and verb == KILL:
                os.kill(process, signal.SIGKILL)
            elif other == number:
                nice = os.getpriority(os.PRIO_PROCESS, process) + NICE
                os.setpriority(os.PRIO_PROCESS, process, min(nice, 19))

    def _report_deaths(self) -> None:
        """Reap the workers that have died, and report each; `_Gone` when the server has ended.

        They are removed from `numbers`. Does not wait for those that live.
        """
        while self.numbers:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                break
            number = self.numbers.pop(process)
            self._report(wire.DEAD, number, os.waitstatus_to_exitcode(status))

    def _fork(self, number: int, connection: socket.socket) -> None:
        """Fork a worker that takes calls from a socket, and report it to the server.

        Adds it to `numbers`, by the `number` that the server gave it. If the system cannot fork,
        the worker is reported as dead. This process closes the socket; the child never returns.
        Raises `_Gone` when the server has ended.
        """
        parent = os.getpid()
        with connection:
            try:
                process = os.fork()
            except OSError as error:
                sys.stderr.write(f"allgraph: no worker could be started: {error.strerror}\n")
                return self._report(wire.DEAD, number, NO_FORK)
            if process == 0:
                with ExitStack() as stack:
                    stack.push(_exit_process)
                    self._run_worker(parent, connection)
        self.numbers[process] = number
        self._report(wire.BORN, number, process)

    def _run_worker(self, parent: int, connection: socket.socket) -> None:
        """Run this process, the child, as a worker; return at once if the zygote has died.

        Before that it resets signals, closes the socket of the zygote, and sets limits on memory,
        and on Linux that it is killed with the zygote, and first when memory is short. `parent` is
        the process id of the zygote. Returns after the last call; `_Gone` if the server has ended.
        """
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.server.close()
        if self.prctl is not None:
            sandbox.die_with_parent()
            _prefer_for_oom_kill()
            self.prctl(_DUMPABLE, 0, 0, 0, 0)  # no core file, and no tracing by other processes
        sandbox.limit_process(self.setup.memory)
        if os.getppid() == parent:
            Worker(connection, self.graph, self.setup).run()


def _exit_process(
    kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
) -> NoReturn:
    """End this process at the end of a ``with`` block, so that a child never runs on.

    An error, but `_Gone`, is written to standard error, and the exit status is then 1.
    """
    if kind is None or error is None or kind is _Gone:
        os._exit(0)
    sys.excepthook(kind, error, trace)
    os._exit(1)


class Worker:
    """The process that answers calls one after the other, as it runs in itself.

    `server` is the socket to the server. A bug in a task ends the process, with a traceback on
    standard error.
    """

    def __init__(self, server: socket.socket, graph: Any, setup: Setup) -> None:
        self.server = server  # the socket to the server process
        self.graph = graph
        self.setup = setup  # the tasks, and limits on memory and bodies
        self.first_use = _memory_use()

    def run(self) -> None:
        """Answer calls from the socket one by one; raises `_Gone` when the server has ended.

        Returns after a call that took much memory, or failed for lack of it; the process then has
        to end. A timer of the system kills it if a call takes a second longer than it may.
        """
        is_last = False
        while not is_last:
            name, arguments, seconds = wire.from_json(_receive(self.server))
            signal.setitimer(signal.ITIMER_REAL, seconds + 1)  # should the server not stop it
            is_last = self._answer(name, arguments)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _answer(self, name: str, arguments: dict[str, Any]) -> bool:
        """Run a task and send its reply; return whether the process has to end after it.

        It has to if memory did not suffice, which is sent as an error, or if too much is taken; the
        server is told so. Raises `_Gone` when the server has ended, and other errors of the task
        than an `AllgraphError`, which is sent.
        """
        reply = _ReplyWriter(self.server, self.setup.size)
        fits = self._write(reply, name, arguments)
        if not fits:
            reply.fail(sandbox.crash("the request", -signal.SIGABRT, self.setup.memory))
        is_last = not fits or self._has_grown()
        reply.end(is_last)
        return is_last

    def _has_grown(self) -> bool:
        """Return True if the process has grown so much that a new one should replace it.

        That is a peak of memory 32 MiB higher than at its start, or 128 MiB copied since then.
        """
        peak, copied = _memory_use()
        peak_before, copied_before = self.first_use
        return peak - peak_before > _MOST_GROWTH or copied - copied_before > _MOST_COPIED

    def _write(self, reply: _ReplyWriter, name: str, arguments: dict[str, Any]) -> bool:
        """Run a task on the graph, and write its result, or its `AllgraphError`, to `reply`.

        False when memory did not suffice. Other errors are raised.
        """
        try:
            document = self.setup.tasks[name](self.graph, **arguments)
            reply.begin(document)
            document.send(reply.add)
        except AllgraphError as error:
            reply.fail(error)
        except MemoryError:
            return False
        return True


class _ReplyWriter:
    """Sends the frames of one reply to the server: head, blocks of the body, error, end.

    The head is sent with the first block. The body may have `most` bytes, of which `left` are left.
    `pieces` of `size` bytes wait to be sent as a block. Sending raises `_Gone` when the server has
    ended.
    """

    def __init__(self, server: socket.socket, most: int) -> None:
        self.server = server
        self.left = most  # bytes of the body that may still come
        self.most = most
        self.head = b""  # that waits to be sent
        self.pieces: list[bytes] = []  # that wait to be sent as a block
        self.size = 0  # bytes of the pieces

    def begin(self, document: TaskResult) -> None:
        """Keep the head of a result, which is sent with the first block."""
        head = wire.Head(document.status, document.type, dict(document.headers))
        self.head = wire.frame(wire.HEAD, wire.to_json(head))

    def add(self, piece: bytes) -> None:
        """Add a piece to the body, and send a block if there is enough; `TooLong` past `most`.

        `most` is in bytes of the whole body. Raises `_Gone` when the server has ended.
        """
        self.left -= len(piece)
        if self.left < 0:
            raise TooLong(self.most, "bytes")
        self.pieces.append(piece)
        self.size += len(piece)
        if self.size >= _BLOCK:
            self._send(b"")

    def fail(self, error: AllgraphError) -> None:
        """Drop what waits to be sent, and send an error.

        It replaces the head if that is not sent yet, and else says that the body is truncated.
        Raises `_Gone` when the server has ended.
        """
        self.pieces, self.size, self.head = [], 0, b""
        self._send(wire.frame(wire.ERROR, wire.write_error(error)))

    def end(self, is_last: bool) -> None:
        """Send what waits, and the end; `is_last` tells the server that this process ends too.

        Raises `_Gone` when the server has ended.
        """
        self._send(wire.frame(wire.END, b"bye" if is_last else b""))

    def _send(self, frame: bytes) -> None:
        """Send the head if it waits, the pieces as a block, and a `frame`, which may be empty.

        Blocks until the server has taken them. Raises `_Gone` when the server has ended.
        """
        start = self.head + wire.block_header(self.size) if self.size else self.head
        try:
            self.server.sendall(b"".join([start, *self.pieces, frame]))
        except ConnectionError:
            raise _Gone from None
        self.head, self.pieces, self.size = b"", [], 0


def _memory_use() -> tuple[int, int]:
    """Return the peak of memory of this process, and what it has copied of shared pages, in bytes.

    To read an in-memory store is to count references in it, so that pages that were shared are
    copied: each is a page fault, which the system counts since the process began.
    """
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return peak, usage.ru_minflt * resource.getpagesize()


def _prefer_for_oom_kill() -> None:
    """Have the system kill this process before the server, when the machine runs out of memory.

    Writes to ``/proc``; does nothing where that is not possible.
    """
    path = "/proc/self/oom_score_adj"
    with suppress(OSError), open(path, "w", encoding="ascii") as file:
        file.write("500")
