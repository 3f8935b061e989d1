"""The server: HTTP in one process, which never holds the graph, and the work in others.

`http.connection` reads requests, and has `app` answer each: `dispatch` tells by the table of routes
which task it asks for, `workers.pool` has one of the worker processes do it (`tasks`), and `sender`
sends the reply.
"""
