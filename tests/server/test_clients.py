"""Clients that others wrote: the same code asks our server and `oxigraph serve`, and gets the same.

Comunica comes from npm, once for each environment. A tool that is missing is a failure where CI
is set, and a reason to skip elsewhere.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from allgraph.rdf.terms import AG, BASE, RDFS
from tests.conftest import MANIFEST, PREFIXES
from tests.support.serving import Address, fetch, serving
from tests.support.tools import missing, need
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "call-the-http-api.md"
TYPES = str(ROOT / ".mypy_cache" / "clients")
"""Where mypy keeps what it knows of libraries, which takes it seconds to find out."""
COMUNICA = "4.5.0"  # the last that runs on Node 18 and 20
HEAD = f"PREFIX ag: <{AG}> PREFIX id: <{BASE}id/> PREFIX rdfs: <{RDFS}>\n"
NAMES = HEAD + "SELECT ?thing ?name { ?thing a ag:Person ; rdfs:label ?name } ORDER BY ?thing ?name"
TIES = HEAD + "CONSTRUCT { ?a rdfs:label ?b } WHERE { ?a a ag:Person ; rdfs:label ?b }"
YES = HEAD + "ASK { id:sara-ziff ?p ?o }"
NO = HEAD + "ASK { id:nobody ?p ?o }"
WRONG = "SELECT * { ?s ?p }"
NT = "application/n-triples"

Pair = tuple[str, str]
"""Our endpoint, and that of oxigraph."""


@pytest.fixture
def both(server: Address, endpoint: str) -> Pair:
    return f"{server}/sparql", endpoint


def alike(pair: Pair, ask: Callable[[str], Any]) -> Any:
    """What the same code gets from both, which has to be equal, and not nothing."""
    ours, theirs = (ask(url) for url in pair)
    assert ours == theirs
    assert ours
    return ours


def rows(data: bytes | str) -> list[list[str]]:
    """The values of rows of JSON results, in order; Comunica has more members than those."""
    found = json.loads(data)
    names = sorted(found["head"]["vars"])
    return sorted(
        [row.get(name, {}).get("value", "") for name in names]
        for row in found["results"]["bindings"]
    )


def graph_of(data: bytes | str, format: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=data, format=format)


# ---- SPARQLWrapper


def wrapper(url: str, query: str, format: str, method: str = GET, by: str = URLENCODED) -> Any:
    asked = SPARQLWrapper(url)
    asked.setQuery(query)
    asked.setReturnFormat(format)
    asked.setMethod(method)
    asked.setRequestMethod(by)
    asked.setTimeout(30)
    return asked


@pytest.mark.parametrize(
    ("method", "by"), [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)]
)
def test_sparqlwrapper_asks_in_each_way(both: Pair, method: str, by: str) -> None:
    def ask(url: str, query: str = NAMES) -> Any:
        return wrapper(url, query, JSON, method, by).queryAndConvert()

    found = alike(both, lambda url: ask(url)["results"]["bindings"])
    assert len(found) > 20
    assert alike(both, lambda url: [ask(url, YES)["boolean"], ask(url, NO)["boolean"]]) == [
        True, False,
    ]  # fmt: skip


def test_sparqlwrapper_reads_each_format_of_rows(both: Pair) -> None:
    def xml(url: str) -> list[tuple[str, ...]]:
        document = wrapper(url, NAMES, XML).queryAndConvert()
        cells = document.getElementsByTagName("uri") + document.getElementsByTagName("literal")
        return [(each.tagName, each.firstChild.data) for each in cells]

    def separated(format: str, delimiter: str) -> Callable[[str], list[list[str]]]:
        return lambda url: [
            *csv.reader(
                io.StringIO(wrapper(url, NAMES, format).queryAndConvert().decode()),
                delimiter=delimiter,
            )
        ]

    assert len(alike(both, xml)) > 20
    assert alike(both, separated(CSV, ","))[0] == ["thing", "name"]
    assert alike(both, separated(TSV, "\t"))[0] == ["?thing", "?name"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")  # SPARQLWrapper makes one
@pytest.mark.parametrize("format", [TURTLE, N3, RDFXML, JSONLD, XML])
def test_sparqlwrapper_reads_triples(both: Pair, format: str) -> None:
    names = {TURTLE: "turtle", N3: "turtle", RDFXML: "xml", JSONLD: "json-ld", XML: "xml"}
    graphs = []
    for url in both:
        found = wrapper(url, TIES, format).queryAndConvert()
        graphs.append(found if isinstance(found, rdflib.Graph) else graph_of(found, names[format]))
    assert isomorphic(*graphs)
    assert len(graphs[0]) > 5


def test_sparqlwrapper_knows_a_wrong_query(both: Pair) -> None:
    for url in both:
        with pytest.raises(QueryBadFormed):
            wrapper(url, WRONG, JSON).query()


def test_sparqlwrapper_names_graphs(both: Pair) -> None:
    def ask(url: str) -> Any:
        asked = wrapper(url, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", JSON)
        asked.addDefaultGraph("http://nowhere.example/")
        return asked.queryAndConvert()["results"]["bindings"]

    assert alike(both, ask)[0]["n"]["value"] == "0"


# ---- rdflib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_an_endpoint(both: Pair, method: Any) -> None:
    def ask(url: str) -> Any:
        graph = rdflib.Graph(SPARQLStore(url, method=method))
        sara, label = rdflib.URIRef(f"{BASE}id/sara-ziff"), rdflib.RDFS.label
        return {
            "rows": sorted(map(str, graph.query(NAMES))),
            "ask": [bool(graph.query(YES).askAnswer), bool(graph.query(NO).askAnswer)],
            "triples": sorted(map(str, graph.triples((sara, None, None)))),
            "value": str(graph.value(sara, label)),
            "has": (sara, label, None) in graph,
            "length": len(graph),
        }

    found = alike(both, ask)
    assert found["ask"] == [True, False]
    assert found["value"] == "Sara Ziff"
    assert found["length"] > 1000


def test_rdflib_constructs(both: Pair) -> None:
    graphs = [rdflib.Graph(SPARQLStore(url)).query(TIES).graph for url in both]
    assert graphs[0] is not None
    assert graphs[1] is not None
    assert isomorphic(graphs[0], graphs[1])
    assert len(graphs[0]) > 5


# ---- curl


def curl(*arguments: str, stdin: str = "") -> str:
    program = need("curl", "install it: apt-get install curl")
    done = subprocess.run(
        [program, "--silent", "--show-error", "--max-time", f"{PATIENCE:g}", *arguments],
        input=stdin.encode(), capture_output=True, check=True, timeout=2 * PATIENCE,
    )  # fmt: skip
    return done.stdout.decode()


def test_curl_asks_in_each_way(both: Pair) -> None:
    accept = ("-H", "Accept: application/sparql-results+json")

    def ask(url: str) -> list[list[list[str]]]:
        return [
            rows(curl("-G", *accept, "--data-urlencode", f"query={NAMES}", url)),
            rows(curl(*accept, "--data-urlencode", f"query={NAMES}", url)),
            rows(curl(*accept, "-H", "Content-Type: application/sparql-query",
                      "--data-binary", "@-", url, stdin=NAMES)),
            rows(curl("--http1.0", "-G", *accept, "--data-urlencode", f"query={NAMES}", url)),
            rows(curl(*accept, "-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked",
                      "-H", "Content-Type: application/sparql-query", "--data-binary", "@-", url,
                      stdin=NAMES)),
        ]  # fmt: skip

    first, *others = alike(both, ask)
    assert len(first) > 20
    assert all(other == first for other in others)


def test_curl_negotiates(both: Pair) -> None:
    def ask(url: str) -> list[str]:
        asked = ("-o", os.devnull, "-w", "%{http_code} %{content_type}")
        return [
            curl("-G", *asked, "-H", f"Accept: {accept}", "--data-urlencode", f"query={query}", url)
            .lower().replace(" ", "").replace(";charset=utf-8", "")
            for query in (NAMES, TIES)
            for accept in ("application/sparql-results+xml", "text/csv;q=0.5, text/turtle;q=0.4",
                           "text/tab-separated-values", NT, "application/rdf+xml", "image/png")
        ]  # fmt: skip

    ours, theirs = ask(both[0]), ask(both[1])
    good = [each for each in zip(ours, theirs, strict=True) if each[1].startswith("200")]
    assert len(good) >= 6
    assert all(one == other for one, other in good)
    assert all(
        one.startswith("406")
        for one, other in zip(ours, theirs, strict=True)
        if not other.startswith("200")
    )


def test_curl_sees_heads_and_errors(both: Pair) -> None:
    status = ("-o", os.devnull, "-w", "%{http_code}")

    def ask(url: str) -> list[str]:
        update = ("-H", "Content-Type: application/sparql-query", "--data", "CLEAR ALL")
        return [
            curl("-G", *status, "--data-urlencode", f"query={WRONG}", url),
            curl("-G", "-I", *status, "--data-urlencode", f"query={YES}", url),
            curl(*status, *update, url),
            curl(*status, "-H", "Content-Type: text/plain", "--data", YES, url),
            curl("-G", *status, "--data-urlencode", f"query={YES}", "-H", "Accept: image/png", url),
        ]

    assert ask(both[0]) == ["400", "200", "400", "415", "406"]
    assert ask(both[1])[0] == "400"


# ---- Comunica


@pytest.fixture(scope="session")
def comunica() -> str:
    """The program of Comunica, which npm installs beside the packages of Python."""
    need("node", "install it: apt-get install nodejs npm")
    npm = need("npm", "install it: apt-get install nodejs npm")
    place = Path(sys.prefix, f"comunica-{COMUNICA}")
    program = place / "node_modules" / ".bin" / "comunica-sparql"
    if not program.exists():
        with tempfile.TemporaryDirectory(dir=sys.prefix) as made:
            done = subprocess.run(
                [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", made,
                 f"@comunica/query-sparql@{COMUNICA}"],
                capture_output=True, timeout=500,
            )  # fmt: skip
            if done.returncode:
                missing(f"npm cannot install Comunica: {done.stderr.decode()[-500:]}")
            try:
                Path(made, "node_modules").rename(_made(place) / "node_modules")
            except OSError:
                assert program.exists()  # another process was faster
    return str(program)


def _made(place: Path) -> Path:
    place.mkdir(exist_ok=True)
    return place


def federated(comunica: str, query: str, *urls: str) -> list[list[str]]:
    """The rows that Comunica finds at some endpoints."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [comunica, *(f"sparql@{url}" for url in urls), "-q", query,
             "-t", "application/sparql-results+json"],
            capture_output=True, timeout=2 * PATIENCE, cwd=place,
        )  # fmt: skip
    assert not done.returncode, done.stderr.decode()
    return rows(done.stdout)


