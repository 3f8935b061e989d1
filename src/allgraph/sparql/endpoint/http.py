"""One exchange over HTTP: all of it within a deadline, and going nowhere else.

SPARQLWrapper writes the request. It would send it with urllib, which follows a redirect to
another host with the password, and whose time-out is that of each read: an endpoint that
drips a byte a second holds its reader for ever. So it is sent here.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from threading import Event, Timer
from time import monotonic
from urllib.request import Request

from allgraph.errors import EngineError, EngineTimeout

_FOREVER = 1e6  # seconds; more than this is no limit, and more than some systems can count
_PIECE = 2**16
_MOST_OF_ERROR = 2**14


class TooLarge(EngineError):
    """What was sent has more bytes than are taken."""


class NoConnection(EngineError):
    """Nobody is there, or hangs up before the first byte of an answer."""


class _Unanswered(ConnectionError):
    """The connection was lost before the first byte of an answer."""


@dataclass(frozen=True)
class EndpointReply:
    """What an endpoint sent back; of a failure (`status` other than 200) only the beginning."""

    status: int
    headers: Message
    body: bytes


@dataclass(frozen=True)
class ExchangeLimits:
    """How many seconds an exchange may take, and how many bytes an answer may have.

    `told` is what a message calls the seconds, where these are what is left of more.
    """

    seconds: float
    bytes: int
    told: float | None = None


def asking(url: str, sparql: str, form: str) -> Request:
    """The request that asks an endpoint a query of a form such as ``SELECT``."""
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
    """Send a request and read the reply, redirects included as they are.

    Raises `EngineTimeout` when all of it takes longer than allowed, `TooLarge` when there is more
    than there should be, `NoConnection`, and `EngineError` when there is less, or no HTTP.
    """
    seconds = max(limits.seconds, 0.001) if limits.seconds < _FOREVER else None
    make = HTTPSConnection if request.type == "https" else HTTPConnection
    start, late = monotonic(), Event()
    try:
        with closing(make(request.host, timeout=seconds)) as connection:
            connection.connect()
            left = seconds and max(seconds - (monotonic() - start), 0)
            with _cut_off(connection.sock, left, late):
                return _exchange(connection, request, limits)
    except (OSError, HTTPException, UnicodeError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            told = limits.seconds if limits.told is None else limits.told
            raise EngineTimeout(
                f"gave no whole answer within {told:g} s; give --timeout more seconds"
            ) from None
        passing = isinstance(error, (_Unanswered, ConnectionRefusedError))
        raise (NoConnection if passing else EngineError)(_reason(error)) from None


@contextmanager
def _cut_off(sock: socket.socket, seconds: float | None, late: Event) -> Iterator[None]:
    """Shut a socket down after so many seconds, whatever it is doing."""

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
        if late.is_set():  # the end may be that of the socket, not of the answer
            raise TimeoutError
    finally:
        timer.cancel()


def _exchange(
    connection: HTTPConnection, request: Request, limits: ExchangeLimits
) -> EndpointReply:
    assert request.data is None or isinstance(request.data, bytes)
    headers = {**dict(request.header_items()), "Connection": "close"}
    try:
        connection.request(request.get_method(), request.selector, request.data, headers)
        reply = connection.getresponse()
    except ConnectionError:
        raise _Unanswered from None
    with reply as response:
        body = _body(response, limits.bytes) if response.status == 200 else _beginning(response)
        return EndpointReply(response.status, response.headers, body)


def _body(response: HTTPResponse, most: int) -> bytes:
    announced = response.length
    body = bytearray()
    while piece := response.read(_PIECE):
        body += piece
        if len(body) > most:
            raise TooLarge(
                f"sends more than {most / 2**20:g} MiB; ask for less, such as with LIMIT"
            )
    if announced is not None and len(body) < announced:
        raise IncompleteRead(bytes(body[:1]), announced - len(body))
    return bytes(body)


def _beginning(response: HTTPResponse) -> bytes:
    """As much of a page of error as a message needs, and no matter if it breaks off."""
    try:
        return response.read(_MOST_OF_ERROR)
    except IncompleteRead as error:
        return error.partial
    except ConnectionError:
        return b""


def _reason(error: Exception) -> str:
    """What went wrong on the way, in words, and what to do."""
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
