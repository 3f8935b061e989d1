"""Folders are rewritten from deprecated terms: all of it, or nothing, and nothing else."""

from __future__ import annotations

import gzip
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from allgraph.cli import cli
from allgraph.errors import InputError
from allgraph.folder import deprecated, open_folder
from allgraph.folder.deprecated import Deprecated
from allgraph.folder.formatting import layout
from allgraph.graph.migration import query
from allgraph.graph.migration.changes import LONGEST, Change, changes
from allgraph.graph.migration.statements import Migration
from allgraph.rdf.terms import RDF, Prefixes
from tests.conftest import BASE, MANIFEST, PREFIXES, MakeFolder

EX = "https://example.org/ns#"
ONTOLOGY = f"""{PREFIXES}
@prefix ex: <{EX}> .
ex:old owl:deprecated true ; dcterms:isReplacedBy ex:new .
ex:older owl:deprecated true ; dcterms:isReplacedBy ex:old .
ex:Old owl:deprecated true ; dcterms:isReplacedBy ex:New .
ex:hasCode owl:deprecated true ; dcterms:isReplacedBy ex:identifier ; ag:scheme ex:Code .
ex:hasNumber owl:deprecated true ; dcterms:isReplacedBy ex:identifier ; ag:scheme ex:Number .
ex:Intro owl:deprecated true ; dcterms:isReplacedBy ex:Act ; ag:classification ex:Introduced .
ex:gone owl:deprecated true ; rdfs:seeAlso ex:old .
ex:torn owl:deprecated true ; dcterms:isReplacedBy ex:a, ex:b .
ex:one owl:deprecated true ; dcterms:isReplacedBy ex:two .
ex:two owl:deprecated true ; dcterms:isReplacedBy ex:one .
ex:new rdfs:subPropertyOf ex:newer ; dcterms:replaces ex:old .
"""
MANIFEST_EX = f'{MANIFEST}extends = false\n[prefixes]\nex = "{EX}"\n'
HEAD = f"@prefix ex: <{EX}> . @prefix rdf: <{RDF}> . @prefix x: <http://x.org/> .\n"


@pytest.fixture
def migration(make_folder: MakeFolder) -> Migration:
    """That of the ontology of these tests."""
    root = make_folder({"ontology/own.ttl": ONTOLOGY}, manifest=MANIFEST_EX, name="ontology")
    folder = open_folder(root)
    return Migration(deprecated.of(folder), folder.prefixes, {})


def migrated(make_folder: MakeFolder, path: str, content: str | bytes) -> str:
    """The content of one file after a migration, which its difference gives too."""
    files = {"ontology/own.ttl": ONTOLOGY, path: content}
    root = make_folder(files, manifest=MANIFEST_EX)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        found = changes(open_folder(root))
    if found:
        difference = "".join(line for change in found for line in change.difference()).encode()
        subprocess.run(["git", "apply", "-"], cwd=root, input=difference, check=True)
        assert {change.path: change.path.read_bytes() for change in found} == {
            change.path: change.new for change in found
        }
    assert changes(open_folder(root)) == []
    assert (root / "ontology/own.ttl").read_text() == ONTOLOGY
    return (root / path).read_bytes().decode()


def test_the_table_is_that_of_the_ontology(make_folder: MakeFolder) -> None:
    root = make_folder({"ontology/own.ttl": ONTOLOGY}, manifest=MANIFEST_EX)
    folder = open_folder(root)
    terms = deprecated.of(folder)
    assert terms[f"{EX}older"] == Deprecated(f"{EX}older", f"{EX}new")
    advice = {term.advice(folder.prefixes) for term in terms.values()}
    assert advice == {
        "ex:old is deprecated; use ex:new",
        "ex:older is deprecated; use ex:new",
        "ex:Old is deprecated; use ex:New",
        'ex:hasCode is deprecated; use ex:identifier, with its text as "…"^^ex:Code',
        'ex:hasNumber is deprecated; use ex:identifier, with its text as "…"^^ex:Number',
        "ex:Intro is deprecated; use ex:Act, with ag:classification ex:Introduced",
        *(f"ex:{name} is deprecated" for name in ("gone", "torn", "one", "two")),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x:a ex:old x:b .", "x:a ex:new x:b ."),
        ("x:a  ex:older\tex:Old, '' . # ex:old\n", "x:a  ex:new\tex:New, '' . # ex:old\n"),
        (f"x:a <{EX}old> <{EX}gone> .", f"x:a <{EX}new> <{EX}gone> ."),
        (rf"x:a <{EX}\u006fld> ex:o\-ld .", rf"x:a <{EX}new> ex:o\-ld ."),
        (f"@prefix : <{EX}> . x:a :old ex:old .", f"@prefix : <{EX}> . x:a :new ex:new ."),
        ("PREFIX y: <https://example.org/ns#o> x:a y:ld 1 .",
         "PREFIX y: <https://example.org/ns#o> x:a ex:new 1 ."),
        ("@base <https://example.org/a/> . x:a <../ns#old> <b> .",
         f"@base <https://example.org/a/> . x:a <{EX}new> <b> ."),
        ("x:a ex:hasCode 'C' , '''D'''^^<http://www.w3.org/2001/XMLSchema#string> .",
         "x:a ex:identifier 'C'^^ex:Code , '''D'''^^ex:Code ."),
        ("x:a ex:hasCode 'C'^^ex:Code .", "x:a ex:identifier 'C'^^ex:Code ."),
        ("x:a rdf:object 'C' ; rdf:predicate ex:hasCode . x:b rdf:object 'C' .",
         "x:a rdf:object 'C'^^ex:Code ; rdf:predicate ex:identifier . x:b rdf:object 'C' ."),
        ("_:a rdf:object 'C' . _:a rdf:predicate ex:hasCode . [] rdf:object 'C' .",
         "_:a rdf:object 'C'^^ex:Code . _:a rdf:predicate ex:identifier . [] rdf:object 'C' ."),
        ("x:a x:b [ rdf:predicate ex:hasCode ; rdf:object 'C' ] .",
         "x:a x:b [ rdf:predicate ex:identifier ; rdf:object 'C'^^ex:Code ] ."),
        ("[ rdf:predicate ex:hasCode ] rdf:object 'C' .",
         "[ rdf:predicate ex:identifier ] rdf:object 'C'^^ex:Code ."),
        ("x:a a ex:Intro .",
         "x:a a ex:Act ; <https://w3id.org/allgraph/ns#classification> ex:Introduced ."),
        ("@prefix ag: <https://w3id.org/allgraph/ns#> . x:a a ex:Intro, x:T ; x:b ( ex:Old [] ) .",
         "@prefix ag: <https://w3id.org/allgraph/ns#> . x:a a ex:Act, x:T ; ag:classification "
         "ex:Introduced ; x:b ( ex:New [] ) ."),
        ("x:a x:b 'c'^^ex:old, ex:olds, x:old .", "x:a x:b 'c'^^ex:new, ex:olds, x:old ."),
    ],
)  # fmt: skip
def test_turtle_keeps_all_but_the_terms(make_folder: MakeFolder, old: str, new: str) -> None:
    assert migrated(make_folder, "data/a.ttl", HEAD + old) == HEAD + new
    mark = "\ufeff"
    assert migrated(make_folder, "data/a.ttl", mark + HEAD + old) == mark + HEAD + new


