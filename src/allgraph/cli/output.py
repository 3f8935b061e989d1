"""What the commands write: text for a terminal, bytes and JSON for a program."""

from __future__ import annotations

import shutil
import sys
import time

import click

from allgraph.answer import Answer
from allgraph.graph import Progress


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
