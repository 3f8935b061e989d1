"""Snapshots: they answer as the files do, are whole at any moment, and never silently wrong."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from bench.generated import generate
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse, serialize

from allgraph.cli import cli
from allgraph.errors import AllgraphError, EngineError, LoadError, WriteError
from allgraph.folder import Folder, builtin, init_folder, loading, open_folder
from allgraph.folder.snapshot import columns, load, manifest
from allgraph.folder.snapshot.build import build
from allgraph.folder.snapshot.chunks import Scattered, named_at_once, named_pieces
from allgraph.folder.snapshot.digest import DatasetDigest
from allgraph.folder.snapshot.directory import Directory
from allgraph.folder.snapshot.files import (
    BLOCK,
    CheckedFile,
    read_array,
    read_texts,
    write_array,
    write_texts,
)
from allgraph.folder.snapshot.verify import check
from allgraph.graph import Graph, open_graph
from allgraph.graph.opening import on_disk
from allgraph.model import skolem
from allgraph.model.columns import Columns
from allgraph.model.facts import LABEL, Facts
from allgraph.network.paths import paths
from allgraph.rdf import files, ntriples
from allgraph.rdf.canonical import canonical
from allgraph.rdf.terms import AG, DERIVED
from allgraph.rdf.terms import text as term_text
from allgraph.server.settings import Settings
from allgraph.server.state import load as load_served
from allgraph.site.publisher import publish
from allgraph.sparql.embedded import OnDisk
from tests.conftest import BASE, MANIFEST, PREFIXES, MakeFolder
from tests.support.naming import named_quads
from tests.support.oracle import World, worlds
from tests.support.tools import LONG, share, tenth
from tests.support.waiting import PATIENCE

CLAIM = """claim:c a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:servedOn ;
  rdf:object id:board ; ag:when "2012" ;
  ag:evidence [ oa:hasSource source:s ; oa:hasSelector [ oa:start 1 ] ] .
id:ann a ag:Person ; rdfs:label "Ann Örtli" . id:board a ag:Unit ; rdfs:label "The Board" .
source:s a ag:Source ; rdfs:label "A source" ; ag:read "2020-01-01" .
"""
SECRET = """claim:secret a ag:Claim ; ag:sensitive true ; rdf:subject id:hidden ;
  rdf:predicate ag:servedOn ; rdf:object id:board ; ag:evidence [ oa:hasSource source:s ] .
