"""Compiled shapes find what pySHACL finds, on random graphs with random shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse

from allgraph.errors import InputError
from allgraph.model.triples import Row, TriplesBuilder
from allgraph.rdf import ntriples
from allgraph.rdf.terms import Term, text
from allgraph.validation.shacl import pyshacl_engine, shape_errors
from allgraph.validation.shacl.compiled import Compiled
from allgraph.validation.shacl.results import Failure
from allgraph.validation.shacl.shapes import Shapes
from tests.support.tools import share

PREFIXES = """\
@prefix : <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def quads(text: str) -> list[Quad]:
    return list(parse(PREFIXES + text, format=RdfFormat.TURTLE))


def compiled(
    data: Iterable[Quad], shapes: Iterable[Quad]
) -> tuple[Counter[Failure], dict[Term, str]]:
    """What compiled shapes find and how often, and what they leave to pySHACL."""
    builder = TriplesBuilder()
    builder.add([ntriples.written(data).decode()])
    triples = builder.built()
    checker = Compiled(Shapes(shapes), triples)
    found = counted(failure for part in checker.check() for failure in part.failures(triples))
    return found, checker.unknown


def by_pyshacl(data: Iterable[Row | Quad], shapes: Iterable[Quad]) -> Counter[Failure]:
    return counted(pyshacl_engine.failures(data, shapes, []))


def same(data: Iterable[Quad], shapes: Iterable[Quad]) -> Counter[Failure]:
    """What both engines find, and how often, which has to be the same."""
    data, shapes = list(data), list(shapes)
    found, unknown = compiled(data, shapes)
    assert not unknown
    assert found == by_pyshacl(data, shapes)
    return found


def counted(failures: Iterable[Failure]) -> Counter[Failure]:
    """How many results there are of each failure."""
    counts: Counter[Failure] = Counter()
    for failure in failures:
        counts[failure._replace(times=1)] += failure.times
    return counts


# ---- Random graphs and shapes

NAMES = [f":{letter}" for letter in "abcdef"]
CLASSES = [":C", ":D", ":E"]
PREDICATES = [":p", ":q", ":r"]
LITERALS = [
    '"x"', '"y"', '"x y"', '""', '"x"@en', '"x"@de', '"y"@en-GB', '"x"@EN', "1", "01", "2", "-3",
    '"+1"^^xsd:integer', '"one"^^xsd:integer', "1.5", "1.50", "1e0", "true", '"1"^^xsd:boolean',
    '"maybe"^^xsd:boolean', '"2020-01-31"^^xsd:date', '"2020-02-30"^^xsd:date',
    '"2021-01-01"^^xsd:date', '"2020-01-31Z"^^xsd:date', '"2020-01-31T00:00:00"^^xsd:dateTime',
    '"2020-01-31T00:00:00Z"^^xsd:dateTime', '"10:00:00"^^xsd:time', '"5"^^xsd:int', '"x"^^:type',
    '"2020"^^xsd:gYear', '"http://example.org/"^^xsd:anyURI',
]  # fmt: skip
nodes = st.sampled_from(NAMES)
things = st.sampled_from([*NAMES, *NAMES, "_:one", "_:two"])
predicates = st.sampled_from(PREDICATES)
classes = st.sampled_from(CLASSES)
literals = st.sampled_from(LITERALS)
values = st.one_of(things, literals, classes)
statements = st.one_of(
    st.builds("{} {} {} .".format, things, predicates, st.one_of(things, literals)),
    st.builds("{} a {} .".format, things, classes),
    st.builds("{} rdfs:subClassOf {} .".format, classes, classes),
)
graphs = st.lists(statements, min_size=1, max_size=25).map("\n".join)

