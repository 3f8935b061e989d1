"""The server process: it listens, and serves until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from ipaddress import ip_network

from allgraph.errors import InputError
from allgraph.server.app import App
from allgraph.server.http.connection import Connection, Connections
from allgraph.server.prefork import Fleet
from allgraph.server.settings import Settings

log = logging.getLogger("allgraph")

_SHARE = 4  # a client may have one of so many connections
_BACKLOG = 1024  # connections that wait to be accepted


def run(
    settings: Settings, host: str, port: int, *, proxy: str | None = None, processes: int = 1
) -> None:
    """Serve until the process is stopped by a signal; requests that run are finished.

    Prints the address once the server answers, and raises the limit of open files. The headers of
    requests from the address or network `proxy` name the client. With several `processes`, children
    serve and this one watches them. Raises `InputError` when it cannot listen on the address, the
    errors of loading the data, and `EngineError` when it cannot start.
    """
    with suppress(ImportError):
        _raise_file_limit(settings.connections)
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
    """Serve at a socket until a signal; call `ready` once the server answers.

    Other processes may share the socket. `proxy` is the address whose headers name the client, or
    None. Raises the error for which the data could not be loaded.
    """
    app = App(settings)
    with suppress(asyncio.CancelledError):
        asyncio.run(_serve_with(app, _connections(app, proxy), listener, ready))
    if app.failed is not None:
        raise app.failed


async def _serve_with(
    app: App, connections: Connections, listener: socket.socket, ready: Callable[[], object]
) -> None:
    """Load the data, call `ready`, and serve at a socket until SIGINT or SIGTERM.

    Requests that run are then finished, unless that takes long or a second signal comes. A signal
    while the data is loaded cancels this. Raises the errors of loading it.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    stopping, forced = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        """Stop serving; the second time do not wait for requests that run."""
        (forced if stopping.is_set() else stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    async with app.running():
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        server = await loop.create_server(
            partial(Connection, connections), sock=listener, backlog=_BACKLOG
        )
        gc.freeze()  # what is loaded by now stays
        gc.set_threshold(2_000, 20, 100)  # to look through a full cache takes 0.1 s
        ready()
        await stopping.wait()
        server.close()
        await connections.finish(int(app.settings.seconds) + 5, forced.is_set)


def _announce(listener: socket.socket) -> None:
    """Print the address of the server to standard output; if that fails, log it."""
    name, port = listener.getsockname()[:2]
    host = f"[{name}]" if ":" in name else name
    try:
        print(f"serving on http://{host}:{port}/", flush=True)  # noqa: T201
    except OSError as error:  # the disk may be full
        log.error("serving on port %d, which cannot be printed: %s", port, error.strerror)


def _connections(app: App, proxy: str | None) -> Connections:
    """Return the object for all connections, with the limits of the settings.

    A client may have a fourth of all connections. Behind a proxy they are not limited for each
    client, as all come from the proxy.
    """
    settings = app.settings
    return Connections(
        app.answer,
        read_timeout=settings.read_timeout,
        patience=min(3 * settings.read_timeout, Connections.patience),
        body=settings.body,
        most=settings.connections,
        most_of_one=0 if proxy else max(settings.connections // _SHARE, 1),
        proxy=ip_network(proxy) if proxy else None,
    )


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
