"""Several server processes at one port, for a machine with many cores.

Each inherits the port from its parent, reads requests, and has workers of its own. The parent
only passes on signals, and starts another process when one dies.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO, RawIOBase

from allgraph.errors import AllgraphError, EngineError
from allgraph.server.workers import wire

log = logging.getLogger("allgraph")

Serve = Callable[[int, Callable[[], object]], None]
"""A function that serves until the process is stopped. It gets the number of the process, and a
function to call once it answers."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_READY = b"R"
_PAUSE = 1.0  # seconds before a process that died is replaced
_FAILED = 70


@dataclass
class Fleet:
    """Server processes at one port, as their parent sees them.

    `processes` has the number of each living process, from 1, by its process id. `parent_pipe` are
    the two ends of a pipe into which nothing is written. Only the parent keeps the second end
    open, so that a read from the first returns in all processes when the parent has ended.
    """

    serve: Serve
    processes: dict[int, int] = field(default_factory=dict)
    parent_pipe: tuple[int, int] = field(default_factory=os.pipe)

    def run(self, count: int, ready: Callable[[], None]) -> None:
        """Fork `count` server processes, call `ready` once all answer, and wait until all end.

        The signals in `_SIGNALS` (SIGTERM, SIGINT, SIGHUP, SIGCHLD) are blocked in this process
        from then on, and read by `_watch`. If a process cannot start, all are stopped and its error
        is raised.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        reports = [self._start(number) for number in range(1, count + 1)]
        errors = [*filter(None, map(_read_report, reports))]
        if errors:
            self._signal_all(signal.SIGTERM)
            for process in self.processes:
                os.waitpid(process, 0)
            raise errors[0]
        ready()
        self._watch()

    def _watch(self) -> None:
        """Pass on signals and replace processes that die, until none is left; blocks until then.

        The signals have to be blocked. SIGHUP is passed on as it is. SIGTERM and SIGINT are sent to
        all processes as SIGTERM; no process is replaced after one of these. Changes `processes`.
        """
        is_ending = False
        while self.processes:
            number = signal.sigwait(_SIGNALS)
            if number == signal.SIGCHLD:
                for dead in self._reap():
                    if not is_ending:
                        log.error("server process %d died; another takes its place", dead)
                        time.sleep(_PAUSE)
                        os.close(self._start(dead))
            else:
                is_ending = is_ending or number != signal.SIGHUP
                self._signal_all(signal.SIGTERM if is_ending else signal.SIGHUP)

    def _signal_all(self, number: int) -> None:
        """Send a signal to all processes."""
        for process in self.processes:
            os.kill(process, number)  # a dead one keeps its id until it is reaped

    def _reap(self) -> list[int]:
        """Remove the processes that have died from `processes`, and return their numbers.

        They are the numbers from 1 that `_start` takes, not process ids. Does not wait for those
        that live.
        """
        dead = [process for process in self.processes if os.waitpid(process, os.WNOHANG)[0]]
        return [self.processes.pop(process) for process in dead]

    def _start(self, number: int) -> int:
        """Fork a server process with a number, and add it to `processes`.

        Returns the file descriptor of a pipe with its report, which the caller closes, as
        `_read_report` does. The child never returns.
        """
        reader, writer = os.pipe()
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            os.close(reader)
            os.close(self.parent_pipe[1])
            os._exit(self._run_child(number, writer))
        os.close(writer)
        self.processes[process] = number
        return reader

    def _run_child(self, number: int, writer: int) -> int:
        """Serve as the child process with a number, and return its exit status.

        What is written to the descriptor `writer`, once, is the report: that it answers, or the
        error for which it cannot start; then the exit status is 70. A thread stops the child when
        the parent has ended. Unblocks the signals that the parent has blocked.
        """
        threading.Thread(target=_stop_with_parent, args=(self.parent_pipe[0],), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        report = FileIO(writer, "w")
        try:
            self.serve(number, lambda: _send_report(report, _READY))
        except AllgraphError as error:
            if not _send_report(report, wire.write_error(error)):
                log.error("server process %d cannot start: %s", number, error)
            return _FAILED
        return 0


def _send_report(report: RawIOBase, content: bytes) -> bool:
    """Write the report of a process to the pipe to its parent.

    False if the parent does not read it, as is so for a process that replaces another.
    """
    try:
        report.write(content)
    except BrokenPipeError:
        return False
    return True


def _read_report(reader: int) -> AllgraphError | None:
    """Wait for the report of a process, and return None if it answers, else its error.

    A process that ended without a report has an error too. Closes the descriptor `reader`.
    """
    with os.fdopen(reader, "rb") as report:
        content = report.read(1)
        if content == _READY:
            return None
        content += report.read()
    if content:
        return wire.read_error(content)
    return EngineError("a server process died while starting")


def _stop_with_parent(parent_pipe: int) -> None:
    """Block until the parent has ended, then send SIGTERM to this process; it runs in a thread.

    `parent_pipe` is the descriptor of a pipe whose other end the parent alone keeps open.
    """
    os.read(parent_pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
