"""Linked data over HTTP: every IRI of a graph answers, in each format, and links to the rest."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
import rdflib
import rdflib.compare
from pyoxigraph import NamedNode, RdfFormat, parse
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, VOID

from allgraph.errors import UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims
from allgraph.linkeddata import documents
from allgraph.model.addresses import SUFFIXES, path_of
from allgraph.server import tasks
from allgraph.server.settings import Settings
from allgraph.server.state import Served, load
from allgraph.server.tasks import document
from allgraph.site import downloads
from tests.conftest import BASE, MANIFEST, PREFIXES, MakeFolder
from tests.support.commands import run
from tests.support.serving import Address, Answer, fetch, serving, whole, without_own
from tests.support.tools import tenth

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")

OURS = "https://w3id.org/allgraph/"
AG = rdflib.Namespace(OURS + "ns#")
TYPES = {"ttl": "text/turtle", "nt": "application/n-triples", "rdf": "application/rdf+xml",
         "jsonld": "application/ld+json"}  # fmt: skip
READERS = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
ENGINE = {"ttl": RdfFormat.TURTLE, "nt": RdfFormat.N_TRIPLES, "rdf": RdfFormat.RDF_XML,
          "jsonld": RdfFormat.JSON_LD}  # fmt: skip
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

NAMES = ("ü", "北京", "a.b", "a.ttl", "a/b/c", "100%25", "%C3%A9", "a%2Fb", "it's(x)*", "page",
         "claim/x", "ns", "pages/2/x", "~a-b_c", "a:b@c", "a;b,c=d!", "x.y.z/")  # fmt: skip
"""Ends of IRIs that are hard to get through a path."""

DATA = (
    "".join(f'<{BASE}id/{name}> a ag:Person ; rdfs:label "Name {n}" .\n'
            for n, name in enumerate(NAMES))
    + r"""
id:ann a ag:Person ; rdfs:label "Ann" ; dcterms:isReplacedBy id:anna .
id:anna a ag:Person ; rdfs:label "Anna" ; dcterms:isReplacedBy <https://example.org/id/ü> .
id:evil a ag:Person ; rdfs:label "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>" ;
    skos:altLabel "a\r\nSet-Cookie: x=1" ; rdfs:seeAlso <javascript:alert(3)> .
id:noted a ag:Person ; rdfs:label "Noted" ; rdfs:seeAlso [ rdfs:label "a blank node" ] .
claim:open a ag:Claim ; rdf:subject id:noted ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:evidence [ oa:hasSource source:s ] .
id:board a ag:Unit ; rdfs:label "Board" .
id:hub a ag:Unit ; rdfs:label "Hub" .
source:s a ag:Source ; rdfs:label "A source" .
<https://example.org/plain/thing> rdfs:label "Of no kind" .
"""
    + "".join(f"claim:h{n} a ag:Claim ; rdf:subject <{BASE}id/a.b> ; rdf:predicate ag:servedOn ;\n"
              f"    rdf:object id:hub ; ag:evidence [ oa:hasSource source:s ] .\n"
              for n in range(450))
)  # fmt: skip
SENSITIVE = """
id:hidden a ag:Unit ; rdfs:label "Hidden" .
claim:secret a ag:Claim ; ag:sensitive true ; rdf:subject id:noted ; rdf:predicate ag:servedOn ;
    rdf:object id:hidden ; ag:evidence [ oa:hasSource source:s ] .
"""


@dataclass(frozen=True)
class Place:
    """A server, and where it is."""

    address: Address
    folder: Path

    def get(self, path: str, accept: str | None = None, **more: str) -> Answer:
        headers = {**({"Accept": accept} if accept else {}), **more}
        return fetch(self.address + path, headers=headers)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server of a folder with hard names, known under a path of another host."""
    root = tmp_path_factory.mktemp("own")
    (root / "data").mkdir()
    manifest = MANIFEST + 'licence = "https://creativecommons.org/licenses/by/4.0/"\n'
    (root / "allgraph.toml").write_text(manifest)
    (root / "data" / "a.ttl").write_text(PREFIXES + DATA + SENSITIVE)
    with serving("--base", "https://pub.example.org/kg", folder=root) as address:
        yield Place(address, root)


