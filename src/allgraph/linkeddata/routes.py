"""The table of routes: every address of a graph that is served or published.

The server dispatches requests by this table and describes itself with it (OpenAPI); the publisher
names its files by it, and the rules for web servers follow from it. The paths of documents about
IRIs are computed by `allgraph.model.addresses`.

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
XML = "application/xml"
GRAPHML = "application/graphml+xml"
SVG, PNG = "image/svg+xml", "image/png"
BIBTEX, RIS = "application/x-bibtex", "application/x-research-info-systems"
CSL = "application/vnd.citationstyles.csl+json"
OPENAPI = "application/vnd.oai.openapi+json"
RDF = ("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml")
LONGEST = 2_000
"""How many characters the value of a parameter may have."""

Type = Literal["text", "day", "whole", "flag", "path", "query", "iri"]
"""What a parameter takes: ``path`` is text with slashes, ``query`` is SPARQL."""


@dataclass(frozen=True)
class RouteParameter:
    """A parameter of a route, in its path or after the question mark.

    `many`: it can be given several times. `least` and `most` limit a whole number, `longest` the
    characters of a text. `choices` are all values that a text may have, if not empty.
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
    """An address of the server or of a published site, or all addresses of one pattern.

    `handler` is the name by which the server knows what answers; a route without one is only on
    published sites. With a `tag` it is in the OpenAPI document, where `schema` names what its JSON
    is. It offers `types`, and the formats of the `kinds` of SPARQL answers. `statuses` are those
    beside the ones that all routes have.

    `is_published`: a published site has it, a page as ``index.html`` in a folder of its name.
    `is_negotiated`: ``Accept`` or the parameter ``format`` chooses the type. `has_profiles`: so do
    ``Accept-Profile`` or ``_profile`` the profile. `is_cached`: its answers have an ETag.
    """

    name: str
    path: str
    summary: str = ""
    parameters: tuple[RouteParameter, ...] = ()
    types: tuple[str, ...] = ()
    handler: str = ""
    tag: str = ""
    schema: str = ""
    kinds: tuple[Kind, ...] = ()
    statuses: tuple[int, ...] = (200, 404, 413, 504)
    methods: tuple[str, ...] = ("GET",)
    is_published: bool = False
    is_negotiated: bool = False
    has_profiles: bool = False
    is_cached: bool = True

    @property
    def top(self) -> str:
        """The first part of the path, without slashes; it may have braces."""
        return self.path[1:].partition("/")[0]

    def file(self, **values: object) -> str:
        """The name of the file of a published site for given values of the path's parameters.

        A page is ``index.html`` in a folder. `KeyError` if a value is missing.
        """
        name = self.path[1:].format_map(values)
        return f"{name}/index.html".removeprefix("/") if HTML in self.types else name


# ---- Parameters

DAY = RouteParameter(
    "as-of", "Only facts that were certainly true on this date, such as 2013-07-01.", "day"
)
WITHDRAWN = RouteParameter("withdrawn", "Include claims that were withdrawn, marked.", "flag")
POSSIBLE = RouteParameter("possible", "Include facts that may have been true on that date.", "flag")
SOURCES = RouteParameter(
    "sources", "With the claims and sources of each row, as JSON, or as CSV or TSV.", "flag"
)
LIMIT = RouteParameter("limit", "Maximum number of rows. Default: all.", "whole", most=1_000_000)
SORT = RouteParameter(
    "sort",
    "Columns to sort by, with commas between; `-` before one for the greatest first.",
    many=True,
    longest=500,
)
WHERE = RouteParameter(
    "where",
    "Only rows of which this holds, as COLUMN:RELATION:VALUE: `name:contains:ann`, "
    "`when:before:2013`, `name:is:Ann Lee`, `end:not-empty`; or a word that is in the row.",
    many=True,
    longest=500,
)
CURSOR = RouteParameter(
    "cursor", "The text under `next` of an earlier answer, to continue after its rows.", longest=100
)
_THING = "A thing: its name, CURIE or IRI."
_SUFFIX = "The suffix of a format."
_ANSWER_SUFFIXES = ("csv", "tsv", "json", "xml", "ttl", "nt", "jsonld", "rdf")
_DOWNLOAD_SUFFIXES = ("ttl", "nt", "nq", "trig", "rdf", "jsonld")
_TABLES = ("people.csv", "bodies.csv", "bills.csv", "votes.csv")
_DOWNLOADS = (
    *(f"graph.{suffix}" for suffix in _DOWNLOAD_SUFFIXES),
    *(*_TABLES, "graph.xlsx", "graph.sqlite", "crosswalk.sssom.tsv", "SHA256SUMS"),
)

