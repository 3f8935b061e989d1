"""Output of the commands: text for a terminal, bytes and JSON for a program."""

from __future__ import annotations

import re
import sys
import time
from typing import TYPE_CHECKING

import click

from allgraph.graph.graph import Progress
from allgraph.sparql.answer import Answer

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_COUNT = re.compile(r"([\d,]+) of ([\d,]+) ")
_QUIET = 1.0  # seconds before a step is shown
_REDRAWS = 1000  # how often a bar is drawn, at most


def width() -> int:
    """Return the number of columns for text: of the terminal, at most 100; 80 in a pipe."""
    if not sys.stdout.isatty():
        return 80
    from shutil import get_terminal_size

    return min(get_terminal_size((80, 24)).columns, 100)


def progress() -> Progress | None:
    """Return a function that writes a step to standard error; ``None`` if that is no terminal.

    For the first second, steps are not shown.
    """
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()

    def show(step: str) -> None:
        """Write a step to standard error, but not in the first second after the time `started`."""
        if time.monotonic() - started > _QUIET:
            click.secho(f"{step} …", err=True, dim=True)

    return show


def progress_bar() -> Progress | None:
    """Return a function that draws steps on standard error; ``None`` if that is no terminal.

    A step such as “20 of 300 documents” is drawn as a bar, one for each text after the numbers; any
    other step is written as a line.
    """
    if not sys.stderr.isatty():
        return None
    bars: dict[str, ProgressBar[int]] = {}

    def show(step: str) -> None:
        """Draw or update the bar of a step such as “20 of 300 documents”, by the name after them.

        Any other step is written as a line. New bars are kept in `bars`, a dict of the enclosing
        function, by this name. A bar is redrawn at most `_REDRAWS` (1000) times.
        """
        count = _COUNT.match(step)
        if count is None:
            click.secho(f"{step} …", err=True, dim=True)
            return
        done, total = (int(number.replace(",", "")) for number in count.groups())
        name = step[count.end() :]
        if name not in bars:
            bars[name] = click.progressbar(length=total, label=name, show_pos=True, file=sys.stderr)
        bar = bars[name]
        if done >= total or done - bar.pos >= total / _REDRAWS:
            bar.update(done - bar.pos)
        if done >= total:
            bar.render_finish()

    return show


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output, after flushing text that was written before."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def write_json(value: object) -> None:
    """Write a value to standard output as indented JSON."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def write_answer(answer: Answer, format: str, for_spreadsheet: bool) -> None:
    """Write an answer to standard output in a format, given by its name or suffix.

    A table is at most `width()` columns wide. With `for_spreadsheet` no cell of CSV is a formula.
    Raises `UnknownFormat` for a format that cannot hold the answer, and `ParameterError` for
    `for_spreadsheet` with anything but rows as ``csv``.
    """
    write_bytes(answer.write(format, width=width(), for_spreadsheet=for_spreadsheet))
