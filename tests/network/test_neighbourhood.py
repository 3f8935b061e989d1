"""What two things share, what surrounds one, and which are the most connected."""

from __future__ import annotations

import json
import re
from typing import Any

import igraph
import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import allgraph
from allgraph.errors import ParameterError, UnknownFormat
from allgraph.graph import Graph
from allgraph.model.adjacency import Network
from allgraph.network import centrality
from allgraph.network.centrality import pagerank, rank
from allgraph.network.neighbourhood import neighbourhood
from allgraph.network.search import Rules, Search
from allgraph.network.shared import between
from tests.support.commands import run
from tests.support.oracle import Statement, World, loaded


def test_what_two_share_is_what_paths_of_two_steps_pass(graph: Graph) -> None:
    for a, b in (("Coco Rocha", "Karen Elson"), ("Jeffrey Klein", "Diane Savino")):
        shared = {each.thing.iri for each in between(graph, a, b).shared}
        columns = graph.columns
        ends = [columns.nodes.place(graph.resolve(end).value) for end in (a, b)]
        search = Search(columns, ends[0] or 0, ends[1] or 0, Rules(most=2))
        routes, _ = search.best(1000)
        passed = {columns.nodes[n] for route in routes for n in route.inner}
        assert passed == shared and shared


def test_shared_things_are_grouped_with_their_overlap(graph: Graph) -> None:
    found = allgraph.between(graph, "Jeffrey Klein", "Diane Savino")
    groups = [each.group for each in found.shared]
    order = ["people", "bodies", "campaigns", "documents", "laws", "events", "others"]
    assert groups == sorted(groups, key=order.index)
    office = next(each for each in found.shared if each.thing.kind == "office")
    assert office.overlap == "certain" and office.span == ((2005, 1, 1), (2018, 12, 31))
    told = json.loads(found.write("json"))
    assert told["complete"] and {"thing", "name", "kind", "group", "overlap", "from", "to"} <= set(
        told["shared"][0]
    )


def test_on_a_day_only_what_was_so_is_shared(graph: Graph) -> None:
    then = between(graph, "Jeffrey Klein", "Gustavo Rivera", as_of="2012-01-01")
    later = between(graph, "Jeffrey Klein", "Gustavo Rivera", as_of="2020-01-01")
    kinds = [{s.thing.kind: s.certainty for s in found.shared} for found in (then, later)]
    assert kinds[0]["office"] == "certain" and kinds[1]["office"] == "possible"
    assert json.loads(later.write("json"))["asOf"] == "2020-01-01"


def test_what_joins_two_things_themselves_is_told(graph: Graph) -> None:
    found = between(graph, "id:ny-2013-s5486", "id:ny-2013-a7787")
    assert {claim.predicate.rpartition("#")[2] for claim in found.direct} >= {"substitutedBy"}
    assert found.write().decode().count("Joined by") == 1


def test_what_cannot_be_asked_is_an_error(graph: Graph) -> None:
    with pytest.raises(ParameterError, match="this is one"):
        between(graph, "Coco Rocha", "id:coco-rocha")
    with pytest.raises(ParameterError, match="1 or more"):
        neighbourhood(graph, "Coco Rocha", hops=0)
    with pytest.raises(ParameterError, match="degree, neighbours, betweenness"):
        rank(graph, by="fame")  # type: ignore[arg-type]
    for result in (between(graph, "Coco Rocha", "Karen Elson"), rank(graph)):
        with pytest.raises(UnknownFormat):
            result.write("csv")


def test_a_neighbourhood_has_each_thing_at_its_distance(graph: Graph) -> None:
    found = neighbourhood(graph, "Karen Elson", hops=2, limit=1000)
    network: networkx.Graph[int] = networkx.Graph()
    columns = graph.columns
    arcs = columns.network.arcs(np.arange(len(columns.nodes), dtype=np.int32))
    network.add_edges_from(zip(arcs.tail.tolist(), arcs.head.tolist(), strict=True))
    start = columns.nodes.place(graph.resolve("Karen Elson").value)
    assert start is not None
    one = set(network.neighbors(start))
    open_ = [n for n in one if not columns.closed[n]]
    two = {m for n in open_ for m in network.neighbors(n)} - one - {start}
    for hops, expected in ((1, one), (2, two)):
        told = {columns.nodes.place(n.thing.iri) for n in found.neighbours if n.hops == hops}
        assert told == expected
    assert not found.limits and neighbourhood(graph, "Karen Elson", hops=2, limit=3).limits


def test_degree_is_the_number_of_claims_that_join(graph: Graph) -> None:
    found = rank(graph, by="degree", predicate="servedOn", limit=3)
    counts: dict[str, int] = {}
    for claim in allgraph.claims(graph):
        if claim.predicate.endswith("#servedOn") and claim.rank != "Deprecated":
            for end in (claim.subject.value, getattr(claim.object, "value", "")):
                counts[end] = counts.get(end, 0) + 1
    assert [each.score for each in found.ranked] == sorted(counts.values(), reverse=True)[:3]
    assert all(counts[each.thing.iri] == each.score for each in found.ranked)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=20))
