"""In what engines differ from the standard, and from each other, as far as it matters here.

Virtuoso says yes and no in a column, calls typed literals by an old name, writes booleans as
numbers, gives a part of an answer with a header that says so, and gets some questions wrong.
"""

from __future__ import annotations

import re
from email.message import Message

from allgraph.rdf.terms import XSD
from allgraph.sparql.tokens import tokens

LITERALS = ("literal", "typed-literal")
"""What JSON calls a literal; the second is from before SPARQL 1.1, and Virtuoso's."""
YES_OR_NO = "__ASK_RETVAL"
"""The column in which Virtuoso says yes (1) or no (0)."""

DOORS = (
    ("/query", "/store", "/update"),  # Oxigraph
    ("/query", "/data", "/update"),  # Fuseki
    ("/sparql", "/data", "/update"),  # Fuseki
    ("/query", "", "/update"),  # Stardog
    ("/sparql-auth", "/sparql-graph-crud-auth", "/sparql-auth"),  # Virtuoso
    ("/sparql", "/sparql-graph-crud-auth", "/sparql-auth"),  # Virtuoso
    ("/sparql", "/sparql/gsp/", "/sparql"),  # Neptune
    ("", "/rdf-graphs/service", "/statements"),  # GraphDB, RDF4J
)
"""Ends of paths: where an engine is asked, and where it takes triples and updates."""

PART = "gave only a part of its answer, by limits of its own; ask for less, such as with LIMIT"
_WRONG = re.compile(r"#\s*Wrong on (\w+):\s*(.*)")


def lexical(value: str, datatype: str | None) -> str:
    """The text of a literal, that of a boolean in its usual form; Virtuoso writes 1 and 0.

    >>> lexical("1", XSD + "boolean"), lexical("1", XSD + "integer")
    ('true', '1')
    """
    if datatype == XSD + "boolean":
        return {"1": "true", "0": "false"}.get(value, value)
    return value


def shortened(headers: Message, rows: int, sparql: str) -> str | None:
    """What is to be said when an answer of so many rows is, or may be, only a part.

    When a query has a LIMIT of its own that is no more than what came, all has come.
    """
    if "X-SPARQL-Anytime" in headers:
        return PART
    most = headers.get("X-SPARQL-MaxRows", "")[:9]
    if not (most.isascii() and most.isdecimal()) or rows < int(most):
        return None
    limit = _limit(sparql)
    if limit is not None and limit <= rows:
        return None
    return f"gives at most {most} rows, and may have more; ask for less, with LIMIT {most}"


def wrong(headers: Message, sparql: str) -> str | None:
    """Why an engine is not to be trusted with a question, as a comment in the question says."""
    if "# Wrong on " not in sparql:
        return None
    said = headers.get("Server", "").partition("/")[0].lower()
    for line in sparql.splitlines():
        match = _WRONG.match(line)
        if match and match[1].lower() == said:
            return (
                f"is {match[1]}, which gets this question wrong ({match[2].rstrip('.')}); ask it "
                "of another engine, or open the graph from its folder"
            )
    return None


def doors(path: str) -> tuple[list[str], list[str]]:
    """The paths at which engines take triples, and updates, that are asked at a path.

    >>> doors("/ds/query")
    (['/ds/store', '/ds/data', '/ds'], ['/ds/update', '/ds/query'])
    >>> doors("/repositories/x")
    (['/repositories/x/rdf-graphs/service'], ['/repositories/x/statements', '/repositories/x'])
    """
    plain = path.rstrip("/")
    found = [door for door in DOORS if door[0] and plain.endswith(door[0])] or [DOORS[-1]]
    stems = [(plain.removesuffix(end), store, update) for end, store, update in found]
    stores = dict.fromkeys(stem + store for stem, store, _ in stems)
    updates = dict.fromkeys([*(stem + update for stem, _, update in stems), plain or "/"])
    return [*stores], [*updates]


def _limit(sparql: str) -> int | None:
    """The LIMIT of a query itself, if it has one.

    >>> _limit("SELECT * { { SELECT * { ?s ?p ?o } LIMIT 5 } } LIMIT 10"), _limit("ASK {}")
    (10, None)
    """
    depth, found, before = 0, None, ""
    for token in tokens(sparql):
        if token.kind in ("space", "comment"):
            continue
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and before == "LIMIT" and token.kind == "number":
            found = int(token.text) if token.text.isdecimal() else None
        before = token.text.upper()
    return found
