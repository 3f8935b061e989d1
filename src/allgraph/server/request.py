"""A request, as the server process reads it, and the reply to it, as bytes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import NamedTuple

from allgraph.errors import ParameterError
from allgraph.server.api import given_twice
from allgraph.server.http import sparql_protocol
from allgraph.server.http.problems import Rejected
from allgraph.server.http.runner import Pause

Pairs = list[tuple[str, str]]
Network = IPv4Network | IPv6Network
ReadBody = Callable[[], Awaitable[bytes]]
"""A function that waits for the body of a request, which is cut where it is longer than allowed."""

ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""What the header ``X-Request-Id`` may be, to be taken for the ID of a request."""
_HOST_AND_PORT = re.compile(r"\[([^]]*)\](?::.*)?|([^:]*):[^:]*")
"""A host with a port or in brackets, as ``X-Forwarded-For`` may have it."""


class Request(NamedTuple):
    """An HTTP request without its body.

    `path` is percent-encoded as it came, `query` what follows the question mark. `headers` are by
    name in small letters; one that is given twice has both values, joined by a comma. `client` is
    an IP address or empty; `id` names the request in the log.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    client: str
    id: str

    def header(self, name: bytes) -> str | None:
        """Return the value of a header, by its name in small letters, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def pairs(self) -> Pairs:
        """Return the decoded names and values of the parameters in the address, in order.

        Raises `ParameterError` if they are malformed, too long or more than 100.
        """
        limits = sparql_protocol.RequestLimits(fields=100)
        try:
            return sparql_protocol.parameters(self.query, limits)
        except Rejected as rejected:
            raise ParameterError(rejected.problem.detail) from None

    def is_known(self, modified: int) -> bool:
        """Return True if the conditional headers say that the copy of the client is still valid.

        That is ``If-None-Match: *``, or an ``If-Modified-Since`` that is not before `modified`, in
        seconds since 1970. ETags are not compared here; see `has_tag`.
        """
        known, since = self.header(b"if-none-match"), self.header(b"if-modified-since")
        if known is not None or since is None:
            return known is not None and known.strip() == "*"
        try:
            return parsedate_to_datetime(since).timestamp() >= modified
        except (ValueError, OverflowError):
            return False

    def has_tag(self, etag: str) -> bool:
        """Return True if ``If-None-Match`` lists an ETag, strong or weak; `etag` has its quotes.

        A ``*`` does not count.
        """
        tags = (self.header(b"if-none-match") or "").split(",")
        return any(tag.strip().removeprefix("W/") == etag for tag in tags)


class Exchange:
    """A request and the reply to it, whose bytes it sends.

    `keeps_alive` says whether the connection is for more requests; the head of the reply has to say
    so. A body comes in chunks only if the client `takes_chunks`, as one of HTTP/1.0 does not.
    `has_begun` is set with the first bytes of the reply, and `is_complete` with the last.
    """

    def __init__(
        self,
        request: Request,
        write: Callable[[bytes], object],
        drain: Callable[[], Awaitable[None]],
        longest_body: int,
        keeps_alive: bool,
        takes_chunks: bool = True,
    ) -> None:
        """Make an exchange; `write` sends bytes, `drain` waits until the client has read enough."""
        self.request = request
        self.keeps_alive, self.takes_chunks = keeps_alive, takes_chunks
        self.has_begun = self.is_complete = False
        self.drain = drain
        self._write = write
        self._longest_body = longest_body  # in bytes
        self._body = bytearray()
        self._reader: Pause | None = None  # of the body
        self._drops_body = False  # from now on, as it is whole or too long, or nobody reads it

    def take_body(self, chunk: bytes) -> None:
        """Take in the next bytes of the body; they are dropped if it is too long or unwanted."""
        if not self._drops_body:
            self._body += chunk
            if len(self._body) > self._longest_body:
                self.end_body()

    def end_body(self) -> None:
        """Note that the body is whole, or too long, and have its reader go on."""
        self._drops_body = True
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def drop_unread_body(self) -> None:
        """Drop what comes of the body, unless it is being read."""
        self._drops_body = self._drops_body or self._reader is None

    async def read_body(self) -> bytes:
        """Return the body, when all has come; or more bytes than it may have, which is not all.

        A client that waits for it is told to send it.
        """
        if not self._drops_body:
            if self.request.headers.get(b"expect", b"").lower() == b"100-continue":
                self._write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._reader = Pause()
            await self._reader
        return bytes(self._body)

    def send(self, chunk: bytes, *, is_last: bool = True) -> None:
        """Send bytes of the reply, or drop them if the connection is closing; does not wait."""
        self.has_begun, self.is_complete = True, is_last
        if chunk:
            self._write(chunk)


def client_of(peer: str, headers: Mapping[bytes, bytes], proxies: Network | None) -> str:
    """Return the address of the client of a request that came from the address `peer`.

    If that is one of the `proxies`, it is the last in ``X-Forwarded-For`` that is none, or else
    the first.
    """

    def is_proxy(host: str) -> bool:
        """Return True if a host is an address of a proxy."""
        try:
            return proxies is not None and ip_address(host) in proxies
        except ValueError:
            return False

    forwarded = headers.get(b"x-forwarded-for") if proxies else None
    if forwarded is None or not is_proxy(peer):
        return peer
    hosts = [_without_port(host.strip()) for host in forwarded.decode("latin-1").split(",")]
    return next((host for host in reversed(hosts) if not is_proxy(host)), hosts[0]) or peer


def _without_port(host: str) -> str:
    """Return the host that a proxy names, without brackets and a port."""
    match = _HOST_AND_PORT.fullmatch(host)
    return host if match is None else match[1] or match[2] or ""


def only(name: str, pairs: Pairs) -> str | None:
    """Return the value of the parameter `name` among `pairs`, or None if it is not given.

    Raises `ParameterError` if it is given twice.
    """
    values = [value for other, value in pairs if other == name]
    if len(values) > 1:
        raise given_twice(name)
    return values[0] if values else None
