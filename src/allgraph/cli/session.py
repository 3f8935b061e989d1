"""The session: the folder, questions and graph that the options before the command select."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allgraph.cli.output import note, progress
from allgraph.folder import Folder, builtin, open_folder
from allgraph.folder.folder import find_folder
from allgraph.graph import Graph, open_graph
from allgraph.sparql.questions import Catalogue

if TYPE_CHECKING:
    from allgraph.folder.snapshot.directory import Snapshot

SPARQL_TIMEOUT = 60.0
"""Seconds that `allgraph sparql` may take by default."""
_COMPLETION_TIMEOUT = 2.0  # seconds that an endpoint may take to complete a word


@dataclass
class Session:
    """The options before the command, and the folder, questions and graph that they select.

    When `quiet` nothing is shown on standard error. `guard` is called with a snapshot before its
    store on disk is opened. Commands may change `endpoint` and `timeout` before they first use
    `graph`.
    """

    path: str | None = None
    endpoint: str | None = field(default=None, repr=False)
    include_sensitive: bool = False
    timeout: float | None = None
    with_withdrawn: bool = False
    quiet: bool = False
    guard: Callable[[Snapshot], None] = field(default=lambda _: None, repr=False)

    @cached_property
    def folder(self) -> Folder:
        """The graph folder: the one in `path`, else the nearest at or above the working directory.

        If there is none, the built-in one. Its manifest is read when first used. Unless `path` is
        given, a line on standard error says which folder it is. Raises `FolderError`.
        """
        if self.path is not None:
            return open_folder(Path(self.path))
        nearest = find_folder(Path.cwd())
        folder = open_folder(nearest) if nearest else builtin()
        is_builtin = folder.root == builtin().root
        place = "built in" if is_builtin else f"in {folder.relative(folder.root)}"
        self._show_line(f"{'questions' if self.endpoint else 'graph'}: {folder.title} ({place})")
        return folder

    @cached_property
    def queries(self) -> Catalogue:
        """The questions of the folder by name, each read at its first look-up; no data is read.

        Raises `FolderError` for a folder that is invalid, or has two questions of one name.
        """
        return Catalogue(self.folder.query_files(), self.folder.relative, self.folder.prefixes)

    def _login(self) -> tuple[str, str] | None:
        """Return the user and password for the endpoint, if there is an endpoint that has them."""
        if self.endpoint is None:
            return None
        from allgraph.cli.logins import login_for

        return login_for(self.endpoint)

    @cached_property
    def graph(self) -> Graph:
        """The graph, opened when first used, with the endpoint and the timeout at that time.

        Progress, and the description of an endpoint, are shown on standard error. Raises what
        `open_graph` raises, and `UsageError` if the login for an endpoint is not complete or its
        file cannot be read.
        """
        folder = self.folder
        with nullcontext() if self.quiet else progress() as show:
            graph = open_graph(
                folder.root,
                endpoint=self.endpoint,
                include_sensitive=self.include_sensitive,
                withdrawn=self.with_withdrawn,
                timeout=self.timeout,
                progress=show,
                login=self._login(),
            )
        if self.endpoint is not None:
            self._show_line(f"graph: {graph.engine.description}")
        if graph.is_on_disk and graph.snapshot is not None:
            self.guard(graph.snapshot)
        return graph

    def _show_line(self, line: str) -> None:
        """Write a line to standard error, unless the session is quiet."""
        if not self.quiet:
            note(line, dim=True)

    def graph_on(self, day: str | None, *, possible: bool = False) -> Graph:
        """Return the graph, or the graph as of `day` if that is given; opens it when first used.

        That has the claims that were certainly true on the day, with `possible` also those that may
        have been. For a day before all dates, which are queried, a line on standard error says so.
        Raises `UsageError` for `possible` without a day, `DateError` for a text that is no day, and
        the errors of `graph`.
        """
        if day is None:
            if possible:
                raise click.UsageError("--possible needs --as-of DAY; add it")
            return self.graph
        from allgraph.graph.timeline import as_of

        view = as_of(self.graph, day, possible=possible)
        for remark in view.day_remarks():
            self._show_line(remark)
        return view

    def refuse_endpoint(self, command: str = "") -> None:
        """Raise `UsageError` if there is an endpoint, for a command that is about files.

        The message has the name of `command`, by default of the one that is running.
        """
        if self.endpoint is not None:
            name = command or click.get_current_context().info_name
            raise click.UsageError(
                f"“{name}” is for folders, not endpoints; leave out --endpoint (ALLGRAPH_ENDPOINT)"
            )

    def refuse_withdrawn(self) -> None:
        """Raise `UsageError` for --withdrawn, for a command that gives no answers itself."""
        if self.with_withdrawn:
            name = click.get_current_context().info_name
            raise click.UsageError(
                f"--withdrawn is for commands that answer, such as “ask”; leave it out of “{name}”"
            )


def session_of(ctx: click.Context) -> Session:
    """Return the session of a click context.

    While a shell completes a word there is none: then a new one that is quiet, with the options so
    far, and for an endpoint a timeout of `_COMPLETION_TIMEOUT` (2) seconds.
    """
    options = ctx.find_root().params
    endpoint = options.get("endpoint")
    timeout = _COMPLETION_TIMEOUT if endpoint else None
    return ctx.find_object(Session) or Session(
        options.get("path"), endpoint, timeout=timeout, quiet=True
    )


pass_session = click.make_pass_decorator(Session)
