"""Watching the files of a folder: what counts as a change, and what does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from allgraph.errors import LoadError
from allgraph.folder import init_folder, watching
from allgraph.folder.folder import MANIFEST
from allgraph.folder.watching import Watch


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one file of data."""
    folder = init_folder(tmp_path / "club", title="Club", base="https://example.org/")
    (folder.root / "data" / "a.ttl").write_text("# one\n")
    return folder.root


def seen(watch: Watch) -> str:
    """What a look says that follows one at the same files."""
    first = watch.look()
    return first or watch.look()


def replaced(path: Path, text: str) -> None:
    """Write a file as editors do, in place of the one that was there."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.replace(path)


def test_each_kind_of_edit_is_a_change(root: Path) -> None:
    watch, path = Watch(root), root / "data" / "a.ttl"
    assert seen(watch) == ""
    path.write_text("# two\n")
    assert seen(watch) == "data/a.ttl"
    replaced(path, "# new\n")
    assert seen(watch) == "data/a.ttl"
    (root / "data" / "more").mkdir()
    (root / "data" / "more" / "b.nt").touch()
    assert seen(watch) == "data/more/b.nt"
    path.rename(root / "data" / "c.ttl")
    assert seen(watch) == "data/a.ttl, data/c.ttl"
    (root / "data" / "c.ttl").unlink()
    assert seen(watch) == "data/c.ttl"
    assert seen(watch) == ""


def test_an_edit_that_keeps_size_and_time_is_a_change(root: Path) -> None:
    path = root / "data" / "a.ttl"
    os.utime(path, ns=(0, 0))
    watch = Watch(root)
    path.write_text("# two\n")
    os.utime(path, ns=(0, 0))
    assert seen(watch) == "data/a.ttl"


@pytest.mark.parametrize(
    "name", ["allgraph.toml", "ontology/x.ttl", "ontology/shapes/x.ttl", "queries/x.rq",
             "queries/profiles/x.rq", "imports/x.toml", "imports/x.csv", "data/notes.txt"],
)  # fmt: skip
def test_all_that_a_folder_is_made_of_is_watched(root: Path, name: str) -> None:
    watch = Watch(root)
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{path.read_text() if path.exists() else ''}# more\n")
    assert seen(watch) == name


def test_quick_edits_are_one_change(root: Path) -> None:
    watch = Watch(root)
    for text in ("# t\n", "# tw\n", "# two\n"):
        (root / "data" / "a.ttl").write_text(text)
        assert watch.look() == ""
    assert watch.look() == "data/a.ttl"
    assert watch.look() == ""


def test_no_change_is_seen_where_the_content_stays(root: Path) -> None:
    watch, path = Watch(root), root / "data" / "a.ttl"
    path.touch()
    assert seen(watch) == ""
    replaced(path, path.read_text())
    assert seen(watch) == ""
    path.write_text("# two\n")
    assert watch.look() == ""
    path.write_text("# one\n")
    assert watch.look() == ""
    assert seen(watch) == ""


def test_what_no_graph_is_made_of_is_not_watched(root: Path) -> None:
    watch = Watch(root)
    (root / ".allgraph").mkdir()
    (root / "data" / ".git").mkdir()
    for name in ("data/.a.ttl.swp", "data/a.ttl~", "data/.git/x", ".allgraph/x", "README.md"):
        (root / name).write_text("x")
    os.mkfifo(root / "data" / "pipe.ttl")  # which a reader would wait for
    (root / "data" / "nothing.ttl").symlink_to("no-such-file")
    assert seen(watch) == ""


def test_many_changes_are_counted(root: Path) -> None:
    watch = Watch(root)
    for name in "bcdef":
        (root / "data" / f"{name}.ttl").touch()
    assert seen(watch) == "data/b.ttl, data/c.ttl, data/d.ttl and 2 more"


def test_folders_that_it_extends_are_watched(root: Path, tmp_path: Path) -> None:
    """Also one that a manifest names later, and while a manifest is broken; not their data."""
    parent = init_folder(tmp_path / "parent", title="P", base="https://example.com/").root
    watch, manifest = Watch(root), root / MANIFEST
    whole = manifest.read_text()
    manifest.write_text(f'{whole}extends = "../parent"\n')
    assert "allgraph.toml" in seen(watch)
    (parent / "data" / "x.ttl").touch()
    assert seen(watch) == ""
    (parent / "ontology").mkdir(exist_ok=True)
    (parent / "ontology" / "x.ttl").touch()
    assert seen(watch) == "../parent/ontology/x.ttl"
    manifest.write_text("broken")
    assert seen(watch) == "allgraph.toml"
    (parent / "ontology" / "x.ttl").unlink()
    assert seen(watch) == "../parent/ontology/x.ttl"


def test_a_file_that_cannot_be_read_ends_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise LoadError("cannot be read", path=path)

    watch = Watch(root)
    with monkeypatch.context() as patched:
        patched.setattr(watching, "digest_of", refuse)
        (root / "data" / "a.ttl").touch()
        assert "data/a.ttl" in seen(watch)
    (root / "data" / "a.ttl").touch()
    assert "data/a.ttl" in seen(watch)


def test_what_changes_all_the_time_is_told_now_and_then(root: Path) -> None:
    watch, path = Watch(root), root / "data" / "a.ttl"
    told = []
    for number in range(2 * watching._PATIENCE):
        path.write_text(f"# {number}\n")
        told.append(watch.look())
    assert [*filter(None, told)] == ["data/a.ttl"] * 2


@pytest.mark.parametrize(("seconds", "pause"), [(0.0, 0.25), (0.5, 2.5), (60.0, 5.0)])
def test_a_large_file_delays_what_follows_for_some_seconds_at_most(
    root: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, pause: float
) -> None:
    now = 0.0

    def read(path: Path) -> str:
        nonlocal now
        now += seconds * (path.name == "large.ttl")
        return path.name

    watch = Watch(root)
    monkeypatch.setattr("allgraph.folder.watching.time.perf_counter", lambda: now)
    monkeypatch.setattr(watching, "digest_of", read)
    (root / "data" / "large.ttl").touch()
    watch.look()
    assert watch.pause == pause


def test_names_of_files_are_on_one_line(root: Path) -> None:
    watch = Watch(root)
    (root / "data" / "a\n\x1b]0;b.ttl").touch()
    assert seen(watch) == "data/a ]0;b.ttl"
