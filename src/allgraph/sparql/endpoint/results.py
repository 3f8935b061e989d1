"""Answers of endpoints: parse JSON for rows and yes or no, and Turtle for triples.

JSON is parsed here and not by pyoxigraph, which crashes on deeply nested terms and refuses the
labels that Virtuoso gives to blank nodes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pyoxigraph import BaseDirection, BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from allgraph.rdf.terms import Prefixes, Term
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.endpoint import dialects

T = TypeVar("T")

_DEEPEST = 200  # levels of triples within triples
_NO = Literal(0)  # how Virtuoso answers no
_BRACKETS = re.compile(  # << and >>; and IRIs, comments and strings, in which they do not count
    rb"""
    (?P<bracket><<|>>) | <[^<>"{}|^`\\\s]*> | \\. | \#[^\r\n]*
  | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
  | \"(?:[^"\\\r\n]|\\.)*\" | '(?:[^'\\\r\n]|\\.)*'
    """,
    re.VERBOSE | re.DOTALL,
)


def read_json(body: bytes, prefixes: Prefixes) -> Answer:
    """Parse rows, or yes or no, from SPARQL 1.1 Query Results JSON.

    Blank nodes are labelled ``b0``, ``b1`` and so on. Raises `ValueError` for any other body.

    >>> read_json(b'{"head": {}, "boolean": true}', Prefixes()).value
    True
    """
    import json

    try:
        document = json.loads(body)
        if "boolean" in document:
            return Answer(value=_checked(document["boolean"], bool), prefixes=prefixes)
        columns = tuple(_checked(name, str) for name in document["head"]["vars"])
        labels: dict[str, BlankNode] = {}
        rows = tuple(
            Row((name, _term(row[name], labels) if name in row else None) for name in columns)
            for row in document["results"]["bindings"]
        )
        if columns == (dialects.YES_OR_NO,):  # the answer of Virtuoso to ASK; `_NO` is 0
            return Answer(value=rows[0][dialects.YES_OR_NO] != _NO, prefixes=prefixes)
    except (LookupError, TypeError, AttributeError):
        raise ValueError("it is not in a format of SPARQL results") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return Answer(columns=columns, rows=rows, prefixes=prefixes)


def read_triples(body: bytes, format: RdfFormat, base: str, prefixes: Prefixes) -> Answer:
    """Parse triples from Turtle or N-Triples, with relative IRIs against `base`.

    Raises `ValueError` when the body is invalid or nested too deeply for the parser.

    >>> len(read_triples(b"<a> <b> 'c' .", RdfFormat.TURTLE, "http://x/", Prefixes()))
    1
    """
    if _is_deep(body):
        raise ValueError("it is nested too deeply")
    try:
        triples = tuple(quad.triple for quad in parse(body, format=format, base_iri=base))
    except SyntaxError as error:
        raise ValueError(str(error)) from None
    return Answer(triples=triples, prefixes=prefixes)


def _term(cell: Mapping[str, Any], labels: dict[str, BlankNode]) -> Term:
    """Return the term of a cell of SPARQL results JSON.

    Raises `TypeError`, `LookupError` or `ValueError` for an invalid cell.
    `labels` has the blank nodes of the answer by their labels in the JSON; new ones are added.
    """
    kind = cell["type"]
    if kind == "triple":
        parts = (_term(cell["value"][part], labels) for part in ("subject", "predicate", "object"))
        return Triple(*parts)  # type: ignore[arg-type]
    value = _checked(cell["value"], str)
    if kind == "uri":
        return NamedNode(value)
    if kind == "bnode":
        return labels.setdefault(value, BlankNode(f"b{len(labels)}"))
    if kind not in dialects.LITERALS:
        raise TypeError
    if "xml:lang" in cell:
        direction = BaseDirection(cell["its:dir"]) if "its:dir" in cell else None
        return Literal(value, language=cell["xml:lang"], direction=direction)
    datatype = cell.get("datatype")
    value = dialects.lexical(value, datatype)
    return Literal(value, datatype=NamedNode(datatype) if datatype else None)


def _checked(value: object, kind: type[T]) -> T:
    """Return the value itself if it is of the type `kind`, else raise `TypeError`."""
    if not isinstance(value, kind):
        raise TypeError
    return value


def _is_deep(body: bytes) -> bool:
    """Return True if quoted triples are nested so deep that the parser would crash (`_DEEPEST`).

    `_BRACKETS` matches ``<<`` and ``>>`` (the group ``bracket``), and whole IRIs, comments and
    strings, which are skipped.
    """
    if body.count(b"<<") <= _DEEPEST:
        return False
    depth = deepest = 0
    for match in _BRACKETS.finditer(body):
        if match["bracket"]:
            depth = depth + 1 if match["bracket"] == b"<<" else max(depth - 1, 0)
            deepest = max(deepest, depth)
    return deepest > _DEEPEST
