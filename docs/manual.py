"""The man page of the command line, made of what its help is made of."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator

import click

from allgraph.cli import cli
from allgraph.cli.environment import EXIT_CODES, VARIABLES
from allgraph.errors import VERSION

DATE = "2026-11-29"
"""The day of this page: change it with what the commands do."""
EXAMPLES = (
    ("See what there is, and how to query it.", "allgraph tour"),
    ("Answer a question, with the evidence of each row.",
     'allgraph ask founders --body "Model Alliance" --sources'),
    ("Draw how two things are connected.",
     'allgraph paths "Coco Rocha" "Andrew Cuomo" -o paths.svg'),
    ("Count the claims, as CSV.",
     "allgraph sparql 'SELECT (COUNT(?c) AS ?n) { ?c a ag:Claim }' -f csv"),
)  # fmt: skip


_ESCAPED = str.maketrans(
    {"\\": "\\e", "-": "\\-", "'": "\\(aq", "“": "\\(lq", "”": "\\(rq", "…": "..."}
)


def page() -> str:
    """The man page in the macros of man(7)."""
    root = click.Context(cli, info_name="allgraph", **cli.context_settings)
    lines = [
        '.\\" Made by docs/generate.py; edit what it reads, not this page.',
        f'.TH ALLGRAPH 1 "{DATE}" "allgraph {VERSION}" "User Commands"',
        ".SH NAME",
        f"allgraph \\- {_text(cli.get_short_help_str(200)).rstrip('.')}",
        ".SH SYNOPSIS",
        *_usage(cli, root),
        ".SH DESCRIPTION",
        *_paragraphs(cli.help or ""),
        ".SH OPTIONS",
        *_options(cli, root),
        ".SH COMMANDS",
    ]
    for name in cli.list_commands(root):
        command = cli.commands[name]
        context = click.Context(command, info_name=name, parent=root, **cli.context_settings)
        lines += [f".SS {_text(name)}", *_usage(command, context)]
        lines += [".PP", *_paragraphs(command.help or ""), *_options(command, context)]
    lines += [".SH ENVIRONMENT", *_listed(VARIABLES)]
    lines += [".SH EXIT STATUS", *_listed((str(code), what) for code, what in EXIT_CODES.items())]
    lines.append(".SH EXAMPLES")
    for number, (what, example) in enumerate(EXAMPLES):
        lines += [*([".PP"] * bool(number)), _text(what), ".PP", ".RS 4", ".nf", _text(example)]
        lines += [".fi", ".RE"]
    lines += [".SH SEE ALSO", _text("The documentation, at https://w3id.org/allgraph/"), ""]
    return "\n".join(lines)


def _text(text: str) -> str:
    """A text as it stands in a line of roff: what is in backticks is bold."""
    escaped = text.translate(_ESCAPED)
    bold = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", escaped)
    return f"\\&{bold}" if bold.startswith(".") else bold


def _usage(command: click.Command, context: click.Context) -> list[str]:
    """The usage of a command, its name in bold."""
    pieces = " ".join(command.collect_usage_pieces(context))
    return [f"\\fB{_text(context.command_path)}\\fR {_text(pieces)}"]


def _paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a help text; one that begins with a backspace keeps its lines."""
    for number, paragraph in enumerate(inspect.cleandoc(text).split("\n\n")):
        if number:
            yield ".PP"
        if paragraph.startswith("\b"):
            yield from (".nf", *map(_text, paragraph.split("\n")[1:]), ".fi")
        else:
            yield from _filled(paragraph)


def _filled(text: str) -> Iterator[str]:
    """The lines of a paragraph, none long, and none like a macro."""
    for line in textwrap.wrap(_text(" ".join(text.split())), 72, break_on_hyphens=False):
        yield f"\\&{line}" if line.startswith(".") else line


def _options(command: click.Command, context: click.Context) -> list[str]:
    """The options of a command, each with its help; the option for the help itself is left out."""
    given = (each for each in command.params if isinstance(each, click.Option))
    return [*_listed(record for each in given if (record := each.get_help_record(context)))]


def _listed(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A list of names in bold, each with a text."""
    for name, text in entries:
        yield from (".TP", f"\\fB{_text(name)}\\fR", *_filled(text))
