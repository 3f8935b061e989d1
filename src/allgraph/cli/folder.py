"""The commands about graph folders: a tour, tests, checks, layout, a new folder, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allgraph.cli.options import files_argument, for_spreadsheet_option
from allgraph.cli.output import progress, width, write_bytes
from allgraph.cli.session import Session, pass_session
from allgraph.folder import init_folder
from allgraph.graph import examples, open_graph
from allgraph.validation.report import ReportFormat

if TYPE_CHECKING:
    from allgraph.exports.export import Table
    from allgraph.validation.validate import Engine


@click.command()
@pass_session
def tour(session: Session) -> None:
    """See what the built-in graph holds and how to ask it."""
    from allgraph.cli.tour_text import tour

    here = session.endpoint is None
    graph = open_graph(include_sensitive=session.include_sensitive) if here else session.graph
    for part in tour(graph, width=width()):
        click.echo(part)


@click.command()
@click.option("--update", is_flag=True, help="Write the rows that come out as the expected ones.")
@pass_session
def test(session: Session, update: bool) -> None:
    """Run the examples of the folder's own questions against their expected rows.

    With --endpoint, what it answers is compared.
    """
    if update:
        session.needs_files("test --update")
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


@click.command()
@files_argument
@click.option(
    "-f",
    "--format",
    type=click.Choice(["text", "json", "turtle", "sarif"]),
    default="text",
    show_default=True,
)
@click.option(
    "--engine",
    type=click.Choice(["compiled", "pyshacl"]),
    default="compiled",
    show_default=True,
    help="What checks the shapes. Both find the same; pyshacl is the reference, and slow.",
)
@click.option(
    "--changed",
    metavar="[REV]",
    is_flag=False,
    flag_value="HEAD",
    help="Check only what the changes since a revision in git can have touched; without REV, those "
    "that are not committed.",
)
@click.option(
    "--max-findings",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="How many are shown, violations first; the others are counted.",
)
@pass_session
def validate(
    session: Session,
    files: tuple[Path, ...],
    format: ReportFormat,
    engine: Engine,
    changed: str | None,
    max_findings: int,
) -> None:
    """Check the files: syntax, SHACL shapes, and the house's rules.

    With FILEs, only what is found in them is shown. Exits with 1 when something is wrong;
    warnings alone are no failure.
    """
    from allgraph.validation.validate import validate

    session.needs_files()
    report = validate(
        session.folder, files, engine=engine, changed=changed, max_findings=max_findings,
        progress=progress(),
    )  # fmt: skip
    write_bytes(report.write(format, width=width()))
    sys.exit(0 if report.ok else 1)


@click.command()
@files_argument
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
@pass_session
def fmt(session: Session, files: tuple[Path, ...], check: bool) -> None:
    """Write Turtle in the house's layout: comments, order and literal forms are kept.

    Without FILEs, all Turtle files of the folder itself.
    """
    from allgraph.folder.formatting import lay_out

    session.needs_files()
    changed = 0
    for path in files or session.folder.own_turtle_files():
        if lay_out(session.folder, path, write=not check):
            changed += 1
            click.echo(f"{session.folder.relative(path)}: {'would change' if check else 'changed'}")
    sys.exit(1 if check and changed else 0)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--title", default="My graph", show_default=True)
@click.option(
    "--base",
    default="https://example.org/my-graph/",
    show_default=True,
    help="What the IRIs of your things begin with; it ends in /.",
)
@pass_session
def init(session: Session, directory: Path, title: str, base: str) -> None:
    """Make a new graph folder to start from."""
    session.needs_files()
    folder = init_folder(directory, title=title, base=base)
    for path in sorted(folder.root.rglob("*")):
        if path.is_file():
            click.echo(f"wrote {folder.relative(path)}")
    click.echo(f"now: cd {folder.relative(folder.root)} && allgraph validate && allgraph ask")


@click.command()
@click.argument("target")
@click.option(
    "-f",
    "--format",
    metavar="NAME",
    help="turtle, ntriples, nquads, trig, rdfxml, jsonld; graphml or gexf for a network; csv, "
    "jsonl or parquet for a table; parquet-dataset for a directory of partitioned tables. "
    "Default: what the suffix of TARGET says.",
)
@click.option(
    "--table",
    type=click.Choice(["claims", "things", "ties"]),
    default="claims",
    show_default=True,
    help="For csv, jsonl and parquet: the claims, or the things and ties of a network.",
)
@click.option(
    "--derived", is_flag=True, help="Write all that questions see: the ontology too, and what is "
    "derived from claims. An endpoint needs it."
)  # fmt: skip
@click.option(
    "--profile", metavar="NAME", help="Write all things in a profile, such as schema or org."
)
@for_spreadsheet_option
@pass_session
def export(
    session: Session,
    target: str,
    format: str | None,
    table: Table,
    derived: bool,
    profile: str | None,
    for_spreadsheet: bool,
) -> None:
    """Write the graph to a file, or to standard output when TARGET is -.

    What the data files say is written in the forms in which they say it, in the same order
    each time. Without a format, - is Turtle.
    """
    from allgraph.exports.export import export, exported

    if profile is not None:
        if derived or for_spreadsheet or table != "claims":
            raise click.UsageError("a profile is exported as it is; leave out the other options")
        return _export_profile(session, target, profile, format)
    seconds = session.timeout
    if session.endpoint is None:
        session.timeout = None  # for putting blank nodes in order, not for queries
    graph, told = session.graph, progress()
    if target == "-":
        write_bytes(
            exported(
                graph, format or "turtle", table=table, derived=derived,
                for_spreadsheet=for_spreadsheet, timeout=seconds, progress=told,
            )
        )  # fmt: skip
    else:
        export(
            graph, target, format=format, table=table, derived=derived,
            for_spreadsheet=for_spreadsheet, timeout=seconds, progress=told,
        )  # fmt: skip


def _export_profile(session: Session, target: str, profile: str, format: str | None) -> None:
    from allgraph.linkeddata import profiles

    graph, told = session.graph, progress()
    if target == "-":
        write_bytes(profiles.exported(graph, profile, format or "turtle", progress=told))
    else:
        profiles.export(graph, target, profile, format=format, progress=told)