def read(body: bytes, suffix: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=body, format=READERS[suffix])


def links(answer: Answer) -> dict[str, list[str]]:
    """The targets of a Link header, by relation, but those about other profiles."""
    found: dict[str, list[str]] = {}
    profile = '(?:; (formats|anchor)="[^"]+")?'
    pattern = rf'<([^<>\s"]*)>; rel="([^"]+)"(?:; (?:type|token)="[^"]+")?{profile}(?:, |$)'
    header = answer.headers["link"]
    assert re.fullmatch(f"(?:{pattern})+", header), header
    for target, relation, of_profile in re.findall(pattern, header):
        if not of_profile and relation != "profile":
            found.setdefault(relation, []).append(target)
    return found


def own_iris(graph: Graph) -> list[str]:
    """All IRIs under the base that the built-in graph says something of, without parts."""
    subjects = {quad.subject for quad in graph.store}
    found = {s.value.partition("#")[0] for s in subjects if isinstance(s, NamedNode)}
    return sorted(iri for iri in found if iri.startswith(OURS))


def check_iri(address: str, graph: Graph, iri: str, suffixes: tuple[str, ...]) -> None:
    """An IRI leads to documents in these formats, and they hold what they should."""
    path = "/" + iri.removeprefix(OURS)
    whole = path in ("/ns", "/shapes")
    for suffix in ("", *suffixes):
        accept = TYPES.get(suffix, "text/html")
        place = path_of(iri, OURS, suffix=suffix)
        assert place is not None
        if not whole:
            see = fetch(address + path, headers={"Accept": accept})
            assert (see.status, see.headers["location"]) == (303, place)
            assert see.headers["vary"] == "Accept, Accept-Encoding, Accept-Profile, Origin"
        got = fetch(address + place)
        assert (got.status, got.type) == (200, accept) or (whole and not suffix), iri
        wanted = {place} if suffix else set()
        others = {path_of(iri, OURS, suffix=other) or "" for other in SUFFIXES}
        assert {*links(got)["alternate"]} >= others - wanted
        if suffix:
            triples = {quad.triple for quad in parse(got.body, format=ENGINE[suffix])}
            assert any(t.subject.value == iri for t in triples if isinstance(t.subject, NamedNode))
        else:
            assert iri in got.text or whole
    if iri.startswith(OURS + "id/"):
        data = fetch(address + (path_of(iri, OURS, suffix="nt") or "")).text
        for claim in claims(graph, about=NamedNode(iri)):
            assert f"<{claim.iri}> <{RDF.predicate}> <{claim.predicate}> ." in data
            for evidence in claim.evidence:
                assert f"<{claim.iri}> <{AG.evidence}> <{evidence.iri}> ." in data
                assert f"<{evidence.iri}> " in data


# ---- Every IRI


def test_iris_of_the_built_in_graph_answer(server: Address, graph: Graph) -> None:
    iris = own_iris(graph)
    kinds = {iri.removeprefix(OURS).partition("/")[0] for iri in iris}
    assert {"id", "claim", "source", "ns"} <= kinds and len(iris) > 500
    for number, iri in enumerate(iris[::40]):
        check_iri(server, graph, iri, (SUFFIXES[number % len(SUFFIXES)],))


@pytest.mark.slow
@pytest.mark.long
def test_every_iri_of_the_built_in_graph_answers(server: Address, graph: Graph) -> None:
    for iri in tenth(own_iris(graph)):
        check_iri(server, graph, iri, SUFFIXES)


