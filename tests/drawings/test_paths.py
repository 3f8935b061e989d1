"""The picture of the paths between two things."""

from __future__ import annotations

from allgraph.drawings.paths import paths
from allgraph.graph import Graph
from allgraph.network import paths as search
from allgraph.network.path_results import DRAWN


def test_paths_are_one_picture_with_a_row_for_each_step(graph: Graph) -> None:
    found = search.paths(graph, "Coco Rocha", "Andrew Cuomo")
    picture = paths(graph, found, address=lambda iri: iri)
    assert picture is not None
    assert len(picture.rows) == sum(len(path) for path in found)
    assert picture.topics == (found.source.iri, found.target.iri)
    claims = {claim.iri for path in found for claim in path.claims}
    assert all(f'href="{iri}"' in picture.svg for iri in claims)
    assert picture.svg.count("ag-arrow") == len(claims)
    label = "announced that Andrew Cuomo signed New York's child model legislation of 2013 into law"
    assert label in {row[2] for row in picture.rows}
    backward = next(row for row in picture.rows if row[2] == "signed … into law")
    assert backward[1:4:2] == ("Andrew Cuomo", "New York child model legislation (2013)")


def test_of_many_paths_it_says_how_many_are_not_drawn(graph: Graph) -> None:
    found = search.paths(graph, "Karen Elson", "Kathy Hochul", max_hops=5, limit=DRAWN + 2)
    picture = paths(graph, found)
    assert picture is not None and picture.limits == ("2 more paths",)
    assert "and 2 more paths, which are not drawn" in picture.svg


def test_without_paths_there_is_no_picture(graph: Graph) -> None:
    found = search.paths(graph, "Karen Elson", "Coco Rocha", max_hops=1)
    assert paths(graph, found) is None
