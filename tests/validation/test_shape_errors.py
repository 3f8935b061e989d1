"""Both engines: wrong shapes are an error at their line, unsupported terms a note."""

from __future__ import annotations

import sys
from typing import get_args

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse

from allgraph import AllgraphError, Report, cli
from allgraph.errors import EngineTimeout
from allgraph.folder import open_folder
from allgraph.validation.shacl import patterns, shape_errors
from allgraph.validation.shacl.results import SH
from allgraph.validation.shacl.shapes import Shapes
from allgraph.validation.shacl.vocabulary import CORE, UNSUPPORTED
from allgraph.validation.validate import Engine, validate
from tests.conftest import MANIFEST, MakeFolder

HEAD = """\
@prefix : <https://example.org/shapes#> .
@prefix ag: <https://w3id.org/allgraph/ns#> .
@prefix id: <https://example.org/id/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
SHAPE = """\
:asked a sh:NodeShape ;
  sh:targetClass ag:Person ;
  %s .
"""
PERSON = 'id:a a ag:Person ; rdfs:label "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" .\n'
ENGINES: tuple[Engine, ...] = get_args(Engine)
PREFIXES = (
    "sh:prefixes :o ] . :o a owl:Ontology ; sh:declare [ sh:prefix 'ex' ; sh:namespace 'urn:x:' ]"
)


def checked(make_folder: MakeFolder, shape: str, engine: Engine) -> Report:
    """The report on a person, of whom a shape with some triples asks something."""
    files = {"ontology/shapes/own.ttl": HEAD + SHAPE % shape, "data/a.ttl": HEAD + PERSON}
    folder = open_folder(make_folder(files, manifest=f"{MANIFEST}extends = false\n"))
    return validate(folder, engine=engine)


def of_label(constraint: str) -> str:
    return f"sh:property [ sh:path rdfs:label ;\n    {constraint} ]"


def select(query: str) -> str:
    return f'sh:sparql [\n    sh:select """{query}""" ]'


WRONG = {
    "a misspelt predicate": (
        "sh:minLenght 3",
        10,
        "no term sh:minLenght; did you mean sh:minLength?",
    ),
    "a misspelt class": (
        "sh:property [\n a sh:PropertyShap ; sh:path ag:x ]",
        11,
        "mean sh:PropertyShape?",
    ),
    "a misspelt target": ("sh:targetClas ag:Person", 10, "did you mean sh:targetClass?"),
    "nothing similar": ("sh:zzz 3", 10, "no term sh:zzz; its terms are at http"),
    "an open pattern": (of_label('sh:pattern "("'), 11, "“(” cannot be read: missing )"),
    "a pattern that is an IRI": (of_label("sh:pattern ag:x"), 11, "has to be a text"),
    "flags": (of_label('sh:pattern "x" ; sh:flags "z"'), 11, "the flags “z”"),
    "a bound that is an IRI": (of_label("sh:minInclusive ag:x"), 11, "has to be a literal"),
    "another bound": (of_label("sh:maxExclusive [ ]"), 11, "has to be a literal"),
    "no number": (
        "sh:maxLength 'many'",
        10,
        "sh:maxLength of asked: the value has to be a whole number",
    ),
    "a number below 0": (of_label("sh:minCount -1"), 11, "whole number"),
    "no truth value": ("sh:closed 'perhaps'", 10, "true or false"),
    "no kind": ("sh:nodeKind sh:IRIs", 10, "one of sh:IRI, "),
    "no list": ("sh:in ag:x", 10, "has to be a list"),
    "a list without an end": (
        "sh:or _:l . _:l rdf:first [ ] ; rdf:rest _:l",
        10,
        "has to be a list",
    ),
    "no datatype": ("sh:datatype 'date'", 10, "has to be an IRI"),
    "a severity that is a text": ("sh:severity 'Warning'", 10, "has to be an IRI"),
    "a comparison with a text": (of_label("sh:lessThan 'x'"), 11, "has to be an IRI"),
    "a prefix": (
        select("SELECT $this WHERE {\n $this foo:x ?o }"),
        11,
        "line 2, column 8: the prefix “foo:”",
    ),
    "no SPARQL": (select("SELECT $this WHERE { $this "), 11, "line 1, column 27"),
    "no SELECT": (select("ASK { $this ?p ?o }"), 11, "a query with SELECT"),
    "an update": (select("INSERT DATA { <a:a> <a:a> 1 }"), 11, "sh:select: "),
    "brackets": (
        select("SELECT $this { " + "{" * 999 + "}" * 999 + " }"),
        11,
        "more than 250 deep",
    ),
    "!": (select("SELECT $this { FILTER(" + "!" * 40_000 + "$this) }"), 11, "too deeply"),
    "$shapesGraph": (
        select("SELECT $this { GRAPH $shapesGraph { $this ?p ?o } }"),
        11,
        "shapesGraph is not",
    ),
    "MINUS": (select("SELECT $this { $this ?p ?o MINUS { ?o ?q ?r } }"), 11, "SHACL forbids MINUS"),
    "SERVICE": (
        select("SELECT $this { SERVICE <a:a> { $this ?p ?o } }"),
        11,
        "SHACL forbids SERVICE",
    ),
    "a path with itself": (
        "sh:property [\n sh:path _:p ] . _:p sh:inversePath _:p",
        11,
        "contains itself",
    ),
    "a path with itself below": (
        "sh:property [\n sh:path _:p ] . _:p sh:alternativePath ( ag:x [ sh:zeroOrMorePath _:p ] )",
        11,
        "sh:path: a path that contains itself",
    ),
    "a path that is deep": (
        "sh:property [\n sh:path " + "[ sh:inversePath " * 99 + "ag:x" + " ]" * 99 + " ]",
        11,
        "more than 50 deep",
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_shape_is_an_error_at_its_line(
    make_folder: MakeFolder, name: str, engine: Engine
) -> None:
    shape, line, message = WRONG[name]
    with pytest.raises(AllgraphError) as error:
        checked(make_folder, shape, engine)
    assert error.value.path is not None and error.value.path.endswith("shapes/own.ttl")
    assert (error.value.line, error.value.exit_code) == (line, 2)
    assert message in error.value.message and "\n" not in error.value.message


def test_all_wrong_triples_of_all_files_are_told(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = SHAPE % "sh:minLenght 3 ;\n  sh:nodeKind sh:IRIs ; sh:closed true ;\n  sh:closed 'x'"
    files = {f"ontology/shapes/{name}.ttl": HEAD + own.replace("asked", name) for name in "ab"}
    monkeypatch.setattr(cli, "_log_to_stderr", lambda: None)
    monkeypatch.setattr(sys, "argv", ["allgraph", "-g", str(make_folder(files)), "validate"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    told = capsys.readouterr().err.splitlines()
    places = [line.partition("shapes/")[2].partition(": ")[0] for line in told]
    assert places == [f"{name}.ttl:{line}" for name in "ab" for line in (10, 11, 12)]
    words = ("no term sh:minLenght", "sh:nodeKind of ", "sh:closed of ")
    assert all(word in line for word, line in zip(words * 2, told, strict=True))


IN_PROPERTY = "sh:property [ sh:path ag:p ; %s ]"
ILL_FORMED = {  # the syntax rules of SHACL: a message, and shapes that have it
    "has to be an IRI": [
        *(f"sh:{name} {value}" for name in ("targetClass", "class") for value in ("'C'", "[]")),
        *(f"sh:{name} 'p'" for name in ("targetSubjectsOf", "targetObjectsOf", "disjoint")),
        "sh:closed true ; sh:ignoredProperties ( ag:a 'a' )",
    ],
    "has to be an IRI or a literal": ["sh:targetNode []"],
    "has to be a text": [
        *(IN_PROPERTY % f"sh:pattern {value}" for value in ("5", "'a'@en")),
        *(f"sh:message {value}" for value in ("ag:m", "1")),
        "sh:pattern 'a' ; sh:flags 1",
        "sh:languageIn ( 'en' 1 )",
        "sh:sparql [ sh:select ag:x ]",
    ],
    "has to be true or false, with no quotes": [
        *(
            f"sh:minLength 9 ; sh:deactivated {value}"
            for value in ("'true'", "'false'", "1", "ag:true", "'1'^^xsd:boolean")
        ),
        *(f"sh:closed {value}" for value in ("'true'", "1", "'yes'^^xsd:boolean")),
        IN_PROPERTY % "sh:uniqueLang 'true'",
        IN_PROPERTY % "sh:qualifiedValueShapesDisjoint 1",
    ],
    "has to be a whole number": ["sh:minLength '1'", "sh:maxLength 1.0"],
    "only one value is allowed": [
        *(f"sh:{end}{kind} 3, 4" for end in ("min", "max") for kind in ("Inclusive", "Exclusive")),
        "sh:pattern 'a' ; sh:flags 'i', 's'",
        "sh:pattern 'a', 'b'",
        "sh:closed true, false",
        "sh:deactivated true, false",
        "sh:severity sh:Warning, sh:Info",
        "sh:datatype xsd:int, xsd:string",
        "sh:in (1), (2)",
        "sh:minLength 1, 2",
        "sh:nodeKind sh:IRI, sh:Literal",
        "sh:property [ sh:path ag:p, ag:q ]",
        IN_PROPERTY % "sh:uniqueLang true, false",
        IN_PROPERTY % "sh:qualifiedValueShape [], [] ; sh:qualifiedMinCount 1",
        "sh:sparql [ sh:select 'SELECT $this { }', 'SELECT ?this { }' ]",
    ],
    "only a property shape may have it": [
        *(f"sh:{name} 1" for name in ("minCount", "maxCount")),
        *(f"sh:{name} ag:q" for name in ("lessThan", "lessThanOrEquals")),
        "sh:uniqueLang true",
        "sh:qualifiedValueShape [] ; sh:qualifiedMinCount 1",
    ],
    "not a literal": ["sh:not 'x'", "sh:or ( 'a' )", "sh:xone ( [] 1 )", "sh:sparql 'SELECT'"],
    "with one at least": ["sh:and ()", "sh:or 'x'", "sh:xone ag:x"],
    "a node shape, without a sh:path": ["sh:node 'S2'", "sh:node [ sh:path ag:p ]"],
    "a property shape, with a sh:path": [
        *(f"sh:property {value}" for value in ("[]", "'p'", "ag:Nope", "[ sh:minLength 1 ]")),
    ],
    "of asked: a sh:NodeShape takes no sh:path": ["sh:path ag:p"],
    "a sh:PropertyShape has to have": ["sh:node :b . :b a sh:PropertyShape"],
    "a class that is a shape": ["sh:not [ a rdfs:Class, sh:NodeShape ]"],
    "none of sh:validator, ": ["sh:minLength 1 . :c a sh:ConstraintComponent"],
    "none of sh:qualifiedMinCount": [IN_PROPERTY % "sh:qualifiedValueShape []"],
    "a list of paths has to have two": [
        f"sh:property [ sh:path {path} ]"
        for path in ("( ag:p )", "[ sh:alternativePath ( ag:p ) ]", "[ sh:alternativePath ag:p ]")
    ],
    "no path": [
        f"sh:property [ sh:path {path} ]" for path in ("()", "'p'", "[ sh:inversePath 'p' ]")
    ],
    "none of SHACL's": [
        "sh:property [ sh:path [ sh:inversePath ag:p ; sh:zeroOrMorePath ag:q ] ]",
        "sh:property [ sh:path [ sh:inversePath ag:p, ag:q ] ]",
        "sh:property [ sh:path [] ]",
    ],
    "no severity sh:Waring; did you mean sh:Warning?": ["sh:severity sh:Waring"],
    "no severity sh:warning; did you mean sh:Warning?": ["sh:severity sh:warning"],
    "SHACL is http://www.w3.org/ns/shacl#, and not https://www.w3.org/ns/shacl#": [
        "sh:minLength 1 . :b <https://www.w3.org/ns/shacl#minLength> 2, 3"
    ],
    "and not http://www.w3.org/ns/shacl/": [
        "sh:minLength 1 . :b a <http://www.w3.org/ns/shacl/NodeShape>"
    ],
    "has no sh:select": ["sh:sparql []", "sh:sparql [ sh:ask 'ASK {}' ]"],
    "has to select $this": [select("SELECT ?x { $this ?p ?x }")],
    "cannot be bound by AS": [select("SELECT (ag:x AS $this) { }")],
    "a SELECT within the query": [
        select("SELECT $this { { SELECT ?o { $this ?p ?o } } }"),
        select("SELECT $this { { { SELECT (?p AS ?x) ?o WHERE { $this ?p ?o } } } }"),
    ],
    "the query has $PATH": [select("SELECT $this { $this $PATH ?o }")],
    "takes no FROM": [select("SELECT $this FROM <urn:g> { $this ?p ?o }")],
    "shapes are nested more than 50 deep": [
        "sh:not [ " * 51 + "sh:minLength 1" + " ]" * 51,
        "sh:and ( [ " * 60 + "sh:or ( [] )" + " ] )" * 60,
    ],
    r"use \i and \c of XPath": [
        f"sh:pattern '{pattern}'" for pattern in (r"^[\\i][\\c]*$", r"\\C")
    ],
}
WELL_FORMED = [
    "sh:deactivated true",
    "sh:deactivated 'false'^^xsd:boolean",
    "sh:closed '1'^^xsd:boolean ; sh:ignoredProperties ()",
    "sh:message 'x', 'y'@en",
    "sh:targetNode 1, ag:x ; sh:class ag:A, ag:B ; sh:severity ag:Grave",
    "sh:in () ; sh:languageIn () ; sh:hasValue [], 1, ag:x",
    "sh:flags 'i'",
    "sh:qualifiedMinCount 5 ; sh:qualifiedValueShapesDisjoint '1'^^xsd:boolean",
    "sh:node [ ] ; sh:not [ sh:path ag:p ] ; sh:and ( [ sh:path ag:p ] ag:Nope )",
    "sh:node :asked",
    "sh:property [ sh:path [ sh:inversePath ag:p ; rdfs:comment 'x' ] ]",
    "sh:minLength 1 . [] sh:inversePath 'unused' ; sh:alternativePath ( ag:p )",
    "sh:not [ " * 50 + "sh:minLength 1" + " ]" * 50,
    "sh:minLength 1 . <http://www.w3.org/ns/shacl-test#x> <http://www.w3.org/ns/shacl12-x#y> 1",
    select("PREFIX a: <urn:a> SELECT (?p AS ?path) $this { { SELECT ?this ?p { $this ?p [] } } }"),
    select("SELECT * { { SELECT * { $this ?p ?o } } BIND(1 AS ?value) }"),
    "sh:property [ sh:path ag:p ; " + select("SELECT $this { $this $PATH ?o }") + " ]",
    select("SELECT * { $this ?minus ?o FILTER(?o != ?from && ?values != 1) }"),
]


def problems(shape: str) -> list[str]:
    """What is wrong with a shape, in order."""
    turtle = HEAD + "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n" + SHAPE % shape
    quads = [*parse(turtle, format=RdfFormat.TURTLE)]
    return [message for _, message in shape_errors.errors(Shapes(quads), quads)]


@pytest.mark.parametrize("message", ILL_FORMED)
def test_an_ill_formed_shape_is_an_error(message: str) -> None:
    for shape in ILL_FORMED[message]:
        found = [each for each in problems(shape) if message in each]
        assert len(found) == 1, shape


def test_a_well_formed_shape_is_none() -> None:
    assert not {shape: found for shape in WELL_FORMED if (found := problems(shape))}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_shape_that_no_triples_describe_is_a_note(
    make_folder: MakeFolder, engine: Engine
) -> None:
    shape = "sh:node :Nope ; sh:xone ( :Nowhere [ sh:nodeKind sh:Literal ] ) ; sh:not :right"
    report = checked(make_folder, f"{shape} . :right sh:nodeKind sh:Literal", engine)
    assert report.notes == tuple(
        f"no triples describe the shape {name}, to which sh:{term} of asked refers: every node "
        "conforms to it"
        for name, term in (("Nope", "node"), ("Nowhere", "xone"))
    )
    assert "asked" not in {finding.shape for finding in report.findings}


@pytest.mark.parametrize("engine", ENGINES)
def test_shapes_may_be_nested_as_deep_as_is_said(make_folder: MakeFolder, engine: Engine) -> None:
    shape = "sh:and ( [ " * 50 + "sh:nodeKind sh:Literal" + " ] )" * 50
    report = checked(make_folder, shape, engine)
    assert "asked" in {finding.shape for finding in report.findings}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "shape",
    [
        select("SELECT $this WHERE { $this rdfs:label ?value FILTER(?value < 'a') }"),
        of_label("sh:sparql [ sh:select 'SELECT $this WHERE { $this $PATH/rdfs:x ?o }' ]"),
        "sh:sparql [ sh:select 'SELECT $this { $this ex:x ?o }' ; " + PREFIXES,
        "sh:in () . [] sh:select 'not SPARQL'",
        "ag:minLenght 3 ; sh:name 'x'",
        'sh:property [ sh:path rdfs:label ; sh:pattern "^\\\\p{Ll}" ; sh:flags "IS" ]',
        'sh:property [ sh:path rdfs:label ; sh:pattern "^(?!b)" ; sh:flags "IS" ]',
    ],
)
def test_shapes_that_are_right_are_no_error(
    make_folder: MakeFolder, shape: str, engine: Engine
) -> None:
    report = checked(make_folder, shape, engine)
    assert {finding.shape for finding in report.findings} <= {"thing-has-claim", "shape", "asked"}
    assert not any("supported" in note for note in report.notes)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("shape", "note"),
    [
        ("sh:rule [ a rdfs:Resource ]", "sh:rule of SHACL Advanced Features"),
        ("sh:js [ rdfs:label 'x' ]", "sh:js of SHACL-JS"),
        ("sh:singleLine true", "sh:singleLine of SHACL 1.2"),
    ],
)
def test_a_term_that_no_engine_knows_is_a_note(
    make_folder: MakeFolder, shape: str, note: str, engine: Engine
) -> None:
    report = checked(make_folder, f"{shape} ; sh:nodeKind sh:Literal", engine)
    assert report.notes == (f"asked uses {note}, which is not supported: ignored",)
    assert "asked" in {finding.shape for finding in report.findings}, "the rest is checked"
    for format in ("text", "json", "sarif"):
        assert note in report.write(format).decode()


def test_the_terms_are_those_of_the_vocabulary() -> None:
    terms = {term.removeprefix(SH) for term in dir(rdflib.SH) if term.startswith(SH)}
    terms |= {"and", "class", "in", "not", "or"}  # in Python these are words
    older = {name for name, source in UNSUPPORTED.items() if source != "SHACL 1.2"}
    assert terms >= CORE and terms - CORE <= older
    assert not CORE & UNSUPPORTED.keys()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pattern_that_may_take_for_ever_takes_no_time(
    make_folder: MakeFolder, engine: Engine
) -> None:
    regex = select("SELECT $this { { $this rdfs:label ?l FILTER(!REGEX(?l, '^(A+)+$', 'i')) } }")
    report = checked(make_folder, of_label(f'sh:pattern "^(a+)+$" ] ; {regex[:-2]}'), engine)
    assert {"shape", "asked"} <= {finding.shape for finding in report.findings}
    replace = (
        "FILTER(REPLACE(?l, '^(A+)+$', 'x', 'i') = ?l && REPLACE(?l, '(a)+!', '[$1]') = '[a]')"
    )
    report = checked(
        make_folder, select(f"SELECT $this {{ {{ $this rdfs:label ?l {replace} }} }}"), engine
    )
    assert "asked" in {finding.shape for finding in report.findings}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_data_have_no_named_graphs_for_a_query(make_folder: MakeFolder, engine: Engine) -> None:
    for name in ("?g", "<urn:g>"):
        report = checked(
            make_folder, select(f"SELECT $this {{ GRAPH {name} {{ $this ?p ?o }} }}"), engine
        )
        assert "asked" not in {finding.shape for finding in report.findings}
    query = "SELECT $this { $this ?p ?o FILTER NOT EXISTS { GRAPH ?g { $this ?q ?r } } }"
    report = checked(make_folder, select(query), engine)
    assert "asked" in {finding.shape for finding in report.findings}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pattern_of_a_query_that_cannot_be_read_is_no_match(
    make_folder: MakeFolder, engine: Engine
) -> None:
    query = "SELECT $this {{ {{ $this rdfs:label ?l FILTER({}REGEX(?l, '(')) }} }}"
    for sign in ("", "!"):
        report = checked(make_folder, select(query.format(sign)), engine)
        assert "asked" not in {finding.shape for finding in report.findings}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pattern_that_only_python_reads_is_stopped(
    make_folder: MakeFolder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.1)
    pattern = "^(?=a)(a+)+$"
    regex = f"{{ {{ $this rdfs:label ?l FILTER REGEX(?l, '{pattern}') }} }}"
    replace = f"{{ {{ $this rdfs:label ?l FILTER(REPLACE(?l, '{pattern}', 'x') = 'x') }} }}"
    for kind, shape in (
        ("sh:pattern", of_label(f'sh:pattern "{pattern}"')),
        ("REGEX", select(f"SELECT $this {regex}")),
        ("REPLACE", select(f"SELECT $this {replace}")),
    ):
        with pytest.raises(EngineTimeout, match=rf"{kind} “.*” was stopped after 0.1 s") as error:
            checked(make_folder, shape, engine)
        assert error.value.exit_code == 3 and "\n" not in str(error.value)
