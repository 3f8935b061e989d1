"""Answers of the endpoint: every format, hostile texts, limits, graphs, and nothing fetched.

Numbers in names are sections of the SPARQL 1.1 Protocol.
"""

from __future__ import annotations

import csv
import io
import json
import socket
import threading
from collections import Counter as Multiset
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)

from allgraph.errors import AllgraphError, EngineError, QueryError, UnknownFormat
from allgraph.folder import builtin
from allgraph.graph import Graph
from allgraph.linkeddata.publication import SD
from allgraph.rdf.formats import Kind
from allgraph.rdf.terms import BASE, DERIVED, Prefixes
from allgraph.server import service_description
from allgraph.server.http.bodies import rows_document, triples_document
from allgraph.server.http.negotiation import wanted
from allgraph.server.http.reply import CHUNK, TaskResult, TooLong
from allgraph.server.http.stream import ChunkedFile, RowCounter, XmlEscaper
from allgraph.server.service_description import description
from allgraph.server.sparql import answer, refuse_service
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.syntax import refuse_depth
from tests.support.serving import whole
from tests.support.waiting import PATIENCE

A, P = NamedNode("http://x/a"), NamedNode("http://x/p")
OTHER = NamedNode("http://x/other")
NAMED = NamedNode(SD + "namedGraph")
ROWS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
TRIPLES = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
    "trig": RdfFormat.TRIG,
    "nquads": RdfFormat.N_QUADS,
}


def holding(*quads: Quad) -> Graph:
    store = Store()
    store.extend(quads)
    return Graph(
        replace(builtin(), base="https://example.org/"), Embedded(store, Prefixes.of(BASE))
    )


def three() -> Graph:
    """A graph with a triple that is stated, one derived, and one in another graph."""
    return holding(
        Quad(A, P, Literal("stated")),
        Quad(A, P, Literal("derived"), DERIVED),
        Quad(A, P, Literal("other"), OTHER),
    )


def asked(graph: Graph, query: str, format: str = "json", *args: Any, **more: Any) -> bytes:
    return whole(answer(graph, query, wanted(None, format), *args, **more))


def cells(graph: Graph, query: str, *args: Any, **more: Any) -> list[str]:
    """The cells of all rows, as texts, in order."""
    found = json.loads(asked(graph, query, "json", *args, **more))["results"]["bindings"]
    return sorted(cell["value"] for row in found for cell in row.values())


# ---- Formats of rows


