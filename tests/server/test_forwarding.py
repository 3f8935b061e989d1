"""A server over an endpoint: it answers as one over a folder, and outlives the endpoint."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote, urlencode

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from allgraph.errors import QueryError
from allgraph.graph import Graph
from allgraph.linkeddata.routes import ROUTES
from allgraph.rdf.terms import BASE, RDFS
from allgraph.server.http.problems import TYPES
from allgraph.server.state import Served
from allgraph.server.tasks import health
from allgraph.sparql.answer import Answer
from allgraph.sparql.endpoint.engine import Remote
from tests.support.commands import run
from tests.support.endpoints import Endpoint, holding
from tests.support.serving import Address, fetch, serving, whole
from tests.support.waiting import until

ROCHA = NamedNode(BASE + "id/coco-rocha")
LABEL = NamedNode(RDFS + "label")


@pytest.fixture(scope="module")
def endpoint(graph: Graph) -> Iterator[Endpoint]:
    """An endpoint with the built-in graph, for tests that leave it as it was."""
    with holding(graph.store) as found:
        yield found


@pytest.fixture(scope="module")
def over(endpoint: Endpoint) -> Iterator[Address]:
    """A server over it."""
    with serving("--max-rows", "500", before=["-e", endpoint.url]) as address:
        yield address


def of(path: str, **parameters: str) -> str:
    return f"{path}?{urlencode(parameters)}"


PAIR = {"from": "Coco Rocha", "to": "Karen Elson"}
ASKED = [
    "/about", "/things", "/network", "/query", "/timeline", "/paths",
    "/paths/1", "/find", "/ask", "/ask/founders", "/ask/founders/1", "/ask/founders/1.csv",
    "/ask/founders/1-with-sources.csv",
    "/ns", "/ns.ttl", "/shapes", "/shapes.jsonld", "/search/index.json", "/openapi.json",
    "/connections.json", "/network/coco-rocha.json", "/network/nobody.json", "/identifiers.csv",
    "/disagreements", "/disagreements/2", "/disagreements.json", "/disagreements.csv",
    "/disagreement/1.json", "/disagreement/99.csv",
    "/picture/disagreement.svg", "/picture/neighbourhood/coco-rocha.svg",
    "/picture/disagreement.png", "/picture/timeline/ny-2013-s5486.png", "/picture/none.png",
    "/ask/life-of-a-bill/1.png", "/ask/founders/1.png",
    "/picture/paths/1.svg", "/picture/track/ny-2013-s5486.svg", "/picture/votes/nobody.svg",
    "/embed/picture/disagreement", "/embed/picture/none",
    "/oembed/picture/timeline/coco-rocha.json",
    "/embed/page/coco-rocha", "/embed/page/nobody", "/oembed/page/coco-rocha.json",
    of("/oembed", url="https://w3id.org/allgraph/page/coco-rocha"), of("/oembed", url="x"),
    "/robots.txt", "/sitemap.xml", "/sitemap-2.xml",
    "/page/coco-rocha", "/data/coco-rocha.ttl", "/data/coco-rocha.jsonld", "/data/coco-rocha.csv",
    "/page/claim/founding-2011", "/data/claim/founding-2011.nt", "/page/source/model-alliance",
    "/data/source/model-alliance.rdf", "/page/nobody", "/page/iri/~0f", "/id/coco-rocha",
    "/claim/founding-2011", "/id/nobody", "/nowhere", "/data/coco-rocha.ttl?_profile=schema",
    of("/find", q="rocha"), of("/find", q="rocha", format="json"), of("/find", q="\0"),
    of("/find", q="signed letter"), of("/suggest", q="rocha signed"), of("/suggest"),
    of("/show", thing="Karen Elson", format="json"),
    of("/show", thing="Karen Elson", format="text", **{"as-of": "2013-07-01"}),
    of("/show", thing="nobody", format="json"),
    of("/paths", **PAIR, format="html"), of("/paths", **PAIR, format="graphml"),
    of("/timeline", thing="RESPECT Program", format="json"), of("/timeline", format="csv"),
    of("/timeline", format="csv", **{"as-of": "2013-07-01", "possible": "true"}),
    of("/rank", by="pagerank", format="json"), of("/rank", by="betweenness", limit="3"),
    of("/ask/founders", body="Model Alliance"), of("/ask/founders", body="nobody"),
    of("/ask/founders", body="Model Alliance", format="json", sources="true"),
    of("/ask/founders", body="Model Alliance", format="csv", **{"as-of": "2013-01-01"}),
    of("/sparql", query="ASK { id:coco-rocha a ag:Person }"),
    of("/sparql", query="SELECT ?c { ?c a ag:Claim } ORDER BY ?c LIMIT 300", format="csv"),
    of("/sparql", query="SELECT ?p { ?p a ag:Person } ORDER BY ?p", format="xml"),
    of("/sparql", query="SELECT ?x { BIND(<a> AS ?x) }", format="tsv"),
    of("/sparql", query="SELECT * { ?s a x:Person }"),
    of("/sparql", query="SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"),
    of("/sparql", query="DROP ALL"), of("/sparql", query="ASK {" + "{" * 300),
    of("/sparql", query="ASK {}", format="ttl"),
    of("/sparql", query="ASK {}", **{"default-graph-uri": "no iri"}),
]  # fmt: skip
DIFFERENT = [
    "/cite",
    "/CITATION.cff",
    "/sparql",
    "/health",
    "/metrics",
    "/catalog",
    "/.well-known/void",
    "/",
    "/things/person",
    "/things/person/years/2010s",
]
"""What tells of the commit, of downloads, of the server, and of the named graphs of an endpoint.

