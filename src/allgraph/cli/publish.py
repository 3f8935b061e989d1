"""The command that writes a graph as a static site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allgraph.cli.options import number_option
from allgraph.cli.output import progress, warn, write_lines
from allgraph.cli.session import Session, pass_session
from allgraph.graph import Graph

if TYPE_CHECKING:
    from allgraph.site.publisher import Published

_LISTED = 40  # changed files that are listed


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--base",
    metavar="URL",
    help="Address at which the folder will be served. Default: the base of the graph.",
)
@click.option(
    "--sparql",
    default="",
    show_default=False,
    metavar="URL",
    help="A SPARQL endpoint with the same graph, to advertise.",
)
@click.option(
    "--claims",
    type=click.Choice(("pages", "anchors")),
    help="Each claim as a page of its own, or as a place on the page of its subject. Default: "
    "pages, but anchors for more than 10,000 things.",
)
@click.option(
    "--formats",
    metavar="LIST",
    help="Formats of pages and data, with commas: html (always), ttl, nt, rdf, jsonld, csv. "
    "Default: all, but html,ttl,jsonld for more than 10,000 things.",
)
@click.option(
    "--png",
    is_flag=True,
    help="Write all pictures as PNG too, for cards of messengers. Default: those of the first page "
    "and its stories, with the extra png.",
)
@number_option(
    "--jobs",
    default=None,
    most=64,
    metavar="N",
    help="Number of processes. Default: one for each processor.",
)
@pass_session
def publish(session: Session, /, directory: Path, **options: Any) -> None:
    """Write a static site: pages, data, downloads, server rules.

    Any web server can serve the folder. Files that have not changed are left alone, those that are
    no longer part of the site are removed, and changes are listed.
    """
    from allgraph.site.publisher import publish, publish_folder

    session.refuse_withdrawn()
    source = session.folder if session.endpoint is None else session.graph
    # Only files that an earlier run wrote are removed; a folder with other files is refused.
    with progress() as options["progress"]:
        if isinstance(source, Graph):
            published = publish(source, directory, **options)
        else:
            options["include_sensitive"] = session.include_sensitive
            published = publish_folder(source, directory, **options)
    _write_changes(published)


def _write_changes(published: Published) -> None:
    """Write the changed files to standard output, unless all are new, and a line with counts.

    Files that were left out are on standard error. Of each list at most `_LISTED` files are named;
    the others are counted.
    """
    written, removed = published.written, published.removed
    if len(written) < published.files:
        changes = [f"wrote {name}" for name in written] + [f"removed {name}" for name in removed]
        for change in changes[:_LISTED]:
            write_lines(change)
        if len(changes) > _LISTED:
            click.echo(f"and {len(changes) - _LISTED:,} more")
    for reason in published.left_out[:_LISTED]:
        warn(f"left out {reason}")
    if len(published.left_out) > _LISTED:
        more = len(published.left_out) - _LISTED
        warn(f"and {more:,} more are left out")
    click.echo(str(published))
