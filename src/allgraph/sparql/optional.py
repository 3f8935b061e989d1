"""What a question says when an optional parameter has no value.

Its file says ``COALESCE(?begin >= $since, true)``. Without a value, the first argument is an
error, and so the second counts. Not every engine sees that error, so the argument is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from allgraph.sparql.tokens import Token

_OPENING, _CLOSING = "([{", ")]}"
_LENIENT = {
    *"BOUND COALESCE EXISTS IF && ||".split(),
    *"AVG COUNT GROUP_CONCAT MAX MIN SAMPLE SUM".split(),
}
"""What may have a value though a part of it has none."""


def without(tokens: Sequence[Token], names: Collection[str]) -> list[Token]:
    """Return the tokens of a query whose parameters with these names have no value.

    Each COALESCE loses the arguments that must fail for lack of a value.

    >>> from allgraph.sparql.tokens import tokens
    >>> text = "FILTER(COALESCE(?a = $b, ?c, true))"
    >>> "".join(token.text for token in without([*tokens(text)], ["b"]))
    'FILTER(COALESCE(?c, true))'
    """
    if not names:
        return [*tokens]
    kept: list[Token] = []
    at, is_coalesce = 0, False
    while at < len(tokens):
        token = tokens[at]
        kept.append(token)
        at += 1
        if token.kind == "word" and token.text.upper() == "COALESCE":
            is_coalesce = True
        elif is_coalesce and token.text == "(":
            is_coalesce = False
            at = _after_failing(tokens, at, names)
    return kept


def _after_failing(tokens: Sequence[Token], start: int, names: Collection[str]) -> int:
    """Return where the first argument begins that can have a value, or the last argument."""
    while True:
        end = _end(tokens, start)
        if end >= len(tokens) or tokens[end].text != "," or not _fails(tokens[start:end], names):
            return start
        start = end + 1
        while start < len(tokens) and tokens[start].kind in ("space", "comment"):
            start += 1


def _end(tokens: Sequence[Token], start: int) -> int:
    """Return where the argument that begins at `start` ends: at its comma or bracket."""
    depth = 0
    for at in range(start, len(tokens)):
        text = tokens[at].text
        if depth == 0 and (text == "," or text in _CLOSING):
            return at
        depth += (text in _OPENING) - (text in _CLOSING)
    return len(tokens)


def _fails(argument: Sequence[Token], names: Collection[str]) -> bool:
    """Whether an expression needs the value of a parameter that has none."""
    texts = [token.text for token in argument if token.kind not in ("space", "comment")]
    lacking = [at for at, text in enumerate(texts) if text[0] == "$" and text[1:] in names]
    words = [text.upper() for text in texts]
    pairs = [one + other for one, other in pairwise(words)]  # such as && from two tokens
    if not lacking or not _LENIENT.isdisjoint((*words, *pairs)):
        return False
    return "IN" not in words[: max(lacking)]  # a list may hold what is sought beside it
