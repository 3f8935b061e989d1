"""How much CPU time each kind of page takes, asked for once of a server that has just started.

Run it as ``python -m bench.pages [--only GRAPH] [--claims N] [--keep FOLDER] [--publish]``. Each
graph is generated and built into a snapshot; the server prepares itself as `allgraph serve` does,
and then each page is asked for in a process of its own, forked from that one. What is printed is
the day, the machine and its load, and a table in Markdown; with ``--publish`` also how many things
a second and processor are published. ``--keep`` names a folder that has the graphs, or will.

The legislature has extremes of its own: a body that everybody is in, some disagreements on when
they were, and one of 3,000 claims.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import gc
import json
import os
import platform
import re
import resource
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from allgraph.errors import AllgraphError
from allgraph.folder import open_folder
from allgraph.folder.snapshot.build import build
from allgraph.graph import open_graph
from allgraph.server.dispatch import Dispatch
from allgraph.server.http.problems import Rejected
from allgraph.server.request import Request
from allgraph.server.settings import Settings
from allgraph.server.state import Served, load
from allgraph.server.tasks import TASKS
from allgraph.site.publisher import publish_folder
from allgraph.site.site import Site
from bench import legislature
from bench.folder import PREFIXES
from bench.generated import generate

GOAL = 1.0  # second of CPU
MOST = 10  # seconds of CPU, after which a page is given up
CLAIMS = 250_000
PAGES: Mapping[str, str] = {
    "home": "/",
    "kinds": "/things",
    "list": "/things/people",
    "list, page 20": "/things/people/20",
    "list of a class": "/things/person",
    "list, a decade": "/things/people/years/1990s",
    "list, a facet that is not there": "/things/people/party/nobody",
    "list, a kind that is not there": "/things/nothing",
    "person": "/page/{person}",
    "person, disputed": "/page/{person}?only=disputed",
    "person, names in a language": "/page/{person}?lang=de",
    "person in a frame": "/embed/page/{person}",
    "best connected thing": "/page/{hub}",
    "… its second page": "/page/pages/2/{hub}",
    "… on a day": "/show?thing=id:{hub}&as-of=2000-01-01",
    "… in a frame": "/embed/page/{hub}",
    "… by oEmbed": "/oembed?url=https://example.org/big/page/{hub}",
    "… its timeline": "/timeline?thing=id:{hub}",
    "… a year of its timeline": "/timeline?thing=id:{hub}&since=1990&until=1990",
    "… its ties": "/network/{hub}.json",
    "… in the network": "/network?thing=id:{hub}",
    "… cited": "/cite?of=id:{hub}",
    "… its matrix": "/picture/matrix/{hub}.svg",
    "… its timeline as a picture": "/picture/timeline/{hub}.svg",
    "… its neighbourhood": "/picture/neighbourhood/{hub}.svg",
    "… its disagreements": "/picture/disagreement/{hub}.svg",
    "thing that many claims dispute": "/page/{disputed}",
    "… the timeline of that thing": "/timeline?thing=id:{disputed}",
    "claim": "/page/claim/{claim}",
    "claim with many rivals": "/page/claim/{rival}",
    "source": "/page/source/{source}",
    "questions": "/ask",
    "question": "/ask/roles",
    "answer about a thing": "/ask/roles?person=id:{person}",
    "answer about a hub": "/ask/board-members?body=id:{hub}",
    "answer: conflicts": "/ask/conflicts?limit=100",
    "answer: by confidence": "/ask/by-confidence?confidence=low",
    "answer: a month": "/ask/happened-between?first=1990-03-01&last=1990-03-31",
    "answer: a source": "/ask/from-source?source=source:{source}",
    "answer: office on a day": "/ask/office-on-day?day=2000-01-01",
    "answer: without identifier": "/ask/without-identifier?limit=100",
    "connections": "/paths",
    "two things connected": "/paths?from=id:{person}&to=id:{other}",
    "what two things share": "/between?from=id:{person}&to=id:{other}",
    "ranking": "/rank",
    "timeline": "/timeline",
    "timeline of a year": "/timeline?since=1990&until=1990",
    "timeline of a month": "/timeline?since=1990-03&until=1990-03",
    "timeline of a thing": "/timeline?thing=id:{person}",
    "disagreements": "/disagreements",
    "disagreements, page 2": "/disagreements/2",
    "picture of disagreements": "/picture/disagreement.svg",
    "picture of the timeline": "/picture/timeline.svg",
    "picture of the matrix": "/picture/matrix.svg",
    "network": "/network",
    "search": "/find",
    "found": "/find?q=nora",
    "found, with a typo": "/find?q=norra+kelberg",
    "found, nothing": "/find?q=xyzzyx",
    "found, of a kind that is not there": "/find?q=nora&where=kind=nothing",
    "suggested": "/suggest?q=nora",
    "SPARQL": "/query",
    "ontology": "/ns",
    "shapes": "/shapes",
    "dataset": "/catalog",
    "about": "/about",
    "identifiers": "/identifiers.csv",
    "sitemap": "/sitemap.xml",
    "sitemap, part 1": "/sitemap-1.xml",
    "nothing there": "/page/nobody",
}
"""The address of each kind of page; slots are filled from `THINGS`."""
THINGS: Mapping[str, Mapping[str, str]] = {
    "boards": {
        "person": "p0100000",
        "other": "p0100001",
        "hub": "b0000000",
        "disputed": "b0000001",
        "claim": "c0000007",
        "rival": "c0000008",
        "source": "s1",
    },
    "legislature": {
        "person": "p0000001",
        "other": "p0000002",
        "hub": "assembly",
        "disputed": "p0000000",
        "claim": "c0000007",
        "rival": "rival-0",
        "source": "people",
    },
}
"""What is asked about in each of the graphs."""
RIVALS = 3_000


class Cost(NamedTuple):
    """What a page took: seconds of CPU, bytes of HTML, and what went wrong, or ``""``."""

    cpu: float
    size: int
    fault: str = ""


def write(name: str, folder: Path, claims: int, rivals: int = RIVALS) -> int:
    """Write one of the graphs as a folder, and return how many claims it has.

    `rivals` claims of the legislature are about one membership, and conflict with each other.
    """
    if name == "boards":
        generate(claims).write(folder)
        return claims
    people = round(claims / legislature.CLAIMS_PER_PERSON)
    claims = legislature.write(folder, people)
    extremes = [*_extremes(people, rivals)]
    words = 'id:assembly a ag:Unit ;\n    rdfs:label "Assembly of All Legislators" .\n\n'
    (folder / "data" / "extremes.ttl").write_text(PREFIXES + words + "".join(extremes))
    return claims + len(extremes)


def _extremes(people: int, rivals: int) -> Iterator[str]:
    """Yield claims in Turtle: on when each person was in a body, which some of them dispute."""

    def membership(name: str, person: int, year: int, rival: str = "") -> str:
        conflict = f"    ag:conflictsWith claim:{rival} ;\n" if rival else ""
        return (
            f"claim:{name} a ag:Claim ;\n    rdf:subject id:p{person:07} ;\n"
            f"    rdf:predicate ag:servedOn ;\n    rdf:object id:assembly ;\n{conflict}"
            f'    ag:when "{year}/{year + 3}"^^edtf:EDTF ;\n    ag:evidence [\n'
            "        a oa:ResourceSelection ;\n        oa:hasSource source:people ;\n"
            f'        ag:section "/members/{name}" ;\n'
            f'        ag:sha256 "{person:064x}" ;\n        ag:reading ag:AsStated\n    ] .\n\n'
        )

    for person in range(people):
        yield membership(f"member-{person}", person, 1950 + person % 60)
        if person % 50 == 49:
            yield membership(f"other-{person}", person, 1960, f"member-{person}")
    yield membership("rival-0", 0, 1900)
    for number in range(1, rivals):
        yield membership(f"rival-{number}", 0, 1900 + number % 100, "rival-0")


def costs(
    served: Served, settings: Settings, things: Mapping[str, str]
) -> Iterator[tuple[str, Cost]]:
    """Yield what each kind of page takes, each in a process of its own and that one's children."""
    for kind, path in PAGES.items():
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            resource.setrlimit(resource.RLIMIT_CPU, (MOST, MOST + 1))
            told = _asked(served, settings, path.format_map(things))
            os.write(writing, json.dumps(told).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            answer = pipe.read()
        os.waitpid(child, 0)
        yield kind, Cost(*json.loads(answer)) if answer else Cost(MOST, 0, f"more than {MOST} s")


def _asked(served: Served, settings: Settings, address: str) -> Cost:
    """Ask for one page as the server does, and return what it took."""
    path, _, query = address.partition("?")
    request = Request("GET", path, query.encode(), {b"accept": b"text/html"}, "", "")
    dispatch = Dispatch(settings, {})
    dispatch.about = served.about()

    async def no_body() -> bytes:
        return b""

    start = _cpu()
    try:
        call = asyncio.run(dispatch.call_for(request, no_body))
        result = TASKS[call.task](served, **call.arguments)
        size = sum(map(len, result.body)) if not callable(result.body) else 0
    except (AllgraphError, Rejected) as error:
        return Cost(_cpu() - start, 0, type(error).__name__)
    return Cost(_cpu() - start, size)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages")
    parser.add_argument("--only", choices=THINGS, help="one of the graphs")
    parser.add_argument("--claims", type=int, default=CLAIMS)
    parser.add_argument("--rivals", type=int, default=RIVALS, help="of one claim")
    parser.add_argument("--keep", type=Path, help="a folder that has the graphs, or will")
    parser.add_argument("--publish", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="allgraph-bench-") as place:
        for name in [given.only] if given.only else THINGS:
            folder = Path(given.keep or place, name)
            if not folder.exists():
                write(name, folder, given.claims, given.rivals)
                build(open_folder(folder))
            _print_table(name, folder)
            if given.publish:
                _publish(folder, Path(place, "site"))


def _print_table(name: str, folder: Path) -> None:
    """Print a table of what the pages of a graph take, each row when it is known."""
    settings = Settings(folder=str(folder), home="https://example.org/big/")
    start = _cpu()
    served = load(settings)
    gc.collect()
    gc.freeze()  # as the server does: what is prepared is not gone through again
    counts = served.site.counts
    print(
        f"\n{datetime.date.today()}, {os.cpu_count()} cores of {_processor()}, load "
        f"{os.getloadavg()[0]:.0f}: {counts['claims']:,} claims about {counts['things']:,} things; "
        f"the server prepared itself in {_cpu() - start:.0f} s.\n\n"
        f"| {name} | CPU s (KB) |\n| --- | --- |"
    )
    for kind, cost in costs(served, settings, THINGS[name]):
        print(f"| {kind} | {_cell(cost)} |", flush=True)


def _processor() -> str:
    """The name of the processor."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = re.findall(r"model name\s*: (.*)", text)
    return str(names[0]) if names else platform.machine()


def _cell(cost: Cost) -> str:
    words = cost.fault or f"{cost.size / 1000:.0f}"
    return f"{cost.cpu:.2f} ({words})" + (" **late**" if cost.cpu > GOAL else "")


def _publish(folder: Path, out: Path) -> None:
    """Publish a folder by one process, and print how many things that is a second."""
    start = _cpu()
    published = publish_folder(open_folder(folder), out, base="https://example.org/big/", jobs=1)
    seconds = _cpu() - start
    things = Site(open_graph(folder)).counts["things"]
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
