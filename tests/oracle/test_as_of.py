"""Views of one day, against the claims that an enumeration keeps on small random graphs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from allgraph.graph import Graph
from allgraph.graph.timeline import as_of
from allgraph.model import edtf
from allgraph.network.path_results import Path
from allgraph.network.paths import paths
from allgraph.rdf.terms import AG
from allgraph.sparql.embedded import Embedded
from tests.support import oracle
from tests.support.oracle import Options, World, kept_in, loaded
from tests.support.tools import share

A, B = "id:t0", "id:t1"
CERTAINTY = NamedNode(AG + "certainty")


def triples(graph: Graph) -> set[str]:
    """All that a graph holds, stated and derived, but how certain it is."""
    assert isinstance(graph.engine, Embedded)
    return {str(quad.triple) for quad in graph.engine.store if quad.predicate != CERTAINTY}


@pytest.mark.long
@given(oracle.worlds(), oracle.days, st.booleans())
@settings(max_examples=share(300))
def test_a_view_keeps_what_an_enumeration_keeps(
    world: World, day: edtf.Day, possible: bool
) -> None:
    view = as_of(loaded(world), edtf.iso(day), possible=possible)
    expected = oracle.kept(world, day, possible)
    assert kept_in(view) == expected
    gone = set(world.claims) - set(expected)
    assert triples(view) == triples(loaded(world.without(gone)))


@given(oracle.worlds(), oracle.days)
@settings(max_examples=50)
def test_a_view_leaves_its_graph_alone(world: World, day: edtf.Day) -> None:
    graph = loaded(world)
    before = triples(graph)
    as_of(graph, edtf.iso(day))
    assert triples(graph) == before


@pytest.mark.slow
@given(oracle.refined(), oracle.days)
@settings(max_examples=100)
def test_more_exact_dates_overturn_nothing(worlds: tuple[World, World], day: edtf.Day) -> None:
    before, after = (
        kept_in(as_of(loaded(world), edtf.iso(day), possible=True)) for world in worlds
    )
    for name in worlds[0].claims:
        verdict = before.get(name, "no")
        assert verdict == "possible" or after.get(name, "no") == verdict


def shown(graph: Graph, path: Path) -> tuple[object, ...]:
    """What a path says, but how certain it is."""
    shorten = graph.prefixes.shorten
    return tuple((shorten(s.claim.iri), s.forward, s.sentence) for s in path.steps), path.span


@pytest.mark.long
@pytest.mark.slow
@given(oracle.questions(timed=False), oracle.days)
@settings(max_examples=share(150))
def test_paths_on_a_day_are_those_of_its_view(
    question: tuple[World, Options], day: edtf.Day
) -> None:
    world, options = question
    graph = loaded(world)
    view = as_of(graph, edtf.iso(day), possible=True)

    def asked(of: Graph, day: str | None) -> list[Path]:
        return list(
            paths(
                of,
                A,
                B,
                max_hops=options.max_hops,
                limit=500,
                via=options.via,
                without=options.without,
                as_of=day,
                together=options.together,
                hub_limit=options.hub_limit,
            )
        )

    then, there = asked(graph, edtf.iso(day)), asked(view, None)
    assert [shown(graph, path) for path in then] == [shown(view, path) for path in there]
    assert [path.certainty for path in then] == [path.certainty for path in there]


@pytest.mark.slow
@given(oracle.worlds(), oracle.days, st.integers(1, 5))
@settings(max_examples=50)
def test_paths_of_a_certain_view_are_those_through_certain_claims(
    world: World, day: edtf.Day, max_hops: int
) -> None:
    options = Options(max_hops=max_hops)
    view = as_of(loaded(world), edtf.iso(day))
    gone = set(world.claims) - set(oracle.kept(world, day, possible=False))
    expected = oracle.all_paths(world.without(gone), A, B, options)
    found = paths(view, A, B, max_hops=max_hops, limit=500)
    shorten = view.prefixes.shorten
    names = [tuple(shorten(claim.iri) for claim in path.claims) for path in found]
    assert sorted(names) == sorted(path.claims for path in expected)
