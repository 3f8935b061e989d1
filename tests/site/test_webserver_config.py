"""Hosts: nginx and Apache with what is written for them send each IRI where it belongs."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.graph import open_graph
from allgraph.linkeddata.check.check import check_site
from allgraph.linkeddata.routes import HTML, RDF
from allgraph.model.addresses import SUFFIXES, path_of
from allgraph.rdf import formats
from allgraph.server.http.negotiation import choose
from allgraph.server.http.problems import SORTS
from allgraph.site import webserver_config
from allgraph.site.publisher import publish
from tests.conftest import BASE, PREFIXES
from tests.support import hosting
from tests.support.serving import Answer, fetch
from tests.support.tools import tenth
from tests.support.waiting import PATIENCE

RDFLIB = (
    "application/rdf+xml, text/n3, text/turtle, application/n-triples, application/ld+json, "
    "application/n-quads, application/trix, application/trig"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,text/n3;q=0.35,"
    "text/html;q=0.2,application/xhtml+xml;q=0.18"
)
CLIENTS = {  # what they send, with what comes
    "Chrome": ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
               "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7", "html"),
    "Firefox": ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
    "Internet Explorer": ("text/html, application/xhtml+xml, */*", "html"),
    "Googlebot": ("text/html,application/xhtml+xml,application/signed-exchange;v=b3,"
                  "application/xml;q=0.9,*/*;q=0.8", "html"),
    "curl, requests, wget, node": ("*/*", "html"),
    "httpx, axios": ("application/json, text/plain, */*", "html"),
    "Java": ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "html"),
    "an image": ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "html"),
    "lynx": ("text/html, text/plain, text/sgml, text/css, */*;q=0.01", "html"),
    "rdflib": (RDFLIB, "ttl"),
    "Comunica": (COMUNICA, "jsonld"),
    "Jena": ("text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,"
             "application/rdf+xml;q=0.7,*/*;q=0.3", "ttl"),
    "RDF4J": ("text/turtle, application/x-turtle;q=0.8, application/rdf+xml;q=0.8, "
              "application/n-triples;q=0.7, text/n3;q=0.6, */*;q=0.1", "ttl"),
    "Protégé": ("application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, "
                "*/*; q=0.09", "rdf"),
    "rapper": ("application/rdf+xml, text/turtle;q=0.1, */*;q=0.05", "rdf"),
    "EYE": ("text/turtle,text/n3;q=0.9,*/*;q=0.1", "ttl"),
    "jsonld.js, pyld": ("application/ld+json, application/json", "jsonld"),
    "Titanium": ('application/ld+json;profile="http://www.w3.org/ns/json-ld#context",'
                 "application/json;q=0.8", "jsonld"),
    "a client of JSON": ("application/json", ""),
    "a client of XML": ("application/xml, text/xml;q=0.9", ""),
    "all but HTML": ("text/html;q=0, */*", "ttl"),
    "all but HTML and Turtle": ("text/html;q=0, text/turtle;q=0.0, */*;q=0.5", "jsonld"),
    "nothing": ("*/*;q=0", ""),
}  # fmt: skip
ACCEPTS: dict[str | None, str] = {  # and what is to come, which is nothing for 406
    **dict(CLIENTS.values()),
    None: "html",
    "": "html",
    "*/*": "html",
    BROWSER: "html",
    RDFLIB: "ttl",
    COMUNICA: "jsonld",
    "text/turtle": "ttl",
    "TEXT/Turtle;charset=utf-8": "ttl",
    "text/turtle, application/x-turtle, */*;q=0.1": "ttl",
    "application/ld+json, application/json;q=0.9, */*;q=0.1": "jsonld",
    'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"': "jsonld",
    "application/n-triples": "nt",
    "application/rdf+xml, */*;q=0.1": "rdf",
    "text/csv": "csv",
    "text/html, text/turtle": "html",
    "text/html;q=0.1, text/turtle;q=0.9": "ttl",
    "text/turtle;q=0, text/html;q=0.1": "html",
    "text/turtle;q=0.000, application/n-triples;q=0.001": "nt",
    "image/png": "",
    "text/turtle;q=0": "",
    "*": "html",
    "text/*;q=0.2": "html",
    "application/*": "jsonld",
}
TYPES = {
    "html": "text/html; charset=utf-8",
    "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "csv": "text/csv; charset=utf-8",
}
PLAIN = (
    "id/coco-rocha", "claim/founding-2011", "source/a/b", "thing/9", "ns2", "page",
    "id/id", "id/claim", "id/claim/x", "id/pages/2", "id/iri/a", "iri/a", "claims/x", "ns/Claim",
    "id/größe", "id/b%C3%BC", "id/日本/😀", "id/a%20b", "id/50%25", "id/x%2Fy", "id/%E0%A4",
    "id/a+b", "id/a:b;c=d@e!$&'()*,~", "id/o'hara", "id/%22quoted%22%3F", "id/$1$0", "id/-_.~",
    "id/x.ttl", "id/x.html", "id/x.gz", "id/x.cgi", "id/x.var", "id/x.shtml", "id/x.de", "id/x.xyz",
    "id/http:", "other/%2Ey", "other/ü", "things", "id/" + "long/" * 30 + "name",
)  # fmt: skip
"""What stands after the base of IRIs that are where their name says."""
ODD = (
    "id/" + "x" * 210, "id/" + "ß" * 120, "id/a//b", "id/.hidden", "id/x/", "claim/",
    "id/index.html", "id/x.ttl/y", "id/größe%20xl", "odd/.$1/%20/'(;)", "id/..a",
)  # fmt: skip
"""What stands after the base of IRIs whose page needs a rule of its own."""


class Host(NamedTuple):
    """A server with a site: the address of the root, and the base of its IRIs."""

    home: str
    base: str

    @property
    def root(self) -> str:
        return urlsplit(self.home).path.rstrip("/")

    def page_of(self, rest: str) -> str:
        """The path of the page about an IRI, below the root."""
        if rest in ODD:
            return f"/page/iri/~{sha256((self.base + rest).encode()).hexdigest()[:32]}"
        path = path_of(self.base + rest, self.base)
        assert path is not None
        return path

    def data_of(self, rest: str, suffix: str) -> str:
        return f"/data{self.page_of(rest).removeprefix('/page')}.{suffix}"

    def led_to(self, reply: Answer) -> str:
        """The path that a redirect leads to, on this host."""
        origin = urljoin(self.home, "/")[:-1]  # which Apache names, and nginx does not
        path = reply.headers["location"].removeprefix(origin)
        assert path.startswith("/") and not path.startswith("//")
        return path

    def odd(self) -> list[tuple[str, str]]:
        return [(self.base + rest, self.page_of(rest)) for rest in ODD]

    def write(self, folder: Path) -> None:
        """A small site, laid out as one that is published, and its configuration."""
        site = folder / self.root[1:]
        for rest in (*PLAIN, *ODD):
            iri = self.base + rest
            _write(site, f"{self.page_of(rest)}/index.html", f"<p>{iri}</p>")
            for suffix, text in _data(iri).items():
                _write(site, self.data_of(rest, suffix), text)
        for name in ("ns", "shapes", "catalog"):
            _write(site, f"/{name}/index.html", f"<p>{name}</p>")
            for suffix, text in _data(self.base + name).items():
                _write(site, f"/{name}.{suffix}", text)
        void = _data(f"{self.home}void")
        _write(site, "/.well-known/void", void["ttl"])
        for suffix in ("ttl", "nt", "rdf", "jsonld"):
            _write(site, f"/void.{suffix}", void[suffix])
        for path, text in {
            "/index.html": "home", "/things/index.html": "things", "/404.html": "no such page",
            "/things/Person/index.html": "people", "/assets/app.0123abcd.css": "p{}",
            "/assets/app.0123abcd.js": "1", "/assets/query-worker.0123abcd.js": "2",
            "/assets/oxigraph.0123abcd.wasm": "3", "/download/SHA256SUMS": "sums",
            "/download/graph.nq": "", "/download/graph.trig": "", "/search/index.json": "{}",
            "/embed/page/ann/index.html": "framed",
            "/robots.txt": "robots", "/sitemap.xml": "<a/>", "/CITATION.cff": "a: 1",
            "/.nojekyll": "",
        }.items():  # fmt: skip
            _write(site, path, text)
        written = webserver_config.files(self.base, self.home, self.odd())
        for name, text in written.items():
            _write(site, f"/{name}", text)
        (folder / "site.conf").write_text(written["nginx.conf"])


def _write(site: Path, path: str, text: str) -> None:
    file = site / unquote(path)[1:]
    file.parent.mkdir(parents=True, exist_ok=True)
    assert not file.exists(), path
    file.write_text(text, encoding="utf-8")


def _data(iri: str) -> dict[str, str]:
    graph = rdflib.Graph()
    graph.add((rdflib.URIRef(iri), rdflib.RDFS.label, rdflib.Literal("grün")))
    forms = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
    return {suffix: graph.serialize(format=form) for suffix, form in forms.items()} | {
        "csv": f"claim\n{iri}\n"
    }


def _ask(host: Host, path: str, accept: str | None = None) -> Answer:
    """What a host answers to the path of an IRI, encoded as clients do."""
    sent = quote(path, safe="/:@!$&'()*+,;=~%?")
    headers = {} if accept is None else {"Accept": accept}
    return fetch(host.home[:-1] + sent, headers=headers)


SERVERS = ("nginx", "nginx at a root", "apache", "apache at a root", "apache with an alias")


@pytest.fixture(scope="module", params=SERVERS)
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A server with the site, below a path or not."""
    root = "/" if "at a root" in request.param else "/graph.1/"
    made: list[Host] = []

    def write(folder: Path, address: str) -> None:
        made.append(Host(address + root, address + root))
        made[0].write(folder / "elsewhere" if "alias" in request.param else folder)

    with ExitStack() as stack:
        if request.param.startswith("nginx"):
            stack.enter_context(hosting.nginx(write))
        else:
            alias = (
                'Alias "/graph.1" "{served}/elsewhere/graph.1"' if "alias" in request.param else ""
            )
            stack.enter_context(hosting.apache(write, alias))
        yield made[0]


