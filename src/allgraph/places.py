r"""The lines on which triples stand: found in the text of a file, for the rows that are asked for.

>>> text = "<http://x/a> <http://x/p> 1 ;\n  <http://x/q> 2, [ <http://x/r> 3 ] .\n"
>>> turtle_lines(text, {2, 3}, 4)
{2: (2, 1), 3: (2, 1)}
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path

from pyoxigraph import RdfFormat

from allgraph import turtle
from allgraph.errors import LoadError
from allgraph.folder import Folder
from allgraph.inputs import read_utf8, syntax
from allgraph.terms import DERIVED

Lines = dict[int, tuple[int, int]]
"""By row of a file: the line of its object, and that on which its statement begins."""

_QUOTED = r"""
      \#[^\r\n]*+
    | <[^\x00-\x20<>"{}|^`]*+>
    | \"\"\"(?:\"{0,2}(?:[^"\\]|\\.))*+\"\"\" | '''(?:'{0,2}(?:[^'\\]|\\.))*+'''
    | \"(?:[^"\\\r\n]|\\.)*+\" | '(?:[^'\\\r\n]|\\.)*+'
    | \\.
"""
_STATEMENT = re.compile(
    rf"""(?:[^<"'\#.\\]++ | {_QUOTED} | <
         | (?<=[\w.%-])\.(?=[\w:%\\.-]) | (?<=\s)\.(?=[0-9]))*+\.""",
    re.VERBOSE | re.DOTALL,
)
_APART = re.compile(_QUOTED, re.VERBOSE | re.DOTALL)
_VERB = re.compile(r"[;\[]\s*(?=[^;.\]\s])")
_TO_READ = re.compile(r"\s*(?:\[|(?:PREFIX|BASE)\b)", re.IGNORECASE)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"\.\s*#.*$")
_IN_DERIVED = re.compile(rf"\s*{re.escape(str(DERIVED))}\s*\.$")


def lines(folder: Folder, path: Path, rows: Collection[int], count: int) -> Lines:
    """The lines of some rows of a file that has so many.

    A nested node stands where the statement around it begins. Nothing is known of a file with
    what `turtle` does not read.
    """
    try:
        text = read_utf8(path, path.name).decode()
        if syntax(path) == RdfFormat.TURTLE:
            return turtle_lines(text, rows, count)
        return _one_each(text, rows, count)
    except LoadError:
        return {}


def turtle_lines(text: str, rows: Collection[int], count: int) -> Lines:
    """The lines of some rows of a Turtle text: only their statements are read."""
    found: Lines = {}
    row, wanted = 0, deque(sorted(rows))
    for line, statement in _statements(text) if "\r" not in text else ():
        end = row + _count(statement)
        if wanted and wanted[0] < end:
            places = turtle.object_lines(statement)
            if len(places) != end - row:
                break
            while wanted and wanted[0] < end:
                of_triple, of_statement = places[wanted[0] - row]
                found[wanted.popleft()] = of_triple + line - 1, of_statement + line - 1
        row = end
    return found if row == count else _all_lines(text, rows, count)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements and directives, as far as is told without reading them, and their lines."""
    line = 1
    for match in _STATEMENT.finditer(text):
        yield line, match[0]
        line += match[0].count("\n")


def _count(statement: str) -> int:
    """How many triples a statement has."""
    bare = _APART.sub('"', statement)
    if bare.lstrip(' \n\t"').startswith("@"):
        return 0
    if "(" in bare or _TO_READ.match(bare):
        return len(turtle.object_lines(statement))
    return 1 + bare.count(",") + len(_VERB.findall(bare))


def _all_lines(text: str, rows: Collection[int], count: int) -> Lines:
    """The same by reading the whole text, which takes longer."""
    places = turtle.object_lines(text)
    return {row: places[row] for row in rows} if len(places) == count else {}


def _one_each(text: str, rows: Collection[int], count: int) -> Lines:
    """The same of a text with a triple on each line; those in ``ag:derived`` do not count."""
    begun = text.startswith(("<", "_")) + text.count("\n<") + text.count("\n_")
    if begun == text.count("\n") == count and text.endswith("\n") and "\r" not in text:
        return {row: (row + 1, row + 1) for row in rows}
    told = [number for number, line in enumerate(_NEWLINE.split(text), 1) if _has_triple(line)]
    return {row: (told[row], told[row]) for row in rows} if len(told) == count else {}


def _has_triple(line: str) -> bool:
    bare = _COMMENT.sub(".", line).strip()
    return bare != "" and not bare.startswith("#") and not _IN_DERIVED.search(bare)