def test_trig_keeps_its_graphs(make_folder: MakeFolder) -> None:
    old = "x:g { x:a ex:old x:b } GRAPH x:h { x:a a ex:Intro . x:a ex:hasCode 'C' }"
    new = (
        "x:g { x:a ex:new x:b } GRAPH x:h { x:a a ex:Act ; "
        "<https://w3id.org/allgraph/ns#classification> ex:Introduced . "
        "x:a ex:identifier 'C'^^ex:Code }"
    )
    assert migrated(make_folder, "data/a.trig", HEAD + old) == HEAD + new


def test_lines_stay_lines(make_folder: MakeFolder) -> None:
    a, p, o = "<http://x.org/a>", f"<{RDF}predicate>", f"<{RDF}object>"
    old = (
        f"# <{EX}old>\n{a} <{EX}old> _:b . # <{EX}old>\r\n"
        f'{a}\t<{EX}hasCode>  "a \\" b" <http://x.org/g>.\n'
        f'_:b {p} <{EX}hasCode> .\n_:b {o} "C" .\n{a} {o} "C" .\n{a} <{RDF}type> <{EX}Intro> .'
    )
    new = (
        f"# <{EX}old>\n{a} <{EX}new> _:b . # <{EX}old>\r\n"
        f'{a}\t<{EX}identifier>  "a \\" b"^^<{EX}Code> <http://x.org/g>.\n'
        f'_:b {p} <{EX}identifier> .\n_:b {o} "C"^^<{EX}Code> .\n{a} {o} "C" .\n'
        f"{a} <{RDF}type> <{EX}Act> .\n"
        f"{a} <https://w3id.org/allgraph/ns#classification> <{EX}Introduced> ."
    )
    assert migrated(make_folder, "data/a.nq", old) == new


def test_a_claim_in_several_files_is_one(make_folder: MakeFolder) -> None:
    files = {
        "ontology/own.ttl": ONTOLOGY,
        "data/a.ttl": HEAD + "x:c rdf:predicate ex:hasCode .",
        "data/b.ttl": HEAD + "x:c rdf:object 'C' .",
        "data/c.nt": f'<http://x.org/c> <{RDF}object> "C" .\n',
    }
    found = changes(open_folder(make_folder(files, manifest=MANIFEST_EX)))
    texts = {change.path.name: change.new.decode() for change in found}
    assert texts["b.ttl"] == HEAD + "x:c rdf:object 'C'^^ex:Code ."
    assert texts["c.nt"] == f'<http://x.org/c> <{RDF}object> "C"^^<{EX}Code> .\n'


