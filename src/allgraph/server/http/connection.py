"""The HTTP connection, with limits on how slowly and how much a client may send."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from secrets import token_hex
from struct import pack
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, parse_url

from allgraph.server.http.problems import MEDIA_TYPE, Problem
from allgraph.server.http.runner import Pause, Runner
from allgraph.server.http.timer import Alarm
from allgraph.server.request import ID, Exchange, Network, Request, client_of

log = logging.getLogger("allgraph")

HEADERS = 64 * 2**10
ADDRESS = 65_000
"""The maximum bytes of the headers, and of the address, of a request."""
HALF = 0.5
"""Seconds for the answer to a client that has closed its side; it may be gone."""
IDLE = 15.0
"""Seconds that a connection is kept for the next request."""
LINGER = 5.0
"""Seconds to read on, so that a client that still sends can read why it is refused."""
_READ_SIZE = 2**16  # bytes that are read at a time
_HOST = re.compile(rb"(?:[\w.~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""A host as RFC 9112 has it, perhaps empty; but no comma, with which several are joined."""
_DETAILS = {
    400: "the request is not valid HTTP, where a request has one Host header, a host",
    408: "the request took too long to arrive",
    414: f"the address has more than {ADDRESS:,} bytes; POST the query instead",
    431: f"the headers have more than {HEADERS:,} bytes",
    500: "the server failed at this request, and has logged why",
    503: "there are too many connections; ask again later",
}


@dataclass(eq=False)
class Connections:
    """The open connections of a server process, and their limits.

    `answer` is what sends the answer to a request. A request may take `read_timeout` seconds to
    arrive, and have a body of `body` bytes, and a client may stop reading for `patience` seconds.
    There may be `most` connections at a time, and `most_of_one` of one client; 0 is no limit.
    `clients` counts them by IP address. `proxy` has the addresses of the proxies whose headers name
    the client. All use `buffer` to receive, as making one costs more than receiving. With
    `is_stopping`, each connection is closed after the request that it has.
    """

    answer: Callable[[Exchange], Coroutine[Any, Any, None]]
    read_timeout: float = 10.0
    patience: float = 30.0
    body: int = 2**20
    most: int = 1000
    most_of_one: int = 0
    proxy: Network | None = None
    is_stopping: bool = False
    open: set[Connection] = field(default_factory=set)
    clients: Counter[str] = field(default_factory=Counter)
    ids: Iterator[str] = field(default_factory=lambda: _ids())
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(_READ_SIZE)))

    async def finish(self, seconds: float, is_forced: Callable[[], bool]) -> None:
        """Close all connections, each after the request that it has; cut off those that are left.

        That is after so many seconds, or when `is_forced` says so.
        """
        self.is_stopping = True
        for connection in [*self.open]:
            connection.close_after_request()
        end = asyncio.get_running_loop().time() + seconds
        while self.open and not is_forced() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.05)
        if self.open:
            log.error("%d connections are cut off, as the server stops", len(self.open))
        for connection in [*self.open]:
            connection.transport.abort()
            connection.connection_lost(None)


