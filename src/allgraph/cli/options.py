"""The options and arguments that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from allgraph.cli.completion import completions
from allgraph.cli.session import session_of
from allgraph.errors import AllgraphError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_thing(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The things whose CURIE or name goes on as typed."""
    from click.shell_completion import CompletionItem

    try:
        graph = session_of(ctx).graph
        return [CompletionItem(value, help=name) for value, name in completions(graph, incomplete)]
    except AllgraphError:
        return []


format_option = click.option(
    "-f",
    "--format",
    default="table",
    show_default=True,
    metavar="NAME",
    help="table, json, xml, csv, tsv or jsonl; for triples turtle, ntriples, nquads, trig, "
    "rdfxml, jsonld.",
)
for_spreadsheet_option = click.option(
    "--for-spreadsheet",
    is_flag=True,
    help="Make CSV safe to open in a spreadsheet: no cell is a formula.",
)
text_or_json = click.option(
    "-f", "--format", type=click.Choice(["text", "json"]), default="text", show_default=True
)
files_argument = click.argument(
    "files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, path_type=Path)
)
as_of_option = click.option(
    "--as-of",
    "as_of",
    metavar="DAY",
    help="Answer as of one day, such as 2013-07-01: only what is certain by then.",
)
possible_option = click.option(
    "--possible", is_flag=True, help="Keep also what is possible on that day."
)
