"""Rows as text that fits a terminal.

>>> print(layout(["who", "what"], [["Coco Rocha", "advisory board"]], width=40))
who         what
----------  --------------
Coco Rocha  advisory board
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence

_GAP = 2
_NARROWEST = 10
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def layout(columns: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 80) -> str:
    """Columns side by side, cells wrapped; one under another when they are too many."""
    if not rows:
        return "(no rows)"
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = _widths(columns, cells, width)
    if not widths:
        return _records(columns, cells, width)
    lines = [_line(columns, widths), _line(["-" * n for n in widths], widths)]
    for row in cells:
        lines += _wrapped(row, widths)
    return "\n".join(lines)


def clean(text: str) -> str:
    r"""Text without control characters, which could move the cursor or reorder a line.

    >>> clean("two\nlines and a bell\a")
    'two lines and a bell '
    """
    return _UNPRINTABLE.sub(" ", text)


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> columns_of("Bündchen"), columns_of("東京")
    (8, 4)
    """
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def fill(text: str, *, width: int, indent: str = "") -> str:
    """A paragraph wrapped to a width; words are kept whole where they fit."""
    return textwrap.fill(
        clean(text), width, initial_indent=indent, subsequent_indent=indent,
        break_on_hyphens=False,
    )  # fmt: skip


def _widths(columns: Sequence[str], cells: list[list[str]], width: int) -> list[int]:
    """What each column gets; nothing when they do not fit side by side."""
    wanted = [
        max(columns_of(text) for text in (column, *(row[i] for row in cells)))
        for i, column in enumerate(columns)
    ]
    room = width - _GAP * (len(columns) - 1)
    least = [min(n, max(_NARROWEST, columns_of(c))) for n, c in zip(wanted, columns, strict=True)]
    if sum(least) > room:
        return []
    while sum(wanted) > room:
        widest = max(range(len(wanted)), key=lambda i: wanted[i] - least[i])
        wanted[widest] -= 1
    return wanted


def _wrapped(row: list[str], widths: list[int]) -> list[str]:
    parts = [textwrap.wrap(cell, n) or [""] for cell, n in zip(row, widths, strict=True)]
    height = max(map(len, parts))
    return [
        _line([part[i] if i < len(part) else "" for part in parts], widths) for i in range(height)
    ]


def _line(cells: Sequence[str], widths: list[int]) -> str:
    padded = (cell + " " * (n - columns_of(cell)) for cell, n in zip(cells, widths, strict=True))
    return (" " * _GAP).join(padded).rstrip()


def _records(columns: Sequence[str], cells: list[list[str]], width: int) -> str:
    margin = max(map(columns_of, columns)) + _GAP
    blocks = []
    for row in cells:
        lines = []
        for column, cell in zip(columns, row, strict=True):
            body = textwrap.wrap(cell, max(width - margin, 20), break_on_hyphens=False) or [""]
            lines.append(f"{column.ljust(margin)}{body[0]}".rstrip())
            lines += [" " * margin + rest for rest in body[1:]]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
