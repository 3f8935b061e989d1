"""A request: who its client is."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from allgraph.server.request import client_of


@pytest.mark.parametrize(
    ("proxy", "peer", "forwarded", "client"),
    [
        (None, "192.0.2.1", b"198.51.100.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1", b"198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "192.0.2.2", b"198.51.100.1", "192.0.2.2"),
        ("192.0.2.1", "192.0.2.1", b"203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("192.0.2.0/24", "192.0.2.9", b"203.0.113.9, 198.51.100.1:80, 192.0.2.3", "198.51.100.1"),
        ("192.0.2.0/24", "192.0.2.9", b"192.0.2.5, 192.0.2.3", "192.0.2.5"),
        ("192.0.2.1", "192.0.2.1", b"[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.1", "192.0.2.1", b"2001:db8::1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::1", b"a.example, 2001:db8::2", "a.example"),
        ("192.0.2.1", "192.0.2.1", b"", "192.0.2.1"),
        ("192.0.2.1", "", b"198.51.100.1", ""),
    ],
)
def test_a_proxy_names_the_client(
    proxy: str | None, peer: str, forwarded: bytes | None, client: str
) -> None:
    """It is the last that is no proxy: what stands before it may be made up."""
    network = ip_network(proxy) if proxy else None
    headers = {} if forwarded is None else {b"x-forwarded-for": forwarded}
    assert client_of(peer, headers, network) == client
