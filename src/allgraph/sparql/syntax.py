"""Syntax errors of SPARQL queries: the place, what was found there, and what fits instead.

The place that the engine gives is that of its last attempt, and not that of the mistake. So the
beginnings of the query are parsed too: the mistake is at the first token after the longest one that
can still become a query. What fits there is found by parsing that beginning with candidates.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import takewhile

from pyoxigraph import Store

from allgraph.errors import QueryError
from allgraph.sparql.tokens import Token, line_of, tokens, whole

DEEPEST = 250
"""The maximum depth of brackets; the stack of the parser takes more than three times as many."""
_DEPTHS = {"{": 1, "(": 1, "[": 1, "<<": 10, "}": -1, ")": -1, "]": -1, ">>": -10}
"""How much each bracket adds to the depth: triples that are quoted in one another take the parser
so long that a few dozen would use up the time of a request."""
_LONGEST = 20_000
"""How many characters of a query are parsed again, to find the mistake."""
_ENGINE_PLACE = re.compile(r"error at (\d+):(\d+): ")
_PLACE = re.compile(r"line (\d+), (column (\d+): )")
_DECLARED = re.compile(r"PREFIX\s+([^\s:]*):", re.IGNORECASE)
_IRI = re.compile(r"<[^<>\n]*>")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_ASSIGNMENT = re.compile(r"(AS\s+)([?$]\w+)(?=\s*\))", re.IGNORECASE)
_SPACES = " " * 20  # longer than any keyword, which the engine compares as a whole
_UPDATES = frozenset("INSERT DELETE LOAD CLEAR CREATE DROP COPY MOVE ADD WITH".split())
_KEYWORDS = (
    "ABS AS ASC ASK AVG BASE BIND BNODE BOUND BY CEIL COALESCE CONCAT CONSTRUCT CONTAINS COUNT "
    "DATATYPE DAY DESC DESCRIBE DISTINCT EXISTS FILTER FLOOR FROM GRAPH GROUP GROUP_CONCAT HAVING "
    "HOURS IF IN IRI ISBLANK ISIRI ISLITERAL ISNUMERIC LANG LANGMATCHES LCASE LIMIT MAX MIN MINUS "
    "MINUTES MONTH NAMED NOT NOW OFFSET OPTIONAL ORDER PREFIX RAND REDUCED REGEX REPLACE ROUND "
    "SAMETERM SAMPLE SECONDS SELECT SEPARATOR SERVICE SILENT STR STRAFTER STRBEFORE STRDT STRENDS "
    "STRLANG STRLEN STRSTARTS STRUUID SUBSTR SUM UCASE UNDEF UNION URI UUID VALUES WHERE YEAR"
).split()
_CALL = re.compile(r"(\w+)\s*(\([^()]{0,200}\))")
_CANDIDATES = {
    "?x": "a variable such as ?x", "<x:x>": "an IRI", '"x"': "a text in quotes", "1": "a number",
    "x:": "a prefix such as ex:", "ORDER": "ORDER BY",
    **{word: word for word in (
        "SELECT ASK CONSTRUCT DESCRIBE PREFIX WHERE AS BY FILTER OPTIONAL UNION LIMIT OFFSET"
    ).split()},
    **{sign: f"“{sign}”" for sign in ("{", "}", "(", ")", ".", ";", ",", "]")},
    "=": "a sign such as =",
}  # fmt: skip
"""What may stand at a place, as it is tried and as it is called in messages."""
_RULES = {
    "Duplicated variable name in SELECT": "SELECT names a variable twice; take one out",
    "The SELECT contains a variable that is unbound": "SELECT has a variable that is not in "
    "GROUP BY; add it there, or put it into a function such as SAMPLE",
    "The SELECT overrides an existing variable": "SELECT gives a value to a variable that has "
    "one; write another name after AS",
    "SELECT * is not authorized with GROUP BY": "SELECT * cannot go with GROUP BY; "
    "name the variables",
}
"""The rules about a whole query that messages of the engine name, and what is said instead."""


def syntax_error(
    message: str,
    sparql: str,
    prefixes: Mapping[str, str],
    path: str | None = None,
    base: str | None = None,
) -> QueryError:
    """Return, for the caller to raise, an error for the message of pyoxigraph about a query.

    It has the line and column of the mistake, what was found there and what fits. After the first
    `_LONGEST` characters of a text it has only the place in `message`. Queries may use `prefixes`
    without declaring them, and IRIs that are relative to `base`, if given. `path` is the file of
    the query, for the error. Nothing is run.

    >>> str(syntax_error("error at 1:10: expected CONSTRUCT", "SELCT * {}", {}))
    'line 1, column 1: “SELCT” is not SPARQL here; did you mean SELECT?'
    """
    message = " ".join(message.split())
    mistake = _Mistake(sparql, prefixes, base)
    if mistake.token.kind != "end" or len(sparql) <= _LONGEST:
        return _at(sparql, *mistake.place_and_message(message), path)
    match = _ENGINE_PLACE.match(message)
    if match is None:
        return QueryError(f"this is not a SPARQL query: {message}", path=path)
    lines = sparql.split("\n")[: int(match[1]) - 1]
    start = sum(len(line) + 1 for line in lines) + int(match[2]) - 1
    return _at(sparql, start, "not SPARQL here, or a little before", path)


@dataclass(frozen=True)
class _Mistake:
    """The first token of a wrong query that cannot stand where it does."""

    sparql: str
    prefixes: Mapping[str, str]
    base: str | None

    @cached_property
    def _tokens(self) -> list[Token]:
        """The tokens in the first `_LONGEST` characters, without space and comments."""
        parts = whole(tokens(self.sparql))
        return [*takewhile(lambda token: token.end <= _LONGEST, parts)]

    @cached_property
    def token(self) -> Token:
        """The first token that does not fit; one without text at the end if all others do."""
        ends = [token.end for token in self._tokens]
        unfit = bisect_left(ends, True, key=lambda end: not self._begins_query(self.sparql[:end]))
        if unfit < len(ends):
            return self._tokens[unfit]
        return Token("end", "", ends[-1] if ends else 0)

    @property
    def _before(self) -> list[Token]:
        """The tokens before the mistake, and with it."""
        return [token for token in self._tokens if token.start <= self.token.start]

    def place_and_message(self, message: str) -> tuple[int, str]:
        """Return the index of the character where the mistake is, and what is wrong there.

        `message` is that of the engine, which may name a rule that the query breaks as a whole.
        """
        known = (
            self._bad_iri, self._open_quote, self._bare_date, self._prefix, self._update,
            self._brace, self._word, self._assigned_twice, self._curly_quote,
        )  # fmt: skip
        if self.token.kind == "end":
            for rule, text in _RULES.items():
                if rule in message:
                    return self.token.start, text
        for check in known:
            if mistake := check():
                return mistake
        return self.token.start, self._expectation()

    def _bad_iri(self) -> tuple[int, str] | None:
        """Return place and message of a text in < > at the mistake that is no IRI, if any."""
        if self.token.kind == "iri":
            hint = "write it whole, such as <https://example.org/a>, or with a prefix"
            return self.token.start, f"{self.token.text} is no IRI; {hint}"
        begun = {token.start for token in self._before if token.text[0] == "<"}
        for match in _IRI.finditer(self.sparql):
            if match.start() in begun and match.start() <= self.token.start < match.end():
                return match.start(), f"{match[0]} is no IRI; an IRI in < > has no spaces or quotes"
        return None

    def _open_quote(self) -> tuple[int, str] | None:
        """Return place and message of a quote, up to the mistake, that is never closed, if any."""
        for token in self._before:
            if token.text in ('"', "'"):
                hint = f"close it with {token.text}"
                return token.start, f"this text has no end; {hint}"
        return None

    def _bare_date(self) -> tuple[int, str] | None:
        """Return place and message of a date without quotes at the mistake, if any."""
        for match in _DATE.finditer(self.sparql):
            if match.start() <= self.token.start < match.end():
                return match.start(), f'a date is written in quotes: "{match[0]}"^^xsd:date'
        return None

    def _prefix(self) -> tuple[int, str] | None:
        """Return place and message of a prefix at the mistake that is not declared, if any."""
        token = self.token
        if token.kind != "name" or _prefix(token) in _declared(self.sparql, self.prefixes):
            return None
        return token.start, _undeclared_message(_prefix(token), self.prefixes)

    def _update(self) -> tuple[int, str] | None:
        """Return place and message of a first word of an update where a query may begin, if any."""
        word = self.token.text.upper()
        if word not in _UPDATES or not self._fits("SELECT"):
            return None
        return self.token.start, (
            f"{word} is an update; updates are refused here, "
            "only SELECT, ASK, CONSTRUCT and DESCRIBE are answered"
        )

    def _brace(self) -> tuple[int, str] | None:
        """Return place and message of a brace, closing or opening, without its partner, if any."""
        opened: list[Token] = []
        for token in self._before:
            if token.text == "{":
                opened.append(token)
            elif token.text == "}" and opened:
                opened.pop()
            elif token.text == "}":
                return token.start, "this “}” closes no “{”; take it out"
        if opened and self.token.kind == "end" and self._fits("}"):
            line = line_of(self.sparql, opened[-1].start)
            return self.token.start, f"the query ends, but the “{{” of line {line} needs a “}}”"
        return None

    def _word(self) -> tuple[int, str] | None:
        """Return place and message of a misspelt word, or name without ``?`` or prefix, if any."""
        start, text = self.token.start, self.token.text
        if self.token.kind != "word":
            return None
        call = _CALL.match(self.sparql, start)
        if call and self._fits(named := f"({call[1].upper()}{call[2]} AS ?n)"):
            return start, f"“{call[0]}” needs brackets and a name: write {named}"
        near = get_close_matches(text.upper(), _KEYWORDS, 5, 0.6)
        if keyword := next(filter(self._fits, near), None):
            return start, f"“{text}” is not SPARQL here; did you mean {keyword}?"
        if not self._fits(f"?{text}"):
            return None
        if not self._fits("<x:x>"):
            return start, f"“{text}” is not SPARQL here; did you mean ?{text}?"
        prefix = "ag" if "ag" in self.prefixes else "ex"
        hint = f"write a variable as ?{text}, and a term with its prefix, as {prefix}:{text}"
        return start, f"“{text}” is not SPARQL here; {hint}"

    def _assigned_twice(self) -> tuple[int, str] | None:
        """Return place and message of an ``AS ?x`` whose variable has a value already, if any."""
        before = self.sparql[: self.token.start]
        for match in [*_ASSIGNMENT.finditer(before)][::-1]:
            renamed = f"{before[: match.end(1)]}?new_{match[2][1:]}{before[match.end() :]}"
            if self._begins_query(renamed + self.token.text):
                return match.start(
                    2
                ), f"{match[2]} has a value already; write another name after AS"
        return None

    def _curly_quote(self) -> tuple[int, str] | None:
        """Return place and message of a quote of a word processor at the mistake, if any."""
        if self.token.text not in tuple("\u201c\u201d\u201e\u2018\u2019\u201a«»"):
            return None
        return self.token.start, f"{self.token.text} is no quote here; write \" or '"

    def _expectation(self) -> str:
        """Return a message with the text at the mistake, and the texts that would fit there."""
        actual = f"“{self.token.text}”" if self.token.text else "the end"
        fitting = [words for text, words in _CANDIDATES.items() if self._fits(text)]
        if not fitting:
            return f"not SPARQL here; {actual} cannot follow the text before it"
        *most, last = fitting
        return (
            f"not SPARQL here; expected {', '.join(most)}{' or ' * bool(most)}{last}, not {actual}"
        )

    def _fits(self, text: str) -> bool:
        """Return True if the query could continue with a text at the place of the mistake."""
        return self._begins_query(f"{self.sparql[: self.token.start]} {text}")

    def _begins_query(self, text: str) -> bool:
        """Return True if a text of whole tokens can be the beginning of a query.

        It is parsed with characters after it that no query has. So the parser always fails, and
        nothing is run: it fails in or soon after the text, or past it.
        """
        line = text.count("\n") + 2
        tail = "\n" + _SPACES + "\0" * len(_SPACES)
        try:
            Store().query(text + tail, prefixes={**self.prefixes}, base_iri=self.base)
        except SyntaxError as error:
            match = _ENGINE_PLACE.match(str(error))
            return match is not None and (int(match[1]), int(match[2])) > (line, len(_SPACES))
        return False


def undeclared(
    sparql: str, prefixes: Mapping[str, str], path: str | None = None
) -> QueryError | None:
    """Return, not raise, an error for the first prefix that is used but declared nowhere.

    Declared are `prefixes` and those of the PREFIX lines. ``None`` when all prefixes are. `path` is
    the file of the query, for the error.
    """
    declared = _declared(sparql, prefixes)
    for token in tokens(sparql):
        if token.kind == "name" and _prefix(token) not in declared:
            return _at(sparql, token.start, _undeclared_message(_prefix(token), prefixes), path)
    return None


def _declared(sparql: str, prefixes: Mapping[str, str]) -> set[str]:
    """Return the prefixes that names in a query may have: `prefixes`, its own, and ``_``."""
    return {*prefixes, *_DECLARED.findall(sparql), "_"}


def _prefix(name: Token) -> str:
    """Return the prefix of a name, ``""`` for the empty one."""
    return name.text.partition(":")[0]


def _undeclared_message(prefix: str, prefixes: Mapping[str, str]) -> str:
    """Return a message about a prefix that is not declared, with the one that may be meant."""
    near = get_close_matches(prefix, prefixes, 1)
    hint = f"did you mean {near[0]}:?" if near else f"begin with PREFIX {prefix}: <…>"
    return f"the prefix “{prefix}:” is not declared; {hint}"


def refuse_depth(sparql: str, *, path: str | None = None) -> None:
    """Raise `QueryError` if brackets are nested more than `DEEPEST` deep.

    The parser might crash, or take too long. A ``<<`` counts as ten brackets. `path` is the file of
    the query, for the error.

    >>> refuse_depth("ASK " + "{" * 500 + "}" * 500)
    Traceback (most recent call last):
      ...
    allgraph.errors.QueryError: line 1, column 255: brackets are nested more than 250 deep
    """
    if sum(sparql.count(bracket) * max(depth, 0) for bracket, depth in _DEPTHS.items()) <= DEEPEST:
        return
    depth = 0
    for token in whole(tokens(sparql)):
        depth += _DEPTHS.get(token.text, 0)
        if depth > DEEPEST:
            how = f"more than {DEEPEST} deep" + (", where << counts as 10" * (token.text == "<<"))
            raise _at(sparql, token.start, f"brackets are nested {how}", path)


def excerpt(sparql: str, message: str) -> str:
    """Return the line of a query that a message is about, and below it a caret at the column.

    Both are indented. ``""`` for a message that does not begin with a line and column.

    >>> print(excerpt("ASK { ex:a }", "line 1, column 7: no"))
      ASK { ex:a }
            ^
    """
    match = _PLACE.match(message)
    if match is None:
        return ""
    line, column = sparql.split("\n")[int(match[1]) - 1], int(match[3])
    shown = line[max(0, column - 60) : column + 40].translate(_CONTROL)
    return f"  {shown}\n  {' ' * (min(column, 60) - 1)}^"


_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), " ")
"""Control characters, which a terminal would obey, with the space that is shown instead."""


def in_file(error: QueryError, path: str | None) -> QueryError:
    """Return, for the caller to raise, an error with the file of its query.

    A line at the beginning of its message moves to the place of the error. Without a `path` it
    stays as it is.

    >>> str(in_file(QueryError("line 2, column 7: no"), "q.rq"))
    'q.rq:2: column 7: no'
    """
    match = _PLACE.match(error.message)
    if path is None or match is None:
        return QueryError(error.message, path=path, line=error.line)
    return QueryError(match[2] + error.message[match.end() :], path=path, line=int(match[1]))


def _at(sparql: str, start: int, message: str, path: str | None) -> QueryError:
    """Return, not raise, an error with the line and column of a character of a query.

    `path` is the file of the query, if it has one.
    """
    return in_file(QueryError(place(sparql, start) + message), path)


def place(sparql: str, start: int) -> str:
    r"""Return the line and column of a character of a query, by its index, to begin a message.

    >>> place("ASK {\n ex:a }", 7)
    'line 2, column 2: '
    """
    column = start - sparql.rfind("\n", 0, start)
    return f"line {line_of(sparql, start)}, column {column}: "
