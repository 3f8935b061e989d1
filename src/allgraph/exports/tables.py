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
>>> table = of_claims(exact(open_graph()))
>>> next(comma_separated(table)).splitlines()[0].decode() == ",".join(COLUMNS)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from allgraph.exports import parquet
from allgraph.exports.verbatim import MADE, Originals, quads
from allgraph.graph import Graph
from allgraph.graph.claims import Claim, Evidence, every, place_of
from allgraph.graph.download import is_local
from allgraph.graph.graph import Progress, log
from allgraph.model import edtf, vocabulary
from allgraph.rdf.terms import Term, ag, text
from allgraph.render import table as tables
from allgraph.sorting import Sorter
from allgraph.sparql.answer import json_line

if TYPE_CHECKING:
    from allgraph.exports.network import Streamed

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


_PAGE, _ROW = ag("page"), ag("row")
_OBJECT = str(vocabulary.OBJECT).encode()
_FORMED = {str(each).encode() for each in (vocabulary.OBJECT, _PAGE, _ROW)}
_IS_CLAIM = f" {vocabulary.TYPE} {vocabulary.CLAIM} .".encode()
_TOLD = 10_000  # claims after which progress is told


def of_claims(some: Iterable[Claim]) -> Table:
    """Claims with their evidence: `CLAIM_COLUMNS`, and `EVIDENCE_COLUMNS` in ``sources``."""
    return Table((*CLAIM_COLUMNS, "sources"), map(_claim_record, some), EVIDENCE_COLUMNS)


@contextmanager
def all_claims(
    graph: Graph, place: Path | None = None, progress: Progress | None = None
) -> Iterator[Table]:
    """The same for all claims of a graph, however many, in the order of `claims.claims`."""
    with Sorter[tuple[Any, ...]](place) as found:
        found.extend((*place_of(c), _claim_record(c)) for c in exact(graph, place, progress))
        columns = (*CLAIM_COLUMNS, "sources")
        yield Table(columns, (record[-1] for record in found), EVIDENCE_COLUMNS)


def of_things(network: Streamed) -> Table:
    """Things, with `THING_COLUMNS`, in the order of their IRIs."""
    parts = ((t.iri, t.name, t.kind or None, count) for t, count in network.things())
    return Table(THING_COLUMNS, (dict(zip(THING_COLUMNS, each, strict=True)) for each in parts))


def of_ties(network: Streamed) -> Table:
    """Ties, with `TIE_COLUMNS`, in the order of the IRIs of their claims."""
    return Table(
        TIE_COLUMNS,
        (
            {"source": tie.source, "target": tie.target, "type": "Directed", **tie.said}
            for tie in network.ties()
        ),
    )


def comma_separated(table: Table, *, for_spreadsheet: bool = False) -> Iterator[bytes]:
    """A table as CSV; of claims the columns are `COLUMNS`. See `table.comma_separated`."""
    columns = (*table.columns[:-1], "evidence", *table.nested) if table.nested else table.columns
    rows = (row for record in table.records for row in _rows(record, table))
    return tables.csv_lines(columns, rows, for_spreadsheet=for_spreadsheet)


def lines(table: Table) -> Iterator[bytes]:
    """A table as JSON, a record a line: ``null`` where nothing is said."""
    return (json_line(record).encode() for record in table.records)


def columnar(table: Table, out: IO[bytes]) -> None:
    """Write a table as Parquet: days, numbers, yes or no, and lists have types; see `parquet`."""
    kinds: dict[str, parquet.Kind | parquet.Kinds] = dict(kinds_of(table.columns))
    if table.nested:
        kinds["sources"] = kinds_of(table.nested)
    parquet.write(kinds, table.records, out)


def kinds_of(columns: tuple[str, ...]) -> dict[str, parquet.Kind]:
    """What columns hold, by their names."""
    return {name: _KINDS.get(name, "text") for name in columns}


