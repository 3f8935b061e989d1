"""Records of CSV: one for each row under the header.

A row is counted as RFC 7111 does: the header is row 1, and a row that spans several lines is one.
Rows of empty cells are counted and left out. A row may lack its last cells only if it is empty.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any

from allgraph.errors import LoadError
from allgraph.selectors.places import Kind, Value, digest
from allgraph.selectors.records import Options, Record, quoted
from allgraph.selectors.texts import Source, opened_text

LONGEST_LINE = 2**20
"""How many characters a line may have."""
_DELIMITERS = ",;\t|"


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file of CSV as it is read. Raises `LoadError`.

    The delimiter is the one of the options, or that of comma, semicolon, tab and bar which is most
    often in the first line outside of quotes.
    """
    if options.entries:
        raise LoadError("each row is a record in CSV; remove “entries”", path=name)
    with opened_text(path, name, options) as (text, source):
        lines = _lines(text, name, source)
        first = next(lines, "")
        delimiter = options.delimiter or _delimiter(first)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise LoadError("the delimiter has to be one character, such as ;", path=name)
        rows = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        yield from records(_numbered(rows, name), name)


def records(rows: Iterator[tuple[Sequence[str], int | None]], name: str) -> Iterator[Record]:
    """Yield the records of rows of cells, of which the first is the header, with their lines.

    Columns at the end without a name are left out; they have to be empty. Raises `LoadError` for
    another header with empty names, or repeated ones, and for a row of another length.
    """
    header, line = next(rows, ([], None))
    named = [*header]
    while named and not named[-1].strip():
        named.pop()
    _check_header(named, name, line)
    for number, (row, line) in enumerate(rows, 2):
        if not any(row):
            continue
        if len(row) == len(header) and not any(row[len(named) :]):
            row = row[: len(named)]
        if len(row) != len(named):
            raise LoadError(
                f"row {number} has {len(row)} cells, and the header {len(named)}; "
                "write a cell with the delimiter in it in quotes",
                path=name,
                line=line,
            )
        fields: dict[str, Value] = dict(zip(named, row, strict=True))
        yield Record(fields, f"row={number}", line, digest(fields), Kind.TABLE)


def text_of_cell(cell: Any) -> str:
    """Return the text of a cell by its own type: numbers as short as they are exact, days as ISO.

    >>> from datetime import datetime
    >>> [text_of_cell(cell) for cell in (46.0, 0.5, True, datetime(2023, 1, 2, 3), "x")]
    ['46', '0.5', 'true', '2023-01-02T03:00:00', 'x']
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell.isoformat() if hasattr(cell, "isoformat") else cell)


def _check_header(columns: Sequence[str], name: str, line: int | None) -> None:
    """Raise `LoadError` if a header has no names, empty ones or one twice."""
    if not any(columns):
        raise LoadError("has no header; write the names of the columns first", path=name, line=line)
    empty = [str(index) for index, column in enumerate(columns, 1) if not column.strip()]
    twice = [quoted(column) for column, count in Counter(columns).items() if count > 1]
    if empty:
        raise LoadError(
            f"the header has no name for column {', '.join(empty[:9])}; write one",
            path=name,
            line=line,
        )
    if twice:
        raise LoadError(
            f"the header has {', '.join(twice[:9])} twice; rename one", path=name, line=line
        )


def _numbered(rows: Any, name: str) -> Iterator[tuple[list[str], int]]:
    """Yield the rows of a reader of CSV, and the lines where they begin."""
    line = 0
    try:
        for row in rows:
            yield row, line + 1
            line = rows.line_num
    except csv.Error as error:
        if "field larger" in str(error):
            what = f"a cell is longer than {csv.field_size_limit():,} characters; is a quote open?"
        else:
            what = f"not CSV: {error}; write a cell with quotes in quotes, and each of them twice"
        raise LoadError(what, path=name, line=line + 1) from None


def _lines(text: TextIOWrapper, name: str, source: Source) -> Iterator[str]:
    """Yield the lines of a text. Raises `LoadError` for a very long one, and for NUL."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        source.stalled = 0
        number += 1
        if "\0" in line:
            raise LoadError(
                "has a NUL character; is it CSV? Export it again as CSV in UTF-8",
                path=name,
                line=number,
            )
        if len(line) == LONGEST_LINE:
            raise LoadError(
                f"a line is longer than {LONGEST_LINE:,} characters; is it CSV?",
                path=name,
                line=number,
            )
        yield line


def _delimiter(line: str) -> str:
    """Return the delimiter that is most often in the header, outside of quotes.

    >>> _delimiter('"a, b";c;d')
    ';'
    """
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)
