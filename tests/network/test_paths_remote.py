"""Relationship questions over an endpoint answer as they do in memory."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import allgraph
from allgraph.errors import InputError
from allgraph.graph import Graph, open_graph
from allgraph.network import asked_ties, centrality
from allgraph.network.centrality import rank
from allgraph.network.neighbourhood import neighbourhood
from allgraph.network.paths import paths
from allgraph.network.shared import between
from tests.support.commands import run


@pytest.fixture(scope="module")
def remote(endpoint: str) -> Graph:
    return open_graph(endpoint=endpoint)


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("Coco Rocha", "Andrew Cuomo", {"limit": 3}),
    ("Coco Rocha", "Andrew Cuomo", {"limit": 1000}),
    ("Andrew Cuomo", "Coco Rocha", {"limit": 20, "max_hops": 3}),
    ("Karen Elson", "New York child model law", {}),
    ("Shalom Harlow", "RESPECT Program", {"via": "Person"}),
    ("Shalom Harlow", "RESPECT Program", {"via": ["Milla Jovovich"], "without": "announced"}),
    ("Jeffrey Klein", "Diane Savino", {"together": True}),
    ("Jeffrey Klein", "Diane Savino", {"as_of": "2014-01-01", "max_hops": 3}),
    ("Coco Rocha", "Andrew Cuomo", {"hub_limit": 10}),
]


def told(found: Any) -> dict[str, Any]:
    """What JSON has of an answer, but for what was asked of the endpoint."""
    answer: dict[str, Any] = found.as_dict()
    return {k: v for k, v in answer.items() if k not in ("asked", "hubs")}


@pytest.mark.parametrize(("a", "b", "options"), ASKED)
def test_paths_are_those_of_the_graph_in_memory(
    graph: Graph, remote: Graph, a: str, b: str, options: dict[str, Any]
) -> None:
    there, here = paths(remote, a, b, **options), paths(graph, a, b, **options)
    assert told(there)["paths"] == told(here)["paths"]
    assert there.complete == here.complete
    assert re.fullmatch(r"\d+ requests, \d+ rows, \d+ claims", there.asked)
    assert f"The endpoint was asked for this: {there.asked}" in (there.write(width=200).decode())


def test_few_paths_need_fewer_requests_than_all(remote: Graph) -> None:
    few, most = (paths(remote, "Coco Rocha", "Karen Elson", limit=n) for n in (1, 1000))
    assert int(few.asked.split()[0]) < int(most.asked.split()[0])


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        ({"max_hops": 1}, {"max-hops"}),
        ({"max_hops": 2, "without": "announced"}, {"without"}),
        ({"max_hops": 2, "hub_limit": 5}, {"hub"}),
        ({"max_hops": 2, "as_of": "2012-01-01"}, {"as-of"}),
    ],
)
def test_no_path_has_a_reason_there_too(
    remote: Graph, options: dict[str, Any], rules: set[str]
) -> None:
    found = paths(remote, "Coco Rocha", "Andrew Cuomo", **options)
    assert not found.paths and rules <= {reason.rule for reason in found.reasons}


def test_what_two_share_and_what_is_around_are_the_same(graph: Graph, remote: Graph) -> None:
    for a, b in (("Coco Rocha", "Karen Elson"), ("Jeffrey Klein", "Diane Savino")):
        assert told(between(remote, a, b)) == told(between(graph, a, b))
    for hops in (1, 2):
        there, here = (neighbourhood(g, "Shalom Harlow", hops=hops) for g in (remote, graph))
        assert told(there) == told(here)


def test_every_answer_says_what_the_endpoint_was_asked_for(graph: Graph, remote: Graph) -> None:
    for g, pattern in ((graph, ""), (remote, r"\d+ requests, \d+ rows, \d+ claims")):
        around = neighbourhood(g, "Coco Rocha")
        shared, ranks = between(g, "Coco Rocha", "Karen Elson"), rank(g, limit=3)
        for found in (around, shared, ranks):
            assert re.fullmatch(pattern, found.asked)
            assert found.as_dict()["asked"] == (found.asked or None)
        texts = (around.text(), shared.write().decode(), ranks.write().decode())
        assert {"The endpoint was asked for this" in text for text in texts} == {g is remote}


def test_what_two_share_is_cut_with_a_word(remote: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_ties, "CLAIMS", 3)
    found = between(remote, "Coco Rocha", "Karen Elson")
    assert "more than 3 claims" in found.limits[0]
    assert told(found)["complete"] is False and told(found)["limits"] == [*found.limits]
    assert "- Cut: the search was cut" in found.write().decode()


@pytest.fixture(scope="module")
def views(graph: Graph, remote: Graph) -> list[Graph]:
    """What the endpoint and the graph in memory have of a day."""
    return [allgraph.as_of(g, "2014-01-01", possible=True) for g in (remote, graph)]


@pytest.mark.parametrize("by", centrality.MEASURES)
def test_ranks_are_those_of_the_graph_in_memory(
    graph: Graph, remote: Graph, views: list[Graph], by: centrality.Measure
) -> None:
    for graphs in ([remote, graph], views):
        there, here = (rank(g, by=by, limit=5) for g in graphs)
        assert there.ranked == here.ranked and there.limits == here.limits


def test_views_of_an_endpoint_have_paths(remote: Graph, views: list[Graph]) -> None:
    there, here = (paths(view, "Jeffrey Klein", "Diane Savino", max_hops=2) for view in views)
    assert told(there)["paths"] == told(here)["paths"]
    with pytest.raises(InputError, match="with `possible`"):
        paths(allgraph.as_of(remote, "2014-01-01"), "Jeffrey Klein", "Diane Savino")


def test_the_command_line_asks_an_endpoint(endpoint: str) -> None:
    done = run("--endpoint", endpoint, "paths", "Coco Rocha", "Andrew Cuomo", "-f", "json")
    assert done.returncode == 0 and json.loads(done.stdout)["asked"]
    for command in (["between", "Coco Rocha", "Karen Elson"], ["rank", "--limit", "3"],
                    ["show", "Karen Elson", "--hops", "1"],
                    ["timeline", "RESPECT Program"]):  # fmt: skip
        there, here = run("--endpoint", endpoint, *command).stdout, run(*command).stdout
        assert re.sub(r"(\n|(?<=\.))\n- The endpoint was asked for this: .*\n", "\n", there) == here
