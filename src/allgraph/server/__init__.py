"""The server: HTTP in one process, which never holds the graph, and the work in others.

`pool` shares out calls among worker processes. `crew` is these as the server process sees them,
`worker` what they run, and `wire` what passes between the two.
"""
