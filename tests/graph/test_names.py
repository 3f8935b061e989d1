"""Names: the index finds what a query over all names finds."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from allgraph.errors import UnknownName
from allgraph.folder import builtin
from allgraph.graph import Graph, names
from allgraph.model import vocabulary
from allgraph.model.name_index import PREDICATES
from allgraph.model.names import key, split, whole_pattern
from allgraph.rdf.terms import ag, text
from allgraph.sparql.embedded import Embedded
from tests.conftest import BASE
from tests.support.tools import share

LETTERS = (
    "aàáAÄbß\u017fsSéeEﬁfi\u0130\u0131I  \t-.…½²ﬀ\u0308Σ\u03c3\u03c2\u212akÅ"
    "\u2115Nn\u00a8\u034f\u0345"
)
NAMES = st.text(st.sampled_from(LETTERS), max_size=7)
WORDS = st.lists(st.sampled_from(["rocha", "róchas", "coco", "cocoa", "o'co", "x"]), max_size=3)


def graph_of(labels: list[str]) -> Graph:
    """A graph of persons with these labels and an alternative name each."""
    store = Store()
    for number, label in enumerate(labels):
        thing = NamedNode(f"{BASE}id/t{number}")
        store.add(Quad(thing, vocabulary.TYPE, ag("Person")))
        store.add(Quad(thing, PREDICATES[0], Literal(label)))
        store.add(Quad(thing, PREDICATES[1], Literal(f"{label}x", language="en")))
    return Graph(builtin(), Embedded(store, builtin().prefixes))


def named(graph: Graph, name: str) -> list[str]:
    """The things with a name, by a query over all names."""
    if not (pattern := whole_pattern(name)):
        return []
    rows = [
        (text(row["thing"]), text(row["name"]))
        for row in graph.run("named", pattern=Literal(pattern)).rows
    ]
    same = {thing for thing, other in rows if split(other) == split(name)}
    return sorted(same or {thing for thing, other in rows if key(other) == key(name)})


@given(
    st.lists(NAMES | WORDS.map(" ".join), min_size=1, max_size=5, unique=True),
    st.lists(NAMES | WORDS.map(" ".join), max_size=3),
)
@example(["Straße 1", "STRASSE  1"], ["strasse", "ß", "1"])
@example(["N\u2115", "x    abcx", "a b"], ["\u2115", "\u00a8", "\u00a8\u00a8\u00a8\u00a8abcd", ""])
@example(["Coco Rocha", "Rocha"], ["coco rohca", "occo rocha", "rocha coco", "xoco rohca"])
@settings(max_examples=share(60))
def test_the_index_finds_what_a_query_finds(labels: list[str], asked: list[str]) -> None:
    graph = graph_of(labels)
    for name in [*labels, *asked, *(label[1:] for label in labels)]:
        found = graph.find(name)
        with patch.object(names, "_CANDIDATES", -1):  # no name is compared: all are queried
            assert found == graph.find(name)
        assert graph._named(name) == named(graph, name)


def test_the_rarest_word_is_looked_for() -> None:
    graph = graph_of([f"Person {number}" for number in range(100)])
    with patch.object(names, "_CANDIDATES", 5), patch.object(Graph, "run", autospec=True) as run:
        graph.find("person 42")
        graph.find("perso 42")
    assert "find" not in {call.args[1] for call in run.call_args_list}


def test_what_no_name_is_may_be_a_curie_without_its_prefix(graph: Graph) -> None:
    assert graph.resolve(" karen-elson").value == "https://w3id.org/allgraph/id/karen-elson"
    with pytest.raises(UnknownName):
        graph.resolve("karen-elsen")