def test_a_file_in_the_layout_stays_in_it(make_folder: MakeFolder) -> None:
    objects = ", ".join(f"x:object-{number}" for number in range(6))
    old = layout(HEAD + f"x:a ex:older {objects} . x:b a ex:Intro .")
    new = migrated(make_folder, "data/a.ttl", old)
    assert new == layout(new) and "a ex:Act ;\n" in new
    assert "ex:older" in old and "ex:new" in new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ASK { ?s ex:old/ex:older* ?o FILTER(?o = ex:Old) }",
         "ASK { ?s ex:new/ex:new* ?o FILTER(?o = ex:New) }"),
        (f"PREFIX e: <{EX}> ASK {{ ?s e:old <{EX}Old> , 'ex:old' }}",
         f"PREFIX e: <{EX}> ASK {{ ?s e:new <{EX}New> , 'ex:old' }}"),
        ("BASE <https://example.org/> ASK { ?s <ns#old> 1 }",
         f"BASE <https://example.org/> ASK {{ ?s <{EX}new> 1 }}"),
        ("[ a ex:old, ex:Old ]", "[ a ex:new, ex:New ]"),  # no query
        ("ASK { ?c rdf:predicate ex:old }", "ASK { ?c rdf:predicate ex:new }"),
        ("ASK {\n  { ?s ex:new 1 }\n  UNION { ?s ex:b 1 }\n  UNION {?s ex:old 1 } # one\n}",
         "ASK {\n  { ?s ex:new 1 }\n  UNION { ?s ex:b 1 } # one\n}"),
        ("ASK { { ?s ex:hasCode ?c } UNION { ?s ex:hasCode ?c } UNION { ?s ex:old 1 MINUS { } } "
         "UNION { ?s ex:older 1 MINUS { } } UNION { ?s <https://example.org/ns#new> 1 } "
         "UNION { ?s ex:older 1 } }",
         "ASK { { ?s ex:identifier ?c FILTER(DATATYPE(?c) = ex:Code) } UNION "
         "{ ?s ex:identifier ?c FILTER(DATATYPE(?c) = ex:Code) } UNION { ?s ex:new 1 MINUS { } } "
         "UNION { ?s <https://example.org/ns#new> 1 } }"),
        ("ASK { { ?s ex:new 1 } { ?s ex:old 1 } UNION { ?s ex:hasCode ?o } UNION "
         "{ ?s ex:hasNumber ?o } UNION { ?s a ex:Old } UNION { ?s a ex:Old } }",
         "ASK { { ?s ex:new 1 } { ?s ex:new 1 } UNION { ?s ex:identifier ?o "
         "FILTER(DATATYPE(?o) = ex:Code) } UNION { ?s ex:identifier ?o "
         "FILTER(DATATYPE(?o) = ex:Number) } UNION { ?s a ex:New } UNION { ?s a ex:New } }"),
        ("ASK {?s ex:hasCode ?code}",
         "ASK {?s ex:identifier ?code FILTER(DATATYPE(?code) = ex:Code) }"),
        ("ASK { ?s ex:hasCode 'C' , ?d ; ex:hasNumber ?n . }",
         "ASK { ?s ex:identifier 'C'^^ex:Code , ?d ; ex:identifier ?n . "
         "FILTER(DATATYPE(?d) = ex:Code) FILTER(DATATYPE(?n) = ex:Number) }"),
        ("ASK {\n  OPTIONAL {\n    ?s ex:hasCode ?c ; a ex:Old . # one\n  }\n}",
         "ASK {\n  OPTIONAL {\n    ?s ex:identifier ?c ; a ex:New . # one\n"
         "    FILTER(DATATYPE(?c) = ex:Code)\n  }\n}"),
        ("ASK { ?c rdf:predicate ex:hasCode ; rdf:object ?o . { ?c rdf:object ?x } }",
         "ASK { ?c rdf:predicate ex:identifier ; rdf:object ?o . { ?c rdf:object ?x } "
         "FILTER(DATATYPE(?o) = ex:Code) }"),
        ("ASK { ?c rdf:object 'C' . ?d rdf:object 'D' . ?c rdf:predicate ex:hasCode }",
         "ASK { ?c rdf:object 'C'^^ex:Code . ?d rdf:object 'D' . ?c rdf:predicate ex:identifier }"),
        ("ASK { [ rdf:predicate ex:hasCode ; rdf:object ?o ] x:b ?o }",
         "ASK { [ rdf:predicate ex:identifier ; rdf:object ?o ] x:b ?o "
         "FILTER(DATATYPE(?o) = ex:Code) }"),
        ("ASK { FILTER(?x > 1) ?s ex:hasCode ?c }",
         "ASK { FILTER(?x > 1) ?s ex:identifier ?c FILTER(DATATYPE(?c) = ex:Code) }"),
        ("ASK { FILTER NOT EXISTS { ?s ex:hasCode ?c } VALUES ?x { 1 } }",
         "ASK { FILTER NOT EXISTS { ?s ex:identifier ?c FILTER(DATATYPE(?c) = ex:Code) } "
         "VALUES ?x { 1 } }"),
        ("ASK { ?s ?p ?o FILTER(?p = ex:hasCode) FILTER(ex:hasNumber = ?p || ?p = ex:old) }",
         "ASK { ?s ?p ?o FILTER(?p = ex:identifier && DATATYPE(?o) = ex:Code) "
         "FILTER(?p = ex:identifier && DATATYPE(?o) = ex:Number || ?p = ex:new) }"),
        ("ASK { ?c rdf:predicate ?p ; rdf:object ?o FILTER(?x && "
         "?p IN (ex:hasCode, ex:old, ex:hasNumber, x:b)) }",
         "ASK { ?c rdf:predicate ?p ; rdf:object ?o FILTER(?x && "
         "(?p IN (ex:new, x:b) || ?p = ex:identifier && DATATYPE(?o) IN (ex:Code, ex:Number))) }"),
        ("ASK { ?s ?p ?o FILTER(?p IN (x:b, ex:hasCode)) BIND(?p != ex:hasCode AS ?x) }",
         "ASK { ?s ?p ?o FILTER(?p IN (x:b) || ?p = ex:identifier && DATATYPE(?o) = ex:Code) "
         "BIND(!IF(?p = ex:identifier, COALESCE(DATATYPE(?o) = ex:Code, false), false) AS ?x) }"),
        ("ASK { ?s ?p ?o FILTER(?p NOT IN (ex:hasCode, x:b)) FILTER(?p IN (ex:hasCode)) }",
         "ASK { ?s ?p ?o FILTER(!(?p IN (x:b) || IF(?p = ex:identifier, "
         "COALESCE(DATATYPE(?o) = ex:Code, false), false))) "
         "FILTER(?p = ex:identifier && DATATYPE(?o) = ex:Code) }"),
        ("ASK { VALUES ?p { ex:old ex:hasCode} ?s ?p ?o }",
         "ASK { VALUES (?p ?datatype) { (ex:new UNDEF) (ex:identifier ex:Code)} ?s ?p ?o "
         "FILTER(!BOUND(?datatype) || DATATYPE(?o) = ?datatype) }"),
        ("ASK {\n  ?s ?p ?o .\n  OPTIONAL {\n    VALUES (?p ?datatype) {\n"
         "      (ex:hasCode \"C\"@en) (ex:hasNumber -1)\n    }\n  }\n}",
         "ASK {\n  ?s ?p ?o .\n  OPTIONAL {\n    VALUES (?p ?datatype ?datatype2) {\n"
         "      (ex:identifier \"C\"@en ex:Code) (ex:identifier -1 ex:Number)\n    }\n"
         "    FILTER(DATATYPE(?o) = ?datatype2)\n  }\n}"),
        ("ASK { ?s a ex:Intro ; x:b 1 }",
         "ASK { ?s a ex:Act ; ag:classification ex:Introduced ; x:b 1 }"),
        ("CONSTRUCT { ?s a ex:Intro } WHERE { ?s a ex:Old }",
         "CONSTRUCT { ?s a ex:Act ; ag:classification ex:Introduced } WHERE { ?s a ex:New }"),
        ("# Who? Like ex:old, not x:old.\n# $a  entity:ex:Old|Old  The ex:Old. [ex:Old]\n"
         "# Example: a=ex:Old\nASK { $a ?b ?c }",
         "# Who? Like ex:new, not x:old.\n# $a  entity:ex:New|Old  The ex:New. [ex:New]\n"
         "# Example: a=ex:New\nASK { $a ?b ?c }"),
    ],
)  # fmt: skip
def test_queries(migration: Migration, old: str, new: str) -> None:
    assert query.migrated(old, migration) == (new, [])
    assert query.migrated(new, migration) == (new, [])


