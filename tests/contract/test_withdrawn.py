"""Withdrawn claims: nowhere by default, on their own pages, and back where they are asked for.

A folder with withdrawn claims answers as the same folder without them; with `withdrawn`, as the
same folder in which nobody withdrew them. That is so in memory, in a snapshot and on a site.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from allgraph.errors import EngineError, InputError
from allgraph.exports.export import exported
from allgraph.exports.rdflib_graph import to_rdflib
from allgraph.folder import builtin
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims, every, named, supported_by
from allgraph.graph.timeline import as_of, timeline
from allgraph.linkeddata import dataset, documents, profiles
from allgraph.network import centrality, neighbourhood, paths, shared
from allgraph.site.publisher import publish
from allgraph.validation.validate import validate
from tests.conftest import MakeFolder
from tests.support.commands import run
from tests.support.endpoints import holding
from tests.support.serving import fetch, serving
from tests.support.tools import LONG

BASE = "https://w3id.org/allgraph/"
WITHDRAWN = (f"{BASE}claim/w-0", f"{BASE}claim/w-1", f"{BASE}claim/w-2", f"{BASE}claim/w-about")
DAY, WHY = "2026-11-20", "The record is gone, said <b>they</b>."
PREFIXES = "".join(
    f"@prefix {name}: <{space}> .\n"
    for name, space in {
        "ag": f"{BASE}ns#",
        "claim": f"{BASE}claim/",
        "id": f"{BASE}id/",
        "oa": "http://www.w3.org/ns/oa#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "source": f"{BASE}source/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }.items()
)
MARK = (
    f'ag:withdrawn "{DAY}"^^xsd:date ; ag:withdrawnBecause "{WHY}" ; '
    "ag:withdrawnBy source:model-alliance ;"
)
MORE = """
claim:w-2 a ag:Claim ; {mark}
    rdf:subject id:model-alliance ; rdf:predicate ag:hasAddress ; rdf:object id:w-address ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:model-alliance ] .
id:w-address a ag:PostalAddress ; rdfs:label "1 Zebulon Street" .
claim:w-about a ag:Claim ;
    rdf:subject id:model-alliance ; rdf:predicate ag:announced ; rdf:object claim:w-0 ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:model-alliance ] .
claim:w-1 ag:conflictsWith claim:founding-2011 .
claim:founding-2012 ag:conflictsWith claim:w-1 .
"""
REST = (
    "child-model-law.ttl", "fashion-workers-act.ttl", "legislatures.ttl", "office-holders.ttl",
    "other-laws.ttl", "study.ttl",
)  # fmt: skip
"""Files of data of which the suite makes no pages."""
ROUTES = ("Coco Rocha", "Model Alliance"), ("Sara Ziff", "RESPECT Program")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of the built-in data, with more claims: none, withdrawn ones, the same not withdrawn.

    Two of them say what random claims say, of the network and of a date; one has an address that no
    other claim has, and one is about a withdrawn claim.
    """
    chosen = random.Random(2).sample([c for c in every(open_graph()) if "/id/" in str(c.object)], 2)
    more = "".join(
        f"claim:w-{number} a ag:Claim ; {{mark}}\n    rdf:subject {claim.subject} ; "
        f"rdf:predicate <{claim.predicate}> ; rdf:object {claim.object} ;\n    ag:evidence "
        "[ a oa:ResourceSelection ; oa:hasSource source:model-alliance ; ag:section "
        f'"{number}" ] .\n'
        for number, claim in enumerate(chosen)
    )
    made = {}
    for name, mark in (("without", None), ("with", MARK), ("live", "")):
        root = tmp_path_factory.mktemp("withdrawn") / "graph"
        for part in ("data", "ontology", "queries"):
            shutil.copytree(builtin().root / part, root / part)
        shutil.copy(builtin().root / "allgraph.toml", root)
        if mark is not None:
            text = PREFIXES + (more + MORE).replace("{mark}", mark)
            (root / "data" / "withdrawn.ttl").write_text(text)
        made[name] = root
    build(made["with"])
    return made


@pytest.fixture(scope="module")
def without(folders: dict[str, Path]) -> Graph:
    return open_graph(folders["without"])


