"""The picture of disagreements: both sides with their sources, dates on an axis, numbers."""

from __future__ import annotations

import re

from allgraph.drawings.disagreement import MOST, axis, disagreement, sides_of
from allgraph.graph import Graph, open_graph
from allgraph.graph.rivals import disagreements
from tests.conftest import MakeFolder
from tests.graph.test_rivals import THINGS, claim


def test_a_picture_has_both_sides_with_their_sources(graph: Graph) -> None:
    picture = disagreement(graph, "Model Alliance", address=lambda iri: f"/{iri[-4:]}")
    assert picture is not None
    assert picture.svg.count('class="ag-bracket"') == 1
    assert ">The Epoch Times, article of 16 February 2012</text>" in picture.svg
    assert ">Model Alliance, an article (text as given)</text>" in picture.svg
    assert 'href="/2011"' in picture.svg
    assert [row[1] for row in picture.rows] == ["in 2011", "in February 2012"]
    assert picture.topics == ("https://w3id.org/allgraph/id/model-alliance",)
    assert len(graph.sparql(picture.query).rows) == len(disagreements(graph))


def test_what_has_no_disagreement_has_no_picture(graph: Graph) -> None:
    assert disagreement(graph, "Coco Rocha") is None


def test_a_graph_has_a_picture_of_all_and_says_what_is_not_drawn(make_folder: MakeFolder) -> None:
    data = THINGS + "".join(
        claim(f"n{n:02}a", "a", f"{2000 + n}", f"ag:conflictsWith claim:n{n:02}b ;")
        + claim(f"n{n:02}b", "a", f"{1970 + n}-05")
        for n in range(MOST + 2)
    )
    picture = disagreement(open_graph(make_folder({"data/x.ttl": data}, prefixes=True)))
    assert picture is not None
    assert picture.svg.count('class="ag-bracket"') == MOST
    assert picture.limits == ("2 more disagreements",)
    assert picture.topics == ()


def test_dates_are_on_an_axis_and_numbers_on_a_scale(graph: Graph) -> None:
    by_name = {group.name: axis(graph, sides_of(graph, group.claims)) for group in
               disagreements(graph)}  # fmt: skip
    founding = by_name["The Model Alliance"]
    assert re.findall(r">(in [^<]*)</text>", founding) == ["in 2011", "in February 2012"]
    study = by_name["The study of extreme thinness standards in the fashion industry"]
    assert "ag-value" in study and "ag-axis" not in study
    assert ">81.5 percent</text>" in study


def test_claims_are_in_order_of_time_and_none_is_lost(graph: Graph) -> None:
    for group in disagreements(graph):
        claims = sides_of(graph, group.claims).claims
        assert {claim.iri for claim in claims} == {*group.claims}
        days = [claim.bounds.begin_not_after for claim in claims if claim.bounds.begin_not_after]
        assert days == sorted(days)
