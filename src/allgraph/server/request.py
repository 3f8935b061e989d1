"""A request, as the server process reads it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from allgraph.errors import ParameterError
from allgraph.server.api import given_twice
from allgraph.server.http import sparql_protocol
from allgraph.server.http.problems import Rejected

Pairs = list[tuple[str, str]]
ReadBody = Callable[[], Awaitable[bytes]]
"""A function that waits for the body of a request, which is cut where it is longer than allowed."""

ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""What the header ``X-Request-Id`` may be, to be taken for the ID of a request."""


class Request(NamedTuple):
    """An HTTP request without its body.

    `path` is percent-encoded as it came, `query` what follows the question mark. `headers` are by
    name in small letters; one that is given twice has both values, joined by a comma. `client` is
    an IP address or empty; `id` names the request in the log.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    client: str
    id: str

    def header(self, name: bytes) -> str | None:
        """Return the value of a header, by its name in small letters, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def pairs(self) -> Pairs:
        """Return the decoded names and values of the parameters in the address, in order.

        Raises `ParameterError` if they are malformed, too long or more than 100.
        """
        limits = sparql_protocol.RequestLimits(fields=100)
        try:
            return sparql_protocol.parameters(self.query, limits)
        except Rejected as rejected:
            raise ParameterError(rejected.problem.detail) from None

    def is_known(self, modified: int) -> bool:
        """Whether the conditional headers say that the copy of the client is still valid.

        That is ``If-None-Match: *``, or an ``If-Modified-Since`` that is not before `modified`, in
        seconds since 1970. ETags are not compared here; see `has_tag`.
        """
        known, since = self.header(b"if-none-match"), self.header(b"if-modified-since")
        if known is not None or since is None:
            return known is not None and known.strip() == "*"
        try:
            return parsedate_to_datetime(since).timestamp() >= modified
        except (ValueError, OverflowError):
            return False

    def has_tag(self, etag: str) -> bool:
        """Whether ``If-None-Match`` lists an ETag, perhaps as a weak one; `etag` has its quotes.

        A ``*`` does not count.
        """
        tags = (self.header(b"if-none-match") or "").split(",")
        return any(tag.strip().removeprefix("W/") == etag for tag in tags)


def only(name: str, pairs: Pairs) -> str | None:
    """Return the value of the parameter `name` among `pairs`, or None if it is not given.

    Raises `ParameterError` if it is given twice.
    """
    values = [value for other, value in pairs if other == name]
    if len(values) > 1:
        raise given_twice(name)
    return values[0] if values else None
