"""Records of a spreadsheet (.xlsx, .xls, .ods): one for each row under the header of a sheet.

Cells are texts as their own type says: a day or time as ISO 8601 has it, a whole number without
``.0``, ``true`` and ``false``. The file is read in a child process with limits, since a small one
can claim a very large sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from allgraph import sandbox
from allgraph.errors import EngineCrash, EngineTimeout, LoadError, extra
from allgraph.rdf.files import LARGEST_RATIO, LEAST_LIMIT
from allgraph.selectors import tables
from allgraph.selectors.records import Options, Record, quoted

LARGEST_FILE = 64 * 2**20
"""How many bytes a spreadsheet may have."""
MOST_CELLS = 5_000_000
"""How many cells a sheet may have."""
_MEMORY = 2 * 2**30
_SECONDS = 120


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a sheet, the first or that of the options. Raises `LoadError`."""
    with extra("import"):
        import python_calamine  # noqa: F401
    if options.entries:
        raise LoadError("each row is a record in a sheet; remove “entries”", path=name)
    try:
        rows = sandbox.run(
            _rows,
            path,
            name,
            options.sheet,
            LARGEST_FILE,
            MOST_CELLS,
            what="reading the spreadsheet",
            timeout=_SECONDS,
            memory=_MEMORY,
            can_pickle=True,
        )
    except (EngineCrash, EngineTimeout) as error:
        raise LoadError(
            f"cannot be read, perhaps it is too large: {error}; save the sheet as CSV", path=name
        ) from None
    yield from tables.records(((row, None) for row in rows), name)


def _rows(
    path: Path, name: str, sheet: str | None, largest: int, most_cells: int
) -> list[list[str]]:
    """Return the rows of a sheet, from its first; all are as long as the longest.

    Raises `LoadError` for a file of more than `largest` bytes, or a sheet of too many cells.
    """
    from zipfile import BadZipFile, ZipFile, is_zipfile

    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, ZipError

    try:
        size = path.stat().st_size
        if size > largest:
            raise LoadError(f"is larger than {largest // 2**20} MiB; save it as CSV", path=name)
        if is_zipfile(path):
            with ZipFile(path) as file:
                expanded = sum(part.file_size for part in file.infolist())
            if expanded > max(LEAST_LIMIT, LARGEST_RATIO * size):
                raise LoadError(
                    f"expands to more than {LARGEST_RATIO} times its size; save the sheet as CSV",
                    path=name,
                )
        with CalamineWorkbook.from_path(str(path)) as book:
            names = book.sheet_names
            if not names or (sheet is not None and sheet not in names):
                shown = ", ".join(map(quoted, names[:9]))
                wanted = quoted(sheet) if sheet else ""
                raise LoadError(f"has no sheet {wanted}; its sheets: {shown}", path=name)
            worksheet = book.get_sheet_by_name(names[0] if sheet is None else sheet)
            if (worksheet.total_height + 1) * (worksheet.total_width + 1) > most_cells:
                raise LoadError(
                    f"has more than {most_cells:,} cells; delete empty rows and columns, "
                    "or save the sheet as CSV",
                    path=name,
                )
            return [
                [tables.text_of_cell(cell) for cell in row]
                for row in worksheet.to_python(skip_empty_area=False)
            ]
    except PasswordError:
        raise LoadError("has a password; save it without one", path=name) from None
    except (CalamineError, ZipError, BadZipFile, NotImplementedError, OSError) as error:
        raise LoadError(
            f"is no spreadsheet that can be read: {quoted(str(error))}", path=name
        ) from None
