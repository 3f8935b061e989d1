"""The track of a bill: the order of its steps, and the lanes that they are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from allgraph.drawings.picture import Picture
from allgraph.drawings.track import ELSEWHERE, STEPS, track
from allgraph.graph import Graph, open_graph
from tests.support.snippets import folder_of

HISTORY = """
bill: Bill
act: LegislativeProposal
senate: Chamber
house: Chamber
labor: Committee
governor: Office
reading: LegislativeAction
eve: Person
c1 = act hasBill bill
c2 = senate hasUnit labor
c3 = eve introduced bill @ 2013-01-02
c4 = bill inChamber senate
c5 = bill referredTo labor @ 2013-01-02 ; ag:ordinal 2
c6 = bill underwent reading @ 2013-02
c7 = labor tookPart reading as ActingBody
c8 = bill passed house @ 2013-03-01
c9 = bill deliveredTo governor @ 2013-04-01
d1 = eve signedIntoLaw bill @ [..2013-04-30]
d2 = act passed senate @ 2013-02-20
d3 = bill passed senate
d4 = bill passed house @ 2012 ; ag:rank ag:Deprecated
"""


def track_of(graph: Graph, name: str) -> Picture:
    picture = track(graph, graph.thing(graph.resolve(name)), address=lambda iri: iri)
    assert picture is not None
    return picture


@pytest.fixture
def history(tmp_path: Path) -> Graph:
    return open_graph(folder_of(tmp_path / "history", HISTORY).root)


def test_steps_are_in_order_in_the_lanes_that_claims_name(history: Graph) -> None:
    picture = track_of(history, "bill")
    assert [row[:3] for row in picture.rows] == [
        ("2 January 2013", "senate", "Was referred to labor"),
        ("2 January 2013", "senate", "Eve introduced bill"),
        ("February 2013", "senate", "Reading"),
        ("20 February 2013", "senate", "Act passed senate"),
        ("1 March 2013", "house", "Passed house"),
        ("1 April 2013", "governor", "Was delivered to governor"),
        ("by 30 April 2013", "governor", "Eve signed bill into law"),
    ]
    assert picture.limits == ("1 step without a date",)


def test_days_that_are_not_exact_are_rings(history: Graph) -> None:
    picture = track_of(history, "bill")
    assert picture.svg.count("stroke-dasharray") == 2 + 1  # and one in the legend
    assert "day not known exactly" in picture.svg


def test_the_legislation_has_the_steps_of_its_bills(history: Graph) -> None:
    rows = track_of(history, "act").rows
    assert ("1 March 2013", "house", "Bill passed house") in [row[:3] for row in rows]
    assert track(history, history.thing(history.resolve("eve"))) is None


def test_the_query_has_the_claims_that_are_drawn(history: Graph) -> None:
    picture = track_of(history, "bill")
    claims = {str(row["claim"])[1:-1] for row in history.sparql(picture.query).rows}
    drawn = {claim for claim in claims if f'href="{claim}"' in picture.svg}
    assert len(claims) == len(picture.rows) + 1 and len(drawn) == len(picture.rows)


def test_a_long_track_says_what_is_cut(tmp_path: Path) -> None:
    many = "\n".join(
        f"s{n} = bill passed house @ {2000 + n // 12}-{n % 12 + 1:02}-01" for n in range(STEPS + 3)
    )
    folder = folder_of(tmp_path / "long", f"bill: Bill\nhouse: Chamber\n{many}")
    picture = track_of(open_graph(folder.root), "bill")
    assert len(picture.rows) == STEPS and picture.limits == ("3 later steps",)


def test_the_bill_of_the_built_in_graph(graph: Graph) -> None:
    picture = track_of(graph, "id:ny-2013-s5486")
    lanes = list(dict.fromkeys(row[1] for row in picture.rows))
    assert {*lanes} == {
        "New York State Senate",
        "New York State Assembly",
        "Governor of New York",
        ELSEWHERE,
    }
    signed = next(row for row in picture.rows if "Cuomo signed New York Senate" in row[2])
    assert signed[:2] == ("21 October 2013", "Governor of New York")
