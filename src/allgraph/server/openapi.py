"""The OpenAPI 3.1 document of a server, made of the table of routes and the questions.

What is the same for every graph is in ``openapi.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from allgraph.errors import VERSION
from allgraph.linkeddata import profiles, routes
from allgraph.linkeddata.profiles import LIST
from allgraph.linkeddata.routes import (
    DAY,
    GRAPHML,
    HTML,
    JSON,
    LONGEST,
    TEXT,
    Route,
    RouteParameter,
)
from allgraph.rdf import formats
from allgraph.server.http.negotiation import media_types
from allgraph.server.http.problems import MEDIA_TYPE, SORTS, TYPES
from allgraph.server.http.sparql_protocol import FORM, QUERY
from allgraph.server.state import Served
from allgraph.sparql.questions import Parameter, Query

Json = dict[str, Any]

_TABLE = tomllib.loads(Path(__file__).with_name("openapi.toml").read_text(encoding="utf-8"))
_STATUSES: Mapping[str, str] = _TABLE["statuses"]
_SCHEMAS: Mapping[str, Json] = _TABLE["schemas"]
_SCHEMAS["Problem"]["properties"]["type"]["enum"] = [
    "about:blank",
    *(TYPES + sort for sort in SORTS),
]
_EVERYWHERE = (400, 405, 406, 408, 414, 429, 431, 500, 502, 503)
_TEXT: Json = {"type": "string", "maxLength": LONGEST}
_TYPES: Mapping[str, Json] = {
    **_TABLE["types"],
    "entity": {**_TEXT, "description": "A name, a CURIE or an IRI."},
}
"""The schemas of parameters, by their type; all others are texts."""


def document(served: Served) -> Json:
    """Return the OpenAPI document of a server, as values for JSON.

    It describes the routes that have a tag, and each question of the graph. Reads the files of the
    questions and profiles; raises `QueryError` if one is invalid.
    """
    folder = served.graph.folder
    return {
        "openapi": "3.1.0",
        "info": {
            "title": folder.title,
            "version": folder.version or VERSION,
            "description": folder.description or folder.title,
            **({"license": {"name": folder.licence}} if folder.licence else {}),
        },
        "servers": [{"url": served.home.rstrip("/") or "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TABLE["tags"].items()],
        "paths": dict(_paths(served)),
        "components": {
            "schemas": _SCHEMAS,
            "headers": _TABLE["headers"],
            "responses": {
                status: {"description": text, "headers": _ALWAYS, "content": _PROBLEM}
                for status, text in _STATUSES.items()
                if status >= "400"
            },
        },
    }


def _paths(served: Served) -> Iterator[tuple[str, Json]]:
    """Yield the path and operations, by method, of each route that has a tag.

    In place of the route ``question`` each question has its own path.
    """
    profile_parameters = _profile_parameters(served)
    for route in routes.ROUTES:
        if route.name == "question":
            for query in served.graph.queries.values():
                yield route.path.format(question=query.name), {"get": _question(route, query)}
        elif route.tag:
            operations = {"get": _operation(route, profile_parameters)}
            if "POST" in route.methods:
                operations["post"] = _post_operation(operations["get"])
            yield route.path, operations


# ---- Operations


def _operation(route: Route, profile_parameters: Sequence[Json]) -> Json:
    """The GET operation of a route, with all its parameters and the media types of its answers.

    `profile_parameters` are the Parameter Objects that choose a profile, for a route that has any.
    """
    kinds = (media_type for kind in route.kinds for media_type in media_types(kind))
    types = _essences([*route.types, *kinds])
    parameters = [_route_parameter(parameter, route) for parameter in route.parameters]
    if route.is_negotiated:
        parameters.append(_format_parameter(types))
    if route.has_profiles:
        parameters += profile_parameters
        types = [*types, JSON]  # which a list of profiles is in
    return _operation_object(route, route.name, route.summary, parameters, types)


def _question(route: Route, query: Query) -> Json:
    """The GET operation of the path of a question; `route` is that of all questions.

    The parameters are those of the query, with values of its first example, and those of the route.
    """
    example = query.examples[0] if query.examples else {}
    offered = media_types("rows" if query.columns else "triples")
    types = _essences([*offered, *route.types])
    _, *common = route.parameters  # the first is the name of the question
    own = {parameter.name for parameter in query.parameters}
    parameters = [
        *(_question_parameter(parameter, example) for parameter in query.parameters),
        *(_route_parameter(parameter, route) for parameter in common if parameter.name not in own),
        _format_parameter(types),
    ]
    operation = _operation_object(route, f"ask-{query.name}", query.title, parameters, types)
    return {**operation, "description": query.help}


def _operation_object(
    route: Route, name: str, summary: str, parameters: Sequence[Json], types: Iterable[str]
) -> Json:
    """An Operation Object of OpenAPI for a route, whose answers are in the media types `types`.

    `name` is its operation ID; `parameters` are Parameter Objects.
    """
    return {
        "operationId": name,
        "tags": [route.tag],
        "summary": summary,
        "parameters": parameters,
        "responses": _responses(route, {type: _media_type(route, type) for type in types}),
    }


def _post_operation(get_operation: Mapping[str, Any]) -> Json:
    """The POST operation of the SPARQL endpoint, made from its `get_operation`.

    The query, which is the first parameter there, is the body, or a field of a form. There are no
    redirects, and 415 is added.
    """
    query, *others = get_operation["parameters"]
    form = {
        "type": "object",
        "required": [query["name"]],
        "properties": {
            query["name"]: {**query["schema"], "description": "A query."},
            **{parameter["name"]: parameter["schema"] for parameter in others},
        },
    }
    text = {**query["schema"], "description": "A query; its graphs are in the address."}
    content = {QUERY: {"schema": text}, FORM: {"schema": form}}
    responses = {**get_operation["responses"], "415": _ref("responses", "415")}
    return {
        **get_operation,
        "operationId": f"{get_operation['operationId']}-post",
        "parameters": others,
        "responses": {key: value for key, value in responses.items() if not key.startswith("3")},
        "requestBody": {"required": True, "content": content},
    }


# ---- Responses


def _ref(sort: str, name: str) -> Json:
    """A reference to a component of the document; `sort` is such as ``schemas`` or ``headers``."""
    return {"$ref": f"#/components/{sort}/{name}"}


_ALWAYS = {"X-Request-Id": _ref("headers", "X-Request-Id")}
_PROBLEM = {MEDIA_TYPE: {"schema": _ref("schemas", "Problem")}, HTML: {}}


def _responses(route: Route, content: Mapping[str, Any]) -> Json:
    """The responses of a route by status, those that all routes have included.

    `content` has the Media Type Objects of status 200 by media type.
    """
    kept = ("ETag", "Last-Modified", "Cache-Control") if route.is_cached else ("Cache-Control",)
    about = ("Link", "Content-Profile") * route.has_profiles
    may_warn = route.name in ("sparql", "question") or DAY in route.parameters
    about += ("Allgraph-Warnings",) * may_warn
    responses: Json = {}
    for status in route.statuses:
        if status == 200:
            headers = {**_ALWAYS, **{name: _ref("headers", name) for name in (*kept, *about)}}
            headers |= {"Link": _TABLE["next"]} if route.name == "question" else {}
            answer = {"description": "The answer.", "headers": headers, "content": content}
            responses["200"] = answer
            responses["304"] = {"description": _STATUSES["304"], "headers": _ALWAYS}
        elif status < 400:
            responses[str(status)] = {
                "description": _STATUSES[str(status)],
                "headers": {**_ALWAYS, "Location": _ref("headers", "Location")},
                "content": {TEXT: {}},
            }
    if route.name == "sparql":
        responses["303"]["description"] = "A browser without a query goes to the page to write one."
    for status in sorted({*_EVERYWHERE, *route.statuses}):
        if status >= 400:
            responses[str(status)] = _ref("responses", str(status))
    return responses


def _media_type(route: Route, media_type: str) -> Json:
    """The Media Type Object of an answer: its schema, or empty for what is not JSON or not known.

    The schema ``object`` of a route is any JSON object; others are names among `_SCHEMAS`.
    """
    if route.kinds and media_type == "application/sparql-results+json":
        return {"schema": _ref("schemas", "Rows")}
    if not route.schema or not media_type.endswith("json"):
        return {}
    is_object = route.schema == "object"
    return {"schema": {"type": "object"} if is_object else _ref("schemas", route.schema)}


# ---- Parameters


def _route_parameter(parameter: RouteParameter, route: Route) -> Json:
    """The Parameter Object of a parameter of a route, in the path or the query."""
    place = "path" if f"{{{parameter.name}}}" in route.path else "query"
    schema = _parameter_schema(parameter)
    return _parameter_object(
        parameter.name, parameter.help, schema, place, required=parameter.required
    )


def _parameter_schema(parameter: RouteParameter) -> Json:
    """The JSON Schema of the value of a parameter of a route; an array if it may be repeated.

    Its `most` is the largest number for a ``whole``, and the number of values for an ``iri``.
    """
    item_schema: Json = {"type": "string", "maxLength": parameter.longest}
    if parameter.required:
        item_schema["minLength"] = 1
    if parameter.choices:
        item_schema = {"type": "string", "enum": list(parameter.choices)}
    elif parameter.type == "whole":
        item_schema = {"type": "integer", "minimum": parameter.least, "maximum": parameter.most}
    else:
        item_schema = _TYPES.get(parameter.type, item_schema)
    if not parameter.many:
        return item_schema
    most = {"maxItems": parameter.most} if parameter.type == "iri" else {}
    return {"type": "array", **most, "items": item_schema}


def _question_parameter(parameter: Parameter, example: Mapping[str, str]) -> Json:
    """The Parameter Object of a parameter of a question, for its query string.

    `example` has the values of an example of the question by parameter name; it may be empty.
    """
    schema = _TYPES.get(parameter.type, _TEXT)
    if parameter.choices:
        schema = {"type": "string", "enum": [*parameter.choices]}
    if parameter.default:
        schema = {**schema, "default": parameter.default}
    name = parameter.name.replace("_", "-")
    named = _parameter_object(name, parameter.help, schema, required=parameter.required)
    value = example.get(parameter.name)
    return {**named, "example": value} if value else named


def _profile_parameters(served: Served) -> list[Json]:
    """The Parameter Objects that choose a profile, in the query and in a header.

    Their example is the last profile of the graph. Reads the files of the profiles; raises
    `QueryError` if one is invalid.
    """
    known = {profile.name: profile.iri for profile in profiles.profiles(served.graph)}
    last = next(reversed(known))
    by_name = _parameter_object(
        "_profile",
        "The profile of the data, by its name or `<IRI>`, instead of Accept-Profile: "
        f"{', '.join(known)}; or `{LIST}` for a list of them, in JSON.",
        _TEXT,
    )
    by_iri = _parameter_object(
        "Accept-Profile",
        "The IRIs of profiles in angle brackets, with weights as Accept has them.",
        _TEXT,
        "header",
    )
    return [{**by_name, "example": last}, {**by_iri, "example": f"<{known[last]}>"}]


def _format_parameter(types: Sequence[str]) -> Json:
    """The Parameter Object of ``format``, whose values are the media types and their names."""
    names = {HTML: "html", TEXT: "text", JSON: "json", GRAPHML: "graphml"}
    for format in formats.FORMATS:
        names.setdefault(format.essence, format.name)
    offered = [*(names[type] for type in types if type in names), *types]
    schema = {"type": "string", "enum": [*dict.fromkeys(offered)]}
    return _parameter_object(
        "format", "The format, by its name or media type, instead of Accept.", schema
    )


def _essences(types: Iterable[str]) -> list[str]:
    """Media types without their parameters, each once."""
    return [*dict.fromkeys(type.partition(";")[0] for type in types)]


def _parameter_object(
    name: str, help: str, schema: Mapping[str, Any], place: str = "query", *, required: bool = False
) -> Json:
    """The Parameter Object of a parameter; `place` is path, query or header."""
    named = {"name": name, "in": place, "required": required}
    return {**named, "description": help, "schema": schema}
