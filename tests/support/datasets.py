"""Datasets that are served in three ways: from memory, from a snapshot, and from an endpoint."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, serialize

from allgraph.exports.push import push
from tests.support.commands import run
from tests.support.serving import Address, serving
from tests.support.stores import oxigraph_server

WAYS = ("memory", "snapshot", "endpoint")
MANIFEST = 'format = 1\ntitle = "A dataset"\nextends = false\n'


@contextmanager
def served(quads: Collection[Quad], place: Path) -> Iterator[Mapping[str, Address]]:
    """The addresses of three servers, by `WAYS`, whose files have the same named graphs.

    The endpoint, an oxigraph, has what is pushed of the first.
    """
    with ExitStack() as stack:
        folders = [place / "memory", place / "snapshot"]
        for folder in folders:
            (folder / "data").mkdir(parents=True)
            (folder / "allgraph.toml").write_text(MANIFEST)
            serialize(quads, str(folder / "data" / "a.nq"), format=RdfFormat.N_QUADS)
        assert run("--graph", str(folders[1]), "build").returncode == 0
        store = stack.enter_context(oxigraph_server())
        push(folders[0], store.url)
        addresses = [stack.enter_context(serving(folder=folder)) for folder in folders]
        addresses.append(stack.enter_context(serving(before=["-e", store.url])))
        yield dict(zip(WAYS, addresses, strict=True))
