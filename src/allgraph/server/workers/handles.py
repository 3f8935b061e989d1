"""The zygote and its workers, as the server process sees them."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from enum import Enum, auto
from itertools import count
from typing import Protocol

from allgraph import sandbox
from allgraph.errors import AllgraphError, EngineCrash, EngineError, EngineTimeout, InputError
from allgraph.server.http.timer import EARLY, Alarm
from allgraph.server.workers import wire, worker
from allgraph.server.workers.wire import Call
from allgraph.server.workers.worker import Setup

log = logging.getLogger("allgraph")
_READ_SIZE = 2**18  # bytes that are read at a time
_SLOW_AFTER = 0.5  # seconds
_SLOW_WHEN_OTHERS_WAIT = 0.05  # seconds
_GRACE = 0.05  # seconds that a worker has to end a call that nobody waits for any more
_EXIT_TIMEOUT = 5.0  # seconds that a zygote has to end
_ENVIRONMENT = (
    # Large pages: a fork takes 1 ms, not 16. More that is freed is kept for the next query, which
    # is then a tenth faster.
    "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=127",
    "OPENBLAS_NUM_THREADS=1",  # no threads, which a fork would lose
)


class Dispatcher(Protocol):
    """The methods and attributes of `Pool` that the handles use.

    `workers` and `slow` are the maximum numbers of workers with short and with long calls, and
    `deaths` counts those that died or were killed.
    """

    workers: int
    slow: int
    deaths: int

    def dispatch(self) -> None:
        """Give calls that wait to idle workers, without waiting for their replies."""

    def is_pressing(self) -> bool:
        """Return True if a waiting call needs only an idle worker to begin."""

    def finished(self, call: Call, seconds: float) -> None:
        """Note that a call is no longer at work, and the seconds that it took."""

    def requeue(self, call: Call) -> None:
        """Put a call back into the queue whose worker died before it read it, unless it is over."""

    def zygote_ended(self, zygote: ZygoteHandle) -> None:
        """Note that the process of a zygote has ended; load the graph again if it was in use."""


class ZygoteState(Enum):
    """The states of a zygote, each of which only leads to later ones."""

    ACTIVE = auto()
    """It loads the graph, then its workers take calls."""
    DRAINING = auto()
    """Its workers take no more calls; it ends when none runs."""
    ENDING = auto()
    """It has been told to end, and is killed if it takes too long."""
    ENDED = auto()
    """Its process has ended."""


class WorkerState(Enum):
    """The states of a worker.

    ========  ======  ==========================================================
    from      to      when
    ========  ======  ==========================================================
    STARTING  IDLE    its process runs
    IDLE      BUSY    it is given a call
    BUSY      IDLE    its call is over
    BUSY      SLOW    its call has run for long; a fresh worker takes its place
    BUSY      UNREAD  it died before it read its call, which another may take
    SLOW      UNREAD  the same
    any       ENDING  it is told to end, as after a slow call, or has died
    ========  ======  ==========================================================
    """

    STARTING = auto()
    IDLE = auto()
    BUSY = auto()
    SLOW = auto()
    UNREAD = auto()
    ENDING = auto()


class ZygoteHandle:
    """The handle, in the server process, of a zygote, the process that holds the graph.

    Making a handle starts the process. `ready` is done once a worker runs, or has the error for
    which none can; `gone` is done once the process has ended. `generation` is the number of the
    load. `living` are its workers by number, until their death is reported, and `idle` those
    without a call. All workers use `buffer` to receive, as making one costs more than receiving.
    """

    def __init__(self, pool: Dispatcher, setup: Setup, generation: int) -> None:
        """Start the process, send it the setup, and have the loop read its reports.

        `generation` is the number of this load of the graph. Raises `InputError` for a setup that
        cannot be pickled, and `EngineError` if the process cannot be started.
        """
        self.pool = pool
        self.setup = setup
        self.generation = generation
        self.state = ZygoteState.ACTIVE
        self.living: dict[int, WorkerHandle] = {}  # by number, until their death is reported
        self.idle: list[WorkerHandle] = []  # those without a call
        self.loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self.loop.create_future()  # done once a worker runs
        self.gone: asyncio.Future[None] = self.loop.create_future()  # done once the process ended
        self.buffer = memoryview(bytearray(_READ_SIZE))
        self._numbers = count(1)
        self._useless = 0  # workers that died in a row without having taken a call
        self._frames = wire.Frames()  # of its reports
        self._kill_timer: asyncio.TimerHandle | None = None  # for a process that is told to end
        self._fill_timer: asyncio.TimerHandle | None = None  # for the next call of `fill`
        pickled = _pickled(setup)
        self.socket, self.process = _start_zygote()
        with suppress(ConnectionError):
            self.socket.sendall(wire.sized(pickled))
        self.socket.setblocking(False)
        self.loop.add_reader(self.socket, self._read_reports)

    def tell(self, verb: bytes, number: int, *descriptors: int) -> None:
        """Send the zygote a command about the worker with a number; does not wait.

        `verb` is `worker.FORK`, with a socket for the worker in `descriptors`, `KILL` or `SLOW`
        (lower its priority). If the zygote does not receive commands any more, its process is
        killed; if it has ended, nothing happens.
        """
        if self.state is ZygoteState.ENDED:
            return
        try:
            socket.send_fds(self.socket, [worker.COMMAND.pack(verb, number)], descriptors)
        except BlockingIOError:
            self.process.kill()  # it has not listened for thousands of commands
        except ConnectionError:
            pass  # it has died, which `_read_reports` will see

    @property
    def slow(self) -> int:
        """The number of workers at work on long calls."""
        return self._count(WorkerState.SLOW)

    def _count(self, state: WorkerState) -> int:
        """The number of living workers in a state."""
        return sum(handle.state is state for handle in self.living.values())

    def fill(self) -> None:
        """Have workers forked until there are `pool.workers` beside those with long calls.

        Of these at most `pool.slow` are counted, and workers that are ending are not. The zygote is
        told, which is not waited for. Nothing happens if the zygote is to end.
        """
        if self.state is ZygoteState.ACTIVE:
            living = len(self.living) - self._count(WorkerState.ENDING)
            try:
                for _ in range(self.pool.workers + min(self.slow, self.pool.slow) - living):
                    self._fork()
            except OSError as error:  # too many files are open
                log.error("no worker can be started: %s", error.strerror)
                self._fill_later(1)

    def _fork(self) -> None:
        """Have the zygote fork a worker, and add its handle to `living`; a report follows later.

        The worker gets one end of a new pair of sockets; raises `OSError` if none can be made.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            number = next(self._numbers)
            self.living[number] = WorkerHandle(self, number, ours)
            self.tell(worker.FORK, number, theirs.fileno())

    def _fill_later(self, seconds: float) -> None:
        """Call `fill` in so many seconds, and not at the time set before, if that is to come."""
        if self._fill_timer is not None:
            self._fill_timer.cancel()
        self._fill_timer = self.loop.call_later(seconds, self.fill)

    def _read_reports(self) -> None:
        """Receive reports of the zygote and act on those that are whole; the loop calls it.

        When the socket is closed, the zygote has ended, and `_clean_up` is called.
        """
        try:
            received = self.socket.recv(4096)
        except BlockingIOError:
            return
        except ConnectionError:
            received = b""
        if not received:
            self._clean_up()
            return
        for kind, content in self._frames.feed(received):
            self._act_on_report(kind, content)

    def _act_on_report(self, kind: bytes, content: bytes) -> None:
        """Act on a report about a worker, or about loading the graph; `wire` has the kinds.

        Workers are forked, called idle or replaced, and `ready` is set.
        """
        if kind == wire.READY:
            self.fill()
        elif kind == wire.ERROR:
            self._fail(wire.read_error(content))
        else:
            number, value = wire.from_json(content)
            if kind == wire.DEAD:
                self._worker_died(self.living.pop(number), value)
            else:
                self.living[number].born(value)
                if not self.ready.done():
                    self.ready.set_result(None)

    def _fail(self, error: AllgraphError) -> None:
        """Set `ready` to an error, unless it is done."""
        if not self.ready.done():
            self.ready.set_exception(error)

    def _worker_died(self, dead: WorkerHandle, code: int) -> None:
        """Act on the death of a worker, which is no longer in `living`, with an exit code.

        Its handle is told, and another is forked in its place, with a delay if many in a row have
        died without a call. If the zygote could not fork it, `ready` gets an error. A zygote that
        is to end ends with its last worker.
        """
        if dead in self.idle:
            self.idle.remove(dead)
        is_useless = dead.state is not WorkerState.ENDING and dead.calls_taken == 0
        self._useless = self._useless + 1 if is_useless else 0
        dead.died(code)
        if code == worker.NO_FORK:
            self._fail(EngineError("no worker process could be started"))
        if self.state is not ZygoteState.ACTIVE:
            if not self.living:
                self.end()
        elif self._useless <= 3 * self.pool.workers:
            self.fill()
        else:
            self._fill_later(min(5, self._useless / 20))

    def drain(self) -> None:
        """Give workers no more calls, kill those without one, and set `state` to DRAINING.

        Others are killed after their calls, and the process ends with the last of them. Does not
        wait for that.
        """
        self.state = ZygoteState.DRAINING
        for handle in self.idle:
            handle.end()
        self.idle.clear()
        if not self.living:
            self.end()

    def end(self, error: AllgraphError | None = None) -> None:
        """Kill all workers and have the process end; kill it too if that takes too long.

        Calls that run end with the error, which is None if none can run. Does not wait for the
        process: `gone` is done once it has ended. Nothing happens if it is ending already.
        """
        if self.state in (ZygoteState.ENDING, ZygoteState.ENDED):
            return
        self.state = ZygoteState.ENDING
        self.idle.clear()
        for handle in [*self.living.values()]:
            handle.kill(error)
        self._kill_timer = self.loop.call_later(_EXIT_TIMEOUT, self.process.kill)
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def _clean_up(self) -> None:
        """Act on the end of the process, and so of its workers: close the socket and tell all.

        Waits for the process to exit. Calls that run fail or are put back into the queue, `ready`
        gets an error if it is not done, `gone` is done, and the pool is told.
        """
        self.state = ZygoteState.ENDED
        self.loop.remove_reader(self.socket)
        self.socket.close()
        if self._kill_timer is not None:
            self._kill_timer.cancel()
        self.process.wait()
        self.idle.clear()
        for handle in self.living.values():
            handle.died(-signal.SIGKILL)
        self.living.clear()
        why = "the graph could not be loaded; the log of the server says why"
        self._fail(EngineError(why))
        self.gone.set_result(None)
        self.pool.zygote_ended(self)