PICTURES = (
    "disagreement", "matrix", "statistic", "timeline", "neighbourhood", "track", "votes"
)  # fmt: skip
"""The kinds of pictures of a thing, of which the first four are of a graph too."""
_PIXELS = 99_999  # of a frame: readers of oEmbed offer more room than there are pixels
_FORMS = (JSON, HTML, TEXT)
_MEASURES = ("degree", "neighbours", "betweenness", "pagerank")
_graphs = partial(RouteParameter, type="iri", many=True, most=100)
_required = partial(RouteParameter, required=True)
_FROM = _required("from", _THING)
_TO = _required("to", "Another thing.")
_NAME = _required("name", "The end of its IRI.", "path")
_KIND = _required("kind", "The end of the IRI of a class, in small letters.", longest=200)
_FACET = _required("facet", "The name of a facet, such as party or years.", longest=200)
_VALUE = _required("value", "The value: the end of an IRI, or a decade.", longest=200)
_QUESTION = _required("question", "The name of a question.", longest=200)
_EXAMPLE = _required("number", "Number of the example, starting at 1.", "whole", most=999_999)
_DISAGREEMENT = _required(
    "number", "Number of the disagreement, starting at 1.", "whole", most=9_999_999
)
_PAIR = _required("number", "Number of the pair, starting at 1.", "whole", most=999_999)
_PAGE = _required("number", "Page number, starting at 1.", "whole", most=999_999)
_GRAPH_PICTURE = _required("picture", "The kind of picture.", choices=PICTURES[:4])
_THING_PICTURE = replace(_GRAPH_PICTURE, choices=PICTURES)
_PICTURE_NAME = _required("name", "A kind of picture, perhaps / and the end of an IRI.", "path")
_FILE = _required("file", "The name of the file.", "path")
_DOWNLOAD = _required("file", "The name of the file.", "path", choices=_DOWNLOADS)
_IMAGE_SUFFIX = _required("suffix", "svg, or png with the extra png.", choices=("svg", "png"))
_LIST_SUFFIX = _required("suffix", _SUFFIX, choices=("json", "csv"))
_RDF_SUFFIX = _required("suffix", _SUFFIX, choices=SUFFIXES)
_DATA_SUFFIX = _required("suffix", _SUFFIX, choices=(*SUFFIXES, TABLE))
_ANSWER_SUFFIX = _required("suffix", _SUFFIX, choices=_ANSWER_SUFFIXES)


def _types(suffixes: Sequence[str]) -> tuple[str, ...]:
    """The media types of formats, given by their suffixes, without parameters like charset."""
    return tuple(formats.named(suffix).essence for suffix in suffixes)


# ---- Routes


_page = partial(Route, types=(HTML,), handler="page", tag="pages", is_published=True)
"""Makes the route of a page that the server and each published site have."""
_answer = partial(Route, handler="answer", tag="graph", is_negotiated=True)
"""Makes the route of an answer that is computed from any graph, like ``/find``."""
_picture = partial(Route, types=(SVG, PNG), handler="page", tag="pages", is_published=True)
"""Makes the route of a picture; a published site has those of the things that it features."""
_frame_data = partial(
    Route, types=(JSON,), handler="page", tag="pages", schema="object", is_published=True
)
"""Makes the route of what oEmbed says of something in a frame."""
_data = partial(Route, parameters=(_RDF_SUFFIX,), types=RDF, is_published=True)
"""Makes the route of an RDF file, whose suffix is the format, beside a page."""
_document = partial(Route, handler="document", tag="documents", has_profiles=True)
"""Makes the route of the document about an IRI, in a profile that the client chooses."""
_dataset = partial(Route, tag="dataset", statuses=(200, 504), is_published=True)
"""Makes a route for the graph as a whole: its description, its downloads, its first page."""
_of_server = partial(Route, tag="dataset", schema="object", statuses=(200,))
"""Makes a route with information about the server itself."""
_site_file = partial(Route, is_published=True)
"""Makes the route of a file that only a published site has, and the server does not."""