@pytest.mark.slow
def test_comunica_asks(both: Pair, comunica: str) -> None:
    found = alike(both, lambda url: federated(comunica, NAMES, url))
    assert len(found) > 20
    joined = HEAD + (
        "SELECT ?a ?c (COUNT(*) AS ?n) { ?a ag:founded ?b . ?c ag:founded ?b . "
        "OPTIONAL { ?a rdfs:label ?name } } GROUP BY ?a ?c"
    )
    alike(both, lambda url: federated(comunica, joined, url))


PEOPLE = "id:ada a ag:Person ; rdfs:label 'Ada' . id:bob a ag:Person ; rdfs:label 'Bob'@en .\n"
CLUBS = """id:club a ag:Organization ; rdfs:label 'A club' .
source:page a ag:Source ; rdfs:label "A page" .
claim:one a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:founded ; rdf:object id:club ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:page ] .
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two endpoints of ours: one knows people, and one what they belong to."""
    folders = []
    for name, data in (("people", PEOPLE), ("clubs", CLUBS)):
        folder = tmp_path_factory.mktemp(name)
        (folder / "data").mkdir()
        (folder / "allgraph.toml").write_text(MANIFEST)
        (folder / "data" / "all.ttl").write_text(PREFIXES + data)
        folders.append(folder)
    with serving("--workers", "1", folder=folders[0]) as people:
        with serving("--workers", "1", folder=folders[1]) as clubs:
            yield [f"{people}/sparql", f"{clubs}/sparql"]


