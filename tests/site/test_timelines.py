"""The page of a timeline: a picture, entries by year, filters, and counts where it is too much."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from pyoxigraph import NamedNode

from allgraph.graph import Graph
from allgraph.graph import timeline as chronology
from allgraph.site import network_data
from allgraph.site.pages import timelines
from allgraph.site.site import Site


def links(html: str) -> list[tuple[str, int]]:
    """The parameters and the number of each bar of the counts."""
    bars = re.findall(r'href="[^"]*/timeline\?([^"]*)"[^>]*><title>[^<]*: ([\d,]+)</title>', html)
    return [(query.replace("&amp;", "&"), int(n.replace(",", ""))) for query, n in bars]


def test_entries_stand_by_year_below_the_picture(graph: Graph) -> None:
    html = timelines.whole_timeline(Site(graph)).decode()
    assert html.index("<svg ") < html.index('<form class="ask') < html.index('class="years"')
    years = [*map(int, re.findall(r'<h2 id="y(\d+)">', html))]
    assert years == sorted(set(years)) and {2011, 2013, 2024} <= {*years}
    assert [*map(int, re.findall(r'<li><a href="#y(\d+)">', html))] == years
    claims = {entry.claims[0].iri for entry in chronology.timeline(graph)}
    for claim in claims:  # none is lost where alike ones are folded
        assert f'/page/claim/{claim.rpartition("/")[2]}"' in html
    assert re.search(r"[\d]+ claims have no date that would place them", html)
    assert len(re.sub("<svg.*?</svg>", "", html, flags=re.DOTALL)) < 62_000
    assert html.count('<details class="year">') == len(years)


def test_few_entries_are_not_folded(graph: Graph) -> None:
    content = chronology.timeline(graph, "Model Alliance")
    html = timelines.timeline(Site(graph), content, {"thing": "Model Alliance"}).decode()
    assert '<details class="year" open>' in html and '<details class="year">' not in html


def test_a_part_is_chosen_by_the_form_which_keeps_its_values(graph: Graph) -> None:
    site = Site(graph)
    values = {"since": "2012", "until": "2013", "where": ["aspect:is:Event"], "kind": ["ag:Law"]}
    content = chronology.timeline(graph, since="2012", until="2013", kind=["ag:Law"])
    html = timelines.timeline(site, content.arranged(where=values["where"]), values).decode()
    assert [*map(int, re.findall(r'<h2 id="y(\d+)">', html))] == [2013]
    assert 'name="since" value="2012"' in html and 'name="until" value="2013"' in html
    assert '<option value="aspect:is:Event" selected>' in html
    assert '<option value="ag:Law" selected>' in html
    assert "canonical" not in html
    nothing = chronology.timeline(graph, since="1600", until="1700")
    assert (
        "Nothing that fits is dated."
        in timelines.timeline(site, nothing, {"since": "1600"}).decode()
    )


def test_a_large_graph_has_counts_that_lead_to_parts_that_fit(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_data, "MOST", 10)
    monkeypatch.setattr(timelines, "READ", 20)
    site = Site(graph)
    html = timelines.whole_timeline(site).decode()
    assert "too many dated claims for one page" in html and "Nothing is dated" not in html
    years = dict(links(html))
    assert sum(years.values()) == sum(chronology.months(graph).values())
    assert timelines.is_too_much(site, {"since": "2013", "until": "2013"})
    of_2013 = timelines.timeline(site, None, {"since": "2013", "until": "2013"}).decode()
    months = links(of_2013)
    assert sum(n for _, n in months) == years["since=2013&until=2013"]
    assert "since=2013-06&until=2013-06" in dict(months)
    assert not timelines.is_too_much(site, {"since": "2012-01", "until": "2012-02"})
    assert not timelines.is_too_much(site, {"thing": "Coco Rocha"})


def test_a_thing_with_very_many_claims_has_counts_too(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_data, "MOST", 10)
    monkeypatch.setattr(timelines, "READ", 20)
    site, thing = Site(graph), {"thing": "Model Alliance"}
    assert timelines.is_too_much(site, thing)
    html = timelines.timeline(site, None, thing).decode()
    assert "too many claims about it for one page" in html
    iri = graph.resolve("Model Alliance")
    months = chronology.months(graph, iri)
    assert 0 < sum(months.values()) < sum(chronology.months(graph).values())
    assert sum(number for _, number in links(html)) == sum(months.values())
    part = {**thing, "since": "2012", "until": "2012"}
    assert f"since=2012&until=2012&{urlencode(thing)}" in dict(links(html))
    assert not timelines.is_too_much(site, part)
    monkeypatch.setattr(timelines, "READ", 0)
    undated = next(
        iri
        for iri in site.iris
        if len(graph.table.about(iri)) and not chronology.months(graph, NamedNode(iri))
    )
    assert timelines.is_too_much(site, {"thing": undated})
    html = timelines.timeline(site, None, {"thing": undated}).decode()
    assert "No source dates any of these claims." in html


def test_many_years_are_counted_by_decade_with_the_other_choices_kept(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "_DECADES", 5)
    html = timelines.timeline(Site(graph), None, {"where": ["aspect:is:State"]}).decode()
    decades = links(html)
    assert [query for query, _ in decades] == [
        f"since={decade}&until={decade + 9}&where=aspect%3Ais%3AState"
        for decade in (1990, 2000, 2010, 2020)
    ]


def test_what_is_wrong_stands_above_the_form_that_keeps_its_values(graph: Graph) -> None:
    given = {"thing": "<nobody>", "where": "aspect:is:State", "kind": "ag:Law"}
    html = timelines.without_answer(Site(graph), given, "nothing is named “<nobody>”").decode()
    assert 'role="alert"><bdi>nothing is named “&lt;nobody&gt;”</bdi>' in html
    assert 'value="&lt;nobody&gt;"' in html
    assert '<option value="aspect:is:State" selected>' in html
    assert '<option value="ag:Law" selected>' in html
    assert "Nothing is dated" not in html
    assert 'id="cite"' not in html
