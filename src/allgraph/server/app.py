"""The application: it answers requests from its cache, or hands the work to a pool.

There is little between a request and a call: which task, with which arguments, in which type.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from allgraph.errors import VERSION, AllgraphError, EngineError, EngineTimeout, QueryError
from allgraph.folder import builtin
from allgraph.folder.watching import Watch
from allgraph.linkeddata.routes import JSON
from allgraph.server.dispatch import Dispatch, TaskCall
from allgraph.server.http import problems
from allgraph.server.http.cache import LARGEST, Cache, Kept
from allgraph.server.http.metrics import Metrics
from allgraph.server.http.problems import Problem, Rejected
from allgraph.server.http.reply import CHUNK
from allgraph.server.request import Exchange, Request
from allgraph.server.sender import Sender
from allgraph.server.settings import Settings
from allgraph.server.state import PREPARED, load
from allgraph.server.tasks import TASKS
from allgraph.server.workers import wire
from allgraph.server.workers.pool import Busy, Pool, Reply
from allgraph.server.workers.wire import Cut

log = logging.getLogger("allgraph")
access = logging.getLogger("allgraph.access")

Headers = Mapping[str, str]

_NOT_KEPT = {"Cache-Control": "no-store"}
_CHECKED = {"Cache-Control": "no-cache"}
_KEPT_10_SECONDS = {"Cache-Control": "public, max-age=10, must-revalidate"}
_KEPT_A_MINUTE = {"Cache-Control": "public, max-age=60, must-revalidate"}
_KEPT_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


class App:
    """The application: answers HTTP requests from its cache or by a pool of workers.

    `about` are the facts of `Served.about`, and `generation` counts the loads of the data.
    `_data_digest` is the key of the digests that are cache keys and ETags, so that they differ for
    other data. `_caching_headers` say how long clients may keep a reply.
    """

    def __init__(self, settings: Settings) -> None:
        """Make the pool and the cache; no process is started and nothing loaded yet.

        Raises `InputError` on a system that cannot fork processes.
        """
        self.settings = settings
        self.pool = Pool(
            partial(load, settings, at_once=settings.process == 0),
            TASKS,
            workers=settings.workers,
            seconds=settings.seconds,
            memory=settings.memory,
            size=settings.size,
            loaded=self._ask_about_data,
        )
        self.cache = Cache(settings.cache)
        self.metrics = Metrics(settings.process)
        own = {"health": self._health, "metrics": self._metrics}  # handlers, by their names
        self.dispatch = Dispatch(settings, own)
        self.has_endpoint = settings.endpoint is not None
        self.about: dict[str, Any] = {}  # facts about the graph, by name; set after each load
        self.generation = 0  # of the data, counted by the pool
        self.failed: AllgraphError | None = None  # why the server could not start
        self._prepared = asyncio.Event()  # set once all tasks can be called, or the start failed
        self._data_digest = b""  # the key of all digests that are cache keys and ETags
        self._caching_headers: Headers = {}  # how long clients may keep a reply

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request: send the answer, count it in `metrics`, and log it.

        Every `AllgraphError` and `Rejected` becomes a problem. A request is cancelled when its
        client has gone, and counts as status 499. A `Runner` has to run this.
        """
        started = time.perf_counter()
        request = exchange.request
        sender = Sender(exchange, self.settings.cors, self.about)
        route = "none"
        try:
            call = await self.dispatch.call_for(request, exchange.read_body)
            route = call.route
            await self._answer(request, call, sender)
        except AllgraphError as error:
            sender.problem(self._problem(request, route, error))
        except Rejected as rejected:
            sender.problem(rejected.problem)
        except asyncio.CancelledError:
            sender.status = sender.status or 499
        finally:
            seconds = time.perf_counter() - started
            sender.status = sender.status or 500  # for a mistake of ours
            self.metrics.took(route, sender.status, seconds)
            if access.isEnabledFor(logging.INFO):
                access.info(_access_log_line(request, route, sender, seconds))

    def _problem(self, request: Request, route: str, error: AllgraphError) -> Problem:
        """Return the problem for an error, without what a client must not know.

        If the endpoint that holds the graph failed, or refused a query that is not the client's,
        the message goes to the log only, as a warning.
        """
        is_ours = isinstance(error, QueryError) and route != "sparql"  # our own query is refused
        if self.has_endpoint and (is_ours or type(error) in (EngineError, EngineTimeout)):
            log.warning("%s: %s", request.id, error)
            error = EngineError(error.message) if is_ours else error
        return problems.problem_of(error, has_endpoint=self.has_endpoint)

    # ---- Start, stop, and data that has changed

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load the data and start the pool, and close it at the end of the ``with`` block.

        Data that are not prepared are loaded again meanwhile (`_prepare`). Sets a handler of
        SIGHUP, which reloads the data, as does a changed file with ``settings.reload``. Raises the
        errors of loading it.
        """
        loop = asyncio.get_running_loop()
        root = Path(self.settings.folder) if self.settings.folder else builtin().root
        watch = await asyncio.to_thread(Watch, root) if self.settings.reload else None
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self.reload()))
        async with self.pool:
            await self._ask_about_data()
            tasks = [loop.create_task(self._prepare())]
            if watch is not None:
                tasks.append(loop.create_task(self._reload_on_changes(watch)))
            yield
            for task in tasks:
                task.cancel()

    async def _prepare(self) -> None:
        """Load the data again and prepare it, unless that is done, then let all tasks be called.

        Later loads prepare it too. If it cannot be loaded, as when the snapshot is damaged, the
        error is kept in `failed`, and SIGTERM sent to this process, which stops the server.
        """
        self.pool.setup = replace(self.pool.setup, load=partial(load, self.settings))
        try:
            if not self.about["is_prepared"]:
                await self.pool.reload()
                await self.pool.announce()
        except AllgraphError as error:
            self.failed = error
            signal.raise_signal(signal.SIGTERM)
        finally:
            self._prepared.set()

    async def reload(self) -> None:
        """Load the data again and clear the cache; if that fails, log it and keep the old data.

        Once it is loaded, workers are asked about it until one answers.
        """
        try:
            await self.pool.reload()
        except AllgraphError as error:
            log.error("the former data is still served: %s", error)
        else:
            await self.pool.announce()

    async def _reload_on_changes(self, watch: Watch) -> None:
        """Reload the data whenever files of its folder have changed, until this is cancelled."""
        await self._prepared.wait()
        while True:
            await asyncio.sleep(watch.pause)
            if changed := await asyncio.to_thread(watch.look):
                log.info("changed: %s", changed)
                await self.reload()

    async def _ask_about_data(self) -> None:
        """Ask a worker for the facts of `Served.about` about the data, and clear the cache.

        Sets `about` here and in `dispatch`, `generation`, `_data_digest` and `_caching_headers`,
        and logs the version of the data. Raises the errors of `Pool.call`.
        """
        reply = await self.pool.call("about", {}, seconds=600)
        about = json.loads(await reply.read())
        self.about = self.dispatch.about = about
        made_by = (VERSION, self.settings.home, about["version"])
        self._data_digest = blake2b(repr(made_by).encode(), digest_size=32).digest()
        if not self.has_endpoint:
            modified = formatdate(about["modified"], usegmt=True)
            kept = _CHECKED if self.settings.reload else _KEPT_A_MINUTE
            self._caching_headers = {"Last-Modified": modified, **kept}
        self.generation = reply.generation
        self.cache.clear()
        version_text = about["version"][:12] or "that of its endpoint"
        log.info("serving %s, version %s", about["title"], version_text)

    # ---- Handlers for the state of the server

    def _health(self) -> TaskCall:
        """Return the ready reply with the state of the workers, as JSON.

        Its status is 503 while no process holds the graph. If the graph is at an endpoint it is a
        call of the task ``health``, which adds whether that answers.
        """
        status = self.pool.status()
        health = {
            "status": "ok" if status.zygote else "loading",
            "version": self.about["version"] or None,
            "workers": len(status.workers),
            "waiting": status.waiting,
        }
        if self.has_endpoint and status.zygote:
            return TaskCall("health", "health", {"server": health}, is_cached=False)
        ready = Kept(200 if status.zygote else 503, JSON, {}, json.dumps(health).encode())
        return TaskCall("health", ready=ready, is_cached=False)

    def _metrics(self) -> TaskCall:
        """Return the ready reply with all metrics, in the text format of Prometheus."""
        status, cache = self.pool.status(), self.cache
        gauges = {
            "allgraph_workers": len(status.workers),
            "allgraph_workers_busy": status.busy,
            "allgraph_workers_deaths": self.pool.deaths,
            "allgraph_calls_waiting": status.waiting,
            "allgraph_cache_bytes": cache.used,
            "allgraph_cache_hits": cache.hits,
            "allgraph_cache_misses": cache.misses,
            "allgraph_data_generation": self.generation,
        }
        text = self.metrics.text(gauges).encode()
        ready = Kept(200, "text/plain; version=0.0.4; charset=utf-8", {}, text)
        return TaskCall("metrics", ready=ready, is_cached=False)

    # ---- The answer

    async def _answer(self, request: Request, call: TaskCall, sender: Sender) -> None:
        """Send the reply to a request, from the cache or made by a worker and then cached.

        If the client has a valid copy, 304 is sent. Where the same reply is being made for another
        request, this one waits for it, and ends with its error, unless that is `Busy`. Where the
        graph is at an endpoint, only a reply that `is_lasting`, whose address changes with its
        content, is sent so, and all others by `_answer_uncached`. Raises the errors of the pool and
        the task, before anything is sent. Changes the cache.
        """
        if not call.is_cached:
            if call.ready is not None:
                return await self._send_whole(call.ready, None, sender, _NOT_KEPT)
            reply = await self._call(request, call, wire.to_json(call.arguments))
            return await self._send(reply, None, sender, _NOT_KEPT)
        if self.has_endpoint and not call.is_lasting:
            return await self._answer_uncached(request, call, sender)
        arguments = wire.to_json(call.arguments)
        key = self._key(call, arguments)
        headers: Headers = _NOT_KEPT
        if request.method != "POST":
            etag = f'"{key}"'
            headers = {
                **self._caching_headers,
                "ETag": etag,
                **(_KEPT_A_YEAR if call.is_lasting else {}),
            }
            if known := sender.known_tag(etag):
                return sender.not_modified({**headers, "ETag": known})
            sender.is_known = request.is_known(int(self.about["modified"] or 0))
        answer = call.ready or await self.cache.awaited(key)
        if answer is not None:
            return await self._send_whole(answer, key, sender, headers)
        self.cache.begin(key)
        try:
            reply = await self._call(request, call, arguments)
            await self._send(reply, key, sender, headers)
        except AllgraphError as error:
            self.cache.end(key, None if isinstance(error, Busy) else error)
            raise
        finally:
            self.cache.end(key)

    async def _call(self, request: Request, call: TaskCall, arguments: bytes) -> Reply:
        """Have a worker run the task of a request, with arguments as JSON; return its reply.

        A task of `PREPARED` waits until the data is prepared. Raises the errors of `Pool.call`, and
        `EngineError` if the data could not be prepared, for which the server stops.
        """
        if call.task in PREPARED:
            await self._prepared.wait()
        if self.failed is not None:
            raise EngineError("the server is stopping, since its data cannot be prepared")
        return await self.pool.call(call.task, arguments, client=request.client)

    def _key(self, call: TaskCall, arguments: bytes) -> str:
        """Return the key of a reply in the cache, which is also its ETag: a digest.

        It depends on the task, its arguments (as JSON), the body of a ready reply, and, by
        `_data_digest`, on the version of the data.
        """
        body = call.ready.body if call.ready else b""
        whole = b"%b %b %b" % (call.task.encode(), arguments, body)
        return blake2b(whole, digest_size=12, key=self._data_digest).hexdigest()

    async def _answer_uncached(self, request: Request, call: TaskCall, sender: Sender) -> None:
        """Send the reply from an endpoint, whose data may change at any time: nothing is cached.

        The ETag is a digest of the body, if the whole body is here before the head is sent; then
        304 is sent to a client that has it. Raises the errors of the pool and the task, before
        anything is sent.
        """
        answer = call.ready
        if answer is None:
            reply = await self.pool.call(call.task, call.arguments, client=request.client)
            if not reply.is_whole:
                return await self._send(reply, None, sender, _KEPT_10_SECONDS)
            answer = Kept(*reply.head, await reply.read())
        headers = {} if answer.status != 200 else _KEPT_10_SECONDS
        if answer.status == 200 and request.method != "POST":
            etag = f'"{blake2b(answer.body + answer.type.encode(), digest_size=12).hexdigest()}"'
            headers = {**headers, "ETag": etag}
            if known := sender.known_tag(etag):
                return sender.not_modified({**headers, "ETag": known})
            sender.is_known = (request.header(b"if-none-match") or "").strip() == "*"
        await self._send_whole(answer, None, sender, headers)

    async def _send(self, reply: Reply, key: str | None, sender: Sender, headers: Headers) -> None:
        """Send the reply of a worker, cache it under `key` unless that is None, and close it.

        If it is truncated, which is logged, `sender.cut` is set and nothing is raised. `key` and
        `headers` are dropped if the data were reloaded meanwhile, and `headers` are sent with
        status 200 only.
        """
        if reply.generation != self.generation:
            key, headers = None, {}  # the key and headers are those of other data
        headers = headers if reply.head.status == 200 else {}
        try:
            if reply.is_whole:
                answer = Kept(*reply.head, await reply.read())
                if key is not None:
                    self.cache.keep(key, answer)
                await self._send_whole(answer, key, sender, headers)
            else:
                await self._send_pieces(reply, key, sender, headers)
        except Cut as cut:
            sender.cut = True  # and the connection is closed without an end
            log.warning("%s: %s", sender.request.id, cut)
        finally:
            reply.close()

    async def _send_whole(
        self, answer: Kept, key: str | None, sender: Sender, headers: Headers
    ) -> None:
        """Send a whole reply, compressed if the client wants that and it suits the reply.

        The compressed reply is cached too, unless `key`, that of the plain one, is None. A large
        body is compressed in a thread, so that other requests go on.
        """
        coding = sender.coding
        if coding is not None and coding.suits(answer.type, len(answer.body)):
            encoded = None if key is None else self.cache.get((key, coding.name))
            if encoded is None:
                is_large = len(answer.body) > CHUNK
                body = (
                    await asyncio.to_thread(coding.compressed, answer.body)
                    if is_large
                    else coding.compressed(answer.body)
                )
                encoded = answer._replace(body=body)
                if key is not None:
                    self.cache.keep((key, coding.name), encoded)
            answer, headers = encoded, sender.encoded_headers(headers)
        sender.whole(answer, headers)

    async def _send_pieces(
        self, reply: Reply, key: str | None, sender: Sender, headers: Headers
    ) -> None:
        """Send the reply of a worker piece by piece; cache it at the end if it is not too large.

        `key` is that of the cache, None to cache nothing. Requests that wait for the same reply
        wait for one second at most. Raises `Cut` if the reply is truncated.
        """
        if key is not None:  # others do not wait until this client has read it all
            asyncio.get_running_loop().call_later(1, self.cache.end, key)
        status, type, own_headers = reply.head
        sender.stream(status, type, {**own_headers, **headers})
        pieces: list[bytes] | None = None if key is None else []
        size = 0
        async for piece in reply:
            size += len(piece)
            if pieces is not None:
                pieces.append(piece)
                pieces = pieces if size <= LARGEST else None
            await sender.piece(piece)
        sender.end()
        if key is not None and pieces is not None and reply.generation == self.generation:
            self.cache.keep(key, Kept(*reply.head, b"".join(pieces)))


def _access_log_line(request: Request, route: str, sender: Sender, seconds: float) -> str:
    """Return the line of the access log for a request, as JSON; `seconds` is how long it took.

    It does not have the parameters, as they may be about a person.
    """
    return json.dumps(
        {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "id": request.id,
            "client": request.client,
            "method": request.method,
            "path": request.path[:500],
            "route": route,
            "status": sender.status,
            "bytes": sender.size,
            "cut": sender.cut,
            "ms": round(seconds * 1000, 2),
        }
    )
