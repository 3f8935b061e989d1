"""Claims in records of a source: the same places on every surface, and no record of hidden claims.

Records and places are shared by claims, some of which are withdrawn or sensitive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from allgraph.exports.export import exported
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims
from allgraph.linkeddata.documents import about
from allgraph.rdf.terms import RDF, local_name
from allgraph.site.publisher import publish
from tests.conftest import BASE, MakeFolder
from tests.support import imported
from tests.support.commands import run
from tests.support.endpoints import holding


@pytest.fixture
def folder(make_folder: MakeFolder) -> Path:
    return make_folder({"data/a.ttl": imported.turtle()}, prefixes=True)


@pytest.fixture(params=["snapshot", "endpoint"])
def other(request: pytest.FixtureRequest, folder: Path) -> Iterator[Graph]:
    """The graph from another place than memory."""
    here = open_graph(folder)
    if request.param == "snapshot":
        build(here.folder)
        yield open_graph(folder)
        return
    quads = parse(exported(here, "nt", derived=True), RdfFormat.N_TRIPLES)
    with holding(quads) as endpoint:
        yield open_graph(folder, endpoint=endpoint.url)


def test_claims_are_the_same_from_everywhere(folder: Path, other: Graph) -> None:
    here = claims(open_graph(folder, in_memory=10**9))
    assert here == claims(other)
    assert {local_name(c.iri): c.evidence[0].place for c in here} == {
        name: place for name, place in imported.PLACES.items() if name != "gone"
    }


def test_commands_show_places(folder: Path) -> None:
    def said(*arguments: str) -> str:
        return run("--graph", str(folder), *arguments).stdout

    place = imported.PLACES["on-board"]
    assert place in said("show", "Ada") and place in said("show", "claim:on-board")
    assert imported.ADDRESSES["on-board"] in said("show", "Ada")
    assert place in said("ask", "from-source", "--source", "source:register")
    paths = json.loads(said("paths", "Ada", "Board", "--format", "json"))
    (step,) = paths["paths"][0]["claims"]
    assert step["sources"][0]["place"] == place
    assert step["sources"][0]["placeAddress"] == imported.ADDRESSES["on-board"]
    assert place in said("timeline", "Ada", "--format", "json") + said("export", "--format", "csv")


def test_pages_link_to_places(folder: Path, tmp_path: Path) -> None:
    publish(open_graph(folder), tmp_path / "site")
    address, place = (of["on-board"] for of in (imported.ADDRESSES, imported.PLACES))

    def page(name: str) -> str:
        path = tmp_path / "site" / "page" / name / "index.html"
        return path.read_text(encoding="utf-8")

    for name in ("claim/on-board", "source/register", "ada"):
        assert f'<a href="{address}" rel="nofollow">{place}</a>' in page(name), name
    titled = page("claim/titled")
    assert f"<dd>{imported.PLACES['titled']}</dd>" in titled


def test_documents_have_the_records_of_their_claims_alone(folder: Path, other: Graph) -> None:
    for graph in (open_graph(folder, in_memory=10**9), other):
        text = about(graph, f"{BASE}claim/on-board").write("nt").decode()
        assert f"<{imported.SOURCE}#record-ada> <https://w3id.org/allgraph/ns#lines>" in text
        assert f"<{imported.SOURCE}#/roles/3> <{RDF}value>" in text
        assert "record-13" not in text and "#/name" not in text
        text = about(graph, f"{BASE}claim/in-list").write("nt").decode()
        assert f"<{imported.SOURCE}#/12> <{RDF}value>" in text
        text = about(graph, imported.SOURCE).write("nt").decode()
        assert "#record-ada> <" in text and "#record-unused" not in text


def test_a_record_stays_with_the_claims_that_are_left(folder: Path) -> None:
    """The secret claim is in a record of other claims; all that is withdrawn in one of its own."""
    text = exported(open_graph(folder), "nt", derived=True).decode()
    for record in imported.RECORDS:
        assert f"<{imported.SOURCE}#{record}> <" in text, record
    assert f"<{imported.SOURCE}#/name> <" in text
    record = f"<{imported.SOURCE}#record-13> <https://w3id.org/allgraph/ns#"
    assert f"{record}section>" in text  # but no digest of a whole with something secret in it
    assert f"{record}sha256>" not in text and f"{record}lines>" not in text
    assert imported.SECRET_DIGEST not in text and "claim/secret" not in text
    assert f"{imported.BEFORE}#" not in text and "claim/gone" not in text
    whole = exported(open_graph(folder, withdrawn=True, include_sensitive=True), "nt").decode()
    assert f"<{imported.BEFORE}#record-ada> <" in whole and imported.SECRET_DIGEST in whole


def test_a_record_of_hidden_claims_alone_is_hidden(make_folder: MakeFolder) -> None:
    secret = imported.claim(
        "alone", 'id:ada ag:hasName "X"', "record-secret", "/x", more="ag:sensitive true ; "
    )
    record = (
        f"<{imported.SOURCE}#record-secret> a ag:Record ; dcterms:isPartOf source:register ;\n"
        f'    ag:section "secret.yml" ; ag:firstLine 1 ; ag:lines "{{}}" ;\n'
        f'    ag:sha256 "{imported.SECRET_DIGEST}" .\n'
        f'<{imported.SOURCE}#/x> a oa:FragmentSelector ; rdf:value "/x" ;\n'
        "    dcterms:conformsTo <http://tools.ietf.org/rfc/rfc6901> .\n"
    )
    files = {"data/a.ttl": imported.turtle() + secret + record}
    folder = make_folder(files, prefixes=True)
    text = exported(open_graph(folder), "nt", derived=True).decode()
    assert not [word for word in ("record-secret", "secret.yml", "#/x>") if word in text]
    assert f"<{BASE}source/register>" in text and imported.SECRET_DIGEST not in text
    assert "secret.yml" in exported(open_graph(folder, include_sensitive=True), "nt").decode()