# ---- Every kind of IRI, whatever is accepted


@pytest.mark.long
@pytest.mark.parametrize("accept", ACCEPTS, ids=lambda accept: repr(accept)[:20])
def test_iris_negotiate(host: Host, accept: str | None) -> None:
    suffix = ACCEPTS[accept]
    iris = [*PLAIN, *ODD]
    iris.remove("things")  # which the site itself has
    for rest in iris if accept in (None, BROWSER, RDFLIB) else tenth(iris, seed=accept):
        reply = _ask(host, f"/{rest}", accept)
        if not suffix:
            _is_problem(reply, 406, "format")
            assert reply.headers["vary"] == "Accept"
            continue
        goal = host.page_of(rest) if suffix == "html" else host.data_of(rest, suffix)
        assert (rest, reply.status) == (rest, 303)
        location = host.led_to(reply)
        assert unquote(location) == unquote(host.root + goal)
        assert location.startswith(f"{host.root}/{'page' if suffix == 'html' else 'data'}/")
        assert reply.headers["vary"] == "Accept"
        then = fetch(urljoin(host.home, location))
        assert (rest, then.status, then.headers["content-type"]) == (rest, 200, TYPES[suffix])
        assert host.base + rest in then.text or suffix in ("nt", "rdf", "jsonld", "ttl")
        assert "content-encoding" not in then.headers
        _is_safe(reply)
        _is_safe(then)


