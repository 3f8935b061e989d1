"""What a graph says of itself as a dataset: counts as SPARQL gives them, valid DCAT, versions."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import pyshacl
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
    serialize,
)

from allgraph.errors import InputError, ParameterError
from allgraph.graph import Graph, open_graph
from allgraph.graph.view import View
from allgraph.linkeddata import dataset, documents, publication
from allgraph.linkeddata.publication import DCAT, DCTERMS, VOID, Download, Publication
from allgraph.model.vocabulary import SUBCLASS, TYPE
from allgraph.rdf.terms import KNOWN, Term, text
from tests.support.processes import outputs

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

HOME = "https://pub.example.org/"
PUBLISHED = Publication(
    home=HOME,
    endpoint=HOME + "sparql",
    downloads=(
        Download(HOME + "a.ttl", "turtle", 1234, "ab" * 32),
        Download(HOME + "a.nt.gz", "ntriples"),
        Download(HOME + "a.jsonld", "jsonld"),
        Download(HOME + "claims.csv", "csv", 99),
    ),
    issued="2026-11-01",
    modified="2026-11-23T10:00:00Z",
)
DATASET = NamedNode(HOME + "catalog#dataset")

SHAPES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix spdx: <http://spdx.org/rdf/terms#> . @prefix void: <http://rdfs.org/ns/void#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix x: <http://x/> .

x:text sh:minCount 1 ; sh:datatype xsd:string ; sh:minLength 1 .
x:catalogue a sh:NodeShape ; sh:targetClass dcat:Catalog ;
    sh:property [ sh:path dcterms:title ; sh:minCount 1 ; sh:datatype xsd:string ] ,
        [ sh:path dcterms:description ; sh:minCount 1 ; sh:datatype xsd:string ] ,
        [ sh:path dcterms:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
        [ sh:path dcterms:license ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcat:dataset ; sh:minCount 1 ; sh:class dcat:Dataset ] ,
        [ sh:path dcat:service ; sh:class dcat:DataService ] .
x:dataset a sh:NodeShape ; sh:targetClass dcat:Dataset ;
    sh:property [ sh:path dcterms:title ; sh:minCount 1 ] ,
        [ sh:path dcterms:description ; sh:minCount 1 ] ,
        [ sh:path dcterms:publisher ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
        [ sh:path dcterms:issued ; sh:maxCount 1 ;
          sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:dateTime ] ) ] ,
        [ sh:path dcterms:modified ; sh:maxCount 1 ;
          sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:dateTime ] ) ] ,
        [ sh:path dcterms:temporal ; sh:class dcterms:PeriodOfTime ] ,
        [ sh:path dcat:version ; sh:maxCount 1 ; sh:datatype xsd:string ] ,
        [ sh:path dcat:distribution ; sh:minCount 1 ; sh:class dcat:Distribution ] .
x:distribution a sh:NodeShape ; sh:targetClass dcat:Distribution ;
    sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcat:downloadURL ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcat:mediaType ; sh:maxCount 1 ;
          sh:pattern "^https://www.iana.org/assignments/media-types/[a-z]+/[a-z0-9.+-]+$" ] ,
        [ sh:path dcat:byteSize ; sh:maxCount 1 ; sh:datatype xsd:nonNegativeInteger ] ,
        [ sh:path spdx:checksum ; sh:maxCount 1 ; sh:class spdx:Checksum ] ,
        [ sh:path dcat:accessService ; sh:class dcat:DataService ] .
x:checksum a sh:NodeShape ; sh:targetClass spdx:Checksum ;
    sh:property [ sh:path spdx:algorithm ; sh:hasValue spdx:checksumAlgorithm_sha256 ] ,
        [ sh:path spdx:checksumValue ; sh:minCount 1 ; sh:datatype xsd:hexBinary ] .
x:service a sh:NodeShape ; sh:targetClass dcat:DataService ;
    sh:property [ sh:path dcterms:title ; sh:minCount 1 ] ,
        [ sh:path dcat:endpointURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
        [ sh:path dcat:servesDataset ; sh:minCount 1 ; sh:class dcat:Dataset ] .
x:period a sh:NodeShape ; sh:targetClass dcterms:PeriodOfTime ;
    sh:property [ sh:path dcat:startDate ; sh:minCount 1 ; sh:datatype xsd:date ;
                  sh:lessThanOrEquals dcat:endDate ] .
"""


def said(triples: list[Triple], subject: Term, predicate: str) -> list[Term]:
    return [t.object for t in triples if t.subject == subject and t.predicate.value == predicate]


