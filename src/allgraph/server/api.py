"""The answers to what can be asked of any graph, as JSON, text and pages.

What can be asked, and with which parameters, is in the table of routes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from allgraph.errors import InputError, ParameterError
from allgraph.evidence import citations
from allgraph.graph import Graph, as_json, prose, timeline
from allgraph.graph.claims import claims
from allgraph.graph.entries import Timeline
from allgraph.graph.names import Things
from allgraph.graph.view import View
from allgraph.linkeddata import documents, routes
from allgraph.linkeddata.publication import Publication
from allgraph.linkeddata.routes import (
    BIBTEX,
    CSL,
    CSV,
    GRAPHML,
    HTML,
    JSON,
    RIS,
    TEXT,
    RouteParameter,
)
from allgraph.network import centrality, neighbourhood, paths, shared
from allgraph.network.path_results import Paths
from allgraph.render.json import compact
from allgraph.server.http.problems import problem_of
from allgraph.server.http.reply import TaskResult
from allgraph.server.state import Served
from allgraph.site import documents as document_pages
from allgraph.site import files
from allgraph.site.pages import connections, lists, timelines
from allgraph.site.pages.citations import cite_page
from allgraph.site.search import results
from allgraph.site.site import Site
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.page import page_of

UTF_8 = "; charset=utf-8"
WIDTH = 100

Values = Mapping[str, Any]
Pairs = Sequence[Sequence[str]]


# ---- Parameters


def read(parameter: RouteParameter, text: str) -> Any:
    """Return the value of a parameter that was given as `text`: a bool, an int or the text itself.

    It is a bool for the type ``flag``, where an empty text means True, and an int for ``whole``.
    Raises `ParameterError` if the text is too long, not of the type, none of the choices, or a
    number that is less or more than the parameter allows.
    """
    name = parameter.name
    if len(text) > parameter.longest:
        raise ParameterError(f"{name} may have at most {parameter.longest} characters")
    if parameter.type == "flag":
        if text.lower() not in ("", "true", "false", "1", "0"):
            raise ParameterError(f"{name}: “{text}” is neither true nor false")
        return text.lower() not in ("false", "0")
    if parameter.type == "whole":
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise ParameterError(f"{name}: “{text}” is not a whole number")
        if not parameter.least <= int(text) <= parameter.most:
            raise ParameterError(
                f"{name} must be a number from {parameter.least} to {parameter.most}"
            )
        return int(text)
    if parameter.choices and text not in parameter.choices:
        raise ParameterError(f"{name}: “{text}” is none of {', '.join(parameter.choices)}")
    return text


def read_all(parameters: Sequence[RouteParameter], pairs: Pairs) -> dict[str, Any]:
    """Return the values of `parameters` by name, read from the names and texts in `pairs`.

    Those that are not given are left out; one that may be given many times has a list. A name may
    have ``_`` for ``-``. Raises
    `ParameterError` for a name that is unknown, given twice, missing or empty though required, and
    for a malformed text.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    for given, text in pairs:
        name = given if given in known else given.replace("_", "-")  # as in Python
        parameter = known.get(name)
        if parameter is None:
            offered = ", ".join(known) or "none"
            raise ParameterError(f"there is no parameter “{given}” here; there are {offered}")
        value = read(parameter, text)
        if parameter.many:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise given_twice(name)
        else:
            values[name] = value
    for name, parameter in known.items():
        if parameter.required and not values.get(name):
            raise ParameterError(f"{name} is missing: {parameter.help}")
    return values


def given_twice(name: str) -> ParameterError:
    """Return the error for a parameter that may be given once only."""
    return ParameterError(f"parameter {name} is given twice")


def as_of_day(graph: Graph, values: Values) -> Graph:
    """Return a view of the graph as of the day ``as-of``, or the graph itself without that.

    `values` are those of parameters, by name. The view has the claims that certainly hold on the
    day; if ``possible`` is true, also those that may. Raises `ParameterError` if that is true
    without a day, and `DateError` for a malformed day.
    """
    day = values.get("as-of")
    if day is None:
        if values.get("possible"):
            raise ParameterError("possible is for use with as-of")
        return graph
    return timeline.as_of(graph, day, possible=bool(values.get("possible")))


