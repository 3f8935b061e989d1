"""A knowledge graph of people, laws and campaigns that you can cite.

>>> import allgraph
>>> graph = allgraph.open()
>>> answer = graph.ask("founders", body="Model Alliance")
>>> answer.rows[0]["name"].value
'Sara Ziff'
"""

from allgraph.answer import Answer
from allgraph.claims import Claim, Evidence, claims
from allgraph.errors import AllgraphError
from allgraph.folder import Folder
from allgraph.graph import Graph, Thing
from allgraph.graph import open_graph as open
from allgraph.reports import Finding, Report
from allgraph.shapes import validate

__all__ = [
    "AllgraphError",
    "Answer",
    "Claim",
    "Evidence",
    "Finding",
    "Folder",
    "Graph",
    "Report",
    "Thing",
    "claims",
    "open",
    "validate",
]
