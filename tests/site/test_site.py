"""The site as files: what is in it, what is not, and that it says what the server says."""

from __future__ import annotations

import gzip
import json
import re
import resource
import shutil
from collections import Counter
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Store, Triple, parse

from allgraph import sandbox
from allgraph.errors import EngineError, ParameterError, WriteError
from allgraph.exports.export import exported
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata import claim_places, documents
from allgraph.model.addresses import SUFFIXES, path_of, unfit
from allgraph.rdf.terms import Prefixes
from allgraph.server import pages
from allgraph.site import downloads, publisher
from allgraph.site.pages import things
from allgraph.site.publisher import LIST, publish
from allgraph.site.site import Site
from allgraph.site.templating import licence_name
from allgraph.sparql.answer import Answer
from allgraph.sparql.endpoint.engine import Remote
from tests.conftest import BASE, MANIFEST, PREFIXES, MakeFolder
from tests.support import hosting
from tests.support.commands import run
from tests.support.endpoints import holding
from tests.support.serving import fetch, serving
from tests.support.sites import BELOW, keep_named
from tests.support.tools import LONG, tenth

DATA = ("application/ld+json", "application/json")  # the types of scripts that nothing runs
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
READERS = {"ttl": RdfFormat.TURTLE, "nt": RdfFormat.N_TRIPLES, "rdf": RdfFormat.RDF_XML,
           "jsonld": RdfFormat.JSON_LD}  # fmt: skip

HOSTILE = {
    "markup": '<script>alert(1)</script><img src=x onerror="alert(2)">',
    "quotes": "\"'`&amp;&lt;</title></style>{{ 7*7 }}{% raw %}",
    "bidi": "abc\u202edef\u2066ghi",
    "emoji": "👩\u200d🎤 🇺🇸 ﬁ",
    "spaces": " \u00a0\u2003x",
    "long": "x" * 10_000,
}
NAMES = ("a", "..%2Fup", "javascript:alert(1)", "ü😀", "%22onclick%3D%22x", "a'b", "a.ttl",
         "a.ttl/b", "a.json/b", "x/../../y", ".htaccess", "index.html", "a//b", "z/", "n" * 300,
         "é" * 150)  # fmt: skip
SECRET = "Zebulon Quux"


def files_of(folder: Path) -> dict[str, bytes]:
    """All files of a folder, by their names in it."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def site(published: Path) -> dict[str, bytes]:
    """The files of the built-in graph."""
    return files_of(published)


_OF_DOWNLOADS = re.compile(r"download/|catalog[/.]|void[.]|[.]well-known/void|[.]published")
_OF_COLUMNS = re.compile(r"index[.]html|(?:o?embed/)?picture/matrix|things/[^/]+/[a-z]+/")
"""The files that an endpoint does not have, or not as they are."""
_FACETS = re.compile(
    rb'<div class="facets">.*?</div>\n|<figure class="picture" id="picture-matrix">.*?</figure>\n'
    rb"|<url><loc>[^<]*/things/[^/]+/[a-z]+/[^<]*</loc>.*?</url>\n?",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def part(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A part of the built-in graph; with `LONG`, all of it."""
    if LONG:
        return graph
    root = tmp_path_factory.mktemp("part")
    (root / "allgraph.toml").write_text(MANIFEST.replace(BASE, graph.folder.base))
    (root / "data").mkdir()
    for name in ("respect.ttl", "sources.ttl", "things.ttl"):
        shutil.copy(graph.folder.root / "data" / name, root / "data")
    keep_named(root / "data")
    return open_graph(root)


