"""A pool of worker processes that share one graph, for a server that must outlive any request.

    async with Pool(load, {"echo": echo}) as pool:
        reply = await pool.call("echo", {"text": "hello"}, client="192.0.2.1")
        reply.head.type, await reply.read()

The server process never holds the graph. A call may take so many seconds and so much memory; then
its worker is killed, as it is when the client goes away, and another takes its place at once.
A worker whose call has run for half a second makes way for the others, and a fresh one takes its
place beside it, so that long calls keep short ones waiting only when there are very many.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

from allgraph.errors import AllgraphError, EngineError, InputError
from allgraph.server.http.runner import waiting
from allgraph.server.http.timer import EARLY, Alarm
from allgraph.server.workers import wire
from allgraph.server.workers.handles import WorkerState, ZygoteHandle
from allgraph.server.workers.wire import BufferBudget, Call, Reply
from allgraph.server.workers.worker import Load, Setup, Task

__all__ = ["Busy", "Pool", "Reply", "Status"]

log = logging.getLogger("allgraph")


class Busy(EngineError):
    """Too many calls wait already; ask again in ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Status:
    """The numbers of processes and calls in a pool, at one time."""

    generation: int  # 1 for the first graph that was loaded, one more for each reload
    zygote: int | None  # the process that holds the graph
    workers: tuple[int, ...]  # the processes that are ready or at work
    idle: int
    busy: int
    slow: int  # of the busy: those whose call has run for long
    waiting: int  # calls in the queue


