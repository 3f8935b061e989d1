"""What was measured as tables in Markdown, and what they were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import fill

from bench.growth import OURS, Measurement, Result

PACKAGES = ("allgraph", "pyoxigraph", "oxigraph", "rdflib", "pyshacl", "networkx", "numpy",
            "pyarrow")  # fmt: skip
WIDTH = 80
_READ = (
    "Medians of the runs. A ratio is its CPU time / ours, in the same round; rates are by wall "
    "time. Memory is that of all processes together. Of many questions, ms and p95 ms are wall "
    "time, and CPU ms the mean."
)


def machine() -> str:
    """The date, the machine, and the versions of everything, in lines that fit."""
    parts = [
        datetime.now(UTC).strftime("%Y-%m-%d"),
        _processor(), f"{os.cpu_count()} cores", f"{_memory() / 2**30:.0f} GiB",
        f"load {os.getloadavg()[0]:.1f} at the start",
        platform.platform(terse=True), f"Python {platform.python_version()}",
        *(f"{name} {found}" for name in PACKAGES if (found := _version(name))),
    ]  # fmt: skip
    if found := _virtuoso():
        parts.append(f"Virtuoso {found}")
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) + 3 > WIDTH:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + part + ","
    lines[-1] = lines[-1].rstrip(",") + "."
    return "\n".join([*lines, "", fill(_READ, WIDTH)])


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", _text("/proc/cpuinfo"), re.MULTILINE)
    return found[1].strip() if found else platform.processor()


def _memory() -> int:
    found = re.search(r"^MemTotal:\s*(\d+) kB$", _text("/proc/meminfo"), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _virtuoso() -> str:
    try:
        told = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True)
    except OSError:
        return ""
    found = re.search(r"Version (\d[\d.]*)", told.stdout + told.stderr)
    return found[1].rstrip(".") if found else ""


def table(measurement: Measurement, results: Sequence[Result], triples: int) -> str:
    """The results of a measurement, under a line that says what it is."""
    if measurement.cases:
        titles, rows = _many(results)
    else:
        titles, rows = _whole(results, triples if measurement.rated else 0)
    text = f"{measurement.title}; {triples:,} triples:\n\n{markdown(titles, rows)}"
    return "\n\n".join([text, *map(_steps, (each for each in results if each.told.get("steps")))])


def _steps(result: Result) -> str:
    """What the steps of ours took."""
    steps = ", ".join(f"{step['name']} {step['cpu']:,.2f}" for step in result.told["steps"])
    return fill(f"Steps of {result.who}, CPU s: {steps}.", WIDTH)


def _whole(results: Sequence[Result], triples: int) -> tuple[Sequence[str], list[Sequence[str]]]:
    """A row for each program, with its rate where it does something with so many triples."""
    rated = ("triples/s",) if triples else ()
    titles = ("who", "CPU s", "wall s", "MiB", *rated, "ratio", "runs")
    rows: list[Sequence[str]] = []
    for each in results:
        if each.failed:
            rows.append((each.who, _short(each.failed)))
            continue
        rows.append((
            each.who, f"{each.seconds:,.2f}", f"{each.wall:,.2f}", f"{each.memory / 2**20:,.0f}",
            *([f"{triples / each.wall:,.0f}"] if triples else ()), _ratio(each), str(each.runs),
        ))  # fmt: skip
    return titles, rows


def _many(results: Sequence[Result]) -> tuple[Sequence[str], list[Sequence[str]]]:
    """For each case a row with its name and how many rows were found, then one for each who."""
    rows: list[Sequence[str]] = []
    case = ""
    for each in results:
        if each.case != case:
            case = each.case
            counts = (other.rows for other in results if other.case == case and not other.failed)
            rows.append((f"{case}, {next(counts, 0):,} rows", *[""] * 4))
        if each.failed:
            rows.append((each.who, _short(each.failed)))
            continue
        numbers = (each.wall, each.late, each.seconds)
        rows.append((each.who, *(f"{number * 1e3:,.2f}" for number in numbers), _ratio(each)))
    return ("who", "ms", "p95 ms", "CPU ms", "ratio"), rows


def _ratio(result: Result) -> str:
    if result.ratio is None:
        return ""
    return "1" if result.who == OURS else f"{result.ratio:,.2f}"


def _short(reason: str) -> str:
    text = reason.replace("|", "/")
    return f"failed: {text[:45]}{'…' * (len(text) > 45)}"


def markdown(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose columns are in line; a row of two cells tells something in the second."""
    whole = list(rows)
    full = [titles, *(row for row in whole if len(row) == len(titles))]
    widths = [max(len(row[at]) for row in full) for at in range(len(titles))]
    widths[0] = max(widths[0], *(len(row[0]) for row in whole), 0)
    return "\n".join(_lines(titles, whole, widths))


def _lines(
    titles: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]
) -> Iterator[str]:
    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=False)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(padded)} |"

    yield line(titles)
    yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    for row in rows:
        yield line(row) if len(row) == len(titles) else f"| {row[0].ljust(widths[0])} | {row[1]} |"


def differing(results: Sequence[Result]) -> list[str]:
    """The cases in which somebody has other rows than the first who answered."""
    first: dict[str, Result] = {}
    said = []
    for each in results:
        known = first.setdefault(each.case, each) if not each.failed else each
        if each.case and known.rows != each.rows:
            said.append(f"{each.case}: {each.who} has {each.rows:,}, {known.who} {known.rows:,}")
    return said
