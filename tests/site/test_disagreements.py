"""The pages about disagreements: two sides with their sources, pages of a large graph, none."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from allgraph.drawings import disagreement as drawing
from allgraph.graph import Graph, open_graph
from allgraph.graph.rivals import disagreements as groups_of
from allgraph.site import claim_view, documents, files
from allgraph.site.pages import disagreements
from allgraph.site.site import Site
from tests.conftest import MakeFolder
from tests.support.serving import Address, fetch


def test_each_disagreement_has_its_sides_with_sources_and_an_image(graph: Graph) -> None:
    html = disagreements.disagreements(Site(graph)).decode()
    groups = groups_of(graph)
    assert f"{len(groups)} disagreements about 8 things" in html
    articles = html.split("<article ")[1:]
    assert len(articles) == len(groups)
    for article, group in zip(articles, groups, strict=True):
        assert article.count('<div class="side">') == len(group.claims)
        assert "<svg " in article
        assert article.count('href="/allgraph/page/source/') >= len(group.claims)
        for claim in group.claims:
            assert f'href="/allgraph/page/claim/{claim.rpartition("/")[2]}"' in article
    ids = re.findall(' id="([^"]*)"', html)
    assert len(ids) == len({*ids})
    assert len(re.sub("<svg.*?</svg>", "", html, flags=re.DOTALL)) < 60_000


def test_a_site_without_disagreements_says_what_that_means(make_folder: MakeFolder) -> None:
    graph = open_graph(
        make_folder({"data/x.ttl": 'id:a a ag:Body ; rdfs:label "A" .'}, prefixes=True)
    )
    html = disagreements.disagreements(Site(graph)).decode()
    assert "No two claims here are marked" in html
    assert "does not mean that all sources agree" in html


def test_a_large_graph_has_pages(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disagreements, "PAGE", 4)
    site = Site(graph)
    made = dict(
        file for part in files.parts(site) for file in part() if "disagreements" in str(part)
    )
    assert [*disagreements.pages(site)] == [1, 2, 3]
    one_by_one = {f"disagreement/{number}" for number in range(1, 10)}
    data = {f"{name}.{end}" for name in one_by_one | {"disagreements"} for end in ("csv", "json")}
    assert made.keys() == {f"disagreements/{n}index.html" for n in ("", "2/", "3/")} | data
    counts = [
        disagreements.disagreements(site, number).count(b"<article ")
        for number in disagreements.pages(site)
    ]
    assert counts == [4, 4, 1]
    assert b'href="/allgraph/disagreements/3"' in disagreements.disagreements(site, 2)


def test_of_a_disagreement_of_very_many_claims_the_first_are_shown(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = "".join(
        f"""claim:c{n} a ag:Claim ; rdf:subject id:p ; rdf:predicate ag:servedOn ; rdf:object id:a ;
            ag:when "{2001 + n}"^^edtf:EDTF ;{" ag:conflictsWith claim:c0 ;" if n else ""}
            ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:s ] ."""
        for n in range(5)
    )
    things = 'id:a a ag:Body ; rdfs:label "A" . id:p a ag:Person ; rdfs:label "P" .'
    sources = 'source:s a ag:Source ; rdfs:label "S" .'
    graph = open_graph(make_folder({"data/x.ttl": things + sources + claims}, prefixes=True))

    def pages() -> tuple[str, str, str]:
        site = Site(graph)
        views = (documents.view_at(site, path) for path in ("/page/claim/c0", "/page/p"))
        one, two = (view.page().decode() for view in views)
        return disagreements.disagreements(site).decode(), one, two

    assert not any("This is not all:" in page for page in pages())
    monkeypatch.setattr(drawing, "MOST_CLAIMS", 2)
    monkeypatch.setattr(claim_view, "RIVALS", 3)
    whole, of_claim, of_thing = pages()
    assert whole.count('<div class="side">') == 2
    assert "This is not all: 3 more claims of this disagreement" in whole
    [data] = json.loads(disagreements.data(Site(graph), "json"))["disagreements"]
    assert len(data["claims"]) == 5
    assert of_claim.count("The conflicting claim:") == 3
    assert "This is not all: it conflicts with 1 more claim;" in of_claim
    assert "This is not all: it conflicts with 1 more claim;" in of_thing
    picture = drawing.disagreement(graph)
    assert picture is not None and picture.limits == ("3 more claims of these disagreements",)


def test_disagreements_are_data_all_together_and_one_by_one(graph: Graph) -> None:
    site = Site(graph)
    whole = json.loads(disagreements.data(site, "json"))["disagreements"]
    groups = groups_of(graph)
    assert [{graph.prefixes.expand(c["claim"]) for c in one["claims"]} for one in whole] == [
        {*group.claims} for group in groups
    ]
    rows = [*csv.DictReader(io.StringIO(disagreements.data(site, "csv").decode()))]
    sources = [
        (str(one["number"]), graph.prefixes.expand(claim["claim"]), source["title"])
        for one in whole
        for claim in one["claims"]
        for source in claim["sources"]
    ]
    assert sources == [(row["disagreement"], row["claim"], row["sourceTitle"]) for row in rows]
    page = disagreements.disagreements(site).decode()
    for number, one in enumerate(whole, 1):
        own = json.loads(disagreements.data(site, "json", [number]))
        assert own == {"disagreements": [one]}
        assert f'href="/allgraph/disagreement/{number}.csv"' in page


def test_a_server_sends_the_data_of_disagreements(graph: Graph, server: Address) -> None:
    for path, wanted in (("disagreements", None), ("disagreement/2", [2])):
        for suffix, type in (("json", "application/json"), ("csv", "text/csv")):
            reply = fetch(f"{server}/{path}.{suffix}")
            assert reply.headers["content-type"].startswith(type)
            assert reply.body == disagreements.data(Site(graph), suffix, wanted)
    for path in ("disagreement/99.json", "disagreement/0.csv", "disagreement/2.ttl"):
        assert fetch(f"{server}/{path}").status == 404
