"""A graph: open it, ask it, search it, and read its claims."""

from allgraph.graph.graph import Graph
from allgraph.graph.names import Thing
from allgraph.graph.opening import open_graph

__all__ = ["Graph", "Thing", "open_graph"]
