"""One HTTP request and its reply, within a deadline and without following redirects.

SPARQLWrapper makes the request. It would send it with urllib, which follows a redirect to another
host with the password, and applies its time-out to each read: an endpoint that sends a byte a
second would never time out. So it is sent here.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from math import inf
from threading import Event, Timer
from time import monotonic
from urllib.request import Request

from allgraph.errors import EngineError, EngineTimeout

_FOREVER = 1e6  # seconds; more than this is no limit, and more than some systems can count
_CHUNK = 2**16  # bytes that are read at once
_MOST_OF_ERROR = 2**14  # bytes that are read of the page of an error


class TooLarge(EngineError):
    """The reply has more bytes than allowed."""


class NoConnection(EngineError):
    """The connection was refused, or lost before the first byte of a reply."""


class _Unanswered(ConnectionError):
    """The connection was lost before the first byte of a reply."""


@dataclass(frozen=True)
class EndpointReply:
    """The reply of an endpoint; unless its `status` is 200, only the beginning of the body."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True)
class ExchangeLimits:
    """How many seconds an exchange may take, and how many bytes a reply may have.

    `until` is when the seconds are over, by the monotonic clock, once they have begun.
    """

    seconds: float
    bytes: int
    until: float = inf

    def started(self) -> ExchangeLimits:
        """Return the limits with seconds that begin now, unless they have begun already."""
        return self if self.until < inf else replace(self, until=monotonic() + self.seconds)

    @property
    def seconds_left(self) -> float | None:
        """The seconds left, a millisecond at least; ``None`` for no limit."""
        left = max(self.until - monotonic(), 0.001)
        return left if left < _FOREVER else None


def query_request(url: str, sparql: str, form: str) -> Request:
    """Return the request for a query of a form such as ``SELECT``."""
    from importlib.metadata import version

    from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

    wrapper = SPARQLWrapper(url, agent=f"allgraph/{version('allgraph')}")
    wrapper.setMethod(POST)
    wrapper.setOnlyConneg(True)
    wrapper.setReturnFormat(JSON if form in ("SELECT", "ASK") else TURTLE)
    # Its setQuery would guess the form by patterns, which a comment can mislead.
    wrapper.queryString, wrapper.queryType = sparql, form
    return wrapper._createRequest()


def send(request: Request, limits: ExchangeLimits) -> EndpointReply:
    """Send a request and return the reply, which may be a redirect.

    Raises `EngineTimeout` when all of it takes longer than allowed, `TooLarge` for a reply that
    is larger than allowed, `NoConnection`, and `EngineError` for a truncated reply or no HTTP.
    """
    limits = limits.started()
    make = HTTPSConnection if request.type == "https" else HTTPConnection
    late = Event()
    try:
        with closing(make(request.host, timeout=limits.seconds_left)) as connection:
            connection.connect()
            with _cut_off(connection.sock, limits.seconds_left, late):
                return _exchange(connection, request, limits.bytes)
    except (OSError, HTTPException, UnicodeError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise EngineTimeout(
                f"gave no whole answer within {limits.seconds:g} s; give --timeout more seconds"
            ) from None
        is_passing = isinstance(error, (_Unanswered, ConnectionRefusedError))
        raise (NoConnection if is_passing else EngineError)(_reason(error)) from None


@contextmanager
def _cut_off(sock: socket.socket, seconds: float | None, late: Event) -> Iterator[None]:
    """Shut down a socket after some seconds, set `late`, and raise `TimeoutError`."""

    def cut() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # beneath TLS, which would wait

    timer = Timer(seconds or 0, cut)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        yield
        if late.is_set():  # the end may be that of the socket, not of the reply
            raise TimeoutError
    finally:
        timer.cancel()


def _exchange(connection: HTTPConnection, request: Request, most_bytes: int) -> EndpointReply:
    """Send a request over a connection and read the reply."""
    assert request.data is None or isinstance(request.data, bytes)
    headers = {**dict(request.header_items()), "Connection": "close"}
    try:
        connection.request(request.get_method(), request.selector, request.data, headers)
        reply = connection.getresponse()
    except ConnectionError:
        raise _Unanswered from None
    with reply as response:
        body = _body(response, most_bytes) if response.status == 200 else _beginning(response)
        return EndpointReply(response.status, response.headers, body)


def _body(response: HTTPResponse, most_bytes: int) -> bytes:
    """Read the whole body. Raises `TooLarge`, and `IncompleteRead` when it is truncated."""
    announced = response.length
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > most_bytes:
            raise TooLarge(
                f"sends more than {most_bytes / 2**20:g} MiB; ask for less, such as with LIMIT"
            )
    if announced is not None and len(body) < announced:
        raise IncompleteRead(bytes(body[:1]), announced - len(body))
    return bytes(body)


def _beginning(response: HTTPResponse) -> bytes:
    """Read as much of the page of an error as a message needs, even if it is truncated."""
    try:
        return response.read(_MOST_OF_ERROR)
    except IncompleteRead as error:
        return error.partial
    except ConnectionError:
        return b""


def _reason(error: Exception) -> str:
    """Return what went wrong with a connection, and what to do, for a message."""
    if isinstance(error, ConnectionRefusedError):
        return "is not there: the connection was refused; is it running, and is the port right?"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "is not there: no host has this name; check the address and the network"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"cannot prove who it is: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "does not speak HTTPS as it should; check http or https and the port"
    if isinstance(error, IncompleteRead):
        return "broke off in the middle of its answer; try again"
    if isinstance(error, ConnectionError):
        return "closed the connection without an answer; try again"
    if isinstance(error, OSError):
        return f"cannot be reached: {error.strerror or error}"
    return "does not speak HTTP; check the address and the port"
