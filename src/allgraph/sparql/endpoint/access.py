"""Addresses of endpoints, and HTTP authentication with a user and password.

A password is sent to the origin for which it was given, and to no other. It is sent at once over
https or to this machine, else only when it is asked for, and by Digest if the endpoint offers it.
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
_QUOTED = 300  # characters of foreign words in a message


@dataclass(frozen=True)
class Access:
    """An http or https address, which may have ``user:password@``, and a login for its origin.

    `challenge` is how the endpoint last asked for credentials: the parameters of a Digest
    challenge, or only a ``scheme``. Raises `InputError` for another address.

    >>> Access("http://ada:secret@localhost:7878/query?key=secret").shown
    'http://localhost:7878/query'
    """

    address: str = field(repr=False)
    given: Login | None = field(default=None, repr=False)
    challenge: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        split(self.address)

    @property
    def url(self) -> str:
        """The address to send requests to, without user, password and fragment."""
        parts = split(self.address)
        return urlunsplit(parts._replace(netloc=_host(parts), fragment=""))

    @property
    def shown(self) -> str:
        """The address without user, password, query and fragment."""
        return shown(self.address)

    @property
    def login(self) -> Login | None:
        """The user and password in the address, else those given."""
        parts = split(self.address)
        if parts.username is None:
            return self.given
        return unquote(parts.username), unquote(parts.password or "")

    def authorization(self, method: str, url: str) -> dict[str, str]:
        """Return the Authorization header for a request; none for an address of another origin."""
        login, parts, scheme = self.login, split(url), self.challenge.get("scheme")
        if login is None or scheme == "none" or not is_same_or_safer_origin(self.url, url):
            return {}
        if scheme == "digest":
            path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            return {"Authorization": _digest(self.challenge, login, method, path)}
        if scheme or parts.scheme == "https" or _is_here(parts.hostname or ""):
            user = b64encode(":".join(login).encode()).decode()
            return {"Authorization": f"Basic {user}"}
        return {}

    def take_challenge(self, header: str | None) -> bool:
        """Keep the challenge of a 401, and return whether it is a new one, worth an attempt.

        Virtuoso sends a challenge only to requests without credentials; so after a 401 without
        one, the next attempt has none.
        """
        if self.login is None:
            return False
        before = dict(self.challenge)
        challenge = _challenge(header or "")
        if not challenge and not before:
            challenge = {"scheme": "none"}
        self.challenge.clear()
        self.challenge.update(challenge)
        if challenge.get("scheme") == "digest":
            return before.get("nonce") != challenge["nonce"]
        return bool(challenge) and challenge != before

    def words(self, body: bytes) -> str:
        """Return the text of a reply after a colon, for messages; nothing if it is HTML.

        What is secret in this address is left out.
        """
        text = body.decode(errors="replace").strip()
        if not text or text.startswith("<"):
            return ""
        parts = split(self.address)
        password = self.login[1] if self.login else ""
        for secret in (parts.query, parts.password, password):
            text = text.replace(secret, "…") if secret else text
        return f": {one_line(text)}"


def split(url: str) -> SplitResult:
    """Return the parts of an address. Raises `InputError`, which does not quote the address."""
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not re.fullmatch(r"[!-~]+", url):
        raise InputError(
            "an endpoint is given by its address, such as https://example.org/sparql, with "
            "http or https, and with other characters than ASCII escaped"
        )
    return parts


def shown(url: str) -> str:
    """Return an address without user, password, query and fragment."""
    parts = split(url)
    return urlunsplit((parts.scheme, _host(parts), parts.path, "", ""))


def is_same_or_safer_origin(one: str, other: str) -> bool:
    """Whether another address has the same origin, or is the https of the same host.

    >>> is_same_or_safer_origin("http://x.org/a", "https://x.org/b")
    True
    >>> is_same_or_safer_origin("https://x.org/a", "http://x.org/a")
    False
    """
    a, b = split(one), split(other)
    is_upgrade = (a.scheme, _port(a), b.scheme, _port(b)) == ("http", 80, "https", 443)
    is_same = (a.scheme, _port(a)) == (b.scheme, _port(b))
    return a.hostname == b.hostname and (is_same or is_upgrade)


def one_line(text: str) -> str:
    """Return a foreign text for a message: on one line, printable, and not too long."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _is_here(host: str) -> bool:
    """Whether a host is this machine, so that nobody can read what is sent to it."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _challenge(header: str) -> dict[str, str]:
    """Parse a WWW-Authenticate header: Digest if it can be answered, else Basic, else nothing.

    >>> _challenge('Basic realm="x", Digest realm="y", nonce="z", qop="auth"')["scheme"]
    'digest'
    >>> _challenge("Digest nonsense"), _challenge("Negotiate")
    ({}, {})
    """
    offers = re.split(r"(?:^|,)\s*(?=[A-Za-z]+\s+[\w-]+\s*=|[A-Za-z]+\s*(?:,|$))", header[:4096])
    for offer in sorted(map(str.strip, offers), key=lambda offer: offer[:1].upper() != "D"):
        scheme, _, parameters = offer.partition(" ")
        if scheme.lower() == "digest" and (challenge := _digest_challenge(parameters)):
            return challenge
        if scheme.lower() == "basic":
            return {"scheme": "basic"}
    return {}


def _digest_challenge(text: str) -> dict[str, str]:
    """Parse the parameters of a Digest challenge; none when there is no sound answer to it."""
    try:
        pairs = parse_keqv_list(parse_http_list(text))
    except (ValueError, IndexError):
        return {}
    challenge = {name.lower(): value for name, value in pairs.items()}
    ways = [way.strip() for way in challenge.get("qop", "auth").split(",")]
    algorithm = challenge.get("algorithm", "MD5").upper().removesuffix("-SESS")
    texts = "".join(challenge.values())
    is_sound = texts.isascii() and texts.isprintable() and '"' not in texts
    if not is_sound or "auth" not in ways or algorithm not in _DIGESTS or "nonce" not in challenge:
        return {}
    return {"realm": "", **challenge, "scheme": "digest", "count": "0"}


def _digest(challenge: dict[str, str], login: Login, method: str, path: str) -> str:
    """Return the answer to a Digest challenge (RFC 7616), whose count of answers goes up."""
    algorithm = challenge.get("algorithm", "MD5")
    hash_of = _DIGESTS[algorithm.upper().removesuffix("-SESS")]

    def hashed(*parts: str) -> str:
        return hash_of(":".join(parts).encode()).hexdigest()

    user = login[0].replace('"', '\\"').encode().decode("latin-1")  # how headers are sent
    realm, nonce = challenge["realm"], challenge["nonce"]
    challenge["count"] = str(int(challenge["count"]) + 1)
    count, client_nonce = f"{int(challenge['count']):08x}", token_hex(16)
    secret = hashed(login[0], realm, login[1])
    if algorithm.upper().endswith("-SESS"):
        secret = hashed(secret, nonce, client_nonce)
    parts = {"username": user, "realm": realm, "nonce": nonce, "uri": path}
    extra = f", algorithm={algorithm}"
    if "qop" in challenge:
        answer = hashed(secret, nonce, count, client_nonce, "auth", hashed(method, path))
        extra += f', qop=auth, nc={count}, cnonce="{client_nonce}"'
    else:
        answer = hashed(secret, nonce, hashed(method, path))
    if "opaque" in challenge:
        parts["opaque"] = challenge["opaque"]
    named = ", ".join(f'{name}="{value}"' for name, value in parts.items())
    return f'Digest {named}, response="{answer}"{extra}'
