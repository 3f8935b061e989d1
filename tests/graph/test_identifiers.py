"""Things are found by the identifiers that others gave them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import allgraph
from allgraph.errors import UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.model.names import Scheme, Schemes, plain
from tests.conftest import MakeFolder
from tests.support.endpoints import holding

MENG = "https://w3id.org/allgraph/id/grace-meng"
WAYS = [
    "wikidata:Q5591303", "WikidataId:Q5591303", "WIKIDATA:q5591303", "wikidata: Q5591303",
    "https://www.wikidata.org/wiki/Q5591303", "http://www.wikidata.org/entity/Q5591303",
    "//wikidata.org/entity/Q5591303", "www.wikidata.org/wiki/Q5591303/",
    "https://www.wikidata.org/wiki/Q5591303?uselang=de#P18", "bioguide:M001188",
    "https://bioguide.congress.gov/search/bio/M001188", "wikipedia:Grace Meng",
    "https://en.wikipedia.org/wiki/Grace_Meng", "https://en.wikipedia.org/wiki/Grace%20Meng",
    "ocd:ocd-person/df9c8944-4bb2-4ca9-8a9a-9cdc24bfd52d", "Open Civic "
    "Data:ocd-person/df9c8944-4bb2-4ca9-8a9a-9cdc24bfd52d", "google-entity:kg:/m/04ld76x",
]  # fmt: skip
ONLY_FOUND = ["Q5591303", "q5591303", "M001188", "ocd-person/df9c8944-4bb2-4ca9-8a9a-9cdc24bfd52d"]
NOTHING = [
    "wikidata:", "wikidata:Q", ":Q5591303", "bioguide:Q5591303", "nobody:Q5591303",
    "https://www.wikidata.org/wiki/", "https://www.wikidata.org/wiki/Q1", "wikidata:*",
    "https://example.org/wiki/Q5591303", "https://www.wikidata.org/entity/x/Q5591303",
]  # fmt: skip


@pytest.mark.parametrize("written", WAYS)
def test_an_identifier_stands_for_its_thing(graph: Graph, written: str) -> None:
    assert graph.resolve(written).value == MENG
    assert [thing.iri for thing in graph.find(written)][:1] == [MENG]
    assert [thing.iri for thing in allgraph.as_of(graph, "2014-01-01").find(written)][:1] == [MENG]


@pytest.mark.parametrize("written", ONLY_FOUND)
def test_an_identifier_alone_is_found_and_is_no_name(graph: Graph, written: str) -> None:
    assert [thing.iri for thing in graph.find(written)][:1] == [MENG]
    with pytest.raises(UnknownName, match="did you mean Grace Meng"):
        graph.resolve(written)


@pytest.mark.parametrize("written", NOTHING)
def test_what_is_no_identifier_stands_for_nothing(graph: Graph, written: str) -> None:
    with pytest.raises(UnknownName):
        graph.resolve(written)
    assert MENG not in [thing.iri for thing in graph.find(written)]


def test_an_endpoint_is_asked_the_same(graph: Graph) -> None:
    with holding(graph.store) as endpoint:
        remote = open_graph(endpoint=endpoint.url)
        assert [thing.iri for thing in remote.find("Q5591303")] == [MENG]
        assert remote.resolve("https://www.wikidata.org/wiki/Q5591303").value == MENG
        assert remote.by_identifier("Wikidata", "Q5591303") == [MENG]


FOLDER = {
    "ontology/own.ttl": """
        @prefix ag: <https://w3id.org/allgraph/ns#> . @prefix ex: <https://example.org/ns#> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        ex:ClubId a ag:IdentifierScheme, rdfs:Datatype ; rdfs:label "Club" ;
            ag:pattern "[0-9]+" ; ag:addressTemplate "https://club.example/member/{id}/page" .
    """,
    "data/a.ttl": """
        @prefix ag: <https://w3id.org/allgraph/ns#> . @prefix ex: <https://example.org/ns#> .
        @prefix id: <https://example.org/test/id/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        id:a a ag:Person ; rdfs:label "Ann" ; ag:identifier "7"^^ex:ClubId, "1"^^ag:GpoId .
        id:b a ag:Person ; rdfs:label "Ben" ; ag:identifier "7"^^ag:GpoId, "8"^^ex:ClubId .
        id:c a ag:Person ; rdfs:label "club:8" ; ag:identifier "7"^^ex:ClubId .
    """,
}


def test_an_address_that_is_a_thing_of_the_graph_stands_for_itself(make_folder: MakeFolder) -> None:
    item = "http://www.wikidata.org/entity/Q1"
    data = f"""
        @prefix ag: <https://w3id.org/allgraph/ns#> . @prefix id: <https://example.org/test/id/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        id:a a ag:Person ; rdfs:label "Ann" ; ag:identifier "Q1"^^ag:WikidataId .
        <{item}> a ag:Body ; rdfs:label "All" .
    """
    graph = open_graph(make_folder({"data/a.ttl": data}))
    assert graph.resolve(item).value == item
    assert graph.thing(graph.resolve("wikidata:Q1")).name == "Ann"
    assert {thing.name for thing in graph.find(item)} == {"Ann", "All"}


@pytest.fixture
def own(make_folder: MakeFolder) -> Path:
    return make_folder(FOLDER)


def test_a_folder_has_schemes_of_its_own(own: Path) -> None:
    graph = open_graph(own)
    names = [
        graph.thing(graph.resolve(way)).name
        for way in ("gpo:7", "https://club.example/member/8/page")
    ]
    assert names == ["Ben", "Ben"]
    assert [thing.name for thing in graph.find("7")] == ["Ann", "Ben", "club:8"]
    assert "club" in graph.schemes.names and "wikidata" in graph.schemes.names


def test_a_name_goes_before_an_identifier_and_several_are_told(own: Path) -> None:
    graph = open_graph(own)
    assert graph.thing(graph.resolve("club:8")).name == "club:8"
    with pytest.raises(UnknownName, match=r"several things: .*id/a.*id/c"):
        graph.resolve("club:7")
    assert len(graph.by_identifier("Club", "7")) == 2
    with pytest.raises(
        UnknownName, match="there is no scheme of identifiers “x”; there are ballot"
    ):
        graph.by_identifier("x", "7")


SCHEME = Scheme(
    "https://example.org/ns#HouseCommitteeId", "House, committees", ("http://a.org/{id}",)
)


def test_a_scheme_has_short_names() -> None:
    assert SCHEME.name == "house-committee"
    for name in ("house-committee", "HouseCommitteeId", "house committee", "House, Committees"):
        assert Schemes([SCHEME]).named(name) == [SCHEME]
    assert Schemes([SCHEME]).named("house") == Schemes([SCHEME]).named("") == []
    assert Scheme("https://example.org/ns#Id", "").name == "id"


@given(st.text("aA1/:?#%_ é-", min_size=1))
def test_any_identifier_is_meant_with_its_scheme(identifier: str) -> None:
    meant = [literal.value for literal in Schemes([SCHEME]).meant(f"house-committee:{identifier}")]
    assert meant[:1] == ([identifier.strip()] if identifier.strip() else [])


@given(st.text())
def test_any_text_may_be_the_name_of_a_scheme(name: str) -> None:
    assert all(char.isalnum() for char in plain(name))
    assert Schemes([SCHEME]).named(name) in ([], [SCHEME])
