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
from allgraph.sparql.answer import Answer

if TYPE_CHECKING:
    from allgraph.exports.export import export, exported
    from allgraph.exports.networkx_graph import to_networkx
    from allgraph.exports.push import Delivery, push
    from allgraph.exports.rdflib_graph import to_rdflib
    from allgraph.graph.claims import Claim, Evidence, claims
    from allgraph.graph.timeline import Entry, Timeline, View, as_of, timeline
    from allgraph.imports.result import Imported
    from allgraph.imports.update import import_records
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
    "Imported",
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
    "import_records",
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
    "exports.export": ("export", "exported"),
    "exports.networkx_graph": ("to_networkx",),
    "exports.push": ("Delivery", "push"),
    "exports.rdflib_graph": ("to_rdflib",),
    "folder.snapshot.build": ("Built", "build"),
    "graph.claims": ("Claim", "Evidence", "claims"),
    "graph.timeline": ("Entry", "Timeline", "View", "as_of", "timeline"),
    "imports.result": ("Imported",),
    "imports.update": ("import_records",),
    "linkeddata.check.check": ("check_site",),
    "linkeddata.profiles": ("profiled",),
    "network.centrality": ("rank",),
    "network.neighbourhood": ("neighbourhood",),
    "network.path_results": ("Path", "Paths", "Step"),
    "network.paths": ("paths",),
    "network.shared": ("between",),
    "site.publisher": ("Published", "publish"),
    "validation.report": ("Finding", "Report"),
    "validation.validate": ("validate",),
}
"""The modules that are imported only when one of these names is used."""
_MODULES = {name: module for module, names in _LATE.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import and return a public name of `_MODULES`, which has the module of each such name.

    It is then a global of this package. Raises `AttributeError` for any other name.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    attribute = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = attribute
    return attribute


def __dir__() -> list[str]:
    """Return the names in this package, with the public ones that are not imported yet."""
    return sorted({*globals(), *__all__})