class Connection(asyncio.BufferedProtocol):
    """An HTTP connection, closed when the client sends or reads too slowly, or sends too much.

    Requests are answered one after the other, each in another turn of the event loop. The answer
    begins when a request has come, or the head of one that has a body. Nothing more is read while
    requests wait.

    The event loop calls `connection_made` to `resume_writing`;
    the parser of HTTP calls the methods ``on_…``, and refuses a request when one raises ValueError.
    """

    def __init__(self, connections: Connections) -> None:
        self.all = connections
        self._loop = asyncio.get_running_loop()
        self._alarm = Alarm(self._loop, self._refuse_late)  # for a request to arrive
        self._abort_timer: asyncio.TimerHandle | None = None  # while the client does not read
        self._close_timer: asyncio.TimerHandle | None = None  # while the connection is to close
        self._parser = HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._url, self._header_bytes = b"", 0  # of the request that comes
        self._headers: dict[bytes, bytes] = {}
        self._head_bytes = 0  # of all data in the head
        self._in_head = self._in_body = self._is_draining = self._is_idle = False
        self._status = 400  # for a request that the parser refuses
        self._latest: Exchange | None = None  # of the request that came last, or comes
        self._is_queued = False  # whether that was put into the queue
        self._exchange: Exchange | None = None  # that is being answered
        self._runner: Runner | None = None  # of the answer
        self._queue: deque[Exchange] = deque()  # to be answered after that
        self._is_full = False  # the buffer of what is sent: the client does not read
        self._room: Pause | None = None  # until which an answer waits because of that

    # ---- The connection

    def connection_made(self, transport: Any) -> None:
        """Count the connection; refuse it with 503 if there are too many, else time its request.

        Sets the send timeout of its socket.
        """
        self.transport: asyncio.Transport = transport
        _set_send_timeout(transport, self.all.patience)
        peer = transport.get_extra_info("peername")
        self._peer: str = peer[0] if peer else ""
        self.all.open.add(self)
        self.all.clients[self._peer] += 1
        is_full = len(self.all.open) > self.all.most
        if is_full or 0 < self.all.most_of_one < self.all.clients[self._peer]:
            self._refuse(503)
        else:
            self._alarm.set(self._loop.time() + self.all.read_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers, count the connection as gone, and cancel the work on its answer.

        Requests that wait to be answered after it are dropped. Nothing happens the second time.
        """
        if self not in self.all.open:
            return
        self.all.open.remove(self)
        self.all.clients[self._peer] -= 1
        if not self.all.clients[self._peer]:
            del self.all.clients[self._peer]
        self._alarm.close()
        for timer in (self._abort_timer, self._close_timer):
            if timer is not None:
                timer.cancel()
        self._queue.clear()
        self._cancel_answer()
        del self._parser  # which keeps this
        self._latest = None

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where received bytes are to be put."""
        return self.all.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes that were received."""
        self.data_received(self.all.buffer[:nbytes])

    def data_received(self, data: bytes | memoryview) -> None:
        """Parse received bytes; refuse with 431 a request whose head is too long.

        Bytes after a refusal are dropped, and those after a request to upgrade.
        """
        if self._is_draining:
            return
        try:
            with suppress(HttpParserUpgrade):
                self._parser.feed_data(data)
        except HttpParserError:
            return self._refuse(self._status)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEADERS + ADDRESS:
                return self._refuse(431)
        self._answer_next()
        if self._queue:
            self.transport.pause_reading()

    def eof_received(self) -> bool | None:
        """Act on a client that has closed its side; None has the loop close the connection at once.

        If its request is complete and being answered, there are `HALF` (0.5) seconds for that, then
        it is refused with 408, or cut off if the answer has begun; True keeps the connection.
        """
        if self._exchange is None or self._in_body:
            return None
        self._close_timer = self._loop.call_later(HALF, self._refuse, 408)
        return True

    def pause_writing(self) -> None:
        """Stop sending; abort the connection if the client does not read for `patience` seconds."""
        self._is_full = True
        self._abort_timer = self._loop.call_later(self.all.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on sending, as the client reads again: in the next turn, for the transport is at work.

        It would not expect to be closed now.
        """
        self._is_full = False
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        self._loop.call_soon(self._send_on)

    def _send_on(self) -> None:
        """Have the answer that waits in `drain` go on, or the next begin, if it may be sent."""
        if self._is_full:
            return
        room, self._room = self._room, None
        if room is not None:
            room.set_result(None)
        self._answer_next()

    async def drain(self) -> None:
        """Wait until the client has read enough for more to be sent."""
        if self._is_full:
            self._room = Pause()
            await self._room

    def write(self, chunk: bytes) -> None:
        """Send bytes; they are dropped if the connection is closing."""
        if not (self._is_draining or self.transport.is_closing()):
            self.transport.write(chunk)

    # ---- The request that comes

    def on_message_begin(self) -> None:
        """Note that a request begins, and start its timer, unless an earlier request still runs."""
        self._url, self._headers, self._header_bytes, self._head_bytes = b"", {}, 0, 0
        self._in_head = True
        if self._is_idle or self._alarm.when is None:
            self._is_idle = False
            self._alarm.set(self._loop.time() + self.all.read_timeout)

    def on_url(self, url: bytes) -> None:
        """Take a part of the address; if it is too long, set `_status` and raise ValueError."""
        self._url += url
        if len(self._url) > ADDRESS:
            self._status = 414
            raise ValueError("the address is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; if all together are too long, set `_status` and raise ValueError."""
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > HEADERS:
            self._status = 431
            raise ValueError("the headers are too long")
        name, headers = name.lower(), self._headers
        headers[name] = headers[name] + b", " + value if name in headers else value

    def on_headers_complete(self) -> None:
        """Note that the head of a request is complete; if a body follows, have it answered.

        After a request to upgrade, which is ignored, the connection is closed. Raises ValueError if
        the request has several Host headers, or one that is no host, or none, which only one of
        HTTP/1.0 may, or an address that is none.
        """
        is_old = self._parser.get_http_version() == "1.0"
        if not _HOST.fullmatch(self._headers.get(b"host", b"" if is_old else b" ")):
            raise ValueError("the request has no Host header, or several, or one that is no host")
        self._in_head, self._in_body = False, True
        path, query = _parts(self._url)
        given = self._headers.get(b"x-request-id", b"")
        request = Request(
            self._parser.get_method().decode("ascii"),
            path,
            query,
            self._headers,
            client_of(self._peer, self._headers, self.all.proxy),
            given.decode() if ID.fullmatch(given) else next(self.all.ids),
        )
        keeps_alive = not is_old and self._parser.should_keep_alive()
        keeps_alive = keeps_alive and not self._parser.should_upgrade()  # the next is not parsed
        keeps_alive = keeps_alive and not self.all.is_stopping
        self._latest = Exchange(
            request, self.write, self.drain, self.all.body, keeps_alive, not is_old
        )
        self._is_queued = False
        if b"content-length" in self._headers or b"transfer-encoding" in self._headers:
            self._queue_latest()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        assert self._latest is not None
        self._latest.take_body(body)

    def on_message_complete(self) -> None:
        """Note that a request is complete, stop timing it, and have it answered."""
        assert self._latest is not None
        self._in_body = False
        self._alarm.off()
        self._latest.end_body()
        if not self._is_queued:
            self._queue_latest()
        elif self._latest.is_complete:
            self._rest()

    def _queue_latest(self) -> None:
        """Have the request that came last answered, after those before it."""
        assert self._latest is not None
        self._queue.append(self._latest)
        self._is_queued = True

    # ---- The answer

    def _answer_next(self) -> None:
        """Begin to answer the first request that waits, if none is being answered.

        Nothing happens while the client does not read.
        """
        is_free = self._exchange is None and not (self._is_full or self._is_draining)
        if self._queue and is_free and not self.transport.is_closing():
            self._exchange = exchange = self._queue.popleft()
            self._runner = Runner(self.all.answer(exchange), self._answered)
            self._runner.run()
            exchange.drop_unread_body()

    def _answered(self, error: Exception | None) -> None:
        """Go on after an answer: with the next request, or close the connection.

        The error is a bug, for which 500 is sent if nothing was. A reply that is not complete was
        truncated, or cancelled.
        """
        exchange, self._exchange, self._runner = self._exchange, None, None
        assert exchange is not None
        if error is not None:
            log.error("%s: %r", exchange.request.id, error, exc_info=error)
            if not exchange.has_begun:
                self.write(_response(500))
        if error is not None or not exchange.is_complete:
            if exchange.has_begun and not exchange.takes_chunks:
                _reset_at_end(self.transport)
            self.transport.close()
        elif not exchange.keeps_alive:
            self._close()
        elif self._queue:
            self._loop.call_soon(self._answer_next)
        elif self._close_timer is not None and not self._is_draining:
            self.transport.close()
        else:
            self._rest()

    def _rest(self) -> None:
        """Read on, as no request waits; close the connection later, unless another begins."""
        self.transport.resume_reading()
        if not (self._in_head or self._in_body):
            self._is_idle = True
            self._alarm.set(self._loop.time() + IDLE)

    # ---- The end

    def close_after_request(self) -> None:
        """Close the connection once the request that came last is answered, or now if it is."""
        if self._exchange is None and not self._queue:
            self.transport.close()
        elif self._latest is not None:
            self._latest.keeps_alive = False

    def _refuse_late(self) -> None:
        """Refuse a request that took too long to arrive with 408, or close an idle connection.

        If an earlier request is still being answered, the timer is started again.
        """
        if self._exchange is not None and (self._in_head or self._exchange is not self._latest):
            self._alarm.set(self._loop.time() + self.all.read_timeout)
        elif self._in_head or self._exchange is not None:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Send the problem of a status in place of the answer, and close the connection.

        Nothing is sent if an answer has begun, and nothing is done if the connection is closing.
        `_close` lets the client read the problem if more of its request may come.
        """
        if self._is_draining or self.transport.is_closing():
            return
        if self._exchange is None or not self._exchange.has_begun:
            self.transport.write(_response(status))
        self._in_head = self._in_head or status in (400, 414, 431)  # and more of it may come
        self._close()

    def _close(self) -> None:
        """Close the connection.

        If the client is still sending, only our side is closed, the work on its request is
        cancelled, and what comes in `LINGER` seconds is read and dropped: so the client can read
        the answer. If a timer to close the connection runs already, it is closed at once.
        """
        if not (self._in_head or self._in_body) or self._close_timer is not None:
            self.transport.close()
        elif not self._is_draining and not self.transport.is_closing():
            self._is_draining = True
            self._alarm.off()
            self._close_timer = self._loop.call_later(LINGER, self.transport.close)
            self.transport.write_eof()
            self.transport.resume_reading()
            self._cancel_answer()

    def _cancel_answer(self) -> None:
        """Cancel the work on the answer, if there is any."""
        if self._runner is not None:
            self._runner.cancel()


def _ids() -> Iterator[str]:
    """Yield IDs of requests, of 16 hexadecimal digits, which do not tell how many there are."""
    random = Random(token_hex(16))  # noqa: S311  they are no secrets, and a system call is slow
    while True:
        yield f"{random.getrandbits(64):016x}"


def _parts(url: bytes) -> tuple[str, bytes]:
    """Return the path and the query of an address; ValueError if it is none."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
    else:
        try:
            parsed = parse_url(url)
        except HttpParserError:
            raise ValueError("the address is malformed") from None
        path, query = parsed.path or b"", parsed.query or b""
        if not path:
            raise ValueError("the address has no path")
    return path.decode("ascii"), query


def _response(status: int) -> bytes:
    """Return a whole HTTP response with the problem of a status in `_DETAILS`, as JSON, in bytes.

    It says that the connection is closed.
    """
    problem = Problem(status, "about:blank", HTTPStatus(status).phrase, _DETAILS[status])
    body = problem.body()
    head = [
        f"HTTP/1.1 {status} {problem.title}",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode("ascii") + body


def _reset_at_end(transport: Any) -> None:
    """Have the system reset a connection where it is closed, and not end it as one that is whole.

    So the client sees that a body without chunks is truncated. What it has not got yet is lost.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))


def _set_send_timeout(transport: Any, seconds: float) -> None:
    """Have Linux close a connection if what was sent is not acknowledged in so many seconds.

    Sets an option of its socket; does nothing on other systems.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # of Linux
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))
