"""The data with which pages of questions answer them where no server does.

The file has, beside prefixes and some queries of the house:

======== ========================================================================================
dates    each date in words, with its place in the order of dates and its first and last day
claims   of each claim its sentence, what a row shows of it in HTML, its sources with their signs,
         the sentence with its date, its evidence, and 1 if it is disputed + 2 if it has a date
sources  the IRI and title of each source
texts    what evidence says, by number
entries  the timeline of the graph, in order: numbers of claims, the date in words, bounds if any,
         1 for a state, its sentence if it is not that of its claim with its date, two numbers that
         alike entries share (the second is that of the object), the numbers of the claims that are
         rivals of what dates it, and the day of its place in the order
groups   the group of each kind of things, by its label, and `person` the label of people
======== ========================================================================================

``web/src/answering.js`` reads it, and puts the values of a question into its SPARQL as `Query.bind`
does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from pyoxigraph import Literal

from allgraph.graph import timeline
from allgraph.graph.claims import Claim, claims
from allgraph.model import edtf
from allgraph.model.sentences import NOT_STATED
from allgraph.rdf.terms import AG, Term, text
from allgraph.render.json import compact
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
    return compact(content).replace("<", "\\u003c")


def file(site: Site) -> bytes | None:
    """Return the file as JSON; ``None`` for a graph that is too large for a page to answer.

    All claims are read, and each is made HTML.
    """
    if site.triples > downloads.SMALL:
        return None
    sources, texts = _Numbers(), _Numbers()
    every = claims(site.graph)
    content = {
        "base": site.graph.folder.base,
        "prefixes": dict(site.graph.prefixes),
        "queries": {name: house(name).text for name in _HOUSE},
        "dates": dict(_dates(site)),
        "claims": {claim.iri: _entry(site, claim, sources, texts) for claim in every},
        "sources": [*sources],
        "texts": [*texts],
        "entries": [*_timeline(site, every)],
        "groups": {kind.label: site.group([kind.iri]) for kind in site.kinds},
        "person": site.label([AG + "Person"]),
    }
    return compact(content).encode()


class _Numbers(dict[Hashable, int]):
    """Numbers of values, in the order in which they are first asked for."""

    def __missing__(self, value: Hashable) -> int:
        self[value] = len(self)
        return self[value]


def _entry(site: Site, claim: Claim, sources: _Numbers, texts: _Numbers) -> list[Any]:
    """Return what the file has of a claim; `sources` (IRI and title) and `texts` get what is new.

    A source has the number of its sign beside its own; evidence is a source and four texts.
    """
    view = claim_view.view_of(site, claim, {}, with_rivals=False)
    markup = environment().get_template("answer.html").module
    signs = [*claim_view.SIGNS]
    return [
        claim.sentence,
        str(markup.cited(view)).strip(),  # type: ignore[attr-defined]
        [(sources[source.iri, source.title], signs.index(source.sign)) for source in view.dots],
        claim.read(),
        [
            (sources[e.source, e.title], *(texts[t] for t in (e.page, e.place, e.reading, e.note)))
            for e in claim.evidence
        ],
        claim.disputed + 2 * bool(claim.when),
    ]


def _timeline(site: Site, every: Sequence[Claim]) -> Iterator[list[Any]]:
    """Yield the entries of the timeline of all claims, as lists; those without a place come last.

    Claims are numbers of their places in `every`.
    """
    places = {claim.iri: place for place, claim in enumerate(every)}
    likes, objects = _Numbers(), _Numbers()
    content = timeline.arranged(site.graph, every)
    for entry in (*content.entries, *content.undated):
        claim = entry.claims[0]
        yield [
            [places[one.iri] for one in entry.claims],
            "" if entry.words == NOT_STATED else entry.words,
            [day and edtf.iso(day) for day in entry.bounds] if any(entry.bounds) else [],
            int(entry.aspect == "State"),
            str(entry) if str(entry) != claim.read() else "",
            [likes[entry.when, entry.words, claim.template, claim.roles], objects[claim.object]],
            [places[rival] for rival in entry.dating.rivals if rival in places],
            edtf.iso(entry.place) if entry.place else "",
        ]


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
