"""The embedded engine: a pyoxigraph store, in memory or on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Store

from allgraph.errors import EngineError, QueryError
from allgraph.rdf.terms import DERIVED, Prefixes
from allgraph.sparql.answer import Answer, read
from allgraph.sparql.syntax import syntax_error
from allgraph.sparql.tokens import has_from

_ALL_GRAPHS: list[NamedNode | BlankNode | DefaultGraph] = [DefaultGraph(), DERIVED]
_STORE_ERRORS = (OSError, RuntimeError, ValueError)
"""What pyoxigraph raises when a store fails."""


class Embedded:
    """Answers from a store in this process; derived triples count as much as the stated ones."""

    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self.store = store
        self.prefixes = prefixes

    @property
    def description(self) -> str:
        """The name and version of the engine."""
        from importlib.metadata import version

        return f"pyoxigraph {version('pyoxigraph')}"

    def query(self, sparql: str) -> Answer:
        """Return the answer to a query; its prefixes need not be declared.

        All triples are queried, unless FROM names other graphs. Raises `QueryError` for a wrong
        text and `EngineError` when the store fails.
        """
        graphs = None if has_from(sparql) else _ALL_GRAPHS
        try:
            results = self.store.query(sparql, prefixes=self.prefixes, default_graph=graphs)
            return read(results, self.prefixes)
        except SyntaxError as error:
            raise syntax_error(str(error), sparql, self.prefixes) from None
        except UnicodeEncodeError:
            raise QueryError("the query has characters that are not Unicode") from None
        except _STORE_ERRORS as error:
            if "custom function" in str(error):
                raise QueryError(str(error)) from None
            raise _failure(error) from None


class OnDisk(Embedded):
    """Answers from the store in a directory, which is opened read-only at the first query.

    A forked process opens the store again: the threads of its parent's store, which the fork
    lacks, may have left that in any state.
    """

    def __init__(self, directory: Path, prefixes: Prefixes) -> None:
        self.directory = directory
        self.prefixes = prefixes
        self._stores: dict[int, Store] = {}  # by process id; a parent's store is never closed

    @property
    def store(self) -> Store:  # type: ignore[override]
        """The store of this process; `EngineError` when the directory holds none."""
        process = os.getpid()
        if process not in self._stores:
            try:
                self._stores[process] = Store.read_only(os.fspath(self.directory))
            except _STORE_ERRORS as error:
                raise EngineError(
                    f"{self.directory} holds no whole graph: {error}; make it again with "
                    "`allgraph build`"
                ) from None
        return self._stores[process]


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise `EngineError` for what fails while a store is read, such as a damaged one on disk."""
    try:
        yield
    except _STORE_ERRORS as error:
        raise _failure(error) from None


def _failure(error: Exception) -> EngineError:
    hint = "; the snapshot is damaged, make it again with `allgraph build`"
    return EngineError(f"the engine failed: {error}{hint * ('Corruption' in str(error))}")
