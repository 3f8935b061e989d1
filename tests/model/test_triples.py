"""Tables of triples: each term keeps the number that it got, whatever was added before."""

from __future__ import annotations

import pytest
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


LINE = '<x:a> <x:p> "b c" .\n'
UNREAD = {
    "a prefix": "@prefix x: <x:> .\n",
    "a comment": "# x\n",
    "an empty line": "\n",
    "a comment at the end": "<x:a> <x:p> <x:b> . # x .\n",
    "two spaces": "<x:a>  <x:p> <x:b> .\n",
    "no space": "<x:a> <x:p> <x:b>.\n",
    "a tab": "<x:a>\t<x:p> <x:b> .\n",
    "a carriage return": "<x:a> <x:p> <x:b> .\r\n",
    "no line end": "<x:a> <x:p> <x:b> .",
    "an escape": '<x:a> <x:p> "\\u0062" .\n',
    "the datatype of all texts": ('<x:a> <x:p> "b"^^<http://www.w3.org/2001/XMLSchema#string> .\n'),
    "a graph": "<x:a> <x:p> <x:b> <x:g> .\n",
    "a blank node": "_:a <x:p> <x:b> .\n",
    "a triple": "<x:a> <x:p> <<( <x:a> <x:p> <x:b> )>> .\n",
    "a literal as subject": '"a" <x:p> <x:b> .\n',
    "a literal as predicate": '<x:a> "p" <x:b> .\n',
    "a relative IRI": "<x:a> <x:p> <b> .\n",
    "a text that does not end": '<x:a> <x:p> "b .\n',
    "no object": "<x:a> <x:p> .\n",
    "two objects": "<x:a> <x:p> <x:b> <x:c> .\n",
}


@pytest.mark.parametrize("case", UNREAD)
def test_lines_in_another_form_are_left_to_the_parser(case: str) -> None:
    for text in (UNREAD[case], LINE + UNREAD[case], UNREAD[case] + LINE):
        builder = TriplesBuilder()
        builder.add([LINE], "urn:a")
        assert not builder.add_unparsed([LINE, text], "urn:b")
        builder.add(["<x:c> <x:p> <x:c> .\n"], "urn:c")
        triples = builder.built()
        assert triples.texts == ["<x:a>", "<x:p>", '"b c"', "<x:c>"] == [*triples.numbers]
        assert triples.columns.T.tolist() == [[0, 1, 2], [3, 1, 3]]
        assert [file.base for file in triples.files] == ["urn:a", "urn:c"]


@given(FILES)
def test_lines_that_are_written_need_no_parser(files: list[tuple[list[Quad], str]]) -> None:
    parsed, unparsed = TriplesBuilder(), TriplesBuilder()
    for quads, base in files:
        lines = [ntriples.written([quad]).decode() for quad in quads]
        named = [line for line in lines if "_:" not in line]
        parsed.add(named, base)
        assert unparsed.add_unparsed(named, base)
        assert unparsed.add_unparsed(lines, base) == (named == lines)
        if named == lines:
            parsed.add(lines, base)
    expected, found = parsed.built(), unparsed.built()
    assert found.texts == expected.texts
    assert found.columns.tolist() == expected.columns.tolist()
