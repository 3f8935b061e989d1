"""Graphs as tables: CSV, JSON lines or Parquet.

There are three tables:

- claims. CSV has a row for each piece of evidence of a claim, numbered in the column
  ``evidence`` from 1; the rows with 1 are the claims, each once. A claim without evidence has
  one row. JSON lines and Parquet have a record for each claim, its evidence in a list
  ``sources``.
- things and ties. The nodes and edges of a network: see `network`.

IRIs are whole, days are as in ``2013-10-21``, and a missing value is an empty cell, or ``null``.

>>> from allgraph.graph import open_graph
>>> table = sorted_claims(open_graph())
>>> next(comma_separated(table)).splitlines()[0].decode() == ",".join(COLUMNS)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import IO, Any, NamedTuple

from pyoxigraph import Literal

from allgraph.exports import parquet
from allgraph.exports.network import (
    ATTRIBUTES,
    SortedNetwork,
    all_claims,
    literal_columns,
    said_of,
)
from allgraph.graph import Graph
from allgraph.graph.claims import Claim, Evidence
from allgraph.graph.graph import Progress
from allgraph.model import vocabulary
from allgraph.rdf.terms import text
from allgraph.render.table import csv_lines
from allgraph.sparql.answer import json_line

CLAIM_COLUMNS = (
    "claim", "sentence", "subject", "subjectName", "predicate", "object", "objectName", "value",
    "datatype", "language", "when", *vocabulary.BOUND_NAMES, "rank", "roles", "rivals", "sensitive",
    "note",
)  # fmt: skip
"""The columns of a claim."""
EVIDENCE_COLUMNS = (
    "source", "title", "page", "place", "start", "end", "sha256", "reading", "confidence",
    "attributedTo", "wording", "currentAsOf", "evidenceNote",
)  # fmt: skip
"""The columns of a claim's evidence, or the keys of an object in ``sources``."""
_FIELD_OF_COLUMN = {
    "attributedTo": "attributed_to",
    "currentAsOf": "current_as_of",
    "evidenceNote": "note",
}
"""The fields of `Evidence` that have other names than their columns."""
_EVIDENCE_VALUES = attrgetter(*(_FIELD_OF_COLUMN.get(name, name) for name in EVIDENCE_COLUMNS))
COLUMNS = (*CLAIM_COLUMNS, "evidence", *EVIDENCE_COLUMNS)
"""The columns of claims as CSV: a row for each piece of evidence, numbered from 1."""

THING_COLUMNS = ("id", "label", "kind", "ties")
"""The columns of things: IRI, name, kind, and how many ties there are."""
TIE_COLUMNS = ("source", "target", "type", *ATTRIBUTES)
"""The columns of ties: the IRIs of both ends, ``Directed``, and the attributes of the claim."""

_KINDS: dict[str, parquet.Kind] = {
    **dict.fromkeys(vocabulary.BOUND_NAMES, "day"),
    **dict.fromkeys(("start", "end", "ties"), "number"),
    **dict.fromkeys(("rivals", "sources"), "texts"),
    **dict.fromkeys(("sensitive", "disputed"), "yes-no"),
}
"""The kinds of the columns that are not texts."""
Record = dict[str, Any]


class Table(NamedTuple):
    """A table: the names of its columns, and its records, each a mapping by column.

    If `nested` is not empty, the last column is ``sources``, a list of records with these columns.
    """

    columns: tuple[str, ...]
    records: Iterable[Record]
    nested: tuple[str, ...] = ()


def of_claims(claims: Iterable[Claim]) -> Table:
    """Return claims as a table: `CLAIM_COLUMNS`, and `EVIDENCE_COLUMNS` in ``sources``.

    There is a record for each claim, whose ``sources`` are a list of records, one for each piece of
    evidence. They are made from `claims` while they are read, so they can be read once.
    """
    return _claim_table(map(_claim_record, claims))


def sorted_claims(graph: Graph, progress: Progress | None = None) -> Table:
    """Return all claims of a graph as a table, in the order of `in_order`.

    That is the order of predicates, first days, sentences and IRIs. Claims that lack an IRI, or a
    subject, predicate or object, are left out, and a warning says how many. Raises `InputError` for
    a graph that an endpoint holds.
    """
    return of_claims(all_claims(graph, progress, is_sorted=True))


def _claim_table(records: Iterable[Record]) -> Table:
    """Return the records of claims as a table, with their evidence in the column ``sources``."""
    return Table((*CLAIM_COLUMNS, "sources"), records, EVIDENCE_COLUMNS)


