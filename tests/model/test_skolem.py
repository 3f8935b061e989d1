"""Blank nodes of ours get IRIs; all others stay blank, and as many as they are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset

from allgraph.model import skolem
from allgraph.rdf import ntriples
from allgraph.rdf.terms import AG, OA, RDF
from tests.support.naming import named

OURS = ("<https://example.org/",)
TERMS = st.sampled_from(["<http://x/a>", "<http://x/b>", *(f"_:{name}" for name in "uvwxyz")])
LINES = st.lists(st.builds("{} <http://x/p> {} .".format, TERMS, TERMS), max_size=12)
"""Triples of any shape: trees, circles, and nodes with several triples that lead to them."""
TREES = st.lists(
    st.tuples(st.integers(-2, 20), st.sampled_from("pq"), st.lists(st.sampled_from("12"))),
    max_size=9,
)
"""For each node the number of an earlier one that it is under, or of an IRI, and its values."""


def forest(nodes: list[tuple[int, str, list[str]]]) -> list[str]:
    """Triples in which each blank node is under one other, or an IRI."""
    lines = []
    for number, (above, predicate, values) in enumerate(nodes):
        parent = f"_:n{above % number}" if number and above >= 0 else f"<http://x/{above}>"
        lines.append(f"{parent} <http://x/{predicate}> _:n{number} .")
        lines += [f'_:n{number} <http://x/r> "{value}" .' for value in values]
    return lines


def canonical(lines: list[str]) -> set[str]:
    dataset = Dataset(ntriples.quads(lines))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {*map(str, dataset)}


@given(LINES)
def test_what_is_not_of_ours_is_the_same_graph(lines: list[str]) -> None:
    assert canonical([*skolem.named_lines(lines, "f", OURS)]) == canonical(lines)


@given(TREES, st.randoms(use_true_random=False))
def test_labels_do_not_depend_on_the_order_of_triples(
    nodes: list[tuple[int, str, list[str]]], random: random.Random
) -> None:
    lines = forest(nodes)
    before = {*skolem.named_lines(lines, "f", OURS)}
    random.shuffle(lines)
    other = [line.replace("_:n", "_:other") for line in lines]
    assert {*skolem.named_lines(other, "f", OURS)} == before
    assert canonical([*before]) == canonical(lines)


@given(LINES)
def test_files_have_no_blank_node_in_common(lines: list[str]) -> None:
    def blank(file: str) -> set[str]:
        named = " ".join(skolem.named_lines(lines, file, OURS)).split(" ")
        return {term for term in named if term.startswith("_:")}

    assert blank("f").isdisjoint(blank("g"))


@given(LINES)
def test_a_line_that_is_there_twice_changes_no_name(lines: list[str]) -> None:
    for ours in (OURS, skolem.ANY):
        once = {*skolem.named_lines(dict.fromkeys(lines), "f", ours)}
        assert {*skolem.named_lines([*lines, *lines], "f", ours)} == once


@pytest.mark.parametrize(
    ("link", "is_ours"),
    [
        (f"<http://x/claim> <{AG}evidence>", True),
        (f"<http://x/claim> <{RDF}object>", True),
        (f"<http://x/evidence> <{OA}hasSource>", True),
        (f"<http://x/evidence> <{OA}hasSelector>", True),
        (f"<http://x/person> <{AG}underwent>", True),
        ("<https://example.org/id/a> <http://x/p>", True),
        ("<https://example.org/> <http://x/p>", True),
        ("<http://x/a> <http://x/p>", False),
        (f"<http://x/a> <{RDF}value>", False),
        (f"<http://x/a> <{OA}hasTarget>", False),
        ("<https://example.organ/id/a> <http://x/p>", False),
        ("<http://x/https://example.org/a> <http://x/p>", False),
    ],
)
def test_ours_are_things_of_the_folder_and_what_claims_are_made_of(
    link: str, is_ours: bool
) -> None:
    lines = [f"{link} _:b .", "_:b <http://x/p> _:c .", '_:c <http://x/p> "1" .']
    names = named(lines, OURS)
    assert {name[0] for name in names.values()} == ({"<"} if is_ours else {"_"})


def test_what_is_under_a_foreign_node_is_foreign() -> None:
    lines = ["<http://x/a> <http://x/p> _:b .", f"_:b <{AG}evidence> _:c ."]
    assert {name[0] for name in named(lines, OURS).values()} == {"_"}


def test_alike_nodes_of_ours_are_one_and_others_two() -> None:
    def lines(subject: str) -> list[str]:
        return [f"<{subject}> <http://x/p> _:{node} ." for node in "bc"]

    assert len({*named(lines("https://example.org/id/a"), OURS).values()}) == 1
    assert len({*named(lines("http://x/a"), OURS).values()}) == 2
