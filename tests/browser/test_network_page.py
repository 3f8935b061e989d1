"""The page to walk through the network: its verdicts, its server, and what people do on it."""

from __future__ import annotations

import json
import random

import pytest

from allgraph.errors import DateError, UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.model import edtf
from allgraph.model.columns import number
from allgraph.model.edtf import Aspect, Day
from allgraph.network.groups import GROUPS
from allgraph.render import network as drawing
from allgraph.server.state import Served
from allgraph.site import network_data
from allgraph.site.network_data import network_ties, written
from allgraph.site.pages.network import network
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.graph.test_certainty import DAYS, ROWS
from tests.site.test_network_data import iri_as_path
from tests.site.test_search_index import ask_script

ASPECTS: dict[Aspect, int] = {"Timeless": 0, "Event": 1, "State": 2}


def test_the_script_has_the_verdicts_of_the_whole_truth_table() -> None:
    times = []
    for aspect, when, _ in ROWS:
        bounds = edtf.bounds(edtf.parse(when) if when else None, aspect)
        times.append([ASPECTS[aspect], 0, *(day and number(day) for day in bounds)])
    code = (
        """value.times.map((time) => value.days.map((day) => "npc"[verdict(time, day)]).join(""))"""
    )
    found = ask_script(code, {"times": times, "days": [number(day) for day in DAYS]})
    assert found == [expected for _, _, expected in ROWS]
    assert {letter for row in found for letter in row} == set("npc")


def compare(graph: Graph, days: list[Day]) -> set[int]:
    """Compare the levels of all claims that join things, on some days; which there are."""
    ties = network_ties(graph, iri_as_path)
    assert ties is not None
    asked = {"file": json.loads(written(ties)), "days": [number(day) for day in days]}
    theirs = ask_script("value.days.map((day) => levelsOn(value.file, day))", asked)
    rows = [graph.columns.claims.place(claim.iri) for claim in ties.claims]
    met: set[int] = set()
    for day, found in zip(days, theirs, strict=True):
        ours = graph.columns.on(day)
        expected = [int(ours[row]) for row in rows if row is not None]
        assert found[: len(rows)] == expected, day
        met.update(expected)
    return met


def test_the_script_has_the_verdicts_of_the_built_in_graph(graph: Graph) -> None:
    days = [(year, month, 15) for year in range(2005, 2026) for month in (1, 7)]
    assert compare(graph, days) == {0, 1, 2}


@pytest.mark.parametrize("seed", range(5))
def test_the_script_has_the_verdicts_of_rivals_and_speech(
    make_folder: MakeFolder, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [f"id:t{number} a ag:Person ; rdfs:label 'T{number}' ." for number in range(9)]
    whens = ["2012", "2013-05/2014", "[..2013-06-30]", "2013-07-01", "2013~", "2011/..", ""]
    for claim in range(60):
        subject, object = (f"id:t{number}" for number in chance.sample(range(9), 2))
        if claim % 7 == 6:
            object = f"claim:c{chance.randrange(claim)}"
        predicate = chance.choice(["ag:servedOn", "ag:signed", "ag:reports", "ag:announced"])
        when = chance.choice(whens)
        more = f" ; ag:when '{when}'^^edtf:EDTF" * bool(when)
        more += f" ; ag:rank ag:{chance.choice(['Preferred', 'Deprecated', 'Normal'])}"
        if claim and claim % 3 == 0:
            more += f" ; ag:conflictsWith claim:c{chance.randrange(claim)}"
        lines.append(
            f"claim:c{claim} a ag:Claim ; rdf:subject {subject} ; rdf:predicate {predicate} ; "
            f"rdf:object {object}{more} ; ag:evidence [ oa:hasSource source:s ] ."
        )
    graph = open_graph(make_folder({"data/x.ttl": "\n".join(lines)}, prefixes=True))
    assert graph.columns.rivals.shape[1] > 10
    assert compare(graph, DAYS) == {0, 1, 2}


def test_days_are_read_and_written(graph: Graph) -> None:
    ties = network_ties(graph, iri_as_path)
    assert ties is not None
    texts = ["2013-07-01", "2012-02-29", "0001-01-01", "9999-12-31", "2013-02-29", "then", ""]
    code = """value.texts.map((text) => [
        dayNumber(text) ?? null, text.length === 10 && isoDay(ordinalOf(text))])"""
    found = ask_script(code, {"texts": texts})
    for text, (theirs, back) in zip(texts, found, strict=True):
        try:
            assert theirs == number(edtf.day(text))
            assert back == text
        except DateError:
            assert theirs is None
    first, last = ask_script("extent(value)", json.loads(written(ties)))
    bounds = graph.columns.bounds
    assert {number(edtf.day(first)), number(edtf.day(last))} <= {*bounds.ravel().tolist()}


def test_a_large_graph_has_the_same_page_without_the_file(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = network(Site(graph)).decode()
    monkeypatch.setattr(network_data, "MOST", 10)
    page = network(Site(graph)).decode()
    assert page == small.replace(' data-connections="/allgraph/connections.json"', "") != small
    with pytest.raises(UnknownName, match="more than 10 claims"):
        Served(graph, graph.folder.base).connections  # noqa: B018


def test_the_script_places_things_where_the_page_has_them(graph: Graph) -> None:
    chance = random.Random(5)
    names = [thing.name for thing in Site(graph).names[:90]] + ["한국어 이름", "👩 a"]
    lines = [chance.sample(range(len(names)), 2) for _ in range(120)]
    code = """[value.names.map(labelOf),
        places(value.names.map((name) => sizeOf(labelOf(name))), value.lines)]"""
    labels, at = ask_script(code, {"names": names, "lines": lines})
    assert labels == [drawing.label(name) for name in names]
    sizes = [drawing.size(lines) for lines in labels]
    assert at == [list(place) for place in drawing.places(sizes, [(a, b) for a, b in lines])]


def test_things_have_their_kinds_and_groups(graph: Graph) -> None:
    ties = network_ties(graph, iri_as_path)
    assert ties is not None
    kinds = {thing.curie: ties.kinds[thing.kind] for thing in ties.things}
    assert kinds["id:coco-rocha"] == ("person", "people")
    assert kinds["id:model-alliance"].group == "bodies"
    assert kinds["id:respect-open-letter"].group == "documents"
    assert {kind.group for kind in ties.kinds} == {*GROUPS}
