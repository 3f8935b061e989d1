"""Answers of an endpoint that cuts them: whole, in pieces, or said to be cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyoxigraph import Literal, NamedNode, Quad, Store

from allgraph.errors import EngineError, ParameterError, TooMuch, UnknownName
from allgraph.graph import Graph, open_graph
from allgraph.graph import names as graph_names
from allgraph.graph.claims import claims
from allgraph.rdf.terms import Prefixes, Term
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.endpoint import paging
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.endpoint.paging import Asking
from allgraph.sparql.house import house
from allgraph.sparql.questions import Query, parse_query
from tests.support.endpoints import Endpoint, holding

PAIRS = Query("q", "q.rq", "# All pairs.\nSELECT ?s ?o WHERE { ?s <urn:p> ?o . } # the end", "")
CAP = 180
"""How many rows the endpoint gives at most that holds the whole built-in graph."""


class Capped(Remote):
    """A remote engine without a network, which gives at most so many rows."""

    def __init__(self, store: Store, most: int) -> None:
        super().__init__("http://localhost/", Prefixes())
        object.__setattr__(self, "held", (store, most))

    def query(self, sparql: str, *, counted: bool = False) -> Answer:
        store, most = self.held  # type: ignore[attr-defined]
        found = Embedded(store, self.prefixes).query(sparql)
        return found if found.rows is None else replace(found, rows=found.rows[:most])


TERMS = some.one_of(
    some.sampled_from([NamedNode("urn:a"), NamedNode("urn:b"), Literal("a b"), Literal("")]),
    some.builds(Literal, some.text(some.sampled_from("ab é$\"'\n?"), max_size=3)),
    some.builds(Literal, some.integers(0, 30)),
)
SUBJECTS = some.builds(lambda n: NamedNode(f"urn:{n}"), some.text("ab", min_size=1, max_size=4))


@given(some.lists(some.tuples(SUBJECTS, TERMS), max_size=40), some.integers(3, 12))
def test_pieces_are_the_whole_whatever_an_endpoint_gives(
    pairs: list[tuple[NamedNode, Term]], most: int
) -> None:
    store = Store()
    store.extend(Quad(s, NamedNode("urn:p"), o) for s, o in pairs)
    asking = Asking(Capped(store, most))
    expected = Counter(map(told, Embedded(store, Prefixes()).query(PAIRS.text).rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "FEW", 1)
        assert Counter(map(told, asking.whole(PAIRS, {}).rows)) == expected
        assert Counter(map(told, asking.rows(PAIRS, {}))) == expected
        few = asking.whole(PAIRS, {}, 2).rows
        assert len(few) == min(2, expected.total()) and not Counter(map(told, few)) - expected
        if expected.total() > most:
            with pytest.raises(TooMuch, match=f"gave {most} rows of this answer, and left out"):
                asking.answer(PAIRS.text)


def told(row: Row) -> tuple[str, ...]:
    return tuple(str(cell) for cell in row.values())


def test_rows_that_are_alike_and_too_many_are_missed_aloud() -> None:
    store = Store()
    same = [Literal("x", language=f"a{letter}") for letter in "bcdefgh"]
    store.extend(Quad(NamedNode("urn:s"), NamedNode("urn:p"), each) for each in same)
    with pytest.raises(EngineError, match="gave 3 of 7 rows; it may cut its answers"):
        list(Asking(Capped(store, 3)).rows(PAIRS, {}))


def test_few_rows_cost_one_request_and_long_ones_are_tried_once(graph: Graph) -> None:
    with holding(graph.store) as endpoint:
        there = open_graph(endpoint=endpoint.url)
        endpoint.asked.clear()
        there.run("ontology")
        assert len(endpoint.asked) == 1
        for _ in range(2):
            there.run("names")
        assert len(endpoint.asked) == 4  # one to try how many rows there may be


def test_a_question_with_prefixes_of_its_own_is_counted(graph: Graph) -> None:
    text = "PREFIX select: <urn:x>\nSELECT ?s { ?s a ag:Claim }\nORDER BY ?s # all"
    asking = Asking(Capped(graph.store, 60))
    object.__setattr__(asking.endpoint, "prefixes", graph.prefixes)
    assert asking.count(text) == len(graph.run("all"))


CAP = 180
ALL = "# What?\nSELECT * { ?s rdfs:label ?o }"


@pytest.fixture(scope="module")
def capped(graph: Graph) -> Iterator[Endpoint]:
    """An endpoint that gives so many rows, whatever is asked."""
    with holding(graph.store, rows=CAP) as endpoint:
        yield endpoint


def test_what_an_endpoint_cuts_is_there_all_the_same(graph: Graph, capped: Endpoint) -> None:
    there = open_graph(endpoint=capped.url)
    assert claims(there) == claims(graph)
    assert there.find("a") == graph.find("a")
    base: dict[str, Term] = {"base": Literal(graph.folder.base)}
    for name, values in (("names", {}), ("site-iris", base), ("site-names", base), ("things", {})):
        assert house(name)
        expected = Counter(map(told, graph.run(name, **values).rows))
        assert Counter(map(told, there.rows(name, **values))) == expected
    with pytest.raises(UnknownName) as wrong:
        there.resolve("Karen Elsom")
    with pytest.raises(UnknownName) as same:
        graph.resolve("Karen Elsom")
    assert wrong.value.candidates == same.value.candidates


def test_the_answer_to_a_question_is_whole_or_said_to_be_cut(capped: Endpoint) -> None:
    there = open_graph(endpoint=capped.url)
    answer = there.ask("board-members", body="Model Alliance")
    assert len(answer) < CAP
    with pytest.raises(TooMuch, match=f"gave {CAP} rows of this answer, and left out 1"):
        there.bound(
            parse_query(f"# What?\nSELECT * {{ ?s rdfs:label ?o }} LIMIT {CAP + 1}", "q", "q.rq"),
            {},
        )


def test_a_search_that_finds_too_much_says_so(
    graph: Graph, capped: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph_names, "FOUND", CAP + 10)
    there = open_graph(endpoint=capped.url)
    with pytest.raises(
        ParameterError, match=f"more than {CAP + 10} names have “a” in them; type more of the name"
    ):
        there.find("a")
    assert there.find("rocha") == graph.find("rocha")
    with pytest.raises(UnknownName, match="nothing is named “a”; search by"):
        there.resolve("a")
    with pytest.raises(UnknownName, match="did you mean Coco Rocha"):  # of what has it in its name
        there.resolve("rocha")
