"""Exports of graphs that do not fit: little memory, a store on disk, an endpoint that cuts."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Dataset, Literal, NamedNode, Quad, RdfFormat, parse, serialize

import allgraph
from allgraph import sorting
from allgraph.errors import EngineError, WriteError
from allgraph.exports import export as exports
from allgraph.exports.export import export, exported
from allgraph.exports.verbatim import kept
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, download, open_graph
from allgraph.graph.opening import on_disk
from allgraph.rdf.terms import RDF, XSD, ag
from allgraph.sparql.answer import Answer
from tests.conftest import MakeFolder
from tests.exports.test_export import (
    CLAIM,
    FORMATS,
    FORMS,
    ODD,
    SAFE,
    data_of,
    datasets,
    graph_of,
    literals,
    same,
)  # fmt: skip

ALL = (*FORMATS, "graphml", "gexf", "parquet")


@pytest.fixture
def cramped(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sorters that have hardly any memory, until this is undone."""
    monkeypatch.setattr(
        sorting.Sorter.__init__, "__kwdefaults__", {"memory": 5000, "distinct": False}
    )
    return monkeypatch


@pytest.mark.parametrize("format", ALL)
def test_little_memory_gives_the_same_bytes(
    graph: Graph, tmp_path: Path, cramped: pytest.MonkeyPatch, format: str
) -> None:
    export(graph, tmp_path / "out", format=format)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    data = (tmp_path / "out").read_bytes()
    cramped.undo()
    assert data == exported(graph, format)


@pytest.mark.slow
def test_a_graph_on_disk_gives_the_same_bytes(make_folder: MakeFolder, tmp_path: Path) -> None:
    text = "".join(CLAIM.format(name=f"c{i}", value=f'"0{i}"^^xsd:int') for i in range(9))
    root = make_folder({"data/a.ttl": text + "id:a id:p _:b . id:b id:p _:b ."}, prefixes=True)
    here = open_graph(root)
    there = on_disk(here.folder, build(here.folder, at=tmp_path / "place").snapshot)
    for format in FORMATS:
        assert exported(there, format) == exported(here, format)
    assert exported(there, "nq", derived=True) == exported(here, "nq", derived=True)


@given(
    literals(st.text(SAFE, max_size=20) | ODD)
    | FORMS.map(lambda f: Literal(f[0], datatype=NamedNode(XSD + f[1])))
)
def test_a_literal_is_known_as_the_engine_has_it(literal: Literal) -> None:
    from allgraph.exports.verbatim import _normal

    written = f"<urn:a> <urn:b> {literal} .".encode()
    assert _normal(written) == b"<urn:a> <urn:b> %s ." % kept(str(literal).encode())


# ---- Many blank nodes -------------------------------------------------------


@given(quads=datasets(st.text(SAFE, max_size=20)))
@settings(max_examples=30)
def test_labels_of_files_say_the_same(
    quads: list[Quad], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES)
    graph = graph_of(tmp_path_factory.mktemp("many"), text or b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exports, "MOST_BLANK", -1)
        data = exported(graph, "nt")
    lines = data.splitlines()
    assert lines == sorted(set(lines))
    assert same(Dataset(parse(data, format=RdfFormat.N_TRIPLES)), data_of(graph))


def test_many_blank_nodes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    graph = open_graph(include_sensitive=True)
    monkeypatch.setattr(exports, "MOST_BLANK", 10)
    data = exported(graph, "nt", progress=told.append)
    assert any("keep the labels of their files" in each for each in told)
    assert not re.search(rb"_:c14n", data)
    assert same(Dataset(parse(data, format=RdfFormat.N_TRIPLES)), data_of(graph))


# ---- Derived ----------------------------------------------------------------


def test_derived_triples_have_the_names_that_questions_see(graph: Graph) -> None:
    data = exported(graph, "nt", derived=True)
    assert b"_:" not in data
    for claim in allgraph.claims(graph, about="Karen Elson"):
        assert all(f"<{each.iri}> ".encode() in data for each in claim.evidence)


# ---- Endpoints --------------------------------------------------------------


def without_rivals(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines() if b"conflictsWith" not in line]


