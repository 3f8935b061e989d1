"""One HTTP request and its reply, within a deadline and without following redirects.

SPARQLWrapper makes the request, and `send` sends it. SPARQLWrapper itself would send it with
urllib, which follows a redirect to another host with the password, and applies its time-out to
each read: an endpoint that sends a byte a second would never time out.
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

from allgraph.errors import VERSION, EngineError, EngineTimeout

_FOREVER = 1e6  # seconds; more than this is no limit, and more than some systems can count
_CHUNK = 2**16  # bytes that are read at once
_MOST_OF_ERROR = 2**14  # bytes that are read of the page of an error


class TooLarge(EngineError):
    """An error: the reply has more bytes than allowed."""


class NoConnection(EngineError):
    """An error: the connection was refused, or lost before the first byte of a reply."""


class _Unanswered(ConnectionError):
    """An error: the connection was lost before a reply began; `send` raises `NoConnection`."""


@dataclass(frozen=True)
class EndpointReply:
    """The reply of an endpoint: status, headers, and body.

    The body is whole if the status is 200, else at most its first `_MOST_OF_ERROR` bytes.
    """

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True)
class ExchangeLimits:
    """The limits of an exchange: `seconds` in all, retries included, and `bytes` of a reply.

    `until` is the time of the monotonic clock at which the seconds are over; infinity until
    `started` returns limits whose seconds run.
    """

    seconds: float
    bytes: int
    until: float = inf

    def started(self) -> ExchangeLimits:
        """Return limits whose seconds run from now; these limits if theirs run already."""
        return self if self.until < inf else replace(self, until=monotonic() + self.seconds)

    @property
    def seconds_left(self) -> float | None:
        """The seconds left until `until`, a millisecond at least.

        ``None`` for no limit, which is also when more than `_FOREVER` (a million) are left.
        """
        left = max(self.until - monotonic(), 0.001)
        return left if left < _FOREVER else None


def query_request(url: str, sparql: str, form: str) -> Request:
    """Return a POST request for a query of a form such as ``SELECT``; nothing is sent.

    Rows and yes or no are asked for as JSON, triples as Turtle.
    """
    from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

    wrapper = SPARQLWrapper(url, agent=f"allgraph/{VERSION}")
    wrapper.setMethod(POST)
    wrapper.setOnlyConneg(True)
    wrapper.setReturnFormat(JSON if form in ("SELECT", "ASK") else TURTLE)
    # `SPARQLWrapper.setQuery` would guess the form by patterns, which a comment can mislead.
    wrapper.queryString, wrapper.queryType = sparql, form
    return wrapper._createRequest()


def send(request: Request, limits: ExchangeLimits) -> EndpointReply:
    """Send a request over a new connection and return the reply, which may be a redirect.

    The connection is closed in any case. Raises `EngineTimeout` when the exchange takes longer
    than `limits` allow, `TooLarge` for a reply that is larger than they allow, `NoConnection`
    when the connection is refused or lost before a reply, and `EngineError` for a truncated
    reply, one that is not HTTP, and all other failures.
    """
    limits = limits.started()
    connection_class = HTTPSConnection if request.type == "https" else HTTPConnection
    is_late = Event()
    try:
        with closing(connection_class(request.host, timeout=limits.seconds_left)) as connection:
            connection.connect()
            with _shut_down_after(connection.sock, limits.seconds_left, is_late):
                return _exchange(connection, request, limits.bytes)
    except (OSError, HTTPException, UnicodeError) as error:
        if is_late.is_set() or isinstance(error, TimeoutError):
            raise EngineTimeout(
                f"gave no whole answer within {limits.seconds:g} s; give `timeout` more seconds"
            ) from None
        is_passing = isinstance(error, (_Unanswered, ConnectionRefusedError))
        raise (NoConnection if is_passing else EngineError)(_reason(error)) from None


@contextmanager
def _shut_down_after(sock: socket.socket, seconds: float | None, is_late: Event) -> Iterator[None]:
    """Shut down a socket when the block takes longer than `seconds`; ``None`` for no limit.

    A timer thread does so, and sets `is_late`; reads that wait then end. After a block that ended
    without an error but late, raises `TimeoutError`. The timer ends with the block.
    """

    def shut_down() -> None:
        """Set `is_late`, and shut down `sock` for reading and writing; errors are ignored."""
        is_late.set()
        with suppress(OSError):
            # The method of the plain class: that of a TLS socket would wait for the other end.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = Timer(seconds or 0, shut_down)
    timer.daemon = True
    if seconds is not None:
        timer.start()
    try:
        yield
        if is_late.is_set():  # the reply may have ended only because the socket was shut down
            raise TimeoutError
    finally:
        timer.cancel()


def _exchange(connection: HTTPConnection, request: Request, most_bytes: int) -> EndpointReply:
    """Send a request over an open connection, and read and return the reply.

    Of a reply that is not 200, only the beginning of the body is read. Raises `_Unanswered` when
    the connection is lost before a reply, `TooLarge` when the body of a reply 200 has more than
    `most_bytes`, and what http.client raises.
    """
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
    """Read and return the whole body of a reply.

    Raises `TooLarge` when it has more than `most_bytes`, and `IncompleteRead` when it has fewer
    than the reply announced.
    """
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
    """Read and return at most the first `_MOST_OF_ERROR` (16 KiB) bytes of a body, for a message.

    Of a body that ends too early, what came is returned; ``b""`` when the connection is lost.
    """
    try:
        return response.read(_MOST_OF_ERROR)
    except IncompleteRead as error:
        return error.partial
    except ConnectionError:
        return b""


def _reason(error: Exception) -> str:
    """Return words for a message on what went wrong with a connection, and what to do."""
    if isinstance(error, ConnectionRefusedError):
        return "is not there: the connection was refused; is it running, and is the port right?"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "is not there: no host has this name; check the address and the network"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has no valid certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "does not speak HTTPS as it should; check http or https and the port"
    if isinstance(error, IncompleteRead):
        return "broke off in the middle of its answer; try again"
    if isinstance(error, ConnectionError):
        return "closed the connection without an answer; try again"
    if isinstance(error, OSError):
        return f"cannot be reached: {error.strerror or error}"
    return "does not speak HTTP; check the address and the port"
