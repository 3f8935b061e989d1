"""The commands about connections: paths, what two things share, timelines, centrality."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from allgraph.cli.options import (
    as_of_options,
    choice_option,
    complete_thing,
    for_spreadsheet_option,
    format_option,
    output_option,
    repeatable_option,
    sort_option,
    thing_argument,
    where_option,
)
from allgraph.cli.output import as_options, width, write_bytes, write_list
from allgraph.cli.session import Session, pass_session

first = thing_argument("a")
second = thing_argument("b")
day_option = click.option(
    "--as-of",
    metavar="DAY",
    help="Only facts that were certainly or possibly true on this date, such as 2013-07-01.",
)


@click.command()
@first
@second
@click.option("--max-hops", default=4, help="Maximum number of steps.")
@click.option("--limit", default=5, help="Maximum number of paths.")
@repeatable_option(
    "--via",
    metavar="NAME",
    shell_complete=complete_thing,
    help="A thing, class or predicate that each path has to pass.",
)
@repeatable_option(
    "--without",
    metavar="NAME",
    shell_complete=complete_thing,
    help="A thing, class or predicate that no path may pass.",
)
@day_option
@click.option("--together", is_flag=True, help="Only paths whose ties all held at a common time.")
@click.option(
    "--hub-limit",
    type=int,
    metavar="N",
    help="Do not pass through things with more than N ties. Default: that of the manifest.",
)
@format_option("text", "json", "graphml", "svg", "png")
@output_option
@pass_session
def paths(session: Session, /, a: str, b: str, format: str, **options: Any) -> None:
    """Show how A and B are connected, with the sources.

    The shortest paths come first. Places, classes, sources, hubs such as parties (classes that the
    manifest lists) and things with very many ties are not passed through unless --via names them.
    When there is no path, the answer names the rules that exclude one, and the command exits
    with 1.
    """
    from allgraph.network.paths import paths

    connections = paths(session.graph, a, b, **options)
    write_list(connections, format)
    sys.exit(0 if len(connections) else 1)


@click.command()
@first
@second
@day_option
@format_option("text", "json")
@output_option
@pass_session
def between(session: Session, a: str, b: str, as_of: str | None, format: str) -> None:
    """Show what A and B share, such as bodies and laws.

    Hubs such as parties come last. Exits with 1 when there is nothing.
    """
    from allgraph.network.shared import between

    # with a day, by claims that were certainly or possibly true on it
    shared = between(session.graph, a, b, as_of=as_of)
    write_list(shared, format)
    sys.exit(0 if shared else 1)


@click.command()
@thing_argument("thing", required=False)
@click.option("--since", default="", metavar="DATE", help="Only entries from this year or day on.")
@click.option("--until", default="", metavar="DATE", help="Only entries up to this year or day.")
@repeatable_option(
    "--kind",
    metavar="NAME",
    shell_complete=complete_thing,
    help="Only entries about a member of this class, such as Person.",
)
@click.option("--limit", type=int, metavar="N", help="Maximum number of entries. Default: all.")
@where_option
@sort_option
@click.option("--sources", is_flag=True, help="Show the sources of each entry in text.")
@as_of_options
@for_spreadsheet_option
@format_option("text", "json", "csv", "svg", "png")
@output_option
@pass_session
def timeline(
    session: Session,
    /,
    thing: str | None,
    row_conditions: Sequence[str],
    sort_columns: Sequence[str],
    limit: int | None,
    as_of: str | None,
    possible: bool,
    format: str,
    since: str,
    until: str,
    kind: Sequence[str],
    **options: bool,
) -> None:
    """Show dated claims in order, each date as exact as its source.

    With THING, only claims about it.
    """
    from allgraph.graph.timeline import timeline

    graph = session.graph_on(as_of, possible=possible)
    whole = timeline(graph, thing, since=since, until=until, kind=kind)
    entries, _ = whole.arranged(where=row_conditions, sort=sort_columns).part(limit, None)
    if format == "text":
        sources = options["sources"]
        click.echo(entries.text(width=width(), sources=sources, reword=as_options))
    else:
        write_bytes(entries.write(format, width=width(), **options))


@click.command()
@choice_option(
    "--by",
    choices=("degree", "neighbours", "betweenness", "pagerank"),
    help="What to rank by: the number of claims that tie the thing to others, of things tied to "
    "it, or of shortest paths through it; or PageRank.",
)
@repeatable_option(
    "--predicate",
    metavar="NAME",
    help="Count only claims with this predicate.",
)
@repeatable_option(
    "--kind",
    metavar="NAME",
    shell_complete=complete_thing,
    help="Rank only the members of this class, such as Person.",
)
@click.option("--limit", default=20, help="Maximum number of things.")
@as_of_options
@format_option("text", "json")
@output_option
@pass_session
def rank(
    session: Session, /, as_of: str | None, possible: bool, format: str, **options: Any
) -> None:
    """Show the most connected things."""
    from allgraph.network.centrality import rank

    ranking = rank(session.graph_on(as_of, possible=possible), **options)
    write_list(ranking, format)
