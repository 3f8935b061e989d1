"""Access to a site: by requests to a host on the Web, or in a folder of files.

A host is not trusted: no other host is ever asked, not even after a redirect, and requests,
seconds and bytes are limited.
"""

from __future__ import annotations

import mimetypes
import time
from abc import ABC, abstractmethod
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
_TYPES = {s: f.media_type.partition(";")[0] for f in FORMATS for s in f.suffixes}

Fault = Literal["", "limit", "robots", "elsewhere", "redirects"]
"""Why a reply has no content, if a report has to tell it apart from others."""


class Spent(Exception):
    """The requests or seconds of a check are used up; the text says which."""


@dataclass(frozen=True)
class Response:
    """The reply for an address.

    `url` is where it was found after redirects, and `address` how the site itself calls that.
    `status` is 0 if there is no complete reply. `reason` says why there is no content, and `fault`
    which kind of reason this is. `first_headers` are those of the first of several redirects.
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
        """Whether there is content."""
        return self.status == 200

    @property
    def type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def problem(self) -> str:
        """Why there is no content, in words."""
        return self.reason or f"the answer is HTTP {self.status}"


class Place(ABC):
    """Where a site is.

    `home` is its address, with a slash at its end, or that of one document of it. `bases` are what
    its IRIs begin with. `requests` counts what was read, and `left_out` are the addresses that
    robots.txt forbids. `negotiates` says whether it is a host, where media types can be asked for.
    """

    negotiates = False

    def __init__(self, home: str, bases: Iterable[str], seconds: float) -> None:
        self.home, self.bases = home, tuple(dict.fromkeys(bases))
        self.requests, self.left_out = 0, set[str]()
        self._seconds, self._deadline = seconds, time.monotonic() + seconds

    @property
    @abstractmethod
    def has_robots(self) -> bool:
        """Whether there is a robots.txt."""

    @abstractmethod
    def find(self, address: str) -> str | None:
        """Return where an address is asked for, or ``None`` if it is elsewhere."""

    @abstractmethod
    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """Return the reply for an address that can be found. Raises `Spent`."""

    @abstractmethod
    def where(self, url: str) -> str:
        """Return how a report names an address."""

    def names(self, url: str) -> list[str]:
        """The addresses under bases that are served at a URL."""
        return []

    def seconds_left(self) -> float:
        """Return how long the check may still take. Raises `Spent`."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Spent(f"stopped after {self._seconds:g} s; give --timeout more seconds")
        return left


def resolved(place: Place, reference: str, reply: Response) -> str | None:
    """Return where a reference in a reply leads, without a fragment; ``None`` if elsewhere.

    It is resolved against the names that the site has for the document, then against its URL.
    """
    for base in (*place.names(reply.url), reply.address, reply.url):
        address = absolute(reference, base)
        if address is not None and place.find(address):
            return address
    return None


