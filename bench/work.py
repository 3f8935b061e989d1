"""What the processes do that `bench` measures: ``python -m bench.work TASK …``, JSON comes out.

Those that answer questions open something, ask everything once to warm up, then in rounds; what
they tell for each case is the median and the 95th percentile of the seconds that its questions
took, the mean of the CPU time (of a server too), and how many rows came in all.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench import questions, runs
from bench.questions import Question

Told = dict[str, Any]
Answers = Callable[[Question], int]
Clock = Callable[[], float]
ROUNDS = 3
PATIENCE = 20.0  # seconds that a case may take, after its first round


# ---- Preparing


def generate(size: str, folder: str, turtle: str) -> Told:
    """A graph of so many triples as N-Triples, for some also as Turtle, and what is asked of it."""
    from bench import cases, triples
    from bench.generated import generate as generated

    graph = generated(triples.claims(int(size)))
    file = triples.write(graph, Path(folder))
    if turtle:
        graph.write(Path(turtle))
    cases.write(graph, Path(folder) / "cases.json")
    return {"triples": triples.count(graph), "claims": graph.claims, "things": graph.things,
            "bytes": file.stat().st_size}  # fmt: skip


# ---- Loading


def load_allgraph(folder: str) -> Told:
    """In memory, with all that follows."""
    from allgraph.graph import open_graph

    return _loaded(lambda: len(open_graph(folder).store))


def load_pyoxigraph(file: str) -> Told:
    from pyoxigraph import RdfFormat, Store

    store = Store()

    def load() -> int:
        store.bulk_load(path=file, format=RdfFormat.N_TRIPLES)
        return len(store)

    return _loaded(load)


def load_rdflib(folder: str) -> Told:
    from rdflib import Graph

    graph = Graph()

    def load() -> int:
        for file in sorted((Path(folder) / "data").iterdir()):
            graph.parse(file, format="nt" if file.suffix == ".nt" else "turtle")
        return len(graph)

    return _loaded(load)


def _loaded(load: Callable[[], int]) -> Told:
    """What loading takes, without the start of Python and the imports."""
    cpu, wall = time.process_time(), time.perf_counter()
    held = load()
    return {"held": held, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def load_virtuoso(place: str, file: str) -> Told:
    """Into a new database; starting it and stopping it do not count."""
    from bench import virtuoso

    with virtuoso.running(Path(place), Path(file).parent) as server:
        before, begin = runs.cpu(server.process), time.perf_counter()
        server.load(Path(file), "https://example.org/big/")
        return {
            "cpu": runs.cpu(server.process) - before,
            "wall": time.perf_counter() - begin,
            "memory": runs.held(server.process),
        }


# ---- Asking


@contextmanager
def _allgraph(folder: str) -> Iterator[tuple[Answers, Clock]]:
    from allgraph.graph import open_graph

    graph = open_graph(folder)

    def answer(question: Question) -> int:
        if question.name == "find":
            return len(graph.find(question.parameters["name"]))
        if question.name:
            return len(graph.ask(question.name, **question.parameters).rows)
        return len(graph.sparql(question.sparql).rows)

    yield answer, time.process_time


@contextmanager
def _pyoxigraph(place: str) -> Iterator[tuple[Answers, Clock]]:
    """On disk, or in memory when it is given a file."""
    from pyoxigraph import QuerySolutions, RdfFormat, Store

    if place.endswith(".nt"):
        store = Store()
        store.bulk_load(path=place, format=RdfFormat.N_TRIPLES)
    else:
        store = Store.read_only(place)

    def answer(question: Question) -> int:
        found = store.query(question.sparql)
        assert isinstance(found, QuerySolutions)
        return sum(1 for _ in found)

    yield answer, time.process_time


@contextmanager
def _rdflib(file: str) -> Iterator[tuple[Answers, Clock]]:
    from rdflib import Graph

    graph = Graph()
    graph.parse(file, format="nt")
    yield lambda question: len(list(graph.query(question.sparql))), time.process_time


@contextmanager
def _virtuoso(place: str) -> Iterator[tuple[Answers, Clock]]:
    from bench import virtuoso

    with virtuoso.running(Path(place), Path(place)) as server:
        yield (
            lambda question: server.rows(question.sparql),
            lambda: time.process_time() + runs.cpu(server.process),
        )


WHO = {"allgraph": _allgraph, "pyoxigraph": _pyoxigraph, "rdflib": _rdflib,
       "virtuoso": _virtuoso}  # fmt: skip


def ask(who: str, place: str, file: str, *names: str) -> Told:
    """The cases of a file that have these names, warm."""
    told: Told = {}
    with WHO[who](place) as (answer, clock):
        for name, asked in questions.read(Path(file), names):
            if asked[0].sparql or who == "allgraph":
                told[name] = timed([partial(answer, question) for question in asked], clock)
    return told


def timed(actions: Sequence[Callable[[], int]], clock: Clock = time.process_time) -> Told:
    """Do all of them once, then in rounds as long as there is time."""
    rows = sum(action() for action in actions)
    taken: list[float] = []
    cpu = clock()
    until = time.perf_counter() + PATIENCE
    for turn in range(ROUNDS):
        for action in actions:
            begin = time.perf_counter()
            action()
            taken.append(time.perf_counter() - begin)
        if turn + 1 < ROUNDS and time.perf_counter() > until:
            break
    cpu = (clock() - cpu) / len(taken)
    taken.sort()
    return {"median": statistics.median(taken), "p95": taken[len(taken) * 95 // 100], "cpu": cpu,
            "rows": rows}  # fmt: skip


def open_pyoxigraph(place: str, file: str, name: str) -> Told:
    """Open a store and answer the first question of a case."""
    ((_, asked),) = questions.read(Path(file), (name,))
    with _pyoxigraph(place) as (answer, _):
        return {"rows": answer(asked[0])}


# ---- Paths


def paths_allgraph(folder: str, file: str, hops: str, hub_limit: str, limit: str) -> Told:
    """The best paths of each pair, with sentences and sources; a limit says which hubs count."""
    from allgraph.graph import open_graph
    from allgraph.network.paths import paths

    graph = open_graph(folder)
    most = int(hub_limit) or None

    def find(a: str, b: str) -> int:
        found = paths(graph, a, b, limit=int(limit), max_hops=int(hops), hub_limit=most)
        return sum(len(str(path).splitlines()) for path in found)

    return timed([partial(find, a, b) for a, b in questions.pairs(Path(file))])


def paths_networkx(claims: str, file: str) -> Told:
    """A shortest path for each pair, as a list of things; edges know nothing of claims."""
    import networkx

    from bench.generated import generate as generated
    from bench.triples import BASE

    graph = generated(int(claims))
    iris = [f"{BASE}id/{graph.thing(n)}" for n in range(graph.things)]
    ties: networkx.Graph[str] = networkx.Graph()
    ends = zip(graph.subject.tolist(), graph.object.tolist(), strict=True)
    ties.add_edges_from((iris[subject], iris[thing]) for subject, thing in ends)

    def find(a: str, b: str) -> int:
        try:
            return len(networkx.bidirectional_shortest_path(ties, a, b)) - 1
        except networkx.NetworkXNoPath:
            return 0

    return timed([partial(find, a, b) for a, b in questions.pairs(Path(file))])


# ---- Checking


def validate_pyshacl(folder: str) -> Told:
    """The data of a folder against our shapes, with what the ontology says."""
    import pyshacl
    import rdflib

    from allgraph.folder import open_folder

    found = open_folder(Path(folder))
    data, shapes = rdflib.Graph(), rdflib.Graph()
    for path in found.data_files():
        data.parse(path, format="nt" if path.suffix == ".nt" else "turtle")
    for path in found.ontology_files():
        data.parse(path, format="turtle")
    for path in found.shape_files():
        shapes.parse(path, format="turtle")
    ok, _, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)
    return {"ok": ok}


# ---- Writing


def dump_pyoxigraph(place: str, file: str) -> Told:
    from pyoxigraph import DefaultGraph, RdfFormat, Store

    store = Store.read_only(place)
    store.dump(file, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    return {"bytes": os.path.getsize(file)}


TASKS: dict[str, Callable[..., Told]] = {
    task.__name__.replace("_", "-"): task
    for task in (generate, load_allgraph, load_pyoxigraph, load_rdflib, load_virtuoso, ask,
                 open_pyoxigraph, paths_allgraph, paths_networkx, validate_pyshacl,
                 dump_pyoxigraph)
}  # fmt: skip


def main() -> None:
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))


if __name__ == "__main__":
    main()
