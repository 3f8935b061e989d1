"""Queries in a process of their own, which may run too long, ask too much, or die."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from allgraph.answer import Answer
from allgraph.engine import Engine
from allgraph.errors import AllgraphError, EngineCrash, EngineTimeout

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MEMORY = 4 * 2**30
"""How many bytes a query may take beside the graph itself, unless told otherwise."""


class Timed:
    """An engine whose every query runs in a process of its own, for so many seconds."""

    def __init__(self, engine: Engine, timeout: float) -> None:
        self.engine = engine
        self.timeout = timeout

    @property
    def description(self) -> str:
        """What answers."""
        return self.engine.description

    def query(self, sparql: str) -> Answer:
        """The answer, or `EngineTimeout`."""
        return query(self.engine, sparql, timeout=self.timeout)


def query(
    engine: Engine, sparql: str, *, timeout: float | None = None, memory: int = MEMORY
) -> Answer:
    """The answer to a query that runs in a forked process.

    After `timeout` seconds the process is killed and `EngineTimeout` raised. When it dies,
    from a crash of the parser or for want of memory, `EngineCrash` is raised; this process
    and its graph are unharmed. Where the system cannot fork (Windows), the query runs here
    and cannot be stopped.
    """
    if not hasattr(os, "fork"):
        return engine.query(sparql)
    import multiprocessing

    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(engine, sparql, theirs, memory), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(timeout):
            raise EngineTimeout(f"stopped after {timeout:g} s; give --timeout more seconds")
        outcome = ours.recv()
    except EOFError:
        process.join()
        raise EngineCrash(_why(process.exitcode, memory)) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(outcome, AllgraphError):
        raise outcome
    assert isinstance(outcome, Answer)
    return outcome


def _answer(engine: Engine, sparql: str, out: Connection, memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _limit(memory)
    try:
        outcome: Answer | AllgraphError = engine.query(sparql)
    except AllgraphError as error:
        outcome = error
    out.send(outcome)


def _limit(memory: int) -> None:
    """Let this process take only so much more address space, and write no core file."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm", encoding="ascii") as status:
            held = int(status.read().split()[0]) * resource.getpagesize()
    except OSError:  # no /proc on this system, and no honest way to count
        return
    resource.setrlimit(resource.RLIMIT_AS, (held + memory, held + memory))


def _why(code: int | None, memory: int) -> str:
    if code is not None and -code == signal.SIGABRT:
        return f"the query needed more than {memory / 2**30:.1f} GiB of memory and was stopped"
    if code is not None and -code == signal.SIGSEGV:
        return "the query crashed the engine; it is nested too deeply"
    return f"the process that ran the query died (code {code})"
