"""Where an endpoint is, and as whom it is asked: addresses, users, passwords.

A password goes to the origin for which it was given, and to no other. It goes there at once
where nobody can read it on the way, else when it is asked for, and then hidden if that can be.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import md5, sha256
from ipaddress import ip_address
from secrets import token_hex
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit
from urllib.request import parse_http_list, parse_keqv_list

from allgraph.errors import InputError

Login = tuple[str, str]
"""A user and a password."""

_PORTS = {"http": 80, "https": 443}
_DIGESTS = {"MD5": md5, "SHA-256": sha256}
_QUOTED = 300


@dataclass(frozen=True)
class Access:
    """An http or https address, which may hold ``user:password@``, and a login for its origin.

    Raises `InputError` for what is no such address.

    >>> Access("http://ada:secret@localhost:7878/query?key=secret").shown
    'http://localhost:7878/query'
    """

    address: str = field(repr=False)
    given: Login | None = field(default=None, repr=False)
    asked: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        split(self.address)

    @property
    def url(self) -> str:
        """The address to ask, without user, password and fragment."""
        parts = split(self.address)
        return urlunsplit(parts._replace(netloc=_host(parts), fragment=""))

    @property
    def shown(self) -> str:
        """The address without user, password, query and fragment."""
        return shown(self.address)

    @property
    def login(self) -> Login | None:
        """The user and password: those in the address, else those given."""
        parts = split(self.address)
        if parts.username is None:
            return self.given
        return unquote(parts.username), unquote(parts.password or "")

    def header(self, method: str, url: str) -> dict[str, str]:
        """The header that says who asks, for a request to an address of this origin; or none."""
        login, parts = self.login, split(url)
        if login is None or not is_same_place(self.url, url):
            return {}
        if self.asked.get("scheme") == "digest":
            path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            return {"Authorization": _digest(self.asked, login, method, path)}
        if self.asked.get("scheme") == "bare":
            return {}
        if self.asked or parts.scheme == "https" or _is_here(parts.hostname or ""):
            user = b64encode(":".join(login).encode()).decode()
            return {"Authorization": f"Basic {user}"}
        return {}

    def challenged(self, header: str | None) -> bool:
        """Take note of how a 401 wants to be told who asks; whether that is something new.

        Virtuoso says so only to those who say nothing, so they have to be asked first.
        """
        if self.login is None:
            return False
        before = dict(self.asked)
        found = _challenge(header or "")
        if not found and not before:
            found = {"scheme": "bare"}
        self.asked.clear()
        self.asked.update(found)
        if found.get("scheme") == "digest":
            return before.get("nonce") != found["nonce"]
        return bool(found) and found != before

    def hidden(self, text: str) -> str:
        """A text without what is secret of this address."""
        parts = split(self.address)
        password = self.login[1] if self.login else ""
        for secret in (parts.query, parts.password, password):
            text = text.replace(secret, "…") if secret else text
        return text


def split(url: str) -> SplitResult:
    """The parts of an address, or `InputError`, which says nothing of what may be secret."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not re.fullmatch(r"[!-~]+", url):
        raise InputError(
            "an endpoint is given by its address, such as https://example.org/sparql, with "
            "http or https, and with other characters than ASCII escaped"
        )
    return parts


def shown(url: str) -> str:
    """An address without user, password, query and fragment."""
    parts = split(url)
    return urlunsplit((parts.scheme, _host(parts), parts.path, "", ""))


def is_same_place(one: str, other: str) -> bool:
    """Whether an address is of the same origin as one, or of the same host and now encrypted.

    >>> is_same_place("http://x.org/a", "https://x.org/b")
    True
    >>> is_same_place("https://x.org/a", "http://x.org/a")
    False
    """
    a, b = split(one), split(other)
    here, there = (a.hostname, _port(a)), (b.hostname, _port(b))
    if a.scheme == b.scheme:
        return here == there
    return b.scheme == "https" and (*here, *there) == (a.hostname, 80, a.hostname, 443)


def line(text: str) -> str:
    """Foreign words on one line: printable, and not too many."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _is_here(host: str) -> bool:
    """Whether a host is this machine, on the way to which nobody listens."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _challenge(header: str) -> dict[str, str]:
    """What a challenge asks for: Digest if it can be answered, else Basic, else nothing.

    >>> _challenge('Basic realm="x", Digest realm="y", nonce="z", qop="auth"')["scheme"]
    'digest'
    >>> _challenge("Digest nonsense"), _challenge("Negotiate")
    ({}, {})
    """
    offers = re.split(r"(?:^|,)\s*(?=[A-Za-z]+\s+[\w-]+\s*=|[A-Za-z]+\s*(?:,|$))", header[:4096])
    for offer in sorted(map(str.strip, offers), key=lambda each: each[:1].upper() != "D"):
        scheme, _, rest = offer.partition(" ")
        if scheme.lower() == "digest" and (asked := _asked(rest)):
            return asked
        if scheme.lower() == "basic":
            return {"scheme": "basic"}
    return {}


def _asked(text: str) -> dict[str, str]:
    """The parameters of a Digest challenge; none when there is no sound answer to it."""
    try:
        found = parse_keqv_list(parse_http_list(text))
    except (ValueError, IndexError):
        return {}
    found = {name.lower(): value for name, value in found.items()}
    ways = [way.strip() for way in found.get("qop", "auth").split(",")]
    algorithm = found.get("algorithm", "MD5").upper().removesuffix("-SESS")
    texts = "".join(found.values())
    sound = texts.isascii() and texts.isprintable() and '"' not in texts
    if not sound or "auth" not in ways or algorithm not in _DIGESTS or "nonce" not in found:
        return {}
    return {"realm": "", **found, "scheme": "digest", "count": "0"}


def _digest(asked: dict[str, str], login: Login, method: str, path: str) -> str:
    """The answer to a Digest challenge (RFC 7616)."""
    algorithm = asked.get("algorithm", "MD5")
    make = _DIGESTS[algorithm.upper().removesuffix("-SESS")]

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    user = login[0].replace('"', '\\"').encode().decode("latin-1")  # what a header is sent as
    asked["count"] = str(int(asked.get("count", "0")) + 1)
    count, once = f"{int(asked['count']):08x}", token_hex(16)
    secret = hashed(login[0], asked["realm"], login[1])
    if algorithm.upper().endswith("-SESS"):
        secret = hashed(secret, asked["nonce"], once)
    done = hashed(method, path)
    parts = {"username": user, "realm": asked["realm"], "nonce": asked["nonce"], "uri": path}
    extra = f", algorithm={algorithm}"
    if "qop" in asked:
        answer = hashed(secret, asked["nonce"], count, once, "auth", done)
        extra += f', qop=auth, nc={count}, cnonce="{once}"'
    else:
        answer = hashed(secret, asked["nonce"], done)
    if "opaque" in asked:
        parts["opaque"] = asked["opaque"]
    named = ", ".join(f'{name}="{value}"' for name, value in parts.items())
    return f'Digest {named}, response="{answer}"{extra}'
