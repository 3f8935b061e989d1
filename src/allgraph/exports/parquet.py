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
    """Raise `MissingExtra` when Parquet cannot be written here."""
    with extra("arrow"):
        import pyarrow.parquet  # noqa: F401


def write(kinds: Kinds, records: Iterable[Mapping[str, Any]], out: IO[bytes]) -> int:
    """Write records, which have all these columns, as Parquet; return how many there were.

    Texts, numbers (64 bits), yes or no, days (``date32``), lists of texts, and lists of records
    (``list<struct>``); ``None`` is null. Days are given as ISO writes them. Those outside the
    years 1 to 9999, which few readers take, are null too, and a warning says how many. There is
    a row group for every `GROUP` records, and no more of them are in memory.
    """
    with extra("arrow"):
        import pyarrow as pa
        import pyarrow.parquet as files
    schema = pa.schema([(name, _type(kind)) for name, kind in kinds.items()])
    lost: list[str] = []
    rest, count, rows = iter(records), 0, GROUP
    with files.ParquetWriter(out, schema, compression="zstd") as writer:
        while rows == GROUP:
            columns, rows = _columns(kinds, islice(rest, GROUP), lost)
            if rows or not count:
                writer.write_table(pa.table(columns, schema=schema))
            count += rows
    if lost:
        log.warning(
            "%d days such as %s are null in Parquet, which has the years 1 to 9999; "
            "csv and jsonl have them",
            len(lost),
            lost[0],
        )
    return count


def _columns(
    kinds: Kinds, records: Iterable[Mapping[str, Any]], lost: list[str]
) -> tuple[dict[str, list[Any]], int]:
    """Return records as columns, and how many they are; `lost` gets the days that are left out."""
    columns: dict[str, list[Any]] = {name: [] for name in kinds}
    count = 0
    for record in records:
        count += 1
        for name, values in columns.items():
            value = record[name]
            values.append(_date(value, lost) if kinds[name] == "day" else value)
    return columns, count


def _date(day: str | None, lost: list[str]) -> date | None:
    if day is None or _DAY.fullmatch(day):
        return date.fromisoformat(day) if day else None
    lost.append(day)
    return None


def _type(kind: Kind | Kinds) -> Any:
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
