"""Run a function, or the rest of this process, in a child process with limited time and memory.

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
from functools import cache
from threading import Lock, Timer
from typing import TypeVar, cast

from allgraph.errors import AllgraphError, EngineCrash, EngineTimeout

MEMORY = 4 * 2**30
"""How many bytes the function may take by default, besides what this process uses already."""

_DIE_WITH_PARENT = 1
"""The option of Linux's prctl by which the system kills a process when its parent has died."""

_NO_LIMIT = 1e6  # seconds; more than this is no limit, and more than some systems can count

_FORWARDED = {signal.SIGINT, signal.SIGTERM} | (
    {signal.SIGHUP, signal.SIGQUIT} if os.name == "posix" else set()
)
"""Signals that end a command, which `guarded` hands on to its child."""

T = TypeVar("T")
_fork_lock = Lock()
"""One fork at a time: a child forked meanwhile would inherit the open writing end of the pipe of
its sibling, and so the end of that pipe would not be noticed when the sibling dies."""


@dataclass(frozen=True)
class _Job:
    """A call of the function `work` that a child process runs within limits.

    `memory` is in bytes besides what the process uses at its start; `what` names the work in
    messages, such as “the query”.
    """

    work: Callable[..., object]
    args: tuple[object, ...]
    what: str
    memory: int
    seconds: float | None

    def run(self, send: Callable[[object], object]) -> None:
        """Call the function, and call `send` once with what it returns or its `AllgraphError`.

        For a child process: first restores the default action of SIGINT, limits memory and
        processor time of this process, and turns off its standard error at the level of the file
        descriptor; on Linux it is killed when its parent dies. For a `MemoryError`, an
        `EngineCrash` is sent; other errors are let through.
        """
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        die_with_parent()
        limit_process(self.memory, self.seconds)
        _silence_engine()
        try:
            send(self._outcome())
        except MemoryError:
            send(self.crash(-signal.SIGABRT))

    def _outcome(self) -> object:
        """Call the function, and return what it returns, or the `AllgraphError` that it raises."""
        try:
            return self.work(*self.args)
        except AllgraphError as error:
            return error

    def crash(self, code: int | None) -> EngineCrash:
        """Return, not raise, the error for a child that died with an exit code.

        A negative code is minus the number of the signal that killed it. The message names the work
        by `what`, and for some signals says what they mean.
        """
        return crash(self.what, code, self.memory)

    def timeout(self) -> EngineTimeout:
        """Return, not raise, the error for a child that took longer than `seconds`, a number."""
        return EngineTimeout(f"stopped after {self.seconds:g} s, the limit that `timeout` sets")


def run(
    work: Callable[..., T],
    /,
    *args: object,
    what: str,
    timeout: float | None = None,
    memory: int = MEMORY,
    can_pickle: bool = False,
) -> T:
    """Call a function in a child process, wait for it, and return what it returns.

    The child is a fork of this process. Where that may hang, since a store on disk is open here, it
    is a new process if the function and its arguments can be pickled (`can_pickle`). After
    `timeout` seconds it is killed and `EngineTimeout` raised; ``None``, and `_NO_LIMIT` (1e6) or
    more, are no limit. It may take `memory` bytes (4 GiB by default) besides what it uses at its
    start. An `AllgraphError` of the function is raised here. When the child dies, from a crash, for
    lack of memory or by another error of the function, `EngineCrash` is raised, whose message names
    the work by `what`; this process is unharmed. Where the system cannot fork (Windows), the
    function is called in this process, without limits, and raises its own errors.
    """
    if not hasattr(os, "fork"):
        return work(*args)
    seconds = timeout if timeout is not None and timeout < _NO_LIMIT else None
    job = _Job(work, args, what, memory, seconds)
    is_spawned = can_pickle and has_store_on_disk()
    outcome = _run_spawned(job) if is_spawned else _run_forked(job)
    if isinstance(outcome, AllgraphError):
        raise outcome
    return cast("T", outcome)


