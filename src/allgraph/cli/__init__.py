"""The command line: each command calls the library once, and writes what it returns."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections import UserDict
from contextlib import suppress
from importlib import import_module
from itertools import islice
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NoReturn

import click

from allgraph import sandbox
from allgraph.cli.options import SHARED_OPTIONS
from allgraph.cli.output import as_options, write_lines
from allgraph.cli.session import SPARQL_TIMEOUT, Session
from allgraph.errors import VERSION, AllgraphError, EngineCrash, WriteError

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
    "cite": "citations",
    "paths": "network",
    "between": "network",
    "timeline": "network",
    "picture": "pictures",
    "rank": "network",
    "serve": "serve",
    "publish": "publish",
    "check-site": "check_site",
    "export": "folder",
    "build": "build",
    "push": "push",
    "import": "imports",
    "completion": "shells",
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
        command.epilog = SHARED_OPTIONS
        command.short_help = str(command.help).partition("\n\n")[0]  # click would cut it
        return command


class Commands(click.Group):
    """A click group whose own options may also stand after a command.

    It lists its commands in the order of `COMMANDS`, not of the alphabet.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in their own order."""
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the environment variables and the exit codes at the end of the help."""
        from allgraph.cli.environment import EXIT_CODES, VARIABLES

        with formatter.section("Environment"):
            formatter.write_dl([*VARIABLES])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), what) for code, what in EXIT_CODES.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse arguments, of which the options of this group are put first."""
        return super().parse_args(ctx, _options_first(ctx, args))


def _options_first(ctx: click.Context, args: list[str]) -> list[str]:
    """Return arguments with the options of the command of `ctx` before the others, up to ``--``.

    An option is recognised by its whole name, so ``-fgexf`` is no ``-g``. Raises `UsageError` for
    one without its value or with two different values, but not while a shell completes a word.
    """
    options = {
        name: parameter
        for parameter in ctx.command.params
        if not parameter.is_eager
        for name in parameter.opts
    }
    first: list[str] = []
    rest: list[str] = []
    given: dict[str, str] = {}
    words = iter(args)
    for word in words:
        if word == "--":
            rest += [word, *words]
            break
        name, equals, value = word.partition("=")
        if word[:1] == "-" != word[1:2] and word[2:]:  # such as -gDIR
            name, equals, value = word[:2], "=", word[2:]
        option = options.get(name)
        is_flag = getattr(option, "is_flag", False)
        if option is None or (is_flag and equals):
            rest.append(word)
        elif is_flag:
            first.append(word)
        else:
            values = [value] if equals else [*islice(words, 1)]
            if not ctx.resilient_parsing:
                if not values:
                    raise click.BadOptionUsage(name, f"Option '{name}' requires an argument.", ctx)
                if (before := given.setdefault(option.opts[-1], values[0])) != values[0]:
                    raise click.UsageError(
                        f"{option.opts[-1]} is given twice: {before} and {values[0]}", ctx
                    )
            first += [f"{option.opts[-1]}={value}" for value in values]
            rest += [] if values else [word]
    return [*first, *rest]


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
    shell_complete=click.Path(file_okay=False).shell_complete,
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
@click.option("-q", "--quiet", is_flag=True, help="No notes, warnings or progress, only errors.")
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
    quiet: bool,
) -> None:
    """A knowledge graph of people, laws and campaigns that you can cite.

    Start with `allgraph tour`. The options may also stand after a command.
    """
    seconds = float("inf") if timeout == 0 else timeout  # ``None``: each command has its own limit
    session = Session(path, endpoint, include_sensitive, seconds, withdrawn, quiet)
    session.guard = ctx.obj or session.guard  # `main` gives one
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False
    if quiet:
        logging.getLogger("allgraph").setLevel(logging.ERROR)
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


def main() -> NoReturn:
    """Run the command line with the arguments of the process, and exit.

    An error of ours, or a lack of memory, is one line on standard error, with one for each of its
    notes, and its exit code; Ctrl-C exits with 130. When standard output cannot be written, the
    rest is discarded: a pipe that was closed is no error, any other reason is one. A standard
    stream that is closed is the null device.
    """
    # numpy starts a thread for each processor, for work that nothing here has it do.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_closed_streams()
    _log_to_stderr()
    if "_ALLGRAPH_COMPLETE" in os.environ:
        import_module("allgraph.cli.shells")
        logging.disable()
    stdout = sys.stdout
    try:
        code = _run()
        sys.stdout.flush()
        if sys.stdout is not stdout:  # by click, which met a closed pipe
            code = 0
    except BrokenPipeError:
        code = 0
    except OSError as error:
        if error.filename is not None:
            raise
        _show_error(f"standard output cannot be written: {error.strerror}")
        code = WriteError.exit_code
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def _run() -> int:
    """Run the command line with the arguments of the process, and return its exit code.

    Errors are shown. Raises `OSError` when standard output cannot be written.
    """
    try:
        code = cli.main(standalone_mode=False, obj=_guard)
    except SystemExit as end:
        code = end.code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    except AllgraphError as error:
        sandbox.keep_from_guard()
        for line in (error, *getattr(error, "__notes__", ())):
            _show_error(str(line))
        return error.exit_code
    except MemoryError:
        sandbox.keep_from_guard()
        _show_error("the command needed more memory than there is, or than it may take")
        return EngineCrash.exit_code
    except (KeyboardInterrupt, click.Abort):
        return 128 + signal.SIGINT
    return code if isinstance(code, int) else 0


def _show_error(message: str) -> None:
    """Write a message of ours to standard error, if that can be written."""
    with suppress(OSError):
        write_lines(f"allgraph: {as_options(message)}", err=True)


def _open_closed_streams() -> None:
    """Open the null device for each standard stream of this process that is closed.

    Otherwise a file that is opened next would take its place.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8"))
