"""`check-site`: a small site that is right passes, and each fault put into it is found."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Formatter
from threading import Thread
from urllib.parse import unquote_to_bytes
from urllib.request import Request, urlopen

import jsonschema
import pytest
from click.testing import CliRunner
from pyoxigraph import RdfFormat, parse, serialize

import allgraph
from allgraph import Report
from allgraph.cli import cli
from allgraph.errors import EngineError, InputError
from allgraph.linkeddata.check import findings
from allgraph.linkeddata.check import parse as reading
from allgraph.rdf.terms import RDF, RDFS
from tests import conftest
from tests.support.hosting import free_port, running
from tests.support.schemas import SARIF, published
from tests.support.tools import LONG
from tests.support.waiting import until

FORMATS = {
    "ttl": ("text/turtle", RdfFormat.TURTLE),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
}
LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
PREFIXES = """
    @prefix void: <http://rdfs.org/ns/void#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
    @prefix dcterms: <http://purl.org/dc/terms/> . @prefix spdx: <http://spdx.org/rdf/terms#> .
    @prefix schema: <https://schema.org/> .
"""
ADA_AND_BOB = """
id:ada a ag:Person ; rdfs:label "Ada" .
id:bob a ag:Person ; rdfs:label "Bob" .
source:page a ag:Source ; rdfs:label "A page" .
claim:one a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:founded ; rdf:object id:bob ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:page ] .
"""


@dataclass
class Site:
    """What is at each path: type and bytes; and what depends on ``Accept``."""

    home: str
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(
        default_factory=lambda: {"Vary": "Accept", "Access-Control-Allow-Origin": "*"}
    )
    slow: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    endpoint: str = ""

    def put(self, path: str, kind: str, text: str | bytes) -> None:
        self.files[path] = (kind, text if isinstance(text, bytes) else text.encode())

    def edit(self, path: str, old: str, new: str) -> None:
        kind, body = self.files[path]
        assert old.encode() in body, (path, body)
        self.put(path, kind, body.replace(old.encode(), new.encode()))


def good(home: str) -> Site:
    """A site of two things with nothing wrong."""
    site = Site(home)
    parts = {
        name: f"""{PREFIXES}
            <{home}id/{name}> a schema:Person ; schema:name "{name.title()}" ;
                schema:knows [ schema:name "Someone" ] , [ schema:name "Someone else" ] .
        """
        for name in ("ada", "bob")
    }
    for name, turtle in parts.items():
        for suffix, (kind, format) in FORMATS.items():
            written = serialize(parse(turtle, format=RdfFormat.TURTLE), format=format)
            assert written is not None
            site.put(f"/data/{name}.{suffix}", kind, written)
        alternates = "".join(
            f'<link rel="alternate" type="{kind}" href="/data/{name}.{suffix}">'
            for suffix, (kind, _) in FORMATS.items()
        )
        site.put(
            f"/page/{name}", "text/html; charset=utf-8",
            f"""<!DOCTYPE html><title>{name}</title>{alternates}
            <link rel="canonical" href="{home}page/{name}"><link rel="license" href="{LICENCE}">
            <script type="application/ld+json">{{"@context": "https://schema.org/",
            "@type": "Person", "@id": "{home}id/{name}", "name": "{name}"}}</script>
            <a href="/">Home</a> <a href="../page/{name}#x">Here</a>""",
        )  # fmt: skip
        site.things[f"/id/{name}"] = name
    site.put("/", "text/html", f"""<!DOCTYPE html><title>x</title>
        <link rel="canonical" href="{home}"><link rel="describedby" href="/.well-known/void">
        <a href="/page/ada">Ada</a> <a href="https://elsewhere.invalid/">There</a>""")  # fmt: skip
    quads = (
        quad
        for turtle in parts.values()
        for quad in parse(turtle, format=RdfFormat.TURTLE, rename_blank_nodes=True)
    )
    dump = serialize(quads, format=RdfFormat.N_TRIPLES)
    assert dump is not None
    site.put("/all.nt", "application/n-triples", dump)
    digest = hashlib.sha256(dump).hexdigest()
    site.put("/SHA256SUMS", "text/plain", f"{digest}  all.nt\n")
    site.put("/.well-known/void", "text/turtle", f"""{PREFIXES}
        <{home}#data> a void:Dataset , dcat:Dataset ; dcterms:license <{LICENCE}> ;
            void:dataDump <{home}all.nt> ; dcat:distribution <{home}#nt> ;
            void:triples 12 ; void:distinctSubjects 6 ; void:distinctObjects 9 ;
            void:classes 1 ; void:properties 3 ; void:exampleResource <{home}id/ada> ;
            void:classPartition [ void:class schema:Person ; void:entities 2 ] ;
            void:propertyPartition [ void:property schema:knows ; void:triples 4 ] .
        <{home}#nt> a dcat:Distribution ; dcterms:license <{LICENCE}> ;
            dcat:downloadURL <{home}all.nt> ; dcat:byteSize {len(dump)} ;
            dcat:mediaType <https://www.iana.org/assignments/media-types/application/n-triples> ;
            spdx:checksum [ spdx:algorithm spdx:checksumAlgorithm_sha256 ;
                            spdx:checksumValue "{digest}" ] .""")  # fmt: skip
    entries = "".join(f"<url><loc>{home}{p}</loc></url>" for p in ("", "page/ada", "page/bob"))
    site.put("/sitemap.xml", "application/xml", f"<urlset>{entries}</urlset>")
    site.put("/robots.txt", "text/plain", "User-agent: *\nDisallow: /secret\n")
    return site


@contextmanager
def on_the_web(change: Callable[[Site], None] = lambda site: None) -> Iterator[Site]:
    """The site on a host of this machine, changed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(self.path)
            headers = dict(site.headers)
            status, kind, body = 404, "text/plain", b"nothing"
            if self.path in site.slow:
                until(lambda: self.path not in site.slow)
            if self.path in site.redirects:
                status = 303
                headers["Location"] = site.redirects[self.path]
            elif self.path in site.things:
                accept, name = self.headers["Accept"], site.things[self.path]
                suffix = next((s for s, (k, _) in FORMATS.items() if k in accept), "")
                status = 303
                headers["Location"] = f"/data/{name}.{suffix}" if suffix else f"/page/{name}"
            elif self.path in site.files:
                status = 200
                kind, body = site.files[self.path]
            self.send_response(status)
            for name, value in {"Content-Type": kind, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def do_POST(self) -> None:
            """Hand a query on to an endpoint."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in ("Content-Type", "Accept")}
            with urlopen(Request(site.endpoint, data=body, headers=headers)) as reply:
                answer = reply.read()
                self.send_response(200)
                self.send_header("Content-Type", reply.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = good(f"http://127.0.0.1:{server.server_address[1]}/")
    change(site)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def found(report: Report) -> set[tuple[str, str]]:
    return {(f.severity, f.shape) for f in report.findings if f.severity != "Info"}


def test_a_site_that_is_right_passes_and_no_other_host_is_asked() -> None:
    with on_the_web() as site:
        report = allgraph.check_site(site.home)
        assert not found(report), report.write().decode()
        lacking = [f.message for f in report.findings if f.shape == "lacks"]
        assert len(lacking) == 1, lacking
        assert "SPARQL endpoint" in lacking[0]
        assert "2 things" in report.checked
        assert "7 numbers" in report.checked
        assert "2 checksums" in report.checked


def dropped(site: Site) -> None:
    lines = site.files["/data/ada.nt"][1].splitlines(keepends=True)
    site.put("/data/ada.nt", "application/n-triples", b"".join(lines[1:]))


def blank(site: Site) -> None:
    """Both blank nodes are one."""
    turtle = f"""{PREFIXES} <{site.home}id/ada> a schema:Person ; schema:name "Ada" ;
        schema:knows [ schema:name "Someone", "Someone else" ] ."""
    site.put("/data/ada.ttl", "text/turtle", turtle)


def hidden(site: Site) -> None:
    site.headers = {}


FAULTS: dict[str, tuple[tuple[str, str], Callable[[Site], None]]] = {
    "wrong content type": (
        ("Violation", "content-type"),
        lambda s: s.put("/data/ada.jsonld", "application/json", s.files["/data/ada.jsonld"][1]),
    ),
    "a triple less": (("Violation", "isomorphic"), dropped),
    "other blank nodes": (("Violation", "isomorphic"), blank),
    "a thing that is not there": (
        ("Violation", "thing"), lambda s: s.redirects.update({"/id/bob": "/page/nobody"})
    ),
    "a dead link": (("Violation", "link"), lambda s: s.edit("/", '"/page/ada"', '"/page/eve"')),
    "a wrong sum": (
        ("Violation", "checksum"),
        lambda s: s.put("/SHA256SUMS", "text/plain", "0" * 64 + "  all.nt"),
    ),
    "a wrong size": (
        ("Violation", "size"), lambda s: s.edit("/.well-known/void", "byteSize ", "byteSize 1")
    ),
    "wrong triples": (
        ("Violation", "count"), lambda s: s.edit("/.well-known/void", "triples 12", "triples 13")
    ),
    "a wrong class": (
        ("Violation", "count"), lambda s: s.edit("/.well-known/void", "entities 2", "entities 3")
    ),
    "broken JSON-LD": (
        ("Violation", "json-ld"), lambda s: s.edit("/page/bob", '"@type":', '"@type"')
    ),
    "HTML for Turtle": (
        ("Violation", "content-type"),
        lambda s: s.put("/data/ada.ttl", "text/turtle", "<!DOCTYPE html><title>x</title>"),
    ),
    "Turtle that is none": (
        ("Violation", "syntax"), lambda s: s.put("/data/ada.ttl", "text/turtle", "<a> <b>")
    ),
    "no Vary": (("Warning", "vary"), hidden),
    "no CORS": (("Warning", "cors"), hidden),
    "a circle": (
        ("Violation", "redirects"),
        lambda s: s.redirects.update({"/id/bob": "/id/bob2", "/id/bob2": "/id/bob"}),
    ),
    "a dead entry": (
        ("Violation", "sitemap"), lambda s: s.edit("/sitemap.xml", "page/bob", "page/nobody")
    ),
    "another canonical address": (
        ("Violation", "canonical"),
        lambda s: s.edit("/page/bob", f'canonical" href="{s.home}page/bob', 'canonical" href="/'),
    ),
    "another licence": (
        ("Violation", "licence"),
        lambda s: s.edit("/page/bob", LICENCE, "https://creativecommons.org/licenses/by/4.0/"),
    ),
    "a dump that is gone": (("Violation", "dump"), lambda s: s.files.pop("/all.nt") and None),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name: str) -> None:
    expected, change = FAULTS[name]
    with on_the_web(change) as site:
        report = allgraph.check_site(site.home)
    assert expected in found(report), report.write().decode()
    assert report.ok == (expected[0] == "Warning")


def test_other_labels_of_blank_nodes_and_another_order_are_no_fault() -> None:
    def change(site: Site) -> None:
        lines = site.files["/data/ada.nt"][1].replace(b"_:", b"_:other").splitlines(keepends=True)
        site.put("/data/ada.nt", "application/n-triples", b"".join(reversed(lines)))

    with on_the_web(change) as site:
        assert not found(allgraph.check_site(site.home))


def test_what_leads_to_another_host_is_not_asked_for() -> None:
    with on_the_web() as other, on_the_web() as site:
        site.redirects["/id/bob"] = f"{other.home}id/bob"
        site.edit("/", "https://elsewhere.invalid/", f"{other.home}page/ada")
        report = allgraph.check_site(site.home)
        assert other.asked == []
        assert any(f.shape == "elsewhere" for f in report.findings)


def test_what_robots_txt_forbids_is_not_asked_for_and_said() -> None:
    with on_the_web(lambda s: s.edit("/", '"/page/ada"', '"/secret/x"')) as site:
        report = allgraph.check_site(site.home)
        assert "/secret/x" not in site.asked
        assert report.ok
        assert any(f.shape == "robots" for f in report.findings)


def test_iris_of_another_base_are_asked_for_where_the_site_is() -> None:
    base = "https://w3id.org/example/"

    def change(site: Site) -> None:
        for path, (kind, body) in site.files.items():
            site.files[path] = (
                kind,
                body.replace(f"{site.home}id/".encode(), f"{base}id/".encode()),
            )
        dump = site.files["/all.nt"][1]
        digest = hashlib.sha256(dump).hexdigest()
        old = site.files["/SHA256SUMS"][1].split()[0].decode()
        site.edit("/SHA256SUMS", old, digest)
        site.edit("/.well-known/void", old, digest)
        described = site.files["/.well-known/void"][1].decode()
        size = described.partition("byteSize ")[2].split()[0]
        site.edit("/.well-known/void", f"byteSize {size}", f"byteSize {len(dump)}")

    with on_the_web(change) as site:
        report = allgraph.check_site(site.home, base=base)
        assert not found(report), report.write().decode()
        assert "2 things" in report.checked
        without = allgraph.check_site(site.home)
        assert ("Warning", "elsewhere") in found(without)


def deep(site: Site) -> None:
    site.put("/data/ada.jsonld", "application/ld+json", "[" * 200_000)
    site.put("/data/bob.ttl", "text/turtle", "<a> <b> " + "(" * 200_000)


def test_hostile_documents_do_no_harm() -> None:
    with on_the_web(deep) as site:
        report = allgraph.check_site(site.home)
    assert {shape for _, shape in found(report)} & {"limit", "syntax"}


def test_limits_are_said() -> None:
    with on_the_web() as site:
        few = allgraph.check_site(site.home, requests=5)
        assert ("Warning", "limit") in found(few)
        assert len(site.asked) == 5
        site.slow.add("/id/ada")
        late = allgraph.check_site(site.home, timeout=1.5)
        assert ("Warning", "limit") in found(late)
        site.slow.clear()
        sample = allgraph.check_site(site.home, sample=1, seed=7)
        assert any(f.shape == "sample" and "seed 7" in f.message for f in sample.findings)


def test_the_command_and_its_codes() -> None:
    run = CliRunner().invoke
    with on_the_web() as site:
        assert run(cli, ["check-site", site.home]).exit_code == 0
        limited = run(cli, ["check-site", site.home, "--requests", "5"])
        assert limited.exit_code == 3
        site.edit("/", '"/page/ada"', '"/page/eve"')
        wrong = run(cli, ["check-site", site.home, "--format", "json"])
        assert wrong.exit_code == 1
        (finding,) = [
            f for f in json.loads(wrong.stdout)["findings"] if f["severity"] == "Violation"
        ]
        assert finding["file"] == f"{site.home}page/eve"
        sarif = json.loads(run(cli, ["check-site", site.home, "--format", "sarif"]).stdout)
        jsonschema.Draft7Validator(published(SARIF)).validate(sarif)
        uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                for r in sarif["runs"][0]["results"]}  # fmt: skip
        assert f"{site.home}page/eve" in uris
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        with pytest.raises(EngineError, match="not there"):
            allgraph.check_site(f"http://127.0.0.1:{it.getsockname()[1]}/")
    with pytest.raises(InputError):
        allgraph.check_site("no such folder")


def test_the_numbers_of_an_endpoint_without_a_dump(tmp_path: Path) -> None:
    oxigraph = str(Path(sys.executable).with_name("oxigraph"))
    store, port = tmp_path / "store", free_port()
    with on_the_web() as site:
        dump = tmp_path / "all.nt"
        dump.write_bytes(site.files.pop("/all.nt")[1])
        del site.files["/SHA256SUMS"]
        load = [oxigraph, "load", "--location", str(store), "--file", str(dump)]
        subprocess.run(load, check=True, capture_output=True)
        command = [oxigraph, "serve-read-only", "--location", str(store), "--bind"]
        with running([*command, f"127.0.0.1:{port}"], port, tmp_path / "log"):
            site.endpoint = f"http://127.0.0.1:{port}/query"
            told = f"void:sparqlEndpoint <{site.home}query>"
            site.edit("/.well-known/void", f"void:dataDump <{site.home}all.nt>", told)
            site.edit("/.well-known/void", f"dcat:downloadURL <{site.home}all.nt> ; ", "")
            report = allgraph.check_site(site.home)
            assert not found(report), report.write().decode()
            assert "7 numbers" in report.checked
            assert "2 things" in report.checked
            lacking = " ".join(f.message for f in report.findings if f.shape == "lacks")
            assert "a dump" in lacking
            assert "a service description" in lacking
            site.edit("/.well-known/void", "triples 12", "triples 13")
            site.edit("/.well-known/void", "triples 4", "triples 5")
            wrong = allgraph.check_site(site.home)
            assert [f.shape for f in wrong.findings if f.severity == "Violation"] == ["count"] * 2


@pytest.mark.slow
@pytest.mark.long
def test_our_own_site_of_files_passes(published: Path) -> None:
    report = allgraph.check_site(published, sample=2_000 if LONG else 30)
    assert not found(report), report.write().decode()
    assert " pages" in report.checked and " comparisons of formats" in report.checked
    assert not LONG or " things" in report.checked  # which come after many others


@pytest.mark.long
def test_our_own_server_passes(server: str) -> None:
    base = allgraph.open().folder.base
    report = allgraph.check_site(f"{server}/", base=base, sample=15 if LONG else 5)
    assert not found(report), report.write().decode()
    assert "numbers" in report.checked


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of two things as files, and its sitemap with two pages, which are checked."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "data").mkdir()
    (folder / "allgraph.toml").write_text(conftest.MANIFEST)
    (folder / "data" / "all.ttl").write_text(conftest.PREFIXES + ADA_AND_BOB)
    place = folder / "site"
    allgraph.publish(allgraph.open(folder), place, jobs=1)
    entries = re.findall("<url>.*</url>", (place / "sitemap-1.xml").read_text())
    some = [each for each in entries if "/page/ada<" in each or "/about<" in each]
    assert len(some) == 2
    (place / "sitemap-1.xml").write_text(f"<urlset>{''.join(some)}</urlset>")
    assert not found(allgraph.check_site(place))
    return place


@pytest.mark.parametrize(
    ("check", "name", "old", "new"),
    [
        ("syntax", "data/ada.ttl", b" .\n", b"\n"),
        ("isomorphic", "data/ada.nt", b'"Ada"', b'"Adas"'),
        ("json-ld", "page/ada/index.html", b'{"@context"', b'{{"@context"'),
        ("link", "page/ada/index.html", b'href="/timeline"', b'href="/x"'),
        ("canonical", "page/ada/index.html", b"/page/ada", b"/page/bob"),
        ("checksum", "download/SHA256SUMS", b"a", b"b"),
        ("size", "download/graph.nt", b"\n", b"\n\n"),
        ("count", "void.ttl", b"void:triples", b"void:triples 1 ; void:triples"),
        ("sitemap", "sitemap-1.xml", b"/page/ada<", b"/page/adas<"),
    ],
)
def test_a_fault_in_a_folder_is_found(
    small: Path, check: str, name: str, old: bytes, new: bytes
) -> None:
    files = [small / name]
    if name == "void.ttl":
        files.append(small / ".well-known/void")
    before = {path: path.read_bytes() for path in files}
    try:
        for path, body in before.items():
            assert old in body
            path.write_bytes(body.replace(old, new))
        report = allgraph.check_site(small)
        assert ("Violation", check) in found(report), report.write().decode()
    finally:
        for path, body in before.items():
            path.write_bytes(body)


def additions() -> Iterator[tuple[str, set[str | None]]]:
    """Each call that adds a finding: the name of that, and of the details given.

    What a site lacks is added by one call, from a table that has the names.
    """
    for path in Path(findings.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                names = (str(key.value) for key in node.keys if isinstance(key, ast.Constant))
                for name in filter(re.compile("lacks/").match, names):
                    yield name, set()
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
                ("findings.add", "self.add")
            ):
                if isinstance(node.args[0], ast.Constant):
                    name = ast.literal_eval(node.args[0])
                    yield name, {keyword.arg for keyword in node.keywords} - {"focus"}


def test_the_table_has_every_finding_with_its_details() -> None:
    messages = {name: message for name, (_, message) in findings._MESSAGES.items()}
    added = list(additions())
    assert {name for name, _ in added} == messages.keys()
    for name, details in added:
        wanted = {field for _, field, _, _ in Formatter().parse(messages[name]) if field}
        assert details - {None} <= wanted, name
        assert None in details or details == wanted, name


# ---- Endpoints that refuse, long names, compressed dumps


@contextmanager
def refusing(words: bytes) -> Iterator[str]:
    """An endpoint that says yes to ASK, and refuses a query that has some words."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_refused = words in unquote_to_bytes(body.replace(b"+", b" "))
            answer = b"Refused" if is_refused else b'{"head": {}, "boolean": true}'
            self.send_response(400 if is_refused else 200)
            kind = "text/plain" if is_refused else "application/sparql-results+json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sparql"
        assert asked == []
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def without_dump(site: Site) -> None:
    site.files.pop("/all.nt")
    site.files.pop("/SHA256SUMS")
    site.edit("/.well-known/void", f"void:dataDump <{site.home}all.nt> ; ", "")
    site.edit("/.well-known/void", f"dcat:downloadURL <{site.home}all.nt> ; ", "")


def test_an_endpoint_on_another_host_is_queried_and_not_otherwise_asked() -> None:
    with refusing(b"no such words") as endpoint, on_the_web() as site:
        report = allgraph.check_site(site.home, endpoint=endpoint)
        assert not found(report), report.write().decode()
        assert not [f for f in report.findings if f.shape == "lacks"]


@pytest.mark.parametrize("words", [b"ASK", b"SELECT DISTINCT"])
def test_a_refused_query_does_not_end_the_check(words: bytes) -> None:
    with refusing(words) as endpoint, on_the_web(without_dump) as site:
        report = allgraph.check_site(site.home, endpoint=endpoint)
        shape = "endpoint" if words == b"ASK" else "limit"
        assert any(f.shape == shape and "efuse" in f.message for f in report.findings)
        assert "2 pages" in report.checked or "3 pages" in report.checked


def test_an_advertised_address_that_cannot_be_asked_is_a_finding() -> None:
    def change(site: Site) -> None:
        address = site.home.replace("http://", "http://user@") + "query"
        old = f"void:dataDump <{site.home}all.nt>"
        new = f"{old} ; void:sparqlEndpoint <{address}> , <ftp://127.0.0.1/> , <urn:x>"
        site.edit("/.well-known/void", old, new)

    with on_the_web(change) as site:
        report = allgraph.check_site(site.home)
        assert "2 things" in report.checked
    with on_the_web() as site, pytest.raises(InputError):
        allgraph.check_site(site.home, endpoint="ftp://127.0.0.1/sparql")


@pytest.mark.parametrize("name", ["x" * 256, "y/" * 3000, "é" * 200])
def test_a_link_with_a_long_name_is_a_dead_link(name: str, tmp_path: Path) -> None:
    page = f'<!DOCTYPE html><title>x</title><a href="/{name}">x</a>'
    (tmp_path / "index.html").write_text(page)
    report = allgraph.check_site(tmp_path)
    assert any(f.shape == "link" and "no such file" in f.message for f in report.findings)
    with pytest.raises(InputError):
        allgraph.check_site(name)


LINES = [f"<http://x/{n}> <http://x/p> <http://x/o> .\n".encode() for n in range(3000)]
PACKED = gzip.compress(b"".join(LINES), mtime=0)


def dump_of(body: bytes) -> reading.Figures:
    return reading.figures(reading.RdfDocument("application/n-triples", body, ""), ["http://x/"])


@pytest.mark.parametrize("members", [1, 2, 3000])
def test_all_members_of_a_compressed_dump_are_read(members: int) -> None:
    size = len(LINES) // members
    parts = [LINES[start : start + size] for start in range(0, len(LINES), size)]
    body = b"".join(gzip.compress(b"".join(part)) for part in parts)
    assert dump_of(body).counts["triples"] == (len(LINES),)
    assert len(dump_of(body + bytes(512)).things) == len(LINES)  # padded, as tar does


def test_a_class_may_be_counted_without_the_members_of_narrower_ones() -> None:
    a, above = f"<{RDF}type>", f"<{RDFS}subClassOf>"
    lines = [
        "a {a} c",
        "a {a} d",
        "b {a} d",
        "c {above} d",
        "d {above} d",
        "old {new} c",
        "a {a} old",
    ]
    dump = "".join(
        " ".join(p if p.startswith("<") else f"<http://x/{p}>" for p in line.split(" ")) + " .\n"
        for line in (
            line.format(a=a, above=above, new="<http://purl.org/dc/terms/isReplacedBy>")
            for line in lines
        )
    )
    counts = dump_of(dump.encode()).counts
    numbers = [counts[f"void:entities of the class http://x/{name}"] for name in ("c", "d", "old")]
    assert numbers == [(1, 1), (2, 1), (1, 0)]
    assert counts["classes"] == (3, 2)


BROKEN = {
    "a byte less": PACKED[:-1],
    "no checksum": PACKED[:-9],
    "half": PACKED[: len(PACKED) // 2],
    "a header alone": PACKED[:10],
    "a second member that is cut off": PACKED + PACKED[:20],
    "something after it": PACKED + b"x",
    "a wrong checksum": PACKED[:-8] + bytes(4) + PACKED[-4:],
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_compressed_dump_that_is_cut_off_or_broken_is_an_error(case: str) -> None:
    with pytest.raises(EngineError, match="it cannot be unpacked"):
        dump_of(BROKEN[case])