@pytest.fixture(scope="module")
def of_part(part: Graph, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of that part."""
    folder = tmp_path_factory.mktemp("of-part") / "site"
    publish(part, folder, base=BELOW, sparql=f"{BELOW}sparql")
    return files_of(folder)


@pytest.mark.slow
@pytest.mark.long
def test_a_site_from_an_endpoint_is_the_same(
    part: Graph, of_part: dict[str, bytes], tmp_path: Path
) -> None:
    with holding(part.store, rows=5000 if LONG else 1000) as endpoint:  # it cuts answers
        there = open_graph(part.folder.root, endpoint=endpoint.url)
        done = publish(there, tmp_path / "there", base=BELOW, sparql=f"{BELOW}sparql", jobs=1)
    site, made = of_part, files_of(tmp_path / "there")
    assert done.files == len(made) - 1  # but for the list of them
    stories = {iri.removeprefix(part.folder.base + "id/") for iri in Site(part).histories}
    for name in site.keys() | made.keys():
        of_columns = _OF_COLUMNS.match(name) or stories & {*re.split("[/.]", name)}
        if not _OF_DOWNLOADS.match(name) and not of_columns:
            here, elsewhere = (_FACETS.sub(b"", some[name]) for some in (site, made))
            assert here == elsewhere, name
    held = parse(gzip.decompress(made["download/all.nq.gz"]), format=RdfFormat.N_QUADS)
    assert {str(quad.triple) for quad in held} == {str(quad.triple) for quad in part.store}
    assert b"download/" in made["catalog.ttl"] and b"download/" in site["catalog.ttl"]


class Links(HTMLParser):
    """Where the links of a page lead, its scripts, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags.append((tag, said))
        self.links += [v for k in ("href", "src", "action") if (v := said.get(k)) is not None]
        self.ids += [v for k, v in attrs if k == "id" and v]

    def handle_data(self, data: str) -> None:
        self.text += data


# ---- What is there


def test_every_iri_has_its_files(graph: Graph, site: dict[str, bytes]) -> None:
    published_site = Site(graph)
    assert len(published_site.iris) > 500
    for iri in published_site.iris:
        path = published_site.path(iri)
        assert path is not None
        assert f"{unquote(path)[1:]}/index.html" in site
        for suffix in SUFFIXES:
            assert unquote(published_site.path(iri, suffix) or "")[1:] in site


def test_every_link_within_the_site_leads_somewhere(site: dict[str, bytes]) -> None:
    assert not dead_links(site, least=600)


def dead_links(site: dict[str, bytes], least: int) -> set[tuple[str, str]]:
    """The links within a site below ``/kg/`` that lead nowhere, each with its page."""
    pages = {name: Links(data.decode()) for name, data in site.items() if name.endswith(".html")}
    assert len(pages) > least
    lacking = set()
    for name, page in pages.items():
        for link in page.links:
            if not link.startswith("/") or link.startswith("/kg/sparql"):
                assert link.startswith(("http://", "https://", "#", "/kg/sparql")), link
                continue
            parts = urlsplit(link)
            target = unquote(parts.path).removeprefix("/kg/")
            target = target if target in site else f"{target}/index.html".lstrip("/")
            if target not in site:
                lacking.add((name, link))
            elif parts.fragment and unquote(parts.fragment) not in pages[target].ids:
                lacking.add((name, link))
    return lacking


@pytest.fixture
def anchored(
    make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    """The files of a site with anchors and two formats, whose documents have three claims a page.

    Claims have a thing, a source or a claim as subject, as object, or only as their source.
    """
    monkeypatch.setattr(documents, "PAGE", 3)
    monkeypatch.setattr(claim_places, "PAGE", 3)
    text = "source:s a ag:Source ; rdfs:label 'S' .\n" + "".join(
        f"claim:{n:02} a ag:Claim ; rdf:predicate ag:servedOn ; rdf:subject {subject} ; "
        f"rdf:object {obj} ; ag:evidence [ oa:hasSource source:s ] ."
        for n, (subject, obj) in enumerate(
            [("id:a", "id:b")] * 4
            + [("<http://x/y>", "id:b"), ("<http://x/y>", "<http://x/z>"), ("claim:00", "claim:01")]
            + [("id:c", "claim:02"), ("source:s", "id:a"), ("source:s", "'1'")] * 2
        )
    )
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    formats = ("ttl", "html")
    publish(graph, tmp_path / "site", base=BELOW, claims="anchors", formats=formats, jobs=1)
    return files_of(tmp_path / "site")


def test_claims_are_anchors_on_the_pages_of_things(anchored: dict[str, bytes]) -> None:
    assert not dead_links(anchored, least=20)
    lines = anchored["claims.conf"].decode().splitlines()
    places = dict(line[:-1].split() for line in lines if line.endswith(";") and "#" in line)
    assert len(places) == 13
    assert places["claim/03"] == "pages/2/a#claim/03"
    assert places["claim/05"] == "pages/2/source/s#claim/05"
    assert places["claim/06"] == "pages/3/source/s#claim/06"
    for claim, place in places.items():
        page, _, mark = place.partition("#")
        assert Links(anchored[f"page/{page}/index.html"].decode()).ids.count(mark) == 1
        iri = NamedNode(f"{BASE}{claim}")
        data = parse(anchored[f"data/{page}.ttl"], format=RdfFormat.TURTLE)
        assert any(quad.subject == iri for quad in data)
    test_ids_are_there_once_and_nothing_is_inline(anchored)


def test_only_the_formats_that_are_published_are_told(anchored: dict[str, bytes]) -> None:
    others = ("download/", "assets/", "ask/", "identifiers.csv", "disagreement")
    files = {name for name in anchored if not name.startswith(others)}
    assert not {name for name in files if name.endswith((".rdf", ".nt", ".jsonld", ".csv"))}
    assert {"void.ttl", "catalog.ttl", "ns.ttl", ".well-known/void"} <= files
    for name, data in anchored.items():
        if name.startswith(("page/", "data/", "ns", "catalog/")) or "htaccess" in name:
            assert not re.search(rb"data/[^ ]*[.](rdf|nt|jsonld|csv)|ns[.](nt|rdf)", data), name


def test_what_is_published_by_default_depends_on_the_number_of_things(
    make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = "".join(
        f"claim:{n} a ag:Claim ; rdf:subject id:s ; rdf:predicate ag:knows ; rdf:object id:o .\n"
        for n in range(5)
    )
    graph = open_graph(make_folder({"data/a.ttl": claims}, prefixes=True))
    for most, has_pages in ((2, True), (1, False)):
        monkeypatch.setattr(publisher, "MANY", most)
        publish(graph, tmp_path / "site", base=BELOW, jobs=1)
        site = files_of(tmp_path / "site")
        assert ("page/claim/1/index.html" in site) == has_pages
        assert ("data/s.nt" in site) == has_pages
        assert "data/s.jsonld" in site


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"claims": "page"}, "“page” is neither of pages, anchors"),
        ({"formats": ["html", "doc"]}, "“doc” is none of html, ttl, nt, rdf, jsonld, csv"),
    ],
)
def test_unknown_ways_to_publish_are_refused(
    graph: Graph, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(ParameterError, match=re.escape(words)):
        publish(graph, tmp_path / "site", **options)


def test_ids_are_there_once_and_nothing_is_inline(site: dict[str, bytes]) -> None:
    for name, data in site.items():
        if not name.endswith(".html"):
            continue
        page = Links(data.decode())
        assert len(page.ids) == len({*page.ids}), name
        for tag, said in page.tags:
            assert tag != "style" and "style" not in said
            assert not any(key.startswith("on") for key in said)
            if tag == "script":
                assert said.get("type") in DATA or "src" in said


def test_data_in_pages_is_json(site: dict[str, bytes]) -> None:
    count = 0
    for name, data in site.items():
        for block in re.findall(rb'<script type="application/ld\+json">(.*?)</script>', data):
            assert name.endswith(".html") and json.loads(block)["@context"] == "https://schema.org/"
            count += 1
    assert count > 100


def test_pages_that_read_all_things_or_claims_do_so_once(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Counter[str]()
    run = Graph.run

    def counted(graph: Graph, question: str, **values: Any) -> Answer:
        asked[question] += 1
        return run(graph, question, **values)

    site = Site(graph)
    monkeypatch.setattr(Graph, "run", counted)
    kind = site.kinds[0].name
    for _ in range(3):
        pages.page(site, "things", {"kind": kind})
        for name in ("catalog", "about", "find", "kinds"):
            pages.page(site, name, {})
    assert asked["site-things"] == 1 + len(site.kinds)  # of one kind, and of all for the names
    for question in ("site-kinds", "site-gaps", "dataset-sizes", "dataset-properties"):
        assert asked[question] == 1


# ---- The same everywhere


@pytest.mark.long
def test_a_second_run_from_disk_gives_the_same_files(
    part: Graph, of_part: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is taken for a large one; new processes write its pages."""
    monkeypatch.setattr(publisher, "LARGE", 0)
    folder = tmp_path / "second"
    done = publisher.publish_folder(
        part.folder, folder, base=BELOW, sparql=f"{BELOW}sparql", jobs=2
    )
    site, again = of_part, files_of(folder)
    assert {name for name in site if again.get(name) != site[name]} == set()
    assert {*again} == {*site}
    listed = (folder / LIST).read_text().splitlines()
    assert sorted(listed) == listed and {*listed, LIST} == {*again}
    assert done.files == len(listed) == len(done.written) and not done.removed


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory is not limited without /proc")
def test_processes_that_read_a_store_have_a_limit_of_memory() -> None:
    soft, hard = publisher._in_new_process(partial(resource.getrlimit, resource.RLIMIT_DATA))
    assert sandbox.MEMORY < soft == hard < sandbox.share_of_machine() + 2**30


@pytest.mark.slow
@pytest.mark.long
def test_what_is_live_is_what_the_files_are(site: dict[str, bytes]) -> None:
    """Pages, a tenth of them, with `LONG` all, and a seventh of the data."""
    pages = sorted(name for name in site if name.endswith("index.html"))
    assert len(pages) > 600
    data = [name for name in site if name.startswith(("data/", "ask/")) and "index" not in name]
    with serving("--base", BELOW, "--quiet") as address:
        for name in tenth(pages):
            path = quote("/" + name.removesuffix("index.html").rstrip("/"), safe="/:@!$&'()*+,;=~")
            live = fetch(address + path, headers={"Accept": BROWSER})
            assert (live.status, live.body == site[name]) == (200, True), name
        for name in sorted(data)[::7]:
            live = fetch(f"{address}/{quote(name)}")
            assert (live.status, live.body == site[name]) == (200, True), name
        missing = fetch(f"{address}/no/such/page", headers={"Accept": BROWSER})
        assert (missing.status, missing.body) == (404, site["404.html"])


def test_data_put_together_are_the_graph(graph: Graph, site: dict[str, bytes]) -> None:
    """Each format has all the triples of the graph, and beside them only what documents say
    of themselves."""
    told = {quad.triple for quad in graph.store}
    about = re.compile(rf"<{re.escape(BELOW)}(page/|catalog#|ns>|shapes>)")
    folder = graph.folder
    shapes = {quad.triple for path in folder.shape_files() for quad in folder.quads(path)}

    def blank(triple: Triple) -> bool:
        return isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode)

    for suffix, format in READERS.items():
        found: set[Triple] = set()
        for name, data in site.items():
            if (name.startswith("data/") and name.endswith(f".{suffix}")) or name == f"ns.{suffix}":
                store = Store()
                store.load(data, format=format)  # which has literals in the forms of the engine
                found |= {quad.triple for quad in store}
        lacking = {t for t in told - found if not blank(t)}
        assert all(not str(t.subject).startswith(f"<{graph.folder.base}") for t in lacking), lacking
        rest = {t for t in found - told - shapes if not blank(t)}
        assert all(about.match(str(t.subject)) for t in rest), rest


def test_downloads_are_the_exports(graph: Graph, site: dict[str, bytes]) -> None:
    import hashlib

    for suffix in ("ttl", "nt", "nq", "trig", "rdf", "jsonld"):
        assert site[f"download/graph.{suffix}"] == exported(graph, suffix)
    for name, table in downloads.TABLES.items():
        assert site[f"download/{name}"] == exported(graph, "csv", table=table)
    for suffix in ("xlsx", "sqlite"):
        assert site[f"download/graph.{suffix}"] == exported(graph, suffix)
    assert site["download/crosswalk.sssom.tsv"] == exported(graph, "sssom")
    for line in site["download/SHA256SUMS"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(site[f"download/{name}"]).hexdigest() == digest


def test_the_page_has_every_download(site: dict[str, bytes]) -> None:
    text = site["catalog/index.html"].decode()
    for name in downloads.NAMES:
        assert f'/download/{name}">{name}</a>' in text
    assert "a row for each person" in text and "There is no table" not in text


# ---- What changes


def test_what_has_not_changed_is_left_alone(make_folder: MakeFolder, tmp_path: Path) -> None:
    claim = (
        "claim:{} a ag:Claim ; rdf:subject id:{} ; rdf:predicate ag:servedOn ; "
        "rdf:object id:board ; ag:evidence [ oa:hasSource source:s ] .\n"
    )
    things = 'id:{0} a ag:Person ; rdfs:label "Person {0}" .\n'
    head = 'id:board a ag:Unit ; rdfs:label "Board" .\nsource:s a ag:Source ; rdfs:label "S" .\n'
    people = [f"p{n}" for n in range(5)]
    data = head + "".join(things.format(p) + claim.format(p, p) for p in people)
    folder = make_folder({"data/a.ttl": data}, prefixes=True)
    target = tmp_path / "site"
    publish(open_graph(folder), target)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*") if path.is_file()}
    again = publish(open_graph(folder), target)
    assert again.written == again.removed == ()
    assert before == {path: path.stat().st_mtime_ns for path in target.rglob("*") if path.is_file()}

    turtle = folder / "data" / "a.ttl"
    turtle.write_text(turtle.read_text().replace("Person p1", "Another p1"))
    changed = publish(open_graph(folder), target)
    documents = {name for name in changed.written if name.startswith(("page/", "data/"))}
    assert any("p1" in name for name in documents)
    assert not any(re.search(r"/p[0234]\b", name) for name in documents)

    text = turtle.read_text()
    turtle.write_text(text.replace(things.format("p2"), "").replace(claim.format("p2", "p2"), ""))
    gone = publish(open_graph(folder), target)
    assert {"page/p2/index.html", "data/p2.ttl", "page/claim/p2/index.html"} <= {*gone.removed}
    assert not (target / "page" / "p2").exists() and (target / "page" / "p3").exists()


def test_what_is_not_ours_stays(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(WriteError, match=r"did not write, such as thesis\.tex"):
        publish(graph, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_of_git_and_a_name_may_be_there(make_folder: MakeFolder, tmp_path: Path) -> None:
    target = tmp_path / "site"
    (target / ".git").mkdir(parents=True)
    (target / "CNAME").write_text("example.org")
    graph = open_graph(make_folder())
    publish(graph, target)
    publish(graph, target, base=BELOW)
    assert (target / "CNAME").read_text() == "example.org" and (target / ".git").is_dir()


def test_a_run_that_ends_midway_can_be_followed(
    make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = open_graph(
        make_folder({"data/a.ttl": 'id:a a ag:Person ; rdfs:label "A" .'}, prefixes=True)
    )
    real, count = publisher._write_if_changed, iter(range(10**6))

    def full(path: Path, data: bytes) -> bool:
        if next(count) == 20:
            raise OSError(28, "No space left on device", str(path))
        return real(path, data)

    monkeypatch.setattr(publisher, "_write_if_changed", full)
    with pytest.raises(WriteError, match="No space left"):
        publish(graph, tmp_path / "site", jobs=1)
    monkeypatch.setattr(publisher, "_write_if_changed", real)
    publish(graph, tmp_path / "site", jobs=1)
    publish(graph, tmp_path / "other", jobs=1)
    assert files_of(tmp_path / "site") == files_of(tmp_path / "other")


@pytest.fixture
def small(make_folder: MakeFolder) -> Graph:
    """The graph of a folder without data."""
    return open_graph(make_folder())


@pytest.mark.parametrize("line", ["../victim.ttl", "{victim}", "a/../../victim.ttl", "..", "\0"])
def test_lines_of_the_list_that_lead_out_are_refused(
    small: Graph, tmp_path: Path, line: str
) -> None:
    victim, target = tmp_path / "victim.ttl", tmp_path / "site"
    victim.write_text("kept")
    target.mkdir()
    (target / LIST).write_text(f"index.html\n{line.format(victim=victim)}\n")
    with pytest.raises(WriteError, match=r"\.published:2: “.*remove the line"):
        publish(small, target, jobs=1)
    assert victim.read_text() == "kept"
    assert [path.name for path in target.iterdir()] == [LIST]


@pytest.mark.parametrize("kind", ["not UTF-8", "a link", "not to be read"])
def test_a_list_that_cannot_be_read_is_one_error(
    small: Graph, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "site"
    target.mkdir()
    if kind == "a link":
        (tmp_path / "list").write_text("index.html\n")
        (target / LIST).symlink_to(tmp_path / "list")
    else:
        (target / LIST).write_bytes(b"index.html\n\xff\n" if kind == "not UTF-8" else b"")
    if kind == "not to be read":

        def refused(path: Path, *more: object, **options: object) -> object:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(WriteError) as caught:
        publish(small, target, jobs=1)
    assert str(caught.value).startswith((target / LIST).as_posix())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("link", ["about", "index.html", "old/page"])
def test_a_link_in_the_site_is_not_followed(small: Graph, tmp_path: Path, link: str) -> None:
    target, victim = tmp_path / "site", tmp_path / "victim"
    publish(small, target, jobs=1)
    victim.mkdir()
    (victim / "index.html").write_text("kept")
    with (target / LIST).open("a") as listed:
        listed.write("old/page/index.html\n")
    if link == "index.html":
        (target / link).unlink()
        (target / link).symlink_to(victim / "index.html")
        publish(small, target, jobs=1)
        assert not (target / link).is_symlink()
    else:
        if (target / link).exists():
            (target / link).rename(tmp_path / "moved")
        (target / link).parent.mkdir(exist_ok=True)
        (target / link).symlink_to(victim, target_is_directory=True)
        with pytest.raises(
            WriteError, match=f"site/{link}.* is outside of .*site; remove the symbolic link"
        ):
            publish(small, target, jobs=1)
    assert files_of(victim) == {"index.html": b"kept"}


def test_a_site_behind_a_link_is_written(small: Graph, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    publish(small, tmp_path / "link", jobs=1)
    with (tmp_path / "real" / LIST).open("a") as listed:
        listed.write("old/a/index.html\n")
    (tmp_path / "real" / "old" / "a").mkdir(parents=True)
    (tmp_path / "real" / "old" / "a" / "index.html").write_text("old")
    assert publish(small, tmp_path / "link", jobs=1).removed == ("old/a/index.html",)
    assert (tmp_path / "real" / "index.html").is_file()
    assert not (tmp_path / "real" / "old").exists()


def test_a_name_is_one_line_of_the_list(make_folder: MakeFolder, tmp_path: Path) -> None:
    """Also with a character that ends lines for Unicode, but not in this file."""
    victim = tmp_path / "victim.ttl"
    victim.write_text("kept")
    thing = f"<{BASE}id/x\\u2028{victim.with_suffix('').as_posix()}>"
    data = f'{thing} rdfs:label "A" . <{BASE}id/y\\u2028../z> rdfs:label "B" .'
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    publish(graph, tmp_path / "site", jobs=1)
    again = publish(graph, tmp_path / "site", jobs=1)
    assert again.written == again.removed == ()
    assert victim.read_text() == "kept"


@pytest.mark.parametrize(
    "base",
    [
        "example.org",
        "ftp://example.org/",
        'https://e.org/"x',
        "https://e.org/?a",
        "https://e.org/a b",
    ],
)
def test_an_address_that_is_none_is_refused(graph: Graph, tmp_path: Path, base: str) -> None:
    with pytest.raises(ParameterError):
        publish(graph, tmp_path / "site", base=base)
    assert not (tmp_path / "site").exists()


# ---- Hostile and secret


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graph, dict[str, bytes]]:
    """A graph of names and IRIs that nobody means well with, as files."""
    base = "https://example.org/"
    root = tmp_path_factory.mktemp("hostile")
    (root / "data").mkdir()
    (root / "allgraph.toml").write_text(MANIFEST.replace("A test", "A <b>test</b> & more"))
    lines = [
        PREFIXES,
        'source:s a ag:Source ; rdfs:label "Source <i>s</i>" ; '
        "prov:specializationOf <javascript:alert(3)> .\n",
    ]
    people = [f"<{base}id/{name}>" for name in (*NAMES, *HOSTILE)]
    labels = [*HOSTILE.values()] * 4
    for number, person in enumerate(people):
        label = json.dumps(labels[number], ensure_ascii=False)
        lines.append(
            f"{person} a ag:Person ; rdfs:label {label} ; skos:altLabel {label} ; "
            "rdfs:seeAlso <javascript:alert(4)> .\n"
            f"<{base}claim/c{number}> a ag:Claim ; rdf:subject {person} ; "
            f"rdf:predicate ag:hasOccupation ; rdf:object {label} ; ag:note {label} ; "
            "ag:evidence [ oa:hasSource source:s ; "
            f"ag:wording {label} ; ag:note {label} ] .\n"
        )
    (root / "data" / "a.ttl").write_text("".join(lines))
    graph = open_graph(root)
    target = tmp_path_factory.mktemp("site")
    publish(graph, target, base=base)
    return graph, files_of(target)


def test_hostile_names_are_text_in_every_page(hostile: tuple[Graph, dict[str, bytes]]) -> None:
    graph, site = hostile
    plain = {
        tag
        for name, data in site.items()
        if name.startswith("about")
        for tag, _ in Links(data.decode()).tags
    }
    for name, data in site.items():
        if not name.endswith(".html"):
            continue
        page = Links(data.decode())
        tags = {tag for tag, _ in page.tags}
        assert "img" not in tags and "b" not in tags - plain - {"b"}
        assert all(not key.startswith("on") for _, said in page.tags for key in said)
        assert not any(link.lower().startswith(("javascript:", "data:")) for link in page.links)
        scripts = [said for tag, said in page.tags if tag == "script"]
        assert all(s.get("type") in (*DATA, "module") for s in scripts)
    published_site = Site(graph)
    for number, key in enumerate(HOSTILE, len(NAMES)):
        path = published_site.path(f"https://example.org/id/{key}")
        page = Links(site[f"{unquote(path or '')[1:]}/index.html"].decode())
        label = [*HOSTILE.values()][number % len(HOSTILE)]
        assert label in page.text


def test_hostile_iris_have_files_of_their_own(hostile: tuple[Graph, dict[str, bytes]]) -> None:
    _, site = hostile
    seen = set()
    for name in NAMES:
        iri = f"https://example.org/id/{name}"
        path = path_of(iri, "https://example.org/")
        assert path is not None
        assert all(len(part.encode()) <= 255 and part not in ("", ".", "..")
                   for part in unquote(path)[1:].split("/"))  # fmt: skip
        assert f"{unquote(path)[1:]}/index.html" in site
        seen.add(path)
        data = unquote(path_of(iri, "https://example.org/", suffix="nt") or "")[1:]
        assert any(
            quad.subject == NamedNode(iri) for quad in parse(site[data], format=RdfFormat.N_TRIPLES)
        )
    assert len(seen) == len(NAMES)


def test_iris_are_those_that_an_endpoint_would_choose(
    hostile: tuple[Graph, dict[str, bytes]],
) -> None:
    site = Site(hostile[0])
    base = site.graph.folder.base
    for question, iris in (("site-iris", site.iris), ("site-unfit", site.digests.values())):
        rows = site.graph.run(question, base=Literal(base)).rows
        chosen = {str(row["iri"])[1:-1] for row in rows}
        assert {*iris} == chosen if question == "site-iris" else {*iris} <= chosen
    assert site.digests == unfit(sorted(chosen), base)
    assert len(site.digests) > 5


def test_hostile_names_are_in_index_and_downloads_as_they_are(
    hostile: tuple[Graph, dict[str, bytes]],
) -> None:
    _, site = hostile
    entries = [entry for name, data in site.items() if name.startswith("search/words")
               for entry in json.loads(data)["entries"]]  # fmt: skip
    assert HOSTILE["markup"] in {entry[0] for entry in entries}
    store = Store()
    store.load(site["download/graph.ttl"], format=RdfFormat.TURTLE)
    labels = {
        quad.object.value  # type: ignore[union-attr]
        for quad in store.quads_for_pattern(
            None, NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), None
        )
    }
    assert {*HOSTILE.values()} <= labels


@pytest.mark.slow
def test_hostile_iris_answer_live_too(hostile: tuple[Graph, dict[str, bytes]]) -> None:
    graph, site = hostile
    with serving("--base", "https://example.org/", "--quiet", folder=graph.folder.root) as address:
        for name in NAMES:
            path = path_of(f"https://example.org/id/{name}", "https://example.org/")
            live = fetch(f"{address}{path}", headers={"Accept": BROWSER})
            assert (live.status, live.body) == (200, site[f"{unquote(path or '')[1:]}/index.html"])


def test_what_is_sensitive_is_in_no_byte(make_folder: MakeFolder, tmp_path: Path) -> None:
    data = f"""
    id:open a ag:Person ; rdfs:label "Open Person" .
    id:hidden a ag:Person ; rdfs:label "{SECRET}" ; skos:altLabel "Zebulonia" .
    source:s a ag:Source ; rdfs:label "S" .
    source:quuxpaper a ag:Source ; rdfs:label "Quuxpaper" .
    claim:open a ag:Claim ; rdf:subject id:open ; rdf:predicate ag:hasOccupation ;
        rdf:object "model" ; ag:evidence [ oa:hasSource source:s ] .
    claim:zebulon-harm a ag:Claim ; rdf:subject id:hidden ; rdf:predicate ag:hasOccupation ;
        rdf:object "quuxer" ; ag:sensitive true ; ag:evidence [ oa:hasSource source:quuxpaper ] .
    """
    folder = make_folder({"data/a.ttl": data}, prefixes=True)
    marks = re.compile(rb"zebulon|quux|id/hidden|page/hidden", re.IGNORECASE)
    publish(open_graph(folder), tmp_path / "open")
    for name, content in files_of(tmp_path / "open").items():
        assert not marks.search(name.encode()) and not marks.search(content), name
    publish(open_graph(folder, include_sensitive=True), tmp_path / "all")
    site = files_of(tmp_path / "all")
    assert SECRET.encode() in site["page/hidden/index.html"]
    assert b"quuxer" in site["page/claim/zebulon-harm/index.html"]
    assert any(SECRET.encode() in data for name, data in site.items() if name.startswith("search/"))


def test_long_documents_have_pages(make_folder: MakeFolder, tmp_path: Path) -> None:
    claims = "".join(
        f"claim:c{n} a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:hasOccupation ;"
        f' rdf:object "work {n}" ; ag:evidence [ oa:hasSource source:s ] .\n'
        for n in range(450)
    )
    head = 'id:a a ag:Person ; rdfs:label "A" .\nsource:s a ag:Source ; rdfs:label "S" .\n'
    publish(
        open_graph(make_folder({"data/a.ttl": head + claims}, prefixes=True)), tmp_path / "site"
    )
    site = files_of(tmp_path / "site")
    shown = [re.findall(r"work (\d+)<", site[f"page/{below}a/index.html"].decode())
             for below in ("", "pages/2/", "pages/3/")]  # fmt: skip
    assert [len({*some}) for some in shown] == [200, 200, 50]
    assert len({each for some in shown for each in some}) == 450
    assert "page/pages/3/source/s/index.html" in site and "data/pages/2/a.csv" in site


@pytest.mark.parametrize(
    ("page", "pages", "linked"),
    [
        (1, 1, []),
        (2, 3, [1, 2, 3]),
        (1, 1243, [1, 2, 3, 4, 11, 101, 1001, 1243]),
        (620, 1243, [1, 520, 610, 617, 618, 619, 620, 621, 622, 623, 630, 720, 1243]),
    ],
)
def test_pages_of_very_long_documents_link_to_some(
    page: int, pages: int, linked: list[int]
) -> None:
    document = documents.Document((), Prefixes(), NamedNode("x:a"), page, pages)
    assert things._linked_pages(document) == linked


def test_an_endpoint_that_is_not_there_is_an_error(graph: Graph, tmp_path: Path) -> None:
    remote = Graph(graph.folder, Remote("http://127.0.0.1:9/sparql", graph.prefixes))
    with pytest.raises(EngineError, match="is not there"):
        publish(remote, tmp_path / "site")


# ---- Behind real web servers


@pytest.fixture(scope="module", params=["nginx", "apache"])
def host(request: pytest.FixtureRequest, part: Graph) -> Iterator[str]:
    """The address of a web server with the site of a part of the built-in graph, under its root."""

    def write(folder: Path, address: str) -> None:
        publish(part, folder, base=f"{address}/")
        (folder / "site.conf").write_bytes((folder / "nginx.conf").read_bytes())

    with getattr(hosting, request.param)(write) as address:
        yield address


@pytest.mark.slow
@pytest.mark.long
def test_every_iri_negotiates_behind_a_web_server(host: str, part: Graph) -> None:
    published_site = Site(part)
    base = part.folder.base
    accepts = {"browser": BROWSER, "curl": "*/*", "turtle": "text/turtle"}
    for iri in published_site.iris:
        rest = iri.removeprefix(base)
        if rest == "ns":
            continue
        page, data = published_site.path(iri), published_site.path(iri, "ttl")
        for client, accept in accepts.items():
            found = fetch(f"{host}/{quote(rest)}", headers={"Accept": accept})
            expected = data if client == "turtle" else page
            assert (found.status, found.headers["location"].removeprefix(host)) == (
                303,
                expected,
            ), (
                iri,
                client,
            )
            assert "accept" in found.headers["vary"].lower()


@pytest.mark.slow
def test_rdflib_reads_iris_behind_a_web_server(host: str, part: Graph) -> None:
    claim = "claim/letter-launched-respect"
    for rest in ("id/sara-ziff", claim, "source/model-alliance", "ns", "shapes"):
        read = rdflib.Graph().parse(f"{host}/{rest}")
        assert (rdflib.URIRef(part.folder.base + rest), None, None) in read or rest == "shapes"
        assert len(read) > 5


# ---- What a format cannot hold


UNFIT = {
    "a predicate": ('id:a <https://example.org/ns/1> id:b ; rdfs:label "A" .', "id/a"),
    "a character": ('id:a rdfs:label "A\\u0001" ; a ag:Person .', "id/a"),
}


@pytest.mark.parametrize("case", UNFIT)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_document_that_rdf_xml_cannot_hold_lacks_that_file_alone(
    case: str, jobs: int, make_folder: MakeFolder, tmp_path: Path
) -> None:
    turtle, path = UNFIT[case]
    data = f'{turtle} id:b a ag:Person ; rdfs:label "B" .'
    folder = make_folder({"data/a.ttl": data}, prefixes=True)
    done = publish(open_graph(folder), tmp_path / "site", jobs=jobs)
    names = files_of(tmp_path / "site").keys()
    assert f"page/{path[3:]}/index.html" in names and f"data/{path[3:]}.ttl" in names
    assert f"data/{path[3:]}.rdf" not in names
    for name in (f"page/{path[3:]}/index.html", f"data/{path[3:]}.ttl"):
        content = (tmp_path / "site" / name).read_text(encoding="utf-8")
        assert f"{path[3:]}.rdf" not in content and f"{path[3:]}.jsonld" in content
    reasons = [reason for reason in done.left_out if reason.startswith(f"data/{path[3:]}.rdf: ")]
    assert len(reasons) == 1 and "XML" in reasons[0]
    assert done.files == len(names) - 1
    again = run("--graph", str(folder), "publish", str(tmp_path / "site"))
    assert again.returncode == 0
    assert f"allgraph: warning: left out {reasons[0]}\n" in again.stderr


@pytest.mark.parametrize(
    "licence",
    [
        "https://creativecommons.org/",
        "https://creativecommons.org",
        "https://creativecommons.org/licenses",
        "https://creativecommons.org/licenses/",
    ],
)
def test_an_address_that_names_no_licence_is_shown_as_it_is(licence: str) -> None:
    assert licence_name(licence) == licence


@pytest.mark.parametrize(
    ("licence", "name"),
    [
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC BY-SA 4.0"),
        ("https://creativecommons.org/licenses/by", "CC BY"),
    ],
)
def test_a_licence_has_its_short_name(licence: str, name: str) -> None:
    assert licence_name(licence) == name


def test_a_base_that_is_no_address_is_named(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder(manifest=MANIFEST.replace(BASE, "https://x.org/a?b/"))
    with pytest.raises(ParameterError, match=r"^“https://x\.org/a\?b/” is no address of a site"):
        publish(open_graph(folder), tmp_path / "site")


def test_a_sentence_that_does_not_name_an_event_leads_to_it(site: dict[str, bytes]) -> None:
    body, person, event = (
        f'<a href="/kg/page/{name}">'
        for name in ("model-alliance", "sara-ziff", "founding-of-the-model-alliance")
    )
    page = site["page/model-alliance/index.html"].decode()
    sentence = f"{body}<bdi>The Model Alliance</bdi></a> {event}<bdi>was founded</bdi></a> <span"
    assert page.count(sentence) == 2  # of two claims each is the rival of the other
    assert page.count(f'<span class="end">{event}<bdi>The founding of the Model Alliance') == 2
    assert "<h4><bdi>Was founded</bdi></h4>" in page and "<h4><bdi>Was launched</bdi></h4>" in page
    page = site["page/sara-ziff/index.html"].decode()
    assert "<h4><bdi>Founded</bdi></h4>" in page
    assert f'<span class="end">{event}<bdi>The Model Alliance</bdi></a>' in page
    page = site["page/founding-of-the-model-alliance/index.html"].decode()
    assert f'<span class="end">{person}<bdi>Sara Ziff</bdi></a>' in page


def test_pages_say_as_of_which_day_a_state_is_known(site: dict[str, bytes]) -> None:
    page = site["page/model-alliance/index.html"].decode()
    assert '501(c)(3)</bdi></span>\n<span class="date">as of May 2018</span>' in page
    assert '<span class="date">in May 2018</span>' in page
    petition = site["page/model-alliance-petition/index.html"].decode()
    assert '<span class="date">on 10 September 2021</span>' in petition
