"""Prefixes, IRIs and terms, from text and back."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from allgraph.errors import ParameterError
from allgraph.rdf import terms
from allgraph.rdf.terms import KNOWN, XSD, Prefixes

BASE = "https://example.org/"
PREFIXES = Prefixes.of(BASE, {"ex": "https://example.org/ex#", "": "https://example.org/none/"})


@pytest.mark.parametrize(
    ("text", "iri"),
    {
        "id:ada": "https://example.org/id/ada",
        "claim:ada-wrote": "https://example.org/claim/ada-wrote",
        "source:diary": "https://example.org/source/diary",
        "ag:Claim": "https://w3id.org/allgraph/ns#Claim",
        "ex:a/b": "https://example.org/ex#a/b",
        ":x": "https://example.org/none/x",
        "id:": "https://example.org/id/",
        "<https://example.org/id/ada>": "https://example.org/id/ada",
        "<urn:isbn:1>": "urn:isbn:1",
        "https://example.org/id/ada": "https://example.org/id/ada",
        "mailto:/x": "mailto:/x",
        "Ada Lovelace": None,
        "nope:ada": None,
        "urn:isbn:1": None,
        "id:ada lovelace": None,
        "Law: an introduction": None,
        "": None,
        "https://two words/": None,
    }.items(),
)
def test_expand(text: str, iri: str | None) -> None:
    assert PREFIXES.expand(text) == iri


@pytest.mark.parametrize(
    ("iri", "curie"),
    {
        "https://example.org/id/ada": "id:ada",
        "https://example.org/ex#a.b-c": "ex:a.b-c",
        "https://example.org/ex#": "ex:",
        "https://example.org/none/x": ":x",
        "https://example.org/ex#a/b": "https://example.org/ex#a/b",
        "https://example.org/ex#a.": "https://example.org/ex#a.",
        "https://example.org/ex#-a": "https://example.org/ex#-a",
        "https://example.org/ex#a\u00b2": "https://example.org/ex#a\u00b2",
        "https://example.org/ex#\u00e9t\u00e9": "ex:\u00e9t\u00e9",
        "https://nowhere.example/": "https://nowhere.example/",
    }.items(),
)
def test_shorten(iri: str, curie: str) -> None:
    assert PREFIXES.shorten(iri) == curie


def test_the_longest_namespace_wins() -> None:
    prefixes = Prefixes({"a": "https://example.org/", "b": "https://example.org/b/"})
    assert prefixes.shorten("https://example.org/b/x") == "b:x"
    assert prefixes.shorten("https://example.org/c") == "a:c"


LOCALS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("ab.-_:/#\u00b7\u00b2\u0301%'")
)


@given(st.sampled_from(sorted(PREFIXES)), LOCALS)
def test_a_short_name_can_be_pasted_into_a_query_or_a_file(prefix: str, local: str) -> None:
    iri = PREFIXES[prefix] + local
    short = PREFIXES.shorten(iri)
    assume(short != iri)
    try:
        NamedNode(iri)
    except ValueError:
        assume(False)
    assert PREFIXES.expand(short) == iri
    results = Store().query(f"SELECT ({short} AS ?x) {{}}", prefixes=PREFIXES)
    assert isinstance(results, QuerySolutions)
    assert [row["x"] for row in results] == [NamedNode(iri)]
    turtle = PREFIXES.declarations().replace("PREFIX", "\nPREFIX") + f"\n{short} {short} {short} ."
    assert [quad.object for quad in parse(turtle, format=RdfFormat.TURTLE)] == [NamedNode(iri)]


def test_own_prefixes_come_over_the_known_ones() -> None:
    assert Prefixes.of(BASE)["rdf"] == KNOWN["rdf"]
    assert Prefixes.of(BASE, {"id": "https://other.example/"})["id"] == "https://other.example/"


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        (NamedNode("https://example.org/id/ada"), "id:ada"),
        (NamedNode("https://nowhere.example/a"), "https://nowhere.example/a"),
        (Literal("two words"), "two words"),
        (Literal("mot", language="fr"), "mot"),
        (Literal("01", datatype=NamedNode(XSD + "integer")), "01"),
        (BlankNode("b"), "_:b"),
        (None, ""),
    ],
)
def test_show(term: terms.Term | None, shown: str) -> None:
    assert PREFIXES.show(term) == shown


def test_show_a_triple() -> None:
    node = NamedNode("https://example.org/a")
    shown = "<https://example.org/a> <https://example.org/a> <https://example.org/a>"
    assert PREFIXES.show(Triple(node, node, node)) == shown


@pytest.mark.parametrize("text", ["", "a b", "a", "http://x.org/>", "http://x.org/\n", "<b>"])
def test_what_is_no_iri_is_refused(text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        terms.iri(text)
    assert str(caught.value) == f"“{text}” is not an IRI"


@given(st.text(max_size=20).map("http://x.org/".__add__) | st.text(max_size=20))
def test_any_text_is_an_iri_or_refused(text: str) -> None:
    try:
        assert terms.iri(text).value == text
    except ParameterError as error:
        assert str(error).encode()


@given(st.text())
def test_literals_hold_any_unicode_text(text: str) -> None:
    assert terms.literal(text).value == text


@pytest.mark.parametrize("make", [terms.literal, terms.iri])
def test_lone_surrogates_are_refused_in_words_that_can_be_printed(make: object) -> None:
    assert callable(make)
    with pytest.raises(ParameterError) as caught:
        make("http://x.org/\ud800")
    assert "\\ud800" in str(caught.value)
    assert str(caught.value).encode()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3", "integer"),
        ("-3", "integer"),
        ("+3", "integer"),
        ("81.5", "decimal"),
        (".5", "decimal"),
    ],
)
def test_numbers(text: str, kind: str) -> None:
    number = terms.number(text)
    assert (number.value, number.datatype.value) == (text, XSD + kind)


@pytest.mark.parametrize("text", ["", "x", "1e5", "1.", "1,5", "--1", " 1", "1\n", "\u0663", "NaN"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match=r"is not a number; write it like 3 or 81\.5"):
        terms.number(text)


@pytest.mark.parametrize(
    ("iri", "name"),
    [
        ("https://w3id.org/allgraph/ns#servedOn", "servedOn"),
        ("https://example.org/id/ada", "ada"),
        ("https://example.org/id/", "id"),
        ("urn:isbn:1", "1"),
        ("", ""),
    ],
)
def test_local_name(iri: str, name: str) -> None:
    assert terms.local_name(iri) == name


def test_declarations_are_sparql() -> None:
    text = f"{PREFIXES.declarations()} ASK {{ id:a ag:b ex:c }}"
    assert not Store().query(text)


@pytest.mark.parametrize(
    ("name", "fits"),
    [("ex", True), ("", True), ("a.b", True), ("a-1", True), ("\u00e9", True), ("a.", False),
     ("1a", False), ("_", False), ("a b", False), ("a:", False), ("<", False)],
)  # fmt: skip
def test_prefixes_are_names(name: str, fits: bool) -> None:
    assert terms.is_prefix(name) is fits
    try:
        Store().query(f"PREFIX {name}: <http://x.org/> ASK {{}}")
    except SyntaxError:
        assert not fits
    else:
        assert fits