def _documents() -> Iterator[Route]:
    """Yield the routes of documents: for things, claims and sources, the ontology and the shapes.

    A thing, claim or source has three: its IRI, the page about it, and the data about it. The
    ontology and the shapes have two: page and data. `_document` and `_data` are `Route` with some
    arguments preset.
    """
    negotiated = partial(_document, parameters=(_NAME,), types=(HTML, *RDF), is_negotiated=True)
    statuses = (200, 301, 404, 413, 504)
    for space, noun in (("id", "thing"), ("claim", "claim"), ("source", "source")):
        below = "" if space == "id" else f"{space}/"
        yield negotiated(
            noun,
            f"/{space}/{{name}}",
            f"The IRI of a {noun}: redirects to the document about it.",
            handler="thing",
            statuses=(303, 404, 504),
        )
        yield negotiated(
            f"{noun}-page",
            f"/page/{below}{{name}}",
            f"The document about a {noun}.",
            statuses=statuses,
            is_published=True,
        )
        yield _document(
            f"{noun}-data",
            f"/data/{below}{{name}}.{{suffix}}",
            f"The data about a {noun}.",
            (_NAME, _DATA_SUFFIX),
            (*RDF, CSV),
            statuses=statuses,
            is_published=True,
        )
    for name, summary in zip(WHOLE, ("The terms.", "The shapes."), strict=True):
        yield negotiated(name, f"/{name}", summary, parameters=(), is_published=True)
        yield _data(f"{name}-data", f"/{name}.{{suffix}}", handler="document")


