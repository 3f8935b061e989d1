"""The matrix of people and things: what is drawn, in which order, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from allgraph.drawings.kinds import Kinds, sides_of
from allgraph.drawings.matrix import COLUMNS, ROWS, Cell, matrix, of_cells
from allgraph.drawings.picture import Picture
from allgraph.graph import Graph, open_graph, timeline
from allgraph.render.matrices import Mark
from allgraph.render.svg import Dot
from tests.support.snippets import folder_of

COUNCIL = """
ann: Person
bo: Person
cy: Person
letter: Letter
plea: Petition
board: Unit
party: Party
roll: Vote
c1 = ann signed letter
c2 = bo signed letter
c3 = ann servedOn board @ 2014/2015
c4 = cy servedOn board @ 2013
c5 = ann signed plea
c6 = ann tookPart roll as Yes
c7 = bo tookPart roll as No
c8 = cy tookPart roll as Absent
c9 = ann memberOf party
d1 = bo memberOf party
d2 = bo signed letter @ 2001 ; ag:rank ag:Deprecated
"""


def picture_of(graph: Graph, name: str = "", most: int = ROWS) -> Picture:
    thing = graph.thing(graph.resolve(name)) if name else None
    picture = matrix(graph, thing, most=most)
    assert picture is not None
    return picture


@pytest.fixture
def council(tmp_path: Path) -> Graph:
    return open_graph(folder_of(tmp_path / "council", COUNCIL).root)


def test_rows_have_most_marks_first_and_columns_go_by_kind(council: Graph) -> None:
    picture = picture_of(council)
    assert [(row[0], row[1], row[3]) for row in picture.rows] == [
        ("Ann", "Board", "stated"),
        ("Ann", "Letter", "stated"),
        ("Ann", "Roll", "stated"),
        ("Bo", "Letter", "stated"),
        ("Bo", "Roll", "no"),
        ("Cy", "Board", "stated"),
        ("Cy", "Roll", "neither yes nor no"),
    ]
    assert picture.complete  # parties, and things of a single person, are no columns
    assert "party" not in picture.svg.casefold() and "plea" not in picture.svg.casefold()


def test_a_thing_is_the_first_column_of_its_people(council: Graph) -> None:
    picture = picture_of(council, "letter")
    assert [row[:2] for row in picture.rows] == [
        ("Ann", "Letter"),
        ("Ann", "Roll"),
        ("Bo", "Letter"),
        ("Bo", "Roll"),
    ]
    assert picture.topics == (council.resolve("letter").value,)
    assert matrix(council, council.thing(council.resolve("ann"))) is None
    assert matrix(council, council.thing(council.resolve("plea"))) is None  # of one person


def test_people_who_share_one_thing_alone_have_no_matrix(graph: Graph) -> None:
    assert matrix(graph, graph.thing(graph.resolve("id:model-alliance-study"))) is None


def test_what_is_left_out_is_said(council: Graph) -> None:
    picture = picture_of(council, most=2)
    assert picture.limits == ("1 more person with fewer marks",)
    assert "Not drawn: 1 more person with fewer marks" in picture.svg
    many = [
        Cell(Dot(f"p{row}"), Dot(f"t{column}"))
        for row in range(ROWS + 2)
        for column in range(COLUMNS + 1)
    ]
    cut = of_cells("Many", many)
    assert cut is not None and len(cut.rows) == ROWS * COLUMNS
    assert cut.limits == ("2 more people with fewer marks", "1 more thing with fewer marks")


def test_the_query_has_a_row_for_each_mark(council: Graph) -> None:
    picture = picture_of(council)
    rows = {(str(r["personName"]), str(r["thingName"])) for r in council.sparql(picture.query).rows}
    assert {(f'"{a.lower()}"', f'"{b.lower()}"') for a, b, *_ in picture.rows} == rows


def test_marks_of_one_place_are_one_with_all_sentences() -> None:
    ada, bill = Dot("Ada"), Dot("A.1")
    cells = [
        Cell(ada, bill, Mark("interpreted", "/2", "Ada backed A.1")),
        Cell(ada, bill, Mark("stated", "/1", "Ada wrote A.1")),
    ]
    picture = of_cells("x", cells)
    assert picture is not None
    assert picture.rows == (("Ada", "A.1", "Ada backed A.1; Ada wrote A.1", "stated"),)
    assert 'href="/1"' in picture.svg and 'href="/2"' not in picture.svg
    assert of_cells("x", []) is None


def test_a_view_has_the_marks_of_its_day(council: Graph) -> None:
    then = timeline.as_of(council, "2013-06-01", possible=True)
    assert {row[1] for row in picture_of(then).rows} == {"Letter", "Roll"}  # one was on the board


def test_the_built_in_graph_has_boards_letters_and_bills(graph: Graph) -> None:
    picture = picture_of(graph)
    assert len({row[0] for row in picture.rows}) == ROWS and not picture.complete
    assert {row[3] for row in picture.rows} >= {"stated", "less certain", "interpreted"}
    assert picture.svg.count("<title>") > ROWS
    assert Kinds(graph).numbers.max() == 5


def test_options_of_voters_have_sides(graph: Graph) -> None:
    sides = sides_of(graph)
    assert sides["yes with reservations"] == sides["yes"] == "yes"
    assert (sides["no"], sides["absent"]) == ("no", "neither")