def exact(
    graph: Graph, place: Path | None = None, progress: Progress | None = None
) -> Iterator[Claim]:
    """The claims in the order of their IRIs, literals in the forms in which the files write them.

    What is too much for memory is sorted in a `place`; see `Sorter`.
    """
    with Sorter[tuple[str, str]](place, distinct=True) as said:
        others = _StatedValues()
        known = 0
        unfiled = is_local(graph)
        originals = Originals(graph, named=True, unfiled=unfiled, place=place, progress=progress)
        for _, _, line in originals.data():
            known += line.endswith(_IS_CLAIM)
            subject, predicate, _ = line.split(b" ", 2)
            if predicate in _FORMED:
                made = MADE.fullmatch(subject)
                if made or predicate == _OBJECT:
                    said.add(((made[1] if made else subject[1:-1]).decode(), line.decode()))
                else:
                    others.add(line.decode())
        whole = 0
        for claim, same in _with_lines(every(graph, place=place), said):
            whole += 1
            if progress and whole % _TOLD == 0:
                progress(f"read {whole:,} claims")
            yield _in_form(claim, _StatedValues(same), others)
        if known > whole:
            log.warning(
                "%d claims without an IRI or a part are in no table; validate says which",
                known - whole,
            )


def _with_lines(
    some: Iterable[Claim], said: Iterable[tuple[str, str]]
) -> Iterator[tuple[Claim, list[str]]]:
    """Claims, each with what is said of it; both in the order of their IRIs."""
    rest = iter(said)
    known = next(rest, None)
    for claim in some:
        same = []
        while known is not None and known[0] <= claim.iri:
            if known[0] == claim.iri:
                same.append(known[1])
            known = next(rest, None)
        yield claim, same


class _StatedValues:
    """What files say of claims and evidence with the predicates of `_FORMED`."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lines: dict[tuple[str, str], list[str]] = {}
        for line in lines:
            self.add(line)

    def add(self, line: str) -> None:
        """Take a line of N-Triples."""
        subject, predicate, _ = line.split(" ", 2)
        self._lines.setdefault((subject, predicate), []).append(line)

    def objects(self, node: str, predicate: NamedNode) -> list[Term]:
        """The objects of a predicate of a node."""
        lines = self._lines.get((f"<{node}>", str(predicate)), [])
        return [quad.object for quad in quads(line.encode() for line in lines)] if lines else []


def _in_form(claim: Claim, said: _StatedValues, others: _StatedValues) -> Claim:
    def form(node: str, predicate: NamedNode, known: str) -> str:
        if not known:
            return known
        terms = said.objects(node, predicate) or others.objects(node, predicate)
        return text(terms[0]) if len(terms) == 1 else known

    evidence = tuple(
        replace(
            each,
            page_number=form(each.iri, _PAGE, each.page_number),
            row=form(each.iri, _ROW, each.row),
        )
        if each.page_number or each.row
        else each
        for each in claim.evidence
    )
    objects = (
        said.objects(claim.iri, vocabulary.OBJECT) if isinstance(claim.object, Literal) else []
    )
    if not isinstance(claim.object, Literal) or len(objects) != 1:
        return replace(claim, evidence=evidence)
    is_named = claim.object_name != claim.object.value
    name = claim.object_name if is_named else text(objects[0])
    return replace(claim, object=objects[0], object_name=name, evidence=evidence)


def _claim_record(claim: Claim) -> Record:
    sources = [evidence_record(each) for each in claim.evidence]
    return {**dict(zip(CLAIM_COLUMNS, _claim(claim), strict=True)), "sources": sources}


def evidence_record(each: Evidence) -> Record:
    """What is said of a claim's evidence: `EVIDENCE_COLUMNS`."""
    return dict(zip(EVIDENCE_COLUMNS, _evidence(each), strict=True))


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
        *(edtf.iso(day) if day else None for day in claim.bounds), claim.rank,
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
