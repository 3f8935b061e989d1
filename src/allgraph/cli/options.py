"""The options and arguments that commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

from allgraph.cli.output import into_file
from allgraph.cli.session import session_of
from allgraph.errors import AllgraphError
from allgraph.rdf.formats import of_kind

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_FORMATS = {"txt": "text", "bib": "bibtex"}
"""The formats that are not named like the suffix."""
SHARED_OPTIONS = "Options of all commands: see allgraph --help."
"""The last line of the help of each command."""
Command = TypeVar("Command", bound="Callable[..., Any] | click.Command")


def complete_thing(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return completions of a name: things whose CURIE or name begins with it, for the shell.

    Opens the graph of the options so far, and queries it; an error of ours gives no completions.
    """
    from click.shell_completion import CompletionItem

    from allgraph.cli.completion import completions, is_quick

    session = session_of(ctx)
    try:
        if session.endpoint is None and not is_quick(session.folder, session.include_sensitive):
            return []
        names = completions(session.graph, incomplete)
        # a name that begins with a hyphen would be read as an option
        return [CompletionItem(value, help=name) for value, name in names if value[:1] != "-"]
    except AllgraphError:
        return []


def complete_with(values: Callable[[click.Context], Iterable[str]]) -> Any:
    """Return a function for `shell_complete`, that completes with values for a click context."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the values that begin with the incomplete word."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(text) for text in values(ctx) if text.startswith(incomplete)]

    return complete


def complete_file(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the completion of the path of a file, for the shell."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


thing_argument = partial(click.argument, shell_complete=complete_thing)
files_argument = click.argument(
    "files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, path_type=Path)
)
answer_format_option = click.option(
    "-f",
    "--format",
    default="table",
    metavar="NAME",
    shell_complete=complete_with(lambda _: of_kind(None)),
    help="table, json, xml, csv, tsv or jsonl; for triples turtle, ntriples, nquads, trig, "
    "rdfxml, jsonld.",
)
where_option = click.option(
    "--where",
    "row_conditions",  # no name that a parameter of a question would have
    multiple=True,
    metavar="CONDITION",
    help="Only rows of which this holds, as COLUMN:RELATION:VALUE: name:contains:ann, "
    "when:before:2013, “name:is:Ann Lee”, end:not-empty; or a word that is in the row. Repeatable.",
)
sort_option = click.option(
    "--sort",
    "sort_columns",
    multiple=True,
    metavar="COLUMN",
    shell_complete=complete_with(lambda ctx: session_of(ctx).queries[str(ctx.info_name)].columns),
    help="Sort by a column, or several with commas between; - before one for the greatest first.",
)
for_spreadsheet_option = click.option(
    "--for-spreadsheet",
    is_flag=True,
    help="Make CSV safe to open in a spreadsheet: no cell is a formula.",
)
profile_option = partial(
    click.option,
    "--profile",
    metavar="NAME",
    shell_complete=complete_with(
        lambda ctx: ["full", *(path.stem for path in session_of(ctx).folder.profile_files())]
    ),
)
as_of_option = click.option(
    "--as-of",
    metavar="DAY",
    help="Only facts that were certainly true on this date, such as 2013-07-01.",
)
possible_option = click.option(
    "--possible", is_flag=True, help="Include facts that may have been true on that date."
)


def choice_option(*names: str, choices: tuple[str, ...], **attributes: Any) -> Decorator:
    """Return a decorator that adds an option with one of some values, the first by default.

    `names` and `attributes` are passed to `click.option`.
    """
    return click.option(*names, type=click.Choice(choices), default=choices[0], **attributes)


def format_option(*formats: str) -> Decorator:
    """Return a decorator that adds the option --format with some formats, the first by default."""
    return choice_option("-f", "--format", choices=formats)


def repeatable_option(*names: str, help: str, **attributes: Any) -> Decorator:
    """Return a decorator that adds an option which may be given several times.

    The command gets a tuple of all values. `help` is its help text, to which a sentence is added;
    `names` and `attributes` are passed to `click.option`.
    """
    return click.option(*names, multiple=True, help=f"{help} May be given again.", **attributes)


def number_option(
    *names: str,
    default: float | None,
    help: str,
    least: float = 1,
    most: float | None = None,
    unit: int = 1,
    metavar: str | None = None,
) -> Decorator:
    """Return a decorator that adds an option for a number from `least` to `most`.

    Without `most` there is no upper limit. It takes fractions if its default is a float. A number
    in another `unit` than 1, such as the bytes of a GiB, is passed to the command multiplied by it,
    as an integer.
    """
    make_range: Any = click.FloatRange if isinstance(default, float) else click.IntRange
    return click.option(
        *names,
        type=make_range(least, most),
        default=default,
        help=help,
        metavar=metavar,
        callback=None if unit == 1 else lambda context, option, value: int(value * unit),
    )


def output_option(command: Command) -> Command:
    """Add the option --output to a command, or to its function, and return it.

    What the command writes to standard output then goes to that file, all or nothing. Without
    --format its suffix is the format.
    """
    option = click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        help="Write to a file, in the format of its suffix.",
    )
    if isinstance(command, click.Command):
        assert command.callback is not None
        command.callback = _into_file(command.callback)
        return option(command)
    return cast("Command", option(_into_file(command)))


def _into_file(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with the further parameter `output`, the file that it writes to."""

    @wraps(function)
    def write(*values: Any, output: str | None = None, **options: Any) -> Any:
        """Call the function, and write what it writes to standard output into a file, if given."""
        context = click.get_current_context()
        is_file = output not in (None, "-")
        if is_file and context.get_parameter_source("format") is ParameterSource.DEFAULT:
            options["format"] = _format_of(str(output), context) or options["format"]
        if not is_file and options["format"] == "png" and sys.stdout.isatty():
            raise click.UsageError("a PNG is not for a terminal; add -o FILE.png")
        with into_file(Path(str(output)) if is_file else None):
            return function(*values, **options)

    return write


def _format_of(path: str, context: click.Context) -> str:
    """Return the format that the suffix of a path stands for, ``""`` if it has none.

    Raises `UsageError` if the option --format of the command has a list without it.
    """
    suffix = Path(path).suffix.removeprefix(".").lower()
    (option,) = (parameter for parameter in context.command.params if parameter.name == "format")
    choices = getattr(option.type, "choices", None)
    format = _FORMATS.get(suffix, suffix) if choices else suffix
    if suffix and choices and format not in choices:
        raise click.UsageError(
            f"“{path}” cannot be written as “{suffix}”; there are {', '.join(choices)}"
        )
    return format


def as_of_options(command: Command) -> Command:
    """Add the options --as-of and --possible to a command, or to its function, and return it."""
    return as_of_option(possible_option(command))