def number(graph: Graph, query: str) -> int:
    (row,) = graph.sparql(f"SELECT ({query.replace(' WHERE', ' AS ?n) WHERE', 1)}").rows
    return int(text(row["n"]))


def test_counts_are_those_of_sparql(graph: Graph) -> None:
    triples = dataset.void(graph, PUBLISHED)
    wanted = {
        "triples": "COUNT(*) WHERE { ?s ?p ?o }",
        "distinctSubjects": "COUNT(DISTINCT ?s) WHERE { ?s ?p ?o }",
        "distinctObjects": "COUNT(DISTINCT ?o) WHERE { ?s ?p ?o }",
        "properties": "COUNT(DISTINCT ?p) WHERE { ?s ?p ?o }",
    }
    for name, query in wanted.items():
        (found,) = said(triples, DATASET, VOID + name)
        assert int(text(found)) == number(graph, query)
    stated = graph.store.quads_for_pattern(None, TYPE, None, DefaultGraph())
    above = {(q.subject, q.object) for q in graph.store.quads_for_pattern(None, SUBCLASS, None)}
    pairs = {(quad.subject, quad.object) for quad in stated}
    kinds = Counter(  # a scheme is stated to be a datatype too, which is a broader class
        kind for node, kind in pairs if not any((node, c) in pairs for c, a in above if a == kind)
    )
    parts = said(triples, DATASET, VOID + "classPartition")
    (count,) = said(triples, DATASET, VOID + "classes")
    assert len(parts) == len({*parts}) == len(kinds) == int(text(count))
    for part in parts:
        (kind,) = said(triples, part, VOID + "class")
        (count,) = said(triples, part, VOID + "entities")
        assert int(text(count)) == kinds[kind]
    parts = said(triples, DATASET, VOID + "propertyPartition")
    assert len(parts) == number(graph, wanted["properties"])
    for part in parts:
        (predicate,) = said(triples, part, VOID + "property")
        (count,) = said(triples, part, VOID + "triples")
        assert int(text(count)) == number(graph, f"COUNT(*) WHERE {{ ?s {predicate} ?o }}")
    (entities,) = said(triples, DATASET, VOID + "entities")
    typed = {str(quad.subject)[1:-1] for quad in graph.store if quad.predicate == TYPE}
    ours = {iri for iri in typed if iri.startswith(graph.folder.base) and "#" not in iri}
    assert int(text(entities)) == len(ours)


def test_void_says_where_to_begin(graph: Graph) -> None:
    triples = dataset.void(graph, PUBLISHED)
    (root,) = said(triples, DATASET, VOID + "rootResource")
    assert text(root) == graph.folder.base + "id/new-york-state"
    examples = said(triples, DATASET, VOID + "exampleResource")
    assert 1 < len(examples) < 10
    for example in examples:
        assert documents.about(graph, text(example)).triples
    assert said(triples, DATASET, VOID + "uriSpace") == [Literal(graph.folder.base)]
    assert said(triples, DATASET, VOID + "sparqlEndpoint") == [NamedNode(HOME + "sparql")]
    (stated,) = said(triples, DATASET, VOID + "subset")
    dumps = said(triples, stated, VOID + "dataDump")
    assert [text(each) for each in dumps] == [HOME + n for n in ("a.ttl", "a.nt.gz", "a.jsonld")]
    spaces = {text(each) for each in said(triples, DATASET, VOID + "vocabulary")}
    assert {graph.prefixes[p] for p in ("ag", "oa", "prov", "skos")} <= spaces
    assert said(triples, DATASET, DCAT + "version") == [Literal("0.1.0")]


def test_dcat_is_valid_and_complete(graph: Graph) -> None:
    triples = dataset.dcat(graph, PUBLISHED)
    data = rdflib.Graph().parse(
        data=documents.written(triples, publication.prefixes(graph)), format="turtle"
    )
    shapes = rdflib.Graph().parse(data=SHAPES, format="turtle")
    conforms, _, words = pyshacl.validate(data, shacl_graph=shapes)
    assert conforms, words
    parts = said(triples, DATASET, DCAT + "distribution")
    assert len(parts) == len({*parts}) == 5
    (checksum,) = [o for p in parts for o in said(triples, p, KNOWN["spdx"] + "checksum")]
    values = said(triples, checksum, KNOWN["spdx"] + "checksumValue")
    assert [text(value) for value in values] == ["ab" * 32]
    (period,) = said(triples, DATASET, DCTERMS + "temporal")
    bounds = "ag:beginNotBefore|ag:beginNotAfter|ag:endNotBefore|ag:endNotAfter"
    days = [text(row["day"]) for row in graph.sparql(f"SELECT ?day {{ ?c {bounds} ?day }}").rows]
    assert [text(t) for t in said(triples, period, DCAT + "startDate")] == [min(days)]
    assert [text(t) for t in said(triples, period, DCAT + "endDate")] == [max(days)]


