"""Several server processes at one port, for a machine with cores to spare.

Each has the port from its parent, reads requests for itself, and has workers of its own. The
parent does nothing but pass on signals, and start another when one dies.
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
"""Serves as the process of a number, until told to stop; calls a function once it answers."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_READY = b"R"
_PAUSE = 1.0  # seconds, lest one that dies at once be started again and again
_FAILED = 70


@dataclass
class Fleet:
    """The processes, by their ids, and the number of each."""

    serve: Serve
    processes: dict[int, int] = field(default_factory=dict)
    life: tuple[int, int] = field(default_factory=os.pipe)  # whose end is that of the parent

    def run(self, count: int, told: Callable[[], None]) -> None:
        """Serve with so many processes; raises what one of them raises as it starts."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        reports = [self._start(number) for number in range(1, count + 1)]
        failed = [*filter(None, map(_report, reports))]
        if failed:
            self._tell(signal.SIGTERM)
            for process in self.processes:
                os.waitpid(process, 0)
            raise failed[0]
        told()
        self._watch()

    def _watch(self) -> None:
        is_ending = False
        while self.processes:
            number = signal.sigwait(_SIGNALS)
            if number == signal.SIGCHLD:
                for which in self._bury():
                    if not is_ending:
                        log.error("server process %d died; another takes its place", which)
                        time.sleep(_PAUSE)
                        os.close(self._start(which))
            else:
                is_ending = is_ending or number != signal.SIGHUP
                self._tell(signal.SIGTERM if is_ending else signal.SIGHUP)

    def _tell(self, number: int) -> None:
        for process in self.processes:
            os.kill(process, number)  # one that is dead is there until it is buried

    def _bury(self) -> list[int]:
        """The numbers of the processes that have died."""
        dead = [each for each in self.processes if os.waitpid(each, os.WNOHANG)[0]]
        return [self.processes.pop(each) for each in dead]

    def _start(self, number: int) -> int:
        """Start a process; what it reports can be read from a descriptor."""
        reader, writer = os.pipe()
        sys.stdout.flush()
        process = os.fork()
        if process == 0:
            os.close(reader)
            os.close(self.life[1])
            os._exit(self._be(number, writer))
        os.close(writer)
        self.processes[process] = number
        return reader

    def _be(self, number: int, writer: int) -> int:
        """Be a server process; whether that went well, as an exit status."""
        threading.Thread(target=_end_with, args=(self.life[0],), daemon=True).start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        report = FileIO(writer, "w")
        try:
            self.serve(number, lambda: _say(report, _READY))
        except AllgraphError as error:
            if not _say(report, wire.write_error(error)):
                log.error("server process %d cannot start: %s", number, error)
            return _FAILED
        return 0


def _say(report: RawIOBase, words: bytes) -> bool:
    """Report something; False when nobody listens, for this process took another's place."""
    try:
        report.write(words)
    except BrokenPipeError:
        return False
    return True


def _report(reader: int) -> AllgraphError | None:
    """None when a process says that it is ready, else why it is not."""
    with os.fdopen(reader, "rb") as report:
        words = report.read(1)
        if words == _READY:
            return None
        words += report.read()
    return wire.read_error(words) if words else EngineError("a server process died as it started")


def _end_with(life: int) -> None:
    """Stop as if told to when the parent is gone."""
    os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
