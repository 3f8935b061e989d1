"""The graph that workers share, with all that depends on it and on where it is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

from allgraph.errors import UnknownName
from allgraph.exports.export import exported
from allgraph.folder import builtin, open_folder
from allgraph.folder.folder import MANIFEST
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata import dataset, profiles
from allgraph.linkeddata.documents import Documents
from allgraph.linkeddata.profiles import Profile
from allgraph.linkeddata.publication import Download, Publication
from allgraph.model import topics
from allgraph.server.settings import Settings
from allgraph.site import downloads, files, network_data, templating
from allgraph.site.pages import home, lists
from allgraph.site.site import Site

T = TypeVar("T")
PREPARED = frozenset(
    (
        "catalog",
        "connections",
        "document",
        "identifiers",
        "listed",
        "oembed",
        "page",
        "question",
        "void",
    )
)
"""The tasks that need a graph that is prepared: each reads much of it, to fill caches."""
MINUTE = 60.0
"""Seconds for which lists and counts of an endpoint are kept."""
IN_MEMORY = 1_000_000
"""The maximum triples of a graph with a snapshot that is served from memory, which is about three
times as fast as from disk; loading takes some seconds for each 100,000."""
TITLE, DETAIL = "@@title@@", "@@detail@@"
"""Placeholders for the title and detail of a problem in the page that is made once for all."""


@dataclass(frozen=True, eq=False)
class Served:
    """A graph, its public address, and values computed from it that workers use for replies.

    `home` is the public address, with ``/`` at its end. `root` is the first part of its path, which
    a proxy removes from requests: ``""`` or such as ``/graph``. `made` has the content of the
    downloads that were made at the start, by file name. `is_prepared` says whether the caches that
    take long to fill were filled, and the snapshot verified; see `load`.

    The data of an endpoint may change at any time. So a graph at an endpoint has no date and no
    downloads, and `site` and `connections` are made again when they are older than a `MINUTE`.
    """

    graph: Graph
    home: str
    root: str = ""
    made: Mapping[str, bytes] = field(default_factory=dict)
    is_prepared: bool = True
    _values: dict[str, tuple[Any, ...]] = field(default_factory=dict, init=False)

    @property
    def site(self) -> Site:
        """The `Site` of the graph, which makes its pages; made at first use and then kept.

        For an endpoint a new one is made each minute.
        """
        return self._cached("site", lambda: Site(self.graph, self.published, self.root))

    @cached_property
    def including_withdrawn(self) -> Served:
        """The same graph with its withdrawn claims; `InputError` for one at an endpoint."""
        return Served(self.graph.including_withdrawn, self.home, self.root)

    def _cached(self, name: str, make: Callable[[], T]) -> T:
        """Return the value cached under a name, or make it by `make` and cache it.

        For a graph at an endpoint, one of an earlier minute of the clock is made again. The graph
        of a folder does not change, so its values are made once.
        """
        minute = int(monotonic() // MINUTE) if self.graph.is_remote else 0
        if self._values.get(name, (None,))[0] != minute:
            self._values[name] = (minute, make())
        value: T = self._values[name][1]
        return value

    @cached_property
    def modified(self) -> datetime | None:
        """When the manifest or a file that `version` depends on last changed, to the second.

        None for an endpoint. Files of the folders that the folder of the graph extends count too,
        but not their data and manifests. They are looked up once, then the time is cached.
        """
        if self.graph.is_remote:
            return None
        folder = self.graph.folder
        files = [
            folder.root / MANIFEST,
            *folder.data_files(),
            *folder.ontology_files(),
            *folder.shape_files(),
            *folder.query_files(),
            *folder.profile_files(),
        ]
        latest = max(path.stat().st_mtime for path in files)
        return datetime.fromtimestamp(int(latest), UTC)

    @cached_property
    def version(self) -> str:
        """A digest of all that answers depend on (`dataset.version`); empty for an endpoint.

        It is computed once, then cached.
        """
        return "" if self.graph.is_remote else dataset.version(self.graph)

    @cached_property
    def published(self) -> Publication:
        """The addresses of the graph, its endpoint and its downloads, for VoID and DCAT.

        The downloads are those in `made`, the ones made at the start, with sizes and checksums. If
        there are none, they are those made on request, with their addresses only; an endpoint has
        none.
        """
        if self.modified is None:
            return Publication(self.home, f"{self.home}sparql")
        files = downloads.described(self.made, self.home)
        if not files:
            names = [*map(downloads.name_of, downloads.FORMATS), *downloads.on_request(self.graph)]
            empty = downloads.described(dict.fromkeys(names, b""), self.home)
            files = tuple(Download(download.url, download.format) for download in empty)
        return Publication(
            self.home, f"{self.home}sparql", files, modified=f"{self.modified:%Y-%m-%d}"
        )

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles of the graph, read from files; `QueryError` if one is invalid."""
        return profiles.profiles(self.graph)

    @property
    def documents(self) -> Documents:
        """The documents of the graph; for an endpoint new ones, which have read nothing yet."""
        return Documents(self.graph, self.published) if self.graph.is_remote else self._documents

    @cached_property
    def _documents(self) -> Documents:
        """The documents of a graph that does not change."""
        return Documents(self.graph, self.published)

    @property
    def connections(self) -> bytes:
        """The JSON file of all ties (claims that join two things); it is made once and cached.

        For an endpoint it is made again each minute. Raises `UnknownName` where the graph has too
        many claims for one file.
        """
        return self._cached("connections", self._write_connections)

    def _write_connections(self) -> bytes:
        """Search all ties and return their JSON file; `UnknownName` if there are too many."""
        ties = network_data.network_ties(self.graph, self.site.path)
        if ties is None:
            raise UnknownName(
                f"there is no file of all connections, as the graph has more than "
                f"{network_data.MOST:,} claims; those of one thing are at /network/NAME.json"
            )
        return network_data.written(ties)

    def about(self) -> dict[str, Any]:
        """Return facts about the graph that the server process needs, as values that JSON has.

        They are version, date (``modified``, in seconds since 1970 or None), title, licence, base,
        ``root``, names of questions, IRIs of profiles by name, `is_prepared`, and two pages for
        problems: ``problem``, with the placeholders `TITLE` and `DETAIL`, and ``missing`` for 404.
        Reads the files of the profiles; `QueryError` if one is invalid.
        """
        folder = self.graph.folder
        return {
            "version": self.version,
            "modified": self.modified and self.modified.timestamp(),
            "title": folder.title,
            "licence": folder.licence,
            "base": folder.base,
            "root": self.root,
            "is_prepared": self.is_prepared,
            "questions": list(self.graph.queries),
            "profiles": {one.name: one.iri for one in self.profiles},
            "problem": lists.problem(self.site, TITLE, DETAIL).decode(),
            "missing": lists.missing(self.site).decode(),
        }

    def download(self, name: str) -> bytes:
        """Return the content of the download with a file name; it is not kept here.

        It is taken from `made`, the contents made at the start, or else exported anew.
        ``SHA256SUMS``, if `made` is not empty, and `downloads.WHOLE` (all triples, of a small
        graph) are always made anew. Raises `UnknownName` for an unknown file name, and for any name
        where the graph is at an endpoint, and the errors of `exported`, such as `UnknownFormat` for
        a graph that RDF/XML cannot express.
        """
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
        tables = [] if self.made else [*downloads.on_request(self.graph)]
        if name in tables:
            return downloads.table(self.graph, name)
        if name not in formats:
            known = ", ".join([*formats, *tables, *(self.made.keys() - formats.keys())])
            raise UnknownName(f"there is no download “{name}”; there are {known}")
        return exported(self.graph, formats[name])


