"""Graphs as tables: CSV, JSON lines or Parquet.

The tables are:

- claims. CSV has a row for each piece of evidence of a claim, numbered in the column
  ``evidence`` from 1; the rows with 1 are the claims, each once. A claim without evidence has
  one row. JSON lines and Parquet have a record for each claim, its evidence in a list
  ``sources``.
- things and ties. The nodes and edges of a network: see `network`.
- people, bodies, bills and votes. A row for each of these: see `plain`.

IRIs are whole, days are as in ``2013-10-21``, and a missing value is an empty cell, or ``null``.

>>> from allgraph.graph import open_graph
>>> table = sorted_claims(open_graph())
>>> next(comma_separated(table)).splitlines()[0].decode() == ",".join(COLUMNS)
True
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from allgraph.exports import parquet, plain
from allgraph.exports.columns import ATTRIBUTES, CLAIM_COLUMNS, EVIDENCE_COLUMNS, claim_columns
from allgraph.exports.network import SortedNetwork, reported_fields, sorted_network
from allgraph.graph import Graph
from allgraph.graph.claims import Claim, fields_of
from allgraph.graph.graph import Progress
from allgraph.graph.view import View
from allgraph.model import edtf, vocabulary
from allgraph.rdf.terms import text
from allgraph.render.table import csv_lines
from allgraph.sparql.answer import json_line

if TYPE_CHECKING:
    from allgraph.graph.claim_fields import Fields

NAMES = ("claims", "things", "ties", *plain.KINDS_OF)
"""The tables."""
COLUMNS = (*CLAIM_COLUMNS, "evidence", *EVIDENCE_COLUMNS)
"""The columns of claims as CSV: a row for each piece of evidence, numbered from 1."""

THING_COLUMNS = ("id", "label", "kind", "ties")
"""The columns of things: IRI, name, kind, and how many ties there are."""
TIE_COLUMNS = ("source", "target", "type", *ATTRIBUTES)
"""The columns of ties: the IRIs of both ends, ``Directed``, and the attributes of the claim."""

_KINDS: dict[str, parquet.Kind] = {
    **dict.fromkeys(vocabulary.BOUND_NAMES, "day"),
    **dict.fromkeys(("start", "end", "ties", *plain.NUMBERS), "number"),
    **dict.fromkeys(("rivals", "sources"), "texts"),
    **dict.fromkeys(("sensitive", "disputed"), "yes-no"),
}
"""The kinds of the columns that are not texts."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
Row = Sequence[Any]
"""The values of a record, in the order of the columns."""


class Table(NamedTuple):
    """A table: the names of its columns, and its rows, each with a value for every column.

    If `nested` is not empty, the last column is ``sources``, a list of rows with these columns.
    """

    columns: tuple[str, ...]
    rows: Iterable[Row]
    nested: tuple[str, ...] = ()


@contextmanager
def opened(
    graph: Graph,
    names: Collection[str],
    place: Path | None = None,
    progress: Progress | None = None,
    *,
    is_sorted: bool = True,
) -> Iterator[dict[str, Table]]:
    """Give some tables of a graph, by their names in the order of `NAMES`, for a ``with``.

    Their rows can be read once. Claims are in the order of `in_order` if `is_sorted`, else of their
    IRIs. What is too much for memory is sorted in files in the directory `place`. Raises
    `InputError` for a graph that an endpoint holds.
    """
    by_name: dict[str, Table] = {}
    with ExitStack() as stack:
        if "claims" in names:
            fields = reported_fields(graph, progress, is_sorted=is_sorted)
            by_name["claims"] = _claim_table(fields)
        if not {"things", "ties"}.isdisjoint(names):
            fields = reported_fields(graph, progress)
            network = stack.enter_context(sorted_network(graph, fields, place))
            by_name["things"], by_name["ties"] = of_things(network), of_ties(network)
        if wanted := [name for name in plain.KINDS_OF if name in names]:
            rows = stack.enter_context(plain.plain_tables(graph, wanted, place, progress))
            for name in wanted:
                by_name[name] = Table(plain.columns_of(name), rows[name])
        yield {name: by_name[name] for name in NAMES if name in names}


def about(graph: Graph) -> dict[str, str]:
    """Return the metadata of a graph beside its tables: title, licence, version and so on, by name.

    ``read`` is the latest day on which a source can have been read, ``day`` that of a view. What is
    not known is left out.
    """
    folder = graph.folder
    quads = graph.root.queried.quads(None, vocabulary.READ, None)
    days = chain.from_iterable(_DAY.findall(text(quad.object)) for quad in quads)
    facts = {
        "title": folder.title,
        "description": folder.description,
        "licence": folder.licence,
        "publisher": folder.publisher,
        "version": folder.version,
        "base": folder.base,
        "read": max(days, default=""),
        "day": edtf.iso(graph.day) if isinstance(graph, View) else "",
    }
    return {name: value for name, value in facts.items() if value}


