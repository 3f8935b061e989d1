"""What workers hold: a graph, and what is known of it as it is published."""

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
"""For how many seconds lists and counts of an endpoint are kept."""
IN_MEMORY = 1_000_000
"""How many triples a graph with a snapshot may have to be served from memory, where it answers
about three times as fast as from disk; reading it takes some seconds for each 100,000."""
TITLE, DETAIL = "@@title@@", "@@detail@@"
"""What stands for the title and detail of a problem in the page that is ready for any."""


@dataclass(frozen=True, eq=False)
class Served:
    """A graph, where it is published, and what replies to requests tell of it.

    `home` is the address under which it is known, and `root` what the paths of requests begin
    with there, which a proxy takes away: ``""`` or such as ``/graph``. `made` are the downloads
    that are there already, by the names of their files.

    What an endpoint holds may change at any time. So nothing is told of when it did, there are no
    downloads, and what pages count is at most a `MINUTE` old.
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
        """The edition of a minute; only the last is kept."""
        return lru_cache(1)(lambda minute: Site(self.graph, self.published, self.root))

    @property
    def _minute(self) -> int:
        return int(monotonic() // MINUTE) if self.graph.is_remote else 0

    @cached_property
    def modified(self) -> datetime | None:
        """When a file of the folder was last changed; None where an endpoint holds the data."""
        if self.graph.is_remote:
            return None
        folder = self.graph.folder
        files = [*folder.data_files(), *folder.ontology_files(), *folder.query_files(),
                 *folder.profile_files()]  # fmt: skip
        latest = max((path.stat().st_mtime for path in files), default=0.0)
        return datetime.fromtimestamp(int(latest), UTC)

    @cached_property
    def version(self) -> str:
        """A digest of all that the graph holds; of an endpoint nothing, for it cannot be known."""
        return "" if self.graph.is_remote else dataset.version(self.graph)

    @cached_property
    def published(self) -> Publication:
        """Where the graph and its downloads are; of those that are made, size and checksum too."""
        if self.modified is None:
            return Publication(self.home, f"{self.home}sparql")
        some = downloads.told(self.made, self.home)
        if not some:
            some = tuple(Download(f"{self.home}download/{downloads.name_of(each)}", each)
                         for each in downloads.FORMATS)  # fmt: skip
        return Publication(
            self.home, f"{self.home}sparql", some, modified=f"{self.modified:%Y-%m-%d}"
        )

    @property
    def connections(self) -> bytes:
        """All ties in one file, or `UnknownName` where the graph is too large for that."""
        return self._connections_of(self._minute)

    @cached_property
    def _connections_of(self) -> Callable[[int], bytes]:
        return lru_cache(1)(lambda minute: self._connections())

    def _connections(self) -> bytes:
        ties = network_data.ties_of(self.graph, self.edition.path)
        if ties is None:
            raise UnknownName(
                f"there is no file of all connections: the graph has more than "
                f"{network_data.MOST:,} claims; ask for the ties of one thing at /show"
            )
        return network_data.written(ties)

    def about(self) -> dict[str, Any]:
        """What the server process has to know."""
        folder = self.graph.folder
        return {
            "version": self.version,
            "modified": self.modified and self.modified.timestamp(),
            "title": folder.title,
            "licence": folder.licence,
            "base": folder.base,
            "root": self.root,
            "questions": list(self.graph.queries),
            "profiles": {each.name: each.iri for each in profiles.profiles(self.graph)},
            "problem": list_pages.problem(self.edition, TITLE, DETAIL).decode(),
            "missing": list_pages.missing(self.edition).decode(),
        }

    def download(self, name: str) -> bytes:
        """A file of the downloads, or `UnknownName`; what is not there yet is made."""
        if self.graph.is_remote:
            raise UnknownName("an endpoint holds the data: there are no downloads; ask at /sparql")
        if name == downloads.WHOLE and downloads.is_small(self.graph):
            return downloads.whole(self.graph)
        if name == "SHA256SUMS" and self.made:
            whole = {downloads.WHOLE: downloads.whole(self.graph)}
            return downloads.checksums({**self.made, **whole})
        if name in self.made:
            return self.made[name]
        formats = {downloads.name_of(each): each for each in downloads.FORMATS}
        if name not in formats:
            raise UnknownName(f"there is no download “{name}”; there are {', '.join(formats)}")
        return exported(self.graph, formats[name])


def load(folder: str | None, home: str | None, include_sensitive: bool = False,
         endpoint: str | None = None, seconds: float | None = None) -> Served:  # fmt: skip
    """Open a graph folder to serve it; `home` is where it is published, if not at its base.

    If there is an `endpoint`, it holds the data, and each question may take so many `seconds`.

    Downloads of a small graph (`dumps.SMALL`) are made here, and DCAT tells their sizes and
    checksums. Those of a larger one are made when they are asked for, within the limits of any
    request, and DCAT tells neither.
    """
    found = open_folder(Path(folder)) if folder else builtin()
    root = urlsplit(home).path.rstrip("/") if home else ""
    if endpoint is not None:
        graph = open_graph(found.root, endpoint=endpoint, include_sensitive=include_sensitive,
                           timeout=seconds)  # fmt: skip
        served = Served(graph, home or found.base, root)
        served.about()
        return served
    graph = open_graph(found.root, include_sensitive=include_sensitive, in_memory=IN_MEMORY)
    made = downloads.dumps(graph) if downloads.is_small(graph) else {}
    served = Served(graph, home or found.base, root, made)
    served.about()
    served.edition.digests  # noqa: B018  made once, before workers are forked
    list_pages.home(served.edition)  # which counts, once for all workers
    graph.columns.network.ties  # noqa: B018
    if served.edition.is_small:
        served.connections  # noqa: B018  takes seconds for the largest of these
    return served
