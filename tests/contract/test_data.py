"""The built-in graph: every fact with its place, nothing claimed that sources do not say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import owlrl
import pytest
import rdflib
from pyoxigraph import NamedNode
from rdflib import OWL, RDF, RDFS

import allgraph
from allgraph import Claim, Evidence, Graph
from allgraph.folder import builtin
from allgraph.rdf.terms import AG, local_name

GIVEN = "https://w3id.org/allgraph/source/model-alliance"
ID = "https://w3id.org/allgraph/id/"

# The places in the given text, from character to character, of the facts that it states.
SPANS = (
    (2, 16), (37, 55), (46, 66), (69, 97), (100, 144), (147, 212), (227, 237), (239, 253),
    (255, 266), (268, 281), (283, 296), (322, 336), (337, 351), (352, 437), (439, 463),
    (439, 482), (467, 482), (483, 520), (522, 578), (609, 657), (678, 749), (751, 777),
    (782, 841), (870, 905), (914, 924), (926, 940), (942, 955), (961, 972), (975, 1022),
    (1023, 1060), (1065, 1077), (1023, 1102), (1091, 1204), (1207, 1257), (1258, 1353),
    (1258, 1282), (1312, 1325), (1355, 1404), (1409, 1502), (1505, 1558), (1568, 1630),
    (1633, 1689), (1678, 1719), (1700, 1801), (1803, 1858), (1861, 1871), (1873, 1886),
    (1888, 1901), (1903, 1925), (1927, 1942), (1944, 1955), (1957, 1971), (1987, 2023),
    (2028, 2123), (2125, 2219), (2221, 2306), (2324, 2344),
)  # fmt: skip


@pytest.fixture(scope="module")
def everything() -> Graph:
    return allgraph.open(include_sensitive=True)


@pytest.fixture(scope="module")
def claims(everything: Graph) -> list[Claim]:
    return allgraph.claims(everything)


def of(claims: list[Claim], predicate: str) -> list[Claim]:
    return [claim for claim in claims if claim.predicate == AG + predicate]


def pairs(claims: list[Claim], predicate: str) -> set[tuple[str, str]]:
    return {
        (local_name(c.subject.value), local_name(getattr(c.object, "value", "")))
        for c in of(claims, predicate)
    }


def given(claims: list[Claim]) -> Iterator[tuple[Claim, Evidence]]:
    for claim in claims:
        for evidence in claim.evidence:
            if evidence.source == GIVEN:
                yield claim, evidence


def test_every_stated_fact_is_there_with_its_place_and_digest(claims: list[Claim]) -> None:
    places = {(e.start, e.end) for _, e in given(claims)}
    assert places == set(SPANS)
    assert len(SPANS) == len(set(SPANS)) == 57
    for _, evidence in given(claims):
        assert re.fullmatch(r"[0-9a-f]{64}", evidence.sha256)
        assert evidence.reading in ("AsStated", "Interpreted")


def test_digests_are_those_of_the_words(claims: list[Claim]) -> None:
    """Where the words are just a name that the graph knows, length and digest must fit it."""
    checked = 0
    for claim, evidence in given(claims):
        for name in (claim.subject_name, claim.object_name):
            if evidence.end is not None and evidence.start is not None:
                if len(name) == evidence.end - evidence.start:
                    digest = hashlib.sha256(name.encode()).hexdigest()
                    if digest == evidence.sha256:
                        checked += 1
    assert checked >= 25


def test_items_of_lists_have_the_sentence_around_them(claims: list[Claim]) -> None:
    for predicate in ("listedAsKeyPersonOf", "servedOn", "signedOrSupported"):
        for claim, evidence in given(of(claims, predicate)):
            assert evidence.context_start is not None and evidence.start is not None
            assert evidence.context_end is not None, claim.iri


def test_interpretations_say_why(claims: list[Claim]) -> None:
    for claim in claims:
        for evidence in claim.evidence:
            assert evidence.reading != "Interpreted" or evidence.note, claim.iri


def test_every_claim_has_evidence_from_a_described_source(claims: list[Claim]) -> None:
    assert len(claims) > 200
    for claim in claims:
        assert claim.evidence
        assert all(e.title and e.page.startswith("http") for e in claim.evidence)


def test_no_list_leaks_into_another(claims: list[Claim]) -> None:
    board = {"coco-rocha", "milla-jovovich", "shalom-harlow", "karen-elson"}
    key = {"coco-rocha", "milla-jovovich", "karen-elson", "doutzen-kroes", "edie-campbell"}
    letter = {
        "amy-lemons", "doutzen-kroes", "edie-campbell", "frederique-van-der-wal",
        "gisele-bundchen", "karen-elson", "milla-jovovich",
    }  # fmt: skip
    found = {
        predicate: {local_name(c.subject.value) for c, _ in given(of(claims, predicate))}
        for predicate in ("servedOn", "listedAsKeyPersonOf", "signedOrSupported")
    }
    assert found == {"servedOn": board, "listedAsKeyPersonOf": key, "signedOrSupported": letter}


def test_single_source_signers_stay_single(claims: list[Claim]) -> None:
    signed = {local_name(c.subject.value) for c in of(claims, "signed")}
    assert not signed & {"amy-lemons", "frederique-van-der-wal", "gisele-bundchen"}


def test_dates_are_as_exact_as_the_source(claims: list[Claim]) -> None:
    when = {(local_name(c.iri), c.when) for c, _ in given(claims) if c.when}
    assert {
        ("founding-2012-02", "2012-02"),
        ("klein-senator-2013-06", "2013-06"),
        ("klein-proposed-measure", "[..2013-06-30]"),
        ("model-alliance-announced-klein-proposal", "2013-06"),
        ("cuomo-signed-measure", "[..2013-10-31]"),
        ("model-alliance-announced-signing", "2013-10"),
        ("law-entered-into-force-2013-11", "2013-11"),
        ("model-alliance-released-study", "2017-02"),
        ("model-alliance-published-letter", "2018-05"),
    } <= when
    assert not any(re.search(r"\d{4}-\d\d-\d\d$", text) for _, text in when)
    undated = {local_name(c.predicate) for c, _ in given(claims) if not c.when}
    assert {"servedOn", "listedAsKeyPersonOf", "signedOrSupported"} <= undated


def test_bills_law_measure_campaign_and_letter_are_apart(everything: Graph) -> None:
    kinds = {
        "ny-2013-a7787": "bill", "ny-2013-s5486": "bill",
        "ny-child-model-measure": "legislative proposal", "ny-child-model-law": "law",
        "respect-program": "campaign",
        "respect-open-letter": "letter", "sara-ziff": "person",
    }  # fmt: skip
    for name, kind in kinds.items():
        assert everything.thing(NamedNode(ID + name)).kind == kind


def test_conflicts_are_rivals_on_both_sides(claims: list[Claim]) -> None:
    by_iri = {claim.iri: claim for claim in claims}
    rivals = {claim.iri for claim in claims if claim.rivals}
    for name in ("founding-2012-02", "study-reports-81-5", "wright-assembly-term"):
        assert f"https://w3id.org/allgraph/claim/{name}" in rivals
    for iri in rivals:
        assert all(iri in by_iri[rival].rivals for rival in by_iri[iri].rivals)


def test_announcements_are_about_claims_that_are_attributed(claims: list[Claim]) -> None:
    by_iri = {claim.iri: claim for claim in claims}
    announced = of(claims, "announced")
    assert len(announced) == 3
    for claim in announced:
        inner = by_iri[getattr(claim.object, "value", "")]
        assert {e.attributed_to for e in inner.evidence} == {"Model Alliance"}


def test_the_statistic_is_no_head_count(everything: Graph) -> None:
    row = everything.sparql(
        "SELECT * { id:obs-underweight-bmi ag:value ?value ; ag:unit ?unit ; "
        "ag:measuredProperty ?measure ; ag:population ?population }"
    ).rows[0]
    assert [str(getattr(row[c], "value", "")) for c in ("value", "unit")] == ["81.5", "percent"]


def test_sensitive_accounts_are_flagged_short_and_withheld(claims: list[Claim]) -> None:
    sensitive = [claim for claim in claims if claim.sensitive]
    assert {(e.start, e.end) for _, e in given(sensitive)} == {(2125, 2219), (2221, 2306)}
    assert all(len(claim.object_name) < 80 for claim in sensitive)
    default = allgraph.open()
    assert not {c.iri for c in sensitive} & {c.iri for c in allgraph.claims(default)}


def test_source_links_articles_not_bodies(claims: list[Claim]) -> None:
    (link,) = [c for c in claims if local_name(c.predicate) == "seeAlso"]
    assert link.subject.value == GIVEN


def test_no_term_is_claimed_to_be_current(everything: Graph) -> None:
    """Who is on a board, in an office or of an occupation now: nothing is certain."""
    answer = everything.ask("board-on-day", body="Model Alliance", day="2026-11-23")
    assert not [row for row in answer.rows if getattr(row["certainty"], "value", "") == "certain"]


def closure(*, with_data: bool) -> rdflib.Graph:
    graph = rdflib.Graph()
    folder = builtin()
    for path in folder.ontology_files() + (folder.data_files() if with_data else []):
        graph.parse(path, format="turtle")
    if with_data:
        for claim in allgraph.claims(allgraph.open(include_sensitive=True)):
            subject = rdflib.URIRef(claim.subject.value)
            if isinstance(claim.object, NamedNode):
                graph.add(
                    (subject, rdflib.URIRef(claim.predicate), rdflib.URIRef(claim.object.value))
                )
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, datatype_axioms=False).expand(graph)
    return graph


def test_a_reasoner_finds_no_contradiction_and_draws_no_false_conclusion() -> None:
    stated = {
        (row["thing"], row["kind"])
        for row in allgraph.open(include_sensitive=True)
        .sparql("SELECT ?thing ?kind { ?thing a ?kind FILTER(STRSTARTS(STR(?thing), STR(id:))) }")
        .rows
    }
    graph = closure(with_data=True)
    assert not list(graph.subjects(RDF.type, OWL.Nothing))
    assert not list(graph.objects(None, owlrl.Namespaces.ERRNS.error))
    ontology = closure(with_data=False)
    for thing, kind in graph.subject_objects(RDF.type):
        if not str(thing).startswith(ID) or not str(kind).startswith(AG):
            continue
        kinds = {
            rdflib.URIRef(getattr(k, "value", ""))
            for t, k in stated
            if getattr(t, "value", "") == str(thing)
        }
        above = {kind for k in kinds for kind in ontology.objects(k, RDFS.subClassOf)} | kinds
        assert kind in above, f"{thing} would be a {kind}"
    for namespace in (
        "https://schema.org/",
        "http://www.w3.org/ns/org#",
        "http://xmlns.com/foaf/0.1/",
    ):
        joined = {p for p in graph.predicates() if str(p).startswith(namespace)}
        assert not {
            p for p in joined if local_name(str(p)) in ("member", "memberOf", "holds", "employee")
        }


def test_no_claimable_predicate_lets_a_reasoner_conclude() -> None:
    graph = rdflib.Graph()
    for path in builtin().ontology_files():
        graph.parse(path, format="turtle")
    forbidden = {OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.TransitiveProperty}
    for predicate in graph.subjects(rdflib.URIRef(AG + "aspect")):
        assert not forbidden & set(graph.objects(predicate, RDF.type))
        assert not list(graph.objects(predicate, RDFS.domain))
        assert not list(graph.objects(predicate, RDFS.range))
        above = set(graph.objects(predicate, RDFS.subPropertyOf))
        assert all(str(p).startswith(AG) for p in above)


def test_every_term_says_what_it_is() -> None:
    graph = rdflib.Graph()
    for path in builtin().ontology_files():
        graph.parse(path, format="turtle")
    terms = set(graph.subjects(RDFS.isDefinedBy, rdflib.URIRef(AG.rstrip("#"))))
    assert len(terms) > 120
    for term in terms:
        assert len(list(graph.objects(term, RDFS.label))) == 1, term
        assert len(list(graph.objects(term, RDFS.comment))) == 1, term
