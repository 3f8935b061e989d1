"""Records of Parquet: one for each row, read in batches. Places are pointers, such as ``/12``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allgraph.errors import LoadError, extra
from allgraph.selectors.places import Kind, Value, digest
from allgraph.selectors.records import LARGEST_RECORD, Options, Record, quoted
from allgraph.selectors.tables import text_of_cell

_BATCH = 1024


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file. Raises `LoadError`, and `MissingExtra` without pyarrow."""
    with extra("import"):
        import pyarrow
        import pyarrow.parquet as files
    if options.entries:
        raise LoadError("each row is a record in Parquet; remove “entries”", path=name)
    try:
        with files.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            if len({*columns}) < len(columns):
                raise LoadError("has two columns of one name; rename one", path=name)
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH):
                if batch.nbytes > LARGEST_RECORD * 4:
                    raise LoadError(
                        f"{_BATCH:,} rows have more than {LARGEST_RECORD // 2**18} MiB", path=name
                    )
                for row in batch.to_pylist():
                    fields = {key: _value(cell, name) for key, cell in row.items()}
                    yield Record(fields, f"/{number}", None, digest(fields), Kind.POINTER)
                    number += 1
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
        raise LoadError(
            f"is no Parquet that can be read: {quoted(str(error))}", path=name
        ) from None


def _value(cell: Any, name: str) -> Value:
    """Return the value of a cell: its text, or a list or an object of them.

    >>> _value([1, 0.5, True, None, {"a": b"b"}], "x")
    ['1', '0.5', 'true', None, {'a': 'b'}]
    """
    if isinstance(cell, dict):
        return {str(key): _value(part, name) for key, part in cell.items()}
    if isinstance(cell, list):
        return [_value(part, name) for part in cell]
    if isinstance(cell, bytes):
        try:
            return cell.decode()
        except UnicodeDecodeError:
            raise LoadError("a cell has bytes that are no text", path=name) from None
    return None if cell is None else text_of_cell(cell)
