"""The work of a named question follows its answer, not the graph.

Work is counted, not timed: Oxigraph, which is the same engine, tells how many results each step of
its plan had. Copies of the built-in graph stand beside it, so that rows stay and the rest grows.
"""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.asking import copies, examples
from pyoxigraph import Literal, NamedNode, RdfFormat, serialize

import allgraph
from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph
from allgraph.model.edtf import EDTF
from allgraph.rdf.terms import XSD, Term
from allgraph.sparql.house import house
from tests.support.stores import OXIGRAPH
from tests.support.tools import LONG, share

NAMES = sorted(path.stem for path in (builtin().root / "queries").glob("*.rq"))
GROWING = {
    "law-and-campaign": "what is tied to a law is found by way of all ties",
    "lawmakers-of-several": "both pieces of legislation are sought among all",
    "signers-of-several": "the other letter is sought among all",
}
"""Questions about one thing whose work grows all the same, and why."""
FEW, MANY = 1, 4
ABOUT_ALL = frozenset(
    ("begin", "dataset-entities", "dataset-hub", "find", "frontier-degrees-by",
     "matrix", "members", "named", "namesakes-of", "page", "read-then", "site-identifiers",
     "site-iris", "site-kinds-sizes", "site-names", "site-things", "site-unfit")
)  # fmt: skip
"""The house's own questions that go through all names, all of a kind or predicate, or all."""
ID, NS = "https://w3id.org/allgraph/id/", "https://w3id.org/allgraph/ns#"
PERSON, BODY, EVENT = (
    NamedNode(ID + name)
    for name in ("coco-rocha", "model-alliance", "founding-of-the-model-alliance")
)
VALUES: dict[str, Term | list[Term]] = {
    "thing": BODY, "bill": BODY, "vote": EVENT, "people": [PERSON], "language": Literal("ru"),
    "documents": [NamedNode("https://w3id.org/allgraph/source/model-alliance")],
    "iri": Literal(ID + "coco"),
    "source": NamedNode("https://w3id.org/allgraph/source/model-alliance"),
    "day": Literal("2018-05-16", datatype=NamedNode(XSD + "date")),
    "when": Literal("2026-11-28", datatype=NamedNode(EDTF)), "place": NamedNode(NS + "derived"),
    "things": [PERSON, BODY], "nodes": [PERSON, BODY], "events": [EVENT],
    "sorted": Literal(True), "text": Literal("Coco Rocha"), "pattern": Literal("rocha"),
    "values": [Literal("none")], "kinds": [NamedNode(NS + "Campaign")],
    "kind": NamedNode(NS + "Campaign"), "classes": [NamedNode(NS + "Body")],
    "predicate": NamedNode(NS + "signed"), "predicates": [NamedNode(NS + "signed")],
    "base": Literal("https://w3id.org/allgraph/"),
    "terms": [PERSON, NamedNode(NS + "signed"), NamedNode(NS + "none")],
}  # fmt: skip
"""Values for the parameters of the house's own questions."""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return open_graph()


@pytest.fixture(scope="module")
def stores(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The graph with a few and with many copies, on disk."""
    place = tmp_path_factory.mktemp("copies")
    return [stored(graph, count, place / str(count)) for count in (FEW, MANY)]


@pytest.fixture(scope="module")
def asked(graph: Graph) -> list[tuple[str, bool, str]]:
    """Each example of a question: a name, whether it is about one thing, and its SPARQL text."""
    return [*examples(graph)]


def stored(graph: Graph, count: int, place: Path) -> Path:
    file = place.with_suffix(".nt")
    serialize(copies(graph, count), str(file), format=RdfFormat.N_TRIPLES)
    load = [str(OXIGRAPH), "load", "--location", str(place), "--file", str(file)]
    subprocess.run(load, check=True, capture_output=True)
    return place


def work(text: str, place: Path) -> int:
    """How many results all steps have together by which a store answers."""
    told = place.with_suffix(".json")
    command = [str(OXIGRAPH), "query", "--location", str(place), "--query", text,
               "--results-format", "tsv", "--explain-file", str(told), "--stats"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return sum(results(json.loads(told.read_text())["plan"]))


def results(step: dict[str, Any]) -> Iterator[int]:
    yield step["number of results"]
    for each in step["children"]:
        yield from results(each)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_question_about_one_thing_takes_the_same_work_in_a_larger_graph(
    name: str, asked: list[tuple[str, bool, str]], stores: list[Path]
) -> None:
    """By its first example about one thing; with `LONG`, by all."""
    own = [(example, text) for example, about_one, text in asked
           if example.split()[0] == name and about_one]  # fmt: skip
    for example, text in own if LONG else own[:1]:
        few, many = (work(text, place) for place in stores)
        assert few > 0
        assert (few != many) == (name in GROWING), f"{example}: {few} and {many} results"


@pytest.mark.long
def test_the_house_asks_about_some_things_with_the_same_work_in_a_larger_graph(
    graph: Graph, stores: list[Path]
) -> None:
    held = [term for row in graph.ask("roles", person=PERSON).rows if (term := row["claim"])]
    values = VALUES | {"claims": held}
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in graph.prefixes.items())
    folder = Path(allgraph.__file__).parent / "sparql" / "queries"
    queries = [
        query for path in sorted(folder.glob("*.rq")) if (query := house(path.stem)).parameters
    ]
    queries = random.Random(1).sample(queries, share(len(queries)))
    grown = set()
    for query in queries:
        wanted = (each for each in query.parameters if each.default is None)
        given = {each.name: values[each.name] for each in wanted}
        few, many = (work(prefixes + query.bind(given), place) for place in stores)
        grown |= {query.name} if few != many else set()
    about_all = ABOUT_ALL & {query.name for query in queries}
    assert not grown ^ about_all, sorted(grown ^ about_all)
    assert 0 < len(about_all) < len(queries)


def test_a_question_about_all_takes_more(
    asked: list[tuple[str, bool, str]], stores: list[Path]
) -> None:
    texts = {name: text for name, about_one, text in asked if not about_one}
    few, many = (work(texts["without-identifier 1"], place) for place in stores)
    assert many > 2 * few
