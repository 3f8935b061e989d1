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
_OFTEN = 0.1  # seconds
_WIDE = 24


def width() -> int:
    """How many columns there are: those of the terminal, at most 100; 80 in a pipe."""
    return min(shutil.get_terminal_size((80, 24)).columns, 100) if sys.stdout.isatty() else 80


def progress() -> Progress | None:
    """Tell on a terminal what is being done, once it has taken a while."""
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()

    def tell(what: str) -> None:
        if time.monotonic() - started > 1:
            click.secho(f"{what} …", err=True, dim=True)

    return tell


def bar() -> Progress | None:
    """Draw on a terminal how far a count such as “20 of 300 documents” is; tell the rest."""
    if not sys.stderr.isatty():
        return None
    started, told = time.monotonic(), [0.0]

    def tell(what: str) -> None:
        match = _COUNT.match(what)
        now = time.monotonic()
        if match is None:
            return click.secho(f"{what} …", err=True, dim=True)
        done, total = (int(number.replace(",", "")) for number in match.groups())
        if done < total and now - told[0] < _OFTEN:
            return None
        told[0] = now
        filled = round(_WIDE * done / max(total, 1))
        rate = done / max(now - started, 0.001)
        left = f", {_seconds((total - done) / rate)} left" if 0 < done < total else ""
        line = f"\r{'━' * filled}{'─' * (_WIDE - filled)} {what}, {rate:,.0f} a second{left}"
        return click.echo(f"{line:<79}", err=True, nl=done >= total)

    return tell


def _seconds(count: float) -> str:
    """A time in words that are short.

    >>> _seconds(42.3), _seconds(150)
    ('42 s', '3 min')
    """
    return f"{count:.0f} s" if count < 100 else f"{math.ceil(count / 60)} min"


def write_bytes(data: bytes) -> None:
    """Bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def write_json(value: object) -> None:
    """A value as JSON to standard output."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def write_answer(answer: Answer, format: str, for_spreadsheet: bool) -> None:
    """An answer to standard output, in one of its formats."""
    write_bytes(answer.write(format, width=width(), for_spreadsheet=for_spreadsheet))