def chosen(served: Served, values: Values) -> Served:
    """Return the graph that is served, with withdrawn claims if ``withdrawn`` is true.

    Raises `InputError` if it is, for a graph at an endpoint.
    """
    return served.including_withdrawn if values.get(routes.WITHDRAWN.name) else served


# ---- Answers


@dataclass(frozen=True)
class RouteAnswer:
    """An answer that can be written in several media types.

    `data` returns it as values for JSON, `text` as plain text; `others` return its bytes, by media
    type. They are called when the answer is written, and may run queries. `next` is the cursor of
    the rows that follow, and `notes` say which were cut.
    """

    title: str
    data: Callable[[], Any]
    text: Callable[[], str]
    others: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    next: str = ""
    notes: Sequence[str] = ()

    def write(self, media_type: str) -> TaskResult:
        """Return the answer in a media type that `others` has, in JSON, or else as plain text.

        Each is made by a function of this object (`others` has them by media type), which may run
        queries; what that raises is raised here.
        """
        if media_type in self.others:
            return TaskResult(media_type, [self.others[media_type]()])
        if media_type == JSON:
            return TaskResult(JSON, [compact(self.data()).encode()])
        return TaskResult(TEXT + UTF_8, [self.text().encode()])


def _ask(graph: Graph, values: Values) -> RouteAnswer:
    """Return the answer that lists the questions of a graph, with their parameters.

    `values` is empty, as this route has no parameters.
    """
    queries = list(graph.queries.values())
    return RouteAnswer(
        "Questions",
        lambda: [query.as_dict() for query in queries],
        lambda: prose.question_list(queries, width=WIDTH) + "\n",
    )


def _find(graph: Graph, values: Values) -> RouteAnswer:
    """Search things whose names have the text ``q`` in them, and return the answer.

    `values` are those of the parameters, by name. Raises `ParameterError` for a text that is too
    long, or that too many names have.
    """
    things = _found(graph, values)
    rows = Answer(("iri",), tuple(Row(iri=NamedNode(thing.iri)) for thing in things))
    page = page_of(rows, values.get("limit"), values.get("cursor", ""))
    shown = things[page.start : page.start + len(page.answer)]
    return RouteAnswer(
        f"Things named like “{values['q']}”",
        lambda: [thing.as_dict() for thing in shown],
        lambda: prose.thing_list(graph, shown, width=WIDTH) + "\n",
        next=page.next,
        notes=page.note,
    )


def _found(graph: Graph, values: Values) -> Things:
    """Search things whose names have the text ``q`` in them, and return those of ``where``.

    They are in the order of ``sort``.
    """
    found = graph.find(values["q"])
    return found.arranged(where=values.get("where", ()), sort=values.get("sort", ()))


def _show(graph: Graph, values: Values) -> RouteAnswer:
    """Look up the thing that the value ``thing`` names, and return the answer with its claims.

    They are those as of a day if ``as-of`` is given, and are queried when the answer is written.
    If ``hops`` is given, the things up to so many steps away are searched at once and added. Raises
    `UnknownName`, and the errors of `as_of_day` (`ParameterError`, `DateError`).
    """
    graph = as_of_day(graph, values)
    iri = graph.resolve(values["thing"])
    graph = graph.showing(iri)
    thing = graph.thing(iri)
    hops = values.get("hops")
    around = neighbourhood.neighbourhood(graph, iri, hops=hops) if hops is not None else None

    def data() -> Any:
        """Return `thing`, the thing of the request, with its claims in `graph`, as JSON values.

        Queries the claims. If neighbours were searched, `around`, they are added as ``around``.
        """
        shown = as_json.shown(graph, thing)
        return shown if around is None else {**shown, "around": around.as_dict()}

    def text() -> str:
        """Return `thing`, the thing of the request, with its claims in `graph`, as text.

        Queries the claims. If neighbours were searched, `around`, they follow.
        """
        about = prose.thing(thing, claims(graph, about=iri), graph.prefixes, width=WIDTH) + "\n"
        return about + ("" if around is None else f"\n{around.text(width=WIDTH)}\n")

    return RouteAnswer(thing.name, data, text)


