"""A tokenizer for SPARQL, enough to bind values and to refuse what may do harm.

>>> [token.text for token in tokens("ASK { ?s ?p '$x' } # $y") if token.kind != "space"]
['ASK', '{', '?s', '?p', "'$x'", '}', '# $y']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from allgraph.errors import QueryError

_NAME = r"[^\W\d_][\w.\u00b7-]*"
_SPACE = r"(?P<space>\s+)|(?P<comment>\#[^\r\n]*)"
_NO_SPACE = r"""
    (?P<iri><(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
  | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3}
             | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
             | \"(?:[^"\\\r\n]|\\.)*\"
             | '(?:[^'\\\r\n]|\\.)*')
  | (?P<variable>[?$][\w\u00b7\u0300-\u036f\u203f\u2040]+)
  | (?P<tag>@[A-Za-z][A-Za-z0-9-]*)
  | (?P<name>(?:_|NAME)?:(?:[\w:\u00b7%-]|\.+(?=[\w:\u00b7%\\-])|\\.)*)
  | (?P<word>NAME|_\w*)
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<other>\\.|.)
    """.replace("NAME", _NAME)
_TOKEN = re.compile(f"{_SPACE}|{_NO_SPACE}", re.VERBOSE | re.DOTALL)
_TEXT = re.compile(
    re.sub(r"\?P<\w+>", "?:", f"(?:{_SPACE})*+({_NO_SPACE}|\\Z)"), re.VERBOSE | re.DOTALL
)
_PROLOGUE = re.compile(r"(?:\s*PREFIX\s+[\w.-]*:\s*<[^\x00-\x20<>\"{}|^`\\]*>)*", re.IGNORECASE)
_DECLARATION = re.compile(r"([\w.-]*):\s*<([^>]*)>")
_SURELY_IRI = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*://")
_WHOLE_IRI = re.compile(rf"(?<!\\){_SURELY_IRI.pattern}[^\x00-\x20<>\"'{{}}|^`\\]*>")

_MAYBE_FROM = re.compile(r"(?<![\w/:?$-])from(?=[\s<#])", re.IGNORECASE)
"""What the keyword FROM looks like; inside of IRIs, names and variables nothing does."""
_SIGNS = frozenset(("&&", "||", "^^", "<=", ">=", "!=", "<<", ">>"))
"""Signs of two characters, which `tokens` splits."""
_FIRST_OF_SIGNS = frozenset(sign[0] for sign in _SIGNS)

DEEPEST = 60
"""How deeply the brackets of a query may be nested for `is_calm`."""
LONGEST = 4_000
"""How many tokens a query may have for `is_calm`."""


class Token(NamedTuple):
    """A token of SPARQL: its kind, its text, and the index of its first character.

    The kind is the name of a group of `_TOKEN`, such as ``iri`` or ``word``.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The index of the character after it."""
        return self.start + len(self.text)


def tokens(sparql: str) -> Iterator[Token]:
    """Return an iterator over all tokens of a text; nothing is left out, and nothing raised.

    Kinds are ``space comment iri string variable tag name word number other``; a ``name`` has
    a colon, a ``word`` has none.
    """
    return map(_token, _TOKEN.finditer(sparql))


def texts(sparql: str) -> list[str]:
    """Return the texts of all tokens but space and comments; it is faster than `tokens`.

    >>> texts("ASK { ?s a <http://x/#> } # ?y")
    ['ASK', '{', '?s', 'a', '<http://x/#>', '}']
    """
    return [*filter(None, _TEXT.findall(sparql))]


def prologue(sparql: str) -> tuple[Mapping[str, str], int]:
    """Return the namespaces that a query declares at its start, by prefix, and where that ends.

    Declarations after a comment or BASE are not read.

    >>> prologue("PREFIX a: <http://a/> prefix : <http://b/> ASK {}")
    ({'a': 'http://a/', '': 'http://b/'}, 42)
    """
    match = _PROLOGUE.match(sparql)
    assert match is not None
    return _declared(match[0]), match.end()


@lru_cache(256)  # most clients send the same
def _declared(declarations: str) -> Mapping[str, str]:
    """The namespaces in declarations, by prefix."""
    return dict(_DECLARATION.findall(declarations))


def without_space(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield tokens, but for space and comments."""
    return (token for token in tokens if token.kind not in ("space", "comment"))


