"""Tables of triples: each term keeps the number that it got, whatever was added before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, NamedNode, Quad

from allgraph.model import skolem
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


@given(FILES)
def test_blank_nodes_stay_apart_and_can_be_named_as_loading_does(
    files: list[tuple[list[Quad], str | None]],
) -> None:
    triples = Triples()
    for number, (quads, _) in enumerate(files):
        triples.add(quads, f"urn:file{number}")
    blank: set[object] = set()
    for number, (quads, _) in enumerate(files):
        rows = [[triples.terms[term] for term in row] for row in triples.rows_of(number)]
        loaded = [Quad(*map(triples.loaded, row)) for row in rows]  # type: ignore[arg-type]
        assert loaded == skolem.named_quads(quads, f"urn:file{number}")
        before = {term for quad in quads for term in quad if isinstance(term, BlankNode)}
        now = {term for row in rows for term in row if isinstance(term, BlankNode)}
        assert len(before) == len(now) and blank.isdisjoint(now)
        blank |= now
