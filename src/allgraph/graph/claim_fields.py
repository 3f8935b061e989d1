"""The fields of claims, read from the table of claims many rows at a time.

`allgraph.graph.claims` makes Python values of them, and exports make tables.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, compress, groupby, islice
from operator import itemgetter
from typing import Any

from pyoxigraph import NamedNode

from allgraph.graph.clauses import Clauses
from allgraph.graph.graph import Graph
from allgraph.model.columns import Numbers, day_of
from allgraph.model.edtf import Bounds
from allgraph.model.table import EVIDENCE_FIELDS, NO_TEXT, ClaimTable
from allgraph.rdf.ntriples import term
from allgraph.rdf.terms import local_name

Fields = dict[str, list[Any]]
"""Lists of equal length, by the names of the fields of `Claim`, in their order.

A list in ``evidence`` has for each piece of evidence the values of `EVIDENCE_FIELDS`.
"""
_NO_TEXTS = {NO_TEXT}
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_LEVELS = ("", "possible", "certain")
"""The certainty of a claim in words, by its level in `columns`, 0 to 2."""
_BATCH = 1_000  # claims whose fields are read together


class Reader:
    """Reads the fields of claims in rows of a table, as a graph or a view of it shows them."""

    def __init__(self, graph: Graph, table: ClaimTable) -> None:
        """Read `table`, which is that of the graph or of a part of it."""
        self._graph, self._table, self._columns = graph, table, table.columns
        self._clauses = Clauses(table, graph.prefixes)
        columns = table.columns  # whose memoryviews Python indexes much faster than arrays
        self._subjects, self._objects = columns.subject.data, columns.object.data
        self._predicates, self._values = columns.predicate.data, table.value.data
        self._first = table.first.data

    def batches(self, rows: Iterable[int]) -> Iterator[Fields]:
        """Yield the fields of the claims in some rows, `_BATCH` together, in the order of `rows`.

        In a view of those claims alone that hold on its day.
        """
        remaining = map(int, rows)
        is_view = self._graph.root is not self._graph
        while batch := [*islice(remaining, _BATCH)]:
            fields = self._fields(batch)
            yield self._on_day(fields) if is_view else fields

    def having(self, rows: Iterable[int], predicates: Collection[str]) -> Iterator[int]:
        """Yield those of some rows whose claims have one of some predicates, IRIs."""
        known = enumerate(self._columns.predicates)
        wanted = {number for number, predicate in known if predicate in predicates}
        return (row for row in rows if self._predicates[row] in wanted)

    def sorted_rows(self) -> Iterator[int]:
        """Yield all rows in the order of `in_order`.

        Ordinals, then sentences, order the claims of one day.
        """
        for _, rows in groupby(self._columns.by_day(), itemgetter(0)):
            of_one_day = [row for _, row in rows]
            if len(of_one_day) > 1:
                of_one_day.sort(key=self._place_within_day)
            yield from of_one_day

    def _place_within_day(self, row: int) -> tuple[bool, int, str, int]:
        """Return the key by which the claims of one predicate and day are sorted, by row."""
        ordinal = whole(self._clauses.text(self._table.ordinal[row]))
        return ordinal is None, ordinal or 0, self._clauses.sentence(row), row

    def _fields(self, rows: list[int]) -> Fields:
        """Return the fields of the claims in some rows, as they are on all days."""
        table, columns = self._table, self._columns
        subjects, predicates = (
            [of[row] for row in rows] for of in (self._subjects, self._predicates)
        )
        clauses = self._clauses
        templates = [*map(clauses.templates, rows)]
        rivals = [table.rivals.get(row, ()) for row in rows]
        return {
            "iri": columns.claims.taken(rows),
            "subject": [*map(NamedNode, columns.nodes.taken(subjects))],
            "predicate": [columns.predicates[predicate] for predicate in predicates],
            "object": [self._object(row) for row in rows],
            "subject_name": [*map(clauses.name, subjects)],
            "object_name": [*map(clauses.name_of_object, rows)],
            "template": [template for template, _ in templates],
            "inverse_template": [inverse for _, inverse in templates],
            "aspect": [*map(columns.aspect, rows)],
            "when": self._texts(table.when, rows),
            "bounds": [Bounds(*map(day_of, days)) for days in columns.bounds[:, rows].T.tolist()],
            "rank": [local_name(rank or "Normal") for rank in self._texts(table.rank, rows)],
            "roles": [columns.roles.get(row, ()) for row in rows],
            "rivals": rivals,
            "sensitive": table.sensitive[rows].tolist(),
            "note": self._texts(table.note, rows),
            "evidence": self._evidence(rows),
            "certainty": [local_name(c).lower() for c in self._texts(table.certainty, rows)],
            "disputed": [*map(bool, rivals)],
            "is_about_claim": [*map(clauses.is_about_claim, rows)],
            "withdrawal": [*map(table.withdrawals.get, rows)],
            "ordinal": [*map(whole, self._texts(table.ordinal, rows))],
        }

    def _on_day(self, fields: Fields) -> Fields:
        """Return the fields of the claims that hold on the day of the view, with their certainty.

        Rivals that do not hold are left out.
        """
        claims, rivals = fields["iri"], fields["rivals"]
        levels = self._graph.levels(chain(claims, *rivals))
        on_day = {name: [*compress(of, map(levels.get, claims))] for name, of in fields.items()}
        on_day["certainty"] = [_LEVELS[levels[claim]] for claim in on_day["iri"]]
        on_day["rivals"] = [
            tuple(r for r in of_claim if r in levels) for of_claim in on_day["rivals"]
        ]
        return on_day

    def _texts(self, column: Numbers, rows: Iterable[int]) -> list[str]:
        """Return the texts whose numbers are in some rows of a column."""
        numbers = [*map(column.data.__getitem__, rows)]
        distinct = [*{*numbers} - _NO_TEXTS]
        if not distinct:
            return [""] * len(numbers)
        texts = dict(zip(distinct, self._table.terms.taken(distinct), strict=True))
        return [texts.get(number, "") for number in numbers]

    def _evidence(self, rows: Iterable[int]) -> list[list[tuple[Any, ...]]]:
        """Return the evidence of the claims in some rows: the values of `EVIDENCE_FIELDS`."""
        spans = [range(self._first[row], self._first[row + 1]) for row in rows]
        places = [*chain.from_iterable(spans)]
        columns: Fields = {
            name: self._texts(numbers, places)
            for name, numbers in zip(EVIDENCE_FIELDS, self._table.evidence, strict=True)
        }
        titles = zip(columns["title"], columns["source"], strict=True)
        columns["title"] = [title or source for title, source in titles]
        for name in ("start", "end", "context_start", "context_end"):
            columns[name] = [int(d) if d.isdecimal() else None for d in columns[name]]
        for name in ("reading", "confidence"):
            columns[name] = [*map(local_name, columns[name])]
        pieces = zip(*columns.values(), strict=True)
        return [[*islice(pieces, len(span))] for span in spans]

    def _object(self, row: int) -> Any:
        """Return the object of a claim as a term."""
        obj = self._objects[row]
        if obj >= 0:
            return NamedNode(self._columns.nodes[obj])
        return term(self._clauses.text(self._values[row]))


def whole(written: str) -> int | None:
    """Return the whole number that digits write, perhaps after a sign; ``None`` for another text.

    >>> whole("12"), whole("-1"), whole("1st"), whole("")
    (12, -1, None, None)
    """
    return int(written) if _WHOLE.fullmatch(written) else None
