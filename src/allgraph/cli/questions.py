"""The commands that ask: named questions, SPARQL, a search by name, one thing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pyoxigraph import NamedNode

from allgraph.cli.options import (
    as_of_option,
    complete_thing,
    for_spreadsheet_option,
    format_option,
    possible_option,
    text_or_json,
)
from allgraph.cli.output import width, write_answer, write_bytes, write_json
from allgraph.cli.session import Session, pass_session, session_of
from allgraph.errors import QueryError
from allgraph.graph import Graph, Thing, as_json, prose
from allgraph.graph.claims import claims
from allgraph.model.addresses import SUFFIXES
from allgraph.rdf.formats import named
from allgraph.render.table import layout
from allgraph.sparql.answer import Answer
from allgraph.sparql.questions import Parameter, Query

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from allgraph.network.neighbourhood import Neighbourhood

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

TIMEOUT = 60.0
"""Seconds that `allgraph sparql` may take unless told otherwise."""
_LINKED = (*SUFFIXES, *(name for each in SUFFIXES if (name := named(each).name) not in SUFFIXES))
"""The formats of linked data, by suffix and by name."""


class Questions(click.Group):
    """One command for each question file."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the questions."""
        return list(session_of(ctx).queries)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The command of a question; its options are its parameters."""
        return _question(session_of(ctx).queries[name])


@click.group(
    cls=Questions, invoke_without_command=True, subcommand_metavar="[NAME [--PARAM VALUE]…]"
)
@text_or_json
@click.pass_context
def ask(ctx: click.Context, format: str) -> None:
    """Answer a named question, or list the questions.

    `allgraph ask NAME --help` tells what a question asks and which values it needs.
    """
    if ctx.invoked_subcommand is not None:
        return
    queries = list(session_of(ctx).queries.values())
    if format == "json":
        return write_json([as_json.question(query) for query in queries])
    click.echo(prose.question_list(queries, width=width()))


def _question(query: Query) -> click.Command:
    def answer(
        sources: bool,
        format: str,
        for_spreadsheet: bool,
        as_of: str | None,
        possible: bool,
        **parameters: str | None,
    ) -> None:
        session = click.get_current_context().find_object(Session)
        assert session is not None
        graph = session.on(as_of, possible=possible)
        found = graph.ask(query.name, **parameters)
        if sources:
            _write_with_sources(graph, query, found, format)
        elif format in ("table", "txt") and found.rows:
            shown = found.without(query.claim_columns)
            write_answer(shown, format, for_spreadsheet)
            click.echo(_row_note(len(found), len(shown), query), err=True)
        else:
            write_answer(found, format, for_spreadsheet)

    options = [
        click.Option(
            [f"--{parameter.name.replace('_', '-')}", parameter.name],
            metavar=parameter.type.upper(),
            help=prose.parameter_help(parameter),
            shell_complete=_completer(parameter),
        )
        for parameter in query.parameters
    ]
    command = click.Command(
        query.name, callback=answer, params=[*options], help=query.help, short_help=query.title
    )
    command = click.option(
        "--sources", is_flag=True, help="Show the claims behind each row, and their sources."
    )(command)
    return as_of_option(possible_option(format_option(for_spreadsheet_option(command))))


def _completer(parameter: Parameter) -> Completer | None:
    """What completes the values of a parameter."""
    if parameter.type == "entity":
        return complete_thing
    return lambda ctx, param, incomplete: _items(
        choice for choice in parameter.choices if choice.startswith(incomplete)
    )


def _items(values: Iterable[str]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [*map(CompletionItem, values)]


@click.command()
@click.argument("query", metavar="[TEXT or FILE or -]", default="-")
@format_option
@for_spreadsheet_option
@click.option("--allow-service", is_flag=True, help="Let SERVICE ask other endpoints.")
@as_of_option
@possible_option
@pass_session
def sparql(
    session: Session,
    query: str,
    format: str,
    for_spreadsheet: bool,
    allow_service: bool,
    as_of: str | None,
    possible: bool,
) -> None:
    """Answer any SPARQL 1.1 query; the graph's prefixes are known.

    An ASK that is false exits with 1. The query runs in a process of its own, which Ctrl-C and
    --timeout stop.
    """
    text, name = _query_text(query)
    seconds = TIMEOUT if session.timeout is None else session.timeout
    if session.endpoint is None:
        session.timeout = None  # this one query is timed, and not the engine too
    try:
        graph = session.on(as_of, possible=possible)
        answer = graph.sparql(text, timeout=seconds, allow_service=allow_service)
    except QueryError as error:
        raise QueryError(error.message, path=name, line=error.line) from None
    write_answer(answer, format, for_spreadsheet)
    sys.exit(1 if answer.value is False else 0)


@click.command()
@click.argument("text")
@text_or_json
@pass_session
def find(session: Session, text: str, format: str) -> None:
    """Search things by name; case and accents do not matter."""
    graph = session.graph
    things = graph.find(text)
    shorten = graph.prefixes.shorten
    if format == "json":
        write_json([as_json.thing(graph, thing) for thing in things])
    elif things:
        rows = [[thing.name, thing.kind, shorten(thing.iri)] for thing in things]
        click.echo(layout(["name", "kind", "iri"], rows, width=width()))
    else:
        click.echo(f"nothing has “{text}” in its name", err=True)
    sys.exit(0 if things else 1)


@click.command()
@click.argument("thing", shell_complete=complete_thing)
@click.option("--hops", type=int, metavar="N", help="Show also what is at most N steps away.")
@click.option(
    "--profile",
    metavar="NAME",
    help="Write it as linked data of a profile: full, schema (schema.org), org (ORG), or one of "
    "the folder's own.",
)
@as_of_option
@possible_option
@click.option(
    "-f",
    "--format",
    type=click.Choice(["text", "json", *_LINKED]),
    metavar="NAME",
    help="text or json; for linked data ttl, nt, rdf or jsonld. Default: text, of a profile ttl.",
)
@pass_session
def show(
    session: Session,
    thing: str,
    hops: int | None,
    profile: str | None,
    as_of: str | None,
    possible: bool,
    format: str | None,
) -> None:
    """Show everything claimed about a thing, both ways, with sources."""
    graph = session.on(as_of, possible=possible)
    if profile is not None or format not in (None, "text", "json"):
        if hops is not None or format in ("text", "json"):
            raise click.UsageError(
                "linked data has no --hops, and is no text or json; leave one out"
            )
        return _write_profiled(graph, thing, profile or "full", format or "turtle")
    found = graph.thing(graph.resolve(thing))
    around = None if hops is None else _around(graph, found, hops)
    if format == "json":
        said = as_json.shown(graph, found)
        write_json(said if around is None else {**said, "around": around.as_dict()})
    else:
        about = claims(graph, about=found.iri)
        of_a_day = as_of is not None and not possible
        told = prose.thing(found, about, graph.prefixes, width=width(), of_a_day=of_a_day)
        click.echo(told)
        if around is not None:
            click.echo(f"\n{around.text(width=width())}")


def _write_profiled(graph: Graph, thing: str, profile: str, format: str) -> None:
    from allgraph.linkeddata import profiles

    document = profiles.profiled(graph, thing, profile)
    write_bytes(document.write(format))
    if not document.triples:
        click.echo(f"the profile {profile} says nothing of such a thing", err=True)
    if document.pages > 1:
        click.echo(f"this is the first of {document.pages} pages", err=True)


def _around(graph: Graph, thing: Thing, hops: int) -> Neighbourhood:
    from allgraph.network.neighbourhood import neighbourhood

    return neighbourhood(graph, NamedNode(thing.iri), hops=hops)


def _query_text(query: str) -> tuple[str, str | None]:
    """The text of a query, and the file that it is from, if any."""
    if query == "-":
        data, name = sys.stdin.buffer.read(), "standard input"
    elif len(query) < 1000 and "\n" not in query and Path(query).is_file():
        data, name = Path(query).read_bytes(), query
    else:
        return query, None
    try:
        return data.decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise QueryError("not UTF-8; save the file as UTF-8", path=name, line=line) from None


def _row_note(rows: int, shown: int, query: Query) -> str:
    """What a table does not show, for the reader."""
    alike = f", alike ones once: {shown}" if shown < rows else ""
    hint = "; --sources shows what each rests on" if query.claim_columns else ""
    return f"{rows} row{'s' if rows != 1 else ''}{alike}{hint}"


def _write_with_sources(graph: Graph, query: Query, answer: Answer, format: str) -> None:
    if format == "json":
        return write_json(as_json.cited(graph, query, answer))
    if format != "table":
        raise click.UsageError("--sources can be written as table or json")
    hidden = query.claim_columns
    blocks = (
        prose.row_with_sources(answer, i, some, hidden, width=width())
        for i, some in enumerate(as_json.behind(graph, query, answer))
    )
    click.echo("\n\n".join(blocks) or "(no rows)")
