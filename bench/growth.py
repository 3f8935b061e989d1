"""What is measured as graphs grow: who does what with which command, up to which size."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench import questions
from bench.runs import Failed, Run, run
from bench.serve import OXIGRAPH
from bench.startup import ALLGRAPH

OURS = "allgraph"
LONG = 120.0  # seconds; what takes longer is not done again
ALL = 10**12


@dataclass(frozen=True)
class Place:
    """Where a graph of some size lies: in folders, of which two are never built, and stores."""

    root: Path
    size: int
    timeout: float
    told: dict[str, Any] = field(default_factory=dict)  # what the generator says

    @property
    def folder(self) -> Path:
        return self.root / "folder"

    @property
    def unbuilt(self) -> Path:
        return self.root / "unbuilt"

    @property
    def turtle(self) -> Path:
        return self.root / "turtle"

    @property
    def unbuilt_turtle(self) -> Path:
        return self.root / "unbuilt-turtle"

    @property
    def triples(self) -> Path:
        return self.folder / "data" / "graph.nt"

    @property
    def cases(self) -> Path:
        return self.folder / "cases.json"

    @property
    def snapshot(self) -> Path:
        return self.folder / ".allgraph"

    @property
    def oxigraph(self) -> Path:
        return self.root / "oxigraph"

    @property
    def virtuoso(self) -> Path:
        return self.root / "virtuoso"

    @property
    def output(self) -> Path:
        return self.root / "output"


Command = Callable[[Place], list[str]]


@dataclass(frozen=True)
class Contender:
    """Who does it, with which command, up to which size; what is there anew each time, and first.

    `fresh` is removed before each run, and `needs` has to be there.
    """

    name: str
    command: Command
    most: int = ALL
    fresh: Callable[[Place], Path] | None = None
    needs: Callable[[Place], Path] | None = None


@dataclass(frozen=True)
class Measurement:
    """What all of its contenders do; `kept` says that others need what they leave.

    With `cases` a run tells of several, else it is itself what is measured. `rated` says that it
    does something with all triples, so that there is a rate.
    """

    name: str
    title: str
    contenders: tuple[Contender, ...]
    cases: tuple[str, ...] = ()
    kept: bool = False
    rated: bool = True

    def without(self, names: Sequence[str]) -> Measurement:
        """The same without those whose name begins so."""
        some = tuple(c for c in self.contenders if not c.name.startswith(tuple(names)))
        return replace(self, contenders=some)


@dataclass(frozen=True)
class Result:
    """What somebody took: medians over the runs, and how many times ours, CPU time by round.

    `seconds` is CPU time; `wall` the median time of a question where there are many.
    """

    size: int
    measurement: str
    case: str
    who: str
    seconds: float = 0.0
    wall: float = 0.0
    late: float = 0.0  # the 95th percentile of many questions
    memory: float = 0.0
    rows: int = 0
    ratio: float | None = None
    runs: int = 0
    told: dict[str, Any] = field(default_factory=dict)
    failed: str = ""


def _task(name: str, *arguments: Callable[[Place], object] | str) -> Command:
    def command(place: Place) -> list[str]:
        given = [each if isinstance(each, str) else str(each(place)) for each in arguments]
        return [sys.executable, "-m", "bench.work", name, *given]

    return command


def _allgraph(*arguments: Callable[[Place], object] | str, folder: str = "folder") -> Command:
    def command(place: Place) -> list[str]:
        given = [each if isinstance(each, str) else str(each(place)) for each in arguments]
        return [ALLGRAPH, "--graph", str(getattr(place, folder)), *given]

    return command


def _oxigraph_load(place: Place) -> list[str]:
    return [OXIGRAPH, "load", "-l", str(place.oxigraph), "-f", str(place.triples)]


def _oxigraph_dump(place: Place) -> list[str]:
    return [OXIGRAPH, "dump", "-l", str(place.oxigraph), "--graph", "default",
            "-f", f"{place.output}.nt"]  # fmt: skip


def _oxigraph_query(place: Place) -> list[str]:
    ((_, asked),) = questions.read(place.cases, ["key-people"])
    return [OXIGRAPH, "query", "-l", str(place.oxigraph), "--results-format", "csv",
            "--query", asked[0].sparql]  # fmt: skip


def _first_question(place: Place) -> list[str]:
    ((_, asked),) = questions.read(place.cases, [questions.BY_NAME])
    return [ALLGRAPH, "--graph", str(place.folder), "ask", "key-people", "--body",
            asked[0].parameters["body"]]  # fmt: skip


def _askers(names: tuple[str, ...]) -> tuple[Contender, ...]:
    """Those who answer questions: on disk, in memory, over HTTP."""

    def asked(who: str, at: Callable[[Place], Path]) -> Command:
        return _task("ask", who, at, lambda place: place.cases, *names)

    return (
        Contender(OURS, asked(OURS, lambda p: p.folder), needs=lambda p: p.snapshot),
        Contender(f"{OURS}, memory", asked(OURS, lambda p: p.unbuilt), 10**6),
        Contender("oxigraph", asked("pyoxigraph", lambda p: p.oxigraph),
                  needs=lambda p: p.oxigraph),
        Contender("oxigraph, memory", asked("pyoxigraph", lambda p: p.triples), 10**6),
        Contender("Virtuoso, HTTP", asked("virtuoso", lambda p: p.virtuoso),
                  needs=lambda p: p.virtuoso / "virtuoso.db"),
        Contender("rdflib", asked("rdflib", lambda p: p.triples), 10**5),
    )  # fmt: skip


def _exports(suffix: str) -> Contender:
    # with its own name for each format, since ours is compared with the peer's of the first
    name = OURS if suffix == "nt" else f"{OURS}, {suffix}"
    return Contender(name, _allgraph("export", lambda p: f"{p.output}.{suffix}"),
                     needs=lambda p: p.snapshot)  # fmt: skip


BUILD = Measurement(
    "build", "Loading all of it, onto the disk",
    (
        Contender(OURS, lambda p: [ALLGRAPH, "build", str(p.folder), "--format", "json"],
                  fresh=lambda p: p.snapshot),
        Contender(f"{OURS}, Turtle",
                  lambda p: [ALLGRAPH, "build", str(p.turtle), "--format", "json"], 10**6,
                  fresh=lambda p: p.turtle / ".allgraph", needs=lambda p: p.turtle),
        Contender("oxigraph load", _oxigraph_load, fresh=lambda p: p.oxigraph),
        Contender("Virtuoso", _task("load-virtuoso", lambda p: p.virtuoso, lambda p: p.triples),
                  fresh=lambda p: p.virtuoso),
    ),
    kept=True,
)  # fmt: skip
MEMORY = Measurement(
    "memory", "Loading all of it into memory",
    (
        Contender(OURS, _task("load-allgraph", lambda p: p.unbuilt), 10**6),
        Contender(f"{OURS}, Turtle", _task("load-allgraph", lambda p: p.unbuilt_turtle), 10**6,
                  needs=lambda p: p.unbuilt_turtle),
        Contender("pyoxigraph", _task("load-pyoxigraph", lambda p: p.triples)),
        Contender("rdflib", _task("load-rdflib", lambda p: p.unbuilt), 10**5),
        Contender("rdflib, Turtle", _task("load-rdflib", lambda p: p.turtle), 10**5,
                  needs=lambda p: p.turtle),
    ),
)  # fmt: skip
MEASUREMENTS = (
    BUILD,
    MEMORY,
    Measurement(
        "open", "Opening it, and one named question, in a new process",
        (
            Contender(OURS, _first_question, needs=lambda p: p.snapshot),
            Contender("oxigraph query", _oxigraph_query, needs=lambda p: p.oxigraph),
            Contender("pyoxigraph", _task("open-pyoxigraph", lambda p: p.oxigraph,
                                          lambda p: p.cases, "key-people"),
                      needs=lambda p: p.oxigraph),
        ),
        rated=False,
    ),
    Measurement("select", "SELECT in a warm process",
                _askers((questions.SMALL, questions.LARGE)), (questions.SMALL, questions.LARGE)),
    Measurement("ask", "Named questions in a warm process",
                _askers((*questions.NAMED, questions.BY_NAME, questions.FIND)),
                (*questions.NAMED, questions.BY_NAME, questions.FIND)),
    Measurement(
        "paths", "A path between two things in a warm process",
        (
            Contender(OURS, _task("paths-allgraph", lambda p: p.folder, lambda p: p.cases,
                                  "4", "0", "1"), needs=lambda p: p.snapshot),
            Contender(f"{OURS}, the five best", _task("paths-allgraph", lambda p: p.folder,
                      lambda p: p.cases, "4", "0", "5"), needs=lambda p: p.snapshot),
            Contender(f"{OURS}, any length", _task("paths-allgraph", lambda p: p.folder,
                      lambda p: p.cases, "16", str(ALL), "1"), needs=lambda p: p.snapshot),
            Contender("networkx, any length", _task("paths-networkx",
                      lambda p: p.told["claims"], lambda p: p.cases)),
        ),
        ("",),
    ),
    Measurement(
        "validate", "Checking it against our shapes",
        (
            Contender(OURS, _allgraph("validate", folder="unbuilt")),
            Contender("pySHACL", _task("validate-pyshacl", lambda p: p.unbuilt), 10**5),
        ),
    ),
    Measurement(
        "export", "Writing all of it",
        (
            _exports("nt"), _exports("csv"), _exports("parquet"),
            Contender("oxigraph dump, nt", _oxigraph_dump, needs=lambda p: p.oxigraph),
            Contender("pyoxigraph, nt", _task("dump-pyoxigraph", lambda p: p.oxigraph,
                                              lambda p: f"{p.output}.nt"),
                      needs=lambda p: p.oxigraph),
        ),
    ),
)  # fmt: skip
NAMES = tuple(each.name for each in MEASUREMENTS)


def prepared(place: Place) -> Place:
    """The same place, with the generated graph in it."""
    turtle = str(place.turtle) if place.size <= 10**6 else ""
    command = [sys.executable, "-m", "bench.work", "generate", str(place.size),
               str(place.folder), turtle]  # fmt: skip
    taken = run(command, timeout=place.timeout)
    _link(place.folder, place.unbuilt)
    if turtle:
        _link(place.turtle, place.unbuilt_turtle)
    told = {**taken.told, "cpu": taken.cpu, "wall": taken.wall, "memory": taken.memory}
    return Place(place.root, place.size, place.timeout, told)


def _link(folder: Path, other: Path) -> None:
    """Make another folder of the same files, which has no snapshot."""
    (other / "data").mkdir(parents=True)
    for path in (folder / "allgraph.toml", *(folder / "data").iterdir()):
        (other / path.relative_to(folder)).hardlink_to(path)


Runs = dict[str, dict[int, Run]]


def measure(measurement: Measurement, place: Place, rounds: int) -> Iterator[Result]:
    """Run all contenders in turn, in another order each round; one that fails does no more."""
    some = [each for each in measurement.contenders if place.size <= each.most * 1.01]
    taken: Runs = {each.name: {} for each in some}
    failed: dict[str, str] = {}
    for turn in range(rounds):
        at = turn % len(some)
        for contender in some[at:] + some[:at]:
            before = taken[contender.name]
            if contender.name in failed or any(each.wall > LONG for each in before.values()):
                continue
            try:
                before[turn] = _once(contender, place)
            except Failed as error:
                failed[contender.name] = str(error)
    for case in measurement.cases or ("",):
        for contender in some:
            if contender.name in failed:
                yield Result(place.size, measurement.name, case, contender.name,
                             failed=failed[contender.name])  # fmt: skip
            else:
                yield from _results(measurement, case, contender.name, place.size, taken)


def _once(contender: Contender, place: Place) -> Run:
    if contender.needs and not contender.needs(place).exists():
        raise Failed(f"there is no {contender.needs(place).name}")
    if contender.fresh:
        shutil.rmtree(contender.fresh(place), ignore_errors=True)
    try:
        return run(contender.command(place), timeout=place.timeout)
    except Failed:
        if contender.fresh:  # half of it is of no use
            shutil.rmtree(contender.fresh(place), ignore_errors=True)
        raise
    finally:
        for path in place.root.glob("output*"):
            path.unlink()


def _results(
    measurement: Measurement, case: str, who: str, size: int, taken: Runs
) -> Iterator[Result]:
    runs = taken[who]
    told = [_told(each, case) for each in runs.values()]
    if measurement.cases and not all(told):
        return  # it is not asked this
    ours = taken.get(OURS, {})
    ratios = [
        _cpu(runs[turn], measurement, case) / own
        for turn in runs.keys() & ours.keys()
        if (own := _cpu(ours[turn], measurement, case))
    ]

    def middle(pick: Callable[[Run], float]) -> float:
        return statistics.median(pick(each) for each in runs.values())

    yield Result(
        size, measurement.name, case, who,
        seconds=middle(lambda each: _cpu(each, measurement, case)),
        wall=middle(lambda each: _told(each, case).get("median", each.told.get("wall", each.wall))),
        late=middle(lambda each: _told(each, case).get("p95", 0.0)),
        memory=middle(lambda each: each.told.get("memory", each.memory)),
        rows=int(told[0].get("rows", 0)), ratio=statistics.median(ratios) if ratios else None,
        runs=len(runs), told=told[0],
    )  # fmt: skip


def _told(run: Run, case: str) -> dict[str, Any]:
    told: dict[str, Any] = run.told.get(case, {}) if case else run.told
    return told


def _cpu(run: Run, measurement: Measurement, case: str) -> float:
    """CPU seconds: of the run, of what it says that counts, or of one question."""
    return float(_told(run, case).get("cpu", 0.0 if measurement.cases else run.cpu))