TERMS: list[NamedNode | BlankNode | Literal] = [
    A,
    NamedNode("http://x/é?a=b&c=<d>".replace("<", "%3C").replace(">", "%3E")),
    BlankNode("b1"),
    Literal("plain"),
    Literal("Bündchen “雪” 😀", language="de-at"),
    Literal(3),
    Literal("81.50", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal")),
    Literal("1e3", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#double")),
    Literal(True),
    Literal("[..2013]", datatype=NamedNode("http://id.loc.gov/datatypes/edtf/EDTF")),
    Literal("not a number", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    Literal(""),
    Literal('a\tb\nc\r\nd\'"\\ \\n <b>&amp;]]> },{ }},{"x":'),
]
QUERY = "SELECT ?s ?none ?o { ?s <http://x/p> ?o }"


@pytest.mark.parametrize("name", ["json", "xml", "tsv"])
def test_2_1_6_rows_are_results_and_read_as_the_engine_reads_them(name: str) -> None:
    graph = holding(*(Quad(A, P, term) for term in TERMS))
    read = parse_query_results(asked(graph, QUERY, name), format=ROWS[name])
    assert isinstance(read, QuerySolutions)
    assert [variable.value for variable in read.variables] == ["s", "none", "o"]
    drawn = graph.store.query(QUERY)
    assert isinstance(drawn, QuerySolutions)
    assert Multiset(map(tuple, read)) == Multiset(map(tuple, drawn))


@pytest.mark.parametrize("name", ["json", "xml", "tsv", "csv"])
def test_rows_are_read_by_rdflib(name: str) -> None:
    left_out = ("^", "1e3") if name != "tsv" else ("^", "1e3", "\\")  # what rdflib makes another
    terms = [t for t in TERMS if not any(part in str(t) for part in left_out)]
    graph = holding(*(Quad(A, P, term) for term in terms))
    body = asked(graph, "SELECT ?s ?o { ?s ?p ?o FILTER(!isBlank(?o)) }", name)
    read = rdflib.query.Result.parse(io.BytesIO(body), format=name)
    shown = [_shown(row[1]) for row in read if isinstance(row, rdflib.query.ResultRow)]
    objects = [quad.object for quad in graph.store]
    assert Multiset(shown) == Multiset(_value(o) for o in objects if not isinstance(o, BlankNode))


def _shown(term: object) -> str:
    return "" if term is None else str(term)


def test_csv_is_read_by_python() -> None:
    graph = holding(*(Quad(A, P, term) for term in TERMS))
    read = list(csv.reader(io.StringIO(asked(graph, QUERY, "csv").decode(), newline="")))
    assert read[0] == ["s", "none", "o"] and len(read) == len(TERMS) + 1
    stored = {q.object.value for q in graph.store if not isinstance(q.object, (BlankNode, Triple))}
    assert stored <= {row[2] for row in read[1:]}


@pytest.mark.parametrize("name", ROWS)
def test_nothing_found_nothing_bound_and_no_columns(name: str) -> None:
    graph = holding()
    for query in (
        "SELECT ?a ?b { ?a ?p ?b }",
        "SELECT ?a ?b { VALUES (?a ?b) { (UNDEF 1) (2 UNDEF) (UNDEF UNDEF) } }",
        "SELECT * {}",
    ):
        results = graph.store.query(query)
        assert isinstance(results, QuerySolutions)
        assert asked(graph, query, name) == results.serialize(format=ROWS[name])


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("value", [True, False])
def test_2_1_6_yes_and_no_are_results(name: str, value: bool) -> None:
    document = answer(
        three(), f"ASK {{ <http://x/a> ?p {'?o' if value else 4} }}", wanted(None, name)
    )
    body = whole(document)
    if name in ("json", "xml"):
        read = parse_query_results(body, format=ROWS[name])
        assert isinstance(read, QueryBoolean) and bool(read) is value
    else:
        assert body == str(value).lower().encode()
    assert document.status == 200 and document.type == wanted(None, name)["yes-no"]


# ---- Formats of triples


@pytest.mark.parametrize("name", TRIPLES)
@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s ?p ?o }", "DESCRIBE <http://x/a>"])
def test_2_1_6_triples_are_a_graph_and_come_as_they_are(name: str, query: str) -> None:
    terms = TERMS[:-1] if name == "rdfxml" else TERMS
    graph = holding(*(Quad(A, P, term) for term in terms), Quad(BlankNode("0a"), P, A))
    document = answer(graph, query, wanted(None, name))
    read = [quad.triple for quad in parse(whole(document), format=TRIPLES[name])]
    meant = [q.triple for q in graph.store if query[0] == "C" or q.subject == A]
    assert Multiset(map(_blind, read)) == Multiset(map(_blind, meant))
    assert document.type == wanted(None, name)["triples"]


def _blind(triple: Triple) -> tuple[str, ...]:
    return tuple("_:" if isinstance(term, BlankNode) else str(term) for term in triple)


@pytest.mark.parametrize("name", TRIPLES)
def test_no_triples(name: str) -> None:
    assert list(parse(asked(holding(), "DESCRIBE <http://x/>", name), format=TRIPLES[name])) == []


def test_describe_is_what_is_said_of_a_thing_with_its_blank_nodes() -> None:
    b = BlankNode("b")
    graph = holding(Quad(A, P, b), Quad(b, P, Literal(1)), Quad(OTHER, P, A),
                    Quad(A, P, Literal("derived"), DERIVED), Quad(A, P, OTHER, OTHER))  # fmt: skip
    body = asked(graph, "DESCRIBE <http://x/a>", "nt")
    assert len(body.splitlines()) == 3 and b"other" not in body


@pytest.mark.parametrize("name", ["turtle", "trig", "rdfxml"])
def test_prefixes_come_in_order_and_short_answers_have_what_they_need(name: str) -> None:
    few = asked(
        holding(), "CONSTRUCT { id:a ag:b 1 ; schema:c 'http://www.w3.org/ns/org#' } {}", name
    )
    spaces = [b"w3id.org/allgraph/ns#", b"https://example.org/id/", b"https://schema.org/"]
    places = [few.index(space) for space in spaces]
    assert places == sorted(places)
    assert all(
        few.count(b"xmlns:%b=" % x) + few.count(b"@prefix %b:" % x) == 0 for x in (b"org", b"foaf")
    )
    numbers = " ".join(map(str, range(300)))
    many = f"CONSTRUCT {{ id:a ag:b ?n }} {{ VALUES ?n {{ {numbers} }} }}"
    assert b"http://xmlns.com/foaf/0.1/" in asked(holding(), many, name)
    assert len({asked(holding(), many, name) for _ in range(5)}) == 1


def test_turtle_has_the_prefixes_of_the_graph() -> None:
    body = asked(three(), "CONSTRUCT { ag:a ag:b ag:c } {}", "ttl")
    assert b"ag:a ag:b ag:c ." in body and b"@prefix ag:" in body


# ---- Hostile texts


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.lists(
    st.sampled_from(['"', "\\", "},{", '}},{"', "\r", "\n", "\t", ",", "<", "&", "]]>", "'", "\x00",
                     "\x07", "\x7f", "\x85", "\u2028", "\ufffe", "\uffff", "=1+1", "{}", "😀"]),
    max_size=8,
).map("".join)  # fmt: skip


@given(st.lists(texts, min_size=1, max_size=6, unique=True), st.integers(1, 80))
@settings(max_examples=150)
def test_hostile_texts_and_any_chunks(values: list[str], chunk: int) -> None:
    graph = holding(*(Quad(A, P, Literal(value)) for value in values))
    query = "SELECT ?o ?none { ?s ?p ?o }"
    for name, format in ROWS.items():
        results = graph.store.query(query)
        assert isinstance(results, QuerySolutions)
        chunks: list[bytes] = []
        document = rows_document(results, "x", format, len(values), chunk)
        try:
            document.send(chunks.append)
        except UnknownFormat:
            assert name == "xml" and any(map(_no_xml, values))
            continue
        body = b"".join(chunks)
        assert body == asked(graph, query, name)
        assert all(len(each) >= chunk for each in chunks[:-1])
        if name == "csv":
            rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
            assert sorted(row[0] for row in rows[1:]) == sorted(values)
            continue
        read = parse_query_results(body, format=format)
        assert isinstance(read, QuerySolutions)
        assert sorted(_value(row[0]) for row in read) == sorted(values), name


def _value(term: object) -> str:
    assert isinstance(term, NamedNode | Literal)
    return term.value


def _no_xml(text: str) -> bool:
    try:
        ParserCreate().Parse(
            f"<a>{text.replace('&', '').replace('<', '').replace(']]>', '')}</a>", True
        )
    except ExpatError:
        return True
    return False


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_cannot_say_is_refused_before_the_first_byte(char: str) -> None:
    graph = holding(Quad(A, P, Literal(f"a{char}b")))
    for query in ("SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"):
        chunks: list[bytes] = []
        with pytest.raises(UnknownFormat, match="XML cannot hold a character"):
            answer(graph, query, wanted(None, "xml")).send(chunks.append)
        assert chunks == []
        assert asked(graph, query, "json")


@pytest.mark.parametrize("predicate", ["http://x/1", "urn:a:", "http://x/?q="])
def test_predicates_that_xml_cannot_name_are_refused(predicate: str) -> None:
    graph = holding(Quad(A, NamedNode(predicate), A))
    for query in ("CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT { ?s ?p ?o ; id:1 2 } { ?s ?p ?o }"):
        with pytest.raises(UnknownFormat, match="XML cannot hold a predicate"):
            asked(graph, query, "rdfxml")
    with pytest.raises(UnknownFormat, match="XML cannot hold a predicate"):
        asked(holding(), "CONSTRUCT { id:x id:1 2 } {}", "rdfxml")


@pytest.mark.parametrize("at", range(12))
def test_what_xml_cannot_say_is_found_across_chunks(at: int) -> None:
    graph = holding(Quad(A, P, Literal("x" * at + "\ufffe")))
    results = graph.store.query("SELECT ?o { ?s ?p ?o }")
    assert isinstance(results, QuerySolutions)
    whole = results.serialize(format=QueryResultsFormat.XML) or b""
    with pytest.raises(UnknownFormat):
        outlet = _xml_outlet([])
        outlet.send_all(lambda file: [file.write(whole[i : i + 1]) for i in range(len(whole))])


def _xml_outlet(chunks: list[bytes]) -> ChunkedFile:
    return ChunkedFile(chunks.append, transform=XmlEscaper(), chunk=1)


# ---- Limits


MANY = (
    "SELECT ?a ?b { VALUES ?a { 1 2 3 4 5 6 7 8 9 10 } VALUES ?b { '},{' '}},{' 'a\\nb\\r\\n\"' } }"
)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("chunk", [1, 7, 100, CHUNK])
def test_rows_are_counted_exactly(name: str, chunk: int) -> None:
    def body(rows: int) -> bytes:
        results = holding().store.query(MANY)
        assert isinstance(results, QuerySolutions)
        return whole(rows_document(results, "x", ROWS[name], rows, chunk))

    assert body(30) == body(1000)
    with pytest.raises(TooLong, match="more than 29 rows, the limit") as caught:
        body(29)
    assert caught.value.limit == "rows"


@given(
    st.lists(st.lists(st.none() | texts, min_size=2, max_size=2), max_size=5), st.integers(1, 30)
)
def test_rows_are_counted_whatever_is_in_them(rows: list[list[str | None]], size: int) -> None:
    values = " ".join(
        f"({' '.join('UNDEF' if cell is None else str(Literal(cell)) for cell in row)})"
        for row in rows
    )
    for format in ROWS.values():
        results = Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {values} }} }}")
        assert isinstance(results, QuerySolutions)
        body = results.serialize(format=format) or b""
        count = RowCounter(format)
        found = sum(count(body[at : at + size]) for at in range(0, len(body), size))
        if format is QueryResultsFormat.JSON:  # the first row counts, and then those with cells
            assert found == 1 + sum(any(c is not None for c in row) for row in rows[1:])
        else:
            assert found == len(rows)


