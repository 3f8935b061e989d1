"""The OpenAPI 3.1 document of a server, made of the declarations of its routes and questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from allgraph.linkeddata import profiles
from allgraph.linkeddata.profiles import LIST, Profile
from allgraph.model import addresses
from allgraph.rdf import formats
from allgraph.server.api import (
    CSV,
    DAY,
    GRAPHML,
    HTML,
    JSON,
    LONGEST,
    POSSIBLE,
    ROUTES,
    SOURCES,
    TEXT,
    Route,
    RouteParameter,
)
from allgraph.server.http.negotiation import media_types
from allgraph.server.http.problems import MEDIA_TYPE, SORTS, TYPES
from allgraph.server.http.sparql_protocol import FORM, QUERY
from allgraph.server.state import Served
from allgraph.site import downloads
from allgraph.site.question_pages import ROWS, TRIPLES
from allgraph.sparql.questions import Parameter as Value
from allgraph.sparql.questions import Query

VERSION = "3.1.0"
_DATA = ("text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml")
_SPARQL = tuple(
    dict.fromkeys([*media_types("rows"), *media_types("yes-no"), *media_types("triples")])
)
_EVERYWHERE = (400, 405, 406, 408, 414, 429, 431, 500, 502, 503)
_SAID = {
    301: "It has another name now, and is at `Location`.",
    303: "The document about it is at `Location`.",
    304: "The client has it: it is as `If-None-Match` or `If-Modified-Since` says.",
    400: "The request is wrong, and the detail says how.",
    403: "Nothing can be changed here.",
    404: "There is no such thing, question or document.",
    405: "The method is not for this address; `Allow` says which are.",
    406: "No format or profile that is accepted is there; the detail says which are.",
    413: "The request, or the answer to it, is too large; `limit` says by what.",
    408: "The request took too long to come.",
    414: "The address is too long.",
    415: "The type of the body is not taken; `Accept-Post` says which are.",
    431: "The headers are too long.",
    429: "Too many requests; `Retry-After` says when to ask again.",
    500: "The server failed, and its log says why.",
    502: "The endpoint that holds the graph failed, where there is one.",
    503: "The server is busy, or failed at this request.",
    504: "The answer took too long.",
}


def document(served: Served) -> dict[str, Any]:
    """The whole document."""
    from importlib.metadata import version

    folder = served.graph.folder
    paths = {f"/{route.name}": _route(route) for route in ROUTES.values()}
    paths |= {f"/ask/{query.name}": _question(query) for query in served.graph.queries.values()}
    paths["/sparql"] = {**_sparql(), **_posted()}
    paths |= _fixed() | _site() | _linked(profiles.profiles(served.graph))
    return {
        "openapi": VERSION,
        "info": {
            "title": folder.title,
            "version": folder.version or version("allgraph"),
            "description": folder.description or folder.title,
            **({"license": {"name": folder.licence}} if folder.licence else {}),
        },
        "servers": [{"url": served.home.rstrip("/") or "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "headers": {
                name: {
                    "description": text,
                    "required": name not in _SOMETIMES,
                    "schema": {"type": "string"},
                }
                for name, text in _HEADERS.items()
            },
            "responses": {
                str(status): _problem(text) for status, text in _SAID.items() if status >= 400
            },
        },
    }


_TAGS = {
    "pages": "Pages for people that every site has.",
    "routes": "What can be asked of any graph.",
    "questions": "The questions of this graph.",
    "sparql": "The SPARQL 1.1 Protocol; nothing can be changed.",
    "documents": "Linked data: the things, claims and sources of the graph.",
    "dataset": "The graph as a whole, and the server.",
}
_HEADERS = {
    "ETag": "Another one when the answer is another one.",
    "Last-Modified": "When the data were changed.",
    "Cache-Control": "How long the answer may be kept.",
    "X-Request-Id": "What the log calls the request; a client may choose it.",
    "Location": "Where to go.",
    "Link": "Other formats and profiles, what it is about, and the licence.",
    "Content-Profile": "The IRI of the profile that data is in.",
}
_SOMETIMES = ("X-Request-Id", "Content-Profile")  # what is no HTTP, and pages, have none
_OBJECT: Mapping[str, Any] = {"type": "object"}
_SCHEMAS: Mapping[str, Any] = {
    "Problem": {
        "description": "What went wrong (RFC 9457).",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": ["about:blank", *(TYPES + name for name in SORTS)]},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "line": {"type": "integer", "minimum": 1},
            "column": {"type": "integer", "minimum": 1},
            "limit": {"type": "string"},
            "candidates": {"type": "array", "items": {"type": "string"}},
        },
    },
    "Rows": {
        "description": "Rows, or yes or no (SPARQL 1.1 Query Results JSON Format).",
        "type": "object",
        "required": ["head"],
        "properties": {
            "head": {"type": "object"},
            "boolean": {"type": "boolean"},
            "results": {
                "type": "object",
                "required": ["bindings"],
                "properties": {"bindings": {"type": "array", "items": {"type": "object"}}},
            },
        },
    },
    "Things": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["iri", "name"],
            "properties": {"iri": {"type": "string"}, "name": {"type": "string"},
                           "path": {"type": ["string", "null"]}},
        },
    },
    "Questions": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", "help", "parameters"],
            "properties": {"name": {"type": "string"}, "help": {"type": "string"},
                           "parameters": {"type": "array", "items": {"type": "object"}}},
        },
    },
    "Answer": {"type": "object"},
}  # fmt: skip
_BODIES = {"find": "Things", "ask": "Questions"}


def _route(route: Route) -> dict[str, Any]:
    parameters = [*map(_parameter, route.parameters), _format(route.types)]
    own = {JSON: {"schema": _ref("schemas", _BODIES.get(route.name, "Answer"))}}
    content = {type: own.get(type, {}) for type in route.types}
    operation = _operation(
        route.name, "routes", route.summary, content, parameters, problems=(404, 413, 504)
    )
    return {"get": operation}


def _question(query: Query) -> dict[str, Any]:
    example = query.examples[0] if query.examples else {}
    own = [_value(each, example.get(each.name)) for each in query.parameters]
    types = [*media_types("rows" if query.columns else "triples"), HTML, TEXT, JSON]
    more = [*map(_parameter, (SOURCES, DAY, POSSIBLE)), _format(types)]
    content = _content(types)
    content[JSON] = {}  # what `sources` gives is a list
    name = f"ask-{query.name}"
    operation = _operation(
        name, "questions", query.title, content, [*own, *more], problems=(404, 413, 504)
    )
    return {"get": {**operation, "description": query.help}}


def _value(each: Value, example: str | None) -> dict[str, Any]:
    """A parameter of a question, and what might be given for it."""
    schema: dict[str, Any] = {"type": "string", "maxLength": LONGEST}
    if each.choices:
        schema = {"type": "string", "enum": [*each.choices]}
    elif each.type == "date":
        schema = {"type": "string", "format": "date"}
    elif each.type == "number":
        schema = {"type": "number"}
    elif each.type == "entity":
        schema["description"] = "A name, a CURIE or an IRI."
    if each.default:
        schema["default"] = each.default
    named = _named(each.name.replace("_", "-"), each.help, schema, required=each.required)
    return {**named, **({"example": example} if example else {})}


def _sparql() -> dict[str, Any]:
    parameters = [_named("query", "A query; without one, the endpoint describes itself.",
                         {"type": "string"}), *_graphs(), _format(_SPARQL)]  # fmt: skip
    operation = _operation(
        "sparql", "sparql", "Answer a SPARQL 1.1 query.", _content(_SPARQL), parameters,
        problems=(403, 413, 504), moves=(303,), is_kept=False,
    )  # fmt: skip
    said = "A browser that asks nothing is sent to the page on which SPARQL is written."
    operation["responses"]["303"]["description"] = said
    return {"get": operation}


def _posted() -> dict[str, Any]:
    fields = [*_graphs(), _format(_SPARQL)]
    form = {
        "type": "object",
        "required": ["query"],
        "properties": {
            "query": {"type": "string", "description": "A query."},
            **{each["name"]: each["schema"] for each in fields},
        },
    }
    operation = _operation(
        "sparql-post", "sparql", "Answer a SPARQL 1.1 query.", _content(_SPARQL), fields,
        problems=(403, 413, 415, 504), is_kept=False,
    )  # fmt: skip
    del operation["responses"]["304"]
    text = {"type": "string", "description": "A query; its graphs are in the address."}
    content = {QUERY: {"schema": text}, FORM: {"schema": form}}
    return {"post": {**operation, "requestBody": {"required": True, "content": content}}}


def _graphs() -> list[dict[str, Any]]:
    iris = {"type": "array", "maxItems": 100, "items": {"type": "string", "format": "iri"}}
    return [
        _named("default-graph-uri", "A graph of the default graph.", iris),
        _named("named-graph-uri", "A graph that the query may name.", iris),
    ]


def _fixed() -> dict[str, dict[str, Any]]:
    """The addresses that each server has."""
    offered = [_format(_DATA)]
    files = [*map(downloads.name_of, downloads.FORMATS), "SHA256SUMS"]
    whole: dict[str, Any] = {formats.named(name).media_type: {} for name in downloads.FORMATS}
    whole[TEXT] = {}
    file = {**_named("file", "The file.", {"type": "string", "enum": files}, required=True),
            "in": "path"}  # fmt: skip
    object = {"schema": _OBJECT}
    return {
        "/": {"get": _operation("home", "dataset", "What is here.", {HTML: {}, JSON: object},
                                [_format((HTML, JSON))])},
        "/.well-known/void": {"get": _operation("void", "dataset", "The graph, as VoID has it.",
                                                _content(_DATA), offered, problems=(504,))},
        "/catalog": {"get": _operation("catalog", "dataset", "The graph, as DCAT has it.",
                                       _content((HTML, *_DATA)), [_format((HTML, *_DATA))],
                                       problems=(504,))},
        "/download/{file}": {"get": _operation("download", "dataset", "All that is in the graph.",
                                               whole, [file], problems=(404, 413, 504))},
        "/openapi.json": {"get": _operation("openapi", "dataset", "This document.",
                                            {"application/vnd.oai.openapi+json": object})},
        "/health": {"get": _operation("health", "dataset", "Whether the server is well.",
                                      {JSON: object}, is_kept=False)},
        "/metrics": {"get": _operation("metrics", "dataset", "Numbers, as Prometheus has them.",
                                       {TEXT: {}}, is_kept=False)},
    }  # fmt: skip


def _site() -> dict[str, dict[str, Any]]:
    """The addresses of pages that every site has."""
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    whole = {"type": "integer", "minimum": 1, "maximum": 999_999}
    kind = {**_named("kind", "The end of the IRI of a class, in small letters.", text,
                     required=True), "in": "path"}  # fmt: skip
    number = {**_named("number", "Which, from 1.", whole, required=True), "in": "path"}
    question = {**_named("question", "A question.", text, required=True), "in": "path"}
    answers: dict[str, Any] = {formats.named(each).media_type: {} for each in (*ROWS, *TRIPLES)}
    suffix = {**_named("suffix", "The suffix of a format.",
                       {"type": "string", "enum": [*ROWS, *TRIPLES]}, required=True),
              "in": "path"}  # fmt: skip
    page: dict[str, Any] = {HTML: {}}
    told = (404, 413, 504)
    return {
        "/things": {"get": _operation("kinds", "pages", "The kinds of things.", page,
                                      problems=told)},
        "/things/{kind}": {"get": _operation("things", "pages", "The things of a kind.", page,
                                             [kind], problems=told)},
        "/things/{kind}/{number}": {"get": _operation("more-things", "pages", "More of them.",
                                                      page, [kind, number], problems=told)},
        "/paths/{number}": {"get": _operation("pair", "pages", "How a pair is connected.", page,
                                              [number], problems=told)},
        "/ask/{question}/{number}": {"get": _operation(
            "example", "pages", "A tested example of a question, answered.", page,
            [question, number], problems=told)},
        "/ask/{question}/{number}.{suffix}": {"get": _operation(
            "example-data", "pages", "The answer to a tested example.", answers,
            [question, number, suffix], problems=told)},
        "/about": {"get": _operation("about", "pages", "What is missing, and in dispute.", page,
                                     problems=told)},
        "/network": {"get": _operation("network", "pages", "A page to walk through the network.",
                                       page, problems=told)},
        "/connections.json": {"get": _operation(
            "connections", "pages", "All ties of a graph that is not too large for that.",
            {JSON: {"schema": _OBJECT}}, problems=told)},
        "/query": {"get": _operation("query-page", "pages", "Where SPARQL is written.", page,
                                     problems=told)},
        "/search/index.json": {"get": _operation("search", "pages", "How the pages search.",
                                                 {JSON: {"schema": _OBJECT}})},
    }  # fmt: skip


def _linked(known: Iterable[Profile]) -> dict[str, dict[str, Any]]:
    """The addresses of things, and of the documents about them."""
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    name = {**_named("name", "The end of its IRI.", text, required=True), "in": "path"}
    file = {**_named("suffix", "The suffix of a format.",
                     {"type": "string", "enum": [*addresses.SUFFIXES, addresses.TABLE]},
                     required=True),
            "in": "path"}  # fmt: skip
    profiled = [*_profiled(known)]
    offered = [_format((HTML, *_DATA)), *profiled]
    link = {each: _ref("headers", each) for each in ("Link", "Content-Profile")}
    found: dict[str, dict[str, Any]] = {}
    for space, what in (("id", "thing"), ("claim", "claim"), ("source", "source")):
        below = "" if space == "id" else f"{space}/"
        thing = _operation(what, "documents", f"A {what}: leads to the document about it.", {},
                           [name, *offered], problems=(404, 504), moves=(303,))  # fmt: skip
        page = _operation(f"{what}-page", "documents", f"The document about a {what}.",
                          _content((HTML, *_DATA, JSON)), [name, *offered],
                          problems=(404, 413, 504), moves=(301,), headers=link)  # fmt: skip
        data = _operation(f"{what}-data", "documents", f"The data about a {what}.",
                          _content((*_DATA, CSV, JSON)), [name, file, *profiled],
                          problems=(404, 413, 504), moves=(301,), headers=link)  # fmt: skip
        found[f"/{space}/{{name}}"] = {"get": thing}
        found[f"/page/{below}{{name}}"] = {"get": page}
        found[f"/data/{below}{{name}}.{{suffix}}"] = {"get": data}
    for name_, what in zip(addresses.WHOLE, ("The terms.", "The shapes."), strict=True):
        found[f"/{name_}"] = {
            "get": _operation(name_, "documents", what, _content((HTML, *_DATA, JSON)), offered,
                              problems=(404, 413, 504), headers=link)
        }  # fmt: skip
    return found


def _profiled(known: Iterable[Profile]) -> Iterator[dict[str, Any]]:
    """The parameters that choose a profile."""
    found = {each.name: each.iri for each in known}
    text = {"type": "string", "maxLength": LONGEST}
    yield {**_named("_profile", "The profile of the data, by its name or `<IRI>`, instead of "
                    f"Accept-Profile: {', '.join(found)}; or `{LIST}` for a list of them, in JSON.",
                    text), "example": next(reversed(found))}  # fmt: skip
    yield {**_named("Accept-Profile", "The IRIs of profiles in angle brackets, with weights as "
                    "Accept has them.", text), "in": "header",
           "example": f"<{found[next(reversed(found))]}>"}  # fmt: skip


def _operation(
    name: str, tag: str, summary: str, content: Mapping[str, Any],
    parameters: Iterable[Mapping[str, Any]] = (), *, problems: Iterable[int] = (),
    moves: Iterable[int] = (), headers: Mapping[str, Any] | None = None, is_kept: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """An operation; `is_kept` is whether each good answer says how long it may be kept."""
    always = {"X-Request-Id": _ref("headers", "X-Request-Id")}
    kept = ("ETag", "Last-Modified", "Cache-Control") if is_kept else ("Cache-Control",)
    fresh = {each: _ref("headers", each) for each in kept}
    responses: dict[str, Any] = {}
    if content:
        essences = {type.partition(";")[0]: said for type, said in content.items()}
        responses["200"] = {"description": "The answer.",
                            "headers": {**always, **fresh, **(headers or {})},
                            "content": essences}  # fmt: skip
    for status in moves:
        responses[str(status)] = {
            "description": _SAID[status],
            "headers": {**always, "Location": _ref("headers", "Location")},
            "content": {TEXT: {}},
        }
    if content:
        responses["304"] = {"description": _SAID[304], "headers": always}
    for status in sorted({*_EVERYWHERE, *problems}):
        responses[str(status)] = _ref("responses", str(status))
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": [*parameters],
        "responses": responses,
    }


def _content(types: Iterable[str]) -> dict[str, Any]:
    """Media types, with what is known of those that are JSON."""
    rows = {"schema": _ref("schemas", "Rows")}
    found: dict[str, Any] = {type.partition(";")[0]: {} for type in types}
    return {type: rows if "sparql-results+json" in type else {} for type in found}


def _format(types: Iterable[str]) -> dict[str, Any]:
    """The parameter that chooses among some media types, by a name or as they are."""
    names = {HTML: "html", TEXT: "text", JSON: "json", GRAPHML: "graphml"}
    for each in formats.FORMATS:
        names.setdefault(each.media_type.partition(";")[0], each.name)
    essences = [*dict.fromkeys(type.partition(";")[0] for type in types)]
    offered = [*(names[type] for type in essences if type in names), *essences]
    schema = {"type": "string", "enum": [*dict.fromkeys(offered)]}
    return _named("format", "The format, by its name or media type, instead of Accept.", schema)


def _problem(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "headers": {"X-Request-Id": _ref("headers", "X-Request-Id")},
        "content": {MEDIA_TYPE: {"schema": _ref("schemas", "Problem")}, HTML: {}},
    }


def _ref(sort: str, name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/{sort}/{name}"}


def _parameter(each: RouteParameter) -> dict[str, Any]:
    return _named(each.name, each.help, each.schema(), required=each.required)


def _named(
    name: str, help: str, schema: Mapping[str, Any], *, required: bool = False
) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": help,
            "schema": schema}  # fmt: skip
