"""A knowledge graph of people, laws and campaigns that you can cite.

>>> import allgraph
>>> graph = allgraph.open()
>>> answer = graph.ask("founders", body="Model Alliance")
>>> answer.rows[0]["name"].value
'Sara Ziff'
"""

from typing import TYPE_CHECKING, Any

from allgraph.errors import AllgraphError
from allgraph.folder import Folder
from allgraph.graph import Graph, Thing
from allgraph.graph import open_graph as open
from allgraph.graph.claims import Claim, Evidence, claims
from allgraph.sparql.answer import Answer

if TYPE_CHECKING:
    from allgraph.exports.export import export, exported
    from allgraph.exports.networkx_graph import to_networkx
    from allgraph.exports.push import Delivery, push
    from allgraph.exports.rdflib_graph import to_rdflib
    from allgraph.graph.timeline import Entry, Timeline, View, as_of, timeline
    from allgraph.linkeddata.check.check import check_site
    from allgraph.linkeddata.profiles import profiled
    from allgraph.network.centrality import rank
    from allgraph.network.neighbourhood import neighbourhood
    from allgraph.network.path_results import Path, Paths, Step
    from allgraph.network.paths import paths
    from allgraph.network.shared import between
    from allgraph.site.publisher import Published, publish
    from allgraph.validation.report import Finding, Report
    from allgraph.validation.validate import validate

__all__ = [
    "AllgraphError",
    "Answer",
    "Built",
    "Claim",
    "Delivery",
    "Entry",
    "Evidence",
    "Finding",
    "Folder",
    "Graph",
    "Path",
    "Paths",
    "Published",
    "Report",
    "Step",
    "Thing",
    "Timeline",
    "View",
    "as_of",
    "between",
    "build",
    "check_site",
    "claims",
    "export",
    "exported",
    "neighbourhood",
    "open",
    "paths",
    "profiled",
    "publish",
    "push",
    "rank",
    "timeline",
    "to_networkx",
    "to_rdflib",
    "validate",
]
_LATE = {
    "Built": "folder.snapshot.build",
    "Delivery": "exports.push",
    "Entry": "graph.timeline",
    "Finding": "validation.report",
    "Path": "network.path_results",
    "Paths": "network.path_results",
    "Published": "site.publisher",
    "Report": "validation.report",
    "Step": "network.path_results",
    "Timeline": "graph.timeline",
    "View": "graph.timeline",
    "as_of": "graph.timeline",
    "between": "network.shared",
    "build": "folder.snapshot.build",
    "check_site": "linkeddata.check.check",
    "export": "exports.export",
    "exported": "exports.export",
    "neighbourhood": "network.neighbourhood",
    "paths": "network.paths",
    "profiled": "linkeddata.profiles",
    "publish": "site.publisher",
    "push": "exports.push",
    "rank": "network.centrality",
    "timeline": "graph.timeline",
    "to_networkx": "exports.networkx_graph",
    "to_rdflib": "exports.rdflib_graph",
    "validate": "validation.validate",
}
"""What is imported when it is first used, and the module that it is from."""


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = found = getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
