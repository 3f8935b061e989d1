"""Files of triples: each syntax and packing gives the same graph, and errors say where."""

from __future__ import annotations

import gzip
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, serialize

from allgraph.errors import LoadError
from allgraph.folder import builtin
from allgraph.graph import open_graph
from allgraph.rdf import files, ntriples
from allgraph.rdf.terms import DERIVED
from tests.support.documents import MEGABYTE

S, P = NamedNode("http://x/s"), NamedNode("http://x/p")
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
FORMS = {".ttl": RdfFormat.TURTLE, ".nt": RdfFormat.N_TRIPLES, ".nq": RdfFormat.N_QUADS}
READERS: list[Callable[..., object]] = [
    files.quads,
    lambda *given: [*files.as_ntriples(*given)],
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def both(path: Path) -> list[Quad]:
    """What is read at once, which is what is read piece by piece."""
    found = files.quads(path, "http://x/", "a file")
    written = "".join(files.as_ntriples(path, "http://x/", "a file"))
    assert written == ntriples.written(found).decode()
    return found


@given(st.sets(texts), st.sampled_from([*FORMS]), st.sampled_from([*PACK]))
@settings(max_examples=60, deadline=None)
def test_each_form_gives_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, values: set[str], form: str, packing: str
) -> None:
    quads = {Quad(S, P, Literal(value)) for value in values}
    path = tmp_path_factory.mktemp("input") / f"a{form}{packing}"
    path.write_bytes(PACK[packing](serialize(quads, format=FORMS[form]) or b""))
    assert set(both(path)) == quads


@pytest.mark.parametrize(
    "wrong", [b"<x:a> <x:b> .", b"<< <x:a> <x:b> 1 >> <x:b> 2 .", b'<x:a> <x:b> "\xff" .']
)
def test_both_readers_say_where_a_file_is_wrong(tmp_path: Path, wrong: bytes) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes(b"<x:a> <x:b> <x:c> .\n" * 3 + wrong)
    said = []
    for read in READERS:
        with pytest.raises(LoadError) as caught:
            read(path, "http://x/", "a file")
        said.append((caught.value.message, caught.value.line))
    assert said[0] == said[1] and said[0][1] == 4


def test_named_graphs_are_merged_and_derived_triples_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.nq"
    other = Quad(S, P, Literal("b"), NamedNode("http://x/graph"))
    derived = Quad(S, P, Literal("c"), DERIVED)
    path.write_bytes(serialize([other, derived], format=RdfFormat.N_QUADS) or b"")
    assert both(path) == [Quad(S, P, Literal("b"), DefaultGraph())]


def test_the_folder_takes_all_of_them_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "graph"
    shutil.copytree(builtin().root / "data", root / "data")
    (root / "allgraph.toml").write_text(
        f'format = 1\ntitle = "T"\nbase = "{builtin().base}"\n', encoding="utf-8"
    )
    plain = open_graph(root)
    for number, path in enumerate(sorted((root / "data").rglob("*.ttl"))):
        quads = files.quads(path, plain.folder.base_of(path), "x")
        named = any(isinstance(t, BlankNode) for q in quads for t in (q.subject, q.object))
        if number % 3 == 0 and not named:
            path.with_suffix(".nt").write_bytes(serialize(quads, format=RdfFormat.N_TRIPLES) or b"")
        elif number % 3 == 1:
            path.with_suffix(".ttl.gz").write_bytes(gzip.compress(path.read_bytes()))
        else:
            path.with_suffix(".ttl.zst").write_bytes(PACK[".zst"](path.read_bytes()))
        path.unlink()
    (root / "data" / "notes.txt").write_text("not triples")
    packed = open_graph(root)
    claims = "SELECT (COUNT(?c) AS ?n) WHERE { ?c a ag:Claim ; ag:source ?s }"
    assert packed.sparql(claims).rows == plain.sparql(claims).rows


@pytest.mark.parametrize("suffix", [".nt", ".nt.gz", ".nt.zst"])
def test_a_wrong_line_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    text = b"<http://x/a> <http://x/b> <http://x/c> .\n<http://x/a> nonsense .\n"
    path.write_bytes(PACK[suffix.removeprefix(".nt")](text))
    for read in READERS:
        with pytest.raises(LoadError) as caught:
            read(path, "http://x/", "data/a.nt")
        assert caught.value.line == 2
        assert "not N-Triples" in str(caught.value)


