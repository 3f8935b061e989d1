"""The data with which pages of questions answer them where no server does.

The file has, beside prefixes and some queries of the house, each date in words with its place in
the order of dates and its first and last day; and for each claim its sentence, what a row shows of
it in HTML, and its sources with their signs. ``web/src/answering.js`` reads it, and puts the values
of a question into its SPARQL as `Query.bind` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyoxigraph import Literal

from allgraph.graph.claims import Claim, claims
from allgraph.model import edtf
from allgraph.rdf.terms import Term, text
from allgraph.site import claim_view, downloads
from allgraph.site.site import Site
from allgraph.site.templating import environment
from allgraph.sparql.answer import cell
from allgraph.sparql.arrangement import value_of
from allgraph.sparql.house import house
from allgraph.sparql.questions import Query

NAME = "answers.json"
"""The name of the file, beside those of the search."""
_HOUSE = ("described", "is-of-kind", "known", "names", "names-in-text")


def question(query: Query, listed: int) -> str:
    """Return a question as JSON for a ``script`` element, in which nothing ends that element.

    `listed` is how many rows a page has at most.
    """
    content = {
        "name": query.name,
        "title": query.title,
        "filled": query.filled,
        "text": query.in_total_order,
        "parameters": [
            {**parameter.as_dict(), "kinds": parameter.kinds} for parameter in query.parameters
        ],
        "columns": query.columns,
        "claims": query.claim_columns,
        "names": query.name_columns,
        "sentences": query.sentences,
        "labels": query.labels,
        "triples": query.makes_triples,
        "listed": listed,
    }
    return _json(content).replace("<", "\\u003c")


def file(site: Site) -> bytes | None:
    """Return the file as JSON; ``None`` for a graph that is too large for a page to answer.

    All claims are read, and each is made HTML.
    """
    if site.triples > downloads.SMALL:
        return None
    titles: dict[str, str] = {}
    content = {
        "base": site.graph.folder.base,
        "prefixes": dict(site.graph.prefixes),
        "queries": {name: house(name).text for name in _HOUSE},
        "dates": dict(_dates(site)),
        "claims": {claim.iri: _entry(site, claim, titles) for claim in claims(site.graph)},
        "titles": [*titles.values()],
    }
    return _json(content).encode()


def _entry(site: Site, claim: Claim, titles: dict[str, str]) -> list[Any]:
    """Return the sentence of a claim, its HTML, and for each source two numbers.

    These are the place of its title in `titles` (by IRI), where it is put if new, and of its sign.
    """
    view = claim_view.view_of(site, claim, {}, with_rivals=False)
    markup = environment().get_template("answer.html").module
    signs = [*claim_view.SIGNS]
    shown = view.dots
    titles |= {source.iri: source.title for source in shown}
    places = {iri: place for place, iri in enumerate(titles)}
    sources = [(places[source.iri], signs.index(source.sign)) for source in shown]
    return [claim.sentence, str(markup.cited(view)).strip(), sources]  # type: ignore[attr-defined]


def _dates(site: Site) -> Iterator[tuple[str, list[Any]]]:
    """Yield each date of the graph, with its words, its place in their order, and its days.

    The days are the first and the last on which it can be, ``None`` where that is open.
    """
    dates: list[Literal] = [
        row["date"] for row in site.graph.rows("answer-dates") if isinstance(row["date"], Literal)
    ]
    values: Mapping[Term, Any] = {date: value_of(date) for date in dates}
    for place, date in enumerate(sorted(dates, key=lambda one: values[one].key)):
        first, last = (day and edtf.iso(day) for day in values[date].span)
        yield text(date), [cell(site.graph.prefixes, date), place, first, last]


def _json(content: Any) -> str:
    """Return a value as JSON without space."""
    import json

    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
