"""What workers hold: a graph, and what is known of it as it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allgraph import datasets
from allgraph.errors import EngineError, UnknownFormat
from allgraph.exports import exported
from allgraph.folder import builtin, open_folder
from allgraph.graph import Graph, open_graph
from allgraph.publications import Download, Publication

DOWNLOADS = ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld")
"""The formats of downloads, by their names."""
SUFFIXES = {"turtle": "ttl", "ntriples": "nt", "nquads": "nq", "trig": "trig", "rdfxml": "rdf",
            "jsonld": "jsonld"}  # fmt: skip
SMALL = 50_000
"""With no more triples than these, the ontology and what is derived among them, the downloads of
a graph are made once, when it is loaded."""

_SAME = {"trig": "turtle", "nquads": "ntriples"}  # for what is stated has no named graphs
_PATIENCE = 10.0  # seconds that blank nodes may take to be put in order


@dataclass(frozen=True, eq=False)
class Served:
    """A graph, where it is published, and what replies to requests tell of it.

    `home` is the address under which it is known, `root` the path of that when requests come
    without it, as a proxy may pass them on: ``""`` or such as ``/graph``. `made` are the
    downloads that are there already, by format.
    """

    graph: Graph
    home: str
    root: str = ""
    made: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def modified(self) -> datetime:
        """When a file of the folder was last changed."""
        folder = self.graph.folder
        files = [*folder.data_files(), *folder.ontology_files(), *folder.query_files()]
        latest = max((path.stat().st_mtime for path in files), default=0.0)
        return datetime.fromtimestamp(int(latest), UTC)

    @cached_property
    def version(self) -> str:
        """A digest of all that the graph holds."""
        return datasets.version(self.graph)

    @cached_property
    def published(self) -> Publication:
        """Where the graph and its downloads are; of those that are made, size and checksum too."""
        return Publication(
            self.home,
            f"{self.home}sparql",
            tuple(self._offered(name) for name in DOWNLOADS if name in self.made or not self.made),
            modified=self.modified.strftime("%Y-%m-%d"),
        )

    def _offered(self, format: str) -> Download:
        url = f"{self.home}download/graph.{SUFFIXES[format]}"
        data = self.made.get(format)
        if data is None:
            return Download(url, format)
        return Download(url, format, len(data), sha256(data).hexdigest())

    def about(self) -> dict[str, Any]:
        """What the server process has to know."""
        folder = self.graph.folder
        return {
            "version": self.version,
            "modified": self.modified.timestamp(),
            "title": folder.title,
            "licence": folder.licence,
            "base": folder.base,
            "questions": list(self.graph.queries),
        }

    def download(self, format: str) -> bytes:
        """The data in a format, as `allgraph export` writes it."""
        found = self.made.get(format)
        return exported(self.graph, format) if found is None else found


def load(folder: str | None, home: str | None, include_sensitive: bool = False) -> Served:
    """Open a graph folder to serve it; `home` is where it is published, if not at its base.

    Downloads of a `SMALL` graph are made here, and DCAT tells their sizes and checksums. Those of
    a larger one are made when they are asked for, within the limits of any request, and DCAT
    tells neither.
    """
    found = open_folder(Path(folder)) if folder else builtin()
    graph = open_graph(found.root, include_sensitive=include_sensitive)
    root = urlsplit(home).path.rstrip("/") if home else ""
    made = _downloads(graph) if len(graph.store) <= SMALL else {}
    served = Served(graph, home or found.base, root, made)
    served.about()
    served.graph.columns.network.ties  # noqa: B018  made once, before workers are forked
    return served


def _downloads(graph: Graph) -> dict[str, bytes]:
    """The data in each format that can hold it, and in which it is written before long."""
    found: dict[str, bytes] = {}
    for name in DOWNLOADS:
        same = _SAME.get(name)
        try:
            found[name] = found[same] if same in found else exported(graph, name, timeout=_PATIENCE)
        except (UnknownFormat, EngineError):
            continue
    return found
