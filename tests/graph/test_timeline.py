"""A graph on a day, and timelines: laws on random graphs, and the built-in graph."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from functools import cache
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from allgraph.errors import (
    DateError,
    EngineError,
    EngineTimeout,
    InputError,
    ParameterError,
    UnknownFormat,
)
from allgraph.exports.export import exported
from allgraph.exports.networkx_graph import to_networkx
from allgraph.exports.rdflib_graph import to_rdflib
from allgraph.folder import builtin
from allgraph.graph import Graph, download, entries, open_graph
from allgraph.graph import timeline as chronology
from allgraph.graph.claims import Claim, claims, every
from allgraph.graph.coverage import Predicates, carried
from allgraph.graph.timeline import View, as_of, timeline
from allgraph.model import edtf
from allgraph.model.columns import CERTAIN, NO, POSSIBLE
from allgraph.model.vocabulary import CONFLICTS
from allgraph.rdf.terms import BASE, DERIVED, Prefixes, Term, ag, text
from allgraph.sparql.answer import Answer
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.questions import Query
from allgraph.sparql.sandboxed import Timed
from tests.conftest import MakeFolder
from tests.support import oracle
from tests.support.derived import consequences
from tests.support.oracle import Statement, World, kept_in, loaded
from tests.support.tools import LONG, share
from tests.support.waiting import PATIENCE

PREFIXES = Prefixes.of(BASE)

DAYS = ("2000-01-01", "2012-01-28", "2013-07-01", "2013-10-21", "2018-05-18", "2026-11-23")
QUESTIONS = sorted(path.stem for path in builtin().query_files())
AT_ENDPOINT = {
    "advocacy", "announcements", "bill-changes", "bill-makers", "board-members", "by-confidence",
    "campaign-history", "campaign-signatories", "committee-members", "companions", "conflicts",
    "founders", "happened-between", "interpreted", "key-people", "law-and-campaign",
    "letters-of-a-person", "names", "office-holders", "roles", "said-by", "shared-ties",
    "signers-of-several", "single-source", "study-makers", "votes-on-a-bill",
}  # fmt: skip
"""The questions whose claims carry each row."""


def rows(answer: Answer) -> Counter[tuple[Term | None, ...]]:
    return Counter(tuple(row[column] for column in answer.columns) for row in answer.rows)


def triples(graph: Graph) -> set[str]:
    return {str(quad) for quad in graph.store}


# ---- What a view holds


@pytest.mark.long
@given(oracle.worlds(), oracle.days, oracle.days, st.booleans())
@settings(max_examples=share(60))
def test_store_and_columns_of_a_view_agree(
    world: World, first: edtf.Day, second: edtf.Day, possible: bool
) -> None:
    graph = loaded(world)
    for view in (
        as_of(graph, edtf.iso(first), possible=possible),
        as_of(as_of(graph, edtf.iso(first), possible=True), edtf.iso(second), possible=possible),
    ):
        levels = view.columns.certainty
        assert levels is not None
        held = dict(zip(view.columns.claims, levels.tolist(), strict=True))
        kept = {claim: level for claim, level in held.items() if level > NO}
        shown = {PREFIX.expand(c): sure for c, sure in kept_in(view).items()}
        assert shown == {c: "certain" if n == CERTAIN else "possible" for c, n in kept.items()}
        assert view.levels(held) == kept
        follows = {
            Quad(t.subject, t.predicate, t.object, DERIVED)
            for t in consequences(q for q in view.store if q.graph_name != DERIVED)
        }
        derived = {q for q in view.store if q.graph_name == DERIVED}
        assert {q for q in derived if q.predicate != ag("certainty")} == {
            q for q in follows if Quad(q.subject, q.predicate, q.object) not in view.store
        }
        assert {c.iri for c in claims(view)} == set(kept)
        fresh = Graph(view.folder, Embedded(view.store, view.prefixes))
        assert [without_dispute(c) for c in claims(view)] == [*map(without_dispute, claims(fresh))]


PREFIX = oracle.PREFIX


def without_dispute(claim: Claim) -> dict[str, object]:
    return {**claim.as_dict(PREFIX), "disputed": None, "evidence": claim.evidence}


@given(oracle.worlds(), oracle.days, oracle.days)
@settings(max_examples=40)
def test_a_view_of_a_view_has_what_both_have(
    world: World, first: edtf.Day, second: edtf.Day
) -> None:
    graph = loaded(world)
    one, other = (set(kept_in(as_of(graph, edtf.iso(d)))) for d in (first, second))
    twice = as_of(as_of(graph, edtf.iso(first)), edtf.iso(second))
    assert set(kept_in(twice)) <= one
    if not world.conflicts:
        assert set(kept_in(twice)) == one & other
    same = as_of(as_of(graph, edtf.iso(first)), edtf.iso(first))
    assert triples(same) == triples(as_of(graph, edtf.iso(first)))


@given(oracle.worlds(), oracle.days)
@settings(max_examples=40)
def test_what_is_certain_is_possible_too(world: World, day: edtf.Day) -> None:
    graph = loaded(world)
    some, more = (kept_in(as_of(graph, edtf.iso(day), possible=p)) for p in (False, True))
    assert some == {claim: sure for claim, sure in more.items() if sure == "certain"}


@given(oracle.worlds(), oracle.days, st.booleans(), st.data())
@settings(max_examples=60)
def test_verdicts_on_a_few_claims_are_those_on_all(
    world: World, day: edtf.Day, possible: bool, data: st.DataObject
) -> None:
    graph = loaded(world)
    view = as_of(graph, edtf.iso(day), possible=True)
    second = as_of(view, edtf.iso(data.draw(oracle.days)), possible=possible)
    some = data.draw(st.sets(st.sampled_from(sorted(world.claims))))
    iris = {str(PREFIX.expand(name)) for name in some}
    for each in (view, second):
        found = each._asked_levels(iris)
        assert {claim: level for claim, level in found.items() if level > NO} == each.levels(iris)


def test_the_verdict_on_one_claim_rests_on_its_rivals() -> None:
    graph = loaded(DROPPED)
    one = str(PREFIX.expand("claim:one"))
    view = as_of(graph, "2013-06-01", possible=True)
    assert view._asked_levels([one]) == {one: POSSIBLE}


SHARED = """
id:ada rdfs:label "Ada" . id:bea rdfs:label "Bea" . id:board rdfs:label "Board" .
source:s a ag:Source ; rdfs:label "S" ; ag:read "2020-01-01"^^edtf:EDTF .
id:proof oa:hasSource source:s ; oa:hasSelector [ oa:start 1 ; oa:end 2 ] .
claim:early a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:when "2010/2012"^^edtf:EDTF ; ag:evidence id:proof, [ oa:hasSource source:s ;
    oa:hasSelector [ oa:start 3 ; oa:end 4 ] ] .
