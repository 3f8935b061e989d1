"""The picture of a timeline: its table, its links, its query, and what is not drawn."""

from __future__ import annotations

import pytest

from allgraph.drawings import timeline as drawings
from allgraph.drawings.timeline import drawn, timeline
from allgraph.graph import Graph
from allgraph.graph import timeline as timelines
from allgraph.rdf.terms import text
from allgraph.render.timelines import MOST_ROWS

RESPECT = "https://w3id.org/allgraph/id/respect-program"


def test_a_thing_has_a_picture_with_all_entries_in_its_table(graph: Graph) -> None:
    picture = timeline(graph, "RESPECT Program", address=lambda iri: f"/{iri.rpartition('/')[2]}")
    assert picture is not None
    whole = timelines.timeline(graph, "RESPECT Program")
    assert (picture.kind, picture.topics, picture.limits) == ("timeline", (RESPECT,), ())
    assert [row[1] for row in picture.rows] == [
        entry.sentence for entry in (*whole.entries, *whole.undated)
    ]
    assert picture.rows[0][0] == "in May 2018" and picture.rows[-1][0] == ""
    assert 'href="/' in picture.svg and "Not dated:" in picture.svg
    claims = {text(row["claim"]) for row in graph.sparql(picture.query).rows}
    assert {entry.claims[0].iri for entry in whole.entries} <= claims


def test_an_event_has_its_name_for_a_label(graph: Graph) -> None:
    picture = timeline(graph, "Model Alliance")
    assert picture is not None and ">was launched</text>" in picture.svg
    bill = timeline(graph, "S.5486")
    assert bill is not None and "The history of" not in bill.svg.split("<title>")[0]


def test_a_graph_has_a_picture_that_says_what_is_not_drawn(graph: Graph) -> None:
    picture = timeline(graph)
    assert picture is not None
    assert picture.topics == ()
    assert picture.svg.count('class="ag-row ') == MOST_ROWS
    assert len(picture.limits) == 1 and picture.limits[0].endswith("rows")
    cut = drawn(timelines.timeline(graph, limit=5))
    assert cut is not None and len(cut.limits) == 2


def test_a_small_picture_is_narrow_and_without_dates_there_is_none(graph: Graph) -> None:
    small = timeline(graph, "Model Alliance", width=360)
    assert small is not None and small.width == 360
    assert timeline(graph, "Shalom Harlow") is None


def test_of_a_large_graph_the_first_months_are_read(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "MOST", 20)
    monkeypatch.setattr(drawings, "MONTHS", [f"month {n}" for n in range(1, 13)])
    picture = timeline(graph)
    assert picture is not None
    months = timelines.months(graph)
    whole = sum(months.values())
    later, *undated = picture.limits
    number, _, month = later.partition(" claims that begin after month ")
    at, year = map(int, month.split())
    assert int(number) == sum(n for when, n in months.items() if when > (year, at))
    assert 20 <= whole - int(number) < 60
    assert undated == ["undated claims"]


def test_of_a_thing_with_many_claims_the_first_months_are_read(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = timelines.timeline(graph, "Model Alliance")
    monkeypatch.setattr(drawings, "MOST", 5)
    picture = timeline(graph, "Model Alliance")
    assert picture is not None and picture.topics == (graph.resolve("Model Alliance").value,)
    assert len(picture.limits) == 2 and "claims that begin after" in picture.limits[0]
    assert 0 < len(picture.rows) < len(whole)
    monkeypatch.setattr(drawings, "MOST", 0)
    assert timeline(graph, "Shalom Harlow") is None
