"""The command that builds a snapshot of a graph folder, or checks the one that there is."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from allgraph.cli.options import format_option
from allgraph.cli.output import progress, write_json
from allgraph.cli.session import Session, pass_session
from allgraph.folder import open_folder

if TYPE_CHECKING:
    from allgraph.folder import Folder


@click.command()
@click.argument(
    "directory", required=False, metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--check", is_flag=True, help="Build nothing: verify all digests of the snapshot.")
@format_option("text", "json")
@pass_session
def build(session: Session, directory: Path | None, check: bool, format: str) -> None:
    """Build a snapshot of the folder, which opens at once.

    It is stored in .allgraph in the folder, and used as long as no file of the folder changes. An
    old snapshot is kept until the new one is complete. --check exits with 1 when the snapshot is
    damaged or out of date.
    """
    from allgraph.folder.snapshot import build

    session.refuse_endpoint()
    session.refuse_withdrawn()
    folder = session.folder if directory is None else open_folder(directory)
    if check:
        _check(folder, session.include_sensitive, format)  # it exits the process
    with progress() as show:
        built = build.build(folder, include_sensitive=session.include_sensitive, progress=show)
    if format == "json":
        write_json(built.as_dict())
    else:
        click.echo(built.text(folder.relative(built.snapshot.place)))


def _check(folder: Folder, include_sensitive: bool, format: str) -> NoReturn:
    """Verify the digests of a folder's snapshot, write the problems to standard output, and exit.

    These are the digests of its files, and of the files that it was made from. The snapshot is the
    one with or without sensitive claims, by `include_sensitive`. The exit code is 1 when there are
    problems. Raises `InputError` when there is no snapshot.
    """
    from allgraph.folder.snapshot import verify

    checked = verify.check(folder, include_sensitive=include_sensitive)
    if format == "json":
        write_json({"ok": not checked.problems, **asdict(checked)})
    else:
        for problem in checked.problems:
            click.echo(problem)
        click.echo(f"{checked.files:,} files checked, {len(checked.problems)} problems")
    sys.exit(1 if checked.problems else 0)
