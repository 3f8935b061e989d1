"""Run queries in a child process, with limits on time and memory, where they may need it."""

from __future__ import annotations

from dataclasses import dataclass

from allgraph import sandbox
from allgraph.sandbox import MEMORY
from allgraph.sparql.answer import Answer
from allgraph.sparql.engine import Engine
from allgraph.sparql.tokens import is_calm


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
        return query(self, sparql)


def query(
    engine: Engine, sparql: str, *, timeout: float | None = None, memory: int = MEMORY
) -> Answer:
    """Return the answer to a query; with a `timeout`, from a forked process (`sandbox.run`).

    So is that to a text which is not `is_calm`, since the parser might crash on it. All others are
    run in this process, as all are where the system cannot fork (Windows). Raises `EngineTimeout`
    after `timeout` seconds, by default those of the engine, `EngineCrash` when the engine crashes
    or needs more than `memory` bytes besides what this process holds, and its own errors.
    """
    if isinstance(engine, Timed):
        timeout = engine.timeout if timeout is None else timeout
        engine = engine.engine
    if timeout is None and is_calm(sparql):
        return engine.query(sparql)
    return sandbox.run(engine.query, sparql, what="the query", timeout=timeout, memory=memory)
