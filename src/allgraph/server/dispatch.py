"""What a request asks for: its route, and which task answers it with which arguments."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from allgraph.errors import UnknownFormat, UnknownName
from allgraph.linkeddata import profiles, routes
from allgraph.linkeddata.routes import HTML, JSON, RDF, TEXT, Route
from allgraph.model import addresses
from allgraph.rdf import formats
from allgraph.server.api import UTF_8
from allgraph.server.http import sparql_protocol
from allgraph.server.http.cache import Kept
from allgraph.server.http.metrics import Rates
from allgraph.server.http.negotiation import (
    choose,
    choose_profile,
    media_types,
    unavailable,
    wanted,
)
from allgraph.server.http.problems import Problem
from allgraph.server.request import Pairs, Receive, Rejected, Request, only, rejected
from allgraph.server.sender import READ, methods_at
from allgraph.server.settings import Settings
from allgraph.site import assets
from allgraph.site.webserver_config import WORKER_POLICY

_SPARQL = routes.BY_NAME["sparql"].path
_OF_PAGES = {
    route.top for route in routes.ROUTES if HTML in route.types and route.handler != "thing"
}
"""The first parts of the paths of pages, after which a slash makes no difference."""
_IRI = routes.BY_NAME["thing"]
"""The route of a path that may be an IRI of the graph."""
_RESERVED = {
    route.top: route
    for route in routes.ROUTES
    if route.handler in ("page", "document") and route.top not in addresses.WHOLE
}
"""The first parts of paths below which no IRI of the graph is looked for, each with a route."""
_DESCRIPTIONS = (*media_types("triples"), HTML)
_ANSWERS = (*media_types("rows"), *media_types("triples"), HTML, TEXT)
_FORMATS = {"html": HTML, "text": TEXT, "txt": TEXT, "json": JSON, HTML: HTML, TEXT: TEXT}
_CHANGING = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID)\s*\(")
"""Calls in a query that give another value each time."""


@dataclass
class TaskCall:
    """A call of a task, or a reply that is ready without one; `route` is its name in the log."""

    route: str
    task: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    ready: Kept | None = None
    is_cached: bool = True
    is_lasting: bool = False  # its address has a digest of its content


Values = Mapping[str, str]
Handler = Callable[["Dispatch", Request, Route, Values], TaskCall]


class Dispatch:
    """Finds what answers a request.

    `about` is what the server process knows of the graph. `own` are the handlers of what it knows
    of itself, by their names.
    """

    def __init__(self, settings: Settings, own: Mapping[str, Callable[[], TaskCall]]) -> None:
        self.settings = settings
        self.about: Mapping[str, Any] = {}
        self._own = own
        self._rates = Rates(settings.rate)

    async def call_for(self, request: Request, receive: Receive) -> TaskCall:
        """What a request asks for, or the problem that it is."""
        if seconds := self._rates.wait(request.client):
            after = {"Retry-After": str(int(seconds) + 1)}
            raise rejected("rate", "too many requests; ask again later", "rate", after)
        if request.method == "OPTIONS":
            allowed = Kept(204, "", {"Allow": methods_at(request.path)}, b"")
            return TaskCall("options", ready=allowed, is_cached=False)
        if request.path == _SPARQL:
            return await self._sparql(request, receive)
        if request.method not in ("GET", "HEAD"):
            raise rejected("method", f"this address takes {READ}", headers={"Allow": READ})
        if len(request.query) > sparql_protocol.RequestLimits().address:
            raise rejected("too-long", "the address is too long", "address")
        return self._without_slash(request) or self._at_route(request)

    def _without_slash(self, request: Request) -> TaskCall | None:
        """The redirect from a page with a slash after it, as servers of files have it."""
        path = request.path
        if not path.endswith("/") or "//" in path or path in ("/", "/page/"):
            return None
        if path[1:].partition("/")[0] not in _OF_PAGES:
            return None
        place = self.about["root"] + path.rstrip("/")
        place += f"?{request.query.decode('latin-1')}" if request.query else ""
        return TaskCall("moved", ready=Kept(301, "", {"Location": place}, b""))

    def _at_route(self, request: Request) -> TaskCall:
        """What is at the path of a request; where the table has no route it may be an IRI."""
        match = routes.find(request.path)
        if match is None or not match[0].handler:
            top = request.path[1:].partition("/")[0]
            match = _RESERVED.get(top, _IRI), {}
        route, values = match
        if route.handler in self._own:
            return self._own[route.handler]()
        return HANDLERS.get(route.handler, Dispatch._task)(self, request, route, values)

    # ---- SPARQL

    async def _sparql(self, request: Request, receive: Receive) -> TaskCall:
        """A query, in the address or the body; without one the description of the endpoint."""
        body = await self._body(receive) if request.method == "POST" else b""
        asked = sparql_protocol.read(
            request.method,
            request.query,
            request.header(b"content-type"),
            body,
            limits=sparql_protocol.RequestLimits(body=self.settings.body),
        )
        if isinstance(asked, Problem):
            raise Rejected(asked)
        accept = request.header(b"accept")
        if isinstance(asked, sparql_protocol.Describe):
            return self._service(accept, asked.format)
        arguments = {
            "text": asked.query,
            "types": wanted(accept, asked.format),
            "default_graphs": asked.default_graphs,
            "named_graphs": asked.named_graphs,
            "rows": self.settings.rows,
            "bytes": self.settings.size,
            "allow_service": self.settings.allow_service,
        }
        return TaskCall("sparql", "query", arguments, is_cached=not _changes(asked.query))

    def _service(self, accept: str | None, format: str | None) -> TaskCall:
        """The description of the endpoint; a browser goes to the page to write a query."""
        if format is None:
            type = choose(accept, _DESCRIPTIONS)
        elif (types := wanted(None, format)) and "triples" in types:
            type = types["triples"]
        else:
            raise unavailable("triples")
        if type == HTML:
            place = {"Location": f"{self.about['root']}{routes.BY_NAME['query-page'].path}"}
            ready = Kept(303, TEXT + UTF_8, place, b"Write the query there.\n")
            return TaskCall("moved", ready=ready, is_cached=False)
        allow = bool(self.settings.allow_service)
        return TaskCall("service", "service", {"type": type, "allow_service": allow})

    async def _body(self, receive: Receive) -> bytes:
        """The body of a request, no longer than it may be."""
        pieces, size = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise asyncio.CancelledError
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self.settings.body:
                detail = f"a request may have {self.settings.body:,} bytes"
                raise rejected("too-large", detail, "body")
            if not message.get("more_body"):
                return b"".join(pieces)

    # ---- Handlers

    def _task(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The task of the same name, which gets the values in the path."""
        return TaskCall(route.handler, route.handler, values)

    def _page(self, request: Request, route: Route, values: Values) -> TaskCall:
        """A page, whose path may be percent-encoded in any way."""
        match = routes.find(unquote(request.path))
        if match is None:
            raise UnknownName(f"there is nothing at {request.path}")
        route, values = match
        return TaskCall("page", "page", {"route": route.name, "values": values})

    def _home(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The first page, or what it is about as JSON."""
        if _type(request, route.types, request.pairs()) == HTML:
            return TaskCall("home", "page", {"route": route.name, "values": values})
        names = ("title", "version", "licence", "base", "questions")
        known = {name: self.about[name] for name in names}
        known["version"] = known["version"] or None
        return TaskCall("home", ready=Kept(200, JSON, {}, json.dumps(known).encode()))

    def _search(self, request: Request, route: Route, values: Values) -> TaskCall:
        """What tells the script of the pages to search here, and not in an index."""
        return TaskCall("search", ready=Kept(200, JSON, {}, b'{"mode":"live"}'))

    def _asset(self, request: Request, route: Route, values: Values) -> TaskCall:
        """A stylesheet, script or icon of the pages."""
        asset = assets.named(values["file"])
        if asset is None:
            return self._document(request, _IRI, {})
        is_worker = asset == assets.asset(assets.WORKER)
        headers = {"Content-Security-Policy": WORKER_POLICY} if is_worker else {}
        ready = Kept(200, asset.media_type, headers, asset.content)
        return TaskCall("asset", ready=ready, is_lasting=True)

    def _description(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The dataset as VoID or DCAT, in the format of the suffix or as negotiated."""
        if "suffix" in values:
            type = formats.named(values["suffix"]).media_type.partition(";")[0]
        else:
            type = _type(request, route.types, request.pairs())
        return TaskCall(route.handler, route.handler, {"type": type})

    def _answer(self, request: Request, route: Route, values: Values) -> TaskCall:
        """Something that can be asked of any graph, by the parameters of the request."""
        pairs = request.pairs()
        type = _type(request, route.types, pairs)
        rest = [pair for pair in pairs if pair[0] != "format"]
        return TaskCall(route.name, "answer", {"route": route.name, "pairs": rest, "type": type})

    def _question(self, request: Request, route: Route, values: Values) -> TaskCall:
        """A question of the graph: its page, or its answer as text or in another type."""
        name, pairs = unquote(values["question"]), request.pairs()
        accept, format = request.header(b"accept"), _format(pairs)
        shown = _FORMATS.get(format, "") if format else choose(accept, _ANSWERS)
        shown = shown if shown in (HTML, TEXT) else ""
        types = {} if shown else wanted(accept, format)
        rest = [pair for pair in pairs if pair[0] != "format" and (pair[1] or shown != HTML)]
        if shown == HTML:
            arguments = {"question": name, "pairs": rest, "is_asked": bool(pairs)}
            return TaskCall("ask-question", "question", arguments)
        arguments = {"question": name, "pairs": rest, "types": types, "shown": shown}
        return TaskCall("ask-question", "ask", arguments)

    # ---- Documents and their profiles

    def _document(self, request: Request, route: Route, values: Values) -> TaskCall:
        """A document in a profile (task ``document``), or the redirect to it (``thing``)."""
        task = route.handler
        named = {"_mediatype": "format"}  # as content negotiation by profile has it
        pairs = [(named.get(name, name), value) for name, value in request.pairs()]
        profile = self._profile(request, pairs)
        arguments = {"path": request.path, "type": ""}
        suffix = addresses.suffix_of(request.path)
        if profile != profiles.FULL:
            arguments["profile"] = profile
        if profile == profiles.LIST:
            return TaskCall(task, "listed" if task == "document" else task, arguments)
        if profile != profiles.FULL and suffix == addresses.TABLE and task == "document":
            raise UnknownFormat(f"only the profile {profiles.FULL} is there as a table")
        if not suffix or task == "thing":
            offered = (HTML, *RDF) if profile == profiles.FULL else RDF
            arguments["type"] = _type(request, offered, pairs)
        return TaskCall(task, task, arguments)

    def _profile(self, request: Request, pairs: Pairs) -> str:
        """The profile that the address asks for, or else the header."""
        known = self.about["profiles"]
        name = only("_profile", pairs)
        if name == profiles.LIST:
            return profiles.LIST
        asked = name if name is not None else request.header(b"accept-profile") or ""
        profile = choose_profile(asked, known)
        if profile is not None:
            return profile
        if name is not None:
            raise profiles.unknown(name, [*known, f"{profiles.LIST} for a list"])
        listed = ", ".join(f"<{iri}>" for iri in known.values())
        raise rejected("profile", f"no profile that is accepted is there; there are {listed}")


HANDLERS: Mapping[str, Handler] = {
    "answer": Dispatch._answer,
    "asset": Dispatch._asset,
    "catalog": Dispatch._description,
    "document": Dispatch._document,
    "home": Dispatch._home,
    "page": Dispatch._page,
    "question": Dispatch._question,
    "search": Dispatch._search,
    "thing": Dispatch._document,
    "void": Dispatch._description,
}
"""What answers at the routes with each handler; for others it is the task of the same name."""


def _type(request: Request, offered: Sequence[str], pairs: Pairs) -> str:
    """The media type to answer in, of those offered."""
    format = _format(pairs)
    if format is None:
        return choose(request.header(b"accept"), offered)
    format = format.replace(" ", "+")  # a plus that was not encoded
    type = _FORMATS.get(format, format)
    if type not in offered and format in formats.NAMES:
        type = formats.NAMES[format].media_type.partition(";")[0]
    if type not in offered:
        raise UnknownFormat(f"“{format}” is not there; there are {', '.join(offered)}")
    return type


def _format(pairs: Pairs) -> str | None:
    """The format that the parameters name, in small letters."""
    format = only("format", pairs)
    return None if format is None else format.lower()


def _changes(query: str) -> bool:
    """Whether the answer to a query may be another each time."""
    folded = query.upper()
    may_change = "NOW" in folded or "RAND" in folded or "UUID" in folded  # faster than a search
    return may_change and _CHANGING.search(folded) is not None
