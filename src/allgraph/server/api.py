"""The questions that a server answers at addresses of their own, and what it says of them.

Each route is declared once: its parameters are read by this declaration, and the OpenAPI
document is made of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode

from allgraph.errors import InputError, ParameterError
from allgraph.graph import Graph, as_json, prose, timeline
from allgraph.graph.claims import claims
from allgraph.linkeddata import documents
from allgraph.network import centrality, neighbourhood, paths, shared
from allgraph.network.path_results import Paths
from allgraph.render.table import layout
from allgraph.server.http.problems import problem_of
from allgraph.server.http.reply import TaskResult
from allgraph.server.state import Served
from allgraph.site import connection_pages, list_pages, question_pages
from allgraph.site import documents as leaves
from allgraph.site.site import Site

JSON, TEXT, HTML, CSV = "application/json", "text/plain", "text/html", "text/csv"
GRAPHML = "application/graphml+xml"
UTF_8 = "; charset=utf-8"
WIDTH = 100
LONGEST = 2_000

Values = Mapping[str, Any]
Pairs = Sequence[Sequence[str]]


@dataclass(frozen=True)
class RouteParameter:
    """A parameter of an address: its type is text, day, whole, flag, or a choice of words."""

    name: str
    help: str
    type: str = "text"
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    least: int = 1
    most: int = 1000

    def read(self, text: str) -> Any:
        """A value, or `ParameterError`."""
        if len(text) > LONGEST:
            raise ParameterError(f"{self.name}: more than {LONGEST} characters are not read")
        if self.type == "flag":
            if text.lower() not in ("", "true", "false", "1", "0"):
                raise ParameterError(f"{self.name}: “{text}” is neither true nor false")
            return text.lower() not in ("false", "0")
        if self.type == "whole":
            if not (text.isascii() and text.isdecimal() and len(text) < 10):
                raise ParameterError(f"{self.name}: “{text}” is not a whole number")
            if not self.least <= int(text) <= self.most:
                raise ParameterError(f"{self.name} is a number from {self.least} to {self.most}")
            return int(text)
        if self.choices and text not in self.choices:
            raise ParameterError(f"{self.name}: “{text}” is none of {', '.join(self.choices)}")
        return text

    def schema(self) -> dict[str, Any]:
        """The type as JSON Schema has it."""
        own: dict[str, Any] = {"type": "string", "maxLength": LONGEST}
        if self.required:
            own["minLength"] = 1
        if self.type == "day":
            own = {"type": "string", "format": "date"}
        if self.type == "flag":
            own = {"type": "boolean"}
        elif self.type == "whole":
            own = {"type": "integer", "minimum": self.least, "maximum": self.most}
        elif self.choices:
            own = {"type": "string", "enum": list(self.choices)}
        return {"type": "array", "items": own} if self.many else own


@dataclass(frozen=True)
class Told:
    """An answer: what JSON says of it, its text, and how it is written in other types."""

    title: str
    data: Callable[[], Any]
    text: Callable[[], str]
    others: Mapping[str, Callable[[], bytes]]


@dataclass(frozen=True)
class Route:
    """A question at an address, such as ``/paths``."""

    name: str
    summary: str
    answer: Callable[[Graph, Values], Told]
    parameters: tuple[RouteParameter, ...]
    types: tuple[str, ...] = (JSON, HTML, TEXT)

    def values(self, pairs: Pairs) -> dict[str, Any]:
        """The values of parameters in an address, or `ParameterError`."""
        known = {parameter.name: parameter for parameter in self.parameters}
        found: dict[str, Any] = {}
        for name, text in pairs:
            parameter = known.get(name)
            if parameter is None:
                offered = ", ".join(known) or "none"
                raise ParameterError(f"there is no parameter “{name}” here; there are {offered}")
            value = parameter.read(text)
            if parameter.many:
                found.setdefault(name, []).append(value)
            elif name in found:
                raise ParameterError(f"“{name}” can be said once here")
            else:
                found[name] = value
        for name, parameter in known.items():
            if parameter.required and not found.get(name):
                raise ParameterError(f"{name} is missing: {parameter.help}")
        return found


DAY = RouteParameter("as-of", "Answer as of one day, such as 2013-07-01.", "day")
SOURCES = RouteParameter("sources", "With the claims and sources of each row, as JSON.", "flag")
POSSIBLE = RouteParameter("possible", "Keep also what is possible on that day.", "flag")


def on(graph: Graph, values: Values) -> Graph:
    """The graph as of the day in some values, if there is one."""
    day = values.get("as-of")
    if day is None:
        if values.get("possible"):
            raise ParameterError("possible belongs to as-of")
        return graph
    return timeline.as_of(graph, day, possible=bool(values.get("possible")))


def _find(graph: Graph, values: Values) -> Told:
    things = graph.find(values["q"])
    shorten = graph.prefixes.shorten
    rows = [[thing.name, thing.kind, shorten(thing.iri)] for thing in things]
    return Told(
        f"Things named like “{values['q']}”",
        lambda: [as_json.thing(graph, thing) for thing in things],
        lambda: layout(["name", "kind", "iri"], rows, width=WIDTH) + "\n",
        {},
    )


def _show(graph: Graph, values: Values) -> Told:
    graph = on(graph, values)
    thing = graph.thing(graph.resolve(values["thing"]))
    around = (
        neighbourhood.neighbourhood(graph, NamedNode(thing.iri), hops=values["hops"])
        if "hops" in values
        else None
    )

    def data() -> Any:
        said = as_json.shown(graph, thing)
        return said if around is None else {**said, "around": around.as_dict()}

    def text() -> str:
        said = claims(graph, about=NamedNode(thing.iri))
        about = prose.thing(thing, said, graph.prefixes, width=WIDTH) + "\n"
        return about + ("" if around is None else f"\n{around.text(width=WIDTH)}\n")

    return Told(thing.name, data, text, {})


def _found_paths(graph: Graph, values: Values) -> Paths:
    return paths.paths(
        graph,
        values["from"],
        values["to"],
        max_hops=values.get("max-hops", 4),
        limit=values.get("limit", 5),
        via=values.get("via", ()),
        without=values.get("without", ()),
        as_of=values.get("as-of"),
        together=values.get("together", False),
        hub_limit=values.get("hub-limit"),
    )


def _paths(graph: Graph, values: Values) -> Told:
    found = _found_paths(graph, values)
    title = f"{found.source.name} to {found.target.name}"
    return _written(title, found, {GRAPHML: lambda: found.write("graphml")})


def _between(graph: Graph, values: Values) -> Told:
    found = shared.between(graph, values["from"], values["to"], as_of=values.get("as-of"))
    return _written(f"{found.source.name} and {found.target.name}", found, {})


def _timeline(graph: Graph, values: Values) -> Told:
    found = timeline.timeline(
        on(graph, values), values.get("thing"), limit=values.get("limit", 1000)
    )
    title = f"Timeline of {found.thing.name}" if found.thing else "Timeline"
    return Told(
        title,
        lambda: json.loads(found.write("json")),
        lambda: found.write("text", width=WIDTH).decode(),
        {CSV: lambda: found.write("csv")},
    )


def _rank(graph: Graph, values: Values) -> Told:
    found = centrality.rank(
        on(graph, values),
        by=values.get("by", "degree"),
        predicates=values.get("predicate", ()),
        limit=values.get("limit", 20),
    )
    return _written(f"Things by {found.by}", found, {})


def _questions(graph: Graph, values: Values) -> Told:
    queries = list(graph.queries.values())
    return Told(
        "Questions",
        lambda: [as_json.question(query) for query in queries],
        lambda: prose.question_list(queries, width=WIDTH) + "\n",
        {},
    )


def _written(title: str, found: Any, others: Mapping[str, Callable[[], bytes]]) -> Told:
    """What an answer says that writes itself."""
    return Told(title, found.as_dict, lambda: found.write("text", width=WIDTH).decode(), others)


FROM = RouteParameter("from", "A thing: its name, CURIE or IRI.", required=True)
TO = RouteParameter("to", "Another thing.", required=True)
ROUTES: Mapping[str, Route] = {
    route.name: route
    for route in (
        Route("ask", "The questions that can be asked, and their parameters.", _questions, ()),
        Route(
            "find",
            "Search things by name; case and accents do not matter.",
            _find,
            (RouteParameter("q", "A part of a name.", required=True),),
        ),
        Route(
            "show",
            "Everything claimed about a thing, both ways, with sources.",
            _show,
            (
                RouteParameter("thing", "A thing: its name, CURIE or IRI.", required=True),
                RouteParameter("hops", "Also what is so many steps away.", "whole", most=3),
                DAY,
                POSSIBLE,
            ),
        ),
        Route(
            "paths",
            "How two things are connected, in sentences with their sources.",
            _paths,
            (
                FROM,
                TO,
                RouteParameter("max-hops", "Steps at most; 4 unless told.", "whole", most=6),
                RouteParameter("limit", "Paths at most; 5 unless told.", "whole", most=100),
                RouteParameter("via", "What each path has to pass.", many=True),
                RouteParameter("without", "What no path may pass.", many=True),
                DAY,
                RouteParameter("together", "All ties held at a common time.", "flag"),
                RouteParameter("hub-limit", "Pass nothing with more ties.", "whole", most=10**6),
            ),
            (JSON, HTML, TEXT, GRAPHML),
        ),
        Route("between", "What two things share.", _between, (FROM, TO, DAY)),
        Route(
            "timeline",
            "What is dated, in order, as exactly as the sources have it.",
            _timeline,
            (
                RouteParameter("thing", "Only what is claimed about it."),
                RouteParameter("limit", "Entries at most; 1000 unless told.", "whole", most=10_000),
                DAY,
                POSSIBLE,
            ),
            (JSON, HTML, TEXT, CSV),
        ),
        Route(
            "rank",
            "The most connected things.",
            _rank,
            (
                RouteParameter("by", "How.", choices=tuple(centrality.MEASURES)),
                RouteParameter("predicate", "Count only claims with it.", many=True),
                RouteParameter("limit", "Things at most; 20 unless told.", "whole", most=1000),
                DAY,
                POSSIBLE,
            ),
        ),
    )
}


def answer(served: Served, route: str, pairs: Pairs, type: str) -> TaskResult:
    """The task that answers at a route."""
    declared = ROUTES[route]
    if type == HTML:
        return _page(served, declared, pairs)
    return told(declared.answer(served.graph, declared.values(pairs)), type)


def told(found: Told, type: str) -> TaskResult:
    """An answer in a media type that is not HTML."""
    if type in found.others:
        return TaskResult(type, [found.others[type]()])
    if type == JSON:
        text = json.dumps(found.data(), ensure_ascii=False, separators=(",", ":"))
        return TaskResult(JSON, [text.encode()])
    return TaskResult(TEXT + UTF_8, [found.text().encode()])


def html(body: bytes, status: int = 200) -> TaskResult:
    """A page."""
    return TaskResult(HTML + UTF_8, [body], status=status)


# ---- Pages: a form that is not filled in, or wrongly, is a page too


def _page(served: Served, route: Route, pairs: Pairs) -> TaskResult:
    edition = served.edition
    form = _FORMS.get(route.name)
    said = {pair[0]: pair[1] for pair in pairs}
    if form is not None and not any(said.values()):
        return html(form(edition, {}, ""))
    try:
        values = route.values(pairs)
        shown = None if "hops" in values else _PAGES.get(route.name)
        if shown is not None:
            return html(shown(edition, values))
        found = route.answer(served.graph, values)
        return html(list_pages.told(edition, found.title, found.text()))
    except InputError as error:
        problem = problem_of(error)
        if form is None:
            raise
        return html(form(edition, said, problem.detail), problem.status)


def _find_page(edition: Site, values: Values) -> bytes:
    return list_pages.find(edition, values["q"], edition.graph.find(values["q"]))


def _show_page(edition: Site, values: Values) -> bytes:
    graph = on(edition.graph, values)
    seen = edition if graph is edition.graph else Site(graph, edition.published, edition.at)
    found = documents.about(graph, graph.resolve(values["thing"]), published=edition.published)
    return leaves.leaf(seen, found).page()


def _paths_page(edition: Site, values: Values) -> bytes:
    said = {name: str(values[name]) for name in ("from", "to")}
    return connection_pages.ways(edition, said, _found_paths(edition.graph, values))


def _timeline_page(edition: Site, values: Values) -> bytes:
    if not values:
        return connection_pages.whole_timeline(edition)
    limit = values.get("limit", connection_pages.ENTRIES)
    found = timeline.timeline(on(edition.graph, values), values.get("thing"), limit=limit)
    return connection_pages.timeline(
        edition, found, {name: str(value) for name, value in values.items()}
    )


_FORMS: Mapping[str, Callable[[Site, Mapping[str, str], str], bytes]] = {
    "find": lambda edition, said, error: list_pages.find(
        edition, None, edition.names(list_pages.LISTED + 1)
    ),
    "paths": lambda edition, said, error: connection_pages.ways(edition, said, error=error),
}
_PAGES: Mapping[str, Callable[[Site, Values], bytes]] = {
    "ask": lambda edition, values: question_pages.questions(edition),
    "find": _find_page,
    "show": _show_page,
    "paths": _paths_page,
    "timeline": _timeline_page,
}
