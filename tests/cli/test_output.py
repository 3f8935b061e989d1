"""What the commands write to a terminal while they work, and that nothing of it stays."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest

from allgraph.cli import output
from tests.conftest import MakeFolder
from tests.imports.test_update import mapping
from tests.support import importing
from tests.support.commands import environment, run
from tests.support.stores import Server
from tests.support.terminal import Terminal, screen
from tests.support.waiting import until

_AT_ONCE = """
import sys
from allgraph.cli import main, output
class Now:
    def __init__(self, seconds, function): function()
    start = cancel = join = lambda self: None
output.Timer, output._REDRAW = Now, 0
main()
"""
"""Runs a command whose steps are all shown, for however short a time."""
PEOPLE = [{"id": f"p{n}", "name": f"Person {n}", "wd": f"Q{n}", "roles": []} for n in range(1, 9)]


def steps(text: str) -> list[str]:
    """The steps that were shown, each once."""
    return [*dict.fromkeys(re.findall(r"\r([^\r\n\x1b]+)\x1b\[K", text))]


def shown(*arguments: str, cwd: Path, **more: str) -> tuple[str, int]:
    """What a command writes to a terminal when it shows its steps at once, and its exit code."""
    command = [sys.executable, "-c", _AT_ONCE, *arguments]
    with Terminal(command, cwd=cwd, environment=environment(**more)) as terminal:
        code = terminal.wait()
        return terminal.text, code


@pytest.fixture
def folder(make_folder: MakeFolder) -> Path:
    """A folder with a mapping, and a file for each of two clubs."""
    files = {f"data/{name}.ttl": f'id:{name} a ag:Organization ; rdfs:label "{name}" .\n'
             for name in ("one", "two")}  # fmt: skip
    root = make_folder(files, prefixes=True)
    text = mapping({"identifier"}, extra='ignore = ["roles"]\n')
    (root / "imports").mkdir()
    (root / "imports" / f"{importing.NAME}.toml").write_text("")
    return importing.make(root, text, {"people.json": json.dumps(PEOPLE)})


COMMANDS = {
    "build": (("build",), "derive …"),
    "publish": (("publish", "site"), r"\[[#-]+\]  \d+ of \d+ documents"),
    "validate": (("validate",), "checking the shapes …"),
    "import": (("import", importing.NAME), rf"{importing.NAME}: \d records, file 1 of 1 …"),
    "export": (("export", "graph.csv"), r"reading data/one.ttl \(1 of 2\) …"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_long_work_is_shown_and_leaves_no_trace(name: str, folder: Path) -> None:
    command, step = COMMANDS[name]
    text, code = shown(*command, cwd=folder)
    assert code == 0, text
    assert any(re.match(step, each) for each in steps(text)), steps(text)
    assert all(len(each) < 80 for each in steps(text))
    assert not [line for line in screen(text) for each in steps(text) if each in line]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_steps_are_shown_where_they_are_not_wanted(name: str, folder: Path) -> None:
    command = COMMANDS[name][0]
    quiet, variables = (("--quiet",), {}) if name in ("build", "import") else ((), {"TERM": "dumb"})
    text, code = shown(*command, *quiet, cwd=folder, **variables)
    assert code == 0 and "\r" not in text.replace("\r\n", "") and "\x1b[K" not in text
    piped = run(*command, cwd=folder)
    assert piped.returncode == 0 and "\r" not in piped.stderr and "\x1b" not in piped.stderr


def test_push_shows_what_has_been_sent(folder: Path, oxigraph: Server) -> None:
    text, code = shown("push", "-e", oxigraph.url, "--to", "http://x/shown", cwd=folder)
    assert code == 0 and any(" triples" in step for step in steps(text)), text
    again, code = shown(
        "push", "-e", oxigraph.url, "--to", "http://x/shown", "--replace", "-q", cwd=folder
    )
    assert code == 0 and steps(again) == [] and "ask them with" in again


def test_a_quick_command_shows_no_steps(folder: Path) -> None:
    """With the time after which they are shown as long as no command takes."""
    program = "from allgraph.cli import main, output\noutput._PATIENCE = 1e6\nmain()"
    command = [sys.executable, "-c", program, "validate"]
    with Terminal(command, cwd=folder, environment=environment()) as terminal:
        assert terminal.wait() == 0
        assert steps(terminal.text) == []


def test_a_step_is_shown_though_no_other_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryFile("w+", newline="") as err:
        monkeypatch.setattr(sys, "stderr", err)
        monkeypatch.setattr(err, "isatty", lambda: True)
        monkeypatch.setattr(output, "_PATIENCE", 0.0)
        monkeypatch.setenv("TERM", "xterm")
        with output.progress() as show:
            assert show is not None
            show("deriving")
            until(lambda: os.fstat(err.fileno()).st_size)
        err.seek(0)
        assert screen(err.read()) == []


def test_what_is_logged_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    line = output._StatusLine()
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(line.clear)
    line.appear()
    line.show("reading a.ttl")
    handler.handle(logging.makeLogRecord({"msg": "a date is wrong"}))
    line.show("reading b.ttl")
    line.clear()
    assert screen(capsys.readouterr().err) == ["a date is wrong"]


@pytest.mark.parametrize("columns", [24, 80])
def test_a_bar_counts_what_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    monkeypatch.setattr(output, "_REDRAW", 0)
    monkeypatch.setenv("COLUMNS", str(columns))
    line = output._StatusLine()
    line.appear()
    for done in range(0, 2001, 400):
        line.show(f"{done:,} of 2,000 triples")
    line.show("a file named \x1b[31m\r…")
    drawn = steps(capsys.readouterr().err)
    assert all(len(each) < columns for each in drawn)
    if columns == 80:
        assert [int(each.split()[1].replace(",", "")) for each in drawn[:-1]] == [
            *range(0, 2001, 400)
        ]
        assert drawn[3].startswith("[##############----------]  1,200 of 2,000 triples")


def test_colours_are_for_terminals_that_have_them(folder: Path) -> None:
    for variables, is_coloured in (
        ({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)
    ):  # fmt: skip
        text, code = shown("find", "one", cwd=folder, **{"NO_COLOR": "", **variables})
        assert code == 0 and ("\x1b[2m" in text) == is_coloured, variables
    assert "\x1b" not in run("find", "one", cwd=folder).stderr


_EVIL = "\\u001B]0;title\\u0007\\u202E\\nin 1999  No"


def test_names_do_not_control_the_terminal(make_folder: MakeFolder) -> None:
    """Nor does one begin a line of its own, which would look like another entry."""
    claim = """claim:one a ag:Claim ; rdf:subject id:evil ; rdf:predicate ag:founded ;
        rdf:object id:club ; ag:when "1990"^^edtf:EDTF ; ag:evidence [ a oa:ResourceSelection ;
        oa:hasSource source:s ; ag:reading ag:AsStated ] .
    source:s a ag:Source ; rdfs:label "S" ; prov:specializationOf <http://example.org/s> ;
        ag:read "2026-01-02"^^edtf:EDTF .
    id:club a ag:Organization ; rdfs:label "Club" ."""
    thing = f'id:evil a ag:Person ; rdfs:label "Eva{_EVIL}" .'
    root = make_folder({"data/a.ttl": f"{thing}\n{claim}\n"}, prefixes=True)
    manifest = root / "allgraph.toml"
    manifest.write_text(manifest.read_text().replace('title = "', f'title = "{_EVIL}'))
    for arguments in (("timeline",), ("show", "id:evil"), ("show", "Eva"), ("find", "Eva")):
        done = run(*arguments, cwd=root)
        told = done.stdout + done.stderr
        assert "Eva" in told and not set("\x1b\x07\u202e") & set(told), arguments
        assert not any(line.startswith("in 1999") for line in done.stdout.splitlines())
