"""The page of a timeline: a picture, the entries by year, and a form that chooses among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from pyoxigraph import NamedNode

from allgraph.drawings.timeline import drawn
from allgraph.evidence import citations
from allgraph.graph import Thing
from allgraph.graph import timeline as timelines
from allgraph.graph.entries import Entry, Timeline
from allgraph.model.edtf import MONTHS, Span
from allgraph.network.groups import GROUPS
from allgraph.rdf.terms import AG
from allgraph.render.counts import Count, counts
from allgraph.site import downloads
from allgraph.site.site import Site
from allgraph.site.templating import page

ENTRIES = 1000
"""How many dated entries a page has at most, and as many others."""
UNFOLDED = 100
"""Of how many rows at most the list is open; of more, each year is opened by itself."""
READ = 3_000
"""From how many claims of a large graph a page makes a timeline at most."""
_DECADES = 40  # from so many years on, decades are counted
_FIRST, _LAST = (-(10**9), 1, 1), (10**9, 12, 31)  # days before and after all others

Values = Mapping[str, Any]


def whole_timeline(site: Site) -> bytes:
    """Return the HTML of the timeline of all claims, or of their counts if there are too many."""
    if is_too_much(site, {}):
        return timeline(site, None, {})
    return timeline(site, timelines.timeline(site.graph, limit=ENTRIES), {})


def is_too_much(site: Site, values: Values) -> bool:
    """Return True if a page would be made from too many claims for some values of parameters.

    It never is for a small graph, or for a thing of an endpoint; else for more than `READ` claims
    about the thing, if one is given, or between the dates ``since`` and ``until``. Raises
    `DateError` for a wrong date, and `UnknownName`.
    """
    thing = _thing(site, values)
    if site.is_small or (thing and site.graph.is_remote):
        return False
    span = timelines.span_of(values.get("since", ""), values.get("until", ""))
    if span != (None, None):
        return sum(_months(site, thing, span).values()) > READ
    return thing is None or len(site.graph.table.about(thing.iri)) > READ


def without_answer(site: Site, given: Mapping[str, str], error: str) -> bytes:
    """Return the HTML of the page with the form as it was filled in, and what is wrong with it."""
    values = {name: [text] if name in ("where", "kind") else text for name, text in given.items()}
    return timeline(site, Timeline(()), values, error)


def timeline(site: Site, content: Timeline | None, values: Values, error: str = "") -> bytes:
    """Return the HTML of a page with a timeline, or with counts of claims if that is ``None``.

    `values` are the parameters of the request, by name; a page with any has no canonical address.
    `error` is a message, or empty.
    """
    folded = [alike for alike, _ in content.folded()] if content else []
    picture = drawn(content, address=site.address) if content else None
    if picture:  # the list has the same
        picture = replace(picture, rows=())
    years = [*_by_year(alike for alike in folded if alike[0].place)]
    thing = _thing(site, values) if content is None else content.thing
    is_chosen = bool(values.keys() - {"thing"})  # a part, of which the picture has no address
    title = f"Timeline of {thing.name}" if thing else "Timeline"
    return page(
        site,
        "timeline",
        "" if values else "/timeline",
        title,
        error=error,
        citation=None
        if error
        else citations.of_page(site.graph, site.published, title, "/timeline", values),
        thing=thing,
        limits=content.limits if content else (),
        years=years,
        is_folded=sum(len(entries) for _, _, entries in years) > UNFOLDED,
        undated=[alike for alike in folded if not alike[0].place],
        undated_count=len(content.undated) if content else 0,
        picture=picture,
        is_chosen=is_chosen,
        store=site.triples <= downloads.SMALL,
        counted=Markup(_counted(site, values)) if content is None else None,  # noqa: S704
        values={name: values.get(name, "") for name in ("thing", "since", "until")},
        aspect=next(iter(values.get("where", ())), ""),
        kinds=_classes(site),
        kind=next(iter(values.get("kind", ())), ""),
    )


def _thing(site: Site, values: Values) -> Thing | None:
    """Return the thing that the value ``thing`` names, if it is given; raises `UnknownName`."""
    name = values.get("thing")
    return site.graph.thing(site.graph.resolve(name)) if name else None


def _classes(site: Site) -> list[tuple[str, str]]:
    """Return the CURIEs and labels of the classes in the groups of things that are here."""
    iris = [AG + name for group in site.groups for name in GROUPS[group]]
    return [(site.graph.prefixes.shorten(iri), site.label([iri])) for iri in iris]


def _by_year(
    folded: Iterable[Sequence[Entry]],
) -> Iterator[tuple[str, str, list[Sequence[Entry]]]]:
    """Yield the entries of each year that has any, after its name and the ``id`` of its heading.

    Alike entries are together.
    """
    for year, of_year in groupby(folded, key=lambda alike: (alike[0].place or _FIRST)[0]):
        yield (str(year) if year > 0 else f"{1 - year} BC"), f"y{year}", [*of_year]


def _months(site: Site, thing: Thing | None, span: Span) -> dict[tuple[int, int], int]:
    """Return how many claims have their place in each month that a span of days has a part of.

    They are those about a thing, or of ``None`` all.
    """
    first, last = span[0] or _FIRST, span[1] or _LAST
    months = timelines.months(site.graph, NamedNode(thing.iri)) if thing else site.months
    return {month: n for month, n in months.items() if first[:2] <= month <= last[:2]}


def _counted(site: Site, values: Values) -> str:
    """Return an SVG image of how many claims there are in each decade, year or month of a span.

    Each bar is a link to the page of its time. ``""`` if none of the claims has a date.
    """
    span = timelines.span_of(values.get("since", ""), values.get("until", ""))
    months = _months(site, _thing(site, values), span)
    years = sorted({year for year, _ in months})
    reach = years[-1] - years[0] + 1 if years else 0
    size = 10 if reach > _DECADES else 1
    numbers: dict[tuple[str, str, str], int] = {}
    for (year, month), number in months.items():
        if reach == 1:
            date = f"{year:04}-{month:02}"
            key = (f"{MONTHS[month - 1]} {year}", date, date)
        else:
            start = year // size * size
            name = str(start) if size == 1 else f"{start}s"
            key = (name, f"{start:04}", f"{start + size - 1:04}")
        numbers[key] = numbers.get(key, 0) + number
    others = {name: values[name] for name in ("thing", "kind", "where") if values.get(name)}
    rows = [
        Count(name, number, f"{site.root}/timeline?{_query(first, last, others)}")
        for (name, first, last), number in numbers.items()
    ]
    return counts(rows, "Dated claims by time")


def _query(first: str, last: str, others: Values) -> str:
    """Return the parameters of an address: a span of years or months, and others."""
    return urlencode({"since": first, "until": last, **others}, doseq=True)
