"""The command that serves a graph over HTTP."""

from __future__ import annotations

import logging
import sys
from ipaddress import ip_network
from typing import Any, TextIO
from urllib.parse import urlsplit

import click

from allgraph.cli.options import number_option, repeatable_option
from allgraph.cli.session import Session, pass_session

_SECONDS = 10.0  # that a query may take by default
_MOST_SECONDS = 3600.0  # that --timeout may allow a query


class _RequestLog(logging.StreamHandler[TextIO]):
    """A logging handler whose failures to write are reported once, and do not stop the server."""

    _is_failure_reported = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Log an error the first time that a line could not be written, and ignore it later.

        Errors other than `OSError` are handled as usual.
        """
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._is_failure_reported:
            self._is_failure_reported = True
            why = f"requests cannot be logged: {error.strerror}; the server goes on answering them"
            logging.getLogger("allgraph").error(why)


def _web_address(url: str) -> str:
    """Return an option unchanged; raise `BadParameter` unless it is an HTTP address.

    That is one with http or https, a host, and no fragment.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise click.BadParameter(f"“{url}” is not an address such as https://example.org/")
    return url


def _home(url: str) -> str:
    """Return an HTTP address with a slash at its end; raise `BadParameter` for another text."""
    return _web_address(url).removesuffix("/") + "/"


def _origin(text: str) -> str:
    """Return an option unchanged; raise `BadParameter` unless it is an origin or ``*``."""
    parts = urlsplit(text)
    if text != "*" and (f"{parts.scheme}://{parts.netloc}" != text or not parts.netloc):
        raise click.BadParameter(f"“{text}” is not an origin such as https://example.org, nor *")
    return text


def _network(text: str) -> str:
    """Return an option unchanged; raise `BadParameter` unless it is an IP address or network."""
    try:
        ip_network(text)
    except ValueError:
        raise click.BadParameter(
            f"“{text}” is not an address such as 127.0.0.1, nor a network such as 10.0.0.0/8"
        ) from None
    return text


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@number_option("--port", default=8000, least=0, most=65535, help="Port to listen on; 0 for any.")
@click.option(
    "--base",
    "home",
    type=_home,
    metavar="URL",
    help="Public address of the server. Default: the base of the graph.",
)
@number_option("--workers", default=2, most=64, help="Number of processes that answer.")
@number_option(
    "--processes",
    default=1,
    most=64,
    help="Number of processes that read requests, each with its own workers.",
)
@number_option(
    "--read-timeout", default=10.0, least=0.1, help="Maximum seconds for a request to arrive."
)
@number_option(
    "--memory", default=2.0, least=0.05, unit=2**30, help="Maximum memory of one answer, in GiB."
)
@number_option("--max-rows", "rows", default=1_000_000, help="Maximum rows of one answer.")
@number_option(
    "--cache", default=64.0, least=0, unit=2**20, help="Size of the cache of answers, in MiB."
)
@number_option(
    "--rate",
    default=0.0,
    least=0,
    help="Maximum requests a second of one client; 0 is no limit.",
)
@repeatable_option(
    "--cors",
    type=_origin,
    default=("*",),
    metavar="ORIGIN",
    help="Origin whose pages may read answers.",
)
@repeatable_option(
    "--allow-service",
    type=_web_address,
    metavar="URL",
    help="An endpoint that queries may ask by SERVICE.",
)
@click.option(
    "--proxy",
    type=_network,
    metavar="ADDRESS",
    help="A trusted proxy, whose X-Forwarded-For names the client.",
)
@click.option(
    "--reload", is_flag=True, help="Load the data again when a file of the folder changes."
)
@pass_session
def serve(
    session: Session,
    /,
    host: str,
    port: int,
    processes: int,
    proxy: str | None,
    **limits: Any,
) -> None:
    """Serve the graph read-only: SPARQL, linked data, questions.

    Stop it with Ctrl-C; SIGHUP reloads changed data. With --reload that happens by itself; while
    the new data is broken, the former is served. A query may take --timeout seconds, 10 by default.
    Each request is logged as a line of JSON on standard output, but not with --quiet. With
    --endpoint, that endpoint answers the queries.
    """
    from allgraph.server.run import run
    from allgraph.server.settings import Settings

    session.refuse_withdrawn()
    settings = Settings(
        folder=str(session.folder.root),
        include_sensitive=session.include_sensitive,
        # an hour at most, also where --timeout 0 asks for no limit
        seconds=_SECONDS if session.timeout is None else min(session.timeout, _MOST_SECONDS),
        endpoint=session.endpoint,
        **limits,
    )
    _log_requests(session.quiet)
    run(settings, host, port, proxy=proxy, processes=processes)


def _log_requests(quiet: bool) -> None:
    """Set up the loggers: requests go to standard output, unless `quiet`.

    Changes the loggers ``allgraph.access``, which has the requests, and ``allgraph``, of which all
    messages from the level INFO are let through; they go where they went before.
    """
    access = logging.getLogger("allgraph.access")
    if not quiet:
        handler = _RequestLog(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        access.addHandler(handler)
    access.setLevel(logging.WARNING if quiet else logging.INFO)
    access.propagate = False
    logging.getLogger("allgraph").setLevel(logging.INFO)
