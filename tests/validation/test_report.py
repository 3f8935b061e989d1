"""The report in Turtle is the validation report that SHACL prescribes, by both engines."""

from __future__ import annotations

import json
import re

import pytest

from allgraph import Report
from allgraph.folder import open_folder
from allgraph.validation.report import RULE_COMPONENT
from allgraph.validation.shacl.results import sh
from allgraph.validation.validate import Engine, validate
from tests.conftest import BASE, MANIFEST, PREFIXES, MakeFolder
from tests.support.shacl_reports import of_turtle

HEAD = f"@prefix : <{BASE}> . {PREFIXES}"
ENGINES = pytest.mark.parametrize("engine", ["compiled", "pyshacl"])


def result(
    shape: str,
    component: str,
    *,
    focus: str = ":a",
    path: str = "",
    value: object = "",
    severity: str = "sh:Violation",
    query: str = "",
) -> str:
    """A validation result in Turtle."""
    parts = {"resultPath": path, "value": value, "sourceConstraint": query}
    optional = "".join(f" ; sh:{name} {part}" for name, part in parts.items() if part)
    return (
        f"[ sh:focusNode {focus} ; sh:sourceShape {shape} ; sh:resultSeverity {severity} ;"
        f" sh:sourceConstraintComponent sh:{component}ConstraintComponent{optional} ]"
    )


