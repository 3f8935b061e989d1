"""What the page of a thing has beside its claims."""

from __future__ import annotations

from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims
from allgraph.rdf.terms import AG
from allgraph.site import profile
from allgraph.site.documents import document_views
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.graph.test_claim_order import folder


def line(graph: Graph, name: str, *, is_person: bool = True) -> str:
    topic = graph.resolve(name).value
    return profile.line(Site(graph), topic, claims(graph, about=name), is_person=is_person)


def test_the_sources_of_a_page_are_counted_and_numbered(make_folder: MakeFolder) -> None:
    graph = open_graph(folder(make_folder))
    sources = profile.sources(Site(graph), claims(graph, about="Ann"))
    assert [(s.number, s.evidence.title, s.claims) for s in sources] == [
        (1, "a book", 7),
        (2, "a list", 1),
    ]


def test_only_so_many_sources_have_a_filter(make_folder: MakeFolder) -> None:
    many = profile.NUMBERED + 3
    more = "claim:c6 ag:evidence " + ", ".join(
        f"[ oa:hasSource source:s{number:02} ]" for number in range(many)
    )
    graph = open_graph(folder(make_folder, more + " ."))
    sources = profile.sources(Site(graph), claims(graph, about="Ann"))
    numbers = [source.number for source in sources]
    assert numbers == [*range(1, profile.NUMBERED + 1)] + [0] * (many + 2 - profile.NUMBERED)


def test_a_line_says_what_somebody_is_and_held(make_folder: MakeFolder) -> None:
    more = """
    claim:m a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:hasOccupation ;
        rdf:object "model" ; ag:evidence [ oa:hasSource source:book ] .
    claim:w a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:hasOccupation ;
        rdf:object "spy" ; ag:rank ag:Deprecated ; ag:evidence [ oa:hasSource source:book ] .
    claim:c6 ag:when "1990/1994"^^edtf:EDTF .
    """
    graph = open_graph(folder(make_folder, more))
    assert line(graph, "Ann") == "model · Seat 1, 1990–1994"
    assert line(graph, "Ann", is_person=False) == "model"
    assert line(graph, "the club", is_person=False) == ""


def test_questions_are_those_that_need_one_such_thing(graph: Graph) -> None:
    site, topic = Site(graph), graph.resolve("Model Alliance").value
    offered = profile.questions(site, topic, [AG + "Organization"], "the Model Alliance")
    addresses = [address.partition("/ask/")[2] for _, address in offered]
    assert "founders?body=id%3Amodel-alliance" in addresses
    assert not any(address.startswith(("bill-makers", "board-on-day")) for address in addresses)
    assert "Who founded the Model Alliance, and when?" in [title for title, _ in offered]
    assert profile.questions(site, topic, [], "") == []


def test_a_thing_is_named_as_in_the_sentences_of_its_claims(graph: Graph) -> None:
    thing = graph.thing(graph.resolve("Model Alliance"))
    about = claims(graph, about=thing.iri)
    assert thing.name == "Model Alliance" == profile.name_in_sentences(thing, ())
    assert profile.name_in_sentences(thing, about) == "the Model Alliance"
    as_object = [claim for claim in about if claim.subject.value != thing.iri]
    assert profile.name_in_sentences(thing, as_object) == "the Model Alliance"


def test_filters_are_targets_of_the_page_itself(graph: Graph) -> None:
    [view] = document_views(Site(graph), [graph.resolve("Model Alliance").value])
    page = view.page().decode()
    disputed = sum(claim.disputed for claim in view.claims_about_topic())
    assert disputed
    assert f'<a href="#only-disputed">{disputed} disputed</a>' in page
    assert page.count('<li class="row disputed') == disputed
    assert 'id="only-disputed"' in page and 'id="only-1"' in page


def test_namesakes_are_told_apart(make_folder: MakeFolder) -> None:
    more = """
    id:ann2 a ag:Person ; rdfs:label "Ann" .
    id:seat2 a ag:Office ; rdfs:label "Seat 2" .
    id:other a ag:Person ; rdfs:label "Anne" .
    claim:n a ag:Claim ; rdf:subject id:ann2 ; rdf:predicate ag:heldOffice ; rdf:object id:seat2 ;
        ag:when "1999"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:book ] .
    """
    graph = open_graph(folder(make_folder, more))
    site, base = Site(graph), graph.folder.base
    found = profile.namesakes_of(site, [f"{base}id/ann", f"{base}id/other"])
    others, is_all = found[f"{base}id/ann"]
    assert others == [(site.address(f"{base}id/ann2"), "person", "Seat 2, 1999")] and is_all
    assert found[f"{base}id/other"] == ([], True)
    [view] = document_views(site, [f"{base}id/ann"])
    assert "<bdi>person, Seat 2, 1999</bdi></a>" in view.page().decode()


def test_many_namesakes_are_searched_for(make_folder: MakeFolder) -> None:
    more = "".join(f'id:ann{n} a ag:Person ; rdfs:label "Ann" .\n' for n in range(9))
    graph = open_graph(folder(make_folder, more))
    [(others, is_all)] = profile.namesakes_of(Site(graph), [f"{graph.folder.base}id/ann"]).values()
    assert len(others) == profile.NAMESAKES and not is_all
