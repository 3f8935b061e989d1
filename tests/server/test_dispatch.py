"""Dispatch: every route, with every method and whatever headers, has an answer that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from urllib.parse import urlencode

import pytest

from allgraph.linkeddata import routes
from allgraph.linkeddata.routes import HTML, JSON, Route
from allgraph.server.http.problems import MEDIA_TYPE
from tests.support.serving import Address, Answer, fetch
from tests.support.tools import tenth

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")
VALUES = {  # of what stands in paths and after the question mark
    "name": ("coco-rocha", "founding-2011", "none", "%00", "a/b", "pages/2", "iri/x",
             "pages/2/iri/ns"),
    "kind": ("person", "none", "Person", "%2e%2e"),
    "facet": ("years", "none", "%00"),
    "question": ("founders", "none", "%22"),
    "picture": ("matrix", "votes", "none", "%00"),
    "number": ("1", "2", "0", "999999", "999999999999", "-1", "x"),
    "suffix": ("ttl", "jsonld", "rdf", "csv", "xml", "png", "exe"),
    "scheme": ("wikidata", "bioguide", "none", "%00", ".."),
    "value": ("Q5591303", "none", "a/b", "%0d%0a", "//x"),
    "file": ("graph.ttl", "graph.rdf", "SHA256SUMS", "none.css", "%2e%2e/x"),
}  # fmt: skip
FIELDS = {
    "q": ("rocha", "", "\0", "a" * 3000),
    "from": ("Coco Rocha", "none", "<", "id:coco-rocha"),
    "to": ("Andrew Cuomo", "http://[", "_:b"),
    "thing": ("Coco Rocha", "", "Sara Ziff", "id:"),
    "query": ("ASK {}", "SELECT * { ?s ?p ?o } LIMIT 2", "DESCRIBE <x:y>", "x", ""),
    "as-of": ("2013-07-01", "0000-00-00", "2013-02-30", "-9999-01-01", "99999999"),
    "limit": ("1", "0", "99999999999", "x"),
    "of": ("Coco Rocha", "claim:founding-2011", "founders", "paths", "none", "\0"),
    "param": ("body=Model Alliance", "body", "=", "published=x", "accessed=x"),
    "url": ("https://w3id.org/allgraph/page/coco-rocha", "javascript:x", "//", "page/x"),
    "accessed": ("2026-11-29", "2026-02-30", ""),
}
QUERIES = (
    "", "?", "?format=ttl", "?format=json", "?format=html", "?format=rdf&format=nt", "?format=exe",
    "?_profile=schema", "?_profile=alt", "?_profile=none", "?_profile=org&_mediatype=text/turtle",
    "?_profile=full&format=csv", "?%zz", "?a=%ff", "?" + "a=b&" * 101, "?=", "?sources=true",
    "?sources=perhaps&possible=true",
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    *({"Accept": value} for value in (
        "", "*", "*/*", "text/html", "text/turtle", "application/json", "text/csv;q=0.1, */*;q=0",
        "application/rdf+xml, text/n3, text/turtle", "application/ld+json;profile=\"http://x/y\"",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "image/png",
        ",;,;q=, /, a/b/c;;;\"", "text/turtle;q=2, x/y;q=1e9", "a/b, " * 1000, "a" * 9000,
        "\xff/\xfe",
    )),
    *({"Accept-Encoding": value} for value in ("gzip, br", "identity;q=0, *;q=0", "\xff")),
    *({"Accept-Language": value} for value in ("de, en;q=0.5", "*;q=0", "x" * 500)),
    *({"Range": value} for value in ("bytes=0-1", "bytes=9-1,-0", "rows=1-", "\xff")),
    {"Range": "bytes=0-9", "If-Range": '"x"'},
    *({"If-None-Match": value} for value in ("*", '"x"', 'W/"x", "', ",,,\"\xff")),
    *({"If-Modified-Since": value} for value in (
        "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday", "\xb2",
        "Mon, 99 Foo 99999 99:99:99 +9999", "Sun, 06 Nov 1994 08:49:37 -999999",
    )),
    {"If-Match": '"x"', "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    *({"Accept-Profile": value} for value in (
        "<https://schema.org/>", "<http://x/y>", "<<<;q=x,>,\"", "a" * 9000, "*;q=0",
    )),
    {"Accept-Charset": "utf-16", "Accept-Datetime": "never", "Prefer": "return=x;;\""},
    {"Origin": "null", "Access-Control-Request-Method": "PUT"},
    {"Content-Type": "text/turtle; charset=\xff", "Content-Encoding": "br"},
    {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"},
    {"X-Request-Id": "\xff" * 99, "X-Forwarded-For": "x", "Forwarded": "for=\"", "TE": "trailers"},
    {"Authorization": "Basic :", "Cookie": "a=\"", "Referer": "http://[", "User-Agent": ""},
)  # fmt: skip


USUAL = {name: values[0] for name, values in VALUES.items()}
SERVED = [route for route in routes.ROUTES if route.handler]


def _paths(route: Route) -> list[str]:
    """The addresses of a route: with each value of its parameters, and with each of `QUERIES`."""
    names = [parameter.name for parameter in route.parameters]
    in_path = [name for name in names if f"{{{name}}}" in route.path]
    given = [name for name in names if name in FIELDS and name not in in_path]
    paths = [route.path.format_map(USUAL) + query for query in QUERIES]
    for values in product(*(VALUES[name] for name in in_path)):
        paths.append(route.path.format_map(dict(zip(in_path, values, strict=True))))
    for values in product(*(FIELDS[name] for name in given)):
        paths.append(f"{paths[0]}?{urlencode(dict(zip(given, values, strict=True)))}")
    return paths


@pytest.mark.slow
def test_no_route_fails_whatever_is_asked_for(server: Address) -> None:
    """Every route with all headers and methods: of its addresses, each time another."""
    random, paths = Random(1), {route.name: _paths(route) for route in SERVED}
    cases = [
        (route, method, random.choice(paths[route.name]), headers)
        for route, headers, method in product(SERVED, HEADERS, METHODS)
    ]
    wrong = []
    for route, method, path, headers in tenth(cases):
        reply = fetch(server + path, method=method, headers=headers)
        faults = _faults(reply, route, method, headers)
        wrong += [f"{method} {path[:99]} {headers}: {fault}" for fault in faults]
    assert wrong == []


def _faults(reply: Answer, route: Route, method: str, headers: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a reply, by its status and the method and headers of the request."""
    status, has_body = reply.status, reply.body != b""
    taken = {"HEAD", "OPTIONS", *route.methods}
    is_conditional = {"If-None-Match", "If-Modified-Since"} & {*headers}
    if status >= 500 and (status, route.name) != (501, "oembed"):  # as its specification says
        yield f"status {status}"
    if (status == 405) != (method not in taken):
        yield f"status {status} for a method"
    if status in (204, 405) and {*reply.headers.get("allow", "").split(", ")} != taken:
        yield f"status {status} with Allow: {reply.headers.get('allow')}"
    if status == 304 and not (is_conditional and method in ("GET", "HEAD")):
        yield "status 304 for one who has nothing"
    if has_body and (method == "HEAD" or status in (204, 301, 304)):
        yield f"status {status} with {len(reply.body)} bytes"
    if has_body and status >= 400 and reply.type not in (MEDIA_TYPE, JSON, HTML):
        yield f"a problem as {reply.type}"
    if "x-request-id" not in reply.headers or "Accept" not in reply.headers.get("vary", ""):
        yield "no Vary or no X-Request-Id"
