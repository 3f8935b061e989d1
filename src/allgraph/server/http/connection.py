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
"""How many bytes the headers, and the address, of a request may have."""
HALF = 0.5
"""Seconds for the answer to a client that says it will send no more; it may have gone."""
LINGER = 5.0
"""Seconds to read on, so that a client that still sends gets to read why it is refused."""
_GO_ON = b"HTTP/1.1 100 "
_WORDS = {
    408: "the request took too long to come",
    414: f"the address has more than {ADDRESS:,} bytes; POST the query instead",
    431: f"the headers have more than {HEADERS:,} bytes",
    503: "there are too many connections; ask again later",
}


class Guarded(HttpToolsProtocol):
    """A connection that is closed when a request takes too long to come, or its answer to go.

    A client has `most` connections at a time, 0 is without end. When a connection is lost, the
    function that the application left in ``scope["gone"]`` is called.
    """

    read_timeout = 10.0
    patience = 30.0
    connections_in_all = 1000
    most = 0
    clients: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        self._alarm = Alarm(self.loop, self._late)
        self._stuck: asyncio.TimerHandle | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._in_head = self._in_body = self._lingers = False
        self._size = self._came = 0
        self._status = 400
        super().connection_made(transport)
        _give_up_after(transport, self.patience)
        self._name = self.client[0] if self.client else ""
        self.clients[self._name] += 1
        many = len(self.connections) > self.connections_in_all
        if many or 0 < self.most < self.clients[self._name]:
            self._refuse(503)
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application that nobody waits for its answer."""
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
        """Tell the application, if it is still at it, that nobody waits."""
        scope: Any = {} if self._running is None else self._running.scope
        gone: Callable[[], object] | None = scope.get("gone")
        if gone is not None:
            gone()

    def data_received(self, data: bytes) -> None:
        """Take in what came; of a head, no more than there may be."""
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
        """The client sends no more; a request that is here whole may still be answered."""
        if not self._is_busy() or self._in_body:
            return None
        self._ending = self.loop.call_later(HALF, self._refuse, 408)
        return True

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._size, self._came = True, 0, 0
        self._wait()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A part of the address came."""
        super().on_url(url)
        if len(self.url) > ADDRESS:
            self._status = 414
            raise ValueError("the address is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header came."""
        self._size += len(name) + len(value) + 4
        if self._size > HEADERS:
            self._status = 431
            raise ValueError("the headers are too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head of a request is here."""
        self._in_head, self._in_body = False, True
        super().on_headers_complete()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # what comes after it cannot be read

    def on_message_complete(self) -> None:
        """All of a request is here."""
        self._in_body = False
        self._alarm.off()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer has gone."""
        self._outlet.flush()
        super().on_response_complete()
        if self._ending is not None and not self._lingers and not self.pipeline:
            self.transport.close()

    def pause_writing(self) -> None:
        """The client does not read what it has asked for; it has so long to go on."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, or too long."""
        self._refuse(self._status)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        self._outlet = _Outlet(self.transport, self._close)
        cycle.transport = self._outlet  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)

    def _is_busy(self) -> bool:
        """Whether an answer is being made."""
        return self._running is not None and not self._running.response_complete

    def _wait(self) -> None:
        if self._alarm.when is None:
            self._alarm.set(self.loop.time() + self.read_timeout)

    def _late(self) -> None:
        busy = self._is_busy()
        if busy and (self._in_head or self._running is not self.cycle):
            self._wait()  # a request that came before it is being answered
        elif self._in_head or busy:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer for the application, unless an answer has begun, and close the connection."""
        if self._lingers or self.transport.is_closing():
            return
        if not (self._is_busy() and self._running and self._running.response_started):
            self.transport.write(_answer(status))
        self._in_head = self._in_head or status in (400, 414, 431)
        self._close()

    def _close(self) -> None:
        """Close the connection, once the client has stopped sending if it is at it."""
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


class _Outlet:
    """What an answer is written to: its head goes with the first piece of its body."""

    def __init__(self, transport: Any, close: Callable[[], None]) -> None:
        self.is_closing = transport.is_closing
        self._write, self._close = transport.write, close
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Take in the head, or send a piece."""
        if self._head is None and not data.startswith(_GO_ON):
            self._head = data
        elif self._head:
            data, self._head = self._head + data, b""
            self._write(data)
        else:
            self._write(data)

    def flush(self) -> None:
        """Send a head that has no body."""
        if self._head:
            self._write(self._head)
            self._head = b""

    def close(self) -> None:
        """Close the connection."""
        self.flush()
        self._close()


def _answer(status: int) -> bytes:
    problem = of_status(status, _WORDS.get(status, ""))
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


def _give_up_after(transport: Any, seconds: float) -> None:
    """Have the system close a connection whose other end takes nothing for so long."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # of Linux
    own = transport.get_extra_info("socket")
    if option is not None and own is not None:
        own.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))
