"""Syntax errors of SPARQL queries, with line, column and likely cause."""

from __future__ import annotations

import re
from collections.abc import Mapping

from allgraph.errors import QueryError
from allgraph.sparql.tokens import line_of, tokens

_PLACE = re.compile(r"error at (\d+):(\d+): ")
_DECLARED = re.compile(r"PREFIX\s+([^\s:]*):", re.IGNORECASE)


def syntax_error(
    message: str, sparql: str, prefixes: Mapping[str, str], path: str | None = None
) -> QueryError:
    """Return, for the caller to raise, an error for the message of pyoxigraph about a query.

    A prefix that is not declared is reported instead, if there is one. `_PLACE` finds line and
    column in `message`. `path` is the file of the query, for the error.

    >>> str(syntax_error("error at 1:9: expected OPTIONAL", "ASK { ex:a ?p ?o }", {}))
    'line 1, column 7: the prefix “ex:” is not declared'
    """
    error = undeclared(sparql, prefixes, path)
    if error is not None:
        return error
    message = " ".join(message.split())
    match = _PLACE.match(message)
    if match is None:
        return QueryError(f"this is not a SPARQL query: {message}", path=path)
    return _at(int(match[1]), int(match[2]), f"not SPARQL here; {message[match.end() :]}", path)


def undeclared(
    sparql: str, prefixes: Mapping[str, str], path: str | None = None
) -> QueryError | None:
    """Return, not raise, an error for the first prefix that is used but declared nowhere.

    Declared are `prefixes` and those of the PREFIX lines. ``None`` when all prefixes are. `path` is
    the file of the query, for the error.
    """
    declared = {*prefixes, *_DECLARED.findall(sparql), "_"}
    for token in tokens(sparql):
        prefix = token.text.partition(":")[0]
        if token.kind == "name" and prefix not in declared:
            column = token.start - sparql.rfind("\n", 0, token.start)
            message = f"the prefix “{prefix}:” is not declared"
            return _at(line_of(sparql, token.start), column, message, path)
    return None


def _at(line: int, column: int, message: str, path: str | None) -> QueryError:
    """Return, not raise, an error with its line and column, and its file if `path` is given."""
    if path is None:
        return QueryError(f"line {line}, column {column}: {message}")
    return QueryError(f"column {column}: {message}", path=path, line=line)
