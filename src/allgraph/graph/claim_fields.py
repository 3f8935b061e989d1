"""The fields of claims, read from the table of claims many rows at a time.

`allgraph.graph.claims` makes Python values of them, and exports make tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, compress, groupby, islice
from operator import itemgetter
from typing import Any

from pyoxigraph import NamedNode

from allgraph.graph.graph import Graph
from allgraph.model.columns import Numbers, day_of
from allgraph.model.edtf import Bounds
from allgraph.model.sentences import capitalised, fill
from allgraph.model.table import EVIDENCE_FIELDS, NO_TEXT, ClaimTable
from allgraph.rdf.ntriples import term, value
from allgraph.rdf.terms import local_name

Fields = dict[str, list[Any]]
"""Lists of equal length, by the names of the fields of `Claim`, in their order.

A list in ``evidence`` has for each piece of evidence the values of `EVIDENCE_FIELDS`.
"""
_NO_TEXTS = {NO_TEXT}
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_LEVELS = ("", "possible", "certain")
"""The certainty of a claim in words, by its level in `columns`, 0 to 2."""
_CACHED = 4_096  # texts, and names, that are kept in memory
_BATCH = 1_000  # claims whose fields are read together
_DEEPEST = 4  # levels of claims whose objects are claims that are read to name an object


class Reader:
    """Reads the fields of claims in rows of a table, as a graph or a view of it shows them."""

    def __init__(self, graph: Graph, table: ClaimTable) -> None:
        """Read `table`, which is that of the graph or of a part of it."""
        self._graph, self._prefixes = graph, graph.prefixes
        self._table, self._columns = table, table.columns
        columns = table.columns  # whose memoryviews Python indexes much faster than arrays
        self._subjects, self._objects = columns.subject.data, columns.object.data
        self._predicates, self._claim_of = columns.predicate.data, columns.claim_of.data
        self._readings = columns.reading.data
        self._values, self._first = table.value.data, table.first.data
        self._text = lru_cache(_CACHED)(table.text)
        self._name = lru_cache(_CACHED)(self._name_of)

    def batches(self, rows: Iterable[int]) -> Iterator[Fields]:
        """Yield the fields of the claims in some rows, `_BATCH` together, in the order of `rows`.

        In a view of those claims alone that hold on its day.
        """
        remaining = map(int, rows)
        is_view = self._graph.root is not self._graph
        while batch := [*islice(remaining, _BATCH)]:
            fields = self._fields(batch)
            yield self._on_day(fields) if is_view else fields

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
        ordinal = whole(self._text(self._table.ordinal[row]))
        return ordinal is None, ordinal or 0, capitalised(self._clause(row)), row

    def _fields(self, rows: list[int]) -> Fields:
        """Return the fields of the claims in some rows, as they are on all days."""
        table, columns = self._table, self._columns
        subjects, predicates = (
            [of[row] for row in rows] for of in (self._subjects, self._predicates)
        )
        templates = [columns.templates[self._readings[row]] for row in rows]
        rivals = [table.rivals.get(row, ()) for row in rows]
        return {
            "iri": columns.claims.taken(rows),
            "subject": [*map(NamedNode, columns.nodes.taken(subjects))],
            "predicate": [columns.predicates[predicate] for predicate in predicates],
            "object": [self._object(row) for row in rows],
            "subject_name": [*map(self._name, subjects)],
            "object_name": [*map(self._name_of_object, rows)],
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
            "is_about_claim": [*map(self._is_about_claim, rows)],
            "withdrawal": [*map(table.withdrawals.get, rows)],
            "ordinal": [*map(whole, self._texts(table.ordinal, rows))],
        }

    def _on_day(self, fields: Fields) -> Fields:
        """Return the fields of the claims that hold on the day of the view, with their certainty.

        Rivals that do not hold are left out.
        """
        claims, rivals = fields["iri"], fields["rivals"]
        levels = self._graph.levels(chain(claims, *rivals))
        held = {name: [*compress(of, map(levels.get, claims))] for name, of in fields.items()}
        held["certainty"] = [_LEVELS[levels[claim]] for claim in held["iri"]]
        held["rivals"] = [tuple(r for r in of_claim if r in levels) for of_claim in held["rivals"]]
        return held

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
        return (
            NamedNode(self._columns.nodes[obj]) if obj >= 0 else term(self._text(self._values[row]))
        )

    def _name_of(self, node: int) -> str:
        """Return the name of a node, else its CURIE."""
        return self._columns.names[node] or self._prefixes.shorten(self._columns.nodes[node])

    def _is_about_claim(self, row: int) -> bool:
        """Whether the object of a claim is a claim that has no name of its own."""
        obj = self._objects[row]
        return obj >= 0 and self._claim_of[obj] >= 0 and not self._columns.names[obj]

    def _name_of_object(self, row: int, depth: int = _DEEPEST) -> str:
        """Return the object of a claim as text: a name, a literal, or a claim as a sentence.

        The sentence has no date. Below `depth` claims within claims are CURIEs.
        """
        obj = self._objects[row]
        if obj < 0:
            written = self._text(self._values[row])
            return self._name_of_literal(written) if written[0] == '"' else ""
        if not depth or not self._is_about_claim(row):
            return self._name(obj)
        return self._clause(self._claim_of[obj], depth - 1)

    def _name_of_literal(self, written: str) -> str:
        """Return the value of a literal, with the label of its scheme if it is an identifier."""
        scheme = self._table.schemes.get(written.rpartition('"^^<')[2][:-1], "")
        return f"{value(written)} ({scheme})" if scheme else value(written)

    def _clause(self, row: int, depth: int = _DEEPEST) -> str:
        """Return a claim as a sentence without date and capital; see `_name_of_object`."""
        subject, obj = self._name(self._subjects[row]), self._name_of_object(row, depth)
        template = self._columns.templates[self._readings[row]][0]
        return fill(template, subject, obj, self._columns.roles.get(row, ()))


def whole(written: str) -> int | None:
    """Return the whole number that digits write, perhaps after a sign; ``None`` for another text.

    >>> whole("12"), whole("-1"), whole("1st"), whole("")
    (12, -1, None, None)
    """
    return int(written) if _WHOLE.fullmatch(written) else None
