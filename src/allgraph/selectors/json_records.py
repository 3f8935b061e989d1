"""Records of JSON and of JSON lines, as they are read, with lines.

Numbers are their texts as written, true and false are ``true`` and ``false``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

from allgraph.errors import LoadError
from allgraph.selectors.building import END, LIST, OBJECT, PLAIN, SCALAR, Event, records
from allgraph.selectors.records import DEEPEST, LARGEST_RECORD, Options, Record, quoted, too_deep
from allgraph.selectors.texts import Source, opened_text

_TOKEN = re.compile(
    r'[ \t\r\n]*+([\[\]{},:]|"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"'
    r"|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)"
)
_PART = re.compile(r'[ \t\r\n]*+(?:"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+\\?|[a-z-]{0,4})\Z')
"""What may be the start of a token."""
_PIECE = 2**16
_VALUE, _FIRST_VALUE, _NAME, _FIRST_NAME, _COLON, _MORE = range(6)
_EXPECTED = (
    "a value",
    "a value or ]",
    "a name in quotes",
    "a name in quotes or }",
    "a colon",
    "a comma or the end of the list or object",
)


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file of JSON; see `building.records`. Raises `LoadError`."""
    with opened_text(path, name, options) as (text, source):
        events = _events(text.read, name, 1, source)
        yield from records(iter([events]), name, options.entries, source.digest)


def read_lines(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file of JSON lines; that of the first line has the place ``/0``.

    Empty lines are not counted. Raises `LoadError`, also for `entries`.
    """
    if options.entries:
        raise LoadError("each line is a record in JSON lines; remove “entries”", path=name)
    with opened_text(path, name, options) as (text, source):

        def documents() -> Iterator[Iterator[Event]]:
            number = 0
            while line := text.readline(LARGEST_RECORD):
                number += 1
                if len(line) == LARGEST_RECORD:
                    raise _too_long(name, number)
                if line.strip(" \t\r\n"):
                    source.stalled = 0
                    yield _events(StringIO(line).read, name, number, source)

        yield from records(documents(), name, "", None)


def _tokens(
    read: Callable[[int], str], name: str, line: int, source: Source
) -> Iterator[tuple[str, int]]:
    """Yield the tokens of a text, and their lines, then an empty one. Raises `LoadError`."""
    match = _TOKEN.match
    text, position, size, is_end = "", 0, _PIECE, False
    while True:
        token = match(text, position)
        if token and (token.end() + 2 < len(text) or is_end):  # “1e+” may be the start of 1e+5
            start, end = token.span(1)
            if start != position:
                line += text.count("\n", position, start)
            position = end
            yield token[1], line
        elif is_end or not (token or _PART.match(text, position)):
            rest = text[position:].lstrip(" \t\r\n")
            line += text.count("\n", position, len(text) - len(rest))
            if rest:
                raise LoadError(
                    f"not JSON: {quoted(rest[:40])} is no value; write a text in double quotes, on "
                    "one line",
                    path=name,
                    line=line,
                )
            yield "", line
            return
        else:
            source.stalled = 0
            text, position, size = text[position:], 0, _PIECE if position else 2 * size
            if len(text) > LARGEST_RECORD:
                raise _too_long(name, line)
            more = read(size)
            text, is_end = text + more, not more


def _events(read: Callable[[int], str], name: str, line: int, source: Source) -> Iterator[Event]:
    """Yield the events of one text of JSON. Raises `LoadError` where it is none."""
    state, stack = _VALUE, ""
    for token, at in _tokens(read, name, line, source):
        start = token[:1]
        if state <= _FIRST_VALUE:
            if start == "{" or start == "[":
                if len(stack) >= DEEPEST:
                    raise too_deep(name, at)
                stack += token
                yield (OBJECT if start == "{" else LIST), "", at
                state = _FIRST_NAME if start == "{" else _FIRST_VALUE
                continue
            if start == '"':
                yield SCALAR, _string(token, name, at), at
            elif start == "]" and state == _FIRST_VALUE:
                stack = stack[:-1]
                yield END, "", at
            elif len(token) > 1 or start.isdigit():
                yield (PLAIN if start == "n" else SCALAR), token, at
            else:
                raise _unexpected(token, state, stack, name, at)
            state = _MORE
        elif state == _MORE and stack:
            if start == ",":
                state = _NAME if stack[-1] == "{" else _VALUE
            elif start and "[{".find(stack[-1]) == "]}".find(start):
                stack = stack[:-1]
                yield END, "", at
            else:
                raise _unexpected(token, state, stack, name, at)
        elif state == _COLON and start == ":":
            state = _VALUE
        elif state in (_NAME, _FIRST_NAME) and start == '"':
            yield SCALAR, _string(token, name, at), at
            state = _COLON
        elif state == _FIRST_NAME and start == "}":
            stack = stack[:-1]
            yield END, "", at
            state = _MORE
        elif token or state != _MORE:
            raise _unexpected(token, state, stack, name, at)


def _string(token: str, name: str, line: int) -> str:
    """Return the text of a string in quotes."""
    if "\\" not in token:
        return token[1:-1]
    import json

    try:
        text: str = json.loads(token)
        text.encode()
    except (json.JSONDecodeError, UnicodeEncodeError):
        raise LoadError("a string has a wrong escape with \\", path=name, line=line) from None
    return text


def _unexpected(token: str, state: int, stack: str, name: str, line: int) -> LoadError:
    """Return the error for a token that does not fit."""
    what = quoted(token) if token else "the end of the file"
    expected = "the end of the file" if state == _MORE and not stack else _EXPECTED[state]
    return LoadError(f"not JSON: {what} where {expected} should be", path=name, line=line)


def _too_long(name: str, line: int) -> LoadError:
    """Return the error for a text that is longer than a record may be."""
    return LoadError(
        f"a text or line is longer than {LARGEST_RECORD // 2**20} MiB; is its suffix right?",
        path=name,
        line=line,
    )
