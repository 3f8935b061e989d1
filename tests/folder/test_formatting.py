"""Turtle in the house's layout: nothing that it says, and no comment, is lost."""

from __future__ import annotations

import gzip
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    RdfFormat,
    parse,
)

from allgraph.cli import cli
from allgraph.errors import LoadError, WriteError
from allgraph.folder import builtin, formatting, open_folder
from allgraph.folder.formatting import lay_out
from allgraph.rdf import turtle_reader
from tests.conftest import MakeFolder

BASE = "https://example.org/"
STRING = re.compile(r"""("{3}|'{3}).*?\1""", re.DOTALL)
STRING = re.compile(r"""("{3}|'{3}).*?\1""", re.DOTALL)


def meaning(text: str) -> Dataset:
    dataset = Dataset(parse(text.encode(), format=RdfFormat.TURTLE, base_iri=BASE))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def forms(text: str) -> list[str]:
    """The literals as written, in order."""
    tokens, _ = turtle_reader._tokens(text)
    return [token.text for token in tokens if token.kind in ("string", "number", "tag")]


def comments(text: str) -> Counter[str]:
    tokens, rest = turtle_reader._tokens(text)
    kept = [c for token in tokens for c in (*token.above, token.beside) if c]
    return Counter([*kept, *filter(None, rest)])


def check(text: str) -> None:
    laid_out = formatting.layout(text)
    assert meaning(laid_out) == meaning(text)
    assert forms(laid_out) == forms(text)
    assert comments(laid_out) == comments(text)
    assert formatting.layout(laid_out) == laid_out
    assert not re.search(r"[ \t]$", STRING.sub("x", laid_out), re.M)


FILES = [
    *builtin().data_files(), *builtin().ontology_files(), *builtin().shape_files(),
    *sorted((Path(__file__).parents[1] / "broken").glob("*.ttl")),
]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_files_keep_their_meaning(path: Path) -> None:
    check(path.read_text(encoding="utf-8"))


def test_shipped_files_are_in_the_layout() -> None:
    folder = builtin()
    for path in folder.own_turtle_files():
        assert not lay_out(folder, path, write=False), path


@pytest.mark.parametrize("seed", range(30))
def test_any_white_space_and_comments_between_tokens(seed: int) -> None:
    chance = random.Random(seed)
    source = chance.choice(builtin().data_files()).read_text(encoding="utf-8")
    statements = [s for s in source.split("\n\n") if "ag:Claim" in s or "a ag:" in s]
    head = source[: source.index("\n\n", source.index("@prefix"))]
    text = "\n\n".join([head, *chance.sample(statements, min(6, len(statements)))])
    tokens, _ = turtle_reader._tokens(text)
    gaps = [" ", "\n", "\n\n\n", "\t ", "\r\n", " # one\n", "\n# two\n", "\n  # three\n\n# four\n"]
    pieces = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        glued = before is not None and (token.kind in ("tag", "caret") or before.kind == "caret")
        pieces += ["" if glued else chance.choice(gaps), token.text]
    check("".join(pieces) + chance.choice(["", "\n", "\n# end", "\n\n# end\n"]))


names = st.sampled_from(["ex:a", "ex:b", "<rel>", "<http://x.org/y#z>", "ex:", "ex:a.b", "ex:%41"])
blanks = st.sampled_from(["_:x", "_:y1", "[]"])
strings = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\\\n\r'), max_size=8)
    .map(lambda t: f'"{t}"'),
    st.sampled_from(
        ['""', "''", '"""two\nlines # no comment"""', "'''a ' b'''", r'"\u00e9\t\""', r"'\''",
         '"""quote " inside"""', '"#"', '"[ ; . ,"']
    ),
)  # fmt: skip
literals = st.one_of(
    strings,
    st.builds(lambda s, t: f"{s}{t}", strings, st.sampled_from(["@en", "@de-CH", "^^ex:t"])),
    st.sampled_from(["1", "01", "+7", "-0", "1.10", ".5", "1e3", "1.0E-2", "true", "false"]),
)  # fmt: skip


