"""A knowledge graph of people, laws and campaigns that you can cite.

>>> import allgraph
>>> graph = allgraph.open()
>>> [row.text("name") for row in graph.ask("founders", body="Model Alliance")][0]
'Sara Ziff'
"""

from typing import TYPE_CHECKING

from allgraph.errors import VERSION as __version__
from allgraph.errors import (
    AllgraphError,
    DateError,
    EngineCrash,
    EngineError,
    EngineTimeout,
    FolderError,
    InputError,
    LoadError,
    MissingExtra,
    ParameterError,
    QueryError,
    ReadOnly,
    TooMuch,
    UnknownFormat,
    UnknownName,
    UnknownQuestion,
    WriteError,
)
from allgraph.folder import Folder
from allgraph.folder.front import Front, Story
from allgraph.graph import Graph, Thing
from allgraph.graph import open_graph as open
from allgraph.graph.graph import Progress
from allgraph.graph.names import Things
from allgraph.model.edtf import Aspect, Bounds, Day, Span
from allgraph.rdf.terms import Prefixes, Term
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.engine import Engine
from allgraph.sparql.questions import Catalogue, Parameter, Query

if TYPE_CHECKING:  # “X as X” is what attributes of a graph are, and no caller has to name
    from allgraph.changes.claims import Change, Said
    from allgraph.drawings.draw import picture
    from allgraph.drawings.picture import Picture
    from allgraph.evidence.citations import Citation, cite
    from allgraph.evidence.references import Reference
    from allgraph.exports.export import export, exported
    from allgraph.exports.networkx_graph import to_networkx
    from allgraph.exports.push import Delivery, push
    from allgraph.exports.rdflib_graph import to_rdflib
    from allgraph.folder.snapshot.build import BuildStep, Built, build
    from allgraph.folder.snapshot.directory import Snapshot as Snapshot
    from allgraph.graph.claims import Claim, Claims, Evidence, claims
    from allgraph.graph.entries import Entry, Timeline
    from allgraph.graph.timeline import View, as_of, timeline
    from allgraph.imports.mapper import Problem
    from allgraph.imports.result import Imported
    from allgraph.imports.update import import_records
    from allgraph.linkeddata.check.check import check_site
    from allgraph.linkeddata.documents import Document
    from allgraph.linkeddata.profiles import profiled
    from allgraph.linkeddata.publication import Download, Publication
    from allgraph.model.columns import Columns as Columns
    from allgraph.model.derivation import Derivation as Derivation
    from allgraph.model.name_index import NameIndex as NameIndex
    from allgraph.model.names import Schemes as Schemes
    from allgraph.model.table import ClaimTable as ClaimTable
    from allgraph.model.topics import Topics as Topics
    from allgraph.model.withdrawn import Withdrawal
    from allgraph.network.centrality import Measure, Ranked, Ranking, rank
    from allgraph.network.neighbourhood import Neighbour, Neighbourhood, neighbourhood
    from allgraph.network.path_results import Certainty, Path, Paths, Step
    from allgraph.network.paths import paths
    from allgraph.network.reasons import Reason
    from allgraph.network.shared import Between, Shared, between
    from allgraph.render.html import Fragment as Fragment
    from allgraph.site.publisher import Published, publish
    from allgraph.sparql.dataset import QueriedStore as QueriedStore
    from allgraph.validation.report import Finding, Place, RecordPlace, Report
    from allgraph.validation.shacl.results import Failure as Failure
    from allgraph.validation.validate import validate

__all__ = [
    "AllgraphError",
    "Answer",
    "Aspect",
    "Between",
    "Bounds",
    "BuildStep",
    "Built",
    "Catalogue",
    "Certainty",
    "Change",
    "Citation",
    "Claim",
    "Claims",
    "DateError",
    "Day",
    "Delivery",
    "Document",
    "Download",
    "Engine",
    "EngineCrash",
    "EngineError",
    "EngineTimeout",
    "Entry",
    "Evidence",
    "Finding",
    "Folder",
    "FolderError",
    "Front",
    "Graph",
    "Imported",
    "InputError",
    "LoadError",
    "Measure",
    "MissingExtra",
    "Neighbour",
    "Neighbourhood",
    "Parameter",
    "ParameterError",
    "Path",
    "Paths",
    "Picture",
    "Place",
    "Prefixes",
    "Problem",
    "Progress",
    "Publication",
    "Published",
    "Query",
    "QueryError",
    "Ranked",
    "Ranking",
    "ReadOnly",
    "Reason",
    "RecordPlace",
    "Reference",
    "Report",
    "Row",
    "Said",
    "Shared",
    "Span",
    "Step",
    "Story",
    "Term",
    "Thing",
    "Things",
    "Timeline",
    "TooMuch",
    "UnknownFormat",
    "UnknownName",
    "UnknownQuestion",
    "View",
    "Withdrawal",
    "WriteError",
    "__version__",
    "as_of",
    "between",
    "build",
    "check_site",
    "cite",
    "claims",
    "export",
    "exported",
    "import_records",
    "neighbourhood",
    "open",
    "paths",
    "picture",
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
    "changes.claims": "Change Said",
    "drawings.draw": "picture",
    "drawings.picture": "Picture",
    "evidence.citations": "Citation cite",
    "evidence.references": "Reference",
    "exports.export": "export exported",
    "exports.networkx_graph": "to_networkx",
    "exports.push": "Delivery push",
    "exports.rdflib_graph": "to_rdflib",
    "folder.snapshot.build": "Built BuildStep build",
    "folder.snapshot.directory": "Snapshot",
    "graph.claims": "Claim Claims Evidence claims",
    "graph.entries": "Entry Timeline",
    "graph.timeline": "View as_of timeline",
    "imports.mapper": "Problem",
    "imports.result": "Imported",
    "imports.update": "import_records",
    "linkeddata.check.check": "check_site",
    "linkeddata.documents": "Document",
    "linkeddata.profiles": "profiled",
    "linkeddata.publication": "Download Publication",
    "model.columns": "Columns",
    "model.derivation": "Derivation",
    "model.name_index": "NameIndex",
    "model.names": "Schemes",
    "model.table": "ClaimTable",
    "model.topics": "Topics",
    "model.withdrawn": "Withdrawal",
    "network.centrality": "Measure Ranked Ranking rank",
    "network.neighbourhood": "Neighbour Neighbourhood neighbourhood",
    "network.path_results": "Certainty Path Paths Step",
    "network.paths": "paths",
    "network.reasons": "Reason",
    "network.shared": "Between Shared between",
    "render.html": "Fragment",
    "site.publisher": "Published publish",
    "sparql.dataset": "QueriedStore",
    "validation.report": "Finding Place RecordPlace Report",
    "validation.shacl.results": "Failure",
    "validation.validate": "validate",
}
"""The modules that are imported only when one of these names is used."""
_MODULES = {name: module for module, names in _LATE.items() for name in names.split()}

if not TYPE_CHECKING:  # a type checker would take any name to be here, and of any type

    def __getattr__(name: str) -> object:
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