def of_claims(claims: Sequence[Claim]) -> Table:
    """Return claims as a table: `CLAIM_COLUMNS`, and `EVIDENCE_COLUMNS` in ``sources``."""
    return _claim_table([fields_of(claims)])


def sorted_claims(graph: Graph, progress: Progress | None = None) -> Table:
    """Return all claims of a graph as a table, in the order of `in_order`.

    That is the order of predicates, first days, sentences and IRIs. Claims that lack an IRI, or a
    subject, predicate or object, are left out, and a warning says how many. The rows can be read
    once. Raises `InputError` for a graph that an endpoint holds.
    """
    return _claim_table(reported_fields(graph, progress, is_sorted=True))


def _claim_table(batches: Iterable[Fields]) -> Table:
    """Return a table of the claims that have some fields, with their evidence in ``sources``."""
    columns = (*CLAIM_COLUMNS, "sources")

    def rows(fields: Fields) -> Iterator[Row]:
        """Yield a row for each claim."""
        values = claim_columns(fields)
        values["roles"] = [" and ".join(roles) or None for roles in values["roles"]]
        values["sources"] = values["evidence"]
        return zip(*(values[name] for name in columns), strict=True)

    return Table(columns, chain.from_iterable(map(rows, batches)), EVIDENCE_COLUMNS)


def of_things(network: SortedNetwork) -> Table:
    """Return the things of a network as a table: IRI, name, kind, number of ties; ordered by IRI.

    The rows can be read once.
    """
    rows = ((t.iri, t.name, t.kind or None, count) for t, count in network.things())
    return Table(THING_COLUMNS, rows)


def of_ties(network: SortedNetwork) -> Table:
    """Return the ties of a network as a table with `TIE_COLUMNS`, ordered by claim IRI.

    The rows can be read once.
    """
    attributes = itemgetter(*ATTRIBUTES)
    rows = ((t.source, t.target, "Directed", *attributes(t.attributes)) for t in network.ties())
    return Table(TIE_COLUMNS, rows)


def comma_separated(table: Table, *, for_spreadsheet: bool = False) -> Iterator[bytes]:
    """Yield a table as lines of CSV, its header first.

    Of claims there is a line for each piece of evidence, with its number from 1 and its columns
    after those of the claim. With `for_spreadsheet` the bytes begin with a byte order mark, all
    cells are quoted, and an apostrophe is put before what looks like a formula.
    """
    return csv_lines(*as_cells(table), for_spreadsheet=for_spreadsheet)


def as_cells(table: Table) -> tuple[tuple[str, ...], Iterator[list[Any]]]:
    """Return the columns of a table as CSV has them, and its rows."""
    columns = (*table.columns[:-1], "evidence", *table.nested) if table.nested else table.columns
    return columns, _csv_rows(table)


def lines(table: Table) -> Iterator[bytes]:
    """Yield a table as JSON lines, one for each record, with ``null`` for a missing value."""
    return (json_line(record).encode() for record in _records(table))


def columnar(table: Table, file: IO[bytes]) -> None:
    """Write a table as Parquet to an open file: days, numbers, yes or no, and lists have types.

    Raises `MissingExtra` without pyarrow.
    """
    nested: parquet.Kinds = {"sources": kinds_of(table.nested)} if table.nested else {}
    parquet.write(kinds_of(table.columns, nested), _records(table), file)


def kinds_of(columns: Iterable[str], special: parquet.Kinds | None = None) -> parquet.Kinds:
    """Return the kinds of columns, by name; kinds in `special` take precedence over `_KINDS`.

    A kind is text, number, yes-no, day or texts, or a mapping of kinds for a list of records. A
    column in neither is a text.
    """
    kinds = {**_KINDS, **(special or {})}
    return {name: kinds.get(name, "text") for name in columns}


def _records(table: Table) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as mappings by column."""
    for row in table.rows:
        record = dict(zip(table.columns, row, strict=True))
        if table.nested:
            pieces = record["sources"]
            record["sources"] = [dict(zip(table.nested, piece, strict=True)) for piece in pieces]
        yield record


def _csv_rows(table: Table) -> Iterator[list[Any]]:
    """Yield the rows of a table as cells of CSV: one row, or one for each of its nested rows.

    A nested row has its number, from 1, before its cells. A row without nested ones has empty cells
    for them. Lists are joined with spaces, and yes and no are ``true`` and ``false``.
    """
    width = len(table.columns) - bool(table.nested)
    kinds = [*map(_KINDS.get, table.columns[:width])]
    lists, flags = ([n for n, of in enumerate(kinds) if of == kind] for kind in ("texts", "yes-no"))
    without = [("",) * (len(table.nested) + 1)]
    for row in table.rows:
        cells = [*row[:width]]
        for place in lists:
            cells[place] = " ".join(cells[place])
        for place in flags:
            cells[place] = "true" if cells[place] else "false"
        if not table.nested:
            yield cells
            continue
        for nested in [(n, *piece) for n, piece in enumerate(row[width], 1)] or without:
            yield [*cells, *nested]