@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["cut", "foreign", "flipped"])
def test_a_damaged_file_is_an_error(tmp_path: Path, packing: str, damage: str) -> None:
    lines = b"".join(b"<http://x/%d> <http://x/b> <http://x/c> .\n" % n for n in range(5000))
    packed = bytearray(PACK[packing](lines))
    path = tmp_path / f"a.nt{packing}"
    if damage == "cut":
        packed = packed[: len(packed) // 2]
    elif damage == "foreign":
        packed = bytearray(b"no such thing" * 9)
    else:
        packed[len(packed) // 2] ^= 255
    path.write_bytes(packed)
    for read in READERS:
        with pytest.raises(LoadError, match="a file"):
            read(path, "http://x/", "a file")


@pytest.mark.parametrize("form", FORMS)
def test_texts_of_n_triples_come_of_utf_8_alone(tmp_path: Path, form: str) -> None:
    """Also where the parser would not see it, and after a byte order mark."""
    path = tmp_path / f"a{form}"
    line = b"<http://x/a> <http://x/b> <http://x/c> .\n"
    path.write_bytes(b"\xef\xbb\xbf" + line)
    assert "".join(files.as_ntriples(path, "http://x/", "a file")).encode() == line
    path.write_bytes(b"# \xe9\n" + line)
    for read in (files.quads, READERS[-1]):
        with pytest.raises(LoadError, match="a file"):
            read(path, "http://x/", "a file")


def test_what_is_not_rdf_11_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nt"
    path.write_text("<http://x/a> <http://x/b> <<( <http://x/c> <http://x/d> <http://x/e> )>> .\n")
    for read in READERS:
        with pytest.raises(LoadError, match=r"RDF 1\.1"):
            read(path, "http://x/", "a file")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize("line", [b" ", b"#\n"])
def test_a_file_that_expands_too_much_is_refused(
    tmp_path: Path, line: bytes, packing: str, read: Callable[..., object]
) -> None:
    path = tmp_path / f"a.nt{packing}"
    path.write_bytes(PACK[packing](line * (20 * MEGABYTE // len(line))))
    with pytest.raises(
        LoadError, match=r"expands to more than 100 times .* 16 MiB; if you trust it"
    ):
        read(path, "http://x/", "a file")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize("case", ["small", "large"])
def test_what_expands_less_is_read(
    tmp_path: Path, case: str, packing: str, read: Callable[..., list[Quad]]
) -> None:
    draw = random.Random(1).randbytes
    lines = (b"#%s%s\n" % (draw(500).hex().encode(), b"#" * 20_000) for _ in range(900))
    text = b" " * (15 * MEGABYTE) if case == "small" else b"".join(lines)  # these 40 times
    path = tmp_path / f"a.nt{packing}"
    path.write_bytes(PACK[packing](text + b"<a:a> <a:b> <a:c> .\n"))
    assert len(read(path, "http://x/", "a file")) == 1


@pytest.mark.parametrize("packing", PACK)
def test_a_byte_order_mark_is_skipped_in_every_packing(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"a.nt{packing}"
    path.write_bytes(PACK[packing](b"\xef\xbb\xbf<http://x/a> <http://x/b> <http://x/c> .\n"))
    assert len(both(path)) == 1


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("kind", ["pipe", "device", "packed pipe"])
def test_only_regular_files_are_read(
    tmp_path: Path, kind: str, read: Callable[..., object]
) -> None:
    path = tmp_path / ("a.nt.gz" if kind == "packed pipe" else "a.nt")
    if kind == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path)
    with pytest.raises(LoadError, match="a file: cannot be read: it is a pipe, socket or device"):
        read(path, "http://x/", "a file")


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        *((name, True) for name in ("a.rdf", "a.owl", "a.jsonld", "a.n3", "a.TTL", "a.ttl.bz2")),
        *(
            (name, True)
            for name in ("a.csv", "deep/a.csv", "a", "a.ttl~", "notice.csv", "readme.rdf")
        ),
        *(
            (name, False)
            for name in ("README", "README.md", "readme.de.md", "LICENSE", "LICENCE.txt")
        ),
        *((name, False) for name in ("LICENSE-CC0", "deep/COPYING", ".DS_Store", ".git/a.csv")),
    ],
)
def test_files_that_are_not_read_are_listed(tmp_path: Path, name: str, is_told: bool) -> None:
    for file in (name, "b.ttl", "deep/b.nt.gz"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    assert files.unread(tmp_path, files.files(tmp_path)) == [tmp_path / name] * is_told
