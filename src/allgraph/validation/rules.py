"""The house rules: checks that SHACL shapes cannot express, or only slowly.

Each rule is one query in ``house_rules``, whose first comment is its message, and most are also
compiled (`rules_compiled`); those about dates are here, since SPARQL cannot read EDTF.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store
from pyoxigraph import Literal as OxLiteral

from allgraph.errors import DateError
from allgraph.folder import Folder
from allgraph.model import edtf, vocabulary
from allgraph.model.derivation import Derivation
from allgraph.model.triples import NONE, TEXT, Triples
from allgraph.rdf.terms import DERIVED, Node, Term, text
from allgraph.sparql.answer import Row, read
from allgraph.sparql.dataset import Graphs, QueriedStore
from allgraph.sparql.questions import Catalogue
from allgraph.validation.rules_compiled import COMPILED_RULES, FocusPathValue, stored_forms

Terms = tuple[Term | None, Term | None, Term | None]

_GRAPHS = Graphs((DefaultGraph(), DERIVED), (DERIVED,))
"""The graphs of a rule, which may tell stated triples from those of ``ag:derived``."""


class RuleHit(NamedTuple):
    """A node (`focus`) that breaks a rule or shape; its file and line are not known yet.

    `path` is a predicate, ``None`` for another path. `rule` is the name of the rule or shape,
    `component` the IRI of the SHACL component, ``""`` for a rule. In the message ``{focus}``,
    ``{path}`` and ``{value}`` stand for the terms.
    """

    focus: Term | None
    path: Term | None
    value: Term | None
    rule: str
    severity: str
    message: str
    component: str = ""
    hints: tuple[NamedNode, ...] = ()
    """Predicates of the focus whose triples are likely the cause, when there is no path."""
    object_hints: tuple[NamedNode, ...] = ()
    """Predicates of triples that are likely the cause, with the focus as their object."""
    others: tuple[Terms, ...] = ()
    """What the focus contradicts: focus, path and value of each. ``{places}`` in the message stands
    for the file and line of these."""
    about: tuple[Term, ...] = ()
    """Further nodes on whose claims the hit depends."""

    @property
    def terms(self) -> Terms:
        """Focus, path and value."""
        return self.focus, self.path, self.value

    @property
    def nodes(self) -> Iterator[Term]:
        """All terms that it names or depends on."""
        of_others = chain.from_iterable(self.others)
        return (term for term in chain(self.terms, of_others, self.about) if term is not None)


def check(
    folder: Folder, triples: Triples, derived: Derivation, *, by_query: bool = False
) -> Iterator[RuleHit]:
    """Yield a hit for each node that breaks a house rule, among stated and derived triples.

    House rules are the checks of this package beside SHACL shapes. Rules with a function in
    `COMPILED_RULES` are checked by it; the queries of the others are run in a store made for this.
    With `by_query`, the queries of all are, which is slow for many triples. The two rules about
    dates come last; they have no query. `derived` is what follows from the claims in them. Of
    `folder` only the base IRI and the prefixes are used.
    """
    names = [name for name in _rules() if by_query or name not in COMPILED_RULES]
    store = QueriedStore(stored(triples)) if names else None
    for name, query in _rules().items():
        message, _, remark = query.help.partition("\n\n")  # `remark`: such as “Severity: Warning”
        severity = "Warning" if "Warning" in remark else "Violation"
        hits: Iterator[Terms]
        if store and name in names:
            values = {"base": OxLiteral(folder.base)} if query.parameters else {}
            results = store.query(query.bind(values), folder.prefixes, requested=_GRAPHS)
            rows = read(results, folder.prefixes).rows
            hits = ((row["focus"], row["path"], _as_stated(triples, row)) for row in rows)
        else:
            hits = _terms(triples, COMPILED_RULES[name](triples, folder.base))
        yield from (RuleHit(*terms, name, severity, message) for terms in hits)
    yield from _unreadable_dates(triples)
    yield from _dates_after_sources(triples, derived)


def stored(triples: Triples) -> Store:
    """Return a new store: stated triples in the default graph, derived ones in ``ag:derived``.

    A triple that is both stated and derived is in the default graph only.
    """
    store = Store()
    store.bulk_extend(Quad(*row) for row in triples.rows(slice(triples.stated)))
    derived = (Quad(*row) for row in triples.rows(slice(triples.stated, None)))
    new = [quad for quad in derived if quad not in store]
    store.bulk_extend(Quad(quad.subject, quad.predicate, quad.object, DERIVED) for quad in new)
    return store


@cache
def _rules() -> Catalogue:
    """Return the queries of the house rules by name; read from the package once."""
    return Catalogue(sorted((Path(__file__).parent / "house_rules").glob("*.rq")))


def _terms(triples: Triples, rows: Iterator[FocusPathValue]) -> Iterator[Terms]:
    """Yield focus, path and value of each row of numbers as terms; a path of `NONE` as ``None``."""
    for focus, path, value in rows:
        named = triples.term(path) if path != NONE else None
        yield triples.term(focus), named, triples.term(value)


def _as_stated(triples: Triples, row: Row) -> Term | None:
    """Return the ``value`` of a row in the form in which its triple has it, or as the row has it.

    A store rewrites literals, such as "05" to "5". So of the objects that the row's ``focus`` has
    by its ``path``, the one is returned that a store would rewrite to this value (`stored_forms`).
    """
    value = row["value"]
    if not isinstance(value, OxLiteral):
        return value
    objects = triples.objects(triples.number(row["focus"]), triples.number(row["path"]))
    stated = [triples.term(number) for number in objects]
    if value in stated:
        return value
    forms = zip(stated, stored_forms(stated), strict=True)
    return next((term for term, form in forms if form == value), value)


def _unreadable_dates(triples: Triples) -> Iterator[RuleHit]:
    """Yield a hit of the rule ``date`` for each triple with a date that is not EDTF.

    Dates are the objects of ag:when, ag:currentAsOf and ag:read that are literals.
    """
    for predicate in (vocabulary.WHEN, vocabulary.CURRENT, vocabulary.READ):
        dated = triples.relation(predicate).inverse  # from dates to the nodes that have them
        for number in np.unique(dated.subjects).tolist():
            if triples.kinds[number] != TEXT:
                continue
            try:
                edtf.parse(triples.value(number))
            except DateError as error:
                date = triples.term(number)
                for focus in dated.of(np.array([number]))[1].tolist():
                    node = triples.term(focus)
                    yield RuleHit(node, predicate, date, "date", "Violation", error.message)


def _dates_after_sources(triples: Triples, derived: Derivation) -> Iterator[RuleHit]:
    """Yield a hit of the rule ``date-after-source`` for each claim that is later than its sources.

    Its date then begins after the last day on which its earliest source can have been written or
    read, which ``derived.reported`` returns: ``None`` if no source has a day, and for a claim
    about what is still to come. Such claims are left out, and those that are incomplete, have a
    timeless predicate, or have an unreadable date, be it of a source.
    """
    for claim, when in _dates_after_any_source(triples):
        statement = derived.statements.get(str(claim))
        if statement is None or derived.aspect(statement.predicate) == "Timeless":
            continue
        try:
            first = edtf.parse(text(when)).span[0]
            last = derived.reported(str(claim))
        except DateError:
            continue
        if first is not None and last is not None and first > last:
            message = (
                f"“{text(when)}” is after the latest day of its source, {edtf.iso(last)}; correct "
                "one of them, or say of a plan ag:prospective true"
            )
            yield RuleHit(claim, vocabulary.WHEN, when, "date-after-source", "Violation", message)


def _dates_after_any_source(triples: Triples) -> Iterator[tuple[Node, Term]]:
    """Yield the nodes and dates of triples with ag:when whose date begins after some source.

    The source may be that of another claim: the date begins after the earliest of the last days of
    all dates of sources (objects of ag:latest and ag:read). `_dates_after_sources` has to look at
    these claims only, since a claim that is later than its own sources is among them.
    """
    of_sources = {
        date
        for predicate in (vocabulary.LATEST, vocabulary.READ)
        for date in triples.relation(predicate).objects.tolist()
    }
    earliest = edtf.earliest(*(_day(triples.value(date), 1) for date in of_sources))
    dated = triples.relation(vocabulary.WHEN)
    firsts = {date: _day(triples.value(date), 0) for date in set(dated.objects.tolist())}
    for claim, when in zip(dated.subjects.tolist(), dated.objects.tolist(), strict=True):
        first = firsts[when]
        if first is not None and earliest is not None and first > earliest:
            node = triples.term(claim)
            assert isinstance(node, (NamedNode, BlankNode))  # the subject of a triple
            yield node, triples.term(when)


def _day(date: str, side: int) -> edtf.Day | None:
    """Return the first day of a date (`side` 0) or the last (1); ``None`` if it has none.

    It has none if it is not EDTF, or is open on that side.
    """
    try:
        return edtf.parse(date).span[side]
    except DateError:
        return None