def test_a_kind_without_a_prefix_is_one_of_the_package() -> None:
    ag = "https://w3id.org/allgraph/ns#"
    terms = {f"{ag}Old": Deprecated(f"{ag}Old", f"{ag}New")}
    terms[f"{ag}Far"] = Deprecated(f"{ag}Far", f"{EX}Far")
    migration = Migration(terms, Prefixes.of(BASE, {"ex": EX}), {})
    old = "# Which?\n#\n# $a  entity:Old|Bill|Far  The Old. []\nASK { $a ?b ?c }"
    new = "# Which?\n#\n# $a  entity:New|Bill|ex:Far  The Old. []\nASK { $a ?b ?c }"
    assert query.migrated(old, migration) == (new, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ASK { VALUES ?p { ex:hasCode } ?s ex:b ?p }", "?p do not all have the same"),
        ("ASK { VALUES ?p { 'C'^^ex:hasCode } ?s ?p ?o }", "ex:hasCode is here not the predicate"),
        ("ASK { VALUES ?p { ex:hasCode } { ?s ?p ?o } }", "where ?o has no value"),
        ("ASK { OPTIONAL { VALUES ?p { ex:hasCode } } ?s ?p ?o }", "where ?o has no value"),
        ("ASK { ?s ?p ?o MINUS { VALUES ?p { ex:hasCode } } }", "where ?o has no value"),
        ("ASK { ?s ?p ?o } VALUES ?p { ex:hasCode }", "where ?o has no value"),
        ("SELECT * { ?s ?p ?o VALUES ?p { ex:hasCode } }", "SELECT * would show"),
        ("ASK { ?s ?p ?o VALUES ?p { ex:hasCode ex:identifier } }", "the same replacement"),
        ("ASK { ?s ?p ?o VALUES ?p { ex:hasCode ex:old ex:older } }", "the same replacement"),
        ("ASK { ?s ?p ?o OPTIONAL { VALUES ?p { ex:hasCode } FILTER(?p != ex:hasNumber) } }",
         "where ?o has no value"),
        ("ASK { VALUES ?p { ex:hasCode } BIND(?p = ex:hasNumber AS ?x) ?s ?p ?o }",
         "where ?o has no value"),
        ("ASK { ?s ?p ?o . ?t ?p ?u FILTER(?p = ex:hasCode) }", "do not all have the same"),
        ("ASK { ?s ?p 'C' FILTER(?p = ex:hasCode) }", "do not all have the same"),
        ("ASK { ?c rdf:predicate ?p . ?s ?p ?o FILTER(?p = ex:hasCode) }", "not all have the same"),
        ("ASK { ?s ?p ?o . ?t $p ?u FILTER(?p = ex:hasCode) }", "do not all have the same"),
        ("ASK { { SELECT ?p { ?s ?p ?o } } FILTER(?p = ex:hasCode) }", "in a subquery"),
        ("SELECT (?p = ex:hasCode AS ?x) { ?s ?p ?o }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s ?p ?o FILTER(!?p = ex:hasCode) }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s ?p ?o FILTER(STR(?p) = ex:hasCode) }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s ?p ?o FILTER(?p IN (1 + 2, ex:hasCode)) }", "is here not the predicate"),
        ("ASK { ?s ?p ?o FILTER(?p IN (ex:a, #\n ex:hasCode)) }", "is here not the predicate"),
        ("ASK { ?s ex:hasCode|ex:b ?o }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s ex:b/ex:hasCode ?o }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s ^ex:hasCode ?o }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s (ex:hasCode) ?o }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s ex:b ex:hasCode }", "ex:hasCode is here not the predicate"),
        ("ASK { ?s ex:hasCode ex:b }", "ex:hasCode has the object ex:b"),
        ("ASK { ?s ex:hasCode 'C'@en }", "ex:hasCode has the object 'C'"),
        ("ASK { ?s ex:hasCode [] }", "ex:hasCode has the object ["),
        ("# A?\n# $c  text  It.\nASK { ?s ex:hasCode $c }", "ex:hasCode has the object $c"),
        ("CONSTRUCT { ?s ex:hasCode ?o } WHERE { ?s ex:b ?o }", "ex:hasCode has the object ?o"),
        ("ASK { ?c rdf:predicate ex:hasCode }", "a claim with no rdf:object"),
        ("ASK { ?s a/ex:b ex:Intro }", "ex:Intro is a class, and is not the object"),
        ("ASK { ?s ex:b ex:Intro }", "ex:Intro is a class, and is not the object"),
        ("ASK { ?s a ex:Intro, ex:B }", "ex:Intro is one of several classes"),
        ("# A?\n# Example: a=ex:Intro\nASK { $a ?b ?c }", "ex:Intro is in a comment that declares"),
    ],
)  # fmt: skip
def test_what_is_unclear_in_a_query_is_named(migration: Migration, text: str, words: str) -> None:
    text = text.replace("{", "{\n")
    same, ((line, why),) = query.migrated(text, migration)
    assert same == text and words in why and why.endswith("; rewrite it by hand")
    assert re.search("ex:hasCode|ex:Intro", text.split("\n")[line - 1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x:a ex:hasCode 390 .", "is not a plain string"),
        ("x:a ex:hasCode x:b .", "is not a plain string"),
        ("x:a ex:hasCode 'C'@en .", "is not a plain string"),
        ("x:a x:path ex:hasCode .", "ex:hasCode is the object of http://x.org/path"),
        ("x:a x:class ex:Intro .", "ex:Intro is the object of http://x.org/class"),
        ("x:a rdf:predicate ex:hasCode, ex:hasNumber .", "two predicates"),
        ("x:a ex:Intro x:b .", "ex:Intro is a class"),
        ("ex:hasCode x:b x:c .", "ex:hasCode is the subject of a triple"),
    ],
)  # fmt: skip
def test_what_is_unclear_in_data_is_named(make_folder: MakeFolder, text: str, words: str) -> None:
    lines = serialize(parse(HEAD + text, format=RdfFormat.TURTLE), format=RdfFormat.N_TRIPLES)
    for path, content in (("data/a.ttl", HEAD + text), ("data/a.nt", lines or b"")):
        files = {"ontology/own.ttl": ONTOLOGY, path: content}
        root = make_folder(files, manifest=MANIFEST_EX, name=path[-3:])
        with pytest.raises(InputError, match=words) as error:
            changes(open_folder(root))
        assert error.value.path and error.value.path.endswith(path)
        assert error.value.line or "two predicates" in words


