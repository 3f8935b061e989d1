"""Compression of replies: the coding that suits an ``Accept-Encoding`` header, and its bytes.

>>> choose_coding("gzip;q=0.5, br"), choose_coding("identity;q=0, *"), choose_coding("gzip;q=0")
(Coding(name='gzip', is_required=False), Coding(name='gzip', is_required=True), None)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import NamedTuple

from allgraph.server.http.negotiation import LONGEST, parse_weight

SMALLEST = 1024
"""The fewest bytes of a body that are compressed."""
_LEVELS = {"zstd": 3, "gzip": 5}  # the codings, best first
_COMPRESSIBLE = re.compile(
    r"text/|image/svg\+xml|application/(?:[\w.-]+\+)?(?:json|xml)\b"
    r"|application/(?:n-triples|n-quads|trig|javascript|wasm)\b"
)

Compress = Callable[[bytes | None], bytes]
"""Returns the compressed bytes of a piece, or with None those of the end."""


class Coding(NamedTuple):
    """A content coding; `is_required` if the client does not take a reply without one."""

    name: str
    is_required: bool

    def suits(self, type: str, size: int | None = None) -> bool:
        """Return True if a body of a media type is to be compressed; size None is unknown, large.

        Not one that is small or is compressed already, unless the coding is required.
        """
        is_large = size is None or size >= SMALLEST
        return size != 0 and (
            self.is_required or (is_large and _COMPRESSIBLE.match(type) is not None)
        )

    def tag(self, etag: str) -> str:
        """The strong ETag of the compressed reply, where `etag` is that of the plain one.

        >>> Coding("gzip", False).tag('"ab"')
        '"ab-gzip"'
        """
        return f'{etag[:-1]}-{self.name}"'

    def compressor(self) -> Compress:
        """Return a function that compresses a body piece by piece, each so that it can be read."""
        if self.name == "gzip":
            gzip = zlib.compressobj(_LEVELS["gzip"], wbits=31)
            return lambda piece: (
                gzip.flush()
                if piece is None
                else gzip.compress(piece) + gzip.flush(zlib.Z_SYNC_FLUSH)
            )
        import zstandard

        zstd = zstandard.ZstdCompressor(level=_LEVELS["zstd"]).compressobj()
        return lambda piece: (
            zstd.flush()
            if piece is None
            else zstd.compress(piece) + zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        )

    def compressed(self, body: bytes) -> bytes:
        """Return a whole body compressed; the same body gives the same bytes."""
        if self.name == "gzip":
            return zlib.compress(body, _LEVELS["gzip"], wbits=31)
        import zstandard

        return zstandard.ZstdCompressor(level=_LEVELS["zstd"]).compress(body)


@lru_cache(512)  # most clients send the same header
def choose_coding(accept: str | None) -> Coding | None:
    """Return the coding that suits an ``Accept-Encoding`` header best, None for none.

    The highest weight wins; then zstd, where its library is installed, goes before gzip, and that
    before none. ``*`` stands for gzip. Malformed members are skipped, and a header that is too long
    is not read. If the client takes neither a known coding nor a reply without, it is None too.
    """
    if accept is None or len(accept) > LONGEST:
        return None
    weights: dict[str, float] = {}
    for member in accept.lower().split(","):
        name, _, rest = (part.strip() for part in member.partition(";"))
        weight = parse_weight(rest.removeprefix("q=")) if rest else 1.0
        if weight is not None:
            weights[name.removeprefix("x-")] = weight
    others = weights.get("*", 0.0)
    offers = {"zstd": weights.get("zstd", 0.0), "gzip": weights.get("gzip", others)}
    if find_spec("zstandard") is None:
        del offers["zstd"]
    name = max(offers, key=lambda coding: offers[coding])
    if offers[name] <= 0 or offers[name] < weights.get("identity", 0.0):
        return None
    return Coding(name, weights.get("identity", weights.get("*", 1.0)) == 0)