def test_rdflib_reads_every_iri(host: Host) -> None:
    for rest in (*PLAIN, *ODD, "ns", "shapes", "catalog", ".well-known/void"):
        if rest == "things":
            continue
        iri = host.base + rest
        found = rdflib.Graph().parse(quote(iri, safe="/:@!$&'()*+,;=~%"))
        about = f"{host.home}void" if rest == ".well-known/void" else iri
        assert {str(subject) for subject in found.subjects()} == {about}


@pytest.mark.parametrize("name", ["ns", "shapes", "catalog"])
@pytest.mark.parametrize("accept", ACCEPTS, ids=lambda accept: repr(accept)[:20])
def test_documents_of_their_own_negotiate(host: Host, name: str, accept: str | None) -> None:
    suffix = ACCEPTS[accept]
    reply = _ask(host, f"/{name}", accept)
    assert reply.headers["vary"] == "Accept"
    _is_safe(reply)
    if suffix in ("", "csv"):  # they are no tables
        _is_problem(reply, 406, "format")
        return
    if suffix == "html":
        assert (reply.status, reply.text) == (200, f"<p>{name}</p>")
        assert reply.headers["content-type"] == TYPES["html"]
        return
    assert (reply.status, host.led_to(reply)) == (303, f"{host.root}/{name}.{suffix}")
    assert fetch(f"{host.home}{name}.{suffix}").headers["content-type"] == TYPES[suffix]


@pytest.mark.parametrize("accept", ACCEPTS, ids=lambda accept: repr(accept)[:20])
def test_void_negotiates(host: Host, accept: str | None) -> None:
    reply = _ask(host, "/.well-known/void", accept)
    assert reply.headers["vary"] == "Accept"
    _is_safe(reply)
    suffix = ACCEPTS[accept]
    if suffix in ("", "csv"):
        _is_problem(reply, 406, "format")
    elif suffix in ("jsonld", "nt", "rdf"):
        assert (reply.status, host.led_to(reply)) == (303, f"{host.root}/void.{suffix}")
        then = fetch(f"{host.home}void.{suffix}")
        assert (then.status, then.headers["content-type"]) == (200, TYPES[suffix])
    elif accept is not None and "text/html" in accept and suffix == "html":
        assert (reply.status, host.led_to(reply)) == (303, f"{host.root}/catalog")
    else:
        assert (reply.status, reply.headers["content-type"]) == (200, TYPES["ttl"])


# ---- Files


@pytest.mark.parametrize(
    ("path", "type", "text"),
    [
        ("/", "text/html; charset=utf-8", "home"),
        ("/index.html", "text/html; charset=utf-8", "home"),
        ("/things", "text/html; charset=utf-8", "things"),
        ("/things/Person", "text/html; charset=utf-8", "people"),
        ("/things/Person/", "text/html; charset=utf-8", "people"),
        ("/assets/app.0123abcd.css", "text/css", "p{}"),
        ("/assets/app.0123abcd.js", "text/javascript", "1"),
        ("/assets/oxigraph.0123abcd.wasm", "application/wasm", "3"),
        ("/download/SHA256SUMS", "text/plain; charset=utf-8", "sums"),
        ("/download/graph.nq", "application/n-quads", ""),
        ("/download/graph.trig", "application/trig", ""),
        ("/search/index.json", "application/json", "{}"),
        ("/robots.txt", "text/plain; charset=utf-8", "robots"),
        ("/sitemap.xml", "application/xml", "<a/>"),
        ("/CITATION.cff", "text/plain; charset=utf-8", "a: 1"),
    ],
)
def test_files_have_their_types_whatever_is_accepted(
    host: Host, path: str, type: str, text: str
) -> None:
    for accept in (None, BROWSER, RDFLIB):
        reply = _ask(host, path, accept)
        assert (reply.status, reply.text) == (200, text)
        assert (
            reply.headers["content-type"].removesuffix("; charset=utf-8") == type.partition(";")[0]
        )
        assert not type.endswith("utf-8") or reply.headers["content-type"] == type
        assert "vary" not in reply.headers
        kept = reply.headers.get("cache-control")
        assert kept == (webserver_config.IMMUTABLE if path.startswith("/assets/") else None)
        _is_safe(reply)


