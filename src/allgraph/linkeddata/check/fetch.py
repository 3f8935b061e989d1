"""Access to a site: by requests to a host on the Web, or in a folder of files.

A host is not trusted: no other host is ever asked, not even after a redirect, and requests,
seconds and bytes are limited.
"""

from __future__ import annotations

import mimetypes
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit
from urllib.request import Request
from urllib.robotparser import RobotFileParser

from allgraph.errors import EngineError, EngineTimeout, InputError
from allgraph.rdf.formats import FORMATS
from allgraph.sparql.endpoint.http import ExchangeLimits, TooLarge, send

AGENT = "allgraph-check-site"
MOST_REDIRECTS = 5
MOST_BYTES = 64 * 2**20
SECONDS = 20.0
"""How many bytes one reply may have, and how many seconds it may take."""
LONGEST_PAUSE = 10.0
"""How many seconds a host can make us wait between two requests."""

_SAFE = "/:?#[]@!$&'()*+,;=~%"
_TYPES = {s: f.essence for f in FORMATS for s in f.suffixes}

Fault = Literal["", "limit", "robots", "elsewhere", "redirects"]
"""Why a reply has no content, if a report has to tell it apart from others."""


class Spent(Exception):
    """The error when the requests or seconds of a check are used up; its text says which."""


@dataclass(frozen=True)
class Response:
    """The reply for an address, after redirects, or the reason why there is none.

    `url` is the address to which the last request was sent. `address` is the same before the bases
    of the site were replaced by its host; relative references in the body are resolved against it.
    `status` is 0 if there is no complete reply. `reason` says why there is no content, and `fault`
    which kind of reason this is. `first_headers` are the headers of the first reply, which differ
    from `headers` after redirects.
    """

    url: str
    address: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    reason: str = ""
    fault: Fault = ""
    first_headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True if the status is 200, so that `body` is the content."""
        return self.status == 200

    @property
    def type(self) -> str:
        """The media type of the header Content-Type, in lower case, without parameters.

        ``""`` if there is no such header.
        """
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def problem(self) -> str:
        """Why there is no content, in words: the `reason`, or without one the HTTP status."""
        return self.reason or f"the answer is HTTP {self.status}"


class _Place:
    """A site, on a host or in a folder, whose documents can be read by their addresses.

    `home` is its address, with a slash at its end, or that of one document of it. `bases` are what
    its IRIs begin with. `requests` is how many requests were sent, or files read, and `left_out`
    are the addresses that were not requested since robots.txt forbids it. `negotiates` is true of
    a host, which can be asked for a media type by ``Accept``.
    """

    negotiates = False

    def __init__(self, home: str, bases: Iterable[str], seconds: float) -> None:
        """`home` is the address of the site, and `bases` are what its IRIs begin with.

        The check may take `seconds` from now on.
        """
        self.home, self.bases = home, tuple(dict.fromkeys(bases))
        self.requests, self.left_out = 0, set[str]()
        self._seconds, self._deadline = seconds, time.monotonic() + seconds

    def names(self, url: str) -> list[str]:
        """Return the addresses under bases on other hosts for which `find` returns the URL `url`.

        There are none unless a subclass has such bases.
        """
        return []

    def seconds_left(self) -> float:
        """Return how many seconds the check may still take. Raises `Spent` if there are none."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Spent(f"stopped after {self._seconds:g} s; give `timeout` more seconds")
        return left


def resolved(place: Place, reference: str, reply: Response) -> str | None:
    """Return a reference in a reply as an address of the site without a fragment.

    The reference is resolved against each address of the document: those under the bases of the
    site, and its URL. The first result that belongs to the site counts, whether or not there is
    anything; ``None`` if none of them does. Nothing is requested.
    """
    for base in (*place.names(reply.url), reply.address, reply.url):
        address = absolute(reference, base)
        if address is not None and place.find(address):
            return address
    return None


def absolute(reference: str, base: str) -> str | None:
    """Resolve a reference against a base to an HTTP address without a fragment.

    Returns ``None`` if the result is no valid address with ``http`` or ``https``.

    >>> absolute("../b#c", "http://x/a/"), absolute("mailto:a@b", "http://x/")
    ('http://x/b', None)
    """
    try:
        address = urldefrag(urljoin(base, reference.strip())).url
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        _ = parts.port  # raises for what is no number
    except ValueError:
        return None
    return address


