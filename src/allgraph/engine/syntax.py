"""The parser's complaints about SPARQL, in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from allgraph.errors import QueryError
from allgraph.tokens import Token, line_of, tokens

_PLACE = re.compile(r"error at (\d+):(\d+): ")
_DECLARED = re.compile(r"PREFIX\s+([^\s:]*):", re.IGNORECASE)


def syntax_error(message: str, sparql: str, prefixes: Mapping[str, str]) -> QueryError:
    """The engine's complaint about a text: where, what, and the likely cause.

    >>> str(syntax_error("error at 1:9: expected OPTIONAL", "ASK { ex:a ?p ?o }", {}))
    'line 1, column 7: the prefix “ex:” is not declared'
    """
    stray = _undeclared(sparql, prefixes)
    if stray is not None:
        column = stray.start - (sparql.rfind("\n", 0, stray.start) + 1) + 1
        line = line_of(sparql, stray.start)
        prefix = stray.text.partition(":")[0]
        return _at(line, column, f"the prefix “{prefix}:” is not declared")
    match = _PLACE.match(message)
    if match is None:
        return QueryError(f"this is not a SPARQL query: {message}")
    return _at(int(match[1]), int(match[2]), f"not SPARQL here; {message[match.end() :]}")


def _at(line: int, column: int, message: str) -> QueryError:
    return QueryError(f"line {line}, column {column}: {message}")


def _undeclared(sparql: str, prefixes: Mapping[str, str]) -> Token | None:
    known = {*prefixes, *_DECLARED.findall(sparql), "_"}
    names = (token for token in tokens(sparql) if token.kind == "name")
    return next((name for name in names if name.text.partition(":")[0] not in known), None)
