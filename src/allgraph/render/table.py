"""Rows as a text table for a terminal, or as comma-separated values.

>>> print(layout(["who", "what"], [["Coco Rocha", "advisory board"]], width=40))
who         what
----------  --------------
Coco Rocha  advisory board
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

_AT_ONCE = 500  # lines of CSV that are written together
_GAP = 2  # spaces between two columns
_NARROWEST = 10  # the least width of a column with longer texts
_LONG = 20  # words wider than this may be broken
_NARROWEST_TABLE = 24  # the least width of a table, even in a narrower terminal
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # with which formulas begin (from OWASP)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_IRI = re.compile(r"\W?[A-Za-z][\w.+-]*:[^\s]+")
"""A word that is an IRI or CURIE, perhaps in brackets."""
_WORD = re.compile(r"(\s*)(\S+)")
_WORD_OR_PART = re.compile(rf"(\s*)({_IRI.pattern}|\S*?[^\W\d]-(?=[^\W\d])|\S+)")


def layout(columns: Sequence[str], rows: Sequence[Sequence[str]], *, width: int = 80) -> str:
    """Return rows as a text table at most `width` columns of a terminal wide, with wrapped cells.

    IRIs and CURIEs are not broken. When the columns do not fit side by side, each row is a block of
    lines instead, one for each column; an IRI that does not fit there makes its line wider. Control
    characters are replaced. A `width` below 24 counts as 24. The text has no line feed at its end;
    without rows or columns it is a note in parentheses.
    """
    if not rows:
        return "(no rows)"
    if not columns:
        return f"({len(rows)} rows without columns)"
    width = max(width, _NARROWEST_TABLE)
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = _widths(columns, cells, width)
    if not widths:
        return _list_layout(columns, cells, width)
    lines = [_line(columns, widths), _line(["-" * n for n in widths], widths)]
    for row in cells:
        lines += _row_lines(row, widths)
    return "\n".join(lines)


def comma_separated(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, for_spreadsheet: bool = False
) -> bytes:
    r"""Return rows as CSV (RFC 4180) in UTF-8, each on a line that ends with CR LF.

    With `for_spreadsheet`, the bytes begin with a byte order mark, all cells are quoted, and those
    that a spreadsheet would take for formulas begin with an apostrophe (`harmless`). Such a file
    is for people to open, not for programs to read.

    >>> comma_separated(["a", "b"], [["=1+1", "x, y"]])
    b'a,b\r\n=1+1,"x, y"\r\n'
    >>> comma_separated(["a"], [["=1+1"]], for_spreadsheet=True).decode("utf-8-sig")
    '"a"\r\n"\'=1+1"\r\n'
    """
    return b"".join(csv_lines(columns, rows, for_spreadsheet=for_spreadsheet))


def csv_lines(
    columns: Sequence[str],
    rows: Iterable[Sequence[str | int | None]],
    *,
    for_spreadsheet: bool = False,
) -> Iterator[bytes]:
    """Yield rows as CSV (RFC 4180) in UTF-8, after a line of the columns, 500 lines at a time.

    ``None`` is an empty cell.
    `rows` is read as the bytes are asked for. With `for_spreadsheet`, the bytes begin with a byte
    order mark, all cells are quoted, and an apostrophe is put before those that a spreadsheet would
    take for formulas.
    """
    import csv

    out = io.StringIO(newline="")
    dialect = "unix" if for_spreadsheet else "excel"  # csv.unix_dialect quotes all cells
    writer = csv.writer(out, dialect, lineterminator="\r\n")
    lines = chain[Sequence[str | int | None]]([columns], rows)
    coding = "utf-8-sig" if for_spreadsheet else "utf-8"
    while batch := [*islice(lines, _AT_ONCE)]:
        if for_spreadsheet:
            batch = [[c if c is None else harmless(str(c)) for c in line] for line in batch]
        writer.writerows(batch)
        yield out.getvalue().encode(coding)
        out.seek(0)
        out.truncate()
        coding = "utf-8"


def harmless(cell: str) -> str:
    """Return a cell with an apostrophe before it if a spreadsheet would take it for a formula.

    Such cells begin with ``= + - @``, a full-width form of these, a tab, CR or LF. All other cells
    are returned as they are.

    >>> harmless("=HYPERLINK(…)"), harmless("a = b")
    ("'=HYPERLINK(…)", 'a = b')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def clean(text: str) -> str:
    r"""Return a text with a space for each run of control characters.

    They could move the cursor or reorder a line.

    >>> clean("two\nlines and a bell\a")
    'two lines and a bell '
    """
    return _UNPRINTABLE.sub(" ", text)


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: 2 for a wide character, 0 for a mark.

    >>> columns_of("Bündchen"), columns_of("東京")
    (8, 4)
    """
    if text.isascii():
        return len(text)
    return sum(
        1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
        if char == "\u00ad" or unicodedata.category(char) not in ("Mn", "Me", "Cf")
    )


def wrap(text: str, width: int, *, at_hyphens: bool = False) -> list[str]:
    """Return a text as lines, at least one, none wider than `width` columns but for a long IRI.

    Words are kept whole where they fit; with `at_hyphens`, a line may also end at a hyphen between
    two letters. Wider words are broken anywhere, but IRIs and CURIEs nowhere.

    >>> wrap("see id:advisory-board", 12, at_hyphens=True)
    ['see', 'id:advisory-board']
    >>> wrap("the advisory-board", 12), wrap("the advisory-board", 13, at_hyphens=True)
    (['the', 'advisory-boa', 'rd'], ['the advisory-', 'board'])
    """
    lines, line = [], ""
    for gap, word in (_WORD_OR_PART if at_hyphens else _WORD).findall(text):
        joined = f"{line}{gap}{word}" if line else word
        if columns_of(joined) > width:
            lines += [line] if line else []
            *whole, joined = [word] if _IRI.fullmatch(word) else _cut(word, width)
            lines += whole
        line = joined
    return [*lines, line] if line else lines or [""]


def _cut(word: str, width: int) -> list[str]:
    """Return a word in pieces, each as long as fits into `width` columns of a terminal.

    A piece has one character at least.
    """
    pieces, piece, piece_width = [], "", 0
    for char in word:
        char_width = columns_of(char)
        if piece and piece_width + char_width > width:
            pieces.append(piece)
            piece, piece_width = "", 0
        piece += char
        piece_width += char_width
    return [*pieces, piece]


def fill(text: str, *, width: int, indent: str = "") -> str:
    """Return a paragraph as lines of at most `width` columns, each after an `indent`.

    Control characters and line ends become spaces; words are kept whole where they fit, and IRIs
    always.
    """
    return "\n".join(indent + line for line in wrap(clean(text), max(width - len(indent), 2)))


def _widths(columns: Sequence[str], cells: list[list[str]], width: int) -> list[int]:
    """Return a width for each column, so that a table fits into `width` columns of a terminal.

    Columns are made narrower, first those that are farthest above their least widths. No IRI or
    CURIE is broken, and where possible no word. Empty when the columns do not fit side by side.
    """
    room = width - _GAP * (len(columns) - 1)
    # For each column: `wanted` is the width of its longest text, and is made narrower below until
    # the table fits; `least` is the width below which it is not narrowed.
    wanted = [
        min(max(columns_of(text) for text in (column, *(row[i] for row in cells))), max(room, 0))
        for i, column in enumerate(columns)
    ]
    least = [max(min(n, _NARROWEST), columns_of(c)) for n, c in zip(wanted, columns, strict=True)]
    least = [max(n, *(_longest_iri(row[i]) for row in cells)) for i, n in enumerate(least)]
    if sum(least) > room:
        return []
    whole = [max(n, *(_longest_word(row[i]) for row in cells)) for i, n in enumerate(least)]
    least = whole if sum(whole) <= room else least
    while sum(wanted) > room:
        widest = max(range(len(wanted)), key=lambda i: wanted[i] - least[i])
        wanted[widest] -= 1
    return wanted


def _longest_iri(cell: str) -> int:
    """Return the width of the widest IRI or CURIE of a cell; 0 if there is none."""
    return max((columns_of(word) for word in cell.split() if _IRI.fullmatch(word)), default=0)


def _longest_word(cell: str) -> int:
    """Return the width of the widest word of a cell, without words wider than `_LONG`; 0 for none.

    Words end at spaces and hyphens.
    """
    return max(
        (n for word in re.split(r"[\s-]", cell) if (n := columns_of(word)) <= _LONG), default=0
    )


def _row_lines(row: list[str], widths: list[int]) -> list[str]:
    """Return the lines of a table row, as many as its highest cell has when wrapped."""
    parts = [wrap(cell, n, at_hyphens=True) for cell, n in zip(row, widths, strict=True)]
    height = max(map(len, parts))
    return [
        _line([part[i] if i < len(part) else "" for part in parts], widths) for i in range(height)
    ]


def _line(cells: Sequence[str], widths: list[int]) -> str:
    """Return cells padded to the widths of their columns, side by side, without spaces at the end.

    No cell may be wider than its column.
    """
    padded = (cell + " " * (n - columns_of(cell)) for cell, n in zip(cells, widths, strict=True))
    return (" " * _GAP).join(padded).rstrip()


def _list_layout(columns: Sequence[str], cells: list[list[str]], width: int) -> str:
    """Return each row as a block with a line, or wrapped lines, for each column: name and cell.

    No line is wider than `width` columns of a terminal. An empty line is between two blocks.
    """
    margin = min(max(map(columns_of, columns)), width // 2 - _GAP)
    widths = [margin, width - margin - _GAP]
    blocks = (
        [line for pair in zip(columns, row, strict=True) for line in _row_lines([*pair], widths)]
        for row in cells
    )
    return "\n\n".join("\n".join(block) for block in blocks)
