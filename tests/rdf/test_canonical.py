"""Canonical N-Quads: which graphs need a process of their own, and that it makes no difference."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from allgraph import sandbox
from allgraph.errors import EngineCrash
from allgraph.rdf import canonical
from tests.support.tools import share

P, Q = NamedNode("http://x/p"), NamedNode("http://x/q")
BLANK = [BlankNode(name) for name in "uvwx"]
NODES = [NamedNode("http://x/a"), *BLANK]
QUADS = st.builds(Quad, st.sampled_from(NODES), st.sampled_from([P, Q]), st.sampled_from(NODES))


@pytest.mark.long
@settings(max_examples=share(100))
@given(st.lists(QUADS, max_size=8))
def test_a_graph_that_is_easy_has_the_same_lines_in_a_process_of_its_own(quads: list[Quad]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canonical, "_blank_nodes_differ", lambda quads: False)
        expected = canonical.canonical(quads)
    assert canonical.canonical(quads) == expected


OBJECTS = st.sampled_from(NODES) | st.builds(
    Triple, st.sampled_from(NODES), st.just(P), st.sampled_from(NODES)
)


@settings(max_examples=share(100))
@given(
    st.lists(st.builds(Quad, st.sampled_from(NODES), st.just(P), OBJECTS, st.sampled_from(NODES))),
    st.permutations(BLANK),
)
@example([Quad(P, P, P, BlankNode("u"))], BLANK[::-1])
@example([Quad(P, P, Triple(BlankNode("u"), P, P))], BLANK[::-1])
def test_lines_do_not_depend_on_labels(quads: list[Quad], labels: list[BlankNode]) -> None:
    new = dict(zip(BLANK, labels, strict=True))

    def renamed(term: Any) -> Any:
        return Triple(*map(renamed, term)) if isinstance(term, Triple) else new.get(term, term)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "run", lambda work, *given, **_: work(*given))
        lines = canonical.canonical(quads)
        assert canonical.canonical([Quad(*map(renamed, quad)) for quad in quads[::-1]]) == lines


def test_blank_nodes_that_are_alike_are_searched_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: object, **more: object) -> object:
        raise AssertionError("a process")

    monkeypatch.setattr(sandbox, "run", run)
    u, v = BlankNode("u"), BlankNode("v")
    assert canonical.canonical([Quad(u, P, v), Quad(v, Q, u)])
    with pytest.raises(AssertionError, match="a process"):
        canonical.canonical([Quad(u, P, v), Quad(v, P, u)])


def test_nested_lists_take_memory_in_proportion_to_their_size() -> None:
    cells = [BlankNode() for _ in range(10_000)]
    quads = [Quad(a, p, b) for a, b in pairwise(cells) for p in (P, Q)]
    message = r"needed more than 0\.3 GiB .*; give them IRIs"
    with pytest.raises(EngineCrash, match=message):
        canonical.canonical(quads)
