"""Questions as pages: forms, tested examples, and answers with the claims behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup

from allgraph.drawings.picture import Picture
from allgraph.errors import InputError, UnknownName
from allgraph.evidence import titles
from allgraph.evidence.citations import OPTIONS, Citation, of_answer
from allgraph.graph import Graph, as_json, pages
from allgraph.graph.claims import Claim
from allgraph.site import downloads
from allgraph.site.answers import data, pictures, view
from allgraph.site.pages import cards, sparql
from allgraph.site.site import Site
from allgraph.site.templating import NAMES, page
from allgraph.sparql.answer import Answer
from allgraph.sparql.questions import Parameter, Query, grouped

LISTED = 50
"""How many rows a page shows."""
Options = Mapping[str, str | Sequence[str]]
"""Parameters of all questions by name, as texts; of one that may be repeated, all its texts."""


class Download(NamedTuple):
    """A file with an answer: its format in words, its address, and the end of its own name."""

    words: str
    address: str
    end: str


class Conditions(NamedTuple):
    """The conditions on the rows of an answer, and what a form for another has to send with it.

    `pairs` are the names and texts of the values and options. `fewer` has for each condition the
    address of the answer without it.
    """

    pairs: tuple[tuple[str, str], ...]
    fewer: Mapping[str, str]


ROWS, TRIPLES = ("csv", "tsv", "json", "xml"), ("ttl", "nt", "jsonld", "rdf")
"""The suffixes of the files with an answer, which has rows (or yes or no), or triples."""


class Group(NamedTuple):
    """Questions for what a reader has in hand: its name, its place on the page, and the questions.

    Each question has the title of its first tested example, ``""`` without one.
    """

    name: str
    mark: str
    questions: list[tuple[Query, str]]


class Section(NamedTuple):
    """Groups of questions under a heading, ``""`` for the only section of a page."""

    heading: str
    groups: list[Group]


def questions(site: Site) -> bytes:
    """Return the HTML of the page that lists all questions of the graph.

    Those of its own folder come before those that it takes over from another. Reads their files
    when first needed, and looks up names in the graph.
    """
    catalogue = site.graph.queries
    own = [query for query in catalogue.values() if site.is_own(query)]
    others = [query for query in catalogue.values() if not site.is_own(query)]
    headings = ("Questions of this graph", "Questions of any graph") if own and others else ("", "")
    sections = [
        Section(heading, [*_groups(site, queries, number)])
        for number, (heading, queries) in enumerate(zip(headings, (own, others), strict=True), 1)
        if queries
    ]
    return page(site, "questions", "/ask", "Questions", sections=sections)


def _groups(site: Site, queries: Sequence[Query], section: int) -> Iterator[Group]:
    """Yield questions by what the reader has in hand; `section` is the number of their section."""
    for number, (name, same) in enumerate(grouped(queries), 1):
        yield Group(name, f"group-{section}-{number}", [(q, _example_title(site, q)) for q in same])


def _example_title(site: Site, query: Query) -> str:
    """Return the title of the first tested example of a question, if it is not that of all."""
    examples = site.examples(query)
    if not examples:
        return ""
    title = titles.title(site.graph, query, titles.terms(site.graph, query, examples[0]))
    return title if title != query.title else ""


@dataclass(frozen=True)
class AnsweredQuestion:
    """The values that a question was asked with, and its answer, or an `error` message.

    `behind` has for each row the claims that it rests on, and `rows` is the number of rows before
    the others were cut, ``None`` where it is not known; `start` of them come before these, and
    `next` is the cursor of those after.
    `example` is the number of the tested example with these values, 0 if there
    is none. `options` are the parameters of all questions that were given, such as ``as-of``.
    `remarks` say why the values make no sense, where there are no rows. `certainty` counts the rows
    of the whole answer that are certain and possible.
    """

    values: Mapping[str, str]
    answer: Answer | None = None
    behind: Sequence[Sequence[Claim]] = ()
    rows: int | None = 0
    start: int = 0
    next: str = ""
    example: int = 0
    options: Options = field(default_factory=dict)
    remarks: Sequence[str] = ()
    error: str = ""
    certainty: Mapping[str, int] = field(default_factory=dict)


def example(site: Site, query: Query, number: int) -> AnsweredQuestion:
    """Ask the graph a tested example of a question, by its number from 1.

    Raises `UnknownName` when there is no such example, and the errors of the engine. An example
    with wrong values gives a result with an `error` and without an answer.
    """
    examples = site.examples(query)
    if not 1 <= number <= len(examples):
        raise UnknownName(f"“{query.name}” has no example {number}")
    try:
        return asked(site.graph, query, examples[number - 1], number=number)
    except InputError as error:  # which `allgraph test` reports too
        return AnsweredQuestion(examples[number - 1], example=number, error=error.message)


def with_sources(site: Site, query: Query, asked: AnsweredQuestion) -> bytes | None:
    """Return an answer with the sources of each row as CSV.

    ``None`` where there is no answer, or no row of the question can have a source.
    """
    if asked.answer is None or not query.claim_columns:
        return None
    return as_json.with_evidence(site.graph, query, asked.answer).write("csv")


def asked(
    graph: Graph,
    query: Query,
    values: Mapping[str, str],
    *,
    number: int = 0,
    limit: int | None = None,
    cursor: str | None = "",
    options: Options = MappingProxyType({}),
) -> AnsweredQuestion:
    """Ask the graph a question with `values`, and read the claims that each row rests on.

    `values` are texts by the name of the parameter. The answer has the first `limit` rows, or those
    from a `cursor` on; of `options` the conditions ``where`` and columns ``sort`` are used, and
    all are put into the result, as is `number`; a day has to be that of `graph`. Raises
    `InputError` for a wrong value, and the errors of the engine.
    """
    arranged = {name: tuple(options.get(name, ())) for name in ("where", "sort")}
    part = pages.page(graph, query.name, values, limit, cursor, **arranged)
    behind = as_json.behind(graph, query, part.answer) if part.answer.kind == "rows" else []
    remarks = graph.remarks(query.name, bool(part.answer), **values)
    place = part.total, part.start, part.next
    return AnsweredQuestion(
        values, part.answer, behind, *place, number, options, remarks, certainty=part.certainty
    )


def question(site: Site, query: Query, asked: AnsweredQuestion | None = None) -> bytes:
    """Return the HTML of the page of a question, with the answer if `asked` is given.

    It is not asked here, but the graph gives the names of things in values. The form has the values
    of `asked`. A page whose values are of no tested example has no canonical address.
    """
    shown = _shown_values(site, query, asked.values) if asked else []
    examples = [_shown_values(site, query, values) for values in site.examples(query)]
    path = f"/ask/{query.name}"
    asked = _first_page(site, query, asked) if asked else None
    values = dict(asked.values) if asked else {}
    if asked and asked.example:
        path += f"/{asked.example}"
        values = {name: value for name, _, value in shown}
    elif asked:
        path = ""
    terms = titles.terms(site.graph, query, asked.values) if asked else {}
    template = query.template_for(terms)
    picture = _picture(site, query, asked) if asked else None
    return page(
        site,
        "question",
        path,
        titles.title(site.graph, query, terms) if asked else query.title,
        description=query.help.partition("\n\n")[0],
        citation=_citation(site, query, asked),
        query=query,
        asked=asked,
        is_answered=is_answered(site),
        examples=[*enumerate(examples, 1)],
        fields=[_field(parameter, values) for parameter in query.parameters],
        limit=_limit(query, asked),
        most=LISTED,
        next=_next_address(site, query, asked),
        table=_table(site, query, asked),
        picture=picture,
        card=cards.card(site, path, lambda: picture)
        if asked and (query.name, asked.example) in site.answers_in_stories
        else None,
        orders=_orders(site, query, asked) if asked else {},
        conditions=_conditions(site, query, asked) if asked else None,
        file_name=titles.file_name(query, terms),
        downloads=_downloads(site, query, asked) if asked else [],
        given=_given(asked, [one for one in shown if f"{{{one[0]}}}" not in template])
        if asked
        else [],
        sparql=query.text,
        editable=_editable(site, query, asked),
        store=f"{site.root}/download/{downloads.WHOLE}" if site.triples <= downloads.SMALL else "",
        data=Markup(data.question(query, LISTED)),  # noqa: S704  (it has no “<”)
        paragraphs=query.help.split("\n\n"),
    )


def _editable(site: Site, query: Query, asked: AnsweredQuestion | None) -> str:
    """Return the SPARQL of a question with its values; ``""`` without the values that it needs."""
    try:
        return sparql.bound(site, query, asked.values if asked else {})
    except InputError:
        return ""


def _citation(site: Site, query: Query, asked: AnsweredQuestion | None) -> Citation | None:
    """Return how to cite a question, or its answer; ``None`` for values that are wrong."""
    if asked and asked.answer is None:
        return None
    values: dict[str, object] = {}
    if asked:
        values |= {name: asked.options[name] for name in OPTIONS if name in asked.options}
        values |= {name.replace("_", "-"): value for name, value in asked.values.items()}
    return of_answer(site.graph, query, values, site.published)


def _first_page(site: Site, query: Query, asked: AnsweredQuestion) -> AnsweredQuestion:
    """Return an answer with the rows of its first page alone, and the cursor of those after.

    A tested example with more than `LISTED` rows is asked again for it; any other stays.
    """
    if not asked.example or asked.answer is None or len(asked.answer) <= LISTED:
        return asked
    first = pages.page(site.graph, query.name, asked.values, LISTED)
    behind = asked.behind[: len(first.answer)]
    return replace(asked, answer=first.answer, behind=behind, next=first.next)


def is_answered(site: Site) -> bool:
    """Return True if the page of a question can answer it with any values.

    A server does so, and where there is none the page itself, of a graph with `downloads.SMALL`
    triples or fewer.
    """
    is_own = site.published.endpoint == f"{site.home}sparql"
    return is_own or site.triples <= downloads.SMALL


def _picture(site: Site, query: Query, asked: AnsweredQuestion) -> Picture | None:
    """Return the picture of a whole answer; ``None`` for a part, and for what suits no picture."""
    if asked.answer is None or not asked.behind or asked.next or asked.start:
        return None
    return pictures.picture(site, query, asked.answer, asked.behind)


def picture_for_card(site: Site, query: Query, asked: AnsweredQuestion) -> Picture | None:
    """Return the picture of a tested example that the first page leads to; ``None`` for others."""
    is_shown = (query.name, asked.example) in site.answers_in_stories
    return _picture(site, query, _first_page(site, query, asked)) if is_shown else None


def _table(site: Site, query: Query, asked: AnsweredQuestion | None) -> view.ShownTable:
    """Return the first `LISTED` rows of an answer as the template shows them, if there are any."""
    if asked is None or asked.answer is None:
        return view.ShownTable()
    return view.table(site, query, asked.answer, asked.behind, LISTED)


def _given(asked: AnsweredQuestion, shown: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return the values and options that a question was asked with as (label, value for people).

    `shown` are the values that are not in the title, as `_shown_values` returns them.
    """
    kept = {name: text for name, text in asked.options.items() if name != "cursor"}
    texts = {
        name: value if isinstance(value, str) else ", ".join(value) for name, value in kept.items()
    }
    options = ((name.replace("-", " "), value) for name, value in texts.items())
    return [*((label, value) for _, label, value in shown), *options]