def load(settings: Settings, *, at_once: bool = False) -> Served:
    """Open the graph that the settings name, or the built-in one, and return it ready to be served.

    Its home is by default the base of the folder. With an endpoint, the data is there and not in
    the folder, and each query to it may take the `seconds` of the settings. Raises `FolderError`,
    `LoadError`, `QueryError` for an invalid question or profile, and `EngineError`, also for a
    damaged snapshot, which is read whole for that.

    With `at_once`, a graph that is not small and has a snapshot is not prepared: it is queried on
    disk, its snapshot is not verified, and the caches are empty. That takes about a second for any
    size. `PREPARED` names the tasks that would then take too long.

    Downloads of a small graph (`downloads.is_small`) are made here, and DCAT has their sizes and
    checksums. Those of a larger one are made on request, within the limits of any request, and
    DCAT has neither.
    """
    source = open_folder(Path(settings.folder)) if settings.folder else builtin()
    graph = open_graph(
        source.root,
        endpoint=settings.endpoint,
        include_sensitive=settings.include_sensitive,
        timeout=settings.seconds if settings.endpoint else None,
        in_memory=downloads.SMALL if at_once else IN_MEMORY,
    )
    home = settings.home or source.base
    root = urlsplit(home).path.rstrip("/") if settings.home else ""
    if graph.snapshot is not None:
        if at_once and len(graph.snapshot) > downloads.SMALL:
            served = Served(graph, home, root, is_prepared=False)
            served.about()
            return served
        graph.snapshot.verify()
    is_small = not graph.is_remote and downloads.is_small(graph)
    made = {**downloads.dumps(graph), **downloads.tables(graph)} if is_small else {}
    served = Served(graph, home, root, made)
    _prepare(served)
    return served


def _prepare(served: Served) -> None:
    """Fill the caches of `served` and its graph, so that workers share them after the fork.

    May take seconds. For an endpoint only `Served.about` is called.
    """
    served.about()
    if served.graph.is_remote:
        return
    served.site.digests  # noqa: B018
    home.home(served.site)
    served.graph.columns.network.ties  # noqa: B018
    served.graph.name_index  # noqa: B018
    if len(served.graph.columns) > topics.LARGE:
        served.graph.topics.prepare()
        site = served.site
        site.gaps, site.description  # noqa: B018  take longer than a query may
        site.triples, site.months, site.disagreements  # noqa: B018
        site.prepare_lists()
        files.sitemap(site)
        templating.prepare()
    if served.site.is_small:
        served.connections  # noqa: B018  takes seconds for the largest of these