def _find_paths(graph: Graph, values: Values) -> Paths:
    """Search and return the paths between ``from`` and ``to``, at most ``limit``.

    Each other value is an option of `paths.paths`, such as ``max-hops`` for ``max_hops``. Raises
    `UnknownName`, `DateError`, and `ParameterError` for two names of one thing or too many names.
    """
    options = {name.replace("-", "_"): value for name, value in values.items()}
    options.pop(routes.WITHDRAWN.name, None)  # the graph is that already
    source, target = options.pop("from"), options.pop("to")
    return paths.paths(graph, source, target, **options)


def _paths(graph: Graph, values: Values) -> RouteAnswer:
    """Search the paths between two things, and return the answer; one form of it is GraphML.

    `values` and errors are those of `_find_paths`, which searches.
    """
    connections = _find_paths(graph, values)
    title = f"{connections.source.name} to {connections.target.name}"
    return _route_answer(title, connections, {GRAPHML: lambda: connections.write("graphml")})


def _between(graph: Graph, values: Values) -> RouteAnswer:
    """Search the things that both ``from`` and ``to`` are tied to, and return the answer.

    With ``as-of``, only claims that hold on that day count. Raises `UnknownName`, `DateError`, and
    `ParameterError` if both are one thing.
    """
    common = shared.between(graph, values["from"], values["to"], as_of=values.get("as-of"))
    return _route_answer(f"{common.source.name} and {common.target.name}", common)


def _timeline(graph: Graph, values: Values) -> RouteAnswer:
    """Make the timeline of ``thing``, or without it of the whole graph, and return the answer.

    Has the entries of ``where``, in the order of ``sort``; from the ``cursor`` on at most
    ``limit``, 1000 by default; as of a day if that is given. Raises `UnknownName`, `DateError`,
    `ParameterError` for a wrong parameter or ``possible`` without a day, and `TooMuch` where an
    endpoint would have to send too many claims.
    """
    entries, following = _some_entries(graph, values, 1000)
    title = f"Timeline of {entries.thing.name}" if entries.thing else "Timeline"
    answer = _route_answer(title, entries, {CSV: lambda: entries.write("csv")})
    return replace(answer, next=following, notes=entries.limits)


def _some_entries(graph: Graph, values: Values, limit: int) -> tuple[Timeline, str]:
    """Make the timeline that `_timeline` answers with, and return it and the cursor after it.

    It has at most ``limit`` entries, or `limit` without that value; errors are those of
    `_timeline`.
    """
    chosen = {name: values[name] for name in ("since", "until", "kind") if name in values}
    whole = timeline.timeline(as_of_day(graph, values), values.get("thing"), **chosen)
    arranged = whole.arranged(where=values.get("where", ()), sort=values.get("sort", ()))
    return arranged.part(values.get("limit", limit), values.get("cursor", ""))


def _rank(graph: Graph, values: Values) -> RouteAnswer:
    """Rank things by a measure of centrality, and return the answer with the first ``limit``.

    The measure is ``by``, by default the degree: the number of claims with the thing as subject or
    object. The limit is 20 by default. If any ``predicate`` is given, only claims with one of these
    count, and if any ``kind``, only its members are ranked; with ``as-of`` only claims count that
    hold on that day, or with ``possible`` may hold. Raises
    `UnknownName`, `ParameterError`, `DateError`, and `TooMuch` where an endpoint would have to send
    too many claims.
    """
    ranking = centrality.rank(
        as_of_day(graph, values),
        by=values.get("by", "degree"),
        predicate=values.get("predicate", ()),
        kind=values.get("kind", ()),
        limit=values.get("limit", 20),
    )
    return _route_answer(f"Things by {ranking.by}", ranking)


def _cited(graph: Graph, values: Values, published: Publication) -> citations.Citation:
    """Return the citation of what ``of`` names, by `citations.cited`, which raises errors."""
    parameters = citations.parameters_of(values.get("param", ()))
    of, accessed = values.get("of", ""), values.get("accessed", "")
    return citations.cited(graph, of, parameters, accessed, published)