SHAPE = f"""x:shape sh:prefixes [ sh:declare [ sh:prefix "e" ; sh:namespace "{EX}"^^xsd:anyURI ] ] ;
    sh:select '''SELECT $this WHERE {{
        $this e:%s ?o ; a ex:Old%s . # "
    }}''' ; rdfs:comment "ex:old" .
"""


def test_a_query_in_a_shape_is_rewritten(make_folder: MakeFolder) -> None:
    path = "ontology/shapes/a.ttl"
    head = PREFIXES + HEAD
    new = migrated(make_folder, path, head + SHAPE % ("hasCode", ""))
    filtered = "\n      FILTER(DATATYPE(?o) = e:Code)\n    }"
    expected = SHAPE % ("identifier", "")
    assert new == head + expected.replace("ex:Old", "ex:New").replace("\n    }", filtered)
    for text, words, line in (
        (SHAPE % ("old", " , ex:Intro"), "in a query, ex:Intro is one of several classes", 4),
        ('x:a sh:ask "ASK { $this ex:old \\"x\\" }" .', "this query has escapes", 3),
    ):
        files = {"ontology/own.ttl": ONTOLOGY, path: head + text}
        with pytest.raises(InputError, match=words) as error:
            changes(open_folder(make_folder(files, manifest=MANIFEST_EX)))
        assert error.value.line == line


def test_all_that_is_unclear_or_broken_is_told_and_nothing_changes(
    make_folder: MakeFolder,
) -> None:
    files: dict[str, str | bytes] = {
        "ontology/own.ttl": ONTOLOGY,
        "data/a.ttl": HEAD + "x:a ex:old x:b .\nx:a x:b ex:Intro .\nx:a ex:hasCode 1 .\n",
        "data/b.ttl": "x:a ex:old",
        "data/c.nt.gz": gzip.compress(f"<x:a> <{EX}old> <x:b> .\n".encode()),
        "queries/q.rq": "# Who?\nASK { ?s ?p ?o .\n  FILTER(?s IN (ex:hasCode)) }",
        "queries/r.rq": "# Who?\nASK { ?s ex:old $o }",
    }
    root = make_folder(files, manifest=MANIFEST_EX)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    result = CliRunner().invoke(cli, ["--graph", str(root), "fmt", "--migrate"])
    assert isinstance(result.exception, InputError)
    notes = [str(result.exception), *result.exception.__notes__]
    for place in ("a.ttl:3: ", "a.ttl:4: ", "b.ttl:1: ", "c.nt.gz: ", "q.rq:3: ", "r.rq:2: "):
        assert any(f"/{place}" in note for note in notes), place
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_rows_and_the_manifest(make_folder: MakeFolder) -> None:
    rows = 'a,b\r\nex:old,"ex:older"\r\n"one, ex:old",ex:olds\r\n"x ""ex:old""",ex:Old'
    assert migrated(make_folder, "queries/q.1.csv", rows) == rows.replace(
        'ex:old,"ex:older"', 'ex:new,"ex:new"'
    ).replace(",ex:Old", ",ex:New")
    connections = 'connections = [["ex:old", \'ex:Old\']] # "ex:old"\n'
    manifest = MANIFEST_EX.replace("extends", f"{connections}extends")
    root = make_folder({"ontology/own.ttl": ONTOLOGY}, manifest=manifest)
    (change,) = changes(open_folder(root))
    new = 'connections = [["ex:new", \'ex:New\']] # "ex:old"\n'
    assert change.new.decode() == manifest.replace(connections, new)
    (root / "README.md").write_text("ex:old")
    with pytest.raises(InputError, match="no data, query or manifest"):
        changes(open_folder(root), [root / "README.md"])