steps = st.one_of(predicates, st.builds("[ sh:inversePath {} ]".format, predicates))
paths = st.recursive(
    steps,
    lambda inner: st.one_of(
        st.builds("( {} {} )".format, inner, inner),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, inner, inner),
        st.builds(
            "[ sh:{} {} ]".format,
            st.sampled_from(["zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath", "inversePath"]),
            inner,
        ),
    ),
    max_leaves=3,
)
counts = st.integers(0, 3)
lists = st.lists(values.filter(lambda v: not v.startswith("_")), max_size=3).map(
    lambda items: f"( {' '.join(items)} )"
)
OF_VALUES = st.one_of(
    st.builds("sh:class {}".format, classes),
    st.builds("sh:datatype {}".format, st.sampled_from(
        ["xsd:string", "xsd:integer", "xsd:date", "xsd:boolean", "xsd:decimal", "xsd:double",
         "xsd:dateTime", "xsd:time", "xsd:int", "rdf:langString", "rdfs:Literal", ":type"])),
    st.builds("sh:nodeKind sh:{}".format, st.sampled_from(
        ["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"])),
    st.builds("sh:in {}".format, lists),
    st.builds('sh:pattern "{}"'.format, st.sampled_from(
        ["x", "^x$", "[0-9]+", "^.$", "X", "org/[ab]"])),
    st.builds('sh:pattern "X" ; sh:flags "{}"'.format, st.sampled_from(["i", "im", "s", ""])),
    st.builds("sh:{} {}".format, st.sampled_from(["minLength", "maxLength"]), counts),
    st.builds(
        "sh:{} {}".format,
        st.sampled_from(["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"]),
        st.one_of(st.integers(-3, 3).map(str), literals),
    ),
    st.builds("sh:languageIn ( {} )".format, st.sampled_from(['"en"', '"de" "en-GB"', '"*"'])),
    st.builds("sh:{} {}".format, st.sampled_from(["equals", "disjoint"]), predicates),
    st.builds("sh:hasValue {}".format, values.filter(lambda v: not v.startswith("_"))),
    st.builds("sh:closed true ; sh:ignoredProperties ( {} )".format, predicates),
)  # fmt: skip
OF_PROPERTIES = st.one_of(
    st.builds("sh:{} {}".format, st.sampled_from(["minCount", "maxCount"]), counts),
    st.builds("sh:uniqueLang {}".format, st.sampled_from(["true", "false"])),
    st.builds("sh:{} {}".format, st.sampled_from(["lessThan", "lessThanOrEquals"]), predicates),
)


