"""The part of the network around each thing, in a file of its own."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest

from allgraph.errors import UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata.publication import Publication
from allgraph.network import nearest
from allgraph.site import neighbourhoods, network_data
from allgraph.site.network_data import NetworkTies, network_ties
from allgraph.site.publisher import publish
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.support.serving import Address, fetch

HUB = """
id:hub a ag:Organization ; rdfs:label "Hub" .
""" + "".join(
    f'id:p{n} a ag:Person ; rdfs:label "P{n}" .\n'
    f"claim:c{n} a ag:Claim ; rdf:subject id:p{n} ; rdf:predicate ag:memberOf ; rdf:object id:hub ;"
    " ag:evidence [ oa:hasSource source:s ] .\n"
    for n in range(9)
)


def told(network: NetworkTies) -> set[tuple[Any, ...]]:
    """The ties of a network, by what their claims and things are."""
    return {
        (
            network.things[tie.subject][:3],
            network.things[tie.object][:3],
            network.claims[tie.claim][:5],
            network.times.times[tie.claim],
        )
        for tie in network.ties
    }


def test_the_files_of_all_things_have_all_ties(graph: Graph) -> None:
    site = Site(graph, Publication("https://example.org/"))
    whole = network_ties(graph, site.place)
    assert whole is not None
    parts = set[tuple[Any, ...]]()
    for iri in graph.columns.nodes:
        if graph.columns.claim_of[graph.columns.nodes.place(iri)] < 0:
            try:
                network = neighbourhoods.neighbourhood(site, iri)
            except UnknownName:
                continue
            assert network.left == 0
            own = told(network)
            curie = graph.prefixes.shorten(iri)
            assert own == {tie for tie in told(whole) if curie in (tie[0][2], tie[1][2])}
            parts |= own
    assert parts == told(whole)


def test_of_many_neighbours_the_others_are_counted(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbourhoods, "NEAREST", 4)
    graph = open_graph(make_folder({"data/x.ttl": HUB}, prefixes=True))
    network = neighbourhoods.neighbourhood(Site(graph), f"{graph.folder.base}id/hub")
    assert (len(network.things), network.left) == (5, 5)
    content = json.loads(network_data.written(network))
    assert content["left"] == 5
    assert dict(zip([t[0] for t in content["things"]], content["counts"], strict=True))["Hub"] == 9


def test_what_is_tied_to_nothing_has_no_file(graph: Graph) -> None:
    site = Site(graph)
    with pytest.raises(UnknownName, match="nothing is tied to"):
        neighbourhoods.neighbourhood(site, f"{graph.folder.base}claim/founding-2011")
    assert [*neighbourhoods.files(site, [f"{graph.folder.base}id/nobody"])] == []


def test_a_large_site_is_published_with_what_a_server_has(
    graph: Graph, make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_data, "MOST", 5)
    part = open_graph(make_folder({"data/x.ttl": HUB}, prefixes=True))
    gc.unfreeze()
    thresholds = gc.get_threshold()
    publish(part, tmp_path / "site", base="https://example.org/g/", jobs=1)
    assert (gc.get_threshold(), gc.get_freeze_count()) == (thresholds, 0)
    gc.freeze()  # as for all tests
    names = {path.name for path in (tmp_path / "site" / "network").iterdir()}
    assert names == {"index.html", "hub.json", *(f"p{n}.json" for n in range(9))}
    assert not (tmp_path / "site" / "connections.json").exists()
    site = Site(part, Publication("https://example.org/g/"))
    for name in names - {"index.html"}:
        iri = f"{part.folder.base}id/{name.removesuffix('.json')}"
        live = network_data.written(neighbourhoods.neighbourhood(site, iri))
        assert (tmp_path / "site" / "network" / name).read_bytes() == live


def test_a_server_has_the_ties_of_each_thing(server: Address) -> None:
    reply = fetch(f"{server}/network/coco-rocha.json")
    assert reply.status == 200
    assert "Coco Rocha" in [thing[0] for thing in reply.json()["things"]]
    for name in ("nobody", "claim/founding-2011", "..%2f..%2fx", "%00"):
        assert fetch(f"{server}/network/{name}.json").status == 404, name


def test_the_first_view_is_around_what_has_most_ties(graph: Graph) -> None:
    first = neighbourhoods.first_view(Site(graph))
    assert first is not None
    assert "Network around Model Alliance" in first.picture
    assert first.things == neighbourhoods.FIRST + 1
    listed = {thing.name for _, things in first.groups for thing, _ in things}
    assert len(listed) == first.things
    told = {claim.iri for _, things in first.groups for _, some in things for claim, _ in some}
    assert len(told) == first.ties


def test_an_empty_graph_has_no_first_view(make_folder: MakeFolder) -> None:
    graph = open_graph(
        make_folder({"data/x.ttl": 'id:a a ag:Person ; rdfs:label "A" .'}, prefixes=True)
    )
    assert neighbourhoods.first_view(Site(graph)) is None


def test_the_nearest_are_those_with_most_ties(graph: Graph) -> None:
    columns = graph.columns
    found = nearest.around(columns, graph.resolve("Model Alliance").value, 5)
    assert found is not None
    least = min(int(columns.degrees[node]) for node in found.near)
    every = nearest.around(columns, graph.resolve("Model Alliance").value, 10**6)
    assert every is not None
    others = {*every.near} - {*found.near}
    assert len(others) == found.left
    assert all(int(columns.degrees[node]) <= least for node in others)
