"""Folders and snapshots of other versions get one clear line, and a way on that works.

Old terms in the data of a folder are in `test_old_terms`, former names in `test_former_names`.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from allgraph.cli import cli
from allgraph.errors import VERSION
from allgraph.folder import init_folder
from tests.support.commands import run as run_apart

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "compatibility.md"


@pytest.fixture
def club(tmp_path: Path) -> Path:
    folder = init_folder(tmp_path / "club", title="Club", base="https://example.org/club/")
    assert run(folder.root, "build").exit_code == 0
    return folder.root


def run(folder: Path, *command: str) -> Result:
    return CliRunner().invoke(cli, ["--graph", str(folder), *command])


def remake(folder: Path, fields: dict[str, Any]) -> None:
    """Make the manifest of a snapshot one of another version: ``None`` leaves out a field."""
    pointer = folder / ".allgraph" / "current"
    pointed = json.loads(pointer.read_bytes())
    manifest = folder / ".allgraph" / pointed["snapshot"] / "manifest.json"
    made = {**json.loads(manifest.read_bytes()), **fields}
    made["versions"] = {**made["versions"], "allgraph": "0.0.9"}
    kept = {name: value for name, value in made.items() if value is not None}
    manifest.write_text(json.dumps(kept), encoding="utf-8")
    pointed["manifest"] = sha256(manifest.read_bytes()).hexdigest()
    pointer.write_text(json.dumps(pointed), encoding="utf-8")


@pytest.mark.parametrize(
    "fields",
    [{}, {"format": 8}, {"format": 5, "withheld": None}, {"format": 99, "unheard_of": [1]}],
    ids=["same format", "older", "a field less", "newer"],
)
def test_a_snapshot_of_another_version_is_left_alone_and_made_again(
    fields: dict[str, Any], club: Path
) -> None:
    remake(club, fields)
    told = f", format {fields['format']}" if fields else ""
    line = (
        f"WARNING: the snapshot is not used, since it was made by another version "
        f"(allgraph 0.0.9{told}); make it again with `allgraph build`"
    )
    found = run_apart("--graph", str(club), "find", "Ada Example")
    assert found.returncode == 0 and "id:ada-example" in found.stdout
    assert line in found.stderr.splitlines()
    assert run(club, "build").exit_code == 0
    again = run_apart("--graph", str(club), "find", "Ada Example")
    assert (again.stdout, again.returncode) == (found.stdout, 0)
    assert "WARNING" not in again.stderr


def test_a_check_of_such_a_snapshot_says_what_to_do(club: Path) -> None:
    remake(club, {"format": 8})
    checked = run(club, "build", "--check")
    assert checked.exit_code == 1 and "was made by another version" in checked.stdout
    assert "`allgraph build`" in checked.stdout


@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        ("format = 2", "the format known here is 1; this one is newer; update allgraph"),
        ("format = 1\nrequires-allgraph = '>=9.1'\nlater = 1", "needs allgraph >=9.1, and this is"),
        (
            "format = 1\nlater = 1",
            f"allgraph {VERSION} does not know the key “later”; the keys are",
        ),
    ],
    ids=["format", "required version", "key"],
)
def test_a_folder_that_needs_a_newer_version_gets_one_line(
    manifest: str, line: str, tmp_path: Path
) -> None:
    (tmp_path / "allgraph.toml").write_text(f"title = 'Later'\n{manifest}\n", encoding="utf-8")
    done = run_apart("--graph", str(tmp_path), "ask")
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("allgraph: ") and done.stderr.count("\n") == 1
    assert f"allgraph.toml: {line}" in done.stderr
    assert line.replace(">=9.1", ">=0.2") in PAGE.read_text(encoding="utf-8")
