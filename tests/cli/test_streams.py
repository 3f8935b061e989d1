"""Standard streams that are full, closed, or pipes that nobody reads give no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from allgraph.cli import COMMANDS
from tests.cli.test_output import folder as folder  # a fixture
from tests.support import importing
from tests.support.commands import ALLGRAPH, environment, run, run_into

WRITING = {
    "tour": (),
    "ask": (),
    "ask ": ("founders", "--body", "Model Alliance", "--sources"),
    "test": (),
    "validate": (),
    "fmt": (),
    "init": ("new",),
    "sparql": ("SELECT * { ?s ?p ?o } LIMIT 9000", "-f", "csv"),
    "find": ("rocha",),
    "cite": ("Karen Elson",),
    "picture": ("timeline", "RESPECT Program"),
    "show": ("Coco Rocha", "--hops", "1"),
    "paths": ("Coco Rocha", "Andrew Cuomo"),
    "between": ("Coco Rocha", "Karen Elson"),
    "timeline": (),
    "rank": (),
    "publish": ("site",),
    "check-site": ("nowhere",),
    "export": ("-",),
    "build": (),
    "import": (importing.NAME, "--sample", "3"),
    "completion": ("bash",),
    "--help": (),
    "--version": (),
    "ask founders --help": (),
}
BUILT_IN = {"ask ", "cite", "find", "picture", "show", "paths", "between", "sparql"}
"""Commands that are about the built-in graph here; the others are run in a small folder."""
NO_OUTPUT = {"fmt", "check-site"}
"""Those that write nothing to standard output here."""


def of(name: str, folder: Path) -> tuple[list[str], Path]:
    """The words of a command and the directory that it is run in."""
    shutil.rmtree(folder / "new", ignore_errors=True)
    return [*name.split(), *WRITING[name]], Path("/") if name in BUILT_IN else folder


def test_all_commands_are_here() -> None:
    assert {name.split()[0] for name in WRITING} >= {*COMMANDS} - {"serve", "push"}


@pytest.mark.parametrize("name", WRITING)
def test_a_full_device_is_one_line_and_a_closed_pipe_is_silent(name: str, folder: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    reader, writer = os.pipe()
    os.close(reader)
    for file, is_full in ((full, True), (writer, False)):
        words, cwd = of(name, folder)
        done = run_into(file, None, *words, cwd=cwd)
        ours = [line for line in done.stderr.splitlines() if "cannot be written" in line]
        assert "Traceback" not in done.stderr and "Exception" not in done.stderr
        assert "Errno" not in done.stderr and "Broken pipe" not in done.stderr
        if name not in NO_OUTPUT:
            told = ["allgraph: standard output cannot be written: No space left on device"]
            assert (done.returncode, ours) == ((2, told) if is_full else (0, [])), done.stderr
    words, cwd = of(name, folder)
    plain = run(*words, cwd=cwd)
    for file in (full, writer):
        words, cwd = of(name, folder)
        done = run_into(None, file, *words, cwd=cwd)
        assert (done.returncode, done.stderr) == (plain.returncode, "")
        if name not in ("build", "init", "publish"):  # which say how long it took, or are done
            assert done.stdout == plain.stdout
    os.close(full)
    os.close(writer)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["find rocha -q", "sparql"])
def test_a_closed_stream_is_as_the_null_device(words: str, closed: str, tmp_path: Path) -> None:
    null = closed.replace("&-", "/dev/null")
    outcomes = []
    for streams in (null, closed):
        command = f"{ALLGRAPH} {words} {'' if '<' in streams else '</dev/null'} {streams}"
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False
        )
        outcomes.append((done.returncode, done.stdout, done.stderr))
    assert outcomes[0] == outcomes[1]
    assert b"Traceback" not in outcomes[1][2]


@pytest.mark.parametrize("variable", ["bash_source", "bash_complete", "zsh_complete"])
def test_completion_withstands_a_full_device(variable: str) -> None:
    words = {"COMP_LINE": "allgraph ask ", "_ALLGRAPH_COMPLETE": variable}
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [ALLGRAPH], env=environment(**words), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
