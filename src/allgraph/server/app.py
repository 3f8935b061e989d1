"""The server: an ASGI application that reads requests, and hands the work to a pool.

It is written against ASGI itself, for there is little between a request and a call: which task,
with which arguments, in which type.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache, partial
from hashlib import blake2b
from html import escape
from secrets import token_hex
from typing import Any
from urllib.parse import unquote

from allgraph.errors import (
    AllgraphError,
    EngineError,
    EngineTimeout,
    ParameterError,
    QueryError,
    UnknownFormat,
    UnknownName,
)
from allgraph.linkeddata import profiles, routes
from allgraph.linkeddata.routes import HTML, JSON, RDF, TEXT, Route
from allgraph.model import addresses
from allgraph.rdf import formats
from allgraph.server.api import UTF_8, given_twice
from allgraph.server.http import problems, sparql_protocol
from allgraph.server.http.cache import LARGEST, Cache, Kept
from allgraph.server.http.metrics import Meters, Rates
from allgraph.server.http.negotiation import (
    choose,
    choose_profile,
    media_types,
    unavailable,
    wanted,
)
from allgraph.server.http.problems import Problem
from allgraph.server.settings import Settings
from allgraph.server.state import DETAIL, TITLE, load
from allgraph.server.tasks import TASKS
from allgraph.server.workers import wire
from allgraph.server.workers.pool import Busy, Pool, Reply
from allgraph.server.workers.wire import Cut
from allgraph.site import assets
from allgraph.site.webserver_config import POLICY, WORKER_POLICY

log = logging.getLogger("allgraph")
access = logging.getLogger("allgraph.access")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

READ = "GET, HEAD, OPTIONS"
_DESCRIPTIONS = (*media_types("triples"), HTML)
_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"Accept, Accept-Profile, Origin"),
)  # fmt: skip
_EXPOSED = b"Allow, Content-Profile, ETag, Link, Location, Retry-After, X-Request-Id"
_SENT = b"Accept, Accept-Profile, Content-Type, If-Modified-Since, If-None-Match, X-Request-Id"
_CHANGING = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID)\s*\(")
"""Calls in a query that give another value each time."""
_OF_304 = ("ETag", "Last-Modified", "Cache-Control")
_PROBLEMS = (problems.MEDIA_TYPE, JSON, HTML)
_SPARQL = routes.BY_NAME["sparql"].path
_OF_PAGES = {
    route.top for route in routes.ROUTES if HTML in route.types and route.handler != "thing"
}
"""The first parts of the paths of pages, after which a slash makes no difference."""
_RESERVED = {
    route.top: route.handler
    for route in routes.ROUTES
    if route.handler in ("page", "document") and route.top not in addresses.WHOLE
}
"""The first parts of paths below which no IRI of the graph is looked for."""
_OF_WORKER = {"Content-Security-Policy": WORKER_POLICY}
_SHORT = {"Cache-Control": "public, max-age=10, must-revalidate"}
_LASTING = {"Cache-Control": "public, max-age=31536000, immutable"}
_PATIENCE = 30.0  # seconds that a client may take to read a piece of an answer
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NAMES = {"html": HTML, "text": TEXT, "txt": TEXT, "json": JSON, HTML: HTML, TEXT: TEXT}


@dataclass(frozen=True)
class Request:
    """What a client asks: `path` is as it came, percent-encoded."""

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    client: str
    id: str

    def text(self, name: bytes) -> str | None:
        """A header as text."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the address, or `ParameterError`."""
        found = sparql_protocol.parameters(self.query, sparql_protocol.RequestLimits(fields=100))
        if isinstance(found, Problem):
            raise ParameterError(found.detail)
        return found

    def is_known(self, modified: int) -> bool:
        """Whether the client has any answer, or one since what is there was modified."""
        known, since = self.text(b"if-none-match"), self.text(b"if-modified-since")
        if known is not None or since is None:
            return known is not None and known.strip() == "*"
        try:
            return parsedate_to_datetime(since).timestamp() >= modified
        except (ValueError, OverflowError):
            return False


