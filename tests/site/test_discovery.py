"""Discovery: sitemaps, citation and schema.org are valid, and say no more than is known."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from rdflib.namespace import SDO

from allgraph.graph import Graph, open_graph
from allgraph.linkeddata.publication import SD, Download, Publication
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.terms import text
from allgraph.site import discovery, downloads

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

HOME = "https://pub.example.org/graph/"
PUBLISHED = Publication(
    HOME,
    "https://query.example.org/sparql",
    (
        Download(f"{HOME}download/graph.ttl", "turtle", 1234, "AB" * 32),
        Download(f"{HOME}download/graph.nt", "ntriples"),
    ),
    issued="2026-11-01",
    modified="2026-11-23T10:00:00Z",
)
HOSTILE = (
    "plain", "</script><script>alert(1)</script>", "<!--<script>", "]]>", "a\u2028b\u2029c",
    "\"'&\\", "\u202eelbon", "😀", "\x00\x1f\x7f\x85\ufeff\uffff", "- a: b # c\n---\n...",
    "{{ x }} %s $y",
    "x" * 10_000, "", "\ud7ff\ue000", "null", "2026-11-23", "<&>",
)  # fmt: skip
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
texts = st.text(st.characters(codec="utf-8"), max_size=200)


def of_manifest(make_folder: MakeFolder, **words: str) -> Graph:
    lines = {"title": "T", "base": "https://e.example/"} | words
    named = "\n".join(f"{key} = {_toml(value)}" for key, value in lines.items())
    return open_graph(make_folder(manifest=f"format = 1\n{named}\n"))


def _toml(value: str) -> str:
    return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'


# ---- The sitemap


def addresses(content: bytes) -> list[str]:
    """The addresses of a part of a sitemap, or of its index."""
    root = ElementTree.fromstring(content)
    inner = {"urlset": "url", "sitemapindex": "sitemap"}[root.tag.removeprefix(NAMESPACE)]
    found = [each.findtext(f"{NAMESPACE}loc") for each in root.findall(NAMESPACE + inner)]
    assert len(found) == len(root)
    return [each or "" for each in found]


def test_a_sitemap_has_every_page_once_in_order() -> None:
    paths = ["/", "/page/coco-rocha", "/page/gr%C3%B6%C3%9Fe", "/page/a'b\"&<c>", "/page/b%2520c"]
    files = dict(discovery.sitemap(HOME, paths))
    assert [*files] == ["sitemap-1.xml", "sitemap.xml"]
    assert addresses(files["sitemap.xml"]) == [f"{HOME}sitemap-1.xml"]
    home = HOME[:-1]
    assert addresses(files["sitemap-1.xml"]) == [
        f"{home}/", f"{home}/page/coco-rocha", f"{home}/page/gr%C3%B6%C3%9Fe",
        f"{home}/page/a'b%22&%3Cc%3E", f"{home}/page/b%2520c",
    ]  # fmt: skip
    assert b"&apos;" in files["sitemap-1.xml"]


def test_no_part_has_more_addresses_than_it_may() -> None:
    paths = [f"/page/{number}" for number in range(120_000)]
    *parts, (last, index) = discovery.sitemap(HOME, paths)
    assert last == "sitemap.xml"
    assert [len(addresses(content)) for _, content in parts] == [50_000, 50_000, 20_000]
    assert addresses(index) == [HOME + name for name, _ in parts]
    found = [each for _, content in parts for each in addresses(content)]
    assert found == [HOME[:-1] + path for path in paths]


def test_no_part_has_more_bytes_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_BYTES", 1000)
    paths = [f"/page/{'&' * (number % 90)}{number}" for number in range(200)]
    *parts, _ = discovery.sitemap(HOME, paths)
    assert max(len(content) for _, content in parts) <= 1000
    assert min(len(content) for _, content in parts[:-1]) > 300  # and they are filled
    assert len([each for _, content in parts for each in addresses(content)]) == len(paths)


def test_parts_come_while_pages_are_told() -> None:
    told = 0

    def paths() -> Iterator[str]:
        nonlocal told
        for told in count(1):
            yield f"/page/{told}"

    name, _ = next(discovery.sitemap(HOME, paths()))
    assert (name, told) == ("sitemap-1.xml", discovery.MOST_ADDRESSES + 1)


def test_a_sitemap_of_nothing_is_one() -> None:
    files = dict(discovery.sitemap(HOME, []))
    assert addresses(files["sitemap-1.xml"]) == []


def test_addresses_that_are_too_long_are_counted() -> None:
    long = "/page/" + "ü" * 400  # 2,400 characters when encoded
    files = dict(discovery.sitemap(HOME, [long, "/page/x"]))
    assert addresses(files["sitemap-1.xml"]) == [f"{HOME}page/x"]
    assert b"<!-- 1 addresses are too long for a sitemap -->" in files["sitemap.xml"]


@given(st.lists(texts, max_size=5))
def test_any_path_gives_sound_xml(paths: list[str]) -> None:
    files = dict(discovery.sitemap(HOME, [f"/{path}" for path in paths]))
    assert len(addresses(files["sitemap-1.xml"])) == len(paths)


def test_robots_lead_to_the_sitemap() -> None:
    assert discovery.robots(HOME).splitlines()[-1] == f"Sitemap: {HOME}sitemap.xml"


# ---- Checksums, and an endpoint elsewhere


def test_checksums_are_what_sha256sum_checks(tmp_path: Path) -> None:
    files = {name: name.encode() for name in ("graph.ttl", "graph.nt", "graph.jsonld")}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "SHA256SUMS").write_bytes(downloads.checksums(files))
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.count(": OK") == 3
    (tmp_path / "graph.nt").write_text("other")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True).returncode == 1


def test_of_an_endpoint_elsewhere_only_what_is_known_is_said(graph: Graph) -> None:
    triples = discovery.service(graph, PUBLISHED)
    said = {(triple.predicate.value, text(triple.object)) for triple in triples}
    assert (SD + "endpoint", PUBLISHED.endpoint) in said
    assert not {each for each in said if "resultFormat" in each[0]}
    (whole,) = {t.object for t in triples if t.predicate == NamedNode(SD + "defaultDataset")}
    (held,) = {t.object for t in triples if t.predicate == NamedNode(SD + "defaultGraph")}
    assert {t.subject for t in triples} == {NamedNode(PUBLISHED.endpoint), whole, held}
    assert text(held) == f"{HOME}catalog#dataset"
    assert discovery.service(graph, Publication(HOME)) == []


# ---- schema.org


def check(said: Any, *, of: str = "") -> None:
    """That what is said is in the vocabulary of schema.org, and nothing of it is empty."""
    if isinstance(said, list):
        assert said
        for each in said:
            check(each, of=of)
    elif isinstance(said, dict):
        assert said["@type"] in SDO and said["@type"][0].isupper()
        assert {"name", "@id"} & {*said}
        for key, value in said.items():
            if key not in ("@context", "@type", "@id"):
                assert key in SDO and key[0].islower(), key
                check(value, of=said["@type"])
    else:
        assert said is True or (isinstance(said, str) and said)


def test_a_dataset_has_what_search_engines_ask_for(graph: Graph) -> None:
    said = discovery.dataset(graph, PUBLISHED)
    check(said)
    assert said["@type"] == "Dataset" and said["@context"] == "https://schema.org/"
    assert 50 <= len(said["description"]) <= 5000
    assert said["license"] == graph.folder.licence and said["isAccessibleForFree"] is True
    assert said["creator"] == {"@type": "Organization", "name": graph.folder.publisher}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d", said["temporalCoverage"])
    assert said["distribution"] == [
        {
            "@type": "DataDownload", "name": "graph.ttl", "encodingFormat": "text/turtle",
            "contentUrl": f"{HOME}download/graph.ttl", "contentSize": "1234 B", "sha256": "ab" * 32,
        },
        {
            "@type": "DataDownload", "name": "graph.nt", "encodingFormat": "application/n-triples",
            "contentUrl": f"{HOME}download/graph.nt",
        },
    ]  # fmt: skip
    assert said["includedInDataCatalog"]["@id"] == f"{HOME}catalog"


@pytest.mark.parametrize("words", HOSTILE)
def test_a_dataset_of_any_words_is_valid(make_folder: MakeFolder, words: str) -> None:
    graph = of_manifest(make_folder, title=words.strip() or "T", description=words,
                        publisher=words, licence=words)  # fmt: skip
    said = discovery.dataset(graph)
    check(said)
    assert 50 <= len(said["description"]) <= 5000
    assert {"temporalCoverage", "distribution", "dateModified", "version"}.isdisjoint(said)


def test_what_is_told_of_a_thing_is_none_of_its_claims(graph: Graph) -> None:
    within = discovery.reference(graph, PUBLISHED)
    iri, page = "https://w3id.org/allgraph/id/coco-rocha", f"{HOME}page/coco-rocha"
    said = discovery.thing(
        iri, "Coco Rocha", page, within, kind="Person", also=["Coco Rocha", "CR"]
    )
    check(said)
    assert said == {
        "@context": "https://schema.org/", "@type": "Person", "@id": iri, "name": "Coco Rocha",
        "alternateName": ["CR"], "url": page, "mainEntityOfPage": page, "subjectOf": within,
    }  # fmt: skip
    assert "alternateName" not in discovery.thing(iri, "x", page, within)


def test_kinds_are_those_that_the_ontology_gives(graph: Graph) -> None:
    rows = graph.sparql(
        "SELECT ?class ?above { ?class a owl:Class ; rdfs:subClassOf* ?above }"
    ).rows
    above: dict[str, list[str]] = {}
    for row in rows:
        name = text(row["class"]).rpartition("#")[2]
        above.setdefault(name, []).append(text(row["above"]))
    found = {name: discovery.kind_of(classes) for name, classes in above.items()}
    assert found | {
        "Person": "Person", "Organization": "Organization", "Bill": "Legislation",
        "Law": "Legislation", "Letter": "CreativeWork", "Study": "CreativeWork",
        "Report": "CreativeWork", "Posting": "CreativeWork", "Journal": "CreativeWork",
        "Signing": "Event", "Committee": "Thing", "Jurisdiction": "Thing", "Campaign": "Thing",
        "Office": "Thing",
    } == found  # fmt: skip
    assert {*found.values()} == {"Thing", *discovery._KINDS.values()}
    assert discovery.kind_of([]) == "Thing"


class Scripts(HTMLParser):
    """The texts of the scripts of a page, and the tags in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(texts)
