"""Pages of the answers to named questions.

A question that declares what its rows are about (``# Pages:``) is asked for one page alone: the
table of claims has the keys of its rows in their order. Of all others a page is cut from the whole
answer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from pyoxigraph import NamedNode

from allgraph.graph.graph import Graph
from allgraph.rdf.terms import Term, text
from allgraph.sparql.page import Keys, Page, page_among, page_of
from allgraph.sparql.questions import Query


def page(
    graph: Graph,
    question: str,
    parameters: Mapping[str, object],
    limit: int | None = None,
    cursor: str | None = "",
    *,
    hidden: Collection[str] = (),
    where: Sequence[str] = (),
    sort: Sequence[str] = (),
) -> Page:
    """Ask a named question, and return the first `limit` rows of the answer from a cursor on.

    All that remain with ``None``. A cursor is the `next` of a page of the same answer; with
    ``None`` the page is the first and has no `next`. The rows are those that meet the conditions
    `where`, and are sorted by the columns `sort`, as by `Answer.where` and `Answer.sorted`; the
    whole answer is then made. The `hidden` columns are left out, and rows
    that are then equal come once. `parameters` are those of `Graph.ask`, whose errors it raises;
    `ParameterError` also for a cursor of another answer, and for a wrong condition or column.

    >>> from allgraph.graph import open_graph
    >>> first = page(open_graph(), "single-source", {"thing": "Andrew Cuomo"}, 2)
    >>> len(first.answer), first.note
    (2, ['the first 2 rows; ask for more with `limit`'])
    """
    query = graph.queries[question]
    is_part = cursor is not None and bool(limit or cursor) and not (where or sort)
    values = graph.checked_values(query, parameters) if is_part and query.pages else {}
    if is_part and _are_keyed(graph, query, values):
        keys = _Keys(graph, text(values.get(query.pages[1])), is_source="from" in query.pages)
        if keys.are_iris:
            ask = partial(graph.bound, query, values)
            state = f"{question} {sorted(values.items())} {keys.state}"
            made = page_among(ask, keys.between, len(keys), state, limit, cursor or "")
            return replace(made, answer=made.answer.without(hidden)) if hidden else made
    whole = graph.ask(question, **parameters).arranged(where=where, sort=sort)
    shown = whole.without(hidden) if hidden else whole
    return replace(page_of(shown, limit, cursor), cited=len(whole.rows))


def _are_keyed(graph: Graph, query: Query, values: Mapping[str, Term]) -> bool:
    """Return True if the rows of a question can be made a page at a time, by their keys.

    They cannot at an endpoint, and with what is only possible on a day, which gives another order.
    With values of other parameters few keys may have rows: then all rows are found sooner.
    """
    is_filtered = bool(values.keys() - {*query.pages})
    if not query.pages or graph.is_remote or is_filtered:
        return False
    if graph.root is graph:
        return True
    from allgraph.graph.view import View

    return not (isinstance(graph, View) and graph.possible)


class _Keys:
    """The keys of the rows of a question, in their order, as numbers of the table of claims.

    Those from one place in `_first` to before the next come together, since their rows may be
    equal. `state` is another text when the snapshot (without one, the keys) or the day is another.
    """

    def __init__(self, graph: Graph, iri: str, *, is_source: bool) -> None:
        """Find the evidence from a source, or the claims about a thing; all claims for ``""``."""
        table = self._table = graph.table
        self._claims: Sequence[int] = range(len(table))
        self._evidence: list[int] = []
        if is_source:
            places, self._first = table.evidence_from(iri)
            self._claims = table.claims_of(places).tolist()
            self._evidence = table.field("iri")[places].tolist()
        elif iri:
            self._claims = table.about(iri).tolist()
        if not is_source:
            self._first = [*range(len(self._claims) + 1)]
        snapshot, day = graph.root.snapshot, "" if graph.root is graph else repr(graph)
        source = snapshot.place.name if snapshot else f"{self._claims} {self._evidence}"
        self.state = f"{source} {day}"

    def __len__(self) -> int:
        """The number of keys, those that come together counted once."""
        return len(self._first) - 1

    @property
    def are_iris(self) -> bool:
        """True if no key is a blank node, which a query cannot name."""
        first, end = (bisect_left(self._table.terms, text) for text in ("_:", "_;"))
        return not any(first <= piece < end for piece in self._evidence)

    def between(self, start: int, end: int) -> Keys:
        """Return the keys from a place to before another, as terms."""
        span = slice(self._first[start], self._first[end])
        iris = [self._table.columns.claims.taken(self._claims[span])]
        if self._evidence:
            iris.append(self._table.terms.taken(self._evidence[span]))
        return [tuple(map(NamedNode, key)) for key in zip(*iris, strict=True)]
