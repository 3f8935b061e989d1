"""What is claimed of a thing is bounded by its beginning and its end."""

from __future__ import annotations

import json

import pytest
from pyoxigraph import NamedNode

import allgraph
from allgraph.graph import Graph, open_graph
from allgraph.model.columns import CERTAIN, NO, POSSIBLE, number
from allgraph.model.derivation import Lifetime, within
from allgraph.model.edtf import Bounds, Day
from allgraph.site.network_data import network_ties, written
from tests.conftest import MakeFolder
from tests.site.test_search_index import ask_script

ENDS = """
id:ada a ag:Person ; rdfs:label "Ada" .
id:bo a ag:Person ; rdfs:label "Bo" .
id:club a ag:Organization ; rdfs:label "Club" .
id:drive a ag:Campaign ; rdfs:label "Drive" .
id:founding a ag:Founding ; rdfs:label "Founding" .
id:ending a ag:Dissolution ; rdfs:label "Ending" .
"""


def claim(name: str, says: str, when: str = "", more: str = "") -> str:
    subject, predicate, obj = says.split()
    date = f" ; ag:when '{when}'^^edtf:EDTF" * bool(when)
    return (
        f"claim:{name} a ag:Claim ; rdf:subject id:{subject} ; rdf:predicate ag:{predicate} ; "
        f"rdf:object id:{obj}{date}{more} ; ag:evidence [ oa:hasSource source:s ] .\n"
    )


def level(graph: Graph, name: str, day: Day) -> int:
    row = graph.columns.claims.place(f"{graph.folder.base}claim/{name}")
    assert row is not None
    return int(graph.columns.on(day)[row])


def opened(make: MakeFolder, *claims: str) -> Graph:
    return open_graph(make({"data/x.ttl": ENDS + "".join(claims)}, prefixes=True))


SUPPORT, SIGNED = claim("tie", "ada supported drive"), claim("tie", "ada signed drive")


@pytest.mark.parametrize("tie", [SUPPORT, SIGNED], ids=["state", "event"])
@pytest.mark.parametrize(
    ("begin", "day", "expected"),
    [
        ("2018-05-16", (2014, 1, 1), NO),
        ("2018-05-16", (2018, 5, 15), NO),
        ("2018-05-16", (2018, 5, 16), POSSIBLE),
        ("2018", (2017, 12, 31), NO),
        ("2018", (2018, 5, 15), POSSIBLE),  # it may have begun by then
        ("[..2018-05-16]", (2014, 1, 1), POSSIBLE),
        ("2018~", (2014, 1, 1), POSSIBLE),
        ("", (2014, 1, 1), POSSIBLE),
    ],
)
def test_nothing_ties_a_thing_before_it_begins(
    make_folder: MakeFolder, tie: str, begin: str, day: Day, expected: int
) -> None:
    graph = opened(make_folder, tie, claim("launch", "bo launched drive", begin))
    assert level(graph, "tie", day) == expected


def test_of_rival_beginnings_the_earliest_counts_and_a_deprecated_one_does_not(
    make_folder: MakeFolder,
) -> None:
    begun = claim("b1", "club underwent founding", "2015", " ; ag:conflictsWith claim:b2")
    later = claim("b2", "ada founded club", "2018")
    tie, day = claim("tie", "ada memberOf club"), (2016, 1, 1)
    assert level(opened(make_folder, tie, begun, later), "tie", day) == POSSIBLE
    begun = claim("b1", "club underwent founding", "2015", " ; ag:rank ag:Deprecated")
    assert level(opened(make_folder, tie, begun, later), "tie", day) == NO


def test_what_a_date_or_a_source_says_is_kept(make_folder: MakeFolder) -> None:
    launch = claim("launch", "bo launched drive", "2018")
    dated = claim("tie", "ada supported drive", "2014/2020")
    assert level(opened(make_folder, dated, launch), "tie", (2016, 1, 1)) == CERTAIN
    to_come = claim("tie", "ada supported drive", "", " ; ag:prospective true")
    assert level(opened(make_folder, to_come, launch), "tie", (2016, 1, 1)) == POSSIBLE


@pytest.mark.parametrize(("day", "expected"), [((2019, 12, 31), POSSIBLE), ((2021, 1, 1), NO)])
def test_no_state_holds_of_a_thing_after_it_ended(
    make_folder: MakeFolder, day: Day, expected: int
) -> None:
    end = claim("end", "club underwent ending", "2020")
    assert (
        level(opened(make_folder, claim("tie", "ada memberOf club"), end), "tie", day) == expected
    )
    event = claim("tie", "ada signed club")
    assert level(opened(make_folder, event, end), "tie", day) == POSSIBLE  # it had happened


def test_paths_views_and_scripts_agree(make_folder: MakeFolder) -> None:
    graph = opened(make_folder, SUPPORT, claim("launch", "bo launched drive", "2018"))
    ties = network_ties(graph, lambda iri: "")
    assert ties is not None
    for day, expected in (((2014, 1, 1), NO), ((2019, 1, 1), POSSIBLE)):
        written_day = f"{day[0]}-01-01"
        held = bool(expected)
        assert bool(allgraph.paths(graph, "Ada", "Drive", as_of=written_day)) is held
        then = allgraph.as_of(graph, written_day, possible=True)
        assert bool(allgraph.claims(then, about="Ada")) is held
        levels = ask_script(
            "levelsOn(value.file, value.day)",
            {"file": json.loads(written(ties)), "day": number(day)},
        )
        places = [claim.iri.rpartition("/")[2] for claim in ties.claims]
        assert levels[places.index("tie")] == expected


def test_sparql_has_the_bound(make_folder: MakeFolder) -> None:
    graph = opened(make_folder, SUPPORT, claim("launch", "bo launched drive", "2018-05"))
    rows = graph.sparql(
        "SELECT ?day { ?claim rdf:predicate ag:supported ; ag:beginNotBefore ?day }"
    )
    assert [row.text("day") for row in rows] == ["2018-05-01"]


def test_the_built_in_campaign_has_no_tie_before_it_was_launched(graph: Graph) -> None:
    columns = graph.columns
    node = columns.nodes.place(graph.resolve("RESPECT Program").value)
    levels = columns.on((2014, 1, 1))
    rows = [
        row for row in range(len(columns)) if node in (columns.subject[row], columns.object[row])
    ]
    assert rows
    assert {int(levels[row]) for row in rows} == {NO}
    assert NamedNode(columns.nodes[node or 0]) == graph.resolve("RESPECT Program")


def test_bounds_that_leave_no_reading_are_not_applied() -> None:
    given = Bounds(None, (2014, 12, 31), (2014, 1, 1), None)
    assert within(given, "State", Lifetime((2018, 1, 1))) == given
    assert within(Bounds(), "Timeless", Lifetime((2018, 1, 1))) == Bounds()
    both = within(Bounds(), "State", Lifetime((2018, 1, 1)), Lifetime(None, (2020, 1, 1)))
    assert (both.begin_not_before, both.end_not_after) == ((2018, 1, 1), (2020, 1, 1))
