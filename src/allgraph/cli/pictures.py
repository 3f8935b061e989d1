"""The command that draws pictures."""

from __future__ import annotations

import click

from allgraph.cli.options import format_option, output_option, thing_argument
from allgraph.cli.output import write_bytes
from allgraph.cli.session import Session, pass_session
from allgraph.linkeddata.routes import PICTURES


@click.command()
@click.argument("kind", type=click.Choice(PICTURES))
@thing_argument("thing", required=False)
@format_option("svg", "png", "json", "text")
@output_option
@pass_session
def picture(session: Session, /, kind: str, thing: str | None, format: str) -> None:
    """Draw a picture of the graph, or of THING.

    It is an image with a title, to be written to a file with -o. A matrix is of people and what
    they share, a track of the steps of a bill, votes of one vote, statistic of numbers that differ.
    As json or text it is the table with the same content.
    """
    from allgraph.drawings.draw import picture

    write_bytes(picture(session.graph, kind, thing).content(format))
