"""The table of claims: its rows, what is looked up in it, and how it is made."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from pyoxigraph import NamedNode

from allgraph.folder import open_folder
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims, every, in_order
from allgraph.graph.opening import on_disk
from allgraph.model.facts import Facts
from allgraph.model.table_builder import columns_of, table_of
from allgraph.model.withdrawn import Withdrawal
from allgraph.rdf.terms import text
from allgraph.sparql.embedded import Embedded
from tests.conftest import BASE
from tests.support import oracle
from tests.support.oracle import World, worlds
from tests.support.tools import share

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

CLAIM = (
    "claim:{0} a ag:Claim ; rdf:subject {1} ; rdf:predicate ag:servedOn ; rdf:object {2} {3} .\n"
)


def check(graph: Graph) -> None:
    """What is looked up in the table is what the queries for endpoints give."""
    table, iris = graph.table, graph.table.columns.claims
    for node in graph.table.columns.nodes:
        rows = graph.run("about", thing=NamedNode(node)).rows
        assert [iris[row] for row in table.about(node)] == sorted(
            {text(row["claim"]) for row in rows} & {*iris}
        )
    sources = {e.source for claim in every(graph) for e in claim.evidence}
    pages = {e.page for claim in every(graph) for e in claim.evidence} - {""}
    for source in sources | pages:
        rows = graph.run("supported", source=NamedNode(source)).rows
        assert [iris[row] for row in table.of_source(source)] == sorted(
            {text(row["claim"]) for row in rows} & {*iris}
        )
    assert [*every(graph, is_sorted=True)] == in_order(every(graph))


def test_the_built_in_table_answers_as_queries_do(graph: Graph) -> None:
    check(graph)
    assert len(graph.table) == len(claims(graph)) and not graph.table.incomplete


@pytest.mark.long
@given(worlds())
@settings(max_examples=share(60))
def test_the_table_of_any_graph_answers_as_queries_do(world: World) -> None:
    check(oracle.loaded(world))


def test_claims_from_files_and_from_a_store_are_the_same(graph: Graph) -> None:
    of_store = Graph(graph.folder, Embedded(graph.store, graph.prefixes))
    assert of_store.derivation is None
    assert [*every(of_store)] == [*every(graph)]


def test_literals_have_the_forms_of_the_files(make_folder: MakeFolder) -> None:
    data = CLAIM.format("a", "id:a", '"01"^^xsd:integer', "") + CLAIM.format(
        "b", "id:a", '"a \\"b\\"\\n"@en-GB', ', "c" ; ag:note "no row: two objects"'
    )
    graph = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    [claim] = every(graph)
    assert str(claim.object) == '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert claim.object_name == "01"
    assert graph.table.incomplete == 1


def facts_of(graph: Graph) -> Facts:
    return Facts.of(graph.queried.quads)


def test_merged_things_are_one_in_the_table(make_folder: MakeFolder) -> None:
    data = CLAIM.format("a", "id:ann", "id:board", "") + CLAIM.format("b", "id:a2", "id:ann", "")
    facts = facts_of(open_graph(make_folder({"data/a.ttl": data}, prefixes=True)))
    table = table_of(facts, {f"<{BASE}id/a2>": f"<{BASE}id/ann>"})
    assert [*table.columns.nodes] == [f"{BASE}id/ann", f"{BASE}id/board"]
    assert table.columns.subject.tolist() == [0, 0] and table.columns.object.tolist() == [1, 0]
    assert len(columns_of(facts).nodes) == 3
    assert table.about(f"{BASE}id/ann").tolist() == [0, 1] and not table.about(f"{BASE}id/a2").size


def test_sensitive_claims_are_flagged_and_withdrawn_ones_in_a_table_of_their_own(
    make_folder: MakeFolder,
) -> None:
    data = "".join(
        CLAIM.format(name, "id:ann", f"id:{name}", more)
        for name, more in (
            ("a", "; ag:sensitive true"),
            ("b", '; ag:withdrawn "2020-01-01" ; ag:sensitive false'),
            ("c", ""),
        )
    )
    root = make_folder({"data/a.ttl": data}, prefixes=True)
    graph = open_graph(root, include_sensitive=True)
    assert [*graph.table.columns.claims] == [f"{BASE}claim/a", f"{BASE}claim/c"]
    assert graph.table.sensitive.tolist() == [True, False] and not graph.table.withdrawals
    table = graph.including_withdrawn.table
    assert [*table.columns.claims] == [f"{BASE}claim/{name}" for name in "abc"]
    assert table.withdrawals == {1: Withdrawal("2020-01-01")}
    assert [*open_graph(root).table.columns.claims] == [f"{BASE}claim/c"]


def test_the_store_of_large_topics_is_that_of_the_process(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forked process opens a store on disk anew, and what was prepared before reads that one."""
    folder = open_folder(
        make_folder({"data/a.ttl": CLAIM.format("a", "id:a", "id:b", "")}, prefixes=True)
    )
    graph = on_disk(folder, build(folder).snapshot)
    graph.topics.prepare()
    before = graph.topics._store
    assert before is graph.store
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert graph.topics._store is graph.store is not before
