"""Requests that are sent again when they fail in passing, with credentials, or to another address.

All attempts share one deadline. What is sent again does no harm when it arrives twice: queries,
and batches of triples. A redirect is followed within the same origin, or from http to https on
the same host; a password goes nowhere else.
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

from allgraph.errors import InputError
from allgraph.sparql.endpoint.access import Access, is_same_or_safer_origin
from allgraph.sparql.endpoint.http import EndpointReply, ExchangeLimits, NoConnection, send

log = logging.getLogger("allgraph")

MakeRequest = Callable[[str], Request]
"""Makes the request for an address."""

AGAIN = 3
"""How often a request that fails in passing is sent again."""
REDIRECTS = 5
"""How many redirects are followed."""
_PAUSE = 0.25  # seconds before the second attempt; each pause is twice as long as the one before
_PASSING = (429, 502, 503, 504)  # statuses after which a request is sent again
_MOVED = (301, 302, 307, 308)  # statuses of redirects that keep the method


def send_with_retries(
    access: Access, make_request: MakeRequest, limits: ExchangeLimits
) -> EndpointReply:
    """Send a request, up to `AGAIN` times more if it fails in passing, and return the last reply.

    It fails in passing when there is no connection, or the status is one of `_PASSING`, such as
    503. The reply may have any status. `make_request` returns a request for an address. Sleeps
    before each further attempt, and logs it. Attempts and pauses share the seconds of `limits`. A
    challenge of the endpoint is put into `access`. Raises `NoConnection`, and the other errors of
    `send`: `EngineTimeout`, `TooLarge` and `EngineError`.
    """
    limits = limits.started()
    for attempt in range(AGAIN + 1):
        try:
            reply = _attempt(access, make_request, limits)
        except NoConnection as error:
            pause, why = _pause(attempt), error.message
            if attempt == AGAIN or monotonic() + pause > limits.until:
                raise
        else:
            if reply.status not in _PASSING:
                return reply
            pause, why = _pause(attempt, reply.headers["Retry-After"]), f"HTTP {reply.status}"
            if attempt == AGAIN or monotonic() + pause > limits.until:
                return reply
        log.info("asking %s again in %.1f s: %s", access.shown, pause, why)
        sleep(pause)
    raise AssertionError("the last attempt ends")


def _attempt(access: Access, make_request: MakeRequest, limits: ExchangeLimits) -> EndpointReply:
    """Send a request, follow redirects, and answer challenges; return the last reply.

    `make_request` returns the request for an address, which gets the Authorization header of
    `access`. The challenge of a reply 401 is stored in `access`, and the request is sent again if
    it is a new one. At most `REDIRECTS` + 2 requests are sent. Raises what `send` raises:
    `NoConnection`, `EngineTimeout`, `TooLarge` or another `EngineError`.
    """
    url = access.url
    for _ in range(REDIRECTS + 2):
        request = make_request(url)
        for name, value in access.authorization(request.get_method(), url).items():
            request.add_header(name, value)
        reply = send(request, limits)
        target = _redirect_target(url, reply)  # ``None`` if there is none to follow
        if reply.status == 401 and access.take_challenge(reply.headers["WWW-Authenticate"]):
            continue
        if target is None:
            break
        log.info("%s redirects to the same host", access.shown)
        url = target
    return reply


def _redirect_target(url: str, reply: EndpointReply) -> str | None:
    """Return the address to which a reply redirects, if it may be followed, else ``None``.

    It may be on the same origin as `url`, or from http to https on the same host; no user may be
    in it. Only the statuses 301, 302, 307 and 308 (`_MOVED`) count; the same request is then sent
    to the new address.
    """
    if reply.status not in _MOVED:
        return None
    try:
        target = urljoin(url, reply.headers["Location"] or "")
        is_safe = is_same_or_safer_origin(url, target) and "@" not in urlsplit(target).netloc
    except (InputError, ValueError):
        return None
    return target if is_safe and target != url else None


def _pause(attempt: int, retry_after: str | None = None) -> float:
    """Return how many seconds to wait after attempt number `attempt`, from 0; does not wait.

    It is `_PAUSE` seconds after the first attempt and twice as long after each further one, random
    within 20 %; but no less than the header ``Retry-After`` of the reply asks for.
    """
    own = _PAUSE * (1 << attempt) * random.uniform(0.8, 1.2)  # noqa: S311
    return max(own, _seconds(retry_after or ""))


def _seconds(retry_after: str) -> float:
    """Return the seconds that ``Retry-After`` gives, as a number or date; 0 for anything else.

    >>> _seconds("30"), _seconds("Thu, 01 Jan 1970 00:00:00 GMT"), _seconds("soon")
    (30.0, 0, 0)
    """
    if retry_after.isdecimal() and retry_after.isascii():
        return float(retry_after[:9])
    try:
        moment = parsedate_to_datetime(retry_after).astimezone(UTC)
        left: float = (moment - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0
    return max(left, 0)
