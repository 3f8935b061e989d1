"""Pictures of the claims of a graph, put together from `allgraph.render`."""
