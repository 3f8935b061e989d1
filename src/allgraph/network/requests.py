"""Requests to a graph, with the ``frontier-…`` queries, as many as a search may send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from pyoxigraph import NamedNode

from allgraph.graph import Graph
from allgraph.rdf.terms import Term
from allgraph.sparql.answer import Row

REQUESTS = 200
"""How many requests are sent for one search at most."""
BATCH = 500
"""How many IRIs one request asks about at most."""
_KEPT = 60  # requests that the search leaves for what columns need


class Spent(Exception):
    """The limit of requests is reached; the message says what was cut."""


class Requests:
    """The requests of one search: how many were `sent`, how many `rows` came, what was cut.

    `limits` say in words what was cut; its keys are in order.
    """

    def __init__(self, graph: Graph) -> None:
        """Start with no request to a graph."""
        self._graph = graph
        self._most = REQUESTS
        self.sent = self.rows = 0
        self.limits: dict[str, None] = {}

    @contextmanager
    def bounded(self, kept: int = _KEPT) -> Iterator[None]:
        """Catch `Spent` within the block, which it ends, and add its message to `limits`.

        Within the block, the last `kept` requests may not be sent.
        """
        before, self._most = self._most, REQUESTS - kept
        try:
            yield
        except Spent as spent:
            self.limits[str(spent)] = None
        finally:
            self._most = before

    def ask(self, question: str, **values: Term | list[str]) -> Sequence[Row]:
        """Return the rows of the answer to the query ``frontier-QUESTION``, with `values` in it.

        A list in `values` is of IRIs. Raises `Spent` when as many requests as may be were sent.
        """
        if self.sent >= self._most:
            raise Spent(f"the search was cut after {self.sent} requests; ask for fewer steps")
        self.sent += 1
        terms: dict[str, Term | list[Term]] = {
            name: [NamedNode(iri) for iri in value] if isinstance(value, list) else value
            for name, value in values.items()
        }
        rows = self._graph.run(f"frontier-{question}", **terms).rows
        self.rows += len(rows)
        return rows

    def ask_in_batches(
        self, question: str, name: str, iris: Iterable[str]
    ) -> Iterator[tuple[list[str], Sequence[Row]]]:
        """Yield IRIs, which are values of the parameter `name`, in batches, each with its rows.

        Each batch is a request, sent when it is taken; it may raise `Spent`.
        """
        remaining = iter(iris)
        while batch := [*islice(remaining, BATCH)]:
            yield batch, self.ask(question, **{name: batch})