@pytest.mark.parametrize("name", TRIPLES)
def test_triples_are_counted_exactly(name: str) -> None:
    query = "CONSTRUCT { [] ag:a ?a } { VALUES ?a { 1 2 3 } }"
    assert asked(holding(), query, name, rows=3)
    with pytest.raises(TooLong, match="more than 2 rows"):
        asked(holding(), query, name, rows=2)


LARGE = (
    "SELECT ?a ?b ?c { VALUES ?a { NUMBERS } VALUES ?b { NUMBERS } VALUES ?c { 1 2 3 } }".replace(
        "NUMBERS", " ".join(map(str, range(100)))
    )
)


def test_a_limit_is_hit_before_the_first_byte_or_midway() -> None:
    for rows, sent in ((100, False), (29_999, True)):
        chunks: list[bytes] = []
        with pytest.raises(TooLong):
            answer(holding(), LARGE, wanted(None), rows=rows).send(chunks.append)
        assert bool(chunks) is sent
        assert not b"".join(chunks).endswith(b"]}}")


def test_a_large_answer_comes_in_chunks_as_it_is_drawn() -> None:
    sizes: list[int] = []
    answer(holding(), LARGE, wanted(None)).send(lambda chunk: sizes.append(len(chunk)))
    assert len(sizes) > 20 and max(sizes) < 2 * CHUNK


