"""What tests share: the built-in graph, and small graph folders written for one test."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import pytest
from hypothesis import settings

from allgraph.graph import Graph, open_graph
from allgraph.rdf.terms import Prefixes
from tests.support.serving import server as server  # a fixture
from tests.support.sites import live as live  # fixtures
from tests.support.sites import published as published
from tests.support.sites import site as site
from tests.support.sites import static as static
from tests.support.stores import endpoint as endpoint  # fixtures
from tests.support.stores import oxigraph as oxigraph
from tests.support.stores import virtuoso as virtuoso
from tests.support.wheels import venv as venv  # fixtures
from tests.support.wheels import wheel as wheel

settings.register_profile("same-each-time", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("same-each-time")  # for more: pytest --hypothesis-profile explore

BASE = "https://example.org/"
MANIFEST = f'format = 1\ntitle = "A test"\nbase = "{BASE}"\n'
PREFIXES = " ".join(f"@prefix {p}: <{space}> ." for p, space in Prefixes.of(BASE).items()) + "\n"


class MakeFolder(Protocol):
    """Writes a graph folder: its files by path, and its manifest if the usual one will not do.

    With `prefixes`, the first line of each Turtle file that is a text declares all of them.
    """

    def __call__(
        self,
        files: Mapping[str, str | bytes] = ...,
        *,
        manifest: str = ...,
        name: str = ...,
        prefixes: bool = ...,
    ) -> Path: ...


@pytest.fixture(autouse=True, scope="module")
def frozen() -> Iterator[None]:
    """What is there before a module's tests is looked for garbage no more.

    A look touches every page of it, which after a fork is copied; tests fork thousands of times.
    """
    gc.collect()
    gc.freeze()
    yield


@pytest.fixture(scope="session")
def graph() -> Graph:
    """The built-in graph."""
    return open_graph()


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """A function that writes a graph folder and gives its path."""

    def make(
        files: Mapping[str, str | bytes] = MappingProxyType({}),
        *,
        manifest: str = MANIFEST,
        name: str = "graph",
        prefixes: bool = False,
    ) -> Path:
        root = tmp_path / name
        for path, content in {"allgraph.toml": manifest, **files}.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                head = PREFIXES if prefixes and path.endswith(".ttl") else ""
                content = (head + content).encode()
            file.write_bytes(content)
        return root

    return make
