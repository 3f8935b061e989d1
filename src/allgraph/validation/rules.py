"""The house's own rules: what shapes cannot say, or would say slowly.

Each rule is one question in ``house_rules``, whose help is its message, and most can be checked
over columns (`rulebook`); those about dates are here, since SPARQL cannot read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyoxigraph import BlankNode, NamedNode, Quad, Store
from pyoxigraph import Literal as OxLiteral

from allgraph.errors import DateError
from allgraph.folder import Folder
from allgraph.model import derivation, edtf, vocabulary
from allgraph.model.triples import NONE, Triples
from allgraph.rdf.terms import Node, Term, text
from allgraph.sparql.answer import Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.questions import Catalogue
from allgraph.validation.report import Severity
from allgraph.validation.rules_compiled import BOOK, stored_forms

Terms = tuple[Term | None, Term | None, Term | None]


class RuleHit(NamedTuple):
    """That something about a node breaks a rule; where it stands is not known yet.

    In the message ``{focus}``, ``{path}`` and ``{value}`` stand for the terms.
    """

    focus: Term | None
    path: Term | None
    value: Term | None
    rule: str
    severity: Severity
    message: str
    component: str = ""
    hints: tuple[NamedNode, ...] = ()
    """Predicates whose triples it may be about, when it names no path."""

    @property
    def terms(self) -> Terms:
        """Focus, path and value."""
        return self.focus, self.path, self.value


def check(
    folder: Folder, triples: Triples, statements: derivation.Statements, *, as_asked: bool = False
) -> Iterator[RuleHit]:
    """What breaks the rules among stated and derived triples.

    With `as_asked`, the questions themselves are asked, which is slow for many triples.
    """
    asked = [name for name in _rules() if as_asked or name not in BOOK]
    engine = Embedded(stored(triples), folder.prefixes) if asked else None
    for name, query in _rules().items():
        message, _, remark = query.help.partition("\n\n")
        severity: Severity = "Warning" if "Warning" in remark else "Violation"
        if engine and name in asked:
            values = {"base": OxLiteral(folder.base)} if query.parameters else {}
            rows = engine.query(query.bind(values)).rows
            found: Iterator[Terms] = (
                (row["focus"], row["path"], _as_stated(triples, row)) for row in rows
            )
        else:
            found = _terms(triples, BOOK[name](triples, folder.base))
        yield from (RuleHit(*terms, name, severity, message) for terms in found)
    yield from _unreadable_dates(triples)
    yield from _impossible_dates(triples, statements)


def stored(triples: Triples) -> Store:
    """A store with the stated triples, and the derived ones in their graph."""
    store = Store()
    store.bulk_extend(Quad(*row) for row in triples.rows(slice(triples.stated)))
    derivation.fill(store, triples.rows(slice(triples.stated, None)))
    return store


@cache
def _rules() -> Catalogue:
    return Catalogue(sorted((Path(__file__).parent / "house_rules").glob("*.rq")))


def _terms(triples: Triples, rows: Iterator[tuple[int, int, int]]) -> Iterator[Terms]:
    terms = triples.terms
    for focus, path, value in rows:
        yield terms[focus], terms[path] if path != NONE else None, terms[value]


def _as_stated(triples: Triples, row: Row) -> Term | None:
    """The value of a row as its triple has it: a store gives "05" and "5"^^xsd:int as 5."""
    value = row["value"]
    if not isinstance(value, OxLiteral):
        return value
    ends = triples.number(row["focus"]), triples.number(row["path"])
    stated = [triples.terms[number] for number in triples.objects(*ends)]
    if value in stated:
        return value
    forms = zip(stated, stored_forms(stated), strict=True)
    return next((term for term, form in forms if form == value), value)


def _unreadable_dates(triples: Triples) -> Iterator[RuleHit]:
    for predicate in (vocabulary.WHEN, vocabulary.CURRENT, vocabulary.READ):
        dated = triples.relation(predicate).inverse
        for number in np.unique(dated.subjects).tolist():
            value = triples.terms[number]
            if not isinstance(value, OxLiteral):
                continue
            try:
                edtf.parse(text(value))
            except DateError as error:
                for focus in dated.of(np.array([number]))[1].tolist():
                    yield RuleHit(
                        triples.terms[focus], predicate, value, "date", "Violation", error.message
                    )


def _impossible_dates(triples: Triples, statements: derivation.Statements) -> Iterator[RuleHit]:
    """Claims that would have to have happened after their source was read."""
    for claim, when in _later_than_some_source(triples):
        statement = statements.statement(claim)
        if statement is None or statements.aspect(statement.predicate) == "Timeless":
            continue
        try:
            first = edtf.parse(text(when)).span[0]
            last = statements.reported(claim)
        except DateError:
            continue
        if first is not None and last is not None and first > last:
            message = (
                f"“{text(when)}” is later than its source, which is of {edtf.iso(last)} at "
                "the latest; mend one of them, or say ag:prospective true"
            )
            yield RuleHit(claim, vocabulary.WHEN, when, "date-after-source", "Violation", message)


def _later_than_some_source(triples: Triples) -> Iterator[tuple[Node, Term]]:
    """Claims with dates that are later than the earliest day that any source was read on."""
    lasts = (_day(triples.terms[n], 1) for p in (vocabulary.LATEST, vocabulary.READ)
             for n in set(triples.relation(p).objects.tolist()))  # fmt: skip
    first_read = edtf.earliest(*lasts)
    dated = triples.relation(vocabulary.WHEN)
    firsts = {n: _day(triples.terms[n], 0) for n in set(dated.objects.tolist())}
    for claim, when in zip(dated.subjects.tolist(), dated.objects.tolist(), strict=True):
        first, node = firsts[when], triples.terms[claim]
        is_node = isinstance(node, (NamedNode, BlankNode))
        if is_node and first is not None and first_read is not None and first > first_read:
            yield node, triples.terms[when]


def _day(term: Term, side: int) -> edtf.Day | None:
    """The first (0) or last (1) day of a date, if it can be read."""
    try:
        return edtf.parse(text(term)).span[side]
    except DateError:
        return None
