"""The commands that query: named questions, SPARQL, search by name, one thing."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import click
from pyoxigraph import NamedNode

from allgraph.cli.options import (
    SHARED_OPTIONS,
    answer_format_option,
    as_of_options,
    complete_file,
    complete_thing,
    for_spreadsheet_option,
    format_option,
    number_option,
    output_option,
    profile_option,
    sort_option,
    thing_argument,
    where_option,
)
from allgraph.cli.output import as_options, note, warn, width, write_answer, write_bytes, write_json
from allgraph.cli.session import SPARQL_TIMEOUT, Session, pass_session, session_of
from allgraph.errors import QueryError
from allgraph.graph import Graph, Thing, pages, prose
from allgraph.model.addresses import SUFFIXES
from allgraph.rdf.formats import named as named_format
from allgraph.sparql.page import Page
from allgraph.sparql.questions import Parameter, Query, decoded, read_text
from allgraph.sparql.syntax import excerpt, in_file

_LINKED_DATA = tuple(
    dict.fromkeys([*SUFFIXES, *(named_format(suffix).name for suffix in SUFFIXES)])
)
"""The formats of linked data, by suffix and by name."""
_PICTURES = ("svg", "png")
_FILE = re.compile(r"[^\s{}<>()]+|[^\n{}]+\.(?:rq|sparql)")
"""What can only be the path of a query file, and not a query."""


sources_option = click.option(
    "--sources", is_flag=True, help="Show the claims behind each row, and their sources."
)
rows_option = number_option(
    "--limit",
    "most_rows",
    default=None,
    metavar="N",
    help="Maximum number of rows. Default: all.",
)
cursor_option = click.option(
    "--cursor",
    "first_row",
    metavar="TEXT",
    default="",
    help="Continue after the rows of an earlier answer, with the text of its line “Next”.",
)


_ROW_OPTIONS: Mapping[str, Callable[[click.Command], object]] = {
    "where": where_option,
    "sort": sort_option,
    "limit": rows_option,
    "cursor": cursor_option,
}
"""The options for rows, by the names of parameters that take their places."""


class Questions(click.Group):
    """A click group with one command for each question file of the folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the questions; reads the folder."""
        return list(session_of(ctx).queries)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """Return a new command for a question, whose options are the parameters of the question.

        Reads the folder and the file of the question. Raises `UnknownQuestion` for another name,
        and `QueryError` for a file that is no valid question.
        """
        return _question_command(session_of(ctx).queries[name])


@click.group(
    cls=Questions, invoke_without_command=True, subcommand_metavar="[NAME [--PARAM VALUE]…]"
)
@format_option("text", "json")
@click.pass_context
def ask(ctx: click.Context, format: str) -> None:
    """Answer a named question, or list the questions.

    `allgraph ask NAME --help` describes a question and its parameters.
    """
    if ctx.invoked_subcommand is not None:
        return
    queries = list(session_of(ctx).queries.values())
    if format == "json":
        write_json([query.as_dict() for query in queries])
    else:
        click.echo(prose.question_list(queries, width=width()))


def _question_command(query: Query) -> click.Command:
    """Return a new click command that answers a question, with an option for each parameter.

    It also has the options that all questions share: --sources, --where, --sort, --limit, --cursor,
    --format, --for-spreadsheet, --as-of, --possible and --output. A parameter of the question
    called ``where``, ``sort``, ``limit``, ``cursor`` or ``output`` takes the place of that option.
    """
    command = click.Command(
        query.name,
        callback=pass_session(partial(_answer_question, query)),
        params=[_parameter_option(parameter) for parameter in query.parameters],
        help=query.help,
        short_help=query.title,
        epilog=SHARED_OPTIONS,
    )
    sources_option(command)  # adds itself to the command
    own = {parameter.name for parameter in query.parameters}
    for name, option in _ROW_OPTIONS.items():
        if name not in own:
            option(command)
    as_of_options(answer_format_option(for_spreadsheet_option(command)))
    return command if "output" in own else output_option(command)


def _parameter_option(parameter: Parameter) -> click.Option:
    """Return a new click option for a parameter of a question."""
    return click.Option(
        [f"--{parameter.name.replace('_', '-')}", parameter.name],
        metavar=parameter.type.upper(),
        help=prose.parameter_help(parameter),
        shell_complete=complete_thing
        if parameter.type == "entity"
        else click.Choice(parameter.choices).shell_complete,
    )


def _answer_question(
    query: Query,
    session: Session,
    /,
    sources: bool,
    format: str,
    for_spreadsheet: bool,
    as_of: str | None,
    possible: bool,
    most_rows: int | None = None,
    first_row: str | None = None,
    row_conditions: Sequence[str] = (),
    sort_columns: Sequence[str] = (),
    **parameters: str | None,
) -> None:
    """Ask a question, and write the answer to standard output in the given format.

    `parameters` are its values by name, ``None`` for those not given. With `sources` each row has
    its claims and their sources. With `as_of`, a day, the question is asked of what was certainly
    true then, with `possible` also of what may have been. A table has no columns of claims; a line
    on standard error says how many rows it has, and others when only the first `most_rows` are
    written, or those from the cursor `first_row` on. They are those that meet `row_conditions`,
    sorted by `sort_columns`. Lines there say if dates make no sense. Raises
    the errors of `Graph.ask`, `UnknownFormat`, and `ParameterError` for options that clash.
    """
    from allgraph.validation import query_warnings

    graph = session.graph_on(as_of, possible=possible)
    is_table = format in ("table", "txt") and not sources
    hidden = query.hidden_columns if is_table else ()
    arranged = {"where": row_conditions, "sort": sort_columns}
    page = pages.page(
        graph, query.name, parameters, most_rows, first_row, hidden=hidden, **arranged
    )
    for remark in graph.root.remarks(query.name, bool(page.answer), **parameters):
        note(remark)
    for warning in query_warnings.of_question(graph, query):
        warn(warning)
    if is_table and page.answer.rows:
        note(_row_note(page, query))
    elif sources and page.certainty:
        note(prose.certainty(page.certainty).removeprefix(": ") + ".")
    if sources:
        _write_with_sources(graph, query, page, format, for_spreadsheet)
    else:
        write_answer(page.answer, format, for_spreadsheet)
    _show_what_is_cut(page)


def _show_what_is_cut(page: Page) -> None:
    """Write to standard error which rows a page has, unless all, and how to get those after."""
    for limit in page.note:
        note(f"Cut: {limit}.")
    if page.next:
        note(f"Next: --cursor {page.next}")


def _row_note(page: Page, query: Query) -> str:
    """Return a note about the number of rows, and how to see the evidence that a table leaves out.

    >>> from allgraph.sparql.answer import Answer
    >>> page = Page(Answer(), 0, total=7, cited=10)
    >>> _row_note(page, Query("q", "q.rq", "SELECT ?name ?claim {}", "Who?"))
    '7 distinct rows (10 with their evidence). Add --sources to see it.'
    """
    if page.total is None:
        return "Add --sources to see the evidence."
    rows, counts = prose.counted(page.total, "row"), prose.certainty(page.certainty)
    if not query.claim_columns:
        return rows
    if page.cited in (None, page.total):
        return f"{rows}{counts}. Add --sources to see the evidence."
    counted = prose.counted(page.total, "distinct row")
    return f"{counted} ({page.cited} with their evidence){counts}. Add --sources to see it."


def _write_with_sources(
    graph: Graph,
    query: Query,
    page: Page,
    format: str,
    for_spreadsheet: bool,
) -> None:
    """Write each row with its claims and their sources, which are queried, to standard output.

    In a format for rows such as ``csv`` there is a row for each piece of evidence. Raises
    `UnknownFormat`, and `ParameterError` for `for_spreadsheet` with anything but ``csv``.
    """
    from allgraph.graph import as_json

    answer = page.answer
    name = named_format(format, answer.kind).name
    if name not in ("table", "json") or for_spreadsheet:
        return write_answer(as_json.with_evidence(graph, query, answer), format, for_spreadsheet)
    if name == "json":
        return write_json(as_json.cited(graph, query, page))
    blocks = [
        prose.row_with_sources(answer, row, evidence, query.claim_columns, width=width())
        for row, evidence in enumerate(as_json.behind(graph, query, answer))
    ]
    click.echo("\n\n".join(blocks) or "(no rows)")


@click.command()
@click.argument("query", metavar="[TEXT or FILE or -]", default="-", shell_complete=complete_file)
@answer_format_option
@for_spreadsheet_option
@click.option("--allow-service", is_flag=True, help="Allow SERVICE to query other endpoints.")
@as_of_options
@output_option
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
    """Run a SPARQL 1.1 query, with the prefixes of the graph.

    An ASK that is false exits with 1. The query runs in a process of its own, which Ctrl-C and
    --timeout stop. Standard error has warnings, such as of a class that the graph does not have.
    """
    from allgraph.validation import query_warnings

    text, path = _read_query(query)
    seconds = SPARQL_TIMEOUT if session.timeout is None else session.timeout
    if session.endpoint is None:
        session.timeout = None  # this one query is timed, and not the engine too
    try:
        graph = session.graph_on(as_of, possible=possible)
        answer = graph.sparql(text, timeout=seconds, allow_service=allow_service)
    except QueryError as error:
        raise _shown_in(error, text, path) from None
    write_answer(answer, format, for_spreadsheet)
    for warning in query_warnings.of(graph, text):
        warn(str(in_file(QueryError(warning), path)))
    sys.exit(1 if answer.value is False else 0)


def _shown_in(error: QueryError, text: str, path: str | None) -> QueryError:
    """Return, for the caller to raise, an error about the query `text` that shows its place.

    Below the message are the line of the query and a caret, if the message has a line and column.
    `path` is the name of the file of the query, if there is one.
    """
    shown = excerpt(text, error.message)
    error = in_file(error, path)
    lines = [error.message, shown] if shown else [error.message]
    return QueryError("\n".join(lines), path=error.path, line=error.line)


def _read_query(query: str) -> tuple[str, str | None]:
    """Return the text of a query, and the name of the file that it is from, or ``None``.

    `query` is the path of a file, or ``-`` for standard input, which are read; else the text
    itself. What has neither a space nor a bracket is no query, so it is taken for a path. The name
    is for messages. Raises `QueryError` for a file that is not there, cannot be read, or is not
    UTF-8.
    """
    if query == "-":
        return decoded(sys.stdin.buffer.read(), "standard input"), "standard input"
    if os.path.exists(query) or _FILE.fullmatch(query):
        return read_text(Path(query), query), query
    return query, None


@click.command()
@click.argument("text")
@where_option
@sort_option
@format_option("text", "json")
@output_option
@pass_session
def find(
    session: Session,
    text: str,
    row_conditions: Sequence[str],
    sort_columns: Sequence[str],
    format: str,
) -> None:
    """Search things by name, identifier or IRI.

    Sources come last. An identifier may have its scheme before it, as in wikidata:Q5, or be an
    address. Words may be in any order; case, accents, full stops, apostrophes and hyphens do not
    matter, and one word may have a typo.
    """
    graph = session.graph
    things = graph.find(text).arranged(where=row_conditions, sort=sort_columns)
    if format == "json":
        write_json([thing.as_dict() for thing in things])
    elif things:
        click.echo(prose.thing_list(graph, things, width=width()))
    else:
        term = graph.known(text)
        option = " --withdrawn" * (term is not None and graph.showing(term) is not graph)
        describe = shlex.quote(f"DESCRIBE {term}")
        hint = f"; it is described by `allgraph{option} sparql {describe}`" if term else ""
        note(f"nothing has “{text}” in its name{hint}")
    sys.exit(0 if things else 1)


@click.command()
@thing_argument("thing")
@click.option("--hops", type=int, metavar="N", help="Also show what is at most N steps away.")
@profile_option(
    help="Write linked data in a profile: full, schema (schema.org), org (ORG), or one of the "
    "folder's own.",
)
@as_of_options
@click.option(
    "-f",
    "--format",
    type=click.Choice(["text", "json", *_PICTURES, *_LINKED_DATA]),
    metavar="NAME",
    help="text or json; svg or png, a picture of what is around it; for linked data ttl, nt, rdf "
    "or jsonld. Default: text, or ttl with --profile.",
)
@output_option
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
    """Show all claims about a thing, with their sources.

    The thing is their subject or their object. Of a source also the claims that it supports, of a
    claim its evidence and how to cite it.
    """
    graph = session.graph_on(as_of, possible=possible)
    if format in _PICTURES and profile is None:
        from allgraph.network.neighbourhood import neighbourhood

        iri = graph.resolve(thing)
        write_bytes(neighbourhood(graph.showing(iri), iri, hops=hops or 1).write(format))
    elif profile is not None or format not in (None, "text", "json"):
        if hops is not None or format in ("text", "json"):
            raise click.UsageError(
                "--profile gives linked data, which has no --hops and no text or json; leave one "
                "of them out"
            )
        _write_linked_data(graph, thing, profile or "full", format or "turtle")
    else:
        of_a_day = as_of is not None and not possible
        _write_thing(graph, thing, hops, is_json=format == "json", of_a_day=of_a_day)


def _write_linked_data(graph: Graph, thing: str, profile: str, format: str) -> None:
    """Write a thing as linked data in a profile to standard output.

    `thing` is a name, a CURIE or an IRI; a long document is written up to the end of its first
    page. When the profile does not describe the thing, or there are more pages, a line on standard
    error says so. Raises `UnknownName`, `ParameterError` for an unknown profile, `QueryError` when
    the file of a profile is wrong, and `UnknownFormat` when RDF/XML cannot hold a triple.
    """
    from allgraph.linkeddata import profiles

    document = profiles.profiled(graph, thing, profile)
    write_bytes(document.write(format))
    if not document.triples:
        note(f"the profile {profile} does not describe this thing")
    if document.pages > 1:
        note(f"this is the first of {document.pages} pages")


def _write_thing(
    graph: Graph, name: str, hops: int | None, *, is_json: bool, of_a_day: bool
) -> None:
    """Write the thing called `name` and all claims about it to standard output, as text or JSON.

    With `hops` also what is at most that many steps away. `of_a_day`: the graph has only what is
    certain on a day, which the message says when nothing is claimed. Queries the graph. Raises
    `UnknownName`, and `ParameterError` for `hops` below 1.
    """
    iri = graph.resolve(name)
    graph = graph.showing(iri)
    thing = graph.thing(iri)
    around = None
    if hops is not None:
        from allgraph.network.neighbourhood import neighbourhood

        around = neighbourhood(graph, NamedNode(thing.iri), hops=hops)
    if is_json:
        from allgraph.graph import as_json

        neighbours = {} if around is None else {"around": around.as_dict()}
        return write_json({**as_json.shown(graph, thing), **neighbours})
    click.echo(_thing_text(graph, thing, of_a_day))
    if around is not None:
        click.echo(f"\n{around.text(width=width(), reword=as_options)}")


def _thing_text(graph: Graph, thing: Thing, of_a_day: bool) -> str:
    """Query the claims about a thing, and return them as text.

    For a claim with its evidence and the command that cites it, for a source with the claims that
    it supports.
    """
    from allgraph.graph.claims import claims, named, supported_by

    node, columns = NamedNode(thing.iri), width()
    command = f"allgraph cite {shlex.quote(graph.prefixes.shorten(thing.iri))}"
    itself = [
        f"{prose.claims([claim], graph.prefixes, width=columns)}\n\nCite it: {command}"
        for claim in named(graph, [node])
    ]
    return prose.thing(
        thing,
        claims(graph, about=node),
        graph.prefixes,
        width=columns,
        of_a_day=of_a_day,
        itself="".join(itself),
        supported=supported_by(graph, node),
    )
