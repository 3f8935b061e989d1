"""What follows from claims, names for blank nodes, and the withholding of sensitive claims."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from conftest import MANIFEST, PREFIXES, MakeFolder
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    Store,
    Triple,
)

from allgraph import dates, derive
from allgraph.engine.embedded import Embedded
from allgraph.graph import Graph, open_graph
from allgraph.terms import DERIVED, RDFS, XSD, Node, Term, ag

Draw = Callable[[st.SearchStrategy[list[Triple]]], list[Triple]]
HOME = "https://example.org/"


def node(name: str) -> NamedNode:
    return NamedNode(HOME + name)


ANNA, CLUB, DAY_CLUB, JOINED = node("anna"), node("club"), node("day-club"), node("joined")
CLAIM = node("claim/1")
SEE_ALSO, LABEL = NamedNode(RDFS + "seeAlso"), NamedNode(RDFS + "label")


def claim(
    iri: Node = CLAIM, s: Term = ANNA, p: Term = JOINED, o: Term = CLUB, **more: Term
) -> list[Triple]:
    """A claim; `more` are its properties in the ag: namespace."""
    return [
        Triple(iri, derive.TYPE, derive.CLAIM),
        Triple(iri, derive.SUBJECT, s),  # type: ignore[arg-type]
        Triple(iri, derive.PREDICATE, p),
        Triple(iri, derive.OBJECT, o),
        *(Triple(iri, ag(name), value) for name, value in more.items()),
    ]


def derived(triples: Iterable[Triple]) -> set[derive.Parts]:
    statements = derive.Statements()
    statements.add(triples)
    return set(statements.derived())


# ---- Direct triples -----------------------------------------------------------


def test_a_claim_yields_its_direct_triple() -> None:
    assert derived(claim()) == {(ANNA, JOINED, CLUB)}
    assert derived(claim(o=Literal("X"))) == {(ANNA, JOINED, Literal("X"))}


def test_a_deprecated_claim_yields_none() -> None:
    assert derived(claim(rank=derive.DEPRECATED)) == set()
    assert derived(claim(rank=ag("Preferred"))) == {(ANNA, JOINED, CLUB)}
    assert derived([*claim(rank=derive.DEPRECATED), *claim(node("claim/2"))]) == {
        (ANNA, JOINED, CLUB)
    }


@pytest.mark.parametrize("part", [derive.SUBJECT, derive.PREDICATE, derive.OBJECT, derive.TYPE])
def test_a_claim_that_lacks_a_part_yields_nothing(part: NamedNode) -> None:
    assert derived(t for t in claim() if t.predicate != part) == set()


@pytest.mark.parametrize("part", [derive.SUBJECT, derive.PREDICATE, derive.OBJECT])
def test_a_claim_with_two_of_a_part_yields_nothing(part: NamedNode) -> None:
    assert derived([*claim(), Triple(CLAIM, part, DAY_CLUB)]) == set()
    again = [*claim(), *(t for t in claim() if t.predicate == part)]
    assert derived(again) == {(ANNA, JOINED, CLUB)}  # the same twice is one


def test_a_text_is_no_subject_or_predicate() -> None:
    assert derived(claim(s=Literal("Anna"))) == set()
    assert derived(claim(p=Literal("joined"))) == set()
    assert derived(claim(p=BlankNode("p"))) == set()


def test_the_order_of_triples_does_not_matter() -> None:
    triples = [
        *claim(when=Literal("2012"), evidence=node("e")),
        Triple(node("e"), derive.SOURCE, node("s")),
        Triple(node("s"), derive.READ, Literal("2020-01-01")),
        Triple(JOINED, derive.ASPECT, ag("Event")),
        *claim(node("claim/2"), conflictsWith=CLAIM),
    ]
    expected = derived(triples)
    shuffler = random.Random(5)
    for _ in range(20):
        shuffler.shuffle(triples)
        assert derived(triples) == expected


def test_sources_stand_at_the_claim() -> None:
    e, f, s, t = (node(name) for name in "efst")
    found = derived(
        [
            *claim(evidence=e),
            Triple(CLAIM, derive.EVIDENCE, f),
            Triple(e, derive.SOURCE, s),
            Triple(f, derive.SOURCE, t),
        ]
    )
    assert found == {
        (ANNA, JOINED, CLUB),
        (CLAIM, derive.CLAIM_SOURCE, s),
        (CLAIM, derive.CLAIM_SOURCE, t),
    }


def test_conflicts_hold_both_ways_between_claims() -> None:
    other = node("claim/2")
    found = derived([*claim(conflictsWith=other), *claim(other, o=DAY_CLUB)])
    assert (other, derive.CONFLICTS, CLAIM) in found
    assert derived(claim(conflictsWith=other)) == {(ANNA, JOINED, CLUB)}  # it is no claim


# ---- Roles --------------------------------------------------------------------

FOUNDING, FOUNDER, FOUNDED = node("founding"), ag("Founder"), ag("founded")
TOOK_PART = claim(node("claim/a"), ANNA, derive.TOOK_PART, FOUNDING, role=FOUNDER)
UNDERWENT = claim(node("claim/b"), CLUB, derive.UNDERWENT, FOUNDING)
YIELDS = [Triple(FOUNDER, derive.YIELDS, FOUNDED)]


def test_a_role_in_an_event_yields_what_it_amounts_to() -> None:
    assert (ANNA, FOUNDED, CLUB) in derived([*TOOK_PART, *UNDERWENT, *YIELDS])


@pytest.mark.parametrize(
    "triples",
    [
        [*TOOK_PART, *UNDERWENT],
        [*TOOK_PART, *YIELDS],
        [*UNDERWENT, *YIELDS],
        [*(t for t in TOOK_PART if t.predicate != derive.ROLE), *UNDERWENT, *YIELDS],
        [*TOOK_PART, Triple(node("claim/a"), derive.RANK, derive.DEPRECATED), *UNDERWENT, *YIELDS],
        [*TOOK_PART, *UNDERWENT, Triple(node("claim/b"), derive.RANK, derive.DEPRECATED), *YIELDS],
        [*TOOK_PART, *claim(node("claim/b"), CLUB, derive.UNDERWENT, node("party")), *YIELDS],
    ],
)
def test_a_role_yields_nothing_when_a_part_is_missing(triples: list[Triple]) -> None:
    assert not [parts for parts in derived(triples) if parts[1] == FOUNDED]


def test_founders_of_the_built_in_graph_are_direct(graph: Graph) -> None:
    answer = graph.sparql("SELECT ?p { ?p ag:founded ?body . ?claim rdf:subject ?p }")
    assert answer.rows


# ---- Bounds -------------------------------------------------------------------

whens = st.sampled_from(
    ["", "2012", "2012-02", "2012-02-06", "2012~", "2013?", "[..2013-06-30]", "[2010,2012..2013]",
     "2011-01-01/2021-08-23", "2013/..", "../2013", "2013-24", "201X", "Y12345", "-0044-03-15"]
)  # fmt: skip
days = st.sampled_from(["2009-12-31", "2012-01-01", "2013-06-30", "2018-05-01", "2026-11-23"])
said = st.lists(days | st.sampled_from(["2012", "2013-06", "2018~"]), max_size=2, unique=True)


@given(
    when=whens,
    aspect=st.sampled_from(["Event", "State", "Timeless", None]),
    current=said,
    latest=said,
    read=said,
    prospective=st.sampled_from([None, "true", "1", "false"]),
)
def test_bounds_are_those_of_the_date_tightened_by_the_sources(
    when: str,
    aspect: dates.Aspect | None,
    current: list[str],
    latest: list[str],
    read: list[str],
    prospective: str | None,
) -> None:
    e, s = node("e"), node("s")
    triples = [*claim(evidence=e), Triple(e, derive.SOURCE, s)]
    triples += [Triple(e, derive.CURRENT, Literal(day)) for day in current]
    triples += [Triple(s, derive.LATEST, Literal(day)) for day in latest]
    triples += [Triple(s, derive.READ, Literal(day)) for day in read]
    if when:
        triples.append(Triple(CLAIM, derive.WHEN, Literal(when)))
    if aspect:
        triples.append(Triple(JOINED, derive.ASPECT, ag(aspect)))
    if prospective:
        triples.append(Triple(CLAIM, derive.PROSPECTIVE, Literal(prospective)))

    kind: dates.Aspect = aspect or "Timeless"
    lasts = [dates.parse(text).span[1] for text in (*latest, *read)]
    reported = dates.earliest(*lasts)
    is_prospective = prospective in ("true", "1")
    expected = dates.tighten(
        dates.bounds(dates.parse(when) if when else None, kind),
        kind,
        current=[d for text in current if (d := dates.parse(text).span[0])],
        reported=[] if is_prospective or reported is None else [reported],
    )
    found = {p: o for s_, p, o in derived(triples) if s_ == CLAIM and p in derive.BOUNDS}
    date = NamedNode(XSD + "date")
    assert found == {
        predicate: Literal(dates.iso(day), datatype=date)
        for predicate, day in zip(derive.BOUNDS, expected, strict=True)
        if day is not None
    }


def test_the_strictest_of_several_sources_counts() -> None:
    triples = [
        *claim(evidence=node("e")),
        Triple(CLAIM, derive.EVIDENCE, node("f")),
        Triple(JOINED, derive.ASPECT, ag("Event")),
        Triple(node("e"), derive.SOURCE, node("s")),
        Triple(node("f"), derive.SOURCE, node("t")),
        Triple(node("s"), derive.READ, Literal("2020-01-01")),
        Triple(node("t"), derive.LATEST, Literal("2015")),
    ]
    found = {p: o for _, p, o in derived(triples)}
    assert found[derive.BOUNDS[3]].value == "2015-12-31"  # type: ignore[union-attr]


def test_two_dates_count_as_none() -> None:
    triples = [
        *claim(when=Literal("2012")),
        Triple(CLAIM, derive.WHEN, Literal("2013")),
        Triple(JOINED, derive.ASPECT, ag("Event")),
    ]
    assert derived(triples) == {(ANNA, JOINED, CLUB)}


@pytest.mark.parametrize("bad", ["2023-02-29", "in spring", "2013/2012"])
def test_a_bad_date_is_logged_and_the_rest_is_loaded(
    bad: str, make_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"""{PREFIXES}
    claim:good a ag:Claim ; rdf:subject id:anna ; rdf:predicate ag:servedOn ;
        rdf:object id:club ; ag:when "2012"^^edtf:EDTF .
    claim:bad a ag:Claim ; rdf:subject id:bert ; rdf:predicate ag:servedOn ;
        rdf:object id:club ; ag:when "{bad}"^^edtf:EDTF .
    """
    with caplog.at_level(logging.WARNING, logger="allgraph"):
        graph = open_graph(make_folder({"data/a.ttl": text}))
    (record,) = caplog.records
    assert "claim/bad" in record.getMessage()
    assert bad in record.getMessage()
    assert graph.sparql("ASK { id:bert ag:servedOn id:club }").value
    assert graph.sparql("ASK { claim:good ag:beginNotAfter ?day }").value
    assert not graph.sparql("ASK { claim:bad ag:beginNotAfter ?day }").value


def test_derived_triples_are_kept_apart_and_stated_ones_not_repeated() -> None:
    store = Store([Quad(ANNA, JOINED, CLUB, DefaultGraph())])
    derive.fill(store, [(ANNA, JOINED, CLUB), (ANNA, JOINED, DAY_CLUB), (CLUB, SEE_ALSO, ANNA)])
    assert set(store.quads_for_pattern(None, None, None, DERIVED)) == {
        Quad(ANNA, JOINED, DAY_CLUB, DERIVED),
        Quad(CLUB, SEE_ALSO, ANNA, DERIVED),
    }


# ---- Names for blank nodes ----------------------------------------------------

P, Q = node("p"), node("q")


def canonical(triples: Iterable[Triple]) -> Dataset:
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def shuffled(triples: Iterable[Triple], seed: int) -> list[Triple]:
    """The same triples in another order, with other labels of blank nodes."""
    shuffler = random.Random(seed)
    result = [
        Triple(relabelled(t.subject, seed), t.predicate, relabelled(t.object, seed))  # type: ignore[arg-type]
        for t in triples
    ]
    shuffler.shuffle(result)
    return result


def relabelled(term: Term, seed: int) -> Term:
    if not isinstance(term, BlankNode):
        return term
    return BlankNode(f"{random.Random(f'{term.value} {seed}').getrandbits(48):x}")


def blanks(triples: Iterable[Triple]) -> set[Term]:
    return {n for t in triples for n in (t.subject, t.object) if isinstance(n, BlankNode)}


@st.composite
def trees(draw: st.DrawFn, marked: bool = False) -> list[Triple]:
    """Blank nodes below IRIs, each below one other; with a mark, no two are alike."""
    triples = []
    tops: list[Node] = [ANNA, node("page#part")]
    for number in range(draw(st.integers(0, 12))):
        above = draw(st.sampled_from(tops))
        below = BlankNode(f"n{number}")
        triples.append(Triple(above, draw(st.sampled_from([P, Q])), below))
        mark = f"m{number}" if marked else draw(st.sampled_from(["x", "y", "", '"\n']))
        if mark:
            triples.append(Triple(below, LABEL, Literal(mark)))
        tops.append(below)
    return triples


subjects = st.sampled_from([ANNA, CLUB, *(BlankNode(f"b{n}") for n in range(5))])
objects = st.one_of(subjects, st.sampled_from([Literal("x"), Literal("y")]))
anything = st.lists(
    st.builds(Triple, subjects, st.sampled_from([P, Q]), objects), max_size=12, unique=True
)


@given(trees(), st.integers(0, 999))
def test_names_do_not_depend_on_order_and_labels(triples: list[Triple], seed: int) -> None:
    named = derive.name_nodes(triples)
    assert not blanks(named)
    assert set(named) == set(derive.name_nodes(shuffled(triples, seed)))


@given(anything, st.integers(0, 999))
def test_named_graphs_of_any_form_are_isomorphic(triples: list[Triple], seed: int) -> None:
    first, second = derive.name_nodes(triples, "f"), derive.name_nodes(shuffled(triples, seed), "f")
    assert canonical(first) == canonical(second)
    assert {n for t in first for n in (t.subject, t.object) if isinstance(n, NamedNode)} == {
        n for t in second for n in (t.subject, t.object) if isinstance(n, NamedNode)
    }


@given(trees(marked=True))
def test_naming_changes_nothing_but_names(triples: list[Triple]) -> None:
    named = derive.name_nodes(triples)
    known = {term for t in triples for term in (t.subject, t.object)}

    def back(term: Term) -> Term:
        return term if term in known else BlankNode(f"z{term.value[-16:]}")  # type: ignore[union-attr]

    undone = [Triple(back(t.subject), t.predicate, back(t.object)) for t in named]  # type: ignore[arg-type]
    assert canonical(undone) == canonical(triples)


@given(trees() | anything)
def test_quads_are_named_as_triples_are(triples: list[Triple]) -> None:
    quads = derive.named_quads([Quad(t.subject, t.predicate, t.object) for t in triples], "f")
    assert [quad.triple for quad in quads] == derive.name_nodes(triples, "f")


@given(anything)
def test_what_is_named_is_exactly_what_hangs_alone_under_an_iri(triples: list[Triple]) -> None:
    """Against a plain definition: one way up to an IRI, and so for all that it contains."""
    above = {b: [t.subject for t in triples if t.object == b] for b in blanks(triples)}
    below = {b: [t.object for t in triples if t.subject == b] for b in above}

    def hangs(term: Node, seen: tuple[Node, ...] = ()) -> bool:
        if not isinstance(term, BlankNode):
            return True
        parents = above[term]
        return term not in seen and len(parents) == 1 and hangs(parents[0], (*seen, term))  # type: ignore[arg-type]

    def nameable(term: Term, seen: tuple[Term, ...] = ()) -> bool:
        if not isinstance(term, BlankNode) or term in seen:
            return True
        return hangs(term) and all(nameable(o, (*seen, term)) for o in below[term])

    names = derive.node_names(triples)
    assert {b for b, name in names.items() if isinstance(name, NamedNode)} == {
        b for b in above if nameable(b)
    }
    assert set(names) == set(above)


def test_ten_thousand_nested_blank_nodes_are_named() -> None:
    chain = [Triple(ANNA, P, BlankNode("n0"))]
    chain += [Triple(BlankNode(f"n{n}"), P, BlankNode(f"n{n + 1}")) for n in range(9_999)]
    chain.append(Triple(BlankNode("n9999"), P, Literal("deep")))
    assert not blanks(derive.name_nodes(chain))
    assert set(derive.name_nodes(chain)) == set(derive.name_nodes(chain[::-1]))
    loop = [*chain, Triple(BlankNode("n9999"), Q, BlankNode("n0"))]
    assert len(blanks(derive.name_nodes(loop))) == 10_000


def test_shared_and_circular_nodes_stay_blank() -> None:
    a, b = BlankNode("a"), BlankNode("b")
    shared = [Triple(ANNA, P, a), Triple(CLUB, P, a), Triple(a, Q, b), Triple(b, Q, Literal("x"))]
    assert len(blanks(derive.name_nodes(shared))) == 2
    circle = [Triple(a, P, b), Triple(b, P, a)]
    assert len(blanks(derive.name_nodes(circle))) == 2
    top = [Triple(a, P, Literal("x")), Triple(a, P, b)]
    assert len(blanks(derive.name_nodes(top))) == 2  # nothing is above them


def test_equal_content_under_one_iri_is_one_node() -> None:
    a, b = BlankNode("a"), BlankNode("b")
    ends = [Triple(a, Q, Literal("x")), Triple(b, Q, Literal("x"))]
    same = derive.name_nodes([Triple(ANNA, P, a), Triple(ANNA, P, b), *ends])
    assert len({t.object for t in same if t.predicate == P}) == 1
    apart = derive.name_nodes([Triple(ANNA, P, a), Triple(CLUB, P, b), *ends])
    assert len({t.object for t in apart if t.predicate == P}) == 2


def test_blank_nodes_of_several_files_stay_apart() -> None:
    triples = [Triple(BlankNode("x"), P, Literal("1"))]
    one, two = (derive.name_nodes(triples, file) for file in ("one.ttl", "two.ttl"))
    assert blanks(one).isdisjoint(blanks(two))
    assert one == derive.name_nodes(triples, "one.ttl")


# ---- Sensitive claims ---------------------------------------------------------

TRUE, FALSE = Literal(True), Literal(False)
OWN = f"{MANIFEST}extends = false\n"


def held(graph: Graph) -> set[Quad]:
    assert isinstance(graph.engine, Embedded)
    return set(graph.engine.store)


def mentioned(quads: Iterable[Quad]) -> set[Term]:
    return {term for q in quads for term in (q.subject, q.predicate, q.object)}


def opened(root: Path, name: str, triples: Iterable[Triple]) -> set[Quad]:
    """What a graph of these triples holds, written as a folder."""
    (root / name / "data").mkdir(parents=True)
    (root / name / "allgraph.toml").write_text(OWN, encoding="utf-8")
    lines = "".join(f"{triple} .\n" for triple in triples)
    (root / name / "data" / "a.ttl").write_text(lines, encoding="utf-8")
    return held(open_graph(root / name))


def random_graph(seed: int) -> list[Triple]:
    """Claims about things and claims, evidence, sources, and links of any kind among them."""
    rng = random.Random(seed)
    claims = [node(f"claim/{n}") for n in range(rng.randint(2, 6))]
    things = [node(f"id/{n}") for n in range(rng.randint(2, 6))]
    sources = [node(f"source/{n}") for n in range(2)]
    predicates = [JOINED, *rng.sample(things, 1)]
    triples: set[Triple] = set()
    for each in claims:
        evidence = node(f"{each.value.removeprefix(HOME)}#e")
        about: list[Term] = [*things, *things, *(c for c in claims if c != each)]
        triples.update(
            claim(
                each,
                rng.choice(about),
                rng.choice(predicates),
                rng.choice([*about, Literal("a text")]),
                evidence=evidence,
            )
        )
        triples.add(Triple(evidence, derive.SOURCE, rng.choice(sources)))
        if rng.random() < 0.3:
            triples.add(Triple(each, derive.CONFLICTS, rng.choice(claims)))
        if rng.random() < 0.4:
            triples.add(Triple(each, derive.SENSITIVE, rng.choice([TRUE, TRUE, FALSE])))
        if rng.random() < 0.4:
            triples.add(Triple(each, derive.ROLE, rng.choice(things)))
    for each in [*things, *sources]:
        if rng.random() < 0.8:
            triples.add(Triple(each, LABEL, Literal(each.value[-1])))
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            link = rng.choice([SEE_ALSO, SEE_ALSO, *predicates])
            triples.add(Triple(each, link, rng.choice([*things, *things, *sources, *claims])))
    return sorted(triples, key=str)


def to_withhold(triples: list[Triple]) -> set[Term]:
    """By tracing from what stays: what is flagged, claims about it, and what only these reach."""
    about = {(t.subject, t.object) for t in triples
             if t.predicate in (derive.SUBJECT, derive.OBJECT)}  # fmt: skip
    is_claim = {t.subject for t in triples if t.object == derive.CLAIM}
    described = {t.subject for t in triples}
    gone: set[Term] = {
        t.subject for t in triples if t.predicate == derive.SENSITIVE and t.object != FALSE
    }
    while more := {c for c, thing in about if thing in gone} - gone:
        gone |= more
    reached = set(gone)
    while more := {
        t.object
        for t in triples
        if t.subject in reached
        and t.object in described
        and (t.object not in is_claim or (t.subject, t.object) in about)
    } - reached:
        reached |= more
    stays: set[Term] = described - reached
    while (
        more := {o for t in triples if t.subject in stays for o in (t.predicate, t.object)}
        - stays
        - gone
    ):
        stays |= more
    return reached - stays


@pytest.mark.parametrize("seed", range(150))
def test_sensitive_claims_are_withheld_with_what_is_theirs(seed: int, tmp_path: Path) -> None:
    triples = random_graph(seed)
    gone = to_withhold(triples)
    kept = [t for t in triples if t.subject not in gone and t.object not in gone]
    left = opened(tmp_path, "all", triples)
    assert not mentioned(left) & gone
    assert left == opened(tmp_path, "by-hand", kept)


def test_random_graphs_have_something_of_all_kinds() -> None:
    """So that the test above cannot pass for want of cases."""
    claims = evidence = things = nothing = 0
    for seed in range(150):
        gone = {str(term) for term in to_withhold(random_graph(seed))}
        claims += any("claim/" in name and "#" not in name for name in gone)
        evidence += any("#e" in name for name in gone)
        things += any("/id/" in name for name in gone)
        nothing += not gone
    assert min(claims, evidence, things, nothing) > 10


SENSITIVE = f"""{PREFIXES}
claim:open a ag:Claim ; rdf:subject id:anna ; rdf:predicate ag:servedOn ; rdf:object id:club ;
    ag:evidence [ oa:hasSource source:both ] .
