"""The picture of statistics: numbers of one kind that differ, with rivals joined."""

from __future__ import annotations

import re

import pytest

from allgraph.drawings import statistic as drawings
from allgraph.drawings.statistic import statistic
from allgraph.graph import Graph, open_graph
from allgraph.graph.rivals import disagreements
from allgraph.rdf.terms import text
from tests.conftest import MakeFolder

STUDY = "id:model-alliance-study"


def test_a_number_is_beside_its_rival(graph: Graph) -> None:
    picture = statistic(graph, STUDY, address=lambda iri: f"/{iri.rpartition('/')[2]}")
    assert picture is not None
    assert [row[:2] for row in picture.rows] == [
        ("Self-reported underweight body mass index", "81 percent"),
        ("Self-reported underweight body mass index", "81.5 percent"),
    ]
    assert picture.svg.count('class="ag-bracket"') == 1
    assert 'href="/study-reports-81"' in picture.svg
    widths = [float(w) for w in re.findall(r'class="ag-value"[^>]* width="([\d.]+)"', picture.svg)]
    assert round(widths[0] / widths[1], 3) == round(81 / 81.5, 3)
    numbers = graph.sparql(picture.query).rows
    assert {"81", "81.5"} <= {text(row["number"]) for row in numbers}


def test_of_a_graph_the_numbers_in_dispute_are_drawn(graph: Graph) -> None:
    picture = statistic(graph)
    assert picture is not None and picture.topics == ()
    assert [row[1] for row in picture.rows] == ["81 percent", "81.5 percent"]


def test_numbers_of_one_predicate_are_of_one_kind(make_folder: MakeFolder) -> None:
    def counted(name: str, number: str, more: str = "") -> str:
        return (
            f"claim:{name} a ag:Claim ; rdf:subject id:p ; rdf:predicate ag:signatureCount ; "
            f"rdf:object {number} ; {more} ag:evidence [ oa:hasSource source:s ] .\n"
        )

    things = (
        'id:p a ag:Petition ; rdfs:label "Petition" . source:s a ag:Source ; rdfs:label "S" .\n'
    )
    data = things + counted("a", "350", "ag:when '2021-09-10'^^edtf:EDTF ;") + counted("b", "500")
    graph = open_graph(make_folder({"data/x.ttl": data}, prefixes=True))
    picture = statistic(graph, "Petition")
    assert picture is not None
    assert [row[:2] for row in picture.rows] == [
        ("Petition has had … signatures", "350, on 10 September 2021"),
        ("Petition has had … signatures", "500"),
    ]
    assert "ag-bracket" not in picture.svg
    assert statistic(graph) is None
    same = things + counted("a", "350") + counted("b", "350.0") + counted("c", '"many"')
    alike = open_graph(make_folder({"data/x.ttl": same}, prefixes=True))
    assert statistic(alike, "Petition") is None


def test_a_thing_without_numbers_has_no_picture(graph: Graph) -> None:
    assert statistic(graph, "Coco Rocha") is None


def test_of_many_disagreements_those_that_are_not_read_are_counted(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = len(disagreements(graph))
    monkeypatch.setattr(drawings, "MOST", 1)
    assert statistic(graph) is None  # the study comes last
    monkeypatch.setattr(drawings, "disagreements", lambda graph: disagreements(graph)[::-1])
    picture = statistic(graph)
    assert picture is not None
    assert picture.limits == (f"{count - 1} further disagreements, which were not read",)
