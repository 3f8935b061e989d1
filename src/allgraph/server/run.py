"""The server process: uvicorn around the application."""

from __future__ import annotations

import logging
import signal
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import uvicorn

from allgraph.errors import EngineError, InputError
from allgraph.server.app import App
from allgraph.server.http.connection import Guarded
from allgraph.server.prefork import Fleet
from allgraph.server.settings import Settings

log = logging.getLogger("allgraph")

_SHARE = 4  # one client has at most this part of all connections
_WAITING = 1024  # connections that wait to be taken
_CHATTER = (
    "Invalid HTTP request",
    "Unsupported upgrade",
    "No supported WebSocket",
    "ASGI callable returned without completing",
    "Application startup failed",
)


def run(
    settings: Settings, host: str, port: int, *, proxy: str | None = None, processes: int = 1
) -> None:
    """Serve until the process is told to stop; it finishes the requests that run.

    Raises `InputError` when the address cannot be listened on, and what the loading of the
    data raises.
    """
    with suppress(ImportError):
        _allow_files(settings.connections)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    try:
        listening = _listening(host, port)
    except OSError as error:
        raise InputError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    with listening:
        told = partial(_say, listening)
        if processes == 1:
            _serve(settings, listening, proxy, told)
            return

        def serve(number: int, ready: Callable[[], object]) -> None:
            _serve(replace(settings, process=number), listening, proxy, ready)

        Fleet(serve).run(processes, told)


def _serve(
    settings: Settings, listening: socket.socket, proxy: str | None, told: Callable[[], object]
) -> None:
    """Serve at a socket, which others may have too; say so once it answers there."""
    app = App(settings)
    config = uvicorn.Config(
        app,
        http=_guarded(settings, proxy),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy,
        backlog=_WAITING,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(settings.seconds) + 5,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignored)  # uvicorn has its own, and raises it again at the end
    server = _Server(config, told)
    with suppress(SystemExit):
        server.run([listening])
    if app.failed is not None:
        raise app.failed
    if not server.started and not server.should_exit:
        raise EngineError("the server could not be started; what it has logged says why")


class _Server(uvicorn.Server):
    """Says so once it answers."""

    def __init__(self, config: uvicorn.Config, told: Callable[[], object]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._told()


def _say(listening: socket.socket) -> None:
    """Say where the server is."""
    name, number = listening.getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    try:
        print(f"serving on http://{shown}:{number}/", flush=True)  # noqa: T201
    except OSError as error:  # of the log, say, whose disk is full
        log.error("serving on port %d, which cannot be said: %s", number, error.strerror)


def _guarded(settings: Settings, proxy: str | None) -> type[Guarded]:
    members = {
        "read_timeout": settings.read_timeout,
        "patience": 3 * settings.read_timeout,
        "connections_in_all": settings.connections,
        "most": 0 if proxy else max(settings.connections // _SHARE, 1),
        "clients": Counter(),
    }
    return type("Guarded", (Guarded,), members)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # By its protocol asyncio knows to send small pieces at once, not 40 ms later.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_WAITING)  # who comes while the data is loaded waits for the answer
    except OSError:
        listening.close()
        raise
    return listening


def _allow_files(connections: int) -> None:
    """Let the process have as many files open as it has connections, and some."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 500
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a message is about more than what one client did, or what is told anyway."""
    return not record.getMessage().startswith(_CHATTER)


def _ignored(*_: object) -> None:
    pass
