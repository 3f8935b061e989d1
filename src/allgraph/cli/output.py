"""What the commands write: text for a terminal, bytes and JSON for a program."""

from __future__ import annotations

import math
import re
import shutil
import sys
import time

import click

from allgraph.graph.graph import Progress
from allgraph.sparql.answer import Answer

_COUNT = re.compile(r"([\d,]+) of ([\d,]+) ")
_QUIET = 1.0  # seconds before anything is shown
_REDRAW = 0.1  # seconds
_BAR = 24  # columns


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
    """Return a function that draws a bar for steps such as “20 of 300 documents”, on a terminal."""
    return _ProgressBar().show if sys.stderr.isatty() else None


class _ProgressBar:
    """A bar on the terminal, with a rate and the time left; other steps are lines."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.drawn = 0.0

    def show(self, step: str) -> None:
        """Draw how far a step is, unless that was drawn just now."""
        counts = _COUNT.match(step)
        if counts is None:
            click.secho(f"{step} …", err=True, dim=True)
            return
        done, total = (int(count.replace(",", "")) for count in counts.groups())
        now = time.monotonic()
        if done == total or now - self.drawn >= _REDRAW:
            self.drawn = now
            line = f"\r{_bar(done, total)} {step}, {_rate(done, total, now - self.started)}"
            click.echo(f"{line:<79}", err=True, nl=done >= total)


def _bar(done: int, total: int) -> str:
    filled = round(_BAR * done / max(total, 1))
    return f"{'━' * filled}{'─' * (_BAR - filled)}"


def _rate(done: int, total: int, seconds: float) -> str:
    """How fast it goes, and the time left.

    >>> _rate(20, 300, 2.0), _rate(300, 300, 30)
    ('10 a second, 28 s left', '10 a second')
    """
    rate = done / max(seconds, 0.001)
    left = f", {_duration((total - done) / rate)} left" if 0 < done < total else ""
    return f"{rate:,.0f} a second{left}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{math.ceil(seconds / 60)} min"


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