def test_only_the_worker_may_compile_webassembly(host: Host) -> None:
    for path, policy in (
        ("/assets/query-worker.0123abcd.js", webserver_config.WORKER_POLICY),
        ("/assets/app.0123abcd.js", webserver_config.POLICY),
        ("/things", webserver_config.POLICY),
    ):
        reply = _ask(host, path)
        assert reply.status == 200
        assert reply.headers["content-security-policy"] == policy
        assert ("wasm" in policy) == ("worker" in path)
    assert _ask(host, "/assets/query-worker.none.js").status == 404


def test_only_pages_for_frames_may_be_framed(host: Host) -> None:
    for path in ("/embed/page/ann", "/embed/page/ann/"):
        reply = _ask(host, path)
        assert (reply.status, reply.text) == (200, "framed")
        assert reply.headers["content-security-policy"] == webserver_config.FRAMED
    assert "frame-ancestors 'none'" in _ask(host, "/things").headers["content-security-policy"]
    assert _ask(host, "/embed/page/none").status == 404


MISSING = (
    "/nothing", "/id/nobody", "/id/", "/id", "/claim/none", "/page/nobody", "/page/",
    "/data/nobody.ttl", "/data/", "/data", "/assets/none.css", "/assets/", "/things/None",
    "/coco-rocha", "/page/coco-rocha/x", "/data/coco", "/id/coco-rocha.ttl", 
    "/id/%FF%FE", "/id/coco%0Arocha", "/id/" + "z" * 300, "/favicon.ico", "/ns/x", "/iri/thing/9",
    "/id/coco-rocha/", "/id/claim/", "/id/x%0d%0aSet-Cookie:%20a=b", "//evil.example/x",
    "/id//evil.example", "/%5cevil.example", "/id/https://evil.example/", 
    "/id/%252e%252e/x", "/id/?%0d%0aA: b", "/id/nobody%3Fx", "/id/nobody?a=//evil.example",
)  # fmt: skip


@pytest.mark.parametrize("path", MISSING)
def test_what_is_missing_has_the_page_that_says_so(host: Host, path: str) -> None:
    for accept in (None, BROWSER, RDFLIB, "application/ld+json", "image/png", "*/*"):
        reply = _ask(host, path, accept)
        is_page = accept == BROWSER or (accept in (None, "*/*") and not path.startswith("/data/"))
        if is_page:
            assert (reply.status, reply.text) == (404, "no such page")
            assert reply.headers["content-type"] == TYPES["html"]
        else:
            _is_problem(reply, 404, "name")
        assert reply.headers["vary"] == "Accept"
        assert "location" not in reply.headers and "set-cookie" not in reply.headers
        assert "cache-control" not in reply.headers
        _is_safe(reply)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS"])
def test_a_site_is_only_read(host: Host, method: str) -> None:
    paths = ("/", "/id/coco-rocha", "/page/coco-rocha", "/data/coco-rocha.ttl", "/ns", "/nothing",
             "/.well-known/void", "/assets/app.0123abcd.css", "/things", "/404.html")  # fmt: skip
    for path in paths:
        for accept in (BROWSER, RDFLIB, "image/png"):
            reply = fetch(
                host.home[:-1] + path, method=method, headers={"Accept": accept}, body=b"x=y"
            )
            allow = ", ".join(value for name, value in reply.all_headers if name == "allow")
            assert {*allow.split(", ")} - {"TRACE"} == {"GET", "HEAD", "OPTIONS"}  # Apache's own
            if method == "OPTIONS":
                assert (path, reply.status, reply.body) == (path, 204, b"")
            else:
                _is_problem(reply, 405, "method")
            _is_safe(reply)


def test_documents_have_the_links_of_the_server(host: Host) -> None:
    suffixes = ("ttl", "nt", "rdf", "jsonld")
    for rest in (*PLAIN, ODD[0], ODD[2], "ns", "shapes"):
        is_whole = rest in ("ns", "shapes")
        page = f"/{rest}" if is_whole else host.page_of(rest)
        data = {s: f"/{rest}.{s}" if is_whole else host.data_of(rest, s) for s in suffixes}
        table = {} if is_whole else {"csv": host.data_of(rest, "csv")}
        for suffix, path in {"": page, **data, **table}.items():
            reply = _ask(host, path, BROWSER)
            assert (path, reply.status) == (path, 200)
            links = reply.headers["link"].split(", <")
            expected = [
                f'<{host.root}{data[s]}>; rel="alternate"; type="{formats.named(s).essence}"'
                for s in suffixes
                if s != suffix
            ]
            kinds = ('rel="alternate"; type="text/html"', 'rel="canonical"')
            expected += [f"<{host.root}{page}>; {kind}" for kind in kinds if suffix]
            expected.append(f'<{host.root}/.well-known/void>; rel="describedby"')
            assert [unquote(f"<{link.removeprefix('<')}") for link in links] == [
                unquote(link) for link in expected
            ]
    for path in ("/", "/things", "/robots.txt", "/page/nobody", "/data/nobody.ttl", "/id/nobody",
                 "/page/x%3E;%20rel=a", "/catalog"):  # fmt: skip
        assert "link" not in _ask(host, path, BROWSER).headers