def whole(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield tokens, but for space and comments, with signs such as ``&&`` and ``^^`` as one each.

    >>> [token.text for token in whole(tokens("?a && 'x'^^ex:b"))]
    ['?a', '&&', "'x'", '^^', 'ex:b']
    """
    first: Token | None = None  # the first character of what may be a sign
    for token in without_space(tokens):
        if first and first.text + token.text in _SIGNS and first.start + 1 == token.start:
            token, first = Token("other", first.text + token.text, first.start), None
        if first:
            yield first
        first = token if token.text in _FIRST_OF_SIGNS else None
        if not first:
            yield token
    if first:
        yield first


def iris(tokens: Iterable[Token], prefixes: Mapping[str, str]) -> Iterator[tuple[Token, str]]:
    """Yield the tokens of a query that name IRIs, each with its IRI, but those of declarations.

    Names may have `prefixes` and those that the query declares; an IRI in ``<>`` is taken as
    written.

    >>> query = tokens("PREFIX a: <x:> ASK { a:b <y:c> d:e }")
    >>> [iri for _, iri in iris(query, {"d": "z:"})]
    ['x:b', 'y:c', 'z:e']
    """
    declared = {**prefixes}
    before = ["", ""]  # the texts of the last two tokens
    for token in without_space(tokens):
        prefix, _, local = token.text.partition(":")
        if token.kind == "iri" and before[0].upper() == "PREFIX":
            declared[before[1].removesuffix(":")] = token.text[1:-1]
        elif token.kind == "iri":
            yield token, token.text[1:-1]
        elif token.kind == "name" and prefix in declared and before[1].upper() != "PREFIX":
            yield token, declared[prefix] + re.sub(r"\\(.)", r"\1", local)
        before = [before[1], token.text]


def _token(match: re.Match[str]) -> Token:
    """Return the token of a match of `_TOKEN`; the group that matched is its kind."""
    return Token(str(match.lastgroup), match[0], match.start())


def line_of(text: str, start: int) -> int:
    """Return the line number, from 1, of the character of a text at the index `start`."""
    return text.count("\n", 0, start) + 1


def calls_service(sparql: str) -> Token | None:
    r"""Return the first token that is, or contains, a SERVICE keyword; ``None`` without one.

    An engine may accept a keyword without a space before or after it, as in ``1e5SERVICE:x{}``.
    So every word that contains SERVICE counts. An engine may also read ``?a<?b)#>`` as a
    comparison and a comment, where `tokens` has an IRI. So both readings are tried.

    >>> calls_service("SELECT * { # SERVICE\n sErViCe <http://x/> {} }").start
    22
    >>> calls_service("SELECT * { ?s ex:service 'SERVICE' }") is None
    True
    """
    if "SERVICE" not in sparql.upper():
        return None
    starts: list[int] = [0]  # where a reading of the text goes on; a second one for each such IRI
    visited: set[tuple[int, bool, bool]] = set()  # so that no two readings do the same work
    while starts:
        # `before_name`: the next name is that of a graph. `service`: a name that begins with
        # SERVICE, such as ``SERVICE:x``, which is the keyword if ``{`` follows.
        start, before_name, service = starts.pop(), False, None
        while (state := (start, before_name, service is not None)) not in visited:
            visited.add(state)
            match = _TOKEN.match(sparql, start)
            if match is None:
                break
            token, start = _token(match), match.end()
            if token.kind in ("space", "comment"):
                continue
            if _has_service(token, "word") or (service and token.text == "{"):
                return service or token
            if may_be_comparison(token):
                starts.append(token.start + 1)
            service = token if _has_service(token, "name") and not before_name else None
            before_name = token.text.upper() in ("GRAPH", "FROM", "NAMED")
    return None


def _has_service(token: Token, kind: str) -> bool:
    """Return True if a token is of a kind and has SERVICE in it, before a colon if there is one."""
    return token.kind == kind and "SERVICE" in token.text.partition(":")[0].upper()


def may_be_comparison(token: Token) -> bool:
    """Return True if an engine may read an IRI as a comparison, as in ``?a<?b&&?c>?d``.

    An IRI that begins with a scheme and ``://`` is certainly none.
    """
    return token.kind == "iri" and not _SURELY_IRI.match(token.text)


def without_whole_iris(sparql: str) -> str:
    """Return a query with a space for each IRI that is certainly one; names and words stay.

    >>> without_whole_iris("ASK { <http://x/a:b> a:b <c:d> }")
    'ASK {   a:b <c:d> }'
    """
    return _WHOLE_IRI.sub(" ", sparql)


def is_calm(sparql: str) -> bool:
    """Return True if a query is short and shallow enough that no parser crashes on it.

    That is at most `LONGEST` (4,000) tokens and `DEEPEST` (60) levels of brackets. False also for a
    longer query with an IRI that may be a comparison, since it may hide more tokens.

    >>> is_calm("ASK { ?s ?p ?o }"), is_calm("ASK " + "{" * 500 + "}" * 500)
    (True, False)
    """
    if len(sparql) <= LONGEST and sum(map(sparql.count, "{([")) <= DEEPEST:
        return True  # however the text is split into tokens
    depth = count = 0
    for token in without_space(tokens(sparql)):
        count += 1
        if token.text in "{([":
            depth += 1
        elif token.text in "})]":
            depth -= 1
        if depth > DEEPEST or count > LONGEST or may_be_comparison(token):
            return False
    return True


def refuse_service(sparql: str, *, path: str | None = None) -> None:
    """Raise `QueryError` when a query has SERVICE, which would query another endpoint.

    `path` is the file of the query, for the message.
    """
    token = calls_service(sparql)
    if token is not None:
        raise QueryError(
            "SERVICE would send data to another endpoint, so it is refused; "
            "remove it, or allow it with `allow_service`",
            path=path,
            line=line_of(sparql, token.start),
        )


def has_from(sparql: str) -> bool:
    """Return True if a query names its graphs with FROM.

    >>> has_from("SELECT * FROM <http://x/g> {}"), has_from("SELECT ?from { ?from ?p 'FROM' }")
    (True, False)
    """
    return next(graphs_named(sparql), None) is not None


def graphs_named(sparql: str) -> Iterator[tuple[Token, bool]]:
    """Yield the tokens of the graphs of FROM and FROM NAMED, each with whether it is NAMED.

    >>> [(graph.text, named) for graph, named in graphs_named("ASK FROM a:b FROM NAMED <b> {}")]
    [('a:b', False), ('<b>', True)]
    """
    if not _MAYBE_FROM.search(sparql):
        return
    parts = without_space(tokens(sparql))
    for token in parts:
        if token.kind == "word" and token.text.upper() == "FROM":
            graph = next(parts, token)
            named = graph.text.upper() == "NAMED"
            yield (next(parts, token) if named else graph), named
