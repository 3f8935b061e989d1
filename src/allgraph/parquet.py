"""Records as Parquet: columns of known types, in one place for all that write it.

The same records give the same bytes with the same version of pyarrow.

>>> data = written({"name": "text", "born": "day"}, [{"name": "Ann", "born": "2013-10-21"}])
>>> data[:4]
b'PAR1'
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from typing import Literal as Either

from allgraph.errors import extra

Kind = Either["text", "number", "yes-no", "day", "texts"]
Kinds = Mapping[str, "Kind | Kinds"]
"""What columns hold; a mapping is for a list of records."""

log = logging.getLogger("allgraph")
_DAY = re.compile(r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}")


def needed() -> None:
    """Raise `MissingExtra` when Parquet cannot be written here."""
    with extra("arrow"):
        import pyarrow.parquet  # noqa: F401


def written(kinds: Kinds, records: Iterable[Mapping[str, Any]]) -> bytes:
    """The records, which have all these columns, as Parquet.

    Texts, numbers (64 bits), yes or no, days (``date32``), lists of texts, and lists of records
    (``list<struct>``); ``None`` is null. Days are given as ISO writes them. Those outside the
    years 1 to 9999, which few readers take, are null too, and a warning says how many.
    """
    with extra("arrow"):
        import pyarrow as pa
        import pyarrow.parquet as files
    columns: dict[str, list[Any]] = {name: [] for name in kinds}
    lost: list[str] = []
    for record in records:
        for name, values in columns.items():
            value = record[name]
            values.append(_date(value, lost) if kinds[name] == "day" else value)
    if lost:
        log.warning(
            "%d days such as %s are null in Parquet, which has the years 1 to 9999; "
            "csv and jsonl have them", len(lost), lost[0],
        )  # fmt: skip
    schema = pa.schema([(name, _type(kind)) for name, kind in kinds.items()])
    out = io.BytesIO()
    files.write_table(pa.table(columns, schema=schema), out, compression="zstd")
    return out.getvalue()


def _date(day: str | None, lost: list[str]) -> date | None:
    if day is None or _DAY.fullmatch(day):
        return date.fromisoformat(day) if day else None
    lost.append(day)
    return None


def _type(kind: Kind | Kinds) -> Any:
    import pyarrow as pa

    if isinstance(kind, Mapping):
        return pa.list_(pa.struct([(name, _type(each)) for name, each in kind.items()]))
    types = {
        "text": pa.string(), "number": pa.int64(), "yes-no": pa.bool_(), "day": pa.date32(),
        "texts": pa.list_(pa.string()),
    }  # fmt: skip
    return types[kind]
