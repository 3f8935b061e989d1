"""The first page of a graph, small or without anything."""

from __future__ import annotations

import re

from allgraph.graph import Graph, open_graph
from allgraph.site.pages.home import home
from allgraph.site.pages.network import network
from allgraph.site.site import Site
from tests.conftest import MANIFEST, MakeFolder


def test_it_has_one_search_one_picture_and_three_doors(graph: Graph) -> None:
    page = home(Site(graph)).decode()
    assert page.count('role="search"') == 1
    assert page.count("<figure") == 1 and "ag-matrix" in page
    assert re.findall("<h3>(.+)</h3>", page) == ["Quote it", "Query it", "Publish yours"]
    assert page.count('data-copy="door-') == 3
    assert len(page) < 100_000


def test_its_heading_is_what_the_manifest_says(graph: Graph, make_folder: MakeFolder) -> None:
    for number, (more, heading) in enumerate(
        {'sentence = "One."\ndescription = "Two."': "One.", 'description = "Two."': "Two.",
         "": "A test"}.items()
    ):  # fmt: skip
        folder = make_folder(manifest=f"{MANIFEST}{more}\n", name=str(number))
        assert f"<h1>{heading}</h1>" in home(Site(open_graph(folder))).decode()


def test_a_graph_of_nothing_has_a_first_page(make_folder: MakeFolder) -> None:
    page = home(Site(open_graph(make_folder()))).decode()
    assert "0 claims from 0 sources" in page
    assert "<figure" not in page and 'class="stories"' not in page


def test_kinds_of_which_there_is_nothing_are_not_offered(make_folder: MakeFolder) -> None:
    things = "id:a a ag:Person ; rdfs:label 'A' . id:b a ag:Unit ; rdfs:label 'B' ."
    site = Site(open_graph(make_folder({"data/x.ttl": things}, prefixes=True)))
    assert 'placeholder="Search people, bodies, words"' in home(site).decode()
    groups = re.findall('name="group" value="(.+?)"', network(site).decode())
    assert groups == ["people", "bodies", "others"]


def test_a_manifest_chooses_the_picture(make_folder: MakeFolder) -> None:
    claim = """id:a a ag:Person ; rdfs:label 'A' . id:b a ag:Body ; rdfs:label 'B' .
      source:s a ag:Source . claim:c a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:servedOn ;
      rdf:object id:b ; ag:when "2013"^^edtf:EDTF ; ag:evidence [ oa:hasSource source:s ] ."""
    for kind, is_drawn in {"timeline": True, "none": False, "matrix": False}.items():
        manifest = f'{MANIFEST}picture = "{kind}"\n'
        folder = make_folder({"data/x.ttl": claim}, manifest=manifest, name=kind, prefixes=True)
        assert ("<figure" in home(Site(open_graph(folder))).decode()) == is_drawn


def test_it_names_the_sources_that_were_read_last(graph: Graph, make_folder: MakeFolder) -> None:
    sources = """
      source:a a ag:Source ; rdfs:label "A" ; ag:read "2020-01-02"^^edtf:EDTF .
      source:b a ag:Source ; rdfs:label "<B>" ; ag:read "2021-05"^^edtf:EDTF .
      source:c a ag:Source ; rdfs:label "C" ; ag:read "no date"^^edtf:EDTF .
      source:d a ag:Source ; rdfs:label "D" .
    """
    folder = make_folder({"data/x.ttl": sources}, prefixes=True)
    page = home(Site(open_graph(folder))).decode()
    line = 'Sources last read in May 2021: <a href="/page/source/b"><bdi>&lt;B&gt;</bdi></a>.</p>'
    assert line in re.sub(r'href="[^"]*/page', 'href="/page', page)
    whole = home(Site(graph)).decode()
    told = re.search(r"Sources last read on ([^:]+): (.+?) and (\d+) others", whole)
    assert told is not None and told[2].count("/page/source/") == 3
    days = graph.run("read-days").rows
    [count] = [int(row.text("count")) for row in days if row.text("read") == "2026-11-28"]
    assert (told[1], int(told[3])) == ("28 November 2026", count - 3)


def test_sources_without_a_day_of_reading_are_not_told(make_folder: MakeFolder) -> None:
    source = 'source:d a ag:Source ; rdfs:label "D" .'
    folder = make_folder({"data/x.ttl": source}, prefixes=True)
    assert "last read" not in home(Site(open_graph(folder))).decode()