def test_a_shape_that_is_broken_is_noticed(graph: Graph) -> None:
    broken = [t for t in dataset.dcat(graph, PUBLISHED) if t.predicate.value != DCAT + "accessURL"]
    data = rdflib.Graph().parse(data=documents.written(broken, graph.prefixes), format="turtle")
    shapes = rdflib.Graph().parse(data=SHAPES, format="turtle")
    assert not pyshacl.validate(data, shacl_graph=shapes)[0]


def test_a_folder_that_says_little_is_described_all_the_same(make_folder: MakeFolder) -> None:
    alone = 'format = 1\ntitle = "T"\nbase = "https://example.org/g#"\nextends = false\n'
    graph = open_graph(make_folder({}, manifest=alone))
    for triples in (dataset.void(graph), dataset.dcat(graph)):
        assert triples
        assert all(f"{t.subject}".startswith("<https://example.org/g/catalog") for t in triples)
        assert not [
            t for t in triples if t.predicate.value in (DCTERMS + "license", KNOWN["foaf"] + "name")
        ]
    named = alone + 'licence = "All rights reserved"\npublisher = "https://orcid.org/1"\n'
    graph = open_graph(make_folder({}, manifest=named, name="named"))
    triples = dataset.dcat(graph)
    assert Literal("All rights reserved") in [t.object for t in triples]
    assert NamedNode("https://orcid.org/1") in [t.object for t in triples]


@pytest.mark.parametrize("format", documents.FORMATS)
def test_descriptions_can_be_written_in_each_format(graph: Graph, format: str) -> None:
    syntax = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES,
              "rdfxml": RdfFormat.RDF_XML, "jsonld": RdfFormat.JSON_LD}[format]  # fmt: skip
    for make in (dataset.void, dataset.dcat):
        triples = make(graph, PUBLISHED)
        data = documents.written(triples, publication.prefixes(graph), format)
        assert {quad.triple for quad in parse(data, format=syntax)} == {*triples}


@pytest.mark.parametrize(
    "when",
    ["yesterday", "2026-13-01", "2026-11-23T25:00:00", "20261123", "2026-W47-1", "2026-11-23T10:00",
     "2026-11-23 10:00:00", "2026-11-23T10:00:00,5", "2026-11-23T10:00:00+0100", "2026-11-23\n"],
)  # fmt: skip
def test_wrong_days_are_refused(graph: Graph, when: str) -> None:
    with pytest.raises(ParameterError, match="not a date"):
        dataset.void(graph, Publication(modified=when))


def test_days_and_times_of_xml_schema_are_taken() -> None:
    for when in ("2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00:00.25+01:00"):
        assert publication.moment(when).value == when


def test_an_endpoint_is_described_in_the_same_words(endpoint: str, graph: Graph) -> None:
    remote = open_graph(endpoint=endpoint)
    assert {*dataset.dcat(remote, PUBLISHED)} == {*dataset.dcat(graph, PUBLISHED)}
    assert {*dataset.void(remote, PUBLISHED)} == {*dataset.void(graph, PUBLISHED)}
    with pytest.raises(InputError):
        dataset.version(remote)


# ---- Versions

ONE = "id:a a ag:Person ; rdfs:label 'A' ; rdfs:seeAlso [ rdfs:label 'x' ] .\n"
TWO = "id:b a ag:Person ; rdfs:label 'B' .\n_:x rdfs:seeAlso _:y . _:y rdfs:seeAlso _:x .\n"


