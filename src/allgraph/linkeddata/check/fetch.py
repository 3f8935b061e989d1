"""Where a site is, and what comes back from there: a host on the Web, or a folder of files.

All that a host sends is hostile until bound: an address elsewhere is never asked for, redirects
included, and requests, seconds and bytes are counted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from pathlib import Path
from typing import Protocol
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
_SUFFIXES = {
    "html": "text/html", "json": "application/json", "xml": "application/xml", "css": "text/css",
    "js": "text/javascript", "svg": "image/svg+xml", "txt": "text/plain",
    **{s: f.media_type.partition(";")[0] for f in FORMATS for s in f.suffixes},
}  # fmt: skip


class Spent(Exception):
    """What a check may take is used up; its text says what, and how to give more."""


@dataclass(frozen=True)
class Response:
    """What came back for an address.

    `url` is where it was found after redirects, and `known` the address under which the site is
    known there. `status` is 0 when there is no whole reply, and `why` says the reason; it says so
    too of redirects that lead nowhere, and of what was left out as `skipped`.
    """

    url: str
    known: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    why: str = ""
    skipped: bool = False
    first: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is something."""
        return self.status == 200

    @property
    def type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def problem(self) -> str:
        """Why there is nothing, in words."""
        return self.why or f"the answer is HTTP {self.status}"


class Place(Protocol):
    """Where a site is."""

    home: str
    """The address at which it is, with a slash at its end, or that of one document of it."""
    bases: tuple[str, ...]
    """What its own IRIs begin with."""
    negotiates: bool
    """Whether it is a host, which sends what is asked for."""
    left_out: set[str]
    """Addresses that it asks not to be read by robots."""
    asked: int
    """How much was asked for so far."""

    @property
    def robots(self) -> bool:
        """Whether it says anything to robots."""

    def find(self, address: str) -> str | None:
        """Where an address is asked for; ``None`` if it is elsewhere."""

    def names(self, url: str) -> list[str]:
        """The addresses under which what is served at one may be known."""

    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """What comes back for an address that can be found. Raises `Spent`."""

    def where(self, url: str) -> str:
        """What to call an address in a report."""


def resolved(place: Place, reference: str, reply: Response) -> str | None:
    """Where a reference in a reply leads, without a fragment; ``None`` if that is elsewhere.

    It is read as the site is known, and if that is elsewhere, as it is served.
    """
    for base in (*place.names(reply.url), reply.known, reply.url):
        address = absolute(reference, base)
        if address is not None and place.find(address):
            return address
    return None


def absolute(reference: str, base: str) -> str | None:
    """A reference as an address without a fragment; ``None`` if it is none of the Web.

    >>> absolute("../b#c", "http://x/a/"), absolute("mailto:a@b", "http://x/")
    ('http://x/b', None)
    """
    try:
        address = urldefrag(urljoin(base, reference.strip())).url
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        _ = parts.port
    except ValueError:
        return None
    return address


# ---- A host


