"""The server: HTTP in one process, which never holds the graph, and the work in others.

`app` is the ASGI application: `dispatch` tells by the table of routes which task a request asks
for, `workers.pool` has one of the worker processes do it (`tasks`), and `sender` sends the reply.
"""
