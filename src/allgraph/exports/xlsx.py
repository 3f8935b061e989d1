"""A graph as an Excel workbook: a sheet for each table, and one about the graph.

Texts are texts: none becomes a formula, a link, a number or a date. The same graph gives the same
bytes with one version of XlsxWriter.

>>> import io
>>> from allgraph.graph import open_graph
>>> write(open_graph(), ["people"], out := io.BytesIO())
>>> out.getvalue()[:2]
b'PK'
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from allgraph.errors import UnknownFormat, WriteError, extra
from allgraph.exports import plain, tables
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.writing import made_apart

if TYPE_CHECKING:
    from xlsxwriter import Workbook

MOST_ROWS = 1_048_576
"""How many rows a sheet of Excel has, the header among them."""
LONGEST = 32_767
"""How many characters a cell of Excel has, counted in UTF-16."""
_MADE = datetime(1980, 1, 1)
_SAMPLE = 200  # rows that the widths of columns are measured in
_WIDEST = 50  # characters
_EXACT = 2**53  # numbers of Excel below it are exact
log = logging.getLogger("allgraph")


def needed() -> None:
    """Raise `MissingExtra` when XlsxWriter cannot be imported; else do nothing but import it."""
    with extra("xlsx"):
        import xlsxwriter  # noqa: F401


def write(
    graph: Graph,
    names: Collection[str],
    file: IO[bytes],
    place: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Write some tables of a graph to an open file as a workbook.

    The rows are those of CSV. They are not in memory, but in temporary files in the directory
    `place`, where the workbook is made too, and copied when it is whole. A text that is longer than
    `LONGEST` is cut, ends in ``…``, and a warning is logged.
    Raises `UnknownFormat` for a table with more rows than `MOST_ROWS`, `MissingExtra` without
    XlsxWriter, `InputError` for a graph that an endpoint holds, and `WriteError` when the disk is
    full.
    """
    with extra("xlsx"):
        from xlsxwriter import Workbook
        from xlsxwriter.exceptions import XlsxWriterException
    cut: list[str] = []
    with (
        made_apart("graph.xlsx", file, place) as path,
        tables.opened(graph, names, place, progress) as opened,
    ):
        try:
            book = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
            try:
                book.set_properties({"title": graph.folder.title, "created": _MADE})
                for name, table in opened.items():
                    if progress:
                        progress(f"writing {name}")
                    _add(book, name, *tables.as_cells(table), cut)
                _add(book, "about", ("name", "value"), tables.about(graph).items(), cut)
            finally:
                book.close()  # also when anything failed, since it has files open
        except (OSError, XlsxWriterException) as error:
            raise WriteError(f"cannot be written: {error}", path=path.parent.parent) from None
    if cut:
        log.warning(
            "%d cells such as %s are cut: Excel has %d characters in one; csv has all",
            len(cut), cut[0], LONGEST,
        )  # fmt: skip


def _add(
    book: Workbook,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    cut: list[str],
) -> None:
    """Add a sheet with a header that stays in view, filters, and columns as wide as their texts.

    The places of texts that are cut are added to `cut`. Raises `UnknownFormat` for too many rows.
    """
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column, bold)
    remaining = iter(rows)
    sample = [*islice(remaining, _SAMPLE)]
    for place, column in enumerate(columns):
        longest = max((len(str(row[place] or "")) for row in sample), default=0)
        sheet.set_column(place, place, min(max(len(column) + 3, longest + 1), _WIDEST))
    counts = {place for place, column in enumerate(columns) if column in plain.COUNTS}
    number = 0
    for number, row in enumerate(chain(sample, remaining), 1):
        if number >= MOST_ROWS:
            raise UnknownFormat(
                f"Excel has {MOST_ROWS:,} rows in a sheet, and {name} has more; "
                "write it as csv, parquet or sqlite"
            )
        for place, value in enumerate(row):
            if isinstance(value, str) and place in counts and value.isdecimal():
                value = int(value)
            if isinstance(value, int) and -_EXACT < value < _EXACT:
                sheet.write_number(number, place, value)
            elif value not in ("", None):
                text, is_cut = _fitting(str(value))
                sheet.write_string(number, place, text)
                if is_cut:
                    cut.append(f"{columns[place]} in row {number + 1} of {name}")
    sheet.autofilter(0, 0, number, len(columns) - 1)


def _fitting(text: str) -> tuple[str, bool]:
    """Return a text that fits into a cell, and whether it was cut.

    >>> _fitting("short"), len(_fitting("x" * 40_000)[0])
    (('short', False), 32767)
    """
    if len(text) * 2 <= LONGEST or len(text.encode("utf-16-le")) <= 2 * LONGEST:
        return text, False
    kept = text.encode("utf-16-le")[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore")
    return f"{kept}…", True