def test_after_a_failure_nothing_more_is_sent() -> None:
    chunks: list[bytes] = []
    outlet = ChunkedFile(chunks.append, count=len, most_rows=3, chunk=1)
    outlet.write(b"abc")
    with pytest.raises(TooLong):
        outlet.write(b"d")
    outlet.send_all(lambda file: file.write(b"e"))
    assert chunks == [b"abc"]


def test_who_takes_a_chunk_may_fail() -> None:
    def broken(chunk: bytes) -> None:
        raise BrokenPipeError("gone")

    for query in (LARGE, "CONSTRUCT { [] ag:a ?a } {" + LARGE + "}"):
        with pytest.raises(BrokenPipeError):
            answer(holding(), query, wanted(None)).send(broken)


def test_a_body_is_written_by_whoever_wants_it() -> None:
    document = answer(three(), "SELECT * { ?s ?p ?o }", wanted(None))
    assert callable(document.body)
    assert whole(document) == asked(three(), "SELECT * { ?s ?p ?o }")
    assert whole(TaskResult("x", iter([b"a", b"b"]))) == b"ab"


# ---- Graphs: they are selected, and never fetched


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address on loopback, and what was heard there."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.settimeout(PATIENCE)
                    heard.append(connection.recv(1000))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)


ALL = "SELECT ?o { ?s ?p ?o }"
IN_ANY = "SELECT ?o { GRAPH ?g { ?s ?p ?o } }"


