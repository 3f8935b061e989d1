"""A total order for the rows of a query, so that pages of its answer fit together."""

from __future__ import annotations

from collections.abc import Sequence

from allgraph.sparql.tokens import Token

_AFTER_ORDER = ("LIMIT", "OFFSET", "VALUES")


def in_total_order(tokens: Sequence[Token], columns: Sequence[str]) -> list[Token]:
    r"""Return the tokens of a SELECT query, with all its `columns` at the end of ORDER BY.

    So rows that ORDER BY leaves in any order are sorted by their columns, from the first on. Those
    that it names already are not added. A query without ORDER BY gets one.

    >>> from allgraph.sparql.tokens import tokens
    >>> text = "SELECT ?a ?b { ?a ?p ?b } ORDER BY ?b LIMIT 3"
    >>> "".join(token.text for token in in_total_order([*tokens(text)], ["a", "b"]))
    'SELECT ?a ?b { ?a ?p ?b } ORDER BY ?b \n?a\nLIMIT 3'
    """
    where_end, order, end = _places(tokens)
    if where_end is None:
        return [*tokens]
    named = _named(tokens[order:end]) if order is not None else set()
    missing = [f"?{column}" for column in columns if column not in named]
    if not missing:
        return [*tokens]
    text = " ".join(missing) if order is not None else f"ORDER BY {' '.join(missing)}"
    added = Token("word", f"\n{text}\n", tokens[end - 1].start)
    return [*tokens[:end], added, *tokens[end:]]


def first_brace(tokens: Sequence[Token]) -> int:
    """Return the index of the brace that opens the pattern of a SELECT query.

    >>> from allgraph.sparql.tokens import tokens
    >>> text = "SELECT (EXISTS { ?s ?p 1 } AS ?x) { ?s ?p ?o }"
    >>> first_brace([*tokens(text)]) == [token.text for token in tokens(text)].index(")") + 2
    True
    """
    depth = 0
    for at, token in enumerate(tokens):
        if token.text == "{" and depth == 0:
            return at
        depth += (token.text == "(") - (token.text == ")")
    raise ValueError("a SELECT query needs a pattern in braces, and this has none")


def _places(tokens: Sequence[Token]) -> tuple[int | None, int | None, int]:
    """Return the indices of the end of WHERE, of ORDER, and of what may come after ORDER BY.

    ``None`` stands for what is not there; the last is then the number of tokens.
    """
    depth, where_end, order = 0, None, None
    for at, token in enumerate(tokens):
        depth += (token.text in ("{", "(")) - (token.text in ("}", ")"))
        if where_end is None:
            where_end = at if token.text == "}" and depth == 0 else None
        elif depth == 0 and token.kind == "word":
            word = token.text.upper()
            if word in _AFTER_ORDER:
                return where_end, order, at
            order = at if word == "ORDER" else order
    return where_end, order, len(tokens)


def _named(tokens: Sequence[Token]) -> set[str]:
    """Return the names of the variables that stand in tokens outside all brackets."""
    depth, names = 0, set()
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.kind == "variable":
            names.add(token.text[1:])
    return names
