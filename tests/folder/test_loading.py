"""Loading a folder: what is said of files that are not read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from allgraph.folder import Folder, open_folder
from allgraph.folder.loading import loaded
from allgraph.folder.snapshot.build import build

if TYPE_CHECKING:
    from tests.conftest import MakeFolder


@pytest.mark.parametrize("load", [lambda folder: loaded(folder, False), build])
@pytest.mark.parametrize(("count", "lines"), [(0, 0), (1, 1), (10, 10), (11, 11), (30, 11)])
def test_files_that_are_not_read_are_warned_of(
    count: int,
    lines: int,
    load: Callable[[Folder], object],
    make_folder: MakeFolder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    names = [f"data/{number:02}.rdf" for number in range(count)]
    root = make_folder({**dict.fromkeys(names, ""), "data/a.ttl": "", "data/README.md": ""})
    with caplog.at_level(logging.WARNING, "allgraph"):
        load(open_folder(root))
    assert len(caplog.messages) == lines
    for name, message in zip(names[:10], caplog.messages, strict=False):
        assert f"{name}: this file is not read; only .ttl" in message
    if count > 10:
        assert caplog.messages[-1].startswith(f"{count - 10} more files are not read")
