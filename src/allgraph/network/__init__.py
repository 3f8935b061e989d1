"""The network of things: paths, neighbourhoods and centrality."""
