"""How claims read: by the sentence of a predicate, of a role, or of a kind of event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from allgraph.folder import open_folder
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import Claim, claims, every, named
from allgraph.model import vocabulary
from allgraph.model.derivation import Statement
from allgraph.model.facts import LABEL, SENTENCE, Facts
from allgraph.model.readings import Readings
from allgraph.network.path_results import Step
from tests.conftest import BASE
from tests.support import snippets
from tests.support.endpoints import holding

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

DATA = """
id:ada a ag:Person ; rdfs:label "Ada" . id:bill a ag:Bill ; rdfs:label "B.1" .
id:act a ag:Law ; rdfs:label "Act" ; ag:nameInText "the Act" .
id:club a ag:Organization ; rdfs:label "Club" ; ag:nameInText "the Club" .
id:office a ag:Office ; rdfs:label "Governor" ; ag:nameInText "the Governor" .
id:founding a ag:Founding ; rdfs:label "Founding" ; ag:nameInText "The founding of the Club" .
id:reform a ag:Founding ; rdfs:label "second founding of the Club" .
id:nameless a ag:Launch .
id:part a ag:EntryIntoForce ; rdfs:label "entry into force of Part 2 of the Act" .
id:Breaking a owl:Class ; rdfs:subClassOf ag:Founding ; rdfs:label "breaking" ;
    ag:sentence "{subject} broke at {object}" ; ag:inverseSentence "{object} broke {subject}" .
id:broken a ag:Founding, id:Breaking ; rdfs:label "the storm" .
id:vote a ag:Vote ; rdfs:label "the vote on B.1" .
id:Yes a ag:Role ; rdfs:label "in favour" ; ag:sentence "{subject} voted yes in {object}" .
id:Chair a ag:Role ; rdfs:label "chair" .
id:Nobody a ag:Role .
id:Code a ag:IdentifierScheme, rdfs:Datatype ; rdfs:label "Codes {object}" .
id:Plain a rdfs:Datatype ; rdfs:label "no scheme" .
ag:identifier rdfs:label "identifier" ; ag:aspect ag:Timeless ;
    ag:sentence "{subject} has the identifier {object}" ;
    ag:inverseSentence "{object} is the identifier of {subject}" .