def _run_forked(job: _Job) -> object:
    """Fork this process, run the job there, and return its result or its `AllgraphError`.

    The child is dead when this returns or raises. Raises `EngineTimeout` when it takes too long,
    and `EngineCrash` when it dies without sending a result. Holds `_fork_lock` while it forks, so
    that no child of another thread inherits the writing end of the pipe.
    """
    import multiprocessing

    context = multiprocessing.get_context("fork")
    prctl()  # kept for the child, which is slower to look it up
    with _fork_lock:
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
    """Start a new Python process, run the job there, and return its result or `AllgraphError`.

    The job goes to its standard input by pickle; the process does not import the main script.
    Raises `EngineTimeout` when it takes too long, and `EngineCrash` when it fails.
    """
    import pickle
    import subprocess

    command = [sys.executable, "-c", "from allgraph.sandbox import answer; answer()"]
    try:
        completed = subprocess.run(  # noqa: S603
            command, input=pickle.dumps(job), stdout=subprocess.PIPE, timeout=job.seconds
        )
    except subprocess.TimeoutExpired:
        raise job.timeout() from None
    if completed.returncode:
        raise job.crash(completed.returncode)
    return pickle.loads(completed.stdout)  # noqa: S301  # from our own process


def answer() -> None:
    """Read a pickled `_Job` from standard input, run it, and write its pickled result to stdout.

    For the new process of `_run_spawned`; it limits this process for good.
    """
    import pickle

    job = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our own process
    job.run(lambda outcome: sys.stdout.buffer.write(pickle.dumps(outcome)))


def guarded(
    damage: Callable[[], AllgraphError | None], *, what: str, patience: float
) -> int | None:
    """Fork this process, and go on in the child, with limited memory; this process waits for it.

    Returns ``None`` in the child. It may take `share_of_machine` besides what it uses now; its
    native code cannot write to standard error, and its `sys.stderr` is a new object. This thread
    must be the only one; the child dies with it.

    Here, the exit code of the child is returned when it has ended. When it died of a signal that
    ends commands, such as SIGTERM, so does this process; such signals are forwarded to it. When it
    crashed, what `damage` returns is raised, or else an `EngineCrash`, which names the work by
    `what`. If the child takes longer than `patience` seconds, `damage` is called meanwhile, in a
    thread; when it returns an error, the child is killed and the error raised.

    Where the system is not Linux, nothing is forked or limited, and ``None`` is returned.
    """
    if not sys.platform.startswith("linux"):
        return None
    memory = share_of_machine()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {*_FORWARDED, signal.SIGCHLD})
    child = _fork_limited(memory)
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return None
    search = _DamageSearch(child, damage, patience)
    code = _wait(child)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if -code in _FORWARDED:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    if code < 0:
        raise search.result() or crash(what, code, memory)
    return code


def share_of_machine() -> int:
    """Return the bytes that a process may take which reads a store: half of the machine's memory.

    They are `MEMORY` (4 GiB) at least, and also where the system is not Linux.
    """
    if not sys.platform.startswith("linux"):
        return MEMORY
    return max(MEMORY, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)


def keep_from_guard() -> None:
    """Have the process that guards this one, if one does, no longer end it for damage.

    For a child that has met an error itself, and is about to report it.
    """
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)


