"""How everybody grows, as a picture in SVG; with matplotlib, of the dependency group ``bench``."""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import questions
from bench.growth import OURS, Result

COLOURS = {"allgraph": "#b8651b", "oxigraph": "#2a7ab9", "pyoxigraph": "#2a7ab9",
           "Virtuoso": "#2c8658", "rdflib": "#9a5fc0", "networkx": "#c94f7c",
           "pySHACL": "#7c7c7c"}  # fmt: skip
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Panel(NamedTuple):
    """A part of the picture: results of a measurement and case, and what of them is drawn."""

    title: str
    unit: str
    measurement: str
    case: str
    pick: Callable[[Result], float]


def _seconds(result: Result) -> float:
    return result.seconds


def _milliseconds(result: Result) -> float:
    return result.wall * 1e3


PANELS = (
    Panel("load onto the disk", "CPU s", "build", "", _seconds),
    Panel("memory of that", "MiB", "build", "", lambda result: result.memory / 2**20),
    Panel("open, and one question", "CPU s", "open", "", _seconds),
    Panel(questions.SMALL, "ms", "select", questions.SMALL, _milliseconds),
    Panel(questions.LARGE, "ms", "select", questions.LARGE, _milliseconds),
    Panel("question: board-members", "ms", "ask", "board-members", _milliseconds),
    Panel("a path", "ms", "paths", "", _milliseconds),
    Panel("check", "CPU s", "validate", "", _seconds),
    Panel("write", "CPU s", "export", "", _seconds),
)


STYLES = ("-", "--", ":", "-.")
"""Of the lines with one colour."""


def draw(results: Sequence[Result], path: Path) -> None:
    """Draw what was measured at two sizes or more, on scales of powers of ten."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "allgraph", "svg.fonttype": "none",
                                "font.size": 8, "axes.titlesize": 9})  # fmt: skip
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(3, 3, figsize=(10, 8.5), layout="constrained")
    for panel, axis in zip(PANELS, axes.flat, strict=True):
        drawn_in: Counter[str] = Counter()
        for who, line in points(panel, results).items():
            name = who.partition(",")[0].partition(" ")[0]
            colour = COLOURS.get(name, "#444444")
            axis.loglog(
                *zip(*line, strict=True), label=who, color=colour, marker=".", markersize=4,
                linewidth=1.8 if name == OURS else 1.2, linestyle=STYLES[drawn_in[colour] % 4],
            )  # fmt: skip
            drawn_in[colour] += 1
        axis.set_title(f"{panel.title}, {panel.unit}")
        axis.grid(True, alpha=0.3)
        axis.minorticks_off()
        axis.tick_params(length=0)
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_formatter(lambda value, _: _power(value))
        if axis.lines:
            axis.legend(fontsize=6, frameon=False, handlelength=3.5)
    figure.supxlabel("triples", fontsize=8)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    path.write_text(_shorter(drawn.getvalue()), encoding="utf-8")


def _power(value: float) -> str:
    """A power of ten as it is read.

    >>> _power(1000), _power(0.1), _power(1)
    ('10³', '0.1', '1')
    """
    if value <= 0:  # of an axis with nothing on it
        return ""
    exponent = round(math.log10(value))
    return f"{value:g}" if exponent <= 2 else "10" + str(exponent).translate(_RAISED)


def _shorter(text: str) -> str:
    """The same picture in less text: a tenth of a point is as exact as anybody sees."""
    return re.sub(r"(\.\d)\d+", r"\1", re.sub(r"\n\s+|<!--.*?-->", "\n", text))


def points(panel: Panel, results: Sequence[Result]) -> dict[str, list[tuple[int, float]]]:
    """The points of each line, by who it is of."""
    found: dict[str, list[tuple[int, float]]] = {}
    for each in results:
        if (each.measurement, each.case) == (panel.measurement, panel.case) and not each.failed:
            value = panel.pick(each)
            if value > 0:
                found.setdefault(each.who, []).append((each.size, value))
    return {who: sorted(points) for who, points in found.items()}