def test_documents_are_the_same_graph_in_each_format(server: Address, graph: Graph) -> None:
    for path in ("coco-rocha", "claim/founding-2011", "source/model-alliance"):
        graphs = [read(fetch(f"{server}/data/{path}.{each}").body, each) for each in SUFFIXES]
        assert len(graphs[0]) > 10
        for other in graphs[1:]:
            assert rdflib.compare.isomorphic(graphs[0], other)
    plain = documents.about(graph, OURS + "id/coco-rocha")
    served = {quad.triple for quad in parse(
        fetch(f"{server}/data/coco-rocha.nt").body, format=RdfFormat.N_TRIPLES)}  # fmt: skip
    of_page = (OURS + "page/", OURS + "catalog")
    assert {t for t in plain.triples if not f"{t.subject}"[1:].startswith(of_page)} <= served


def test_a_thing_has_claims_both_ways_and_pages_show_them(server: Address, graph: Graph) -> None:
    found = read(fetch(f"{server}/data/model-alliance.ttl").body, "ttl")
    thing = rdflib.URIRef(OURS + "id/model-alliance")
    assert [*found.subjects(RDF.subject, thing)] and [*found.subjects(RDF.object, thing)]
    page = unescape(fetch(f"{server}/page/model-alliance").text)
    rows = dict(
        re.findall(r'id="(claim/[^"]+)">(.*?)(?=<li class="row|</section>)', page, re.DOTALL)
    )
    for claim in claims(graph, about="Model Alliance"):
        row = rows[claim.iri.removeprefix(OURS)]
        assert f'aria-label="Claim: {claim}"' in row, claim.iri
        plain = " ".join(re.sub(r"<[^>]+>", " ", row).split()).casefold()
        other = claim.object_name if claim.subject.value == thing.toPython() else claim.subject_name
        told = other.casefold().rpartition("founding of ")[2]  # which the row may leave out
        assert told in plain or claim.sentence.casefold() in plain, claim.iri
    linked = re.findall(
        r'<a href="([^"]+)">([^<]+)</a>', fetch(f"{server}/page/model-alliance").text
    )
    assert ("/data/model-alliance.ttl", "Turtle") in linked
    places = {place for place, _ in linked if place.startswith("/")}
    assert {fetch(server + place, headers={"Accept": BROWSER}).status for place in places} == {200}


def test_what_negotiation_gives(server: Address) -> None:
    cases = {
        "*/*": "/page/coco-rocha", BROWSER: "/page/coco-rocha",
        "text/turtle": "/data/coco-rocha.ttl", "application/n-triples": "/data/coco-rocha.nt",
        "application/ld+json;q=0.9, text/html;q=0.5": "/data/coco-rocha.jsonld",
        "application/rdf+xml": "/data/coco-rocha.rdf",
        "text/turtle;q=0, */*;q=0.1": "/page/coco-rocha",
    }  # fmt: skip
    for accept, place in cases.items():
        answer = fetch(f"{server}/id/coco-rocha", headers={"Accept": accept})
        assert (answer.status, answer.headers["location"]) == (303, place), accept
    assert fetch(f"{server}/id/coco-rocha", headers={"Accept": "image/png"}).status == 406
    asked = fetch(f"{server}/id/coco-rocha?format=jsonld")
    assert asked.headers["location"] == "/data/coco-rocha.jsonld"
    head = fetch(f"{server}/data/coco-rocha.ttl", method="HEAD")
    assert (head.status, head.body) == (200, b"") and int(head.headers["content-length"]) > 1000


