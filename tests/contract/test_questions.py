"""The named questions: their expected rows, the law of sources, and what they say of days."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import product

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize
from rdflib.query import ResultRow

from allgraph.errors import DateError, ParameterError
from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import Claim, claims
from allgraph.graph.examples import check
from allgraph.model import edtf as dates
from allgraph.model import vocabulary
from allgraph.rdf import terms
from allgraph.rdf.terms import RDFS, Term, ag
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.questions import Query
from tests.support.derived import filled_with, stated
from tests.support.tools import share, tenth
from tests.support.verdicts import verdict

Cells = tuple[Term | None, ...]
Stated = tuple[Quad, str]
"""What `stated` gives."""

NAMES = sorted(path.stem for path in (builtin().root / "queries").glob("*.rq"))
WIDE = {"attempts", "law-and-campaign", "lawmakers-of-several"}  # rows become blocks
JARGON = re.compile(r"\b(IRI|URI|RDF|SPARQL|triple|predicate|node|entity|literal)s?\b", re.I)
RANKS = {"Normal": ag("Normal"), "Preferred": ag("Preferred"), "Deprecated": ag("Deprecated")}


@cache
def graph() -> Graph:
    return open_graph()


def questions(*, absent: bool) -> list[str]:
    return [name for name in NAMES if (graph().queries[name].absence is not None) == absent]


def bound(query: Query) -> Iterator[str]:
    """The SPARQL text of each example of a question."""
    for example in query.examples:
        yield query.bind(query.values(example, graph().resolve))


def held() -> Embedded:
    """The engine of the built-in graph."""
    engine = graph().engine
    assert isinstance(engine, Embedded)
    return engine


def rows(engine: Embedded, text: str) -> list[Cells]:
    return [tuple(row.values()) for row in engine.query(text).rows]


def cited(query: Query, row: Cells) -> frozenset[Term]:
    """The claims in the claim columns of a row."""
    pairs = zip(query.columns, row, strict=True)
    return frozenset(cell for name, cell in pairs if name in query.claim_columns and cell)


@dataclass(frozen=True)
class World:
    """What is stated in the graph (see `Stated`), that of each claim and its evidence apart."""

    claims: Mapping[Term, list[Stated]]
    rest: list[Stated]

    def only(self, kept: frozenset[Term], more: tuple[Triple, ...] = ()) -> Embedded:
        """An engine over some claims and all that is no claim; links to other claims go."""
        pairs = [
            *self.rest,
            *(pair for claim in kept for pair in self.claims[claim]),
            *map(stated, more),
        ]
        return engine([p for p in pairs if p[0].object not in self.claims or p[0].object in kept])

    def without(self, gone: frozenset[Term]) -> Embedded:
        """An engine over all but some claims."""
        return self.only(frozenset(self.claims) - gone)


def engine(pairs: list[Stated]) -> Embedded:
    """An engine over what is stated and what follows from it."""
    return Embedded(filled_with(pairs, unreadable), graph().prefixes)


def unreadable(claim: str, error: DateError) -> None:
    raise AssertionError(f"{claim}: {error}")


@cache
def world() -> World:
    quads = [*held().store.quads_for_pattern(None, None, None, DefaultGraph())]
    parts: dict[Term, list[Stated]] = {
        quad.subject: []
        for quad in quads
        if quad.predicate == vocabulary.TYPE and quad.object == vocabulary.CLAIM
    }
    rest: list[Stated] = []
    for quad in quads:
        parts.get(owner_of(quad.subject), rest).append(stated(quad))
    return World(parts, rest)


def owner_of(node: Term) -> Term:
    """The claim that a node of evidence hangs under, or the node itself."""
    if isinstance(node, NamedNode) and "/claim/" in node.value:
        return NamedNode(node.value.partition("#")[0])
    return node


# ---- Examples and declarations


def test_every_example_gives_its_expected_rows() -> None:
    outcomes = list(check(graph()))
    assert [outcome for outcome in outcomes if not outcome.ok] == []
    folder = builtin().root / "queries"
    files = {path.name for path in folder.glob("*.csv")}
    assert files == {outcome.path.rpartition("/")[2] for outcome in outcomes}


@pytest.mark.parametrize("name", NAMES)
def test_a_thing_of_another_kind_has_rows_or_is_an_error(name: str) -> None:
    query = graph().queries[name]
    for parameter in query.parameters:
        classes = " ".join(f"<{kind}>" for kind in parameter.kinds)
        for thing in one_of_each_kind() if classes else ():
            values = {**(query.examples[0] if query.examples else {}), parameter.name: thing}
            fits = f"ASK {{ VALUES ?kind {{ {classes} }} {thing} a/rdfs:subClassOf* ?kind }}"
            try:
                answer = graph().ask(name, **values)
            except ParameterError as error:
                assert "search " in str(error) or "take " in str(error)
                assert not graph().sparql(fits)
            else:
                assert answer or graph().sparql(fits), (parameter.name, thing)


@cache
def one_of_each_kind() -> list[NamedNode]:
    iris = (str(row["thing"]).strip("<>") for row in graph().run("names").rows)
    return [
        *{t.kind: NamedNode(t.iri) for t in graph().described(iris).values() if t.kind}.values()
    ]


def test_there_are_many_questions_and_few_about_absence() -> None:
    assert len(NAMES) >= 24
    assert len(questions(absent=True)) <= 5


@pytest.mark.parametrize("name", NAMES)
def test_the_help_is_plain_english(name: str) -> None:
    query = graph().queries[name]
    for text in (*query.help.split("\n\n"), *(p.help for p in query.parameters)):
        assert re.fullmatch(r"[A-Z].*[.?]", text), text
        assert not JARGON.search(text), text
    assert query.absence is None or re.fullmatch(r"[a-z].*\.", query.absence)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_runs_in_any_sparql_tool(name: str) -> None:
    text = graph().queries[name].text
    Store().query(text)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_another_engine_gives_the_same_rows(name: str) -> None:
    """Of a quarter of the claims, and of some that the answer cites; with `LONG`, of all."""
    text = next(bound(graph().queries[name]))
    here = part()
    given = rows(here, text)
    assert given or not rows(held(), text)
    theirs: Counter[tuple[str, ...]] = Counter()
    for row in elsewhere().query(text):
        assert isinstance(row, ResultRow)
        theirs[tuple("" if cell is None else str(cell) for cell in row)] += 1
    assert Counter(tuple(map(value, row)) for row in given) == theirs


@cache
def part() -> Embedded:
    """The graph with a quarter of its claims, and those of the first rows of each question."""
    claims = sorted(world().claims, key=str)
    kept = {*random.Random(1).sample(claims, share(len(claims)))}
    for name in NAMES:
        query = graph().queries[name]
        for row in rows(held(), next(bound(query)))[:3]:
            kept |= cited(query, row)
    return world().only(frozenset(kept))


@cache
def elsewhere() -> rdflib.Graph:
    """That part of the graph in rdflib, derived triples and all."""
    triples = [Triple(quad.subject, quad.predicate, quad.object) for quad in part().store]
    text = serialize(triples, format=RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=text or b"", format="nt")


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_fits_a_terminal(name: str) -> None:
    query = graph().queries[name]
    for example in query.examples:
        hidden = (*query.claim_columns, *set(query.name_columns.values()) - {"thing"})
        answer = graph().ask(name, **example).without(hidden)
        lines = answer.write("table", width=80).decode().splitlines()
        assert max(map(len, lines)) <= 80
        if answer.rows and name not in WIDE:
            labels = " ".join(query.labels[c] for c in query.columns if c not in hidden)
            assert lines[0].split() == labels.split()


@cache
def labels() -> frozenset[str]:
    """The labels of all things and sources."""
    named = (
        "SELECT ?label { ?thing rdfs:label ?label "
        "FILTER(STRSTARTS(STR(?thing), STR(id:)) || STRSTARTS(STR(?thing), STR(source:))) }"
    )
    return frozenset(terms.text(row["label"]) for row in graph().sparql(named).rows)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_its_iri_beside_it(name: str) -> None:
    query = graph().queries[name]
    assert {c for c in query.columns if re.search("[nN]ame", c)} == query.name_columns.keys()
    for example in query.examples:
        for row in graph().ask(name, **example).rows:
            assert {c for c, cell in row.items() if terms.text(cell) in labels()} <= {
                *query.name_columns
            }


@pytest.mark.parametrize("name", NAMES)
def test_no_row_is_given_twice(name: str) -> None:
    for text in bound(graph().queries[name]):
        given = rows(held(), text)
        assert len(set(given)) == len(given)


# ---- The law of sources


@pytest.mark.long
@pytest.mark.parametrize("name", questions(absent=False))
def test_a_row_stands_and_falls_with_its_claims(name: str) -> None:
    query = graph().queries[name]
    for text in bound(query):
        for row in tenth(rows(held(), text)):
            sources = cited(query, row)
            assert sources and sources <= world().claims.keys()
            assert row in rows(only(sources), text), "kept its claims, lost the row"
            assert row not in rows(without(sources), text), "lost its claims, kept the row"


@lru_cache(maxsize=50)
def only(claims: frozenset[Term]) -> Embedded:
    return world().only(claims)


@lru_cache(maxsize=50)
def without(claims: frozenset[Term]) -> Embedded:
    return world().without(claims)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_deprecated_claim_is_not_cited_and_the_other_rows_stay(name: str) -> None:
    query = graph().queries[name]
    for text in bound(query):
        before = rows(held(), text)
        for claim in sample(query, before):
            after = rows(deprecating(claim), text)
            assert not any(claim in cited(query, row) for row in after)
            if query.absence is None:
                assert set(after) >= {row for row in before if claim not in cited(query, row)}


def sample(query: Query, given: list[Cells]) -> set[NamedNode]:
    """A few of the claims that rows cite, some from each column."""
    found: set[NamedNode] = set()
    for number, column in enumerate(query.columns):
        if column in query.claim_columns:
            there = {row[number] for row in given}
            some = sorted((c for c in there if isinstance(c, NamedNode)), key=str)
            found |= set(random.Random(query.name).sample(some, min(share(3), len(some))))
    return found


@lru_cache(maxsize=50)
def deprecating(claim: NamedNode) -> Embedded:
    mark = Triple(claim, vocabulary.RANK, RANKS["Deprecated"])
    return world().only(frozenset(world().claims), (mark,))


def test_everything_from_a_source_is_listed() -> None:
    taken: dict[Term, set[Term]] = {}
    for claim, pairs in world().claims.items():
        for quad, _ in pairs:
            if quad.predicate == vocabulary.SOURCE:
                taken.setdefault(quad.object, set()).add(claim)
    for source, from_it in taken.items():
        answer = graph().ask("from-source", source=source)
        assert {row["claim"] for row in answer.rows} == from_it


# ---- Days


BOARDS = ("Model Alliance", "Model Alliance Advisory Board", "Model Alliance Board of Directors")
DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
Verdicts = set[tuple[str, str, str]]
"""Claim, certainty, and the rival that disputes it, if any."""


@pytest.mark.parametrize("body", BOARDS)
def test_nobody_is_certainly_on_a_board_today(body: str) -> None:
    answer = graph().ask("board-on-day", body=body, day="2026-11-23")
    assert answer.rows
    assert {str(row["certainty"]) for row in answer.rows} == {'"possible"'}


@settings(deadline=None, max_examples=60)
@given(DAYS)
def test_days_get_the_verdicts_of_the_dates(day: date) -> None:
    every = all_claims()
    given_ = verdicts(graph(), "office-on-day", day=str(day))
    assert given_ == expected(every, "heldOffice", day)
    boards = verdicts(graph(), "board-on-day", day=str(day), body="Model Alliance")
    own = [claim for claim in every if "model-alliance" in value(claim.object)]
    assert boards == expected(own, "servedOn", day)


@cache
def all_claims() -> list[Claim]:
    return claims(graph())


def verdicts(graph: Graph, question: str, **values: str) -> Verdicts:
    return {
        (value(row["claim"]), value(row["certainty"]), value(row["rivalClaim"]))
        for row in graph.ask(question, **values).rows
    }


def value(term: Term | None) -> str:
    return term.value if isinstance(term, (NamedNode, Literal)) else ""


def expected(every: list[Claim], predicate: str, on: date) -> Verdicts:
    """What the rules say, claim by claim."""
    day = (on.year, on.month, on.day)
    standing = {claim.iri: claim for claim in every if claim.rank != "Deprecated"}
    alike: dict[object, list[Claim]] = {}
    for claim in standing.values():
        if claim.predicate == ag(predicate).value:
            alike.setdefault((claim.subject, claim.object), []).append(claim)
    found: Verdicts = set()
    for same in alike.values():
        for claim in same:
            own = verdict(claim.bounds, "State", day)
            if own == "no" or any(is_within(c.bounds, claim.bounds) for c in same):
                continue
            rivals = {
                rival.iri
                for rival in (standing[iri] for iri in claim.rivals if iri in standing)
                if verdict(rival.bounds, "State", day) != own
                and not (claim.rank == "Preferred" != rival.rank)
            }
            disputed = {(claim.iri, "possible", rival) for rival in rivals}
            found |= disputed or {(claim.iri, own, "")}
    return found


def is_within(inner: dates.Bounds, outer: dates.Bounds) -> bool:
    """Whether the one allows less than the other, and nothing else."""
    (b1, b2, e1, e2), (c1, c2, f1, f2) = inner, outer
    never, always = (0, 0, 0), (9999, 12, 31)
    return inner != outer and (
        (b1 or never) >= (c1 or never)
        and (b2 or always) <= (c2 or always)
        and (e1 or never) >= (f1 or never)
        and (e2 or always) <= (f2 or always)
    )


WHENS = (
    None, "2012", "2012-06-15", "2012-06-16", "[..2012-06-15]", "[2012-06-15..]", "2011/2013",
    "2010-07/2013", "2012-03-01/2012-09-30", "2012-03/2012-07", "2012/..", "/2012-07", "2012~",
    "2011/2012?",
)  # fmt: skip
RANKED = (("Normal", "Normal"), ("Preferred", "Normal"), ("Preferred", "Preferred"),
          ("Deprecated", "Normal"))  # fmt: skip


@cache
def pairs() -> Graph:
    """Two claims with any two dates and ranks, rivals or not; each pair has its own person.

    A tenth of all such pairs; all of them with `LONG`.
    """
    office, predicate = NamedNode("https://x.org/office"), ag("heldOffice")
    triples = [
        Triple(predicate, ag("aspect"), ag("State")),
        Triple(predicate, NamedNode(RDFS + "label"), Literal("held office")),
    ]
    kinds = tenth([*product(WHENS, WHENS, RANKED, (True, False))])
    for number, (*whens, ranks, rivals) in enumerate(kinds):
        both = [NamedNode(f"https://x.org/claim/{number}-{which}") for which in "ab"]
        for claim, when, rank in zip(both, whens, ranks, strict=True):
            person = NamedNode(f"https://x.org/person/{number}")
            triples += [
                Triple(claim, vocabulary.TYPE, vocabulary.CLAIM),
                Triple(claim, vocabulary.SUBJECT, person),
                Triple(claim, vocabulary.PREDICATE, predicate),
                Triple(claim, vocabulary.OBJECT, office),
                Triple(claim, vocabulary.RANK, RANKS[rank]),
            ]
            if when:
                edtf = Literal(when, datatype=NamedNode(dates.EDTF))
                triples.append(Triple(claim, vocabulary.WHEN, edtf))
        if rivals:
            triples.append(Triple(both[0], vocabulary.CONFLICTS, both[1]))
    return Graph(builtin(), engine([*map(stated, triples)]))


@pytest.mark.long
@pytest.mark.parametrize("day", ["2010-07-01", "2012-06-15", "2012-07-31", "2014-01-01"])
def test_any_two_claims_get_the_verdicts_of_their_dates(day: str) -> None:
    on = date.fromisoformat(day)
    assert verdicts(pairs(), "office-on-day", day=day) == expected(
        claims_of_pairs(), "heldOffice", on
    )


@cache
def claims_of_pairs() -> list[Claim]:
    return claims(pairs())


def test_a_signature_without_a_date_is_not_left_out() -> None:
    every = graph().ask("campaign-signatories", campaign="RESPECT Program").rows
    day = date(2018, 5, 16)
    since = graph().ask("campaign-signatories", campaign="RESPECT Program", since=str(day)).rows
    assert since == every
    none = graph().ask(
        "campaign-signatories", campaign="RESPECT Program", since=str(day + timedelta(10_000))
    )
    assert not none.rows
