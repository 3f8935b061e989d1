"""The rules about sense find what comparing all claims with all finds, in small random graphs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from allgraph.folder import builtin
from allgraph.model import edtf
from allgraph.model.derivation import Derivation
from allgraph.model.facts import OF_DERIVATION
from allgraph.model.triples import TriplesBuilder
from allgraph.rdf import ntriples
from allgraph.rdf.terms import Prefixes
from allgraph.validation.rules import RuleHit
from allgraph.validation.sense import counts, legislation, offices, order
from allgraph.validation.sense.claims import ClaimColumns
from tests.support.snippets import HEAD, turtle
from tests.support.tools import share

Day = edtf.Day
BASE = "https://example.org/g/"


@cache
def ontology() -> str:
    """The built-in ontology as N-Triples."""
    quads = [quad for path in builtin().ontology_files() for quad in builtin().quads(path)]
    return ntriples.written(quads).decode()


def claims_of(lines: Iterable[str]) -> ClaimColumns:
    """The claims of a snippet."""
    text = HEAD + turtle("\n".join(lines))
    builder = TriplesBuilder()
    builder.add([ntriples.written(parse(text, format=RdfFormat.TURTLE)).decode()], BASE)
    builder.add([ontology()])
    stated = builder.built()
    derived = Derivation(stated.facts(OF_DERIVATION))
    return ClaimColumns(stated.with_derived(derived.triples()), Prefixes.of(BASE))


def name(term: object) -> str:
    """The local name of a term."""
    return str(term).rstrip(">").rpartition("/")[2]


def focus(hits: Iterable[RuleHit]) -> list[str]:
    return [name(hit.focus) for hit in hits]


DAYS = st.sampled_from(
    ["2012", "2013", "2013-01", "2013-02-03", "2013-06", "2014-01-01", "2012/2013", "2013/..",
     "../2013", "[..2013-02-03]", "[2013-05..]", "2013~", "2011-05/2014-03", ""]
)  # fmt: skip
"""Dates of a claim; the empty text is none."""


def bounds(when: str, aspect: edtf.Aspect) -> edtf.Bounds:
    return edtf.bounds(edtf.parse(when) if when else None, aspect)


def is_after(low: Day | None, high: Day | None) -> bool:
    """Whether a first day is certainly after a last day."""
    return low is not None and high is not None and low > high


def line(claim: str, body: str, when: str, more: str = "") -> str:
    return f"{claim} = {body}" + (f" @ {when}" if when else "") + more


ACTIONS = {
    "Introduced": "klein introduced {}", "Passed": "{} passed senate",
    "SignedByExecutive": "cuomo signedIntoLaw {}",
}  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from([*ACTIONS]), st.sampled_from(["b1", "b2"]), DAYS), max_size=6
)


@settings(max_examples=share(200))
@given(STEPS, st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=3))
def test_the_order_of_actions(
    steps: list[tuple[str, str, str]], rivals: set[tuple[int, int]]
) -> None:
    lines = ["b1: Bill", "b2: Bill", "klein: Person", "cuomo: Person", "senate: Chamber"]
    for number, (kind, bill, when) in enumerate(steps):
        others = [b for a, b in rivals if a == number and a != b < len(steps)]
        more = "".join(f" ; ag:conflictsWith claim:c{other}" for other in others)
        lines.append(line(f"c{number}", ACTIONS[kind].format(bill), when, more))
    expected = {
        steps[a][1]
        for a, b in permutations(range(len(steps)), 2)
        if steps[a][1] == steps[b][1]
        and [*ACTIONS].index(steps[a][0]) < [*ACTIONS].index(steps[b][0])
        and not {(a, b), (b, a)} & rivals
        and is_after(bounds(steps[a][2], "Event")[0], bounds(steps[b][2], "Event")[3])
    }
    hits = [*order.order_of_actions(claims_of(lines))]
    assert {steps[int(name(hit.focus)[1:])][1] for hit in hits} == expected
    for hit in hits:
        later, first = (steps[int(name(t)[1:])] for t in (hit.focus, hit.others[0][0]))
        assert is_after(bounds(first[2], "Event")[0], bounds(later[2], "Event")[3])


@settings(max_examples=share(200))
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("op"), DAYS), max_size=7))
def test_terms_that_overlap(terms: list[tuple[str, str, str]]) -> None:
    lines = ["o: Office", "p: Office", "a: Person", "b: Person"]
    lines += ['seat = o seatCount "1"^^xsd:integer', 'seats = p seatCount "2"^^xsd:integer']
    lines += [
        line(f"c{n}", f"{who} heldOffice {office}", when)
        for n, (who, office, when) in enumerate(terms)
    ]

    def overlap(a: str, b: str) -> bool:
        """Whether two terms have certain days in common, more than one."""
        (_, a2, a3, _), (_, b2, b3, _) = bounds(a, "State"), bounds(b, "State")
        if not (a2 and a3 and b2 and b3):
            return False
        return max(a2, b2) < min(a3, b3)

    pairs = {
        frozenset((a, b))
        for a, b in permutations(range(len(terms)), 2)
        if terms[a][0] != terms[b][0]
        and terms[a][1] == terms[b][1] == "o"
        and overlap(terms[a][2], terms[b][2])
    }
    hits = [*offices.two_holders(claims_of(lines))]
    found = {frozenset(int(name(t)[1:]) for t in (hit.focus, hit.others[0][0])) for hit in hits}
    assert found <= pairs
    assert bool(found) == bool(pairs)


@settings(max_examples=share(200))
@given(st.sets(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=10))
def test_circles(edges: set[tuple[str, str]]) -> None:
    lines = [f"{node}: Unit" for node in "abcdef"]
    lines += [f"{a}-{b} = {a} hasUnit {b}" for a, b in sorted(edges)]
    reach = {*edges}
    for via, a, b in product("abcdef", repeat=3):
        if {(a, via), (via, b)} <= reach:
            reach.add((a, b))
    proper = {(a, b) for a, b in edges if a != b}
    components = {
        frozenset(n for n in "abcdef" if {(a, n), (n, a)} <= reach)
        for a, b in proper
        if (b, a) in reach
    }
    hits = [*legislation.circle(claims_of(lines))]
    ways = [[name(hit.focus), *(name(t) for t, *_ in hit.others)] for hit in hits]
    for way in ways:
        ends = [tuple(step.split("-")) for step in way]
        assert {*ends} <= proper
        assert all(a[1] == b[0] for a, b in zip(ends, [*ends[1:], ends[0]], strict=True))
    of_ways = {component for component in components for way in ways if way[0][0] in component}
    assert of_ways == components


OPTIONS = ("Yes", "YesWithReservations", "No")


@settings(max_examples=share(200))
@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(OPTIONS)), max_size=8, unique=True),
    st.lists(st.tuples(st.sampled_from(OPTIONS), st.integers(0, 4)), max_size=4, unique=True),
    st.integers(0, 8),
)
def test_counts_of_votes(
    voters: list[tuple[str, str]], counted: list[tuple[str, int]], seats: int
) -> None:
    lines = ["v: Vote", "senate: Chamber", *(f"{voter}: Person" for voter in "abcd")]
    lines += [f"{p}-{o} = {p} tookPart v as {o}" for p, o in voters]
    lines += [
        f'n{n} = v voteCount "{count}"^^xsd:integer as {o}' for n, (o, count) in enumerate(counted)
    ]
    lines += [
        f'seats = senate seatCount "{seats}"^^xsd:integer',
        "acts = senate tookPart v as ActingBody",
    ]
    expected = set()
    for option in OPTIONS:
        is_apart = option != "Yes" or any(o == "YesWithReservations" for o, _ in counted)
        alike = {option} if is_apart else {option, "YesWithReservations"}
        named = {voter for voter, chosen in voters if chosen in alike}
        given_counts = [count for o, count in counted if o == option]
        if given_counts and len(named) > max(given_counts):
            expected.add(option)
    claims = claims_of(lines)
    hits = [*counts.more_votes_than_counted(claims)]
    assert {counted[int(name(hit.focus)[1:])][0] for hit in hits} == expected
    whole = [min(c for o, c in counted if o == option) for option in ("Yes", "No")
             if any(o == option for o, _ in counted)]  # fmt: skip
    assert bool([*counts.more_votes_than_seats(claims)]) == (sum(whole) > seats)


@settings(max_examples=share(200))
@given(st.lists(st.tuples(st.sampled_from("pq"), st.integers(0, 5), DAYS), max_size=7))
def test_counts_that_fall(told: list[tuple[str, int, str]]) -> None:
    lines = ["p: Petition", "q: Petition"]
    lines += [
        line(f"c{n}", f'{text} signatureCount "{count}"^^xsd:integer', when)
        for n, (text, count, when) in enumerate(told)
    ]
    expected = {
        f"c{b}"
        for a, b in permutations(range(len(told)), 2)
        if told[a][0] == told[b][0]
        and told[a][1] > told[b][1]
        and is_after(bounds(told[b][2], "State")[2], bounds(told[a][2], "State")[1])
    }
    assert {*focus(counts.count_falls(claims_of(lines)))} == expected