def test_headers_of_a_document(server: Address) -> None:
    answer = fetch(f"{server}/data/coco-rocha.ttl")
    assert links(answer) == {
        "alternate": [f"/data/coco-rocha.{each}" for each in SUFFIXES[1:]] + ["/page/coco-rocha"],
        "canonical": ["/page/coco-rocha"],
        "describedby": ["/.well-known/void"],
        "http://xmlns.com/foaf/0.1/primaryTopic": [OURS + "id/coco-rocha"],
        "license": ["https://creativecommons.org/publicdomain/zero/1.0/"],
    }
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Profile, Origin"
    assert answer.headers["last-modified"].endswith(" GMT")
    assert answer.headers["cache-control"].startswith("public, max-age=")
    assert "set-cookie" not in answer.headers
    etag = answer.headers["etag"]
    for path in ("/data/coco-rocha.nt", "/page/coco-rocha", "/data/karen-elson.ttl"):
        assert fetch(server + path).headers["etag"] != etag
    for known in (etag, f'"x", W/{etag}', "*"):
        again = fetch(f"{server}/data/coco-rocha.ttl", headers={"If-None-Match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert fetch(f"{server}/data/coco-rocha.ttl", headers={"If-None-Match": '"x"'}).status == 200


def test_what_is_not_there_is_said_as_the_client_reads(server: Address) -> None:
    for path in ("/id/nobody", "/page/nobody", "/data/nobody.ttl", "/data/nobody", "/nothing",
                 "/data/coco-rocha.exe", "/download/graph.exe", "/data/pages/2/coco-rocha.ttl",
                 "/ns/nothing", "/page/", "/data/", "/page/pages/2/iri/ns",
                 "/page/pages/9/iri/shapes", "/data/pages/2/iri/ns.ttl"):  # fmt: skip
        for accept in ("text/turtle", "application/ld+json;q=0.5", "*/*"):
            answer = fetch(server + path, headers={"Accept": accept})
            assert (answer.status, answer.type) == (404, "application/problem+json"), path
            assert answer.json()["status"] == 404
        page = fetch(server + path, headers={"Accept": BROWSER})
        assert (page.status, page.type) == (404, "text/html")
        assert page.text.startswith("<!DOCTYPE html>")
        assert "default-src 'none'" in page.headers["content-security-policy"]


# ---- Terms, shapes, names that have changed


def test_terms_and_shapes_are_served_whole(server: Address, graph: Graph) -> None:
    for name, term in (("ns", AG.signed), ("shapes", rdflib.URIRef(OURS + "shapes#ClaimShape"))):
        sizes = set()
        for suffix in SUFFIXES:
            asked = fetch(f"{server}/{name}", headers={"Accept": TYPES[suffix]})
            named = fetch(f"{server}/{name}.{suffix}")
            assert asked.status == named.status == 200 and asked.body == named.body
            assert asked.type == named.type == TYPES[suffix]
            found = read(named.body, suffix)
            assert [*found.predicate_objects(term)]
            sizes.add(len(found))
        assert len(sizes) == 1
        assert fetch(f"{server}/{name}", headers={"Accept": BROWSER}).type == "text/html"
    found = rdflib.Graph().parse(f"{server}/ns")
    assert [*found.objects(rdflib.URIRef(OURS + "ns"), RDF.type)]


def test_a_folder_without_terms_of_its_own_shows_those_it_uses(own: Place) -> None:
    found = read(own.get("/ns", "text/turtle").body, "ttl")
    assert [*found.objects(AG.servedOn, RDF.type)]
    assert links(own.get("/ns.ttl"))["canonical"] == ["/kg/ns"]
    assert own.get("/shapes", "text/turtle").status == 200


def test_what_was_merged_has_moved(own: Place) -> None:
    assert own.get("/id/ann", "text/turtle").headers["location"] == "/kg/data/ann.ttl"
    for path, place in (("/data/ann.ttl", "/kg/data/%C3%BC.ttl"), ("/page/ann", "/kg/page/%C3%BC")):
        moved = own.get(path)
        assert (moved.status, moved.headers["location"]) == (301, place)


# ---- Hard names, hostile paths and texts


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_sort_answer(own: Place, name: str) -> None:
    iri = f"{BASE}id/{name}"
    path = "/id/" + quote(name, safe="/:@!$&'()*+,;=~%")
    for suffix in ("", *SUFFIXES):
        see = own.get(path, TYPES.get(suffix, "text/html"))
        assert see.status == 303, path
        assert re.fullmatch(
            r"/kg/(page|data)/[A-Za-z0-9%:@!$&'()*+,;=~._/-]*", see.headers["location"]
        )
        got = own.get(see.headers["location"].removeprefix("/kg"))
        assert got.status == 200
        if suffix:
            found = read(got.body, suffix)
            assert (rdflib.URIRef(iri), RDF.type, AG.Person) in found
        else:
            assert f"Name {NAMES.index(name)}" in got.text
        links(got)


def test_things_of_no_kind_and_blank_nodes_answer(own: Place) -> None:
    see = own.get("/plain/thing", "text/turtle")
    assert see.headers["location"] == "/kg/data/iri/plain/thing.ttl"
    assert "Of no kind" in own.get("/data/iri/plain/thing.ttl").text
    for suffix in SUFFIXES:
        assert "a blank node" in own.get(f"/data/noted.{suffix}").text


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/data/../../../etc/passwd.ttl", "/data/%2e%2e/%2e%2e/etc/passwd.ttl",
     "/page/..%2f..%2fetc%2fpasswd", "/download/../allgraph.toml", "/download/..%2fallgraph.toml",
     "/download/graph.ttl/../../x", "/id/%00", "/id/%ff", "/page/%0d%0aSet-Cookie:%20x=1",
     "/id/a%0d%0aLocation:%20http://evil.example/", "//evil.example/x", "/page//evil.example",
     "/id/javascript:alert(1)", "/page/iri/javascript:alert(1)", "/data/file:///etc/passwd.ttl",
     "/page/%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3E", "/allgraph.toml", "/data/a.ttl/",
     "/id/hidden%00.ttl", "/page/http://evil.example/"],
)  # fmt: skip
def test_paths_lead_nowhere_else(own: Place, path: str) -> None:
    for accept in ("text/turtle", BROWSER):
        answer = own.get(path, accept)
        assert answer.status in (400, 404), path
        assert "root:" not in answer.text and "<script" not in without_own(answer.text)
        assert "set-cookie" not in answer.headers and "location" not in answer.headers
        assert str(own.folder) not in answer.text and "Traceback" not in answer.text


