"""The triples of a view, looked up one by one, against the store that `extract` makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Triple

from allgraph.graph import Graph, open_graph
from allgraph.graph.timeline import View, as_of
from allgraph.linkeddata.documents import about
from allgraph.model import edtf, topics
from allgraph.rdf.terms import Term
from tests.conftest import MakeFolder
from tests.graph.test_timeline import SHARED
from tests.support import oracle
from tests.support.oracle import World, loaded
from tests.support.tools import share


def assert_same(view: View, each: int = 1) -> None:
    """Compare all triples of a view, and by the nodes and values that they have: every `each`th."""
    find = view.quads
    assert "_engine" not in vars(view)  # so `find` looks each up
    held: dict[str, set[Triple]] = {"": {quad.triple for quad in find(None, None, None)}}
    terms: list[Term] = sorted(
        {term for quad in view.root.queried.quads(None, None, None) for term in quad.triple},
        key=str,
    )[::each]
    for term in terms:
        for place, ends in enumerate(((term, None, None), (None, None, term))):
            if place or not str(term).startswith('"'):
                held[f"{place} {term}"] = {quad.triple for quad in find(*ends)}
    whole = {quad.triple for quad in view.queried.quads(None, None, None)}
    assert held.pop("") == whole
    by_end: dict[str, set[Triple]] = {key: set() for key in held}
    for triple in whole:
        for key in (f"0 {triple.subject}", f"1 {triple.object}"):
            if key in by_end:
                by_end[key].add(triple)
    assert held == by_end


@pytest.mark.parametrize("possible", [False, True])
@pytest.mark.parametrize("day", ["1990-01-01", "2013-07-01", "2026-11-23"])
def test_triples_are_those_of_the_store(graph: Graph, day: str, possible: bool) -> None:
    assert_same(as_of(graph, day, possible=possible), each=5)


def test_withdrawn_claims_are_like_others() -> None:
    assert_same(as_of(open_graph(withdrawn=True), "2013-07-01", possible=True), each=20)


@given(oracle.worlds(), oracle.days, oracle.days, st.booleans())
@settings(max_examples=share(20))
def test_triples_of_random_graphs(
    world: World, first: edtf.Day, second: edtf.Day, possible: bool
) -> None:
    graph = loaded(world)
    assert_same(as_of(graph, edtf.iso(first), possible=possible))
    view = as_of(as_of(graph, edtf.iso(first), possible=True), edtf.iso(second))
    assert_same(view)


MORE = """
claim:named a ag:Claim ; rdf:subject id:bea ; rdf:predicate ag:companionOf ; rdf:object id:ada ;
    ag:when "2015"^^edtf:EDTF ; ag:evidence id:proof-1 ; id:inner [ id:deeper [ rdf:value 1 ] ] .
id:proof-1 ag:evidence id:proof-2 ; id:nested id:proof-1 . id:proof-2 ag:evidence id:proof-1 .
<https://example.org/club/claim/named#x> rdf:value 2 .
claim:named id:inner <https://example.org/club/claim/named#x> .
<https://example.org/club/claim/named#x> id:next <https://example.org/club/claim/named#x-y> .
<https://example.org/club/claim/named#x-y> rdf:value 3 .
id:proof-1 a ag:Person .
id:elsewhere rdfs:seeAlso <https://example.org/club/claim/named#x-y> .
id:took a ag:Event . ag:signatory ag:yields ag:signed .
claim:underwent a ag:Claim ; rdf:subject id:letter ; rdf:predicate ag:underwent ;
    rdf:object id:took ; ag:when "2015"^^edtf:EDTF .
claim:took a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:tookPart ; rdf:object id:took ;
    ag:role ag:signatory ; ag:when "2016"^^edtf:EDTF .
"""


@pytest.mark.parametrize(
    "day", ["2011-06-01", "2014-01-01", "2015-08-01", "2016-06-01", "2020-01-01"]
)
def test_what_belongs_to_claims(make_folder: MakeFolder, day: str) -> None:
    graph = open_graph(make_folder({"data/a.ttl": SHARED + MORE}, prefixes=True))
    for possible in (False, True):
        assert_same(as_of(graph, day, possible=possible))


@pytest.mark.parametrize("large", [topics.LARGE, 5])
def test_documents_are_those_of_the_store(
    graph: Graph, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "LARGE", large)
    view, same = as_of(graph, "2013-07-01"), as_of(graph, "2013-07-01")
    assert same.engine
    for name in ("andrew-cuomo", "coco-rocha", "model-alliance", "new-york-state-senate"):
        iri = graph.prefixes.expand(f"id:{name}")
        assert iri is not None
        one, other = about(view, iri), about(same, iri)
        assert {*one.statements} == {*other.statements} and one.claims == other.claims
    assert "_engine" not in vars(view)
