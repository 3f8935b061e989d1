"""The command line: each command is one call of the library, written out."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from allgraph import examples, prose
from allgraph.answer import Answer
from allgraph.catalogue import Catalogue, Parameter, Query
from allgraph.claims import claims, named
from allgraph.completion import completions
from allgraph.errors import AllgraphError, QueryError
from allgraph.folder import Folder, builtin, find_folder, init_folder, open_folder
from allgraph.graph import Graph, Progress, Thing, open_graph
from allgraph.reports import ReportFormat
from allgraph.tables import layout

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

TIMEOUT = 60.0
"""Seconds that `allgraph sparql` may take unless told otherwise."""
PATIENCE = 2.0
"""Seconds that an endpoint may take to complete a word."""


@dataclass
class Session:
    """What the options before the command say."""

    path: str | None = None
    endpoint: str | None = None
    include_sensitive: bool = False
    timeout: float | None = None
    silent: bool = False

    @cached_property
    def folder(self) -> Folder:
        """The graph folder: the one named, else the nearest, else the built-in one."""
        if self.path is not None:
            return open_folder(Path(self.path))
        nearest = find_folder(Path.cwd())
        found = open_folder(nearest) if nearest else builtin()
        is_builtin = found.root == builtin().root
        place = "built in" if is_builtin else f"in {found.relative(found.root)}"
        given = "questions" if self.endpoint else "graph"
        if not self.silent:
            click.secho(f"{given}: {found.title} ({place})", err=True, dim=True)
        return found

    @cached_property
    def queries(self) -> Catalogue:
        """The questions of the folder; no data is read."""
        return Catalogue(self.folder.query_files(), self.folder.relative, self.folder.prefixes)

    @cached_property
    def graph(self) -> Graph:
        """The graph, loaded when first needed."""
        graph = open_graph(
            self.folder.root,
            endpoint=self.endpoint,
            include_sensitive=self.include_sensitive,
            timeout=self.timeout,
            progress=progress(),
        )
        if self.endpoint is not None and not self.silent:
            click.secho(f"graph: {graph.engine.description}", err=True, dim=True)
        return graph

    def needs_files(self) -> None:
        """Stop a command that is about the files of a folder, when there is an endpoint."""
        if self.endpoint is not None:
            name = click.get_current_context().info_name
            raise click.UsageError(
                f"“{name}” is for folders, not endpoints; leave out --endpoint (ALLGRAPH_ENDPOINT)"
            )


def _session(ctx: click.Context) -> Session:
    """The session of a context; while completing, a silent one with the options so far."""
    given = ctx.find_root().params
    endpoint = given.get("endpoint")
    return ctx.find_object(Session) or Session(
        given.get("path"), endpoint, timeout=PATIENCE if endpoint else None, silent=True
    )


def complete_thing(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The things whose CURIE or name goes on as typed."""
    from click.shell_completion import CompletionItem

    try:
        graph = _session(ctx).graph
        return [CompletionItem(value, help=name) for value, name in completions(graph, incomplete)]
    except AllgraphError:
        return []


pass_session = click.make_pass_decorator(Session)
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


class Commands(click.Group):
    """Commands in the order in which they are written here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        return list(self.commands)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-g",
    "--graph",
    "path",
    envvar="ALLGRAPH_GRAPH",
    metavar="DIR",
    help="A graph folder. Default: the nearest one at or above here, else the built-in graph.",
)
@click.option(
    "-e",
    "--endpoint",
    envvar="ALLGRAPH_ENDPOINT",
    metavar="URL",
    help="Ask a SPARQL endpoint; of the folder, its questions and prefixes are used.",
)
@click.option(
    "--include-sensitive",
    is_flag=True,
    help="Load claims that are flagged sensitive; they are left out otherwise.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help=f"Stop a query after so long; 0 is never. `sparql` and endpoints stop after {TIMEOUT:g} "
    "unless told.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    callback=lambda c, p, v: _version(c, v),
    expose_value=False,
    help="Show the versions of everything and stop.",
)
@click.pass_context
def cli(
    ctx: click.Context,
    path: str | None,
    endpoint: str | None,
    include_sensitive: bool,
    timeout: float | None,
) -> None:
    """A knowledge graph of people, laws and campaigns that you can cite.

    Start with `allgraph tour`.
    """
    never = float("inf")
    ctx.obj = Session(path, endpoint, include_sensitive, never if timeout == 0 else timeout)


@cli.command()
@pass_session
def tour(session: Session) -> None:
    """See what the built-in graph holds and how to ask it."""
    from allgraph.tour import tour

    session.needs_files()
    graph = open_graph(include_sensitive=session.include_sensitive)
    for part in tour(graph, width=width()):
        click.echo(part)


class Questions(click.Group):
    """One command for each question file."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the questions."""
        return list(_session(ctx).queries)

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """The command of a question; its options are its parameters."""
        return _question(_session(ctx).queries[name])


