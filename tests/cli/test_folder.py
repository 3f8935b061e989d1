"""The command that starts a folder, with mappings that come with allgraph."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from allgraph.imports import sets
from tests.support.commands import ALLGRAPH, environment, run


@pytest.mark.parametrize("name", sets.NAMES)
def test_init_from_a_set_has_its_mappings_and_examples(tmp_path: Path, name: str) -> None:
    root = tmp_path / "g"
    done = run("init", str(root), "--from", name, "--title", "Our list")
    assert done.returncode == 0, done.stderr
    assert "README.md" in done.stdout and (root / "README.md").read_text().startswith("# Our list")
    assert run("--graph", str(root), "test").stdout.endswith(" passed, 0 failed\n")
    assert "no findings" in run("--graph", str(root), "validate").stdout


def test_init_from_an_unknown_set_lists_those_there_are(tmp_path: Path) -> None:
    done = run("init", str(tmp_path / "g"), "--from", "parliament")
    assert done.returncode == 2 and not (tmp_path / "g").exists()
    assert all(name in done.stderr for name in sets.NAMES)


def test_the_shell_completes_the_name_of_a_set() -> None:
    words = {"COMP_WORDS": "allgraph init --from ", "COMP_CWORD": "3"}
    done = subprocess.run(
        [ALLGRAPH],
        env={**environment(), "_ALLGRAPH_COMPLETE": "bash_complete", **words},
        capture_output=True,
        check=False,
        text=True,
    )
    assert {line.partition(",")[2] for line in done.stdout.split()} == {*sets.NAMES}
