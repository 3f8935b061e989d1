"""Claims as records: rows of CSV, or JSON on lines.

CSV has a row for each piece of evidence of a claim, numbered in the column ``evidence`` from 1;
the rows with 1 are the claims, each once. A claim without evidence has one row. JSON has an
object for each claim, its evidence in a list ``sources``. IRIs are whole, bounds are days as in
``2013-10-21``, and what is not said is an empty cell, or ``null``.

>>> from allgraph.graph import open_graph
>>> table(exact(open_graph())).splitlines()[0].decode() == ",".join(COLUMNS)
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from pyoxigraph import Literal, NamedNode

from allgraph import dates, derive
from allgraph.answer import json_line
from allgraph.claims import Claim, Evidence, claims
from allgraph.graph import Graph, Progress, log
from allgraph.originals import Originals
from allgraph.tables import comma_separated
from allgraph.terms import Term, ag, text

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

Said = dict[tuple[str, NamedNode], list[Term]]
"""What the files say of claims and evidence with the predicates of `_FORMED`."""
_FORMED = (derive.OBJECT, ag("page"), ag("row"))


def table(some: Iterable[Claim], *, for_spreadsheet: bool = False) -> bytes:
    """Claims as CSV, with the columns `COLUMNS`; see `tables.comma_separated`."""
    rows = (row for claim in some for row in _rows(claim))
    return comma_separated(COLUMNS, rows, for_spreadsheet=for_spreadsheet)


def lines(some: Iterable[Claim]) -> bytes:
    """Claims as JSON, one a line, with the keys `CLAIM_COLUMNS` and ``sources``."""
    return "".join(json_line(_object(claim)) for claim in some).encode()


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


def _object(claim: Claim) -> dict[str, Any]:
    """A claim as a line of JSON: ``null`` where nothing is said, lists where there may be many."""
    sources = [dict(zip(EVIDENCE_COLUMNS, _evidence(each), strict=True)) for each in claim.evidence]
    return {**dict(zip(CLAIM_COLUMNS, _claim(claim), strict=True)), "sources": sources}


def _rows(claim: Claim) -> Iterator[list[str]]:
    """A claim as rows of CSV, one for each piece of evidence, and one when there is none."""
    parts = _claim(claim)
    if not claim.evidence:
        yield [_cell(part) for part in (*parts, None, *[None] * len(EVIDENCE_COLUMNS))]
    for number, each in enumerate(claim.evidence, 1):
        yield [_cell(part) for part in (*parts, number, *_evidence(each))]


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


def _cell(value: str | int | bool | list[str] | None) -> str:
    """A value as a cell; the IRIs of a list stand apart by a space."""
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
