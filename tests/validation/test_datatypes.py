"""Literals are well-formed and ordered as XML Schema and SPARQL say; pyoxigraph is the oracle."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from allgraph.rdf.terms import XSD
from allgraph.validation.shacl import datatypes
from allgraph.validation.shacl.datatypes import is_well_formed
from allgraph.validation.shacl.literals import comparable, has_datatype
from tests.validation.test_shacl import quads, same

SEEDS = {
    "boolean": ["true", "0"],
    "integer": ["1", "-007", "+5", "99999"],
    "decimal": ["1.5", ".5", "1.", "-0.10", "0.1"],
    "double": ["1e3", "INF", "-INF", "+INF", "NaN", "1.5E-2", "0.1"],
    "float": ["0.1", "INF", "NaN", "1e30"],
    "date": ["2020-02-28", "2021-02-28Z", "-0044-03-15", "0000-01-01", "2020-12-31+14:00"],
    "dateTime": ["2020-02-29T24:00:00Z", "2020-01-01T00:00:00", "-0044-03-15T10:00:00.50+14:00",
                 "12020-03-15T23:59:59-05:30", "2020-01-01T12:00:00Z", "2020-01-01T00:00:00+13:00"],
    "time": ["10:00:00", "24:00:00", "23:59:59.999Z", "00:00:00", "01:00:00-03:00"],
    "gYear": ["2020", "-0001", "12020Z"],
    "gYearMonth": ["2020-02", "2020-12Z"],
    "gMonth": ["--02", "--12Z"],
    "gMonthDay": ["--02-28", "--12-30"],
    "gDay": ["---01", "---30Z"],
    "duration": ["P1Y2M3DT4H5M6.7S", "P1M", "P30D", "-PT0S", "P31D", "P1Y"],
    "yearMonthDuration": ["P1Y2M", "-P3M", "P12M"],
    "dayTimeDuration": ["P1D", "PT24H", "-PT5M", "PT1.50S"],
}  # fmt: skip
NOT_THE_ORACLES = re.compile(r"[+-]NaN|--02-29|T$|[THM]\.|\.S")
"""What pyoxigraph judges otherwise than XML Schema."""
PIECES = ["", *"0123459-+:.TZPYMDHSe "]
EDITS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 1), st.sampled_from(PIECES)), max_size=2
)


def edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    """A text with pieces of 0 or 1 characters replaced."""
    for place, length, piece in edits:
        place %= len(text) + 1
        text = text[:place] + piece + text[place + length :]
    return text


def texts(names: list[str]) -> st.SearchStrategy[tuple[str, str]]:
    """Datatypes and texts that are nearly theirs."""
    pairs = [(name, seed) for name in names for seed in SEEDS[name]]
    return st.builds(lambda p, edits: (p[0], edited(p[1], edits)), st.sampled_from(pairs), EDITS)


def asked(expression: str) -> str | None:
    rows = Store().query(f"SELECT ({expression} AS ?value) {{}}")
    assert isinstance(rows, QuerySolutions)
    value = next(rows)["value"]
    return value.value if isinstance(value, Literal) else None


@given(texts([*SEEDS]))
def test_texts_are_well_formed_where_the_oracle_reads_them(case: tuple[str, str]) -> None:
    name, text = case
    assume(not NOT_THE_ORACLES.search(text))
    is_read = asked(f"<{XSD}{name}>({Literal(text)})") is not None
    assert is_well_formed(text, XSD + name) == is_read


NUMBERS = ["integer", "decimal", "double", "float"]
GROUPS = [NUMBERS, *([name] for name in SEEDS if name not in (*NUMBERS, "boolean"))]
"""The datatypes whose values are compared; the oracle does not order truth values."""


@given(st.sampled_from(GROUPS).flatmap(lambda names: st.tuples(texts(names), texts(names))))
def test_literals_are_ordered_as_by_the_oracle(
    pair: tuple[tuple[str, str], tuple[str, str]],
) -> None:
    assume(not any(NOT_THE_ORACLES.search(text) for _, text in pair))
    one, other = (Literal(text, datatype=NamedNode(XSD + name)) for name, text in pair)
    order = datatypes.order(comparable(str(one)), comparable(str(other)))
    assume(one != other or order is not None)  # the oracle takes equal texts for equal values
    assert (asked(f"{one} < {other}") == "true") == (order == -1)
    assert (asked(f"{one} <= {other}") == "true") == (order in (-1, 0))


WELL_FORMED = {
    "integer": ["1" * 5001, "-0"],
    "long": ["9223372036854775807", "-9223372036854775808", "0" * 30 + "1"],
    "byte": ["-128", "127"],
    "unsignedByte": ["255", "-0"],
    "unsignedLong": ["18446744073709551615"],
    "negativeInteger": ["-1"],
    "date": ["2000-02-29", "0000-02-29", "-0004-02-29"],
    "dateTime": ["-0044-03-15T00:00:00", "12020-03-15T00:00:00", "2020-01-01T24:00:00.0"],
    "dateTimeStamp": ["2020-01-01T00:00:00Z"],
    "gMonthDay": ["--02-29"],
    "hexBinary": ["", "0aF0"],
    "base64Binary": ["", "YQ==", "YWI=", "Y W J j"],
    "language": ["en-GB"],
    "NCName": ["_é-1"],
    "token": ["a b"],
    "anyURI": ["not an IRI"],
}
ILL_FORMED = {
    "decimal": ["1e3", "INF", "", "."],
    "integer": ["1_0", "٣", "1.0", " 1", "1\n"],
    "double": ["1_0", "nan", "Infinity"],
    "boolean": ["True", "yes"],
    "long": ["99999999999999999999", "9223372036854775808"],
    "byte": ["128"],
    "unsignedByte": ["-1", "256"],
    "nonNegativeInteger": ["-1"],
    "positiveInteger": ["0"],
    "date": ["2020-01-01T00:00:00", "2020-W01-1", "1900-02-29", "2020-04-31", "02020-01-01"],
    "dateTime": ["2020-01-01", "2020-01-01T24:00:01", "2020-01-01T00:00:00+14:01"],
    "dateTimeStamp": ["2020-01-01T00:00:00"],
    "time": ["10", "10:00", "10:00:60"],
    "gYear": ["20"],
    "gMonthDay": ["--02-30"],
    "duration": ["P", "PT", "1Y"],
    "hexBinary": ["0", "xy"],
    "base64Binary": ["YQ", "YR==", "Y Q= = "],
    "language": ["e1"],
    "NCName": ["1a", "a:b"],
    "token": ["a  b", " a"],
}


@pytest.mark.parametrize("name", sorted(WELL_FORMED.keys() | ILL_FORMED.keys()))
def test_both_engines_know_what_is_well_formed(name: str) -> None:
    right, wrong = WELL_FORMED.get(name, []), ILL_FORMED.get(name, [])
    values = [str(Literal(text, datatype=NamedNode(XSD + name))) for text in (*right, *wrong)]
    data = quads(f":a :p {', '.join(values)} .")
    shape = f":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:datatype xsd:{name} ] ."
    found = [f.value.value for f in same(data, quads(shape)) if isinstance(f.value, Literal)]
    assert sorted(found) == sorted(wrong)


def test_a_text_with_a_language_has_one() -> None:
    kind = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
    assert has_datatype('"x"@en', kind)
    assert not has_datatype(f'"x"^^<{kind}>', kind)


@pytest.mark.parametrize(
    ("value", "other", "order"),
    [
        ('"NaN"^^xsd:double', "3", None),
        ('"NaN"^^xsd:float', '"NaN"^^xsd:float', None),
        ('"0.1"^^xsd:double', "0.1", 0),
        ('"0.1"^^xsd:float', '"0.1"^^xsd:double', 1),
        ('"0.1"^^xsd:float', "0.1", 0),
        ("9007199254740993", "9007199254740992", 1),
        ("9007199254740993", "9007199254740992e0", 0),
        ("1" * 5000, '"INF"^^xsd:double', 0),
        ('"5"^^xsd:byte', '"6"^^xsd:unsignedLong', -1),
        ('"-0044-03-15"^^xsd:date', '"2020-01-01"^^xsd:date', -1),
        ('"12020-03-15"^^xsd:date', '"22020-01-01"^^xsd:date', -1),
        ('"24:00:00"^^xsd:time', '"00:00:00"^^xsd:time', 0),
        ('"2020-01-01T24:00:00"^^xsd:dateTime', '"2020-01-02T00:00:00"^^xsd:dateTime', 0),
        ('"2020-01-01T00:00:00"^^xsd:dateTime', '"2020-01-02T00:00:00Z"^^xsd:dateTime', -1),
        ('"2020-01-01"^^xsd:date', '"2020-01-01T00:00:00"^^xsd:dateTime', None),
        ('"P30D"^^xsd:duration', '"P1M"^^xsd:duration', None),
        ('"a"^^xsd:token', '"b"', -1),
    ],
)
def test_both_engines_compare_as_sparql_does(value: str, other: str, order: int | None) -> None:
    data = quads(f":a :p {value} ; :q {other} .")
    shape = ":S sh:targetNode :a ; sh:property [ sh:path :p ; sh:{} {} ] ."
    for names, orders in {
        ("lessThan", "maxExclusive"): (-1,),
        ("lessThanOrEquals", "maxInclusive"): (-1, 0),
        ("minExclusive",): (1,),
        ("minInclusive",): (0, 1),
    }.items():
        for name in names:
            against = ":q" if name.startswith("less") else other
            found = same(data, quads(shape.format(name, against)))
            assert bool(found) == (order not in orders), name
