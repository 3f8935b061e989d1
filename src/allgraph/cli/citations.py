"""The command that says how to cite."""

from __future__ import annotations

from collections.abc import Sequence

import click

from allgraph.cli.options import complete_thing, format_option, output_option
from allgraph.cli.output import write_bytes, write_json, write_lines
from allgraph.cli.session import Session, pass_session
from allgraph.evidence import citations


@click.command()
@click.argument("of", default="", metavar="[THING or CLAIM or SOURCE or QUESTION]",
                shell_complete=complete_thing)  # fmt: skip
@click.option(
    "--param",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the question, so that its answer is cited. May be given again.",
)
@click.option(
    "--accessed", default="", metavar="DAY", help="The day on which you read it, to be in it."
)
@format_option(*citations.FORMATS, "json")
@output_option
@pass_session
def cite(session: Session, of: str, param: Sequence[str], accessed: str, format: str) -> None:
    """Say how to cite a thing, claim, source or answer.

    A claim is cited with its sources. Without an argument it is the graph. “paths” with the
    parameters from and to are the connections between two things.
    """
    citation = citations.cited(session.graph, of, citations.parameters_of(param), accessed)
    if format == "json":
        write_json(citation.as_dict())
    elif format == "text":
        write_lines(citation.text)
    else:
        write_bytes(citation.form(format).encode())