def test_2_1_4_without_graphs_a_query_is_about_what_is_stated_and_derived() -> None:
    assert cells(three(), ALL) == ["derived", "stated"]
    assert cells(three(), IN_ANY) == ["other"]
    two = holding(Quad(A, P, Literal("stated")), Quad(A, P, Literal("derived"), DERIVED))
    assert cells(two, ALL) == ["derived", "stated"]
    assert cells(two, IN_ANY) == []
    assert cells(two, ALL.replace("{", "FROM NAMED <http://x/no> {")) == []


@pytest.mark.parametrize(
    ("default", "named", "plain", "within"),
    [
        ([DERIVED], [], ["derived"], []),
        ([OTHER, DERIVED], [], ["derived", "other"], []),
        ([], [DERIVED], [], ["derived"]),
        ([DERIVED], [OTHER], ["derived"], ["other"]),
        (["http://x/no"], ["http://x/none"], [], []),
    ],
)
@pytest.mark.parametrize("clause", ["", "FROM <http://x/other> FROM NAMED <http://x/other>"])
def test_2_1_4_graphs_of_the_request_go_before_those_of_the_query(
    default: list[Any], named: list[Any], plain: list[str], within: list[str], clause: str
) -> None:
    graphs = [[getattr(each, "value", each) for each in some] for some in (default, named)]
    for query, meant in ((ALL, plain), (IN_ANY, within)):
        assert cells(three(), query.replace("{", clause + "{", 1), *graphs) == meant


def test_2_1_4_from_selects_graphs() -> None:
    own = f"FROM <{DERIVED.value}>"
    assert cells(three(), ALL.replace("{", own + "{", 1)) == ["derived"]
    assert cells(three(), IN_ANY.replace("{", own + "{", 1)) == []
    assert cells(three(), IN_ANY.replace("{", "from named <http://x/other>{", 1)) == ["other"]
    assert cells(three(), "SELECT ?o { ?s ?p ?o FILTER('FROM' != '# FROM') }") == [
        "derived",
        "stated",
    ]


