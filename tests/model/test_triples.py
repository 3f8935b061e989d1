"""Tables of triples: each term keeps the number that it got, whatever was added before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, NamedNode, Quad

from allgraph.model.triples import Triples, TriplesBuilder
from allgraph.rdf import ntriples
from tests.support.naming import named_quads

NODES = st.one_of(
    st.builds("urn:{}".format, st.sampled_from("abc")).map(NamedNode),
    st.sampled_from("xyz").map(BlankNode),
)
FILES = st.lists(
    st.tuples(
        st.lists(st.builds(Quad, NODES, st.just(NamedNode("urn:p")), NODES), max_size=3),
        st.sampled_from(["", "http://example.org/a", "http://example.org/b"]),
    ),
    max_size=4,
)


def built(files: list[tuple[list[Quad], str]]) -> Triples:
    """The triples of some files, each given with its base, in pieces of a line."""
    builder = TriplesBuilder()
    for quads, base in files:
        builder.add((ntriples.written([quad]).decode() for quad in quads), base)
    return builder.built()


@given(FILES, st.lists(NODES))
def test_a_term_has_its_number_whichever_files_came_before(
    files: list[tuple[list[Quad], str]], kept: list[NamedNode | BlankNode]
) -> None:
    """Files may be empty, or have blank nodes that get other labels."""
    triples = built(files)
    numbers = dict(triples.numbers)
    for term in kept:
        assert triples.term(triples.keep(term)) == term
    assert numbers.items() <= triples.numbers.items()
    assert all(str(triples.term(number)) == text for text, number in triples.numbers.items())


@given(FILES)
def test_blank_nodes_stay_apart_and_can_be_named_as_loading_does(
    files: list[tuple[list[Quad], str]],
) -> None:
    triples = built([(quads, f"urn:file{n}") for n, (quads, _) in enumerate(files)])
    blank: set[object] = set()
    for number, (quads, _) in enumerate(files):
        rows = [[triples.term(term) for term in row] for row in triples.rows_of(number)]
        loaded = [Quad(*map(triples.loaded, row)) for row in rows]  # type: ignore[arg-type]
        assert loaded == named_quads(quads, f"urn:file{number}")
        before = {term for quad in quads for term in quad if isinstance(term, BlankNode)}
        now = {term for row in rows for term in row if isinstance(term, BlankNode)}
        assert len(before) == len(now) and blank.isdisjoint(now)
        blank |= now
