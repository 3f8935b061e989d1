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

_SHARE = 4  # a client may have one of so many connections
_BACKLOG = 1024  # connections that wait to be accepted
_NOISE = (
    "Invalid HTTP request",
    "Unsupported upgrade",
    "No supported WebSocket",
    "ASGI callable returned without completing",
    "Application startup failed",
)


def run(
    settings: Settings, host: str, port: int, *, proxy: str | None = None, processes: int = 1
) -> None:
    """Serve until the process is stopped by a signal; requests that run are finished.

    Prints the address once the server answers, raises the limit of open files, and filters what
    uvicorn logs. The headers of requests from the address `proxy` name the client. With several
    `processes`, children serve and this one watches them. Raises `InputError` when it cannot listen
    on the address, the errors of loading the data, and `EngineError` when it cannot start.
    """
    with suppress(ImportError):
        _raise_file_limit(settings.connections)
    logging.getLogger("uvicorn.error").addFilter(_is_worth_logging)
    try:
        listener = _listen(host, port)
    except OSError as error:
        raise InputError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    with listener:
        announce = partial(_announce, listener)
        if processes == 1:
            _serve(settings, listener, proxy, announce)
            return

        def serve(number: int, ready: Callable[[], object]) -> None:
            """Serve at `listener` as the child process with a number; call `ready` once it answers.

            The settings are those of the parent, with this number.
            """
            _serve(replace(settings, process=number), listener, proxy, ready)

        Fleet(serve).run(processes, announce)


def _serve(
    settings: Settings, listener: socket.socket, proxy: str | None, ready: Callable[[], object]
) -> None:
    """Serve at a socket with uvicorn until a signal; call `ready` once the server answers.

    Sets the handlers of SIGINT and SIGTERM. Other processes may share the socket. `proxy` is the
    address whose headers name the client, or None. Raises the error for which the data could not be
    loaded, or `EngineError` if uvicorn could not start.
    """
    app = App(settings, ready)
    config = uvicorn.Config(
        app,
        http=_connection_class(settings, proxy),
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy,
        backlog=_BACKLOG,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(settings.seconds) + 5,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # uvicorn raises it again at the end
    server = uvicorn.Server(config)
    with suppress(SystemExit):
        server.run([listener])
    if app.failed is not None:
        raise app.failed
    if not server.started and not server.should_exit:
        raise EngineError("the server could not be started; what it has logged says why")


def _announce(listener: socket.socket) -> None:
    """Print the address of the server to standard output; if that fails, log it."""
    name, port = listener.getsockname()[:2]
    host = f"[{name}]" if ":" in name else name
    try:
        print(f"serving on http://{host}:{port}/", flush=True)  # noqa: T201
    except OSError as error:  # the disk may be full
        log.error("serving on port %d, which cannot be printed: %s", port, error.strerror)


def _connection_class(settings: Settings, proxy: str | None) -> type[Guarded]:
    """Return a new subclass of `Guarded` with the limits of the settings, for uvicorn.

    A client may have a fourth of all connections. Behind a proxy they are not limited for each
    client, as all come from the proxy.
    """
    members = {
        "read_timeout": settings.read_timeout,
        "patience": min(3 * settings.read_timeout, Guarded.patience),
        "connections_in_all": settings.connections,
        "most": 0 if proxy else max(settings.connections // _SHARE, 1),
        "clients": Counter(),
    }
    return type("Guarded", (Guarded,), members)


def _listen(host: str, port: int) -> socket.socket:
    """Return a new socket that listens at an address; `OSError` if that is not possible.

    Connections that come while the data is loaded wait in it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With this protocol asyncio sends small pieces at once, not 40 ms later.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _raise_file_limit(connections: int) -> None:
    """Raise the limit of open files of this process to 500 more than `connections`.

    Where the system does not allow that, it is raised as far as possible, or not; a higher one
    stays. Raises `ImportError` where there is no such limit, as on Windows.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 500
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Whether a message of uvicorn is to be logged: a filter of logging.

    Those that begin as one of `_NOISE` are not: they are about bad requests, or what we log too.
    """
    return not record.getMessage().startswith(_NOISE)