def test_nothing_is_fetched(listener: tuple[str, list[bytes]]) -> None:
    url, heard = listener
    for iri in (url, url + "data.ttl", "file:///etc/passwd", "file:///proc/self/environ"):
        for query in (ALL, IN_ANY):
            for clause in (
                f"FROM <{iri}>",
                f"FROM NAMED <{iri}>",
                f"FROM <{iri}> FROM NAMED <{iri}>",
            ):
                assert cells(three(), query.replace("{", clause + "{", 1)) == []
            assert cells(three(), query, [iri], [iri]) == []
    for text in (
        "LOAD <{0}>",
        "LOAD <{0}> INTO GRAPH <urn:x>",
        "DESCRIBE <{0}>",
        "ASK {{ <{0}> ?p ?o }}",
    ):
        try:
            asked(three(), text.format(url), "ttl" if "DES" in text else "json")
        except QueryError:
            pass
    assert heard == []


SERVICES = [
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { sErViCe SILENT <URL> { ?s ?p ?o } }",
    "SELECT * { SERVICE<URL>{ ?s ?p ?o } }",
    "PREFIX e: <URL> SELECT * { SERVICE e: { ?s ?p ?o } }",
    "BASE <URL> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "SELECT * { VALUES ?e { <URL> } SERVICE ?e { ?s ?p ?o } }",
    "SELECT * { BIND(<URL> AS ?e) SERVICE SILENT ?e { ?s ?p ?o } }",
    "SELECT * { SERVICE # <http://allowed/>\n <URL> { ?s ?p ?o } }",
    "SELECT * { SERVICE <http://allowed/> { SERVICE <URL> {} } }",
    "SELECT * { SERVICE SILENT <http://allowed/> {} SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { FILTER(1<2#>'''\n)SERVICE <URL> {}#'''\n }",
    "SELECT * { OPTIONAL{<http://x/'> ?p ?o}SERVICE <URL> {}#'\n}",
    "ASK { SERVICE <URL> {} FILTER(?a<?b)#>\nSERVICE <URL> {} }",
]


@pytest.mark.parametrize("text", SERVICES)
@pytest.mark.parametrize("allowed", [[], ["http://allowed/"], ["http://allowed"]])
def test_no_other_service_is_asked(
    text: str, allowed: list[str], listener: tuple[str, list[bytes]]
) -> None:
    url, heard = listener
    with pytest.raises(QueryError, match=r"line [12], column [0-9]+: SERVICE would ask another"):
        asked(three(), text.replace("URL", url), allow_service=allowed)
    assert heard == []


def test_a_service_in_a_text_or_comment_is_none() -> None:
    assert cells(three(), ALL + " # SERVICE <http://x/> {}") == ["derived", "stated"]
    assert cells(three(), "SELECT ('SERVICE <http://x/> {}' AS ?o) {} # é") == [
        "SERVICE <http://x/> {}"
    ]


def test_an_allowed_service_is_asked(listener: tuple[str, list[bytes]]) -> None:
    url, heard = listener
    for text in SERVICES[:3]:
        refuse_service(text.replace("URL", url), [url])
    chunks: list[bytes] = []
    with pytest.raises(EngineError, match="the engine failed") as caught:
        answer(three(), SERVICES[0].replace("URL", url), wanted(None), allow_service=[url]).send(
            chunks.append
        )
    assert heard and url not in str(caught.value) and chunks == []
    heard.clear()


ALLOWED = "http://127.0.0.1:1/"  # a port that the engine does not connect to
SPOTS = [
    "SELECT * { CALL }",
    "SELECT * { MINE{} CALL }",
    "SELECT * { MINE{ CALL } }",
    "SELECT * { MINE#'\n{} CALL#'\n }",
    "SELECT (1<2#>'''\n AS ?z) { MINE{} CALL }#'''\n",
    "SELECT * { FILTER(1<x:a)#>\nMINE{}CALL }",
    "SELECT * { FILTER(x:a<:b#>'\n)CALL MINE{}#'\n }",
    "SELECT * { OPTIONAL{<http://x/'> ?p ?o}CALL#' MINE{}\n}",
    "SELECT * { ?s ?p 'MINE' CALL }",
    "PREFIX SERVICE: <URL> SELECT * { MINE{} CALL }",
]
CALLS = ["SERVICE <URL>{}", "sErViCeSILENT<URL>{}", "SERVICE SILENT SILENT <URL>{}", "SERVICE:e{}",
         "SERVICE SERVICE:e{}", "SERVICE SILENT SERVICE <URL>{}", "SERVICE\\n<URL>"]  # fmt: skip