class Host(_Place):
    """A site on a host of the Web. Requests are sent one after another, and only to this host."""

    negotiates = True

    def __init__(self, url: str, bases: Sequence[str], *, requests: int, seconds: float) -> None:
        """Limit the check to a number of requests, and to `seconds` from now on; send nothing.

        `url` is the address of the site, and `bases` are what its IRIs begin with. Raises
        `InputError` for a `url` that is no HTTP address, or has a user name.
        """
        parts = urlsplit(url)
        if absolute(url, url) is None or parts.username is not None:
            raise InputError(
                f"“{url}” is not the address of a site, like https://example.org/graph/"
            )
        self.origin = f"{parts.scheme}://{parts.netloc}/"
        super().__init__(url if parts.path else f"{url}/", (*bases, self.origin), seconds)
        folder = urljoin(self.home, ".")
        # bases on other hosts, whose IRIs are requested below the address of the site
        self._folder_of_base = {base: folder for base in bases if not base.startswith(self.origin)}
        self._most_requests = requests
        self._cached_replies: dict[tuple[str, str, str], Response] = {}

    def find(self, address: str) -> str | None:
        """Return the URL on the host for an address, without a fragment; ``None`` elsewhere.

        An address on the host stays the same. Of one under a base on another host, the base is
        replaced by the folder of the site.
        """
        for base, folder in self._folder_of_base.items():
            if address.startswith(base):
                return urldefrag(folder + address[len(base) :]).url
        return urldefrag(address).url if f"{address}/".startswith(self.origin) else None

    def names(self, url: str) -> list[str]:
        """Return the addresses under bases on other hosts for which `find` returns the URL `url`.

        For each such base it is the base, and what the URL has after the folder of the site.
        """
        return [
            base + url[len(folder) :]
            for base, folder in self._folder_of_base.items()
            if url.startswith(folder)
        ]

    def where(self, url: str) -> str:
        """Return the URL that is requested for an address, with percent-encoding.

        An address that is not on the site is returned itself, encoded.
        """
        return quote(self.find(url) or url, safe=_SAFE)

    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """Send a request, follow redirects on the host, and return the last reply.

        Replies of less than 1 MiB are cached, by address, media type and method; a cached reply is
        returned without a request. `find` must not return ``None`` for the address. If there is no
        whole reply, or robots.txt forbids the request, the response returned has the status 0 and
        says why. Raises `Spent` when no request or time is left.
        """
        key = (address, accept, method)
        if key in self._cached_replies:
            return self._cached_replies[key]
        reply = self._send_following(address, accept, method)
        if len(reply.body) < 2**20:
            self._cached_replies[key] = reply
        return reply

    @cached_property
    def _robots(self) -> RobotFileParser:
        """The rules of robots.txt, requested once; without a robots.txt all is allowed.

        Only its first 512 KiB count. Raises `Spent` when no request or time is left.
        """
        rules = RobotFileParser()
        reply = self._robots_reply()
        text = reply.body[: 2**19].decode("utf-8", "replace") if reply.ok else ""
        rules.parse(text.splitlines())
        return rules

    @property
    def has_robots(self) -> bool:
        """True if the host has a robots.txt; sends a request each time, or raises `Spent`."""
        return self._robots_reply().ok

    def _robots_reply(self) -> Response:
        """Request robots.txt, without following redirects, and return the reply.

        Raises `Spent` when no request or time is left.
        """
        return self._send(self.origin + "robots.txt", "text/plain", "GET")

    def _send_following(self, address: str, accept: str, method: str) -> Response:
        """Send a request, follow redirects on the host, and return the last reply.

        The reply says in `reason` why a redirect was not followed. An address that robots.txt
        forbids is added to `left_out` and not requested; robots.txt itself is requested before the
        first address. `find` must not return ``None`` for the address. Raises `Spent` when no
        request or time is left.
        """
        visited: list[str] = []
        first_headers: Mapping[str, str] = {}  # of the first reply, which may be a redirect
        while True:
            url = self.find(address)
            assert url is not None
            if not self._robots.can_fetch(AGENT, url):
                self.left_out.add(url)
                return Response(
                    url, address, 0, reason="robots.txt asks not to read it", fault="robots"
                )
            visited.append(url)
            reply = self._send(url, accept, method)
            first_headers = first_headers or reply.headers
            reply = replace(reply, address=address, first_headers=first_headers)
            if reply.status not in (301, 302, 303, 307, 308):
                return reply
            target = self._redirect_target(reply, visited)
            if isinstance(target, Response):
                return target
            address = target

    def _redirect_target(self, reply: Response, visited: Sequence[str]) -> str | Response:
        """Return the address that a redirect leads to, or the reply with a reason not to follow.

        `visited` are the URLs that were requested until now. Sends nothing.
        """
        location = reply.headers.get("location", "")
        target = resolved(self, location, reply) if location else None
        fault: Fault = "redirects"
        if not location:
            fault, reason = "", f"the answer is HTTP {reply.status} without a Location"
        elif target is None:
            fault, reason = "elsewhere", f"it redirects to another host: {location[:200]}"
        elif self.find(target) in visited:
            reason = f"it redirects in a circle, to {location[:200]}"
        elif len(visited) > MOST_REDIRECTS:
            reason = f"it redirects more than {MOST_REDIRECTS} times"
        else:
            return target
        return replace(reply, body=b"", reason=reason, fault=fault)

    def _send(self, url: str, accept: str, method: str) -> Response:
        """Send one request, and return the reply, or a response that says why there is none.

        Such a response has the status 0 and a `reason`. Counts the request in `requests`, and waits
        after a reply as robots.txt asks. Raises `Spent` instead if no request or time is left.
        """
        if self.requests >= self._most_requests:
            raise Spent(f"stopped after {self._most_requests:,} requests; give `requests` more")
        limits = ExchangeLimits(min(SECONDS, self.seconds_left()), MOST_BYTES)
        self.requests += 1
        headers = {
            "Accept": accept,
            "User-Agent": AGENT,
            "Accept-Encoding": "identity",
            "Origin": "https://example.org",  # as a script of another site sends it
        }
        request = Request(quote(url, safe=_SAFE), headers=headers, method=method)  # noqa: S310 - http(s)
        failed = Response(url, url, 0)
        try:
            reply = send(request, limits)
        except TooLarge:
            reason = f"more than {MOST_BYTES / 2**20:g} MiB are sent"
            return replace(failed, reason=reason, fault="limit")
        except EngineTimeout:
            reason = f"no whole answer comes within {SECONDS:g} s"
            return replace(failed, reason=reason, fault="limit")
        except EngineError as error:
            return replace(failed, reason=f"it {error.message}")
        self._pause()
        return Response(url, url, reply.status, _joined(reply.headers), reply.body)

    def _pause(self) -> None:
        """Sleep for the crawl delay of robots.txt, but at most 10 s or until the check must end.

        Before robots.txt was read there is no delay.
        """
        if "_robots" in self.__dict__ and (delay := self._robots.crawl_delay(AGENT)):
            left = max(self._deadline - time.monotonic(), 0)
            time.sleep(min(float(delay), LONGEST_PAUSE, left))


