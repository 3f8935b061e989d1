"""Regular expressions of SHACL (sh:pattern, REGEX and REPLACE in queries), matched in bounded time.

By sh:pattern SHACL means those of REGEX in SPARQL, so a store matches them, in time that grows with
the text only. What it cannot read, such as a look-ahead, is left to Python, whose time has a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from pyoxigraph import Literal, QuerySolutions, Store

from allgraph import sandbox
from allgraph.errors import EngineTimeout

T = TypeVar("T")
SECONDS = 10.0
"""How long Python may take to match one pattern with all texts."""
FLAGS = frozenset("imsxq")
"""The letters that SPARQL allows as flags."""
_GROUP = re.compile(r"\\([0-9]*)")
"""A group in a replacement of Python; without a number it is the ``$`` of SPARQL alone."""
_OF_XPATH = re.compile(r"bad escape \\[icIC]")
_XPATH = r"do not use \i and \c of XPath; write the letters, such as [A-Za-z_] and [A-Za-z0-9._-]"
_AT_ONCE = 10_000  # texts in one query
OPTIONS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


def problem(pattern: str, flags: str) -> str:
    """Return why a pattern cannot be read, ``""`` for one that can; `flags` are letters.

    >>> problem("(", "")
    'missing ), unterminated subpattern at position 0'
    >>> problem("^(a+)+$", "i")
    ''
    """
    if not FLAGS.issuperset(flags):
        return f"the flags “{flags}” are not all among “imsxq”"
    if _is_read_by_store(pattern, flags):
        return ""
    try:
        _compiled(pattern, flags)
    except re.error as error:
        return _XPATH if _OF_XPATH.match(error.msg) else str(error)
    return ""


def matching(
    pattern: str, flags: str, texts: Sequence[str], kind: str = "sh:pattern"
) -> list[bool]:
    """Return a flag for each text: whether a pattern matches a part of it.

    `flags` are letters of SPARQL. The pattern must be one that can be read (see `problem`). Raises
    `EngineTimeout` when Python takes longer than `SECONDS`; its message names the pattern's `kind`.
    """
    if _is_read_by_store(pattern, flags):
        return _matched_by_store(pattern, flags, texts)
    return _limited(_matched_by_python, pattern, flags, texts, kind=kind)


def replaced(pattern: str, flags: str, text: str, replacement: str) -> str:
    r"""Return a text with the matches of a pattern replaced, as REPLACE of SPARQL does.

    `replacement` has the groups as Python does, such as ``\1``; `flags`, and what is raised, are
    as for `matching`.

    >>> replaced("(a+)b", "", "aabc", r"<\1>"), replaced("(?=a)(a+)b", "", "aabc", r"<\1>")
    ('<aa>c', '<aa>c')
    """
    if not _is_read_by_store(pattern, flags):
        return _limited(_replaced_by_python, pattern, flags, text, replacement, kind="REPLACE")
    of_store = _GROUP.sub(lambda group: f"${{{group[1]}}}" if group[1] else "$", replacement)
    literals = ", ".join(str(Literal(part)) for part in (text, pattern, of_store, flags))
    rows = Store().query(f"SELECT (REPLACE({literals}) AS ?text) {{}}")
    assert isinstance(rows, QuerySolutions)
    return str(next(rows)["text"].value)


def _limited(work: Callable[..., T], pattern: str, *args: object, kind: str) -> T:
    """Call a function that lets Python match a pattern, in a child process, and return its result.

    The other arguments of the function are `args`. Raises `EngineTimeout` when it takes longer than
    `SECONDS`; its message names the pattern's `kind`.
    """
    what = f"the {kind} “{pattern}”"
    try:
        return sandbox.run(work, pattern, *args, what=what, timeout=SECONDS, can_pickle=True)
    except EngineTimeout:
        raise EngineTimeout(
            f"{what} was stopped after {SECONDS:g} s; look-ahead and back-references make it slow; "
            "write it without them"
        ) from None


@cache
def is_pattern(string: str, flags: str = '""') -> bool:
    """Return True if a store can read a string of SPARQL, with its quotes, as a pattern; cached.

    >>> is_pattern("'^a+$'"), is_pattern("'^(?=a)'")
    (True, False)
    """
    query = f"ASK {{ BIND(REGEX('', {string}, {flags}) AS ?is) FILTER(BOUND(?is)) }}"
    return bool(Store().query(query))


def _is_read_by_store(pattern: str, flags: str) -> bool:
    """Return True if a store can read a pattern: REGEX with it has a value."""
    return is_pattern(str(Literal(pattern)), str(Literal(flags)))


def _matched_by_store(pattern: str, flags: str, texts: Sequence[str]) -> list[bool]:
    """Return a flag for each text: whether the REGEX of a new store matches it."""
    regex = f"REGEX(?text, {Literal(pattern)}, {Literal(flags)})"
    unmatched: set[str] = set()
    for start in range(0, len(texts), _AT_ONCE):
        values = " ".join(str(Literal(text)) for text in texts[start : start + _AT_ONCE])
        rows = Store().query(f"SELECT ?text {{ VALUES ?text {{ {values} }} FILTER(!{regex}) }}")
        assert isinstance(rows, QuerySolutions)
        unmatched.update(row["text"].value for row in rows)
    return [text not in unmatched for text in texts]


def _matched_by_python(pattern: str, flags: str, texts: Sequence[str]) -> list[bool]:
    """Return a flag for each text: whether Python matches it; this may take a very long time."""
    compiled = _compiled(pattern, flags)
    return [compiled.search(text) is not None for text in texts]


def _replaced_by_python(pattern: str, flags: str, text: str, replacement: str) -> str:
    """Return a text with what Python matches replaced; this may take a very long time."""
    compiled = _compiled(pattern, flags)

    def replaced_match(match: re.Match[str]) -> str:
        """Return the replacement of a match; a group that the pattern does not have is empty."""
        groups = dict(enumerate((match[0], *match.groups(""))))
        return _GROUP.sub(
            lambda group: groups.get(int(group[1]), "") if group[1] else "$", replacement
        )

    return compiled.sub(replaced_match, text)


def _compiled(pattern: str, flags: str) -> re.Pattern[str]:
    """Return a pattern as one of Python. Raises `re.error` for one that it cannot read."""
    options = re.RegexFlag(0)
    for flag in set(flags) & set(OPTIONS):
        options |= OPTIONS[flag]
    return re.compile(pattern, options)
