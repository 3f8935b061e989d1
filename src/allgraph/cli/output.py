"""What the commands write: text for a terminal, bytes and JSON for a program."""

from __future__ import annotations

import re
import shutil
import sys
import time
from typing import TYPE_CHECKING

import click

from allgraph.graph.graph import Progress
from allgraph.sparql.answer import Answer

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_COUNT = re.compile(r"([\d,]+) of ([\d,]+) ")
_QUIET = 1.0  # seconds before anything is shown
_REDRAWS = 1000  # of a bar, at most


def width() -> int:
    """The number of columns: those of the terminal, at most 100; 80 in a pipe."""
    return min(shutil.get_terminal_size((80, 24)).columns, 100) if sys.stdout.isatty() else 80


def progress() -> Progress | None:
    """Return a function that shows steps on a terminal, after a second; None elsewhere."""
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()

    def show(step: str) -> None:
        if time.monotonic() - started > _QUIET:
            click.secho(f"{step} …", err=True, dim=True)

    return show


def progress_bar() -> Progress | None:
    """Return a function that draws steps such as “20 of 300 documents” as a bar, on a terminal."""
    if not sys.stderr.isatty():
        return None
    bars: dict[str, ProgressBar[int]] = {}

    def show(step: str) -> None:
        count = _COUNT.match(step)
        if count is None:
            click.secho(f"{step} …", err=True, dim=True)
            return
        done, total = (int(number.replace(",", "")) for number in count.groups())
        name = step[count.end() :]
        bar = bars.setdefault(name, _bar(name, total))
        bar.update(done - bar.pos)
        if done >= total:
            bar.render_finish()

    return show


def _bar(name: str, total: int) -> ProgressBar[int]:
    """A bar on standard error that is drawn at most so many times."""
    steps = max(total // _REDRAWS, 1)
    return click.progressbar(
        length=total, label=name, show_pos=True, update_min_steps=steps, file=sys.stderr
    )


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def write_json(value: object) -> None:
    """Write a value to standard output as JSON."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def write_answer(answer: Answer, format: str, for_spreadsheet: bool) -> None:
    """Write an answer to standard output in one of its formats."""
    write_bytes(answer.write(format, width=width(), for_spreadsheet=for_spreadsheet))
