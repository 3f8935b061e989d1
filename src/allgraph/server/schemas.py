"""JSON Schemas of the answers of a server, read from ``schemas.toml``, and those of questions.

>>> SCHEMAS["Reason"]["properties"]["rule"], SCHEMAS["Hub"]["required"]
({'type': 'string'}, ['thing', 'name', 'ties'])
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from allgraph.server.http.problems import SORTS, TYPES
from allgraph.sparql.questions import Query

Json = dict[str, Any]
_PLAIN = ("string", "integer", "number", "boolean", "null", "object")
_INCLUDED, _ABOUT = "<", "_"
_TABLE = tomllib.loads(Path(__file__).with_name("schemas.toml").read_text(encoding="utf-8"))


def ref(name: str, sort: str = "schemas") -> Json:
    """Return a reference to a component of the document; `sort` is such as ``headers``."""
    return {"$ref": f"#/components/{sort}/{name}"}


def schema(type: str) -> Json:
    """Return the JSON Schema of a type that is written as in TypeScript.

    >>> schema("string | null"), schema("Claim[]")["items"], schema("'a' | 'b'")
    ({'type': ['string', 'null']}, {'$ref': '#/components/schemas/Claim'}, \
{'type': 'string', 'enum': ['a', 'b']})
    """
    parts = type.split(" | ")
    if len(parts) == 1:
        if type.endswith("[]"):
            return {"type": "array", "items": schema(type.removesuffix("[]"))}
        if not type.startswith("'"):
            return {"type": type} if type in _PLAIN else ref(type)
    if all(part in _PLAIN for part in parts):
        return {"type": parts}
    if all(part.startswith("'") for part in parts):
        return {"type": "string", "enum": [part.strip("'") for part in parts]}
    return {"anyOf": [schema(part) for part in parts]}


def structure(fields: Mapping[str, Json], about: str = "") -> Json:
    """Return the JSON Schema of an object with some fields; a name that ends in ``?`` is optional.

    `about` is its description.
    """
    required = [name for name in fields if not name.endswith("?")]
    return {
        **({"description": about} if about else {}),
        "type": "object",
        **({"required": required} if required else {}),
        "properties": {name.removesuffix("?"): field for name, field in fields.items()},
    }


def _fields(name: str) -> Iterator[tuple[str, Json]]:
    """Yield the fields of a table of ``schemas.toml``, those of an included table too."""
    for field, value in _TABLE[name].items():
        if field == _INCLUDED:
            yield from _fields(value)
        elif field != _ABOUT:
            type, about = (value, "") if isinstance(value, str) else value
            described = {"description": about} if about else {}
            yield field, {**described, **schema(type)}


def _component(name: str) -> Json:
    """Return the JSON Schema of a table of ``schemas.toml``."""
    about = _TABLE[name][_ABOUT]
    if isinstance(about, str):
        return structure(dict(_fields(name)), about)
    return {"description": about[0], **schema(about[1])}


def rows(row: Json, about: str) -> Json:
    """Return the schema of SPARQL 1.1 Query Results JSON, whose rows have the schema `row`."""
    bindings: Json = {"type": "array", "items": row}
    return structure({"head": ref("Head"), "results": structure({"bindings": bindings})}, about)


SCHEMAS: Mapping[str, Json] = {
    **{name: _component(name) for name in _TABLE},
    "Row": {
        "description": "The term for each variable that has one.",
        "type": "object",
        "additionalProperties": ref("Term"),
    },
    "Rows": structure(
        {
            "head": ref("Head"),
            "results?": structure({"bindings": {"type": "array", "items": ref("Row")}}),
            "boolean?": {"type": "boolean"},
        },
        "Rows, or yes or no (SPARQL 1.1 Query Results JSON Format).",
    ),
    "JsonLdObject": {"description": "A JSON-LD object.", **schema("object")},
    "JsonLd": {
        "description": "Triples in JSON-LD.",
        "anyOf": [schema("JsonLdObject"), schema("JsonLdObject[]")],
    },
    "ProblemType": {
        "description": "The sort of a problem.",
        "type": "string",
        "enum": ["about:blank", *(TYPES + sort for sort in SORTS)],
    },
}
"""The schemas that are the same for every graph, by name."""


def names(queries: Sequence[Query]) -> dict[str, str]:
    """Return names for the schemas of questions, by the names of these: ``FoundersOf``, say.

    A name that another question has too gets a number.
    """
    taken: dict[str, str] = {}
    for query in queries:
        words = re.split("[^0-9A-Za-z]+", query.name)
        name = "".join(word[:1].upper() + word[1:] for word in words) or "Question"
        others = {other.lower() for other in taken.values()}
        number = len(taken) if name.lower() in others else ""
        taken[query.name] = f"{name}{number}"
    return taken


def of_question(query: Query, name: str) -> dict[str, Json]:
    """Return the schemas of the answers to a question with rows, by their names.

    They begin with `name`: that of a row, of the rows, of a row with the claims that it cites, and
    of these. There are none for a question whose answer is triples.
    """
    if not query.columns:
        return {}
    columns = dict.fromkeys(query.columns)
    cells = {f"{column}?": ref("Term") for column in {**columns, "withdrawn": None}}
    texts = {column: schema("string | null") for column in columns}
    if "withdrawn" not in columns:
        texts["withdrawn?"] = schema("string | null")
    cited = {"values": structure(texts), "claims": schema("Claim[]")}
    answer = {
        "columns": schema("string[]"),
        "rows": schema(f"{name}Cited[]"),
        "certainty?": ref("CertaintyCounts"),
        "complete": schema("boolean"),
        "limits?": schema("string[]"),
        "next?": schema("string"),
    }
    about = f"the answer to {query.name}"
    return {
        f"{name}Row": structure(cells, f"A row of {about}."),
        f"{name}Rows": rows(ref(f"{name}Row"), f"The rows of {about}."),
        f"{name}Cited": structure(cited, f"A row of {about}, and the claims that it cites."),
        f"{name}Answer": structure(answer, f"The rows of {about}, each with its claims."),
    }