id:hidden a ag:Person ; rdfs:label "Hidden Name" .
"""


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graph, Graph]:
    """The built-in graph in memory, and from a snapshot."""
    at = tmp_path_factory.mktemp("built-in")
    return open_graph(), on_disk(builtin(), build(builtin(), at=at).snapshot)


def load_file(store: Store, folder: Folder, path: Path) -> None:
    """Load a file into a store, and drop what else is made of it."""
    load.load(store, Facts(), DatasetDigest(path.parent), folder, [path], lambda _: None)


def same(one: Columns, other: Columns) -> None:
    """Nothing that columns hold differs."""
    for field in dataclasses.fields(Columns):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, field.name
            assert np.array_equal(a, b), field.name
        elif field.name in ("claims", "nodes", "names"):
            assert [*a] == [*b], field.name
        else:
            assert a == b or [*a] == [*b], field.name
    for name in ("first", "head", "tie", "ties"):
        assert np.array_equal(getattr(one.network, name), getattr(other.network, name))


def test_it_holds_what_the_files_say(built_in: tuple[Graph, Graph]) -> None:
    memory, disk = built_in
    assert {*map(str, disk.store)} == {*map(str, memory.store)}
    same(memory.columns, disk.columns)
    assert len(memory.name_index) == len(disk.name_index)
    assert memory.name_index.holding(["e"], 10**6) == disk.name_index.holding(["e"], 10**6)
    assert len(disk.columns) == disk.snapshot.manifest.claims if disk.snapshot else False


@pytest.mark.long
@given(worlds())
@settings(max_examples=share(12))
def test_any_graph_is_the_same_from_disk(
    tmp_path_factory: pytest.TempPathFactory, world: World
) -> None:
    root = tmp_path_factory.mktemp("world")
    (root / "data").mkdir()
    (root / "allgraph.toml").write_text(MANIFEST)
    (root / "data" / "a.ttl").write_text(PREFIXES + world.turtle())
    memory, disk = open_graph(root), on_disk(open_folder(root), build(open_folder(root)).snapshot)
    assert {*map(str, disk.store)} == {*map(str, memory.store)}
    same(memory.columns, disk.columns)
    shutil.rmtree(root)


def test_every_question_gives_the_same_rows(built_in: tuple[Graph, Graph]) -> None:
    memory, disk = built_in
    for name, query in memory.queries.items():
        for one in query.examples:
            bound = query.bind(query.values(one, memory.resolve))
            assert disk.sparql(bound).rows == memory.sparql(bound).rows, name
    asked = ("Coco Rocha", "Andrew Cuomo")
    assert [*map(str, paths(disk, *asked))] == [*map(str, paths(memory, *asked))]


def test_a_wrong_name_has_the_same_hints(built_in: tuple[Graph, Graph]) -> None:
    said = []
    for graph in built_in:
        with pytest.raises(AllgraphError) as caught:
            graph.resolve("Coco Roca")
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert "Coco Rocha" in said[0]


# ---- Reading files -----------------------------------------------------------

TERMS: list[NamedNode | BlankNode] = [
    *(NamedNode(f"http://x/{name}") for name in "abc"), *(BlankNode(name) for name in "uvwxyz")
]  # fmt: skip
P = NamedNode("http://x/p")
LISTS = st.lists(
    st.builds(Quad, st.sampled_from(TERMS), st.just(P), st.sampled_from(TERMS)), max_size=24
)


@given(LISTS, st.integers(1, 9), st.sampled_from([skolem.ANY, ("<http://x/a",), ()]))
def test_pieces_are_named_as_the_whole_is(
    quads: list[Quad], at_once: int, ours: tuple[str, ...]
) -> None:
    lines = ntriples.lines(quads)
    whole = {*skolem.named_lines(lines, "f", ours)}
    if ours == skolem.ANY:
        assert whole == {*ntriples.lines(named_quads(quads, "f"))}
    assert {line for piece in named_at_once(lines, "f", at_once, ours) for line in piece} == whole
    try:
        pieces = {line for piece in named_pieces(lines, "f", at_once, ours) for line in piece}
    except Scattered:
        return
    assert pieces == whole


def test_statements_of_turtle_are_never_scattered(tmp_path: Path) -> None:
    folder = builtin()
    for path in folder.data_files():
        lines = [*folder.lines(path)]
        found = [line for piece in named_pieces(lines, "f", 400) for line in piece]
        assert {*found} == {*skolem.named_lines(lines, "f")}


def lines(count: int) -> str:
    return "".join(f'<http://x/s{n}> <http://x/p> "{n}" .\n' for n in range(count))


def counted(root: Path) -> int:
    folder = open_folder(root)
    return build(folder, at=root / "at").snapshot.manifest.triples - len_of_ontology(folder)


def len_of_ontology(folder: Folder) -> int:
    return sum(len(folder.quads(path)) for path in folder.ontology_files())


def test_parts_of_a_file_make_the_whole(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SMALL", 100)
    monkeypatch.setattr(os, "cpu_count", lambda: 9)
    monkeypatch.setattr(load, "THREADS", 7)
    assert counted(make_folder({"data/a.nt": lines(999)})) == 999


@pytest.mark.parametrize("wrong", [3, 500, 999])
def test_a_wrong_line_in_a_part_is_named(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    monkeypatch.setattr(load, "SMALL", 100)
    monkeypatch.setattr(os, "cpu_count", lambda: 9)
    monkeypatch.setattr(load, "THREADS", 7)
    some = lines(999).splitlines()
    some[wrong - 1] = "nonsense"
    root = make_folder({"data/a.nt": "\n".join(some) + "\n"})
    with pytest.raises(LoadError) as caught:
        build(open_folder(root))
    assert caught.value.line == wrong
    assert "data/a.nt" in str(caught.value)
    assert not [*(root / ".allgraph").glob("*/manifest.json")]


GRAPHS = (
    "", " ", " <http://x/g>", "<http://x/g#h> ", " <https://w3id.org/allgraph/ns#derived> ",
    " <https://w3id.org/allgraph/ns\\u0023derived>",
    "\t<http://x/\\u00e9>", " <http://x/é>", " <urn:x:y>",
)  # fmt: skip
OBJECTS = (
    "<http://x/o>", '"x"', '"a \\"> <http://x/g> . # \\\\"', '"x"@en-GB', '"1"^^<http://x/int>',
    '"é <http://x/g> ."', '"x"@en', '"\\u003C\\n"',
)  # fmt: skip
ENDS = (".", " .", ".\t", " . # <http://x/g> .", ". #")


@st.composite
def quad_lines(draw: st.DrawFn) -> str:
    some = []
    for number in range(draw(st.integers(1, 30))):
        space = draw(st.sampled_from(["", " ", "\t "]))
        obj, graph, end = (draw(st.sampled_from(each)) for each in (OBJECTS, GRAPHS, ENDS))
        some.append(f"{space}<http://x/s{number}>{space}<http://x/p>{space}{obj}{graph}{end}")
        some += draw(st.lists(st.sampled_from(["", "# <http://x/s> <http://x/p> <http://x/o> ."])))
    return "\n".join(some) + draw(st.sampled_from(["", "\n"]))


@pytest.mark.long
@settings(max_examples=share(100))
@given(quad_lines())
def test_quads_in_parts_are_those_that_are_read_one_by_one(text: str) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "SMALL", 100)
        patch.setattr(os, "cpu_count", lambda: 9)
        patch.setattr(load, "THREADS", 7)
        patch.setattr(load, "_PIECE", 200)
        Path(place, "allgraph.toml").write_text(MANIFEST)
        Path(place, "data").mkdir()
        path = Path(place, "data", "a.nq")
        path.write_text(text)
        folder, store = open_folder(Path(place)), Store()
        load_file(store, folder, path)
        in_graphs = {q for q in parse(path=path) if q.graph_name not in (DefaultGraph(), DERIVED)}
        assert {*store} == {*folder.quads(path)} | in_graphs


SPACES = ("", " ", "\t")
BLANK = ("_:b", "_:c")
ENDS_OF_LINES = ("\n", "\r", "\r\n")


@st.composite
def quads_with_blank_nodes(draw: st.DrawFn) -> bytes:
    """Lines of N-Quads with at most one blank node, and often no white space."""
    some = []
    for number in range(draw(st.integers(1, 3))):
        subject, obj, graph = f"<http://x/Foo_:_Bar{number}>", draw(st.sampled_from(OBJECTS)), ""
        match draw(st.integers(0, 3)):
            case 0:
                subject = draw(st.sampled_from(BLANK)) + " "
            case 1:
                obj = draw(st.sampled_from(BLANK)) + " "
            case 2:
                graph = draw(st.sampled_from(SPACES)) + draw(st.sampled_from(BLANK)) + " "
        space = draw(st.sampled_from(SPACES))
        some.append(f"{subject}{space}<http://x/p>{space}{obj}{graph}.")
        some.append(draw(st.sampled_from(ENDS_OF_LINES)))
    return "".join(some).encode()


@given(quads_with_blank_nodes(), st.sampled_from(["nt", "nq"]))
@example(b"<http://s><http://p>_:b .", "nt")
@example(b'<http://s><http://p>"x"_:g .', "nq")
@example(b'<http://s><http://p>"x"@en_:g .', "nq")
@example(b'<http://s><http://p>"x"@en-GB--ltr_:g .', "nq")
@example(b'<http://s><http://p>"x"^^<http://d>_:g .', "nq")
@example(b"<http://s><http://p><http://o>.\r_:b<http://p><http://o>.", "nt")
def test_blank_nodes_without_space_before_them_are_named_as_in_memory(
    tmp_path_factory: pytest.TempPathFactory, text: bytes, suffix: str
) -> None:
    place = tmp_path_factory.mktemp("blank")
    (place / "data").mkdir()
    (place / "allgraph.toml").write_text(MANIFEST)
    path = place / "data" / f"a.{suffix}"
    path.write_bytes(text)
    folder, store = open_folder(place), Store()
    try:
        expected = [*chain.from_iterable(loading.named(folder, path))]
    except LoadError:  # a named graph in N-Triples
        return
    load_file(store, folder, path)
    assert {*store} == {*ntriples.quads(expected)}


@pytest.mark.parametrize(
    ("line", "is_special"),
    [
        (b"<http://x/Foo_:_Bar> <http://x/p> <http://x/_:b> .", False),
        (b'<http://x/s> <http://x/p> "a_:b"@en <http://x/g> .', False),
        (b'<http://x/s> <http://x/p> "a"@en_:g .', True),
        (b"<http://x/s> <http://x/p> <<( <http://x/s> <http://x/p> <http://x/o> )>> .", True),
        (b"\xef\xbb\xbf<http://x/s> <http://x/p> <http://x/o> .", True),
    ],
)
def test_only_files_with_blank_nodes_are_read_slowly(
    tmp_path: Path, line: bytes, is_special: bool
) -> None:
    (tmp_path / "a.nq").write_bytes(line)
    assert load._is_special(tmp_path / "a.nq") == is_special


@pytest.mark.parametrize(
    "line",
    [
        "<http://x/s> <http://x/p> <g> .",
        '<http://x/s> <http://x/p> "o" <g> .',
        '<http://x/s> <http://x/p> "o" <http://x/g h> .',
        "<s> <http://x/p> <http://x/o> <http://x/g> .",
        '<http://x/s> <http://x/p> "o" <http://x/g> <http://x/h> .',
        '<http://x/s> "o" <http://x/g> .',
    ],
)  # fmt: skip
def test_a_wrong_quad_is_named(make_folder: MakeFolder, line: str) -> None:
    good = '<http://x/s> <http://x/p> "o" <http://x/g> .\n'
    folder = open_folder(make_folder({"data/a.nq": good * 3 + line + "\n" + good}))
    path = folder.root / "data" / "a.nq"
    found = []
    for read in (
        lambda: load_file(Store(), folder, path),
        lambda: folder.quads(path),
    ):
        with pytest.raises(LoadError) as caught:
            read()
        found.append(caught.value.line)
    assert found == [4, 4]


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_blank_nodes_after_other_triples_are_named_as_in_memory(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    nodes = ["<http://x/a>", "<http://x/a>", "_:b", "<http://x/a>", "_:c", "<http://x/a>"]
    lines = [f'{node} {label} "{number}" .\n' for number, node in enumerate(nodes)]
    root = make_folder({"data/a.nt.gz": gzip.compress("".join(lines).encode())})
    monkeypatch.setattr(files, "_TRIPLES_AT_ONCE", at_once)
    folder, store, facts, expected = open_folder(root), Store(), Facts(), Facts()
    path, dataset = root / "data" / "a.nt.gz", DatasetDigest(root)
    load.load(store, facts, dataset, folder, [path], lambda _: None)
    named, _ = loading.named(folder, path)
    expected.add(named)
    assert {*store} == {*ntriples.quads(named)}
    assert len(store) == len(lines)
    assert facts[LABEL] == expected[LABEL]
    assert facts[LABEL]["<http://x/a>"] == ('"0"', '"1"', '"3"', '"5"')
    whole = DatasetDigest(root)
    whole.add([*folder.lines(path)], folder.base_of(path))
    assert dataset.digest() == whole.digest()


def test_scattered_blank_nodes_are_named_all_the_same(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = builtin().root / "data" / "model-alliance.ttl"
    quads = builtin().quads(path)
    text = serialize(quads, format=RdfFormat.N_TRIPLES) or b""
    scattered = b"".join(sorted(text.splitlines(keepends=True)))
    manifest = MANIFEST.replace(BASE, builtin().base)
    packed = {"data/a.nt.gz": gzip.compress(scattered)}
    roots = [
        make_folder({"data/a.ttl": path.read_bytes()}, manifest=manifest, name="as-written"),
        make_folder(packed, manifest=manifest, name="scattered"),
    ]
    monkeypatch.setattr(named_pieces, "__defaults__", (500, skolem.ANY))
    with pytest.raises(Scattered):
        [*named_pieces(open_folder(roots[1]).lines(roots[1] / "data" / "a.nt.gz"), "f")]
    found = [
        {*map(str, on_disk(open_folder(root), build(open_folder(root)).snapshot).store)}
        for root in roots
    ]
    assert found[0] == found[1]


# ---- When it counts ----------------------------------------------------------


def used(root: Path, *, sensitive: bool = False) -> bool:
    """Whether opening a folder asks the snapshot on disk."""
    graph = open_graph(root, in_memory=0, include_sensitive=sensitive)
    assert graph.resolve("Ann Örtli").value == f"{BASE}id/ann"
    return isinstance(graph.engine, OnDisk)


def test_it_is_used_until_a_file_changes(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    (root / "ontology").mkdir()
    assert not used(root)
    build(open_folder(root))
    assert used(root)
    changes: dict[str, Callable[[Path], object]] = {
        "data/a.ttl": lambda path: path.write_text(path.read_text() + "\n"),
        "data/b.ttl": lambda path: path.write_text(PREFIXES + "id:b a ag:Person ."),
        "ontology/x.ttl": lambda path: path.write_text(PREFIXES),
        "allgraph.toml": lambda path: path.write_text(path.read_text() + "\n"),
    }
    for name, change in changes.items():
        change(root / name)
        assert not used(root), name
        build(open_folder(root))
        assert used(root), name
    (root / "data" / "b.ttl").unlink()
    assert not used(root)


def test_opening_says_why_it_is_not_used(
    make_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    build(open_folder(root))
    (root / "data" / "a.ttl").write_text(PREFIXES + CLAIM + "\n")
    assert not used(root)
    assert "data/a.ttl has changed; make it again with `allgraph build`" in caplog.text


def written(path: Path, text: str) -> None:
    """Write other content to a file, which keeps its time."""
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replaced(path: Path, text: str) -> None:
    """Replace a file by another with the same time."""
    shutil.copy2(path, path.with_name("other"))
    written(path.with_name("other"), text)
    os.replace(path.with_name("other"), path)


@pytest.mark.parametrize("name", ["data/a.ttl", "ontology/o.ttl", "allgraph.toml"])
@pytest.mark.parametrize("change", [written, replaced])
def test_a_file_of_the_same_size_and_time_is_read(
    make_folder: MakeFolder, change: Callable[[Path, str], None], name: str
) -> None:
    files = {"data/a.ttl": CLAIM + "# A", "ontology/o.ttl": "# A"}
    root = make_folder(files, manifest=MANIFEST + "# A", prefixes=True)
    build(open_folder(root))
    text = (root / name).read_text()
    change(root / name, text)
    assert used(root)
    change(root / name, text[:-1] + "B")
    assert not used(root)
    change(root / name, text)
    assert used(root)


@pytest.mark.parametrize("is_writable", [True, False])
def test_a_copied_folder_keeps_its_snapshot(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, is_writable: bool
) -> None:
    root = make_folder({"data/a.ttl": CLAIM, "data/b.ttl": PREFIXES}, prefixes=True)
    build(open_folder(root))
    copy = Path(shutil.copytree(root, root.with_name("copy"), copy_function=shutil.copyfile))
    if not is_writable:
        monkeypatch.setattr(Directory, "point", refused)
    reads: list[Path] = []
    digest_of = manifest.digest_of

    def noted(path: Path) -> str:
        reads.append(path)
        return digest_of(path)

    monkeypatch.setattr(manifest, "digest_of", noted)
    assert used(copy)
    assert copy / "data" / "a.ttl" in reads
    reads.clear()
    assert used(copy)
    assert (copy / "data" / "a.ttl" in reads) != is_writable


def refused(*_: object) -> None:
    """Fail as writing to a folder that is read-only."""
    raise OSError(errno.EROFS, "Read-only file system")


def test_a_pointer_without_inodes_is_read(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    build(open_folder(root))
    file = root / ".allgraph" / "current"
    fields = json.loads(file.read_text())
    fields["inputs"] = {name: status[:2] for name, status in fields["inputs"].items()}
    file.write_text(json.dumps(fields))
    assert used(root)
    assert {len(status) for status in json.loads(file.read_text())["inputs"].values()} == {4}


def test_a_graph_that_is_small_is_in_memory(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    snapshot = build(open_folder(root)).snapshot
    assert not isinstance(open_graph(root).engine, OnDisk)
    assert not isinstance(open_graph(root, in_memory=len(snapshot)).engine, OnDisk)
    assert isinstance(open_graph(root, in_memory=len(snapshot) - 1).engine, OnDisk)


def test_the_same_files_make_the_same_snapshot_once(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    first = build(open_folder(root)).snapshot
    os.utime(root / "data" / "a.ttl", ns=(1, 1))
    again = build(open_folder(root))
    assert again.snapshot.place == first.place
    assert [step.name for step in again.steps] == ["look at the inputs"]
    assert used(root)


def test_sensitive_claims_have_a_snapshot_of_their_own(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM, "data/b.ttl": SECRET}, prefixes=True)
    plain = build(open_folder(root)).snapshot
    whole = build(open_folder(root), include_sensitive=True).snapshot
    assert used(root)
    assert used(root, sensitive=True)
    assert plain.manifest.withheld > 0
    assert whole.manifest.claims == plain.manifest.claims + 1
    assert plain.manifest.dataset != whole.manifest.dataset
    for path in plain.place.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"Hidden Name" not in data and b"id/hidden" not in data, path
            assert b"hidden name" not in data, path


def test_the_dataset_has_one_digest_however_it_is_written(make_folder: MakeFolder) -> None:
    sorted_lines, others = lines(50), "".join(reversed(lines(50).splitlines(keepends=True)))
    digests = {
        build(open_folder(make_folder({f"data/a.{suffix}": text}, name=name))).snapshot.manifest
        .dataset
        for name, suffix, text in (
            ("one", "nt", sorted_lines), ("two", "ttl", others), ("three", "nq", others * 2)
        )
    }  # fmt: skip
    ordered = "".join(sorted(lines(50).splitlines(keepends=True)))
    assert digests == {sha256(ordered.encode()).hexdigest()}


@pytest.mark.parametrize("obj", ["<http://x/o>", "_:b"])
@pytest.mark.parametrize("withheld", ["", f'<http://x/h> <{AG}sensitive> "true" .\n'])
def test_the_digest_depends_on_the_graph_of_a_triple(
    make_folder: MakeFolder, obj: str, withheld: str
) -> None:
    def digest(suffix: str, *graphs: str) -> str | None:
        lines = (f"<http://x/s> <http://x/p> {obj} {graph} .\n" for graph in graphs)
        name = f"{suffix}-{len(graphs)}{graphs[0][-2:-1]}"
        root = make_folder({f"data/a.{suffix}": withheld + "".join(lines)}, name=name)
        return build(root).snapshot.manifest.dataset

    found = [digest("nq", *graphs) for graphs in ((" ",), ("<x:g>",), ("<x:h>",), ("_:g",))]
    found.append(digest("nq", "<x:g>", "<x:h>"))
    assert len({*found}) == len(found) and None not in found
    assert digest("nt", " ") == found[0]
    trig = f"<x:g> {{ <http://x/s> <http://x/p> {obj} }} {withheld}"
    root = make_folder({"data/a.trig": trig}, name="trig")
    assert build(root).snapshot.manifest.dataset == found[1]
    if not withheld:
        quads = [*parse(f"<http://x/s> <http://x/p> {obj} <x:g> .", format=RdfFormat.N_QUADS)]
        assert found[1] == sha256(canonical(quads)).hexdigest()


# ---- Whole at any moment -----------------------------------------------------


def run(root: Path, *more: str) -> subprocess.Popen[str]:
    """A build in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "allgraph", "build", str(root), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def state(root: Path) -> str:
    """What a folder's snapshot says, looked at from a store that is only read."""
    shelf = Directory(open_folder(root))
    snapshot = shelf.opened()
    assert snapshot is not None
    graph = on_disk(open_folder(root), snapshot)
    assert not check(open_folder(root)).problems or shelf.stale()
    [row] = graph.sparql("SELECT ?n { id:ann rdfs:label ?n }").rows
    return term_text(row["n"])


