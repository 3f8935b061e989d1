"""Pages of claims: the words of sources, where to open them, and where to suggest a correction."""

from __future__ import annotations

from urllib.parse import unquote

from allgraph.evidence.words import digest_of
from allgraph.graph import Graph, open_graph
from allgraph.site.documents import document_views
from allgraph.site.site import Site
from tests.conftest import MANIFEST, MakeFolder

DATA = """
id:ann a ag:Person ; rdfs:label "Ann" .
id:club a ag:Organization ; rdfs:label "the club" .
<https://example.org/book> a ag:Page ; rdfs:label "the book" .
source:book a ag:Source ; rdfs:label "a book" ; prov:specializationOf <https://example.org/book> .
claim:one a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:memberOf ; rdf:object id:club ;
    ag:evidence [ oa:hasSource source:book ; ag:sha256 "DIGEST" ;
        oa:hasSelector [ a oa:TextPositionSelector ; oa:start 3 ; oa:end 6 ] ] .
"""


def page(make_folder: MakeFolder, words: str, manifest: str = "") -> str:
    data = DATA.replace("DIGEST", digest_of(words))
    root = make_folder({"data/a.ttl": data}, prefixes=True, manifest=MANIFEST + manifest)
    graph = open_graph(root)
    [claim] = [iri for iri in Site(graph).iris if iri.endswith("claim/one")]
    [view] = document_views(Site(graph), [claim])
    return view.page().decode()


def test_words_are_shown_if_they_are_known_and_never_else(make_folder: MakeFolder) -> None:
    known = page(make_folder, "Ann")
    assert "“<bdi>Ann</bdi>”" in known
    assert 'href="https://example.org/book#:~:text=Ann"' in known
    assert 'data-start="3" data-end="6"' in known
    unknown = page(make_folder, "Bob")
    assert "blockquote" not in unknown and 'href="https://example.org/book"' in unknown


def test_a_correction_has_the_claim_its_file_and_its_line(make_folder: MakeFolder) -> None:
    more = 'corrections = "https://example.org/new?{iri}&at={file}:{line}"\n'
    shown = page(make_folder, "Ann", more)
    assert "Suggest a correction" in shown
    start = shown.index("https://example.org/new?")
    address = unquote(shown[start : shown.index('"', start)])
    line = next(n for n, text in enumerate(DATA.splitlines(), 1) if text.startswith("claim:one"))
    assert address.endswith("/claim/one&amp;at=data/a.ttl:" + address.rpartition(":")[2])
    assert int(address.rpartition(":")[2]) >= line  # after the prefixes
    assert "Suggest" not in page(make_folder, "Ann")


def test_people_who_are_named_find_whom_to_write_to(make_folder: MakeFolder) -> None:
    shown = page(make_folder, "Ann", 'contact = "mailto:us@example.org?subject={iri}"\n')
    assert "Are you named here?" in shown and "mailto:us@example.org?subject=http" in shown


def test_the_built_in_graph_shows_what_is_known(graph: Graph) -> None:
    base = graph.folder.base
    [view] = document_views(Site(graph), [f"{base}claim/elson-served-on-advisory-board"])
    shown = view.page().decode()
    assert "“<bdi>Karen Elson</bdi>”" in shown
    assert "Check it yourself" in shown and "check." in shown
