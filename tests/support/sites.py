"""The site of the built-in graph for tests, as files and live, each made once.

All processes of a run of tests share the files, which no test changes.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from allgraph.graph import Graph
from allgraph.site.publisher import publish
from tests.support.serving import serving

HOME = "https://example.org/"
"""The address for which `static` and `live` are made; so their paths begin at the root."""
BELOW = f"{HOME}kg/"
"""The address for which `published` is made; so its paths begin with a folder."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process of this run makes, and the others find."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, done = root / name, root / f"{name}.done"
    with (root / f"{name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def keep_named(data: Path) -> None:
    """Remove the sources and things that no other file of a part of the built-in data names."""
    lists = [data / "sources.ttl", data / "things.ttl"]
    text = "".join(file.read_text("utf-8") for file in data.iterdir() if file not in lists)
    for file in lists:
        named = {*re.findall(r"\b(?:id|source):[\w.-]+", text)}
        blocks = file.read_text("utf-8").split("\n\n")
        kept = [b for b in blocks if b.startswith(("#", "@")) or b.partition(" ")[0] in named]
        file.write_text("\n\n".join(kept) + "\n", encoding="utf-8")
        text += file.read_text("utf-8")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Path:
    """The folder of the built-in graph as files."""

    def make(folder: Path) -> None:
        publish(graph, folder, base=BELOW, sparql=f"{BELOW}sparql")

    return made_once(tmp_path_factory, "site-below-the-root", make)


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> Iterator[str]:
    """The address of the built-in graph as files, served by a simple server."""
    from tests.support.browser import serving_folder

    def make(folder: Path) -> None:
        # one job: no process is forked beside the event loop of a browser
        publish(graph, folder, base=HOME, sparql=f"{HOME}sparql", jobs=1)

    with serving_folder(made_once(tmp_path_factory, "site-at-the-root", make)) as address:
        yield address


@pytest.fixture(scope="session")
def live() -> Iterator[str]:
    """The address of the built-in graph, served by `allgraph serve`."""
    with serving("--base", HOME, "--workers", "1", "--quiet") as address:
        yield address


@pytest.fixture(params=["static", "live"])
def site(request: pytest.FixtureRequest) -> str:
    """The address of the site, as files and live; no slash is at its end."""
    address = request.getfixturevalue(request.param)
    assert isinstance(address, str)
    return address
