"""What is left of a question whose parameter has no value is what an engine makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from allgraph.sparql.optional import without
from allgraph.sparql.questions import parse_query
from allgraph.sparql.tokens import tokens

STORE = Store()
for number in range(4):
    STORE.add(Quad(NamedNode(f"http://x/{number}"), NamedNode("http://x/p"), Literal(number)))

PLAIN = st.sampled_from(["?x", "$p", "$q", "1", "true", "'a, (b'", "<http://x/,>", "?none"])
EXPRESSION = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("= != < > + && ||".split()), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: "COALESCE({}, {}, {})".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "coalesce( {} , {} )".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "IF({}, {}, {})".format(*parts)),
        st.tuples(inner, inner, inner).map(lambda parts: "({} IN ({}, {}))".format(*parts)),
        st.tuples(inner, inner).map(lambda parts: "({} NOT IN ({}))".format(*parts)),
        inner.map(lambda part: f"STR({part})"),
        inner.map(lambda part: f"!({part})"),
        st.sampled_from(["BOUND($p)", "EXISTS { ?s ?any $p }", "CONCAT('a', $p) # (,\n"]),
    ),
    max_leaves=8,
)


@given(EXPRESSION)
def test_no_row_changes(expression: str) -> None:
    text = f"SELECT ?x ({expression} AS ?y) {{ ?s <http://x/p> ?x }} ORDER BY ?x"
    left = "".join(token.text for token in without([*tokens(text)], ["p", "q"]))
    assert rows(left) == rows(text)


def rows(sparql: str) -> list[tuple[str, str]]:
    found = STORE.query(sparql)
    assert isinstance(found, QuerySolutions)
    return [(str(row["x"]), str(row["y"])) for row in found]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("COALESCE(?a = $p, true)", "(true)"),
        ("coalesce( STR($p), ?b, 1)", "coalesce(?b, 1)"),
        ("FILTER COALESCE ($p IN (?a, ?b), true)", "FILTER  (true)"),
        ("COALESCE(?a IN (?b, $p), true)", "COALESCE(?a IN (?b, $p), true)"),
        ("COALESCE(BOUND($p), true)", "COALESCE(BOUND($p), true)"),
        ("COALESCE(?a || $p, true)", "COALESCE(?a || $p, true)"),
        ("COALESCE(COUNT($p), 1)", "COALESCE(COUNT($p), 1)"),
        ("COALESCE($p, $p)", "($p)"),
        ("COALESCE(?p, true)", "COALESCE(?p, true)"),
        ("'COALESCE($p, true)'", "'COALESCE($p, true)'"),
        ("COALESCE($p", "COALESCE($p"),
        ("COALESCE", "COALESCE"),
    ],
)
def test_what_has_to_fail_goes(text: str, left: str) -> None:
    assert "".join(token.text for token in without([*tokens(text)], ["p"])) == left
    assert "".join(token.text for token in without([*tokens(text)], [])) == text


def test_a_question_with_and_without_a_value() -> None:
    header = "# Which?\n#\n# $p  number  The number. []\n"
    query = parse_query(header + "SELECT * { ?s ?q ?x FILTER(COALESCE(?x > $p, true)) }", "q", "q")
    assert query.bind({}).endswith("FILTER((true)) }")
    assert query.bind({"p": Literal(2)}).endswith(f"COALESCE(?x > {Literal(2)}, true)) }}")
