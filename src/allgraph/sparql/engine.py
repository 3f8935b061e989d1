"""What every engine does: answer SPARQL. One method, and nothing more."""

from __future__ import annotations

from typing import Protocol

from allgraph.sparql.answer import Answer


class Engine(Protocol):
    """Answers SPARQL 1.1 queries over one graph.

    The embedded engine holds the graph in memory; others may ask an endpoint.
    """

    @property
    def description(self) -> str:
        """What answers, in a few words, for ``--version`` and messages."""
        ...

    def query(self, sparql: str) -> Answer:
        """The answer, or `QueryError` for a wrong text, `EngineError` for a failure."""
        ...