def test_the_difference_applies_and_is_coloured_on_a_terminal(make_folder: MakeFolder) -> None:
    body = "".join(f"x:s{n} x:p {n} .\n" for n in range(20))
    files = {
        "ontology/own.ttl": ONTOLOGY,
        "data/a.ttl": f"{HEAD}x:a ex:old x:b .\n{body}x:a a ex:Old .",
        "data/b c.nt": f'<x:a> <{EX}old> <x:b> .\r\n<x:a> <x:p> "\u2028\x0b" .\n',
        "queries/q.rq": "# Who?\nASK { ?s ex:hasCode ?o }",
        "queries/q.1.csv": "a\nex:old\n",
    }
    root = make_folder(files, manifest=MANIFEST_EX)
    copy = root.parent / "copy"
    shutil.copytree(root, copy)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    run = CliRunner().invoke
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        checked = run(cli, ["fmt", "--migrate", "--check"])
        assert checked.exit_code == 1 and "4 files would change" in checked.stderr
        assert before == {path: path.read_bytes() for path in before}
        written = run(cli, ["fmt", "--migrate"])
        assert written.exit_code == 0 and written.stdout == checked.stdout
        coloured = run(cli, ["fmt", "--migrate", "--check", str(copy)], color=True)
        assert "\x1b[31m-x:a ex:old x:b .\n" in coloured.stdout and "\x1b" not in checked.stdout
        again = run(cli, ["fmt", "--migrate", "--check"])
        assert (again.exit_code, again.stdout) == (0, "") and "0 files" in again.stderr
        assert run(cli, ["fmt", "--migrate", "data", "data"]).exit_code == 2
    (root.parent / "a.patch").write_bytes(checked.stdout_bytes)
    subprocess.run(["git", "apply", root.parent / "a.patch"], cwd=copy, check=True)
    for path in before:
        assert path.read_bytes() == (copy / path.relative_to(root)).read_bytes()
    assert all(
        path.read_bytes() != before[path]
        for path in before
        if "own" not in path.name and path.name != "allgraph.toml"
    )


def test_only_some_files(make_folder: MakeFolder) -> None:
    files = {"ontology/own.ttl": ONTOLOGY, "data/a.ttl": HEAD + "x:c rdf:object 'C' ."}
    files["data/b.ttl"] = HEAD + "x:c rdf:predicate ex:hasCode ; ex:old 1 ."
    root = make_folder(files, manifest=MANIFEST_EX)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root / "data")
        paths = [Path("a.ttl"), Path("../ontology/own.ttl")]
        (change,) = changes(open_folder(root), paths)
    assert change.new.decode() == HEAD + "x:c rdf:object 'C'^^ex:Code ."


def test_a_difference_that_is_too_long_says_so(tmp_path: Path) -> None:
    change = Change(tmp_path, "a.nt", b"a\n" * LONGEST, b"a\n" * (LONGEST - 2) + b"b\nc\n")
    assert [*change.difference()] == ["a.nt: 2 lines differ; the file is too long to show them\n"]


def test_nothing_is_deprecated(make_folder: MakeFolder) -> None:
    root = make_folder({"data/broken.ttl": "x"}, manifest=MANIFEST_EX)
    assert changes(open_folder(root)) == []


def renamed(quads: list[Quad]) -> set[Quad]:
    """What triples say in new terms, worked out plainly."""
    obj: Any
    predicate: Any
    ex = {name: NamedNode(EX + name) for name in ("new", "New", "identifier", "Act", "Introduced")}
    names = {"old": "new", "older": "new", "Old": "New", "hasCode": "identifier",
             "hasNumber": "identifier", "Intro": "Act"}  # fmt: skip
    plain: dict[Any, NamedNode] = {NamedNode(EX + old): ex[new] for old, new in names.items()}
    schemes: dict[Any, NamedNode] = {
        NamedNode(f"{EX}has{name}"): NamedNode(EX + name) for name in ("Code", "Number")
    }
    rdf = {name: NamedNode(RDF + name) for name in ("predicate", "object", "type")}
    claims: dict[Any, NamedNode] = {
        quad.subject: schemes[quad.object]
        for quad in quads
        if quad.predicate == rdf["predicate"] and quad.object in schemes
    }
    new: set[Quad] = set()
    for quad in quads:
        obj = quad.object
        scheme = schemes.get(quad.predicate)
        if quad.predicate == rdf["object"]:
            scheme = claims.get(quad.subject)
        if scheme:
            obj = Literal(obj.value, datatype=scheme)
        if quad.predicate == rdf["type"] and obj == NamedNode(f"{EX}Intro"):
            classification = NamedNode("https://w3id.org/allgraph/ns#classification")
            new.add(Quad(quad.subject, classification, ex["Introduced"], quad.graph_name))
        predicate = plain.get(quad.predicate, quad.predicate)
        new.add(Quad(quad.subject, predicate, plain.get(obj, obj), quad.graph_name))
    return new


