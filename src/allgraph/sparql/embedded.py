"""The embedded engine: a pyoxigraph store in memory, or on disk and then only read."""

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
        """The answer to one query; its prefixes need not be declared.

        It is about all triples, unless it names graphs of its own with FROM.
        """
        all_graphs: list[NamedNode | BlankNode | DefaultGraph] = [DefaultGraph(), DERIVED]
        graphs = None if has_from(sparql) else all_graphs
        try:
            results = self.store.query(sparql, prefixes=self.prefixes, default_graph=graphs)
            return read(results, self.prefixes)
        except SyntaxError as error:
            raise syntax_error(str(error), sparql, self.prefixes) from None
        except UnicodeEncodeError:
            raise QueryError("the query has characters that are not Unicode") from None
        except (OSError, RuntimeError, ValueError) as error:
            if "custom function" in str(error):
                raise QueryError(str(error)) from None
            raise _failure(error) from None


@contextmanager
def reading() -> Iterator[None]:
    """Tell what goes wrong in reading a store, such as one on a disk that is damaged."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise _failure(error) from None


def _failure(error: Exception) -> EngineError:
    hint = "; the snapshot is damaged, make it again with `allgraph build`"
    return EngineError(f"the engine failed: {error}{hint * ('Corruption' in str(error))}")


class OnDisk(Embedded):
    """Answers from a store in a directory, which is opened when it is first asked.

    A process that is forked opens it again, since threads of the store, which a fork has not,
    may have left it in any state.
    """

    def __init__(self, place: Path, prefixes: Prefixes) -> None:
        self.place = place
        self.prefixes = prefixes
        self._stores: dict[int, Store] = {}  # of processes; that of a parent is never closed here

    @property
    def store(self) -> Store:  # type: ignore[override]
        """The store; `EngineError` when there is none."""
        process = os.getpid()
        if process not in self._stores:
            try:
                self._stores[process] = Store.read_only(os.fspath(self.place))
            except (OSError, RuntimeError, ValueError) as error:
                raise EngineError(
                    f"{self.place} holds no whole graph: {error}; make it again with "
                    "`allgraph build`"
                ) from None
        return self._stores[process]
