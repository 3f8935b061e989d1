"""The command that serves a graph over HTTP."""

from __future__ import annotations

import logging
import sys
from ipaddress import ip_network
from typing import Any, TextIO
from urllib.parse import urlsplit

import click

from allgraph.cli.session import Session, pass_session


class _Requests(logging.StreamHandler[TextIO]):
    """Writes the log of requests; where that is not possible, says so once, and serves on."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Say that a line could not be written, unless that is known."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._told:
            self._told = True
            why = f"requests cannot be logged: {error.strerror}; they are answered all the same"
            logging.getLogger("allgraph").error(why)


def _web_address(context: click.Context, option: click.Parameter, given: Any) -> Any:
    """One address or several, each of which has to be one of the Web."""
    for each in given if isinstance(given, tuple) else filter(None, [given]):
        parts = urlsplit(each)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
            raise click.BadParameter(f"“{each}” is no address such as https://example.org/")
    return given


def _origins(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> Any:
    for each in given:
        parts = urlsplit(each)
        if each != "*" and (f"{parts.scheme}://{parts.netloc}" != each or not parts.netloc):
            raise click.BadParameter(f"“{each}” is no origin such as https://example.org, nor *")
    return given


def _proxy(context: click.Context, option: click.Parameter, given: str | None) -> str | None:
    try:
        ip_network(given or "::")
    except ValueError:
        raise click.BadParameter(
            f"“{given}” is no address such as 127.0.0.1, nor a network such as 10.0.0.0/8"
        ) from None
    return given


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option(
    "--base",
    "home",
    metavar="URL",
    callback=_web_address,
    help="The address under which the server is known. Default: the base of the graph.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True,
              help="Processes that answer.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Processes that read requests, each with such workers of its own.")  # fmt: skip
@click.option("--read-timeout", type=click.FloatRange(0.1), default=10.0, show_default=True,
              help="Seconds that a request may take to come.")  # fmt: skip
@click.option("--memory", type=click.FloatRange(0.05), default=2.0, show_default=True,
              help="GiB that one answer may take.")  # fmt: skip
@click.option("--max-rows", type=click.IntRange(1), default=1_000_000, show_default=True,
              help="Rows that one answer may have.")  # fmt: skip
@click.option("--cache", type=click.FloatRange(0), default=64.0, show_default=True,
              help="MiB of finished answers to keep.")  # fmt: skip
@click.option("--rate", type=click.FloatRange(0), default=0.0, show_default=True,
              help="Requests a second that one client may make; 0 is without end.")  # fmt: skip
@click.option("--cors", multiple=True, default=("*",), show_default=True, metavar="ORIGIN",
              callback=_origins,
              help="Whose pages may read answers. May be given again.")  # fmt: skip
@click.option("--allow-service", multiple=True, metavar="URL", callback=_web_address,
              help="An endpoint that queries may ask by SERVICE. May be given again.")  # fmt: skip
@click.option("--proxy", metavar="ADDRESS", callback=_proxy,
              help="A proxy whose X-Forwarded-For says who the client is.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Log no requests.")
@pass_session
def serve(
    session: Session,
    host: str,
    port: int,
    home: str | None,
    workers: int,
    processes: int,
    read_timeout: float,
    memory: float,
    max_rows: int,
    cache: float,
    rate: float,
    cors: tuple[str, ...],
    allow_service: tuple[str, ...],
    proxy: str | None,
    quiet: bool,
) -> None:
    """Serve the graph: SPARQL, linked data, and the questions, read-only.

    Stop it with Ctrl-C; SIGHUP loads changed data. A query may take --timeout seconds, 10 unless
    told. Each request is a line of JSON on standard output. With --endpoint, answers come from
    there.
    """
    from allgraph.server.run import run
    from allgraph.server.settings import Settings

    settings = Settings(
        folder=str(session.folder.root),
        home=home if home is None or home.endswith("/") else f"{home}/",
        include_sensitive=session.include_sensitive,
        workers=workers,
        seconds=10.0 if session.timeout is None else min(session.timeout, 3600.0),
        read_timeout=read_timeout,
        memory=int(memory * 2**30),
        rows=max_rows,
        cache=int(cache * 2**20),
        rate=rate,
        cors=cors,
        allow_service=allow_service,
        endpoint=session.endpoint,
    )
    access = logging.getLogger("allgraph.access")
    if not quiet:
        handler = _Requests(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        access.addHandler(handler)
    access.setLevel(logging.WARNING if quiet else logging.INFO)
    access.propagate = False
    logging.getLogger("allgraph").setLevel(logging.INFO)
    run(settings, host, port, proxy=proxy, processes=processes)