def test_a_version_depends_on_what_is_said_alone(make_folder: MakeFolder) -> None:
    def version(name: str, files: dict[str, str], manifest: str = "") -> str:
        more = {"manifest": manifest} if manifest else {}
        return dataset.version(open_graph(make_folder(files, name=name, prefixes=True, **more)))

    first = version("one", {"data/a.ttl": ONE, "data/b.ttl": TWO})
    assert version("two", {"data/a.ttl": "# a remark\n" + ONE, "data/b.ttl": TWO}) == first
    assert version("three", {"data/z.ttl": ONE, "data/b.ttl": TWO}) == first
    assert version("four", {"data/a.ttl": ONE}) != first
    assert version("five", {"data/a.ttl": ONE.replace("'A'", "'Á'"), "data/b.ttl": TWO}) != first
    assert (
        version("six", {"data/a.ttl": ONE, "data/b.ttl": TWO, "queries/q.rq": "# Q?\nASK {}"})
        != first
    )
    line = '<http://x/s> <http://x/p> "1" {} .\n'
    texts = ("", "<x:g>", "<x:h>", "_:b")
    in_graphs = {version(f"in {text[-2:-1]}", {"data/a.nq": line.format(text)}) for text in texts}
    assert len(in_graphs) == 4
    files = {"data/a.ttl": ONE, "data/b.ttl": TWO}
    for number, line in enumerate(SETTINGS):
        manifest = 'format = 1\nbase = "https://example.org/"\n' + line
        assert version(f"seven-{number}", files, manifest) != first


SETTINGS = (
    'title = "Other"\n',
    'title = "A test"\nfeatured = ["founders"]\n',
    'title = "A test"\nconnections = [["id:a", "id:b"]]\n',
)


def test_a_version_depends_on_each_file_that_answers_come_from(make_folder: MakeFolder) -> None:
    versions = set()
    for number, (path, content) in enumerate(product(
        ("queries/q.rq", "queries/profiles/q.rq", "ontology/q.ttl", "ontology/shapes/q.ttl"),
        ("# Q?", "# Another?"),
    )):  # fmt: skip
        root = make_folder({"data/a.ttl": ONE, path: content}, name=f"g{number}", prefixes=True)
        versions.add(dataset.version(open_graph(root)))
    assert len(versions) == 8


def test_a_version_is_the_same_in_each_process(graph: Graph) -> None:
    code = (
        "from allgraph.graph import open_graph\n"
        "from allgraph.linkeddata import dataset as datasets\n"
        "print(datasets.version(open_graph()))"
    )
    assert outputs(code) == {dataset.version(graph) + "\n"}


def test_views_have_versions_of_their_own(graph: Graph) -> None:
    views = [View(graph, (2013, 7, 1)), View(graph, (2013, 7, 2)), View(graph, (2013, 7, 1), True)]
    assert len({dataset.version(each) for each in [graph, *views]}) == 4
    assert dataset.version(View(graph, (2013, 7, 1))) == dataset.version(views[0])


TERMS = st.sampled_from([NamedNode("http://x/a"), NamedNode("http://x/b")])
QUADS = st.builds(
    Quad,
    TERMS,
    TERMS,
    st.one_of(TERMS, st.text(st.characters(exclude_categories=["Cs"]), max_size=4).map(Literal)),
)


@given(st.sets(QUADS, max_size=6), st.sets(QUADS, max_size=6))
def test_sums_are_the_same_for_the_same_lines_alone(one: set[Quad], two: set[Quad]) -> None:
    assert (summed([*one]) == summed([*two])) == (one == two)
    assert summed([*one]) == summed([*reversed([*one])])


def summed(quads: list[Quad]) -> int:
    total = dataset.LinesDigest()
    data = serialize(quads, format=RdfFormat.N_QUADS) or b""
    for start in range(0, len(data), 7):
        total.write(data[start : start + 7])
    return total.finish()


def test_labels_that_change_do_not_count_and_others_do() -> None:
    def total(line: bytes) -> int:
        found = dataset.LinesDigest()
        found.write(line)
        return found.finish()

    assert total(b"_:1a <p> _:2b .\n") == total(b"_:3 <p> _:4 .\n")
    assert total(b'<s> <p> "_:1 ." .\n') != total(b'<s> <p> "_:2 ." .\n')
    own = b"_:b0123456789abn%d <p> <o> .\n"
    assert total(own % 1) != total(own % 2)


def test_a_table_is_named_in_the_title_of_its_file(graph: Graph) -> None:
    titles = {
        text(triple.object).rpartition(", as ")[2]: text(triple.object)
        for triple in dataset.dcat(graph, PUBLISHED)
        if triple.predicate.value == KNOWN["dcterms"] + "title"
    }
    assert titles["csv"] == f"{graph.folder.title}: claims, as csv"
    files = (Download(f"{HOME}graph.csv", "csv"), Download(f"{HOME}graph.ttl.gz", "turtle"))
    triples = dataset.dcat(graph, Publication(HOME, downloads=files))
    said_of_files = {text(t.object) for t in triples if t.predicate.value.endswith("/title")}
    assert {f"{graph.folder.title}, as {name}" for name in ("csv", "turtle")} <= said_of_files