def shapes_of(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The constraints of a shape; `inner` are anonymous shapes."""
    several = st.lists(inner, min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        OF_VALUES,
        st.builds("sh:{} {}".format, st.sampled_from(["not", "node"]), inner),
        st.builds("sh:{} ( {} )".format, st.sampled_from(["and", "or", "xone"]), several),
        st.builds("sh:property {}".format, properties),
    )


properties = st.builds(
    "[ sh:path {} ; {} ]".format, paths, st.one_of(OF_VALUES, OF_PROPERTIES, OF_PROPERTIES)
)
anonymous = st.builds("[ {} ]".format, OF_VALUES)
targets = st.lists(
    st.one_of(
        st.builds("sh:targetClass {}".format, classes),
        st.builds("sh:targetNode {}".format, st.one_of(nodes, literals, classes)),
        st.builds("sh:target{}Of {}".format, st.sampled_from(["Subjects", "Objects"]), predicates),
    ),
    min_size=1,
    max_size=2,
).map(" ; ".join)
node_shapes = st.builds(
    ":Shape a sh:NodeShape ; {} ; {} ; {} .".format,
    targets,
    shapes_of(st.one_of(anonymous, properties)),
    shapes_of(anonymous),
)
property_shapes = st.builds(
    ":Shape a sh:PropertyShape ; {} ; sh:path {} ; {} ; {} ; sh:severity sh:Warning ; "
    'sh:message "no"@en .'.format,
    targets,
    paths,
    shapes_of(st.one_of(anonymous, properties)),
    st.one_of(OF_VALUES, OF_PROPERTIES),
)


@pytest.mark.long
@given(graphs, st.one_of(node_shapes, property_shapes))
@settings(max_examples=share(300), deadline=None)
def test_random_shapes_find_the_same(graph: str, shape: str) -> None:
    data, shapes = quads(graph), quads(shape)
    assume(not [*shape_errors.errors(Shapes(shapes), shapes)])
    found, unknown = compiled(data, shapes)
    try:
        expected = by_pyshacl(data, shapes)
    except InputError as error:  # what is wrong with a shape, only pySHACL says
        assert unknown, error
        return
    if not unknown:
        assert found == expected


# ---- Values that cannot be compared


DATES = ('"2020-01-31"^^xsd:date', '"2021-01-01"^^xsd:date')
INCOMPARABLE = {
    "a blank node": ("_:x", DATES[0]),
    "nothing but blank nodes": ("_:x", "_:x"),
    "a number and a date": ("1", DATES[0]),
    "a date and a number": (DATES[0], "1"),
    "no day": ('"2020-02-30"^^xsd:date', DATES[1]),
    "no day twice": ('"2020-02-30"^^xsd:date', '"2020-02-30"^^xsd:date'),
    "an IRI and a date": (":x", DATES[1]),
    "IRIs": (":x", ":y"),
    "a text and a number": ('"1"', "2"),
    "two languages": ('"x"@de', '"y"@en'),
    "a language and none": ('"x"@de', '"y"'),
    "an unknown datatype": ('"x"^^:type', '"y"^^:type'),
    "one of an unknown datatype": ('"x"^^:type', '"x"^^:type'),
    "a zone and none": (
        '"2020-01-31T00:00:00"^^xsd:dateTime',
        '"2020-01-31T00:00:00Z"^^xsd:dateTime',
    ),
}


@pytest.mark.parametrize("name", ["lessThan", "lessThanOrEquals"])
@pytest.mark.parametrize("case", INCOMPARABLE)
def test_values_that_cannot_be_compared_are_results(case: str, name: str) -> None:
    low, high = DATES
    value, other = INCOMPARABLE[case]
    data = quads(
        f":bad :p {value} ; :q {other} . :worse :p {other} ; :q {value} ."
        f":wrong :p {high} ; :q {low} . :right :p {low} ; :q {high} . :alone :p {value} ."
    )
    shape = f":Shape sh:targetSubjectsOf :p ; sh:property [ sh:path :p ; sh:{name} :q ] ."
    focus = [text(each.focus) for each in same(data, quads(shape)) if each.focus is not None]
    names = ("bad", "worse", "wrong")
    assert sorted(focus) == [f"http://example.org/{each}" for each in names]


@pytest.mark.parametrize(
    ("value", "other", "is_equal"),
    [
        ("1", "2.5", False),
        ("false", "true", False),
        ("123456789012345678901234567890", "123456789012345678901234567891", False),
        ('"x"@de', '"y"@DE', False),
        (*DATES, False),
        ("1", "01", True),
        (DATES[0], DATES[0], True),
        ('"x"', '"x"', True),
    ],
)
def test_values_in_order_are_no_results(value: str, other: str, is_equal: bool) -> None:
    data = quads(f":a :p {value} ; :q {other} .")
    shape = ":Shape sh:targetNode :a ; sh:property [ sh:path :p ; sh:{} :q ] ."
    assert not same(data, quads(shape.format("lessThanOrEquals")))
    assert bool(same(data, quads(shape.format("lessThan")))) == is_equal


@pytest.mark.parametrize("name", ["minInclusive", "minExclusive", "maxInclusive", "maxExclusive"])
@pytest.mark.parametrize("case", INCOMPARABLE)
def test_a_bound_that_a_value_cannot_be_compared_with_is_broken(case: str, name: str) -> None:
    pairs = (INCOMPARABLE[case], INCOMPARABLE[case][::-1])
    for value, bound in pairs:
        if not bound.startswith(("_:", ":")):
            shape = f":Shape sh:targetNode :a ; sh:property [ sh:path :p ; sh:{name} {bound} ] ."
            assert len(same(quads(f":a :p {value} ."), quads(shape))) == 1