claim:late a ag:Claim ; rdf:subject id:bea ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:when "2015/2017"^^edtf:EDTF ; ag:evidence id:proof .
claim:also a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:when "2015-02/2017"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:s ] .
claim:gone a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:servedOn ; rdf:object id:club ;
    ag:rank ag:Deprecated ; ag:when "2015/2017"^^edtf:EDTF ; ag:evidence id:proof .
claim:part a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:servedOn .
claim:about-part a ag:Claim ; rdf:subject id:bea ; rdf:predicate ag:companionOf ;
    rdf:object claim:part .
[] a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:companionOf ; rdf:object id:bea .
id:note rdfs:seeAlso claim:early, claim:late .
"""


def test_what_belongs_to_a_claim_goes_with_it(make_folder: MakeFolder) -> None:
    graph = open_graph(make_folder({"data/a.ttl": SHARED}, prefixes=True))
    early, late = (as_of(graph, day) for day in ("2011-06-01", "2016-06-01"))
    assert set(kept_in(early)) == {"claim:early", "claim:about-part"}
    assert "claim:gone" in kept_in(late)
    count = "SELECT ?x { ?x oa:start ?n }"
    assert [len(graph.sparql(count)), len(early.sparql(count)), len(late.sparql(count))] == [
        2,
        2,
        1,
    ]
    assert len(late.sparql("SELECT ?e { ?e oa:hasSource source:s }")) == 2
    assert late.sparql("ASK { id:ada ag:servedOn id:board }").value  # another claim says so
    assert not early.sparql("ASK { id:bea ag:servedOn id:board }").value
    assert not late.sparql("ASK { id:ada ag:servedOn id:club }").value
    assert [text(row["x"]) for row in late.sparql("SELECT ?x { id:note ?p ?x }").rows] == [
        graph.prefixes.expand("claim:late")
    ]
    assert "http://www.w3.org/1999/02/22-rdf-syntax-ns#object" in early._predicates.leading
    # a claim without an IRI or a part has no verdict; what is said of it stays said of it
    for view in (early, late):
        assert not view.sparql("ASK { ?x rdf:predicate ag:companionOf ; rdf:object id:bea }").value
        assert not view.sparql("ASK { claim:part ?p ?o }").value
        assert view.sparql("ASK { claim:about-part rdf:object claim:part }").value
        assert view.sparql("ASK { id:bea ag:companionOf claim:part }").value
        assert view.sparql('ASK { id:ada rdfs:label "Ada" . source:s a ag:Source }').value


def test_a_claim_whose_rival_is_not_there_is_disputed_still(graph: Graph) -> None:
    iri = "https://w3id.org/allgraph/claim/wright-assembly-term"
    there = {c.iri: c for c in claims(graph, about="Keith Wright")}
    view = as_of(graph, "2015-01-01", possible=True)
    here = {c.iri: c for c in claims(view, about="Keith Wright")}
    assert there[iri].disputed and there[iri].certainty == ""
    assert there[iri].as_dict(PREFIXES)["certainty"] is None
    assert here[iri].disputed and here[iri].certainty in ("certain", "possible")
    for claim in claims(view):
        kept = {c.iri for c in claims(view)}
        assert set(claim.rivals) <= kept
        break


DROPPED = World(
    kinds={"id:a": ("ag:Person",), "id:b": ("ag:Unit",)},
    claims={
        "claim:one": Statement("id:a", "ag:servedOn", "id:b", "2012/2014"),
        "claim:two": Statement("id:a", "ag:servedOn", "id:b", "2016/2018"),
    },
    conflicts=(("claim:one", "claim:two"),),
)


def test_a_rival_that_differs_makes_a_claim_possible_and_disputed() -> None:
    graph = loaded(DROPPED)
    assert claims(as_of(graph, "2013-06-01")) == []
    [claim] = claims(as_of(graph, "2013-06-01", possible=True))
    assert (claim.certainty, claim.disputed, claim.rivals) == ("possible", True, ())
    given = claim.as_dict(graph.prefixes)
    assert (given["certainty"], given["disputed"], given["rivals"]) == ("possible", True, [])


# ---- A view is a graph


def test_a_view_is_a_graph_that_does_not_change(graph: Graph) -> None:
    view = as_of(graph, "2013-07-01")
    assert isinstance(view, Graph) and (view.root, view.is_remote) == (graph, False)
    with pytest.raises(FrozenInstanceError):
        view.possible = True
    with pytest.raises(FrozenInstanceError):
        view.engine = graph.engine  # type: ignore[misc]
    assert view == as_of(graph, "2013-07-01") != as_of(graph, "2013-07-02")
    assert len({view, as_of(graph, "2013-07-01")}) == 1
    assert "2013-07-01" in repr(view)
    assert "_engine" not in view.__dict__  # none of this needed the store
    assert view.columns.certainty is not None and "_engine" not in view.__dict__
    assert view.engine is view.engine


@pytest.mark.parametrize("day", ["2013", "2013-07", "1 July 2013", "2013-02-30", "", "2013-07-01~"])
def test_what_is_no_day_is_refused(day: str, graph: Graph) -> None:
    with pytest.raises(DateError):
        as_of(graph, day)


def test_threads_share_one_store(graph: Graph) -> None:
    view, found = as_of(graph, "2013-07-01"), []
    threads = [threading.Thread(target=lambda: found.append(view.store)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(store) for store in found}) == 1


def test_verbs_work_on_a_view(graph: Graph) -> None:
    view = as_of(graph, "2012-01-28")
    assert view.resolve("Andrew Cuomo") == graph.resolve("Andrew Cuomo")
    assert view.find("rocha") == graph.find("rocha")
    assert view.thing(view.resolve("coco rocha")) == graph.thing(graph.resolve("coco rocha"))
    kept = {claim.iri for claim in claims(view)}
    assert 0 < len(kept) < len(claims(graph))
    assert {data["claim"] for *_, data in to_networkx(view).edges(data=True)} <= kept
    lines = exported(view, "nt").decode()
    assert "cuomo-signed" not in lines and "coco-rocha" in lines
    assert "ns#certainty" not in lines
    assert "ns#certainty" in exported(view, "nt", derived=True).decode()
    assert exported(view, "csv").count(b"\r\n") < exported(graph, "csv").count(b"\r\n")
    assert len(to_rdflib(view)) == len(view.store)
    assert "2012" not in {e.when for e in timeline(as_of(graph, "2000-01-01"))}


def test_nothing_sensitive_comes_back(make_folder: MakeFolder) -> None:
    secret = SHARED.replace(
        "claim:early a ag:Claim ;", "claim:early a ag:Claim ; ag:sensitive true ;"
    )
    root = make_folder({"data/a.ttl": secret}, prefixes=True)
    assert "claim:early" not in kept_in(as_of(open_graph(root), "2011-06-01"))
    open_one = as_of(open_graph(root, include_sensitive=True), "2011-06-01")
    assert open_one.include_sensitive and "claim:early" in kept_in(open_one)


def test_time_outs_carry_over_and_children_share_the_store() -> None:
    view = as_of(open_graph(timeout=PATIENCE), "2013-07-01")
    assert isinstance(view.engine, Timed) and view.engine.timeout == PATIENCE
    assert view.sparql("ASK { id:coco-rocha a ag:Person }").value is True
    plain = as_of(open_graph(), "2013-07-01")
    assert plain.sparql("ASK { ?c ag:certainty ag:Certain }", timeout=PATIENCE).value is True
    assert "_engine" in plain.__dict__  # made here, and not in the child alone
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    with pytest.raises(EngineTimeout):
        plain.sparql(endless, timeout=0.3)


# ---- Questions on a day


@pytest.fixture(scope="module")
def viewed(graph: Graph) -> Callable[[str, bool], View]:
    """A function that gives the view of a day, possible claims too or not, which it makes once."""
    return cache(lambda day, possible: as_of(graph, day, possible=possible))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_row_is_as_certain_as_its_least_certain_claim(
    name: str, graph: Graph, viewed: Callable[[str, bool], View]
) -> None:
    query = graph.queries[name]
    for day in DAYS[1:4]:
        view = viewed(day, True)
        for example in query.examples[:1]:
            answer = view.ask(name, **example)
            own = "certainty" in query.columns
            if own or not query.claim_columns:
                assert answer.columns == query.columns
                continue
            assert answer.columns == (*query.columns, "certainty")
            for row in answer.rows:
                iris = {text(row[c]) for c in query.claim_columns} - {""}
                level = min(view.levels(iris).values())
                assert text(row["certainty"]) == ("possible" if level == POSSIBLE else "certain")


def test_founders_on_days(graph: Graph) -> None:
    def asked(day: str, possible: bool) -> list[tuple[str, str]]:
        found = as_of(graph, day, possible=possible).ask("founders", body="Model Alliance").rows
        return [(text(row["when"]), text(row["certainty"])) for row in found]

    assert asked("2010-12-31", True) == []
    assert asked("2011-06-01", False) == []
    assert asked("2011-06-01", True) == [("2011", "possible")]
    assert asked("2012-02-29", True) == [("2011", "possible"), ("2012-02", "possible")]
    assert asked("2026-11-23", False) == [("2011", "certain"), ("2012-02", "certain")]


# ---- Which questions an endpoint can answer

KNOWN = Predicates({"http://x/knows", "http://x/founded"}, {"http://x/seeAlso", "http://x/knows"})
SPACES = Prefixes.of("http://x/", {"x": "http://x/"})
CARRIED = {
    "?claim rdf:subject ?a . ?a rdfs:label ?n": True,
    "?a rdfs:label ?n . ?claim rdf:subject ?a": True,
    "?claim rdf:subject ?a . OPTIONAL { ?a rdfs:label ?n }": True,
    "?claim rdf:subject ?a . ?a x:knows ?b": False,
    "?claim rdf:subject ?a . ?b x:knows ?a": False,
    "?claim rdf:subject ?a . ?b rdfs:label ?a": False,
    "?claim rdf:subject ?a . ?a x:seeAlso ?b": False,
    "?claim rdf:subject ?a ; x:seeAlso ?otherClaim": True,
    "?claim rdf:subject ?a . ?other rdf:object ?a": False,
    "?claim rdf:subject ?a . ?otherClaim rdf:object ?a": True,
    "?claim rdf:subject ?a . OPTIONAL { ?otherClaim rdf:object ?a }": False,
    "?claim rdf:subject ?a . OPTIONAL { ?claim ag:when ?w }": True,
    "?claim rdf:subject ?a . OPTIONAL { ?other rdf:object ?a }": False,
    "?claim rdf:subject ?a . FILTER NOT EXISTS { ?claim ag:rank ag:Deprecated }": True,
    "?claim rdf:subject ?a . FILTER NOT EXISTS { ?a x:knows ?b }": False,
    "?claim rdf:subject ?a . FILTER NOT EXISTS { ?o rdf:subject ?a }": False,
    "?claim rdf:subject ?a . FILTER(?a = x:b || EXISTS { ?o rdf:subject ?a })": False,
    "?claim rdf:subject ?a . MINUS { ?claim ag:rank ag:Deprecated }": True,
    "?claim rdf:subject ?a . MINUS { ?o rdf:subject ?a ; rdf:predicate x:knows }": False,
    "?claim rdf:subject ?a . MINUS { ?a x:knows ?b }": False,
    "{ BIND(x:b AS ?a) } UNION { ?otherClaim rdf:object ?a } ?claim rdf:subject ?a": True,
    "{ BIND(x:b AS ?a) } UNION { ?o rdf:object ?a } ?claim rdf:subject ?a": False,
    "{ BIND(x:b AS ?a) } UNION { ?claim rdf:object ?a } ?a rdfs:label ?n": False,
    "{ ?claim rdf:subject ?a } UNION { ?otherClaim rdf:subject ?b } "
    "FILTER NOT EXISTS { ?otherClaim ag:rank ag:Deprecated }": False,
    "{ ?claim rdf:subject ?a } UNION { ?otherClaim rdf:subject ?b } "
    "MINUS { ?otherClaim ag:rank ag:Deprecated }": True,
    "?claim rdf:subject ?a . { SELECT ?a { ?a rdfs:label ?n } LIMIT 1 }": False,
    "?claim rdf:subject/rdfs:label ?a": True,
    "?claim rdf:subject/x:knows ?a": False,
    "?claim rdf:subject|rdf:object ?a . ?a a/rdfs:subClassOf* ?c": True,
    "?claim rdf:subject|x:knows ?a": False,
    "?claim rdf:subject ?a . ?a ^x:knows ?b": False,
    "?claim rdf:subject ?a . ?a !x:knows ?b": False,
    "?claim rdf:subject ?a . ?a ?p ?b": False,
    "?claim rdf:subject ?a . GRAPH ?g { ?claim rdf:object ?b }": False,
    "?claim rdf:subject ?a . OPTIONAL { ?claim rdf:object ?b BIND(?b AS ?otherClaim) }": True,
    "?claim rdf:subject ?a . BIND(x:b AS ?otherClaim)": False,
    "?claim rdf:subject ?a . VALUES ?otherClaim { x:b }": False,
    "?claim rdf:subject ?a . VALUES ?a { x:b }": True,
    "?claim rdf:subject ?a . x:b rdfs:label ?n": False,
    "?claim ag:evidence ?e . ?e ag:note ?n": True,
    "?claim rdf:subject ?a ; ag:certainty ?c": False,
    "?claim rdf:subject [ rdfs:label ?n ]": True,
}


@pytest.mark.parametrize("pattern", CARRIED)
def test_what_is_carried_by_the_claims_that_are_cited(pattern: str) -> None:
    sparql = f"SELECT ?claim ?otherClaim ?n {{ {pattern} }}"
    assert Query("q", "q.rq", sparql, "", prefixes=SPACES).columns  # it is SPARQL
    assert carried(sparql, ["claim", "otherClaim"], KNOWN, SPACES) == CARRIED[pattern]


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT ?claim { ?claim rdf:subject ?a } LIMIT 1",
        "SELECT ?claim { ?claim rdf:subject ?a } OFFSET 1",
        "SELECT ?claim (COUNT(*) AS ?n) { ?claim rdf:subject ?a } GROUP BY ?claim",
        "SELECT (?a AS ?claim) { ?c rdf:subject ?a }",
        "SELECT REDUCED ?claim { ?claim rdf:subject ?a }",
        "SELECT ?claim FROM <http://x/g> { ?claim rdf:subject ?a }",
        "ASK { ?claim rdf:subject ?a }",
        "CONSTRUCT { ?a rdfs:label 'x' } WHERE { ?claim rdf:subject ?a }",
        "no SPARQL",
    ],
)
def test_what_counts_or_cuts_is_not_carried(sparql: str) -> None:
    assert not carried(sparql, ["claim"], KNOWN, SPACES)


@pytest.mark.long
@given(oracle.worlds(), oracle.days, st.booleans(), st.sampled_from([*CARRIED]))
@settings(max_examples=share(400))
def test_rows_of_what_is_carried_are_those_of_the_view(
    world: World, day: edtf.Day, possible: bool, pattern: str
) -> None:
    graph = loaded(world)
    view = as_of(graph, edtf.iso(day), possible=possible)
    some = pattern.replace("x:knows", "ag:signed").replace("x:seeAlso", "ag:conflictsWith")
    sparql = f"SELECT * {{ {some.replace('x:b', 'id:t1')} }}"
    columns = [c for c in ("claim", "otherClaim") if f"?{c}" in sparql]
    if carried(sparql, columns, view._predicates, graph.prefixes):
        whole = graph.sparql(sparql)
        cited = {row[c] for row in whole.rows for c in columns}
        iris = {text(c) for c in cited if isinstance(c, NamedNode)}
        levels = view._asked_levels(iris)
        kept = [r for r in whole.rows if NO not in {levels.get(text(r[c])) for c in columns}]
        assert rows(Answer(whole.columns, tuple(kept))) == rows(view.sparql(sparql))


def test_which_questions_are_carried(graph: Graph) -> None:
    view = as_of(graph, DAYS[0])
    known = view._predicates
    for name in AT_ENDPOINT:  # of others some are, with some examples
        query = graph.queries[name]
        for example in query.examples:
            sparql = query.bind(query.values(example, graph.resolve))
            assert carried(sparql, query.claim_columns, known, graph.prefixes), name


# ---- Over an endpoint


class Counting(View):
    """A view that says whether it made a copy."""

    @property
    def copied(self) -> bool:
        return "_copy" in self.__dict__


@pytest.fixture(scope="module")
def copy(endpoint: str) -> Graph:
    """A copy of what the endpoint holds, which views need not make again."""
    return download.copied(open_graph(endpoint=endpoint, timeout=float("inf")))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", QUESTIONS)
def test_an_endpoint_gives_the_same_rows(
    name: str,
    graph: Graph,
    copy: Graph,
    viewed: Callable[[str, bool], View],
    endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query, there = graph.queries[name], open_graph(endpoint=endpoint)
    monkeypatch.setattr("allgraph.graph.view.copied", lambda _: copy)
    whole = product(DAYS[1::2], (False, True))
    for day, possible in whole if LONG else ((DAYS[1], True), (DAYS[3], False)):
        here = viewed(day, possible)
        far = Counting(there, edtf.day(day), possible)
        for example in query.examples:
            ours, theirs = here.ask(name, **example), far.ask(name, **example)
            assert ours.columns == theirs.columns
            assert rows(ours) == rows(theirs), (day, possible, example)
        assert far.copied == (name not in AT_ENDPOINT)


def test_verbs_over_an_endpoint_need_no_copy(graph: Graph, endpoint: str) -> None:
    there = open_graph(endpoint=endpoint)
    for day in DAYS[1:4]:
        here, far = as_of(graph, day, possible=True), Counting(there, edtf.day(day), True)
        assert claims(far) == claims(here)
        assert claims(far, about="Model Alliance") == claims(here, about="Model Alliance")
        assert timeline(far, "Sara Ziff").entries == timeline(here, "Sara Ziff").entries
        assert {row["claim"] for row in far.run("all").rows} == {
            row["claim"] for row in here.run("all").rows
        }
        second = as_of(far, "2018-05-18"), as_of(here, "2018-05-18")
        assert claims(second[0], about="Keith Wright") == claims(second[1], about="Keith Wright")
        assert not far.copied and not repr(far).startswith("Graph")
        with pytest.raises(InputError, match="holds this graph"):
            _ = far.columns
        with pytest.raises(InputError, match="holds this graph"):
            _ = far.store


def test_a_copy_holds_what_the_endpoint_holds(graph: Graph, endpoint: str) -> None:
    there = open_graph(endpoint=endpoint, timeout=PATIENCE)
    copy = download.copied(there)
    assert isinstance(copy.engine, Timed) and copy.engine.timeout == PATIENCE
    assert {str(q.triple) for q in copy.store} == {str(q.triple) for q in graph.store}
    ours, theirs = (
        {str(q) for q in one.store if q.graph_name == DERIVED and q.predicate != CONFLICTS}
        for one in (graph, copy)
    )
    assert ours == theirs  # each link between rivals follows from the other way
    view = as_of(there, "2013-07-01")
    assert view.sparql("ASK { ?x ag:certainty ag:Certain }").value is True
    assert kept_in(view) == kept_in(as_of(graph, "2013-07-01"))


def test_too_much_is_not_copied(
    endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "MOST", 100)
    view = as_of(open_graph(endpoint=endpoint), "2013-07-01")
    with pytest.raises(EngineError, match=r"which is \d+,\d\d\d triples, and the limit is 100"):
        view.sparql("ASK {}")
    with pytest.raises(EngineError, match="each row cites all that it rests on"):
        view.ask("undated")
    assert len(view.ask("key-people", body="Model Alliance")) >= 0


def some_quads() -> list[Quad]:
    """Triples of one predicate, some with objects of the same text, and with blank nodes."""
    node, note = BlankNode("b"), ag("note")
    things = [NamedNode(f"http://x/{n % 7}") for n in range(60)]
    found = [Quad(thing, note, Literal(f"{n:03}")) for n, thing in enumerate(things)]
    found += [Quad(things[1], note, Literal("050", language=tag)) for tag in ("en", "de")]
    return [*found, Quad(things[0], note, node), Quad(node, note, things[0])]


@pytest.mark.parametrize("size", [4, 5, 10, 1000])
def test_pages_lose_nothing(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    store, run = Store(), Graph.run
    store.extend(some_quads())
    graph = Graph(builtin(), Embedded(store, PREFIXES))

    def in_pages(self: Graph, question: str, **values: Term | list[Term]) -> Answer:
        found = run(self, question, **values)
        return Answer(found.columns, found.rows[:size]) if question == "page" else found

    monkeypatch.setattr(Graph, "run", in_pages)
    found = [quad for some in download.triples(graph, {ag("note"): 64}) for quad in some]
    assert len(set(found)) == len(found) == 64
    assert {q for q in found if not isinstance(q.subject, BlankNode)} >= set(some_quads()[:62])


# ---- Timelines


@pytest.mark.long
@given(oracle.worlds())
@settings(max_examples=share(100))
def test_what_surely_ended_before_another_began_comes_first(world: World) -> None:
    found = timeline(loaded(world)).entries
    for place, later in enumerate(found):
        for earlier in found[:place]:
            begin, end = earlier.bounds.begin_not_before, later.bounds.end_not_after
            assert begin is None or end is None or end >= begin
            assert earlier.position <= later.position
            same = (earlier.begin, earlier.end) == (later.begin, later.end)
            assert same or earlier.position < later.position


@pytest.mark.long
@given(oracle.worlds(), st.integers(0, 3))
@settings(max_examples=share(60))
def test_a_timeline_has_each_claim_once_or_by_its_event(world: World, number: int) -> None:
    graph, thing = loaded(world), f"id:t{number}"
    for about in (None, thing):
        if about and graph.known(about) is None:
            continue
        found = timeline(graph, about)
        every = (*found.entries, *found.undated)
        counted = Counter(entry.claims[0].iri for entry in every)
        expected = {
            claim.iri
            for claim in claims(graph, about=about)
            if claim.aspect != "Timeless" and claim.rank != "Deprecated"
        }
        assert set(counted) == expected
        for entry in every:
            first, *dating = entry.claims
            assert not dating or (first.predicate == ag("tookPart").value and not first.when)
            assert all(each.predicate == ag("underwent").value for each in dating)
            assert all(each.rank != "Deprecated" for each in entry.claims)
            assert counted[first.iri] == 1 or dating
        for entry in found.undated:
            assert entry.position == 0 and entry.begin is None and entry.end is None
        assert found.complete and found.limits == ()
        first_ones = timeline(graph, about, limit=2)
        assert first_ones.entries == found.entries[:2]
        assert first_ones.complete == (len(found.entries) <= 2 and len(found.undated) <= 2)
        json.loads(found.write("json"))
        for width in (20, 80):
            assert all(len(line) <= width for line in found.write(width=width).decode().split("\n"))


def test_a_part_in_an_event_is_dated_by_the_event(graph: Graph) -> None:
    found = timeline(graph, "Sara Ziff")
    parts = [e for e in found if e.claims[0].predicate == ag("tookPart").value]
    assert [(e.words, e.disputed, len(e.claims)) for e in parts[:2]] == [
        ("in 2011", True, 2), ("in February 2012", True, 2),
    ]  # fmt: skip
    sentence = "Sara Ziff founded the Model Alliance"
    assert parts[0].sentence == sentence
    assert parts[0].claims[1].predicate == ag("underwent").value
    assert set(parts[0].sources) >= {e.source for e in parts[0].claims[1].evidence}


def test_ties_share_a_position_and_words_are_as_exact_as_the_source(graph: Graph) -> None:
    found = timeline(graph)
    on_day = [e for e in found if e.when == "2012-01-28"]
    assert len(on_day) == 3 and len({e.position for e in on_day}) == 1
    words = {e.words for e in found}
    assert {"in February 2012", "by 30 June 2013", "on 21 October 2013"} <= words
    assert any(word.endswith("no end stated") for word in words)
    assert [e.position for e in found] == sorted(e.position for e in found)
    positions = sorted({e.position for e in found})
    assert positions == [*range(1, len(positions) + 1)]
    about = [e for e in found.undated if e.when]
    assert [(e.when, e.words) for e in about] == [("2017~", "in 2017 (approximate)")]
    words = {e.words for e in found.undated if not e.when}
    assert words == {
        "date not stated", "as of August 2017", "as of May 2018", "as of 22 September 2014",
        "as of 5 August 2026",
    }  # fmt: skip


def test_a_timeline_is_seen_from_its_thing(graph: Graph) -> None:
    entry = timeline(graph, "RESPECT Program").entries[0]
    assert entry.sentence == "The RESPECT Program was launched by the RESPECT open letter"
    assert str(entry) == f"{entry.sentence} in May 2018"


def test_text(graph: Graph) -> None:
    found = timeline(graph, "Model Alliance", limit=5)
    lines = found.write().decode().splitlines()
    assert lines[:3] == [
        "Model Alliance",
        "",
        "in 2011             The Model Alliance was founded (disputed).",
    ]
    assert (
        "=                   The Model Alliance announced that Jeffrey Klein proposed New" in lines
    )
    assert "= dated as the one above: which came first is not known" in lines
    assert lines[-2:] == [
        "- Cut: the first 5 of 14 dated entries; raise the limit for more.",
        "- Cut: the first 5 of 29 undated entries; raise the limit for more.",
    ]
    assert not any("Source:" in line for line in lines)
    with_sources = found.write(sources=True).decode()
    assert "Source: Model Alliance, an article" in with_sources
    assert all(len(line) <= 80 for line in with_sources.split("\n"))


def test_json_and_csv(graph: Graph) -> None:
    found = timeline(graph, "Sara Ziff", limit=1)
    document = json.loads(found.write("json"))
    assert document == found.as_dict(graph.prefixes)
    assert document.keys() == {"thing", "entries", "undated", "complete", "limits"}
    assert (document["thing"], document["complete"]) == ("id:sara-ziff", False)
    [entry] = document["entries"]
    assert entry.keys() == {
        "position", "when", "words", "begin", "end", "bounds", "aspect", "sentence", "certainty",
        "disputed", "withdrawn", "claims",
    }  # fmt: skip
    assert (entry["when"], entry["begin"], entry["end"]) == ("2011", "2011-01-01", "2011-12-31")
    assert (entry["position"], entry["certainty"], entry["disputed"]) == (1, None, True)
    assert [claim["predicate"] for claim in entry["claims"]] == ["ag:tookPart", "ag:underwent"]
    [undated] = document["undated"]
    assert (undated["position"], undated["when"], undated["words"]) == (
        None,
        None,
        "date not stated",
    )
    table = list(csv.DictReader(io.StringIO(found.write("csv").decode(), newline="")))
    assert tuple(table[0]) == entries.COLUMNS
    assert [row["position"] for row in table] == ["1", ""]
    assert table[0]["claims"].split() == [claim.iri for claim in found.entries[0].claims]
    with pytest.raises(UnknownFormat, match="text, json, csv"):
        found.write("xml")
    with pytest.raises(ParameterError, match="`limit` must be 1 or more entries"):
        timeline(graph, limit=0)


def test_nothing_dated(make_folder: MakeFolder) -> None:
    graph = open_graph(make_folder({"data/a.ttl": 'id:a rdfs:label "A" .'}, prefixes=True))
    assert timeline(graph, "A").write() == b"A\n\nNothing is dated.\n"
    assert (len(timeline(graph)), [*timeline(graph)]) == (0, [])


def test_views_mark_what_is_possible(graph: Graph) -> None:
    view = as_of(graph, "2011-06-01", possible=True)
    entry = timeline(view, "Sara Ziff").entries[0]
    assert (entry.words, entry.certainty, entry.disputed) == ("in 2011", "possible", True)
    assert "(disputed, possible)." in timeline(view, "Sara Ziff").write().decode().replace(
        "\n", " "
    )


def test_a_timeline_of_too_much_is_refused_over_an_endpoint(
    graph: Graph,
    endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = open_graph(endpoint=endpoint)
    assert timeline(there).entries == timeline(graph).entries
    monkeypatch.setattr(chronology, "MOST", 20)
    with pytest.raises(EngineError, match="the limit is 20; name a thing"):
        timeline(there)
    with pytest.raises(EngineError, match="the limit is 20"):
        timeline(as_of(there, "2013-07-01"), "Model Alliance")
    assert timeline(there, "Shalom Harlow").entries == timeline(graph, "Shalom Harlow").entries


def test_what_has_surely_ended_comes_first_whatever_its_date_leaves_open() -> None:
    """By a source of 2018, what happened by 2030 had happened by 2018."""
    past = Statement("id:a", "ag:signed", "id:b", "[..2030]", evidence=(oracle.Said("source:s0"),))
    ahead = Statement("id:a", "ag:signed", "id:c", "2025", prospective=True)
    world = World(latest={"source:s0": ("2018-05-01",)}, claims={"claim:z": past, "claim:a": ahead})
    assert [e.claims[0].when for e in timeline(loaded(world))] == ["[..2030]", "2025"]


PASSED = "id:bill a ag:Bill ; rdfs:label 'B' . id:act a ag:Bill ; rdfs:label 'A' .\n" + "".join(
    f"claim:c{number} a ag:Claim ; rdf:subject id:{subject} ; rdf:predicate ag:passed ;"
    f' rdf:object "{number}" ; ag:when "{when}"^^edtf:EDTF {ordinal} .\n'
    for number, (subject, when, ordinal) in enumerate(
        (
            ("bill", "2013-06-12", "; ag:ordinal 10"),
            ("bill", "2013-06-12", "; ag:ordinal 9"),
            ("bill", "2013-06-12", ""),
            ("bill", "2013-06-11", "; ag:ordinal 20"),
            ("bill", "2013-06-12", "; ag:ordinal 10"),
            ("act", "2013-06-12", "; ag:ordinal 11"),
            ("bill", "2013-06-12", '; ag:ordinal "first"'),
        )
    )
)


def test_ordinals_order_what_happened_to_one_thing_on_one_day(make_folder: MakeFolder) -> None:
    graph = open_graph(make_folder({"data/a.ttl": PASSED}, prefixes=True))
    found = timeline(graph)
    order = [(text(entry.claims[0].object), entry.position) for entry in found]
    # what happened to another thing, or has no ordinal, may be before or after any of them
    assert order == [("3", 1), *((number, 2) for number in "104526")]
    of_bill = [c for c in claims(graph) if c.ordinal is not None and "bill" in c.subject.value]
    told = [(text(e.claims[0].object), e.position) for e in chronology.arranged(graph, of_bill)]
    assert told == [("3", 1), ("1", 2), ("0", 3), ("4", 3)]  # 9 is before 10
    in_list = [text(claim.object) for claim in claims(graph)]
    assert in_list == [text(entry.claims[0].object) for entry in found]
    assert [*every(graph, is_sorted=True)] == claims(graph)
    asked = graph.ask("life-of-a-bill", bill="id:bill")
    numbers = [text(row["what"])[-1] for row in asked.rows]
    assert [n for n in numbers if n != "6"] == ["3", "1", "0", "4", "2"]
    spans = graph.ask("happened-between", first="2013-06-01", last="2013-06-30", thing="id:bill")
    assert [text(row["what"])[-1] for row in spans.rows] == numbers


@given(st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(-2, 2), st.booleans())))
@settings(max_examples=share(100))
def test_no_entry_is_before_one_that_happened_earlier(
    many: list[tuple[int, int | None, bool]],
) -> None:
    graph, subject = open_graph(), ("x:a", "x:b")
    made = [
        Claim(
            f"x:{number:03}", NamedNode(subject[is_other]), "x:p", Literal("x"), "a", "x",
            "{subject} did {object}", "", "Event", f"2013-06-0{day}",
            edtf.bounds(edtf.parse(f"2013-06-0{day}"), "Event"), ordinal=ordinal,
        )
        for number, (day, ordinal, is_other) in enumerate(many)
    ]  # fmt: skip
    found = [*chronology.arranged(graph, made)]
    assert sorted(e.claims[0].iri for e in found) == [c.iri for c in made]
    for before, later in combinations(found, 2):
        one, other = before.claims[0], later.claims[0]
        assert before.position <= later.position and one.when <= other.when
        if (one.when, one.subject) == (other.when, other.subject) and other.ordinal is not None:
            assert one.ordinal is not None and one.ordinal <= other.ordinal
        if before.position == later.position:
            assert one.when == other.when
        elif one.when == other.when:  # all of that day are about one thing, and numbered
            day = [e.claims[0] for e in found if e.claims[0].when == one.when]
            assert len({c.subject for c in day}) == 1 and None not in {c.ordinal for c in day}
            assert (one.ordinal or 0) < (other.ordinal or 0)


# ---- Parts of a timeline


def shown(part: chronology.Timeline) -> list[tuple[str, str, str]]:
    return [(entry.claims[0].iri, entry.when, entry.sentence) for entry in part]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2012", "2012"),
        ("2013-06", ""),
        ("", "2011"),
        ("2011-01-01", "2012-02-06"),
        ("1600", "1700"),
    ],
)
def test_a_part_of_a_timeline_is_what_has_its_place_there(
    graph: Graph, since: str, until: str
) -> None:
    first, last = chronology.span_of(since, until)
    expected = [
        entry
        for entry in timeline(graph)
        if entry.place and (first is None or first <= entry.place)
        and (last is None or entry.place <= last)
    ]  # fmt: skip
    part = timeline(graph, since=since, until=until)
    assert shown(part) == [(e.claims[0].iri, e.when, e.sentence) for e in expected]
    assert part.undated == ()
    assert [entry.position for entry in part][:1] in ([], [1])
    of_thing = timeline(graph, "Model Alliance", since=since, until=until)
    assert {*shown(of_thing)} <= {*shown(timeline(graph, "Model Alliance"))}
    then = as_of(graph, "2013-07-01", possible=True)
    in_view = timeline(then, since=since, until=until)
    assert shown(in_view) == [row for row in shown(timeline(then)) if row in shown(part)]


def test_months_count_the_claims_that_state_a_date(graph: Graph) -> None:
    own = Counter(
        entry.place[:2] for entry in timeline(graph) if entry.place and not entry.claims[1:]
    )
    assert chronology.months(graph) == dict(sorted(own.items()))


def test_a_timeline_is_of_members_of_a_class(graph: Graph) -> None:
    laws = timeline(graph, kind="Law")
    members = {row.text("thing") for row in graph.root.run("members", kind=ag("Law")).rows}
    ends = [{e.claims[0].subject.value, text(e.claims[0].object)} for e in timeline(graph)]
    assert len(laws) == sum(bool(both & members) for both in ends) > 3
    assert len(timeline(graph, kind=["Law", "Person"])) > len(laws)


@pytest.mark.parametrize("date", ["2013?", "then", "..", "../2013"])
def test_a_date_that_begins_nothing_is_refused(graph: Graph, date: str) -> None:
    with pytest.raises(DateError):
        timeline(graph, since=date)
