"""Dispatch of requests: the route of each, and the task that answers it, with arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlencode

from allgraph.errors import UnknownFormat, UnknownName
from allgraph.linkeddata import profiles, routes
from allgraph.linkeddata.routes import BIBTEX, CSL, HTML, JSON, RDF, RIS, TEXT, Route
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
from allgraph.server.http.problems import Rejected
from allgraph.server.request import Pairs, ReadBody, Request, only
from allgraph.server.sender import READ, methods_at
from allgraph.server.settings import Settings
from allgraph.site import assets, languages
from allgraph.site.webserver_config import WORKER_POLICY

_SPARQL = routes.BY_NAME["sparql"].path
_FIRST_PARTS_OF_PAGES = {
    route.top for route in routes.ROUTES if HTML in route.types and route.handler != "thing"
}
"""The first parts of the paths of pages; a path that begins so may end in a slash."""
_THING_ROUTE = routes.BY_NAME["thing"]
"""The route of a path that is not in the table; it may be an IRI of the graph."""
_RESERVED = {
    route.top: route
    for route in routes.ROUTES
    if route.handler in ("page", "document") and route.top not in addresses.WHOLE
}
"""The first parts of paths below which no IRI of the graph is looked for, each with a route."""
_DESCRIPTION_TYPES = (*media_types("triples"), HTML)
_ANSWER_TYPES = (*media_types("rows"), *media_types("triples"), HTML, TEXT)
_TYPES_BY_FORMAT = {
    "html": HTML, "text": TEXT, "txt": TEXT, "json": JSON, HTML: HTML, TEXT: TEXT,
    "bibtex": BIBTEX, "bib": BIBTEX, "ris": RIS, "csl-json": CSL,
}  # fmt: skip
_VOLATILE_CALL = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID)\s*\(")
"""Calls in a query that give another value each time."""


@dataclass
class TaskCall:
    """A task that a worker is to run with `arguments`, or the reply `ready`, without a worker.

    `task` is a name in `tasks.TASKS`, and `route` the name in the log and the metrics. With
    `is_cached` the reply may be kept in the cache of the server, and gets an ETag.
    """

    route: str
    task: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    ready: Kept | None = None
    is_cached: bool = True
    is_lasting: bool = False  # its address has a digest of its content


Values = Mapping[str, str]
Handler = Callable[["Dispatch", Request, Route, Values], TaskCall]


class Dispatch:
    """Finds the task, or the ready reply, that answers a request; it runs no task itself.

    `about` are the facts of `Served.about`, which the application sets after each load. `own` are
    the handlers that need only the state of the server process, by name.
    """

    def __init__(self, settings: Settings, own: Mapping[str, Callable[[], TaskCall]]) -> None:
        self.settings = settings
        self.about: Mapping[str, Any] = {}  # facts about the graph, by name; set after each load
        self._own = own  # handlers that need only the state of the server process, by name
        self._rates = Rates(settings.rate)

    async def call_for(self, request: Request, read_body: ReadBody) -> TaskCall:
        """Return the call that answers a request; nothing is run or sent here.

        `read_body` is called for a POST of SPARQL. Counts the request against the rate limit of its
        client. Raises `Rejected` or an `AllgraphError` for a request that is answered with a
        problem.
        """
        if seconds := self._rates.wait(request.client):
            after = {"Retry-After": str(int(seconds) + 1)}
            raise Rejected(
                "rate", "too many requests; ask again later", limit="rate", headers=after
            )
        if request.method == "OPTIONS":
            allowed = Kept(204, "", {"Allow": methods_at(request.path)}, b"")
            return TaskCall("options", ready=allowed, is_cached=False)
        if request.path == _SPARQL:
            body = await self._read(read_body) if request.method == "POST" else b""
            return self._sparql(request, body)
        if request.method not in ("GET", "HEAD"):
            raise Rejected("method", f"this address takes {READ}", headers={"Allow": READ})
        if len(request.query) > sparql_protocol.RequestLimits().address:
            raise Rejected("too-long", "the address is too long", limit="address")
        return self._without_slash(request) or self._in_language(request)

    def _without_slash(self, request: Request) -> TaskCall | None:
        """Return the redirect from the path of a page with a slash at its end to that without.

        The query string is kept. None for all other paths; the path of a page is known by its first
        part.
        """
        path = request.path
        if not path.endswith("/") or "//" in path or path in ("/", "/page/"):
            return None
        if path[1:].partition("/")[0] not in _FIRST_PARTS_OF_PAGES:
            return None
        place = self.about["root"] + path.rstrip("/")
        place += f"?{request.query.decode('latin-1')}" if request.query else ""
        return TaskCall("moved", ready=Kept(301, "", {"Location": place}, b""))

    def _in_language(self, request: Request) -> TaskCall:
        """Return the call for a request, with the names of a language if it has the parameter.

        That is ``lang``, which every address but that of SPARQL takes. Raises `ParameterError` for
        what is no language tag, and what `_at_route` raises.
        """
        if b"lang=" not in request.query:
            return self._at_route(request)
        pairs = request.pairs()
        language = only("lang", pairs)
        if language is None:
            return self._at_route(request)
        others = urlencode([pair for pair in pairs if pair[0] != "lang"])
        call = self._at_route(request._replace(query=others.encode()))
        if not language or not call.task:
            return call
        arguments = {"task": call.task, "arguments": call.arguments}
        return replace(
            call,
            task="in_language",
            arguments={**arguments, "language": languages.checked(language)},
        )

    def _at_route(self, request: Request) -> TaskCall:
        """Return the call that the handler of the route of a request's path returns.

        A path that no route matches is handled as an IRI of the graph, or, if its first part is one
        of `_RESERVED`, such as ``page`` or ``things``, as a page or document. A handler in `_own`,
        such as ``health``, needs only the state of this process. One without a function there or in
        `HANDLERS` is the name of a task. The functions raise `Rejected` or an `AllgraphError`.
        """
        match = routes.find(request.path)
        if match is None or not match[0].handler:
            top = request.path[1:].partition("/")[0]
            match = _RESERVED.get(top, _THING_ROUTE), {}
        route, values = match
        if route.handler in self._own:
            return self._own[route.handler]()
        return HANDLERS.get(route.handler, Dispatch._task)(self, request, route, values)

    # ---- SPARQL

    def _sparql(self, request: Request, body: bytes) -> TaskCall:
        """Return the call for a request of the SPARQL protocol, with the body of a POST.

        That is the task ``query``, or without a query the service description. Raises `Rejected`
        for what the protocol refuses, such as updates, `UnknownFormat`, and `ParameterError` if the
        header ``Accept`` is too long. The answer to a query that calls NOW, RAND or UUID is not
        cached.
        """
        asked = sparql_protocol.read(
            request.method,
            request.query,
            request.header(b"content-type"),
            body,
            encoding=request.header(b"content-encoding"),
            limits=sparql_protocol.RequestLimits(body=self.settings.body),
        )
        accept = request.header(b"accept")
        if asked.query is None:
            return self._service(accept, asked.format)
        arguments = {
            "text": asked.query,
            "types": wanted(accept, asked.format),
            "default_graphs": asked.default_graphs,
            "named_graphs": asked.named_graphs,
            "withdrawn": asked.withdrawn,
            "rows": self.settings.rows,
            "bytes": self.settings.size,
            "allow_service": self.settings.allow_service,
        }
        return TaskCall("sparql", "query", arguments, is_cached=not _is_volatile(asked.query))

    def _service(self, accept: str | None, format: str | None) -> TaskCall:
        """Return the call for the service description in an accepted type of RDF.

        `format`, the value of that parameter, goes before the header `accept`; each may be None. If
        HTML is accepted before RDF, it is a redirect (303) to the page for writing a query. Raises
        `UnknownFormat`, and `ParameterError` for a header that is too long.
        """
        if format is None:
            type = choose(accept, _DESCRIPTION_TYPES)
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

    async def _read(self, read_body: ReadBody) -> bytes:
        """Return the body of a request; `Rejected` if it is longer than the settings allow."""
        body = await read_body()
        if len(body) > self.settings.body:
            detail = f"a request body may have at most {self.settings.body:,} bytes"
            raise Rejected("too-large", detail, limit="body")
        return body

    # ---- Handlers: each returns the call for a request, its route and the values in its path

    def _task(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call of the task with the name of the handler of the route.

        The values in the path are its arguments. `request` is not used, as not all of the handlers
        need all three parameters that they have.
        """
        return TaskCall(route.handler, route.handler, values)

    def _page(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call of the task ``page`` for a page of the site; `UnknownName` if no route matches.

        The given `route` and `values` are not used, as they are those of the percent-encoded path:
        both are found again by the decoded path.
        """
        match = routes.find(unquote(request.path))
        if match is None:
            raise UnknownName(f"there is nothing at {request.path}")
        route, values = match
        return TaskCall("page", "page", {"route": route.name, "values": values})

    def _home(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call for the home page, or ready JSON with facts about the graph, as negotiated.

        Raises `UnknownFormat` when the request accepts neither, and `ParameterError` for malformed
        parameters. `values` is empty, as the path has none.
        """
        if _response_type(request, route.types, request.pairs()) == HTML:
            return TaskCall("home", "page", {"route": route.name, "values": values})
        names = ("title", "version", "licence", "base", "questions")
        known = {name: self.about[name] for name in names}
        known["version"] = known["version"] or None
        return TaskCall("home", ready=Kept(200, JSON, {}, json.dumps(known).encode()))

    def _search(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The ready JSON that tells the script of the pages to search on the server.

        On a published site the file at this address is an index, in which the script searches
        itself. All handlers have these parameters; none of them is used here.
        """
        return TaskCall("search", ready=Kept(200, JSON, {}, b'{"mode":"live"}'))

    def _suggest(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call of the task ``suggest``, with the parameters unread.

        Raises `ParameterError` for a malformed address. `values` is empty.
        """
        return TaskCall(route.name, "suggest", {"pairs": request.pairs()})

    def _asset(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The ready reply with a stylesheet, script or icon of the pages, by the value ``file``.

        The script that runs queries in a web worker has a security policy of its own. Where there
        is no file of this name, the path is handled as an IRI of the graph, by `_document`, whose
        errors are then raised. `route` is not used.
        """
        asset = assets.named(values["file"])
        if asset is None:
            return self._document(request, _THING_ROUTE, {})
        is_worker = asset == assets.asset(assets.WORKER)
        headers = {"Content-Security-Policy": WORKER_POLICY} if is_worker else {}
        ready = Kept(200, asset.media_type, headers, asset.content)
        return TaskCall("asset", ready=ready, is_lasting=True)

    def _description(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call for the dataset in VoID or DCAT, which is the task named by the route's handler.

        The format is that of the value ``suffix``, or without one negotiated. Raises
        `UnknownFormat`, and `ParameterError` for malformed parameters.
        """
        if "suffix" in values:
            type = formats.named(values["suffix"]).essence
        else:
            type = _response_type(request, route.types, request.pairs())
        return TaskCall(route.handler, route.handler, {"type": type})

    def _answer(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call of the task ``answer``, for a route such as ``find`` or ``paths``.

        The type is negotiated here; all other parameters are passed on unread. Raises
        `UnknownFormat`, and `ParameterError` for a malformed address. `values` is not used, as
        these routes have no values in their paths.
        """
        pairs = request.pairs()
        type = _response_type(request, route.types, pairs)
        others = [pair for pair in pairs if pair[0] != "format"]
        arguments = {"route": route.name, "pairs": others, "type": type}
        if _is_paged(route):
            arguments["format"] = _format_parameter(pairs) or ""
        return TaskCall(route.name, "answer", arguments)

    def _question(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call for the page of a question (task ``question``) or its answer (``ask``).

        The type of a page or text is known here. Other types depend on the kind of the answer
        (rows, yes or no, triples), so the accepted type for each kind is passed on. For a page,
        parameters with an empty value are left out, as its form sends them. Raises `UnknownFormat`,
        and `ParameterError` for malformed parameters. `route` is not used.
        """
        name, pairs = unquote(values["question"]), request.pairs()
        accept, format = request.header(b"accept"), _format_parameter(pairs)
        type = _TYPES_BY_FORMAT.get(format, "") if format else choose(accept, _ANSWER_TYPES)
        shown = type if type in (HTML, TEXT) else ""
        types = {} if shown else wanted(accept, format)
        given = [pair for pair in pairs if pair[0] != "format" and (pair[1] or shown != HTML)]
        if shown == HTML:
            arguments = {"question": name, "pairs": given, "is_asked": bool(pairs)}
            return TaskCall("ask-question", "question", arguments)
        arguments = {
            "question": name,
            "pairs": given,
            "types": types,
            "shown": shown,
            "format": format or "",
            "most_rows": self.settings.rows,
        }
        return TaskCall("ask-question", "ask", arguments)

    def _oembed(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call of the task ``oembed``; a format other than JSON is not implemented.

        Raises `Rejected` for such a format, and `ParameterError` for malformed parameters. `values`
        is not used.
        """
        pairs = request.pairs()
        if _format_parameter(pairs) not in (None, "json"):
            raise Rejected("not-implemented", "only format=json is available here")
        given = [pair for pair in pairs if pair[0] != "format"]
        return TaskCall(route.name, "oembed", {"pairs": given})

    # ---- Documents and their profiles

    def _by(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call for the redirect from an identifier to the document about the thing that has it.

        The type of the document is negotiated. Raises `UnknownFormat`, and `ParameterError` for
        malformed parameters.
        """
        type = _response_type(request, route.types, request.pairs())
        names = {name: unquote(value) for name, value in values.items()}
        return TaskCall(route.name, "by", {**names, "type": type})

    def _document(self, request: Request, route: Route, values: Values) -> TaskCall:
        """The call for a document, or for the redirect from an IRI of the graph to its document.

        Which of them it is, is the handler of the route: ``document`` or ``thing``. A request for
        the list of profiles of a document calls the task ``listed``. The type is negotiated unless
        the path of a document has a suffix. Raises `UnknownFormat`, `ParameterError` for malformed
        parameters or an unknown profile, and `Rejected` if the header ``Accept-Profile`` accepts
        none that exists. `values` is not used, as the task reads the path itself.
        """
        task = route.handler
        renamed = {"_mediatype": "format"}  # as content negotiation by profile has it
        pairs = [(renamed.get(name, name), value) for name, value in request.pairs()]
        profile = self._profile(request, pairs)
        arguments = {"path": request.path, "type": ""}
        suffix = addresses.suffix_of(request.path)
        if profile != profiles.FULL:
            arguments["profile"] = profile
        if profile == profiles.LIST:
            return TaskCall(task, "listed" if task == "document" else task, arguments)
        if profile != profiles.FULL and suffix == addresses.TABLE and task == "document":
            raise UnknownFormat(f"only the profile {profiles.FULL} can be had as a table")
        if not suffix or task == "thing":
            offered = (HTML, *RDF) if profile == profiles.FULL else RDF
            arguments["type"] = _response_type(request, offered, pairs)
        return TaskCall(task, task, arguments)

    def _profile(self, request: Request, pairs: Pairs) -> str:
        """Return the name of the profile that ``_profile`` asks for, or else ``Accept-Profile``.

        `pairs` are the parameters in the address. Without either it is the default, ``full``; it
        may be `profiles.LIST`, which asks for the list of all profiles. Raises `ParameterError` for
        a name in the address that is unknown or given twice, and for a header that is too long, and
        `Rejected` if the header accepts no profile that exists.
        """
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
        raise Rejected(
            "profile", f"none of the accepted profiles is available; choose one of {listed}"
        )


HANDLERS: Mapping[str, Handler] = {
    "answer": Dispatch._answer,
    "asset": Dispatch._asset,
    "by": Dispatch._by,
    "catalog": Dispatch._description,
    "document": Dispatch._document,
    "home": Dispatch._home,
    "oembed": Dispatch._oembed,
    "page": Dispatch._page,
    "question": Dispatch._question,
    "search": Dispatch._search,
    "suggest": Dispatch._suggest,
    "thing": Dispatch._document,
    "void": Dispatch._description,
}
"""What answers at the routes with each handler; for others it is the task of the same name."""


def _is_paged(route: Route) -> bool:
    """Return True if the answers of a route have a link to the rows that follow."""
    return routes.CURSOR in route.parameters


def _response_type(request: Request, offered: Sequence[str], pairs: Pairs) -> str:
    """Return the media type of those `offered` that ``format`` names, or else ``Accept`` prefers.

    `pairs` are the parameters of the request; ``format`` is a media type, or the name or suffix of
    a format. Raises `UnknownFormat`, and `ParameterError` if ``format`` is given twice or the
    header is too long.
    """
    format = _format_parameter(pairs)
    if format is None:
        return choose(request.header(b"accept"), offered)
    format = format.replace(" ", "+")  # a plus that was not encoded
    type = _TYPES_BY_FORMAT.get(format, format)
    if type not in offered and format in formats.NAMES:
        type = formats.NAMES[format].essence
    if type not in offered:
        raise UnknownFormat(f"this is not available as “{format}”, only as {', '.join(offered)}")
    return type


def _format_parameter(pairs: Pairs) -> str | None:
    """The value of the parameter ``format`` in small letters, or None if it is not given.

    Raises `ParameterError` if it is given twice.
    """
    format = only("format", pairs)
    return None if format is None else format.lower()


def _is_volatile(query: str) -> bool:
    """Return True if a query calls NOW, RAND or UUID, so that its answer changes without the data.

    STRUUID counts too, and a call that is only in a literal or comment.
    """
    folded = query.upper()
    may_change = "NOW" in folded or "RAND" in folded or "UUID" in folded  # faster than a search
    return may_change and _VOLATILE_CALL.search(folded) is not None
