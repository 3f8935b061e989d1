"""The OpenAPI 3.1 document of a server, made of the table of routes and the questions.

What is the same for every graph is in ``openapi.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import shorten
from typing import Any

from allgraph.errors import VERSION
from allgraph.linkeddata import profiles, routes
from allgraph.linkeddata.profiles import LIST
from allgraph.linkeddata.routes import (
    CURSOR,
    DAY,
    GRAPHML,
    HTML,
    JSON,
    LONGEST,
    SORT,
    TEXT,
    WHERE,
    Route,
    RouteParameter,
)
from allgraph.rdf import formats
from allgraph.rdf.formats import Kind
from allgraph.server.http.negotiation import media_types
from allgraph.server.http.problems import MEDIA_TYPE
from allgraph.server.http.sparql_protocol import FORM, QUERY
from allgraph.server.schemas import SCHEMAS, Json, names, of_question, ref, schema, structure
from allgraph.server.state import Served
from allgraph.sparql.questions import Parameter, Query

_TABLE = tomllib.loads(Path(__file__).with_name("openapi.toml").read_text(encoding="utf-8"))
_STATUSES: Mapping[str, str] = _TABLE["statuses"]
_EVERYWHERE = (400, 405, 406, 408, 414, 429, 431, 500, 502, 503)
_LONGEST_TITLE = 60
_SPARQL_FORM = "SparqlForm"
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
            "title": short_title(folder.title),
            "version": folder.version or VERSION,
            "description": folder.description or folder.title,
            **({"license": {"name": folder.licence}} if folder.licence else {}),
        },
        "servers": [{"url": served.home.rstrip("/") or "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TABLE["tags"].items()],
        "paths": dict(_paths(served)),
        "components": {
            "schemas": {
                **SCHEMAS,
                _SPARQL_FORM: _sparql_form(_operation(routes.BY_NAME["sparql"], ())),
                **_FORMATS_OF_QUESTIONS,
                **_question_schemas(served),
            },
            "headers": _TABLE["headers"],
            "responses": {
                status: {"description": text, "headers": _ALWAYS, "content": _PROBLEM}
                for status, text in _STATUSES.items()
                if status >= "400"
            },
        },
    }


def short_title(title: str) -> str:
    """Return a title of at most `_LONGEST_TITLE` characters, from which clients make their names.

    A longer one ends at its first comma, colon or dash, or else at a word.

    >>> short_title("The Model Alliance, the New York child model law and the RESPECT Program")
    'The Model Alliance'
    """
    if len(title) <= _LONGEST_TITLE:
        return title
    part = re.split(r"[,;:.]\s| [–—-] ", title)[0]
    return shorten(part, _LONGEST_TITLE, placeholder="…")


def _question_schemas(served: Served) -> Json:
    """Return the schemas of the answers to all questions, by name."""
    queries = served.graph.queries
    schemas: Json = {}
    for question, name in names([*queries.values()]).items():
        schemas |= of_question(queries[question], name)
    return schemas


def _paths(served: Served) -> Iterator[tuple[str, Json]]:
    """Yield the path and operations, by method, of each route that has a tag.

    In place of the route ``question`` each question has its own path.
    """
    profile_parameters = _profile_parameters(served)
    queries = [*served.graph.queries.values()]
    schema_names = names(queries)
    for route in routes.ROUTES:
        if route.name == "question":
            for query in queries:
                operation = _question(route, query, schema_names[query.name])
                yield route.path.format(question=query.name), {"get": operation}
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
    types = _essences([*([JSON] if route.kinds else []), *route.types, *kinds])
    parameters = [_route_parameter(parameter, route) for parameter in route.parameters]
    if route.is_negotiated:
        parameters.append(_format_parameter(types))
    if route.has_profiles:
        parameters += profile_parameters
        types = [*types, JSON]  # which a list of profiles is in
    content = {type: _media_type(route, type) for type in types}
    return _operation_object(route, route.name, route.summary, parameters, content)


def _question(route: Route, query: Query, name: str) -> Json:
    """The GET operation of the path of a question; `route` is that of all questions.

    The parameters are those of the query, with values of its first example, and those of the route.
    `name` begins the names of its schemas.
    """
    example = query.examples[0] if query.examples else {}
    kind: Kind = "rows" if query.columns else "triples"
    types = _types_of_questions(kind)
    _, *common = route.parameters  # the first is the name of the question
    own = {parameter.name for parameter in query.parameters}
    parameters = [
        *(_question_parameter(parameter, example) for parameter in query.parameters),
        *(
            _common_parameter(parameter, route, query)
            for parameter in common
            if parameter.name not in own
        ),
        _parameter_object("format", _FORMAT, ref(_FORMAT_NAMES[kind])),
    ]
    content = {type: _media_type(route, type, name * bool(query.columns)) for type in types}
    operation = _operation_object(route, f"ask-{query.name}", query.title, parameters, content)
    return {**operation, "description": query.help}


def _operation_object(
    route: Route,
    name: str,
    summary: str,
    parameters: Sequence[Json],
    content: Mapping[str, Json],
) -> Json:
    """An Operation Object of OpenAPI for a route, whose answers are in the types of `content`.

    The words of `name` make its operation ID; `parameters` are Parameter Objects.
    """
    first, *others = re.split("[^0-9A-Za-z]+", name)
    return {
        "operationId": first + "".join(word[:1].upper() + word[1:] for word in others),
        "tags": [route.tag],
        "summary": summary,
        "parameters": parameters,
        "responses": _responses(route, content),
    }


def _post_operation(get_operation: Mapping[str, Any]) -> Json:
    """The POST operation of the SPARQL endpoint, made from its `get_operation`.

    The query, which is the first parameter there, is a field of a form, or the body. There are no
    redirects, and 415 is added.
    """
    _, *others = get_operation["parameters"]
    about = "A query, in UTF-8; its graphs are in the address."
    text = {"type": "string", "format": "binary", "description": about}
    content = {FORM: {"schema": ref(_SPARQL_FORM)}, QUERY: {"schema": text}}
    responses = {**get_operation["responses"], "415": ref("415", "responses")}
    return {
        **get_operation,
        "operationId": f"{get_operation['operationId']}Post",
        "parameters": others,
        "responses": {key: value for key, value in responses.items() if not key.startswith("3")},
        "requestBody": {"required": True, "content": content},
    }


def _sparql_form(get_operation: Mapping[str, Any]) -> Json:
    """The schema of the form of the SPARQL endpoint, with the parameters of its `get_operation`."""
    query, *others = get_operation["parameters"]
    fields = {query["name"]: {**query["schema"], "description": "A query."}}
    fields |= {f"{parameter['name']}?": parameter["schema"] for parameter in others}
    return structure(fields, "A SPARQL query, and the graphs that it is about.")


# ---- Responses


_STRING: Json = {"schema": {"type": "string"}}
_ALWAYS = {"X-Request-Id": ref("X-Request-Id", "headers")}
_PROBLEM = {MEDIA_TYPE: {"schema": ref("Problem")}, HTML: _STRING}


def _responses(route: Route, content: Mapping[str, Any]) -> Json:
    """The responses of a route by status, those that all routes have included.

    `content` has the Media Type Objects of status 200 by media type.
    """
    kept = ("ETag", "Last-Modified", "Cache-Control") if route.is_cached else ("Cache-Control",)
    about = ("Link", "Content-Profile") * route.has_profiles
    may_warn = route.name == "sparql" or not {CURSOR, DAY}.isdisjoint(route.parameters)
    about += ("Allgraph-Warnings",) * may_warn
    responses: Json = {}
    for status in route.statuses:
        if status == 200:
            headers = {**_ALWAYS, **{name: ref(name, "headers") for name in (*kept, *about)}}
            headers |= {"Link": _TABLE["next"]} if CURSOR in route.parameters else {}
            answer = {"description": "The answer.", "headers": headers, "content": content}
            responses["200"] = answer
        elif status < 400:
            responses[str(status)] = {
                "description": _STATUSES[str(status)],
                "headers": {**_ALWAYS, "Location": ref("Location", "headers")},
                "content": {TEXT: _STRING},
            }
    if route.name == "sparql":
        responses["303"]["description"] = (
            "A browser that sends no query is redirected to the page for writing one."
        )
    for status in sorted({*_EVERYWHERE, *route.statuses}):
        if status >= 400:
            responses[str(status)] = ref(str(status), "responses")
    return responses


def _media_type(route: Route, media_type: str, question: str = "") -> Json:
    """The Media Type Object of an answer: its schema, a text where it is not JSON.

    `question` begins the names of the schemas of a question whose answer is rows. The schema of a
    route is ``object``, any JSON object, or a name among `SCHEMAS`; without one it is of rows.
    """
    if not media_type.endswith("json"):
        return _STRING
    if media_type == "application/ld+json":
        return {"schema": ref("JsonLd")}
    if route.has_profiles:
        return {"schema": ref("Profiles")}
    if not route.kinds:
        return {"schema": schema(route.schema or "Rows")}
    name = f"{question}Rows" if question or route.name == "sparql" else "JsonLd"
    if media_type != JSON:
        return {"schema": ref(name)}
    other = f"{question}Answer" if question else "JsonLd"
    return {"schema": {"anyOf": [*map(ref, dict.fromkeys((name, other)))]}}


# ---- Parameters


def _route_parameter(parameter: RouteParameter, route: Route) -> Json:
    """The Parameter Object of a parameter of a route, in the path or the query."""
    place = "path" if f"{{{parameter.name}}}" in route.path else "query"
    schema = _parameter_schema(parameter)
    return _parameter_object(
        parameter.name, parameter.help, schema, place, required=parameter.required
    )


def _common_parameter(parameter: RouteParameter, route: Route, query: Query) -> Json:
    """The Parameter Object of a parameter of all questions; one about columns names them."""
    if parameter in (SORT, WHERE) and query.columns:
        columns = f"{parameter.help} Columns: {', '.join(query.columns)}."
        parameter = replace(parameter, help=columns)
    return _route_parameter(parameter, route)


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
    """The Parameter Object of ``format``, whose values are the names of media types."""
    return _parameter_object("format", _FORMAT, _format_schema(types))


def _format_schema(types: Sequence[str]) -> Json:
    """The JSON Schema of the names of media types, each once."""
    names = {HTML: "html", TEXT: "text", JSON: "json", GRAPHML: "graphml"}
    for format in formats.FORMATS:
        names.setdefault(format.essence, format.name)
    return {"type": "string", "enum": [*dict.fromkeys(names[t] for t in types if t in names)]}


def _essences(types: Iterable[str]) -> list[str]:
    """Media types without their parameters, each once."""
    return [*dict.fromkeys(type.partition(";")[0] for type in types)]


def _parameter_object(
    name: str, help: str, schema: Mapping[str, Any], place: str = "query", *, required: bool = False
) -> Json:
    """The Parameter Object of a parameter; `place` is path, query or header.

    The schema has its description too, for generators that read that alone.
    """
    named = {"name": name, "in": place, "required": required}
    described = {} if "$ref" in schema or "description" in schema else {"description": help}
    return {**named, "description": help, "schema": {**schema, **described}}


# ---- Formats of questions


_FORMAT = "The format, by its name, instead of Accept; a suffix or a media type is taken too."
_FORMAT_NAMES: Mapping[Kind, str] = {"rows": "RowsFormat", "triples": "TriplesFormat"}


def _types_of_questions(kind: Kind) -> list[str]:
    """The media types of answers of a kind, JSON first, as some clients read the first alone."""
    return _essences([JSON, *media_types(kind), *routes.BY_NAME["question"].types])


_FORMATS_OF_QUESTIONS = {
    name: _format_schema(_types_of_questions(kind)) for kind, name in _FORMAT_NAMES.items()
}
"""The schemas of ``format`` for questions, by name."""
