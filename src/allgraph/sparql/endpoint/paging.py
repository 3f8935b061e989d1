r"""Whole answers from endpoints that silently limit the number of rows, by paging.

The limit is tried once per endpoint. When an answer has that many rows, its rows are counted;
if some are missing, it is queried again in pages, each of which begins where the last one ended.

>>> from allgraph.sparql.questions import Query
>>> query = Query("q", "q.rq", "# All names.\nSELECT ?name { $thing rdfs:label ?name }", "")
>>> print(_page(query, ("name",)).text.splitlines()[-1])
} ORDER BY ?piece LIMIT 10000
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from pyoxigraph import Literal, Store

from allgraph.errors import EngineError, TooMuch
from allgraph.rdf.terms import Term, text
from allgraph.sparql import sandboxed
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.questions import Query
from allgraph.sparql.tokens import has_from, tokens

PAGE = 10_000
"""How many rows a page has; some endpoints sort no more."""
FEW = 50
"""Answers with fewer rows than these are taken to be whole."""

_LIMIT_TEST = f'SELECT ("" AS ?row) WHERE {{ ?s ?p ?o }} LIMIT {PAGE}'

Values = Mapping[str, Term | list[Term]]
"""Values of the parameters of a query by name, as for `Query.bind`."""


@dataclass(frozen=True)
class Asking:
    """A client of an endpoint that gets all rows, even if a query gets only some of them.

    Its public methods send queries to the endpoint, and raise the errors of `Remote.query`.
    """

    endpoint: Remote

    def answer(self, sparql: str) -> Answer:
        """Return the answer to a query; raises `TooMuch` when the endpoint left out rows.

        If there may be more rows, a second query counts them.
        """
        answer = self._answer(sparql)
        if missing := self._missing(answer, sparql):
            raise TooMuch(
                f"the endpoint gave {len(answer):,} rows of this answer, and left out {missing:,} "
                "because of its own limit; ask for less"
            )
        return answer

    def whole(self, query: Query, values: Values, most: int | None = None) -> Answer:
        """Return the whole answer to one of our own queries, or its first `most` rows.

        `values` are those of its parameters, by name. When the endpoint leaves out rows, the query
        is sent again for each page of rows; these are then sorted by the texts of their terms. An
        answer without rows (triples, or yes or no) is returned as it came. Raises `EngineError`
        when rows are missing even so.
        """
        if most is not None:
            names = _variables(self._columns(query.bind(values)))
            text = f"SELECT {names} WHERE {{\n{query.text}\n}} LIMIT {most}"
            query = replace(query, text=text)
        sparql = query.bind(values)
        answer = self._answer(sparql)
        if answer.kind != "rows" or not self._missing(answer, sparql):
            return answer
        return replace(answer, rows=tuple(self._paged(query, values, answer.columns)))

    def rows(self, query: Query, values: Values) -> Iterator[Row]:
        """Yield the rows of the whole answer to one of our own queries, page after page.

        `values` are those of its parameters, by name. A page is queried when its first row is
        needed, and only one is in memory. Raises `EngineError` at the end when rows are missing.
        """
        return self._paged(query, values, self._columns(query.bind(values)))

    def count(self, sparql: str) -> int:
        """Return how many rows the answer to a SELECT query has.

        The endpoint counts them: a query with COUNT around the SELECT is sent to it.
        """
        start = _select_start(sparql)
        counting = f"SELECT (COUNT(*) AS ?count) WHERE {{\n{sparql[start:]}\n}}"
        return int(text(self._answer(sparql[:start] + counting, ("count",)).rows[0]["count"]))

    @cached_property
    def limit(self) -> int:
        """The number of rows that the endpoint gives at most for a query, up to `PAGE` (10,000).

        Found by one query, when first needed, and kept. In a small graph it is the number of
        all triples.
        """
        return len(self._answer(_LIMIT_TEST))

    def _missing(self, answer: Answer, sparql: str) -> int:
        """Return how many rows the endpoint left out of an answer to a query; 0 for none.

        Only if the answer has as many rows as the limit of the endpoint, they are counted by a
        query. An answer of triples, or yes or no, of fewer than `FEW` (50) rows, or of a query with
        FROM, is taken to be whole.
        """
        size = len(answer)
        if answer.kind != "rows" or size < FEW or size < self.limit or has_from(sparql):
            return 0
        return max(self.count(sparql) - size, 0)

    def _answer(self, sparql: str, columns: Sequence[str] | None = None) -> Answer:
        """Send one query to the endpoint, and return its answer, of which rows may be left out.

        Raises `EngineError` when the answer lacks one of the columns of the query, which are worked
        out if not given.
        """
        answer = self.endpoint.query(sparql, counted=True)
        expected = self._columns(sparql) if columns is None else columns
        if not {*expected} <= {*answer.columns}:
            raise EngineError(f"the {self.endpoint.description} gave other columns than asked for")
        return answer

    def _columns(self, sparql: str) -> tuple[str, ...]:
        """Return the columns of the answer to a query, found by a run over an empty store here.

        Raises `QueryError` for a wrong text.
        """
        return sandboxed.query(Embedded(Store(), self.endpoint.prefixes), sparql).columns

    def _paged(self, query: Query, values: Values, columns: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows of a query, sorted by their texts, with one query for each page.

        A first query counts the rows. Raises `EngineError` at the end when rows are missing. A
        page begins after the last ``?piece`` (all texts of a row) that was yielded before it.
        `columns` are those of the query.
        """
        size = self.count(query.bind(values))
        page, after, count = _page(query, columns), dict[str, Term](), 0
        while count < size:
            rows = self._answer(page.bind({**values, **after}), (*columns, "piece")).rows
            if not rows:
                break
            last = text(rows[-1]["piece"])
            if count + len(rows) < size:  # rows with the text `last` may be on the next page too
                rows = (*takewhile(lambda row: text(row["piece"]) != last, rows),) or rows  # noqa: B023
            count += len(rows)
            after = {"after": Literal(text(rows[-1]["piece"]))}
            yield from (Row((column, row[column]) for column in columns) for row in rows)
        if count != size:
            raise EngineError(
                f"the {self.endpoint.description} gave {count:,} of {size:,} rows; it may cut its "
                "answers, or have changed meanwhile"
            )


def _variables(columns: Sequence[str]) -> str:
    """Return the columns as SPARQL variables, such as ``?a ?b``."""
    return " ".join(f"?{column}" for column in columns)


def _page(query: Query, columns: Sequence[str]) -> Query:
    """Return a query for a page of the rows of `query`: the next `PAGE` rows after ``$after``.

    The rows are sorted by ``?piece``, a further column with all texts of a row. Without a value
    for ``$after``, it is the first page.
    """
    texts = ', " ", '.join(f'COALESCE(STR(?{column}), "")' for column in columns)
    return replace(
        query,
        text=f"SELECT {_variables(columns)} ?piece WHERE {{\n{{\n{query.text}\n}}\n"
        f'BIND(CONCAT({texts}, "") AS ?piece)\nFILTER(COALESCE(?piece > $after, true))\n'
        f"}} ORDER BY ?piece LIMIT {PAGE}",
    )


def _select_start(sparql: str) -> int:
    """Return the index of the SELECT of a query, after its prefixes; 0 when it has none."""
    words = (token for token in tokens(sparql) if token.kind == "word")
    return next((token.start for token in words if token.text.upper() == "SELECT"), 0)
