"""The list of questions, and the pages of questions."""

from __future__ import annotations

import re

from allgraph.graph import open_graph
from allgraph.linkeddata.publication import Publication
from allgraph.site.pages import questions
from allgraph.site.site import Site
from tests.conftest import MakeFolder

GRAPH = open_graph()


def headings(markup: str) -> list[tuple[str, str]]:
    return re.findall(r"<h([23])[^>]*>([^<]*)</h", markup)


def test_questions_are_listed_by_what_one_has_in_hand_with_an_example() -> None:
    markup = questions.questions(Site(GRAPH)).decode()
    names = [name for _, name in headings(markup)]
    assert {"A person", "A body or an office", "A day", "A source"} <= {*names}
    assert names == sorted(names)
    assert markup.count("/ask/founders/1") == 1
    assert "Who founded the Model Alliance, and when?" in markup
    assert all(f"#{mark}" in markup for mark in re.findall(r'<h2 id="(group-[^"]+)"', markup))


def test_questions_of_the_folder_come_before_those_of_any(make_folder: MakeFolder) -> None:
    ask = (
        "# Who is in the club?\n# Group: A person\nSELECT ?thing ?name { ?thing rdfs:label ?name }"
    )
    site = Site(open_graph(make_folder({"queries/in-the-club.rq": ask})))
    markup = questions.questions(site).decode()
    names = headings(markup)
    assert names[:3] == [
        ("2", "Questions of this graph"),
        ("3", "A person"),
        ("2", "Questions of any graph"),
    ]
    assert markup.index("/ask/in-the-club") < markup.index("/ask/founders")
    assert "for example" not in markup  # examples of others are about their data


def test_a_graph_too_large_for_a_page_has_no_form_unless_a_server_answers() -> None:
    site = Site(GRAPH)
    site.triples = 10**6
    query = GRAPH.queries["founders"]
    answered = questions.example(site, query, 1)
    for asked in (None, answered):
        markup = questions.question(site, query, asked).decode()
        assert "<form class=" not in markup
        assert "data-store" not in markup
        assert "too large for a page" in markup
        assert "/ask/founders/1" in markup
    assert "sort=" not in markup
    server = Site(GRAPH, Publication(site.home, endpoint=f"{site.home}sparql"))
    server.triples = 10**6
    assert 'class="ask' in questions.question(server, query, answered).decode()