def _cite(served: Served, values: Values) -> RouteAnswer:
    """Return the answer with the citation of what ``of`` names; errors are those of `_cited`."""
    citation = _cited(served.graph, values, served.published)
    forms = {BIBTEX: "bibtex", RIS: "ris", CSL: "csl-json"}
    others = {type: partial(_encoded, citation, name) for type, name in forms.items()}
    return RouteAnswer("Citation", citation.as_dict, lambda: citation.form("text"), others)


def _encoded(citation: citations.Citation, name: str) -> bytes:
    """Return a form of a citation in UTF-8."""
    return citation.form(name).encode()


def _route_answer(
    title: str, result: Any, others: Mapping[str, Callable[[], bytes]] = MappingProxyType({})
) -> RouteAnswer:
    """The answer with a result that has the methods `as_dict` and `write`, as `Paths` has.

    They give its JSON and text; `others` has functions that return its bytes in further media
    types, by type.
    """
    return RouteAnswer(
        title, result.as_dict, lambda: result.write("text", width=WIDTH).decode(), others
    )


_ANSWERS: Mapping[str, Callable[[Graph, Values], RouteAnswer]] = {
    "ask": _ask,
    "find": _find,
    "show": _show,
    "paths": _paths,
    "between": _between,
    "timeline": _timeline,
    "rank": _rank,
}


def answer(served: Served, route: str, pairs: Pairs, type: str, format: str = "") -> TaskResult:
    """The task that answers at a route such as ``find`` or ``paths``, in a media type.

    `pairs` are the names and texts of the parameters. Where rows follow, the header ``Link`` has
    their address, with the parameter `format` if that is not empty. Raises `ParameterError` for
    these, and what the search raises, such as `UnknownName`. For HTML an `InputError` of ``find``
    or ``paths``, whose pages have forms, gives a page with its status instead. A header says if the
    day ``as-of`` is before all dates, which are queried.
    """
    if type == HTML:
        return _page(served, route, pairs)
    values = read_all(routes.BY_NAME[route].parameters, pairs)
    served = chosen(served, values)
    made = _cite(served, values) if route == "cite" else _ANSWERS[route](served.graph, values)
    reply = with_next(made.write(type), pairs, made.next, format)
    return reply.with_warnings([*made.notes, *_day_remarks(served.graph, values)])


def with_next(reply: TaskResult, pairs: Pairs, cursor: str, format: str) -> TaskResult:
    """Return the result with the header ``Link``, whose address has a cursor and the same values.

    An empty cursor gives the result itself.
    `pairs` are the names and texts of the parameters, without that of the `format`, if it has one.
    """
    if not cursor:
        return reply
    given = [(name, text) for name, text in pairs if name != routes.CURSOR.name]
    given += [(routes.CURSOR.name, cursor), *([("format", format)] if format else [])]
    return replace(reply, headers={**reply.headers, "Link": f'<?{urlencode(given)}>; rel="next"'})


def _day_remarks(graph: Graph, values: Values) -> list[str]:
    """Return a sentence if the day ``as-of`` is before all dates of the graph, which are queried.

    `values` are those of parameters, by name. It raises the errors of `as_of_day`.
    """
    day_graph = as_of_day(graph, values)
    return day_graph.day_remarks() if isinstance(day_graph, View) else []


def html(body: bytes, status: int = 200) -> TaskResult:
    """Return the result of a task that is a page: `body` is its HTML, `status` that of HTTP."""
    return TaskResult(HTML + UTF_8, [body], status=status)


# ---- Pages: a form that is not filled in, or wrongly, is a page too