def _joined(headers: Message) -> dict[str, str]:
    """Return headers by name in lower case; values of a repeated header are joined by commas."""
    return {name.lower(): ", ".join(map(str, headers.get_all(name, ()))) for name in headers}


class Files(_Place):
    """A site as a folder of files, which a host will serve at the same paths."""

    def __init__(
        self, folder: Path, home: str, bases: Sequence[str] = (), *, seconds: float
    ) -> None:
        """`home` is the address that the folder will be served at, and ends in a slash.

        `bases` are what its IRIs begin with, besides `home`. The check may take `seconds` from now
        on. Reads no file.
        """
        super().__init__(home, (home, *bases), seconds)
        self.root = folder.resolve()
        self._folder = folder

    @property
    def has_robots(self) -> bool:
        """True if the folder has a robots.txt; it does not limit which files are read."""
        return (self.root / "robots.txt").is_file()

    def find(self, address: str) -> str | None:
        """Return the address itself if it begins with that of the site, or else ``None``."""
        return address if f"{address}/".startswith(self.home) else None

    def where(self, url: str) -> str:
        """Return the path of the file of an address, or the address itself if it can have none.

        It begins with the folder as the caller gave it; the file may not exist.
        """
        path = self._path(url)
        if path is None:
            return url
        return (self._folder / path.relative_to(self.root)).as_posix()

    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """Read the file of an address, and return it as a reply with the type of its suffix.

        Counts it in `requests`. `accept` has no effect; HEAD gives no body. The status is 404 if
        there is no such file, and 0 if it is larger than `MOST_BYTES` or cannot be read. Raises
        `Spent` when no time is left.
        """
        self.seconds_left()
        self.requests += 1
        path = self._path(address)
        if path is None or not os.path.isfile(path):
            return Response(address, address, 404, reason="there is no such file")
        try:
            if path.stat().st_size > MOST_BYTES:
                reason = f"it has more than {MOST_BYTES / 2**20:g} MiB"
                return Response(address, address, 0, reason=reason, fault="limit")
            body = b"" if method == "HEAD" else path.read_bytes()
        except OSError as error:
            return Response(address, address, 0, reason=f"it cannot be read: {error.strerror}")
        return Response(address, address, 200, {"content-type": _type_of(path)}, body)

    def _path(self, address: str) -> Path | None:
        """The path of the file that a plain web server would send for an address.

        It is the first file among the path itself, ``index.html`` in it, and the path with
        ``.html``; if none is a file, the path itself. ``None`` for an address that would lead out
        of the folder, by ``..`` or a symbolic link. The address must begin with `home`.
        """
        path_in_site = unquote(urlsplit(address[len(self.home) - 1 :]).path).strip("/")
        if "\0" in path_in_site or ".." in path_in_site.split("/"):
            return None
        for name in (path_in_site, f"{path_in_site}/index.html", f"{path_in_site}.html"):
            path = self.root / name.lstrip("/")
            if os.path.isfile(path):  # `path.is_file()` raises for a name that is too long
                return path if path.resolve().is_relative_to(self.root) else None
        return self.root / path_in_site


Place = Host | Files
"""A site, on a host or in a folder."""


def _type_of(path: Path) -> str:
    """The media type that a web server would send for a file, by its name alone.

    That is ``application/octet-stream`` for an unknown suffix.
    """
    if path.name == "void" and path.parent.name == ".well-known":
        return "text/turtle"
    rdf_type = _TYPES.get(path.suffix[1:])
    return rdf_type or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
