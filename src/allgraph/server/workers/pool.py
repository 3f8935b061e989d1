"""A pool of worker processes that share one graph, for a server that must outlive any request.

    async with Pool(load, {"echo": echo}) as pool:
        reply = await pool.call("echo", {"text": "hello"}, client="192.0.2.1")
        reply.head["type"], await reply.read()

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
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Self

from allgraph.errors import AllgraphError, EngineError, InputError
from allgraph.server.http.timer import Alarm
from allgraph.server.workers import wire
from allgraph.server.workers.handles import ZygoteHandle
from allgraph.server.workers.wire import Call, Reply, Stock
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
    """What a pool is doing."""

    generation: int  # 1 for the first graph that was loaded, one more for each reload
    zygote: int | None  # the process that holds the graph
    workers: tuple[int, ...]  # the processes that are ready or at work
    idle: int
    busy: int
    slow: int  # of the busy: those whose call has run for long
    waiting: int  # calls in the queue
    held: int  # bytes of bodies that nobody has read yet
    deaths: int  # workers that died, or were killed, since the start


class Pool:
    """Worker processes that run tasks on a graph.

    `load` and `tasks` are functions that a fresh Python can import (or `functools.partial` of
    one). `workers` calls run at a time, and `slow` more that have run for half a second. A call
    may take `seconds` from when it was asked, and works for one of them though it waited; its
    worker may take `memory` bytes beside the graph, its body `size` bytes. Of one client all
    but one of the workers work at a time; `queue` calls may wait, half of them of one client.
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
    ) -> None:
        if not hasattr(os, "fork"):
            raise InputError("serving needs Linux or macOS; this system cannot fork processes")
        self.setup = Setup(load, dict(tasks), memory, size)
        self.workers = workers
        self.slow = workers if slow is None else slow
        self.seconds = seconds
        self.stock = Stock()
        self.deaths = 0
        self.queue = _Queue(queue, max(1, workers - 1))
        self.closing = False
        self._mean = 0.1  # seconds that calls took of late
        self._generation = 0
        self._current: ZygoteHandle | None = None
        self._zygotes: set[ZygoteHandle] = set()
        self._reloading = asyncio.Lock()
        self._revival: asyncio.Task[None] | None = None
        self._alarm: Alarm | None = None  # for calls that wait

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Load the graph and start the workers; raises what the loading raises."""
        try:
            await self.reload()
        finally:
            if self._current is None:
                await self.close()

    async def reload(self, load: Load | None = None) -> None:
        """Load the graph anew beside the old one, then change over.

        Calls that run end with the old graph. When the loading fails, all stays as it was, and
        its error is raised.
        """
        async with self._reloading:
            if self.closing:
                raise self._stopping()
            setup = self.setup if load is None else replace(self.setup, load=load)
            fresh = ZygoteHandle(self, setup, self._generation + 1)
            self._zygotes.add(fresh)
            try:
                await fresh.ready
                if fresh.gone.done():
                    raise EngineError("the process that holds the graph died")
                self._generation += 1
                self.setup = setup
                old, self._current = self._current, fresh
            finally:
                if self._current is not fresh:
                    fresh.end()
            if old is not None:
                old.drain()
            self.next()

    async def call(
        self,
        name: str,
        arguments: Mapping[str, object] | bytes,
        *,
        seconds: float | None = None,
        client: str | None = None,
    ) -> Reply:
        """What a task gives, once its head is known.

        Raises `Busy`, `EngineTimeout`, `EngineCrash`, and what the task raises. Arguments are
        what JSON has, or are JSON already. A `client` shares the workers fairly with others; None
        is not limited.
        """
        if self.closing:
            raise self._stopping()
        within = self.seconds if seconds is None else seconds
        said = arguments if isinstance(arguments, bytes) else wire.to_json(arguments)
        request = wire.sized(b'["%b",%b,%f]' % (name.encode(), said, within))
        loop = asyncio.get_running_loop()
        call = Call(request, within, client, loop.create_future(), self.stock, asked=loop.time())
        if not self.queue.add(call):
            raise self._busy()
        self.next()
        if call.generation == 0:
            self._wait(call)
        try:
            return Reply(await call.head, call)
        except asyncio.CancelledError:
            call.forget()
            raise

    def status(self) -> Status:
        """What the pool is doing now."""
        workers = [each for zygote in self._zygotes for each in zygote.living.values()]
        busy = [each for each in workers if each.call is not None]
        current = self._current
        return Status(
            generation=self._generation,
            zygote=current.process.pid if current else None,
            workers=tuple(each.process for each in workers if each.process),
            idle=len(current.idle) if current else 0,
            busy=len(busy),
            slow=sum(each.is_slow for each in busy),
            waiting=self.queue.size,
            held=self.stock.held,
            deaths=self.deaths,
        )

    async def close(self) -> None:
        """End all processes; calls that still run or wait fail."""
        self.closing = True
        if self._revival is not None:
            self._revival.cancel()
        if self._alarm is not None:
            self._alarm.close()
        for call in self.queue.calls():
            self.queue.remove(call)
            call.finish(self._stopping())
        zygotes = [*self._zygotes]
        for zygote in zygotes:
            zygote.end(self._stopping())
        await asyncio.gather(*(zygote.gone for zygote in zygotes))

    def next(self) -> None:
        """Give calls that wait to workers that are free."""
        zygote = self._current
        while zygote is not None and zygote.idle and (call := self.queue.take()):
            if not zygote.idle.pop().begin(call):
                self.again(call)
        if zygote is not None and not zygote.idle and self.queue.is_pressing():
            for each in [*zygote.living.values()]:
                each.make_way()

    def again(self, call: Call) -> None:
        """A call whose worker was dead before it began waits for another."""
        self.queue.put_back(call)
        self._wait(call)

    def ended(self, zygote: ZygoteHandle) -> None:
        """A zygote has ended; if nobody meant it to, the graph is loaded again."""
        self._zygotes.discard(zygote)
        if zygote is self._current:
            self._current = None
            if not self.closing:
                log.error("the process that holds the graph died; it is loaded again")
                self._revival = asyncio.get_running_loop().create_task(self._revive())

    def took(self, seconds: float) -> None:
        """A call took so long; for telling others how long they may have to wait."""
        self._mean += (seconds - self._mean) / 10

    async def _revive(self) -> None:
        wait = 0.1
        while self._current is None and not self.closing:
            try:
                await self.reload()
            except AllgraphError as error:
                log.error("the graph cannot be loaded: %s", error)
                await asyncio.sleep(wait)
                wait = min(2 * wait, 30)

    def _wait(self, call: Call) -> None:
        call.generation, call.abandon = 0, partial(self.queue.remove, call)
        if self._alarm is None:
            self._alarm = Alarm(asyncio.get_running_loop(), self._give_up)
        if self._alarm.when is None or self._alarm.when > call.deadline:
            self._alarm.set(call.deadline)

    def _give_up(self) -> None:
        """Refuse calls that have waited for as long as they may."""
        assert self._alarm is not None
        now = asyncio.get_running_loop().time() + 0.001
        for call in self.queue.calls():
            if call.deadline <= now:
                self.queue.remove(call)
                call.finish(self._busy())
        rest = [call.deadline for call in self.queue.calls()]
        if rest:
            self._alarm.set(min(rest))

    def _busy(self) -> Busy:
        wait = math.ceil(self.queue.size * self._mean / self.workers)
        return Busy("the server has too much to do; ask again later", min(max(wait, 1), 60))

    def _stopping(self) -> EngineError:
        return EngineError("the server is stopping")


class _Queue:
    """The calls that wait, and how many of each client are at work; clients take turns."""

    def __init__(self, most: int, share: int) -> None:
        self.size = 0
        self._most = most
        self._share = share
        self._waiting: OrderedDict[str | None, deque[Call]] = OrderedDict()
        self._active: Counter[str | None] = Counter()

    def add(self, call: Call) -> bool:
        """Let a call wait; False when too many do."""
        own = self._waiting.get(call.client, ())
        if self.size >= self._most or (call.client is not None and len(own) * 2 >= self._most):
            return False
        self._waiting.setdefault(call.client, deque()).append(call)
        self.size += 1
        return True

    def is_pressing(self) -> bool:
        """Whether a call waits for nothing but a worker."""
        return any(map(self._may_begin, self._waiting))

    def take(self) -> Call | None:
        """The next call of a client that may have one more at work."""
        found = [*islice(filter(self._may_begin, self._waiting), 1)]
        if not found:
            return None
        client = found[0]
        own = self._waiting[client]
        call = own.popleft()
        if own:
            self._waiting.move_to_end(client)
        else:
            del self._waiting[client]
        self._active[client] += 1
        self.size -= 1
        return call

    def _may_begin(self, client: str | None) -> bool:
        return client is None or self._active.get(client, 0) < self._share

    def put_back(self, call: Call) -> None:
        """A call that was taken could not begin."""
        self.done(call)
        self._waiting.setdefault(call.client, deque()).appendleft(call)
        self._waiting.move_to_end(call.client, last=False)
        self.size += 1

    def done(self, call: Call) -> None:
        """A call that was taken is no longer at work."""
        self._active[call.client] -= 1
        if not self._active[call.client]:
            del self._active[call.client]

    def remove(self, call: Call) -> None:
        """Nobody waits for a call any more."""
        own = self._waiting.get(call.client)
        if own is not None and call in own:
            own.remove(call)
            self.size -= 1
            if not own:
                del self._waiting[call.client]

    def calls(self) -> list[Call]:
        """All that wait."""
        return [call for own in self._waiting.values() for call in own]
