"""The picture of a thing and its neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from allgraph.drawings import neighbourhood as drawings
from allgraph.drawings.neighbourhood import MOST, neighbourhood
from allgraph.drawings.picture import Picture
from allgraph.graph import Graph, open_graph
from allgraph.network.groups import GROUPS
from allgraph.render.svg import SHAPES
from tests.support.snippets import folder_of

NEAR = """
hub: Person
ann: Person
board: Unit
drive: Campaign
letter: Letter
bill: Bill
rally: Announcement
town: Place
c1 = hub companionOf ann
c2 = hub servedOn board @ 2013
c3 = hub servedOn board @ 2015
c4 = hub supported drive
c5 = letter signed hub
c6 = hub introduced bill
c7 = hub tookPart rally as Speaker
c8 = hub bornIn town
c9 = hub birthName "Ha"
"""


def picture_of(graph: Graph, name: str) -> Picture:
    picture = neighbourhood(graph, graph.thing(graph.resolve(name)), address=lambda iri: iri)
    assert picture is not None
    return picture


def test_each_group_has_its_sign_and_each_neighbour_is_there_once(tmp_path: Path) -> None:
    graph = open_graph(folder_of(tmp_path / "near", NEAR).root)
    picture = picture_of(graph, "hub")
    names = [row[0] for row in picture.rows]
    assert sorted(names) == ["Ann", "Bill", "Board", "Drive", "Letter", "Rally", "Town"]
    for group in GROUPS:
        assert f'd="{SHAPES[group][1]}"' in picture.svg, group
    board = next(row for row in picture.rows if row[0] == "Board")
    assert board == ("Board", "unit", "Hub served on board in 2013")
    assert f'href="{graph.resolve("bill").value}"' in picture.svg
    assert f'href="{graph.resolve("hub").value}"' not in picture.svg
    found = {str(row["otherName"])[1:-1] for row in graph.sparql(picture.query).rows}
    assert found == {name.lower() for name in names}
    assert neighbourhood(graph, graph.thing(graph.resolve("source:paper"))) is None


def test_of_many_neighbours_it_says_how_many_are_not_drawn(tmp_path: Path) -> None:
    people = "\n".join(f"p{n}: Person\nc{n} = p{n} signed letter" for n in range(MOST + 3))
    graph = open_graph(folder_of(tmp_path / "many", f"letter: Letter\n{people}").root)
    picture = picture_of(graph, "letter")
    assert len(picture.rows) == MOST and picture.limits == ("3 more neighbours",)
    assert "and 3 more" in picture.svg


def test_of_a_thing_with_many_claims_the_first_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = open_graph(folder_of(tmp_path, NEAR).root)
    assert picture_of(graph, "hub").limits == ()
    monkeypatch.setattr(drawings, "READ", 4)
    picture = picture_of(graph, "hub")
    assert picture.limits == ("5 claims, which were not read",)
    assert sorted(row[0] for row in picture.rows) == ["Ann", "Board", "Drive"]
