"""Rows as data frames: a type for each column, found from its terms.

>>> from pyoxigraph import NamedNode
>>> three = Literal("3", datatype=NamedNode(f"{_XSD}integer"))
>>> [columns(["n"], [{"n": term}], str)[0].kind for term in (three, Literal("3"))]
['integer', 'text']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from typing import Literal as Either

from pyoxigraph import Literal

from allgraph.errors import extra

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Kind = Either["integer", "decimal", "number", "boolean", "date", "moment", "instant", "text"]
"""``moment`` is a date and time without a zone, ``instant`` one with a zone, given in UTC."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(
        ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
         "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort",
         "unsignedByte"),
        "integer",
    ),
    "decimal": "decimal", "double": "number", "float": "number", "boolean": "boolean",
    "date": "date", "dateTime": "moment",
}  # fmt: skip
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?")
_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|INF)|NaN")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(rf"{_DATE.pattern}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,6}})?")
_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$")
_DIGITS = 38


class Column(NamedTuple):
    """A column: its name, the kind of its values, and the values, ``None`` where there is none."""

    name: str
    kind: Kind
    values: list[Any]


def columns(
    names: Sequence[str], rows: Iterable[Mapping[str, Any]], show: Callable[[Any], str]
) -> list[Column]:
    """The columns of some rows of terms; what has no kind in common is text, as `show` has it."""
    rows = list(rows)
    found = []
    for name in names:
        terms = [row[name] for row in rows]
        kind, values = _typed(terms)
        texts = [None if term is None else show(term) for term in terms]
        found.append(Column(name, kind, texts if kind == "text" else values))
    return found


def to_pandas(some: Iterable[Column]) -> pd.DataFrame:
    """The columns as a pandas data frame, with types that know missing values."""
    with extra("pandas"):
        import pandas as pd
    types = {
        "integer": "Int64", "decimal": "object", "number": "Float64", "boolean": "boolean",
        "date": "datetime64[s]", "moment": "datetime64[us]", "instant": "datetime64[us, UTC]",
        "text": "string",
    }  # fmt: skip
    return pd.DataFrame({c.name: pd.Series(c.values, dtype=types[c.kind]) for c in some})


def to_polars(some: Iterable[Column]) -> pl.DataFrame:
    """The columns as a polars data frame."""
    with extra("polars"):
        import polars as pl
    types: dict[Kind, Any] = {
        "integer": pl.Int64, "decimal": None, "number": pl.Float64, "boolean": pl.Boolean,
        "date": pl.Date, "moment": pl.Datetime("us"), "instant": pl.Datetime("us", "UTC"),
        "text": pl.String,
    }  # fmt: skip
    return pl.DataFrame([pl.Series(c.name, c.values, dtype=types[c.kind]) for c in some])


def to_arrow(some: Iterable[Column]) -> pa.Table:
    """The columns as an Arrow table."""
    with extra("arrow"):
        import pyarrow as pa
    types: dict[Kind, Any] = {
        "integer": pa.int64(), "decimal": None, "number": pa.float64(), "boolean": pa.bool_(),
        "date": pa.date32(), "moment": pa.timestamp("us"), "instant": pa.timestamp("us", "UTC"),
        "text": pa.string(),
    }  # fmt: skip
    return pa.table({c.name: pa.array(c.values, type=types[c.kind]) for c in some})


def _typed(terms: list[Any]) -> tuple[Kind, list[Any]]:
    """The kind that all terms have in common, and their values; text when there is none."""
    known = [term for term in terms if term is not None]
    kinds = {_kind(term) for term in known}
    kind = kinds.pop() if len(kinds) == 1 else "text"
    if kind == "text":
        return "text", []
    try:
        values = [None if term is None else _READERS[kind](term.value) for term in terms]
    except (ValueError, OverflowError):
        return "text", []
    if kind == "decimal" and not _fit(known):
        return "text", []
    return kind, values


def _kind(term: Any) -> Kind:
    if not isinstance(term, Literal) or not term.datatype.value.startswith(_XSD):
        return "text"
    kind = _KINDS.get(term.datatype.value.removeprefix(_XSD), "text")
    return "instant" if kind == "moment" and _ZONE.search(term.value) else kind


def _fit(terms: list[Any]) -> bool:
    """Whether decimals fit into one type, which has so many digits before and after the point."""
    parts = [_DECIMAL.fullmatch(term.value) for term in terms]
    before = max(len(part[1].lstrip("0")) for part in parts if part)
    after = max(len(part[2] or "") for part in parts if part)
    return before + after <= _DIGITS


def _reader(form: re.Pattern[str], read: Callable[[str], Any]) -> Callable[[str], Any]:
    """What reads a text of this form, and raises `ValueError` for others."""

    def reader(text: str) -> Any:
        if not form.fullmatch(text):
            raise ValueError(text)
        return read(text)

    return reader


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    "integer": _reader(_INTEGER, int),
    "decimal": _reader(_DECIMAL, Decimal),
    "number": _reader(_NUMBER, float),
    "boolean": _reader(re.compile("true|false|1|0"), lambda text: text in ("true", "1")),
    "date": _reader(_DATE, date.fromisoformat),
    "moment": _reader(_MOMENT, datetime.fromisoformat),
    "instant": _reader(re.compile(_MOMENT.pattern + _ZONE.pattern), _instant),
}