def _fork_limited(memory: int) -> int:
    """Fork this process, and return the number of the child, or 0 in the child.

    The child may take `memory` bytes besides what it uses now, its native code cannot write to
    standard error, and it is killed when this thread ends. Standard output is flushed before.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    prctl()  # kept for the child, which is slower to look it up
    child = os.fork()
    if child == 0:
        die_with_parent()
        limit_process(memory)
        _silence_engine()
    return child


class _DamageSearch:
    """A timer that calls `damage` after some seconds, and kills a child if it returns an error."""

    def __init__(
        self, child: int, damage: Callable[[], AllgraphError | None], seconds: float
    ) -> None:
        """Start the timer, in a thread that does not outlive this process."""
        self._child = child
        self._damage = damage
        self._error: AllgraphError | None = None
        self._timer = Timer(seconds, self._look)
        self._timer.daemon = True
        self._timer.start()

    def _look(self) -> None:
        """Call `damage`; kill the child if it returns an error, which is kept."""
        self._error = self._damage()
        if self._error is not None:
            os.kill(self._child, signal.SIGUSR1)

    def result(self) -> AllgraphError | None:
        """Stop the timer, and return the error that `damage` returned, or else returns now."""
        self._timer.cancel()
        return self._error or self._damage()


def _wait(child: int) -> int:
    """Wait until a child has ended, and return its exit code, or minus the signal that killed it.

    Forwards to it the signals of `_FORWARDED`, which must be blocked, as SIGCHLD must, but not
    those that a terminal has sent, since it sends them to all its processes. The child is not
    reaped, so that its number stays its own.
    """
    while True:
        received = signal.sigwaitinfo({*_FORWARDED, signal.SIGCHLD})
        if received.si_signo != signal.SIGCHLD:
            if received.si_code <= 0:  # sent by a process, not by the kernel
                os.kill(child, received.si_signo)
            continue
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            has_exited = ended.si_code == os.CLD_EXITED
            return ended.si_status if has_exited else -ended.si_status


def has_store_on_disk() -> bool:
    """Return True if this process has opened a store on disk, so that a fork of it may hang.

    It looks in ``/proc`` for threads of RocksDB; true on systems without ``/proc``.
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
    """Return, not raise, the error for a process that ran `what` and died with an exit code.

    A negative code is minus the number of the signal that killed it. SIGABRT is taken to
    mean that it needed more than `memory` bytes, SIGSEGV that the work was nested too deeply.
    """
    if code == -signal.SIGABRT:
        why = f"{what} needed more than {memory / 2**30:.1f} GiB of memory and was stopped"
    elif code == -signal.SIGSEGV:
        why = f"{what} crashed the engine; it is nested too deeply"
    else:
        why = f"the process that ran {what} died (code {code})"
    return EngineCrash(why)


@contextmanager
def without_collector() -> Iterator[None]:
    """Turn the garbage collector of this process off for this block, and on again if it was.

    It saves time where millions of objects are made and none are freed.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def limit_process(memory: int, seconds: float | None = None) -> None:
    """Limit the memory of this process to what it uses now plus `memory` bytes, for good.

    That is memory to write to (``RLIMIT_DATA``); files that are mapped to be read do not count.
    Also turns off core files, and limits its processor time to little more than `seconds`, if they
    are given, which stops it even if its parent has died. Without ``/proc``, as on macOS, memory is
    not limited.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds) + 1,) * 2)
    try:
        with open("/proc/self/statm", encoding="ascii") as status:
            used = int(status.read().split()[5]) * resource.getpagesize()
    except OSError:  # no /proc on this system, and no other reliable way to count
        return
    hard_limit = resource.getrlimit(resource.RLIMIT_DATA)[1]  # it may be limited already
    is_unlimited = hard_limit == resource.RLIM_INFINITY
    limit = used + memory if is_unlimited else min(used + memory, hard_limit)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


@cache
def prctl() -> Callable[..., int] | None:
    """Return the function prctl of Linux, which sets options of the process; else ``None``."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    function: Callable[..., int] = ctypes.CDLL(None).prctl
    return function


def die_with_parent() -> None:
    """Have the system kill this process when the thread that has forked it ends; only on Linux."""
    set_option = prctl()
    if set_option is not None:
        set_option(_DIE_WITH_PARENT, int(signal.SIGKILL), 0, 0, 0)


def _silence_engine() -> None:
    """Send what native code prints to file descriptor 2 to the null device, for good.

    Changes this process: `sys.stderr` becomes a copy of the former descriptor, so errors of
    Python still appear; faulthandler is turned off.
    """
    import faulthandler

    faulthandler.disable()
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
