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
"""Serves as the process with a number until it is stopped; calls a function once it answers."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_READY = b"R"
_PAUSE = 1.0  # seconds before a process that died is replaced
_FAILED = 70


@dataclass
class Fleet:
    """The numbers of the processes, by their ids."""

    serve: Serve
    processes: dict[int, int] = field(default_factory=dict)
    life: tuple[int, int] = field(
        default_factory=os.pipe
    )  # a pipe that closes when the parent ends

    def run(self, count: int, ready: Callable[[], None]) -> None:
        """Serve with so many processes, and call `ready` once all answer.

        Raises the error of one that could not start.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        reports = [self._start(number) for number in range(1, count + 1)]
        errors = [*filter(None, map(_read_report, reports))]
        if errors:
            self._signal(signal.SIGTERM)
            for process in self.processes:
                os.waitpid(process, 0)
            raise errors[0]
        ready()
        self._watch()

    def _watch(self) -> None:
        """Pass on signals and replace processes that die, until all have been stopped."""
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
                self._signal(signal.SIGTERM if is_ending else signal.SIGHUP)

    def _signal(self, number: int) -> None:
        for process in self.processes:
            os.kill(process, number)  # a dead one keeps its id until it is reaped

    def _reap(self) -> list[int]:
        """Remove the processes that have died, and return their numbers."""
        dead = [process for process in self.processes if os.waitpid(process, os.WNOHANG)[0]]
        return [self.processes.pop(process) for process in dead]

    def _start(self, number: int) -> int:
        """Start a process; return a descriptor from which its report can be read."""
        reader, writer = os.pipe()
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            os.close(reader)
            os.close(self.life[1])
            os._exit(self._run_child(number, writer))
        os.close(writer)
        self.processes[process] = number
        return reader

    def _run_child(self, number: int, writer: int) -> int:
        """Run as a server process, and return its exit status."""
        threading.Thread(target=_stop_with_parent, args=(self.life[0],), daemon=True).start()
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
    """Send a report; False when nobody reads it, as this process replaced another."""
    try:
        report.write(content)
    except BrokenPipeError:
        return False
    return True


def _read_report(reader: int) -> AllgraphError | None:
    """Wait for the report of a process: None when it is ready, else its error."""
    with os.fdopen(reader, "rb") as report:
        content = report.read(1)
        if content == _READY:
            return None
        content += report.read()
    if content:
        return wire.read_error(content)
    return EngineError("a server process died while starting")


def _stop_with_parent(life: int) -> None:
    """Wait until the parent has ended, then stop this process."""
    os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