def nodes(depth: int = 3) -> st.SearchStrategy[str]:
    simple = st.one_of(names, blanks, literals)
    if depth == 0:
        return simple
    inner = nodes(depth - 1)
    lists = st.lists(inner, max_size=3).map(lambda items: "(" + " ".join(items) + ")")
    brackets = properties(depth - 1).map(lambda body: f"[{body}]")
    return st.one_of(simple, simple, lists, brackets)


def properties(depth: int) -> st.SearchStrategy[str]:
    one = st.builds(
        lambda verb, objects: f"{verb} {', '.join(objects)}",
        st.one_of(st.just("a"), st.sampled_from(["ex:p", "ex:q", "<http://x.org/p>"])),
        st.lists(nodes(depth), min_size=1, max_size=3),
    )
    return st.lists(one, min_size=1, max_size=4).map(" ; ".join)


statements = st.builds(
    lambda subject, body: f"{subject} {body} .",
    st.one_of(names, blanks, st.just("(1 2)"), properties(1).map(lambda body: f"[{body}]")),
    properties(3),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(statements, max_size=4))
def test_random_graphs_keep_their_meaning(items: list[str]) -> None:
    check("@prefix ex: <http://example.org/> .\n" + "\n".join(items))


@settings(max_examples=300, deadline=None)
@given(st.lists(statements, min_size=1, max_size=3))
def test_every_triple_has_the_line_of_its_object(items: list[str]) -> None:
    """With each token on a line of its own, the line says which object it is."""
    text = "@prefix ex: <http://example.org/> .\n" + "\n".join(items)
    tokens, _ = turtle_reader._tokens(text)
    pieces = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        glued = before is not None and (token.kind in ("tag", "caret") or before.kind == "caret")
        pieces += ["" if glued else "\n", token.text]
    spread = "".join(pieces)
    lines = spread.split("\n")
    triples = list(parse(spread.encode(), format=RdfFormat.TURTLE, base_iri=BASE))
    found = turtle_reader.object_lines(spread)
    assert len(found) == len(triples)
    for (line, start), quad in zip(found, triples, strict=True):
        assert start <= line
        first = lines[line - 1][:1]
        if isinstance(quad.object, Literal):
            assert first not in "[(<" and not lines[line - 1].startswith(("ex:", "_:"))
        elif isinstance(quad.object, NamedNode) and not quad.object.value.endswith("#nil"):
            assert first == "<" or ":" in lines[line - 1]


def test_the_layout_itself() -> None:
    text = (
        "@prefix ex: <http://example.org/>.\n# about a\n\n# really\nex:a a ex:B;ex:p 1,2;# two\n"
        "ex:q [ex:r ex:s;ex:t [ex:u 1]];ex:v [a ex:C;ex:l1 'x';ex:l2 'y';ex:l3 'z'],[a ex:D;"
        "ex:l1 'x';ex:l2 'y';ex:l3 'z'].\n\n\n\nex:b ex:p (1 2)."
    )
    assert formatting.layout(text) == (
        "@prefix ex: <http://example.org/> .\n"
        "\n"
        "# about a\n"
        "\n"
        "# really\n"
        "ex:a a ex:B ;\n"
        "    ex:p 1, 2 ;  # two\n"
        "    ex:q [ ex:r ex:s ; ex:t [ ex:u 1 ] ] ;\n"
        "    ex:v [\n"
        "        a ex:C ;\n"
        "        ex:l1 'x' ;\n"
        "        ex:l2 'y' ;\n"
        "        ex:l3 'z'\n"
        "    ], [\n"
        "        a ex:D ;\n"
        "        ex:l1 'x' ;\n"
        "        ex:l2 'y' ;\n"
        "        ex:l3 'z'\n"
        "    ] .\n"
        "\n"
        "ex:b ex:p ( 1 2 ) .\n"
    )


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "# one\n\n# two\n"])
def test_texts_without_statements(text: str) -> None:
    assert formatting.layout(text) == text.lstrip("\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<http://a> <http://b> <<( <http://c> <http://d> 1 )>> .", "not Turtle 1.1"),
        ("<http://a> <http://b> 1 {| <http://c> 2 |} .", "not Turtle 1.1"),
        ("<http://a> <http://b> " + "[ <http://c> " * 200 + "1" + " ]" * 200 + " .", "deep"),
    ],
)
def test_what_the_layout_does_not_know_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "t"\n')
    path = tmp_path / "a.ttl"
    path.write_text(text)
    with pytest.raises(LoadError, match=words) as caught:
        lay_out(open_folder(tmp_path), path, write=True)
    assert caught.value.line == 1
    assert path.read_text() == text and len(list(tmp_path.iterdir())) == 2


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "t"\n')
    path = tmp_path / "a.ttl"
    path.write_bytes(b"\xef\xbb\xbf<http://a>\r\n<http://b> 'x'@DE .\r\n")
    path.chmod(0o640)
    folder = open_folder(tmp_path)
    assert lay_out(folder, path, write=False)
    assert lay_out(folder, path, write=True)
    assert path.read_bytes() == b"<http://a> <http://b> 'x'@DE .\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert not lay_out(folder, path, write=True)


