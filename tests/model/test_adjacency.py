"""Ties as compressed sparse rows, and the search from both ends, against networkx."""

from __future__ import annotations

from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.model import adjacency
from allgraph.model.adjacency import Flags, Network, Numbers
from allgraph.network import shortest

Ties = list[tuple[int, int]]


def columns(ties: Ties) -> tuple[Numbers, Numbers, Numbers]:
    tail, head = (np.array([tie[end] for tie in ties], np.int32) for end in (0, 1))
    return tail, head, np.arange(len(ties), dtype=np.int32)


def check_rows(things: int, ties: Ties) -> None:
    """Each thing has its ties, met from its subject or object, in the order given."""
    found = Network.of(things, *columns(ties))
    assert len(found) == things and found.first[-1] == 2 * len(ties)
    wanted: dict[int, list[tuple[int, int]]] = {}
    for side in (0, 1):
        for row, tie in enumerate(ties):
            wanted.setdefault(tie[side], []).append((tie[1 - side], 2 * row + side))
    for thing, expected in wanted.items():
        here = slice(found.first[thing], found.first[thing + 1])
        arcs = zip(found.head[here].tolist(), found.tie[here].tolist(), strict=True)
        assert list(arcs) == expected


numbers = st.one_of(st.integers(0, 5), st.integers(65_530, 65_541), st.integers(199_990, 199_999))


@given(st.lists(st.tuples(numbers, numbers), max_size=30))
@settings(max_examples=30)
def test_rows_have_all_ties(ties: Ties) -> None:
    check_rows(200_000, ties)


def test_rows_of_many_ties_and_things(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(1)
    ties = [(int(a), int(b)) for a, b in chance.integers(0, 150_000, (40_000, 2))]
    check_rows(150_000, ties)
    monkeypatch.setattr(adjacency, "_FEW_GROUPS", 1)
    check_rows(150_000, ties)


def drawn(seed: int) -> tuple[int, Ties]:
    """A random graph with a heavy tail, with ties that stand more than once."""
    chance = np.random.default_rng(seed)
    things = int(chance.choice([12, 60, 400]))
    count = int(things * chance.choice([0.7, 1.5, 4]))
    ends = (things * chance.random((count, 2)) ** chance.choice([1, 3])).astype(int)
    return things, [(int(a), int(b)) for a, b in ends if a != b]


def allowed(
    things: int, ties: Ties, a: int, b: int, passable: Flags | None, usable: Flags | None
) -> Any:
    """The graph that is left, as networkx has it."""
    plain: Any = networkx.MultiGraph()
    plain.add_nodes_from(range(things))
    for row, (tail, head) in enumerate(ties):
        may_pass = passable is None or all(passable[end] for end in {tail, head} - {a, b})
        if may_pass and (usable is None or usable[row]):
            plain.add_edge(tail, head, key=row)
    return plain


@given(st.integers(0, 2**32), st.sampled_from([0, 3, 64]), st.booleans(), st.booleans())
@settings(max_examples=300)
def test_one_and_all_shortest_paths_are_those_of_networkx(
    seed: int, few: int, masks_things: bool, masks_claims: bool
) -> None:
    """Whether ties are followed one by one or in arrays."""
    things, ties = drawn(seed)
    chance = np.random.default_rng(seed)
    passable = chance.random(things) < 0.8 if masks_things else None
    usable = chance.random(len(ties)) < 0.8 if masks_claims else None
    found = Network.of(things, *columns(ties))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shortest, "_FEW", few)
        for a, b in chance.choice(things, (4, 2), replace=False).tolist():
            plain = allowed(things, ties, a, b, passable, usable)
            one = shortest.shortest(found, a, b, passable=passable, usable=usable)
            walks = found.walks(a, b, things, passable=passable, usable=usable)
            layers = next(filter(None, walks), [])
            if not networkx.has_path(plain, a, b):
                assert one is None and layers == []
                continue
            assert one is not None and one.things[0] == a and one.things[-1] == b
            assert len(one.ties) == networkx.shortest_path_length(plain, a, b)
            for here, there, tie in zip(one.things, one.things[1:], one.ties, strict=False):
                assert plain.has_edge(here, there, key=tie >> 1)
                assert ties[tie >> 1][tie & 1] == here
            near, far = (networkx.single_source_shortest_path_length(plain, end) for end in (a, b))
            expected = {
                (near[here], here, there, 2 * row + int(ties[row][0] != here))
                for one_end, other, row in plain.edges(keys=True)
                for here, there in ((one_end, other), (other, one_end))
                if here in near and there in far and near[here] + 1 + far[there] == near[b]
            }
            arcs = [
                (n, *arc)
                for n, layer in enumerate(layers)
                for arc in zip(*(part.tolist() for part in layer), strict=True)
            ]
            assert set(arcs) == expected and len(arcs) == len(expected)
