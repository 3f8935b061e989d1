"""Triples sent to an endpoint, by the Graph Store Protocol or by SPARQL Update.

A request has the same effect when it arrives twice, so it may be sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import Request

from allgraph.errors import EngineError, EngineTimeout
from allgraph.sparql.endpoint.access import Access
from allgraph.sparql.endpoint.dialects import writing_paths
from allgraph.sparql.endpoint.http import ExchangeLimits
from allgraph.sparql.endpoint.retry import send_with_retries

By = Literal["gsp", "update"]
"""The Graph Store Protocol, or SPARQL Update."""

_DONE = (200, 201, 202, 204)
_REPLY = 2**24  # bytes that a reply may have
_REFUSED = (401, 403)


class NotHere(EngineError):
    """An error: an address takes no triples, or not by this protocol; another may."""


@dataclass(frozen=True)
class Intake:
    """An address of an endpoint that takes triples by one protocol.

    A request may take `seconds`, with all attempts. `add`, `put` and `clear` send one request and
    raise `NotHere` when the address does not take it, `EngineTimeout` when it takes too long, and
    `EngineError` when access is refused or the endpoint fails.
    """

    access: Access
    by: By
    seconds: float

    @property
    def name(self) -> str:
        """The address and the protocol, for messages."""
        way = "Graph Store Protocol" if self.by == "gsp" else "SPARQL Update"
        return f"{self.access.shown} ({way})"

    def add(self, graph: str | None, lines: bytes) -> None:
        """Add lines of N-Triples to a named graph of the endpoint, or to its default graph.

        `graph` is the IRI of the graph, ``None`` for the default one. Sends an HTTP request. Raises
        `NotHere` when the address does not take it, `EngineTimeout` when that takes too long, and
        `EngineError` when access is refused or the endpoint fails.
        """
        if self.by == "gsp":
            return self._send("POST", graph, lines, "application/n-triples")
        return self._update(b"INSERT DATA { " + _within(graph, lines) + b" }")

    def put(self, graph: str, lines: bytes) -> None:
        """Replace all triples of a named graph of the endpoint by lines of N-Triples.

        `graph` is the IRI of the graph. Sends an HTTP request. Raises `NotHere` when the address
        does not take it, `EngineTimeout` when that takes too long, and `EngineError` when access is
        refused or the endpoint fails.
        """
        if self.by == "gsp":
            return self._send("PUT", graph, lines, "application/n-triples")
        clear = f"CLEAR SILENT GRAPH <{graph}> ; ".encode()
        return self._update(clear + b"INSERT DATA { " + _within(graph, lines) + b" }")

    def clear(self, graph: str | None) -> None:
        """Remove all triples of a named graph of the endpoint, or of its default graph.

        `graph` is the IRI of the graph, ``None`` for the default one. Sends an HTTP request. Raises
        `NotHere` when the address does not take it, or answers by the Graph Store Protocol that
        there is no such graph; `EngineTimeout` when that takes too long, and `EngineError` when
        access is refused or the endpoint fails.
        """
        if self.by == "gsp":
            return self._send("DELETE", graph, None, None)
        place = "DEFAULT" if graph is None else f"GRAPH <{graph}>"
        return self._update(f"CLEAR SILENT {place}".encode())

    def _update(self, text: bytes) -> None:
        """Send the text of a SPARQL Update request by HTTP POST.

        Raises `NotHere` when the address does not take it, `EngineTimeout` when that takes too
        long, and `EngineError` when access is refused or the endpoint fails.
        """
        self._send("POST", None, text, "application/sparql-update")

    def _send(self, method: str, graph: str | None, data: bytes | None, type: str | None) -> None:
        """Send `data`, of the media type `type`, by HTTP, with retries.

        By the Graph Store Protocol, the address is that of `graph`, ``None`` for the default one.
        Returns when the endpoint took it (`_DONE`). Raises `EngineError` when access is refused
        (`_REFUSED`) or the endpoint fails, `EngineTimeout` when it takes too long, and `NotHere`
        for any other status. A challenge of the endpoint is kept in ``self.access.challenge``.
        """
        headers = {"Accept": "*/*", **({"Content-Type": type} if type else {})}

        def request(url: str) -> Request:
            """Return the request to an address, with `method`, `data` and `headers`; send nothing.

            `send_with_retries` calls this for each attempt.
            """
            return Request(url, data, headers, method=method)  # noqa: S310  (http or https)

        address = self.access.url if self.by == "update" else _of_graph(self.access.url, graph)
        access = Access(address, self.access.login, self.access.challenge)
        try:
            reply = send_with_retries(access, request, ExchangeLimits(self.seconds, _REPLY))
        except EngineError as error:
            kind = EngineTimeout if isinstance(error, EngineTimeout) else EngineError
            raise kind(f"{self.name} {error.message}") from None
        if reply.status in _DONE:
            return
        words = self.access.words(reply.body)
        if reply.status in _REFUSED:
            raise EngineError(
                f"{self.name} refuses access{words}; put user and password into ALLGRAPH_USER and "
                "ALLGRAPH_PASSWORD, or into ~/.netrc"
            )
        has_failed = reply.status >= 500 and reply.status != 501
        raise (EngineError if has_failed else NotHere)(
            f"{self.name} failed with HTTP {reply.status}{words}"
        )


def intakes(
    access: Access, by: By | None, store: str | None, update: str | None, seconds: float
) -> list[Intake]:
    """Return the addresses at which an endpoint may take triples, likely ones first.

    `store` (of the Graph Store Protocol) and `update` are used if one of them is given, else
    addresses are guessed from that for queries, which is in `access`. `by` keeps one protocol,
    ``None`` both. They share the login and the challenge of `access`; a request to one may take
    `seconds`. Nothing is sent.
    """
    parts = urlsplit(access.url)
    if store is not None or update is not None:
        stores, updates = ([address] if address else [] for address in (store, update))
    else:
        stores, updates = (
            [urlunsplit(parts._replace(path=path)) for path in paths]
            for paths in writing_paths(parts.path)
        )
    ways: list[tuple[By, list[str]]] = [("gsp", stores), ("update", updates)]
    return [
        Intake(Access(address, access.login, access.challenge), way, seconds)
        for way, addresses in ways
        if by in (None, way)
        for address in addresses
    ]


def _of_graph(url: str, graph: str | None) -> str:
    """Return the address of a graph in the Graph Store Protocol; ``None`` is the default graph."""
    which = "default" if graph is None else f"graph={quote(graph, safe='')}"
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&{which}" if parts.query else which))


def _within(graph: str | None, lines: bytes) -> bytes:
    """Return lines of N-Triples for INSERT DATA, in a GRAPH block if `graph` (an IRI) is given."""
    return lines if graph is None else f"GRAPH <{graph}> {{ ".encode() + lines + b" }"