MINE = [f"SERVICE <{ALLOWED}>", f"service silent <{ALLOWED}>", f"SERVICE\n<{ALLOWED}>"]
PIECES = ["", "'", '"', "#", "\n", "<", ">", "{", "}", "SERVICE", "SILENT", "\\", "?x", ":", "@en"]


@given(*map(st.sampled_from, (SPOTS, CALLS, MINE, PIECES)), st.integers(0, 80))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_let_through_asks_nobody_but_those_allowed(
    listener: tuple[str, list[bytes]], spot: str, call: str, mine: str, piece: str, place: int
) -> None:
    url, heard = listener
    text = spot.replace("MINE", mine).replace("CALL", call).replace("URL", url)
    text = f"PREFIX : <{url}> PREFIX x: <{url}> " + text[:place] + piece + text[place:]
    try:
        refuse_service(text, [ALLOWED])
    except QueryError:
        return
    try:
        list(Store().query(text))  # type: ignore[arg-type]
    except (SyntaxError, OSError, RuntimeError, TypeError):
        pass
    assert heard == [], text


# ---- What is wrong with a query


@pytest.mark.parametrize(
    "query",
    ["", "SELECT", "SELECT * { ?s ?p }", "ASK { ex:a ?p ?o }", "SELECT * {\n ?s ?p ?o . }}", "\x00",
     "SELECT (<http://x/f>(1) AS ?x) {}"],
)  # fmt: skip
def test_2_1_7_a_wrong_query_is_told_in_the_words_of_the_command_line(
    query: str, graph: Graph
) -> None:
    with pytest.raises(QueryError) as theirs:
        graph.sparql(query)
    with pytest.raises(QueryError) as ours:
        answer(graph, query, wanted(None))
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize(
    "query", ["DROP ALL", "prefix a: <b:> insert data {}", "# SELECT\nLOAD <http://x/>"]
)
def test_an_update_is_called_one(query: str) -> None:
    with pytest.raises(QueryError, match="updates are refused"):
        answer(three(), query, wanted(None))


@pytest.mark.parametrize("opening", ["{", "(", "[", "{SELECT*{", "FILTER EXISTS{"])
def test_deep_queries_are_refused(opening: str) -> None:
    closing = {"{": "}", "(": ")", "[": "]"}
    for times in (300, 3_000, 10_000):
        text = "ASK {" + opening * times
        text += "".join(closing.get(char, "") for char in reversed(text))
        with pytest.raises(QueryError, match="brackets are nested more than 250 deep"):
            answer(three(), text, wanted(None))
    refuse_depth("{" * 250 + "}" * 250)
    refuse_depth("<< ?s ?p ?o >>" * 9000 + "'" + "<<" * 9000 + "'")
    refuse_depth("?a < ?b && ?b<<http://x/a> " * 9000)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("<< ", " ?p ?o >>"), ("<<", "?p?o>>"), ("<< ?s ?p ", " >>"), ("<<?s?p", ">>"),
     ("<<( ?s ?p ", " )>>")],
)  # fmt: skip
def test_triples_quoted_in_one_another_are_refused_before_they_take_long(
    opening: str, closing: str
) -> None:
    for times in (30, 300, 10_000):
        text = "ASK { " + opening * times + "?s" + closing * times + " ?p ?o }"
        with pytest.raises(QueryError, match="nested more than 250 deep, where << counts as 10"):
            answer(three(), text, wanted(None))
    some = "ASK { ?s ?p " + "<< ?s ?p " * 9 + "?o" + " >>" * 9 + " }"
    assert b"false" in whole(answer(three(), some, wanted(None)))
    refuse_depth("{}" * 9000 + "'" + "{" * 9000 + "'")


