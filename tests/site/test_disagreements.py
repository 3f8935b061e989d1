"""The pages about disagreements: two sides with their sources, pages of a large graph, none."""

from __future__ import annotations

import re

import pytest

from allgraph.graph import Graph, open_graph
from allgraph.graph.rivals import disagreements as groups_of
from allgraph.site import files
from allgraph.site.pages import disagreements
from allgraph.site.site import Site
from tests.conftest import MakeFolder


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
    assert made.keys() == {f"disagreements/{n}index.html" for n in ("", "2/", "3/")}
    counts = [
        disagreements.disagreements(site, number).count(b"<article ")
        for number in disagreements.pages(site)
    ]
    assert counts == [4, 4, 1]
    assert b'href="/allgraph/disagreements/3"' in disagreements.disagreements(site, 2)
