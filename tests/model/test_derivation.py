"""What follows from claims, the names of blank nodes, and what is withheld."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    Store,
    Triple,
)

from allgraph.graph import Graph, open_graph
from allgraph.model import vocabulary
from allgraph.rdf.terms import AG, DERIVED, OA, RDF, RDFS, XSD, Node, Term
from allgraph.sparql.embedded import Embedded
from tests.support.naming import named_quads, node_names
from tests.support.snippets import claim

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
ALONE = f'format = 1\ntitle = "A test"\nbase = "{BASE}"\nextends = false\n'
ONTOLOGY = """
ag:served ag:aspect ag:State .      ag:signed ag:aspect ag:Event .
ag:underwent ag:aspect ag:Event .   ag:tookPart ag:aspect ag:Event .
ag:Founder ag:yields ag:founded .
"""


def node(name: str) -> NamedNode:
    return NamedNode(BASE + name)


class Loaded:
    """A folder with its own small ontology, loaded."""

    def __init__(self, make: MakeFolder, data: str, include_sensitive: bool = False) -> None:
        files = {"data/a.ttl": data, "ontology/o.ttl": ONTOLOGY}
        root = make(files, manifest=ALONE, prefixes=True)
        self.graph = open_graph(root, include_sensitive=include_sensitive)

    def ask(self, pattern: str) -> bool:
        return bool(self.graph.sparql(f"ASK {{ {pattern} }}"))

    def derived(self) -> set[str]:
        """The derived triples, with short names."""
        answer = self.graph.sparql("CONSTRUCT { ?s ?p ?o } FROM ag:derived WHERE { ?s ?p ?o }")
        show = self.graph.prefixes.show
        return {" ".join(map(show, triple)) for triple in answer.triples or ()}

    def bounds(self, name: str) -> list[str]:
        rows = self.graph.sparql(
            f"SELECT * {{ VALUES ?c {{ claim:{name} }} OPTIONAL {{ ?c ag:beginNotBefore ?b1 }}"
            "OPTIONAL { ?c ag:beginNotAfter ?b2 } OPTIONAL { ?c ag:endNotBefore ?e1 }"
            "OPTIONAL { ?c ag:endNotAfter ?e2 } }"
        ).rows
        return [getattr(rows[0][column], "value", "") for column in ("b1", "b2", "e1", "e2")]


# ---- What follows -----------------------------------------------------------


def test_a_claim_gives_its_direct_triple(make_folder: MakeFolder) -> None:
    data = claim("one", "id:ada", "ag:served", "id:club")
    data += claim("two", "id:ada", "ag:served", "id:other", "ag:rank ag:Normal")
    data += claim("three", "id:ada", "ag:born", '"1815"', "ag:rank ag:Preferred")
    assert Loaded(make_folder, data).derived() == {
        "id:ada ag:served id:club",
        "id:ada ag:served id:other",
        "id:ada ag:born 1815",
    }


def test_a_deprecated_claim_gives_no_direct_triple_but_keeps_what_is_its_own(
    make_folder: MakeFolder,
) -> None:
    data = claim(
        "one", "id:ada", "ag:served", "id:club",
        'ag:rank ag:Deprecated ; ag:when "2013" ; ag:evidence [ oa:hasSource source:a ]',
    )  # fmt: skip
    loaded = Loaded(make_folder, data)
    assert loaded.derived() == {
        "claim:one ag:source source:a",
        "claim:one ag:beginNotAfter 2013-12-31",
        "claim:one ag:endNotBefore 2013-01-01",
    }
    data += claim("two", "id:ada", "ag:served", "id:club")
    assert "id:ada ag:served id:club" in Loaded(make_folder, data).derived()


@pytest.mark.parametrize(
    "parts",
    [
        "rdf:subject id:a ; rdf:predicate ag:served",
        "rdf:subject id:a, id:b ; rdf:predicate ag:served ; rdf:object id:c",
        "rdf:subject id:a ; rdf:predicate ag:served, ag:signed ; rdf:object id:c",
        "rdf:subject id:a ; rdf:predicate 'served' ; rdf:object id:c",
        "rdf:subject 'a' ; rdf:predicate ag:served ; rdf:object id:c",
    ],
)
def test_a_claim_that_is_not_whole_gives_nothing(parts: str, make_folder: MakeFolder) -> None:
    assert Loaded(make_folder, f"claim:one a ag:Claim ; {parts} .").derived() == set()


def test_what_is_stated_is_not_derived_again(make_folder: MakeFolder) -> None:
    data = claim("one", "id:ada", "ag:served", "id:club") + "id:ada ag:served id:club .\n"
    loaded = Loaded(make_folder, data)
    assert loaded.derived() == set()
    assert len(loaded.graph.sparql("SELECT * { id:ada ag:served ?x }")) == 1


def test_what_follows_from_a_claim_without_an_iri_is_about_it(make_folder: MakeFolder) -> None:
    data = claim(
        "one", "id:ada", "ag:served", "id:club", "ag:evidence [ oa:hasSource source:a ]"
    ).replace("claim:one", "_:one")
    loaded = Loaded(make_folder, data)
    assert loaded.ask("?claim a ag:Claim ; ag:source source:a")
    assert loaded.ask("id:ada ag:served id:club")


def test_sources_follow_from_evidence(make_folder: MakeFolder) -> None:
    data = claim(
        "one", "id:ada", "ag:born", "'1815'",
        "ag:evidence [ oa:hasSource source:a ], [ oa:hasSource source:b ; ag:pageNumber '3' ], "
        "[ oa:hasSource source:a ; ag:pageNumber '4' ]",
    )  # fmt: skip
    assert Loaded(make_folder, data).derived() == {
        "id:ada ag:born 1815",
        "claim:one ag:source source:a",
        "claim:one ag:source source:b",
    }


def test_conflicts_hold_both_ways(make_folder: MakeFolder) -> None:
    data = claim("one", "id:a", "ag:born", "'1815'", "ag:conflictsWith claim:two, claim:three")
    data += claim("two", "id:a", "ag:born", "'1816'", "ag:conflictsWith claim:one")
    data += claim("three", "id:a", "ag:born", "'1817'", "ag:conflictsWith 'no claim'")
    loaded = Loaded(make_folder, data)
    for one, other in (("one", "two"), ("two", "one"), ("one", "three"), ("three", "one")):
        assert loaded.ask(f"claim:{one} ag:conflictsWith claim:{other}")
    assert "claim:three ag:conflictsWith claim:one" in loaded.derived()


FOUNDING = claim("founding", "id:club", "ag:underwent", "id:founding", 'ag:when "2011"')


def test_a_founder_of_an_event_founded_what_underwent_it(make_folder: MakeFolder) -> None:
    data = FOUNDING + claim("part", "id:ada", "ag:tookPart", "id:founding", "ag:role ag:Founder")
    data += claim("guest", "id:bob", "ag:tookPart", "id:founding", "ag:role ag:Guest")
    data += claim("none", "id:eve", "ag:tookPart", "id:founding")
    derived = Loaded(make_folder, data).derived()
    assert "id:ada ag:founded id:club" in derived
    assert not [each for each in derived if "founded" in each and "ada" not in each]


@pytest.mark.parametrize("deprecated", ["founding", "part"])
def test_a_deprecated_part_founds_nothing(deprecated: str, make_folder: MakeFolder) -> None:
    data = FOUNDING + claim("part", "id:ada", "ag:tookPart", "id:founding", "ag:role ag:Founder")
    data += f"claim:{deprecated} ag:rank ag:Deprecated ."
    assert "id:ada ag:founded id:club" not in Loaded(make_folder, data).derived()


# ---- Bounds -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("predicate", "more", "bounds"),
    [
        ("ag:signed", 'ag:when "2013-06"', ["2013-06-01", "2013-06-30"] * 2),
        ("ag:served", 'ag:when "2013-06"', ["", "2013-06-30", "2013-06-01", ""]),
        ("ag:served", 'ag:when "2011/2013"', ["2011-01-01", "2011-12-31", "2013-01-01",
                                              "2013-12-31"]),
        ("ag:served", 'ag:when "2011/2013"^^edtf:EDTF', ["2011-01-01", "2011-12-31", "2013-01-01",
                                                         "2013-12-31"]),
        ("ag:served", "ag:note 'no date'", [""] * 4),
        ("ag:timeless", 'ag:when "2013"', [""] * 4),
        ("ag:signed", 'ag:when "2013?"', [""] * 4),
        ("ag:signed", 'ag:when "2012", "2013"', [""] * 4),
        ("ag:signed", 'ag:when "Y170000002"', ["170000002-01-01", "170000002-12-31"] * 2),
        ("ag:signed", 'ag:when "-0043-03-15"', ["-0043-03-15"] * 4),
        # what the sources say
        ("ag:served", "ag:evidence [ ag:currentAsOf '2018-05-01' ]", ["", "", "2018-05-01", ""]),
        ("ag:served", "ag:evidence [ ag:currentAsOf '2018-05' ], [ ag:currentAsOf '2020' ]",
         ["", "", "2020-01-01", ""]),
        ("ag:signed", "ag:evidence [ ag:currentAsOf '2018-05-01' ]", [""] * 4),
        # what moves with its source
        ("ag:served", "ag:evidence [ oa:hasSource source:old ; ag:current true ]",
         ["", "2018-05-31", "2018-05-01", ""]),
        ("ag:served", "ag:evidence [ oa:hasSource source:old ; ag:currentAsOf '2018-05-01' ]",
         ["", "2018-05-31", "2018-05-01", ""]),
        ("ag:served", "ag:evidence [ oa:hasSource source:old ; ag:current false ]",
         ["", "2018-05-31", "", ""]),
        ("ag:served", "ag:evidence [ oa:hasSource source:read ; ag:current true ]",
         ["", "2026-11-23", "", ""]),
        ("ag:served", "ag:evidence [ ag:current true ], [ oa:hasSource source:old ]",
         ["", "2018-05-31", "", ""]),
        ("ag:signed", "ag:evidence [ oa:hasSource source:old ; ag:current true ]",
         ["", "2018-05-31", "", "2018-05-31"]),
        ("ag:signed", "ag:evidence [ oa:hasSource source:read ]", ["", "2026-11-23", "",
                                                                   "2026-11-23"]),
        ("ag:signed", "ag:evidence [ oa:hasSource source:old ]", ["", "2018-05-31", "",
                                                                  "2018-05-31"]),
        ("ag:served", "ag:evidence [ oa:hasSource source:old ]", ["", "2018-05-31", "", ""]),
        ("ag:signed", "ag:evidence [ oa:hasSource source:old ], [ oa:hasSource source:read ]",
         ["", "2018-05-31", "", "2018-05-31"]),
        ("ag:signed", "ag:prospective true ; ag:evidence [ oa:hasSource source:old ]", [""] * 4),
        ("ag:signed", 'ag:when "2030" ; ag:evidence [ oa:hasSource source:old ]',
         ["2030-01-01", "2030-12-31"] * 2),
    ],
)  # fmt: skip
def test_bounds_follow_from_dates_aspects_and_sources(
    predicate: str, more: str, bounds: list[str], make_folder: MakeFolder
) -> None:
    data = claim("one", "id:ada", predicate, "id:it", more)
    data += "source:read ag:read '2026-11-23' .\n"
    data += "source:old ag:read '2026-11-23' ; ag:earliest '2018-05-01' ; ag:latest '2018-05' .\n"
    assert Loaded(make_folder, data).bounds("one") == bounds


def test_a_date_said_in_two_files_is_one_date(make_folder: MakeFolder) -> None:
    data = claim("one", "id:ada", "ag:signed", "id:it", 'ag:when "2013"')
    files = {"data/a.ttl": data, "data/b.ttl": data, "ontology/o.ttl": ONTOLOGY}
    graph = open_graph(make_folder(files, manifest=ALONE, prefixes=True))
    found = graph.sparql("SELECT ?day { claim:one ag:endNotAfter ?day }").rows
    assert [getattr(row["day"], "value", "") for row in found] == ["2013-12-31"]


@pytest.mark.parametrize(
    "more",
    ['ag:when "2013-02-30"', "ag:when id:no-date", "ag:when [ ag:note 'x' ]",
     "ag:evidence [ ag:currentAsOf 'now' ]", "ag:evidence [ oa:hasSource source:bad ]",
     "ag:evidence [ oa:hasSource source:early ; ag:current true ]"],
)  # fmt: skip
def test_a_date_that_cannot_be_read_is_logged_and_leaves_no_bounds(
    more: str, make_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    data = claim("bad", "id:ada", "ag:signed", "id:it", more)
    data += claim("good", "id:ada", "ag:signed", "id:it", 'ag:when "2013"')
    data += "source:bad ag:read 'yesterday' . source:early ag:earliest 'long ago' .\n"
    with caplog.at_level(logging.WARNING, logger="allgraph"):
        loaded = Loaded(make_folder, data)
    assert loaded.bounds("bad") == [""] * 4
    assert loaded.bounds("good") == ["2013-01-01", "2013-12-31"] * 2
    assert loaded.ask("id:ada ag:signed id:it")
    [record] = caplog.records
    assert f"{BASE}claim/bad" in record.message
    assert "run `allgraph validate`" in record.message


def test_terms_in_odd_places_do_no_harm(make_folder: MakeFolder) -> None:
    data = claim(
        "one", "id:ada", "ag:tookPart", "id:it",
        "ag:role 'founder', [] ; ag:rank 'x' ; ag:evidence 'e', [] ; ag:prospective 'x' ; "
        "ag:conflictsWith [], 'x', claim:none",
    )  # fmt: skip
    data += "ag:Founder ag:yields 'x', [] . ag:tookPart ag:aspect 'x' ."
    assert Loaded(make_folder, data).ask("id:ada ag:tookPart id:it")


# ---- Names of blank nodes ---------------------------------------------------

BLANKS = [BlankNode(f"n{number}") for number in range(6)]
NAMES = [node("a"), node("b#x")]
PREDICATES = [node("p"), node("q")]
nodes: st.SearchStrategy[Node] = st.sampled_from([*BLANKS, *BLANKS, *NAMES])
objects: st.SearchStrategy[Term] = st.one_of(nodes, st.sampled_from([Literal("1"), Literal("x")]))
graphs = st.lists(
    st.builds(Triple, nodes, st.sampled_from(PREDICATES), objects), max_size=12, unique=True
)


def content_of(blank: Term, triples: list[Triple]) -> object:
    """All that a tree of blank nodes says; ``None`` where it is no tree. Recursive."""
    if not isinstance(blank, BlankNode):
        return str(blank)
    if sum(triple.object == blank for triple in triples) != 1 or not anchor_of(blank, triples):
        return None
    below = [
        (str(triple.predicate), content_of(triple.object, triples))
        for triple in triples
        if triple.subject == blank
    ]
    return None if any(inner is None for _, inner in below) else (True, frozenset(below))


def anchor_of(blank: Term, triples: list[Triple], steps: int = 0) -> str:
    """The IRI that a blank node hangs under, one triple a step; ``""`` for none."""
    above = [triple.subject for triple in triples if triple.object == blank]
    if len(above) != 1 or steps > len(triples):
        return ""
    first = above[0]
    return first.value if isinstance(first, NamedNode) else anchor_of(first, triples, steps + 1)


@given(graphs)
@settings(max_examples=500)
def test_trees_under_an_iri_are_named_by_it_and_their_content(triples: list[Triple]) -> None:
    names = node_names(triples)
    blanks = {term for triple in triples for term in triple if isinstance(term, BlankNode)}
    assert set(names) == blanks
    expected = {
        blank: (anchor_of(blank, triples), content)
        for blank in blanks
        if (content := content_of(blank, triples)) is not None
    }
    assert {b for b, name in names.items() if isinstance(name, NamedNode)} == set(expected)
    for blank, (anchor, content) in expected.items():
        mark = "-" if "#" in anchor else "#"
        assert getattr(names[blank], "value", "").startswith(anchor + mark)
        for other, key in expected.items():
            assert (names[blank] == names[other]) == ((anchor, content) == key)
    others = [name for name in names.values() if isinstance(name, BlankNode)]
    assert len(set(others)) == len(others), "those that stay blank stay apart"


@given(graphs, st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_names_do_not_depend_on_order_or_labels(
    triples: list[Triple], random: random.Random
) -> None:
    labels = [f"m{number}" for number in range(len(BLANKS))]
    random.shuffle(labels)
    other = dict(zip(BLANKS, map(BlankNode, labels), strict=True))

    def renamed(term: Term) -> Term:
        return other[term] if isinstance(term, BlankNode) else term

    shuffled = [
        Triple(renamed(t.subject), t.predicate, renamed(t.object))  # type: ignore[arg-type]
        for t in triples
    ]
    random.shuffle(shuffled)
    assert canonical(named(triples)) == canonical(named(shuffled))


def named(triples: Iterable[Triple]) -> list[Triple]:
    """Triples with the names that loading gives their blank nodes."""
    return [quad.triple for quad in named_quads([Quad(*triple) for triple in triples])]


def canonical(triples: Iterable[Triple]) -> Dataset:
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


@given(graphs)
def test_nothing_but_the_names_changes(triples: list[Triple]) -> None:
    names = node_names(triples)
    assert named(triples) == [
        Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object))
        for t in triples
    ]


def turtle(make: MakeFolder, **files: str) -> Store:
    data = {f"data/{name}.ttl": text for name, text in files.items()}
    graph = open_graph(make(data, manifest=ALONE, prefixes=True))
    assert isinstance(graph.engine, Embedded)
    return graph.engine.store


def test_equal_content_under_one_iri_is_one_node(make_folder: MakeFolder) -> None:
    store = turtle(make_folder, a="id:a ag:x [ ag:y 1, 2 ], [ ag:y 2, 1 ], [ ag:y 1 ] .")
    assert len(set(store.quads_for_pattern(None, NamedNode(AG + "x"), None))) == 2


def test_equal_content_under_two_iris_is_two_nodes(make_folder: MakeFolder) -> None:
    store = turtle(make_folder, a="id:a ag:x [ ag:y 1 ] . id:b ag:x [ ag:y 1 ] .")
    assert len({q.object for q in store.quads_for_pattern(None, NamedNode(AG + "x"), None)}) == 2


def test_shared_and_circular_nodes_stay_blank(make_folder: MakeFolder) -> None:
    data = """id:a ag:x _:shared . id:b ag:x _:shared . _:shared ag:y [ ag:z 1 ] .
              id:c ag:x [ ag:y _:round ] . _:round ag:y [ ag:y _:round ] .
              [] ag:x [ ag:y 1 ] . id:d ag:x _:self . _:self ag:y _:self ."""
    store = turtle(make_folder, a=data)
    assert len(store) == 12
    assert all(isinstance(q.object, BlankNode) for q in store if q.predicate.value == AG + "x")


def test_labels_of_two_files_stay_apart(make_folder: MakeFolder) -> None:
    shared = "id:{0}1 ag:x _:same . id:{0}2 ag:x _:same . _:same ag:y '{0}' ."
    store = turtle(make_folder, a=shared.format("a"), b=shared.format("b"))
    subjects = {q.subject for q in store.quads_for_pattern(None, NamedNode(AG + "y"), None)}
    assert len(subjects) == 2


def test_names_are_the_same_each_time(make_folder: MakeFolder) -> None:
    data = "id:a ag:x [ ag:y [ ag:z 1 ] ] , _:b . id:b ag:x _:b . _:b ag:y 1 ."
    assert {str(q) for q in turtle(make_folder, a=data)} == {
        str(q) for q in turtle(make_folder, a=data)
    }


def test_deep_nesting_is_no_trouble(make_folder: MakeFolder) -> None:
    deep = 10_000
    blanks = [BlankNode(f"d{number}") for number in range(deep)]
    chain = [Triple(one, PREDICATES[0], other) for one, other in pairwise(blanks)]
    under = named([Triple(NAMES[0], PREDICATES[0], blanks[0]), *reversed(chain)])
    assert len({triple.object for triple in under}) == deep
    assert all(isinstance(triple.object, NamedNode) for triple in under)
    text = "id:a " + "ag:x [ " * deep + "ag:y 1" + " ]" * deep + " ."
    assert len(turtle(make_folder, a=text)) == deep + 1
    loop = [Triple(NAMES[0], PREDICATES[0], blanks[0]), *chain]
    loop.append(Triple(blanks[-1], PREDICATES[0], blanks[0]))
    assert all(isinstance(triple.object, BlankNode) for triple in named(loop))


# ---- What is withheld -------------------------------------------------------

SECRET = """
claim:secret a ag:Claim ; rdf:subject id:victim ; rdf:predicate ag:told ; rdf:object "the account" ;
    ag:sensitive true ;
    ag:evidence [ oa:hasSource source:diary ; oa:hasSelector [ oa:start 7 ] ; ag:wording "hurt" ] .
