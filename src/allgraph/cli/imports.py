"""The command that imports records by the mappings of a graph folder."""

from __future__ import annotations

import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allgraph.cli.options import complete_with, number_option
from allgraph.cli.output import note, progress, write_lines
from allgraph.cli.session import Session, pass_session, session_of
from allgraph.errors import FolderError
from allgraph.folder import Folder, builtin
from allgraph.folder.folder import find_folder
from allgraph.writing import put

if TYPE_CHECKING:
    from allgraph.imports.result import Imported

_PROBLEMS, _CHANGES = 20, 100  # that are shown


def _names(ctx: click.Context) -> list[str]:
    """Return the names of the mappings of the folder, for a shell that completes a word."""
    from allgraph.imports.mapping_file import names

    return names(session_of(ctx).folder)


@click.command("import")
@click.argument("name", required=False, shell_complete=complete_with(_names))
@click.option(
    "--from", "root", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Directory of the source, to which the paths in the mapping are relative; by default the "
    "graph folder.",
)  # fmt: skip
@click.option(
    "--new", "sample_file", metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Draft the mapping NAME for a table or for records like those in the file.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing: show problems, unused fields, counts.")
@click.option("--diff", is_flag=True, help="Write nothing: show the claims that would change.")
@number_option("--sample", default=None, help="Write nothing: show some claims as sentences.")
@click.option("--read", metavar="DAY", default="", help="Day on which the source was read.")
@click.option("--edition", metavar="TEXT", default="", help="Version of the source.")
@pass_session
def import_(
    session: Session,
    name: str | None,
    root: Path | None,
    sample_file: Path | None,
    check: bool,
    diff: bool,
    sample: int | None,
    read: str,
    edition: str,
) -> None:
    """Import records by the mapping imports/NAME.toml, or by all.

    Claims are written to data/imported. Those that the source no longer makes are withdrawn. Of a
    git checkout, version and day are those of its commit.
    """
    from allgraph.imports.mapping_file import names
    from allgraph.imports.update import Import

    session.refuse_endpoint()
    if sample_file:
        _draft(session.folder, sample_file, name, root)
        return
    chosen = [name] if name else names(session.folder)
    if not chosen:
        raise FolderError(
            "the folder has no mappings; draft one with: allgraph import --new FILE",
            path=session.folder.relative(session.folder.root / "imports"),
        )
    start = partial(Import, session.folder, root=root, read=read, version=edition)
    for one in chosen:
        if sample:
            with progress() as show:
                sentences = [*start(one, progress=show).sample(sample)]
            for sentence in sentences:
                write_lines(sentence)
            continue
        most_sentences = _CHANGES if diff else 0
        write = not (check or diff)
        with progress() as show:
            imported = start(one, progress=show).run(
                write=write, everything=check, told=most_sentences
            )
        _show(imported, session.folder)


def _draft(folder: Folder, file: Path, name: str | None, root: Path | None) -> None:
    """Write a draft of a mapping for the records of a file, which is below `root` or the folder.

    If it is not, its own directory is where the source is. Raises `FolderError` if the mapping is
    there already.
    """
    from allgraph.imports.drafts.draft import draft, name_for
    from allgraph.imports.mapping_file import FOLDER, read_text
    from allgraph.imports.terms import Terms

    if folder.root == builtin().root and find_folder(Path.cwd()) is None:
        raise FolderError(
            "a mapping needs a folder; start a folder of your own with: allgraph init DIR"
        )
    file, name = file.resolve(), name or name_for(file)
    root = (root or folder.root).resolve()
    if not file.is_relative_to(root):
        root = file.parent
    path = folder.root / FOLDER / f"{name}.toml"
    shown = folder.relative(path)
    if path.exists():
        raise FolderError(
            "exists already; give another NAME: allgraph import --new FILE NAME", path=shown
        )
    pattern = re.sub(r"[*?\[\]{}]", "?", file.relative_to(root).as_posix())
    text = draft(file, pattern, name=name)
    read_text(folder, path, text, Terms.of(folder))
    path.parent.mkdir(exist_ok=True)
    put(path, text.encode())
    place = "" if root == folder.root.resolve() else f" --from {shlex.quote(str(root))}"
    click.echo(
        f"{shown} is a draft; decide each line with DECIDE in it, then: "
        f"allgraph import {name}{place} --check"
    )


def _show(imported: Imported, folder: Folder) -> None:
    """Write what an import did or would do."""
    for kind, sentence in imported.sentences:
        write_lines(f"{kind}: {sentence}")
    left = sum(imported.counts.values()) - len(imported.sentences)
    if imported.sentences and left:
        click.echo(f"… and {left:,} more")
    for problem in imported.problems[:_PROBLEMS]:
        write_lines(str(problem), err=True)
    if imported.problem_count > _PROBLEMS:
        click.echo(f"… and {imported.problem_count - _PROBLEMS:,} more problems", err=True)
    for sentence in imported.not_found:
        note(sentence)
    if imported.unused:
        note(f"fields that the mapping neither uses nor ignores: {', '.join(imported.unused)}")
    click.echo(imported.text(folder.relative(imported.path) if imported.path else ""))