def test_formats_that_do_not_fit_the_query() -> None:
    csv_only: dict[Kind, str] = {"rows": "text/csv; charset=utf-8"}
    with pytest.raises(UnknownFormat, match=r"triples are not available .* turtle \(text/turtle\)"):
        answer(three(), "DESCRIBE <http://x/a>", csv_only)
    with pytest.raises(UnknownFormat, match="yes or no is not available"):
        answer(three(), "ASK {}", csv_only)


def test_2_3_relative_iris_are_resolved() -> None:
    query = "SELECT (<a> AS ?a) {}"
    assert cells(three(), query) == ["https://example.org/a"]
    assert cells(three(), query, base="http://h/sparql") == ["http://h/a"]
    assert cells(three(), "BASE <http://b/> " + query) == ["http://b/a"]


def test_the_engine_fails_midway_or_before() -> None:
    def fail(file: Any) -> None:
        file.write(b"x" * 10)
        raise RuntimeError("/srv/secret")

    for chunk, sent in ((100, []), (5, [b"x" * 10])):
        chunks: list[bytes] = []
        with pytest.raises(EngineError) as caught:
            ChunkedFile(chunks.append, chunk=chunk).send_all(fail)
        assert chunks == sent and "secret" not in str(caught.value)


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_answered_or_an_error_of_ours(text: str) -> None:
    try:
        asked(three(), text)
    except AllgraphError:
        pass


# ---- The description of the service


@pytest.mark.parametrize("name", TRIPLES)
def test_the_service_describes_itself(name: str) -> None:
    type = wanted(None, name)["triples"]
    document = description(three(), "https://h/sparql", type)
    read = {quad.triple for quad in parse(whole(document), format=TRIPLES[name])}
    service = NamedNode("https://h/sparql")
    assert document.type == type
    assert Triple(service, NamedNode(SD + "endpoint"), service) in read
    assert (
        Triple(service, NamedNode(SD + "supportedLanguage"), NamedNode(SD + "SPARQL11Query"))
        in read
    )
    formats = [t.object for t in read if t.predicate == NamedNode(SD + "resultFormat")]
    assert len(formats) == 10
    counts = {t.subject: t.object for t in read if t.predicate.value.endswith("void#triples")}
    assert sorted(_value(count) for count in counts.values()) == ["1", "1", "2"]
    names = {t.subject: t.object for t in read if t.predicate == NamedNode(SD + "name")}
    listed = {
        t.subject: {names[n.object] for n in read if (n.subject, n.predicate) == (t.subject, NAMED)}
        for t in read
        if t.predicate == NAMED
    }
    assert listed == {
        NamedNode("https://h/sparql#dataset"): {OTHER},
        NamedNode("https://h/sparql#available-graphs"): {DERIVED, OTHER},
    }
    assert not [t for t in read if t.predicate.value.endswith("#feature")]


def test_a_service_lists_a_number_of_graphs_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    more = [Quad(A, P, A, NamedNode(f"http://x/{n}")) for n in range(2)]
    for most, count in ((1, 2), (2, 3), (3, 3)):
        monkeypatch.setattr(service_description, "MOST", most)
        text = whole(description(holding(*more), "https://h/sparql", "application/n-triples"))
        assert (text.count(b"#name>"), b"There are more" in text) == (count, most == 1)


def test_a_service_that_asks_others_says_so() -> None:
    document = description(three(), "https://h/sparql", allow_service=True)
    assert b"sd:BasicFederatedQuery" in whole(document)


def test_triples_of_ones_own_are_written_too() -> None:
    triples = [Triple(A, P, Literal("é"))]
    document = triples_document(triples, "text/turtle", RdfFormat.TURTLE, {"x": "http://x/"})
    assert whole(document).endswith('x:a x:p "é" .\n'.encode())
