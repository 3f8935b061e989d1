"""Differences of SPARQL engines from the standard and from each other.

Virtuoso answers yes or no in a column, has an old name for typed literals, writes booleans as
numbers, marks a partial answer by a header, and gets some questions wrong.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from allgraph.errors import EngineError
from allgraph.rdf.terms import XSD
from allgraph.sparql.tokens import tokens, without_space

if TYPE_CHECKING:
    from email.message import Message

LITERALS = ("literal", "typed-literal")
"""The names of a literal in JSON; the second is older than SPARQL 1.1, and Virtuoso's."""
YES_OR_NO = "__ASK_RETVAL"
"""The column in which Virtuoso answers yes (1) or no (0)."""

_PATHS = (
    ("/query", "/store", "/update"),  # Oxigraph
    ("/query", "/data", "/update"),  # Fuseki
    ("/sparql", "/data", "/update"),  # Fuseki
    ("/query", "", "/update"),  # Stardog
    ("/sparql-auth", "/sparql-graph-crud-auth", "/sparql-auth"),  # Virtuoso
    ("/sparql", "/sparql-graph-crud-auth", "/sparql-auth"),  # Virtuoso
    ("/sparql", "/sparql/gsp/", "/sparql"),  # Neptune
    ("", "/rdf-graphs/service", "/statements"),  # GraphDB, RDF4J
)
"""Ends of paths: where an engine takes queries, triples and updates."""

PARTIAL = "gave only a part of its answer, by limits of its own; ask for less, such as with LIMIT"
_WRONG = re.compile(r"#\s*Wrong on (\w+):\s*(.*)")


def lexical(value: str, datatype: str | None) -> str:
    """Return the text of a literal; of an ``xsd:boolean`` ``1`` or ``0`` as ``true`` or ``false``.

    `datatype` is an IRI, ``None`` for a plain literal. Virtuoso writes booleans as numbers.

    >>> lexical("1", XSD + "boolean"), lexical("1", XSD + "integer")
    ('true', '1')
    """
    if datatype == XSD + "boolean":
        return {"1": "true", "0": "false"}.get(value, value)
    return value


def refuse_partial(headers: Message, rows: int, sparql: str) -> None:
    """Raise `EngineError` when an answer is, or may be, only a part of the whole.

    `headers` are those of the reply, `rows` is the number of rows in it; `sparql` is the query. An
    answer is whole if it has as many rows as the LIMIT of the query itself. Without headers of
    Virtuoso, nothing is raised.
    """
    if "X-SPARQL-Anytime" in headers:
        raise EngineError(PARTIAL)
    most = headers.get("X-SPARQL-MaxRows", "")[:9]
    if not (most.isascii() and most.isdecimal()) or rows < int(most):
        return
    limit = _limit(sparql)
    if limit is None or limit > rows:
        raise EngineError(
            f"gives at most {most} rows, and may have more; ask for less, with LIMIT {most}"
        )


def refuse_wrong(headers: Message, sparql: str) -> None:
    """Raise `EngineError` when a comment ``# Wrong on ENGINE: why`` in a query names this engine.

    The engine is known by the header ``Server`` among `headers`, those of its reply. The message of
    the error is to follow the name of the endpoint.
    """
    if "# Wrong on " not in sparql:
        return
    server = headers.get("Server", "").partition("/")[0].lower()
    for line in sparql.splitlines():
        match = _WRONG.match(line)
        if match and match[1].lower() == server:
            raise EngineError(
                f"is {match[1]}, which gets this question wrong ({match[2].rstrip('.')}); ask it "
                "of another engine, or open the graph from its folder"
            )


def writing_paths(path: str) -> tuple[list[str], list[str]]:
    """Return the paths at which an engine may take triples, and those for updates, likely first.

    They are guessed from the `path` at which it takes queries; nothing is requested. `_PATHS` has
    ends of the paths of known engines: for queries, for triples, for updates.

    >>> writing_paths("/ds/query")
    (['/ds/store', '/ds/data', '/ds'], ['/ds/update', '/ds/query'])
    >>> writing_paths("/repositories/x")
    (['/repositories/x/rdf-graphs/service'], ['/repositories/x/statements', '/repositories/x'])
    """
    path = path.rstrip("/")
    fitting = [ends for ends in _PATHS if ends[0] and path.endswith(ends[0])] or [_PATHS[-1]]
    stems = [(path.removesuffix(end), store, update) for end, store, update in fitting]
    stores = dict.fromkeys(stem + store for stem, store, _ in stems)
    updates = dict.fromkeys([*(stem + update for stem, _, update in stems), path or "/"])
    return [*stores], [*updates]


def _limit(sparql: str) -> int | None:
    """Return the LIMIT of the outermost query, not of a subquery; ``None`` without one.

    >>> _limit("SELECT * { { SELECT * { ?s ?p ?o } LIMIT 5 } } LIMIT 10"), _limit("ASK {}")
    (10, None)
    """
    depth, limit, previous_word = 0, None, ""
    for token in without_space(tokens(sparql)):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and previous_word == "LIMIT" and token.kind == "number":
            limit = int(token.text) if token.text.isdecimal() else None
        previous_word = token.text.upper()
    return limit