claim:secret a ag:Claim ; rdf:subject id:anna ; rdf:predicate ag:servedOn ; rdf:object id:den ;
    ag:sensitive true ; ag:conflictsWith claim:open ;
    ag:evidence [ oa:hasSource source:both ; oa:hasSelector [ oa:start 1 ] ],
                [ oa:hasSource source:only ; ag:note "hush" ] .
claim:told a ag:Claim ; rdf:subject id:club ; rdf:predicate ag:announced ;
    rdf:object claim:secret ; ag:evidence [ oa:hasSource source:both ; ag:note "hush too" ] .
claim:retold a ag:Claim ; rdf:subject id:bert ; rdf:predicate ag:announced ;
    rdf:object claim:told ; ag:evidence [ oa:hasSource source:both ; ag:note "hush again" ] .
id:anna rdfs:label "Anna" . id:bert rdfs:label "Bert" . id:club rdfs:label "Club" .
id:den rdfs:label "Den" ; rdfs:seeAlso id:cellar . id:cellar rdfs:label "Cellar" .
id:cellar rdfs:seeAlso id:den .
source:both rdfs:label "Both" . source:only rdfs:label "Only" .
"""


def test_what_goes_and_what_stays(make_folder: MakeFolder) -> None:
    quads = held(open_graph(make_folder({"data/a.ttl": SENSITIVE})))
    text = "\n".join(map(str, quads))
    gone = ("claim/secret", "claim/told", "claim/retold", "hush", "Den", "Cellar", "id/den",
            "id/cellar", "id/bert", "source/only", "oa#start> ")  # fmt: skip
    assert not [name for name in gone if name in text]
    for name in ("Anna", '"Club"', '"Both"', "claim/open", "claim/open#"):
        assert name in text
    shown = held(open_graph(make_folder({"data/a.ttl": SENSITIVE}), include_sensitive=True))
    assert not [name for name in gone[:-1] if name not in "\n".join(map(str, shown))]
    assert quads < shown


@pytest.mark.parametrize("flag", ['"true"', "1", "yes", '"perhaps"'])
def test_any_flag_but_false_withholds(flag: str, make_folder: MakeFolder) -> None:
    flag = '"yes"' if flag == "yes" else flag
    text = SENSITIVE.replace("ag:sensitive true", f"ag:sensitive {flag}")
    root = make_folder({"data/a.ttl": text})
    assert node("claim/secret") not in mentioned(held(open_graph(root)))


@pytest.mark.parametrize("flag", ["false", '"0"'])
def test_false_withholds_nothing(flag: str, make_folder: MakeFolder) -> None:
    text = SENSITIVE.replace("ag:sensitive true", f"ag:sensitive {flag}")
    root = make_folder({"data/a.ttl": text})
    assert held(open_graph(root)) == held(open_graph(root, include_sensitive=True))


def test_a_link_from_a_shared_thing_saves_nothing(make_folder: MakeFolder) -> None:
    """A thing that stays and mentions a sensitive claim does not keep what belongs to that."""
    text = SENSITIVE + "id:anna rdfs:seeAlso claim:secret ."
    quads = "\n".join(map(str, held(open_graph(make_folder({"data/a.ttl": text})))))
    assert "Anna" in quads
    for name in ("claim/secret", "hush", "Den", "source/only"):
        assert name not in quads


@pytest.mark.parametrize("thing", ["id:anna", "source:both", "id:own"])
def test_other_things_that_are_flagged_are_not_mentioned(
    thing: str, make_folder: MakeFolder
) -> None:
    own = f"""{PREFIXES}
    claim:x a ag:Claim ; rdf:subject id:anna ; rdf:predicate id:own ; rdf:object id:club ;
        ag:evidence [ oa:hasSource source:both ] .
    id:anna rdfs:label "Anna" . source:both rdfs:label "Both" . id:own rdfs:label "own" .
    {thing} ag:sensitive true .
    """
    quads = held(open_graph(make_folder({"data/a.ttl": own})))
    assert node(thing.replace(":", "/").replace("source/", "source/")) not in mentioned(quads)


def test_no_account_is_in_the_built_in_graph_unless_asked_for(graph: Graph) -> None:
    def accounts(quads: set[Quad]) -> list[str]:
        texts = (q.object.value for q in quads if isinstance(q.object, Literal))
        return [t for t in texts if "account of" in t and not t.startswith("True for a claim")]

    assert not accounts(held(graph))
    assert accounts(held(open_graph(include_sensitive=True)))
