"""The embedded engine over a store on disk, which is only read."""

from __future__ import annotations

import os
from pathlib import Path

from pyoxigraph import Store

from allgraph.engine.embedded import Embedded
from allgraph.errors import EngineError
from allgraph.terms import Prefixes


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