LONG_PATH = "( [ sh:inversePath :p ] [ sh:alternativePath ( :q [ sh:zeroOrOnePath :r ] ) ] )"
CASES: dict[str, tuple[str, str, list[str]]] = {  # data, shapes, results
    "a shape is its own node": (
        ":a :p 1 .",
        ":S sh:targetNode :a ; sh:class :C ; sh:property :P, [ sh:path :p ; sh:minCount 2 ] ."
        ":P sh:path :p ; sh:class :C .",
        [
            result(":S", "Class", value=":a"),
            result(":P", "Class", path=":p", value=1),
            result("[]", "MinCount", path=":p"),
        ],
    ),
    "a blank shape is one node": (
        ":a :p 1, 2 .",
        ":S sh:targetNode :a ;"
        " sh:property [ sh:path :p ; sh:class :C ], [ sh:path :p ; sh:class :D ] .",
        [result(f"_:{c}", "Class", path=":p", value=value) for c in "cd" for value in (1, 2)],
    ),
    "a path is whole, and each result has its own": (
        ":b :p :a ; :q 1, 2 .",
        f":S sh:targetNode :a ; sh:path {LONG_PATH} ; sh:class :C .",
        [result(":S", "Class", path=LONG_PATH, value=value) for value in (":b", 1, 2)],
    ),
    "a path is told without what else is said of it": (
        ":b :p :a .",
        ":S sh:targetNode :a ; sh:path [ sh:inversePath :p ] ; sh:class :C ."
        ":T sh:targetNode :a ; sh:path _:t ; sh:class :C ."
        "_:t rdf:first [ sh:inversePath :p ] ; rdf:rest ( [ sh:zeroOrOnePath :q ] ) ; :note 1 .",
        [
            result(":S", "Class", path="[ sh:inversePath :p ]", value=":b"),
            result(":T", "Class", path="( [ sh:inversePath :p ] [ sh:zeroOrOnePath :q ] )",
                   value=":b"),
        ],
    ),
    "a part of a path that stands in it twice is two nodes": (
        ":a :p :b .",
        ":S sh:targetNode :a ; sh:path ( _:p _:p ) ; sh:class :C . _:p sh:zeroOrMorePath :p .",
        [
            result(":S", "Class", path="( [ sh:zeroOrMorePath :p ] [ sh:zeroOrMorePath :p ] )",
                   value=value)
            for value in (":a", ":b")
        ],
    ),
    "a blank focus and a blank value are blank": (
        "_:x :p _:x, _:y . _:y :p :a .",
        ":S sh:targetSubjectsOf :p ; sh:class :C ; sh:property :P . :P sh:path :p ; sh:class :C .",
        [
            result(":S", "Class", focus="_:x", value="_:x"),
            result(":S", "Class", focus="_:y", value="_:y"),
            result(":P", "Class", focus="_:x", path=":p", value="_:x"),
            result(":P", "Class", focus="_:x", path=":p", value="_:y"),
            result(":P", "Class", focus="_:y", path=":p", value=":a"),
        ],
    ),
    "a blank node under an IRI is blank": (
        ":a :p [ :q 1 ] ; :i :b .",
        "".join(f":{name} sh:targetNode :a ; sh:path :p ; {constraint} ." for name, constraint in {
            "Kind": "sh:nodeKind sh:IRI", "Blank": "sh:nodeKind sh:BlankNode",
            "Or": "sh:nodeKind sh:IRIOrLiteral", "Min": "sh:minLength 0", "Max": "sh:maxLength 999",
            "Pattern": "sh:pattern 'a'", "Inner": "sh:property [ sh:path :q ; sh:minCount 2 ]",
            "Query": "sh:sparql [ sh:select 'SELECT $this ?value "
                     f"{{ $this <{BASE}p> ?value FILTER(isBlank(?value) && !isIRI(?value)) }}' ]",
        }.items()) + ":Iri sh:targetNode :a ; sh:path :i ; sh:nodeKind sh:BlankNode .",
        [
            *(result(f":{shape}", component, path=":p", value="_:b") for shape, component in {
                "Kind": "NodeKind", "Or": "NodeKind", "Min": "MinLength", "Max": "MaxLength",
                "Pattern": "Pattern",
            }.items()),
            result("[]", "MinCount", focus="_:b", path=":q"),
            result(":Query", "SPARQL", path=":p", value="_:b", query="[]"),
            result(":Iri", "NodeKind", path=":i", value=":b"),
        ],
    ),
    "blank nodes of equal content are several": (
        ":a :p [ :q 1 ], [ :q 1 ] .",
        ":S sh:targetNode :a ; sh:path :p ; sh:maxCount 1 .",
        [result(":S", "MaxCount", path=":p")],
    ),
    "labels of the data, the shapes and the report are kept apart": (
        "_:report :p 1 .",
        ":S sh:targetSubjectsOf :p ; sh:property _:report . _:report sh:path :p ; sh:minCount 2 .",
        [result("_:shape", "MinCount", focus="_:focus", path=":p")],
    ),
    "a severity of one's own": (
        ":a :p 1 .",
        ":S sh:targetNode :a ; sh:class :C ; sh:severity :Warning .",
        [result(":S", "Class", value=":a", severity=":Warning")],
    ),
    "a shape that is reached twice has its results twice": (
        ":x :p :y ; :q :y . :y :r :a, :z . :z :r :a .",
        ":X sh:targetNode :x ;"
        " sh:property [ sh:path :p ; sh:property :R ], [ sh:path :q ; sh:property :R ] ."
        ":R sh:path :r ; sh:property :S . :S sh:path :s ; sh:minCount 1 .",
        [result(":S", "MinCount", focus=focus, path=":s") for focus in (":a", ":z")] * 2,
    ),
    "a constraint twice, and a result for each pair of values": (
        ":a :p 5 ; :q 3, 4 .",
        ":S sh:targetNode :a ; sh:path :p ; sh:class :C, :D ; sh:lessThan :q .",
        [result(":S", name, path=":p", value=5) for name in ("Class", "LessThan")] * 2,
    ),
    "two languages twice, with a constraint that is not true": (
        ':a :p "x"@en, "y"@en, "x"@de, "y"@de .',
        ":S sh:targetNode :a ; sh:path :p ; sh:uniqueLang true ."
        ':Off sh:targetNode :a ; sh:path :p ; sh:uniqueLang "1"^^xsd:boolean .',
        [result(":S", "UniqueLang", path=":p")] * 2,
    ),
    "a query with the prefixes of an import, which is left to pySHACL": (
        ":a :p 1 .",
        ":S sh:targetNode :a ; sh:sparql [ sh:prefixes :own ; sh:select "
        '"SELECT $this ?value { { $this x:p ?value } }" ] . :own owl:imports :other .'
        f':other sh:declare [ sh:prefix "x" ; sh:namespace "{BASE}"^^xsd:anyURI ] .',
        [result(":S", "SPARQL", value=1, query="_:q")],
    ),
    "a query with a path, or with a text for one": (
        ":a :p :b . :b :p 'x' .",
        ":S sh:targetSubjectsOf :p ; sh:path :q ; sh:sparql "
        "[ sh:select 'SELECT $this ?path { $this ?p ?path }' ] .",
        [
            result(":S", "SPARQL", path=":b", query="_:q"),
            result(":S", "SPARQL", focus=":b", path=":q", query="_:q"),
        ],
    ),
    "a query with two rows that are alike, and a filter that is false": (
        ":a :p 1, 2 .",
        ":S sh:targetNode :a ; sh:sparql "
        "[ sh:select 'SELECT $this { { $this ?p ?o } UNION { $this ?p ?o FILTER(false) } }' ] .",
        [result(":S", "SPARQL", value=":a", query="_:q")] * 2,
    ),
    "a pattern in a query that only Python reads": (
        ":a :p 'b' .",
        ":S sh:targetNode :a ; sh:sparql [ sh:select "
        "'SELECT $this { $this ?p ?value FILTER REGEX(?value, \"^(?!a)\") }' ] .",
        [result(":S", "SPARQL", value=":a", query="_:q")],
    ),
    "no results": (":a :p 1 .", ":S sh:targetNode :a ; sh:nodeKind sh:IRI .", []),
}  # fmt: skip


def expected(results: list[str]) -> frozenset[str]:
    """What SHACL prescribes of the report with some results."""
    parts = [f"sh:conforms {'false' if results else 'true'}", *map("sh:result {}".format, results)]
    return of_turtle(f"{HEAD} [] a sh:ValidationReport ; {' ; '.join(parts)} .")


