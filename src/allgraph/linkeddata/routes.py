"""The table of routes: every address of a graph that is served or published.

The server dispatches requests by this table and describes itself with it (OpenAPI); the publisher
names its files by it, and the rules for web servers follow from it. Where the documents about IRIs
lie is told by `allgraph.model.addresses`.

>>> route, values = find("/things/person/2")
>>> route.name, values, route.file(**values)
('more-things', {'kind': 'person', 'number': '2'}, 'things/person/2/index.html')
>>> find("/nowhere") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Literal

from allgraph.model.addresses import SUFFIXES, TABLE, WHOLE
from allgraph.rdf import formats
from allgraph.rdf.formats import Kind

HTML, JSON, TEXT, CSV = "text/html", "application/json", "text/plain", "text/csv"
GRAPHML = "application/graphml+xml"
OPENAPI = "application/vnd.oai.openapi+json"
RDF = ("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml")
LONGEST = 2_000
"""How many characters the value of a parameter may have."""

Type = Literal["text", "day", "whole", "flag", "path", "query", "iri"]
"""What a parameter takes: ``path`` is text with slashes, ``query`` is SPARQL."""


@dataclass(frozen=True)
class RouteParameter:
    """A parameter of a route, in its path or after the question mark.

    `least` and `most` limit a whole number, `longest` the characters of a text. `choices` are all
    values that a text may have, if not empty.
    """

    name: str
    help: str
    type: Type = "text"
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    least: int = 1
    most: int = 1000
    longest: int = LONGEST


@dataclass(frozen=True)
class Route:
    """An address, or all addresses of one pattern.

    `handler` is the name by which the server knows what answers; a route without one is only on
    published sites. With a `tag` it is in the OpenAPI document, where `schema` names what its JSON
    is. It offers `types`, and the formats of the `kinds` of SPARQL answers. `statuses` are those
    beside the ones that all routes have.

    A published site has it as a ``page`` (``index.html`` in a folder) or as a ``file``.
    `is_negotiated`: ``Accept`` or the parameter ``format`` chooses the type. `has_profiles`: so do
    ``Accept-Profile`` or ``_profile`` the profile. `is_cached`: its answers have an ETag.
    """

    name: str
    path: str
    handler: str = ""
    summary: str = ""
    parameters: tuple[RouteParameter, ...] = ()
    types: tuple[str, ...] = ()
    tag: str = ""
    schema: str = ""
    kinds: tuple[Kind, ...] = ()
    statuses: tuple[int, ...] = (200, 404, 413, 504)
    methods: tuple[str, ...] = ("GET",)
    published: Literal["", "page", "file"] = ""
    is_negotiated: bool = False
    has_profiles: bool = False
    is_cached: bool = True

    @property
    def top(self) -> str:
        """The first part of the path."""
        return self.path[1:].partition("/")[0]

    def file(self, **values: object) -> str:
        """The name of the file that a published site has, with values for the path."""
        name = self.path[1:].format_map(values)
        return f"{name}/index.html".removeprefix("/") if self.published == "page" else name


# ---- Parameters

DAY = RouteParameter(
    "as-of", "Only facts that were certainly true on this date, such as 2013-07-01.", "day"
)
POSSIBLE = RouteParameter("possible", "Include those that may have been true.", "flag")
SOURCES = RouteParameter("sources", "With the claims and sources of each row, as JSON.", "flag")
_THING = "A thing: its name, CURIE or IRI."
_FROM = RouteParameter("from", _THING, required=True)
_TO = RouteParameter("to", "Another thing.", required=True)
_NAME = RouteParameter("name", "The end of its IRI.", "path", required=True)
_KIND = RouteParameter(
    "kind", "The end of the IRI of a class, in small letters.", required=True, longest=200
)
_QUESTION = RouteParameter("question", "The name of a question.", required=True, longest=200)
_SUFFIX = "The suffix of a format."
_RDF_SUFFIX = RouteParameter("suffix", _SUFFIX, required=True, choices=SUFFIXES)
_DATA_SUFFIX = RouteParameter("suffix", _SUFFIX, required=True, choices=(*SUFFIXES, TABLE))
_FILE = RouteParameter("file", "The name of the file.", "path", required=True)
_ANSWER_SUFFIXES = ("csv", "tsv", "json", "xml", "ttl", "nt", "jsonld", "rdf")
_ANSWER_SUFFIX = RouteParameter("suffix", _SUFFIX, required=True, choices=_ANSWER_SUFFIXES)
_DOWNLOAD_SUFFIXES = ("ttl", "nt", "nq", "trig", "rdf", "jsonld")
_DOWNLOADS = (*(f"graph.{suffix}" for suffix in _DOWNLOAD_SUFFIXES), "SHA256SUMS")


def _types(suffixes: Sequence[str]) -> tuple[str, ...]:
    """The media types of formats, without their parameters."""
    return tuple(formats.named(suffix).media_type.partition(";")[0] for suffix in suffixes)


def _number(help: str) -> RouteParameter:
    """A number from 1, as part of a path."""
    return RouteParameter("number", help, "whole", required=True, most=999_999)


def _limit(help: str, most: int) -> RouteParameter:
    """How much is given at most."""
    return RouteParameter("limit", help, "whole", most=most)


# ---- Routes


_DOCUMENT = partial(Route, tag="documents", has_profiles=True)
"""A document about an IRI, which is in several profiles."""
_NEGOTIATED = partial(_DOCUMENT, types=(HTML, *RDF), is_negotiated=True)


def _documents() -> Iterator[Route]:
    """The IRIs of things, claims and sources, and the documents about them."""
    iri, document = (303, 404, 504), (200, 301, 404, 413, 504)
    for space, noun in (("id", "thing"), ("claim", "claim"), ("source", "source")):
        below = "" if space == "id" else f"{space}/"
        about = f"The IRI of a {noun}: redirects to the document about it."
        yield _NEGOTIATED(noun, f"/{space}/{{name}}", "thing", about, (_NAME,), statuses=iri)
        yield _NEGOTIATED(
            f"{noun}-page",
            f"/page/{below}{{name}}",
            "document",
            f"The document about a {noun}.",
            (_NAME,),
            statuses=document,
            published="page",
        )
        yield _DOCUMENT(
            f"{noun}-data",
            f"/data/{below}{{name}}.{{suffix}}",
            "document",
            f"The data about a {noun}.",
            (_NAME, _DATA_SUFFIX),
            (*RDF, CSV),
            statuses=document,
            published="file",
        )


def _whole_documents() -> Iterator[Route]:
    """The documents about all terms, and about all shapes."""
    for name in WHOLE:
        about = {"ns": "The terms.", "shapes": "The shapes."}[name]
        yield _NEGOTIATED(name, f"/{name}", "document", about, published="page")
        yield _data(f"{name}-data", f"/{name}.{{suffix}}", "document")


def _data(name: str, path: str, handler: str) -> Route:
    """RDF in a file beside a page."""
    return Route(name, path, handler, "", (_RDF_SUFFIX,), RDF, published="file")


def _page(name: str, path: str, summary: str, parameters: tuple[RouteParameter, ...] = ()) -> Route:
    """A page at a fixed address, that each site has."""
    return Route(name, path, "page", summary, parameters, (HTML,), "pages", published="page")


def _answer(
    name: str,
    summary: str,
    parameters: tuple[RouteParameter, ...] = (),
    *types: str,
    schema: str = "Answer",
    is_published: bool = False,
) -> Route:
    """Something that can be asked of any graph."""
    return Route(
        name,
        f"/{name}",
        "answer",
        summary,
        parameters,
        (JSON, HTML, TEXT, *types),
        "routes",
        schema,
        published="page" if is_published else "",
        is_negotiated=True,
    )


def _server(name: str, path: str, summary: str, type: str, schema: str, is_cached: bool) -> Route:
    """Something that a server tells of itself."""
    return Route(
        name, path, name, summary, (), (type,), "dataset", schema, (), (200,), is_cached=is_cached
    )


def _site_file(name: str, path: str) -> Route:
    """A file that only a published site has."""
    return Route(name, path, published="file")


ROUTES: tuple[Route, ...] = (
    *_documents(),
    *_whole_documents(),
    _page("kinds", "/things", "The kinds of things."),
    _page("things", "/things/{kind}", "The things of a kind.", (_KIND,)),
    _page(
        "more-things",
        "/things/{kind}/{number}",
        "A further page of the things of a kind.",
        (_KIND, _number("Page number, starting at 1.")),
    ),
    _answer(
        "ask",
        "The questions that can be asked, and their parameters.",
        schema="Questions",
        is_published=True,
    ),
    Route(
        "question",
        "/ask/{question}",
        "question",
        "The answer to a question.",
        (_QUESTION, SOURCES, DAY, POSSIBLE),
        (HTML, TEXT, JSON),
        tag="questions",
        kinds=("rows", "triples"),
        published="page",
        is_negotiated=True,
    ),
    _page(
        "example",
        "/ask/{question}/{number}",
        "A tested example of a question, answered.",
        (_QUESTION, _number("Number of the example, starting at 1.")),
    ),
    Route(
        "example-data",
        "/ask/{question}/{number}.{suffix}",
        "page",
        "The answer to a tested example.",
        (_QUESTION, _number("Number of the example, starting at 1."), _ANSWER_SUFFIX),
        _types(_ANSWER_SUFFIXES),
        "pages",
        published="file",
    ),
    _answer(
        "find",
        "Search things by name; case and accents do not matter.",
        (RouteParameter("q", "A part of a name.", required=True),),
        schema="Things",
        is_published=True,
    ),
    Route(
        "search",
        "/search/index.json",
        "search",
        "How the pages search.",
        types=(JSON,),
        tag="pages",
        schema="object",
        statuses=(200,),
        published="file",
    ),
    _answer(
        "paths",
        "How two things are connected, in sentences with their sources.",
        (
            _FROM,
            _TO,
            RouteParameter("max-hops", "Steps in a path at most; 4 by default.", "whole", most=6),
            _limit("Paths at most; 5 by default.", 100),
            RouteParameter("via", "What each path has to pass.", many=True),
            RouteParameter("without", "What no path may pass.", many=True),
            DAY,
            RouteParameter("together", "All connections held at a common time.", "flag"),
            RouteParameter("hub-limit", "Pass nothing with more connections.", "whole", most=10**6),
        ),
        GRAPHML,
        is_published=True,
    ),
    _page(
        "pair",
        "/paths/{number}",
        "How a pair of things is connected.",
        (_number("Number of the pair, starting at 1."),),
    ),
    _page("network", "/network", "A page to explore the network."),
    _answer(
        "timeline",
        "Dated claims in order, as exact as their sources.",
        (
            RouteParameter("thing", "Only claims about this thing."),
            _limit("Entries at most; 1000 by default.", 10_000),
            DAY,
            POSSIBLE,
        ),
        CSV,
        is_published=True,
    ),
    Route(
        "catalog",
        "/catalog",
        "catalog",
        "The graph as a dataset, described with DCAT.",
        types=(HTML, *RDF),
        tag="dataset",
        statuses=(200, 504),
        published="page",
        is_negotiated=True,
    ),
    _data("catalog-data", "/catalog.{suffix}", "catalog"),
    _page("about", "/about", "What is missing, and in dispute."),
    Route(
        "download",
        "/download/{file}",
        "download",
        "All the data, in one file.",
        (replace(_FILE, choices=_DOWNLOADS),),
        (*_types(_DOWNLOAD_SUFFIXES), TEXT),
        tag="dataset",
        published="file",
    ),
    _page("query-page", "/query", "A page to write SPARQL."),
    Route("asset", "/assets/{file}", "asset", parameters=(_FILE,), published="file"),
    Route(
        "void",
        "/.well-known/void",
        "void",
        "The graph as a dataset, described with VoID.",
        types=RDF,
        tag="dataset",
        statuses=(200, 504),
        published="file",
        is_negotiated=True,
    ),
    Route(
        "connections",
        "/connections.json",
        "connections",
        "All connections, of a graph that is not too large.",
        types=(JSON,),
        tag="pages",
        schema="object",
        published="file",
    ),
    _data("void-data", "/void.{suffix}", "void"),
    # Of a server alone.
    Route(
        "home",
        "/",
        "home",
        "The first page.",
        types=(HTML, JSON),
        tag="dataset",
        schema="object",
        statuses=(200,),
        published="page",
        is_negotiated=True,
    ),
    _answer(
        "show",
        "Everything claimed about a thing, both ways, with sources.",
        (
            RouteParameter("thing", _THING, required=True),
            RouteParameter("hops", "Also what is up to so many steps away.", "whole", most=3),
            DAY,
            POSSIBLE,
        ),
    ),
    _answer("between", "What two things share.", (_FROM, _TO, DAY)),
    _answer(
        "rank",
        "The most connected things.",
        (
            RouteParameter(
                "by",
                "The measure; degree by default.",
                choices=("degree", "betweenness", "pagerank"),
            ),
            RouteParameter("predicate", "Count only claims with this predicate.", many=True),
            _limit("Things at most; 20 by default.", 1000),
            DAY,
            POSSIBLE,
        ),
    ),
    Route(
        "sparql",
        "/sparql",
        "sparql",
        "Answer a SPARQL 1.1 query.",
        (
            RouteParameter(
                "query", "A query; without one, the endpoint describes itself.", "query"
            ),
            RouteParameter(
                "default-graph-uri", "A graph of the default graph.", "iri", many=True, most=100
            ),
            RouteParameter(
                "named-graph-uri", "A graph that the query may name.", "iri", many=True, most=100
            ),
        ),
        tag="sparql",
        kinds=("rows", "yes-no", "triples"),
        statuses=(200, 303, 403, 413, 504),
        methods=("GET", "POST"),
        is_negotiated=True,
        is_cached=False,
    ),
    _server("openapi", "/openapi.json", "This document.", OPENAPI, "object", True),
    _server("health", "/health", "Whether the server works.", JSON, "object", False),
    _server("metrics", "/metrics", "Counters, in the format of Prometheus.", TEXT, "", False),
    # Of a published site alone.
    _site_file("sitemap", "/sitemap.xml"),
    _site_file("robots", "/robots.txt"),
    _site_file("citation", "/CITATION.cff"),
    _site_file("missing", "/404.html"),
    Route("search-part", "/search/{file}", parameters=(_FILE,), published="file"),
    Route("sitemap-part", "/sitemap-{number}.xml", parameters=(_number(""),), published="file"),
    Route("service", "/service.{suffix}", parameters=(_RDF_SUFFIX,), published="file"),
)
"""All routes. The rules for web servers list the first parts of their paths in this order."""

BY_NAME: Mapping[str, Route] = {route.name: route for route in ROUTES}


# ---- Look-up


def find(path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path, and the values in it; ``None`` where no route has such a path."""
    exact, patterns = _index()
    if route := exact.get(path):
        return route, {}
    top = path[1:].partition("/")[0]
    for route, pattern in patterns.get(top) or patterns[""]:
        if match := pattern.fullmatch(path):
            return route, match.groupdict()
    return None


@cache
def _index() -> tuple[Mapping[str, Route], Mapping[str, Sequence[tuple[Route, re.Pattern[str]]]]]:
    """Routes with one address by it; the others by the first part of the path, if it is fixed."""
    exact: dict[str, Route] = {}
    patterns: dict[str, list[tuple[Route, re.Pattern[str]]]] = {}
    for route in ROUTES:
        if "{" not in route.path:
            exact[route.path] = route
        else:
            top = "" if "{" in route.top else route.top
            patterns.setdefault(top, []).append((route, _pattern(route)))
    return exact, patterns


def _pattern(route: Route) -> re.Pattern[str]:
    """The pattern of the paths of a route, with a group for each parameter in it."""
    pattern = re.escape(route.path).replace(r"\{", "{").replace(r"\}", "}")
    for parameter in route.parameters:
        either = "|".join(parameter.choices) or "[^/]*"
        group = {"path": ".+", "whole": "[^/.]*"}.get(parameter.type, either)
        pattern = pattern.replace(f"{{{parameter.name}}}", f"(?P<{parameter.name}>{group})")
    return re.compile(pattern, re.DOTALL)