TURTLE = b"<http://x/a>   <http://x/b> 1 ."


@pytest.mark.parametrize("link", [".a.ttl.new", "a.ttl"])
def test_nothing_is_written_through_a_link(
    make_folder: MakeFolder, tmp_path: Path, link: str
) -> None:
    root = make_folder({"data/a.ttl": TURTLE})
    victim = tmp_path / "victim"
    victim.write_bytes(TURTLE)
    (root / "data" / link).unlink(missing_ok=True)
    (root / "data" / link).symlink_to(victim)
    assert lay_out(open_folder(root), root / "data" / "a.ttl", write=True)
    assert victim.read_bytes() == TURTLE
    assert (root / "data" / "a.ttl").read_bytes() == b"<http://x/a> <http://x/b> 1 .\n"
    assert not (root / "data" / "a.ttl").is_symlink()


def test_a_check_writes_nothing(make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_folder({"data/a.ttl": TURTLE})
    opened, modes = Path.open, list[str]()

    def recorded(path: Path, mode: str = "r", **options: Any) -> object:
        modes.append(mode)
        return opened(path, mode, **options)

    monkeypatch.setattr(Path, "open", recorded)
    before = {path: path.stat() for path in (root, root / "data", root / "data" / "a.ttl")}
    result = CliRunner().invoke(cli, ["--graph", str(root), "fmt", "--check"])
    assert result.exit_code == 1 and "a.ttl: would change" in result.output
    assert {*modes} <= {"r", "rb"}
    after = {path: path.stat() for path in before}
    assert {p: s.st_mtime_ns for p, s in after.items()} == {
        p: s.st_mtime_ns for p, s in before.items()
    }


def test_a_folder_that_cannot_be_written_is_one_error(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_folder({"data/a.ttl": TURTLE})
    opened = Path.open

    def refused(path: Path, mode: str = "r", **options: Any) -> object:
        if mode[0] in "wax":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode, **options)

    monkeypatch.setattr(Path, "open", refused)
    result = CliRunner().invoke(cli, ["--graph", str(root), "fmt"])
    assert isinstance(result.exception, WriteError) and result.exception.exit_code == 2
    assert str(result.exception).endswith("data/a.ttl: cannot be written: Permission denied")
    assert (root / "data" / "a.ttl").read_bytes() == TURTLE


@pytest.mark.parametrize("name", ["a.ttl.gz", "a.nt", "a.nq", "a.nt.gz", "a.TTL", "a"])
@pytest.mark.parametrize("write", [True, False])
def test_only_plain_files_of_turtle_are_formatted(
    make_folder: MakeFolder, name: str, write: bool
) -> None:
    content = gzip.compress(TURTLE) if name.endswith(".gz") else TURTLE
    root = make_folder({f"data/{name}": content})
    with pytest.raises(LoadError, match=r"uncompressed Turtle, named \.ttl") as caught:
        lay_out(open_folder(root), root / "data" / name, write=write)
    assert caught.value.exit_code == 2
    assert (root / "data" / name).read_bytes() == content


def test_blank_nodes_are_not_mixed_up() -> None:
    one, two = BlankNode("x"), BlankNode("x")
    assert one == two
    check("@prefix ex: <http://example.org/> . _:x ex:p _:y . _:y ex:p _:x, [] .")
