"""How much CPU time each kind of page takes, asked for once of a server that has just started.

Run it as ``python -m bench.pages [--only GRAPH] [--claims N] [--publish]``. Each graph is
generated and built into a snapshot; the server prepares itself as `allgraph serve` does, and then
each page is asked for in a process of its own, forked from that one. What is printed is a table in
Markdown, and with ``--publish`` also how many things a second and processor are published.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from allgraph.errors import AllgraphError
from allgraph.folder import open_folder
from allgraph.folder.snapshot.build import build
from allgraph.server.dispatch import Dispatch
from allgraph.server.http.problems import Rejected
from allgraph.server.request import Request
from allgraph.server.settings import Settings
from allgraph.server.state import Served, load
from allgraph.server.tasks import TASKS
from allgraph.site.publisher import publish_folder
from bench import legislature
from bench.generated import generate

GOAL = 1.0  # second of CPU
CLAIMS = 250_000
PAGES: Mapping[str, str] = {
    "home": "/",
    "kinds": "/things",
    "list": "/things/people",
    "list, page 20": "/things/people/20",
    "list, a decade": "/things/people/years/1990s",
    "person": "/page/{person}",
    "best connected thing": "/page/{hub}",
    "claim": "/page/claim/c0000007",
    "source": "/page/source/{source}",
    "questions": "/ask",
    "question": "/ask/roles",
    "answer": "/ask/roles?person=id:{person}",
    "connections": "/paths",
    "two things connected": "/paths?from=id:{person}&to=id:{other}",
    "timeline": "/timeline",
    "timeline of a thing": "/timeline?thing=id:{person}",
    "disagreements": "/disagreements",
    "network": "/network",
    "search": "/find",
    "found": "/find?q=nora",
    "SPARQL": "/query",
    "ontology": "/ns",
    "shapes": "/shapes",
    "dataset": "/catalog",
    "about": "/about",
}
"""The address of each kind of page; slots are filled from `THINGS`."""
THINGS: Mapping[str, Mapping[str, str]] = {
    "boards": {"person": "p0100000", "other": "p0100001", "hub": "b0000000", "source": "s1"},
    "legislature": {
        "person": "p0000001",
        "other": "p0000002",
        "hub": "party-0",
        "source": "people",
    },
}
"""What is asked about in each of the graphs."""


class Cost(NamedTuple):
    """What a page took: seconds of CPU, bytes of HTML, and what went wrong, or ``""``."""

    cpu: float
    size: int
    fault: str = ""


def write(name: str, folder: Path, claims: int) -> int:
    """Write one of the graphs as a folder, and return how many claims it has."""
    if name == "legislature":
        return legislature.write(folder, round(claims / legislature.CLAIMS_PER_PERSON))
    generate(claims).write(folder)
    return claims


def costs(
    served: Served, settings: Settings, things: Mapping[str, str]
) -> Iterator[tuple[str, Cost]]:
    """Yield what each kind of page takes, each in a process of its own."""
    for kind, path in PAGES.items():
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            told = _asked(served, settings, path.format_map(things))
            os.write(writing, json.dumps(told).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            yield kind, Cost(*json.loads(pipe.read()))
        os.waitpid(child, 0)


def _asked(served: Served, settings: Settings, address: str) -> Cost:
    """Ask for one page as the server does, and return what it took."""
    path, _, query = address.partition("?")
    request = Request("GET", path, query.encode(), {b"accept": b"text/html"}, "", "")
    dispatch = Dispatch(settings, {})
    dispatch.about = served.about()

    async def no_body() -> bytes:
        return b""

    start = time.process_time()
    try:
        call = asyncio.run(dispatch.call_for(request, no_body))
        result = TASKS[call.task](served, **call.arguments)
        size = sum(map(len, result.body)) if not callable(result.body) else 0
    except (AllgraphError, Rejected) as error:
        return Cost(time.process_time() - start, 0, f"{type(error).__name__}: {error}"[:60])
    return Cost(time.process_time() - start, size)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages")
    parser.add_argument("--only", choices=THINGS, help="one of the graphs")
    parser.add_argument("--claims", type=int, default=CLAIMS)
    parser.add_argument("--publish", action="store_true")
    given = parser.parse_args()
    table: dict[str, dict[str, Cost]] = {}
    with tempfile.TemporaryDirectory(prefix="allgraph-bench-") as place:
        for name in [given.only] if given.only else THINGS:
            folder = Path(place, name)
            claims = write(name, folder, given.claims)
            build(open_folder(folder))
            settings = Settings(folder=str(folder), home="https://example.org/big/")
            served = load(settings)
            print(f"{name}: {claims:,} claims, {served.site.counts['things']:,} things", flush=True)
            table[name] = dict(costs(served, settings, THINGS[name]))
            if given.publish:
                _publish(folder, Path(place, "site"), served.site.counts["things"])
    print(f"\n| CPU s (KB) | {' | '.join(table)} |\n| --- |{' --- |' * len(table)}")
    for kind in PAGES:
        print(f"| {kind} | {' | '.join(_cell(costs[kind]) for costs in table.values())} |")


def _cell(cost: Cost) -> str:
    late = " **late**" if cost.cpu > GOAL else ""
    return cost.fault or f"{cost.cpu:.2f} ({cost.size / 1000:.0f}){late}"


def _publish(folder: Path, out: Path, things: int) -> None:
    """Publish a folder by one process, and print how many things that is a second."""
    start = _cpu()
    published = publish_folder(open_folder(folder), out, base="https://example.org/big/", jobs=1)
    seconds = _cpu() - start
    rates = [things, published.documents, published.files]
    words = ("things", "documents", "files")
    told = ", ".join(f"{n / seconds:.0f} {word}" for n, word in zip(rates, words, strict=True))
    print(f"published: {told} a second of CPU, in {seconds:.0f} s", flush=True)


def _cpu() -> float:
    """The seconds of CPU that this process and those that it waited for have taken."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main()