def test_texts_of_the_data_come_out_escaped(own: Place) -> None:
    page = own.get("/page/evil", BROWSER)
    for mark in ("<script", "<img", "alert(2)>", 'href="javascript', "href='javascript"):
        assert mark not in without_own(page.text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    found = read(own.get("/data/evil.jsonld").body, "jsonld")
    label = found.value(rdflib.URIRef(BASE + "id/evil"), rdflib.RDFS.label)
    assert str(label) == "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_what_is_withheld_is_in_no_document(own: Place) -> None:
    assert own.get("/claim/secret", "text/turtle").status == 404
    assert own.get("/data/claim/secret.ttl").status == 404
    assert b"secret" not in own.get("/data/noted.nt").body
    for name in downloads.FORMATS:
        assert b"claim/secret" not in own.get(f"/download/{downloads.name_of(name)}").body


def test_the_document_of_a_hub_is_bounded(own: Place) -> None:
    seen: set[str] = set()
    place, number = "/data/hub.nt", 0
    while place:
        number += 1
        answer = own.get(place)
        found = {str(s) for s in read(answer.body, "nt").subjects(RDF.type, AG.Claim)}
        assert len(found) <= documents.PAGE and not seen & found
        seen |= found
        page = own.get(place.replace("/data/", "/page/").removesuffix(".nt")).text
        assert page.count('<li class="row') == page.count('<ul class="sources">') == len(found)
        assert f'<span aria-current="page">{number}</span>' in page
        assert (f"/pages/{number + 1}/hub" in page) is (number < 3)
        place = links(answer).get("next", [""])[0].removeprefix("/kg")
    assert (len(seen), number) == (450, 3)


# ---- Clients


def test_rdflib_reads_addresses(server: Address, own: Place) -> None:
    for address, name in ((server, "coco-rocha"), (own.address, "a.b")):
        page = rdflib.Graph().parse(f"{address}/data/{name}.ttl")
        assert len(page) > 5
    # rdflib follows the redirect of the thing itself, with the Accept header of its own
    found = rdflib.Graph().parse(f"{server}/id/coco-rocha")
    assert (rdflib.URIRef(OURS + "id/coco-rocha"), RDF.type, AG.Person) in found
    for reader, suffix in (("json-ld", "jsonld"), ("xml", "rdf"), ("turtle", "ttl")):
        same = rdflib.Graph().parse(f"{server}/id/coco-rocha", format=reader)
        assert rdflib.compare.isomorphic(found, same), suffix


def test_redirects_are_followed_by_plain_clients(server: Address) -> None:
    asked = Request(f"{server}/id/coco-rocha", headers={"Accept": "text/turtle"})
    with urlopen(asked) as answer:
        assert answer.url == f"{server}/data/coco-rocha.ttl"
        assert answer.headers["Content-Type"] == "text/turtle"
    curl = shutil.which("curl")
    if curl is not None:
        command = [curl, "-sL", "-H", "Accept: application/ld+json", f"{server}/id/coco-rocha"]
        done = subprocess.run(command, check=True, capture_output=True)
        assert len(read(done.stdout, "jsonld")) > 10


# ---- The dataset: VoID, DCAT, downloads


def number(server: str, query: str) -> int:
    asked = f"{server}/sparql?query={quote(query)}&format=json"
    (row,) = fetch(asked).json()["results"]["bindings"]
    return int(row["n"]["value"])


def test_void_counts_as_sparql_does_and_parses_in_each_format(server: Address) -> None:
    graphs = []
    for suffix in SUFFIXES:
        answer = fetch(f"{server}/.well-known/void", headers={"Accept": TYPES[suffix]})
        assert (answer.status, answer.type) == (200, TYPES[suffix])
        graphs.append(read(answer.body, suffix))
    assert all(rdflib.compare.isomorphic(graphs[0], other) for other in graphs[1:])
    void = graphs[0]
    dataset = rdflib.URIRef(OURS + "catalog#dataset")
    for name, what in {
        "triples": "COUNT(*)", "distinctSubjects": "COUNT(DISTINCT ?s)",
        "distinctObjects": "COUNT(DISTINCT ?o)", "properties": "COUNT(DISTINCT ?p)",
    }.items():  # fmt: skip
        (count,) = void.objects(dataset, VOID[name])
        assert int(str(count)) == number(server, f"SELECT ({what} AS ?n) {{ ?s ?p ?o }}"), name
    (person,) = void.subjects(VOID["class"], AG.Person)
    (count,) = void.objects(person, VOID.entities)
    assert int(str(count)) == number(server, "SELECT (COUNT(*) AS ?n) { ?s a ag:Person }")


def test_dcat_offers_downloads_that_are_as_it_says(server: Address, tmp_path: Path) -> None:
    graphs = []
    for suffix in SUFFIXES:
        answer = fetch(f"{server}/catalog", headers={"Accept": TYPES[suffix]})
        assert (answer.status, answer.type) == (200, TYPES[suffix])
        graphs.append(read(answer.body, suffix))
    assert all(rdflib.compare.isomorphic(graphs[0], other) for other in graphs[1:])
    catalogue, checked = graphs[0], 0
    spdx = rdflib.Namespace("http://spdx.org/rdf/terms#")
    for node, url in catalogue.subject_objects(DCAT.downloadURL):
        name = str(url).removeprefix(OURS)
        answer = fetch(f"{server}/{name}")
        (size,) = catalogue.objects(node, DCAT.byteSize)
        (checksum,) = catalogue.objects(node, spdx.checksum)
        (value,) = catalogue.objects(checksum, spdx.checksumValue)
        (media_type,) = catalogue.objects(node, DCAT.mediaType)
        assert int(str(size)) == len(answer.body) == int(answer.headers["content-length"])
        assert _hex(value) == hashlib.sha256(answer.body).hexdigest()
        assert str(media_type).endswith(answer.type)
        file = tmp_path / Path(name).name
        table = ["--table", file.stem] if file.suffix == ".csv" else []
        assert run("export", *table, str(file)).returncode == 0
        assert file.read_bytes() == answer.body, name
        assert file.name in answer.headers["content-disposition"]
        checked += 1
    assert checked == len(downloads.NAMES) == 13


def _hex(value: Any) -> str:
    """What rdflib makes of a checksum, as its digits."""
    made = value.toPython()
    return made.hex() if isinstance(made, bytes) else str(value).lower()


def test_documents_say_what_they_are_part_of(server: Address) -> None:
    found = read(fetch(f"{server}/data/coco-rocha.ttl").body, "ttl")
    page = rdflib.URIRef(OURS + "page/coco-rocha")
    assert (page, FOAF.primaryTopic, rdflib.URIRef(OURS + "id/coco-rocha")) in found
    dataset = rdflib.URIRef(OURS + "catalog#dataset")
    assert (page, VOID.inDataset, dataset) in found
    catalogue = read(fetch(f"{server}/catalog?format=ttl").body, "ttl")
    assert (dataset, RDF.type, DCAT.Dataset) in catalogue


def test_another_home_is_in_what_is_said(own: Place) -> None:
    catalogue = read(own.get("/catalog", "text/turtle").body, "ttl")
    urls = {str(url) for url in catalogue.objects(None, DCAT.downloadURL)}
    files = [
        *map(downloads.name_of, downloads.FORMATS),
        "people.csv",
        "bodies.csv",
        *downloads.BOOKS,
    ]
    assert urls == {f"https://pub.example.org/kg/download/{name}" for name in files}
    (endpoint,) = catalogue.objects(None, DCAT.endpointURL)
    assert str(endpoint) == "https://pub.example.org/kg/sparql"
    void = read(own.get("/.well-known/void", "text/turtle").body, "ttl")
    assert {str(space) for space in void.objects(None, VOID.uriSpace)} == {BASE}
    found = read(own.get("/data/a.b.ttl").body, "ttl")
    page = rdflib.URIRef("https://pub.example.org/kg/page/a.b")
    assert (page, FOAF.primaryTopic, rdflib.URIRef(BASE + "id/a.b")) in found
    (licence,) = found.objects(page, DCTERMS.license)
    assert links(own.get("/data/a.b.ttl"))["license"] == [str(licence)]
    assert links(own.get("/data/a.b.ttl"))["describedby"] == ["/kg/.well-known/void"]


def test_downloads_of_a_large_graph_are_made_when_they_are_asked_for(
    own: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "SMALL", 10)
    large = load(Settings(str(own.folder)))
    offered = [each.url.rpartition("/")[2] for each in large.published.downloads]
    assert offered == [*map(downloads.name_of, downloads.FORMATS), "people.csv", "bodies.csv"]
    assert not large.made and {each.size for each in large.published.downloads} == {None}
    for name in offered:
        assert large.download(name) == own.get(f"/download/{name}").body
    for name in ("bills.csv", *downloads.BOOKS):
        with pytest.raises(UnknownName, match=r"there are graph\.ttl.*, people\.csv, bodies\.csv"):
            large.download(name)


def test_a_licence_in_words_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "allgraph.toml").write_text(MANIFEST + 'licence = "CC BY <4.0>"\n')
    (tmp_path / "data" / "a.ttl").write_text(PREFIXES + 'id:a a ag:Person ; rdfs:label "A" .\n')
    found = document(load(Settings(str(tmp_path))), "/data/a.ttl", "")
    assert "license" not in found.headers["Link"]
    assert b"CC BY" in whole(found)