@pytest.mark.slow
@pytest.mark.parametrize("format", ["nquads", "trig", "jsonl", "graphml"])
def test_an_endpoint_gives_what_the_folder_gives(
    graph: Graph, endpoint: str, tmp_path: Path, format: str
) -> None:
    there = open_graph(endpoint=endpoint)
    export(there, tmp_path / "out", format=format)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert without_rivals((tmp_path / "out").read_bytes()) == without_rivals(
        exported(graph, format)
    )


class Cutting(Graph):
    """A graph whose answers to some questions have no more rows than these."""

    most = 10_000
    cut = ("page", "blank")

    @property
    def is_remote(self) -> bool:
        return True

    def run(self, question: str, **values: object) -> Answer:
        found = super().run(question, **values)  # type: ignore[arg-type]
        rows = found.rows[: self.most] if question in self.cut else found.rows
        return Answer(found.columns, rows, prefixes=found.prefixes)


@pytest.fixture
def cutting(make_folder: MakeFolder) -> Cutting:
    """What an endpoint holds, all in one graph, that loaded what an export wrote."""
    text = "".join(CLAIM.format(name=f"c{i}", value=f"id:b{i % 5}") for i in range(60))
    text = text.replace('"007"^^xsd:integer', "7")  # which the endpoint would write like this
    root = make_folder({"data/a.ttl": text + "id:a id:p _:x . id:b id:p _:x ."}, prefixes=True)
    graph = open_graph(root)
    quads = parse(exported(graph, "nt", derived=True), format=RdfFormat.N_TRIPLES)
    graph.store.clear()
    graph.store.extend(quads)
    return Cutting(graph.folder, graph.engine)


@pytest.mark.parametrize("most", [7, 100])
@pytest.mark.parametrize("format", FORMATS)
def test_an_endpoint_that_cuts_gives_all(cutting: Cutting, most: int, format: str) -> None:
    object.__setattr__(cutting, "most", most)
    assert exported(cutting, format) == exported(open_graph(cutting.folder.root), format)


def test_what_an_endpoint_keeps_back_is_an_error(cutting: Cutting, tmp_path: Path) -> None:
    object.__setattr__(cutting, "most", 1)
    with pytest.raises(EngineError, match=r"gave 1 of its 2 triples; it may cut its answers"):
        export(cutting, tmp_path / "out.nt")
    object.__setattr__(cutting, "most", 0)
    object.__setattr__(cutting, "cut", ("page",))
    with pytest.raises(EngineError, match=r"gave 0 of its [\d,]+ triples of the predicate http"):
        export(cutting, tmp_path / "out.nt")
    assert not [*tmp_path.glob("*out*"), *tmp_path.glob(".allgraph-*")]


def test_too_many_blank_nodes_of_an_endpoint_are_refused(
    cutting: Cutting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MOST_BLANK", 1)
    with pytest.raises(EngineError, match=r"holds 2 triples with a blank node, and 1 are the most"):
        exported(cutting)


def test_a_full_disk_is_one_error(cutting: Cutting, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **more: object) -> Iterator[str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    with pytest.raises(WriteError, match="for the download from the endpoint: No space left"):
        exported(cutting)


def test_blank_nodes_of_an_endpoint_get_the_names_that_the_folder_gives(
    make_folder: MakeFolder,
) -> None:
    text = CLAIM.format(name="c", value="[ id:q 1 ]").replace('"007"^^xsd:integer', "7")
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    wanted = exported(graph)
    held = {str(quad.triple) for quad in graph.store}
    lines = exported(graph, "nt").splitlines()  # with blank nodes
    direct = next(q for q in graph.store if str(q.predicate).endswith("/id/p>"))
    source = next(q for q in graph.store if q.predicate == ag("source"))
    node = next(line.split()[2] for line in lines if f"{RDF}object".encode() in line)
    lines.append(f"{direct.subject} {direct.predicate} {node.decode()} .".encode())
    lines.append(f"{source.triple} .".encode())
    ontology = exported(graph, "nt", derived=True)
    some = [line for line in ontology.splitlines() if b"allgraph/ns#" in line.split()[0]]
    graph.store.clear()
    graph.store.extend(parse(b"\n".join([*lines, *some]), format=RdfFormat.N_TRIPLES))
    there = Cutting(graph.folder, graph.engine)
    with download.local(there) as local:
        names = {str(quad.triple) for quad in local.store if "example.org" in str(quad.subject)}
    assert names <= held
    assert exported(there) == wanted
