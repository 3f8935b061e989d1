"""What a question says when an optional parameter is left out.

Its file says ``COALESCE(?begin >= $since, true)``: without a value that is an error in the first
argument, and so the second. Not every engine sees the error, so it is not left to them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from allgraph.sparql.tokens import Token

_OPEN, _CLOSED = "([{", ")]}"
_LENIENT = frozenset(
    ("BOUND", "COALESCE", "EXISTS", "IF", "&&", "||",
     "AVG", "COUNT", "GROUP_CONCAT", "MAX", "MIN", "SAMPLE", "SUM")
)  # fmt: skip
"""What may have a value though a part of it has none."""


def without(pieces: Sequence[Token], names: Collection[str]) -> list[Token]:
    """The tokens of a text whose parameters with these names have no value.

    From each COALESCE the arguments go that have to fail for want of one.

    >>> from allgraph.sparql.tokens import tokens
    >>> text = "FILTER(COALESCE(?a = $b, ?c, true))"
    >>> "".join(token.text for token in without([*tokens(text)], ["b"]))
    'FILTER(COALESCE(?c, true))'
    """
    if not names:
        return [*pieces]
    kept: list[Token] = []
    at = 0
    while at < len(pieces):
        kept.append(pieces[at])
        at += 1
        if kept[-1].kind == "word" and kept[-1].text.upper() == "COALESCE":
            while at < len(pieces) and pieces[at].text != "(":
                kept.append(pieces[at])
                at += 1
            kept += pieces[at : at + 1]
            at = _after_failing(pieces, at + 1, names)
    return kept


def _after_failing(pieces: Sequence[Token], start: int, names: Collection[str]) -> int:
    """Where the first argument begins that need not fail; the last one is never left out."""
    while True:
        end = _end(pieces, start)
        if end >= len(pieces) or pieces[end].text != "," or not _fails(pieces[start:end], names):
            return start
        start = end + 1
        while start < len(pieces) and pieces[start].kind in ("space", "comment"):
            start += 1


def _end(pieces: Sequence[Token], start: int) -> int:
    """Where the argument that begins here ends: at its comma or bracket."""
    depth = 0
    for at in range(start, len(pieces)):
        text = pieces[at].text
        if depth == 0 and (text == "," or text in _CLOSED):
            return at
        depth += (text in _OPEN) - (text in _CLOSED)
    return len(pieces)


def _fails(argument: Sequence[Token], names: Collection[str]) -> bool:
    """Whether an expression needs the value of a parameter that has none."""
    words = [token for token in argument if token.kind not in ("space", "comment")]
    texts = [token.text.upper() for token in words]
    wanting = [at for at, token in enumerate(words) if _is_one_of(token, names)]
    if not wanting or not _LENIENT.isdisjoint((*texts, *_pairs(texts))):
        return False
    return "IN" not in texts[: max(wanting)]  # a list may hold what is sought beside it


def _is_one_of(token: Token, names: Collection[str]) -> bool:
    return token.kind == "variable" and token.text[0] == "$" and token.text[1:] in names


def _pairs(texts: Sequence[str]) -> list[str]:
    return [one + other for one, other in pairwise(texts)]
