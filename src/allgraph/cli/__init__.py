"""The command line: each command calls the library once, and writes what it returns."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections import UserDict
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NoReturn

import click

from allgraph import sandbox
from allgraph.cli.session import SPARQL_TIMEOUT, Session
from allgraph.errors import VERSION, AllgraphError, EngineCrash

if TYPE_CHECKING:
    from allgraph.folder.snapshot.directory import Snapshot

COMMANDS = {
    "tour": "folder",
    "ask": "questions",
    "test": "folder",
    "validate": "folder",
    "fmt": "folder",
    "init": "folder",
    "sparql": "questions",
    "find": "questions",
    "show": "questions",
    "paths": "network",
    "between": "network",
    "timeline": "network",
    "rank": "network",
    "serve": "serve",
    "publish": "publish",
    "check-site": "check_site",
    "export": "folder",
    "build": "build",
    "push": "push",
    "import": "imports",
}
"""The commands in the order in which the help lists them, and the module of each."""
_PATIENCE = 10.0  # seconds after which the files of a snapshot in use are checked


class Imported(UserDict[str, Any]):
    """A dict of commands, made from their modules by name; each is imported when looked up."""

    def __getitem__(self, name: str) -> click.Command:
        """Import and return the command of a name; raise `KeyError` for another name."""
        module = import_module(f"allgraph.cli.{super().__getitem__(name)}")
        attribute = name.replace("-", "_") + "_" * iskeyword(name)
        command: click.Command = getattr(module, attribute)
        return command


class Commands(click.Group):
    """A click group that lists its commands in the order of `COMMANDS`, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in their own order."""
        return list(self.commands)


def _show_version(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    """Write the versions of all parts to standard output and exit; do nothing if not `wanted`.

    A callback of the option --version. Opens the built-in graph.
    """
    if not wanted:
        return
    from allgraph.graph import open_graph

    graph = open_graph()
    click.echo(f"allgraph {VERSION}")
    click.echo(f"built-in graph {graph.folder.version}")
    for row in graph.run("ontology").rows:
        click.echo(f"ontology {graph.prefixes.show(row['version'])}")
    click.echo(f"engine {graph.engine.description}")
    click.echo(f"Python {sys.version.split()[0]}")
    ctx.exit()


@click.group(
    cls=Commands,
    commands=Imported(COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.option(
    "-g",
    "--graph",
    "path",
    envvar="ALLGRAPH_GRAPH",
    metavar="DIR",
    help="A graph folder. Default: the nearest one at or above the working directory, else the "
    "built-in graph.",
)
@click.option(
    "-e",
    "--endpoint",
    envvar="ALLGRAPH_ENDPOINT",
    metavar="URL",
    help="Query a SPARQL endpoint, with the questions and prefixes of the folder.",
)
@click.option("--include-sensitive", is_flag=True, help="Include claims that are marked sensitive.")
@click.option(
    "--withdrawn",
    is_flag=True,
    help="Include claims that were withdrawn, marked with the day.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Maximum time of a query; 0 is no limit. Default: "
    f"{SPARQL_TIMEOUT:g} for `sparql` and endpoints, else no limit.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    callback=_show_version,
    expose_value=False,
    help="Show the versions of all parts and exit.",
)
@click.pass_context
def cli(
    ctx: click.Context,
    path: str | None,
    endpoint: str | None,
    include_sensitive: bool,
    withdrawn: bool,
    timeout: float | None,
) -> None:
    """A knowledge graph of people, laws and campaigns that you can cite.

    Start with `allgraph tour`.
    """
    seconds = float("inf") if timeout == 0 else timeout  # ``None``: each command has its own limit
    session = Session(path, endpoint, include_sensitive, seconds, withdrawn)
    session.guard = ctx.obj or session.guard  # `main` gives one
    ctx.obj = session


def _log_to_stderr() -> None:
    """Write what is logged to the present standard error."""
    logging.basicConfig(format="%(levelname)s: %(message)s", stream=sys.stderr, force=True)


def _guard(snapshot: Snapshot) -> None:
    """Go on in a child process with limited memory; here, wait for it, and exit as it does.

    An engine may read a damaged store for ever: if the command takes longer than `_PATIENCE`
    seconds, or crashes, all files of the snapshot are checked here, and `EngineError` is raised for
    damage. Raises `EngineCrash` for any other crash. Without an effect on systems other than Linux.
    """
    code = sandbox.guarded(snapshot.damage, what="the command", patience=_PATIENCE)
    if code is not None:
        sys.exit(code)
    _log_to_stderr()  # the child has another one


def _options(command: click.Command) -> set[str]:
    """Return the names of the options of a command, such as ``--graph``."""
    return {name for parameter in command.params for name in parameter.opts}


def main() -> NoReturn:
    """Run the command line with the arguments of the process, and exit.

    An error of ours, or a lack of memory, is one line on standard error, with one for each of its
    notes, and its exit code; Ctrl-C exits with 130. When standard output is a pipe that was closed,
    the rest is discarded, and the code is 0.
    """
    # numpy starts a thread for each processor, for work that nothing here has it do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _log_to_stderr()
    try:
        code = cli.main(standalone_mode=False, obj=_guard)
        sys.stdout.flush()
    except click.ClickException as error:
        if isinstance(error, click.NoSuchOption) and error.option_name in _options(cli):
            hint = f"{error.option_name} goes before the command: allgraph {error.option_name} …"
            error = click.UsageError(hint, error.ctx)
        error.show()
        code = error.exit_code
    except AllgraphError as error:
        sandbox.keep_from_guard()
        for line in (error, *getattr(error, "__notes__", ())):
            click.echo(f"allgraph: {line}", err=True)
        code = error.exit_code
    except MemoryError:
        sandbox.keep_from_guard()
        click.echo(
            "allgraph: the command needed more memory than there is, or than it may take", err=True
        )
        code = EngineCrash.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
