"""The embedded engine: a pyoxigraph store in memory."""

from __future__ import annotations

from pyoxigraph import DefaultGraph, Store

from allgraph.answer import Answer, read
from allgraph.engine.syntax import syntax_error
from allgraph.errors import EngineError
from allgraph.terms import DERIVED, Prefixes


class Embedded:
    """Answers from a store in memory; derived triples are merged with the stated ones."""

    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self.store = store
        self.prefixes = prefixes

    @property
    def description(self) -> str:
        """The engine and its version."""
        from importlib.metadata import version

        return f"pyoxigraph {version('pyoxigraph')}"

    def query(self, sparql: str) -> Answer:
        """The answer to one query; its prefixes need not be declared."""
        try:
            results = self.store.query(
                sparql, prefixes=self.prefixes, default_graph=[DefaultGraph(), DERIVED]
            )
            return read(results, self.prefixes)
        except SyntaxError as error:
            raise syntax_error(str(error), sparql, self.prefixes) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise EngineError(f"the engine failed: {error}") from None
