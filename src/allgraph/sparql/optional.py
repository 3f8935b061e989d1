"""Remove optional parameters without a value from the text of a question.

The file of a question has ``COALESCE(?begin >= $since, true)``. Without a value for ``$since``,
the first argument is an error, so COALESCE returns the second. Not every engine reports that
error, so the first argument is removed from the text. Around one argument COALESCE is removed too:
engines do not begin what ``FILTER(false)`` is in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from allgraph.sparql.tokens import Token, without_space

_OPENING, _CLOSING = "([{", ")]}"
_LENIENT = {
    *"BOUND COALESCE EXISTS IF && ||".split(),
    *"AVG COUNT GROUP_CONCAT MAX MIN SAMPLE SUM".split(),
}
"""Functions and operators that may have a value though one of their operands has none."""


def without(tokens: Sequence[Token], names: Collection[str]) -> list[Token]:
    """Return the tokens of a query, changed for parameters that have no value.

    `names` are those of the parameters, without ``$``. Each COALESCE loses its leading arguments
    that cannot be evaluated without such a value; its last argument always stays, and stays alone
    in its brackets if all others are lost.

    >>> from allgraph.sparql.tokens import tokens
    >>> text = "FILTER(COALESCE(?a = $b, ?c, true))"
    >>> "".join(token.text for token in without([*tokens(text)], ["b"]))
    'FILTER(COALESCE(?c, true))'
    >>> "".join(token.text for token in without([*tokens("COALESCE($b, true)")], ["b"]))
    '(true)'
    """
    if not names:
        return [*tokens]
    kept: list[Token] = []
    at, word, is_coalesce = 0, 0, False
    while at < len(tokens):
        token = tokens[at]
        kept.append(token)
        at += 1
        if token.kind == "word" and token.text.upper() == "COALESCE":
            word, is_coalesce = len(kept) - 1, True
        elif is_coalesce and token.text == "(":
            is_coalesce = False
            start, at = at, _after_failing(tokens, at, names)
            end = _end(tokens, at)
            if at > start and end < len(tokens) and tokens[end].text == ")":
                del kept[word]
    return kept


def _after_failing(tokens: Sequence[Token], start: int, names: Collection[str]) -> int:
    """Return the index of the first token of the first argument that can be evaluated.

    `start` is the index after the opening bracket of a COALESCE. The last argument counts as
    one that can be evaluated. A parameter in `names` has no value.
    """
    while True:
        end = _end(tokens, start)
        if end >= len(tokens) or tokens[end].text != "," or not _fails(tokens[start:end], names):
            return start
        start = end + 1
        while start < len(tokens) and tokens[start].kind in ("space", "comment"):
            start += 1


def _end(tokens: Sequence[Token], start: int) -> int:
    """Return the index of the comma or closing bracket after the argument that begins at `start`.

    Without one, the number of tokens.
    """
    depth = 0
    for at in range(start, len(tokens)):
        text = tokens[at].text
        if depth == 0 and (text == "," or text in _CLOSING):
            return at
        depth += (text in _OPENING) - (text in _CLOSING)
    return len(tokens)


def _fails(argument: Sequence[Token], names: Collection[str]) -> bool:
    """Return True if an expression must be an error, since a parameter in `names` has no value.

    That is not certain, and the answer false, if it has a part that tolerates an error
    (`_LENIENT`), or if the parameter is in a list after IN.
    """
    texts = [token.text for token in without_space(argument)]
    lacking = [at for at, text in enumerate(texts) if text[0] == "$" and text[1:] in names]
    words = [text.upper() for text in texts]
    pairs = [one + other for one, other in pairwise(words)]  # such as && from two tokens
    if not lacking or not _LENIENT.isdisjoint((*words, *pairs)):
        return False
    return "IN" not in words[: max(lacking)]  # IN may match another item of its list