class Pool:
    """Worker processes that run tasks on a graph.

    A zygote is the process that holds the graph; workers are forked from it. `_current` is the one
    whose workers get calls; `_zygotes` has those that are ending or starting too.
    """

    def __init__(
        self,
        load: Load,
        tasks: Mapping[str, Task],
        *,
        workers: int = 2,
        slow: int | None = None,
        seconds: float = 10.0,
        memory: int = 2 * 2**30,
        size: int = 64 * 2**20,
        queue: int = 256,
        loaded: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Make a pool; ``async with`` starts its processes, and closes it.

        `load` and `tasks` are functions that a fresh Python can import (or `functools.partial` of
        one). `workers` calls run at a time, and `slow` more that have run for half a second, by
        default as many. A call may take `seconds` from when it was asked, and may run for at least
        one second though it waited; its worker may take `memory` bytes beside the graph, its body
        `size` bytes. One client has at most all but one of the workers at a time; `queue` calls may
        wait, half of them of one client. `announce` calls `loaded`. Raises `InputError`
        where processes cannot be forked.
        """
        if not hasattr(os, "fork"):
            raise InputError("serving needs Linux or macOS; this system cannot fork processes")
        self.setup = Setup(load, dict(tasks), memory, size)  # bytes of a worker, and of a body
        self.workers = workers
        self.slow = workers if slow is None else slow  # more workers, for calls that run for long
        self.seconds = seconds  # that a call may take from when it is asked
        self.buffers = BufferBudget()  # of bodies that have come and are not read yet
        self.deaths = 0  # of workers that died, or were killed, since the start
        self._queue = _Queue(queue, max(1, workers - 1))  # calls that may wait; run for one client
        self.closing = False
        self._alarm: Alarm | None = None  # for the first deadline of a call that waits
        self._mean_seconds = 0.1  # of recent calls
        self._generation = 0
        self._current: ZygoteHandle | None = None  # whose workers get calls
        self._zygotes: set[ZygoteHandle] = set()  # those that are starting or ending too
        self._reloading = asyncio.Lock()
        self._loaded = loaded
        self._revival: asyncio.Task[None] | None = None  # loads the graph again after a death

    async def __aenter__(self) -> Self:
        """Load the graph and start the processes; wait until one worker runs.

        Raises what the loading raises, and then closes the pool.
        """
        try:
            await self.reload()
        finally:
            if self._current is None:
                await self.close()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the pool, as `close` does."""
        await self.close()

    async def reload(self) -> None:
        """Load the graph in a new zygote beside the old one, then give all calls to the new one.

        A zygote is the process that holds the graph and forks workers. Waits until the first worker
        runs; calls that run end with the old graph. When the loading fails, the old zygote stays
        and the error is raised, as is `EngineError` if the pool is closing.
        """
        async with self._reloading:
            if self.closing:
                raise self._stopping_error()
            new = ZygoteHandle(self, self.setup, self._generation + 1)
            self._zygotes.add(new)
            try:
                await new.ready
                if new.gone.done():
                    raise EngineError("the process that holds the graph died")
                self._generation += 1
                old, self._current = self._current, new
            finally:
                if self._current is not new:
                    new.end()
            if old is not None:
                old.drain()
            self.dispatch()

    async def call(
        self,
        name: str,
        arguments: Mapping[str, object] | bytes,
        *,
        seconds: float | None = None,
        client: str | None = None,
    ) -> Reply:
        """Have a worker run a task, and return the reply once its head is known.

        `name` is a key of the tasks. `arguments` can be written as JSON, or are JSON already. The
        call may take `seconds`, by default those of the pool. A `client` shares the workers fairly
        with others; None is not limited. If this coroutine is cancelled, the call is too, and its
        worker is freed or killed. Raises `Busy`, `EngineTimeout`, `EngineCrash`, what the task
        raises, and `EngineError` if the pool is closing.
        """
        if self.closing:
            raise self._stopping_error()
        seconds = self.seconds if seconds is None else seconds
        encoded = arguments if isinstance(arguments, bytes) else wire.to_json(arguments)
        request = wire.sized(b'["%b",%b,%f]' % (name.encode(), encoded, seconds))
        loop = asyncio.get_running_loop()
        call = Call(request, seconds, client, loop.time(), waiting(), self.buffers)
        if not self._queue.add(call):
            raise self._busy_error()
        self.dispatch()
        if call.generation == 0:  # it still waits
            self._refuse_at_deadline(call)
        try:
            await call.known
        except asyncio.CancelledError:
            call.forget()
            raise
        if call.head is None:
            raise call.taken_error()
        return Reply(call.head, call)

    def status(self) -> Status:
        """Return the present numbers of processes and calls.

        But `zygote`, the process that holds the graph, and `workers` are process ids.
        """
        workers = [worker for zygote in self._zygotes for worker in zygote.living.values()]
        current = self._current
        return Status(
            generation=self._generation,
            zygote=current.process.pid if current else None,
            workers=tuple(worker.process for worker in workers if worker.process),
            idle=len(current.idle) if current else 0,
            busy=sum(worker.call is not None for worker in workers),
            slow=sum(worker.state is WorkerState.SLOW for worker in workers),
            waiting=self._queue.size,
        )

    async def close(self) -> None:
        """End all processes and wait for that; calls that still run or wait fail."""
        self.closing = True
        if self._revival is not None:
            self._revival.cancel()
        if self._alarm is not None:
            self._alarm.close()
        for call in self._queue.calls():
            self._queue.remove(call)
            call.finish(self._stopping_error())
        zygotes = [*self._zygotes]
        for zygote in zygotes:
            zygote.end(self._stopping_error())
        await asyncio.gather(*(zygote.gone for zygote in zygotes))

    def dispatch(self) -> None:
        """Give calls that wait to idle workers of the current zygote; does not wait for replies.

        If no worker is idle and calls still wait that could begin, workers whose calls have run for
        long get a lower priority, and beside each another is forked for the calls that wait.
        """
        zygote = self._current
        while zygote is not None and zygote.idle and (call := self._queue.take()):
            if not zygote.idle.pop().begin(call):
                self.requeue(call)
        if zygote is not None and not zygote.idle and self.is_pressing():
            for worker in [*zygote.living.values()]:
                worker.make_way()

    def is_pressing(self) -> bool:
        """Return True if a waiting call needs only an idle worker to begin.

        A call cannot if its client has as many at work as it may.
        """
        return self._queue.is_pressing()

    def finished(self, call: Call, seconds: float) -> None:
        """Count a call as no longer at work, so that its client may have another.

        `seconds` is the time that it took, from which `_mean_seconds` is updated.
        """
        self._queue.done(call)
        self._mean_seconds += (seconds - self._mean_seconds) / 10

    def requeue(self, call: Call) -> None:
        """Put a call back into the queue whose worker died before it read it, unless it is over.

        It is then the first there, with its old deadline. Either way it is no longer at work.
        """
        if call.over:
            self._queue.done(call)
        else:
            self._queue.put_back(call)
            self._refuse_at_deadline(call)

    def zygote_ended(self, zygote: ZygoteHandle) -> None:
        """Forget a zygote whose process has ended; if it was in use, log that and load another.

        That is done in a task of the loop, `_revival`, unless the pool is closing.
        """
        self._zygotes.discard(zygote)
        if zygote is self._current:
            self._current = None
            if not self.closing:
                log.error("the process that holds the graph died; it is loaded again")
                self._revival = asyncio.get_running_loop().create_task(self._revive())

    async def _revive(self) -> None:
        """Load the graph again, unless that is done already, then call `announce`."""

        async def load() -> None:
            """Load the graph, if none is loaded."""
            if self._current is None:
                await self.reload()

        await self._until_it_works(load, "the graph cannot be loaded")
        await self.announce()

    async def announce(self) -> None:
        """Call `loaded`, the function that the pool was given, until that works; log failures.

        It is called when the graph was loaded again because the process that held it died, and is
        to be called by whoever has it loaded again for another reason.
        """
        if self._loaded is not None:
            await self._until_it_works(self._loaded, "the graph is loaded, but cannot be used yet")

    async def _until_it_works(self, action: Callable[[], Awaitable[None]], failure: str) -> None:
        """Await an action until it raises no error, or the pool is closing.

        Errors are logged after the text `failure`; after each is a pause, and each is longer.
        """
        pause = 0.1
        while not self.closing:
            try:
                return await action()
            except AllgraphError as error:
                log.error("%s: %s", failure, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, 30)

    def _refuse_at_deadline(self, call: Call) -> None:
        """Have a call that is in the queue refused at its deadline, if it is there still.

        Sets in the call `generation` to 0 and `abandon`, which takes it out of the queue when its
        client goes away. One alarm is for all calls, at the earliest deadline.
        """
        call.generation, call.abandon = 0, partial(self._queue.remove, call)
        if self._alarm is None:
            self._alarm = Alarm(asyncio.get_running_loop(), self._refuse_late)
        if self._alarm.when is None or call.deadline < self._alarm.when:
            self._alarm.set(call.deadline)

    def _refuse_late(self) -> None:
        """End the calls in the queue whose deadlines have come with `Busy`."""
        now = asyncio.get_running_loop().time() + EARLY
        for call in self._queue.calls():
            if call.deadline <= now and call.generation == 0:  # an end may begin another
                self._queue.remove(call)
                call.finish(self._busy_error())
        if (waits := self._queue.calls()) and self._alarm is not None:
            self._alarm.set(min(call.deadline for call in waits))

    def _busy_error(self) -> Busy:
        """Return, not raise, the error for a refused call, with an estimate of when to ask again.

        It is from 1 to 60 seconds.
        """
        seconds = math.ceil(self._queue.size * self._mean_seconds / self.workers)
        return Busy("the server has too much to do; ask again later", min(max(seconds, 1), 60))

    def _stopping_error(self) -> EngineError:
        """Return, not raise, the error for calls while the pool is closing."""
        return EngineError("the server is stopping")


class _Queue:
    """The calls that wait for a worker, and how many of each client are at work.

    Clients take turns. `capacity` is the maximum number of calls that wait; `share` that of calls
    of one client at work. A call that was taken counts as at work until `done` or `put_back`.
    """

    def __init__(self, capacity: int, share: int) -> None:
        """Make an empty queue, in which at most `capacity` calls may wait.

        At most `share` calls of one client may be at work at a time; calls without a client have
        no such limit.
        """
        self.size = 0
        self._capacity = capacity
        self._share = share
        self._waiting: OrderedDict[str | None, deque[Call]] = OrderedDict()  # by client
        self._active: Counter[str | None] = Counter()  # calls at work, by client

    def add(self, call: Call) -> bool:
        """Add a call; False, without adding it, when too many wait.

        That is `capacity` calls of all clients, or half of that of its own client, if it has one.
        """
        own = len(self._waiting.get(call.client, ()))
        if self.size >= self._capacity or (call.client is not None and own * 2 >= self._capacity):
            return False
        self._waiting.setdefault(call.client, deque()).append(call)
        self.size += 1
        return True

    def is_pressing(self) -> bool:
        """Return True if a call waits whose client may have one more call in progress."""
        return any(map(self._may_begin, self._waiting))

    def take(self) -> Call | None:
        """Remove and return the next call of a client that may have one more at work, or None.

        The call is counted as at work, and its client goes to the end of the turn.
        """
        for client in filter(self._may_begin, self._waiting):
            calls = self._waiting[client]
            call = calls.popleft()
            if calls:
                self._waiting.move_to_end(client)
            else:
                del self._waiting[client]
            self._active[client] += 1
            self.size -= 1
            return call
        return None

    def _may_begin(self, client: str | None) -> bool:
        """Return True if a client may have one more call in progress; client None always may."""
        return client is None or self._active.get(client, 0) < self._share

    def put_back(self, call: Call) -> None:
        """Put a call that was taken, but could not begin, before all others, however many wait.

        It is then not counted as at work.
        """
        self.done(call)
        self._waiting.setdefault(call.client, deque()).appendleft(call)
        self._waiting.move_to_end(call.client, last=False)
        self.size += 1

    def done(self, call: Call) -> None:
        """Count a call that was taken as no longer at work."""
        self._active[call.client] -= 1
        if not self._active[call.client]:
            del self._active[call.client]

    def remove(self, call: Call) -> None:
        """Remove a call, if it waits."""
        calls = self._waiting.get(call.client)
        if calls is not None and call in calls:
            calls.remove(call)
            self.size -= 1
            if not calls:
                del self._waiting[call.client]

    def calls(self) -> list[Call]:
        """All calls that wait."""
        return [call for calls in self._waiting.values() for call in calls]
