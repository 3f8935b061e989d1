"""Syntax errors of queries: the place of the mistake, what was found, and what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from allgraph.errors import QueryError
from allgraph.rdf.terms import BASE, Prefixes
from allgraph.sparql.syntax import excerpt, in_file, syntax_error

PREFIXES = Prefixes.of(BASE)
RIGHT = """\
# Who founded what?
PREFIX ex: <http://x.org/>
SELECT DISTINCT ?who (COUNT(?what) AS ?number) WHERE {
  ?who a ag:Person ; ^ex:member/ex:part* ?group ; rdfs:label "it's {"@en .
  ?claim ag:when "2013-07-01"^^edtf:EDTF
  OPTIONAL { ?claim rdf:object ?what FILTER(?what != <http://x.org/a> && ?number <= 3.5) }
  { ?a ?b ?c } UNION { ?a ?d 'x' }
} GROUP BY ?who ORDER BY DESC(?number) LIMIT 10
"""


def error_of(sparql: str, base: str | None = None) -> QueryError | None:
    try:
        Store().query(sparql, prefixes=PREFIXES, base_iri=base)
    except SyntaxError as error:
        return syntax_error(str(error), sparql, PREFIXES, base=base)
    return None


# The mistake, its line and column, and what the message says.
MISTAKES = [
    ("SELCT ?s { ?s ?p ?o }", 1, 1, "did you mean SELECT?"),
    ("SELECT count(*) { ?s ?p ?o }", 1, 8, "write (COUNT(*) AS ?n)"),
    ("SELECT ?s Str (?o) { ?s ?p ?o }", 1, 11, "write (STR(?o) AS ?n)"),
    ("SELECT ?s WHER { ?s ?p ?o }", 1, 11, "did you mean WHERE?"),
    ("SELECT ?s {\n ?s ?p ?o FILTR(?o > 1) }", 2, 11, "did you mean FILTER?"),
    ("SELECT ?s { ?s ?p ?o FILTER contians(?o, 'a') }", 1, 29, "did you mean CONTAINS?"),
    ("SELECT ?s { ?s ?p ?o } LIMT 5", 1, 24, "did you mean LIMIT?"),
    ("SELECT ?s { ?s ?p ?o } GRUOP BY ?s", 1, 24, "did you mean GROUP?"),
    ("SELECT who { ?who ?p ?o }", 1, 8, "did you mean ?who?"),
    ("SELECT (COUNT(?s) AS n) { ?s ?p ?o }", 1, 22, "did you mean ?n?"),
    ("SELECT ?s { ?s a Person }", 1, 18, "a term with its prefix, as ag:Person"),
    ("SELECT ?s { ?s agg:when ?o }", 1, 16, "“agg:” is not declared; did you mean ag:?"),
    ("SELECT ?s { ?s xx:name ?o }", 1, 16, "begin with PREFIX xx: <…>"),
    ("PREFIX foaf <http://x/> ASK {}", 1, 8, "expected a prefix such as ex:, not “foaf”"),
    ("SELECT ?s { ?s ?p ?o ?s a ag:Person }", 1, 22, "“.”, “;” or “,”, not “?s”"),
    ("SELECT ?s { ?s ?p ?o", 1, 21, "the “{” of line 1 needs a “}”"),
    ("SELECT ?s { ?s ?p ?o } }", 1, 24, "closes no “{”"),
    ("SELECT ?s WHERE ?s a ag:Person }", 1, 17, "expected “{”, not “?s”"),
    ("SELECT ?s { ?s ?p ?o FILTER(?o = 1 }", 1, 36, "expected “)”, not “}”"),
    ("SELECT ?s { ?s rdfs:label \"a }", 1, 27, "this text has no end"),
    ("SELECT ?s { ?s ?p \u2018a\u2019 }", 1, 19, "is no quote here"),
    ("SELECT ?s { ?s ?p <http://a b> }", 1, 19, "has no spaces"),
    ("SELECT ?s { ?s ?p <a> }", 1, 19, "<a> is no IRI; write it whole"),
    ("SELECT ?s { ?s ag:when 2013-07-01 }", 1, 24, 'in quotes: "2013-07-01"^^xsd:date'),
    ("SELECT ?s, ?o { ?s ?p ?o }", 1, 10, "not “,”"),
    ("SELECT ?s { ?s ?p ?o } ORDER ?s", 1, 30, "expected BY, not “?s”"),
    ("SELECT * { ?s ?p ?o BIND(1 AS ?s) }", 1, 31, "?s has a value already"),
    ("SELECT ?s ?s { ?s ?p ?o }", 1, 26, "names a variable twice"),
    ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", 1, 40, "not in GROUP BY"),
    ("Who founded it?", 1, 1, "expected SELECT, ASK, CONSTRUCT, DESCRIBE or PREFIX, not “Who”"),
    ("", 1, 1, "not the end"),
    ("DELETE WHERE { ?s ?p ?o }", 1, 1, "DELETE is an update; updates are refused"),
    ("PREFIX ex: <http://x/>\nINSERT DATA { ex:a ex:b 1 }", 2, 1, "INSERT is an update"),
    ("with <http://x/> DELETE { ?s ?p ?o } WHERE {}", 1, 1, "WITH is an update"),
    ("ASK { ?s ?p ?o }" + " # long" * 4000 + "\n}", 2, 2, "not SPARQL here, or a little before"),
]  # fmt: skip


@pytest.mark.parametrize(("sparql", "line", "column", "words"), MISTAKES)
def test_a_mistake_has_its_place_and_what_to_do(
    sparql: str, line: int, column: int, words: str
) -> None:
    error = error_of(sparql)
    assert error is not None
    assert str(error).startswith(f"line {line}, column {column}: "), error
    assert words in str(error)
    assert "\n" not in str(error) and "[_]" not in str(error)


def test_a_base_makes_relative_iris_right() -> None:
    assert error_of("ASK { <a> ?p ?o }", "http://x.org/") is None
    error = error_of("ASK { <a> ?p ?o } LIMT", "http://x.org/")
    assert str(error) == "line 1, column 19: “LIMT” is not SPARQL here; did you mean LIMIT?"


WORDS = RIGHT.split(" ")


@given(st.integers(0, len(WORDS)), st.sampled_from(["&", "%", "]]", "\\", "§"]))
def test_what_no_query_has_is_found_where_it_is(at: int, junk: str) -> None:
    if at and WORDS[at - 1].startswith(("#", "Who", "founded")):
        return  # in the comment
    if "what?" in "".join(WORDS[at : at + 1]) or '"it' in "".join(WORDS[at - 1 : at]):
        return  # in the comment, or in the text
    before = " ".join(WORDS[:at]) + " " * (at > 0)
    error = error_of(f"{before}{junk} {' '.join(WORDS[at:])}")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert str(error).startswith(f"line {line}, column {column}: "), error


@given(st.text(alphabet="abAK{}().;?\"'<>:^&|=\\ \n\0é", max_size=40))
def test_any_text_is_told_in_one_line(text: str) -> None:
    error = error_of(text)
    if error is not None:
        assert str(error).startswith("line ")
        shown = excerpt(text, str(error))
        assert len(shown.split("\n")) == 2 and shown.endswith("^")


def test_nothing_is_run_to_find_a_mistake() -> None:
    error = error_of("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } LIMT 5")
    assert "did you mean LIMIT?" in str(error)


@pytest.mark.parametrize(
    ("sparql", "message", "shown"),
    [
        ("ASK {\n  ex:a }", "line 2, column 3: no", "    ex:a }\n    ^"),
        ("ASK", "line 1, column 4: no", "  ASK\n     ^"),
        ("A\tB\x1b[31m", "line 1, column 3: no", "  A B [31m\n    ^"),
        ("x" * 500, "line 1, column 300: no", f"  {'x' * 100}\n  {' ' * 59}^"),
        ("ASK", "no place", ""),
    ],
)
def test_an_excerpt_has_a_caret(sparql: str, message: str, shown: str) -> None:
    assert excerpt(sparql, message) == shown


def test_in_a_file_the_line_is_part_of_the_place() -> None:
    error = QueryError("line 2, column 7: no")
    assert str(in_file(error, "q.rq")) == "q.rq:2: column 7: no"
    assert str(in_file(error, None)) == "line 2, column 7: no"
    assert str(in_file(QueryError("no"), "q.rq")) == "q.rq: no"