@pytest.mark.slow
def test_comunica_joins_two_of_our_endpoints(two: list[str], comunica: str) -> None:
    head = f"PREFIX ag: <{AG}> PREFIX rdfs: <{RDFS}>\n"
    query = head + "SELECT ?name ?what { ?a rdfs:label ?name ; ag:founded/rdfs:label ?what }"
    assert federated(comunica, query, *two) == [["Ada", "A club"]]
    for url in two:
        assert federated(comunica, query, url) == []  # neither knows it alone


# ---- Clients that are generated from the OpenAPI document; the page has the programs


def written(name: str, place: Path, server: str = "") -> Path:
    """A file that the page has as a block of code, which asks the given server."""
    found = re.search(rf"^```\w+ file={name}$\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    assert found
    file = place / name
    file.write_text(found[1].replace("http://127.0.0.1:8000", server), encoding="utf-8")
    return file


def done(*command: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    """What a program said, and how it ended; the programs of the tests come first in PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(at), "PYTHONPATH": str(at), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [*map(str, command)], cwd=at, env=environment, capture_output=True, check=False,
        text=True, encoding="utf-8", timeout=2 * PATIENCE,
    )  # fmt: skip


@pytest.fixture(scope="module")
def described(server: Address, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the OpenAPI document of the server."""
    place = tmp_path_factory.mktemp("described")
    (place / "openapi.json").write_bytes(fetch(f"{server}/openapi.json").body)
    return place


def generated(place: Path, *options: str | Path) -> str:
    """Have openapi-python-client make a package beside the document, and return its warnings."""
    tool = Path(sys.executable).with_name("openapi-python-client")
    told = done(
        tool, "generate", "--path", "openapi.json", "--output-path", ".", "--overwrite",
        "--meta", "none", *options, at=place,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout + told.stderr


def test_a_generated_python_client_asks(server: Address, described: Path, tmp_path: Path) -> None:
    place = tmp_path / "the_model_alliance_client"
    place.mkdir()
    (place / "openapi.json").write_bytes((described / "openapi.json").read_bytes())
    told = generated(place)
    unread = re.findall(r"content[ _]type (?:application/(?:sparql-query|xml)|image/\S+)", told)
    assert told.count("WARNING") == len(unread), told
    program = written("client.py", tmp_path, server)
    misspelt = program.read_text("utf-8").replace("row.name.value", "row.nane.value")
    (tmp_path / "misspelt.py").write_text(misspelt, "utf-8")
    command = sys.executable, "-m", "mypy", "--strict", "--cache-dir", TYPES
    checked = done(*command, program.name, "misspelt.py", at=tmp_path)
    (error,) = [line for line in checked.stdout.splitlines() if " error: " in line]
    assert error.startswith("misspelt.py:")
    assert '"BoardOnDayRow" has no attribute "nane"' in error
    said = done(sys.executable, program.name, at=tmp_path)
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] > lines[1] > ""
    assert lines[2].startswith("Sara Ziff ['")
    assert lines[-4].startswith("Coco Rocha ") and "Andrew Cuomo" in lines[-4]
    assert lines[-3:-1] == ["['id:karen-elson']", "['Andrew Cuomo', 'Kathy Hochul']"]
    assert lines[-1].startswith("404 Not found nothing is named “Nobody at all”")


SENDS_AS_IT_IS = """
import io
from client import Client
from client.api.sparql import sparql_post
from client.models import Rows
from client.types import File

query = io.BytesIO(b"ASK { id:sara-ziff ?p ?o }")
client = Client(base_url="http://127.0.0.1:8000")
answer = sparql_post.sync(client=client, body=File(payload=query))
assert isinstance(answer, Rows) and answer.boolean is True, answer
"""


def test_a_generated_python_client_sends_a_query_as_it_is(
    server: Address, described: Path, tmp_path: Path
) -> None:
    place = tmp_path / "client"
    place.mkdir()
    document = json.loads((described / "openapi.json").read_text("utf-8"))
    document["paths"] = {"/sparql": document["paths"]["/sparql"]}  # the others take their time
    (place / "openapi.json").write_text(json.dumps(document), "utf-8")
    assert "WARNING" not in generated(place, "--config", written("client.yml", tmp_path))
    program = SENDS_AS_IT_IS.replace("http://127.0.0.1:8000", server)
    said = done(sys.executable, "-c", program, at=tmp_path)
    assert said.returncode == 0, said.stderr


def test_generated_typescript_types_are_true(
    server: Address, described: Path, tmp_path: Path
) -> None:
    tools = ROOT / "web" / "node_modules" / ".bin"
    if not (tools / "openapi-typescript").exists():
        missing("openapi-typescript is missing; install it: cd web && npm ci")
    made = done(
        tools / "openapi-typescript", described / "openapi.json", "-o", "api.d.ts", at=tmp_path
    )
    assert made.returncode == 0, made.stderr
    text = written("client.ts", tmp_path, server).read_text("utf-8")
    for right, wrong in (("step.sentence", "step.sentense"), ("values.name", "values.nane")):
        text = text.replace(right, wrong)
    (tmp_path / "misspelt.ts").write_text(text, "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    compiled = done(
        tools / "tsc", "--strict", "--noUncheckedIndexedAccess", "--allowImportingTsExtensions",
        "--rewriteRelativeImportExtensions", "--target", "es2022", "--module", "nodenext",
        "client.ts", "misspelt.ts", at=tmp_path,
    )  # fmt: skip
    errors = [line for line in compiled.stdout.splitlines() if " error " in line]
    assert all(error.startswith("misspelt.ts(") for error in errors)
    assert [name for error in errors for name in re.findall("Property '(\\w+)'", error)] == [
        "sentense",
        "nane",
    ]
    said = done(need("node", "install it: apt-get install nodejs"), "client.js", at=tmp_path)
    assert said.returncode == 0, said.stderr
    path, *founders, names = said.stdout.strip().splitlines()
    assert path.startswith("Coco Rocha ") and "Andrew Cuomo" in path
    assert founders[0].startswith("Sara Ziff ") and names == "Andrew Cuomo, Kathy Hochul"
    assert "404 Not found: nothing is named “Nobody at all”" in said.stderr