@pytest.fixture(scope="module", params=["memory", "snapshot"])
def withdrawn(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Graph:
    """The graph with withdrawn claims, in memory or in a snapshot, as it is opened by default."""
    graph = open_graph(folders["with"], in_memory=0 if request.param == "snapshot" else 10**9)
    assert graph.is_on_disk is (request.param == "snapshot")
    return graph if graph.is_on_disk else replace(graph, snapshot=None)


def answers(graph: Graph) -> Iterator[tuple[str, Any]]:
    """The tested examples of all questions, answered; rows without the mark of withdrawn ones."""
    for query in graph.queries.values():
        for example in query.examples:
            answer = graph.ask(query.name, **example)
            rows = [{k: v for k, v in row.items() if k != "withdrawn"} for row in answer.rows]
            yield f"{query.name} {example}", (rows, answer.triples)


def looks(graph: Graph) -> dict[str, Any]:
    """What a graph says, in many ways."""
    thing = graph.resolve("Model Alliance")
    source = NamedNode(f"{BASE}source/model-alliance")
    looks: dict[str, Callable[[], Any]] = {
        "claims": lambda: [replace(c, withdrawal=None) for c in every(graph)],
        "about": lambda: [c.iri for c in claims(graph, about=thing)],
        "source": lambda: [c.iri for c in supported_by(graph, source)],
        "named": lambda: [c.iri for c in named(graph, map(NamedNode, WITHDRAWN))],
        "columns": lambda: [*graph.columns.claims],
        "nodes": lambda: [*graph.columns.nodes],
        "topics": lambda: [*graph.topics.claims(source)],
        "answers": lambda: dict(answers(graph)),
        "counts": lambda: graph.run("counts").rows,
        "gaps": lambda: graph.run("site-gaps").rows,
        "paths": lambda: [
            [[step.claim.iri for step in path.steps] for path in paths.paths(graph, a, b)]
            for a, b in ROUTES
        ],
        "between": lambda: [shared.between(graph, *route).as_dict() for route in ROUTES],
        "around": lambda: [
            near.thing.iri for near in neighbourhood.neighbourhood(graph, thing, hops=2).neighbours
        ],
        "rank": lambda: centrality.rank(graph, limit=50).as_dict(),
        "timeline": lambda: [e.claims[0].iri for e in timeline(graph)],
        "day": lambda: [c.iri for c in every(as_of(graph, "2014-01-01", possible=True))],
        "found": lambda: [thing.iri for word in ("zebulon", "claim", "coco") for thing in
                          graph.find(word)],
        "size": lambda: len(graph.queried),
        "rdflib": lambda: len(to_rdflib(graph)),
    }  # fmt: skip
    return {name: look() for name, look in looks.items()}


def triples(graph: Graph) -> set[tuple[str, ...]]:
    """All that SPARQL sees in the default graph."""
    rows = graph.sparql("SELECT * { ?s ?p ?o }").rows
    return {tuple(str(row[part]) for part in "spo") for row in rows}


def test_by_default_a_graph_answers_as_without_withdrawn_claims(
    without: Graph, withdrawn: Graph
) -> None:
    seen = looks(withdrawn)
    for name, expected in looks(without).items():
        assert seen[name] == expected, name
    assert triples(withdrawn) == triples(without)
    assert not withdrawn.sparql("SELECT * { GRAPH ?g { ?s ?p ?o } }").rows
    for name in ("ag:withdrawnClaims", "ag:withdrawnDerived"):
        assert not withdrawn.sparql(f"ASK FROM {name} {{ ?s ?p ?o }}").value
        asked = f"ASK FROM NAMED {name} {{ GRAPH ?g {{ ?s ?p ?o }} }}"
        assert not withdrawn.sparql(asked).value


@pytest.mark.parametrize("format", ["ttl", "nt", "nq", "trig", "rdf", "jsonld", "csv", "jsonl",
                                    "graphml", "gexf"])  # fmt: skip
def test_by_default_exports_have_no_withdrawn_claim(
    without: Graph, withdrawn: Graph, format: str
) -> None:
    assert exported(withdrawn, format) == exported(without, format)
    if format in ("nq", "ttl"):
        derived = exported(withdrawn, format, derived=True)
        assert derived == exported(without, format, derived=True)


def test_by_default_documents_and_descriptions_have_no_withdrawn_claim(
    without: Graph, withdrawn: Graph
) -> None:
    for iri in (f"{BASE}id/model-alliance", f"{BASE}source/model-alliance",
                f"{BASE}claim/founding-2011"):  # fmt: skip
        documents_of = [documents.about(graph, iri).write("nt") for graph in (withdrawn, without)]
        assert documents_of[0] == documents_of[1], iri
    assert {*map(str, dataset.void(withdrawn))} == {*map(str, dataset.void(without))}


def test_with_withdrawn_claims_a_graph_answers_as_if_nobody_withdrew_them(
    folders: dict[str, Path], withdrawn: Graph
) -> None:
    live, included = open_graph(folders["live"]), withdrawn.including_withdrawn
    seen = looks(included)
    for name, expected in looks(live).items():
        if name not in ("size", "rdflib"):  # which count the marks, and no direct triples
            assert seen[name] == expected, name
    marks = {c.iri: c.withdrawal for c in every(included) if c.withdrawal}
    assert {*marks} == {*WITHDRAWN}
    source = included.thing(NamedNode(f"{BASE}source/model-alliance")).name
    assert str(marks[WITHDRAWN[0]]) == f"Withdrawn on {DAY} by {source}: {WHY}"
    assert "about a withdrawn claim" in str(marks[WITHDRAWN[3]])
    more = triples(live) - triples(included)  # withdrawn claims give no direct triples
    stated = {(str(c.subject), f"<{c.predicate}>", str(c.object)) for c in named(
        live, map(NamedNode, WITHDRAWN))}  # fmt: skip
    assert more <= stated
    marked = {p.rpartition("#")[2].rstrip(">") for _, p, _ in triples(included) - triples(live)}
    assert marked == {"withdrawn", "withdrawnBy", "withdrawnBecause"}


def test_with_withdrawn_claims_exports_are_those_of_the_files(
    folders: dict[str, Path], withdrawn: Graph
) -> None:
    included = withdrawn.including_withdrawn
    live = {*parse(exported(open_graph(folders["live"]), "nt"), RdfFormat.N_TRIPLES)}
    with_marks = {*parse(exported(included, "nt"), RdfFormat.N_TRIPLES)}
    assert {_subject(quad) for quad in with_marks - live} >= {*WITHDRAWN[:3]}
    assert len(with_marks) == len(live) + 9  # three marks on each of three claims
    rows = exported(included, "csv").decode().splitlines()
    assert sum(DAY in row for row in rows) == 4
    assert f'"withdrawn": "{DAY}"' in exported(included, "jsonl").decode()


def _subject(quad: Quad) -> str:
    return quad.subject.value if isinstance(quad.subject, NamedNode) else ""


def test_rows_that_cite_a_withdrawn_claim_are_marked(withdrawn: Graph) -> None:
    answer = withdrawn.including_withdrawn.ask("single-source")
    marks = {row["claim"].value: row["withdrawn"] for row in answer.rows}  # type: ignore[union-attr]
    assert answer.columns[-1] == "withdrawn"
    assert {claim for claim, mark in marks.items() if mark} == {*WITHDRAWN}
    assert marks[WITHDRAWN[0]].value == DAY  # type: ignore[union-attr]
    assert "withdrawn" not in withdrawn.ask("single-source").columns


def test_a_withdrawn_claim_has_its_document(withdrawn: Graph) -> None:
    for iri in WITHDRAWN:
        document = documents.about(withdrawn, iri)
        text = document.write("turtle").decode()
        assert document.topic.value == iri and "ag:evidence" in text
        if iri != WITHDRAWN[3]:
            assert f'ag:withdrawn "{DAY}"^^xsd:date' in text and WHY in text
    [claim] = named(withdrawn.showing(NamedNode(WITHDRAWN[0])), [NamedNode(WITHDRAWN[0])])
    part = claim.evidence[0].iri
    assert documents.about(withdrawn, part).topic.value == WITHDRAWN[0]
    assert withdrawn.resolve("claim:w-0").value == WITHDRAWN[0]
    assert [d.topic.value for d in documents.several(withdrawn, [
        WITHDRAWN[1], f"{BASE}id/coco-rocha", WITHDRAWN[0]])] == [
        WITHDRAWN[1], f"{BASE}id/coco-rocha", WITHDRAWN[0]]  # fmt: skip
    own = documents.about(withdrawn, WITHDRAWN[2]).write("nt").decode()
    assert f"<{BASE}ns#hasAddress> <{BASE}id/w-address> ." not in own  # no direct triple
    assert profiles.profiled(withdrawn, "claim:w-0", "full").topic.value == WITHDRAWN[0]
    shown = withdrawn.showing(NamedNode(f"{BASE}id/coco-rocha"))
    assert shown is withdrawn


def test_withdrawn_claims_keep_no_other_from_being_stated(folders: dict[str, Path]) -> None:
    report = validate(open_graph(folders["with"]))
    assert not [f for f in report.findings if f.shape == "same-identity"]
    report = validate(open_graph(folders["live"]))
    assert [f for f in report.findings if f.shape == "same-identity"]


def test_a_view_of_a_day_has_withdrawn_claims_only_where_asked(withdrawn: Graph) -> None:
    day, claim = "2014-01-01", NamedNode(WITHDRAWN[0])
    view = as_of(withdrawn, day, possible=True)
    asked = "ASK { claim:w-0 a ag:Claim }"
    assert not view.sparql(asked).value and not named(view, [claim])
    included = as_of(withdrawn.including_withdrawn, day, possible=True)
    assert bool(included.sparql(asked).value) == bool(named(included, [claim]))
    assert [c.iri for c in every(view.including_withdrawn)] == [c.iri for c in every(included)]


def test_named_graphs_have_no_withdrawn_claim(make_folder: MakeFolder) -> None:
    claim = (
        "claim:{0} a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:knows ; rdf:object id:{0} ; {1}"
        " ag:evidence [ oa:hasSource source:s ] ."
    )
    text = PREFIXES + (
        f"<http://g/1> {{ {claim.format('x', MARK)} {claim.format('y', '')} }} "
        f"<http://g/2> {{ claim:x rdfs:label 'Zebulon' . id:x a ag:Person ; rdfs:label 'X' }}"
    )
    claim_x = f"{BASE}claim/x"
    for in_memory in (10**9, 0):
        root = make_folder({"data/a.trig": text}, name=f"graph-{in_memory}")
        if not in_memory:
            build(root)
        graph = open_graph(root, in_memory=in_memory)
        asked = "SELECT ?g ?s { GRAPH ?g { ?s ?p ?o } }"
        seen = {(row["g"].value, row["s"].value) for row in graph.sparql(asked).rows}  # type: ignore[union-attr]
        assert ("http://g/2", f"{BASE}id/x") in seen and ("http://g/1", f"{BASE}claim/y") in seen
        assert not [s for _, s in seen if "claim/x" in s]
        assert not graph.sparql(f"ASK FROM <http://g/1> {{ <{claim_x}> ?p ?o }}").value
        assert graph.including_withdrawn.sparql(f"ASK {{ <{claim_x}> rdfs:label 'Zebulon' }}").value
        assert not graph.find("zebulon") and graph.find("x")
        trig = exported(graph, "trig").decode()
        assert f"{BASE}claim/y" in trig and claim_x not in trig
        assert claim_x in exported(graph.including_withdrawn, "trig").decode()


# ---- Sites, servers, endpoints and commands


CURSOR = re.compile(rb"cursor=[^&\"]*")
"""A place in an answer, with a digest of all that the graph has."""


@pytest.mark.long
def test_a_site_has_pages_of_withdrawn_claims_and_names_them_nowhere_else(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    sites = {}
    skipped = shutil.ignore_patterns(*(() if LONG else REST), ".allgraph")
    for name in ("without", "with"):
        part = shutil.copytree(folders[name], tmp_path / "part" / name, ignore=skipped)
        if not LONG:  # the stories of the manifest are of the whole
            manifest = part / "allgraph.toml"
            manifest.write_text(manifest.read_text().partition("stories = ")[0])
        publish(open_graph(part), tmp_path / name, jobs=1)
        files = (path for path in (tmp_path / name).rglob("*") if path.is_file())
        sites[name] = {
            str(path.relative_to(tmp_path / name)): CURSOR.sub(b"", path.read_bytes())
            for path in files
        }
    own = sites["with"].keys() - sites["without"].keys()
    assert len(own) == 4 * 6 and all("/claim/w-" in name for name in own)
    assert sites["without"].keys() <= sites["with"].keys()
    changed = {name for name in sites["without"] if sites["without"][name] != sites["with"][name]}
    assert changed == {".published"}
    page = sites["with"]["page/claim/w-0/index.html"].decode()
    assert f"withdrawn on {DAY}" in page and "The record is gone, said &lt;b&gt;they" in page


def test_a_server_answers_as_the_graph(folders: dict[str, Path]) -> None:
    with serving(folder=folders["with"]) as address:
        reply = fetch(f"{address}/claim/w-0", headers={"Accept": "text/turtle"})
        assert reply.status == 303
        for path in ("/page/claim/w-0", "/data/claim/w-0.ttl", "/show?thing=claim:w-0"):
            page = fetch(address + path, headers={"Accept": "text/html"})
            assert page.status == 200 and DAY in page.text, path
        for path in ("/find?q=zebulon", "/show?thing=id:model-alliance", "/ask/single-source",
                     "/download/graph.nt", "/download/all.nq.gz", "/timeline"):  # fmt: skip
            assert "claim/w-" not in _text(address + path), path
        for path in ("/ask/single-source", "/show?thing=id:model-alliance", "/timeline"):
            mark = "&" if "?" in path else "?"
            asked = _text(f"{address}{path}{mark}withdrawn=true")
            other = _text(f"{address}{path}{mark}withdrawn=false")
            assert re.search("claim[:/]w-2", asked) and DAY in asked, path
            assert not re.search("claim[:/]w-2", other), path
        query = "/sparql?query=ASK%20%7Bclaim:w-0%20a%20ag:Claim%7D&format=json"
        seen = [json.loads(_text(address + query + more))["boolean"] for more in (
            "", "&withdrawn=true", "&withdrawn=0", "&withdrawn")]  # fmt: skip
        assert seen == [False, True, False, True]
        pages = [fetch(f"{address}/ask/single-source?withdrawn=true&format=html").text]
        while match := re.search('href="([^"]+)" rel="next"', pages[-1]):
            pages.append(fetch(address + unescape(match[1])).text)
        html = "".join(pages)
        assert f"withdrawn on {DAY}" in html


def _text(url: str) -> str:
    reply = fetch(url, headers={"Accept": "application/json, */*;q=0.1"})
    assert reply.status == 200, reply.text
    return reply.body.decode(errors="replace")


def test_an_endpoint_with_withdrawn_claims_is_refused_unless_they_are_wanted(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    graph = open_graph(folders["with"], withdrawn=True, in_memory=10**9)
    data = parse(exported(graph, "nt", derived=True), RdfFormat.N_TRIPLES)
    with holding(data) as endpoint:
        with pytest.raises(EngineError, match=r"withdrawn claims.*open it with `withdrawn`"):
            open_graph(folders["with"], endpoint=endpoint.url)
        remote = open_graph(folders["with"], endpoint=endpoint.url, withdrawn=True)
        [claim] = named(remote, [NamedNode(WITHDRAWN[0])])
        assert (
            claim.withdrawal is not None and claim.withdrawal.day == DAY and claim.withdrawal.name
        )
    data = parse(exported(open_graph(folders["with"]), "nt", derived=True), RdfFormat.N_TRIPLES)
    with holding(data) as endpoint:
        remote = open_graph(folders["with"], endpoint=endpoint.url)
        with pytest.raises(InputError, match="only a folder has withdrawn claims"):
            remote.including_withdrawn  # noqa: B018


def test_commands_include_withdrawn_claims_where_asked(folders: dict[str, Path]) -> None:
    def said(*arguments: str) -> str:
        ended = run("--graph", str(folders["with"]), *arguments)
        return ended.stdout + ended.stderr

    assert "claim/w-2" not in said("ask", "single-source", "-f", "csv")
    rows = said("--withdrawn", "ask", "single-source", "-f", "csv").splitlines()
    assert sum("claim/w-" in row and row.endswith(DAY) for row in rows) == 4
    assert f"Withdrawn on {DAY}" in said("show", "claim:w-0")
    assert f"Withdrawn on {DAY}" in said("--withdrawn", "show", "id:model-alliance")
    assert "(withdrawn)" in said("--withdrawn", "timeline")
    assert rows == said("ask", "single-source", "-f", "csv", "--withdrawn").splitlines()
    for command in (("build",), ("serve",), ("publish", "nowhere"), ("push", "-e", "http://x/")):
        assert "--withdrawn is for commands that answer" in said("--withdrawn", *command)
    assert "allgraph --withdrawn sparql" in said("find", "claim:w-0")
