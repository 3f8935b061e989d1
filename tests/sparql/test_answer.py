"""Answers in every format, read back by parsers that are not ours."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import warnings
from collections.abc import Sequence
from email.message import Message
from typing import Any

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BaseDirection,
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)
from rdflib.query import Result

from allgraph.errors import UnknownFormat
from allgraph.model import edtf
from allgraph.rdf.terms import BASE, XSD, Prefixes, Term
from allgraph.sparql.answer import Answer, Row, read

RDF_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}
RESULTS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "tsv": QueryResultsFormat.TSV,
}
A = NamedNode("https://example.org/id/a")


def is_xml(text: str) -> bool:
    """Whether XML 1.0 has all the characters of a text."""
    return not any((char < " " and char not in "\t\n\r") or char in "\ufffe\uffff" for char in text)


texts = st.text(max_size=30) | st.sampled_from(
    ["", " ", '"', "'", "\\", "\n", "\r\n", "\t", "a,b", '"a"\n', "<b>&amp;]]>", "{{ }}", "\ufeff",
     "=1+1", "_:b", "https://example.org/", "\u2028", "\x7f", "\x85", "true", "1"]
)  # fmt: skip
xml_texts = texts.filter(is_xml)
iris = st.builds(
    NamedNode,
    st.sampled_from(
        ["https://example.org/id/a", "https://w3id.org/allgraph/ns#Claim", "urn:isbn:1",
         "https://example.org/%C3%A9?a=1&b='2'#c", "https://example.org/\u6771\u4eac"]
    ),
)  # fmt: skip
datatypes = st.sampled_from(["https://example.org/type", XSD + "date", XSD + "anyURI"])
numbers = st.builds(
    lambda value, kind: Literal(value, datatype=NamedNode(XSD + kind)),
    st.sampled_from(["1", "-5", "1.5", "1e5", ".5", "1.", "01", "+1", "INF", "x", "true", "5."]),
    st.sampled_from(["integer", "decimal", "double", "boolean", "int"]),
)
blanks = st.sampled_from("abc").map(BlankNode)


def literals(values: st.SearchStrategy[str]) -> st.SearchStrategy[Literal]:
    return st.one_of(
        st.builds(Literal, values),
        st.builds(
            lambda v, lang: Literal(v, language=lang), values, st.sampled_from(["en", "de-at"])
        ),
        st.builds(lambda v, kind: Literal(v, datatype=NamedNode(kind)), values, datatypes),
    )


def tables(cell: st.SearchStrategy[Term | None]) -> st.SearchStrategy[Answer]:
    columns = ("x", "name", "c3")
    row = st.fixed_dictionaries(dict.fromkeys(columns, cell))
    rows = st.lists(row.map(Row), max_size=4)
    return rows.map(lambda rows: Answer(columns=columns, rows=tuple(rows)))


plain_terms = st.none() | iris | blanks | literals(texts)
xml_terms = st.none() | iris | blanks | literals(xml_texts)


# ---- Rows -------------------------------------------------------------------


@given(tables(plain_terms | numbers), st.sampled_from(["json", "tsv"]))
@settings(max_examples=300)
def test_rows_come_back_as_they_were(answer: Answer, format: str) -> None:
    assert from_results(answer.write(format), RESULTS[format]) == [*answer.rows]


@given(tables(xml_terms | numbers))
@settings(max_examples=200)
def test_rows_come_back_from_xml_as_they_were(answer: Answer) -> None:
    assert from_results(answer.write("xml"), RESULTS["xml"]) == [*answer.rows]


def from_results(text: bytes, format: QueryResultsFormat) -> list[dict[str, Term | None]]:
    results = parse_query_results(text, format=format)
    assert isinstance(results, QuerySolutions)
    names = [variable.value for variable in results.variables]
    return [dict(zip(names, solution, strict=True)) for solution in results]


def as_rdflib(term: Term | None) -> rdflib.term.Node | None:
    if term is None:
        return None
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, Literal)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype.value == XSD + "string":
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))


def alike(one: rdflib.term.Node | None, other: rdflib.term.Node | None) -> bool:
    """Equal, but for the labels of blank nodes and a plain text's datatype."""
    if isinstance(one, rdflib.BNode):
        return isinstance(other, rdflib.BNode)
    if isinstance(one, rdflib.Literal) and isinstance(other, rdflib.Literal):
        string = rdflib.XSD.string
        kinds = (one.datatype or string, other.datatype or string)
        return (str(one), one.language) == (str(other), other.language) and kinds[0] == kinds[1]
    return one == other


