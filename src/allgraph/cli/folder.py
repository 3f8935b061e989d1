"""The commands about graph folders: a tour, tests, validation, formatting, a new folder, export."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import click

from allgraph.cli.options import (
    choice_option,
    complete_file,
    complete_with,
    files_argument,
    for_spreadsheet_option,
    format_option,
    number_option,
    output_option,
    profile_option,
)
from allgraph.cli.output import note, progress, warn, width, write_bytes, write_lines
from allgraph.cli.session import Session, pass_session
from allgraph.errors import AllgraphError
from allgraph.folder import Folder, init_folder, open_folder
from allgraph.graph import Graph, examples, open_graph
from allgraph.imports import sets
from allgraph.rdf.formats import of_kind
from allgraph.validation import query_warnings
from allgraph.validation.report import ReportFormat


@click.command()
@pass_session
def tour(session: Session) -> None:
    """See what the built-in graph holds and how to query it."""
    from allgraph.cli.tour_text import tour

    if session.endpoint is None:
        graph = open_graph(include_sensitive=session.include_sensitive)
    else:
        graph = session.graph
    for part in tour(graph, width=width()):
        click.echo(part)


@click.command()
@click.option("--update", is_flag=True, help="Save the actual rows and sentences.")
@pass_session
def test(session: Session, update: bool) -> None:
    """Run the examples of the folder's own questions and mappings.

    What they give, rows or sentences, is compared with what is expected. With --endpoint, the
    questions are answered by the endpoint, and no mapping is run.
    """
    from allgraph.imports import examples as of_mappings

    if update:
        session.refuse_endpoint("test --update")
    outcomes = examples.check(session.graph, update=update)
    if session.endpoint is None:
        outcomes = chain(outcomes, of_mappings.check(session.folder, update=update))
    count = 0
    failures = 0
    for outcome in outcomes:
        count += 1
        if not outcome.ok:
            failures += 1
            example = f"{outcome.path}: {outcome.question} {outcome.example}"
            write_lines(f"{example}\n   {outcome.problem}")
    terms = query_warnings.terms_of(session.graph)
    for place, warning in query_warnings.of_questions(session.folder, terms):
        warn(f"{place}:{warning.line}: {warning.text}")
    click.echo(f"{count - failures} passed, {failures} failed")
    sys.exit(1 if failures else 0)


@click.command()
@files_argument
@format_option("text", "json", "turtle", "sarif")
@choice_option(
    "--engine",
    choices=("compiled", "pyshacl"),
    help="Validator of the shapes. Both find the same; pyshacl is the reference, and slow.",
)
@click.option(
    "--changed",
    metavar="[REV]",
    is_flag=False,
    flag_value="HEAD",
    help="Check only what is affected by the changes since a git revision; without REV, by those "
    "that are not committed.",
)
@number_option(
    "--max-findings",
    default=10_000,
    help="Maximum number of findings to show, violations first; the rest is counted.",
)
@click.option(
    "--watch", is_flag=True, help="Check again whenever a file of the folder changes, until Ctrl-C."
)
@output_option
@pass_session
def validate(
    session: Session,
    /,
    files: tuple[Path, ...],
    format: ReportFormat,
    watch: bool,
    **options: Any,
) -> None:
    """Check the files of the folder: syntax, shapes, house rules.

    With FILEs, only findings about them are shown. Exits with 1 when something is wrong; warnings
    alone are no failure. With --watch, a line before each report has the time and the files that
    changed, and the exit code is 0.
    """
    from allgraph.validation.validate import validate

    def check(folder: Folder) -> bool:
        """Write a report about a folder; return True if nothing is wrong in it."""
        with progress() as show:
            report = validate(folder, files, progress=show, **options)
        write_bytes(report.write(format, width=width()))
        return report.ok

    session.refuse_endpoint()
    if watch:
        if click.get_current_context().params["output"] not in (None, "-"):
            raise click.UsageError("--watch writes one report after another; leave out --output")
        _on_changes(session.folder.root, check)
    sys.exit(0 if watch or check(session.folder) else 1)


def _on_changes(root: Path, check: Callable[[Folder], object]) -> None:
    """Call a function with the folder at `root`, now and after each change, until Ctrl-C.

    Each time, a line with the time and the names of the changed files is written to standard error
    before, unless --quiet was given. An error of ours is written there too, and does not end this.
    """
    from allgraph.folder.watching import Watch

    event = f"watching {root}; Ctrl-C ends it"
    with suppress(KeyboardInterrupt):
        watch = Watch(root)
        while True:
            note(f"{time.strftime('%H:%M:%S')} {event}")
            try:
                check(open_folder(root))
            except AllgraphError as error:
                for line in (error, *getattr(error, "__notes__", ())):
                    write_lines(f"allgraph: {line}", err=True)
            sys.stdout.flush()
            while not (changed := watch.look()):
                time.sleep(watch.pause)
            event = f"changed: {changed}"


@click.command()
@files_argument
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
@click.option(
    "--migrate",
    is_flag=True,
    help="Replace deprecated terms, in questions and the manifest too; FILE may be a graph folder.",
)
@pass_session
def fmt(session: Session, files: tuple[Path, ...], check: bool, migrate: bool) -> None:
    """Format Turtle files in one layout.

    Comments, order and literals stay as they are. Without FILEs, all Turtle files of the folder
    itself. A FILE is named .ttl; other and compressed files are refused.

    With --migrate, no layout is changed: terms that the ontology says are deprecated are replaced
    by what it names instead, in all files or in none. The difference is shown.
    """
    from allgraph.folder.formatting import lay_out

    session.refuse_endpoint()
    if migrate:
        return _migrate(session, files, check)
    changes = 0  # files before one that cannot be parsed stay changed
    for path in files or session.folder.own_turtle_files():
        if lay_out(session.folder, path, write=not check):
            changes += 1
            click.echo(f"{session.folder.relative(path)}: {'would change' if check else 'changed'}")
    sys.exit(1 if check and changes else 0)


def _migrate(session: Session, files: tuple[Path, ...], check: bool) -> None:
    """Replace deprecated terms in a folder or files, all or none, and exit; show the difference.

    With `check` nothing is written, and the exit code is 1 if something would be. Raises
    `UsageError` for a directory among several files, `InputError` for what cannot be rewritten, and
    `WriteError`.
    """
    from allgraph.graph.migration.changes import changes
    from allgraph.writing import put_all

    folder = session.folder if not any(path.is_dir() for path in files) else None
    if folder is None:
        if len(files) > 1:
            raise click.UsageError("give one folder, or files")
        folder, files = open_folder(files[0]), ()
    file_changes = changes(folder, files)
    for line in (line for change in file_changes for line in change.difference()):
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[0])
        click.secho(line, nl=False, fg=colour)
    if not check:
        put_all({change.path: change.new for change in file_changes})
    count = f"{len(file_changes)} file{'' if len(file_changes) == 1 else 's'}"
    note(f"{count} {'would change' if check else 'changed'}")
    sys.exit(1 if check and file_changes else 0)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--title", default="My graph", help="Title of the graph.")
@click.option(
    "--base",
    default="https://example.org/my-graph/",
    help="Beginning of the IRIs of your things; it ends in /.",
)
@click.option(
    "--from", "set_", type=click.Choice(sets.NAMES),
    help="Start with mappings of records that come with allgraph, and without the example.",
)  # fmt: skip
@pass_session
def init(session: Session, directory: Path, title: str, base: str, set_: str | None) -> None:
    """Create a new graph folder to start from."""
    session.refuse_endpoint()
    folder = init_folder(directory, title=title, base=base, with_example=set_ is None)
    if set_:
        sets.add(folder, set_)
    for path in sorted(folder.root.rglob("*")):
        if path.is_file():
            click.echo(f"wrote {folder.relative(path)}")
    here = folder.relative(folder.root)
    if set_:
        click.echo(f"now: cd {here} && allgraph test, and follow README.md")
    else:
        click.echo(f"now: cd {here} && allgraph validate && allgraph ask")


@click.command()
@click.argument("target", shell_complete=complete_file)
@click.option(
    "-f",
    "--format",
    metavar="NAME",
    shell_complete=complete_with(lambda _: [*of_kind("graph"), "parquet-dataset"]),
    help=f"{', '.join(of_kind('graph'))}, or parquet-dataset, which is a directory. "
    "Default: the suffix of TARGET.",
)
@click.option(
    "--table",
    type=click.Choice(("claims", "things", "ties", "people", "bodies", "bills", "votes")),
    help="The claims, the things and ties of a network, or a row for each of the people, bodies, "
    "bills or votes. Default: claims for csv, jsonl and parquet, all for xlsx and sqlite.",
    show_default=False,
)
@click.option(
    "--derived",
    is_flag=True,
    help="Include the ontology and the derived triples, as questions do. An endpoint needs it.",
)
@profile_option(help="Write all things in a profile, such as schema or org.")
@for_spreadsheet_option
@pass_session
def export(
    session: Session, /, target: str, format: str | None, profile: str | None, **options: Any
) -> None:
    """Write the graph to a file; - is standard output.

    Triples and literals are written as the data files have them, in the same order each time. The
    default format of - is Turtle.
    """
    if profile is not None:
        if options != {"table": None, "derived": False, "for_spreadsheet": False}:
            raise click.UsageError("a profile takes no other options of export; leave them out")
        return _export_profile(session.graph, target, profile, format)
    # A target that exists is replaced when all is written, and left as it was if anything fails.
    from allgraph.exports.export import export, exported

    options["timeout"] = session.timeout  # how long blank nodes may take to put in order
    if session.endpoint is None:
        session.timeout = None  # so that it does not limit each query of the export too
    graph = session.graph
    with progress() as show:
        if target != "-":
            return export(graph, target, format=format, progress=show, **options)
        data = exported(graph, format or "turtle", progress=show, **options)
    write_bytes(data)


def _export_profile(graph: Graph, target: str, profile: str, format: str | None) -> None:
    """Write all things in a profile, given by its name, to a file, or to standard output for ``-``.

    `format` is by default that of the suffix of `target`, and Turtle for ``-``. Raises
    `ParameterError` for an unknown profile and for ``full``, `UnknownFormat`, and `WriteError` when
    the file cannot be written; it is then as it was.
    """
    from allgraph.linkeddata import profiles

    with progress() as show:
        if target != "-":
            return profiles.export(graph, target, profile, format=format, progress=show)
        data = profiles.exported(graph, profile, format or "turtle", progress=show)
    write_bytes(data)
