"""The commands about relationships: paths, what two things share, ranks, timelines."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import click

from allgraph.cli.options import (
    as_of_option,
    complete_thing,
    for_spreadsheet_option,
    possible_option,
    text_or_json,
)
from allgraph.cli.output import width, write_bytes
from allgraph.cli.session import Session, pass_session

if TYPE_CHECKING:
    from allgraph.network.centrality import Measure

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

first = click.argument("a", shell_complete=complete_thing)
second = click.argument("b", shell_complete=complete_thing)
day_option = click.option(
    "--as-of",
    "as_of",
    metavar="DAY",
    help="Use only what was so on a day, such as 2013-07-01, certainly or possibly.",
)


def format_of(*names: str) -> Decorator:
    """The option that chooses among some formats, the first unless told."""
    return click.option(
        "-f", "--format", type=click.Choice(names), default=names[0], show_default=True
    )


@click.command()
@first
@second
@click.option("--max-hops", type=int, default=4, show_default=True, help="Steps at most.")
@click.option("--limit", type=int, default=5, show_default=True, help="Paths at most.")
@click.option(
    "--via",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_thing,
    help="A thing, class or predicate that each path has to pass. May be given again.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_thing,
    help="A thing, class or predicate that no path may pass. May be given again.",
)
@day_option
@click.option("--together", is_flag=True, help="All ties have to have held at a common time.")
@click.option(
    "--hub-limit",
    type=int,
    metavar="N",
    help="Pass through nothing with more than N ties. Default: what the manifest says.",
)
@format_of("text", "json", "graphml")
@pass_session
def paths(
    session: Session,
    a: str,
    b: str,
    max_hops: int,
    limit: int,
    via: tuple[str, ...],
    without: tuple[str, ...],
    as_of: str | None,
    together: bool,
    hub_limit: int | None,
    format: str,
) -> None:
    """Show how A and B are connected, in sentences with their sources.

    The shortest paths come first. Places, classes, sources and things with very many ties are
    not passed through unless --via names them. When there is no path, the answer says which
    rule stands in the way, and the command exits with 1.
    """
    from allgraph.network.paths import paths

    found = paths(
        session.graph, a, b, max_hops=max_hops, limit=limit, via=via, without=without,
        as_of=as_of, together=together, hub_limit=hub_limit,
    )  # fmt: skip
    write_bytes(found.write(format, width=width()))
    sys.exit(0 if len(found) else 1)


@click.command()
@first
@second
@day_option
@text_or_json
@pass_session
def between(session: Session, a: str, b: str, as_of: str | None, format: str) -> None:
    """Show what A and B share: people, bodies, campaigns, laws and events tied to both.

    Exits with 1 when there is nothing.
    """
    from allgraph.network.shared import between

    found = between(session.graph, a, b, as_of=as_of)
    write_bytes(found.write(format, width=width()))
    sys.exit(0 if found else 1)


@click.command()
@click.argument("thing", required=False, shell_complete=complete_thing)
@click.option("--limit", type=int, metavar="N", help="Entries at most. Default: all.")
@click.option("--sources", is_flag=True, help="Show in text what each entry rests on.")
@as_of_option
@possible_option
@for_spreadsheet_option
@format_of("text", "json", "csv")
@pass_session
def timeline(
    session: Session,
    thing: str | None,
    limit: int | None,
    sources: bool,
    as_of: str | None,
    possible: bool,
    for_spreadsheet: bool,
    format: Literal["text", "json", "csv"],
) -> None:
    """Show what is dated in order, as exactly as the sources have it.

    With THING, only what is claimed about it.
    """
    from allgraph.graph.timeline import timeline

    found = timeline(session.on(as_of, possible=possible), thing, limit=limit)
    write_bytes(
        found.write(format, width=width(), sources=sources, for_spreadsheet=for_spreadsheet)
    )


@click.command()
@click.option(
    "--by",
    type=click.Choice(["degree", "betweenness", "pagerank"]),
    default="degree",
    show_default=True,
    help="Claims that join it to others; paths that pass through it; or PageRank.",
)
@click.option(
    "--predicate",
    "predicates",
    multiple=True,
    metavar="NAME",
    help="Count only claims with this predicate. May be given again.",
)
@click.option("--limit", type=int, default=20, show_default=True, help="Things at most.")
@as_of_option
@possible_option
@text_or_json
@pass_session
def rank(
    session: Session, by: Measure, predicates: tuple[str, ...], limit: int, as_of: str | None,
    possible: bool, format: str,
) -> None:  # fmt: skip
    """Show the most connected things."""
    from allgraph.network.centrality import rank

    found = rank(
        session.on(as_of, possible=possible),
        by=by,
        predicates=predicates,
        limit=limit,
    )
    write_bytes(found.write(format, width=width()))