@pytest.mark.parametrize("format", ["json", "xml"])
@given(answer=tables(st.none() | iris | blanks | literals(xml_texts)))
@settings(max_examples=100)
def test_rdflib_reads_the_rows(answer: Answer, format: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = Result.parse(io.BytesIO(answer.write(format)), format=format)
        assert [str(name) for name in result.vars or []] == [*answer.columns]
        assert len(result.bindings) == len(answer.rows)
        for theirs, ours in zip(result.bindings, answer.rows, strict=True):
            for column, term in ours.items():
                assert alike(as_rdflib(term), theirs.get(rdflib.Variable(column)))


class Response(io.BytesIO):
    """What SPARQLWrapper expects of an HTTP answer."""

    def __init__(self, body: bytes, media_type: str) -> None:
        super().__init__(body)
        self.headers = Message()
        self.headers["Content-Type"] = media_type

    def info(self) -> Message:
        return self.headers


@given(tables(xml_terms))
@settings(max_examples=50)
def test_sparqlwrapper_reads_the_rows(answer: Answer) -> None:
    from SPARQLWrapper import JSON, XML
    from SPARQLWrapper.Wrapper import QueryResult

    response: Any = Response(answer.write("json"), "application/sparql-results+json")
    found: Any = QueryResult((response, JSON)).convert()
    assert found["head"]["vars"] == [*answer.columns]
    for theirs, ours in zip(found["results"]["bindings"], answer.rows, strict=True):
        shown = {column: cell["value"] for column, cell in theirs.items()}
        assert shown == {
            column: getattr(term, "value", "") for column, term in ours.items() if term is not None
        }
    response = Response(answer.write("xml"), "application/sparql-results+xml")
    document: Any = QueryResult((response, XML)).convert()
    assert len(document.getElementsByTagName("result")) == len(answer.rows)


@given(tables(plain_terms))
@settings(max_examples=200)
def test_csv_gives_the_text_of_each_term(answer: Answer) -> None:
    text = answer.write("csv").decode()
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(head) == answer.columns
    for cells, row in zip(rows, answer.rows, strict=True):
        assert cells == [csv_text(row[column]) for column in answer.columns]


def csv_text(term: Term | None) -> str:
    if term is None:
        return ""
    return str(term) if isinstance(term, (BlankNode, Triple)) else term.value


@given(tables(plain_terms), st.integers(24, 100))
@settings(max_examples=200)
def test_tables_fit_the_terminal(answer: Answer, width: int) -> None:
    for line in answer.write("table", width=width).decode().split("\n"):
        wide = sum(unicodedata.east_asian_width(char) in ("W", "F") for char in line)
        zero = sum(
            unicodedata.category(char) in ("Mn", "Me", "Cf") and char != "\u00ad" for char in line
        )
        assert len(line) + wide - zero <= width or ":" in line.split()[-1]  # an IRI stays whole


def test_a_table_shows_short_names() -> None:
    row: dict[str, Term | None] = {
        "thing": NamedNode(BASE + "id/ada"),
        "name": Literal("Ada", language="en"),
        "none": None,
    }
    answer = Answer(columns=("thing", "name", "none"), rows=(Row(row),))
    assert answer.write("table").decode().splitlines()[2].split() == ["id:ada", "Ada"]


def test_directions_of_text_are_kept() -> None:
    term = Literal("\u05e9\u05dc\u05d5\u05dd", language="he", direction=BaseDirection.RTL)
    answer = Answer(columns=("x",), rows=(Row(x=term),))
    assert json.loads(answer.write("json"))["results"]["bindings"][0]["x"]["its:dir"] == "rtl"
    for format in ("json", "xml", "tsv"):
        assert from_results(answer.write(format), RESULTS[format]) == [{"x": term}]


def test_triples_in_cells_are_kept() -> None:
    term = Triple(BlankNode("b"), A, Triple(A, A, Literal("a b")))
    answer = Answer(columns=("x",), rows=(Row(x=term),))
    for format in ("json", "xml", "tsv"):
        assert from_results(answer.write(format), RESULTS[format]) == [{"x": term}]


@pytest.mark.parametrize("char", ["\x00", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_refused_not_written_wrong(char: str) -> None:
    answer = Answer(columns=("x",), rows=(Row(x=Literal(f"a{char}b")),))
    with pytest.raises(UnknownFormat, match="XML cannot hold"):
        answer.write("xml")
    triples = Answer(triples=(Triple(A, A, Literal(char)),))
    with pytest.raises(UnknownFormat, match="XML cannot hold"):
        triples.write("rdfxml")


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_rows_without_columns(rows: int) -> None:
    answer = Answer(columns=(), rows=(Row(),) * rows)
    assert len(json.loads(answer.write("json"))["results"]["bindings"]) == rows
    for format in ("table", "csv", "tsv", "xml"):
        assert answer.write(format)


# ---- Yes or no --------------------------------------------------------------


@pytest.mark.parametrize("value", [True, False])
def test_yes_or_no(value: bool) -> None:
    answer = Answer(value=value)
    assert (answer.kind, bool(answer), len(answer)) == ("yes-no", value, 0)
    assert json.loads(answer.write("json")) == {"head": {}, "boolean": value}
    for format in ("json", "xml"):
        assert Result.parse(io.BytesIO(answer.write(format)), format=format).askAnswer is value
    for format in ("csv", "tsv"):
        assert answer.write(format).decode() == str(value).lower()
    assert answer.write("table").decode() == ("yes\n" if value else "no\n")


# ---- Triples ----------------------------------------------------------------


def triples(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[Triple]]:
    predicates = st.sampled_from([A, NamedNode("https://w3id.org/allgraph/ns#servedOn")])
    return st.lists(
        st.builds(Triple, iris | blanks, predicates, iris | blanks | literals(values)), max_size=6
    )


def canonical(parts: Sequence[Triple]) -> Dataset:
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in parts)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


@pytest.mark.parametrize("format", RDF_FORMATS)
@given(parts=triples(xml_texts))
@settings(max_examples=100)
def test_triples_come_back_as_they_were(parts: list[Triple], format: str) -> None:
    text = Answer(triples=tuple(parts)).write(format)
    back = [quad.triple for quad in parse(text, format=RDF_FORMATS[format])]
    assert canonical(back) == canonical(parts)


@pytest.mark.parametrize("format", ["turtle", "ntriples", "rdfxml", "jsonld"])
@given(parts=triples(xml_texts.filter(lambda text: "\x85" not in text and "\u2028" not in text)))
@settings(max_examples=40)
def test_rdflib_reads_the_triples(parts: list[Triple], format: str) -> None:
    names = {"ntriples": "nt", "rdfxml": "xml", "jsonld": "json-ld"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = rdflib.Graph().parse(
            data=Answer(triples=tuple(parts)).write(format), format=names.get(format, format)
        )
    assert len(graph) == len(set(parts))


@pytest.mark.parametrize("tail", ["1", "", "a/", "\u00b2"])
def test_a_predicate_that_xml_cannot_name_is_refused(tail: str) -> None:
    answer = Answer(triples=(Triple(A, NamedNode(f"https://example.org/{tail}"), A),))
    with pytest.raises(UnknownFormat, match="XML cannot hold"):
        answer.write("rdfxml")
    assert answer.write("turtle")


def test_blank_nodes_have_labels_that_xml_takes() -> None:
    one, two = BlankNode("1a"), BlankNode("b1a")
    text = Answer(triples=(Triple(one, A, two),)).write("rdfxml")
    graph = rdflib.Graph().parse(data=text, format="xml")
    assert len({*graph.subjects(), *graph.objects()}) == 2


def test_what_a_format_has_no_way_to_say_is_refused() -> None:
    answer = Answer(triples=(Triple(A, A, Triple(A, A, A)),))
    with pytest.raises(UnknownFormat, match="write turtle or ntriples"):
        answer.write("jsonld")


def test_repeated_triples_are_written_once() -> None:
    answer = Answer(triples=(Triple(A, A, A),) * 3)
    assert answer.write("ntriples").count(b"\n") == 1
    assert len(answer) == 3


def test_turtle_declares_the_prefixes_that_it_uses_and_no_other() -> None:
    claim = NamedNode("https://w3id.org/allgraph/ns#Claim")
    text = Answer(triples=(Triple(claim, claim, claim),)).write("turtle").decode()
    assert text.split() == ["@prefix", "ag:", "<https://w3id.org/allgraph/ns#>", ".",
                            "ag:Claim", "ag:Claim", "ag:Claim", "."]  # fmt: skip
    assert Answer(triples=()).write("turtle") == b""
    assert Answer(triples=(Triple(claim, claim, claim),)).write("table").decode().strip() == (
        text.strip()
    )


# ---- Kinds and reading ------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "format", "fitting"),
    [
        (Answer(columns=("x",)), "turtle", "table, json, xml, csv, jsonl, tsv"),
        (Answer(value=True), "nt", "table, json, xml, csv, tsv"),
        (Answer(triples=()), "json", "table, turtle, ntriples, nquads, trig, rdfxml, jsonld"),
        (Answer(columns=("x",)), "xlsx", "table, json, xml, csv, jsonl, tsv"),
    ],
)
def test_formats_that_do_not_fit_are_refused(answer: Answer, format: str, fitting: str) -> None:
    with pytest.raises(UnknownFormat) as caught:
        answer.write(format)
    assert str(caught.value).endswith(f"cannot be written as “{format}”; there are {fitting}")


def test_an_answer_is_true_when_it_has_something() -> None:
    assert not Answer(columns=("x",))
    assert Answer(columns=("x",), rows=(Row(x=None),))
    assert not Answer(triples=())
    assert Answer(triples=(Triple(A, A, A),))


def test_reading_what_the_engine_gives() -> None:
    store, prefixes = Store(), Prefixes.of(BASE)
    store.add(Quad(A, A, Literal("x")))
    rows = read(store.query("SELECT ?s ?none { ?s ?p ?o }"), prefixes)
    assert (rows.kind, rows.columns, rows.rows) == (
        "rows", ("s", "none"), ({"s": A, "none": None},)
    )  # fmt: skip
    assert len(rows) == 1
    assert read(store.query("ASK { ?s ?p ?o }"), prefixes).value is True
    made = read(store.query("CONSTRUCT WHERE { ?s ?p ?o }"), prefixes)
    assert (made.kind, made.triples) == ("triples", (Triple(A, A, Literal("x")),))


def test_dates_are_words_for_people_alone() -> None:
    values = {"when": "2018-05/2019", "day": "2018-05-16", "year": "2011", "odd": "soon"}
    kinds = {"when": edtf.EDTF, "day": f"{XSD}date", "year": f"{XSD}gYear", "odd": edtf.EDTF}
    row = {n: Literal(v, datatype=NamedNode(kinds[n])) for n, v in values.items()}
    answer = Answer(tuple(values), (Row(row),))
    assert answer.write("table").decode().split("\n")[2].split("  ") == [
        "May 2018 to 2019", "16 May 2018", "2011", "soon"
    ]  # fmt: skip
    assert ">May 2018 to 2019</td>" in answer._repr_html_()
    assert answer.write("csv").decode().split("\r\n")[1] == "2018-05/2019,2018-05-16,2011,soon"
