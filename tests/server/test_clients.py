"""Clients that others wrote: the same code asks our server and `oxigraph serve`, and gets the same.

Comunica comes from npm, once for each environment. A tool that is missing is a failure where CI
is set, and a reason to skip elsewhere.
"""

from __future__ import annotations

import csv
import io
import json
import os
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
from tests.support.serving import Address, serving
from tests.support.tools import missing, need
from tests.support.waiting import PATIENCE

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
