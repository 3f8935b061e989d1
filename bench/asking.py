"""What a named question costs as the graph around its answer grows, as CPU time.

Run it as ``python -m bench.asking [COPIES…]``: the built-in graph stands beside so many copies of
itself, whose things, claims and sources have other names (10 and 100 copies by default). So each
example has the same rows at any size, and a question whose work follows its answer takes as long.
Graphs lie on disk; each example is asked in turn at each size, and the median of 5 rounds counts.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from allgraph.graph import Graph, open_graph
from allgraph.rdf.terms import Term, ag
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.questions import Query

ROUNDS = 5
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def copies(graph: Graph, count: int) -> Iterator[Triple]:
    """The triples of a graph in memory, and so many copies beside it.

    What the ontology speaks of is the same in all. Each third claim of a copy is deprecated, so
    that there are many of those as well.
    """
    triples = [Triple(quad.subject, quad.predicate, quad.object) for quad in graph.store]
    shared = {term for triple in _ontology(graph) for term in triple}
    shared |= {triple.predicate for triple in triples}
    yield from triples
    claims = [triple.subject for triple in triples if triple.predicate == TYPE
              and triple.object == ag("Claim")]  # fmt: skip
    wrong = [Triple(claim, ag("rank"), ag("Deprecated")) for claim in claims[::3]]
    for number in range(1, count + 1):
        for triple in triples + wrong:
            s, p, o = (_renamed(term, number, shared) for term in triple)
            assert not isinstance(s, Literal) and isinstance(p, NamedNode)
            yield Triple(s, p, o)


def _ontology(graph: Graph) -> Iterator[Triple]:
    for path in sorted((graph.folder.root / "ontology").rglob("*.ttl")):
        for quad in parse(path=path, format=RdfFormat.TURTLE, base_iri="https://example.org/"):
            yield Triple(quad.subject, quad.predicate, quad.object)


def _renamed(term: Term, number: int, shared: set[Term]) -> Term:
    if isinstance(term, NamedNode) and term not in shared:
        return NamedNode(f"{term.value}~{number}")
    if isinstance(term, BlankNode):
        return BlankNode(f"{term.value}x{number}")
    return term


def examples(graph: Graph) -> Iterator[tuple[str, bool, str]]:
    """Each example of a question: a name, whether it is about one thing, and its SPARQL text."""
    for name in graph.queries:
        query = graph.queries[name]
        for number, example in enumerate(query.examples, 1):
            text = query.bind(query.values(example, graph.resolve))
            yield f"{name} {number}", is_about_one(query, set(example)), text


def is_about_one(query: Query, given: set[str]) -> bool:
    """Whether a thing is given that the answer is about."""
    return any(each.type == "entity" and each.name in given for each in query.parameters)


def seconds(engine: Embedded, text: str) -> float:
    begin = process_time()
    engine.query(text)
    return process_time() - begin


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [10, 100]
    graph = open_graph()
    with tempfile.TemporaryDirectory() as place:
        engines = []
        for size in sizes:
            store = Store(Path(place) / str(size))
            store.bulk_extend(Quad(*triple) for triple in copies(graph, size))
            store.optimize()
            engines.append(Embedded(store, graph.prefixes))
            print(f"{size} copies: {len(store):,} triples")
        print("\n| example | about | " + " | ".join(f"{size} copies, ms" for size in sizes)
              + " | ratio |\n| --- | --- |" + " --- |" * (len(sizes) + 1))  # fmt: skip
        for name, one, text in examples(graph):
            rounds = [[seconds(engine, text) for engine in engines] for _ in range(ROUNDS)]
            middle = [statistics.median(each) * 1e3 for each in zip(*rounds, strict=True)]
            print(f"| {name} | {'one thing' if one else 'all'} | "
                  + " | ".join(f"{each:.1f}" for each in middle)
                  + f" | {middle[-1] / middle[0]:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