def _limit(query: Query, asked: AnsweredQuestion | None) -> str | None:
    """Return the text of the field for how many rows are wanted; ``None`` if there is no field.

    There is none for a question with a parameter of this name.
    """
    if any(parameter.name == "limit" for parameter in query.parameters):
        return None
    given = asked.options.get("limit", "") if asked else ""
    return str(asked.values.get("limit", given) if asked else given)


def _field(parameter: Parameter, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a parameter as a field of the form, with its value in `values` or its default.

    `values` are texts by the name of the parameter.
    """
    return {
        "name": parameter.name.replace("_", "-"),
        "label": parameter.name.replace("_", " ").capitalize(),
        "help": parameter.help,
        "type": parameter.type,
        "choices": parameter.choices,
        "required": parameter.required,
        "default": parameter.default or "",
        "value": values.get(parameter.name, parameter.default or ""),
    }


def _shown_values(
    site: Site, query: Query, values: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Return the values that are not empty as (parameter, its label, value for people).

    The IRI or CURIE of a thing becomes its name, for which the graph is asked.
    """
    shown = []
    for parameter in query.parameters:
        value = values.get(parameter.name)
        if value:
            thing = site.graph.known(value) if parameter.type == "entity" else None
            name = site.graph.thing(thing).name if thing is not None else value
            shown.append((parameter.name, parameter.name.replace("_", " "), name))
    return shown


def example_values(site: Site, query: Query, number: int) -> str:
    """Return the values of a tested example, by its number from 1, as ``label: value, …``."""
    values = _shown_values(site, query, site.examples(query)[number - 1])
    return ", ".join(f"{label}: {value}" for _, label, value in values)


def _downloads(site: Site, query: Query, asked: AnsweredQuestion) -> list[Download]:
    """Return the files in which the answer can be downloaded.

    A tested example has files on the site; for other values the address has a query, which a
    server answers. Without an answer the list is empty.
    """
    if asked.answer is None or asked.error:
        return []
    base = f"{site.root}/ask/{query.name}"

    def address(suffix: str, **options: str) -> str:
        """Return the address of the answer in a format."""
        if asked.example:
            return f"{base}/{asked.example}.{suffix}"
        return _address(base, asked, format=suffix, **options)

    files = [
        Download(NAMES[suffix], address(suffix), f".{suffix}") for suffix in suffixes(asked.answer)
    ]
    if query.claim_columns:
        cited = f"{base}/{asked.example}-with-sources.csv"
        link = cited if asked.example else address("csv", sources="true")
        files.insert(1, Download("CSV with sources", link, "_with-sources.csv"))
    return files


def _conditions(site: Site, query: Query, asked: AnsweredQuestion) -> Conditions | None:
    """Return the conditions on the rows of an answer; ``None`` where none can be given.

    That is where there are no rows to choose from, or no others can be had, and for a question with
    a parameter ``where``.
    """
    own = any(parameter.name == "where" for parameter in query.parameters)
    given = asked.options.get("where", ())
    if own or asked.answer is None or not (asked.answer.rows or given) or not is_answered(site):
        return None
    base = f"{site.root}/ask/{query.name}"
    values = {name.replace("_", "-"): value for name, value in asked.values.items()}
    options = {name: value for name, value in asked.options.items() if name != "cursor"}
    pairs = parse_qsl(urlencode({**values, **options, "format": "html"}, doseq=True))
    fewer = {}
    for condition in given:
        others = [one for one in given if one != condition]
        less = replace(asked, options={**options, "where": others})
        fewer[condition] = _address(base, less, format="html")
    return Conditions(tuple(pairs), fewer)


def _orders(site: Site, query: Query, asked: AnsweredQuestion) -> dict[str, tuple[str, str]]:
    """Return for each column the address of the answer sorted by it, and how it is sorted now.

    That is ``ascending``, ``descending`` or ``none``; an answer sorted by a column leads to the
    opposite. It is empty where no other order can be had, and for a question with a parameter of
    that name.
    """
    own = any(parameter.name == "sort" for parameter in query.parameters)
    if asked.answer is None or own or not is_answered(site):
        return {}
    base, now = f"{site.root}/ask/{query.name}", ",".join(asked.options.get("sort", ()))
    options = {name: value for name, value in asked.options.items() if name != "cursor"}
    first = replace(asked, options=options)
    orders = {}
    for column in asked.answer.columns:
        sort, order = f"-{column}" if now == column else column, "none"
        if now.lstrip("-") == column:
            order = "descending" if now[0] == "-" else "ascending"
        orders[column] = _address(base, first, sort=sort, format="html"), order
    return orders


def _address(base: str, asked: AnsweredQuestion, **options: str) -> str:
    """Return the address of an answer with the values and options of `asked`, and further ones."""
    values = {name.replace("_", "-"): value for name, value in asked.values.items()}
    return f"{base}?{urlencode({**values, **asked.options, **options}, doseq=True)}"


def _next_address(site: Site, query: Query, asked: AnsweredQuestion | None) -> str:
    """Return the address of the page with the rows that follow, empty if there are none."""
    if asked is None or not asked.next or not is_answered(site):
        return ""
    return _address(f"{site.root}/ask/{query.name}", asked, cursor=asked.next, format="html")


def suffixes(answer: Answer) -> tuple[str, ...]:
    """Return the suffixes of the formats for an answer: of triples, or of rows and yes or no."""
    return TRIPLES if answer.kind == "triples" else ROWS
