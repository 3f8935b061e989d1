"""A folder of fictional people, written for version 0.1.0, is migrated by one command."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyoxigraph import Literal

from allgraph.cli import cli
from allgraph.folder import builtin, deprecated, init_folder, open_folder
from allgraph.graph import examples, open_graph
from allgraph.rdf.terms import AG
from allgraph.validation.validate import validate
from tests.conftest import BASE, PREFIXES

RENAMED = {
    "ag:Measure": "ag:LegislativeProposal",
    "ag:Post": "ag:Posting",
    "ag:chapterNumber": "ag:citation",
}
"""What changes in the expected rows."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder that has each deprecated term of the built-in ontology."""
    return shutil.copytree(Path(__file__).parents[1] / "support" / "old_folder", tmp_path / "old")


def rows(folder: Path) -> dict[Path, list[list[str]]]:
    """The expected rows of a folder."""
    return {
        path: list(csv.reader(path.read_text().splitlines()))
        for path in sorted(folder.rglob("*.csv"))
    }


def test_the_old_folder_has_each_deprecated_term(old: Path) -> None:
    findings = validate(open_folder(old)).findings
    found = {f.message.split()[0] for f in findings if f.shape == "deprecated-term"}
    assert found == {f"ag:{iri.removeprefix(AG)}" for iri in deprecated.of(builtin())}


@pytest.fixture
def copied(old: Path) -> Path:
    """The same folder with a copy of the ontology of then, instead of the built-in one."""
    copy = Path(__file__).parents[1] / "support" / "old_copy"
    shutil.copytree(copy, old, dirs_exist_ok=True)
    with (old / "allgraph.toml").open("a") as manifest:
        manifest.write("extends = false\n")
    return old


def cards(folder: Path) -> set[str]:
    """What a profile says of all things, without the datatypes of texts."""
    arguments = ["--graph", str(folder), "export", "--profile", "cards", "-f", "ntriples", "-"]
    result = CliRunner().invoke(cli, arguments)
    return {re.sub(r"\^\^<[^>]*>", "", line) for line in result.stdout.splitlines()}


@pytest.mark.parametrize("kind", ["old", "copied"])
def test_a_migrated_folder_answers_the_same(kind: str, request: pytest.FixtureRequest) -> None:
    old: Path = request.getfixturevalue(kind)
    before, told = rows(old), cards(old)
    assert len(told) == 11
    run = CliRunner().invoke
    assert run(cli, ["--graph", str(old), "fmt", "--migrate"]).exit_code == 0
    graph = open_graph(old)
    assert [outcome.problem for outcome in examples.check(graph) if outcome.problem] == []
    findings = validate(graph).findings
    assert not [f for f in findings if f.is_violation or f.shape == "deprecated-term"]
    for options in (["--migrate"], []):
        checked = run(cli, ["--graph", str(old), "fmt", *options, "--check"])
        assert (checked.exit_code, checked.stdout) == (0, "")
    assert cards(old) == told
    assert rows(old) == {
        path: [[RENAMED.get(cell, cell) for cell in row] for row in rows_of_file]
        for path, rows_of_file in before.items()
    }
    (row,) = graph.sparql("SELECT ?id { id:mira ag:identifier ?id FILTER(STR(?id) = 'Q1') }").rows
    assert isinstance(row["id"], Literal) and row["id"].datatype.value == f"{AG}WikidataId"


def test_an_older_copy_of_the_ontology_becomes_this_versions(copied: Path) -> None:
    assert CliRunner().invoke(cli, ["fmt", "--migrate", str(copied)]).exit_code == 0
    found = {path.relative_to(copied) for path in copied.glob("ontology/**/*.ttl")}
    names = ("allgraph.ttl", "shapes/works.ttl", "shapes/shapes.ttl")  # the last is needed
    assert found == {Path("ontology", name) for name in names}
    for path in found:
        assert (copied / path).read_bytes() == (builtin().root / path).read_bytes()


OWN = f"{PREFIXES}@prefix ex: <https://example.org/ns#> .\n"
NOT_OURS, OURS = (
    "this is not part of allgraph, but stands in an older copy",
    "this is from a file of allgraph that",
)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("allgraph.ttl", "ex:mine a owl:Class .", NOT_OURS),
        ("allgraph.ttl", "ag:mine a owl:Class .", NOT_OURS),
        ("allgraph.ttl", "ag:Measure rdfs:subClassOf ex:mine .", NOT_OURS),
        ("shapes/works.ttl", "ex:mine sh:targetClass ag:Study .", NOT_OURS),
        ("shapes/works.ttl", "[] a sh:NodeShape ; sh:targetClass ag:Study .", NOT_OURS),
        ("shapes/works.ttl", "shapes:study-doi sh:property [ sh:path ex:mine ] .", NOT_OURS),
        ("shapes/former.ttl", "shapes:former sh:targetClass ag:Study .", OURS),
        ("mine.ttl", "ag:hasDoi rdfs:comment 'mine' .", "ag:hasDoi is the subject of a triple"),
        ("shapes/mine.ttl", "ex:mine sh:targetClass ag:Study .", ""),
        ("shapes/things.ttl", "ex:mine sh:targetClass ag:Study .", ""),
    ],
)
def test_what_is_not_of_the_older_copy_is_never_replaced(
    copied: Path, name: str, text: str, words: str
) -> None:
    path = copied / "ontology" / name
    before = path.read_text() if path.exists() else OWN
    if path.exists():
        text = f"@prefix ex: <https://example.org/ns#> . {text}"
    path.write_text(f"{before}{text}\n")
    files = {path: path.read_bytes() for path in copied.rglob("*") if path.is_file()}
    result = CliRunner().invoke(cli, ["fmt", "--migrate", str(copied)])
    line = before.count("\n") + 1
    if words:
        told = [str(result.exception), *getattr(result.exception, "__notes__", [])]
        assert any(f"ontology/{name}:{line}: {words}" in one for one in told), told
        assert files == {path: path.read_bytes() for path in files}
    else:
        assert result.exit_code == 0 and path.read_bytes() == files[path]


def test_this_versions_ontology_has_nothing_to_migrate(tmp_path: Path) -> None:
    shutil.copytree(builtin().root / "ontology", tmp_path / "ontology")
    for name, text in (("allgraph.ttl", "ag:mine a owl:Class ."), ("shapes/works.ttl", "# mine")):
        with (tmp_path / "ontology" / name).open("a") as copy:
            copy.write(f"\n{text}\n")
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "A copy"\nextends = false\n')
    for root in (tmp_path, builtin().root):
        result = CliRunner().invoke(cli, ["fmt", "--migrate", "--check", str(root)])
        assert (result.exit_code, result.stdout) == (0, "")


def test_a_folder_of_the_template_has_nothing_to_migrate(tmp_path: Path) -> None:
    folder = init_folder(tmp_path / "club", title="A club", base=BASE)
    result = CliRunner().invoke(cli, ["fmt", "--migrate", "--check", str(folder.root)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert all(outcome.ok for outcome in examples.check(open_graph(folder.root)))