The last have a picture and facets, for which the table of claims is read.
"""
HUBS = re.compile(rb'<p class="quiet">No path leads through these.*?</p>\n?')
"""A note that is not there over an endpoint, whose hubs by class are not fetched."""
CITE = re.compile(rb'<section id="cite".*?</section>', re.DOTALL)
"""How to cite: with the commit of a folder, which an endpoint has not."""
LINE = re.compile(rb"%0A[^\"]*")
"""The file and line of a claim in the address for corrections, which an endpoint has not."""
TOLD = [of("/between", **PAIR), of("/rank"), of("/show", thing="Karen Elson", hops="1")]
"""What tells also how much an endpoint was asked for."""


@pytest.mark.parametrize("path", ASKED)
def test_it_answers_as_one_over_a_folder(server: Address, over: Address, path: str) -> None:
    here, there = fetch(server + path), fetch(over + path)
    assert (there.status, there.type, there.headers.get("location")) == (
        here.status, here.type, here.headers.get("location"),
    )  # fmt: skip
    here_body, there_body = (
        LINE.sub(b"", CITE.sub(b"", HUBS.sub(b"", one.body))) for one in (here, there)
    )
    assert there_body == here_body


@pytest.mark.parametrize("path", TOLD)
def test_what_was_asked_is_all_that_is_told_beside(
    server: Address, over: Address, path: str
) -> None:
    here, there = (fetch(f"{address}{path}&format=json".replace("/rank&", "/rank?")).json()
                   for address in (server, over))  # fmt: skip
    for found in (here, there):
        for each in (found, found.get("around", {})):
            each.pop("asked", None)
    assert there == here


def test_no_address_is_left_out() -> None:
    asked = {path.partition("?")[0] for path in (*ASKED, *DIFFERENT, *TOLD)}
    served = {route.path for route in ROUTES if route.handler and "{" not in route.path}
    assert served <= asked


def test_it_describes_what_it_can_know(server: Address, over: Address) -> None:
    said = {}
    for address in (server, over):
        void = parse(fetch(f"{address}/.well-known/void").body, format=RdfFormat.TURTLE)
        counts = ("triples", "entities", "classes", "properties", "distinctSubjects")
        said[address] = {
            str(quad.object) for quad in void
            if str(quad.subject).endswith("#dataset>") and quad.predicate.value.endswith(counts)
        }  # fmt: skip
        assert len(said[address]) > 3
    assert said[server] == said[over]
    catalogue = fetch(f"{over}/catalog.ttl").text
    assert "dcat:downloadURL" not in catalogue and "dcterms:modified" not in catalogue
    assert "dcat:endpointURL" in catalogue
    assert "download/" not in fetch(f"{over}/catalog", headers={"Accept": "text/html"}).text
    assert fetch(f"{over}/download/graph.ttl").status == 404
    service = fetch(f"{over}/sparql", headers={"Accept": "text/turtle"}).text
    assert "sd:defaultGraph" in service and "sd:namedGraph" not in service
    assert fetch(over + "/", headers={"Accept": "application/json"}).json()["version"] is None


def test_graphs_of_the_protocol_and_no_others_are_handed_on(
    endpoint: Endpoint, over: Address
) -> None:
    graphs = {"default-graph-uri": ["http://x/a", "http://x/b?c&d"], "named-graph-uri": ["urn:e"]}
    query = {"query": "SELECT ?o { <x> ?p ?o }"}
    fetch(f"{over}/sparql?{urlencode({**query, **graphs}, doseq=True)}")
    assert endpoint.graphs == graphs
    assert "PREFIX" not in endpoint.asked[-1] and f"BASE <{BASE}>" in endpoint.asked[-1]
    fetch(f"{over}/sparql?{urlencode(query)}")
    assert endpoint.graphs == {}


def test_what_is_refused_is_not_handed_on(endpoint: Endpoint, over: Address) -> None:
    before = len(endpoint.asked)
    for query in ("SELECT * { SERVICE <http://x/> {} }", "DROP ALL", "SELECT", "ASK {" * 400):
        reply = fetch(f"{over}/sparql", method="POST", body=query.encode(),
                      headers={"Content-Type": "application/sparql-query"})  # fmt: skip
        assert reply.status == 400 and reply.type == "application/problem+json"
    assert len(endpoint.asked) == before


def test_too_many_rows_are_an_error(over: Address) -> None:
    for query in ("SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"):
        reply = fetch(f"{over}/sparql?query={quote(query)}")
        assert (reply.status, reply.json()["limit"]) == (413, "rows")
        assert "more than 500 rows" in reply.json()["detail"]


def test_tags_are_those_of_what_is_there_now(endpoint: Endpoint, over: Address) -> None:
    url, more = f"{over}/data/coco-rocha.nt", Quad(ROCHA, LABEL, Literal("Mikhaila Rocha"))
    first = fetch(url)
    tag = first.headers["etag"]
    assert "last-modified" not in first.headers
    assert first.headers["cache-control"] == "public, max-age=10, must-revalidate"
    known = fetch(url, headers={"If-None-Match": tag})
    assert (known.status, known.body, known.headers["etag"]) == (304, b"", tag)
    since = {"If-Modified-Since": "Wed, 01 Jan 2098 00:00:00 GMT"}
    assert fetch(url, headers=since).status == 200
    endpoint.store.add(more)
    try:
        changed = fetch(url, headers={"If-None-Match": tag})
        assert changed.status == 200 and b"Mikhaila" in changed.body
        assert changed.headers["etag"] != tag
    finally:
        endpoint.store.remove(more)
    assert fetch(url, headers={"If-None-Match": tag}).status == 304
    assert fetch(url, headers={"If-None-Match": "*"}).status == 304
    assert fetch(url, method="HEAD").headers["etag"] == tag


def test_what_has_its_digest_in_its_name_still_lasts(over: Address) -> None:
    page = fetch(over + "/", headers={"Accept": "text/html"}).text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in fetch(over + style).headers["cache-control"]


SICK = ["/page/coco-rocha", "/find?q=rocha", "/sparql?query=ASK%20%7B%7D", "/id/coco-rocha", "/"]


@pytest.mark.parametrize("status", [500, 503, 401])
def test_an_endpoint_that_fails_is_a_bad_gateway(
    endpoint: Endpoint, over: Address, status: int
) -> None:
    endpoint.status = status
    try:
        for path in SICK:
            reply = fetch(over + path)
            assert (reply.status, reply.type) == (502, "application/problem+json")
            assert reply.json()["type"] == TYPES + "endpoint"
            assert "127.0.0.1" not in reply.text
            assert reply.headers["cache-control"] == "no-store"
        sick = fetch(f"{over}/health")
        assert (sick.status, sick.json()["endpoint"]) == (503, "unreachable")
    finally:
        endpoint.status = 200
    assert endpoint.url in over.log.read_text()
    assert fetch(over + SICK[0]).status == 200
    well = fetch(f"{over}/health")
    assert (well.status, well.json()["endpoint"]) == (200, "reachable")


def test_health_is_that_of_the_endpoint_whatever_it_fails_with(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(remote: Remote, sparql: str) -> Answer:
        raise QueryError("no")  # as after status 400

    monkeypatch.setattr(Remote, "query", refused)
    remote = Remote("http://127.0.0.1:9/", graph.prefixes)
    reply = health(Served(Graph(graph.folder, remote), BASE), {"status": "ok"})
    assert (reply.status, b'"unreachable"' in whole(reply)) == (503, True)


def test_an_endpoint_that_is_slow_is_a_time_out(endpoint: Endpoint) -> None:
    with serving("--workers", "1", before=["--timeout", "10", "-e", endpoint.url]) as hasty:
        endpoint.held = True
        try:
            reply = fetch(hasty + SICK[0])
            assert (reply.status, reply.json()["limit"]) == (504, "seconds")
            assert "127.0.0.1" not in reply.text
        finally:
            endpoint.held = False
        until(lambda: fetch(hasty + SICK[0]).status == 200)


def test_an_endpoint_that_goes_away_takes_no_server_with_it(graph: Graph) -> None:
    with ExitStack() as stack:
        with holding(graph.store) as gone:
            address = stack.enter_context(serving(before=["-e", gone.url]))
        assert fetch(address + SICK[0]).status == 502
        assert fetch(f"{address}/ask", headers={"Accept": "application/json"}).status == 200
        assert fetch(f"{address}/health").status == 503
        os.kill(address.pid, signal.SIGHUP)  # what cannot be loaded again stays as it was
        until(lambda: "the former data is still served" in address.log.read_text())
        assert fetch(address + SICK[0]).status == 502
    done = run("-e", gone.url, "serve", "--port", "0")
    assert (done.returncode, done.stdout) == (3, "") and "is it running" in done.stderr
