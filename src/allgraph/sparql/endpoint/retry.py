"""One request, sent until it is answered: again after a pause, as somebody, or elsewhere.

All of it is within one deadline. What is sent again does no harm when it is done twice: queries,
and batches of triples. A redirect is followed to the same origin, or to the same host when that
makes http https; a password goes nowhere else.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic, sleep
from urllib.parse import urljoin, urlsplit
from urllib.request import Request

from allgraph.errors import EngineTimeout, InputError
from allgraph.sparql.endpoint.access import Access, is_same_place
from allgraph.sparql.endpoint.http import EndpointReply, ExchangeLimits, NoConnection, send

log = logging.getLogger("allgraph")

Make = Callable[[str], Request]
"""Makes the request to an address."""

AGAIN = 3
"""How often a request is sent again when it fails in passing."""
REDIRECTS = 5
"""How many redirects are followed."""
_PAUSE = 0.25  # seconds before the second attempt; each pause is twice as long as the one before
_PASSING = (429, 502, 503, 504)
_MOVED = (301, 302, 307, 308)


def exchanged(access: Access, make: Make, limits: ExchangeLimits) -> EndpointReply:
    """The last reply to a request, whatever that says. Raises what `send` raises."""
    until = monotonic() + limits.seconds
    for attempt in range(AGAIN + 1):
        try:
            reply = _answered(access, make, limits, until)
        except NoConnection as error:
            pause, why = _pause(attempt), error.message
            if attempt == AGAIN or monotonic() + pause > until:
                raise
        else:
            if reply.status not in _PASSING:
                return reply
            pause, why = _pause(attempt, reply.headers["Retry-After"]), f"HTTP {reply.status}"
            if attempt == AGAIN or monotonic() + pause > until:
                return reply
        log.info("asking %s again in %.1f s: %s", access.shown, pause, why)
        sleep(pause)
    raise AssertionError("the last attempt ends")


def _answered(access: Access, make: Make, limits: ExchangeLimits, until: float) -> EndpointReply:
    """The reply to one attempt, with its redirects and its answer to who asks."""
    url = access.url
    for _ in range(REDIRECTS + 2):
        request = make(url)
        for name, value in access.header(request.get_method(), url).items():
            request.add_header(name, value)
        left = until - monotonic()
        if left <= 0:
            raise EngineTimeout(
                f"gave no whole answer within {limits.seconds:g} s; give --timeout more seconds"
            )
        reply = send(request, ExchangeLimits(left, limits.bytes, told=limits.seconds))
        there = _moved(url, reply)
        if reply.status == 401 and access.challenged(reply.headers["WWW-Authenticate"]):
            continue
        if there is None:
            break
        log.info("%s sends on to the same host", access.shown)
        url = there
    return reply


def _moved(url: str, reply: EndpointReply) -> str | None:
    """Where a redirect leads, if it may be followed."""
    if reply.status not in _MOVED:
        return None
    try:
        there = urljoin(url, reply.headers["Location"] or "")
        is_safe = is_same_place(url, there) and "@" not in urlsplit(there).netloc
    except (InputError, ValueError):
        return None
    return there if is_safe and there != url else None


def _pause(attempt: int, after: str | None = None) -> float:
    """How many seconds to wait, or what the endpoint says, if that is more."""
    own = _PAUSE * (1 << attempt) * random.uniform(0.8, 1.2)  # noqa: S311
    return max(own, _seconds(after or ""))


def _seconds(after: str) -> float:
    """What ``Retry-After`` says, in seconds or as a date; 0 for what is neither.

    >>> _seconds("30"), _seconds("Thu, 01 Jan 1970 00:00:00 GMT"), _seconds("soon")
    (30.0, 0, 0)
    """
    if after.isdecimal() and after.isascii():
        return float(after[:9])
    try:
        day = parsedate_to_datetime(after).astimezone(UTC)
        left: float = (day - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0
    return max(left, 0)