class Writer:
    """Writes random claims and triples in Turtle in many ways, some of them with old terms."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def iri(self, name: str) -> str:
        return self.chance.choice([f"ex:{name}", f"<{EX}{name}>", f"e:{name}", f"<ns#{name}>"])

    def gap(self) -> str:
        return self.chance.choice([" ", "  ", "\n", "\t", " # ex:old 'x\n", "\r\n"])

    def node(self) -> str:
        return self.chance.choice(["x:a", "x:b", "_:b", "_:c", "<r>"])

    def string(self) -> str:
        return self.chance.choice(["'C'", '"ex:old"', "'''a\n'b'''", '"\\u0041"'])

    def claim(self, number: int) -> str:
        is_identifier = self.chance.random() < 0.5
        names = ["hasCode", "hasNumber"] if is_identifier else ["old", "older", "new"]
        other = self.chance.choice([self.iri("Old"), self.node(), "1", self.string()])
        parts = [
            ("rdf:predicate", self.iri(self.chance.choice(names))),
            ("rdf:object", self.string() if is_identifier else other),
            ("a", self.iri("Claim")),
        ]
        self.chance.shuffle(parts)
        subject = self.chance.choice([f"x:c{number}", f"_:n{number}"])
        pieces = [f"{verb}{self.gap()}{obj}" for verb, obj in parts]
        way = self.chance.randrange(3)
        if way == 0:
            return "\n".join(f"{subject} {piece}{self.gap()}." for piece in pieces)
        body = f"{self.gap()};{self.gap()}".join(pieces)
        return f"x:s x:p [ {body} ] ." if way == 1 else f"{subject} {body}{self.gap()}."

    def triples(self) -> str:
        kinds = self.chance.sample([self.iri("Intro"), self.iri("Old"), self.iri("T")], 3)
        verb, value = self.chance.choice(
            [("hasCode", self.string()), ("old", self.node()), ("newer", self.iri("Old"))]
        )
        types = ", ".join(kinds[: self.chance.randint(1, 3)])
        return f"{self.node()} a {types} ;{self.gap()}{self.iri(verb)} {value} ."

    def text(self) -> str:
        lines = [f"@prefix e: <{EX}> .", "@base <https://example.org/> ."]
        for number in range(self.chance.randrange(8)):
            lines += [self.claim(number), self.triples()]
        return HEAD + "\n".join(lines) + self.chance.choice(["", "\n", " # end"])


@pytest.mark.parametrize("suffix", ["ttl", "trig", "nt", "nq"])
@pytest.mark.parametrize("seed", range(20))
def test_a_migrated_file_says_what_renaming_its_triples_says(
    make_folder: MakeFolder, seed: int, suffix: str
) -> None:
    writer = Writer(seed)
    form = RdfFormat.from_extension(suffix)
    assert form is not None
    content = writer.text().encode()
    if suffix == "ttl" and seed % 3 == 0:
        content = layout(content.decode()).encode()
    if suffix == "trig":
        head, middle, body = content.partition(b"@base <https://example.org/> .")
        content = b"%b%b x:g {%b\n} x:a x:p ex:Old ." % (head, middle, body)
    if suffix in ("nt", "nq"):
        triples = [*parse(content, format=RdfFormat.TURTLE, base_iri=BASE)]
        graph = {"nt": [], "nq": [NamedNode("x:g")]}[suffix]
        content = serialize((Quad(*quad.triple, *graph) for quad in triples), format=form) or b""
    base = None if suffix in ("nt", "nq") else BASE
    new = migrated(make_folder, f"data/a.{suffix}", content)
    expected = Dataset(renamed([*parse(content, format=form, base_iri=base)]))
    found = Dataset(parse(new.encode(), format=form, base_iri=base))
    for dataset in (expected, found):
        dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    assert found == expected
    assert new.count("# ex:old 'x") == content.count(b"# ex:old 'x")


def test_what_an_ontology_says_of_terms_that_others_deprecate_is_renamed(
    make_folder: MakeFolder,
) -> None:
    make_folder({"ontology/own.ttl": ONTOLOGY}, manifest=MANIFEST_EX, name="parent")
    own = HEAD + "ex:old x:p ex:Old . ex:mine x:p ex:old ; ex:older 1 .\n"
    declaration = (
        "ex:mine <http://www.w3.org/2002/07/owl#deprecated> true ; "
        "<http://purl.org/dc/terms/isReplacedBy> ex:yours ."
    )
    files = {"ontology/a.ttl": own, "ontology/b.ttl": HEAD + declaration}
    manifest = MANIFEST_EX.replace("false", '"../parent"')
    folder = open_folder(make_folder(files | {"data/a.ttl": own}, manifest=manifest))
    new = {change.path.parent.name: change.new.decode() for change in changes(folder)}
    assert new == {
        "ontology": HEAD + "ex:new x:p ex:New . ex:mine x:p ex:old ; ex:older 1 .\n",
        "data": HEAD + "ex:new x:p ex:New . ex:yours x:p ex:new ; ex:new 1 .\n",
    }


TRIPLES = ["ex:old x:b", "ex:old x:c", "a ex:Intro", "a ex:Old", "ex:hasCode 'C'", "ex:hasCode 'D'",
           "ex:hasNumber 'C'", "ex:hasNumber '7'", "x:p 'C'", "x:p x:a"]  # fmt: skip
PATTERNS = [
    "?s ex:old ?o .",
    "?s a ex:Intro ; x:p ?p .",
    "?s a ex:Old .",
    "?s ex:hasCode ?code .",
    "?s x:p ?p ; ex:hasCode 'C' , ?code .",
    "?s ex:old/x:p* ?o .",
    "?s ^ex:old ?t .",
    "OPTIONAL { ?s ex:hasNumber ?number ; ex:old ?o }",
    "MINUS { ?s ex:hasNumber '7' }",
    "FILTER NOT EXISTS { ?s ex:hasCode ?any }",
    "FILTER EXISTS { ?s a ex:Intro }",
    "{ ?s ex:old ?o } UNION { ?s ex:older ?o }",
    "{ ?s ex:hasCode ?code } UNION { ?s ex:hasNumber ?number }",
    "{ SELECT ?s (COUNT(?n) AS ?count) { ?s ex:hasNumber ?n } GROUP BY ?s }",
    "?c rdf:subject ?s ; rdf:predicate ex:hasCode ; rdf:object ?code .",
    "?c rdf:predicate ex:hasNumber . OPTIONAL { ?s x:p ?p } ?c rdf:object ?number .",
    "?s ex:old x:b . [] rdf:subject ?s ; rdf:predicate ex:old .",
    "?s x:p ?p . [ rdf:predicate ex:hasCode ; rdf:object ?code ; rdf:subject ?s ] .",
]


def answers(quads: Iterable[Quad], sparql: str) -> Counter[str]:
    """The rows of a query, by the texts of their terms."""
    store = Store()
    store.extend(quads)
    prefixes = {"ex": EX, "x": "http://x.org/", "rdf": RDF, "ag": "https://w3id.org/allgraph/ns#"}
    solutions = store.query(sparql, prefixes=prefixes)
    assert isinstance(solutions, QuerySolutions)
    names = sorted(variable.value for variable in solutions.variables)
    values: Any = ([row[name] for name in names] for row in solutions)
    return Counter(str([value and value.value for value in row]) for row in values)


@pytest.mark.parametrize("seed", range(150))
def test_a_migrated_query_answers_the_same_of_migrated_data(
    migration: Migration, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [f"x:{chance.choice('abc')} {chance.choice(TRIPLES)} ." for _ in range(12)]
    for number in range(4):
        predicate, obj = chance.choice([one for one in TRIPLES if one[0] != "a"]).split()
        subject, other = chance.choices("abc", k=2)
        lines.append(
            f"x:claim{number} rdf:subject x:{subject} ; rdf:predicate {predicate} ; "
            f"rdf:object {obj} ; x:p x:{other} ."
        )
    quads = [*parse((HEAD + "\n".join(lines)).encode(), format=RdfFormat.TURTLE)]
    patterns = "\n  ".join(chance.sample(PATTERNS, chance.randint(1, 3)))
    old = f"SELECT * {{\n  {patterns}\n}}"
    new, unclear = query.migrated(old, migration)
    assert unclear == []
    assert answers(renamed(quads), new) == answers(quads, old), new


VERBS = ["ex:hasCode", "ex:hasNumber", "ex:old", "x:p", "x:q"]
STATED = ["ex:identifier 'C'", "ex:identifier x:a", "ex:identifier '7'^^x:type", "x:r x:b"]
STATED += ["x:q ''", *(one for one in TRIPLES if "Intro" not in one)]  # which becomes two triples
PLACES = [
    "?s ?verb ?value .",
    "?claim rdf:subject ?s ; rdf:predicate ?verb ; rdf:object ?value .",
    "{ ?s ?verb ?value } UNION { ?s x:p ?verb . ?value x:p ?s } UNION { ?s x:q ?value }",
    "?s x:p ?any . OPTIONAL { ?s ?verb ?value FILTER(%s) }",
    "?s x:r ?value . OPTIONAL { ?s ?verb ?value }",  # no text, which would be typed
    "?s ?other ?another FILTER EXISTS { ?s ?verb ?value FILTER(%s) }",
    "?s ?other ?another MINUS { ?s ?verb ?value FILTER(%s) }",
]
LISTS = st.lists(st.sampled_from([*VERBS, "?any"]), min_size=1, max_size=4)
COMPARED = st.one_of(
    st.builds("?verb {} {}".format, st.sampled_from(["=", "!="]), st.sampled_from(VERBS)),
    st.builds("{} {} ?verb".format, st.sampled_from(VERBS), st.sampled_from(["=", "!="])),
    st.builds(
        "?verb {} ({})".format, st.sampled_from(["IN", "NOT IN"]), LISTS.map(lambda x: ", ".join(x))
    ),
)
CONDITIONS = st.recursive(
    COMPARED | st.just("ISIRI(?value)"),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("{} || {}".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("IF({}, false, {})".format, inner, inner),
        st.builds("COALESCE({}, true)".format, inner),
        st.builds("({}) = true".format, inner),
    ),
    max_leaves=4,
)


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    """The body of a query that compares the predicate of patterns."""
    parts = draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=2))
    parts = [part.replace("%s", draw(CONDITIONS)) for part in parts]
    ways = ["FILTER(%s)", "BIND(%s AS ?is)", "BIND(IF(%s, 'a', ?none) AS ?is)", ""]
    return " ".join([*parts, draw(st.sampled_from(ways)).replace("%s", draw(CONDITIONS))])


@st.composite
def listed(draw: st.DrawFn) -> str:
    """The body of a query that has the predicate of patterns in VALUES."""
    verbs = draw(st.lists(st.sampled_from([*VERBS, "UNDEF"]), min_size=1, max_size=5))
    form = draw(st.sampled_from(["VALUES ?verb { %s }", "VALUES (?kind ?verb) { %s }"]))
    is_plain = "(" not in form
    cells = [verb if is_plain else f"('{draw(st.sampled_from('ab'))}' {verb})" for verb in verbs]
    values = form.replace("%s", " ".join(cells))
    part, other = (draw(st.sampled_from(PLACES[:2])) for _ in range(2))
    ways = ["{p} {v}", "{v} {p} {o}", "{p} OPTIONAL {{ {v} }}",
            "?s x:p ?any OPTIONAL {{ {p} {v} }}",
            "{p} OPTIONAL {{ {v} FILTER(ISLITERAL(?value)) }} OPTIONAL {{ {v} }}",
            "?s x:p ?any FILTER NOT EXISTS {{ {p} {v} }}", "{o} MINUS {{ {p} {v} }}"]  # fmt: skip
    body = draw(st.sampled_from(ways)).format(p=part, v=values, o=other)
    ends = ["", "FILTER(%s)", "BIND(%s AS ?is)", "OPTIONAL { ?s x:p ?any FILTER(%s) }"]
    return f"{body} {draw(st.sampled_from(ends)).replace('%s', draw(CONDITIONS))}"


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(STATED)), max_size=9),
    st.lists(st.sampled_from([one for one in STATED if one[0] != "a"]), max_size=4),
    comparisons() | listed(),
)
def test_a_migrated_query_of_variable_predicates_answers_the_same(
    stated: list[tuple[str, str]], claimed: list[str], body: str
) -> None:
    lines = [f"x:{subject} {triple} ." for subject, triple in stated]
    for number, (predicate, obj) in enumerate(triple.split() for triple in claimed):
        parts = f"rdf:subject x:a ; rdf:predicate {predicate} ; rdf:object {obj}"
        lines.append(f"x:claim{number} {parts} .")
    quads = [*parse((HEAD + "\n".join(lines)).encode(), format=RdfFormat.TURTLE)]
    ontology = parse(ONTOLOGY.encode(), format=RdfFormat.TURTLE)
    migration = Migration(deprecated.table(ontology), Prefixes.of(BASE, {"ex": EX}), {})
    old = f"SELECT ?s ?verb ?value ?other ?kind ?is {{ {body} }}"
    new, unclear = query.migrated(old, migration)
    assert unclear == []
    names = {"hasCode": "identifier", "hasNumber": "identifier", "old": "new", "Old": "New"}
    expected: Counter[str] = Counter()
    for row, count in answers(quads, old).items():
        row = re.sub(r"(?<=ns#)\w+", lambda match: names.get(match[0], match[0]), row)
        expected[row] += count
    assert answers(renamed(quads), new) == expected, new
