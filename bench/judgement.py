"""Whether the goals of growth are reached, at the largest sizes that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench import questions
from bench.goals import Goals
from bench.growth import OURS, Result

BASE = 100_000  # the size that growth of small questions is compared with


def judge(results: Sequence[Result]) -> None:
    """Print each goal with what was reached."""
    goals = Goals()
    _loading(goals, results)
    for measurement, where, goal in (("build", "on disk", 3), ("memory", "in memory", 7)):
        for form, suffix in (("nt", ""), ("ttl", ", Turtle")):
            _parsing(goals, results, measurement, suffix, f"{where}, {form}", goal)
    _opening(goals, results)
    for case in (*questions.NAMED, questions.BY_NAME, questions.FIND):
        _growing(goals, results, case)
    path = _largest(results, "paths", "", OURS)
    if path:
        goals.at_most(f"a path at {power(path.size)}: median ms", path.wall * 1e3, 20)
    else:
        goals.unknown("a path: median ms")
    theirs = _largest(results, "validate", "", "pySHACL")
    if theirs and theirs.ratio is not None:
        goals.at_least(f"check at {power(theirs.size)}: pySHACL / ours, CPU", theirs.ratio, 20)
    else:
        goals.unknown("check: pySHACL / ours, CPU")


def _loading(goals: Goals, results: Sequence[Result]) -> None:
    ours, theirs = (_largest(results, "build", "", who) for who in (OURS, "oxigraph load"))
    step = _load_step(ours)
    if ours and theirs and step and ours.size == theirs.size:
        for clock, theirs_took, took in (("CPU", theirs.seconds, step["cpu"]),
                                         ("wall", theirs.wall, step["seconds"])):  # fmt: skip
            what = f"load step: {clock} rate / oxigraph's at {power(ours.size)}"
            goals.at_least(what, theirs_took / took, 0.8)
    else:
        goals.unknown("load step: rate / oxigraph's")
    if ours:
        goals.at_most(f"build at {power(ours.size)}: memory, GiB", ours.memory / 2**30, 4)
    else:
        goals.unknown("build: memory, GiB")


def _load_step(build: Result | None) -> dict[str, Any] | None:
    """The step of a build that fills the store."""
    steps = build.told.get("steps", ()) if build else ()
    return next((each for each in steps if each["name"] == "load"), None)


def _parsing(
    goals: Goals, results: Sequence[Result], measurement: str, suffix: str, what: str, goal: float
) -> None:
    """Our rate beside that of rdflib's parser, by CPU time: of reading alone, and of all we do."""
    parsed = _largest(results, "memory", "", f"rdflib{suffix}")
    ours = _at(results, parsed.size, measurement, "", OURS + suffix) if parsed else None
    if parsed and ours:
        step, size = _load_step(ours), power(parsed.size)
        if step:
            rate = parsed.seconds / step["cpu"]
            goals.at_least(f"{what}: load step / rdflib at {size}", rate, goal)
        rate = parsed.seconds / ours.seconds
        goals.at_least(f"{what}: rate / rdflib's at {size}", rate, goal)
    else:
        goals.unknown(f"{what}: rate / rdflib's")


def _opening(goals: Goals, results: Sequence[Result]) -> None:
    found = [each for each in results if (each.measurement, each.who) == ("open", OURS)]
    whole = [each for each in found if not each.failed]
    if not whole:
        goals.unknown("open and ask: CPU s")
        return
    first, last = whole[0], whole[-1]
    goals.at_most(f"open and ask at {power(last.size)}: CPU s", last.seconds, 0.3)
    if first.size < last.size:
        ratio = last.seconds / first.seconds
        goals.at_most(f"... at {power(last.size)} / at {power(first.size)}", ratio, 1.5)


def _growing(goals: Goals, results: Sequence[Result], case: str) -> None:
    base, last = _at(results, BASE, "ask", case, OURS), _largest(results, "ask", case, OURS)
    if base and last and last.size > BASE:
        what = f"{case} at {power(last.size)} / at {power(BASE)}"
        goals.at_most(what, last.wall / base.wall, 2)
    else:
        goals.unknown(f"{case} / at {power(BASE)}")


def power(size: int) -> str:
    """A size in powers of ten.

    >>> power(10_000), power(25_000)
    ('10^4', '2.5e+04')
    """
    exponent = len(str(size)) - 1
    return f"10^{exponent}" if size == 10**exponent else f"{size:.2g}"


def _largest(results: Sequence[Result], *key: str) -> Result | None:
    """The result at the largest size, by measurement, case and who."""
    found = [r for r in results if (r.measurement, r.case, r.who) == key and not r.failed]
    return max(found, key=lambda each: each.size, default=None)


def _at(results: Sequence[Result], size: int, *key: str) -> Result | None:
    return _largest([each for each in results if each.size == size], *key)
