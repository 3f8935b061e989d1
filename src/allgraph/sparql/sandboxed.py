"""Queries in a process of their own, which may run too long, ask too much, or die."""

from __future__ import annotations

from allgraph import sandbox
from allgraph.sandbox import MEMORY
from allgraph.sparql.answer import Answer
from allgraph.sparql.engine import Engine


class Timed:
    """An engine whose every query runs in a process of its own, for so many seconds."""

    def __init__(self, engine: Engine, timeout: float) -> None:
        self.engine = engine
        self.timeout = timeout

    @property
    def description(self) -> str:
        """What answers."""
        return self.engine.description

    def query(self, sparql: str) -> Answer:
        """The answer, or `EngineTimeout`."""
        return query(self.engine, sparql, timeout=self.timeout)


def query(
    engine: Engine, sparql: str, *, timeout: float | None = None, memory: int = MEMORY
) -> Answer:
    """The answer to a query that runs in a forked process; see `sandbox.run`.

    Raises `EngineTimeout` after `timeout` seconds, and `EngineCrash` when the parser crashes or
    the query takes more than `memory` bytes beside the graph.
    """
    return sandbox.run(engine.query, sparql, what="the query", timeout=timeout, memory=memory)