def report(
    make_folder: MakeFolder, data: str, shapes: str, engine: Engine = "compiled", limit: int = 99
) -> Report:
    """The report on a folder; the data begins on line 2 of its file."""
    files = {"data/a.ttl": HEAD + data, "ontology/shapes/own.ttl": HEAD + shapes}
    folder = open_folder(make_folder(files, manifest=f"{MANIFEST}extends = false\n"))
    return validate(folder, engine=engine, max_findings=limit)


@ENGINES
@pytest.mark.parametrize("case", CASES)
def test_the_report_is_that_of_shacl(make_folder: MakeFolder, case: str, engine: Engine) -> None:
    data, shapes, results = CASES[case]
    assert of_turtle(report(make_folder, data, shapes, engine).write("turtle")) == expected(results)


def test_results_that_are_shown_alike_are_one_finding(make_folder: MakeFolder) -> None:
    data, shapes, _ = CASES["a shape that is reached twice has its results twice"]
    findings = report(make_folder, data, shapes).findings
    places = [(f.focus.removeprefix(BASE), f.line, f.shape) for f in findings]
    assert places == [("a", None, "S"), ("z", 2, "S")]


@ENGINES
def test_a_blank_focus_has_a_line_and_no_label(make_folder: MakeFolder, engine: Engine) -> None:
    shape = ":S sh:targetSubjectsOf :q ; sh:class :C ."
    found = report(make_folder, ":a :p 1 .\n\n_:b :q _:c .", shape, engine)
    assert [(f.line, f.focus, f.value) for f in found.findings] == [(4, "", "")]


@ENGINES
def test_a_blank_node_under_an_iri_is_told_by_the_iri_that_loading_gives(
    make_folder: MakeFolder, engine: Engine
) -> None:
    """So it can be looked up; the Turtle report alone has the blank node."""
    shape = ":S sh:targetNode :a ; sh:path :p ; sh:nodeKind sh:IRI ."
    (found,) = report(make_folder, ":a :p [ :q 1 ] .", shape, engine).findings
    assert re.fullmatch(rf"{BASE}a#[0-9a-f]{{16}}", found.value) and found.line == 2


OWN = ":S sh:targetNode :a ; sh:class :C ; sh:severity ag:Info ."
MILD = ":T sh:targetNode :a ; sh:class :C ; sh:severity sh:Info ."


@ENGINES
def test_a_severity_of_ones_own_is_told_and_counts_as_a_violation(
    make_folder: MakeFolder, engine: Engine
) -> None:
    found = report(make_folder, ":a :p 1 .", OWN + MILD, engine)
    assert not found.ok and [f.severity for f in found.findings] == ["ag:Info", "Info"]
    text = found.write("text").decode()
    assert ": ag:Info\n" in text and text.endswith("checked: 1 ag:Info, 1 info\n")
    document = json.loads(found.write("json"))
    assert [f["severity"] for f in document["findings"]] == ["ag:Info", "Info"]
    (run,) = json.loads(found.write("sarif"))["runs"]
    assert [r["level"] for r in run["results"]] == ["error", "note"]


def test_beyond_the_limit_the_gravest_are_shown_and_nothing_conforms(
    make_folder: MakeFolder,
) -> None:
    one = report(make_folder, ":a :p 1 .", MILD + OWN, limit=1)
    assert [f.severity for f in one.findings] == ["ag:Info"] and one.unseen == {"Info": 1}
    none = report(make_folder, ":a :p 1 .", MILD + OWN, limit=0)
    assert not none.ok and none.unseen == {"Info": 1, "ag:Info": 1}
    assert of_turtle(none.write("turtle")) == of_turtle(
        f"{HEAD} [] a sh:ValidationReport ; sh:conforms false ."
    )


@ENGINES
def test_what_a_rule_and_a_shape_find_is_one_finding_with_both_results(
    make_folder: MakeFolder, engine: Engine
) -> None:
    shape = ":S sh:targetNode :a ; sh:path :p ; sh:class :C ; sh:severity sh:Warning ."
    found = report(make_folder, ":a :p id:gone .", shape, engine)
    assert [f.shape for f in found.findings] == ["dangling-reference"]
    components = [failure.component for failure in found.findings[0].results]
    assert components == [RULE_COMPONENT, sh("ClassConstraintComponent").value]
    assert found.write("turtle").count(b"a sh:ValidationResult") == 2


def test_a_result_of_a_sensitive_claim_names_its_shape_only(make_folder: MakeFolder) -> None:
    secret = "claim:s a ag:Claim ; ag:sensitive true ; :p :secret ."
    shape = ":S sh:targetClass ag:Claim ; sh:path :p ; sh:class :C, :D ."
    turtle = report(make_folder, secret, shape).write("turtle").decode()
    (only,) = re.findall(r"a sh:ValidationResult .*?\.\n", turtle, re.DOTALL)
    assert f"sh:sourceShape <{BASE}S>" in only and "RuleConstraintComponent" in only
    assert "secret" not in turtle and "claim/s" not in turtle and "resultPath" not in turtle
