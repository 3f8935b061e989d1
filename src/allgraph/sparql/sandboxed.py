"""Run queries in a child process, with limits on time and memory."""

from __future__ import annotations

from dataclasses import dataclass

from allgraph import sandbox
from allgraph.sandbox import MEMORY
from allgraph.sparql.answer import Answer
from allgraph.sparql.engine import Engine


@dataclass(frozen=True)
class Timed:
    """An engine that has each query answered by `engine` in a forked process.

    A query that takes longer than `timeout` seconds is killed.
    """

    engine: Engine
    timeout: float

    @property
    def description(self) -> str:
        """The description of the wrapped engine."""
        return self.engine.description

    def query(self, sparql: str) -> Answer:
        """Return the answer to a query, run in a forked process (by the function `query`).

        Raises `EngineTimeout` after `timeout` seconds, `EngineCrash` when that process dies, and
        the errors of the engine.
        """
        return query(self.engine, sparql, timeout=self.timeout)


def query(
    engine: Engine, sparql: str, *, timeout: float | None = None, memory: int = MEMORY
) -> Answer:
    """Return the answer to a query, which the engine runs in a forked process (`sandbox.run`).

    Where the system cannot fork (Windows), it runs in this process, without limits. Raises
    `EngineTimeout` after `timeout` seconds (``None`` for no limit), `EngineCrash` when the engine
    crashes or the query needs more than `memory` bytes besides what this process holds, and the
    errors of the engine itself.
    """
    return sandbox.run(engine.query, sparql, what="the query", timeout=timeout, memory=memory)
