"""Records as Parquet, with columns of known types.

The same records give the same bytes with the same version of pyarrow.

>>> from io import BytesIO
>>> records = [{"name": "Ann", "born": "2013-10-21"}]
>>> write({"name": "text", "born": "day"}, records, out := BytesIO())
1
>>> out.getvalue()[:4]
b'PAR1'
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice
from typing import IO, Any
from typing import Literal as Either

from allgraph.errors import extra

Kind = Either["text", "number", "yes-no", "day", "texts"]
Kinds = Mapping[str, "Kind | Kinds"]
"""The kinds of columns by their names; a mapping is for a list of records."""

GROUP = 50_000
"""How many records are in a row group."""
log = logging.getLogger("allgraph")
_DAY = re.compile(r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}")


def needed() -> None:
    """Raise `MissingExtra` when pyarrow cannot be imported; else do nothing but import it."""
    with extra("arrow"):
        import pyarrow.parquet  # noqa: F401


def write(kinds: Kinds, records: Iterable[Mapping[str, Any]], file: IO[bytes]) -> int:
    """Write records, which have all these columns, as Parquet; return how many there were.

    `kinds` has the kind of each column: texts, numbers (64 bits), yes or no, days (``date32``),
    lists of texts, and lists of records (``list<struct>``); ``None`` is null. Days are given as ISO
    writes them. Days outside the years 1 to 9999, which few readers take, are null too, and a
    warning with their number is logged. There is a row group for every `GROUP` records, and no more
    records than that are in memory. `records` is read to its end, once. Raises `MissingExtra`
    without pyarrow.
    """
    with extra("arrow"):
        import pyarrow as pa
        import pyarrow.parquet as files
    schema = pa.schema([(name, _type(kind)) for name, kind in kinds.items()])
    null_days: list[str] = []
    remaining, count, rows = iter(records), 0, GROUP
    with files.ParquetWriter(file, schema, compression="zstd") as writer:
        while rows == GROUP:
            columns, rows = _columns(kinds, islice(remaining, GROUP), null_days)
            if rows or not count:
                writer.write_table(pa.table(columns, schema=schema))
            count += rows
    if null_days:
        log.warning(
            "%d days such as %s are null in Parquet, which has the years 1 to 9999; "
            "csv and jsonl have them",
            len(null_days),
            null_days[0],
        )
    return count


def _columns(
    kinds: Kinds, records: Iterable[Mapping[str, Any]], null_days: list[str]
) -> tuple[dict[str, list[Any]], int]:
    """Return records as lists of values by column, and the number of records.

    Days become dates. Those outside the years 1 to 9999, which Parquet cannot have, become
    ``None``, and their texts are added to `null_days`.
    """
    columns: dict[str, list[Any]] = {name: [] for name in kinds}
    count = 0
    for record in records:
        count += 1
        for name, values in columns.items():
            value = record[name]
            values.append(_date(value, null_days) if kinds[name] == "day" else value)
    return columns, count


def _date(day: str | None, null_days: list[str]) -> date | None:
    """Return an ISO day as a date; ``None`` for none, and for a day outside the years 1 to 9999.

    That day is added to `null_days`.
    """
    if day is None or _DAY.fullmatch(day):
        return date.fromisoformat(day) if day else None
    null_days.append(day)
    return None


def _type(kind: Kind | Kinds) -> Any:
    """Return the pyarrow type of a kind of column; a mapping of kinds is a list of records."""
    import pyarrow as pa

    if isinstance(kind, Mapping):
        return pa.list_(pa.struct([(name, _type(inner)) for name, inner in kind.items()]))
    types = {
        "text": pa.string(),
        "number": pa.int64(),
        "yes-no": pa.bool_(),
        "day": pa.date32(),
        "texts": pa.list_(pa.string()),
    }
    return types[kind]
