"""Answers as pages show them: a table that a person can read.

The name of a thing is a link to it, equal rows are one, columns without values are left out, and
each row has the claims that it rests on, with their sources. ``web/src/answers.js`` makes the same
table where no server does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from allgraph.graph.claims import Claim
from allgraph.rdf.terms import Term, text
from allgraph.site import claim_view, term_view
from allgraph.site.claim_view import ClaimView, ShownSource
from allgraph.site.site import Site
from allgraph.sparql.answer import Answer, Row, cell
from allgraph.sparql.questions import Query

_SHORT = 72  # letters of a title


@dataclass(frozen=True)
class ShownRow:
    """A row as a page shows it: a cell for each column, and what it rests on.

    A cell is HTML or a text that is not yet escaped. `claims` and `sources` are those of all rows
    that are equal to it, each once.
    """

    cells: tuple[Any, ...]
    claims: tuple[ClaimView, ...] = ()
    sources: tuple[ShownSource, ...] = ()

    @property
    def summary(self) -> str:
        """The title of the first source, cut if long, and how many there are beside it."""
        if not self.sources:
            return "no source"
        first, more = self.sources[0].title, len(self.sources) - 1
        title = first
        if len(first) > _SHORT:  # cut after a word, unless that is too long
            title = f"{(first[:_SHORT].rpartition(' ')[0] or first[:_SHORT]).rstrip(' ,')}…"
        return f"{title} and {more} more" if more else title


@dataclass(frozen=True)
class ShownTable:
    """The rows of an answer as a page shows them.

    `columns` are those with values, each with its heading, and `empty` the headings of the others.
    `count` is the number of rows before equal ones were made one.
    """

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[ShownRow, ...] = ()
    empty: tuple[str, ...] = ()
    count: int = 0


def table(
    site: Site,
    query: Query,
    answer: Answer,
    behind: Sequence[Sequence[Claim]],
    most: int,
) -> ShownTable:
    """Return the first `most` rows of the answer to a question as a table.

    `behind` has for each row the claims that it rests on; it may be empty.
    """
    named = query.name_columns
    hidden = {*query.claim_columns, *named.values()}
    shown = [column for column in answer.columns if column not in hidden]
    rows = answer.rows[:most]
    full = [c for c in shown if any(row[c] or row.get(named.get(c, "")) for row in rows)]
    equal: dict[tuple[Term | None, ...], list[Claim]] = {}
    first: dict[tuple[Term | None, ...], Row] = {}
    for number, row in enumerate(rows):
        key = tuple(term for c in full for term in (row[c], row.get(named.get(c, ""))))
        first.setdefault(key, row)
        equal.setdefault(key, []).extend(behind[number] if behind else ())
    by_iri = {claim.iri: claim for claims in behind for claim in claims}
    return ShownTable(
        tuple((column, query.labels.get(column, column)) for column in full),
        tuple(
            _row(site, _pairs(query, full, row, by_iri), equal[key], by_iri)
            for key, row in first.items()
        ),
        tuple(query.labels.get(column, column) for column in shown if column not in full),
        len(rows),
    )


def _pairs(
    query: Query, columns: Sequence[str], row: Row, claims: Mapping[str, Claim]
) -> list[tuple[Term | None, Term | None]]:
    """Return the terms of some columns of a row, each with the IRI of what it names, if any.

    A sentence is the name of the claim that it was made of: of those that the row cites, the first
    with this sentence that is not in a column before. `claims` has claims by IRI.
    """
    cited = [text(row[column]) for column in query.claim_columns]
    pairs: list[tuple[Term | None, Term | None]] = []
    for column in columns:
        iri, term = row.get(query.name_columns.get(column, "")), row[column]
        if column in query.sentences and isinstance(term, Literal):
            fits = (c for c in cited if c in claims and claims[c].sentence == term.value)
            if (claim := next(fits, "")) in cited:
                cited.remove(claim)
                iri = NamedNode(claim)
        pairs.append((term, iri))
    return pairs


def _row(
    site: Site,
    cells: Sequence[tuple[Term | None, Term | None]],
    claims: Sequence[Claim],
    by_iri: Mapping[str, Claim],
) -> ShownRow:
    """Return a row of terms, each with the IRI of which it is the name, and some claims."""
    once = {claim.iri: claim for claim in claims}.values()
    return ShownRow(
        tuple(_cell(site, term, iri) for term, iri in cells),
        tuple(claim_view.view_of(site, claim, by_iri) for claim in once),
        claim_view.shown_sources(e for claim in once for e in claim.evidence),
    )


def _cell(site: Site, term: Term | None, iri: Term | None) -> Any:
    """Return a term as a page shows it; the name of a thing is a link if its `iri` is given."""
    if isinstance(iri, NamedNode):
        return term_view.value(site, str(iri), {} if term is None else {iri.value: text(term)})
    if isinstance(term, NamedNode):
        return term_view.value(site, str(term), {})
    return cell(site.graph.prefixes, term)
