"""The page that looks for connections finds what `allgraph paths` finds, in the same order."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from pyoxigraph import NamedNode

from allgraph.graph import Graph, open_graph
from allgraph.network.paths import paths
from allgraph.site import network_data
from allgraph.site.network_data import NetworkTies, network_ties, written
from tests.conftest import MANIFEST, MakeFolder
from tests.site.test_search_index import ask_script

FIND = """(() => {
    const ties = readTies(value.file);
    return value.pairs.map(([a, b]) => {
        const [one] = thingsNamed(ties, a), [other] = thingsNamed(ties, b);
        const found = pathsBetween(ties, one, other, value.limits);
        return [found.paths.map((path) => path.ties.map((tie) => {
            const { sentence, inverse, path } = ties.claims[tie >> 1];
            return [path, tie & 1 ? inverse : sentence];
        })), found.more, found.cut];
    });
})()"""


def iri_as_path(iri: str) -> str:
    return f"/?{iri}"


def found_by_script(
    graph: Graph, pairs: list[tuple[str, str]], **limits: int
) -> list[tuple[Any, bool, bool]]:
    ties = network_ties(graph, iri_as_path)
    assert ties is not None
    file = json.loads(written(ties))
    return [(found, more, cut) for found, more, cut in
            ask_script(FIND, {"file": file, "pairs": pairs, "limits": limits})]  # fmt: skip


def found_by_python(graph: Graph, a: str, b: str) -> tuple[Any, bool, bool]:
    found = paths(graph, NamedNode(a), NamedNode(b), limit=5)
    assert not any("the search was cut" in limit for limit in found.limits)
    steps = [
        [[f"/?{step.claim.iri}", str(step)[:-1]] for step in path.steps] for path in found.paths
    ]
    return steps, bool(found.limits), False


def compare(graph: Graph, count: int) -> int:
    """Compare random pairs of things; how many have paths."""
    chance = random.Random(7)
    columns = graph.columns
    nodes = [columns.nodes[n] for n in range(len(columns.nodes)) if columns.claim_of[n] < 0]
    pairs = [tuple(chance.sample(nodes, 2)) for _ in range(count)]
    shorten = graph.prefixes.shorten
    asked = [(shorten(a), shorten(b)) for a, b in pairs]
    met = 0
    for (a, b), theirs in zip(pairs, found_by_script(graph, asked), strict=True):
        ours = found_by_python(graph, a, b)
        assert theirs == ours, (a, b)
        met += bool(ours[0])
    return met


def test_the_script_finds_the_paths_of_the_built_in_graph(graph: Graph) -> None:
    assert compare(graph, 150) > 50


@pytest.mark.parametrize("seed", range(6))
def test_the_script_finds_the_paths_of_random_graphs(make_folder: MakeFolder, seed: int) -> None:
    chance = random.Random(seed)
    things = [f"id:t{number}" for number in range(12)]
    kinds = ["ag:Person", "ag:Campaign", "ag:Organization", "ag:Place"]
    lines = [
        f'{each} a {chance.choice(kinds)} ; rdfs:label "T{n}" .' for n, each in enumerate(things)
    ]
    for number in range(40):
        ends = [chance.choice(things), chance.choice(things)]
        if number % 9 == 8:
            ends[1] = f"claim:c{chance.randrange(number)}"
        predicate = chance.choice(["ag:supported", "ag:servedOn", "ag:announced", "ag:reports"])
        rank = " ; ag:rank ag:Deprecated" * (number % 13 == 5)
        lines.append(
            f"claim:c{number} a ag:Claim ; rdf:subject {ends[0]} ; rdf:predicate {predicate} ; "
            f"rdf:object {ends[1]}{rank} ; ag:evidence [ oa:hasSource source:s ] ."
        )
    folder = make_folder(
        {"data/x.ttl": "\n".join(lines)},
        manifest=MANIFEST + f"hub-limit = {9 + seed}\n",
        prefixes=True,
    )
    assert compare(open_graph(folder), 60) > 20


def test_a_search_that_is_cut_says_so(graph: Graph) -> None:
    [(found, _, cut)] = found_by_script(graph, [("Coco Rocha", "Andrew Cuomo")], patience=3)
    assert cut
    assert len(found) < 5


def test_a_large_graph_has_no_such_file(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_data, "MOST", 10)
    assert network_ties(graph, iri_as_path) is None


def test_names_are_found_as_people_type_them(graph: Graph) -> None:
    ties = network_ties(graph, iri_as_path)
    assert isinstance(ties, NetworkTies)
    texts = ["coco  ROCHA", "id:coco-rocha", "Gisele Bundchen", "nobody at all"]
    code = """value.texts.map((text) =>
        thingsNamed(readTies(value.file), text).map((number) => value.file.things[number][2]))"""
    found = ask_script(code, {"file": json.loads(written(ties)), "texts": texts})
    assert found == [["id:coco-rocha"], ["id:coco-rocha"], ["id:gisele-bundchen"], []]


def test_the_file_is_the_same_each_time(graph: Graph) -> None:
    one, other = network_ties(graph, iri_as_path), network_ties(open_graph(), iri_as_path)
    assert one is not None
    assert other is not None
    assert written(one) == written(other)
