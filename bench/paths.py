"""How fast paths are found, beside networkx, igraph and the embedded graph database ladybug.

Run it as ``python -m bench.paths [CLAIMS …]`` (default 100000 1000000) with the dependency
group ``bench``. All measure the same generated graph (`bench.generated`) and the same random
pairs, in turn; lengths that differ end it. Beyond 1,000,000 claims the others take too much memory
and time, so allgraph is alone. Up to 100,000 claims the graph is also written as
Turtle and loaded, for the columns of a store. Memory is that of a process of
its own for each structure, above that of the integers: its peak while building, and what it keeps.
Linux with glibc is needed for that.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from allgraph.graph import open_graph
from allgraph.model.adjacency import Network, NumberedPath
from allgraph.network import shortest
from bench.generated import Generated, generate
from bench.goals import Goals

PAIRS = 200
ROUNDS = 5
LARGEST_FOLDER = 100_000
LARGEST_OF_PEERS = 1_000_000
PEERS = ("networkx", "igraph", "ladybug")
SHORTEST = (
    "MATCH p = (a:Thing {id: $a})-[e:Tie* SHORTEST 1..30]-(b:Thing {id: $b}) "
    "RETURN properties(rels(p), 'claim')"
)

Answer = NumberedPath | Sequence[Any] | None
Finder = Callable[[int, int], Answer]
Pairs = list[tuple[int, int]]


# ---- The structures: each is built from the same integers, and finds one shortest path


def network(graph: Generated) -> Network:
    return Network.of(graph.things, graph.subject, graph.object, graph.rows)


def allgraph_finder(graph: Generated) -> Finder:
    return partial(shortest.shortest, network(graph))


def networkx_finder(graph: Generated) -> Finder:
    """Without claims on its edges: it then is smallest and fastest."""
    import networkx

    ties: networkx.Graph[int] = networkx.Graph()
    ties.add_edges_from(zip(graph.subject.tolist(), graph.object.tolist(), strict=True))

    def find(a: int, b: int) -> Answer:
        try:
            return networkx.bidirectional_shortest_path(ties, a, b)[1:]
        except networkx.NetworkXNoPath:
            return None

    return find


def igraph_finder(graph: Generated) -> Finder:
    import igraph

    ties = igraph.Graph(graph.things, np.column_stack((graph.subject, graph.object)))

    def find(a: int, b: int) -> Answer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where there is no path
            return ties.get_shortest_path(a, b, output="epath") or None

    return find


def ladybug_finder(graph: Generated) -> Finder:
    import ladybug
    import pyarrow

    connection = ladybug.Connection(ladybug.Database(":memory:"))
    things = pyarrow.table({"id": np.arange(graph.things)})
    ties = pyarrow.table(
        {"from": graph.subject, "to": graph.object, "claim": np.arange(graph.claims)}
    )
    connection.execute("CREATE NODE TABLE Thing(id INT64 PRIMARY KEY)")
    connection.execute("CREATE REL TABLE Tie(FROM Thing TO Thing, claim INT64)")
    connection.execute("COPY Thing FROM $it", {"it": things})
    connection.execute("COPY Tie FROM $it", {"it": ties})

    def find(a: int, b: int) -> Answer:
        rows: Any = connection.execute(SHORTEST, {"a": a, "b": b})
        return next((row[0] for row in rows.get_all()), None)

    return find


FINDERS: dict[str, Callable[[Generated], Finder]] = {
    "allgraph": allgraph_finder,
    "networkx": networkx_finder,
    "igraph": igraph_finder,
    "ladybug": ladybug_finder,
}


def finders_for(claims: int) -> dict[str, Callable[[Generated], Finder]]:
    """Those who can take so many claims."""
    return FINDERS if claims <= LARGEST_OF_PEERS else {"allgraph": allgraph_finder}


# ---- What is measured


def seconds(action: Callable[[], object]) -> float:
    """How long it takes, as users have it: with the collector of cycles on."""
    gc.collect()
    begin = perf_counter()
    kept = action()
    taken = perf_counter() - begin
    del kept
    return taken


def timed(find: Finder, pairs: Pairs, lengths: list[int]) -> list[float]:
    """Seconds for each pair; its answer has to be as long as those before."""
    taken = []
    for (a, b), length in zip(pairs, lengths, strict=True):
        begin = perf_counter()
        answer = find(a, b)
        taken.append(perf_counter() - begin)
        if length != _length(answer):
            raise SystemExit(f"{a} to {b}: {_length(answer)} steps, where others find {length}")
    return taken


def _length(answer: Answer) -> int:
    """How many steps there are; -1 for no path."""
    if answer is None:
        return -1
    return len(answer.ties if isinstance(answer, NumberedPath) else answer)


def middle(values: Sequence[float]) -> float:
    return float(np.median(values))


def last(values: Sequence[float]) -> float:
    return float(np.percentile(values, 99))


def measure_builds(graph: Generated) -> dict[str, float]:
    rounds = [
        {name: seconds(partial(make, graph)) for name, make in finders_for(graph.claims).items()}
        for _ in range(3)
    ]
    return {name: middle([each[name] for each in rounds]) for name in rounds[0]}


def measure_pairs(graph: Generated) -> dict[str, list[float]]:
    """For each structure the median seconds of each pair over rounds in turn, all warm."""
    chance = np.random.default_rng(graph.claims + 1)
    drawn = chance.choice(graph.things, (PAIRS, 2), replace=False).tolist()
    pairs = [(a, b) for a, b in drawn]
    finders = {name: make(graph) for name, make in finders_for(graph.claims).items()}
    gc.collect()
    gc.freeze()
    lengths = [_length(finders["allgraph"](a, b)) for a, b in pairs]  # and warms
    found: dict[str, list[list[float]]] = {name: [] for name in finders}
    for turn in range(ROUNDS):
        for name, find in finders.items():
            if turn == 0 or name != "ladybug":  # of which one round takes a minute or more
                found[name].append(timed(find, pairs, lengths))
    counts = ", ".join(
        f"{'none' if length < 0 else length}: {lengths.count(length)}"
        for length in sorted(set(lengths))
    )
    print(f"\n{PAIRS} random pairs of things, by the steps between them: {counts}")
    gc.unfreeze()
    # The first round of each but ladybug's is not counted.
    return {
        name: np.median(rounds[1:] or rounds, axis=0).tolist() for name, rounds in found.items()
    }


def child(*arguments: str) -> Any:
    """What a process of its own measures."""
    command = [sys.executable, "-m", "bench.paths", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def memory(name: str, claims: int) -> dict[str, int]:
    """In a process of its own: bytes at the peak of building, and held after it."""
    graph = generate(claims)
    FINDERS[name](generate(200))(0, 1)  # its modules are read
    assert len(graph.rows) == claims  # taken before, as all integers are
    _give_back()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = _status("VmRSS")
    kept = FINDERS[name](graph)
    peak = _status("VmHWM")
    _give_back()
    held = _status("VmRSS")
    kept(0, 1)
    return {"peak": peak - before, "held": held - before}


def _give_back() -> None:
    """Give free memory back to the system, which then counts what is taken anew."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))


