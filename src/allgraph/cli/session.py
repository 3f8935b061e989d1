"""The session: the folder, questions and graph that the options before the command name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import click

from allgraph.cli.logins import login_for
from allgraph.cli.output import progress
from allgraph.folder import Folder, builtin, open_folder
from allgraph.folder.folder import find_folder
from allgraph.graph import Graph, open_graph
from allgraph.sparql.questions import Catalogue

PATIENCE = 2.0
"""Seconds that an endpoint may take to complete a word."""


@dataclass
class Session:
    """What the options before the command say."""

    path: str | None = None
    endpoint: str | None = field(default=None, repr=False)
    include_sensitive: bool = False
    timeout: float | None = None
    silent: bool = False

    @cached_property
    def folder(self) -> Folder:
        """The graph folder: the one named, else the nearest, else the built-in one."""
        if self.path is not None:
            return open_folder(Path(self.path))
        nearest = find_folder(Path.cwd())
        found = open_folder(nearest) if nearest else builtin()
        is_builtin = found.root == builtin().root
        place = "built in" if is_builtin else f"in {found.relative(found.root)}"
        given = "questions" if self.endpoint else "graph"
        if not self.silent:
            click.secho(f"{given}: {found.title} ({place})", err=True, dim=True)
        return found

    @cached_property
    def queries(self) -> Catalogue:
        """The questions of the folder; no data is read."""
        return Catalogue(self.folder.query_files(), self.folder.relative, self.folder.prefixes)

    @cached_property
    def graph(self) -> Graph:
        """The graph, loaded when first needed."""
        graph = open_graph(
            self.folder.root,
            endpoint=self.endpoint,
            include_sensitive=self.include_sensitive,
            timeout=self.timeout,
            progress=progress(),
            login=login_for(self.endpoint),
        )
        if self.endpoint is not None and not self.silent:
            click.secho(f"graph: {graph.engine.description}", err=True, dim=True)
        return graph

    def on(self, day: str | None, *, possible: bool = False) -> Graph:
        """The graph as of a day, if there is one."""
        if day is None:
            if possible:
                raise click.UsageError("--possible belongs to --as-of DAY")
            return self.graph
        from allgraph.graph.timeline import as_of

        return as_of(self.graph, day, possible=possible)

    def needs_files(self, what: str = "") -> None:
        """Stop a command that is about the files of a folder, when there is an endpoint."""
        if self.endpoint is not None:
            name = what or click.get_current_context().info_name
            raise click.UsageError(
                f"“{name}” is for folders, not endpoints; leave out --endpoint (ALLGRAPH_ENDPOINT)"
            )


def session_of(ctx: click.Context) -> Session:
    """The session of a context; while completing, a silent one with the options so far."""
    given = ctx.find_root().params
    endpoint = given.get("endpoint")
    return ctx.find_object(Session) or Session(
        given.get("path"), endpoint, timeout=PATIENCE if endpoint else None, silent=True
    )


pass_session = click.make_pass_decorator(Session)
