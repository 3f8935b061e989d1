"""The same answers from every engine: in memory, from Virtuoso, and from Oxigraph.

The stores are filled by `push`, with the built-in graph and with a generated one.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from bench.generated import generate

import allgraph
from allgraph.errors import EngineError, ParameterError
from allgraph.exports.push import push
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import claims
from allgraph.graph.download import copied
from allgraph.network.centrality import rank
from allgraph.network.paths import paths
from allgraph.network.shared import between
from allgraph.rdf.terms import text
from allgraph.sparql.answer import Answer
from allgraph.validation import query_warnings
from tests.support.stores import Server
from tests.support.tools import share

pytestmark = pytest.mark.slow

GRAPH = "https://example.org/allgraph-tests/"
CLAIMS = share(2_000)
ENGINES = ["virtuoso", "oxigraph"]
WRONG = {"virtuoso": {"attempts", "law-and-campaign", "people-across-laws"}, "oxigraph": set()}
"""The questions that an engine gets wrong, and which it is therefore not asked."""


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def there(engine: str, graph: Graph, request: pytest.FixtureRequest) -> Graph:
    """The built-in graph, held by an engine."""
    return pushed(graph, request.getfixturevalue(engine), "builtin")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A generated graph, in memory."""
    folder = tmp_path_factory.mktemp("generated") / "graph"
    generate(CLAIMS).write(folder)
    return open_graph(folder)


def pushed(graph: Graph, server: Server, name: str) -> Graph:
    done = push(graph, server.url, to=GRAPH + name, login=server.login, replace=True)
    assert done.triples == len(graph.store)
    return open_graph(graph.folder.root, endpoint=done.address)


def rows(answer: Answer) -> list[tuple[str, ...]]:
    """The rows, with each cell as N-Triples writes it."""
    return [tuple(str(row[column]) for column in answer.columns) for row in answer.rows]


def told(found: Any) -> dict[str, Any]:
    """What JSON has of an answer, but for what only one that holds the whole graph can tell."""
    return {k: v for k, v in found.as_dict().items() if k not in ("asked", "hubs", "reasons")}


def test_all_questions_with_their_examples(engine: str, graph: Graph, there: Graph) -> None:
    asked = 0
    for name, query in graph.queries.items():
        for example in query.examples:
            if name in WRONG[engine]:
                with pytest.raises(EngineError, match="gets this question wrong"):
                    there.ask(name, **example)
                continue
            assert rows(there.ask(name, **example)) == rows(graph.ask(name, **example)), name
            asked += 1
    assert asked >= 60


def test_what_an_engine_gets_wrong_is_still_wrong(there: Graph, engine: str, graph: Graph) -> None:
    """Else the line in the question is to go."""
    for name in WRONG[engine]:
        query = graph.queries[name]
        right = 0
        for example in query.examples:
            bound = query.bind(query.values(example, graph.resolve))
            bare = "\n".join(line for line in bound.splitlines() if not line.startswith("#"))
            try:
                right += Counter(rows(there.sparql(bare))) == Counter(rows(graph.sparql(bare)))
            except allgraph.AllgraphError:
                continue
        assert right < len(query.examples), name


@pytest.mark.long
def test_pairs_have_the_same_paths(graph: Graph, there: Graph) -> None:
    things = sorted(text(row["thing"]) for row in graph.run("members", kind=kind(graph)).rows)
    chance = random.Random(7)
    for _ in range(share(50)):
        a, b = chance.sample(things, 2)
        options: dict[str, Any] = {"max_hops": chance.choice([1, 2, 3])}
        options |= {"limit": chance.choice([1, 5]), "as_of": chance.choice([None, "2014-01-01"])}
        assert told(paths(there, a, b, **options)) == told(paths(graph, a, b, **options)), (a, b)


def kind(graph: Graph) -> Any:
    return graph.term("Agent")


def test_everything_else_that_is_asked_of_an_endpoint(graph: Graph, there: Graph) -> None:
    assert claims(there) == claims(graph)
    for name in ("bundchen", "alliance", "no such thing", "("):
        assert there.find(name) == graph.find(name)
    assert told(between(there, "Coco Rocha", "Karen Elson")) == told(
        between(graph, "Coco Rocha", "Karen Elson")
    )
    assert [e.score for e in rank(there, limit=5).ranked] == [
        e.score for e in rank(graph, limit=5).ranked
    ]
    timelines = (allgraph.timeline(each, "RESPECT Program") for each in (there, graph))
    assert len({timeline.write() for timeline in timelines}) == 1
    triples = ({quad.triple for quad in each.store} for each in (copied(there), graph))
    assert next(triples) == next(triples)
    wrong = [
        ("bill-makers", "bill", "New York child model law"),
        ("founders", "body", "Sara Ziff"),
        ("shared-ties", "person", "S.5486"),
        ("statistics", "study", "Karen Elson"),
    ]
    for question, name, value in wrong:
        messages = set()
        for each in (there, graph):
            with pytest.raises(ParameterError) as refused:
                each.ask(question, **{name: value})
            messages.add(str(refused.value))
        assert len(messages) == 1 and "not a" in messages.pop()
    for sparql in ("ASK { ?s a ag:Persn }", "ASK { ?s a ag:Person ; ag:signed ?x }"):
        assert query_warnings.of(there, sparql) == query_warnings.of(graph, sparql)
    for day in ("2012-06-01", "2018-05-16"):
        then = [allgraph.as_of(each, day, possible=True) for each in (there, graph)]
        answers = [rows(each.ask("board-members", body="Model Alliance")) for each in then]
        assert answers[0] == answers[1]


@pytest.mark.long
def test_a_generated_graph(engine: str, generated: Graph, request: pytest.FixtureRequest) -> None:
    there = pushed(generated, request.getfixturevalue(engine), "generated")
    things = sorted(text(row["thing"]) for row in generated.run("members", kind=kind(there)).rows)
    chance = random.Random(11)
    for a, b in (chance.sample(things, 2) for _ in range(10)):
        assert told(paths(there, a, b, max_hops=3, limit=3)) == told(
            paths(generated, a, b, max_hops=3, limit=3)
        )
    for person in chance.sample([each for each in things if "/id/p" in each], 5):
        for question in ("shared-ties", "roles", "undated", "single-source"):
            name = "person" if question in ("shared-ties", "roles") else "thing"
            ours, theirs = (each.ask(question, **{name: person}) for each in (generated, there))
            assert rows(ours) == rows(theirs)
    undated = (each.ask("undated") for each in (generated, there))
    assert len({tuple(rows(each)) for each in undated}) == 1
