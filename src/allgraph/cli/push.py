"""The command that puts a graph into a store elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from allgraph.cli.logins import login_for
from allgraph.cli.output import bar
from allgraph.cli.session import Session, pass_session

if TYPE_CHECKING:
    from allgraph.sparql.endpoint.update import By


@click.command()
@click.option(
    "-e",
    "--endpoint",
    metavar="URL",
    help="Where the store is asked. It may also be given before the command.",
)
@click.option("--to", metavar="GRAPH", help="The IRI of a named graph. Default: the default graph.")
@click.option(
    "--by",
    type=click.Choice(["gsp", "update"]),
    help="The Graph Store Protocol, or SPARQL Update. Default: whichever the store takes.",
)
@click.option("--graph-store", metavar="URL", help="Where the store takes graphs.")
@click.option("--update-endpoint", metavar="URL", help="Where the store takes updates.")
@click.option("--replace", is_flag=True, help="Take out first what the graph there holds.")
@pass_session
def push(
    session: Session,
    endpoint: str | None,
    to: str | None,
    by: By | None,
    graph_store: str | None,
    update_endpoint: str | None,
    replace: bool,
) -> None:
    """Put the graph, with what is derived from it, into a SPARQL store.

    It goes in batches and is counted at the end. After a break the same command goes on. User and
    password are taken from ALLGRAPH_USER and ALLGRAPH_PASSWORD, or from ~/.netrc.
    """
    from allgraph.exports.push import SECONDS
    from allgraph.exports.push import push as deliver

    url = endpoint or session.endpoint
    if url is None:
        raise click.UsageError("say where: --endpoint URL")
    session.endpoint = None  # the graph is that of the folder
    seconds = SECONDS if session.timeout is None else session.timeout
    session.timeout = None
    done = deliver(
        session.graph, url, to=to, by=by, graph_store=graph_store,
        update_endpoint=update_endpoint, replace=replace, login=login_for(url), timeout=seconds,
        progress=bar(),
    )  # fmt: skip
    kept = f", {done.kept:,} of them from before" if done.kept else ""
    click.echo(f"{done.triples:,} triples are there{kept}; ask them with:")
    click.echo(f"allgraph --endpoint '{done.address}' ask")
