"""Citations say what is cited, of which edition of the graph, and which sources say it."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

import allgraph
from allgraph.errors import DateError, ParameterError, UnknownName
from allgraph.evidence.citations import cited, of_thing, parameters_of
from allgraph.graph import Graph
from allgraph.linkeddata.publication import Publication

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BODY = {"body": "Model Alliance"}


def test_a_claim_is_cited_with_its_sources(graph: Graph) -> None:
    citation = allgraph.cite(graph, "claim:founding-2011")
    assert citation.text.startswith("“The Model Alliance was founded in 2011.” In: The Model")
    assert " After: The Epoch Times, article of 16 February 2012. " in citation.text
    first, source = citation.references
    assert (first.kind, first.address) == ("entry", "https://w3id.org/allgraph/claim/founding-2011")
    assert (source.kind, source.date, source.publisher) == (
        "page", "2012-02-16", "The Epoch Times",
    )  # fmt: skip
    assert citation.bibtex.count("@misc{") == citation.ris.count("TY  - ") == 2
    assert allgraph.cite(graph, allgraph.claims(graph, about="Coco Rocha")[0]).of[:6] == "claim:"


def test_a_withdrawn_claim_is_cited_as_withdrawn_in_every_form(make_folder: MakeFolder) -> None:
    data = """
        id:ada a ag:Person ; rdfs:label "Ada" .
        claim:c a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:describedAs ; rdf:object "a" ;
          ag:withdrawn "2020-01-01"^^xsd:date ; ag:withdrawnBecause "It is gone." .
    """
    graph = allgraph.open(make_folder({"data/a.ttl": data}, prefixes=True))
    citation = allgraph.cite(graph, "claim:c")
    for text in (citation.text, citation.bibtex, citation.ris, citation.csl_json):
        assert "Withdrawn on 2020-01-01: It is gone" in text


def test_the_places_in_a_source_are_beside_it(graph: Graph) -> None:
    references = allgraph.cite(graph, "claim:rocha-served-on-advisory-board").references
    notes = {reference.key: reference.note for reference in references}
    assert "characters 914 to 924" in references[0].note
    assert notes["source:model-alliance"] == "Place: characters 914 to 924"


def test_a_source_is_cited_by_its_own_reference(graph: Graph) -> None:
    (source,) = allgraph.cite(graph, "source:akamodels-2013-02").references
    assert (source.kind, source.authors, source.date) == ("page", ("Sara Ziff",), "2013-02")
    assert source.address.startswith("https://akamodels.blogspot.com/")
    assert "<https://w3id.org/allgraph/source/akamodels-2013-02>" in source.note
    (study,) = allgraph.cite(graph, "source:researcherlife-study").references
    assert study.title.startswith("Results of a strategic science study")


def test_a_thing_and_the_graph_are_cited(graph: Graph) -> None:
    thing, whole = allgraph.cite(graph, "coco rocha"), allgraph.cite(graph)
    assert thing.text.startswith("Coco Rocha. In: The Model Alliance, the New York")
    assert whole.text.startswith(f"{graph.folder.title}. Version {graph.folder.version}")
    assert "catalog#dataset" in whole.bibtex
    assert str(thing) == thing.text and thing.as_dict()["of"] == "id:coco-rocha"
    assert "<details>" in thing._repr_html_() and "@misc{id:coco-rocha" in thing._repr_html_()


def test_an_answer_is_cited_with_its_parameters(graph: Graph) -> None:
    question = allgraph.cite(graph, "founders").references[0]
    answer = allgraph.cite(graph, "founders", **BODY, as_of="2013-01-01").references[0]
    assert question.title == "Who founded a body, and when?"
    assert answer.title == "Who founded the Model Alliance, and when? (as-of: 2013-01-01)"
    assert answer.address == f"{question.address}?body=Model+Alliance&as-of=2013-01-01"
    assert len({question.key, answer.key}) == 2


def test_connections_are_cited(graph: Graph) -> None:
    ends: dict[str, Any] = {"from": "Coco Rocha", "to": "id:andrew-cuomo", "max_hops": 3}
    reference = allgraph.cite(graph, "paths", **ends).references[0]
    assert reference.title == "How is Coco Rocha connected to Andrew Cuomo? (max-hops: 3)"
    assert reference.address.endswith("/paths?from=Coco+Rocha&to=id%3Aandrew-cuomo&max-hops=3")


def test_the_day_of_access_is_of_the_reader(graph: Graph) -> None:
    citation = allgraph.cite(graph, "claim:founding-2011", accessed="2026-11-29")
    first, source = citation.references
    assert (first.accessed, source.accessed) == ("2026-11-29", "[..2026-11-23]")
    assert "urldate = {2026-11-29}" in citation.bibtex and "Y2  - 2026/11/29/" in citation.ris
    assert "urldate" not in allgraph.cite(graph, "claim:founding-2011").bibtex


@pytest.mark.parametrize(
    ("of", "parameters", "accessed", "error"),
    [
        ("nobody", {}, "", UnknownName),
        ("Coco Rocha", {"body": "x"}, "", ParameterError),
        ("founders", {"body": "nobody"}, "", UnknownName),
        ("founders", {"published": "x"}, "", ParameterError),
        ("paths", {"from": "Coco Rocha"}, "", ParameterError),
        ("paths", {"from": "Coco Rocha", "to": "Sara Ziff", "x": 1}, "", ParameterError),
        ("founders", {}, "yesterday", DateError),
    ],
)
def test_what_is_wrong_is_told(
    graph: Graph, of: str, parameters: dict[str, object], accessed: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        cited(graph, of, parameters, accessed)
    with pytest.raises(ParameterError):
        parameters_of(["body"])


def test_the_edition_is_that_of_the_manifest_and_of_git(make_folder: MakeFolder) -> None:
    manifest = 'format = 1\ntitle = "T"\nbase = "https://e.example/"\n'
    root = make_folder(manifest=f'{manifest}version = "2"\nreleased = "2026-01-02"\n')
    (reference,) = allgraph.cite(allgraph.open(root)).references
    assert (reference.version, reference.date) == ("2", "2026-01-02")

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@e.example")
        done = subprocess.run(
            ["git", *who, "-C", str(root), *arguments], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "First", "--date", "2026-01-03T00:00:00")
    commit = git("rev-parse", "HEAD")[:12]
    (reference,) = allgraph.cite(allgraph.open(root)).references
    assert (reference.version, reference.date) == (f"2, commit {commit}", "2026-01-02")
    (root / "allgraph.toml").write_text(manifest)
    (reference,) = allgraph.cite(allgraph.open(root)).references
    assert (reference.version, reference.date) == ("", "")


def test_a_question_is_at_the_address_where_the_graph_is_published(graph: Graph) -> None:
    home = Publication("https://kg.example/a/")
    assert cited(graph, "founders", {}, "", home).of == "https://kg.example/a/ask/founders"
    assert cited(graph, "", {}, "", home).of == "https://kg.example/a/catalog#dataset"


def test_keys_are_such_that_programs_take_them(graph: Graph) -> None:
    iris = [f"https://e.example/id/a,b{end}" for end in ("é" * 200, "é" * 201, "%", "}", " x")]
    things = [allgraph.Thing(iri, "A", "") for iri in iris]
    keys = [of_thing(graph, thing).references[0].key for thing in things]
    assert len({*keys}) == len(keys) and all(re.fullmatch("[!-~]{1,80}", key) for key in keys)
    assert not {*",{}%~\\#"} & {*"".join(keys)}
