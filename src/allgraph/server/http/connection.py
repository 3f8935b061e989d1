"""The HTTP connection, with limits on how slowly and how much a client may send."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from allgraph.server.http.problems import MEDIA_TYPE, Problem
from allgraph.server.http.timer import Alarm

HEADERS = 64 * 2**10
ADDRESS = 65_000
"""The maximum bytes of the headers, and of the address, of a request."""
HALF = 0.5
"""Seconds for the answer to a client that has closed its side; it may be gone."""
LINGER = 5.0
"""Seconds to read on, so that a client that still sends can read why it is refused."""
_HOST = re.compile(rb"(?:[\w.~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""A host as RFC 9112 has it, perhaps empty; but no comma, with which proxies join two hosts."""
_CONTINUE = b"HTTP/1.1 100 "
_DETAILS = {
    400: "the request is not valid HTTP, where a request has one Host header, a host",
    408: "the request took too long to arrive",
    414: f"the address has more than {ADDRESS:,} bytes; POST the query instead",
    431: f"the headers have more than {HEADERS:,} bytes",
    503: "there are too many connections; ask again later",
}


class Guarded(HttpToolsProtocol):
    """An HTTP connection, closed when the client sends or reads too slowly, or sends too much.

    A request may take `read_timeout` seconds to arrive, and the client may stop reading for
    `patience` seconds. A client has at most `most` connections at a time; 0 is no limit. `clients`
    counts them by IP address, for all connections of the class. When a connection is lost, the
    function that the application left in ``scope["gone"]`` is called.

    The event loop calls `connection_made` to `eof_received`, `pause_writing` and `resume_writing`;
    the parser of HTTP calls the methods ``on_…``; both are defined by uvicorn, and go on there.
    """

    read_timeout = 10.0
    patience = 30.0
    connections_in_all = 1000
    most = 0
    clients: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: Any) -> None:
        """Count the connection; refuse it with 503 if there are too many, else time its request.

        Too many are more than `connections_in_all`, or than `most` of one client, where 0 is no
        limit. Sets all attributes of this connection, and the send timeout of its socket.
        """
        self._alarm = Alarm(self.loop, self._refuse_late)  # for a request to arrive
        self._abort_timer: asyncio.TimerHandle | None = None  # while the client does not read
        self._close_timer: asyncio.TimerHandle | None = None  # while the connection is to close
        self._app_cycle: RequestResponseCycle | None = (
            None  # of the request that the application got last
        )
        self._in_head = self._in_body = self._is_draining = False
        self._header_bytes = self._head_bytes = 0  # of parsed headers; of all data in the head
        self._status = 400  # for a request that the parser refuses
        super().connection_made(transport)
        _set_send_timeout(transport, self.patience)
        self._name = self.client[0] if self.client else ""
        self.clients[self._name] += 1
        is_full = len(self.connections) > self.connections_in_all
        if is_full or 0 < self.most < self.clients[self._name]:
            self._refuse(503)
        else:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers, count the connection as gone, and cancel the work on its answer.

        Requests that wait to be answered after it are dropped.
        """
        self._alarm.close()
        for timer in (self._abort_timer, self._close_timer):
            if timer is not None:
                timer.cancel()
        self.clients[self._name] -= 1
        if not self.clients[self._name]:
            del self.clients[self._name]
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        self._cancel_answer()

    def _cancel_answer(self) -> None:
        """Take ``scope["gone"]`` from the request that the application is answering, and call it.

        The application puts that function there, which cancels its work on the request; that it
        is taken away tells the application why. Nothing is done if no request is being answered.
        """
        scope: Any = {} if self._app_cycle is None else self._app_cycle.scope
        gone: Callable[[], object] | None = scope.pop("gone", None)
        if gone is not None:
            gone()

    def data_received(self, data: bytes) -> None:
        """Parse received bytes; refuse with 431 a request whose head is too long.

        Bytes after a refusal are dropped. Starts the timer of the next request if none is being
        answered.
        """
        if self._is_draining:
            return
        super().data_received(data)
        if self._is_draining or self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEADERS + ADDRESS:
                self._refuse(431)
        if not self._is_busy():
            self._start_timer()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Act on a client that has closed its side; None has the loop close the connection at once.

        If its request is complete and being answered, there are `HALF` (0.5) seconds for that, then
        it is refused with 408, or cut off if the answer has begun; True keeps the connection.
        """
        if not self._is_busy() or self._in_body:
            return None
        self._close_timer = self.loop.call_later(HALF, self._refuse, 408)
        return True

    def on_message_begin(self) -> None:
        """Note that a request begins, and time it."""
        self._in_head, self._header_bytes, self._head_bytes = True, 0, 0
        self._start_timer()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address; if it is too long, set `_status` and raise ValueError."""
        super().on_url(url)
        if len(self.url) > ADDRESS:
            self._status = 414
            raise ValueError("the address is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; if all together are too long, set `_status` and raise ValueError."""
        self._header_bytes += len(name) + len(value) + 4
        if self._header_bytes > HEADERS:
            self._status = 431
            raise ValueError("the headers are too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that the head of a request is complete; the application starts to answer it.

        If an earlier request is still being answered, it does so after that. After a request to
        upgrade, which is ignored, the connection is closed. Raises ValueError if the request has
        several Host headers, or one that is no host, or none, which only one of HTTP/1.0 may.
        """
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and self.parser.get_http_version() != "1.0"):
            raise ValueError("the request has no Host header, or several")
        if not all(map(_HOST.fullmatch, hosts)):
            raise ValueError("the Host header is no host")
        self._in_head, self._in_body = False, True
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # the next request could not be parsed

    def on_message_complete(self) -> None:
        """Note that a request is complete, and stop timing it."""
        self._in_body = False
        self._alarm.off()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Send what is left of an answer, and start to answer a request that waits.

        If none does, and the client has closed its side, the connection is closed.
        """
        self._writer.flush()
        super().on_response_complete()
        if self._close_timer is not None and not self._is_draining and not self.pipeline:
            self.transport.close()

    def pause_writing(self) -> None:
        """Stop sending; abort the connection if the client does not read for `patience` seconds."""
        super().pause_writing()
        if self._abort_timer is None:
            self._abort_timer = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on sending, as the client reads again."""
        super().resume_writing()
        if self._abort_timer is not None:
            self._abort_timer.cancel()
            self._abort_timer = None

    def send_400_response(self, msg: str) -> None:
        """Refuse a request on which the parser failed, with the status in `_status`.

        `msg` is not used. Uvicorn calls this, also when a method ``on_…`` has raised ValueError.
        """
        self._refuse(self._status)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Start the application on a request; a new `_ResponseWriter` takes its answer.

        A `cycle` is uvicorn's object for a request and its answer: its transport is set to the
        writer. Sets `_app_cycle` to the cycle and `_writer`.
        """
        self._app_cycle = cycle
        self._writer = _ResponseWriter(self.transport, self._close)
        cycle.transport = self._writer  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)

    def _is_busy(self) -> bool:
        """Whether the application is answering a request."""
        return self._app_cycle is not None and not self._app_cycle.response_complete

    def _start_timer(self) -> None:
        """Start the timer of a request, `read_timeout` seconds, unless it runs.

        `_refuse_late` is called when it runs out.
        """
        if self._alarm.when is None:
            self._alarm.set(self.loop.time() + self.read_timeout)

    def _refuse_late(self) -> None:
        """Refuse a request that took too long to arrive with 408, or close an idle connection.

        If an earlier request is still being answered, the timer is started again.
        """
        is_busy = self._is_busy()
        if is_busy and (self._in_head or self._app_cycle is not self.cycle):
            self._start_timer()  # an earlier request is being answered
        elif self._in_head or is_busy:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Send the problem of a status in place of the application, and close the connection.

        Nothing is sent if an answer has begun, and nothing is done if the connection is closing.
        `_close` lets the client read the problem if more of its request may come.
        """
        if self._is_draining or self.transport.is_closing():
            return
        if not (self._is_busy() and self._app_cycle and self._app_cycle.response_started):
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
            self._unset_keepalive_if_required()
            self._close_timer = self.loop.call_later(LINGER, self.transport.close)
            self.transport.write_eof()
            if self._app_cycle is not None:
                self._app_cycle.disconnected = True
            self.flow.resume_reading()
            self._cancel_answer()


class _ResponseWriter:
    """A transport for uvicorn that sends the head of an answer with the first piece of its body.

    `close` is called in place of the method of the transport.
    """

    def __init__(self, transport: Any, close: Callable[[], None]) -> None:
        self.is_closing = transport.is_closing
        self._write, self._close = transport.write, close
        self._head: bytes | None = None  # that waits; None before it comes, empty once it is sent

    def write(self, data: bytes) -> None:
        """Keep the first data, the head, for the next call; send all other data, after the head.

        An object serves one answer. If no second call comes, `flush` or `close`, which are called
        at its end, sends the head. The interim answer 100, Continue, is sent at once.
        """
        if self._head is None and not data.startswith(_CONTINUE):
            self._head = data
        elif self._head:
            data, self._head = self._head + data, b""
            self._write(data)
        else:
            self._write(data)

    def flush(self) -> None:
        """Send the head, if one is kept."""
        if self._head:
            self._write(self._head)
            self._head = b""

    def close(self) -> None:
        """Send the head, if one is kept, and close the connection by the function `close`."""
        self.flush()
        self._close()


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


def _set_send_timeout(transport: Any, seconds: float) -> None:
    """Have Linux close a connection if what was sent is not acknowledged in so many seconds.

    Sets an option of its socket; does nothing on other systems.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # of Linux
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))
