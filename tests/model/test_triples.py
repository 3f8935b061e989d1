"""Tables of triples: each term keeps the number that it got, whatever was added before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, NamedNode, Quad

from allgraph.model.triples import Triples

NODES = st.one_of(
    st.builds("urn:{}".format, st.sampled_from("abc")).map(NamedNode),
    st.sampled_from("xyz").map(BlankNode),
)
FILES = st.lists(
    st.tuples(
        st.lists(st.builds(Quad, NODES, st.just(NamedNode("urn:p")), NODES), max_size=3),
        st.sampled_from([None, "http://example.org/a", "http://example.org/b"]),
    ),
    max_size=4,
)


@given(FILES, st.lists(st.tuples(NODES, st.booleans())))
def test_a_term_has_its_number_whichever_files_came_before(
    files: list[tuple[list[Quad], str | None]], kept: list[tuple[NamedNode | BlankNode, bool]]
) -> None:
    """Files may be empty, or have blank nodes that lose their numbers."""
    triples = Triples()
    for quads, base in files:
        triples.add(quads, base)
    for term, are_terms_made in kept:
        if are_terms_made:
            assert len(triples.terms) >= len(triples.numbers)
        triples.keep(term)
    assert all(triples.terms[number] == term for term, number in triples.numbers.items())
