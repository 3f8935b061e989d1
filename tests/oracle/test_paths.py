"""Paths and what two things share, against an enumeration on small random graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.graph import Graph
from allgraph.graph.claims import Claim
from allgraph.model import edtf
from allgraph.network.path_results import Path, Paths
from allgraph.network.paths import paths
from allgraph.network.shared import between
from tests.support import oracle
from tests.support.oracle import DAYS, Options, Time, World, loaded
from tests.support.tools import share

A, B = "id:t0", "id:t1"
ALL = 500  # more paths than any of these graphs has


def asked(graph: Graph, a: str, b: str, options: Options, limit: int = ALL) -> Paths:
    """The answer of the package."""
    return paths(
        graph,
        a,
        b,
        max_hops=options.max_hops,
        limit=limit,
        via=options.via,
        without=options.without,
        as_of=edtf.iso(options.day) if options.day else None,
        together=options.together,
        hub_limit=options.hub_limit,
    )


def names(graph: Graph, path: Path) -> tuple[str, ...]:
    return tuple(graph.prefixes.shorten(step.claim.iri) for step in path.steps)


def steps(path: Path, turned: bool = False) -> tuple[tuple[str, bool], ...]:
    """The claims of a path, and whether each is read forward; or what they are the other way."""
    read = tuple((step.claim.iri, step.forward != turned) for step in path.steps)
    return read[::-1] if turned else read


def span(path: Path) -> tuple[int | None, int | None] | None:
    return path.span and (oracle.number(path.span[0]), oracle.number(path.span[1]))


def days(periods: Iterable[edtf.Span]) -> list[tuple[int | None, int | None]]:
    return [(oracle.number(first), oracle.number(last)) for first, last in periods]


def in_order(graph: Graph, found: Paths, expected: list[oracle.Found]) -> Iterator[oracle.Found]:
    """For each path of an answer the expected one with the same claims."""
    known: dict[object, list[oracle.Found]] = {}
    for path in sorted(expected, key=lambda path: path.rank):
        known.setdefault((path.claims, path.forward), []).append(path)
    for each in found:
        yield known[names(graph, each), tuple(step.forward for step in each.steps)].pop(0)


def check_paths(world: World, options: Options) -> None:
    graph = loaded(world, hubs=options.hubs)
    expected = oracle.all_paths(world, A, B, options)
    found = asked(graph, A, B, options)
    assert Counter(names(graph, path) for path in found) == Counter(p.claims for p in expected)
    assert found.complete
    assert found or found.reasons
    same = list(in_order(graph, found, expected))
    assert all(one.rank <= other.rank for one, other in pairwise(same))
    for path, other in zip(found, same, strict=True):
        assert path.certainty == other.certainty
        assert len(path) == len(path.claims) == len(other.claims)
        if other.span is None or any(other.span):
            assert span(path) == other.span
        if options.day:
            level = oracle.levels(world, options.day)
            assert [s.certainty for s in path.steps] == [level[name] for name in other.claims]


@pytest.mark.long
@given(oracle.questions(timed=False))
@settings(max_examples=share(250))
def test_paths_equal_an_enumeration(question: tuple[World, Options]) -> None:
    check_paths(*question)


@pytest.mark.long
@pytest.mark.slow
@given(oracle.questions(timed=True))
@settings(max_examples=share(250))
def test_paths_on_a_day_equal_an_enumeration(question: tuple[World, Options]) -> None:
    check_paths(*question)


@pytest.mark.long
@pytest.mark.slow
@given(oracle.questions(), st.integers(1, 4))
@settings(max_examples=share(150))
def test_both_directions_have_the_same_claims(question: tuple[World, Options], limit: int) -> None:
    world, options = question
    graph = loaded(world, hubs=options.hubs)
    there, back = asked(graph, A, B, options), asked(graph, B, A, options)
    expected = [names(graph, path) for path in there]
    turned = [names(graph, path) for path in back]
    # What both say of one claim can be read in either order, which makes two paths of one rank.
    assert list(map(sorted, turned)) == list(map(sorted, expected))
    assert Counter(map(steps, there)) == Counter(steps(path, turned=True) for path in back)
    assert [path.certainty for path in back] == [path.certainty for path in there]
    assert [path.span for path in back] == [path.span for path in there]
    for few, all_of_them in (
        (asked(graph, A, B, options, limit), expected),
        (asked(graph, B, A, options, limit), turned),
    ):
        assert [names(graph, path) for path in few] == all_of_them[:limit]
        assert few.complete == (len(expected) <= limit)
        assert few.complete == (not few.limits)


# ---- What two share ---------------------------------------------------------


@pytest.mark.long
@pytest.mark.slow
@given(oracle.worlds(), st.none() | oracle.days)
@settings(max_examples=share(250))
def test_what_two_share_equals_an_enumeration(world: World, day: edtf.Day | None) -> None:
    graph = loaded(world)
    expected = oracle.shared(world, A, B, day)
    there, back = (
        between(graph, *ends, as_of=edtf.iso(day) if day else None) for ends in ((A, B), (B, A))
    )

    def iris(claims: Iterable[Claim]) -> set[str]:
        return {graph.prefixes.shorten(claim.iri) for claim in claims}

    assert iris(there.direct) == iris(back.direct) == oracle.joining(world, A, B, day)
    for answer, turned in ((there, False), (back, True)):
        found = {graph.prefixes.shorten(each.thing.iri): each for each in answer.shared}
        assert len(found) == len(answer.shared)
        assert set(found) == set(expected)
        for thing, each in found.items():
            wanted = expected[thing]
            sides = (wanted.first, wanted.second)
            assert (iris(each.first), iris(each.second)) == (sides[::-1] if turned else sides)
            assert each.overlap == wanted.overlap
            assert days(each.periods) == wanted.periods
            assert each.certainty == wanted.certainty


def test_one_claim_alone_makes_nothing_shared() -> None:
    """Who announced that one signed the other is tied to both, and by a single claim."""
    claims = {
        "claim:deed": oracle.Statement(A, "ag:signed", B),
        "claim:said": oracle.Statement("id:t2", "ag:announced", "claim:deed"),
    }
    world = World(claims=claims)
    assert between(loaded(world), A, B).shared == () and not oracle.shared(world, A, B)
    again = oracle.Statement("id:t2", "ag:signed", B)
    [each] = between(loaded(world.with_claim("claim:again", again)), A, B).shared
    assert each.thing.iri.endswith("id/t2")


# ---- Together ---------------------------------------------------------------

some_days = st.frozensets(st.sampled_from([oracle.ordinal(day) for day in DAYS]), max_size=1)
times = st.builds(
    Time,
    st.sampled_from(["Event", "State", "Timeless"]),
    oracle.whens,
    some_days,
    some_days,
)


@given(st.lists(times, min_size=1, max_size=3))
@settings(max_examples=150)
def test_the_rule_for_together_equals_all_readings(ties: list[Time]) -> None:
    assert oracle.together(ties)[0] == oracle.together_in_all_readings(ties)


# ---- Laws -------------------------------------------------------------------


def sure(graph: Graph, options: Options) -> dict[str, Counter[tuple[str, ...]]]:
    """The paths of either certainty."""
    found: dict[str, Counter[tuple[str, ...]]] = {"certain": Counter(), "possible": Counter()}
    for path in asked(graph, A, B, options):
        found[str(path.certainty)][names(graph, path)] += 1
    return found


@pytest.mark.long
@pytest.mark.slow
@given(oracle.refined(), st.none() | oracle.days, st.booleans())
@settings(max_examples=share(150))
def test_tighter_bounds_keep_the_certain_and_add_nothing(
    worlds: tuple[World, World], day: edtf.Day | None, together: bool
) -> None:
    options = Options(day=day, together=together or day is None)
    before, after = (sure(loaded(world), options) for world in worlds)
    assert before["certain"] <= after["certain"]
    assert after["certain"] + after["possible"] <= before["certain"] + before["possible"]


@pytest.mark.slow
@given(oracle.questions())
@settings(max_examples=100)
def test_a_path_is_no_more_certain_than_its_least_certain_step(
    question: tuple[World, Options],
) -> None:
    world, options = question
    for path in asked(loaded(world), A, B, options):
        if options.day is None:
            assert (path.certainty is None) == (not options.together)
        elif any(step.certainty == "possible" for step in path.steps):
            assert path.certainty == "possible"
        else:
            assert {step.certainty for step in path.steps} == {"certain"}
            assert path.certainty == "certain" or options.together
