"""Downloads: which are left out, and which failures are not passed over."""

from __future__ import annotations

import pytest

from allgraph.errors import (
    AllgraphError,
    EngineTimeout,
    InputError,
    LoadError,
    UnknownFormat,
    WriteError,
)
from allgraph.graph import Graph
from allgraph.site import downloads


def failing(error: AllgraphError, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each export raise an error, but for that of N-Triples."""

    def exported(graph: Graph, format: str, **options: object) -> bytes:
        if format != "ntriples":
            raise error
        return b"triples"

    monkeypatch.setattr(downloads, "exported", exported)


@pytest.mark.parametrize("kind", [UnknownFormat, EngineTimeout, InputError])
def test_what_a_format_cannot_hold_is_left_out(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, kind: type[AllgraphError]
) -> None:
    failing(kind("no"), monkeypatch)
    assert downloads.dumps(graph) == dict.fromkeys(["graph.nt", "graph.nq"], b"triples")


@pytest.mark.parametrize("kind", [LoadError, WriteError])
def test_a_file_that_fails_is_not_passed_over(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, kind: type[AllgraphError]
) -> None:
    failing(kind("no"), monkeypatch)
    with pytest.raises(kind):
        downloads.dumps(graph)
