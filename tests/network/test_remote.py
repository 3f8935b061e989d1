"""The part of a graph between two things: what a search finds there, and what it takes to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from allgraph.graph import Graph, open_graph
from allgraph.model import vocabulary
from allgraph.model.columns import Columns
from allgraph.model.edtf import Day
from allgraph.model.facts import LABEL
from allgraph.network import asked_ties, remote, requests
from allgraph.network.lookup import hubs_of
from allgraph.network.passing import Passing
from allgraph.network.remote import SearchReport, around, between, degrees
from allgraph.network.search import PathFilter, Rules, Search
from allgraph.rdf.terms import AG, text
from allgraph.sparql.embedded import Embedded
from tests.support import oracle
from tests.support.oracle import Options, World, loaded

ALL = 10**6
Steps = tuple[tuple[str, bool], ...]
PAIRS = [
    ("Coco Rocha", "Andrew Cuomo"),
    ("Karen Elson", "S.5486"),
    ("Shalom Harlow", "RESPECT Program"),
    ("Jeffrey Klein", "Diane Savino"),
    ("Coco Rocha", "Karen Elson"),
    ("Model Alliance", "Sara Ziff"),
]


def iri(graph: Graph, name: str) -> str:
    return graph.prefixes.expand(name) or name


def named(graph: Graph, *names: str) -> tuple[str, str]:
    a, b = (graph.resolve(name).value for name in names)
    return a, b


def place(some: Sequence[str], wanted: str) -> int | None:
    return some.index(wanted) if wanted in some else None


def marks(graph: Graph, columns: Columns, names: Collection[str]) -> tuple[PathFilter, ...]:
    found = []
    for name in names:
        term = NamedNode(iri(graph, name))
        members = [text(row["thing"]) for row in graph.run("members", kind=term).rows]
        places = [place(columns.nodes, each) for each in {term.value, *members}]
        number = place(columns.predicates, term.value)
        things = np.array(sorted(each for each in places if each is not None), np.int32)
        found.append(PathFilter(name, things, -1 if number is None else number))
    return tuple(found)


def found(graph: Graph, columns: Columns, a: str, b: str, options: Options) -> Counter[Steps]:
    """All paths by the rules, as claims with their directions."""
    ends = [place(columns.nodes, each) for each in (a, b)]
    if ends[0] is None or ends[1] is None:
        return Counter()
    via, without = (marks(graph, columns, names) for names in (options.via, options.without))
    hubs = hubs_of(graph, columns)
    rules = Rules(options.max_hops, via, without, options.together, options.hub_limit, hubs)
    routes, is_sure = Search(columns, ends[0], ends[1], rules).best(ALL)
    assert is_sure
    return Counter(
        tuple((columns.claims[tie >> 1], not tie & 1) for tie in route.ties) for route in routes
    )


def same_claims(whole: Columns, part: Columns, day: Day | None = None) -> None:
    """All that a part says of claims and things is what the whole says."""
    rows = [whole.claims.index(claim) for claim in part.claims]
    for name in ("event", "deprecated", "preferred"):
        assert (getattr(part, name) == getattr(whole, name)[rows]).all()
    assert (part.bounds == whole.bounds[:, rows]).all()
    if day:
        whole = whole.view(day, possible=True)
        assert part.certainty is not None and whole.certainty is not None
        assert (part.certainty == whole.certainty[rows]).all()
    else:
        for each in [(2012, 3, 10), (2013, 6, 30)]:
            assert (part.on(each) == whole.on(each)[rows]).all()
    for own, row in enumerate(rows):
        assert part.roles.get(own) == whole.roles.get(row)
        predicates = part.predicate[own], whole.predicate[row]
        assert part.templates[predicates[0]] == whole.templates[predicates[1]]
    ties = whole.network.ties
    assert part.counted is not None
    for number, node in enumerate(part.nodes):
        there = whole.nodes.index(node)
        assert part.closed[number] == whole.closed[there]
        assert part.names[number] == whole.names[there]
        assert (part.claim_of[number] >= 0) == (whole.claim_of[there] >= 0)
        assert part.claim_of[number] >= 0 or part.counted[number] == ties[there]


def check(graph: Graph, local: Graph, a: str, b: str, options: Options) -> SearchReport:
    """The part has the paths of the whole graph, and says the same."""
    via = [iri(graph, name) for name in options.via]
    passing = Passing(options.hub_limit, via, day=options.day, hubs=graph.folder.hubs)
    part, report = between(graph, a, b, options.max_hops, passing)
    assert not report.limits
    assert report.steps == options.max_hops
    whole = local.columns
    same_claims(whole, part, options.day)
    if options.day:
        whole = whole.view(options.day, possible=True)
    assert found(local, part, a, b, options) == found(local, whole, a, b, options)
    return report


@given(oracle.questions())
def test_a_part_has_the_paths_of_the_whole(asked: tuple[World, Options]) -> None:
    world, options = asked
    graph = loaded(world, hubs=options.hubs)
    report = check(graph, graph, iri(graph, "id:t0"), iri(graph, "id:t1"), options)
    assert report.requests <= 60


@given(oracle.questions())
def test_what_is_around_a_thing(asked: tuple[World, Options]) -> None:
    world, options = asked
    graph = loaded(world, hubs=options.hubs)
    thing, hops, limit = iri(graph, "id:t0"), 1 + options.max_hops % 3, options.hub_limit
    part, _ = around(graph, [thing], hops, Passing(limit, day=options.day, hubs=graph.folder.hubs))
    same_claims(graph.columns, part, options.day)
    whole = graph.columns
    kept = ~whole.deprecated
    network = whole.ties(kept)
    ties = (whole.view(options.day, possible=True) if options.day else whole).network.ties
    start = place(whole.nodes, thing)
    front = set() if start is None else {start}
    seen, wanted, barred = set(front), set[str](), whole.closed | hubs_of(graph, whole)
    for _ in range(hops):
        arcs = network.arcs(np.array(sorted(front), np.int32))
        wanted |= {whole.claims[tie >> 1] for tie in arcs.tie.tolist()}
        fresh = {*arcs.head.tolist()} - seen
        seen |= fresh
        front = {n for n in fresh if ties[n] <= limit and not barred[n]}
    assert wanted <= {*part.claims}


@given(oracle.questions())
def test_degrees_are_those_of_the_whole(asked: tuple[World, Options]) -> None:
    world, _ = asked
    graph = loaded(world)
    columns = graph.columns
    for predicates in ([], sorted(columns.predicates)[:2]):
        wanted = [each in predicates or not predicates for each in columns.predicates]
        kept = np.array(wanted, np.bool_)[columns.predicate] & ~columns.deprecated
        ties = dict(zip(columns.nodes, columns.ties(kept).ties.tolist(), strict=True))
        expected = sorted((-count, node) for node, count in ties.items() if count)
        counted, report = degrees(graph, predicates, limit=5)
        assert [(-count, node) for node, count in counted if count] == expected[:5]
        assert not report.limits


@pytest.mark.parametrize(("a", "b"), PAIRS)
@pytest.mark.parametrize("hops", [1, 2, 3, 4, 5])
def test_the_paths_of_the_built_in_graph(graph: Graph, a: str, b: str, hops: int) -> None:
    ends = named(graph, a, b)
    report = check(graph, graph, *ends, Options(hops, hub_limit=graph.folder.hub_limit))
    assert report.requests <= 12 * hops


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_an_endpoint_gives_the_same_for_as_many_requests(
    graph: Graph, endpoint: str, a: str, b: str
) -> None:  # fmt: skip
    remote = open_graph(endpoint=endpoint)
    ends = named(graph, a, b)
    for options in (Options(), Options(3, day=(2013, 7, 1), hub_limit=20)):
        report = check(remote, graph, *ends, options)
        assert report == check(graph, graph, *ends, options)
        assert report.requests <= 40
    assert degrees(remote) == degrees(graph)
    assert around(remote, ends)[1] == around(graph, ends)[1]


def test_what_has_nothing_to_do_with_it_is_not_asked_for(graph: Graph) -> None:
    store = Store()
    store.extend(graph.store)
    claim, person = "https://example.org/claim/", "https://example.org/id/"
    for number in range(5_000):
        one = NamedNode(f"{claim}{number}")
        parts = [
            (vocabulary.TYPE, vocabulary.CLAIM),
            (vocabulary.PREDICATE, NamedNode(iri(graph, "id:met"))),
        ]
        parts += [
            (key, NamedNode(f"{person}{at}"))
            for key, at in ((vocabulary.SUBJECT, number), (vocabulary.OBJECT, number // 2))
        ]
        store.extend(Quad(one, key, value) for key, value in parts)
    larger = Graph(graph.folder, Embedded(store, graph.prefixes))
    assert len(larger.columns) == len(graph.columns) + 5_000
    for a, b in PAIRS:
        ends = named(graph, a, b)
        assert between(larger, *ends, 4)[1] == between(graph, *ends, 4)[1]
        assert around(larger, ends, 2)[1] == around(graph, ends, 2)[1]


def test_a_search_may_end_when_there_are_enough_paths(graph: Graph) -> None:
    ends = named(graph, *PAIRS[0])
    asked: list[int] = []

    def enough(columns: Columns, steps: int) -> bool:
        asked.append(len(found(graph, columns, *ends, Options(steps))))
        return asked[-1] >= 1

    _, report = between(graph, *ends, 5, enough=enough)
    _, whole = between(graph, *ends, 5)
    assert report.steps < 5
    assert report.requests < whole.requests
    assert asked[-1] >= 1 > max([0, *asked[:-1]])
    assert asked[-1] == len(found(graph, graph.columns, *ends, Options(report.steps)))
    assert not report.limits


def test_what_is_too_much_is_cut_and_said(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = named(graph, *PAIRS[0])
    monkeypatch.setattr(asked_ties, "CLAIMS", 10)
    part, report = between(graph, *ends, 5)
    assert "more than 10 claims" in report.limits[0]
    same_claims(graph.columns, part)
    monkeypatch.undo()
    monkeypatch.setattr(requests, "BATCH", 3)
    for most in (61, 70, 80, 90, 100, 150, 250):
        monkeypatch.setattr(requests, "REQUESTS", most)
        part, report = between(graph, *ends, 5)
        assert report.requests <= most
        assert not report.limits or "requests" in report.limits[0]
        same_claims(graph.columns, part)
    monkeypatch.setattr(requests, "REQUESTS", ALL)
    assert check(graph, graph, *ends, Options(5)).requests > 61


def test_paths_that_break_a_rule_are_there_when_no_other_is() -> None:
    claims = {f"claim:c{n}": oracle.Statement(f"id:t{n}", "ag:signed", "id:p") for n in range(2)}
    kinds: dict[str, tuple[str, ...]] = {
        "id:t0": ("ag:Person",),
        "id:t1": ("ag:Person",),
        "id:p": ("ag:Place",),
    }
    graph = loaded(World(kinds=kinds, claims=claims))
    ends = iri(graph, "id:t0"), iri(graph, "id:t1")
    part, _ = between(graph, *ends, 4)
    assert len(part) == 2
    assert not found(graph, part, *ends, Options())
    part, _ = between(graph, *ends, 4, Passing(through=[iri(graph, "ag:Place")]))
    assert found(graph, part, *ends, Options(via=("ag:Place",)))


def test_a_hub_is_not_asked_for_its_ties() -> None:
    signed = {f"claim:c{n}": oracle.Statement(f"id:t{n}", "ag:signed", "id:hub") for n in range(30)}
    graph = loaded(World(kinds={"id:hub": ("ag:Bill",)}, claims=signed))
    ends = iri(graph, "id:t0"), iri(graph, "id:t1")
    part, report = between(graph, *ends, 4, Passing(20))
    assert [*part.claims] == [iri(graph, f"claim:c{n}") for n in range(2)]
    assert part.degrees[part.nodes.index(iri(graph, "id:hub"))] == 30
    assert report.claims == 2
    assert len(between(graph, iri(graph, "id:hub"), ends[0], 1, Passing(20))[0]) == 1


def test_a_place_is_not_asked_for_its_ties_unless_named() -> None:
    based = {f"claim:c{n}": oracle.Statement(f"id:t{n}", "ag:basedIn", "id:p") for n in range(30)}
    graph = loaded(World(kinds={"id:p": ("ag:Place",)}, claims=based))
    ends = iri(graph, "id:t0"), iri(graph, "id:t1")
    assert between(graph, *ends, 4)[1].claims == 2
    assert around(graph, ends[:1], 3)[1].claims == 1
    named = [iri(graph, "id:p")]
    assert around(graph, ends[:1], 3, Passing(through=named))[1].claims == 30


def test_a_claim_is_no_end_of_a_path() -> None:
    claims = {
        "claim:c0": oracle.Statement("id:t0", "ag:signed", "id:t1"),
        "claim:c1": oracle.Statement("id:t2", "ag:announced", "claim:c0"),
    }
    graph = loaded(World(claims=claims))
    ends = iri(graph, "claim:c0"), iri(graph, "id:t1")
    part, report = between(graph, *ends, 4)
    assert part.claim_of[part.nodes.index(ends[0])] >= 0
    assert not report.limits


def test_a_claim_without_an_iri_is_left_out(graph: Graph) -> None:
    store = Store()
    subject, predicate, obj = vocabulary.PARTS
    parts = f"a {vocabulary.CLAIM} ; {predicate} <x:p> ; {subject}"
    turtle = f"<x:c> {parts} _:b ; {obj} <x:a> . _:b {parts} <x:a> ; {obj} <x:b> ."
    store.load(turtle, format=RdfFormat.TURTLE)
    columns, report = around(Graph(graph.folder, Embedded(store, graph.prefixes)), ["x:a"], 2)
    assert not report.limits
    assert not len(columns)


ASKED: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "texts": (lambda part: part.known.ask_texts, lambda part: part.known.facts[LABEL]),
    "classes": (lambda part: part.kinds.ask, lambda part: part.kinds._classes),
    "closed": (lambda part: part.kinds.ask, lambda part: part.kinds.closed),
    "facts": (lambda part: part.known.ask, lambda part: part.known.facts[vocabulary.SUBJECT]),
    "ties": (lambda part: part.ties.ask_counts, lambda part: part.ties.counts),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_a_spent_budget_left_out_is_asked_again(graph: Graph, what: str) -> None:
    ask, fact = ASKED[what]
    known = [*graph.columns.nodes[:5], *graph.columns.claims[:5]]
    rules = Passing(through=[f"{AG}Agent"])  # a class with others below it
    whole = remote._Part(graph, rules)
    ask(whole)(known)
    assert fact(whole)
    for most in range(whole.requests.sent):
        part = remote._Part(graph, rules)
        with part.requests.bounded(kept=requests.REQUESTS - most):
            ask(part)(known)
        assert part.requests.limits
        ask(part)(known)
        assert fact(part) == fact(whole)
