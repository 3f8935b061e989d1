"""The order of rows is total: what ORDER BY leaves open, the columns decide."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from allgraph.errors import ParameterError
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.order import in_total_order
from allgraph.sparql.page import page_of
from allgraph.sparql.tokens import tokens

QUERIES = {
    "SELECT ?s ?o { ?s ?p ?o }": "ORDER BY ?s ?o",
    "select ?s ?o { ?s ?p ?o } order by desc(?o) # last": "desc(?o) # last\n?s ?o",
    "SELECT ?o ?s { { SELECT * { ?s ?p ?o } ORDER BY ?p LIMIT 99 } } LIMIT 5 OFFSET 2":
        "ORDER BY ?o ?s\nLIMIT 5",
    "SELECT ?o (COUNT(?s) AS ?n) { ?s ?p ?o } GROUP BY ?o HAVING(COUNT(?s) > 0)":
        "> 0)\nORDER BY ?o ?n",
    "SELECT (EXISTS { ?s ?p 1 } AS ?x) ?s { ?s ?p ?o } ORDER BY ?s VALUES ?o { 1 2 3 }":
        "ORDER BY ?s \n?x\nVALUES",
    "SELECT ?s ?o { ?s ?p ?o FILTER(?o != 'LIMIT }') } ORDER BY ?o STR(?s)": "STR(?s)\n?s",
}  # fmt: skip


@pytest.mark.parametrize("text", QUERIES)
def test_all_columns_end_the_order_and_rows_stay(text: str) -> None:
    triples = [(NamedNode(f"x:{n % 5}"), NamedNode("x:p"), Literal(n % 3)) for n in range(15)]
    stores = (Store(), Store())
    stores[0].extend(Quad(*triple) for triple in triples)
    stores[1].extend(Quad(*triple) for triple in reversed(triples))
    (columns,) = {tuple(v.value for v in store.query(text).variables) for store in stores}  # type: ignore[union-attr]
    ordered = "".join(token.text for token in in_total_order([*tokens(text)], columns))
    assert QUERIES[text] in ordered
    one, other = ([tuple(map(str, row)) for row in store.query(ordered)] for store in stores)  # type: ignore[union-attr]
    assert one == other
    if "LIMIT 5" not in text:
        assert sorted(one) == sorted(tuple(map(str, row)) for row in stores[0].query(text))  # type: ignore[union-attr]


def test_pages_are_the_answer_whatever_their_length() -> None:
    whole = Answer(("n",), tuple(Row(n=Literal(n)) for n in range(7)))
    for limit in range(1, 9):
        rows: list[Row] = []
        page = page_of(whole, limit)
        while page.next:
            rows += page.answer.rows
            page = page_of(whole, limit, page.next)
        assert (*rows, *page.answer.rows) == whole.rows
    changed = Answer(("n",), whole.rows[:-1])
    with pytest.raises(ParameterError, match="the data have changed"):
        page_of(changed, 2, page_of(whole, 2).next)
    assert page_of(whole, 2, None).next == ""