class WorkerHandle:
    """The handle, in the server process, of a worker process.

    `number` names the worker in commands and reports; `process` is its id once it runs, else 0.
    `call` is the one that it is at work on, or None.
    """

    def __init__(self, zygote: ZygoteHandle, number: int, connection: socket.socket) -> None:
        """Make the handle before the process runs, and have the loop read from `connection`.

        That is a socket whose other end the process gets.
        """
        self.zygote = zygote
        self.pool = zygote.pool
        self.number = number  # which names the worker in commands and reports
        self.state = WorkerState.STARTING
        self.process = 0  # its id, once it runs
        self.call: Call | None = None
        self.calls_taken = 0
        self._socket = connection
        self._loop = zygote.loop
        self._frames = wire.Frames()
        self._unsent = memoryview(b"")  # the rest of a call that the socket did not take at once
        self._began = self._granted = 0.0  # when the call began, and the seconds it may run
        self._alarm = Alarm(zygote.loop, self._check_time)
        self._kill_timer: asyncio.TimerHandle | None = None  # for a call that nobody waits for
        connection.setblocking(False)
        self._loop.add_reader(connection, self._read_reply)

    def born(self, process: int) -> None:
        """Note that the process runs, with this id, and become idle, so that it is given calls."""
        self.process = process
        self._become_idle()

    def begin(self, call: Call) -> bool:
        """Send the process a call, and start the timer of the call; False when the process is dead.

        What the socket does not take at once is sent later. Sets `state` and `call`, and in the
        call `tries`, `generation` and `abandon`.
        """
        try:
            sent = self._socket.send(call.request)
        except BlockingIOError:
            sent = 0
        except ConnectionError:
            return False
        if sent < len(call.request):
            self._unsent = memoryview(call.request)[sent:]
            self._loop.add_writer(self._socket, self._send_unsent)
        call.tries += 1
        self.calls_taken += 1
        self.state, self.call, self._began = WorkerState.BUSY, call, self._loop.time()
        call.generation, call.abandon = self.zygote.generation, self._abandon
        self._granted = call.granted(self._began)
        self._alarm.set(self._began + min(_SLOW_WHEN_OTHERS_WAIT, self._granted))
        return True

    def kill(self, error: AllgraphError | None) -> None:
        """End the call with an error, if there is one, then kill the process as `end` does.

        The error is None if the call is over already. With a call, counts in `pool.deaths`.
        """
        if self.call is not None:
            self.pool.deaths += 1
            self._finish(error)
        self.end()

    def end(self) -> None:
        """Kill the process, which has no call, and have another forked in its place.

        The zygote does both, later. The socket is closed, `state` is set, and the pool gives calls
        that wait to other workers. Nothing happens if that is done already.
        """
        if self.state is WorkerState.ENDING:
            return
        self.state = WorkerState.ENDING
        self._close()
        self.zygote.tell(worker.KILL, self.number)
        self.zygote.fill()
        self.pool.dispatch()  # its client may have another call that waits

    def died(self, code: int) -> None:
        """Act on the death of the process, with an exit code: read the rest of what it sent.

        Its call is put back into the queue if the process had not read it, and else fails, unless
        its reply is whole. The socket is closed. A death that was not asked for is logged, and
        counts in `pool.deaths`. The pool then gives calls that wait to other workers.
        """
        if self.state is not WorkerState.ENDING:
            was_unread = self.state is WorkerState.UNREAD
            self.state = WorkerState.ENDING
            self.pool.deaths += 1
            if self._drain_socket() or was_unread:
                self._requeue()
            if code != 0:
                log.warning("a worker died (code %d); another takes its place", code)
        self._finish(self._death_error(code))
        self._close()
        self.pool.dispatch()

    def _drain_socket(self) -> bool:
        """Hand what a dead process has sent to its call, by `_take`, until nothing is left.

        True if the system reports that the process died before it read its call.
        """
        try:
            while self._socket.fileno() >= 0 and (received := self._receive()):
                self._take(received)
        except BlockingIOError:
            pass
        except ConnectionError:
            return True
        return False

    def _death_error(self, code: int) -> EngineError:
        """Return, not raise, the error for a call whose worker died with an exit code.

        The code is 1 after a bug in a task, and negative for the signal that killed the worker;
        SIGALRM is that of its own timer for a call.
        """
        if code == 1:
            return EngineCrash("the server failed at this request, and has logged why")
        if code == -signal.SIGALRM and self.call is not None:
            return _timeout(self.call)
        return sandbox.crash("the request", code, self.zygote.setup.memory)

    def _become_idle(self, *, is_last: bool = False) -> None:
        """Add this to the idle workers, and have the pool give calls that wait to them.

        So this may have a call when the method returns, which does not wait for one. After a long
        call, with `is_last`, or if the zygote is to end, the process is killed instead, by `end`.
        Nothing happens if it is ending already.
        """
        if self.state is WorkerState.ENDING:
            return
        is_active = self.zygote.state is ZygoteState.ACTIVE
        if is_last or self.state is WorkerState.SLOW or not is_active:
            self.end()
        else:
            self.state = WorkerState.IDLE
            self.zygote.idle.append(self)
            self.pool.dispatch()

    def _release(self) -> Call | None:
        """Stop the timers of the call, set `call` to None, and return the former call."""
        call, self.call = self.call, None
        self._alarm.off()
        if self._kill_timer is not None:
            self._kill_timer.cancel()
            self._kill_timer = None
        return call

    def _finish(self, error: AllgraphError | None = None) -> None:
        """End the call, if there is one, and tell the pool how long it took; `call` is then None.

        Its reply is whole, or fails with the error. The process goes on.
        """
        call = self._release()
        if call is not None:
            self.pool.finished(call, self._loop.time() - self._began)
            call.finish(error)

    def _requeue(self) -> None:
        """Put the call, if there is one, back into the queue, and set `call` to None.

        Nothing happens if more workers have taken the call than can be killed at once: it may be
        what kills them.
        """
        most = self.pool.workers + self.pool.slow  # all of them may have been killed at once
        if self.call is not None and self.call.tries <= most:
            self.pool.requeue(self.call)
            self._release()

    def make_way(self) -> None:
        """If its call has run for long, lower the process's priority, and have another one forked.

        The state is then SLOW. Long is 0.5 s, or 0.05 s if other calls wait that could begin and
        there are fewer slow workers than `pool.slow`. Nothing happens if the state is not BUSY.
        """
        elapsed = self._loop.time() - self._began
        if self.state is not WorkerState.BUSY or elapsed < _SLOW_WHEN_OTHERS_WAIT - EARLY:
            return
        others_wait = self.pool.is_pressing() and self.zygote.slow < self.pool.slow
        after = _SLOW_WHEN_OTHERS_WAIT if others_wait else _SLOW_AFTER
        if elapsed > after - EARLY:
            self.state = WorkerState.SLOW
            self.zygote.tell(worker.SLOW, self.number)
            self.zygote.fill()

    def _check_time(self) -> None:
        """Kill the process if the time of its call is up; else `make_way`, and set the alarm again.

        The alarm calls this. A call that is killed ends with `EngineTimeout`.
        """
        call = self.call
        assert call is not None
        elapsed = self._loop.time() - self._began
        if elapsed > self._granted - EARLY:
            self.kill(_timeout(call))
            return
        self.make_way()
        next_check = _SLOW_AFTER if elapsed < _SLOW_AFTER - EARLY else self._granted
        self._alarm.set(self._began + min(next_check, self._granted))

    def _abandon(self) -> None:
        """End the call, as nobody waits for its reply, and kill the process 0.05 s later.

        Until then it goes on, its reply is read and dropped, and it may end the call by itself and
        be used again.
        """
        call = self.call
        assert call is not None
        if call.resume is not None:
            call.resume()
        call.finish()
        self._alarm.off()
        self._kill_timer = self._loop.call_later(_GRACE, self.kill, None)

    def _read_reply(self) -> None:
        """Receive bytes from the process, and hand them to its call by `_take`; the loop calls it.

        The loop does so no more while too much waits to be read from the call, until that calls
        `_resume`, or when the process has died; `state` is UNREAD if that was before it read its
        call.
        """
        try:
            received = self._receive()
        except BlockingIOError:
            return
        except ConnectionError:  # so Linux reports that it died before it read all of the call
            received = b""
            if self.call is not None:
                self.state = WorkerState.UNREAD
        if not received:
            self._loop.remove_reader(self._socket)  # the zygote will report how it died
            return
        self._take(received)
        call = self.call
        if call is not None and not call.over and call.is_full:
            self._loop.remove_reader(self._socket)
            call.resume = self._resume

    def _receive(self) -> bytes:
        """Return the next bytes of the socket, which does not block; empty at its end.

        Raises BlockingIOError if none have come, and ConnectionError.
        """
        buffer = self.zygote.buffer
        return bytes(buffer[: self._socket.recv_into(buffer)])

    def _resume(self) -> None:
        """Have the loop read from the process again, as the reply of its call is being read.

        The call calls this. Nothing happens if there is no call any more.
        """
        if self.call is not None:
            self.call.resume = None
            self._loop.add_reader(self._socket, self._read_reply)

    def _take(self, received: bytes) -> None:
        """Parse received bytes, and hand frames to the call; at the end of a reply become idle.

        Without a call frames are dropped. Who asked goes on when all are taken. The process is
        killed after a reply that says so, and for a malformed frame, which ends the call with
        `EngineCrash`.
        """
        call = self.call
        try:
            for kind, content in self._frames.feed(received):
                if kind == wire.END:
                    self._release()
                    if call is not None:
                        self.pool.finished(call, self._loop.time() - self._began)
                    self._become_idle(is_last=content == b"bye")
                if call is not None:
                    call.take(kind, content)
        except ValueError as error:
            self.kill(EngineCrash(str(error)))
        if call is not None:
            call.tell()

    def _send_unsent(self) -> None:
        """Send more of a call that the socket did not take at once.

        The loop calls it when the socket can take some, until all is sent or the process has died.
        """
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except ConnectionError:
            self._unsent = memoryview(b"")
        if not self._unsent:
            self._loop.remove_writer(self._socket)

    def _close(self) -> None:
        """Close the socket, and stop the alarm for the time of a call; it may be called twice."""
        self._alarm.close()
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket.close()


