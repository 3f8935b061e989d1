"""The tokens of SPARQL, as far as binding values and refusing dangerous text need them.

>>> [token.text for token in tokens("ASK { ?s ?p '$x' } # $y") if token.kind != "space"]
['ASK', '{', '?s', '?p', "'$x'", '}', '# $y']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from allgraph.errors import QueryError

_NAME = r"[^\W\d_][\w.\u00b7-]*"
_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<iri><(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
  | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3}
             | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
             | \"(?:[^"\\\r\n]|\\.)*\"
             | '(?:[^'\\\r\n]|\\.)*')
  | (?P<variable>[?$][\w\u00b7]+)
  | (?P<tag>@[A-Za-z][A-Za-z0-9-]*)
  | (?P<name>(?:_|NAME)?:(?:[\w:.\u00b7%-]|\\.)*)
  | (?P<word>NAME|_\w*)
  | (?P<other>.)
    """.replace("NAME", _NAME),
    re.VERBOSE | re.DOTALL,
)
_HIDDEN_SERVICE = re.compile(r"\).*(?<!\w)service(?!\w)", re.IGNORECASE | re.DOTALL)

DEEPEST = 60
LONGEST = 4_000


class Token(NamedTuple):
    """A piece of a query: its kind (a group of the pattern above), text and place."""

    kind: str
    text: str
    start: int


def tokens(sparql: str) -> Iterator[Token]:
    """All tokens of a text, space and comments included; nothing is left out."""
    for match in _TOKEN.finditer(sparql):
        yield Token(str(match.lastgroup), match[0], match.start())


def line_of(text: str, start: int) -> int:
    """The line, from 1, of a place in a text."""
    return text.count("\n", 0, start) + 1


def calls_service(sparql: str) -> Token | None:
    r"""The first token with which a query asks another endpoint, if any.

    In an expression ``?a<?b)SERVICE:x#>`` an engine may read a comparison where the tokens
    show an IRI, so an IRI with ``)`` and then the word counts too.

    >>> calls_service("SELECT * { # SERVICE\n sErViCe <http://x/> {} }").start
    22
    >>> calls_service("SELECT * { ?s ex:service 'SERVICE' }") is None
    True
    """
    for token in tokens(sparql):
        if token.kind == "word" and token.text.upper() == "SERVICE":
            return token
        if token.kind == "iri" and _HIDDEN_SERVICE.search(token.text):
            return token
    return None


def is_calm(sparql: str) -> bool:
    """Whether a text is so short and shallow that no parser comes to harm by it.

    >>> is_calm("ASK { ?s ?p ?o }"), is_calm("ASK " + "{" * 500 + "}" * 500)
    (True, False)
    """
    depth = count = 0
    for token in tokens(sparql):
        if token.kind in ("space", "comment"):
            continue
        count += 1
        if token.text in "{([":
            depth += 1
        elif token.text in "})]":
            depth -= 1
        if depth > DEEPEST or count > LONGEST:
            return False
    return True


def refuse_service(sparql: str, *, path: str | None = None) -> None:
    """Raise `QueryError` when a query asks another endpoint."""
    token = calls_service(sparql)
    if token is not None:
        raise QueryError(
            "SERVICE would send data to another endpoint, so it is refused; "
            "take it out, or say --allow-service if you mean it",
            path=path,
            line=line_of(sparql, token.start),
        )
