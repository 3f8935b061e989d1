"""Work in a process of its own, which may take too long, ask too much, or die.

>>> run(sum, [1, 2, 3], what="the sum", timeout=10)
6
"""

from __future__ import annotations

import gc
import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

from allgraph.errors import AllgraphError, EngineCrash, EngineTimeout

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

MEMORY = 4 * 2**30
"""How many bytes the work may take beside what this process holds, unless told otherwise."""

_FOREVER = 1e6  # seconds; more than this is no limit, and more than some systems can count

T = TypeVar("T")
_forking = Lock()  # lest a process hold the pipe of another open, whose end is then not seen


def run(
    work: Callable[..., T],
    /,
    *given: object,
    what: str,
    timeout: float | None = None,
    memory: int = MEMORY,
) -> T:
    """What a function gives, called in a forked process.

    After `timeout` seconds the process is killed and `EngineTimeout` raised. When it dies, from
    a crash or for want of memory, `EngineCrash` is raised and says `what` it did; this process
    is unharmed. An `AllgraphError` of the function is raised here. Where the system cannot fork
    (Windows), the function is called here and cannot be stopped.
    """
    if not hasattr(os, "fork"):
        return work(*given)
    import multiprocessing

    seconds = timeout if timeout is not None and timeout < _FOREVER else None
    context = multiprocessing.get_context("fork")
    with _forking:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(
            target=_call, args=(work, given, theirs, what, memory, seconds), daemon=True
        )
        process.start()
        theirs.close()
    try:
        if not ours.poll(seconds):
            raise EngineTimeout(f"stopped after {timeout:g} s; give --timeout more seconds")
        outcome = ours.recv()
    except EOFError:
        process.join()
        raise EngineCrash(_why(what, process.exitcode, memory)) from None
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(outcome, AllgraphError):
        raise outcome
    return cast("T", outcome)


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep the garbage collector from looking through millions of terms that all stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _call(
    work: Callable[..., object],
    given: tuple[object, ...],
    out: Connection,
    what: str,
    memory: int,
    seconds: float | None,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _limit(memory, seconds)
    _silence()
    try:
        out.send(_outcome(work, given))
    except MemoryError:
        out.send(EngineCrash(_why(what, -signal.SIGABRT, memory)))


def _outcome(work: Callable[..., object], given: tuple[object, ...]) -> object:
    try:
        return work(*given)
    except AllgraphError as error:
        return error


def _limit(memory: int, seconds: float | None) -> None:
    """Let this process take only so much more, and write no core file.

    The seconds are for when there is no parent any more to stop it.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds) + 1,) * 2)
    try:
        with open("/proc/self/statm", encoding="ascii") as status:
            held = int(status.read().split()[0]) * resource.getpagesize()
    except OSError:  # no /proc on this system, and no honest way to count
        return
    most = resource.getrlimit(resource.RLIMIT_AS)[1]  # of a process that is limited itself
    limit = held + memory if most == resource.RLIM_INFINITY else min(held + memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _silence() -> None:
    """Keep what the engine says as it dies off the terminal, but not errors of our own."""
    import faulthandler

    faulthandler.disable()
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)


def _why(what: str, code: int | None, memory: int) -> str:
    if code is not None and -code == signal.SIGABRT:
        return f"{what} needed more than {memory / 2**30:.1f} GiB of memory and was stopped"
    if code is not None and -code == signal.SIGSEGV:
        return f"{what} crashed the engine; it is nested too deeply"
    return f"the process that ran {what} died (code {code})"
