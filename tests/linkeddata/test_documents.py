"""Documents about IRIs: what they hold, in which formats, and where they lie."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
import rdflib
import rdflib.compare
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from allgraph.errors import UnknownFormat, UnknownName
from allgraph.folder import Folder
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, download, open_graph
from allgraph.graph.claims import claims, in_order, named
from allgraph.graph.opening import on_disk
from allgraph.graph.timeline import as_of
from allgraph.graph.view import View
from allgraph.linkeddata import definitions, documents, results
from allgraph.linkeddata.publication import DCTERMS, HYDRA, VOID, Publication
from allgraph.linkeddata.results import ByNode
from allgraph.model import addresses, topics
from allgraph.model.addresses import meant, path_of
from allgraph.model.vocabulary import CLAIM, EVIDENCE, OBJECT, PREDICATE, RANK, SUBJECT, TYPE
from allgraph.rdf.terms import AG, KNOWN, RDF, RDFS, XSD, Prefixes, Term, ag
from allgraph.sparql.embedded import Embedded
from tests.support.derived import filled
from tests.support.endpoints import holding
from tests.support.processes import outputs
from tests.support.tools import share, tenth

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
OURS = "https://w3id.org/allgraph/"
OXIGRAPH = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES,
            "rdfxml": RdfFormat.RDF_XML, "jsonld": RdfFormat.JSON_LD}  # fmt: skip
RDFLIB = {"turtle": "turtle", "ntriples": "nt", "rdfxml": "xml", "jsonld": "json-ld"}
LABEL = NamedNode(RDFS + "label")
TOPIC = NamedNode(KNOWN["foaf"] + "primaryTopic")


def a(kind: str, name: str) -> NamedNode:
    return NamedNode(f"{BASE}{kind}/{name}")


def canonical(triples: object) -> Dataset:
    dataset = Dataset(Quad(*triple) for triple in triples)  # type: ignore[attr-defined]
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def objects(document: documents.Document, subject: NamedNode, predicate: NamedNode) -> set[object]:
    return {t.object for t in document.triples if t.subject == subject and t.predicate == predicate}


THINGS = """
id:ann a ag:Person ; rdfs:label "Ann" ; skos:altLabel "Annie" ; dcterms:isReplacedBy id:anna .
id:anna a ag:Person ; rdfs:label "Anna" ; dcterms:isReplacedBy id:anna-b .
id:anna-b a ag:Person ; rdfs:label "Anna B." .
id:one dcterms:isReplacedBy id:two . id:two dcterms:isReplacedBy id:one .
id:board a ag:Unit ; rdfs:label "the Board" .
id:office a ag:Organization ; rdfs:label "the Office" .
id:other a ag:Person ; rdfs:label "Other" ; rdfs:seeAlso id:ann .
source:s a ag:Source ; rdfs:label "A source" ; prov:specializationOf <https://x.org/p> .
claim:served a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:when "2011"^^edtf:EDTF ; ag:conflictsWith claim:other ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:s ;
        oa:hasSelector [ a oa:TextPositionSelector ; oa:start 1 ; oa:end 2 ] ] .
claim:other a ag:Claim ; rdf:subject id:other ; rdf:predicate ag:servedOn ; rdf:object id:board ;
    ag:rank ag:Deprecated ; ag:evidence [ oa:hasSource source:s ] .
claim:said a ag:Claim ; rdf:subject id:office ; rdf:predicate ag:announced ;
    rdf:object claim:served ; ag:evidence [ oa:hasSource source:s ] .
"""
SECRET = """
claim:secret a ag:Claim ; ag:sensitive true ; rdf:subject id:ann ; rdf:predicate ag:servedOn ;
    rdf:object id:hidden ; ag:evidence [ oa:hasSource source:hidden ] .
