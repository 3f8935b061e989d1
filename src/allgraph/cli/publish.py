"""The command that writes a graph as a site of files."""

from __future__ import annotations

from pathlib import Path

import click

from allgraph.cli.output import bar
from allgraph.cli.session import Session, pass_session

SHOWN = 40


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--base",
    metavar="URL",
    help="The address at which the folder will be found. Default: the base of the graph.",
)
@click.option(
    "--sparql",
    default="",
    metavar="URL",
    help="A SPARQL endpoint with the same graph, for the descriptions to name.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that share the work. Default: one for each processor.",
)
@pass_session
def publish(
    session: Session, directory: Path, base: str | None, sparql: str, jobs: int | None
) -> None:
    """Write the site: pages, data in every format, downloads, and rules for web servers.

    Any web server can serve the folder. Files that have not changed are left alone, those that are
    no longer part of the site are removed, and what changed is listed.
    """
    from allgraph.site.publisher import publish, publish_folder

    told = bar()
    if session.endpoint is not None:
        done = publish(
            session.graph, directory, base=base, endpoint=sparql, jobs=jobs, progress=told
        )
    else:
        done = publish_folder(
            session.folder, directory, base=base, endpoint=sparql, jobs=jobs,
            include_sensitive=session.include_sensitive, progress=told,
        )  # fmt: skip
    if len(done.written) < done.files:
        changes = [f"wrote {name}" for name in done.written]
        changes += [f"removed {name}" for name in done.removed]
        for line in changes[:SHOWN]:
            click.echo(line)
        if len(changes) > SHOWN:
            click.echo(f"and {len(changes) - SHOWN:,} more")
    click.echo(
        f"{done.files:,} files for {done.home}: {len(done.written):,} written, "
        f"{done.files - len(done.written):,} unchanged, {len(done.removed):,} removed"
    )