@dataclass
class Asked:
    """A call of a task, or what is known without one."""

    route: str
    task: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    ready: Kept | None = None
    is_cached: bool = True
    is_lasting: bool = False  # its address has a digest of its content


class App:
    """The application of a server with some settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pool = Pool(
            partial(
                load,
                settings.folder,
                settings.home,
                settings.include_sensitive,
                settings.endpoint,
                settings.seconds,
            ),
            TASKS,
            workers=settings.workers,
            seconds=settings.seconds,
            memory=settings.memory,
            size=settings.size,
        )
        self.cache = Cache(settings.cache)
        self.meters = Meters(settings.process)
        self.rates = Rates(settings.rate)
        self.has_endpoint = settings.endpoint is not None
        self.about: dict[str, Any] = {}
        self.generation = 0
        self.failed: AllgraphError | None = None  # why the server could not start
        self._stamp = b""
        self._fresh: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        headers = _headers(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request = Request(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"],
            headers,
            scope["client"][0] if scope.get("client") else "",
            given.decode() if _ID.fullmatch(given) else token_hex(8),
        )
        task = asyncio.current_task()
        if task is not None:
            scope["gone"] = task.cancel
        sender = _Sender(request, send, self._always(request), self.about)
        route = "none"
        try:
            asked = await self._asked(request, receive)
            route = asked.route
            await self._answered(request, asked, sender)
        except AllgraphError as error:
            await sender.problem(self._problem(request, route, error))
        except _Refused as refused:
            await sender.problem(refused.problem)
        except asyncio.CancelledError:
            sender.status = sender.status or 499
            if not self._is_gone(scope):
                raise
        finally:
            scope.pop("gone", None)
            seconds = time.perf_counter() - started
            sender.status = sender.status or 500  # what uvicorn answers to a mistake of ours
            self.meters.took(route, sender.status, seconds)
            if access.isEnabledFor(logging.INFO):
                access.info(_line(request, route, sender, seconds))

    def _problem(self, request: Request, route: str, error: AllgraphError) -> Problem:
        """What goes wrong, as a client may know it; of an endpoint the log tells more."""
        is_ours = isinstance(error, QueryError) and route != "sparql"  # and yet refused there
        if self.has_endpoint and (is_ours or type(error) in (EngineError, EngineTimeout)):
            log.warning("%s: %s", request.id, error)
            error = EngineError(error.message) if is_ours else error
        return problems.problem_of(error, has_endpoint=self.has_endpoint)

    @staticmethod
    def _is_gone(scope: Scope) -> bool:
        """Whether it was the client that went away, and not the server that stops."""
        return "gone" in scope

    # ---- Start, stop, and data that has changed

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self.reload()))
        try:
            await self.pool.start()
            await self._learn()
        except AllgraphError as error:
            self.failed = error
            await send({"type": "lifespan.startup.failed"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def reload(self) -> None:
        """Load the data again; if that fails, the old data stays."""
        try:
            await self.pool.reload()
            await self._learn()
        except AllgraphError as error:
            log.error("the data stays as it was: %s", error)

    async def _learn(self) -> None:
        reply = await self.pool.call("about", {}, seconds=600)
        self._know(json.loads(await reply.read()))
        self.generation = reply.generation
        self.cache.clear()
        version = self.about["version"][:12] or "that of its endpoint"
        log.info("serving %s, version %s", self.about["title"], version)

    def _know(self, about: dict[str, Any]) -> None:
        """Take in what is told of the data; answers of other data have other tags."""
        self.about = about
        from importlib.metadata import version

        made_by = (version("allgraph"), self.settings.home, about["version"])
        self._stamp = blake2b(repr(made_by).encode(), digest_size=32).digest()
        self._fresh = {} if self.has_endpoint else {
            "Last-Modified": formatdate(about["modified"], usegmt=True),
            "Cache-Control": "public, max-age=60, must-revalidate",
        }  # fmt: skip

    # ---- What is asked

    async def _asked(self, request: Request, receive: Receive) -> Asked:
        """What a request asks for, by its route."""
        wait = self.rates.wait(request.client)
        if wait:
            after = {"Retry-After": str(int(wait) + 1)}
            raise _refused("rate", "too many requests; ask again later", "rate", after)
        if request.path == _SPARQL:
            return await self._sparql(request, receive)
        if request.method == "OPTIONS":
            return Asked("options", ready=Kept(204, "", {"Allow": READ}, b""), is_cached=False)
        if request.method not in ("GET", "HEAD"):
            raise _refused("method", f"this address takes {READ}", headers={"Allow": READ})
        if len(request.query) > sparql_protocol.RequestLimits().address:
            raise _refused("too-long", "the address is too long", "address")
        return self._without_slash(request) or self._routed(request)

    def _without_slash(self, request: Request) -> Asked | None:
        """Where a page is whose path ends in a slash, as servers of files have it."""
        path = request.path
        top, _, rest = path[1:].partition("/")
        is_first = not rest and top in ("", "page")
        if not path.endswith("/") or "//" in path or is_first or top not in _OF_PAGES:
            return None
        place = self.about["root"] + path.rstrip("/")
        place += f"?{request.query.decode('latin-1')}" if request.query else ""
        return Asked("moved", ready=Kept(301, "", {"Location": place}, b""))

    def _routed(self, request: Request) -> Asked:
        """What a request asks for by the table of routes; elsewhere it may name an IRI."""
        match = routes.find(request.path)
        if match is not None and match[0].handler:
            route, values = match
            return _HANDLERS.get(route.handler, App._task)(self, request, route, values)
        handler = _RESERVED.get(request.path[1:].partition("/")[0], "thing")
        return self._page(request) if handler == "page" else self._document(request, handler)

    async def _sparql(self, request: Request, receive: Receive) -> Asked:
        if request.method == "OPTIONS":
            allowed = {"Allow": sparql_protocol.METHODS}
            return Asked("options", ready=Kept(204, "", allowed, b""), is_cached=False)
        body = await self._body(receive) if request.method == "POST" else b""
        limits = sparql_protocol.RequestLimits(body=self.settings.body)
        found = sparql_protocol.read(
            request.method, request.query, request.text(b"content-type"), body, limits=limits
        )
        if isinstance(found, Problem):
            raise _Refused(found)
        accept = request.text(b"accept")
        if isinstance(found, sparql_protocol.Describe):
            if found.format is None and choose(accept, _DESCRIPTIONS) == HTML:
                place = {"Location": f"{self.about['root']}/query"}
                ready = Kept(303, TEXT + UTF_8, place, b"Write the query there.\n")
                return Asked("moved", ready=ready, is_cached=False)
            type = _triples(accept, found.format)
            allow = bool(self.settings.allow_service)
            return Asked("service", "service", {"type": type, "allow_service": allow})
        settings = self.settings
        arguments = {
            "text": found.query,
            "types": wanted(accept, found.format),
            "default_graphs": found.default_graphs,
            "named_graphs": found.named_graphs,
            "rows": settings.rows,
            "bytes": settings.size,
            "allow_service": settings.allow_service,
        }
        return Asked("sparql", "query", arguments, is_cached=not _changes(found.query))

    async def _body(self, receive: Receive) -> bytes:
        pieces, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise asyncio.CancelledError
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self.settings.body:
                detail = f"a request may have {self.settings.body:,} bytes"
                raise _refused("too-large", detail, "body")
            if not message.get("more_body"):
                return b"".join(pieces)

    def _task(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        """The task of the same name, which gets the values in the path."""
        return Asked(route.handler, route.handler, values)

    def _page(self, request: Request) -> Asked:
        """A page, whose path may be percent-encoded in any way."""
        match = routes.find(unquote(request.path))
        if match is None:
            raise UnknownName(f"there is nothing at {request.path}")
        route, values = match
        return Asked("page", "page", {"route": route.name, "values": values})

    def _answer(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        pairs = request.pairs()
        type = self._type(request, route.types, pairs)
        rest = [pair for pair in pairs if pair[0] != "format"]
        return Asked(route.name, "answer", {"route": route.name, "pairs": rest, "type": type})

    def _question(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        name, pairs = unquote(values["question"]), request.pairs()
        format = _format(pairs)
        shown, types = "", {}
        if format is not None and _NAMES.get(format) in (HTML, TEXT):
            shown = _NAMES[format]
        else:
            offered = [*media_types("rows"), *media_types("triples"), HTML, TEXT]
            shown = "" if format else choose(request.text(b"accept"), offered)
            if shown not in (HTML, TEXT):
                shown, types = "", wanted(request.text(b"accept"), format)
        rest = [pair for pair in pairs if pair[0] != "format" and (pair[1] or shown != HTML)]
        if shown == HTML:
            arguments = {"question": name, "pairs": rest, "is_asked": bool(pairs)}
            return Asked("ask-question", "question", arguments)
        arguments = {"question": name, "pairs": rest, "types": types, "shown": shown}
        return Asked("ask-question", "ask", arguments)

    def _document(self, request: Request, task: str) -> Asked:
        """A document in a profile, or the way to it."""
        named = {"_mediatype": "format"}  # as content negotiation by profile has it
        pairs = [(named.get(name, name), value) for name, value in request.pairs()]
        profile = self._profile(request, pairs)
        arguments = {"path": request.path, "type": ""}
        suffix = addresses.suffix_of(request.path)
        if profile == profiles.LIST:
            return Asked(task, "listed" if task == "document" else task,
                         {**arguments, "profile": profile})  # fmt: skip
        if profile != profiles.FULL:
            arguments["profile"] = profile
            if suffix == addresses.TABLE and task == "document":
                raise UnknownFormat(f"only the profile {profiles.FULL} is there as a table")
        if not suffix or task == "thing":
            offered = (HTML, *RDF) if profile == profiles.FULL else RDF
            arguments["type"] = self._type(request, offered, pairs)
        return Asked(task, task, arguments)

    def _profile(self, request: Request, pairs: list[tuple[str, str]]) -> str:
        """The profile that the address asks for, or else the header."""
        known = self.about["profiles"]
        said = [value for name, value in pairs if name == "_profile"]
        if len(said) > 1:
            raise given_twice("_profile")
        if said:
            if said[0] == profiles.LIST:
                return profiles.LIST
            found = choose_profile(said[0], known)
            if found is None:
                raise profiles.unknown(said[0], [*known, f"{profiles.LIST} for a list"])
            return found
        found = choose_profile(request.text(b"accept-profile") or "", known)
        if found is None:
            listed = ", ".join(f"<{iri}>" for iri in known.values())
            raise _refused("profile", f"no profile that is accepted is there; there are {listed}")
        return found

    def _type(
        self, request: Request, offered: tuple[str, ...], pairs: list[tuple[str, str]] | None = None
    ) -> str:
        """The media type to answer in, of those offered."""
        format = _format(request.pairs() if pairs is None else pairs)
        if format is None:
            return choose(request.text(b"accept"), offered)
        format = format.replace(" ", "+")  # a plus that was not encoded
        found = _NAMES.get(format, format)
        known = formats.NAMES.get(format)
        if found not in offered and known is not None:
            found = known.media_type.partition(";")[0]
        if found not in offered:
            raise UnknownFormat(f"“{format}” is not there; there are {', '.join(offered)}")
        return found

    def _home(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        if self._type(request, route.types) == HTML:
            return Asked("home", "page", {"route": "home", "values": {}})
        told = {k: self.about[k] for k in ("title", "version", "licence", "base", "questions")}
        told["version"] = told["version"] or None
        return Asked("home", ready=Kept(200, JSON, {}, json.dumps(told).encode()))

    def _search(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        return Asked("search", ready=Kept(200, JSON, {}, b'{"mode":"live"}'))

    def _asset(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        asset = assets.named(values["file"])
        if asset is None:
            return self._document(request, "thing")
        own = _OF_WORKER if asset == assets.asset(assets.WORKER) else {}
        ready = Kept(200, asset.media_type, own, asset.content)
        return Asked("asset", ready=ready, is_lasting=True)

    def _health(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        status = self.pool.status()
        told = {"status": "ok" if status.zygote else "loading",
                "version": self.about["version"] or None,
                "workers": len(status.workers), "waiting": status.waiting}  # fmt: skip
        if self.has_endpoint and status.zygote:
            return Asked("health", "health", {"told": told}, is_cached=False)
        ready = Kept(200 if status.zygote else 503, JSON, {}, json.dumps(told).encode())
        return Asked("health", ready=ready, is_cached=False)

    def _metrics(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        status, cache = self.pool.status(), self.cache
        gauges = {
            "allgraph_workers": len(status.workers), "allgraph_workers_busy": status.busy,
            "allgraph_workers_deaths": status.deaths, "allgraph_calls_waiting": status.waiting,
            "allgraph_cache_bytes": cache.held, "allgraph_cache_hits": cache.hits,
            "allgraph_cache_misses": cache.misses, "allgraph_data_generation": self.generation,
        }  # fmt: skip
        text = self.meters.text(gauges).encode()
        ready = Kept(200, "text/plain; version=0.0.4; charset=utf-8", {}, text)
        return Asked("metrics", ready=ready, is_cached=False)

    def _description(self, request: Request, route: Route, values: dict[str, str]) -> Asked:
        """VoID or DCAT, in the format of the suffix or as negotiated."""
        if "suffix" in values:
            type = formats.named(values["suffix"]).media_type.partition(";")[0]
        else:
            type = self._type(request, route.types)
        return Asked(route.handler, route.handler, {"type": type})

    # ---- The answer

    async def _answered(self, request: Request, asked: Asked, sender: _Sender) -> None:
        ready = asked.ready
        if not asked.is_cached:
            headers = {"Cache-Control": "no-store"}
            if ready is not None:
                return await sender.whole(ready, headers)
            reply = await self.pool.call(asked.task, asked.arguments, client=request.client)
            return await self._sent(reply, None, sender, headers)
        if self.has_endpoint and not asked.is_lasting:
            return await self._current(request, asked, sender)
        said = wire.to_json(asked.arguments)
        # By a digest, for a query may be a thousand times as long as its answer.
        what = b"%b %b %b" % (asked.task.encode(), said, ready.body if ready else b"")
        key = blake2b(what, digest_size=12, key=self._stamp).hexdigest()
        headers = {"Cache-Control": "no-store"}
        if request.method != "POST":
            etag = f'"{key}"'
            headers = {**self._fresh, "ETag": etag, **(_LASTING if asked.is_lasting else {})}
            if _matches(request.text(b"if-none-match") or "", etag):
                return await sender.whole(Kept(304, "", {}, b""), headers)
            sender.is_known = request.is_known(int(self.about["modified"] or 0))
        kept = ready or await self.cache.awaited(key)
        if kept is not None:
            return await sender.whole(kept, headers)
        self.cache.begin(key)
        try:
            reply = await self.pool.call(asked.task, said, client=request.client)
            await self._sent(reply, key, sender, headers)
        except AllgraphError as error:
            self.cache.end(key, None if isinstance(error, Busy) else error)
            raise
        finally:
            self.cache.end(key)

    async def _current(self, request: Request, asked: Asked, sender: _Sender) -> None:
        """Answer from data that others may change: nothing is kept, and its tag is the answer's."""
        answer = asked.ready
        if answer is None:
            reply = await self.pool.call(asked.task, asked.arguments, client=request.client)
            if not reply.is_whole:
                return await self._sent(reply, None, sender, _SHORT)
            head = reply.head
            answer = Kept(head["status"], head["type"], dict(head["headers"]), await reply.read())
        headers = {} if answer.status != 200 else _SHORT
        if answer.status == 200 and request.method != "POST":
            etag = f'"{blake2b(answer.body + answer.type.encode(), digest_size=12).hexdigest()}"'
            headers = {**headers, "ETag": etag}
            known = request.text(b"if-none-match") or ""
            if known.strip() == "*" or _matches(known, etag):
                return await sender.whole(Kept(304, "", {}, b""), headers)
        await sender.whole(answer, headers)

    async def _sent(
        self, reply: Reply, key: str | None, sender: _Sender, headers: dict[str, str]
    ) -> None:
        """Send what a worker answers, and keep it under a key if there is one."""
        head = reply.head
        status, type, own = head["status"], head["type"], dict(head["headers"])
        if reply.generation != self.generation:
            key, headers = None, {}  # the key and headers are those of other data
        headers = headers if status == 200 else {}
        try:
            if reply.is_whole:
                answer = Kept(status, type, own, await reply.read())
                if key is not None:
                    self.cache.keep(key, answer)
                return await sender.whole(answer, headers)
            if key is not None:  # others do not wait until this client has read it all
                asyncio.get_running_loop().call_later(1, self.cache.end, key)
            await sender.begin(status, type, {**own, **headers})
            pieces: list[bytes] | None = None if key is None else []
            size = 0
            async for piece in reply.chunks:
                size += len(piece)
                if pieces is not None:
                    pieces.append(piece)
                    pieces = pieces if size <= LARGEST else None
                await sender.piece(piece)
            await sender.end()
            if key is not None and pieces is not None and reply.generation == self.generation:
                self.cache.keep(key, Kept(status, type, own, b"".join(pieces)))
        except Cut as cut:
            sender.cut = True  # and the connection is closed without an end
            log.warning("%s: %s", sender.request.id, cut)
        except TimeoutError:
            sender.cut = True
        finally:
            reply.close()

    def _always(self, request: Request) -> list[tuple[bytes, bytes]]:
        """The headers of every reply."""
        found = [*_SAFE, (b"x-request-id", request.id.encode())]
        origin = request.headers.get(b"origin")
        if origin is not None:
            allowed = self.settings.cors
            if "*" in allowed or origin.decode("latin-1") in allowed:
                found += [
                    (b"access-control-allow-origin", b"*" if "*" in allowed else origin),
                    (b"access-control-expose-headers", _EXPOSED),
                ]
                if request.method == "OPTIONS":
                    methods = sparql_protocol.METHODS if request.path == _SPARQL else READ
                    found += [
                        (b"access-control-allow-methods", methods.encode()),
                        (b"access-control-allow-headers", _SENT),
                        (b"access-control-max-age", b"86400"),
                    ]
        return found


