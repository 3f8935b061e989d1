"""The parser's complaints about SPARQL, in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from allgraph.errors import QueryError
from allgraph.sparql.tokens import Token, line_of, tokens

_PLACE = re.compile(r"error at (\d+):(\d+): ")
_DECLARED = re.compile(r"PREFIX\s+([^\s:]*):", re.IGNORECASE)


def syntax_error(
    message: str, sparql: str, prefixes: Mapping[str, str], path: str | None = None
) -> QueryError:
    """The engine's complaint about a text, or the file at `path`: where, what, the likely cause.

    >>> str(syntax_error("error at 1:9: expected OPTIONAL", "ASK { ex:a ?p ?o }", {}))
    'line 1, column 7: the prefix “ex:” is not declared'
    """
    stray = undeclared(sparql, prefixes, path)
    if stray is not None:
        return stray
    message = " ".join(message.split())
    match = _PLACE.match(message)
    if match is None:
        return QueryError(f"this is not a SPARQL query: {message}", path=path)
    return _at(int(match[1]), int(match[2]), f"not SPARQL here; {message[match.end() :]}", path)


def undeclared(
    sparql: str, prefixes: Mapping[str, str], path: str | None = None
) -> QueryError | None:
    """What to say of the first prefix that a text uses and nobody declared, if there is one."""
    stray = _stray(sparql, prefixes)
    if stray is None:
        return None
    column = stray.start - (sparql.rfind("\n", 0, stray.start) + 1) + 1
    prefix = stray.text.partition(":")[0]
    message = f"the prefix “{prefix}:” is not declared"
    return _at(line_of(sparql, stray.start), column, message, path)


def _at(line: int, column: int, message: str, path: str | None) -> QueryError:
    if path is None:
        return QueryError(f"line {line}, column {column}: {message}")
    return QueryError(f"column {column}: {message}", path=path, line=line)


def _stray(sparql: str, prefixes: Mapping[str, str]) -> Token | None:
    known = {*prefixes, *_DECLARED.findall(sparql), "_"}
    names = (token for token in tokens(sparql) if token.kind == "name")
    return next((name for name in names if name.text.partition(":")[0] not in known), None)
