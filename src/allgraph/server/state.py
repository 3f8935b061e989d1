"""The graph that workers share, with all that depends on it and on where it is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from allgraph.errors import UnknownName
from allgraph.exports.export import exported
from allgraph.folder import builtin, open_folder
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata import dataset, profiles
from allgraph.linkeddata.publication import Download, Publication
from allgraph.site import downloads, list_pages, network_data
from allgraph.site.site import Site

MINUTE = 60.0
"""Seconds for which lists and counts of an endpoint are kept."""
IN_MEMORY = 1_000_000
"""The maximum triples of a graph with a snapshot that is served from memory, which is about three
times as fast as from disk; loading takes some seconds for each 100,000."""
TITLE, DETAIL = "@@title@@", "@@detail@@"
"""Placeholders for the title and detail of a problem in the page that is made once for all."""


@dataclass(frozen=True, eq=False)
class Served:
    """A graph, where it is published, and what replies about it need.

    `home` is its public address, and `root` the beginning of the paths there that a proxy takes
    away: ``""`` or such as ``/graph``. `made` are the downloads that are made already, by file
    name.

    The data of an endpoint may change at any time. So it has no date and no downloads, and its
    counts on pages are at most a `MINUTE` old.
    """

    graph: Graph
    home: str
    root: str = ""
    made: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def edition(self) -> Site:
        """The pages of the graph, and where they are."""
        return self._edition_of(self._minute)

    @cached_property
    def _edition_of(self) -> Callable[[int], Site]:
        """The pages of the graph in a minute; only the last are kept."""
        return lru_cache(1)(lambda minute: Site(self.graph, self.published, self.root))

    @property
    def _minute(self) -> int:
        return int(monotonic() // MINUTE) if self.graph.is_remote else 0

    @cached_property
    def modified(self) -> datetime | None:
        """When a file of the folder was last changed; None for an endpoint."""
        if self.graph.is_remote:
            return None
        folder = self.graph.folder
        files = [
            *folder.data_files(),
            *folder.ontology_files(),
            *folder.query_files(),
            *folder.profile_files(),
        ]
        latest = max((path.stat().st_mtime for path in files), default=0.0)
        return datetime.fromtimestamp(int(latest), UTC)

    @cached_property
    def version(self) -> str:
        """A digest of all that the graph holds; empty for an endpoint."""
        return "" if self.graph.is_remote else dataset.version(self.graph)

    @cached_property
    def published(self) -> Publication:
        """The addresses of the graph and its downloads; sizes and checksums of those made."""
        if self.modified is None:
            return Publication(self.home, f"{self.home}sparql")
        files = downloads.told(self.made, self.home) or tuple(
            Download(f"{self.home}download/{downloads.name_of(format)}", format)
            for format in downloads.FORMATS
        )
        return Publication(
            self.home, f"{self.home}sparql", files, modified=f"{self.modified:%Y-%m-%d}"
        )

    @property
    def connections(self) -> bytes:
        """All ties in one file; `UnknownName` where the graph is too large for that."""
        return self._connections_of(self._minute)

    @cached_property
    def _connections_of(self) -> Callable[[int], bytes]:
        return lru_cache(1)(lambda minute: self._connections())

    def _connections(self) -> bytes:
        """Write the file of all ties."""
        ties = network_data.network_ties(self.graph, self.edition.path)
        if ties is None:
            raise UnknownName(
                f"there is no file of all connections, as the graph has more than "
                f"{network_data.MOST:,} claims; ask for the ties of one thing at /show"
            )
        return network_data.written(ties)

    def about(self) -> dict[str, Any]:
        """The facts about the graph that the server process needs, as JSON."""
        folder = self.graph.folder
        return {
            "version": self.version,
            "modified": self.modified and self.modified.timestamp(),
            "title": folder.title,
            "licence": folder.licence,
            "base": folder.base,
            "root": self.root,
            "questions": list(self.graph.queries),
            "profiles": {one.name: one.iri for one in profiles.profiles(self.graph)},
            "problem": list_pages.problem(self.edition, TITLE, DETAIL).decode(),
            "missing": list_pages.missing(self.edition).decode(),
        }

    def download(self, name: str) -> bytes:
        """Return a download, which is made if need be; `UnknownName` if there is none."""
        if self.graph.is_remote:
            raise UnknownName(
                "there are no downloads, as an endpoint holds the data; ask at /sparql"
            )
        if name == downloads.WHOLE and downloads.is_small(self.graph):
            return downloads.whole(self.graph)
        if name == "SHA256SUMS" and self.made:
            whole = {downloads.WHOLE: downloads.whole(self.graph)}
            return downloads.checksums({**self.made, **whole})
        if name in self.made:
            return self.made[name]
        formats = {downloads.name_of(format): format for format in downloads.FORMATS}
        if name not in formats:
            raise UnknownName(f"there is no download “{name}”; there are {', '.join(formats)}")
        return exported(self.graph, formats[name])


def load(
    folder: str | None,
    home: str | None,
    include_sensitive: bool = False,
    endpoint: str | None = None,
    seconds: float | None = None,
) -> Served:
    """Open a graph folder to serve it at `home`, by default its base.

    With an `endpoint`, that holds the data, and each question may take so many `seconds`.

    Downloads of a small graph (`downloads.is_small`) are made here, and DCAT has their sizes and
    checksums. Those of a larger one are made on request, within the limits of any request, and
    DCAT has neither.
    """
    source = open_folder(Path(folder)) if folder else builtin()
    graph = open_graph(
        source.root,
        endpoint=endpoint,
        include_sensitive=include_sensitive,
        timeout=seconds if endpoint else None,
        in_memory=IN_MEMORY,
    )
    is_small = not graph.is_remote and downloads.is_small(graph)
    made = downloads.dumps(graph) if is_small else {}
    root = urlsplit(home).path.rstrip("/") if home else ""
    served = Served(graph, home or source.base, root, made)
    _prepare(served)
    return served


def _prepare(served: Served) -> None:
    """Make what all workers need once, before they are forked."""
    served.about()
    if served.graph.is_remote:
        return
    served.edition.digests  # noqa: B018
    list_pages.home(served.edition)
    served.graph.columns.network.ties  # noqa: B018
    if served.edition.is_small:
        served.connections  # noqa: B018  takes seconds for the largest of these
