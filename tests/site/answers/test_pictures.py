"""The picture of an answer, where one suits its columns."""

from __future__ import annotations

import pytest

from allgraph.drawings.picture import Picture
from allgraph.graph import as_json, open_graph
from allgraph.site.answers.pictures import picture
from allgraph.site.pages import questions
from allgraph.site.site import Site

GRAPH = open_graph()
SITE = Site(GRAPH)


def drawn(name: str, **values: str) -> Picture | None:
    query, answer = GRAPH.queries[name], GRAPH.ask(name, **values)
    return picture(SITE, query, answer, as_json.behind(GRAPH, query, answer))


def test_people_beside_other_things_are_a_matrix() -> None:
    found = drawn("board-members", body="Model Alliance")
    assert found
    assert found.kind == "matrix"
    assert {row[0] for row in found.rows} > {"Karen Elson", "Coco Rocha"}
    assert f'href="{SITE.root}/page/' in found.svg


def test_dated_sentences_are_a_timeline() -> None:
    found = drawn("life-of-a-bill", bill="A.7787")
    assert found
    assert found.kind == "timeline"
    assert any("introduced" in row[1] for row in found.rows)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("founders", {"body": "Model Alliance"}),
        ("conflicts", {}),
        ("board-members", {"body": "Model Alliance Advisory Board"}),
        ("bills-of-a-session", {"session": "id:ny-legislature-2013-2014"}),
        ("happened-between", {"first": "1900-01-01", "last": "1900-01-02"}),
    ],
)
def test_what_suits_no_picture_has_none(name: str, values: dict[str, str]) -> None:
    assert drawn(name, **values) is None


def test_a_part_of_an_answer_has_no_picture() -> None:
    query = GRAPH.queries["life-of-a-bill"]
    asked = questions.asked(GRAPH, query, {"bill": "A.7787"}, limit=5)
    assert b"<figure" not in questions.question(SITE, query, asked)
    whole = questions.asked(GRAPH, query, {"bill": "A.7787"})
    assert b'<figure class="picture"' in questions.question(SITE, query, whole)
