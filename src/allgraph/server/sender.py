"""Sending of replies: headers, bodies, and problems in place of them."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from html import escape
from http import HTTPStatus

from allgraph.errors import AllgraphError
from allgraph.linkeddata import routes
from allgraph.linkeddata.routes import HTML, JSON
from allgraph.server.api import UTF_8
from allgraph.server.http import problems, sparql_protocol
from allgraph.server.http.cache import Kept
from allgraph.server.http.encoding import Compress, choose_coding
from allgraph.server.http.negotiation import choose
from allgraph.server.http.problems import Problem
from allgraph.server.request import Exchange, Request
from allgraph.server.state import DETAIL, TITLE
from allgraph.site.webserver_config import POLICY

READ = "GET, HEAD, OPTIONS"
"""The methods of all routes but one."""

_POLICY = "Content-Security-Policy"
_SAFE = (
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: no-referrer",
    "Vary: Accept, Accept-Encoding, Accept-Profile, Origin",
)
_EXPOSED = (
    "Allgraph-Warnings, Allow, Content-Profile, ETag, Link, Location, Retry-After, X-Request-Id"
)
_SENT = (
    "Accept, Accept-Profile, Content-Encoding, Content-Type, If-Modified-Since, If-None-Match, "
    "X-Request-Id"
)
_OF_304 = ("ETag", "Last-Modified", "Cache-Control")
_NO_BODY = (204, 304)
_PROBLEMS = (problems.MEDIA_TYPE, JSON, HTML)


def methods_at(path: str) -> str:
    """Return the methods that a path takes, as ``Allow`` lists them."""
    return sparql_protocol.METHODS if path == routes.BY_NAME["sparql"].path else READ


class Sender:
    """Sends the reply to one request; of a HEAD request only the head.

    `origins` are the origins whose pages may read the reply. `pages` are the facts of
    `Served.about`, which have the pages for problems.

    `status` is 0 until the head is sent, and `size` the bytes of the body that are sent. `cut` says
    that the reply was truncated. With `is_known` the client has a valid copy of the reply, and a
    reply of status 200 is sent as 304. `coding` is how the client wants replies compressed, or
    None.
    """

    def __init__(
        self, exchange: Exchange, origins: Collection[str], pages: Mapping[str, str]
    ) -> None:
        self.request, self._exchange = exchange.request, exchange
        self._origins = origins  # whose pages may read the reply
        self._pages = pages  # ``problem`` and ``missing`` are the HTML of pages for problems
        self.status = self.size = 0  # of the head that was sent; bytes of the body that were sent
        self.cut = self.is_known = False  # truncated; the client has a valid copy
        self._has_no_body = self.request.method == "HEAD"
        self._is_chunked = False
        self.coding = choose_coding(self.request.header(b"accept-encoding"))
        self._compress: Compress | None = None  # for the pieces of the body

    def known_tag(self, etag: str) -> str | None:
        """Return the ETag of a reply that the client has and takes, or None.

        `etag` is that of the plain reply; the compressed one has another. Which of the two would be
        sent may depend on its size, so either will do.
        """
        if b"if-none-match" not in self.request.headers:
            return None
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

    def whole(self, answer: Kept, headers: Mapping[str, str]) -> None:
        """Send a whole reply with its length; `headers` replace its own of the same name.

        It is 304 without a body if the client has a copy (`_head`). Sets `status` and `size`.
        """
        length = {} if answer.status in _NO_BODY else {"Content-Length": str(len(answer.body))}
        head = self._head(answer.status, answer.type, {**answer.headers, **headers, **length})
        body = b"" if self._has_no_body else answer.body
        self.size = len(body)
        self._exchange.send(head + body)

    def not_modified(self, headers: Mapping[str, str]) -> None:
        """Send 304 with `headers`: the client has the reply already."""
        self.whole(Kept(304, "", {}, b""), headers)

    def problem(self, problem: Problem) -> None:
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
        self.whole(Kept(problem.status, type, {}, body), headers)

    def _page(self, problem: Problem) -> bytes:
        """The HTML page for a problem, made of a page with placeholders for its title and detail.

        For status 404 it is a page without either.
        """
        if problem.status == 404:
            return self._pages["missing"].encode()
        page = self._pages["problem"].replace(TITLE, escape(problem.title))
        return page.replace(DETAIL, escape(problem.detail)).encode()

    def _head(self, status: int, type: str, headers: Mapping[str, str]) -> bytes:
        """Return the head of a reply, and set `status`; 304 for 200 if the client has a copy.

        That is so if `is_known` is set and `headers` have an ETag; then no body is sent after it.
        """
        if status == 200 and self.is_known and "ETag" in headers:
            status, type = 304, ""
            headers = {name: headers[name] for name in _OF_304 if name in headers}
            self._has_no_body = True
        self.status = status
        request = self.request
        lines = [_start(status, type, _POLICY not in headers, int(time.time()))]
        lines.append(f"X-Request-Id: {request.id}\r\n")
        if origin := request.headers.get(b"origin"):
            lines += _cors_lines(origin, request, self._origins)
        lines += [f"{name}: {_header_value(value)}\r\n" for name, value in headers.items()]
        if not self._exchange.keeps_alive:
            lines.append("Connection: close\r\n")
        return "".join([*lines, "\r\n"]).encode("latin-1")

    def stream(self, status: int, type: str, headers: Mapping[str, str]) -> None:
        """Send the head of a reply; `piece` and `end` then send the body.

        The body is compressed as it is sent, if the client wants that and it suits the type.
        """
        if self.coding is not None and self.coding.suits(type):
            self._compress, headers = self.coding.compressor(), self.encoded_headers(headers)
        has_body = not self._has_no_body and status not in _NO_BODY
        is_unmeasured = has_body and "Content-Length" not in headers
        self._is_chunked = is_unmeasured and self._exchange.takes_chunks
        if self._is_chunked:
            headers = {**headers, "Transfer-Encoding": "chunked"}
        self._exchange.send(self._head(status, type, headers), is_last=False)

    async def piece(self, chunk: bytes) -> None:
        """Send a piece of the body, and wait until the client has read enough for another.

        Nothing is sent if the reply has no body, as for HEAD and 304.
        """
        if not self._has_no_body:
            chunk = self._compress(chunk) if self._compress else chunk
            self._exchange.send(self._framed(chunk), is_last=False)
            await self._exchange.drain()

    def end(self) -> None:
        """Send the end of the body, after which nothing can be sent."""
        chunk = b""
        if not self._has_no_body:
            chunk = self._framed(self._compress(None) if self._compress else b"")
            chunk += b"0\r\n\r\n" if self._is_chunked else b""
        self._exchange.send(chunk)

    def _framed(self, chunk: bytes) -> bytes:
        """Return bytes of the body as they are sent, and add their number to `size`."""
        self.size += len(chunk)
        return b"%x\r\n%b\r\n" % (len(chunk), chunk) if self._is_chunked and chunk else chunk


def _cors_lines(origin: bytes, request: Request, origins: Collection[str]) -> Iterator[str]:
    """The headers that let pages of an origin read a reply (CORS); none if it is not allowed.

    `origins` are those that are allowed; ``*`` among them allows all. For OPTIONS they also say
    which methods and headers a request may have.
    """
    given = origin.decode("latin-1")
    if not ("*" in origins or given in origins):
        return
    yield f"Access-Control-Allow-Origin: {'*' if '*' in origins else given}\r\n"
    yield f"Access-Control-Expose-Headers: {_EXPOSED}\r\n"
    if request.method == "OPTIONS":
        yield f"Access-Control-Allow-Methods: {methods_at(request.path)}\r\n"
        yield f"Access-Control-Allow-Headers: {_SENT}\r\n"
        yield "Access-Control-Max-Age: 86400\r\n"


@lru_cache(64)  # most replies of a second are alike
def _start(status: int, type: str, has_policy: bool, seconds: int) -> str:
    """The start of a head: the first line, and the headers of every reply.

    `has_policy` is whether it has the policy of all pages. The time is in seconds since 1970.
    """
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Date: {formatdate(seconds, usegmt=True)}",
        *_SAFE,
        *([f"{_POLICY}: {POLICY}"] if has_policy else []),
        *([f"Content-Type: {type}"] if type else []),
    ]
    return "\r\n".join([*lines, ""])


def _header_value(value: str) -> str:
    """The value of a header without characters that are not printable ASCII."""
    if value.isascii() and value.isprintable():
        return value
    return re.sub(r"[^\x20-\x7e]", "", value)