@example("</script><script>alert(1)</script>")
@example("<!--<script>")
@example("a\u2028b\u2029]]>&amp;")
def test_nothing_ends_a_script_but_its_end(words: str) -> None:
    body = discovery.script({"name": words, words: [words]})
    assert not {*body} & {*"<>&\u2028\u2029\n\r\x00"}
    assert json.loads(body) == {"name": words, words: [words]}
    parser = Scripts()
    parser.feed(f'<script type="application/ld+json">{body}</script>')
    parser.close()
    assert parser.tags == ["script"] and "".join(parser.texts) == body


def test_json_ld_is_rdf(graph: Graph) -> None:
    within = discovery.reference(graph, PUBLISHED)
    iri = "https://w3id.org/allgraph/id/x"
    for said in (
        discovery.dataset(graph, PUBLISHED),
        discovery.thing(iri, "X", f"{HOME}page/x", within, kind="Event"),
    ):
        local = said | {"@context": {"@vocab": "https://schema.org/"}}
        found = list(parse(discovery.script(local).encode(), format=RdfFormat.JSON_LD))
        about = NamedNode(said["@id"])
        assert Quad(about, TYPE, NamedNode(f"https://schema.org/{said['@type']}")) in found
        assert Quad(about, NamedNode("https://schema.org/name"), Literal(said["name"])) in found
