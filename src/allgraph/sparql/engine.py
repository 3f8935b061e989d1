"""The protocol of engines: one method, which answers a query."""

from __future__ import annotations

from typing import Protocol

from allgraph.sparql.answer import Answer


class Engine(Protocol):
    """The protocol of engines, which answer SPARQL 1.1 queries over one graph.

    `Embedded` queries a store in this process, `Remote` an endpoint.

    >>> import allgraph
    >>> engine = allgraph.open().engine
    >>> engine.query("ASK { ?thing ?predicate ?object }").value
    True
    """

    @property
    def description(self) -> str:
        """The name of the engine for ``--version`` and messages."""
        ...

    def query(self, sparql: str) -> Answer:
        """Return the answer to a query.

        Raises `QueryError` when the text is not a valid query, and `EngineError` when the engine
        fails.
        """
        ...
