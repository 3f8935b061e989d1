"""Both engines: wrong shapes are an error at their line, unsupported terms a note."""

from __future__ import annotations

import sys
from typing import get_args

import pytest
import rdflib

from allgraph import AllgraphError, Report, cli
from allgraph.errors import EngineTimeout
from allgraph.folder import open_folder
from allgraph.validation.shacl import patterns
from allgraph.validation.shacl.results import SH
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


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "shape",
    [
        select("SELECT $this WHERE { $this rdfs:label ?value FILTER(?value < 'a') }"),
        of_label("sh:sparql [ sh:select 'SELECT $this WHERE { $this $PATH/rdfs:x ?o }' ]"),
        "sh:sparql [ sh:select 'SELECT $this { $this ex:x ?o }' ; " + PREFIXES,
        "sh:in () . [] sh:select 'not SPARQL'",
        "ag:minLenght 3 ; sh:name 'x'",
        'sh:property [ sh:path rdfs:label ; sh:pattern "^\\\\p{Ll}" , "^(?!b)" ; sh:flags "IS" ]',
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
    for kind, shape in (
        ("sh:pattern", of_label(f'sh:pattern "{pattern}"')),
        ("REGEX", select(f"SELECT $this {regex}")),
    ):
        with pytest.raises(EngineTimeout, match=rf"{kind} “.*” was stopped after 0.1 s") as error:
            checked(make_folder, shape, engine)
        assert error.value.exit_code == 3 and "\n" not in str(error.value)
