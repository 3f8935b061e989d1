"""The prepared file of the built-in graph: the same graph, or none when files differ."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from allgraph.folder import Folder, builtin, open_folder, prepared
from allgraph.graph import Graph, opening


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A copy of the built-in folder with its prepared file, in the place of the built-in one."""
    for name in ("data", "ontology", "queries"):
        shutil.copytree(builtin().root / name, tmp_path / name)
    shutil.copy(builtin().root / "allgraph.toml", tmp_path)
    folder = open_folder(tmp_path)
    prepared.write(folder, tmp_path / prepared.NAME)
    monkeypatch.setattr(opening, "builtin", lambda: folder)
    return folder


def test_the_prepared_graph_is_the_one_that_the_files_give(folder: Folder, graph: Graph) -> None:
    opened = opening.open_graph()
    assert opened.derivation is None and {*opened.store} == {*graph.store}
    assert opening.open_graph(include_sensitive=True).derivation is not None


@pytest.mark.parametrize("name", ["data/respect.ttl", "ontology/allgraph.ttl", "allgraph.toml"])
def test_files_that_differ_are_read(name: str, folder: Folder) -> None:
    with (folder.root / name).open("a") as file:
        file.write("# changed\n")
    assert prepared.read(folder) is None
    assert opening.open_graph().derivation is not None


def test_a_file_that_is_added_removed_or_damaged_is_noticed(folder: Folder) -> None:
    added = folder.root / "data" / "more.ttl"
    added.touch()
    assert opening.open_graph().derivation is not None
    added.unlink()
    assert prepared.read(folder) is not None
    path = folder.root / prepared.NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-200])
    assert prepared.read(folder) is None
    path.unlink()
    assert prepared.read(folder) is None
