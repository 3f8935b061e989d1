r"""Long answers of an endpoint, asked for in pieces: some endpoints cut them, and do not say so.

How many rows an endpoint gives is tried once. An answer with as many is counted; if it lacks
some, it is asked for again in pieces, each of which goes on where the one before ended.

>>> from allgraph.sparql.questions import Query
>>> query = Query("q", "q.rq", "# All names.\nSELECT ?name { $thing rdfs:label ?name }", "")
>>> print(_piece(query, ("name",)).text.splitlines()[-1])
} ORDER BY ?piece LIMIT 10000
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from pyoxigraph import Literal, Store

from allgraph.errors import EngineError, TooMuch
from allgraph.rdf.terms import Term, text
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.questions import Query
from allgraph.sparql.tokens import has_from, tokens

PIECE = 10_000
"""How many rows are asked for at a time; some endpoints sort no more."""
FEW = 50
"""No endpoint is thought to cut answers with fewer rows than these."""

_TRIED = f'SELECT ("" AS ?row) WHERE {{ ?s ?p ?o }} LIMIT {PIECE}'

Values = Mapping[str, Term | list[Term]]


@dataclass(frozen=True)
class Asking:
    """Asks an endpoint for whole answers."""

    endpoint: Remote

    def answer(self, sparql: str) -> Answer:
        """The answer to a question; `TooMuch` when it is cut."""
        found = self._asked(sparql)
        if missing := self._missing(found, sparql):
            raise TooMuch(
                f"the endpoint gave {len(found):,} rows of this answer, and kept back {missing:,} "
                "by a limit of its own; ask for less"
            )
        return found

    def whole(self, query: Query, values: Values, most: int | None = None) -> Answer:
        """The answer to a question of ours, in pieces if it has to be; of `most` rows at most.

        What comes in pieces is in the order of its texts.
        """
        if most is not None:
            names = " ".join(f"?{column}" for column in self._columns(query.bind(values)))
            text = f"SELECT {names} WHERE {{\n{query.text}\n}} LIMIT {most}"
            query = replace(query, text=text)
        sparql = query.bind(values)
        found = self._asked(sparql)
        if found.kind != "rows" or not self._missing(found, sparql):
            return found
        return replace(found, rows=tuple(self._pieces(query, values, found.columns)))

    def rows(self, query: Query, values: Values) -> Iterator[Row]:
        """The rows of such an answer, only one piece of which is held."""
        return self._pieces(query, values, self._columns(query.bind(values)))

    def count(self, sparql: str) -> int:
        """How many rows the answer to a question has."""
        start = _form_at(sparql)
        counting = f"SELECT (COUNT(*) AS ?count) WHERE {{\n{sparql[start:]}\n}}"
        return int(text(self._asked(sparql[:start] + counting).rows[0]["count"]))

    @cached_property
    def given(self) -> int:
        """How many rows the endpoint gives, as far as was tried."""
        return len(self._asked(_TRIED))

    def _missing(self, found: Answer, sparql: str) -> int:
        """How many rows an answer lacks."""
        size = len(found)
        if found.kind != "rows" or size < FEW or size < self.given or has_from(sparql):
            return 0
        return max(self.count(sparql) - size, 0)

    def _asked(self, sparql: str) -> Answer:
        found = self.endpoint.query(sparql, counted=True)
        if not set(self._columns(sparql)) <= set(found.columns):
            raise EngineError(f"the {self.endpoint.description} gave other columns than asked for")
        return found

    def _columns(self, sparql: str) -> tuple[str, ...]:
        """The columns that the answer to a question has."""
        return Embedded(Store(), self.endpoint.prefixes).query(sparql).columns

    def _pieces(self, query: Query, values: Values, columns: tuple[str, ...]) -> Iterator[Row]:
        size = self.count(query.bind(values))
        piece, after, seen = _piece(query, columns), dict[str, Term](), 0
        while seen < size:
            rows = self._asked(piece.bind({**values, **after})).rows
            if not rows:
                break
            last = text(rows[-1]["piece"])
            if seen + len(rows) < size:  # alike rows at the end may not all be there
                rows = (*takewhile(lambda row: text(row["piece"]) != last, rows),) or rows  # noqa: B023
            seen += len(rows)
            after = {"after": Literal(text(rows[-1]["piece"]))}
            yield from ({column: row[column] for column in columns} for row in rows)
        if seen != size:
            raise EngineError(
                f"the {self.endpoint.description} gave {seen:,} of {size:,} rows; it may cut its "
                "answers, or have changed meanwhile"
            )


def _piece(query: Query, columns: tuple[str, ...]) -> Query:
    """The question for the rows of another after ``$after``, in the order of their texts."""
    texts = ', " ", '.join(f'COALESCE(STR(?{column}), "")' for column in columns)
    names = " ".join(f"?{column}" for column in columns)
    return replace(
        query,
        text=f"SELECT {names} ?piece WHERE {{\n{{\n{query.text}\n}}\n"
        f'BIND(CONCAT({texts}, "") AS ?piece)\nFILTER(COALESCE(?piece > $after, true))\n'
        f"}} ORDER BY ?piece LIMIT {PIECE}",
    )


def _form_at(sparql: str) -> int:
    """Where a question begins, behind its prefixes."""
    words = (token for token in tokens(sparql) if token.kind == "word")
    return next((token.start for token in words if token.text.upper() == "SELECT"), 0)
