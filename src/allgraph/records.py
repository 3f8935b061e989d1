"""Graphs as records: rows of CSV, JSON on lines, or Parquet.

There are three tables:

- claims. CSV has a row for each piece of evidence of a claim, numbered in the column
  ``evidence`` from 1; the rows with 1 are the claims, each once. A claim without evidence has
  one row. JSON lines and Parquet have a record for each claim, its evidence in a list
  ``sources``.
- things and ties. The nodes and edges of a network: see `ties`.

IRIs are whole, days are as in ``2013-10-21``, and what is not said is an empty cell, or
``null``.

>>> from allgraph.graph import open_graph
>>> comma_separated(of_claims(exact(open_graph()))).splitlines()[0].decode() == ",".join(COLUMNS)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from allgraph import dates, derive, parquet, tables
from allgraph.answer import json_line
from allgraph.claims import Claim, Evidence, claims
from allgraph.graph import Graph, Progress, log
from allgraph.originals import Originals
from allgraph.terms import Term, ag, text

if TYPE_CHECKING:
    from allgraph.ties import Ties

CLAIM_COLUMNS = (
    "claim", "sentence", "subject", "subjectName", "predicate", "object", "objectName", "value",
    "datatype", "language", "when", "beginNotBefore", "beginNotAfter", "endNotBefore",
    "endNotAfter", "rank", "roles", "rivals", "sensitive", "note",
)  # fmt: skip
"""What a row, or a line, says of a claim."""
EVIDENCE_COLUMNS = (
    "source", "title", "page", "place", "start", "end", "sha256", "reading", "confidence",
    "attributedTo", "wording", "currentAsOf", "evidenceNote",
)  # fmt: skip
"""What a row, or an object in ``sources``, says of a claim's evidence."""
COLUMNS = (*CLAIM_COLUMNS, "evidence", *EVIDENCE_COLUMNS)
"""The columns of claims as CSV: a row for each piece of evidence, numbered from 1."""

THING_COLUMNS = ("id", "label", "kind", "ties")
"""The columns of things: IRI, name, kind, and how many ties there are."""
TIE_COLUMNS = (
    "source", "target", "type", "claim", "predicate", "sentence", "when", "beginNotBefore",
    "beginNotAfter", "endNotBefore", "endNotAfter", "rank", "certainty", "rivals", "sources",
)  # fmt: skip
"""The columns of ties: the IRIs of both ends, ``Directed``, and what is said of the claim."""

_KINDS: dict[str, parquet.Kind] = {
    **dict.fromkeys(("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter"), "day"),
    **dict.fromkeys(("start", "end", "ties"), "number"),
    **dict.fromkeys(("rivals", "sources"), "texts"),
    "sensitive": "yes-no",
}
"""What columns hold that are not text."""
Record = dict[str, Any]


class Table(NamedTuple):
    """Records with some columns; those in the column ``sources`` are records too if `nested`."""

    columns: tuple[str, ...]
    records: Iterable[Record]
    nested: tuple[str, ...] = ()


Said = dict[tuple[str, NamedNode], list[Term]]
"""What the files say of claims and evidence with the predicates of `_FORMED`."""
_FORMED = (derive.OBJECT, ag("page"), ag("row"))


def of_claims(some: Iterable[Claim]) -> Table:
    """Claims with their evidence: `CLAIM_COLUMNS`, and `EVIDENCE_COLUMNS` in ``sources``."""
    return Table((*CLAIM_COLUMNS, "sources"), map(_claim_record, some), EVIDENCE_COLUMNS)


def of_things(ties: Ties) -> Table:
    """Things, with `THING_COLUMNS`, in the order of their IRIs."""
    counts = ties.counts()
    parts = ((t.iri, t.name, t.kind or None, counts.get(t.iri, 0)) for t in ties.things.values())
    return Table(THING_COLUMNS, (dict(zip(THING_COLUMNS, each, strict=True)) for each in parts))


def of_ties(ties: Ties) -> Table:
    """Ties, with `TIE_COLUMNS`, in the order of the IRIs of their claims."""
    return Table(
        TIE_COLUMNS,
        (
            {"source": tie.source, "target": tie.target, "type": "Directed", **tie.said}
            for tie in ties.ties
        ),
    )


def comma_separated(table: Table, *, for_spreadsheet: bool = False) -> bytes:
    """A table as CSV; of claims the columns are `COLUMNS`. See `tables.comma_separated`."""
    columns = (*table.columns[:-1], "evidence", *table.nested) if table.nested else table.columns
    rows = (row for record in table.records for row in _rows(record, table))
    return tables.comma_separated(columns, rows, for_spreadsheet=for_spreadsheet)


