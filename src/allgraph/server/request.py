"""A request, as the server process reads it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from secrets import token_hex
from typing import Any

from allgraph.errors import ParameterError
from allgraph.server.api import given_twice
from allgraph.server.http import problems, sparql_protocol
from allgraph.server.http.problems import Problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Pairs = list[tuple[str, str]]

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Rejected(Exception):
    """A request that is answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def rejected(
    sort: str, detail: str, limit: str | None = None, headers: dict[str, str] | None = None
) -> Rejected:
    """Return the rejection of a request, with a problem of a sort."""
    return Rejected(problems.problem(sort, detail, limit=limit, headers=headers))


@dataclass(frozen=True)
class Request:
    """What a client asks: `path` is as it came, percent-encoded."""

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    client: str
    id: str

    @classmethod
    def of_scope(cls, scope: Scope) -> Request:
        """The request that ASGI tells of; it keeps an ID that the client gave it."""
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b", " + value if name in headers else value
        given = headers.get(b"x-request-id", b"")
        return cls(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"],
            headers,
            scope["client"][0] if scope.get("client") else "",
            given.decode() if _ID.fullmatch(given) else token_hex(8),
        )

    def header(self, name: bytes) -> str | None:
        """The text of a header."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def pairs(self) -> Pairs:
        """The parameters after the question mark, or `ParameterError`."""
        limits = sparql_protocol.RequestLimits(fields=100)
        parameters = sparql_protocol.parameters(self.query, limits)
        if isinstance(parameters, Problem):
            raise ParameterError(parameters.detail)
        return parameters

    def is_known(self, modified: int) -> bool:
        """Whether the client has any answer, or one since the data were modified."""
        known, since = self.header(b"if-none-match"), self.header(b"if-modified-since")
        if known is not None or since is None:
            return known is not None and known.strip() == "*"
        try:
            return parsedate_to_datetime(since).timestamp() >= modified
        except (ValueError, OverflowError):
            return False

    def has_tag(self, etag: str) -> bool:
        """Whether the client has the answer with an ETag."""
        tags = (self.header(b"if-none-match") or "").split(",")
        return any(tag.strip().removeprefix("W/") == etag for tag in tags)


def only(name: str, pairs: Pairs) -> str | None:
    """Return the value of a parameter, if it is given; `ParameterError` if it is given twice."""
    values = [value for other, value in pairs if other == name]
    if len(values) > 1:
        raise given_twice(name)
    return values[0] if values else None