@pytest.mark.slow
def test_killed_at_any_moment_it_is_the_old_or_the_new_one(make_folder: MakeFolder) -> None:
    """A tenth of what tests/long/test_kills.py does."""
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    start = time.monotonic()
    run(root).communicate()
    whole = time.monotonic() - start
    chance = random.Random(8)
    old = "Ann Örtli"
    for number in range(20):
        new = f"Ann {number}"
        text = PREFIXES + CLAIM.replace("Ann Örtli", new)
        (root / "data" / "a.ttl").write_text(text, encoding="utf-8")
        process = run(root)
        time.sleep(chance.uniform(0, whole * 1.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = state(root)
        assert found in (old, new)
        old = found
    run(root).communicate()
    assert state(root) == new
    assert not [*(root / ".allgraph").glob(".new-*")]


def test_a_full_disk_is_an_error_and_the_old_one_stays(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    build(open_folder(root))
    (root / "data" / "b.nt").write_text(lines(20_000))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    process = subprocess.run(
        [sys.executable, "-m", "allgraph", "build", str(root)], preexec_fn=limit,
        capture_output=True, text=True,
    )  # fmt: skip
    assert process.returncode in (2, 3)
    assert process.stderr.startswith("allgraph: ") and process.stderr.count("\n") == 1
    assert "Traceback" not in process.stderr
    assert state(root) == "Ann Örtli"
    assert not [*(root / ".allgraph").glob(".new-*")]


@pytest.mark.parametrize("name", ["current", "columns"])
def test_a_disk_that_cannot_keep_a_file_is_an_error(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    build(open_folder(root))
    (root / "data" / "b.nt").write_text(lines(3))
    fsync, synced = os.fsync, list[str]()

    def failing(handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        is_pointer = path.parent.name == ".allgraph" and path.is_file()
        synced.append(path.name)
        if is_pointer if name == "current" else path.name == "bounds":
            raise OSError(errno.EIO, "Input/output error")
        fsync(handle)

    monkeypatch.setattr("os.fsync", failing)
    with pytest.raises(WriteError, match="cannot be written: Input/output error"):
        build(open_folder(root))
    monkeypatch.undo()
    assert "bounds" in synced
    assert state(root) == "Ann Örtli"
    build(open_folder(root))  # which removes what the other left behind
    assert not [*(root / ".allgraph").glob(".new-*")]


def test_two_builds_at_once_wait_for_one_another(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    folder = open_folder(root)
    said: list[str] = []
    with Directory(folder).building(said.append):
        process = run(root)
        time.sleep(2)  # in which it would be done if it did not wait
        assert process.poll() is None
    assert process.wait() == 0
    process.communicate()
    assert used(root)


def test_who_waits_is_told(make_folder: MakeFolder) -> None:
    root = make_folder()
    first = run(root)
    said: list[str] = []
    while not (root / ".allgraph" / "lock").exists():
        time.sleep(0.01)
    time.sleep(0.05)
    build(open_folder(root), progress=said.append)
    first.communicate()
    assert first.returncode == 0
    if said[0] != "look at the inputs":  # the first may be done
        assert "another build of this graph is running" in said[0]


def test_readers_keep_what_they_read(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    build(open_folder(root))
    reader = open_graph(root, in_memory=0)
    (root / "data" / "a.ttl").write_text(PREFIXES + CLAIM.replace("Ann Örtli", "Ann Other"))
    build(open_folder(root))
    assert open_graph(root, in_memory=0).resolve("Ann Other")
    assert reader.resolve("Ann Örtli")
    assert len([*(root / ".allgraph").glob("*/manifest.json")]) == 2
    del reader
    build(open_folder(root))
    assert len([*(root / ".allgraph").glob("*/manifest.json")]) == 1


def test_a_file_that_changes_meanwhile_is_an_error(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    said: list[str] = []

    def change(what: str) -> None:
        said.append(what)
        if what == "derive":
            (root / "data" / "a.ttl").write_text(PREFIXES)

    with pytest.raises(LoadError, match=r"data/a\.ttl has changed while it was read"):
        build(open_folder(root), progress=change)
    assert "derive" in said


# ---- Damage ------------------------------------------------------------------


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the template that extends none, with its snapshot."""
    root = tmp_path_factory.mktemp("started") / "graph"
    init_folder(root, title="A test", base=BASE)
    with (root / "allgraph.toml").open("a") as file:
        file.write("extends = false\n")
    build(open_folder(root))
    return root


@pytest.mark.parametrize("command", ["find ada", "build {} --check", "test", "validate"])
def test_no_command_waits_for_a_pipe(command: str, started: Path, tmp_path: Path) -> None:
    files = {
        (path.parent.name, path.name if path.parent == started / ".allgraph" else path.suffix): path
        for path in sorted(started.rglob("*"))
        if path.is_file()
    }
    for path in [*files.values(), *started.glob(".allgraph/*/in-use")]:
        root = tmp_path / "graph"
        shutil.copytree(started, root)
        pipe = root / path.relative_to(started)
        pipe.unlink()
        os.mkfifo(pipe)
        with hung_after(PATIENCE):
            result = CliRunner().invoke(cli, ["-g", str(root), *command.format(root).split()])
        if result.exception is not None:
            assert isinstance(result.exception, AllgraphError | SystemExit), path
        shutil.rmtree(root)


@contextmanager
def hung_after(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` in the block when it takes longer."""

    def stop(*_: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", ["current", "manifest.json", "in-use"])
def test_a_build_replaces_a_pipe_in_a_snapshot(name: str, started: Path, tmp_path: Path) -> None:
    root = tmp_path / "graph"
    shutil.copytree(started, root)
    (pipe,) = root.glob(f".allgraph/**/{name}")
    pipe.unlink()
    os.mkfifo(pipe)
    with pytest.raises(EngineError, match=r"it is a pipe, socket or device.*allgraph build"):
        open_graph(root)
    build(open_folder(root))
    assert [thing.name for thing in open_graph(root).find("ada")] == ["Ada Example"]


def test_a_build_refuses_a_pipe_as_its_lock(started: Path, tmp_path: Path) -> None:
    root = tmp_path / "graph"
    shutil.copytree(started, root)
    lock = root / ".allgraph" / "lock"
    lock.unlink()
    os.mkfifo(lock)
    with hung_after(PATIENCE), pytest.raises(WriteError, match="it is a pipe") as refused:
        build(open_folder(root))
    assert refused.value.path == str(lock)


@pytest.fixture
def damaged(make_folder: MakeFolder) -> tuple[Path, Path]:
    """A folder, and the place of its snapshot."""
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    return root, build(open_folder(root)).snapshot.place


def files_in(place: Path) -> Iterator[Path]:
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.stat().st_size and path.name not in ("LOG", "LOCK", "in-use"):
            yield path


def test_what_is_truncated_or_foreign_is_refused(damaged: tuple[Path, Path]) -> None:
    root, place = damaged
    for path in files_in(place):
        data = path.read_bytes()
        path.write_bytes(data[:-1])
        with pytest.raises(EngineError, match="damaged"):
            open_graph(root)
        assert check(open_folder(root)).problems
        path.unlink()
        with pytest.raises(EngineError, match="damaged"):
            open_graph(root)
        path.write_bytes(data)
    assert used(root)
    (place / "store" / "000099.sst").write_bytes(b"foreign")
    with pytest.raises(EngineError, match="is new"):
        open_graph(root)


def test_a_pointer_that_is_damaged_is_refused(damaged: tuple[Path, Path]) -> None:
    root, place = damaged
    pointer = root / ".allgraph" / "current"
    whole = pointer.read_text()
    for text in ("", "{}", "[]", whole[:50], '{"snapshot": 1}', "\x00" * 40):
        pointer.write_text(text)
        with pytest.raises(EngineError, match="cannot be read"):
            open_graph(root)
    said = json.loads(whole)
    for key, value in (("snapshot", "../../.."), ("snapshot", "x"), ("manifest", "0" * 64)):
        pointer.write_text(json.dumps({**said, key: value}))
        with pytest.raises(EngineError):
            open_graph(root)
    shutil.rmtree(place)
    pointer.write_text(whole)
    with pytest.raises(EngineError, match=r"damaged|missing"):
        open_graph(root)
    build(open_folder(root))
    assert used(root)


def flip_unnoticed(path: Path, chance: random.Random) -> None:
    """Change one bit of a file, and leave its size and the time of its last change."""
    status, data = path.stat(), bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_snapshot_is_read_whole_before_it_is_published_or_served(
    damaged: tuple[Path, Path], tmp_path: Path
) -> None:
    root, place = damaged
    flip_unnoticed(
        max(place.glob("store/*.sst"), key=lambda path: path.stat().st_size), random.Random(1)
    )
    graph = open_graph(root)
    with pytest.raises(EngineError, match="checksum"):
        publish(graph, tmp_path / "site")
    with pytest.raises(EngineError, match="checksum"):
        load_served(Settings(str(root)))


def test_a_file_that_cannot_be_read_is_damaged_and_made_again(
    damaged: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, place = damaged
    path = next(place.glob("store/*.sst"))
    os.utime(path, ns=(1, 1))  # so that it is read
    broken, digest_of = path.stat().st_ino, manifest.digest_of

    def failing(file: Path) -> str:
        if file.stat().st_ino == broken:
            raise LoadError("cannot be read: Input/output error", path=file)
        return digest_of(file)

    monkeypatch.setattr(manifest, "digest_of", failing)
    with pytest.raises(EngineError, match=r"\.sst is damaged: .*Input/output error; make the snap"):
        open_graph(root)
    assert check(open_folder(root)).problems
    build(open_folder(root))
    assert not check(open_folder(root)).problems and used(root)


@pytest.mark.long
def test_flipped_bits_are_found_or_met_and_never_answered(damaged: tuple[Path, Path]) -> None:
    root, place = damaged
    expected = all_of(open_graph(root, in_memory=0))
    chance = random.Random(3)
    count = len([*files_in(place)])
    for number in range(count):
        paths = [*files_in(place)]  # the engine may name those of a new store otherwise
        path = paths[number % len(paths)]
        data = path.read_bytes()
        for _ in range(2 if LONG else 1):
            flipped = bytearray(data)
            flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            assert check(open_folder(root)).problems, path
            try:
                found = all_of(open_graph(root, in_memory=0))
            except EngineError as error:
                assert "damage" in str(error) or "build" in str(error) or "engine" in str(error)
            else:
                assert found == expected, path
        if LONG or number == count - 1:
            build(open_folder(root))
            assert not check(open_folder(root)).problems
        else:
            path.write_bytes(data)


COMMANDS = (
    ("sparql", "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"),
    ("export", "-", "--format", "nt"),
    ("ask", "rest"),
    ("find", "a"),
)


QUESTION = """# Who is the subject of no claim?
SELECT ?name { ?s rdfs:label ?name MINUS { ?claim rdf:subject ?s } } ORDER BY ?name
"""


def limited() -> None:
    """Limit the memory of this process to 2 GiB."""
    resource.setrlimit(resource.RLIMIT_DATA, (2**31, 2**31))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux")
def test_commands_end_over_a_store_that_is_damaged_unnoticed(tmp_path: Path) -> None:
    generate(8000).write(tmp_path)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "rest.rq").write_text(QUESTION)
    snapshot = build(open_folder(tmp_path)).snapshot
    assert len(snapshot) > 100_000
    chance, codes = random.Random(5), Counter[int]()
    for path in tenth([path for path in files_in(snapshot.place) if path.stat().st_size > 2**19]):
        status, data = path.stat(), path.read_bytes()
        flip_unnoticed(path, chance)
        for command in COMMANDS:
            code, errors = ended(tmp_path, *command)
            codes[code] += 1
            assert code in (0, 3), (path, command, errors)
            assert code == 0 or errors.count("\n") == 1, (path, command, errors)
        path.write_bytes(data)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert codes[3] or not LONG  # not every bit is read


def ended(root: Path, *command: str) -> tuple[int, str]:
    """The exit code of a command about a folder, and what it wrote to standard error."""
    completed = subprocess.run(
        [sys.executable, "-m", "allgraph", "-g", str(root), *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limited,
        timeout=PATIENCE * 10,
    )
    return completed.returncode, completed.stderr


def all_of(graph: Graph) -> tuple[object, ...]:
    """All that can be read of a graph."""
    columns = graph.columns
    return (
        sorted(map(str, graph.sparql("CONSTRUCT WHERE { ?s ?p ?o }").triples or ())),
        [[*of] for of in (columns.claims, columns.nodes, columns.names, columns.templates)],
        [of.tolist() for of in (columns.subject, columns.predicate, columns.object)],
        columns.bounds.tolist(),
        columns.network.head.tolist(),
        graph.find("ann"),
        graph.resolve("the board"),
    )


@given(st.lists(st.text(max_size=9)), st.integers(0, 3))
def test_texts_and_arrays_come_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], more: int
) -> None:
    place = tmp_path_factory.mktemp("blocks")
    some = [*texts, *(["x" * BLOCK] * more)]
    write_texts(place / "texts", some)
    found = read_texts(place / "texts")
    assert [*found] == some
    assert [found[i] for i in range(len(found))] == some
    numbers = np.arange(len(some) * 3, dtype=np.int64).reshape(3, -1)
    write_array(place / "numbers", numbers)
    assert np.array_equal(read_array(place / "numbers", np.int64, 3, -1), numbers)
    if some and sum(map(len, some)):
        data = bytearray((place / "texts").read_bytes())
        data[-1] ^= 1
        (place / "texts").write_bytes(data)
        with pytest.raises(EngineError, match="damaged"):
            CheckedFile(place / "texts").whole()
    shutil.rmtree(place)


# ---- The command -------------------------------------------------------------


def test_the_command_says_what_it_did_and_checks_it(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    made = CliRunner().invoke(cli, ["build", str(root), "--format", "json"])
    said = json.loads(made.stdout)
    assert (said["claims"], made.exit_code) == (1, 0)
    assert {"load", "derive", "columns", "names"} <= {step["name"] for step in said["steps"]}
    shown = CliRunner().invoke(cli, ["build", str(root)])
    assert "1 claims" in shown.stdout
    checked = CliRunner().invoke(cli, ["build", str(root), "--check"])
    assert checked.exit_code == 0 and "0 problems" in checked.stdout
    (root / "data" / "a.ttl").write_text(PREFIXES)
    checked = CliRunner().invoke(cli, ["build", str(root), "--check", "--format", "json"])
    assert checked.exit_code == 1
    assert json.loads(checked.stdout)["problems"] == [
        "data/a.ttl has changed since the snapshot was made"
    ]


def test_a_check_without_a_snapshot_is_wrong_usage(make_folder: MakeFolder) -> None:
    result = CliRunner().invoke(cli, ["build", str(make_folder()), "--check"])
    assert "has no snapshot" in str(result.exception)


def test_a_folder_that_cannot_be_written_is_one_error(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="cannot be written"):
        build(open_folder(make_folder()), at=tmp_path / "file" / "below")


@pytest.mark.parametrize("link", [".", "lock", ".gitignore", "current", ".new-0"])
def test_a_build_writes_nothing_outside_of_its_folder(
    make_folder: MakeFolder, tmp_path: Path, link: str
) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "kept").write_text("kept")
    if link == ".":
        (root / ".allgraph").symlink_to(victim, target_is_directory=True)
    else:
        (root / ".allgraph").mkdir()
        (root / ".allgraph" / link).symlink_to(victim if link == ".new-0" else victim / "kept")
    if link in (".", "lock"):
        with pytest.raises(WriteError, match=r"\.allgraph.*: is a symbolic link.*; remove it"):
            build(open_folder(root))
    else:
        build(open_folder(root))
        assert used(root) and not (root / ".allgraph" / link).is_symlink()
    assert [(path.name, path.read_text()) for path in victim.iterdir()] == [("kept", "kept")]


def test_opening_writes_nothing_through_a_link(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({"data/a.ttl": CLAIM}, prefixes=True)
    place = build(open_folder(root)).snapshot.place
    os.utime(place / "manifest.json", ns=(1, 1))  # so that the pointer would get new times
    os.utime(place / "names" / "names", ns=(1, 1))
    (root / ".allgraph").rename(tmp_path / "elsewhere")
    (root / ".allgraph").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    before = (tmp_path / "elsewhere" / "current").read_bytes()
    assert used(root)
    assert (tmp_path / "elsewhere" / "current").read_bytes() == before


def test_a_query_of_a_process_of_its_own_reads_the_store_again(
    built_in: tuple[Graph, Graph],
) -> None:
    _, disk = built_in
    for _ in range(3):
        assert disk.sparql("SELECT ?c { ?c a ag:Claim } LIMIT 3", timeout=PATIENCE).rows
    assert columns.read_columns(disk.snapshot.place / "columns") if disk.snapshot else None
