"""The option --output: files in the format of their suffix, whole or not at all."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import MakeFolder
from tests.support.commands import environment, run
from tests.support.terminal import Terminal

FOUNDERS = ("ask", "founders", "--body", "Model Alliance")
PICTURES = {
    "timeline": ("timeline", "RESPECT Program"),
    "paths": ("paths", "Coco Rocha", "Andrew Cuomo"),
    "show": ("show", "Model Alliance"),
    "show --hops": ("show", "Model Alliance", "--hops", "2"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_the_format_of_its_suffix(name: str, tmp_path: Path) -> None:
    done = run(*PICTURES[name], "-o", str(tmp_path / "a.svg"))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert svg == run(*PICTURES[name], "-f", "svg").stdout
    assert run(*PICTURES[name], "--output", str(tmp_path / "a.PNG")).returncode == 0
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("command", "suffix", "format"),
    [
        (FOUNDERS, "csv", "csv"),
        (FOUNDERS, "txt", "table"),
        ((*FOUNDERS, "--sources"), "json", "json"),
        (("sparql", "DESCRIBE id:sara-ziff"), "ttl", "turtle"),
        (("find", "rocha"), "txt", "text"),
        (("show", "Coco Rocha", "--hops", "1"), "json", "json"),
        (("between", "Coco Rocha", "Karen Elson"), "json", "json"),
        (("rank",), "txt", "text"),
        (("paths", "Coco Rocha", "Andrew Cuomo"), "graphml", "graphml"),
        (("validate",), "sarif", "sarif"),
    ],
)
def test_a_file_has_what_would_be_written(
    command: tuple[str, ...], suffix: str, format: str, tmp_path: Path
) -> None:
    path = tmp_path / f"out.{suffix}"
    path.write_text("old")
    done = run(*command, "-o", path.name, cwd=tmp_path)
    said = run(*command, "-f", format)
    assert (done.returncode, done.stdout, done.stderr) == (said.returncode, "", said.stderr)
    assert path.read_bytes() == said.stdout.encode()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_named_format_goes_before_the_suffix_and_no_suffix_is_the_default(tmp_path: Path) -> None:
    run(*FOUNDERS, "-f", "json", "-o", "a.csv", cwd=tmp_path)
    assert json.loads((tmp_path / "a.csv").read_text())["head"]
    run(*FOUNDERS, "-o", "plain", cwd=tmp_path)
    assert (tmp_path / "plain").read_text() == run(*FOUNDERS).stdout == run(*FOUNDERS, "-o-").stdout


def test_an_answer_of_no_is_written_and_exits_as_ever(tmp_path: Path) -> None:
    assert (
        run("sparql", "ASK { id:sara-ziff a ag:Bill }", "-o", "a.txt", cwd=tmp_path).returncode == 1
    )
    assert (tmp_path / "a.txt").read_text() == "no\n"


@pytest.mark.parametrize(
    ("command", "path", "code", "words"),
    [
        (("show", "Nobody"), "old.svg", 2, "nothing is named"),
        (("--timeout", "0", "sparql", "SELECT * { ?s ?p"), "old.csv", 2, "expected"),
        (("find", "rocha"), "old.svg", 2, "cannot be written as “svg”; there are text, json"),
        (FOUNDERS, "old.docx", 2, "cannot be written as “docx”"),
        (("paths", "Coco Rocha", "Andrew Cuomo", "--max-hops", "1"), "old.svg", 2,
         "there is nothing to draw"),
        (FOUNDERS, "no/a.csv", 2, "no/a.csv: cannot be written: No such file"),
        (FOUNDERS, ".", 2, "cannot be written: Is a directory"),
    ],
)  # fmt: skip
def test_a_failure_leaves_the_file_as_it_was(
    command: tuple[str, ...], path: str, code: int, words: str, tmp_path: Path
) -> None:
    old = tmp_path / path if path.startswith("old") else tmp_path / "old"
    old.write_text("as it was")
    done = run(*command, "-o", path, cwd=tmp_path)
    assert done.returncode == code and words in done.stderr and "Traceback" not in done.stderr
    assert old.read_text() == "as it was" and [*tmp_path.iterdir()] == [old]


def test_a_full_device_is_a_clear_line() -> None:
    done = run(*FOUNDERS, "-o", "/dev/full")
    assert done.returncode == 2 and "/dev/full: cannot be written: No space left" in done.stderr


def test_a_link_is_followed(tmp_path: Path) -> None:
    os.symlink("there.csv", tmp_path / "here.csv")
    (tmp_path / "there.csv").write_text("")
    assert run(*FOUNDERS, "-o", "here.csv", cwd=tmp_path).returncode == 0
    assert (tmp_path / "here.csv").is_symlink() and (tmp_path / "there.csv").read_text()


def test_a_parameter_called_output_is_no_file(make_folder: MakeFolder, tmp_path: Path) -> None:
    head = "# What?\n#\n# $output number The most.\n"
    text = f"{head}SELECT ?x {{ VALUES ?x {{ 1 2 3 }} FILTER(?x <= $output) }}"
    folder = make_folder({"queries/few.rq": text})
    done = run("ask", "few", "--output", "2", "-f", "csv", "--graph", str(folder), cwd=tmp_path)
    assert done.stdout.split() == ["x", "1", "2"]


def test_a_terminal_is_not_sent_a_png(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "allgraph", *PICTURES["timeline"], "-f", "png"]
    with Terminal(command, cwd=tmp_path, environment=environment()) as terminal:
        assert terminal.wait() == 2 and "a PNG is not for a terminal" in terminal.text