def test_a_head_is_as_a_get(host: Host) -> None:
    for path in ("/", "/id/coco-rocha", "/page/coco-rocha", "/ns", "/nothing", "/data/nothing.ttl"):
        for accept in (BROWSER, RDFLIB, "image/png"):
            heads = []
            for method in ("GET", "HEAD"):
                reply = fetch(host.home[:-1] + path, method=method, headers={"Accept": accept})
                assert "allow" not in reply.headers
                heads.append((reply.status, reply.type, reply.headers.get("location")))
            assert heads[0] == heads[1]
            assert reply.body == b""


def _is_problem(reply: Answer, status: int, sort: str) -> None:
    """Check that a reply is a problem as the server sends it, in JSON."""
    assert (reply.status, reply.type) == (status, "application/problem+json")
    problem = reply.json()
    assert problem["type"] == f"https://w3id.org/allgraph/problems#{sort}"
    assert (problem["status"], problem["title"]) == (status, SORTS[sort].title)
    _is_safe(reply)


def _is_safe(reply: Answer) -> None:
    for name, value in webserver_config.HEADERS.items():
        assert [v for k, v in reply.all_headers if k == name.lower()] == [value], name


def _raw(host: Host, target: bytes, *more: bytes) -> bytes:
    """What comes back to a request just as it is written."""
    parts = urlsplit(host.home)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE) as it:
        head = [b"GET " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", *more]
        it.sendall(b"\r\n".join(head) + b"\r\n\r\n")
        pieces = []
        while piece := it.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    "target",
    [
        b"/id/../../../../../../etc/passwd", b"/id/..%2f..%2f..%2f..%2fetc/passwd",
        b"/page/../.htaccess", b"/id/\\..\\..", b"/id/%00", b"/id/x\r\nA: b",
        b"//evil.example/%2f..", b"/id/\xff\xfe",
        b"/id/coco-rocha%0d%0aSet-Cookie:a=b", b"/id/coco-rocha?%0d%0aSet-Cookie:a=b",
        b"/id/coco-rocha#x", b"http://evil.example/id/coco-rocha", b"/data/../../log",
        b"/id/.%2e/%2e./x", b"/%2e%2e/%2e%2e/log",
    ],
)  # fmt: skip
def test_no_path_leads_astray(host: Host, target: bytes) -> None:
    root = host.root.encode()
    sent = target if target.startswith((b"http", b"//")) else root + target
    for accept in (b"text/html", b"text/turtle", b"text/turtle\r\n , text/html", b"x" * 3000):
        head, _, body = _raw(host, sent, b"Accept: " + accept).partition(b"\r\n\r\n")
        assert b"root:" not in body and b"notice" not in body
        assert not re.search(rb"(?im)^(?:set-cookie|a):", head)
        for location in re.findall(rb"(?im)^location: *(\S+)", head):
            path = re.sub(rb"^http://(?:x|evil\.example)(?=/)", b"", location)  # as it was asked
            assert path.startswith((root + b"/page/", root + b"/data/"))


def test_names_are_found_in_whatever_way_they_are_encoded(host: Host) -> None:
    for path in ("/%69d/coco%2Drocha", "/id/coc%6F-rocha", "/id/coco-rocha?q=1"):
        reply = _ask(host, path)
        assert (reply.status, host.led_to(reply)) == (303, f"{host.root}/page/coco-rocha")
    reply = _ask(host, "/id/gr%c3%b6%c3%9fe")
    assert unquote(host.led_to(reply)) == f"{host.root}/page/größe"


def test_pages_of_pages_with_percents_are_direct(host: Host) -> None:
    for rest in PLAIN:
        reply = fetch(host.home.rstrip("/") + host.page_of(rest))
        assert (rest, reply.status, host.base + rest in reply.text) == (rest, 200, True)


# ---- The server of the base, when the site is elsewhere


@pytest.fixture(scope="module")
def apart() -> Iterator[Host]:
    """A base on an Apache, whose IRIs lead to a site on an nginx."""
    with ExitStack() as stack:
        made: list[Host] = []

        def write_base(folder: Path, address: str) -> None:
            base = f"{address}/graph/"

            def write_site(folder: Path, address: str) -> None:
                made.append(Host(f"{address}/site/", base))
                made[0].write(folder)

            stack.enter_context(hosting.nginx(write_site))
            text = webserver_config.files(base, made[0].home, made[0].odd())["w3id.htaccess"]
            _write(folder, "/graph/.htaccess", text)

        stack.enter_context(hosting.apache(write_base))
        yield made[0]


