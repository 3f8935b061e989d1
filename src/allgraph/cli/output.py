"""Output of the commands: text for a terminal, bytes and JSON for a program."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import BytesIO, TextIOWrapper
from pathlib import Path
from shutil import get_terminal_size
from threading import Timer
from typing import TYPE_CHECKING

import click

from allgraph.graph.graph import Progress
from allgraph.render.table import clean, wrap
from allgraph.sparql.answer import Answer

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from allgraph.graph.listing import Listing

_PARAMETER = re.compile("“[^”]*”|`([a-z][a-z_]*)`")
"""A parameter, or a text in the quotes in which messages have what others wrote."""
_OPTIONS = {"root": "--from"}
"""The options that are not named like the parameter."""
_COUNT = re.compile(r"([\d,]+) of ([\d,]+) ")
_NUMBER = re.compile(r"[\d,]+")
_PATIENCE = 0.5  # seconds before the progress of work is shown
_REDRAW = 0.1  # seconds for which it stays as it is
_BAR = "[%(bar)s]  %(label)s  %(info)s"  # of which the last is the time that is left
_ERASE = "\x1b[K"  # removes the rest of a line


def width() -> int:
    """Return the number of columns for text: of the terminal, at most 100; 80 in a pipe."""
    if not sys.stdout.isatty():
        return 80
    return min(get_terminal_size((80, 24)).columns, 100)


def note(text: str, *, dim: bool = False) -> None:
    """Write a line to standard error, unless --quiet was given or that cannot be written.

    Parameters that it names in backquotes are shown as options.
    """
    if not _is_quiet():
        with suppress(OSError):
            click.secho(clean(as_options(text)), err=True, dim=dim)


def write_lines(text: str, *, err: bool = False) -> None:
    """Write lines of text to standard output, or with `err` to standard error.

    Control characters in them, of names and the like, are replaced, as they could move the cursor.
    """
    click.echo("\n".join(map(clean, text.split("\n"))), err=err)


def warn(text: str) -> None:
    """Write a warning to standard error, as `note` does."""
    note(f"allgraph: warning: {text}")


def _is_quiet() -> bool:
    """Return True if --quiet was given, before or after the command that is running."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get("quiet"))


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Give a function that shows the step it is called with on the last line of the terminal.

    A step such as “20 of 300 documents” is shown as a bar. The line appears after `_PATIENCE` (0.5)
    seconds, and is removed at the end of the block. ``None`` is given if nothing is to be shown:
    standard error is no terminal that can remove a line (TERM=dumb), or --quiet was given.
    """
    if _is_quiet() or not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield None
        return
    line = _StatusLine()
    timer = Timer(_PATIENCE, line.appear)
    timer.daemon = True
    timer.start()
    handlers = logging.getLogger().handlers
    for handler in handlers:  # whose lines are not to be added to this one
        handler.addFilter(line.clear)
    try:
        yield line.show
    finally:
        timer.cancel()
        timer.join()
        for handler in handlers:
            handler.removeFilter(line.clear)
        line.clear()


class _StatusLine:
    """A line at the end of the terminal, on standard error, that shows the last step of work.

    It is drawn again when a step of another kind begins, and else after `_REDRAW` (0.1) seconds.
    """

    def __init__(self) -> None:
        """Make a line that is not shown yet."""
        self._step = ""
        self._is_shown = False
        self._drawn = ("", 0.0)  # the kind of the step that was drawn, and when
        self._bars: dict[str, ProgressBar[int]] = {}

    def appear(self) -> None:
        """Show the line from now on."""
        self._is_shown = True
        self.show(self._step)

    def show(self, step: str) -> None:
        """Show a step, if the line is shown by now."""
        self._step = step
        if not self._is_shown or not step:
            return
        kind, now = _NUMBER.sub("", step), time.monotonic()
        if kind == self._drawn[0] and now - self._drawn[1] < _REDRAW:
            return
        self._drawn = (kind, now)
        text = clean(self._as_bar(step)).rstrip()
        room = get_terminal_size((80, 24)).columns - 1
        self._write(f"\r{wrap(text, room)[0][:room]}{_ERASE}")

    def _as_bar(self, step: str) -> str:
        """Return a step such as “20 of 300 documents” with a bar, any other as it is."""
        count = _COUNT.match(step)
        if count is None:
            return f"{step} …"
        done, total = (int(number.replace(",", "")) for number in count.groups())
        name = step[count.end() :]
        if name not in self._bars:
            self._bars[name] = click.progressbar(
                length=total, width=24, show_percent=False, bar_template=_BAR, file=sys.stderr
            )
        bar = self._bars[name]
        bar.label = step
        bar.make_step(done - bar.pos)
        return bar.format_progress_line()

    def clear(self, _: object = None) -> bool:
        """Remove the line until the next step; return true, as a filter of what is logged."""
        if self._drawn[1]:
            self._write("\r" + _ERASE)
            self._drawn = ("", 0.0)
        return True

    def _write(self, text: str) -> None:
        """Write to standard error, if that can be written."""
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


@contextmanager
def into_file(path: Path | None) -> Iterator[None]:
    """Write what the block writes to standard output into a file, if there is one.

    The file is replaced when the block ends, also by `sys.exit`, and left as it was if the block
    raises anything else. Raises `WriteError`.
    """
    if path is None:
        yield
        return
    from allgraph.writing import put

    with TextIOWrapper(BytesIO(), "utf-8", newline="", write_through=True) as out:
        try:
            with redirect_stdout(out):
                yield
        except SystemExit:
            put(path, out.buffer.getvalue(), follow=True)
            raise
        put(path, out.buffer.getvalue(), follow=True)


def write_bytes(content: bytes) -> None:
    """Write bytes to standard output, after flushing text that was written before."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)


def write_json(value: object) -> None:
    """Write a value to standard output as indented JSON."""
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def as_options(message: str) -> str:
    """Return a message with the parameters that it names in backquotes as options.

    What is between “ and ” stays as it is. The texts are equally long, so that wrapped lines stay
    as they are.

    >>> as_options("allow more with `max_hops` 2; look at it with `allgraph show`")
    'allow more with --max-hops 2; look at it with `allgraph show`'
    >>> as_options("nothing is named “`limit`”")
    'nothing is named “`limit`”'
    """

    def option(match: re.Match[str]) -> str:
        """Return the option, such as ``--as-of``, for a parameter in backquotes; or quoted text."""
        if match[1] is None:
            return match[0]
        return _OPTIONS.get(match[1]) or f"--{match[1].replace('_', '-')}"

    return _PARAMETER.sub(option, message)


def write_list(listing: Listing, format: str) -> None:
    """Write paths, a ranking and the like to standard output, in one of their formats.

    Notes of the text name options.
    """
    if format == "text":
        click.echo(listing.text(width=width(), reword=as_options))
    else:
        write_bytes(listing.write(format))


def write_answer(answer: Answer, format: str, for_spreadsheet: bool) -> None:
    """Write an answer to standard output in a format, given by its name or suffix.

    A table is at most `width()` columns wide. With `for_spreadsheet` no cell of CSV is a formula.
    Raises `UnknownFormat` for a format that cannot hold the answer, and `ParameterError` for
    `for_spreadsheet` with anything but rows as ``csv``.
    """
    write_bytes(answer.write(format, width=width(), for_spreadsheet=for_spreadsheet))
