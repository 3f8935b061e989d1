"""The house's own rules: what shapes cannot say, or would say slowly.

Each rule is one question in ``sparql/rules``, whose help is its message; those about dates
are here, since SPARQL cannot read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal as OxLiteral
from pyoxigraph import NamedNode, Store

from allgraph import dates, derive
from allgraph.catalogue import Catalogue
from allgraph.engine.embedded import Embedded
from allgraph.errors import DateError
from allgraph.folder import Folder
from allgraph.reports import Severity
from allgraph.terms import Term, text


class Suspicion(NamedTuple):
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


def check(folder: Folder, store: Store, statements: derive.Statements) -> Iterator[Suspicion]:
    """What breaks the rules in a store that holds stated and derived triples."""
    engine = Embedded(store, folder.prefixes)
    base = OxLiteral(folder.base)
    for name, query in _rules().items():
        message, _, remark = query.help.partition("\n\n")
        severity: Severity = "Warning" if "Warning" in remark else "Violation"
        values = {"base": base} if query.parameters else {}
        for row in engine.query(query.bind(values)).rows:
            yield Suspicion(row["focus"], row["path"], row["value"], name, severity, message)
    yield from _unreadable_dates(store)
    yield from _impossible_dates(statements)


@cache
def _rules() -> Catalogue:
    return Catalogue(sorted((Path(__file__).parent / "sparql" / "rules").glob("*.rq")))


def _unreadable_dates(store: Store) -> Iterator[Suspicion]:
    for predicate in (derive.WHEN, derive.CURRENT, derive.READ):
        for quad in store.quads_for_pattern(None, predicate, None):
            if not isinstance(quad.object, OxLiteral):
                continue
            try:
                dates.parse(text(quad.object))
            except DateError as error:
                yield Suspicion(
                    quad.subject, predicate, quad.object, "date", "Violation", error.message
                )


def _impossible_dates(statements: derive.Statements) -> Iterator[Suspicion]:
    """Claims that would have to have happened after their source was read."""
    for claim, _, predicate, _ in statements:
        if statements.aspect(predicate) == "Timeless":
            continue
        for when in statements.values(claim, derive.WHEN):
            try:
                first = dates.parse(text(when)).span[0]
                last = dates.earliest(*statements.reported(claim))
            except DateError:
                continue
            if first is not None and last is not None and first > last:
                message = (
                    f"“{text(when)}” is later than its source, which is of {dates.iso(last)} at "
                    "the latest; mend one of them, or say ag:prospective true"
                )
                yield Suspicion(claim, derive.WHEN, when, "date-after-source", "Violation", message)
