"""Entries as rows of an image: labels, what is alike, and rivals."""

from __future__ import annotations

from allgraph.graph import Graph, open_graph
from allgraph.graph.timeline import timeline
from allgraph.render.timelines import MOST_ROWS
from tests.conftest import MakeFolder

LETTER = """
id:letter a ag:Letter ; rdfs:label "Letter" . id:b a ag:Body ; rdfs:label "Body" .
source:s a ag:Source ; rdfs:label "Paper" . source:t a ag:Source ; rdfs:label "Other" .
claim:x a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:published ; rdf:object id:letter ;
  ag:when "2018-05"^^edtf:EDTF ; ag:conflictsWith claim:y ;
  ag:evidence [ oa:hasSource source:s ] , [ oa:hasSource source:t ] .
claim:y a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:published ; rdf:object id:letter ;
  ag:when "2019"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:t ] .
"""


def letter(make_folder: MakeFolder, signers: int) -> Graph:
    """A graph of a letter with some signers of one day, and two dates of its publication."""
    people = "".join(
        f"id:p{n} a ag:Person ; rdfs:label 'P{n}' . claim:s{n} a ag:Claim ; rdf:subject id:p{n} ; "
        "rdf:predicate ag:signed ; rdf:object id:letter ; ag:when '2018-05-16'^^edtf:EDTF ; "
        "ag:evidence [ oa:hasSource source:s ] .\n"
        for n in range(signers)
    )
    return open_graph(make_folder({"data/x.ttl": LETTER + people}, prefixes=True))


def test_entries_of_one_day_that_are_alike_are_one_row(make_folder: MakeFolder) -> None:
    many = timeline(letter(make_folder, 5)).rows()
    assert "P0 signed Letter · and 4 alike" in {row.label for row in many}
    assert len(many) == 3
    of_letter = timeline(letter(make_folder, 5), "Letter").rows()
    assert "was signed by P0 · and 4 alike" in {row.label for row in of_letter}
    titles = [row.sentence for row in of_letter]
    assert any("P4" in title for title in titles)
    few = timeline(letter(make_folder, 2)).rows()
    assert [row.label for row in few if "alike" in row.label] == []
    assert len(few) == 4


def test_a_row_links_to_its_claim_and_leaves_out_the_name_of_the_thing(
    make_folder: MakeFolder,
) -> None:
    rows = timeline(letter(make_folder, 1), "P0").rows(lambda iri: f"/{iri.rpartition('/')[2]}")
    assert [(row.label, row.href) for row in rows] == [("signed Letter", "/s0")]
    assert rows[0].sentence == "P0 signed Letter on 16 May 2018"


def test_rivals_are_of_one_rivalry_and_name_their_sources(make_folder: MakeFolder) -> None:
    rows = timeline(letter(make_folder, 3)).rows()
    rivals = [row for row in rows if row.rivalry]
    assert [row.source for row in rivals] == ["Other and 1 more", "Other"]
    assert len({row.rivalry for row in rivals}) == 1


def test_rivals_that_date_an_event_are_those_of_each_part_in_it(graph: Graph) -> None:
    rows = [row for row in timeline(graph, "Sara Ziff").rows() if "founded" in row.label]
    assert len(rows) == 2 and rows[0].rivalry and rows[0].rivalry == rows[1].rivalry
    of_graph = timeline(graph).rows()
    founding = [row for row in of_graph if "founded" in row.label]
    assert len({row.rivalry for row in founding}) == len(founding) / 2
    assert len(of_graph) < len(timeline(graph)) > MOST_ROWS