def _page(served: Served, route: str, pairs: Pairs) -> TaskResult:
    """The page of an answer at a route; `pairs` are the names and texts of the parameters.

    ``find`` and ``paths`` have a form: its page is returned where no parameter is given. Theirs,
    and those of ``timeline`` and ``cite``, have the status and message of an `InputError` where one
    is wrong. On other routes the error is raised. An answer without a layout of its own in
    `_PAGES`, and any with ``hops``, is shown as text on a page.
    """
    site = served.site
    given = {pair[0]: pair[1] for pair in pairs}
    if route in ("find", "paths") and not any(given.values()):
        return html(files.PAGES[route](site))
    try:
        parameters = routes.BY_NAME[route].parameters
        flags = {parameter.name for parameter in parameters if parameter.type == "flag"}
        if route in ("find", "paths", "timeline"):  # whose forms send empty values
            pairs = [pair for pair in pairs if pair[1] or pair[0] in flags]
        values = read_all(parameters, pairs)
        served = chosen(served, values)
        site = served.site
        if route in _PAGES and "hops" not in values:
            body = _PAGES[route](site, values)
        else:
            reply = _ANSWERS[route](served.graph, values)
            body = lists.text_page(site, reply.title, reply.text())
        return html(body).with_warnings(_day_remarks(served.graph, values))
    except InputError as error:
        if route not in _FORMS:
            raise
        problem = problem_of(error)
        return html(_FORMS[route](site, given, problem.detail), problem.status)


def _find_page(site: Site, values: Values) -> bytes:
    """Search things whose names have the text ``q`` in them, and return the page with them.

    Raises `ParameterError` for a text that is too long, or that too many names have.
    """
    text = values["q"]
    if "where" in values or "sort" in values:
        return lists.find(site, text, results.of_things(site, text, _found(site.graph, values), 0))
    return lists.find(site, text, results.results(site, text))


def _show_page(site: Site, values: Values) -> bytes:
    """Run the queries for a thing, as of a day if that is given, and return its page.

    Raises `UnknownName` if there is no such thing, and the errors of `as_of_day`
    (`ParameterError`, `DateError`).
    """
    graph = as_of_day(site.graph, values)
    iri = graph.resolve(values["thing"])
    graph = graph.showing(iri)
    shown = site if graph is site.graph else site.on_day(graph)
    document = documents.about(graph, iri, published=site.published)
    return document_pages.document_view(shown, document).page()


def _paths_page(site: Site, values: Values) -> bytes:
    """Search the paths between two things, and return the page with them, below the form.

    `values` and errors are those of `_find_paths`, which searches.
    """
    given = {name: str(values[name]) for name in ("from", "to", "as-of") if name in values}
    given["via"] = ", ".join(values.get("via", ()))
    return connections.connections_page(site, given, _find_paths(site.graph, values))


def _timeline_page(site: Site, values: Values) -> bytes:
    """Make a timeline, and return its page; without values it is that of the whole graph.

    A graph, or a span of it, that has too many claims for a page has the counts of its years or
    months instead. With values it is about ``thing``, if given, as of a day, if given, and has at
    most ``limit`` entries, by default 1000. Raises `UnknownName`, `DateError`, `ParameterError` for
    ``possible`` without a day, and `TooMuch` where an endpoint would have to send too many claims.
    """
    if timelines.is_too_much(site, values):
        return timelines.timeline(site, None, values)
    entries, _ = _some_entries(site.graph, values, timelines.ENTRIES)
    return timelines.timeline(site, entries, values)


def _cite_page(site: Site, values: Values) -> bytes:
    """Return the page with the citation of what ``of`` names; errors are those of `_cited`."""
    citation = _cited(site.graph, values, site.published)
    return cite_page(site, values.get("of", ""), citation)


_FORMS: Mapping[str, Callable[[Site, Mapping[str, str], str], bytes]] = {
    "find": lambda site, given, words: lists.find(site, given.get("q", ""), None, words),
    "paths": lambda site, given, words: connections.connections_page(site, given, error=words),
    "cite": lambda site, given, words: cite_page(site, given.get("of", ""), error=words),
    "timeline": timelines.without_answer,
}
"""Functions that return the pages with a form, and a message on what is wrong, by route."""
_PAGES: Mapping[str, Callable[[Site, Values], bytes]] = {
    "ask": lambda site, values: files.PAGES["ask"](site),
    "cite": _cite_page,
    "find": _find_page,
    "show": _show_page,
    "paths": _paths_page,
    "timeline": _timeline_page,
}
"""Functions that return the pages of answers, by route; any other page shows the answer as text."""