_HANDLERS: Mapping[str, Callable[[App, Request, Route, dict[str, str]], Asked]] = {
    "answer": App._answer,
    "asset": App._asset,
    "catalog": App._description,
    "document": lambda app, request, route, values: app._document(request, "document"),
    "health": App._health,
    "home": App._home,
    "metrics": App._metrics,
    "page": lambda app, request, route, values: app._page(request),
    "question": App._question,
    "search": App._search,
    "thing": lambda app, request, route, values: app._document(request, "thing"),
    "void": App._description,
}
"""What answers at the routes with each handler; for others it is the task of the same name."""


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def _refused(
    sort: str, detail: str, limit: str | None = None, headers: dict[str, str] | None = None
) -> _Refused:
    """The refusal of a request with a problem."""
    return _Refused(problems.problem(sort, detail, limit=limit, headers=headers))


class _Sender:
    """Sends one reply; of a HEAD request only the head."""

    def __init__(
        self,
        request: Request,
        send: Send,
        always: list[tuple[bytes, bytes]],
        pages: Mapping[str, str],
    ) -> None:
        self.request, self._send, self._always, self._pages = request, send, always, pages
        self.status = self.size = 0
        self.cut = self.is_known = False
        self._is_over = request.method == "HEAD"

    async def whole(self, answer: Kept, headers: Mapping[str, str]) -> None:
        """A reply whose body is here."""
        body = answer.body
        length = {} if answer.status in (204, 304) else {"Content-Length": str(len(body))}
        await self.begin(answer.status, answer.type, {**answer.headers, **headers, **length})
        await self._piece(body, more=False)

    async def problem(self, problem: Problem) -> None:
        """What is wrong, unless an answer has begun, which is then cut."""
        if self.status:
            self.cut = True
            return
        headers = {**problem.headers, "Cache-Control": "no-store"}
        type, body = problems.MEDIA_TYPE, problem.body()
        with suppress(AllgraphError):
            if choose(self.request.text(b"accept"), _PROBLEMS) == HTML:
                type, body = HTML + UTF_8, self._page(problem)
        await self.whole(Kept(problem.status, type, {}, body), headers)

    def _page(self, problem: Problem) -> bytes:
        """The page for a problem; that for what is missing is the same for all addresses."""
        if problem.status == 404:
            return self._pages["missing"].encode()
        found = self._pages["problem"].replace(TITLE, escape(problem.title))
        return found.replace(DETAIL, escape(problem.detail)).encode()

    async def begin(self, status: int, type: str, headers: Mapping[str, str]) -> None:
        """The head; where a client has what would follow, it is told so instead."""
        if status == 200 and self.is_known and "ETag" in headers:
            kept = {name: headers[name] for name in _OF_304 if name in headers}
            status, type, headers, self._is_over = 304, "", kept, True
        self.status = status
        own = {_name(name) for name in headers}
        found = [pair for pair in self._always if pair[0] not in own]
        if type:
            found.append((b"content-type", type.encode("latin-1")))
        found += [(_name(k), _clean(v)) for k, v in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": found})

    async def piece(self, data: bytes) -> None:
        """A piece of the body."""
        if not self._is_over:
            async with asyncio.timeout(_PATIENCE):
                await self._piece(data, more=True)

    async def end(self) -> None:
        """The end of the body."""
        await self._piece(b"", more=False)

    async def _piece(self, data: bytes, *, more: bool) -> None:
        data = b"" if self._is_over else data
        self.size += len(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": more})


@lru_cache
def _name(header: str) -> bytes:
    return header.lower().encode("ascii")


def _clean(value: str) -> bytes:
    """A header's value without what could begin another header."""
    if value.isascii() and value.isprintable():
        return value.encode("ascii")
    return re.sub(r"[^\x20-\x7e]", "", value).encode("ascii")


def _changes(query: str) -> bool:
    """Whether the answer to a query may be another each time."""
    folded = query.upper()
    some = "NOW" in folded or "RAND" in folded or "UUID" in folded  # far faster than to search
    return some and _CHANGING.search(folded) is not None


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in pairs:
        found[name] = found[name] + b", " + value if name in found else value
    return found


def _format(pairs: list[tuple[str, str]]) -> str | None:
    found = [value.lower() for name, value in pairs if name == "format"]
    if len(found) > 1:
        raise given_twice("format")
    return found[0] if found else None


def _triples(accept: str | None, format: str | None) -> str:
    """The media type of triples that is asked for."""
    if format is None:
        return choose(accept, media_types("triples"))
    types = wanted(None, format)
    if "triples" not in types:
        raise unavailable("triples")
    return types["triples"]


def _matches(given: str, etag: str) -> bool:
    return any(each.strip().removeprefix("W/") == etag for each in given.split(","))


def _line(request: Request, route: str, sender: _Sender, seconds: float) -> str:
    """One request as a line of JSON; without its parameters, which may be about somebody."""
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
