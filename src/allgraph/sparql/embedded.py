"""The embedded engine: a pyoxigraph store, in memory or on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import Store

from allgraph.errors import EngineError, InputError, QueryError
from allgraph.rdf.terms import Prefixes
from allgraph.sparql.answer import Answer, read
from allgraph.sparql.dataset import QueriedStore
from allgraph.sparql.syntax import syntax_error

_STORE_ERRORS = (OSError, RuntimeError, ValueError)
"""What pyoxigraph raises when a store fails."""


class Embedded:
    """An engine that queries a pyoxigraph store in this process, which does not change.

    Derived triples, which are in a named graph of the store, are queried like the stated ones.
    """

    def __init__(self, store: Store, prefixes: Prefixes, *, with_withdrawn: bool = False) -> None:
        """Make an engine over a store; queries may use `prefixes` without declaring them.

        They read withdrawn claims only `with_withdrawn`.
        """
        self.queried = QueriedStore(store, with_withdrawn=with_withdrawn)
        self.prefixes = prefixes

    def including_withdrawn(self) -> Embedded:
        """Return an engine over the same store whose queries read withdrawn claims too."""
        return Embedded(self.store, self.prefixes, with_withdrawn=True)

    @property
    def store(self) -> Store:
        """The store that is queried."""
        return self.queried.store

    @property
    def description(self) -> str:
        """The name and version of the engine, such as ``pyoxigraph 0.5.0``."""
        from importlib.metadata import version

        return f"pyoxigraph {version('pyoxigraph')}"

    def query(self, sparql: str) -> Answer:
        """Return the answer to a query; its prefixes need not be declared.

        The stated triples (of the default graph) and the derived ones (of ``ag:derived``) are
        queried together, unless FROM or FROM NAMED names the graphs. SERVICE is not refused here:
        the store sends a request for it. Raises `QueryError` for a wrong text, or one that calls an
        unknown function, `TooMuch` for several FROM of very many triples, and `EngineError` when
        the store fails.
        """
        try:
            return read(self.queried.query(sparql, self.prefixes), self.prefixes)
        except SyntaxError as error:
            raise syntax_error(str(error), sparql, self.prefixes) from None
        except UnicodeEncodeError:
            raise QueryError("the query has characters that are not Unicode") from None
        except _STORE_ERRORS as error:
            if "custom function" in str(error):  # the query calls a function that does not exist
                raise QueryError(str(error)) from None
            raise _failure(error) from None


class OnDisk(Embedded):
    """An engine that queries a store in a directory, opened read-only at the first query.

    A forked process opens the store for itself: the copy of the store of its parent cannot be
    used, since the threads that work for that store do not run in the fork.
    """

    def __init__(
        self, directory: Path, prefixes: Prefixes, *, with_withdrawn: bool = False
    ) -> None:
        """Make an engine over the store in a directory, which is not opened here.

        Queries may use `prefixes` without declaring them. They read withdrawn claims only
        `with_withdrawn`.
        """
        self.directory = directory
        self.prefixes = prefixes
        self._with_withdrawn = with_withdrawn
        self._stores: dict[int, QueriedStore] = {}
        """The opened stores by process id; a fork keeps the entry of its parent, unused."""

    def including_withdrawn(self) -> OnDisk:
        """Return an engine over the same store, to be opened again, that reads withdrawn claims."""
        return OnDisk(self.directory, self.prefixes, with_withdrawn=True)

    @property
    def queried(self) -> QueriedStore:  # type: ignore[override]
        """The store of this process, opened here when it is first needed and then kept.

        Raises `EngineError` when the directory has no complete store.
        """
        process = os.getpid()
        if process not in self._stores:
            try:
                store = Store.read_only(os.fspath(self.directory))
                withdrawn = self._with_withdrawn
                self._stores[process] = QueriedStore(store, with_withdrawn=withdrawn)
            except _STORE_ERRORS as error:
                raise EngineError(
                    f"{self.directory} holds no whole graph: {error}; make it again with "
                    "`allgraph build`"
                ) from None
        return self._stores[process]


class Closed(Embedded):
    """The engine of a graph that was closed: it has no store."""

    def __init__(self, prefixes: Prefixes) -> None:
        """Make an engine that answers nothing."""
        self.prefixes = prefixes

    def including_withdrawn(self) -> Closed:
        """Return this engine, which has no claims."""
        return self

    @property
    def queried(self) -> QueriedStore:  # type: ignore[override]
        """No store: raises `InputError`."""
        raise InputError("the graph is closed; open it again")


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise `EngineError` instead of what pyoxigraph raises in this block, as for damaged files.

    That is a `RuntimeError`, or an `OSError` without a number. One with a number is an error of the
    block's own files, and is let through.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        if type(error) not in (OSError, RuntimeError) or getattr(error, "errno", None) is not None:
            raise
        raise _failure(error) from None


def _failure(error: Exception) -> EngineError:
    """Return an `EngineError` with the message of pyoxigraph; the caller raises it.

    If the error is a corruption of the files, the message says to build the snapshot again.
    """
    hint = "; the snapshot is damaged, make it again with `allgraph build`"
    return EngineError(f"the engine failed: {error}{hint * ('Corruption' in str(error))}")
