"""Every shipped question, of the things with most claims, answers in the time of a server.

The graph is like the bulk records of a legislature: 200 claims, or 250,000 where `LONG` is set;
then a question is asked of a snapshot, and timed. The values come from the graph, so that a new
question is in the test without a word here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from bench import legislature
from pyoxigraph import Literal, NamedNode

from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.pages import page
from allgraph.rdf.terms import XSD, Term, text
from allgraph.server.tasks import MADE_ALONE
from allgraph.sparql.questions import Parameter
from tests.support.tools import LONG

PEOPLE = 25_000 if LONG else 20
SECONDS = 10
"""How long a question may take: the limit of a server."""
FIXED: dict[str, list[Term]] = {
    "date": [Literal("2001-06-01", datatype=NamedNode(XSD + "date"))],
    "text": [Literal("Ada")],
    "number": [Literal(1)],
}
"""Values by the type of a parameter."""


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The graph; of a snapshot where it is large."""
    folder = tmp_path_factory.mktemp("large") / "graph"
    legislature.write(folder, PEOPLE)
    if LONG:
        build(folder)
    return open_graph(folder)


@pytest.fixture(scope="module")
def things(graph: Graph) -> list[str]:
    """The things and sources, those that most claims have first."""
    counts = Counter(text(row["t"]) for row in graph.sparql(
        "SELECT ?t { { ?c rdf:subject ?t } UNION { ?c rdf:object ?t } UNION { ?c ag:source ?t } "
        "FILTER(ISIRI(?t)) }").rows)  # fmt: skip
    return [thing for thing, _ in counts.most_common()]


def terms_of(parameter: Parameter, graph: Graph, things: list[str]) -> Sequence[Term]:
    """Values that make much work, such as the thing of the right kind that most claims have.

    There are none where the graph has no thing of its kinds.
    """
    if parameter.choices:
        return [*map(Literal, parameter.choices)]
    if parameter.type != "entity":
        return FIXED[parameter.type]
    if not parameter.kinds:
        return [NamedNode(things[0])]
    kinds: list[Term] = [*map(NamedNode, parameter.kinds)]
    members = {text(row["thing"]) for kind in kinds for row in graph.run("members", kind=kind).rows}
    return [NamedNode(thing) for thing in things if thing in members][:1]


def values_of(name: str, graph: Graph, things: list[str]) -> Iterator[dict[str, Term]]:
    """The values to ask a question with: all of those of `terms_of`, and the required ones only."""
    parameters = graph.queries[name].parameters
    terms = {parameter.name: terms_of(parameter, graph, things) for parameter in parameters}
    required = [parameter.name for parameter in parameters if parameter.required]
    if all(terms[parameter] for parameter in required):
        for at in range(max(map(len, terms.values()), default=1)):
            given = {key: choices[at % len(choices)] for key, choices in terms.items() if choices}
            yield given
            if len(given) > len(required):
                yield {key: given[key] for key in required}


@pytest.mark.long
def test_every_question_answers_in_time(graph: Graph, things: list[str]) -> None:
    slow, rows = [], Counter[str]()
    for name, query in graph.queries.items():
        for values in values_of(name, graph, things):
            start = time.process_time()
            answer = page(graph, name, values, MADE_ALONE if query.pages else None).answer
            seconds = time.process_time() - start
            rows[name] += len(answer)
            if LONG and seconds > SECONDS:
                slow.append((name, values, round(seconds, 1), len(answer)))
    assert not slow
    assert sum(map(bool, rows.values())) > 5, rows  # the values are things that questions are about
