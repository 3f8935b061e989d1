"""Queries that run in a process of their own, with limits on time and memory."""

from __future__ import annotations

from dataclasses import dataclass

from allgraph import sandbox
from allgraph.sandbox import MEMORY
from allgraph.sparql.answer import Answer
from allgraph.sparql.engine import Engine


@dataclass(frozen=True)
class Timed:
    """An engine whose queries each run in a forked process, for `timeout` seconds at most."""

    engine: Engine
    timeout: float

    @property
    def description(self) -> str:
        """The description of the engine itself."""
        return self.engine.description

    def query(self, sparql: str) -> Answer:
        """Return the answer to a query; see `query` for the errors."""
        return query(self.engine, sparql, timeout=self.timeout)


def query(
    engine: Engine, sparql: str, *, timeout: float | None = None, memory: int = MEMORY
) -> Answer:
    """Return the answer to a query, which runs in a forked process; see `sandbox.run`.

    Raises `EngineTimeout` after `timeout` seconds, and `EngineCrash` when the parser crashes or
    the query needs more than `memory` bytes beside the graph.
    """
    return sandbox.run(engine.query, sparql, what="the query", timeout=timeout, memory=memory)
