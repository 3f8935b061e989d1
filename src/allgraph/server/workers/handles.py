"""The zygote and its workers, as the server process sees them."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Protocol

from allgraph import sandbox
from allgraph.errors import AllgraphError, EngineCrash, EngineError, EngineTimeout, InputError
from allgraph.server.http.timer import Alarm
from allgraph.server.workers import wire, worker
from allgraph.server.workers.wire import Call
from allgraph.server.workers.worker import Setup

log = logging.getLogger("allgraph")
_READ = 2**18  # bytes that are read at a time
_SLOW_AFTER = 0.5  # seconds
_SLOW_WHEN_OTHERS_WAIT = 0.05
_GRACE = 0.05  # seconds that a worker has to end a call that nobody waits for any more
_WAIT = 5.0  # seconds that a zygote has to end
_ENVIRONMENT = (
    "GLIBC_TUNABLES=glibc.malloc.hugetlb=1",  # large pages: a fork takes 1 ms, not 16
    "OPENBLAS_NUM_THREADS=1",  # no threads, which a fork would lose
)


class Queue(Protocol):
    """The calls that wait for a worker, and those that workers have."""

    def is_pressing(self) -> bool:
        """Whether a call waits that may begin."""

    def done(self, call: Call) -> None:
        """Count a call as ended."""


class Owner(Protocol):
    """The pool that a zygote belongs to, as far as its handles need it."""

    workers: int
    slow: int
    deaths: int
    setup: Setup

    @property
    def queue(self) -> Queue:
        """The calls that wait."""

    def next(self) -> None:
        """Give calls that wait to idle workers."""

    def again(self, call: Call) -> None:
        """Put a call back that its worker died before it began."""

    def took(self, seconds: float) -> None:
        """Note how long a call took."""

    def ended(self, zygote: ZygoteHandle) -> None:
        """Note that a zygote has ended."""


class ZygoteHandle:
    """The process that holds the graph, and its workers, seen from the server process."""

    def __init__(self, pool: Owner, setup: Setup, generation: int) -> None:
        self.pool = pool
        self.generation = generation
        self.living: dict[int, WorkerHandle] = {}
        self.idle: list[WorkerHandle] = []
        self.loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self.loop.create_future()
        self.gone: asyncio.Future[None] = self.loop.create_future()
        words = _pickled(setup)
        self.socket, self.process = _started()
        with suppress(ConnectionError):
            self.socket.sendall(wire.sized(wire.to_json(sys.path)) + wire.sized(words))
        self.socket.setblocking(False)
        self.loop.add_reader(self.socket, self._hear)
        self.buffer = memoryview(bytearray(_READ))  # for all: to make one costs more than to read
        self._heard = b""
        self._numbers = count(1)
        self._failures = 0  # workers that died in a row without having done anything
        self.takes_calls = True
        self._ending: asyncio.TimerHandle | None = None

    def tell(self, verb: bytes, number: int, *descriptors: int) -> None:
        """Have something done to a worker."""
        try:
            socket.send_fds(self.socket, [worker.COMMAND.pack(verb, number)], descriptors)
        except BlockingIOError:
            self.process.kill()  # it has not listened for thousands of commands
        except ConnectionError:
            pass  # it is dead, as we shall hear

    @property
    def slow(self) -> int:
        """How many workers are at work on long calls."""
        return sum(each.is_slow and not each.is_dying for each in self.living.values())

    def fill(self) -> None:
        """Start workers until there are enough, beside those of long calls."""
        if self.takes_calls:
            alive = sum(not each.is_dying for each in self.living.values())
            for _ in range(self.pool.workers + min(self.slow, self.pool.slow) - alive):
                self._fork()

    def _fork(self) -> None:
        number = next(self._numbers)
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:  # too many files are open
            log.error("no worker can be started: %s", error.strerror)
            self.loop.call_later(1, self.fill)
            return
        with theirs:
            self.living[number] = WorkerHandle(self, number, ours)
            self.tell(worker.FORK, number, theirs.fileno())

    def _hear(self) -> None:
        try:
            data = self.socket.recv(4096)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._lost()
            return
        self._heard += data
        while len(self._heard) >= worker.REPORT.size:
            kind, number, value = worker.REPORT.unpack_from(self._heard)
            size = worker.REPORT.size + (value if kind == worker.FAILED else 0)
            if len(self._heard) < size:
                break
            content, self._heard = self._heard[worker.REPORT.size : size], self._heard[size:]
            self._report(kind, number, value, content)

    def _report(self, kind: bytes, number: int, value: int, content: bytes) -> None:
        if kind == worker.READY:
            self.fill()
        elif kind == worker.BORN:
            self.living[number].born(value)
            if not self.ready.done():
                self.ready.set_result(None)
        elif kind == worker.DEAD:
            self._buried(self.living.pop(number), value)
        elif not self.ready.done():
            self.ready.set_exception(wire.read_error(content))

    def _buried(self, dead: WorkerHandle, code: int) -> None:
        if dead in self.idle:
            self.idle.remove(dead)
        if dead.is_dying or dead.has_worked:
            self._failures = 0
        else:
            self._failures += 1
        dead.buried(code)
        if code == worker.NO_FORK and not self.ready.done():
            self.ready.set_exception(EngineError("no worker process could be started"))
        if not self.takes_calls:
            if not self.living:
                self.end()
        elif self._failures <= 3 * self.pool.workers:
            self.fill()
        else:
            self.loop.call_later(min(5, self._failures / 20), self.fill)

    def drain(self) -> None:
        """Take no more calls, and end when none runs."""
        self.takes_calls = False
        for each in self.idle:
            each.retire()
        self.idle.clear()
        if not self.living:
            self.end()

    def end(self, error: AllgraphError | None = None) -> None:
        """End the process and all of its workers; calls that still run fail."""
        self.takes_calls = False
        self.idle.clear()
        for each in [*self.living.values()]:
            each.kill(error)
        if self._ending is None:
            self._ending = self.loop.call_later(_WAIT, self.process.kill)
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)

    def _lost(self) -> None:
        """The process has ended, and so have its workers."""
        self.loop.remove_reader(self.socket)
        self.socket.close()
        if self._ending is not None:
            self._ending.cancel()
        self.takes_calls = False
        self.process.wait()
        self.idle.clear()
        for each in self.living.values():
            each.buried(-signal.SIGKILL)
        self.living.clear()
        if not self.ready.done():
            why = "the graph could not be loaded; what the server has logged says why"
            self.ready.set_exception(EngineError(why))
        self.gone.set_result(None)
        self.pool.ended(self)


class WorkerHandle:
    """A worker process, seen from the server process."""

    def __init__(self, zygote: ZygoteHandle, number: int, end: socket.socket) -> None:
        self.zygote = zygote
        self.pool = zygote.pool
        self.number = number
        self.process = 0
        self.call: Call | None = None
        self.is_slow = False
        self.is_dying = False
        self.has_worked = False
        self._socket = end
        self._loop = zygote.loop
        self._frames = wire.Frames()
        self._unsent = memoryview(b"")
        self._began = self._granted = 0.0
        self._was_unread = False
        self._alarm = Alarm(zygote.loop, self._late)
        self._grace: asyncio.TimerHandle | None = None
        end.setblocking(False)
        self._loop.add_reader(end, self._readable)

    def born(self, process: int) -> None:
        """The process runs."""
        self.process = process
        self._rest()

    def begin(self, call: Call) -> bool:
        """Take a call; False when the process turns out to be dead."""
        try:
            sent = self._socket.send(call.request)
        except BlockingIOError:
            sent = 0
        except ConnectionError:
            return False
        if sent < len(call.request):
            self._unsent = memoryview(call.request)[sent:]
            self._loop.add_writer(self._socket, self._writable)
        call.tries += 1
        self.call, self.has_worked, self._began = call, True, self._loop.time()
        call.generation, call.abandon = self.zygote.generation, self._abandoned
        self._granted = call.granted(self._began)
        self._alarm.set(self._began + min(_SLOW_WHEN_OTHERS_WAIT, self._granted))
        return True

    def kill(self, error: AllgraphError | None) -> None:
        """End the process, and its call with an error."""
        if self.call is not None:
            self.pool.deaths += 1
            self._over(error)
        self.retire()

    def retire(self) -> None:
        """End the process, and have another take its place."""
        self.is_dying = True
        self._close()
        self.zygote.tell(worker.KILL, self.number)
        self.zygote.fill()
        self.pool.next()  # its client may have another call that waits

    def buried(self, code: int) -> None:
        """The process has died; what it said before is heard, then its call fails."""
        if not self.is_dying:
            self.is_dying = True
            self.pool.deaths += 1
            with suppress(BlockingIOError):
                while self._socket.fileno() >= 0 and (data := self._received()):
                    self._take(data)
            if code != 0:
                log.warning("a worker died (code %d); another takes its place", code)
        most = self.pool.workers + self.pool.slow  # all of them may have been killed at once
        if self._was_unread and self.call is not None and self.call.tries <= most:
            self._return()
        self._over(self._death(code))
        self._close()
        self.pool.next()

    def _death(self, code: int) -> EngineError:
        if code == 1:
            return EngineCrash("the server failed at this request, and has logged why")
        if code == -signal.SIGALRM and self.call is not None:
            return _timeout(self.call)
        return EngineCrash(sandbox._why("the request", code, self.pool.setup.memory))

    def _rest(self) -> None:
        """Be free for another call; or end, if this was the last."""
        if self.is_dying:
            return
        if self.is_slow or not self.zygote.takes_calls:
            self.retire()
        else:
            self.zygote.idle.append(self)
            self.pool.next()

    def _over(self, error: AllgraphError | None = None) -> None:
        """The call, if there is one, is over."""
        call, self.call = self.call, None
        if call is None:
            return
        self._alarm.off()
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
        self.pool.queue.done(call)
        self.pool.took(self._loop.time() - self._began)
        call.finish(error)

    def _return(self) -> None:
        """The process died before it read the call, which another may take."""
        call, self.call = self.call, None
        assert call is not None
        self._alarm.off()
        if call.over:
            self.pool.queue.done(call)
        else:
            self.pool.again(call)

    def make_way(self) -> None:
        """Slow down a call that has run for long, and let a fresh worker take its place."""
        if self.call is None or self.is_slow or self.is_dying:
            return
        presses = self.pool.queue.is_pressing() and self.zygote.slow < self.pool.slow
        after = _SLOW_WHEN_OTHERS_WAIT if presses else _SLOW_AFTER
        if self._loop.time() - self._began > after - 0.001:
            self.is_slow = True
            self.zygote.tell(worker.SLOW, self.number)
            self.zygote.fill()

    def _late(self) -> None:
        """The call has run for long, or for too long."""
        call = self.call
        assert call is not None
        ran = self._loop.time() - self._began
        if ran > self._granted - 0.001:
            self.kill(_timeout(call))
            return
        self.make_way()
        wake = _SLOW_AFTER if ran < _SLOW_AFTER - 0.001 else self._granted
        self._alarm.set(self._began + min(wake, self._granted))

    def _abandoned(self) -> None:
        """Nobody waits for the call any more; it may end by itself if it does so soon."""
        call = self.call
        assert call is not None
        if call.resume is not None:
            call.resume()
        call.finish()
        self._alarm.off()
        self._grace = self._loop.call_later(_GRACE, self.kill, None)

    def _readable(self) -> None:
        try:
            data = self._received()
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._socket)  # we shall hear how it died
            return
        self._take(data)
        call = self.call
        if call is not None and not call.over and call.is_full and not self.is_dying:
            self._loop.remove_reader(self._socket)
            call.resume = self._resume

    def _received(self) -> bytes:
        buffer = self.zygote.buffer
        try:
            return bytes(buffer[: self._socket.recv_into(buffer)])
        except ConnectionError:
            self._was_unread = True  # so Linux says that it died with our words before it
            return b""

    def _resume(self) -> None:
        if self.call is not None:
            self.call.resume = None
            self._loop.add_reader(self._socket, self._readable)

    def _take(self, data: bytes) -> None:
        try:
            for kind, content in self._frames.feed(data):
                if self.call is not None:
                    self.call.take(kind, content)
                if kind == wire.END:
                    self._ended(content == b"bye")
        except ValueError as error:
            self.kill(EngineCrash(str(error)))

    def _ended(self, last: bool) -> None:
        self._over()
        if last and not self.is_dying:
            self.retire()
        else:
            self._rest()

    def _writable(self) -> None:
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except ConnectionError:
            self._unsent = memoryview(b"")
        if not self._unsent:
            self._loop.remove_writer(self._socket)

    def _close(self) -> None:
        self._alarm.close()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()


def _timeout(call: Call) -> EngineTimeout:
    return EngineTimeout(f"stopped after {call.seconds:g} s; ask for less")


def _started() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """A fresh Python that runs a zygote, and a socket to it."""
    try:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603  our own Python
                _command(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
    except OSError as error:
        raise EngineError(f"no process could be started: {error.strerror}") from None
    return ours, process


def _command(descriptor: int) -> list[str]:
    """A fresh Python that runs a zygote; it does not look for modules where we happen to be."""
    place = str(Path(__file__).resolve().parents[3])
    code = (
        f"import sys; sys.path.insert(0, {place!r}); "
        f"from allgraph.server.workers.worker import main; main({descriptor})"
    )
    return ["/usr/bin/env", *_ENVIRONMENT, sys.executable, "-P", "-c", code]


def _pickled(setup: Setup) -> bytes:
    import pickle

    try:
        return pickle.dumps(setup)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        why = f"a fresh Python could not import what the pool is to run: {error}"
        raise InputError(why) from None
