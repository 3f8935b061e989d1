"""Files are replaced whole or not at all, and none is written outside of its folder."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from allgraph import writing
from allgraph.errors import WriteError


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text("victim")
    path.chmod(0o640)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


def test_a_link_is_replaced_and_not_followed(folder: Path, victim: Path) -> None:
    (folder / "a").symlink_to(victim)
    writing.put(folder / "a", b"new")
    assert not (folder / "a").is_symlink() and (folder / "a").read_text() == "new"
    assert victim.read_text() == "victim"
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_link_that_the_user_names_is_followed(folder: Path, victim: Path) -> None:
    (folder / "a").symlink_to(victim)
    writing.put(folder / "a", b"new", follow=True)
    assert (folder / "a").is_symlink() and victim.read_text() == "new"
    assert victim.stat().st_mode & 0o777 == 0o640


def test_an_open_file_that_the_user_names_is_added_to(folder: Path) -> None:
    """As by ``-o /dev/stdout >> log``, and in a pipe."""
    with (folder / "log").open("ab") as log:
        log.write(b"before, ")
        log.flush()
        writing.put(Path(f"/dev/fd/{log.fileno()}"), b"after", follow=True)
    assert (folder / "log").read_text() == "before, after"
    output, into = os.pipe()
    writing.put(Path(f"/dev/fd/{into}"), b"piped", follow=True)
    assert os.read(output, 10) == b"piped"
    for file in (output, into):
        os.close(file)


def test_a_link_to_itself_that_the_user_names_becomes_a_file(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    writing.put(folder / "loop", b"new", follow=True)
    assert (folder / "loop").read_text() == "new"


def test_a_temporary_file_is_never_one_that_is_there(
    folder: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if somebody had guessed its name."""
    planted = folder / "planted"
    planted.symlink_to(victim)
    monkeypatch.setattr(writing, "beside", lambda path: planted)
    with pytest.raises(WriteError, match="a: cannot be written: File exists"):
        writing.put(folder / "a", b"new")
    assert victim.read_text() == "victim" and not (folder / "a").exists()


def test_temporary_names_are_new_each_time(folder: Path) -> None:
    paths = {writing.beside(folder / "a") for _ in range(100)}
    assert len(paths) == 100 and {path.parent for path in paths} == {folder}


def test_a_block_that_raises_leaves_the_file_as_it_was(folder: Path) -> None:
    (folder / "a").write_text("before")
    with pytest.raises(KeyError), writing.replacing(folder / "a") as out:
        out.write(b"half")
        raise KeyError
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("a", "before")]


@pytest.mark.parametrize("name", ["a", "a/b.ttl", "new/er/a", "..a", "a..", ".a/...", "in/a"])
def test_names_below_a_folder(folder: Path, name: str) -> None:
    (folder / "in").symlink_to(folder, target_is_directory=True)
    assert writing.below(folder, name) == folder / name.removeprefix("in/")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "a/../../b", "a/..", "/etc/a", "out/a", "in/out/new/a", "up/a"]
)
def test_names_that_lead_out_of_a_folder(folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "other").mkdir()
    (folder / "out").symlink_to(tmp_path / "other", target_is_directory=True)
    (folder / "in").symlink_to(folder, target_is_directory=True)
    (folder / "up").symlink_to("..", target_is_directory=True)
    with pytest.raises(WriteError, match="is outside of"):
        writing.below(folder, name)


def test_a_folder_behind_a_link_is_a_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    assert writing.below(tmp_path / "link", "a/b") == Path(os.path.realpath(folder)) / "a" / "b"


def test_several_files_are_replaced_together(folder: Path, victim: Path) -> None:
    (folder / "b").write_text("b")
    writing.put_all({victim: b"new", folder / "b": b"too"})
    assert victim.read_text() == "new" and (folder / "b").read_text() == "too"
    assert victim.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.iterdir()] == ["b"]


def failing(
    monkeypatch: pytest.MonkeyPatch, call: str, time: int, fail: Callable[[], None]
) -> None:
    """Let `fail` be called before one of the calls that `put_all` makes, counted from 1."""
    module = {"copy2": shutil, "replace": os, "chmod": Path}[call]
    function, calls = getattr(module, call), count(1)

    def called(*arguments: object) -> object:
        if next(calls) == time:
            fail()
        return function(*arguments)

    monkeypatch.setattr(module, call, called)


@pytest.fixture
def three(folder: Path) -> list[Path]:
    """Three files with the same content."""
    paths = [folder / name for name in "abc"]
    for path in paths:
        path.write_text("old")
    return paths


@pytest.mark.parametrize("call", ["copy2", "replace", "chmod"])
@pytest.mark.parametrize("time", [1, 2, 3])
def test_of_several_files_all_or_none_are_replaced(
    three: list[Path], monkeypatch: pytest.MonkeyPatch, call: str, time: int
) -> None:
    """As if the disk were full, or a directory closed, at the first, second or third file."""

    def fail() -> None:
        raise OSError(28, "No space left on device")

    failing(monkeypatch, call, time, fail)
    with pytest.raises(WriteError, match=f"{'abc'[time - 1]}: cannot be written: No space left"):
        writing.put_all(dict.fromkeys(three, b"new"))
    assert {path.read_text() for path in three} == {"old"}
    assert len([*three[0].parent.iterdir()]) == 3


def test_new_files_are_made_with_others_or_not_at_all(
    three: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = three[0].parent / "0"
    contents = dict.fromkeys([new, *three], b"new")
    with monkeypatch.context() as patch, pytest.raises(WriteError, match="b: cannot be written"):
        failing(patch, "replace", 3, lambda: os.close(-1))
        writing.put_all(contents)
    assert {path.name: path.read_text() for path in new.parent.iterdir()} == dict.fromkeys(
        "abc", "old"
    )
    writing.put_all(contents)
    assert {path.name: path.read_text() for path in new.parent.iterdir()} == dict.fromkeys(
        "0abc", "new"
    )


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also in tests that a shell runs in the background, where it does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("time", [1, 2, 3])
@pytest.mark.parametrize(("call", "content"), [("copy2", "old"), ("replace", "new")])
def test_ctrl_c_leaves_all_old_or_all_new_files(
    three: list[Path], monkeypatch: pytest.MonkeyPatch, call: str, content: str, time: int
) -> None:
    failing(monkeypatch, call, time, lambda: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        writing.put_all(dict.fromkeys(three, b"new"))
    assert {path.read_text() for path in three} == {content}
    assert len([*three[0].parent.iterdir()]) == 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