def _timeout(call: Call) -> EngineTimeout:
    """Return, not raise, the error for a call that took longer than its `seconds`."""
    return EngineTimeout(f"the request was stopped after {call.seconds:g} s; ask for less")


def _start_zygote() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a fresh Python that runs a zygote; return a socket to it, and the process.

    Raises `EngineError` if the system cannot start it.
    """
    try:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: S603  our own Python
                _zygote_command(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
    except OSError as error:
        raise EngineError(f"no process could be started: {error.strerror}") from None
    return ours, process


def _zygote_command(descriptor: int) -> list[str]:
    """The command that runs a zygote with the socket `descriptor`.

    Its Python looks for modules where this one does, and gets `_ENVIRONMENT`, which makes forks
    fast and keeps libraries from starting threads.
    """
    code = (
        f"import sys; sys.path[:] = {sys.path}; "
        f"from allgraph.server.workers.worker import main; main({descriptor})"
    )
    return ["/usr/bin/env", *_ENVIRONMENT, sys.executable, "-P", "-c", code]


def _pickled(setup: Setup) -> bytes:
    """Return a setup as a pickle; `InputError` for functions that a fresh Python cannot import.

    Such are lambdas and functions inside others.
    """
    import pickle

    try:
        return pickle.dumps(setup)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        why = f"a fresh Python could not import what the pool is to run: {error}"
        raise InputError(why) from None
