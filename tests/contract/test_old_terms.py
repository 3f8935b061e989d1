"""A folder of fictional people, written for version 0.1.0, is migrated by one command."""

from __future__ import annotations

import csv
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
from tests.conftest import BASE

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


def test_a_migrated_folder_answers_the_same(old: Path) -> None:
    before = rows(old)
    run = CliRunner().invoke
    assert run(cli, ["--graph", str(old), "fmt", "--migrate"]).exit_code == 0
    graph = open_graph(old)
    assert [outcome.problem for outcome in examples.check(graph) if outcome.problem] == []
    findings = validate(graph).findings
    assert not [f for f in findings if f.is_violation or f.shape == "deprecated-term"]
    for options in (["--migrate"], []):
        checked = run(cli, ["--graph", str(old), "fmt", *options, "--check"])
        assert (checked.exit_code, checked.stdout) == (0, "")
    assert rows(old) == {
        path: [[RENAMED.get(cell, cell) for cell in row] for row in rows_of_file]
        for path, rows_of_file in before.items()
    }
    (row,) = graph.sparql("SELECT ?id { id:mira ag:identifier ?id FILTER(STR(?id) = 'Q1') }").rows
    assert isinstance(row["id"], Literal) and row["id"].datatype.value == f"{AG}WikidataId"


def test_a_folder_of_the_template_has_nothing_to_migrate(tmp_path: Path) -> None:
    folder = init_folder(tmp_path / "club", title="A club", base=BASE)
    result = CliRunner().invoke(cli, ["fmt", "--migrate", "--check", str(folder.root)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert all(outcome.ok for outcome in examples.check(open_graph(folder.root)))
