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

from allgraph.errors import InputError

Login = tuple[str, str]
"""A pair of a user and a password."""

_PORTS = {"http": 80, "https": 443}
_DIGESTS = {"MD5": md5, "SHA-256": sha256}
_QUOTED = 300  # characters of a reply that a message quotes at most


@dataclass(frozen=True)
class Access:
    """The address of an endpoint, with the login for it and its last challenge.

    The address is http or https, else `InputError` is raised; it may have ``user:password@``.
    `given` is the login for addresses without. `challenge` is how the endpoint last asked for
    credentials: the parameters of a Digest challenge, or only a ``scheme`` (``basic``, or
    ``none`` for a request without credentials). `take_challenge` and `authorization` change it.

    >>> Access("http://ada:secret@localhost:7878/query?key=secret").shown
    'http://localhost:7878/query'
    """

    address: str = field(repr=False)
    given: Login | None = field(default=None, repr=False)
    challenge: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise `InputError` for an address that is not http or https."""
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
        """The user and password in the address, else the login `given`, which may be ``None``."""
        parts = split(self.address)
        if parts.username is None:
            return self.given
        return unquote(parts.username), unquote(parts.password or "")

    def authorization(self, method: str, url: str) -> dict[str, str]:
        """Return the Authorization header for a request to `url`, as a mapping, often empty.

        It is empty without a login, for an address of another origin (except from http to https on
        the same host), over plain http to another machine unless the endpoint asked for
        credentials, and if `challenge` has the scheme ``none``. Each answer to a Digest challenge
        adds one to the count in `challenge`.
        """
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
        """Put the challenge of a reply 401 into `challenge`; return whether to try once more.

        `header` is WWW-Authenticate. Another attempt is worth it if the challenge differs from
        the last one; never without a login. Virtuoso sends a challenge only to requests without
        credentials; so after a first 401 without a challenge, the next attempt has no credentials.
        """
        if self.login is None:
            return False
        last_challenge = dict(self.challenge)
        challenge = _challenge(header or "")
        if not challenge and not last_challenge:
            challenge = {"scheme": "none"}
        self.challenge.clear()
        self.challenge.update(challenge)
        if challenge.get("scheme") == "digest":
            return last_challenge.get("nonce") != challenge["nonce"]
        return bool(challenge) and challenge != last_challenge

    def words(self, body: bytes) -> str:
        """Return the text of a reply for the end of a message: a colon, then one line, cut if long.

        ``""`` for an empty body or HTML. Password and query of this address, which may be secret,
        are replaced by an ellipsis.
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
    """Parse an http or https address into its parts.

    Raises `InputError` for anything else; the message does not quote the address, for it may
    have a password.
    """
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not re.fullmatch(r"[!-~]+", url):
        raise InputError(
            "the address of an endpoint must begin with http:// or https://, such as "
            "https://example.org/sparql, and have other characters than ASCII escaped"
        )
    return parts


def shown(url: str) -> str:
    """Return an address without user, password, query and fragment, as messages show it.

    Raises `InputError` for an address that is not http or https.
    """
    parts = split(url)
    return urlunsplit((parts.scheme, _host(parts), parts.path, "", ""))


def is_same_or_safer_origin(one: str, other: str) -> bool:
    """Return True if two addresses have the same origin, or `other` is https on the same host.

    The second counts only from port 80 to 443. Raises `InputError` for an invalid address.

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
    """Return a text from an endpoint for a message: on one line, printable, cut if long.

    At most `_QUOTED` (300) characters are kept, and an ellipsis after them.
    """
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"


def _host(parts: SplitResult) -> str:
    """Return host and port of an address, without user and password."""
    return parts.netloc.rpartition("@")[2]


def _port(parts: SplitResult) -> int:
    """Return the port of an address, else the default port of its scheme."""
    return parts.port or _PORTS[parts.scheme]


def _is_here(host: str) -> bool:
    """Return True if a host is ``localhost`` or a loopback address; no name is looked up."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _challenge(header: str) -> dict[str, str]:
    """Parse a WWW-Authenticate header, and return the challenge to answer of those it offers.

    The result has the ``scheme``, ``digest`` or ``basic``, for Digest also the parameters, and the
    ``count`` of answers so far, which is ``0``. A Digest challenge that `_digest` can answer is
    preferred to Basic; the result is empty if neither is offered.

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
    """Parse the parameters of a Digest challenge, and add ``scheme`` and the ``count`` of answers.

    Empty when `_digest` cannot answer it: an algorithm other than MD5 and SHA-256 (`_DIGESTS`), a
    ``qop`` without ``auth``, no nonce, or values that cannot stand in a header.
    """
    from urllib.request import parse_http_list, parse_keqv_list  # it imports http, ssl and email

    try:
        pairs = parse_keqv_list(parse_http_list(text))
    except (ValueError, IndexError):
        return {}
    challenge = {name.lower(): value for name, value in pairs.items()}
    protections = [name.strip() for name in challenge.get("qop", "auth").split(",")]
    algorithm = challenge.get("algorithm", "MD5").upper().removesuffix("-SESS")
    texts = "".join(challenge.values())
    is_sound = texts.isascii() and texts.isprintable() and '"' not in texts
    if not is_sound or "auth" not in protections or "nonce" not in challenge:
        return {}
    if algorithm not in _DIGESTS:
        return {}
    return {"realm": "", **challenge, "scheme": "digest", "count": "0"}


def _digest(challenge: dict[str, str], login: Login, method: str, path: str) -> str:
    """Return the value of the Authorization header that answers a Digest challenge (RFC 7616).

    `challenge` has the parameters that `_digest_challenge` returns; `login` is user and password,
    `path` the path of the request with its query. Adds one to ``challenge["count"]``, the number of
    answers with its nonce.
    """
    algorithm = challenge.get("algorithm", "MD5")
    hash_of = _DIGESTS[algorithm.upper().removesuffix("-SESS")]

    def hashed(*parts: str) -> str:
        """Return the hash by `hash_of`, in hexadecimal digits, of texts joined by colons."""
        return hash_of(":".join(parts).encode()).hexdigest()

    user = login[0].replace('"', '\\"').encode().decode("latin-1")  # http.client encodes it back
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