@pytest.mark.parametrize("accept", ACCEPTS, ids=lambda accept: repr(accept)[:20])
def test_iris_of_a_base_elsewhere_lead_to_the_site(apart: Host, accept: str | None) -> None:
    suffix = ACCEPTS[accept]
    headers = {} if accept is None else {"Accept": accept}
    for rest in (*PLAIN, *ODD):
        if rest in ("page", "things", "id/b%C3%BC", "id/%E0%A4"):  # taken for a path, for bü
            continue
        reply = fetch(apart.base + quote(rest, safe="/:@!$&'()*+,;=~%"), headers=headers)
        if not suffix:
            assert (rest, reply.status, reply.headers["vary"]) == (rest, 406, "Accept")
            continue
        goal = apart.page_of(rest) if suffix == "html" else apart.data_of(rest, suffix)
        assert (rest, reply.status, reply.headers["vary"]) == (rest, 303, "Accept")
        assert unquote(reply.headers["location"]) == unquote(apart.home[:-1] + goal)
        then = fetch(reply.headers["location"])
        assert (rest, then.status, then.headers["content-type"]) == (rest, 200, TYPES[suffix])
    for name in ("ns", "shapes"):
        reply = fetch(apart.base + name, headers=headers)
        if suffix in ("", "csv"):
            assert reply.status == 406
            continue
        goal = name if suffix == "html" else f"{name}.{suffix}"
        assert (reply.status, reply.headers["location"]) == (303, apart.home + goal)


@pytest.mark.parametrize("method", ["POST", "DELETE", "PROPFIND", "OPTIONS"])
def test_a_base_elsewhere_is_only_read(apart: Host, method: str) -> None:
    for path in ("", "id/coco-rocha", "ns", "things", "nothing/there"):
        reply = fetch(apart.base + path, method=method, headers={"Accept": RDFLIB}, body=b"x=y")
        allow = ", ".join(value for name, value in reply.all_headers if name == "allow")
        assert {*allow.split(", ")} - {"TRACE"} == {"GET", "HEAD", "OPTIONS"}
        assert "location" not in reply.headers
        if method == "OPTIONS":
            assert (path, reply.status, reply.body) == (path, 204, b"")
        else:
            assert (reply.status, reply.type) == (405, "application/problem+json")
            assert reply.json()["type"].endswith("#method")
    assert "allow" not in fetch(apart.base + "ns", headers={"Accept": RDFLIB}).headers


def test_paths_below_a_base_elsewhere_lead_to_those_of_the_site(apart: Host) -> None:
    for path in ("", "page/coco-rocha", "things", ".well-known/void", "catalog.ttl", "robots.txt"):
        reply = fetch(apart.base + path)
        assert (reply.status, reply.headers["location"]) == (302, apart.home + path)


@pytest.mark.parametrize(
    "path",
    ["id/x%0d%0aSet-Cookie:a=b", "id///evil.example", "/evil.example", "id/%5c%5cevil", "id/%3F"],
)
def test_a_base_elsewhere_leads_nowhere_else(apart: Host, path: str) -> None:
    reply = fetch(apart.base + path)
    assert "set-cookie" not in reply.headers
    assert reply.headers.get("location", apart.home).startswith(apart.home)


def test_rdflib_reads_what_a_base_elsewhere_leads_to(apart: Host) -> None:
    for rest in ("id/coco-rocha", "id/größe", "id/a%20b", "claim/founding-2011", "ns", ODD[0]):
        found = rdflib.Graph().parse(quote(apart.base + rest, safe="/:%"))
        assert {str(subject) for subject in found.subjects()} == {apart.base + rest}


# ---- What is accepted


def choice(accept: str) -> str:
    """What `webserver_config.CHOICES` choose."""
    patterns = webserver_config.CHOICES
    return next((name for pattern, name in patterns if re.search(pattern, accept, re.I)), "")


def plainly(accept: str) -> str:
    """The same, said with lists: the first decimal of the weight, then the order of kinds."""
    names = {type: name for name, types in webserver_config._KINDS.items() for type in types}
    order = [*webserver_config._KINDS]
    found = []
    weights: dict[str, float] = {}
    for member in accept.lower().split(","):
        type, *rest = [part.strip() for part in member.split(";")]
        weight = next((float(part[2:]) for part in rest if part.startswith("q=")), 1.0)
        weights[type] = max(weight, weights.get(type, 0.0)) if weight else 0.0
        if type in names and weight:
            tier = 10 - round(weight * 1000) // 100
            found.append((tier, order.index(names[type]), names[type]))
    if found or "/" not in accept:
        return min(found)[2] if found else "any"
    for name, (type, *_) in webserver_config._KINDS.items():
        wild = ("*/*", f"{type.partition('/')[0]}/*")
        if weights.get(type) != 0 and any(weights.get(each) for each in wild):
            return "any" if name == "html" else name
    return ""


TYPE = st.sampled_from(
    [
        *(t for types in webserver_config._KINDS.values() for t in types),
        "*/*",
        "text/*",
        "application/xml",
        "text/turtle2",
        "x/text/html",
    ]
)
WEIGHT = st.sampled_from([
    "", ";q=1", ";q=1.000", "; q=0.9", ";q=0.5", ";q=0.49", ";q=0", ";q=0.0", ";q=.7", ";q=0.05",
    ";level=1", ";charset=utf-8;q=0.3", ";q=0.001", ";Q=0.8",
])  # fmt: skip
ACCEPT = st.lists(st.builds("{}{}".format, TYPE, WEIGHT), max_size=6).map(", ".join)


@pytest.mark.parametrize("client", CLIENTS)
def test_clients_get_what_the_server_sends_them(client: str) -> None:
    """The server chooses among the same types, but for the table."""
    accept, suffix = CLIENTS[client]
    assert choice(accept).replace("any", "html") == suffix
    types = {"html": HTML} | {name: formats.named(name).essence for name in SUFFIXES}
    try:
        chosen = choose(accept, (HTML, *RDF))
    except UnknownFormat:
        chosen = ""
    assert chosen == types.get(suffix, "")