def absolute(reference: str, base: str) -> str | None:
    """Return a reference as an HTTP address without a fragment; ``None`` if it is none.

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


class Host(Place):
    """A site on a host. Requests are sent one after another, and only to this host."""

    negotiates = True

    def __init__(self, url: str, bases: Sequence[str], *, requests: int, seconds: float) -> None:
        parts = urlsplit(url)
        if absolute(url, url) is None or parts.username is not None:
            raise InputError(
                f"“{url}” is not the address of a site, like https://example.org/graph/"
            )
        self.origin = f"{parts.scheme}://{parts.netloc}/"
        super().__init__(url if parts.path else f"{url}/", (*bases, self.origin), seconds)
        folder = urljoin(self.home, ".")
        self._folder_of = {base: folder for base in bases if not base.startswith(self.origin)}
        self._most_requests = requests
        self._replies: dict[tuple[str, str, str], Response] = {}

    def find(self, address: str) -> str | None:
        """Return the address, if it is on the host, or where one under a base is served."""
        for base, folder in self._folder_of.items():
            if address.startswith(base):
                return urldefrag(folder + address[len(base) :]).url
        return urldefrag(address).url if f"{address}/".startswith(self.origin) else None

    def names(self, url: str) -> list[str]:
        """The addresses under bases that are served at a URL."""
        return [
            base + url[len(folder) :]
            for base, folder in self._folder_of.items()
            if url.startswith(folder)
        ]

    def where(self, url: str) -> str:
        """Return the address that is asked for."""
        return quote(self.find(url) or url, safe=_SAFE)

    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """Return the reply, after redirects on the host. Small replies are kept."""
        key = (address, accept, method)
        if key in self._replies:
            return self._replies[key]
        reply = self._followed(address, accept, method)
        if len(reply.body) < 2**20:
            self._replies[key] = reply
        return reply

    @cached_property
    def _robots(self) -> RobotFileParser:
        rules = RobotFileParser()
        reply = self._robots_reply()
        text = reply.body[: 2**19].decode("utf-8", "replace") if reply.ok else ""
        rules.parse(text.splitlines())
        return rules

    @property
    def has_robots(self) -> bool:
        """Whether the host has a robots.txt."""
        return self._robots_reply().ok

    def _robots_reply(self) -> Response:
        return self._sent(self.origin + "robots.txt", "text/plain", "GET")

    def _followed(self, address: str, accept: str, method: str) -> Response:
        """Send a request, and follow redirects as long as they stay on the host."""
        visited: list[str] = []
        first_headers: Mapping[str, str] = {}
        while True:
            url = self.find(address)
            assert url is not None
            if not self._robots.can_fetch(AGENT, url):
                self.left_out.add(url)
                return Response(
                    url, address, 0, reason="robots.txt asks not to read it", fault="robots"
                )
            visited.append(url)
            reply = self._sent(url, accept, method)
            first_headers = first_headers or reply.headers
            reply = replace(reply, address=address, first_headers=first_headers)
            if reply.status not in (301, 302, 303, 307, 308):
                return reply
            target = self._redirect_target(reply, visited)
            if isinstance(target, Response):
                return target
            address = target

    def _redirect_target(self, reply: Response, visited: Sequence[str]) -> str | Response:
        """Return where a redirect leads, or the reply with the reason not to follow it."""
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

    def _sent(self, url: str, accept: str, method: str) -> Response:
        """Send one request, and return the reply or why there is none. Raises `Spent`."""
        if self.requests >= self._most_requests:
            raise Spent(f"stopped after {self._most_requests:,} requests; give --requests more")
        limits = ExchangeLimits(min(SECONDS, self.seconds_left()), MOST_BYTES)
        self.requests += 1
        headers = {
            "Accept": accept,
            "User-Agent": AGENT,
            "Accept-Encoding": "identity",
            "Origin": "https://example.org",
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
        """Wait as long as robots.txt asks, within reason."""
        if "_robots" in self.__dict__ and (delay := self._robots.crawl_delay(AGENT)):
            left = max(self._deadline - time.monotonic(), 0)
            time.sleep(min(float(delay), LONGEST_PAUSE, left))


def _joined(headers: Message) -> dict[str, str]:
    """Headers by their names in lower case; the values of one that is repeated are joined."""
    return {name.lower(): ", ".join(map(str, headers.get_all(name, ()))) for name in headers}


class Files(Place):
    """A site as a folder of files, which a host will serve at the same paths."""

    def __init__(
        self, folder: Path, home: str, bases: Sequence[str] = (), *, seconds: float
    ) -> None:
        super().__init__(home, (home, *bases), seconds)
        self.root = folder.resolve()
        self._folder = folder

    @property
    def has_robots(self) -> bool:
        """Whether there is a robots.txt, which counts only at the root of a host."""
        return (self.root / "robots.txt").is_file()

    def find(self, address: str) -> str | None:
        """Return the address itself, if it is one of the site."""
        return address if f"{address}/".startswith(self.home) else None

    def where(self, url: str) -> str:
        """Return the name of the file."""
        path = self._path(url)
        if path is None:
            return url
        return (self._folder / path.relative_to(self.root)).as_posix()

    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """Return the file of an address; its suffix gives the media type."""
        self.seconds_left()
        self.requests += 1
        path = self._path(address)
        if path is None or not path.is_file():
            return Response(address, address, 404, reason="there is no such file")
        if path.stat().st_size > MOST_BYTES:
            reason = f"it has more than {MOST_BYTES / 2**20:g} MiB"
            return Response(address, address, 0, reason=reason, fault="limit")
        headers = {"content-type": _type_of(path)}
        body = b"" if method == "HEAD" else path.read_bytes()
        return Response(address, address, 200, headers, body)

    def _path(self, address: str) -> Path | None:
        """The file that a plain web server would send, which may not exist."""
        rest = unquote(urlsplit(address[len(self.home) - 1 :]).path).strip("/")
        if "\0" in rest or ".." in rest.split("/"):
            return None
        for name in (rest, f"{rest}/index.html", f"{rest}.html"):
            path = self.root / name.lstrip("/")
            if path.is_file():
                return path if path.resolve().is_relative_to(self.root) else None
        return self.root / rest


def _type_of(path: Path) -> str:
    """The media type that a web server would send for a file."""
    if path.name == "void" and path.parent.name == ".well-known":
        return "text/turtle"
    own = _TYPES.get(path.suffix[1:])
    return own or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