id:victim a ag:Person ; rdfs:label "Vic Tim" .
source:diary rdfs:label "A diary" ; prov:specializationOf <https://example.org/diary> .
<https://example.org/diary> rdfs:label "The page" .
"""
SHARED = """
claim:other a ag:Claim ; rdf:subject id:bob ; rdf:predicate ag:served ; rdf:object id:club ;
    ag:evidence [ oa:hasSource source:list ] .
id:bob a ag:Person ; rdfs:label "Bob" . id:club rdfs:label "Club" . source:list rdfs:label "List" .
"""


def strings(graph: Graph) -> str:
    """All that a graph says, in one text."""
    assert isinstance(graph.engine, Embedded)
    return "\n".join(map(str, graph.engine.store))


def test_a_sensitive_claim_stays_away_with_all_that_is_its_own(make_folder: MakeFolder) -> None:
    alone = strings(Loaded(make_folder, SHARED).graph)
    assert strings(Loaded(make_folder, SECRET + SHARED).graph) == alone
    included = strings(Loaded(make_folder, SECRET + SHARED, include_sensitive=True).graph)
    for text in ("the account", "hurt", "Vic Tim", "A diary", "The page"):
        assert text in included


def test_what_others_mention_too_stays(make_folder: MakeFolder) -> None:
    data = SECRET + SHARED + "claim:other ag:evidence [ oa:hasSource source:diary ] ."
    data += "id:club ag:knows id:victim ."
    said = strings(Loaded(make_folder, data).graph)
    for text in ("Vic Tim", "A diary", "The page"):
        assert text in said
    for text in ("secret", "the account", "hurt"):
        assert text not in said


@pytest.mark.parametrize(
    ("more", "gone"),
    [
        (claim("about", "id:bob", "ag:denied", "claim:secret"), "denied"),
        (claim("about", "claim:secret", "ag:denied", "id:bob"), "denied"),
        (claim("a", "id:bob", "ag:said", "claim:b") + claim("b", "id:eve", "ag:denied",
                                                            "claim:secret"), "claim/a"),
        ("claim:other ag:conflictsWith claim:secret .", "secret"),
        ("claim:secret ag:conflictsWith claim:other .", "secret"),
        ("id:club ag:seeAlso claim:secret .", "secret"),
        ("source:diary ag:about id:victim . id:victim ag:pageNumber source:diary .", "A diary"),
        ("id:victim owl:sameAs id:victim .", "Vic Tim"),
        ("<https://example.org/diary> ag:of source:diary .", "The page"),
        ("id:victim ag:livesIn [ ag:street 'Hill' ; ag:of id:victim ] .", "Hill"),
        ("ag:told rdfs:label 'told in confidence' .", "in confidence"),
        (claim("in", "id:eve", "ag:hurt", "id:victim").replace("id:eve", "id:bob")
         + "claim:secret rdf:object claim:in .", "claim/in"),
    ],
)  # fmt: skip
def test_what_leads_to_it_or_belongs_to_it_stays_away(
    more: str, gone: str, make_folder: MakeFolder
) -> None:
    data = SECRET + SHARED + more
    assert gone in strings(Loaded(make_folder, data, include_sensitive=True).graph)
    loaded = Loaded(make_folder, data)
    assert gone not in strings(loaded.graph)
    assert loaded.ask("id:bob ag:served id:club")


def test_another_claim_does_not_go_with_its_rival(make_folder: MakeFolder) -> None:
    loaded = Loaded(make_folder, SECRET + SHARED + "claim:secret ag:conflictsWith claim:other .")
    assert loaded.ask("claim:other a ag:Claim ; ag:source source:list")


def test_a_property_in_use_keeps_its_description(make_folder: MakeFolder) -> None:
    data = SECRET + "ag:told rdfs:label 'told' . id:bob ag:told 'a joke' ."
    assert Loaded(make_folder, data).ask("ag:told rdfs:label 'told'")


def test_the_ontology_stays_whole(make_folder: MakeFolder) -> None:
    data = SECRET.replace("ag:told", "ag:served")
    assert Loaded(make_folder, data).ask("ag:served ag:aspect ag:State")


@pytest.mark.parametrize("flag", ["true", '"1"^^xsd:boolean', "1", '"TRUE"', '"yes"', "ag:Yes"])
def test_anything_but_false_is_a_flag(flag: str, make_folder: MakeFolder) -> None:
    data = SHARED + f"claim:other ag:sensitive {flag} ."
    assert "Bob" not in strings(Loaded(make_folder, data).graph)


@pytest.mark.parametrize("flag", ["false", '"0"^^xsd:boolean', '"false"'])
def test_false_is_no_flag(flag: str, make_folder: MakeFolder) -> None:
    data = SHARED + f"claim:other ag:sensitive {flag} ."
    assert Loaded(make_folder, data).ask("id:bob ag:served id:club")


def test_a_thing_may_be_flagged_too(make_folder: MakeFolder) -> None:
    said = strings(Loaded(make_folder, SHARED + "id:bob ag:sensitive true .").graph)
    assert "bob" not in said
    assert "claim/other" not in said


@pytest.mark.parametrize("thing", ["source:list", "id:own", "id:club", "claim:place"])
def test_nothing_that_is_flagged_is_mentioned(thing: str, make_folder: MakeFolder) -> None:
    data = claim("other", "id:bob", "id:own", "id:club", "ag:evidence claim:place")
    data += "claim:place oa:hasSource source:list . id:bob id:own id:den ; rdfs:label 'Bob' .\n"
    iri = f"<{BASE}{thing.replace(':', '/')}>"
    assert iri in strings(Loaded(make_folder, data).graph)
    assert iri not in strings(Loaded(make_folder, f"{data}{thing} ag:sensitive true .").graph)


def test_a_property_that_something_kept_uses_is_kept(make_folder: MakeFolder) -> None:
    """Also when what uses it is itself kept only because something else leads to it."""
    data = SECRET.replace("ag:told", "id:own") + SHARED
    data += "id:own rdfs:label 'my own' . id:victim id:own id:x . id:bob ag:knows id:victim ."
    assert "my own" in strings(Loaded(make_folder, data).graph)


def test_nothing_is_logged_of_what_is_withheld(
    make_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        Loaded(make_folder, SECRET + SHARED + "claim:secret ag:when 'no date' .")
    assert not caplog.records


# An oracle: random small graphs, and what is left when the flagged claims are deleted by hand.

CLAIMS = [node(f"claim/c{number}") for number in range(4)]
THINGS = [node(f"id/t{number}") for number in range(4)]
SOURCES = [node(f"source/s{number}") for number in range(2)]
PAGE, LINK = node("page"), NamedNode(AG + "link")
SERVED = NamedNode(AG + "served")
RDF_TYPE, LABEL = NamedNode(RDF + "type"), NamedNode(RDFS + "label")
PARTS = [NamedNode(RDF + part) for part in ("subject", "predicate", "object")]
FLAG = NamedNode(AG + "sensitive")


@st.composite
def folders(draw: st.DrawFn) -> list[Triple]:
    """The triples of a folder with some flagged claims."""
    triples: list[Triple] = []
    things = st.sampled_from(THINGS)
    for number, each in enumerate(CLAIMS[: draw(st.integers(1, 4))]):
        subject = draw(things | st.sampled_from(CLAIMS))
        obj: Term = draw(things | st.sampled_from(CLAIMS) | st.just(Literal("x")))
        values: list[Term] = [subject, draw(st.sampled_from([SERVED, LINK])), obj]
        triples += [Triple(each, part, value) for part, value in zip(PARTS, values, strict=True)]
        triples.append(Triple(each, RDF_TYPE, vocabulary.CLAIM))
        evidence = BlankNode(f"e{number}")
        triples.append(Triple(each, vocabulary.EVIDENCE, evidence))
        source = draw(st.sampled_from(SOURCES))
        triples.append(Triple(evidence, NamedNode(OA + "hasSource"), source))
        flag = draw(st.sampled_from(["true", "false", None, None]))
        if flag:
            boolean = Literal(flag, datatype=NamedNode(XSD + "boolean"))
            triples.append(Triple(each, FLAG, boolean))
    everything = [*CLAIMS, *THINGS, *SOURCES, PAGE, LINK]
    for each in draw(st.lists(st.sampled_from(everything), unique=True)):
        triples.append(Triple(each, LABEL, Literal(each.value[-2:])))
    ends = st.sampled_from([*THINGS, *SOURCES, PAGE, *CLAIMS])
    predicates = st.sampled_from([LINK, vocabulary.CONFLICTS])
    return triples + draw(st.lists(st.builds(Triple, ends, predicates, ends), max_size=6))


def by_hand(triples: list[Triple]) -> tuple[list[Triple], set[Term]]:
    """What is left without the flagged claims, those about them, and what is then out of reach."""
    true = ("true", "1")
    gone: set[Term] = {
        t.subject for t in triples if t.predicate == FLAG and getattr(t.object, "value", "") in true
    }
    for _ in triples:
        gone |= {t.subject for t in triples if t.predicate in PARTS and t.object in gone}
    described: set[Term] = {t.subject for t in triples}
    claims = {t.subject for t in triples if t.object == vocabulary.CLAIM}
    lost = set(gone)
    for _ in triples:
        lost |= {
            t.object
            for t in triples
            if t.subject in lost
            and t.object in described
            and (t.object not in claims or t.predicate in (PARTS[0], PARTS[2]))
        }
    reached: set[Term] = described - lost
    for _ in triples:
        found = [t for t in triples if t.subject in reached]
        reached |= {t.object for t in found} | {t.predicate for t in found}
        reached -= gone
    lost -= reached
    return [t for t in triples if not {t.subject, t.object} & lost], lost


def as_text(triples: list[Triple]) -> str:
    return "".join(f"{triple} .\n" for triple in triples)


@pytest.mark.slow
@given(folders())
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_withholding_is_as_deleting_by_hand(make_folder: MakeFolder, triples: list[Triple]) -> None:
    kept, lost = by_hand(triples)
    everything = Loaded(make_folder, as_text(triples), include_sensitive=True).graph
    found = Loaded(make_folder, as_text(triples)).graph
    assert sorted(strings(found).split("\n")) == sorted(
        strings(Loaded(make_folder, as_text(kept)).graph).split("\n")
    )
    for term in lost:
        if isinstance(term, NamedNode):
            assert term.value in strings(everything)
            assert f"<{term.value}>" not in strings(found)
            assert f"<{term.value}#" not in strings(found)


# ---- The built-in graph -----------------------------------------------------


def test_nothing_sensitive_of_the_built_in_graph_can_be_found(graph: Graph) -> None:
    included = open_graph(include_sensitive=True)
    flagged = included.sparql(
        "SELECT ?claim ?object ?digest { ?claim ag:sensitive true ; rdf:object ?object ;"
        " ag:evidence/ag:sha256 ?digest }"
    )
    assert len(flagged) == 2
    said = strings(graph)
    for row in flagged.rows:
        for term in row.values():
            assert isinstance(term, (NamedNode, Literal))
            assert term.value in strings(included)
            assert term.value not in said
    assert not graph.sparql("ASK { ?s ag:sensitive ?flag }")
    assert not graph.sparql("ASK { ?s ag:reportedExperience ?o }")
    assert not graph.sparql("ASK { ?claim rdf:predicate ag:reportedExperience }")
    assert graph.sparql("ASK { ag:reportedExperience a owl:DatatypeProperty }")


BACK = """SELECT ?claim WHERE {
  {
    $triple ?narrower (rdfs:subPropertyOf|^dcterms:isReplacedBy)* ?p .
    ?claim rdf:subject ?s ; rdf:predicate ?narrower ; rdf:object ?object .
    FILTER(?object = ?o || (isLiteral(?o) && STR(?object) = STR(?o)))
  } UNION {
    $triple ?claim rdf:subject ?s ; rdf:predicate ag:identifier .
    FILTER(?p = schema:sameAs)
  } UNION {
    $triple ?role ag:yields ?p .
    ?claim rdf:subject ?s ; rdf:predicate ag:tookPart ; rdf:object ?event ; ag:role ?role .
    ?underwent rdf:subject ?o ; rdf:predicate ag:underwent ; rdf:object ?event .
  }
  FILTER NOT EXISTS { ?claim ag:rank ag:Deprecated }
}"""
"""The claims that a derived triple follows from, as the pages say."""


def test_direct_triples_of_the_built_in_graph_lead_back_to_claims(graph: Graph) -> None:
    assert isinstance(graph.engine, Embedded)
    own = {*vocabulary.OF_CLAIMS, vocabulary.TYPE}
    quads = graph.store.quads_for_pattern(None, None, None, DERIVED)
    direct = [quad for quad in quads if quad.predicate not in own]
    assert len(direct) > 100
    assert {NamedNode(AG + name) for name in ("founded", "signedOrSupported")} <= {
        quad.predicate for quad in direct
    }
    for quad in direct:
        values = f"VALUES (?s ?p ?o) {{ ({quad.subject} {quad.predicate} {quad.object}) }}"
        assert graph.sparql(BACK.replace("$triple", values)).rows, quad


def test_the_same_folder_loads_the_same_each_time(make_folder: MakeFolder, tmp_path: Path) -> None:
    one, other = (Loaded(make_folder, SECRET + SHARED).graph for _ in "ab")
    assert sorted(strings(one).split("\n")) == sorted(strings(other).split("\n"))
