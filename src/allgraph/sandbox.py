"""Run a function in a process of its own, with a limit on its time and memory.

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
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar, cast

from allgraph.errors import AllgraphError, EngineCrash, EngineTimeout

MEMORY = 4 * 2**30
"""How many bytes the work may take, beside what this process holds, by default."""

_NO_LIMIT = 1e6  # seconds; more than this is no limit, and more than some systems can count

T = TypeVar("T")
_forking = Lock()  # lest a process hold the pipe of another open, whose end is then not noticed


@dataclass(frozen=True)
class _Job:
    """A call of a function in a process of its own, within limits."""

    work: Callable[..., object]
    args: tuple[object, ...]
    what: str
    memory: int
    seconds: float | None

    def run(self, send: Callable[[object], object]) -> None:
        """Limit this process, call the function, and send what it returns, or its error."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        limit_process(self.memory, self.seconds)
        _silence_engine()
        try:
            send(self._outcome())
        except MemoryError:
            send(self.crash(-signal.SIGABRT))

    def _outcome(self) -> object:
        """Return what the function returns, or the error that it raises."""
        try:
            return self.work(*self.args)
        except AllgraphError as error:
            return error

    def crash(self, code: int | None) -> EngineCrash:
        """The error for a process that died with this exit code."""
        return crash(self.what, code, self.memory)

    def timeout(self) -> EngineTimeout:
        """The error for a process that took too long."""
        return EngineTimeout(f"stopped after {self.seconds:g} s; give --timeout more seconds")


def run(
    work: Callable[..., T],
    /,
    *args: object,
    what: str,
    timeout: float | None = None,
    memory: int = MEMORY,
    spawned: bool = False,
) -> T:
    """Return what a function returns, called in a forked process, or in a new one if `spawned`.

    After `timeout` seconds the process is killed and `EngineTimeout` raised. When it dies, from
    a crash or for want of memory, `EngineCrash` is raised and says `what` it did; this process
    is unharmed. An `AllgraphError` of the function is raised here. Where the system cannot fork
    (Windows), the function is called here and cannot be stopped.
    """
    if not hasattr(os, "fork"):
        return work(*args)
    seconds = timeout if timeout is not None and timeout < _NO_LIMIT else None
    job = _Job(work, args, what, memory, seconds)
    outcome = _run_spawned(job) if spawned else _run_forked(job)
    if isinstance(outcome, AllgraphError):
        raise outcome
    return cast("T", outcome)


def _run_forked(job: _Job) -> object:
    """The outcome of a job that runs in a fork of this process."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    with _forking:
        reader, writer = context.Pipe(duplex=False)
        process = context.Process(target=job.run, args=(writer.send,), daemon=True)
        process.start()
        writer.close()
    try:
        if not reader.poll(job.seconds):
            raise job.timeout()
        return reader.recv()
    except EOFError:
        process.join()
        raise job.crash(process.exitcode) from None
    finally:
        process.kill()
        process.join()
        reader.close()


def _run_spawned(job: _Job) -> object:
    """The outcome of a job that runs in a new process, which imports no script."""
    import pickle
    import subprocess

    command = [sys.executable, "-c", "from allgraph.sandbox import answer; answer()"]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=pickle.dumps(job), stdout=subprocess.PIPE, timeout=job.seconds
        )
    except subprocess.TimeoutExpired:
        raise job.timeout() from None
    if done.returncode:
        raise job.crash(done.returncode)
    return pickle.loads(done.stdout)  # noqa: S301  # from our own process


def answer() -> None:
    """Run the job that standard input has, and write its outcome: for new processes."""
    import pickle

    job = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our own process
    job.run(lambda outcome: sys.stdout.buffer.write(pickle.dumps(outcome)))


def has_store_on_disk() -> bool:
    """Whether this process has a store on disk open, after which a fork of it may hang.

    True where that cannot be found out.
    """
    try:
        for thread in os.listdir("/proc/self/task"):
            with suppress(FileNotFoundError), open(f"/proc/self/task/{thread}/comm", "rb") as name:
                if name.read().startswith(b"rocksdb"):
                    return True
    except OSError:
        return True
    return False


def crash(what: str, code: int | None, memory: int) -> EngineCrash:
    """The error for a process that did `what` and died with an exit code, `memory` its limit."""
    if code == -signal.SIGABRT:
        why = f"{what} needed more than {memory / 2**30:.1f} GiB of memory and was stopped"
    elif code == -signal.SIGSEGV:
        why = f"{what} crashed the engine; it is nested too deeply"
    else:
        why = f"the process that ran {what} died (code {code})"
    return EngineCrash(why)


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


def limit_process(memory: int, seconds: float | None = None) -> None:
    """Let this process take only so much more memory, and write no core file.

    The seconds, of processor time, are for when there is no parent any more to stop it.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds) + 1,) * 2)
    try:
        with open("/proc/self/statm", encoding="ascii") as status:
            used = int(status.read().split()[0]) * resource.getpagesize()
    except OSError:  # no /proc on this system, and no honest way to count
        return
    most = resource.getrlimit(resource.RLIMIT_AS)[1]  # of a process that is limited itself
    limit = used + memory if most == resource.RLIM_INFINITY else min(used + memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _silence_engine() -> None:
    """Keep what the engine prints as it dies off the terminal, but not errors of our own."""
    import faulthandler

    faulthandler.disable()
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