ROUTES: tuple[Route, ...] = (
    *_documents(),
    _page("kinds", "/things", "The kinds of things."),
    _page("things", "/things/{kind}", "The things of a kind.", (_KIND,)),
    _page(
        "more-things",
        "/things/{kind}/{number}",
        "A further page of the things of a kind.",
        (_KIND, _PAGE),
    ),
    _page(
        "facet",
        "/things/{kind}/{facet}/{value}",
        "The things of a kind with a value of a facet, such as a party.",
        (_KIND, _FACET, _VALUE),
    ),
    _page(
        "more-of-facet",
        "/things/{kind}/{facet}/{value}/{number}",
        "A further page of these.",
        (_KIND, _FACET, _VALUE, _PAGE),
    ),
    _answer(
        "ask",
        "/ask",
        "The questions that can be asked, and their parameters.",
        types=_FORMS,
        schema="Questions",
        is_published=True,
    ),
    Route(
        "question",
        "/ask/{question}",
        "The answer to a question.",
        (_QUESTION, SOURCES, WHERE, SORT, LIMIT, CURSOR, DAY, POSSIBLE, WITHDRAWN),
        (HTML, TEXT, JSON),
        "question",
        "questions",
        kinds=("rows", "triples"),
        is_published=True,
        is_negotiated=True,
    ),
    _page(
        "example",
        "/ask/{question}/{number}",
        "A tested example of a question, answered.",
        (_QUESTION, _EXAMPLE),
    ),
    _page(
        "example-sources",
        "/ask/{question}/{number}-with-sources.csv",
        "The answer to a tested example, with the sources of each row.",
        (_QUESTION, _EXAMPLE),
        types=(CSV,),
    ),
    _picture(
        "example-picture",
        "/ask/{question}/{number}.png",
        "A picture of the answer to a tested example, with the extra png.",
        (_QUESTION, _EXAMPLE),
        types=(PNG,),
    ),
    _page(
        "example-data",
        "/ask/{question}/{number}.{suffix}",
        "The answer to a tested example.",
        (_QUESTION, _EXAMPLE, _ANSWER_SUFFIX),
        types=_types(_ANSWER_SUFFIXES),
    ),
    _answer(
        "find",
        "/find",
        "Search things by name, identifier or IRI; words in any order, one may have a typo.",
        (_required("q", "A part of a name, an identifier or an IRI."), WHERE, SORT, LIMIT, CURSOR),
        _FORMS,
        schema="Things",
        is_published=True,
    ),
    Route(
        "suggest",
        "/suggest",
        "What a search field suggests: things, and claims and questions by their words.",
        (_required("q", "Words, an identifier or an IRI."),),
        (JSON,),
        "suggest",
        "pages",
        "Suggestions",
    ),
    Route(
        "search",
        "/search/index.json",
        "How the pages search.",
        (),
        (JSON,),
        "search",
        "pages",
        "object",
        statuses=(200,),
        is_published=True,
    ),
    _answer(
        "paths",
        "/paths",
        "How two things are connected, in sentences with their sources.",
        (
            _FROM,
            _TO,
            RouteParameter("max-hops", "Steps in a path at most; 4 by default.", "whole", most=6),
            RouteParameter("limit", "Paths at most; 5 by default.", "whole", most=100),
            RouteParameter("via", "What each path has to pass.", many=True),
            RouteParameter("without", "What no path may pass.", many=True),
            DAY,
            RouteParameter("together", "All connections held at a common time.", "flag"),
            RouteParameter("hub-limit", "Pass nothing with more connections.", "whole", most=10**6),
            WITHDRAWN,
        ),
        (*_FORMS, GRAPHML),
        schema="Paths",
        is_published=True,
    ),
    _page("pair", "/paths/{number}", "How a pair of things is connected.", (_PAIR,)),
    _page("disagreements", "/disagreements", "Claims that cannot all be true, face to face."),
    _page(
        "more-disagreements",
        "/disagreements/{number}",
        "A further page of claims that cannot all be true.",
        (_PAGE,),
    ),
    _page(
        "disagreements-json",
        "/disagreements.json",
        "Claims that cannot all be true, with their sources, in groups.",
        types=(JSON,),
        schema="object",
    ),
    _page(
        "disagreements-csv",
        "/disagreements.csv",
        "Claims that cannot all be true, a row for each source.",
        types=(CSV,),
    ),
    _page(
        "disagreement-data",
        "/disagreement/{number}.{suffix}",
        "The claims of one disagreement, with their sources.",
        (_DISAGREEMENT, _LIST_SUFFIX),
        types=(JSON, CSV),
        schema="object",
    ),
    _picture(
        "pair-picture",
        "/picture/paths/{number}.{suffix}",
        "A picture of how a pair of things is connected.",
        (_PAIR, _IMAGE_SUFFIX),
    ),
    _picture(
        "picture",
        "/picture/{picture}.{suffix}",
        "A picture of the graph.",
        (_GRAPH_PICTURE, _IMAGE_SUFFIX),
    ),
    _picture(
        "thing-picture",
        "/picture/{picture}/{name}.{suffix}",
        "A picture of a thing.",
        (_THING_PICTURE, _NAME, _IMAGE_SUFFIX),
    ),
    _page("network", "/network", "A page to explore the network."),
    _answer(
        "timeline",
        "/timeline",
        "Dated claims in order, as exact as their sources.",
        (
            RouteParameter("thing", "Only claims about this thing."),
            RouteParameter("since", "Only entries from this year or day on.", longest=100),
            RouteParameter("until", "Only entries up to this year or day.", longest=100),
            RouteParameter("kind", "Only entries about a member of this class.", many=True),
            WHERE,
            SORT,
            RouteParameter("limit", "Entries at most; 1000 by default.", "whole", most=10_000),
            CURSOR,
            DAY,
            POSSIBLE,
            WITHDRAWN,
        ),
        (*_FORMS, CSV),
        schema="Timeline",
        is_published=True,
    ),
    _dataset(
        "catalog",
        "/catalog",
        "The graph as a dataset, described with DCAT.",
        types=(HTML, *RDF),
        handler="catalog",
        is_negotiated=True,
    ),
    _data("catalog-data", "/catalog.{suffix}", handler="catalog"),
    _page("frame", "/embed/page/{name}", "A thing in short, for a frame.", (_NAME,)),
    _page("picture-frame", "/embed/picture/{name}", "A picture, for a frame.", (_PICTURE_NAME,)),
    _frame_data("frame-data", "/oembed/page/{name}.json", "A thing in a frame.", (_NAME,)),
    _frame_data(
        "picture-frame-data",
        "/oembed/picture/{name}.json",
        "A picture in a frame.",
        (_PICTURE_NAME,),
    ),
    _page("about", "/about", "What is missing, and in dispute."),
    _dataset(
        "download",
        "/download/{file}",
        "All the data, in one file.",
        (_DOWNLOAD,),
        (*_types((*_DOWNLOAD_SUFFIXES, "csv", "xlsx", "sqlite", "sssom")), TEXT),
        "download",
        statuses=(200, 404, 413, 504),
    ),
    _page("query-page", "/query", "A page to write SPARQL."),
    Route("asset", "/assets/{file}", "", (_FILE,), handler="asset", is_published=True),
    _dataset(
        "void",
        "/.well-known/void",
        "The graph as a dataset, described with VoID.",
        types=RDF,
        handler="void",
        is_negotiated=True,
    ),
    Route(
        "connections",
        "/connections.json",
        "All connections, of a graph that is not too large.",
        (),
        (JSON,),
        "connections",
        "pages",
        "object",
        is_published=True,
    ),
    Route(
        "neighbourhood",
        "/network/{name}.json",
        "The ties of a thing, as the page of the network reads them.",
        (_NAME,),
        (JSON,),
        "page",
        "pages",
        "object",
        is_published=True,
    ),
    _dataset(
        "identifiers",
        "/identifiers.csv",
        "The identifiers that others gave to things: scheme, identifier, thing and page.",
        types=(CSV,),
        handler="identifiers",
    ),
    _dataset("robots", "/robots.txt", "For crawlers.", types=(TEXT,), handler="page"),
    _dataset("citation", "/CITATION.cff", "How to cite it.", types=(TEXT,), handler="page"),
    _dataset("sitemap", "/sitemap.xml", "Parts of the sitemap.", types=(XML,), handler="page"),
    _dataset(
        "sitemap-part",
        "/sitemap-{number}.xml",
        "The addresses of pages.",
        (_PAGE,),
        (XML,),
        "page",
        statuses=(200, 404, 504),
    ),
    _data("void-data", "/void.{suffix}", handler="void"),
    _dataset(
        "home",
        "/",
        "The first page.",
        types=(HTML, JSON),
        handler="home",
        schema="Graph",
        statuses=(200,),
        is_negotiated=True,
    ),
    # Of a server alone.
    Route(
        "by",
        "/by/{scheme}/{value}",
        "The thing with an identifier that others gave it: redirects to the document about it.",
        (
            _required("scheme", "The scheme, such as wikidata or bioguide.", longest=200),
            _required("value", "The identifier.", "path"),
        ),
        (HTML, *RDF, JSON),
        "by",
        "documents",
        statuses=(303, 404, 504),
        is_negotiated=True,
    ),
    _answer(
        "show",
        "/show",
        "Everything claimed about a thing, both ways, with sources.",
        (
            _required("thing", _THING),
            RouteParameter("hops", "Also what is up to so many steps away.", "whole", most=3),
            DAY,
            POSSIBLE,
            WITHDRAWN,
        ),
        _FORMS,
        schema="Shown",
    ),
    _answer(
        "cite",
        "/cite",
        "How to cite a thing, claim, source or answer, or without a name the graph.",
        (
            RouteParameter("of", "A thing, claim or source, the name of a question, or “paths”."),
            RouteParameter(
                "param", "A parameter of the question, such as body=Model Alliance.", many=True
            ),
            RouteParameter("accessed", "The day on which it was read, to be in it.", "day"),
        ),
        (*_FORMS, BIBTEX, RIS, CSL),
        schema="Citation",
    ),
    _answer(
        "between",
        "/between",
        "What two things share.",
        (_FROM, _TO, DAY, WITHDRAWN),
        _FORMS,
        schema="Between",
    ),
    _answer(
        "rank",
        "/rank",
        "The most connected things.",
        (
            RouteParameter("by", "The measure; degree by default.", choices=_MEASURES),
            RouteParameter("predicate", "Count only claims with this predicate.", many=True),
            RouteParameter("kind", "Rank only the members of this class.", many=True),
            RouteParameter("limit", "Things at most; 20 by default.", "whole", most=1000),
            DAY,
            POSSIBLE,
            WITHDRAWN,
        ),
        _FORMS,
        schema="Ranking",
    ),
    Route(
        "oembed",
        "/oembed",
        "How to show a page in a frame, by oEmbed 1.0.",
        (
            _required("url", "The address of a page, of its frame, or an IRI."),
            RouteParameter(
                "maxwidth", "The most pixels that a frame may be wide.", "whole", most=_PIXELS
            ),
            RouteParameter(
                "maxheight", "The most pixels that it may be high.", "whole", most=_PIXELS
            ),
        ),
        (JSON,),
        "oembed",
        "pages",
        "object",
        statuses=(200, 404, 501, 504),
        is_negotiated=True,
    ),
    Route(
        "sparql",
        "/sparql",
        "Answer a SPARQL 1.1 query.",
        (
            RouteParameter("query", "A query; without it the endpoint describes itself.", "query"),
            _graphs("default-graph-uri", "A graph of the default graph."),
            _graphs("named-graph-uri", "A graph that the query may name."),
            WITHDRAWN,
        ),
        handler="sparql",
        tag="sparql",
        kinds=("rows", "yes-no", "triples"),
        statuses=(200, 303, 403, 413, 504),
        methods=("GET", "POST"),
        is_negotiated=True,
        is_cached=False,
    ),
    _of_server("openapi", "/openapi.json", "This document.", (), (OPENAPI,), "openapi"),
    _of_server(
        "health",
        "/health",
        "Whether the server works.",
        (),
        (JSON,),
        "health",
        schema="Health",
        is_cached=False,
    ),
    _of_server(
        "metrics",
        "/metrics",
        "Counters, in the format of Prometheus.",
        (),
        (TEXT,),
        "metrics",
        is_cached=False,
    ),
    # Of a published site alone.
    _site_file("missing", "/404.html"),
    _site_file(
        "language", "/languages/{language}.json", parameters=(_required("language", "A tag."),)
    ),
    _site_file(
        "language-part",
        "/languages/{language}/{number}.json",
        parameters=(_required("language", "A tag."), _PAGE),
    ),
    _site_file("search-part", "/search/{file}", parameters=(_FILE,)),
    _site_file("service", "/service.{suffix}", parameters=(_RDF_SUFFIX,)),
)
"""All routes. The rules for web servers list the first parts of their paths in this order."""

