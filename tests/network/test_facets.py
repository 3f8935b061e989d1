"""Facets divide lists by what things are tied to, and by years."""

from __future__ import annotations

import pytest

from allgraph.graph import Graph, open_graph
from allgraph.model import strings
from allgraph.network import facets as module
from allgraph.network.facets import Facet, facets
from tests.conftest import BASE, MakeFolder

ENDS = """
source:s a ag:Source .
id:red a ag:Party ; rdfs:label 'Red' . id:blue a ag:Party ; rdfs:label 'Blue' .
id:house a ag:Chamber ; rdfs:label 'House' . id:senate a ag:Chamber ; rdfs:label 'Senate' .
id:seat a ag:Office ; rdfs:label 'Seat' . id:mallet a ag:Office ; rdfs:label 'Mallet' .
"""  # fmt: skip
PEOPLE = [f"{BASE}id/p{number}" for number in range(4)]


def claim(
    name: str, subject: str, predicate: str, thing: str, when: str = "", more: str = ""
) -> str:
    date = f'ag:when "{when}"^^edtf:EDTF ;' if when else ""
    return (
        f"claim:{name} a ag:Claim ; rdf:subject id:{subject} ; rdf:predicate ag:{predicate} ; "
        f"rdf:object id:{thing} ; {date} {more} ag:evidence [ oa:hasSource source:s ] .\n"
    )


def found(make_folder: MakeFolder, *claims: str) -> dict[str, dict[str, set[str]]]:
    people = "".join(f"id:p{n} a ag:Person ; rdfs:label 'P{n}' .\n" for n in range(4))
    folder = make_folder({"data/x.ttl": ENDS + people + "".join(claims)}, prefixes=True)
    return as_sets(facets(open_graph(folder), PEOPLE))


def as_sets(some: list[Facet]) -> dict[str, dict[str, set[str]]]:
    return {
        facet.name: {
            value.label: {iri.rpartition("/")[2] for iri in value.things} for value in facet.values
        }
        for facet in some
    }


def test_ties_count_in_both_directions(make_folder: MakeFolder) -> None:
    claims = claim("a", "p0", "memberOf", "red"), claim("b", "blue", "hasMember", "p1")
    assert found(make_folder, *claims) == {"party": {"Blue": {"p1"}, "Red": {"p0"}}}


def test_an_office_counts_as_its_chamber(make_folder: MakeFolder) -> None:
    claims = [
        claim("a", "seat", "postIn", "house"), claim("b", "mallet", "postIn", "senate"),
        claim("c", "p0", "heldOffice", "seat"), claim("d", "p1", "heldOffice", "mallet"),
        claim("e", "p2", "servedOn", "house"),
    ]  # fmt: skip
    assert found(make_folder, *claims) == {"chamber": {"House": {"p0", "p2"}, "Senate": {"p1"}}}


def test_years_are_those_in_which_claims_begin_or_end(make_folder: MakeFolder) -> None:
    claims = [
        claim("a", "p0", "servedOn", "house", "1995/2003"),
        claim("b", "p1", "servedOn", "house", "2001/"),
        claim("c", "p2", "servedOn", "house"),
    ]
    assert found(make_folder, *claims) == {
        "years": {"1990s": {"p0"}, "2000s": {"p0", "p1"}}
    }  # fmt: skip


def test_what_is_known_to_be_wrong_does_not_count(make_folder: MakeFolder) -> None:
    wrong = claim("b", "p1", "memberOf", "blue", more="ag:rank ag:Deprecated ;")
    assert found(make_folder, claim("a", "p0", "memberOf", "red"), wrong) == {}


def test_a_facet_with_one_value_or_too_many_divides_nothing(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = claim("a", "p0", "memberOf", "red"), claim("b", "p1", "memberOf", "blue")
    assert found(make_folder, both[0]) == {}
    monkeypatch.setattr(module, "MOST", 1)
    graph = open_graph(make_folder({"data/x.ttl": ENDS + "".join(both)}, name="two", prefixes=True))
    assert facets(graph, PEOPLE) == []


def test_a_facet_of_few_things_is_left_out(make_folder: MakeFolder) -> None:
    both = claim("a", "p0", "memberOf", "red"), claim("b", "p1", "memberOf", "blue")
    graph = open_graph(make_folder({"data/x.ttl": ENDS + "".join(both)}, prefixes=True))
    others = [f"{BASE}id/other{number}" for number in range(9)]
    assert len(facets(graph, [*PEOPLE[:2], *others[:8]])) == 1
    assert facets(graph, [*PEOPLE[:2], *others]) == []


def test_many_and_few_are_found_alike(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    senators = [f"https://w3id.org/allgraph/id/{name}" for name in ("diane-savino", "jeffrey-klein",
                "steven-otis", "andrew-cuomo")]  # fmt: skip
    looked_up = as_sets(facets(graph, senators))
    monkeypatch.setattr(strings, "_SEEK", 10**9)
    assert as_sets(facets(graph, senators)) == looked_up
    assert {"diane-savino", "jeffrey-klein"} <= looked_up["chamber"]["New York State Senate"]