@cli.group(cls=Questions, invoke_without_command=True, subcommand_metavar="[NAME [--PARAM VALUE]…]")
@text_or_json
@click.pass_context
def ask(ctx: click.Context, format: str) -> None:
    """Answer a named question, or list the questions.

    `allgraph ask NAME --help` tells what a question asks and which values it needs.
    """
    if ctx.invoked_subcommand is not None:
        return
    queries = list(_session(ctx).queries.values())
    if format == "json":
        return _echo_json([_described(query) for query in queries])
    click.echo(prose.question_list(queries, width=width()))


def _question(query: Query) -> click.Command:
    def answer(sources: bool, format: str, for_spreadsheet: bool, **parameters: str | None) -> None:
        session = click.get_current_context().find_object(Session)
        assert session is not None
        found = session.graph.ask(query.name, **parameters)
        if sources:
            _write_with_sources(session.graph, query, found, format)
        elif format in ("table", "txt") and found.rows:
            shown = found.without(query.claim_columns)
            _write(shown, format, for_spreadsheet)
            click.echo(_row_note(len(found), len(shown), query), err=True)
        else:
            _write(found, format, for_spreadsheet)

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
    return format_option(for_spreadsheet_option(command))


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


@cli.command()
@click.option("--update", is_flag=True, help="Write the rows that come out as the expected ones.")
@pass_session
def test(session: Session, update: bool) -> None:
    """Run the examples of the folder's own questions against their expected rows."""
    session.needs_files()
    failed = count = 0
    for outcome in examples.check(session.graph, update=update):
        count += 1
        failed += not outcome.ok
        if not outcome.ok:
            click.echo(
                f"{outcome.path}: {outcome.question} {outcome.example}\n   {outcome.problem}"
            )
    click.echo(f"{count - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


files_argument = click.argument(
    "files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, path_type=Path)
)


@cli.command()
@files_argument
@click.option(
    "-f",
    "--format",
    type=click.Choice(["text", "json", "turtle", "sarif"]),
    default="text",
    show_default=True,
)
@pass_session
def validate(session: Session, files: tuple[Path, ...], format: ReportFormat) -> None:
    """Check the files: syntax, SHACL shapes, and the house's rules.

    With FILEs, only what is found in them is shown. Exits with 1 when something is wrong;
    warnings alone are no failure.
    """
    from allgraph.shapes import validate

    session.needs_files()
    report = validate(session.folder, files, progress=progress())
    _out(report.write(format, width=width()))
    sys.exit(0 if report.ok else 1)


@cli.command()
@files_argument
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
@pass_session
def fmt(session: Session, files: tuple[Path, ...], check: bool) -> None:
    """Write Turtle in the house's layout: comments, order and literal forms are kept.

    Without FILEs, all Turtle files of the folder itself.
    """
    from allgraph.layout import lay_out

    session.needs_files()
    changed = 0
    for path in files or session.folder.own_turtle_files():
        if lay_out(session.folder, path, write=not check):
            changed += 1
            click.echo(f"{session.folder.relative(path)}: {'would change' if check else 'changed'}")
    sys.exit(1 if check and changed else 0)


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--title", default="My graph", show_default=True)
@click.option(
    "--base",
    default="https://example.org/my-graph/",
    show_default=True,
    help="What the IRIs of your things begin with; it ends in /.",
)
def init(directory: Path, title: str, base: str) -> None:
    """Make a new graph folder to start from."""
    folder = init_folder(directory, title=title, base=base)
    for path in sorted(folder.root.rglob("*")):
        if path.is_file():
            click.echo(f"wrote {folder.relative(path)}")
    click.echo(f"now: cd {folder.relative(folder.root)} && allgraph validate && allgraph ask")


@cli.command()
@click.argument("query", metavar="[TEXT or FILE or -]", default="-")
@format_option
@for_spreadsheet_option
@click.option("--allow-service", is_flag=True, help="Let SERVICE ask other endpoints.")
@pass_session
def sparql(
    session: Session, query: str, format: str, for_spreadsheet: bool, allow_service: bool
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
        answer = session.graph.sparql(text, timeout=seconds, allow_service=allow_service)
    except QueryError as error:
        raise QueryError(error.message, path=name, line=error.line) from None
    _write(answer, format, for_spreadsheet)
    sys.exit(1 if answer.value is False else 0)


@cli.command()
@click.argument("text")
@text_or_json
@pass_session
def find(session: Session, text: str, format: str) -> None:
    """Search things by name; case and accents do not matter."""
    graph = session.graph
    things = graph.find(text)
    shorten = graph.prefixes.shorten
    if format == "json":
        _echo_json([_thing(graph, thing) for thing in things])
    elif things:
        rows = [[thing.name, thing.kind, shorten(thing.iri)] for thing in things]
        click.echo(layout(["name", "kind", "iri"], rows, width=width()))
    else:
        click.echo(f"nothing has “{text}” in its name", err=True)
    sys.exit(0 if things else 1)


@cli.command()
@click.argument("thing", shell_complete=complete_thing)
@text_or_json
@pass_session
def show(session: Session, thing: str, format: str) -> None:
    """Show everything claimed about a thing, both ways, with sources."""
    graph = session.graph
    found = graph.thing(graph.resolve(thing))
    about = claims(graph, about=found.iri)
    if format == "json":
        _echo_json(
            {**_thing(graph, found), "claims": [each.as_dict(graph.prefixes) for each in about]}
        )
    else:
        click.echo(prose.thing(found, about, graph.prefixes, width=width()))


@cli.command()
@click.argument("target")
@click.option(
    "-f",
    "--format",
    metavar="NAME",
    help="turtle, ntriples, nquads, trig, rdfxml, jsonld; csv or jsonl for a table of claims. "
    "Default: what the suffix of TARGET says.",
)
@click.option(
    "--derived", is_flag=True, help="Write all that questions see: the ontology too, and what is "
    "derived from claims. An endpoint needs it."
)  # fmt: skip
@for_spreadsheet_option
@pass_session
def export(
    session: Session, target: str, format: str | None, derived: bool, for_spreadsheet: bool
) -> None:
    """Write the graph to a file, or to standard output when TARGET is -.

    What the data files say is written in the forms in which they say it, in the same order
    each time. Without a format, - is Turtle.
    """
    from allgraph.exports import export, exported

    session.needs_files()
    seconds = session.timeout
    session.timeout = None  # for putting blank nodes in order, not for queries
    graph, told = session.graph, progress()
    if target == "-":
        _out(
            exported(
                graph, format or "turtle", derived=derived, for_spreadsheet=for_spreadsheet,
                timeout=seconds, progress=told,
            )
        )  # fmt: skip
    else:
        export(
            graph, target, format=format, derived=derived, for_spreadsheet=for_spreadsheet,
            timeout=seconds, progress=told,
        )  # fmt: skip


def main() -> NoReturn:
    """Run the command line; errors become one line and the documented exit code."""
    logging.basicConfig(format="%(levelname)s: %(message)s", stream=sys.stderr)
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except AllgraphError as error:
        click.echo(f"allgraph: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def width() -> int:
    """How many columns there are: those of the terminal, at most 100; 80 in a pipe."""
    return min(shutil.get_terminal_size((80, 24)).columns, 100) if sys.stdout.isatty() else 80


def progress() -> Progress | None:
    """Tell on a terminal what is being done, once it has taken a while."""
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()

    def tell(what: str) -> None:
        if time.monotonic() - started > 1:
            click.secho(f"{what} …", err=True, dim=True)

    return tell


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


def _write(answer: Answer, format: str, for_spreadsheet: bool) -> None:
    _out(answer.write(format, width=width(), for_spreadsheet=for_spreadsheet))


def _row_note(rows: int, shown: int, query: Query) -> str:
    """What a table does not show, for the reader."""
    alike = f", alike ones once: {shown}" if shown < rows else ""
    hint = "; --sources shows what each rests on" if query.claim_columns else ""
    return f"{rows} row{'s' if rows != 1 else ''}{alike}{hint}"


def _write_with_sources(graph: Graph, query: Query, answer: Answer, format: str) -> None:
    behind = [named(graph, (row[column] for column in query.claim_columns)) for row in answer.rows]
    if format == "json":
        rows = [
            {
                "values": {c: answer.prefixes.show(row[c]) or None for c in answer.columns},
                "claims": [claim.as_dict(graph.prefixes) for claim in some],
            }
            for row, some in zip(answer.rows, behind, strict=True)
        ]
        return _echo_json({"columns": answer.columns, "rows": rows, "complete": True})
    if format != "table":
        raise click.UsageError("--sources can be written as table or json")
    hidden = query.claim_columns
    blocks = (
        prose.row_with_sources(answer, i, some, hidden, width=width())
        for i, some in enumerate(behind)
    )
    click.echo("\n\n".join(blocks) or "(no rows)")


def _thing(graph: Graph, thing: Thing) -> dict[str, str]:
    return {
        "iri": thing.iri,
        "curie": graph.prefixes.shorten(thing.iri),
        "name": thing.name,
        "kind": thing.kind,
    }


def _described(query: Query) -> dict[str, object]:
    return {
        "name": query.name,
        "help": query.help,
        "parameters": [
            {
                "name": p.name,
                "type": p.type,
                "help": p.help,
                "required": p.required,
                "default": p.default,
                "choices": list(p.choices),
            }
            for p in query.parameters
        ],
        "columns": list(query.columns),
    }


def _echo_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _out(data: bytes) -> None:
    """Bytes to standard output as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def _version(ctx: click.Context, wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import version

    graph = open_graph()
    ontology = graph.run("ontology").rows
    lines = [
        f"allgraph {version('allgraph')}",
        f"built-in graph {graph.folder.version}",
        *(f"ontology {graph.prefixes.show(row['version'])}" for row in ontology),
        f"engine {graph.engine.description}",
        f"Python {sys.version.split()[0]}",
    ]
    click.echo("\n".join(lines))
    ctx.exit()
