"""What follows from claims is what the rules say, one by one, over all triples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from allgraph.errors import DateError
from allgraph.folder import builtin
from allgraph.model import edtf, vocabulary
from allgraph.model.derivation import day_literal
from allgraph.model.facts import OF_DERIVATION
from allgraph.model.vocabulary import DEPRECATED
from allgraph.rdf import ntriples
from allgraph.rdf.terms import OWL, Node, Term, ag, local_name, text
from tests.conftest import BASE
from tests.support.derived import consequences
from tests.support.naming import named_quads
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


def by_definition(quads: Iterable[Quad]) -> set[tuple[Term, ...]]:
    """What follows from claims, one rule after another, as the design words them."""
    stated = {(quad.subject, quad.predicate, quad.object) for quad in quads}

    def objects(node: Term, predicate: NamedNode) -> set[Term]:
        return {o for s, p, o in stated if s == node and p == predicate}

    claims = {s for s, p, o in stated if p == vocabulary.TYPE and o == vocabulary.CLAIM}
    follows: set[tuple[Term, ...]] = set()
    told: dict[Term, tuple[Term, NamedNode, Term]] = {}
    for claim in claims:
        parts = [objects(claim, part) for part in vocabulary.PARTS]
        if {*map(len, parts)} != {1}:
            continue
        [subject], [predicate], [obj] = parts
        if isinstance(subject, Literal) or not isinstance(predicate, NamedNode):
            continue
        told[claim] = subject, predicate, obj
        evidence = objects(claim, vocabulary.EVIDENCE)
        sources = {source for e in evidence for source in objects(e, vocabulary.SOURCE)}
        follows |= {(claim, vocabulary.CLAIM_SOURCE, source) for source in sources}
        rivals = objects(claim, vocabulary.CONFLICTS) & claims
        follows |= {(rival, vocabulary.CONFLICTS, claim) for rival in rivals}
        with suppress(DateError):
            days = _bounds(objects, claim, predicate, evidence, sources)
            pairs = zip(vocabulary.BOUNDS, days, strict=True)
            follows |= {(claim, p, ntriples.term(day_literal(d))) for p, d in pairs if d}
    told = {c: t for c, t in told.items() if DEPRECATED not in objects(c, vocabulary.RANK)}
    follows |= set(told.values())
    for part, (person, tie, event) in told.items():
        if tie == vocabulary.TOOK_PART:
            roles = objects(part, vocabulary.ROLE)
            yielded = {p for role in roles for p in objects(role, vocabulary.YIELDS)}
            things = {s for s, p, o in told.values() if (p, o) == (vocabulary.UNDERWENT, event)}
            named = {p for p in yielded if isinstance(p, NamedNode)}
            follows |= {(person, p, thing) for p in named for thing in things}
    return follows


def _bounds(
    objects: Callable[[Term, NamedNode], set[Term]],
    claim: Term,
    predicate: Term,
    evidence: set[Term],
    sources: set[Term],
) -> edtf.Bounds:
    """When a claim can have begun and ended; raises `DateError`."""
    aspect = edtf.aspect_of({local_name(text(a)) for a in objects(predicate, vocabulary.ASPECT)})
    dates = {text(date): edtf.parse(text(date)) for date in objects(claim, vocabulary.WHEN)}
    given = edtf.bounds(next(iter(dates.values())) if len(dates) == 1 else None, aspect)
    current = [
        edtf.parse(text(date)).span[0] for e in evidence for date in objects(e, vocabulary.CURRENT)
    ]
    flags = {text(f) for f in objects(claim, vocabulary.PROSPECTIVE) if isinstance(f, Literal)}
    reported = [
        edtf.parse(text(date)).span[1]
        for source in ([] if flags & {"true", "1"} else sources)
        for kind in (vocabulary.LATEST, vocabulary.READ)
        for date in objects(source, kind)
    ]
    return edtf.tighten(
        given, aspect, current=filter(None, current), reported=filter(None, reported)
    )


def check(quads: list[Quad]) -> set[tuple[Term, ...]]:
    """What follows, which has to be what the rules say."""
    found = {tuple(triple) for triple in consequences(quads)}
    assert found == by_definition(quads)
    return found


@pytest.mark.long
@settings(max_examples=share(1000))
@given(graphs())
def test_random_claims_have_the_consequences_of_the_rules(quads: list[Quad]) -> None:
    check(ONTOLOGY + quads)


def test_the_built_in_claims_have_the_consequences_of_the_rules() -> None:
    folder = builtin()
    files = [*folder.data_files(), *folder.ontology_files()]
    named = (named_quads(folder.quads(path), folder.base_of(path)) for path in files)
    quads = [quad for of_file in named for quad in of_file]
    # What a lifetime bounds has tests, and a definition, of its own.
    used = {*OF_DERIVATION} - {vocabulary.LIFETIME}
    few = [q for q in quads if q.predicate in used and not text(q.object).startswith(OWL)]
    found = check(few)
    assert {predicate for _, predicate, _ in found} >= {*vocabulary.BOUNDS, vocabulary.CLAIM_SOURCE}


@pytest.mark.parametrize("more", [[], [Quad(CLAIMS[0], vocabulary.TYPE, vocabulary.CLAIM)]])
def test_nothing_follows_from_nothing(more: list[Quad]) -> None:
    assert check(more) == set()