def test_pagerank_is_that_of_igraph(pairs: list[tuple[int, int]]) -> None:
    ties = [(a, b) for a, b in pairs if a != b]
    tail, head = (np.array([tie[end] for tie in ties], np.int32) for end in (0, 1))
    scores = pagerank(Network.of(8, tail, head, np.arange(len(ties), dtype=np.int32)))
    nodes = sorted({end for tie in ties for end in tie})
    places = [(nodes.index(a), nodes.index(b)) for a, b in ties]
    plain = igraph.Graph(n=len(nodes), edges=places, directed=True)
    expected = dict(zip(nodes, plain.pagerank() if ties else [], strict=True))
    assert scores == pytest.approx([expected.get(n, 0.0) for n in range(8)], abs=1e-7)


def test_betweenness_is_of_the_part_between_things(graph: Graph) -> None:
    found = rank(graph, by="betweenness", limit=3)
    assert found.ranked[0].thing.name == "Model Alliance" and 0 < found.ranked[0].score < 1
    assert json.loads(found.write("json"))["things"][0]["place"] == 1


def test_a_ranking_says_where_it_was_cut_or_estimated(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "- Cut: the first 3; ask for more with `limit`." in rank(graph, limit=3).write().decode()
    assert "Cut" not in rank(graph, limit=10_000).write().decode()
    monkeypatch.setattr(centrality, "SAMPLED", 20)
    found = rank(graph, by="betweenness", limit=10_000)
    assert not found.as_dict()["complete"] and len(found.limits) == 1
    assert re.search(r"- Cut: estimated from 20 of \d+ things\.", found.write().decode())


def test_ranks_and_neighbours_on_the_command_line() -> None:
    done = run("rank", "--limit", "2")
    assert done.returncode == 0 and "Model Alliance" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    shown = run("show", "Karen Elson", "--hops", "1")
    assert "1 step away\n- " in shown.stdout
    around = json.loads(run("show", "Karen Elson", "--hops", "1", "-f", "json").stdout)["around"]
    assert around["complete"] and around["neighbours"][0]["hops"] == 1
    alone = run("show", "Coco Rocha", "--hops", "1", "--as-of", "2013-07-01").stdout
    assert alone.endswith("may be so.\n\nNo claim joins it to another thing.\n")
    told = run("between", "Coco Rocha", "Karen Elson")
    assert told.returncode == 0 and "Model Alliance Advisory Board, unit" in told.stdout


def star() -> Graph:
    """People in a club and a town, by claims of which one is known to be wrong."""
    claims = {
        f"claim:c{n}": Statement(f"id:t{n}", predicate, end)
        for n, (predicate, end) in enumerate(
            [("ag:servedOn", "id:club")] * 3 + [("ag:basedIn", "id:town")] * 4
        )
    }
    claims["claim:more"] = Statement("id:t0", "ag:basedIn", "id:town")
    claims["claim:wrong"] = Statement("id:t3", "ag:servedOn", "id:club", rank="Deprecated")
    kinds: dict[str, tuple[str, ...]] = {"id:club": ("ag:Unit",), "id:town": ("ag:Place",)}
    return loaded(World(kinds=kinds, claims=claims))


def test_no_walk_passes_places_and_no_rank_counts_what_is_wrong() -> None:
    graph = star()
    scores = {each.thing.iri.rpartition("/")[2]: each.score for each in rank(graph).ranked}
    assert (scores["club"], scores["town"], scores["t3"]) == (3, 5, 1)
    for measure in ("betweenness", "pagerank"):
        found = rank(graph, by=measure).ranked
        assert found[0].thing.iri.endswith("/club")
        assert not {"town", "t3"} & {each.thing.iri.rpartition("/")[2] for each in found}


def test_a_rank_can_be_of_some_kinds_and_count_each_neighbour_once() -> None:
    claims = {
        f"claim:c{n}": Statement(*words)
        for n, words in enumerate(
            [
                ("id:t0", "ag:servedOn", "id:club"),
                ("id:t0", "ag:signed", "id:club"),
                ("id:t1", "ag:servedOn", "id:club"),
                ("id:t1", "ag:servedOn", "id:team"),
                ("id:t1", "ag:servedOn", "id:party"),
            ]
        )
    }
    kinds: dict[str, tuple[str, ...]] = {
        "id:t0": ("ag:Person",),
        "id:t1": ("ag:Person",),
        "id:club": ("ag:Unit",),
        "id:team": ("ag:Unit",),
        "id:party": ("ag:Organization",),
    }
    graph = loaded(World(kinds=kinds, claims=claims), hubs=["ag:Organization"])

    def scores(**options: Any) -> dict[str, float]:
        ranked = rank(graph, **options).ranked
        return {each.thing.iri.rpartition("/")[2]: each.score for each in ranked}

    assert scores(kind="ag:Person") == {"t1": 3, "t0": 2}
    assert scores(kind=["ag:Person", "ag:Organization"]) == {"t1": 3, "t0": 2, "party": 1}
    assert scores(by="neighbours") == {"t1": 2, "club": 2, "t0": 1, "team": 1}
    assert scores(by="neighbours", kind="ag:Person") == {"t1": 2, "t0": 1}
    # asked for by its class, a hub counts
    assert scores(by="neighbours", kind="ag:Body") == {"club": 2, "team": 1, "party": 1}
    for measure in ("betweenness", "pagerank"):
        assert "party" not in scores(by=measure)


def test_a_hub_and_a_place_are_shown_and_not_passed_through() -> None:
    graph = star()

    def reached(hub_limit: int) -> set[str]:
        found = neighbourhood(graph, "id:t1", hops=3, hub_limit=hub_limit)
        return {each.thing.iri.rpartition("/")[2] for each in found.neighbours}

    assert reached(2) == {"club"}
    assert reached(3) == {"club", "t0", "t2", "town"}