BY_NAME: Mapping[str, Route] = {route.name: route for route in ROUTES}


# ---- Look-up


def find(path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a path, and the path's parameters as texts; ``None`` if no route fits.

    The texts are by name. A fixed path comes before a pattern, and the first pattern in
    the order of `ROUTES` before the others. The values are not decoded or checked further.
    """
    exact, patterns = _index()
    if route := exact.get(path):
        return route, {}
    top = path[1:].partition("/")[0]
    for route, pattern in patterns.get(top) or patterns[""]:  # "": that part has a parameter
        if match := pattern.fullmatch(path):
            return route, match.groupdict()
    return None


@cache
def _index() -> tuple[Mapping[str, Route], Mapping[str, Sequence[tuple[Route, re.Pattern[str]]]]]:
    """Return two indexes of `ROUTES`, made once and cached.

    The first has the routes without path parameters, by path. The second has the other routes with
    their patterns, by the first part of the path, or by ``""`` if that part has a parameter.
    """
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
    """Compile the path of a route to a pattern, with a named group for each parameter in it.

    A parameter of the type ``path`` takes slashes; one of the type ``whole`` neither slashes nor
    dots; any other takes one of its choices, or without choices all but slashes.
    """
    pattern = re.escape(route.path).replace(r"\{", "{").replace(r"\}", "}")
    for parameter in route.parameters:
        either = "|".join(parameter.choices) or "[^/]*"
        group = {"path": ".+", "whole": "[^/.]*"}.get(parameter.type, either)
        pattern = pattern.replace(f"{{{parameter.name}}}", f"(?P<{parameter.name}>{group})")
    return re.compile(pattern, re.DOTALL)