def lines(table: Table) -> bytes:
    """A table as JSON, a record a line: ``null`` where nothing is said."""
    return "".join(map(json_line, table.records)).encode()


def columnar(table: Table) -> bytes:
    """A table as Parquet: days, numbers, yes or no, and lists have types; see `parquet`."""
    kinds: dict[str, parquet.Kind | parquet.Kinds] = dict(_kinds(table.columns))
    if table.nested:
        kinds["sources"] = _kinds(table.nested)
    return parquet.written(kinds, table.records)


def _kinds(columns: tuple[str, ...]) -> dict[str, parquet.Kind]:
    return {name: _KINDS.get(name, "text") for name in columns}


def exact(graph: Graph, *, progress: Progress | None = None) -> Iterator[Claim]:
    """The claims, their literals in the forms in which the files write them."""
    written = Originals(graph, named=True, progress=progress).data
    whole = claims(graph)
    known = {q.subject for q in written if q.predicate == derive.TYPE and q.object == derive.CLAIM}
    if lost := len(known) - len(whole):
        log.warning("%d claims without an IRI or a part are in no table; validate says which", lost)
    said: Said = {}
    for quad in written:
        if quad.predicate in _FORMED and isinstance(quad.subject, NamedNode):
            said.setdefault((quad.subject.value, quad.predicate), []).append(quad.object)
    return (_in_form(claim, said) for claim in whole)


def _in_form(claim: Claim, said: Said) -> Claim:
    evidence = tuple(
        replace(
            each,
            page_number=_form(said, each.iri, ag("page"), each.page_number),
            row=_form(said, each.iri, ag("row"), each.row),
        )
        for each in claim.evidence
    )
    objects = said.get((claim.iri, derive.OBJECT), [])
    if not isinstance(claim.object, Literal) or len(objects) != 1:
        return replace(claim, evidence=evidence)
    is_named = claim.object_name != claim.object.value
    name = claim.object_name if is_named else text(objects[0])
    return replace(claim, object=objects[0], object_name=name, evidence=evidence)


def _form(said: Said, node: str, predicate: NamedNode, known: str) -> str:
    terms = said.get((node, predicate), [])
    return text(terms[0]) if known and len(terms) == 1 else known


def _claim_record(claim: Claim) -> Record:
    sources = [dict(zip(EVIDENCE_COLUMNS, _evidence(each), strict=True)) for each in claim.evidence]
    return {**dict(zip(CLAIM_COLUMNS, _claim(claim), strict=True)), "sources": sources}


def _rows(record: Record, table: Table) -> Iterator[list[str]]:
    """A record as rows of CSV: one, or one for each of those that are nested in it."""
    if not table.nested:
        yield [_cell(record[name]) for name in table.columns]
        return
    parts = [_cell(record[name]) for name in table.columns[:-1]]
    if not record["sources"]:
        yield [*parts, "", *[""] * len(table.nested)]
    for number, each in enumerate(record["sources"], 1):
        yield [*parts, str(number), *(_cell(each[name]) for name in table.nested)]


def _claim(claim: Claim) -> tuple[Any, ...]:
    """The values of `CLAIM_COLUMNS`."""
    value = claim.object if isinstance(claim.object, Literal) else None
    return (
        claim.iri, claim.sentence, claim.subject.value, claim.subject_name, claim.predicate,
        None if value else text(claim.object), None if value else claim.object_name,
        value.value if value else None, value.datatype.value if value else None,
        value.language if value else None, claim.when or None,
        *(dates.iso(day) if day else None for day in claim.bounds), claim.rank,
        " and ".join(claim.roles) or None, list(claim.rivals), claim.sensitive, claim.note or None,
    )  # fmt: skip


def _evidence(each: Evidence) -> tuple[Any, ...]:
    """The values of `EVIDENCE_COLUMNS`."""
    said = (
        each.source, each.title, each.page, each.place, each.start, each.end, each.sha256,
        each.reading, each.confidence, each.attributed_to, each.wording, each.current_as_of,
        each.note,
    )  # fmt: skip
    return tuple(None if value == "" else value for value in said)


def _cell(value: str | int | bool | list[str] | tuple[str, ...] | None) -> str:
    """A value as a cell; the IRIs of a list stand apart by a space."""
    if isinstance(value, (list, tuple)):
        return " ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
