"""How long the site of a graph takes, and how much memory, as the graph grows.

Run it as ``python -m bench.publish [THINGS …] [--jobs N] [--documents] [--in-memory]``, for 1000,
10000 and 100000 things unless told. Each size is a generated folder (seeded) of people, boards,
sources and as many claims with evidence, in Turtle; ``allgraph publish`` writes its site in
processes of its own. With ``--documents`` the data files alone are written, by a loop over
`documents.several` in each of N processes, which read a store on disk, or with ``--in-memory``
were forked from the process that holds it.

CPU seconds are those of all processes, and of these the system's, which are mostly for making
files: ``TMPDIR=/dev/shm`` puts those in memory, and shows what the work itself takes. Memory is the
largest sum of the proportional set sizes of all processes at a time, and the largest resident set
of one of them; both are looked at five times a second. Documents are pages, or for the loop files
in Turtle.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from allgraph.folder import Folder, open_folder
from allgraph.folder.snapshot.build import build
from allgraph.folder.snapshot.directory import Directory
from allgraph.graph import Graph, open_graph
from allgraph.graph.opening import on_disk
from allgraph.linkeddata import documents
from allgraph.model.addresses import SUFFIXES
from allgraph.model.vocabulary import TYPE
from bench.folder import write_with

COLUMNS = (
    "things", "documents", "CPU s", "system s", "wall s", "things/s", "documents/s", "MiB",
    "largest MiB", "files", "MB",
)  # fmt: skip
"""What is shown of each size; things and documents by the CPU second."""
URL = "https://example.org/big/"
EACH = 0.2  # seconds between looks at the memory


@dataclass(frozen=True)
class Cost:
    """What a run took: seconds, bytes of memory, and what it wrote."""

    cpu: float
    system: float
    wall: float
    together: int
    largest: int
    documents: int
    files: int
    bytes: int


def write(folder: Path, things: int) -> int:
    """Write a folder with so many things, and as many claims; how many bytes its data has."""
    sources = max(100, things // 500)
    boards = max(things // 20, 5)
    return write_with(folder, things, max(things - boards - sources, 10), boards, sources)


def family(root: int) -> Iterator[int]:
    """A process and all below it."""
    yield root
    with suppress(OSError):
        for task in Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from family(int(child))


def memory(process: int) -> tuple[int, int]:
    """The proportional and the resident set size of a process, in bytes."""
    sizes = {"Pss:": 0, "Rss:": 0}
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            name, *rest = line.split()
            if name in sizes:
                sizes[name] = int(rest[0]) * 1024
    return sizes["Pss:"], sizes["Rss:"]


def measure(command: list[str], out: Path) -> Cost:
    """Run a command that writes a folder."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    together = largest = 0
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        sizes = [memory(each) for each in family(process.pid)]
        together = max(together, sum(pss for pss, _ in sizes))
        largest = max(largest, *(rss for _, rss in sizes))
        time.sleep(EACH)
    wall = time.monotonic() - start
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    pages, files, size = written(out)
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(cpu, usage.ru_stime, wall, together, largest, pages, files, size)


def written(out: Path) -> tuple[int, int, int]:
    """How many documents and files a folder has, and how many bytes are in them."""
    pages = files = size = 0
    for place, _, names in os.walk(out):
        is_page = "page" in Path(place).relative_to(out).parts[:1]
        for name in names:
            files += 1
            size += (Path(place) / name).stat().st_size
            pages += name == "index.html" if is_page else name.endswith(".0.ttl")
    return pages, files, size


def loop(folder: Path, out: Path, jobs: int, in_memory: bool) -> None:
    """Write the data files of all documents, in so many processes."""
    with tempfile.TemporaryDirectory() as store:
        graph: Graph | None = None
        if in_memory:
            graph = open_graph(folder)
            iris = subjects(graph)
        else:
            _wait([_fork(lambda: _load(folder, Path(store)))])
            found = _on_disk(open_folder(folder), Path(store))
            iris = subjects(found)
            del found
        size = -(-len(iris) // jobs)
        parts = [iris[start : start + size] for start in range(0, len(iris), size)]
        _wait(
            [
                _fork(lambda part=part, job=job: _documents(graph, folder, store, part, out, job))
                for job, part in enumerate(parts)
            ]
        )


def subjects(graph: Graph) -> list[str]:
    """The things, claims and sources of a graph, in the order of their IRIs."""
    kinds = graph.store.quads_for_pattern(None, TYPE, None)
    found = {text for quad in kinds if "#" not in (text := str(quad.subject)[1:-1])}
    return sorted(iri for iri in found if iri.startswith(graph.folder.base))


def _load(folder: Path, store: Path) -> None:
    build(open_folder(folder), at=store)


def _on_disk(folder: Folder, at: Path) -> Graph:
    snapshot = Directory(folder, at=at).opened()
    assert snapshot is not None
    return on_disk(folder, snapshot)


def _documents(
    graph: Graph | None, folder: Path, store: str, iris: list[str], out: Path, job: int
) -> None:
    """Write the files of some documents, a thousand in a directory."""
    graph = graph or _on_disk(open_folder(folder), Path(store))
    for number, document in enumerate(documents.several(graph, iris)):
        place = out / f"{job}-{number // 1000}"
        place.mkdir(parents=True, exist_ok=True)
        for suffix in SUFFIXES:
            (place / f"{number}.0.{suffix}").write_bytes(document.write(suffix))


def _fork(work: object) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()  # type: ignore[operator]
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def _wait(children: list[int]) -> None:
    statuses = [os.waitpid(child, 0)[1] for child in children]
    if any(statuses):
        raise SystemExit("a process failed")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.publish")
    parser.add_argument("things", nargs="*", type=int)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--documents", action="store_true")
    parser.add_argument("--in-memory", action="store_true")
    parser.add_argument("--loop", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.loop:
        folder, out = given.loop
        loop(folder, out, given.jobs, given.in_memory)
        return
    print(" ".join(f"{name:>11}" for name in COLUMNS))
    for things in given.things or [1_000, 10_000, 100_000]:
        with tempfile.TemporaryDirectory() as place:
            folder, out = Path(place) / "folder", Path(place) / "out"
            write(folder, things)
            jobs = ["--jobs", str(given.jobs)]
            if given.documents:
                command = [sys.executable, "-m", "bench.publish", "--loop", str(folder), str(out),
                           *jobs, *["--in-memory"] * given.in_memory]  # fmt: skip
            else:
                command = [sys.executable, "-m", "allgraph", "--graph", str(folder), "publish",
                           str(out), "--base", URL, *jobs]  # fmt: skip
            cost = measure(command, out)
        values = (
            things, cost.documents, cost.cpu, cost.system, cost.wall, things / cost.cpu,
            cost.documents / cost.cpu, cost.together / 2**20, cost.largest / 2**20, cost.files,
            cost.bytes / 1e6,
        )  # fmt: skip
        shown = (f"{v:.1f}" if isinstance(v, float) and v < 1000 else f"{v:.0f}" for v in values)
        print(" ".join(f"{value:>11}" for value in shown), flush=True)


if __name__ == "__main__":
    main()
