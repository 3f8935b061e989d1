"""Groups of claims that cannot all be true: what joins them, and what they are about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from allgraph.graph import Graph, open_graph, rivals
from allgraph.graph.rivals import components, disagreements, shared
from tests.conftest import MakeFolder

pairs = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20)


@given(pairs)
def test_groups_are_what_pairs_join(joined: list[tuple[int, int]]) -> None:
    groups = components(joined)
    of_node = {node: number for number, group in enumerate(groups) for node in group}
    assert sum(map(len, groups)) == len(of_node)
    assert set(of_node) == {node for pair in joined for node in pair}
    assert all(of_node[one] == of_node[other] for one, other in joined)
    for group in groups:  # and no group falls into two that no pair joins
        reached, waiting = {group[0]}, [group[0]]
        while waiting:
            node = waiting.pop()
            near = {b for a, b in joined if a == node} | {a for a, b in joined if b == node}
            waiting += near - reached
            reached |= near
        assert reached == {*group} and group == sorted(group)


def test_what_claims_share_is_the_subject_of_all_else_the_object() -> None:
    assert shared([("a", "x"), ("a", "y")]) == "a"
    assert shared([("a", "x"), ("b", "x")]) == "x"
    assert shared([("a", "x"), ("a", "x")]) == "a"
    assert shared([("a", "x"), ("b", "y")]) == "a"
    assert shared([("a", None), ("b", None)]) == "a"


def claim(name: str, subject: str, when: str, more: str = "") -> str:
    return (
        f"claim:{name} a ag:Claim ; rdf:subject id:{subject} ; rdf:predicate ag:published ; "
        f"rdf:object id:letter ; ag:when '{when}'^^edtf:EDTF ; {more} "
        "ag:evidence [ oa:hasSource source:s ] .\n"
    )


THINGS = """id:letter a ag:Letter ; rdfs:label "Letter" . id:a a ag:Body ; rdfs:label "A" .
id:b a ag:Body ; rdfs:label "B" . source:s a ag:Source ; rdfs:label "S" .
"""


def test_claims_in_conflict_are_one_group_and_wrong_ones_are_in_none(
    make_folder: MakeFolder,
) -> None:
    data = (
        THINGS
        + claim("a1", "a", "2001", "ag:conflictsWith claim:a2 ;")
        + claim("a2", "a", "2002", "ag:conflictsWith claim:a3 ;")
        + claim("a3", "a", "2003")
        + claim("b1", "b", "2004", "ag:conflictsWith claim:b2 ;")
        + claim("b2", "b", "2005", "ag:rank ag:Deprecated ;")
        + claim("c1", "a", "2006", "ag:conflictsWith claim:c2 ;")
        + claim("c2", "b", "2007")
    )
    groups = disagreements(open_graph(make_folder({"data/x.ttl": data}, prefixes=True)))
    ends = [[iri.rpartition("/")[2] for iri in group.claims] for group in groups]
    assert ends == [["a1", "a2", "a3"], ["c1", "c2"]]
    assert [group.name for group in groups] == ["A", "Letter"]


def test_an_endpoint_has_the_same_groups(graph: Graph) -> None:
    there = rivals._at_endpoint(graph)  # which runs the query that an endpoint gets
    assert sorted(there, key=str) == sorted(disagreements(graph), key=str)
    assert len(disagreements(graph)) > 5
