"""The W3C's tests of datasets in SPARQL, in this process and as a server answers them.

They are looked for in the directory that W3C_SPARQL names: ``sparql`` in a copy of
github.com/w3c/rdf-tests. Their documents are the named graphs of a folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
    serialize,
)

from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph
from allgraph.rdf.terms import Term, text
from allgraph.server.http.negotiation import wanted
from allgraph.server.sparql import answer
from tests.support.serving import whole

pytestmark = pytest.mark.long
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
Rows = Iterable[Mapping[str, Term | None]]


def quads(path: Path) -> Iterable[Quad]:
    return parse(
        path=str(path), format=RdfFormat.TURTLE, base_iri=path.as_uri(), rename_blank_nodes=True
    )


def objects(graph: Dataset, node: Any, predicate: str) -> list[Any]:
    return [q.object for q in graph.quads_for_subject(node) if q.predicate.value == predicate]


def expected(path: Path) -> Rows:
    """The rows of a result set in Turtle."""
    graph = Dataset(quads(path))
    for quad in graph.quads_for_predicate(NamedNode(RS + "solution")):
        bindings = objects(graph, quad.object, RS + "binding")
        yield {
            text(objects(graph, binding, RS + "variable")[0]): objects(
                graph, binding, RS + "value"
            )[0]
            for binding in bindings
        }


def canonical(rows: Rows) -> tuple[int, set[str]]:
    """The rows, counted, with blank nodes that have the same names wherever the rows are alike."""
    graph, listed = Dataset(), [*rows]
    for row in listed:
        node = BlankNode()
        for name, value in row.items():
            if value is not None:
                graph.add(Quad(node, NamedNode(f"x:{name}"), value))
    graph.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return len(listed), {str(quad) for quad in graph}


@pytest.mark.skipif("W3C_SPARQL" not in os.environ, reason="W3C_SPARQL names no directory")
def test_answers_are_those_of_the_w3c(tmp_path: Path) -> None:
    place = Path(os.environ["W3C_SPARQL"]).resolve() / "sparql10" / "dataset"
    in_graphs = [
        Quad(quad.subject, quad.predicate, quad.object, NamedNode(path.as_uri()))
        for path in place.glob("data-*.ttl")
        for quad in quads(path)
    ]
    (tmp_path / "data").mkdir()
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "W3C"\nextends = false\n')
    serialize(in_graphs, str(tmp_path / "data" / "a.nq"), format=RdfFormat.N_QUADS)
    engine = open_graph(tmp_path).engine
    manifest, wrong, count = Dataset(quads(place / "manifest.ttl")), set(), 0
    for entry in manifest.quads_for_predicate(NamedNode(MF + "action")):
        query, result = (
            Path(text(file).removeprefix("file://"))
            for file in (
                *objects(manifest, entry.object, QT + "query"),
                *objects(manifest, entry.subject, MF + "result"),
            )
        )
        graph = Graph(replace(builtin(), base=query.as_uri()), engine)
        body = whole(answer(graph, query.read_text(), wanted(None, "json")))
        rows = parse_query_results(body, format=QueryResultsFormat.JSON)
        assert isinstance(rows, QuerySolutions)
        names = [variable.value for variable in rows.variables]
        found = [dict(zip(names, row, strict=True)) for row in rows]
        count += 1
        if canonical(found) != canonical(expected(result)):
            wrong.add(query.name)
    assert (count, wrong) == (12, set())