class Host:
    """A site on a host, which is asked one thing after another, and nothing beyond it."""

    negotiates = True

    def __init__(self, url: str, bases: Sequence[str], *, requests: int, seconds: float) -> None:
        parts = urlsplit(url)
        if absolute(url, url) is None or parts.username is not None:
            raise InputError(f"“{url}” is no address of a site, such as https://example.org/graph/")
        self.home = url if parts.path else f"{url}/"
        self.origin = f"{parts.scheme}://{parts.netloc}/"
        folder = urljoin(self.home, ".")
        self._served = {base: folder for base in bases if not base.startswith(self.origin)}
        self.bases = tuple(dict.fromkeys((*bases, self.origin)))
        self.asked, self.left_out = 0, set[str]()
        self._most, self._seconds = requests, seconds
        self._until = time.monotonic() + seconds
        self._known: dict[tuple[str, str, str], Response] = {}

    def find(self, address: str) -> str | None:
        """Where an address is asked for: on the host, or there in place of a base."""
        for base, served in self._served.items():
            if address.startswith(base):
                return urldefrag(served + address[len(base) :]).url
        return urldefrag(address).url if f"{address}/".startswith(self.origin) else None

    def names(self, url: str) -> list[str]:
        """The addresses under bases that are served there."""
        return [
            base + url[len(served) :]
            for base, served in self._served.items()
            if url.startswith(served)
        ]

    def where(self, url: str) -> str:
        """The address at which it is asked for."""
        return quote(self.find(url) or url, safe=_SAFE)

    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """What comes back, redirects on the host followed. The same is not asked for twice."""
        key = (address, accept, method)
        if key not in self._known:
            reply = self._followed(address, accept, method)
            keeps = len(reply.body) < 2**20  # what is small; a dump is read once
            if not keeps:
                return reply
            self._known[key] = reply
        return self._known[key]

    @cached_property
    def _robots(self) -> RobotFileParser:
        rules = RobotFileParser()
        reply = self._sent(self.origin + "robots.txt", "text/plain", "GET")
        text = reply.body[: 2**19].decode("utf-8", "replace") if reply.ok else ""
        rules.parse(text.splitlines())
        return rules

    @property
    def robots(self) -> bool:
        """Whether the host says anything to robots."""
        return self._sent(self.origin + "robots.txt", "text/plain", "GET").ok

    def _followed(self, address: str, accept: str, method: str) -> Response:
        seen: list[str] = []
        first: Mapping[str, str] = {}
        while True:
            url = self.find(address)
            assert url is not None
            if not self._robots.can_fetch(AGENT, url):
                self.left_out.add(url)
                return Response(url, address, 0, why="robots.txt asks not to read it", skipped=True)
            seen.append(url)
            reply = self._sent(url, accept, method)
            first = first or reply.headers
            if reply.status not in (301, 302, 303, 307, 308):
                return Response(url, address, reply.status, reply.headers, reply.body, reply.why,
                             first=first)  # fmt: skip
            here = Response(url, address, reply.status)
            target = reply.headers.get("location", "")
            there = resolved(self, target, here) if target else None
            why = ""
            if not target:
                why = f"the answer is HTTP {reply.status} without a Location"
            elif there is None:
                why = f"it redirects to another host: {target[:200]}"
            elif self.find(there) in seen:
                why = f"it redirects in a circle, to {target[:200]}"
            elif len(seen) > MOST_REDIRECTS:
                why = f"it redirects more than {MOST_REDIRECTS} times"
            if why or there is None:
                return Response(url, address, reply.status, reply.headers, b"", why, first=first,
                             skipped=bool(target) and there is None)  # fmt: skip
            address = there

    def _sent(self, url: str, accept: str, method: str) -> Response:
        """What comes back for one request."""
        if self.asked >= self._most:
            raise Spent(f"stopped after {self._most:,} requests; give --requests more")
        left = self._until - time.monotonic()
        if left <= 0:
            raise Spent(f"stopped after {self._seconds:g} s; give --timeout more seconds")
        self.asked += 1
        headers = {"Accept": accept, "User-Agent": AGENT, "Accept-Encoding": "identity",
                   "Origin": "https://example.org"}  # fmt: skip
        request = Request(quote(url, safe=_SAFE), headers=headers, method=method)  # noqa: S310 - http(s)
        try:
            reply = send(request, ExchangeLimits(min(SECONDS, left), MOST_BYTES))
        except TooLarge:
            return Response(url, url, 0, why=f"more than {MOST_BYTES / 2**20:g} MiB are sent")
        except EngineTimeout:
            return Response(url, url, 0, why=f"no whole answer comes within {SECONDS:g} s")
        except EngineError as error:
            return Response(url, url, 0, why=f"it {error.message}")
        self._pause()
        return Response(url, url, reply.status, _flat(reply.headers), reply.body)

    def _pause(self) -> None:
        """Wait as long as robots.txt asks, within reason."""
        if "_robots" in self.__dict__ and (delay := self._robots.crawl_delay(AGENT)):
            time.sleep(min(float(delay), LONGEST_PAUSE, max(self._until - time.monotonic(), 0)))


def _flat(headers: Message) -> dict[str, str]:
    """Headers by their names in lower case; those given more than once are joined."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else str(value)
    return found


# ---- A folder


class Files:
    """A site as a folder of files, which some host is to serve by the same paths."""

    negotiates = False

    def __init__(self, folder: Path, home: str, bases: Sequence[str] = (), *,
                 seconds: float) -> None:  # fmt: skip
        self.root, self.home = folder.resolve(), home
        self._shown = folder
        self.bases = tuple(dict.fromkeys((home, *bases)))
        self.asked, self.left_out = 0, set[str]()
        self._seconds, self._until = seconds, time.monotonic() + seconds

    @property
    def robots(self) -> bool:
        """Whether there is such a file, which counts only at the root of a host."""
        return (self.root / "robots.txt").is_file()

    def find(self, address: str) -> str | None:
        """The address itself, if it is one of the site."""
        return address if f"{address}/".startswith(self.home) else None

    def names(self, url: str) -> list[str]:
        """None but the address itself."""
        return []

    def where(self, url: str) -> str:
        """The name of the file."""
        path = self._path(url)
        if path is None:
            return url
        return (self._shown / path.relative_to(self.root)).as_posix()

    def get(self, address: str, accept: str = "*/*", *, method: str = "GET") -> Response:
        """The file of an address, its media type by its suffix."""
        if time.monotonic() > self._until:
            raise Spent(f"stopped after {self._seconds:g} s; give --timeout more seconds")
        self.asked += 1
        path = self._path(address)
        if path is None or not path.is_file():
            return Response(address, address, 404, why="there is no such file")
        if path.stat().st_size > MOST_BYTES:
            return Response(address, address, 0, why=f"it has more than {MOST_BYTES / 2**20:g} MiB")
        name = path.name
        kind = _SUFFIXES.get(name.rpartition(".")[2], "application/octet-stream")
        if name == "void" and path.parent.name == ".well-known":
            kind = "text/turtle"
        body = b"" if method == "HEAD" else path.read_bytes()
        return Response(address, address, 200, {"content-type": kind}, body)

    def _path(self, address: str) -> Path | None:
        """The file that a plain web server would send, which may not be there."""
        rest = unquote(urlsplit(address[len(self.home) - 1 :]).path).strip("/")
        if "\0" in rest or ".." in rest.split("/"):
            return None
        for name in (rest, f"{rest}/index.html", f"{rest}.html"):
            path = self.root / name.lstrip("/")
            if path.is_file():
                return path if path.resolve().is_relative_to(self.root) else None
        return self.root / rest
