"""What follows is the same over columns as claim by claim."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from allgraph.folder import builtin
from allgraph.model import derivation, skolem, vocabulary
from allgraph.model.derivation_arrays import NumberedStatements
from allgraph.model.triples import Triples
from allgraph.rdf.terms import Node, Term, ag
from tests.conftest import BASE
from tests.support.tools import share

CLAIMS = [NamedNode(f"{BASE}claim/{n}") for n in range(5)]
THINGS: list[Node] = [*(NamedNode(f"{BASE}id/{n}") for n in range(3)), BlankNode()]
EVIDENCE: list[Node] = [NamedNode(f"{BASE}claim/0#e"), BlankNode(), NamedNode(f"{BASE}claim/1#e")]
SOURCES = [NamedNode(f"{BASE}source/{n}") for n in range(2)]
ROLE = ag("Founder")
CLAIMED = (
    ag("servedOn"),
    ag("founded"),
    vocabulary.TOOK_PART,
    vocabulary.UNDERWENT,
    ag("unheardOf"),
    vocabulary.TOOK_PART,
    vocabulary.UNDERWENT,
)
DATES = ("2012", "2012-02-30", "1999-05/2003", "2013?", "../2011-06", "Y-12345", "2020-01-01", "x")
WORDS: dict[NamedNode, list[Term]] = {
    vocabulary.RANK: [vocabulary.DEPRECATED, ag("Preferred")],
    vocabulary.PROSPECTIVE: [Literal("true"), Literal("false"), Literal(True)],
    vocabulary.CONFLICTS: [*CLAIMS, Literal("x"), *THINGS],
    vocabulary.ROLE: [ROLE, Literal("founder")],
    vocabulary.EVIDENCE: [*EVIDENCE, Literal("x")],
    vocabulary.SENSITIVE: [Literal(True), Literal(False)],
}
ONTOLOGY = [
    Quad(CLAIMED[0], vocabulary.ASPECT, ag("State")),
    Quad(CLAIMED[1], vocabulary.ASPECT, ag("Event")),
    Quad(CLAIMED[2], vocabulary.ASPECT, ag("Event")),
    Quad(CLAIMED[3], vocabulary.ASPECT, ag("Event")),
    Quad(ROLE, vocabulary.YIELDS, CLAIMED[1]),
    Quad(ROLE, vocabulary.YIELDS, Literal("x")),
]


@st.composite
def graphs(draw: st.DrawFn) -> list[Quad]:
    """Claims that are mostly whole, and much that is said of them, some of it wrong."""
    quads = []
    for claim in CLAIMS:
        parts = draw(st.sampled_from([*THINGS, Literal("x")])), draw(st.sampled_from(CLAIMED))
        end = draw(st.sampled_from([*THINGS, *THINGS[:1] * 6, CLAIMS[0], Literal("x")]))
        said = zip(
            (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT),
            (*parts, end),
            strict=True,
        )
        quads += [Quad(claim, part, term) for part, term in said if draw(st.integers(0, 19))]
        if draw(st.integers(0, 9)):
            quads.append(Quad(claim, vocabulary.TYPE, vocabulary.CLAIM))
        for when in draw(st.lists(st.sampled_from(DATES), max_size=2)):
            quads.append(Quad(claim, vocabulary.WHEN, Literal(when)))
        for predicate, words in WORDS.items():
            some = draw(st.lists(st.sampled_from(words), max_size=2))
            quads += [Quad(claim, predicate, word) for word in some]
    for evidence in EVIDENCE:
        some = draw(st.lists(st.sampled_from(SOURCES), max_size=2))
        quads += [Quad(evidence, vocabulary.SOURCE, source) for source in some]
        for date in draw(st.lists(st.sampled_from(DATES), max_size=2)):
            quads.append(Quad(evidence, vocabulary.CURRENT, Literal(date)))
    for source in SOURCES:
        for date in draw(st.lists(st.sampled_from(DATES), max_size=2)):
            which = draw(st.sampled_from([vocabulary.READ, vocabulary.LATEST]))
            quads.append(Quad(source, which, Literal(date)))
    odd = st.builds(
        Quad,
        st.sampled_from([*CLAIMS, *THINGS]),
        st.sampled_from([vocabulary.PREDICATE, vocabulary.OBJECT, vocabulary.SOURCE, *WORDS]),
        st.sampled_from([*THINGS, *CLAIMS, Literal("x")]),
    )
    return quads + draw(st.lists(odd, max_size=3))


def same(quads: list[Quad]) -> set[derivation.Parts]:
    """What follows, which has to be the same both ways."""
    triples, by_claim = Triples(), derivation.Statements()
    triples.add(quads)
    by_claim.add(quads)
    over_columns = NumberedStatements(triples)
    assert len(over_columns) == len(by_claim)
    assert {*over_columns.claims()} == {*by_claim.claims()}
    assert over_columns.sensitive() == by_claim.sensitive()
    terms = triples.terms
    rows = over_columns.numbers().tolist()
    found = {(terms[s], terms[p], terms[o]) for s, p, o in rows}
    assert found == {*by_claim.derived()}
    return found


@pytest.mark.long
@settings(max_examples=share(300))
@given(graphs())
def test_random_claims_have_the_same_consequences(quads: list[Quad]) -> None:
    same(ONTOLOGY + quads)


def test_the_built_in_claims_have_the_same_consequences() -> None:
    folder = builtin()
    files = [*folder.data_files(), *folder.ontology_files()]
    named = (skolem.named_quads(folder.quads(path), folder.base_of(path)) for path in files)
    found = same([quad for quads in named for quad in quads])
    assert {predicate for _, predicate, _ in found} >= {*vocabulary.BOUNDS, vocabulary.CLAIM_SOURCE}


@pytest.mark.parametrize("more", [[], [Quad(CLAIMS[0], vocabulary.TYPE, vocabulary.CLAIM)]])
def test_nothing_follows_from_nothing(more: list[Quad]) -> None:
    assert same(more) == set()


def test_what_is_derived_is_not_stated() -> None:
    """Rows that were derived do not count when something is derived, or asked of a claim."""
    claim, thing = CLAIMS[0], THINGS[0]
    said = [CLAIMS[1], vocabulary.WHEN, thing, vocabulary.CLAIM]
    parts = [vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT, vocabulary.TYPE]
    triples = Triples()
    triples.add([Quad(claim, part, term) for part, term in zip(parts, said, strict=True)])
    statements = NumberedStatements(triples)
    triples.derive(statements.numbers())
    assert triples.relation(vocabulary.WHEN).subjects.size == 1
    again = NumberedStatements(triples)
    assert again.values(CLAIMS[1], vocabulary.WHEN) == []
    assert again.numbers().tolist() == statements.numbers().tolist()
