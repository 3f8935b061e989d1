"""The pages of a graph, the same from a server and as files."""