@given(ACCEPT)
@example(BROWSER)
@example(RDFLIB)
@example(COMUNICA)
def test_choices_are_by_weight_then_by_order(accept: str) -> None:
    assert choice(accept) == plainly(accept)


def test_long_headers_take_no_time() -> None:
    start = time.process_time()
    for text in (",text/html;" * 700, "text/html" + ";a" * 4000, " " * 8000, "a/b;" + " " * 8000):
        assert choice(text) in ("html", "any", "")
    assert time.process_time() - start < 2


# ---- The other hosts, and what cannot be


def test_redirects_are_wildcards_that_keep_reserved_names() -> None:
    lines = [
        line.split() for line in webserver_config.redirects("https://example.org/").splitlines()[2:]
    ]
    assert len(lines) < 20

    def target(path: str) -> str | None:
        for source, goal, status in lines:
            assert status == "302"
            start = source.removesuffix("*")
            if path == source or (source != start and path.startswith(start)):
                return goal.replace(":splat", path[len(start) :])
        return None

    base = "https://example.org/"
    for rest in PLAIN:
        if rest.startswith(("id/", "claim/", "source/")) and "%" not in rest and rest.isascii():
            expected = path_of(base + rest, base)
            assert target(f"/{rest}") == expected
    assert target("/things") is None and target("/page/x") is None


def test_headers_are_those_of_the_servers() -> None:
    text = webserver_config.headers("https://example.org/graph/")
    assert "/graph/*\n  Access-Control-Allow-Origin: *\n" in text
    policy = webserver_config.WORKER_POLICY.removesuffix("; frame-ancestors 'none'")
    told = webserver_config.HEADERS | {"Content-Security-Policy": policy}
    assert all(f"  {name}: {value}\n" in text for name, value in told.items())
    rules = dict(re.findall(r"^(/\S*)\n((?:  .*\n)+)", text, re.MULTILINE))
    unframed = {path for path, lines in rules.items() if "frame-ancestors 'none'" in lines}
    tops = {path.removeprefix("/graph/").removesuffix("/*") for path in unframed}
    assert {"", "page", "things", "ask", "ns", "query"} <= tops
    assert not {"embed", "*"} & tops


def test_the_guide_tells_of_every_file() -> None:
    page = Path(__file__).parents[2].joinpath("docs/how-to/publish.md").read_text("utf-8")
    for name in webserver_config.files("https://b.example/", "https://example.org/"):
        assert f"`{name}`" in page
    assert f"up\nto {webserver_config.MOST_RULES:,}" in page


@pytest.mark.parametrize(
    "home",
    ["", "x", "ftp://a/", "https://a", "https://a/b", "https://a/b c/", 'https://a/"/', "https://a/\n/",
     "https://a/$x/", "https://a/;}/", "https://a//b/", "https://a/../b/", "https://a/{/", "https://a/?/",
     "https://user@a/", "https://a/ü/"],
)  # fmt: skip
def test_an_address_that_could_break_a_file_is_refused(home: str) -> None:
    for write in (
        webserver_config.redirects,
        webserver_config.headers,
        lambda it: webserver_config.nginx(it, {"rules": ()}),
    ):
        with pytest.raises(ParameterError, match="cannot be the address of a site"):
            write(home)


RULES = {
    "nginx.conf": r"""    if \(\$allgraph_raw ~ "\^(?:[\w/~-]|\\x[0-9a-f]{2})+\$"\) """
    r"""\{ set \$allgraph_name iri/~\w+; \}|    # . more IRIs .*""",
    ".htaccess": r"""RewriteCond %\{ENV:RAW\} "=[^"\\<>\s]+"|RewriteRule \^ - \[E=NAME:iri/~\w+\]"""
    r"""|# . more IRIs .*""",
}
HOSTILE = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(st.tuples(HOSTILE, st.just("/page/iri/~0123")), max_size=5))
@example([('id/x"\n}', "/page/iri/~1"), ("id/$http_host", "/page/iri/~2")])
def test_odd_iris_write_nothing_but_rules(pairs: list[tuple[str, str]]) -> None:
    base, home = "https://b.example/", "https://example.org/"
    empty = webserver_config.files(base, home)
    for name, text in webserver_config.files(
        base, home, [(base + rest, path) for rest, path in pairs]
    ).items():
        added = len(text.splitlines()) - len(empty[name].splitlines())
        assert 0 <= added <= 2 * len(pairs) + 1
        new = set(text.splitlines()) - set(empty[name].splitlines())
        rule = RULES.get(name, RULES[".htaccess"])
        assert all(re.fullmatch(rule, line, re.ASCII) for line in new), new


def test_more_rules_than_there_may_be_are_told() -> None:
    base, home = "https://b.example/", "https://example.org/"
    pairs = [
        (f"{base}id/.{n}", f"/page/iri/~{n:032x}") for n in range(webserver_config.MOST_RULES + 5)
    ]
    for name in (".htaccess", "nginx.conf", "w3id.htaccess"):
        text = webserver_config.files(base, home, pairs)[name]
        assert text.count("/~0") == webserver_config.MOST_RULES
        assert "# 5 more IRIs have names that need a rule" in text


