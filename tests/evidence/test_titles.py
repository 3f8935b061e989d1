"""Titles of answers and names of their files."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from allgraph.evidence import titles
from allgraph.graph import open_graph
from allgraph.rdf.terms import Term
from allgraph.sparql.questions import parse_query

GRAPH = open_graph()
QUERY = GRAPH.queries["board-on-day"]


def test_a_title_has_the_names_of_things_in_text_and_days_in_words() -> None:
    values = titles.terms(GRAPH, QUERY, {"body": "Model Alliance", "day": "2014-05-01"})
    assert titles.title(GRAPH, QUERY, values) == (
        "Who was on a board of the Model Alliance on 1 May 2014?"
    )
    assert titles.file_name(QUERY, values) == "board-on-day_body-model-alliance_day-2014-05-01"


def test_without_all_values_the_title_is_that_of_the_question() -> None:
    values = titles.terms(GRAPH, QUERY, {"body": "nothing of this name", "day": "2014-05-01"})
    assert titles.title(GRAPH, QUERY, values) == QUERY.title


def test_every_question_with_parameters_has_a_title_for_each_example() -> None:
    for query in GRAPH.queries.values():
        for example in query.examples:
            values = titles.terms(GRAPH, query, example)
            if values:
                assert query.template_for(values), query.name
                assert "{" not in titles.title(GRAPH, query, values)


def test_the_name_of_a_file_is_one_on_any_system() -> None:
    query = parse_query(
        "# Say\n# $a  text  A.\n# $b  entity  B.\nASK { $a ?p $b }", "say", "say.rq"
    )
    odd: dict[str, Term] = {
        "a": Literal('../É "x"\r\n' + "y" * 500),
        "b": NamedNode("https://example.org/id/a/b:c"),
    }
    name = titles.file_name(query, odd)
    assert name.startswith("say_a-e-x-yyy")
    assert len(name) == 150
    assert titles.file_name(query, {"b": odd["b"]}) == "say_b-c"
