"""How a reply is sent: its headers, its body, and problems in place of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from html import escape

from allgraph.errors import AllgraphError
from allgraph.linkeddata import routes
from allgraph.linkeddata.routes import HTML, JSON
from allgraph.server.api import UTF_8
from allgraph.server.http import problems, sparql_protocol
from allgraph.server.http.cache import Kept
from allgraph.server.http.encoding import Compress, choose_coding
from allgraph.server.http.negotiation import choose
from allgraph.server.http.problems import Problem
from allgraph.server.request import Request, Send
from allgraph.server.state import DETAIL, TITLE
from allgraph.site.webserver_config import POLICY

READ = "GET, HEAD, OPTIONS"
"""The methods of all routes but one."""

_SAFE = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"Accept, Accept-Encoding, Accept-Profile, Origin"),
]
_EXPOSED = (
    b"Allgraph-Warnings, Allow, Content-Profile, ETag, Link, Location, Retry-After, X-Request-Id"
)
_SENT = (
    b"Accept, Accept-Profile, Content-Encoding, Content-Type, If-Modified-Since, If-None-Match, "
    b"X-Request-Id"
)
_OF_304 = ("ETag", "Last-Modified", "Cache-Control")
_PROBLEMS = (problems.MEDIA_TYPE, JSON, HTML)


def methods_at(path: str) -> str:
    """Return the methods that a path takes, as ``Allow`` lists them."""
    return sparql_protocol.METHODS if path == routes.BY_NAME["sparql"].path else READ


class Sender:
    """Sends the reply to one request by ASGI; of a HEAD request only the head.

    `origins` are the origins whose pages may read the reply. `pages` are the facts of
    `Served.about`, which have the pages for problems.

    `status` is 0 until the head is sent, and `size` the bytes of the body that are sent. `cut` says
    that the reply was truncated. With `is_known` the client has a valid copy of the reply, and a
    reply of status 200 is sent as 304. `coding` is how the client wants replies compressed, or
    None.
    """

    def __init__(
        self, request: Request, send: Send, origins: Collection[str], pages: Mapping[str, str]
    ) -> None:
        self.request, self._send = request, send
        self._pages = pages  # ``problem`` and ``missing`` are the HTML of pages for problems
        self._headers = [*_SAFE, (b"x-request-id", request.id.encode())]  # of every reply
        # Pages of the `origins` may read the reply.
        if origin := request.headers.get(b"origin"):
            self._headers += _cors_headers(origin, request, origins)
        self.status = self.size = 0  # of the head that was sent; bytes of the body that were sent
        self.cut = self.is_known = False  # truncated; the client has a valid copy
        self._has_no_body = request.method == "HEAD"
        self.coding = choose_coding(request.header(b"accept-encoding"))
        self._compress: Compress | None = None  # for the pieces of the body

    def known_tag(self, etag: str) -> str | None:
        """Return the ETag of a reply that the client has and takes, or None.

        `etag` is that of the plain reply; the compressed one has another. Which of the two would be
        sent may depend on its size, so either will do.
        """
        tags = [etag] if self.coding is None else [self.coding.tag(etag), etag]
        return next(filter(self.request.has_tag, tags), None)

    def encoded_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of a compressed reply, where `headers` are those of the plain one.

        They are without a length, which is another one.
        """
        assert self.coding is not None
        tag = {"ETag": self.coding.tag(headers["ETag"])} if "ETag" in headers else {}
        encoded = {**headers, **tag, "Content-Encoding": self.coding.name}
        encoded.pop("Content-Length", None)
        return encoded

    async def whole(self, answer: Kept, headers: Mapping[str, str]) -> None:
        """Send a whole reply with its length; `headers` replace its own of the same name.

        It is 304 without a body if `begin` makes it so, as the client has a copy. Sets `status`,
        and adds to `size`.
        """
        body = answer.body
        length = {} if answer.status in (204, 304) else {"Content-Length": str(len(body))}
        await self.begin(answer.status, answer.type, {**answer.headers, **headers, **length})
        await self._piece(body, more=False)

    async def not_modified(self, headers: Mapping[str, str]) -> None:
        """Send 304 with `headers`: the client has the reply already."""
        await self.whole(Kept(304, "", {}, b""), headers)

    async def problem(self, problem: Problem) -> None:
        """Send a problem, as JSON, or as a page if the request accepts HTML before JSON.

        If another reply has begun, nothing is sent and `cut` is set, so that the connection is
        closed without an end.
        """
        if self.status:
            self.cut = True
            return
        headers = {**problem.headers, "Cache-Control": "no-store"}
        type, body = problems.MEDIA_TYPE, problem.body()
        with suppress(AllgraphError):
            if choose(self.request.header(b"accept"), _PROBLEMS) == HTML:
                type, body = HTML + UTF_8, self._page(problem)
        await self.whole(Kept(problem.status, type, {}, body), headers)

    def _page(self, problem: Problem) -> bytes:
        """The HTML page for a problem, made of a page with placeholders for its title and detail.

        For status 404 it is a page without either.
        """
        if problem.status == 404:
            return self._pages["missing"].encode()
        page = self._pages["problem"].replace(TITLE, escape(problem.title))
        return page.replace(DETAIL, escape(problem.detail)).encode()

    async def begin(self, status: int, type: str, headers: Mapping[str, str]) -> None:
        """Send the head of a reply, and set `status`; 304 in place of 200 if the client has a copy.

        That is so if `is_known` is set and `headers` have an ETag; then no body is sent after it.
        `headers` replace those of the same name that every reply has.
        """
        if status == 200 and self.is_known and "ETag" in headers:
            kept = {name: headers[name] for name in _OF_304 if name in headers}
            status, type, headers, self._has_no_body = 304, "", kept, True
        self.status = status
        names = {_header_name(name) for name in headers}
        pairs = [pair for pair in self._headers if pair[0] not in names]
        if type:
            pairs.append((b"content-type", type.encode("latin-1")))
        pairs += [(_header_name(name), _header_value(value)) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def stream(self, status: int, type: str, headers: Mapping[str, str]) -> None:
        """Send the head of a reply as `begin` does; `piece` and `end` then send the body.

        The body is compressed as it is sent, if the client wants that and it suits the type.
        """
        if self.coding is not None and self.coding.suits(type):
            self._compress, headers = self.coding.compressor(), self.encoded_headers(headers)
        await self.begin(status, type, headers)

    async def piece(self, data: bytes) -> None:
        """Send a piece of the body; nothing if the reply has none, as for HEAD and 304."""
        if not self._has_no_body:
            await self._piece(self._compress(data) if self._compress else data, more=True)

    async def end(self) -> None:
        """Send the end of the body, after which nothing can be sent."""
        await self._piece(self._compress(None) if self._compress else b"", more=False)

    async def _piece(self, data: bytes, *, more: bool) -> None:
        """Send a piece of the body, and add its length to `size`.

        Empty data are sent in its place if the reply has no body, as for HEAD and 304. The last
        piece is sent with `more` False.
        """
        data = b"" if self._has_no_body else data
        self.size += len(data)
        await self._send({"type": "http.response.body", "body": data, "more_body": more})


def _cors_headers(
    origin: bytes, request: Request, origins: Collection[str]
) -> Iterator[tuple[bytes, bytes]]:
    """The headers that let pages of an origin read a reply (CORS); none if it is not allowed.

    `origins` are those that are allowed; ``*`` among them allows all. For OPTIONS they also say
    which methods and headers a request may have.
    """
    if not ("*" in origins or origin.decode("latin-1") in origins):
        return
    yield b"access-control-allow-origin", b"*" if "*" in origins else origin
    yield b"access-control-expose-headers", _EXPOSED
    if request.method == "OPTIONS":
        yield b"access-control-allow-methods", methods_at(request.path).encode()
        yield b"access-control-allow-headers", _SENT
        yield b"access-control-max-age", b"86400"


@lru_cache
def _header_name(header: str) -> bytes:
    """The name of a header as ASGI has it: bytes in small letters."""
    return header.lower().encode("ascii")


def _header_value(value: str) -> bytes:
    """The value of a header as bytes, without characters that are not printable ASCII."""
    if value.isascii() and value.isprintable():
        return value.encode("ascii")
    return re.sub(r"[^\x20-\x7e]", "", value).encode("ascii")
