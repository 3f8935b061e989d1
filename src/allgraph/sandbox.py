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
from contextlib import contextmanager, suppress
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
    spawned: bool = False,
) -> T:
    """What a function gives, called in a forked process, or in a new one if it is `spawned`.

    After `timeout` seconds the process is killed and `EngineTimeout` raised. When it dies, from
    a crash or for want of memory, `EngineCrash` is raised and says `what` it did; this process
    is unharmed. An `AllgraphError` of the function is raised here. Where the system cannot fork
    (Windows), the function is called here and cannot be stopped.
    """
    if not hasattr(os, "fork"):
        return work(*given)
    seconds = timeout if timeout is not None and timeout < _FOREVER else None
    if spawned:
        return cast("T", _given(_spawned(work, given, what, memory, seconds)))
    import multiprocessing

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
    return cast("T", _given(outcome))


def _given(outcome: object) -> object:
    if isinstance(outcome, AllgraphError):
        raise outcome
    return outcome


def _spawned(
    work: Callable[..., object],
    given: tuple[object, ...],
    what: str,
    memory: int,
    seconds: float | None,
) -> object:
    """The outcome of a function that is called in a new process, which imports no script."""
    import pickle
    import subprocess

    command = [sys.executable, "-c", "from allgraph.sandbox import answer; answer()"]
    asked = pickle.dumps((work, given, what, memory, seconds))
    try:
        done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, timeout=seconds)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise EngineTimeout(f"stopped after {seconds:g} s; give --timeout more seconds") from None
    if done.returncode:
        raise EngineCrash(_why(what, done.returncode, memory))
    return pickle.loads(done.stdout)  # noqa: S301  # from our own process


def answer() -> None:
    """Call the function that standard input has, and write its outcome: for new processes."""
    import pickle

    work, given, what, memory, seconds = pickle.load(sys.stdin.buffer)  # noqa: S301  # as above
    _limit(memory, seconds)
    _silence()
    try:
        outcome = _outcome(work, given)
    except MemoryError:
        outcome = EngineCrash(_why(what, -signal.SIGABRT, memory))
    sys.stdout.buffer.write(pickle.dumps(outcome))


def has_store_on_disk() -> bool:
    """Whether this process has a store on disk open, after which a fork of it may hang.

    Where that cannot be told, it may have one.
    """
    try:
        for thread in os.listdir("/proc/self/task"):
            with suppress(FileNotFoundError), open(f"/proc/self/task/{thread}/comm", "rb") as name:
                if name.read().startswith(b"rocksdb"):
                    return True
    except OSError:
        return True
    return False


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