def store(folder: str, claims: int) -> dict[str, Any]:
    """In a process of its own: loading Turtle, then columns."""
    begin = perf_counter()
    graph = open_graph(folder)
    loaded = perf_counter()
    columns = graph.columns
    filled = perf_counter()
    generated = generate(claims)
    for name in ("subject", "predicate", "object", "bounds", "event"):
        if not np.array_equal(getattr(columns, name), getattr(generated, name)):
            raise SystemExit(f"the {name} column of the store is another than was generated")
    return {"load": loaded - begin, "columns": filled - loaded}


# ---- The report


def report(claims: int, goals: Goals) -> None:
    graph = generate(claims)
    size = f"10^{np.log10(claims):.3g}"
    print(f"\n{claims:,} claims, {graph.things:,} things")
    builds = measure_builds(graph)
    pairs = measure_pairs(graph)
    titles = ("build s", "median ms", "p99 ms", "peak MB", "held MB")
    print(f"\n{'':<10}" + "".join(f" {title:>9}" for title in titles))
    taken = {name: child("--memory", name, str(claims)) for name in pairs}
    for name, times in pairs.items():
        megabytes = (taken[name][kind] / 1e6 for kind in ("peak", "held"))
        print(f"{name:<10} {builds[name]:>9.3f} {middle(times) * 1e3:>9.3f} "
              f"{last(times) * 1e3:>9.3f}"
              + "".join(f" {each:>9.1f}" for each in megabytes))  # fmt: skip
    print()
    if claims > LARGEST_OF_PEERS:
        goals.at_most(f"{size}: p99 in ms", last(pairs["allgraph"]) * 1e3, 10)
        return
    ours, theirs = pairs["allgraph"], pairs["networkx"]
    large = claims >= 1_000_000
    ratio = builds["networkx"] / builds["allgraph"]
    goals.at_least(f"{size}: build, networkx / allgraph", ratio, 20)
    ratio = middle(theirs) / middle(ours)
    goals.at_least(f"{size}: median, networkx / allgraph", ratio, 2 if large else 1)
    if large:
        goals.at_least(f"{size}: p99, networkx / allgraph", last(theirs) / last(ours), 3)
    for name in PEERS[1:]:
        ratio = middle(pairs[name]) / middle(ours)
        goals.at_least(f"{size}: median, {name} / allgraph", ratio, 10)
    for kind in ("peak", "held"):
        ratio = taken["networkx"][kind] / max(taken["allgraph"][kind], 1)
        goals.at_least(f"{size}: memory {kind}, networkx / allgraph", ratio, 10)
    if claims <= LARGEST_FOLDER:
        report_store(graph, size, goals)


def report_store(graph: Generated, size: str, goals: Goals) -> None:
    with tempfile.TemporaryDirectory() as place:
        graph.write(Path(place) / "graph")
        rounds = [child("--store", f"{place}/graph", str(graph.claims)) for _ in range(3)]
    load, fill = (middle([each[key] for each in rounds]) for key in ("load", "columns"))
    goals.at_most(f"{size}: columns / loading Turtle ({fill:.2f} s / {load:.2f} s)",
                  fill / load, 0.3)  # fmt: skip


def main() -> None:
    if sys.argv[1:2] == ["--memory"]:
        print(json.dumps(memory(sys.argv[2], int(sys.argv[3]))))
        return
    if sys.argv[1:2] == ["--store"]:
        print(json.dumps(store(sys.argv[2], int(sys.argv[3]))))
        return
    sizes = [int(size) for size in sys.argv[1:]] or [100_000, 1_000_000]
    packages = ("numpy", "networkx", "igraph", "ladybug", "pyoxigraph")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          + ", ".join(f"{name} {version(name)}" for name in packages))  # fmt: skip
    goals = Goals()
    for size in sizes:
        report(size, goals)
    if goals.missed:
        raise SystemExit(f"{goals.missed} goals missed")


if __name__ == "__main__":
    main()
