"""Compressed replies: which coding is chosen, and that each is the plain reply, compressed."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any
from urllib.parse import quote

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from allgraph.server.app import App
from allgraph.server.http import encoding
from allgraph.server.http.cache import Kept
from allgraph.server.http.encoding import SMALLEST, Coding, choose_coding
from allgraph.server.request import Exchange, Request
from allgraph.server.sender import Sender
from allgraph.server.settings import Settings
from allgraph.site.assets import asset
from tests.support.serving import Address, fetch

ALL = quote("SELECT * { ?s ?p ?o }")
PATHS = (
    "/", "/ask", "/ask/undated", "/find?q=a", "/find", "/nowhere", "/health", "/metrics",
    "/catalog", "/openapi.json", "/.well-known/void", "/id/sara-ziff", "/page/id/sara-ziff",
    "/data/id/sara-ziff.ttl", "/download/graph.nt", "/download/all.nq.gz",
    f"/assets/{asset('site.css').name}", "/sparql?query=x",
    "/sparql", "/sparql?query=ASK%7B%7D", f"/sparql?query={ALL}", f"/sparql?query={ALL}&format=csv",
)  # fmt: skip
CODINGS = ("gzip", "zstd")


def decoded(body: bytes, coding: str | None) -> bytes:
    """A whole body without its coding."""
    if coding is None:
        return body
    if coding == "gzip":
        return zlib.decompress(body, wbits=31)
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


@pytest.mark.parametrize("path", PATHS)
def test_a_compressed_reply_is_the_plain_one(server: Address, path: str) -> None:
    """Also the second time, when it is cached, and with an ETag of its own that is known again."""
    plain = fetch(server + path)
    is_alike = path not in ("/health", "/metrics")
    assert "content-encoding" not in plain.headers
    for coding in CODINGS * 2:
        asked = {"Accept-Encoding": f"br, {coding}"}
        reply = fetch(server + path, headers=asked)
        used = reply.headers.get("content-encoding")
        assert used in (None, coding)
        assert (reply.status, reply.type) == (plain.status, plain.type)
        if is_alike and plain.status < 400:  # a problem has the ID of its request
            assert decoded(reply.body, used) == plain.body
            assert used is None or len(reply.body) < len(plain.body)
        if reply.status == 200 and "etag" in reply.headers:
            tag = reply.headers["etag"]
            assert (tag == plain.headers["etag"]) == (used is None)
            for known in (tag, plain.headers["etag"], "*"):
                again = fetch(server + path, headers={**asked, "If-None-Match": known})
                assert (again.status, again.body) == (304, b"")
                assert "content-encoding" not in again.headers
            other = fetch(server + path, headers={"If-None-Match": tag})
            assert other.status == (304 if used is None else 200)
        if is_alike:
            head = fetch(server + path, method="HEAD", headers=asked)
            assert head.headers.get("etag") == reply.headers.get("etag")
            assert head.headers.get("content-encoding") == used


def test_what_is_small_or_compressed_is_sent_as_it_is(server: Address) -> None:
    for path, large in (("/find?q=zzzz", False), ("/download/all.nq.gz", False), ("/", True)):
        reply = fetch(server + path, headers={"Accept-Encoding": "gzip"})
        assert ("content-encoding" in reply.headers) == large, path
        forced = fetch(server + path, headers={"Accept-Encoding": "gzip, identity;q=0"})
        assert forced.headers["content-encoding"] == "gzip"


def sender_for(accept: str, sent: list[bytes]) -> Sender:
    """A sender of replies to a client with an ``Accept-Encoding``; what it sends goes to `sent`."""
    request = Request("GET", "/", b"", {b"accept-encoding": accept.encode()}, "", "id")

    async def drain() -> None:
        pass

    return Sender(Exchange(request, sent.append, drain, 0, True), (), {})


def unframed(chunks: bytes) -> bytes:
    """The bytes of chunks of a body, without those of the framing."""
    whole = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        length = int(size, 16)
        assert rest[length : length + 2] == b"\r\n"
        whole += rest[:length]
        chunks = rest[length + 2 :]
    return whole


@pytest.mark.parametrize("coding", CODINGS)
@given(pieces=st.lists(st.binary(min_size=1), max_size=5))
def test_each_piece_can_be_read_before_the_next(coding: str, pieces: list[bytes]) -> None:
    sent: list[bytes] = []

    async def stream() -> None:
        sender = sender_for(coding, sent)
        sender.stream(200, "text/csv", {"ETag": '"a"', "Content-Length": "9"})
        for piece in pieces:
            await sender.piece(piece)
        sender.end()

    asyncio.run(stream())
    head, *body = sent
    assert f'\r\nETag: "a-{coding}"\r\n'.encode() in head
    assert b"Content-Length" not in head and b"\r\nTransfer-Encoding: chunked\r\n" in head
    assert body[-1].endswith(b"0\r\n\r\n")
    read: Any = zlib.decompressobj(wbits=31)
    read = read if coding == "gzip" else zstandard.ZstdDecompressor().decompressobj()
    assert [read.decompress(unframed(chunk)) for chunk in body[:-1]] == pieces
    assert read.decompress(unframed(body[-1])) == b""
    assert read.eof


def test_a_cached_reply_is_compressed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    made: list[str] = []

    def compressed(self: Coding, body: bytes) -> bytes:
        made.append(self.name)
        return zlib.compress(body, wbits=31)

    monkeypatch.setattr(Coding, "compressed", compressed)

    async def main() -> None:
        app, reply = App(Settings()), Kept(200, "text/csv", {}, b"x" * 2 * SMALLEST)
        for accept in ("gzip", "zstd", "gzip", "identity", "gzip;q=0.5, zstd;q=0.4"):
            await app._send_whole(reply, "key", sender_for(accept, sent), {"ETag": '"key"'})
        assert app.cache.used > 0

    asyncio.run(main())
    assert made == ["gzip", "zstd"]


WEIGHTS = st.sampled_from((None, 0.0, 0.25, 0.5, 1.0))
NAMES = ("gzip", "zstd", "identity", "*", "br")


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, WEIGHTS)), st.permutations(NAMES))
def test_the_coding_that_is_chosen_has_the_highest_weight(
    given_weights: dict[str, float | None], order: list[str]
) -> None:
    weights = {n: w for n in order if (w := given_weights[n]) is not None}
    chosen = choose_coding(", ".join(f"{name} ; q={weight}" for name, weight in weights.items()))
    gzip, zstd = weights.get("gzip", weights.get("*", 0)), weights.get("zstd", 0)
    best = max(gzip, zstd)
    if best == 0 or best < weights.get("identity", 0):
        assert chosen is None
    else:
        assert chosen is not None
        assert chosen.name == ("zstd" if zstd == best else "gzip")
        assert chosen.is_required == (weights.get("identity", weights.get("*", 1)) == 0)


@given(st.text("gzipstdenty*;q=.01, -x\xff", max_size=40))
def test_no_header_is_refused(header: str) -> None:
    assert choose_coding(header) is None or header.strip()


def test_without_its_library_zstd_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "find_spec", lambda _: None)
    assert choose_coding("zstd, gzip;q=0.123") == Coding("gzip", False)
    assert choose_coding("zstd;q=0.123") is None
