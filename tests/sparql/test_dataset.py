"""Which graphs a query reads, beside a naive evaluator of the definition in SPARQL 1.1."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    Store,
    Triple,
)

from allgraph.errors import QueryError, TooMuch
from allgraph.folder import builtin
from allgraph.graph import Graph
from allgraph.rdf.nesting import in_default_graph
from allgraph.rdf.ntriples import lines
from allgraph.rdf.terms import DERIVED, WITHDRAWN, XSD, Prefixes
from allgraph.server.http.negotiation import wanted
from allgraph.server.sparql import answer
from allgraph.sparql import dataset
from allgraph.sparql.dataset import QueriedStore
from allgraph.sparql.embedded import Embedded, OnDisk
from tests.support.serving import whole

BASE = "https://example.org/"
PREFIXES = Prefixes.of(BASE)
A, B = NODES = [NamedNode(f"{BASE}id/{name}") for name in "ab"]
AAA = Triple(A, A, A)
G1, G2, G3, NONE = (NamedNode(f"{BASE}id/{name}") for name in ("g1", "g2", "g3", "none"))
TRIPLES = st.builds(Triple, *[st.sampled_from(NODES)] * 3)
FILES = st.dictionaries(st.sampled_from([G1, G2, G3, DefaultGraph()]), st.sets(TRIPLES))
"""The triples of files, by graph."""
NAMES = st.lists(st.sampled_from([G1, G2, G3, NONE, DERIVED, WITHDRAWN]), max_size=4)
CHOSEN = st.none() | st.tuples(NAMES, NAMES).filter(any)
"""The graphs of FROM and of FROM NAMED; ``None`` for neither."""

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\t\n\r\"\\'\x08\x0c\x7f")
)
NUMBERS = st.from_regex(
    r"[+-]?[0-9]{1,3}(\.[0-9]{1,3})?([eE][0-9])?|\.5|5\.|INF|true|false", fullmatch=True
)
DATATYPES = st.sampled_from(
    ["integer", "decimal", "double", "float", "boolean", "date", "string", "nonNegativeInteger"]
)
LITERALS = st.one_of(
    st.builds(Literal, TEXTS),
    st.builds(Literal, TEXTS, language=st.sampled_from(["en", "de-CH"])),
    st.builds(Literal, TEXTS | NUMBERS, datatype=DATATYPES.map(XSD.__add__).map(NamedNode)),
)
"""Literals of all kinds, among them those that a table of results has without quotes."""

Files = Mapping[NamedNode | DefaultGraph, Iterable[Triple]]
Chosen = tuple[Sequence[NamedNode], Sequence[NamedNode]] | None
Row = tuple[str, ...]


def quads(files: Files, derived: Iterable[Triple], withdrawn: Iterable[Triple]) -> set[Quad]:
    """A graph as a store has it: all that is stated once, what is derived, and named graphs."""
    stated = {triple for triples in files.values() for triple in triples}
    parts = {**files, DefaultGraph(): stated, DERIVED: {*derived} - stated, WITHDRAWN: withdrawn}
    return {Quad(s, p, o, graph) for graph, triples in parts.items() for s, p, o in triples}


STORED = st.builds(quads, FILES, st.sets(TRIPLES), st.sets(TRIPLES, max_size=2))


class Naive:
    """The dataset of a query (SPARQL 1.1, section 13), and the answers to `QUERIES`."""

    def __init__(self, stored: set[Quad], chosen: Chosen) -> None:
        of = {q.graph_name: set[Triple]() for q in stored}
        for quad in stored:
            of[quad.graph_name].add(quad.triple)
        of.pop(WITHDRAWN, None)
        default: Iterable[Any] = (DefaultGraph(), DERIVED)
        named: Iterable[Any] = of.keys() - {*default}
        if chosen:
            default, named = chosen
        self.default = {triple for graph in default for triple in of.get(graph, ())}
        self.named = {graph: of.get(graph, set()) for graph in named if graph != WITHDRAWN}

    def answer(self, query: str) -> Counter[Row]:
        everywhere = [(g, *triple) for g, triples in self.named.items() for triple in triples]
        rows: dict[str, Iterable[Iterable[Any]]] = {
            "?s ?p ?o": self.default,
            "GRAPH ?g { ?s ?p ?o }": everywhere,
            f"GRAPH {G1} {{ ?s ?p ?o }}": self.named.get(G1, ()),
            f"GRAPH {DERIVED} {{ ?s ?p ?o }}": self.named.get(DERIVED, ()),
            "?s ?p ?o GRAPH ?g { ?o ?q ?z }": [
                (g, s, p, o, q, z)
                for s, p, o in self.default for g, t, q, z in everywhere if o == t
            ],
        }  # fmt: skip
        return Counter(tuple(map(str, row)) for row in rows[query])


QUERIES = {
    "?s ?p ?o": "?s ?p ?o",
    "GRAPH ?g { ?s ?p ?o }": "?g ?s ?p ?o",
    f"GRAPH {G1} {{ ?s ?p ?o }}": "?s ?p ?o",
    f"GRAPH {DERIVED} {{ ?s ?p ?o }}": "?s ?p ?o",
    "?s ?p ?o GRAPH ?g { ?o ?q ?z }": "?g ?s ?p ?o ?q ?z",
}
"""Patterns and their variables."""


def clauses(chosen: Chosen) -> str:
    """FROM and FROM NAMED, of which those for named graphs come first."""
    default, named = chosen or ((), ())
    return " ".join([*(f"FROM NAMED {g}" for g in named), *(f"FROM {g}" for g in default)])


def check(engine: Embedded, stored: set[Quad], chosen: Chosen) -> None:
    """All queries have the answers of the definition, and as many."""
    naive = Naive(stored, chosen)
    for pattern, variables in QUERIES.items():
        expected = naive.answer(pattern)
        rows = engine.query(f"SELECT {variables} {clauses(chosen)} {{ {pattern} }}").rows
        assert Counter(tuple(map(str, row.values())) for row in rows) == expected, pattern
        counted = f"SELECT (COUNT(*) AS ?n) {clauses(chosen)} WHERE {{ {pattern} }}"
        assert engine.query(counted).rows[0]["n"] == Literal(expected.total())
    rows = engine.query(f"SELECT ?g {clauses(chosen)} {{ GRAPH ?g {{}} }}").rows
    assert {row["g"] for row in rows} - {NONE} == naive.named.keys() - {NONE}


def in_memory(stored: set[Quad]) -> Embedded:
    store = Store()
    store.extend(stored)
    return Embedded(store, PREFIXES)


@given(STORED, CHOSEN)
def test_a_query_reads_the_dataset_of_the_definition(stored: set[Quad], chosen: Chosen) -> None:
    check(in_memory(stored), stored, chosen)


@given(STORED)
@settings(max_examples=20)
def test_so_does_one_of_a_store_with_many_graphs(stored: set[Quad]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "FEW", 0)
        check(in_memory(stored), stored, None)


@given(STORED, CHOSEN, st.booleans())
def test_so_does_one_over_http(stored: set[Quad], chosen: Chosen, in_text: bool) -> None:
    graph = Graph(replace(builtin(), base=BASE), in_memory(stored))
    naive = Naive(stored, chosen)
    named_beside = ((), ()) if in_text or chosen is None else chosen
    names = [[graph.value for graph in part] for part in named_beside]
    clause = clauses(chosen if in_text else ([NONE], [NONE]) if chosen else None)
    for pattern, variables in QUERIES.items():
        query = f"SELECT {variables} {clause} {{ {pattern} }}"
        body = whole(answer(graph, query, wanted(None, "json"), *names))
        rows = json.loads(body)["results"]["bindings"]
        found = Counter(tuple(f"<{cell['value']}>" for cell in row.values()) for row in rows)
        assert found == naive.answer(pattern), query


def test_so_does_one_of_a_store_on_disk(tmp_path: Path) -> None:
    aa, ab, bb = AAA, Triple(A, B, A), Triple(B, B, B)
    stored = quads({G1: {ab, aa}, G2: {ab}, G3: {bb}, DefaultGraph(): {bb}}, {aa, ab}, {bb})
    stored |= quads({}, {Triple(B, A, A)}, ())
    Store(str(tmp_path)).extend(stored)
    engine = OnDisk(tmp_path, PREFIXES)
    for chosen in (None, ([G1, G2], []), ([], [G1, DERIVED]), ([G1, G2, G1, DERIVED], [G2, G3])):
        check(engine, stored, chosen)


# ---- How graphs are named


@pytest.mark.parametrize(
    "clause",
    [
        "FROM id:g1",
        "from\n#FROM id:g2\nid:g1",
        f"FROM{G1}",
        "FROM <id/g1>",
        "FROM i:g1",
        r"FROM <id/\u0067\u0031>",
        "FROM # <id/g2>\n<id/../id/g1> FROM NAMED id:g2",
        "FROM :g1 FROM NAMED :from FROM NAMED :named",
        r"FROM i:g1 FROM NAMED i:a\-b",
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "SELECT ?o %s WHERE { ?s ?p ?o }",
        "SELECT*%s{ ?s ?p ?o }",
        "SELECT (STR(?from) AS ?x) ?o %s { ?s ?p ?o FILTER('FROM <x>' != ?p) BIND(1 AS ?from) }",
        "SELECT (EXISTS { ?s ?from ?from } && 1<2 AS ?x) ?o %s { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } %s WHERE { ?s ?p ?o }",
        "CONSTRUCT %s WHERE { ?s ?p ?o }",
        "DESCRIBE id:a %s",
        "DESCRIBE ?s %s { ?s ?p ?o }",
    ],
)
def test_from_is_read_as_the_engine_reads_it(clause: str, form: str) -> None:
    """The results are those of the engine alone; no triple is in two graphs."""
    store, query = Store(), form % clause
    for graph in (G1, G2, DERIVED, DefaultGraph()):
        store.add(Quad(A, A, Literal(str(graph)), graph))
    prefixes = {**PREFIXES, "": f"{BASE}id/", "i": f"{BASE}id/", "from": f"{BASE}id/"}
    expected = store.query(query, prefixes=prefixes, base_iri=BASE)
    results = QueriedStore(store).query(query, prefixes, base=BASE)
    assert not isinstance(results, QueryBoolean) and not isinstance(expected, QueryBoolean)
    (result,) = results
    assert str(result) == str(next(expected))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT ?s FROM:g1 { ?s ?p ?o }", "column 11: the prefix “FROM:” is not declared"),
        ("SELECT ?s FROMid:g1 { ?s ?p ?o }", "column 11: the prefix “FROMid:” is not declared"),
        ("ASKFROM<http://x/> { ?s ?p ?o }", "column 1: “ASKFROM” needs spaces around FROM"),
        ("ASK FROMNAMED<http://x/> {}", "column 5: “FROMNAMED” needs spaces around FROM"),
        ("ASK FROM <g> {}", "column 10: <g> is no IRI"),
        ("ASK FROM x:g {}", "column 10: the prefix “x:” is not declared"),
        ("ASK FROM NAMED {}", "column 16: "),
        ("ASK FROM ?g {}", "column 10: "),
        ("ASK FROM", "expected an IRI, not the end"),
    ],
)
def test_a_wrong_from_is_an_error(query: str, message: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)):
        in_memory(set()).query(query)


def test_a_name_may_begin_with_from() -> None:
    query = "PREFIX from: <http://x/> ASK { ?s ?from 'from:a' FILTER(?s != from:a) } # ASKFROM"
    assert in_memory({Quad(A, A, Literal("from:a"))}).query(query).value is True


# ---- Graphs that repeat triples


def test_a_triple_in_three_graphs_counts_once() -> None:
    engine = in_memory(quads({G1: [AAA], G2: [AAA], G3: [AAA]}, (), ()))
    for clause in ("", f"FROM {G1} FROM {G2} FROM {G3}", f"FROM {G1} FROM {G1}"):
        count = engine.query(f"SELECT (COUNT(*) AS ?n) {clause} {{ ?s ?p ?o }}").rows[0]["n"]
        assert count == Literal(1)


def test_very_many_triples_in_several_graphs_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "MOST", 2)
    few, many = ({Triple(A, A, Literal(n)) for n in range(size)} for size in (1, 3))
    engine = in_memory(quads({G1: few, G2: few, G3: many}, (), ()))
    assert len(engine.query(f"SELECT * FROM {G1} FROM {G2} {{ ?s ?p ?o }}")) == 1
    assert len(engine.query(f"SELECT * FROM {G3} {{ ?s ?p ?o }}")) == 3
    for clause in (f"FROM {G1} FROM {G3}", f"FROM {G1} FROM {G2} FROM NAMED {G3}"):
        with pytest.raises(TooMuch, match="more than 2 triples together"):
            engine.query(f"SELECT * {clause} {{ ?s ?p ?o GRAPH ?g {{ ?s ?p ?o }} }}")


@pytest.mark.parametrize(
    "query",
    [
        "ASK { GRAPH ?g { ?s ?p ?o } } }",
        "ASK {\n OPTIONAL { GRAPH ?g { ?s ?p ?o } } GRAPH ?h { ex:a ?p ?o } }",
        "ASK { GRAPH { ?s ?p ?o } }",
        "ASK { GRAPH",
    ],
)
def test_errors_are_the_same_with_many_graphs(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, messages = in_memory({Quad(A, A, A, G1)}), []
    for few in (1, 0):
        monkeypatch.setattr(dataset, "FEW", few)
        with pytest.raises(QueryError) as caught:
            engine.query(query)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?g { ?s ?p trueGRAPH ?g { ?s ?p ?o } }",
        "SELECT ?g { ?s ?p true . GRAPH ?g { ?s ?p ?o FILTER(?o<'>'||STR(?g)!='') } }",
        "SELECT ?g { # GRAPH ?g {\n GRAPH ?g { ?s ?p ?o FILTER(?o != 'GRAPH ?g {') } }",
        "SELECT ?g { GRAPH ?g { } FILTER EXISTS { GRAPH id:g1 { ?s ?p ?o } } }",
        "SELECT ?g { VALUES ?g { id:g1 ag:derived } GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?g { VALUES ?g { id:g1 } OPTIONAL { GRAPH ag:derived { ?s ?p ?o } } }",
        "SELECT ?g { GRAPH ?g { ?s ?p ?o { SELECT ?s { ?s ?p ?o } } MINUS { ?s ?s ?s } } }",
    ],
)
def test_queries_of_many_graphs_are_answered_like_those_of_few(
    query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = in_memory(quads({G1: [Triple(A, B, Literal(True))]}, [AAA], ()))
    for few in (1, 0):
        monkeypatch.setattr(dataset, "FEW", few)
        assert [row["g"] for row in engine.query(query).rows] == [G1]


@given(st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES), LITERALS)))
def test_statements_are_the_triples_as_the_engine_writes_them(
    said: list[tuple[NamedNode, NamedNode, Literal]],
) -> None:
    triples = [*(Triple(*one) for one in said), AAA, Triple(A, A, BlankNode("b"))]
    store = Store()
    graphs: tuple[DefaultGraph, NamedNode] = (DefaultGraph(), DERIVED)
    store.extend(Quad(s, p, o, graphs[n % 2]) for n, (s, p, o) in enumerate(triples))
    store.add(Quad(A, A, Literal("withdrawn"), WITHDRAWN))
    queried = QueriedStore(store)
    for predicate in (None, A):
        quads = (quad for node in NODES for quad in queried.quads(node, predicate, None))
        wanted = in_default_graph(lines(quad.triple for quad in quads))
        assert sorted(queried.statements(NODES, predicate)) == sorted(wanted)
    assert not [*queried.statements([])]