id:hidden a ag:Unit ; rdfs:label "Hidden" . source:hidden a ag:Source ; rdfs:label "Hidden source" .
"""


@pytest.fixture
def small(make_folder: MakeFolder) -> Graph:
    return open_graph(make_folder({"data/a.ttl": THINGS + SECRET}, prefixes=True))


# ---- What a document holds


def test_a_thing_has_its_claims_both_ways_with_all_that_is_needed_to_read_them(
    small: Graph,
) -> None:
    document = documents.about(small, a("id", "ann"))
    served = a("claim", "served")
    (evidence,) = objects(document, served, EVIDENCE)
    assert isinstance(evidence, NamedNode)
    (selector,) = objects(document, evidence, NamedNode(Prefixes.of(BASE)["oa"] + "hasSelector"))
    assert isinstance(selector, NamedNode)
    assert len(objects(document, selector, TYPE)) == 1
    assert objects(document, served, ag("beginNotAfter"))
    assert objects(document, a("source", "s"), LABEL) == {Literal("A source")}
    assert objects(document, a("id", "board"), LABEL) == {Literal("the Board")}
    assert objects(document, ag("servedOn"), LABEL)
    assert Triple(a("id", "ann"), ag("servedOn"), a("id", "board")) in document.triples
    assert Triple(a("id", "other"), NamedNode(RDFS + "seeAlso"), a("id", "ann")) in document.triples
    assert objects(document, a("claim", "said"), OBJECT) == {served}  # a claim about its claim
    assert objects(document, a("claim", "other"), RANK) == {ag("Deprecated")}  # a rival
    wrong = Triple(a("id", "other"), ag("servedOn"), a("id", "board"))
    assert wrong not in document.triples  # what is deprecated yields nothing
    assert (document.page, document.pages, document.whole) == (1, 1, True)


def test_a_claim_has_its_evidence_rivals_and_names(small: Graph) -> None:
    document = documents.about(small, a("claim", "said"))
    assert objects(document, a("claim", "served"), SUBJECT) == {a("id", "ann")}
    assert objects(document, a("id", "office"), LABEL) == {Literal("the Office")}
    assert objects(document, a("id", "ann"), LABEL)
    rival = documents.about(small, a("claim", "other"))
    assert objects(rival, a("claim", "served"), PREDICATE)


def test_a_part_has_the_document_of_what_it_is_a_part_of(small: Graph) -> None:
    whole = documents.about(small, a("claim", "served"))
    (evidence,) = objects(whole, a("claim", "served"), EVIDENCE)
    assert isinstance(evidence, NamedNode)
    assert documents.about(small, evidence) == whole
    with pytest.raises(UnknownName):
        documents.about(small, a("claim", "served#0123456789abcdef"))


def test_parts_of_a_thing_come_with_their_own_parts(make_folder: MakeFolder) -> None:
    text = "id:a rdfs:seeAlso [ rdfs:label 'outer' ; rdfs:seeAlso [ rdfs:label 'inner' ] ] ."
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    document = documents.about(graph, a("id", "a"))
    labels = {text for t in document.triples if t.predicate == LABEL for text in [str(t.object)]}
    assert {'"outer"', '"inner"'} <= labels
    parts = [t.object for t in document.triples if t.predicate.value == RDFS + "seeAlso"]
    assert len(parts) == 2
    for part in parts:
        assert isinstance(part, NamedNode)
        assert documents.about(graph, part) == document


def test_what_is_left_out_for_its_length_is_said(
    small: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert documents.about(small, a("id", "board")).whole
    monkeypatch.setattr(documents, "MOST", 1)
    document = documents.about(small, a("id", "board"))
    assert not document.whole
    words = objects(document, NamedNode(BASE + "page/board"), NamedNode(RDFS + "comment"))
    assert "left out" in str(words)


def test_a_source_has_the_claims_that_it_is_evidence_of(small: Graph) -> None:
    document = documents.about(small, a("source", "s"))
    found = {t.subject for t in document.triples if t.predicate == TYPE and t.object == CLAIM}
    assert found == {a("claim", name) for name in ("served", "other", "said")}


def test_a_replaced_thing_says_what_stands_for_it_now(small: Graph) -> None:
    assert documents.about(small, a("id", "ann")).replaced_by == BASE + "id/anna-b"
    assert documents.about(small, a("id", "anna-b")).replaced_by == ""
    assert documents.about(small, a("id", "one")).replaced_by == ""  # a circle


def test_what_is_sensitive_is_in_no_document_unless_asked_for(make_folder: MakeFolder) -> None:
    folder = make_folder({"data/a.ttl": THINGS + SECRET}, prefixes=True)
    shown = open_graph(folder)
    iris = [a("id", "ann"), a("source", "s"), a("claim", "served"), ag("servedOn")]
    for iri in iris:
        for format in documents.FORMATS:
            text = documents.about(shown, iri).write(format).decode()
            assert "secret" not in text
            assert "idden" not in text
    for iri in (a("claim", "secret"), a("id", "hidden"), a("source", "hidden")):
        with pytest.raises(UnknownName):
            documents.about(shown, iri)
    whole = open_graph(folder, include_sensitive=True)
    assert b"claim:secret" in documents.about(whole, a("id", "ann")).write()


def test_definitions_that_mention_what_was_withheld_are_left_out(make_folder: MakeFolder) -> None:
    shapes = """
    <https://example.org/shapes> a owl:Ontology .
    <https://example.org/shapes#good> a sh:NodeShape ; sh:property [ sh:hasValue id:ann ] .
    <https://example.org/shapes#bad> a sh:NodeShape ; sh:or ( [ sh:hasValue id:hidden ] ) .
    """
    files = {"data/a.ttl": THINGS + SECRET, "ontology/shapes/s.ttl": shapes}
    folder = make_folder(files, prefixes=True)
    graph = open_graph(folder)
    text = documents.about(graph, BASE + "shapes").write().decode()
    assert "shapes#good" in text
    assert "bad" not in text
    assert "hidden" not in text
    with pytest.raises(UnknownName):
        documents.about(graph, BASE + "shapes#bad")
    shown = open_graph(folder, include_sensitive=True)
    assert b"id:hidden" in documents.about(shown, BASE + "shapes#bad").write()


def test_long_documents_have_pages_that_hold_every_claim_once(make_folder: MakeFolder) -> None:
    count = 2 * documents.PAGE + 1
    text = "source:s a ag:Source ; rdfs:label 'S' . id:b a ag:Unit ; rdfs:label 'B' .\n" + "".join(
        f"id:p{n} rdfs:seeAlso source:s . claim:c{n} a ag:Claim ; rdf:subject id:p{n} ; "
        "rdf:predicate ag:servedOn ; rdf:object id:b ; ag:evidence [ oa:hasSource source:s ] .\n"
        for n in range(count)
    )
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    for topic in (a("source", "s"), a("id", "b")):
        found: list[object] = []
        for page in (1, 2, 3):
            document = documents.about(graph, topic, page=page)
            assert document.pages == 3
            found += [
                t.subject for t in document.triples if (t.predicate, t.object) == (TYPE, CLAIM)
            ]
            links = {t.predicate.value.removeprefix(HYDRA) for t in document.triples}
            assert ("next" in links, "previous" in links) == (page < 3, page > 1)
        assert len(found) == len(set(found)) == count
        for page in (0, 4):
            with pytest.raises(UnknownName, match="no page"):
                documents.about(graph, topic, page=page)


def test_a_term_a_shape_and_whole_ontologies(graph: Graph) -> None:
    term = documents.about(graph, ag("signed"))
    assert objects(term, ag("signed"), ag("sentence"))
    ontology = documents.about(graph, OURS + "ns")
    assert {t for t in term.triples if t.subject == ag("signed")} <= {*ontology.triples}
    stated = {t for path in graph.folder.ontology_files() for t in graph.folder.triples(path)}
    assert {t for t in stated if not isinstance(t.object, BlankNode)} <= {*ontology.triples} | {
        t for t in stated if isinstance(t.subject, BlankNode)
    }
    shape = documents.about(graph, OURS + "shapes#ClaimShape")
    assert len(objects(shape, NamedNode(OURS + "shapes#ClaimShape"), TYPE)) == 1
    shapes = documents.about(graph, OURS + "shapes")
    written = sum(len([*graph.folder.triples(path)]) for path in graph.folder.shape_files())
    assert len(shapes.triples) >= written
    assert not definitions.of(graph, NamedNode(OURS + "shapes#none"))


def test_a_folder_that_extends_has_an_ontology_of_its_own(make_folder: MakeFolder) -> None:
    own = (
        f"<{BASE}ns> a owl:Ontology . "
        f"<{BASE}ns#knows> rdfs:label 'knows' ; rdfs:seeAlso [ rdfs:label 'x' ] ."
    )
    graph = open_graph(make_folder({"ontology/own.ttl": own}, prefixes=True))
    text = documents.about(graph, BASE + "ns").write().decode()
    assert '[ rdfs:label "x" ]' in text
    assert "ag:signed" not in text
    assert '[ rdfs:label "x" ]' in documents.about(graph, BASE + "ns#knows").write().decode()
    assert "ag:signed" in documents.about(graph, AG[:-1]).write().decode()


@pytest.mark.parametrize("iri", [OURS + "id/nobody", "https://nowhere.org/x", OURS + "ns#nothing"])
def test_what_nothing_is_said_of_is_unknown(graph: Graph, iri: str) -> None:
    with pytest.raises(UnknownName, match="there are no triples"):
        documents.about(graph, iri)


def test_a_document_says_what_it_is(small: Graph, graph: Graph) -> None:
    when = Publication(home="https://pub.example.org/", modified="2026-11-23")
    document = documents.about(graph, OURS + "claim/founding-2011", published=when)
    here = NamedNode("https://pub.example.org/page/claim/founding-2011")
    assert objects(document, here, TOPIC) == {NamedNode(OURS + "claim/founding-2011")}
    assert objects(document, here, NamedNode(DCTERMS + "license"))
    assert objects(document, here, NamedNode(DCTERMS + "publisher"))
    assert objects(document, here, NamedNode(VOID + "inDataset")) == {
        NamedNode("https://pub.example.org/catalog#dataset")
    }
    assert not objects(document, here, NamedNode(DCTERMS + "modified"))  # a file's, not its own
    plain = documents.about(small, a("id", "ann"))
    about_itself = [t for t in plain.triples if t.subject == NamedNode(BASE + "page/ann")]
    assert {t.predicate.value for t in about_itself} == {
        TYPE.value, TOPIC.value, DCTERMS + "isPartOf", DCTERMS + "hasFormat", VOID + "inDataset",
    }  # fmt: skip
    foreign = documents.about(small, ag("servedOn"))
    assert not [t for t in foreign.triples if t.predicate.value.startswith(KNOWN["foaf"])]


def test_a_document_was_modified_when_the_data_says_so(make_folder: MakeFolder) -> None:
    text = 'id:a rdfs:label "A" ; dcterms:modified "2020-02-29"^^xsd:date . id:b rdfs:label "B" .'
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    when = Publication(modified="2026-11-23")
    for name, days in (("a", {"2020-02-29"}), ("b", set())):
        document = documents.about(graph, a("id", name), published=when)
        found = objects(document, a("page", name), NamedNode(DCTERMS + "modified"))
        assert {each.value for each in found if isinstance(each, Literal)} == days


# ---- Documents made together


def test_documents_made_together_are_those_made_alone(graph: Graph) -> None:
    iris = [iri for iri in sorted(named_in(graph)) if iri.startswith(OURS) and "#" not in iri]
    assert len(iris) > 500
    together = [*documents.several(graph, iris)]
    assert together == [documents.about(graph, iri) for iri in iris]
    assert sum(len(document.claims) for document in together) > 500


def named_in(graph: Graph) -> set[str]:
    """The IRIs that a graph says something of."""
    return {quad.subject.value for quad in graph.store if isinstance(quad.subject, NamedNode)}


def alone(graph: Graph, iri: str | NamedNode) -> list[documents.Document]:
    """All pages of the document about an IRI, each made for itself."""
    try:
        first = documents.about(graph, iri)
    except UnknownName:
        return []
    more = (documents.about(graph, iri, page=page) for page in range(2, first.pages + 1))
    return [first, *more]


def test_together_come_all_pages_and_nothing_of_what_is_unknown(make_folder: MakeFolder) -> None:
    count = 2 * documents.PAGE + 1
    text = THINGS + "id:hub a ag:Unit .\n" + "".join(
        f"id:p{n} rdfs:seeAlso id:hub ; rdfs:label 'p'@en, 'p'@de . claim:c{n} a ag:Claim ; "
        f"rdf:subject id:p{n} ; rdf:predicate ag:servedOn ; rdf:object id:hub ; "
        f"ag:conflictsWith claim:c{count - n} ; ag:evidence [ oa:hasSource source:s ] .\n"
        for n in range(count)
    )  # fmt: skip
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    iris = sorted({*sorted(named_in(graph))[::5], a("id", "nobody").value, a("id", "hub").value})
    together = [*documents.several(graph, iris)]
    assert together == [document for iri in iris for document in alone(graph, iri)]
    hub = [document for document in together if document.topic == a("id", "hub")]
    assert [(document.page, document.pages) for document in hub] == [(1, 3), (2, 3), (3, 3)]
    shown = [claim for document in hub for claim in document.claims]
    assert sorted(claim.value for claim in shown) == [claim.value for claim in shown]
    assert len(shown) == count


def test_the_claims_of_documents_are_read_together(graph: Graph) -> None:
    iris = [OURS + "id/model-alliance", OURS + "id/coco-rocha", OURS + "claim/founding-2011"]
    made = [*documents.several(graph, iris)]
    read = {claim.iri: claim for claim in named(graph, (iri for d in made for iri in d.claims))}
    for document in made:
        shown = in_order(read[iri.value] for iri in document.claims)
        assert shown == in_order(claims(graph, about=document.topic))


@pytest.mark.long
@pytest.mark.parametrize("own", [True, False])
def test_documents_from_disk_are_those_from_memory(
    graph: Graph, make_folder: MakeFolder, tmp_path: Path, own: bool
) -> None:
    if own:
        graph = open_graph(make_folder({"data/a.ttl": THINGS, "data/b.ttl": SECRET}, prefixes=True))
    kept = on_disk(graph.folder, build(graph.folder, at=tmp_path / "snapshots").snapshot)
    assert {*map(str, kept.store)} == {*map(str, graph.store)}
    iris = [iri for iri in sorted(named_in(graph)) if iri.startswith(graph.folder.base)]
    iris = iris if own else tenth(iris)
    again = documents.several(kept, iris)
    for ours, theirs in zip(documents.several(graph, iris), again, strict=True):
        assert {*theirs.triples} == {*ours.triples}
        assert theirs.claims == ours.claims
        for format in documents.FORMATS:
            assert theirs.write(format) == ours.write(format)


PLACES = st.sampled_from([
    *(a(kind, name) for kind in ("id", "claim", "source") for name in "abc"),
    NamedNode(BASE + "claim/a#0123456789abcdef"), NamedNode(BASE + "id/a#0123456789abcdef"),
    BlankNode("x"), BlankNode("y"),
])  # fmt: skip
VERBS = st.sampled_from([
    TYPE, SUBJECT, PREDICATE, OBJECT, EVIDENCE, RANK, LABEL, ag("conflictsWith"), ag("source"),
    ag("servedOn"), NamedNode(DCTERMS + "isReplacedBy"), NamedNode(DCTERMS + "modified"),
])  # fmt: skip
ENDS = st.one_of(PLACES, st.sampled_from(
    [CLAIM, ag("Deprecated"), ag("servedOn"), Literal("x"), Literal("x", language="en")]
))  # fmt: skip


@given(
    st.lists(st.builds(Quad, PLACES, VERBS, ENDS), max_size=40),
    st.lists(PLACES.filter(lambda place: isinstance(place, NamedNode)), max_size=12),
    st.integers(1, 3),
    st.sampled_from((1, results.MOST)),
)
def test_documents_of_any_graph_made_together_by_queries_are_those_made_alone_from_the_store(
    quads: list[Quad], iris: list[NamedNode], size: int, most: int
) -> None:
    folder = Folder(Path("nowhere"), "no files", base=BASE)
    store = Store()
    store.extend(quads)
    graph = Graph(folder, Embedded(store, folder.prefixes))
    wanted = [document for iri in iris for document in alone(graph, iri)]
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            (documents, "_TOPICS"),
            (documents, "_NODES"),
            (results, "_BATCH"),
        ):
            patch.setattr(module, name, size)
        patch.setattr(results, "MOST", most)  # a question with more rows is cut in two
        patch.setattr(results.Results, "of", results.QueryResults)
        together = [*documents.several(graph, iris)]
    assert [*map(in_order_of_text, together)] == [*map(in_order_of_text, wanted)]


def in_order_of_text(document: documents.Document) -> documents.Document:
    """A document with its statements sorted; each comes once."""
    assert len(document.statements) == len({*document.statements})
    return dataclasses.replace(document, statements=tuple(sorted(document.statements)))


@given(
    st.lists(st.builds(Quad, PLACES, VERBS, ENDS), max_size=20),
    st.lists(st.tuples(PLACES, PLACES, ENDS), max_size=5),
)
def test_documents_of_large_topics_are_those_of_small_ones(
    quads: list[Quad], complete: list[tuple[NamedNode, NamedNode, Term]]
) -> None:
    for claim, subject, obj in complete:  # unless others add to it
        values = (CLAIM, subject, ag("servedOn"), obj)
        parts = (TYPE, SUBJECT, PREDICATE, OBJECT)
        quads += [Quad(claim, p, value) for p, value in zip(parts, values, strict=True)]
    folder = Folder(Path("nowhere"), "no files", base=BASE)
    graph = Graph(folder, Embedded(filled(quads), folder.prefixes))
    iris = sorted(named_in(graph) | {CLAIM.value, ag("servedOn").value})
    wanted = [*map(in_order_of_text, documents.several(graph, iris))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topics, "LARGE", -1)
        assert [*map(in_order_of_text, documents.several(graph, iris))] == wanted


@pytest.mark.parametrize("day", ["", "2013-07-01"])
def test_documents_of_large_topics_are_those_of_small_ones_in_a_view_too(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    shown = as_of(graph, day, possible=True) if day else graph
    iris = sorted(iri for iri in named_in(graph) if iri.startswith(OURS))[::23]
    wanted = [*documents.several(shown, iris)]
    monkeypatch.setattr(topics, "LARGE", -1)
    assert [*documents.several(shown, iris)] == wanted


def test_a_page_of_a_large_topic_reads_only_its_own_claims(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "LARGE", 20)
    monkeypatch.setattr(documents, "PAGE", 10)
    rows = Counter[int]()
    ask = results.Results.ask

    def counted(cache: results.Results, query: str, nodes: Iterable[str]) -> ByNode:
        answer = ask(cache, query, nodes := [*nodes])
        rows[count] += sum(len(answer.get(node, ())) for node in nodes)
        return answer

    monkeypatch.setattr(results.Results, "ask", counted)
    for count in (60, 600):
        text = "source:s a ag:Source . id:b a ag:Unit .\n" + "".join(
            f"claim:c{n:03} a ag:Claim ; rdf:subject id:p{n} ; rdf:predicate ag:servedOn ; "
            "rdf:object id:b ; ag:evidence [ oa:hasSource source:s ] .\n"
            for n in range(count)
        )
        graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True, name=f"g{count}"))
        for topic in (a("source", "s"), a("id", "b")):
            document = documents.about(graph, topic, page=3)
            assert [c.value[-3:] for c in document.claims] == [f"{n:03}" for n in range(20, 30)]
            assert document.whole and document.pages == count // 10
        assert documents.about(graph, CLAIM).claims == ()  # a class with as many members
    assert 100 < rows[60] == rows[600]


def test_every_iri_of_the_built_in_graph_has_a_document_at_a_path(graph: Graph) -> None:
    store = graph.store
    subjects = {q.subject for q in store if isinstance(q.subject, NamedNode)}
    ours = sorted(s.value for s in subjects if s.value.startswith(OURS))
    assert len(ours) > 1000
    for iri in ours[::7]:
        document = documents.about(graph, iri)
        assert document.triples
        for suffix in ("", *addresses.SUFFIXES):
            path = path_of(iri, OURS, suffix=suffix)
            assert path is not None
            found = addresses.read(path, OURS)
            assert found is not None
            assert found.iri.value == iri.partition("#")[0]


def test_the_document_of_a_thing_has_all_claims_that_python_gives(graph: Graph) -> None:
    for name in ("Model Alliance", "Coco Rocha", "RESPECT Program"):
        thing = graph.resolve(name)
        document = documents.about(graph, thing)
        found = {t.subject for t in document.triples if (t.predicate, t.object) == (TYPE, CLAIM)}
        assert {NamedNode(claim.iri) for claim in claims(graph, about=thing)} <= found


def test_what_a_document_says_is_so_in_the_graph(graph: Graph) -> None:
    for iri in (OURS + "id/model-alliance", OURS + "source/model-alliance"):
        document = documents.about(graph, iri)
        own = [
            t
            for t in document.triples
            if f"{t.subject}"[1:].startswith((OURS + "page", OURS + "cat"))
        ]
        for triple in {*document.triples} - {*own}:
            held = [*graph.store.quads_for_pattern(triple.subject, triple.predicate, triple.object)]
            assert held, triple


def test_a_view_shows_what_held_on_its_day(graph: Graph) -> None:
    view = View(graph, (2012, 1, 1))
    thing = OURS + "id/andrew-cuomo"
    then, all_days = documents.about(view, thing), documents.about(graph, thing)
    assert objects(then, NamedNode(OURS + "claim/cuomo-governor-term"), ag("certainty"))
    signed = NamedNode(OURS + "claim/cuomo-signed-s5486")
    assert objects(all_days, signed, TYPE)
    assert not objects(then, signed, TYPE)
    with pytest.raises(UnknownName):
        documents.about(view, signed)


def test_an_endpoint_gives_the_same_documents(endpoint: str, graph: Graph) -> None:
    remote = open_graph(endpoint=endpoint)
    for iri in (OURS + "id/coco-rocha", OURS + "claim/founding-2011", OURS + "ns#signed"):
        assert documents.about(remote, iri).write() == documents.about(graph, iri).write()
    (evidence,) = objects(
        documents.about(graph, OURS + "claim/founding-2011"),
        NamedNode(OURS + "claim/founding-2011"), EVIDENCE,
    )  # fmt: skip
    assert isinstance(evidence, NamedNode)
    assert documents.about(remote, evidence).topic.value == OURS + "claim/founding-2011"
    with pytest.raises(UnknownName):
        documents.about(remote, OURS + "id/nobody")


def test_blank_nodes_that_stay_blank_come_with_what_they_say(make_folder: MakeFolder) -> None:
    text = """id:a rdfs:seeAlso _:x . id:b rdfs:seeAlso _:x .
    _:x rdfs:label "shared" ; rdfs:seeAlso _:y . _:y rdfs:seeAlso _:x ; rdfs:label "inner" ."""
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    for format in documents.FORMATS:
        data = documents.about(graph, a("id", "a")).write(format)
        assert b"shared" in data
        assert b"inner" in data
        assert data == documents.about(open_graph(graph.folder.root), a("id", "a")).write(format)


def test_blank_nodes_of_a_foreign_thing_are_in_its_document(make_folder: MakeFolder) -> None:
    text = """<http://x/a> a ag:Person ; rdfs:label "A" ; rdfs:seeAlso [ rdfs:label "alike" ] ,
    [ rdfs:label "alike" ] , [ rdfs:label "other" ; rdfs:seeAlso [ rdfs:label "inner" ] ] ."""
    graph = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    with holding(graph.store) as endpoint:
        copy = download.copied(open_graph(endpoint=endpoint.url))
        for each in (graph, copy):
            document = documents.about(each, "http://x/a")
            labels = [t.object for t in document.triples if isinstance(t.subject, BlankNode)]
            texts = [node.value for node in labels if isinstance(node, Literal)]
            assert sorted(texts) == ["alike", "alike", "inner", "other"]
            for format in documents.FORMATS:
                read = [q.triple for q in parse(document.write(format), format=OXIGRAPH[format])]
                assert canonical(read) == canonical(document.triples)


# ---- Formats


ANY = (
    OURS + "id/model-alliance", OURS + "claim/founding-2011", OURS + "source/model-alliance",
    OURS + "ns", OURS + "ns#signed", OURS + "shapes#ClaimShape", OURS + "shapes",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
@pytest.mark.parametrize("iri", ANY)
@pytest.mark.parametrize("format", documents.FORMATS)
def test_each_format_says_the_same_to_each_reader(graph: Graph, iri: str, format: str) -> None:
    document = documents.about(graph, iri)
    data = document.write(format)
    read = [quad.triple for quad in parse(data, format=OXIGRAPH[format])]
    assert canonical(read) == canonical(document.triples)
    if iri != OURS + "shapes":  # slow to compare
        theirs = rdflib.Graph().parse(data=data, format=RDFLIB[format])
        lines = documents.written(document.triples, Prefixes(), "nt")
        assert rdflib.compare.isomorphic(theirs, rdflib.Graph().parse(data=lines, format="nt"))


def test_the_same_document_has_the_same_bytes_in_each_process() -> None:
    code = (
        "from allgraph.linkeddata import documents; from allgraph.graph import open_graph\n"
        "import hashlib\n"
        "graph = open_graph()\n"
        f"for iri in {ANY[:5]}:\n"
        "    for format in documents.FORMATS:\n"
        "        print(hashlib.sha256(documents.about(graph, iri).write(format)).hexdigest())\n"
    )
    texts = outputs(code)
    assert len(texts) == 1


def test_other_formats_are_refused(graph: Graph) -> None:
    for format in ("trig", "csv", "graphml", "exe"):
        with pytest.raises(UnknownFormat):
            documents.about(graph, OURS + "id/coco-rocha").write(format)


NODES = st.sampled_from([NamedNode("http://x/a"), NamedNode("http://x/bc"), NamedNode("x:y"),
                         NamedNode(RDF + "nil"), BlankNode("x"), BlankNode("y")])  # fmt: skip
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
ANY_TEXT = st.text(
    st.sampled_from("\"\\\n\r\t\0\x07\x7f\x85\u2028\u202e<>&_:^@]'")
    | st.characters(exclude_categories=["Cs"]),
    max_size=5,
)
TEXTS = st.one_of(
    PLAIN.map(Literal),
    ANY_TEXT.map(Literal),
    st.builds(Literal, ANY_TEXT, language=st.sampled_from(["en", "fr-ca"])),
    st.builds(
        Literal,
        st.sampled_from(["1", "01", "1.", ".5", "1e3", "true", "x"]) | ANY_TEXT,
        datatype=st.sampled_from(
            [NamedNode(XSD + name) for name in ("integer", "decimal", "double", "boolean")]
            + [NamedNode("x:type")]
        ),
    ),
)
TRIPLES = st.builds(
    Triple, NODES, st.sampled_from([TYPE, LABEL, NamedNode("http://x/p")]), st.one_of(NODES, TEXTS)
)


@pytest.mark.long
@settings(max_examples=share(100))
@given(st.lists(TRIPLES, max_size=6), st.sampled_from(["x", "", "http"]))
def test_formats_of_any_triples_say_the_same(triples: list[Triple], prefix: str) -> None:
    wanted, prefixes = canonical(triples), Prefixes({prefix: "http://x/"})
    for format in documents.FORMATS:
        try:
            data = documents.written(triples, prefixes, format)
        except UnknownFormat:
            assert format == "rdfxml"
            continue
        assert data == documents.written(reversed(triples), prefixes, format)
        if format == "rdfxml" and any("\\" in str(triple) for triple in triples):
            continue  # white space at the ends of lines is as XML has it
        assert canonical(q.triple for q in parse(data, format=OXIGRAPH[format])) == wanted


# ---- Paths

NAMES = st.text(
    st.one_of(
        st.sampled_from("/.%#?&;:@ü北é~'()ab12-_ *"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=12,
)
RESTS = st.one_of(NAMES, st.builds("{}{}".format, st.sampled_from(
    ["id/", "claim/", "source/", "ns", "shapes", "iri/", "id/claim/", "id/iri/", "id/pages/2/",
     "page/"]
), NAMES))  # fmt: skip


def is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


@given(
    st.lists(RESTS.filter(lambda rest: is_iri(BASE + rest)), min_size=1, max_size=4),
    st.sampled_from(("", *addresses.SUFFIXES, addresses.TABLE)),
    st.integers(1, 3),
)
def test_paths_stand_for_one_document_each_and_lead_back(
    rests: list[str], suffix: str, page: int
) -> None:
    seen: dict[str, str] = {}
    for rest in rests:
        path = path_of(BASE + rest, BASE, suffix=suffix, page=page)
        whole = (BASE + rest).partition("#")[0]
        assert path is not None
        assert all(len(part.encode()) < 256 for part in unquote(path).split("/"))
        assert "" not in path.split("/")[1:]
        assert re.fullmatch(r"(?:/[A-Za-z0-9%:@!$&'()*+,;=~._-]*)+", path)
        assert not {".", ".."} & {*path.split("/")}
        assert seen.setdefault(path, whole) == whole
        digests = addresses.unfit([whole], BASE)
        assert addresses.read(path, BASE, digests) == (NamedNode(whole), suffix, page)
        assert addresses.suffix_of(path) == suffix


@given(st.text(max_size=20).map("/data/{}.ttl".format) | st.text(max_size=20))
def test_no_path_leads_outside_the_base(path: str) -> None:
    found = addresses.read(path, BASE)
    if found is not None:
        assert found.iri.value.startswith(BASE)
        assert path_of(found.iri, BASE) is not None


@pytest.mark.parametrize(
    "path",
    ["/data/../x.ttl", "/data/%2e%2e/x.ttl", "/data/a/%2E%2E/x.ttl", "/data/x", "/data/x.exe",
     "/data/a//b.ttl", "/page/..", "/page/%ff", "/page/%00", "/page/a%0d%0ab", "/page/<x>",
     "/page/a%5Cb", "/data/pages/0/x.ttl", "/data/pages/1/x.ttl", "/page/pages/02/x", "page/x",
     "", "/", "/other/x", "/page/claim", "/page/iri/id/x", "/page/iri/ns", "/page/id/x"],
)  # fmt: skip
def test_other_paths_stand_for_nothing(path: str) -> None:
    assert addresses.read(path, BASE) is None


@pytest.mark.parametrize(
    "rest",
    ["id/", "", "id/a/", "id/a//b", "id/..", "id/.htaccess", "id/a/.b", "id/index.html",
     "id/a/index.html", "id/a.ttl/b", "id/a.csv/b", "id/a.json/b",
     "id/a.svg/b/c", "~0", f"id/{'a' * 201}", f"id/{'é' * 101}",
     f"id/{'😀' * 51}", f"id/{'ab/' * 400}c", f"id/{'a' * 10_000}"],
)  # fmt: skip
def test_what_is_no_name_of_a_file_has_a_digest_for_a_path(rest: str) -> None:
    digest = hashlib.sha256((BASE + rest).encode()).hexdigest()[:32]
    assert path_of(BASE + rest, BASE) == f"/page/iri/~{digest}"
    assert path_of(BASE + rest, BASE, suffix="nt", page=3) == f"/data/pages/3/iri/~{digest}.nt"


def test_no_data_is_in_the_way_of_a_page() -> None:
    rests = [
        "id/a",
        "id/a/b",
        "id/a.ttl",
        "id/a.ttl/b",
        "id/a.b/c",
        "id/index.html",
        "id/a/index.html",
    ]
    files = set()
    for rest in rests:
        page, data = path_of(BASE + rest, BASE), path_of(BASE + rest, BASE, suffix="ttl")
        files |= {f"{page}/index.html", data}
    folders = {file.rpartition("/")[0] for file in files if file}
    assert len(files) == 2 * len(rests) and not files & folders


def test_the_scheme() -> None:
    table = {
        "id/coco-rocha": "/data/coco-rocha.ttl", "claim/x": "/data/claim/x.ttl",
        "claim/x#e1": "/data/claim/x.ttl", "source/a.b": "/data/source/a.b.ttl", "ns": "/ns.ttl",
        "ns#Claim": "/ns.ttl", "shapes#x": "/shapes.ttl", "id/claim/x": "/data/id/claim/x.ttl",
        "id/ns": "/data/ns.ttl", "data/file.ttl#x": "/data/iri/data/file.ttl.ttl",
        "id/ü": "/data/%C3%BC.ttl", "id/%C3%BC": "/data/%25C3%25BC.ttl", 
        "id/a?b": "/data/a%3Fb.ttl",
    }  # fmt: skip
    for rest, path in table.items():
        assert path_of(BASE + rest, BASE, suffix="ttl") == path
    assert path_of("https://elsewhere.org/x", BASE) is None
    assert path_of(AG + "Claim", BASE) is None
    hashed = "https://example.org/g#"
    assert path_of(hashed + "id/x", hashed, suffix="nt") == "/data/x.nt"


@given(NAMES.map("id/{}".format).filter(lambda rest: is_iri(BASE + rest)))
def test_a_request_for_an_iri_may_mean_it(rest: str) -> None:
    plain = rest.partition("#")[0].partition("?")[0]
    if {".", ".."} & {*plain.split("/")} or "" in plain.split("/")[:-1]:
        return  # which clients take out of a path before they ask
    asked = "/" + quote(plain, safe="/:@!$&'()*+,;=~%")  # what a client makes of an IRI
    assert NamedNode(BASE + plain) in meant(asked, BASE)


def test_requests_cannot_leave_the_base() -> None:
    for path in ("/../x", "/id/%2e%2e/x", "//evil.org/x", "x", "/id/\r\nx", "/id/%0d%0a"):
        assert all(iri.value.startswith(BASE) and ".." not in iri.value.split("/")
                   for iri in meant(path, BASE))  # fmt: skip
