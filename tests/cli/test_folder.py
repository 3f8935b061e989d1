"""The commands that start a folder, with mappings that come with allgraph, and that watch one."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from allgraph.folder import init_folder
from allgraph.imports import sets
from tests.support.commands import ALLGRAPH, environment, run
from tests.support.processes import stop
from tests.support.waiting import PATIENCE, until


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
    words = {"COMP_LINE": "allgraph init --from "}
    done = subprocess.run(
        [ALLGRAPH],
        env={**environment(), "_ALLGRAPH_COMPLETE": "bash_complete", **words},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.stdout.split() == ["plain", *sets.NAMES]


@contextmanager
def watching(root: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process that validates a folder again and again, and the file with what it writes."""
    log = root.with_name("log")
    command = [ALLGRAPH, "--graph", str(root), "validate", "--watch", *options]
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written, env=environment())
    try:
        yield process, log
    finally:
        stop(process)


def test_validate_watch_reports_each_change_until_it_is_interrupted(tmp_path: Path) -> None:
    """Broken Turtle, shapes and manifests between two edits are said, and end nothing."""
    root = init_folder(tmp_path / "club", title="Club", base="https://example.org/").root
    path, manifest = root / "data" / "new.ttl", root / "allgraph.toml"
    shape, whole = root / "ontology" / "shapes" / "own.ttl", manifest.read_text()
    shape.parent.mkdir(parents=True, exist_ok=True)
    new = tmp_path / "new.ttl"
    with watching(root) as (process, log):

        def reported(change: str, words: str) -> bool:
            """Whether the last report is about a change, and has some words."""
            last = log.read_text().rpartition(f" {change}")
            return bool(last[1]) and words in last[2]

        until(lambda: reported("watching", "no findings"))
        path.write_text("id:a id:b\n")
        until(lambda: reported("changed: data/new.ttl", "data/new.ttl:"))
        new.write_text("# nothing\n")
        new.replace(path)
        until(lambda: reported("changed: data/new.ttl", "no findings"))
        path.unlink()
        until(lambda: log.read_text().count("no findings") == 3)
        shape.write_text(
            "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<x> a sh:NodeShape ; sh:minLenght 1 .\n"
        )
        until(lambda: reported("changed: ontology/shapes/own.ttl", "own.ttl:2: "))
        shape.unlink()
        until(lambda: log.read_text().count("no findings") == 4)
        manifest.write_text("broken")
        until(lambda: reported("changed: allgraph.toml", "allgraph: "))
        manifest.write_text(whole)
        until(lambda: reported("changed: allgraph.toml", "no findings"))
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    assert "Traceback" not in log.read_text()
    assert re.search(r"^\d\d:\d\d:\d\d changed: data/new.ttl$", log.read_text(), re.MULTILINE)


def test_validate_watch_writes_no_file(tmp_path: Path) -> None:
    done = run("validate", "--watch", "-o", str(tmp_path / "report.json"))
    assert done.returncode == 2 and "leave out --output" in done.stderr
    assert not (tmp_path / "report.json").exists()