def test_links_of_a_server_without_an_address_lead_to_itself(server: Address) -> None:
    """A graph whose base has a path is served at the root, unless it is told where it is known."""
    for path in ("/", "/page/coco-rocha", "/ask/founders/1", "/no/such/page"):
        page = fetch(f"{server}{path}", headers={"Accept": BROWSER}).text
        links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page)
        assert len(links) > 5
        for link in {*links}:
            assert fetch(f"{server}{unescape(link)}", headers={"Accept": BROWSER}).status == 200
    thing = fetch(f"{server}/id/coco-rocha", headers={"Accept": BROWSER})
    assert thing.headers["location"] == "/page/coco-rocha"


# ---- Identifiers that others gave


@pytest.mark.parametrize(
    ("path", "accept", "place"),
    [
        ("wikidata/Q5591303", "text/html", "/page/grace-meng"),
        ("WikidataId/q5591303", "text/turtle", "/data/grace-meng.ttl"),
        ("bioguide/M001188?format=jsonld", "text/html", "/data/grace-meng.jsonld"),
        ("wikipedia/Grace%20Meng", "*/*", "/page/grace-meng"),
        ("ocd/ocd-jurisdiction/country:us/government", "text/html", "/page/united-states"),
        ("ocd/ocd-jurisdiction%2Fcountry%3Aus%2Fgovernment", "text/html", "/page/united-states"),
    ],
)
def test_an_identifier_leads_to_the_document(
    server: Address, path: str, accept: str, place: str
) -> None:
    answer = fetch(f"{server}/by/{path}", headers={"Accept": accept})
    assert (answer.status, answer.headers["location"]) == (303, place)
    assert fetch(f"{server}{place}").status == 200


