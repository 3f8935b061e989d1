"""The command line: each command is one call of the library, written out."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import NoReturn

import click

from allgraph.cli.build import build
from allgraph.cli.check_site import check_site
from allgraph.cli.folder import export, fmt, init, test, tour, validate
from allgraph.cli.network import between, paths, rank, timeline
from allgraph.cli.publish import publish
from allgraph.cli.push import push
from allgraph.cli.questions import TIMEOUT, ask, find, show, sparql
from allgraph.cli.serve import serve
from allgraph.cli.session import Session
from allgraph.errors import AllgraphError
from allgraph.graph import open_graph


class Commands(click.Group):
    """Commands in the order in which the group names them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        return list(self.commands)


@click.group(
    cls=Commands,
    commands=[
        tour,
        ask,
        test,
        validate,
        fmt,
        init,
        sparql,
        find,
        show,
        paths,
        between,
        timeline,
        rank,
        serve,
        publish,
        check_site,
        export,
        build,
        push,
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
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
