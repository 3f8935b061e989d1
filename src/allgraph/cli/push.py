"""The command that copies a graph into a SPARQL store."""

from __future__ import annotations

from typing import Any

import click

from allgraph.cli.logins import login_for
from allgraph.cli.output import progress
from allgraph.cli.session import Session, pass_session


@click.command()
@click.option("--to", metavar="GRAPH", help="IRI of a named graph. Default: the default graph.")
@click.option(
    "--by",
    type=click.Choice(["gsp", "update"]),
    help="The Graph Store Protocol, or SPARQL Update. Default: whichever the store supports.",
)
@click.option("--graph-store", metavar="URL", help="Graph Store Protocol address of the store.")
@click.option("--update-endpoint", metavar="URL", help="Update address of the store.")
@click.option("--replace", is_flag=True, help="First delete all triples of the target graph.")
@pass_session
def push(session: Session, /, **options: Any) -> None:
    """Copy the graph into the SPARQL store at --endpoint URL.

    Derived triples go with it, and named graphs keep their names. All is sent in batches, and
    counted at the end. After an interruption the same command continues. User and password are
    taken from ALLGRAPH_USER and ALLGRAPH_PASSWORD, or from ~/.netrc.
    """
    from allgraph.exports.push import SECONDS, push

    url = session.endpoint
    if url is None:
        raise click.UsageError("add --endpoint URL, the query address of the store")
    session.refuse_withdrawn()
    session.endpoint = None  # the graph is that of the folder
    options["timeout"] = SECONDS if session.timeout is None else session.timeout  # of a request
    session.timeout = None  # so that queries of the folder's graph have no limit
    graph, login = session.graph, login_for(url)
    with progress() as show:
        delivery = push(graph, url, login=login, progress=show, **options)
    click.echo(f"{delivery}; ask them with:")
    click.echo(f"allgraph --endpoint '{delivery.address}' ask")