def of_things(network: SortedNetwork) -> Table:
    """Return the things of a network as a table: IRI, name, kind, number of ties; ordered by IRI.

    The rows can be read once.
    """
    rows = ((t.iri, t.name, t.kind or None, count) for t, count in network.things())
    return Table(THING_COLUMNS, (dict(zip(THING_COLUMNS, row, strict=True)) for row in rows))


def of_ties(network: SortedNetwork) -> Table:
    """Return the ties of a network as a table with `TIE_COLUMNS`, ordered by claim IRI.

    The rows can be read once.
    """
    records = (
        {"source": tie.source, "target": tie.target, "type": "Directed", **tie.attributes}
        for tie in network.ties()
    )
    return Table(TIE_COLUMNS, records)


def comma_separated(table: Table, *, for_spreadsheet: bool = False) -> Iterator[bytes]:
    """Yield a table as lines of CSV, its header first.

    Of claims there is a line for each piece of evidence, with its number from 1 and its columns
    after those of the claim. With `for_spreadsheet` the bytes begin with a byte order mark, all
    cells are quoted, and an apostrophe is put before what looks like a formula.
    """
    columns = (*table.columns[:-1], "evidence", *table.nested) if table.nested else table.columns
    rows = (row for record in table.records for row in _csv_rows(record, table))
    return csv_lines(columns, rows, for_spreadsheet=for_spreadsheet)


def lines(table: Table) -> Iterator[bytes]:
    """Yield a table as JSON lines, one for each record, with ``null`` for a missing value."""
    return (json_line(record).encode() for record in table.records)


def columnar(table: Table, out: IO[bytes]) -> None:
    """Write a table as Parquet to an open file: days, numbers, yes or no, and lists have types.

    Raises `MissingExtra` without pyarrow.
    """
    nested: parquet.Kinds = {"sources": kinds_of(table.nested)} if table.nested else {}
    parquet.write(kinds_of(table.columns, nested), table.records, out)


def kinds_of(columns: Iterable[str], special: parquet.Kinds | None = None) -> parquet.Kinds:
    """Return the kinds of columns, by name; kinds in `special` take precedence over `_KINDS`.

    A kind is text, number, yes-no, day or texts, or a mapping of kinds for a list of records. A
    column in neither is a text.
    """
    kinds = {**_KINDS, **(special or {})}
    return {name: kinds.get(name, "text") for name in columns}


def claim_columns(claim: Claim) -> Record:
    """Return the values of a claim by column, for every column of any table but its evidence."""
    is_literal = isinstance(claim.object, Literal)
    return {
        **said_of(claim, claim.certainty),
        **literal_columns(claim.object),
        "subject": claim.subject.value,
        "subjectName": claim.subject_name,
        "object": None if is_literal else text(claim.object),
        "objectName": None if is_literal else claim.object_name,
        "predicateIri": claim.predicate,
        "aspect": claim.aspect,
        "disputed": claim.disputed,
        "roles": claim.roles,
        "sensitive": claim.sensitive,
        "note": claim.note or None,
    }


def _claim_record(claim: Claim) -> Record:
    """Return a claim as a record with `CLAIM_COLUMNS`, and its evidence in ``sources``."""
    values = claim_columns(claim)
    values["roles"] = " and ".join(claim.roles) or None
    record = {name: values[name] for name in CLAIM_COLUMNS}
    return {**record, "sources": [*map(evidence_record, claim.evidence)]}


def evidence_record(evidence: Evidence) -> Record:
    """Return a piece of evidence as a record with `EVIDENCE_COLUMNS`; ``None`` where unknown."""
    values = _EVIDENCE_VALUES(evidence)  # the field for each column, in order
    pairs = zip(EVIDENCE_COLUMNS, values, strict=True)
    return {name: None if value == "" else value for name, value in pairs}


def _csv_rows(record: Record, table: Table) -> Iterator[list[str]]:
    """Yield a record as rows of CSV: one row, or one for each of its nested records.

    A nested record has its number, from 1, before its cells. A record without nested ones has one
    row, with empty cells for them.
    """
    if not table.nested:
        yield [_cell(record[name]) for name in table.columns]
        return
    cells = [_cell(record[name]) for name in table.columns[:-1]]
    if not record["sources"]:
        yield [*cells, "", *[""] * len(table.nested)]
    for number, source in enumerate(record["sources"], 1):
        yield [*cells, str(number), *(_cell(source[name]) for name in table.nested)]


def _cell(value: str | int | bool | list[str] | tuple[str, ...] | None) -> str:
    """Return a value as a cell of CSV; a list is joined with spaces."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, (list, tuple)):
        return " ".join(value)
    return str(value).lower()  # a number, or true or false
