"""Outputs: the same blocks in both forms, replaced whole or not at all, whoever is killed when."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from allgraph.errors import InputError, LoadError
from allgraph.folder import open_folder
from allgraph.imports import output as outputs
from allgraph.imports.output import Output
from allgraph.imports.update import Import
from tests.support.importing import HEAD, Live, live, make, output, put, run, triples

MAPPING = f"""records = "notes.csv"
ids = "ledger"
key = ["Key"]
{HEAD}
[things]
who = {{ id = "{{#}}", a = "Person", label = "{{Name}}" }}
friend = {{ id = "friend-{{Friend}}", a = "Person", label = "{{Friend}}" }}
[[claims]]
say = ["who hasName {{Name}}", "who hasWebsite {{Page}} by friend note {{Note}}"]
"""
NAME = """A "b" \\ 'c' \'\'\'d\'\'\' é 𠮷"""
HARD = '1,"{}",https://x.example/a?b=1&c=%20#d,"one\n# <two>\n\n# places\n",Eve\n'.format(
    NAME.replace('"', '""')
)
TABLE = f"""Key,Name,Page,Note,Friend
{HARD}2,Bob,https://b.example,,Eve
3,Cid,https://c.example,x,Eve
"""
LABEL = "/id/friend-eve> <http://www.w3.org/2000/01/rdf-schema#label>"


def folder(root: Path, table: str = TABLE) -> Path:
    return make(root, MAPPING, {"notes.csv": table})


@pytest.mark.parametrize("large", [3, 10_000])
def test_an_output_is_read_back_as_the_blocks_that_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    written: list[str] = []
    add = outputs.Writer.add

    def note(self: outputs.Writer, text: str, claims: int = 0) -> None:
        written.append(text)
        add(self, text, claims)

    monkeypatch.setattr(outputs.Writer, "add", note)
    monkeypatch.setattr(outputs, "LARGE", large)
    root = folder(tmp_path)
    run(root)
    found = [text for text in Output(open_folder(root), "people").blocks() if "\n<" in text]
    assert [*map(ordered, found)] == [ordered(text) for text in written if "\n<" in text]
    names = [one.object for one in live(root) if one.predicate == "hasName"]
    assert "A \"b\" \\ 'c' '''d''' é 𠮷" in names


def ordered(text: str) -> str | list[str]:
    """A block; that of the source, which is written anew each time, in any order."""
    return sorted(text.splitlines()) if text.startswith("# source") else text


def test_both_forms_have_the_same_triples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(folder(tmp_path / "a"))
    monkeypatch.setattr(outputs, "LARGE", 1)
    run(folder(tmp_path / "b"))
    assert triples(tmp_path / "a") == triples(tmp_path / "b")


def test_who_said_it_keeps_a_label_as_records_go(tmp_path: Path) -> None:
    root = folder(tmp_path)
    run(root)
    put(root, "notes.csv", TABLE.replace(HARD, ""))
    run(root, read="2026-01-02")
    assert [
        one for one in triples(root) if "/id/friend-eve> <http://www.w3.org/2000/01/rdf-s" in one
    ]
    put(root, "notes.csv", TABLE.replace(HARD, "").replace("Bob", "Bab"))
    run(root, read="2026-01-03")
    assert [
        one for one in triples(root) if "/id/friend-eve> <http://www.w3.org/2000/01/rdf-s" in one
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"', "'", 1),
        lambda text: text.replace("@prefix", "prefix", 1),
    ],
)
def test_an_output_that_somebody_edited_is_an_error_or_replaced(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    root = folder(tmp_path)
    run(root)
    path = root / "data/imported/people.ttl"
    before = path.read_text()
    path.write_text(change(before))
    with pytest.raises(LoadError, match=r"people.ttl.* restore it, or remove it"):
        run(root)
    assert path.read_text() == change(before)
    path.unlink()
    run(root)
    assert path.read_text() == before


def test_of_two_imports_at_once_one_writes(tmp_path: Path) -> None:
    root = folder(tmp_path)
    run(root)
    first, second = (Import(open_folder(root), "people", read="2026-01-01") for _ in range(2))
    put(root, "notes.csv", TABLE + "4,Dan,https://d.example,,Eve\n")
    third = Import(open_folder(root), "people", read="2026-01-02")
    third.run()
    content = output(root), (root / "imports/people.ids.csv").read_bytes()
    for late in (first, second):
        with pytest.raises(
            InputError, match="another import by this mapping has replaced the output"
        ):
            late.run()
    assert content == (output(root), (root / "imports/people.ids.csv").read_bytes())


def test_imports_in_several_processes_leave_one_whole_output(tmp_path: Path) -> None:
    root = folder(tmp_path / "a")
    command = [sys.executable, "-m", "allgraph", "-g", str(root), "import", "--read", "2026-01-01"]
    processes = [subprocess.Popen(command, stderr=-1, stdout=-1) for _ in range(4)]
    codes = [process.communicate() and process.returncode for process in processes]
    assert 0 in codes and {*codes} <= {0, 2}
    run(folder(tmp_path / "b"))
    assert output(tmp_path / "a") == output(tmp_path / "b")


@pytest.mark.parametrize("large", [(10_000, 10_000), (1, 1), (1, 10_000), (10_000, 1)])
def test_killed_at_any_step_the_old_output_is_whole_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: tuple[int, int]
) -> None:
    table = TABLE.replace("Cid", "Sid") + "4,Dan,https://d.example,,Eve\n"
    monkeypatch.setattr(outputs, "LARGE", large[0])
    before = folder(tmp_path / "before")
    run(before)
    put(before, "notes.csv", table)
    monkeypatch.setattr(outputs, "LARGE", large[1])
    after = shutil.copytree(before, tmp_path / "after")
    update(after)
    old, new = contents(before), contents(after)
    was_killed, outcomes, step = True, set(), 0
    while was_killed:
        step += 1
        root = shutil.copytree(before, tmp_path / "now", dirs_exist_ok=True)
        was_killed = killed_at(step, root, update)
        left = contents(root)
        assert left and {*left.items()} <= {*old.items(), *new.items()}
        outcomes.add("new" if new.items() <= left.items() else "old")
        outcomes |= {"both"} if len(left) > 1 else set()
        if was_killed:
            update(root)
        assert contents(root) == new and live(root)[Live("4", "hasName", "Dan")]
        shutil.rmtree(root)
    assert outcomes == {"old", "new"} | ({"both"} if large[0] != large[1] else set())


def update(root: Path) -> None:
    Import(open_folder(root), "people", read="2026-01-02").run()


def contents(root: Path) -> dict[str, bytes]:
    """The outputs that are there."""
    return {path.name: path.read_bytes() for path in (root / "data/imported").glob("people.*")}


def killed_at(step: int, root: Path, action: Callable[[Path], None]) -> bool:
    """Do something in a child that is killed before the n-th change to a file."""
    child = os.fork()
    if not child:
        count = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal count
            is_write = event in ("os.rename", "os.remove", "os.chmod", "os.mkdir") or (
                event == "open" and {*str(arguments[1])} & {*"wxa+"}
            )
            if is_write and str(arguments[0]).startswith(str(root)):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            action(root)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
