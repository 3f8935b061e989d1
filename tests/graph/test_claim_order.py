"""Claims about a thing in the order for readers, and alike ones together."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph, prose
from allgraph.graph.claim_order import place_in
from allgraph.graph.claims import Claim, claims, folded
from allgraph.rdf.terms import AG, KNOWN, RDFS, local_name
from tests.conftest import MakeFolder

SH = KNOWN["sh"]
ANN = """
id:ann a ag:Person ; rdfs:label "Ann" .
id:seat a ag:Office ; rdfs:label "Seat 1" .
id:club a ag:Organization ; rdfs:label "the club" .
source:book a ag:Source ; rdfs:label "a book" .
source:list a ag:Source ; rdfs:label "a list" .
"""
SAID = [
    ("id:ann", "ag:identifier", '"Q1"^^ag:WikidataId', "book", 1),
    ("id:ann", "ag:hasName", '"Ann A."', "book", 2),
    ("id:ann", "ag:hasName", '"A., Ann"', "book", 3),
    ("id:ann", "ag:hasName", '"Anna"', "list", 4),
    ("id:ann", "ag:hasWebsite", '"https://ann.example"', "book", 5),
    ("id:ann", "ag:heldOffice", "id:seat", "book", 6),
    ("id:ann", "ag:memberOf", "id:club", "book", 7),
    ("id:ann", "ag:knows", "id:club", "book", 8),
]


@pytest.fixture
def graph(make_folder: MakeFolder) -> Graph:
    return open_graph(folder(make_folder))


def folder(make_folder: MakeFolder, more: str = "") -> Path:
    said = "".join(
        f"claim:c{row} a ag:Claim ; rdf:subject {s} ; rdf:predicate {p} ; rdf:object {o} ;"
        f" ag:evidence [ oa:hasSource source:{source} ; ag:row {row} ] .\n"
        for s, p, o, source, row in SAID
    )
    return make_folder({"data/a.ttl": ANN + said + more}, prefixes=True)


def test_places_are_those_of_the_ontology_and_names_come_last() -> None:
    stated: dict[tuple[str, str], str] = {}
    for path in builtin().ontology_files():
        for quad in parse(path.read_bytes(), format=RdfFormat.TURTLE):
            if quad.predicate.value in (SH + "group", SH + "order", RDFS + "label"):
                key = (getattr(quad.subject, "value", ""), local_name(quad.predicate.value))
                stated[key] = quad.object.value
    places = open_graph().predicate_places
    in_groups = {subject: group for (subject, key), group in stated.items() if key == "group"}
    assert places.keys() == in_groups.keys() and len(places) > 90
    for predicate, group in in_groups.items():
        first = 100 if group == AG + "NamesGroup" else float(stated[group, "order"])
        label = stated[group, "label"]
        assert places[predicate] == (first, float(stated[predicate, "order"]), label)
    order = ["heldOffice", "memberOf", "hasWebsite", "unknown", "hasName", "identifier"]
    assert sorted(order, key=lambda name: place_in(places, AG + name)) == order


def test_a_folder_has_groups_and_places_of_its_own(make_folder: MakeFolder) -> None:
    ontology = """
    @prefix ag: <https://w3id.org/allgraph/ns#> .
    @prefix sh: <http://www.w3.org/ns/shacl#> .
    @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    ag:Friends a sh:PropertyGroup ; rdfs:label "friends" ; sh:order 60 ; ag:readingOrder 1 .
    ag:knows a <http://www.w3.org/2002/07/owl#ObjectProperty> ; ag:aspect ag:State ;
        sh:group ag:Friends ; sh:order 2 .
    ag:memberOf sh:group ag:Friends ; sh:order 1 .
    """
    root = folder(make_folder)
    root.joinpath("ontology").mkdir()
    root.joinpath("ontology/own.ttl").write_text(ontology)
    about = claims(open_graph(root), about="Ann")
    assert [local_name(c.predicate) for c in about][:3] == ["memberOf", "knows", "heldOffice"]


def test_offices_come_first_and_identifiers_last(graph: Graph) -> None:
    predicates = [local_name(claim.predicate) for claim in claims(graph, about="Ann")]
    assert predicates == [
        *("heldOffice", "memberOf", "hasWebsite", "knows"),
        *("hasName", "hasName", "hasName", "identifier"),
    ]


def test_variants_of_a_name_are_one_sentence_with_all_sources(graph: Graph) -> None:
    about = claims(graph, about="Ann")
    assert [len(alike) for alike in folded(about)] == [1, 1, 1, 1, 3, 1]
    shown = prose.thing(graph.thing(graph.resolve("Ann")), about, graph.prefixes, width=100)
    assert shown.endswith(
        "Ann has been called A., Ann; Ann A.; Anna (date not stated).\n"
        "  Source: a book, row 3; row 2\n"
        "  Source: a list, row 4\n"
        "Ann has the identifier Q1 (Wikidata).\n"
        "  Source: a book, row 1"
    )


@pytest.mark.parametrize(
    "more",
    [
        "claim:c3 ag:rank ag:Deprecated .",
        'claim:c3 ag:note "Only in print." .',
        "claim:c3 ag:conflictsWith claim:c4 .",
        'claim:c3 ag:when "1990"^^edtf:EDTF .',
    ],
)
def test_what_there_is_more_to_say_of_stands_alone(make_folder: MakeFolder, more: str) -> None:
    about = claims(open_graph(folder(make_folder, more)), about="Ann")
    alone = [alike[0].iri[-2:] for alike in folded(about) if len(alike) == 1]
    assert "c3" in alone


def test_claims_that_differ_in_their_things_stand_alone(graph: Graph) -> None:
    about = claims(graph, about="the club")
    assert all(len(alike) == 1 for alike in folded(about)) and len(about) == 2


def test_no_claim_is_lost(graph: Graph) -> None:
    about: list[Claim] = claims(graph, about="Ann")
    assert [claim for alike in folded(about) for claim in alike] == about