def test_hash_iris_need_no_redirects() -> None:
    assert "w3id.htaccess" not in webserver_config.files(
        "https://b.example/graph#", "https://example.org/"
    )


# ---- Claims that are anchors


CLAIMS = """
id:s a ag:Person ; rdfs:label "S" . source:o a ag:Source ; rdfs:label "O" .
claim:a a ag:Claim ; rdf:subject id:s ; rdf:predicate ag:servedOn ; rdf:object id:ü ;
    ag:evidence [ oa:hasSource source:o ] .
<statement/b> a ag:Claim ; rdf:subject <http://elsewhere/s> ; rdf:predicate ag:servedOn ;
    rdf:object id:ü ; ag:evidence [ oa:hasSource source:o ] .
claim:ü a ag:Claim ; rdf:subject id:s ; rdf:predicate ag:heldOffice ; rdf:object id:ü .
claim:C a ag:Claim ; rdf:subject source:o ; rdf:predicate ag:cites ; rdf:object "x" ;
    ag:evidence [ oa:hasSource source:o ] .
claim:d a ag:Claim ; rdf:subject source:o ; rdf:predicate ag:cites ; rdf:object claim:C .
claim:x a ag:Claim ; rdf:subject id:s ; rdf:predicate ag:servedOn ; rdf:object id:p .
claim:X a ag:Claim ; rdf:subject id:s ; rdf:predicate ag:servedOn ; rdf:object id:q .
"""
PLACES = {  # the pages with claims as anchors; the others have pages of their own
    "claim/a": "/page/s#claim/a",
    "statement/b": "/page/%C3%BC#iri/statement/b",
    "claim/C": "/page/source/o#claim/C",
    "claim/d": "/page/source/o#claim/d",
    "claim/ü": "/page/s#claim/%C3%BC",
    "claim/x": "/page/claim/x",
    "claim/X": "/page/claim/X",
}


@pytest.fixture(scope="module", params=["nginx", "apache"])
def anchored(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """A server with a site whose claims are anchors, and data in Turtle and JSON-LD."""
    made: list[Host] = []

    def write(folder: Path, address: str) -> None:
        root = tmp_path_factory.mktemp("anchored")
        made.append(Host(f"{address}/", f"{address}/"))
        (root / "data").mkdir()
        (root / "allgraph.toml").write_text(f'format = 1\ntitle = "T"\nbase = "{address}/"\n')
        head = PREFIXES.replace(BASE, f"{address}/") + f"@base <{address}/> .\n"
        (root / "data" / "a.ttl").write_text(head + CLAIMS, encoding="utf-8")
        publish(
            open_graph(root), folder, claims="anchors", formats=("html", "ttl", "jsonld"), jobs=1
        )
        (folder / "site.conf").write_text((folder / "nginx.conf").read_text())

    more = 'RewriteMap allgraph-claims "txt:{served}/claims.conf"'
    is_nginx = request.param == "nginx"
    with hosting.nginx(write) if is_nginx else hosting.apache(write, more):
        yield made[0]


def test_claims_lead_to_their_places_on_the_pages_of_things(anchored: Host) -> None:
    for rest, place in PLACES.items():
        reply = _ask(anchored, f"/{rest}", BROWSER)
        assert (rest, reply.status) == (rest, 303)
        assert anchored.led_to(reply) == place
        page = fetch(urljoin(anchored.home, place.partition("#")[0])).text
        assert page.count(f' id="{unquote(place.partition("#")[2])}"') == ("#" in place)
        data = _ask(anchored, f"/{rest}", "text/turtle")
        path = place.partition("#")[0].replace("/page", "/data")
        assert (data.status, anchored.led_to(data)) == (303, f"{path}.ttl")
        lines = fetch(urljoin(anchored.home, f"{path}.ttl")).text
        assert rdflib.Graph().parse(data=lines)[
            rdflib.URIRef(anchored.base + rest) : rdflib.RDF.type
        ]
    for rest in ("claim/a", "claim/x", "id/s"):
        _is_problem(_ask(anchored, f"/{rest}", "application/rdf+xml"), 406, "format")
        mixed = _ask(anchored, f"/{rest}", "application/rdf+xml, application/ld+json;q=0.5")
        assert anchored.led_to(mixed).endswith(".jsonld")
    assert _ask(anchored, "/claim/none", BROWSER).status == 404


@pytest.mark.parametrize("anchored", ["nginx"], indirect=True)
def test_a_site_of_anchors_passes_its_check(anchored: Host) -> None:
    report = check_site(anchored.home, sample=8)
    assert [finding for finding in report.findings if finding.severity != "Info"] == []


def test_the_base_elsewhere_sends_all_iris_to_a_site_of_anchors() -> None:
    base, home = "https://b.example/", "https://example.org/"
    places = [(f"{base}claim/a", "/page/s#claim/a")]
    written = webserver_config.files(base, home, (), SUFFIXES, places)
    assert "https://example.org/%{ENV:RAW}" in written["w3id.htaccess"]
    assert "\nclaim/a s#claim/a;\n" in written["claims.conf"]
    assert "\n/claim/*" not in written["_redirects"]
