"""The picture of a vote: what is counted and who is named, and nobody who is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allgraph.drawings import votes as module
from allgraph.drawings.picture import Picture
from allgraph.drawings.votes import votes
from allgraph.graph import Graph, open_graph
from tests.support.snippets import folder_of

ROLL = """
roll: Vote
count: Vote
greens: Party
reds: Party
ann: Person
bo: Person
cy: Person
dee: Person
eve: Person
board: Committee
c1 = ann tookPart roll as Yes
c2 = bo tookPart roll as No
c3 = cy tookPart roll as Absent
c4 = dee tookPart roll as Yes
c5 = eve tookPart roll as Witness
c6 = board tookPart roll as ActingBody
c7 = ann memberOf greens
c8 = bo memberOf reds
c9 = dee memberOf reds @ 2001
d1 = dee memberOf greens @ 2009
d2 = roll voteCount "3"^^xsd:integer as Yes
d3 = roll voteCount "1"^^xsd:integer as No
d4 = roll participantsDescribedAs "two-members" as Yes
d5 = bo tookPart roll as Yes ; ag:rank ag:Deprecated
e1 = count voteCount "40"^^xsd:integer as Yes
e2 = count voteCount "1"^^xsd:integer as No
"""


def votes_in(graph: Graph, name: str) -> Picture | None:
    return votes(graph, graph.thing(graph.resolve(name)), address=lambda iri: iri)


@pytest.fixture
def roll(tmp_path: Path) -> Graph:
    return open_graph(folder_of(tmp_path / "roll", ROLL).root)


def test_options_have_their_counts_and_voters_by_party(roll: Graph) -> None:
    picture = votes_in(roll, "roll")
    assert picture is not None
    assert [row[:3] for row in picture.rows] == [
        ("yes", "", "3 votes"),
        ("yes", "greens", "Ann"),
        ("yes", "", "Dee"),  # of two parties
        ("yes", "", "two-members"),
        ("no", "", "1 votes"),
        ("no", "reds", "Bo"),
        ("absent", "", "Cy"),
    ]
    for words in (
        "yes: 3 votes stated, 3 voters named",
        "absent: 1 voter named",
        "party not known",
    ):
        assert words in picture.svg
    assert picture.svg.count("ag-count") == 2 and picture.svg.count("ag-voter") == 5
    assert len(roll.sparql(picture.query).rows) == len(picture.rows)


def test_totals_alone_make_no_voters(roll: Graph) -> None:
    picture = votes_in(roll, "count")
    assert picture is not None
    assert [row[2] for row in picture.rows] == ["40 votes", "1 votes"]
    assert "ag-voter" not in picture.svg and "party not known" not in picture.svg
    assert "yes: 40 votes stated" in picture.svg and "no: 1 vote stated" in picture.svg
    assert votes_in(roll, "ann") is None


def test_a_large_vote_says_what_is_cut(roll: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    picture = votes_in(roll, "roll")
    assert picture is not None
    assert picture.limits == ("3 more voters",) and "Not drawn: 3 more voters" in picture.svg
    assert sum("vote" not in row[2] for row in picture.rows) == 2


def test_the_vote_of_the_built_in_graph(graph: Graph) -> None:
    picture = votes_in(graph, "id:s5486-labor-committee-vote")
    assert picture is not None
    assert len(picture.rows) == 2 + 16
    words = re.sub(r"</text><text[^>]*>", " ", picture.svg)
    assert "yes with reservations: 1 vote stated, 1 voter named" in words
