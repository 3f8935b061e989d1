"""The HTTP connection, with limits on how slowly and how much a client may send."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from allgraph.server.http.problems import MEDIA_TYPE, of_status
from allgraph.server.http.timer import Alarm

HEADERS = 64 * 2**10
ADDRESS = 65_000
"""The maximum bytes of the headers, and of the address, of a request."""
HALF = 0.5
"""Seconds for the answer to a client that has closed its side; it may be gone."""
LINGER = 5.0
"""Seconds to read on, so that a client that still sends can read why it is refused."""
_CONTINUE = b"HTTP/1.1 100 "
_DETAILS = {
    408: "the request took too long to arrive",
    414: f"the address has more than {ADDRESS:,} bytes; POST the query instead",
    431: f"the headers have more than {HEADERS:,} bytes",
    503: "there are too many connections; ask again later",
}


class Guarded(HttpToolsProtocol):
    """A connection that is closed when a request takes too long to arrive, or its answer to go.

    A client has at most `most` connections at a time; 0 is no limit. When a connection is lost,
    the function that the application left in ``scope["gone"]`` is called.
    """

    read_timeout = 10.0
    patience = 30.0
    connections_in_all = 1000
    most = 0
    clients: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: Any) -> None:
        """Refuse the connection if there are too many; else wait for a request."""
        self._alarm = Alarm(self.loop, self._late)
        self._stuck: asyncio.TimerHandle | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._in_head = self._in_body = self._lingers = False
        self._size = self._came = 0
        self._status = 400
        super().connection_made(transport)
        _set_send_timeout(transport, self.patience)
        self._name = self.client[0] if self.client else ""
        self.clients[self._name] += 1
        is_full = len(self.connections) > self.connections_in_all
        if is_full or 0 < self.most < self.clients[self._name]:
            self._refuse(503)
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release the connection, and tell the application that nobody waits for its answer."""
        self._alarm.close()
        for timer in (self._stuck, self._ending):
            if timer is not None:
                timer.cancel()
        self.clients[self._name] -= 1
        if not self.clients[self._name]:
            del self.clients[self._name]
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        self._leave()

    def _leave(self) -> None:
        """Tell the application, if it is still at work, that nobody waits for its answer."""
        scope: Any = {} if self._running is None else self._running.scope
        gone: Callable[[], object] | None = scope.get("gone")
        if gone is not None:
            gone()

    def data_received(self, data: bytes) -> None:
        """Parse what came, if it does not make the head of a request too long."""
        if self._lingers:
            return
        super().data_received(data)
        if self._lingers or self.transport.is_closing():
            return
        if self._in_head:
            self._came += len(data)
            if self._came > HEADERS + ADDRESS:
                self._refuse(431)
        if not self._is_busy():
            self._wait()

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Answer a complete request of a client that has closed its side; else close."""
        if not self._is_busy() or self._in_body:
            return None
        self._ending = self.loop.call_later(HALF, self._refuse, 408)
        return True

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        self._in_head, self._size, self._came = True, 0, 0
        self._wait()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address, if it is not too long."""
        super().on_url(url)
        if len(self.url) > ADDRESS:
            self._status = 414
            raise ValueError("the address is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, if all together are not too long."""
        self._size += len(name) + len(value) + 4
        if self._size > HEADERS:
            self._status = 431
            raise ValueError("the headers are too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that the head of a request is complete."""
        self._in_head, self._in_body = False, True
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # the next request could not be parsed

    def on_message_complete(self) -> None:
        """Note that a request is complete."""
        self._in_body = False
        self._alarm.off()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Note that an answer is sent."""
        self._writer.flush()
        super().on_response_complete()
        if self._ending is not None and not self._lingers and not self.pipeline:
            self.transport.close()

    def pause_writing(self) -> None:
        """Abort the connection, if the client does not go on reading soon."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that the client reads again."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that is malformed, or too long."""
        self._refuse(self._status)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Have the application answer a request, which it writes to our writer."""
        self._running = cycle
        self._writer = _ResponseWriter(self.transport, self._close)
        cycle.transport = self._writer  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)

    def _is_busy(self) -> bool:
        """Whether an answer is being made."""
        return self._running is not None and not self._running.response_complete

    def _wait(self) -> None:
        """Start to time a request, if that is not done."""
        if self._alarm.when is None:
            self._alarm.set(self.loop.time() + self.read_timeout)

    def _late(self) -> None:
        """Refuse a request that took too long to arrive, or close an idle connection."""
        is_busy = self._is_busy()
        if is_busy and (self._in_head or self._running is not self.cycle):
            self._wait()  # an earlier request is being answered
        elif self._in_head or is_busy:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer for the application, unless an answer has begun, and close the connection."""
        if self._lingers or self.transport.is_closing():
            return
        if not (self._is_busy() and self._running and self._running.response_started):
            self.transport.write(_response(status))
        self._in_head = self._in_head or status in (400, 414, 431)
        self._close()

    def _close(self) -> None:
        """Close the connection, or only our side for a while if the client is still sending."""
        if not (self._in_head or self._in_body) or self._ending is not None:
            self.transport.close()
        elif not self._lingers and not self.transport.is_closing():
            self._lingers = True
            self._alarm.off()
            self._unset_keepalive_if_required()
            self._ending = self.loop.call_later(LINGER, self.transport.close)
            self.transport.write_eof()
            if self._running is not None:
                self._running.disconnected = True
            self.flow.resume_reading()
            self._leave()


class _ResponseWriter:
    """A transport that sends the head of an answer together with the first piece of its body."""

    def __init__(self, transport: Any, close: Callable[[], None]) -> None:
        self.is_closing = transport.is_closing
        self._write, self._close = transport.write, close
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Keep the head, or send a piece."""
        if self._head is None and not data.startswith(_CONTINUE):
            self._head = data
        elif self._head:
            data, self._head = self._head + data, b""
            self._write(data)
        else:
            self._write(data)

    def flush(self) -> None:
        """Send the head, if that is not done."""
        if self._head:
            self._write(self._head)
            self._head = b""

    def close(self) -> None:
        """Close the connection."""
        self.flush()
        self._close()


def _response(status: int) -> bytes:
    """A complete response with a problem, in bytes."""
    problem = of_status(status, _DETAILS.get(status, ""))
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
    """Have the system close a connection whose other end acknowledges nothing for so long."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # of Linux
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))
