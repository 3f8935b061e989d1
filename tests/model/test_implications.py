"""What an ontology says follows: broader classes and predicates, former terms, and addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from allgraph.graph import open_graph
from allgraph.model.implications import address_of
from allgraph.rdf.terms import DERIVED
from tests.support.snippets import claim

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

ALONE = 'format = 1\ntitle = "A test"\nbase = "https://example.org/"\nextends = false\n'
CLASSES = """
id:Poet rdfs:subClassOf id:Writer, schema:Person .     id:Writer rdfs:subClassOf foaf:Agent .
id:Saying rdfs:subClassOf ag:Claim .                   ag:Claim rdfs:subClassOf rdf:Statement .
id:Leaf rdfs:subClassOf ag:Source, prov:Entity .       id:Genre rdfs:subClassOf skos:Concept .
id:Place rdfs:subClassOf owl:Thing, [ a owl:Restriction ] .
"""
PREDICATES = """
id:wrote rdfs:subPropertyOf id:made .                  id:made rdfs:subPropertyOf prov:influenced .
id:Author ag:yields id:wrote .
"""
FORMER = """
id:Bard owl:deprecated true ; dcterms:isReplacedBy id:Poet .
id:Scald owl:deprecated true ; dcterms:isReplacedBy id:Poet ; ag:classification id:Norse .
id:Never dcterms:isReplacedBy id:Poet .
id:Not owl:deprecated false ; dcterms:isReplacedBy id:Poet .
id:penned owl:deprecated true ; dcterms:isReplacedBy id:wrote .
id:hasVin owl:deprecated true ; dcterms:isReplacedBy ag:identifier ; ag:scheme id:Vin .
"""
SCHEMES = """
id:Vin ag:pattern "[a-z]+(/[a-z <]+)?" ; ag:addressTemplate "https://v.org/{id}" .
id:Silent ag:pattern ".*" ; ag:addressTemplate "https://silent.org/" .
id:Two ag:pattern ".*" ; ag:addressTemplate "https://one.org/{id}", "https://two.org/{id}" .
id:Placeless ag:pattern ".*" .
id:Wrong ag:pattern "(" ; ag:addressTemplate "https://wrong.org/{id}" .
id:Any ag:addressTemplate "https://any.org/{id}" .
"""


def derived(make: MakeFolder, data: str, include_sensitive: bool = False) -> set[str]:
    """What is derived but for what follows from claims alone, with short names."""
    ontology = CLASSES + PREDICATES + FORMER + SCHEMES
    files = {"data/a.ttl": data, "ontology/o.ttl": ontology}
    root = make(files, manifest=ALONE, prefixes=True)
    graph = open_graph(root, include_sensitive=include_sensitive)
    quads = graph.store.quads_for_pattern(None, None, None, DERIVED)
    return {" ".join(map(graph.prefixes.show, quad.triple)) for quad in quads}


# ---- Classes


def test_a_thing_is_of_all_superclasses_and_of_former_classes(make_folder: MakeFolder) -> None:
    assert derived(make_folder, "id:ada a id:Poet . id:earth a id:Place .") == {
        "id:ada rdf:type id:Writer",
        "id:ada rdf:type schema:Person",
        "id:ada rdf:type foaf:Agent",
        "id:ada rdf:type id:Bard",
        "id:earth rdf:type owl:Thing",
    }


def test_a_class_that_is_stated_is_not_derived_again(make_folder: MakeFolder) -> None:
    data = "id:ada a id:Poet, id:Writer, id:Bard, schema:Person ."
    assert derived(make_folder, data) == {"id:ada rdf:type foaf:Agent"}


def test_classes_that_go_round_in_a_circle_end(make_folder: MakeFolder) -> None:
    data = "id:a rdfs:subClassOf id:b . id:b rdfs:subClassOf id:a . id:c rdfs:subClassOf id:c ."
    assert derived(make_folder, data + "id:x a id:a . id:y a id:c .") == {"id:x rdf:type id:b"}


@pytest.mark.parametrize(
    "data",
    [
        "id:x a id:Poet, id:Saying .",
        "id:x a id:Poet, ag:Claim .",
        "id:x a id:Leaf .",
        "id:x a id:Poet, ag:Source .",
        "id:x a id:Poet, id:Genre .",
        "id:x a id:Poet, owl:Class .",
        "id:x a id:Poet, oa:ResourceSelection .",
        "id:y a oa:ResourceSelection . id:x a oa:ResourceSelection, id:Poet . "
        "claim:c ag:evidence id:x .",
        "id:x a 'poet' .",
    ],
)
def test_claims_sources_evidence_concepts_and_terms_have_no_other_class(
    data: str, make_folder: MakeFolder
) -> None:
    assert not [triple for triple in derived(make_folder, data) if "rdf:type" in triple]


@pytest.mark.parametrize(
    ("data", "is_scald"),
    [
        ("id:ada ag:classification id:Norse .", True),
        ("id:ada ag:classification id:Greek, id:Norse .", True),
        ("id:ada ag:classification id:Greek .", False),
        (claim("c", "id:ada", "ag:classification", "id:Norse"), True),
        (claim("c", "id:ada", "ag:classification", "id:Norse", "ag:rank ag:Deprecated"), False),
        (claim("c", "id:ada", "ag:classification", "id:Norse", 'ag:withdrawn "2026-01-01"'), False),
        (claim("c", "id:eve", "ag:classification", "id:Norse"), False),
    ],
)
def test_a_former_class_with_a_classification_has_only_things_with_it(
    data: str, is_scald: bool, make_folder: MakeFolder
) -> None:
    assert ("id:ada rdf:type id:Scald" in derived(make_folder, data + "id:ada a id:Poet .")) is (
        is_scald
    )


# ---- Predicates


def test_a_direct_triple_holds_with_broader_and_former_predicates(make_folder: MakeFolder) -> None:
    assert derived(make_folder, claim("c", "id:ada", "id:wrote", "id:book")) == {
        "id:ada id:wrote id:book",
        "id:ada id:made id:book",
        "id:ada prov:influenced id:book",
        "id:ada id:penned id:book",
    }


def test_what_a_role_yields_is_broader_too(make_folder: MakeFolder) -> None:
    data = claim("c", "id:ada", "ag:tookPart", "id:event", "ag:role id:Author")
    data += claim("d", "id:book", "ag:underwent", "id:event")
    assert derived(make_folder, data) >= {"id:ada id:wrote id:book", "id:ada id:made id:book"}


@pytest.mark.parametrize("more", ["ag:rank ag:Deprecated", 'ag:withdrawn "2026-01-01"'])
def test_a_deprecated_or_withdrawn_claim_gives_nothing_broader(
    more: str, make_folder: MakeFolder
) -> None:
    data = claim("c", "id:ada", "id:wrote", "id:book", more)
    data += claim("d", "id:ada", "ag:identifier", '"abc"^^id:Vin', more)
    assert derived(make_folder, data) == set()


def test_nothing_is_derived_of_what_is_hidden(make_folder: MakeFolder) -> None:
    data = "id:ada a id:Poet ; ag:sensitive true . id:book a id:Poet .\n"
    data += claim("c", "id:ada", "id:wrote", "id:book")
    data += claim("d", "id:ada", "ag:identifier", '"abc"^^id:Vin')
    assert not [triple for triple in derived(make_folder, data) if "id:ada" in triple]
    assert len([t for t in derived(make_folder, data, True) if "id:ada" in t]) > 6


# ---- Identifiers


def test_an_identifier_gives_the_former_one_and_the_address(make_folder: MakeFolder) -> None:
    data = claim("c", "id:ada", "ag:identifier", '"ab/c <d"^^id:Vin')
    assert derived(make_folder, data) == {
        "id:ada ag:identifier ab/c <d",
        "id:ada id:hasVin ab/c <d",
        "id:ada schema:sameAs https://v.org/ab/c%20%3Cd",
    }


def test_a_former_identifier_is_a_plain_string(make_folder: MakeFolder) -> None:
    data = claim("c", "id:ada", "ag:identifier", r'"a\"^^\\"^^id:Vin')
    root = make_folder(
        {"data/a.ttl": data, "ontology/o.ttl": FORMER}, manifest=ALONE, prefixes=True
    )
    found = open_graph(root).sparql('SELECT * { ?s id:hasVin ?vin FILTER(?vin = "a\\"^^\\\\") }')
    assert len(found) == 1


@pytest.mark.parametrize(
    "identifier",
    [
        '"ABC"^^id:Vin', '"abc\\n"^^id:Vin', '"x abc"^^id:Vin', '"abc"', '"abc"@en', "id:abc",
        '"abc"^^id:Silent', '"abc"^^id:Placeless', '"abc"^^id:Wrong', '"abc"^^id:Any',
        '"abc"^^id:Two', '"abc"^^id:Other',
    ],
)  # fmt: skip
def test_an_identifier_that_is_none_of_its_scheme_gives_no_address(
    identifier: str, make_folder: MakeFolder
) -> None:
    found = derived(make_folder, claim("c", "id:ada", "ag:identifier", identifier))
    assert not [triple for triple in found if "sameAs" in triple]


@pytest.mark.parametrize(
    ("template", "identifier", "address"),
    [
        ("https://a.org/{id}", "10.1/(x)", "<https://a.org/10.1/(x)>"),
        ("https://a.org/{id}", "a#b?c%20", "<https://a.org/a%23b%3Fc%2520>"),
        ("https://a.org/?q={id}&r", "a&b=c/é", "<https://a.org/?q=a%26b%3Dc%2Fé&r>"),
        ("https://a.org/{id}/{id}.html", "é x", "<https://a.org/é%20x/é%20x.html>"),
        ("https://a.org/{id}", "\u202e\ue000", "<https://a.org/%E2%80%AE%EE%80%80>"),
        ("urn:isbn:{id}", "1", "<urn:isbn:1>"),
        ("{id}", "javascript:alert(1)", ""),
        ("//a.org/{id}", "1", ""),
        ("https://a.org/ {id}", "1", ""),
        ("https://a.org/{id}", "../b", ""),
        ("https://a.org/{id}", ".", ""),
    ],
)
def test_the_address_of_an_identifier(template: str, identifier: str, address: str) -> None:
    assert address_of(template, identifier) == address


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_address_is_an_iri_that_begins_as_the_template(identifier: str) -> None:
    address = address_of("https://a.org/x/{id}", identifier)
    if address:
        assert NamedNode(address[1:-1]).value.startswith("https://a.org/x/")
        assert not re.search(r"[\s<>\"{}|\\^`?#]", address[1:-1])
    else:
        assert {".", ".."}.intersection(identifier.split("/"))
