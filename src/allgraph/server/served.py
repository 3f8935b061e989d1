"""What workers hold: a graph, and what is known of it as it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allgraph import datasets, profiles
from allgraph.errors import UnknownName
from allgraph.exports import exported
from allgraph.folder import builtin, open_folder
from allgraph.graph import Graph, open_graph
from allgraph.publications import Download, Publication
from allgraph.site import connections, dumps, lists
from allgraph.site.edition import Edition

TITLE, DETAIL = "@@title@@", "@@detail@@"
"""What stands for the title and detail of a problem in the page that is ready for any."""


@dataclass(frozen=True, eq=False)
class Served:
    """A graph, where it is published, and what replies to requests tell of it.

    `home` is the address under which it is known, and `root` what the paths of requests begin
    with there, which a proxy takes away: ``""`` or such as ``/graph``. `made` are the downloads
    that are there already, by the names of their files.
    """

    graph: Graph
    home: str
    root: str = ""
    made: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def edition(self) -> Edition:
        """The pages of the graph, and where they are."""
        return Edition(self.graph, self.published, self.root)

    @cached_property
    def modified(self) -> datetime:
        """When a file of the folder was last changed."""
        folder = self.graph.folder
        files = [*folder.data_files(), *folder.ontology_files(), *folder.query_files(),
                 *folder.profile_files()]  # fmt: skip
        latest = max((path.stat().st_mtime for path in files), default=0.0)
        return datetime.fromtimestamp(int(latest), UTC)

    @cached_property
    def version(self) -> str:
        """A digest of all that the graph holds."""
        return datasets.version(self.graph)

    @cached_property
    def published(self) -> Publication:
        """Where the graph and its downloads are; of those that are made, size and checksum too."""
        some = dumps.told(self.made, self.home)
        if not some:
            some = tuple(Download(f"{self.home}download/{dumps.name_of(each)}", each)
                         for each in dumps.FORMATS)  # fmt: skip
        return Publication(
            self.home, f"{self.home}sparql", some, modified=self.modified.strftime("%Y-%m-%d")
        )

    @cached_property
    def connections(self) -> bytes:
        """All ties in one file, or `UnknownName` where the graph is too large for that."""
        ties = connections.ties_of(self.graph, self.edition.path)
        if ties is None:
            raise UnknownName(
                f"there is no file of all connections: the graph has more than "
                f"{connections.MOST:,} claims; ask for the ties of one thing at /show"
            )
        return connections.written(ties)

    def about(self) -> dict[str, Any]:
        """What the server process has to know."""
        folder = self.graph.folder
        return {
            "version": self.version,
            "modified": self.modified.timestamp(),
            "title": folder.title,
            "licence": folder.licence,
            "base": folder.base,
            "root": self.root,
            "questions": list(self.graph.queries),
            "profiles": {each.name: each.iri for each in profiles.profiles(self.graph)},
            "problem": lists.problem(self.edition, TITLE, DETAIL).decode(),
            "missing": lists.missing(self.edition).decode(),
        }

    def download(self, name: str) -> bytes:
        """A file of the downloads, or `UnknownName`; what is not there yet is made."""
        if name == dumps.WHOLE and dumps.is_small(self.graph):
            return dumps.whole(self.graph)
        if name == "SHA256SUMS" and self.made:
            whole = {dumps.WHOLE: dumps.whole(self.graph)}
            return dumps.checksums({**self.made, **whole})
        if name in self.made:
            return self.made[name]
        formats = {dumps.name_of(each): each for each in dumps.FORMATS}
        if name not in formats:
            raise UnknownName(f"there is no download “{name}”; there are {', '.join(formats)}")
        return exported(self.graph, formats[name])


def load(folder: str | None, home: str | None, include_sensitive: bool = False) -> Served:
    """Open a graph folder to serve it; `home` is where it is published, if not at its base.

    Downloads of a small graph (`dumps.SMALL`) are made here, and DCAT tells their sizes and
    checksums. Those of a larger one are made when they are asked for, within the limits of any
    request, and DCAT tells neither.
    """
    found = open_folder(Path(folder)) if folder else builtin()
    graph = open_graph(found.root, include_sensitive=include_sensitive)
    made = dumps.dumps(graph) if dumps.is_small(graph) else {}
    root = urlsplit(home).path.rstrip("/") if home else ""
    served = Served(graph, home or found.base, root, made)
    served.about()
    served.edition.digests  # noqa: B018  made once, before workers are forked
    graph.columns.network.ties  # noqa: B018
    if served.edition.is_small:
        served.connections  # noqa: B018  takes seconds for the largest of these
    return served