"""
CLAIMS = {
    "founded": (
        "id:club ag:underwent id:founding 2012-02",
        "The Club was founded in February 2012",
    ),
    "again": (
        "id:club ag:underwent id:reform 2013",
        "The history of the Club includes second founding of the Club in 2013",
    ),
    "launched": ("id:club ag:underwent id:nameless 2012", "The Club was launched in 2012"),
    "part": (
        "id:act ag:underwent id:part 2012-02-03",
        "The history of the Act includes entry into force of Part 2 of the Act on 3 February 2012",
    ),
    "broke": ("id:club ag:underwent id:broken 2014", "The Club broke at the storm in 2014"),
    "yes": ("id:ada ag:tookPart id:vote id:Yes", "Ada voted yes in the vote on B.1"),
    "count": (
        "id:vote ag:voteCount 3 id:Yes",
        "The vote on B.1 has a count of 3 for “in favour”",
    ),
    "founder": ("id:ada ag:tookPart id:founding ag:Founder", "Ada founded the Club"),
    "unfounder": (
        "id:ada ag:tookPart id:broken ag:Founder",
        "Ada took part in the storm as founder",
    ),
    "both": (
        "id:ada ag:tookPart id:vote id:Yes,id:Chair",
        "Ada took part in the vote on B.1 as chair and in favour",
    ),
    "chair": (
        "id:ada ag:servedOn id:club id:Chair 2012",
        "Ada served on the Club as chair in 2012",
    ),
    "nobody": ("id:ada ag:tookPart id:vote id:Nobody", "Ada took part in the vote on B.1"),
    "presented": (
        "id:bill ag:presentedAt id:founding 2012",
        "B.1 was presented at The founding of the Club in 2012",
    ),
    "held": ("id:ada ag:heldOffice id:office 2012", "Ada held the office of Governor in 2012"),
    "sent": ("id:bill ag:deliveredTo id:office 2012", "B.1 was delivered to the Governor in 2012"),
    "code": (
        'id:ada ag:identifier "x\\"^^<y>"^^id:Code',
        'Ada has the identifier x"^^<y> (Codes {object})',
    ),
    "plain": ('id:ada ag:identifier "7"^^id:Plain', "Ada has the identifier 7"),
    "text": ('id:ada ag:hasName "A" 2012', "Ada was called A, in 2012"),
}
INVERSE = {
    "founded": "The Club was founded in February 2012",
    "broke": "The storm broke the Club in 2014",
    "founder": "The Club was founded by Ada",
    "count": "3 is the count for “in favour” in the vote on B.1",
    "chair": "The Club had Ada serve on it as chair in 2012",
    "held": "The office of Governor was held by Ada in 2012",
    "sent": "The Governor received B.1 in 2012",
    "text": "A was a name of Ada in 2012",
}


def written(name: str, said: str) -> str:
    """A claim in Turtle; after its three parts come perhaps roles and a date."""
    subject, predicate, obj, *more = said.split()
    when = next((part for part in more if part[0].isdigit()), None)
    roles = [part for part in more if part != when]
    return snippets.claim(name, subject, predicate, obj, when=when, roles=roles)


@pytest.fixture
def graph(make_folder: MakeFolder) -> Graph:
    data = DATA + "".join(written(name, said) for name, (said, _) in CLAIMS.items())
    return open_graph(make_folder({"data/a.ttl": data}, prefixes=True))


def claim_of(graph: Graph, name: str) -> Claim:
    (claim,) = named(graph, [NamedNode(f"{BASE}claim/{name}")])
    return claim


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_reads_by_its_role_or_kind_of_event(graph: Graph, name: str) -> None:
    assert str(claim_of(graph, name)) == CLAIMS[name][1]


@pytest.mark.parametrize("name", INVERSE)
def test_inverse_sentences_too(graph: Graph, name: str) -> None:
    assert claim_of(graph, name).read(inverse=True) == INVERSE[name]


def test_claims_read_the_same_from_a_snapshot_and_from_an_endpoint(graph: Graph) -> None:
    here = [*every(graph, is_sorted=True)]
    build(open_folder(graph.folder.root))
    assert [*every(open_graph(graph.folder.root), is_sorted=True)] == here
    with holding(graph.store) as endpoint:
        there = open_graph(graph.folder.root, endpoint=endpoint.url)
        assert claims(there) == here


def test_the_event_stays_the_object_and_the_end_of_a_tie(graph: Graph) -> None:
    claim = claim_of(graph, "founded")
    given = claim.as_dict(graph.prefixes)
    assert given["object"] == "id:founding" and given["sentence"] == "The Club was founded"
    assert claim.object_name == "The founding of the Club"
    assert str(Step(claim, forward=False)) == "The Club was founded in February 2012."


@given(st.text(), st.text(min_size=1))
def test_a_sentence_without_the_event_leaves_nothing_of_its_name_out(
    event: str, thing: str
) -> None:
    facts = Facts()
    told = NamedNode("x:told")
    facts.add([f'{told} {SENTENCE} "{{subject}} was made" .', f'{told} {LABEL} "making" .'])
    facts.add([f"<x:event> {vocabulary.TYPE} {told} ."])
    says = {"<x:c>": Statement("<x:thing>", str(vocabulary.UNDERWENT), "<x:event>")}
    names = {"<x:event>": event, "<x:thing>": thing}
    from numpy import zeros

    templates, reading = Readings(facts, names).templates_of(
        says, [str(vocabulary.UNDERWENT)], zeros(1, "int32")
    )
    if "{object}" not in templates[reading[0]][0]:
        rest = event.casefold().removeprefix("the ").removeprefix("making of ")
        assert not event or rest.removeprefix("the ") == thing.casefold().removeprefix("the ")