def test_an_identifier_leads_to_json_about_the_thing(server: Address) -> None:
    answer = fetch(f"{server}/by/wikidata/Q5591303", headers={"Accept": "application/json"})
    shown = fetch(f"{server}{answer.headers['location']}").json()
    assert answer.status == 303 and shown["name"] == "Grace Meng" and shown["claims"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("wikidata/Q1", "nothing has the identifier “Q1” of wikidata"),
        ("wikidata/%0A%00%FF", "nothing has the identifier"),
        (
            "nobody/Q1",
            "there is no scheme of identifiers “nobody”; there are ballotpedia, bioguide",
        ),
    ],
)
def test_an_identifier_that_nothing_has_is_not_found(
    server: Address, path: str, detail: str
) -> None:
    answer = fetch(f"{server}/by/{path}")
    assert answer.status == 404 and detail in answer.json()["detail"]
    assert fetch(f"{server}/by/wikidata").status == 404


def test_several_things_with_an_identifier_are_candidates(make_folder: MakeFolder) -> None:
    data = """
        @prefix ag: <https://w3id.org/allgraph/ns#> . @prefix id: <https://example.org/test/id/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        id:a a ag:Person ; rdfs:label "Ann" ; ag:identifier "1"^^ag:GpoId .
        id:b a ag:Person ; rdfs:label "Ben" ; ag:identifier "1"^^ag:GpoId .
        <http://x.org/c> a ag:Person ; rdfs:label "Cy" ; ag:identifier "3"^^ag:GpoId .
    """
    served = Served(open_graph(make_folder({"data/a.ttl": data})), "/")
    with pytest.raises(UnknownName) as told:
        tasks.by(served, "gpo", "1", "text/html")
    assert [*told.value.candidates] == [f"https://example.org/test/id/{name}" for name in "ab"]
    elsewhere = tasks.by(served, "gpo", "3", "text/html")  # which has no page here
    assert elsewhere.headers["Location"] == "/show?thing=http%3A%2F%2Fx.org%2Fc"
