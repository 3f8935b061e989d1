"""Things are shown and counted with their stated kind, whatever broader ones are derived."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from allgraph.exports.export import exported
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.timeline import as_of
from allgraph.model.edtf import EDTF
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.terms import AG, DERIVED, Term, text
from allgraph.site.documents import document_views
from allgraph.site.site import Site
from allgraph.sparql.embedded import Embedded
from allgraph.validation.validate import validate

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

THINGS: list[Term] = [
    NamedNode(f"https://w3id.org/allgraph/id/{name}")
    for name in ("coco-rocha", "model-alliance", "ny-a7787-2013", "founding-of-the-model-alliance")
]
BASE = Literal("https://w3id.org/allgraph/")
QUERIES: dict[str, dict[str, Term | list[Term]]] = {
    "things": {},
    "counts": {},
    "find": {"pattern": Literal("a")},
    "find-among": {"pattern": Literal("a"), "things": THINGS},
    "described": {"things": THINGS},
    "groups": {"things": THINGS},
    "members": {"kind": NamedNode(AG + "Body")},
    "members-among": {"kind": NamedNode(AG + "Person"), "things": THINGS},
    "is-of-kind": {"thing": THINGS[0], "kinds": [NamedNode(AG + "Agent")]},
    "tied-of-kind": {"thing": THINGS[1], "kinds": [NamedNode(AG + "Person")]},
    "frontier-kinds": {"things": THINGS},
    "profile-things": {},
    "shelf-kinds": {},
    "shelf-triples": {},
    "site-groups": {"base": BASE, "kinds": [NamedNode(AG + "Body"), NamedNode(AG + "Person")]},
    "site-kinds-sizes": {"base": BASE, "kinds": [NamedNode(AG + "Body"), NamedNode(AG + "Unit")]},
    "site-kinds-of": {"things": THINGS},
    "site-things": {"base": BASE, "kind": NamedNode(AG + "Body")},
    "site-names": {"base": BASE},
    "read-days": {},
    "read-then": {"when": Literal("2026-11-28", datatype=NamedNode(EDTF))},
    "dataset-classes": {},
    "dataset-entities": {"base": BASE},
}


def over(graph: Graph, quads: list[Quad]) -> Graph:
    """The same folder over a store with some quads."""
    store = Store()
    store.bulk_extend(quads)
    return Graph(graph.folder, Embedded(store, graph.folder.prefixes), False)


def rows(graph: Graph, query: str) -> list[str]:
    """What a query of the package gives, in an order of its own."""
    answer = graph.run(query, **QUERIES[query])
    if answer.triples is not None:
        return sorted(map(str, answer.triples))
    found = [str([str(row[column]) for column in answer.columns]) for row in answer.rows]
    return sorted(found) or [str(bool(answer))]


def is_derived_class(quad: Quad) -> bool:
    return quad.graph_name == DERIVED and quad.predicate == TYPE


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_shown_does_not_depend_on_derived_classes(query: str, graph: Graph) -> None:
    quads = [*graph.store]
    assert sum(map(is_derived_class, quads)) > 400
    stated = over(graph, [quad for quad in quads if not is_derived_class(quad)])
    one = over(graph, [Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads])
    wanted = rows(stated, query)
    assert len(wanted) > 0
    assert rows(graph, query) == wanted
    assert rows(one, query) == wanted  # as an endpoint has it


def test_every_question_answers_as_without_derived_classes(graph: Graph) -> None:
    stated = over(graph, [quad for quad in graph.store if not is_derived_class(quad)])
    for name, question in graph.queries.items():
        for example in question.examples:
            found, wanted = (of.ask(name, **example).rows for of in (graph, stated))
            assert found == wanted, name


IRI = NamedNode("https://example.org/id/ada")
ONTOLOGY = """
id:Poet a owl:Class ; rdfs:label "poet"@en ; rdfs:subClassOf ag:Person .
id:Bard a owl:Class ; rdfs:label "bard"@en ; owl:deprecated true ; dcterms:isReplacedBy id:Poet .
"""
DATA = """
id:ada a id:Poet ; rdfs:label "Ada" .
claim:c a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:signed ; rdf:object id:letter .
id:letter a ag:Letter ; rdfs:label "the letter" .
"""


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_a_thing_has_its_stated_kind(is_on_disk: bool, make_folder: MakeFolder) -> None:
    root = make_folder({"ontology/o.ttl": ONTOLOGY, "data/a.ttl": DATA}, prefixes=True)
    if is_on_disk:
        build(root)
    graph = open_graph(root, in_memory=0)
    assert graph.sparql(
        "ASK { id:ada a schema:Person, ag:Agent, id:Bard ; ag:signedOrSupported ?l }"
    )
    assert [(thing.name, thing.kind) for thing in graph.find("Ada")] == [("Ada", "poet")]
    assert [text(row["kind"]) for row in graph.run("described", things=[IRI]).rows] == ["poet"]
    network = exported(graph, "graphml").decode()
    assert ">poet<" in network
    assert ">person<" not in network


def test_a_page_shows_the_stated_kind_and_no_broader_predicate(make_folder: MakeFolder) -> None:
    root = make_folder({"ontology/o.ttl": ONTOLOGY, "data/a.ttl": DATA}, prefixes=True)
    [view] = document_views(Site(open_graph(root)), [IRI.value])
    assert view.topic_classes == [f"{IRI.value.removesuffix('ada')}Poet"]
    page = view.page().decode()
    assert "poet" in page
    assert "signedOrSupported" not in page
    data = view.data("ttl").decode()  # which has all that the graph has
    assert "signedOrSupported" in data
    assert "schema:Person" in data


def test_a_day_has_what_follows_from_the_claims_that_hold_then(make_folder: MakeFolder) -> None:
    dated = DATA.replace("rdf:object id:letter", 'rdf:object id:letter ; ag:when "2012-05-01"')
    graph = open_graph(
        make_folder({"ontology/o.ttl": ONTOLOGY, "data/a.ttl": dated}, prefixes=True)
    )
    for day, wanted in (("2012-05-01", True), ("2011-01-01", False)):
        view = as_of(graph, day)
        assert bool(view.sparql("ASK { id:ada ag:signedOrSupported id:letter }")) is wanted
        assert view.sparql("ASK { id:ada a schema:Person, id:Bard }")


SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
id:OfBards sh:targetClass id:Bard ; a sh:NodeShape ;
    sh:property [ sh:path rdfs:comment ; sh:minCount 1 ; sh:message "a bard" ] .
id:OfSupporters sh:targetSubjectsOf ag:signedOrSupported ; a sh:NodeShape ;
    sh:property [ sh:path rdfs:comment ; sh:minCount 1 ; sh:message "a supporter" ] .
"""


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("", set()),
        ("id:ada a id:Bard .", {"a bard"}),
        ("id:ada ag:signedOrSupported id:letter .", {"a supporter"}),
    ],
)
def test_validation_sees_only_what_is_stated_and_direct(
    more: str, wanted: set[str], make_folder: MakeFolder
) -> None:
    files = {"ontology/o.ttl": ONTOLOGY, "ontology/shapes/s.ttl": SHAPES, "data/a.ttl": DATA + more}
    report = validate(open_graph(make_folder(files, prefixes=True)))
    assert {f.message for f in report.findings} & {"a bard", "a supporter"} == wanted
