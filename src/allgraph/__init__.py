"""A knowledge graph of people, laws and campaigns that you can cite.

>>> import allgraph
>>> graph = allgraph.open()
>>> answer = graph.ask("founders", body="Model Alliance")
>>> answer.rows[0]["name"].value
'Sara Ziff'
"""

from typing import TYPE_CHECKING, Any

from allgraph.answer import Answer
from allgraph.claims import Claim, Evidence, claims
from allgraph.errors import AllgraphError
from allgraph.folder import Folder
from allgraph.graph import Graph, Thing
from allgraph.graph import open_graph as open

if TYPE_CHECKING:
    from allgraph.adapters import to_networkx, to_rdflib
    from allgraph.chronology import Entry, Timeline, View, as_of, timeline
    from allgraph.deliveries import Delivery, push
    from allgraph.exports import export, exported
    from allgraph.inspection.inspector import check_site
    from allgraph.neighbours import between, neighbourhood
    from allgraph.profiles import profiled
    from allgraph.ranks import rank
    from allgraph.relations import Path, Paths, Step, paths
    from allgraph.reports import Finding, Report
    from allgraph.shapes import validate
    from allgraph.site.publisher import Published, publish

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
    "Built": "snapshot.builder",
    "Delivery": "deliveries",
    "Entry": "chronology",
    "Finding": "reports",
    "Path": "relations",
    "Paths": "relations",
    "Published": "site.publisher",
    "Report": "reports",
    "Step": "relations",
    "Timeline": "chronology",
    "View": "chronology",
    "as_of": "chronology",
    "between": "neighbours",
    "build": "snapshot.builder",
    "check_site": "inspection.inspector",
    "export": "exports",
    "exported": "exports",
    "neighbourhood": "neighbours",
    "paths": "relations",
    "profiled": "profiles",
    "publish": "site.publisher",
    "push": "deliveries",
    "rank": "ranks",
    "timeline": "chronology",
    "to_networkx": "adapters",
    "to_rdflib": "adapters",
    "validate": "shapes",
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
